//! Files on disk: what a run reads and writes. The only layer that touches `std::fs`.
//!
//! Knows which names matter from the front ends, and nothing of what the texts say. Whatever can't be read becomes a
//! [`Notice`]; only a path that does not exist stops a run.

mod baseline;
mod cargo;
mod config;
mod git;
mod library;
mod models;
mod repair;
mod round;
mod settings;
mod walk;
mod write;

pub use baseline::BASELINE;
pub use cargo::{CargoFeatures, CargoPackage, CargoWorkspace, cargo_features, cargo_workspace};
pub use config::{ConfigText, Excluded, may_hold_config, read_config};
pub use git::Since;
pub use library::leads_elsewhere;
pub use models::{UserModel, read_models};
pub use repair::{Repair, Repaired, Scope, repair, repair_in};
pub use settings::{Asked, Settings, configured_models, models_of_run, models_with, settings_of_run};
pub use write::{WriteError, write_whole};

use crate::diagnostic::{Notice, Severity};
use crate::engine::{Engine, Report};
use crate::lang;
use anyhow::{Context, bail};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// Files above this size, in bytes, are not read: no person wrote them.
pub const LARGEST_FILE: u64 = 8 * 1024 * 1024;

/// What takes part in a run by module. What lies below a module's folder in a module of its own does not belong to it.
#[derive(Clone, Debug)]
pub struct Modules {
    /// The folders of all modules that belong together.
    pub all: BTreeSet<PathBuf>,
    /// The folders of those that are reported on.
    pub asked_for: BTreeSet<PathBuf>,
}

/// The files of one run.
///
/// Inside a run a file is named by its path below the folder that holds everything read, so that a module path in a manifest
/// above the current folder still fits the folders below it. What people see is named from the current folder: [`Workspace::show`].
#[derive(Debug)]
pub struct Workspace {
    /// The folder that holds everything read.
    base: PathBuf,
    /// Where the run started.
    current: PathBuf,
    /// What was asked for, absolute and without symbolic links.
    roots: Vec<PathBuf>,
    /// The modules that take part, if not all that lies below the roots does.
    modules: Option<Modules>,
    /// Texts by name.
    files: BTreeMap<String, Arc<str>>,
    /// What could not be read. Paths are as people see them.
    pub notices: Vec<Notice>,
}

impl Workspace {
    /// Reads every source and manifest under `paths`, and the nearest manifests above them.
    ///
    /// # Errors
    /// A path does not exist, or the current folder can't be found.
    pub fn read(paths: &[PathBuf], excluded: &Excluded) -> anyhow::Result<Workspace> {
        Workspace::read_from(&current_folder()?, paths, excluded)
    }

    /// Like [`Workspace::read`], with relative paths and reports speaking of another folder than the current one.
    ///
    /// # Errors
    /// A path does not exist.
    pub fn read_from(current: &Path, paths: &[PathBuf], excluded: &Excluded) -> anyhow::Result<Workspace> {
        let current = fs::canonicalize(current).with_context(|| format!("`{}` can't be found", current.display()))?;
        let roots = resolve(&current, paths)?;
        let folders: Vec<PathBuf> = roots.iter().filter(|root| root.is_dir()).cloned().collect();
        let mut found = walk::Found::default();
        if !folders.is_empty() {
            walk::walk(&folders, &current, excluded, &mut found);
        }
        for file in roots.iter().filter(|root| !root.is_dir()) {
            walk::take_asked_for(file, &current, &mut found);
        }
        for manifest in manifests_above(&roots) {
            walk::take_new(&manifest, &current, &mut found);
        }
        // Ignore files often name them.
        for lock in locks_beside(found.texts.keys()) {
            walk::take_new(&lock, &current, &mut found);
        }
        let base = common_folder(&current, &roots, found.texts.keys());
        let files = found.texts.into_iter().map(|(path, text)| (name_below(&base, &path), text)).collect();
        let mut notices = found.notices;
        notices.sort_by(|one, other| (&one.path, &one.message).cmp(&(&other.path, &other.message)));
        let workspace = Workspace { base, current, roots, modules: None, files, notices };
        Ok(workspace.with_notice_if_empty())
    }

    /// Reads every module's folder, for a report on some of them.
    ///
    /// # Errors
    /// A folder does not exist, or the current folder can't be found.
    pub fn read_modules(modules: &Modules, excluded: &Excluded) -> anyhow::Result<Workspace> {
        let real =
            |folders: &BTreeSet<PathBuf>| folders.iter().map(fs::canonicalize).collect::<Result<BTreeSet<_>, _>>();
        let (all, asked_for) = (real(&modules.all), real(&modules.asked_for));
        let what = "a folder of a module can't be found";
        let modules = Modules { all: all.context(what)?, asked_for: asked_for.context(what)? };
        let folders: Vec<PathBuf> = modules.all.iter().cloned().collect();
        Ok(Workspace { modules: Some(modules), ..Workspace::read(&folders, excluded)? })
    }

