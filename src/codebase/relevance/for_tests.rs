//! Files that only tests lead to, in languages whose files declare one another.

use crate::codebase::modules::ModuleInput;
use crate::facts::ModuleContents;
use crate::facts::outline::Outline;
use crate::lang::ModuleRules;
use rustc_hash::FxHashSet;

/// The files that are compiled for tests alone: declared so, or by such a file, and by no other.
pub(super) fn find<'p>(
    files: &[(&'p str, Option<&Outline>)],
    modules: &[ModuleInput],
    rules: ModuleRules,
) -> FxHashSet<&'p str> {
    let declaring = || files.iter().filter_map(|(path, outline)| Some((*path, (*outline)?)));
    if !declaring().any(|(_, outline)| outline.modules.iter().any(|module| module.is_for_tests)) {
        return FxHashSet::default();
    }
    let paths: FxHashSet<&str> = files.iter().map(|(path, _)| *path).collect();
    let mut sorted: Vec<&str> = paths.iter().copied().collect();
    sorted.sort_unstable();
    let named = modules.iter().filter(|module| !module.facts.name.is_empty());
    let roots = named.flat_map(|module| (rules.roots)(&module.folder, Some(&module.facts), &sorted));
    let roots: FxHashSet<String> = roots.map(|root| root.path).collect();
    // Who declares which file, and whether for tests.
    let mut declared: Vec<(&str, &str, bool)> = Vec::new();
    for (path, outline) in declaring() {
        for module in &outline.modules {
            let places = (rules.files)(path, roots.contains(path), &[], &module.name, &ModuleContents::File);
            let place = places.iter().find_map(|place| paths.get(place.as_str()));
            declared.extend(place.map(|place| (path, *place, module.is_for_tests)));
        }
    }
    let mut found: FxHashSet<&str> = FxHashSet::default();
    loop {
        let by_tests = |path: &str, is_for_tests: bool| is_for_tests || found.contains(path);
        let others: FxHashSet<&str> =
            declared.iter().filter(|(by, _, is_for_tests)| !by_tests(by, *is_for_tests)).map(|it| it.1).collect();
        let further: FxHashSet<&str> =
            declared.iter().filter(|(by, _, is_for_tests)| by_tests(by, *is_for_tests)).map(|it| it.1).collect();
        let next: FxHashSet<&str> = further.difference(&others).copied().collect();
        if next.len() == found.len() {
            return next;
        }
        found = next;
    }
}
