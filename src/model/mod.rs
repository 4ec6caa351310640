//! What the calls of a library do to trace context, as data.
//!
//! A model is a TOML file in `rules/<language>/<library>.toml`, or one of a user's: both take the same way, through
//! [`load`]. This module holds what the loader makes of them, indexed by resolved symbol. It knows no source text and no
//! particular library.

pub mod builtin;
mod effects;
pub mod formats;
pub mod load;
mod lookup;
mod meaning;
pub mod place;
mod raw;
mod recipe;
pub mod schema;
mod symbol;
mod walk;
mod words;

pub use lookup::ModelSet;
pub use place::{Place, Root};
pub use recipe::placeholders;
pub use symbol::{ANY, GENERATED, expand, generated_type};
pub use words::OWN_TYPE;
pub(crate) use words::{FromText, Text, complain, explain, nearest};

use crate::text::{Language, TextRange};
use schemars::JsonSchema;
use serde::Deserialize;
use smol_str::SmolStr;
use std::sync::Arc;

/// One library's model.
#[derive(Clone, Debug)]
pub struct Model {
    /// The library, as `spanlint models` shows it: `go/net_http`.
    pub name: Arc<str>,
    /// The language it belongs to.
    pub language: Language,
    /// The file it was read from, as reports show it.
    pub path: Arc<str>,
    /// One sentence about the library.
    pub summary: String,
    /// Import path of each package it speaks of, with the name that a file which imports it without alias uses.
    pub packages: Vec<Package>,
    /// What a call of a function or method does.
    pub calls: Vec<Symbol>,
    /// What a value of a type is.
    pub types: Vec<(SmolStr, TypeModel)>,
    /// What attributes do to the functions they stand on.
    pub attributes: Vec<Symbol>,
    /// Paths under which a library exports what is known under another, and that one.
    pub exports: Vec<(SmolStr, SmolStr)>,
    /// What a record written out does, by type.
    pub literals: Vec<Symbol>,
    /// Values the package holds: `net/http.DefaultClient`, with their type.
    pub variables: Vec<(SmolStr, SmolStr)>,
    /// Texts the package holds by name, as far as they are names of headers: `sentry-trace`.
    pub constants: Vec<(SmolStr, SmolStr)>,
    /// How to repair what is missing.
    pub fixes: Vec<FixModel>,
}

/// A package that a model speaks of.
#[derive(Clone, Debug, PartialEq)]
pub struct Package {
    /// Import path.
    pub path: SmolStr,
    /// The package's own name.
    pub name: SmolStr,
    /// Whether importing it is a sign that a program traces: an API of spans, not a plain client.
    pub traces: bool,
    /// Whether only tests use it.
    pub tests: bool,
}

/// A symbol and what it does under which condition; the first entry whose condition holds counts.
#[derive(Clone, Debug)]
pub struct Symbol {
    /// Resolved path, `net/http.Client.Do`; may hold `*` for one segment's part.
    pub path: SmolStr,
    /// Where the model says it.
    pub range: TextRange,
    /// Alternatives.
    pub entries: Vec<EntryModel>,
    /// Whether it speaks of what the method is called on.
    pub is_method: bool,
}

impl Symbol {
    fn new(path: SmolStr, range: TextRange, entries: Vec<EntryModel>) -> Symbol {
        let is_receiver = |place: &Place| place.root == Root::Receiver;
        let is_method = entries.iter().any(|entry| {
            let gives = |gives: &Gives| matches!(gives, Gives::Same(places) if places.iter().any(is_receiver));
            entry.effects.iter().flat_map(EffectModel::places).any(is_receiver)
                || (entry.gives.iter().any(gives) && !path.contains('*'))
        });
        Symbol { path, range, entries, is_method }
    }
}

/// What one symbol does.
#[derive(Clone, Debug, Default)]
pub struct EntryModel {
    /// All must hold.
    pub conditions: Vec<Condition>,
    /// What happens, in order.
    pub effects: Vec<EffectModel>,
    /// What each result is; fewer than there are results is fine.
    pub gives: Vec<Gives>,
    /// Where a call's options are: `args1..`.
    pub options: Option<Place>,
}

/// What a type stands for that only holds another: a box, a lock, a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StandsFor {
    /// For its type argument.
    Argument(usize),
    /// For a list of its type argument.
    List(usize),
    /// For a map to its type argument.
    Map(usize),
}

/// Where a value must not be at hand any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Crossing {
    /// At any await.
    Await,
    /// At an await in code that may run on several tasks of one thread.
    LocalAwait,
}

/// A condition on an entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// What must hold.
    pub kind: ConditionKind,
    /// Whether it must not hold instead (`unless`).
    pub negated: bool,
}

