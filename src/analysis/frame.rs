//! Interprets one function: its steps in order, branches joined, loops run twice.
//!
//! "May" for good deeds: where paths meet, what one of them did counts as done.

use super::Analysis;
use super::summary::{Chain, Effect, EffectKind, Summary, Written};
use super::value::{ObjectId, ObjectKind, RECEIVER, Set, Value, ValueId, join};
use crate::codebase::{FunctionId, Member, Resolved, Symbol, Type};
use crate::facts::{
    Arm, Combination, EntryKey, Failure, LocalIndex, Name, Operand, Path, Step, StepKind, Temporary, TypeRef, walk,
};
use crate::text::{FileId, FileRange, TextRange};
use rustc_hash::{FxHashMap, FxHashSet};

/// A value with its static type.
#[derive(Clone, Debug, Default)]
pub(super) struct Typed {
    pub(super) set: Set,
    pub(super) ty: Type,
}

/// What a step made: one set for each result.
#[derive(Clone, Debug, Default)]
pub(super) struct Made {
    pub(super) results: Vec<Set>,
    pub(super) ty: Type,
}

/// What holds at one point of a function.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    pub(super) locals: FxHashMap<LocalIndex, Set>,
    pub(super) carriers: FxHashMap<ValueId, CarrierState>,
    /// Spans opened and not ended.
    pub(super) open: Vec<ObjectId>,
    /// Nothing runs from here on.
    dead: bool,
}

/// What happened to a carrier so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct CarrierState {
    pub(super) written: Written,
    /// It left at this place, with nothing written.
    pub(super) bare_send: Option<FileRange>,
}

/// A function being interpreted.
pub(super) struct Frame<'f, 'a> {
    pub(super) analysis: &'f mut Analysis<'a>,
    pub(super) id: FunctionId,
    pub(super) file: FileId,
    pub(super) state: State,
    pub(super) summary: Summary,
    /// What objects of the callee at hand became in this function.
    pub(super) copied: FxHashMap<ObjectId, Set>,
    /// Whether the function reads or writes a context by itself, so that it matters what becomes of values.
    pub(super) reads_or_writes: bool,
    temporaries: Vec<Made>,
    deferred: Vec<&'a crate::facts::Call>,
}

/// Interprets a function.
pub(super) fn interpret(analysis: &mut Analysis<'_>, id: FunctionId) -> Summary {
    let codebase = analysis.codebase;
    let function = codebase.function(id);
    let mut frame = Frame {
        file: codebase.function_file(id),
        temporaries: vec![Made::default(); function.temporaries as usize],
        analysis,
        id,
        state: State::default(),
        summary: Summary { results: vec![Set::new(); function.results.len()], ..Summary::default() },
        copied: FxHashMap::default(),
        reads_or_writes: false,
        deferred: Vec::new(),
    };
    frame.bind_parameters();
    frame.run(&function.steps);
    frame.state.dead = false;
    while let Some(call) = frame.deferred.pop() {
        frame.call(call, function.range);
    }
    frame.finish()
}

