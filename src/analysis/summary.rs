//! What a function does for its callers.
//!
//! A summary speaks of the function's own parameters and of the variables around it; a caller puts its own values in their
//! place. What a function settles by itself (a request it builds, injects into and sends) is no part of its summary.

use super::value::{ObjectId, Set, ValueId};
use crate::codebase::{FunctionId, Type};
use crate::facts::Name;
use crate::model::{Covers, EdgeKind, End, SpanKind, Taken};
use crate::text::FileRange;
use smallvec::SmallVec;

/// A function's summary.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Summary {
    /// What each result may be.
    pub(super) results: Vec<Set>,
    /// What it does to what it is given, in order.
    pub(super) effects: Vec<Effect>,
    /// Fields of its parameters that it has set whenever it did not fail, by parameter and name; none until it ends well.
    pub(super) sets: Option<Vec<((ValueId, Name), Set)>>,
    /// What it gives to code that nobody knows, of what can hold a context.
    pub(super) given_away: Set,
    /// What happens somewhere below it, whoever's values it concerns.
    pub(super) below: Below,
    /// Where a context is read, in it or below it.
    pub(super) read_at: Option<FileRange>,
}

/// What happens in a function or in those it calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Below {
    /// Something leaves the process.
    pub(super) sends: bool,
    /// A span is opened.
    pub(super) starts: bool,
    /// A context is read from a carrier.
    pub(super) extracts: bool,
    /// A context is written into a carrier.
    pub(super) injects: bool,
}

/// One thing that happens, and how control came there.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Effect {
    /// What happens.
    pub(super) kind: EffectKind,
    /// The calls that lead there, outermost first; the last is where it happens.
    pub(super) chain: Chain,
    /// Whether a `go` or its like lies between.
    pub(super) spawned: bool,
}

/// Places from a call down to what it causes.
pub(super) type Chain = SmallVec<[FileRange; 2]>;

/// Longer chains keep their first and last places.
const CHAIN: usize = 8;

/// What an effect does. Sets speak of the function's own values.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum EffectKind {
    /// A context is written into a carrier.
    Inject {
        /// The carrier.
        into: Set,
        /// The context.
        context: Set,
    },
    /// A context is read from a carrier.
    Extract {
        /// The carrier.
        from: Set,
        /// What was read.
        gives: ObjectId,
    },
    /// A carrier is handed to code that nobody knows, which may read a context from it.
    Escape {
        /// The carrier.
        carrier: Set,
    },
    /// A carrier leaves the process, and the caller knows best what it holds.
    Send(Box<SendEffect>),
    /// A context is used by a span or an edge below.
    Use {
        /// The context.
        context: Set,
        /// What uses it.
        by: Use,
    },
    /// A part of a value changes.
    Write {
        /// The value.
        base: Set,
        /// The part.
        part: Name,
        /// What it becomes.
        value: Set,
    },
    /// Something that only the caller knows is called.
    Invoke {
        /// What is called.
        callee: Set,
        /// The method, if it is one of a value.
        method: Option<Name>,
        /// The arguments.
        arguments: Vec<Set>,
    },
    /// A handler is added to a router.
    Route(Box<RouteEffect>),
    /// A wrapper is added to a router.
    Wrap(WrapEffect),
    /// A router is put below another.
    Join(JoinEffect),
    /// A handler is served.
    Serve {
        /// The handler or router.
        app: Set,
    },
}

/// What uses a context.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Use {
    /// It becomes the parent of this span.
    Parent(ObjectId, Option<SpanKind>),
    /// It leaves with the edge at this place.
    Edge(FileRange),
}

/// A send whose carrier is the caller's.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SendEffect {
    /// The carriers that leave.
    pub(super) carriers: Set,
    /// The request, if there is one.
    pub(super) request: Set,
    /// The context the client sees.
    pub(super) context: Set,
    /// The client.
    pub(super) through: Set,
    /// The address.
    pub(super) url: Set,
    /// Request or message.
    pub(super) kind: EdgeKind,
    /// What is known of the carrier at the send.
    pub(super) written: Written,
    /// The function that is called, for messages.
    pub(super) symbol: Name,
    /// What to call where this call can carry no context.
    pub(super) instead: Option<Name>,
    /// Whether a model says that this sends; else it only looks so.
    pub(super) modelled: bool,
}

/// What was written into a carrier before it leaves. Ordered: a join takes the greater.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Written {
    /// Nothing.
    #[default]
    No,
    /// It went through code that nobody knows.
    Perhaps,
    /// A context.
    Yes,
}

/// A handler that is added to a router.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RouteEffect {
    /// The router.
    pub(super) router: Set,
    /// The path.
    pub(super) path: Set,
    /// The handler, or the list of handlers, outermost first.
    pub(super) handler: Set,
    /// How they answer by their methods, if they do not answer themselves.
    pub(super) service: Option<Service>,
    /// Whether they answer in tasks of a library's own, which nothing that stands around the router reaches.
    pub(super) apart: bool,
    /// Wrappers around this route alone, outermost first.
    pub(super) with: Set,
    /// Request or message.
    pub(super) kind: EdgeKind,
    /// The innermost call at which the handler is known, in code of the user's own.
    pub(super) written: Option<FileRange>,
    /// Which argument of the call the handler is: one call may add several.
    pub(super) argument: u32,
}

/// How a value answers by its methods.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Service {
    /// The type as which it is known where it is added.
    pub(super) ty: Type,
    /// The interface of a library that has those methods.
    pub(super) by: Option<Name>,
}

/// A wrapper that is added to a router.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct WrapEffect {
    /// The router.
    pub(super) on: Set,
    /// The wrapper, or the list of wrappers.
    pub(super) with: Set,
    /// Which routes it covers.
    pub(super) covers: Covers,
    /// Which of several is outermost.
    pub(super) outermost: End,
}

/// A router that is put below another.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct JoinEffect {
    /// The router above.
    pub(super) on: Set,
    /// The router below.
    pub(super) other: Set,
    /// The path at which it is put there.
    pub(super) path: Set,
    /// Whether what stands around the one above stands around the one below.
    pub(super) inherits: bool,
    /// Which of it does.
    pub(super) taken: Taken,
}

impl Effect {
    /// The effect seen through a call at `at`.
    pub(super) fn below(kind: EffectKind, at: FileRange, inner: &Chain, spawned: bool) -> Effect {
        let mut chain = Chain::new();
        chain.push(at);
        let skip = inner.len().saturating_sub(CHAIN - 1);
        chain.extend(inner.iter().skip(skip).copied());
        Effect { kind, chain, spawned }
    }
}

/// A call of a function of the codebase.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct CallSite {
    /// Who calls.
    pub(super) caller: FunctionId,
    /// Where.
    pub(super) at: FileRange,
    /// The receiver.
    pub(super) receiver: Set,
    /// The arguments.
    pub(super) arguments: Vec<Set>,
    /// What is current in each slot.
    pub(super) current: Vec<Set>,
    /// Whether a span of the caller is open there.
    pub(super) under_span: bool,
    /// Whether the call is spawned.
    pub(super) spawned: bool,
}