/// What a condition asks.
#[derive(Clone, Debug, PartialEq)]
pub enum ConditionKind {
    /// The call gets an option made by this function, or what may be one.
    Option(SmolStr),
    /// The call gets an option made by this function, or this variable.
    Given(SmolStr),
    /// The dependency's version fits.
    Version(semver::VersionReq),
    /// So many arguments are written.
    Arity(u32),
    /// The record written out sets this field.
    Field(SmolStr),
    /// The call gets an argument of this type.
    Takes(SmolStr),
    /// This place of the call is set, or may be.
    Set(Place),
    /// This place of the call is `false`.
    False(Place),
    /// The dependency is asked for with a feature of this name, which may end in `*`.
    Feature(SmolStr),
}

/// What a result is.
#[derive(Clone, Debug, PartialEq)]
pub enum Gives {
    /// Nothing the model speaks of.
    Nothing,
    /// The same value as another place: `arg0`, `self`, `self.headers`.
    Same(Vec<Place>),
    /// A new value of a type: `net/http.Client`.
    Type(SmolStr),
}

/// Where a context comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum ContextSource {
    /// A new one without parent.
    Fresh,
    /// The first of these places that is there.
    Places(Vec<Place>),
}

/// What an instrumented wrapper does for what passes through it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Does {
    /// Reads the caller's context.
    pub extract: bool,
    /// Opens a span.
    pub start: bool,
    /// Writes the context.
    pub inject: bool,
    /// Only links to the caller's context.
    pub link: bool,
}

/// How a wrapper or call finds the propagator it uses.
#[derive(Clone, Debug, PartialEq)]
pub enum By {
    /// The process-wide one.
    Global,
    /// A value: the receiver, an argument.
    Place(Place),
    /// Its own, always there.
    Own,
}

/// Sorts of traffic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EdgeKind {
    /// Someone waits for the answer.
    #[default]
    Request,
    /// Nobody waits.
    Message,
}

/// Which routes a middleware covers when it is added to a router.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Covers {
    /// Those added before.
    Earlier,
    /// Those added after.
    Later,
    /// All.
    All,
}

/// When a router takes what it inherits from the one above.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Taken {
    /// When the two are joined.
    #[default]
    Joined,
    /// When a route is added to the one below.
    Added,
}

/// Which element of a list of wrappers is outermost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// The first.
    First,
    /// The last.
    Last,
}

/// What of a value that is added to a router answers what arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answers {
    /// The value: a handler.
    Itself,
    /// Each of several does.
    Each,
    /// Its methods, each by itself: a service. If an interface of the library is named, only those that it has.
    Methods(Option<SmolStr>),
}

/// What a program sets up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Installs {
    /// A tracer: spans are made from here on.
    Tracer,
    /// The process-wide propagator: contexts cross the wire from here on.
    Propagator,
}

/// What declares how a span takes part: the caller's side, the callee's, or neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SpanKind {
    /// Handles what arrives.
    Server,
    /// Waits for what it sent.
    Client,
    /// Sends messages.
    Producer,
    /// Handles messages.
    Consumer,
    /// Neither.
    Internal,
}