    /// Hands every file to an engine.
    pub fn fill(&self, engine: &mut Engine) {
        for (name, text) in self.files.iter().filter(|(name, _)| self.takes_part(name)) {
            engine.set_file(name, Arc::clone(text));
        }
        if self.modules.is_some() {
            engine.report_only(self.files.keys().filter(|name| self.may_change(name)).map(|name| name.as_str().into()));
        }
    }

    /// Gives a file a text other than the one on disk, where it may not even be. Gives the file's name.
    ///
    /// # Errors
    /// No language has files of this name.
    pub fn replace_text(&mut self, file: &Path, text: Arc<str>) -> anyhow::Result<String> {
        let path = self.current.join(file);
        let folder = path.parent().and_then(|folder| fs::canonicalize(folder).ok());
        let path = folder.zip(path.file_name()).map_or(path.clone(), |(folder, name)| folder.join(name));
        let name = name_below(&self.base, &path);
        if lang::for_path(&name).is_none() {
            bail!("`{}` is no source file of a known language", file.display());
        }
        self.files.insert(name.clone(), text);
        Ok(name)
    }

    /// Every file that was read, manifests included: its name and its text.
    pub fn files(&self) -> impl Iterator<Item = (&str, &Arc<str>)> {
        self.files.iter().map(|(name, text)| (name.as_str(), text))
    }

    /// The text of a file as it was read.
    pub fn text(&self, name: &str) -> Option<&Arc<str>> {
        self.files.get(name)
    }

    /// How a run names the file at an absolute path.
    pub fn name_of(&self, path: &Path) -> String {
        name_below(&self.base, path)
    }

    /// The absolute path of a file that a run names.
    pub fn path_of(&self, name: &str) -> PathBuf {
        self.base.join(name)
    }

    /// Whether the file at an absolute path was read.
    pub fn knows(&self, path: &Path) -> bool {
        self.files.contains_key(&self.name_of(path))
    }

    /// Whether a text at an absolute path takes part: it was read under the paths asked for, or is not written to disk yet.
    pub fn takes_in(&self, path: &Path) -> bool {
        let is_new = || !path.exists() && self.roots.iter().any(|root| path.starts_with(root));
        self.may_change(&self.name_of(path)) || is_new()
    }

    /// Reads one file again that was read before. None if it is no longer there; then it is forgotten.
    pub fn read_again(&mut self, path: &Path) -> Option<Arc<str>> {
        let name = self.name_of(path);
        self.files.remove(&name)?;
        let text = walk::read(path).ok()?;
        self.files.insert(name, text.clone());
        Some(text)
    }

    /// How many files were read, manifests included.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether nothing was read.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// A file's path as people see it: from the current folder if it lies below, else from the root of the disk.
    pub fn shown(&self, name: &str) -> String {
        if self.files.contains_key(name) { shown_path(&self.current, &self.base.join(name)) } else { name.to_owned() }
    }

    /// A file's path as people see it, whether it was read or not.
    pub fn shown_file(&self, file: &Path) -> String {
        shown_path(&self.current, &self.current.join(file))
    }

    /// Renames the files of a report to what people see.
    pub fn show(&self, report: &mut Report) {
        for file in &mut report.files {
            file.path = self.shown(&file.path).into();
        }
        for notice in &mut report.notices {
            notice.path = self.shown(&notice.path);
        }
    }

    /// Whether a file lies under the paths that were asked for, so that a fix may change it.
    pub fn may_change(&self, name: &str) -> bool {
        let path = self.base.join(name);
        self.files.contains_key(name)
            && self.roots.iter().any(|root| path.starts_with(root))
            && self.modules.as_ref().is_none_or(|modules| self.is_of(&path, &modules.asked_for))
    }

    /// Whether a file is of one of the modules, or says something to one of them from above.
    fn takes_part(&self, name: &str) -> bool {
        let Some(modules) = &self.modules else { return true };
        let path = self.base.join(name);
        let is_above = |folder: &Path| modules.all.iter().any(|module| module.starts_with(folder));
        let speaks = lang::for_manifest(name).or(lang::for_lock(name)).is_some();
        self.is_of(&path, &modules.all) || (speaks && path.parent().is_some_and(is_above))
    }

    fn is_of(&self, path: &Path, modules: &BTreeSet<PathBuf>) -> bool {
        self.module_of(path).is_some_and(|folder| modules.contains(folder))
    }

    /// The nearest folder above a file that has a manifest.
    fn module_of<'p>(&self, path: &'p Path) -> Option<&'p Path> {
        let has_manifest = |folder: &&Path| {
            let mut names = lang::ALL.iter().flat_map(|frontend| frontend.manifests);
            names.any(|name| self.files.contains_key(&name_below(&self.base, &folder.join(name))))
        };
        path.ancestors().skip(1).find(has_manifest)
    }

    fn with_notice_if_empty(mut self) -> Workspace {
        let sources = self.files.keys().any(|name| lang::for_path(name).is_some());
        if !sources && !self.notices.iter().any(|notice| notice.severity >= Severity::Warning) {
            let endings: Vec<String> =
                lang::ALL.iter().flat_map(|it| it.extensions).map(|extension| format!("`.{extension}`")).collect();
            let path = self.roots.first().map(|root| shown_path(&self.current, root)).unwrap_or_default();
            let message = format!("nothing to check here; expected files ending in {}", endings.join(", "));
            self.notices.push(Notice { severity: Severity::Warning, path, position: None, message });
        }
        self
    }
}

