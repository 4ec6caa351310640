//! Lists whose order matters: middleware, and handlers that run one after the other.
//!
//! A list is a record whose items are parts named by their position. An item may stand for a whole list: what `append` is
//! given first, or what a call spreads.

use super::frame::{Frame, Turn, Typed};
use super::library::Site;
use super::resolver::Resolver;
use super::value::WrapperKind;
use super::value::{ObjectId, ObjectKind, Set, Value, ValueId};
use crate::codebase::Type;
use crate::facts::{Call, Callee, Name, Operand, Temporary};
use crate::model::{Does, End, Place, Root};
use crate::text::FileRange;

/// An item of a list: what it may be, and where it is written.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) set: Set,
    pub(super) at: Option<FileRange>,
}

/// The part of a wrapper that holds the list of middleware around what it wraps.
pub(super) fn chain_part(outermost: End) -> &'static str {
    match outermost {
        End::First => "#first",
        End::Last => "#last",
    }
}

const ITEM: char = '@';
const REST: &str = "..";

impl Frame<'_, '_> {
    /// What a place holds: for several arguments a list of them, for the elements of a list that list.
    pub(super) fn ordered(&mut self, place: &Place, site: &Site<'_>) -> Set {
        if let (Root::Arguments(from), true) = (&place.root, place.parts.is_empty()) {
            let list = self.make(site, &format!("list{from}"), ObjectKind::Record, "");
            self.add_arguments(list, *from, site);
            return self.analysis.values.one(Value::Object(list));
        }
        match place.parts.split_last() {
            Some((last, parts)) if last == "each" => {
                let list = Place { root: place.root.clone(), parts: parts.to_vec() };
                self.place(&list, site).set
            }
            _ => self.place(place, site).set,
        }
    }

    /// A list out of values and lists.
    pub(super) fn collects(&mut self, items: &[Place], result: &Place, ty: &str, site: &mut Site<'_>) {
        let object = self.make(site, "list", ObjectKind::Record, ty);
        let longer = items.iter().find(|place| place.parts.last().is_some_and(|part| part == "each"));
        for place in items {
            let set = self.place(place, site).set;
            if let Some(list) = longer.filter(|list| *list != place) {
                let whole = Place { root: list.root.clone(), parts: Vec::new() };
                let shelf = self.place(&whole, site).set;
                self.note_store(&shelf, &set, &Set::new(), site.invocation.at);
            }
            self.analysis.values.add_part(object, "each", &set);
            match (&place.root, place.parts.last()) {
                (Root::Arguments(from), None) => self.add_arguments(object, *from, site),
                (_, Some(last)) if last == "each" => {
                    let list = self.ordered(place, site);
                    self.add_item(object, &list, None, Spread::List);
                }
                _ => self.add_item(object, &set, None, Spread::Item),
            }
        }
        self.output(result, object, site);
    }

    fn add_arguments(&mut self, list: ObjectId, from: u32, site: &Site<'_>) {
        let arguments = &site.invocation.arguments;
        let written = site.invocation.call.map(|call| call.arguments.as_slice()).unwrap_or_default();
        for (index, argument) in arguments.iter().enumerate().skip(from as usize) {
            let at = written.get(index).map(|argument| self.here(argument.range));
            let spread = match site.invocation.spread && index + 1 == arguments.len() {
                true => Spread::List,
                false => Spread::Item,
            };
            self.add_item(list, &argument.set.clone(), at, spread);
            let each = match spread {
                Spread::List => self.part(&argument.set, "each", &Type::Unknown),
                Spread::Item => argument.set.clone(),
            };
            self.analysis.values.add_part(list, "each", &each);
        }
    }

    /// Adds an item to a list, unless it is a text or a number, whose order nobody asks for.
    pub(super) fn add_item(&mut self, list: ObjectId, set: &Set, at: Option<FileRange>, spread: Spread) {
        let plain = |id: &ValueId| matches!(self.analysis.values.get(*id), Value::Constant | Value::Text(_));
        if !set.is_empty() && set.iter().all(plain) {
            return;
        }
        let parts = &self.analysis.values.object(list).parts;
        // An expression that runs again fills the same item again.
        let known = parts
            .iter()
            .find(|(name, _)| at.is_some() && self.analysis.items.get(&(list, name.clone())) == at.as_ref());
        let name = match known {
            Some((name, _)) => name.clone(),
            None => {
                let index = parts.iter().filter(|(name, _)| name.starts_with(ITEM)).count();
                if at.is_none() && index > 0 {
                    return self.widen_item(list, set, spread);
                }
                Name::from(format!("{ITEM}{index}{}", spread.mark()))
            }
        };
        if let Some(at) = at {
            self.analysis.items.insert((list, name.clone()), at);
        }
        self.analysis.values.add_part(list, &name, set);
    }

