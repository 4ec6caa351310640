//! Work that starts at the same time or later: whether it goes without the context that was at hand.

use super::build::Builder;
use super::frame::Frame;
use super::graph::{LostWork, PropagationGraph};
use super::scope::Scope;
use super::summary::{Chain, Use};
use super::value::{ObjectKind, Set, Value, ValueId};
use crate::codebase::{FunctionId, Type};
use crate::diagnostic::Confidence;
use crate::facts::{Name, Step, StepKind};
use crate::text::FileRange;
use rustc_hash::{FxHashMap, FxHashSet};

/// Something that runs beside or after the function that spawns it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SpawnFact {
    pub(super) function: FunctionId,
    /// What is run, as far as it is the codebase's.
    pub(super) bodies: Vec<FunctionId>,
    /// What it is given, and what it holds.
    pub(super) given: Set,
    /// What is at hand.
    pub(super) scope: Scope,
    /// A fresh context that it is given and uses: what uses it, and the calls down to there.
    pub(super) fresh: Option<(FileRange, Use, Chain)>,
    /// It starts with nothing current, and the function that starts it waits for it.
    pub(super) joined: bool,
    /// What it was meant to run in was put around the handle on it instead.
    pub(super) on_handle: Option<FileRange>,
    /// The function of a library that starts it.
    pub(super) symbol: Option<Name>,
}

impl Frame<'_, '_> {
    /// Notes that callables start here, beside or after this function.
    pub(super) fn note_spawn(&mut self, callables: &Set, arguments: &[Set], at: FileRange) {
        let mut bodies = Vec::new();
        for id in callables {
            match self.analysis.values.get(*id) {
                Value::Function(function) | Value::Closure(function, _) | Value::Bound(function, _) => {
                    bodies.push(*function);
                }
                Value::Object(object) => {
                    // A call that only starts once somebody waits for it.
                    if let ObjectKind::Later(function) = self.analysis.values.object(*object).kind {
                        bodies.push(function);
                    }
                }
                _ => {}
            }
        }
        self.note_spawned(bodies, callables, arguments, at);
    }

    /// Notes that functions of the codebase start here; `held` is what they are methods of, or closures with what they hold.
    pub(super) fn note_spawned(&mut self, bodies: Vec<FunctionId>, held: &Set, arguments: &[Set], at: FileRange) {
        let mut given = held.clone();
        for argument in arguments {
            super::value::join(&mut given, argument);
        }
        let scope = self.scope(at.range);
        // One call may start several pieces of work.
        let earlier = self.analysis.spawns.get(&at).filter(|fact| fact.function == self.id);
        let mut bodies = bodies;
        if let Some(fact) = earlier {
            super::value::join(&mut given, &fact.given);
            bodies.extend(fact.bodies.iter().filter(|body| !bodies.contains(body)).copied().collect::<Vec<_>>());
        }
        let fact = SpawnFact {
            function: self.id,
            bodies,
            given,
            scope,
            fresh: None,
            joined: false,
            on_handle: None,
            symbol: None,
        };
        self.analysis.spawns.insert(at, fact);
    }

    /// Notes which function of a library starts what is spawned at a place, and whether the work is waited for there.
    pub(super) fn note_spawner(&mut self, at: FileRange, symbol: &Name, awaited: bool) {
        if let Some(fact) = self.analysis.spawns.get_mut(&at) {
            fact.symbol = Some(symbol.clone());
            fact.joined |= awaited;
        }
    }

    /// Notes that what is spawned at a place uses a fresh context that it was given there.
    pub(super) fn note_fresh_in_spawn(&mut self, fresh: FileRange, by: Use, chain: &Chain) {
        if let Some(fact) = self.analysis.spawns.get_mut(&chain[0])
            && fact.fresh.is_none()
        {
            fact.fresh = Some((fresh, by, chain.clone()));
        }
    }
}

/// How many calls below a spawned function are looked at.
const DEPTH: usize = 3;

/// Calls of functions of the codebase, by caller.
type Calls = FxHashMap<FunctionId, Vec<(FunctionId, FileRange)>>;