/// One thing a call does. Places speak of the call.
#[derive(Clone, Debug, PartialEq)]
pub enum EffectModel {
    /// A carrier arrives: the call gives it.
    Receives {
        /// The carrier.
        carrier: Vec<Place>,
        /// The context that comes with it, if there is one.
        context: Option<Place>,
        /// The client it comes through, if that may read the context.
        through: Option<Place>,
        /// Request or message.
        kind: EdgeKind,
    },
    /// A carrier leaves.
    Sends {
        /// The request value that holds carrier and context.
        request: Option<Place>,
        /// The carrier, if it is no part of a request.
        carrier: Vec<Place>,
        /// The context the client sees.
        context: Option<ContextSource>,
        /// The client, whose wrappers may inject.
        through: Vec<Place>,
        /// Request or message.
        kind: EdgeKind,
        /// The address, if the call names it.
        url: Option<Place>,
        /// What to call where this call can carry no context.
        instead: Option<SmolStr>,
    },
    /// Makes a request that can be sent.
    BuildsRequest {
        /// The request.
        request: Place,
        /// The context it holds.
        context: ContextSource,
        /// The address.
        url: Option<Place>,
        /// The client that made it and will send it.
        through: Option<Place>,
    },
    /// Makes a wrapper around a handler, router, transport, client or channel, or one that can be put there later; or a
    /// propagator, which is a wrapper without deeds around the propagators it is made of.
    BuildsWrapper {
        /// The wrapper.
        wrapper: Place,
        /// What it is built around, if that is known here.
        around: Vec<Place>,
        /// What it does itself.
        does: Does,
        /// Which propagator it uses.
        by: By,
        /// Whether what it does depends on the context of the request that passes through.
        needs_context: bool,
        /// Middleware that stands around `around`.
        with: Option<Place>,
        /// Which of these is outermost.
        outermost: End,
        /// For a propagator: the formats it reads and writes, as far as they are fixed.
        formats: Vec<SmolStr>,
    },
    /// Reads a context out of a carrier.
    Extracts {
        /// The carrier.
        from: Vec<Place>,
        /// The context that holds what was read.
        context: Place,
        /// A context that the new one extends.
        base: Option<Place>,
        /// Which propagator reads.
        by: By,
        /// The entry that is read, for a carrier that is read by hand: only the names of propagation headers count.
        key: Option<Place>,
    },
    /// Writes a context into a carrier.
    Injects {
        /// The carrier.
        into: Vec<Place>,
        /// The context or span.
        context: Vec<Place>,
        /// Which propagator writes.
        by: By,
        /// The entry that is written, for a carrier that is written by hand: only the names of propagation headers count.
        key: Option<Place>,
    },
    /// Opens a span.
    Starts {
        /// The span.
        span: Option<Place>,
        /// The context that holds it.
        context: Option<Place>,
        /// Where its parent comes from: all places that are there. None there means a root.
        parent: Vec<Place>,
        /// Its declared part.
        kind: Option<SpanKind>,
        /// A root is asked for on purpose (`unless` this place is absent).
        root_if: Vec<Place>,
    },
    /// Ends a span.
    Ends {
        /// The span.
        span: Place,
    },
    /// Makes a context, request or carrier out of another.
    Derives {
        /// The value whose other parts are kept.
        from: Option<Place>,
        /// The context of the new value.
        context: Option<ContextSource>,
        /// The new value.
        result: Place,
    },
    /// Copies what arrived to what leaves (a reverse proxy).
    Forwards {
        /// The handler or value that forwards.
        by: Place,
        /// The transport it sends through.
        through: Vec<Place>,
    },
    /// Runs a callable now.
    Runs {
        /// The callable.
        body: Place,
        /// What it is called with.
        with: Vec<Place>,
    },
    /// Runs a callable at the same time or later.
    Spawns {
        /// The callable.
        body: Place,
        /// Whether the ambient context goes along.
        keeps: bool,
        /// Whether whoever starts it waits for it.
        awaited: bool,
    },
    /// A program runs one of several callables, as it is asked to when it starts.
    Commands {
        /// Those of one command.
        body: Vec<Place>,
    },
    /// Puts a handle on work into a list.
    Gathers {
        /// What may be a handle.
        handle: Place,
        /// The list.
        list: Place,
    },
    /// Waits for work.
    Waits {
        /// The handle on it, or what started it.
        work: Place,
    },
    /// Adds a handler to a router.
    Routes {
        /// The router.
        on: Place,
        /// The path it serves.
        path: Option<Place>,
        /// The handlers, outermost first.
        handler: Place,
        /// Whether it answers itself or by its methods.
        answers: Answers,
        /// Whether it answers in tasks of the library's own, which nothing that stands around the router reaches.
        apart: bool,
        /// Wrappers around this route alone, outermost first.
        with: Option<Place>,
        /// Request or message.
        kind: EdgeKind,
    },
    /// Adds a wrapper to a router.
    Wraps {
        /// The router.
        on: Place,
        /// The wrappers.
        with: Place,
        /// Which routes it then covers.
        covers: Covers,
        /// Which of several is outermost.
        outermost: End,
    },
    /// Puts a router below another.
    Joins {
        /// The router above.
        on: Place,
        /// The router below.
        other: Place,
        /// The path at which it is put there.
        path: Option<Place>,
        /// Whether the wrappers of the one above cover the one below.
        inherits: bool,
        /// Which wrappers of the one above that are.
        taken: Taken,
    },
    /// Serves a handler to callers outside the process.
    Serves {
        /// The handler or router.
        app: Place,
        /// What is served if that is the absent value.
        default: Option<SmolStr>,
        /// The address listened on.
        address: Option<Place>,
    },
    /// Sets up something for the whole process.
    Installs {
        /// What.
        what: Installs,
        /// Formats it reads and writes, if they are fixed: `b3`, `b3multi`, `tracecontext`, ...
        formats: Vec<SmolStr>,
        /// The value that is installed.
        value: Option<Place>,
    },
    /// Ties spans together on purpose.
    Links {
        /// The spans, or what holds them.
        spans: Vec<Place>,
    },
    /// Puts a carrier into a value that is sent.
    Carries {
        /// The carrier.
        carrier: Place,
        /// What holds it then.
        into: Place,
    },
    /// Makes a list out of values and lists.
    Collects {
        /// What the list holds.
        items: Vec<Place>,
        /// The list.
        result: Place,
    },
    /// Puts a work item where others take it out.
    Enqueues {
        /// The item.
        item: Place,
        /// The list, or its name.
        into: Place,
        /// The context given along.
        context: Option<Place>,
    },
    /// Makes a span or context the current one of a slot.
    Activates {
        /// The span or context.
        value: Place,
        /// The slot.
        slot: SmolStr,
        /// For how long: as long as the result is at hand, while a callable runs, in a future, in a function.
        lasts: Place,
        /// Where it must have ended.
        must_not_cross: Option<Crossing>,
    },
    /// Gives a span another parent.
    Reparents {
        /// The span.
        span: Place,
        /// Its parent.
        to: Vec<Place>,
        /// The slot in which a span has started that is current there, and keeps its parent.
        unless_current: Option<SmolStr>,
    },
    /// Takes a work item out, encoded as a text.
    Dequeues {
        /// The list, or its name.
        from: Place,
    },
    /// An option sets something on what it is given to.
    Sets {
        /// What: `propagator`, `wrapper`, `intended`.
        what: SmolStr,
        /// To which value.
        to: Option<Place>,
    },
}

