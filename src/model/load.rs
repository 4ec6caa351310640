//! TOML text to models and notices.
//!
//! A broken entry is reported and left out; every other one still counts.

use super::raw::{RawEntry, RawPackage, RawType, TOP};
use super::recipe::RawFix;
use super::words::{Path, Text, explain, nearest, plain, unknown};
use super::{EntryModel, Model, Package, Place, Root, Symbol, symbol};
use crate::diagnostic::{Notice, Severity};
use crate::text::{Language, LineIndex, TextRange};
use rustc_hash::FxHashMap;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use smol_str::SmolStr;
use std::ops::Range;
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Reads a model file. `path` is what notices call it; its folder and stem give the model its name.
///
/// The model holds every entry without fault; each fault is a notice with line and column (bytes, from 1).
pub fn load(path: &str, language: Language, text: &str) -> (Model, Vec<Notice>) {
    let mut loader = Loader::new(path, language, text);
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        loader.error(span.clone(), explain(error.message()));
        loader.unreadable.push(loader.lines.position(span.start as u32).line);
    }
    loader.file(document.into_inner());
    let Loader { model, mut notices, .. } = loader;
    notices.sort_by_key(|notice| notice.position);
    notices.dedup();
    (model, notices)
}

struct Loader {
    lines: LineIndex,
    model: Model,
    notices: Vec<Notice>,
    /// Lines that the TOML parser could not read, from 0: what lies on them is not what the author meant.
    unreadable: Vec<u32>,
}

/// What a table of symbols speaks of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Call,
    Attribute,
    Literal,
    /// Types and variables, which have no effects.
    Name,
}

type Value<'i> = Spanned<DeValue<'i>>;
type Entries<'i> = Vec<(Spanned<String>, Value<'i>)>;

impl Loader {
    fn new(path: &str, language: Language, text: &str) -> Loader {
        let file = path.rsplit('/').next().unwrap_or(path);
        let stem = file.strip_suffix(".toml").unwrap_or(file);
        let model = Model {
            name: format!("{}/{stem}", language.id()).into(),
            language,
            path: Arc::from(path),
            summary: String::new(),
            packages: Vec::new(),
            calls: Vec::new(),
            attributes: Vec::new(),
            exports: Vec::new(),
            types: Vec::new(),
            literals: Vec::new(),
            variables: Vec::new(),
            constants: Vec::new(),
            fixes: Vec::new(),
        };
        Loader { lines: LineIndex::new(text), model, notices: Vec::new(), unreadable: Vec::new() }
    }

    fn error(&mut self, at: Range<usize>, message: impl Into<String>) {
        let position = self.lines.position(at.start as u32);
        self.notices.push(Notice {
            severity: Severity::Error,
            path: self.model.path.to_string(),
            position: Some((position.line + 1, position.column + 1)),
            message: message.into(),
        });
    }

    fn file(&mut self, document: DeTable<'_>) {
        let mut keys = in_order(document);
        // Symbols are checked against the packages, wherever those stand.
        keys.sort_by_key(|(key, _)| key.get_ref() != "packages");
        let empty = !keys.iter().any(|(key, _)| key.get_ref() == "summary");
        if empty && self.notices.is_empty() {
            self.error(0..0, "`summary` is missing: one sentence about the library");
        }
        for (key, value) in keys {
            match key.get_ref().as_str() {
                "summary" => self.model.summary = self.read(value).unwrap_or_default(),
                "packages" => self.packages(value),
                "call" => self.symbols(value, Section::Call),
                "attribute" => self.symbols(value, Section::Attribute),
                "export" => self.exports(value),
                "literal" => self.symbols(value, Section::Literal),
                "type" => self.types(value),
                "variable" => self.variables(value),
                "constant" => self.constants(value),
                "fix" => self.fixes(value),
                other => self.error(key.span(), unknown("key", other, &TOP)),
            }
        }
    }

    /// Reads a value, or reports why it can't be.
    fn read<'i, T: Deserialize<'i>>(&mut self, value: Value<'i>) -> Option<T> {
        let span = value.span();
        match T::deserialize(value.into_deserializer()) {
            Ok(read) => Some(read),
            Err(error) => {
                self.error(error.span().unwrap_or(span), explain(error.message()));
                None
            }
        }
    }

    fn packages(&mut self, value: Value<'_>) {
        for item in self.list(value) {
            let span = item.span();
            let Some(raw) = self.read::<RawPackage>(item) else { continue };
            let package = raw.compile();
            if self.model.packages.iter().any(|known: &Package| known.path == package.path) {
                self.error(span, format!("package `{}` is listed twice", package.path));
            } else {
                self.model.packages.push(package);
            }
        }
    }

