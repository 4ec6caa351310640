//! The lexer. Lifetimes are left out, as comments are.

use super::super::super::tokens::{Spot, Token, Tokens, is_blank, is_word, length};

/// The tokens of a file.
pub(super) fn tokens(text: &str) -> Tokens<'_> {
    let mut lexer = Lexer { text, at: 0, after_dot: false };
    let mut all = Vec::with_capacity(text.len() / 6);
    while let Some(spot) = lexer.next() {
        all.push(spot);
    }
    Tokens::new(all)
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    /// Whether the last token is a `.`.
    after_dot: bool,
}

impl<'t> Lexer<'t> {
    fn next(&mut self) -> Option<Spot<'t>> {
        let bytes = self.text.as_bytes();
        loop {
            let start = self.at;
            let first = *bytes.get(start)?;
            let rest = &bytes[start..];
            let (length, token) = match first {
                first if is_blank(first) => (length(rest, is_blank), None),
                b'/' if rest.starts_with(b"//") => (memchr::memchr(b'\n', rest).unwrap_or(rest.len()), None),
                b'/' if rest.starts_with(b"/*") => (comment(rest), None),
                b'"' => self.quoted(0),
                b'\'' => character(rest),
                b'0'..=b'9' => (number(rest, self.after_dot), Some(Token::Number)),
                _ if is_word(first) => self.word(),
                sign => (1, Some(Token::Sign(sign))),
            };
            self.at += length;
            if let Some(token) = token {
                self.after_dot = token == Token::Sign(b'.');
                return Some(Spot { at: start, token, starts_line: false });
            }
        }
    }

    /// A word, or a text with a prefix.
    fn word(&self) -> (usize, Option<Token<'t>>) {
        let rest = &self.text.as_bytes()[self.at..];
        let end = length(rest, is_word);
        let word = &self.text[self.at..self.at + end];
        match (word, rest.get(end)) {
            ("b" | "c", Some(b'"')) => self.quoted(end),
            ("b", Some(b'\'')) => {
                let (length, token) = character(&rest[end..]);
                (end + length, token)
            }
            ("r" | "br" | "cr", Some(b'"' | b'#')) => self.raw(end),
            _ => (end, Some(Token::Word(word))),
        }
    }

    /// A text between quotes, of which the first stands `prefix` bytes further on.
    fn quoted(&self, prefix: usize) -> (usize, Option<Token<'t>>) {
        let start = self.at + prefix + 1;
        let bytes = self.text.as_bytes();
        let mut at = start;
        while let Some(found) = memchr::memchr2(b'"', b'\\', &bytes[at.min(bytes.len())..]) {
            at += found;
            if bytes[at] == b'"' {
                return (at + 1 - self.at, Some(Token::Quoted(&self.text[start..at])));
            }
            at += 2;
        }
        (bytes.len() - self.at, Some(Token::Quoted("")))
    }

    /// A text between quotes and as many `#` on either side, or a word that starts with `r#`.
    fn raw(&self, prefix: usize) -> (usize, Option<Token<'t>>) {
        let rest = &self.text[self.at + prefix..];
        let hashes = length(rest.as_bytes(), |byte| byte == b'#');
        if rest.as_bytes().get(hashes) != Some(&b'"') {
            let word = &rest[hashes..];
            let end = length(word.as_bytes(), is_word);
            return (prefix + hashes + end, Some(Token::Word(&word[..end])));
        }
        let inside = &rest[hashes + 1..];
        let close = &"\"################################"[..=hashes.min(32)];
        let end = inside.find(close).unwrap_or(inside.len());
        let length = (prefix + hashes + 1 + end + close.len()).min(self.text.len() - self.at);
        (length, Some(Token::Quoted(&inside[..end])))
    }
}

/// How long a comment is that may hold others.
fn comment(bytes: &[u8]) -> usize {
    let mut open = 0_usize;
    let mut at = 0;
    while at < bytes.len() {
        match &bytes[at..] {
            [b'/', b'*', ..] => (open, at) = (open + 1, at + 2),
            [b'*', b'/', ..] => (open, at) = (open - 1, at + 2),
            _ => at += 1,
        }
        if open == 0 {
            return at;
        }
    }
    bytes.len()
}

/// How long a number is. One that names a field ends before the next `.`.
fn number(bytes: &[u8], is_field: bool) -> usize {
    let end = length(bytes, is_word);
    let has_fraction = !is_field && bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
    if has_fraction { end + 1 + length(&bytes[end + 1..], is_word) } else { end }
}

/// A character between quotes, or a lifetime, which is nothing.
fn character<'t>(bytes: &[u8]) -> (usize, Option<Token<'t>>) {
    let quoted = Some(Token::Quoted(""));
    match bytes {
        [_, b'\\', _, rest @ ..] => (4 + length(rest, |byte| byte != b'\'' && byte != b'\n'), quoted),
        [_, _, b'\'', ..] => (3, quoted),
        [_, first, ..] if *first >= 0x80 => {
            // Letters are at most four bytes long: `'é'`, but not `'été`.
            let close = bytes.iter().take(6).skip(2).position(|byte| *byte == b'\'');
            close.map_or_else(|| (1 + length(&bytes[1..], is_word), None), |at| (at + 3, quoted))
        }
        _ => (1 + length(bytes.get(1..).unwrap_or_default(), is_word), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(text: &str) -> String {
        let show = |spot: &Spot<'_>| match spot.token {
            Token::Word(word) => word.to_owned(),
            Token::Sign(sign) => char::from(sign).to_string(),
            Token::Quoted(text) => format!("<{text}>"),
            Token::Number => "1".to_owned(),
        };
        tokens(text).all.iter().map(show).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn texts_comments_and_lifetimes_are_told_apart() {
        assert_eq!(
            show("f(b\"a\\\"{\", r#\"\"}\"#, 'x', '\\'', '\\u{7d}', b'{') // }"),
            "f ( <a\\\"{> , <\"}> , <> , <> , <> , <> )"
        );
        assert_eq!(show("fn f<'a>(x: &'a T) /* { /* } */ } */ {}"), "fn f < > ( x : & T ) { }");
        assert_eq!(show("'é' + 'outer: loop {} r#type r\"\\\""), "<> + : loop { } type <\\>");
    }

    #[test]
    fn numbers_end_where_fields_and_ranges_start() {
        assert_eq!(show("x.0.1 + 1.5e3 + 1..2 + 1.max(0x1f_u8)"), "x . 1 . 1 + 1 + 1 . . 1 + 1 . max ( 1 )");
    }

    #[test]
    fn no_text_is_read_past_its_end() {
        for text in ["\"", "\"\\", "r#\"", "'", "'\\", "/*", "b'", "br##\"a\"#", "1.", "é'"] {
            assert!(tokens(text).all.len() <= 3, "{text}");
        }
    }
}
