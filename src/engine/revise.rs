//! What an edit changes in what was found, where that can be told without a new analysis.

use super::align::{Aligned, align};
use super::kept::Edited;
use super::run::{Found, Run};
use crate::analysis::graph::{Moves, PropagationGraph};
use crate::codebase::{Codebase, FunctionId};
use crate::facts::LocalIndex;
use crate::text::{FileId, FileRange};
use std::collections::BTreeMap;

/// What is found in edited files; none if they do something else than those that were analysed.
pub(super) fn revise(run: &Run, codebase: &Codebase, graph: &PropagationGraph, edited: Edited) -> Option<Found> {
    let mut aligned = BTreeMap::<FileId, Aligned>::new();
    for (file, input) in &edited {
        let analysed = codebase.file(*file);
        let (old, new) = ((&*analysed.source.text, &*analysed.facts), (&*input.source.text, &*input.facts));
        aligned.insert(*file, align(old, new).filter(|it| it.is_moved_only() && input.origin == analysed.origin)?);
    }
    let place = |at: FileRange| match aligned.get(&at.file) {
        Some(edited) => Some(FileRange { range: edited.place(at.range)?, ..at }),
        None => Some(at),
    };
    let local = |function: FunctionId, local: LocalIndex| match aligned.get(&codebase.function_file(function)) {
        Some(edited) => edited.local(local),
        None => Some(local),
    };
    let moved = graph.moved(&Moves { place: &place, local: &local })?;
    let edited = edited.into_iter().map(|(file, input)| (file, input.source, input.facts));
    Some(run.look(&codebase.with(edited), &moved))
}
