//! `uncovered-route`: tracing middleware is there, but not around this route; or something runs outside it that needs it.

use super::anchor::Anchors;
use super::missing_extract::{self, is_health, shares_program};
use super::repair::fixes;
use super::{Check, Pass, label};
use crate::analysis::graph::{InboundEdge, Misplaced, MisplacedKind};
use crate::diagnostic::{Confidence, Diagnostic, Severity};
use crate::fix::{Applicability, Fix};
use crate::text::FileRange;

pub(super) const CHECK: Check = Check {
    id: "uncovered-route",
    doc: include_str!("uncovered_route.md"),
    severity: Severity::Error,
    fix: Some(Applicability::Unsafe),
    run,
};

/// Routes that one edit would cover.
struct Uncovered<'p> {
    at: FileRange,
    /// The middleware that should stand around them.
    covers: FileRange,
    late: bool,
    routes: Vec<&'p InboundEdge>,
}

fn run(pass: &Pass<'_>) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> =
        pass.graph.misplaced.iter().filter_map(|misplaced| report_misplaced(pass, misplaced)).collect();
    let mut causes: Vec<Uncovered<'_>> = Vec::new();
    for edge in pass.graph.inbound.iter().filter(|edge| edge.needs_context && !is_behind_bare_chain(pass, edge)) {
        let Some(covers) = sibling(pass, edge) else { continue };
        let at = cause(pass, edge);
        match causes.iter_mut().find(|known| known.at == at) {
            Some(known) => known.routes.push(edge),
            None => causes.push(Uncovered { at, covers, late: edge.missed.is_some(), routes: vec![edge] }),
        }
    }
    found.extend(causes.iter().filter_map(|uncovered| report(pass, uncovered)));
    found
}

/// Tracing middleware that covers another route of the same sort of router, or was meant for this one, if none covers this.
pub(super) fn sibling(pass: &Pass<'_>, edge: &InboundEdge) -> Option<FileRange> {
    if edge.extracted.is_some() || edge.confidence == Confidence::Low {
        return None;
    }
    let same = |other: &&InboundEdge| {
        edge.family.is_some() && other.family == edge.family && shares_program(pass, edge, other)
    };
    let covered = || pass.graph.inbound.iter().filter(same).find_map(|other| other.covered);
    // Where each route is wrapped by itself, a handler with a span of its own can read the context itself.
    if edge.missed.is_none() && edge.span.is_some() && has_covered_routes(pass, edge) {
        return None;
    }
    edge.missed.or_else(covered)
}

/// Whether the chain around all that is served with a route is what lacks the middleware.
pub(super) fn is_behind_bare_chain(pass: &Pass<'_>, edge: &InboundEdge) -> bool {
    let is_it = |fault: &Misplaced| fault.what == MisplacedKind::Chain && Some(fault.at) == edge.chain;
    pass.graph.misplaced.iter().any(is_it)
}

/// Whether other routes of the same router are covered.
fn has_covered_routes(pass: &Pass<'_>, edge: &InboundEdge) -> bool {
    let covered =
        |other: &InboundEdge| other.family == edge.family && other.router == edge.router && other.covered.is_some();
    pass.graph.inbound.iter().any(covered)
}

/// The middleware that comes too late; else the router, unless other routes of it are covered; else the route.
fn cause(pass: &Pass<'_>, edge: &InboundEdge) -> FileRange {
    if let Some(missed) = edge.missed {
        return pass.first_line(pass.name_of_call(missed));
    }
    match (edge.router, edge.registration) {
        (Some(router), _) if !has_covered_routes(pass, edge) => pass.first_line(pass.name_of_call(router)),
        (_, Some(at)) => pass.first_line(pass.name_of_call(at)),
        (Some(at), None) => pass.first_line(pass.name_of_call(at)),
        (None, None) => pass.head_of(edge.handler),
    }
}

