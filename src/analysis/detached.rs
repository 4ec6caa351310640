//! Where the context in hand is replaced: by a fresh one, by an older one, by that of another request.

use super::Analysis;
use super::build::Builder;
use super::graph::{Carried, Detached, DetachedKind, PropagationGraph};
use super::lifetime::{self, Lifetime, Opening};
use super::scope::Scope;
use super::summary::Use;
use super::value::{ObjectId, ObjectKind, Set, Value};
use super::{DetachedFact, OlderFact, SharedFact, StartFact};
use crate::codebase::{FunctionId, Type, TypeId};
use crate::diagnostic::Confidence;
use crate::facts::{Call, Callee, Name, StepKind, walk};
use crate::model::{EffectModel, Root};
use crate::text::FileRange;

impl Builder<'_, '_> {
    pub(super) fn detached(&mut self, graph: &PropagationGraph) -> Vec<Detached> {
        let facts: Vec<(FileRange, DetachedFact)> =
            self.analysis.detached.iter().map(|(at, fact)| (*at, fact.clone())).collect();
        let mut found = Vec::new();
        for (at, fact) in facts {
            if !self.analysis.codebase.file(at.file).reported || self.spawned(fact.function) {
                continue;
            }
            let what = match fact.by {
                Use::Parent(..) => DetachedKind::Parent,
                Use::Edge(edge) if self.depends_on_context(edge, graph) => DetachedKind::Edge,
                Use::Edge(_) => continue,
            };
            let except = match fact.by {
                Use::Parent(span, _) => Some(self.analysis.values.object(span).here),
                Use::Edge(_) => None,
            };
            if except.is_some_and(|span| self.meant_as_root(span)) {
                continue;
            }
            if !self.at_hand(&fact.scope, except) || self.lacks_extract(fact.function, graph) {
                continue;
            }
            let traced = self.traced(fact.function);
            let confidence = Confidence::High;
            let used = fact.chain.to_vec();
            found.push(Detached { function: fact.function, at, what, used, scope: fact.scope, confidence, traced });
        }
        found.extend(self.roots(graph));
        found.extend(self.older(graph));
        found.extend(self.shared(graph));
        found
    }

    /// Whether a root was asked for where a span is opened, or a link ties it to its cause.
    pub(super) fn meant_as_root(&self, at: FileRange) -> bool {
        self.analysis.meant_roots.contains(&at)
    }

    /// Root spans opened where a parent was at hand.
    fn roots(&mut self, graph: &PropagationGraph) -> Vec<Detached> {
        let starts: Vec<_> = self.analysis.starts.iter().map(|((at, _), fact)| (*at, fact.clone())).collect();
        let mut found = Vec::new();
        for (at, fact) in starts {
            let bare = fact.parent.is_empty() && !self.meant_as_root(at) && !fact.spawned;
            if !bare || !self.analysis.codebase.file(at.file).reported || self.spawned(fact.function) {
                continue;
            }
            if !self.at_hand(&fact.scope, Some(at)) || self.lacks_extract(fact.function, graph) {
                continue;
            }
            // Where nothing arrived with the request, a root span is right; the other path has the parent.
            if self.extracts(fact.function) && fact.scope.open.iter().all(|span| self.here_of(*span) == at) {
                continue;
            }
            let traced = self.traced(fact.function);
            found.push(Detached {
                function: fact.function,
                at,
                what: DetachedKind::Root,
                used: vec![at],
                scope: fact.scope,
                confidence: Confidence::Medium,
                traced,
            });
        }
        found
    }

    /// Whether a function, or one it is written in, reads a caller's context.
    fn extracts(&self, function: FunctionId) -> bool {
        let around = self.around(function);
        self.analysis.extracts.values().any(|fact| around.contains(&fact.function))
    }

    fn here_of(&self, object: ObjectId) -> FileRange {
        self.analysis.values.object(object).here
    }

    /// Whether a function is a closure that runs at the same time as, or after, the one around it.
    fn spawned(&self, function: FunctionId) -> bool {
        let sites = self.analysis.wiring.callers.get(&function);
        let is_spawned = sites.is_some_and(|sites| !sites.is_empty() && sites.iter().all(|site| site.spawned));
        is_spawned || self.analysis.codebase.owner(function).is_some_and(|owner| self.spawned(owner))
    }

