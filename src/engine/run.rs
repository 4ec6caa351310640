//! From facts to findings, for one language, on a thread of its own.

use super::edges::{self, Edge};
use super::kept::{self, Kept};
use super::revise::{Revision, Versions};
use super::seen::{self, ProgramSeen};
use super::{Options, fingerprint};
use crate::analysis;
use crate::analysis::graph::{self, PropagationGraph};
use crate::checks::{self, Check, Pass};
use crate::codebase::{self, Codebase, FunctionId, LinkInput, ModuleInput, Origin, TypeId};
use crate::diagnostic::{Diagnostic, Notice, Severity};
use crate::facts::Name;
use crate::model::ModelSet;
use crate::suppress;
use crate::text::FileRange;
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, mpsc};

/// What follows calls goes as deep as the checked code does; in bytes.
const STACK: usize = 512 << 20;

/// Asks whether a result is still waited for.
pub(super) type Wanted = Arc<dyn Fn() -> bool + Send + Sync>;

/// What is asked of a check.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) options: Options,
    /// The files that are reported on, if not all are.
    pub(super) paths: Option<BTreeSet<Arc<str>>>,
}

/// What the analysis of one language found.
#[derive(Clone)]
pub(super) struct Found {
    pub(super) outcome: suppress::Outcome,
    pub(super) notices: Vec<Notice>,
    pub(super) models: BTreeSet<Name>,
    pub(super) edges: Vec<Edge>,
    pub(super) programs: Vec<ProgramSeen>,
    /// How many findings are less sure than was asked for.
    pub(super) unsure: usize,
    /// How often a function was interpreted.
    pub(super) interpreted: usize,
}

/// How the analysis of one language ended.
pub(super) enum Ended {
    /// It got through. What it made may be kept, to answer for edits.
    Found(Box<Found>, Option<Kept>),
    /// Nobody wanted it any more.
    Unwanted,
    /// It broke.
    Broken,
}

/// One analysis.
pub(super) struct Run {
    pub(super) asked: Arc<Asked>,
    pub(super) models: Arc<ModelSet>,
    pub(super) is_wanted: Wanted,
    /// Whether edits are expected, so that what it makes is kept.
    pub(super) expects_edits: bool,
}

impl Run {
    /// Links and analyses the files, and runs the checks.
    ///
    /// The thread lives on until everything it made is freed, which takes as long as the checks do: nobody waits for that.
    pub(super) fn analyse(self, inputs: Vec<LinkInput>, modules: Vec<ModuleInput>) -> Ended {
        let (sender, receiver) = mpsc::sync_channel(1);
        let run = move || self.find(inputs, modules, &sender);
        // If it panics, the sender is gone without having sent.
        match std::thread::Builder::new().name("analysis".to_owned()).stack_size(STACK).spawn(run) {
            Ok(_) => receiver.recv().unwrap_or(Ended::Broken),
            Err(_) => Ended::Broken,
        }
    }

    fn find(&self, inputs: Vec<LinkInput>, modules: Vec<ModuleInput>, sender: &mpsc::SyncSender<Ended>) {
        // Nobody listens any more only if the one who asked is gone, too.
        let send = |ended| drop(sender.send(ended));
        let versions = Versions::default();
        let codebase = codebase::link(inputs, modules, &self.models);
        resolve_declared(&codebase);
        if !(self.is_wanted)() {
            return send(Ended::Unwanted);
        }
        let mut analysis = analysis::summarize(&codebase, &self.models);
        if !(self.is_wanted)() {
            return send(Ended::Unwanted);
        }
        let graph = graph::build(&mut analysis);
        if !(self.is_wanted)() {
            return send(Ended::Unwanted);
        }
        let found = Found { interpreted: analysis.interpreted(), ..self.look(&codebase, &graph) };
        if !self.expects_edits {
            return send(Ended::Found(Box::new(found), None));
        }
        let (kept, edits) = kept::channel();
        send(Ended::Found(Box::new(found), Some(kept)));
        let mut revision = Revision { run: self, codebase: &codebase, graph, analysis, versions: versions.iter() };
        edits.answer(|edited| revision.of(edited));
    }

