//! Which variable a name means at a place of a function.

use crate::facts::LocalIndex;
use rustc_hash::FxHashMap;

/// The blocks around the current place, and what they bind.
#[derive(Default)]
pub(super) struct Scopes<'t> {
    /// Every binding, outer ones first.
    bindings: Vec<Bound<'t>>,
    /// The innermost binding of each name that was ever bound, if one is left.
    innermost: FxHashMap<&'t str, Option<usize>>,
    blocks: Vec<Block>,
}

/// What a name of a function means.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Binding {
    Local(LocalIndex),
    /// A type parameter, or a type declared in a function.
    Type,
}

struct Bound<'t> {
    name: &'t str,
    binding: Binding,
    /// The binding of the same name that this one hides.
    hidden: Option<usize>,
}

struct Block {
    /// How many bindings lie outside.
    outside: usize,
    /// Offset after the last byte.
    end: u32,
}

impl<'t> Scopes<'t> {
    /// Enters a block that ends at an offset.
    pub(super) fn open(&mut self, end: u32) {
        self.blocks.push(Block { outside: self.bindings.len(), end });
    }

    /// Leaves the innermost block.
    pub(super) fn close(&mut self) {
        let Some(block) = self.blocks.pop() else { return };
        for bound in self.bindings.drain(block.outside..).rev() {
            self.innermost.insert(bound.name, bound.hidden);
        }
    }

    /// Where the innermost block ends.
    pub(super) fn end(&self) -> u32 {
        self.blocks.last().map_or(0, |block| block.end)
    }

    /// Binds a name in the innermost block.
    pub(super) fn bind(&mut self, name: &'t str, binding: Binding) {
        let hidden = self.innermost.insert(name, Some(self.bindings.len())).flatten();
        self.bindings.push(Bound { name, binding, hidden });
    }

    /// What a name means; none if no function around binds it.
    pub(super) fn find(&self, name: &str) -> Option<Binding> {
        self.at(name).map(|at| self.bindings[at].binding)
    }

    /// What the innermost block itself binds a name to: what `:=` assigns instead of binding it again.
    pub(super) fn find_in_block(&self, name: &str) -> Option<Binding> {
        let outside = self.blocks.last().map_or(0, |block| block.outside);
        self.at(name).filter(|at| *at >= outside).map(|at| self.bindings[at].binding)
    }

    fn at(&self, name: &str) -> Option<usize> {
        self.innermost.get(name).copied().flatten()
    }
}
