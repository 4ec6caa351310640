//! Work that a call starts: a method is called on it, or a line is put at its start.

use super::{CHAIN, INDENT, Site, WIDTH, links, words};
use crate::lang::Replacement;
use crate::text::TextRange;
use syn::{Expr, ExprClosure, Stmt};

impl Site<'_> {
    /// Puts a call of a method behind the argument.
    pub(super) fn append(&self, suffix: &str, without: Option<TextRange>, free_name: &str) -> Option<Vec<Replacement>> {
        let work = self.argument().filter(|work| takes_methods(work))?;
        let argument = self.range(work);
        let removed = without.map(|link| (link, String::new()));
        let mut edits = if self.starts_line(argument.start) {
            vec![(TextRange::empty(argument.end), self.behind(argument, suffix)?)]
        } else if self.lines(argument) == 1 {
            self.append_on_line(argument, suffix, without, free_name)?
        } else {
            self.append_to_block(argument, suffix, without, free_name)?
        };
        edits.extend(removed);
        Some(edits)
    }

    /// What goes behind an argument that starts on a line of its own.
    fn behind(&self, argument: TextRange, suffix: &str) -> Option<String> {
        if self.lines(argument) > 1 {
            let last = self.indentation(argument.end);
            return Some(format!("\n{last}{suffix}"));
        }
        let width = self.width_to(argument.end) + suffix.len() + 1;
        (width <= WIDTH && self.may_grow(argument, suffix)).then(|| suffix.to_owned())
    }

    fn append_on_line(
        &self,
        argument: TextRange,
        suffix: &str,
        without: Option<TextRange>,
        free_name: &str,
    ) -> Option<Vec<Replacement>> {
        let gone = without.filter(|link| self.lines(*link) == 1).map_or(0, |link| link.len() as usize);
        let line = self.width_to(self.line_end(argument.end).min(self.statement.end)) + suffix.len() - gone;
        let is_one_line = self.lines(self.statement) == 1;
        let fits = match &self.chain {
            Some(chain) if is_one_line => {
                let links = links(chain.whole) - usize::from(without.is_some());
                links < 2 || self.range(chain.whole).len() as usize + suffix.len() - gone <= CHAIN
            }
            // The rest of the chain stands on other lines already, and stays there.
            Some(chain) => without.is_none() || chain.links.len() > 2,
            None => is_one_line && self.statement.len() as usize + suffix.len() <= CHAIN,
        };
        let end = TextRange::empty(argument.end);
        let may_grow = self.may_grow(argument, suffix);
        if fits && may_grow && line <= WIDTH {
            return Some(vec![(end, suffix.to_owned())]);
        }
        if !is_one_line || self.is_moved_before(argument) {
            return None;
        }
        let (start, indent) = (self.line_start(self.statement.start), self.indentation(self.statement.start));
        let written = self.slice(argument);
        let declared = |value: String| (TextRange::empty(start), format!("{indent}let {free_name} = {value};\n"));
        if may_grow && without.is_none() && written.len() >= free_name.len() {
            return Some(vec![declared(format!("{written}{suffix}")), (argument, free_name.to_owned())]);
        }
        let shorter = written.len() >= free_name.len() + suffix.len() && without.is_none();
        shorter.then(|| vec![declared(written.to_owned()), (argument, format!("{free_name}{suffix}"))])
    }

    fn append_to_block(
        &self,
        argument: TextRange,
        suffix: &str,
        without: Option<TextRange>,
        free_name: &str,
    ) -> Option<Vec<Replacement>> {
        if !matches!(self.argument(), Some(Expr::Async(_))) {
            return None;
        }
        let indent = self.indentation(argument.start);
        if let Some(block) = self.deeper(argument) {
            let text = format!("\n{indent}{INDENT}{block}\n{indent}{INDENT}{suffix},\n{indent}");
            return Some(vec![(argument, text)]);
        }
        // Lines that would get too long stay where they are, and the block gets a name.
        let alone =
            self.chain.as_ref().is_some_and(|chain| chain.links.is_empty() && chain.is_whole) && without.is_none();
        if !alone || self.is_moved_before(argument) || indent != self.indentation(self.statement.start) {
            return None;
        }
        let start = TextRange::empty(self.line_start(self.statement.start));
        let declared = format!("{indent}let {free_name} = {}\n{indent}{suffix};\n", self.slice(argument));
        Some(vec![(start, declared), (argument, free_name.to_owned())])
    }

    /// Puts a line to the start of the closure that is the argument.
    pub(super) fn enter(&self, line: &str, without: Option<TextRange>) -> Option<Vec<Replacement>> {
        let Some(Expr::Closure(closure)) = self.argument() else { return None };
        let mut edits = self.moving(closure);
        let body = self.range(&closure.body);
        if self.lines(body) > 1 {
            let Expr::Block(block) = &*closure.body else { return None };
            let brace = self.positions.end(block.block.brace_token.span.open());
            let line_end = self.line_end(brace);
            let rest = self.slice(TextRange::new(brace, line_end)).trim_start();
            if !rest.is_empty() && !rest.starts_with("//") {
                return None;
            }
            let indent = self.indentation(body.end);
            edits.push((TextRange::empty(line_end), format!("\n{indent}{INDENT}{line}")));
            edits.extend(without.map(|link| (link, String::new())));
            return Some(edits);
        }
        let chain = self.chain.as_ref().filter(|chain| chain.is_whole)?;
        let value = only_value(&closure.body)?;
        // What a method is called on would go to a line of its own too.
        if matches!(self.call, Expr::MethodCall(_)) && !chain.links.is_empty() {
            return None;
        }
        let indent = self.indentation(body.start);
        let value = self.slice(self.range(value));
        edits.push((body, format!("{{\n{indent}{INDENT}{line}\n{indent}{INDENT}{value}\n{indent}}}")));
        for link in &chain.links {
            if Some(*link) == without {
                edits.push((*link, String::new()));
            } else if !self.slice(*link).starts_with(char::is_whitespace) {
                edits.push((TextRange::empty(link.start), format!("\n{indent}")));
            }
        }
        Some(edits)
    }

    /// What the closure uses of the function has to be its own.
    fn moving(&self, closure: &ExprClosure) -> Vec<Replacement> {
        match closure.capture {
            Some(_) => Vec::new(),
            None => vec![(TextRange::empty(self.positions.start(closure.inputs_begin.span)), "move ".to_owned())],
        }
    }

    /// Whether a chain may get longer by a call and stay on its line.
    fn may_grow(&self, chain: TextRange, suffix: &str) -> bool {
        self.argument().is_some_and(|argument| links(argument) == 0) || chain.len() as usize + suffix.len() <= CHAIN
    }

    /// Whether what stands before the argument, and would be made after it then, shares a name with it.
    pub(super) fn is_moved_before(&self, argument: TextRange) -> bool {
        let before = match (&self.chain, self.call) {
            (Some(chain), Expr::Call(_)) if chain.is_whole => return false,
            (Some(chain), Expr::MethodCall(it)) if chain.is_whole => self.range(&it.receiver),
            _ => TextRange::new(self.statement.start, argument.start),
        };
        words(self.slice(before)).any(|word| words(self.slice(argument)).any(|other| other == word))
    }
}

/// Whether a method can be called on an expression as it is written.
fn takes_methods(expression: &Expr) -> bool {
    matches!(
        expression,
        Expr::Async(_)
            | Expr::Await(_)
            | Expr::Call(_)
            | Expr::Field(_)
            | Expr::Index(_)
            | Expr::MethodCall(_)
            | Expr::Paren(_)
            | Expr::Path(_)
            | Expr::Try(_)
    )
}

/// The value of a closure's body, if it does nothing else.
fn only_value(body: &Expr) -> Option<&Expr> {
    let Expr::Block(block) = body else { return Some(body) };
    match block.block.stmts.as_slice() {
        [Stmt::Expr(value, None)] if block.label.is_none() => Some(value),
        _ => None,
    }
}
