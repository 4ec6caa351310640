//! For people: each finding with the sources that explain it, drawn by miette.
//!
//! Nothing depends on colour alone: severity, numbers of the steps and ways to repair are words.

mod excerpt;
mod line;
mod mark;

use super::concise::{is_shown, notice_line, place, statistics};
use super::{RenderOptions, Summary, filled, printable, uri_path};
use crate::diagnostic::{Confidence, Diagnostic, Severity};
use crate::engine::Report;
use crate::fix::Applicability;
use crate::text::FileRange;
use excerpt::Excerpts;
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode, ThemeCharacters, ThemeStyles};
use std::collections::HashMap;
use std::fmt;
use std::io::{self, Write};

/// Narrower than this, lines are cut to no use.
const NARROWEST: usize = 60;
/// Wider than this, text is hard to read.
const WIDEST: usize = 120;
/// How many places with the same cause are listed.
const LISTED_PLACES: usize = 20;

pub(super) fn render(report: &Report, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let printer = Printer { report, options, width: options.width.clamp(NARROWEST, WIDEST) };
    for group in grouped(&report.diagnostics) {
        writeln!(out, "{}", printer.finding(&group))?;
    }
    for notice in report.notices.iter().filter(|notice| is_shown(notice, options)) {
        writeln!(out, "{}", printer.in_style(notice.severity, &printer.filled(&notice_line(notice))))?;
    }
    let summary = Summary::of(report);
    if options.statistics {
        write!(out, "{}", statistics(&summary))?;
    }
    if !options.quiet {
        writeln!(out, "{}", printer.filled(&summary.line(options.fixed)))?;
    }
    Ok(())
}

/// Findings of one check with the same cause, in the place of the first.
fn grouped(diagnostics: &[Diagnostic]) -> Vec<Vec<&Diagnostic>> {
    let mut groups: Vec<Vec<&Diagnostic>> = Vec::new();
    let mut by_cause: HashMap<(&str, FileRange), usize> = HashMap::new();
    for diagnostic in diagnostics {
        let known = diagnostic.cause.map(|cause| *by_cause.entry((diagnostic.check, cause)).or_insert(groups.len()));
        match known.and_then(|index| groups.get_mut(index)) {
            Some(group) => group.push(diagnostic),
            None => groups.push(vec![diagnostic]),
        }
    }
    groups
}

struct Printer<'a> {
    report: &'a Report,
    options: &'a RenderOptions,
    width: usize,
}

