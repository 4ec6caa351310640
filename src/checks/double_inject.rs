//! `double-inject`: two injectors write one carrier, so the parent is wrong.

use super::anchor::Anchors;
use super::repair::fixes;
use super::{Check, Pass, label};
use crate::analysis::graph::DoubleInject;
use crate::diagnostic::{Confidence, Diagnostic, Severity};
use crate::fix::{Applicability, Fix};
use crate::text::FileRange;

pub(super) const CHECK: Check = Check {
    id: "double-inject",
    doc: include_str!("double_inject.md"),
    severity: Severity::Warning,
    fix: Some(Applicability::Safe),
    run,
};

fn run(pass: &Pass<'_>) -> Vec<Diagnostic> {
    pass.graph.doubled.iter().filter_map(|double| report(pass, double)).collect()
}

fn report(pass: &Pass<'_>, double: &DoubleInject) -> Option<Diagnostic> {
    let severity = pass.severity(&CHECK, double.traced)?;
    let (first, second) = (pass.name_of_call(double.first), pass.name_of_call(double.second));
    let (at, message, help) = match double.client {
        Some(_) => (
            first,
            "the client that sends the request writes over the context injected here",
            "the client takes the context of the request, which is older, so whoever receives it knows nothing of the span in \
             between; build the request with the context that is injected",
        ),
        None => (
            second,
            "an older context is injected over the one that is there",
            "whoever receives it knows nothing of the span in between; inject once, the context of the innermost span",
        ),
    };
    let confidence = Confidence::High;
    let mut diagnostic = Diagnostic { severity, ..CHECK.finding(at, confidence, message.to_owned(), help) };
    diagnostic.labels.push(label(first, "this context is lost"));
    if let Some(request) = double.request {
        diagnostic.labels.push(label(pass.name_of_call(request), "the request is made with another context"));
    }
    match double.client {
        Some(client) => {
            diagnostic
                .labels
                .push(label(pass.first_line(pass.name_of_call(client)), "this injects what the request holds"));
            diagnostic.labels.push(label(second, "the request leaves here"));
        }
        None => diagnostic.labels.push(label(second, "it is written over here")),
    }
    pass.offer(&mut diagnostic, || repairs(pass, double));
    Some(diagnostic)
}

fn repairs(pass: &Pass<'_>, double: &DoubleInject) -> Vec<Fix> {
    if double.client.is_none() {
        let mut anchors = Anchors::new(pass, double.function);
        anchors.call("inject", double.second);
        return fixes(pass, CHECK.id, &anchors);
    }
    if double.scope.contexts.is_empty() {
        return Vec::new();
    }
    let mut at_send = Anchors::new(pass, double.function);
    at_send.scope(&double.scope, double.second);
    at_send.call("send", double.second);
    at_send.sent_request(double.second, &double.scope);
    let mut found = Vec::new();
    let is_before = |at: FileRange| {
        let bound =
            double.scope.contexts.iter().map(|binding| pass.codebase.local(double.function, binding.local).range);
        bound.into_iter().any(|range| range.start < at.range.start)
    };
    if let Some(request) = double.request.filter(|request| is_before(*request)) {
        let mut at_build = Anchors::new(pass, double.function);
        at_build.scope(&double.scope, request);
        at_build.built_with(request);
        found = fixes(pass, CHECK.id, &at_build);
    }
    found.extend(fixes(pass, CHECK.id, &at_send));
    found
}
