//! Which bodies of a codebase need not be read, told from the outlines of its files.
//!
//! A body matters if it names what models speak of, or a member of the codebase that matters. A member matters if its body
//! does, or what it gives; a field or variable if its type does; a type if its parts do. Names after a dot are taken for a
//! member of any package that the file's package can see, a method of an interface for every method of that name: where names
//! alone can't tell, more is read. What is left out gives values of which nothing is known.

mod for_tests;
mod tree;

use super::crates;
use super::modules::{FileImports, ModuleInput, ModuleMap, folder_of, join, strip};
use crate::facts::outline::{Body, Item, Meaning, Named, Outline, Uses, Word};
use crate::lang::Frontend;
use crate::model::ModelSet;
use rayon::prelude::*;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};
use smallvec::SmallVec;
use std::ops::Range;
use tree::Tree;

/// What names of libraries mean to a language's outlines, by what models say.
pub fn meanings<'m>(models: Option<&'m ModelSet>, frontend: &'m Frontend) -> impl Fn(&str, &str) -> Meaning + 'm {
    move |package, member| match models {
        Some(models) if frontend.modules.is_some() => models.meaning_of_path(package, member),
        Some(models) => models.meaning(package, member, (frontend.is_standard)(package)),
        None => Meaning::None,
    }
}

