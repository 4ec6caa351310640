//! The lines that explain a finding, taken from any number of files and laid out one after the other.
//!
//! miette draws one source. Here that source is made: each excerpt holds a few whole lines of one file, long ones cut so that
//! what is marked stays in sight, and knows where they stand in the file. Order is that of reading: first the excerpt with
//! the finding's own place, then the others as the witness goes.

use super::line::{Cut, ShownLine};
use super::mark::{Mark, marks_of};
use crate::diagnostic::Diagnostic;
use crate::output::{filled, line_text, printable, printable_path};
use crate::text::{Position, SourceFile};
use miette::{LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};
use unicode_width::UnicodeWidthStr;

/// Lines shown before and after a marked one.
const CONTEXT: u32 = 1;
/// At most so many lines between two marks are shown with them; more are left out.
const WIDEST_GAP: u32 = 6;
/// Columns for which a line is rather cut than the words below it are wrapped.
const NARROWEST_WORDS: usize = 28;
/// Columns of the line from a mark to its words.
const TO_WORDS: usize = 4;

/// Everything drawn for one finding.
pub(super) struct Excerpts {
    parts: Vec<Part>,
    /// What is marked, in the order of the drawn text.
    pub(super) labels: Vec<LabeledSpan>,
    /// Index of the finding's own place among the labels.
    pub(super) primary: usize,
}

/// A few lines of one file.
struct Part {
    name: String,
    /// The first line in the file, from 0.
    first_line: u32,
    /// Offset of the part in the drawn text.
    start: usize,
    text: String,
    /// Each line with its offset in `text`.
    lines: Vec<(usize, ShownLine)>,
}

impl Excerpts {
    /// Lays out a finding in lines of at most `width` columns; where one is cut, `ellipsis` says so.
    pub(super) fn new(files: &[SourceFile], diagnostic: &Diagnostic, width: usize, ellipsis: &'static str) -> Excerpts {
        let mut excerpts = Excerpts { parts: Vec::new(), labels: Vec::new(), primary: 0 };
        let mut start = 0;
        for marks in grouped(marks_of(files, diagnostic)) {
            let Some(file) = marks.first().and_then(|mark| files.get(mark.file)) else { continue };
            let layout = Layout::new(file, marks, width, ellipsis);
            let part = layout.part(start);
            excerpts.labels.extend(layout.marks.iter().map(|mark| layout.label(mark, &part)));
            // A byte between two parts, so that no range lies in both.
            start += part.text.len() + 1;
            excerpts.parts.push(part);
        }
        excerpts.labels.sort_by_key(LabeledSpan::offset);
        excerpts.primary = excerpts.labels.iter().position(LabeledSpan::primary).unwrap_or_default();
        excerpts
    }
}

impl SourceCode for Excerpts {
    /// Always the whole part: which lines are shown was decided here. miette asks without context when it only wants to know
    /// where a label stands in its file.
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        context_lines_before: usize,
        _context_lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let end = span.offset() + span.len();
        let part = self.parts.iter().find(|part| part.start <= span.offset() && end <= part.start + part.text.len());
        let part = part.ok_or(MietteError::OutOfBounds)?;
        let position = match context_lines_before {
            0 => part.position(span.offset() - part.start),
            _ => Position { line: part.first_line, column: 0 },
        };
        Ok(Box::new(MietteSpanContents::new_named(
            part.name.clone(),
            part.text.as_bytes(),
            SourceSpan::new(part.start.into(), part.text.len()),
            position.line as usize,
            position.column as usize,
            part.lines.len(),
        )))
    }
}

impl Part {
    /// Where a place of the file was drawn: its offset in the drawn text, and its column.
    fn drawn(&self, place: Position) -> (usize, usize) {
        let line = self.lines.get(place.line.saturating_sub(self.first_line) as usize);
        line.map_or((self.start, 0), |(offset, line)| {
            let (byte, column) = line.drawn(place.column);
            (self.start + offset + byte, column)
        })
    }

    /// Where an offset of the part's text stands in the file.
    fn position(&self, offset: usize) -> Position {
        let index = self.lines.partition_point(|(start, _)| *start <= offset).saturating_sub(1);
        let column = self.lines.get(index).map_or(0, |(start, line)| line.source_column(offset - start));
        Position { line: self.first_line + index as u32, column }
    }
}

