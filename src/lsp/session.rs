//! The loop over what the editor says and what workers find.
//!
//! Nothing here takes long: what does is a worker's. A question waits until what it is about has been checked, so that every
//! answer speaks of the text that the editor has.

use super::client::{Answer, Client};
use super::documents::{Document, Documents};
use super::folder::{Folder, FolderId, Told};
use super::requests::{Outcome, Question, Use, json, parse};
use super::settings::EditorSettings;
use super::uri;
use super::view::View;
use super::worker::{Job, News, Snapshot, Ticket};
use crate::diagnostic::Severity;
use crate::lang;
use crate::workspace::{self, BASELINE};
use crossbeam_channel::{Receiver, Sender};
use gen_lsp_types::{
    ApplyWorkspaceEditParams, ApplyWorkspaceEditRequest, CodeAction, DiagnosticRefreshRequest,
    DidChangeConfigurationParams, DidChangeTextDocumentParams, DidChangeWatchedFilesParams,
    DidChangeWatchedFilesRegistrationOptions, DidChangeWorkspaceFoldersParams, DidCloseTextDocumentParams,
    DidOpenTextDocumentParams, FileSystemWatcher, LspAny, MessageType, ProgressNotification, ProgressParams,
    PublishDiagnosticsNotification, PublishDiagnosticsParams, Registration, RegistrationParams, RegistrationRequest,
    WorkDoneProgressBegin, WorkDoneProgressCreateParams, WorkDoneProgressCreateRequest, WorkDoneProgressEnd,
    WorkDoneProgressReport, WorkspaceFolder,
};
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// What is known while an editor is served.
pub(super) struct Session {
    client: Client,
    pub(super) settings: EditorSettings,
    pub(super) documents: Documents,
    pub(super) folders: Vec<Folder>,
    /// Folders to open once the editor is ready.
    wanted: Vec<PathBuf>,
    /// Questions about what is not checked yet.
    waiting: Vec<(RequestId, Question)>,
    /// What workers have been asked.
    asked: BTreeMap<Ticket, Use>,
    /// How many names were given to folders and tickets.
    named: u32,
    mouth: Sender<(FolderId, News)>,
    ear: Receiver<(FolderId, News)>,
}

impl Session {
    /// A session with the editor that has sent the first request.
    pub(super) fn new(client: Client, asked: &Value) -> Session {
        let (mouth, ear) = crossbeam_channel::unbounded();
        let (settings, problems) = EditorSettings::read(asked.get("initializationOptions").unwrap_or(&Value::Null));
        problems.into_iter().for_each(|problem| client.log(MessageType::Warning, problem));
        let of = |value: &Value| value.as_str().and_then(uri::to_path);
        let folders = asked.get("workspaceFolders").and_then(Value::as_array).into_iter().flatten();
        let mut wanted: Vec<PathBuf> = folders.filter_map(|folder| of(folder.get("uri")?)).collect();
        if wanted.is_empty() {
            let root = asked.get("rootPath").and_then(Value::as_str).map(PathBuf::from);
            wanted.extend(asked.get("rootUri").and_then(of).or(root));
        }
        Session {
            client,
            settings,
            documents: Documents::new(),
            folders: Vec::new(),
            wanted,
            waiting: Vec::new(),
            asked: BTreeMap::new(),
            named: 0,
            mouth,
            ear,
        }
    }

    /// Serves until the editor says goodbye, or goes away.
    pub(super) fn run(mut self, connection: &Connection) -> anyhow::Result<()> {
        self.register_watchers();
        std::mem::take(&mut self.wanted).into_iter().for_each(|path| self.open_folder(path));
        loop {
            crossbeam_channel::select! {
                recv(connection.receiver) -> message => match message {
                    Ok(Message::Request(request)) if request.method == "shutdown" => {
                        // Workers that are busy need not be waited for.
                        self.folders.clear();
                        connection.handle_shutdown(&request)?;
                        return Ok(());
                    }
                    Ok(Message::Notification(notification)) if notification.method == "exit" => return Ok(()),
                    Ok(message) => self.hear(message),
                    Err(_) => return Ok(()),
                },
                recv(self.ear) -> news => {
                    if let Ok((folder, news)) = news {
                        self.safely("news", |session| session.learn(folder, news));
                    }
                }
            }
            self.safely("questions", Session::answer_waiting);
        }
    }

