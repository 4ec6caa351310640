//! The configuration file: TOML text to a [`Config`], or to findings in that text.
//!
//! Every value keeps its place, so that what turns out later to be wrong with it (a folder that is not there) can be said at
//! that place, too. Knows no disk: where the file is looked for is the workspace's matter.

use crate::checks::{self, Check, Untraced};
use crate::diagnostic::{Confidence, Diagnostic, Label, Severity};
use crate::model::{FromText, Text, complain, explain};
use crate::text::{FileId, FileRange, Language, SourceFile, TextRange};
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use std::collections::BTreeMap;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What the file is called.
pub const FILE_NAME: &str = "spanlint.toml";

/// What manifests are called that may hold a configuration instead.
pub const MANIFEST: &str = "Cargo.toml";

/// Where in such a manifest: what the later table says counts.
const IN_MANIFEST: [[&str; 3]; 2] = [["workspace", "metadata", "spanlint"], ["package", "metadata", "spanlint"]];

/// Where a configuration stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a file of its own.
    File,
    /// In the tables that manifests keep for the programs of others.
    Manifest,
}

/// The id of findings in a configuration file.
pub const PROBLEM: &str = "config";

/// What a configuration file says. What it does not say is `None` or empty.
#[derive(Clone, Debug)]
pub struct Config {
    /// Ids of the checks to run.
    pub select: Option<Vec<String>>,
    /// Ids of the checks to leave out.
    pub ignore: Vec<String>,
    /// How much a check's findings weigh, by id.
    pub severity: BTreeMap<String, Severity>,
    /// What to check, relative to the file's folder.
    pub paths: Vec<Placed>,
    /// What not to read: patterns as in `.gitignore`, relative to the file's folder.
    pub exclude: Vec<Placed>,
    /// Models of in-house libraries: files and folders, relative to the file's folder.
    pub models: Vec<Placed>,
    /// The list of findings that were there before, relative to the file's folder.
    pub baseline: Option<Placed>,
    /// How services without tracing are shown.
    pub untraced: Option<Untraced>,
    /// Findings below this are left out.
    pub min_confidence: Option<Confidence>,
}

/// A text and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The text.
    pub text: String,
    /// Its place, quotes included.
    pub at: TextRange,
}

/// The keys of the file. A test compares them with the schema.
const KEYS: [&str; 9] =
    ["select", "ignore", "severity", "paths", "exclude", "models", "baseline", "untraced", "min-confidence"];

/// The file as reports show it.
pub fn source(path: &str, text: &str) -> SourceFile {
    SourceFile::new(path, Language::new("toml"), text)
}

/// Whether a manifest holds a configuration.
pub fn is_in_manifest(text: &str) -> bool {
    text.contains("spanlint")
        && DeTable::parse(text).is_ok_and(|manifest| !in_manifest(manifest.into_inner()).is_empty())
}

/// Reads a configuration.
///
/// # Errors
/// All that is wrong with it, in the order of the text.
pub fn load(text: &str, place: Place) -> Result<Config, Vec<Diagnostic>> {
    let (document, errors) = DeTable::parse_recoverable(text);
    let mut problems: Vec<Diagnostic> =
        errors.iter().map(|error| problem(error.span().unwrap_or_default(), explain(error.message()))).collect();
    let mut raw = RawConfig::default();
    if problems.is_empty() {
        for (key, value) in tables_of(document.into_inner(), place, &mut problems).into_iter().flatten() {
            if !KEYS.contains(&&**key.get_ref()) {
                problems.push(problem(key.span(), complain("key", key.get_ref(), &KEYS)));
                continue;
            }
            let place = value.span();
            // One key after the other, so that one fault does not hide the next.
            let alone = DeValue::Table(DeTable::from_iter([(key, value)]));
            match RawConfig::deserialize(Spanned::new(place.clone(), alone).into_deserializer()) {
                Ok(read) => raw.take(read),
                Err(error) => problems.push(problem(error.span().unwrap_or(place), explain(error.message()))),
            }
        }
    }
    if let Some(select) = raw.select.as_ref().filter(|select| select.get_ref().is_empty()) {
        let message = "`select` names no check; leave it out to run all of them";
        problems.push(problem(select.span(), message.to_owned()));
    }
    problems.sort_by_key(|problem| problem.at);
    if problems.is_empty() { Ok(raw.compile()) } else { Err(problems) }
}

