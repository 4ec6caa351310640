//! What of a report is news: findings that no list of known ones has, and such that touch changed lines or came with them.

use super::Report;
use crate::diagnostic::{Allowed, AllowedBy, Diagnostic};
use crate::text::FileRange;
use similar::{Algorithm, DiffOp};
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Arc;

/// A finding that was there before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The file it was in, as files of the engine are named; none if there is no such file any more.
    pub path: Option<Arc<str>>,
    /// The id of its check.
    pub check: String,
    /// What it is called in its file.
    pub fingerprint: u64,
}

/// Texts before a change, by path: none for a file that was not there. A file without an entry did not change.
pub type Texts = BTreeMap<Arc<str>, Option<Arc<str>>>;

/// What was there before a change.
#[derive(Clone, Debug, Default)]
pub struct Before {
    /// The texts of the files that it touches.
    pub texts: Texts,
    /// What was found with them.
    pub found: Vec<Known>,
}

impl Known {
    /// What a report has, to be known in later ones.
    pub fn all_of(report: &Report) -> Vec<Known> {
        let path = |diagnostic: &Diagnostic| report.files.get(diagnostic.at.file.0 as usize).map(|it| it.path.clone());
        let known = |diagnostic: &Diagnostic| {
            let Diagnostic { check, fingerprint, .. } = diagnostic;
            Known { path: path(diagnostic), check: (*check).to_owned(), fingerprint: *fingerprint }
        };
        report.diagnostics.iter().map(known).collect()
    }
}

/// Known findings, each as often as it is listed.
#[derive(Default)]
struct Left<'k>(HashMap<(Option<&'k str>, &'k str, u64), usize>);

impl<'k> Left<'k> {
    fn new(known: impl Iterator<Item = &'k Known>) -> Left<'k> {
        let mut left = Left::default();
        for it in known {
            *left.0.entry((it.path.as_deref(), &it.check, it.fingerprint)).or_default() += 1;
        }
        left
    }

    /// Whether a finding of a file, or of one that is gone, is listed once more; then it is once less.
    fn take(&mut self, path: Option<&'k str>, diagnostic: &Diagnostic) -> bool {
        let mut places = [path, None].map(|path| (path, diagnostic.check, diagnostic.fingerprint)).into_iter();
        let Some(place) = places.find(|place| self.0.get(place).is_some_and(|count| *count > 0)) else { return false };
        self.0.entry(place).and_modify(|count| *count -= 1);
        true
    }
}

/// Takes out findings that are known, each as often as it is listed, and counts what is listed and no longer there.
///
/// A file may have got another name: what is known of one that is gone is looked for in all others.
pub(super) fn to_unknown<'k>(report: &mut Report, known: impl Iterator<Item = &'k Known>) {
    let mut left = Left::new(known);
    let (files, mut news) = (&report.files, Vec::new());
    for diagnostic in std::mem::take(&mut report.diagnostics) {
        let path = files.get(diagnostic.at.file.0 as usize).map(|file| &*file.path);
        match left.take(path, &diagnostic) {
            true => report.allowed.push(Allowed { diagnostic, by: AllowedBy::Baseline }),
            false => news.push(diagnostic),
        }
    }
    let is_here = |path: &Option<&str>| path.is_none_or(|path| files.iter().any(|file| &*file.path == path));
    report.gone = left.0.iter().filter(|((path, ..), _)| is_here(path)).map(|(_, count)| count).sum();
    report.diagnostics = news;
}

/// Takes out findings that were there before and none of whose steps touches a changed line, and counts them.
pub(super) fn to_changed(report: &mut Report, before: &Before) {
    let changed: Vec<Vec<Range<u32>>> = report
        .files
        .iter()
        .map(|file| match before.texts.get(&file.path) {
            None => Vec::new(),
            Some(None) => std::iter::once(0..u32::MAX).collect(),
            Some(Some(old)) => changed_lines(old, &file.text),
        })
        .collect();
    let files = &report.files;
    let touches = |at: &FileRange| {
        let Some((file, changed)) = files.get(at.file.0 as usize).zip(changed.get(at.file.0 as usize)) else {
            return false;
        };
        let line = |offset: u32| file.lines.position(offset).line;
        let (first, last) = (line(at.range.start), line(at.range.end.saturating_sub(1).max(at.range.start)));
        changed.iter().any(|lines| first < lines.end && lines.start <= last)
    };
    let mut left = Left::new(before.found.iter());
    let is_new = |diagnostic: &Diagnostic| {
        let steps = diagnostic.labels.iter().map(|label| &label.at);
        let path = files.get(diagnostic.at.file.0 as usize).map(|file| &*file.path);
        let was_found = left.take(path, diagnostic);
        !was_found && !before.texts.is_empty() || steps.chain([&diagnostic.at]).chain(&diagnostic.cause).any(touches)
    };
    let found = report.diagnostics.len();
    report.diagnostics.retain(is_new);
    report.untouched = found - report.diagnostics.len();
}

/// Lines of a text, from 0, that another one did not have. Where lines were taken out, their neighbours count.
fn changed_lines(old: &str, new: &str) -> Vec<Range<u32>> {
    // A checkout may end its lines in another way than the repository does.
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let operations = similar::capture_diff_slices(Algorithm::Myers, &lines(old), &lines(new));
    let changed = |operation: DiffOp| match operation {
        DiffOp::Equal { .. } => None,
        DiffOp::Delete { new_index, .. } => Some(new_index.saturating_sub(1)..new_index + 1),
        DiffOp::Insert { new_index, new_len, .. } | DiffOp::Replace { new_index, new_len, .. } => {
            Some(new_index..new_index + new_len)
        }
    };
    operations.into_iter().filter_map(changed).map(|lines| lines.start as u32..lines.end as u32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_lines_are_those_of_the_new_text() {
        let changed = |old: &str, new: &str| {
            changed_lines(old, new).into_iter().flat_map(|lines| lines.collect::<Vec<_>>()).collect::<Vec<_>>()
        };
        assert_eq!(changed("a\nb\nc\n", "a\nx\ny\nc\n"), [1, 2]);
        assert_eq!(changed("a\nb\nc\nd\n", "a\nd\n"), [0, 1]);
        assert_eq!(changed("a\nb\n", "a\r\nb\r\n"), [0; 0]);
        assert_eq!(changed("", "a\n"), [0]);
    }
}
