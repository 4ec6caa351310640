//! What of a file that a program wrote need not be parsed: bodies that only move bytes and numbers about, as code for
//! encodings does, and long lists of constants. They can be most of a codebase's text.
//!
//! Reads words and brackets, no more. A body is left out only if nothing that it could do is ever followed: what goes in and
//! out has a plain type, it names no package that matters, and all that it calls is left out as well.

use super::expression::BASIC_TYPES;
use super::imports;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Lists of constants shorter than this, in bytes, are parsed all the same.
const LONG: usize = 200;

/// Bodies shorter than this as well: leaving them out saves nothing.
const SHORT: usize = 40;

/// Basic types that a plain function may take, but not give: a caller could go on with what it got.
const TAKEN: &[&str] = &["any", "interface", "string"];

/// Words before a parenthesis that call nothing a summary could speak of.
const HARMLESS: &[&str] = &[
    "append",
    "any",
    "cap",
    "case",
    "clear",
    "copy",
    "delete",
    "for",
    "if",
    "interface",
    "len",
    "make",
    "max",
    "min",
    "new",
    "panic",
    "range",
    "return",
    "string",
    "struct",
    "switch",
    "var",
];

/// Words that make a function more than plain.
const ACTIVE: &[&str] = &["chan", "defer", "func", "go", "recover", "select"];

/// The ranges of a text that can be left out, in order: each is what stands between two braces. None if no program wrote it.
///
/// `matters` says of an import path whether what the package does is followed.
pub(super) fn gaps(text: &str, matters: &dyn Fn(&str) -> bool) -> Vec<Range<usize>> {
    if !is_generated(text) {
        return Vec::new();
    }
    let mut skim = Skim { tokens: Tokens { text, at: 0 }.collect(), ..Skim::default() };
    if skim.file().is_none() {
        return Vec::new();
    }
    let plain = skim.plain(matters);
    let bodies = skim.functions.iter().filter(|function| plain.contains(function.name)).map(|it| it.inside.clone());
    let mut gaps: Vec<Range<usize>> =
        bodies.chain(skim.lists.iter().cloned()).filter(|gap| gap.len() >= SHORT).collect();
    gaps.sort_by_key(|gap| gap.start);
    gaps
}

/// Whether a word is a basic type; one that says nothing of its values takes them all.
fn is_basic(word: &str) -> bool {
    BASIC_TYPES.contains(&word) || word == "interface"
}

fn is_generated(text: &str) -> bool {
    text.lines().take_while(|line| !line.starts_with("package ")).any(says_generated)
}

/// Whether a line says that a program wrote the file (`go help generate`).
pub(super) fn says_generated(line: &str) -> bool {
    line.starts_with("// Code generated ") && line.ends_with(" DO NOT EDIT.")
}

