//! Sources of libraries that are on this machine already: vendored ones, and those that the language's own tools keep.
//!
//! Nothing is fetched, and little is read: packages that no model describes, that the workspace needs, and that lead to a
//! package whose model says something of trace context. What they do becomes known; what is wrong in them is never reported.

use super::{Workspace, with_slashes};
use crate::engine::Library;
use crate::facts::{ModuleFacts, Name};
use crate::lang::{self, Frontend};
use crate::model::{Model, Symbol};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// How much source of libraries of who owns the workspace a run reads, in bytes.
const LARGEST_PART: u64 = 4 << 20;
/// And of all others: what a large cache holds beyond it is not worth the wait.
const LARGEST_PART_OF_OTHERS: u64 = 512 << 10;
/// A package of others beyond this, in bytes, is mostly what a program wrote from the description of an interface.
const LARGEST_PACKAGE: u64 = 128 << 10;
/// How many library packages a run looks at to find those that are worth reading.
const MOST_PACKAGES: usize = 2000;
/// Larger files are tables that a program wrote.
const LARGEST_SOURCE: u64 = 512 << 10;
/// The start of a file in which its imports mostly are, in bytes.
const START: u64 = 4096;

impl Workspace {
    /// The library sources that say more than models do.
    pub fn libraries(&self, models: &[Model]) -> Vec<Library> {
        lang::ALL.iter().flat_map(|frontend| Search::new(self, frontend, models).run()).collect()
    }
}

/// Whether a file may lead to other libraries than it did with another text.
pub fn leads_elsewhere(name: &str, before: &str, after: &str) -> bool {
    match lang::for_path(name) {
        Some(frontend) => {
            let imports = |text: &str| (frontend.libraries.imports)(text).unwrap_or_default();
            imports(before) != imports(after)
        }
        None => before != after,
    }
}

/// A module of the workspace: what its manifest says decides where its libraries are.
struct Context {
    /// Its folder on disk.
    folder: PathBuf,
    facts: ModuleFacts,
    /// Whether it has a manifest of its own.
    owner: Option<Name>,
}

/// Where a library package lies.
#[derive(Clone)]
struct Place {
    /// The module's name.
    module: Name,
    /// The module's folder.
    root: PathBuf,
    /// The package's folder.
    folder: PathBuf,
}

/// A library package that was looked at.
struct Package {
    place: Place,
    context: usize,
    depth: u32,
    files: Vec<(PathBuf, u64)>,
    imports: Vec<Name>,
}

/// A search for the library packages of one language.
struct Search<'w> {
    workspace: &'w Workspace,
    frontend: &'static Frontend,
    contexts: Vec<Context>,
    /// The context of each folder that has one.
    by_folder: FxHashMap<PathBuf, usize>,
    caches: Vec<PathBuf>,
    /// Packages that models describe, with what they are good for.
    described: FxHashMap<Name, Worth>,
    /// Whether a module can lead to a tracing library, by its folder.
    gates: FxHashMap<PathBuf, bool>,
    packages: BTreeMap<Name, Package>,
}

/// What a described package is good for.
#[derive(Clone, Copy, Default)]
struct Worth {
    /// Carriers come and go there.
    moves: bool,
    /// Contexts get into carriers or out of them there.
    propagates: bool,
    /// Importing it is a sign that a program traces.
    traces: bool,
}

impl Worth {
    fn of(model: &Model, package: &crate::model::Package) -> Worth {
        let of_package =
            |symbol: &&Symbol| symbol.path.strip_prefix(&*package.path).is_some_and(|rest| rest.starts_with('.'));
        let symbols = model.calls.iter().chain(&model.literals).filter(of_package);
        let mut worth = Worth { traces: package.traces, ..Worth::default() };
        for effect in symbols.flat_map(|symbol| &symbol.entries).flat_map(|entry| &entry.effects) {
            worth.moves |= effect.moves_carriers();
            worth.propagates |= package.traces && effect.propagates();
        }
        worth
    }
}

