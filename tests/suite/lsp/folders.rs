//! What happens on disk and to folders while an editor is served.

use super::BARE;
use super::editor::{Editor, all_abilities, uri};
use crate::support::{folder, package, spanlint};
use serde_json::{Value, json};
use spanlint::checks;
use spanlint::config::{CONFIDENCES, UNTRACED};
use std::fs;
use std::path::Path;

/// A model that says what a call sends.
const INHOUSE: &str = "summary = \"x\"\npackages = [{ path = \"inhouse\" }]\n\n[call]\n\"inhouse.Send\" = {}\n";

const MODULE: &str = "module x\n\ngo 1.24\n";

fn changed(editor: &mut Editor, path: &Path, kind: u32) {
    editor.tell("workspace/didChangeWatchedFiles", json!({"changes": [{"uri": uri(path), "type": kind}]}));
}

fn ids(diagnostics: &[Value]) -> Vec<&str> {
    diagnostics.iter().map(|it| it["code"].as_str().unwrap_or("-")).collect()
}

#[test]
fn files_are_watched_where_the_editor_can() {
    let disk = folder(&[("go.mod", MODULE), ("main.go", BARE)]);
    let mut editor = Editor::in_folder(disk.path());
    editor.settle();
    let registered = editor.said("client/registerCapability");
    let watchers = registered[0]["registrations"][0]["registerOptions"]["watchers"].as_array().unwrap();
    let patterns: Vec<&str> = watchers.iter().map(|it| it["globPattern"].as_str().unwrap()).collect();
    for wanted in
        ["**/*.go", "**/*.rs", "**/go.mod", "**/Cargo.lock", "**/*.toml", "**/.gitignore", "**/spanlint-baseline.json"]
    {
        assert!(patterns.contains(&wanted), "{patterns:?}");
    }
    editor.quit();
}

#[test]
fn files_that_come_go_and_change_on_disk_count() {
    let disk = folder(&[("go.mod", MODULE), ("main.go", &BARE.replace("http.DefaultClient", "client()"))]);
    let (main, client) = (disk.path().join("main.go"), disk.path().join("client.go"));
    let mut editor = Editor::in_folder(disk.path());
    assert_eq!(ids(&editor.diagnostics(&main)), ["missing-extract"]);
    fs::write(
        &client,
        "package main\n\nimport \"net/http\"\n\nfunc client() *http.Client { return http.DefaultClient }\n",
    )
    .unwrap();
    changed(&mut editor, &client, 1);
    assert_eq!(ids(&editor.diagnostics(&main)), ["missing-extract", "missing-inject"]);
    fs::write(&main, BARE.replace("http.DefaultClient.Do", "send")).unwrap();
    changed(&mut editor, &main, 2);
    assert_eq!(ids(&editor.diagnostics(&main)), ["missing-extract"]);
    fs::write(disk.path().join(".gitignore"), "main.go\n").unwrap();
    changed(&mut editor, &disk.path().join(".gitignore"), 1);
    assert!(editor.diagnostics(&main).is_empty(), "ignored from now on");
    fs::remove_file(disk.path().join(".gitignore")).unwrap();
    changed(&mut editor, &disk.path().join(".gitignore"), 3);
    assert_eq!(ids(&editor.diagnostics(&main)), ["missing-extract"]);
    fs::remove_file(&main).unwrap();
    changed(&mut editor, &main, 3);
    assert!(editor.diagnostics(&main).is_empty());
    let last = editor.said("textDocument/publishDiagnostics").pop().unwrap();
    assert_eq!((&last["uri"], &last["diagnostics"]), (&json!(uri(&main)), &json!([])), "taken back");
    editor.quit();
}

#[test]
fn what_is_open_counts_before_what_is_on_disk() {
    let disk = folder(&[("go.mod", MODULE), ("main.go", BARE)]);
    let main = disk.path().join("main.go");
    let mut editor = Editor::in_folder(disk.path());
    editor.open_file(&main);
    editor.replace(&main, "http.DefaultClient.Do", "send");
    fs::write(&main, "package main\n").unwrap();
    changed(&mut editor, &main, 2);
    fs::write(disk.path().join("other.go"), "package main\n").unwrap();
    changed(&mut editor, &disk.path().join("other.go"), 1);
    assert_eq!(ids(&editor.diagnostics(&main)), ["missing-extract"]);
    editor.tell("textDocument/didClose", json!({"textDocument": {"uri": uri(&main)}}));
    assert!(editor.diagnostics(&main).is_empty());
    editor.quit();
}