/// A path without symbolic links; as it is if there is nothing there.
pub fn real_path(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
}

/// The folder of the module that a file belongs to: the nearest one above it with a manifest, else its own.
pub fn module_folder(path: &Path) -> PathBuf {
    let has_manifest = |folder: &&Path| {
        let mut names = lang::ALL.iter().flat_map(|frontend| frontend.manifests);
        names.any(|name| folder.join(name).is_file())
    };
    let own = path.parent().unwrap_or(path);
    own.ancestors().find(has_manifest).unwrap_or(own).to_path_buf()
}

/// Where this process was started.
///
/// # Errors
/// The folder is gone.
pub fn current_folder() -> anyhow::Result<PathBuf> {
    std::env::current_dir().context("the current folder can't be found")
}

/// The paths asked for, absolute, without symbolic links, each once.
fn resolve(current: &Path, paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut roots = BTreeSet::new();
    for path in paths {
        let absolute = current.join(path);
        match fs::canonicalize(&absolute) {
            Ok(real) => {
                roots.insert(real);
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let nearest = nearest_sibling(&absolute)
                    .map(|name| format!("; did you mean `{}`?", path.with_file_name(name).display()));
                bail!("no such file or folder: `{}`{}", path.display(), nearest.unwrap_or_default());
            }
            Err(error) => return Err(error).with_context(|| format!("`{}` can't be read", path.display())),
        }
    }
    Ok(roots.into_iter().collect())
}

/// The name beside a missing path that looks most like it.
fn nearest_sibling(path: &Path) -> Option<String> {
    let wanted = path.file_name()?.to_str()?;
    let names = fs::read_dir(path.parent()?).ok()?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names
        .map(|name| (strsim::damerau_levenshtein(wanted, &name), name))
        .filter(|(distance, name)| *distance <= 1 + name.chars().count() / 4)
        .min()
        .map(|(_, name)| name)
}

/// For every name a manifest can have, the nearest one in the folders above each root, and those beside the nearest lock file.
fn manifests_above(roots: &[PathBuf]) -> BTreeSet<PathBuf> {
    let mut manifests = BTreeSet::new();
    for root in roots {
        let folder = if root.is_dir() { Some(root.as_path()) } else { root.parent() };
        let nearest = |name: &str| folder?.ancestors().map(|it| it.join(name)).find(|path| path.is_file());
        for frontend in lang::ALL {
            manifests.extend(frontend.manifests.iter().filter_map(|name| nearest(name)));
            let locks = frontend.locks.iter().filter_map(|name| nearest(name));
            let beside = locks.flat_map(|lock| frontend.manifests.iter().map(move |name| lock.with_file_name(name)));
            manifests.extend(beside.filter(|path| path.is_file()));
        }
    }
    manifests
}

/// The lock files of manifests.
fn locks_beside<'p>(paths: impl Iterator<Item = &'p PathBuf>) -> BTreeSet<PathBuf> {
    let manifest = |path: &'p PathBuf| Some((path, lang::for_manifest(path.file_name()?.to_str()?)?));
    let locks = paths.filter_map(manifest).flat_map(|(path, it)| it.locks.iter().map(|name| path.with_file_name(name)));
    locks.filter(|path| path.is_file()).collect()
}

/// The deepest folder that holds everything read, and the current folder where that is above something read.
fn common_folder<'a>(current: &Path, roots: &[PathBuf], files: impl Iterator<Item = &'a PathBuf>) -> PathBuf {
    let below_current = roots.iter().any(|root| root.starts_with(current));
    let folders =
        files.filter_map(|file| file.parent()).chain(roots.iter().filter(|root| root.is_dir()).map(PathBuf::as_path));
    let mut common = if below_current { Some(current.to_path_buf()) } else { None };
    for folder in folders {
        let shared = match common {
            Some(common) => common.ancestors().find(|ancestor| folder.starts_with(ancestor)).map(Path::to_path_buf),
            None => Some(folder.to_path_buf()),
        };
        common = Some(shared.unwrap_or_default());
    }
    common.unwrap_or_else(|| current.to_path_buf())
}

fn name_below(base: &Path, path: &Path) -> String {
    with_slashes(path.strip_prefix(base).unwrap_or(path))
}

fn shown_path(current: &Path, path: &Path) -> String {
    match path.strip_prefix(current) {
        Ok(below) if below.as_os_str().is_empty() => ".".to_owned(),
        Ok(below) => with_slashes(below),
        Err(_) => with_slashes(path),
    }
}

fn with_slashes(path: &Path) -> String {
    let mut shown = String::new();
    for component in path.components() {
        match component {
            Component::RootDir => shown.push('/'),
            other => {
                if !shown.is_empty() && !shown.ends_with('/') {
                    shown.push('/');
                }
                shown.push_str(&other.as_os_str().to_string_lossy());
            }
        }
    }
    shown
}
