//! What a run recognised and what it left out: the first thing to look at when a finding is missing.

use super::Engine;
use super::reading::Role;
use crate::analysis::graph::PropagationGraph;
use crate::codebase::Codebase;
use crate::facts::Name;
use crate::text::FileRange;

/// What a run recognised and left out.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Programs that something reaches or that reach something, by name.
    pub programs: Vec<ProgramSeen>,
    /// What was not looked at, or not shown.
    pub skipped: Skipped,
}

/// What one process runs.
#[derive(Clone, Debug)]
pub struct ProgramSeen {
    /// The folder of its entry, as reports call it.
    pub name: String,
    /// The name of the function it starts with.
    pub entry: FileRange,
    /// Whether it makes spans.
    pub traced: bool,
    /// Formats in which its process-wide propagator reads and writes contexts, as far as models tell.
    pub formats: Vec<Name>,
    /// Handlers and messages that it answers.
    pub inbound: usize,
    /// Calls of it that send.
    pub outbound: usize,
}

/// Files that were read and take no part, and findings that are not shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct Skipped {
    /// Files of tests.
    pub tests: usize,
    /// Files in folders that hold other people's sources.
    pub libraries: usize,
    /// Files that only tests use.
    pub idle: usize,
    /// Files that a program wrote: they are read, and nothing in them is reported.
    pub generated: usize,
    /// Findings of which the analysis is less sure than was asked for.
    pub unsure: usize,
}

/// The programs of a language.
pub(super) fn programs(codebase: &Codebase, graph: &PropagationGraph) -> Vec<ProgramSeen> {
    let mut seen = Vec::new();
    for program in graph.programs.iter() {
        let Some(entry) = program.entry else { continue };
        let inbound = graph.inbound.iter().filter(|edge| program.functions.contains(&edge.handler)).count();
        let outbound = graph.outbound.iter().filter(|edge| program.functions.contains(&edge.function)).count();
        if inbound + outbound > 0 {
            let (name, formats) = (program.name.clone(), program.formats.clone());
            let entry = FileRange { file: codebase.function_file(entry), range: codebase.function(entry).name_range };
            seen.push(ProgramSeen { name, entry, traced: program.traced, formats, inbound, outbound });
        }
    }
    seen
}

impl ProgramSeen {
    /// Files of a language are numbered from 0 while they are analysed; in the report they follow those before.
    pub(super) fn shift(&mut self, by: u32) {
        self.entry.file.0 += by;
    }
}

impl Engine {
    /// Files that take no part.
    pub(super) fn skipped_files(&self) -> Skipped {
        let mut skipped = Skipped::default();
        for (path, held) in &self.files {
            match held.role {
                Role::Library => skipped.libraries += 1,
                Role::Test => skipped.tests += 1,
                Role::Source if self.idle.contains(path) => skipped.idle += 1,
                Role::Source => {
                    skipped.generated += usize::from(held.lowered.as_ref().is_some_and(|(_, facts)| facts.generated));
                }
            }
        }
        skipped
    }
}
