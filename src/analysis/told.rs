//! Sends of what callers gave: a helper that sends for many, and could write the context for all of them.

use super::build::Builder;
use super::frame::Frame;
use super::graph::{Carried, OutboundEdge};
use super::scope::Scope;
use super::summary::{Effect, SendEffect};
use super::value::{Value, ValueId};
use crate::codebase::FunctionId;
use crate::model::Installs;
use crate::text::FileRange;
use std::collections::BTreeMap;

/// A send of what callers gave.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ToldSend {
    function: FunctionId,
    scope: Scope,
}

impl Frame<'_, '_> {
    /// Notes a send of what callers gave. Where a context has to be named, only those who name it can write it.
    pub(super) fn note_told(&mut self, effect: &Effect) {
        let [at] = effect.chain.as_slice() else { return };
        if self.analysis.slots.is_empty() || self.analysis.told.contains_key(at) {
            return;
        }
        let told = ToldSend { function: self.id, scope: self.scope(at.range) };
        self.analysis.told.insert(*at, told);
    }
}

impl Builder<'_, '_> {
    /// Says once, where it leaves, what no caller of a helper writes. One caller that does shows that it is their task.
    pub(super) fn merged_where_they_leave(&mut self, edges: Vec<OutboundEdge>) -> Vec<OutboundEdge> {
        let mut by_helper: BTreeMap<FileRange, Vec<OutboundEdge>> = BTreeMap::new();
        let mut merged = Vec::new();
        for edge in edges {
            match edge.chain.last() {
                Some(leaves) if self.could_write(*leaves) => by_helper.entry(*leaves).or_default().push(edge),
                _ => merged.push(edge),
            }
        }
        for (leaves, edges) in by_helper {
            let (bare, others): (Vec<_>, Vec<_>) =
                edges.into_iter().partition(|edge| edge.carried == Carried::Nothing && edge.late.is_none());
            let task_of_callers = others.iter().any(|edge| !self.is_open(edge));
            match self.one_for_all(leaves, &bare).filter(|_| !task_of_callers) {
                Some(one) => merged.push(one),
                None => merged.extend(bare),
            }
            merged.extend(others);
        }
        merged.sort_by_key(|edge| edge.at);
        merged
    }

    fn could_write(&self, leaves: FileRange) -> bool {
        self.analysis.told.contains_key(&leaves) && self.analysis.codebase.file(leaves.file).reported
    }

    /// Whether nothing in the codebase says what an edge carries: a helper on the way there has callers outside alone.
    fn is_open(&self, edge: &OutboundEdge) -> bool {
        edge.carried == Carried::Unknown && !self.analysis.wiring.callers.contains_key(&edge.function)
    }

    fn one_for_all(&mut self, leaves: FileRange, edges: &[OutboundEdge]) -> Option<OutboundEdge> {
        let surest = edges.iter().max_by_key(|edge| edge.confidence)?;
        let told = self.analysis.told.get(&leaves)?.clone();
        let traced = self.traced(told.function);
        Some(OutboundEdge {
            function: told.function,
            at: leaves,
            chain: vec![leaves],
            scope: told.scope,
            in_trace: edges.iter().any(|edge| edge.in_trace),
            traced,
            ..surest.clone()
        })
    }

    /// Whether users of a library that sets up their tracer have this function send for them, to where they say, by a client
    /// that they made: spans are open around it then.
    pub(super) fn is_offered_with_tracing(&self, function: FunctionId, send: &SendEffect) -> bool {
        let (codebase, values) = (self.analysis.codebase, &self.analysis.values);
        let requests = values.objects(&send.request).filter_map(|(object, _)| values.part_of(object, "url"));
        let is_given = |id: &ValueId| matches!(values.get(*id), Value::Parameter(..));
        let told = requests.chain([&send.url]).flatten().any(is_given);
        if !told || self.analysis.slots.is_empty() || !values.is_symbolic(&send.through) {
            return false;
        }
        let module = |id: FunctionId| codebase.file(codebase.function_file(id)).module;
        let is_here = |other: FunctionId| module(other) == module(function);
        let mut tracers = self.analysis.installs.iter().filter(|((_, what), _)| *what == Installs::Tracer);
        tracers.any(|(_, fact)| is_here(fact.function))
    }
}