/// The tables whose keys are the configuration's.
fn tables_of<'i>(document: DeTable<'i>, place: Place, problems: &mut Vec<Diagnostic>) -> Vec<DeTable<'i>> {
    if place == Place::File {
        return vec![document];
    }
    let mut tables = Vec::new();
    for value in in_manifest(document) {
        let span = value.span();
        match value.into_inner() {
            DeValue::Table(table) => tables.push(table),
            _ => problems.push(problem(span, "expected a table of settings".to_owned())),
        }
    }
    tables
}

/// What a manifest says to this program.
fn in_manifest(mut manifest: DeTable<'_>) -> Vec<Spanned<DeValue<'_>>> {
    let mut find = |path: &[&str; 3]| {
        let mut value = manifest.remove(path[0])?;
        for key in &path[1..] {
            let DeValue::Table(mut table) = value.into_inner() else { return None };
            value = table.remove(*key)?;
        }
        Some(value)
    };
    IN_MANIFEST.iter().filter_map(&mut find).collect()
}

/// Something wrong at a place of the file.
pub fn problem(at: Range<usize>, message: String) -> Diagnostic {
    let at = FileRange { file: FileId(0), range: TextRange::new(at.start as u32, at.end as u32) };
    Diagnostic {
        check: PROBLEM,
        severity: Severity::Error,
        confidence: Confidence::High,
        message,
        help: String::new(),
        at,
        labels: vec![Label { at, text: "here".to_owned() }],
        cause: None,
        fixes: Vec::new(),
        fingerprint: 0,
    }
}

/// The JSON schema of the file, for editors that check and complete TOML.
pub fn schema() -> String {
    format!("{:#}\n", schemars::schema_for!(RawConfig).as_value())
}

/// What `spanlint` checks in the folders below this file, and how.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[schemars(title = "spanlint configuration")]
struct RawConfig {
    /// Run only these checks.
    #[schemars(with = "Vec<Text<CheckId>>")]
    select: Option<Spanned<Vec<Text<CheckId>>>>,
    /// Leave these checks out.
    #[schemars(with = "Vec<Text<CheckId>>")]
    ignore: Option<Vec<Text<CheckId>>>,
    /// How much the findings of a check weigh: error, warning, note.
    #[schemars(with = "BTreeMap<Text<CheckId>, Text<Severity>>")]
    severity: Option<BTreeMap<Text<CheckId>, Text<Severity>>>,
    /// Files and folders to check when the command line names none, relative to this file.
    #[schemars(with = "Vec<String>", skip_serializing_if = "Option::is_none")]
    paths: Option<Vec<Spanned<String>>>,
    /// Files and folders that are not read: patterns as in `.gitignore`, relative to this file.
    #[schemars(with = "Vec<String>", skip_serializing_if = "Option::is_none")]
    exclude: Option<Vec<Spanned<String>>>,
    /// Models of in-house libraries: files and folders, relative to this file.
    #[schemars(with = "Vec<String>", skip_serializing_if = "Option::is_none")]
    models: Option<Vec<Spanned<String>>>,
    /// The list of findings that were there before, as `spanlint baseline` writes it, relative to this file.
    #[schemars(with = "String", skip_serializing_if = "Option::is_none")]
    baseline: Option<Spanned<String>>,
    /// What services without any tracing are worth: one note each, a note for every edge, or nothing.
    #[schemars(with = "Text<Untraced>")]
    untraced: Option<Text<Untraced>>,
    /// Report only what is at least this sure.
    #[schemars(with = "Text<Confidence>")]
    min_confidence: Option<Text<Confidence>>,
}

impl RawConfig {
    /// Takes over what another one says.
    fn take(&mut self, other: RawConfig) {
        let RawConfig { select, ignore, severity, paths, exclude, models, baseline, untraced, min_confidence } = other;
        self.select = select.or(self.select.take());
        self.ignore = ignore.or(self.ignore.take());
        self.severity = severity.or(self.severity.take());
        self.paths = paths.or(self.paths.take());
        self.exclude = exclude.or(self.exclude.take());
        self.models = models.or(self.models.take());
        self.baseline = baseline.or(self.baseline.take());
        self.untraced = untraced.or(self.untraced.take());
        self.min_confidence = min_confidence.or(self.min_confidence.take());
    }

    fn compile(self) -> Config {
        let ids = |list: Vec<Text<CheckId>>| list.into_iter().map(|Text(CheckId(id))| id.to_owned()).collect();
        let severity = self.severity.unwrap_or_default().into_iter();
        Config {
            select: self.select.map(Spanned::into_inner).map(ids),
            ignore: ids(self.ignore.unwrap_or_default()),
            severity: severity.map(|(Text(CheckId(id)), Text(severity))| (id.to_owned(), severity)).collect(),
            paths: placed(self.paths),
            exclude: placed(self.exclude),
            models: placed(self.models),
            baseline: placed(self.baseline.map(|path| vec![path])).pop(),
            untraced: self.untraced.map(|Text(untraced)| untraced),
            min_confidence: self.min_confidence.map(|Text(confidence)| confidence),
        }
    }
}

fn placed(list: Option<Vec<Spanned<String>>>) -> Vec<Placed> {
    let one = |text: Spanned<String>| {
        let at = TextRange::new(text.span().start as u32, text.span().end as u32);
        Placed { text: text.into_inner(), at }
    };
    list.unwrap_or_default().into_iter().map(one).collect()
}

/// The words for [`Severity`].
pub const SEVERITIES: [(&str, Severity); 3] =
    [("error", Severity::Error), ("warning", Severity::Warning), ("note", Severity::Note)];

/// The words for [`Confidence`].
pub const CONFIDENCES: [(&str, Confidence); 3] =
    [("low", Confidence::Low), ("medium", Confidence::Medium), ("high", Confidence::High)];

/// The words for [`Untraced`].
pub const UNTRACED: [(&str, Untraced); 3] =
    [("service", Untraced::Service), ("edges", Untraced::Edges), ("ignore", Untraced::Ignore)];

const CHECKS: [(&str, &Check); checks::ALL.len()] = {
    let mut table = [("", &checks::ALL[0]); checks::ALL.len()];
    let mut index = 0;
    while index < table.len() {
        table[index] = (checks::ALL[index].id, &checks::ALL[index]);
        index += 1;
    }
    table
};

/// The words of a table.
const fn words<T: Copy, const N: usize>(table: &[(&'static str, T); N]) -> [&'static str; N] {
    let mut words = [""; N];
    let mut index = 0;
    while index < N {
        words[index] = table[index].0;
        index += 1;
    }
    words
}

/// The value of a word of a table.
fn value_of<T: Copy>(what: &str, word: &str, table: &[(&'static str, T)]) -> Result<T, String> {
    let known: Vec<&str> = table.iter().map(|(known, _)| *known).collect();
    let found = table.iter().find(|(known, _)| *known == word);
    found.map(|(_, value)| *value).ok_or_else(|| complain(what, word, &known))
}

/// The id of a check that there is.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct CheckId(&'static str);

impl FromText for CheckId {
    const NAME: &'static str = "Check";
    const DESCRIPTION: &'static str = "The id of a check.";
    const WORDS: &'static [&'static str] = &words(&CHECKS);

    fn from_text(text: &str) -> Result<CheckId, String> {
        value_of("check", text, &CHECKS).map(|check| CheckId(check.id))
    }
}

impl FromText for Severity {
    const NAME: &'static str = "Severity";
    const DESCRIPTION: &'static str = "How much a finding weighs; a note does not fail a run.";
    const WORDS: &'static [&'static str] = &words(&SEVERITIES);

    fn from_text(text: &str) -> Result<Severity, String> {
        value_of("severity", text, &SEVERITIES)
    }
}

impl FromText for Confidence {
    const NAME: &'static str = "Confidence";
    const DESCRIPTION: &'static str = "How sure the analysis is.";
    const WORDS: &'static [&'static str] = &words(&CONFIDENCES);

    fn from_text(text: &str) -> Result<Confidence, String> {
        value_of("confidence", text, &CONFIDENCES)
    }
}

impl FromText for Untraced {
    const NAME: &'static str = "Untraced";
    const DESCRIPTION: &'static str = "What services without any tracing are worth.";
    const WORDS: &'static [&'static str] = &words(&UNTRACED);

    fn from_text(text: &str) -> Result<Untraced, String> {
        value_of("word", text, &UNTRACED)
    }
}
