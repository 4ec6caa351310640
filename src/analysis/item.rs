//! Work items that one function stores in a shared place and another takes out: a list or map in a field, a channel, a list
//! that a store keeps under a name.
//!
//! An item is a record of the codebase. Whether it can hold a context is told by its type alone, so nothing is said of an
//! item that might.

use super::Analysis;
use super::build::Builder;
use super::call::Invocation;
use super::frame::{Frame, Typed};
use super::graph::{LostItem, PropagationGraph};
use super::resolver::Resolver;
use super::summary::Summary;
use super::value::{ObjectKind, RECEIVER, Set, Value, ValueId};
use crate::codebase::{FunctionId, Member, Type, TypeId};
use crate::diagnostic::Confidence;
use crate::facts::{Name, TypeRef};
use crate::text::FileRange;
use rustc_hash::{FxHashMap, FxHashSet};

/// An item that is put somewhere.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct StoreFact {
    pub(super) function: FunctionId,
    /// Where it goes.
    pub(super) place: Set,
    /// Its type, if that is to be seen.
    pub(super) ty: Type,
    /// The context given to the call that stores it.
    pub(super) context: Set,
}

/// An item that is taken out.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TakeFact {
    pub(super) at: FileRange,
    /// Where it comes from, in values of the function that looks there.
    pub(super) place: Set,
    pub(super) item: Set,
    pub(super) ty: Type,
    /// What was taken is a text that holds the item; what the function gives in the end is the item.
    pub(super) encoded: bool,
}

/// A call of a method that nobody here tells which function has, with a context among its arguments.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct OpenCall {
    pub(super) function: FunctionId,
    pub(super) arguments: Vec<Set>,
}

/// Items taken, by the function that takes them or is given them by one that does.
pub(super) type Takes = FxHashMap<FunctionId, Vec<TakeFact>>;

impl Frame<'_, '_> {
    /// Notes an item that is stored.
    pub(super) fn note_store(&mut self, place: &Set, item: &Set, context: &Set, at: FileRange) {
        let ty = self.analysis.type_of_set(item);
        if matches!(ty, Type::Declared(..)) || !context.is_empty() {
            let fact = StoreFact { function: self.id, place: place.clone(), ty, context: context.clone() };
            self.analysis.stores.insert(at, fact);
        }
    }

    /// Notes an item of a record type that is taken from a list or channel.
    pub(super) fn note_take(&mut self, place: &Set, item: &Set, ty: &Type, at: FileRange) {
        if matches!(ty, Type::Declared(..)) {
            let fact = TakeFact { at, place: place.clone(), item: item.clone(), ty: ty.clone(), encoded: false };
            self.add_take(fact);
        }
    }

    /// Notes a text taken from where items are kept as texts.
    pub(super) fn note_take_encoded(&mut self, place: Set, at: FileRange) {
        self.add_take(TakeFact { at, place, item: Set::new(), ty: Type::Unknown, encoded: true });
    }

    fn add_take(&mut self, fact: TakeFact) {
        let takes = self.analysis.takes.entry(self.id).or_default();
        match takes.iter_mut().find(|known| known.at == fact.at && known.encoded == fact.encoded) {
            Some(known) => {
                super::value::join(&mut known.item, &fact.item);
                super::value::join(&mut known.place, &fact.place);
            }
            None => takes.push(fact),
        }
    }

    /// Notes a call of an interface's method whose function is not known.
    pub(super) fn note_open_call(&mut self, invocation: &Invocation<'_>) {
        let is_context = |argument: &Typed| self.type_model(&argument.ty).is_some_and(|model| model.is("context"));
        if invocation.arguments.iter().any(is_context) && !invocation.spawned {
            let arguments = invocation.arguments.iter().map(|argument| argument.set.clone()).collect();
            self.analysis.open_calls.insert(invocation.at, OpenCall { function: self.id, arguments });
        }
    }

