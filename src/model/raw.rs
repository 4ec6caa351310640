//! A model file as it is written: what serde reads and what the JSON schema is made from.

use super::effects::{
    RawActivates, RawBuilds, RawCarries, RawCollects, RawCommands, RawDequeues, RawDerives, RawEnds, RawEnqueues,
    RawExtracts, RawForwards, RawGathers, RawInjects, RawInstalls, RawJoins, RawLinks, RawReceives, RawReparents,
    RawRoutes, RawRuns, RawSends, RawServes, RawSets, RawSpawns, RawStarts, RawWaits, RawWraps,
};
use super::recipe::RawFix;
use super::words::{At, FromText, Many, Path, Text, TypePath, conditions, names, one_of, paths, places, whole};
use super::{ConditionKind, EffectModel, EntryModel, Gives, Package, Place, StandsFor, TypeModel};
use schemars::JsonSchema;
use serde::Deserialize;
use smol_str::SmolStr;
use std::collections::BTreeMap;

/// What a library's calls do to trace context.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, title = "spanlint model")]
#[expect(dead_code, reason = "the loader walks the file itself, to go on behind a broken entry")]
pub(super) struct RawModel {
    /// One sentence about the library.
    summary: String,
    /// The packages it speaks of.
    packages: Vec<RawPackage>,
    /// What a call of a function or method does.
    #[serde(default)]
    call: BTreeMap<String, Many<RawEntry>>,
    /// What a value of a type is.
    #[serde(default, rename = "type")]
    ty: BTreeMap<String, RawType>,
    /// What an attribute does to the function it stands on.
    #[serde(default)]
    attribute: BTreeMap<String, Many<RawEntry>>,
    /// Paths under which a library exports what is known under another.
    #[serde(default)]
    export: BTreeMap<String, String>,
    /// What a record written out does, by type.
    #[serde(default)]
    literal: BTreeMap<String, Many<RawEntry>>,
    /// Values a package holds, with their type.
    #[serde(default)]
    variable: BTreeMap<String, Text<Path>>,
    /// Texts a package holds by name, as far as they are names of headers.
    #[serde(default)]
    constant: BTreeMap<String, String>,
    /// How to repair what is missing.
    #[serde(default)]
    fix: Vec<RawFix>,
}

/// The keys of a model file.
pub(super) const TOP: [&str; 10] =
    ["summary", "packages", "call", "attribute", "type", "literal", "variable", "constant", "export", "fix"];

/// A package that the model speaks of.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPackage {
    /// Import path.
    pub(super) path: String,
    /// The package's own name; the last part of the path if it is not given.
    name: Option<String>,
    /// Whether importing it is a sign that a program traces.
    #[serde(default)]
    traces: bool,
    /// Whether only tests use it: what takes values of its types is no part of a service.
    #[serde(default)]
    tests: bool,
}

impl RawPackage {
    pub(super) fn compile(self) -> Package {
        let last = || self.path.rsplit('/').next().unwrap_or_default();
        let name = self.name.as_deref().unwrap_or_else(last).into();
        Package { name, path: self.path.into(), traces: self.traces, tests: self.tests }
    }
}

