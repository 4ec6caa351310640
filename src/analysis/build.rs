//! Builds the propagation graph: judges what the interpretation found, program by program.

use super::address;
use super::graph::{Carried, MissingPropagator, OutboundEdge, PropagationGraph, Traced, UnusedExtract};
use super::outbound::Client;
use super::program::{self, Program};
use super::resolver::{Memory, Resolver};
use super::scope::Scope;
use super::summary::{SendEffect, Written};
use super::value::{ObjectKind, Set, Value, ValueId, join};
use super::{Analysis, SendFact};
use crate::codebase::{FunctionId, Origin, PackageId};
use crate::diagnostic::Confidence;
use crate::facts::{FunctionKind, Name};
use crate::model::{EdgeKind, Installs};
use crate::text::FileRange;
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;

/// Builds the graph from what the interpretation found.
pub fn build(analysis: &mut Analysis<'_>) -> PropagationGraph {
    let mut programs = program::find(analysis);
    let mut graph = PropagationGraph::default();
    let tracing_packages = program::tracing_packages(analysis, &programs);
    let mut builder = Builder {
        analysis,
        programs: &programs,
        tracing_packages,
        traced: FxHashMap::default(),
        memories: FxHashMap::default(),
        writes_outgoing: None,
    };
    graph.outbound = builder.outbound();
    (graph.inbound, graph.misplaced) = builder.inbound(&graph.outbound);
    graph.unused_extracts = builder.unused_extracts();
    graph.detached = builder.detached(&graph);
    graph.lost_work = builder.lost_work(&graph);
    graph.lost_items = builder.lost_items(&graph);
    builder.held_guards(&mut graph);
    graph.doubled = builder.doubled();
    graph.unended = builder.unended();
    graph.no_propagator = builder.no_propagator();
    graph.models = builder.analysis.models_met();
    let starts = builder.analysis.starts.iter().map(|((at, _), fact)| (*at, fact.symbol.clone()));
    graph.makers = starts.chain(builder.analysis.built.drain()).collect();
    let formats: Vec<Vec<Name>> = (0..programs.len()).map(|index| builder.formats(index)).collect();
    for (program, formats) in programs.iter_mut().zip(formats) {
        program.formats = formats;
    }
    graph.programs = Arc::new(programs);
    graph
}

pub(super) struct Builder<'b, 'a> {
    pub(super) analysis: &'b mut Analysis<'a>,
    pub(super) programs: &'b [Program],
    tracing_packages: FxHashSet<PackageId>,
    traced: FxHashMap<FunctionId, Traced>,
    memories: FxHashMap<Option<usize>, Memory>,
    /// Asked for once; what the answer depends on is known before the graph is built.
    writes_outgoing: Option<bool>,
}

