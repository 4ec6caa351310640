//! What the words of a part of a file name.

use super::super::imports::is_standard;
use super::declarations::{Declarations, Field};
use super::lists::{after_angle, use_tree};
use super::vocabulary::{
    is_callable, is_constant, is_in_prelude, is_keyword, is_of_anything, is_own, is_text, is_touching, makes_text,
    may_be_address, may_be_header,
};
use super::{SILENT, awaited, field, member, method, path};
use crate::facts::outline::{Meaning, OF_ANY, Uses, Word};
use crate::lang::Meanings;
use crate::lang::tokens::{Token, Tokens};
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;
use std::ops::Range;

/// The words of a part of a file, and what else it shows.
#[derive(Default)]
pub(super) struct Part {
    pub(super) uses: Uses,
    /// A type that takes anything.
    pub(super) is_loose: bool,
    /// A type parameter.
    pub(super) has_generic: bool,
    /// A callable, or the type of one.
    pub(super) has_callable: bool,
    /// The type of what can carry headers.
    pub(super) has_carrier: bool,
    pub(super) has_text_type: bool,
    /// What texts are made of.
    pub(super) makes_text: bool,
    /// A text that may be an address.
    pub(super) has_address: bool,
    /// The type of a context.
    pub(super) has_context: bool,
    /// What is or gives a span.
    pub(super) has_span: bool,
    /// What starts something that goes on beside it.
    pub(super) starts: bool,
    /// Items of its own, which others may see.
    pub(super) has_items: bool,
}

impl Part {
    /// The words of what may do or hold something with what it names.
    pub(super) fn settled(mut self) -> Uses {
        self.uses.matters |= self.has_context;
        self.uses.settle();
        self.uses
    }

    /// Whether what has this type can hold what matters although its words don't.
    pub(super) fn may_hold(&self) -> bool {
        self.is_loose || self.has_callable || self.has_carrier
    }
}

/// What a part stands in.
#[derive(Clone, Copy, Default)]
pub(super) struct Around<'a> {
    /// What `Self` means.
    pub(super) owner: Option<&'a str>,
    /// Type parameters.
    pub(super) generics: &'a [&'a str],
    /// Those of what is around it.
    pub(super) others: &'a [&'a str],
}

impl Around<'_> {
    fn is_generic(&self, name: &str) -> bool {
        self.generics.contains(&name) || self.others.contains(&name)
    }
}

/// Lists of type arguments that lie deeper are not looked into.
const DEEPEST: usize = 32;

type Segments<'t> = SmallVec<[&'t str; 6]>;

pub(super) struct Reader<'r, 't> {
    pub(super) tokens: &'r Tokens<'t>,
    text: &'t str,
    /// What names stand for that are imported anywhere in the file.
    names: FxHashMap<&'t str, SmallVec<[&'r [&'t str]; 1]>>,
    /// Paths all of whose names are imported.
    open: Vec<&'r [&'t str]>,
    /// What the file declares outside of types.
    declared: FxHashSet<&'t str>,
    /// Whether names can come from elsewhere without being written in an import.
    is_open: bool,
    /// What types of the file are known to have: fields and methods, by the type's name.
    members: FxHashSet<Word>,
    /// The modules that were named, from what their paths start with down.
    holders: Vec<Segments<'t>>,
    meaning: Meanings<'r>,
    /// Meanings asked for before, by path.
    known: FxHashMap<String, Meaning>,
    /// Methods asked for before, by name.
    methods: FxHashMap<&'t str, Meaning>,
    asked: String,
    /// How many lists of type arguments lie around the current place.
    depth: usize,
    /// Whether modules are written out in the file: their names for others differ from the file's.
    has_modules: bool,
}

impl<'r, 't> Reader<'r, 't> {
    pub(super) fn new(
        text: &'t str,
        tokens: &'r Tokens<'t>,
        file: &'r Declarations<'t>,
        meaning: Meanings<'r>,
    ) -> Reader<'r, 't> {
        let mut names = FxHashMap::<&str, SmallVec<[&[&str]; 1]>>::default();
        let mut open = Vec::new();
        for used in &file.uses {
            match used.name {
                Some(name) => names.entry(name).or_default().push(used.path.as_slice()),
                None => open.push(used.path.as_slice()),
            }
        }
        let of_types = file.types.iter().flat_map(|ty| {
            ty.fields.iter().map(|(name, _)| match name {
                Field::Named(name) => member(ty.name, name),
                Field::Numbered(index) => member(ty.name, &index.to_string()),
            })
        });
        let of_functions =
            file.functions.iter().filter_map(|function| Some(member(function.around.owner?, function.name)));
        let members = of_types.chain(of_functions).collect();
        let functions = file.functions.iter().filter(|it| it.around.owner.is_none()).map(|it| it.name);
        let types = file.types.iter().map(|ty| ty.name);
        let others = file.others.iter().chain(&file.macros).map(|(name, _)| *name);
        Reader {
            tokens,
            text,
            names,
            is_open: !open.is_empty() || !file.calls.is_empty(),
            declared: functions.chain(types).chain(others).collect(),
            open,
            members,
            holders: Vec::new(),
            has_modules: file.has_modules,
            meaning,
            known: FxHashMap::default(),
            methods: FxHashMap::default(),
            asked: String::new(),
            depth: 0,
        }
    }

