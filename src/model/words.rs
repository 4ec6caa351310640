//! The values that model entries are made of, each read from text with its own complaint.
//!
//! What serde says of an unknown word is turned into a sentence with the nearest legal one.

use super::symbol::GENERATED;
use super::{By, Condition, ConditionKind, ContextSource, Gives, Place, Root, StandsFor};
use crate::fix::Applicability;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de::IntoDeserializer};
use smol_str::SmolStr;
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// Words that the format has for other languages and that nothing reads yet.
const RESERVED: [&str; 22] = [
    "activate",
    "brings",
    "callback",
    "entry",
    "file",
    "generated",
    "inside",
    "instruments",
    "keep",
    "links",
    "loads",
    "managed",
    "of",
    "package",
    "platform",
    "process",
    "provides",
    "proxied",
    "queue",
    "reach",
    "resets",
    "takes",
];

/// A value that a model writes as a text.
pub(crate) trait FromText: Sized {
    /// What a schema calls it.
    const NAME: &'static str;
    /// What it looks like, for the schema.
    const DESCRIPTION: &'static str;
    /// All there are, if they are a closed list.
    const WORDS: &'static [&'static str] = &[];

    /// Reads it; the error is a sentence.
    fn from_text(text: &str) -> Result<Self, String>;
}

/// A value read by [`FromText`].
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Text<T>(pub(crate) T);

impl<'de, T: FromText> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor(PhantomData))
    }
}

/// Reads inside the deserializer, which then knows where the text stands.
struct TextVisitor<T>(PhantomData<T>);

impl<T: FromText> Visitor<'_> for TextVisitor<T> {
    type Value = Text<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Text<T>, E> {
        T::from_text(text).map(Text).map_err(E::custom)
    }
}

impl<T: FromText> JsonSchema for Text<T> {
    fn schema_name() -> Cow<'static, str> {
        T::NAME.into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        match T::WORDS {
            [] => json_schema!({ "type": "string", "description": T::DESCRIPTION }),
            words => json_schema!({ "type": "string", "description": T::DESCRIPTION, "enum": words }),
        }
    }
}

/// One value, or a list of them.
pub(super) struct Many<T>(pub(super) Vec<T>);

