//! Which module each file is, in languages whose files declare one another: from the files that programs and libraries
//! start with, down.

use super::modules::{folder_of, strip};
use super::{LinkInput, ModuleInput, PackageId};
use crate::facts::{Dependency, ModuleContents, Name};
use crate::lang::{ModuleRules, Root};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

/// All modules, and which of them the files are.
#[derive(Debug, Default)]
pub(super) struct Layout {
    pub(super) modules: Vec<Module>,
    /// By file.
    pub(super) files: Vec<Placed>,
    pub(super) crates: Vec<Crate>,
}

/// A module.
#[derive(Debug)]
pub(super) struct Module {
    /// Names from the crate down, joined by `.`.
    pub(super) path: String,
    pub(super) name: Name,
    pub(super) parent: Option<PackageId>,
    /// The crate that holds it.
    pub(super) holder: usize,
}

/// Where a file was placed.
#[derive(Clone, Debug, Default)]
pub(super) struct Placed {
    /// The module that it is; none until it is placed.
    pub(super) module: Option<PackageId>,
    /// The module that each of its declarations is.
    pub(super) declared: Vec<PackageId>,
    /// Whether a program or library leads to it.
    pub(super) is_reached: bool,
}

/// A program or library.
#[derive(Debug)]
pub(super) struct Crate {
    pub(super) root: PackageId,
    /// What code of others, or of its programs, calls it.
    pub(super) name: Name,
    pub(super) is_program: bool,
    /// The manifest it belongs to.
    pub(super) manifest: Option<usize>,
}

/// A file to look into: its index, the module it is, whether it is a root.
type Open = (usize, PackageId, bool);

/// Places every file.
pub(super) fn place(inputs: &[LinkInput], manifests: &[ModuleInput], rules: ModuleRules) -> Layout {
    let mut paths: Vec<&str> = inputs.iter().map(|input| &*input.source.path).collect();
    let by_path: FxHashMap<&str, usize> = paths.iter().enumerate().map(|(index, path)| (*path, index)).collect();
    paths.sort_unstable();
    let mut placer = Placer { inputs, rules, by_path, layout: Layout::default() };
    placer.layout.files = vec![Placed::default(); inputs.len()];
    for (index, manifest) in manifests.iter().enumerate() {
        if !manifest.facts.name.is_empty() {
            for root in (rules.roots)(&manifest.folder, Some(&manifest.facts), &paths) {
                placer.root(&root, Some(index));
            }
        }
    }
    let is_governed = |path: &str| manifests.iter().any(|manifest| lies_in(folder_of(path), &manifest.folder));
    let bare: Vec<&str> = paths.iter().copied().filter(|path| !is_governed(path)).collect();
    for root in (rules.roots)("", None, &bare) {
        placer.root(&root, None);
    }
    for (index, input) in inputs.iter().enumerate() {
        if placer.layout.files[index].module.is_none() {
            // Nobody declares it: a file by itself if nothing says what it belongs to, else one that is not compiled.
            let is_alone = !is_governed(&input.source.path);
            let root = Root { path: input.source.path.to_string(), name: Name::default(), is_program: false };
            placer.root(&root, None);
            placer.layout.files[index].is_reached = is_alone;
        }
    }
    placer.leave_out_test_helpers(manifests);
    placer.layout
}

/// Fills in what manifests take over from one above, and says every folder from the root of the codebase.
pub(super) fn complete(manifests: &mut [ModuleInput], join: impl Fn(&str, &str) -> Option<String>) {
    let shared: Vec<(String, Vec<Dependency>)> = manifests
        .iter()
        .filter(|manifest| !manifest.facts.shared.is_empty())
        .map(|manifest| (manifest.folder.clone(), manifest.facts.shared.clone()))
        .collect();
    for manifest in manifests.iter_mut() {
        let above = shared.iter().filter(|(folder, _)| lies_in(&manifest.folder, folder));
        let above = above.max_by_key(|(folder, _)| folder.len());
        for dependency in &mut manifest.facts.dependencies {
            let mut base = &manifest.folder;
            if dependency.inherited
                && let Some((folder, shared)) = above
                && let Some(found) = shared.iter().find(|found| called(found) == called(dependency))
            {
                base = folder;
                dependency.features.extend(found.features.iter().cloned());
                let features = std::mem::take(&mut dependency.features);
                let Dependency { range, for_tests, .. } = *dependency;
                *dependency = Dependency { features, range, for_tests, ..found.clone() };
            }
            dependency.folder = dependency.folder.as_deref().and_then(|folder| join(base, folder));
        }
    }
    manifests.iter_mut().for_each(take_locked_versions);
}

