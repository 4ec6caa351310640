//! What GitLab shows as code quality: the fields of
//! <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>, and of Code Climate's issues those that say more.

use super::{fingerprints, spot};
use crate::diagnostic::{Diagnostic, Severity};
use crate::engine::Report;
use serde::Serialize;
use std::io;

pub(super) fn render(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let findings = report.diagnostics.iter().zip(fingerprints(report));
    let issues: Vec<Issue<'_>> = findings.map(|(finding, fingerprint)| issue(report, finding, fingerprint)).collect();
    serde_json::to_writer_pretty(&mut *out, &issues)?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
struct Issue<'a> {
    r#type: &'static str,
    check_name: &'a str,
    description: &'a str,
    content: Content<'a>,
    categories: [&'static str; 1],
    severity: &'static str,
    fingerprint: String,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Content<'a> {
    body: &'a str,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

fn issue<'a>(report: &'a Report, diagnostic: &'a Diagnostic, fingerprint: String) -> Issue<'a> {
    let spot = spot(report, diagnostic.at);
    let lines = spot.as_ref().map_or(Lines { begin: 1, end: 1 }, |it| Lines { begin: it.start.0, end: it.end.0 });
    Issue {
        r#type: "issue",
        check_name: diagnostic.check,
        description: &diagnostic.message,
        content: Content { body: &diagnostic.help },
        categories: ["Bug Risk"],
        severity: match diagnostic.severity {
            Severity::Error => "major",
            Severity::Warning => "minor",
            Severity::Note => "info",
        },
        fingerprint,
        location: Location { path: spot.map_or("", |spot| &spot.file.path), lines },
    }
}
