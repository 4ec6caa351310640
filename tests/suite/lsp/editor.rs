//! An editor in memory: opens texts, hears what the server says, applies its edits.

use lsp_server::{Connection, Message, Notification, Request, RequestId, Response};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// No answer takes longer, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The abilities of an editor that can do all there is.
pub(super) fn all_abilities() -> Value {
    json!({
        "general": {"positionEncodings": ["utf-16"]},
        "window": {"workDoneProgress": true},
        "textDocument": {
            "publishDiagnostics": {"relatedInformation": true},
            "codeAction": {"dataSupport": true, "resolveSupport": {"properties": ["edit"]}},
        },
        "workspace": {
            "didChangeWatchedFiles": {"dynamicRegistration": true},
            "workspaceEdit": {"documentChanges": true},
            "workspaceFolders": true,
        },
    })
}

/// An editor with its server.
pub(super) struct Editor {
    connection: Connection,
    server: Option<JoinHandle<anyhow::Result<()>>>,
    /// What the server offers.
    pub(super) offered: Value,
    /// What it has said, answers apart.
    pub(super) heard: Vec<Message>,
    /// Open texts by address, with their versions.
    pub(super) texts: BTreeMap<String, (i32, String)>,
    requests: i32,
}

impl Editor {
    /// Starts a server for folders.
    pub(super) fn start(folders: &[&Path], abilities: &Value, settings: Value) -> Editor {
        let (connection, other) = Connection::memory();
        let server = std::thread::spawn(move || spanlint::lsp::serve(&other));
        let mut editor = Editor {
            connection,
            server: Some(server),
            offered: Value::Null,
            heard: Vec::new(),
            texts: BTreeMap::new(),
            requests: 0,
        };
        let mut settings = settings;
        // What lies on this machine is nobody's business, unless a test brings it.
        if settings.get("libraries").is_none() {
            settings["libraries"] = json!(false);
        }
        let folders: Vec<Value> = folders.iter().map(|folder| json!({"uri": uri(folder), "name": "x"})).collect();
        let asked = json!({
            "processId": null,
            "rootUri": null,
            "capabilities": abilities,
            "workspaceFolders": folders,
            "initializationOptions": settings,
        });
        editor.offered = editor.ask("initialize", asked)["capabilities"].clone();
        editor.tell("initialized", json!({}));
        editor
    }

    /// Starts a server for one folder and an editor that can do all there is.
    pub(super) fn in_folder(folder: &Path) -> Editor {
        Editor::start(&[folder], &all_abilities(), json!({}))
    }

    pub(super) fn tell(&mut self, method: &str, params: Value) {
        self.connection.sender.send(Notification::new(method.to_owned(), params).into()).unwrap();
    }

    /// Sends a request without waiting.
    pub(super) fn send(&mut self, method: &str, params: Value) -> RequestId {
        self.requests += 1;
        let id = RequestId::from(self.requests);
        self.connection.sender.send(Request::new(id.clone(), method.to_owned(), params).into()).unwrap();
        id
    }

    /// Asks, and gives the answer or the code of the error.
    pub(super) fn try_ask(&mut self, method: &str, params: Value) -> Result<Value, i32> {
        let id = self.send(method, params);
        self.answer(&id)
    }

    pub(super) fn ask(&mut self, method: &str, params: Value) -> Value {
        self.try_ask(method, params).unwrap_or_else(|code| panic!("{method}: error {code}"))
    }

    /// Waits for an answer.
    pub(super) fn answer(&mut self, id: &RequestId) -> Result<Value, i32> {
        let end = Instant::now() + PATIENCE;
        loop {
            let message = self.connection.receiver.recv_deadline(end).expect("an answer in time");
            match message {
                Message::Response(response) if response.id == *id => {
                    return response.response_result.map_err(|error| error.code);
                }
                other => self.take(other),
            }
        }
    }

