//! What a function writes: variables, fields, elements, records.

use super::SharedFact;
use super::frame::{ASSIGNED, Frame, Typed, WRITTEN, object_ids};
use super::list::Spread;
use super::summary::{Chain, EffectKind, Written};
use super::value::{ObjectKind, Set, Value, ValueId, insert};
use crate::codebase::{FunctionId, Member, Resolved, Symbol, Type};
use crate::facts::{EntryKey, LocalIndex, Name, Operand, POINTEE, Path, Temporary, TypeRef};
use crate::text::{FileRange, TextRange};

impl Frame<'_, '_> {
    pub(super) fn assign(&mut self, to: LocalIndex, value: Option<&Operand>, define: bool, at: TextRange) {
        let codebase = self.analysis.codebase;
        let declared = &codebase.local(self.id, to).ty;
        let value = match value {
            Some(value) => self.operand(value),
            None => self.zero(declared, at),
        };
        if define {
            let ty = if *declared == TypeRef::Unknown { value.ty.clone() } else { self.resolve_type(declared) };
            self.set_local_type(to, &ty);
        }
        self.hold_guards(&value.set);
        let owner = self.analysis.codebase.local_owner(self.id, to);
        if owner != self.id {
            let base = self.analysis.values.one(Value::Captured(self.id, to));
            let kind = EffectKind::Write { base, part: ASSIGNED.into(), value: value.set.clone() };
            self.export(kind, self.here(at));
            self.use_everything(&value.set);
            let declared = self.here(self.analysis.codebase.local(self.id, to).range);
            self.note_shared(Some(owner), declared, &value, at);
        }
        self.state.locals.insert(to, value.set);
    }

    /// Notes what is put into a variable that others own too.
    fn note_shared(&mut self, owner: Option<FunctionId>, declared: FileRange, value: &Typed, at: TextRange) {
        let (function, at, value, ty) = (self.id, self.here(at), value.set.clone(), value.ty.clone());
        self.analysis.shared.insert(at, SharedFact { function, owner, declared, value, ty });
    }

    /// The zero of a type: a record without parts, or the absent value.
    pub(super) fn zero(&mut self, declared: &TypeRef, at: TextRange) -> Typed {
        let ty = self.resolve_type(declared);
        let record = matches!(declared, TypeRef::Named(..))
            && !self.analysis.codebase.is_interface(&ty)
            && self.type_model(&ty).is_none_or(|model| model.method.is_none());
        let set = if record {
            let here = self.here(at);
            let object = self.analysis.values.make(self.id, here, "zero", ObjectKind::Record, ty.clone());
            self.analysis.values.one(Value::Object(object))
        } else {
            self.analysis.values.nothing()
        };
        Typed { set, ty }
    }

    pub(super) fn assign_free(&mut self, to: &Path, value: &Typed, at: TextRange) {
        self.use_everything(&value.set);
        self.message_stored(&value.set);
        match self.analysis.codebase.resolve(self.file, to) {
            Resolved { symbol: Symbol::Global(global), rest: 0 } => {
                let id = self.id;
                self.analysis.wiring.globals.entry(global).or_default().insert((id, value.set.clone()));
                let (file, facts) = self.analysis.codebase.global(global);
                self.note_shared(None, FileRange { file, range: facts.range }, value, at);
                if facts.ty == TypeRef::Unknown && value.ty != Type::Unknown {
                    self.analysis.global_types.entry(global).or_insert_with(|| value.ty.clone());
                }
            }
            Resolved { symbol: Symbol::Library(path), rest: 0 } => {
                let id = self.id;
                self.analysis.wiring.symbols.entry(path).or_default().insert((id, value.set.clone()));
            }
            _ => {
                let Some((field, base)) = to.0.split_last() else { return };
                let base = self.free(&Path(base.to_vec()));
                self.write(&base, field, &value.set, at);
            }
        }
    }

