//! Interprets one function: its steps in order, branches joined, loops run twice.
//!
//! "May" for good deeds: where paths meet, what one of them did counts as done.

use super::Analysis;
use super::ambient::Guard;
use super::doubled::Injected;
use super::shared::Shared;
use super::summary::{Chain, Effect, EffectKind, Summary, Written};
use super::value::{ObjectId, RECEIVER, Set, Value, ValueId, join};
use crate::codebase::{FunctionId, Type};
use crate::facts::{
    Arm, Combination, Failure, LocalIndex, Name, Operand, POINTEE, Parameter, Step, StepKind, Temporary, TypeRef,
};
use crate::model::End;
use crate::text::{FileId, FileRange, TextRange};
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::{SmallVec, smallvec};

/// A value with its static type.
#[derive(Clone, Debug, Default)]
pub(super) struct Typed {
    pub(super) set: Set,
    pub(super) ty: Type,
}

/// One set for each result; most steps have one.
pub(super) type Results = SmallVec<[Set; 1]>;

/// What a step made: one set for each result.
#[derive(Clone, Debug, Default)]
pub(super) struct Made {
    pub(super) results: Results,
    pub(super) ty: Type,
}

/// A list whose elements a value is, one with each turn of a loop.
#[derive(Clone, Debug)]
pub(super) struct Turn {
    pub(super) list: Set,
    /// Which element is applied last, and so stands outermost.
    pub(super) outermost: End,
}

/// What holds at one point of a function.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    pub(super) locals: Shared<FxHashMap<LocalIndex, Set>>,
    pub(super) carriers: Shared<FxHashMap<ValueId, CarrierState>>,
    /// What was written last, and on every path, into carriers.
    pub(super) injected: Shared<FxHashMap<ValueId, Injected>>,
    /// What fields of the codebase's records were last set to here, by record.
    pub(super) fields: Shared<FxHashMap<(ValueId, Name), Set>>,
    /// Spans opened and not ended.
    pub(super) open: Vec<ObjectId>,
    /// A function that sends nothing wrote a context into a carrier, which may be in what it gave.
    pub(super) wrote: bool,
    /// Messages that arrived and are at hand.
    pub(super) received: Vec<FileRange>,
    /// What became current here, by slot.
    pub(super) current: Vec<(Name, Set)>,
    /// What keeps it so.
    pub(super) guards: Vec<Guard>,
    /// Nothing runs from here on.
    dead: bool,
}

/// What happened to a carrier so far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
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
    /// How many callables, each given to the one before, are being run at this point, and how many were run in all.
    pub(super) given: Given,
    pub(super) temporaries: Vec<Made>,
    /// For each loop around, whether it counts down.
    pub(super) loops: Vec<bool>,
    /// Values that are elements of a list, by turns of a loop.
    pub(super) turns: FxHashMap<Operand, Turn>,
    /// Values that an operator made.
    pub(super) combined: FxHashSet<Temporary>,
    deferred: Vec<&'a crate::facts::Call>,
    /// Where an attribute says that what the function gives is served.
    pub(super) serves_result: Option<FileRange>,
}

/// Callables run because a callee was given them.
#[derive(Default)]
pub(super) struct Given {
    pub(super) nested: u32,
    pub(super) runs: u32,
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
        given: Given::default(),
        loops: Vec::new(),
        turns: FxHashMap::default(),
        combined: FxHashSet::default(),
        deferred: Vec::new(),
        serves_result: None,
    };
    frame.bind_parameters();
    let (before, steps) = function.steps.split_at(attribute_steps(function));
    frame.run(before);
    frame.attributes();
    frame.run(steps);
    if function.is_unread {
        // What stands above it is known, but not what it gives.
        frame.summary.results = vec![frame.analysis.values.unknown(); function.results.len()];
    }
    if !frame.state.dead {
        frame.leave();
    }
    frame.state.dead = false;
    while let Some(call) = frame.deferred.pop() {
        frame.call(call, function.range);
    }
    frame.serve_result();
    frame.finish()
}

