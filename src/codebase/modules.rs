//! Which folder is which package: manifests, replacements, and the guess where there is no manifest.

use crate::facts::{LockFacts, ModuleFacts, Name};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;

/// A manifest and the folder it stands in.
#[derive(Clone, Debug)]
pub struct ModuleInput {
    /// The folder, as paths of files are written; empty for the root.
    pub folder: String,
    /// What the manifest says.
    pub facts: ModuleFacts,
    /// What the lock file says that holds the module.
    pub lock: Option<Arc<LockFacts>>,
}

/// Import paths to folders and back.
#[derive(Clone, Debug, Default)]
pub(super) struct ModuleMap {
    modules: Vec<ModuleInput>,
    /// Import path prefixes with the folder each stands for, longest prefix first.
    prefixes: Vec<(Name, String)>,
}

/// A file by its path, with what it imports.
pub(super) type FileImports<'f> = (&'f str, Vec<&'f str>);

/// The folder of a path: everything before the last `/`.
pub(super) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

impl ModuleMap {
    pub(super) fn new(modules: Vec<ModuleInput>, files: &[FileImports<'_>]) -> ModuleMap {
        let modules: Vec<ModuleInput> = modules.into_iter().filter(|module| !module.facts.name.is_empty()).collect();
        let mut prefixes = Vec::new();
        for module in &modules {
            prefixes.push((module.facts.name.clone(), module.folder.clone()));
            for (name, folder) in &module.facts.replaced {
                if let Some(folder) = join(&module.folder, folder) {
                    prefixes.push((name.clone(), folder));
                }
            }
        }
        let mut map = ModuleMap { modules, prefixes };
        if let Some(guess) = map.guess_prefix(files) {
            map.prefixes.push(guess);
        }
        map.prefixes.sort_by(|(one, _), (other, _)| other.len().cmp(&one.len()).then(one.cmp(other)));
        map
    }

    /// Without a manifest, the import path of the root is the prefix under which most imports name a folder of the codebase.
    fn guess_prefix(&self, files: &[FileImports<'_>]) -> Option<(Name, String)> {
        let bare: Vec<&FileImports<'_>> =
            files.iter().filter(|(path, _)| self.module_of(folder_of(path)).is_none()).collect();
        let folders: FxHashSet<&str> = bare.iter().map(|(path, _)| folder_of(path)).collect();
        let mut votes = FxHashMap::<&str, FxHashSet<&str>>::default();
        for import in bare.iter().flat_map(|(_, imports)| imports) {
            if !import.split('/').next().is_some_and(|first| first.contains('.')) {
                continue;
            }
            for (at, _) in import.match_indices('/') {
                let (prefix, folder) = (&import[..at], &import[at + 1..]);
                if folders.contains(folder) {
                    votes.entry(prefix).or_default().insert(folder);
                    break;
                }
            }
        }
        let best = votes.into_iter().max_by_key(|(prefix, folders)| (folders.len(), prefix.len(), *prefix))?;
        Some((best.0.into(), String::new()))
    }

    /// The module whose folder is the nearest above.
    pub(super) fn module_of(&self, folder: &str) -> Option<usize> {
        let inside = |module: &ModuleInput| strip(folder, &module.folder).is_some();
        (0..self.modules.len())
            .filter(|index| inside(&self.modules[*index]))
            .max_by_key(|index| self.modules[*index].folder.len())
    }

    /// The import path of a folder.
    pub(super) fn import_path(&self, folder: &str) -> String {
        let named =
            self.module_of(folder).map(|index| (&self.modules[index].facts.name, self.modules[index].folder.as_str()));
        let guessed = self.prefixes.iter().find(|(_, root)| root.is_empty()).map(|(name, root)| (name, root.as_str()));
        let Some((name, root)) = named.or(guessed) else { return folder.to_owned() };
        match strip(folder, root) {
            Some("") => name.to_string(),
            Some(rest) => format!("{name}/{rest}"),
            None => folder.to_owned(),
        }
    }

    /// The folders that an import path may mean, the likeliest first.
    pub(super) fn folders(&self, path: &str) -> impl Iterator<Item = String> {
        self.prefixes.iter().filter_map(move |(prefix, folder)| {
            let rest = strip(path, prefix)?;
            Some(match (folder.as_str(), rest) {
                ("", rest) => rest.to_owned(),
                (folder, "") => folder.to_owned(),
                (folder, rest) => format!("{folder}/{rest}"),
            })
        })
    }

    /// The version of the dependency that holds a package.
    pub(super) fn dependency_version(&self, module: usize, package: &str) -> Option<&str> {
        let dependencies = &self.modules[module].facts.dependencies;
        let holding = dependencies.iter().filter(|dependency| strip(package, &dependency.name).is_some());
        holding.max_by_key(|dependency| dependency.name.len()).map(|dependency| dependency.version.as_str())
    }

    /// The version of a library that a module can only have from what it depends on.
    pub(super) fn indirect_version(&self, module: usize, package: &str) -> Option<&str> {
        self.modules[module].lock.as_ref()?.only_version(package).map(Name::as_str)
    }

    /// Whether the versions of what a module needs are chosen.
    pub(super) fn is_locked(&self, module: usize) -> bool {
        self.modules[module].lock.is_some()
    }

    /// The libraries that a module needs.
    pub(super) fn dependencies(&self, module: usize) -> impl Iterator<Item = &Name> {
        self.modules[module].facts.dependencies.iter().map(|dependency| &dependency.name)
    }

    /// Whether a part of a dependency is asked for by any module.
    pub(super) fn has_feature(&self, package: &str, fits: impl Fn(&str) -> bool) -> bool {
        let all = self.modules.iter().flat_map(|module| &module.facts.dependencies);
        all.filter(|dependency| dependency.name == package).any(|it| it.features.iter().any(|feature| fits(feature)))
    }
}

/// What follows `prefix` in a `/` separated path; nothing if the path does not lie below it.
pub(super) fn strip<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    if prefix.is_empty() {
        return Some(path);
    }
    let rest = path.strip_prefix(prefix)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}

/// A folder named relative to another; nothing if it leads out of the codebase.
pub(super) fn join(folder: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_stay_inside() {
        assert_eq!(join("a/b", "../c").as_deref(), Some("a/c"));
        assert_eq!(join("", "./x").as_deref(), Some("x"));
        assert_eq!(join("", "../x"), None);
    }

    #[test]
    fn a_prefix_ends_at_a_slash() {
        assert_eq!(strip("a/b", "a"), Some("b"));
        assert_eq!(strip("ab", "a"), None);
        assert_eq!(strip("a", "a"), Some(""));
    }
}
