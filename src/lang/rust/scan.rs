//! What a look at the bytes of a text tells before anything parses it: how deep it nests, which bracket has no partner, and
//! which modules are there for tests alone.
//!
//! The depth is how far a recursive descent, and the drop of what it made, can go down: open brackets, and the operators of
//! the expression in each of them. The estimate is never too low by much; too high does no harm.

use super::super::tokens::{is_blank, length};
use super::code::Code;
use std::ops::Range;

/// What a text looks like.
pub(super) struct Scanned {
    /// Its deepest place.
    pub(super) deepest: usize,
    /// The bracket or quote that keeps it from being read: one that is never closed or closed by another kind, or one that
    /// closes nothing.
    pub(super) unpaired: Option<usize>,
    /// The contents of modules under `#[cfg(test)]`, which are not read.
    tests: Vec<Range<usize>>,
    /// The comments.
    comments: Vec<Range<usize>>,
    /// What the lexer need not see, in order: comments, what is not read, and blanks beyond one.
    cuts: Vec<Range<usize>>,
}

/// Looks at a text, but for some ranges of it, which are between brackets and in order.
pub(super) fn scan(text: &str, gaps: &[Range<usize>]) -> Scanned {
    let mut scan = Scan {
        bytes: text.as_bytes(),
        at: 0,
        gaps,
        open: Vec::new(),
        run: 0,
        depth: 0,
        deepest: 0,
        unpaired: None,
        in_test: false,
        tests: Vec::new(),
        comments: Vec::new(),
        cuts: Vec::new(),
    };
    while let Some(byte) = scan.peek(0) {
        scan.token(byte);
        scan.skip_gap();
    }
    let unpaired = scan.unpaired.or_else(|| scan.open.last().map(|open| open.at));
    Scanned { deepest: scan.deepest, unpaired, tests: scan.tests, comments: scan.comments, cuts: scan.cuts }
}

impl Scanned {
    /// The comments outside modules for tests.
    pub(super) fn comments(&self) -> impl Iterator<Item = &Range<usize>> {
        let is_for_tests = |comment: &&Range<usize>| self.tests.iter().any(|module| module.contains(&comment.start));
        self.comments.iter().filter(move |comment| !is_for_tests(comment))
    }

    /// What the lexer is given of the text, from some place on.
    ///
    /// The lexer would throw comments away itself, but makes attributes of documentation.
    pub(super) fn code<'t>(&self, text: &'t str, from: usize) -> Code<'t> {
        match self.unpaired {
            Some(_) => Code::whole(text, from),
            None => Code::without(text, from, &self.cuts),
        }
    }
}

/// How much deeper an open bracket leads than an operator.
const BRACKET: usize = 2;

struct Scan<'t> {
    bytes: &'t [u8],
    at: usize,
    /// What is left of the ranges not to be looked at.
    gaps: &'t [Range<usize>],
    open: Vec<Open>,
    /// The operators of the expression at hand.
    run: usize,
    depth: usize,
    deepest: usize,
    /// The first bracket or quote that has no partner.
    unpaired: Option<usize>,
    /// Whether the current place belongs to a module for tests.
    in_test: bool,
    tests: Vec<Range<usize>>,
    comments: Vec<Range<usize>>,
    cuts: Vec<Range<usize>>,
}

/// An open bracket.
struct Open {
    bracket: u8,
    at: usize,
    /// The operators before it.
    run: usize,
}

