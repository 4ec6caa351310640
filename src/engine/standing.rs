//! The checks of one language, and what stands of the last one when the next begins.

use super::kept::Kept;
use super::manifests::Modules;
use super::run::{Ended, Found, Run, Wanted};
use super::{Engine, Report, Work};
use crate::codebase::{LinkInput, Origin};
use crate::diagnostic::{Diagnostic, Notice, Severity};
use crate::facts::Problem;
use crate::lang::Frontend;
use crate::text::{FileId, FileRange, SourceFile};
use std::sync::Arc;

/// What a check of a language came to, and of what.
pub(super) struct Standing {
    inputs: Vec<LinkInput>,
    /// The files that were analysed, if those of the last check have since been edited.
    analysed: Vec<LinkInput>,
    /// What is wrong with its manifests.
    notices: Vec<Notice>,
    found: Arc<Found>,
    /// What can answer for edits of the analysed files.
    kept: Option<Kept>,
}

impl Standing {
    /// Looks at edited files; says whether what stands is then true of them.
    fn revise(&mut self, inputs: &[LinkInput], work: &mut Work) -> bool {
        if differing(&self.inputs, inputs).is_some_and(|differing| differing.is_empty()) {
            return true;
        }
        let Some(kept) = &self.kept else { return false };
        let Some(edited) = differing(&self.analysed, inputs).filter(|edited| edited.len() <= EDITED) else {
            return false;
        };
        let Some(found) = kept.ask(edited) else { return false };
        work.checks += 1;
        work.interpreted += found.interpreted;
        self.inputs = inputs.to_vec();
        self.found = Arc::new(found);
        true
    }
}

/// More edited files than these are looked at as if they were new.
const EDITED: usize = 16;

/// The files that say something else; none if they are not the same files.
fn differing(before: &[LinkInput], now: &[LinkInput]) -> Option<Vec<(FileId, LinkInput)>> {
    let is_same = |(one, other): (&LinkInput, &LinkInput)| {
        Arc::ptr_eq(&one.source.path, &other.source.path) || one.source.path == other.source.path
    };
    let same_files = before.len() == now.len() && before.iter().zip(now).all(is_same);
    let pairs = before.iter().zip(now).enumerate();
    let differ = pairs.filter(|(_, (one, other))| !Arc::ptr_eq(&one.facts, &other.facts) || one.origin != other.origin);
    same_files.then(|| differ.map(|(index, (_, now))| (FileId(index as u32), now.clone())).collect())
}

impl Engine {
    /// Adds what is found in the files of one language to a report.
    pub(super) fn check_language(&mut self, frontend: &'static Frontend, is_wanted: &Wanted, report: &mut Report) {
        let inputs = self.inputs(frontend, report);
        if inputs.is_empty() {
            self.standing.remove(frontend.language.id());
            return;
        }
        let is_checked =
            |input: &&LinkInput| input.origin == Origin::Checked && self.asked.is_asked_for(&input.source.path);
        report.checked += inputs.iter().filter(is_checked).count();
        let first = report.files.len() as u32;
        report.files.extend(inputs.iter().map(|input| input.source.clone()));
        if let Some(standing) = self.standing.get_mut(frontend.language.id())
            && standing.revise(&inputs, &mut self.work)
        {
            report.notices.extend(standing.notices.iter().cloned());
            return report.take(&standing.found, first);
        }
        self.check_inputs(frontend, inputs, is_wanted, report);
    }

    /// The files of a language that take part, those of libraries last.
    fn inputs(&self, frontend: &'static Frontend, report: &mut Report) -> Vec<LinkInput> {
        let mut inputs = Vec::new();
        let taking_part = self.files.iter().filter(|(path, _)| !self.idle.contains(*path)).map(|(_, held)| held);
        for held in taking_part.filter(|held| held.frontend.language == frontend.language) {
            let Some((source, facts)) = &held.lowered else { continue };
            for problem in facts.problems.iter().take(1).filter(|_| self.asked.is_asked_for(&source.path)) {
                report.notices.push(syntax_notice(source, problem, facts.problems.len()));
            }
            let origin = if facts.generated { Origin::Generated } else { Origin::Checked };
            inputs.push(LinkInput { source: source.clone(), facts: facts.clone(), origin });
        }
        if inputs.is_empty() {
            return inputs;
        }
        let foreign = self.foreign.values().filter(|held| held.frontend.language == frontend.language);
        let lowered = foreign.filter_map(|held| held.lowered.as_ref());
        inputs.extend(lowered.map(|(source, facts)| LinkInput {
            source: source.clone(),
            facts: facts.clone(),
            origin: Origin::Library,
        }));
        inputs
    }