    /// The modules that were named, and those of them all of whose names are imported.
    pub(super) fn holders(mut self) -> (Vec<String>, Vec<u16>) {
        // Of modules that are written out nobody knows which of them takes the names over.
        let open = if self.has_modules { Vec::new() } else { std::mem::take(&mut self.open) };
        let open = open.into_iter().map(|path| self.holder(path)).collect();
        (self.holders.iter().map(|segments| segments.join("::")).collect(), open)
    }

    pub(super) fn part(&mut self, range: Range<usize>, around: &Around<'_>) -> Part {
        let mut part = Part::default();
        let mut at = range.start;
        while at < range.end {
            match self.tokens.all[at].token {
                Token::Word(word) => {
                    at = self.word(word, at, range.end, around, &mut part);
                    continue;
                }
                Token::Quoted(text) => {
                    part.has_address |= may_be_address(text);
                    part.uses.matters |= may_be_header(text);
                }
                Token::Number if self.tokens.before(at, 1) == Some(Token::Sign(b'.')) => {
                    self.numbered(at, around, &mut part);
                }
                Token::Number | Token::Sign(_) => {}
            }
            at += 1;
        }
        part
    }

    /// The words of an attribute; those of the language and its tools do nothing.
    pub(super) fn attribute(&mut self, inside: Range<usize>, around: &Around<'_>, part: &mut Part) {
        let Some(first) = self.tokens.word(inside.start).filter(|word| !SILENT.contains(word)) else { return };
        let mut segments = Segments::new();
        let end = self.segments((first, inside.start), inside.end, &mut segments, around, part);
        self.path(&segments, false, around, part);
        let mut rest = Part::default();
        let mut at = end;
        while at < inside.end {
            at = match self.tokens.word(at) {
                Some(word) => self.word(word, at, inside.end, around, &mut rest),
                None => at + 1,
            };
        }
        part.uses.matters |= rest.uses.matters;
    }

    /// What a word names, and the place behind it.
    fn word(&mut self, word: &'t str, at: usize, end: usize, around: &Around<'_>, part: &mut Part) -> usize {
        let tokens = self.tokens;
        let (before, second) = (tokens.before(at, 1), tokens.before(at, 2));
        // `..` is a range.
        if before == Some(Token::Sign(b'.')) && second != Some(Token::Sign(b'.')) {
            self.selected(word, at, around, part);
            return at + 1;
        }
        match word {
            "fn" => part.has_callable |= tokens.is_sign(at + 1, b'('),
            "impl" => part.has_items |= matches!(before, Some(Token::Sign(b'{' | b'}' | b';' | b']'))),
            "use" => return self.used_inside(at, end, around, part),
            _ => {}
        }
        if is_keyword(word) {
            return at + 1;
        }
        // The name of an entry, not that of a path: `name: value`. The record's own name counts.
        if tokens.is_sign(at + 1, b':') && !tokens.is_sign(at + 2, b':') && before != Some(Token::Sign(b':')) {
            return at + 1;
        }
        match word {
            "Any" => part.is_loose = true,
            word if is_text(word) => part.has_text_type = true,
            "HashMap" | "BTreeMap" | "IndexMap" => part.has_carrier |= self.is_carrier(at),
            word if is_callable(word) => part.has_callable = true,
            word if around.is_generic(word) => part.has_generic = true,
            _ => {}
        }
        let mut segments = Segments::new();
        let after = self.segments((word, at), end, &mut segments, around, part);
        let is_macro = tokens.is_sign(after, b'!')
            && matches!(tokens.get(after + 1), Some(Token::Sign(b'(' | b'[' | b'{')))
            && after < end;
        part.makes_text |= is_constant(word) || (is_macro && makes_text(word));
        if segments.len() > 1 || is_macro || self.may_be_item(at) {
            self.path(&segments, is_macro, around, part);
        }
        after
    }

    /// Whether a word alone can name an item: it looks like a type or constant, is called, or is an argument.
    fn may_be_item(&self, at: usize) -> bool {
        let tokens = self.tokens;
        tokens.word(at).is_some_and(|word| !word.starts_with(|first: char| first.is_lowercase()))
            || tokens.is_sign(at + 1, b'(')
            || (matches!(tokens.before(at, 1), Some(Token::Sign(b'(' | b',' | b'=')))
                && matches!(tokens.get(at + 1), Some(Token::Sign(b')' | b',' | b';'))))
    }