    fn list<'i>(&mut self, value: Value<'i>) -> Vec<Value<'i>> {
        let span = value.span();
        match value.into_inner() {
            DeValue::Array(list) => list.into_iter().collect(),
            other => {
                self.error(span, format!("expected a list, found {}", plain(other.type_str())));
                Vec::new()
            }
        }
    }

    /// The entries of a table that can be read, in the order of the file.
    fn table<'i>(&mut self, value: Value<'i>) -> Entries<'i> {
        let span = value.span();
        match value.into_inner() {
            DeValue::Table(table) => {
                let mut entries = in_order(table);
                entries.retain(|(key, value)| {
                    let [from, to] = [key.span().start, value.span().end].map(|at| self.lines.position(at as u32).line);
                    !self.unreadable.iter().any(|line| (from..=to).contains(line))
                });
                entries
            }
            other => {
                self.error(span, format!("expected a table, found {}", plain(other.type_str())));
                Vec::new()
            }
        }
    }

    /// The paths that a key stands for, each once and each in a package of the file.
    fn paths(&mut self, key: &Spanned<String>, section: Section, seen: &mut FxHashMap<SmolStr, u32>) -> Vec<SmolStr> {
        let all = match symbol::expand(key.get_ref()) {
            Ok(all) => all,
            Err(message) => {
                self.error(key.span(), message);
                return Vec::new();
            }
        };
        let line = self.lines.position(key.span().start as u32).line + 1;
        let mut legal = Vec::new();
        for path in all {
            if let Some(message) = self.misplaced(&path, section) {
                self.error(key.span(), message);
                return legal;
            }
            match seen.insert(path.clone(), line) {
                None => legal.push(path),
                Some(before) => self.error(key.span(), format!("`{path}` is described in line {before} already")),
            }
        }
        legal
    }

    /// Why a path can't be a key here.
    fn misplaced(&self, path: &str, section: Section) -> Option<String> {
        if path.starts_with("shape:") {
            return Some("`shape:` is reserved and not supported yet".into());
        }
        if let Some(member) = path.strip_prefix(symbol::GENERATED) {
            let legal = section == Section::Call && member.contains('*') && !member.contains('/');
            let expected = "expected the pattern of a function or method in `[call]`, such as `generated:New*Client`";
            return (!legal).then(|| format!("`{path}` stands for nothing; {expected}"));
        }
        if self.model.packages.iter().any(|package| symbol::member(path, &package.path).is_some()) {
            return None;
        }
        let known: Vec<&str> = self.model.packages.iter().map(|package| package.path.as_str()).collect();
        let guess = path.rfind('/').map_or(0, |slash| slash + 1);
        let package = path[guess..].find('.').map_or(path, |dot| &path[..guess + dot]);
        Some(match nearest(package, &known) {
            Some(near) if near != package => {
                format!("`{path}` lies in no package of this file; did you mean `{near}`?")
            }
            _ if known.is_empty() => format!("`{path}` lies in no package of this file; list it in `packages`"),
            _ => format!(
                "`{path}` lies in no package of this file; expected a quoted path such as \"{}.Name\", or one more \
                 entry in `packages`",
                known[0]
            ),
        })
    }

    fn symbols(&mut self, value: Value<'_>, section: Section) {
        let mut seen = FxHashMap::default();
        for (key, value) in self.table(value) {
            let paths = self.paths(&key, section, &mut seen);
            if paths.is_empty() {
                continue;
            }
            let Some(entries) = self.entries(value, section) else { continue };
            let range = range(key.span());
            let symbols = paths.into_iter().map(|path| Symbol::new(path, range, entries.clone()));
            match section {
                Section::Call => self.model.calls.extend(symbols),
                Section::Attribute => self.model.attributes.extend(symbols),
                Section::Literal => self.model.literals.extend(symbols),
                Section::Name => {}
            }
        }
    }

    /// One table, or a list of them. Nothing if one is broken: the next would count where it must not.
    fn entries(&mut self, value: Value<'_>, section: Section) -> Option<Vec<EntryModel>> {
        let items = match value.get_ref() {
            DeValue::Array(list) if !list.is_empty() => self.list(value),
            _ => vec![value],
        };
        let count = items.len();
        let mut entries = Vec::new();
        for (index, item) in items.into_iter().enumerate() {
            let span = item.span();
            let Some(raw) = self.read::<RawEntry>(item) else { continue };
            let (entry, starts) = match raw.compile() {
                Ok(done) => done,
                Err((start, message)) => {
                    self.error(start..start, message);
                    continue;
                }
            };
            if let Some((start, message)) = foreign_place(&entry, &starts, section) {
                self.error(start.unwrap_or(span.start)..span.end, message);
                continue;
            }
            if index + 1 < count && entry.conditions.is_empty() {
                self.error(span, "the entries after this one never count: it has neither `if` nor `unless`");
                continue;
            }
            entries.push(entry);
        }
        (entries.len() == count).then_some(entries)
    }

    fn types(&mut self, value: Value<'_>) {
        let mut seen = FxHashMap::default();
        for (key, value) in self.table(value) {
            let paths = self.paths(&key, Section::Name, &mut seen);
            let Some(raw) = self.read::<RawType>(value) else { continue };
            let model = raw.compile();
            self.model.types.extend(paths.into_iter().map(|path| (path, model.clone())));
        }
    }

    fn variables(&mut self, value: Value<'_>) {
        let mut seen = FxHashMap::default();
        for (key, value) in self.table(value) {
            let paths = self.paths(&key, Section::Name, &mut seen);
            let Some(Text(Path(ty))) = self.read(value) else { continue };
            self.model.variables.extend(paths.into_iter().map(|path| (path, ty.clone())));
        }
    }

    fn constants(&mut self, value: Value<'_>) {
        let mut seen = FxHashMap::default();
        for (key, value) in self.table(value) {
            let paths = self.paths(&key, Section::Name, &mut seen);
            let Some(text) = self.read::<String>(value) else { continue };
            self.model.constants.extend(paths.into_iter().map(|path| (path, SmolStr::from(&text))));
        }
    }

    fn exports(&mut self, value: Value<'_>) {
        let mut seen = FxHashMap::default();
        for (key, value) in self.table(value) {
            // A whole package may be exported under another path.
            let is_package = self.model.packages.iter().any(|package| package.path.as_str() == key.get_ref());
            let paths = match is_package {
                true => vec![SmolStr::from(key.get_ref())],
                false => self.paths(&key, Section::Name, &mut seen),
            };
            let Some(to) = self.read::<String>(value) else { continue };
            self.model.exports.extend(paths.into_iter().map(|path| (path, to.replace("::", ".").into())));
        }
    }

    fn fixes(&mut self, value: Value<'_>) {
        for item in self.list(value) {
            let span = item.span();
            let Some(raw) = self.read::<RawFix>(item) else { continue };
            if self.model.fixes.iter().any(|fix| fix.id == raw.id) {
                self.error(span, format!("two fixes have the id `{}`", raw.id));
                continue;
            }
            match raw.compile(range(span.clone())) {
                Ok(fix) => self.model.fixes.push(fix),
                Err((start, message)) => self.error(start.unwrap_or(span.start)..span.end, message),
            }
        }
    }
}

