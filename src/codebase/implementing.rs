//! Types that say what they implement, and members that types get outside of their declaration.

use super::{Codebase, FunctionId, GlobalId, Type, TypeId};
use crate::facts::{FunctionKind, Name, TypeKind, TypeRef};
use crate::text::FileId;
use rustc_hash::FxHashMap;

/// What implementations say.
#[derive(Clone, Debug, Default)]
pub(super) struct Implementing {
    /// The interfaces that a type says it implements.
    interfaces: FxHashMap<TypeId, Vec<Type>>,
    /// Methods that types of libraries, or all types that fit, are given: by method name.
    extensions: FxHashMap<Name, Vec<Extension>>,
}

/// A method of a type that the codebase does not declare.
#[derive(Clone, Debug)]
struct Extension {
    /// The type; unknown if it is a type parameter.
    of: Type,
    method: FunctionId,
    /// The interface it belongs to.
    interface: Option<TypeId>,
}

impl Codebase {
    /// Gives every type its members.
    pub(super) fn bind_implementations(&mut self) {
        // Members of one implementation follow one another.
        let mut at_hand = None;
        let (mut of, mut interfaces) = (Type::Unknown, Vec::new());
        for id in self.function_ids() {
            let function = self.function(id);
            let is_member = matches!(function.kind, FunctionKind::Method | FunctionKind::Associated);
            let Some(index) = function.implementation.filter(|_| is_member) else { continue };
            let (file, name) = (self.function_file(id), function.name.clone());
            if at_hand != Some((file, index)) {
                let written = &self.file(file).facts.implementations[index.0 as usize];
                let resolve = |ty: &TypeRef| self.resolve_type(file, Some(id), ty);
                (of, interfaces) = (resolve(&written.of), written.interfaces.iter().map(resolve).collect());
                at_hand = Some((file, index));
            }
            match &of {
                Type::Declared(owner, _) => {
                    // What a type has by itself goes before what an interface gives it.
                    if interfaces.is_empty() || self.own_method(*owner, &name).is_none() {
                        self.methods[owner.0 as usize].insert(name.clone(), id);
                    }
                    self.methods_by_name.entry(name).or_default().push((*owner, id));
                }
                _ => {
                    let interface = interfaces.iter().find_map(|interface| match interface {
                        Type::Declared(id, _) => Some(*id),
                        _ => None,
                    });
                    let extension = Extension { of: of.clone(), method: id, interface };
                    self.implementing.extensions.entry(name).or_default().push(extension);
                }
            }
        }
        for file in (0..self.files.len() as u32).map(FileId) {
            self.note_interfaces(file);
            self.bind_constants(file);
        }
    }

    fn note_interfaces(&mut self, file: FileId) {
        let facts = self.file(file).facts.clone();
        for implementation in &facts.implementations {
            let Type::Declared(owner, _) = self.resolve_type(file, None, &implementation.of) else { continue };
            for interface in &implementation.interfaces {
                let interface = self.resolve_type(file, None, interface);
                self.implementing.interfaces.entry(owner).or_default().push(interface);
            }
        }
    }

    fn bind_constants(&mut self, file: FileId) {
        let facts = self.file(file).facts.clone();
        // They stand in the order of files.
        let first = self.globals.partition_point(|(of, _)| *of < file);
        for (index, global) in facts.globals.iter().enumerate() {
            let Some(implementation) = global.implementation else { continue };
            let written = &facts.implementations[implementation.0 as usize].of;
            if let Type::Declared(owner, _) = self.resolve_type(file, None, written) {
                self.constants.insert((owner, global.name.clone()), GlobalId((first + index) as u32));
            }
        }
    }

    /// The interfaces that a type says it implements.
    pub fn interfaces_of(&self, id: TypeId) -> &[Type] {
        self.implementing.interfaces.get(&id).map(Vec::as_slice).unwrap_or_default()
    }

    /// The interfaces whose implementation a method stands in.
    pub fn interfaces_around(&self, method: FunctionId) -> Vec<Type> {
        let Some(index) = self.function(method).implementation else { return Vec::new() };
        let file = self.function_file(method);
        let written = &self.file(file).facts.implementations[index.0 as usize].interfaces;
        written.iter().map(|interface| self.resolve_type(file, Some(method), interface)).collect()
    }

    /// Methods that a call of `name` through an interface reaches, by what types say they implement.
    pub(super) fn said_implementations(&self, interface: TypeId, name: &str) -> Vec<FunctionId> {
        let says = |id: &TypeId| {
            self.interfaces_of(*id).iter().any(|ty| matches!(ty, Type::Declared(of, _) if *of == interface))
        };
        let all = self.methods_by_name.get(name).map(Vec::as_slice).unwrap_or_default();
        let mut found: Vec<FunctionId> = all.iter().filter(|(owner, _)| says(owner)).map(|(_, id)| *id).collect();
        found.extend(
            self.extensions(name).filter(|extension| extension.interface == Some(interface)).map(|it| it.method),
        );
        found
    }

    /// The method that a type without one of its own gets from an interface that it implements.
    pub(super) fn inherited(&self, id: TypeId, name: &str) -> Option<FunctionId> {
        self.interfaces_of(id).iter().find_map(|interface| match interface {
            Type::Declared(interface, _) => self.own_method(*interface, name),
            _ => None,
        })
    }

    /// The method of the codebase that a call on a value of a library's type, or of one that is not known, reaches.
    pub fn extension(&self, ty: &Type, name: &str) -> Option<FunctionId> {
        let mut fitting = self.extensions(name).filter(|extension| match (&extension.of, ty) {
            (Type::Unknown, _) | (_, Type::Unknown) => true,
            (Type::Library(of), Type::Library(ty)) => of == ty,
            (of, ty) => std::mem::discriminant(of) == std::mem::discriminant(ty),
        });
        let found = fitting.next()?;
        let is_exact = found.of == *ty && *ty != Type::Unknown;
        (is_exact || fitting.next().is_none()).then_some(found.method)
    }

    fn extensions(&self, name: &str) -> impl Iterator<Item = &Extension> {
        self.implementing.extensions.get(name).into_iter().flatten()
    }

    /// Whether values that hold several can be put into one variable.
    pub fn has_tuples(&self) -> bool {
        self.says_what_it_implements()
    }

    /// Whether types of the codebase say what they implement.
    pub fn says_what_it_implements(&self) -> bool {
        self.packages.first().is_some_and(|package| package.scope.is_some())
    }

    /// Whether an interface gives a method that its implementations can go without.
    pub(super) fn default_method(&self, interface: TypeId, name: &str) -> Option<FunctionId> {
        let is_interface = matches!(self.declaration(interface).kind, TypeKind::Interface(..));
        is_interface.then(|| self.own_method(interface, name)).flatten()
    }
}