/// A word or a character of a text; comments, texts and numbers are left out, the latter but for a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'t> {
    Word(&'t str),
    /// A bracket, an operator's character, ...
    Sign(u8),
    /// A text between quotes, without them.
    Quoted(&'t str),
    Number,
}

struct Tokens<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Iterator for Tokens<'t> {
    type Item = (usize, Token<'t>);

    fn next(&mut self) -> Option<(usize, Token<'t>)> {
        let bytes = self.text.as_bytes();
        loop {
            let start = self.at;
            let first = *bytes.get(start)?;
            let rest = &bytes[start..];
            let (length, token) = match first {
                b' ' | b'\t' | b'\r' | b'\n' => (1, None),
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
                return Some((start, token));
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

/// A file while it is read.
#[derive(Default)]
struct Skim<'t> {
    tokens: Vec<(usize, Token<'t>)>,
    /// Imported packages by the name the file uses.
    imports: BTreeMap<String, &'t str>,
    types: BTreeSet<&'t str>,
    functions: Vec<Function<'t>>,
    /// Long lists of constants: what stands between their braces.
    lists: Vec<Range<usize>>,
}

/// A function or method at the top of the file.
struct Function<'t> {
    name: &'t str,
    /// What stands between the braces of its body.
    inside: Range<usize>,
    /// The tokens there.
    tokens: Range<usize>,
    /// Whether what goes in and out is plain.
    plain: bool,
}

impl<'t> Skim<'t> {
    /// Reads the whole file. None if its brackets don't fit.
    fn file(&mut self) -> Option<()> {
        let mut at = 0;
        while at < self.tokens.len() {
            at = match self.token(at) {
                Some(Token::Word("import")) => self.imports(at + 1)?,
                Some(Token::Word("func")) => self.function(at + 1)?,
                Some(Token::Word("type")) => {
                    if let Some(Token::Word(name)) = self.token(at + 1) {
                        self.types.insert(name);
                    }
                    at + 1
                }
                Some(Token::Sign(b'{')) => {
                    let end = self.after(at)?;
                    let inside = self.inside(at, end);
                    let constant = |token: &(usize, Token)| matches!(token.1, Token::Number | Token::Sign(b',' | b'-'));
                    if inside.len() >= LONG && self.tokens[at + 1..end - 1].iter().all(constant) {
                        self.lists.push(inside);
                    }
                    end
                }
                Some(Token::Sign(b'}')) => return None,
                _ => at + 1,
            };
        }
        Some(())
    }

    fn token(&self, at: usize) -> Option<Token<'t>> {
        self.tokens.get(at).map(|(_, token)| *token)
    }

    fn is_sign(&self, at: usize, sign: u8) -> bool {
        self.token(at) == Some(Token::Sign(sign))
    }

    /// Past the bracket that closes the one at `open`.
    fn after(&self, open: usize) -> Option<usize> {
        let mut depth = 0_usize;
        for (at, (_, token)) in self.tokens.iter().enumerate().skip(open) {
            match token {
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
    fn inside(&self, open: usize, end: usize) -> Range<usize> {
        self.tokens[open].0 + 1..self.tokens[end - 1].0
    }

    fn imports(&mut self, start: usize) -> Option<usize> {
        let end = if self.is_sign(start, b'(') { self.after(start)? } else { self.tokens.len().min(start + 2) };
        for at in start..end {
            let Some(Token::Quoted(path)) = self.token(at) else { continue };
            let name = match self.token(at - 1) {
                Some(Token::Word(name)) if name != "import" => name.to_owned(),
                _ => imports::package_name(path),
            };
            self.imports.insert(name, path);
            if !self.is_sign(start, b'(') {
                return Some(at + 1);
            }
        }
        Some(end)
    }

    /// A function from behind its `func`.
    fn function(&mut self, mut at: usize) -> Option<usize> {
        if self.is_sign(at, b'(') {
            at = self.after(at)?;
        }
        // A function without name is a value or a type.
        let Some(Token::Word(name)) = self.token(at) else { return Some(at) };
        if !self.is_sign(at + 1, b'(') {
            return Some(at + 1);
        }
        let results = self.after(at + 1)?;
        let mut open = results;
        while !self.is_sign(open, b'{') {
            match self.token(open)? {
                Token::Sign(b'(' | b'[') => open = self.after(open)?,
                // A result of such a type, or a function without body and the next declaration.
                Token::Word("func" | "interface" | "struct" | "type" | "var" | "const") => return Some(open),
                _ => open += 1,
            }
        }
        let end = self.after(open)?;
        let plain = self.is_plain(at + 2..results - 1, &[]) && self.is_plain(results..open, TAKEN);
        self.functions.push(Function { name, inside: self.inside(open, end), tokens: open + 1..end - 1, plain });
        Some(end)
    }

    /// Whether a list of parameters or results has basic types alone, and none of `others`.
    fn is_plain(&self, list: Range<usize>, others: &[&str]) -> bool {
        let words = |part: &[(usize, Token<'t>)]| -> Vec<&'t str> {
            let word = |token: &(usize, Token<'t>)| match token.1 {
                Token::Word(word) => Some(word),
                _ => None,
            };
            part.iter().filter_map(word).collect()
        };
        let parts: Vec<Vec<&str>> =
            self.tokens[list].split(|(_, token)| *token == Token::Sign(b',')).map(words).collect();
        let named = parts.iter().any(|part| part.len() > 1);
        let is_type = |word: &&str| is_basic(word) && !others.contains(word);
        parts.iter().all(|part| match part.as_slice() {
            [] => true,
            [word] => named || is_type(word),
            [name, word] => is_type(word) && !matches!(*name, "chan" | "func" | "map"),
            _ => false,
        })
    }

    /// Names of the functions that can be left out: all of that name can.
    fn plain(&self, matters: &dyn Fn(&str) -> bool) -> BTreeSet<&'t str> {
        let mut calls = BTreeMap::<&str, BTreeSet<&str>>::new();
        let mut others = BTreeSet::from(["init", "main"]);
        for function in &self.functions {
            match self.calls(function, matters).filter(|_| function.plain) {
                Some(called) => calls.entry(function.name).or_default().extend(called),
                None => drop(others.insert(function.name)),
            }
        }
        calls.retain(|name, _| !others.contains(name));
        loop {
            let known: BTreeSet<&str> = calls.keys().copied().collect();
            calls.retain(|_, called| called.is_subset(&known));
            if calls.len() == known.len() {
                return known;
            }
        }
    }

    /// The functions and methods that a body calls, by name; none if it does what may matter.
    fn calls(&self, function: &Function<'t>, matters: &dyn Fn(&str) -> bool) -> Option<BTreeSet<&'t str>> {
        let mut calls = BTreeSet::new();
        let mut at = function.tokens.start;
        while at < function.tokens.end {
            at += 1;
            match self.token(at - 1)? {
                Token::Word(word) if ACTIVE.contains(&word) => return None,
                Token::Word(word) => {
                    let member = at >= 2 && self.is_sign(at - 2, b'.');
                    if !member
                        && self.is_sign(at, b'.')
                        && let Some(path) = self.imports.get(word)
                    {
                        if matters(path) {
                            return None;
                        }
                        at = self.after_selectors(at);
                        continue;
                    }
                    let harmless = || is_basic(word) || HARMLESS.contains(&word) || self.types.contains(word);
                    if self.is_sign(at, b'(') && (member || !harmless()) {
                        calls.insert(word);
                    }
                }
                // What an element or a result gives is called, or a channel is used.
                Token::Sign(b')' | b']') if self.is_sign(at, b'(') => return None,
                Token::Sign(b'<') if self.is_sign(at, b'-') && self.tokens[at].0 == self.tokens[at - 1].0 + 1 => {
                    return None;
                }
                _ => {}
            }
        }
        Some(calls)
    }

    /// Past `.A.B`.
    fn after_selectors(&self, mut at: usize) -> usize {
        while self.is_sign(at, b'.') && matches!(self.token(at + 1), Some(Token::Word(_))) {
            at += 2;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::gaps;

    const HEADER: &str =
        "// Code generated by a program. DO NOT EDIT.\n\npackage p\n\nimport (\n\t\"io\"\n\tweb \"net/http\"\n)\n\n";

    /// What is left out of a file with these declarations.
    fn left_out(declarations: &str) -> Vec<String> {
        let text = format!("{HEADER}{declarations}");
        gaps(&text, &|path| path == "net/http").into_iter().map(|gap| text[gap].trim().to_owned()).collect()
    }

    const LONG: &str =
        "sum := uint64(len(data)) // counts '{'\n\tfor i := range data {\n\t\tsum += uint64(data[i])\n\t}";

    fn function(signature: &str, rest: &str) -> String {
        format!("func {signature} {{\n\t{LONG}\n\t{rest}\n}}\n\n")
    }

    #[test]
    fn what_only_counts_is_left_out() {
        let rest = "if sum == 0 {\n\t\treturn 0, io.ErrUnexpectedEOF\n\t}\n\treturn int(sum), nil";
        let text = function("(m *M) Read(data []byte, a, b int) (n int, err error)", rest);
        assert_eq!(left_out(&text), [format!("{LONG}\n\t{rest}")]);
        assert_eq!(left_out(&function("f(string, ...byte) bool", "return sum == '}'")).len(), 1);
    }

    #[test]
    fn what_people_wrote_is_read() {
        let text = format!("package p\n\n{}", function("f(data []byte) int", "return int(sum)"));
        assert!(gaps(&text, &|_| false).is_empty());
    }

    #[test]
    fn what_may_matter_is_read() {
        for signature in [
            "f(data []byte, next func()) int",
            "f(data web.Header) int",
            "f(data map[string]string) int",
            "f(data []byte) string",
            "f(data []byte) (any, error)",
            "(m *M) f(data M) error",
            "init()",
        ] {
            assert!(left_out(&function(signature, "return")).is_empty(), "{signature}");
        }
        for rest in [
            "web.Get(url)",
            "m.client.Get(url)",
            "m.data = web.Header{}",
            "go count(sum)",
            "m.ready <- sum",
            "fs[0](sum)",
            "(*N)(m).count()",
            "defer m.lock()",
        ] {
            assert!(left_out(&function("(m *M) f(data []byte) error", rest)).is_empty(), "{rest}");
        }
    }

    #[test]
    fn what_calls_something_that_may_matter_is_read() {
        let send = function("(m *M) send(data []byte) error", "return m.client.Do(data)");
        let store = function("(m *M) store(data []byte) error", "return m.send(data)");
        let count = function("(m *M) count(data []byte) error", "return m.count(data)");
        assert_eq!(left_out(&format!("{send}{store}{count}")), [format!("{LONG}\n\treturn m.count(data)")]);
        let other = function("(n *N) count(data []byte) error", "return n.client.Do(data)");
        assert!(left_out(&format!("{count}{other}")).is_empty());
    }

    #[test]
    fn long_lists_of_constants_are_left_out() {
        let bytes = "0x1f, 0x8b, ".repeat(40);
        assert_eq!(left_out(&format!("var data = []byte{{\n\t// {{\n\t{bytes}\n}}\n")).len(), 1);
        assert!(left_out(&format!("var data = []any{{\n\t{bytes} f,\n}}\n")).is_empty());
        assert!(left_out("var data = []byte{0x1f}\n").is_empty());
    }

    #[test]
    fn what_brackets_do_not_fit_is_read() {
        let text = function("f(data []byte) int", "return int(sum)");
        assert!(left_out(&format!("{text}func g() {{")).is_empty());
        assert!(left_out(&format!("{text}}}")).is_empty());
    }
}
