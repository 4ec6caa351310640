//! The models in `rules/`, and what the loader says about broken ones.

use spanlint::model::builtin;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Compares a generated text with its file, or writes it under `UPDATE=1`.
fn expect(path: &Path, text: &str) {
    if std::env::var_os("UPDATE").is_some() {
        fs::write(path, text).unwrap();
        return;
    }
    let found = fs::read_to_string(path).unwrap_or_default();
    assert!(found == text, "{} is out of date; run UPDATE=1 cargo test", path.display());
}

/// Files below a folder with an extension, in order, relative to the crate.
fn files(folder: &str, extension: &str) -> Vec<String> {
    let mut found: Vec<String> = walkdir::WalkDir::new(root().join(folder))
        .into_iter()
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .map(|path| path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/"))
        .collect();
    found.sort();
    found
}

#[test]
fn every_model_is_built_in() {
    let rows: String = files("rules", "toml")
        .iter()
        .map(|path| {
            let language = path.split('/').nth(1).unwrap();
            format!("    (\"{language}\", \"{path}\", include_str!(\"../../{path}\")),\n")
        })
        .collect();
    let path = root().join("src/model/builtin.rs");
    let source = fs::read_to_string(&path).unwrap();
    let (before, rest) = source.split_once("    // begin\n").unwrap();
    let (_, after) = rest.split_once("    // end\n").unwrap();
    expect(&path, &format!("{before}    // begin\n{rows}    // end\n{after}"));
}

#[test]
fn built_in_models_load_without_a_word() {
    let (models, notices) = builtin::all();
    assert_eq!(notices, []);
    assert!(!models.is_empty());
}