    /// What a body imports counts as named.
    fn used_inside(&mut self, at: usize, end: usize, around: &Around<'_>, part: &mut Part) -> usize {
        let (mut uses, mut path) = (Vec::new(), Vec::new());
        let after = use_tree(self.tokens, at + 1..end, &mut path, &mut uses).unwrap_or(at + 1);
        for (_, path) in uses {
            self.path(&path, false, around, part);
        }
        after
    }

    /// The names of a path that starts at a word, and the place behind them.
    fn segments(
        &mut self,
        (first, at): (&'t str, usize),
        end: usize,
        segments: &mut Segments<'t>,
        around: &Around<'_>,
        part: &mut Part,
    ) -> usize {
        let tokens = self.tokens;
        segments.push(first);
        let mut after = at + 1;
        while after + 2 < end && tokens.is_sign(after, b':') && tokens.is_sign(after + 1, b':') {
            match tokens.get(after + 2) {
                Some(Token::Word(word)) => {
                    segments.push(word);
                    after += 3;
                }
                Some(Token::Sign(b'<')) => match after_angle(tokens, after + 2) {
                    Some(behind) if tokens.is_sign(behind, b':') && behind < end && self.depth < DEEPEST => {
                        self.depth += 1;
                        let inner = self.part(after + 3..behind - 1, around);
                        self.depth -= 1;
                        part.uses.add(&inner.uses);
                        after = behind;
                    }
                    _ => break,
                },
                _ => break,
            }
        }
        after
    }

    /// A field or method of a value.
    fn selected(&mut self, word: &'t str, at: usize, around: &Around<'_>, part: &mut Part) {
        let is_method = self.tokens.is_sign(at + 1, b'(')
            || (self.tokens.is_sign(at + 1, b':') && self.tokens.is_sign(at + 2, b':'));
        if let Some(owner) = around.owner.filter(|_| self.is_of_self(at)) {
            let member = member(owner, word);
            if self.members.contains(&member) {
                part.uses.own.push(member);
                return;
            }
        }
        if is_method {
            let meaning = self.of_any(word);
            part.uses.matters |= meaning == Meaning::Followed || is_touching(word);
            if !is_of_anything(word) {
                part.starts |= meaning == Meaning::Starts;
                part.uses.members.push(method(word));
            } else if self.is_awaited(at + 1) {
                part.uses.members.push(awaited(word));
            }
        } else if word != "await" {
            part.uses.fields.push(field(word));
        }
    }

    fn numbered(&self, at: usize, around: &Around<'_>, part: &mut Part) {
        let rest = &self.text[self.tokens.all[at].at..];
        let end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
        // Elsewhere the type of the value counts: it is named where the value comes from.
        if let Some(owner) = around.owner.filter(|_| self.is_of_self(at)) {
            part.uses.members.push(member(owner, &rest[..end]));
        }
    }

    /// Whether what a method gives is waited for on the spot.
    fn is_awaited(&self, at: usize) -> bool {
        let tokens = self.tokens;
        tokens.is_sign(at, b'(')
            && tokens.after(at).is_some_and(|after| tokens.is_sign(after, b'.') && tokens.is_word(after + 1, "await"))
    }

    /// What a method does, by its name alone.
    fn of_any(&mut self, word: &'t str) -> Meaning {
        let meaning = self.meaning;
        *self.methods.entry(word).or_insert_with(|| meaning(OF_ANY, word))
    }

    /// Whether what stands before a `.` is `self` alone.
    fn is_of_self(&self, at: usize) -> bool {
        self.tokens.before(at, 2) == Some(Token::Word("self")) && self.tokens.before(at, 3) != Some(Token::Sign(b'.'))
    }

    /// Whether a map type is one of texts by texts.
    fn is_carrier(&self, at: usize) -> bool {
        let is_text = |word: &str| matches!(word, "String" | "str" | "Cow" | "Vec");
        let words = (at + 2..at + 12).filter_map(|at| self.tokens.word(at));
        self.tokens.is_sign(at + 1, b'<') && words.take(2).filter(|word| is_text(word)).count() == 2
    }

    /// The import that a trait is named by; none where it is the file's own.
    pub(super) fn asked_by(&mut self, range: Range<usize>) -> Option<u16> {
        let words = range.clone().filter_map(|at| self.tokens.word(at));
        let first = words.into_iter().next()?;
        let holder = match self.names.get(first).and_then(|paths| paths.first()).and_then(|path| path.first()) {
            Some(holder) => *holder,
            None if is_in_prelude(first) => "std",
            None if self.tokens.is_sign(range.start + 1, b':') => first,
            None => return None,
        };
        Some(self.holder(&[holder]))
    }

    /// What a path names.
    pub(super) fn path(&mut self, segments: &[&'t str], is_macro: bool, around: &Around<'_>, part: &mut Part) {
        let Some((first, rest)) = segments.split_first() else { return };
        if *first == "Self" {
            let Some(owner) = around.owner else { return };
            self.bare(owner, false, part);
            if let Some(name) = rest.first() {
                self.member(owner, name, part);
            }
            return;
        }
        if around.is_generic(first) {
            part.uses.members.extend(rest.first().map(|name| method(name)));
            return;
        }
        if let Some(meant) = self.names.get(first).cloned() {
            for meant in meant {
                let full: Segments<'t> = meant.iter().chain(rest).copied().collect();
                self.full_path(&full, is_macro, part);
            }
            return;
        }
        if !self.declared.contains(first) {
            for index in 0..self.open.len() {
                let full: Segments<'t> = self.open[index].iter().chain(segments).copied().collect();
                if !is_own(full[0]) && self.means(&full, is_macro, part) {
                    return;
                }
            }
        }
        match segments {
            [only] => self.bare(only, is_macro, part),
            [owner, name] if self.declared.contains(owner) => {
                self.bare(owner, false, part);
                self.member(owner, name, part);
            }
            segments => self.full_path(segments, is_macro, part),
        }
    }

    /// What a name means that is not imported: something of the file, or what came in with all names of a module.
    fn bare(&self, name: &str, is_macro: bool, part: &mut Part) {
        part.uses.matters |= is_touching(name);
        let word = if is_macro { Word::joined(name, "!") } else { path(name) };
        if self.declared.contains(name) {
            part.uses.own.push(word);
        } else if self.is_open || is_macro {
            part.uses.bare.push(word);
        }
    }

    /// What belongs to a type of the file.
    fn member(&self, owner: &str, name: &str, part: &mut Part) {
        let word = member(owner, name);
        if self.members.contains(&word) {
            part.uses.own.push(word);
        } else {
            part.uses.members.extend([word, method(name)]);
        }
    }

    /// What a path names that starts with a crate, or with what stands for the own one.
    fn full_path(&mut self, segments: &[&'t str], is_macro: bool, part: &mut Part) {
        if self.means(segments, is_macro, part) || is_standard(segments[0]) {
            return;
        }
        let holder = match segments {
            [path @ .., owner, _] if is_type(owner) => path,
            [path @ .., _] => path,
            [] => &[],
        };
        let is_plain = self.has_modules && segments[0] != "crate";
        let holder = self.holder(if holder.is_empty() || is_plain { &segments[..1] } else { holder });
        part.uses.matters |= segments.last().is_some_and(|last| is_touching(last));
        let mut note = |word: Word| part.uses.imported.push((holder, word));
        let last = segments[segments.len() - 1];
        note(if is_macro { Word::joined(last, "!") } else { path(last) });
        if let [.., owner, _] = segments
            && is_type(owner)
        {
            note(path(owner));
            note(member(owner, last));
        }
    }

    /// The number of a module.
    fn holder(&mut self, path: &[&'t str]) -> u16 {
        let known = self.holders.iter().position(|known| known.as_slice() == path);
        known.unwrap_or_else(|| {
            self.holders.push(path.into());
            self.holders.len() - 1
        }) as u16
    }

    /// Notes what a path of a library means. Says whether it means anything.
    fn means(&mut self, segments: &[&'t str], is_macro: bool, part: &mut Part) -> bool {
        let Some((holder, rest)) = segments.split_first() else { return false };
        // Maps are judged by what they hold.
        if is_standard(holder) && rest.first() == Some(&"collections") {
            return false;
        }
        self.asked.clear();
        for (index, segment) in segments.iter().enumerate() {
            if index > 0 {
                self.asked.push('.');
            }
            self.asked.push_str(segment);
        }
        if is_macro {
            self.asked.push('!');
        }
        let meaning = match self.known.get(self.asked.as_str()) {
            Some(known) => *known,
            None => {
                let member = self.asked.get(holder.len() + 1..).unwrap_or_default();
                let found = if rest.is_empty() { Meaning::None } else { (self.meaning)(holder, member) };
                self.known.insert(self.asked.clone(), found);
                found
            }
        };
        part.uses.matters |= meaning == Meaning::Followed;
        part.has_context |= meaning == Meaning::Context;
        part.has_span |= meaning == Meaning::Holds;
        part.starts |= meaning == Meaning::Starts;
        meaning != Meaning::None
    }
}

/// Whether a name looks like that of a type.
pub(super) fn is_type(name: &str) -> bool {
    name.starts_with(|letter: char| letter.is_uppercase())
}
