//! What reviewdog reads. Columns count bytes of UTF-8.

use super::spot;
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::engine::Report;
use crate::fix::{Applicability, Fix};
use crate::text::FileRange;
use serde::Serialize;
use std::io;

pub(super) fn render(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let diagnostics = report.diagnostics.iter().map(|diagnostic| finding(report, diagnostic)).collect();
    let result = DiagnosticResult { source: Source { name: "spanlint" }, diagnostics };
    serde_json::to_writer_pretty(&mut *out, &result)?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
struct DiagnosticResult<'a> {
    source: Source,
    diagnostics: Vec<Finding<'a>>,
}

#[derive(Serialize)]
struct Source {
    name: &'static str,
}

#[derive(Serialize)]
struct Finding<'a> {
    message: String,
    location: Location<'a>,
    severity: &'static str,
    code: Code<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suggestions: Vec<Suggestion<'a>>,
    #[serde(rename = "relatedLocations", skip_serializing_if = "Vec::is_empty")]
    related: Vec<Related<'a>>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    range: Range,
}

#[derive(Serialize)]
struct Range {
    start: Position,
    end: Position,
}

#[derive(Serialize)]
struct Position {
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct Code<'a> {
    value: &'a str,
}

#[derive(Serialize)]
struct Suggestion<'a> {
    range: Range,
    text: &'a str,
}

#[derive(Serialize)]
struct Related<'a> {
    message: &'a str,
    location: Location<'a>,
}

fn finding<'a>(report: &'a Report, diagnostic: &'a Diagnostic) -> Finding<'a> {
    let related = |label: &'a Label| Related { message: &label.text, location: location(report, label.at) };
    let help = if diagnostic.help.is_empty() { String::new() } else { format!("\n{}", diagnostic.help) };
    Finding {
        message: format!("{}{help}", diagnostic.message),
        location: location(report, diagnostic.at),
        severity: match diagnostic.severity {
            Severity::Error => "ERROR",
            Severity::Warning => "WARNING",
            Severity::Note => "INFO",
        },
        code: Code { value: diagnostic.check },
        suggestions: diagnostic.fixes.iter().filter_map(|fix| suggestion(report, diagnostic, fix)).collect(),
        related: diagnostic.labels.iter().map(related).collect(),
    }
}

/// A reader accepts suggestions one by one, so only a fix that is whole with one edit, in the file of the finding, is one.
fn suggestion<'a>(report: &Report, diagnostic: &Diagnostic, fix: &'a Fix) -> Option<Suggestion<'a>> {
    let [edit] = &fix.edits[..] else { return None };
    let is_whole = fix.applicability < Applicability::DisplayOnly && edit.at.file == diagnostic.at.file;
    is_whole.then(|| Suggestion { range: location(report, edit.at).range, text: &edit.text })
}

fn location(report: &Report, at: FileRange) -> Location<'_> {
    let spot = spot(report, at);
    let (start, end) = spot.as_ref().map_or(((1, 1), (1, 1)), |spot| (spot.start, spot.end));
    let position = |(line, column)| Position { line, column };
    Location {
        path: spot.map_or("", |spot| &spot.file.path),
        range: Range { start: position(start), end: position(end) },
    }
}
