//! Go, read by tree-sitter.
//!
//! `skim` outlines files so that what cannot matter is not parsed, `lower` does a file's declarations, `function` what functions take and give, `statement`, `assign`, `branch`,
//! `expression`, `call` and `literal` their bodies. No library is known here.

mod assign;
mod branch;
mod call;
mod expression;
mod function;
mod grammar;
mod header;
mod imports;
mod layout;
mod literal;
mod lower;
mod manifest;
mod skim;
mod statement;
mod types;

use super::{Frontend, LibrarySources};
use crate::facts::{FileFacts, LockFacts, Problem};
use crate::text::{Language, TextRange};
use std::ops::Range;

pub(super) const FRONTEND: Frontend = Frontend {
    language: Language::new("go"),
    name: "Go",
    extensions: &["go"],
    comment: "//",
    lower,
    outline: skim::outline,
    manifests: &["go.mod", "go.work"],
    read_manifest: manifest::read,
    // The manifest itself names exact versions.
    locks: &[],
    read_lock: |_| Ok(LockFacts::default()),
    modules: None,
    // The go command reads nothing in folders called `testdata`.
    is_test: |path| path.ends_with("_test.go") || path.split('/').any(|folder| folder == "testdata"),
    imports: header::imports_of_whole,
    may_be_for_tests: layout::may_be_for_tests,
    is_for_tests: layout::is_for_tests,
    library_folders: &["vendor"],
    libraries: LibrarySources {
        caches: manifest::caches,
        module_folder: manifest::module_folder,
        imports: header::imports,
        owner: manifest::owner,
    },
    add_imports: imports::add,
    package_name: imports::package_name,
    // Import paths of modules start with a host name, those of the standard library do not.
    is_standard: |symbol| !symbol.split('/').next().unwrap_or(symbol).contains('.') || !symbol.contains('/'),
    is_entry: |package, function| package == "main" && function == "main",
    is_exported: |name| name.starts_with(char::is_uppercase),
    indent: "\t",
    among_arguments: layout::among_arguments,
    add_item: |text, item| (TextRange::empty(text.len() as u32), format!("\n{item}\n")),
    name_in_full: |_| None,
    rework: |_, _| None,
};

fn lower(text: &str, gaps: &[Range<usize>]) -> FileFacts {
    match grammar::parse(text, gaps) {
        Some(tree) => lower::file(tree.root_node(), text, gaps),
        None => FileFacts {
            problems: vec![Problem { range: TextRange::default(), message: "can't be parsed as Go".to_owned() }],
            ..FileFacts::default()
        },
    }
}
