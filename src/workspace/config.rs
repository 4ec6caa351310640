//! The configuration file on disk: where it is, and what its words mean for files.

use super::walk::read;
use super::{resolve, shown_path};
use crate::config::{self, FILE_NAME, MANIFEST, Place};
use anyhow::Context;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A configuration file as text.
#[derive(Clone, Debug)]
pub struct ConfigText {
    /// The folder that its paths are relative to.
    pub folder: PathBuf,
    /// Its path as people see it.
    pub shown: String,
    /// TOML.
    pub text: Arc<str>,
    /// Where in the text it stands.
    pub place: Place,
}

/// Reads the configuration file that was asked for, or else the nearest one in the folder that holds all paths, or above it:
/// a file of its own, or else a manifest that has a table for it. Relative paths start in `current`, which also stands for no path.
/// A run is one analysis, so there is one configuration.
///
/// # Errors
/// A path does not exist, or the file can't be read.
pub fn read_config(current: &Path, asked_for: Option<&Path>, paths: &[PathBuf]) -> anyhow::Result<Option<ConfigText>> {
    let current = fs::canonicalize(current).with_context(|| format!("`{}` can't be found", current.display()))?;
    let path = match asked_for {
        Some(path) => path.to_path_buf(),
        None => match find(&current, paths)? {
            Some(path) => path,
            None => return Ok(None),
        },
    };
    let file = fs::canonicalize(current.join(&path)).with_context(|| format!("`{}` can't be read", path.display()))?;
    let text = read(&file).map_err(|message| anyhow::anyhow!("`{}`: {message}", path.display()))?;
    let folder = file.parent().unwrap_or(&current).to_path_buf();
    let place = if file.file_name().is_some_and(|name| name == MANIFEST) { Place::Manifest } else { Place::File };
    Ok(Some(ConfigText { folder, shown: shown_path(&current, &file), text, place }))
}

fn find(current: &Path, paths: &[PathBuf]) -> anyhow::Result<Option<PathBuf>> {
    let mut common: Option<PathBuf> = None;
    for root in resolve(current, paths)? {
        let folder = if root.is_dir() { root } else { root.parent().unwrap_or(current).to_path_buf() };
        common = match common {
            Some(known) => known.ancestors().find(|ancestor| folder.starts_with(ancestor)).map(Path::to_path_buf),
            None => Some(folder),
        };
    }
    let folder = common.unwrap_or_else(|| current.to_path_buf());
    Ok(folder.ancestors().find_map(config_in))
}

/// Whether a file's name is one that a configuration can have.
pub fn may_hold_config(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == FILE_NAME || name == MANIFEST)
}

/// The file of a folder that holds a configuration.
fn config_in(folder: &Path) -> Option<PathBuf> {
    let own = folder.join(FILE_NAME);
    if own.is_file() {
        return Some(own);
    }
    let manifest = folder.join(MANIFEST);
    let speaks = manifest.is_file() && read(&manifest).is_ok_and(|text| config::is_in_manifest(&text));
    speaks.then_some(manifest)
}

/// What a run leaves out unless it is asked for by name.
#[derive(Clone, Debug, Default)]
pub struct Excluded(Option<Gitignore>);

impl Excluded {
    /// Patterns as in `.gitignore`, relative to a folder.
    ///
    /// # Errors
    /// Which of the patterns is none, counted from 0, and why.
    pub fn new<'p>(folder: &Path, patterns: impl Iterator<Item = &'p str>) -> Result<Excluded, (usize, String)> {
        let why = |error| match error {
            ignore::Error::Glob { err, .. } => format!("this pattern can't be read: {err}"),
            other => other.to_string(),
        };
        let mut builder = GitignoreBuilder::new(folder);
        for (index, pattern) in patterns.enumerate() {
            builder.add_line(None, pattern).map_err(|error| (index, why(error)))?;
        }
        builder.build().map(|patterns| Excluded(Some(patterns))).map_err(|error| (0, why(error)))
    }

    /// Whether an entry of a folder is left out.
    pub(super) fn leaves_out(&self, path: &Path, is_folder: bool) -> bool {
        self.0.as_ref().is_some_and(|patterns| patterns.matched(path, is_folder).is_ignore())
    }
}