impl Printer<'_> {
    fn finding(&self, group: &[&Diagnostic]) -> String {
        let Some((diagnostic, others)) = group.split_first() else { return String::new() };
        let excerpts = Excerpts::new(&self.report.files, diagnostic, self.width, self.ellipsis());
        let theme = self.theme(diagnostic.severity, excerpts.primary);
        let handler = GraphicalReportHandler::new_themed(theme).with_width(self.width).with_links(false);
        let mut text = String::new();
        // Writing to a string fails only if a reader of the excerpts does, and theirs never does.
        let _ = handler.render_report(&mut text, &Drawn { diagnostic, excerpts });
        let text: String = text.lines().map(|line| format!("{}\n", line.trim_end())).collect();
        let mut text = self.linked(&text, diagnostic.at);
        if !diagnostic.help.is_empty() {
            text.push_str(&self.paragraph("help", &diagnostic.help));
        }
        text.push_str(&self.fix(diagnostic));
        text.push_str(&self.others(others));
        text
    }

    /// The text with a place in it made a link to the file, if the reader can follow it.
    fn linked(&self, text: &str, at: FileRange) -> String {
        let file = self.report.files.get(at.file.0 as usize);
        let Some((folder, file)) = self.options.links.as_ref().zip(file) else { return text.to_owned() };
        let below = if file.path.starts_with('/') { "file://" } else { folder.as_str() };
        let (place, uri) = (place(self.report, at), format!("{below}{}", uri_path(&file.path)));
        // The commands of terminals for links: <https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda>.
        text.replacen(&place, &format!("\u{1b}]8;;{uri}\u{1b}\\{place}\u{1b}]8;;\u{1b}\\"), 1)
    }

    fn fix(&self, diagnostic: &Diagnostic) -> String {
        let Some(fix) = diagnostic.fixes.first() else { return String::new() };
        let how = match fix.applicability {
            Applicability::Safe => " (applied by `--fix`)",
            Applicability::Unsafe => " (applied by `--fix --unsafe-fixes`; read the change before you keep it)",
            Applicability::DisplayOnly => " (by hand)",
        };
        self.paragraph("fix", &format!("{}{how}", fix.title))
    }

    fn others(&self, others: &[&Diagnostic]) -> String {
        if others.is_empty() {
            return String::new();
        }
        let more = if others.len() == 1 { "more finding has" } else { "more findings have" };
        let also = format!("{} {more} the same cause, and one edit repairs all:", others.len());
        let mut text = self.paragraph("also", &also);
        for other in others.iter().take(LISTED_PLACES) {
            text.push_str(&self.linked(&format!("        {}\n", place(self.report, other.at)), other.at));
        }
        if others.len() > LISTED_PLACES {
            let rest = others.len() - LISTED_PLACES;
            text.push_str(&format!("        and {rest} more, all listed by `--format concise`\n"));
        }
        text
    }

    fn paragraph(&self, name: &str, text: &str) -> String {
        let name = format!("{name:>6}");
        let first = format!("{}: ", self.styles().help.style(&name));
        let options = textwrap::Options::new(self.width).initial_indent(&first).subsequent_indent("        ");
        format!("{}\n", filled(&printable(text), options))
    }

    fn filled(&self, text: &str) -> String {
        let options = textwrap::Options::new(self.width).subsequent_indent("  ");
        filled(text, options)
    }

    fn in_style(&self, severity: Severity, text: &str) -> String {
        let styles = self.styles();
        let style = match severity {
            Severity::Error => styles.error,
            Severity::Warning => styles.warning,
            Severity::Note => styles.advice,
        };
        style.style(text).to_string()
    }

    /// The place itself in the colour of its severity, the steps that lead there in another.
    fn theme(&self, severity: Severity, primary: usize) -> GraphicalTheme {
        let mut styles = self.styles();
        if self.options.color {
            let own = match severity {
                Severity::Error => styles.error,
                Severity::Warning => styles.warning,
                Severity::Note => styles.advice,
            };
            let step = ThemeStyles::ansi().help.bold();
            styles.highlights = std::iter::repeat_n(step, primary).chain([own.bold()]).chain([step; 64]).collect();
        }
        let characters = if self.options.unicode { ThemeCharacters::unicode() } else { ThemeCharacters::ascii() };
        GraphicalTheme { characters, styles }
    }

    fn styles(&self) -> ThemeStyles {
        if self.options.color { ThemeStyles::ansi() } else { ThemeStyles::none() }
    }

    fn ellipsis(&self) -> &'static str {
        if self.options.unicode { "…" } else { "..." }
    }
}

/// A finding as miette wants it.
struct Drawn<'a> {
    diagnostic: &'a Diagnostic,
    excerpts: Excerpts,
}

impl fmt::Debug for Drawn<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.diagnostic.check)
    }
}

impl fmt::Display for Drawn<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&printable(&self.diagnostic.message))
    }
}

impl std::error::Error for Drawn<'_> {}

impl miette::Diagnostic for Drawn<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let Diagnostic { check, severity, confidence, .. } = self.diagnostic;
        let sure = match confidence {
            Confidence::High => String::new(),
            less => format!(" ({} confidence)", less.word()),
        };
        Some(Box::new(format!("{}[{check}]{sure}", severity.word())))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.diagnostic.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Note => miette::Severity::Advice,
        })
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.excerpts)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.excerpts.labels.iter().cloned()))
    }
}
