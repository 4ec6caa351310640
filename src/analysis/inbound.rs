//! What arrives: handlers, the routers and wrappers around them, and whether anyone reads the caller's context.

use super::build::{Builder, PROGRAMS};
use super::consumer::subscription_way;
use super::graph::{InboundEdge, Misplaced, OutboundEdge, SpanPlace, Traced};
use super::handler::{Reached, Way};
use super::resolver::Resolver;
use super::router::{Point, Routers, add_way};
use super::summary::{CallSite, EffectKind, JoinEffect, RouteEffect, Use, WrapEffect};
use super::value::{ObjectKind, Set, Value, ValueId};
use super::{ServeFact, Wired};
use crate::codebase::{FunctionId, Type};
use crate::diagnostic::Confidence;
use crate::facts::{FunctionKind, Name};
use crate::model::{EdgeKind, End};
use crate::text::FileRange;
use rustc_hash::FxHashSet;
use std::sync::Arc;

/// Where a handler or router is served.
#[derive(Clone, Debug)]
pub(super) struct Served {
    at: FileRange,
    argument: Option<FileRange>,
    default: Option<Name>,
    address: Option<Name>,
}

/// An edge before it is judged.
#[derive(Clone)]
pub(super) struct Candidate {
    pub(super) handler: FunctionId,
    registration: Option<FileRange>,
    /// The same, as the one sees it who adds the route.
    written: Option<FileRange>,
    pub(super) path: Option<Name>,
    kind: EdgeKind,
    /// The ways on which requests come to it.
    pub(super) ways: Vec<Way>,
    /// Middleware on its router that reads the context, but not for this route.
    missed: Option<FileRange>,
    /// Where the router is made that it is added to.
    router: Option<FileRange>,
    /// Where the one above all others is made.
    outer_router: Option<FileRange>,
    /// The type of that router.
    family: Option<Name>,
    /// Nothing in the codebase registers it; its shape alone says that it answers requests.
    by_shape: bool,
}

/// What is done to the routers of a program.
struct Wirings {
    routes: Vec<Wired<RouteEffect>>,
    wraps: Vec<Wired<WrapEffect>>,
    joins: Vec<Wired<JoinEffect>>,
    serves: Vec<(FileRange, ServeFact)>,
}

impl Builder<'_, '_> {
    pub(super) fn inbound(&mut self, outbound: &[OutboundEdge]) -> (Vec<InboundEdge>, Vec<Misplaced>) {
        let mut candidates = Vec::new();
        let mut inside = FxHashSet::default();
        // The process-wide router, and what is written into shared variables, differ from program to program.
        let count = if self.programs.len() > PROGRAMS { 1 } else { self.programs.len() };
        for index in 0..count {
            let found = self.registered((count > 1).then_some(index), &mut inside);
            found.into_iter().for_each(|candidate| merge(&mut candidates, candidate));
        }
        self.add_by_shape(&mut candidates, &inside);
        let misplaced = self.misplaced(&candidates);
        let mut edges: Vec<InboundEdge> = Vec::new();
        for candidate in candidates {
            if let Some(edge) = self.edge(&candidate, outbound) {
                edges.push(edge);
            }
        }
        edges.extend(self.received(&edges));
        edges.sort_by_key(|edge| (edge.registration, edge.handler, edge.taken));
        (edges, misplaced)
    }

