//! Findings, places and edits in the editor's terms.

use super::client::Client;
use super::documents::Documents;
use super::folder::Folder;
use super::uri;
use crate::checks::unused_allow;
use crate::diagnostic::{self, Severity};
use crate::fix;
use crate::text::{Encoding, FileId, FileRange, LineIndex, SourceFile};
use gen_lsp_types::{
    Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, DocumentChange, Edit, Location,
    OptionalVersionedTextDocumentIdentifier, Position, Range, TextDocumentEdit, TextDocumentIdentifier, TextEdit, Uri,
    WorkspaceEdit,
};
use similar::{DiffOp, TextDiff};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

/// What a folder's worker found last, seen by the editor.
#[derive(Clone, Copy)]
pub(super) struct View<'v> {
    pub(super) folder: &'v Folder,
    pub(super) documents: &'v Documents,
    pub(super) client: &'v Client,
}

/// The edits of one file.
pub(super) type FileEdits = (PathBuf, Vec<Edit>);

impl<'v> View<'v> {
    /// The file with this id, with its path.
    pub(super) fn file(&self, id: FileId) -> Option<(PathBuf, &'v SourceFile)> {
        let snapshot = &self.folder.snapshot;
        let path = self.folder.to_shown(snapshot.paths.get(id.0 as usize)?);
        Some((path, snapshot.report.files.get(id.0 as usize)?))
    }

    /// The id of a file of the report.
    pub(super) fn file_at(&self, path: &Path) -> Option<FileId> {
        let real = self.folder.to_real(path);
        self.folder.snapshot.paths.iter().position(|known| *known == real).map(|index| FileId(index as u32))
    }

    /// Whether what is known of a file speaks of the text that the editor has.
    pub(super) fn is_current(&self, id: FileId) -> bool {
        let Some((path, file)) = self.file(id) else { return false };
        self.documents.get(&path).is_none_or(|document| document.drift(&file.text).is_none())
    }

    /// How the editor names a file.
    pub(super) fn uri(&self, path: &Path) -> Uri {
        self.documents.get(path).map_or_else(|| uri::of_path(path).into(), |document| document.uri.clone())
    }

    /// A place, in the text that the editor has.
    pub(super) fn place(&self, at: FileRange) -> Option<Location> {
        let (path, file) = self.file(at.file)?;
        let position = |offset: u32| match self.documents.get(&path) {
            Some(document) => {
                // The editor's text may not parse: then what is known speaks of an older one.
                let offset = document.drift(&file.text).map_or(offset, |drift| drift.follow(offset));
                self.position(&document.text, &document.lines, offset)
            }
            None => self.position(&file.text, &file.lines, offset),
        };
        let range = Range { start: position(at.range.start), end: position(at.range.end) };
        Some(Location { uri: self.uri(&path), range })
    }

    fn position(&self, text: &str, lines: &LineIndex, offset: u32) -> Position {
        let position = lines.position_in(text, offset, self.client.encoding);
        Position { line: position.line, character: position.column }
    }

    /// All that the editor is told, by file.
    pub(super) fn diagnostics(&self) -> BTreeMap<PathBuf, Vec<Diagnostic>> {
        let mut found = BTreeMap::<PathBuf, Vec<Diagnostic>>::new();
        let snapshot = &self.folder.snapshot;
        for diagnostic in &snapshot.report.diagnostics {
            if let (Some((path, _)), Some(shown)) = (self.file(diagnostic.at.file), self.diagnostic(diagnostic)) {
                found.entry(path).or_default().push(shown);
            }
        }
        for (path, notice) in &snapshot.notices {
            // What does not parse, the language's own server says, and better.
            let Some(path) = path.as_ref().filter(|_| notice.severity > Severity::Note) else { continue };
            let path = self.folder.to_shown(path);
            let at = self.noticed(&path, notice.position);
            found.entry(path).or_default().push(Diagnostic {
                range: Range { start: at, end: at },
                severity: Some(severity(notice.severity)),
                source: Some("spanlint".to_owned()),
                message: notice.message.clone().into(),
                ..Diagnostic::default()
            });
        }
        found
    }

    /// The place of a notice: line and column from 1, in bytes.
    fn noticed(&self, path: &Path, position: Option<(u32, u32)>) -> Position {
        let (line, column) =
            position.map_or((0, 0), |(line, column)| (line.saturating_sub(1), column.saturating_sub(1)));
        match self.documents.get(path) {
            Some(document) => {
                let offset = document.lines.line_start(line) + column;
                self.position(&document.text, &document.lines, offset)
            }
            None => Position { line, character: column },
        }
    }

