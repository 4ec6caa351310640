//! One line for each finding: `path:line:col: severity[check] message`.

use super::summary::{CheckCount, Summary};
use super::{RenderOptions, printable, printable_path};
use crate::diagnostic::{Diagnostic, Notice, Severity};
use crate::engine::Report;
use crate::text::FileRange;
use std::io::{self, Write};

pub(super) fn render(report: &Report, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    for diagnostic in &report.diagnostics {
        writeln!(out, "{}", line(report, diagnostic))?;
    }
    for notice in report.notices.iter().filter(|notice| is_shown(notice, options)) {
        writeln!(out, "{}", notice_line(notice))?;
    }
    if options.statistics {
        write!(out, "{}", statistics(&Summary::of(report)))?;
    }
    Ok(())
}

/// Whether a notice is to be shown: one that fails the run always is.
pub(super) fn is_shown(notice: &Notice, options: &RenderOptions) -> bool {
    !options.quiet || notice.severity == Severity::Error
}

/// `path:line:col: warning: message`, with as much of the place as is known.
pub(super) fn notice_line(notice: &Notice) -> String {
    let place = match notice.position {
        Some((line, column)) => format!("{}:{line}:{column}: ", printable_path(&notice.path)),
        None if notice.path.is_empty() => String::new(),
        None => format!("{}: ", printable_path(&notice.path)),
    };
    printable(&format!("{place}{}: {}", notice.severity.word(), notice.message))
}

/// `path:line:col`, counted from 1, columns in bytes of UTF-8.
pub(super) fn place(report: &Report, at: FileRange) -> String {
    let Some(file) = report.files.get(at.file.0 as usize) else { return String::new() };
    let position = file.lines.position(at.range.start);
    format!("{}:{}:{}", printable_path(&file.path), position.line + 1, position.column + 1)
}

/// The findings counted by check, most frequent first.
pub(super) fn statistics(summary: &Summary) -> String {
    let mut checks: Vec<_> = summary.checks.iter().collect();
    checks.sort_by_key(|(check, numbers)| (std::cmp::Reverse(numbers.findings), **check));
    let line = |(check, numbers): (&&str, &CheckCount)| {
        let fixable = if numbers.fixable > 0 { format!(" ({} fixable)", numbers.fixable) } else { String::new() };
        format!("{:>6}  {:<7}  {check}{fixable}\n", numbers.findings, numbers.severity.word())
    };
    checks.into_iter().map(line).collect()
}

fn line(report: &Report, diagnostic: &Diagnostic) -> String {
    let message = printable(diagnostic.message.lines().next().unwrap_or_default());
    format!("{}: {}[{}] {message}", place(report, diagnostic.at), diagnostic.severity.word(), diagnostic.check)
}