    /// Handlers that a program routes or serves; every function met on the way to them goes into `met`.
    fn registered(&mut self, program: Option<usize>, met: &mut FxHashSet<FunctionId>) -> Vec<Candidate> {
        let wirings = self.wirings(program);
        let mut resolver = self.resolver(program);
        let mut routers = Routers::default();
        let mut candidates = Vec::new();
        for (at, serve) in &wirings.serves {
            let address = resolver.text(&serve.address);
            let served = Served { at: *at, argument: serve.argument, default: serve.default.clone(), address };
            let reached = resolver.reach(&serve.app, &Way { served: Some(Arc::new(served)), ..Way::default() });
            routers.serve(&reached);
            add(&mut candidates, met, &reached, &Registration::served(*at));
        }
        wirings.wraps.iter().for_each(|wrap| routers.wrap(&mut resolver, wrap));
        wirings.joins.iter().for_each(|join| routers.join(&mut resolver, join));
        for route in &wirings.routes {
            let reached = resolver.reach_route(route, &Way::default());
            routers.mount(&mut resolver, route, &reached);
        }
        for route in &wirings.routes {
            let point = Point { function: route.function, at: route.at };
            let own = resolver.text(&route.what.path);
            let mut registration = Registration {
                written: route.what.written.or(Some(route.at)),
                path: own.clone(),
                kind: route.what.kind,
                ..Registration::served(route.at)
            };
            let mut ways = Vec::new();
            for router in resolver.routers(&route.what.router) {
                routers.made(&mut resolver, router);
                if own.is_some() || route.what.path.is_empty() {
                    registration.path = routers.path_of(router, own.clone()).or(registration.path);
                }
                if route.what.kind == EdgeKind::Message {
                    let way = subscription_way(&resolver, router);
                    add_way(&mut ways, routers.around_subscription(resolver.analysis, router, point, way));
                    continue;
                }
                let (found, missed) = routers.ways(resolver.analysis, router, point);
                found.into_iter().for_each(|way| add_way(&mut ways, way));
                registration.missed = registration.missed.or(missed);
                let made = |router| resolver.analysis.values.as_object(router).map(|(_, held)| held.here);
                registration.router = registration.router.or(made(router));
                registration.outer_router = registration.outer_router.or(made(routers.outermost(router)));
                let family = resolver.analysis.values.type_of(router).library().map(Name::from);
                registration.family = registration.family.or(family);
            }
            if route.what.apart {
                ways = vec![Way::default()];
            } else if ways.is_empty() {
                ways.push(Way { unknown: route.what.kind == EdgeKind::Request, ..Way::default() });
            }
            for way in &ways {
                let reached = resolver.reach_route(route, way);
                add(&mut candidates, met, &reached, &registration);
            }
        }
        candidates
    }

    fn wirings(&self, program: Option<usize>) -> Wirings {
        let functions = program.map(|index| &self.programs[index].functions);
        let counts = |function: FunctionId| functions.is_none_or(|functions| functions.contains(&function));
        let analysis = &*self.analysis;
        // What is done to a parameter counts where it is passed.
        let settled = |function: FunctionId, sets: &[&Set]| {
            let own = |set: &Set| set.iter().any(|id| analysis.values.symbolic_in(*id) == Some(function));
            let called = || analysis.wiring.callers.get(&function).is_some_and(|sites| !sites.is_empty());
            counts(function) && (!sets.iter().any(|set| own(set)) || !called())
        };
        let routes =
            analysis.routes.values().filter(|fact| settled(fact.function, &[&fact.what.router, &fact.what.handler]));
        let wraps = analysis.wraps.values().filter(|fact| settled(fact.function, &[&fact.what.on, &fact.what.with]));
        let joins = analysis.joins.values().filter(|fact| settled(fact.function, &[&fact.what.on, &fact.what.other]));
        let serves = analysis.serves.iter().filter(|(_, fact)| counts(fact.function));
        Wirings {
            routes: routes.cloned().collect(),
            wraps: wraps.cloned().collect(),
            joins: joins.cloned().collect(),
            serves: serves.map(|(at, fact)| (*at, fact.clone())).collect(),
        }
    }

