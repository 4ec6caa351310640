//! What an edit changes in what was found, where that can be told without a new analysis.

use super::align::{Aligned, align};
use super::kept::Edited;
use super::run::{Found, Run};
use crate::analysis::Analysis;
use crate::analysis::graph::{Moves, PropagationGraph};
use crate::codebase::{Codebase, FunctionId};
use crate::facts::{FunctionIndex, LocalIndex};
use crate::text::{FileId, FileRange};
use std::collections::BTreeMap;
use std::slice;
use std::sync::OnceLock;

/// Room for edited versions of a codebase, which the analysis may look at as long as it lives.
pub(super) struct Versions([OnceLock<Codebase>; 512]);

impl Default for Versions {
    fn default() -> Versions {
        Versions([const { OnceLock::new() }; 512])
    }
}

impl Versions {
    pub(super) fn iter(&self) -> slice::Iter<'_, OnceLock<Codebase>> {
        self.0.iter()
    }
}

/// More functions that do something else than these are not compared one by one.
const CHANGED: usize = 8;

/// An analysis that is kept to be asked about edits.
pub(super) struct Revision<'a> {
    pub(super) run: &'a Run,
    pub(super) codebase: &'a Codebase,
    pub(super) graph: PropagationGraph,
    pub(super) analysis: Analysis<'a>,
    /// What is left of the room.
    pub(super) versions: slice::Iter<'a, OnceLock<Codebase>>,
}

impl Revision<'_> {
    /// What is found in edited files; none if that takes a new analysis, and nothing more can be asked of this one.
    pub(super) fn of(&mut self, edited: Edited) -> Option<Found> {
        let mut aligned = BTreeMap::<FileId, Aligned>::new();
        for (file, input) in &edited {
            let analysed = self.codebase.file(*file);
            if input.source.text == analysed.source.text && input.facts == analysed.facts {
                continue;
            }
            let (old, new) = ((&*analysed.source.text, &*analysed.facts), (&*input.source.text, &*input.facts));
            aligned.insert(*file, align(old, new).filter(|_| input.origin == analysed.origin)?);
        }
        let before = self.analysis.interpreted();
        if !self.do_the_same(&aligned) {
            return None;
        }
        let place = |at: FileRange| match aligned.get(&at.file) {
            Some(edited) => Some(FileRange { range: edited.place(at.range)?, ..at }),
            None => Some(at),
        };
        let local = |function: FunctionId, local: LocalIndex| match aligned.get(&self.codebase.function_file(function))
        {
            Some(edited) => edited.local(local),
            None => Some(local),
        };
        let moved = self.graph.moved(&Moves { place: &place, local: &local })?;
        let edited = edited.into_iter().map(|(file, input)| (file, input.source, input.facts));
        let found = self.run.look(&self.codebase.with(edited), &moved);
        Some(Found { interpreted: self.analysis.interpreted() - before, ..found })
    }

    /// Whether what differs in functions can be seen by nobody.
    fn do_the_same(&mut self, aligned: &BTreeMap<FileId, Aligned>) -> bool {
        let first = |file: &FileId| self.codebase.functions_in(*file).next();
        let in_file = |(file, edited): (&FileId, &Aligned)| -> Vec<FunctionId> {
            let changed = edited.changed.iter().map(|index| FunctionIndex(*index as u32));
            let Some(first) = first(file) else { return Vec::new() };
            changed.map(|index| self.codebase.sibling(first, index)).collect()
        };
        let changed: Vec<FunctionId> = aligned.iter().flat_map(in_file).collect();
        if changed.is_empty() {
            return true;
        }
        let Some(version) = self.versions.next().filter(|_| changed.len() <= CHANGED) else { return false };
        let facts = |(file, edited): (&FileId, &Aligned)| {
            (*file, self.codebase.file(*file).source.clone(), edited.facts.clone().into())
        };
        let other = version.get_or_init(|| self.codebase.with(aligned.iter().map(facts)));
        self.analysis.do_the_same(&changed, other)
    }
}