    /// A finding.
    pub(super) fn diagnostic(&self, found: &diagnostic::Diagnostic) -> Option<Diagnostic> {
        let related = |label: &diagnostic::Label| {
            let location = self.place(label.at)?;
            Some(DiagnosticRelatedInformation { location, message: label.text.clone() })
        };
        let witness: Vec<DiagnosticRelatedInformation> = found.labels.iter().filter_map(related).collect();
        let mut message = found.message.clone();
        if !found.help.is_empty() {
            message.push('\n');
            message.push_str(&found.help);
        }
        Some(Diagnostic {
            range: self.place(found.at)?.range,
            severity: Some(severity(found.severity)),
            code: Some(found.check.into()),
            source: Some("spanlint".to_owned()),
            message: message.into(),
            tags: (found.check == unused_allow::CHECK.id).then(|| vec![DiagnosticTag::Unnecessary]),
            related_information: self.client.can.relate.then_some(witness),
            ..Diagnostic::default()
        })
    }

    /// Edits of files of the report. None if one of the files is not as it was when the edits were made.
    pub(super) fn edits(&self, edits: &[fix::Edit]) -> Option<Vec<FileEdits>> {
        let mut by_file = BTreeMap::<PathBuf, Vec<Edit>>::new();
        for edit in edits {
            let (path, _) = self.file(edit.at.file).filter(|_| self.is_current(edit.at.file))?;
            let range = self.place(edit.at)?.range;
            by_file.entry(path).or_default().push(TextEdit { range, new_text: edit.text.clone() }.into());
        }
        Some(by_file.into_iter().collect())
    }

    /// The edits that make new texts of files, line by line.
    pub(super) fn rewrite(&self, texts: &BTreeMap<PathBuf, String>) -> Vec<FileEdits> {
        let rewrite = |(path, text): (&PathBuf, &String)| {
            let id = self.folder.snapshot.paths.iter().position(|known| known == path)?;
            let (path, file) = self.file(FileId(id as u32))?;
            let old = self.documents.get(&path).map_or(&file.text, |document| &document.text);
            Some((path, difference(old, text, self.client.encoding)))
        };
        texts.iter().filter_map(rewrite).collect()
    }

    /// Edits as the protocol has them, for the versions that the editor has now.
    pub(super) fn workspace_edit(&self, files: Vec<FileEdits>) -> WorkspaceEdit {
        if self.client.can.check_versions {
            let changes = files.into_iter().map(|(path, edits)| self.document_change(&path, edits)).collect();
            return WorkspaceEdit { document_changes: Some(changes), ..WorkspaceEdit::default() };
        }
        let plain = |edit: Edit| if let Edit::TextEdit(edit) = edit { Some(edit) } else { None };
        let of_file = |(path, edits): FileEdits| (self.uri(&path), edits.into_iter().filter_map(plain).collect());
        let changes: HashMap<Uri, Vec<TextEdit>> = files.into_iter().map(of_file).collect();
        WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }
    }

    fn document_change(&self, path: &Path, edits: Vec<Edit>) -> DocumentChange {
        let text_document = OptionalVersionedTextDocumentIdentifier {
            version: self.documents.get(path).map(|document| document.version),
            text_document_identifier: TextDocumentIdentifier { uri: self.uri(path) },
        };
        TextDocumentEdit { text_document, edits }.into()
    }
}

fn severity(severity: Severity) -> DiagnosticSeverity {
    match severity {
        Severity::Error => DiagnosticSeverity::Error,
        Severity::Warning => DiagnosticSeverity::Warning,
        Severity::Note => DiagnosticSeverity::Information,
    }
}

/// Whole lines that make one text of another.
fn difference(old: &str, new: &str, encoding: Encoding) -> Vec<Edit> {
    let lines = |text| -> Vec<&str> { str::split_inclusive(text, '\n').collect() };
    let (old_parts, new_parts) = (lines(old), lines(new));
    let index = LineIndex::new(old);
    // A last line without a break has no line after it that its end could be the start of.
    let at = |line: usize| {
        let position = index.position_in(old, index.line_start(line as u32), encoding);
        Position { line: position.line, character: position.column }
    };
    let edit = |op: &DiffOp| {
        let (before, after) = (op.old_range(), op.new_range());
        let range = Range { start: at(before.start), end: at(before.end) };
        TextEdit { range, new_text: new_parts[after].concat() }.into()
    };
    let diff = TextDiff::from_slices(&old_parts, &new_parts);
    diff.ops().iter().filter(|op| !matches!(op, DiffOp::Equal { .. })).map(edit).collect()
}
