//! One line of source as it is drawn: tabs as blanks, nothing that disturbs a terminal, and cut to the room there is.

use crate::output::is_printable;
use unicode_width::UnicodeWidthChar;

/// Columns from one tab stop to the next.
const TAB: usize = 4;
/// Columns shown before what is marked at least, when the line's beginning is cut.
const LEAD: usize = 4;
/// What a character takes at most.
const BYTES_OF_CHARACTER: usize = 4;

/// What decides where a line is cut.
#[derive(Clone, Copy)]
pub(super) struct Cut {
    /// Bytes that should stay in sight: from, to.
    pub(super) marked: Option<(u32, u32)>,
    /// Columns there are.
    pub(super) room: usize,
    /// Columns that the words below a mark need, counted from the mark's middle.
    pub(super) keep: usize,
    /// Stands where something was cut.
    pub(super) ellipsis: &'static str,
}

/// A drawn line.
pub(super) struct ShownLine {
    /// What is drawn, without a line break.
    pub(super) text: String,
    /// For each drawn character and the end: byte in the source line, byte in `text`, column.
    cells: Vec<(u32, usize, usize)>,
}

impl ShownLine {
    pub(super) fn new(source: &str, cut: Cut) -> ShownLine {
        let (glyphs, skipped) = glyphs(source, cut);
        let width = glyphs.last().map_or(0, |glyph| glyph.column + glyph.width);
        let (left, right) = window(&glyphs, width, cut);
        let mut line = ShownLine { text: String::new(), cells: Vec::new() };
        let mut column = 0;
        if left > 0 || skipped {
            line.text.push_str(cut.ellipsis);
            column = cut.ellipsis.chars().count();
        }
        let shown = glyphs.iter().filter(|glyph| left <= glyph.column && glyph.column + glyph.width <= right);
        let mut end = glyphs.first().map_or(0, |glyph| glyph.byte);
        for glyph in shown {
            line.cells.push((glyph.byte, line.text.len(), column));
            glyph.draw(&mut line.text);
            column += glyph.width;
            end = glyph.byte + glyph.length;
        }
        line.cells.push((end, line.text.len(), column));
        if right < width {
            line.text.push_str(cut.ellipsis);
        }
        line
    }

    /// Byte in the drawn text and column of a byte of the source line; the nearest one that is drawn.
    pub(super) fn drawn(&self, byte: u32) -> (usize, usize) {
        let index = self.cells.partition_point(|(source, ..)| *source < byte).min(self.cells.len() - 1);
        let (_, text, column) = self.cells[index];
        (text, column)
    }

    /// Bytes before a drawn byte in the source line.
    pub(super) fn source_column(&self, byte: usize) -> u32 {
        let index = self.cells.partition_point(|(_, text, _)| *text < byte).min(self.cells.len() - 1);
        self.cells[index].0
    }
}

/// A character of the source line.
struct Glyph {
    byte: u32,
    length: u32,
    character: char,
    column: usize,
    width: usize,
}

impl Glyph {
    fn draw(&self, text: &mut String) {
        match self.character {
            '\t' => text.extend(std::iter::repeat_n(' ', self.width)),
            other => text.push(other),
        }
    }
}

/// The characters that may be drawn, and whether there are others before them. Of a line of megabytes only what is near the
/// mark is looked at.
fn glyphs(source: &str, cut: Cut) -> (Vec<Glyph>, bool) {
    let (from, to) = cut.marked.unwrap_or_default();
    let enough = cut.room * 2 * BYTES_OF_CHARACTER;
    let start = boundary(source, (from as usize).saturating_sub(enough));
    let end = boundary(source, (to as usize).min(from as usize + enough) + enough);
    let mut column = 0;
    let glyph = |(byte, character): (usize, char)| {
        let drawn = if character == '\t' || is_printable(character) { character } else { char::REPLACEMENT_CHARACTER };
        let width = if drawn == '\t' { TAB - column % TAB } else { drawn.width().unwrap_or(0) };
        let byte = (start + byte) as u32;
        let glyph = Glyph { byte, length: character.len_utf8() as u32, character: drawn, column, width };
        column += width;
        glyph
    };
    (source[start..end].char_indices().map(glyph).collect(), start > 0)
}

/// The nearest character boundary at or before an offset.
fn boundary(source: &str, offset: usize) -> usize {
    let offset = offset.min(source.len());
    (0..=offset).rev().find(|at| source.is_char_boundary(*at)).unwrap_or_default()
}

/// The columns that are shown.
fn window(glyphs: &[Glyph], width: usize, cut: Cut) -> (usize, usize) {
    let column_of = |byte: u32| {
        let index = glyphs.partition_point(|glyph| glyph.byte < byte);
        glyphs.get(index).map_or(width, |glyph| glyph.column)
    };
    let dots = cut.ellipsis.chars().count();
    let (from, to) = cut.marked.map_or((0, 0), |(from, to)| (column_of(from), column_of(to)));
    // Where the last word below the mark would end, and where the mark itself does.
    let needed = (usize::midpoint(from, to) + cut.keep).max(to);
    if width <= cut.room && needed <= cut.room {
        return (0, width);
    }
    let left = match needed.max(to + dots) {
        end if end <= cut.room => 0,
        end => (end + dots - cut.room).min(from.saturating_sub(LEAD)),
    };
    let before = if left > 0 { dots } else { 0 };
    let right = left + cut.room.saturating_sub(before);
    if right >= width { (left, width) } else { (left, right.saturating_sub(dots)) }
}
