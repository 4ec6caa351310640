//! The law of layers: the table in `src/lib.rs` against what the code really imports.

use crate::support::{files_below, package};
use proc_macro2::{TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use syn::visit::{self, Visit};

/// Lines after which a file must be split.
const LONGEST_FILE: usize = 700;

#[test]
fn layers_import_only_what_the_table_allows() {
    let law = Law::read();
    let faults: Vec<String> = sources().iter().flat_map(|(path, text)| law.faults(path, text)).collect();
    assert!(faults.is_empty(), "against the layer table in src/lib.rs:\n{}", faults.join("\n"));
}

#[test]
fn the_table_lists_every_module_in_order() {
    let root = syn::parse_file(&fs::read_to_string(package("src/lib.rs")).unwrap()).unwrap();
    let modules: Vec<String> = root
        .items
        .iter()
        .filter_map(|item| if let syn::Item::Mod(module) = item { Some(module.ident.to_string()) } else { None })
        .collect();
    assert_eq!(Law::read().layers, modules, "table and modules of src/lib.rs differ");
}

#[test]
fn no_file_is_too_long() {
    let long = |(path, text): &(String, String)| {
        let lines = text.lines().count();
        (lines > LONGEST_FILE).then(|| format!("src/{path}: {lines} lines; split it (at most {LONGEST_FILE})"))
    };
    let faults: Vec<String> = sources().iter().filter_map(long).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn main_files_only_start_their_program() {
    for path in ["src/main.rs", "src/bin/cargo-spanlint.rs"] {
        let text = fs::read_to_string(package(path)).unwrap();
        assert!(text.lines().count() < 40, "{path}: arguments in, exit code out, under 40 lines");
    }
}

#[test]
fn the_law_sees_every_way_to_break_it() {
    let law = Law {
        layers: ["low", "high", "cli"].map(str::to_owned).to_vec(),
        only_here: [
            ("toml".to_owned(), BTreeSet::from(["low".to_owned()])),
            ("std::fs".to_owned(), BTreeSet::from(["high".to_owned()])),
        ]
        .into(),
    };
    let faults = |path: &str, text: &str| law.faults(path, text).len();
    assert_eq!(faults("low.rs", "use crate::low::a; use toml::Value; use std::fmt;"), 0);
    assert_eq!(faults("low.rs", "use crate::high::a;"), 1);
    assert_eq!(faults("low.rs", "use crate::{low::a, high::{self, b}};"), 2);
    assert_eq!(faults("low.rs", "fn f() { crate::high::g(); }"), 1);
    assert_eq!(faults("low.rs", "fn f(x: crate::high::T) {}"), 1);
    assert_eq!(faults("low.rs", "fn f() { write!(out, \"{}\", crate::high::g()) }"), 1);
    assert_eq!(faults("low.rs", "use super::high::g;"), 1);
    assert_eq!(faults("low/part.rs", "use super::high::g;"), 0);
    assert_eq!(faults("low/part.rs", "mod inner { use super::super::super::high::g; }"), 1);
    assert_eq!(faults("low.rs", "use crate::unheard_of::g;"), 1);
    assert_eq!(faults("high.rs", "use crate::low::a; use std::fs;"), 0);
    assert_eq!(faults("high.rs", "use ::toml::Value;"), 1);
    assert_eq!(faults("high.rs", "fn f() { toml::from_str(x) }"), 1);
    assert_eq!(faults("low.rs", "fn f() { std::fs::read(x) }"), 1);
    assert_eq!(faults("low.rs", "use std::{fmt, fs::File};"), 1);
    assert_eq!(faults("low.rs", "#[cfg(test)] mod tests { use std::fs::File; use crate::high::a; }"), 1);
    assert_eq!(faults("main.rs", "fn main() { spanlint::cli::main() }"), 0);
    assert_eq!(faults("main.rs", "fn main() { spanlint::low::f() }"), 1);
}

/// Every file of `src`, by its path in there.
fn sources() -> Vec<(String, String)> {
    let files = files_below(&package("src")).into_iter().filter(|(path, _)| path.ends_with(".rs"));
    files.map(|(path, file)| (path, fs::read_to_string(file).unwrap())).collect()
}

/// The layer table.
struct Law {
    /// Lowest first.
    layers: Vec<String>,
    /// Layers that may use a crate, or a part of the standard library, which is not for all.
    only_here: BTreeMap<String, BTreeSet<String>>,
}

impl Law {
    fn read() -> Law {
        let text = fs::read_to_string(package("src/lib.rs")).unwrap();
        let rows = text.lines().filter_map(|line| line.strip_prefix("//! | `"));
        let mut law = Law { layers: Vec::new(), only_here: BTreeMap::new() };
        for row in rows {
            let cells: Vec<&str> = row.split('|').collect();
            let [layer, _, only_here, ..] = cells[..] else {
                panic!("a row of the layer table has three cells: {row}")
            };
            let layer = layer.trim().trim_end_matches('`').to_owned();
            for name in only_here.split(',').map(|name| name.trim().trim_matches('`')).filter(|name| !name.is_empty()) {
                law.only_here.entry(name.to_owned()).or_default().insert(layer.clone());
            }
            law.layers.push(layer);
        }
        assert!(law.layers.len() > 5, "the layer table in src/lib.rs was not found");
        law
    }

    fn faults(&self, path: &str, text: &str) -> Vec<String> {
        let module: Vec<String> = module_of(path);
        let file = syn::parse_file(text).unwrap_or_else(|error| panic!("src/{path}: {error}"));
        let mut found = Paths { module: module.clone(), in_tests: false, found: Vec::new() };
        found.visit_file(&file);
        let layer = module.first().map_or("lib", String::as_str);
        let fault = |(line, used): &(usize, Vec<String>)| {
            self.fault(layer, used).map(|fault| format!("src/{path}:{line}: {fault}"))
        };
        let mut faults: Vec<String> = found.found.iter().filter_map(fault).collect();
        faults.dedup();
        faults
    }

    /// What is wrong with a layer using a path that starts at `crate`, or at a crate's name.
    fn fault(&self, layer: &str, used: &[String]) -> Option<String> {
        let name = used.join("::");
        if used[0] == "crate" || used[0] == "spanlint" {
            let other = used.get(1)?;
            if layer == "main" {
                return (other != "cli").then(|| format!("`main` may only use `cli`, not `{name}`"));
            }
            let rank = |layer: &str| self.layers.iter().position(|known| known == layer);
            let Some(theirs) = rank(other) else { return Some(format!("`{name}` is in no layer of the table")) };
            // The root of the library holds the modules and is none of them.
            let ours = rank(layer)?;
            return (theirs > ours).then(|| format!("layer `{layer}` may not use `{other}`: `{name}`"));
        }
        let starts = |known: &str| name == known || name.strip_prefix(known).is_some_and(|rest| rest.starts_with("::"));
        let (known, layers) = self.only_here.iter().find(|(known, _)| starts(known))?;
        let is_main_exiting = layer == "main" && known == "std::process";
        (!layers.contains(layer) && !is_main_exiting)
            .then(|| format!("`{known}` is only for {}, not for `{layer}`", Vec::from_iter(layers).join_names()))
    }
}

trait JoinNames {
    fn join_names(&self) -> String;
}

impl JoinNames for Vec<&String> {
    fn join_names(&self) -> String {
        self.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    }
}

/// `lang/go/mod.rs` is `lang::go`.
fn module_of(path: &str) -> Vec<String> {
    let path = path.strip_suffix(".rs").unwrap_or(path);
    let path = path.strip_suffix("/mod").unwrap_or(path);
    match path {
        "lib" => Vec::new(),
        // Every program only starts.
        path if path.starts_with("bin/") => vec!["main".to_owned()],
        path => path.split('/').map(str::to_owned).collect(),
    }
}

/// Collects every path in a file, with its line, starting at `crate` or at a crate's name.
struct Paths {
    module: Vec<String>,
    /// Whether the part at hand is compiled for tests only, which may use what they like of the outside world.
    in_tests: bool,
    found: Vec<(usize, Vec<String>)>,
}

impl Paths {
    fn add(&mut self, line: usize, segments: Vec<String>) {
        let supers = segments.iter().take_while(|segment| *segment == "super").count();
        let path = match segments[0].as_str() {
            "super" => {
                let kept = self.module.len().saturating_sub(supers);
                let from_root = self.module[..kept].iter().chain(&segments[supers..]).cloned();
                std::iter::once("crate".to_owned()).chain(from_root).collect()
            }
            "self" => return,
            _ => segments,
        };
        if path[0] == "crate" || !self.in_tests {
            self.found.push((line, path));
        }
    }

    fn add_use(&mut self, before: &[String], tree: &syn::UseTree) {
        let with = |name: &syn::Ident| before.iter().cloned().chain([name.to_string()]).collect::<Vec<String>>();
        match tree {
            syn::UseTree::Path(path) => self.add_use(&with(&path.ident), &path.tree),
            syn::UseTree::Name(name) if name.ident == "self" => {
                self.add(name.ident.span().start().line, before.to_vec());
            }
            syn::UseTree::Name(name) => self.add(name.ident.span().start().line, with(&name.ident)),
            syn::UseTree::Rename(rename) => self.add(rename.ident.span().start().line, with(&rename.ident)),
            syn::UseTree::Glob(glob) => self.add(glob.star_token.spans[0].start().line, before.to_vec()),
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.add_use(before, item)),
        }
    }

    /// Paths in the arguments of a macro or an attribute, which are not parsed.
    fn add_tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut line = 0;
        let mut colons = 0;
        for token in tokens {
            match &token {
                TokenTree::Punct(punct) if punct.as_char() == ':' => {
                    colons += 1;
                    continue;
                }
                TokenTree::Ident(ident) if colons == 2 && !path.is_empty() => path.push(ident.to_string()),
                TokenTree::Ident(ident) => {
                    self.finish(&mut path, line);
                    line = ident.span().start().line;
                    path.push(ident.to_string());
                }
                TokenTree::Group(group) => {
                    self.finish(&mut path, line);
                    self.add_tokens(group.stream());
                }
                _ => self.finish(&mut path, line),
            }
            colons = 0;
        }
        self.finish(&mut path, line);
    }

    fn finish(&mut self, path: &mut Vec<String>, line: usize) {
        let path = std::mem::take(path);
        if path.len() > 1 {
            self.add(line, path);
        }
    }
}

/// `#[cfg(test)]`.
fn is_for_tests(attribute: &syn::Attribute) -> bool {
    let syn::Meta::List(list) = &attribute.meta else { return false };
    list.path.is_ident("cfg") && list.tokens.to_string() == "test"
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.add_use(&[], &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        // A single word is a local name, not a crate.
        if segments.len() > 1 {
            self.add(path.segments[0].ident.span().start().line, segments);
        }
        visit::visit_path(self, path);
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        let in_tests = self.in_tests;
        self.in_tests |= module.attrs.iter().any(is_for_tests);
        self.module.push(module.ident.to_string());
        visit::visit_item_mod(self, module);
        self.module.pop();
        self.in_tests = in_tests;
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.add_tokens(call.tokens.clone());
        visit::visit_macro(self, call);
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.add_tokens(list.tokens.clone());
        }
    }
}
