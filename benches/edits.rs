//! How long it takes in an editor from a keystroke to fresh diagnostics: `cargo bench -- --edits FOLDER`.
//!
//! The server runs in this process and the protocol in memory. [`KEYSTROKES`] are typed into files spread over the folder, one
//! after the other, each once the diagnostics of the one before have come. What is typed are statements and comments at the
//! start of functions, so that on the way to them the text often does not parse, as in life. The same is then typed into an
//! engine, to count what it did.

use anyhow::Context;
use lsp_server::{Connection, Message, Notification, Request};
use serde_json::{Value, json};
use spanlint::engine::{Engine, Options};
use spanlint::lsp;
use spanlint::model::builtin;
use spanlint::workspace::{Excluded, Workspace};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How many keystrokes are timed.
const KEYSTROKES: usize = 200;

/// What is typed, by the ending of the file: one after the other.
const TYPED: [(&str, &[&str]); 2] = [
    ("go", &["\n\t_ = 0", "\n\tlog.Println(\"here\")", "\n\t// a note", "\n\tcount := 0\n\t_ = count"]),
    ("rs", &["\n    let _ = 0;", "\n    tracing::info!(\"here\");", "\n    // a note", "\n    let count = 0;"]),
];

/// No answer takes longer.
const PATIENCE: Duration = Duration::from_secs(600);

/// Measures a folder, prints the figures.
pub(crate) fn measure(folder: &Path) -> anyhow::Result<()> {
    let folder = folder.canonicalize()?;
    let files = files_to_edit(&folder)?;
    anyhow::ensure!(!files.is_empty(), "nothing to type into in {}", folder.display());
    let (editor, server) = Connection::memory();
    std::thread::spawn(move || lsp::serve(&server));
    let start = Instant::now();
    open_folder(&editor, &folder)?;
    let first = start.elapsed();
    let mut times = Vec::new();
    'typing: for (index, (path, text, offset)) in files.iter().enumerate().cycle() {
        let mut document = Document { uri: format!("file://{}", path.display()), version: 0, line: 0, column: 0 };
        document.open(&editor, text, *offset)?;
        for letter in typed_into(path, index).chars() {
            let start = Instant::now();
            document.type_letter(&editor, letter)?;
            times.push(start.elapsed());
            if times.len() == KEYSTROKES {
                break 'typing;
            }
        }
        tell(&editor, "textDocument/didClose", json!({"textDocument": {"uri": document.uri}}))?;
    }
    times.sort();
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    let share = |percent: usize| milliseconds(times[(times.len() * percent / 100).min(times.len() - 1)]);
    println!(
        "{} keystrokes in {} files; first diagnostics after {:.0} ms",
        times.len(),
        files.len(),
        milliseconds(first)
    );
    println!(
        "keystroke to diagnostics: p50 {:.1} ms, p95 {:.1} ms, longest {:.1} ms",
        share(50),
        share(95),
        share(100)
    );
    count(&folder, &files)
}

/// What is typed into a file.
fn typed_into(path: &Path, index: usize) -> &'static str {
    let all = TYPED.iter().find(|(ending, _)| path.extension().is_some_and(|it| it == *ending));
    all.map_or("", |(_, typed)| typed[index % typed.len()])
}

/// Types the same into an engine, and prints how far each keystroke went.
fn count(folder: &Path, files: &[(PathBuf, String, usize)]) -> anyhow::Result<()> {
    let workspace = Workspace::read(&[folder.to_path_buf()], &Excluded::default())?;
    let mut engine = Engine::new(builtin::all().0, Options::default());
    engine.expect_edits();
    workspace.files().for_each(|(name, text)| engine.set_file(name, text.clone()));
    engine.check();
    let (mut nothing, mut checks, mut functions, mut all) = (0, 0, 0, 0);
    let mut times = Vec::new();
    'typing: for (index, (path, text, offset)) in files.iter().enumerate().cycle() {
        let name = workspace.name_of(path);
        let typed = typed_into(path, index);
        for end in typed.char_indices().map(|(at, letter)| at + letter.len_utf8()) {
            let start = Instant::now();
            engine.set_draft(&name, format!("{}{}{}", &text[..*offset], &typed[..end], &text[*offset..]));
            engine.check();
            times.push(start.elapsed());
            let work = engine.work();
            match (work.analyses, work.interpreted, work.checks) {
                (0, 0, 0) => nothing += 1,
                (0, 0, _) => checks += 1,
                (0, ..) => functions += 1,
                _ => all += 1,
            }
            if times.len() == KEYSTROKES {
                break 'typing;
            }
        }
        engine.set_file(&name, text.as_str());
        engine.check();
    }
    times.sort();
    let share = |percent: usize| times[(times.len() * percent / 100).min(times.len() - 1)].as_secs_f64() * 1e3;
    println!("the engine alone: p50 {:.1} ms, p95 {:.1} ms, longest {:.1} ms", share(50), share(95), share(100));
    println!("{nothing} led to nothing, {checks} to the checks alone, {functions} to single functions, {all} to all");
    Ok(())
}

