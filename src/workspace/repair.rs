//! Applying fixes in rounds until nothing is left to apply.
//!
//! A fix whose edits overlap another's waits for the next round. A fix that leaves a file which parses worse than before is
//! dropped and named.

use super::Workspace;
use crate::diagnostic::{Diagnostic, Notice, Severity};
use crate::engine::{Engine, Report};
use crate::fix::{self, Applicability, Edit, Fix};
use crate::lang;
use crate::text::SourceFile;
use std::collections::{BTreeMap, BTreeSet};

/// Rounds after which fixes that keep making work for each other are left alone.
const ROUNDS: usize = 10;

/// What the rounds came to.
#[derive(Debug, Default)]
pub struct Repair {
    /// What is left, read from the fixed texts.
    pub report: Report,
    /// New texts of changed files.
    pub changed: BTreeMap<String, String>,
    /// How many findings were repaired.
    pub fixed: usize,
    /// Fixes that were dropped, and why.
    pub notices: Vec<Notice>,
}

/// Which fixes are applied.
#[derive(Clone, Copy)]
pub struct Scope<'s> {
    /// How far a person must look, at most, before such a fix is applied.
    pub allowed: Applicability,
    /// Whether a file may be changed.
    pub may_change: &'s dyn Fn(&str) -> bool,
    /// Whether what is found in a file is to be repaired.
    pub may_repair: &'s dyn Fn(&str) -> bool,
}

/// Applies the preferred fix of every finding, if it may be applied without more looking than `allowed` says and changes
/// only files that `may_change` names. The engine is left with the fixed texts.
pub fn repair(engine: &mut Engine, allowed: Applicability, may_change: &dyn Fn(&str) -> bool) -> Repair {
    repair_in(engine, &Scope { allowed, may_change, may_repair: &|_| true })
}

/// Like [`repair`], for some findings.
pub fn repair_in(engine: &mut Engine, scope: &Scope<'_>) -> Repair {
    let mut repair = Repair { report: engine.check(), ..Repair::default() };
    let mut dropped = BTreeSet::new();
    let mut stuck = BTreeSet::new();
    for _ in 0..ROUNDS {
        let round = choose(&repair.report, scope, &stuck, &mut dropped, &mut repair.notices);
        if round.texts.is_empty() {
            break;
        }
        repair.fixed += round.fixed;
        let before = count(&repair.report, scope.allowed);
        for (path, text) in round.texts {
            engine.set_file(&path, text.as_str());
            repair.changed.insert(path, text);
        }
        repair.report = engine.check();
        // A fix that leaves its finding would be applied again and again.
        let after = count(&repair.report, scope.allowed);
        for (finding, applied) in round.applied {
            let left = before.get(&finding).map_or(0, |count| count.saturating_sub(applied));
            if after.get(&finding).is_some_and(|count| *count > left) && stuck.insert(finding.clone()) {
                let (check, path, message) = finding;
                let message = format!("a fix for `{check}: {message}` was applied, but the finding is still there");
                repair.notices.push(Notice { severity: Severity::Warning, path, position: None, message });
            }
        }
    }
    repair
}

impl Workspace {
    /// Like [`repair`], and sure that every changed file can still be written: fixes of a file that was changed on disk
    /// since it was read are left out, whole, and the file is named.
    pub fn repair(&self, engine: &mut Engine, allowed: Applicability) -> Repair {
        let mut stale = BTreeSet::new();
        loop {
            let mut repair = repair(engine, allowed, &|name| self.may_change(name) && !stale.contains(name));
            let before = stale.len();
            stale.extend(repair.changed.keys().filter(|name| !self.is_unchanged(name)).cloned());
            if stale.len() == before {
                repair.notices.retain(|notice| !stale.contains(&notice.path));
                repair.notices.extend(stale.into_iter().map(|path| Notice {
                    severity: Severity::Warning,
                    path,
                    position: None,
                    message: "this file was changed while it was checked; left alone".to_owned(),
                }));
                return repair;
            }
            self.fill(engine);
        }
    }
}

/// The texts that one round makes.
#[derive(Default)]
struct Round {
    texts: BTreeMap<String, String>,
    fixed: usize,
    /// For how many findings of each sort a fix was applied.
    applied: BTreeMap<Alike, usize>,
}

impl Round {
    fn new<'d>(
        report: &Report,
        texts: BTreeMap<String, String>,
        repaired: impl Iterator<Item = &'d Diagnostic>,
    ) -> Round {
        let mut round = Round { texts, ..Round::default() };
        for diagnostic in repaired {
            round.fixed += 1;
            *round.applied.entry(alike(report, diagnostic)).or_default() += 1;
        }
        round
    }
}

/// What names a fix from round to round, while offsets move.
type FixKey = (String, String, Vec<String>);

/// The fix that is applied for a finding: of those that may be, the preferred one.
fn applied(diagnostic: &Diagnostic, allowed: Applicability) -> Option<&Fix> {
    let may = |fix: &&Fix| {
        fix.applicability <= allowed && fix.applicability < Applicability::DisplayOnly && !fix.edits.is_empty()
    };
    diagnostic.fixes.iter().find(may)
}

/// Findings that look alike, whatever became of the text around them: check, file, message.
type Alike = (&'static str, String, String);

/// How many findings of each sort a fix could be applied for.
fn count(report: &Report, allowed: Applicability) -> BTreeMap<Alike, usize> {
    let mut counts = BTreeMap::new();
    for diagnostic in report.diagnostics.iter().filter(|diagnostic| applied(diagnostic, allowed).is_some()) {
        *counts.entry(alike(report, diagnostic)).or_default() += 1;
    }
    counts
}

fn alike(report: &Report, diagnostic: &Diagnostic) -> Alike {
    (diagnostic.check, path_of(report, diagnostic).unwrap_or_default().to_owned(), diagnostic.message.clone())
}

/// The file that a finding is in.
fn path_of<'r>(report: &'r Report, diagnostic: &Diagnostic) -> Option<&'r str> {
    report.files.get(diagnostic.at.file.0 as usize).map(|file| &*file.path)
}

fn choose(
    report: &Report,
    scope: &Scope<'_>,
    stuck: &BTreeSet<Alike>,
    dropped: &mut BTreeSet<FixKey>,
    notices: &mut Vec<Notice>,
) -> Round {
    let mut candidates: Vec<(&Diagnostic, &Fix)> = report
        .diagnostics
        .iter()
        .filter(|diagnostic| path_of(report, diagnostic).is_some_and(scope.may_repair))
        .filter_map(|diagnostic| Some((diagnostic, applied(diagnostic, scope.allowed)?)))
        .filter(|(diagnostic, fix)| !dropped.contains(&key(diagnostic, fix)))
        .filter(|(diagnostic, _)| !stuck.contains(&alike(report, diagnostic)))
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
        return Round::new(report, texts, selection.chosen.iter().map(|index| candidates[*index].0));
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
            round = Round::new(report, texts, good.iter().map(|(diagnostic, _)| *diagnostic));
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
    use crate::text::{FileId, FileRange, TextRange};

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
        let round = choose(report, &scope, &BTreeSet::new(), &mut BTreeSet::new(), &mut notices);
        let text = round.texts.get("x.go").map_or(TEXT, String::as_str).to_owned();
        (text, round.fixed, notices.into_iter().map(|notice| format!("{}: {}", notice.path, notice.message)).collect())
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