    pub(super) fn write(&mut self, base: &Typed, field: &str, value: &Set, at: TextRange) {
        let ty = if base.ty == Type::Unknown { self.analysis.type_of_set(&base.set) } else { base.ty.clone() };
        let (mut set, mut part) = (base.set.clone(), Name::from(field));
        match self.analysis.codebase.member(&ty, field) {
            Some((embedded, Member::Field(owner, _))) => {
                set = self.through(&base.set, &ty, &embedded);
                let id = self.id;
                self.analysis.wiring.fields.entry((owner, part.clone())).or_default().insert((id, value.clone()));
                if object_ids(self.analysis, &set).is_empty() {
                    self.message_stored(value);
                }
                self.set_field(&set, &part, value);
            }
            Some((embedded, Member::Library(path))) => {
                set = self.through(&base.set, &ty, &embedded);
                let owner = path.strip_suffix(field).and_then(|owner| owner.strip_suffix('.')).unwrap_or(&path);
                if let Some(name) = self.analysis.models.ty(owner).and_then(|model| model.part_named(field)) {
                    part = name.into();
                }
                self.write_inside_field(&set, &part, value, at);
            }
            _ => {}
        }
        self.write_part(&set, &part, value, at);
        self.use_everything(value);
    }

    /// Remembers what a field holds from here on, where it is known which record is meant.
    pub(super) fn set_field(&mut self, records: &Set, field: &Name, value: &Set) {
        if let [record] = records.as_slice()
            && !self.analysis.values.has_unknown(records)
        {
            self.state.fields.insert((*record, field.clone()), value.clone());
        } else {
            self.state.forget_fields(records);
        }
    }

    /// Changes what a pointer points at: a field or variable that the function was given the address of.
    pub(super) fn write_pointee(&mut self, pointer: &Set, value: &Set, at: TextRange) {
        self.use_everything(value);
        self.replace_carrier(pointer, value, at);
        for id in pointer {
            match self.analysis.values.get(*id).clone() {
                Value::Part(holder, field) => {
                    let ty = self.analysis.values.type_of(holder);
                    let mut set = Set::new();
                    insert(&mut set, holder);
                    self.write(&Typed { set, ty }, &field, value, at);
                }
                Value::Global(global) => {
                    self.analysis.wiring.globals.entry(global).or_default().insert((self.id, value.clone()));
                }
                _ => {}
            }
        }
        if self.is_symbolic(pointer) {
            let kind = EffectKind::Write { base: pointer.clone(), part: POINTEE.into(), value: value.clone() };
            self.export(kind, self.here(at));
        }
    }

    /// A carrier that a pointer leads to becomes another, and holds what that held.
    fn replace_carrier(&mut self, pointer: &Set, value: &Set, at: TextRange) {
        let is_carrier = |id: &ValueId| {
            self.state.carriers.contains_key(id)
                || matches!(self.analysis.values.get(*id), Value::Part(_, part) if part == "headers")
                || self.analysis.is_of(&self.analysis.values.type_of(*id), "carrier")
        };
        let pointer: Set = pointer.iter().copied().filter(is_carrier).collect();
        if pointer.is_empty() {
            return;
        }
        match self.written(value) {
            Written::Yes => {
                let kind = EffectKind::Inject { into: pointer, context: value.clone() };
                self.happen(kind, self.here(at), &Chain::new(), false);
            }
            Written::Perhaps => {
                for id in &pointer {
                    let state = self.state.carriers.entry(*id).or_default();
                    state.written = state.written.max(Written::Perhaps);
                }
            }
            Written::No => {}
        }
    }

    /// Changes a part of every value of a set, known here or not.
    pub(super) fn write_part(&mut self, base: &Set, part: &str, value: &Set, at: TextRange) {
        for object in object_ids(self.analysis, base) {
            self.analysis.values.add_part(object, part, value);
        }
        let elsewhere: Set = base.iter().copied().filter(|id| self.analysis.values.as_object(*id).is_none()).collect();
        if elsewhere.is_empty() {
            return;
        }
        let id = self.id;
        // Fields of the codebase's own records are joined by type; their values need not be followed one by one.
        let declared = elsewhere.iter().all(|id| matches!(self.analysis.values.type_of(*id), Type::Declared(..)));
        if declared {
            return;
        }
        // Other parts are asked for by nobody who looks beyond the function.
        if !self.analysis.wired_parts.contains(part) {
            return;
        }
        let write = (id, elsewhere.clone(), Name::from(part), value.clone());
        self.analysis.wiring.parts.insert(write);
        if self.is_symbolic(&elsewhere) {
            let kind = EffectKind::Write { base: elsewhere, part: part.into(), value: value.clone() };
            self.export(kind, self.here(at));
        }
    }

