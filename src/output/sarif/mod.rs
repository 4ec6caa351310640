//! SARIF 2.1.0: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>.
//!
//! One run with a rule for each check. Columns count UTF-16 code units, as readers take it that do not look. Allowed findings
//! are left out unless they are asked for: GitHub would open alerts for them.

mod log;

use super::table::applicability_word;
use super::{RenderOptions, printable, uri_path};
use crate::checks::{self, Check};
use crate::diagnostic::{Allowed, AllowedBy, Diagnostic, Label, Notice, Severity};
use crate::engine::Report;
use crate::fix::{Edit, Fix};
use crate::text::{Encoding, FileRange, SourceFile, TextRange};
use log::{
    ArtifactChange, ArtifactLocation, CodeFlow, Configuration, Content, Driver, Invocation, Kind, Location, Log,
    Message, Notification, PhysicalLocation, Properties, Region, Replacement, ReportingDescriptor, Run, SarifFix,
    SarifResult, Suppression, ThreadFlow, ThreadFlowLocation, Tool, UriBase,
};
use std::collections::BTreeMap;
use std::io;

/// The folder that relative paths start from.
const ROOT: &str = "%SRCROOT%";
/// What a finding's fingerprint is made of; a change of that makes another name.
const FINGERPRINT: &str = "spanlint/v1";
const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

pub(super) fn render(report: &Report, options: &RenderOptions, out: &mut dyn io::Write) -> io::Result<()> {
    let suppressions = options.allowed.then(Vec::new);
    let found = |diagnostic| result(report, diagnostic, suppressions.clone());
    let mut results: Vec<SarifResult<'_>> = report.diagnostics.iter().map(found).collect();
    if options.allowed {
        let allowed = |it| (it, Some(vec![suppression(it)]));
        let allowed = report.allowed.iter().map(allowed);
        results.extend(allowed.map(|(it, suppression)| result(report, &it.diagnostic, suppression)));
    }
    let failed = report.notices.iter().any(|notice| notice.severity == Severity::Error);
    let run = Run {
        tool: Tool { driver: driver() },
        invocations: [Invocation {
            execution_successful: !failed,
            tool_execution_notifications: report.notices.iter().map(notification).collect(),
        }],
        original_uri_base_ids: BTreeMap::from([(
            ROOT,
            UriBase { description: Message { text: "the folder that spanlint was started in".to_owned() } },
        )]),
        column_kind: "utf16CodeUnits",
        results,
    };
    serde_json::to_writer_pretty(&mut *out, &Log { schema: SCHEMA, version: "2.1.0", runs: [run] })?;
    out.write_all(b"\n")
}

fn driver() -> Driver {
    Driver {
        name: "spanlint",
        semantic_version: env!("CARGO_PKG_VERSION"),
        short_description: Message { text: env!("CARGO_PKG_DESCRIPTION").to_owned() },
        rules: checks::ALL.iter().map(rule).collect(),
    }
}

fn rule(check: &Check) -> ReportingDescriptor {
    // What comes before is the title and the summary, which have their own places.
    let page = check.doc.split_once("\n## ").map_or(check.doc.to_owned(), |(_, rest)| format!("## {rest}"));
    ReportingDescriptor {
        id: check.id,
        name: camel_case(check.id),
        short_description: Message { text: check.summary() },
        full_description: Message { text: format!("{} {}", check.summary(), check.reason()) },
        help: Content { text: super::page(&page, 100), markdown: Some(page) },
        default_configuration: Configuration { level: check.severity.word() },
        properties: Properties {
            tags: Some(["observability", "tracing"]),
            problem_severity: Some(match check.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "recommendation",
            }),
            ..Properties::default()
        },
    }
}

/// `missing-inject` as `MissingInject`, since names of rules are identifiers.
fn camel_case(id: &str) -> String {
    let mut name = String::new();
    for word in id.split('-') {
        let mut letters = word.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name
}

fn result<'a>(
    report: &'a Report,
    diagnostic: &'a Diagnostic,
    suppressions: Option<Vec<Suppression<'a>>>,
) -> SarifResult<'a> {
    let help = if diagnostic.help.is_empty() { String::new() } else { format!("\n\n{}", diagnostic.help) };
    let cause = diagnostic.cause.filter(|cause| diagnostic.labels.iter().all(|label| label.at != *cause));
    let steps = diagnostic.labels.iter().map(|label| location(report, label.at, Some(&label.text)));
    let cause = cause.map(|cause| location(report, cause, Some("an edit here repairs this finding")));
    let number = |(index, location)| Location { id: Some(index as u32 + 1), ..location };
    SarifResult {
        rule_id: diagnostic.check,
        rule_index: checks::ALL.iter().position(|check| check.id == diagnostic.check),
        level: diagnostic.severity.word(),
        message: message(&format!("{}{help}", diagnostic.message)),
        locations: [location(report, diagnostic.at, None)],
        related_locations: steps.chain(cause).enumerate().map(number).collect(),
        code_flows: code_flow(report, &diagnostic.labels).into_iter().collect(),
        fixes: diagnostic.fixes.iter().filter(|fix| !fix.edits.is_empty()).map(|fix| fix_of(report, fix)).collect(),
        partial_fingerprints: BTreeMap::from([(FINGERPRINT, format!("{:016x}", diagnostic.fingerprint))]),
        suppressions,
        properties: Properties { confidence: Some(diagnostic.confidence.word()), ..Properties::default() },
    }
}

