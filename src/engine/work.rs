//! How much a check did: what tells that an edit led to no more than it had to.

/// What one check did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Files whose outline was taken.
    pub outlined: usize,
    /// Files that were read.
    pub read: usize,
    /// Those of them of which a single body was read.
    pub bodies: usize,
    /// Languages whose files were linked, summarised and made into a graph.
    pub analyses: usize,
    /// How often a function was interpreted.
    pub interpreted: usize,
    /// How often the checks ran over a graph.
    pub checks: usize,
}
