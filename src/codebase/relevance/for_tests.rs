//! Files that only tests lead to, in languages whose files declare one another.

use super::tree::Tree;
use rustc_hash::FxHashSet;

/// The files that are compiled for tests alone: declared so, or by such a file, and by no other.
pub(super) fn find(tree: &Tree<'_>) -> FxHashSet<usize> {
    let mut found: FxHashSet<usize> = FxHashSet::default();
    if !tree.declared.iter().any(|module| module.is_for_tests) {
        return found;
    }
    loop {
        let (by_tests, by_others): (Vec<_>, Vec<_>) =
            tree.declared.iter().partition(|module| module.is_for_tests || found.contains(&module.by));
        let others: FxHashSet<usize> = by_others.iter().map(|module| module.file).collect();
        let next: FxHashSet<usize> =
            by_tests.iter().map(|module| module.file).filter(|file| !others.contains(file)).collect();
        if next.len() == found.len() {
            return next;
        }
        found = next;
    }
}
