//! The effects of a model entry as they are written.

use super::words::{FromText, Many, Path, Places, Text, one_of, places, whole};
use super::{
    Answers, By, ContextSource, Covers, Crossing, Does, EdgeKind, EffectModel, End, Installs, Place, SpanKind, Taken,
};
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
    /// The client it comes through, whose wrappers may read the context.
    through: Option<Text<Place>>,
    /// Whether someone waits for the answer.
    #[serde(default)]
    kind: EdgeKind,
}

impl RawReceives {
    pub(super) fn compile(self) -> EffectModel {
        let RawReceives { carrier, context, through, kind } = self;
        EffectModel::Receives { carrier: places(Some(carrier)), context: whole(context), through: whole(through), kind }
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
    /// What to call where this call can carry no context.
    instead: Option<String>,
}

impl RawSends {
    pub(super) fn compile(self) -> Result<EffectModel, String> {
        let RawSends { request, carrier, context, through, kind, url, instead } = self;
        let bare = request.is_none() && carrier.is_none() && context.is_none() && through.is_none();
        if bare && instead.is_none() {
            return Err("`sends` says nothing; expected `request`, `carrier`, `context`, `through` or `instead`".into());
        }
        Ok(EffectModel::Sends {
            request: whole(request),
            carrier: places(carrier),
            context: whole(context),
            through: places(through),
            kind,
            url: whole(url),
            instead: instead.map(SmolStr::from),
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
    /// The client that sends the request, where the request knows it.
    through: Option<Text<Place>>,
    /// The wrapper that is made.
    wrapper: Option<Text<Place>>,
    /// The propagator that is made.
    propagator: Option<Text<Place>>,
    /// The formats the propagator reads and writes, as far as they are fixed.
    formats: Option<Many<Text<Format>>>,
    /// What the wrapper is built around, or the propagators that the propagator is made of.
    from: Option<Places>,
    /// What the wrapper does itself; left out if it only passes on.
    does: Option<Many<Deed>>,
    /// The propagator the wrapper uses.
    by: Option<Text<By>>,
    /// What the wrapper depends on.
    needs: Option<Need>,
    /// Middleware around what the wrapper is built around, itself unknown to the model.
    with: Option<Text<Place>>,
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
        match (self.request.is_some(), self.wrapper.is_some(), self.propagator.is_some()) {
            (true, false, false) => self.compile_request(),
            (false, true, false) | (false, false, true) => self.compile_wrapper(),
            _ => Err("`builds` needs one of `request`, `wrapper` and `propagator`".into()),
        }
    }

    fn compile_request(self) -> Result<EffectModel, String> {
        let foreign = self.from.is_some() || self.does.is_some() || self.by.is_some() || self.needs.is_some();
        if foreign || self.with.is_some() || self.outermost.is_some() || self.formats.is_some() {
            return Err(
                "a request has `context`, `url` and `through`; every other key belongs to a wrapper or propagator"
                    .into(),
            );
        }
        match (self.request, self.context) {
            (Some(Text(request)), Some(Text(context))) => {
                Ok(EffectModel::BuildsRequest { request, context, url: whole(self.url), through: whole(self.through) })
            }
            _ => Err("a request needs `context`, such as `fresh`".into()),
        }
    }

    fn compile_wrapper(self) -> Result<EffectModel, String> {
        let RawBuilds {
            request: _,
            context,
            url,
            through,
            propagator,
            formats,
            wrapper,
            from,
            does,
            by,
            needs,
            with,
            outermost,
        } = self;
        if context.is_some() || url.is_some() || through.is_some() {
            return Err("`context`, `url` and `through` belong to a request".into());
        }
        if wrapper.is_some() && formats.is_some() {
            return Err("`formats` belongs to a propagator".into());
        }
        if propagator.is_some() && (does.is_some() || needs.is_some() || with.is_some() || outermost.is_some()) {
            return Err("`does`, `needs`, `with` and `outermost` belong to a wrapper".into());
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
        let Some(wrapper) = whole(wrapper.or(propagator)) else { return Err("`builds` builds nothing".into()) };
        Ok(EffectModel::BuildsWrapper {
            wrapper,
            around: places(from),
            does: done,
            by: whole(by).unwrap_or(By::Own),
            needs_context: needs.is_some(),
            with: whole(with),
            outermost: outermost.unwrap_or(End::First),
            formats: all_formats(formats),
        })
    }
}

fn all_formats(formats: Option<Many<Text<Format>>>) -> Vec<SmolStr> {
    formats.unwrap_or_default().0.into_iter().map(|Text(Format(format))| format).collect()
}

/// The name of a wire format.
struct Format(SmolStr);

impl FromText for Format {
    const NAME: &'static str = "Format";
    const DESCRIPTION: &'static str = "A wire format, by the name that `OTEL_PROPAGATORS` has for it where it has one.";
    const WORDS: &'static [&'static str] = &[
        "tracecontext",
        "baggage",
        "b3",
        "b3multi",
        "jaeger",
        "ottrace",
        "xray",
        "datadog",
        "sentry",
        "cloudtrace",
        "opencensus",
    ];

    fn from_text(text: &str) -> Result<Format, String> {
        one_of("format", text, Self::WORDS).map(Format)
    }
}

/// Reads a context out of a carrier.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawExtracts {
    /// The carrier; left out where nobody can tell, as of a context made of ids that somebody sent.
    from: Option<Places>,
    /// The context that holds what was read.
    context: Text<Place>,
    /// A context that the new one extends.
    base: Option<Text<Place>>,
    /// The propagator that reads; its own if it is not given.
    by: Option<Text<By>>,
    /// For a carrier read entry by entry: the key. Only keys that are names of propagation headers count.
    key: Option<Text<Place>>,
}

impl RawExtracts {
    pub(super) fn compile(self) -> EffectModel {
        let RawExtracts { from, context, base, by, key } = self;
        let by = whole(by).unwrap_or(By::Own);
        EffectModel::Extracts { from: places(from), context: context.0, base: whole(base), by, key: whole(key) }
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

/// Makes a list out of values and lists.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCollects {
    /// What the list holds, all of it: `arg0.each | args1..`.
    pub(super) items: Places,
    /// The list.
    pub(super) result: Text<Place>,
}

/// Puts a work item where others take it out: a list in a store, by its name.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawEnqueues {
    /// The item.
    item: Text<Place>,
    /// The list, or its name.
    into: Text<Place>,
    /// The context given along.
    context: Option<Text<Place>>,
}

impl RawEnqueues {
    pub(super) fn compile(self) -> EffectModel {
        EffectModel::Enqueues { item: self.item.0, into: self.into.0, context: whole(self.context) }
    }
}

/// Takes work items out, encoded as texts.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDequeues {
    /// The list, or its name.
    pub(super) from: Text<Place>,
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
    /// Whether the call ends when the work does, or what it is called on waits for it.
    #[serde(default)]
    pub(super) awaited: bool,
}

/// Says that a program runs one of several callables, as it is asked to when it starts.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCommands {
    /// The callables.
    pub(super) body: Places,
}

