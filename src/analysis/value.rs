//! Abstract values: what a variable may hold, as far as trace context is concerned.
//!
//! Contexts, spans and span contexts are one kind of value here: each stands for a position in a trace. Values are interned,
//! so equal ones have equal ids; a [`Set`] is what a variable may hold.

use super::log::{Done, Log};
use crate::codebase::{FunctionId, GlobalId, Type};
use crate::facts::{LocalIndex, Name};
use crate::model::{Crossing, Does, SpanKind};
use crate::text::FileRange;
use indexmap::IndexSet;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHasher};
use smallvec::SmallVec;
use std::hash::{Hash, Hasher};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// An interned [`Value`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ValueId(u32);

/// Names an [`Object`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectId(u32);

/// What a variable may hold; sorted, without duplicates. Empty means nothing is known to reach it.
#[derive(Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Set(SmallVec<[ValueId; 2]>);

impl ValueId {
    /// How many values came before it.
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

impl Set {
    /// Nothing.
    pub fn new() -> Set {
        Set::default()
    }

    fn of(value: ValueId) -> Set {
        let mut set = Set::new();
        set.push(value);
        set
    }
}

// Sets are copied more than anything else is done to them; ids can be copied as they lie there.
impl Clone for Set {
    fn clone(&self) -> Set {
        Set(SmallVec::from_slice(&self.0))
    }
}

impl Deref for Set {
    type Target = SmallVec<[ValueId; 2]>;

    fn deref(&self) -> &SmallVec<[ValueId; 2]> {
        &self.0
    }
}

impl DerefMut for Set {
    fn deref_mut(&mut self) -> &mut SmallVec<[ValueId; 2]> {
        &mut self.0
    }
}

impl FromIterator<ValueId> for Set {
    fn from_iter<I: IntoIterator<Item = ValueId>>(ids: I) -> Set {
        Set(ids.into_iter().collect())
    }
}

impl IntoIterator for Set {
    type Item = ValueId;
    type IntoIter = smallvec::IntoIter<[ValueId; 2]>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'s> IntoIterator for &'s Set {
    type Item = &'s ValueId;
    type IntoIter = std::slice::Iter<'s, ValueId>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

/// The index that stands for the receiver among a function's parameters.
pub const RECEIVER: u16 = u16::MAX;

/// Sets with more elements collapse to unknown: nothing precise can be said of them.
const SET_LIMIT: usize = 24;

/// How many parts deep a symbolic value may go.
const PART_DEPTH: u32 = 6;

/// One thing a variable may hold.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// Anything.
    Unknown,
    /// The absent value.
    Nothing,
    /// A constant that is no text.
    Constant,
    /// A text, or the start of one.
    Text(Name),
    /// A variable or function of a library, by path.
    Symbol(Name),
    /// A function of the codebase.
    Function(FunctionId),
    /// A method with its receiver.
    Bound(FunctionId, Set),
    /// A library's method with its receiver.
    LibraryBound(Name, Set),
    /// A closure with what the variables around it held when it was made.
    Closure(FunctionId, Arc<[(LocalIndex, Set)]>),
    /// What the function's caller passes.
    Parameter(FunctionId, u16),
    /// What a variable around the closure holds.
    Captured(FunctionId, LocalIndex),
    /// A package variable.
    Global(GlobalId),
    /// A part of a value that is not known here.
    Part(ValueId, Name),
    /// Something made at a known place.
    Object(ObjectId),
}

/// Something made at a known place.
#[derive(Clone, Debug)]
pub struct Object {
    /// What it is.
    pub kind: ObjectKind,
    /// The expression that made it, wherever that is.
    pub site: FileRange,
    /// The function in which it is seen: the one that made it, or one that got it from a call.
    pub function: FunctionId,
    /// The expression in that function that made it or gave it.
    pub here: FileRange,
    /// Its type.
    pub ty: Type,
    /// Its parts by neutral name or field name.
    pub parts: Vec<(Name, Set)>,
    /// What it is a copy of, if a call gave it.
    pub origin: Option<ObjectId>,
    /// Through how many calls it was handed out.
    depth: u8,
}

/// What an object is.
#[derive(Clone, Debug, PartialEq)]
pub enum ObjectKind {
    /// A record, list or map written out, or the zero of a type.
    Record,
    /// What a library function that no model describes gave; its arguments are parts `arg0`, ...
    Opaque(Name),
    /// An outbound request; parts `context` and `headers`.
    Request,
    /// A carrier made here.
    Carrier,
    /// A message that a call gave.
    Arrived,
    /// A context without parent.
    Fresh,
    /// A span; part `parent`.
    Span(Option<SpanKind>),
    /// What was read from a carrier; part `from`.
    Remote,
    /// A wrapper; part `around`.
    Wrapper(Box<WrapperKind>),
    /// A call that starts once somebody waits for it.
    Later(FunctionId),
    /// Something to wait for that runs with a value current in a slot.
    Under(Name),
    /// What keeps a value current in a slot while it is at hand.
    Guard {
        /// The slot.
        slot: Name,
        /// Where it must not be held any more.
        crossing: Option<Crossing>,
    },
}

/// What a wrapper does.
#[derive(Clone, Debug, PartialEq)]
pub struct WrapperKind {
    /// What it does to what passes.
    pub does: Does,
    /// Whether the context of the request decides what it writes.
    pub needs_context: bool,
    /// For a propagator or what brings one: the formats it reads and writes.
    pub formats: Vec<Name>,
}

/// The id of [`Value::Unknown`], the smallest of all.
const UNKNOWN: ValueId = ValueId(0);

/// The id of [`Value::Nothing`].
const NOTHING: ValueId = ValueId(1);

/// The id of [`Value::Constant`].
const CONSTANT: ValueId = ValueId(2);

/// All values and objects of an analysis.
#[derive(Debug)]
pub struct Values {
    values: IndexSet<Value, FxBuildHasher>,
    objects: Vec<Object>,
    /// By maker, place and a number for what is made there.
    sites: FxHashMap<(FunctionId, FileRange, u64), ObjectId>,
    copies: FxHashMap<(ObjectId, FunctionId, FileRange), ObjectId>,
    /// Static types, by value; unknown where none was seen.
    types: Vec<Type>,
    /// What calls of unmodelled functions gave, by function.
    given: FxHashMap<Name, Vec<ObjectId>>,
    /// What is done to them, while somebody wants to know.
    log: Option<Log>,
}

impl Values {
    /// No values yet, with room for as many as functions usually make.
    pub fn for_functions(count: usize) -> Values {
        let mut values = Values {
            values: IndexSet::with_capacity_and_hasher(count * 8, FxBuildHasher),
            objects: Vec::with_capacity(count * 4),
            sites: FxHashMap::with_capacity_and_hasher(count * 4, FxBuildHasher),
            copies: FxHashMap::default(),
            types: Vec::with_capacity(count * 8),
            given: FxHashMap::default(),
            log: None,
        };
        for (value, id) in [(Value::Unknown, UNKNOWN), (Value::Nothing, NOTHING), (Value::Constant, CONSTANT)] {
            let given = values.id(value);
            debug_assert_eq!(given, id);
        }
        values
    }

