//! `guard-across-await`: a span stays current on a thread while its task waits.

use super::anchor::Anchors;
use super::repair::fixes;
use super::{Check, Pass, label};
use crate::analysis::graph::HeldGuard;
use crate::diagnostic::{Confidence, Diagnostic, Severity};
use crate::fix::Applicability;

pub(super) const CHECK: Check = Check {
    id: "guard-across-await",
    doc: include_str!("guard_across_await.md"),
    severity: Severity::Error,
    fix: Some(Applicability::Unsafe),
    run,
};

fn run(pass: &Pass<'_>) -> Vec<Diagnostic> {
    pass.graph.held_guards.iter().filter_map(|held| report(pass, held)).collect()
}

fn report(pass: &Pass<'_>, held: &HeldGuard) -> Option<Diagnostic> {
    let severity = pass.severity(&CHECK, held.traced)?;
    let at = pass.first_line(pass.name_of_call(held.at));
    let message =
        "this guard is held across an await, so the span is current for whatever runs on the thread meanwhile";
    let help = "other tasks of the thread put their spans below this one, and this task goes on without it where it is resumed; \
                instrument the future with the span instead, or end the guard before the await";
    let mut diagnostic = Diagnostic { severity, ..CHECK.finding(at, Confidence::High, message.to_owned(), help) };
    diagnostic.labels.push(label(at, "the span becomes current here"));
    diagnostic.labels.push(label(pass.first_line(held.awaited), "it still is while this is waited for"));
    pass.offer(&mut diagnostic, || {
        let mut anchors = Anchors::new(pass, held.function);
        anchors.guard(held.at, held.symbol.as_ref());
        fixes(pass, CHECK.id, &anchors)
    });
    Some(diagnostic)
}
