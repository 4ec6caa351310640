//! What paths mean in languages with modules: `crate::routes::user`, `super::Config`, `Client::new`.
//!
//! What leads out of the codebase is a library's, by its path there; a model says under which path it knows what is exported
//! under several.

mod uses;

use super::crates::{Layout, called};
use super::{Codebase, PackageId, Resolved, Symbol, Type, TypeId};
use crate::facts::{ModuleIndex, Name, Path, TypeKind, TypeRef};
use crate::text::FileId;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// What a module has besides its items.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    parent: Option<PackageId>,
    /// The module that its crate starts with.
    root: PackageId,
    pub(super) modules: FxHashMap<Name, PackageId>,
    /// What imports bind: a module, an item, or both.
    bound: FxHashMap<Name, Bound>,
    /// Modules and types whose members are names here.
    open: Vec<Target>,
    /// Crates, by the name that code calls them. Those of one crate share them.
    externs: Arc<FxHashMap<Name, Target>>,
}

/// What an import binds.
#[derive(Clone, Debug, Default, PartialEq)]
struct Bound {
    module: Option<Target>,
    item: Option<Target>,
}

/// What a path leads to.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Target {
    /// A module of the codebase.
    Module(PackageId),
    /// Anything else; modules of libraries too.
    Symbol(Symbol),
}

/// What the last name of a path is expected to be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Module,
    Item,
}

/// How many open modules may lead to a name.
const OPEN: u32 = 6;

impl Codebase {
    /// Resolves a path seen from a module.
    pub(super) fn resolve_in(&self, module: PackageId, path: &Path) -> Resolved {
        let names: Vec<&str> = path.0.iter().map(|name| name.as_str()).collect();
        match self.follow(module, &names, Wanted::Item) {
            Some((Target::Symbol(symbol), rest)) => Resolved { symbol: self.known_as(symbol), rest },
            Some((Target::Module(id), rest)) => {
                Resolved { symbol: Symbol::Library(self.packages[id.0 as usize].path.clone()), rest }
            }
            None => Resolved { symbol: Symbol::Library(format!("builtin.{}", names.join(".")).into()), rest: 0 },
        }
    }

    /// A library's symbol under the path that models know it by.
    fn known_as(&self, symbol: Symbol) -> Symbol {
        match symbol {
            Symbol::Library(path) => Symbol::Library(self.canonical(path)),
            other => other,
        }
    }

    /// The path under which models know what a library exports under this one.
    pub(super) fn canonical(&self, path: Name) -> Name {
        let mut path = path;
        for _ in 0..4 {
            let ends = std::iter::once(path.len()).chain(path.rmatch_indices('.').map(|(at, _)| at));
            let Some((end, to)) = ends.into_iter().find_map(|end| Some((end, self.exports.get(&path[..end])?))) else {
                return path;
            };
            path = format!("{to}{}", &path[end..]).into();
        }
        path
    }

    /// Follows a path. Gives how many names at its end are members of what was found.
    fn follow(&self, module: PackageId, names: &[&str], wanted: Wanted) -> Option<(Target, usize)> {
        let (at, rest) = self.first(module, names, wanted)?;
        self.follow_from(at, rest, wanted)
    }

    /// What a path leads to as a module and as an item.
    fn follow_to_both(&self, module: PackageId, names: &[&str]) -> [Option<(Target, usize)>; 2] {
        match self.first(module, names, Wanted::Module) {
            Some((at, rest)) if !rest.is_empty() => {
                let is_library = matches!(at, Target::Symbol(Symbol::Library(_)));
                let as_module = self.follow_from(at.clone(), rest, Wanted::Module);
                // There is but one of that name in a library.
                let as_item = if is_library { as_module.clone() } else { self.follow_from(at, rest, Wanted::Item) };
                [as_module, as_item]
            }
            found => [found.map(|(at, _)| (at, 0)), self.follow(module, names, Wanted::Item)],
        }
    }

