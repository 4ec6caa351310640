//! Byte offsets of what the lexer knows by line and column.
//!
//! proc-macro2 can tell byte ranges itself, but keeps a map entry for each one asked for.

use crate::text::TextRange;
use proc_macro2::{LineColumn, Span};

/// The lines of a text.
pub(super) struct Positions<'t> {
    text: &'t str,
    /// Offsets of line starts.
    starts: Vec<usize>,
    ascii: bool,
}

impl<'t> Positions<'t> {
    /// The positions of a text of which the lexer sees what follows `base`.
    pub(super) fn new(text: &'t str, base: usize) -> Positions<'t> {
        let mut starts = vec![base];
        starts.extend(memchr::memchr_iter(b'\n', &text.as_bytes()[base..]).map(|at| base + at + 1));
        Positions { text, starts, ascii: text.is_ascii() }
    }

    /// Bytes of the text.
    pub(super) fn length(&self) -> usize {
        self.text.len()
    }

    /// Where a token starts.
    pub(super) fn start(&self, span: Span) -> u32 {
        self.offset(span.start())
    }

    /// Where a token ends.
    pub(super) fn end(&self, span: Span) -> u32 {
        self.offset(span.end())
    }

    /// From the start of one token to the end of another.
    pub(super) fn range(&self, first: Span, last: Span) -> TextRange {
        let start = self.start(first);
        TextRange::new(start, self.end(last).max(start))
    }

    /// What is written in a place.
    pub(super) fn text(&self, range: TextRange) -> &'t str {
        self.text.get(range.start as usize..range.end as usize).unwrap_or_default()
    }

    /// What a complaint points at. One about the end of the text has no place of its own.
    pub(super) fn complaint(&self, span: Span) -> TextRange {
        if span.byte_range().is_empty() {
            return TextRange::empty(self.text.len() as u32);
        }
        self.range(span, span)
    }

    fn offset(&self, at: LineColumn) -> u32 {
        // Lines count from 1, columns are characters from 0.
        let start = self.starts.get(at.line.saturating_sub(1)).copied().unwrap_or(self.text.len());
        let column = if self.ascii {
            at.column
        } else {
            let line = self.text.get(start..).unwrap_or_default();
            line.chars().take(at.column).map(char::len_utf8).sum()
        };
        (start + column).min(self.text.len()) as u32
    }
}
