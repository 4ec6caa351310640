//! What arrives: handlers, the routers and wrappers around them, and whether anyone reads the caller's context.

use super::build::{Builder, PROGRAMS};
use super::graph::{InboundEdge, OutboundEdge, SpanPlace, Traced};
use super::handler::Layers;
use super::resolver::Resolver;
use super::summary::{EffectKind, Use};
use super::value::{ObjectKind, Set, Value, ValueId};
use super::{RouteFact, ServeFact};
use crate::codebase::{FunctionId, Type};
use crate::diagnostic::Confidence;
use crate::facts::{FunctionKind, Name};
use crate::model::EdgeKind;
use crate::text::FileRange;
use rustc_hash::{FxHashMap, FxHashSet};

/// What stands around a router.
#[derive(Clone, Debug, Default)]
struct Cover {
    extracted: Option<FileRange>,
    unknown: bool,
    served: Option<Served>,
    /// Where the router is made.
    made: Option<FileRange>,
}

/// Where a handler or router is served.
#[derive(Clone, Debug)]
struct Served {
    at: FileRange,
    argument: Option<FileRange>,
    default: Option<Name>,
    address: Option<Name>,
}

/// An edge before it is judged.
struct Candidate {
    handler: FunctionId,
    registration: Option<FileRange>,
    path: Option<Name>,
    kind: EdgeKind,
    extracted: Option<FileRange>,
    unknown: bool,
    served: Option<Served>,
    router: Option<FileRange>,
    /// Nothing in the codebase registers it; its shape alone says that it answers requests.
    by_shape: bool,
}

impl Builder<'_, '_> {
    pub(super) fn inbound(&mut self, outbound: &[OutboundEdge]) -> Vec<InboundEdge> {
        let mut candidates = Vec::new();
        let mut inside = FxHashSet::default();
        // The process-wide router, and what is written into shared variables, differ from program to program.
        let count = if self.programs.len() > PROGRAMS { 1 } else { self.programs.len() };
        for index in 0..count {
            let found = self.registered((count > 1).then_some(index), &mut inside);
            found.into_iter().for_each(|candidate| merge(&mut candidates, candidate));
        }
        self.add_by_shape(&mut candidates, &inside);
        let mut edges: Vec<InboundEdge> = Vec::new();
        for candidate in candidates {
            if let Some(edge) = self.edge(candidate, outbound) {
                edges.push(edge);
            }
        }
        edges.extend(self.received(&edges));
        edges.sort_by_key(|edge| (edge.registration, edge.handler, edge.taken));
        edges
    }

    /// Handlers that a program routes or serves; every function met on the way to them goes into `met`.
    fn registered(&mut self, program: Option<usize>, met: &mut FxHashSet<FunctionId>) -> Vec<Candidate> {
        let functions = program.map(|index| &self.programs[index].functions);
        let counts = |function: FunctionId| functions.is_none_or(|functions| functions.contains(&function));
        let mut routes = self.settled_routes();
        routes.retain(|route| counts(route.function));
        let serves = self.analysis.serves.iter().filter(|(_, fact)| counts(fact.function));
        let serves: Vec<(FileRange, ServeFact)> = serves.map(|(at, fact)| (*at, fact.clone())).collect();
        let wraps: Vec<_> = self.analysis.wraps.iter().filter(|fact| counts(fact.function)).cloned().collect();
        let mut resolver = self.resolver(program);
        let mut covers = FxHashMap::<ValueId, Cover>::default();
        let mut candidates = Vec::new();
        for (at, serve) in &serves {
            let layers = resolver.layers(&serve.app);
            let address = text(&resolver, &serve.address);
            let served = Some(Served { at: *at, argument: serve.argument, default: serve.default.clone(), address });
            for (router, extracted, unknown) in &layers.routers {
                let cover = covers.entry(*router).or_default();
                cover.extracted = cover.extracted.or(*extracted);
                cover.unknown |= *unknown;
                cover.served = cover.served.take().or_else(|| served.clone());
            }
            let cover = Cover { served, ..Cover::default() };
            add(&mut candidates, met, &layers, None, Some(*at), &cover, EdgeKind::Request);
        }
        for wrap in &wraps {
            let extracted = resolver.middleware_extracts(&wrap.with);
            for router in resolver.ground(&wrap.on) {
                let cover = covers.entry(router).or_default();
                cover.extracted = cover.extracted.or(extracted);
            }
        }
        let walked: Vec<(Layers, Set, RouteFact)> = routes
            .into_iter()
            .map(|route| {
                let layers = match &route.service {
                    Some(interface) => resolver.service(&route.handler, interface),
                    None => resolver.layers(&route.handler),
                };
                (layers, resolver.ground(&route.router), route)
            })
            .collect();
        let routers: Set = walked.iter().flat_map(|(_, routers, _)| routers.iter().copied()).collect();
        for router in routers {
            let passing = resolver.router(router);
            let cover = covers.entry(router).or_default();
            cover.extracted = cover.extracted.or(passing.extracts);
            cover.unknown |= passing.unknown;
            cover.made = resolver.analysis.values.as_object(router).map(|(_, held)| held.here);
        }
        // A router mounted on another is covered by what covers that one; two rounds see through a router between.
        for _ in 0..2 {
            for (layers, routers, _) in &walked {
                let above = cover_of(&covers, &resolver, routers);
                for (router, extracted, unknown) in &layers.routers {
                    let cover = covers.entry(*router).or_default();
                    cover.extracted = cover.extracted.or(*extracted).or(above.extracted);
                    cover.unknown |= *unknown || above.unknown;
                    cover.served = cover.served.take().or_else(|| above.served.clone());
                }
            }
        }
        for (layers, routers, route) in &walked {
            let cover = cover_of(&covers, &resolver, routers);
            let path = text(&resolver, &route.path);
            add(&mut candidates, met, layers, path.as_ref(), Some(route.at), &cover, route.kind);
        }
        candidates
    }

