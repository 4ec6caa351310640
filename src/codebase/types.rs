//! Types, resolved as far as texts and models tell.

use super::{Codebase, FunctionId, Resolved, Symbol, TypeId};
use crate::facts::{Name, Path, Signature, TypeKind, TypeRef};
use crate::model::StandsFor;
use crate::text::FileId;
use std::sync::Arc;

/// A resolved type. Pointers and references make no difference to anything that is asked of a type, so they are not there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Type {
    /// Not known.
    #[default]
    Unknown,
    /// A type of the codebase, with its type arguments.
    Declared(TypeId, Arc<[Type]>),
    /// A type of a library or a builtin one, by path: `net/http.Client`, `builtin.string`.
    Library(Name),
    /// A list of these.
    List(Arc<Type>),
    /// A map to these.
    Map(Arc<Type>),
    /// A channel of these.
    Channel(Arc<Type>),
    /// A function.
    Function(Arc<FunctionType>),
    /// What a call with several results gives.
    Tuple(Arc<[Type]>),
}

/// What a function type takes and gives.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FunctionType {
    /// Parameters, in order.
    pub parameters: Vec<Type>,
    /// Results, in order.
    pub results: Vec<Type>,
}

impl Type {
    /// A type as a model names it: `a/b.Name`, or `[]a/b.Name` for a list or channel of these.
    pub fn modelled(name: &str) -> Type {
        match name.strip_prefix("[]") {
            Some(element) => Type::List(Arc::new(Type::modelled(element))),
            None => Type::Library(name.into()),
        }
    }

    /// The type of one element, of a list, map or channel.
    pub fn element(&self) -> Type {
        match self {
            Type::List(inner) | Type::Map(inner) | Type::Channel(inner) => (**inner).clone(),
            _ => Type::Unknown,
        }
    }

    /// The type of one of several results.
    pub fn slot(&self, index: u32) -> Type {
        match self {
            Type::Tuple(types) => types.get(index as usize).cloned().unwrap_or_default(),
            other if index == 0 => other.clone(),
            _ => Type::Unknown,
        }
    }

    /// The path of a library's type.
    pub fn library(&self) -> Option<&str> {
        match self {
            Type::Library(path) => Some(path),
            _ => None,
        }
    }

    /// Several results as one type.
    pub fn tuple(types: &[Type]) -> Type {
        match types {
            [] => Type::Unknown,
            [single] => single.clone(),
            several => Type::Tuple(several.into()),
        }
    }
}

/// How many aliases and embedded types are followed before giving up, so that a type that names itself ends.
const DEPTH: u32 = 16;

impl Codebase {
    /// Resolves a type as written in a file, inside `function` if one is given (its type parameters and local types).
    pub fn resolve_type(&self, file: FileId, function: Option<FunctionId>, written: &TypeRef) -> Type {
        self.resolve_at(file, function, written, DEPTH)
    }

    fn resolve_at(&self, file: FileId, function: Option<FunctionId>, written: &TypeRef, depth: u32) -> Type {
        let Some(depth) = depth.checked_sub(1) else { return Type::Unknown };
        let again = |inner: &TypeRef| self.resolve_at(file, function, inner, depth);
        match written {
            TypeRef::Named(path, arguments) => {
                let arguments: Vec<Type> = arguments.iter().map(again).collect();
                self.resolve_named(file, function, path, arguments, depth)
            }
            TypeRef::Pointer(inner) => again(inner),
            TypeRef::List(inner) => Type::List(again(inner).into()),
            TypeRef::Map(_, inner) => Type::Map(again(inner).into()),
            TypeRef::Channel(inner) => Type::Channel(again(inner).into()),
            TypeRef::Function(signature) => self.resolve_signature(file, function, signature, depth),
            TypeRef::Tuple(all) => Type::Tuple(all.iter().map(again).collect()),
            TypeRef::Record(_) | TypeRef::Interface(_) | TypeRef::Unknown => Type::Unknown,
        }
    }

    fn resolve_signature(&self, file: FileId, function: Option<FunctionId>, signature: &Signature, depth: u32) -> Type {
        let all = |types: &[TypeRef]| types.iter().map(|ty| self.resolve_at(file, function, ty, depth)).collect();
        Type::Function(Arc::new(FunctionType {
            parameters: all(&signature.parameters),
            results: all(&signature.results),
        }))
    }

    fn resolve_named(
        &self,
        file: FileId,
        function: Option<FunctionId>,
        path: &Path,
        arguments: Vec<Type>,
        depth: u32,
    ) -> Type {
        if let [name] = path.0.as_slice() {
            if let Some(id) = function.and_then(|function| self.local_type(function, name)) {
                return self.declared(id, arguments, depth);
            }
            if function.is_some_and(|function| self.is_type_parameter(function, name)) {
                return Type::Unknown;
            }
        }
        match self.resolve(file, path) {
            Resolved { symbol: Symbol::Type(id), rest: 0 } => self.declared(id, arguments, depth),
            Resolved { symbol: Symbol::Library(path), rest: 0 } => self.stand_in(path, arguments),
            _ => Type::Unknown,
        }
    }

