//! What a function reads: operands, variables, names, fields, elements.

use super::Analysis;
use super::frame::{Frame, Typed};
use super::value::{ObjectKind, Set, Value, ValueId, insert, join};
use crate::codebase::{FunctionId, Member, Resolved, Symbol, Type, TypeId};
use crate::facts::{LocalIndex, Name, Operand, Path, StepKind, TypeKind, operands, walk};
use crate::text::FileRange;
use rustc_hash::FxHashSet;

/// The part that is the whole value, seen as another type.
const ITSELF: &str = "itself";

impl Frame<'_, '_> {
    /// The value of an operand.
    pub(super) fn operand(&mut self, operand: &Operand) -> Typed {
        match operand {
            Operand::Temporary(temporary) => {
                let Some(made) = self.temporaries.get(temporary.0 as usize) else { return Typed::default() };
                Typed { set: made.results.first().cloned().unwrap_or_default(), ty: made.ty.slot(0) }
            }
            Operand::Local(local) => self.local(*local),
            Operand::Free(path) => self.free(path),
            Operand::Text(text) => {
                let set = self.analysis.values.one(Value::Text(text.clone()));
                Typed { set, ty: Type::Library("builtin.string".into()) }
            }
            Operand::Constant => Typed { set: self.analysis.values.constant(), ty: Type::Unknown },
            Operand::Nothing => Typed { set: self.analysis.values.nothing(), ty: Type::Unknown },
            Operand::Function(index) => {
                let function = self.analysis.codebase.sibling(self.id, *index);
                self.closure(function)
            }
        }
    }

    /// All results of an operand that is a call.
    pub(super) fn slot(&mut self, of: &Operand, index: u32) -> Typed {
        let made = match of {
            Operand::Temporary(temporary) => self.temporaries.get(temporary.0 as usize),
            _ => None,
        };
        match made {
            // A value that holds several, such as a tuple written out.
            Some(made) if made.results.len() == 1 && self.analysis.codebase.has_tuples() => {
                let whole = Typed { set: made.results[0].clone(), ty: made.ty.clone() };
                self.numbered(&whole, index)
            }
            Some(made) => {
                let set = made.results.get(index as usize).cloned();
                let ty = made.ty.slot(index);
                Typed { set: set.unwrap_or_else(|| self.analysis.values.constant()), ty }
            }
            None if self.analysis.codebase.has_tuples() => {
                let whole = self.operand(of);
                self.numbered(&whole, index)
            }
            None if index == 0 => self.operand(of),
            None => Typed { set: self.analysis.values.constant(), ty: Type::Unknown },
        }
    }

    /// One of the values that a tuple holds, or what a library gives in its place.
    fn numbered(&mut self, whole: &Typed, index: u32) -> Typed {
        let name = index.to_string();
        if self.type_model(&whole.ty).is_some_and(|model| model.member_type(&name).is_some()) {
            return self.read(whole, &name);
        }
        let ty = whole.ty.slot(index);
        Typed { set: self.part(&whole.set, &name, &ty), ty }
    }

    /// The value of a local, own or of a function around.
    pub(super) fn local(&mut self, local: LocalIndex) -> Typed {
        let ty = self.local_type(local);
        if let Some(set) = self.state.locals.get(&local) {
            return Typed { set: set.clone(), ty };
        }
        let owner = self.analysis.codebase.local_owner(self.id, local);
        let value = if owner == self.id { Value::Unknown } else { Value::Captured(self.id, local) };
        let set = self.analysis.values.one(value);
        self.analysis.values.set_type(set[0], &ty);
        Typed { set, ty }
    }

    pub(super) fn closure(&mut self, function: FunctionId) -> Typed {
        let captured: Vec<(LocalIndex, Set)> =
            free_locals(self.analysis, function).into_iter().map(|local| (local, self.local(local).set)).collect();
        for (local, set) in &captured {
            join(self.analysis.wiring.captures.entry((function, *local)).or_default(), set);
        }
        self.mention(function);
        let set = self.analysis.values.one(Value::Closure(function, captured.into()));
        Typed { set, ty: self.analysis.codebase.function_type(function) }
    }