    /// A callee may give an item that it took itself.
    pub(super) fn note_given_item(&mut self, callee: FunctionId, summary: &Summary, results: &[Set], at: FileRange) {
        let Some(takes) = self.analysis.takes.get(&callee).cloned() else { return };
        let types = self.analysis.codebase.result_types(callee);
        for take in takes {
            let given = summary.results.iter().enumerate().find(|(slot, held)| match take.encoded {
                true => matches!(types.get(*slot), Some(Type::Declared(..))) && !held.is_empty(),
                false => held.iter().any(|id| take.item.contains(id)) && types.get(*slot) == Some(&take.ty),
            });
            let Some((slot, _)) = given else { continue };
            let Some(ty @ Type::Declared(..)) = types.get(slot).cloned() else { continue };
            if self.analysis.codebase.is_interface(&ty) {
                continue;
            }
            let item: Set = results[slot]
                .iter()
                .copied()
                .filter(|id| !matches!(self.analysis.values.get(*id), Value::Nothing | Value::Unknown))
                .collect();
            self.add_take(TakeFact { at, place: take.place, item, ty, encoded: false });
        }
    }
}

/// A place where items are kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Shelf {
    Field(TypeId, Name),
    Value(ValueId),
    Named(Name),
}

impl Resolver<'_, '_> {
    /// The places that a set stands for.
    fn shelves(&mut self, set: &Set) -> FxHashSet<Shelf> {
        let mut shelves = FxHashSet::default();
        let mut all = set.clone();
        super::value::join(&mut all, &self.ground(set));
        for id in &all {
            let values = &self.analysis.values;
            match values.get(*id) {
                Value::Part(base, name) => {
                    let ty = values.type_of(*base);
                    if let Some((_, Member::Field(owner, _))) = self.analysis.codebase.member(&ty, name) {
                        shelves.insert(Shelf::Field(owner, name.clone()));
                    }
                }
                Value::Text(text) => drop(shelves.insert(Shelf::Named(text.clone()))),
                Value::Global(_) => drop(shelves.insert(Shelf::Value(*id))),
                Value::Object(object) if values.object(*object).kind == ObjectKind::Record => {
                    shelves.insert(Shelf::Value(*id));
                }
                _ => {}
            }
        }
        shelves
    }
}

/// Where a taken item is worked on.
struct Work {
    at: FileRange,
    function: FunctionId,
    confidence: Confidence,
}

/// How many calls an item is followed down.
const DEPTH: usize = 4;

impl Builder<'_, '_> {
    /// Items that a request stores without its context and that something else works on.
    pub(super) fn lost_items(&mut self, graph: &PropagationGraph) -> Vec<LostItem> {
        let stores: Vec<(FileRange, StoreFact)> =
            self.analysis.stores.iter().map(|(at, fact)| (*at, fact.clone())).collect();
        let mut producers = Vec::new();
        for (at, fact) in stores {
            let asked = self.in_request(fact.function, &Default::default(), graph);
            if asked && self.analysis.codebase.file(at.file).reported && !self.lacks_extract_above(fact.function, graph)
            {
                let shelves = self.resolver(None).shelves(&fact.place);
                producers.push((at, fact, shelves));
            }
        }
        if producers.is_empty() {
            return Vec::new();
        }
        let mut takes: Vec<(FunctionId, TakeFact)> = Vec::new();
        for (function, facts) in &self.analysis.takes {
            takes.extend(facts.iter().map(|fact| (*function, fact.clone())));
        }
        takes.sort_by_key(|(function, fact)| (fact.at, *function));
        let mut found: Vec<LostItem> = Vec::new();
        for (function, take) in takes {
            if take.encoded || self.may_carry(&take.ty) || self.in_request(function, &Default::default(), graph) {
                continue;
            }
            let shelves = self.resolver(None).shelves(&take.place);
            let fits = |(_, fact, there): &&(FileRange, StoreFact, FxHashSet<Shelf>)| {
                (fact.ty == take.ty || fact.ty == Type::Unknown) && !there.is_disjoint(&shelves)
            };
            let stored: Vec<_> = producers.iter().filter(fits).cloned().collect();
            if stored.is_empty() || !self.empties(function, &take) {
                continue;
            }
            let Some(work) = self.work(function, &take, graph) else { continue };
            for (at, fact, _) in stored {
                let known = |lost: &&mut LostItem| lost.stored == at;
                match found.iter_mut().find(known) {
                    Some(lost) if lost.confidence >= work.confidence => continue,
                    Some(lost) => {
                        (lost.worked, lost.worker, lost.confidence) = (work.at, work.function, work.confidence);
                    }
                    None => {
                        let fresh = self.fresh_in(&fact);
                        let traced = self.traced(fact.function);
                        found.push(LostItem {
                            producer: fact.function,
                            stored: at,
                            fresh,
                            worker: work.function,
                            worked: work.at,
                            confidence: work.confidence,
                            traced,
                        });
                    }
                }
            }
        }
        found
    }