/// Files spread over the folder, with the place behind the first brace that opens a function.
fn files_to_edit(folder: &Path) -> anyhow::Result<Vec<(PathBuf, String, usize)>> {
    const FILES: usize = 25;
    let workspace = Workspace::read(&[folder.to_path_buf()], &Excluded::default())?;
    let place = |(name, text): (&str, &std::sync::Arc<str>)| {
        let is_test = name.contains("test") || name.contains("/vendor/") || name.contains("generated");
        let function = text.find("\nfunc ").or(text.find("\nfn ")).or(text.find("\npub fn "))?;
        let offset = function + text[function..].find("{\n")? + 1;
        (!is_test).then(|| (workspace.path_of(name), text.to_string(), offset))
    };
    let all: Vec<_> = workspace.files().filter_map(place).collect();
    let step = all.len().div_ceil(FILES).max(1);
    Ok(all.into_iter().step_by(step).collect())
}

/// Says hello and waits until the folder has been checked.
fn open_folder(editor: &Connection, folder: &Path) -> anyhow::Result<()> {
    let folders = json!([{"uri": format!("file://{}", folder.display()), "name": "folder"}]);
    ask(
        editor,
        1,
        "initialize",
        json!({"processId": null, "rootUri": null, "capabilities": {}, "workspaceFolders": folders}),
    )?;
    tell(editor, "initialized", json!({}))?;
    ask(editor, 2, "workspace/diagnostic", json!({"previousResultIds": []}))
}

/// A text that is typed into.
struct Document {
    uri: String,
    version: i32,
    line: usize,
    column: usize,
}

impl Document {
    fn open(&mut self, editor: &Connection, text: &str, offset: usize) -> anyhow::Result<()> {
        self.line = text[..offset].matches('\n').count();
        self.column = text[..offset].rsplit('\n').next().map_or(0, |line| line.encode_utf16().count());
        let item = json!({"uri": self.uri, "languageId": "code", "version": self.version, "text": text});
        tell(editor, "textDocument/didOpen", json!({"textDocument": item}))?;
        self.wait(editor)
    }

    fn type_letter(&mut self, editor: &Connection, letter: char) -> anyhow::Result<()> {
        self.version += 1;
        let at = json!({"line": self.line, "character": self.column});
        let change = json!({"range": {"start": at, "end": at}, "text": letter.to_string()});
        let document = json!({"uri": self.uri, "version": self.version});
        tell(editor, "textDocument/didChange", json!({"textDocument": document, "contentChanges": [change]}))?;
        (self.line, self.column) = if letter == '\n' { (self.line + 1, 0) } else { (self.line, self.column + 1) };
        self.wait(editor)
    }

    /// Until the diagnostics of this version are there.
    fn wait(&self, editor: &Connection) -> anyhow::Result<()> {
        loop {
            let message = editor.receiver.recv_timeout(PATIENCE).context("the server says nothing")?;
            if let Message::Notification(it) = message
                && it.method == "textDocument/publishDiagnostics"
                && it.params["uri"] == self.uri.as_str()
                && it.params["version"] == self.version
            {
                return Ok(());
            }
        }
    }
}

fn tell(editor: &Connection, method: &str, params: Value) -> anyhow::Result<()> {
    Ok(editor.sender.send(Notification::new(method.to_owned(), params).into())?)
}

fn ask(editor: &Connection, id: i32, method: &str, params: Value) -> anyhow::Result<()> {
    editor.sender.send(Request::new(id.into(), method.to_owned(), params).into())?;
    loop {
        let message = editor.receiver.recv_timeout(PATIENCE).context("the server does not answer")?;
        if matches!(message, Message::Response(answer) if answer.id == id.into()) {
            return Ok(());
        }
    }
}
