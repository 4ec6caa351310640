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
}

/// A library that a module needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Dependency {
    /// Its name.
    pub name: Name,
    /// The version asked for, without a leading `v`.
    pub version: Name,
    /// Where the manifest says it.
    pub range: TextRange,
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