    fn hear(&mut self, message: Message) {
        match message {
            Message::Request(request) => {
                let id = request.id.clone();
                if !self.safely("a request", |session| session.take_request(request)) {
                    self.client.answer(id, Err((ErrorCode::InternalError, "internal error".to_owned())));
                }
            }
            Message::Notification(notification) => {
                self.safely("a notification", |session| session.take_notification(notification));
            }
            // Nothing that is asked of the editor has an answer that matters.
            Message::Response(_) => {}
        }
    }

    /// Does something that must not end the server if it breaks.
    fn safely(&mut self, what: &str, act: impl FnOnce(&mut Session)) -> bool {
        let done = catch_unwind(AssertUnwindSafe(|| act(self))).is_ok();
        if !done {
            self.client.log(MessageType::Error, format!("internal error with {what}; please report it"));
        }
        done
    }

    fn take_request(&mut self, request: Request) {
        let (id, method) = (request.id.clone(), request.method.clone());
        match Question::read(request) {
            Some(Ok(question)) => self.waiting.push((id, question)),
            Some(Err(error)) => self.client.answer(id, Err(error)),
            None => {
                let error = (ErrorCode::MethodNotFound, format!("there is no method `{method}`"));
                self.client.answer(id, Err(error));
            }
        }
    }

    fn answer_waiting(&mut self) {
        for (id, question) in std::mem::take(&mut self.waiting) {
            let document = question.document();
            let folder = document.as_ref().and_then(|path| self.folder_of(path));
            let is_about = |it: &&Folder| document.is_none() || Some(it.id) == folder;
            if !self.folders.iter().filter(is_about).all(Folder::is_fresh) {
                self.waiting.push((id, question));
                continue;
            }
            if let Outcome::Now(answer) = self.answer(&id, question) {
                self.client.answer(id, answer);
            }
        }
    }

    fn take_notification(&mut self, notification: Notification) {
        let Notification { method, params } = notification;
        let taken = match method.as_str() {
            "textDocument/didOpen" => parse(params).map(|params| self.open(params)),
            "textDocument/didChange" => parse(params).map(|params| self.change(params)),
            "textDocument/didClose" => parse(params).map(|params| self.close(&params)),
            "workspace/didChangeWatchedFiles" => parse(params).map(|params| self.look(&params)),
            "workspace/didChangeWorkspaceFolders" => parse(params).map(|params| self.change_folders(&params)),
            "workspace/didChangeConfiguration" => parse(params).map(|params| self.configure(&params)),
            "$/cancelRequest" => {
                self.cancel(&params);
                Ok(())
            }
            _ => Ok(()),
        };
        if let Err((_, message)) = taken {
            self.client.log(MessageType::Warning, format!("`{method}` can't be read: {message}"));
        }
    }

    fn open(&mut self, params: DidOpenTextDocumentParams) {
        let item = params.text_document;
        let Some(path) = uri::to_path(&item.uri.0) else { return };
        if !is_read(&path) {
            return;
        }
        self.documents.insert(path.clone(), Document::new(item.uri, item.version, &item.text));
        if self.folder_of(&path).is_none() {
            // A file alone is checked with the module that it belongs to.
            self.open_folder(workspace::module_folder(&path));
        } else {
            self.write(&path);
        }
    }

    fn change(&mut self, params: DidChangeTextDocumentParams) {
        let Some(path) = uri::to_path(&params.text_document.text_document_identifier.uri.0) else { return };
        let Some(document) = self.documents.get_mut(&path) else { return };
        document.change(params.text_document.version, params.content_changes, self.client.encoding);
        self.write(&path);
    }

    fn close(&mut self, params: &DidCloseTextDocumentParams) {
        let Some(path) = uri::to_path(&params.text_document.uri.0) else { return };
        if self.documents.remove(&path).is_some() {
            self.write(&path);
        }
    }