    /// What a codebase and its graph show.
    pub(super) fn look(&self, codebase: &Codebase, graph: &PropagationGraph) -> Found {
        let (outcome, unsure, notices) = self.run_checks(codebase, graph);
        let (edges, programs) = (edges::of(codebase, graph), seen::programs(codebase, graph));
        Found { outcome, notices, models: graph.models.clone(), edges, programs, unsure, interpreted: 0 }
    }

    fn run_checks(&self, codebase: &Codebase, graph: &PropagationGraph) -> (suppress::Outcome, usize, Vec<Notice>) {
        let Options { untraced, min_confidence: shown, .. } = self.asked.options;
        let pass = Pass { codebase, models: &self.models, graph, untraced, shown };
        let (mut diagnostics, mut notices) = (Vec::new(), Vec::new());
        for check in checks::ALL.iter().filter(|check| self.asked.runs(check.id)) {
            match catch_unwind(AssertUnwindSafe(|| (check.run)(&pass))) {
                Ok(found) => diagnostics.extend(found),
                Err(_) => notices.push(broken(check)),
            }
        }
        // What is too unsure to be shown can still be allowed: it may be shown another time.
        diagnostics.retain(|diagnostic| codebase.is_reported(diagnostic.at));
        diagnostics.iter_mut().for_each(|diagnostic| keep_repairable(codebase, diagnostic));
        let mut outcome = suppress::apply(codebase, diagnostics, &|id| self.asked.runs(id));
        // Before anything is left out: what is shown must not change how the rest is called.
        fingerprint::set(codebase, &mut outcome);
        let is_asked_for =
            |diagnostic: &Diagnostic| self.asked.is_asked_for(&codebase.file(diagnostic.at.file).source.path);
        outcome.left.retain(is_asked_for);
        let found = outcome.left.len();
        let is_shown = |diagnostic: &Diagnostic| diagnostic.confidence >= self.asked.options.min_confidence;
        outcome.left.retain(is_shown);
        let unsure = found - outcome.left.len();
        outcome.allowed.retain(|allowed| is_asked_for(&allowed.diagnostic) && is_shown(&allowed.diagnostic));
        outcome.left.iter_mut().for_each(|diagnostic| self.asked.weigh(diagnostic));
        (outcome, unsure, notices)
    }
}

impl Asked {
    /// Whether a check of this id runs.
    pub(super) fn runs(&self, id: &str) -> bool {
        let named = |list: &[String]| list.iter().any(|listed| listed == id);
        let is_selected = self.options.select.is_empty() || named(&self.options.select);
        is_selected && !named(&self.options.ignore) && checks::by_id(id).is_some()
    }

    /// Whether a file is reported on.
    pub(super) fn is_asked_for(&self, path: &Arc<str>) -> bool {
        self.paths.as_ref().is_none_or(|paths| paths.contains(path))
    }

    /// Gives a finding the severity that was asked for. One that weighs less than its check says keeps what it has.
    fn weigh(&self, diagnostic: &mut Diagnostic) {
        let usual = checks::by_id(diagnostic.check).map(|check| check.severity);
        if usual == Some(diagnostic.severity)
            && let Some(severity) = self.options.severity.get(diagnostic.check)
        {
            diagnostic.severity = *severity;
        }
    }
}

/// Resolves the types that declarations write on all threads: the analysis has but one.
fn resolve_declared(codebase: &Codebase) {
    const CHUNK: usize = 64;
    let functions: Vec<FunctionId> = codebase.function_ids().collect();
    functions.par_iter().with_min_len(CHUNK).for_each(|id| drop(codebase.function_type(*id)));
    let types: Vec<TypeId> = codebase.type_ids().collect();
    types.par_iter().with_min_len(CHUNK).for_each(|id| {
        codebase.field_types(*id);
    });
}

fn broken(check: &Check) -> Notice {
    Notice {
        severity: Severity::Error,
        path: check.id.to_owned(),
        position: None,
        message: "the check broke; its findings are missing".to_owned(),
    }
}

/// Takes out fixes that would change what is nobody's to change, and a cause that lies there.
fn keep_repairable(codebase: &Codebase, diagnostic: &mut Diagnostic) {
    let is_ours = |at: &FileRange| codebase.file(at.file).origin != Origin::Library;
    diagnostic.fixes.retain(|fix| fix.edits.iter().all(|edit| is_ours(&edit.at)));
    diagnostic.cause = diagnostic.cause.filter(is_ours);
}
