//! `unused-allow`: a comment that allows nothing, names no check, or gives no reason.

use super::Check;
use crate::diagnostic::Severity;
use crate::fix::Applicability;

/// What a comment allows is known once every other check has spoken, so [`crate::checks`] says nothing here and the engine
/// adds what reading the comments finds.
pub const CHECK: Check = Check {
    id: "unused-allow",
    doc: include_str!("unused_allow.md"),
    severity: Severity::Warning,
    fix: Some(Applicability::Safe),
    run: |_| Vec::new(),
};
