//! Middleware in the wrong place: outside what reads the caller's context, or too far inside.

use super::build::Builder;
use super::graph::{Misplaced, MisplacedKind};
use super::handler::{Layer, Way};
use super::inbound::Candidate;
use super::value::{ObjectId, Set, Value};
use crate::codebase::FunctionId;
use crate::diagnostic::Confidence;
use crate::facts::Name;
use crate::text::FileRange;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

/// A fault, by what is wrong where, with what it relates to and a function to which it belongs.
type Faults = BTreeMap<(MisplacedKind, FileRange), (FileRange, FunctionId)>;

/// What the ways through one list of middleware have in common.
#[derive(Default)]
struct Chain {
    endpoints: Vec<(FunctionId, Option<Name>)>,
    reads: Option<FileRange>,
    unknown: bool,
}

/// More functions than these are not searched for one middleware.
const SEARCHED: usize = 200;

impl Builder<'_, '_> {
    pub(super) fn misplaced(&mut self, candidates: &[Candidate]) -> Vec<Misplaced> {
        let (mut faults, mut right) = (Faults::default(), FxHashSet::default());
        for candidate in candidates {
            for way in candidate.ways.iter().filter(|way| !way.unordered) {
                outside(way, candidate.handler, &mut faults);
                self.outside_needed(way, candidate.handler, &mut faults);
                self.inside(way, candidate.handler, &mut faults, &mut right);
            }
        }
        let mut found = self.bare_chains(candidates);
        for ((what, at), (other, function)) in faults {
            let late = matches!(what, MisplacedKind::ReadsAgain | MisplacedKind::ReadsLate);
            if late && right.contains(&function) {
                continue;
            }
            let traced = self.traced(function);
            found.push(Misplaced { at, what, other, endpoints: Vec::new(), confidence: Confidence::Medium, traced });
        }
        found.retain(|fault| self.analysis.codebase.file(fault.at.file).reported);
        found
    }

    /// What stands outside the middleware that it needs around it, if that is there at all.
    fn outside_needed(&self, way: &Way, handler: FunctionId, faults: &mut Faults) {
        let models = self.analysis.models;
        for (index, layer) in way.layers.iter().enumerate() {
            let Some(needed) = layer.ty.as_ref().and_then(|ty| models.ty(ty)?.inside.as_ref()) else { continue };
            let is_needed = |other: &&Layer| other.ty.as_ref() == Some(needed);
            let (outer, inner) = (&way.layers[..index], &way.layers[index + 1..]);
            if let Some(late) = inner.iter().find(is_needed)
                && !outer.iter().any(|other| other.unknown || is_needed(&other))
            {
                faults.entry((MisplacedKind::OutsideNeeded, layer.at)).or_insert((late.at, handler));
            }
        }
    }

    /// What reads a context though the span is open already. Middleware that has no span around it anywhere goes into `right`.
    fn inside(&self, way: &Way, handler: FunctionId, faults: &mut Faults, right: &mut FxHashSet<FunctionId>) {
        let mut span: Option<&Layer> = None;
        for layer in &way.layers {
            let Some(function) = layer.function else {
                span = span.or(Some(layer).filter(|layer| layer.starts));
                continue;
            };
            let Some(open) = span else {
                right.insert(function);
                span = Some(layer).filter(|layer| layer.starts);
                continue;
            };
            if let Some(reads) = layer.extracts
                && open.extracts.is_some()
                && self.replaces_the_context(reads)
            {
                faults.entry((MisplacedKind::ReadsAgain, reads)).or_insert((open.at, function));
            }
            if function != handler && self.reads_something_else(function, layer.extracts) {
                faults.entry((MisplacedKind::ReadsLate, layer.at)).or_insert((open.at, function));
            }
        }
    }

    /// Whether what is read extends the context of the request, so that it takes the place of what that holds.
    fn replaces_the_context(&self, reads: FileRange) -> bool {
        let Some(fact) = self.analysis.extracts.get(&reads).filter(|fact| fact.used) else { return false };
        let of_request = |set: &Set| {
            let is_context = |id| matches!(self.analysis.values.get(id), Value::Part(_, part) if part == "context");
            set.iter().any(|id| is_context(*id))
        };
        self.analysis.values.part_of(fact.gives, "base").is_some_and(of_request)
    }

