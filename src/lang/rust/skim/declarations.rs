//! What a file declares, as ranges of its tokens.

use super::super::super::tokens::{Token, Tokens};
use super::super::attribute::{SILENT, names_test};
use super::lists::{after_angle, parts, use_tree};
use std::ops::Range;

/// A file. Ranges are those of tokens unless they say otherwise.
#[derive(Default)]
pub(super) struct Declarations<'t> {
    pub(super) uses: Vec<Use<'t>>,
    /// Modules whose contents are files, and whether they are for tests alone.
    pub(super) modules: Vec<(&'t str, bool)>,
    /// Whether it writes modules out, those for tests aside.
    pub(super) has_modules: bool,
    pub(super) types: Vec<Type<'t>>,
    /// Constants, statics and other names for types: each with the rest of its declaration.
    pub(super) others: Vec<(&'t str, Range<usize>)>,
    /// Methods that a trait leaves to others, each behind the trait's name.
    pub(super) left_open: Vec<(&'t str, &'t str)>,
    pub(super) functions: Vec<Function<'t>>,
    /// Macros that the file makes: their names and what they stand for.
    pub(super) macros: Vec<(&'t str, Range<usize>)>,
    /// Macro calls between items, from their names on.
    pub(super) calls: Vec<Range<usize>>,
    /// What is in modules and functions for tests: the text between their braces.
    pub(super) tests: Vec<Range<usize>>,
    /// The text of attributes that say nothing of what anything does.
    pub(super) silent: Vec<Range<usize>>,
}

/// A name that a `use` brings.
pub(super) struct Use<'t> {
    /// What the file calls it; none if it brings all names of a path.
    pub(super) name: Option<&'t str>,
    pub(super) path: Vec<&'t str>,
    pub(super) is_exported: bool,
}

/// A record, a choice of records, or a trait.
pub(super) struct Type<'t> {
    pub(super) name: &'t str,
    /// The names of its type parameters.
    pub(super) generics: Vec<&'t str>,
    /// What of it is not its fields: its type parameters, what they are asked for, and choices without names for their fields.
    pub(super) head: Vec<Range<usize>>,
    /// Fields with what stands behind their names; those without name are called by their numbers.
    pub(super) fields: Vec<(Field<'t>, Range<usize>)>,
}

/// What a field is called.
#[derive(Clone, Copy)]
pub(super) enum Field<'t> {
    Named(&'t str),
    Numbered(usize),
}

/// A function or method that has a body.
#[derive(Clone)]
pub(super) struct Function<'t> {
    pub(super) name: &'t str,
    /// What it stands in.
    pub(super) around: Around<'t>,
    pub(super) takes_self: bool,
    /// Attributes, what is between their brackets.
    pub(super) attributes: Vec<Range<usize>>,
    /// The names of its type parameters.
    pub(super) generics: Vec<&'t str>,
    /// What is asked of them, in two places.
    pub(super) bounds: [Range<usize>; 2],
    pub(super) parameters: Range<usize>,
    pub(super) results: Range<usize>,
    /// What stands between the braces of its body.
    pub(super) body: Range<usize>,
    /// The text there.
    pub(super) inside: Range<usize>,
}

/// What items stand in.
#[derive(Clone, Default)]
pub(super) struct Around<'t> {
    /// The type whose members they are, or the trait.
    pub(super) owner: Option<&'t str>,
    pub(super) is_trait: bool,
    /// The trait that is implemented.
    pub(super) implements: Range<usize>,
    /// Its last name.
    pub(super) of_trait: Option<&'t str>,
    pub(super) generics: Vec<&'t str>,
    /// What stands before the brace, but for the type that is implemented.
    pub(super) bounds: Vec<Range<usize>>,
    attributes: Vec<Range<usize>>,
    /// Whether they are what a macro is given.
    pub(super) in_macro: bool,
}

/// Reads a whole file. None if its brackets don't fit.
pub(super) fn read<'t>(tokens: &Tokens<'t>) -> Option<Declarations<'t>> {
    let mut reader = Reader { tokens, found: Declarations::default(), depth: 0 };
    reader.items(0..tokens.all.len(), &Around::default())?;
    Some(reader.found)
}