    /// Whether a function answers an inbound edge whose context nobody reads: then that is the finding.
    fn lacks_extract(&self, function: FunctionId, graph: &PropagationGraph) -> bool {
        let around = self.around(function);
        graph.inbound.iter().any(|edge| around.contains(&edge.handler) && edge.extracted.is_none())
    }

    pub(super) fn depends_on_context(&mut self, edge: FileRange, graph: &PropagationGraph) -> bool {
        if self.analysis.injects.contains_key(&edge) {
            return true;
        }
        let Some(outbound) = graph.outbound.iter().find(|outbound| outbound.at == edge) else { return false };
        matches!(outbound.carried, Carried::Wrapped(_)) && self.wrapper_needs_context(edge)
    }

    fn wrapper_needs_context(&mut self, edge: FileRange) -> bool {
        let through: Vec<Set> = self
            .analysis
            .sends
            .iter()
            .filter(|((at, _), _)| *at == edge)
            .map(|(_, fact)| fact.send.through.clone())
            .collect();
        let mut resolver = self.resolver(None);
        through.iter().any(|set| resolver.client(set).injects.is_some_and(|injector| injector.needs_context))
    }

    /// Spans and edges below a context that is older than the span around them, whose own context was dropped.
    fn older(&mut self, graph: &PropagationGraph) -> Vec<Detached> {
        let facts: Vec<(FileRange, OlderFact)> =
            self.analysis.older.iter().map(|(at, fact)| (*at, fact.clone())).collect();
        let mut found: Vec<Detached> = Vec::new();
        for (at, fact) in facts {
            if !self.analysis.codebase.file(at.file).reported {
                continue;
            }
            if let Use::Edge(edge) = fact.by
                && !self.depends_on_context(edge, graph)
            {
                continue;
            }
            // One finding for each span that loses what is below it.
            if found.iter().any(|known| known.what == DetachedKind::Older(fact.span)) {
                continue;
            }
            let Some(start) = self.analysis.starts.get(&(fact.span, fact.function)).cloned() else { continue };
            let Some((held, lifetime)) = self.analysis.lifetime(fact.function, fact.span, &start, &[at]) else {
                continue;
            };
            if !held.drops_context || lifetime.open_at.is_empty() {
                continue;
            }
            found.push(Detached {
                function: fact.function,
                at,
                what: DetachedKind::Older(fact.span),
                used: fact.chain.to_vec(),
                scope: Scope::default(),
                confidence: if fact.chain.len() == 1 { Confidence::High } else { Confidence::Medium },
                traced: self.traced(fact.function),
            });
        }
        found
    }

    /// Contexts of one request that a handler puts where all requests look.
    fn shared(&mut self, graph: &PropagationGraph) -> Vec<Detached> {
        let facts: Vec<(FileRange, SharedFact)> =
            self.analysis.shared.iter().map(|(at, fact)| (*at, fact.clone())).collect();
        let mut found = Vec::new();
        for (at, fact) in facts {
            let answers =
                graph.inbound.iter().any(|edge| edge.handler == fact.function) || self.has_handler_shape(fact.function);
            if !answers || !self.analysis.codebase.file(at.file).reported || !self.holds_request_context(at, &fact) {
                continue;
            }
            let owners = fact.owner.map(|owner| self.around(owner)).unwrap_or_default();
            if owners.into_iter().any(|id| self.has_handler_shape(id) || self.takes_context(id)) {
                continue;
            }
            found.push(Detached {
                function: fact.function,
                at,
                what: DetachedKind::Shared(fact.declared),
                used: vec![at],
                scope: Scope::default(),
                confidence: Confidence::Medium,
                traced: self.traced(fact.function),
            });
        }
        found
    }

    /// Whether what is assigned is the context of the request that the function answers, or a record that keeps it.
    fn holds_request_context(&self, at: FileRange, fact: &SharedFact) -> bool {
        if self.is_context_of(&fact.value, fact.function) {
            return true;
        }
        let Type::Declared(owner, _) = &fact.ty else { return false };
        let fields = self.context_fields(*owner, &fact.ty);
        let values = &self.analysis.values;
        let in_record = |field: &Name| {
            values.objects(&fact.value).any(|(object, _)| {
                values.part_of(object, field).is_some_and(|set| self.is_context_of(set, fact.function))
            })
        };
        fields.iter().any(|field| in_record(field) || self.kept_by_call(at, fact, *owner, field))
    }

