//! `use` declarations.

use super::lower::{Binding, Lowering};
use super::names::name;
use crate::facts::{Alias, Import, Name, Path};
use crate::text::TextRange;
use proc_macro2::Span;
use syn::{ItemExternCrate, ItemUse, UseTree, Visibility};

/// One name that a declaration imports.
struct Used {
    names: Vec<Name>,
    alias: Alias,
    range: TextRange,
}

impl Lowering<'_> {
    /// Imports what a declaration says. In modules and blocks of a file, also binds the names.
    pub(super) fn use_item(&mut self, item: &ItemUse) {
        let exported = !matches!(item.vis, Visibility::Inherited);
        for used in self.used(item) {
            let path = if self.around.module.is_some() { self.path_in_file(used.names) } else { Path(used.names) };
            self.import(&path, used.alias, used.range, exported);
        }
    }

    /// `extern crate a as b;`
    pub(super) fn extern_crate(&mut self, item: &ItemExternCrate) {
        let range = self.positions.range(item.extern_token.span, item.semi_token.span);
        let alias = match &item.rename {
            Some((_, rename)) if rename == "_" => Alias::Blank,
            Some((_, rename)) => Alias::Named(name(rename)),
            None => Alias::Default,
        };
        let exported = !matches!(item.vis, Visibility::Inherited);
        self.import(&Path(vec![name(&item.ident)]), alias, range, exported);
    }

    /// Binds the names that a declaration in a module or block of the file imports.
    pub(super) fn bind_used(&mut self, item: &ItemUse) {
        for used in self.used(item) {
            let bound = match used.alias {
                Alias::Named(name) => Some(name),
                Alias::Default => used.names.last().cloned(),
                Alias::Members | Alias::Blank => None,
            };
            let path = self.path_in_file(used.names);
            if let Some(bound) = bound {
                self.scopes.bind(bound, Binding::Item(path));
            }
        }
    }

    fn import(&mut self, path: &Path, alias: Alias, range: TextRange, exported: bool) {
        let path = path.0.join("::").into();
        self.facts.imports.push(Import { path, alias, range, module: self.around.module, exported });
    }

    fn used(&self, item: &ItemUse) -> Vec<Used> {
        let mut all = Vec::new();
        self.flatten(&item.tree, &mut Vec::new(), item.use_token.span, &mut all);
        all
    }

    /// The names of a tree. One that stands alone points at its whole path.
    fn flatten(&self, tree: &UseTree, before: &mut Vec<Name>, start: Span, all: &mut Vec<Used>) {
        match tree {
            UseTree::Path(path) => {
                before.push(name(&path.ident));
                let start = if before.len() == 1 { path.ident.span() } else { start };
                self.flatten(&path.tree, before, start, all);
                before.pop();
            }
            UseTree::Group(group) => {
                for inner in &group.items {
                    let start = first(inner);
                    self.flatten(inner, before, start, all);
                }
            }
            UseTree::Name(only) => {
                let range = self.positions.range(self.start(before, start, only.ident.span()), only.ident.span());
                let names = with(before, &only.ident);
                all.push(Used { names, alias: Alias::Default, range });
            }
            UseTree::Rename(rename) => {
                let start = self.start(before, start, rename.ident.span());
                let range = self.positions.range(start, rename.rename.span());
                let alias = if rename.rename == "_" { Alias::Blank } else { Alias::Named(name(&rename.rename)) };
                all.push(Used { names: with(before, &rename.ident), alias, range });
            }
            UseTree::Glob(glob) => {
                let star = glob.star_token.span;
                let range = self.positions.range(self.start(before, start, star), star);
                all.push(Used { names: before.clone(), alias: Alias::Members, range });
            }
        }
    }

    fn start(&self, before: &[Name], start: Span, own: Span) -> Span {
        if before.is_empty() { own } else { start }
    }
}

/// `a::self` is `a`.
fn with(before: &[Name], last: &proc_macro2::Ident) -> Vec<Name> {
    let mut names = before.to_vec();
    if last != "self" || names.is_empty() {
        names.push(name(last));
    }
    names
}

fn first(tree: &UseTree) -> Span {
    match tree {
        UseTree::Path(path) => path.ident.span(),
        UseTree::Name(name) => name.ident.span(),
        UseTree::Rename(rename) => rename.ident.span(),
        UseTree::Glob(glob) => glob.star_token.span,
        UseTree::Group(group) => group.brace_token.span.open(),
    }
}
