//! The models in `rules/`, and what the loader says about broken ones.

use crate::markers::{self, Kind};
use spanlint::model::load::load;
use spanlint::model::{ConditionKind, Gives, OWN_TYPE, Place, Root, builtin, schema};
use spanlint::text::Language;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

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

#[test]
fn the_schema_is_current() {
    expect(&root().join("rules/schema.json"), &schema::text());
}

/// A later file must be able to say which library it means by name.
#[test]
fn names_are_unique() {
    let (models, _) = builtin::all();
    let names: BTreeSet<&str> = models.iter().map(|model| &*model.name).collect();
    assert_eq!(names.len(), models.len());
}

/// No symbol is described by two models: which one counts would be chance.
#[test]
fn no_symbol_has_two_models() {
    let (models, _) = builtin::all();
    let mut seen = BTreeSet::new();
    for model in &models {
        let calls = model.calls.iter().map(|symbol| ("call", &symbol.path));
        let literals = model.literals.iter().map(|symbol| ("literal", &symbol.path));
        let types = model.types.iter().map(|(path, _)| ("type", path));
        let variables = model.variables.iter().map(|(path, _)| ("variable", path));
        for row in calls.chain(literals).chain(types).chain(variables) {
            assert!(seen.insert((model.language, row.0, row.1.clone())), "{} in {} is a second one", row.1, model.name);
        }
    }
}

/// What a call gives has a model: a type, or methods that are called on it. A name that has neither is a typing error.
#[test]
fn every_type_named_is_known() {
    let (models, _) = builtin::all();
    let types: BTreeSet<&str> = models.iter().flat_map(|model| &model.types).map(|(path, _)| path.as_str()).collect();
    let methods: BTreeSet<&str> = models
        .iter()
        .flat_map(|model| &model.calls)
        .filter_map(|symbol| symbol.path.rsplit_once('.').map(|(owner, _)| owner))
        .collect();
    let variables: BTreeSet<&str> =
        models.iter().flat_map(|model| &model.variables).map(|(path, _)| path.as_str()).collect();
    for model in &models {
        let entries = model.calls.iter().flat_map(|symbol| &symbol.entries);
        let given = entries.flat_map(|entry| &entry.gives).filter_map(|gives| match gives {
            Gives::Type(path) => Some(path),
            Gives::Nothing | Gives::Same(_) => None,
        });
        let members = model.types.iter().flat_map(|(_, ty)| ty.members.iter().flat_map(|(_, types)| types));
        let held = model.variables.iter().map(|(_, ty)| ty);
        for path in given.chain(members).chain(held) {
            let path = path.trim_start_matches("[]");
            let known = types.contains(path) || methods.contains(path) || path == OWN_TYPE;
            assert!(known, "{} speaks of `{path}`, which no model describes", model.name);
        }
        for (path, ty) in &model.types {
            if let Some(default) = &ty.default {
                assert!(variables.contains(default.as_str()), "the default of {path} is no variable: `{default}`");
            }
        }
    }
}

/// Places speak of results that the entry gives, and options have a place of their own.
#[test]
fn places_fit_their_entries() {
    let (models, _) = builtin::all();
    for model in &models {
        for symbol in &model.calls {
            for entry in &symbol.entries {
                let places: Vec<&Place> = entry.effects.iter().flat_map(|effect| effect.places()).collect();
                for place in places {
                    let fits = match &place.root {
                        Root::Result(index) => entry.gives.is_empty() || (*index as usize) < entry.gives.len(),
                        Root::Argument(index) => (-1..8).contains(index),
                        Root::Arguments(first) => *first < 8,
                        Root::Option(_) => entry.options.is_some(),
                        Root::Receiver | Root::Field(_) | Root::Symbol(_) => true,
                        Root::Named(_) | Root::Ambient(_) | Root::Function => true,
                    };
                    assert!(fits, "{}: `{place}` does not fit", symbol.path);
                }
                let asks = entry.conditions.iter().any(|each| matches!(each.kind, ConditionKind::Option(_)));
                assert!(!asks || entry.options.is_some(), "{}: a condition on options, but no `options`", symbol.path);
            }
        }
    }
}

