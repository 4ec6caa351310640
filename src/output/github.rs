//! Commands on the output of a GitHub workflow, which make it annotate lines.

use super::{printable, spot};
use crate::diagnostic::{Diagnostic, Notice, Severity};
use crate::engine::Report;
use std::io;

pub(super) fn render(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    for diagnostic in &report.diagnostics {
        write_finding(report, diagnostic, out)?;
    }
    for notice in &report.notices {
        write_notice(notice, out)?;
    }
    Ok(())
}

fn write_finding(report: &Report, diagnostic: &Diagnostic, out: &mut dyn io::Write) -> io::Result<()> {
    let mut properties = format!("title=spanlint ({})", property(diagnostic.check));
    if let Some(spot) = spot(report, diagnostic.at) {
        let ((line, column), (end_line, end_column)) = (spot.start, spot.end);
        properties.push_str(&format!(",file={},line={line}", property(&spot.file.path)));
        // Columns mean something on one line only.
        match line == end_line {
            true => properties.push_str(&format!(",col={column},endLine={end_line},endColumn={end_column}")),
            false => properties.push_str(&format!(",endLine={end_line}")),
        }
    }
    let help = if diagnostic.help.is_empty() { String::new() } else { format!("\n{}", diagnostic.help) };
    let text = data(&format!("{}{help}", diagnostic.message));
    writeln!(out, "::{} {properties}::{text}", command(diagnostic.severity))
}

fn write_notice(notice: &Notice, out: &mut dyn io::Write) -> io::Result<()> {
    let mut properties = "title=spanlint".to_owned();
    if !notice.path.is_empty() {
        properties.push_str(&format!(",file={}", property(&notice.path)));
    }
    if let Some((line, column)) = notice.position {
        properties.push_str(&format!(",line={line},col={column}"));
    }
    writeln!(out, "::{} {properties}::{}", command(notice.severity), data(&notice.message))
}

fn command(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    }
}

/// A text after the command, as the runner reads it: <https://github.com/actions/toolkit>, `packages/core/src/command.ts`.
fn data(text: &str) -> String {
    printable(text).replace('%', "%25").replace('\n', "%0A")
}

/// A text inside the command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
