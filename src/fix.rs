//! Repairs: edits, how far they may be trusted, and applying them to text.
//!
//! Knows nothing of checks or languages.

use crate::text::{FileId, FileRange, TextRange};

/// How far a person must look before a fix is applied. Ordered, so that "may I apply this" is one comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Applicability {
    /// Keeps what the program does apart from the repair itself.
    Safe,
    /// Right in most programs; to be read before it is committed.
    Unsafe,
    /// To be shown, never applied.
    DisplayOnly,
}

/// Replaces a range by a text. An empty range inserts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Edit {
    /// What is replaced.
    pub at: FileRange,
    /// What stands there afterwards.
    pub text: String,
}

/// One way to repair a finding: all its edits or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, as an order: "extract the caller's context".
    pub title: String,
    /// How far it may be trusted.
    pub applicability: Applicability,
    /// The edits, none overlapping another.
    pub edits: Vec<Edit>,
    /// Names it brings into a function: another fix that brings the same one there has to wait and choose another.
    pub declares: Vec<(FileRange, String)>,
}

/// Which fixes can be applied together, and the edits that makes.
#[derive(Debug, Default)]
pub struct Selection {
    /// Indices of the fixes to apply.
    pub chosen: Vec<usize>,
    /// Their edits, each once.
    pub edits: Vec<Edit>,
    /// Indices of the fixes that overlap a chosen one; a further round may apply them.
    pub skipped: Vec<usize>,
}

/// Chooses, in order, the fixes that overlap none chosen before.
///
/// Equal edits (an import that two fixes need) are merged into one.
pub fn select<'a>(fixes: impl IntoIterator<Item = &'a Fix>) -> Selection {
    let Selection { mut chosen, mut edits, mut skipped } = Selection::default();
    let mut names = Vec::new();
    for (index, fix) in fixes.into_iter().enumerate() {
        let brings = |declared: &(FileRange, String)| {
            names.iter().any(|(at, name): &(FileRange, String)| *name == declared.1 && meet(*at, declared.0))
        };
        if fix.declares.iter().any(brings) {
            skipped.push(index);
            continue;
        }
        let new: Vec<&Edit> = fix.edits.iter().filter(|edit| !edits.contains(edit)).collect();
        if new.iter().any(|edit| edits.iter().any(|other| overlap(edit, other))) {
            skipped.push(index);
            continue;
        }
        edits.extend(new.into_iter().cloned());
        names.extend(fix.declares.iter().cloned());
        chosen.push(index);
    }
    Selection { chosen, edits, skipped }
}

fn meet(one: FileRange, other: FileRange) -> bool {
    one.file == other.file && one.range.start < other.range.end && other.range.start < one.range.end
}

/// Two edits that touch one byte, or insert at one offset, can't both be applied: their order would be chance.
fn overlap(one: &Edit, other: &Edit) -> bool {
    if one.at.file != other.at.file {
        return false;
    }
    let (a, b) = (one.at.range, other.at.range);
    a == b || (a.start < b.end && b.start < a.end)
}

/// The text of `file` with the edits that lie in it. Edits must not overlap; their order is free.
///
/// An edit outside the text, or inside a character, is left out.
pub fn apply(text: &str, file: FileId, edits: &[Edit]) -> String {
    let mut here: Vec<&Edit> = edits.iter().filter(|edit| edit.at.file == file).collect();
    here.sort_by_key(|edit| (edit.at.range.start, edit.at.range.end));
    let mut out = String::with_capacity(text.len() + here.iter().map(|edit| edit.text.len()).sum::<usize>());
    let mut done = 0;
    for edit in here {
        let TextRange { start, end } = edit.at.range;
        let (Some(before), Some(_)) = (text.get(done..start as usize), text.get(start as usize..end as usize)) else {
            continue;
        };
        out.push_str(before);
        out.push_str(&edit.text);
        done = end as usize;
    }
    out.push_str(&text[done..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(start: u32, end: u32, text: &str) -> Edit {
        Edit { at: FileRange { file: FileId(0), range: TextRange::new(start, end) }, text: text.into() }
    }

    fn fix(edits: &[Edit]) -> Fix {
        Fix { title: String::new(), applicability: Applicability::Safe, edits: edits.to_vec(), declares: Vec::new() }
    }

    #[test]
    fn edits_apply_in_text_order() {
        assert_eq!(apply("abc", FileId(0), &[edit(2, 3, "C"), edit(0, 0, ">")]), ">abC");
        assert_eq!(apply("abc", FileId(1), &[edit(2, 3, "C")]), "abc");
    }

    #[test]
    fn overlapping_fixes_wait_and_equal_edits_merge() {
        let import = edit(0, 0, "import");
        let fixes = [fix(&[import.clone(), edit(5, 6, "x")]), fix(&[import, edit(8, 8, "y")]), fix(&[edit(5, 7, "z")])];
        let selection = select(&fixes);
        assert_eq!((selection.chosen, selection.edits.len(), selection.skipped), (vec![0, 1], 3, vec![2]));
    }

    #[test]
    fn safe_is_less_than_display_only() {
        assert!(Applicability::Safe < Applicability::Unsafe && Applicability::Unsafe < Applicability::DisplayOnly);
    }
}
