//! What a file declares and which words its parts use, read without a parser: enough to tell, over all files together, which
//! bodies cannot matter.

use rustc_hash::{FxHashSet, FxHasher};
use smallvec::SmallVec;
use std::cmp::Reverse;
use std::hash::Hasher;
use std::ops::Range;

/// A name, as a number. Two names that share one are taken for the same, which only makes more matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Word(u32);

impl Word {
    /// The number of a name.
    pub fn new(name: &str) -> Word {
        let mut hasher = FxHasher::default();
        hasher.write(name.as_bytes());
        let hash = hasher.finish();
        Word((hash >> 32) as u32 ^ hash as u32)
    }

    /// The number of a name that is made of two, each of which counts.
    pub fn joined(one: &str, other: &str) -> Word {
        let mut hasher = FxHasher::default();
        hasher.write(one.as_bytes());
        hasher.write_u8(0);
        hasher.write(other.as_bytes());
        let hash = hasher.finish();
        Word((hash >> 32) as u32 ^ hash as u32)
    }
}

/// The package that methods are asked for under of which the name says enough, whatever they are called on.
pub const OF_ANY: &str = "?";

/// What a member of a package means for what is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Meaning {
    /// Nothing.
    None,
    /// It starts what runs at the same time or later: that matters where it is what opens spans.
    Starts,
    /// It is the type of spans that end by themselves, or gives the current one or an empty carrier: that alone changes
    /// nothing that anybody can see.
    Holds,
    /// It is the type of a context, which cannot be changed: who only takes one need do nothing with it.
    Context,
    /// It does or holds what is followed.
    Followed,
}

/// A file in outline.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    /// The package it says to belong to.
    pub package: String,
    /// What it imports. Where files declare one another, the modules that it names, from what their paths start with down.
    pub imports: Vec<String>,
    /// Those of its imports all of whose names it takes over.
    pub open: Vec<u16>,
    /// The files that it declares as modules of its own, by name.
    pub modules: Vec<OutlinedModule>,
    /// The names that it surely gives its module, in order; none where that is not told.
    pub names: Vec<Word>,
    /// What it declares outside of bodies; functions are among it.
    pub items: Vec<Item>,
    /// The functions.
    pub bodies: Vec<Body>,
    /// What is never read, in order.
    pub skipped: Vec<Range<usize>>,
}

impl Outline {
    /// Whether all that follows from it follows from another one, too, save for where things stand. `declared` are all names
    /// that anything has: no other word makes a difference.
    pub fn says_the_same(&self, other: &Outline, declared: &FxHashSet<Word>) -> bool {
        let is_same_item = |(one, other): (&Item, &Item)| {
            // What matters by itself does so whatever else it names.
            let both_matter = one.uses.matters && other.uses.matters;
            (both_matter || one.uses.names_the_same(&other.uses, declared))
                && Item { uses: other.uses.clone(), ..one.clone() } == *other
        };
        let is_same_body =
            |(one, other): (&Body, &Body)| Body { inside: other.inside.clone(), ..one.clone() } == *other;
        self.package == other.package
            && self.imports == other.imports
            && self.open == other.open
            && self.modules == other.modules
            && self.names == other.names
            && self.items.len() == other.items.len()
            && self.bodies.len() == other.bodies.len()
            && self.items.iter().zip(&other.items).all(is_same_item)
            && self.bodies.iter().zip(&other.bodies).all(is_same_body)
    }

    /// What need not be read if these bodies need not be.
    pub fn gaps(&self, left_out: &[bool]) -> Vec<Range<usize>> {
        let bodies = self.bodies.iter().zip(left_out).filter(|(_, left_out)| **left_out);
        let mut gaps: Vec<Range<usize>> = bodies.map(|(body, _)| body.inside.clone()).collect();
        gaps.extend(self.skipped.iter().cloned());
        gaps.sort_by_key(|gap| (gap.start, Reverse(gap.end)));
        // What is skipped anyway may lie in a body.
        gaps.dedup_by(|next, before| next.start < before.end);
        gaps
    }
}

/// A module whose contents are a file.
#[derive(Clone, Debug, PartialEq)]
pub struct OutlinedModule {
    /// Its name.
    pub name: String,
    /// Whether it is compiled for tests alone.
    pub is_for_tests: bool,
}