    /// Whether values of a type may bring a context along, in whatever form: also as texts by name.
    fn may_carry(&self, ty: &Type) -> bool {
        let Type::Declared(owner, _) = ty else { return true };
        let codebase = self.analysis.codebase;
        let text = Type::Library("builtin.string".into());
        self.type_holds_context(ty, 3)
            || codebase.fields(ty).iter().zip(codebase.field_types(*owner)).any(|(field, held)| {
                let name = field.name.to_lowercase();
                let named =
                    ["trace", "span", "header", "baggage", "carrier", "ctx"].iter().any(|word| name.contains(word));
                let texts = matches!(held, Type::Map(inner) if **inner == text);
                named || texts || matches!(field.ty, TypeRef::Function(_))
            })
    }

    /// Whether what was looked at was also taken away, as from a queue: a receive, or a list that the function writes anew.
    fn empties(&mut self, function: FunctionId, take: &TakeFact) -> bool {
        let shelves = self.resolver(None).shelves(&take.place);
        let analysis = &*self.analysis;
        let named = shelves.iter().any(|shelf| matches!(shelf, Shelf::Named(_)));
        let from_channel = matches!(analysis.type_of_set(&take.place), Type::Channel(_));
        let fields: Vec<(TypeId, Name)> = shelves
            .into_iter()
            .filter_map(|shelf| match shelf {
                Shelf::Field(owner, name) => Some((owner, name)),
                _ => None,
            })
            .collect();
        let is_list = |(owner, name): &(TypeId, Name)| {
            let declared = Type::Declared(*owner, Vec::new().into());
            matches!(
                analysis.codebase.member(&declared, name),
                Some((_, Member::Field(_, Type::List(_) | Type::Map(_))))
            )
        };
        let lists: Vec<&(TypeId, Name)> = fields.iter().filter(|field| is_list(field)).collect();
        // A list is a queue only to who works beside those who fill it.
        if !named && !from_channel && !self.runs_beside(function) {
            return false;
        }
        lists.into_iter().all(|field| {
            let writers = analysis.wiring.fields.get(field);
            let takers = |writer: FunctionId| {
                writer == function
                    || analysis
                        .wiring
                        .callers
                        .get(&writer)
                        .is_some_and(|sites| sites.iter().any(|site| site.caller == function))
            };
            writers.is_some_and(|writes| {
                writes.iter().any(|(writer, _)| takers(*writer) && analysis.takes.contains_key(writer))
            })
        })
    }

    /// Whether every known way to a function leads through a place where work is started beside its caller's.
    fn runs_beside(&self, function: FunctionId) -> bool {
        let mut seen = FxHashSet::default();
        let mut pending = vec![function];
        while let Some(id) = pending.pop() {
            if !seen.insert(id) {
                continue;
            }
            let sites = self.analysis.wiring.callers.get(&id).map(Vec::as_slice).unwrap_or_default();
            if sites.is_empty() {
                return false;
            }
            pending.extend(sites.iter().filter(|site| !site.spawned).map(|site| site.caller));
        }
        true
    }

