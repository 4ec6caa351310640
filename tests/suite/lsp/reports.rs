//! Findings, pushed and pulled; places; what is said of edges.

use super::BARE;
use super::editor::{Editor, all_abilities, params_of, position, uri};
use crate::support::folder;
use serde_json::{Value, json};
use spanlint::engine::{Engine, Options};
use spanlint::model::builtin;
use std::path::{Path, PathBuf};

fn service() -> (tempfile::TempDir, PathBuf) {
    let disk = folder(&[("go.mod", "module x\n\ngo 1.24\n"), ("main.go", BARE)]);
    let main = disk.path().join("main.go");
    (disk, main)
}

/// What an editor is told, as `check line`.
fn told(diagnostics: &Value) -> Vec<String> {
    let tell = |it: &Value| format!("{} {}", it["code"].as_str().unwrap_or("-"), it["range"]["start"]["line"]);
    diagnostics.as_array().unwrap().iter().map(tell).collect()
}

fn pulling() -> Value {
    let mut abilities = all_abilities();
    abilities["textDocument"]["diagnostic"] = json!({});
    abilities["workspace"]["diagnostics"] = json!({"refreshSupport": true});
    abilities
}

#[test]
fn findings_are_pushed_with_their_witness_in_order() {
    let (disk, main) = service();
    let mut editor = Editor::in_folder(disk.path());
    editor.settle();
    let pushed = editor.said("textDocument/publishDiagnostics");
    assert_eq!(pushed.len(), 1, "closed files are reported, and once: {pushed:?}");
    assert_eq!((&pushed[0]["uri"], pushed[0].get("version")), (&json!(uri(&main)), None));
    assert_eq!(told(&pushed[0]["diagnostics"]), ["missing-extract 13", "missing-inject 19"]);
    let mut engine = Engine::new(builtin::all().0, Options::default());
    engine.set_file("main.go", BARE);
    let report = engine.check();
    for (shown, found) in pushed[0]["diagnostics"].as_array().unwrap().iter().zip(&report.diagnostics) {
        assert_eq!(shown["message"], format!("{}\n{}", found.message, found.help));
        assert_eq!(shown["severity"], 1);
        let related: Vec<(String, Value)> = shown["relatedInformation"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| (it["message"].as_str().unwrap().to_owned(), it["location"]["range"]["start"].clone()))
            .collect();
        let labels = found.labels.iter();
        let expected: Vec<(String, Value)> =
            labels.map(|label| (label.text.clone(), position(BARE, label.at.range.start as usize))).collect();
        assert!(related.len() > 1 && related == expected, "{related:?}\n{expected:?}");
    }
    editor.quit();
}

#[test]
fn an_editor_without_abilities_gets_plain_findings() {
    let (disk, _) = service();
    let mut editor = Editor::start(&[disk.path()], &json!({}), json!({}));
    assert_eq!(editor.offered["positionEncoding"], "utf-16");
    editor.settle();
    let pushed = editor.said("textDocument/publishDiagnostics");
    assert_eq!(pushed[0]["diagnostics"].as_array().unwrap().len(), 2);
    assert!(pushed[0]["diagnostics"][0].get("relatedInformation").is_none());
    let registered =
        editor.said("client/registerCapability").len() + editor.said("window/workDoneProgress/create").len();
    assert_eq!(registered, 0);
    editor.quit();
}

#[test]
fn unsaved_text_counts_and_closing_takes_it_back() {
    let (disk, main) = service();
    let mut editor = Editor::in_folder(disk.path());
    editor.open_file(&main);
    editor.replace(&main, "http.DefaultClient.Do", "send");
    assert_eq!(told(&json!(editor.diagnostics(&main))), ["missing-extract 13"]);
    let pushed = editor.said("textDocument/publishDiagnostics");
    let last = pushed.last().unwrap();
    assert_eq!((&last["version"], told(&last["diagnostics"])), (&json!(2), vec!["missing-extract 13".to_owned()]));
    let document = json!({"textDocument": {"uri": uri(&main)}});
    editor.tell("textDocument/didClose", document);
    assert_eq!(told(&json!(editor.diagnostics(&main))), ["missing-extract 13", "missing-inject 19"]);
    editor.quit();
}