impl<T> Default for Many<T> {
    fn default() -> Self {
        Many(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Many<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ManyVisitor(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for Many<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Many{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [one, { "type": "array", "items": one, "minItems": 1 }] })
    }
}

struct ManyVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ManyVisitor<T> {
    type Value = Many<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("one value or a list of them")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Many<T>, E> {
        T::deserialize(StrDeserializer::new(text)).map(|one| Many(vec![one]))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Many<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(|one| Many(vec![one]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Many<T>, A::Error> {
        let mut all = Vec::new();
        while let Some(one) = list.next_element()? {
            all.push(one);
        }
        if all.is_empty() {
            Err(A::Error::custom("the list is empty; leave the key out instead"))
        } else {
            Ok(Many(all))
        }
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Many<T>, E> {
        T::deserialize(value.into_deserializer()).map(|one| Many(vec![one]))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Many<T>, E> {
        T::deserialize(value.into_deserializer()).map(|one| Many(vec![one]))
    }
}

/// A value with the bytes it stands in.
pub(super) struct At<T> {
    pub(super) start: usize,
    pub(super) value: T,
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for At<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = toml::Spanned::<T>::deserialize(deserializer)?;
        Ok(At { start: spanned.span().start, value: spanned.into_inner() })
    }
}

impl<T: JsonSchema> JsonSchema for At<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

impl FromText for Place {
    const NAME: &'static str = "Place";
    const DESCRIPTION: &'static str = "A value of the call: `self`, `arg0`, `arg-1`, `args1..`, `result`, `result.1`, \
        `field:Name`, `option:a/b.Name`, a variable `a/b.Name`; each with `.part` behind it.";

    fn from_text(text: &str) -> Result<Place, String> {
        Place::parse(text)
    }
}

/// Alternatives: the first that is there counts.
pub(super) type Places = Many<Text<Vec<Place>>>;

impl FromText for Vec<Place> {
    const NAME: &'static str = "Places";
    const DESCRIPTION: &'static str = "A place, or several separated by `|`.";

    fn from_text(text: &str) -> Result<Vec<Place>, String> {
        Place::parse_all(text)
    }
}

/// All places of one key.
pub(super) fn places(many: Option<Places>) -> Vec<Place> {
    many.map(|Many(list)| list.into_iter().flat_map(|Text(places)| places).collect()).unwrap_or_default()
}

impl FromText for ContextSource {
    const NAME: &'static str = "ContextSource";
    const DESCRIPTION: &'static str = "`fresh` for a context without parent, or a place, or several separated by `|`.";

    fn from_text(text: &str) -> Result<ContextSource, String> {
        if text == "fresh" {
            return Ok(ContextSource::Fresh);
        }
        Place::parse_all(text).map(ContextSource::Places).map_err(|error| format!("{error}, or `fresh`"))
    }
}

impl FromText for By {
    const NAME: &'static str = "By";
    const DESCRIPTION: &'static str =
        "The propagator it uses: `propagator:global`, `own` (always there), or the place that holds it.";

    fn from_text(text: &str) -> Result<By, String> {
        match text {
            "propagator:global" => Ok(By::Global),
            "own" => Ok(By::Own),
            "global" | "propagator" => Err(format!("unknown propagator `{text}`; did you mean `propagator:global`?")),
            _ => Place::parse(text)
                .map(By::Place)
                .map_err(|error| format!("{error}, or one of `propagator:global`, `own`")),
        }
    }
}

impl FromText for ConditionKind {
    const NAME: &'static str = "Condition";
    const DESCRIPTION: &'static str = "`option:a/b.Name` (the call gets an option made by it, or what may \
        be one), `given:a/b.Name` (it surely gets that), `version:>=1.2` (of the \
        dependency), `arity:2` (so many arguments), `field:Name` (the record written out sets it), `takes:a/b.Type` (an \
        argument of that type), `set:arg0.Name` (that place is set, or may be), `false:arg0.Name` (it is `false`), `feature:name` (of the dependency; may end in \
        `*`).";

    fn from_text(text: &str) -> Result<ConditionKind, String> {
        let known = ["option", "given", "version", "arity", "field", "takes", "set", "false", "feature"];
        let Some((word, rest)) = text.split_once(':') else {
            return Err(format!(
                "unknown condition `{text}`; expected `option:a/b.Name`, `version:>=1.2`, `arity:2`, `field:Name`, \
                 `takes:a/b.Type`, `set:arg0.Name`"
            ));
        };
        match word {
            "option" => match Place::parse(text)? {
                Place { root: Root::Option(symbol), parts } if parts.is_empty() => Ok(ConditionKind::Option(symbol)),
                Place { root: Root::Option(_), .. } => Ok(ConditionKind::Option(SmolStr::new(rest))),
                _ => Err(format!("expected the path of a function after `option:`, found `{rest}`")),
            },
            "version" => semver::VersionReq::parse(rest).map(ConditionKind::Version).map_err(|error| {
                format!("`{rest}` is no version requirement ({error}); expected one such as `>=0.45, <0.61`")
            }),
            "arity" => rest
                .parse()
                .map(ConditionKind::Arity)
                .map_err(|_| format!("expected a number of arguments after `arity:`, found `{rest}`")),
            "feature" if !rest.is_empty() => Ok(ConditionKind::Feature(rest.into())),
            "field" => match Place::parse(text)? {
                Place { root: Root::Field(name), parts } if parts.is_empty() => Ok(ConditionKind::Field(name)),
                _ => Err(format!("expected the name of a field after `field:`, found `{rest}`")),
            },
            "given" => Path::from_text(rest).map(|Path(path)| ConditionKind::Given(path)),
            "takes" => Path::from_text(rest).map(|Path(path)| ConditionKind::Takes(path)),
            "set" => Place::parse(rest).map(ConditionKind::Set),
            "false" => Place::parse(rest).map(ConditionKind::False),
            _ => Err(unknown("condition", word, &known)),
        }
    }
}

/// All conditions of `if` and `unless`.
pub(super) fn conditions(
    hold: Option<Many<Text<ConditionKind>>>,
    fail: Option<Many<Text<ConditionKind>>>,
) -> Vec<Condition> {
    let all = |many: Option<Many<Text<ConditionKind>>>, negated| {
        many.unwrap_or_default().0.into_iter().map(move |Text(kind)| Condition { kind, negated })
    };
    all(hold, false).chain(all(fail, true)).collect()
}

impl FromText for Gives {
    const NAME: &'static str = "Gives";
    const DESCRIPTION: &'static str = "What a result is: a type `a/b.Name`, a list or channel of one `[]a/b.Name`, a place `self`, `arg0` or several \
         separated by `|`, or `_` for nothing.";

    fn from_text(text: &str) -> Result<Gives, String> {
        if text == "_" {
            return Ok(Gives::Nothing);
        }
        if text == OWN_TYPE {
            return Ok(Gives::Type(text.into()));
        }
        if let Some(element) = text.strip_prefix("[]") {
            return Path::from_text(element).map(|Path(path)| Gives::Type(format!("[]{path}").into()));
        }
        if text.strip_prefix(GENERATED).is_some_and(|name| name.matches('*').count() == 1) {
            return Ok(Gives::Type(text.into()));
        }
        let places = Place::parse_all(text)
            .map_err(|error| format!("{error}; a type such as `a/b.Name`; or `_` for nothing"))?;
        match places.as_slice() {
            [Place { root: Root::Symbol(symbol), parts }] => match parts.is_empty() {
                true => Ok(Gives::Type(symbol.clone())),
                false => Err(format!("`{text}` is no type; expected `a/b.Name`")),
            },
            _ => Ok(Gives::Same(places)),
        }
    }
}

impl FromText for StandsFor {
    const NAME: &'static str = "StandsFor";
    const DESCRIPTION: &'static str = "What a type stands for that only holds another: `type0` (its first type argument), \
        `[]type0` (a list of it), `{}type1` (a map to the second).";

    fn from_text(text: &str) -> Result<StandsFor, String> {
        let (make, rest): (fn(usize) -> StandsFor, &str) = match text {
            _ if text.starts_with("[]") => (StandsFor::List, &text[2..]),
            _ if text.starts_with("{}") => (StandsFor::Map, &text[2..]),
            _ => (StandsFor::Argument, text),
        };
        let index = rest.strip_prefix("type").and_then(|index| index.parse().ok());
        index.map(make).ok_or_else(|| format!("`{text}` says nothing; expected `type0`, `[]type0` or `{{}}type1`"))
    }
}

/// In `gives`: the type whose function is called.
pub const OWN_TYPE: &str = "Self";

/// The path of a type or variable: `a/b.Name`.
pub(super) struct Path(pub(super) SmolStr);

impl FromText for Path {
    const NAME: &'static str = "Path";
    const DESCRIPTION: &'static str = "A type or variable of a package: `a/b.Name`.";

    fn from_text(text: &str) -> Result<Path, String> {
        match Place::parse(text) {
            Ok(Place { root: Root::Symbol(path), parts }) if parts.is_empty() => Ok(Path(path)),
            _ => Err(format!("`{text}` is no path of a type or variable; expected `a/b.Name`")),
        }
    }
}

/// The path of a type, or of a list of it: `a/b.Name`, `[]a/b.Name`.
pub(super) struct TypePath(pub(super) SmolStr);

impl FromText for TypePath {
    const NAME: &'static str = "TypePath";
    const DESCRIPTION: &'static str = "A type of a package: `a/b.Name`, or `[]a/b.Name` for a list or channel of it.";

    fn from_text(text: &str) -> Result<TypePath, String> {
        let (list, element) = text.strip_prefix("[]").map_or(("", text), |element| ("[]", element));
        Path::from_text(element).map(|Path(path)| TypePath(format!("{list}{path}").into()))
    }
}

impl FromText for Applicability {
    const NAME: &'static str = "Applicability";
    const DESCRIPTION: &'static str = "How far a fix may be trusted.";
    const WORDS: &'static [&'static str] = &["safe", "unsafe", "display-only"];

    fn from_text(text: &str) -> Result<Applicability, String> {
        match text {
            "safe" => Ok(Applicability::Safe),
            "unsafe" => Ok(Applicability::Unsafe),
            "display-only" => Ok(Applicability::DisplayOnly),
            _ => Err(unknown("applicability", text, Self::WORDS)),
        }
    }
}

/// The values of a list of names.
pub(super) fn names(list: Option<Many<String>>) -> Vec<SmolStr> {
    list.unwrap_or_default().0.into_iter().map(SmolStr::from).collect()
}

/// The values of a list of paths.
pub(super) fn paths(list: Option<Many<Text<TypePath>>>) -> Vec<SmolStr> {
    list.unwrap_or_default().0.into_iter().map(|Text(TypePath(path))| path).collect()
}

/// The value behind an optional text.
pub(super) fn whole<T>(text: Option<Text<T>>) -> Option<T> {
    text.map(|Text(value)| value)
}

/// A word of a closed list.
pub(super) fn one_of(what: &str, found: &str, known: &[&str]) -> Result<SmolStr, String> {
    if known.contains(&found) { Ok(SmolStr::new(found)) } else { Err(unknown(what, found, known)) }
}

/// A complaint about a word that is none of the known ones.
pub(super) fn unknown(what: &str, found: &str, known: &[&str]) -> String {
    if RESERVED.contains(&found) && nearest(found, known).is_none() {
        return format!("`{found}` is reserved for other languages and not supported yet");
    }
    complain(what, found, known)
}

/// Like [`unknown`], for what is no model.
pub(crate) fn complain(what: &str, found: &str, known: &[&str]) -> String {
    match nearest(found, known) {
        Some(near) => format!("unknown {what} `{found}`; did you mean `{near}`?"),
        None if known.is_empty() => format!("unknown {what} `{found}`"),
        None => {
            let list: Vec<String> = known.iter().map(|word| format!("`{word}`")).collect();
            format!("unknown {what} `{found}`; expected one of {}", list.join(", "))
        }
    }
}

/// Turns what serde or toml say into one sentence.
pub(crate) fn explain(message: &str) -> String {
    let message = message.lines().collect::<Vec<_>>().join(": ");
    for (start, what) in [("unknown field `", "key"), ("unknown variant `", "word")] {
        let Some((found, rest)) = message.strip_prefix(start).and_then(|rest| rest.split_once('`')) else { continue };
        let known: Vec<&str> = rest.split('`').skip(1).step_by(2).collect();
        return unknown(what, found, &known);
    }
    if let Some(rest) = message.strip_prefix("missing field ") {
        return format!("{rest} is missing");
    }
    if message == "duplicate key" {
        return "the key is there already; a symbol has one entry, or one list of them".into();
    }
    if let Some((found, expected)) =
        message.strip_prefix("invalid type: ").and_then(|rest| rest.split_once(", expected "))
    {
        return format!("expected {}, found {}", plain(expected), plain(found));
    }
    message
}

/// What serde and toml call a type, in words of the format.
pub(super) fn plain(what: &str) -> String {
    match what {
        "a string" | "string" => "a text".into(),
        "a sequence" | "sequence" | "array" => "a list".into(),
        "a map" | "map" | "table" => "a table".into(),
        _ if what.starts_with("struct ") => "a table".into(),
        _ => what.strip_prefix("string ").map_or_else(|| what.into(), |text| format!("the text {text}")),
    }
}

/// The known word that a typing error away from `found`.
pub(crate) fn nearest<'a>(found: &str, known: &[&'a str]) -> Option<&'a str> {
    let limit = found.chars().count().max(3) / 3;
    known
        .iter()
        .map(|word| (distance(&found.to_lowercase(), &word.to_lowercase()), *word))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// How many letters must be changed, added, left out or swapped with the next to make one word of the other.
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut rows = vec![(0..=other.len()).collect::<Vec<usize>>()];
    for (i, a) in one.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in other.iter().enumerate() {
            let mut best = (rows[i][j] + usize::from(a != b)).min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == other[j - 1] && one[i - 1] == *b {
                best = best.min(rows[i - 1][j - 1] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[one.len()][other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_offered() {
        assert_eq!(nearest("carier", &["carrier", "kind"]), Some("carrier"));
        assert_eq!(nearest("sned", &["sends", "send"]), Some("send"));
        assert_eq!(nearest("x", &["carrier", "kind"]), None);
        assert!(unknown("key", "process", &["call"]).contains("reserved"));
    }

    #[test]
    fn messages_speak_of_the_format() {
        assert_eq!(
            explain("unknown field `carier`, expected `carrier` or `kind`"),
            "unknown key `carier`; did you mean `carrier`?"
        );
        assert_eq!(explain("missing field `from`"), "`from` is missing");
        assert_eq!(explain("invalid type: integer `3`, expected a string"), "expected a text, found integer `3`");
    }

    #[test]
    fn gives_tells_types_from_places() {
        assert_eq!(Gives::from_text("net/http.Client"), Ok(Gives::Type("net/http.Client".into())));
        assert!(matches!(Gives::from_text("arg0 | args1.."), Ok(Gives::Same(places)) if places.len() == 2));
        assert_eq!(Gives::from_text("[]a/b.T"), Ok(Gives::Type("[]a/b.T".into())));
        Gives::from_text("[]arg0").unwrap_err();
        assert_eq!(Gives::from_text("_"), Ok(Gives::Nothing));
        Gives::from_text("net/http.Client.Do").unwrap_err();
    }
}