    /// Functions with a handler's shape that nobody registers, calls or names.
    fn add_by_shape(&mut self, candidates: &mut Vec<Candidate>, met: &FxHashSet<FunctionId>) {
        let named: FxHashSet<FunctionId> = self.analysis.mentions.values().flatten().copied().collect();
        let codebase = self.analysis.codebase;
        for handler in codebase.function_ids() {
            let kind = codebase.function(handler).kind;
            if met.contains(&handler)
                || kind != FunctionKind::Plain
                || named.contains(&handler)
                || !self.has_handler_shape(handler)
            {
                continue;
            }
            let mut resolver = self.resolver(None);
            let value = resolver.analysis.values.one(Value::Function(handler));
            let reached = resolver.reach(&value, &Way::default());
            let mut ways: Vec<Way> = reached.endpoints.into_iter().map(|(_, way)| way).collect();
            if ways.is_empty() {
                ways.push(Way { unknown: true, ..Way::default() });
            }
            candidates.push(Candidate {
                handler,
                registration: None,
                written: None,
                path: None,
                kind: EdgeKind::Request,
                ways,
                missed: None,
                router: None,
                outer_router: None,
                family: None,
                by_shape: true,
            });
        }
    }

    pub(super) fn has_handler_shape(&self, function: FunctionId) -> bool {
        let codebase = self.analysis.codebase;
        codebase.function(function).results.is_empty()
            && self.analysis.has_handler_signature(codebase.parameter_types(function))
    }

    fn edge(&mut self, candidate: &Candidate, outbound: &[OutboundEdge]) -> Option<InboundEdge> {
        let handler = candidate.handler;
        if !self.analysis.codebase.file(self.analysis.codebase.function_file(handler)).reported {
            return None;
        }
        let below = self.analysis.summary(handler).below;
        let open = candidate.unknown() || self.may_continue(handler);
        let confidence = match (open, candidate.by_shape) {
            (true, _) => Confidence::Low,
            (false, true) => Confidence::Medium,
            (false, false) => Confidence::High,
        };
        let read_below = || match candidate.kind {
            // What carries the context may be part of what the message holds, decoded anywhere below.
            EdgeKind::Message => self.analysis.summary(handler).read_at,
            EdgeKind::Request => None,
        };
        let extracted = candidate.extracted().or_else(read_below);
        let served = candidate.ways.iter().find_map(|way| way.served.clone());
        let chain = candidate.ways.iter().find_map(|way| way.chain);
        let mut edge = InboundEdge {
            handler,
            registration: candidate.written,
            served: served.as_ref().map(|served| served.at),
            served_argument: served.as_ref().and_then(|served| served.argument),
            served_default: served.as_ref().and_then(|served| served.default.clone()),
            covered: candidate.covered(),
            missed: candidate.missed,
            router: candidate.router,
            outer_router: candidate.outer_router,
            chain: chain.map(|chain| self.analysis.values.object(chain).here),
            family: candidate.family.clone(),
            path: candidate.path.clone(),
            kind: candidate.kind,
            taken: None,
            message: None,
            extracted,
            confidence,
            span: self.span_around(candidate),
            opened_by: self.opened_by(candidate),
            needs_context: below.sends || below.starts,
            traced: self.traced(handler),
            called_from: None,
        };
        if edge.traced != Traced::Yes {
            let address = served.as_ref().and_then(|served| served.address.as_deref());
            edge.called_from = caller(outbound, edge.path.as_deref(), address);
        }
        Some(edge)
    }

    /// The span that is opened for what arrives: by what stands around the handler, or else by the handler.
    fn span_around(&mut self, candidate: &Candidate) -> Option<SpanPlace> {
        let way = candidate.ways.iter().find(|way| way.extracted().is_none());
        let layers = way.map(|way| way.layers.as_slice()).unwrap_or_default();
        let functions: Vec<FunctionId> = layers.iter().filter_map(|layer| layer.function).collect();
        for function in functions.into_iter().filter(|function| *function != candidate.handler) {
            if let Some(span) = self.span_of(function) {
                return Some(span);
            }
        }
        self.span_of(candidate.handler)
    }

