//! One round of fixes: those that go well together, and what becomes of the findings that they repair.
//!
//! A fix that leaves a file which parses worse than before is dropped and named.

use super::repair::Scope;
use crate::diagnostic::{Diagnostic, Notice, Severity};
use crate::engine::Report;
use crate::fix::{self, Applicability, Edit, Fix};
use crate::lang;
use crate::text::{SourceFile, TextRange};
use std::collections::{BTreeMap, BTreeSet};

/// The texts that one round makes.
#[derive(Default)]
pub(super) struct Round {
    /// New texts by path.
    pub(super) texts: BTreeMap<String, String>,
    /// The findings that this repairs.
    pub(super) repaired: Vec<Spot>,
    edits: Vec<Edit>,
}

/// A finding and a fix for it, as they can be told from others while the text around them changes.
#[derive(Clone, Debug)]
pub(super) struct Spot {
    /// The check's id.
    pub(super) check: &'static str,
    /// The file.
    pub(super) path: String,
    message: String,
    /// What the fix does.
    fix: String,
    /// Where it starts; less sure where the text there was replaced.
    start: (u32, u32),
}

impl Spot {
    fn new(report: &Report, diagnostic: &Diagnostic, fix: &Fix) -> Spot {
        let path = path_of(report, diagnostic).unwrap_or_default().to_owned();
        let start = diagnostic.at.range.start;
        let (message, fix) = (diagnostic.message.clone(), fix.title.clone());
        Spot { check: diagnostic.check, path, message, fix, start: (start, start) }
    }

    /// Says that the fix did not help.
    pub(super) fn in_vain(&self) -> Notice {
        let message =
            format!("the fix \"{}\" was left out: after it, `{}` is found here as before", self.fix, self.check);
        Notice { severity: Severity::Warning, path: self.path.clone(), position: None, message }
    }

    /// Takes the fix from its finding.
    pub(super) fn forget_fix(&self, report: &mut Report) {
        let found = report.diagnostics.iter().position(|diagnostic| self.is(report, diagnostic));
        if let Some(diagnostic) = found.and_then(|index| report.diagnostics.get_mut(index)) {
            diagnostic.fixes.retain(|fix| fix.title != self.fix);
        }
    }

    /// Whether a report has the finding.
    pub(super) fn is_in(&self, report: &Report) -> bool {
        report.diagnostics.iter().any(|diagnostic| self.is(report, diagnostic))
    }

    fn is(&self, report: &Report, diagnostic: &Diagnostic) -> bool {
        let start = diagnostic.at.range.start;
        self.check == diagnostic.check
            && (self.start.0..=self.start.1).contains(&start)
            && self.message == diagnostic.message
            && path_of(report, diagnostic) == Some(&self.path)
    }
}

impl Round {
    fn new<'d>(
        report: &Report,
        (texts, edits): (BTreeMap<String, String>, Vec<Edit>),
        repaired: impl Iterator<Item = &'d (&'d Diagnostic, &'d Fix)>,
    ) -> Round {
        Round { texts, edits, repaired: repaired.map(|(diagnostic, fix)| Spot::new(report, diagnostic, fix)).collect() }
    }

    /// The finding where the texts of this round have it. `report` is from before them.
    pub(super) fn moved(&self, spot: &Spot, report: &Report) -> Spot {
        let is_there =
            |edit: &&Edit| report.files.get(edit.at.file.0 as usize).is_some_and(|it| *it.path == *spot.path);
        let (mut before, mut around) = (0, 0);
        let mut first = spot.start.0;
        for edit in self.edits.iter().filter(is_there) {
            let (TextRange { start, end }, length) = (edit.at.range, edit.text.len() as i64);
            if end < spot.start.0 || (end == spot.start.0 && start < end) {
                before += length - i64::from(end - start);
            } else if start <= spot.start.1 {
                first = first.min(start);
                around += length;
            }
        }
        let place = |offset: u32, by: i64| u32::try_from(i64::from(offset) + by).unwrap_or_default();
        Spot { start: (place(first, before), place(spot.start.1, before + around)), ..spot.clone() }
    }

    /// The texts as they were.
    pub(super) fn undone<'r>(&'r self, report: &'r Report) -> impl Iterator<Item = &'r SourceFile> {
        report.files.iter().filter(|file| self.texts.contains_key(&*file.path))
    }
}

/// What names a fix from round to round, while offsets move.
pub(super) type FixKey = (String, String, Vec<String>);

