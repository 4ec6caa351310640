//! What cargo says of a workspace: which packages there are and where.
//!
//! Cargo is asked without access to a network, and without leave to write a lock file.

use crate::engine::LibraryFeatures;
use crate::facts::Name;
use crate::lang;
use anyhow::{Context, bail};
use cargo_metadata::{Metadata, MetadataCommand, Package};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The packages that cargo takes to belong together.
#[derive(Clone, Debug)]
pub struct CargoWorkspace {
    /// The members, by name.
    pub packages: Vec<CargoPackage>,
    /// Folders outside from which members take dependencies.
    pub beside: Vec<PathBuf>,
}

/// A member of a workspace.
#[derive(Clone, Debug)]
pub struct CargoPackage {
    /// Its name, as its manifest writes it.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// Whether cargo's commands mean it when they are told no package.
    pub is_default: bool,
}

/// Which features of packages are asked for.
#[derive(Clone, Debug, Default)]
pub struct CargoFeatures {
    /// By name, as cargo reads them.
    pub some: Vec<String>,
    /// All that there are.
    pub all: bool,
    /// Not those that are on by themselves.
    pub no_default: bool,
}

impl CargoFeatures {
    /// Whether nothing is said about them.
    pub fn is_usual(&self) -> bool {
        self.some.is_empty() && !self.all && !self.no_default
    }
}

/// Asks cargo about the workspace of a manifest, or of the nearest one above the current folder.
///
/// # Errors
/// Cargo can't be started, or can't make sense of the manifests; then with its own words.
pub fn cargo_workspace(manifest: Option<&Path>) -> anyhow::Result<CargoWorkspace> {
    let mut command = MetadataCommand::new();
    if let Some(manifest) = manifest {
        command.manifest_path(manifest);
    }
    command.no_deps().other_options(["--offline".to_owned()]);
    let metadata = run(&command)?;
    let start = match manifest {
        Some(manifest) => manifest.to_path_buf(),
        None => nearest_manifest()?,
    };
    let start = start.canonicalize().with_context(|| format!("`{}` can't be read", start.display()))?;
    Ok(read(&metadata, &start))
}

/// Asks cargo which libraries the packages of a workspace get, and which parts of them, with some features.
///
/// # Errors
/// Cargo can't be started, there is no such feature, or cargo would have to write a lock file or to download something.
pub fn cargo_features(manifest: Option<&Path>, features: &CargoFeatures) -> anyhow::Result<LibraryFeatures> {
    let mut command = MetadataCommand::new();
    if let Some(manifest) = manifest {
        command.manifest_path(manifest);
    }
    let mut options = vec!["--frozen".to_owned()];
    options.extend(features.some.iter().flat_map(|names| ["--features".to_owned(), names.clone()]));
    options.extend(features.all.then(|| "--all-features".to_owned()));
    options.extend(features.no_default.then(|| "--no-default-features".to_owned()));
    let metadata = run(command.other_options(options))?;
    let mut libraries = BTreeMap::<Name, Vec<Name>>::new();
    for node in metadata.resolve.iter().flat_map(|resolve| &resolve.nodes) {
        let Some(package) = metadata.packages.iter().find(|package| package.id == node.id) else { continue };
        let parts = libraries.entry(package.name.replace('-', "_").into()).or_default();
        parts.extend(node.features.iter().map(|feature| Name::new(feature.as_str())));
    }
    let language = lang::for_manifest("Cargo.toml").context("no front end reads `Cargo.toml`")?.language;
    Ok(LibraryFeatures { language, features: libraries })
}

fn run(command: &MetadataCommand) -> anyhow::Result<Metadata> {
    match command.exec() {
        Ok(metadata) => Ok(metadata),
        Err(cargo_metadata::Error::CargoMetadata { stderr }) => {
            let words = stderr.trim();
            bail!("`cargo metadata` failed: {}", words.strip_prefix("error: ").unwrap_or(words))
        }
        Err(cargo_metadata::Error::Io(error)) => Err(error).context("`cargo metadata` can't be started"),
        Err(error) => Err(error).context("what `cargo metadata` says can't be read"),
    }
}

fn nearest_manifest() -> anyhow::Result<PathBuf> {
    let current = std::env::current_dir().context("the current folder can't be found")?;
    let found = current.ancestors().map(|folder| folder.join("Cargo.toml")).find(|file| file.is_file());
    found.context("there is no `Cargo.toml` in the current folder or above it")
}

/// `start` is the manifest that was asked for. That of the workspace stands for its default members, another for its package.
fn read(metadata: &Metadata, start: &Path) -> CargoWorkspace {
    let is_root = start.parent() == metadata.workspace_root.as_std_path().canonicalize().ok().as_deref();
    let is_default = |package: &Package| match is_root {
        true => metadata.workspace_default_members.contains(&package.id),
        false => package.manifest_path.as_std_path().canonicalize().is_ok_and(|manifest| manifest == start),
    };
    let members = metadata.workspace_packages();
    let mut packages: Vec<CargoPackage> = members
        .iter()
        .map(|package| CargoPackage {
            name: package.name.to_string(),
            folder: folder_of(package),
            is_default: is_default(package),
        })
        .collect();
    packages.sort_by(|one, other| one.name.cmp(&other.name));
    let own: BTreeSet<PathBuf> = packages.iter().map(|package| package.folder.clone()).collect();
    let needed = members.iter().flat_map(|package| &package.dependencies).filter_map(|needed| needed.path.as_ref());
    let beside: BTreeSet<PathBuf> = needed.map(|path| path.clone().into_std_path_buf()).collect();
    CargoWorkspace { packages, beside: beside.difference(&own).filter(|path| path.is_dir()).cloned().collect() }
}

fn folder_of(package: &Package) -> PathBuf {
    let manifest = package.manifest_path.as_std_path();
    manifest.parent().unwrap_or(manifest).to_path_buf()
}
