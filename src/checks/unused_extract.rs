//! `unused-extract`: a context that is read and then never the parent of anything.

use super::{Check, Pass, label};
use crate::diagnostic::{Confidence, Diagnostic, Severity};
use crate::text::FileRange;

pub(super) const CHECK: Check =
    Check { id: "unused-extract", doc: include_str!("unused_extract.md"), severity: Severity::Error, fix: None, run };

fn run(pass: &Pass<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for extract in &pass.graph.unused_extracts {
        let Some(severity) = pass.severity(&CHECK, extract.traced) else { continue };
        let at = pass.name_of_call(extract.at);
        found.push(Diagnostic { severity, ..finding(pass, at, extract.too_late) });
    }
    found
}

fn finding(pass: &Pass<'_>, at: FileRange, too_late: Option<FileRange>) -> Diagnostic {
    let Some(too_late) = too_late else {
        let message = "the caller's trace context is read here and never used".to_owned();
        let help = "spans opened afterwards start a new trace; make what is extracted the parent of the span that handles the request";
        let mut diagnostic = CHECK.finding(at, Confidence::High, message, help);
        diagnostic.labels.push(label(at, "no span, request or call uses what this gives"));
        return diagnostic;
    };
    let message = "the caller's trace context is read here and given to a span that has started already".to_owned();
    let help = "a span that was current once keeps its parent; set the parent before the span is entered, or open a span below what is extracted";
    let mut diagnostic = CHECK.finding(at, Confidence::Medium, message, help);
    diagnostic.labels.push(label(at, "the caller's context"));
    diagnostic.labels.push(label(
        pass.name_of_call(too_late),
        "the span is current here, so this fails and it keeps the parent it has",
    ));
    diagnostic
}
