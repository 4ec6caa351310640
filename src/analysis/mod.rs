//! What happens to trace context: summaries bottom-up, then the propagation graph.
//!
//! Each function is interpreted once over abstract values ([`value`]); callees are known by their [`Summary`] alone. What is
//! wired elsewhere (fields, package variables, parameters) is asked of the [`resolver`] when the graph is built. Knows no
//! language and no library: what a library's call does stands in its model.

mod address;
mod ambient;
mod build;
mod call;
mod consumer;
mod detached;
mod doubled;
mod frame;
pub mod graph;
mod guards;
mod handler;
mod happen;
mod headers;
mod inbound;
mod instantiate;
mod interceptor;
mod item;
mod library;
mod lifetime;
mod list;
mod log;
mod message;
mod misplaced;
mod moved;
mod outbound;
mod outgoing;
mod place;
mod program;
mod read;
mod resolver;
mod router;
mod routing;
mod same;
pub mod scope;
mod shared;
mod spawn;
mod start;
mod summary;
mod tables;
mod target;
mod told;
mod unended;
pub mod value;
mod write;

pub use summary::{Below, Written};

use crate::codebase::{Codebase, FunctionId, GlobalId, Type, TypeId};
use crate::facts::{FunctionKind, LocalIndex, Name, TypeRef};
use crate::model::{ANY, Installs, ModelSet, Symbol, TypeModel};
use crate::text::{FileId, FileRange};
use message::ReceiveFact;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};
use scope::Scope;
use smol_str::format_smolstr;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use summary::{CallSite, Chain, JoinEffect, RouteEffect, SendEffect, Summary, Use, WrapEffect};
use value::{ObjectId, Set, Value, ValueId, Values};

/// Everything the interpretation of the functions found out.
pub struct Analysis<'a> {
    /// The linked files.
    pub codebase: &'a Codebase,
    /// What libraries do.
    pub models: &'a ModelSet,
    /// The abstract values.
    pub values: Values,
    /// Models of what was called so far.
    called: FxHashMap<Name, Option<&'a Symbol>>,
    /// Models of attributes and records met so far, by their paths.
    written: FxHashSet<&'a str>,
    summaries: FxHashMap<FunctionId, Arc<Summary>>,
    /// What calls through interfaces of the codebase reach, as far as it was asked for.
    implementers: FxHashMap<(TypeId, Name), Arc<[FunctionId]>>,
    /// What methods that anything has lead to, as far as it was asked for.
    extensions: FxHashMap<(FileId, Name), Option<Name>>,
    /// What files import that gives methods to anything, as far as it was asked for.
    extending: FxHashMap<FileId, Vec<Name>>,
    /// Functions being interpreted, with whether they were asked for meanwhile.
    active: FxHashMap<FunctionId, bool>,
    wiring: Wiring,
    /// Sends that are settled where they stand.
    sends: BTreeMap<(FileRange, FunctionId), SendFact>,
    /// Sends of what callers gave, where a context is current without being named.
    told: BTreeMap<FileRange, told::ToldSend>,
    /// Spans opened, by the place of the call.
    starts: BTreeMap<(FileRange, FunctionId), StartFact>,
    /// Which function of a library builds a request, by the place of the call.
    built: FxHashMap<FileRange, Name>,
    /// Contexts read.
    extracts: BTreeMap<FileRange, ExtractFact>,
    /// Messages that calls give, by the place of the call; and records that stand for some.
    receives: BTreeMap<FileRange, ReceiveFact>,
    /// Types of the messages that contexts are read from.
    read_types: FxHashSet<Name>,
    /// Contexts written into carriers made in the same function.
    injects: BTreeMap<FileRange, InjectFact>,
    /// Fresh contexts that a function uses while another is at hand.
    detached: BTreeMap<FileRange, DetachedFact>,
    /// Carriers that a context is written into twice.
    doubled: BTreeMap<FileRange, doubled::DoubleFact>,
    /// Calls of libraries that write contexts or make what does.
    writers: FxHashMap<FileRange, doubled::Writer>,
    /// Contexts used below an open span that they are older than.
    older: BTreeMap<FileRange, OlderFact>,
    /// Work that starts beside or after the function that starts it.
    spawns: BTreeMap<FileRange, spawn::SpawnFact>,
    /// Items stored in shared places, and taken out of them.
    stores: BTreeMap<FileRange, item::StoreFact>,
    takes: item::Takes,
    open_calls: BTreeMap<FileRange, item::OpenCall>,
    /// Values put into variables of functions around, or of the package.
    shared: BTreeMap<FileRange, SharedFact>,
    /// Spans that are roots on purpose, or that a link ties to others, by the place of the call that opened them.
    meant_roots: FxHashSet<FileRange>,
    /// Types of clients and transports, by the package they come from.
    clients: FxHashMap<Name, Vec<&'a str>>,
    routes: BTreeMap<(FileRange, FileRange, u32, bool), Wired<RouteEffect>>,
    wraps: BTreeMap<(FileRange, FileRange), Wired<WrapEffect>>,
    joins: BTreeMap<(FileRange, FileRange), Wired<JoinEffect>>,
    /// Where the items of a list are written.
    items: FxHashMap<(ObjectId, Name), FileRange>,
    serves: BTreeMap<FileRange, ServeFact>,
    installs: BTreeMap<(FileRange, Installs), InstallFact>,
    /// Uses of the process-wide propagator.
    global_propagation: BTreeMap<FileRange, FunctionId>,
    /// Functions that do something only tracing code does.
    tracing_functions: FxHashSet<FunctionId>,
    /// What a program runs if it is asked for it by name.
    commands: FxHashSet<FunctionId>,
    /// Which functions a function names.
    mentions: FxHashMap<FunctionId, FxHashSet<FunctionId>>,
    /// Types of locals, written or inferred.
    local_types: LocalTypes,
    /// Types of package variables without a written one.
    global_types: FxHashMap<GlobalId, Type>,
    /// Names of what is current without being named.
    slots: Vec<Name>,
    /// Guards that are held while something is waited for.
    held_across: BTreeMap<FileRange, GuardFact>,
    /// The functions of libraries that give guards, by the places of their calls.
    guards: FxHashMap<FileRange, Name>,
    /// Parts whose writes are followed across functions: those that models speak of.
    wired_parts: FxHashSet<Name>,
    /// How often a function was interpreted.
    interpreted: usize,
    /// Paths of the models met, once that was asked for.
    known_models: Option<Arc<BTreeSet<Name>>>,
}

