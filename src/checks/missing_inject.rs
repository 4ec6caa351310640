//! `missing-inject`: an outbound edge that leaves without the current context.

use super::repair::{Anchors, fixes};
use super::{Check, Pass, label};
use crate::analysis::graph::{Carried, OutboundEdge};
use crate::diagnostic::{Diagnostic, Severity};
use crate::fix::Applicability;
use crate::model::EdgeKind;

pub(super) const CHECK: Check = Check {
    id: "missing-inject",
    doc: include_str!("missing_inject.md"),
    severity: Severity::Error,
    fix: Some(Applicability::Safe),
    run,
};

fn run(pass: &Pass<'_>) -> Vec<Diagnostic> {
    let bare = |edge: &&OutboundEdge| {
        matches!(edge.carried, Carried::Nothing | Carried::Unknown) && edge.in_trace && edge.late.is_none()
    };
    pass.graph.outbound.iter().filter(bare).filter_map(|edge| report(pass, edge)).collect()
}

fn report(pass: &Pass<'_>, edge: &OutboundEdge) -> Option<Diagnostic> {
    let severity = pass.severity(&CHECK, edge.traced)?;
    let at = pass.name_of_call(edge.at);
    let message = match edge.kind {
        EdgeKind::Request => "the request leaves without trace context",
        EdgeKind::Message => "the message leaves without trace context",
    };
    let help = if edge.request.is_some() {
        "whoever receives it starts a new trace; inject the current context into its headers before it is sent, or send it \
         through a client that does"
    } else {
        "this call makes its own request, so no code can inject into it; send it through a client that injects, or build the \
         request first"
    };
    let mut diagnostic = Diagnostic { severity, ..CHECK.finding(at, edge.confidence, message.to_owned(), help) };
    diagnostic.labels = pass.path_of(edge);
    if let Some(client) = edge.client.filter(|client| *client != edge.at) {
        diagnostic.labels.push(label(pass.first_line(client), "the client that sends it adds no context"));
    }
    let without =
        pass.headers(edge.function).map_or("with nothing injected".to_owned(), |headers| format!("without {headers}"));
    let verb = if edge.chain.len() > 1 { "is handed on" } else { "leaves" };
    let here = format!("it {verb} here, {without}");
    diagnostic.labels.push(label(at, here));
    diagnostic.labels.extend(pass.below(&edge.chain, "and leaves here"));
    diagnostic.cause = edge.client.map(|client| pass.first_line(client));
    diagnostic.fixes = repairs(pass, edge);
    Some(diagnostic)
}

fn repairs(pass: &Pass<'_>, edge: &OutboundEdge) -> Vec<crate::fix::Fix> {
    let mut anchors = Anchors::new(pass, edge.function);
    anchors.call("send", edge.at);
    anchors.sent_request(edge.at);
    if let Some(client) = edge.client {
        anchors.client(client);
    }
    anchors.scope(&edge.scope, edge.at);
    fixes(pass, CHECK.id, &anchors)
}