impl<'a> Frame<'_, 'a> {
    fn bind_parameters(&mut self) {
        let codebase = self.analysis.codebase;
        let function = codebase.function(self.id);
        if let Some(receiver) = &function.receiver {
            self.bind_parameter(RECEIVER, receiver, &self.resolve_type(&receiver.ty));
        }
        for (index, (parameter, ty)) in function.parameters.iter().zip(codebase.parameter_types(self.id)).enumerate() {
            self.bind_parameter(index as u16, parameter, ty);
        }
        for (result, ty) in function.results.iter().zip(codebase.result_types(self.id)) {
            let Some(local) = result.local else { continue };
            self.set_local_type(local, ty);
            let nothing = self.analysis.values.nothing();
            self.state.locals.insert(local, nothing);
        }
    }

    fn bind_parameter(&mut self, index: u16, parameter: &Parameter, ty: &Type) {
        let known = match (ty, parameter.local) {
            (Type::Unknown, Some(local)) => self.local_type(local),
            _ => ty.clone(),
        };
        let ty = &known;
        let set = self.analysis.values.one(Value::Parameter(self.id, index));
        self.analysis.values.set_type(set[0], ty);
        if let Some(local) = parameter.local {
            self.set_local_type(local, ty);
            self.state.locals.insert(local, set);
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
                    self.call_later(call);
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
                if field == POINTEE {
                    return self.write_pointee(&base.set, &value.set, step.range);
                }
                self.write(&base, field, &value.set, step.range);
            }
            StepKind::Assign { to, value, define } => {
                if let Some(turn) = value.as_ref().and_then(|value| self.turns.get(value)).cloned() {
                    self.turns.insert(Operand::Local(*to), turn);
                }
                self.assign(*to, value.as_ref(), *define, step.range);
            }
            StepKind::AssignFree { to, value } => {
                let value = self.operand(value);
                self.assign_free(to, &value, step.range);
            }
            StepKind::Slot { result, of, index } => {
                let value = self.slot(of, *index);
                self.made(*result, value);
            }
            StepKind::Element { result, of, key } => {
                let of = self.operand(of);
                self.note_turn(*result, &of, key.as_ref());
                let value = self.element(&of);
                self.note_take(&of.set, &value.set, &value.ty, self.here(step.range));
                self.made(*result, value);
            }
            StepKind::WriteElement { base, key, value } => {
                let (base, value) = (self.operand(base), self.operand(value));
                self.write_element(&base, key, &value, step.range);
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
                self.note_store(&to.set, &value.set, &Set::new(), self.here(step.range));
                self.message_stored(&value.set);
                self.put_into_channel(&to.set, &value, step.range);
                self.use_everything(&value.set);
            }
            StepKind::Receive { result, from } => {
                let from = self.operand(from);
                let value = self.element(&from);
                self.note_take(&from.set, &value.set, &value.ty, self.here(step.range));
                self.made(*result, value);
            }
            StepKind::Await { result, of } => {
                let value = self.wait(of, step.range);
                self.made(*result, value);
            }
            StepKind::Gone { locals } => self.variables_gone(locals),
            StepKind::Branch { arms, exhaustive } => self.branch(arms, *exhaustive),
            StepKind::Loop { steps, descending } => {
                self.loops.push(*descending);
                self.repeat(steps);
                self.loops.pop();
            }
            StepKind::Return { values, failure } => self.give_back(values, *failure),
            StepKind::Jump { .. } => self.state.dead = true,
        }
    }

    fn branch(&mut self, arms: &'a [Arm], exhaustive: bool) {
        let before = self.state.clone();
        let mut after: Option<State> = if exhaustive { None } else { Some(before.clone()) };
        for arm in arms {
            self.state = before.clone();
            self.run(&arm.steps);
            match &mut after {
                _ if self.state.dead => {}
                Some(joined) => joined.join(&self.state),
                None => after = Some(self.state.clone()),
            }
        }
        self.state = after.unwrap_or(State { dead: true, ..before });
    }

    fn repeat(&mut self, steps: &'a [Step]) {
        let received = self.state.received.clone();
        // What is deep inside runs again with each turn of the loops around it.
        let turns = if self.loops.len() > LOOPS { 1 } else { 2 };
        for _ in 0..turns {
            let before = self.state.clone();
            self.run(steps);
            // A `break` or `continue` leaves what was done so far in force.
            let reached = std::mem::replace(&mut self.state, before);
            self.state.join(&reached);
            // Each turn is for a message of its own.
            self.state.received.clone_from(&received);
        }
    }

    /// What callers may take to be set once this function has not failed: what every such exit has set.
    fn leave(&mut self) {
        let of_parameter = |(base, _): &(ValueId, Name)| matches!(self.analysis.values.get(*base), Value::Parameter(function, _) if *function == self.id);
        let mut set: Vec<_> = self.state.fields.iter().filter(|(field, _)| of_parameter(field)).collect();
        set.sort();
        match &mut self.summary.sets {
            Some(sets) => {
                sets.retain_mut(|(field, held)| match self.state.fields.get(field) {
                    Some(new) => {
                        join(held, new);
                        true
                    }
                    None => false,
                });
            }
            none => *none = Some(set.into_iter().map(|(field, held)| (field.clone(), held.clone())).collect()),
        }
    }

    fn give_back(&mut self, values: &[Operand], failure: Failure) {
        if failure != Failure::Yes {
            self.leave();
        }
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
        self.give_to_runner(set);
        // What comes with an error is not looked at by callers.
        if failure != Failure::Yes
            && let Some(result) = self.summary.results.get_mut(slot)
        {
            join(result, set);
        }
    }

    fn combine(&mut self, result: Temporary, of: &[Operand], how: Combination) {
        self.combined.insert(result);
        let operands: Vec<Typed> = of.iter().map(|operand| self.operand(operand)).collect();
        // A text is known by how it starts.
        let values = &self.analysis.values;
        let starts = |id: &ValueId| {
            matches!(values.get(*id), Value::Text(_) | Value::Global(_)) || values.symbolic_in(*id).is_some()
        };
        let set = match operands.first() {
            Some(first) if how == Combination::Plus && first.set.iter().any(starts) => match self.joined(&operands) {
                Some(text) => self.analysis.values.one(Value::Text(text)),
                None => first.set.clone(),
            },
            _ => self.analysis.values.constant(),
        };
        self.made(result, Typed { set, ty: operands.into_iter().next().unwrap_or_default().ty });
    }

    /// What is known of a text beyond its first piece.
    fn joined(&self, pieces: &[Typed]) -> Option<Name> {
        let mut known = pieces.iter().map_while(|piece| self.text_known(&piece.set));
        let (mut text, second) = (known.next()?.to_string(), known.next()?);
        text.push_str(&second);
        for piece in known {
            if text.len() > TOLD {
                break;
            }
            text.push_str(&piece);
        }
        Some(text.into())
    }

    pub(super) fn made(&mut self, result: Temporary, value: Typed) {
        self.made_all(result, Made { results: smallvec![value.set], ty: value.ty });
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
        self.analysis.local_types.get(self.file, local).cloned().unwrap_or_default()
    }

    pub(super) fn set_local_type(&mut self, local: LocalIndex, ty: &Type) {
        if *ty != Type::Unknown {
            self.analysis.local_types.place(self.file, local).clone_from(ty);
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
        // What is used or called below is the same by whichever way control comes there; the first is told.
        let any_way = matches!(effect.kind, EffectKind::Use { .. } | EffectKind::Invoke { .. });
        let is_known = |known: &Effect| {
            known.kind == effect.kind && known.spawned == effect.spawned && (any_way || known.chain == effect.chain)
        };
        if self.summary.effects.len() < EFFECTS && !self.summary.effects.iter().any(is_known) {
            self.summary.effects.push(effect);
        }
    }
}

