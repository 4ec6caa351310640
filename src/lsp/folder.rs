//! A folder of the editor, with its worker and what it last found.

use super::documents::moved;
use super::settings::EditorSettings;
use super::worker::{Job, News, Snapshot, Worker};
use crate::workspace;
use gen_lsp_types::{Diagnostic, ProgressToken};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Names a folder for as long as the server runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FolderId(pub(super) u32);

/// A folder that is checked as one.
#[derive(Debug)]
pub(super) struct Folder {
    pub(super) id: FolderId,
    /// Its path as the editor names it.
    pub(super) path: PathBuf,
    /// Its path without symbolic links, as the engine's files are named.
    real: PathBuf,
    pub(super) worker: Worker,
    /// What was found last.
    pub(super) snapshot: Snapshot,
    /// What the editor was told of each file.
    pub(super) told: BTreeMap<PathBuf, Told>,
    /// Under which the editor shows what is being done.
    pub(super) progress: Option<ProgressToken>,
    /// Texts that changed since the last check.
    pub(super) edited: BTreeSet<PathBuf>,
}

/// What the editor was told of a file.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Told {
    pub(super) version: Option<i32>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Folder {
    /// Starts to read a folder.
    pub(super) fn open(
        id: FolderId,
        path: PathBuf,
        settings: &EditorSettings,
        tell: impl Fn(FolderId, News) + Send + 'static,
    ) -> anyhow::Result<Folder> {
        let real = workspace::real_path(&path);
        let worker = Worker::start(&real, move |news| tell(id, news))?;
        worker.give(Job::Load(Box::new(settings.clone())));
        Ok(Folder {
            id,
            path,
            real,
            worker,
            snapshot: Snapshot::default(),
            told: BTreeMap::new(),
            progress: None,
            edited: BTreeSet::new(),
        })
    }

    /// Whether nothing has happened since the last check.
    pub(super) fn is_fresh(&self) -> bool {
        self.snapshot.generation == self.worker.given()
    }

    /// A path of the editor as the engine's files are named.
    pub(super) fn to_real(&self, path: &Path) -> PathBuf {
        moved(path, &self.path, &self.real)
    }

    /// A path of the engine's as the editor names it.
    pub(super) fn to_shown(&self, path: &Path) -> PathBuf {
        moved(path, &self.real, &self.path)
    }
}