/// The fix that is applied for a finding: of those that may be and were not tried, the preferred one.
fn applied<'d>(diagnostic: &'d Diagnostic, allowed: Applicability, tried: &[&Spot]) -> Option<&'d Fix> {
    let may = |fix: &&Fix| {
        fix.applicability <= allowed
            && fix.applicability < Applicability::DisplayOnly
            && !fix.edits.is_empty()
            && !tried.iter().any(|spot| spot.fix == fix.title)
    };
    diagnostic.fixes.iter().find(may)
}

/// The file that a finding is in.
fn path_of<'r>(report: &'r Report, diagnostic: &Diagnostic) -> Option<&'r str> {
    report.files.get(diagnostic.at.file.0 as usize).map(|file| &*file.path)
}

/// The fixes that go well together, but for those that helped nothing.
pub(super) fn choose(
    report: &Report,
    scope: &Scope<'_>,
    helpless: &[Spot],
    dropped: &mut BTreeSet<FixKey>,
    notices: &mut Vec<Notice>,
) -> Round {
    let mut candidates: Vec<(&Diagnostic, &Fix)> = report
        .diagnostics
        .iter()
        .filter(|diagnostic| path_of(report, diagnostic).is_some_and(scope.may_repair))
        .filter_map(|diagnostic| {
            let tried: Vec<&Spot> = helpless.iter().filter(|spot| spot.is(report, diagnostic)).collect();
            Some((diagnostic, applied(diagnostic, scope.allowed, &tried)?))
        })
        .filter(|(diagnostic, fix)| !dropped.contains(&key(diagnostic, fix)))
        .collect();
    candidates.retain(|(diagnostic, fix)| {
        let outside = paths(report, fix).find(|path| !(scope.may_change)(path));
        let Some(outside) = outside else { return true };
        if dropped.insert(key(diagnostic, fix)) {
            notices.push(notice(outside, fix, "lies outside the paths given"));
        }
        false
    });
    let selection = fix::select(candidates.iter().map(|(_, fix)| *fix));
    let texts = apply(report, &selection.edits);
    if !spoils(report, &texts) {
        let repaired = selection.chosen.iter().map(|index| &candidates[*index]);
        return Round::new(report, (texts, selection.edits), repaired);
    }
    one_by_one(report, &candidates, dropped, notices)
}

/// Some fix spoils a file: takes each alone, drops the spoilers, and applies the others that still go well together.
fn one_by_one(
    report: &Report,
    candidates: &[(&Diagnostic, &Fix)],
    dropped: &mut BTreeSet<FixKey>,
    notices: &mut Vec<Notice>,
) -> Round {
    let mut good: Vec<(&Diagnostic, &Fix)> = Vec::new();
    let mut round = Round::default();
    for (diagnostic, fix) in candidates {
        let alone = apply(report, &fix.edits);
        if spoils(report, &alone) {
            let path = paths(report, fix).next().unwrap_or_default();
            if dropped.insert(key(diagnostic, fix)) {
                notices.push(notice(path, fix, "would no longer parse"));
            }
            continue;
        }
        good.push((diagnostic, fix));
        let selection = fix::select(good.iter().map(|(_, fix)| *fix));
        let texts = apply(report, &selection.edits);
        if selection.skipped.is_empty() && !spoils(report, &texts) {
            round = Round::new(report, (texts, selection.edits), good.iter());
        } else {
            good.pop();
        }
    }
    round
}

/// New texts of the files that the edits change.
fn apply(report: &Report, edits: &[Edit]) -> BTreeMap<String, String> {
    let files: BTreeSet<_> = edits.iter().map(|edit| edit.at.file).collect();
    files
        .into_iter()
        .filter_map(|id| {
            let file = report.files.get(id.0 as usize)?;
            let text = fix::apply(&file.text, id, edits);
            (text != *file.text).then(|| (file.path.to_string(), text))
        })
        .collect()
}

/// Whether a text has more places that its front end can't read than the one it replaces.
fn spoils(report: &Report, texts: &BTreeMap<String, String>) -> bool {
    texts.iter().any(|(path, text)| {
        let old = report.files.iter().find(|file| *file.path == **path);
        old.is_some_and(|old| problems(path, text) > problems(path, &old.text))
    })
}

fn problems(path: &str, text: &str) -> usize {
    match (lang::for_path(path), lang::for_manifest(path)) {
        (Some(frontend), _) => (frontend.lower)(text, &[]).problems.len(),
        (None, Some(frontend)) => {
            let name = path.rsplit('/').next().unwrap_or(path);
            usize::from((frontend.read_manifest)(name, text).is_err())
        }
        (None, None) => 0,
    }
}

