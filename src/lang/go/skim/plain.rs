//! What of a file that a program wrote need not be parsed: bodies that only move bytes and numbers about, as code for
//! encodings does, and long lists of constants. They can be most of a codebase's text.
//!
//! Reads words and brackets, no more. A body is left out only if nothing that it could do is ever followed: what goes in and
//! out has a plain type, it names no package that matters, and all that it calls is left out as well.

use super::super::super::Meanings;
use super::super::super::tokens::{Spot, Token, Tokens};
use super::super::expression::BASIC_TYPES;
use super::declarations::{Declarations, Function};
use crate::facts::outline::Meaning;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

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

/// Names of the functions of a file that do nothing which is ever followed: all of that name don't.
pub(super) fn names<'t>(tokens: &Tokens<'t>, file: &Declarations<'t>, meaning: Meanings<'_>) -> BTreeSet<&'t str> {
    Plain { tokens, file, types: file.types.iter().map(|(name, _)| *name).collect() }.names(meaning)
}

struct Plain<'p, 't> {
    tokens: &'p Tokens<'t>,
    file: &'p Declarations<'t>,
    types: BTreeSet<&'t str>,
}

impl<'t> Plain<'_, 't> {
    fn has_plain_signature(&self, function: &Function<'t>) -> bool {
        !function.is_generic
            && self.is_plain(function.parameters.clone(), &[])
            && self.is_plain(function.results.clone(), TAKEN)
    }

    /// Whether a list of parameters or results has basic types alone, and none of `others`.
    fn is_plain(&self, list: Range<usize>, others: &[&str]) -> bool {
        let words = |part: &[Spot<'t>]| -> Vec<&'t str> {
            let word = |spot: &Spot<'t>| match spot.token {
                Token::Word(word) => Some(word),
                _ => None,
            };
            part.iter().filter_map(word).collect()
        };
        let parts: Vec<Vec<&str>> =
            self.tokens.all[list].split(|spot| spot.token == Token::Sign(b',')).map(words).collect();
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
    fn names(&self, meaning: Meanings<'_>) -> BTreeSet<&'t str> {
        let mut calls = BTreeMap::<&str, BTreeSet<&str>>::new();
        let mut others = BTreeSet::from(["init", "main"]);
        for function in &self.file.functions {
            match self.calls(function, meaning).filter(|_| self.has_plain_signature(function)) {
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
    fn calls(&self, function: &Function<'t>, meaning: Meanings<'_>) -> Option<BTreeSet<&'t str>> {
        let mut calls = BTreeSet::new();
        let mut at = function.body.start;
        while at < function.body.end {
            at += 1;
            match self.tokens.get(at - 1)? {
                Token::Word(word) if ACTIVE.contains(&word) => return None,
                Token::Word(word) => {
                    let member = at >= 2 && self.tokens.is_sign(at - 2, b'.');
                    if !member
                        && self.tokens.is_sign(at, b'.')
                        && let Some(import) = self.file.names.get(word)
                    {
                        if meaning(self.file.imports[*import as usize], self.tokens.word(at + 1).unwrap_or_default())
                            != Meaning::None
                        {
                            return None;
                        }
                        at = self.after_selectors(at);
                        continue;
                    }
                    let harmless = || is_basic(word) || HARMLESS.contains(&word) || self.types.contains(word);
                    if self.tokens.is_sign(at, b'(') && (member || !harmless()) {
                        calls.insert(word);
                    }
                }
                // What an element or a result gives is called, or a channel is used.
                Token::Sign(b')' | b']') if self.tokens.is_sign(at, b'(') => return None,
                Token::Sign(b'<')
                    if self.tokens.is_sign(at, b'-') && self.tokens.all[at].at == self.tokens.all[at - 1].at + 1 =>
                {
                    return None;
                }
                _ => {}
            }
        }
        Some(calls)
    }

    /// Past `.A.B`.
    fn after_selectors(&self, mut at: usize) -> usize {
        while self.tokens.is_sign(at, b'.') && matches!(self.tokens.get(at + 1), Some(Token::Word(_))) {
            at += 2;
        }
        at
    }
}

/// Whether a word is a basic type; one that says nothing of its values takes them all.
fn is_basic(word: &str) -> bool {
    BASIC_TYPES.contains(&word) || word == "interface"
}
