//! The effects of a model entry as they are written.

use super::words::{FromText, Many, Places, Text, names, one_of, places, whole};
use super::{By, ContextSource, Covers, Does, EdgeKind, EffectModel, End, Installs, Place, SpanKind};
use schemars::JsonSchema;
use serde::Deserialize;
use smol_str::SmolStr;

/// A carrier arrives.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawReceives {
    /// The carrier.
    carrier: Places,
    /// The context that comes with it.
    context: Option<Text<Place>>,
    /// Whether someone waits for the answer.
    #[serde(default)]
    kind: EdgeKind,
}

impl RawReceives {
    pub(super) fn compile(self) -> EffectModel {
        let RawReceives { carrier, context, kind } = self;
        EffectModel::Receives { carrier: places(Some(carrier)), context: whole(context), kind }
    }
}

/// A carrier leaves.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSends {
    /// The request value that holds carrier and context.
    request: Option<Text<Place>>,
    /// The carrier, if it is no part of a request.
    carrier: Option<Places>,
    /// The context the client sees.
    context: Option<Text<ContextSource>>,
    /// The client, whose wrappers may inject.
    through: Option<Places>,
    /// Whether someone waits for the answer.
    #[serde(default)]
    kind: EdgeKind,
    /// The address, if the call names it.
    url: Option<Text<Place>>,
}

impl RawSends {
    pub(super) fn compile(self) -> Result<EffectModel, String> {
        let RawSends { request, carrier, context, through, kind, url } = self;
        if request.is_none() && carrier.is_none() && context.is_none() && through.is_none() {
            return Err("`sends` says nothing; expected `request`, `carrier`, `context` or `through`".into());
        }
        Ok(EffectModel::Sends {
            request: whole(request),
            carrier: places(carrier),
            context: whole(context),
            through: places(through),
            kind,
            url: whole(url),
        })
    }
}

/// Makes a request or a wrapper.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawBuilds {
    /// The request that is made.
    request: Option<Text<Place>>,
    /// The context the request holds.
    context: Option<Text<ContextSource>>,
    /// The address the request goes to.
    url: Option<Text<Place>>,
    /// The wrapper that is made.
    wrapper: Option<Text<Place>>,
    /// What the wrapper is built around.
    from: Option<Places>,
    /// What the wrapper does itself; left out if it only passes on.
    does: Option<Many<Deed>>,
    /// The propagator the wrapper uses.
    by: Option<Text<By>>,
    /// What the wrapper depends on.
    needs: Option<Need>,
    /// For a list of wrappers: which is outermost.
    outermost: Option<End>,
}

/// What an instrumented wrapper does for what passes through it.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Deed {
    /// Reads the caller's context.
    Extract,
    /// Opens a span.
    Start,
    /// Writes the context.
    Inject,
    /// Only links to the caller's context.
    Link,
}

/// What a wrapper depends on.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
enum Need {
    /// The context of the request that passes through.
    #[serde(rename = "request context")]
    RequestContext,
}

impl RawBuilds {
    pub(super) fn compile(self) -> Result<EffectModel, String> {
        let RawBuilds { request, context, url, wrapper, from, does, by, needs, outermost } = self;
        match (request, wrapper) {
            (Some(Text(request)), None) => {
                let of_wrapper = from.is_some() || does.is_some() || by.is_some() || needs.is_some();
                if of_wrapper || outermost.is_some() {
                    return Err(
                        "`from`, `does`, `by`, `needs` and `outermost` belong to a wrapper, not to a request".into()
                    );
                }
                let Some(Text(context)) = context else {
                    return Err("a request needs `context`, such as `fresh`".into());
                };
                Ok(EffectModel::BuildsRequest { request, context, url: whole(url) })
            }
            (None, Some(Text(wrapper))) => {
                if context.is_some() || url.is_some() {
                    return Err("`context` and `url` belong to a request, not to a wrapper".into());
                }
                let mut done = Does::default();
                for deed in does.unwrap_or_default().0 {
                    match deed {
                        Deed::Extract => done.extract = true,
                        Deed::Start => done.start = true,
                        Deed::Inject => done.inject = true,
                        Deed::Link => done.link = true,
                    }
                }
                Ok(EffectModel::BuildsWrapper {
                    wrapper,
                    around: places(from),
                    does: done,
                    by: whole(by).unwrap_or(By::Own),
                    needs_context: needs.is_some(),
                    first: outermost,
                })
            }
            _ => Err("`builds` needs one of `request` and `wrapper`".into()),
        }
    }
}

/// Reads a context out of a carrier.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawExtracts {
    /// The carrier.
    from: Places,
    /// The context that holds what was read.
    context: Text<Place>,
    /// A context that the new one extends.
    base: Option<Text<Place>>,
    /// The propagator that reads; its own if it is not given.
    by: Option<Text<By>>,
}