impl Scan<'_> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn token(&mut self, byte: u8) {
        self.at += 1;
        match byte {
            byte if is_blank(byte) => {
                let start = self.at - 1;
                self.at += length(&self.bytes[self.at..], is_blank);
                let goes_on = self.cuts.last().is_some_and(|cut| cut.end == start);
                if goes_on || byte != b' ' || self.at > start + 1 {
                    self.cut(start..self.at);
                }
            }
            b'/' if self.peek(0) == Some(b'/') => self.skip_line(),
            b'/' if self.peek(0) == Some(b'*') => self.skip_comment(),
            b'"' => self.skip_text(),
            b'\'' => self.skip_character(),
            b'(' | b'[' | b'{' => {
                self.open.push(Open { bracket: byte, at: self.at - 1, run: std::mem::take(&mut self.run) });
                self.deeper(BRACKET);
            }
            b')' | b']' | b'}' => self.close(byte),
            b';' | b',' => self.reset(),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'0'..=b'9' => self.word(),
            byte if byte.is_ascii_punctuation() => {
                if byte == b'#' && self.open.is_empty() && starts_test_module(&self.bytes[self.at..]) {
                    self.in_test = true;
                }
                self.run += 1;
                self.deeper(1);
            }
            _ => {}
        }
    }

    fn skip_gap(&mut self) {
        while let [gap, rest @ ..] = self.gaps
            && gap.start <= self.at
        {
            if gap.start == self.at {
                self.at = gap.end;
                self.cut(gap.clone());
            }
            self.gaps = rest;
        }
    }

    fn cut(&mut self, range: Range<usize>) {
        match self.cuts.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ if range.is_empty() => {}
            _ => self.cuts.push(range),
        }
    }

    fn deeper(&mut self, by: usize) {
        self.depth += by;
        self.deepest = self.deepest.max(self.depth);
    }

    fn reset(&mut self) {
        self.depth -= std::mem::take(&mut self.run);
    }

    fn close(&mut self, byte: u8) {
        self.reset();
        let Some(open) = self.open.pop() else {
            self.unpaired = self.unpaired.or(Some(self.at - 1));
            return;
        };
        if !matches!((open.bracket, byte), (b'(', b')') | (b'[', b']') | (b'{', b'}')) {
            self.unpaired = self.unpaired.or(Some(open.at));
        }
        self.depth -= BRACKET;
        self.run = open.run;
        if byte == b'}' && self.open.is_empty() && std::mem::take(&mut self.in_test) {
            let inside = open.at + 1..self.at - 1;
            self.cuts.truncate(self.cuts.partition_point(|cut| cut.start < inside.start));
            self.cut(inside.clone());
            self.tests.push(inside);
        }
        // Most braces end a statement; one that an operator or `else` follows does not.
        if byte == b'}' && !self.goes_on() {
            self.reset();
        }
    }

    fn goes_on(&self) -> bool {
        let rest = self.bytes[self.at..].trim_ascii_start();
        rest.starts_with(b"else") || rest.first().is_some_and(|byte| b".?+-*/%&|^<>=".contains(byte))
    }

    /// A word. Those that an expression can follow lead deeper.
    fn word(&mut self) {
        let start = self.at - 1;
        self.at += length(&self.bytes[self.at..], |byte| byte.is_ascii_alphanumeric() || byte == b'_');
        match &self.bytes[start..self.at] {
            b"r" | b"br" | b"cr" if matches!(self.peek(0), Some(b'"' | b'#')) => self.skip_raw_text(),
            b"else" | b"return" | b"break" | b"as" | b"move" | b"yield" | b"if" | b"in" | b"let" | b"mut" | b"box" => {
                self.run += 1;
                self.deeper(1);
            }
            _ => {}
        }
    }

    fn skip_line(&mut self) {
        let start = self.at - 1;
        let rest = &self.bytes[self.at..];
        self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        self.comments.push(start..self.at);
        self.cut(start..self.at);
    }

    fn skip_comment(&mut self) {
        let start = self.at - 1;
        let mut open = 1;
        self.at += 1;
        while open > 0 && self.at < self.bytes.len() {
            match (self.peek(0), self.peek(1)) {
                (Some(b'/'), Some(b'*')) => (open += 1, self.at += 1).1,
                (Some(b'*'), Some(b'/')) => (open -= 1, self.at += 1).1,
                _ => {}
            }
            self.at += 1;
        }
        let comment = start..self.at.min(self.bytes.len());
        self.comments.push(comment.clone());
        self.cut(comment);
    }

    fn skip_text(&mut self) {
        let start = self.at - 1;
        while let Some(found) = self.bytes.get(self.at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
            self.at += found + 1;
            if self.bytes[self.at - 1] == b'"' {
                return;
            }
            self.at += 1;
        }
        self.at = self.bytes.len();
        self.unpaired = self.unpaired.or(Some(start));
    }

    fn skip_raw_text(&mut self) {
        let hashes = self.bytes[self.at..].iter().take_while(|byte| **byte == b'#').count();
        if self.peek(hashes) != Some(b'"') {
            return;
        }
        self.at += hashes + 1;
        while let Some(byte) = self.peek(0) {
            self.at += 1;
            let closes = byte == b'"'
                && self.bytes[self.at..].iter().take(hashes).filter(|byte| **byte == b'#').count() == hashes;
            if closes {
                self.at += hashes;
                return;
            }
        }
    }

    /// A character between quotes, or the quote of a lifetime.
    fn skip_character(&mut self) {
        if self.peek(0) == Some(b'\\') {
            self.at += 2;
            while self.peek(0).is_some_and(|byte| byte != b'\'' && byte != b'\n') {
                self.at += 1;
            }
            self.at += 1;
            return;
        }
        // One character of up to four bytes: `'é'`, but not `'a, 'b'`.
        let close = (1..=4).find(|ahead| self.peek(*ahead) == Some(b'\''));
        let single = |end: usize| {
            std::str::from_utf8(&self.bytes[self.at..self.at + end]).is_ok_and(|it| it.chars().count() == 1)
        };
        if let Some(end) = close.filter(|end| single(*end)) {
            self.at += end + 1;
        }
    }
}