    /// What a path starts with, and the names after that.
    fn first<'n, 's>(
        &self,
        module: PackageId,
        names: &'n [&'s str],
        wanted: Wanted,
    ) -> Option<(Target, &'n [&'s str])> {
        let (first, rest) = names.split_first()?;
        // `::tracing::info!`
        if first.is_empty() {
            let (name, after) = rest.split_first()?;
            return Some((self.extern_crate(module, name), after));
        }
        let wanted = if rest.is_empty() { wanted } else { Wanted::Module };
        Some((self.start(module, first, wanted, rest.is_empty())?, rest))
    }

    fn follow_from(&self, mut at: Target, mut rest: &[&str], wanted: Wanted) -> Option<(Target, usize)> {
        while let [name, after @ ..] = rest {
            at = match at {
                Target::Module(id) if *name == "super" => Target::Module(self.scope(id)?.parent?),
                Target::Module(id) if *name == "self" => Target::Module(id),
                Target::Module(id) => {
                    let wanted = if after.is_empty() { wanted } else { Wanted::Module };
                    self.name_in(id, name, wanted, OPEN).unwrap_or_else(|| {
                        Target::Symbol(Symbol::Library(format!("{}.{name}", self.packages[id.0 as usize].path).into()))
                    })
                }
                Target::Symbol(Symbol::Library(path)) => {
                    Target::Symbol(Symbol::Library(self.canonical(self.paths.of_member(&path, name))))
                }
                Target::Symbol(Symbol::Type(id)) => match self.associated(id, name) {
                    Some(symbol) => Target::Symbol(symbol),
                    None => return Some((Target::Symbol(Symbol::Type(id)), rest.len())),
                },
                other => return Some((other, rest.len())),
            };
            rest = after;
        }
        Some((at, 0))
    }

    /// What the first name of a path leads to, which may be all there is of it.
    fn start(&self, module: PackageId, name: &str, wanted: Wanted, is_all: bool) -> Option<Target> {
        match name {
            "crate" => Some(Target::Module(self.scope(module)?.root)),
            "self" => Some(Target::Module(self.nearest_named(module))),
            "super" => Some(Target::Module(self.scope(self.nearest_named(module))?.parent?)),
            name => match self.name_in(module, name, wanted, OPEN) {
                None if !is_all || wanted == Wanted::Module => Some(self.extern_crate(module, name)),
                found => found,
            },
        }
    }

    /// A function or constant of a type; through an alias, of what it stands for.
    fn associated(&self, id: TypeId, name: &str) -> Option<Symbol> {
        if let TypeKind::Alias(_) = self.declaration(id).kind {
            return match self.resolve_type(self.type_file(id), None, &TypeRef::Named(self.path_to(id), Vec::new())) {
                Type::Declared(id, _) => self.associated(id, name),
                Type::Library(path) => Some(Symbol::Library(self.canonical(format!("{path}.{name}").into()))),
                _ => None,
            };
        }
        if let Some(method) = self.own_method(id, name) {
            return Some(Symbol::Function(method));
        }
        self.constants.get(&(id, name.into())).map(|global| Symbol::Global(*global))
    }

    /// A path by which the file of a type can call it.
    fn path_to(&self, id: TypeId) -> Path {
        let declaration = self.declaration(id);
        let file = self.file(self.type_file(id));
        let mut names = vec![declaration.name.clone()];
        let mut around = declaration.module;
        while let Some(index) = around {
            let module = &file.facts.modules[index.0 as usize];
            names.push(module.name.clone());
            around = module.within;
        }
        names.reverse();
        Path(names)
    }

    fn scope(&self, module: PackageId) -> Option<&Scope> {
        self.packages[module.0 as usize].scope.as_ref()
    }

    fn is_block(&self, module: PackageId) -> bool {
        self.packages[module.0 as usize].name.starts_with('{')
    }

    /// Blocks with items of their own have no name: `self` in one is the module around.
    fn nearest_named(&self, module: PackageId) -> PackageId {
        let mut at = module;
        while self.is_block(at) {
            let Some(parent) = self.scope(at).and_then(|scope| scope.parent) else { break };
            at = parent;
        }
        at
    }

    fn extern_crate(&self, module: PackageId, name: &str) -> Target {
        let known = self.scope(module).and_then(|scope| scope.externs.get(name));
        known.cloned().unwrap_or_else(|| Target::Symbol(Symbol::Library(name.into())))
    }

    /// What a name means in a module: its items, what it imports, what open modules have. A macro's `!` stands at the end.
    fn name_in(&self, module: PackageId, name: &str, wanted: Wanted, depth: u32) -> Option<Target> {
        let scope = self.scope(module)?;
        let (bare, sign) = name.strip_suffix('!').map_or((name, ""), |bare| (bare, "!"));
        let own = || self.item(module, name).map(Target::Symbol);
        let below = || scope.modules.get(bare).copied().map(Target::Module);
        let bound = scope.bound.get(bare);
        let as_item = || bound.and_then(|bound| bound.item.clone());
        let as_module = || bound.and_then(|bound| bound.module.clone());
        let found = match wanted {
            Wanted::Item => own().or_else(as_item).or_else(below).or_else(as_module),
            // A function has no members: a crate may be called like it.
            Wanted::Module => below()
                .or_else(as_module)
                .or_else(|| own().filter(|it| !matches!(it, Target::Symbol(Symbol::Function(_)))))
                .or_else(as_item),
        };
        if let Some(found) = found {
            return Some(match found {
                Target::Symbol(Symbol::Library(path)) if !sign.is_empty() => {
                    Target::Symbol(Symbol::Library(format!("{path}{sign}").into()))
                }
                other => other,
            });
        }
        let depth = depth.checked_sub(1)?;
        // Items of blocks see those of the module around.
        if let (true, Some(parent)) = (self.is_block(module), scope.parent) {
            return self.name_in(parent, name, wanted, depth);
        }
        scope.open.iter().find_map(|target| match target {
            Target::Module(id) => self.name_in(*id, name, wanted, depth),
            Target::Symbol(Symbol::Library(path)) => {
                let member = self.canonical(self.paths.of_member(path, name));
                self.modelled.contains(&member).then_some(Target::Symbol(Symbol::Library(member)))
            }
            Target::Symbol(_) => None,
        })
    }

    /// Gives the modules of a layout their scopes.
    pub(super) fn add_scopes(&mut self, layout: &Layout, inputs: &[super::LinkInput]) {
        let externs: Vec<_> = (0..layout.crates.len()).map(|of| Arc::new(self.externs(layout, of))).collect();
        for (module, package) in layout.modules.iter().zip(self.packages.iter_mut()) {
            package.scope = Some(Scope {
                parent: module.parent,
                root: layout.crates[module.holder].root,
                modules: FxHashMap::default(),
                bound: FxHashMap::default(),
                open: Vec::new(),
                externs: externs[module.holder].clone(),
            });
        }
        for (placed, input) in layout.files.iter().zip(inputs) {
            let Some(own) = placed.module else { continue };
            for (declaration, id) in input.facts.modules.iter().zip(&placed.declared) {
                let parent = declaration.within.map_or(own, |index| placed.declared[index.0 as usize]);
                if let Some(scope) = &mut self.packages[parent.0 as usize].scope {
                    scope.modules.insert(declaration.name.clone(), *id);
                }
            }
        }
        self.add_loads(layout);
    }

    /// What running a crate loads: all its modules, and the crates it depends on.
    fn add_loads(&mut self, layout: &Layout) {
        for (index, module) in layout.modules.iter().enumerate() {
            let root = layout.crates[module.holder].root;
            let id = PackageId(index as u32);
            if id != root {
                self.packages[index].imports.push(root);
                self.packages[root.0 as usize].imports.push(id);
            }
        }
        for holder in &layout.crates {
            let root = holder.root.0 as usize;
            let Some(scope) = &self.packages[root].scope else { continue };
            let mut used: Vec<PackageId> = scope
                .externs
                .values()
                .filter_map(|target| match target {
                    Target::Module(id) => Some(*id),
                    Target::Symbol(_) => None,
                })
                .collect();
            used.sort_unstable();
            self.packages[root].imports.extend(used);
        }
    }

    /// What the crates are that code of one can name.
    fn externs(&self, layout: &Layout, of: usize) -> FxHashMap<Name, Target> {
        let mut externs = FxHashMap::default();
        let Some(manifest) = layout.crates[of].manifest else { return externs };
        let library = |manifest: usize| {
            let mut crates = layout.crates.iter().enumerate();
            crates.find(|(index, it)| *index != of && it.manifest == Some(manifest) && !it.is_program).map(|(_, it)| it)
        };
        let facts = &self.manifests[manifest].facts;
        for dependency in &facts.dependencies {
            let folder = dependency.folder.as_deref();
            let own = folder.and_then(|folder| self.manifests.iter().position(|manifest| manifest.folder == folder));
            let target = match own.and_then(library) {
                Some(found) => Target::Module(found.root),
                None => Target::Symbol(Symbol::Library(dependency.name.clone())),
            };
            externs.insert(called(dependency).clone(), target);
        }
        if let Some(library) = library(manifest) {
            externs.insert(library.name.clone(), Target::Module(library.root));
        }
        externs
    }

    /// Whether a name means something in a module: an item, a module or an import.
    pub(super) fn is_bound(&self, module: PackageId, name: &str) -> bool {
        self.item(module, name).is_some()
            || self
                .scope(module)
                .is_some_and(|scope| scope.modules.contains_key(name) || scope.bound.contains_key(name))
    }

    /// What an import of a module calls something of a library.
    pub(super) fn bound_name(&self, module: PackageId, path: &str) -> Option<&Name> {
        let wanted = self.canonical(path.replace("::", ".").into());
        let is_it =
            |target: &Option<Target>| matches!(target, Some(Target::Symbol(Symbol::Library(it))) if *it == wanted);
        let bound = self.scope(module)?.bound.iter();
        bound.filter(|(_, bound)| is_it(&bound.item) || is_it(&bound.module)).map(|(name, _)| name).min()
    }

    /// The module that a declaration of a file stands in.
    pub(super) fn module_in(&self, file: FileId, module: Option<ModuleIndex>) -> PackageId {
        let code = self.file(file);
        module.and_then(|index| code.declared.get(index.0 as usize)).copied().unwrap_or(code.package)
    }

    /// What a module imports of libraries, traits among it: their methods can be called on anything there.
    pub fn library_names(&self, file: FileId) -> impl Iterator<Item = &Name> {
        let scope = self.scope(self.file(file).package);
        let bound = scope.into_iter().flat_map(|scope| scope.bound.values());
        bound.filter_map(|bound| match &bound.item {
            Some(Target::Symbol(Symbol::Library(path))) => Some(path),
            _ => None,
        })
    }
}