/// Puts a handle on work into a list.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawGathers {
    /// What may be a handle.
    pub(super) handle: Text<Place>,
    /// The list.
    #[serde(rename = "in")]
    pub(super) list: Text<Place>,
}

/// Waits for work.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWaits {
    /// The handle on the work, or what started it.
    #[serde(rename = "for")]
    pub(super) work: Text<Place>,
}

/// Adds a handler to a router.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRoutes {
    /// The router.
    on: Text<Place>,
    /// The path it serves.
    path: Option<Text<Place>>,
    /// The handler; of several the last answers, and the others stand around it, outermost first.
    handler: Option<Text<Place>>,
    /// In place of a handler: several, of which each answers by itself.
    handlers: Option<Text<Place>>,
    /// In place of a handler: a value whose methods answer, each by itself.
    service: Option<Text<Place>>,
    /// The interface of the library by whose methods the service answers; all that take what arrives, if none is named.
    by: Option<Text<Path>>,
    /// Whether it answers in tasks of the library's own, which nothing that stands around the router reaches.
    #[serde(default)]
    apart: bool,
    /// Wrappers around this route alone, outermost first.
    with: Option<Text<Place>>,
    /// Whether someone waits for the answer.
    #[serde(default)]
    kind: EdgeKind,
}

impl RawRoutes {
    pub(super) fn compile(self) -> Result<EffectModel, String> {
        let RawRoutes { on, path, handler, handlers, service, by, apart, with, kind } = self;
        let by = by.map(|Text(Path(path))| path);
        if by.is_some() && service.is_none() {
            return Err("`by` in `routes` needs a `service`".into());
        }
        let (handler, answers) = match (handler, handlers, service) {
            (Some(Text(handler)), None, None) => (handler, Answers::Itself),
            (None, Some(Text(handlers)), None) => (handlers, Answers::Each),
            (None, None, Some(Text(service))) => (service, Answers::Methods(by)),
            _ => return Err("`routes` needs one of `handler`, `handlers` and `service`".into()),
        };
        Ok(EffectModel::Routes { on: on.0, path: whole(path), handler, answers, apart, with: whole(with), kind })
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
    /// The path at which it is put there.
    path: Option<Text<Place>>,
    /// Whether the wrappers of the one above cover the one below.
    inherits: bool,
    /// When they are taken: as the two are joined, or as each route is added.
    #[serde(default)]
    taken: Taken,
}

impl RawJoins {
    pub(super) fn compile(self) -> EffectModel {
        let RawJoins { on, other, path, inherits, taken } = self;
        EffectModel::Joins { on: on.0, other: other.0, path: whole(path), inherits, taken }
    }
}

/// Serves a handler to callers outside the process.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawServes {
    /// The handler or router.
    app: Text<Place>,
    /// The variable that is served if that is the absent value.
    default: Option<Text<Path>>,
    /// The address listened on.
    address: Option<Text<Place>>,
}