    /// The wrapper of a library that opens a span for what arrives without reading its context, outside of all code that
    /// opens one.
    fn opened_by(&mut self, candidate: &Candidate) -> Option<FileRange> {
        let way = candidate.ways.iter().find(|way| way.extracted().is_none() && !way.unordered)?;
        for layer in &way.layers {
            if layer.starts {
                return layer.function.is_none().then_some(layer.at);
            }
            if layer.function.is_some_and(|function| self.span_of(function).is_some()) {
                return None;
            }
        }
        None
    }

    /// Whether a function opens a span below something that nobody can tell, or that was read nobody can tell where.
    fn may_continue(&self, function: FunctionId) -> bool {
        let values = &self.analysis.values;
        let is_open = |id: &ValueId| match values.as_object(*id) {
            Some((_, held)) => matches!(held.kind, ObjectKind::Opaque(_) | ObjectKind::Remote),
            None => matches!(values.get(*id), Value::Unknown) || self.is_own_extractor(*id, function),
        };
        let own = self.analysis.starts.iter().filter(|((_, opener), _)| *opener == function);
        own.filter_map(|(_, fact)| values.part_of(fact.object, "parent")).flatten().any(is_open)
    }

    /// Whether a value comes with a parameter of a type of the codebase: what makes that of a request may read the context. An
    /// interface is what a library gives, such as a stream.
    fn is_own_extractor(&self, id: ValueId, function: FunctionId) -> bool {
        let codebase = self.analysis.codebase;
        match self.analysis.values.get(id) {
            Value::Part(base, _) => self.is_own_extractor(*base, function),
            Value::Parameter(of, index) => {
                let ty = codebase.parameter_types(function).get(usize::from(*index));
                *of == function && ty.is_some_and(|ty| matches!(ty, Type::Declared(..)) && !codebase.is_interface(ty))
            }
            _ => false,
        }
    }

    /// The span that a function opens for what arrives: not below another span, nor from what was read.
    pub(super) fn span_of(&mut self, function: FunctionId) -> Option<SpanPlace> {
        let analysis = &mut *self.analysis;
        let own = analysis.starts.iter().find(|((_, opener), fact)| {
            let from_span = analysis
                .values
                .objects(&fact.parent)
                .any(|(_, held)| matches!(held.kind, ObjectKind::Span(_) | ObjectKind::Remote));
            *opener == function && !fact.intended && !fact.spawned && !from_span
        });
        if let Some(((at, _), fact)) = own {
            let parent = (!fact.parent.is_empty()).then_some(0);
            return Some(SpanPlace { at: *at, function, scope: fact.scope.clone(), parent, message: None });
        }
        let summary = analysis.summary(function);
        let below =
            summary.effects.iter().find(|effect| matches!(&effect.kind, EffectKind::Use { by: Use::Parent(..), .. }));
        let at = *below?.chain.first()?;
        let (parent, message) = self.handed_on(function, at);
        Some(SpanPlace { at, function, scope: Default::default(), parent, message })
    }

    /// Which arguments of a call are the context and the message that the function called takes.
    fn handed_on(&self, caller: FunctionId, at: FileRange) -> (Option<usize>, Option<(usize, Name)>) {
        let (analysis, codebase) = (&*self.analysis, self.analysis.codebase);
        let calls = |sites: &[CallSite]| sites.iter().any(|site| site.caller == caller && site.at == at);
        let called = analysis.wiring.callers.iter().filter(|(_, sites)| calls(sites)).map(|(id, _)| *id);
        let Some(called) = called.min() else { return (None, None) };
        let types = codebase.parameter_types(called);
        let message = types.iter().position(|ty| analysis.is_of(ty, "message"));
        let message = message.and_then(|index| Some((index, types[index].library()?.into())));
        (types.iter().position(|ty| analysis.is_of(ty, "context")), message)
    }
}

impl Candidate {
    pub(super) fn extracted(&self) -> Option<FileRange> {
        self.ways.iter().find_map(Way::extracted)
    }

    fn unknown(&self) -> bool {
        self.ways.iter().any(|way| way.unknown)
    }

