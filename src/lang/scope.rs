//! What a name means at a place of a function: the blocks around, and what they bind. Languages differ in what a name can
//! mean, so that is theirs to say.

use rustc_hash::FxHashMap;
use std::borrow::Borrow;
use std::hash::Hash;

/// The blocks around the current place, and what they bind.
pub(super) struct Scopes<K, B> {
    /// Every binding, outer ones first.
    bindings: Vec<Bound<K, B>>,
    /// The innermost binding of each name that was ever bound, if one is left.
    innermost: FxHashMap<K, Option<usize>>,
    blocks: Vec<Block>,
}

struct Bound<K, B> {
    name: K,
    binding: B,
    /// The binding of the same name that this one hides.
    hidden: Option<usize>,
}

struct Block {
    /// How many bindings lie outside.
    outside: usize,
    /// Offset after the last byte.
    end: u32,
}

impl<K, B> Default for Scopes<K, B> {
    fn default() -> Scopes<K, B> {
        Scopes { bindings: Vec::new(), innermost: FxHashMap::default(), blocks: Vec::new() }
    }
}

impl<K: Eq + Hash + Clone + Borrow<str>, B: Clone> Scopes<K, B> {
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
    pub(super) fn bind(&mut self, name: K, binding: B) {
        let hidden = self.innermost.insert(name.clone(), Some(self.bindings.len())).flatten();
        self.bindings.push(Bound { name, binding, hidden });
    }

    /// What a name means; none if no block around binds it.
    pub(super) fn find(&self, name: &str) -> Option<B> {
        self.at(name).map(|at| self.bindings[at].binding.clone())
    }

    /// What the innermost block itself binds a name to.
    pub(super) fn find_in_block(&self, name: &str) -> Option<B> {
        let outside = self.blocks.last().map_or(0, |block| block.outside);
        self.at(name).filter(|at| *at >= outside).map(|at| self.bindings[at].binding.clone())
    }

    /// Everything that the innermost block binds, in order.
    pub(super) fn in_block(&self) -> impl Iterator<Item = &B> {
        let outside = self.blocks.last().map_or(0, |block| block.outside);
        self.bindings[outside..].iter().map(|bound| &bound.binding)
    }

    fn at(&self, name: &str) -> Option<usize> {
        self.innermost.get(name).copied().flatten()
    }
}
