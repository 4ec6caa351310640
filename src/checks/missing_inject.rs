//! `missing-inject`: an outbound edge that leaves without the current context.

use super::anchor::Anchors;
use super::repair::fixes;
use super::{Check, Pass, label};
use crate::analysis::graph::{Carried, OutboundEdge};
use crate::diagnostic::{Diagnostic, Severity};
use crate::fix::Applicability;
use crate::model::EdgeKind;
use crate::text::FileRange;
use std::collections::BTreeMap;

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
    // What is made in code that is not reported, such as a generated one, can't be repaired there.
    let made_here = |edge: &OutboundEdge| edge.client.is_some_and(|client| pass.codebase.file(client.file).reported);
    let (through, alone): (Vec<_>, Vec<_>) = pass
        .graph
        .outbound
        .iter()
        .filter(bare)
        .partition(|edge| edge.carrierless && edge.connection && made_here(edge));
    let mut found: Vec<Diagnostic> = alone.into_iter().filter_map(|edge| report(pass, edge)).collect();
    let mut clients = BTreeMap::<FileRange, Vec<&OutboundEdge>>::new();
    for edge in through {
        clients.entry(edge.client.unwrap_or(edge.at)).or_default().push(edge);
    }
    found.extend(clients.iter().filter_map(|(client, edges)| report_client(pass, *client, edges)));
    found
}

/// How many of the calls through one client are shown.
const SHOWN: usize = 3;

/// Calls that have no carrier to write into are all repaired at one place: where what they go through is made.
fn report_client(pass: &Pass<'_>, client: FileRange, edges: &[&OutboundEdge]) -> Option<Diagnostic> {
    let judged = edges.iter().filter_map(|edge| Some((edge.confidence, pass.severity(&CHECK, edge.traced)?, *edge)));
    let (confidence, severity, worst) = judged.max_by_key(|(confidence, _, _)| *confidence)?;
    let surest: Vec<&&OutboundEdge> = edges.iter().filter(|edge| edge.confidence == confidence).collect();
    let at = pass.first_line(pass.name_of_call(client));
    let message = match surest.len() {
        1 => "a request leaves through this connection without trace context".to_owned(),
        count => format!("{count} requests leave through this connection without trace context"),
    };
    let help = "whoever receives them starts a new trace; give the connection what injects the context into its calls";
    let mut diagnostic = Diagnostic { severity, ..CHECK.finding(at, confidence, message, help) };
    diagnostic.labels.push(label(at, "it adds no context to the calls that go through it"));
    for edge in surest.iter().take(SHOWN) {
        diagnostic.labels.push(label(pass.name_of_call(edge.at), "a request leaves here"));
    }
    diagnostic.cause = Some(at);
    pass.offer(&mut diagnostic, || {
        let mut anchors = Anchors::new(pass, worst.function);
        anchors.client(client);
        fixes(pass, CHECK.id, &anchors)
    });
    Some(diagnostic)
}

fn report(pass: &Pass<'_>, edge: &OutboundEdge) -> Option<Diagnostic> {
    let severity = pass.severity(&CHECK, edge.traced)?;
    let at = pass.name_of_call(edge.at);
    let message = match edge.kind {
        EdgeKind::Request => "the request leaves without trace context",
        EdgeKind::Message => "the message leaves without trace context",
    };
    let help = help(edge);
    let mut diagnostic = Diagnostic { severity, ..CHECK.finding(at, edge.confidence, message.to_owned(), &help) };
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
    pass.offer(&mut diagnostic, || repairs(pass, edge));
    Some(diagnostic)
}

fn help(edge: &OutboundEdge) -> String {
    if let Some(instead) = &edge.instead {
        return format!(
            "this call sends no headers, so no code can inject into them; send it with `{instead}`, and inject the current \
             context into the headers of what is sent"
        );
    }
    let text = match (edge.kind, &edge.request) {
        (EdgeKind::Message, _) => {
            "whoever receives it starts a new trace; inject the current context into its headers before it is sent"
        }
        (EdgeKind::Request, Some(_)) => {
            "whoever receives it starts a new trace; inject the current context into its headers before it is sent, or send \
             it through a client that does"
        }
        (EdgeKind::Request, None) => {
            "this call makes its own request, so no code can inject into it; send it through a client that injects, or build \
             the request first"
        }
    };
    text.to_owned()
}

fn repairs(pass: &Pass<'_>, edge: &OutboundEdge) -> Vec<crate::fix::Fix> {
    let mut anchors = Anchors::new(pass, edge.function);
    anchors.call("send", edge.at);
    if edge.kind == EdgeKind::Request && !edge.carrierless {
        anchors.sent_request(edge.at, &edge.scope);
    }
    anchors.sent_message(edge.at, edge.message.as_ref());
    anchors.send_as(edge.at);
    if let Some(request) = edge.request {
        anchors.call("build", request);
    }
    anchors.sent_whole(edge.at, &edge.symbol);
    if let Some(client) = edge.client {
        anchors.client(client);
    }
    anchors.scope(&edge.scope, edge.at);
    fixes(pass, CHECK.id, &anchors)
}