impl Builder<'_, '_> {
    /// Spawned work that uses a fresh context though that of a request is at hand where it is spawned.
    pub(super) fn lost_work(&mut self, graph: &PropagationGraph) -> Vec<LostWork> {
        let spawns: Vec<(FileRange, SpawnFact)> =
            self.analysis.spawns.iter().map(|(at, fact)| (*at, fact.clone())).collect();
        if spawns.is_empty() {
            return Vec::new();
        }
        let calls = self.calls();
        let mut found = Vec::new();
        for (at, fact) in spawns {
            if !self.analysis.codebase.file(at.file).reported {
                continue;
            }
            let in_request = self.in_request(fact.function, &fact.scope, graph);
            if fact.on_handle.is_none() && !in_request && !self.is_below_span(at, &fact) {
                continue;
            }
            if let Some(lost) = self.lost_current(at, &fact, &calls, graph) {
                found.push(lost);
                continue;
            }
            if !in_request || !self.at_hand(&fact.scope, None) || self.lacks_extract_above(fact.function, graph) {
                continue;
            }
            let Some((fresh, used, confidence)) = self.loss(at, &fact, &calls, graph) else { continue };
            found.push(LostWork {
                function: fact.function,
                at,
                fresh,
                used,
                symbol: fact.symbol,
                current: false,
                on_handle: None,
                scope: fact.scope,
                confidence,
                traced: self.traced(fact.function),
            });
        }
        found
    }

    /// Work that starts without the span that is current where it starts: because the span was put around the handle, or
    /// because nothing hands it over though the work opens spans of its own and is waited for.
    fn lost_current(
        &mut self,
        at: FileRange,
        fact: &SpawnFact,
        calls: &Calls,
        graph: &PropagationGraph,
    ) -> Option<LostWork> {
        let traced = self.traced(fact.function);
        let lost = |fresh, used, confidence| LostWork {
            function: fact.function,
            at,
            fresh,
            used,
            symbol: fact.symbol.clone(),
            current: true,
            on_handle: fact.on_handle,
            scope: fact.scope.clone(),
            confidence,
            traced,
        };
        if let Some(handle) = fact.on_handle {
            return Some(lost(handle, Vec::new(), Confidence::High));
        }
        let hands_over = || fact.given.iter().any(|id| self.brings_context(*id, DEPTH));
        if !fact.joined || !self.is_below_span(at, fact) || hands_over() {
            return None;
        }
        let (start, used) = self.starts_below_nothing(&fact.bodies, calls, graph)?;
        Some(lost(start, used, Confidence::High))
    }

    /// Whether a span is open where work starts: in the function, or in those that it is written in and that run it.
    fn is_below_span(&self, at: FileRange, fact: &SpawnFact) -> bool {
        let codebase = self.analysis.codebase;
        let around = std::iter::successors(codebase.owner(fact.function), |function| codebase.owner(*function));
        let opens = |function: FunctionId| {
            let mut starts = self.analysis.starts.keys();
            starts.any(|(opened, opener)| *opener == function && opened.range.start < at.range.start)
        };
        !fact.scope.open.is_empty() || around.into_iter().any(opens)
    }

    /// The first span that functions open below what is current where they are called, and the calls down to there.
    fn starts_below_nothing(
        &self,
        bodies: &[FunctionId],
        calls: &Calls,
        graph: &PropagationGraph,
    ) -> Option<(FileRange, Vec<FileRange>)> {
        let mut seen = FxHashSet::default();
        let mut level: Vec<(FunctionId, Vec<FileRange>)> = bodies.iter().map(|body| (*body, Vec::new())).collect();
        for _ in 0..=DEPTH {
            let mut next = Vec::new();
            for (function, path) in level {
                if !seen.insert(function) || self.is_own_work(function, graph) {
                    continue;
                }
                let mut starts = self.analysis.starts.iter();
                let own = starts.find(|((_, opener), fact)| {
                    *opener == function && fact.parent.iter().any(|id| self.is_current_in(*id, function))
                });
                if let Some(((at, _), _)) = own {
                    return Some((*at, path.into_iter().chain([*at]).collect()));
                }
                let below = calls.get(&function).into_iter().flatten();
                next.extend(below.map(|(callee, at)| (*callee, path.iter().copied().chain([*at]).collect())));
            }
            level = next;
        }
        None
    }

