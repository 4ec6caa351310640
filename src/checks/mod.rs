//! Checks: what reports. Each is one file and one row of [`ALL`], with its page beside it.

use crate::diagnostic::Severity;
use crate::fix::Applicability;

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
}

impl Check {
    /// The first paragraph of the page, after its title, on one line.
    pub fn summary(&self) -> String {
        let paragraph = self.doc.split("\n\n").find(|part| !part.trim_start().starts_with('#')).unwrap_or_default();
        paragraph.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// Every check, in the order in which they are documented.
pub const ALL: &[Check] = &[];

/// The check with this id.
pub fn by_id(id: &str) -> Option<&'static Check> {
    ALL.iter().find(|check| check.id == id)
}
