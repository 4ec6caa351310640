//! What manifests say.

use super::Name;
use crate::text::TextRange;

/// What a manifest (`go.mod`) says of the module whose root folder it stands in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModuleFacts {
    /// The module's name, which starts the import path of its packages.
    pub name: Name,
    /// What the module needs.
    pub dependencies: Vec<Dependency>,
    /// Modules read from a folder instead: name, and the folder relative to the manifest's.
    pub replaced: Vec<(Name, String)>,
    /// Modules read from another one instead.
    pub substituted: Vec<Substitute>,
    /// Other modules' folders that belong to it (`go.work`), relative to the manifest's.
    pub members: Vec<String>,
    /// Files that a program or library starts with, where that is not what the language takes for granted (Cargo's targets).
    pub targets: Vec<Target>,
    /// What the manifests of modules below may take over (Cargo's workspace dependencies).
    pub shared: Vec<Dependency>,
}

/// A file that a program or library starts with.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Its name, if one is given.
    pub name: Option<Name>,
    /// The file, relative to the manifest's folder.
    pub path: String,
    /// Whether it is a program.
    pub is_program: bool,
}

/// A library that a module needs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dependency {
    /// Its name.
    pub name: Name,
    /// The version asked for, without a leading `v`.
    pub version: Name,
    /// Where the manifest says it.
    pub range: TextRange,
    /// What code calls it, if not by its name.
    pub alias: Option<Name>,
    /// Parts of it that are asked for.
    pub features: Vec<Name>,
    /// The folder it is read from, relative to the manifest's.
    pub folder: Option<String>,
    /// Whether only tests need it.
    pub for_tests: bool,
    /// Whether the version, folder and more features stand in a manifest above, under [`ModuleFacts::shared`].
    pub inherited: bool,
}

/// A module that stands in for another.
#[derive(Clone, Debug, PartialEq)]
pub struct Substitute {
    /// The module asked for.
    pub name: Name,
    /// The one that is read.
    pub by: Name,
    /// Its version, without a leading `v`.
    pub version: Name,
}