    /// Whether a value is what is current when a function is called.
    fn is_current_in(&self, id: ValueId, function: FunctionId) -> bool {
        let slots = self.analysis.slots.len();
        matches!(self.analysis.values.get(id), Value::Parameter(owner, index)
            if *owner == function && super::ambient::slot_of(*index, slots).is_some())
    }

    fn calls(&self) -> Calls {
        let mut calls = Calls::default();
        for (callee, sites) in &self.analysis.wiring.callers {
            for site in sites {
                calls.entry(site.caller).or_default().push((*callee, site.at));
            }
        }
        calls.values_mut().for_each(|callees| callees.sort_by_key(|(callee, at)| (*at, *callee)));
        calls
    }

    /// The fresh context that spawned work uses, and where.
    fn loss(
        &mut self,
        at: FileRange,
        fact: &SpawnFact,
        calls: &Calls,
        graph: &PropagationGraph,
    ) -> Option<(FileRange, Vec<FileRange>, Confidence)> {
        if !fact.bodies.is_empty() && fact.bodies.iter().all(|body| self.is_own_work(*body, graph)) {
            return None;
        }
        if let Some((fresh, by, chain)) = &fact.fresh
            && self.needs_context(*by, graph)
        {
            return Some((*fresh, chain.iter().skip(1).copied().collect(), Confidence::High));
        }
        if fact.given.iter().any(|id| self.brings_context(*id, DEPTH)) {
            return None;
        }
        let mut seen = FxHashSet::default();
        let mut level: Vec<(FunctionId, Vec<FileRange>)> = fact.bodies.iter().map(|body| (*body, Vec::new())).collect();
        for depth in 0..=DEPTH {
            let mut next = Vec::new();
            for (function, path) in level {
                if !seen.insert(function) || self.is_own_work(function, graph) {
                    continue;
                }
                if let Some((fresh, mut used)) = self.loss_in(function, graph, at) {
                    let mut whole = path.clone();
                    whole.append(&mut used);
                    return Some((fresh, whole, if depth == 0 { Confidence::High } else { Confidence::Medium }));
                }
                for (callee, at) in calls.get(&function).into_iter().flatten() {
                    next.push((*callee, path.iter().copied().chain([*at]).collect()));
                }
            }
            level = next;
        }
        None
    }

    /// A fresh context, or a root, that a function makes for a span or an edge.
    fn loss_in(
        &mut self,
        function: FunctionId,
        graph: &PropagationGraph,
        spawn: FileRange,
    ) -> Option<(FileRange, Vec<FileRange>)> {
        let facts: Vec<(FileRange, Use, Vec<FileRange>)> = self
            .analysis
            .detached
            .iter()
            .filter(|(_, fact)| fact.function == function)
            .map(|(at, fact)| (*at, fact.by, fact.chain.to_vec()))
            .collect();
        for (at, by, chain) in facts {
            if self.needs_context(by, graph) {
                return Some((at, chain));
            }
        }
        let roots = self.analysis.starts.iter().filter(|((_, opener), _)| *opener == function);
        let bare = roots
            .map(|((at, _), fact)| (*at, fact))
            .find(|(at, fact)| fact.parent.is_empty() && !self.meant_as_root(*at) && *at != spawn);
        bare.map(|(at, _)| (at, vec![at]))
    }

    fn needs_context(&mut self, by: Use, graph: &PropagationGraph) -> bool {
        match by {
            Use::Parent(span, _) => {
                let opened = self.analysis.values.object(span);
                !self.meant_as_root(opened.site) && !self.meant_as_root(opened.here)
            }
            Use::Edge(edge) => self.depends_on_context(edge, graph),
        }
    }

    /// Whether a function is a root of its own: it answers what arrives, reads a context, or waits in a loop for something.
    fn is_own_work(&self, function: FunctionId, graph: &PropagationGraph) -> bool {
        graph.inbound.iter().any(|edge| edge.handler == function)
            || self.analysis.extracts.values().any(|fact| fact.function == function)
            || waits_in_loop(&self.analysis.codebase.function(function).steps)
    }