    /// The id of a value.
    pub fn id(&mut self, value: Value) -> ValueId {
        let names = self.log.is_some() && matches!(value, Value::Symbol(_) | Value::LibraryBound(..));
        let id = ValueId(self.values.insert_full(value).0 as u32);
        if let Some(log) = self.log.as_mut().filter(|_| names) {
            log.named.insert(id);
        }
        id
    }

    /// Begins to note what is done.
    pub(super) fn begin_log(&mut self) {
        self.log = Some(Log::default());
    }

    /// What was done since then.
    pub(super) fn end_log(&mut self) -> Log {
        self.log.take().unwrap_or_default()
    }

    fn note(&mut self, done: impl FnOnce() -> Done) {
        if let Some(log) = &mut self.log {
            log.done.push(done());
        }
    }

    /// How many values there are: later ones have greater ids.
    pub(super) fn count(&self) -> usize {
        self.values.len()
    }

    /// A set of one value.
    pub fn one(&mut self, value: Value) -> Set {
        Set::of(self.id(value))
    }

    /// The set that may hold anything.
    pub fn unknown(&self) -> Set {
        Set::of(UNKNOWN)
    }

    /// The set of the absent value.
    pub fn nothing(&self) -> Set {
        Set::of(NOTHING)
    }

    /// The set of a constant that is no text.
    pub fn constant(&self) -> Set {
        Set::of(CONSTANT)
    }

    /// The value behind an id.
    pub fn get(&self, id: ValueId) -> &Value {
        &self.values[id.0 as usize]
    }

    /// An object.
    pub fn object(&self, id: ObjectId) -> &Object {
        &self.objects[id.0 as usize]
    }

    /// The object a value is, if it is one.
    pub fn as_object(&self, id: ValueId) -> Option<(ObjectId, &Object)> {
        match self.get(id) {
            Value::Object(object) => Some((*object, self.object(*object))),
            _ => None,
        }
    }

