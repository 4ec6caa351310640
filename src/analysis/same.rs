//! Whether another text of some functions does the same, for all that anybody else can see.
//!
//! Such a function is interpreted beside what is known of all the others: as it was, and as it is now. What both leave
//! behind is compared: their summaries, what they write into tables, what they do to values. Where nothing differs, no other
//! function can tell the two apart, and neither can the graph.
//!
//! The other version of the codebase must have the same places and variables wherever it says the same.

use super::lifetime::{Held, Lifetime};
use super::log::{Done, Log};
use super::spawn::waits_in_loop;
use super::summary::Summary;
use super::tables::Tables;
use super::value::{ObjectId, ObjectKind, Set, Value};
use super::{Analysis, frame};
use crate::codebase::{Codebase, FunctionId, GlobalId, Type};
use crate::facts::{LocalIndex, Name, StepKind, walk};
use crate::text::{FileRange, TextRange};
use rustc_hash::FxHashSet;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a function leaves behind.
#[derive(Debug, PartialEq)]
struct Left<'a> {
    summary: Summary,
    tables: Tables<'a>,
    takes: Option<Vec<super::item::TakeFact>>,
    /// Values put into variables of the package.
    globals: Vec<(GlobalId, Set)>,
    /// Types of variables that are there before and after.
    types: Vec<Type>,
    /// How long spans are open that it opens.
    lifetimes: Vec<(FileRange, Option<(Held, Lifetime)>)>,
    waits_in_loop: bool,
}

/// One interpretation of a function.
struct Run<'a> {
    left: Left<'a>,
    /// What it does to values.
    log: Log,
    /// Paths of the models of what it calls or names.
    met: BTreeSet<Name>,
}

impl<'a> Analysis<'a> {
    /// Whether functions do the same in another version of the codebase, which declares the same. Once they do not, nothing
    /// more can be asked of this analysis.
    pub fn do_the_same(&mut self, functions: &[FunctionId], other: &'a Codebase) -> bool {
        let codebase = self.codebase;
        let around = |id: &FunctionId| std::iter::successors(Some(*id), |id| codebase.owner(*id));
        // What a closure uses is asked of it where it is made.
        let looked_at: BTreeSet<FunctionId> = functions.iter().flat_map(around).collect();
        looked_at.into_iter().all(|function| self.does_the_same(function, other))
    }

    fn does_the_same(&mut self, function: FunctionId, other: &'a Codebase) -> bool {
        let codebase = self.codebase;
        let file = codebase.function_file(function);
        let mut rest = Tables::default();
        self.exchange(&mut rest);
        let (takes, globals) = (self.takes.remove(&function), self.take_writes(function));
        let types = self.local_types.row(file).clone();
        let count = self.values.count();
        // What has been learned since it was interpreted is learned here.
        self.left(function, codebase, other, &rest, &types);
        let before = self.left(function, codebase, other, &rest, &types);
        let after = self.left(function, other, other, &rest, &types);
        // That a model is met is told of the codebase as a whole.
        let known = self.known_models();
        let are_known = after.met.is_superset(&before.met) && after.met.iter().all(|path| known.contains(path));
        let is_settled = before.left.globals.is_empty() && before.left == after.left;
        if !are_known || !is_settled || !self.did_the_same(&before.log, &after.log, count) {
            return false;
        }
        self.exchange(&mut rest);
        self.takes.extend(takes.map(|takes| (function, takes)));
        for (global, set) in globals {
            self.wiring.globals.entry(global).or_default().insert((function, set));
        }
        *self.local_types.row(file) = types;
        true
    }

