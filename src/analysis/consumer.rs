//! Inbound edges without a registered handler: messages that a call gives, and records that stand for one.

use super::build::Builder;
use super::graph::InboundEdge;
use super::handler::{Layer, Way};
use super::message::ReceiveFact;
use super::resolver::Resolver;
use super::value::{ObjectKind, Value, ValueId};
use crate::codebase::FunctionId;
use crate::diagnostic::Confidence;
use crate::facts::Name;
use crate::text::FileRange;

impl Builder<'_, '_> {
    /// Messages taken by calls, as far as anything is done for them that belongs to a trace.
    pub(super) fn received(&mut self, handlers: &[InboundEdge]) -> Vec<InboundEdge> {
        let facts: Vec<(FileRange, ReceiveFact)> =
            self.analysis.receives.iter().map(|(at, fact)| (*at, fact.clone())).collect();
        let reported = |at: &FileRange| self.analysis.codebase.file(at.file).reported;
        let mut edges = Vec::new();
        for (at, fact) in facts.into_iter().filter(|(at, _)| reported(at)).collect::<Vec<_>>() {
            let passing = (!fact.through.is_empty()).then(|| self.resolver(None).interceptors(&fact.through));
            let passing = passing.unwrap_or_default();
            let fact = ReceiveFact { escaped: fact.escaped || passing.unknown, ..fact };
            // Whoever is called back with it may open spans; nobody here knows.
            let unseen = fact.handed_on && !fact.taken;
            if fact.record && !self.answers(fact.function, handlers) {
                continue;
            }
            let span = self.span_of(fact.function);
            let named = |ty: &Name| {
                let messages = span.as_ref().map(|span| span.scope.messages.as_slice()).unwrap_or_default();
                !fact.inside || messages.iter().any(|binding| binding.ty.as_ref() == Some(ty))
            };
            edges.push(InboundEdge {
                covered: None,
                missed: None,
                chain: None,
                family: None,
                router: None,
                outer_router: None,
                handler: fact.function,
                registration: None,
                served: None,
                served_argument: None,
                served_default: None,
                path: None,
                kind: fact.kind,
                taken: Some(at),
                message: fact.ty.clone().filter(named),
                extracted: fact.read.or(passing.extracts),
                confidence: self.how_sure(&fact, unseen),
                span,
                opened_by: None,
                needs_context: fact.needed || unseen,
                traced: self.traced(fact.function),
                called_from: None,
            });
        }
        edges
    }

    /// How sure it is that nobody reads a context from a message. Reading one of its type somewhere else is a sign that the way
    /// from here to there was not seen.
    fn how_sure(&self, fact: &ReceiveFact, unseen: bool) -> Confidence {
        let alibi = fact.ty.as_ref().is_some_and(|ty| self.analysis.read_types.contains(ty));
        match (fact.escaped, fact.record || unseen, alibi) {
            (true, _, _) | (_, true, true) => Confidence::Low,
            (_, true, false) | (_, false, true) => Confidence::Medium,
            (false, false, false) => Confidence::High,
        }
    }

    /// Whether a function answers what arrives: a record written out there stands for a message that came with it.
    fn answers(&self, function: FunctionId, handlers: &[InboundEdge]) -> bool {
        self.around(function).into_iter().any(|id| {
            self.analysis.is_handler_method(id)
                || handlers.iter().any(|edge| edge.handler == id)
                || self.has_handler_shape(id)
        })
    }
}

/// What the thing that a handler of messages is registered on does for it. Nobody serves such a thing, but it may be made with
/// something that reads the context.
pub(super) fn subscription_way(resolver: &Resolver<'_, '_>, on: ValueId) -> Way {
    let values = &resolver.analysis.values;
    let mut way = Way::default();
    match values.get(on) {
        Value::Object(object) => {
            let held = values.object(*object);
            if let ObjectKind::Wrapper(kind) = &held.kind
                && kind.does.extract
            {
                way.layers.push(Layer { extracts: Some(held.here), starts: kind.does.start, ..Layer::new(held.here) });
            }
        }
        // Nobody can tell how it was made, which matters where it can be instrumented.
        _ => {
            let ty = values.type_of(on);
            let model = ty.library().and_then(|path| resolver.analysis.models.ty(path));
            way.unknown = model.is_some_and(|model| model.is("router"));
        }
    }
    way
}