/// The versions that were chosen count, not those that were asked for.
fn take_locked_versions(manifest: &mut ModuleInput) {
    let Some(lock) = &manifest.lock else { return };
    for dependency in &mut manifest.facts.dependencies {
        let versions = lock.versions(&manifest.facts.name, &dependency.name);
        let fitting = versions.iter().find(|version| is_compatible(version, &dependency.version));
        if let Some(version) = fitting.or(versions.first()) {
            dependency.version = Name::clone(version);
        }
    }
}

/// Whether two versions start with the same numbers, up to the first that is not 0.
fn is_compatible(one: &str, other: &str) -> bool {
    let significant = |version: &str| {
        let mut numbers: Vec<String> = Vec::new();
        for number in version.split(['.', '-', '+']) {
            numbers.push(number.to_owned());
            if number != "0" {
                break;
            }
        }
        numbers
    };
    significant(one) == significant(other)
}

/// What code calls a dependency.
pub(super) fn called(dependency: &Dependency) -> &Name {
    dependency.alias.as_ref().unwrap_or(&dependency.name)
}

fn lies_in(folder: &str, above: &str) -> bool {
    strip(folder, above).is_some()
}

struct Placer<'i> {
    inputs: &'i [LinkInput],
    rules: ModuleRules,
    by_path: FxHashMap<&'i str, usize>,
    layout: Layout,
}

impl Placer<'_> {
    /// Libraries that others of the codebase need for tests alone are tests themselves.
    fn leave_out_test_helpers(&mut self, manifests: &[ModuleInput]) {
        let linked: BTreeSet<usize> = self.layout.crates.iter().filter_map(|holder| holder.manifest).collect();
        let all = || linked.iter().flat_map(|manifest| &manifests[*manifest].facts.dependencies);
        let is_helper = |manifest: &ModuleInput| {
            let mut uses = all().filter(|dependency| dependency.folder.as_deref() == Some(&manifest.folder)).peekable();
            uses.peek().is_some() && uses.all(|dependency| dependency.for_tests)
        };
        let helpers: Vec<bool> = self
            .layout
            .crates
            .iter()
            .map(|holder| !holder.is_program && holder.manifest.is_some_and(|manifest| is_helper(&manifests[manifest])))
            .collect();
        for file in &mut self.layout.files {
            let holder = file.module.map(|module| self.layout.modules[module.0 as usize].holder);
            file.is_reached &= !holder.is_some_and(|holder| helpers[holder]);
        }
    }

    fn root(&mut self, root: &Root, manifest: Option<usize>) {
        let Some(&file) = self.by_path.get(root.path.as_str()) else { return };
        if self.layout.files[file].module.is_some() {
            return;
        }
        let holder = self.layout.crates.len();
        let id = PackageId(self.layout.modules.len() as u32);
        // The path tells crates of one name apart; programs are called by nobody.
        let path = match root.is_program || root.name.is_empty() {
            true => format!("{}!{holder}", root.name),
            false => root.name.to_string(),
        };
        let name = if root.is_program { Name::new_static("main") } else { root.name.clone() };
        self.layout.modules.push(Module { path, name, parent: None, holder });
        self.layout.crates.push(Crate { root: id, name: root.name.clone(), is_program: root.is_program, manifest });
        let mut open = vec![(file, id, true)];
        self.layout.files[file].module = Some(id);
        while let Some(next) = open.pop() {
            self.look_into(next, &mut open);
        }
    }

    /// Gives every module that a file declares its place.
    fn look_into(&mut self, (file, id, is_root): Open, open: &mut Vec<Open>) {
        self.layout.files[file].is_reached = true;
        let input = &self.inputs[file];
        for declaration in &input.facts.modules {
            let mut within = Vec::new();
            let mut around = declaration.within;
            while let Some(index) = around {
                let outer = &input.facts.modules[index.0 as usize];
                within.push(outer.name.clone());
                around = outer.within;
            }
            within.reverse();
            let declared = &self.layout.files[file].declared;
            let parent = declaration.within.and_then(|index| declared.get(index.0 as usize)).copied().unwrap_or(id);
            let path = &input.source.path;
            let candidates = (self.rules.files)(path, is_root, &within, &declaration.name, &declaration.contents);
            let found = candidates.iter().find_map(|path| self.by_path.get(path.as_str())).copied();
            let known = found.and_then(|found| self.layout.files[found].module);
            let module = known.unwrap_or_else(|| self.module(parent, &declaration.name));
            self.layout.files[file].declared.push(module);
            if let (Some(found), None, true) = (found, known, declaration.contents != ModuleContents::Here) {
                self.layout.files[found].module = Some(module);
                open.push((found, module, false));
            }
        }
    }

    fn module(&mut self, parent: PackageId, name: &Name) -> PackageId {
        let above = &self.layout.modules[parent.0 as usize];
        let (path, holder) = (format!("{}.{name}", above.path), above.holder);
        self.layout.modules.push(Module { path, name: name.clone(), parent: Some(parent), holder });
        PackageId(self.layout.modules.len() as u32 - 1)
    }
}
