//! `unused-extract`: a context that is read and then never the parent of anything.

use super::{Check, Pass, label};
use crate::diagnostic::{Confidence, Diagnostic, Severity};

pub(super) const CHECK: Check =
    Check { id: "unused-extract", doc: include_str!("unused_extract.md"), severity: Severity::Error, fix: None, run };

fn run(pass: &Pass<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for extract in &pass.graph.unused_extracts {
        let Some(severity) = pass.severity(&CHECK, extract.traced) else { continue };
        let at = pass.name_of_call(extract.at);
        let message = "the caller's trace context is read here and never used".to_owned();
        let help = "spans opened afterwards start a new trace; make what is extracted the parent of the span that handles the request";
        let mut diagnostic = Diagnostic { severity, ..CHECK.finding(at, Confidence::High, message, help) };
        diagnostic.labels.push(label(at, "no span, request or call uses what this gives"));
        found.push(diagnostic);
    }
    found
}