/// Files in which items lie deeper in one another have no outline.
pub(super) const DEEPEST: usize = 64;

/// What stands before an item.
#[derive(Default)]
struct Before {
    attributes: Vec<Range<usize>>,
    is_exported: bool,
    is_for_tests: bool,
}

struct Reader<'r, 't> {
    tokens: &'r Tokens<'t>,
    found: Declarations<'t>,
    depth: usize,
}

impl<'t> Reader<'_, 't> {
    fn items(&mut self, range: Range<usize>, around: &Around<'t>) -> Option<()> {
        self.depth += 1;
        let read = if self.depth < DEEPEST { self.items_here(range, around) } else { None };
        self.depth -= 1;
        read
    }

    fn items_here(&mut self, range: Range<usize>, around: &Around<'t>) -> Option<()> {
        let tokens = self.tokens;
        let mut at = range.start;
        let mut before = Before::default();
        while at < range.end {
            at = match tokens.get(at)? {
                // It speaks of what is around.
                Token::Sign(b'#') if tokens.is_sign(at + 1, b'!') => tokens.after(at + 2)?,
                Token::Sign(b'#') if tokens.is_sign(at + 1, b'[') => self.attribute(at + 1, &mut before)?,
                Token::Word("pub") => {
                    before.is_exported = true;
                    if tokens.is_sign(at + 1, b'(') { tokens.after(at + 1)? } else { at + 1 }
                }
                Token::Word("async" | "auto" | "default" | "safe" | "unsafe") => at + 1,
                Token::Word("const")
                    if matches!(tokens.get(at + 1), Some(Token::Word("async" | "extern" | "fn" | "unsafe"))) =>
                {
                    at + 1
                }
                Token::Word("extern") if !tokens.is_word(at + 1, "crate") => {
                    let next = at + 1 + usize::from(matches!(tokens.get(at + 1), Some(Token::Quoted(_))));
                    if tokens.is_sign(next, b'{') { tokens.after(next)? } else { next }
                }
                Token::Word(_) => self.item_or_test(at, range.end, around, std::mem::take(&mut before))?,
                Token::Sign(b'(' | b'[' | b'{') => tokens.after(at)?,
                Token::Sign(b')' | b']' | b'}') => return None,
                _ => at + 1,
            };
        }
        Some(())
    }

    fn attribute(&mut self, open: usize, before: &mut Before) -> Option<usize> {
        let after = self.tokens.after(open)?;
        before.is_for_tests |= self.is_for_tests(open + 1..after - 1);
        before.attributes.push(open + 1..after - 1);
        Some(after)
    }

    /// Whether an attribute says that what it stands on is for tests alone.
    fn is_for_tests(&self, inside: Range<usize>) -> bool {
        let tokens = self.tokens;
        if tokens.is_word(inside.start, "cfg") {
            return tokens.is_word(inside.start + 2, "test") && inside.len() == 4;
        }
        let path = inside.take_while(|at| !tokens.is_sign(*at, b'('));
        path.last().and_then(|last| tokens.word(last)).is_some_and(names_test)
    }

    /// An item from its keyword on. Of one for tests nothing is kept but where its functions are.
    fn item_or_test(&mut self, at: usize, end: usize, around: &Around<'t>, before: Before) -> Option<usize> {
        if self.tokens.is_word(at, "mod") && self.tokens.is_sign(at + 2, b';') {
            // One with attributes may lie elsewhere, those that say that it is for tests aside.
            let is_plain = self.depth == 1 && before.attributes.len() == usize::from(before.is_for_tests);
            let name = self.tokens.word(at + 1).filter(|_| is_plain);
            self.found.modules.extend(name.map(|name| (name, before.is_for_tests)));
            return Some(at + 3);
        }
        if !before.is_for_tests {
            return self.item(at, end, around, before);
        }
        if self.tokens.is_word(at, "mod") && self.tokens.is_sign(at + 2, b'{') {
            let after = self.tokens.after(at + 2)?;
            self.found.tests.push(self.tokens.inside(at + 2, after));
            return Some(after);
        }
        let outer = std::mem::take(&mut self.found);
        let after = self.item(at, end, around, before);
        let inner = std::mem::replace(&mut self.found, outer);
        self.found.tests.extend(inner.functions.into_iter().map(|function| function.inside));
        after
    }

    fn item(&mut self, at: usize, end: usize, around: &Around<'t>, before: Before) -> Option<usize> {
        let tokens = self.tokens;
        match tokens.word(at)? {
            "use" => {
                let after = self.statement(at, end)?;
                let (mut paths, mut path) = (Vec::new(), Vec::new());
                let trees = match tokens.is_sign(at + 1, b'{') {
                    true => parts(tokens, at + 2..tokens.after(at + 1)? - 1)?,
                    false => only(at + 1..after),
                };
                for tree in trees {
                    use_tree(tokens, tree, &mut path, &mut paths)?;
                }
                let is_exported = before.is_exported;
                self.found.uses.extend(paths.into_iter().map(|(name, path)| Use { name, path, is_exported }));
                Some(after)
            }
            "const" | "static" => {
                let name = at + 1 + usize::from(tokens.is_word(at + 1, "mut"));
                self.other(name, end)
            }
            "type" => self.other(at + 1, end),
            "mod" if tokens.is_sign(at + 2, b'{') => {
                self.found.has_modules = true;
                let after = tokens.after(at + 2)?;
                self.items(at + 3..after - 1, &Around::default())?;
                Some(after)
            }
            "fn" => {
                self.silence(&before.attributes, |word| SILENT.contains(&word));
                self.function(at + 1, end, around, before.attributes)
            }
            "struct" | "union" | "enum" if tokens.word(at + 1).is_some() => {
                self.silence(&before.attributes, |_| true);
                self.record(at, end)
            }
            "trait" => self.interface(at + 1, end, before.attributes),
            "impl" => self.implementation(at + 1, end, before.attributes),
            "macro_rules" if tokens.is_sign(at + 1, b'!') => {
                let after = tokens.after(at + 3)?;
                self.found.macros.push((tokens.word(at + 2)?, at + 3..after));
                Some(after)
            }
            "mod" | "extern" => self.statement(at, end),
            _ => self.macro_call(at, end, around),
        }
    }

    /// Notes which attributes say nothing, by their first word. Those that say where something is compiled are read.
    fn silence(&mut self, attributes: &[Range<usize>], is_silent: impl Fn(&str) -> bool) {
        let tokens = self.tokens;
        let says_nothing = |inside: &&Range<usize>| {
            tokens.word(inside.start).is_some_and(|word| !matches!(word, "cfg" | "path") && is_silent(word))
        };
        let whole = |inside: &Range<usize>| tokens.all[inside.start - 2].at..tokens.all[inside.end].at + 1;
        self.found.silent.extend(attributes.iter().filter(says_nothing).map(whole));
    }

    /// A macro call, or a word that says nothing.
    fn macro_call(&mut self, at: usize, end: usize, around: &Around<'t>) -> Option<usize> {
        let tokens = self.tokens;
        let mut bang = at + 1;
        while tokens.is_sign(bang, b':') && tokens.is_sign(bang + 1, b':') {
            bang += 3;
        }
        let open = bang + 1 + usize::from(tokens.word(bang + 1).is_some());
        if !tokens.is_sign(bang, b'!') || !matches!(tokens.get(open), Some(Token::Sign(b'(' | b'[' | b'{'))) {
            return Some(at + 1);
        }
        let after = tokens.after(open)?;
        self.found.calls.push(at..after);
        if tokens.is_sign(open, b'{') {
            self.items(open + 1..after - 1, &Around { in_macro: true, ..around.clone() })?;
        }
        Some(after.min(end))
    }

    /// Past the `;` that ends what starts here.
    fn statement(&self, start: usize, end: usize) -> Option<usize> {
        let mut at = start;
        while at < end {
            at = match self.tokens.get(at)? {
                Token::Sign(b';') => return Some(at + 1),
                Token::Sign(b'(' | b'[' | b'{') => self.tokens.after(at)?,
                _ => at + 1,
            };
        }
        Some(end)
    }

    fn other(&mut self, name: usize, end: usize) -> Option<usize> {
        let after = self.statement(name, end)?;
        if let Some(word) = self.tokens.word(name) {
            self.found.others.push((word, name + 1..after));
        }
        Some(after.max(name))
    }

    /// `<...>`: the names in it, and the place behind it.
    fn generics(&self, at: usize) -> Option<(Vec<&'t str>, usize)> {
        let tokens = self.tokens;
        let mut names = Vec::new();
        if !tokens.is_sign(at, b'<') {
            return Some((names, at));
        }
        let after = after_angle(tokens, at)?;
        for part in parts(tokens, at + 1..after - 1)? {
            let first = part.start + usize::from(tokens.is_word(part.start, "const"));
            names.extend(tokens.word(first).filter(|_| first < part.end));
        }
        Some((names, after))
    }

    /// A function from its name on.
    fn function(
        &mut self,
        start: usize,
        end: usize,
        around: &Around<'t>,
        mut attributes: Vec<Range<usize>>,
    ) -> Option<usize> {
        let tokens = self.tokens;
        let Some(name) = tokens.word(start) else { return Some(start) };
        let (generics, open) = self.generics(start + 1)?;
        if !tokens.is_sign(open, b'(') {
            return Some(open);
        }
        let results = tokens.after(open)?;
        let mut brace = results;
        let mut bounds = None;
        while !tokens.is_sign(brace, b'{') {
            if brace >= end {
                return Some(end);
            }
            brace = match tokens.get(brace)? {
                Token::Sign(b';') => {
                    self.found.left_open.extend(around.owner.map(|owner| (owner, name)));
                    return Some(brace + 1);
                }
                Token::Sign(b'(' | b'[') => tokens.after(brace)?,
                Token::Word("where") => {
                    bounds = Some(brace);
                    brace + 1
                }
                _ => brace + 1,
            };
        }
        let after = tokens.after(brace)?;
        attributes.extend(around.attributes.iter().cloned());
        let parameters = open + 1..results - 1;
        let receiver = parameters.clone().take(4).find(|at| tokens.word(*at).is_some_and(|word| word != "mut"));
        self.found.functions.push(Function {
            name,
            around: around.clone(),
            takes_self: receiver.is_some_and(|at| tokens.is_word(at, "self")),
            attributes,
            generics,
            bounds: [start + 1..open, bounds.unwrap_or(brace)..brace],
            parameters,
            results: results..bounds.unwrap_or(brace),
            body: brace + 1..after - 1,
            inside: tokens.inside(brace, after),
        });
        Some(after)
    }

    fn record(&mut self, at: usize, end: usize) -> Option<usize> {
        let tokens = self.tokens;
        let name = tokens.word(at + 1)?;
        let (generics, mut open) = self.generics(at + 2)?;
        let mut fields = Vec::new();
        let mut head = only(at + 2..open);
        while open < end && !tokens.is_sign(open, b';') {
            match tokens.get(open)? {
                Token::Sign(b'(') => {
                    let after = tokens.after(open)?;
                    let numbered = parts(tokens, open + 1..after - 1)?.into_iter().enumerate();
                    fields.extend(numbered.map(|(index, part)| (Field::Numbered(index), part)));
                    open = after;
                }
                Token::Sign(b'{') => {
                    let after = tokens.after(open)?;
                    let inside = open + 1..after - 1;
                    if tokens.is_word(at, "enum") {
                        self.variants(inside, &mut fields, &mut head)?;
                    } else {
                        self.fields(inside, &mut fields)?;
                    }
                    open = after;
                    break;
                }
                _ => {
                    head.push(open..open + 1);
                    open += 1;
                }
            }
        }
        self.found.types.push(Type { name, generics, head, fields });
        Some(open)
    }

    fn fields(&mut self, inside: Range<usize>, fields: &mut Vec<(Field<'t>, Range<usize>)>) -> Option<()> {
        for part in parts(self.tokens, inside)? {
            let at = self.after_modifiers(part.clone())?;
            if let Some(name) = self.tokens.word(at).filter(|_| at < part.end) {
                fields.push((Field::Named(name), at + 1..part.end));
            }
        }
        Some(())
    }

    fn variants(
        &mut self,
        inside: Range<usize>,
        fields: &mut Vec<(Field<'t>, Range<usize>)>,
        head: &mut Vec<Range<usize>>,
    ) -> Option<()> {
        for part in parts(self.tokens, inside)? {
            let open = self.after_modifiers(part.clone())? + 1;
            if open < part.end && self.tokens.is_sign(open, b'{') {
                self.fields(open + 1..self.tokens.after(open)? - 1, fields)?;
            } else {
                head.push(open.min(part.end)..part.end);
            }
        }
        Some(())
    }

    /// Past attributes and what says who may see it.
    fn after_modifiers(&mut self, part: Range<usize>) -> Option<usize> {
        let tokens = self.tokens;
        let mut at = part.start;
        while at < part.end {
            at = match tokens.get(at)? {
                Token::Sign(b'#') => {
                    let after = tokens.after(at + 1)?;
                    self.silence(std::slice::from_ref(&(at + 2..after - 1)), |_| true);
                    after
                }
                Token::Word("pub") if tokens.is_sign(at + 1, b'(') => tokens.after(at + 1)?,
                Token::Word("pub") => at + 1,
                _ => break,
            };
        }
        Some(at)
    }

    /// Past the head of a trait or implementation: the brace, or a `;`.
    fn brace(&self, start: usize, end: usize) -> Option<usize> {
        let mut at = start;
        while at < end {
            at = match self.tokens.get(at)? {
                Token::Sign(b'{' | b';') => return Some(at),
                Token::Sign(b'(' | b'[') => self.tokens.after(at)?,
                _ => at + 1,
            };
        }
        None
    }

    fn interface(&mut self, at: usize, end: usize, attributes: Vec<Range<usize>>) -> Option<usize> {
        let Some(name) = self.tokens.word(at) else { return Some(at) };
        let (generics, head) = self.generics(at + 1)?;
        let open = self.brace(head, end)?;
        if self.tokens.is_sign(open, b';') {
            return Some(open + 1);
        }
        let after = self.tokens.after(open)?;
        let around = Around {
            owner: Some(name),
            is_trait: true,
            generics: generics.clone(),
            bounds: only(at + 1..open),
            attributes,
            ..Around::default()
        };
        self.items(open + 1..after - 1, &around)?;
        self.found.types.push(Type { name, generics, head: only(at + 1..open), fields: Vec::new() });
        Some(after)
    }

    fn implementation(&mut self, at: usize, end: usize, attributes: Vec<Range<usize>>) -> Option<usize> {
        let tokens = self.tokens;
        let (generics, start) = self.generics(at)?;
        let open = self.brace(start, end)?;
        let after = tokens.after(open)?;
        let bounds = (start..open).find(|at| tokens.is_word(*at, "where")).unwrap_or(open);
        // `for<'a>` names lifetimes.
        let is_for = |at: &usize| tokens.is_word(*at, "for") && !tokens.is_sign(*at + 1, b'<');
        let split = (start..bounds).find(is_for);
        let own = split.map_or(start, |split| split + 1)..bounds;
        let around = Around {
            owner: self.name_of(own),
            of_trait: split.and_then(|split| self.name_of(start..split)),
            implements: split.map_or(start..start, |split| start..split),
            generics,
            bounds: vec![at..start, split.map_or(start..start, |split| start..split), bounds..open],
            attributes,
            ..Around::default()
        };
        self.items(open + 1..after - 1, &around)?;
        Some(after)
    }

    /// The last name of a type's path.
    fn name_of(&self, ty: Range<usize>) -> Option<&'t str> {
        let end = ty.clone().find(|at| self.tokens.is_sign(*at, b'<')).unwrap_or(ty.end);
        (ty.start..end).rev().find_map(|at| self.tokens.word(at))
    }
}

fn only(range: Range<usize>) -> Vec<Range<usize>> {
    std::iter::once(range).collect()
}