    /// Tells every folder that holds a file what its text is now.
    fn write(&mut self, path: &Path) {
        let text = self.documents.get(path).map(|document| document.text.clone());
        for folder in self.folders.iter_mut().filter(|folder| path.starts_with(&folder.path)) {
            folder.edited.insert(path.to_path_buf());
            folder.worker.give(Job::Write(folder.to_real(path), text.clone()));
        }
    }

    fn look(&mut self, params: &DidChangeWatchedFilesParams) {
        let changed: BTreeSet<PathBuf> =
            params.changes.iter().filter_map(|change| uri::to_path(&change.uri.0)).collect();
        for folder in &self.folders {
            // A model or a configuration may lie outside.
            folder.worker.give(Job::Look(changed.iter().map(|path| folder.to_real(path)).collect()));
        }
    }

    fn change_folders(&mut self, params: &DidChangeWorkspaceFoldersParams) {
        let path = |folder: &WorkspaceFolder| uri::to_path(&folder.uri.0);
        for gone in params.event.removed.iter().filter_map(path) {
            if let Some(index) = self.folders.iter().position(|folder| folder.path == gone) {
                let mut folder = self.folders.remove(index);
                std::mem::take(&mut folder.told).into_keys().for_each(|path| self.take_back(&path));
            }
        }
        params.event.added.iter().filter_map(path).for_each(|path| self.open_folder(path));
    }

    fn take_back(&self, path: &Path) {
        if !self.client.can.pull {
            let document = self.documents.get(path);
            self.client.notify::<PublishDiagnosticsNotification>(PublishDiagnosticsParams {
                uri: document.map_or_else(|| uri::of_path(path).into(), |document| document.uri.clone()),
                version: document.map(|document| document.version),
                diagnostics: Vec::new(),
            });
        }
    }

    fn open_folder(&mut self, path: PathBuf) {
        if self.folders.iter().any(|folder| folder.path == path) {
            return;
        }
        self.named += 1;
        let mouth = self.mouth.clone();
        // The session listens as long as there are workers.
        let tell = move |folder, news| drop(mouth.send((folder, news)));
        match Folder::open(FolderId(self.named), path, &self.settings, tell) {
            Ok(folder) => {
                let texts = self.documents.iter().filter(|(path, _)| path.starts_with(&folder.path));
                for (path, document) in texts {
                    folder.worker.give(Job::Write(folder.to_real(path), Some(document.text.clone())));
                }
                self.folders.push(folder);
            }
            Err(error) => self.client.log(MessageType::Error, format!("{error:#}")),
        }
    }

    fn configure(&mut self, params: &DidChangeConfigurationParams) {
        let Ok(settings) = serde_json::to_value(&params.settings) else { return };
        // Some editors only say that something changed.
        if settings.is_null() {
            return;
        }
        let (settings, problems) = EditorSettings::read(&settings);
        problems.into_iter().for_each(|problem| self.client.log(MessageType::Warning, problem));
        if settings == self.settings {
            return;
        }
        self.settings = settings;
        for folder in &self.folders {
            folder.worker.give(Job::Load(Box::new(self.settings.clone())));
        }
    }

    fn cancel(&mut self, params: &Value) {
        let id: Option<RequestId> = params.get("id").and_then(|id| serde_json::from_value(id.clone()).ok());
        let Some(id) = id else { return };
        let before = (self.waiting.len(), self.asked.len());
        self.waiting.retain(|(waiting, _)| *waiting != id);
        self.asked.retain(|_, purpose| !matches!(purpose, Use::Resolve(asked, _) if *asked == id));
        if before != (self.waiting.len(), self.asked.len()) {
            self.client.answer(id, Err((ErrorCode::RequestCanceled, "the editor asks no longer".to_owned())));
        }
    }

    /// Takes what a worker tells.
    fn learn(&mut self, id: FolderId, news: News) {
        match news {
            News::Doing(what) => self.show_progress(id, what),
            News::Checked(snapshot) => self.take_snapshot(id, *snapshot),
            News::Fixed(ticket, texts) => self.use_texts(id, ticket, &texts),
            News::Broke(message) => self.client.log(MessageType::Error, message),
        }
    }

