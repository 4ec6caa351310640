//! Reads Go that has no faults, as the grammar would, many times as fast.
//!
//! What it does not take for sure (a fault, a rare form that the grammar takes in a way of its own) it leaves to the grammar.

mod declaration;
mod expression;
mod lexer;
mod statement;
mod types;

use super::kind::{Kind, Role};
use crate::lang::syntax::{Builder, Mark, Said, Tree};
use crate::text::TextRange;
use lexer::{Lexeme, Token};
use std::ops::Range;

/// How deep a text may nest to be read here.
const DEPTH_LIMIT: u32 = 120;

/// The tree of a text, as if what lies in `gaps` were not there. None if the grammar has to read it.
pub(super) fn parse(text: &str, gaps: &[Range<usize>]) -> Option<Tree<Kind, Role>> {
    let tokens = lexer::tokens(text, gaps)?;
    let builder = Builder::new(tokens.len());
    let mut parser = Parser { text, tokens, at: 0, builder, in_head: false, depth: 0 };
    parser.file()?;
    Some(parser.builder.finish())
}

struct Parser<'t> {
    text: &'t str,
    /// All tokens; the last is the end.
    tokens: Vec<Token>,
    /// The token at hand.
    at: usize,
    builder: Builder<Kind, Role>,
    /// Whether a brace after a name opens a block, because what is read stands in the head of a statement.
    in_head: bool,
    depth: u32,
}

impl Parser<'_> {
    fn token(&self) -> Token {
        self.tokens[self.at]
    }

    fn kind(&self) -> Lexeme {
        self.tokens[self.at].kind
    }

    /// The token so many places further on.
    fn ahead(&self, by: usize) -> Lexeme {
        self.tokens.get(self.at + by).map_or(Lexeme::End, |token| token.kind)
    }

    fn start(&self) -> u32 {
        self.tokens[self.at].start
    }

    /// Where the token before ended.
    fn before(&self) -> u32 {
        self.at.checked_sub(1).map_or(0, |before| self.tokens[before].end)
    }

    fn slice(&self, token: Token) -> &str {
        &self.text[token.start as usize..token.end as usize]
    }

    fn is(&self, kind: Lexeme) -> bool {
        self.kind() == kind
    }

    fn next(&mut self) {
        // The last token is the end, behind which nobody looks.
        self.at = (self.at + 1).min(self.tokens.len() - 1);
    }

    fn take(&mut self, kind: Lexeme) -> bool {
        let is = self.is(kind);
        if is {
            self.next();
        }
        is
    }

    fn expect(&mut self, kind: Lexeme) -> Option<()> {
        self.take(kind).then_some(())
    }

    fn mark(&self) -> Mark {
        self.builder.mark()
    }

    /// Ends a node that began at `start` with the token before.
    fn close(&mut self, mark: Mark, kind: Kind, start: u32) {
        let end = self.before();
        self.builder.add(mark, Said { kind, is_named: true, range: TextRange::new(start, end) });
    }

    /// The token at hand as a node.
    fn leaf(&mut self, kind: Kind) {
        let token = self.token();
        let mark = self.mark();
        self.builder.add(mark, Said { kind, is_named: true, range: TextRange::new(token.start, token.end) });
        self.next();
    }

    /// The token at hand as a node that is no part of its own.
    fn sign(&mut self, kind: Kind) {
        let token = self.token();
        let mark = self.mark();
        self.builder.add(mark, Said { kind, is_named: false, range: TextRange::new(token.start, token.end) });
        self.next();
    }

    fn named(&mut self, kind: Kind) -> Option<()> {
        if !self.is(Lexeme::Name) {
            return None;
        }
        self.leaf(kind);
        Some(())
    }

    fn put_in(&mut self, role: Role) {
        self.builder.put_in(role);
    }

    /// Goes one level deeper.
    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.depth >= DEPTH_LIMIT {
            return None;
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// Past the bracket that closes the one at a token.
    fn after_brackets(&self, open: usize) -> Option<usize> {
        let mut depth = 0_u32;
        for (at, token) in self.tokens.iter().enumerate().skip(open) {
            match token.kind {
                Lexeme::Open | Lexeme::OpenBracket | Lexeme::OpenBrace => depth += 1,
                Lexeme::Close | Lexeme::CloseBracket | Lexeme::CloseBrace => depth = depth.checked_sub(1)?,
                _ => {}
            }
            if depth == 0 {
                return Some(at + 1);
            }
        }
        None
    }
}