#[test]
fn configurations_and_models_are_read_anew_and_their_faults_shown() {
    let disk = folder(&[("go.mod", MODULE), ("main.go", &BARE.replace("http.DefaultClient.Do", "inhouse.Send"))]);
    let (main, config) = (disk.path().join("main.go"), disk.path().join("spanlint.toml"));
    let mut editor = Editor::in_folder(disk.path());
    assert_eq!(ids(&editor.diagnostics(&main)), ["missing-extract"]);
    fs::write(&config, "ignore = [\"missing-extrac\"]\n").unwrap();
    changed(&mut editor, &config, 1);
    assert!(editor.diagnostics(&main).is_empty(), "nothing is checked with a broken configuration");
    let fault = editor.diagnostics(&config);
    assert_eq!((ids(&fault), &fault[0]["range"]["start"]), (vec!["config"], &json!({"line": 0, "character": 10})));
    assert!(fault[0]["message"].as_str().unwrap().contains("did you mean `missing-extract`?"), "{fault:?}");
    fs::write(&config, "ignore = [\"missing-extract\"]\n").unwrap();
    changed(&mut editor, &config, 2);
    assert!(editor.diagnostics(&main).is_empty() && editor.diagnostics(&config).is_empty());
    fs::remove_file(&config).unwrap();
    changed(&mut editor, &config, 3);
    assert_eq!(ids(&editor.diagnostics(&main)), ["missing-extract"]);
    let model = disk.path().join("models/go/inhouse.toml");
    fs::create_dir_all(model.parent().unwrap()).unwrap();
    fs::write(&model, "[[packages]\n").unwrap();
    fs::write(&config, "models = [\"models\"]\n").unwrap();
    changed(&mut editor, &config, 1);
    let fault = editor.diagnostics(&model);
    assert!(fault.iter().all(|it| it["severity"] == 1) && !fault.is_empty(), "{fault:?}");
    fs::write(&model, INHOUSE).unwrap();
    changed(&mut editor, &model, 2);
    assert_eq!(editor.diagnostics(&model), Vec::<Value>::new());
    editor.quit();
}

#[test]
fn known_findings_are_left_out_as_everywhere() {
    let disk =
        folder(&[("go.mod", MODULE), ("main.go", BARE), ("spanlint.toml", "baseline = \"spanlint-baseline.json\"\n")]);
    let (main, baseline) = (disk.path().join("main.go"), disk.path().join("spanlint-baseline.json"));
    let mut editor = Editor::in_folder(disk.path());
    assert_eq!(ids(&editor.diagnostics(&main)), ["missing-extract", "missing-inject"], "there is no list yet");
    let complaint = editor.diagnostics(&baseline);
    assert!(complaint[0]["message"].as_str().unwrap().contains("`spanlint baseline` writes one"), "{complaint:?}");
    assert_eq!(spanlint(disk.path(), &["baseline"]).code, 0);
    changed(&mut editor, &baseline, 1);
    assert!(editor.diagnostics(&main).is_empty() && editor.diagnostics(&baseline).is_empty());
    editor.open_file(&main);
    editor.replace(&main, "func main() {", "func more(w http.ResponseWriter, r *http.Request) {\n\t_, span := tracer.Start(r.Context(), \"more\")\n\tspan.End()\n}\n\nfunc main() {\n\thttp.HandleFunc(\"/more\", more)");
    assert_eq!(ids(&editor.diagnostics(&main)), ["missing-extract"], "what is new is told");
    fs::write(&baseline, "{}").unwrap();
    changed(&mut editor, &baseline, 2);
    assert_eq!(editor.diagnostics(&main).len(), 3);
    assert!(editor.diagnostics(&baseline)[0]["message"].as_str().unwrap().contains("this is no baseline"));
    editor.quit();
}

/// Makes clients, which inject nothing.
const KIT: &str = "package kit\n\nimport (\n\t\"net/http\"\n\n\t_ \"go.opentelemetry.io/otel\"\n)\n\n\
                   func Client() *http.Client {\n\treturn http.DefaultClient\n}\n";

