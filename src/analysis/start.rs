//! Spans that library calls open.

use super::StartFact;
use super::frame::Frame;
use super::library::Site;
use super::summary::{Chain, EffectKind, Use};
use super::value::{ObjectKind, Set, ValueId, join};
use crate::model::{EntryModel, Gives, Place, Root};

impl Frame<'_, '_> {
    #[expect(clippy::too_many_arguments, reason = "the fields of one effect, taken apart by its match")]
    pub(super) fn starts(
        &mut self,
        entry: &EntryModel,
        site: &mut Site<'_>,
        span: Option<&Place>,
        context: Option<&Place>,
        parent: &[Place],
        kind: Option<crate::model::SpanKind>,
        root_if: &[Place],
    ) {
        let at = site.invocation.at;
        self.summary.below.starts = true;
        if self.is_of_tracing(site) {
            self.analysis.tracing_functions.insert(self.id);
        }
        let mut parents = Set::new();
        for place in parent {
            let set = match &place.root {
                Root::Option(symbol) => self.options(symbol, entry, site),
                _ => self.place(place, site).set,
            };
            join(&mut parents, &set);
        }
        if let Some(options) = &entry.options {
            // Options that came from elsewhere may hold a parent, and one that reads the caller's context is one.
            let more = self.parents_among(options, site);
            join(&mut parents, &more);
        }
        let parents = self.analysis.bare_contexts(&parents);
        self.use_everything(&parents);
        self.read_by_hand(&parents, at);
        let intended = root_if.iter().any(|place| match &place.root {
            Root::Option(symbol) => !self.options(symbol, entry, site).is_empty(),
            _ => !self.place(place, site).set.is_empty(),
        });
        if intended {
            // A root asked for on purpose may still be linked to what arrived.
            let given = self.given_options(entry, site);
            self.use_everything(&given);
        }
        let ty = if span.is_some() { "span" } else { "" };
        let object = self.make(site, ty, ObjectKind::Span(kind), "");
        self.analysis.values.add_part(object, "parent", &parents);
        let scope = self.scope(at.range);
        let spawned = site.invocation.spawned;
        let slot = |place: Option<&Place>, role: &str| match place?.root {
            Root::Result(slot) => match entry.gives.get(slot as usize)? {
                Gives::Type(path) => self.analysis.models.ty(path)?.is(role).then_some(slot),
                Gives::Nothing | Gives::Same(_) => None,
            },
            _ => None,
        };
        let fact = StartFact {
            function: self.id,
            symbol: site.symbol.clone(),
            object,
            parent: parents.clone(),
            span: slot(span, "span").filter(|_| self.is_ended_by_hand(entry, span)),
            context: slot(context, "context"),
            scope,
            spawned,
            intended,
        };
        if intended || self.links(entry, site) {
            self.analysis.meant_roots.insert(at);
        }
        self.analysis.starts.insert((at, self.id), fact);
        for place in [span, context].into_iter().flatten() {
            self.output(place, object, site);
        }
        if !intended {
            let effect = EffectKind::Use { context: parents, by: Use::Parent(object, kind) };
            self.happen(effect, at, &Chain::new(), spawned);
        }
        if !self.state.open.contains(&object) {
            self.state.open.push(object);
        }
    }

    /// Whether spans of the type that an entry gives have to be told to end. Others end when they are gone.
    fn is_ended_by_hand(&self, entry: &EntryModel, span: Option<&Place>) -> bool {
        let Some(Root::Result(slot)) = span.map(|place| &place.root) else { return false };
        let Some(Gives::Type(ty)) = entry.gives.get(*slot as usize) else { return false };
        !self.analysis.models.ty(ty).is_some_and(|model| model.is("ends-itself"))
    }

    /// Whether an option holds a position in a trace, as links do.
    fn links(&mut self, entry: &EntryModel, site: &Site<'_>) -> bool {
        if entry.options.is_none() {
            return false;
        }
        let mut pending: Vec<(ValueId, u32)> = self.given_options(entry, site).iter().map(|id| (*id, 5)).collect();
        while let Some((id, depth)) = pending.pop() {
            let values = &self.analysis.values;
            let ty = values.type_of(id);
            let is_position = self
                .type_model(&ty)
                .is_some_and(|model| ["context", "span", "span-context"].iter().any(|role| model.is(role)));
            match values.as_object(id) {
                Some((_, held)) if matches!(held.kind, ObjectKind::Span(_) | ObjectKind::Remote) => return true,
                Some((_, held)) if depth > 0 => {
                    pending.extend(held.parts.iter().flat_map(|(_, set)| set.iter().map(|id| (*id, depth - 1))));
                }
                Some(_) => {}
                None if is_position => return true,
                None => {}
            }
        }
        false
    }
}
