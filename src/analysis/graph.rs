//! The propagation graph: every place where a carrier arrives or leaves, and what becomes of the context there.
//!
//! All views (checks, fixes, maps) read this and nothing below it.

pub use super::build::build;
pub use super::moved::Moves;
use super::program::Program;
pub use super::scope::Scope;
use crate::codebase::FunctionId;
use crate::diagnostic::Confidence;
use crate::facts::Name;
use crate::model::EdgeKind;
use crate::text::FileRange;
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Everything the checks read.
#[derive(Clone, Debug, Default)]
pub struct PropagationGraph {
    /// Programs, with what they reach.
    pub programs: Arc<Vec<Program>>,
    /// Places where a carrier arrives.
    pub inbound: Vec<InboundEdge>,
    /// Places where a carrier leaves.
    pub outbound: Vec<OutboundEdge>,
    /// Contexts read and never used.
    pub unused_extracts: Vec<UnusedExtract>,
    /// Fresh contexts used where another was at hand.
    pub detached: Vec<Detached>,
    /// Spawned work that goes without the context at hand.
    pub lost_work: Vec<LostWork>,
    /// Items that a request stores without its context.
    pub lost_items: Vec<LostItem>,
    /// Guards that are held while a task waits.
    pub held_guards: Vec<HeldGuard>,
    /// Spans that some path leaves open.
    pub unended: Vec<UnendedSpan>,
    /// Carriers that a context is written into twice, the second older than the first.
    pub doubled: Vec<DoubleInject>,
    /// Middleware that does not cover what it should.
    pub misplaced: Vec<Misplaced>,
    /// Set-ups without a propagator.
    pub no_propagator: Vec<MissingPropagator>,
    /// Which function of a library opens a span or builds a request, by the place of the call.
    pub makers: FxHashMap<FileRange, Name>,
    /// Paths of the models of what the code calls, names or writes out.
    pub models: BTreeSet<Name>,
}

/// A guard that is held while a task waits.
#[derive(Clone, Debug)]
pub struct HeldGuard {
    /// The function that holds it.
    pub function: FunctionId,
    /// The call that gives it.
    pub at: FileRange,
    /// Where the task waits.
    pub awaited: FileRange,
    /// The function of a library that gives it.
    pub symbol: Option<Name>,
    /// Whether the programs that reach it trace.
    pub traced: Traced,
}

/// Whether a service or library traces, for the programs that reach a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Traced {
    /// Some program that reaches the place makes spans.
    Yes,
    /// None does, and this one is the first of them.
    No(usize),
}

/// A place where a carrier arrives.
#[derive(Clone, Debug)]
pub struct InboundEdge {
    /// The function that answers.
    pub handler: FunctionId,
    /// Where a handler is added to a router or served, if that was found.
    pub registration: Option<FileRange>,
    /// Where the server that holds it is started.
    pub served: Option<FileRange>,
    /// The argument that holds what is served.
    pub served_argument: Option<FileRange>,
    /// What the library serves because the code names nothing there.
    pub served_default: Option<Name>,
    /// The wrapper or middleware that reads the context before the handler is reached.
    pub covered: Option<FileRange>,
    /// Middleware of its router that reads the context, but not for this route.
    pub missed: Option<FileRange>,
    /// The list of middleware around all that is served with it.
    pub chain: Option<FileRange>,
    /// The type of the router that it is added to.
    pub family: Option<Name>,
    /// Where the router or server that it is added to is made.
    pub router: Option<FileRange>,
    /// Where the router above all others around it is made: the same, or the one that a group belongs to.
    pub outer_router: Option<FileRange>,
    /// The path it answers.
    pub path: Option<Name>,
    /// Request or message.
    pub kind: EdgeKind,
    /// The call that gives it, or the record that stands for it, where no handler is registered for it.
    pub taken: Option<FileRange>,
    /// The type of what is taken there.
    pub message: Option<Name>,
    /// Where the context is read, if it is.
    pub extracted: Option<FileRange>,
    /// How sure that nobody reads it, if nobody does.
    pub confidence: Confidence,
    /// The span that the handler opens for the request.
    pub span: Option<SpanPlace>,
    /// The library's wrapper around all spans of the code that opens one for what arrives, and reads no context for it.
    pub opened_by: Option<FileRange>,
    /// Whether something leaves, or a span is opened, below the handler.
    pub needs_context: bool,
    /// Whether the programs that reach it trace.
    pub traced: Traced,
    /// A call of it that a traced program of the codebase makes.
    pub called_from: Option<FileRange>,
}