/// `# expect: LINE:COLUMN: error: START OF MESSAGE` in the first line; anything else the loader says is a surprise.
#[test]
fn broken_models_are_explained() {
    let mut wrong = String::new();
    for path in files("fixtures/broken/models", "toml") {
        let text = fs::read_to_string(root().join(&path)).unwrap();
        let expected = text.lines().next().and_then(|line| line.strip_prefix("# expect: ")).unwrap();
        let (_, notices) = load(&path, Language::new("go"), &text);
        let said: Vec<String> = notices
            .iter()
            .map(|notice| {
                let (line, column) = notice.position.unwrap();
                format!("{line}:{column}: {}: {}", notice.severity.word(), notice.message)
            })
            .collect();
        // What the parser says about broken syntax is its own affair.
        let alone = said.len() == 1 || path.ends_with("/syntax.toml");
        if !alone || !said[0].starts_with(expected) {
            wrong += &format!("{path} expects {expected}, found {said:#?}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn good_entries_survive_broken_ones() {
    let text = "summary = \"x\"\npackages = [{ path = \"a/b\" }]\n[call]\n\"a/b.F\" = { ends = { span = \"x\" } }\n\
                \"a/b.G\" = { ends = { span = \"self\" } }\n\"a/b.{H,I}\" = {}\n[variable]\n\"a/b.V\" = \"a/b.T\"\n";
    let (model, notices) = load("m.toml", Language::new("go"), text);
    assert_eq!(notices.len(), 1);
    assert_eq!(model.calls.iter().map(|symbol| symbol.path.as_str()).collect::<Vec<_>>(), ["a/b.G", "a/b.H", "a/b.I"]);
    assert_eq!(model.variables.len(), 1);
}

/// Lines left out, doubled, swapped or cut, and characters changed, in every model: the loader must always answer.
#[test]
fn no_text_makes_the_loader_panic() {
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random % below.max(1) as u64) as usize
    };
    for path in files("rules", "toml").iter().chain(&files("fixtures/broken/models", "toml")) {
        let text = fs::read_to_string(root().join(path)).unwrap();
        for _ in 0..60 {
            let mut lines: Vec<String> = text.lines().map(str::to_string).collect();
            for _ in 0..1 + next(4) {
                let (at, other) = (next(lines.len()), next(lines.len()));
                match next(6) {
                    0 if lines.len() > 1 => drop(lines.remove(at)),
                    1 => lines.insert(at, lines[other].clone()),
                    2 => lines.swap(at, other),
                    3 => lines[at] = lines[at].chars().take(next(40)).collect(),
                    4 => lines[at] = lines[at].replace(["\"", "{", "[", "="][next(4)], ["", "é", "}", "'"][next(4)]),
                    _ => {
                        lines[at] = lines[at]
                            .replace(["arg0", "result", "self", "."][next(4)], ["args", "..", "|", "*"][next(4)]);
                    }
                }
            }
            load(path, Language::new("go"), &lines.join("\n"));
        }
    }
}

/// The programs in `fixtures/models/` say on the line what must be found there: `// want: CHECK`. What is known to be wrong
/// today says `// todo quiet: CHECK` (found, though it should not be) and fails once it comes right.
#[test]
fn models_tell_whole_programs_from_broken_ones() {
    for (language, extension) in [("go", "go"), ("rust", "rs")] {
        let folder = format!("fixtures/models/{language}");
        let mut wanted = BTreeSet::new();
        for path in files(&folder, extension) {
            let text = fs::read_to_string(root().join(&path)).unwrap();
            let markers = markers::read(&text, "//").unwrap_or_else(|(line, fault)| panic!("{path}:{line}: {fault}"));
            let found = markers.iter().filter(|marker| matches!(marker.kind, Kind::Want | Kind::TodoQuiet));
            wanted.extend(found.map(|marker| format!("{path}:{} {}", marker.line, marker.check)));
        }
        let found: BTreeSet<String> = programs(&folder).chunks(TOGETHER).flat_map(findings).collect();
        let surplus: Vec<&String> = found.difference(&wanted).collect();
        let missing: Vec<&String> = wanted.difference(&found).collect();
        assert!(surplus.is_empty() && missing.is_empty(), "surplus {surplus:#?}, missing {missing:#?}");
    }
}

/// How many folders of programs are looked at in one run: of very many programs, what they write is taken together.
const TOGETHER: usize = 20;

/// The programs below a folder.
fn programs(folder: &str) -> Vec<String> {
    let below = fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap());
    let folders = below.filter(|entry| entry.file_type().unwrap().is_dir());
    let mut programs: Vec<String> =
        folders.map(|entry| format!("{folder}/{}", entry.file_name().to_str().unwrap())).collect();
    programs.sort();
    programs
}

/// What is found there: `path:line check`.
fn findings(programs: &[String]) -> Vec<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_spanlint"))
        .args(["check", "--format", "concise", "--no-deps"])
        .args(programs)
        .current_dir(root())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let rows = text.lines().filter_map(|row| {
        let (place, message) = row.split_once(": ")?;
        let (place, _) = place.rsplit_once(':')?;
        let check = message.split_once('[')?.1.split_once(']')?.0;
        Some(format!("{place} {check}"))
    });
    rows.collect()
}