impl RawExtracts {
    pub(super) fn compile(self) -> EffectModel {
        let RawExtracts { from, context, base, by } = self;
        let by = whole(by).unwrap_or(By::Own);
        EffectModel::Extracts { from: places(Some(from)), context: context.0, base: whole(base), by }
    }
}

/// Writes a context into a carrier.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawInjects {
    /// The carrier.
    into: Places,
    /// The context or span.
    context: Places,
    /// The propagator that writes; its own if it is not given.
    by: Option<Text<By>>,
    /// For a carrier written entry by entry: the key. Only keys that are names of propagation headers count.
    key: Option<Text<Place>>,
}

impl RawInjects {
    pub(super) fn compile(self) -> EffectModel {
        let RawInjects { into, context, by, key } = self;
        let by = whole(by).unwrap_or(By::Own);
        EffectModel::Injects { into: places(Some(into)), context: places(Some(context)), by, key: whole(key) }
    }
}

/// Opens a span.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStarts {
    /// The span.
    span: Option<Text<Place>>,
    /// The context that holds it.
    context: Option<Text<Place>>,
    /// Where its parent comes from; left out for a root.
    parent: Option<Places>,
    /// Its declared part.
    kind: Option<SpanKind>,
    /// Options that ask for a root on purpose.
    root_if: Option<Places>,
}

impl RawStarts {
    pub(super) fn compile(self) -> Result<EffectModel, String> {
        let RawStarts { span, context, parent, kind, root_if } = self;
        if span.is_none() && context.is_none() {
            return Err("`starts` needs `span` or `context`".into());
        }
        let (span, context, parent) = (whole(span), whole(context), places(parent));
        Ok(EffectModel::Starts { span, context, parent, kind, root_if: places(root_if) })
    }
}

/// Ends a span.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawEnds {
    /// The span.
    pub(super) span: Text<Place>,
}

/// Makes a context, request or carrier out of another.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDerives {
    /// The value whose other parts are kept.
    from: Option<Text<Place>>,
    /// The context of the new value.
    context: Option<Text<ContextSource>>,
    /// The new value.
    result: Text<Place>,
}

impl RawDerives {
    pub(super) fn compile(self) -> Result<EffectModel, String> {
        let RawDerives { from, context, result } = self;
        if from.is_none() && context.is_none() {
            return Err("`derives` needs `from` or `context`".into());
        }
        Ok(EffectModel::Derives { from: whole(from), context: whole(context), result: result.0 })
    }
}

/// Copies what arrived to what leaves.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawForwards {
    /// The handler or value that forwards.
    by: Text<Place>,
    /// The transport it sends through.
    through: Option<Places>,
}

impl RawForwards {
    pub(super) fn compile(self) -> EffectModel {
        EffectModel::Forwards { by: self.by.0, through: places(self.through) }
    }
}

/// Runs a callable now.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRuns {
    /// The callable.
    pub(super) body: Text<Place>,
    /// What it is called with.
    pub(super) with: Option<Places>,
}

/// Runs a callable at the same time or later.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSpawns {
    /// The callable.
    pub(super) body: Text<Place>,
    /// Which ambient contexts go along.
    #[serde(default)]
    pub(super) keeps: Vec<String>,
}

/// Adds a handler to a router.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRoutes {
    /// The router.
    on: Text<Place>,
    /// The path it serves.
    path: Option<Text<Place>>,
    /// The handlers, outermost first.
    handler: Text<Place>,
    /// Whether someone waits for the answer.
    #[serde(default)]
    kind: EdgeKind,
}

impl RawRoutes {
    pub(super) fn compile(self) -> EffectModel {
        let RawRoutes { on, path, handler, kind } = self;
        EffectModel::Routes { on: on.0, path: whole(path), handler: handler.0, kind }
    }
}

/// Adds a wrapper to a router.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWraps {
    /// The router.
    on: Text<Place>,
    /// The wrappers.
    with: Text<Place>,
    /// Which routes it then covers.
    covers: Covers,
    /// Which of several is outermost.
    outermost: End,
}

impl RawWraps {
    pub(super) fn compile(self) -> EffectModel {
        let RawWraps { on, with, covers, outermost } = self;
        EffectModel::Wraps { on: on.0, with: with.0, covers, outermost }
    }
}

/// Puts a router below another.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawJoins {
    /// The router above.
    on: Text<Place>,
    /// The router below.
    other: Text<Place>,
    /// Whether the wrappers of the one above cover the one below.
    inherits: bool,
}

impl RawJoins {
    pub(super) fn compile(self) -> EffectModel {
        EffectModel::Joins { on: self.on.0, other: self.other.0, inherits: self.inherits }
    }
}

