//! `detached-context`: the context at hand is replaced by a fresh one on its way to a span or an outbound edge.

use super::anchor::Anchors;
use super::repair::fixes;
use super::{Check, Pass, label};
use crate::analysis::graph::{Detached, DetachedKind, LostItem, Misplaced, MisplacedKind, Scope};
use crate::analysis::scope::Binding;
use crate::diagnostic::{Confidence, Diagnostic, Severity};
use crate::fix::Applicability;
use crate::text::FileRange;

pub(super) const CHECK: Check = Check {
    id: "detached-context",
    doc: include_str!("detached_context.md"),
    severity: Severity::Error,
    fix: Some(Applicability::Unsafe),
    run,
};

fn run(pass: &Pass<'_>) -> Vec<Diagnostic> {
    let found = pass.graph.detached.iter().filter_map(|detached| report(pass, detached));
    let items = pass.graph.lost_items.iter().filter_map(|item| report_item(pass, item));
    let again = pass.graph.misplaced.iter().filter(|misplaced| misplaced.what == MisplacedKind::ReadsAgain);
    found.chain(items).chain(again.filter_map(|misplaced| report_second_read(pass, misplaced))).collect()
}

/// A work item that a request leaves in a store, with a context made for the call alone.
fn report_item(pass: &Pass<'_>, item: &LostItem) -> Option<Diagnostic> {
    let (severity, at) = (pass.severity(&CHECK, item.traced)?, item.fresh?);
    let message = "a work item is stored with a fresh context, though a request asks for it".to_owned();
    let help = "the item carries nothing of the trace, so whoever takes it starts a new one; take the caller's context, and put \
                what a propagator writes into the item";
    let mut diagnostic = Diagnostic { severity, ..CHECK.finding(at, Confidence::Medium, message, help) };
    diagnostic.labels.push(label(at, "this context belongs to no trace"));
    diagnostic.labels.push(label(pass.name_of_call(item.stored), "the item leaves here"));
    diagnostic.labels.push(label(pass.first_line(pass.name_of_call(item.worked)), "it is worked on here"));
    Some(diagnostic)
}

/// The caller's context takes the place of the span that was opened from it.
fn report_second_read(pass: &Pass<'_>, misplaced: &Misplaced) -> Option<Diagnostic> {
    let severity = pass.severity(&CHECK, misplaced.traced)?;
    let at = pass.first_line(pass.name_of_call(misplaced.at));
    let message = "the caller's context is read a second time and replaces the open span".to_owned();
    let help = "what follows becomes a child of the caller's span instead of the server's; the span at hand has the caller as \
                its parent already, so go on with the context of the request";
    let mut diagnostic = Diagnostic { severity, ..CHECK.finding(at, misplaced.confidence, message, help) };
    diagnostic
        .labels
        .push(label(pass.name_of_call(misplaced.other), "this reads the context and opens the span, further out"));
    diagnostic.labels.push(label(at, "here it is read again"));
    Some(diagnostic)
}

fn report(pass: &Pass<'_>, detached: &Detached) -> Option<Diagnostic> {
    let severity = pass.severity(&CHECK, detached.traced)?;
    let at = pass.first_line(if makes_a_bare_context(pass, detached.at) {
        detached.at
    } else {
        pass.name_of_call(detached.at)
    });
    let (message, help, here) = match detached.what {
        DetachedKind::Parent => (
            "a fresh context becomes the parent of a span, though one is at hand",
            "the span starts a new trace; pass the context at hand on instead",
            "this context belongs to no trace",
        ),
        DetachedKind::Edge if sends_itself(detached) => (
            "a fresh context leaves with a request, though one is at hand",
            "this call takes no context, so what is injected belongs to no trace; build a request with the context at hand and \
             send that",
            "this call makes a request without a context",
        ),
        DetachedKind::Edge => (
            "a fresh context leaves with a request, though one is at hand",
            "what is injected belongs to no trace, so whoever receives it starts a new one; pass the context at hand on instead",
            "this context belongs to no trace",
        ),
        DetachedKind::Root => (
            "a root span is opened, though a parent is at hand",
            "the span starts a new trace; make the context or span at hand its parent",
            "this span has no parent",
        ),
        DetachedKind::Older(_) => (
            "a context older than the open span is used below it",
            "what starts here becomes a sibling of that span, not a child; keep the context that opening the span gives, and pass \
             that on",
            "this uses the context from before the span",
        ),
        DetachedKind::Shared(_) => (
            "a request's context is kept in a variable that all requests share",
            "requests that run at the same time overwrite each other's context, so spans end up in the wrong trace; declare a \
             variable of the handler instead",
            "each request overwrites it here",
        ),
    };
    // The trace is not cut, only drawn wrong.
    let severity = match detached.what {
        DetachedKind::Older(_) => severity.min(Severity::Warning),
        _ => severity,
    };
    let mut diagnostic = Diagnostic { severity, ..CHECK.finding(at, detached.confidence, message.to_owned(), help) };
    if let Some(binding) = holder(&detached.scope) {
        let local = pass.codebase.local(detached.function, binding.local);
        diagnostic.labels.push(label(
            pass.codebase.at(detached.function, local.range),
            format!("`{}` holds a context", binding.name),
        ));
    }
    match detached.what {
        DetachedKind::Older(span) => {
            diagnostic.labels.push(label(pass.name_of_call(span), "the context with this span is dropped"));
        }
        DetachedKind::Shared(declared) => {
            diagnostic.labels.push(label(declared, "this variable lives longer than a request"));
        }
        DetachedKind::Parent | DetachedKind::Edge | DetachedKind::Root => {}
    }
    diagnostic.labels.push(label(at, here));
    if let Some(used) = detached.used.first().filter(|used| **used != detached.at) {
        diagnostic.labels.push(label(pass.name_of_call(*used), "it is used here"));
    }
    pass.offer(&mut diagnostic, || repairs(pass, detached));
    Some(diagnostic)
}

/// What holds the context at hand. A request that the function builds has none yet, unlike one that came in.
fn holder(scope: &Scope) -> Option<&Binding> {
    let came_in = scope.requests.iter().find(|request| request.parameter);
    scope.contexts.last().or(came_in).or(scope.requests.last()).or(scope.spans.last())
}

/// Whether a call gives a fresh context and nothing else, as `context.Background()` does: then all of it is the place.
fn makes_a_bare_context(pass: &Pass<'_>, at: FileRange) -> bool {
    pass.call_at(at).is_some_and(|(call, _)| call.arguments.is_empty())
}

/// Whether one call makes the request and sends it.
fn sends_itself(detached: &Detached) -> bool {
    detached.used.first() == Some(&detached.at)
}

fn repairs(pass: &Pass<'_>, detached: &Detached) -> Vec<crate::fix::Fix> {
    let mut anchors = Anchors::new(pass, detached.function);
    anchors.scope(&detached.scope, detached.at);
    match detached.what {
        DetachedKind::Root => anchors.call("span", detached.at),
        DetachedKind::Older(_) | DetachedKind::Shared(_) => return Vec::new(),
        DetachedKind::Edge if sends_itself(detached) => {
            anchors.call("send", detached.at);
            if let Some(edge) = pass.graph.outbound.iter().find(|edge| edge.at == detached.at) {
                anchors.sent_whole(edge.at, &edge.symbol);
            }
        }
        DetachedKind::Parent | DetachedKind::Edge => anchors.fresh(detached.at),
    }
    fixes(pass, CHECK.id, &anchors)
}
