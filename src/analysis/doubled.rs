//! Contexts written twice for one send, where the second is older than the first: whoever receives it takes what comes first
//! for missing.
//!
//! What is written a second time below the first, as by a client that opens a span of its own, is right.

use super::build::Builder;
use super::frame::Frame;
use super::graph::DoubleInject;
use super::library::Site;
use super::resolver::Resolver;
use super::scope::Scope;
use super::summary::{Chain, Effect};
use super::value::{ObjectKind, Set, Value, ValueId};
use super::{Analysis, SendFact};
use crate::codebase::FunctionId;
use crate::model::By;
use crate::text::FileRange;

/// A context that was written into a carrier, as the last one so far.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Injected {
    /// The call in the function at hand, and where it is written below that.
    pub(super) chain: Chain,
    pub(super) context: Set,
}

/// What decides in which formats a context is written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Writer {
    /// The propagator of the process.
    Process,
    /// The library, by how its packages' paths start.
    Library(String),
}

/// A carrier that is written twice in one function.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct DoubleFact {
    function: FunctionId,
    first: Injected,
    scope: Scope,
}

/// How many spans above one another are looked at.
const ABOVE: usize = 8;

impl Frame<'_, '_> {
    /// Notes a call that writes contexts, or makes what does, if it is known in which formats it does so.
    pub(super) fn note_writer(&mut self, by: &By, site: &mut Site<'_>) {
        let library = Some(Writer::Library(site.symbol.split('/').take(3).collect()));
        let writer = match by {
            By::Global => Some(Writer::Process),
            By::Own => library,
            By::Place(place) => {
                let given = self.place(place, site);
                let values = &self.analysis.values;
                let of_process = |id: &ValueId| {
                    let made = values.as_object(*id).map(|(_, held)| held.site);
                    made.is_some_and(|site| self.analysis.global_propagation.contains_key(&site))
                };
                if !given.set.is_empty() && given.set.iter().all(of_process) {
                    Some(Writer::Process)
                } else {
                    self.type_model(&given.ty).filter(|model| model.is("tracer")).and(library)
                }
            }
        };
        if let Some(writer) = writer {
            self.analysis.writers.insert(site.invocation.at, writer);
        }
    }

    /// Notes that a context was written into one carrier for sure.
    pub(super) fn note_injected(&mut self, carrier: ValueId, context: &Set, effect: &Effect) {
        let new = Injected { chain: effect.chain.clone(), context: context.clone() };
        let Some(first) = self.state.injected.insert(carrier, new.clone()) else { return };
        let at = new.chain[0];
        if first.chain[0] == at || effect.spawned {
            return;
        }
        let same = self.analysis.write_the_same(last(&first.chain), last(&new.chain));
        if same && self.analysis.is_older(context, &first.context) {
            let fact = DoubleFact { function: self.id, first, scope: self.scope(at.range) };
            self.analysis.doubled.entry(at).or_insert(fact);
        }
    }
}

impl Analysis<'_> {
    /// Whether two places write what takes each other's place.
    fn write_the_same(&self, one: FileRange, other: FileRange) -> bool {
        let writer = self.writers.get(&one);
        writer.is_some() && writer == self.writers.get(&other)
    }

    /// Whether a context surely lies above another, or belongs to no trace while the other may.
    fn is_older(&self, context: &Set, than: &Set) -> bool {
        let values = &self.values;
        let is_fresh = |id: &ValueId| values.as_object(*id).is_some_and(|(_, held)| held.kind == ObjectKind::Fresh);
        if context.is_empty() || than.is_empty() {
            return false;
        }
        if context.iter().all(is_fresh) {
            return than.iter().all(|id| match values.get(*id) {
                Value::Parameter(..) | Value::Part(..) => true,
                Value::Object(object) => matches!(values.object(*object).kind, ObjectKind::Span(_)),
                _ => false,
            });
        }
        let mut above = than.clone();
        for _ in 0..ABOVE {
            let [span] = above.as_slice() else { return false };
            let Some((span, held)) = values.as_object(*span) else { return false };
            let Some(parent) = values.part_of(span, "parent") else { return false };
            if !matches!(held.kind, ObjectKind::Span(_)) {
                return false;
            }
            if context.iter().all(|id| parent.contains(id)) {
                return true;
            }
            above = parent.clone();
        }
        false
    }
}

impl Builder<'_, '_> {
    pub(super) fn doubled(&mut self) -> Vec<DoubleInject> {
        let facts: Vec<(FileRange, DoubleFact)> =
            self.analysis.doubled.iter().map(|(at, fact)| (*at, fact.clone())).collect();
        let mut found = Vec::new();
        for (at, fact) in facts {
            found.push(DoubleInject {
                function: fact.function,
                first: fact.first.chain[0],
                second: at,
                client: None,
                request: None,
                scope: fact.scope,
                traced: self.traced(fact.function),
            });
        }
        let sends: Vec<(FileRange, SendFact)> =
            self.analysis.sends.iter().map(|((at, _), fact)| (*at, fact.clone())).collect();
        found.extend(sends.into_iter().filter_map(|(at, fact)| self.written_by_client(at, fact)));
        found.retain(|double| self.analysis.codebase.is_reported(double.first));
        found.sort_by_key(|double| (double.first, double.second));
        found
    }

    /// A send whose client replaces the context that was written by one that is older.
    fn written_by_client(&mut self, at: FileRange, mut fact: SendFact) -> Option<DoubleInject> {
        let first = fact.injected.take()?;
        if !self.analysis.is_older(&fact.send.context, &first.context) || self.only_fresh(&first.context) {
            return None;
        }
        let client = self.resolver(None).always_writes(&fact.send.through, ABOVE)?;
        if !self.analysis.write_the_same(last(&first.chain), client) {
            return None;
        }
        fact.scope.contexts.retain(|binding| binding.set == first.context);
        Some(DoubleInject {
            function: fact.function,
            first: first.chain[0],
            second: at,
            client: Some(client),
            request: self.made_at(&fact.send.request),
            traced: self.traced(fact.function),
            scope: fact.scope,
        })
    }
}

impl Resolver<'_, '_> {
    /// The wrapper that writes the context of each request, where all that a client may be has one.
    fn always_writes(&mut self, client: &Set, depth: usize) -> Option<FileRange> {
        let ground = self.ground(client);
        let mut writer = None;
        for id in &ground {
            let (object, held) = self.analysis.values.as_object(*id)?;
            let found = match &held.kind {
                ObjectKind::Wrapper(kind) if kind.does.inject && kind.needs_context => held.site,
                _ if depth > 0 => {
                    self.analysis.values.part_of(object, "through")?;
                    let mut one = Set::new();
                    super::value::insert(&mut one, *id);
                    let inner = self.part_of(&one, "through");
                    self.always_writes(&inner, depth - 1)?
                }
                _ => return None,
            };
            writer = Some(found);
        }
        writer
    }
}

/// Where in a chain it happens.
fn last(chain: &Chain) -> FileRange {
    chain[chain.len() - 1]
}
