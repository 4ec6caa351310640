//! One JSON document.
//!
//! Lines and columns count from 1, columns in bytes of UTF-8; `byte` counts from 0 at the file's start. Fields may be added;
//! a change of what is there raises `version`.

use super::table::applicability_word;
use super::{RenderOptions, Summary, fingerprints, spot};
use crate::diagnostic::{Diagnostic, Notice};
use crate::engine::Report;
use crate::fix::{Edit, Fix};
use crate::text::FileRange;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io;

pub(super) fn render(report: &Report, options: &RenderOptions, out: &mut dyn io::Write) -> io::Result<()> {
    let diagnostics = report
        .diagnostics
        .iter()
        .zip(fingerprints(report))
        .map(|(diagnostic, fingerprint)| diagnostic_of(report, diagnostic, fingerprint))
        .collect();
    let notices = report.notices.iter().map(notice_of).collect();
    let document = Document { version: 1, diagnostics, notices, summary: summary_of(report, options) };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    out.write_all(b"\n")
}

/// The same, in pieces that each take a line.
pub(super) fn render_lines(report: &Report, options: &RenderOptions, out: &mut dyn io::Write) -> io::Result<()> {
    for (diagnostic, fingerprint) in report.diagnostics.iter().zip(fingerprints(report)) {
        write_line(&Line::Diagnostic(diagnostic_of(report, diagnostic, fingerprint)), out)?;
    }
    for notice in &report.notices {
        write_line(&Line::Notice(notice_of(notice)), out)?;
    }
    write_line(&Line::Summary(summary_of(report, options)), out)
}

fn write_line(line: &Line<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line<'a> {
    Diagnostic(JsonDiagnostic<'a>),
    Notice(JsonNotice<'a>),
    Summary(JsonSummary<'a>),
}

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    diagnostics: Vec<JsonDiagnostic<'a>>,
    notices: Vec<JsonNotice<'a>>,
    summary: JsonSummary<'a>,
}

#[derive(Serialize)]
struct JsonDiagnostic<'a> {
    check: &'a str,
    severity: &'static str,
    confidence: &'static str,
    message: &'a str,
    help: &'a str,
    #[serde(flatten)]
    at: Place<'a>,
    labels: Vec<JsonLabel<'a>>,
    cause: Option<Place<'a>>,
    fixes: Vec<JsonFix<'a>>,
    fingerprint: String,
}

#[derive(Serialize)]
struct Place<'a> {
    path: &'a str,
    range: JsonRange,
}

#[derive(Serialize)]
struct JsonRange {
    start: JsonPosition,
    end: JsonPosition,
}

#[derive(Serialize)]
struct JsonPosition {
    line: u32,
    column: u32,
    byte: u32,
}

#[derive(Serialize)]
struct JsonLabel<'a> {
    #[serde(flatten)]
    at: Place<'a>,
    text: &'a str,
}

#[derive(Serialize)]
struct JsonFix<'a> {
    title: &'a str,
    applicability: &'static str,
    preferred: bool,
    edits: Vec<JsonLabel<'a>>,
}

#[derive(Serialize)]
struct JsonNotice<'a> {
    severity: &'static str,
    path: &'a str,
    line: Option<u32>,
    column: Option<u32>,
    message: &'a str,
}

#[derive(Serialize)]
struct JsonSummary<'a> {
    errors: usize,
    warnings: usize,
    notes: usize,
    files: usize,
    fixable: JsonFixable,
    fixed: usize,
    allowed: usize,
    known: usize,
    gone: usize,
    untouched: usize,
    checks: BTreeMap<&'a str, usize>,
}

#[derive(Serialize)]
struct JsonFixable {
    safe: usize,
    r#unsafe: usize,
}

fn diagnostic_of<'a>(report: &'a Report, diagnostic: &'a Diagnostic, fingerprint: String) -> JsonDiagnostic<'a> {
    JsonDiagnostic {
        check: diagnostic.check,
        severity: diagnostic.severity.word(),
        confidence: diagnostic.confidence.word(),
        message: &diagnostic.message,
        help: &diagnostic.help,
        at: place_of(report, diagnostic.at),
        labels: diagnostic.labels.iter().map(|label| text_of(report, label.at, &label.text)).collect(),
        cause: diagnostic.cause.map(|cause| place_of(report, cause)),
        fixes: diagnostic.fixes.iter().enumerate().map(|(index, fix)| fix_of(report, index, fix)).collect(),
        fingerprint,
    }
}

fn fix_of<'a>(report: &'a Report, index: usize, fix: &'a Fix) -> JsonFix<'a> {
    let edit_of = |edit: &'a Edit| text_of(report, edit.at, &edit.text);
    JsonFix {
        title: &fix.title,
        applicability: applicability_word(fix.applicability),
        preferred: index == 0,
        edits: fix.edits.iter().map(edit_of).collect(),
    }
}

fn text_of<'a>(report: &'a Report, at: FileRange, text: &'a str) -> JsonLabel<'a> {
    JsonLabel { at: place_of(report, at), text }
}

fn place_of(report: &Report, at: FileRange) -> Place<'_> {
    let spot = spot(report, at);
    let (start, end) = spot.as_ref().map_or(((0, 0), (0, 0)), |spot| (spot.start, spot.end));
    let position = |(line, column), byte| JsonPosition { line, column, byte };
    let range = JsonRange { start: position(start, at.range.start), end: position(end, at.range.end) };
    Place { path: spot.map_or("", |spot| &spot.file.path), range }
}

fn notice_of(notice: &Notice) -> JsonNotice<'_> {
    JsonNotice {
        severity: notice.severity.word(),
        path: &notice.path,
        line: notice.position.map(|(line, _)| line),
        column: notice.position.map(|(_, column)| column),
        message: &notice.message,
    }
}

fn summary_of<'a>(report: &Report, options: &RenderOptions) -> JsonSummary<'a> {
    let summary = Summary::of(report);
    JsonSummary {
        errors: summary.errors,
        warnings: summary.warnings,
        notes: summary.notes,
        files: summary.files,
        fixable: JsonFixable { safe: summary.fixable, r#unsafe: summary.unsafely_fixable },
        fixed: options.fixed.unwrap_or_default(),
        allowed: summary.allowed,
        known: summary.known,
        gone: summary.gone,
        untouched: summary.untouched,
        checks: summary.checks.into_iter().map(|(check, numbers)| (check, numbers.findings)).collect(),
    }
}
