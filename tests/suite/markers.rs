//! Markers: what a fixture's comments say must be reported, one grammar for every language.
//!
//! | marker | meaning |
//! |---|---|
//! | `want: <check> "part of the message"` | must be reported here; the text is optional |
//! | ``want: <check> at `code` `` | and its own place must be exactly this code |
//! | `todo want: <check>` | not reported today, though it should be; fails once it is |
//! | `todo quiet: <check>` | reported today, though it should not be; fails once it is not |
//!
//! A marker stands at the start of a comment, after code or alone on its line; alone, it speaks of the next line of code.
//! Several may follow each other.

use spanlint::diagnostic::Diagnostic;
use spanlint::engine::Report;
use std::fmt;

/// What a marker says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Want,
    TodoWant,
    TodoQuiet,
}

/// One marker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Marker {
    pub(crate) kind: Kind,
    pub(crate) check: String,
    /// Part of the message.
    pub(crate) message: Option<String>,
    /// The code of the finding's own place.
    pub(crate) code: Option<String>,
    /// The line it speaks of, from 1.
    pub(crate) line: u32,
}

impl fmt::Display for Marker {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.check)?;
        if let Some(message) = &self.message {
            write!(formatter, " {message:?}")?;
        }
        if let Some(code) = &self.code {
            write!(formatter, " at `{code}`")?;
        }
        Ok(())
    }
}

/// The markers of a text whose comments start with `sign`; a fault is line and message.
pub(crate) fn read(text: &str, sign: &str) -> Result<Vec<Marker>, (u32, String)> {
    let mut markers = Vec::new();
    let mut waiting: Vec<Marker> = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        let is_comment = line.trim_start().starts_with(sign);
        let mut here = match comment_with_markers(line, sign) {
            Some(comment) => parse(comment, number).map_err(|message| (number, message))?,
            None => Vec::new(),
        };
        // A comment that speaks to the program is something that a marker can speak of, too.
        if is_comment && (!here.is_empty() || !line.contains("spanlint:")) {
            waiting.append(&mut here);
        } else if !line.trim().is_empty() {
            waiting.iter_mut().for_each(|marker| marker.line = number);
            markers.append(&mut waiting);
        }
        markers.append(&mut here);
    }
    match waiting.first() {
        Some(marker) => Err((marker.line, format!("no code follows the marker `{marker}`"))),
        None => Ok(markers),
    }
}

/// Compares findings with markers. The answer is empty if all is as marked; else line and what is wrong there.
pub(crate) fn compare(report: &Report, file: usize, markers: &[Marker]) -> Vec<(u32, String)> {
    let mut findings: Vec<&Diagnostic> =
        report.diagnostics.iter().filter(|diagnostic| diagnostic.at.file.0 as usize == file).collect();
    let mut faults = Vec::new();
    // The most particular markers first, so that a plain one does not take what another one means.
    let mut markers: Vec<&Marker> = markers.iter().collect();
    markers.sort_by_key(|marker| (marker.message.is_none(), marker.code.is_none()));
    for marker in markers {
        let found = findings.iter().position(|diagnostic| fits(report, diagnostic, marker));
        let found = found.map(|index| findings.remove(index));
        match (marker.kind, found) {
            (Kind::Want, None) => faults.push((marker.line, format!("not reported: {marker}"))),
            (Kind::TodoQuiet, None) => {
                faults.push((marker.line, format!("no longer reported, so take out `todo quiet: {marker}`")));
            }
            (Kind::TodoWant, Some(_)) => {
                faults.push((marker.line, format!("reported at last, so make it `want: {marker}`")));
            }
            (Kind::Want | Kind::TodoQuiet, Some(_)) | (Kind::TodoWant, None) => {}
        }
    }
    faults.extend(findings.into_iter().map(|diagnostic| {
        let Diagnostic { check, message, severity, .. } = diagnostic;
        let code = report.files[file].slice(diagnostic.at.range);
        (line_of(report, diagnostic), format!("surplus: {}[{check}] {message} at `{code}`", severity.word()))
    }));
    faults.sort();
    faults
}