    /// The value of a free name with selectors.
    pub(super) fn free(&mut self, path: &Path) -> Typed {
        let Resolved { symbol, rest } = self.analysis.codebase.resolve(self.file, path);
        let mut typed = match symbol.clone() {
            Symbol::Function(id) => {
                self.mention(id);
                Typed {
                    set: self.analysis.values.one(Value::Function(id)),
                    ty: self.analysis.codebase.function_type(id),
                }
            }
            Symbol::Global(global) => {
                let (file, facts) = self.analysis.codebase.global(global);
                let written = self.analysis.codebase.resolve_type(file, None, &facts.ty);
                let ty = if written == Type::Unknown {
                    self.analysis.global_types.get(&global).cloned().unwrap_or_default()
                } else {
                    written
                };
                let set = self.analysis.values.one(Value::Global(global));
                self.analysis.values.set_type(set[0], &ty);
                Typed { set, ty }
            }
            Symbol::Library(path) => {
                if let Some(text) = self.analysis.models.constant(&path) {
                    let set = self.analysis.values.one(Value::Text(text.clone()));
                    return Typed { set, ty: Type::Library("builtin.string".into()) };
                }
                let ty = self.analysis.models.variable(&path).map_or(Type::Unknown, Type::modelled);
                let set = self.analysis.values.one(Value::Symbol(path));
                self.analysis.values.set_type(set[0], &ty);
                Typed { set, ty }
            }
            Symbol::Type(id) if rest == 0 => self.only_value(id),
            Symbol::Type(_) => Typed { set: self.analysis.values.unknown(), ty: Type::Unknown },
        };
        if matches!(symbol, Symbol::Type(_)) {
            return typed;
        }
        for field in &path.0[path.0.len() - rest..] {
            typed = self.read(&typed, field);
        }
        typed
    }

    /// What a type's name stands for as a value: the only one of a record without fields.
    fn only_value(&mut self, id: TypeId) -> Typed {
        let ty = Type::Declared(id, Vec::new().into());
        let declaration = self.analysis.codebase.declaration(id);
        if !matches!(&declaration.kind, TypeKind::Record(fields) if fields.is_empty()) {
            return Typed { set: self.analysis.values.unknown(), ty };
        }
        let at = FileRange { file: self.analysis.codebase.type_file(id), range: declaration.range };
        let object = self.analysis.values.make(self.id, at, "literal", ObjectKind::Record, ty.clone());
        Typed { set: self.analysis.values.one(Value::Object(object)), ty }
    }

    /// A field of a value, or a method taken as a value.
    pub(super) fn read(&mut self, base: &Typed, field: &str) -> Typed {
        let ty = if base.ty == Type::Unknown { self.analysis.type_of_set(&base.set) } else { base.ty.clone() };
        match self.analysis.codebase.member(&ty, field) {
            Some((embedded, Member::Field(_, field_type))) => {
                let mut set = self.through(&base.set, &ty, &embedded);
                if let [record] = set.as_slice()
                    && let Some(held) = self.state.fields.get(&(*record, field.into()))
                {
                    return Typed { set: held.clone(), ty: field_type };
                }
                set = self.part(&set, field, &field_type);
                Typed { set, ty: field_type }
            }
            Some((embedded, Member::Method(method))) => {
                self.mention(method);
                let receiver = self.through(&base.set, &ty, &embedded);
                let set = self.analysis.values.one(Value::Bound(method, receiver));
                Typed { set, ty: self.analysis.codebase.function_type(method) }
            }
            Some((embedded, Member::Library(path))) => {
                let receiver = self.through(&base.set, &ty, &embedded);
                self.read_library(&path, &receiver, field)
            }
            Some((_, Member::Interface(..))) | None => {
                Typed { set: self.part(&base.set, field, &Type::Unknown), ty: Type::Unknown }
            }
        }
    }

