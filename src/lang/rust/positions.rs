//! Byte offsets of what the lexer knows by line and column.
//!
//! proc-macro2 can tell byte ranges itself, but keeps a map entry for each one asked for.

use super::code::Code;
use super::parse::prefix;
use super::scan::Scanned;
use crate::text::TextRange;
use proc_macro2::{LineColumn, Span};

/// The places of a text.
pub(super) struct Positions<'t> {
    text: &'t str,
    code: Code<'t>,
    /// Offsets of line starts in the code.
    starts: Vec<usize>,
    is_ascii: bool,
}

impl<'t> Positions<'t> {
    /// The positions of a text of which the lexer sees the code.
    pub(super) fn new(text: &'t str, scanned: &Scanned) -> Positions<'t> {
        let code = scanned.code(text, prefix(text));
        let breaks = memchr::memchr_iter(b'\n', code.text.as_bytes());
        let starts = std::iter::once(0).chain(breaks.map(|at| at + 1)).collect();
        Positions { text, code, starts, is_ascii: text.is_ascii() }
    }

    /// What the lexer sees of the text.
    pub(super) fn code(&self) -> &str {
        &self.code.text
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
        let code = self.code();
        let start = self.starts.get(at.line.saturating_sub(1)).copied().unwrap_or(code.len());
        let column = if self.is_ascii {
            at.column
        } else {
            let line = code.get(start..).unwrap_or_default();
            line.chars().take(at.column).map(char::len_utf8).sum()
        };
        self.code.place((start + column).min(code.len())) as u32
    }
}