fn fits(report: &Report, diagnostic: &Diagnostic, marker: &Marker) -> bool {
    let file = &report.files[diagnostic.at.file.0 as usize];
    diagnostic.check == marker.check
        && line_of(report, diagnostic) == marker.line
        && marker.message.as_ref().is_none_or(|message| diagnostic.message.contains(message))
        && marker.code.as_ref().is_none_or(|code| file.slice(diagnostic.at.range) == code)
}

fn line_of(report: &Report, diagnostic: &Diagnostic) -> u32 {
    report.files[diagnostic.at.file.0 as usize].lines.position(diagnostic.at.range.start).line + 1
}

/// What follows the comment sign, if markers do.
fn comment_with_markers<'a>(line: &'a str, sign: &str) -> Option<&'a str> {
    line.match_indices(sign)
        .map(|(at, _)| line[at + sign.len()..].trim())
        .find(|comment| ["want:", "todo want:", "todo quiet:"].iter().any(|start| comment.starts_with(start)))
}

fn parse(comment: &str, line: u32) -> Result<Vec<Marker>, String> {
    let mut markers = Vec::new();
    let mut rest = comment;
    while !rest.is_empty() {
        let (kind, after) = [("want:", Kind::Want), ("todo want:", Kind::TodoWant), ("todo quiet:", Kind::TodoQuiet)]
            .iter()
            .find_map(|(word, kind)| Some((*kind, rest.strip_prefix(word)?)))
            .ok_or_else(|| format!("expected `want:`, `todo want:` or `todo quiet:`, found `{rest}`"))?;
        let after = after.trim_start();
        let end = after.find(|it: char| !it.is_ascii_lowercase() && it != '-').unwrap_or(after.len());
        let (check, after) = after.split_at(end);
        if check.is_empty() {
            return Err(format!("expected the id of a check, found `{after}`"));
        }
        let mut marker = Marker { kind, check: check.to_owned(), message: None, code: None, line };
        rest = after.trim_start();
        if let Some(quoted) = rest.strip_prefix('"') {
            let (message, after) = quoted.split_once('"').ok_or("the part of the message has no end")?;
            marker.message = Some(message.to_owned());
            rest = after.trim_start();
        }
        if let Some(quoted) = rest.strip_prefix("at `") {
            let (code, after) = quoted.split_once('`').ok_or("the code has no end")?;
            marker.code = Some(code.to_owned());
            rest = after.trim_start();
        }
        rest = rest.trim_start_matches([',', ';']).trim_start();
        markers.push(marker);
    }
    Ok(markers)
}

#[test]
fn markers_stand_after_code_or_before_it() {
    let text = "a() // want: missing-inject \"leaves\" at `a()`\n\n// Prose, then a marker.\n// todo want: late-inject\n\
                // todo quiet: detached-context, want: missing-extract\n\nb() // no marker: want: x\n";
    let marker = |kind, check: &str, line| Marker { kind, check: check.into(), message: None, code: None, line };
    let first =
        Marker { message: Some("leaves".into()), code: Some("a()".into()), ..marker(Kind::Want, "missing-inject", 1) };
    let expected = vec![
        first,
        marker(Kind::TodoWant, "late-inject", 7),
        marker(Kind::TodoQuiet, "detached-context", 7),
        marker(Kind::Want, "missing-extract", 7),
    ];
    assert_eq!(read(text, "//"), Ok(expected));
}

#[test]
fn bad_markers_are_named() {
    assert!(read("a() // want: missing-inject leaves", "//").unwrap_err().1.contains("found `leaves`"));
    assert!(read("a() // want: \"leaves\"", "//").unwrap_err().1.contains("id of a check"));
    assert_eq!(read("\n# want: missing-inject \"x", "#").unwrap_err().0, 2);
    assert!(read("// want: late-inject\n", "//").unwrap_err().1.contains("no code follows"));
}
