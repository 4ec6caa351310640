//! How deep a text nests, found without recursion before anything recurses over it.
//!
//! What counts is how far a recursive descent, and the drop of what it made, can go down: open brackets, and the operators of
//! the expression in each of them. The estimate is never too low by much; too high does no harm.

/// The deepest place of a text.
pub(super) fn deepest(text: &str) -> usize {
    let mut scan = Scan::new(text);
    while let Some(byte) = scan.peek(0) {
        scan.token(byte);
    }
    scan.deepest
}

/// The bracket or quote that keeps a text from being read: one that is never closed or closed by another kind, or one that
/// closes nothing.
pub(super) fn unpaired(text: &str) -> Option<usize> {
    let mut scan = Scan::new(text);
    while let Some(byte) = scan.peek(0) {
        scan.token(byte);
    }
    scan.unpaired.or_else(|| scan.open.last().map(|open| open.at))
}

/// How much deeper an open bracket leads than an operator.
const BRACKET: usize = 2;

struct Scan<'t> {
    bytes: &'t [u8],
    at: usize,
    open: Vec<Open>,
    /// The operators of the expression at hand.
    run: usize,
    depth: usize,
    deepest: usize,
    /// The first bracket or quote that has no partner.
    unpaired: Option<usize>,
}

/// An open bracket.
struct Open {
    bracket: u8,
    at: usize,
    /// The operators before it.
    run: usize,
}

impl Scan<'_> {
    fn new(text: &str) -> Scan<'_> {
        Scan { bytes: text.as_bytes(), at: 0, open: Vec::new(), run: 0, depth: 0, deepest: 0, unpaired: None }
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn token(&mut self, byte: u8) {
        self.at += 1;
        match byte {
            b'/' if self.peek(0) == Some(b'/') => self.skip_line(),
            b'/' if self.peek(0) == Some(b'*') => self.skip_comment(),
            b'"' => self.skip_text(),
            b'\'' => self.skip_character(),
            b'r' if matches!(self.peek(0), Some(b'"' | b'#')) => self.skip_raw_text(),
            b'(' | b'[' | b'{' => {
                self.open.push(Open { bracket: byte, at: self.at - 1, run: std::mem::take(&mut self.run) });
                self.deeper(BRACKET);
            }
            b')' | b']' | b'}' => self.close(byte),
            b';' | b',' => self.reset(),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'0'..=b'9' => self.word(),
            byte if byte.is_ascii_punctuation() => {
                self.run += 1;
                self.deeper(1);
            }
            _ => {}
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
        while self.peek(0).is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            self.at += 1;
        }
        let leads = [&b"else"[..], b"return", b"break", b"as", b"move", b"yield", b"if", b"in", b"let", b"mut", b"box"];
        if leads.contains(&&self.bytes[start..self.at]) {
            self.run += 1;
            self.deeper(1);
        }
    }

    fn skip_line(&mut self) {
        let rest = &self.bytes[self.at..];
        self.at += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    }

    fn skip_comment(&mut self) {
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
    }

    fn skip_text(&mut self) {
        let start = self.at - 1;
        while let Some(byte) = self.peek(0) {
            self.at += if byte == b'\\' { 2 } else { 1 };
            if byte == b'"' {
                return;
            }
        }
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

#[cfg(test)]
mod tests {
    use super::deepest;

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
}