    pub(super) fn read_library(&mut self, path: &str, receiver: &Set, field: &str) -> Typed {
        let models = self.analysis.models;
        let owner = path.strip_suffix(field).and_then(|owner| owner.strip_suffix('.')).unwrap_or(path);
        let model = models.ty(owner);
        if models.call(path).is_some() {
            let set = self.analysis.values.one(Value::LibraryBound(path.into(), receiver.clone()));
            return Typed { set, ty: Type::Unknown };
        }
        let ty = model.and_then(|model| model.member_type(field)).map_or(Type::Unknown, Type::modelled);
        let part = model.and_then(|model| model.part_named(field)).unwrap_or(field).to_owned();
        if part == ITSELF {
            return Typed { set: receiver.clone(), ty };
        }
        Typed { set: self.part(receiver, &part, &ty), ty }
    }

    /// Follows embedded fields.
    pub(super) fn through(&mut self, base: &Set, ty: &Type, embedded: &[Name]) -> Set {
        let (mut set, mut ty) = (base.clone(), ty.clone());
        for name in embedded {
            let inner = match self.analysis.codebase.member(&ty, name) {
                Some((_, Member::Field(_, inner))) => inner,
                _ => Type::Unknown,
            };
            set = self.part(&set, name, &inner);
            ty = inner;
        }
        set
    }

    /// A part of a set, its type remembered.
    pub(super) fn part(&mut self, base: &Set, name: &str, ty: &Type) -> Set {
        let set = self.analysis.part(base, name);
        for id in &set {
            self.analysis.values.set_type(*id, ty);
        }
        set
    }

    pub(super) fn element(&mut self, of: &Typed) -> Typed {
        let ty = self.analysis.codebase.underlying(&of.ty).element();
        let mut set = self.part(&of.set, "each", &ty);
        join(&mut set, &self.handles_among(&of.set));
        self.written_element(&of.set, &mut set);
        self.arrive_elements(&set);
        Typed { set, ty }
    }
}

impl Analysis<'_> {
    /// A part of every value of a set: what is held under that name, or a method taken as a value.
    pub(super) fn part(&mut self, set: &Set, name: &str) -> Set {
        let mut parts = self.values.part(set, name);
        for id in set {
            let Some(method) = self.method_taken(*id, name) else { continue };
            let bare = self.values.id(Value::Part(*id, name.into()));
            if parts.contains(&bare) {
                parts.retain(|part| *part != bare);
                insert(&mut parts, method);
            }
        }
        parts
    }

    /// The method that a selector takes of an object as a value: `service.Answer`, where the object behind an interface has
    /// become known. Where types say what they implement, methods are taken by paths.
    pub(super) fn method_taken(&mut self, object: ValueId, name: &str) -> Option<ValueId> {
        let (_, held) = self.values.as_object(object)?;
        if self.codebase.says_what_it_implements() {
            return None;
        }
        let (embedded, Member::Method(method)) = self.codebase.member(&held.ty, name)? else { return None };
        let mut receiver = Set::new();
        if embedded.is_empty() {
            insert(&mut receiver, object);
        }
        Some(self.values.id(Value::Bound(method, receiver)))
    }
}

/// Locals of functions around that a closure, or one inside it, uses.
fn free_locals(analysis: &Analysis<'_>, function: FunctionId) -> Vec<LocalIndex> {
    let codebase = analysis.codebase;
    let (mut used, mut inner) = (FxHashSet::default(), vec![function]);
    let mut own = vec![function];
    while let Some(id) = inner.pop() {
        walk(&codebase.function(id).steps, &mut |step| {
            operands(step, &mut |operand| match operand {
                Operand::Local(local) => drop(used.insert(*local)),
                Operand::Function(index) => {
                    let closure = codebase.sibling(id, *index);
                    own.push(closure);
                    inner.push(closure);
                }
                _ => {}
            });
            if let StepKind::Assign { to, .. } = &step.kind {
                used.insert(*to);
            }
        });
    }
    let mut free: Vec<LocalIndex> =
        used.into_iter().filter(|local| !own.contains(&codebase.local_owner(function, *local))).collect();
    free.sort();
    free
}
