//! Which bodies of a codebase need not be read, told from the outlines of its files.
//!
//! A body matters if it names what models speak of, or a member of the codebase that matters. A member matters if its body
//! does, or what it gives; a field or variable if its type does; a type if its parts do. Names after a dot are taken for a
//! member of any package that the file's package can see, a method of an interface for every method of that name: where names
//! alone can't tell, more is read. What is left out gives values of which nothing is known.

use super::modules::{FileImports, ModuleInput, ModuleMap, folder_of};
use crate::facts::outline::{Item, Named, Outline, Uses, Word};
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;
use std::ops::Range;

/// For each file, the ranges that need not be read, in order. Files without outline are read whole.
pub fn gaps<'o>(files: &[(&str, Option<&'o Outline>)], modules: Vec<ModuleInput>) -> Vec<Vec<Range<usize>>> {
    let packages = Packages::find(files, modules);
    let mut found = Found::default();
    let declared = declared(files);
    let of_file = |(file, (_, outline)): (usize, &(&str, Option<&'o Outline>))| -> Vec<Open<'o>> {
        let open = |(at, item): (usize, &'o Item)| Open {
            file,
            package: packages.of[file],
            at,
            item,
            uses: filtered(&item.uses, &declared),
        };
        outline.iter().flat_map(|outline| outline.items.iter().enumerate()).map(open).collect()
    };
    let mut open: Vec<Open<'o>> = files.iter().enumerate().flat_map(of_file).collect();
    let mut mattering = FxHashSet::default();
    loop {
        let before = open.len();
        open.retain(|each| {
            let matters = each.item.uses.matters || found.is_met(each, &packages);
            if matters {
                found.note(each);
                mattering.insert((each.file, each.at));
            }
            !matters
        });
        if open.len() == before {
            break;
        }
    }
    let gaps_of = |(index, (_, outline)): (usize, &(&str, Option<&Outline>))| {
        let Some(outline) = outline else { return Vec::new() };
        let is_gap = |body: &&crate::facts::outline::Body| {
            !body.kept && !mattering.contains(&(index, body.item)) && {
                let uses = filtered(&body.takes, &declared);
                let package = packages.of[index];
                let (at, item) = (body.item, &outline.items[body.item]);
                !found.is_met(&Open { file: index, package, at, item, uses }, &packages)
            }
        };
        let mut gaps: Vec<Range<usize>> =
            outline.bodies.iter().filter(is_gap).map(|body| body.inside.clone()).collect();
        gaps.extend(outline.skipped.iter().cloned());
        gaps.sort_by_key(|gap| gap.start);
        gaps
    };
    files.iter().enumerate().map(gaps_of).collect()
}

/// Something declared of which nothing says yet that it matters.
struct Open<'o> {
    file: usize,
    package: usize,
    /// Its place in the outline.
    at: usize,
    item: &'o Item,
    uses: SmallVec<[(Word, Way); 4]>,
}

/// How a word is used.
#[derive(Clone, Copy)]
enum Way {
    Bare,
    /// As a member of one of the file's imports.
    Imported(u16),
    Member,
}

/// The names that anything in the codebase has.
pub fn declared(files: &[(&str, Option<&Outline>)]) -> FxHashSet<Word> {
    files.iter().filter_map(|(_, outline)| *outline).flat_map(|outline| &outline.items).map(|item| item.name).collect()
}

/// What is used of the names in `declared`.
fn filtered(uses: &Uses, declared: &FxHashSet<Word>) -> SmallVec<[(Word, Way); 4]> {
    let bare = uses.bare.iter().map(|word| (*word, Way::Bare));
    let imported = uses.imported.iter().map(|(import, word)| (*word, Way::Imported(*import)));
    let members = uses.members.iter().map(|word| (*word, Way::Member));
    bare.chain(imported).chain(members).filter(|(word, _)| declared.contains(word)).collect()
}

/// Where a name matters.
#[derive(Default)]
struct Places {
    /// The packages that have it.
    packages: SmallVec<[usize; 2]>,
    /// The packages with a type that has it.
    types: SmallVec<[usize; 2]>,
    /// Whether it is a method of any type.
    is_method: bool,
}

/// The names that matter.
#[derive(Default)]
struct Found {
    names: FxHashMap<Word, Places>,
}

impl Found {
    fn is_met(&self, open: &Open<'_>, packages: &Packages) -> bool {
        if open.item.named == Named::Abstract {
            return self.names.get(&open.item.name).is_some_and(|places| places.is_method);
        }
        open.uses.iter().any(|(word, way)| {
            let Some(places) = self.names.get(word) else { return false };
            match way {
                Way::Bare => places.packages.contains(&open.package),
                Way::Imported(import) => {
                    packages.imports[open.file][*import as usize].iter().any(|it| places.packages.contains(it))
                }
                Way::Member => places.types.iter().any(|package| packages.sees(open.package, *package)),
            }
        })
    }

    fn note(&mut self, open: &Open<'_>) {
        let places = self.names.entry(open.item.name).or_default();
        let known = match open.item.named {
            Named::InPackage => &mut places.packages,
            Named::Field | Named::Method | Named::Abstract => &mut places.types,
        };
        if !known.contains(&open.package) {
            known.push(open.package);
        }
        places.is_method |= open.item.named == Named::Method;
    }
}

/// The packages of a codebase.
struct Packages {
    /// The package of each file.
    of: Vec<usize>,
    /// For each file, the packages that each of its imports may be.
    imports: Vec<Vec<SmallVec<[usize; 1]>>>,
    /// For each package, those that it or what it imports can import, as bits.
    seen: Vec<Vec<u64>>,
}

impl Packages {
    fn find(files: &[(&str, Option<&Outline>)], modules: Vec<ModuleInput>) -> Packages {
        let imports: Vec<FileImports<'_>> = files.iter().map(|(path, outline)| (*path, imports_of(*outline))).collect();
        let map = ModuleMap::new(modules, &imports);
        let mut folders = FxHashMap::<&str, usize>::default();
        let mut of = Vec::new();
        for (path, _) in files {
            let next = folders.len();
            of.push(*folders.entry(folder_of(path)).or_insert(next));
        }
        let mut known = FxHashMap::<&str, SmallVec<[usize; 1]>>::default();
        let mut resolve = |path| -> SmallVec<[usize; 1]> {
            let find = || map.folders(path).filter_map(|folder| folders.get(folder.as_str()).copied()).collect();
            known.entry(path).or_insert_with(find).clone()
        };
        let imports: Vec<Vec<SmallVec<[usize; 1]>>> =
            imports.into_iter().map(|(_, paths)| paths.into_iter().map(&mut resolve).collect()).collect();
        let mut edges = vec![FxHashSet::default(); folders.len()];
        for (package, imports) in of.iter().zip(&imports) {
            edges[*package].extend(imports.iter().flatten().copied());
        }
        let seen = (0..edges.len()).map(|package| reachable(package, &edges)).collect();
        Packages { of, imports, seen }
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
mod tests {
    use super::*;
    use crate::facts::outline::Meaning;
    use crate::lang;

    const LONG: &str = "sum := 0\n\tfor _, each := range names {\n\t\tsum += len(each)\n\t}\n\tuse(sum)";

    /// The names of the functions whose bodies are left out, over these files of the module `m`.
    fn left_out(files: &[(&str, &str)]) -> Vec<String> {
        let frontend = lang::for_path("a.go").unwrap();
        let meaning = |path: &str, member: &str| match (path, member) {
            ("context", "Context") => Meaning::Context,
            ("net/http" | "context", _) => Meaning::Followed,
            _ => Meaning::None,
        };
        let texts: Vec<String> = files.iter().map(|(_, text)| text.replace("LONG", LONG)).collect();
        let outlines: Vec<_> = texts.iter().map(|text| (frontend.outline)(text, &meaning)).collect();
        let listed: Vec<_> =
            files.iter().zip(&outlines).map(|((path, _), outline)| (*path, outline.as_ref())).collect();
        let facts = (frontend.read_manifest)("go.mod", "module m\n").unwrap();
        let gaps = gaps(&listed, vec![ModuleInput { folder: String::new(), facts, lock: None }]);
        let name = |text: &str, gap: &Range<usize>| {
            let line = text[..gap.start].lines().last().unwrap_or_default();
            let line = line.strip_prefix("func ").unwrap_or(line);
            let line = if line.starts_with('(') { line.split_once(") ").unwrap_or_default().1 } else { line };
            line.split('(').next().unwrap_or_default().to_owned()
        };
        gaps.iter().zip(&texts).flat_map(|(gaps, text)| gaps.iter().map(|gap| name(text, gap))).collect()
    }

    #[test]
    fn what_reaches_nothing_that_is_followed_is_left_out() {
        let text = "package a\n\nimport \"net/http\"\n\n\
            func count(names []string) int {\n\tLONG\n\treturn sum\n}\n\n\
            func all(names []string) error {\n\tLONG\n\tcount(names)\n\treturn nil\n}\n\n\
            func send(names []string) error {\n\tLONG\n\thttp.Get(names[0])\n\treturn nil\n}\n\n\
            func sendAll(names []string) error {\n\tLONG\n\tsend(names)\n\treturn nil\n}\n";
        assert_eq!(left_out(&[("a.go", text)]), ["count", "all"]);
    }

    #[test]
    fn who_only_takes_a_context_may_be_left_out() {
        let text = "package a\n\nimport \"context\"\n\n\
            func read(ctx context.Context, names []string) error {\n\tLONG\n\treturn nil\n}\n\n\
            func derive(names []string) context.Context {\n\tLONG\n\treturn nil\n}\n";
        assert_eq!(left_out(&[("a.go", text)]), ["read"]);
    }

    #[test]
    fn members_matter_where_they_can_be_seen() {
        let client = "package client\n\nimport \"net/http\"\n\n\
            type Client struct {\n\tinner *http.Client\n\tname, kind string\n}\n\n\
            func (c *Client) Fetch(names []string) error {\n\tLONG\n\tc.inner.Get(names[0])\n\treturn nil\n}\n\n\
            func (c *Client) Rename(names []string) {\n\tLONG\n\tc.name = names[0]\n}\n";
        let user = "package user\n\nimport \"m/client\"\n\n\
            func run(c *client.Client, names []string) error {\n\tLONG\n\treturn c.Fetch(names)\n}\n";
        let other = "package other\n\n\
            func run(cache *Cache, names []string) error {\n\tLONG\n\treturn cache.Fetch(names)\n}\n";
        let files = [("client/c.go", client), ("user/u.go", user), ("other/o.go", other)];
        assert_eq!(left_out(&files), ["Rename", "run"]);
        assert_eq!(left_out(&files[..2]), ["Rename"]);
    }

    #[test]
    fn a_method_of_an_interface_matters_if_any_method_of_that_name_does() {
        let store = "package store\n\n\
            type Store interface {\n\tLoad(names []string) error\n}\n\n\
            type Service struct {\n\tstore Store\n}\n\n\
            func (s *Service) run(names []string) error {\n\tLONG\n\treturn s.store.Load(names)\n}\n";
        let remote = "package remote\n\nimport \"net/http\"\n\n\
            type Remote struct{}\n\n\
            func (r Remote) Load(names []string) error {\n\tLONG\n\thttp.Get(names[0])\n\treturn nil\n}\n";
        assert_eq!(left_out(&[("store/s.go", store)]), ["run"]);
        assert!(left_out(&[("store/s.go", store), ("remote/r.go", remote)]).is_empty());
    }

    #[test]
    fn what_may_hand_something_on_is_read() {
        for signature in ["f(names []string, run func())", "f(names []string) any", "f(names []string) string"] {
            let text = format!("package a\n\nfunc {signature} {{\n\tLONG\n\treturn nil\n}}\n");
            assert!(left_out(&[("a.go", &text)]).is_empty(), "{signature}");
        }
        for rest in ["s.jobs <- names", "s.jobs = append(s.jobs, names)", "dial(\"http://shop\")", "injectHeaders(s)"] {
            let text = format!("package a\n\nfunc (s *S) f(names []string) {{\n\tLONG\n\t{rest}\n}}\n");
            assert!(left_out(&[("a.go", &text)]).is_empty(), "{rest}");
        }
    }
}
