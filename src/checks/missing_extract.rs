//! `missing-extract`: an inbound edge whose remote context nobody reads.

use super::anchor::Anchors;
use super::repair::fixes;
use super::uncovered_route::{is_behind_bare_chain, sibling};
use super::{Check, Pass, label};
use crate::analysis::graph::InboundEdge;
use crate::codebase::FunctionId;
use crate::diagnostic::{Confidence, Diagnostic, Severity};
use crate::fix::Applicability;
use crate::model::EdgeKind;
use crate::text::FileRange;
use rustc_hash::FxHashMap;
use std::collections::hash_map::Entry;

pub(super) const CHECK: Check = Check {
    id: "missing-extract",
    doc: include_str!("missing_extract.md"),
    severity: Severity::Error,
    fix: Some(Applicability::Safe),
    run,
};

fn run(pass: &Pass<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut places = FxHashMap::default();
    for edge in pass.graph.inbound.iter().filter(|edge| edge.extracted.is_none() && is_worth_a_report(pass, edge)) {
        // Where other routes are covered, the place of the middleware is the matter of another check.
        if edge.needs_context && (sibling(pass, edge).is_some() || is_behind_bare_chain(pass, edge)) {
            continue;
        }
        // A service without tracing is at fault if a traced one of the same codebase calls it.
        let severity = match pass.severity(&CHECK, edge.traced) {
            None if edge.called_from.is_some() => Some(CHECK.severity),
            severity => severity,
        };
        let Some(severity) = severity else { continue };
        let at = place(pass, edge);
        // Of several routes behind one middleware, the one of which most is known stands for all.
        match places.entry(at) {
            Entry::Vacant(new) => {
                new.insert(found.len());
                found.push(report(pass, edge, at, severity));
            }
            Entry::Occupied(known) if edge.opened_by.is_some() => {
                let finding = report(pass, edge, at, severity);
                let known = &mut found[*known.get()];
                if finding.confidence > known.confidence {
                    *known = finding;
                }
            }
            Entry::Occupied(_) => {}
        }
    }
    found
}

/// A route that neither sends nor opens a span is one only where no other route is covered, as far as can be told, and never
/// a health check. What only a platform asks is none whatever it does: no trace asks for it.
fn is_worth_a_report(pass: &Pass<'_>, edge: &InboundEdge) -> bool {
    if edge.called_from.is_none() && is_probe(pass, edge) {
        return false;
    }
    // Who only logs or stores a message has nothing that could belong to its sender's trace.
    if edge.needs_context || edge.kind == EdgeKind::Message {
        return edge.needs_context;
    }
    let covered = |other: &InboundEdge| {
        (other.extracted.is_some() || other.confidence == Confidence::Low) && shares_program(pass, edge, other)
    };
    !is_health(pass, edge.handler, edge.path.as_deref()) && !pass.graph.inbound.iter().any(covered)
}

pub(super) fn shares_program(pass: &Pass<'_>, one: &InboundEdge, other: &InboundEdge) -> bool {
    pass.graph.programs.iter().any(|program| {
        program.entry.is_some()
            && program.functions.contains(&one.handler)
            && program.functions.contains(&other.handler)
    })
}

/// Words of paths and function names that platforms ask, not callers.
const HEALTH: &[&str] = &[
    "health",
    "healthz",
    "healthcheck",
    "live",
    "livez",
    "liveness",
    "ready",
    "readyz",
    "readiness",
    "ping",
    "metrics",
    "status",
    "version",
    "favicon",
    "pprof",
];

pub(super) fn is_health(pass: &Pass<'_>, handler: FunctionId, path: Option<&str>) -> bool {
    let name = pass.codebase.function(handler).name.to_lowercase();
    let name = name.trim_end_matches("handler").trim_start_matches("handle").trim_matches('_');
    let path = path.unwrap_or_default().to_lowercase();
    HEALTH.contains(&name) || path.split(['/', ' ', '-', '_', '.']).any(|part| HEALTH.contains(&part))
}

/// Words of paths and function names that nobody but a platform asks.
const PROBES: &[&str] = &["health", "healthz", "healthcheck", "livez", "liveness", "readyz", "readiness"];

fn is_probe(pass: &Pass<'_>, edge: &InboundEdge) -> bool {
    let name = pass.codebase.function(edge.handler).name.to_lowercase().replace('_', "");
    let path = edge.path.as_deref().unwrap_or_default().to_lowercase();
    let mut parts = path
        .trim_end_matches('/')
        .rsplit(['/', ' '])
        .skip_while(|part| HEALTH.contains(part) && !PROBES.contains(part));
    PROBES.contains(&name.as_str()) || parts.next().is_some_and(|part| PROBES.contains(&part))
}