/// The part that stands for the variable itself, in a write to a variable of the function around.
pub(super) const ASSIGNED: &str = "=";

/// The part of a carrier that says it left its maker with a context written into it.
pub(super) const WRITTEN: &str = "#written";

/// Loops in more loops than this run once for each turn of those around them: twice for each would take for ever.
const LOOPS: usize = 3;

/// How much of a text is enough to tell a path or an address.
const TOLD: usize = 200;

/// Summaries with more effects than this are cut: no caller could make sense of them.
const EFFECTS: usize = 400;

/// The objects of a set.
pub(super) fn object_ids(analysis: &Analysis<'_>, set: &Set) -> Vec<ObjectId> {
    analysis.values.objects(set).map(|(id, _)| id).collect()
}

/// How many steps at a function's start make the arguments of its attributes: those that stand before its name.
fn attribute_steps(function: &crate::facts::Function) -> usize {
    match function.attributes.last() {
        Some(last) => function.steps.iter().take_while(|step| step.range.end <= last.range.end).count(),
        None => 0,
    }
}

impl Made {
    /// What one of several made.
    pub(super) fn joined(several: impl IntoIterator<Item = Made>) -> Made {
        let mut several = several.into_iter();
        let mut all = several.next().unwrap_or_default();
        for made in several {
            if all.ty == Type::Unknown {
                all.ty = made.ty;
            }
            for (slot, set) in made.results.into_iter().enumerate() {
                match all.results.get_mut(slot) {
                    Some(held) => drop(join(held, &set)),
                    None => all.results.push(set),
                }
            }
        }
        all
    }
}