/// Something declared.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Its name.
    pub name: Word,
    /// Other names that it has.
    pub also: SmallVec<[Word; 2]>,
    /// For a method that an interface asks for, what those are called that do what it asks for; none if they have its name.
    pub given_by: Option<Word>,
    /// How it is named by others.
    pub named: Named,
    /// For what a trait asks for, the import that the trait is named by: if that is none of the codebase, mostly others call
    /// it, and [`Item::also`] is what it goes by.
    pub asked_by: Option<u16>,
    /// Whether bodies that name it are read, even if it does not matter.
    pub holds: bool,
    /// The words that decide whether it matters. For a function: those of its body and of what it gives.
    pub uses: Uses,
}

/// How something declared is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// By its package.
    InPackage,
    /// By its package, or by any that passes it on.
    Anywhere,
    /// By a value: a field.
    Field,
    /// By a value: a method that has a body.
    Method,
    /// By a value: a method of an interface.
    Abstract,
}

/// The body of a function.
#[derive(Clone, Debug, PartialEq)]
pub struct Body {
    /// Its place in [`Outline::items`].
    pub item: usize,
    /// What stands between its braces.
    pub inside: Range<usize>,
    /// Whether it is read in any case.
    pub kept: bool,
    /// Whether what is written above the function says that it matters, and no word of the body by itself; nor does it start
    /// anything that goes on beside it.
    pub marked: bool,
    /// What others of the codebase are called that say whether it matters who makes a value, where the function makes one.
    pub makes: Option<Word>,
    /// The words of what the function takes.
    pub takes: Uses,
}

/// The words that a part of a file uses, each once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Uses {
    /// Whether they alone say that it matters.
    pub matters: bool,
    /// Members of imported packages: which of [`Outline::imports`], and the member.
    pub imported: Vec<(u16, Word)>,
    /// Names without anything before them.
    pub bare: Vec<Word>,
    /// Names that only something of the same file has.
    pub own: Vec<Word>,
    /// Fields, where the types of values tell whether they can be meant: only in a function that takes what matters.
    pub fields: Vec<Word>,
    /// Members of the type that a method belongs to: as that type's, and by their names alone, which count where it has none
    /// of that name itself.
    pub of_own: Vec<(Word, Word)>,
    /// Names after a dot, or before the value of an entry.
    pub members: Vec<Word>,
}

impl Uses {
    /// Adds the words of another part.
    pub fn add(&mut self, other: &Uses) {
        self.matters |= other.matters;
        self.imported.extend(&other.imported);
        self.bare.extend(&other.bare);
        self.own.extend(&other.own);
        self.fields.extend(&other.fields);
        self.of_own.extend(&other.of_own);
        self.members.extend(&other.members);
    }

    /// Whether both use the same of some words.
    fn names_the_same(&self, other: &Uses, of: &FxHashSet<Word>) -> bool {
        let Uses { matters, imported, bare, own, fields, of_own, members } = self;
        let same_imported = {
            let is_named = |(_, word): &&(u16, Word)| of.contains(word);
            imported.iter().filter(is_named).eq(other.imported.iter().filter(is_named))
        };
        let same = |one: &[Word], other: &[Word]| {
            let is_named = |word: &&Word| of.contains(word);
            one.iter().filter(is_named).eq(other.iter().filter(is_named))
        };
        let same_own = {
            let is_named = |(one, other): &&(Word, Word)| of.contains(one) || of.contains(other);
            of_own.iter().filter(is_named).eq(other.of_own.iter().filter(is_named))
        };
        let here = [bare, own, fields, members];
        let there = [&other.bare, &other.own, &other.fields, &other.members];
        *matters == other.matters
            && same_imported
            && same_own
            && here.into_iter().zip(there).all(|(one, other)| same(one, other))
    }

    /// Leaves each word once.
    pub fn settle(&mut self) {
        self.imported.sort_unstable();
        self.imported.dedup();
        self.of_own.sort_unstable();
        self.of_own.dedup();
        for words in [&mut self.bare, &mut self.own, &mut self.fields, &mut self.members] {
            words.sort_unstable();
            words.dedup();
            words.shrink_to_fit();
        }
    }
}