/// Serves a handler to callers outside the process.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawServes {
    /// The handler or router.
    app: Text<Place>,
    /// The variable that is served if that is the absent value.
    default: Option<String>,
    /// The address listened on.
    address: Option<Text<Place>>,
}

impl RawServes {
    pub(super) fn compile(self) -> EffectModel {
        let RawServes { app, default, address } = self;
        EffectModel::Serves { app: app.0, default: default.map(SmolStr::from), address: whole(address) }
    }
}

/// Sets up something for the whole process.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawInstalls {
    /// What.
    what: Installs,
    /// Formats it reads and writes, if they are fixed.
    formats: Option<Many<String>>,
    /// The value that is installed.
    value: Option<Text<Place>>,
}

impl RawInstalls {
    pub(super) fn compile(self) -> EffectModel {
        let RawInstalls { what, formats, value } = self;
        EffectModel::Installs { what, formats: names(formats), value: whole(value) }
    }
}

/// Puts a carrier into a value that is sent.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCarries {
    /// The carrier.
    pub(super) carrier: Text<Place>,
    /// What holds it then.
    #[serde(rename = "in")]
    pub(super) into: Text<Place>,
}

/// What an option can set.
pub(super) struct Setting(SmolStr);

impl FromText for Setting {
    const NAME: &'static str = "Setting";
    const DESCRIPTION: &'static str = "What an option sets; `intended` says that a break is on purpose.";
    const WORDS: &'static [&'static str] = &["propagator", "wrapper", "intended"];

    fn from_text(text: &str) -> Result<Setting, String> {
        one_of("setting", text, Self::WORDS).map(Setting)
    }
}

/// An option sets something on what it is given to.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSets {
    /// What: `propagator`, `wrapper`, `intended`.
    what: Text<Setting>,
    /// To which value.
    to: Option<Text<Place>>,
}

impl RawSets {
    pub(super) fn compile(self) -> Result<EffectModel, String> {
        let (what, to) = (self.what.0.0, whole(self.to));
        match to.is_some() || what == "intended" {
            true => Ok(EffectModel::Sets { what, to }),
            false => Err(format!("`sets` of `{what}` needs `to`")),
        }
    }
}

impl EffectModel {
    /// Every place the effect speaks of.
    pub fn places(&self) -> Vec<&Place> {
        match self {
            EffectModel::Receives { carrier, context, .. } => carrier.iter().chain(context).collect(),
            EffectModel::Sends { request, carrier, context, through, url, .. } => {
                let source = context.iter().flat_map(ContextSource::places);
                request.iter().chain(carrier).chain(source).chain(through).chain(url).collect()
            }
            EffectModel::BuildsRequest { request, context, url } => {
                [request].into_iter().chain(context.places()).chain(url).collect()
            }
            EffectModel::BuildsWrapper { wrapper, around, by, .. } => {
                [wrapper].into_iter().chain(around).chain(by.place()).collect()
            }
            EffectModel::Extracts { from, context, base, by } => {
                from.iter().chain([context]).chain(base).chain(by.place()).collect()
            }
            EffectModel::Injects { into, context, by, key } => {
                into.iter().chain(context).chain(by.place()).chain(key).collect()
            }
            EffectModel::Starts { span, context, parent, root_if, .. } => {
                span.iter().chain(context).chain(parent).chain(root_if).collect()
            }
            EffectModel::Ends { span } => vec![span],
            EffectModel::Derives { from, context, result } => {
                let source = context.iter().flat_map(ContextSource::places);
                from.iter().chain(source).chain([result]).collect()
            }
            EffectModel::Forwards { by, through } => [by].into_iter().chain(through).collect(),
            EffectModel::Runs { body, with } => [body].into_iter().chain(with).collect(),
            EffectModel::Spawns { body, .. } => vec![body],
            EffectModel::Routes { on, path, handler, .. } => [on].into_iter().chain(path).chain([handler]).collect(),
            EffectModel::Wraps { on, with, .. } => vec![on, with],
            EffectModel::Joins { on, other, .. } => vec![on, other],
            EffectModel::Serves { app, address, .. } => [app].into_iter().chain(address).collect(),
            EffectModel::Installs { value, .. } => value.iter().collect(),
            EffectModel::Carries { carrier, into } => vec![carrier, into],
            EffectModel::Sets { to, .. } => to.iter().collect(),
        }
    }
}

impl ContextSource {
    /// The places it can come from.
    pub fn places(&self) -> &[Place] {
        match self {
            ContextSource::Fresh => &[],
            ContextSource::Places(places) => places,
        }
    }
}

impl By {
    /// The place that holds the propagator.
    pub fn place(&self) -> Option<&Place> {
        match self {
            By::Place(place) => Some(place),
            By::Global | By::Own => None,
        }
    }
}
