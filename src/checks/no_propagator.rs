//! `no-propagator`: propagation code in use while the process-wide propagator stays without effect.

use super::anchor::Anchors;
use super::repair::fixes;
use super::{Check, Pass, label};
use crate::diagnostic::{Confidence, Diagnostic, Severity};
use crate::fix::Applicability;

pub(super) const CHECK: Check = Check {
    id: "no-propagator",
    doc: include_str!("no_propagator.md"),
    severity: Severity::Error,
    fix: Some(Applicability::Safe),
    run,
};

fn run(pass: &Pass<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for missing in &pass.graph.no_propagator {
        let at = pass.name_of_call(missing.at);
        let message = "a tracer is set up, but no propagator".to_owned();
        let help = "the default propagator reads and writes nothing, so every wrapper and call that relies on it stays silent; \
                    set one where the tracer is set up";
        let mut diagnostic = CHECK.finding(at, Confidence::High, message, help);
        diagnostic.labels.push(label(at, "the process-wide propagator is never set"));
        diagnostic.labels.push(label(pass.name_of_call(missing.used), "this relies on it"));
        pass.offer(&mut diagnostic, || {
            let mut anchors = Anchors::new(pass, missing.function);
            anchors.call("install", missing.at);
            fixes(pass, CHECK.id, &anchors)
        });
        found.push(diagnostic);
    }
    found
}
