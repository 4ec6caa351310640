//! What a file declares and names, told from its words and brackets alone: enough to tell, over all files together, which
//! bodies need not be parsed.
//!
//! What a name means is told by how it is written: `.name` is a field, `.name()` a method, everything else a path. A function
//! of a type is known by the type's name as well, and what `self` is called with mostly by that alone.

mod declarations;
mod lexer;
mod lists;
mod vocabulary;
mod words;

use super::super::tokens::Token;
use super::super::{Meanings, directive};
use super::attribute::SILENT;
use crate::facts::outline::{Body, Item, Named, Outline, OutlinedModule, Uses, Word};
use declarations::{Declarations, Field, Function, Type};
use rustc_hash::FxHashSet;
use smallvec::SmallVec;
use std::ops::Range;
use vocabulary::is_of_anything;
use words::{Around, Part, Reader};

/// Bodies shorter than this, in bytes, are parsed all the same: leaving them out saves nothing.
const SHORT: usize = 40;

/// The outline of a file; none if its brackets don't fit.
///
/// `meaning` says what members of crates mean, by the crate's name and the path below it.
pub(super) fn outline(text: &str, meaning: Meanings<'_>) -> Option<Outline> {
    let tokens = lexer::tokens(text);
    let file = declarations::read(&tokens)?;
    let mut outline =
        Outliner { text, reader: Reader::new(text, &tokens, &file, meaning), outline: Outline::default() };
    outline.declarations(&file);
    let module =
        |(name, is_for_tests): &(&str, bool)| OutlinedModule { name: (*name).to_owned(), is_for_tests: *is_for_tests };
    outline.outline.modules = file.modules.iter().map(module).collect();
    outline.outline.names = names(&file);
    for function in &file.functions {
        outline.function(function);
    }
    let mut outline = outline.finish();
    outline.skipped.extend(file.tests.iter().filter(|inside| inside.len() >= SHORT).chain(&file.silent).cloned());
    outline.skipped.sort_by_key(|range| range.start);
    // What a macro is given may hold functions for tests as well, and functions other functions.
    outline.skipped.dedup_by(|next, before| next.start < before.end);
    Some(outline)
}

/// The names that a file gives its module. Where it writes others out, their names can't be told from its own.
fn names(file: &Declarations<'_>) -> Vec<Word> {
    if file.has_modules {
        return Vec::new();
    }
    let types = file.types.iter().map(|ty| ty.name);
    let function = |function: &Function<'_>| match function.around.owner {
        None => Some(path(function.name)),
        // Traits may give a type several of a name.
        Some(owner) => {
            let is_of_type = !function.around.is_trait && function.around.implements.is_empty();
            is_of_type.then(|| member(owner, function.name))
        }
    };
    let used = file.uses.iter().filter(|used| used.is_exported).filter_map(|used| used.name);
    let items = types.chain(file.others.iter().map(|(name, _)| *name)).chain(used).map(path);
    let mut names: Vec<Word> = items.chain(file.functions.iter().filter_map(function)).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The contents of the functions of a file, those that stand in others aside, and of its modules for tests; in order.
pub(super) fn bodies(text: &str) -> Vec<Range<usize>> {
    let tokens = lexer::tokens(text);
    let Some(file) = declarations::read(&tokens) else { return Vec::new() };
    let mut bodies = file.tests;
    bodies.extend(file.functions.into_iter().map(|function| function.inside));
    bodies.sort_by_key(|body| body.start);
    bodies.dedup_by(|next, before| next.start < before.end);
    bodies
}

/// How a function or variable of a crate is named, or a type.
fn path(name: &str) -> Word {
    Word::new(name)
}

/// How a field is named.
fn field(name: &str) -> Word {
    Word::joined(".", name)
}

/// How a method is named that any type may have.
fn method(name: &str) -> Word {
    Word::joined("()", name)
}