    /// Interprets a function of one version of the codebase, beside what all the others have left.
    fn left(
        &mut self,
        function: FunctionId,
        codebase: &'a Codebase,
        other: &'a Codebase,
        rest: &Tables<'a>,
        types: &[Type],
    ) -> Run<'a> {
        let original = std::mem::replace(&mut self.codebase, codebase);
        let file = codebase.function_file(function);
        self.lend(rest, function);
        *self.local_types.row(file) = self.types_before(function, types);
        let called = std::mem::take(&mut self.called);
        self.values.begin_log();
        self.active.insert(function, false);
        let summary = frame::interpret(self, function);
        self.active.remove(&function);
        self.interpreted += 1;
        let log = self.values.end_log();
        let called = std::mem::replace(&mut self.called, called);
        let lifetimes = self.lifetimes(function, original);
        let mut tables = Tables::default();
        self.exchange(&mut tables);
        let mut types = self.local_types.row(file).clone();
        let gone = |index: usize| other.local(function, LocalIndex(index as u32)).scope == TextRange::empty(0);
        types.truncate(original.file(file).facts.locals.len());
        types.iter_mut().enumerate().filter(|(index, _)| gone(*index)).for_each(|(_, ty)| *ty = Type::Unknown);
        self.codebase = original;
        let left = Left {
            summary,
            tables,
            takes: self.takes.remove(&function),
            globals: self.take_writes(function),
            types,
            lifetimes,
            waits_in_loop: waits_in_loop(&codebase.function(function).steps),
        };
        let named = log.named.iter().filter_map(|id| match self.values.get(*id) {
            Value::Symbol(symbol) | Value::LibraryBound(symbol, _) => self.models.call(symbol),
            _ => None,
        });
        let met = called.into_values().flatten().chain(named).map(|symbol| symbol.path.clone()).collect();
        Run { left, log, met }
    }

    /// Paths of the models that were met when the graph was made.
    fn known_models(&mut self) -> Arc<BTreeSet<Name>> {
        match &self.known_models {
            Some(known) => known.clone(),
            None => self.known_models.insert(Arc::new(self.models_met())).clone(),
        }
    }

    /// What others have left, as far as it is looked at while functions are interpreted. What is only ever said of it is
    /// unsaid, to be seen if this function says it.
    fn lend(&mut self, rest: &Tables<'a>, function: FunctionId) {
        for (at, fact) in rest.extracts.iter().filter(|(_, fact)| fact.function != function) {
            let unsaid =
                super::ExtractFact { used: false, given_back: false, taken: false, too_late: None, ..fact.clone() };
            self.extracts.insert(*at, unsaid);
        }
        for (at, fact) in rest.receives.iter().filter(|(_, fact)| fact.function != function) {
            self.receives.insert(*at, fact.unsaid());
        }
        let injects = rest.injects.iter().filter(|(_, fact)| fact.function != function);
        self.injects.extend(injects.map(|(at, fact)| (*at, fact.clone())));
        let spawns = rest.spawns.iter().filter(|(_, fact)| fact.function != function);
        self.spawns.extend(spawns.map(|(at, fact)| (*at, fact.clone())));
        let propagation = rest.global_propagation.iter().filter(|(_, by)| **by != function);
        self.global_propagation.extend(propagation.map(|(at, by)| (*at, *by)));
    }

    /// Types of the variables of a file, without those that a function finds out for its own.
    fn types_before(&self, function: FunctionId, types: &[Type]) -> Vec<Type> {
        let facts = self.codebase.function(function);
        let parameters: FxHashSet<LocalIndex> = facts.parameters.iter().filter_map(|each| each.local).collect();
        let is_found = |index: usize| {
            let local = LocalIndex(index as u32);
            self.codebase.local_owner(function, local) == function && !parameters.contains(&local)
        };
        let before = types.iter().enumerate();
        before.map(|(index, ty)| if is_found(index) { Type::Unknown } else { ty.clone() }).collect()
    }

    /// Takes out what a function puts into variables of the package.
    fn take_writes(&mut self, function: FunctionId) -> Vec<(GlobalId, Set)> {
        let mut own = Vec::new();
        for (global, writes) in &mut self.wiring.globals {
            if writes.iter().any(|(writer, _)| *writer == function) {
                own.extend(writes.extract_if(|(writer, _)| *writer == function).map(|(_, set)| (*global, set)));
            }
        }
        own.sort();
        own
    }

    /// How long the spans are open that a function opens, and at which of the calls that it made before.
    fn lifetimes(&self, function: FunctionId, original: &Codebase) -> Vec<(FileRange, Option<(Held, Lifetime)>)> {
        let mut calls = Vec::new();
        walk(&original.function(function).steps, &mut |step| {
            if let StepKind::Call(_) = &step.kind {
                calls.push(original.at(function, step.range));
            }
        });
        let own = self.starts.iter().filter(|((_, opener), _)| *opener == function);
        own.map(|((at, _), start)| (*at, self.lifetime(function, *at, start, &calls))).collect()
    }

    /// Whether the same was done to values, of which there were so many before; save for what nobody looks for.
    fn did_the_same(&self, one: &Log, other: &Log, count: usize) -> bool {
        let objects = |log: &Log| log.done.iter().filter_map(Done::object).collect::<FxHashSet<ObjectId>>();
        let (made, others) = (objects(one), objects(other));
        let apart: FxHashSet<ObjectId> = made.symmetric_difference(&others).copied().collect();
        let is_of_interest = |done: &&Done| match done {
            Done::Typed(id, _) => id.index() < count,
            done => !done.object().is_some_and(|object| apart.contains(&object)),
        };
        apart.iter().all(|object| self.is_of_no_interest(*object))
            && one.done.iter().filter(is_of_interest).eq(other.done.iter().filter(is_of_interest))
    }

    /// Whether nobody asks for an object among all that there are.
    fn is_of_no_interest(&self, object: ObjectId) -> bool {
        let held = self.values.object(object);
        matches!(held.kind, ObjectKind::Opaque(_) | ObjectKind::Record) && !self.takes_tracing(object)
    }
}
