//! What can be done about findings: their fixes, an allow with a reason, everything at once.
//!
//! The edits of an action are made when it is chosen, where the editor asks for them then.

use super::client::FIX_ALL;
use super::view::{FileEdits, View};
use crate::diagnostic::Diagnostic;
use crate::fix::{Applicability, Fix};
use crate::text::{FileRange, TextRange};
use gen_lsp_types::{
    CodeAction, CodeActionKind, CodeActionParams, Edit, SnippetTextEdit, StringValue, TextEdit, WorkspaceEdit,
};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// What a person is to write in place of a reason.
const REASON: &str = "why the trace may end here";

/// Names an action until it is chosen.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Chosen {
    /// The document it was offered in.
    pub(super) uri: String,
    /// The document's version then.
    pub(super) version: Option<i32>,
    /// What it does.
    pub(super) what: What,
}

/// What an action does.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum What {
    /// Applies one of the fixes of a finding.
    Fix(Finding, usize),
    /// Writes the comment that allows a finding.
    Allow(Finding),
    /// Applies all fixes in the document that may be applied.
    FixAll,
}

/// Names a finding in a document, whatever is found elsewhere.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Finding {
    check: String,
    message: String,
    start: u32,
}

impl Finding {
    fn of(diagnostic: &Diagnostic) -> Finding {
        let (check, message) = (diagnostic.check.to_owned(), diagnostic.message.clone());
        Finding { check, message, start: diagnostic.at.range.start }
    }
}

/// The actions for a part of a document.
pub(super) fn offer(
    view: &View<'_>,
    path: &Path,
    params: &CodeActionParams,
    fix_all: Applicability,
) -> Vec<CodeAction> {
    let Some(file) = view.file_at(path).filter(|file| view.is_current(*file)) else { return Vec::new() };
    let Some(document) = view.documents.get(path) else { return Vec::new() };
    let wants = |kind: &CodeActionKind| wants(params, kind);
    let (start, end) = (params.range.start, params.range.end);
    let encoding = view.client.encoding;
    let asked = TextRange::new(document.offset(start, encoding), document.offset(end, encoding));
    let choose = |what: What| Chosen { uri: document.uri.0.clone(), version: Some(document.version), what };
    let mut actions = Vec::new();
    let here = view.folder.snapshot.report.diagnostics.iter().filter(|diagnostic| diagnostic.at.file == file);
    for diagnostic in here.filter(|diagnostic| wants(&CodeActionKind::QuickFix) && touch(diagnostic.at, asked)) {
        let named = Finding::of(diagnostic);
        let fixes = diagnostic.fixes.iter().enumerate().filter(|(_, fix)| is_applicable(view, fix));
        let mut offered: Vec<(String, What)> =
            fixes.map(|(index, fix)| (sentence(&fix.title), What::Fix(named.clone(), index))).collect();
        if allow_of(view, diagnostic).is_some() {
            offered.push((format!("Allow `{}` here, with a reason", diagnostic.check), What::Allow(named)));
        }
        for (title, what) in offered {
            let is_preferred = matches!(what, What::Fix(_, 0)).then_some(true);
            let kind = CodeActionKind::QuickFix;
            let about = view.diagnostic(diagnostic).map(|shown| vec![shown]);
            let action = CodeAction { title, diagnostics: about, is_preferred, ..CodeAction::default() };
            actions.extend(complete(view, CodeAction { kind: Some(kind), ..action }, choose(what)));
        }
    }
    let all = CodeActionKind::Custom(FIX_ALL.into());
    if wants(&all) && view.client.can.resolve && has_fixes(view, path, fix_all) {
        let title = "Fix all that spanlint can fix here".to_owned();
        let data = serde_json::to_value(choose(What::FixAll)).ok();
        actions.push(CodeAction { title, kind: Some(all), data, ..CodeAction::default() });
    }
    actions
}

/// Whether something in a document can be fixed at once.
pub(super) fn has_fixes(view: &View<'_>, path: &Path, allowed: Applicability) -> bool {
    let file = view.file_at(path);
    let mut here = view.folder.snapshot.report.diagnostics.iter().filter(|it| Some(it.at.file) == file);
    here.any(|diagnostic| diagnostic.fixes.iter().any(|fix| fix.applicability <= allowed && !fix.edits.is_empty()))
}

