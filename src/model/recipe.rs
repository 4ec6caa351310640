//! Fixes as they are written: texts with places to fill in.

use super::words::{At, FromText, Path, Text, one_of, unknown};
use super::{EditModel, FixModel, symbol};
use crate::fix::Applicability;
use crate::text::TextRange;
use schemars::JsonSchema;
use semver::{Prerelease, Version, VersionReq};
use serde::Deserialize;
use smol_str::SmolStr;
use std::collections::BTreeMap;

/// Where an edit goes, and the name for the text that stands there.
///
/// The analysis finds the places; `rules/README.md` says what each is.
const ANCHORS: [(&str, Option<&str>); 39] = [
    ("before:span", None),
    ("before:build", None),
    ("before:send", None),
    ("before:spawn", None),
    ("after:send", None),
    ("after:span", None),
    ("after:install", None),
    ("after:server", None),
    ("start:handler", None),
    ("start:work", None),
    ("append:work", None),
    ("before:served", None),
    ("before:install", None),
    ("link:send", None),
    ("link:server", None),
    ("around:argument", None),
    ("enclose:guard", None),
    ("end:file", None),
    ("append-argument:span", None),
    ("append-argument:client", None),
    ("append-argument:server", None),
    ("append-result:span", None),
    ("append:build", None),
    ("append:client", None),
    ("prepend-argument:span", None),
    ("prepend-argument:build", None),
    ("replace:build-name", None),
    ("replace:build-context", None),
    ("remove:inject", None),
    ("take:late", None),
    ("replace:span-name", None),
    ("replace:send-statement", None),
    ("replace:send-name", None),
    ("replace:send-arguments", None),
    ("replace:literal", Some("literal")),
    ("replace:fresh", Some("fresh")),
    ("replace:parent", Some("parent")),
    ("wrap:served", Some("served")),
    ("wrap:transport", Some("transport")),
];

/// A way to repair a finding.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFix {
    /// The check it repairs.
    check: String,
    /// A name unique in the model.
    pub(super) id: String,
    /// What it does, as an order.
    title: String,
    /// Which repair it is.
    level: Text<Level>,
    /// How far it may be trusted.
    applicability: Text<Applicability>,
    /// Order among the fixes of one finding; smaller comes first.
    #[serde(default)]
    rank: i64,
    /// The tracing library a service must use already for it to fit.
    api: Option<String>,
    /// Names that must be known.
    #[serde(default)]
    needs: Vec<Text<Known>>,
    /// Names that must not be known.
    #[serde(default)]
    unless: Vec<Text<Known>>,
    /// Types that known values must have, by name.
    #[serde(default)]
    types: BTreeMap<Text<Known>, Text<Path>>,
    /// Functions that must be called at places, by name of the place; of several choices one.
    #[serde(default)]
    calls: BTreeMap<Text<Called>, String>,
    /// Which versions of packages it fits, by the package's path: `>=0.45, <0.61`. Where the version is not known, it does.
    #[serde(default)]
    versions: BTreeMap<String, Text<Versions>>,
    /// What is written where.
    edits: Vec<RawEdit>,
}

/// One edit of a fix.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RawEdit {
    /// Where.
    at: Text<Anchor>,
    /// The text, with `{name}`, `{new:name}`, `{package:path}` and `{import:path}` for what is filled in.
    text: At<String>,
}

impl RawFix {
    /// The fix; an error has its offset in the file where that is known.
    pub(super) fn compile(self, range: TextRange) -> Result<FixModel, (Option<usize>, String)> {
        let needs: Vec<SmolStr> = self.needs.into_iter().map(|Text(Known(name))| name).collect();
        if self.edits.is_empty() {
            return Err((None, "`edits` is empty; expected at least one { at, text }".into()));
        }
        let types: Vec<_> = self.types.into_iter().map(|(Text(Known(name)), Text(Path(ty)))| (name, ty)).collect();
        if let Some((name, _)) = types.iter().find(|(name, _)| !needs.contains(name)) {
            return Err((None, format!("`types` speaks of `{name}`, which is not in `needs`")));
        }
        let mut calls = Vec::new();
        for (Text(Called(place)), symbols) in self.calls {
            calls.push((place, symbol::expand(&symbols).map_err(|message| (None, message))?));
        }
        let mut edits = Vec::new();
        for RawEdit { at: Text(Anchor(at)), text } in self.edits {
            let there = ANCHORS.iter().find(|(anchor, _)| *anchor == at).and_then(|(_, name)| *name);
            for found in placeholders(&text.value) {
                check(found, &needs, there).map_err(|message| (Some(text.start), message))?;
            }
            edits.push(EditModel { at, text: text.value });
        }
        Ok(FixModel {
            check: self.check.into(),
            id: self.id.into(),
            title: self.title,
            level: self.level.0.0,
            applicability: self.applicability.0,
            rank: self.rank,
            api: self.api.map(SmolStr::from),
            needs,
            unless: self.unless.into_iter().map(|Text(Known(name))| name).collect(),
            types,
            calls,
            versions: self.versions.into_iter().map(|(path, Text(Versions(it)))| (path.into(), it)).collect(),
            edits,
            range,
        })
    }
}