    pub(super) fn write_element(&mut self, base: &Typed, key: &Operand, value: &Typed, at: TextRange) {
        let key = self.operand(key);
        if self.names_propagation_header(&key.set) || self.comes_from_written(&value.set) {
            let kind = EffectKind::Inject { into: base.set.clone(), context: value.set.clone() };
            self.happen(kind, self.here(at), &Chain::new(), false);
        }
        self.write_part(&base.set, "each", &value.set, at);
        if self.is_called(value) {
            self.write_inside_field(&base.set, "each", &value.set, at);
        }
        self.note_store(&base.set, &value.set, &Set::new(), self.here(at));
        self.use_everything(&value.set);
    }

    /// Whether a value is one that others call: a function or a handler.
    fn is_called(&self, value: &Typed) -> bool {
        let is_function = matches!(self.analysis.codebase.underlying(&value.ty), Type::Function(_));
        is_function || self.analysis.is_handler(&value.ty)
    }

    /// A field that holds a library's record by value, or a list or map, has no literal where something is written into it: what
    /// is written makes one.
    fn write_inside_field(&mut self, base: &Set, part: &str, value: &Set, at: TextRange) {
        for id in base {
            let Value::Part(holder, field) = self.analysis.values.get(*id).clone() else { continue };
            let holder = self.analysis.values.type_of(holder);
            let Some((_, Member::Field(owner, _))) = self.analysis.codebase.member(&holder, &field) else { continue };
            let (function, here, ty) = (self.id, self.here(at), self.analysis.values.type_of(*id));
            let record = self.analysis.values.make(function, here, "field", ObjectKind::Record, ty);
            self.analysis.values.add_part(record, part, value);
            let set = self.analysis.values.one(Value::Object(record));
            self.analysis.wiring.fields.entry((owner, field)).or_default().insert((function, set));
        }
    }

    pub(super) fn literal(
        &mut self,
        result: Temporary,
        written: &TypeRef,
        entries: &[crate::facts::Entry],
        at: TextRange,
    ) {
        let ty = self.resolve_type(written);
        let here = self.here(at);
        let object = self.analysis.values.make(self.id, here, "literal", ObjectKind::Record, ty.clone());
        let value = self.analysis.values.id(Value::Object(object));
        self.state.renew_carrier(value);
        let record_fields: Vec<Name> =
            self.analysis.codebase.fields(&ty).iter().map(|field| field.name.clone()).collect();
        let library = ty.library().and_then(|path| self.analysis.models.ty(path));
        let is_tuple = matches!(ty, Type::Tuple(_));
        let is_list = matches!(self.analysis.codebase.underlying(&ty), Type::List(_) | Type::Map(_));
        for entry in entries {
            let value = self.operand(&entry.value);
            self.use_everything(&value.set);
            let field: Option<Name> = match &entry.key {
                _ if is_list => None,
                EntryKey::Name(name) => Some(name.clone()),
                EntryKey::Position(position) if is_tuple => Some(position.to_string().into()),
                EntryKey::Position(position) => record_fields.get(*position as usize).cloned(),
                EntryKey::Value(_) | EntryKey::Rest => None,
            };
            let key = match &entry.key {
                EntryKey::Value(key) => Some(self.operand(key).set),
                _ => None,
            };
            let part = match (&field, library) {
                (Some(field), Some(model)) => model.part_named(field).unwrap_or(field).to_owned(),
                (Some(field), None) => field.to_string(),
                (None, _) => "each".to_owned(),
            };
            if key.is_some_and(|key| self.names_propagation_header(&key)) {
                self.analysis.values.add_part(object, WRITTEN, &value.set);
                self.mark_written(object);
            }
            self.analysis.values.add_part(object, &part, &value.set);
            if is_list && !matches!(entry.key, EntryKey::Value(_)) {
                self.add_item(object, &value.set, Some(self.here(entry.range)), Spread::Item);
            }
            if let (Some(field), Type::Declared(owner, _)) = (field, &ty) {
                let id = self.id;
                self.analysis.wiring.fields.entry((*owner, field)).or_default().insert((id, value.set));
            }
        }
        self.header_literal(object);
        let set = self.analysis.values.one(Value::Object(object));
        self.made(result, Typed { set, ty: ty.clone() });
        if let Some(path) = ty.library() {
            self.library_literal(path, object, at);
        }
    }
}