impl State {
    fn join(&mut self, other: &State) {
        self.join_locals(other);
        self.join_carriers(other);
        self.join_fields(other);
        if !self.injected.is_empty() {
            self.injected.retain(|carrier, held| other.injected.get(carrier) == Some(held));
        }
        for span in &other.open {
            if !self.open.contains(span) {
                self.open.push(*span);
            }
        }
        for (slot, set) in &other.current {
            match self.current.iter_mut().find(|(name, _)| name == slot) {
                Some((_, held)) => drop(join(held, set)),
                None => self.current.push((slot.clone(), set.clone())),
            }
        }
        for guard in &other.guards {
            if !self.guards.contains(guard) {
                self.guards.push(guard.clone());
            }
        }
        self.wrote |= other.wrote;
        for message in &other.received {
            if !self.received.contains(message) {
                self.received.push(*message);
            }
        }
    }

    fn join_locals(&mut self, other: &State) {
        if self.locals.is_same(&other.locals) {
            return;
        }
        for (local, set) in other.locals.iter() {
            if self.locals.get(local) != Some(set) {
                join(self.locals.entry(*local).or_default(), set);
            }
        }
    }

    fn join_carriers(&mut self, other: &State) {
        if self.carriers.is_same(&other.carriers) {
            return;
        }
        for (carrier, there) in other.carriers.iter() {
            if self.carriers.get(carrier) != Some(there) {
                let here = self.carriers.entry(*carrier).or_default();
                here.written = here.written.max(there.written);
                here.bare_send = here.bare_send.or(there.bare_send);
            }
        }
    }

    /// Set for sure is only what every path sets.
    fn join_fields(&mut self, other: &State) {
        if self.fields.is_same(&other.fields) {
            return;
        }
        if self.fields.keys().any(|field| !other.fields.contains_key(field)) {
            self.fields.retain(|field, _| other.fields.contains_key(field));
        }
        for (field, set) in other.fields.iter() {
            if self.fields.get(field).is_some_and(|held| held != set)
                && let Some(held) = self.fields.get_mut(field)
            {
                join(held, set);
            }
        }
    }

    /// A carrier is made anew, so nothing has happened to it yet.
    pub(super) fn renew_carrier(&mut self, carrier: ValueId) {
        if self.carriers.contains_key(&carrier) {
            self.carriers.remove(&carrier);
        }
    }

    /// What the fields of these records hold is no longer known for sure.
    pub(super) fn forget_fields(&mut self, records: &Set) {
        if self.fields.keys().any(|(record, _)| records.contains(record)) {
            self.fields.retain(|(record, _), _| !records.contains(record));
        }
    }
}
