//! What is current without being named: the span that a thread or task is in.
//!
//! A library keeps it in a *slot*. What a function finds there is decided by its caller, so it is a parameter that nobody
//! writes; what becomes current lasts as long as a guard, a callable, a future or a function does.

use super::call::Invocation;
use super::frame::{Frame, Made, Typed, object_ids};
use super::library::Site;
use super::summary::{Chain, EffectKind, Use};
use super::value::{ObjectId, ObjectKind, RECEIVER, Set, Value, ValueId, insert, join};
use super::{Analysis, GuardFact};
use crate::codebase::{FunctionId, Type};
use crate::facts::{Callee, LocalIndex, Name, Operand, Starts};
use crate::model::{Crossing, EffectModel, EntryModel, Gives, ModelSet, Place, Root};
use crate::text::{FileRange, TextRange};
use smallvec::smallvec;

/// The part of a guard or future that holds what becomes current.
const CURRENT: &str = "#current";

/// The part of a future that is run.
pub(super) const BODY: &str = "#body";

/// The part of a handle that holds what the work gives.
const RESULT: &str = "#result";

/// The part of a set of tasks that holds the handles on those it started.
const STARTED: &str = "#started";

/// Something that keeps a value current for as long as it is at hand.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Guard {
    object: ObjectId,
    slot: Name,
    /// What was current before.
    before: Set,
}

/// The parameter of a function that stands for what is current in a slot when it is called.
pub(super) fn parameter(slot: usize) -> u16 {
    RECEIVER - 1 - slot as u16
}

/// The slot that a parameter stands for, if it is one of those.
pub(super) fn slot_of(parameter: u16, slots: usize) -> Option<usize> {
    let slot = (RECEIVER - 1).checked_sub(parameter)? as usize;
    (slot < slots).then_some(slot)
}

/// Every slot that models speak of.
pub(super) fn slots(models: &ModelSet) -> Vec<Name> {
    let mut slots = Vec::new();
    let models = models.models().iter();
    for symbol in models.flat_map(|model| model.calls.iter().chain(&model.attributes)) {
        for effect in symbol.entries.iter().flat_map(|entry| &entry.effects) {
            if let EffectModel::Activates { slot, .. } = effect {
                slots.push(slot.clone());
            }
        }
    }
    slots.sort();
    slots.dedup();
    slots
}

impl Frame<'_, '_> {
    /// What is current in a slot.
    pub(super) fn current(&mut self, slot: &str) -> Set {
        if let Some((_, set)) = self.state.current.iter().find(|(name, _)| name == slot) {
            return set.clone();
        }
        match self.analysis.slots.iter().position(|name| name == slot) {
            Some(index) => self.analysis.values.one(Value::Parameter(self.id, parameter(index))),
            None => Set::new(),
        }
    }

    /// What is current in every slot, for a call.
    pub(super) fn all_current(&mut self) -> Vec<Set> {
        (0..self.analysis.slots.len())
            .map(|index| {
                let slot = self.analysis.slots[index].clone();
                self.current(&slot)
            })
            .collect()
    }

    fn set_current(&mut self, slot: &Name, value: Set) {
        self.state.current.retain(|(name, _)| name != slot);
        self.state.current.push((slot.clone(), value));
    }

    /// Does something while a value is current.
    fn under<T>(&mut self, slot: &Name, value: Set, run: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.current(slot);
        self.set_current(slot, value);
        let result = run(self);
        self.set_current(slot, before);
        result
    }

