//! What an editor can be told: the words of its settings.

use crate::checks;
use crate::config::{CONFIDENCES, UNTRACED};
use crate::diagnostic::Confidence;
use crate::engine::Untraced;
use crate::fix::Applicability;
use crate::workspace::Asked;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The section that settings stand in, where an editor sends more than those of this server.
const SECTION: &str = "spanlint";

/// What the editor asks for. What it does not say, the configuration file says.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct EditorSettings {
    config: Option<PathBuf>,
    models: Vec<PathBuf>,
    select: Vec<String>,
    ignore: Vec<String>,
    min_confidence: Option<Confidence>,
    untraced: Option<Untraced>,
    /// Whether the sources of libraries are read.
    pub(super) libraries: bool,
    /// How far a person must look at what "fix all" applies.
    pub(super) fix_all: Applicability,
}

impl Default for EditorSettings {
    fn default() -> EditorSettings {
        EditorSettings {
            config: None,
            models: Vec::new(),
            select: Vec::new(),
            ignore: Vec::new(),
            min_confidence: None,
            untraced: None,
            libraries: true,
            fix_all: Applicability::Safe,
        }
    }
}

impl EditorSettings {
    /// Reads settings. Words that mean nothing are left out, and named.
    pub(super) fn read(value: &Value) -> (EditorSettings, Vec<String>) {
        let value = value.get(SECTION).unwrap_or(value);
        let mut settings = EditorSettings::default();
        let mut problems = Vec::new();
        for (key, value) in value.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null()) {
            let understood = settings.take(key, value);
            if understood.is_none() {
                problems.push(format!("the setting `{SECTION}.{key}` can't be {value}"));
            }
        }
        (settings, problems)
    }

    fn take(&mut self, key: &str, value: &Value) -> Option<()> {
        match key {
            "config" => self.config = path(value)?,
            "models" => self.models = words(value)?.into_iter().map(PathBuf::from).collect(),
            "select" => self.select = check_ids(value)?,
            "ignore" => self.ignore = check_ids(value)?,
            "minConfidence" => self.min_confidence = word_of(value, &CONFIDENCES)?,
            "untraced" => self.untraced = word_of(value, &UNTRACED)?,
            "libraries" => self.libraries = value.as_bool()?,
            "unsafeFixes" => {
                self.fix_all = if value.as_bool()? { Applicability::Unsafe } else { Applicability::Safe };
            }
            // Editors have settings of their own in the section: where the program is, for one.
            _ => {}
        }
        Some(())
    }

    /// What this asks for in a folder.
    pub(super) fn asked(&self, folder: &Path) -> Asked {
        Asked {
            config: self.config.as_ref().map(|path| folder.join(path)),
            paths: Vec::new(),
            models: self.models.iter().map(|path| folder.join(path)).collect(),
            select: self.select.clone(),
            ignore: self.ignore.clone(),
            min_confidence: self.min_confidence,
            untraced: self.untraced,
        }
    }
}

fn path(value: &Value) -> Option<Option<PathBuf>> {
    let text = value.as_str()?;
    Some((!text.is_empty()).then(|| PathBuf::from(text)))
}

fn words(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|word| Some(word.as_str()?.to_owned())).collect()
}

fn check_ids(value: &Value) -> Option<Vec<String>> {
    words(value).filter(|ids| ids.iter().all(|id| checks::by_id(id).is_some()))
}

/// One of the words of a table; an empty one leaves it to the configuration file.
fn word_of<T: Copy>(value: &Value, table: &[(&str, T)]) -> Option<Option<T>> {
    let word = value.as_str()?;
    if word.is_empty() {
        return Some(None);
    }
    table.iter().find(|(known, _)| *known == word).map(|(_, value)| Some(*value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn settings_come_with_and_without_their_section() {
        let bare = json!({"untraced": "edges", "minConfidence": "", "unsafeFixes": true, "trace": {"server": "off"}});
        let (settings, problems) = EditorSettings::read(&bare);
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!((settings.untraced, settings.min_confidence), (Some(Untraced::Edges), None));
        assert_eq!(settings.fix_all, Applicability::Unsafe);
        assert_eq!(EditorSettings::read(&json!({"spanlint": bare})).0, settings);
        assert_eq!(EditorSettings::read(&Value::Null).0, EditorSettings::default());
    }

    #[test]
    fn what_means_nothing_is_named() {
        let (settings, problems) =
            EditorSettings::read(&json!({"untraced": "often", "select": ["all"], "ignore": [1]}));
        assert_eq!(settings, EditorSettings::default());
        assert_eq!(problems.len(), 3, "{problems:?}");
        assert!(problems.iter().any(|problem| problem == "the setting `spanlint.untraced` can't be \"often\""));
    }
}