impl<'w> Search<'w> {
    fn new(workspace: &'w Workspace, frontend: &'static Frontend, models: &[Model]) -> Search<'w> {
        let variable = |name: &str| std::env::var(name).ok();
        let mut described = FxHashMap::default();
        for model in models.iter().filter(|model| model.language == frontend.language) {
            for package in &model.packages {
                described.insert(package.path.clone(), Worth::of(model, package));
            }
        }
        let contexts = contexts(workspace, frontend);
        Search {
            workspace,
            frontend,
            by_folder: contexts.iter().enumerate().map(|(index, context)| (context.folder.clone(), index)).collect(),
            contexts,
            caches: (frontend.libraries.caches)(&variable).into_iter().map(PathBuf::from).collect(),
            described,
            gates: FxHashMap::default(),
            packages: BTreeMap::new(),
        }
    }

    fn run(mut self) -> Vec<Library> {
        let mut pending: VecDeque<(Name, usize, u32)> =
            self.wanted().into_iter().map(|(path, context)| (path, context, 0)).collect();
        let mut seen = FxHashSet::default();
        while let Some((path, context, depth)) = pending.pop_front() {
            if self.packages.len() >= MOST_PACKAGES || !seen.insert(path.clone()) {
                continue;
            }
            let Some(package) = self.look_at(&path, context, depth) else { continue };
            pending.extend(package.imports.iter().map(|import| (import.clone(), context, depth + 1)));
            self.packages.insert(path, package);
        }
        self.read()
    }

    /// What the workspace's files import, each with the module that imports it.
    fn wanted(&self) -> Vec<(Name, usize)> {
        let mut wanted = FxHashSet::default();
        for (name, text) in &self.workspace.files {
            let is_source = lang::for_path(name).is_some_and(|frontend| frontend.language == self.frontend.language);
            if !is_source || (self.frontend.is_test)(name) || self.is_vendored(name) {
                continue;
            }
            let path = self.workspace.base.join(name);
            let context = self.context_of(&path);
            let imports = (self.frontend.libraries.imports)(text).unwrap_or_default();
            wanted.extend(imports.into_iter().map(|import| (import, context)));
        }
        let mut wanted: Vec<_> = wanted.into_iter().collect();
        wanted.sort();
        wanted
    }

    fn is_vendored(&self, name: &str) -> bool {
        name.split('/').any(|folder| self.frontend.library_folders.contains(&folder))
    }

    fn context_of(&self, path: &Path) -> usize {
        path.ancestors().find_map(|folder| self.by_folder.get(folder)).copied().unwrap_or_default()
    }

    /// Finds a package and what it imports. None if it is of the workspace, described by a model, or not there.
    fn look_at(&mut self, path: &Name, context: usize, depth: u32) -> Option<Package> {
        if (self.frontend.is_standard)(path) || self.described.contains_key(path) {
            return None;
        }
        let place = self.locate(path, context)?;
        let is_ours = self.is_ours(&place.module, context);
        if !is_ours && (self.is_of_tracer(path) || self.is_described(&place.module) || !self.can_trace(&place.root)) {
            return None;
        }
        let mut files = Vec::new();
        for entry in fs::read_dir(&place.folder).ok()?.filter_map(Result::ok) {
            let (path, metadata) = (entry.path(), entry.metadata().ok()?);
            let name = path.file_name()?.to_str()?.to_owned();
            let is_source = lang::for_path(&name).is_some_and(|it| it.language == self.frontend.language);
            if is_source && metadata.is_file() && metadata.len() <= LARGEST_SOURCE && !(self.frontend.is_test)(&name) {
                files.push((path, metadata.len()));
            }
        }
        files.sort();
        let mut imports = FxHashSet::default();
        for (file, _) in &files {
            imports.extend(self.imports_of(file));
        }
        let mut imports: Vec<Name> = imports.into_iter().collect();
        imports.sort();
        Some(Package { place, context, depth, files, imports })
    }

    fn imports_of(&self, file: &Path) -> Vec<Name> {
        let start = |limit: u64| -> Option<Vec<Name>> {
            let mut bytes = Vec::new();
            fs::File::open(file).ok()?.take(limit).read_to_end(&mut bytes).ok()?;
            let cut = if (bytes.len() as u64) < limit { bytes.len() } else { end_of_lines(&bytes) };
            (self.frontend.libraries.imports)(&String::from_utf8_lossy(&bytes[..cut]))
        };
        start(START).or_else(|| start(LARGEST_SOURCE)).unwrap_or_default()
    }

    /// Where the manifest of a module of the workspace says that a package is.
    fn locate(&self, path: &Name, context: usize) -> Option<Place> {
        let context = &self.contexts[context];
        let below = |module: &Name| strip(path, module).is_some();
        let ours = self.contexts.iter().filter_map(|context| context.owner.as_ref()).filter(|name| below(name));
        let ours = ours.map(|name| name.len()).max().unwrap_or_default();
        let named = context.facts.dependencies.iter().map(|dependency| &dependency.name);
        let replaced = context.facts.replaced.iter().map(|(name, _)| name);
        let module = named.chain(replaced).filter(|name| below(name)).max_by_key(|name| name.len());
        if module.is_some_and(|module| module.len() < ours) || (module.is_none() && ours > 0) {
            return None;
        }
        for vendor in self.frontend.library_folders {
            let vendor = context.folder.join(vendor);
            if vendor.join(&**path).is_dir() {
                // Without a manifest, the module is as much of the path as most hosts give a repository.
                let end = path.match_indices('/').nth(2).map_or(path.len(), |(at, _)| at);
                let module = module.cloned().unwrap_or_else(|| path[..end].into());
                return Some(Place { root: vendor.join(&*module), folder: vendor.join(&**path), module });
            }
        }
        let module = module?;
        let root = self.root_of(module, context)?;
        let folder = root.join(strip(path, module)?);
        folder.is_dir().then(|| Place { module: module.clone(), root, folder })
    }

    /// The folder of a module that a manifest names.
    fn root_of(&self, module: &Name, context: &Context) -> Option<PathBuf> {
        let facts = &context.facts;
        if let Some((_, folder)) = facts.replaced.iter().find(|(name, _)| name == module) {
            let folder = fs::canonicalize(context.folder.join(folder)).ok()?;
            // What was asked for is no library.
            return (!self.workspace.roots.iter().any(|root| folder.starts_with(root))).then_some(folder);
        }
        let substitute = facts.substituted.iter().find(|substitute| substitute.name == *module);
        let dependency = facts.dependencies.iter().find(|dependency| dependency.name == *module);
        let (name, version) = match (substitute, dependency) {
            (Some(other), _) => (&other.by, &other.version),
            (None, dependency) => (module, &dependency?.version),
        };
        let folder = (self.frontend.libraries.module_folder)(name, version);
        self.caches.iter().map(|cache| cache.join(&folder)).find(|folder| folder.is_dir())
    }

    /// Whether a module belongs to who owns the workspace: such modules are read even where they do not trace.
    fn is_ours(&self, module: &str, context: usize) -> bool {
        let owner = self.contexts[context].owner.as_ref();
        owner.is_some_and(|ours| (self.frontend.libraries.owner)(module) == (self.frontend.libraries.owner)(ours))
    }

    /// Whether models describe a part of a module: then they say what matters of the rest, too.
    fn is_described(&self, module: &str) -> bool {
        self.described.keys().any(|path| strip(path, module).is_some())
    }

    /// Whether who made a package makes a tracing library: models say what matters there.
    fn is_of_tracer(&self, path: &str) -> bool {
        let owner = self.frontend.libraries.owner;
        self.tracing().any(|tracing| tracing.matches('/').count() > 1 && owner(tracing) == owner(path))
    }

    fn tracing(&self) -> impl Iterator<Item = &Name> {
        self.described.iter().filter(|(_, worth)| worth.traces).map(|(path, _)| path)
    }

    /// Whether a module's own manifest, if it has one, names a tracing library.
    fn can_trace(&mut self, root: &Path) -> bool {
        if let Some(known) = self.gates.get(root) {
            return *known;
        }
        let manifest = self.frontend.manifests.iter().find_map(|name| {
            let text = fs::read_to_string(root.join(name)).ok()?;
            (self.frontend.read_manifest)(name, &text).ok()
        });
        let traces = |module: &Name| self.tracing().any(|path| strip(path, module).is_some());
        let answer = manifest.is_none_or(|facts| facts.dependencies.iter().any(|it| traces(&it.name)));
        self.gates.insert(root.to_path_buf(), answer);
        answer
    }

    /// The packages from which something can be learned, as far as the workspace leads to them through one another. Of who owns
    /// the workspace: all that lead to where carriers come and go, or contexts get into them. Of others: those that deal with
    /// carriers themselves and lead to where contexts get into them.
    fn worth_reading(&self) -> FxHashSet<&Name> {
        let worth = |path: &Name| self.described.get(path).copied().unwrap_or_default();
        let propagating = self.leading_to(|import| worth(import).propagates);
        let dealing = self.leading_to(|import| worth(import).propagates || worth(import).moves);
        let teaches = |path: &Name, package: &Package| {
            if self.is_ours(&package.place.module, package.context) {
                return dealing.contains(path);
            }
            let bytes: u64 = package.files.iter().map(|(_, bytes)| bytes).sum();
            let moves = package.imports.iter().any(|import| worth(import).moves);
            moves && propagating.contains(path) && bytes <= LARGEST_PACKAGE
        };
        let mut reached = FxHashSet::default();
        let mut pending: Vec<&Name> =
            self.packages.iter().filter(|(_, package)| package.depth == 0).map(|(path, _)| path).collect();
        while let Some(path) = pending.pop() {
            let Some((path, package)) = self.packages.get_key_value(path) else { continue };
            if teaches(path, package) && reached.insert(path) {
                pending.extend(&package.imports);
            }
        }
        reached
    }

    /// The packages that lead to one with a property.
    fn leading_to(&self, has: impl Fn(&Name) -> bool) -> FxHashSet<&Name> {
        let mut leading: FxHashSet<&Name> = FxHashSet::default();
        loop {
            let before = leading.len();
            for (path, package) in &self.packages {
                let leads = |import: &Name| has(import) || leading.contains(import);
                if !leading.contains(path) && package.imports.iter().any(leads) {
                    leading.insert(path);
                }
            }
            if leading.len() == before {
                return leading;
            }
        }
    }

    fn read(&self) -> Vec<Library> {
        let worth = self.worth_reading();
        let mut packages: Vec<(&Name, &Package)> =
            self.packages.iter().filter(|(path, _)| worth.contains(path)).collect();
        packages.sort_by_key(|(path, package)| {
            (!self.is_ours(&package.place.module, package.context), package.depth, *path)
        });
        let mut left = LARGEST_PART;
        let mut left_of_others = LARGEST_PART_OF_OTHERS;
        let mut libraries = BTreeMap::<PathBuf, Library>::new();
        for (_, package) in packages {
            let bytes: u64 = package.files.iter().map(|(_, bytes)| bytes).sum();
            let left =
                if self.is_ours(&package.place.module, package.context) { &mut left } else { &mut left_of_others };
            if bytes > *left {
                continue;
            }
            *left -= bytes;
            let library = libraries.entry(package.place.root.clone()).or_insert_with(|| Library {
                language: self.frontend.language,
                folder: with_slashes(&package.place.root).into(),
                facts: ModuleFacts {
                    name: package.place.module.clone(),
                    dependencies: self.contexts[package.context].facts.dependencies.clone(),
                    ..ModuleFacts::default()
                },
                files: Vec::new(),
            });
            for (path, _) in &package.files {
                if let Ok(text) = super::walk::read(path) {
                    library.files.push((with_slashes(path).into(), text));
                }
            }
        }
        libraries.into_values().collect()
    }
}

/// Where the last whole line ends.
fn end_of_lines(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1)
}

/// The modules of the workspace, and the folder that holds everything for what lies in none.
fn contexts(workspace: &Workspace, frontend: &'static Frontend) -> Vec<Context> {
    let mut contexts = vec![Context { folder: workspace.base.clone(), facts: ModuleFacts::default(), owner: None }];
    for (name, text) in &workspace.files {
        let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
        if !frontend.manifests.contains(&file) {
            continue;
        }
        let Ok(facts) = (frontend.read_manifest)(file, text) else { continue };
        if !facts.name.is_empty() {
            contexts.push(Context { folder: workspace.base.join(folder), owner: Some(facts.name.clone()), facts });
        }
    }
    contexts
}

/// What follows a module's name in an import path; none if the package is not in the module.
fn strip<'p>(path: &'p str, module: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(module)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}
