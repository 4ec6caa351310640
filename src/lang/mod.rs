//! Front ends: one per language, each a row of [`ALL`].
//!
//! A front end turns text into [`FileFacts`] and says what its language needs of the linker and the fixes. It knows no
//! model, and nothing of a parser leaves this module.

mod depth;
mod directive;
mod go;
mod rust;
mod scope;
mod tokens;
mod tree;

use crate::facts::outline::{Meaning, Outline};
use crate::facts::{FileFacts, LockFacts, ModuleContents, ModuleFacts, Name, Problem};
use crate::text::{Language, TextRange};
use std::ops::Range;

/// What a language brings.
#[derive(Clone, Copy)]
pub struct Frontend {
    /// The language's id, which is also its folder in `rules/`.
    pub language: Language,
    /// Its name for people.
    pub name: &'static str,
    /// Endings of its files, without the dot.
    pub extensions: &'static [&'static str],
    /// What starts a comment that runs to the end of the line.
    pub comment: &'static str,
    /// Reads a file.
    pub lower: Lower,
    /// Tells what a file declares and names, much faster than it is read; none where that can't be told.
    pub outline: fn(&str, Meanings<'_>) -> Option<Outline>,
    /// Names of the manifests that say where its modules are.
    pub manifests: &'static [&'static str],
    /// Reads a manifest, given its file name and text.
    pub read_manifest: fn(&str, &str) -> Result<ModuleFacts, Problem>,
    /// Names of the files that say which versions of libraries were chosen. They stand beside manifests.
    pub locks: &'static [&'static str],
    /// Reads such a file.
    pub read_lock: fn(&str) -> Result<LockFacts, Problem>,
    /// How files are put together, if not by folder.
    pub modules: Option<ModuleRules>,
    /// Whether a file, named by its path with `/`, holds tests.
    pub is_test: fn(&str) -> bool,
    /// What a file imports, by its text.
    pub imports: fn(&str) -> Vec<Name>,
    /// Whether a folder can hold, by its path, what only the tests of its codebase use.
    pub may_be_for_tests: fn(&str) -> bool,
    /// Whether a folder, by its path below the codebase, says that services run nothing in it.
    pub is_for_tests: fn(&str) -> bool,
    /// Names of folders that hold other people's sources.
    pub library_folders: &'static [&'static str],
    /// Where this machine keeps the sources of libraries.
    pub libraries: LibrarySources,
    /// Edits that make packages importable: for each wanted one that the file lacks, an insertion into its import block.
    pub add_imports: fn(&str, &FileFacts, &[ImportWanted]) -> Vec<Replacement>,
    /// The insertion that adds an item to a file.
    pub add_item: fn(&str, &str) -> Replacement,
    /// The name that a file which imports this path without alias uses, when nobody says what the package is called.
    pub package_name: fn(&str) -> String,
    /// Whether a symbol belongs to the language's own library.
    pub is_standard: fn(&str) -> bool,
    /// Whether a function, by the names of its package and its own, is where a program starts.
    pub is_entry: fn(&str, &str) -> bool,
    /// Whether other packages can call a function of this name.
    pub is_exported: fn(&str) -> bool,
    /// How deep one level of indentation is.
    pub indent: &'static str,
    /// An expression that was the only argument of its call, as it is laid out among others; none if that can't be told.
    pub among_arguments: fn(&str) -> Option<String>,
    /// How code names something of a library that it does not import, by its path; none where it has to import it.
    pub name_in_full: fn(&str) -> Option<String>,
    /// The edits that change what a call is given, with what stands around it laid out anew; none if they can't be told.
    pub rework: fn(&str, &Rework<'_>) -> Option<Vec<Replacement>>,
}

/// A change to a call or what it is given.
#[derive(Clone, Copy, Debug)]
pub struct Rework<'r> {
    /// The arguments of the call, parentheses included.
    pub arguments: TextRange,
    /// What is written where.
    pub change: Change<'r>,
    /// A call of a method of what the call gives, to be left out.
    pub without: Option<TextRange>,
    /// A name that a new variable can have.
    pub free_name: &'r str,
}

