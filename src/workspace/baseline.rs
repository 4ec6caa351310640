//! The list of findings that a code base had when it took the program up, as a file: JSON with a finding on each line, so that
//! a change of it can be read.

use super::{Workspace, name_below, with_slashes, write_whole};
use crate::engine::{Known, Report};
use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Component, Path, PathBuf};

/// What the file is called unless somebody says otherwise.
pub const BASELINE: &str = "spanlint-baseline.json";

const VERSION: u32 = 1;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    findings: Vec<Entry>,
}

#[derive(Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// From the folder of the list, separated by `/`.
    path: String,
    check: String,
    /// 16 hexadecimal digits.
    fingerprint: String,
    /// For people.
    message: String,
}

impl Workspace {
    /// Reads a list of known findings.
    ///
    /// # Errors
    /// It can't be read, or is none; the place is said.
    pub fn read_baseline(&self, file: &Path) -> anyhow::Result<Vec<Known>> {
        let shown = file.display();
        let text = fs::read_to_string(file)
            .with_context(|| format!("the baseline `{shown}` can't be read (`spanlint baseline` writes one)"))?;
        let document: Document = serde_json::from_str(&text).map_err(|error| {
            let message = error.to_string();
            let what = message.split(" at line ").next().unwrap_or_default();
            let (line, column) = (error.line(), error.column());
            anyhow::anyhow!(
                "{shown}:{line}:{column}: this is no baseline: {what}; expected what `spanlint baseline` writes"
            )
        })?;
        if document.version != VERSION {
            let version = document.version;
            bail!("`{shown}` is a baseline of version {version}; expected version {VERSION}; write it anew");
        }
        let folder = folder_of(&self.current, file);
        let known = |(index, entry): (usize, Entry)| {
            let fingerprint = u64::from_str_radix(&entry.fingerprint, 16).map_err(|_| {
                let (number, wrong) = (index + 1, &entry.fingerprint);
                anyhow::anyhow!("`{shown}`, finding {number}: expected hexadecimal digits, found `{wrong}`")
            })?;
            let path = without_dots(&folder.join(&entry.path));
            let path = path.exists().then(|| name_below(&self.base, &path).into());
            Ok(Known { path, check: entry.check, fingerprint })
        };
        document.findings.into_iter().enumerate().map(known).collect()
    }

    /// Writes what a report has as known. Gives the number of findings.
    ///
    /// # Errors
    /// The file can't be written. It is then as it was.
    pub fn write_baseline(&self, file: &Path, report: &Report) -> anyhow::Result<usize> {
        let folder = folder_of(&self.current, file);
        let entry = |diagnostic: &crate::diagnostic::Diagnostic| {
            let path = report.files.get(diagnostic.at.file.0 as usize).map_or("", |file| &*file.path);
            Entry {
                path: from_folder(&folder, &self.base.join(path)),
                check: diagnostic.check.to_owned(),
                fingerprint: format!("{:016x}", diagnostic.fingerprint),
                message: diagnostic.message.clone(),
            }
        };
        let mut entries: Vec<Entry> = report.diagnostics.iter().map(entry).collect();
        entries.sort();
        let lines: Result<Vec<String>, _> = entries.iter().map(serde_json::to_string).collect();
        let lines = lines.context("the baseline can't be put into words")?.join(",\n    ");
        let lines = if lines.is_empty() { "[]".to_owned() } else { format!("[\n    {lines}\n  ]") };
        let text = format!("{{\n  \"version\": {VERSION},\n  \"findings\": {lines}\n}}\n");
        write_whole(file, text.as_bytes())?;
        Ok(entries.len())
    }
}

/// The folder a file lies in, or will, without symbolic links.
fn folder_of(current: &Path, file: &Path) -> PathBuf {
    let folder = current.join(file).parent().unwrap_or(current).to_path_buf();
    fs::canonicalize(&folder).unwrap_or(folder)
}

/// The way from a folder to a file.
fn from_folder(folder: &Path, file: &Path) -> String {
    let shared = folder.ancestors().find(|it| file.starts_with(it)).unwrap_or(Path::new("/"));
    let up = folder.strip_prefix(shared).map_or(0, |below| below.components().count());
    let below = file.strip_prefix(shared).unwrap_or(file);
    "../".repeat(up) + &with_slashes(below)
}

fn without_dots(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_to_a_file_leads_back() {
        for (folder, file, way) in [("/a", "/a/b/c.go", "b/c.go"), ("/a/x/y", "/a/b/c.go", "../../b/c.go")] {
            assert_eq!(from_folder(Path::new(folder), Path::new(file)), way);
            assert_eq!(without_dots(&Path::new(folder).join(way)), Path::new(file));
        }
    }
}
