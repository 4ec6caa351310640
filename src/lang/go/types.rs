//! Types as written.
//!
//! The parser often can't tell a type from an expression (`Map[Key](x)`), so both shapes of a name are read.

use super::grammar::kind;
use super::lower::Lowering;
use crate::facts::{Field, MethodSignature, Name, Path, Signature, TypeRef};
use crate::lang::tree::{parts, range};
use smol_str::SmolStr;
use tree_sitter::Node;

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
        match kind(node) {
            "type_identifier" | "identifier" | "qualified_type" | "selector_expression" => match self.type_path(node) {
                Some(path) => TypeRef::Named(path, Vec::new()),
                None => TypeRef::Unknown,
            },
            "generic_type" => {
                let path = self.field(node, self.fields.ty).and_then(|inner| self.type_path(inner));
                let arguments = self.field(node, self.fields.type_arguments).map(|list| self.type_list(list));
                path.map_or(TypeRef::Unknown, |path| TypeRef::Named(path, arguments.unwrap_or_default()))
            }
            "index_expression" => {
                let path = self.field(node, self.fields.operand).and_then(|inner| self.type_path(inner));
                let argument = self.field(node, self.fields.index).map(|index| self.ty(index));
                path.map_or(TypeRef::Unknown, |path| TypeRef::Named(path, argument.into_iter().collect()))
            }
            "type_instantiation_expression" => {
                let mut all = parts(node);
                let path = all.next().and_then(|inner| self.type_path(inner));
                let arguments = all.map(|argument| self.ty(argument)).collect();
                path.map_or(TypeRef::Unknown, |path| TypeRef::Named(path, arguments))
            }
            "pointer_type" | "unary_expression" => TypeRef::Pointer(Box::new(self.inner_type(node))),
            "parenthesized_type" | "parenthesized_expression" | "negated_type" | "type_elem" => self.inner_type(node),
            "slice_type" | "array_type" | "implicit_length_array_type" => {
                TypeRef::List(Box::new(self.type_at(node, self.fields.element)))
            }
            "map_type" => {
                let key = self.type_at(node, self.fields.key);
                TypeRef::Map(Box::new(key), Box::new(self.type_at(node, self.fields.value)))
            }
            "channel_type" => TypeRef::Channel(Box::new(self.type_at(node, self.fields.value))),
            "function_type" => TypeRef::Function(Box::new(self.signature(node))),
            "struct_type" => TypeRef::Record(self.record(node)),
            "interface_type" => TypeRef::Interface(self.interface(node).methods),
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
    pub(super) fn type_at(&mut self, node: Node<'t>, field: u16) -> TypeRef {
        self.field(node, field).map(|inner| self.ty(inner)).unwrap_or_default()
    }

    /// The types in a list.
    pub(super) fn type_list(&mut self, list: Node<'t>) -> Vec<TypeRef> {
        parts(list).map(|part| self.ty(part)).collect()
    }

    /// The path that a name with or without package writes.
    fn type_path(&self, node: Node<'t>) -> Option<Path> {
        let (package, name) = match kind(node) {
            "qualified_type" => (self.field(node, self.fields.package)?, self.field(node, self.fields.name)?),
            "selector_expression" => (self.field(node, self.fields.operand)?, self.field(node, self.fields.field)?),
            "identifier" | "type_identifier" if node.start_byte() < node.end_byte() => {
                return Some(Path(vec![self.name(node)]));
            }
            _ => return None,
        };
        Some(Path(vec![self.name(package), self.name(name)]))
    }

    /// What a function type or a method of an interface takes and gives.
    pub(super) fn signature(&mut self, node: Node<'t>) -> Signature {
        let mut signature = Signature::default();
        if let Some(list) = self.field(node, self.fields.parameters) {
            for part in parts(list) {
                let ty = self.type_at(part, self.fields.ty);
                if kind(part) == "variadic_parameter_declaration" {
                    signature.variadic = true;
                    signature.parameters.push(TypeRef::List(Box::new(ty)));
                } else {
                    let count = self.name_count(part).max(1);
                    signature.parameters.extend(std::iter::repeat_n(ty, count));
                }
            }
        }
        let Some(result) = self.field(node, self.fields.result) else { return signature };
        if kind(result) == "parameter_list" {
            for part in parts(result) {
                let ty = self.type_at(part, self.fields.ty);
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
        for declaration in parts(node).flat_map(parts).filter(|part| kind(*part) == "field_declaration") {
            let Some(written) = self.field(declaration, self.fields.ty) else { continue };
            let mut ty = self.ty(written);
            let names = self.names(declaration);
            if names.is_empty() {
                if declaration.child(0).is_some_and(|first| kind(first) == "*") {
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
            match kind(part) {
                "method_elem" => {
                    let Some(name) = self.field(part, self.fields.name) else { continue };
                    let (name, signature) = (self.name(name), self.signature(part));
                    interface.methods.push(MethodSignature { name, signature });
                }
                "type_elem" => {
                    let tilde = part.named_child(0).is_none_or(|first| kind(first) == "negated_type");
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
