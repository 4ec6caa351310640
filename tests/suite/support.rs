//! What several tests need: golden files, folders, the program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A path below the package.
pub(crate) fn package(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Whether `UPDATE=1` asks for generated files to be rewritten.
pub(crate) fn update() -> bool {
    std::env::var_os("UPDATE").is_some_and(|value| value == "1")
}

/// Compares a text with a file of the package; with `UPDATE=1`, writes it.
pub(crate) fn golden(path: &str, actual: &str) {
    let file = package(path);
    let expected = fs::read_to_string(&file).unwrap_or_default();
    if expected == actual {
        return;
    }
    if update() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, actual).unwrap();
        return;
    }
    panic!("{path} is not up to date; `UPDATE=1 cargo test` rewrites it\n{}", diff(&expected, actual));
}

/// What differs between two texts, for a person.
pub(crate) fn diff(expected: &str, actual: &str) -> String {
    similar::TextDiff::from_lines(expected, actual).unified_diff().header("expected", "actual").to_string()
}

/// The folders in a folder, sorted; none if there is no such folder.
pub(crate) fn folders(path: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(path) else { return Vec::new() };
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

/// Every file below a folder, by path relative to it with `/`.
pub(crate) fn files_below(folder: &Path) -> Vec<(String, PathBuf)> {
    let entries = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().map(|entry| entry.unwrap());
    let files = entries.filter(|entry| entry.file_type().is_file());
    files.map(|entry| (relative(entry.path(), folder), entry.into_path())).collect()
}

/// A path relative to a folder, with `/`.
pub(crate) fn relative(path: &Path, folder: &Path) -> String {
    path.strip_prefix(folder).unwrap().to_str().unwrap().replace('\\', "/")
}

/// A folder with files, deleted at the end.
pub(crate) fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// Runs the program in a folder, without the libraries that this machine may have.
pub(crate) fn spanlint(folder: &Path, arguments: &[&str]) -> Run {
    spanlint_with(folder, arguments, &[("GOMODCACHE", "/nowhere")])
}

/// Runs the program in a folder with other environment variables.
pub(crate) fn spanlint_with(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
    run(env!("CARGO_BIN_EXE_spanlint"), folder, arguments, variables)
}

/// Runs the program in a folder as cargo does.
pub(crate) fn cargo_spanlint(folder: &Path, arguments: &[&str]) -> Run {
    run(env!("CARGO_BIN_EXE_cargo-spanlint"), folder, &[&["spanlint"], arguments].concat(), &[])
}

fn run(program: &str, folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .envs(variables.iter().copied())
        .env_remove("COLUMNS")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Run::of(&output)
}

/// What a run of the program came to.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    fn of(output: &Output) -> Run {
        Run {
            code: output.status.code().expect("the program ended by itself"),
            out: String::from_utf8(output.stdout.clone()).unwrap(),
            err: String::from_utf8(output.stderr.clone()).unwrap(),
        }
    }
}