#[test]
fn libraries_are_read_anew_when_a_manifest_or_a_saved_import_leads_to_others() {
    let module = "module example.com/x\n\ngo 1.24\n";
    let sending = BARE.replace("http.DefaultClient", "kit.Client()");
    let main = sending.replace("\t\"net/http\"\n", "\t\"net/http\"\n\n\t\"example.com/kit\"\n");
    let disk = folder(&[
        ("x/go.mod", module),
        ("x/main.go", &main),
        ("kit/go.mod", "module example.com/kit\n\ngo 1.24\n"),
        ("kit/kit.go", KIT),
    ]);
    let (manifest, main) = (disk.path().join("x/go.mod"), disk.path().join("x/main.go"));
    let mut editor = Editor::start(&[&disk.path().join("x")], &all_abilities(), json!({"libraries": true}));
    assert_eq!(ids(&editor.diagnostics(&main)), ["missing-extract"]);
    let needs = "\nrequire example.com/kit v1.0.0\n\nreplace example.com/kit => ../kit\n";
    fs::write(&manifest, format!("{module}{needs}")).unwrap();
    changed(&mut editor, &manifest, 2);
    assert_eq!(ids(&editor.diagnostics(&main)), ["missing-extract", "missing-inject"], "the kit injects nothing");
    // An import in the editor leads nowhere until it is saved.
    editor.open_file(&main);
    editor.replace(&main, "\"example.com/kit\"", "kit \"example.com/kit/sub\"");
    assert_eq!(ids(&editor.diagnostics(&main)), ["missing-extract"]);
    let sub = disk.path().join("kit/sub/sub.go");
    fs::create_dir_all(sub.parent().unwrap()).unwrap();
    fs::write(&sub, KIT).unwrap();
    assert_eq!(ids(&editor.diagnostics(&main)), ["missing-extract"]);
    fs::write(&main, editor.text(&main)).unwrap();
    changed(&mut editor, &main, 2);
    assert_eq!(ids(&editor.diagnostics(&main)), ["missing-extract", "missing-inject"]);
    editor.quit();
}

#[test]
fn settings_of_the_editor_count_and_can_change() {
    let disk = folder(&[("go.mod", MODULE), ("main.go", BARE)]);
    let main = disk.path().join("main.go");
    let mut editor = Editor::start(&[disk.path()], &all_abilities(), json!({"select": ["missing-inject"]}));
    assert_eq!(ids(&editor.diagnostics(&main)), ["missing-inject"]);
    let settings = json!({"spanlint": {"ignore": ["missing-inject"], "libraries": false}});
    editor.tell("workspace/didChangeConfiguration", json!({"settings": settings}));
    assert_eq!(ids(&editor.diagnostics(&main)), ["missing-extract"]);
    editor.tell("workspace/didChangeConfiguration", json!({"settings": null}));
    assert_eq!(ids(&editor.diagnostics(&main)), ["missing-extract"]);
    editor.quit();
}

#[test]
fn several_folders_are_checked_each_for_itself() {
    let one = folder(&[("go.mod", MODULE), ("main.go", BARE)]);
    let two = folder(&[("go.mod", MODULE), ("main.go", BARE), ("spanlint.toml", "select = [\"missing-inject\"]\n")]);
    let (first, second) = (one.path().join("main.go"), two.path().join("main.go"));
    let mut editor = Editor::start(&[one.path(), two.path()], &all_abilities(), json!({}));
    assert_eq!(ids(&editor.diagnostics(&first)), ["missing-extract", "missing-inject"]);
    assert_eq!(ids(&editor.diagnostics(&second)), ["missing-inject"]);
    let named = |path: &Path| json!([{"uri": uri(path), "name": "x"}]);
    let event = json!({"event": {"added": [], "removed": named(one.path())}});
    editor.tell("workspace/didChangeWorkspaceFolders", event);
    assert!(editor.diagnostics(&first).is_empty());
    let last = editor.said("textDocument/publishDiagnostics").pop().unwrap();
    assert_eq!((&last["uri"], &last["diagnostics"]), (&json!(uri(&first)), &json!([])));
    let event = json!({"event": {"added": named(one.path()), "removed": []}});
    editor.tell("workspace/didChangeWorkspaceFolders", event);
    assert_eq!(ids(&editor.diagnostics(&first)), ["missing-extract", "missing-inject"]);
    let all = editor.ask("workspace/diagnostic", json!({"previousResultIds": []}));
    assert_eq!(all["items"].as_array().unwrap().len(), 2);
    editor.quit();
}