/// For each file, the ranges that need not be read, in order. Files without outline are read whole. `declared` are the names
/// that anything has.
///
/// Packages are folders or, in languages whose files declare one another, all that belongs to a manifest.
pub fn gaps<'o>(
    files: &[(&str, Option<&'o Outline>)],
    declared: &FxHashSet<Word>,
    modules: Vec<ModuleInput>,
    frontend: &Frontend,
) -> Vec<Vec<Range<usize>>> {
    let tree = frontend.modules.map(|rules| Tree::new(files, &modules, rules));
    let for_tests = tree.as_ref().map_or_else(FxHashSet::default, for_tests::find);
    let packages = match &tree {
        Some(tree) => Packages::of_manifests(files, modules, tree, frontend.is_standard),
        None => Packages::of_folders(files, modules),
    };
    let opened = |(file, (_, outline)): (usize, &(&str, Option<&'o Outline>))| {
        outline.map_or_else(Vec::new, |outline| Open::all((file, packages.of[file]), outline, declared))
    };
    let opened: Vec<Vec<Open<'o>>> = files.par_iter().enumerate().map(opened).collect();
    let place = |at: &mut usize, open: &Vec<Open<'_>>| Some(std::mem::replace(at, *at + open.len()));
    let starts: Vec<usize> = opened.iter().scan(0, place).collect();
    let all: Vec<Open<'o>> = opened.into_iter().flatten().collect();
    let mut holding = Found::default();
    all.iter().filter(|each| each.item.holds).for_each(|each| holding.note(each, &packages));
    let (found, matters) = find(&all, &packages);
    let known = Known { all: &all, matters, found, holding, declared, packages: &packages };
    let gaps_of = |(file, (start, (_, outline))): (usize, (&usize, &(&str, Option<&Outline>)))| {
        let Some(outline) = outline else { return Vec::new() };
        let is_for_tests = for_tests.contains(&file);
        let is_gap = |body: &Body| is_for_tests || !known.is_read(body, start + body.item);
        let left_out: Vec<bool> = outline.bodies.iter().map(is_gap).collect();
        outline.gaps(&left_out)
    };
    starts.par_iter().zip(files).enumerate().map(gaps_of).collect()
}

/// All that is known once it is found what matters.
struct Known<'k, 'o> {
    all: &'k [Open<'o>],
    /// For each of them whether its body matters.
    matters: Vec<bool>,
    found: Found,
    /// What may hold what matters.
    holding: Found,
    declared: &'k FxHashSet<Word>,
    packages: &'k Packages<'o>,
}

impl Known<'_, '_> {
    /// Whether the body of an item is read.
    fn is_read(&self, body: &Body, at: usize) -> bool {
        let open = &self.all[at];
        let is_made = |found: &Found| {
            let used = body.makes.map(|makes| (makes, Way::Member));
            used.is_some_and(|used| found.meets(used, open, self.packages))
        };
        let takes = |used: &(Word, Way)| self.found.meets(*used, open, self.packages);
        body.kept
            || self.matters[at]
            || filtered(&body.takes, self.declared).iter().any(takes)
            || self.holding.is_met(open, self.packages)
            || is_made(&self.found)
            || is_made(&self.holding)
    }
}

/// The names of what matters, and for each item whether its body does.
///
/// Of functions that matter by what is written above them alone, that is read in any case. Their bodies matter only if they
/// reach something that matters by itself.
fn find(all: &[Open<'_>], packages: &Packages<'_>) -> (Found, Vec<bool>) {
    let (mut found, mut matters) = (Found::default(), vec![false; all.len()]);
    let mut open: Vec<usize> = (0..all.len()).collect();
    for with_marked in [false, true] {
        loop {
            let before = open.len();
            open.retain(|at| {
                let each = &all[*at];
                let by_itself = each.item.uses.matters && (with_marked || !each.is_marked);
                if !by_itself && !found.is_met(each, packages) {
                    return true;
                }
                found.note(each, packages);
                matters[*at] = !(with_marked && each.is_marked);
                false
            });
            if open.len() == before {
                break;
            }
        }
    }
    (found, matters)
}

/// Something declared.
struct Open<'o> {
    file: usize,
    package: usize,
    item: &'o Item,
    uses: SmallVec<[(Word, Way); 4]>,
    /// For a function that uses fields, what it takes.
    takes: SmallVec<[(Word, Way); 4]>,
    /// Whether it matters by what is written above it alone.
    is_marked: bool,
}

impl<'o> Open<'o> {
    /// All that a file declares.
    fn all((file, package): (usize, usize), outline: &'o Outline, declared: &FxHashSet<Word>) -> Vec<Open<'o>> {
        let open = |item: &'o Item| {
            let uses = filtered(&item.uses, declared);
            Open { file, package, item, uses, takes: SmallVec::new(), is_marked: false }
        };
        let mut all: Vec<Open<'o>> = outline.items.iter().map(open).collect();
        for body in &outline.bodies {
            let open = &mut all[body.item];
            open.is_marked = body.marked && open.item.uses.matters;
            if open.uses.iter().any(|(_, way)| matches!(way, Way::Field)) {
                open.takes = filtered(&body.takes, declared);
            }
        }
        all
    }
}

/// How a word is used.
#[derive(Clone, Copy)]
enum Way {
    Bare,
    /// As something of the same file.
    Own,
    /// As a member of one of the file's imports.
    Imported(u16),
    Member,
    /// As a field of a value of which the file does not say where it comes from.
    Field,
}

/// The names that anything in the codebase has.
pub fn declared(files: &[(&str, Option<&Outline>)]) -> FxHashSet<Word> {
    let items = || files.iter().filter_map(|(_, outline)| *outline).flat_map(|outline| &outline.items);
    // Most have one or two names.
    let mut declared = FxHashSet::with_capacity_and_hasher(items().count() * 2, FxBuildHasher);
    for item in items() {
        declared.insert(item.name);
        declared.extend(item.given_by.iter().chain(&item.also));
    }
    declared
}

/// What is used of the names in `declared`.
fn filtered(uses: &Uses, declared: &FxHashSet<Word>) -> SmallVec<[(Word, Way); 4]> {
    let bare = uses.bare.iter().map(|word| (*word, Way::Bare));
    let own = uses.own.iter().map(|word| (*word, Way::Own));
    let imported = uses.imported.iter().map(|(import, word)| (*word, Way::Imported(*import)));
    let members = uses.members.iter().map(|word| (*word, Way::Member));
    let fields = uses.fields.iter().map(|word| (*word, Way::Field));
    let known = |(of_type, plain): &(Word, Word)| if declared.contains(of_type) { *of_type } else { *plain };
    let own_members = uses.of_own.iter().map(|pair| (known(pair), Way::Member));
    let members = members.chain(fields).chain(own_members);
    bare.chain(own).chain(imported).chain(members).filter(|(word, _)| declared.contains(word)).collect()
}

/// Where a name matters.
#[derive(Default)]
struct Places {
    /// The packages that have it.
    packages: SmallVec<[usize; 2]>,
    /// The packages with a type that has it.
    types: SmallVec<[usize; 2]>,
    /// The files that have it.
    files: SmallVec<[usize; 2]>,
    /// The packages that have it, or another that passes it on.
    passed_on: SmallVec<[usize; 2]>,
    /// Whether it is a method of any type.
    is_method: bool,
}

/// The names that matter.
#[derive(Default)]
struct Found {
    names: FxHashMap<Word, Places>,
}

impl Found {
    fn is_met(&self, open: &Open<'_>, packages: &Packages<'_>) -> bool {
        if open.item.named == Named::Abstract {
            let given = open.item.given_by.unwrap_or(open.item.name);
            return self.names.get(&given).is_some_and(|places| places.is_method);
        }
        let meets = |used: &(Word, Way)| self.meets(*used, open, packages);
        let is_field = |(word, way): &&(Word, Way)| {
            // A method can be named without being called.
            let is_method = || self.names.get(word).is_some_and(|places| places.is_method);
            matches!(way, Way::Field) && !is_method()
        };
        let mut others = open.uses.iter().filter(|used| !is_field(used));
        others.any(meets) || (open.takes.iter().any(meets) && open.uses.iter().filter(is_field).any(meets))
    }

    fn meets(&self, (word, way): (Word, Way), open: &Open<'_>, packages: &Packages<'_>) -> bool {
        let Some(places) = self.names.get(&word) else { return false };
        let passed_to = |package: usize| places.passed_on.iter().any(|other| packages.sees(package, *other));
        let is_of_type = || places.types.iter().any(|package| packages.sees(open.package, *package));
        match way {
            Way::Own => places.files.contains(&open.file),
            Way::Bare => match packages.opened(open.file, word) {
                Some(file) => places.files.contains(&file),
                None => places.packages.contains(&open.package) || passed_to(open.package),
            },
            Way::Imported(import) => {
                let import = &packages.imports[open.file][import as usize];
                match import.file.filter(|file| packages.declares(*file, word)) {
                    Some(file) => places.files.contains(&file),
                    None => {
                        import.packages.iter().any(|it| places.packages.contains(it) || passed_to(*it)) || is_of_type()
                    }
                }
            }
            Way::Member | Way::Field => is_of_type(),
        }
    }

    fn note(&mut self, open: &Open<'_>, packages: &Packages<'_>) {
        let is_foreign = |import: u16| packages.imports[open.file][import as usize].packages.is_empty();
        let own = Some(open.item.name).filter(|_| !open.item.asked_by.is_some_and(is_foreign));
        for name in own.into_iter().chain(open.item.also.iter().copied()) {
            let places = self.names.entry(name).or_default();
            let known = match open.item.named {
                Named::InPackage => &mut places.packages,
                Named::Anywhere => &mut places.passed_on,
                Named::Field | Named::Method | Named::Abstract => &mut places.types,
            };
            if !known.contains(&open.package) {
                known.push(open.package);
            }
            places.is_method |= open.item.named == Named::Method;
        }
        for name in [open.item.name].into_iter().chain(open.item.also.iter().copied()) {
            let files = &mut self.names.entry(name).or_default().files;
            if !files.contains(&open.file) {
                files.push(open.file);
            }
        }
    }
}

/// What an import may be.
#[derive(Clone, Default)]
struct Import {
    packages: SmallVec<[usize; 1]>,
    /// The file that is the module, where modules are known.
    file: Option<usize>,
}

/// The packages of a codebase.
struct Packages<'o> {
    /// The package of each file.
    of: Vec<usize>,
    /// For each file, what its imports are.
    imports: Vec<Vec<Import>>,
    /// For each file, the imports of modules all of whose names it takes over.
    open: Vec<&'o [u16]>,
    /// The names that each file gives its module.
    names: Vec<&'o [Word]>,
    /// For each package, those that it or what it imports can import, as bits.
    seen: Vec<Vec<u64>>,
}

