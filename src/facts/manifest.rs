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

/// What a lock file (`Cargo.lock`) says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LockFacts {
    /// Everything that the modules below the file come to.
    pub packages: Vec<Locked>,
}

/// A library or module in the one version that was chosen for some of those that need it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Locked {
    /// Its name.
    pub name: Name,
    /// Its version.
    pub version: Name,
    /// Whether it comes from a folder of the codebase.
    pub is_own: bool,
    /// What it needs, with the version where there are several.
    pub dependencies: Vec<(Name, Option<Name>)>,
}

impl LockFacts {
    /// The versions that a module's dependency comes to: several if it needs one library twice.
    pub fn versions<'l>(&'l self, module: &str, dependency: &str) -> Vec<&'l Name> {
        let own = self.packages.iter().find(|package| package.is_own && package.name == module);
        let needed = own.into_iter().flat_map(|own| &own.dependencies).filter(|(name, _)| name == dependency);
        needed.filter_map(|(name, version)| version.as_ref().or_else(|| self.only_version(name))).collect()
    }

    /// The version of a library, if no two were chosen.
    pub fn only_version(&self, library: &str) -> Option<&Name> {
        let mut versions =
            self.packages.iter().filter(|package| package.name == library).map(|package| &package.version);
        versions.next().filter(|_| versions.next().is_none())
    }
}
