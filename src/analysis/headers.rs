//! Carriers read and written by hand, entry by entry: whether a key names a header that carries trace context.

use super::frame::{Frame, WRITTEN};
use super::summary::{Chain, EffectKind, Written};
use super::value::{ObjectKind, Set, Value, ValueId, insert};
use crate::codebase::Type;
use crate::facts::Name;
use crate::model::formats;
use crate::text::FileRange;

/// Through how many variables a name is followed.
const HOPS: u32 = 4;

/// The part of a context read entry by entry that holds the carrier. It counts as read once it is used as a context: a header
/// that is only logged is not.
pub(super) const BY_HAND: &str = "#by hand";

impl Frame<'_, '_> {
    /// Whether a key is, or may be, the name of a header that carries trace context.
    pub(super) fn names_propagation_header(&self, key: &Set) -> bool {
        self.names_header_within(key, HOPS)
    }

    fn names_header_within(&self, key: &Set, hops: u32) -> bool {
        let Some(left) = hops.checked_sub(1) else { return false };
        key.iter().any(|id| match self.analysis.values.get(*id) {
            Value::Text(text) => formats::is_header(text),
            Value::Global(_) => self.held_by(*id).any(|set| self.names_header_within(set, left)),
            Value::Part(list, name) if name == "each" => self
                .held_by(*list)
                .flat_map(|set| self.analysis.values.objects(set))
                .filter_map(|(object, _)| self.analysis.values.part_of(object, "each"))
                .any(|set| self.names_header_within(set, left)),
            _ => false,
        })
    }

    /// Whether an entry that is written carries trace context: by its name, or because all entries are copied.
    pub(super) fn writes_by_hand(&self, key: &Set, value: &Set) -> bool {
        self.names_propagation_header(key)
            || self.comes_from_written(value)
            || (!self.is_written_out(key, HOPS) && self.comes_from_foreign_carrier(value))
    }

    /// Whether a context was read entry by entry.
    pub(super) fn is_read_by_hand(&self, set: &Set) -> bool {
        let values = &self.analysis.values;
        values.objects(set).any(|(object, _)| values.part_of(object, BY_HAND).is_some())
    }

    /// Something read entry by entry is used as a context: its carrier counts as read.
    pub(super) fn read_by_hand(&mut self, set: &Set, at: FileRange) {
        let values = &self.analysis.values;
        let read = values.objects(set).filter(|(_, held)| held.kind == ObjectKind::Remote);
        let read: Vec<_> =
            read.filter_map(|(object, _)| Some((object, values.part_of(object, BY_HAND)?.clone()))).collect();
        for (gives, from) in read {
            self.happen(EffectKind::Extract { from, gives }, at, &Chain::new(), false);
        }
    }

    /// A record of the codebase's own around a carrier is that carrier, and so is one that a library made of it.
    pub(super) fn beneath(&self, carriers: &Set) -> Set {
        let mut all = carriers.clone();
        for (_, held) in self.analysis.values.objects(carriers) {
            let around = match (&held.kind, &held.ty) {
                (ObjectKind::Record, Type::Declared(..)) => true,
                (ObjectKind::Opaque(_), ty) => self.type_model(ty).is_some_and(|model| model.is("carrier")),
                _ => false,
            };
            let parts = held.parts.iter().filter(|(name, _)| around && name != WRITTEN);
            let inner = parts.flat_map(|(_, set)| set);
            for id in inner {
                insert(&mut all, *id);
            }
        }
        all
    }

    /// What is written into a package variable or constant.
    fn held_by(&self, id: ValueId) -> impl Iterator<Item = &Set> {
        let writes = match self.analysis.values.get(id) {
            Value::Global(global) => self.analysis.wiring.globals.get(global),
            _ => None,
        };
        writes.into_iter().flatten().map(|(_, set)| set)
    }

    /// The text that a value is: written out, or a constant that holds one.
    pub(super) fn text_known(&self, set: &Set) -> Option<Name> {
        let [id] = set.as_slice() else { return None };
        match self.analysis.values.get(*id) {
            Value::Text(text) => Some(text.clone()),
            Value::Global(_) => {
                let mut held = self.held_by(*id);
                let only = held.next().filter(|set| set.len() == 1)?;
                match (held.next(), self.analysis.values.get(only[0])) {
                    (None, Value::Text(text)) => Some(text.clone()),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Whether a key is known, letter by letter.
    fn is_written_out(&self, key: &Set, hops: u32) -> bool {
        let Some(left) = hops.checked_sub(1) else { return false };
        key.iter().any(|id| match self.analysis.values.get(*id) {
            Value::Text(_) => true,
            Value::Global(_) => self.held_by(*id).any(|set| self.is_written_out(set, left)),
            _ => false,
        })
    }

    /// Whether a value is an entry of a carrier that a context was written into.
    pub(super) fn comes_from_written(&self, set: &Set) -> bool {
        set.iter().any(|id| self.is_entry_of_written(*id, HOPS))
    }

    /// Whether a carrier among these values holds a context; what nobody can tell may.
    pub(super) fn written(&self, set: &Set) -> Written {
        let values = &self.analysis.values;
        let of = |id: &ValueId| match values.as_object(*id) {
            Some((object, _)) if values.part_of(object, WRITTEN).is_some() => Written::Yes,
            Some((_, held)) if matches!(held.kind, ObjectKind::Opaque(_)) => Written::Perhaps,
            Some(_) => self.state.carriers.get(id).map_or(Written::No, |state| state.written),
            None => self.state.carriers.get(id).map_or(Written::Perhaps, |state| state.written),
        };
        set.iter().map(of).max().unwrap_or(Written::No)
    }

    fn is_entry_of_written(&self, id: ValueId, hops: u32) -> bool {
        let Some(left) = hops.checked_sub(1) else { return false };
        let values = &self.analysis.values;
        match values.get(id) {
            Value::Part(base, name) if name == "each" => {
                let written = self.state.carriers.get(base).is_some_and(|state| state.written == Written::Yes);
                let object = values.as_object(*base);
                written || object.is_some_and(|(object, _)| values.part_of(object, WRITTEN).is_some())
            }
            // A key or value of an entry.
            Value::Part(base, _) => self.is_entry_of_written(*base, left),
            // What a library made of one.
            Value::Object(object) if matches!(values.object(*object).kind, ObjectKind::Opaque(_)) => {
                let mut made_of = values.object(*object).parts.iter().flat_map(|(_, set)| set);
                made_of.any(|id| self.is_entry_of_written(*id, left))
            }
            _ => false,
        }
    }

    /// Whether a value is an entry of a carrier that came from elsewhere, as when all headers of a request are copied.
    fn comes_from_foreign_carrier(&self, set: &Set) -> bool {
        let values = &self.analysis.values;
        set.iter().any(|id| {
            let mut carrier = *id;
            while let Value::Part(base, name) = values.get(carrier)
                && name == "each"
            {
                carrier = *base;
            }
            carrier != *id
                && values.symbolic_in(carrier).is_some()
                && self.type_model(&values.type_of(carrier)).is_some_and(|model| model.is("carrier"))
        })
    }
}
