//! What a run reports.
//!
//! Plain values; no output format and no protocol is known here.

use crate::fix::Fix;
use crate::text::FileRange;

/// How much a finding weighs. Ordered from light to heavy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; does not fail a run.
    Note,
    /// Probably wrong.
    Warning,
    /// Wrong: a trace is cut here.
    Error,
}

impl Severity {
    /// The word used in every format.
    pub const fn word(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// How sure the analysis is. Ordered from low to high.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Confidence {
    /// A guess that rests on something the analysis could not resolve.
    Low,
    /// One step of the evidence rests on a shape or a convention.
    Medium,
    /// Every step was resolved.
    High,
}

impl Confidence {
    /// The word used in every format and for `--min-confidence`.
    pub const fn word(self) -> &'static str {
        match self {
            Confidence::Low => "low",
            Confidence::Medium => "medium",
            Confidence::High => "high",
        }
    }
}

/// A text tied to a place: one step of the witness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub at: FileRange,
    /// What happens there, in lower case without a final dot.
    pub text: String,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Id of the check, `missing-inject`; `syntax`, `model`, `file` and `internal` for what is no check.
    pub check: &'static str,
    /// How much it weighs.
    pub severity: Severity,
    /// How sure the analysis is.
    pub confidence: Confidence,
    /// What is wrong, in one line that stands alone.
    pub message: String,
    /// Why it matters and what to do.
    pub help: String,
    /// Where the finding starts.
    pub at: FileRange,
    /// The steps that explain it, in the order in which they happen.
    pub labels: Vec<Label>,
    /// The one place whose edit repairs this and other findings, if there is one.
    pub cause: Option<FileRange>,
    /// Ways to repair it; the first is preferred.
    pub fixes: Vec<Fix>,
    /// Tells it from the other findings of its file, wherever its code moves and however its variables are called. 0 until
    /// the engine has set it.
    pub fingerprint: u64,
}

/// A finding that is not reported, because somebody decided so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// The finding.
    pub diagnostic: Diagnostic,
    /// Who decided.
    pub by: AllowedBy,
}

/// What allows a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllowedBy {
    /// A comment in the code, with its reason.
    Comment(String),
    /// A list of what was there when the program was first used.
    Baseline,
}

/// One line about something a run could not do with a file, a model or an option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// How much it weighs; an error makes the run fail.
    pub severity: Severity,
    /// The file, as reports show it.
    pub path: String,
    /// Line and column from 1, if the notice speaks of one place.
    pub position: Option<(u32, u32)>,
    /// What happened and what was expected.
    pub message: String,
}
