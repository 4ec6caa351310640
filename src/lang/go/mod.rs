//! Go, read by tree-sitter.
//!
//! `lower` does a file's declarations, `function` what functions take and give, `statement`, `assign`, `branch`,
//! `expression`, `call` and `literal` their bodies. No library is known here.

mod assign;
mod branch;
mod call;
mod expression;
mod function;
mod literal;
mod lower;
mod scope;
mod statement;
mod types;

use super::tree;
use super::{Frontend, ImportWanted};
use crate::facts::{FileFacts, ModuleFacts, Problem};
use crate::text::{Language, TextRange};

pub(super) const FRONTEND: Frontend = Frontend {
    language: Language::new("go"),
    name: "Go",
    extensions: &["go"],
    comment: "//",
    lower,
    manifests: &["go.mod", "go.work"],
    read_manifest,
    is_test: |path| path.ends_with("_test.go"),
    library_folders: &["vendor"],
    add_imports,
    package_name: |path| path.rsplit('/').next().unwrap_or(path).to_owned(),
    // Import paths of modules start with a host name, those of the standard library do not.
    is_standard: |symbol| !symbol.split('/').next().unwrap_or(symbol).contains('.') || !symbol.contains('/'),
    is_entry: |package, function| package == "main" && function == "main",
    indent: "\t",
};

fn lower(text: &str) -> FileFacts {
    match tree::parse(&lower::GRAMMAR, text) {
        Some(tree) => lower::file(tree.root_node(), text),
        None => FileFacts {
            problems: vec![Problem { range: TextRange::default(), message: "can't be parsed as Go".to_owned() }],
            ..FileFacts::default()
        },
    }
}

fn read_manifest(_name: &str, _text: &str) -> Result<ModuleFacts, Problem> {
    Ok(ModuleFacts::default())
}

fn add_imports(_text: &str, _facts: &FileFacts, _wanted: &[ImportWanted]) -> Vec<(TextRange, String)> {
    Vec::new()
}