    /// Whether a request is being answered where a function runs: it, or one that calls it, is a handler; or a span is open.
    pub(super) fn in_request(&mut self, function: FunctionId, scope: &Scope, graph: &PropagationGraph) -> bool {
        if !scope.open.is_empty() {
            return true;
        }
        self.above(function)
            .into_iter()
            .any(|id| self.has_handler_shape(id) || graph.inbound.iter().any(|edge| edge.handler == id))
    }

    /// Whether the request that leads here has a context that nobody reads: then that is the finding.
    pub(super) fn lacks_extract_above(&self, function: FunctionId, graph: &PropagationGraph) -> bool {
        let above = self.above(function);
        let edges: Vec<_> = graph.inbound.iter().filter(|edge| above.contains(&edge.handler)).collect();
        !edges.is_empty() && edges.iter().all(|edge| edge.extracted.is_none() && edge.confidence > Confidence::Low)
    }

    /// A function, those it is written in, and those that call any of them.
    pub(super) fn above(&self, function: FunctionId) -> FxHashSet<FunctionId> {
        let mut seen = FxHashSet::default();
        let mut pending = vec![function];
        while let Some(id) = pending.pop() {
            if seen.len() < ABOVE && seen.insert(id) {
                let sites = self.analysis.wiring.callers.get(&id).map(Vec::as_slice).unwrap_or_default();
                pending.extend(sites.iter().map(|site| site.caller));
                pending.extend(self.analysis.codebase.owner(id));
            }
        }
        seen
    }

    /// Whether a value holds a context that may be part of a trace, in itself or in what it is made of.
    fn brings_context(&self, id: ValueId, depth: usize) -> bool {
        let values = &self.analysis.values;
        if depth == 0 {
            return false;
        }
        let any = |set: &Set| set.iter().any(|id| self.brings_context(*id, depth - 1));
        match values.get(id) {
            Value::Object(object) => {
                let held = values.object(*object);
                match held.kind {
                    ObjectKind::Span(_) | ObjectKind::Remote => true,
                    ObjectKind::Fresh => false,
                    _ => held.parts.iter().any(|(_, set)| any(set)) || self.type_holds_context(&held.ty, 2),
                }
            }
            Value::Closure(_, captured) => captured.iter().any(|(_, set)| any(set)),
            Value::Bound(_, receiver) | Value::LibraryBound(_, receiver) => any(receiver),
            Value::Parameter(..) | Value::Captured(..) | Value::Part(..) | Value::Global(_) => {
                self.type_holds_context(&values.type_of(id), 2)
            }
            _ => false,
        }
    }

    /// Whether values of a type may hold a context.
    pub(super) fn type_holds_context(&self, ty: &Type, depth: usize) -> bool {
        match ty {
            Type::Library(path) => {
                let roles = ["context", "request", "span", "span-context", "carrier"];
                self.analysis.models.ty(path).is_some_and(|model| roles.iter().any(|role| model.is(role)))
            }
            Type::Declared(owner, _) if depth > 0 => {
                self.analysis.codebase.field_types(*owner).iter().any(|ty| self.type_holds_context(ty, depth - 1))
            }
            Type::List(inner) | Type::Map(inner) | Type::Channel(inner) => self.type_holds_context(inner, depth),
            _ => false,
        }
    }
}

/// How many functions above one are looked at.
const ABOVE: usize = 2000;

/// Whether steps wait again and again for something that comes: a loop around a receive.
pub(super) fn waits_in_loop(steps: &[Step]) -> bool {
    let waits = |steps: &[Step]| {
        let mut found = false;
        crate::facts::walk(steps, &mut |step| found |= matches!(step.kind, StepKind::Receive { .. }));
        found
    };
    steps.iter().any(|step| match &step.kind {
        StepKind::Loop { steps, .. } => waits(steps),
        StepKind::Branch { arms, .. } => arms.iter().any(|arm| waits_in_loop(&arm.steps)),
        _ => false,
    })
}