#[test]
fn a_file_that_is_nowhere_yet_takes_part() {
    let (disk, main) = service();
    let mut editor = Editor::in_folder(disk.path());
    editor.open_file(&main);
    editor.replace(&main, "http.DefaultClient.Do(request)", "send(request)");
    assert_eq!(told(&json!(editor.diagnostics(&main))), ["missing-extract 13"]);
    let helper = disk.path().join("send.go");
    let text = "package main\n\nimport \"net/http\"\n\nfunc send(request *http.Request) (*http.Response, error) {\n\treturn http.DefaultClient.Do(request)\n}\n";
    editor.open(&helper, text);
    let all = [editor.diagnostics(&main), editor.diagnostics(&helper)].concat();
    assert_eq!(told(&json!(all)), ["missing-extract 13", "missing-inject 19"]);
    editor.quit();
}

#[test]
fn findings_are_pulled_with_ids_of_what_is_known() {
    let (disk, main) = service();
    let mut editor = Editor::start(&[disk.path()], &pulling(), json!({}));
    let document = json!({"uri": uri(&main)});
    let report = editor.ask("textDocument/diagnostic", json!({"textDocument": document}));
    assert_eq!((&report["kind"], told(&report["items"]).len()), (&json!("full"), 2));
    let again = json!({"textDocument": document, "previousResultId": report["resultId"]});
    let unchanged = editor.ask("textDocument/diagnostic", again);
    assert_eq!(unchanged, json!({"kind": "unchanged", "resultId": report["resultId"]}));
    let all = editor.ask("workspace/diagnostic", json!({"previousResultIds": []}));
    assert_eq!(all["items"].as_array().unwrap().len(), 1);
    assert_eq!((&all["items"][0]["uri"], &all["items"][0]["items"]), (&json!(uri(&main)), &report["items"]));
    let gone = uri(&disk.path().join("gone.go"));
    let known = json!({"previousResultIds": [
        {"uri": uri(&main), "value": report["resultId"]}, {"uri": gone, "value": "older"},
    ]});
    let all = editor.ask("workspace/diagnostic", known);
    let of = |wanted: &str| {
        all["items"].as_array().unwrap().iter().find(|item| item["uri"] == wanted).cloned().unwrap_or_default()
    };
    assert_eq!(of(&uri(&main))["kind"], "unchanged");
    assert_eq!((&of(&gone)["kind"], &of(&gone)["items"]), (&json!("full"), &json!([])));
    assert!(editor.said("textDocument/publishDiagnostics").is_empty(), "who pulls is not pushed");
    editor.quit();
}

#[test]
fn who_pulls_is_told_when_other_files_change() {
    let (disk, main) = service();
    let other = disk.path().join("tracing.go");
    let mut editor = Editor::start(&[disk.path()], &pulling(), json!({}));
    editor.open_file(&main);
    editor.settle();
    editor.said("workspace/diagnostic/refresh");
    editor.replace(&main, "\"/pay\"", "\"/paid\"");
    editor.settle();
    assert!(editor.said("workspace/diagnostic/refresh").is_empty(), "what changed is the edited file's own matter");
    editor.replace(&main, "http.DefaultClient.Do", "client().Do");
    editor.settle();
    editor.open(
        &other,
        "package main\n\nimport \"net/http\"\n\nfunc client() *http.Client { return http.DefaultClient }\n",
    );
    editor.settle();
    assert_eq!(editor.said("workspace/diagnostic/refresh").len(), 1);
    assert_eq!(editor.diagnostics(&main).len(), 2);
    editor.quit();
}