/// Types of locals, by file.
#[derive(Default)]
struct LocalTypes(Vec<Vec<Type>>);

impl LocalTypes {
    /// The types in one file.
    fn row(&mut self, file: FileId) -> &mut Vec<Type> {
        let file = file.0 as usize;
        if file >= self.0.len() {
            self.0.resize_with(file + 1, Vec::new);
        }
        &mut self.0[file]
    }

    fn get(&self, file: FileId, local: LocalIndex) -> Option<&Type> {
        self.0.get(file.0 as usize)?.get(local.0 as usize).filter(|ty| **ty != Type::Unknown)
    }

    fn place(&mut self, file: FileId, local: LocalIndex) -> &mut Type {
        let (types, local) = (self.row(file), local.0 as usize);
        if local >= types.len() {
            types.resize(local + 1, Type::Unknown);
        }
        &mut types[local]
    }
}

/// What is written to one variable, and by which function.
type Writes = FxHashSet<(FunctionId, Set)>;

/// Where values come from that a function does not make itself.
#[derive(Debug, Default)]
struct Wiring {
    callers: FxHashMap<FunctionId, Vec<CallSite>>,
    /// Where in `callers` a call stands: callee, caller, place.
    call_sites: FxHashMap<(FunctionId, FunctionId, FileRange), usize>,
    /// What the variables around a closure held where it was made.
    captures: FxHashMap<(FunctionId, LocalIndex), Set>,
    globals: FxHashMap<GlobalId, Writes>,
    fields: FxHashMap<(TypeId, Name), Writes>,
    /// Writes to parts of library values: `http.DefaultClient.Transport`.
    symbols: FxHashMap<Name, Writes>,
    /// Writes to parts of values not known where they are written.
    parts: FxHashSet<(FunctionId, Set, Name, Set)>,
    /// Functions handed to code that nobody knows.
    escaped: FxHashSet<FunctionId>,
}

/// A send whose request or carrier was made, or is known, in the function that sends.
#[derive(Clone, Debug, PartialEq)]
struct SendFact {
    function: FunctionId,
    send: SendEffect,
    chain: Chain,
    scope: Scope,
    /// Where a context was written into the carrier only after the send.
    late: Option<FileRange>,
    /// What was written into the one carrier last.
    injected: Option<doubled::Injected>,
    spawned: bool,
}

