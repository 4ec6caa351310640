//! A guard that is held while its task waits: what it was held for becomes a block of its own.

use super::{INDENT, Site, words};
use crate::lang::Replacement;
use crate::lang::rust::extent::Extent as _;
use crate::text::TextRange;
use syn::{Pat, Stmt};

impl Site<'_> {
    /// Puts all that follows the statement into a block that waits, and takes the statement out.
    pub(super) fn enclose(&self, suffix: &str) -> Option<Vec<Replacement>> {
        let Stmt::Local(local) = self.of else { return None };
        let Pat::Ident(guard) = &local.pat else { return None };
        let init = local.init.as_ref().filter(|init| std::ptr::eq(&*init.expr, self.call))?;
        let following = self.following()?;
        let after = self.slice(following);
        let name = guard.ident.to_string();
        // A guard that is dropped on purpose ends there.
        if init.diverge.is_some() || words(after).any(|word| word == name) || (!self.block.is_body && leaves(after)) {
            return None;
        }
        let indent = self.indentation(self.statement.start);
        let block = self.deeper(following)?;
        let text = format!("async {{\n{indent}{INDENT}{block}\n{indent}}}\n{indent}{suffix}\n{indent}.await");
        Some(vec![(TextRange::new(self.statement.start, following.end), text)])
    }

    /// What stands behind the statement in its block, comments included.
    fn following(&self) -> Option<TextRange> {
        let statements = &self.block.block.stmts;
        let at = statements.iter().position(|statement| std::ptr::eq(statement, self.of))?;
        let end = self.positions.end(statements[at + 1..].last()?.last());
        let rest = self.slice(TextRange::new(self.statement.end, end));
        let blanks = rest.len() - rest.trim_start().len();
        let line_end = self.line_end(end);
        let comment = self.slice(TextRange::new(end, line_end));
        let end = if comment.trim_start().starts_with("//") { line_end } else { end };
        // Comments between the last statement and the end of the block would be left outside.
        let brace = self.positions.start(self.block.block.brace_token.span.close());
        let left = self.slice(TextRange::new(end, brace));
        (self.starts_line(self.statement.start) && left.trim().is_empty())
            .then(|| TextRange::new(self.statement.end + blanks as u32, end))
    }
}

/// Whether code may leave the block that it stands in.
fn leaves(code: &str) -> bool {
    code.contains('?') || words(code).any(|word| matches!(word, "return" | "break" | "continue"))
}
