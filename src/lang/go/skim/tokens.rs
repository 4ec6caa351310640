//! Words, brackets and texts of a file.

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

struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Iterator for Lexer<'t> {
    type Item = Spot<'t>;

    fn next(&mut self) -> Option<Spot<'t>> {
        let bytes = self.text.as_bytes();
        let mut starts_line = false;
        loop {
            let start = self.at;
            let first = *bytes.get(start)?;
            let rest = &bytes[start..];
            let (length, token) = match first {
                b'\n' => {
                    starts_line = true;
                    (1, None)
                }
                b' ' | b'\t' | b'\r' => (1, None),
                b'/' if rest.starts_with(b"//") => (memchr::memchr(b'\n', rest).unwrap_or(rest.len()), None),
                b'/' if rest.starts_with(b"/*") => {
                    (self.text[start + 2..].find("*/").map_or(rest.len(), |end| end + 4), None)
                }
                b'"' | b'\'' | b'`' => {
                    let end = quoted(rest);
                    let inside = self.text.get(start + 1..(start + end).saturating_sub(1)).unwrap_or_default();
                    (end, Some(Token::Quoted(inside)))
                }
                b'0'..=b'9' => (length(rest, |byte| is_word(byte) || byte == b'.'), Some(Token::Number)),
                _ if is_word(first) => {
                    let end = length(rest, is_word);
                    (end, Some(Token::Word(&self.text[start..start + end])))
                }
                sign => (1, Some(Token::Sign(sign))),
            };
            self.at += length;
            if let Some(token) = token {
                return Some(Spot { at: start, token, starts_line });
            }
        }
    }
}

fn length(bytes: &[u8], goes_on: impl Fn(u8) -> bool) -> usize {
    bytes.iter().position(|byte| !goes_on(*byte)).unwrap_or(bytes.len())
}

/// How long the text between quotes is that `bytes` start with, quotes included.
fn quoted(bytes: &[u8]) -> usize {
    let quote = bytes[0];
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' if quote != b'`' => at += 1,
            byte if *byte == quote => return at + 1,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

/// Everything beyond ASCII counts as a letter: outside of texts and comments, nothing else may stand there.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// The tokens of a file.
pub(super) struct Tokens<'t> {
    pub(super) all: Vec<Spot<'t>>,
}

impl<'t> Tokens<'t> {
    pub(super) fn read(text: &'t str) -> Tokens<'t> {
        Tokens { all: Lexer { text, at: 0 }.collect() }
    }

    pub(super) fn get(&self, at: usize) -> Option<Token<'t>> {
        self.all.get(at).map(|spot| spot.token)
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
        let mut depth = 0_usize;
        for (at, spot) in self.all.iter().enumerate().skip(open) {
            match spot.token {
                Token::Sign(b'(' | b'[' | b'{') => depth += 1,
                Token::Sign(b')' | b']' | b'}') => depth = depth.checked_sub(1)?,
                _ => {}
            }
            if depth == 0 {
                return Some(at + 1);
            }
        }
        None
    }

    /// The text between a bracket and the one before the token `end`.
    pub(super) fn inside(&self, open: usize, end: usize) -> Range<usize> {
        self.all[open].at + 1..self.all[end - 1].at
    }

    /// Past the declaration or entry that starts at a token: where the next line starts that does not go on with it.
    pub(super) fn after_line(&self, start: usize) -> Option<usize> {
        let mut at = start;
        while at < self.all.len() {
            if at > start && self.all[at].starts_line && self.ends_line(at - 1) {
                return Some(at);
            }
            at = match self.get(at)? {
                Token::Sign(b'(' | b'[' | b'{') => self.after(at)?,
                Token::Sign(b')' | b']' | b'}' | b';') => return Some(at),
                _ => at + 1,
            };
        }
        Some(at)
    }

    /// Whether a line can end with a token.
    fn ends_line(&self, at: usize) -> bool {
        !matches!(self.get(at), Some(Token::Sign(sign)) if !matches!(sign, b')' | b']' | b'}'))
    }
}