/// Where a span is opened.
#[derive(Clone, Debug)]
pub struct SpanPlace {
    /// The call.
    pub at: FileRange,
    /// The function that makes it: the handler, or what stands around it.
    pub function: FunctionId,
    /// What is at hand there.
    pub scope: Scope,
    /// Which argument of the call is the context that it takes its parent from.
    pub parent: Option<usize>,
    /// Which argument of the call is the message that it is opened for, and of which type.
    pub message: Option<(usize, Name)>,
}

/// A place where a carrier leaves.
#[derive(Clone, Debug)]
pub struct OutboundEdge {
    /// The function that sends.
    pub function: FunctionId,
    /// The call.
    pub at: FileRange,
    /// From the call down to where the carrier leaves.
    pub chain: Vec<FileRange>,
    /// The one message that leaves: where it is made, and its type.
    pub message: Option<(FileRange, Name)>,
    /// What is called.
    pub symbol: Name,
    /// What to call where that can carry no context.
    pub instead: Option<Name>,
    /// Request or message.
    pub kind: EdgeKind,
    /// What it carries.
    pub carried: Carried,
    /// How sure that is.
    pub confidence: Confidence,
    /// A context is written into the carrier at this place, after it left or into one that does not leave.
    pub late: Option<FileRange>,
    /// Where the client that sends it is made.
    pub client: Option<FileRange>,
    /// Where the request is made.
    pub request: Option<FileRange>,
    /// Whether the call has no carrier that code could write into: only the client can.
    pub carrierless: bool,
    /// Whether it goes through a connection that nothing but its options touches.
    pub connection: bool,
    /// What is at hand at the call.
    pub scope: Scope,
    /// Whether a trace may be under way here.
    pub in_trace: bool,
    /// Whether the programs that reach it trace.
    pub traced: Traced,
    /// The address, as far as the text tells.
    pub url: Option<Name>,
    /// Where a trace comes in above: a parameter or an open span.
    pub spawned: bool,
}

/// What leaves with a carrier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Carried {
    /// The context, written in the code.
    Injected,
    /// The context, written by a wrapper made at this place.
    Wrapped(FileRange),
    /// Nothing.
    Nothing,
    /// Not to be told.
    Unknown,
}

/// A context read and never used.
#[derive(Clone, Debug)]
pub struct UnusedExtract {
    /// The function that reads it.
    pub function: FunctionId,
    /// The call.
    pub at: FileRange,
    /// Where it is made the parent of a span that has started already.
    pub too_late: Option<FileRange>,
    /// Whether the programs that reach it trace.
    pub traced: Traced,
}

/// A fresh context used where another was at hand.
#[derive(Clone, Debug)]
pub struct Detached {
    /// The function.
    pub function: FunctionId,
    /// The expression that makes it, or the call that opens a root span.
    pub at: FileRange,
    /// What is lost.
    pub what: DetachedKind,
    /// Where it is used.
    pub used: Vec<FileRange>,
    /// What was at hand.
    pub scope: Scope,
    /// How sure that is.
    pub confidence: Confidence,
    /// Whether the programs that reach it trace.
    pub traced: Traced,
}

/// How a context is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DetachedKind {
    /// A fresh context becomes the parent of a span.
    Parent,
    /// A fresh context leaves with an edge.
    Edge,
    /// A root span is opened where a parent was at hand.
    Root,
    /// A span is open that was opened here, and its context was dropped: an older one is used below it.
    Older(FileRange),
    /// A request's context is kept in the variable declared here, which all requests share.
    Shared(FileRange),
}

