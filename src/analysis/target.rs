//! What a call reaches, as its callee is written.

use super::frame::{Frame, Typed};
use super::package_of;
use super::value::{Set, Value, ValueId, insert};
use crate::codebase::{FunctionId, Member, Resolved, Symbol, Type, TypeId};
use crate::facts::{Callee, LocalIndex, Name, Path};
use std::sync::Arc;

/// What variables around a closure held.
pub(super) type Captured = Arc<[(LocalIndex, Set)]>;

/// Something a call reaches.
pub(super) enum Target {
    /// A function of the codebase.
    Code { function: FunctionId, receiver: Set, captured: Option<Captured> },
    /// A library's function or method, by path; the receiver with its type.
    Library { symbol: Name, receiver: Option<Typed> },
    /// A value, or a method of one whose type is an interface.
    Value { callee: Set, method: Option<Name> },
    /// A method of a value whose type is not known.
    Method { receiver: Typed, name: Name },
    /// A conversion to a type of the codebase.
    Conversion(Type),
}

impl<'a> Frame<'_, 'a> {
    pub(super) fn target(&mut self, callee: &'a Callee) -> Option<Vec<Target>> {
        Some(match callee {
            Callee::Free(path) => return self.free_target(path),
            Callee::Method(base, name) => {
                let base = self.operand(base);
                self.method_targets(&base, name)
            }
            Callee::Value(operand) => {
                let value = self.operand(operand);
                self.value_targets(value)
            }
        })
    }

    /// A value that is called; one of a library's function type may have a model of its own (`T.()`).
    fn value_targets(&self, value: Typed) -> Vec<Target> {
        if let Some(path) = value.ty.library() {
            let symbol: Name = format!("{path}.()").into();
            if self.analysis.models.call(&symbol).is_some() {
                return vec![Target::Library { symbol, receiver: Some(value) }];
            }
        }
        vec![Target::Value { callee: value.set, method: None }]
    }

    fn free_target(&mut self, path: &Path) -> Option<Vec<Target>> {
        let Resolved { symbol, rest } = self.analysis.codebase.resolve(self.file, path);
        Some(match (symbol, rest) {
            (Symbol::Function(function), 0) => vec![Target::Code { function, receiver: Set::new(), captured: None }],
            (Symbol::Type(id), 0) => vec![Target::Conversion(Type::Declared(id, Vec::new().into()))],
            (Symbol::Library(symbol), 0) => vec![Target::Library { symbol, receiver: None }],
            // A function that a type has without a word of it in the codebase, such as a derived one.
            (Symbol::Type(_), 1) if self.analysis.codebase.has_tuples() => {
                let name = path.0.last()?.clone();
                vec![Target::Method { receiver: Typed::default(), name }]
            }
            (Symbol::Type(_), _) => return None,
            (_, 0) => vec![Target::Value { callee: self.free(path).set, method: None }],
            _ => {
                let (name, base) = path.0.split_last()?;
                let base = self.free(&Path(base.to_vec()));
                self.method_targets(&base, name)
            }
        })
    }

    /// What a call of a method, or of a field that is a function, reaches.
    fn method_targets(&mut self, base: &Typed, name: &Name) -> Vec<Target> {
        let ty = if base.ty == Type::Unknown { self.analysis.type_of_set(&base.set) } else { base.ty.clone() };
        match self.analysis.codebase.member(&ty, name) {
            Some((embedded, Member::Method(function))) => {
                let receiver = self.through(&base.set, &ty, &embedded);
                vec![Target::Code { function, receiver, captured: None }]
            }
            Some((embedded, Member::Field(..))) => {
                let receiver = self.through(&base.set, &ty, &embedded);
                let set = self.read(&Typed { set: receiver, ty: Type::Unknown }, name).set;
                let set = if set.is_empty() { self.read(base, name).set } else { set };
                vec![Target::Value { callee: set, method: None }]
            }
            Some((embedded, Member::Library(symbol))) => {
                let set = self.through(&base.set, &ty, &embedded);
                if let Some(targets) = self.extended(&ty, &symbol, name, base) {
                    return targets;
                }
                self.library_targets(
                    symbol,
                    Typed { set, ty: if embedded.is_empty() { ty } else { Type::Unknown } },
                    name,
                )
            }
            Some((_, Member::Interface(interface, _))) => self.interface_targets(base, interface, name),
            None => {
                let concrete = self.concrete(&base.set, name);
                if concrete.is_empty()
                    && let Some(targets) = self.extended(&ty, "", name, base)
                {
                    return targets;
                }
                if concrete.is_empty() {
                    vec![Target::Method { receiver: base.clone(), name: name.clone() }]
                } else {
                    concrete
                }
            }
        }
    }

    /// A method that a value has by an interface that somebody else declared: one of the codebase, one that the file imports,
    /// or one that every value has. None if the library's own type is known to have it, or nobody gives it.
    fn extended(&mut self, ty: &Type, symbol: &str, name: &Name, base: &Typed) -> Option<Vec<Target>> {
        let codebase = self.analysis.codebase;
        if !codebase.has_tuples() || self.analysis.call_model(symbol).is_some() {
            return None;
        }
        if let Some(function) = codebase.extension(ty, name) {
            return Some(vec![Target::Code { function, receiver: base.set.clone(), captured: None }]);
        }
        let symbol = self.analysis.extension(self.file, name)?;
        Some(vec![Target::Library { symbol, receiver: Some(base.clone()) }])
    }

    /// A library's method; values of the codebase behind a library's interface are called too.
    fn library_targets(&mut self, symbol: Name, receiver: Typed, name: &Name) -> Vec<Target> {
        let mut targets = self.concrete(&receiver.set, name);
        let callable =
            self.type_model(&receiver.ty).and_then(|model| model.method.as_ref()).is_some_and(|method| method == name);
        if callable {
            let symbolic: Set = self.symbolic_only(&receiver.set);
            if !symbolic.is_empty() {
                targets.push(Target::Value { callee: symbolic, method: Some(name.clone()) });
            }
        }
        targets.push(Target::Library { symbol, receiver: Some(receiver) });
        targets
    }

    pub(super) fn interface_targets(&mut self, base: &Typed, interface: TypeId, name: &Name) -> Vec<Target> {
        let mut targets = self.concrete(&base.set, name);
        if !targets.is_empty() && targets.len() == base.set.len() {
            return targets;
        }
        let of_library = |id: &ValueId| matches!(self.analysis.values.type_of(*id), Type::Library(_));
        let only_library = !base.set.is_empty() && base.set.iter().all(of_library);
        if targets.is_empty() && !only_library {
            let found = self.analysis.implementers(interface, name);
            targets.extend(found.iter().map(|function| Target::Code {
                function: *function,
                receiver: base.set.clone(),
                captured: None,
            }));
        }
        let clients = self.library_clients(interface, name).into_iter();
        targets.extend(clients.map(|(symbol, ty)| {
            let receiver = Some(Typed { set: base.set.clone(), ty });
            Target::Library { symbol, receiver }
        }));
        if targets.is_empty() {
            targets.push(Target::Method { receiver: base.clone(), name: name.clone() });
        }
        targets
    }

    /// Clients of libraries that an interface of the codebase lets in: those that have the method, and that come from the
    /// package whose values it takes or gives. `Do(*http.Request)` is met by `http.Client`. Where types say what they implement,
    /// none is let in by its shape.
    fn library_clients(&self, interface: TypeId, name: &str) -> Vec<(Name, Type)> {
        let codebase = self.analysis.codebase;
        if codebase.says_what_it_implements() {
            return Vec::new();
        }
        let file = codebase.type_file(interface);
        let Some(method) = codebase.interface_method(interface, name) else { return Vec::new() };
        let written = method.signature.parameters.iter().chain(&method.signature.results);
        let named = written.map(|ty| codebase.resolve_type(file, None, ty));
        let mut packages: Vec<Name> = named.filter_map(|ty| Some(package_of(ty.library()?).into())).collect();
        packages.sort_unstable();
        packages.dedup();
        packages
            .iter()
            .filter_map(|package| self.analysis.clients.get(package))
            .flatten()
            .map(|path| (Name::from(format!("{path}.{name}")), Type::Library((*path).into())))
            .filter(|(symbol, _)| self.analysis.models.call(symbol).is_some())
            .collect()
    }

    /// Methods of the values whose own type declares one of that name.
    pub(super) fn concrete(&mut self, set: &Set, name: &str) -> Vec<Target> {
        let mut targets = Vec::new();
        for id in set {
            let ty = self.analysis.values.type_of(*id);
            if self.analysis.values.as_object(*id).is_none() || !matches!(ty, Type::Declared(..)) {
                continue;
            }
            let Some((embedded, Member::Method(function))) = self.analysis.codebase.member(&ty, name) else { continue };
            let mut receiver = Set::new();
            insert(&mut receiver, *id);
            let receiver = self.through(&receiver, &ty, &embedded);
            targets.push(Target::Code { function, receiver, captured: None });
        }
        targets
    }

    pub(super) fn symbolic_only(&self, set: &Set) -> Set {
        let values = &self.analysis.values;
        let callable = |value: &Value| {
            matches!(
                value,
                Value::Function(_) | Value::Closure(..) | Value::Bound(..) | Value::LibraryBound(..) | Value::Global(_)
            )
        };
        set.iter().copied().filter(|id| values.symbolic_in(*id).is_some() || callable(values.get(*id))).collect()
    }
}