    fn take_snapshot(&mut self, id: FolderId, snapshot: Snapshot) {
        let Some(folder) = self.folder_mut(id) else { return };
        folder.snapshot = snapshot;
        if !folder.is_fresh() {
            // What has happened since is being checked already.
            return;
        }
        let edited = std::mem::take(&mut folder.edited);
        self.end_progress(id);
        self.log_notices(id);
        self.tell_diagnostics(id, &edited);
    }

    /// What could not be done and has no file to say it in.
    fn log_notices(&self, id: FolderId) {
        let notices = self.view(id).into_iter().flat_map(|view| &view.folder.snapshot.notices);
        for (_, notice) in notices.filter(|(path, notice)| path.is_none() && notice.severity > Severity::Note) {
            self.client.log(MessageType::Warning, format!("{}: {}", notice.path, notice.message));
        }
    }

    fn tell_diagnostics(&mut self, id: FolderId, edited: &BTreeSet<PathBuf>) {
        let Some(view) = self.view(id) else { return };
        let mut found = view.diagnostics();
        for path in view.folder.told.keys().chain(edited) {
            found.entry(path.clone()).or_default();
        }
        let told = |(path, diagnostics): (PathBuf, _)| {
            let version = self.documents.get(&path).map(|document| document.version);
            (path, Told { version, diagnostics })
        };
        let new: BTreeMap<PathBuf, Told> = found.into_iter().map(told).collect();
        let is_news = |(path, told): &(&PathBuf, &Told)| view.folder.told.get(*path) != Some(*told);
        if self.client.can.pull {
            let elsewhere = new.iter().filter(is_news).any(|(path, _)| !edited.contains(path));
            if elsewhere && self.client.can.refresh {
                self.client.request::<DiagnosticRefreshRequest>(());
            }
        } else {
            for (path, told) in new.iter().filter(is_news) {
                self.client.notify::<PublishDiagnosticsNotification>(PublishDiagnosticsParams {
                    uri: view.uri(path),
                    version: told.version,
                    diagnostics: told.diagnostics.clone(),
                });
            }
        }
        let is_open = |path: &PathBuf| self.documents.contains_key(path);
        let kept = new.into_iter().filter(|(path, told)| !told.diagnostics.is_empty() || is_open(path)).collect();
        if let Some(folder) = self.folder_mut(id) {
            folder.told = kept;
        }
    }

    fn use_texts(&mut self, id: FolderId, ticket: Ticket, texts: &BTreeMap<PathBuf, String>) {
        // Nobody may wait for it any longer.
        let Some(purpose) = self.asked.remove(&ticket) else { return };
        let edit = match self.view(id).filter(|view| view.folder.is_fresh()) {
            Some(view) => Ok(view.workspace_edit(view.rewrite(texts))),
            None => Err((ErrorCode::ContentModified, "the text has changed since".to_owned())),
        };
        match (purpose, edit) {
            (Use::Resolve(id, action), edit) => {
                let answer: Answer = edit.and_then(|edit| json(CodeAction { edit: Some(edit), ..*action }));
                self.client.answer(id, answer);
            }
            (Use::Apply, Ok(edit)) if !texts.is_empty() => {
                let label = Some("Fix everything".to_owned());
                let params = ApplyWorkspaceEditParams { label, edit, ..ApplyWorkspaceEditParams::default() };
                self.client.request::<ApplyWorkspaceEditRequest>(params);
            }
            (Use::Apply, _) => {}
        }
    }

    /// Names a question for a worker.
    pub(super) fn ticket(&mut self, purpose: Use) -> Ticket {
        self.named += 1;
        let ticket = Ticket(u64::from(self.named));
        self.asked.insert(ticket, purpose);
        ticket
    }