    /// Routes as their last caller sees them: one whose router is a parameter counts where it is passed.
    fn settled_routes(&self) -> Vec<RouteFact> {
        let analysis = &*self.analysis;
        let has_callers =
            |function: FunctionId| analysis.wiring.callers.get(&function).is_some_and(|sites| !sites.is_empty());
        let settled = |fact: &&RouteFact| {
            let own = |set: &Set| set.iter().any(|id| analysis.values.symbolic_in(*id) == Some(fact.function));
            (!own(&fact.router) && !own(&fact.handler)) || !has_callers(fact.function)
        };
        analysis.routes.values().filter(settled).cloned().collect()
    }

    /// Functions with a handler's shape that nobody registers, calls or names.
    fn add_by_shape(&mut self, candidates: &mut Vec<Candidate>, met: &FxHashSet<FunctionId>) {
        let named: FxHashSet<FunctionId> = self.analysis.mentions.values().flatten().copied().collect();
        let codebase = self.analysis.codebase;
        for function in codebase.function_ids() {
            let kind = codebase.function(function).kind;
            if met.contains(&function)
                || kind != FunctionKind::Plain
                || named.contains(&function)
                || !self.has_handler_shape(function)
            {
                continue;
            }
            candidates.push(Candidate {
                handler: function,
                registration: None,
                path: None,
                kind: EdgeKind::Request,
                extracted: None,
                unknown: false,
                served: None,
                router: None,
                by_shape: true,
            });
        }
        for candidate in candidates.iter_mut().filter(|candidate| candidate.by_shape) {
            let mut resolver = self.resolver(None);
            let handler = resolver.analysis.values.one(Value::Function(candidate.handler));
            let layers = resolver.layers(&handler);
            candidate.extracted = layers.extracted;
            candidate.unknown = layers.unknown;
        }
    }

    pub(super) fn has_handler_shape(&self, function: FunctionId) -> bool {
        let codebase = self.analysis.codebase;
        let file = codebase.function_file(function);
        let facts = codebase.function(function);
        let parameters: Vec<Type> = facts
            .parameters
            .iter()
            .map(|parameter| codebase.resolve_type(file, Some(function), &parameter.ty))
            .collect();
        self.analysis.models.types().filter_map(|(_, model)| model.signature.as_ref()).any(|signature| {
            facts.results.is_empty()
                && signature.len() == parameters.len()
                && signature
                    .iter()
                    .zip(&parameters)
                    .all(|(wanted, ty)| ty.library() == Some(wanted.trim_start_matches('*')))
        })
    }