/// A span that is opened.
#[derive(Clone, Debug, PartialEq)]
struct StartFact {
    function: FunctionId,
    symbol: Name,
    /// What stands for it.
    object: ObjectId,
    parent: Set,
    /// Which results of the call are the span and the context with it.
    span: Option<u32>,
    context: Option<u32>,
    scope: Scope,
    spawned: bool,
    /// A root was asked for on purpose.
    intended: bool,
}

/// A guard that is at hand while something is waited for.
#[derive(Clone, Debug, PartialEq)]
struct GuardFact {
    function: FunctionId,
    /// Where it is waited for.
    awaited: FileRange,
    /// The function of a library that gives it.
    symbol: Option<Name>,
}

/// A context that is read.
#[derive(Clone, Debug, PartialEq)]
struct ExtractFact {
    function: FunctionId,
    from: Set,
    /// What was read.
    gives: ObjectId,
    used: bool,
    /// A callable gave it to code that runs the callable, which alone is no use of it.
    given_back: bool,
    /// That code gives it on where it can be seen.
    taken: bool,
    /// Where it is made the parent of a span that has started already, which is no use of it.
    too_late: Option<FileRange>,
}

/// A context that is written into a carrier.
#[derive(Clone, Debug, PartialEq)]
struct InjectFact {
    function: FunctionId,
    into: Set,
    /// Whether the carrier left, was stored or was handed on afterwards.
    carried: bool,
}

/// A fresh context used where another is at hand.
#[derive(Clone, Debug, PartialEq)]
struct DetachedFact {
    function: FunctionId,
    by: Use,
    chain: Chain,
    scope: Scope,
}

/// A context used below a span that was opened from the same one.
#[derive(Clone, Debug, PartialEq)]
struct OlderFact {
    function: FunctionId,
    /// Where that span is opened.
    span: FileRange,
    by: Use,
    chain: Chain,
}

/// A value put into a variable that the function does not own.
#[derive(Clone, Debug, PartialEq)]
struct SharedFact {
    function: FunctionId,
    /// The function that owns the variable; none if it is the package's.
    owner: Option<FunctionId>,
    declared: FileRange,
    value: Set,
    ty: Type,
}

/// Something done to a router, as one of the functions on the way to it sees it.
#[derive(Clone, Debug, PartialEq)]
struct Wired<T> {
    function: FunctionId,
    /// The call in that function.
    at: FileRange,
    what: T,
}

/// A handler that is served.
#[derive(Clone, Debug, PartialEq)]
struct ServeFact {
    function: FunctionId,
    app: Set,
    /// The argument that holds the handler.
    argument: Option<FileRange>,
    /// What the library serves because the code names nothing.
    default: Option<Name>,
    address: Set,
}

/// A tracer or propagator set up.
#[derive(Clone, Debug, PartialEq)]
struct InstallFact {
    function: FunctionId,
    /// Whether the call is given what it installs.
    given: bool,
    /// What is installed, and the formats the model fixes for it.
    value: Set,
    formats: Vec<Name>,
}

/// Interprets every function of a codebase.
pub fn summarize<'a>(codebase: &'a Codebase, models: &'a ModelSet) -> Analysis<'a> {
    let count = codebase.function_ids().count();
    let values = Values::for_functions(count);
    let parts = models.types().flat_map(|(_, model)| model.parts.iter().map(|(part, _)| part.clone()));
    let wired_parts = parts.chain(["around".into()]).collect();
    let mut analysis = Analysis {
        codebase,
        models,
        values,
        called: FxHashMap::default(),
        written: FxHashSet::default(),
        summaries: FxHashMap::with_capacity_and_hasher(count, FxBuildHasher),
        implementers: FxHashMap::default(),
        extensions: FxHashMap::default(),
        extending: FxHashMap::default(),
        active: FxHashMap::default(),
        wiring: Wiring::default(),
        sends: BTreeMap::new(),
        told: BTreeMap::new(),
        starts: BTreeMap::new(),
        built: FxHashMap::default(),
        extracts: BTreeMap::new(),
        receives: BTreeMap::new(),
        read_types: FxHashSet::default(),
        injects: BTreeMap::new(),
        detached: BTreeMap::new(),
        doubled: BTreeMap::new(),
        writers: FxHashMap::default(),
        older: BTreeMap::new(),
        spawns: BTreeMap::new(),
        stores: BTreeMap::new(),
        takes: item::Takes::default(),
        open_calls: BTreeMap::new(),
        shared: BTreeMap::new(),
        meant_roots: FxHashSet::default(),
        clients: clients(models),
        routes: BTreeMap::new(),
        wraps: BTreeMap::new(),
        joins: BTreeMap::new(),
        items: FxHashMap::default(),
        serves: BTreeMap::new(),
        installs: BTreeMap::new(),
        global_propagation: BTreeMap::new(),
        tracing_functions: FxHashSet::default(),
        commands: FxHashSet::default(),
        mentions: FxHashMap::with_capacity_and_hasher(count, FxBuildHasher),
        local_types: LocalTypes::default(),
        global_types: FxHashMap::default(),
        slots: ambient::slots(models),
        held_across: BTreeMap::new(),
        guards: FxHashMap::default(),
        wired_parts,
        interpreted: 0,
        known_models: None,
    };
    // What package variables and constants hold is known before it is asked for.
    let is_module = |id: &FunctionId| codebase.function(*id).kind == FunctionKind::Module;
    for function in codebase.function_ids().filter(is_module).chain(codebase.function_ids()) {
        analysis.summary(function);
    }
    analysis
}