    /// Whether a middleware, or what it calls, reads a context that does not come with the request's headers.
    fn reads_something_else(&self, function: FunctionId, header: Option<FileRange>) -> bool {
        if !self.analysis.summaries.get(&function).is_some_and(|summary| summary.below.extracts) {
            return false;
        }
        let (mut called, mut pending) = (FxHashSet::default(), vec![function]);
        while let Some(id) = pending.pop() {
            if called.len() < SEARCHED && called.insert(id) {
                pending.extend(self.analysis.mentions.get(&id).into_iter().flatten().copied());
            }
        }
        let mut extracts = self.analysis.extracts.iter();
        extracts.any(|(at, fact)| called.contains(&fact.function) && Some(*at) != header && fact.used)
    }

    /// Served lists of middleware in which nothing reads the context, in programs where others have something that does.
    fn bare_chains(&mut self, candidates: &[Candidate]) -> Vec<Misplaced> {
        let mut chains = FxHashMap::<ObjectId, Chain>::default();
        for candidate in candidates {
            for way in &candidate.ways {
                let (Some(chain), Some(_)) = (way.chain, &way.served) else { continue };
                let chain = chains.entry(chain).or_default();
                chain.endpoints.push((candidate.handler, candidate.path.clone()));
                chain.unknown |= way.layers.iter().any(|layer| layer.unknown);
                let around = way.layers.iter().filter(|layer| layer.function != Some(candidate.handler));
                chain.reads = chain.reads.or(around.into_iter().find_map(|layer| layer.extracts.map(|_| layer.at)));
                chain.unknown |= way.extracted().is_some() && chain.reads.is_none();
            }
        }
        let mut bare = Vec::new();
        for (object, chain) in &chains {
            if chain.reads.is_some() || chain.unknown {
                continue;
            }
            let held = self.analysis.values.object(*object);
            let (at, codebase) = (held.here, self.analysis.codebase);
            // Routers of the codebase share their fields, so what is behind another one seems to be behind this one too.
            let package = codebase.function_package(held.function);
            let mut endpoints = chain.endpoints.clone();
            endpoints.retain(|(handler, _)| codebase.function_package(*handler) == package);
            let shares = |other: &Chain| self.share_program(&chain.endpoints, &other.endpoints);
            let Some(reads) = chains.values().filter(|other| shares(other)).find_map(|other| other.reads) else {
                continue;
            };
            let Some(first) = endpoints.first().map(|(handler, _)| *handler) else { continue };
            bare.push(Misplaced {
                at,
                what: MisplacedKind::Chain,
                other: reads,
                endpoints,
                traced: self.traced(first),
                confidence: Confidence::Medium,
            });
        }
        bare.sort_by_key(|fault| fault.at);
        bare
    }

    fn share_program(&self, some: &[(FunctionId, Option<Name>)], others: &[(FunctionId, Option<Name>)]) -> bool {
        let (Some((one, _)), Some((other, _))) = (some.first(), others.first()) else { return false };
        self.programs.iter().any(|program| {
            program.entry.is_some() && program.functions.contains(one) && program.functions.contains(other)
        })
    }
}

/// What sends or opens a span before the context is read.
fn outside(way: &Way, handler: FunctionId, faults: &mut Faults) {
    let Some(reader) = way.layers.iter().position(|layer| layer.extracts.is_some()) else { return };
    let at = way.layers[reader].at;
    // A handler that reads the context by itself says nothing of what stands around it.
    if way.layers[reader].function == Some(handler) {
        return;
    }
    for layer in &way.layers[..reader] {
        let Some(function) = layer.function.filter(|_| !layer.unknown) else {
            if layer.unknown {
                return;
            }
            continue;
        };
        let what = match (layer.starts, layer.sends) {
            (true, _) => MisplacedKind::Starts,
            (false, true) => MisplacedKind::Sends,
            (false, false) => continue,
        };
        faults.entry((what, layer.at)).or_insert((at, function));
    }
}
