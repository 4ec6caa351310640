//! What copies share until one of them changes it.

use std::ops::{Deref, DerefMut};
use std::rc::Rc;

/// A value whose copies cost nothing: whoever changes one that is shared gets a copy of his own first, so look before
/// changing what is likely to stay as it is.
#[derive(Clone, Debug, Default)]
pub(super) struct Shared<T>(Rc<T>);

impl<T> Shared<T> {
    /// Whether two were never changed since one was copied from the other.
    pub(super) fn is_same(&self, other: &Shared<T>) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Clone> DerefMut for Shared<T> {
    fn deref_mut(&mut self) -> &mut T {
        Rc::make_mut(&mut self.0)
    }
}