/// The edit of a chosen action; none if what it is about is no longer there, or if a worker must make it.
pub(super) fn edit(view: &View<'_>, path: &Path, what: &What) -> Option<WorkspaceEdit> {
    let files = match what {
        What::Fix(finding, index) => {
            let fix = find(view, path, finding)?.fixes.get(*index).filter(|fix| is_applicable(view, fix))?;
            view.edits(&fix.edits)?
        }
        What::Allow(finding) => vec![allow(view, find(view, path, finding)?)?],
        What::FixAll => return None,
    };
    Some(view.workspace_edit(files))
}

/// Gives an action its edit, or the name by which the editor asks for it.
fn complete(view: &View<'_>, action: CodeAction, chosen: Chosen) -> Option<CodeAction> {
    if view.client.can.resolve {
        return Some(CodeAction { data: Some(serde_json::to_value(chosen).ok()?), ..action });
    }
    let path = super::uri::to_path(&chosen.uri)?;
    Some(CodeAction { edit: Some(edit(view, &path, &chosen.what)?), ..action })
}

fn find<'v>(view: &View<'v>, path: &Path, finding: &Finding) -> Option<&'v Diagnostic> {
    let file = view.file_at(path)?;
    let mut here = view.folder.snapshot.report.diagnostics.iter().filter(|diagnostic| diagnostic.at.file == file);
    here.find(|diagnostic| Finding::of(diagnostic) == *finding)
}

/// Whether a fix may be applied, and to files that are this folder's.
fn is_applicable(view: &View<'_>, fix: &Fix) -> bool {
    let snapshot = &view.folder.snapshot;
    let is_own = |at: FileRange| snapshot.paths.get(at.file.0 as usize).is_some_and(|path| snapshot.own.contains(path));
    let all_own = fix.edits.iter().all(|edit| is_own(edit.at) && view.is_current(edit.at.file));
    fix.applicability < Applicability::DisplayOnly && !fix.edits.is_empty() && all_own
}

fn allow_of<'v>(view: &View<'v>, diagnostic: &Diagnostic) -> Option<&'v crate::fix::Edit> {
    let snapshot = &view.folder.snapshot;
    let index = snapshot.report.diagnostics.iter().position(|known| known == diagnostic)?;
    snapshot.allows.get(index)?.as_ref()
}

/// The comment that allows a finding. The reason is the person's to write: where the editor can't ask for it the comment has
/// none, and that is reported until it does.
fn allow(view: &View<'_>, diagnostic: &Diagnostic) -> Option<FileEdits> {
    let edit = allow_of(view, diagnostic)?;
    let (path, _): (PathBuf, _) = view.file(edit.at.file).filter(|_| view.is_current(edit.at.file))?;
    let range = view.place(edit.at)?.range;
    let ending = if view.documents.get(&path).is_some_and(|it| it.text.contains("\r\n")) { "\r\n" } else { "\n" };
    let comment = edit.text.trim_end_matches('\n');
    if !view.client.can.fill_in || !view.client.can.check_versions {
        let new_text = format!("{}{ending}", comment.trim_end());
        return Some((path, vec![TextEdit { range, new_text }.into()]));
    }
    let escaped: String =
        comment.chars().flat_map(|it| ['\\'].into_iter().filter(move |_| "$}\\".contains(it)).chain([it])).collect();
    let snippet = StringValue { value: format!("{escaped}${{1:{REASON}}}{ending}") };
    Some((path, vec![Edit::SnippetTextEdit(SnippetTextEdit { range, snippet, annotation_id: None })]))
}

fn wants(params: &CodeActionParams, kind: &CodeActionKind) -> bool {
    let Some(only) = &params.context.only else { return true };
    let kind = String::from(kind.clone());
    only.iter().map(|wanted| String::from(wanted.clone())).any(|wanted| {
        kind.strip_prefix(&wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')) || wanted.is_empty()
    })
}

fn touch(at: FileRange, asked: TextRange) -> bool {
    at.range.start <= asked.end && asked.start <= at.range.end
}

fn sentence(title: &str) -> String {
    let mut letters = title.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