    /// Waits until the server says something.
    pub(super) fn wait_for(&mut self, what: impl Fn(&Message) -> bool) -> Message {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(index) = self.heard.iter().position(&what) {
                return self.heard.remove(index);
            }
            let message = self.connection.receiver.recv_deadline(end).expect("a message in time");
            self.take(message);
        }
    }

    fn take(&mut self, message: Message) {
        if let Message::Request(request) = &message {
            let result = match request.method.as_str() {
                "workspace/applyEdit" => {
                    self.apply(&request.params["edit"]);
                    json!({"applied": true})
                }
                _ => Value::Null,
            };
            self.connection.sender.send(Response::new_ok(request.id.clone(), result).into()).unwrap();
        }
        self.heard.push(message);
    }

    /// Waits until all that was said has been checked.
    pub(super) fn settle(&mut self) {
        self.ask("workspace/diagnostic", json!({"previousResultIds": []}));
    }

    /// What the server has said with a method, in order; it is forgotten.
    pub(super) fn said(&mut self, method: &str) -> Vec<Value> {
        let (said, other): (Vec<Message>, Vec<Message>) =
            std::mem::take(&mut self.heard).into_iter().partition(|message| method_of(message) == method);
        self.heard = other;
        said.into_iter().map(params_of).collect()
    }

    pub(super) fn open(&mut self, path: &Path, text: &str) {
        let uri = uri(path);
        let language = path.extension().unwrap().to_str().unwrap();
        let item = json!({"uri": uri, "languageId": language, "version": 1, "text": text});
        self.tell("textDocument/didOpen", json!({"textDocument": item}));
        self.texts.insert(uri, (1, text.to_owned()));
    }

    /// Opens a file as it is on disk.
    pub(super) fn open_file(&mut self, path: &Path) {
        self.open(path, &fs::read_to_string(path).unwrap());
    }

    /// Replaces some text wherever it stands first, by an edit as a person makes it.
    pub(super) fn replace(&mut self, path: &Path, old: &str, new: &str) {
        let uri = uri(path);
        let text = self.texts[&uri].1.clone();
        let start = text.find(old).unwrap_or_else(|| panic!("no `{old}` in the text"));
        let range = json!({"start": position(&text, start), "end": position(&text, start + old.len())});
        self.edit(&uri, &[json!({"range": range, "newText": new})]);
    }

    /// Applies edits to an open text, and tells the server.
    fn edit(&mut self, uri: &str, edits: &[Value]) {
        let (version, text) = self.texts.get_mut(uri).unwrap_or_else(|| panic!("{uri} is not open"));
        *version += 1;
        let mut sorted: Vec<&Value> = edits.iter().collect();
        sorted.sort_by_key(|edit| offset(text, &edit["range"]["start"]));
        // From the end, so that the places of the others stay right.
        let changes: Vec<Value> = sorted
            .into_iter()
            .rev()
            .map(|edit| json!({"range": edit["range"], "text": edit["newText"].as_str().unwrap()}))
            .collect();
        for change in &changes {
            let (start, end) = (offset(text, &change["range"]["start"]), offset(text, &change["range"]["end"]));
            text.replace_range(start..end, change["text"].as_str().unwrap());
        }
        let params = json!({"textDocument": {"uri": uri, "version": version}, "contentChanges": changes});
        self.tell("textDocument/didChange", params);
    }

    /// Does what a workspace edit says, to open texts alone.
    pub(super) fn apply(&mut self, edit: &Value) {
        for change in edit["documentChanges"].as_array().into_iter().flatten() {
            let uri = change["textDocument"]["uri"].as_str().unwrap();
            assert_eq!(change["textDocument"]["version"], json!(self.texts[uri].0), "an edit for another version");
            self.edit(uri, change["edits"].as_array().unwrap());
        }
        for (uri, edits) in edit["changes"].as_object().into_iter().flatten() {
            self.edit(uri, edits.as_array().unwrap());
        }
    }

    /// The text of an open file.
    pub(super) fn text(&self, path: &Path) -> &str {
        &self.texts[&uri(path)].1
    }

    /// What is found in a file, once everything is checked.
    pub(super) fn diagnostics(&mut self, path: &Path) -> Vec<Value> {
        let report = self.ask("textDocument/diagnostic", json!({"textDocument": {"uri": uri(path)}}));
        report["items"].as_array().unwrap().clone()
    }

    /// The actions for a whole open text.
    pub(super) fn actions(&mut self, path: &Path, only: Option<&str>) -> Vec<Value> {
        let end = position(self.text(path), self.text(path).len());
        let context = match only {
            Some(kind) => json!({"diagnostics": [], "only": [kind]}),
            None => json!({"diagnostics": []}),
        };
        let range = json!({"start": {"line": 0, "character": 0}, "end": end});
        let params = json!({"textDocument": {"uri": uri(path)}, "range": range, "context": context});
        self.ask("textDocument/codeAction", params).as_array().unwrap().clone()
    }

    /// Chooses an action: asks for its edit if it has none, and applies it.
    pub(super) fn choose(&mut self, action: &Value) {
        let edit = match action.get("edit") {
            Some(edit) => edit.clone(),
            None => self.ask("codeAction/resolve", action.clone())["edit"].clone(),
        };
        assert!(edit.is_object(), "no edit for {action}");
        self.apply(&edit);
    }

    /// What is shown where some text stands first.
    pub(super) fn hover(&mut self, path: &Path, text: &str) -> Value {
        let all = self.text(path);
        let at = position(all, all.find(text).unwrap_or_else(|| panic!("no `{text}`")));
        self.ask("textDocument/hover", json!({"textDocument": {"uri": uri(path)}, "position": at}))
    }

    /// Says goodbye. The server must end well.
    pub(super) fn quit(mut self) {
        self.ask("shutdown", Value::Null);
        self.tell("exit", Value::Null);
        self.server.take().unwrap().join().unwrap().unwrap();
    }
}

pub(super) fn uri(path: &Path) -> String {
    format!("file://{}", path.to_str().unwrap())
}

pub(super) fn method_of(message: &Message) -> &str {
    match message {
        Message::Request(request) => &request.method,
        Message::Notification(notification) => &notification.method,
        Message::Response(_) => "",
    }
}

pub(super) fn params_of(message: Message) -> Value {
    match message {
        Message::Request(request) => request.params,
        Message::Notification(notification) => notification.params,
        Message::Response(_) => Value::Null,
    }
}

/// Line and column in units of UTF-16.
pub(super) fn position(text: &str, offset: usize) -> Value {
    let line = text[..offset].matches('\n').count();
    let start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    json!({"line": line, "character": text[start..offset].encode_utf16().count()})
}

fn offset(text: &str, position: &Value) -> usize {
    let line = position["line"].as_u64().unwrap() as usize;
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let mut left = position["character"].as_u64().unwrap() as usize;
    let mut at = start;
    for letter in text[start..].chars() {
        if left == 0 || letter == '\n' {
            break;
        }
        left -= letter.len_utf16();
        at += letter.len_utf8();
    }
    at
}