/// How often a function that calls itself is interpreted before its summary is taken as it is.
const ROUNDS: usize = 4;

/// Call chains deeper than this are not followed.
const DEPTH: usize = 400;

/// The roles of what holds the context that something arrives with.
const ARRIVING: [&str; 3] = ["context", "request", "exchange"];

impl<'a> Analysis<'a> {
    /// How often a function was interpreted.
    pub fn interpreted(&self) -> usize {
        self.interpreted
    }

    /// The summary of a function, made now if it is not there.
    fn summary(&mut self, function: FunctionId) -> Arc<Summary> {
        if let Some(known) = self.summaries.get(&function)
            && !self.active.contains_key(&function)
        {
            return known.clone();
        }
        if let Some(asked) = self.active.get_mut(&function) {
            *asked = true;
            return self.summaries.get(&function).cloned().unwrap_or_default();
        }
        if self.active.len() >= DEPTH {
            return Arc::default();
        }
        let facts = self.codebase.function(function);
        if facts.is_unread && facts.attributes.is_empty() {
            let results = vec![self.values.unknown(); facts.results.len()];
            let summary = Arc::new(Summary { results, ..Summary::default() });
            return self.summaries.entry(function).or_insert(summary).clone();
        }
        if let Some(owner) = self.codebase.owner(function) {
            // What the variables around a closure are is known once the function around it was seen.
            if !self.active.contains_key(&owner) {
                self.summary(owner);
            }
        }
        for _ in 0..ROUNDS {
            self.active.insert(function, false);
            let summary = frame::interpret(self, function);
            self.interpreted += 1;
            let asked = self.active.remove(&function).unwrap_or_default();
            let stable = self.summaries.get(&function).is_some_and(|known| **known == summary);
            self.summaries.insert(function, Arc::new(summary));
            if !asked || stable {
                break;
            }
        }
        self.summaries.get(&function).cloned().unwrap_or_default()
    }

    /// Methods that a call of `name` through an interface may reach.
    fn implementers(&mut self, interface: TypeId, name: &Name) -> Arc<[FunctionId]> {
        let known = self.implementers.entry((interface, name.clone()));
        known.or_insert_with(|| self.codebase.implementations(interface, name).into()).clone()
    }

    /// A library's method that anything has in a file which imports what declares it, or in every file.
    fn extension(&mut self, file: FileId, name: &Name) -> Option<Name> {
        if let Some(known) = self.extensions.get(&(file, name.clone())) {
            return known.clone();
        }
        let (codebase, models) = (self.codebase, self.models);
        // A type gives no methods to others.
        let is_type = |path: &str| models.ty(path).is_some_and(|model| !model.is("interface"));
        let gives_methods = |path: &&Name| models.has_calls(path) && !is_type(path);
        let find_extending = || codebase.library_names(file).filter(gives_methods).cloned().collect();
        let extending = self.extending.entry(file).or_insert_with(find_extending);
        let everywhere = Name::new_static(ANY);
        let paths = extending.iter().chain([&everywhere]).map(|path| format_smolstr!("{path}.{name}"));
        // What is said of all methods of an imported type says nothing of a method that others gave.
        let found = paths.into_iter().find(|symbol| models.names_call(symbol));
        self.extensions.insert((file, name.clone()), found.clone());
        found
    }

