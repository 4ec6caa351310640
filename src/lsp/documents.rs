//! Texts as the editor has them, saved or not.

use crate::text::{Encoding, LineIndex, Position};
use gen_lsp_types::{TextDocumentContentChangeEvent, Uri};
use similar::{DiffOp, TextDiff};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

/// A text that is open in the editor.
#[derive(Debug)]
pub(super) struct Document {
    /// How the editor names it.
    pub(super) uri: Uri,
    /// Counted by the editor.
    pub(super) version: i32,
    /// All of it.
    pub(super) text: Arc<str>,
    /// Where its lines start.
    pub(super) lines: Arc<LineIndex>,
    /// What became of the text that was analysed last, and that text.
    drift: RefCell<Option<(Arc<str>, Rc<Drift>)>>,
}

impl Document {
    /// Takes a text.
    pub(super) fn new(uri: Uri, version: i32, text: &str) -> Document {
        Document { uri, version, text: text.into(), lines: Arc::new(LineIndex::new(text)), drift: RefCell::default() }
    }

    /// Does what the editor did, one change after the other.
    pub(super) fn change(&mut self, version: i32, changes: Vec<TextDocumentContentChangeEvent>, encoding: Encoding) {
        for change in changes {
            let text = match change {
                TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(whole) => whole.text,
                TextDocumentContentChangeEvent::TextDocumentContentChangePartial(part) => {
                    let start = self.offset(part.range.start, encoding) as usize;
                    let end = self.offset(part.range.end, encoding) as usize;
                    let (start, end) = (start.min(end), end.max(start));
                    format!("{}{}{}", &self.text[..start], part.text, &self.text[end..])
                }
            };
            self.lines = Arc::new(LineIndex::new(&text));
            self.text = text.into();
        }
        self.version = version;
        self.drift.take();
    }

    /// What became of an older text; none if it is the same.
    pub(super) fn drift(&self, old: &Arc<str>) -> Option<Rc<Drift>> {
        if Arc::ptr_eq(old, &self.text) || *old == self.text {
            return None;
        }
        let mut known = self.drift.borrow_mut();
        let of_old = known.take().filter(|(text, _)| Arc::ptr_eq(text, old));
        let (_, drift) =
            known.insert(of_old.unwrap_or_else(|| (old.clone(), Rc::new(Drift::between(old, &self.text)))));
        Some(drift.clone())
    }

    /// The offset of a place that the editor names.
    pub(super) fn offset(&self, at: gen_lsp_types::Position, encoding: Encoding) -> u32 {
        let position = Position { line: at.line, column: at.character };
        self.lines.offset(&self.text, position, encoding)
    }
}

/// The open texts, by path.
pub(super) type Documents = BTreeMap<PathBuf, Document>;

/// What became of a text, line by line, for offsets that speak of an older one.
#[derive(Debug)]
pub(super) struct Drift(Vec<Stretch>);

/// Lines that stayed together.
#[derive(Debug)]
struct Stretch {
    /// Where they start in the older text.
    old: u32,
    /// Where they start in the newer one, or what is there instead.
    new: u32,
    /// Whether they are the same.
    is_same: bool,
}

impl Drift {
    /// From an older text to a newer one.
    fn between(old: &str, new: &str) -> Drift {
        let lines = |text| -> Vec<&str> { str::split_inclusive(text, '\n').collect() };
        let (old_lines, new_lines) = (LineIndex::new(old), LineIndex::new(new));
        let diff = TextDiff::from_slices(&lines(old), &lines(new)).ops().to_vec();
        let stretch = |op: &DiffOp| Stretch {
            old: old_lines.line_start(op.old_range().start as u32),
            new: new_lines.line_start(op.new_range().start as u32),
            is_same: matches!(op, DiffOp::Equal { .. }),
        };
        // What came in between is nowhere in the older text.
        Drift(diff.iter().filter(|op| !op.old_range().is_empty()).map(stretch).collect())
    }

    /// Where an offset of the older text is in the newer one. What was changed away lies where the change starts.
    pub(super) fn follow(&self, offset: u32) -> u32 {
        let before = self.0.iter().rfind(|stretch| stretch.old <= offset);
        before.map_or(offset, |stretch| stretch.new + if stretch.is_same { offset - stretch.old } else { 0 })
    }
}

/// A path as the editor's folder names it, for one that was found on disk below the real folder, and the other way round.
pub(super) fn moved(path: &Path, from: &Path, to: &Path) -> PathBuf {
    match path.strip_prefix(from) {
        Ok(below) if below.as_os_str().is_empty() => to.to_path_buf(),
        Ok(below) => to.join(below),
        Err(_) => path.to_path_buf(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gen_lsp_types::{Position, Range, TextDocumentContentChangePartial};

    fn change(start: (u32, u32), end: (u32, u32), text: &str) -> TextDocumentContentChangeEvent {
        let at = |(line, character)| Position { line, character };
        let range = Range { start: at(start), end: at(end) };
        #[allow(deprecated, reason = "the field is part of the type")]
        TextDocumentContentChangePartial { range, range_length: None, text: text.to_owned() }.into()
    }

    #[test]
    fn changes_build_on_one_another() {
        let mut document = Document::new("file:///a".into(), 1, "a😀b\nc\n");
        let changes = vec![change((0, 3), (0, 4), "B"), change((0, 4), (1, 0), "+")];
        document.change(2, changes, Encoding::Utf16);
        assert_eq!((&*document.text, document.version), ("a😀B+c\n", 2));
        document.change(3, vec![change((0, 5), (0, 6), "")], Encoding::Utf8);
        assert_eq!(&*document.text, "a😀+c\n");
    }

    #[test]
    fn places_outside_a_text_are_its_ends() {
        let mut document = Document::new("file:///a".into(), 1, "ab\ncd");
        document.change(2, vec![change((0, 99), (0, 99), "!"), change((7, 0), (9, 9), "?")], Encoding::Utf16);
        assert_eq!(&*document.text, "ab!\ncd?");
        document.change(3, vec![change((1, 1), (0, 1), "")], Encoding::Utf16);
        assert_eq!(&*document.text, "ad?");
    }

    #[test]
    fn offsets_follow_what_was_typed() {
        let drift = Drift::between("one\ntwo\nthree\nfour\n", "zero\none\n2\nthree\n\nfour");
        assert_eq!((drift.follow(0), drift.follow(2)), (5, 7));
        assert_eq!((drift.follow(4), drift.follow(6)), (9, 9), "`two` is now `2`");
        assert_eq!((drift.follow(8), drift.follow(12)), (11, 15));
        assert_eq!(drift.follow(16), 17, "the last line lost its break");
        assert_eq!(Drift::between("", "x").follow(0), 0);
    }
}