impl<'o> Packages<'o> {
    fn of_folders(files: &[(&str, Option<&'o Outline>)], modules: Vec<ModuleInput>) -> Packages<'o> {
        let imports: Vec<FileImports<'_>> = files.iter().map(|(path, outline)| (*path, imports_of(*outline))).collect();
        let map = ModuleMap::new(modules, &imports);
        let mut folders = FxHashMap::<&str, usize>::default();
        let mut of = Vec::new();
        for (path, _) in files {
            let next = folders.len();
            of.push(*folders.entry(folder_of(path)).or_insert(next));
        }
        let mut known = FxHashMap::<&str, SmallVec<[usize; 1]>>::default();
        let mut resolve = |path| {
            let find = || map.folders(path).filter_map(|folder| folders.get(folder.as_str()).copied()).collect();
            Import { packages: known.entry(path).or_insert_with(find).clone(), file: None }
        };
        let imports: Vec<Vec<Import>> =
            imports.into_iter().map(|(_, paths)| paths.into_iter().map(&mut resolve).collect()).collect();
        Packages::new(of, imports, files, folders.len())
    }

    /// What no manifest asks for is a module of the package itself.
    fn of_manifests(
        files: &[(&str, Option<&'o Outline>)],
        mut modules: Vec<ModuleInput>,
        tree: &Tree<'_>,
        is_standard: fn(&str) -> bool,
    ) -> Packages<'o> {
        crates::complete(&mut modules, join);
        let folders: FxHashMap<&str, usize> =
            modules.iter().enumerate().map(|(index, module)| (module.folder.as_str(), index + 1)).collect();
        // Files that no manifest speaks of are one package, too.
        let package_of = |path: &str| {
            let lies_in = |module: &&ModuleInput| {
                !module.facts.name.is_empty() && strip(folder_of(path), &module.folder).is_some()
            };
            let holder = modules.iter().filter(lies_in).max_by_key(|module| module.folder.len());
            holder.map_or(0, |module| folders[module.folder.as_str()])
        };
        let of: Vec<usize> = files.iter().map(|(path, _)| package_of(path)).collect();
        let resolve = |package: usize, name: &str| -> SmallVec<[usize; 1]> {
            let needed = package.checked_sub(1).map_or(&[][..], |index| &modules[index].facts.dependencies);
            match needed.iter().find(|needed| *crates::called(needed) == name) {
                None if is_standard(name) => SmallVec::new(),
                None => SmallVec::from_slice(&[package]),
                Some(needed) => {
                    needed.folder.iter().filter_map(|folder| folders.get(folder.as_str()).copied()).collect()
                }
            }
        };
        let library = |package: usize| tree.library(package.checked_sub(1)?);
        let import = |file: usize, path: &str| {
            let (package, mut names) = (of[file], path.split("::"));
            let first = names.next().unwrap_or_default();
            let packages = resolve(package, first);
            let start = match first {
                "crate" => tree.root(file),
                "self" => Some(file),
                "super" => tree.parent(file),
                first => match packages.as_slice() {
                    [other] if *other != package => library(*other).map(|(_, file)| file),
                    [_] => tree
                        .child(file, first)
                        .or_else(|| library(package).filter(|(name, _)| *name == first).map(|it| it.1)),
                    _ => None,
                },
            };
            let below = |at: usize, name| if name == "super" { tree.parent(at) } else { tree.child(at, name) };
            let file = start.and_then(|start| names.try_fold(start, below));
            Import { packages, file }
        };
        let imports_of = |(file, (_, outline)): (usize, &(&str, Option<&Outline>))| {
            imports_of(*outline).into_iter().map(|path| import(file, path)).collect()
        };
        let imports = files.par_iter().enumerate().map(imports_of).collect();
        Packages::new(of, imports, files, modules.len() + 1)
    }

    fn new(
        of: Vec<usize>,
        imports: Vec<Vec<Import>>,
        files: &[(&str, Option<&'o Outline>)],
        count: usize,
    ) -> Packages<'o> {
        let open = files.iter().map(|(_, outline)| outline.map_or(&[][..], |outline| &outline.open)).collect();
        let names = files.iter().map(|(_, outline)| outline.map_or(&[][..], |outline| &outline.names)).collect();
        let mut edges = vec![FxHashSet::default(); count];
        for (package, imports) in of.iter().zip(&imports) {
            edges[*package].extend(imports.iter().flat_map(|import| import.packages.iter().copied()));
        }
        let seen = (0..edges.len()).map(|package| reachable(package, &edges)).collect();
        Packages { of, imports, open, names, seen }
    }

    /// Whether a file is known to have a name that others find in its module.
    fn declares(&self, file: usize, name: Word) -> bool {
        self.names[file].binary_search(&name).is_ok()
    }

    /// The file from whose module a name comes that is not written in an import.
    fn opened(&self, file: usize, name: Word) -> Option<usize> {
        let mut open = self.open[file].iter().filter_map(|import| self.imports[file][*import as usize].file);
        open.find(|file| self.declares(*file, name))
    }

    fn sees(&self, package: usize, other: usize) -> bool {
        self.seen[package][other / 64] >> (other % 64) & 1 == 1
    }
}

fn imports_of(outline: Option<&Outline>) -> Vec<&str> {
    outline.map_or_else(Vec::new, |outline| outline.imports.iter().map(String::as_str).collect())
}

/// What can be reached from a package, itself included, as bits.
fn reachable(package: usize, edges: &[FxHashSet<usize>]) -> Vec<u64> {
    let mut seen = vec![0_u64; edges.len().div_ceil(64)];
    let mut open = vec![package];
    while let Some(next) = open.pop() {
        let (place, bit) = (next / 64, 1 << (next % 64));
        if seen[place] & bit == 0 {
            seen[place] |= bit;
            open.extend(&edges[next]);
        }
    }
    seen
}

#[cfg(test)]
mod tests;