/// How a method is named that is waited for, where methods of the language's own values have the same name.
fn awaited(name: &str) -> Word {
    Word::joined("await", name)
}

/// How a method is named that takes its value.
fn of_any(name: &str) -> Word {
    if is_of_anything(name) { awaited(name) } else { method(name) }
}

/// How a method is known to the trait that asks for it.
fn given_for(of: &str, name: &str) -> Word {
    Word::joined(&format!("impl {of}"), name)
}

/// How what belongs to a type is named by it.
fn member(owner: &str, name: &str) -> Word {
    Word::joined(owner, name)
}

/// How all is named together that a value of a type has or does: what makes one tells what is behind it.
fn of_value(owner: &str) -> Word {
    Word::joined("new", owner)
}

struct Outliner<'r, 't> {
    text: &'t str,
    reader: Reader<'r, 't>,
    outline: Outline,
}

impl<'t> Outliner<'_, 't> {
    fn finish(self) -> Outline {
        let (imports, open) = self.reader.holders();
        Outline { imports, open, ..self.outline }
    }

    fn item(&mut self, name: Word, named: Named, uses: Uses) -> &mut Item {
        let (also, given_by, asked_by, holds) = (SmallVec::new(), None, None, false);
        self.outline.items.push(Item { name, also, given_by, named, asked_by, holds, uses });
        let last = self.outline.items.len() - 1;
        &mut self.outline.items[last]
    }

    fn declarations(&mut self, file: &Declarations<'t>) {
        for ty in &file.types {
            self.ty(ty);
        }
        for (name, rest) in &file.others {
            let part = self.reader.part(rest.clone(), &Around::default());
            let holds = part.may_hold();
            let uses = part.settled();
            self.item(path(name), Named::Anywhere, uses).holds = holds;
        }
        for (name, body) in &file.macros {
            let uses = self.reader.part(body.clone(), &Around::default()).settled();
            self.item(Word::joined(name, "!"), Named::Anywhere, uses);
        }
        for (owner, name) in &file.left_open {
            let item = self.item(of_any(name), Named::Abstract, Uses::default());
            item.also.push(member(owner, name));
            item.given_by = Some(given_for(owner, name));
        }
        for call in &file.calls {
            self.macro_call(call.clone());
        }
        for used in &file.uses {
            let Some(name) = used.name else { continue };
            let mut part = Part::default();
            self.reader.path(&used.path, false, &Around::default(), &mut part);
            let uses = part.settled();
            // Modules inside may name it by way of this one.
            if used.is_exported || uses.matters {
                self.item(path(name), Named::Anywhere, uses);
            }
        }
    }

    /// A macro between items: what it makes may be called by any word that it is given.
    fn macro_call(&mut self, call: Range<usize>) {
        let part = self.reader.part(call.clone(), &Around::default());
        let uses = part.settled();
        let tokens = self.reader.tokens;
        let opens = |at: usize| matches!(tokens.get(at), Some(Token::Sign(b'(' | b'[' | b'{')));
        let closes = |at: usize| matches!(tokens.get(at), Some(Token::Sign(b')' | b']' | b'}' | b',')));
        let starts = |at: usize| opens(at) && tokens.is_sign(at - 1, b'!');
        let is_name = |at: &usize| match tokens.before(*at, 1) {
            Some(Token::Word("enum" | "fn" | "struct" | "trait" | "type")) => true,
            _ => {
                let is_function = tokens.word(*at).is_some_and(|word| word.starts_with(|it: char| it.is_lowercase()));
                is_function && (starts(at - 1) || (closes(*at + 1) && (opens(at - 1) || tokens.is_sign(at - 1, b','))))
            }
        };
        let words: FxHashSet<&str> = call.skip(1).filter(is_name).filter_map(|at| tokens.word(at)).collect();
        for name in words {
            self.item(path(name), Named::Anywhere, uses.clone());
            if !words::is_type(name) {
                self.item(method(name), Named::Method, uses.clone());
            }
        }
    }

    fn ty(&mut self, ty: &Type<'t>) {
        let around = Around { owner: Some(ty.name), generics: &ty.generics, others: &[] };
        let mut whole = Uses::default();
        for range in &ty.head {
            let part = self.reader.part(range.clone(), &around);
            whole.matters |= part.has_context;
            whole.add(&part.uses);
        }
        for (name, rest) in &ty.fields {
            let part = self.reader.part(rest.clone(), &around);
            let holds = part.may_hold();
            let uses = part.settled();
            whole.add(&uses);
            match name {
                Field::Named(name) => {
                    let item = self.item(field(name), Named::Field, uses);
                    item.also.extend([member(ty.name, name), of_value(ty.name)]);
                    item.holds = holds;
                }
                Field::Numbered(index) => {
                    let item = self.item(member(ty.name, &index.to_string()), Named::Field, uses);
                    item.also.push(of_value(ty.name));
                    item.holds = holds;
                }
            }
        }
        whole.settle();
        self.item(path(ty.name), Named::Anywhere, whole);
    }

    fn function(&mut self, function: &Function<'t>) {
        let inner = &function.around;
        let around = Around { owner: inner.owner, generics: &function.generics, others: &inner.generics };
        let reader = &mut self.reader;
        let mut body = reader.part(function.body.clone(), &around);
        let gives = reader.part(function.results.clone(), &around);
        let mut takes = reader.part(function.parameters.clone(), &around);
        for range in function.bounds.iter().chain(&inner.bounds) {
            let bounds = reader.part(range.clone(), &around);
            takes.has_callable |= bounds.has_callable;
            body.uses.matters |= bounds.uses.matters;
        }
        let mut marks = Part::default();
        for attribute in &function.attributes {
            reader.attribute(attribute.clone(), &around, &mut marks);
        }
        let text = &self.text[function.inside.clone()];
        let is_start = inner.owner.is_none() && function.name == "main";
        let has_span = takes.has_span || gives.has_span;
        let may_hold = takes.may_hold() || gives.may_hold() || gives.has_generic;
        let kept = is_start || inner.in_macro || may_hold || body.has_address || body.has_items;
        let kept = kept
            || (gives.has_text_type && body.makes_text)
            || function.inside.len() < SHORT
            || text.contains(directive::MARK);
        body.uses.add(&gives.uses);
        body.has_context |= gives.has_context;
        let mut takes = takes.uses;
        takes.settle();
        let marked = marks.uses.matters && !body.uses.matters && !body.has_context && !body.starts;
        body.uses.add(&marks.uses);
        // What a type is made by tells whose methods are called.
        let mut given = function.results.clone().filter_map(|at| self.reader.tokens.word(at));
        let makes_owner = !function.takes_self && given.any(|word| word == "Self" || Some(word) == inner.owner);
        let makes = inner.owner.filter(|_| makes_owner).map(of_value);
        let kept = kept || takes.matters || has_span;
        let (item, inside) = (self.outline.items.len(), function.inside.clone());
        self.outline.bodies.push(Body { item, inside, kept, marked, makes, takes });
        let of_trait = inner.is_trait || !inner.implements.is_empty();
        let (name, named) = match inner.owner {
            None => (path(function.name), Named::Anywhere),
            Some(_) if function.takes_self => (of_any(function.name), Named::Method),
            Some(owner) => (member(owner, function.name), if of_trait { Named::Method } else { Named::Field }),
        };
        let asked_by = self.reader.asked_by(inner.implements.clone());
        let item = self.item(name, named, body.settled());
        item.asked_by = asked_by;
        if let Some(owner) = inner.owner {
            if function.takes_self {
                item.also.extend([member(owner, function.name), of_value(owner)]);
            } else if of_trait {
                item.also.push(method(function.name));
            }
        }
        item.also.extend(inner.of_trait.map(|of| given_for(of, function.name)));
    }
}
