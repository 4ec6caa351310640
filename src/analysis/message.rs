//! Messages that arrive by a call or stand in a record: who reads a context from them, and what else becomes of them.
//!
//! Such a message is an object that stays the same wherever it goes, so that whoever reads from it is found by the object
//! alone, in whatever function. What arrives as a parameter of a registered handler is no matter of this module.

use super::call::Invocation;
use super::frame::{Frame, Typed};
use super::library::Site;
use super::summary::Summary;
use super::value::{ObjectKind, Set, Value, ValueId, insert, join};
use crate::codebase::{FunctionId, Type};
use crate::facts::Name;
use crate::model::{EdgeKind, EntryModel, Place, Root};
use crate::text::FileRange;
use rustc_hash::FxHashSet;
use std::collections::btree_map::Entry;

/// A message that arrives by a call, or a record that stands for one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ReceiveFact {
    /// The function that takes it.
    pub(super) function: FunctionId,
    /// Its type, if that is known.
    pub(super) ty: Option<Name>,
    /// Request or message.
    pub(super) kind: EdgeKind,
    /// The client it comes through, if that may read the context.
    pub(super) through: Set,
    /// It is somewhere in what the call gives, and not the whole of that or an element.
    pub(super) inside: bool,
    /// It is a record written out, which stands for a message only where something else arrived.
    pub(super) record: bool,
    /// Where a context is read from it, or at least after it arrived.
    pub(super) read: Option<FileRange>,
    /// It went to code that nobody knows, or to where it can't be followed.
    pub(super) escaped: bool,
    /// It went to a function that only callers know.
    pub(super) handed_on: bool,
    /// One of those functions is known.
    pub(super) taken: bool,
    /// A span is opened or something leaves once it is there.
    pub(super) needed: bool,
}

/// How far into records and lists a message is looked for.
const DEPTH: u32 = 4;

impl ReceiveFact {
    /// The same before anything was said of what becomes of it.
    pub(super) fn unsaid(&self) -> ReceiveFact {
        let fact = self.clone();
        ReceiveFact { read: None, escaped: false, handed_on: false, taken: false, needed: false, ..fact }
    }
}

impl Frame<'_, '_> {
    /// A call gives a message, or a record stands for one.
    pub(super) fn receives(
        &mut self,
        carrier: &[Place],
        through: Set,
        kind: EdgeKind,
        entry: &EntryModel,
        site: &mut Site<'_>,
    ) {
        let (at, Some(place)) = (site.invocation.at, carrier.first()) else { return };
        match (&place.root, site.record) {
            (Root::Result(slot), _) => {
                let parts = match place.parts.split_last() {
                    Some((last, before)) if last == "headers" => before,
                    _ => place.parts.as_slice(),
                };
                let whole = Type::modelled(&site.given_type(entry, place));
                let types: Vec<Type> = (0..=parts.len())
                    .map(|depth| parts[..depth].iter().fold(whole.clone(), |ty, part| self.member_type(&ty, part)))
                    .collect();
                let message = types.last().cloned().unwrap_or_default();
                let ty = message.library().map(Name::from);
                self.note_receive(at, ReceiveFact { through, inside: parts.len() > 1, ..self.receive_fact(ty, kind) });
                let object = self.analysis.values.make(self.id, at, "arrived", ObjectKind::Arrived, message);
                let mut set = self.analysis.values.one(Value::Object(object));
                for (depth, part) in parts.iter().enumerate().rev() {
                    let what = format!("holder{depth}");
                    let ty = types[depth].clone();
                    let holder = self.analysis.values.make(self.id, at, &what, ObjectKind::Record, ty);
                    self.analysis.values.add_part(holder, part, &set);
                    set = self.analysis.values.one(Value::Object(holder));
                }
                if parts.is_empty() {
                    self.arrive(at);
                }
                self.put_result(*slot, &set, site);
            }
            (Root::Receiver | Root::Field(_), Some(record)) => {
                let ty = self.analysis.values.object(record).ty.library().map(Name::from);
                self.note_receive(at, ReceiveFact { record: true, ..self.receive_fact(ty, kind) });
                self.arrive(at);
            }
            _ => {}
        }
    }

    fn member_type(&self, ty: &Type, part: &str) -> Type {
        if part == "each" {
            return self.analysis.codebase.underlying(ty).element();
        }
        let model = self.type_model(ty);
        model.and_then(|model| model.member_type(part)).map_or(Type::Unknown, Type::modelled)
    }

