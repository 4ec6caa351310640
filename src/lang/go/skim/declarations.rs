//! What a file declares, as ranges of its tokens.

use super::super::super::tokens::{Token, Tokens};
use super::super::imports::package_name;
use super::lexer::after_line;
use rustc_hash::FxHashMap;
use std::ops::Range;

/// Lists of constants shorter than this, in bytes, are parsed all the same.
const LONG: usize = 200;

/// A file. Ranges are those of tokens unless they say otherwise.
#[derive(Default)]
pub(super) struct Declarations<'t> {
    pub(super) package: &'t str,
    /// Import paths.
    pub(super) imports: Vec<&'t str>,
    /// Which of them a name stands for in this file.
    pub(super) names: FxHashMap<String, u16>,
    /// Whether names of another package can stand in this file as if they were its own.
    pub(super) mixes: bool,
    pub(super) types: Vec<(&'t str, Range<usize>)>,
    /// Variables of the package: their names, and the rest of the declaration.
    pub(super) variables: Vec<(Vec<&'t str>, Range<usize>)>,
    pub(super) functions: Vec<Function<'t>>,
    /// Long lists of constants: the text between their braces.
    pub(super) lists: Vec<Range<usize>>,
}

/// A name, and the type that goes with it.
#[derive(Clone, Copy, Default)]
pub(super) struct Receiver<'t> {
    pub(super) name: &'t str,
    pub(super) ty: &'t str,
}

/// A function or method that has a body.
pub(super) struct Function<'t> {
    pub(super) name: &'t str,
    pub(super) is_method: bool,
    /// What a method calls its value, and the type of that; empty if it has no name for it.
    pub(super) receiver: Receiver<'t>,
    /// Whether it, or the type whose method it is, has type parameters.
    pub(super) is_generic: bool,
    pub(super) parameters: Range<usize>,
    pub(super) results: Range<usize>,
    /// What stands between the braces of its body.
    pub(super) body: Range<usize>,
    /// The text there.
    pub(super) inside: Range<usize>,
}

/// Reads a whole file. None if its brackets don't fit.
pub(super) fn read<'t>(tokens: &Tokens<'t>) -> Option<Declarations<'t>> {
    let mut reader = Reader { tokens, found: Declarations::default() };
    let mut at = 0;
    while at < tokens.all.len() {
        at = match tokens.get(at)? {
            Token::Word("package") => {
                reader.found.package = tokens.word(at + 1).unwrap_or_default();
                at + 2
            }
            Token::Word("import") => reader.imports(at + 1)?,
            Token::Word("func") => reader.function(at + 1)?,
            Token::Word("type") => reader.entries(at + 1, Reader::ty)?,
            Token::Word("var") => reader.entries(at + 1, Reader::variable)?,
            Token::Sign(b'(' | b'[' | b'{') => tokens.after(at)?,
            Token::Sign(b')' | b']' | b'}') => return None,
            _ => at + 1,
        };
    }
    Some(reader.found)
}

struct Reader<'r, 't> {
    tokens: &'r Tokens<'t>,
    found: Declarations<'t>,
}

impl<'t> Reader<'_, 't> {
    fn imports(&mut self, start: usize) -> Option<usize> {
        let tokens = self.tokens;
        let is_list = tokens.is_sign(start, b'(');
        let end = if is_list { tokens.after(start)? } else { tokens.all.len().min(start + 2) };
        for at in start..end {
            let Some(Token::Quoted(path)) = tokens.get(at) else { continue };
            let name = match tokens.get(at - 1) {
                Some(Token::Word(name)) if name != "import" => name.to_owned(),
                _ => package_name(path),
            };
            self.found.mixes |= tokens.is_sign(at - 1, b'.');
            self.found.names.insert(name, self.found.imports.len() as u16);
            self.found.imports.push(path);
            if !is_list {
                return Some(at + 1);
            }
        }
        Some(end)
    }

    /// One declaration, or a list of them between parentheses.
    fn entries(&mut self, start: usize, read: fn(&mut Self, usize, usize) -> Option<()>) -> Option<usize> {
        if !self.tokens.is_sign(start, b'(') {
            let end = after_line(self.tokens, start)?;
            read(self, start, end)?;
            return Some(end.max(start + 1));
        }
        let after = self.tokens.after(start)?;
        let mut at = start + 1;
        while at + 1 < after {
            let end = after_line(self.tokens, at)?;
            read(self, at, end)?;
            at = end.max(at + 1);
        }
        Some(after)
    }

    fn ty(&mut self, start: usize, end: usize) -> Option<()> {
        if let Some(name) = self.tokens.word(start) {
            self.found.types.push((name, start + 1..end));
        }
        Some(())
    }

    fn variable(&mut self, start: usize, end: usize) -> Option<()> {
        let mut names = Vec::new();
        let mut at = start;
        while let Some(name) = self.tokens.word(at) {
            names.push(name);
            at += 1;
            if !self.tokens.is_sign(at, b',') {
                break;
            }
            at += 1;
        }
        let mut open = at;
        while open < end {
            if !self.tokens.is_sign(open, b'{') {
                open += 1;
                continue;
            }
            let after = self.tokens.after(open)?;
            let inside = self.tokens.inside(open, after);
            let is_constant = |at: usize| matches!(self.tokens.get(at), Some(Token::Number | Token::Sign(b',' | b'-')));
            if inside.len() >= LONG && (open + 1..after - 1).all(is_constant) {
                self.found.lists.push(inside);
            }
            open = after;
        }
        self.found.variables.push((names, at.min(end)..end));
        Some(())
    }

    /// A function from behind its `func`.
    fn function(&mut self, start: usize) -> Option<usize> {
        let tokens = self.tokens;
        let mut at = start;
        let mut is_generic = false;
        let is_method = tokens.is_sign(at, b'(');
        let mut receiver = Receiver::default();
        if is_method {
            let ty = at + 2 + usize::from(tokens.is_sign(at + 2, b'*'));
            let unnamed = at + 1 + usize::from(tokens.is_sign(at + 1, b'*'));
            receiver = match (tokens.word(at + 1), tokens.word(ty)) {
                (Some(name), Some(ty)) => Receiver { name, ty },
                _ => Receiver { name: "", ty: tokens.word(unnamed).unwrap_or_default() },
            };
            let after = tokens.after(at)?;
            is_generic = (at..after).any(|inner| tokens.is_sign(inner, b'['));
            at = after;
        }
        let name = tokens.word(at)?;
        at += 1;
        if tokens.is_sign(at, b'[') {
            is_generic = true;
            at = tokens.after(at)?;
        }
        if !tokens.is_sign(at, b'(') {
            return None;
        }
        let results = tokens.after(at)?;
        let mut open = results;
        while !tokens.is_sign(open, b'{') {
            // A function that has no body ends with its line.
            if open >= tokens.all.len() || tokens.all[open].starts_line {
                return Some(open);
            }
            open = match tokens.get(open)? {
                Token::Sign(b'(' | b'[') => tokens.after(open)?,
                Token::Word("interface" | "struct") => tokens.after(open + 1)?,
                _ => open + 1,
            };
        }
        let end = tokens.after(open)?;
        self.found.functions.push(Function {
            name,
            is_method,
            receiver,
            is_generic,
            parameters: at + 1..results - 1,
            results: results..open,
            body: open + 1..end - 1,
            inside: tokens.inside(open, end),
        });
        Some(end)
    }
}
