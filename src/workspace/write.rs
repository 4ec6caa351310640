//! Writing files: whole or not at all, and never anything but what was read.

use super::{Workspace, walk};
use anyhow::Context;
use std::fs;
use std::io::Write;
use std::path::Path;
use tempfile::Builder;

/// Why a file was left as it is.
#[derive(Debug)]
pub enum WriteError {
    /// It lies outside the paths given, or a symbolic link on its way leads out.
    Outside,
    /// Its text is no longer the one that was read.
    Changed,
    /// The disk said no.
    Failed(anyhow::Error),
}

impl Workspace {
    /// Whether a file on disk still has the text that was read.
    pub fn is_unchanged(&self, name: &str) -> bool {
        self.text(name).is_some_and(|text| walk::read(&self.base.join(name)).is_ok_and(|now| now == *text))
    }

    /// Replaces the text of a file that was read.
    ///
    /// # Errors
    /// The file lies outside the paths given, was changed since it was read, or can't be written. It is then as it was.
    pub fn write(&self, name: &str, text: &str) -> Result<(), WriteError> {
        let path = self.base.join(name);
        let real = fs::canonicalize(&path).map_err(|_| WriteError::Changed)?;
        if !self.may_change(name) || real != path {
            return Err(WriteError::Outside);
        }
        if !self.is_unchanged(name) {
            return Err(WriteError::Changed);
        }
        write_whole(&path, text.as_bytes()).map_err(WriteError::Failed)
    }
}

/// Writes a file beside the old one, then puts it in its place: readers see the old text or the new one, never a part.
/// The mode of an old file is kept.
///
/// # Errors
/// The old file may not be written, or the disk fails.
pub fn write_whole(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let old = fs::metadata(path).ok();
    if let Some(old) = &old {
        if !old.is_file() {
            // A pipe or a device such as `/dev/stdout` has no text that could be replaced.
            return fs::write(path, bytes).with_context(|| format!("`{}` can't be written", path.display()));
        }
        anyhow::ensure!(!old.permissions().readonly(), "`{}` is read-only", path.display());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let what = || format!("`{}` can't be written", path.display());
    let mut builder = Builder::new();
    builder.prefix(".spanlint-");
    make_like_others(&mut builder);
    let mut file = builder.tempfile_in(folder).with_context(what)?;
    file.write_all(bytes).with_context(what)?;
    if let Some(old) = &old {
        fs::set_permissions(file.path(), old.permissions()).with_context(what)?;
        keep_owner(file.path(), old);
    }
    file.as_file().sync_all().with_context(what)?;
    file.persist(path).with_context(what)?;
    Ok(())
}

/// A temporary file is for its owner alone unless told otherwise; a new report is for whom the user's mask says.
#[cfg(unix)]
fn make_like_others(builder: &mut Builder<'_, '_>) {
    use std::os::unix::fs::PermissionsExt;
    builder.permissions(fs::Permissions::from_mode(0o666));
}

#[cfg(not(unix))]
fn make_like_others(_builder: &mut Builder<'_, '_>) {}

/// Only the superuser may give files away, and only then is there something to keep; so failure is no loss.
#[cfg(unix)]
fn keep_owner(path: &Path, old: &fs::Metadata) {
    use std::os::unix::fs::MetadataExt;
    let _ = std::os::unix::fs::chown(path, Some(old.uid()), Some(old.gid()));
}

#[cfg(not(unix))]
fn keep_owner(_path: &Path, _old: &fs::Metadata) {}
