//! What declarations say besides what they declare: which module holds them, which type they are members of, what is written
//! on them.

use super::{Argument, Field, Name, Path, TypeRef};
use crate::text::TextRange;

/// An index into [`super::FileFacts::modules`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModuleIndex(pub u32);

/// An index into [`super::FileFacts::implementations`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ImplementationIndex(pub u32);

/// A module that a file declares: one whose contents stand in the file, or one whose contents another file holds.
///
/// Names inside a module are written out by the front end as they read in the file outside of it: what `helper` means in
/// `mod inner { fn helper() {} }` is the path `inner`, `helper`.
#[derive(Clone, Debug, PartialEq)]
pub struct ModuleDeclaration {
    /// Its name. A block with items of its own is a module whose name nobody can write.
    pub name: Name,
    /// The module around it, unless that is the file.
    pub within: Option<ModuleIndex>,
    /// Where its contents are.
    pub contents: ModuleContents,
    /// The name in the declaration.
    pub range: TextRange,
}

/// Where the contents of a module are.
#[derive(Clone, Debug, PartialEq)]
pub enum ModuleContents {
    /// In this file.
    Here,
    /// In the file that the language looks for.
    File,
    /// In a file named in the declaration, relative to this one.
    FileAt(Name),
}

/// What a type is given members by: an `impl` block, or the body of the type itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Implementation {
    /// The type.
    pub of: TypeRef,
    /// The interfaces that it says it implements.
    pub interfaces: Vec<TypeRef>,
    /// What is written on it: `#[tonic::async_trait]`.
    pub attributes: Vec<Attribute>,
    /// The whole block.
    pub range: TextRange,
}

/// What is written on a declaration to change what it is: a Rust attribute, a decorator, an annotation.
///
/// Its arguments are expressions that the declaration evaluates: those of a function when it is called, with its parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// Its name.
    pub path: Path,
    /// Its arguments, in order.
    pub arguments: Vec<Argument>,
    /// The whole attribute.
    pub range: TextRange,
}

/// One of the records that a type can be.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// Its name.
    pub name: Name,
    /// Its fields.
    pub fields: Vec<Field>,
}
