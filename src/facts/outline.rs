//! What a file declares and which words its parts use, read without a parser: enough to tell, over all files together, which
//! bodies cannot matter.

use rustc_hash::FxHasher;
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
}

/// What a member of a package means for what is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Meaning {
    /// Nothing.
    None,
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
    /// What it imports.
    pub imports: Vec<String>,
    /// What it declares outside of bodies; functions are among it.
    pub items: Vec<Item>,
    /// The functions.
    pub bodies: Vec<Body>,
    /// What is never read, in order.
    pub skipped: Vec<Range<usize>>,
}

/// Something declared.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its name.
    pub name: Word,
    /// How it is named by others.
    pub named: Named,
    /// The words that decide whether it matters. For a function: those of its body and of what it gives.
    pub uses: Uses,
}

/// How something declared is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// By its package.
    InPackage,
    /// By a value: a field.
    Field,
    /// By a value: a method that has a body.
    Method,
    /// By a value: a method of an interface.
    Abstract,
}

/// The body of a function.
#[derive(Clone, Debug)]
pub struct Body {
    /// Its place in [`Outline::items`].
    pub item: usize,
    /// What stands between its braces.
    pub inside: Range<usize>,
    /// Whether it is read in any case.
    pub kept: bool,
    /// The words of what the function takes.
    pub takes: Uses,
}

/// The words that a part of a file uses, each once.
#[derive(Clone, Debug, Default)]
pub struct Uses {
    /// Whether they alone say that it matters.
    pub matters: bool,
    /// Members of imported packages: which of [`Outline::imports`], and the member.
    pub imported: Vec<(u16, Word)>,
    /// Names without anything before them.
    pub bare: Vec<Word>,
    /// Names after a dot, or before the value of an entry.
    pub members: Vec<Word>,
}

impl Uses {
    /// Adds the words of another part.
    pub fn add(&mut self, other: &Uses) {
        self.matters |= other.matters;
        self.imported.extend(&other.imported);
        self.bare.extend(&other.bare);
        self.members.extend(&other.members);
    }

    /// Leaves each word once.
    pub fn settle(&mut self) {
        self.imported.sort_unstable();
        self.imported.dedup();
        for words in [&mut self.bare, &mut self.members] {
            words.sort_unstable();
            words.dedup();
            words.shrink_to_fit();
        }
    }
}
