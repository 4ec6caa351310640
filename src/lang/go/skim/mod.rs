//! What of a file need not be parsed, told from its words and brackets alone.
//!
//! Bodies that neither do anything which is followed nor hand on what could are most of the text of many codebases. Which
//! these are is told over all files together, from the [`Outline`] of each: this module makes it. Lists of constants and, in
//! files that a program wrote, bodies that only move bytes and numbers about ([`plain`]) can be told here already.

mod declarations;
mod lexer;
mod plain;

use super::super::tokens::{Token, Tokens};
use super::super::{Meanings, directive};
use crate::facts::outline::{Body, Item, Meaning, Named, Outline, Uses, Word};
use declarations::{Declarations, Function, Receiver};
use lexer::after_line;
use smallvec::SmallVec;
use std::collections::BTreeSet;
use std::ops::Range;

/// Bodies shorter than this, in bytes, are parsed all the same: leaving them out saves nothing.
const SHORT: usize = 40;

/// Parts of the names of functions that read or write contexts, whoever wrote them.
const TOUCHING: &[&str] = &["nject", "xtract", "ropagat"];

/// Words of the language that name nothing.
const KEYWORDS: &[&str] = &[
    "break",
    "case",
    "const",
    "continue",
    "default",
    "defer",
    "else",
    "fallthrough",
    "for",
    "go",
    "goto",
    "if",
    "import",
    "package",
    "range",
    "return",
    "select",
    "struct",
    "switch",
    "type",
    "var",
];

/// The outline of a file; none if its brackets don't fit, or its names may be another package's.
///
/// `meaning` says what members of packages mean, by import path and name.
pub(super) fn outline(text: &str, meaning: Meanings<'_>) -> Option<Outline> {
    let (tokens, comments) = lexer::tokens(text);
    let file = declarations::read(&tokens).filter(|file| !file.mixes)?;
    let plain = if is_generated(text) { plain::names(&tokens, &file, meaning) } else { BTreeSet::new() };
    let reader = Reader { text, tokens: &tokens, file: &file, meaning };
    let mut outline = Outline {
        package: file.package.to_owned(),
        imports: file.imports.iter().map(|path| (*path).to_owned()).collect(),
        ..Outline::default()
    };
    for (name, rest) in &file.types {
        reader.ty(name, rest.clone(), &mut outline.items)?;
    }
    for (names, rest) in &file.variables {
        let uses = reader.part(rest.clone()).settled();
        outline.items.extend(names.iter().map(|name| item(name, Named::InPackage, uses.clone())));
    }
    for function in &file.functions {
        if plain.contains(function.name) {
            outline.skipped.push(function.inside.clone());
        } else {
            reader.function(function, &mut outline);
        }
    }
    outline.skipped.extend(file.lists.iter().cloned());
    outline.skipped.retain(|range| range.len() >= SHORT);
    outline.skipped.extend(comments);
    outline.skipped.sort_by_key(|range| range.start);
    Some(outline)
}

fn item(name: &str, named: Named, uses: Uses) -> Item {
    Item { name: Word::new(name), also: SmallVec::new(), given_by: None, named, asked_by: None, holds: false, uses }
}

fn is_generated(text: &str) -> bool {
    text.lines().take_while(|line| !line.starts_with("package ")).any(says_generated)
}

/// Whether a line says that a program wrote the file (`go help generate`).
pub(super) fn says_generated(line: &str) -> bool {
    line.starts_with("// Code generated ") && line.ends_with(" DO NOT EDIT.")
}

/// The words of a part of a file, and what else it shows.
#[derive(Default)]
struct Part {
    uses: Uses,
    /// A type that takes anything.
    is_loose: bool,
    /// A callable, or the type of one.
    has_callable: bool,
    /// The type of what can carry headers.
    has_carrier: bool,
    has_text_type: bool,
    has_channel: bool,
    /// A text that may be an address.
    has_address: bool,
    /// The type of a context.
    has_context: bool,
    /// Something is put into a list or channel that others see, or taken out of one.
    has_queue: bool,
}

impl Part {
    /// The words of what may do or hold something with what it names.
    fn settled(mut self) -> Uses {
        self.uses.matters |= self.has_context;
        self.uses.settle();
        self.uses
    }

    /// Whether what has this type can hold what matters although its words don't.
    fn may_hold(&self) -> bool {
        self.is_loose || self.has_callable || self.has_carrier
    }
}

struct Reader<'r, 't> {
    text: &'t str,
    tokens: &'r Tokens<'t>,
    file: &'r Declarations<'t>,
    meaning: Meanings<'r>,
}