fn paths<'a>(report: &'a Report, fix: &'a Fix) -> impl Iterator<Item = &'a str> {
    fix.edits.iter().map(|edit| report.files.get(edit.at.file.0 as usize)).map(|file: Option<&SourceFile>| match file {
        Some(file) => &*file.path,
        None => "",
    })
}

fn key(diagnostic: &Diagnostic, fix: &Fix) -> FixKey {
    let texts = fix.edits.iter().map(|edit| edit.text.clone()).collect();
    (diagnostic.check.to_owned(), fix.title.clone(), texts)
}

fn notice(path: &str, fix: &Fix, why: &str) -> Notice {
    let message = format!("the fix \"{}\" was left out: this file {why}", fix.title);
    Notice { severity: Severity::Warning, path: path.to_owned(), position: None, message }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Confidence;
    use crate::text::{FileId, FileRange};

    const TEXT: &str = "package x\n\nfunc a() {}\n\nfunc b() {}\n";

    fn finding(title: &str, applicability: Applicability, at: &str, text: &str) -> Diagnostic {
        let start = TEXT.find(at).unwrap() as u32;
        let at = FileRange { file: FileId(0), range: TextRange::empty(start) };
        let fix = Fix {
            title: title.to_owned(),
            applicability,
            edits: vec![Edit { at, text: text.to_owned() }],
            declares: Vec::new(),
        };
        Diagnostic {
            check: "missing-inject",
            severity: Severity::Error,
            confidence: Confidence::High,
            message: String::new(),
            help: String::new(),
            at,
            labels: Vec::new(),
            cause: None,
            fixes: vec![fix],
            fingerprint: 0,
        }
    }

    fn report(diagnostics: Vec<Diagnostic>) -> Report {
        let language = lang::ALL[0].language;
        Report { files: vec![SourceFile::new("x.go", language, TEXT)], diagnostics, ..Report::default() }
    }

    /// The text after one round, how many fixes made it, and what is said of the others.
    fn round(report: &Report, allowed: Applicability, may_change: bool) -> (String, usize, Vec<String>) {
        let mut notices = Vec::new();
        let scope = Scope { allowed, may_change: &|_| may_change, may_repair: &|_| true };
        let round = choose(report, &scope, &[], &mut BTreeSet::new(), &mut notices);
        let text = round.texts.get("x.go").map_or(TEXT, String::as_str).to_owned();
        (
            text,
            round.repaired.len(),
            notices.into_iter().map(|notice| format!("{}: {}", notice.path, notice.message)).collect(),
        )
    }

    #[test]
    fn only_what_is_allowed_is_applied() {
        let report = report(vec![
            finding("safe", Applicability::Safe, "func a", "// a\n"),
            finding("unsafe", Applicability::Unsafe, "func b", "// b\n"),
            finding("shown", Applicability::DisplayOnly, "package", "// c\n"),
        ]);
        let safe = "package x\n\n// a\nfunc a() {}\n\nfunc b() {}\n".to_owned();
        assert_eq!(round(&report, Applicability::Safe, true), (safe, 1, vec![]));
        let both = "package x\n\n// a\nfunc a() {}\n\n// b\nfunc b() {}\n".to_owned();
        assert_eq!(round(&report, Applicability::Unsafe, true), (both.clone(), 2, vec![]));
        assert_eq!(round(&report, Applicability::DisplayOnly, true), (both, 2, vec![]));
    }

    #[test]
    fn a_fix_that_spoils_the_file_is_left_out_and_the_others_applied() {
        let report = report(vec![
            finding("bad", Applicability::Safe, "func a", "func ((\n"),
            finding("good", Applicability::Safe, "func b", "// b\n"),
        ]);
        let text = "package x\n\nfunc a() {}\n\n// b\nfunc b() {}\n".to_owned();
        let notice = "x.go: the fix \"bad\" was left out: this file would no longer parse".to_owned();
        assert_eq!(round(&report, Applicability::Safe, true), (text, 1, vec![notice]));
    }

    #[test]
    fn a_file_outside_is_never_changed() {
        let report = report(vec![finding("far", Applicability::Safe, "func a", "// a\n")]);
        let (text, fixed, notices) = round(&report, Applicability::Safe, false);
        assert_eq!((text.as_str(), fixed, notices.len()), (TEXT, 0, 1));
    }

    #[test]
    fn fixes_in_each_others_way_take_turns() {
        let report = report(vec![
            finding("one", Applicability::Safe, "func a", "// one\n"),
            finding("two", Applicability::Safe, "func a", "// two\n"),
        ]);
        let text = "package x\n\n// one\nfunc a() {}\n\nfunc b() {}\n".to_owned();
        assert_eq!(round(&report, Applicability::Safe, true), (text, 1, vec![]));
    }
}