fn report(pass: &Pass<'_>, uncovered: &Uncovered<'_>) -> Option<Diagnostic> {
    let (first, others) = uncovered.routes.split_first()?;
    let severity = uncovered.routes.iter().find_map(|edge| pass.severity(&CHECK, edge.traced))?;
    let confidence = uncovered.routes.iter().map(|edge| edge.confidence).max()?;
    let name = pass.handler_name(first);
    let (routes, run) = match others.len() {
        0 => (name, "runs"),
        1 => (format!("{name} and one more route"), "run"),
        more => (format!("{name} and {more} more routes"), "run"),
    };
    let (message, help, here) = if uncovered.late {
        (
            format!("tracing middleware is added too late for {routes}"),
            "a route takes the middleware that is there when it is added; add the tracing middleware first",
            "routes above this line are not covered by it",
        )
    } else {
        (
            format!("{routes} {run} outside the tracing middleware"),
            "requests come here without passing the middleware that reads the caller's trace context; add it to this router, or \
             put it around all that is served",
            "nothing around this reads the context",
        )
    };
    let mut diagnostic = Diagnostic { severity, ..CHECK.finding(uncovered.at, confidence, message, help) };
    if !uncovered.late {
        diagnostic.labels.push(label(pass.name_of_call(uncovered.covers), "this covers other routes"));
    }
    for edge in uncovered.routes.iter().take(SHOWN) {
        if let Some(at) = edge.registration.map(|at| pass.first_line(pass.name_of_call(at)))
            && at != uncovered.at
        {
            diagnostic.labels.push(label(at, "this route is not covered"));
        }
    }
    diagnostic.labels.push(label(uncovered.at, here));
    pass.offer(&mut diagnostic, || repairs(pass, first));
    Some(diagnostic)
}

/// The middleware where the router is made; or, where none is there yet, what would read the context for all of its routes.
fn repairs(pass: &Pass<'_>, edge: &InboundEdge) -> Vec<Fix> {
    let Some(router) = edge.router else { return Vec::new() };
    let Some((_, maker)) = pass.call_at(router) else { return Vec::new() };
    let Some(family) = edge.family.clone() else { return Vec::new() };
    let mut anchors = Anchors::new(pass, maker);
    anchors.makes("server", router, family);
    if let Some(missed) = edge.missed {
        anchors.late(missed, router);
        return fixes(pass, CHECK.id, &anchors);
    }
    if has_covered_routes(pass, edge) {
        return Vec::new();
    }
    if edge.outer_router == edge.router {
        anchors.served(edge);
    }
    fixes(pass, missing_extract::CHECK.id, &anchors)
}

/// How many routes a finding shows.
const SHOWN: usize = 3;

fn report_misplaced(pass: &Pass<'_>, misplaced: &Misplaced) -> Option<Diagnostic> {
    let severity = pass.severity(&CHECK, misplaced.traced)?;
    let (message, help, here, other) = match misplaced.what {
        MisplacedKind::Sends => (
            "this middleware makes calls outside the tracing middleware",
            "what it sends belongs to no trace of the caller; put the tracing middleware around it",
            "it sends before the caller's context is read",
            "the context is read here, further in",
        ),
        MisplacedKind::Starts => (
            "this middleware opens a span outside the tracing middleware",
            "the span starts a new trace; put the middleware that reads the caller's context around it",
            "it opens a span before the caller's context is read",
            "the context is read here, further in",
        ),
        MisplacedKind::ReadsLate => (
            "this middleware reads a trace context when the server's span is open already",
            "the server's span is a root of its own by then; read the context in a middleware outside the one that opens the span",
            "it reads a context here",
            "this opens the span, further out",
        ),
        MisplacedKind::OutsideNeeded => (
            "this middleware stands outside the one that it needs around it",
            "what it opens for a request lands where the one before or after it finds it; swap the two",
            "it needs the other one around it",
            "this stands further in",
        ),
        MisplacedKind::Chain => {
            if misplaced.endpoints.iter().all(|(handler, path)| is_health(pass, *handler, path.as_deref())) {
                return None;
            }
            (
                "nothing in this chain reads the caller's trace context",
                "other chains of the program have tracing middleware; every trace ends at the handlers behind this one; add it here too",
                "no middleware of this chain reads the context",
                "this is what reads it elsewhere",
            )
        }
        // A context that is replaced is the matter of another check.
        MisplacedKind::ReadsAgain => return None,
    };
    let at = pass.first_line(misplaced.at);
    let mut diagnostic = Diagnostic { severity, ..CHECK.finding(at, misplaced.confidence, message.to_owned(), help) };
    diagnostic.labels.push(label(pass.name_of_call(misplaced.other), other));
    diagnostic.labels.push(label(at, here));
    Some(diagnostic)
}
