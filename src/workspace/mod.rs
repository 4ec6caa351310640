//! Files on disk: what a run reads and writes. The only layer that touches `std::fs`.
//!
//! Knows which names matter from the front ends, and nothing of what the texts say. Whatever can't be read becomes a
//! [`Notice`]; only a path that does not exist stops a run.

mod config;
mod library;
mod models;
mod repair;
mod walk;
mod write;

pub use config::{ConfigText, Excluded, read_config};
pub use models::{UserModel, read_models};
pub use repair::{Repair, repair};
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
        let current = std::env::current_dir().context("the current folder can't be found")?;
        Workspace::read_from(&current, paths, excluded)
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
            if !found.texts.contains_key(&manifest) {
                walk::take(&manifest, &current, &mut found);
            }
        }
        let base = common_folder(&current, &roots, found.texts.keys());
        let files = found.texts.into_iter().map(|(path, text)| (name_below(&base, &path), text)).collect();
        let mut notices = found.notices;
        notices.sort_by(|one, other| (&one.path, &one.message).cmp(&(&other.path, &other.message)));
        let workspace = Workspace { base, current, roots, files, notices };
        Ok(workspace.with_notice_if_empty())
    }

    /// Hands every file to an engine.
    pub fn fill(&self, engine: &mut Engine) {
        for (name, text) in &self.files {
            engine.set_file(name, Arc::clone(text));
        }
    }

    /// Every file that was read, manifests included: its name and its text.
    pub fn files(&self) -> impl Iterator<Item = (&str, &Arc<str>)> {
        self.files.iter().map(|(name, text)| (name.as_str(), text))
    }

    /// The text of a file as it was read.
    pub fn text(&self, name: &str) -> Option<&Arc<str>> {
        self.files.get(name)
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
        self.files.contains_key(name) && self.roots.iter().any(|root| path.starts_with(root))
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

/// For every name a manifest can have, the nearest one in the folders above each root.
fn manifests_above(roots: &[PathBuf]) -> BTreeSet<PathBuf> {
    let mut manifests = BTreeSet::new();
    for root in roots {
        let folder = if root.is_dir() { Some(root.as_path()) } else { root.parent() };
        for name in lang::ALL.iter().flat_map(|frontend| frontend.manifests) {
            let nearest =
                folder.into_iter().flat_map(Path::ancestors).map(|it| it.join(name)).find(|path| path.is_file());
            manifests.extend(nearest);
        }
    }
    manifests
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
