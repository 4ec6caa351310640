//! What can be done about findings.

use super::BARE;
use super::editor::{Editor, all_abilities, method_of, uri};
use crate::fixtures::{Fixture, fixable};
use crate::support::{diff, folder, spanlint};
use serde_json::{Value, json};
use spanlint::config::UNTRACED;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

fn service() -> (tempfile::TempDir, PathBuf) {
    let disk = folder(&[("go.mod", "module x\n\ngo 1.24\n"), ("main.go", BARE)]);
    let main = disk.path().join("main.go");
    (disk, main)
}

fn titles(actions: &[Value]) -> Vec<&str> {
    actions.iter().map(|action| action["title"].as_str().unwrap()).collect()
}

fn checks(diagnostics: &[Value]) -> Vec<&str> {
    diagnostics.iter().map(|it| it["code"].as_str().unwrap_or("-")).collect()
}

#[test]
fn a_finding_has_its_fixes_and_an_allow() {
    let (disk, main) = service();
    let mut editor = Editor::in_folder(disk.path());
    editor.open_file(&main);
    let actions = editor.actions(&main, Some("quickfix"));
    let of = |check: &str| -> Vec<Value> {
        actions.iter().filter(|action| action["diagnostics"][0]["code"] == check).cloned().collect()
    };
    let extract = of("missing-extract");
    assert!(extract.len() > 2, "several fixes and an allow: {:?}", titles(&extract));
    assert_eq!(titles(&extract).last(), Some(&"Allow `missing-extract` here, with a reason"));
    assert_eq!(extract[0]["isPreferred"], true);
    assert!(extract[1..].iter().all(|action| action.get("isPreferred").is_none()));
    assert!(actions.iter().all(|action| action["kind"] == "quickfix" && action.get("edit").is_none()));
    assert_eq!(extract[0]["diagnostics"][0], editor.diagnostics(&main)[0]);
    editor.choose(&extract[0]);
    assert_eq!(checks(&editor.diagnostics(&main)), ["missing-inject"]);
    editor.quit();
}

#[test]
fn every_fix_that_is_offered_removes_its_finding() {
    let (disk, main) = service();
    let mut editor = Editor::in_folder(disk.path());
    editor.open_file(&main);
    let offered = editor.actions(&main, Some("quickfix")).len();
    for index in 0..offered {
        let actions = editor.actions(&main, Some("quickfix"));
        let action = actions[index].clone();
        let check = action["diagnostics"][0]["code"].clone();
        editor.choose(&action);
        let left = editor.diagnostics(&main);
        assert!(left.iter().all(|it| it["code"] != check), "{}: {left:?}", action["title"]);
        editor.tell("textDocument/didClose", json!({"textDocument": {"uri": uri(&main)}}));
        editor.open_file(&main);
    }
    assert!(offered > 3, "{offered}");
    editor.quit();
}