    /// Does something where nobody can tell what is current: on another task or thread.
    pub(super) fn elsewhere<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.state.current.clone();
        for slot in self.analysis.slots.clone() {
            let unknown = self.analysis.values.unknown();
            self.set_current(&slot, unknown);
        }
        let result = run(self);
        self.state.current = before;
        result
    }

    /// A value becomes current, for as long as the model says.
    pub(super) fn activates(
        &mut self,
        (value, slot, lasts): (&Place, &Name, &Place),
        crossing: Option<Crossing>,
        site: &mut Site<'_>,
    ) {
        let value = self.place(value, site).set;
        self.use_everything(&value);
        match lasts.root {
            Root::Function => self.set_current(slot, value),
            Root::Result(_) => {
                self.analysis.guards.insert(site.invocation.at, site.symbol.clone());
                let object = self.make(site, "guard", ObjectKind::Guard { slot: slot.clone(), crossing }, "");
                self.analysis.values.add_part(object, CURRENT, &value);
                self.output(lasts, object, site);
            }
            Root::Receiver => {
                let future = self.place(lasts, site);
                self.note_handles(&future.set, |fact| fact.on_handle = Some(site.invocation.at));
                let object = self.make(site, "future", ObjectKind::Under(slot.clone()), "");
                self.analysis.values.add_part(object, CURRENT, &value);
                self.analysis.values.add_part(object, BODY, &future.set);
                let set = self.analysis.values.one(Value::Object(object));
                self.put_result(0, &set, site);
            }
            _ => {
                let body = self.place(lasts, site).set;
                let invocation = Invocation::nameless(site.invocation.at);
                let made = self.under(slot, value, |frame| frame.call_value(&body, None, &invocation));
                for (index, set) in made.results.iter().enumerate() {
                    self.put_result(index as u32, set, site);
                }
            }
        }
    }

    /// Spans get another parent, unless they have started.
    pub(super) fn reparents(&mut self, span: &Place, to: &[Place], unless_current: Option<&str>, site: &mut Site<'_>) {
        let to: Set = to.iter().flat_map(|place| self.place(place, site).set).collect();
        let spans = self.place(span, site).set;
        if unless_current.is_some_and(|slot| self.all_are_current(&spans, slot)) {
            let read = self.analysis.values.objects(&to).filter(|(_, held)| held.kind == ObjectKind::Remote);
            for at in read.flat_map(|(_, held)| [held.here, held.site]).collect::<Vec<_>>() {
                if let Some(fact) = self.analysis.extracts.get_mut(&at) {
                    fact.too_late = Some(site.invocation.at);
                }
            }
            return;
        }
        for object in object_ids(self.analysis, &spans) {
            self.analysis.values.add_part(object, "parent", &to);
        }
        let at = site.invocation.at;
        let effect = EffectKind::Use { context: to, by: Use::Edge(at) };
        self.happen(effect, at, &Chain::new(), site.invocation.spawned);
    }

    /// Whether some values are nothing but what is current in a slot.
    fn all_are_current(&mut self, set: &Set, slot: &str) -> bool {
        let current = self.current(slot);
        let is_known = |id: &ValueId| !matches!(self.analysis.values.get(*id), Value::Unknown);
        !set.is_empty() && set.iter().all(|id| current.contains(id) && is_known(id))
    }

    /// A guard that gets a name is at hand from here on.
    pub(super) fn hold_guards(&mut self, value: &Set) {
        for id in value {
            let Some((object, held)) = self.analysis.values.as_object(*id) else { continue };
            let ObjectKind::Guard { slot, .. } = &held.kind else { continue };
            let slot = slot.clone();
            if self.state.guards.iter().any(|guard| guard.object == object) {
                continue;
            }
            let current = self.analysis.values.part_of(object, CURRENT).cloned().unwrap_or_default();
            let before = self.current(&slot);
            self.state.guards.push(Guard { object, slot: slot.clone(), before });
            self.set_current(&slot, current);
        }
    }

    /// Variables are gone, and the guards in them.
    pub(super) fn variables_gone(&mut self, locals: &[LocalIndex]) {
        for local in locals.iter().rev() {
            if let Some(set) = self.state.locals.get(local).cloned() {
                self.drop_guards(&set);
            }
        }
    }

    /// Guards are gone: what was current before is so again.
    pub(super) fn drop_guards(&mut self, set: &Set) {
        for id in set {
            let Some((object, _)) = self.analysis.values.as_object(*id) else { continue };
            if let Some(at) = self.state.guards.iter().position(|guard| guard.object == object) {
                let guard = self.state.guards.remove(at);
                self.set_current(&guard.slot, guard.before);
            }
        }
    }

    /// Waits: what was put off runs, and guards that must not be held meanwhile are noted.
    pub(super) fn wait(&mut self, of: &Operand, at: TextRange) -> Typed {
        let value = self.operand(of);
        let here = self.here(at);
        let given = self.wait_for(&value.set);
        for guard in self.state.guards.clone() {
            let held = self.analysis.values.object(guard.object);
            if let ObjectKind::Guard { crossing: Some(Crossing::Await), .. } = held.kind
                && held.function == self.id
            {
                let symbol = self.analysis.guards.get(&held.here).cloned();
                let fact = GuardFact { function: self.id, awaited: here, symbol };
                self.analysis.held_across.entry(held.here).or_insert(fact);
            }
        }
        self.run_later(&Typed { set: given, ty: value.ty }, here)
    }

    /// A spawned callable gives a handle on it, if the entry says so; what it makes is there once the handle is waited for.
    pub(super) fn gives_handle(&mut self, entry: &EntryModel, made: &Made, site: &mut Site<'_>) -> bool {
        let Some(Gives::Type(path)) = entry.gives.first() else { return false };
        if !self.analysis.models.ty(path).is_some_and(|model| model.is("handle")) {
            return false;
        }
        let handle = self.typed_result(0, path, site);
        let result = made.results.first().cloned().unwrap_or_default();
        for object in object_ids(self.analysis, &handle) {
            self.analysis.values.add_part(object, RESULT, &result);
        }
        // What starts several waits for all of them.
        let starter = site.receiver.as_ref().map(|typed| typed.set.clone()).unwrap_or_default();
        for object in object_ids(self.analysis, &starter) {
            self.analysis.values.add_part(object, STARTED, &handle);
        }
        self.put_result(0, &handle, site);
        true
    }

    /// A list that a variable holds takes handles on work: they stand for the list, of which nothing else need be known.
    pub(super) fn keep_handles(&mut self, given: &Set, site: &Site<'_>) {
        let handles = self.handles_among(given);
        let Some(Callee::Method(Operand::Local(list), _)) = site.invocation.call.map(|call| &call.callee) else {
            return;
        };
        if !handles.is_empty() && self.analysis.codebase.local_owner(self.id, *list) == self.id {
            let mut held = self.local(*list).set;
            join(&mut held, &handles);
            self.state.locals.insert(*list, held);
        }
    }

    /// The handles on work among some values.
    pub(super) fn handles_among(&self, set: &Set) -> Set {
        let is_handle = |id: &ValueId| {
            let object = self.analysis.values.as_object(*id);
            object.is_some_and(|(_, held)| self.analysis.is_of(&held.ty, "handle"))
        };
        set.iter().copied().filter(is_handle).collect()
    }

    /// Waits for work by its handles, by a list of them, or by what started it; gives what that work gave.
    pub(super) fn wait_for(&mut self, work: &Set) -> Set {
        let mut handles = work.clone();
        for part in [STARTED, "each"] {
            for object in object_ids(self.analysis, work) {
                join(&mut handles, &self.analysis.values.part_of(object, part).cloned().unwrap_or_default());
            }
        }
        self.note_handles(&handles, |fact| fact.joined = true);
        self.behind_handles(work)
    }

    /// What work gave whose handles are waited for; other values stay what they are.
    fn behind_handles(&self, set: &Set) -> Set {
        let mut out = Set::new();
        for id in set {
            let object = self.analysis.values.as_object(*id);
            match object.and_then(|(object, _)| self.analysis.values.part_of(object, RESULT)) {
                Some(result) => drop(join(&mut out, result)),
                None => drop(insert(&mut out, *id)),
            }
        }
        out
    }

    /// Says something of the work behind handles: what was started at the calls that gave them.
    fn note_handles(&mut self, set: &Set, say: impl Fn(&mut super::spawn::SpawnFact)) {
        let values = &self.analysis.values;
        let is_handle = |ty: &Type| self.analysis.is_of(ty, "handle");
        let given = values.objects(set).filter(|(_, held)| is_handle(&held.ty));
        let given: Vec<FileRange> = given.flat_map(|(_, held)| [held.here, held.site]).collect();
        let codebase = self.analysis.codebase;
        for at in given {
            let Some(fact) = self.analysis.spawns.get_mut(&at) else { continue };
            let mut around = std::iter::successors(Some(fact.function), |function| codebase.owner(*function));
            if around.any(|function| function == self.id) {
                say(fact);
            }
        }
    }

    /// Runs what was put off among some values; the others stay what they are.
    fn run_later(&mut self, value: &Typed, at: FileRange) -> Typed {
        let (later, mut out) = self.parted(&value.set);
        if later.is_empty() {
            return value.clone();
        }
        let made = self.call_value(&later, None, &Invocation::nameless(at));
        let ty = if value.ty == Type::Unknown { made.ty.clone() } else { value.ty.clone() };
        if let Some(first) = made.results.first() {
            join(&mut out, first);
        }
        Typed { set: out, ty }
    }

    /// What of some values runs once it is waited for, and the others.
    pub(super) fn parted(&self, set: &Set) -> (Set, Set) {
        let (mut later, mut others) = (Set::new(), Set::new());
        for id in set {
            insert(if self.analysis.is_later(*id) { &mut later } else { &mut others }, *id);
        }
        (later, others)
    }

    /// A call that only starts once somebody waits for it.
    pub(super) fn put_off(&mut self, function: FunctionId, receiver: &Set, invocation: &Invocation<'_>) -> Made {
        self.mention(function);
        let results = self.analysis.codebase.result_types(function);
        let name = format!("later {}", function.0);
        let kind = ObjectKind::Later(function);
        let object = self.analysis.values.make(self.id, invocation.at, &name, kind, Type::Unknown);
        self.analysis.values.add_part(object, "self", receiver);
        for (index, argument) in invocation.arguments.iter().enumerate() {
            self.analysis.values.add_part(object, &format!("arg{index}"), &argument.set);
        }
        Made { results: smallvec![self.analysis.values.one(Value::Object(object))], ty: Type::tuple(results) }
    }

    /// Runs a call that was put off, as if it stood where it is written.
    pub(super) fn catch_up(&mut self, object: ObjectId, function: FunctionId, spawned: bool) -> Made {
        let at = self.analysis.values.object(object).here;
        let part = |frame: &Self, name: &str| frame.analysis.values.part_of(object, name).cloned().unwrap_or_default();
        let count = self.analysis.codebase.function(function).parameters.len();
        let receiver = part(self, "self");
        let argument = |index| Typed { set: part(self, &format!("arg{index}")), ty: Type::Unknown };
        let arguments = (0..count).map(argument).collect();
        let invocation = Invocation { at, arguments, spread: false, spawned, call: None };
        self.call_code(function, &receiver, None, &invocation)
    }

    /// Runs a future in which a value is current.
    pub(super) fn run_under(&mut self, object: ObjectId, slot: &Name, invocation: &Invocation<'_>) -> Made {
        let part = |name: &str| self.analysis.values.part_of(object, name).cloned().unwrap_or_default();
        let (body, value) = (part(BODY), part(CURRENT));
        self.under(slot, value, |frame| {
            let (later, others) = frame.parted(&body);
            let mut made = frame.call_value(&later, None, invocation);
            match made.results.first_mut() {
                Some(first) => drop(join(first, &others)),
                None => made.results.push(others),
            }
            made
        })
    }

    /// What attributes do to the function before its first step; the steps that make their arguments come before those.
    pub(super) fn attributes(&mut self) {
        let codebase = self.analysis.codebase;
        let function = codebase.function(self.id);
        for attribute in &function.attributes {
            let crate::codebase::Resolved { symbol: crate::codebase::Symbol::Library(symbol), rest: 0 } =
                codebase.resolve(self.file, &attribute.path)
            else {
                continue;
            };
            let arguments = attribute.arguments.iter().map(|argument| self.operand(&argument.value)).collect();
            let at = self.here(attribute.range);
            let names: Vec<Option<Name>> = attribute.arguments.iter().map(|argument| argument.name.clone()).collect();
            self.library_attribute(
                &symbol,
                &names,
                &Invocation { at, arguments, spread: false, spawned: false, call: None },
            );
        }
    }
}