/// Spawned work that uses a fresh context, though that of a request is at hand where it is spawned.
#[derive(Clone, Debug)]
pub struct LostWork {
    /// The function that spawns it.
    pub function: FunctionId,
    /// The spawning call.
    pub at: FileRange,
    /// The expression that makes the fresh context, or the call that opens a root span.
    pub fresh: FileRange,
    /// From the spawned function down to where the context is used.
    pub used: Vec<FileRange>,
    /// The function of a library that starts it.
    pub symbol: Option<Name>,
    /// Whether it lacks what is current where it starts.
    pub current: bool,
    /// The call that puts the span around the handle on it.
    pub on_handle: Option<FileRange>,
    /// What is at hand where it is spawned.
    pub scope: Scope,
    /// How sure that is.
    pub confidence: Confidence,
    /// Whether the programs that reach it trace.
    pub traced: Traced,
}

/// A work item that a request stores without its context, and that something else works on.
#[derive(Clone, Debug)]
pub struct LostItem {
    /// The function that stores it.
    pub producer: FunctionId,
    /// Where it is stored.
    pub stored: FileRange,
    /// The fresh context that it is stored with, if the producer makes one.
    pub fresh: Option<FileRange>,
    /// The function that works on it.
    pub worker: FunctionId,
    /// The call there that gets a context, and the item or a part of it.
    pub worked: FileRange,
    /// How sure it is that the work needs the context.
    pub confidence: Confidence,
    /// Whether the programs that reach the producer trace.
    pub traced: Traced,
}

/// A span that some path never ends.
#[derive(Clone, Debug)]
pub struct UnendedSpan {
    /// The function that opens it.
    pub function: FunctionId,
    /// The call that opens it.
    pub at: FileRange,
    /// Ways out on which it stays open; none if nothing ends it at all.
    pub leaks: Vec<FileRange>,
    /// How sure that is.
    pub confidence: Confidence,
    /// Whether the programs that reach it trace.
    pub traced: Traced,
}

/// A context that is written over by an older one before it leaves.
#[derive(Clone, Debug)]
pub struct DoubleInject {
    /// The function that writes it.
    pub function: FunctionId,
    /// The call that writes the context which is lost.
    pub first: FileRange,
    /// The call that writes over it, or that sends.
    pub second: FileRange,
    /// The wrapper that writes over it when it is sent.
    pub client: Option<FileRange>,
    /// Where the request is made, where a wrapper writes over it.
    pub request: Option<FileRange>,
    /// What is at hand there.
    pub scope: Scope,
    /// Whether the programs that reach it trace.
    pub traced: Traced,
}

/// Middleware in the wrong place, or a list of middleware without what it needs.
#[derive(Clone, Debug)]
pub struct Misplaced {
    /// The middleware, or the list.
    pub at: FileRange,
    /// What is wrong.
    pub what: MisplacedKind,
    /// What reads the context, or opened the span, elsewhere.
    pub other: FileRange,
    /// The functions that answer behind it, each with its path.
    pub endpoints: Vec<(FunctionId, Option<Name>)>,
    /// How sure that is.
    pub confidence: Confidence,
    /// Whether the programs that reach it trace.
    pub traced: Traced,
}

/// What is wrong with the place of middleware.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MisplacedKind {
    /// It sends, outside what reads the context.
    Sends,
    /// It opens a span, outside what reads the context.
    Starts,
    /// It reads a context, inside what has opened the span.
    ReadsLate,
    /// It reads the context that was read already, and so replaces the span that was opened.
    ReadsAgain,
    /// It stands outside what it needs around it.
    OutsideNeeded,
    /// Nothing in it reads the context, though other lists of the program have something that does.
    Chain,
}

/// A tracer is set up and no propagator.
#[derive(Clone, Debug)]
pub struct MissingPropagator {
    /// Where the tracer is set up.
    pub at: FileRange,
    /// A place that relies on the propagator.
    pub used: FileRange,
    /// The function that sets it up.
    pub function: FunctionId,
}
