//! Words that several checks share.

use super::{Pass, label};
use crate::analysis::graph::{InboundEdge, OutboundEdge};
use crate::diagnostic::Label;
use crate::model::formats;
use crate::text::{FileRange, TextRange};

impl Pass<'_> {
    /// How a handler is called in a message.
    pub(super) fn handler_name(&self, edge: &InboundEdge) -> String {
        let function = self.codebase.function(edge.handler);
        // A method that is put before a path nobody can tell is no path.
        let path = edge.path.as_deref().filter(|path| !path.ends_with(' '));
        match (path, function.name.is_empty()) {
            (Some(path), true) => format!("the handler of `{path}`"),
            (None, true) => "the handler".to_owned(),
            (_, false) => format!("`{}`", self.codebase.function_name(edge.handler)),
        }
    }

    /// The headers that a program would write or read, where its propagator is known: "`traceparent`".
    pub(super) fn headers(&self, function: crate::codebase::FunctionId) -> Option<String> {
        let programs = self.graph.programs.iter().filter(|program| program.functions.contains(&function));
        let headers = programs.flat_map(|program| &program.formats).filter_map(|format| formats::main_header(format));
        let mut headers: Vec<String> = headers.map(|header| format!("`{header}`")).collect();
        headers.sort();
        headers.dedup();
        (!headers.is_empty()).then(|| headers.join(" or "))
    }

    /// The head of a function: from `func` to its parameters' end.
    pub(super) fn head_of(&self, function: crate::codebase::FunctionId) -> FileRange {
        let facts = self.codebase.function(function);
        self.codebase.at(function, facts.name_range)
    }

    /// The witness of a send: where the request is made, and the calls down to where it leaves.
    pub(super) fn path_of(&self, edge: &OutboundEdge) -> Vec<Label> {
        let mut labels = Vec::new();
        if let Some(request) = edge.request
            && request != edge.at
        {
            labels.push(label(self.name_of_call(request), "the request is made here"));
        }
        labels
    }

    /// Labels for the calls below the one that a finding stands at.
    pub(super) fn below(&self, chain: &[FileRange], last: &str) -> Vec<Label> {
        let Some((end, between)) = chain.split_last() else { return Vec::new() };
        let mut labels: Vec<Label> =
            between.iter().skip(1).map(|at| label(self.name_of_call(*at), "through this call")).collect();
        if chain.len() > 1 {
            labels.push(label(self.name_of_call(*end), last));
        }
        labels
    }

    /// The first line of a range that spans several.
    pub(super) fn first_line(&self, at: FileRange) -> FileRange {
        let text = self.text(at);
        let length = text.find('\n').map_or(text.len(), |end| text[..end].trim_end().len());
        FileRange { file: at.file, range: TextRange::new(at.range.start, at.range.start + length as u32) }
    }
}
