//! What a value that a function does not make itself can be: follows parameters to callers, fields and package variables to
//! what is written into them.
//!
//! Order plays no part here: a field is the union of all writes in the program, and what can't be followed is unknown.

use super::Analysis;
use super::ambient;
use super::value::{ObjectKind, RECEIVER, Set, Value, ValueId, insert, is_full, join};
use crate::codebase::{FunctionId, GlobalId, Type, TypeId};
use crate::facts::{LocalIndex, Name};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;

/// Follows values inside one program, or everywhere.
pub(super) struct Resolver<'r, 'a> {
    pub(super) analysis: &'r mut Analysis<'a>,
    /// Functions of the program; what others write does not count.
    program: Option<&'r FxHashSet<FunctionId>>,
    memory: &'r mut Memory,
    /// Values being followed, with how deep each stands.
    active: FxHashMap<ValueId, usize>,
    /// The least depth of a value that was met again while it was followed.
    lowest: usize,
    /// How many values may still be followed for the question at hand.
    budget: usize,
}

/// What was found out about values inside one program. Kept from question to question.
#[derive(Debug, Default)]
pub(super) struct Memory {
    known: FxHashMap<ValueId, Set>,
    /// What is written to a variable by functions that count, each value once; none if none of them writes to it.
    written: FxHashMap<Variable, Option<Arc<[ValueId]>>>,
    /// Writes to parts, by the value written to; none until the first question.
    part_writes: Option<FxHashMap<(ValueId, Name), Set>>,
}

/// Something that many places of a program write to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Variable {
    Parameter(FunctionId, u16),
    Global(GlobalId),
    Symbol(Name),
    Field(TypeId, Name),
}

/// How many values one question may lead through.
const BUDGET: usize = 4000;

impl<'r, 'a> Resolver<'r, 'a> {
    pub(super) fn new(
        analysis: &'r mut Analysis<'a>,
        program: Option<&'r FxHashSet<FunctionId>>,
        memory: &'r mut Memory,
    ) -> Resolver<'r, 'a> {
        let active = FxHashMap::default();
        let mut resolver = Resolver { analysis, program, memory, active, lowest: usize::MAX, budget: BUDGET };
        resolver.index_part_writes();
        resolver
    }

    fn index_part_writes(&mut self) {
        if self.memory.part_writes.is_some() {
            return;
        }
        self.memory.part_writes = Some(FxHashMap::default());
        let mut index = FxHashMap::<(ValueId, Name), Set>::default();
        let writes: Vec<_> = self.analysis.wiring.parts.iter().cloned().collect();
        for (function, base, part, value) in writes {
            if !self.counts(function) {
                continue;
            }
            let mut bases = base.clone();
            join(&mut bases, &self.ground(&base));
            for id in bases {
                join(index.entry((id, part.clone())).or_default(), &value);
            }
        }
        // What was followed on the way did not know all writes yet.
        self.memory.known.clear();
        self.memory.part_writes = Some(index);
    }

    fn written_part(&self, base: ValueId, name: &Name) -> Option<Set> {
        self.memory.part_writes.as_ref()?.get(&(base, name.clone())).cloned()
    }

    fn counts(&self, function: FunctionId) -> bool {
        self.program.is_none_or(|program| program.contains(&function))
    }

    /// What the values of a set can be.
    pub(super) fn ground(&mut self, set: &Set) -> Set {
        if self.active.is_empty() {
            self.budget = BUDGET;
        }
        let mut out = Set::new();
        self.add_all(set, &mut out);
        out
    }

    /// Adds what these values can be, as long as that adds anything.
    fn add_all(&mut self, values: &[ValueId], out: &mut Set) {
        for id in values {
            if is_full(out) {
                return;
            }
            let resolved = self.value(*id);
            join(out, &resolved);
        }
    }

