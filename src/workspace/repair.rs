//! Applying fixes in rounds until nothing is left to apply.
//!
//! A fix whose edits overlap another's waits for the next round. A fix after which its finding is still there is taken back and
//! named.

use super::Workspace;
use super::round::{Spot, choose};
use crate::diagnostic::{Notice, Severity};
use crate::engine::{Engine, Report};
use crate::fix::Applicability;
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
    /// The findings that were repaired.
    pub fixed: Vec<Repaired>,
    /// Fixes that were dropped, and why.
    pub notices: Vec<Notice>,
}

/// A finding that was repaired.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Repaired {
    /// The file it was in.
    pub path: String,
    /// The check that found it.
    pub check: &'static str,
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
    let mut helpless: Vec<Spot> = Vec::new();
    for _ in 0..ROUNDS {
        let round = choose(&repair.report, scope, &helpless, &mut dropped, &mut repair.notices);
        if round.texts.is_empty() {
            break;
        }
        for (path, text) in &round.texts {
            engine.set_file(path, text.as_str());
        }
        let after = engine.check();
        let in_vain = |spot: &&Spot| round.moved(spot, &repair.report).is_in(&after);
        let left: Vec<Spot> = round.repaired.iter().filter(in_vain).cloned().collect();
        if left.is_empty() {
            helpless = helpless.iter().map(|spot| round.moved(spot, &repair.report)).collect();
            repair.changed.extend(round.texts);
            repair.fixed.extend(round.repaired.into_iter().map(|spot| Repaired { path: spot.path, check: spot.check }));
            repair.report = after;
            continue;
        }
        for file in round.undone(&repair.report) {
            engine.set_file(&file.path, file.text.clone());
        }
        repair.notices.extend(left.iter().map(Spot::in_vain));
        helpless.extend(left);
    }
    // Whoever reads what is left is not to be told to try again.
    for spot in &helpless {
        spot.forget_fix(&mut repair.report);
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
