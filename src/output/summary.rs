//! What a report comes to, counted.

use super::count;
use crate::diagnostic::{AllowedBy, Diagnostic, Severity};
use crate::engine::Report;
use crate::fix::Applicability;
use std::collections::BTreeMap;

/// A report's numbers.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Findings of severity error.
    pub errors: usize,
    /// Findings of severity warning.
    pub warnings: usize,
    /// Findings of severity note.
    pub notes: usize,
    /// Findings that comments in the code allow.
    pub allowed: usize,
    /// Findings that were there before.
    pub known: usize,
    /// Known findings that are no longer there.
    pub gone: usize,
    /// Findings left out because they touch no changed line.
    pub untouched: usize,
    /// Files that were checked.
    pub files: usize,
    /// Findings whose preferred fix is safe.
    pub fixable: usize,
    /// Findings whose preferred fix is to be read first.
    pub unsafely_fixable: usize,
    /// Findings by check.
    pub checks: BTreeMap<&'static str, CheckCount>,
}

/// How often a check found something.
#[derive(Clone, Copy, Debug)]
pub struct CheckCount {
    /// How much its heaviest finding weighs.
    pub severity: Severity,
    /// How many there are.
    pub findings: usize,
    /// How many of them have a fix that can be applied.
    pub fixable: usize,
}

impl Summary {
    /// Counts.
    pub fn of(report: &Report) -> Summary {
        let known = report.allowed.iter().filter(|allowed| allowed.by == AllowedBy::Baseline).count();
        let allowed = report.allowed.len() - known;
        let Report { checked: files, gone, untouched, .. } = *report;
        let mut summary = Summary { files, allowed, known, gone, untouched, ..Summary::default() };
        for diagnostic in &report.diagnostics {
            match diagnostic.severity {
                Severity::Error => summary.errors += 1,
                Severity::Warning => summary.warnings += 1,
                Severity::Note => summary.notes += 1,
            }
            let applicability = preferred(diagnostic);
            summary.fixable += usize::from(applicability == Some(Applicability::Safe));
            summary.unsafely_fixable += usize::from(applicability == Some(Applicability::Unsafe));
            let check = CheckCount { severity: diagnostic.severity, findings: 0, fixable: 0 };
            let check = summary.checks.entry(diagnostic.check).or_insert(check);
            check.severity = check.severity.max(diagnostic.severity);
            check.findings += 1;
            check.fixable += usize::from(applicability < Some(Applicability::DisplayOnly) && applicability.is_some());
        }
        summary
    }

    /// Whether something was found that fails a run.
    pub fn fails(&self) -> bool {
        self.errors + self.warnings > 0
    }

    /// `2 errors, 1 warning in 14 files; 2 fixable with --fix`.
    pub fn line(&self, fixed: Option<usize>) -> String {
        let counts = [(self.errors, "error"), (self.warnings, "warning"), (self.notes, "note")];
        let found: Vec<String> =
            counts.iter().filter(|(number, _)| *number > 0).map(|(number, noun)| count(*number, noun)).collect();
        let found = if found.is_empty() { "nothing found".to_owned() } else { found.join(", ") };
        let mut line = format!("{found} in {}", count(self.files, "file"));
        if self.allowed > 0 {
            line.push_str(&format!("; {} allowed", self.allowed));
        }
        if self.known > 0 {
            line.push_str(&format!("; {} in the baseline", self.known));
        }
        if self.gone > 0 {
            line.push_str(&format!("; {} of the baseline gone", self.gone));
        }
        if self.untouched > 0 {
            line.push_str(&format!("; {} untouched by the change", self.untouched));
        }
        if let Some(fixed) = fixed {
            line.push_str(&format!("; {fixed} fixed"));
        }
        let left = if fixed.is_some() { "still " } else { "" };
        match (self.fixable, self.unsafely_fixable) {
            (0, 0) => {}
            (safe, 0) => line.push_str(&format!("; {safe} {left}fixable with --fix")),
            (0, more) => line.push_str(&format!("; {more} {left}fixable with --fix --unsafe-fixes")),
            (safe, more) => {
                line.push_str(&format!("; {safe} {left}fixable with --fix, {more} more with --unsafe-fixes"));
            }
        }
        line
    }
}

fn preferred(diagnostic: &Diagnostic) -> Option<Applicability> {
    diagnostic.fixes.first().filter(|fix| !fix.edits.is_empty()).map(|fix| fix.applicability)
}