impl<'t> Reader<'_, 't> {
    fn part(&self, range: Range<usize>) -> Part {
        self.body(range, Receiver::default())
    }

    /// A part of a method that calls its value so.
    fn body(&self, range: Range<usize>, receiver: Receiver<'t>) -> Part {
        let mut part = Part::default();
        let mut at = range.start;
        while at < range.end {
            match self.tokens.all[at].token {
                Token::Word(word) => self.word(word, at, receiver, &mut part),
                Token::Quoted(text) => part.has_address |= may_be_address(text),
                Token::Number => {
                    part.has_queue |= self.tokens.is_sign(at + 1, b':') && self.tokens.is_sign(at + 2, b']');
                }
                Token::Sign(b'<') => part.has_queue |= self.is_arrow(at),
                Token::Sign(_) => {}
            }
            at += 1;
        }
        part
    }

    fn word(&self, word: &'t str, at: usize, receiver: Receiver<'t>, part: &mut Part) {
        match word {
            "any" | "interface" => part.is_loose = true,
            "func" => part.has_callable = true,
            "chan" => part.has_channel = true,
            "map" => part.has_carrier |= self.is_carrier(at),
            "string" => part.has_text_type = true,
            "append" => part.has_queue |= self.tokens.is_sign(at + 1, b'(') && self.tokens.is_sign(at + 3, b'.'),
            word if KEYWORDS.contains(&word) => {}
            // It names nothing, although things are called so.
            "_" => {}
            word if self.tokens.before(at, 1) == Some(Token::Sign(b'.')) => {
                let is_own = !receiver.name.is_empty()
                    && self.tokens.before(at, 2) == Some(Token::Word(receiver.name))
                    && self.tokens.before(at, 3) != Some(Token::Sign(b'.'));
                if is_own {
                    part.uses.of_own.push((Word::joined(receiver.ty, word), Word::new(word)));
                } else if self.tokens.is_sign(at + 1, b'(') {
                    part.uses.members.push(Word::new(word));
                } else {
                    part.uses.fields.push(Word::new(word));
                }
            }
            word => {
                if self.tokens.is_sign(at + 1, b'.')
                    && let (Some(import), Some(member)) = (self.file.names.get(word), self.tokens.word(at + 2))
                {
                    let meaning = (self.meaning)(self.file.imports[*import as usize], member);
                    part.uses.matters |= meaning == Meaning::Followed;
                    part.has_context |= meaning == Meaning::Context;
                    part.uses.imported.push((*import, Word::new(member)));
                    return;
                }
                if self.tokens.is_sign(at + 1, b':') {
                    part.uses.members.push(Word::new(word));
                }
                part.uses.bare.push(Word::new(word));
            }
        }
    }

    /// Whether a sign is the first of `<-`.
    fn is_arrow(&self, at: usize) -> bool {
        self.tokens.is_sign(at + 1, b'-') && self.tokens.all[at].at + 1 == self.tokens.all[at + 1].at
    }

    /// Whether a map type is one of texts by texts, or of anything by texts.
    fn is_carrier(&self, at: usize) -> bool {
        let is_text = self.tokens.is_word(at + 2, "string") && self.tokens.is_sign(at + 3, b']');
        let element = if self.tokens.is_sign(at + 4, b'[') { at + 6 } else { at + 4 };
        is_text && self.tokens.word(element).is_some_and(|word| matches!(word, "any" | "byte" | "interface" | "string"))
    }

    fn ty(&self, name: &str, rest: Range<usize>, items: &mut Vec<Item>) -> Option<()> {
        let whole = self.part(rest.clone());
        let mut kind = rest.start;
        if self.tokens.is_sign(kind, b'[') && self.tokens.word(kind + 1).is_some() {
            kind = self.tokens.after(kind)?;
        }
        kind += usize::from(self.tokens.is_sign(kind, b'='));
        let mut uses = whole.uses;
        uses.matters |= whole.has_context;
        let is_interface = self.tokens.is_word(kind, "interface");
        let mut holds = whole.has_carrier;
        uses.matters |= self.tokens.is_word(kind, "func");
        if (is_interface || self.tokens.is_word(kind, "struct")) && self.tokens.is_sign(kind + 1, b'{') {
            // What its fields may hold is said of them.
            holds = false;
            let end = self.tokens.after(kind + 1)? - 1;
            let mut at = kind + 2;
            while at < end {
                let next = after_line(self.tokens, at)?.clamp(at + 1, end);
                let (names, named) = self.members(at, next, is_interface);
                if named == Named::Abstract {
                    uses.members.extend(names.iter().map(|name| Word::new(name)));
                    items.extend(names.into_iter().map(|name| item(name, named, Uses::default())));
                } else {
                    let part = self.part(at..next);
                    let (holds, is_callable) = (part.may_hold(), part.has_callable);
                    let mut uses = part.settled();
                    // Who calls what runs it is asked for as well.
                    uses.matters |= is_callable;
                    let member = |member: &str| {
                        let mut item = item(member, named, uses.clone());
                        item.also.push(Word::joined(name, member));
                        item.holds = holds;
                        item
                    };
                    items.extend(names.into_iter().map(member));
                }
                at = next;
            }
        }
        uses.settle();
        items.push(Item { holds, ..item(name, Named::InPackage, uses) });
        Some(())
    }

    /// What a line of a record or interface declares.
    fn members(&self, start: usize, end: usize, is_interface: bool) -> (Vec<&'t str>, Named) {
        let Some(first) = self.tokens.word(start) else {
            return (self.embedded(start, end), Named::Field);
        };
        if is_interface {
            let is_method = self.tokens.is_sign(start + 1, b'(');
            return if is_method { (vec![first], Named::Abstract) } else { (Vec::new(), Named::Field) };
        }
        let mut names = vec![first];
        let mut at = start + 1;
        while self.tokens.is_sign(at, b',') {
            names.extend(self.tokens.word(at + 1));
            at += 2;
        }
        let is_embedded = at >= end
            || self.tokens.is_sign(at, b'.')
            || matches!(self.tokens.get(at), Some(Token::Quoted(_)))
            || (self.tokens.is_sign(at, b'[') && names.len() == 1 && self.is_instance(at, end));
        if is_embedded { (self.embedded(start, end), Named::Field) } else { (names, Named::Field) }
    }

    /// Whether type arguments alone follow, and no type: `Base[T]`, unlike `items [4]T`.
    fn is_instance(&self, open: usize, end: usize) -> bool {
        self.tokens
            .after(open)
            .is_none_or(|after| after >= end || matches!(self.tokens.get(after), Some(Token::Quoted(_))))
    }

    /// The name of an embedded type: the last before its type arguments.
    fn embedded(&self, start: usize, end: usize) -> Vec<&'t str> {
        let stop = (start..end).find(|at| self.tokens.is_sign(*at, b'[')).unwrap_or(end);
        (start..stop).rev().find_map(|at| self.tokens.word(at)).into_iter().collect()
    }

    fn function(&self, function: &Function<'t>, outline: &mut Outline) {
        let mut body = self.body(function.body.clone(), function.receiver);
        let takes = self.part(function.parameters.clone());
        let gives = self.part(function.results.clone());
        let text = &self.text[function.inside.clone()];
        let is_start = !function.is_method && matches!(function.name, "init" | "main");
        let may_hold = takes.may_hold() || gives.may_hold() || takes.has_channel || gives.has_channel;
        let kept =
            is_start || function.is_generic || may_hold || gives.has_text_type || body.has_address || body.has_queue;
        let kept = kept || function.inside.len() < SHORT || text.contains(directive::MARK);
        body.uses.add(&gives.uses);
        body.has_context |= gives.has_context;
        body.uses.matters |= TOUCHING.iter().any(|part| text.contains(part));
        let named = if function.is_method { Named::Method } else { Named::InPackage };
        let mut takes = takes.uses;
        takes.settle();
        let kept = kept || takes.matters;
        outline.bodies.push(Body {
            item: outline.items.len(),
            inside: function.inside.clone(),
            kept,
            marked: false,
            makes: None,
            takes,
        });
        let mut item = item(function.name, named, body.settled());
        if function.is_method {
            item.also.push(Word::joined(function.receiver.ty, function.name));
        }
        outline.items.push(item);
    }
}