/// What is written where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change<'r> {
    /// A call of a method of the argument, right behind it.
    Append(&'r str),
    /// A line at the start of the closure that is the argument.
    Enter(&'r str),
    /// A call of a method of what the method is called on, right before it.
    Link(&'r str),
    /// A call of a method of what the call gives, right behind it.
    Follow(&'r str),
    /// A call of a function, whose name this is, around the argument.
    Wrap(&'r str),
    /// All that follows in the block in a block of its own that waits, with calls of methods behind it; the call itself goes.
    Enclose(&'r str),
}

/// Says what an environment variable is set to.
pub type Variables<'v> = &'v dyn Fn(&str) -> Option<String>;

/// Where the sources of libraries lie, in words: nothing is looked up here.
#[derive(Clone, Copy)]
pub struct LibrarySources {
    /// The folders that keep them, the first that has a module counting, by what environment variables say.
    pub caches: fn(Variables<'_>) -> Vec<String>,
    /// The folder of a module in such a folder, by the module's name and version.
    pub module_folder: fn(&str, &str) -> String,
    /// What a file imports, read from the first lines of its text; none if more of them are needed to tell.
    pub imports: fn(&str) -> Option<Vec<Name>>,
    /// The name that all modules of one owner start with, by the name of one of them.
    pub owner: fn(&str) -> &str,
}

/// How files are put together that declare one another as modules.
#[derive(Clone, Copy)]
pub struct ModuleRules {
    /// The files that programs and libraries start with, by a manifest and its folder, or where there is none. The files to
    /// choose from are sorted.
    pub roots: fn(&str, Option<&ModuleFacts>, &[&str]) -> Vec<Root>,
    /// Where the contents of a module may be: by the file that declares it, whether that is a root, the modules written out
    /// around the declaration, its name and what it says. The likeliest first.
    pub files: fn(&str, bool, &[Name], &str, &ModuleContents) -> Vec<String>,
}

/// A file that a program or library starts with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// The file.
    pub path: String,
    /// What others call it.
    pub name: Name,
    /// Whether it is a program.
    pub is_program: bool,
}

/// What is replaced in a file, and by what. An empty range inserts.
pub type Replacement = (TextRange, String);

/// A package that a fix needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportWanted {
    /// What to import.
    pub path: String,
    /// Under which name, where the package's own is not wanted.
    pub alias: Option<String>,
}

/// Every front end.
pub const ALL: &[Frontend] = &[go::FRONTEND, rust::FRONTEND];

/// Reads a file, but for some ranges of its text, which stand in order: bodies, without their braces, and lists of constants.
/// Never fails: what can't be read is a [`Problem`] in the facts.
pub type Lower = fn(&str, &[Range<usize>]) -> FileFacts;

/// Says of an import path and a member of that package what the member means.
pub type Meanings<'m> = &'m dyn Fn(&str, &str) -> Meaning;

/// What reads a file, by its ending.
pub fn lowering(path: &str) -> Option<Lower> {
    for_path(path).map(|frontend| frontend.lower)
}

/// The front end for a file, by its ending.
pub fn for_path(path: &str) -> Option<&'static Frontend> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let (_, extension) = name.rsplit_once('.')?;
    ALL.iter().find(|frontend| frontend.extensions.contains(&extension))
}

/// The front end whose manifest this file is.
pub fn for_manifest(path: &str) -> Option<&'static Frontend> {
    let name = path.rsplit('/').next().unwrap_or(path);
    ALL.iter().find(|frontend| frontend.manifests.contains(&name))
}

/// The front end whose lock file this is.
pub fn for_lock(path: &str) -> Option<&'static Frontend> {
    let name = path.rsplit('/').next().unwrap_or(path);
    ALL.iter().find(|frontend| frontend.locks.contains(&name))
}

/// The front end of a language.
pub fn of(language: Language) -> Option<&'static Frontend> {
    ALL.iter().find(|frontend| frontend.language == language)
}
