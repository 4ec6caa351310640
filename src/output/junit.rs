//! JUnit's XML: a suite for each file, a case for each finding. A note is a skipped case, since it does not fail a run.
//! What could not be done is an error of the suite that stands for the run.

use super::concise::place;
use super::xml::escaped;
use crate::diagnostic::{Diagnostic, Notice, Severity};
use crate::engine::Report;
use std::io;

pub(super) fn render(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let broken: Vec<&Notice> = report.notices.iter().filter(|notice| notice.severity == Severity::Error).collect();
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(out, r#"<testsuites name="spanlint">"#)?;
    // A run that finds nothing is one test that passed: servers take a report without tests for a broken one.
    let tests = broken.len().max(usize::from(report.diagnostics.is_empty()));
    if tests > 0 {
        let errors = broken.len();
        writeln!(out, r#"  <testsuite name="spanlint" tests="{tests}" failures="0" errors="{errors}" skipped="0">"#)?;
        if broken.is_empty() {
            writeln!(out, r#"    <testcase name="all traces hold" classname="spanlint"/>"#)?;
        }
        for notice in broken {
            let (path, message) = (escaped(&notice.path), escaped(&notice.message));
            writeln!(out, r#"    <testcase name="{path}" classname="spanlint">"#)?;
            writeln!(out, r#"      <error message="{message}" type="error"/>"#)?;
            writeln!(out, "    </testcase>")?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    for of_file in report.diagnostics.chunk_by(|one, other| one.at.file == other.at.file) {
        write_suite(report, of_file, out)?;
    }
    writeln!(out, "</testsuites>")
}

fn write_suite(report: &Report, findings: &[Diagnostic], out: &mut dyn io::Write) -> io::Result<()> {
    let file = findings.first().and_then(|first| report.files.get(first.at.file.0 as usize));
    let path = escaped(file.map_or("", |file| &file.path));
    let skipped = findings.iter().filter(|finding| finding.severity == Severity::Note).count();
    let (tests, failures) = (findings.len(), findings.len() - skipped);
    writeln!(
        out,
        r#"  <testsuite name="{path}" tests="{tests}" failures="{failures}" errors="0" skipped="{skipped}">"#
    )?;
    for finding in findings {
        let place = place(report, finding.at);
        let name = escaped(&format!("{} at {place}", finding.check));
        let (message, severity) = (escaped(&finding.message), finding.severity.word());
        writeln!(out, r#"    <testcase name="{name}" classname="{path}">"#)?;
        let text = escaped(&format!("{place}: {}", finding.help));
        if finding.severity == Severity::Note {
            writeln!(out, r#"      <skipped message="{message}">{text}</skipped>"#)?;
        } else {
            writeln!(out, r#"      <failure message="{message}" type="{severity}">{text}</failure>"#)?;
        }
        writeln!(out, "    </testcase>")?;
    }
    writeln!(out, "  </testsuite>")
}