    /// The same value as it was first made, before calls gave it on.
    pub fn original(&self, id: ValueId) -> ValueId {
        let original = self.as_object(id).and_then(|(_, held)| held.origin);
        original.and_then(|object| self.existing(&Value::Object(object))).unwrap_or(id)
    }

    /// The objects in a set.
    pub fn objects<'a>(&'a self, set: &'a Set) -> impl Iterator<Item = (ObjectId, &'a Object)> {
        set.iter().filter_map(|id| self.as_object(*id))
    }

    /// What calls of a function that no model describes gave, where it was called.
    pub fn given_by<'v>(&'v self, symbol: &str) -> impl Iterator<Item = ObjectId> + use<'v> {
        let given = self.given.get(symbol).map(Vec::as_slice).unwrap_or_default();
        // A record may have become something else since.
        given.iter().copied().filter(|id| matches!(self.object(*id).kind, ObjectKind::Opaque(_)))
    }

    /// Every object.
    pub fn all_objects(&self) -> impl Iterator<Item = ObjectId> + use<> {
        (0..self.objects.len() as u32).map(ObjectId)
    }

    /// Functions and variables of libraries that are values.
    pub fn symbols(&self) -> impl Iterator<Item = &Name> {
        self.values.iter().filter_map(|value| match value {
            Value::Symbol(symbol) | Value::LibraryBound(symbol, _) => Some(symbol),
            _ => None,
        })
    }

    /// The id of a value, if it has one.
    pub fn existing(&self, value: &Value) -> Option<ValueId> {
        self.values.get_index_of(value).map(|at| ValueId(at as u32))
    }

    /// Whether a set holds this value.
    pub fn has(&self, set: &Set, wanted: &Value) -> bool {
        self.existing(wanted).is_some_and(|id| set.contains(&id))
    }

    /// The object made by an expression of a function; `what` tells apart several made by one. Made again, it is the same.
    pub fn make(&mut self, function: FunctionId, at: FileRange, what: &str, kind: ObjectKind, ty: Type) -> ObjectId {
        let mut hasher = FxHasher::default();
        what.hash(&mut hasher);
        let key = (function, at, hasher.finish());
        if let Some(id) = self.sites.get(&key).copied() {
            self.note(|| Done::Made(id, kind, ty));
            return id;
        }
        let id = ObjectId(self.objects.len() as u32);
        self.note(|| Done::Made(id, kind.clone(), ty.clone()));
        if let ObjectKind::Opaque(symbol) = &kind {
            self.given.entry(symbol.clone()).or_default().push(id);
        }
        self.objects.push(Object { kind, site: at, function, here: at, ty, parts: Vec::new(), origin: None, depth: 0 });
        self.sites.insert(key, id);
        id
    }

    /// The object that a call gives where its callee made `original`; nothing if it came through too many calls.
    pub fn copy(&mut self, original: ObjectId, function: FunctionId, at: FileRange) -> Option<(ObjectId, bool)> {
        let key = (original, function, at);
        if let Some(id) = self.copies.get(&key).copied() {
            self.note(|| Done::Copied(id));
            return Some((id, false));
        }
        let source = self.object(original);
        if source.depth >= 5 {
            return None;
        }
        let origin = Some(source.origin.unwrap_or(original));
        let copy = Object { function, here: at, parts: Vec::new(), origin, depth: source.depth + 1, ..source.clone() };
        let id = ObjectId(self.objects.len() as u32);
        self.note(|| Done::Copied(id));
        self.objects.push(copy);
        self.copies.insert(key, id);
        Some((id, true))
    }

    /// Says what an object is, once its model is known.
    pub fn become_kind(&mut self, object: ObjectId, kind: ObjectKind) {
        self.note(|| Done::Became(object, kind.clone()));
        self.objects[object.0 as usize].kind = kind;
    }

    /// Adds to what a part of an object may be. Says whether that was new.
    pub fn add_part(&mut self, object: ObjectId, name: &str, set: &Set) -> bool {
        self.note(|| Done::Added(object, name.into(), set.clone()));
        let parts = &mut self.objects[object.0 as usize].parts;
        match parts.iter_mut().find(|(part, _)| part == name) {
            Some((_, held)) => join(held, set),
            None => {
                parts.push((name.into(), set.clone()));
                true
            }
        }
    }

    /// Says what a part of an object is from here on.
    pub fn set_part(&mut self, object: ObjectId, name: &str, set: Set) {
        self.note(|| Done::Replaced(object, name.into(), set.clone()));
        let parts = &mut self.objects[object.0 as usize].parts;
        match parts.iter_mut().find(|(part, _)| part == name) {
            Some((_, held)) => *held = set,
            None => parts.push((name.into(), set)),
        }
    }

    /// What a part of an object may be, if anything says so.
    pub fn part_of(&self, object: ObjectId, name: &str) -> Option<&Set> {
        self.object(object).parts.iter().find(|(part, _)| part == name).map(|(_, set)| set)
    }

    /// The part of every value of a set.
    pub fn part(&mut self, set: &Set, name: &str) -> Set {
        let mut out = Set::new();
        for id in set {
            match self.get(*id) {
                Value::Object(object) => match self.part_of(*object, name) {
                    Some(held) => drop(join(&mut out, held)),
                    // What a wrapper sends through is for the wrapper to say.
                    None if name == "through" && matches!(self.object(*object).kind, ObjectKind::Wrapper(_)) => {
                        insert(&mut out, *id);
                    }
                    None => {
                        let symbolic = self.symbolic_part(*id, name);
                        insert(&mut out, symbolic);
                    }
                },
                Value::Nothing => {}
                Value::Parameter(..) | Value::Captured(..) | Value::Global(_) | Value::Symbol(_) | Value::Part(..) => {
                    let symbolic = self.symbolic_part(*id, name);
                    insert(&mut out, symbolic);
                }
                _ => {
                    insert(&mut out, UNKNOWN);
                }
            }
        }
        out
    }

    fn symbolic_part(&mut self, base: ValueId, name: &str) -> ValueId {
        let (mut depth, mut at) = (0, base);
        while let Value::Part(inner, _) = self.get(at) {
            (depth, at) = (depth + 1, *inner);
        }
        let value = if depth >= PART_DEPTH { Value::Unknown } else { Value::Part(base, name.into()) };
        self.id(value)
    }

    /// Remembers the static type of a value that is not known here.
    pub fn set_type(&mut self, id: ValueId, ty: &Type) {
        if *ty != Type::Unknown && !matches!(self.get(id), Value::Unknown | Value::Nothing | Value::Constant) {
            let at = id.0 as usize;
            if at >= self.types.len() {
                self.types.resize(at + 1, Type::Unknown);
            }
            if self.types[at] == Type::Unknown {
                self.note(|| Done::Typed(id, ty.clone()));
                self.types[at] = ty.clone();
            }
        }
    }

    /// The static type of a value, if it was seen with one.
    pub fn type_of(&self, id: ValueId) -> Type {
        match self.get(id) {
            Value::Object(object) => self.object(*object).ty.clone(),
            _ => self.types.get(id.0 as usize).cloned().unwrap_or_default(),
        }
    }

    /// The function whose caller decides what a value is, if it is such a value.
    pub fn symbolic_in(&self, id: ValueId) -> Option<FunctionId> {
        match self.get(id) {
            Value::Parameter(function, _) | Value::Captured(function, _) => Some(*function),
            Value::Part(base, _) => self.symbolic_in(*base),
            Value::Object(_) | Value::Closure(..) | Value::Bound(..) | Value::LibraryBound(..) => None,
            _ => None,
        }
    }

    /// Whether the caller decides part of what a set holds.
    pub fn is_symbolic(&self, set: &Set) -> bool {
        set.iter().any(|id| self.symbolic_in(*id).is_some())
    }

    /// Whether a set holds something that nobody can tell.
    pub fn has_unknown(&self, set: &Set) -> bool {
        set.iter().any(|id| matches!(self.get(*id), Value::Unknown))
    }
}

/// Adds one value to a set. Says whether it was new.
pub fn insert(set: &mut Set, value: ValueId) -> bool {
    match set.binary_search(&value) {
        Ok(_) => false,
        Err(at) if set.len() < SET_LIMIT => {
            set.insert(at, value);
            true
        }
        // Too many to follow: anything may be among them.
        Err(_) if set[0] != UNKNOWN => {
            set.insert(0, UNKNOWN);
            true
        }
        Err(_) => false,
    }
}

/// Whether a set already stands for anything, so that adding to it changes nothing.
pub fn is_full(set: &Set) -> bool {
    set.len() >= SET_LIMIT && set[0] == UNKNOWN
}

/// Adds all values of one set to another. Says whether any was new.
pub fn join(into: &mut Set, from: &Set) -> bool {
    let mut changed = false;
    for value in from {
        changed |= insert(into, *value);
    }
    changed
}