impl<'a> Frame<'_, 'a> {
    fn bind_parameters(&mut self) {
        let function = self.analysis.codebase.function(self.id);
        let receiver = function.receiver.iter().map(|parameter| (RECEIVER, parameter));
        let parameters = function.parameters.iter().enumerate().map(|(index, parameter)| (index as u16, parameter));
        for (index, parameter) in receiver.chain(parameters) {
            let ty = self.resolve_type(&parameter.ty);
            let set = self.analysis.values.one(Value::Parameter(self.id, index));
            self.analysis.values.set_type(set[0], &ty);
            if let Some(local) = parameter.local {
                self.set_local_type(local, &ty);
                self.state.locals.insert(local, set);
            }
        }
        for result in &function.results {
            let (Some(local), ty) = (result.local, self.resolve_type(&result.ty)) else { continue };
            self.set_local_type(local, &ty);
            let nothing = self.analysis.values.one(Value::Nothing);
            self.state.locals.insert(local, nothing);
        }
    }

    fn finish(mut self) -> Summary {
        let function = self.analysis.codebase.function(self.id);
        for (slot, result) in function.results.iter().enumerate() {
            // A named result may be set after the `return` that names no value, by a deferred closure.
            if let Some(set) = result.local.and_then(|local| self.state.locals.get(&local))
                && self.summary.results[slot].is_empty()
            {
                self.summary.results[slot] = set.clone();
            }
        }
        self.summary
    }

    /// Runs steps in order.
    pub(super) fn run(&mut self, steps: &'a [Step]) {
        for step in steps {
            if self.state.dead {
                return;
            }
            self.step(step);
        }
    }

    fn step(&mut self, step: &'a Step) {
        match &step.kind {
            StepKind::Call(call) => match call.when {
                crate::facts::When::Deferred => {
                    self.call_later(call, step.range);
                    self.deferred.push(call);
                }
                _ => self.call(call, step.range),
            },
            StepKind::Read { result, base, field } => {
                let base = self.operand(base);
                let value = self.read(&base, field);
                self.made(*result, value);
            }
            StepKind::Write { base, field, value } => {
                let (base, value) = (self.operand(base), self.operand(value));
                self.write(&base, field, &value.set, step.range);
            }
            StepKind::Assign { to, value, define } => self.assign(*to, value.as_ref(), *define, step.range),
            StepKind::AssignFree { to, value } => {
                let value = self.operand(value);
                self.assign_free(to, &value, step.range);
            }
            StepKind::Slot { result, of, index } => {
                let value = self.slot(of, *index);
                self.made(*result, value);
            }
            StepKind::Element { result, of, .. } => {
                let of = self.operand(of);
                let value = self.element(&of);
                self.made(*result, value);
            }
            StepKind::WriteElement { base, key, value } => {
                let (base, value) = (self.operand(base), self.operand(value));
                self.write_element(&base, key, &value.set, step.range);
            }
            StepKind::Literal { result, ty, entries } => self.literal(*result, ty, entries, step.range),
            StepKind::Cast { result, value, ty } => {
                let mut value = self.operand(value);
                let ty = self.resolve_type(ty);
                if ty != Type::Unknown {
                    value.ty = ty;
                }
                self.made(*result, value);
            }
            StepKind::Combine { result, of, how } => self.combine(*result, of, *how),
            StepKind::Send { to, value } => {
                let (to, value) = (self.operand(to), self.operand(value));
                self.write_part(&to.set, "each", &value.set, step.range);
                self.use_everything(&value.set);
            }
            StepKind::Receive { result, from } => {
                let from = self.operand(from);
                let value = self.element(&from);
                self.made(*result, value);
            }
            StepKind::Branch { arms, exhaustive } => self.branch(arms, *exhaustive),
            StepKind::Loop { steps, .. } => self.repeat(steps),
            StepKind::Return { values, failure } => self.give_back(values, *failure),
            StepKind::Jump { .. } => self.state.dead = true,
        }
    }

    fn branch(&mut self, arms: &'a [Arm], exhaustive: bool) {
        let before = self.state.clone();
        let mut after: Option<State> = (!exhaustive).then(|| before.clone());
        for arm in arms {
            self.state = before.clone();
            self.run(&arm.steps);
            let reached = std::mem::take(&mut self.state);
            if reached.dead {
                continue;
            }
            match &mut after {
                Some(joined) => joined.join(reached),
                None => after = Some(reached),
            }
        }
        self.state = after.unwrap_or_else(|| State { dead: true, ..before });
    }

    fn repeat(&mut self, steps: &'a [Step]) {
        for _ in 0..2 {
            let before = self.state.clone();
            self.run(steps);
            let mut reached = std::mem::replace(&mut self.state, before);
            // A `break` or `continue` leaves what was done so far in force.
            reached.dead = false;
            self.state.join(reached);
        }
    }

    fn give_back(&mut self, values: &[Operand], failure: Failure) {
        if let [single] = values
            && self.summary.results.len() > 1
        {
            for slot in 0..self.summary.results.len() {
                let value = self.slot(single, slot as u32);
                self.give_slot(slot, &value.set, failure);
            }
        }
        let complete = values.len() == self.summary.results.len();
        for (slot, value) in values.iter().enumerate().filter(|_| complete) {
            let value = self.operand(value);
            self.give_slot(slot, &value.set, failure);
        }
        if values.is_empty() {
            let function = self.analysis.codebase.function(self.id);
            for (slot, result) in function.results.iter().enumerate() {
                if let Some(set) = result.local.and_then(|local| self.state.locals.get(&local)).cloned() {
                    self.give_slot(slot, &set, failure);
                }
            }
        }
        self.state.dead = true;
    }

    fn give_slot(&mut self, slot: usize, set: &Set, failure: Failure) {
        self.use_everything(set);
        // What comes with an error is not looked at by callers.
        if failure != Failure::Yes
            && let Some(result) = self.summary.results.get_mut(slot)
        {
            join(result, set);
        }
    }

    fn assign(&mut self, to: LocalIndex, value: Option<&Operand>, define: bool, at: TextRange) {
        let declared = self.analysis.codebase.local(self.id, to).ty.clone();
        let value = match value {
            Some(value) => self.operand(value),
            None => self.zero(&declared, at),
        };
        if define {
            let ty = if declared == TypeRef::Unknown { value.ty.clone() } else { self.resolve_type(&declared) };
            self.set_local_type(to, &ty);
        }
        let owner = self.analysis.codebase.local_owner(self.id, to);
        if owner != self.id {
            let base = self.analysis.values.one(Value::Captured(self.id, to));
            let kind = EffectKind::Write { base, part: ASSIGNED.into(), value: value.set.clone() };
            self.export(kind, self.here(at));
            self.use_everything(&value.set);
        }
        self.state.locals.insert(to, value.set);
    }

    /// The zero of a type: a record without parts, or the absent value.
    fn zero(&mut self, declared: &TypeRef, at: TextRange) -> Typed {
        let ty = self.resolve_type(declared);
        let record = matches!(declared, TypeRef::Named(..))
            && !self.analysis.codebase.is_interface(&ty)
            && self.type_model(&ty).is_none_or(|model| model.method.is_none());
        let set = if record {
            let here = self.here(at);
            let object = self.analysis.values.make(self.id, here, "zero", ObjectKind::Record, ty.clone());
            self.analysis.values.one(Value::Object(object))
        } else {
            self.analysis.values.one(Value::Nothing)
        };
        Typed { set, ty }
    }

    fn assign_free(&mut self, to: &Path, value: &Typed, at: TextRange) {
        self.use_everything(&value.set);
        match self.analysis.codebase.resolve(self.file, to) {
            Resolved { symbol: Symbol::Global(global), rest: 0 } => {
                let id = self.id;
                self.analysis.wiring.globals.entry(global).or_default().insert((id, value.set.clone()));
                let (_, facts) = self.analysis.codebase.global(global);
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

    fn combine(&mut self, result: Temporary, of: &[Operand], how: Combination) {
        let operands: Vec<Typed> = of.iter().map(|operand| self.operand(operand)).collect();
        let mut set = self.analysis.values.one(Value::Constant);
        if how == Combination::Plus
            && let Some(first) = operands.first()
            && first.set.iter().any(|id| matches!(self.analysis.values.get(*id), Value::Text(_)))
        {
            set = first.set.clone();
        }
        self.made(result, Typed { set, ty: operands.into_iter().next().unwrap_or_default().ty });
    }

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
            Operand::Constant => Typed { set: self.analysis.values.one(Value::Constant), ty: Type::Unknown },
            Operand::Nothing => Typed { set: self.analysis.values.one(Value::Nothing), ty: Type::Unknown },
            Operand::Function(index) => {
                let function = self.analysis.codebase.sibling(self.id, *index);
                self.closure(function)
            }
        }
    }

    /// All results of an operand that is a call.
    fn slot(&mut self, of: &Operand, index: u32) -> Typed {
        let made = match of {
            Operand::Temporary(temporary) => self.temporaries.get(temporary.0 as usize),
            _ => None,
        };
        match made {
            Some(made) => {
                let set = made.results.get(index as usize).cloned();
                let ty = made.ty.slot(index);
                Typed { set: set.unwrap_or_else(|| self.analysis.values.one(Value::Constant)), ty }
            }
            None if index == 0 => self.operand(of),
            None => Typed { set: self.analysis.values.one(Value::Constant), ty: Type::Unknown },
        }
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

    fn closure(&mut self, function: FunctionId) -> Typed {
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
        let mut typed = match symbol {
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
                let ty = self.analysis.models.variable(&path).map_or(Type::Unknown, |ty| Type::Library(ty.into()));
                let set = self.analysis.values.one(Value::Symbol(path));
                self.analysis.values.set_type(set[0], &ty);
                Typed { set, ty }
            }
            Symbol::Type(_) => Typed { set: self.analysis.values.unknown(), ty: Type::Unknown },
        };
        for field in &path.0[path.0.len() - rest..] {
            typed = self.read(&typed, field);
        }
        typed
    }

    /// A field of a value, or a method taken as a value.
    pub(super) fn read(&mut self, base: &Typed, field: &str) -> Typed {
        let ty = if base.ty == Type::Unknown { self.analysis.type_of_set(&base.set) } else { base.ty.clone() };
        match self.analysis.codebase.member(&ty, field) {
            Some((embedded, Member::Field(_, field_type))) => {
                let mut set = self.through(&base.set, &ty, &embedded);
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

    fn read_library(&mut self, path: &str, receiver: &Set, field: &str) -> Typed {
        let models = self.analysis.models;
        let owner = path.strip_suffix(field).and_then(|owner| owner.strip_suffix('.')).unwrap_or(path);
        let model = models.ty(owner);
        if models.call(path).is_some() {
            let set = self.analysis.values.one(Value::LibraryBound(path.into(), receiver.clone()));
            return Typed { set, ty: Type::Unknown };
        }
        let ty = model.and_then(|model| model.member_type(field)).map_or(Type::Unknown, |ty| Type::Library(ty.into()));
        let part = model.and_then(|model| model.part_named(field)).unwrap_or(field).to_owned();
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
        let set = self.analysis.values.part(base, name);
        for id in &set {
            self.analysis.values.set_type(*id, ty);
        }
        set
    }

    fn write(&mut self, base: &Typed, field: &str, value: &Set, at: TextRange) {
        let ty = if base.ty == Type::Unknown { self.analysis.type_of_set(&base.set) } else { base.ty.clone() };
        let (mut set, mut part) = (base.set.clone(), Name::from(field));
        match self.analysis.codebase.member(&ty, field) {
            Some((embedded, Member::Field(owner, _))) => {
                set = self.through(&base.set, &ty, &embedded);
                let id = self.id;
                self.analysis.wiring.fields.entry((owner, part.clone())).or_default().insert((id, value.clone()));
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
        let write = (id, elsewhere.clone(), Name::from(part), value.clone());
        self.analysis.wiring.parts.insert(write);
        if self.is_symbolic(&elsewhere) {
            let kind = EffectKind::Write { base: elsewhere, part: part.into(), value: value.clone() };
            self.export(kind, self.here(at));
        }
    }

    fn element(&mut self, of: &Typed) -> Typed {
        let ty = self.analysis.codebase.underlying(&of.ty).element();
        Typed { set: self.part(&of.set, "each", &ty), ty }
    }

    fn write_element(&mut self, base: &Typed, key: &Operand, value: &Set, at: TextRange) {
        let key = self.operand(key);
        if self.names_propagation_header(&key.set) {
            let kind = EffectKind::Inject { into: base.set.clone(), context: value.clone() };
            self.happen(kind, self.here(at), &Chain::new(), false);
        }
        self.write_part(&base.set, "each", value, at);
        self.use_everything(value);
    }

    fn literal(&mut self, result: Temporary, written: &TypeRef, entries: &[crate::facts::Entry], at: TextRange) {
        let ty = self.resolve_type(written);
        let here = self.here(at);
        let object = self.analysis.values.make(self.id, here, "literal", ObjectKind::Record, ty.clone());
        let record_fields: Vec<Name> =
            self.analysis.codebase.fields(&ty).iter().map(|field| field.name.clone()).collect();
        let library = ty.library().and_then(|path| self.analysis.models.ty(path));
        let is_list = matches!(self.analysis.codebase.underlying(&ty), Type::List(_) | Type::Map(_));
        for entry in entries {
            let value = self.operand(&entry.value);
            self.use_everything(&value.set);
            let field: Option<Name> = match &entry.key {
                _ if is_list => None,
                EntryKey::Name(name) => Some(name.clone()),
                EntryKey::Position(position) => record_fields.get(*position as usize).cloned(),
                EntryKey::Value(_) => None,
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
            }
            self.analysis.values.add_part(object, &part, &value.set);
            if let (Some(field), Type::Declared(owner, _)) = (field, &ty) {
                let id = self.id;
                self.analysis.wiring.fields.entry((*owner, field)).or_default().insert((id, value.set));
            }
        }
        let set = self.analysis.values.one(Value::Object(object));
        self.made(result, Typed { set, ty: ty.clone() });
        if let Some(path) = ty.library() {
            self.library_literal(path, object, at);
        }
    }

    pub(super) fn made(&mut self, result: Temporary, value: Typed) {
        self.made_all(result, Made { results: vec![value.set], ty: value.ty });
    }

    pub(super) fn made_all(&mut self, result: Temporary, made: Made) {
        if let Some(slot) = self.temporaries.get_mut(result.0 as usize) {
            *slot = made;
        }
    }

    pub(super) fn resolve_type(&self, ty: &TypeRef) -> Type {
        self.analysis.codebase.resolve_type(self.file, Some(self.id), ty)
    }

    pub(super) fn type_model(&self, ty: &Type) -> Option<&'a crate::model::TypeModel> {
        self.analysis.models.ty(ty.library()?)
    }

    pub(super) fn local_type(&self, local: LocalIndex) -> Type {
        self.analysis.local_types.get(&(self.file, local)).cloned().unwrap_or_default()
    }

    fn set_local_type(&mut self, local: LocalIndex, ty: &Type) {
        if *ty != Type::Unknown {
            self.analysis.local_types.insert((self.file, local), ty.clone());
        }
    }

    pub(super) fn here(&self, range: TextRange) -> FileRange {
        FileRange { file: self.file, range }
    }

    pub(super) fn mention(&mut self, function: FunctionId) {
        let id = self.id;
        self.analysis.mentions.entry(id).or_default().insert(function);
    }

    /// Adds an effect to the summary, once.
    pub(super) fn export(&mut self, kind: EffectKind, at: FileRange) {
        let effect = Effect::below(kind, at, &Chain::new(), false);
        self.export_effect(effect);
    }

    pub(super) fn export_effect(&mut self, effect: Effect) {
        if self.summary.effects.len() < EFFECTS && !self.summary.effects.contains(&effect) {
            self.summary.effects.push(effect);
        }
    }
}

/// The part that stands for the variable itself, in a write to a variable of the function around.
pub(super) const ASSIGNED: &str = "=";

/// The part of a carrier that says it left its maker with a context written into it.
pub(super) const WRITTEN: &str = "#written";

/// Summaries with more effects than this are cut: no caller could make sense of them.
const EFFECTS: usize = 400;

/// The objects of a set.
pub(super) fn object_ids(analysis: &Analysis<'_>, set: &Set) -> Vec<ObjectId> {
    analysis.values.objects(set).map(|(id, _)| id).collect()
}

impl State {
    fn join(&mut self, other: State) {
        for (local, set) in other.locals {
            join(self.locals.entry(local).or_default(), &set);
        }
        for (carrier, there) in other.carriers {
            let here = self.carriers.entry(carrier).or_default();
            here.written = here.written.max(there.written);
            here.bare_send = here.bare_send.or(there.bare_send);
        }
        for span in other.open {
            if !self.open.contains(&span) {
                self.open.push(span);
            }
        }
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

/// The operands that a step reads.
fn operands<'s>(step: &'s Step, visit: &mut impl FnMut(&'s Operand)) {
    match &step.kind {
        StepKind::Call(call) => {
            match &call.callee {
                crate::facts::Callee::Method(base, _) | crate::facts::Callee::Value(base) => visit(base),
                crate::facts::Callee::Free(_) => {}
            }
            call.arguments.iter().for_each(|argument| visit(&argument.value));
        }
        StepKind::Read { base, .. } => visit(base),
        StepKind::Write { base, value, .. } => [base, value].into_iter().for_each(visit),
        StepKind::Assign { value, .. } => value.iter().for_each(visit),
        StepKind::AssignFree { value, .. } | StepKind::Cast { value, .. } => visit(value),
        StepKind::Slot { of, .. } => visit(of),
        StepKind::Element { of, key, .. } => std::iter::once(of).chain(key).for_each(visit),
        StepKind::WriteElement { base, key, value } => [base, key, value].into_iter().for_each(visit),
        StepKind::Literal { entries, .. } => entries.iter().for_each(|entry| {
            visit(&entry.value);
            if let EntryKey::Value(key) = &entry.key {
                visit(key);
            }
        }),
        StepKind::Combine { of, .. } => of.iter().for_each(visit),
        StepKind::Send { to, value } => [to, value].into_iter().for_each(visit),
        StepKind::Receive { from, .. } => visit(from),
        StepKind::Return { values, .. } => values.iter().for_each(visit),
        StepKind::Branch { .. } | StepKind::Loop { .. } | StepKind::Jump { .. } => {}
    }
}