/// Marks that stand close together, in the order in which they are to be read.
fn grouped(mut marks: Vec<Mark>) -> Vec<Vec<Mark>> {
    marks.sort_by_key(|mark| (mark.file, mark.start, mark.end));
    let mut groups: Vec<Vec<Mark>> = Vec::new();
    for mark in marks {
        let touches = |group: &&mut Vec<Mark>| {
            let last_line = group.iter().map(|other| other.end.line).max().unwrap_or_default();
            group.iter().all(|other| other.file == mark.file) && mark.start.line <= last_line + WIDEST_GAP + 1
        };
        match groups.last_mut().filter(touches) {
            Some(group) => group.push(mark),
            None => groups.push(vec![mark]),
        }
    }
    groups.sort_by_key(|group| {
        let holds_primary = group.iter().any(|mark| mark.primary);
        (!holds_primary, group.iter().map(|mark| mark.order).min())
    });
    groups
}

/// How one part is to be drawn.
struct Layout<'a> {
    file: &'a SourceFile,
    marks: Vec<Mark>,
    /// Columns to the right of the line numbers.
    room: usize,
    ellipsis: &'static str,
    first_line: u32,
    last_line: u32,
}

impl<'a> Layout<'a> {
    fn new(file: &'a SourceFile, marks: Vec<Mark>, width: usize, ellipsis: &'static str) -> Layout<'a> {
        let first_line = marks.iter().map(|mark| mark.start.line).min().unwrap_or_default().saturating_sub(CONTEXT);
        let last_line = marks.iter().map(|mark| mark.end.line).max().unwrap_or_default() + CONTEXT;
        let last_line = last_line.min(last_line_with_text(file));
        let digits = (last_line + 1).to_string().len();
        let tall = marks.iter().filter(|mark| mark.is_tall()).count();
        let beside = digits + 4 + if tall > 0 { tall + 3 } else { 0 };
        Layout { file, marks, room: width.saturating_sub(beside), ellipsis, first_line, last_line }
    }

    fn part(&self, start: usize) -> Part {
        let name = printable_path(&self.file.path);
        let mut part = Part { name, first_line: self.first_line, start, text: String::new(), lines: Vec::new() };
        for number in self.first_line..=self.last_line {
            let line = self.line(number);
            let offset = part.text.len();
            part.text.push_str(&line.text);
            part.text.push('\n');
            part.lines.push((offset, line));
        }
        part
    }

    fn line(&self, number: u32) -> ShownLine {
        let text = line_text(self.file, number);
        let on_line = || self.marks.iter().filter(|mark| mark.start.line == number && !mark.is_tall());
        let words = on_line().flat_map(|mark| mark.text.lines()).map(|line| line.width() + TO_WORDS).max();
        let marked = on_line().map(|mark| (mark.start.column, mark.end.column));
        let marked = marked.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)));
        let keep = words.unwrap_or_default().min(NARROWEST_WORDS);
        ShownLine::new(text, Cut { marked, room: self.room, keep, ellipsis: self.ellipsis })
    }

    fn label(&self, mark: &Mark, part: &Part) -> LabeledSpan {
        let ((from, from_column), (to, to_column)) = (part.drawn(mark.start), part.drawn(mark.end));
        let beside = if mark.is_tall() { 2 } else { usize::midpoint(from_column, to_column) + TO_WORDS };
        let room = self.room.saturating_sub(beside).max(NARROWEST_WORDS - TO_WORDS);
        let text = (!mark.text.is_empty()).then(|| wrapped(&mark.text, room));
        let span = SourceSpan::new(from.into(), to.saturating_sub(from));
        match mark.primary {
            true => LabeledSpan::new_primary_with_span(text, span),
            false => LabeledSpan::new_with_span(text, span),
        }
    }
}

/// The last line, unless it is the empty one after a final line break.
fn last_line_with_text(file: &SourceFile) -> u32 {
    let last = file.lines.line_count().saturating_sub(1);
    if last > 0 && line_text(file, last).is_empty() { last - 1 } else { last }
}

/// A label's text in lines that fit.
fn wrapped(text: &str, room: usize) -> String {
    let lines = printable(text);
    let options = textwrap::Options::new(room);
    lines.lines().map(|line| filled(line, options.clone())).collect::<Vec<_>>().join("\n")
}
