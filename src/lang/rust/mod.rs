//! Rust, read by syn.
//!
//! `scan` looks at the bytes of a text, `parse` turns it into syntax, `lower` and `items` do a file's declarations, `names`, `uses` and `types` what names in it
//! mean, `function` what functions take and give, `statement`, `pattern`, `branch`, `expression`, `call`, `macros`, `expand` and
//! `attribute` their bodies. No library is known here but the macros that hide control flow.

mod arguments;
mod attribute;
mod bodies;
mod branch;
mod call;
mod code;
mod comments;
mod expand;
mod expression;
mod extent;
mod function;
mod imports;
mod items;
mod lock;
mod lower;
mod macros;
mod manifest;
mod names;
mod parse;
mod pattern;
mod positions;
mod rework;
mod scan;
mod skim;
mod statement;
mod types;
mod uses;

use super::{Frontend, LibrarySources, ModuleRules};
use crate::facts::{FileFacts, Problem};
use crate::text::{Language, TextRange};
use positions::Positions;
use std::ops::Range;

pub(super) const FRONTEND: Frontend = Frontend {
    language: Language::new("rust"),
    name: "Rust",
    extensions: &["rs"],
    comment: "//",
    lower,
    outline: skim::outline,
    manifests: &["Cargo.toml"],
    read_manifest: manifest::read,
    locks: &["Cargo.lock"],
    read_lock: lock::read,
    modules: Some(ModuleRules { roots: manifest::roots, files: manifest::module_files }),
    is_test,
    // What only tests use says so by an attribute.
    imports: |_| Vec::new(),
    may_be_for_tests: |_| false,
    is_for_tests: |_| false,
    library_folders: &["vendor"],
    libraries: LibrarySources {
        caches: |_| Vec::new(),
        module_folder: |name, version| format!("{name}-{version}"),
        imports: |_| Some(Vec::new()),
        owner: |name| name,
    },
    add_imports: imports::add,
    add_item: rework::add_item,
    package_name: |path| path.rsplit("::").next().unwrap_or(path).to_owned(),
    is_standard: |symbol| symbol.split('.').next().is_some_and(imports::is_standard),
    is_entry: |package, function| package == "main" && function == "main",
    is_exported: |_| true,
    indent: "    ",
    among_arguments: |_| None,
    name_in_full: |path| Some(path.to_owned()),
    rework: rework::rework,
};

/// Whether a file is a script of the build, or lies in a folder or package for tests.
fn is_test(path: &str) -> bool {
    let is_for_tests = |folder: &str| {
        matches!(folder, "tests" | "benches" | "benchmarks" | "fuzz")
            || folder.starts_with("tests-")
            || folder.ends_with("-tests")
    };
    let (folders, file) = path.rsplit_once('/').unwrap_or(("", path));
    file == "build.rs" || folders.split('/').any(is_for_tests)
}

/// Reads a file.
fn lower(text: &str, gaps: &[Range<usize>]) -> FileFacts {
    let scanned = scan::scan(text, gaps);
    let facts = parse::with_enough_stack(scanned.deepest, || {
        let positions = Positions::new(text, &scanned);
        let parsed = parse::parse(text, &scanned, &positions);
        let mut facts = lower::file(parsed, positions, text, gaps);
        facts.directives = comments::directives(text, &scanned);
        // The lexer keeps every text of its thread, until told otherwise.
        proc_macro2::extra::invalidate_current_thread_spans();
        facts
    });
    facts.unwrap_or_else(|| {
        let message = "nested too deep to be read".to_owned();
        let range = TextRange::new(0, text.len() as u32);
        FileFacts { problems: vec![Problem { range, message }], ..FileFacts::default() }
    })
}

#[cfg(test)]
mod tests {
    use super::is_test;

    #[test]
    fn files_of_tests_are_told_by_their_folders() {
        for path in ["build.rs", "a/build.rs", "tests/a.rs", "a/benches/b.rs", "a-tests/src/lib.rs", "tests-a/b/c.rs"] {
            assert!(is_test(path), "{path}");
        }
        for path in ["src/tests.rs", "src/attests/a.rs", "contests-api/src/lib.rs", "a/latest-s/b.rs", "-tests.rs"] {
            assert!(!is_test(path), "{path}");
        }
    }
}
