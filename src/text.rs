//! Source texts and positions in them.
//!
//! The only module that does line and column arithmetic. Everything else speaks of byte offsets. It knows nothing of any
//! language beyond an id.

use std::fmt;
use std::sync::Arc;

/// Names one file of a run. Ids are dense and follow the order of the files' paths, so sorting by id sorts by path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u32);

/// Names a language by the id of its front end, for example `go`.
///
/// An id and not an enum, so that no code outside `lang` can match on it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Language(&'static str);

impl Language {
    /// The language whose front end has this id.
    pub const fn new(id: &'static str) -> Language {
        Language(id)
    }

    /// The id, which is also the name of the language's folder in `rules/`.
    pub const fn id(self) -> &'static str {
        self.0
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

/// A range of bytes in one text: `start` is included, `end` is not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TextRange {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset after the last byte.
    pub end: u32,
}

impl TextRange {
    /// The range from `start` up to, not including, `end`.
    pub const fn new(start: u32, end: u32) -> TextRange {
        TextRange { start, end }
    }

    /// The empty range at an offset.
    pub const fn empty(offset: u32) -> TextRange {
        TextRange { start: offset, end: offset }
    }

    /// Length in bytes.
    pub const fn len(self) -> u32 {
        self.end - self.start
    }

    /// Whether no byte lies in the range.
    pub const fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether `other` lies wholly inside.
    pub const fn contains(self, other: TextRange) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Whether the byte at `offset` lies inside.
    pub const fn contains_offset(self, offset: u32) -> bool {
        self.start <= offset && offset < self.end
    }
}

/// A range in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileRange {
    /// The file.
    pub file: FileId,
    /// The range in its text.
    pub range: TextRange,
}

/// One file as it was read: path, language, text.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Path as reports show it: relative to where the run started if it lies below, separated by `/`.
    pub path: Arc<str>,
    /// The language it is written in.
    pub language: Language,
    /// The whole text.
    pub text: Arc<str>,
    /// Where its lines start.
    pub lines: Arc<LineIndex>,
}

impl SourceFile {
    /// Takes a text and finds its lines.
    pub fn new(path: impl Into<Arc<str>>, language: Language, text: impl Into<Arc<str>>) -> SourceFile {
        let text = text.into();
        let lines = Arc::new(LineIndex::new(&text));
        SourceFile { path: path.into(), language, text, lines }
    }

    /// The text of a range; empty if the range does not fit the text.
    pub fn slice(&self, range: TextRange) -> &str {
        self.text.get(range.start as usize..range.end as usize).unwrap_or_default()
    }

    /// The white space a line starts with.
    pub fn indentation(&self, offset: u32) -> &str {
        let start = self.lines.line_start(self.lines.position(offset).line) as usize;
        let line = self.text.get(start..).unwrap_or_default();
        let blank = line.len() - line.trim_start_matches([' ', '\t']).len();
        &line[..blank]
    }
}

/// A place as people count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 0.
    pub line: u32,
    /// Bytes of UTF-8 before the place in its line.
    pub column: u32,
}

/// In what columns are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// Units of UTF-16: two for what lies beyond the basic plane.
    #[default]
    Utf16,
}

impl Encoding {
    /// How long a text is.
    fn length(self, text: &str) -> u32 {
        match self {
            Encoding::Utf8 => text.len() as u32,
            Encoding::Utf16 => text.chars().map(|it| it.len_utf16() as u32).sum(),
        }
    }

    /// How many bytes of a line stand before a column. A column inside a character counts as before it.
    fn bytes_before(self, line: &str, column: u32) -> u32 {
        let mut left = column;
        let fits = |letter: &char| {
            let length = self.length(letter.encode_utf8(&mut [0; 4]));
            let fits = length <= left;
            left -= if fits { length } else { 0 };
            fits
        };
        line.chars().take_while(fits).map(|letter| letter.len_utf8() as u32).sum()
    }
}