    fn check_inputs(
        &mut self,
        frontend: &'static Frontend,
        inputs: Vec<LinkInput>,
        is_wanted: &Wanted,
        report: &mut Report,
    ) {
        let language = frontend.language.id();
        self.standing.remove(language);
        let Some(models) = self.sets.get(language).filter(|_| is_wanted()) else { return };
        let Modules { mut modules, notices } = self.modules(frontend);
        report.notices.extend(notices.iter().cloned());
        modules.extend(self.libraries_of(frontend));
        let first = (report.files.len() - inputs.len()) as u32;
        let (asked, models, is_wanted) = (self.asked.clone(), models.clone(), is_wanted.clone());
        let run = Run { asked, models, is_wanted, expects_edits: self.expects_edits };
        let analysed = if self.expects_edits { inputs.clone() } else { Vec::new() };
        match run.analyse(inputs, modules) {
            Ended::Unwanted => {}
            Ended::Found(found, kept) => {
                self.work.analyses += 1;
                self.work.checks += 1;
                self.work.interpreted += found.interpreted;
                report.take(&found, first);
                if self.expects_edits {
                    let (inputs, found) = (analysed.clone(), Arc::new(*found));
                    self.standing.insert(language, Standing { inputs, analysed, notices, found, kept });
                }
            }
            Ended::Broken => report.notices.push(Notice {
                severity: Severity::Error,
                path: frontend.name.to_owned(),
                position: None,
                message: "the analysis broke; nothing of this language was checked".to_owned(),
            }),
        }
    }
}

impl Report {
    /// Adds what was found in one language, whose files are numbered from `first` here.
    fn take(&mut self, found: &Found, first: u32) {
        let mut found = found.clone();
        self.models.extend(found.models);
        let allowed = found.outcome.allowed.iter_mut().map(|allowed| &mut allowed.diagnostic);
        found.outcome.left.iter_mut().chain(allowed).for_each(|diagnostic| shift(diagnostic, first));
        self.diagnostics.extend(found.outcome.left);
        self.allowed.extend(found.outcome.allowed);
        self.notices.extend(found.notices);
        found.edges.iter_mut().for_each(|edge| edge.shift(first));
        self.edges.extend(found.edges);
        found.programs.iter_mut().for_each(|program| program.shift(first));
        self.seen.programs.extend(found.programs);
        self.seen.skipped.unsure += found.unsure;
    }
}

fn syntax_notice(source: &SourceFile, problem: &Problem, count: usize) -> Notice {
    let at = source.lines.position(problem.range.start);
    let more = if count > 1 { format!(" ({} more such places)", count - 1) } else { String::new() };
    Notice {
        severity: Severity::Note,
        path: source.path.to_string(),
        position: Some((at.line + 1, at.column + 1)),
        message: format!("syntax: {}{more}; the rest of the file was checked", problem.message),
    }
}

/// Files of a language are numbered from 0 while they are analysed; in the report they follow those before.
fn shift(diagnostic: &mut Diagnostic, by: u32) {
    let move_range = |at: &mut FileRange| at.file.0 += by;
    move_range(&mut diagnostic.at);
    diagnostic.labels.iter_mut().for_each(|label| move_range(&mut label.at));
    diagnostic.cause.iter_mut().for_each(move_range);
    for fix in &mut diagnostic.fixes {
        fix.edits.iter_mut().for_each(|edit| move_range(&mut edit.at));
        fix.declares.iter_mut().for_each(|(at, _)| move_range(at));
    }
}
