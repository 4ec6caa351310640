//! `late-inject`: injected after the send, or into a carrier that is not the one sent.

use super::{Check, Pass, label};
use crate::analysis::graph::Carried;
use crate::diagnostic::{Diagnostic, Severity};

pub(super) const CHECK: Check =
    Check { id: "late-inject", doc: include_str!("late_inject.md"), severity: Severity::Error, fix: None, run };

fn run(pass: &Pass<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for edge in pass.graph.outbound.iter().filter(|edge| edge.carried == Carried::Nothing) {
        let (Some(late), Some(severity)) = (edge.late, pass.severity(&CHECK, edge.traced)) else { continue };
        let after = (late.file, late.range.start) > (edge.at.file, edge.at.range.start);
        let (message, help, here) = if after {
            (
                "the context is injected after the request has left",
                "what is sent carries nothing; inject before the request is sent",
                "too late: the headers have left",
            )
        } else {
            (
                "the context is injected into headers that are not sent",
                "what is sent carries nothing; inject into the headers of the request that leaves",
                "these headers belong to no request that leaves",
            )
        };
        let at = pass.name_of_call(late);
        let mut diagnostic = Diagnostic { severity, ..CHECK.finding(at, edge.confidence, message.to_owned(), help) };
        diagnostic.labels = pass.path_of(edge);
        diagnostic.labels.push(label(pass.name_of_call(edge.at), "the request leaves here"));
        diagnostic.labels.push(label(at, here));
        found.push(diagnostic);
    }
    found
}
