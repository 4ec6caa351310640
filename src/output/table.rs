//! Lists for people and programs: checks, models.

use super::filled;
use crate::checks::Check;
use crate::fix::Applicability;
use serde::Serialize;
use std::io;
use unicode_width::UnicodeWidthStr;

/// One row of a table.
pub type Row = Vec<String>;

/// Rows in columns as wide as their widest cell; the last column is wrapped to `width`. The first row is the heading.
pub fn table(rows: &[Row], width: usize) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let widest = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max();
    let widths: Vec<usize> = (0..columns).map(|column| widest(column).unwrap_or_default()).collect();
    let before: usize = widths.iter().take(columns.saturating_sub(1)).map(|width| width + 2).sum();
    let indent = " ".repeat(before);
    let mut text = String::new();
    for row in rows {
        let Some((last, cells)) = row.split_last() else { continue };
        let mut line = String::new();
        for (cell, width) in cells.iter().zip(&widths) {
            let pad = " ".repeat(width.saturating_sub(cell.width()) + 2);
            line.push_str(cell);
            line.push_str(&pad);
        }
        let room = width.max(before + 24);
        let options = textwrap::Options::new(room).initial_indent(&line).subsequent_indent(&indent);
        text.push_str(filled(last, options).trim_end());
        text.push('\n');
    }
    text
}

/// The checks as a JSON list.
///
/// # Errors
/// The writer's.
pub fn checks_as_json(checks: &[Check], out: &mut dyn io::Write) -> io::Result<()> {
    let rows: Vec<JsonCheck<'_>> = checks.iter().map(row_of).collect();
    serde_json::to_writer_pretty(&mut *out, &rows)?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
struct JsonCheck<'a> {
    id: &'a str,
    severity: &'static str,
    fix: Option<&'static str>,
    summary: String,
    documentation: &'a str,
}

fn row_of(check: &Check) -> JsonCheck<'_> {
    JsonCheck {
        id: check.id,
        severity: check.severity.word(),
        fix: check.fix.map(applicability_word),
        summary: check.summary(),
        documentation: check.doc,
    }
}

/// The word used in every format.
pub(super) fn applicability_word(applicability: Applicability) -> &'static str {
    match applicability {
        Applicability::Safe => "safe",
        Applicability::Unsafe => "unsafe",
        Applicability::DisplayOnly => "display-only",
    }
}