    /// The type of a value, as far as it was seen.
    fn type_of_set(&self, set: &Set) -> Type {
        let mut types = set.iter().map(|id| self.values.type_of(*id)).filter(|ty| *ty != Type::Unknown);
        types.next().unwrap_or_default()
    }

    /// Whether a method has the shape of one that answers what arrives.
    fn answers(&self, id: FunctionId) -> bool {
        let function = self.codebase.function(id);
        self.codebase.is_public(id)
            && !function.results.is_empty()
            && function.parameters.iter().any(|each| self.holds_context(id, &each.ty))
    }

    /// Whether a method takes what arrives: a request, a message, or the context of one.
    fn takes_what_arrives(&self, id: FunctionId) -> bool {
        let function = self.codebase.function(id);
        let roles = [ARRIVING.as_slice(), &["message"]].concat();
        function.parameters.iter().any(|each| self.holds_role(id, &each.ty, &roles))
    }

    fn note_commands(&mut self, callables: &[ValueId]) {
        let functions = callables.iter().filter_map(|id| match self.values.get(*id) {
            Value::Function(function) | Value::Closure(function, _) | Value::Bound(function, _) => Some(*function),
            _ => None,
        });
        self.commands.extend(functions);
    }

    /// What a library's type is, if a model says so.
    fn model_of(&self, ty: &Type) -> Option<&'a TypeModel> {
        self.models.ty(ty.library()?)
    }

    /// What a library's function or method does, if a model says so.
    fn call_model(&mut self, symbol: &str) -> Option<&'a Symbol> {
        if let Some(known) = self.called.get(symbol) {
            return *known;
        }
        let model = self.models.call(symbol).or_else(|| self.models.generated(symbol));
        self.called.insert(symbol.into(), model);
        model
    }

    /// Paths of the models of all that the code calls, names or writes out.
    fn models_met(&self) -> BTreeSet<Name> {
        let named = self.values.symbols().filter_map(|symbol| self.models.call(symbol));
        let called = self.called.values().flatten().copied();
        let written = self.written.iter().map(|path| Name::from(*path));
        called.chain(named).map(|symbol| symbol.path.clone()).chain(written).collect()
    }

    /// Whether a model says that values of a type have a role.
    fn is_of(&self, ty: &Type, role: &str) -> bool {
        self.model_of(ty).is_some_and(|model| model.is(role))
    }

    /// Whether values of a type bring contexts to whoever gets them.
    fn is_arriving(&self, ty: &Type) -> bool {
        ARRIVING.iter().any(|role| self.is_of(ty, role))
    }

    fn holds_context(&self, id: FunctionId, ty: &TypeRef) -> bool {
        self.holds_role(id, ty, &ARRIVING)
    }

    fn holds_role(&self, id: FunctionId, ty: &TypeRef, roles: &[&str]) -> bool {
        let ty = self.codebase.resolve_type(self.codebase.function_file(id), Some(id), ty);
        let model = match &ty {
            Type::Declared(..) => self.codebase.embedded_library_type(&ty).and_then(|path| self.models.ty(&path)),
            ty => self.model_of(ty),
        };
        model.is_some_and(|model| roles.iter().any(|role| model.is(role)))
    }

    fn note_call(&mut self, function: FunctionId, site: CallSite) {
        let sites = self.wiring.callers.entry(function).or_default();
        match self.wiring.call_sites.entry((function, site.caller, site.at)) {
            Entry::Occupied(known) => {
                let known = &mut sites[*known.get()];
                known.under_span |= site.under_span;
                value::join(&mut known.receiver, &site.receiver);
                let given = known.arguments.iter_mut().chain(&mut known.current);
                for (held, new) in given.zip(site.arguments.iter().chain(&site.current)) {
                    value::join(held, new);
                }
            }
            Entry::Vacant(new) => {
                new.insert(sites.len());
                sites.push(site);
            }
        }
    }
}

/// Types that models call clients or transports, by package.
fn clients(models: &ModelSet) -> FxHashMap<Name, Vec<&str>> {
    let mut clients = FxHashMap::<Name, Vec<&str>>::default();
    for (path, _) in models.types().filter(|(_, model)| model.is("client") || model.is("transport")) {
        clients.entry(package_of(path).into()).or_default().push(path);
    }
    clients
}

/// The package of a library's type, by path.
fn package_of(path: &str) -> &str {
    path.rsplit_once('.').map_or(path, |(package, _)| package)
}