    /// Only what takes long is worth showing: reading a folder, and what belongs to that.
    fn show_progress(&mut self, id: FolderId, what: &str) {
        if !self.client.can.show_progress {
            return;
        }
        let Some(folder) = self.folders.iter_mut().find(|folder| folder.id == id) else { return };
        let name = folder.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let message = Some(what.to_owned());
        if let Some(token) = folder.progress.clone() {
            let value = progress("report", WorkDoneProgressReport { message, ..WorkDoneProgressReport::default() });
            self.client.notify::<ProgressNotification>(ProgressParams { token, value });
        } else if what == super::worker::READING {
            self.named += 1;
            let token = gen_lsp_types::ProgressToken::from(format!("spanlint-{}", self.named));
            folder.progress = Some(token.clone());
            self.client.request::<WorkDoneProgressCreateRequest>(WorkDoneProgressCreateParams { token: token.clone() });
            let title = format!("spanlint: {name}");
            let begin = WorkDoneProgressBegin { title, message, ..WorkDoneProgressBegin::default() };
            self.client.notify::<ProgressNotification>(ProgressParams { token, value: progress("begin", begin) });
        }
    }

    fn end_progress(&mut self, id: FolderId) {
        if let Some(token) = self.folder_mut(id).and_then(|folder| folder.progress.take()) {
            let value = progress("end", WorkDoneProgressEnd::default());
            self.client.notify::<ProgressNotification>(ProgressParams { token, value });
        }
    }

    /// Sources, manifests, configurations, models, known findings and what hides files: all that changes what a check finds.
    fn register_watchers(&mut self) {
        if !self.client.can.watch {
            return;
        }
        let settings = ["*.toml", ".gitignore", ".ignore", BASELINE].map(|name| format!("**/{name}"));
        let mut patterns: Vec<String> = settings.into();
        for frontend in lang::ALL {
            patterns.extend(frontend.extensions.iter().map(|extension| format!("**/*.{extension}")));
            patterns.extend(frontend.manifests.iter().chain(frontend.locks).map(|name| format!("**/{name}")));
        }
        let watcher = |pattern: String| FileSystemWatcher { glob_pattern: pattern.into(), kind: None };
        let options =
            DidChangeWatchedFilesRegistrationOptions { watchers: patterns.into_iter().map(watcher).collect() };
        let registration = Registration {
            id: "spanlint-files".to_owned(),
            method: "workspace/didChangeWatchedFiles".to_owned(),
            register_options: serde_json::to_value(options).ok(),
        };
        self.client.request::<RegistrationRequest>(RegistrationParams { registrations: vec![registration] });
    }

    /// The innermost folder that holds a file.
    pub(super) fn folder_of(&self, path: &Path) -> Option<FolderId> {
        let holding = self.folders.iter().filter(|folder| path.starts_with(&folder.path));
        holding.max_by_key(|folder| folder.path.as_os_str().len()).map(|folder| folder.id)
    }

    /// A folder that is open.
    pub(super) fn folder(&self, id: FolderId) -> Option<&Folder> {
        self.folders.iter().find(|folder| folder.id == id)
    }

    fn folder_mut(&mut self, id: FolderId) -> Option<&mut Folder> {
        self.folders.iter_mut().find(|folder| folder.id == id)
    }

    /// A path as the engine of a folder names it.
    pub(super) fn real_path(&self, folder: FolderId, path: &Path) -> PathBuf {
        self.folder(folder).map_or_else(|| path.to_path_buf(), |folder| folder.to_real(path))
    }

    /// A folder as the editor sees it.
    pub(super) fn view(&self, id: FolderId) -> Option<View<'_>> {
        self.views().find(|view| view.folder.id == id)
    }

    /// All folders as the editor sees them.
    pub(super) fn views(&self) -> impl Iterator<Item = View<'_>> {
        self.folders.iter().map(|folder| View { folder, documents: &self.documents, client: &self.client })
    }
}

/// Whether the text of a file can change what is found.
fn is_read(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
    lang::for_path(name).or(lang::for_manifest(name)).or(lang::for_lock(name)).is_some()
}

/// A step of what is being done, as the protocol has it.
fn progress(kind: &str, step: impl Serialize) -> LspAny {
    let mut value = serde_json::to_value(step).unwrap_or_default();
    if let Some(object) = value.as_object_mut() {
        object.insert("kind".to_owned(), json!(kind));
    }
    value
}