/// Offsets of line starts in one text.
#[derive(Clone, Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
    length: u32,
}

impl LineIndex {
    /// Finds the lines of a text. A line ends with `\n`.
    pub fn new(text: &str) -> LineIndex {
        let starts = std::iter::once(0).chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at as u32 + 1));
        let starts = starts.collect();
        LineIndex { starts, length: text.len() as u32 }
    }

    /// Line and column of an offset; an offset past the end counts as the end.
    pub fn position(&self, offset: u32) -> Position {
        let offset = offset.min(self.length);
        let line = self.starts.partition_point(|start| *start <= offset).saturating_sub(1);
        Position { line: line as u32, column: offset - self.starts[line] }
    }

    /// Like [`LineIndex::position`], with the column in other units. `text` is the one whose lines these are.
    pub fn position_in(&self, text: &str, offset: u32, encoding: Encoding) -> Position {
        let Position { line, column } = self.position(offset);
        let start = self.starts[line as usize];
        let before = text.get(start as usize..(start + column) as usize).unwrap_or_default();
        Position { line, column: encoding.length(before) }
    }

    /// The offset of a position. What lies past the end of its line counts as that end, before the line break; what lies past
    /// the last line as the end of the text.
    pub fn offset(&self, text: &str, position: Position, encoding: Encoding) -> u32 {
        let start = self.line_start(position.line);
        let end = self.line_start(position.line.saturating_add(1));
        let line = text.get(start as usize..end as usize).unwrap_or_default();
        let line = line.strip_suffix('\n').map_or(line, |line| line.strip_suffix('\r').unwrap_or(line));
        start + encoding.bytes_before(line, position.column)
    }

    /// Offset of the first byte of a line counted from 0; the end of the text for a line it does not have.
    pub fn line_start(&self, line: u32) -> u32 {
        self.starts.get(line as usize).copied().unwrap_or(self.length)
    }

    /// How many lines the text has; a text that ends with a line break has an empty last one.
    pub fn line_count(&self) -> u32 {
        self.starts.len() as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_bytes_from_zero() {
        let index = LineIndex::new("a\né!\n");
        assert_eq!(index.position(0), Position { line: 0, column: 0 });
        assert_eq!(index.position(2), Position { line: 1, column: 0 });
        assert_eq!(index.position(4), Position { line: 1, column: 2 });
        assert_eq!(index.position(99), Position { line: 2, column: 0 });
        assert_eq!(index.line_count(), 3);
    }

    #[test]
    fn columns_are_counted_as_asked_for() {
        let text = "a😀é!\r\nb\n";
        let index = LineIndex::new(text);
        let at = |line, column| Position { line, column };
        for (offset, wide, narrow) in [(1, 1, 1), (5, 3, 5), (7, 4, 7), (8, 5, 8)] {
            assert_eq!(index.position_in(text, offset, Encoding::Utf16), at(0, wide));
            assert_eq!(index.position_in(text, offset, Encoding::Utf8), at(0, narrow));
            assert_eq!(index.offset(text, at(0, wide), Encoding::Utf16), offset);
            assert_eq!(index.offset(text, at(0, narrow), Encoding::Utf8), offset);
        }
        // Inside a character, past the end of a line, past the last line.
        assert_eq!(index.offset(text, at(0, 2), Encoding::Utf16), 1);
        assert_eq!(index.offset(text, at(0, 3), Encoding::Utf8), 1);
        assert_eq!(index.offset(text, at(0, 99), Encoding::Utf16), 8);
        assert_eq!(index.offset(text, at(9, 9), Encoding::Utf16), text.len() as u32);
        assert_eq!(index.offset(text, at(u32::MAX, u32::MAX), Encoding::Utf8), text.len() as u32);
    }

    #[test]
    fn indentation_is_that_of_the_line() {
        let file = SourceFile::new("a.go", Language::new("go"), "x\n\t\ty z\n");
        assert_eq!(file.indentation(6), "\t\t");
    }
}
