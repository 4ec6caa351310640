//! What is done to values while a function is interpreted, for whoever compares two ways to do it.

use super::value::{ObjectId, ObjectKind, Set, ValueId};
use crate::codebase::Type;
use crate::facts::Name;
use rustc_hash::FxHashSet;

/// What was done, in order.
#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) done: Vec<Done>,
    /// Values that name something of a library.
    pub(super) named: FxHashSet<ValueId>,
}

/// One thing that was done to an object or value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Done {
    /// An expression made it.
    Made(ObjectId, ObjectKind, Type),
    /// A call gave it.
    Copied(ObjectId),
    /// It turned out to be this.
    Became(ObjectId, ObjectKind),
    /// A part of it may be this, too.
    Added(ObjectId, Name, Set),
    /// A part of it is this from here on.
    Replaced(ObjectId, Name, Set),
    /// A value was seen with a type for the first time.
    Typed(ValueId, Type),
}

impl Done {
    /// The object it was done to.
    pub(super) fn object(&self) -> Option<ObjectId> {
        match self {
            Done::Made(object, ..)
            | Done::Copied(object)
            | Done::Became(object, _)
            | Done::Added(object, ..)
            | Done::Replaced(object, ..) => Some(*object),
            Done::Typed(..) => None,
        }
    }
}