    fn receive_fact(&self, ty: Option<Name>, kind: EdgeKind) -> ReceiveFact {
        ReceiveFact {
            function: self.id,
            ty,
            kind,
            through: Set::new(),
            inside: false,
            record: false,
            read: None,
            escaped: false,
            handed_on: false,
            taken: false,
            needed: false,
        }
    }

    fn note_receive(&mut self, at: FileRange, fact: ReceiveFact) {
        match self.analysis.receives.entry(at) {
            Entry::Occupied(mut known) => drop(join(&mut known.get_mut().through, &fact.through)),
            Entry::Vacant(place) => drop(place.insert(fact)),
        }
    }

    /// A message is at hand from here on, until the loop around goes for the next.
    fn arrive(&mut self, at: FileRange) {
        if !self.state.received.contains(&at) {
            self.state.received.push(at);
        }
    }

    /// An element of a list is looked at: if that is a message, it is at hand.
    pub(super) fn arrive_elements(&mut self, elements: &Set) {
        for at in self.arrived(elements, 0) {
            self.arrive(at);
        }
    }

    /// Messages in a set, and in what it holds down to a depth.
    pub(super) fn arrived(&self, set: &Set, depth: u32) -> Vec<FileRange> {
        let mut found = Vec::new();
        if self.analysis.receives.is_empty() {
            return found;
        }
        let values = &self.analysis.values;
        let mut seen = FxHashSet::default();
        let mut pending: Vec<(ValueId, u32)> = set.iter().map(|id| (*id, depth)).collect();
        while let Some((id, left)) = pending.pop() {
            if !seen.insert(id) {
                continue;
            }
            match values.get(id) {
                Value::Object(object) => {
                    let held = values.object(*object);
                    let is_message = matches!(held.kind, ObjectKind::Arrived | ObjectKind::Record);
                    if is_message && self.is_receive(held.site, &held.kind) {
                        if !found.contains(&held.site) {
                            found.push(held.site);
                        }
                    } else if left > 0 {
                        pending.extend(held.parts.iter().flat_map(|(_, set)| set.iter().map(|id| (*id, left - 1))));
                    }
                }
                Value::Part(base, _) => pending.push((*base, left)),
                Value::Closure(_, captured) if left > 0 => {
                    pending.extend(captured.iter().flat_map(|(_, set)| set.iter().map(|id| (*id, left - 1))));
                }
                Value::Bound(_, receiver) if left > 0 => {
                    pending.extend(receiver.iter().map(|id| (*id, left - 1)));
                }
                _ => {}
            }
        }
        found
    }

    /// Whether an object made at a place is a message; of what a call makes there, only the message itself is.
    fn is_receive(&self, site: FileRange, kind: &ObjectKind) -> bool {
        self.analysis.receives.get(&site).is_some_and(|fact| fact.record == (*kind == ObjectKind::Record))
    }

    fn each_arrived(&mut self, found: &[FileRange], mut change: impl FnMut(&mut ReceiveFact)) {
        for at in found {
            if let Some(fact) = self.analysis.receives.get_mut(at) {
                change(fact);
            }
        }
    }

    /// A context is read, from a message or from something that came with it.
    pub(super) fn read_message(&mut self, from: &Set, at: FileRange) {
        let mut found = self.arrived(from, DEPTH);
        found.extend(self.state.received.iter().copied());
        self.each_arrived(&found, |fact| fact.read = fact.read.or(Some(at)));
    }

    /// A context is used that came with a message: whoever put it there has read the headers.
    pub(super) fn read_brought(&mut self, context: &Set, at: FileRange) {
        let values = &self.analysis.values;
        let came_with: Set = context
            .iter()
            .filter_map(|id| match values.get(*id) {
                Value::Part(base, part) if part == "context" => Some(*base),
                _ => None,
            })
            .collect();
        let found = self.arrived(&came_with, 0);
        self.each_arrived(&found, |fact| fact.read = fact.read.or(Some(at)));
    }

    /// Something happens that belongs to the trace of the message at hand.
    pub(super) fn need_message(&mut self) {
        let found = std::mem::take(&mut self.state.received);
        self.each_arrived(&found, |fact| fact.needed = true);
        self.state.received = found;
    }

