//! Where a trace comes in and goes out, for whoever points at such a place: what carries the context there.

use crate::analysis::graph::{Carried, InboundEdge, OutboundEdge, PropagationGraph, Traced};
use crate::codebase::Codebase;
use crate::diagnostic::Confidence;
use crate::facts::Name;
use crate::text::FileRange;

/// A place where a carrier arrives or leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The call, or the name of the function that answers.
    pub at: FileRange,
    /// Whether it arrives or leaves.
    pub direction: Direction,
    /// The path that is answered, or the function of a library that sends.
    pub name: Option<Name>,
    /// What becomes of the context.
    pub context: EdgeContext,
}

/// Which way a carrier goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// It arrives.
    Inbound,
    /// It leaves.
    Outbound,
}

/// What becomes of the context where a carrier arrives or leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EdgeContext {
    /// The code that this is reads it, or what this makes reads or writes it.
    CarriedBy(FileRange),
    /// The code writes it.
    Carried,
    /// Nobody reads or writes it.
    Lost,
    /// Nobody does, and the service makes no spans.
    Untraced,
    /// Not to be told.
    Unknown,
}

/// The edges in files that are reported on, by place.
pub(super) fn of(codebase: &Codebase, graph: &PropagationGraph) -> Vec<Edge> {
    let inbound = graph.inbound.iter().flat_map(|edge| of_inbound(codebase, edge));
    let mut edges: Vec<Edge> = inbound.chain(graph.outbound.iter().map(of_outbound)).collect();
    edges.retain(|edge| codebase.is_reported(edge.at));
    // One call can be an edge for several programs or callers. Where one of them goes bare, that is what matters.
    edges.sort_by_key(|edge| (edge.at, edge.context.rank()));
    edges.dedup_by_key(|edge| (edge.at, edge.direction == Direction::Inbound));
    edges
}

impl Edge {
    /// Files of a language are numbered from 0 while they are analysed; in the report they follow those before.
    pub(super) fn shift(&mut self, by: u32) {
        self.at.file.0 += by;
        if let EdgeContext::CarriedBy(at) = &mut self.context {
            at.file.0 += by;
        }
    }
}

impl EdgeContext {
    fn rank(self) -> u8 {
        match self {
            EdgeContext::Lost => 0,
            EdgeContext::Untraced => 1,
            EdgeContext::CarriedBy(_) => 2,
            EdgeContext::Carried => 3,
            EdgeContext::Unknown => 4,
        }
    }

    fn lost(confidence: Confidence, traced: Traced) -> EdgeContext {
        match (confidence, traced) {
            (Confidence::Low, _) => EdgeContext::Unknown,
            (_, Traced::No(_)) => EdgeContext::Untraced,
            (_, Traced::Yes) => EdgeContext::Lost,
        }
    }
}

/// At the registration, and at the name of what answers.
fn of_inbound(codebase: &Codebase, edge: &InboundEdge) -> Vec<Edge> {
    let context = match edge.extracted.or(edge.covered) {
        Some(at) => EdgeContext::CarriedBy(at),
        None => EdgeContext::lost(edge.confidence, edge.traced),
    };
    let handler =
        FileRange { file: codebase.function_file(edge.handler), range: codebase.function(edge.handler).name_range };
    let places = [edge.registration, edge.taken, Some(handler)];
    let at = |at| Edge { at, direction: Direction::Inbound, name: edge.path.clone(), context };
    places.into_iter().flatten().map(at).collect()
}

fn of_outbound(edge: &OutboundEdge) -> Edge {
    let context = match edge.carried {
        Carried::Injected => EdgeContext::Carried,
        Carried::Wrapped(at) => EdgeContext::CarriedBy(at),
        Carried::Nothing => EdgeContext::lost(edge.confidence, edge.traced),
        Carried::Unknown => EdgeContext::Unknown,
    };
    Edge { at: edge.at, direction: Direction::Outbound, name: Some(edge.symbol.clone()), context }
}