impl FixModel {
    /// Whether it fits the versions that are there; where they are not chosen yet, one that may be chosen is enough.
    pub fn fits_versions<'v>(&self, chosen: bool, version_of: impl Fn(&str) -> Option<&'v str>) -> bool {
        self.versions.iter().all(|(package, wanted)| {
            let Some(Ok(known)) = version_of(package).map(Version::parse) else { return true };
            let newest = match known.major {
                0 => Version::new(0, known.minor, u64::MAX),
                major => Version::new(major, u64::MAX, 0),
            };
            wanted.matches(&Version { pre: Prerelease::EMPTY, ..known }) || (!chosen && wanted.matches(&newest))
        })
    }
}

/// What stands between braces where it looks like something to fill in: `{request}`, `{new:name}`, `{package:a/b}`.
///
/// Braces around anything else, `{}` and `{a, b}` for example, belong to the text.
pub fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(inside, _)| inside).filter(|inside| {
        let (word, rest) = inside.split_once(':').unwrap_or((inside, "x"));
        let named = !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        named && !rest.is_empty() && !rest.contains(char::is_whitespace)
    })
}

fn check(found: &str, needs: &[SmolStr], there: Option<&str>) -> Result<(), String> {
    match found.split_once(':') {
        Some(("new" | "package" | "import" | "item", _)) => Ok(()),
        Some((word, _)) => Err(unknown("placeholder", word, &["new", "package", "import", "item"])),
        None if there == Some(found) || needs.iter().any(|name| name == found) => Ok(()),
        None if Known::WORDS.contains(&found) => Err(format!("`{{{found}}}` is used but not in `needs`")),
        None => {
            let known: Vec<&str> = needs.iter().map(SmolStr::as_str).chain(there).collect();
            Err(unknown("placeholder", found, &known))
        }
    }
}

/// A name that a fix can fill in.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Known(SmolStr);

impl FromText for Known {
    const NAME: &'static str = "KnownName";
    const DESCRIPTION: &'static str = "An expression in scope where the fix is written; `loop` is known, and empty, if the place may run several times; `older` if the context at hand is older than the span at hand, `current` if a span is current there, `again` if what is guarded is named again later.";
    const WORDS: &'static [&'static str] = &[
        "request",
        "span",
        "parent",
        "tracer",
        "context",
        "carrier",
        "loop",
        "older",
        "exchange",
        "client",
        "server",
        "function",
        "response",
        "error",
        "message",
        "literal",
        "argument0",
        "argument1",
        "argument2",
        "current",
        "handled",
        "app",
        "guarded",
        "again",
        "late",
    ];

    fn from_text(text: &str) -> Result<Known, String> {
        one_of("name", text, Self::WORDS).map(Known)
    }
}

/// A place where something is called.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Called(SmolStr);

impl FromText for Called {
    const NAME: &'static str = "CalledPlace";
    const DESCRIPTION: &'static str = "A place where a function is called: `send`, `spawn`, `span`, `build`, where a `guard` is made, where it is `served`, and where the `client` and the `server` are made.";
    const WORDS: &'static [&'static str] = &["send", "spawn", "span", "build", "guard", "client", "served", "server"];

    fn from_text(text: &str) -> Result<Called, String> {
        one_of("place", text, Self::WORDS).map(Called)
    }
}

/// Versions of a package.
struct Versions(VersionReq);

impl FromText for Versions {
    const NAME: &'static str = "Versions";
    const DESCRIPTION: &'static str = "A version requirement: `>=0.45, <0.61`.";

    fn from_text(text: &str) -> Result<Versions, String> {
        let explain =
            |error| format!("`{text}` is no version requirement ({error}); expected one such as `>=0.45, <0.61`");
        VersionReq::parse(text).map(Versions).map_err(explain)
    }
}

/// Which repair a fix is.
struct Level(SmolStr);

impl FromText for Level {
    const NAME: &'static str = "Level";
    const DESCRIPTION: &'static str = "`handler` where the fault is, `middleware` around what is served, `transport` around a client, `program` once.";
    const WORDS: &'static [&'static str] = &["handler", "middleware", "transport", "program"];

    fn from_text(text: &str) -> Result<Level, String> {
        one_of("level", text, Self::WORDS).map(Level)
    }
}

/// Where an edit goes.
struct Anchor(SmolStr);

impl FromText for Anchor {
    const NAME: &'static str = "Anchor";
    const DESCRIPTION: &'static str = "Where an edit goes.";
    const WORDS: &'static [&'static str] = &anchors();

    fn from_text(text: &str) -> Result<Anchor, String> {
        one_of("anchor", text, Self::WORDS).map(Anchor)
    }
}

const fn anchors() -> [&'static str; ANCHORS.len()] {
    let mut words = [""; ANCHORS.len()];
    let mut at = 0;
    while at < words.len() {
        words[at] = ANCHORS[at].0;
        at += 1;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_looks_like_a_name_is_filled_in() {
        let text = "{new:x} := {package:a/b.c-d}.T{}.F({request}, struct{}{}, T{A: 1}, {x y})";
        assert_eq!(placeholders(text).collect::<Vec<_>>(), ["new:x", "package:a/b.c-d", "request"]);
    }
}
