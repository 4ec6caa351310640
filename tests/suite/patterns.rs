//! Every pattern of every model is used by some fixture: what nobody calls is written from hearsay, or misspelt.
//!
//! `tests/golden/patterns.txt` lists those that no fixture uses yet. It may only become shorter.

use crate::support::{diff, files_below, folders, package, update};
use spanlint::engine::{Engine, Options};
use spanlint::lang;
use spanlint::model::{builtin, expand};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

/// Patterns that no fixture uses, a line each: the model's file, then the key as it is written there.
const UNUSED: &str = "tests/golden/patterns.txt";

#[test]
fn fixtures_use_every_pattern_of_the_models() {
    let used = used();
    let unused: BTreeSet<String> = patterns()
        .into_iter()
        .filter(|(_, paths)| !paths.iter().any(|path| used.contains(path)))
        .map(|it| it.0)
        .collect();
    let text = fs::read_to_string(package(UNUSED)).unwrap_or_default();
    let known: BTreeSet<String> = text.lines().map(str::to_owned).collect();
    let new: Vec<&String> = unused.difference(&known).collect();
    assert!(new.is_empty(), "no fixture uses these patterns; write what does, it can't be listed:\n{new:#?}");
    if unused == known {
        return;
    }
    let shorter: String = unused.iter().map(|line| format!("{line}\n")).collect();
    assert!(update(), "{UNUSED} lists patterns that fixtures use, or that are gone\n{}", diff(&text, &shorter));
    fs::write(package(UNUSED), shorter).unwrap();
}

/// Every key of calls, records and attributes, with the paths that it stands for.
fn patterns() -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    for (path, file) in files_below(&package("rules")) {
        if !path.ends_with(".toml") {
            continue;
        }
        let text = fs::read_to_string(file).unwrap();
        let model: toml::Table = text.parse().unwrap();
        let tables = ["call", "literal", "attribute"].into_iter().filter_map(|name| model.get(name)?.as_table());
        for key in tables.flat_map(|table| table.keys()) {
            let paths = expand(key).unwrap().into_iter().map(String::from).collect();
            found.push((format!("{path}: {key}"), paths));
        }
    }
    found
}

/// What all fixtures use, by the paths of the models that speak of it.
fn used() -> BTreeSet<String> {
    let mut engine = Engine::new(builtin::all().0, Options::default());
    let mut used = BTreeSet::new();
    for program in programs() {
        let files: Vec<(String, PathBuf)> = files_below(&program)
            .into_iter()
            .filter(|(path, _)| lang::for_path(path).is_some() || lang::for_manifest(path).is_some())
            .collect();
        for (path, file) in &files {
            engine.set_file(path, fs::read_to_string(file).unwrap());
        }
        used.extend(engine.check().models.into_iter().map(String::from));
        for (path, _) in &files {
            engine.remove_file(path);
        }
    }
    used
}

/// Folders whose sources are looked at together.
fn programs() -> Vec<PathBuf> {
    let below = |path: &str, depth: usize| {
        (0..depth).fold(vec![package(path)], |found, _| found.iter().flat_map(|folder| folders(folder)).collect())
    };
    let mut programs = below("fixtures/checks", 3);
    programs.extend(["fixtures/clean", "fixtures/models"].into_iter().flat_map(|path| below(path, 2)));
    programs.extend([package("fixtures/queue"), package("fixtures/services")]);
    programs.extend(below("fixtures/proof", 1));
    programs
}
