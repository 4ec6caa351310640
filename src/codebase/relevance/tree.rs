//! Which file each module is, as far as files say so, in languages whose files declare one another.

use crate::codebase::modules::ModuleInput;
use crate::facts::ModuleContents;
use crate::facts::outline::Outline;
use crate::lang::ModuleRules;
use rustc_hash::{FxHashMap, FxHashSet};

/// The modules whose contents are files.
#[derive(Default)]
pub(super) struct Tree<'p> {
    pub(super) declared: Vec<Declared>,
    children: FxHashMap<(usize, &'p str), usize>,
    /// For each file that is declared the one that does so; none if several do.
    parents: FxHashMap<usize, Option<usize>>,
    roots: FxHashSet<usize>,
    /// The libraries of manifests, by the manifest's place in the list and by what others call them.
    libraries: FxHashMap<usize, (String, usize)>,
}

/// A module, by what declares it and what it is.
pub(super) struct Declared {
    pub(super) by: usize,
    pub(super) file: usize,
    pub(super) is_for_tests: bool,
}

impl<'p> Tree<'p> {
    pub(super) fn new(
        files: &[(&'p str, Option<&'p Outline>)],
        modules: &[ModuleInput],
        rules: ModuleRules,
    ) -> Tree<'p> {
        let paths: FxHashMap<&str, usize> = files.iter().enumerate().map(|(file, (path, _))| (*path, file)).collect();
        let mut sorted: Vec<&str> = paths.keys().copied().collect();
        sorted.sort_unstable();
        let mut tree = Tree::default();
        for (index, module) in modules.iter().enumerate().filter(|(_, module)| !module.facts.name.is_empty()) {
            for root in (rules.roots)(&module.folder, Some(&module.facts), &sorted) {
                let Some(file) = paths.get(root.path.as_str()) else { continue };
                tree.roots.insert(*file);
                if !root.is_program {
                    tree.libraries.insert(index, (root.name.to_string(), *file));
                }
            }
        }
        for (by, (path, outline)) in files.iter().enumerate() {
            for module in outline.iter().flat_map(|outline| &outline.modules) {
                let is_root = tree.roots.contains(&by);
                let places = (rules.files)(path, is_root, &[], &module.name, &ModuleContents::File);
                let Some(file) = places.iter().find_map(|place| paths.get(place.as_str())).copied() else { continue };
                tree.declared.push(Declared { by, file, is_for_tests: module.is_for_tests });
                tree.children.insert((by, &module.name), file);
                tree.parents
                    .entry(file)
                    .and_modify(|known| *known = known.filter(|known| *known == by))
                    .or_insert(Some(by));
            }
        }
        tree
    }

    /// The library of a manifest, and what others call it.
    pub(super) fn library(&self, manifest: usize) -> Option<(&str, usize)> {
        self.libraries.get(&manifest).map(|(name, file)| (name.as_str(), *file))
    }

    /// The file that a program or library starts with that leads to a file.
    pub(super) fn root(&self, file: usize) -> Option<usize> {
        let mut at = file;
        for _ in 0..DEEPEST {
            if self.roots.contains(&at) {
                return Some(at);
            }
            at = self.parent(at)?;
        }
        None
    }

    /// The module around one.
    pub(super) fn parent(&self, file: usize) -> Option<usize> {
        self.parents.get(&file).copied().flatten()
    }

    /// A module in one.
    pub(super) fn child(&self, file: usize, name: &str) -> Option<usize> {
        self.children.get(&(file, name)).copied()
    }
}

/// Modules that lie deeper in one another are not looked for.
const DEEPEST: usize = 64;
