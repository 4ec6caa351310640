//! Messages that leave: whether a context was written into what their headers hold, however that was put together.
//!
//! A message is its own carrier. Its headers may be a list of records, a map filled from another one in a loop, or what a
//! helper gave back, so a written carrier is looked for in all that the headers hold.

use super::frame::{Frame, Typed, WRITTEN};
use super::library::Site;
use super::summary::{Chain, EffectKind, Written};
use super::value::{ObjectKind, Set, Value, ValueId};
use crate::facts::Name;
use crate::model::{EdgeKind, EffectModel, Place, Root};
use crate::text::TextRange;
use rustc_hash::FxHashSet;

/// What is known of a message before it leaves.
pub(super) struct Headers {
    /// Whether a context is in them.
    pub(super) written: Written,
    /// Whether the caller decides what is in them.
    pub(super) open: bool,
}

/// How deep headers are looked into.
const DEPTH: u32 = 7;

impl Frame<'_, '_> {
    /// What a model says is sent by the call itself; what is put into the call's result later is sent when it is put there.
    pub(super) fn sends_now(carrier: &[Place]) -> bool {
        !carrier.iter().any(|place| matches!(place.root, Root::Result(_)))
    }

    /// Something is put into a channel that a library sends from.
    pub(super) fn put_into_channel(&mut self, channel: &Set, value: &Typed, at: TextRange) {
        let mut sent: Vec<(Name, EdgeKind)> = Vec::new();
        for (_, held) in self.analysis.values.objects(channel) {
            let ObjectKind::Opaque(symbol) = &held.kind else { continue };
            let Some(model) = self.analysis.models.call(symbol) else { continue };
            sent.extend(model.entries.iter().flat_map(|entry| &entry.effects).filter_map(|effect| match effect {
                EffectModel::Sends { carrier, kind, .. } if !Self::sends_now(carrier) => Some((symbol.clone(), *kind)),
                _ => None,
            }));
        }
        for (symbol, kind) in sent {
            let mut send = Self::empty_send(symbol, kind);
            send.carriers = value.set.clone();
            let at = self.here(at);
            self.happen(EffectKind::Send(Box::new(send)), at, &Chain::new(), false);
        }
    }

    /// Looks into messages that leave.
    pub(super) fn headers_of(&self, messages: &Set) -> Headers {
        let values = &self.analysis.values;
        let mut found = Headers { written: Written::No, open: false };
        let mut seen = FxHashSet::default();
        let mut pending: Vec<(ValueId, u32)> = messages.iter().map(|id| (*id, DEPTH)).collect();
        while let Some((id, left)) = pending.pop() {
            if !seen.insert(id) {
                continue;
            }
            let Some(left) = left.checked_sub(1) else {
                found.written = found.written.max(Written::Perhaps);
                continue;
            };
            if let Some(state) = self.state.carriers.get(&id) {
                found.written = found.written.max(state.written);
            }
            match values.get(id) {
                Value::Object(object) => {
                    let held = values.object(*object);
                    let elsewhere = held.function != self.id || held.site != held.here;
                    if held.kind == ObjectKind::Arrived || (elsewhere && values.part_of(*object, WRITTEN).is_some()) {
                        found.written = Written::Yes;
                    }
                    if matches!(held.kind, ObjectKind::Opaque(_)) && held.ty.library().is_none() {
                        found.written = found.written.max(Written::Perhaps);
                    }
                    let message = self.is_message(&held.ty);
                    let parts = held.parts.iter().filter(|(part, _)| !message || part == "headers");
                    pending.extend(parts.flat_map(|(_, set)| set.iter().map(|id| (*id, left))));
                }
                Value::Part(base, part) => {
                    let bare = self.is_unset(*base, part);
                    found.open |= values.symbolic_in(id) == Some(self.id);
                    if self.is_written(*base) {
                        found.written = Written::Yes;
                    } else if !bare && values.symbolic_in(id) != Some(self.id) {
                        found.written = found.written.max(Written::Perhaps);
                    }
                }
                Value::Parameter(..) | Value::Captured(..) => {
                    found.open |= values.symbolic_in(id) == Some(self.id);
                }
                Value::Unknown | Value::Global(_) | Value::Symbol(_) => {
                    found.written = found.written.max(Written::Perhaps);
                }
                _ => {}
            }
        }
        // What is injected here into something else may go along in the message's body.
        let elsewhere = |fact: &super::InjectFact| {
            fact.function == self.id && !fact.carried && fact.into.iter().all(|id| !seen.contains(id))
        };
        if found.written == Written::No && (self.state.wrote || self.analysis.injects.values().any(elsewhere)) {
            found.written = Written::Perhaps;
        }
        found
    }