impl<'a> Builder<'_, 'a> {
    /// Follows values inside a program, or everywhere.
    pub(super) fn resolver(&mut self, program: Option<usize>) -> Resolver<'_, 'a> {
        let functions = program.and_then(|index| self.programs.get(index)).map(|program| &program.functions);
        Resolver::new(self.analysis, functions, self.memories.entry(program).or_default())
    }

    /// Programs that reach a function.
    pub(super) fn reaching(&self, function: FunctionId) -> impl Iterator<Item = (usize, &Program)> {
        let around = self.around(function);
        self.programs
            .iter()
            .enumerate()
            .filter(move |(_, program)| around.iter().any(|id| program.functions.contains(id)))
    }

    /// A function and those it is written in.
    pub(super) fn around(&self, function: FunctionId) -> Vec<FunctionId> {
        let mut around = vec![function];
        while let Some(owner) = around.last().and_then(|id| self.analysis.codebase.owner(*id)) {
            around.push(owner);
        }
        around
    }

    pub(super) fn traced(&mut self, function: FunctionId) -> Traced {
        if let Some(known) = self.traced.get(&function) {
            return *known;
        }
        let package = self.analysis.codebase.function_package(function);
        let mut answer = Traced::No(0);
        for (index, program) in self.reaching(function) {
            let traces = match program.entry {
                Some(_) => program.traced && !program.aside.contains(&function),
                None => self.tracing_packages.contains(&package),
            };
            if traces {
                answer = Traced::Yes;
                break;
            }
            answer = Traced::No(index);
        }
        self.traced.insert(function, answer);
        answer
    }

    fn outbound(&mut self) -> Vec<OutboundEdge> {
        let sends: Vec<_> = self.analysis.sends.iter().map(|((at, _), fact)| (*at, fact.clone())).collect();
        let mut edges = Vec::new();
        for (at, fact) in sends {
            if !self.analysis.codebase.file(at.file).reported || self.is_for_itself(&fact) {
                continue;
            }
            let masks = self.masks(fact.function);
            let mut judged: Vec<(Carried, Confidence, Client)> = Vec::new();
            for mask in masks {
                judged.push(self.judge(&fact, mask));
            }
            // Within a program one good path is enough; a program that leaves the edge bare makes it bare.
            let Some((carried, confidence, client)) =
                judged.into_iter().max_by_key(|(carried, confidence, _)| match carried {
                    Carried::Nothing => (2, *confidence),
                    Carried::Unknown => (1, *confidence),
                    Carried::Injected | Carried::Wrapped(_) => (0, *confidence),
                })
            else {
                continue;
            };
            if !fact.send.modelled && fact.send.request.is_empty() && carried == Carried::Unknown {
                // Nothing but a name says that it sends at all.
                continue;
            }
            let carrierless = self.leaves_with_context(&fact);
            let in_trace = self.in_trace(fact.function, &fact.scope);
            // Nothing is at hand here, and whether anything is above, nobody here can tell.
            let own_root = self.is_own_root(&fact);
            let offered = self.is_offered_with_tracing(fact.function, &fact.send);
            let untold = in_trace.is_none() && !self.is_under_unknown(fact.function);
            let aside = own_root || (!offered && (untold || self.leaves_for_strangers(&fact.send)));
            let confidence = if aside { Confidence::Low } else { confidence };
            let traced = self.traced(fact.function);
            let request = self.made_at(&fact.send.request);
            let url = self.text(&fact.send.url).or_else(|| self.url_of(&fact.send.request));
            edges.push(OutboundEdge {
                function: fact.function,
                at,
                chain: fact.chain.to_vec(),
                message: self.message_of(&fact.send.carriers),
                symbol: fact.send.symbol.clone(),
                instead: fact.send.instead.clone(),
                kind: fact.send.kind,
                late: fact.late.or_else(|| self.other_carrier(&fact)),
                client: client.plain.first().copied(),
                request,
                carrierless,
                connection: client.connection,
                carried,
                confidence,
                scope: fact.scope,
                in_trace: in_trace != Some(false),
                traced,
                url,
                spawned: fact.spawned,
            });
        }
        self.merged_where_they_leave(edges)
    }

    /// Sets of functions whose writes count together: one for each traced program that reaches the function.
    fn masks(&self, function: FunctionId) -> Vec<Option<usize>> {
        let reaching: Vec<usize> = self
            .reaching(function)
            .filter(|(_, program)| program.traced && program.entry.is_some())
            .map(|(index, _)| index)
            .collect();
        if reaching.is_empty() || self.programs.len() > PROGRAMS {
            vec![None]
        } else {
            reaching.into_iter().map(Some).collect()
        }
    }

    fn judge(&mut self, fact: &SendFact, mask: Option<usize>) -> (Carried, Confidence, Client) {
        match fact.send.written {
            Written::Yes => return (Carried::Injected, Confidence::High, Client::default()),
            Written::Perhaps => return (Carried::Unknown, Confidence::Low, Client::default()),
            Written::No => {}
        }
        let mut resolver = self.resolver(mask);
        let carriers = resolver.ground(&fact.send.carriers);
        let client = resolver.client(&fact.send.through);
        if let Some(injector) = &client.injects {
            return (Carried::Wrapped(injector.at), Confidence::High, client);
        }
        let carrierless = self.leaves_with_context(fact);
        if carrierless {
            let contexts = self.resolver(mask).ground(&fact.send.context);
            if self.analysis.written_for_the_wire(&contexts).is_some() {
                return (Carried::Injected, Confidence::High, client);
            }
            // A context from anywhere could be one that somebody wrote into.
            if self.analysis.values.has_unknown(&contexts) && self.writes_outgoing() {
                return (Carried::Unknown, Confidence::Low, client);
            }
        }
        let foreign = carriers.iter().any(|id| self.may_hold_unseen(*id));
        // Nothing that sends was found: what is there, was put there by code that nobody sees.
        let lost = !client.found && !fact.send.through.is_empty();
        // A connection of a kind that nobody knows may lead to the same process, where a context needs no headers.
        let lost = lost || (client.unmodelled && carrierless);
        if client.unknown || foreign || lost {
            return (Carried::Unknown, Confidence::Low, client);
        }
        let confidence = if fact.send.modelled && !client.unmodelled { Confidence::High } else { Confidence::Medium };
        (Carried::Nothing, confidence, client)
    }

    /// Whether a carrier may hold a context that nobody saw written: it came in with a request, or can't be followed. Constants
    /// and functions hold none.
    fn may_hold_unseen(&self, carrier: ValueId) -> bool {
        let value = self.analysis.values.get(carrier);
        !matches!(value, Value::Object(_) | Value::Nothing | Value::Constant | Value::Text(_) | Value::Function(_))
    }

    /// Whether anything in the codebase writes trace context into the headers of a context.
    fn writes_outgoing(&mut self) -> bool {
        *self.writes_outgoing.get_or_insert_with(|| self.analysis.writes_outgoing())
    }

    /// Whether a call has no carrier to write into, only a context and what it goes through.
    fn leaves_with_context(&self, fact: &SendFact) -> bool {
        let made_by_the_call = |set: &Set| {
            let mut objects = self.analysis.values.objects(set);
            objects.any(|(_, held)| held.kind == ObjectKind::Fresh && fact.chain.contains(&held.here))
        };
        let is_message = fact.send.kind == EdgeKind::Message && !fact.send.carriers.is_empty();
        fact.send.request.is_empty()
            && !is_message
            && !fact.send.context.is_empty()
            && !made_by_the_call(&fact.send.context)
    }

    /// A context written into a carrier that never leaves, in a function that sends another: meant for that one.
    fn other_carrier(&self, fact: &SendFact) -> Option<FileRange> {
        let here = |inject: &&super::InjectFact| inject.function == fact.function && !inject.carried;
        if fact.send.written != Written::No || fact.send.kind == EdgeKind::Message {
            return None;
        }
        self.analysis.injects.iter().find(|(_, inject)| here(inject)).map(|(at, _)| *at)
    }

    /// Whether a trace may be under way: a context, request or open span is at hand here or in some function above.
    /// `None` if only callers outside the codebase could say.
    fn in_trace(&mut self, function: FunctionId, scope: &Scope) -> Option<bool> {
        if self.at_hand(scope, None) {
            return Some(true);
        }
        let mut open = false;
        let mut seen = FxHashSet::default();
        let mut pending = vec![function];
        while let Some(id) = pending.pop() {
            if !seen.insert(id) {
                continue;
            }
            let root = self.is_root(id);
            if !root && self.takes_context(id) {
                return Some(true);
            }
            let sites = self.analysis.wiring.callers.get(&id).map(Vec::as_slice).unwrap_or_default();
            if sites.iter().any(|site| site.under_span) {
                return Some(true);
            }
            let owner = self.analysis.codebase.owner(id);
            open |= !root && owner.is_none() && (sites.is_empty() || self.analysis.wiring.escaped.contains(&id));
            pending.extend(sites.iter().map(|site| site.caller));
            pending.extend(owner);
        }
        if open { None } else { Some(false) }
    }

    /// Whether callers outside the codebase may have a span current, without any sign of it, when they call a function of a
    /// library: its package traces, and its neighbours in the file open spans or write contexts themselves.
    fn is_under_unknown(&mut self, function: FunctionId) -> bool {
        let codebase = self.analysis.codebase;
        if self.analysis.slots.is_empty() || !self.tracing_packages.contains(&codebase.function_package(function)) {
            return false;
        }
        let file = codebase.function_file(function);
        self.analysis.starts.keys().any(|(at, _)| at.file == file)
            || codebase.functions_in(file).any(|neighbour| self.analysis.summary(neighbour).below.injects)
    }

    /// Whether a request is built on a fresh context that the function makes by name, with none at hand: a refresh, a reload,
    /// work that is meant to be its own.
    fn is_own_root(&mut self, fact: &SendFact) -> bool {
        let Some(made) = self.made_at(&fact.send.request) else { return false };
        let contexts = self.resolver(None).ground(&fact.send.context);
        let values = &self.analysis.values;
        let by_name = contexts.iter().all(|id| {
            let held = values.as_object(*id).map(|(_, held)| held);
            held.is_some_and(|held| held.kind == ObjectKind::Fresh && held.here != made)
        });
        by_name && !contexts.is_empty() && !self.at_hand(&fact.scope, None)
    }

    pub(super) fn is_root(&self, id: FunctionId) -> bool {
        let function = self.analysis.codebase.function(id);
        function.kind == FunctionKind::Module
            || (function.kind == FunctionKind::Plain && function.name == "init")
            || self.programs.iter().any(|program| program.entry == Some(id))
    }

    /// Whether a function gets a context that may be part of a trace.
    pub(super) fn takes_context(&mut self, id: FunctionId) -> bool {
        let codebase = self.analysis.codebase;
        let contexts: Vec<u16> = codebase
            .function(id)
            .parameters
            .iter()
            .enumerate()
            .filter(|(_, each)| each.local.is_some() && self.analysis.holds_context(id, &each.ty))
            .map(|(index, _)| index as u16)
            .collect();
        contexts.into_iter().any(|index| {
            let parameter = self.analysis.values.one(Value::Parameter(id, index));
            !self.only_fresh(&parameter)
        })
    }

    /// Whether every caller passes a context without parent, so that no trace is under way.
    pub(super) fn only_fresh(&mut self, set: &Set) -> bool {
        let ground = self.resolver(None).ground(set);
        let values = &self.analysis.values;
        let fresh = values.objects(&ground).filter(|(_, held)| held.kind == ObjectKind::Fresh).count();
        fresh > 0 && fresh == ground.len()
    }

    /// Whether a scope holds a context that is worth keeping: one that is not made fresh.
    pub(super) fn at_hand(&mut self, scope: &Scope, except: Option<FileRange>) -> bool {
        let sets: Vec<Set> = scope
            .contexts
            .iter()
            .chain(&scope.requests)
            .chain(&scope.exchanges)
            .chain(&scope.spans)
            .map(|binding| binding.set.clone())
            .collect();
        for set in sets {
            if self.worth_keeping(&set, except) {
                return true;
            }
        }
        scope.open.iter().any(|span| Some(self.analysis.values.object(*span).here) != except)
    }

    pub(super) fn worth_keeping(&mut self, set: &Set, except: Option<FileRange>) -> bool {
        if self.only_fresh(set) {
            return false;
        }
        let values = &self.analysis.values;
        let captured: Vec<bool> = set
            .iter()
            .map(|id| match values.get(*id) {
                Value::Parameter(..) | Value::Part(..) => true,
                Value::Object(object) => {
                    let held = values.object(*object);
                    match held.kind {
                        ObjectKind::Span(_) => Some(held.here) != except,
                        ObjectKind::Remote => true,
                        ObjectKind::Request => false,
                        _ => false,
                    }
                }
                _ => false,
            })
            .collect();
        if captured.contains(&true) {
            return true;
        }
        let symbolic: Set = set.iter().copied().filter(|id| matches!(values.get(*id), Value::Captured(..))).collect();
        if symbolic.is_empty() {
            return false;
        }
        let ground = self.resolver(None).ground(&symbolic);
        let values = &self.analysis.values;
        ground.iter().any(|id| match values.get(*id) {
            Value::Parameter(..) | Value::Part(..) => true,
            Value::Object(object) => matches!(values.object(*object).kind, ObjectKind::Span(_) | ObjectKind::Remote),
            _ => false,
        })
    }

    pub(super) fn made_at(&self, set: &Set) -> Option<FileRange> {
        let mut objects = self.analysis.values.objects(set).filter(|(_, held)| held.kind == ObjectKind::Request);
        objects.next().map(|(_, held)| held.here)
    }

    /// The message that leaves, if it is one made at a known place.
    fn message_of(&self, carriers: &Set) -> Option<(FileRange, Name)> {
        let [message] = carriers.as_slice() else { return None };
        let (_, held) = self.analysis.values.as_object(*message)?;
        let ty = held.ty.library()?;
        let is_message = self.analysis.models.ty(ty).is_some_and(|model| model.is("message"));
        is_message.then(|| (held.here, Name::from(ty)))
    }

    pub(super) fn text(&self, set: &Set) -> Option<Name> {
        set.iter().find_map(|id| match self.analysis.values.get(*id) {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        })
    }

    /// Whether a library makes and sends a request for its own ends: nobody who calls it could write into that.
    fn is_for_itself(&self, fact: &SendFact) -> bool {
        let codebase = self.analysis.codebase;
        let is_foreign = |at: FileRange| codebase.file(at.file).origin == Origin::Library;
        let Some(leaves) = fact.chain.last() else { return false };
        let mut requests = self.analysis.values.objects(&fact.send.request).peekable();
        // A stub's call has no request of its own, and what it sends with is the caller's.
        let by_stub = codebase.file(leaves.file).facts.generated && requests.peek().is_none();
        is_foreign(*leaves) && !by_stub && requests.all(|(_, held)| is_foreign(held.site))
    }

    /// Whether a request goes to somebody who has no part in the trace: a host of the public internet, by name.
    fn leaves_for_strangers(&mut self, send: &SendEffect) -> bool {
        let values = &self.analysis.values;
        let requests = values.objects(&send.request).filter_map(|(object, _)| values.part_of(object, "url"));
        let urls: Vec<Set> = requests.chain([&send.url]).cloned().collect();
        let mut resolver = self.resolver(None);
        urls.iter().any(|url| {
            let ground = resolver.ground(url);
            ground.iter().any(|id| match resolver.analysis.values.get(*id) {
                Value::Text(text) => address::is_public(text),
                _ => false,
            })
        })
    }

    fn url_of(&self, request: &Set) -> Option<Name> {
        self.analysis
            .values
            .objects(request)
            .find_map(|(object, _)| self.text(self.analysis.values.part_of(object, "url")?))
    }

    fn unused_extracts(&mut self) -> Vec<UnusedExtract> {
        let unused: Vec<_> = self
            .analysis
            .extracts
            .iter()
            .filter(|(at, fact)| {
                !fact.used
                    && (!fact.given_back || fact.taken)
                    && self.analysis.codebase.file(at.file).reported
                    && !fact.from.is_empty()
            })
            .map(|(at, fact)| (*at, fact.function, fact.too_late))
            .collect();
        let finding =
            |(at, function, too_late)| UnusedExtract { function, at, too_late, traced: self.traced(function) };
        unused.into_iter().map(finding).collect()
    }

    fn no_propagator(&mut self) -> Vec<MissingPropagator> {
        let mut found = Vec::<MissingPropagator>::new();
        for program in self.programs {
            let installed = |what: Installs| {
                let facts = self.analysis.installs.iter();
                let found =
                    facts.filter(|((_, kind), fact)| *kind == what && program.functions.contains(&fact.function));
                // The place that sets something up itself says more than one that makes use of it.
                let found = found.min_by_key(|(_, fact)| !fact.given);
                found.map(|((at, _), fact)| (*at, fact.clone()))
            };
            let (Some((at, tracer)), None) = (installed(Installs::Tracer), installed(Installs::Propagator)) else {
                continue;
            };
            let mut uses = self.analysis.global_propagation.iter();
            let used =
                uses.find(|(_, function)| self.around(**function).iter().any(|id| program.functions.contains(id)));
            let Some((used, _)) = used else { continue };
            if self.analysis.codebase.file(at.file).reported && !found.iter().any(|known| known.at == at) {
                found.push(MissingPropagator { at, used: *used, function: tracer.function });
            }
        }
        if found.is_empty() {
            found.extend(self.library_without_propagator());
        }
        found
    }
}