#[test]
fn columns_are_in_the_units_that_were_agreed_on() {
    let (disk, main) = service();
    let character = |encodings: Value| {
        let mut abilities = all_abilities();
        abilities["general"]["positionEncodings"] = encodings;
        let mut editor = Editor::start(&[disk.path()], &abilities, json!({}));
        let encoding = editor.offered["positionEncoding"].as_str().unwrap().to_owned();
        editor.open_file(&main);
        let sends = editor.diagnostics(&main).pop().unwrap();
        let hover = editor.ask(
            "textDocument/hover",
            json!({"textDocument": {"uri": uri(&main)}, "position": sends["range"]["start"]}),
        );
        assert!(hover["contents"]["value"].as_str().unwrap().contains("goes out"), "{hover}");
        let related = sends["relatedInformation"].as_array().unwrap().last().unwrap()["location"]["range"].clone();
        editor.quit();
        (
            encoding,
            sends["range"]["start"]["character"].as_u64().unwrap(),
            related["end"]["character"].as_u64().unwrap(),
        )
    };
    let line = BARE.lines().nth(19).unwrap();
    let call = line.find("http.DefaultClient.Do").unwrap();
    let (utf8, start8, end8) = character(json!(["utf-32", "utf-8", "utf-16"]));
    let (utf16, start16, end16) = character(json!(["utf-16"]));
    assert_eq!((utf8.as_str(), utf16.as_str()), ("utf-8", "utf-16"));
    let narrow = line[..start8 as usize].encode_utf16().count() as u64;
    assert!(start8 as usize >= call && start16 == narrow && start8 == start16 + 3, "{start8} {start16}");
    assert_eq!(end8, end16 + 3);
}

#[test]
fn edits_on_lines_with_emoji_land_where_they_were_made() {
    for encodings in [json!(["utf-8"]), json!(["utf-16"])] {
        let (disk, main) = service();
        let mut abilities = all_abilities();
        abilities["general"]["positionEncodings"] = encodings;
        let mut editor = Editor::start(&[disk.path()], &abilities, json!({}));
        let is_narrow = editor.offered["positionEncoding"] == "utf-8";
        editor.open_file(&main);
        // Right behind the comment with the emoji: `request` becomes `r2`, and so does its use.
        for (line, from) in [(15, "request"), (19, "request")] {
            let text = BARE.lines().nth(line).unwrap();
            let start = text.find(from).unwrap();
            let column = |end: usize| match is_narrow {
                true => end,
                false => text[..end].encode_utf16().count(),
            };
            let at = |end: usize| json!({"line": line, "character": column(end)});
            let change = json!({"range": {"start": at(start), "end": at(start + from.len())}, "text": "r2"});
            let document = json!({"uri": uri(&main), "version": line});
            editor.tell("textDocument/didChange", json!({"textDocument": document, "contentChanges": [change]}));
        }
        let mut engine = Engine::new(builtin::all().0, Options::default());
        engine.set_file("main.go", BARE.replace("request, err", "r2, err").replace("(request)", "(r2)"));
        let expected: Vec<&str> = engine.check().diagnostics.iter().map(|it| it.check).collect();
        let found = editor.diagnostics(&main);
        let found: Vec<&str> = found.iter().map(|it| it["code"].as_str().unwrap()).collect();
        assert_eq!(found, expected);
        assert_eq!(found, ["missing-extract", "missing-inject"]);
        editor.quit();
    }
}

#[test]
fn a_text_that_is_being_written_keeps_its_findings_in_place() {
    let (disk, main) = service();
    let mut editor = Editor::in_folder(disk.path());
    editor.open_file(&main);
    assert_eq!(told(&json!(editor.diagnostics(&main))), ["missing-extract 13", "missing-inject 19"]);
    editor.replace(&main, "\tif err == nil {", "\n\n\tif x := f(; {");
    let shown = editor.diagnostics(&main);
    assert_eq!(told(&json!(shown)), ["missing-extract 13", "missing-inject 19"]);
    editor.replace(&main, "\tdefer span.End()\n", "\n\n\tdefer span.End()\n");
    let shown = editor.diagnostics(&main);
    assert_eq!(told(&json!(shown)), ["missing-extract 13", "missing-inject 21"]);
    assert!(editor.actions(&main, None).is_empty(), "fixes were made for another text");
    editor.replace(&main, "\n\n\tif x := f(; {", "\tif err == nil {");
    assert_eq!(told(&json!(editor.diagnostics(&main))), ["missing-extract 13", "missing-inject 21"]);
    assert!(!editor.actions(&main, None).is_empty());
    editor.quit();
}