/// What one symbol does. Without any key: nothing to trace context.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawEntry {
    /// Conditions that must hold.
    #[serde(rename = "if")]
    hold: Option<Many<Text<ConditionKind>>>,
    /// Conditions that must not hold.
    unless: Option<Many<Text<ConditionKind>>>,
    /// What each result is.
    gives: Option<Many<Text<Gives>>>,
    /// Where the call's options are: `args1..`.
    options: Option<Text<Place>>,
    /// A carrier arrives.
    receives: Option<Effects<RawReceives>>,
    /// A carrier leaves.
    sends: Option<Effects<RawSends>>,
    /// Makes a request or a wrapper.
    builds: Option<Effects<RawBuilds>>,
    /// Reads a context out of a carrier.
    extracts: Option<Effects<RawExtracts>>,
    /// Writes a context into a carrier.
    injects: Option<Effects<RawInjects>>,
    /// Opens a span.
    starts: Option<Effects<RawStarts>>,
    /// Ends a span.
    ends: Option<Effects<RawEnds>>,
    /// Makes a context, request or carrier out of another.
    derives: Option<Effects<RawDerives>>,
    /// Copies what arrived to what leaves.
    forwards: Option<Effects<RawForwards>>,
    /// Runs a callable now.
    runs: Option<Effects<RawRuns>>,
    /// Runs a callable at the same time or later.
    spawns: Option<Effects<RawSpawns>>,
    /// Names callables of which a program runs one, as it is asked to when it starts.
    commands: Option<Effects<RawCommands>>,
    /// Puts a handle on work into a list of them.
    gathers: Option<Effects<RawGathers>>,
    /// Waits for work that was started.
    waits: Option<Effects<RawWaits>>,
    /// Adds a handler to a router.
    routes: Option<Effects<RawRoutes>>,
    /// Adds a wrapper to a router.
    wraps: Option<Effects<RawWraps>>,
    /// Puts a router below another.
    joins: Option<Effects<RawJoins>>,
    /// Serves a handler to callers outside the process.
    serves: Option<Effects<RawServes>>,
    /// Sets up something for the whole process.
    installs: Option<Effects<RawInstalls>>,
    /// Ties spans together on purpose.
    links: Option<Effects<RawLinks>>,
    /// Makes a span or context the current one.
    activates: Option<Effects<RawActivates>>,
    /// Gives a span another parent.
    reparents: Option<Effects<RawReparents>>,
    /// Puts a carrier into a value that is sent.
    carries: Option<Effects<RawCarries>>,
    /// Makes a list out of values and lists.
    collects: Option<Effects<RawCollects>>,
    /// Puts a work item where others take it out.
    enqueues: Option<Effects<RawEnqueues>>,
    /// Takes work items out.
    dequeues: Option<Effects<RawDequeues>>,
    /// An option sets something on what it is given to.
    sets: Option<Effects<RawSets>>,
}

/// One effect, or several of its sort, with the place in the file.
type Effects<T> = At<Many<T>>;

impl RawEntry {
    /// The entry, with the effects in the order in which they are written, each with its offset in the file.
    pub(super) fn compile(self) -> Result<(EntryModel, Vec<usize>), (usize, String)> {
        let mut all = Vec::new();
        add(&mut all, self.receives, |raw| Ok(raw.compile()))?;
        add(&mut all, self.sends, RawSends::compile)?;
        add(&mut all, self.builds, RawBuilds::compile)?;
        add(&mut all, self.extracts, |raw| Ok(raw.compile()))?;
        add(&mut all, self.injects, |raw| Ok(raw.compile()))?;
        add(&mut all, self.starts, RawStarts::compile)?;
        add(&mut all, self.activates, |raw| {
            Ok(EffectModel::Activates {
                value: raw.value.0,
                slot: raw.slot.into(),
                lasts: raw.lasts.0,
                must_not_cross: raw.must_not_cross,
            })
        })?;
        add(&mut all, self.reparents, |raw| {
            let unless_current = raw.unless_current.map(SmolStr::from);
            Ok(EffectModel::Reparents { span: raw.span.0, to: places(Some(raw.to)), unless_current })
        })?;
        add(&mut all, self.ends, |raw| Ok(EffectModel::Ends { span: raw.span.0 }))?;
        add(&mut all, self.derives, RawDerives::compile)?;
        add(&mut all, self.forwards, |raw| Ok(raw.compile()))?;
        add(&mut all, self.runs, |raw| Ok(EffectModel::Runs { body: raw.body.0, with: places(raw.with) }))?;
        add(&mut all, self.spawns, |raw| {
            Ok(EffectModel::Spawns { body: raw.body.0, keeps: !raw.keeps.is_empty(), awaited: raw.awaited })
        })?;
        add(&mut all, self.commands, |raw| Ok(EffectModel::Commands { body: places(Some(raw.body)) }))?;
        add(&mut all, self.gathers, |raw| Ok(EffectModel::Gathers { handle: raw.handle.0, list: raw.list.0 }))?;
        add(&mut all, self.waits, |raw| Ok(EffectModel::Waits { work: raw.work.0 }))?;
        add(&mut all, self.routes, RawRoutes::compile)?;
        add(&mut all, self.wraps, |raw| Ok(raw.compile()))?;
        add(&mut all, self.joins, |raw| Ok(raw.compile()))?;
        add(&mut all, self.serves, |raw| Ok(raw.compile()))?;
        add(&mut all, self.installs, |raw| Ok(raw.compile()))?;
        add(&mut all, self.links, |raw| Ok(EffectModel::Links { spans: places(Some(raw.spans)) }))?;
        add(&mut all, self.carries, |raw| Ok(EffectModel::Carries { carrier: raw.carrier.0, into: raw.into.0 }))?;
        add(&mut all, self.collects, |raw| {
            Ok(EffectModel::Collects { items: places(Some(raw.items)), result: raw.result.0 })
        })?;
        add(&mut all, self.enqueues, |raw| Ok(raw.compile()))?;
        add(&mut all, self.dequeues, |raw| Ok(EffectModel::Dequeues { from: raw.from.0 }))?;
        add(&mut all, self.sets, RawSets::compile)?;
        all.sort_by_key(|(start, _)| *start);
        let (starts, effects) = all.into_iter().unzip();
        let entry = EntryModel {
            conditions: conditions(self.hold, self.unless),
            effects,
            gives: self.gives.unwrap_or_default().0.into_iter().map(|Text(gives)| gives).collect(),
            options: whole(self.options),
        };
        Ok((entry, starts))
    }
}

