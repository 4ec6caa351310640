//! Reading models that users wrote. Ignore rules don't hide them: who names a folder wants what is in it.

use super::walk::read;
use super::with_slashes;
use crate::diagnostic::{Notice, Severity};
use crate::lang;
use crate::text::Language;
use anyhow::bail;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use walkdir::WalkDir;

/// A user's model as text.
#[derive(Clone, Debug)]
pub struct UserModel {
    /// Its path as the user gave it, separated by `/`.
    pub path: String,
    /// The language it speaks of.
    pub language: Language,
    /// TOML.
    pub text: Arc<str>,
}

/// Reads a model, or every `*.toml` below a folder.
///
/// The language is that of the folder that holds the file, as in `rules/go/company.toml`, or the one a line
/// `language = "go"` above the first table names.
///
/// # Errors
/// A path does not exist.
pub fn read_models(paths: &[PathBuf]) -> anyhow::Result<(Vec<UserModel>, Vec<Notice>)> {
    let (mut models, mut notices) = (Vec::new(), Vec::new());
    for path in paths {
        if !path.exists() {
            bail!("no such file or folder of models: `{}`", path.display());
        }
        for entry in WalkDir::new(path).sort_by_file_name() {
            match entry {
                Ok(entry) => {
                    let asked_for = entry.depth() == 0;
                    if entry.path().is_file() && (asked_for || is_toml(entry.path())) {
                        match read_model(entry.path()) {
                            Ok(model) => models.push(model),
                            Err(notice) => notices.push(notice),
                        }
                    }
                }
                Err(error) => {
                    notices.push(broken(error.path().unwrap_or(path), format!("this can't be read ({error})")));
                }
            }
        }
    }
    Ok((models, notices))
}

fn read_model(path: &Path) -> Result<UserModel, Notice> {
    let text = read(path).map_err(|message| broken(path, message))?;
    let folder = path.parent().and_then(Path::file_name).and_then(|name| name.to_str());
    let line = language_line(&text);
    let named = line.clone().map(|line| value_of(&text[line]));
    let Some(language) = named.or(folder).and_then(language_by_id) else {
        let known: Vec<String> = lang::ALL.iter().map(|frontend| format!("`{}`", frontend.language.id())).collect();
        let wrong = match named {
            Some(name) => format!("there is no language `{name}`"),
            None => "nothing says which language this model speaks of".to_owned(),
        };
        let expected = "expected a line `language = \"..\"` above the first table, or a folder of that name";
        return Err(broken(path, format!("{wrong}; {expected}, with one of {}", known.join(", "))));
    };
    Ok(UserModel { path: with_slashes(path), language, text: without(&text, line).into() })
}

/// Where the line `language = ".."` stands, if there is one above the first table.
fn language_line(text: &str) -> Option<Range<usize>> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let is_assignment = |rest: &str| rest.trim_start().starts_with('=');
        if line.trim_start().strip_prefix("language").is_some_and(is_assignment) {
            return Some(start..start + line.trim_end().len());
        }
        if line.trim_start().starts_with('[') {
            return None;
        }
        start += line.len();
    }
    None
}

fn value_of(line: &str) -> &str {
    let value = line.split('=').nth(1).and_then(|value| value.split('#').next()).unwrap_or_default();
    value.trim().trim_matches(['"', '\''])
}

/// The text with blanks in place of a range: a model itself knows no language, and its places must not move.
fn without(text: &str, range: Option<Range<usize>>) -> String {
    let Some(range) = range else { return text.to_owned() };
    format!("{}{}{}", &text[..range.start], " ".repeat(range.len()), &text[range.end..])
}

fn language_by_id(id: &str) -> Option<Language> {
    lang::ALL.iter().map(|frontend| frontend.language).find(|language| language.id() == id)
}

fn is_toml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "toml")
}

/// A model that was asked for and can't be used makes the answer wrong, so the run fails.
fn broken(path: &Path, message: String) -> Notice {
    Notice { severity: Severity::Error, path: with_slashes(path), position: None, message }
}