#[test]
fn hovers_say_what_carries_the_context_and_where() {
    let wrapped = BARE
        .replace("\tsdktrace", "\t\"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp\"\n\tsdktrace")
        .replace(
            "http.HandleFunc(\"/pay\", pay)",
            "http.Handle(\"/pay\", otelhttp.NewHandler(http.HandlerFunc(pay), \"pay\"))",
        );
    let disk = folder(&[("go.mod", "module x\n\ngo 1.24\n"), ("main.go", &wrapped)]);
    let main = disk.path().join("main.go");
    let mut editor = Editor::in_folder(disk.path());
    editor.open_file(&main);
    let said = |hover: Value| hover["contents"]["value"].as_str().unwrap_or("nothing").to_owned();
    let link = format!("[main.go:30]({}#L30)", uri(&main));
    let inbound = format!("A trace comes in here (`/pay`). Its context is extracted by `otelhttp.NewHandler`, {link}.");
    assert!(said(editor.hover(&main, "pay(w http")).ends_with(&inbound), "{}", said(editor.hover(&main, "pay(w http")));
    assert!(said(editor.hover(&main, "Handle(\"/pay\"")).ends_with(&inbound));
    let outbound = said(editor.hover(&main, "DefaultClient.Do"));
    assert!(outbound.contains("A trace goes out here") && outbound.ends_with("lost: nobody injects it."), "{outbound}");
    assert_eq!(said(editor.hover(&main, "package")), "nothing");
    editor.replace(&main, "otelhttp.NewHandler(http.HandlerFunc(pay), \"pay\")", "http.HandlerFunc(pay)");
    assert!(said(editor.hover(&main, "pay(w http")).ends_with("lost: nobody extracts it."));
    editor.quit();
}

#[test]
fn what_is_done_is_shown_while_a_folder_is_read() {
    let (disk, main) = service();
    let mut editor = Editor::in_folder(disk.path());
    editor.open_file(&main);
    editor.settle();
    let created = editor.said("window/workDoneProgress/create");
    assert_eq!(created.len(), 1);
    let steps = editor.said("$/progress");
    assert!(steps.iter().all(|step| step["token"] == created[0]["token"]));
    let kinds: Vec<&str> = steps.iter().map(|step| step["value"]["kind"].as_str().unwrap()).collect();
    assert_eq!((kinds.first(), kinds.last()), (Some(&"begin"), Some(&"end")), "{kinds:?}");
    assert!(kinds[1..kinds.len() - 1].iter().all(|kind| *kind == "report") && kinds.len() > 2, "{kinds:?}");
    assert_eq!(steps[0]["value"]["message"], "reading");
    editor.replace(&main, "\"/pay\"", "\"/paid\"");
    editor.settle();
    assert!(editor.said("$/progress").is_empty(), "an edit is not worth showing");
    editor.quit();
}

#[test]
fn a_question_that_nobody_asks_any_longer_is_given_up() {
    let (disk, main) = service();
    let mut editor = Editor::in_folder(disk.path());
    // The folder is still being read.
    let id = editor.send("textDocument/diagnostic", json!({"textDocument": {"uri": uri(&main)}}));
    editor.tell("$/cancelRequest", json!({"id": id}));
    assert_eq!(editor.answer(&id), Err(-32800));
    editor.tell("$/cancelRequest", json!({"id": id}));
    editor.settle();
    editor.quit();
}

#[test]
fn of_many_edits_the_last_is_what_counts() {
    let (disk, main) = service();
    let mut editor = Editor::in_folder(disk.path());
    editor.open_file(&main);
    editor.settle();
    editor.said("textDocument/publishDiagnostics");
    for line in 0..40 {
        editor.replace(&main, "package main\n", &format!("package main\n\n// line {line}\n"));
    }
    let expected = ["missing-extract 93", "missing-inject 99"];
    let message = editor.wait_for(|message| {
        let lsp_server::Message::Notification(it) = message else { return false };
        it.method == "textDocument/publishDiagnostics" && it.params["version"] == 41
    });
    assert_eq!(told(&params_of(message)["diagnostics"]), expected);
    let between = editor.said("textDocument/publishDiagnostics").len();
    assert!(between < 40, "checks that were overtaken are given up: {between} were told");
    editor.quit();
}

