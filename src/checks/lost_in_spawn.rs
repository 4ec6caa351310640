//! `lost-in-spawn`: work starts beside or after the request that asks for it, and goes without its context.

use super::anchor::Anchors;
use super::repair::fixes;
use super::{Check, Pass, label};
use crate::analysis::graph::{LostItem, LostWork};
use crate::diagnostic::{Diagnostic, Severity};
use crate::fix::{Applicability, Fix};

pub(super) const CHECK: Check = Check {
    id: "lost-in-spawn",
    doc: include_str!("lost_in_spawn.md"),
    severity: Severity::Warning,
    fix: Some(Applicability::Safe),
    run,
};

fn run(pass: &Pass<'_>) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = pass.graph.lost_work.iter().filter_map(|lost| report(pass, lost)).collect();
    let mut workers = Vec::new();
    for item in &pass.graph.lost_items {
        // A fresh context that it is stored with is `detached-context`.
        if item.fresh.is_none() {
            found.extend(at_producer(pass, item));
        }
        if !workers.contains(&item.worked) {
            workers.push(item.worked);
            found.extend(at_worker(pass, item));
        }
    }
    found
}

/// Where a request leaves work for later.
fn at_producer(pass: &Pass<'_>, item: &LostItem) -> Option<Diagnostic> {
    let severity = pass.severity(&CHECK, item.traced)?;
    let at = pass.first_line(item.stored);
    let message = "a work item is left here without the context of the request that asks for it".to_owned();
    let help = "whoever takes it starts a trace of its own; keep the context in the item, or what a propagator writes if the item \
                leaves the process";
    let mut diagnostic = Diagnostic { severity, ..CHECK.finding(at, item.confidence, message, help) };
    diagnostic.labels.push(label(at, "nothing of the trace goes with it"));
    diagnostic.labels.push(label(pass.first_line(pass.name_of_call(item.worked)), "it is worked on here"));
    Some(diagnostic)
}

/// Where the work is done.
fn at_worker(pass: &Pass<'_>, item: &LostItem) -> Option<Diagnostic> {
    let severity = pass.severity(&CHECK, item.traced)?;
    let at = pass.first_line(pass.name_of_call(item.worked));
    let message = "a work item is handled without the context of the request that asked for it".to_owned();
    let help = "the item holds nothing of the trace, so what is done for it starts a trace of its own; keep the context in the \
                item and use it here";
    let mut diagnostic = Diagnostic { severity, ..CHECK.finding(at, item.confidence, message, help) };
    diagnostic.labels.push(label(pass.first_line(item.stored), "a request leaves it here"));
    diagnostic.labels.push(label(at, "the context used here is another"));
    Some(diagnostic)
}

fn report(pass: &Pass<'_>, lost: &LostWork) -> Option<Diagnostic> {
    let severity = pass.severity(&CHECK, lost.traced)?;
    let at = pass.first_line(lost.at);
    let message = match lost.used.is_empty() {
        true => "work starts here without the span that is put around the wait for it",
        false => "work starts here without the context at hand, and a span or a request inside needs it",
    };
    let message = message.to_owned();
    let help = "what it does starts a trace of its own; give it the context at hand, without its deadline if it must outlive \
                the request";
    let mut diagnostic = Diagnostic { severity, ..CHECK.finding(at, lost.confidence, message, help) };
    if let Some(binding) = lost.scope.contexts.last().or(lost.scope.requests.last()).or(lost.scope.spans.last()) {
        let local = pass.codebase.local(lost.function, binding.local);
        let at = pass.codebase.at(lost.function, local.range);
        diagnostic.labels.push(label(at, format!("`{}` holds a context", binding.name)));
    }
    diagnostic.labels.push(label(at, "the work starts here"));
    if lost.used.is_empty() {
        let text = "the span is put around the wait for it, not around the work";
        diagnostic.labels.push(label(pass.name_of_call(lost.fresh), text));
    } else if lost.used.last() == Some(&lost.fresh) {
        diagnostic.labels.push(label(pass.name_of_call(lost.fresh), "this span has no parent"));
    } else {
        diagnostic.labels.push(label(lost.fresh, "this context belongs to no trace"));
        if let Some(used) = lost.used.last() {
            diagnostic.labels.push(label(pass.name_of_call(*used), "it is used here"));
        }
    }
    pass.offer(&mut diagnostic, || repairs(pass, lost));
    Some(diagnostic)
}

fn repairs(pass: &Pass<'_>, lost: &LostWork) -> Vec<Fix> {
    if !lost.current {
        return Vec::new();
    }
    let mut anchors = Anchors::new(pass, lost.function);
    anchors.spawned(lost.at, lost.symbol.as_ref(), lost.on_handle);
    fixes(pass, CHECK.id, &anchors)
}
