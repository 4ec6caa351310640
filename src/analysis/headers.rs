//! Carriers written by hand, entry by entry: whether a key names a header that carries trace context.

use super::frame::{Frame, WRITTEN};
use super::summary::Written;
use super::value::{Set, Value, ValueId};
use crate::model::formats;

/// Through how many variables a name is followed.
pub(super) const HOPS: u32 = 4;

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

    /// What is written into a package variable or constant.
    fn held_by(&self, id: ValueId) -> impl Iterator<Item = &Set> {
        let writes = match self.analysis.values.get(id) {
            Value::Global(global) => self.analysis.wiring.globals.get(global),
            _ => None,
        };
        writes.into_iter().flatten().map(|(_, set)| set)
    }

    /// Whether a key is known, letter by letter.
    pub(super) fn is_written_out(&self, key: &Set, hops: u32) -> bool {
        let Some(left) = hops.checked_sub(1) else { return false };
        key.iter().any(|id| match self.analysis.values.get(*id) {
            Value::Text(_) => true,
            Value::Global(_) => self.held_by(*id).any(|set| self.is_written_out(set, left)),
            _ => false,
        })
    }

    /// Whether a value is an entry of a carrier that a context was written into.
    pub(super) fn comes_from_written(&self, set: &Set) -> bool {
        set.iter().any(|id| match self.analysis.values.get(*id) {
            Value::Part(base, name) if name == "each" => {
                let written = self.state.carriers.get(base).is_some_and(|state| state.written == Written::Yes);
                written
                    || self
                        .analysis
                        .values
                        .as_object(*base)
                        .is_some_and(|(object, _)| self.analysis.values.part_of(object, WRITTEN).is_some())
            }
            _ => false,
        })
    }
}