/// The call that takes a message; else what opens the span of a request, middleware or a call; else the registration; else the
/// handler.
fn place(pass: &Pass<'_>, edge: &InboundEdge) -> FileRange {
    if let Some(taken) = edge.taken {
        return pass.first_line(pass.name_of_call(taken));
    }
    if let Some(wrapper) = edge.opened_by {
        return pass.first_line(wrapper);
    }
    if let Some(span) = &edge.span {
        return pass.name_of_call(span.at);
    }
    match edge.registration {
        Some(at) => pass.first_line(pass.name_of_call(at)),
        None => pass.head_of(edge.handler),
    }
}

fn report(pass: &Pass<'_>, edge: &InboundEdge, at: FileRange, severity: Severity) -> Diagnostic {
    let (name, (what, from)) = (pass.handler_name(edge), carrier_words(edge.kind));
    let message = match (&edge.span, edge.taken) {
        _ if edge.opened_by.is_some() => {
            format!("this middleware opens a span for {what} without the {from}'s trace context")
        }
        (_, Some(_)) => format!("{name} takes a message and never reads the {from}'s trace context from it"),
        (Some(_), None) => format!("{name} opens a span without the {from}'s trace context"),
        (None, None) => format!("{name} never reads the {from}'s trace context"),
    };
    let help = match (&edge.span, edge.called_from) {
        _ if edge.kind == EdgeKind::Message => {
            "what is done for the message starts a new trace; extract the context from its headers and make it the parent of the \
             span that handles it, or link that span to it"
        }
        _ if edge.opened_by.is_some() => {
            "the span starts a new trace, so everything below it is cut off from the caller; use middleware that reads the \
             context from what arrives, or tell this one how"
        }
        (Some(_), _) => {
            "the span starts a new trace, so everything below it is cut off from the caller; extract the context \
             from what arrives and make it the span's parent"
        }
        (None, Some(_)) => {
            "a traced service of this codebase calls it, and the trace ends here; extract the context from what \
             arrives and open a span as its child"
        }
        (None, None) => {
            "the caller's trace ends here; extract the context from what arrives, in the handler or in a \
             middleware around it"
        }
    };
    let confidence = if edge.called_from.is_some() { edge.confidence.min(Confidence::Medium) } else { edge.confidence };
    let mut diagnostic = Diagnostic { severity, ..CHECK.finding(at, confidence, message, help) };
    let head = pass.head_of(edge.handler);
    if let Some(called) = edge.called_from {
        diagnostic.labels.push(label(pass.name_of_call(called), "a traced program calls it here"));
    }
    let inside = |at: FileRange| at.file == head.file && at.range.contains(head.range);
    if head != at && edge.taken.is_none() && !edge.registration.is_some_and(inside) {
        diagnostic.labels.push(label(head, format!("{what} arrives here, with the {from}'s context")));
    }
    let here = match (edge.taken, &edge.span) {
        (Some(_), _) => "it arrives here, with the sender's context",
        (None, _) if edge.opened_by.is_some() => "the span that this opens starts a new trace",
        (None, Some(_)) => "this span starts a new trace",
        (None, None) => "nothing around or in this handler reads the context",
    };
    diagnostic.labels.push(label(at, here));
    if let (Some(_), Some(span)) = (edge.taken, &edge.span) {
        diagnostic.labels.push(label(pass.name_of_call(span.at), "this span starts a new trace"));
    }
    diagnostic.cause =
        edge.served.filter(|_| edge.span.is_none() && edge.opened_by.is_none()).map(|at| pass.first_line(at));
    pass.offer(&mut diagnostic, || repairs(pass, edge));
    diagnostic
}

/// What arrives, and who sent it.
fn carrier_words(kind: EdgeKind) -> (&'static str, &'static str) {
    match kind {
        EdgeKind::Request => ("a request", "caller"),
        EdgeKind::Message => ("a message", "sender"),
    }
}

fn repairs(pass: &Pass<'_>, edge: &InboundEdge) -> Vec<crate::fix::Fix> {
    // Where what stands around the handler opens the span, the repair belongs there.
    let function = edge.span.as_ref().map_or(edge.handler, |span| span.function);
    let mut anchors = Anchors::new(pass, function);
    if let Some(span) = &edge.span {
        anchors.call("span", span.at);
        if let Some(index) = span.parent {
            anchors.argument("parent", span.at, index);
        }
    }
    anchors.inbound_request(function);
    let messages = edge.span.as_ref().map(|span| span.scope.messages.as_slice()).unwrap_or_default();
    match edge.span.as_ref().and_then(|span| Some((span.at, span.message.as_ref()?))) {
        Some((at, (index, ty))) => anchors.message_argument(at, *index, ty),
        None => anchors.inbound_message(function, edge.taken, edge.message.as_ref(), messages),
    }
    anchors.function("handler", function);
    if let Some(router) = edge.outer_router {
        anchors.made_by("server", router);
    }
    anchors.served(edge);
    if let (Some(at), Some(argument)) = (edge.served, edge.served_argument)
        && !pass.graph.inbound.iter().any(|other| other.served == edge.served && other.extracted.is_some())
    {
        anchors.served_variable(at, argument);
    }
    fixes(pass, CHECK.id, &anchors)
}
