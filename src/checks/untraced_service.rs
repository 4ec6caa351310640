//! `untraced-service`: a service with inbound edges and no tracing at all.

use super::{Check, Pass, Untraced, label};
use crate::analysis::graph::{InboundEdge, Traced};
use crate::diagnostic::{Confidence, Diagnostic, Severity};

pub(super) const CHECK: Check = Check {
    id: "untraced-service",
    doc: include_str!("untraced_service.md"),
    severity: Severity::Note,
    fix: None,
    run,
};

fn run(pass: &Pass<'_>) -> Vec<Diagnostic> {
    if pass.untraced != Untraced::Service {
        return Vec::new();
    }
    (0..pass.graph.programs.len()).filter_map(|program| report(pass, program)).collect()
}

fn report(pass: &Pass<'_>, program: usize) -> Option<Diagnostic> {
    // Commands beside a service that traces are none.
    let entry = pass.graph.programs[program].entry.filter(|_| !pass.graph.programs[program].traced)?;
    let edges: Vec<&InboundEdge> =
        pass.graph.inbound.iter().filter(|edge| edge.traced == Traced::No(program)).collect();
    // A program that only writes down what its routes are answers none.
    let sure = edges.iter().find(|edge| edge.confidence > Confidence::Low);
    let first = sure.or(edges.first())?;
    let confidence = if sure.is_some() { Confidence::High } else { Confidence::Low };
    // Where a traced service calls it, each edge is reported for itself.
    if edges.iter().any(|edge| edge.called_from.is_some()) {
        return None;
    }
    let at = pass.head_of(entry);
    let leaving = pass.graph.outbound.iter().filter(|edge| edge.traced == Traced::No(program)).count();
    let message = format!("this service answers requests and traces none of them ({} in, {leaving} out)", edges.len());
    let help = "traces of its callers end here; set up a tracer, or pass `--untraced ignore` if that is meant";
    let mut diagnostic = CHECK.finding(at, confidence, message, help);
    diagnostic.labels.push(label(at, "the service starts here"));
    let arrives = first.registration.map_or_else(|| pass.head_of(first.handler), |at| pass.first_line(at));
    diagnostic.labels.push(label(arrives, "requests arrive here"));
    Some(diagnostic)
}
