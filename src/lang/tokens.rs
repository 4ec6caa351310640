//! Words, brackets and texts of a file, for what is told without a parser.

use std::ops::Range;

/// A word or a character of a text; comments, texts and numbers are left out, the latter but for a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'t> {
    Word(&'t str),
    /// A bracket, an operator's character, ...
    Sign(u8),
    /// A text between quotes, without them.
    Quoted(&'t str),
    Number,
}

/// A token where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot<'t> {
    /// Where it starts in the text.
    pub(super) at: usize,
    pub(super) token: Token<'t>,
    /// Whether it is the first of its line.
    pub(super) starts_line: bool,
}

/// The tokens of a file.
pub(super) struct Tokens<'t> {
    pub(super) all: Vec<Spot<'t>>,
    /// The place behind each token, that of an open bracket behind the one that closes it; nowhere for brackets without
    /// partner.
    after: Vec<u32>,
}

/// Stands for no place.
const NOWHERE: u32 = u32::MAX;

impl<'t> Tokens<'t> {
    pub(super) fn new(all: Vec<Spot<'t>>) -> Tokens<'t> {
        let mut after = Vec::with_capacity(all.len());
        let mut open = Vec::new();
        for (at, spot) in all.iter().enumerate() {
            let next = at as u32 + 1;
            let behind = match spot.token {
                Token::Sign(b'(' | b'[' | b'{') => {
                    open.push(at);
                    NOWHERE
                }
                Token::Sign(b')' | b']' | b'}') => {
                    if let Some(open) = open.pop() {
                        after[open] = next;
                    }
                    NOWHERE
                }
                _ => next,
            };
            after.push(behind);
        }
        Tokens { all, after }
    }

    pub(super) fn get(&self, at: usize) -> Option<Token<'t>> {
        self.all.get(at).map(|spot| spot.token)
    }

    /// The token so many places before one.
    pub(super) fn before(&self, at: usize, steps: usize) -> Option<Token<'t>> {
        self.get(at.checked_sub(steps)?)
    }

    pub(super) fn word(&self, at: usize) -> Option<&'t str> {
        match self.get(at) {
            Some(Token::Word(word)) => Some(word),
            _ => None,
        }
    }

    pub(super) fn is_word(&self, at: usize, word: &str) -> bool {
        self.get(at) == Some(Token::Word(word))
    }

    pub(super) fn is_sign(&self, at: usize, sign: u8) -> bool {
        self.get(at) == Some(Token::Sign(sign))
    }

    /// Past the bracket that closes the one at `open`. None if brackets don't fit.
    pub(super) fn after(&self, open: usize) -> Option<usize> {
        self.after.get(open).filter(|after| **after != NOWHERE).map(|after| *after as usize)
    }

    /// The text between a bracket and the one before the token `end`.
    pub(super) fn inside(&self, open: usize, end: usize) -> Range<usize> {
        self.all[open].at + 1..self.all[end - 1].at
    }
}

/// How many of the first bytes something goes on over.
pub(super) fn length(bytes: &[u8], goes_on: impl Fn(u8) -> bool) -> usize {
    bytes.iter().position(|byte| !goes_on(*byte)).unwrap_or(bytes.len())
}

/// Whether a byte is white space between tokens.
pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Whether a byte is one of a word. Everything beyond ASCII counts as a letter: outside of texts and comments, nothing else
/// may stand there.
pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}
