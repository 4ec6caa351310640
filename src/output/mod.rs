//! Reports as bytes: one file per format.
//!
//! Formats read a [`Report`] and nothing else. They know no arguments and no disk.

mod checkstyle;
mod concise;
mod fingerprint;
mod github;
mod gitlab;
mod json;
mod junit;
mod page;
mod rdjson;
mod sarif;
mod summary;
mod table;
mod terminal;
mod verbose;
mod xml;

pub use fingerprint::fingerprints;
pub use page::page;
pub use summary::Summary;
pub use table::{Row, checks_as_json, table};
pub use verbose::recognised;

use crate::engine::Report;
use crate::text::{FileRange, SourceFile, TextRange};
use std::io;

/// A format that a report can have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people at a terminal: sources with the steps that explain a finding.
    #[default]
    Terminal,
    /// One line for each finding.
    Concise,
    /// One JSON document, for programs.
    Json,
    /// One JSON document on each line: findings, notices, and at last the summary.
    Jsonl,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Commands that make a workflow of GitHub annotate lines.
    Github,
    /// What GitLab shows as code quality in a merge request.
    Gitlab,
    /// JUnit's XML, for servers that show tests.
    Junit,
    /// Checkstyle's XML.
    Checkstyle,
    /// What reviewdog reads.
    Rdjson,
}

/// Every format, with its name.
pub const FORMATS: &[(&str, Format)] = &[
    ("terminal", Format::Terminal),
    ("concise", Format::Concise),
    ("json", Format::Json),
    ("jsonl", Format::Jsonl),
    ("sarif", Format::Sarif),
    ("github", Format::Github),
    ("gitlab", Format::Gitlab),
    ("junit", Format::Junit),
    ("checkstyle", Format::Checkstyle),
    ("rdjson", Format::Rdjson),
];

/// How a report is to look. Formats for programs read the last ones only.
#[derive(Clone, Debug)]
pub struct RenderOptions {
    /// Whether colours may be used.
    pub color: bool,
    /// Whether lines may be drawn with more than ASCII.
    pub unicode: bool,
    /// Where files lie that are named from the folder of the run, as a URI that ends with `/`, if the reader can follow links.
    pub links: Option<String>,
    /// Columns that a line may have.
    pub width: usize,
    /// Whether only findings are wanted: no summary, and no notices that don't fail the run.
    pub quiet: bool,
    /// Whether the findings are to be counted by check.
    pub statistics: bool,
    /// How many findings were repaired, if that was asked for.
    pub fixed: Option<usize>,
    /// Whether formats that can mark them are to hold allowed findings, too.
    pub allowed: bool,
}

impl Default for RenderOptions {
    fn default() -> RenderOptions {
        RenderOptions {
            color: false,
            unicode: true,
            links: None,
            width: 80,
            quiet: false,
            statistics: false,
            fixed: None,
            allowed: false,
        }
    }
}

/// Writes a report.
///
/// # Errors
/// The writer's.
pub fn render(report: &Report, format: Format, options: &RenderOptions, out: &mut dyn io::Write) -> io::Result<()> {
    match format {
        Format::Terminal => terminal::render(report, options, out),
        Format::Concise => concise::render(report, options, out),
        Format::Json => json::render(report, options, out),
        Format::Jsonl => json::render_lines(report, options, out),
        Format::Sarif => sarif::render(report, options, out),
        Format::Github => github::render(report, out),
        Format::Gitlab => gitlab::render(report, out),
        Format::Junit => junit::render(report, out),
        Format::Checkstyle => checkstyle::render(report, out),
        Format::Rdjson => rdjson::render(report, out),
    }
}

/// Text from a source or a path, safe to print: what would move the cursor, change colours or turn the reading direction
/// is replaced.
fn printable(text: &str) -> String {
    text.chars().map(|it| if is_printable(it) || it == '\n' { it } else { char::REPLACEMENT_CHARACTER }).collect()
}

/// A path, safe to print and on one line.
fn printable_path(path: &str) -> String {
    printable(path).replace('\n', "\u{fffd}")
}

fn is_printable(it: char) -> bool {
    let turns_direction = matches!(it, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !it.is_control() && !turns_direction && it != '\u{feff}'
}

/// `1 file`, `2 files`.
pub fn count(number: usize, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{ending}")
}

/// A line, counted from 0, without its line break.
fn line_text(file: &SourceFile, line: u32) -> &str {
    let range = TextRange::new(file.lines.line_start(line), file.lines.line_start(line + 1));
    file.slice(range).trim_end_matches(['\n', '\r'])
}

/// A path as part of a URI. A colon would end a scheme.
pub fn uri_path(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(byte as char),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

/// A place as people count: the file, and where it starts and ends in it, lines and columns from 1.
struct Spot<'r> {
    file: &'r SourceFile,
    start: (u32, u32),
    end: (u32, u32),
}

/// The place with columns in bytes of UTF-8; none if the report has no such file.
fn spot(report: &Report, at: FileRange) -> Option<Spot<'_>> {
    let file = report.files.get(at.file.0 as usize)?;
    let place = |offset: u32| {
        let position = file.lines.position(offset);
        (position.line + 1, position.column + 1)
    };
    Some(Spot { file, start: place(at.range.start), end: place(at.range.end) })
}

/// A paragraph in lines of at most so many columns, each as full as it can be; words wider than a line are not broken, nor
/// are names, options and links at their hyphens and strokes.
fn filled(text: &str, options: textwrap::Options<'_>) -> String {
    let options = options.break_words(false).word_splitter(textwrap::WordSplitter::NoHyphenation);
    let options = options.word_separator(textwrap::WordSeparator::AsciiSpace);
    textwrap::fill(text, options.wrap_algorithm(textwrap::WrapAlgorithm::FirstFit))
}