/// Whether a text can be an address, or a part of one that is served.
fn may_be_address(text: &str) -> bool {
    let is_port = |rest: &str| rest.starts_with(|first: char| first.is_ascii_digit());
    text.starts_with('/') || text.contains("://") || text.split(':').skip(1).any(is_port)
}

#[cfg(test)]
mod tests {
    use super::{Meaning, outline};

    const HEADER: &str =
        "// Code generated by a program. DO NOT EDIT.\n\npackage p\n\nimport (\n\t\"io\"\n\tweb \"net/http\"\n)\n\n";

    /// What is left out of a file with these declarations.
    fn left_out(declarations: &str) -> Vec<String> {
        let text = format!("{HEADER}{declarations}");
        let meaning = |path: &str, _: &str| if path == "net/http" { Meaning::Followed } else { Meaning::None };
        let skipped = outline(&text, &meaning).map_or_else(Vec::new, |outline| outline.skipped);
        let left_out = skipped.into_iter().map(|gap| text[gap].trim().to_owned());
        left_out.filter(|text| !text.starts_with("//") || text.contains('\n')).collect()
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
    fn comments_that_speak_to_nobody_are_left_out() {
        let text = "// Package p.\npackage p // one\n\n// two\n\n// more\nvar a = \"// x\" // three\n\n\
            // four\n// spanlint: allow(missing-inject): ours\n// five\nvar b = `// y` /* six */\n";
        let skipped = outline(text, &|_, _| Meaning::None).unwrap().skipped;
        let left_out: Vec<&str> = skipped.into_iter().map(|gap| &text[gap]).collect();
        assert_eq!(left_out, ["// one\n\n// two\n\n// more", "// three\n\n// four", "// five"]);
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
