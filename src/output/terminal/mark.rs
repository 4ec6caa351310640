//! What is to be marked in the sources of a finding: its own place and the steps of its witness, tidied so that miette can
//! draw them: inside their files, not too tall, none over another on one line.

use crate::diagnostic::Diagnostic;
use crate::text::{FileRange, Position, SourceFile, TextRange};

/// A marked range with more lines is shown by its first.
const TALLEST_RANGE: u32 = 8;

/// A range to be marked.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    /// Index of the file.
    pub(super) file: usize,
    pub(super) start: Position,
    pub(super) end: Position,
    /// Empty for a mark without words.
    pub(super) text: String,
    /// Its turn in the witness.
    pub(super) order: usize,
    /// Whether it is the finding's own place.
    pub(super) primary: bool,
}

impl Mark {
    /// Whether it goes over several lines.
    pub(super) fn is_tall(&self) -> bool {
        self.start.line < self.end.line
    }
}

/// The marks of a finding. Steps are numbered when there are several.
pub(super) fn marks_of(files: &[SourceFile], diagnostic: &Diagnostic) -> Vec<Mark> {
    let several = diagnostic.labels.len() > 1;
    let steps = diagnostic.labels.iter().enumerate().map(|(index, label)| {
        let text = if several { format!("{}. {}", index + 1, label.text) } else { label.text.clone() };
        (label.at, text, index, label.at == diagnostic.at)
    });
    let unspoken = diagnostic.labels.iter().all(|label| label.at != diagnostic.at);
    let own = unspoken.then(|| (diagnostic.at, String::new(), 0, true));
    let mut marks: Vec<Mark> = Vec::new();
    for (at, text, order, primary) in own.into_iter().chain(steps) {
        let Some((start, end)) = files.get(at.file.0 as usize).map(|file| shape(file, at)) else { continue };
        add(&mut marks, Mark { file: at.file.0 as usize, start, end, text, order, primary });
    }
    keep_apart(&mut marks);
    marks
}

/// Adds a mark; one that starts where another does is joined with it, since two can't be drawn there.
fn add(marks: &mut Vec<Mark>, mark: Mark) {
    let Some(other) = marks.iter_mut().find(|other| other.file == mark.file && other.start == mark.start) else {
        marks.push(mark);
        return;
    };
    if !other.text.is_empty() && !mark.text.is_empty() {
        other.text.push('\n');
    }
    other.text.push_str(&mark.text);
    other.order = other.order.min(mark.order);
    if mark.primary || (!other.primary && mark.end > other.end) {
        other.end = mark.end;
    }
    other.primary |= mark.primary;
}

/// Cuts a mark where the next one on its line begins.
fn keep_apart(marks: &mut [Mark]) {
    let starts: Vec<(usize, Position)> = marks.iter().map(|mark| (mark.file, mark.start)).collect();
    for mark in marks.iter_mut().filter(|mark| !mark.is_tall()) {
        let inside =
            starts.iter().filter(|(file, start)| *file == mark.file && mark.start < *start && *start < mark.end);
        if let Some((_, start)) = inside.min() {
            mark.end = *start;
        }
    }
}

/// Where a range stands, without the line breaks and blanks at its end, and only its first line if it is too tall.
fn shape(file: &SourceFile, at: FileRange) -> (Position, Position) {
    let length = file.text.len() as u32;
    let (start, end) = (at.range.start.min(length), at.range.end.min(length));
    let trimmed = file.slice(TextRange::new(start, end.max(start))).trim_end().len() as u32;
    let (first, last) = (file.lines.position(start), file.lines.position(start + trimmed));
    if last.line - first.line < TALLEST_RANGE {
        return (first, last);
    }
    let next = file.lines.line_start(first.line + 1);
    let shown = file.slice(TextRange::new(start, next)).trim_end().len() as u32;
    (first, Position { line: first.line, column: first.column + shown })
}
