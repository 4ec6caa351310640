//! Syntax trees, small and quick to walk, whichever parser made them.
//!
//! Knows no grammar: what sorts of nodes there are, and as what they stand in the node around, a language says.

use crate::text::TextRange;

/// A tree. Each node lies behind all that it holds, so the last is the root.
pub(super) struct Tree<K, R> {
    nodes: Vec<Raw<K, R>>,
}

struct Raw<K, R> {
    kind: K,
    role: Option<R>,
    is_named: bool,
    start: u32,
    end: u32,
    /// The first of the nodes it holds; [`NONE`] if it holds none.
    first: u32,
    /// The next node that is held by the same; [`NONE`] if it is the last.
    next: u32,
}

/// Stands for no node.
const NONE: u32 = u32::MAX;

impl<K, R> Tree<K, R> {
    /// The node that holds all others.
    pub(super) fn root(&self) -> Node<'_, K, R> {
        Node { tree: self, at: self.nodes.len().saturating_sub(1) as u32 }
    }
}

/// A node of a [`Tree`].
pub(super) struct Node<'t, K, R> {
    tree: &'t Tree<K, R>,
    at: u32,
}

impl<K, R> Clone for Node<'_, K, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, R> Copy for Node<'_, K, R> {}

impl<K, R> PartialEq for Node<'_, K, R> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.tree, other.tree) && self.at == other.at
    }
}

impl<'t, K: Copy, R: Copy + PartialEq> Node<'t, K, R> {
    fn raw(&self) -> &'t Raw<K, R> {
        &self.tree.nodes[self.at as usize]
    }

    /// What sort of node it is.
    pub(super) fn kind(&self) -> K {
        self.raw().kind
    }

    /// Where it starts.
    pub(super) fn start(&self) -> u32 {
        self.raw().start
    }

    /// Where it ends.
    pub(super) fn end(&self) -> u32 {
        self.raw().end
    }

    /// What it holds, in order.
    pub(super) fn children(&self) -> Children<'t, K, R> {
        Children { tree: self.tree, next: self.raw().first }
    }

    /// The first node that it holds as such.
    pub(super) fn child_in(&self, role: R) -> Option<Node<'t, K, R>> {
        self.children().find(|child| child.raw().role == Some(role))
    }
}

/// See [`Node::children`].
pub(super) struct Children<'t, K, R> {
    tree: &'t Tree<K, R>,
    next: u32,
}

impl<'t, K, R> Iterator for Children<'t, K, R> {
    type Item = Node<'t, K, R>;

    fn next(&mut self) -> Option<Node<'t, K, R>> {
        let node = Node { tree: self.tree, at: self.next };
        self.next = self.tree.nodes.get(self.next as usize)?.next;
        Some(node)
    }
}

/// The children of a node that are more than a sign.
pub(super) fn parts<'t, K: Copy, R: Copy + PartialEq>(node: Node<'t, K, R>) -> impl Iterator<Item = Node<'t, K, R>> {
    node.children().filter(|child| child.raw().is_named)
}

/// Where a node lies.
pub(super) fn range<K: Copy, R: Copy + PartialEq>(node: Node<'_, K, R>) -> TextRange {
    TextRange::new(node.start(), node.end())
}

/// The text of a node; empty if the parser only supposed it.
pub(super) fn slice<'t, K: Copy, R: Copy + PartialEq>(node: Node<'_, K, R>, text: &'t str) -> &'t str {
    text.get(node.start() as usize..node.end() as usize).unwrap_or_default()
}

/// Makes a tree from its leaves up.
pub(super) struct Builder<K, R> {
    nodes: Vec<Raw<K, R>>,
    /// Finished nodes that none holds yet.
    free: Vec<u32>,
}

/// A point in the making of a tree: what is added from there on can become what a node holds.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    nodes: usize,
    free: usize,
}

/// What is said of a node when it is added.
pub(super) struct Said<K> {
    pub(super) kind: K,
    /// Whether it is more than a sign.
    pub(super) is_named: bool,
    pub(super) range: TextRange,
}

impl<K, R> Builder<K, R> {
    /// A tree without nodes, with room for some.
    pub(super) fn new(room: usize) -> Builder<K, R> {
        Builder { nodes: Vec::with_capacity(room), free: Vec::new() }
    }

    /// The point after what was added so far.
    pub(super) fn mark(&self) -> Mark {
        Mark { nodes: self.nodes.len(), free: self.free.len() }
    }

    /// Adds a node that holds every free one since the mark.
    pub(super) fn add(&mut self, mark: Mark, said: Said<K>) {
        let mut next = NONE;
        for child in self.free.drain(mark.free..).rev() {
            self.nodes[child as usize].next = next;
            next = child;
        }
        let Said { kind, is_named, range } = said;
        self.free.push(self.nodes.len() as u32);
        let raw = Raw { kind, role: None, is_named, start: range.start, end: range.end, first: next, next: NONE };
        self.nodes.push(raw);
    }

    /// Says as what the node added last stands in the one that will hold it.
    pub(super) fn put_in(&mut self, role: R) {
        if let Some(last) = self.free.last() {
            self.nodes[*last as usize].role = Some(role);
        }
    }

    /// Takes back what was added since the mark. No free node from before may be held by it.
    pub(super) fn forget(&mut self, mark: Mark) {
        self.nodes.truncate(mark.nodes);
        self.free.truncate(mark.free);
    }

    /// The tree, whose root is the node added last.
    pub(super) fn finish(self) -> Tree<K, R> {
        Tree { nodes: self.nodes }
    }
}
