//! Types as written.
//!
//! The parser often can't tell a type from an expression (`Map[Key](x)`), so both shapes of a name are read.

use super::kind::{Kind, Node, Role};
use super::lower::Lowering;
use crate::facts::{Field, MethodSignature, Name, Path, Signature, TypeRef};
use crate::lang::syntax::{parts, range};
use smol_str::SmolStr;

/// What an interface asks for.
#[derive(Default)]
pub(super) struct Interface {
    pub(super) methods: Vec<MethodSignature>,
    pub(super) embedded: Vec<TypeRef>,
}

impl<'t> Lowering<'t> {
    /// The type that a node writes.
    pub(super) fn ty(&mut self, node: Node<'t>) -> TypeRef {
        self.nested(node, TypeRef::Unknown, Self::ty_here)
    }

    fn ty_here(&mut self, node: Node<'t>) -> TypeRef {
        match node.kind() {
            Kind::TypeIdentifier | Kind::Identifier | Kind::QualifiedType | Kind::SelectorExpression => {
                match self.type_path(node) {
                    Some(path) => TypeRef::Named(path, Vec::new()),
                    None => TypeRef::Unknown,
                }
            }
            Kind::GenericType => {
                let path = self.field(node, Role::Type).and_then(|inner| self.type_path(inner));
                let arguments = self.field(node, Role::TypeArguments).map(|list| self.type_list(list));
                path.map_or(TypeRef::Unknown, |path| TypeRef::Named(path, arguments.unwrap_or_default()))
            }
            Kind::IndexExpression => {
                let path = self.field(node, Role::Operand).and_then(|inner| self.type_path(inner));
                let argument = self.field(node, Role::Index).map(|index| self.ty(index));
                path.map_or(TypeRef::Unknown, |path| TypeRef::Named(path, argument.into_iter().collect()))
            }
            Kind::TypeInstantiationExpression => {
                let mut all = parts(node);
                let path = all.next().and_then(|inner| self.type_path(inner));
                let arguments = all.map(|argument| self.ty(argument)).collect();
                path.map_or(TypeRef::Unknown, |path| TypeRef::Named(path, arguments))
            }
            Kind::PointerType | Kind::UnaryExpression => TypeRef::Pointer(Box::new(self.inner_type(node))),
            Kind::ParenthesizedType | Kind::ParenthesizedExpression | Kind::NegatedType | Kind::TypeElem => {
                self.inner_type(node)
            }
            Kind::SliceType | Kind::ArrayType | Kind::ImplicitLengthArrayType => {
                TypeRef::List(Box::new(self.type_at(node, Role::Element)))
            }
            Kind::MapType => {
                let key = self.type_at(node, Role::Key);
                TypeRef::Map(Box::new(key), Box::new(self.type_at(node, Role::Value)))
            }
            Kind::ChannelType => TypeRef::Channel(Box::new(self.type_at(node, Role::Value))),
            Kind::FunctionType => TypeRef::Function(Box::new(self.signature(node))),
            Kind::StructType => TypeRef::Record(self.record(node)),
            Kind::InterfaceType => TypeRef::Interface(self.interface(node).methods),
            _ => TypeRef::Unknown,
        }
    }

    /// The type of a node that holds one type; unknown for a union of several.
    fn inner_type(&mut self, node: Node<'t>) -> TypeRef {
        let mut all = parts(node);
        match (all.next(), all.next()) {
            (Some(only), None) => self.ty(only),
            _ => TypeRef::Unknown,
        }
    }

    /// The type in a field of a node.
    pub(super) fn type_at(&mut self, node: Node<'t>, role: Role) -> TypeRef {
        self.field(node, role).map(|inner| self.ty(inner)).unwrap_or_default()
    }

    /// The types in a list.
    pub(super) fn type_list(&mut self, list: Node<'t>) -> Vec<TypeRef> {
        parts(list).map(|part| self.ty(part)).collect()
    }

    /// The path that a name with or without package writes.
    fn type_path(&self, node: Node<'t>) -> Option<Path> {
        let (package, name) = match node.kind() {
            Kind::QualifiedType => (self.field(node, Role::Package)?, self.field(node, Role::Name)?),
            Kind::SelectorExpression => (self.field(node, Role::Operand)?, self.field(node, Role::Field)?),
            Kind::Identifier | Kind::TypeIdentifier if node.start() < node.end() => {
                return Some(Path(vec![self.name(node)]));
            }
            _ => return None,
        };
        Some(Path(vec![self.name(package), self.name(name)]))
    }

    /// What a function type or a method of an interface takes and gives.
    pub(super) fn signature(&mut self, node: Node<'t>) -> Signature {
        let mut signature = Signature::default();
        if let Some(list) = self.field(node, Role::Parameters) {
            for part in parts(list) {
                let ty = self.type_at(part, Role::Type);
                if part.kind() == Kind::VariadicParameterDeclaration {
                    signature.variadic = true;
                    signature.parameters.push(TypeRef::List(Box::new(ty)));
                } else {
                    let count = self.name_count(part).max(1);
                    signature.parameters.extend(std::iter::repeat_n(ty, count));
                }
            }
        }
        let Some(result) = self.field(node, Role::Result) else { return signature };
        if result.kind() == Kind::ParameterList {
            for part in parts(result) {
                let ty = self.type_at(part, Role::Type);
                signature.results.extend(std::iter::repeat_n(ty, self.name_count(part).max(1)));
            }
        } else {
            signature.results.push(self.ty(result));
        }
        signature
    }

    fn name_count(&self, node: Node<'t>) -> usize {
        self.names(node).len()
    }

    /// The fields of a struct type.
    pub(super) fn record(&mut self, node: Node<'t>) -> Vec<Field> {
        let mut fields = Vec::new();
        for declaration in parts(node).flat_map(parts).filter(|part| part.kind() == Kind::FieldDeclaration) {
            let Some(written) = self.field(declaration, Role::Type) else { continue };
            let mut ty = self.ty(written);
            let names = self.names(declaration);
            if names.is_empty() {
                if declaration.children().next().is_some_and(|first| first.kind() == Kind::Star) {
                    ty = TypeRef::Pointer(Box::new(ty));
                }
                fields.push(Field { name: embedded_name(&ty), ty, embedded: true, range: range(written) });
                continue;
            }
            for name in names {
                fields.push(Field { name: self.name(name), ty: ty.clone(), embedded: false, range: range(name) });
            }
        }
        fields
    }

    /// What an interface type asks for. Constraints (`~int | string`) are of no interest.
    pub(super) fn interface(&mut self, node: Node<'t>) -> Interface {
        let mut interface = Interface::default();
        for part in parts(node) {
            match part.kind() {
                Kind::MethodElem => {
                    let Some(name) = self.field(part, Role::Name) else { continue };
                    let (name, signature) = (self.name(name), self.signature(part));
                    interface.methods.push(MethodSignature { name, signature });
                }
                Kind::TypeElem => {
                    let tilde = parts(part).next().is_none_or(|first| first.kind() == Kind::NegatedType);
                    let ty = self.inner_type(part);
                    if !tilde && ty != TypeRef::Unknown {
                        interface.embedded.push(ty);
                    }
                }
                _ => {}
            }
        }
        interface
    }
}

/// The name that an embedded field gets from its type.
fn embedded_name(ty: &TypeRef) -> Name {
    match ty {
        TypeRef::Named(path, _) => path.0.last().cloned().unwrap_or_default(),
        TypeRef::Pointer(inner) => embedded_name(inner),
        _ => SmolStr::default(),
    }
}
