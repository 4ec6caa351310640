//! Members of types: fields, methods, what embedded fields promote, and who implements an interface.

use super::{Codebase, FunctionId, Origin, Type, TypeId};
use crate::facts::{Field, MethodSignature, Name, TypeKind};

/// What a selector on a value of some type finds.
#[derive(Clone, Debug, PartialEq)]
pub enum Member {
    /// A field of a declared record, and its type.
    Field(TypeId, Type),
    /// A method of the codebase.
    Method(FunctionId),
    /// A method of an interface of the codebase, and what it gives.
    Interface(TypeId, Type),
    /// A member of a library's type, by path: `net/http.Client.Do`.
    Library(Name),
}

/// How deep a promoted member may lie: that of a field of a field of a field.
const LEVELS: usize = 4;

/// More implementers than this, and a call through the interface may do anything.
const IMPLEMENTERS: usize = 8;

impl Codebase {
    /// Finds a member. The names are the embedded fields that lead to it, outermost first.
    pub fn member(&self, ty: &Type, name: &str) -> Option<(Vec<Name>, Member)> {
        if let Some(member) = self.own_member(ty, name) {
            return Some((Vec::new(), member));
        }
        let mut level = self.embedded(ty, &[]);
        for _ in 1..LEVELS {
            let mut next = Vec::new();
            for (path, ty) in level {
                if let Some(member) = self.own_member(&ty, name) {
                    return Some((path, member));
                }
                next.extend(self.embedded(&ty, &path));
            }
            level = next;
        }
        None
    }

    /// The embedded fields of a record that `path` leads to: the paths to them, and their types.
    fn embedded(&self, ty: &Type, path: &[Name]) -> Vec<(Vec<Name>, Type)> {
        let Type::Declared(owner, _) = ty else { return Vec::new() };
        let fields = self.fields(ty).iter().zip(self.field_types(*owner)).filter(|(field, _)| field.embedded);
        let further =
            |(field, inner): (&Field, &Type)| ([path, std::slice::from_ref(&field.name)].concat(), inner.clone());
        fields.map(further).collect()
    }

    /// A method that a type has itself.
    pub(super) fn own_method(&self, owner: TypeId, name: &str) -> Option<FunctionId> {
        self.methods[owner.0 as usize].get(name).copied()
    }

    fn own_member(&self, ty: &Type, name: &str) -> Option<Member> {
        let id = match ty {
            Type::Library(path) if !path.starts_with("builtin.") => {
                return Some(Member::Library(self.paths.of_member(path, name)));
            }
            Type::Declared(id, _) => *id,
            _ => return None,
        };
        let is_interface = matches!(self.declaration(id).kind, TypeKind::Interface(..));
        if let Some(method) = self.own_method(id, name).filter(|_| !is_interface) {
            return Some(Member::Method(method));
        }
        let file = self.type_file(id);
        let own = match &self.declaration(id).kind {
            TypeKind::Record(fields) => {
                let at = fields.iter().position(|field| field.name == name);
                at.map(|at| Member::Field(id, self.field_types(id)[at].clone()))
            }
            TypeKind::Interface(methods, embedded) => {
                if let Some(method) = methods.iter().find(|method| method.name == name) {
                    let results = method.signature.results.iter().map(|ty| self.resolve_type(file, None, ty));
                    return Some(Member::Interface(id, Type::tuple(&results.collect::<Vec<_>>())));
                }
                embedded.iter().find_map(|inner| self.own_member(&self.resolve_type(file, None, inner), name))
            }
            TypeKind::Defined(inner) => match self.resolve_type(file, None, inner) {
                inner @ Type::Declared(..) if self.fields(&inner).iter().any(|field| field.name == name) => {
                    self.own_member(&inner, name)
                }
                _ => None,
            },
            TypeKind::Variants(_) | TypeKind::Alias(_) => None,
        };
        own.or_else(|| self.inherited(id, name).map(Member::Method))
    }

    /// The fields of a declared record.
    pub fn fields(&self, ty: &Type) -> &[Field] {
        let Type::Declared(id, _) = ty else { return &[] };
        match &self.declaration(*id).kind {
            TypeKind::Record(fields) => fields,
            _ => &[],
        }
    }

