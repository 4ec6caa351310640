//! The graph of a codebase in which places have moved, and nothing else is otherwise.

use super::graph::{
    Carried, Detached, DetachedKind, DoubleInject, HeldGuard, InboundEdge, LostItem, LostWork, Misplaced,
    MissingPropagator, OutboundEdge, PropagationGraph, SpanPlace, UnendedSpan, UnusedExtract,
};
use super::scope::Scope;
use crate::codebase::FunctionId;
use crate::facts::LocalIndex;
use crate::text::FileRange;

/// Where things are now; none for what can't be told.
pub struct Moves<'m> {
    /// Places.
    pub place: &'m dyn Fn(FileRange) -> Option<FileRange>,
    /// Variables that a function sees.
    pub local: &'m dyn Fn(FunctionId, LocalIndex) -> Option<LocalIndex>,
}

impl PropagationGraph {
    /// The same graph with all places where they are now; none if that can't be told of one.
    pub fn moved(&self, moves: &Moves<'_>) -> Option<PropagationGraph> {
        let mut graph = self.clone();
        let PropagationGraph {
            programs: _,
            inbound,
            outbound,
            unused_extracts,
            detached,
            lost_work,
            lost_items,
            held_guards,
            unended,
            doubled,
            misplaced,
            no_propagator,
            makers,
            models: _,
        } = &mut graph;
        let mut moving = Moving { moves, is_lost: false };
        inbound.iter_mut().for_each(|edge| moving.inbound(edge));
        outbound.iter_mut().for_each(|edge| moving.outbound(edge));
        for UnusedExtract { function: _, at, too_late, traced: _ } in unused_extracts {
            moving.places([at]);
            moving.places(too_late);
        }
        detached.iter_mut().for_each(|found| moving.detached(found));
        lost_work.iter_mut().for_each(|found| moving.lost_work(found));
        for LostItem { producer: _, stored, fresh, worker: _, worked, confidence: _, traced: _ } in lost_items {
            moving.places([stored, worked]);
            moving.places(fresh);
        }
        for HeldGuard { function: _, at, awaited, symbol: _, traced: _ } in held_guards {
            moving.places([at, awaited]);
        }
        for UnendedSpan { function: _, at, leaks, confidence: _, traced: _ } in unended {
            moving.places([at]);
            moving.places(leaks);
        }
        for DoubleInject { function, first, second, client, request, scope, traced: _ } in doubled {
            moving.places([first, second]);
            moving.places(client.iter_mut().chain(request));
            moving.scope(*function, scope);
        }
        for Misplaced { at, what: _, other, endpoints: _, confidence: _, traced: _ } in misplaced {
            moving.places([at, other]);
        }
        for MissingPropagator { at, used, function: _ } in no_propagator {
            moving.places([at, used]);
        }
        let made = std::mem::take(makers).into_iter().map(|(mut at, name)| {
            moving.places([&mut at]);
            (at, name)
        });
        *makers = made.collect();
        (!moving.is_lost).then_some(graph)
    }
}

struct Moving<'m> {
    moves: &'m Moves<'m>,
    /// Whether something can't be told.
    is_lost: bool,
}

impl Moving<'_> {
    fn places<'p>(&mut self, places: impl IntoIterator<Item = &'p mut FileRange>) {
        for at in places {
            match (self.moves.place)(*at) {
                Some(now) => *at = now,
                None => self.is_lost = true,
            }
        }
    }

    fn scope(&mut self, function: FunctionId, scope: &mut Scope) {
        let Scope { contexts, spans, requests, exchanges, messages, open: _ } = scope;
        for binding in [contexts, spans, requests, exchanges, messages].into_iter().flatten() {
            match (self.moves.local)(function, binding.local) {
                Some(now) => binding.local = now,
                None => self.is_lost = true,
            }
        }
    }

    fn inbound(&mut self, edge: &mut InboundEdge) {
        let InboundEdge {
            handler: _,
            registration,
            served,
            served_argument,
            served_default: _,
            covered,
            missed,
            chain,
            family: _,
            router,
            outer_router,
            path: _,
            kind: _,
            taken,
            message: _,
            extracted,
            confidence: _,
            span,
            opened_by,
            needs_context: _,
            traced: _,
            called_from,
        } = edge;
        let places = [registration, served, served_argument, covered, missed, chain, router, outer_router];
        self.places(places.into_iter().flatten());
        self.places([taken, extracted, opened_by, called_from].into_iter().flatten());
        if let Some(SpanPlace { at, function, scope, parent: _, message: _ }) = span {
            self.places([at]);
            self.scope(*function, scope);
        }
    }

    fn outbound(&mut self, edge: &mut OutboundEdge) {
        let OutboundEdge {
            function,
            at,
            chain,
            message,
            symbol: _,
            instead: _,
            kind: _,
            carried,
            confidence: _,
            late,
            client,
            request,
            carrierless: _,
            connection: _,
            scope,
            in_trace: _,
            traced: _,
            url: _,
            spawned: _,
        } = edge;
        self.places([at]);
        self.places(chain);
        self.places(message.iter_mut().map(|(at, _)| at));
        self.places([late, client, request].into_iter().flatten());
        if let Carried::Wrapped(at) = carried {
            self.places([at]);
        }
        self.scope(*function, scope);
    }

    fn detached(&mut self, found: &mut Detached) {
        let Detached { function, at, what, used, scope, confidence: _, traced: _ } = found;
        self.places([at]);
        self.places(used);
        match what {
            DetachedKind::Older(at) | DetachedKind::Shared(at) => self.places([at]),
            DetachedKind::Parent | DetachedKind::Edge | DetachedKind::Root => {}
        }
        self.scope(*function, scope);
    }

    fn lost_work(&mut self, found: &mut LostWork) {
        let LostWork { function, at, fresh, used, symbol: _, current: _, on_handle, scope, confidence: _, traced: _ } =
            found;
        self.places([at, fresh]);
        self.places(used.iter_mut().chain(on_handle));
        self.scope(*function, scope);
    }
}
