//! `lost-in-spawn`: work starts beside or after the request that asks for it, and goes without its context.

use super::{Check, Pass, label};
use crate::analysis::graph::LostWork;
use crate::diagnostic::{Diagnostic, Severity};

pub(super) const CHECK: Check =
    Check { id: "lost-in-spawn", doc: include_str!("lost_in_spawn.md"), severity: Severity::Warning, fix: None, run };

fn run(pass: &Pass<'_>) -> Vec<Diagnostic> {
    pass.graph.lost_work.iter().filter_map(|lost| report(pass, lost)).collect()
}

fn report(pass: &Pass<'_>, lost: &LostWork) -> Option<Diagnostic> {
    let severity = pass.severity(&CHECK, lost.traced)?;
    let at = pass.first_line(lost.at);
    let message = "work starts here without the context at hand, and a span or a request inside needs it".to_owned();
    let help = "what it does starts a trace of its own; give it the context at hand, without its deadline if it must outlive \
                the request";
    let mut diagnostic = Diagnostic { severity, ..CHECK.finding(at, lost.confidence, message, help) };
    if let Some(binding) = lost.scope.contexts.last().or(lost.scope.requests.last()).or(lost.scope.spans.last()) {
        let local = pass.codebase.local(lost.function, binding.local);
        let at = pass.codebase.at(lost.function, local.range);
        diagnostic.labels.push(label(at, format!("`{}` holds a context", binding.name)));
    }
    diagnostic.labels.push(label(at, "the work starts here"));
    if lost.used.last() == Some(&lost.fresh) {
        diagnostic.labels.push(label(pass.name_of_call(lost.fresh), "this span has no parent"));
    } else {
        diagnostic.labels.push(label(lost.fresh, "this context belongs to no trace"));
        if let Some(used) = lost.used.last() {
            diagnostic.labels.push(label(pass.name_of_call(*used), "it is used here"));
        }
    }
    Some(diagnostic)
}