    /// An item without a place of its own: the first of its sort.
    fn widen_item(&mut self, list: ObjectId, set: &Set, spread: Spread) {
        let parts = &self.analysis.values.object(list).parts;
        let first =
            parts.iter().find(|(name, _)| name.starts_with(ITEM) && name.ends_with(REST) == (spread == Spread::List));
        let name = match first {
            Some((name, _)) => name.clone(),
            None => Name::from(format!("{ITEM}{}{}", parts.len(), spread.mark())),
        };
        self.analysis.values.add_part(list, &name, set);
    }

    /// Remembers that a value is an element of a list, by turns of a loop.
    pub(super) fn note_turn(&mut self, result: Temporary, of: &Typed, key: Option<&Operand>) {
        let Some(descending) = self.loops.last().copied() else { return };
        // An index that is worked out runs against the loop: `list[len(list)-1-i]`.
        let reversed = matches!(key, Some(Operand::Temporary(key)) if self.combined.contains(key));
        let outermost = if descending == reversed { End::Last } else { End::First };
        self.turns.insert(Operand::Temporary(result), Turn { list: of.set.clone(), outermost });
    }

    /// A call, in a loop, of each function of a list on a handler: what stands around that handler then, in order.
    pub(super) fn called_by_turns(&mut self, call: &Call, at: FileRange) -> Option<Set> {
        let (Callee::Value(callee), [argument]) = (&call.callee, call.arguments.as_slice()) else { return None };
        let turn = self.turns.get(callee)?.clone();
        let inner = self.operand(&argument.value);
        if self.loops.is_empty() || !self.analysis.is_handler(&inner.ty) {
            return None;
        }
        let kind = WrapperKind { does: Does::default(), needs_context: false, formats: Vec::new() };
        let wrapper = self.analysis.values.make(self.id, at, "turns", ObjectKind::Wrapper(Box::new(kind)), inner.ty);
        let own = self.analysis.values.id(Value::Object(wrapper));
        let around: Set = inner.set.into_iter().filter(|id| *id != own).collect();
        self.analysis.values.add_part(wrapper, "around", &around);
        self.analysis.values.add_part(wrapper, chain_part(turn.outermost), &turn.list);
        Some(self.analysis.values.one(Value::Object(wrapper)))
    }
}

/// Whether an argument is an item or a list of items.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Spread {
    Item,
    List,
}

impl Spread {
    fn mark(self) -> &'static str {
        match self {
            Spread::Item => "",
            Spread::List => REST,
        }
    }
}

impl Resolver<'_, '_> {
    /// The items of lists, in order. A value that is no list is an item of its own.
    pub(super) fn items(&mut self, set: &Set) -> Vec<Item> {
        let mut open = Vec::new();
        self.items_of(set, None, &mut open)
    }

    fn items_of(&mut self, set: &Set, at: Option<FileRange>, open: &mut Vec<ValueId>) -> Vec<Item> {
        let ground = self.ground(set);
        let (mut items, mut single) = (Vec::<Item>::new(), Set::new());
        for id in ground {
            if open.contains(&id) {
                continue;
            }
            let Some(object) = self.list(id) else {
                super::value::insert(&mut single, id);
                continue;
            };
            open.push(id);
            let found = self.items_in(object, open);
            open.pop();
            // Where one list is the other with more, the longer one counts; else what both hold, in the order of each.
            for item in found {
                if !items.iter().any(|known| known.set == item.set && known.at == item.at) {
                    items.push(item);
                }
            }
        }
        let nothing = |id: &ValueId| matches!(self.analysis.values.get(*id), Value::Nothing);
        if !single.is_empty() && !(single.iter().all(nothing)) {
            items.push(Item { set: single, at });
        }
        items
    }

    fn items_in(&mut self, list: ObjectId, open: &mut Vec<ValueId>) -> Vec<Item> {
        let parts = self.analysis.values.object(list).parts.clone();
        let mut items = Vec::new();
        for (name, set) in parts.iter().filter(|(name, _)| name.starts_with(ITEM)) {
            let at = self.item_place(list, name);
            if name.ends_with(REST) {
                items.extend(self.items_of(set, at, open));
                continue;
            }
            let ground = self.ground(set);
            let set: Set =
                ground.into_iter().filter(|id| !matches!(self.analysis.values.get(*id), Value::Nothing)).collect();
            items.push(Item { set, at });
        }
        items
    }

    fn item_place(&self, list: ObjectId, name: &Name) -> Option<FileRange> {
        let origin = self.analysis.values.object(list).origin;
        let items = &self.analysis.items;
        items.get(&(list, name.clone())).or_else(|| items.get(&(origin?, name.clone()))).copied()
    }

    /// The object behind a value, if it is a list.
    fn list(&self, id: ValueId) -> Option<ObjectId> {
        let (object, held) = self.analysis.values.as_object(id)?;
        let has_items = held.parts.iter().any(|(name, _)| name.starts_with(ITEM) || name == "each");
        let is_list = match &held.ty {
            Type::List(_) => true,
            Type::Unknown => has_items || held.parts.is_empty(),
            _ => has_items,
        };
        (held.kind == ObjectKind::Record && is_list).then_some(object)
    }
}
