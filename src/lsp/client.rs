//! The editor on the other side: what it can do, and how to speak to it.

use crate::text::Encoding;
use crossbeam_channel::Sender;
use gen_lsp_types::{
    CodeActionKind, CodeActionOptions, DiagnosticOptions, ExecuteCommandOptions, LogMessageNotification,
    LogMessageParams, MessageType, Notification, PositionEncodingKind, Request, ServerCapabilities,
    TextDocumentSyncKind, TextDocumentSyncOptions, WorkspaceFoldersServerCapabilities, WorkspaceOptions,
};
use lsp_server::{ErrorCode, Message, RequestId, Response};
use serde_json::Value;

/// The kind of the action that fixes all there is to fix in a file.
pub(super) const FIX_ALL: &str = "source.fixAll.spanlint";

/// The command that fixes all there is to fix in all folders.
pub(super) const FIX_EVERYTHING: &str = "spanlint.fixEverything";

/// An editor.
#[derive(Debug)]
pub(super) struct Client {
    sender: Sender<Message>,
    /// How many requests it was sent.
    requests: i32,
    pub(super) encoding: Encoding,
    /// What it can do.
    pub(super) can: Abilities,
}

/// What an editor can do that not all can.
#[derive(Debug, Default)]
pub(super) struct Abilities {
    /// Asks for diagnostics when it wants them. It is then not sent any.
    pub(super) pull: bool,
    /// Asks for them again when it is told to.
    pub(super) refresh: bool,
    /// Shows other places that belong to a finding.
    pub(super) relate: bool,
    /// Heeds the version that an edit was made for.
    pub(super) check_versions: bool,
    /// Lets a person fill in parts of an edit.
    pub(super) fill_in: bool,
    /// Asks for the edit of an action when it is chosen.
    pub(super) resolve: bool,
    /// Watches files for the server.
    pub(super) watch: bool,
    /// Shows what the server is doing.
    pub(super) show_progress: bool,
}

impl Abilities {
    /// Reads what the editor says when it starts. What it says otherwise than the protocol has it, it can't do.
    fn read(asked: &Value) -> Abilities {
        let at = |path: &str| asked.pointer(&format!("/capabilities/{path}"));
        let says = |path: &str| at(path).and_then(Value::as_bool).unwrap_or_default();
        let resolved = at("textDocument/codeAction/resolveSupport/properties").and_then(Value::as_array);
        let resolves_edits = resolved.is_some_and(|properties| properties.iter().any(|property| property == "edit"));
        Abilities {
            pull: at("textDocument/diagnostic").is_some_and(Value::is_object),
            refresh: says("workspace/diagnostics/refreshSupport"),
            relate: says("textDocument/publishDiagnostics/relatedInformation")
                || says("textDocument/diagnostic/relatedInformation"),
            check_versions: says("workspace/workspaceEdit/documentChanges"),
            fill_in: says("workspace/workspaceEdit/snippetEditSupport"),
            resolve: resolves_edits && says("textDocument/codeAction/dataSupport"),
            watch: says("workspace/didChangeWatchedFiles/dynamicRegistration"),
            show_progress: says("window/workDoneProgress"),
        }
    }
}

impl Client {
    /// The editor that has sent the first request.
    pub(super) fn new(sender: Sender<Message>, asked: &Value) -> Client {
        let encodings = asked.pointer("/capabilities/general/positionEncodings").and_then(Value::as_array);
        let reads_bytes = encodings.is_some_and(|known| known.iter().any(|encoding| encoding == "utf-8"));
        let encoding = if reads_bytes { Encoding::Utf8 } else { Encoding::Utf16 };
        Client { sender, requests: 0, encoding, can: Abilities::read(asked) }
    }

    /// What this server can do for it.
    pub(super) fn offer(&self) -> ServerCapabilities {
        let sync = TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::Incremental),
            ..TextDocumentSyncOptions::default()
        };
        let actions = CodeActionOptions {
            code_action_kinds: Some(vec![CodeActionKind::QuickFix, CodeActionKind::Custom(FIX_ALL.into())]),
            resolve_provider: Some(true),
            ..CodeActionOptions::default()
        };
        let diagnostics = DiagnosticOptions {
            identifier: Some("spanlint".to_owned()),
            inter_file_dependencies: true,
            workspace_diagnostics: true,
            ..DiagnosticOptions::default()
        };
        let folders =
            WorkspaceFoldersServerCapabilities { supported: Some(true), change_notifications: Some(true.into()) };
        let commands = ExecuteCommandOptions { commands: vec![FIX_EVERYTHING.to_owned()], ..Default::default() };
        ServerCapabilities {
            position_encoding: Some(match self.encoding {
                Encoding::Utf8 => PositionEncodingKind::UTF8,
                Encoding::Utf16 => PositionEncodingKind::UTF16,
            }),
            text_document_sync: Some(sync.into()),
            hover_provider: Some(true.into()),
            code_action_provider: Some(actions.into()),
            diagnostic_provider: Some(diagnostics.into()),
            execute_command_provider: Some(commands),
            workspace: Some(WorkspaceOptions { workspace_folders: Some(folders), ..WorkspaceOptions::default() }),
            ..ServerCapabilities::default()
        }
    }

    /// Tells something.
    pub(super) fn notify<N: Notification>(&self, params: N::Params) {
        self.send(lsp_server::Notification::new(String::from(N::METHOD), params));
    }

    /// Asks for something. Nobody waits for the answer.
    pub(super) fn request<R: Request>(&mut self, params: R::Params) {
        self.requests += 1;
        self.send(lsp_server::Request::new(self.requests.into(), String::from(R::METHOD), params));
    }

    /// Answers a request.
    pub(super) fn answer(&self, id: RequestId, answer: Answer) {
        self.send(match answer {
            Ok(value) => Response::new_ok(id, value),
            Err((code, message)) => Response::new_err(id, code as i32, message),
        });
    }

    /// Tells people something that has no place in a text.
    pub(super) fn log(&self, kind: MessageType, message: String) {
        self.notify::<LogMessageNotification>(LogMessageParams { kind, message });
    }

    fn send(&self, message: impl Into<Message>) {
        // An editor that has gone away needs nothing.
        let _ = self.sender.send(message.into());
    }
}

/// An answer, or why there is none.
pub(super) type Answer = Result<Value, (ErrorCode, String)>;