    /// A library's type, or what it stands for: `Arc<T>` is a `T`, `Vec<T>` a list.
    fn stand_in(&self, path: Name, mut arguments: Vec<Type>) -> Type {
        let mut argument = |index: usize| match index < arguments.len() {
            true => arguments.swap_remove(index),
            false => Type::Unknown,
        };
        match self.stand_ins.get(&path) {
            None => Type::Library(path),
            Some(StandsFor::Argument(index)) => argument(*index),
            Some(StandsFor::List(index)) => Type::List(argument(*index).into()),
            Some(StandsFor::Map(index)) => Type::Map(argument(*index).into()),
        }
    }

    /// A declared type; what an alias stands for.
    fn declared(&self, id: TypeId, arguments: Vec<Type>, depth: u32) -> Type {
        let declaration = self.declaration(id);
        match &declaration.kind {
            TypeKind::Alias(target) if declaration.parameters.is_empty() => {
                self.resolve_at(self.type_file(id), None, target, depth)
            }
            TypeKind::Alias(target) => self.alias(id, target, &arguments, depth),
            _ => Type::Declared(id, arguments.into()),
        }
    }

    /// What an alias with type parameters stands for: its parameters are the arguments.
    fn alias(&self, id: TypeId, target: &TypeRef, arguments: &[Type], depth: u32) -> Type {
        let Some(depth) = depth.checked_sub(1) else { return Type::Unknown };
        let parameters = &self.declaration(id).parameters;
        let again = |inner: &TypeRef| self.alias(id, inner, arguments, depth);
        match target {
            TypeRef::Named(path, _) if path.0.len() == 1 && parameters.contains(&path.0[0]) => {
                let position = parameters.iter().position(|parameter| *parameter == path.0[0]);
                position.and_then(|position| arguments.get(position)).cloned().unwrap_or_default()
            }
            TypeRef::Named(path, inner) => {
                self.resolve_named(self.type_file(id), None, path, inner.iter().map(again).collect(), depth)
            }
            TypeRef::Pointer(inner) => again(inner),
            TypeRef::List(inner) => Type::List(again(inner).into()),
            TypeRef::Map(_, inner) => Type::Map(again(inner).into()),
            TypeRef::Tuple(all) => Type::Tuple(all.iter().map(again).collect()),
            other => self.resolve_at(self.type_file(id), None, other, depth),
        }
    }

    /// A type declared inside a function, or inside one around it.
    fn local_type(&self, function: FunctionId, name: &str) -> Option<TypeId> {
        let file = self.file(self.function_file(function));
        let mut around = Some(function);
        while let Some(id) = around {
            let index = crate::facts::FunctionIndex(id.0 - file.first_function);
            let found = file.facts.types.iter().position(|ty| ty.owner == Some(index) && ty.name == name);
            if let Some(position) = found {
                return Some(TypeId(file.first_type + position as u32));
            }
            around = self.owner(id);
        }
        None
    }

    fn is_type_parameter(&self, function: FunctionId, name: &str) -> bool {
        let mut around = Some(function);
        while let Some(id) = around {
            if self.function(id).type_parameters.iter().any(|parameter| parameter == name) {
                return true;
            }
            around = self.owner(id);
        }
        false
    }

    /// What a declared type is made of, seen through declared types of declared types: a list, a function, ...
    pub fn underlying(&self, ty: &Type) -> Type {
        let mut ty = ty.clone();
        for _ in 0..DEPTH {
            let Type::Declared(id, _) = &ty else { return ty };
            let TypeKind::Defined(inner) = &self.declaration(*id).kind else { return ty };
            ty = self.resolve_type(self.type_file(*id), None, inner);
        }
        Type::Unknown
    }

    /// What a function takes and gives.
    fn signature(&self, id: FunctionId) -> &Arc<FunctionType> {
        self.signatures[id.0 as usize].get_or_init(|| {
            let (function, file) = (self.function(id), self.function_file(id));
            let all = |list: &[crate::facts::Parameter]| -> Vec<Type> {
                list.iter().map(|parameter| self.resolve_type(file, Some(id), &parameter.ty)).collect()
            };
            Arc::new(FunctionType { parameters: all(&function.parameters), results: all(&function.results) })
        })
    }

    /// The type of a function seen as a value.
    pub fn function_type(&self, id: FunctionId) -> Type {
        Type::Function(self.signature(id).clone())
    }

    /// The types of a function's parameters.
    pub fn parameter_types(&self, id: FunctionId) -> &[Type] {
        &self.signature(id).parameters
    }

    /// Types of a function's results.
    pub fn result_types(&self, id: FunctionId) -> &[Type] {
        &self.signature(id).results
    }

    /// Types of a declared record's fields, in order.
    pub fn field_types(&self, id: TypeId) -> &[Type] {
        self.field_types[id.0 as usize].get_or_init(|| match &self.declaration(id).kind {
            TypeKind::Record(fields) => {
                let file = self.type_file(id);
                fields.iter().map(|field| self.resolve_type(file, None, &field.ty)).collect()
            }
            _ => Box::default(),
        })
    }
}

/// The name of a type, without package, pointer and arguments.
pub(super) fn base_name(ty: &TypeRef) -> Option<&Name> {
    match ty {
        TypeRef::Named(path, _) => path.0.last(),
        TypeRef::Pointer(inner) => base_name(inner),
        _ => None,
    }
}
