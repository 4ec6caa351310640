//! Files that no service runs: packages that only tests use, mocks and harnesses mostly.
//!
//! They are told from what files import, before anything is parsed. Nothing in them is reported, and to the analysis they
//! would look like one more implementation of each interface.

use super::manifests::folder_of;
use super::reading::{Held, Role};
use crate::facts::Name;
use crate::lang::Frontend;
use crate::model::ModelSet;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A folder of files that take part.
#[derive(Default)]
struct Folder<'f> {
    files: Vec<&'f Arc<str>>,
    imports: BTreeSet<&'f Name>,
    idle: bool,
}

/// Who imports what ends with some path.
#[derive(Default)]
struct Importers<'f> {
    folders: BTreeSet<&'f str>,
    /// Folders whose tests import it.
    tests: BTreeSet<&'f str>,
}

/// A file: where it lies, what it is for, and what it imports.
type Head<'h> = (&'h Arc<str>, Role, &'h [Name]);

/// The files of one language that only tests use.
pub(super) fn find(
    files: &BTreeMap<Arc<str>, Held>,
    roots: &[&str],
    frontend: &'static Frontend,
    models: &ModelSet,
) -> Vec<Arc<str>> {
    let own = files.par_iter().filter(|(_, held)| held.frontend.language == frontend.language);
    let heads: Vec<Head<'_>> = own.map(|(path, held)| (path, held.role, held.imports())).collect();
    let mut folders = BTreeMap::<&str, Folder<'_>>::new();
    for (path, _, imports) in heads.iter().filter(|(_, role, _)| *role == Role::Source) {
        let known = folders.entry(folder_of(path)).or_default();
        known.files.push(path);
        known.imports.extend(*imports);
    }
    let could_be = |folder: &str, held: &Folder<'_>| {
        (frontend.may_be_for_tests)(folder) || held.imports.iter().any(|path| models.is_for_tests(path))
    };
    let candidates: Vec<(&str, &str)> = folders
        .iter()
        .filter(|(folder, held)| could_be(folder, held))
        .filter_map(|(folder, _)| Some((*folder, end_of_import(folder, roots)?)))
        .collect();
    let says_so: Vec<&str> = folders.keys().copied().filter(|folder| says_tests(folder, roots, frontend)).collect();
    let named = candidates.iter().map(|(_, end)| *end);
    let named = named.chain(says_so.iter().filter_map(|folder| end_of_import(folder, roots))).collect();
    let importers = importers(&heads, &named);
    // A package that only idle ones use is idle itself.
    loop {
        let is_idle = |folder: &str| folders.get(folder).is_some_and(|held| held.idle);
        let others = |folder: &str, importers: &Importers<'_>| -> Vec<bool> {
            importers.folders.iter().filter(|other| **other != folder).map(|other| is_idle(other)).collect()
        };
        let used_by_tests = |(folder, end): &&(&str, &str)| {
            let Some(importers) = importers.get(*end) else { return false };
            let others = others(folder, importers);
            let for_tests = importers.tests.iter().any(|other| other != folder) || !others.is_empty();
            !is_idle(folder) && for_tests && others.into_iter().all(|idle| idle)
        };
        let used_by_none = |folder: &&&str| {
            let importers = end_of_import(folder, roots).and_then(|end| importers.get(end));
            !is_idle(folder) && importers.is_none_or(|importers| others(folder, importers).into_iter().all(|idle| idle))
        };
        let new = candidates.iter().find(used_by_tests).map(|(folder, _)| *folder);
        let new = new.or_else(|| says_so.iter().find(used_by_none).copied());
        let Some(held) = new.and_then(|folder| folders.get_mut(folder)) else { break };
        held.idle = true;
    }
    let idle = folders.into_values().filter(|held| held.idle);
    idle.flat_map(|held| held.files).cloned().collect()
}

/// Who imports what ends with one of these.
fn importers<'h>(heads: &[Head<'h>], ends: &FxHashSet<&str>) -> FxHashMap<&'h str, Importers<'h>> {
    let mut importers = FxHashMap::<&str, Importers<'_>>::default();
    for (path, role, imports) in heads {
        for end in imports.iter().flat_map(ends_of).filter(|end| ends.contains(end)) {
            let known = importers.entry(end).or_default();
            match role {
                Role::Source => known.folders.insert(folder_of(path)),
                Role::Test => known.tests.insert(folder_of(path)),
                Role::Library => continue,
            };
        }
    }
    importers
}

/// Whether the names between the outermost manifest and a folder say that it is for tests.
fn says_tests(folder: &str, roots: &[&str], frontend: &Frontend) -> bool {
    let below = |root: &&str| match *root {
        "" => Some(folder),
        root => folder.strip_prefix(root)?.strip_prefix('/'),
    };
    let path = roots.iter().filter_map(below).max_by_key(|rest| rest.len());
    path.is_some_and(frontend.is_for_tests)
}

/// The last name of an import path, and the last two.
fn ends_of(path: &Name) -> impl Iterator<Item = &str> {
    let mut slashes = path.rmatch_indices('/').map(|(slash, _)| slash + 1);
    let (one, two) = (slashes.next().unwrap_or(0), slashes.next().unwrap_or(0));
    let two = (two != one).then_some(two);
    [Some(one), two].into_iter().flatten().map(|start| &path[start..])
}

/// What the import path of a folder surely ends with: as many of its last names as lie below a manifest, two at most.
fn end_of_import<'f>(folder: &'f str, roots: &[&str]) -> Option<&'f str> {
    let below = |root: &&str| match *root {
        "" => Some(folder.split('/').filter(|name| !name.is_empty()).count()),
        root => folder
            .strip_prefix(root)?
            .strip_prefix('/')
            .or((folder == root).then_some(""))
            .map(|rest| rest.split('/').filter(|name| !name.is_empty()).count()),
    };
    let names = roots.iter().filter_map(below).min().unwrap_or(1).min(2);
    let start = folder.rmatch_indices('/').nth(names.checked_sub(1)?).map_or(0, |(slash, _)| slash + 1);
    Some(&folder[start..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_ends_with_the_folder_below_its_manifest() {
        assert_eq!(end_of_import("a/internal/mocks", &["a"]), Some("internal/mocks"));
        assert_eq!(end_of_import("a/mocks", &["a"]), Some("mocks"));
        assert_eq!(end_of_import("mocks", &[""]), Some("mocks"));
        assert_eq!(end_of_import("x/y/mocks", &[]), Some("mocks"));
        assert_eq!(end_of_import("a", &["a"]), None);
        let path = Name::from("example.com/a/b");
        assert_eq!(ends_of(&path).collect::<Vec<_>>(), ["b", "a/b"]);
        assert_eq!(ends_of(&Name::from("fmt")).collect::<Vec<_>>(), ["fmt"]);
    }
}