fn add<T>(
    all: &mut Vec<(usize, EffectModel)>,
    effects: Option<Effects<T>>,
    compile: impl Fn(T) -> Result<EffectModel, String>,
) -> Result<(), (usize, String)> {
    let Some(At { start, value: Many(list) }) = effects else { return Ok(()) };
    for raw in list {
        all.push((start, compile(raw).map_err(|message| (start, message))?));
    }
    Ok(())
}

/// What a value of a type is.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawType {
    /// Its roles.
    is: Option<Many<Text<Role>>>,
    /// Parts by neutral name, each with the members that hold it.
    #[serde(default)]
    parts: BTreeMap<Text<Part>, Many<String>>,
    /// Types of members: a field's, or a method's results.
    #[serde(default)]
    members: BTreeMap<String, Many<Text<TypePath>>>,
    /// What the part `through` is if nobody sets it.
    default: Option<Text<Path>>,
    /// For a function type, or the method of an interface: the types it takes.
    signature: Option<Vec<String>>,
    /// For an interface: the method that makes a type one of its implementations.
    method: Option<String>,
    /// What it stands for, if it only holds another type.
    stands_for: Option<Text<StandsFor>>,
    /// For middleware: the middleware that must stand outside it.
    inside: Option<Text<TypePath>>,
}

impl RawType {
    pub(super) fn compile(self) -> TypeModel {
        TypeModel {
            is: self.is.unwrap_or_default().0.into_iter().map(|Text(Role(role))| role).collect(),
            parts: self.parts.into_iter().map(|(Text(Part(part)), members)| (part, names(Some(members)))).collect(),
            members: self.members.into_iter().map(|(name, types)| (name.into(), paths(Some(types)))).collect(),
            default: self.default.map(|Text(Path(path))| path),
            signature: self.signature.map(|types| types.into_iter().map(SmolStr::from).collect()),
            method: self.method.map(SmolStr::from),
            stands_for: whole(self.stands_for),
            inside: self.inside.map(|Text(TypePath(path))| path),
        }
    }
}

/// What a value is for.
struct Role(SmolStr);

impl FromText for Role {
    const NAME: &'static str = "Role";
    const DESCRIPTION: &'static str = "What a value is for.";
    const WORDS: &'static [&'static str] = &[
        "request",
        "response",
        "message",
        "header",
        "client",
        "connection",
        "interceptor",
        "server",
        "transport",
        "handler",
        "router",
        "context",
        "carrier",
        "span",
        "span-context",
        "tracer",
        "propagator",
        "middleware",
        "option",
        "exchange",
        "interface",
        "ends-itself",
        "handle",
    ];

    fn from_text(text: &str) -> Result<Role, String> {
        one_of("role", text, Self::WORDS).map(Role)
    }
}

/// A part that values of several types have.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Part(SmolStr);

impl FromText for Part {
    const NAME: &'static str = "Part";
    const DESCRIPTION: &'static str = "A part that values of several types have.";
    const WORDS: &'static [&'static str] = &["headers", "context", "through", "url", "key", "request", "itself"];

    fn from_text(text: &str) -> Result<Part, String> {
        one_of("part", text, Self::WORDS).map(Part)
    }
}