    /// Whether a part is that of a message made here whose headers nobody set, or an element of those.
    fn is_unset(&self, base: ValueId, part: &str) -> bool {
        let values = &self.analysis.values;
        match values.get(base) {
            Value::Part(inner, headers) if part == "each" => self.is_unset(*inner, headers),
            Value::Object(object) if part == "headers" => {
                let held = values.object(*object);
                held.kind != ObjectKind::Arrived && self.is_message(&held.ty)
            }
            _ => false,
        }
    }

    /// Whether a context was written into a value, or into what it is a part of.
    fn is_written(&self, id: ValueId) -> bool {
        let values = &self.analysis.values;
        let mut at = id;
        loop {
            let by_state = self.state.carriers.get(&at).is_some_and(|state| state.written == Written::Yes);
            let by_object = values.as_object(at).is_some_and(|(object, held)| {
                held.kind == ObjectKind::Arrived || values.part_of(object, WRITTEN).is_some()
            });
            if by_state || by_object {
                return true;
            }
            let Value::Part(base, _) = values.get(at) else { return false };
            at = *base;
        }
    }

    /// An element of a carrier that a context was written into, among what was put there by hand.
    pub(super) fn written_element(&mut self, of: &Set, elements: &mut Set) {
        for id in of {
            let state = self.state.carriers.get(id).is_some_and(|state| state.written == Written::Yes);
            let object = self.analysis.values.as_object(*id);
            if state || object.is_some_and(|(object, _)| self.analysis.values.part_of(object, WRITTEN).is_some()) {
                let element = self.analysis.values.id(Value::Part(*id, "each".into()));
                super::value::insert(elements, element);
            }
        }
    }

    /// A header written out under a name that carries trace context.
    pub(super) fn header_literal(&mut self, object: super::value::ObjectId) {
        let ty = self.analysis.values.object(object).ty.clone();
        if !self.type_model(&ty).is_some_and(|model| model.is("header")) {
            return;
        }
        let key = self.analysis.values.part_of(object, "key").cloned().unwrap_or_default();
        if self.names_propagation_header(&key) {
            let written = self.analysis.values.constant();
            self.analysis.values.add_part(object, WRITTEN, &written);
            self.mark_written(object);
        }
    }

    /// Whether something is written, or may be, where these values come from.
    pub(super) fn may_be_set(&self, set: &Set) -> bool {
        let values = &self.analysis.values;
        set.iter().any(|id| match values.get(*id) {
            Value::Nothing => false,
            Value::Part(base, _) => !self.is_at_hand(*base),
            _ => true,
        })
    }

    /// Whether something is a record at hand, or a part of one that nobody wrote: no part of it was written then.
    fn is_at_hand(&self, id: ValueId) -> bool {
        match self.analysis.values.get(id) {
            Value::Part(base, _) => self.is_at_hand(*base),
            _ => self.analysis.values.as_object(id).is_some(),
        }
    }

    /// Notes that an object holds a context from here on.
    pub(super) fn mark_written(&mut self, object: super::value::ObjectId) {
        let id = self.analysis.values.id(Value::Object(object));
        self.state.carriers.entry(id).or_default().written = Written::Yes;
    }

    /// The call that would carry a context in place of one that can't, if the model names one.
    pub(super) fn instead(effect: &EffectModel, site: &Site<'_>) -> Option<Name> {
        let EffectModel::Sends { instead, .. } = effect else { return None };
        let (_, called) = site.symbol.rsplit_once('.')?;
        instead.as_ref().filter(|instead| *instead != called).cloned()
    }
}