impl Builder<'_, '_> {
    /// The formats of what a program installs: those its model fixes, or those of the propagator or tracer given to it.
    fn formats(&mut self, index: usize) -> Vec<Name> {
        let program = &self.programs[index];
        let installs = self.analysis.installs.values().filter(|fact| program.functions.contains(&fact.function));
        let (mut formats, mut values) = (Vec::new(), Set::new());
        for fact in installs {
            formats.extend(fact.formats.iter().cloned());
            join(&mut values, &fact.value);
        }
        let mut resolver = self.resolver(Some(index));
        let mut pending = resolver.ground(&values);
        for _ in 0..4 {
            let inner = resolver.part_of(&pending, "around");
            for (_, held) in resolver.analysis.values.objects(&pending) {
                if let ObjectKind::Wrapper(kind) = &held.kind {
                    formats.extend(kind.formats.iter().cloned());
                }
            }
            pending = inner;
        }
        formats.sort();
        formats.dedup();
        formats
    }

    /// A library that sets up a tracer and relies on the propagator, in a codebase that never sets one.
    fn library_without_propagator(&self) -> Option<MissingPropagator> {
        let installs = &self.analysis.installs;
        if installs.keys().any(|(_, what)| *what == Installs::Propagator) {
            return None;
        }
        let in_program = |function: FunctionId| {
            if self.analysis.codebase.is_foreign(function) {
                return true;
            }
            let package = self.analysis.codebase.function_package(function);
            let entries = self.programs.iter().filter_map(|program| program.entry);
            entries.into_iter().any(|entry| self.analysis.codebase.function_package(entry) == package)
        };
        let tracers = installs.iter().filter(|(_, fact)| !in_program(fact.function));
        let tracer = tracers.min_by_key(|(_, fact)| !fact.given);
        let ((at, _), tracer) = tracer?;
        let (used, _) = self.analysis.global_propagation.iter().find(|(_, function)| !in_program(**function))?;
        let reported = self.analysis.codebase.file(at.file).reported;
        reported.then_some(MissingPropagator { at: *at, used: *used, function: tracer.function })
    }
}

/// With more programs than this, what they write is taken together.
pub(super) const PROGRAMS: usize = 64;