    /// A method of a declared type, own or promoted from an embedded field.
    pub fn method(&self, ty: &Type, name: &str) -> Option<FunctionId> {
        match self.member(ty, name)? {
            (_, Member::Method(id)) => Some(id),
            _ => None,
        }
    }

    /// Whether a declared type is an interface.
    pub fn is_interface(&self, ty: &Type) -> bool {
        matches!(ty, Type::Declared(id, _) if matches!(self.declaration(*id).kind, TypeKind::Interface(..)))
    }

    /// Methods that a call of `name` through an interface may reach. Empty if nobody implements it, or too many do.
    ///
    /// A type counts as an implementation if it has, by name and number of parameters, every method of the interface. Types
    /// of libraries count for interfaces of libraries alone.
    pub fn implementations(&self, interface: TypeId, name: &str) -> Vec<FunctionId> {
        if self.says_what_it_implements() {
            let mut found = self.said_implementations(interface, name);
            found.extend(self.default_method(interface, name));
            return if found.len() > IMPLEMENTERS { Vec::new() } else { found };
        }
        let wanted = self.interface_methods(interface, 4);
        let candidates = self.methods_by_name.get(name).map(Vec::as_slice).unwrap_or_default();
        let is_foreign = |id: TypeId| self.file(self.type_file(id)).origin == Origin::Library;
        let all = is_foreign(interface);
        let fits = |owner: TypeId| {
            if !all && is_foreign(owner) {
                return false;
            }
            let ty = Type::Declared(owner, Vec::new().into());
            wanted.iter().all(|method| {
                let arity = method.signature.parameters.len();
                self.method(&ty, &method.name).is_some_and(|id| self.function(id).parameters.len() == arity)
            })
        };
        let found: Vec<FunctionId> = candidates
            .iter()
            .filter(|(owner, _)| fits(*owner))
            .map(|(_, method)| *method)
            .take(IMPLEMENTERS + 1)
            .collect();
        if found.len() > IMPLEMENTERS { Vec::new() } else { found }
    }

    /// The names of an interface's methods; none if the type is no interface of the codebase.
    pub fn interface_method_names(&self, ty: &Type) -> Option<Vec<Name>> {
        let Type::Declared(id, _) = ty else { return None };
        let names = self.interface_methods(*id, 4).into_iter().map(|method| method.name.clone());
        self.is_interface(ty).then(|| names.collect())
    }

    /// The library's interface that an interface of the codebase extends.
    pub fn embedded_library_type(&self, ty: &Type) -> Option<Name> {
        let Type::Declared(id, _) = ty else { return None };
        let TypeKind::Interface(_, embedded) = &self.declaration(*id).kind else { return None };
        embedded.iter().find_map(|inner| match self.resolve_type(self.type_file(*id), None, inner) {
            Type::Library(path) => Some(path),
            _ => None,
        })
    }

    /// Methods that a declared type has itself, in order.
    pub fn methods_of(&self, owner: TypeId) -> impl Iterator<Item = FunctionId> {
        let file = self.type_file(owner);
        let package = &self.packages[self.file(file).package.0 as usize];
        let functions = package.files.iter().flat_map(|file| self.functions_in(*file));
        functions.filter(move |id| self.own_method(owner, &self.function(*id).name) == Some(*id))
    }

    /// Methods of the codebase with this name and number of parameters.
    pub fn methods_named(&self, name: &str, arity: usize) -> Vec<(TypeId, FunctionId)> {
        let all = self.methods_by_name.get(name).map(Vec::as_slice).unwrap_or_default();
        all.iter().filter(|(_, id)| self.function(*id).parameters.len() == arity).copied().collect()
    }

    /// A method that an interface, or one inside it, asks for.
    pub fn interface_method(&self, interface: TypeId, name: &str) -> Option<&MethodSignature> {
        self.interface_methods(interface, 4).into_iter().find(|method| method.name == name)
    }

    fn interface_methods(&self, interface: TypeId, depth: u32) -> Vec<&MethodSignature> {
        let TypeKind::Interface(methods, embedded) = &self.declaration(interface).kind else { return Vec::new() };
        let mut all: Vec<&MethodSignature> = methods.iter().collect();
        if depth > 0 {
            for inner in embedded {
                if let Type::Declared(id, _) = self.resolve_type(self.type_file(interface), None, inner) {
                    all.extend(self.interface_methods(id, depth - 1));
                }
            }
        }
        all
    }
}