#[test]
fn a_file_that_nothing_can_read_leaves_the_others_as_they_are() {
    let (disk, main) = service();
    let mut editor = Editor::in_folder(disk.path());
    editor.open_file(&main);
    let (go, rust) = (disk.path().join("deep.go"), disk.path().join("src/main.rs"));
    let nested = |before: &str, after: &str| format!("{before}{}1{}{after}", "(".repeat(200_000), ")".repeat(200_000));
    editor.open(&go, &nested("package main\n\nvar deep = ", "\n"));
    editor.open(&rust, &nested("fn main() {\n    let deep = ", ";\n}\n"));
    assert_eq!(told(&json!(editor.diagnostics(&main))), ["missing-extract 13", "missing-inject 19"]);
    editor.replace(&main, "package main\n", "package main\n\n");
    assert_eq!(told(&json!(editor.diagnostics(&main))), ["missing-extract 14", "missing-inject 20"]);
    editor.quit();
}

#[test]
fn nothing_that_an_editor_says_ends_the_server() {
    let (disk, main) = service();
    let mut editor = Editor::in_folder(disk.path());
    editor.open_file(&main);
    let document = json!({"uri": uri(&main)});
    let far = json!({"line": 4_000_000_000_u32, "character": 4_000_000_000_u32});
    let hover = |uri: Value, position: &Value| json!({"textDocument": {"uri": uri}, "position": position});
    assert_eq!(editor.try_ask("textDocument/hover", hover(json!(uri(&main)), &far)), Ok(Value::Null));
    assert_eq!(editor.try_ask("textDocument/hover", hover(json!("untitled:1"), &far)), Ok(Value::Null));
    assert_eq!(
        editor.try_ask("textDocument/hover", hover(json!(uri(Path::new("/nowhere/x.go"))), &far)),
        Ok(Value::Null)
    );
    assert_eq!(editor.try_ask("textDocument/hover", json!({"textDocument": 1})), Err(-32602));
    assert_eq!(editor.try_ask("textDocument/unheardOf", json!({})), Err(-32601));
    assert_eq!(editor.try_ask("workspace/executeCommand", json!({"command": "other"})), Err(-32602));
    assert_eq!(
        editor.try_ask("codeAction/resolve", json!({"title": "x", "data": 7})),
        Ok(json!({"title": "x", "data": 7}))
    );
    let backwards = json!({"start": far, "end": {"line": 0, "character": 0}});
    let action = json!({"textDocument": document, "range": backwards, "context": {"diagnostics": []}});
    editor.try_ask("textDocument/codeAction", action).unwrap();
    for (method, params) in [
        (
            "textDocument/didChange",
            json!({"textDocument": {"uri": "file:///nowhere.go", "version": 3}, "contentChanges": []}),
        ),
        ("textDocument/didChange", json!([])),
        ("textDocument/didClose", json!({"textDocument": {"uri": "file:///nowhere.go"}})),
        (
            "textDocument/didOpen",
            json!({"textDocument": {"uri": "git:/x.go", "languageId": "go", "version": 1, "text": ""}}),
        ),
        ("workspace/didChangeConfiguration", json!({"settings": {"spanlint": {"untraced": 7}}})),
        ("workspace/didChangeWatchedFiles", json!({"changes": [{"uri": "file:///nowhere.go", "type": 9}]})),
        ("$/cancelRequest", json!({"id": "unknown"})),
        ("$/unheardOf", Value::Null),
    ] {
        editor.tell(method, params);
    }
    let change = json!({"range": backwards, "text": "\n"});
    editor.tell(
        "textDocument/didChange",
        json!({"textDocument": {"uri": uri(&main), "version": 9}, "contentChanges": [change]}),
    );
    assert_eq!(editor.diagnostics(&main), Vec::<Value>::new(), "all of the text was replaced");
    let logged = editor.said("window/logMessage");
    assert!(logged.iter().any(|it| it["message"].as_str().unwrap().contains("`spanlint.untraced`")), "{logged:?}");
    editor.quit();
}
