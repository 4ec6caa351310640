//! Programs: what one process runs, found from its entry by calls and by the packages it loads.

use super::Analysis;
use crate::codebase::{FunctionId, PackageId};
use crate::facts::{FunctionKind, Name};
use crate::lang;
use rustc_hash::FxHashSet;

/// What one process runs.
#[derive(Clone, Debug)]
pub struct Program {
    /// How reports call it: the folder of its entry.
    pub name: String,
    /// Where it starts; none for the functions that no entry reaches, which are taken as libraries.
    pub entry: Option<FunctionId>,
    /// What it reaches.
    pub functions: FxHashSet<FunctionId>,
    /// Whether it makes spans.
    pub traced: bool,
    /// Formats in which its process-wide propagator reads and writes contexts, as far as models tell.
    pub formats: Vec<Name>,
}

/// Every program of the codebase; the last one holds what no entry reaches, if anything.
pub(super) fn find(analysis: &Analysis<'_>) -> Vec<Program> {
    let codebase = analysis.codebase;
    let mut programs: Vec<Program> = Vec::new();
    let mut reached = FxHashSet::default();
    for entry in codebase.function_ids().filter(|id| is_entry(analysis, *id)) {
        let functions = reach(analysis, entry);
        reached.extend(functions.iter().copied());
        let path = &codebase.file(codebase.function_file(entry)).source.path;
        let name = path.rsplit_once('/').map_or(".", |(folder, _)| folder).to_owned();
        let traced = functions.iter().any(|id| analysis.tracing_functions.contains(id));
        programs.push(Program { name, entry: Some(entry), functions, traced, formats: Vec::new() });
    }
    let rest: FxHashSet<FunctionId> = codebase.function_ids().filter(|id| !reached.contains(id)).collect();
    if !rest.is_empty() {
        programs.push(Program {
            name: "library".to_owned(),
            entry: None,
            functions: rest,
            traced: false,
            formats: Vec::new(),
        });
    }
    programs
}

impl Analysis<'_> {
    /// Whether a package that no program reaches traces: it, or a package it loads, uses a tracing library.
    pub(super) fn library_traces(&self, package: PackageId) -> bool {
        let mut loaded = FxHashSet::default();
        load(self, package, &mut loaded);
        loaded.iter().any(|package| self.codebase.library_imports(*package).any(|path| self.models.traces(path)))
    }
}

fn is_entry(analysis: &Analysis<'_>, id: FunctionId) -> bool {
    let codebase = analysis.codebase;
    let function = codebase.function(id);
    let file = codebase.file(codebase.function_file(id));
    let package = &codebase.packages[file.package.0 as usize];
    function.kind == FunctionKind::Plain
        && lang::of(file.source.language).is_some_and(|frontend| (frontend.is_entry)(&package.name, &function.name))
}

fn reach(analysis: &Analysis<'_>, entry: FunctionId) -> FxHashSet<FunctionId> {
    let codebase = analysis.codebase;
    let mut loaded = FxHashSet::default();
    load(analysis, codebase.function_package(entry), &mut loaded);
    let mut pending = vec![entry];
    pending.extend(codebase.function_ids().filter(|id| {
        let function = codebase.function(*id);
        let runs_at_load =
            function.kind == FunctionKind::Module || (function.kind == FunctionKind::Plain && function.name == "init");
        runs_at_load && loaded.contains(&codebase.function_package(*id))
    }));
    let mut reached = FxHashSet::default();
    while let Some(id) = pending.pop() {
        if reached.insert(id) {
            pending.extend(analysis.mentions.get(&id).into_iter().flatten().copied());
        }
    }
    reached
}

fn load(analysis: &Analysis<'_>, package: PackageId, loaded: &mut FxHashSet<PackageId>) {
    let mut pending = vec![package];
    while let Some(package) = pending.pop() {
        if loaded.insert(package) {
            pending.extend(analysis.codebase.packages[package.0 as usize].imports.iter().copied());
        }
    }
}