impl Analysis<'_> {
    /// Whether contexts were read from the headers of a request, and are all there is. Where spans are opened below what is
    /// current, a root that is only linked to its caller has to be asked for in another way.
    pub(super) fn is_read_from_request(&self, set: &Set) -> bool {
        let from_request = |id: &ValueId| match self.values.get(*id) {
            Value::Part(base, part) => part == "headers" && self.is_of(&self.values.type_of(*base), "request"),
            _ => false,
        };
        let is_read = |id: &ValueId| {
            let read = self.values.as_object(*id).filter(|(_, held)| held.kind == ObjectKind::Remote);
            let from = read.and_then(|(object, _)| self.values.part_of(object, "from"));
            from.is_some_and(|from| from.iter().any(from_request))
        };
        !self.slots.is_empty() && !set.is_empty() && set.iter().all(is_read)
    }

    /// Whether a value is something that runs once it is waited for.
    pub(super) fn is_later(&self, id: ValueId) -> bool {
        match self.values.get(id) {
            Value::Closure(function, _) => self.is_block(*function),
            Value::Object(object) => {
                matches!(self.values.object(*object).kind, ObjectKind::Later(_) | ObjectKind::Under(_))
            }
            _ => false,
        }
    }

    /// Whether a closure is a block that runs once it is waited for: it can't be called.
    pub(super) fn is_block(&self, function: FunctionId) -> bool {
        let facts = self.codebase.function(function);
        facts.starts == Starts::WhenAwaited && facts.owner().is_some()
    }
}