    fn value(&mut self, id: ValueId) -> Set {
        if let Some(known) = self.memory.known.get(&id) {
            return known.clone();
        }
        if let Some(depth) = self.active.get(&id) {
            self.lowest = self.lowest.min(*depth);
            return Set::new();
        }
        let Some(budget) = self.budget.checked_sub(1) else { return self.analysis.values.unknown() };
        self.budget = budget;
        let depth = self.active.len();
        self.active.insert(id, depth);
        let outer = std::mem::replace(&mut self.lowest, usize::MAX);
        let out = self.follow(id);
        self.active.remove(&id);
        // A result found inside a cycle may be short of what the cycle adds; only complete ones are kept.
        if self.lowest >= depth {
            self.memory.known.insert(id, out.clone());
            self.lowest = outer;
        } else {
            self.lowest = self.lowest.min(outer);
        }
        out
    }

    fn follow(&mut self, id: ValueId) -> Set {
        match self.analysis.values.get(id).clone() {
            Value::Parameter(function, index) => self.parameter(id, function, index),
            Value::Captured(closure, local) => {
                let held = self.analysis.wiring.captures.get(&(closure, local)).cloned();
                match held {
                    Some(set) => self.ground(&set),
                    None => self.analysis.values.unknown(),
                }
            }
            Value::Global(global) => {
                let out = self.written(Variable::Global(global)).unwrap_or_default();
                // A variable that nobody writes stands for itself.
                if out.is_empty() { one(id) } else { out }
            }
            Value::Symbol(path) => {
                let mut out = self.written(Variable::Symbol(path)).unwrap_or_default();
                insert(&mut out, id);
                out
            }
            Value::Part(base, name) => self.part(id, base, &name),
            _ => one(id),
        }
    }

    fn parameter(&mut self, id: ValueId, function: FunctionId, index: u16) -> Set {
        // Nobody calls it: it stands for itself.
        let Some(mut out) = self.written(Variable::Parameter(function, index)) else { return one(id) };
        // Without a program around it, a library's function may be called with anything.
        let open = self.program.is_none() && self.analysis.codebase.is_exported(function);
        if open || self.analysis.wiring.escaped.contains(&function) {
            let unknown = self.analysis.values.id(Value::Unknown);
            insert(&mut out, unknown);
        }
        // As middleware, it is called with handlers that no call shows.
        if self.analysis.is_handler(&self.analysis.values.type_of(id)) {
            insert(&mut out, id);
        }
        out
    }

    /// What callers give for a parameter.
    pub(super) fn given(&mut self, function: FunctionId, index: u16) -> Set {
        self.written(Variable::Parameter(function, index)).unwrap_or_default()
    }

    /// What is written to a variable; none if no function that counts writes to it.
    fn written(&mut self, variable: Variable) -> Option<Set> {
        let values = match self.memory.written.get(&variable) {
            Some(known) => known.clone(),
            None => {
                let values = self.collect_written(&variable);
                self.memory.written.insert(variable, values.clone());
                values
            }
        };
        let mut out = Set::new();
        self.add_all(&values?, &mut out);
        Some(out)
    }

    fn collect_written(&self, variable: &Variable) -> Option<Arc<[ValueId]>> {
        let wiring = &self.analysis.wiring;
        let writes = match variable {
            Variable::Parameter(function, index) => return self.collect_arguments(*function, *index),
            Variable::Global(global) => wiring.globals.get(global),
            Variable::Symbol(path) => wiring.symbols.get(path),
            Variable::Field(owner, name) => wiring.fields.get(&(*owner, name.clone())),
        };
        let counted = writes.into_iter().flatten().filter(|(function, _)| self.counts(*function));
        let found = each_once(counted.map(|(_, set)| set));
        // Where no value is without its fields, somebody made it by a way that is not seen.
        let made_unseen = matches!(variable, Variable::Field(..)) && self.analysis.codebase.says_what_it_implements();
        if found.is_none() && made_unseen {
            return each_once(writes.into_iter().flatten().map(|(_, set)| set));
        }
        found
    }

    fn collect_arguments(&self, function: FunctionId, index: u16) -> Option<Arc<[ValueId]>> {
        let sites = self.analysis.wiring.callers.get(&function)?;
        let nothing = Set::new();
        let counted = sites.iter().filter(|site| self.counts(site.caller));
        each_once(counted.map(|site| match index {
            RECEIVER => &site.receiver,
            index => match ambient::slot_of(index, site.current.len()) {
                Some(slot) => &site.current[slot],
                None => site.arguments.get(index as usize).unwrap_or(&nothing),
            },
        }))
    }

