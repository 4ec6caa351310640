//! What a free name means in a file.

use super::{Codebase, FunctionId, GlobalId, ImportTarget, Item, PackageId, TypeId};
use crate::facts::{Alias, Name, Path};
use crate::lang;
use crate::model::ModelSet;
use crate::text::FileId;
use rustc_hash::FxHashMap;
use std::sync::{Arc, Mutex};

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Symbol {
    /// A function of the codebase.
    Function(FunctionId),
    /// A type of the codebase.
    Type(TypeId),
    /// A package variable of the codebase.
    Global(GlobalId),
    /// A member of a library, by path: `net/http.DefaultClient`; builtins are members of `builtin`.
    Library(Name),
}

/// A resolved path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// What the first names stand for.
    pub symbol: Symbol,
    /// How many names at the end are selectors on it.
    pub rest: usize,
}

/// Paths of the members of libraries, each written once: the same few are asked for at every call and every type.
#[derive(Clone, Debug, Default)]
pub(super) struct MemberPaths(Arc<Mutex<FxHashMap<Name, FxHashMap<Name, Name>>>>);

impl MemberPaths {
    /// `net/http.Client` and `Do` give `net/http.Client.Do`.
    pub(super) fn of_member(&self, owner: &str, member: &str) -> Name {
        let written = || Name::from(format!("{owner}.{member}"));
        let Ok(mut owners) = self.0.lock() else { return written() };
        match owners.get_mut(owner) {
            Some(members) => match members.get(member) {
                Some(path) => path.clone(),
                None => members.entry(member.into()).or_insert_with(written).clone(),
            },
            None => owners.entry(owner.into()).or_default().entry(member.into()).or_insert_with(written).clone(),
        }
    }
}

/// What paths mean in a file, each found once: they are long, and asked for at every use. Only what is linked may be kept.
#[derive(Clone, Debug, Default)]
pub(super) struct ResolvedPaths(Option<Arc<Mutex<FxHashMap<Path, Resolved>>>>);

impl ResolvedPaths {
    /// From here on, what paths mean does not change any more.
    pub(super) fn keep(&mut self) {
        self.0 = Some(Arc::default());
    }

    fn get(&self, path: &Path, find: impl FnOnce() -> Resolved) -> Resolved {
        let lock = || self.0.as_ref().and_then(|known| known.lock().ok());
        if let Some(found) = lock().and_then(|known| known.get(path).cloned()) {
            return found;
        }
        // What it leads through may be asked for on the way.
        let found = find();
        if let Some(mut known) = lock() {
            known.insert(path.clone(), found.clone());
        }
        found
    }
}

impl Codebase {
    /// Resolves a free name seen from a file.
    pub fn resolve(&self, file: FileId, path: &Path) -> Resolved {
        let code = self.file(file);
        if self.packages[code.package.0 as usize].scope.is_some() {
            return code.resolved.get(path, || self.resolve_in(code.package, path));
        }
        let [first, others @ ..] = path.0.as_slice() else {
            return Resolved { symbol: Symbol::Library(Name::default()), rest: 0 };
        };
        if let Some(symbol) = self.item(code.package, first) {
            return Resolved { symbol, rest: others.len() };
        }
        if let ([member, rest @ ..], Some(target)) = (others, code.imports.get(first)) {
            return Resolved { symbol: self.member_of(target, member), rest: rest.len() };
        }
        for target in &code.open_imports {
            if let ImportTarget::Package(package) = target
                && let Some(symbol) = self.item(*package, first)
            {
                return Resolved { symbol, rest: others.len() };
            }
        }
        let exported = first.chars().next().is_some_and(char::is_uppercase);
        if exported && let Some(ImportTarget::Library(library)) = code.open_imports.first() {
            return Resolved { symbol: Symbol::Library(self.paths.of_member(library, first)), rest: others.len() };
        }
        Resolved { symbol: Symbol::Library(self.paths.of_member("builtin", first)), rest: others.len() }
    }