    fn edge(&mut self, candidate: Candidate, outbound: &[OutboundEdge]) -> Option<InboundEdge> {
        let handler = candidate.handler;
        if !self.analysis.codebase.file(self.analysis.codebase.function_file(handler)).reported {
            return None;
        }
        let below = self.analysis.summary(handler).below;
        let confidence = match (candidate.unknown, candidate.by_shape) {
            (true, _) => Confidence::Low,
            (false, true) => Confidence::Medium,
            (false, false) => Confidence::High,
        };
        let mut edge = InboundEdge {
            handler,
            registration: candidate.registration,
            served: candidate.served.as_ref().map(|served| served.at),
            served_argument: candidate.served.as_ref().and_then(|served| served.argument),
            served_default: candidate.served.as_ref().and_then(|served| served.default.clone()),
            router: candidate.router,
            path: candidate.path,
            kind: candidate.kind,
            taken: None,
            extracted: candidate.extracted,
            confidence,
            span: self.span_of(handler),
            needs_context: below.sends || below.starts || outbound.iter().any(|edge| edge.function == handler),
            traced: self.traced(handler),
            called_from: None,
        };
        if edge.traced != Traced::Yes {
            let address = candidate.served.and_then(|served| served.address);
            edge.called_from = caller(outbound, edge.path.as_deref(), address.as_deref());
        }
        Some(edge)
    }

    /// The span that a handler opens for what arrives: not below another span, nor from what was read.
    pub(super) fn span_of(&mut self, handler: FunctionId) -> Option<SpanPlace> {
        let analysis = &mut *self.analysis;
        let own = analysis.starts.iter().find(|((_, function), fact)| {
            let from_span = analysis
                .values
                .objects(&fact.parent)
                .any(|(_, held)| matches!(held.kind, ObjectKind::Span(_) | ObjectKind::Remote));
            *function == handler && !fact.intended && !fact.spawned && !from_span
        });
        if let Some(((at, _), fact)) = own {
            let parent_is_context = !fact.parent.is_empty();
            return Some(SpanPlace { at: *at, scope: fact.scope.clone(), parent_is_context });
        }
        let summary = analysis.summary(handler);
        let below =
            summary.effects.iter().find(|effect| matches!(&effect.kind, EffectKind::Use { by: Use::Parent(..), .. }));
        let at = *below?.chain.first()?;
        Some(SpanPlace { at, scope: Default::default(), parent_is_context: true })
    }
}

/// Across programs, one that leaves an edge bare makes it bare; what can't be told in one is not told.
fn merge(candidates: &mut Vec<Candidate>, new: Candidate) {
    let same = |known: &&mut Candidate| known.handler == new.handler && known.registration == new.registration;
    match candidates.iter_mut().find(same) {
        Some(known) if known.extracted.is_some() && new.extracted.is_none() && !new.unknown => *known = new,
        Some(known) => known.unknown |= new.unknown && known.extracted.is_none(),
        None => candidates.push(new),
    }
}

fn add(
    candidates: &mut Vec<Candidate>,
    met: &mut FxHashSet<FunctionId>,
    layers: &Layers,
    path: Option<&Name>,
    registration: Option<FileRange>,
    cover: &Cover,
    kind: EdgeKind,
) {
    for handler in &layers.endpoints {
        met.insert(*handler);
        let extracted = layers.extracted.or(cover.extracted);
        let unknown = layers.unknown || cover.unknown;
        if let Some(known) =
            candidates.iter_mut().find(|known| known.handler == *handler && known.registration == registration)
        {
            known.extracted = known.extracted.or(extracted);
            known.unknown |= unknown;
            continue;
        }
        candidates.push(Candidate {
            handler: *handler,
            registration,
            path: path.cloned(),
            kind,
            extracted,
            unknown,
            served: cover.served.clone(),
            router: cover.made,
            by_shape: false,
        });
    }
}

/// What stands around any of the routers that a route may belong to. A router that nobody serves in sight is unknown.
fn cover_of(covers: &FxHashMap<ValueId, Cover>, resolver: &Resolver<'_, '_>, routers: &Set) -> Cover {
    let mut joined = Cover { unknown: routers.is_empty(), ..Cover::default() };
    for router in routers {
        match covers.get(router) {
            Some(cover) => {
                joined.extracted = joined.extracted.or(cover.extracted);
                joined.unknown |= cover.unknown || cover.served.is_none();
                joined.served = joined.served.or_else(|| cover.served.clone());
                joined.made = joined.made.or(cover.made);
            }
            // The process-wide router is served by whoever serves without naming one.
            None => joined.unknown |= !matches!(resolver.analysis.values.get(*router), Value::Symbol(_)),
        }
    }
    joined
}

fn text(resolver: &Resolver<'_, '_>, set: &Set) -> Option<Name> {
    set.iter().find_map(|id| match resolver.analysis.values.get(*id) {
        Value::Text(text) => Some(text.clone()),
        _ => None,
    })
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
