//! Checks: what reports. Each is one file and one row of [`ALL`], with its page beside it.
//!
//! A check reads the propagation graph and nothing below it. It decides nothing about order, files or threads.

mod anchor;
mod detached_context;
mod double_inject;
mod field;
mod guard_across_await;
mod late_inject;
mod lost_in_spawn;
mod missing_extract;
mod missing_inject;
mod no_propagator;
mod repair;
mod uncovered_route;
mod unended_span;
mod untraced_service;
pub mod unused_allow;
mod unused_extract;
mod words;

use crate::analysis::graph::{PropagationGraph, Traced};
use crate::codebase::Codebase;
use crate::diagnostic::{Confidence, Diagnostic, Label, Severity};
use crate::facts::{Call, StepKind, walk};
use crate::fix::{Applicability, Fix};
use crate::model::ModelSet;
use crate::text::FileRange;

/// A check.
#[derive(Clone, Copy)]
pub struct Check {
    /// Its id, which completes "allow ...".
    pub id: &'static str,
    /// Its page: Markdown whose first paragraph is the summary.
    pub doc: &'static str,
    /// How much its findings weigh unless a configuration says otherwise.
    pub severity: Severity,
    /// The best applicability among the fixes it can offer.
    pub fix: Option<Applicability>,
    /// Finds what it reports.
    pub run: fn(&Pass<'_>) -> Vec<Diagnostic>,
}

/// What a check is handed.
pub struct Pass<'p> {
    /// The linked files.
    pub codebase: &'p Codebase,
    /// What libraries do, and how to repair what is missing.
    pub models: &'p ModelSet,
    /// Where carriers arrive and leave, and what becomes of the context there.
    pub graph: &'p PropagationGraph,
    /// What the edges of a service without any tracing are worth.
    pub untraced: Untraced,
    /// Findings less sure than this are not shown, so that nobody asks for their fixes.
    pub shown: Confidence,
}

/// What the edges of a service without any tracing are worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Untraced {
    /// One note for the service.
    #[default]
    Service,
    /// A note for every edge.
    Edges,
    /// Nothing.
    Ignore,
}

/// Every check, in the order in which they are documented.
pub const ALL: &[Check] = &[
    missing_extract::CHECK,
    missing_inject::CHECK,
    unused_extract::CHECK,
    detached_context::CHECK,
    lost_in_spawn::CHECK,
    guard_across_await::CHECK,
    late_inject::CHECK,
    double_inject::CHECK,
    uncovered_route::CHECK,
    no_propagator::CHECK,
    untraced_service::CHECK,
    unended_span::CHECK,
    unused_allow::CHECK,
];

/// The check with this id.
pub fn by_id(id: &str) -> Option<&'static Check> {
    ALL.iter().find(|check| check.id == id)
}

impl Check {
    /// The first paragraph of the page, after its title, on one line.
    pub fn summary(&self) -> String {
        let paragraph = self.doc.split("\n\n").find(|part| !part.trim_start().starts_with('#')).unwrap_or_default();
        paragraph.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Why what it finds matters: the first paragraph that the page has on that.
    pub fn reason(&self) -> String {
        let (_, rest) = self.doc.split_once("## Why it matters\n\n").unwrap_or_default();
        rest.split("\n\n").next().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// A finding that rests on the text alone, without labels and fixes.
    pub fn certain(&self, at: FileRange, message: String, help: &str) -> Diagnostic {
        self.finding(at, Confidence::High, message, help)
    }

    /// A finding without labels and fixes.
    fn finding(&self, at: FileRange, confidence: Confidence, message: String, help: &str) -> Diagnostic {
        Diagnostic {
            check: self.id,
            severity: self.severity,
            confidence,
            message,
            help: help.to_owned(),
            at,
            labels: Vec::new(),
            cause: None,
            fixes: Vec::new(),
            fingerprint: 0,
        }
    }
}

impl Pass<'_> {
    /// Gives a finding its fixes, if it is sure enough to be shown.
    fn offer(&self, diagnostic: &mut Diagnostic, fixes: impl FnOnce() -> Vec<Fix>) {
        if diagnostic.confidence >= self.shown {
            diagnostic.fixes = fixes();
        }
    }

    /// How an edge's finding weighs: as the check says where the program traces; else as `--untraced` says, or not at all.
    fn severity(&self, check: &Check, traced: Traced) -> Option<Severity> {
        match (traced, self.untraced) {
            (Traced::Yes, _) => Some(check.severity),
            (Traced::No(_), Untraced::Edges) => Some(Severity::Note),
            (Traced::No(_), Untraced::Service | Untraced::Ignore) => None,
        }
    }

    /// The call that a range is, with the function that makes it.
    fn call_at(&self, at: FileRange) -> Option<(&Call, crate::codebase::FunctionId)> {
        let mut found = None;
        for id in self.codebase.functions_in(at.file) {
            let function = self.codebase.function(id);
            if !function.range.contains(at.range) && !function.name.is_empty() {
                continue;
            }
            walk(&function.steps, &mut |step| {
                if let StepKind::Call(call) = &step.kind
                    && step.range == at.range
                {
                    found = Some((&**call, id));
                }
            });
        }
        found
    }

    /// From the name that is called to the end of the arguments: what of a call a reader should look at.
    fn name_of_call(&self, at: FileRange) -> FileRange {
        match self.call_at(at) {
            Some((call, _)) if call.arguments_range.end >= call.name_range.start => FileRange {
                file: at.file,
                range: crate::text::TextRange::new(call.name_range.start, call.arguments_range.end),
            },
            _ => at,
        }
    }

    /// The text of a range.
    fn text(&self, at: FileRange) -> &str {
        self.codebase.file(at.file).source.slice(at.range)
    }
}

/// One step of a witness.
fn label(at: FileRange, text: impl Into<String>) -> Label {
    Label { at, text: text.into() }
}
