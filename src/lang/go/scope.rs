//! Which variable a name means at a place of a function.

use crate::facts::LocalIndex;

/// The blocks around the current place, and what they bind.
#[derive(Default)]
pub(super) struct Scopes<'t> {
    bindings: Vec<(&'t str, Binding)>,
    blocks: Vec<Block>,
}

/// What a name of a function means.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Binding {
    Local(LocalIndex),
    /// A type parameter, or a type declared in a function.
    Type,
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
        if let Some(block) = self.blocks.pop() {
            self.bindings.truncate(block.outside);
        }
    }

    /// Where the innermost block ends.
    pub(super) fn end(&self) -> u32 {
        self.blocks.last().map_or(0, |block| block.end)
    }

    /// Binds a name in the innermost block.
    pub(super) fn bind(&mut self, name: &'t str, binding: Binding) {
        self.bindings.push((name, binding));
    }

    /// What a name means; none if no function around binds it.
    pub(super) fn find(&self, name: &str) -> Option<Binding> {
        search(&self.bindings, name)
    }

    /// What the innermost block itself binds a name to: what `:=` assigns instead of binding it again.
    pub(super) fn find_in_block(&self, name: &str) -> Option<Binding> {
        let outside = self.blocks.last().map_or(0, |block| block.outside);
        search(&self.bindings[outside..], name)
    }
}

fn search(bindings: &[(&str, Binding)], name: &str) -> Option<Binding> {
    bindings.iter().rev().find(|(bound, _)| *bound == name).map(|(_, binding)| *binding)
}