/// What a value of a type is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TypeModel {
    /// Its roles: `request`, `message`, `header`, `client`, `transport`, `handler`, `router`, `context`, `carrier`, `span`, `span-context`, `tracer`, `propagator`, `middleware`, `exchange`.
    pub is: Vec<SmolStr>,
    /// Parts by neutral name (`headers`, `context`, `through`), each with the members that hold them.
    pub parts: Vec<(SmolStr, Vec<SmolStr>)>,
    /// Types of members: a field's, or a method's results.
    pub members: Vec<(SmolStr, Vec<SmolStr>)>,
    /// What the part `through` is if nobody sets it.
    pub default: Option<SmolStr>,
    /// For a function type, or the method of an interface: the types it takes, as written in a signature (`*net/http.Request`).
    pub signature: Option<Vec<SmolStr>>,
    /// For an interface: the method that makes a type one of its implementations.
    pub method: Option<SmolStr>,
    /// What it stands for, if it only holds another type.
    pub stands_for: Option<StandsFor>,
    /// For middleware: the middleware that must stand outside it.
    pub inside: Option<SmolStr>,
}

/// A way to repair a finding, with text to fill in.
#[derive(Clone, Debug, PartialEq)]
pub struct FixModel {
    /// The check it repairs.
    pub check: SmolStr,
    /// A name unique in the model.
    pub id: SmolStr,
    /// What it does, as an order.
    pub title: String,
    /// Which repair it is: `handler` (where the fault is), `middleware`, `transport`.
    pub level: SmolStr,
    /// How far it may be trusted.
    pub applicability: crate::fix::Applicability,
    /// Order among the fixes of one finding; smaller comes first.
    pub rank: i64,
    /// The tracing library a service must use already for it to fit; an import path.
    pub api: Option<SmolStr>,
    /// Names that must be known: `span`, `request`, `context`, ...
    pub needs: Vec<SmolStr>,
    /// Names that must not be known.
    pub unless: Vec<SmolStr>,
    /// Types that the values of `needs` must have, so that a span of another library is not taken for one of this.
    pub types: Vec<(SmolStr, SmolStr)>,
    /// Functions of which one must be called at a place, by the place's name.
    pub calls: Vec<(SmolStr, Vec<SmolStr>)>,
    /// Versions of packages it fits, by the package's path.
    pub versions: Vec<(SmolStr, semver::VersionReq)>,
    /// What is written where.
    pub edits: Vec<EditModel>,
    /// Where the model says it.
    pub range: TextRange,
}

/// One edit of a fix.
#[derive(Clone, Debug, PartialEq)]
pub struct EditModel {
    /// Where: `before:send`, `after:send`, `append-argument:span`, `replace:context`, ...
    pub at: SmolStr,
    /// The text, with `{name}` for what is filled in; lines are indented like the place.
    pub text: String,
}

impl TypeModel {
    /// Whether it plays a role.
    pub fn is(&self, role: &str) -> bool {
        self.is.iter().any(|is| is == role)
    }

    /// The part that a member holds.
    pub fn part_named(&self, member: &str) -> Option<&str> {
        self.parts.iter().find(|(_, members)| members.iter().any(|held| held == member)).map(|(part, _)| part.as_str())
    }

    /// The type of a member, the first if it gives several values.
    pub fn member_type(&self, member: &str) -> Option<&str> {
        self.members.iter().find(|(name, _)| name == member).and_then(|(_, types)| types.first()).map(SmolStr::as_str)
    }
}
