//! `unended-span`: a span that some path never ends.

use super::anchor::Anchors;
use super::repair::fixes;
use super::{Check, Pass, label};
use crate::analysis::graph::UnendedSpan;
use crate::diagnostic::{Diagnostic, Severity};
use crate::fix::Applicability;

pub(super) const CHECK: Check = Check {
    id: "unended-span",
    doc: include_str!("unended_span.md"),
    severity: Severity::Warning,
    fix: Some(Applicability::Safe),
    run,
};

fn run(pass: &Pass<'_>) -> Vec<Diagnostic> {
    pass.graph.unended.iter().filter_map(|unended| report(pass, unended)).collect()
}

fn report(pass: &Pass<'_>, unended: &UnendedSpan) -> Option<Diagnostic> {
    let severity = pass.severity(&CHECK, unended.traced)?;
    let at = pass.first_line(pass.name_of_call(unended.at));
    let (message, help) = if unended.leaks.is_empty() {
        (
            "this span is never ended",
            "a span is exported when it ends, so this one is missing from the trace; end it in a deferred call",
        )
    } else {
        (
            "this span is not ended on every path",
            "a span is exported when it ends, so it is missing from the trace wherever that path is taken; end it in a deferred \
             call",
        )
    };
    let mut diagnostic = Diagnostic { severity, ..CHECK.finding(at, unended.confidence, message.to_owned(), help) };
    diagnostic.labels.push(label(at, "the span is opened here"));
    for leak in &unended.leaks {
        diagnostic.labels.push(label(pass.first_line(*leak), "it is still open here"));
    }
    // Where some paths end it, ending it on all would end it twice there.
    if unended.leaks.is_empty() {
        pass.offer(&mut diagnostic, || {
            let mut anchors = Anchors::new(pass, unended.function);
            anchors.opened_span(unended.at);
            fixes(pass, CHECK.id, &anchors)
        });
    }
    Some(diagnostic)
}
