//! Programs: what one process runs, found from its entry by calls and by the packages it loads.

use super::Analysis;
use super::value::{Value, ValueId};
use crate::codebase::{Codebase, FunctionId, PackageId, Symbol, Type};
use crate::facts::{FunctionKind, Name};
use crate::lang;
use crate::model::{EffectModel, Installs};
use rustc_hash::{FxHashMap, FxHashSet};

/// What one process runs.
#[derive(Clone, Debug)]
pub struct Program {
    /// How reports call it: the folder of its entry.
    pub name: String,
    /// Where it starts; none for the functions that no entry reaches, which are taken as libraries.
    pub entry: Option<FunctionId>,
    /// What it reaches.
    pub functions: FxHashSet<FunctionId>,
    /// The packages that these belong to.
    pub packages: FxHashSet<PackageId>,
    /// Whether it makes spans.
    pub traced: bool,
    /// What only those of its commands reach that make none.
    pub aside: FxHashSet<FunctionId>,
    /// Formats in which its process-wide propagator reads and writes contexts, as far as models tell.
    pub formats: Vec<Name>,
}

/// Every program of the codebase; the last one holds what no entry reaches, if anything.
pub(super) fn find(analysis: &Analysis<'_>) -> Vec<Program> {
    let codebase = analysis.codebase;
    let mut programs: Vec<Program> = Vec::new();
    let mut reached = FxHashSet::default();
    let answering = answering(analysis);
    for entry in codebase.function_ids().filter(|id| is_entry(analysis, *id)) {
        let functions = reach(analysis, entry, &answering, &FxHashSet::default());
        reached.extend(functions.iter().copied());
        let path = &codebase.file(codebase.function_file(entry)).source.path;
        let name = path.rsplit_once('/').map_or(".", |(folder, _)| folder).to_owned();
        let traced = functions.iter().any(|id| traces(analysis, *id));
        let aside =
            if traced { untraced_commands(analysis, entry, &functions, &answering) } else { FxHashSet::default() };
        programs.push(Program {
            name,
            entry: Some(entry),
            packages: packages_of(codebase, &functions),
            functions,
            traced,
            aside,
            formats: Vec::new(),
        });
    }
    let left = codebase.function_ids().filter(|id| !reached.contains(id) && !codebase.is_foreign(*id)).collect();
    let rest = with_libraries(analysis, left);
    if !rest.is_empty() {
        programs.push(Program {
            name: "library".to_owned(),
            entry: None,
            packages: packages_of(codebase, &rest),
            functions: rest,
            traced: false,
            aside: FxHashSet::default(),
            formats: Vec::new(),
        });
    }
    programs
}

fn packages_of(codebase: &Codebase, functions: &FxHashSet<FunctionId>) -> FxHashSet<PackageId> {
    functions.iter().map(|id| codebase.function_package(*id)).collect()
}

/// Whether reaching a function makes a program one that traces. Code of others mostly traces only if told to, so there only
/// the set-up counts.
fn traces(analysis: &Analysis<'_>, id: FunctionId) -> bool {
    let sets_up = || analysis.installs.iter().any(|((_, what), fact)| *what == Installs::Tracer && fact.function == id);
    analysis.tracing_functions.contains(&id) && (!analysis.codebase.is_foreign(id) || sets_up())
}

/// Functions, with those of libraries that they lead to.
fn with_libraries(analysis: &Analysis<'_>, functions: FxHashSet<FunctionId>) -> FxHashSet<FunctionId> {
    let mut pending: Vec<FunctionId> = functions.iter().copied().collect();
    let mut reached = functions;
    while let Some(id) = pending.pop() {
        for mentioned in analysis.mentions.get(&id).into_iter().flatten() {
            if analysis.codebase.is_foreign(*mentioned) && reached.insert(*mentioned) {
                pending.push(*mentioned);
            }
        }
    }
    reached
}

/// Packages that trace where no program reaches them: they, what they load, or a package of a library that loads them, uses a
/// tracing library.
pub(super) fn tracing_packages(analysis: &Analysis<'_>, programs: &[Program]) -> FxHashSet<PackageId> {
    let codebase = analysis.codebase;
    let all = || (0..codebase.packages.len() as u32).map(PackageId);
    let entries: FxHashSet<PackageId> =
        programs.iter().filter_map(|program| program.entry).map(|entry| codebase.function_package(entry)).collect();
    let uses = |package: &PackageId| {
        !codebase.is_foreign_package(*package)
            && codebase.library_imports(*package).any(|path| analysis.models.traces(path))
    };
    let mut tracing: FxHashSet<PackageId> = all().filter(uses).collect();
    // Upwards: who loads a package that traces.
    let mut users = vec![Vec::new(); codebase.packages.len()];
    for package in all() {
        codebase.packages[package.0 as usize].imports.iter().for_each(|used| users[used.0 as usize].push(package));
    }
    spread(&mut tracing, |package| users[package.0 as usize].as_slice());
    // Downwards: what the packages of a library load.
    let mut below: FxHashSet<PackageId> = tracing.difference(&entries).copied().collect();
    spread(&mut below, |package| codebase.packages[package.0 as usize].imports.as_slice());
    tracing.extend(below);
    tracing
}

fn spread<'p>(packages: &mut FxHashSet<PackageId>, next: impl Fn(PackageId) -> &'p [PackageId]) {
    let mut pending: Vec<PackageId> = packages.iter().copied().collect();
    while let Some(package) = pending.pop() {
        pending.extend(next(package).iter().filter(|next| packages.insert(**next)));
    }
}