    /// The wrapper that reads the context before the handler is reached.
    fn covered(&self) -> Option<FileRange> {
        let around = |way: &Way| {
            let layers = way.layers.iter().filter(|layer| layer.function != Some(self.handler));
            layers.into_iter().find(|layer| layer.extracts.is_some()).map(|layer| layer.at)
        };
        self.ways.iter().find_map(around)
    }
}

impl Resolver<'_, '_> {
    /// Walks from a route down: middleware of its own, handlers before the last, and the last.
    fn reach_route(&mut self, route: &Wired<RouteEffect>, way: &Way) -> Reached {
        let mut way = Way { routed: true, ..way.clone() };
        if !route.what.with.is_empty() {
            let probe = self.probe_all(&route.what.with, End::First);
            way.unknown |= probe.unknown;
            way.layers.extend(probe.layers);
        }
        if let Some(service) = &route.what.service {
            return self.reach_service(&route.what.handler, service, &way);
        }
        let mut items = self.items(&route.what.handler);
        let Some(last) = items.pop() else { return self.reach(&route.what.handler, &way) };
        for item in &items {
            let probe = self.probe_item(item);
            way.unknown |= probe.unknown;
            way.layers.extend(probe.layers);
        }
        self.reach(&last.set, &way)
    }
}

/// Across programs, one that leaves an edge bare makes it bare; what can't be told in one is not told.
fn merge(candidates: &mut Vec<Candidate>, new: Candidate) {
    let same = |known: &&mut Candidate| known.handler == new.handler && known.registration == new.registration;
    match candidates.iter_mut().find(same) {
        Some(known) if known.extracted().is_some() && new.extracted().is_none() && !new.unknown() => *known = new,
        Some(known) if new.unknown() && known.extracted().is_none() => known.ways.extend(new.ways),
        Some(_) => {}
        None => candidates.push(new),
    }
}

/// How a handler is registered.
#[derive(Default)]
struct Registration {
    at: Option<FileRange>,
    written: Option<FileRange>,
    outer_router: Option<FileRange>,
    path: Option<Name>,
    kind: EdgeKind,
    missed: Option<FileRange>,
    router: Option<FileRange>,
    family: Option<Name>,
}

impl Registration {
    fn served(at: FileRange) -> Registration {
        Registration { at: Some(at), written: Some(at), ..Registration::default() }
    }
}

fn add(
    candidates: &mut Vec<Candidate>,
    met: &mut FxHashSet<FunctionId>,
    reached: &Reached,
    registration: &Registration,
) {
    for (handler, way) in &reached.endpoints {
        met.insert(*handler);
        let same = |known: &&mut Candidate| known.handler == *handler && known.registration == registration.at;
        match candidates.iter_mut().find(same) {
            Some(known) => add_way(&mut known.ways, way.clone()),
            None => candidates.push(Candidate {
                handler: *handler,
                registration: registration.at,
                written: registration.written,
                path: registration.path.clone(),
                kind: registration.kind,
                ways: vec![way.clone()],
                missed: registration.missed,
                router: registration.router,
                outer_router: registration.outer_router,
                family: registration.family.clone(),
                by_shape: false,
            }),
        }
    }
}

/// The edge of a traced program that calls this address: same port and path.
fn caller(outbound: &[OutboundEdge], path: Option<&str>, address: Option<&str>) -> Option<FileRange> {
    let port = address?.rsplit_once(':')?.1;
    let path = path?;
    let calls = |edge: &&OutboundEdge| {
        let Some(url) = edge.url.as_deref().and_then(|url| url.split_once("://")).map(|(_, rest)| rest) else {
            return false;
        };
        let (host, rest) = url.split_once('/').unwrap_or((url, ""));
        let called = format!("/{}", rest.split(['?', '#']).next().unwrap_or_default());
        edge.traced == Traced::Yes && host.rsplit_once(':').is_some_and(|(_, called)| called == port) && called == path
    };
    outbound.iter().find(calls).map(|edge| edge.at)
}