/// Whether what follows a `#` makes a module that is there for tests alone, with its contents.
fn starts_test_module(text: &[u8]) -> bool {
    let Some(mut rest) = text.strip_prefix(b"[cfg(test)]") else { return false };
    loop {
        rest = rest.trim_ascii_start();
        if rest.starts_with(b"#[") {
            let Some(end) = rest.iter().position(|byte| *byte == b']') else { return false };
            rest = &rest[end + 1..];
        } else if let Some(after) = rest.strip_prefix(b"pub(crate) ").or_else(|| rest.strip_prefix(b"pub ")) {
            rest = after;
        } else {
            break;
        }
    }
    let Some(name) = rest.strip_prefix(b"mod ") else { return false };
    let end = name.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_').unwrap_or(name.len());
    name[end..].trim_ascii_start().starts_with(b"{")
}

#[cfg(test)]
mod tests {
    use super::scan;

    fn deepest(text: &str) -> usize {
        scan(text, &[]).deepest
    }

    fn code(text: &str) -> String {
        scan(text, &[]).code(text, 0).text.into_owned()
    }

    #[test]
    fn modules_for_tests_are_left_out() {
        let text = "fn a() {}\n#[cfg(test)]\n#[allow(x)]\npub(crate) mod tests {\n  fn b() { '}' } // c\n}\nfn d() {}";
        assert_eq!(code(text), "fn a() {} #[cfg(test)] #[allow(x)] pub(crate) mod tests { } fn d() {}");
        let lines = "fn a() {}\n#[cfg(test)]\n#[allow(x)]\npub(crate) mod tests {\n}\nfn d() {}";
        assert_eq!(code(&text.replace("b()", "é()")), lines);
        for kept in
            ["#[cfg(test)] mod tests; mod b {}", "#[cfg(not(test))] mod a {}", "mod a { #[cfg(test)] mod b {} }"]
        {
            assert_eq!(code(kept), kept);
        }
    }

    #[test]
    fn comments_and_blanks_beyond_one_are_left_out() {
        let text = "//! a\n/// b\nfn f() /** é */ {} //// c\n/*! d\n */ fn  g(\"// \n  e\")\t{} // e\n";
        assert_eq!(code(text), "\nfn f()  {} \nfn g(\"// \n  e\") {} \n");
        assert_eq!(code(&text.replace('é', "e")), " fn f()  {}  fn g(\"// \n  e\") {}  ");
        assert_eq!(code("// a\nf(  ["), "// a\nf(  [");
    }

    #[test]
    fn the_bracket_without_partner_is_found() {
        let unpaired = |text: &str| scan(text, &[]).unpaired;
        assert_eq!(unpaired("fn f() { (] }"), Some(9));
        assert_eq!(unpaired("f())"), Some(3));
        assert_eq!(unpaired("f(\"a"), Some(2));
        assert_eq!(unpaired("{ f(br\"\\\", r#\"\"{\"#, '{', b'{') }"), None);
    }

    #[test]
    fn brackets_and_operators_lead_down() {
        assert_eq!(deepest("fn f() { g(h()); }"), 3 * 2);
        assert_eq!(deepest("a.b().c()"), 2 + 2);
        assert!(deepest(&format!("{}x", "!".repeat(500))) >= 500);
        assert!(deepest(&format!("if a {{}}{}", " else if b {}".repeat(500))) >= 500);
    }

    #[test]
    fn what_follows_one_another_does_not_add_up() {
        assert!(deepest(&"fn f() { a.b(); c(d, e); if x { y } }\n".repeat(500)) < 20);
    }

    #[test]
    fn texts_and_comments_do_not_count() {
        let text =
            "let a = \"((((((\\\"((\"; // ((((((\n/* (( /* (( */ (( */ let b = ('(', '\\'', '\\u{28}', r#\"(\"((\"#);";
        assert_eq!(deepest(text), 2 + 2);
        assert_eq!(deepest("fn f<'a>(x: &'a T, y: &'b [u8]) {}"), 2 + 2 + 2 + 2);
    }

    #[test]
    fn what_is_left_out_is_not_looked_at() {
        let text = "fn f() { g(\"}\", [/*)*/]) } mod m { fn h() { ((((( } }";
        let of = |inside: &str| text.find(inside).map(|at| at..at + inside.len()).unwrap();
        let (body, inner) = (of(" g(\"}\", [/*)*/])"), of(" ((((("));
        let scanned = scan(text, &[body.clone(), inner]);
        assert_eq!((scanned.unpaired, scanned.deepest), (None, 2 + 2));
        assert_eq!(scanned.comments().count(), 0);
        assert_eq!(scan(text, &[body]).unpaired.map(|at| &text[at..=at]), Some("("));
    }
}
