//! The lexer.

use super::super::super::directive;
use super::super::super::tokens::{Spot, Token, Tokens, is_blank, is_word, length};
use std::ops::Range;

/// The tokens of a file, and its comments as far as they speak to nobody: lines of them that follow one another as one. Those
/// before the first token may say who wrote the file.
pub(super) fn tokens(text: &str) -> (Tokens<'_>, Vec<Range<usize>>) {
    let mut lexer = Lexer { text, at: 0, has_begun: false, comments: Vec::new() };
    let all = lexer.by_ref().collect();
    (Tokens::new(all), lexer.comments)
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    has_begun: bool,
    comments: Vec<Range<usize>>,
}

impl Lexer<'_> {
    /// Notes a comment. Those that no code parts are one: the line break behind the last ends what stands before the first.
    fn comment(&mut self, comment: Range<usize>, goes_on: &mut bool) {
        let is_silent = self.has_begun && !self.text[comment.clone()].contains(directive::MARK);
        match self.comments.last_mut() {
            Some(last) if is_silent && *goes_on => last.end = comment.end,
            _ if is_silent => self.comments.push(comment),
            _ => {}
        }
        *goes_on = is_silent;
    }
}

impl<'t> Iterator for Lexer<'t> {
    type Item = Spot<'t>;

    fn next(&mut self) -> Option<Spot<'t>> {
        let bytes = self.text.as_bytes();
        let (mut starts_line, mut after_comment) = (false, false);
        loop {
            let start = self.at;
            let first = *bytes.get(start)?;
            let rest = &bytes[start..];
            let (length, token) = match first {
                b'\n' => {
                    starts_line = true;
                    (1, None)
                }
                b' ' | b'\t' | b'\r' => (length(rest, |byte| byte != b'\n' && is_blank(byte)), None),
                b'/' if rest.starts_with(b"//") => {
                    let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                    self.comment(start..start + length, &mut after_comment);
                    (length, None)
                }
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
                self.has_begun = true;
                return Some(Spot { at: start, token, starts_line });
            }
        }
    }
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

/// Past the declaration or entry that starts at a token: where the next line starts that does not go on with it.
pub(super) fn after_line(tokens: &Tokens<'_>, start: usize) -> Option<usize> {
    let mut at = start;
    while at < tokens.all.len() {
        if at > start && tokens.all[at].starts_line && ends_line(tokens, at - 1) {
            return Some(at);
        }
        at = match tokens.get(at)? {
            Token::Sign(b'(' | b'[' | b'{') => tokens.after(at)?,
            Token::Sign(b')' | b']' | b'}' | b';') => return Some(at),
            _ => at + 1,
        };
    }
    Some(at)
}

/// Whether a line can end with a token.
fn ends_line(tokens: &Tokens<'_>, at: usize) -> bool {
    !matches!(tokens.get(at), Some(Token::Sign(sign)) if !matches!(sign, b')' | b']' | b'}'))
}