    /// The place where a taken item is worked on with a context that is not its own.
    fn work(&mut self, function: FunctionId, take: &TakeFact, graph: &PropagationGraph) -> Option<Work> {
        let taker = function;
        let mut level = vec![(function, take.item.clone())];
        let mut seen = FxHashSet::default();
        let mut best: Option<Work> = None;
        for _ in 0..DEPTH {
            let mut next = Vec::new();
            for (function, item) in level {
                // What reads a context by itself may read it out of the item.
                if !seen.insert(function) || self.analysis.extracts.values().any(|fact| fact.function == function) {
                    continue;
                }
                for (callee, at, arguments) in self.calls_with(function, &item) {
                    let below = self.analysis.summary(callee).below;
                    if below.extracts {
                        return None;
                    }
                    let whole = arguments.iter().position(|set| set.iter().any(|id| item.contains(id)));
                    if let Some(index) = whole {
                        let parameter = if index + 1 == arguments.len() { RECEIVER } else { index as u16 };
                        next.push((callee, self.analysis.values.one(Value::Parameter(callee, parameter))));
                        continue;
                    }
                    let Some(confidence) = self.needs(callee, below.sends || below.starts) else { continue };
                    if at.file == self.analysis.codebase.function_file(function)
                        && best.as_ref().is_none_or(|known| known.confidence < confidence)
                    {
                        best = Some(Work { at, function, confidence });
                    }
                }
                if let Some(at) = self.open_call_with(function, &item) {
                    best = Some(Work { at, function, confidence: Confidence::Medium });
                }
                if let Some(at) = self.opens_span(function, (function == taker).then_some(take.at), graph) {
                    return Some(Work { at, function, confidence: Confidence::Medium });
                }
            }
            level = next;
        }
        best.filter(|work| self.analysis.codebase.file(work.at.file).reported)
    }

    /// How sure it is that a callee needs a context: it gets one, and uses it, or leaves that to others' code.
    fn needs(&self, callee: FunctionId, uses: bool) -> Option<Confidence> {
        let codebase = self.analysis.codebase;
        let takes_context = codebase.parameter_types(callee).iter().any(|ty| self.analysis.is_of(ty, "context"));
        takes_context.then_some(if uses { Confidence::Medium } else { Confidence::Low })
    }

    /// Calls in a function that are given an item or a part of it: the callee, and its arguments with the receiver last.
    fn calls_with(&self, function: FunctionId, item: &Set) -> Vec<(FunctionId, FileRange, Vec<Set>)> {
        let mut found = Vec::new();
        for (callee, sites) in &self.analysis.wiring.callers {
            for site in sites.iter().filter(|site| site.caller == function) {
                let sets: Vec<Set> = site.arguments.iter().chain([&site.receiver]).cloned().collect();
                if sets.iter().any(|set| set.iter().any(|id| is_part_of(self.analysis, *id, item))) {
                    found.push((*callee, site.at, sets));
                }
            }
        }
        found.sort_by_key(|(callee, at, _)| (*at, *callee));
        found
    }

    /// A call of a method that many or unknown types have, with a context and a part of an item: others' code, which was
    /// promised a context.
    fn open_call_with(&self, function: FunctionId, item: &Set) -> Option<FileRange> {
        let mut calls = self.analysis.open_calls.iter().filter(|(_, call)| call.function == function);
        let given = |call: &OpenCall| {
            call.arguments.iter().any(|set| set.iter().any(|id| is_part_of(self.analysis, *id, item)))
        };
        calls.find(|(_, call)| given(call)).map(|(at, _)| *at)
    }

    /// A span that a function opens after it got an item.
    fn opens_span(
        &self,
        function: FunctionId,
        taken: Option<FileRange>,
        graph: &PropagationGraph,
    ) -> Option<FileRange> {
        let mut starts = self.analysis.starts.iter().filter(|((at, opener), _)| {
            *opener == function
                && !self.meant_as_root(*at)
                && (taken.is_none_or(|taken| at.file == taken.file && at.range.start > taken.range.start))
        });
        let answers = graph.inbound.iter().any(|edge| edge.handler == function);
        starts.next().map(|((at, _), _)| *at).filter(|_| !answers)
    }

    /// The fresh context that the producer stores with, if it makes one.
    fn fresh_in(&self, fact: &StoreFact) -> Option<FileRange> {
        let mut objects = self.analysis.values.objects(&fact.context);
        objects
            .find(|(_, held)| held.kind == ObjectKind::Fresh && held.function == fact.function)
            .map(|(_, held)| held.here)
    }
}

/// Whether a value is one of these, or a part of one.
fn is_part_of(analysis: &Analysis<'_>, id: ValueId, whole: &Set) -> bool {
    let mut at = id;
    loop {
        if whole.contains(&at) {
            return true;
        }
        match analysis.values.get(at) {
            Value::Part(base, _) => at = *base,
            _ => return false,
        }
    }
}