    /// A function of the codebase is called: what it does, it does for the message it is given or that is at hand.
    pub(super) fn message_to_code(&mut self, given: &[&Set], summary: &Summary) {
        let mut found: Vec<FileRange> = given.iter().flat_map(|set| self.arrived(set, DEPTH)).collect();
        if summary.below.extracts
            && let Some(at) = summary.read_at
        {
            self.each_arrived(&found, |fact| fact.read = fact.read.or(Some(at)));
        }
        if summary.below.sends || summary.below.starts {
            found.extend(self.state.received.iter().copied());
            self.each_arrived(&found, |fact| fact.needed = true);
        }
    }

    /// A function gives a message that it took: it is at hand here, too.
    pub(super) fn message_from_code(&mut self, results: &[Set]) {
        for set in results {
            self.arrive_elements(set);
        }
    }

    /// A message goes to code that nobody knows.
    pub(super) fn message_to_unknown(&mut self, arguments: &[Typed]) {
        let found = self.whole_messages(arguments);
        self.each_arrived(&found, |fact| fact.escaped = true);
    }

    /// A function that only callers know, and that gets a message, is known here.
    pub(super) fn message_taken(&mut self, invocation: &Invocation<'_>) {
        let found = self.whole_messages(&invocation.arguments);
        self.each_arrived(&found, |fact| fact.taken = true);
    }

    /// A message goes to a function that only callers know.
    pub(super) fn message_to_callers(&mut self, invocation: &Invocation<'_>) {
        let found = self.whole_messages(&invocation.arguments);
        self.each_arrived(&found, |fact| fact.handed_on = true);
    }

    /// A message is put where it can't be followed.
    pub(super) fn message_stored(&mut self, value: &Set) {
        for at in self.arrived(value, 2) {
            self.each_arrived(&[at], |fact| fact.escaped = true);
        }
    }

    /// Messages among arguments, whole or at least with their headers. What is only the content of one says nothing.
    fn whole_messages(&self, arguments: &[Typed]) -> Vec<FileRange> {
        let values = &self.analysis.values;
        let mut whole = Set::new();
        for id in arguments.iter().flat_map(|argument| &argument.set) {
            match values.get(*id) {
                Value::Part(_, part) if part != "headers" => {}
                // What a call gave, its error perhaps.
                Value::Object(object) if matches!(values.object(*object).kind, ObjectKind::Opaque(_)) => {}
                _ => drop(insert(&mut whole, *id)),
            }
        }
        self.arrived(&whole, 2)
    }

    /// A carrier, and everything that it is only a view of: the record around a message, the message whose headers these are.
    pub(super) fn behind_carrier(&self, set: &Set) -> Set {
        let values = &self.analysis.values;
        let mut all = set.clone();
        let mut seen = FxHashSet::default();
        let mut pending: Vec<(ValueId, u32)> = set.iter().map(|id| (*id, 3)).collect();
        while let Some((id, left)) = pending.pop() {
            if left == 0 || !seen.insert(id) {
                continue;
            }
            let inner: Vec<ValueId> = match values.get(id) {
                Value::Object(object) => match values.object(*object).kind {
                    ObjectKind::Record | ObjectKind::Opaque(_) => {
                        values.object(*object).parts.iter().flat_map(|(_, set)| set.iter().copied()).collect()
                    }
                    _ => Vec::new(),
                },
                Value::Part(base, _) if self.is_message(&values.type_of(*base)) => vec![*base],
                _ => Vec::new(),
            };
            for id in inner {
                let counts = values.as_object(id).is_some() || values.symbolic_in(id).is_some();
                if counts && insert(&mut all, id) {
                    pending.push((id, left - 1));
                }
            }
        }
        all
    }

    /// Whether a type is that of a message.
    pub(super) fn is_message(&self, ty: &Type) -> bool {
        self.type_model(ty).is_some_and(|model| model.is("message"))
    }

    /// Remembers of which types of messages contexts are read.
    pub(super) fn note_read_types(&mut self, from: &Set) {
        let values = &self.analysis.values;
        let mut types = Vec::new();
        for id in from {
            let mut at = *id;
            loop {
                let ty = values.type_of(at);
                if self.is_message(&ty) {
                    types.extend(ty.library().map(Name::from));
                }
                let Value::Part(base, _) = values.get(at) else { break };
                at = *base;
            }
        }
        self.analysis.read_types.extend(types);
    }
}
