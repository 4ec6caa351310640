//! Which contexts, spans and requests are at hand at a place, by name: what decides whether one was thrown away, and what a
//! repair can use.

use super::frame::Frame;
use super::value::{ObjectId, ObjectKind, Set, Value};
use crate::codebase::FunctionId;
use crate::facts::{LocalIndex, Name};
use crate::text::TextRange;

/// What is at hand at one place.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scope {
    /// Variables that hold a context.
    pub contexts: Vec<Binding>,
    /// Variables that hold a span.
    pub spans: Vec<Binding>,
    /// Variables that hold a request.
    pub requests: Vec<Binding>,
    /// Variables that hold what a handler gets in place of a request.
    pub exchanges: Vec<Binding>,
    /// Variables that hold a message.
    pub messages: Vec<Binding>,
    /// Spans opened in the function and not ended yet.
    pub open: Vec<ObjectId>,
}

/// A variable and what it holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Binding {
    /// Its name.
    pub name: Name,
    /// Which variable it is.
    pub local: LocalIndex,
    /// What it holds.
    pub set: Set,
    /// The library type it has, if it has one.
    pub ty: Option<Name>,
    /// Whether it is a parameter of the function that looks.
    pub parameter: bool,
}

impl Frame<'_, '_> {
    /// What is at hand before the expression at `at`.
    pub(super) fn scope(&mut self, at: TextRange) -> Scope {
        let facts = self.analysis.codebase.file(self.file).facts.clone();
        let around = self.functions_around();
        let mut scope = Scope { open: self.state.open.clone(), ..Scope::default() };
        for (index, local) in facts.locals.iter().enumerate() {
            if local.name == "_" || !local.scope.contains_offset(at.start) {
                continue;
            }
            let index = LocalIndex(index as u32);
            let owner = self.analysis.codebase.local_owner(self.id, index);
            if !around.contains(&owner) {
                continue;
            }
            let ty = self.local_type(index);
            let roles = self.type_model(&ty);
            let is = |role: &str| roles.is_some_and(|model| model.is(role));
            let (is_context, is_request, is_exchange) = (is("context"), is("request"), is("exchange"));
            let (is_message, is_span) = (is("message"), is("span"));
            let set = self.local(index).set;
            let set = self.analysis.bare_contexts(&set);
            let holds_span = is_span || (!is_context && !is_exchange && self.all_spans(&set));
            if !is_context && !is_request && !is_exchange && !is_message && !holds_span {
                continue;
            }
            let parameter = set.iter().any(
                |id| matches!(self.analysis.values.get(*id), Value::Parameter(function, _) if *function == self.id),
            );
            let ty = ty.library().map(Name::from);
            let binding = Binding { name: local.name.clone(), local: index, set, ty, parameter };
            let list = match (is_context, is_request, is_exchange, is_message) {
                (true, ..) => &mut scope.contexts,
                (_, true, ..) => &mut scope.requests,
                (_, _, true, _) => &mut scope.exchanges,
                (.., true) => &mut scope.messages,
                _ => &mut scope.spans,
            };
            // An inner variable hides an outer one of its name.
            list.retain(|other| other.name != binding.name);
            list.push(binding);
        }
        scope
    }

    fn all_spans(&self, set: &Set) -> bool {
        !set.is_empty()
            && set.iter().all(|id| {
                self.analysis.values.as_object(*id).is_some_and(|(_, held)| matches!(held.kind, ObjectKind::Span(_)))
            })
    }

    fn functions_around(&self) -> Vec<FunctionId> {
        let mut around = vec![self.id];
        while let Some(owner) = around.last().and_then(|id| self.analysis.codebase.owner(*id)) {
            around.push(owner);
        }
        around
    }
}