    fn part(&mut self, id: ValueId, base: ValueId, name: &Name) -> Set {
        let mut out = Set::new();
        if let Type::Declared(owner, _) = self.analysis.values.type_of(base) {
            let owner = self.field_owner(owner, name);
            out = self.written(Variable::Field(owner, name.clone())).unwrap_or_default();
        }
        let bases = self.value(base);
        let (mut open, mut opaque) = (false, false);
        for value in bases {
            let object = self.analysis.values.as_object(value);
            let is_object = object.is_some();
            let is_opaque = object.is_some_and(|(_, held)| matches!(held.kind, ObjectKind::Opaque(_)));
            let held = object.and_then(|(object, _)| self.analysis.values.part_of(object, name)).cloned();
            let written = self.written_part(value, name);
            let bare = held.is_none() && written.is_none();
            open |= bare && !is_object;
            opaque |= bare && is_opaque;
            for set in [held, written].into_iter().flatten() {
                self.add_all(&set, &mut out);
            }
            if let Some(method) = self.analysis.method_taken(value, name).filter(|_| bare) {
                insert(&mut out, method);
            }
        }
        match out.is_empty() {
            true if open => one(id),
            // What code that nobody knows gave may hold anything.
            true if opaque => self.analysis.values.unknown(),
            _ => out,
        }
    }

    /// The type whose field it is, which may be embedded in the one the selector names.
    fn field_owner(&self, owner: TypeId, name: &str) -> TypeId {
        match self.analysis.codebase.member(&Type::Declared(owner, Vec::new().into()), name) {
            Some((_, crate::codebase::Member::Field(owner, _))) => owner,
            _ => owner,
        }
    }

    /// A part of ground values, with what is written into it anywhere.
    pub(super) fn part_of(&mut self, set: &Set, name: &str) -> Set {
        let parts = self.analysis.part(set, name);
        let mut out = self.ground(&parts);
        for id in set {
            if let Some(written) = self.written_part(*id, &name.into()) {
                let resolved = self.ground(&written);
                join(&mut out, &resolved);
            }
        }
        // A part that stayed symbolic on a known object or variable was never set.
        let values = &self.analysis.values;
        let known = |id: ValueId| matches!(values.get(id), Value::Object(_) | Value::Symbol(_) | Value::Global(_));
        out.retain(|id| !matches!(values.get(*id), Value::Part(base, _) if known(*base)));
        out
    }

    /// Puts a known receiver and known captured variables into a set of `function`'s own values, and follows the rest.
    pub(super) fn bind(
        &mut self,
        set: &Set,
        function: FunctionId,
        receiver: &Set,
        captured: &[(LocalIndex, Set)],
    ) -> Set {
        let mut out = Set::new();
        for id in set {
            let bound = self.bind_value(*id, function, receiver, captured);
            join(&mut out, &bound);
        }
        out
    }

    fn bind_value(&mut self, id: ValueId, function: FunctionId, receiver: &Set, captured: &[(LocalIndex, Set)]) -> Set {
        match self.analysis.values.get(id).clone() {
            Value::Parameter(owner, RECEIVER) if owner == function && !receiver.is_empty() => receiver.clone(),
            Value::Captured(owner, local) if owner == function => {
                match captured.iter().find(|(held, _)| *held == local) {
                    Some((_, set)) => self.ground(&set.clone()),
                    None => self.value(id),
                }
            }
            Value::Part(base, name) if self.analysis.values.symbolic_in(base) == Some(function) => {
                let bound = self.bind_value(base, function, receiver, captured);
                let parts = self.part_of(&bound, &name);
                if parts.is_empty() { self.value(id) } else { parts }
            }
            _ => self.value(id),
        }
    }
}

/// The values of several sets, each once and in order; none if there are no sets.
fn each_once<'s>(sets: impl Iterator<Item = &'s Set>) -> Option<Arc<[ValueId]>> {
    let mut any = false;
    let mut values: Vec<ValueId> = Vec::new();
    for set in sets {
        any = true;
        values.extend(set);
    }
    values.sort_unstable();
    values.dedup();
    any.then(|| values.into())
}

fn one(id: ValueId) -> Set {
    let mut set = Set::new();
    insert(&mut set, id);
    set
}