impl RawServes {
    pub(super) fn compile(self) -> EffectModel {
        let RawServes { app, default, address } = self;
        EffectModel::Serves { app: app.0, default: default.map(|Text(Path(path))| path), address: whole(address) }
    }
}

/// Sets up something for the whole process.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawInstalls {
    /// What.
    what: Installs,
    /// Formats it reads and writes, if they are fixed.
    formats: Option<Many<Text<Format>>>,
    /// The value that is installed.
    value: Option<Text<Place>>,
}

impl RawInstalls {
    pub(super) fn compile(self) -> EffectModel {
        let RawInstalls { what, formats, value } = self;
        EffectModel::Installs { what, formats: all_formats(formats), value: whole(value) }
    }
}

/// Ties spans together on purpose.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLinks {
    /// The spans, or what holds them: all that are there.
    pub(super) spans: Places,
}

/// Makes a span or context the current one.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawActivates {
    /// The span or context.
    pub(super) value: Text<Place>,
    /// The slot whose current one it becomes.
    pub(super) slot: String,
    /// For how long: `result` (a guard), `arg0` (a callable that runs now), `self` (a future), `function`.
    pub(super) lasts: Text<Place>,
    /// Where it must have ended.
    pub(super) must_not_cross: Option<Crossing>,
}

/// Gives a span another parent.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawReparents {
    /// The span.
    pub(super) span: Text<Place>,
    /// Its parent.
    pub(super) to: Places,
    /// The slot in which a span has started that is current there: it keeps the parent it has.
    pub(super) unless_current: Option<String>,
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
