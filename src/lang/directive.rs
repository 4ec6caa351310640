//! Comments that speak to this program, whatever the language: where what they say stands, and of which code they speak.

use crate::facts::Directive;
use crate::text::TextRange;
use std::ops::Range;

/// What such a comment starts with.
pub(super) const MARK: &str = "spanlint:";

/// Reads a comment in which the mark stands at `mark`. `code_after` says where the next code behind the comment starts; it is
/// asked if none stands on the comment's line before it.
pub(super) fn read(
    text: &str,
    comment: Range<usize>,
    mark: usize,
    code_after: impl FnOnce() -> usize,
) -> Option<Directive> {
    // Another program's words may stand in the same comment: `//nolint:x // spanlint: ..`.
    let before = text.get(comment.start..mark)?.trim_end();
    let others = before.trim_end_matches(|letter: char| letter.is_ascii_punctuation());
    let start = comment.start + others.len();
    if before.len() == others.len() || !before[others.len()..].starts_with(['/', '#', '*']) {
        return None;
    }
    let words = mark + MARK.len();
    let said = text.get(words..comment.end)?.lines().next().unwrap_or_default();
    let said = said.trim_end().trim_end_matches("*/").trim_end();
    let line = text[..start].rfind('\n').map_or(0, |end| end + 1);
    let code = text.get(line..comment.start).unwrap_or_default().trim_start();
    let target = if code.is_empty() { code_after() } else { comment.start - code.len() };
    Some(Directive {
        comment: TextRange::new(start as u32, comment.end as u32),
        words: TextRange::new(words as u32, (words + said.len()) as u32),
        target: target as u32,
    })
}
