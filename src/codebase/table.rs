//! What versions of a codebase share until one of them changes it.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// A value whose copies cost nothing: whoever changes one that is shared gets a copy of his own first.
#[derive(Clone, Debug, Default)]
pub struct Table<T>(Arc<T>);

impl<T> From<T> for Table<T> {
    fn from(value: T) -> Table<T> {
        Table(Arc::new(value))
    }
}

impl<T> Deref for Table<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Clone> DerefMut for Table<T> {
    fn deref_mut(&mut self) -> &mut T {
        Arc::make_mut(&mut self.0)
    }
}
