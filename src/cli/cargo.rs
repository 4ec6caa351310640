//! `cargo spanlint`: `spanlint check` on packages instead of paths.

use super::arguments::CheckOptions;
use super::check::{self, Subject};
use super::console::Console;
use crate::workspace::{self, CargoFeatures, CargoPackage, CargoWorkspace, Modules};
use clap::Parser;
use clap::builder::Styles;
use std::ffi::OsString;
use std::path::PathBuf;

/// What cargo calls the program.
const COMMAND: &str = "spanlint";

/// Finds the places where the packages of a Cargo workspace cut a distributed trace: handlers that never extract the caller's
/// context, calls that never inject the current one.
#[derive(Debug, Parser)]
#[command(name = "cargo spanlint", bin_name = "cargo spanlint", version, max_term_width = 100, styles = Styles::plain())]
#[command(
    after_help = "Without `--package` or `--workspace`, the package of the current folder is checked; in the root of a \
    workspace, its default members. All of the workspace is read in any case, and nothing is downloaded. Without options for \
    features, every part of a library that some feature asks for is taken to be there; with them, cargo says which parts are, \
    for which it needs an up-to-date `Cargo.lock` and the libraries' sources on this machine.\n\
    Exit code: 0 nothing wrong, 1 errors or warnings found, 2 the run failed."
)]
pub(super) struct CargoArguments {
    /// Report on this package: a name or a pattern (repeatable)
    #[arg(long, short, value_name = "SPEC", help_heading = "Packages")]
    package: Vec<String>,
    /// Report on all packages of the workspace
    #[arg(long, visible_alias = "all", conflicts_with = "package", help_heading = "Packages")]
    workspace: bool,
    /// Leave this package out: a name or a pattern (repeatable)
    #[arg(long, value_name = "SPEC", requires = "workspace", help_heading = "Packages")]
    exclude: Vec<String>,
    /// The `Cargo.toml` to start from [default: the nearest above the current folder]
    #[arg(long, value_name = "PATH", help_heading = "Packages")]
    manifest_path: Option<PathBuf>,
    /// Take these features to be on, with what they need, and the default ones (comma or space separated, repeatable)
    #[arg(long, short = 'F', value_name = "FEATURES", help_heading = "Features")]
    features: Vec<String>,
    /// Take all features of all packages to be on
    #[arg(long, help_heading = "Features")]
    all_features: bool,
    /// Take the default features to be off
    #[arg(long, help_heading = "Features")]
    no_default_features: bool,
    #[command(flatten)]
    options: CheckOptions,
}

/// The arguments without the name of the command, which cargo gives first.
pub(super) fn own_arguments(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = arguments.into_iter().collect();
    if arguments.get(1).is_some_and(|first| first == COMMAND) {
        arguments.remove(1);
    }
    arguments
}

/// Asks cargo what there is, and checks what of it was asked for.
pub(super) fn run(arguments: &CargoArguments, console: &mut Console<'_>) -> anyhow::Result<u8> {
    let wanted = CargoFeatures {
        some: arguments.features.clone(),
        all: arguments.all_features,
        no_default: arguments.no_default_features,
    };
    let manifest = arguments.manifest_path.as_deref();
    let cargo = workspace::cargo_workspace(manifest)?;
    let features = if wanted.is_usual() { None } else { Some(workspace::cargo_features(manifest, &wanted)?) };
    let asked_for: Vec<PathBuf> = select(arguments, &cargo)?.iter().map(|package| package.folder.clone()).collect();
    let all = cargo.packages.iter().map(|package| &package.folder).chain(&cargo.beside).cloned().collect();
    let modules = Modules { all, asked_for: asked_for.iter().cloned().collect() };
    check::run(&Subject { paths: &asked_for, modules: Some(modules), features }, &arguments.options, console)
}

/// The packages that are reported on, as cargo's own commands choose them.
fn select<'c>(arguments: &CargoArguments, cargo: &'c CargoWorkspace) -> anyhow::Result<Vec<&'c CargoPackage>> {
    let members = || cargo.packages.iter();
    let chosen: Vec<&CargoPackage> = if arguments.workspace {
        let excluded = all_called(&arguments.exclude, cargo)?;
        members().filter(|package| !excluded.contains(&package.name.as_str())).collect()
    } else if arguments.package.is_empty() {
        members().filter(|package| package.is_default).collect()
    } else {
        let wanted = all_called(&arguments.package, cargo)?;
        members().filter(|package| wanted.contains(&package.name.as_str())).collect()
    };
    anyhow::ensure!(!chosen.is_empty(), "no package is left to check");
    Ok(chosen)
}

/// The names of the packages that specifications mean.
///
/// # Errors
/// One of them means none.
fn all_called<'c>(specifications: &[String], cargo: &'c CargoWorkspace) -> anyhow::Result<Vec<&'c str>> {
    let names = || cargo.packages.iter().map(|package| package.name.as_str());
    let mut found = Vec::new();
    for wanted in specifications {
        let before = found.len();
        found.extend(names().filter(|name| fits(name.as_bytes(), wanted.as_bytes())));
        if found.len() == before {
            let distance = |name: &&str| strsim::damerau_levenshtein(name, wanted);
            let near = names().min_by_key(distance).filter(|name| distance(name) <= 1 + wanted.chars().count() / 4);
            let hint = near.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
            anyhow::bail!("no package of the workspace is called `{wanted}`{hint}");
        }
    }
    Ok(found)
}

/// Whether a name fits a pattern, in which `*` stands for any letters and `?` for one.
fn fits(name: &[u8], pattern: &[u8]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, _) => name.is_empty(),
        (Some((b'*', rest)), _) => (0..=name.len()).any(|at| fits(&name[at..], rest)),
        (Some((b'?', rest)), Some((_, name))) => fits(name, rest),
        (Some((letter, rest)), Some((first, name))) => letter == first && fits(name, rest),
        (Some(_), None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_those_of_cargo() {
        let fits = |name: &str, pattern: &str| fits(name.as_bytes(), pattern.as_bytes());
        assert!(fits("api-core", "api-core") && fits("api-core", "api-*") && fits("api-core", "*core"));
        assert!(fits("a", "?") && fits("", "*") && fits("aXbYb", "a*b"));
        assert!(!fits("api", "ap") && !fits("ap", "api") && !fits("a", "??") && !fits("api-core", "*api"));
    }

    #[test]
    fn cargo_names_the_command_first() {
        let own = |words: &[&str]| own_arguments(words.iter().map(OsString::from)).len();
        assert_eq!(own(&["cargo-spanlint", "spanlint", "-q"]), 2);
        assert_eq!(own(&["cargo-spanlint", "-q"]), 2);
        assert_eq!(own(&["cargo-spanlint", "-p", "spanlint"]), 3);
        assert_eq!(own(&["cargo-spanlint"]), 1);
    }
}
