//! What carries the context where a trace comes in or goes out.

use super::view::View;
use crate::engine::{Direction, Edge, EdgeContext};
use crate::text::{FileId, FileRange};
use gen_lsp_types::{Hover, MarkupContent, MarkupKind};
use std::path::Path;

/// What is to be said of a place; none if no trace comes in or goes out there.
pub(super) fn at(view: &View<'_>, path: &Path, offset: u32) -> Option<Hover> {
    let file = view.file_at(path).filter(|file| view.is_current(*file))?;
    let edges = view.folder.snapshot.report.edges.iter().filter(|edge| is_under(view, edge, file, offset));
    let edge = edges.min_by_key(|edge| edge.at.range.len())?;
    Some(Hover {
        contents: MarkupContent { kind: MarkupKind::Markdown, value: tell(view, edge) }.into(),
        range: view.place(edge.at).map(|location| location.range),
    })
}

/// On the edge's first line: a registration may hold the whole handler.
fn is_under(view: &View<'_>, edge: &Edge, file: FileId, offset: u32) -> bool {
    let Some((_, source)) = view.file(file).filter(|_| edge.at.file == file) else { return false };
    let line = |offset| source.lines.position(offset).line;
    let range = edge.at.range;
    range.start <= offset && offset <= range.end && line(range.start) == line(offset)
}

fn tell(view: &View<'_>, edge: &Edge) -> String {
    let name = edge.name.as_ref().map(|name| format!(" (`{name}`)")).unwrap_or_default();
    let (what, done, not_done) = match edge.direction {
        Direction::Inbound => ("A trace comes in here", "extracted", "nobody extracts it"),
        Direction::Outbound => ("A trace goes out here", "injected", "nobody injects it"),
    };
    let becomes = match edge.context {
        EdgeContext::CarriedBy(at) => format!("Its context is {done} by {}.", source_of(view, at)),
        EdgeContext::Carried => format!("Its context is {done} by this code."),
        EdgeContext::Lost => format!("Its context is lost: {not_done}."),
        EdgeContext::Untraced => format!("Its context is lost: {not_done}. The service makes no spans."),
        EdgeContext::Unknown => "What becomes of its context could not be told.".to_owned(),
    };
    format!("**spanlint**: {what}{name}. {becomes}")
}

/// `` `otelhttp.NewMiddleware`, main.go:31 ``, with a link.
fn source_of(view: &View<'_>, at: FileRange) -> String {
    let Some((path, source)) = view.file(at.file) else { return "code elsewhere".to_owned() };
    let text = source.slice(at.range);
    let called = text.split(['(', '{', '\n']).next().unwrap_or_default().trim();
    let line = source.lines.position(at.range.start).line + 1;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    format!("`{called}`, [{name}:{line}]({}#L{line})", view.uri(&path))
}