    /// Whether a call in the assignment keeps the context that it is given in that field.
    fn kept_by_call(&self, at: FileRange, fact: &SharedFact, owner: TypeId, field: &Name) -> bool {
        let Some(writes) = self.analysis.wiring.fields.get(&(owner, field.clone())) else { return false };
        writes.iter().any(|(writer, set)| {
            let sites = self.analysis.wiring.callers.get(writer).map(Vec::as_slice).unwrap_or_default();
            let here = sites.iter().filter(|site| site.caller == fact.function && site.at.file == at.file);
            here.filter(|site| at.range.contains(site.at.range)).any(|site| {
                let given = site.arguments.iter().enumerate();
                given
                    .filter(|(_, argument)| self.is_context_of(argument, fact.function))
                    .any(|(index, _)| self.analysis.values.has(set, &Value::Parameter(*writer, index as u16)))
            })
        })
    }

    /// Fields of a record that hold a context.
    fn context_fields(&self, owner: TypeId, ty: &Type) -> Vec<Name> {
        let codebase = self.analysis.codebase;
        let fields = codebase.fields(ty).iter().zip(codebase.field_types(owner));
        fields.filter(|(_, ty)| self.analysis.is_of(ty, "context")).map(|(field, _)| field.name.clone()).collect()
    }

    /// Whether a set holds a context that came with the call of a function, or one made below it there.
    fn is_context_of(&self, set: &Set, function: FunctionId) -> bool {
        let values = &self.analysis.values;
        set.iter().any(|id| match values.as_object(*id) {
            Some((_, held)) => {
                held.function == function && matches!(held.kind, ObjectKind::Span(_) | ObjectKind::Remote)
            }
            None => {
                let ty = values.type_of(*id);
                let model = ty.library().and_then(|path| self.analysis.models.ty(path));
                let of_request = matches!(values.get(*id), Value::Part(_, part) if part == "context");
                values.symbolic_in(*id) == Some(function)
                    && (of_request || model.is_some_and(|model| model.is("context")))
                    && !matches!(values.get(*id), Value::Captured(..))
            }
        })
    }
}

impl Analysis<'_> {
    /// From where to where a span that a function opens is open, if the function owns it.
    pub(super) fn lifetime(
        &self,
        function: FunctionId,
        at: FileRange,
        start: &StartFact,
        asked: &[FileRange],
    ) -> Option<(lifetime::Held, Lifetime)> {
        let (codebase, models) = (self.codebase, self.models);
        let facts = codebase.function(function);
        let mut call = None;
        walk(&facts.steps, &mut |step| match &step.kind {
            StepKind::Call(held) if step.range == at.range => call = Some(&**held),
            _ => {}
        });
        let opening = Opening { call: call?, at: at.range, span: start.span?, context: start.context };
        let held = lifetime::held(facts, &opening)?;
        let ty = held.span.and_then(|local| self.local_types.get(at.file, local));
        let ends = |method: &str| {
            let symbol = ty.and_then(Type::library).map(|path| format!("{path}.{method}"));
            symbol.and_then(|symbol| models.call(&symbol)).is_some_and(|model| {
                let mut effects = model.entries.iter().flat_map(|entry| &entry.effects);
                effects.any(|effect| matches!(effect, EffectModel::Ends { span } if span.root == Root::Receiver))
            })
        };
        let hands_on = |call: &Call| {
            let name = match &call.callee {
                Callee::Free(path) => path.0.last().map_or("", Name::as_str),
                Callee::Method(_, name) => name,
                Callee::Value(_) => "",
            };
            ["With", "Set", "Put", "Store"].iter().any(|word| name.starts_with(word))
        };
        let file = &codebase.file(at.file).facts;
        let asked: Vec<_> = asked.iter().map(|at| at.range).collect();
        let lifetime = lifetime::follow(file, facts, &opening, &held, &asked, &ends, &hands_on)?;
        Some((held, lifetime))
    }
}