/// The first place that means nothing in its section, with the offset of its effect.
fn foreign_place(entry: &EntryModel, starts: &[usize], section: Section) -> Option<(Option<usize>, String)> {
    let of_effects = entry
        .effects
        .iter()
        .zip(starts)
        .flat_map(|(effect, start)| effect.places().into_iter().map(move |place| (Some(*start), place)));
    let of_results = entry.gives.iter().flat_map(|gives| match gives {
        super::Gives::Same(places) => places.as_slice(),
        super::Gives::Nothing | super::Gives::Type(_) => &[],
    });
    let others = of_results.chain(&entry.options).map(|place| (None, place));
    of_effects.chain(others).find_map(|(start, place)| unfit(place, section).map(|message| (start, message)))
}

/// Why a place means nothing in a section.
fn unfit(place: &Place, section: Section) -> Option<String> {
    let legal = match (&place.root, section) {
        (Root::Receiver | Root::Symbol(_), _) => true,
        (Root::Field(_), section) => section == Section::Literal,
        (Root::Argument(_) | Root::Arguments(_) | Root::Result(_), section) => section != Section::Literal,
        (Root::Option(_), section) => section == Section::Call,
        (Root::Named(_) | Root::Ambient(_), section) => matches!(section, Section::Call | Section::Attribute),
        (Root::Function, section) => section == Section::Attribute,
    };
    let expected = match section {
        Section::Attribute => "an attribute has `function`, `arg0`, `arg:name` and `ambient:slot`",
        Section::Call => "a call has `self`, `arg0`, `args1..`, `result` and `option:a/b.Name`",
        Section::Literal => "a record written out has `self` and `field:Name`",
        Section::Name => "it has no effects",
    };
    (!legal).then(|| format!("`{place}` means nothing here; {expected}"))
}

fn in_order(table: DeTable<'_>) -> Entries<'_> {
    let mut entries: Entries<'_> = table
        .into_iter()
        .map(|(key, value)| (Spanned::new(key.span(), key.into_inner().into_owned()), value))
        .collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

fn range(span: Range<usize>) -> TextRange {
    TextRange::new(span.start as u32, span.end as u32)
}