#[test]
fn a_file_alone_is_checked_with_its_module() {
    let disk = folder(&[("go.mod", MODULE), ("cmd/main.go", BARE)]);
    let main = disk.path().join("cmd/main.go");
    let mut editor = Editor::start(&[], &all_abilities(), json!({}));
    assert!(editor.diagnostics(&main).is_empty());
    editor.open_file(&main);
    assert_eq!(ids(&editor.diagnostics(&main)), ["missing-extract", "missing-inject"]);
    editor.quit();
}

#[cfg(unix)]
#[test]
fn files_are_named_as_the_editor_names_them() {
    let disk = folder(&[("real/go.mod", MODULE), ("real/main.go", BARE)]);
    let link = disk.path().join("a link");
    std::os::unix::fs::symlink(disk.path().join("real"), &link).unwrap();
    let shown = format!("{}/main.go", uri(&link).replace(' ', "%20"));
    let (connection_folder, main) = (link.clone(), link.join("main.go"));
    let mut editor = Editor::in_folder(&connection_folder);
    editor.settle();
    let pushed = editor.said("textDocument/publishDiagnostics");
    assert_eq!(pushed[0]["uri"], json!(shown));
    let related = &pushed[0]["diagnostics"][0]["relatedInformation"][0]["location"]["uri"];
    assert_eq!(related, &json!(shown));
    // An editor may write the same address otherwise; it is answered as it asks.
    editor.open_file(&main);
    editor.replace(&main, "http.DefaultClient.Do", "send");
    assert_eq!(ids(&editor.diagnostics(&main)), ["missing-extract"]);
    let last = editor.said("textDocument/publishDiagnostics").pop().unwrap();
    assert_eq!(last["uri"], json!(uri(&main)));
    editor.quit();
}

#[test]
fn the_extension_offers_the_settings_that_the_server_reads() {
    let manifest: Value =
        serde_json::from_str(&fs::read_to_string(package("editors/vscode/package.json")).unwrap()).unwrap();
    let properties = manifest["contributes"]["configuration"]["properties"].as_object().unwrap();
    let of_server: Vec<(&str, &Value)> = properties
        .iter()
        .map(|(key, property)| (key.strip_prefix("spanlint.").unwrap(), property))
        .filter(|(key, _)| !["path", "trace.server"].contains(key))
        .collect();
    let words = |table: &[&str]| json!([&[""], table].concat());
    let ids: Vec<&str> = checks::ALL.iter().map(|check| check.id).collect();
    for (key, property) in &of_server {
        match *key {
            "select" | "ignore" => assert_eq!(property["items"]["enum"], json!(ids), "{key}"),
            "minConfidence" => assert_eq!(property["enum"], words(&CONFIDENCES.map(|(word, _)| word))),
            "untraced" => assert_eq!(property["enum"], words(&UNTRACED.map(|(word, _)| word))),
            _ => {}
        }
    }
    let usual: serde_json::Map<String, Value> =
        of_server.iter().map(|(key, property)| ((*key).to_owned(), property["default"].clone())).collect();
    let mut editor = Editor::start(&[], &all_abilities(), Value::Object(usual));
    let wrong: serde_json::Map<String, Value> =
        of_server.iter().map(|(key, _)| ((*key).to_owned(), json!(7))).collect();
    editor.settle();
    assert!(editor.said("window/logMessage").is_empty(), "the defaults are understood");
    editor.tell("workspace/didChangeConfiguration", json!({"settings": {"spanlint": wrong}}));
    editor.settle();
    let mut complaints: Vec<String> =
        editor.said("window/logMessage").iter().map(|it| it["message"].as_str().unwrap().to_owned()).collect();
    let mut expected: Vec<String> =
        of_server.iter().map(|(key, _)| format!("the setting `spanlint.{key}` can't be 7")).collect();
    complaints.sort();
    expected.sort();
    assert_eq!(complaints, expected);
    editor.quit();
}