#[test]
fn actions_are_for_the_place_and_the_kind_that_is_asked_for() {
    let (disk, main) = service();
    let mut editor = Editor::in_folder(disk.path());
    editor.open_file(&main);
    let finding = editor.diagnostics(&main)[1].clone();
    let ask = |editor: &mut Editor, range: &Value, only: Value| {
        let context = json!({"diagnostics": [], "only": only});
        let params = json!({"textDocument": {"uri": uri(&main)}, "range": range, "context": context});
        editor.ask("textDocument/codeAction", params).as_array().unwrap().clone()
    };
    let at = |place: &str| json!({"start": finding["range"][place], "end": finding["range"][place]});
    for place in ["start", "end"] {
        let actions = ask(&mut editor, &at(place), json!(["quickfix"]));
        assert!(!actions.is_empty() && actions.iter().all(|it| it["diagnostics"][0]["code"] == "missing-inject"));
    }
    let top = json!({"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}});
    assert!(ask(&mut editor, &top, json!(["quickfix"])).is_empty());
    assert!(ask(&mut editor, &at("start"), json!(["refactor", "source.organizeImports", "sourcery"])).is_empty());
    editor.quit();
}

#[test]
fn an_edit_is_made_for_the_text_that_was_seen() {
    let (disk, main) = service();
    let mut editor = Editor::in_folder(disk.path());
    editor.open_file(&main);
    let actions = editor.actions(&main, None);
    editor.replace(&main, "\"/pay\"", "\"/paid\"");
    for action in actions {
        assert_eq!(editor.try_ask("codeAction/resolve", action), Err(-32801));
    }
    editor.quit();
}

#[test]
fn an_editor_that_does_not_resolve_gets_edits_at_once() {
    let (disk, main) = service();
    let mut editor = Editor::start(&[disk.path()], &json!({}), json!({}));
    editor.open_file(&main);
    let actions = editor.actions(&main, None);
    assert!(actions.len() > 3);
    assert!(actions.iter().all(|action| action["edit"]["changes"][uri(&main)].is_array()), "{actions:?}");
    editor.choose(&actions[0]);
    assert_eq!(checks(&editor.diagnostics(&main)), ["missing-inject"]);
    editor.quit();
}

#[test]
fn an_allow_asks_for_a_reason() {
    let (disk, main) = service();
    let mut editor = Editor::in_folder(disk.path());
    editor.open_file(&main);
    let find = |editor: &mut Editor| {
        let actions = editor.actions(&main, Some("quickfix"));
        actions.into_iter().find(|it| it["title"] == "Allow `missing-inject` here, with a reason").unwrap()
    };
    let action = find(&mut editor);
    editor.choose(&action);
    let comment = "\t// spanlint: allow(missing-inject):\n\t/* 😀é */ response, err";
    assert!(editor.text(&main).contains(comment), "{}", editor.text(&main));
    let left = editor.diagnostics(&main);
    assert_eq!(checks(&left), ["missing-extract", "unused-allow"]);
    assert!(left[1]["message"].as_str().unwrap().starts_with("this allow gives no reason"));
    editor.replace(&main, "allow(missing-inject):", "allow(missing-inject): the bank takes none");
    assert_eq!(checks(&editor.diagnostics(&main)), ["missing-extract"]);
    editor.quit();

    let mut abilities = all_abilities();
    abilities["workspace"]["workspaceEdit"]["snippetEditSupport"] = json!(true);
    let mut editor = Editor::start(&[disk.path()], &abilities, json!({}));
    editor.open_file(&main);
    let action = find(&mut editor);
    let resolved = editor.ask("codeAction/resolve", action);
    let edit = &resolved["edit"]["documentChanges"][0]["edits"][0];
    let expected = "\t// spanlint: allow(missing-inject): ${1:why the trace may end here}\n";
    assert_eq!(edit["snippet"]["value"], expected);
    editor.quit();
}

#[test]
fn fixing_all_at_once_is_as_careful_as_it_is_told_to_be() {
    let (disk, main) = service();
    let mut editor = Editor::in_folder(disk.path());
    let written = |arguments: &[&str]| {
        let disk = folder(&[("go.mod", "module x\n\ngo 1.24\n"), ("main.go", BARE)]);
        spanlint(disk.path(), arguments);
        fs::read_to_string(disk.path().join("main.go")).unwrap()
    };
    for (settings, arguments) in [
        (json!({"libraries": false}), vec!["--fix"]),
        (json!({"libraries": false, "unsafeFixes": true}), vec!["--fix", "--unsafe-fixes"]),
    ] {
        editor.tell("workspace/didChangeConfiguration", json!({"settings": {"spanlint": settings}}));
        editor.open_file(&main);
        for kind in ["source.fixAll.spanlint", "source.fixAll", "source"] {
            let actions = editor.actions(&main, Some(kind));
            assert_eq!((actions.len(), &actions[0]["kind"]), (1, &json!("source.fixAll.spanlint")), "{kind}");
        }
        let action = editor.actions(&main, Some("source.fixAll"))[0].clone();
        editor.choose(&action);
        assert_eq!(editor.text(&main), written(&arguments), "{arguments:?}");
        editor.tell("textDocument/didClose", json!({"textDocument": {"uri": uri(&main)}}));
    }
    editor.quit();
}

#[test]
fn what_is_being_written_is_not_put_back_by_fixing_everything() {
    let disk = folder(&[("go.mod", "module x\n\ngo 1.24\n"), ("a/main.go", BARE), ("b/main.go", BARE)]);
    let (main, other) = (disk.path().join("a/main.go"), disk.path().join("b/main.go"));
    let mut editor = Editor::in_folder(disk.path());
    editor.open_file(&main);
    editor.open_file(&other);
    editor.replace(&main, "\tif err == nil {", "\tif x := f(; {");
    editor.settle();
    let (half, whole) = (editor.text(&main).to_owned(), editor.text(&other).to_owned());
    editor.ask("workspace/executeCommand", json!({"command": "spanlint.fixEverything"}));
    editor.wait_for(|message| method_of(message) == "workspace/applyEdit");
    assert_eq!(editor.text(&main), half, "nobody's words are lost");
    assert_ne!(editor.text(&other), whole, "the others are fixed");
    editor.quit();
}

#[test]
fn editor_edits_equal_cli_edits() {
    let mut editor = Editor::start(&[], &all_abilities(), json!({"unsafeFixes": true}));
    let mut faults = Vec::new();
    for fixture in fixable() {
        let disk = on_disk(&fixture);
        let named = json!([{"uri": uri(disk.path()), "name": "x"}]);
        let add = json!({"event": {"added": named, "removed": []}});
        editor.tell("workspace/didChangeWorkspaceFolders", add);
        for path in fixture.texts.keys() {
            editor.open_file(&disk.path().join(path));
        }
        editor.settle();
        editor.ask("workspace/executeCommand", json!({"command": "spanlint.fixEverything"}));
        editor.wait_for(|message| method_of(message) == "workspace/applyEdit");
        faults.extend(differences(&fixture, &editor, &disk, "everything"));

        for path in fixture.texts.keys() {
            editor.tell("textDocument/didClose", json!({"textDocument": {"uri": uri(&disk.path().join(path))}}));
            editor.open_file(&disk.path().join(path));
        }
        for path in fixture.texts.keys() {
            let path = disk.path().join(path);
            for action in editor.actions(&path, Some("source.fixAll.spanlint")) {
                editor.choose(&action);
            }
        }
        faults.extend(differences(&fixture, &editor, &disk, "file by file"));
        for path in fixture.texts.keys() {
            editor.tell("textDocument/didClose", json!({"textDocument": {"uri": uri(&disk.path().join(path))}}));
        }
        let remove = json!({"event": {"added": [], "removed": named}});
        editor.tell("workspace/didChangeWorkspaceFolders", remove);
    }
    assert!(faults.is_empty(), "{} differences\n{}", faults.len(), faults.join("\n"));
    editor.quit();
}

/// A fixture as a folder with a configuration that says what its options say.
fn on_disk(fixture: &Fixture) -> tempfile::TempDir {
    let mut files: BTreeMap<&str, String> =
        fixture.texts.iter().map(|(path, text)| (path.as_str(), text.clone())).collect();
    let untraced = UNTRACED.iter().find(|(_, value)| *value == fixture.options.untraced).unwrap().0;
    let confidence = fixture.options.min_confidence.word();
    let select = if fixture.options.select.is_empty() {
        String::new()
    } else {
        format!("select = {:?}\n", fixture.options.select)
    };
    files.insert("spanlint.toml", format!("{select}untraced = {untraced:?}\nmin-confidence = {confidence:?}\n"));
    folder(&files.iter().map(|(path, text)| (*path, text.as_str())).collect::<Vec<_>>())
}

/// Where the texts in the editor are not what `--fix` writes.
fn differences(fixture: &Fixture, editor: &Editor, disk: &tempfile::TempDir, how: &str) -> Vec<String> {
    let fixed = fixture.texts.iter().map(|(path, text)| {
        let file = fixture.folder.join(format!("{path}.fixed"));
        (path, fs::read_to_string(file).unwrap_or_else(|_| text.clone()))
    });
    let different = fixed.filter(|(path, expected)| editor.text(&disk.path().join(path)) != expected);
    different
        .map(|(path, expected)| {
            let actual = editor.text(&disk.path().join(path));
            format!("{}/{path}, {how}:\n{}", fixture.name, diff(&expected, actual))
        })
        .collect()
}
