//! What an editor asks, and the answers.

use super::actions::{self, Chosen, What};
use super::client::Answer;
use super::folder::FolderId;
use super::hover;
use super::session::Session;
use super::uri;
use super::view::View;
use super::worker::{Job, Ticket};
use gen_lsp_types::{
    CodeAction, CodeActionParams, Diagnostic, DocumentDiagnosticParams, DocumentDiagnosticReport, ExecuteCommandParams,
    FullDocumentDiagnosticReport, HoverParams, RelatedFullDocumentDiagnosticReport,
    RelatedUnchangedDocumentDiagnosticReport, UnchangedDocumentDiagnosticReport, WorkspaceDiagnosticParams,
    WorkspaceDiagnosticReport, WorkspaceDocumentDiagnosticReport, WorkspaceFullDocumentDiagnosticReport,
    WorkspaceUnchangedDocumentDiagnosticReport,
};
use indexmap::IndexMap;
use lsp_server::{ErrorCode, Request, RequestId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

/// What is asked. It is answered once all that happened before has been checked.
#[derive(Debug)]
pub(super) enum Question {
    Diagnose(DocumentDiagnosticParams),
    DiagnoseAll(WorkspaceDiagnosticParams),
    Act(CodeActionParams),
    Resolve(Box<CodeAction>),
    Hover(HoverParams),
    FixEverything,
}

/// What is done with new texts that a worker makes.
#[derive(Debug)]
pub(super) enum Use {
    /// They are the edit of an action that was asked for.
    Resolve(RequestId, Box<CodeAction>),
    /// The editor is asked to apply them.
    Apply,
}

/// What came of a question.
pub(super) enum Outcome {
    Now(Answer),
    /// A worker has been asked.
    Later,
}

impl Question {
    /// Reads a request; none if it is of no known method.
    pub(super) fn read(request: Request) -> Option<Result<Question, (ErrorCode, String)>> {
        let Request { method, params, .. } = request;
        let is_known = |command: &ExecuteCommandParams| command.command == super::client::FIX_EVERYTHING;
        Some(match method.as_str() {
            "textDocument/diagnostic" => parse(params).map(Question::Diagnose),
            "workspace/diagnostic" => parse(params).map(Question::DiagnoseAll),
            "textDocument/codeAction" => parse(params).map(Question::Act),
            "codeAction/resolve" => parse(params).map(|action| Question::Resolve(Box::new(action))),
            "textDocument/hover" => parse(params).map(Question::Hover),
            "workspace/executeCommand" => parse(params).and_then(|command| match is_known(&command) {
                true => Ok(Question::FixEverything),
                false => Err((ErrorCode::InvalidParams, format!("there is no command `{}`", command.command))),
            }),
            _ => return None,
        })
    }

    /// The document it is about, if it is about one.
    pub(super) fn document(&self) -> Option<PathBuf> {
        let uri = match self {
            Question::Diagnose(params) => params.text_document.uri.0.clone(),
            Question::Act(params) => params.text_document.uri.0.clone(),
            Question::Hover(params) => params.text_document_position_params.text_document.uri.0.clone(),
            Question::Resolve(action) => chosen(action)?.uri,
            Question::DiagnoseAll(_) | Question::FixEverything => return None,
        };
        uri::to_path(&uri)
    }

    /// The answer about a document of no folder.
    pub(super) fn answer_nothing(&self) -> Answer {
        match self {
            Question::Diagnose(_) => json(full(Vec::new())),
            Question::Act(_) => json(Vec::<CodeAction>::new()),
            Question::Resolve(action) => json(action),
            Question::DiagnoseAll(_) | Question::Hover(_) | Question::FixEverything => Ok(Value::Null),
        }
    }
}

impl Session {
    /// Answers a question, now that all folders it is about are fresh.
    pub(super) fn answer(&mut self, id: &RequestId, question: Question) -> Outcome {
        let folder = question.document().and_then(|path| Some((self.folder_of(&path)?, path)));
        let answer = match (question, folder) {
            (Question::DiagnoseAll(params), _) => self.diagnose_all(&params),
            (Question::FixEverything, _) => self.fix_everything(),
            (Question::Diagnose(params), Some((folder, path))) => self.diagnose(folder, &path, &params),
            (Question::Hover(params), Some((folder, path))) => self.hover(folder, &path, &params),
            (Question::Act(params), Some((folder, path))) => self.act(folder, &path, &params),
            (Question::Resolve(action), Some((folder, path))) => return self.resolve(id, folder, &path, action),
            (question, None) => question.answer_nothing(),
        };
        Outcome::Now(answer)
    }

    fn diagnose(&self, folder: FolderId, path: &Path, params: &DocumentDiagnosticParams) -> Answer {
        let diagnostics = self.view(folder).and_then(|view| view.diagnostics().remove(path)).unwrap_or_default();
        let result_id = result_id(&diagnostics);
        if params.previous_result_id.as_ref() == Some(&result_id) {
            let unchanged_document_diagnostic_report = UnchangedDocumentDiagnosticReport { result_id };
            let report = RelatedUnchangedDocumentDiagnosticReport {
                related_documents: None,
                unchanged_document_diagnostic_report,
            };
            return json(DocumentDiagnosticReport::from(report));
        }
        json(full(diagnostics))
    }

    fn diagnose_all(&self, params: &WorkspaceDiagnosticParams) -> Answer {
        let mut found = IndexMap::new();
        for view in self.views() {
            let of_view = view.diagnostics().into_iter();
            found.extend(of_view.map(|(path, diagnostics)| (view.uri(&path), (path, diagnostics))));
        }
        // What was reported once must be taken back.
        for known in &params.previous_result_ids {
            let path = uri::to_path(&known.uri.0).unwrap_or_default();
            found.entry(known.uri.clone()).or_insert((path, Vec::new()));
        }
        let items = found.into_iter().map(|(uri, (path, items))| {
            let version = self.documents.get(&path).map(|document| document.version);
            let result_id = result_id(&items);
            let is_known = params.previous_result_ids.iter().any(|known| known.uri == uri && known.value == result_id);
            match is_known {
                true => WorkspaceDocumentDiagnosticReport::WorkspaceUnchangedDocumentDiagnosticReport(
                    WorkspaceUnchangedDocumentDiagnosticReport {
                        uri,
                        version,
                        unchanged_document_diagnostic_report: UnchangedDocumentDiagnosticReport { result_id },
                    },
                ),
                false => WorkspaceDocumentDiagnosticReport::WorkspaceFullDocumentDiagnosticReport(
                    WorkspaceFullDocumentDiagnosticReport {
                        uri,
                        version,
                        full_document_diagnostic_report: FullDocumentDiagnosticReport {
                            result_id: Some(result_id),
                            items,
                        },
                    },
                ),
            }
        });
        json(WorkspaceDiagnosticReport { items: items.collect() })
    }

    fn hover(&self, folder: FolderId, path: &Path, params: &HoverParams) -> Answer {
        let position = params.text_document_position_params.position;
        let hover = self.view(folder).and_then(|view| {
            let offset = view.documents.get(path)?.offset(position, view.client.encoding);
            hover::at(&view, path, offset)
        });
        json(hover)
    }

    fn act(&self, folder: FolderId, path: &Path, params: &CodeActionParams) -> Answer {
        let offer = |view: View<'_>| actions::offer(&view, path, params, self.settings.fix_all);
        json(self.view(folder).map(offer).unwrap_or_default())
    }

    fn resolve(&mut self, id: &RequestId, folder: FolderId, path: &Path, action: Box<CodeAction>) -> Outcome {
        let modified = || Outcome::Now(Err((ErrorCode::ContentModified, "the text has changed since".to_owned())));
        let Some(chosen) = chosen(&action) else { return Outcome::Now(json(action)) };
        if self.documents.get(path).map(|document| document.version) != chosen.version {
            return modified();
        }
        if chosen.what == What::FixAll {
            let ticket = self.ticket(Use::Resolve(id.clone(), action));
            let (allowed, real) = (self.settings.fix_all, self.real_path(folder, path));
            if let Some(folder) = self.folder(folder) {
                folder.worker.ask(Job::Fix(ticket, Some(real), allowed));
            }
            return Outcome::Later;
        }
        match self.view(folder).and_then(|view| actions::edit(&view, path, &chosen.what)) {
            Some(edit) => Outcome::Now(json(CodeAction { edit: Some(edit), ..*action })),
            None => modified(),
        }
    }

    /// Asks every worker; the edits follow when they are made.
    fn fix_everything(&mut self) -> Answer {
        let ids: Vec<FolderId> = self.folders.iter().map(|folder| folder.id).collect();
        for id in ids {
            let ticket: Ticket = self.ticket(Use::Apply);
            let allowed = self.settings.fix_all;
            if let Some(folder) = self.folder(id) {
                folder.worker.ask(Job::Fix(ticket, None, allowed));
            }
        }
        Ok(Value::Null)
    }
}

/// Reads what a request or a notification says.
pub(super) fn parse<T: DeserializeOwned>(params: Value) -> Result<T, (ErrorCode, String)> {
    serde_json::from_value(params).map_err(|error| (ErrorCode::InvalidParams, error.to_string()))
}

/// An answer as it is sent.
pub(super) fn json(answer: impl Serialize) -> Answer {
    serde_json::to_value(answer).map_err(|error| (ErrorCode::InternalError, error.to_string()))
}

fn chosen(action: &CodeAction) -> Option<Chosen> {
    serde_json::from_value(action.data.clone()?).ok()
}

fn full(items: Vec<Diagnostic>) -> DocumentDiagnosticReport {
    let result_id = Some(result_id(&items));
    RelatedFullDocumentDiagnosticReport {
        related_documents: None,
        full_document_diagnostic_report: FullDocumentDiagnosticReport { result_id, items },
    }
    .into()
}

/// Equal findings have equal ids.
fn result_id(diagnostics: &[Diagnostic]) -> String {
    let mut hasher = DefaultHasher::new();
    serde_json::to_string(diagnostics).unwrap_or_default().hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}