/// The witness as a path through the code; one step is none.
fn code_flow<'a>(report: &'a Report, labels: &'a [Label]) -> Option<CodeFlow<'a>> {
    let step = |label: &'a Label| ThreadFlowLocation { location: location(report, label.at, Some(&label.text)) };
    let locations: Vec<ThreadFlowLocation<'_>> = labels.iter().map(step).collect();
    (locations.len() > 1).then_some(CodeFlow { thread_flows: [ThreadFlow { locations }] })
}

fn fix_of<'a>(report: &'a Report, fix: &'a Fix) -> SarifFix<'a> {
    let mut files = BTreeMap::<_, Vec<&Edit>>::new();
    for edit in &fix.edits {
        files.entry(edit.at.file).or_default().push(edit);
    }
    let replacement = |edit: &&'a Edit| Replacement {
        deleted_region: region(report, edit.at, false),
        inserted_content: (!edit.text.is_empty()).then_some(Content { text: edit.text.as_str(), markdown: None }),
    };
    let change = |edits: Vec<&'a Edit>| ArtifactChange {
        artifact_location: edits.first().map_or_else(ArtifactLocation::default, |edit| artifact(report, edit.at)),
        replacements: edits.iter().map(replacement).collect(),
    };
    SarifFix {
        description: message(&fix.title),
        artifact_changes: files.into_values().map(change).collect(),
        properties: Properties { applicability: Some(applicability_word(fix.applicability)), ..Properties::default() },
    }
}

fn suppression(allowed: &Allowed) -> Suppression<'_> {
    match &allowed.by {
        AllowedBy::Comment(reason) => {
            Suppression { kind: Kind::InSource, justification: Some(reason.as_str()).filter(|it| !it.is_empty()) }
        }
        AllowedBy::Baseline => Suppression { kind: Kind::External, justification: Some("in the baseline") },
    }
}

fn notification(notice: &Notice) -> Notification<'_> {
    let region = notice.position.map(|(start_line, start_column)| Region {
        start_line,
        start_column,
        end_line: start_line,
        end_column: start_column,
        snippet: None,
    });
    let place = (!notice.path.is_empty()).then(|| Location {
        id: None,
        physical_location: PhysicalLocation { artifact_location: artifact_location(&notice.path), region },
        message: None,
    });
    Notification {
        level: notice.severity.word(),
        message: message(&notice.message),
        locations: place.into_iter().collect(),
    }
}

fn location<'a>(report: &'a Report, at: FileRange, text: Option<&str>) -> Location<'a> {
    Location {
        id: None,
        physical_location: PhysicalLocation {
            artifact_location: artifact(report, at),
            region: Some(region(report, at, true)),
        },
        message: text.map(message),
    }
}

fn artifact(report: &Report, at: FileRange) -> ArtifactLocation {
    artifact_location(report.files.get(at.file.0 as usize).map_or("", |file| &file.path))
}

/// Lines and columns from 1; with the code itself where a reader may show it.
fn region(report: &Report, at: FileRange, with_snippet: bool) -> Region<'_> {
    let file = report.files.get(at.file.0 as usize);
    let place = |offset: u32| {
        let position = file.map(|file| file.lines.position_in(&file.text, offset, Encoding::Utf16));
        position.map_or((1, 1), |position| (position.line + 1, position.column + 1))
    };
    let ((start_line, start_column), (end_line, end_column)) = (place(at.range.start), place(at.range.end));
    let snippet = file.filter(|_| with_snippet).and_then(|file| snippet(file, at.range));
    Region { start_line, start_column, end_line, end_column, snippet }
}

fn snippet(file: &SourceFile, range: TextRange) -> Option<Content<&str>> {
    /// Bytes of code that are worth repeating.
    const LONGEST: usize = 2000;
    let text = file.slice(range);
    (!text.is_empty() && text.len() <= LONGEST).then_some(Content { text, markdown: None })
}

/// Paths below the start are relative to it.
fn artifact_location(path: &str) -> ArtifactLocation {
    let uri = uri_path(path);
    match path.starts_with('/') {
        true => ArtifactLocation { uri: format!("file://{uri}"), uri_base_id: None },
        false => ArtifactLocation { uri, uri_base_id: Some(ROOT) },
    }
}

/// A text in which nothing looks like a link that is none, as a type with parameters and a call can.
fn message(text: &str) -> Message {
    let text = printable(text);
    Message { text: if text.contains("](") { text.replace('[', "\\[").replace(']', "\\]") } else { text } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_uris_and_ids_names() {
        assert_eq!(artifact_location("a b/é#.go").uri, "a%20b/%C3%A9%23.go");
        let outside = artifact_location("/src/a.go");
        assert_eq!((outside.uri.as_str(), outside.uri_base_id), ("file:///src/a.go", None));
        assert_eq!(camel_case("lost-in-spawn"), "LostInSpawn");
    }

    #[test]
    fn code_is_no_link() {
        assert_eq!(message("`Get[T](1)`").text, "`Get\\[T\\](1)`");
        assert_eq!(message("`a[0]`").text, "`a[0]`");
    }
}