    /// The name that a file can use for a library's package, or for an item that is imported by itself: that of its import, if
    /// it has one.
    pub fn import_name(&self, file: FileId, package: &str) -> Option<&Name> {
        let module = self.file(file).package;
        if self.packages[module.0 as usize].scope.is_some() {
            return self.bound_name(module, package);
        }
        let wanted = |target: &ImportTarget| match target {
            ImportTarget::Library(path) => path == package,
            ImportTarget::Package(id) => self.packages[id.0 as usize].path == package,
        };
        self.file(file).imports.iter().filter(|(_, target)| wanted(target)).map(|(name, _)| name).min()
    }

    /// Whether a name means something at the top of a file: an item of its package or an import.
    pub fn is_taken(&self, file: FileId, name: &str) -> bool {
        let code = self.file(file);
        self.is_bound(code.package, name) || code.imports.contains_key(name)
    }

    fn member_of(&self, target: &ImportTarget, member: &Name) -> Symbol {
        match target {
            ImportTarget::Package(package) => self.item(*package, member).unwrap_or_else(|| {
                Symbol::Library(self.paths.of_member(&self.packages[package.0 as usize].path, member))
            }),
            ImportTarget::Library(library) => Symbol::Library(self.paths.of_member(library, member)),
        }
    }

    pub(super) fn item(&self, package: PackageId, name: &str) -> Option<Symbol> {
        Some(match *self.packages[package.0 as usize].items.get(name)? {
            Item::Function(id) => Symbol::Function(id),
            Item::Type(id) => Symbol::Type(id),
            Item::Global(id) => Symbol::Global(id),
        })
    }

    pub(super) fn bind_imports(&mut self, by_folder: &FxHashMap<(String, Name), PackageId>, models: &ModelSet) {
        let mut importable = FxHashMap::<&str, PackageId>::default();
        let mut folders: Vec<_> = by_folder.iter().collect();
        folders.sort();
        for ((folder, name), package) in folders {
            if name != "main" && !name.ends_with("_test") {
                importable.insert(folder, *package);
            }
        }
        for index in 0..self.files.len() {
            let (imports, open) = self.imports_of(index, &importable, models);
            let package = self.files[index].package.0 as usize;
            for target in imports.values().chain(&open) {
                if let ImportTarget::Package(id) = target
                    && !self.packages[package].imports.contains(id)
                {
                    self.packages[package].imports.push(*id);
                }
            }
            (self.files[index].imports, self.files[index].open_imports) = (imports, open);
        }
    }

    fn imports_of(
        &self,
        index: usize,
        importable: &FxHashMap<&str, PackageId>,
        models: &ModelSet,
    ) -> (FxHashMap<Name, ImportTarget>, Vec<ImportTarget>) {
        let file = &self.files[index];
        let (mut named, mut open) = (FxHashMap::default(), Vec::new());
        let guess = lang::of(file.source.language).map(|frontend| frontend.package_name);
        for import in &file.facts.imports {
            let in_codebase =
                self.modules.folders(&import.path).find_map(|folder| importable.get(folder.as_str()).copied());
            let target = in_codebase.map_or_else(|| ImportTarget::Library(import.path.clone()), ImportTarget::Package);
            let name = match &import.alias {
                Alias::Named(name) => name.clone(),
                Alias::Default => match (in_codebase, models.package_name(&import.path), guess) {
                    (Some(package), _, _) => self.packages[package.0 as usize].name.clone(),
                    (None, Some(name), _) => name.into(),
                    (None, None, Some(guess)) => guess(&import.path).into(),
                    (None, None, None) => continue,
                },
                Alias::Members => {
                    open.push(target);
                    continue;
                }
                Alias::Blank => {
                    // Bound under a name that no code can write: the package is loaded all the same.
                    named.entry(format!("_ {}", import.path).into()).or_insert(target);
                    continue;
                }
            };
            named.insert(name, target);
        }
        (named, open)
    }
}
