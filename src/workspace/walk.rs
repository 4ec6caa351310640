//! Finding and reading files below the paths asked for.
//!
//! Ignore files and hidden files are respected; symbolic links are never followed: what they lead to inside the paths is
//! read where it lies, and what lies outside was not asked for.

use super::{Excluded, LARGEST_FILE, shown_path};
use crate::diagnostic::{Notice, Severity};
use crate::lang;
use ignore::{DirEntry, WalkBuilder, WalkState};
use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// What a walk brings home.
#[derive(Default)]
pub(super) struct Found {
    /// Texts by absolute path.
    pub(super) texts: BTreeMap<PathBuf, Arc<str>>,
    /// What could not be read.
    pub(super) notices: Vec<Notice>,
}

/// What became of one entry of a folder.
enum Outcome {
    Text(PathBuf, Arc<str>),
    Notice(Notice),
    LeadsOut(PathBuf),
}

/// Reads every source and manifest below `folders`.
pub(super) fn walk(folders: &[PathBuf], current: &Path, excluded: &Excluded, found: &mut Found) {
    let Some((first, rest)) = folders.split_first() else { return };
    let mut builder = WalkBuilder::new(first);
    for folder in rest {
        builder.add(folder);
    }
    // A copy of a project without its `.git` folder still has the ignore files that its authors wrote.
    builder.follow_links(false).require_git(false);
    let excluded = excluded.clone();
    builder.filter_entry(move |entry| {
        let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
        entry.depth() == 0 || !excluded.leaves_out(entry.path(), is_folder)
    });
    let outcomes: Mutex<Vec<Outcome>> = Mutex::default();
    builder.build_parallel().run(|| {
        Box::new(|entry| {
            let outcome = match entry {
                Ok(entry) => look_at(&entry, folders, current),
                Err(error) => Some(Outcome::Notice(cannot_walk(&error, current))),
            };
            if let Some(outcome) = outcome {
                outcomes.lock().unwrap_or_else(PoisonError::into_inner).push(outcome);
            }
            WalkState::Continue
        })
    });
    let mut leading_out = Vec::new();
    for outcome in outcomes.into_inner().unwrap_or_else(PoisonError::into_inner) {
        match outcome {
            Outcome::Text(path, text) => {
                found.texts.insert(path, text);
            }
            Outcome::Notice(notice) => found.notices.push(notice),
            Outcome::LeadsOut(path) => leading_out.push(path),
        }
    }
    leading_out.sort();
    found.notices.extend(links_leading_out(&leading_out, current));
}

/// Reads a file that was asked for by name, whatever ignore files say of it.
pub(super) fn take_asked_for(path: &Path, current: &Path, found: &mut Found) {
    if matters(path) {
        take(path, current, found);
        return;
    }
    let endings: Vec<String> =
        lang::ALL.iter().flat_map(|it| it.extensions).map(|extension| format!("`.{extension}`")).collect();
    let message = format!("no language has files of this name; expected one ending in {}", endings.join(", "));
    found.notices.push(notice(path, current, Severity::Warning, message));
}

/// Reads a file that was not read yet.
pub(super) fn take_new(path: &Path, current: &Path, found: &mut Found) {
    if !found.texts.contains_key(path) {
        take(path, current, found);
    }
}

/// Reads a file.
pub(super) fn take(path: &Path, current: &Path, found: &mut Found) {
    match read(path) {
        Ok(text) => {
            found.texts.insert(path.to_path_buf(), text);
        }
        Err(message) => found.notices.push(notice(path, current, Severity::Warning, message)),
    }
}

fn look_at(entry: &DirEntry, roots: &[PathBuf], current: &Path) -> Option<Outcome> {
    let path = entry.path();
    let kind = entry.file_type()?;
    if kind.is_symlink() {
        return look_at_link(path, roots, current);
    }
    if !kind.is_file() || !matters(path) {
        return None;
    }
    Some(match read(path) {
        Ok(text) => Outcome::Text(path.to_path_buf(), text),
        Err(message) => Outcome::Notice(notice(path, current, Severity::Warning, message)),
    })
}

fn look_at_link(path: &Path, roots: &[PathBuf], current: &Path) -> Option<Outcome> {
    let target = match fs::canonicalize(path) {
        Ok(target) => target,
        Err(error) if error.kind() == ErrorKind::NotFound && !matters(path) => return None,
        Err(error) => {
            let message = format!("this symbolic link leads nowhere ({error}); expected a file");
            return Some(Outcome::Notice(notice(path, current, Severity::Warning, message)));
        }
    };
    if path.starts_with(&target) {
        let message = "this symbolic link leads back to a folder that holds it; not followed".to_owned();
        return Some(Outcome::Notice(notice(path, current, Severity::Note, message)));
    }
    let inside = roots.iter().any(|root| target.starts_with(root));
    let could_matter = target.is_dir() || matters(path);
    (!inside && could_matter).then(|| Outcome::LeadsOut(path.to_path_buf()))
}

/// One notice for all links that lead out, since a build system may make hundreds.
fn links_leading_out(paths: &[PathBuf], current: &Path) -> Option<Notice> {
    let (first, rest) = paths.split_first()?;
    let message = match rest.len() {
        0 => "this symbolic link leads outside the paths given; not followed".to_owned(),
        more => format!("this symbolic link and {more} more lead outside the paths given; not followed"),
    };
    Some(notice(first, current, Severity::Note, message))
}

fn cannot_walk(error: &ignore::Error, current: &Path) -> Notice {
    let reason = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
    let message = format!("this can't be read ({reason}); what lies in it was not checked");
    match path_of(error) {
        Some(path) => notice(path, current, Severity::Warning, message),
        None => notice(current, current, Severity::Warning, message),
    }
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_of(err),
        ignore::Error::Loop { child, .. } => Some(child),
        ignore::Error::Partial(errors) => errors.iter().find_map(path_of),
        _ => None,
    }
}

/// Whether a front end reads files of this name.
fn matters(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
    lang::for_path(name).is_some() || lang::for_manifest(name).is_some()
}

/// The text of a file, or why there is none.
pub(super) fn read(path: &Path) -> Result<Arc<str>, String> {
    let unreadable = |error: std::io::Error| format!("this file can't be read ({error}); not checked");
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err("this is no regular file; expected a file of source text".to_owned());
    }
    if metadata.len() > LARGEST_FILE {
        let megabytes = metadata.len().div_ceil(1024 * 1024);
        return Err(format!("this file has {megabytes} MB; expected at most {} MB; not checked", LARGEST_FILE >> 20));
    }
    let bytes = fs::read(path).map_err(unreadable)?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text.into()),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            Err(format!("byte {at} of this file is not UTF-8; expected source text in UTF-8; not checked"))
        }
    }
}

fn notice(path: &Path, current: &Path, severity: Severity, message: String) -> Notice {
    Notice { severity, path: shown_path(current, path), position: None, message }
}
