//! What was read of a folder, in an engine: sources, models, known findings, and the libraries that they lead to.

use super::settings::EditorSettings;
use super::worker::Snapshot;
use crate::diagnostic::{Diagnostic, Notice, Severity};
use crate::engine::{Engine, Report};
use crate::fix::Edit;
use crate::model::{Model, builtin};
use crate::text::SourceFile;
use crate::workspace::{self, Settings, Workspace};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// Reading these takes longer than anything else in a small folder.
static BUILT_IN: OnceLock<(Vec<Model>, Vec<Notice>)> = OnceLock::new();

/// A folder with all that a check of it needs.
pub(super) struct Project {
    settings: Settings,
    pub(super) engine: Engine,
    pub(super) workspace: Workspace,
    /// What could not be read.
    notices: Vec<(Option<PathBuf>, Notice)>,
    /// Whether sources of libraries are wanted.
    takes_libraries: bool,
    /// Whether what is on disk may lead to other libraries than the ones that were read.
    pub(super) seeks_libraries: bool,
}

impl Project {
    /// Reads a folder; gives what is wrong with its configuration, if that can't be read.
    pub(super) fn read(
        folder: &Path,
        editor: &EditorSettings,
        written: &BTreeMap<PathBuf, Arc<str>>,
    ) -> anyhow::Result<Result<Project, Box<Report>>> {
        let settings = match workspace::settings_of_run(folder, editor.asked(folder))? {
            Ok(settings) => settings,
            Err(broken) => return Ok(Err(broken)),
        };
        let (models, notices) = workspace::models_with(BUILT_IN.get_or_init(builtin::all).clone(), &settings.models)?;
        let workspace = Workspace::read_from(folder, &settings.paths, &settings.excluded)?;
        let notices = notices.into_iter().chain(workspace.notices.iter().cloned());
        let mut project = Project {
            notices: notices.map(|notice| (Some(folder.join(&notice.path)), notice)).collect(),
            engine: Engine::new(models, settings.options.clone()),
            settings,
            workspace,
            takes_libraries: editor.libraries,
            seeks_libraries: editor.libraries,
        };
        project.engine.expect_edits();
        project.allow_known();
        project.fill(written);
        Ok(Ok(project))
    }

    /// Leaves out what was there before. Without a list that can be read everything counts as new.
    fn allow_known(&mut self) {
        let Some(file) = &self.settings.baseline else { return };
        match self.workspace.read_baseline(file) {
            Ok(known) => self.engine.allow_known(known),
            Err(error) => {
                let (severity, path) = (Severity::Error, file.display().to_string());
                let notice = Notice { severity, path, position: None, message: format!("{error:#}") };
                self.notices.push((Some(file.clone()), notice));
            }
        }
    }

    /// Hands every file to the engine, as the editor has it where it does.
    fn fill(&mut self, written: &BTreeMap<PathBuf, Arc<str>>) {
        let Project { engine, workspace, .. } = self;
        for (name, text) in workspace.files() {
            if !written.contains_key(&workspace.path_of(name)) {
                engine.set_file(name, text.clone());
            }
        }
        for (path, text) in written.iter().filter(|(path, _)| workspace.takes_in(path)) {
            engine.set_draft(&workspace.name_of(path), text.clone());
        }
    }

    /// Finds out which files there are.
    pub(super) fn walk(&mut self, folder: &Path, written: &BTreeMap<PathBuf, Arc<str>>) -> anyhow::Result<()> {
        let workspace = Workspace::read_from(folder, &self.settings.paths, &self.settings.excluded)?;
        let is_gone = |name: &&str| workspace.text(name).is_none();
        let gone: Vec<&str> = self.workspace.files().map(|(name, _)| name).filter(is_gone).collect();
        gone.iter().for_each(|name| self.engine.remove_file(name));
        self.workspace = workspace;
        self.seeks_libraries = self.takes_libraries;
        self.fill(written);
        Ok(())
    }

    /// Reads a file that is known again.
    pub(super) fn read_again(&mut self, path: &Path) -> Option<Arc<str>> {
        let name = self.workspace.name_of(path);
        let before = self.workspace.text(&name).cloned();
        let text = self.workspace.read_again(path);
        let leads_elsewhere = match before.zip(text.as_ref()) {
            Some((before, after)) => workspace::leads_elsewhere(&name, &before, after),
            None => true,
        };
        self.seeks_libraries |= self.takes_libraries && leads_elsewhere;
        text
    }

    /// Reads the libraries that the files on disk lead to.
    pub(super) fn find_libraries(&mut self) {
        self.seeks_libraries = false;
        self.engine.set_libraries(self.workspace.libraries(self.engine.models()));
    }

    /// Whether a file says how to check, so that all must be read anew when it changes.
    pub(super) fn is_set_by(&self, path: &Path) -> bool {
        let Settings { models, baseline, .. } = &self.settings;
        workspace::may_hold_config(path)
            || models.iter().any(|model| path.starts_with(model))
            || baseline.as_deref() == Some(path)
    }

    /// A report with all that the editor asks of it.
    pub(super) fn snapshot(&self, generation: u64, report: Report) -> Snapshot {
        let paths: Vec<PathBuf> = report.files.iter().map(|file| self.workspace.path_of(&file.path)).collect();
        let of_report = report.notices.iter().map(|notice| {
            let path = self.workspace.path_of(&notice.path);
            (self.workspace.knows(&path).then_some(path), notice.clone())
        });
        Snapshot {
            generation,
            notices: self.notices.iter().cloned().chain(of_report).collect(),
            allows: report.diagnostics.iter().map(|diagnostic| self.allow(&report, diagnostic)).collect(),
            own: paths.iter().filter(|path| self.workspace.takes_in(path)).cloned().collect(),
            paths,
            report,
        }
    }

    fn allow(&self, report: &Report, diagnostic: &Diagnostic) -> Option<Edit> {
        let file: &SourceFile = report.files.get(diagnostic.at.file.0 as usize)?;
        self.engine.allow(&file.path, diagnostic)
    }
}
