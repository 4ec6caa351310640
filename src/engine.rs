//! The one door: files in, report out.
//!
//! Knows no disk, no format and no face. Every face drives it the same way.

use crate::diagnostic::{Confidence, Diagnostic, Notice};
use crate::model::Model;
use crate::text::SourceFile;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the edges of a service without any tracing are worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Untraced {
    /// One note for the service.
    #[default]
    Service,
    /// A note for every edge.
    Edges,
    /// Nothing.
    Ignore,
}

/// What a run reports.
#[derive(Clone, Debug)]
pub struct Options {
    /// Ids of the checks to run; empty means all.
    pub select: Vec<String>,
    /// Ids of the checks to leave out.
    pub ignore: Vec<String>,
    /// Findings below this are left out.
    pub min_confidence: Confidence,
    /// How services without tracing are shown.
    pub untraced: Untraced,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            select: Vec::new(),
            ignore: Vec::new(),
            min_confidence: Confidence::Medium,
            untraced: Untraced::Service,
        }
    }
}

/// Holds the files of a codebase and answers what is wrong with them.
pub struct Engine {
    options: Options,
    models: Vec<Model>,
    files: BTreeMap<Arc<str>, Arc<str>>,
}

/// What a run found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Every file read, indexed by [`crate::text::FileId`].
    pub files: Vec<SourceFile>,
    /// The findings, by file and place.
    pub diagnostics: Vec<Diagnostic>,
    /// What could not be done.
    pub notices: Vec<Notice>,
    /// How many files were checked: read, and neither tests nor other people's.
    pub checked: usize,
}

impl Engine {
    /// An engine without files. `models` are those of a run, built-in and user ones alike.
    pub fn new(models: Vec<Model>, options: Options) -> Engine {
        Engine { options, models, files: BTreeMap::new() }
    }

    /// Adds a file or replaces its text. The path is as reports show it, separated by `/`. Files that are neither sources
    /// of a known language nor manifests are ignored.
    pub fn set_file(&mut self, path: &str, text: impl Into<Arc<str>>) {
        self.files.insert(path.into(), text.into());
    }

    /// Forgets a file.
    pub fn remove_file(&mut self, path: &str) {
        self.files.remove(path);
    }

    /// Checks every file.
    pub fn check(&self) -> Report {
        let _ = (&self.options, &self.models);
        Report::default()
    }
}