fn is_entry(analysis: &Analysis<'_>, id: FunctionId) -> bool {
    let codebase = analysis.codebase;
    let function = codebase.function(id);
    let file = codebase.file(codebase.function_file(id));
    let package = &codebase.packages[file.package.0 as usize];
    let Some(frontend) = lang::of(file.source.language) else { return false };
    function.kind == FunctionKind::Plain
        && ((frontend.is_entry)(&package.name, &function.name)
            || ((frontend.is_entry)(&package.name, "main") && is_served_by_attribute(analysis, id)))
}

/// Whether an attribute puts a `main` beside a function that serves what the function gives.
fn is_served_by_attribute(analysis: &Analysis<'_>, id: FunctionId) -> bool {
    let codebase = analysis.codebase;
    let file = codebase.function_file(id);
    codebase.function(id).attributes.iter().any(|attribute| {
        let Symbol::Library(symbol) = codebase.resolve(file, &attribute.path).symbol else { return false };
        let entries = analysis.models.attribute(&symbol).into_iter().flat_map(|model| &model.entries);
        entries.flat_map(|entry| &entry.effects).any(|effect| matches!(effect, EffectModel::Serves { .. }))
    })
}

/// What only commands reach that make no spans, where others of the same program do. What is set up before one of them is
/// chosen counts for all.
fn untraced_commands(
    analysis: &Analysis<'_>,
    entry: FunctionId,
    functions: &FxHashSet<FunctionId>,
    answering: &FxHashMap<FunctionId, Vec<FunctionId>>,
) -> FxHashSet<FunctionId> {
    let is_called = |id: &FunctionId| analysis.wiring.callers.get(id).is_some_and(|sites| !sites.is_empty());
    let commands: FxHashSet<FunctionId> =
        analysis.commands.iter().copied().filter(|id| functions.contains(id) && !is_called(id)).collect();
    if commands.len() < 2 {
        return FxHashSet::default();
    }
    let makes_spans = |reached: &FxHashSet<FunctionId>| reached.iter().any(|id| traces(analysis, *id));
    let always = reach(analysis, entry, answering, &commands);
    if makes_spans(&always) {
        return FxHashSet::default();
    }
    let mut loaded = FxHashSet::default();
    load(analysis, analysis.codebase.function_package(entry), &mut loaded);
    let reached = |command: &FunctionId| {
        let others = commands.iter().copied().filter(|other| other != command).collect();
        follow(analysis, vec![*command], &loaded, answering, &others)
    };
    let (traced, untraced): (Vec<_>, Vec<_>) = commands.iter().map(reached).partition(makes_spans);
    if traced.is_empty() {
        return FxHashSet::default();
    }
    let elsewhere = |id: &FunctionId| always.contains(id) || traced.iter().any(|reached| reached.contains(id));
    untraced.into_iter().flatten().filter(|id| !elsewhere(id)).collect()
}

/// What an entry leads to, without going into some functions.
fn reach(
    analysis: &Analysis<'_>,
    entry: FunctionId,
    answering: &FxHashMap<FunctionId, Vec<FunctionId>>,
    without: &FxHashSet<FunctionId>,
) -> FxHashSet<FunctionId> {
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
    follow(analysis, pending, &loaded, answering, without)
}

fn follow(
    analysis: &Analysis<'_>,
    mut pending: Vec<FunctionId>,
    loaded: &FxHashSet<PackageId>,
    answering: &FxHashMap<FunctionId, Vec<FunctionId>>,
    without: &FxHashSet<FunctionId>,
) -> FxHashSet<FunctionId> {
    let codebase = analysis.codebase;
    let mut reached = FxHashSet::default();
    while let Some(id) = pending.pop() {
        if !without.contains(&id) && reached.insert(id) {
            // A call through an interface names implementations of other programs too, which this one does not load.
            let named = analysis.mentions.get(&id).into_iter().flatten().copied();
            let named = named.chain(answering.get(&id).into_iter().flatten().copied());
            pending.extend(named.filter(|id| loaded.contains(&codebase.function_package(*id))));
        }
    }
    reached
}

/// Methods of the services that a function adds to a server, which calls them though nothing names them.
fn answering(analysis: &Analysis<'_>) -> FxHashMap<FunctionId, Vec<FunctionId>> {
    let mut answering: FxHashMap<FunctionId, Vec<FunctionId>> = FxHashMap::default();
    for fact in analysis.routes.values().filter(|fact| fact.what.service.is_some()) {
        let made_by = |id: ValueId| match analysis.values.get(id) {
            Value::Function(function) | Value::Closure(function, _) => Some(*function),
            _ => None,
        };
        let made = fact.what.handler.iter().filter_map(|id| analysis.summaries.get(&made_by(*id)?)?.results.first());
        for id in fact.what.handler.iter().chain(made.flatten()) {
            if let Type::Declared(owner, _) = analysis.values.type_of(*id) {
                answering.entry(fact.function).or_default().extend(analysis.codebase.methods_of(owner));
            }
        }
    }
    answering
}

fn load(analysis: &Analysis<'_>, package: PackageId, loaded: &mut FxHashSet<PackageId>) {
    let mut pending = vec![package];
    while let Some(package) = pending.pop() {
        if loaded.insert(package) {
            pending.extend(analysis.codebase.packages[package.0 as usize].imports.iter().copied());
        }
    }
}
