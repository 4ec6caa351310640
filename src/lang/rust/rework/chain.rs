//! Chains of calls: one more call in them, or a function around what they are given.

use super::{CHAIN, Site, WIDTH};
use crate::lang::Replacement;
use crate::text::TextRange;
use syn::Expr;

impl Site<'_> {
    /// Puts a call of a method before the call.
    pub(super) fn link(&self, link: &str, free_name: &str) -> Option<Vec<Replacement>> {
        let Expr::MethodCall(call) = self.call else { return None };
        let receiver = self.range(&call.receiver);
        let dot = self.positions.start(call.dot_token.spans[0]);
        if self.starts_line(dot) {
            return Some(vec![(TextRange::empty(receiver.end), format!("\n{}{link}", self.indentation(dot)))]);
        }
        let chain = self.chain.as_ref()?;
        let whole = self.range(chain.whole);
        if self.lines(whole) > 1 {
            return None;
        }
        let width = whole.len() as usize;
        if width + link.len() <= CHAIN && self.width_of_line() + link.len() <= WIDTH {
            return Some(vec![(TextRange::empty(receiver.end), link.to_owned())]);
        }
        // A chain that would get too long for its line is made in two steps, or three.
        let written = self.slice(receiver);
        if matches!(&*call.receiver, Expr::Path(_)) && is_name(written) {
            return Some(vec![self.declared(written, &format!("{written}{link}"))]);
        }
        let named = width - written.len() + free_name.len();
        if named >= width {
            return None;
        }
        if named + link.len() <= CHAIN {
            let edits = vec![self.declared(free_name, written), (receiver, format!("{free_name}{link}"))];
            return Some(edits);
        }
        let (range, first) = self.declared(free_name, written);
        let (_, second) = self.declared(free_name, &format!("{free_name}{link}"));
        Some(vec![(range, format!("{first}{second}")), (receiver, free_name.to_owned())])
    }

    /// Puts a call of a method right behind the call.
    pub(super) fn follow(&self, link: &str, free_name: &str) -> Option<Vec<Replacement>> {
        let (call, chain) = (self.range(self.call), self.chain.as_ref()?);
        let behind = TextRange::empty(call.end);
        let dot = chain.links.first().map(|link| {
            let written = self.slice(*link);
            link.start + (written.len() - written.trim_start().len()) as u32
        });
        if let Some(dot) = dot.filter(|dot| self.starts_line(*dot)) {
            return Some(vec![(behind, format!("\n{}{link}", self.indentation(dot)))]);
        }
        let whole = self.range(chain.whole);
        let is_one_line = self.lines(whole) == 1;
        if is_one_line && whole.len() as usize + link.len() <= CHAIN && self.width_of_line() + link.len() <= WIDTH {
            return Some(vec![(behind, link.to_owned())]);
        }
        let written = self.slice(call);
        let declared = written.len() + link.len();
        // What follows changes the server, as adding a service does.
        (is_one_line && dot.is_some() && free_name.len() < written.len() && declared <= CHAIN).then(|| {
            vec![self.declared(&format!("mut {free_name}"), &format!("{written}{link}")), (call, free_name.to_owned())]
        })
    }

    /// Puts a call of a function around the argument.
    pub(super) fn wrap(&self, function: &str, free_name: &str) -> Option<Vec<Replacement>> {
        let argument = self.range(self.argument()?);
        let brackets = function.len() + 2;
        let (start, end) = (TextRange::empty(argument.start), TextRange::empty(argument.end));
        let around = vec![(start, format!("{function}(")), (end, ")".to_owned())];
        if self.lines(argument) > 1 {
            let first = self.width_to(self.line_end(argument.start)) + brackets;
            let goes_over = matches!(self.argument(), Some(Expr::Struct(_)));
            return (!self.starts_line(argument.start) && goes_over && first <= WIDTH).then_some(around);
        }
        if self.starts_line(argument.start) {
            return (self.width_of_line_at(argument.end) + brackets <= WIDTH).then_some(around);
        }
        let chain = self.chain.as_ref()?;
        let whole = self.range(chain.whole);
        let is_one_line = self.lines(whole) == 1;
        let width = self.width_to(argument.end) + brackets;
        if (!is_one_line || whole.len() as usize + brackets <= CHAIN) && width < WIDTH {
            return Some(around);
        }
        let written = self.slice(argument);
        let is_shorter = free_name.len() <= written.len();
        (is_one_line && is_shorter && !self.is_moved_before(argument)).then(|| {
            vec![self.declared(free_name, &format!("{function}({written})")), (argument, free_name.to_owned())]
        })
    }

    /// A variable above the statement.
    fn declared(&self, name: &str, value: &str) -> Replacement {
        let indent = self.indentation(self.statement.start);
        (TextRange::empty(self.line_start(self.statement.start)), format!("{indent}let {name} = {value};\n"))
    }

    fn width_of_line(&self) -> usize {
        self.width_of_line_at(self.range(self.call).end)
    }

    /// How long a line is up to the end of the statement.
    fn width_of_line_at(&self, at: u32) -> usize {
        self.width_to(self.line_end(at).min(self.statement.end.max(at)))
    }
}

/// Whether an expression is a variable.
fn is_name(written: &str) -> bool {
    written != "self" && written.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
}
