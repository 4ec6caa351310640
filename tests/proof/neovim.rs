//! A real Neovim, without a window, starts the language server as the shipped snippet says: it opens the payment service, waits for what is found, chooses
//! the action that fixes it all and writes the file. The text must be the one that `--fix` writes.

use crate::Outcome;
use crate::process::run;
use crate::services::{Fixes, copy, fixture, repair};
use crate::toolchain::{NEOVIM, are_there};
use std::fs;
use std::path::Path;
use std::process::Command;

/// What Neovim is told to do.
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/proof/neovim.lua");

/// What people put into their configuration.
const SNIPPET: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/editors/neovim/older.lua");

#[test]
fn neovim_writes_what_fix_writes() {
    if are_there(&[NEOVIM]) {
        edit_payment().unwrap_or_else(|error| panic!("{error}"));
    }
}

fn edit_payment() -> Outcome<()> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let (by_hand, by_editor) = (folder.path().join("by-hand"), folder.path().join("by-editor"));
    for copied in [&by_hand, &by_editor] {
        copy(&fixture("services"), copied)?;
    }
    repair(&by_hand, Fixes::Unsafe)?;
    let payment = Path::new("payment").join("handler.go");
    let mut neovim = Command::new(NEOVIM.program);
    neovim.args(["--headless", "-u", "NONE", "-i", "NONE", "-n", "-c"]).arg(format!("luafile {SCRIPT}"));
    neovim.env("PATH", path_with_spanlint()).env("SNIPPET", SNIPPET);
    run(neovim.env("FILE", by_editor.join(&payment)).current_dir(&by_editor))?;
    let read = |folder: &Path| fs::read_to_string(folder.join(&payment)).map_err(|error| error.to_string());
    let (expected, actual) = (read(&by_hand)?, read(&by_editor)?);
    if read(&fixture("services"))? == actual {
        return Err("Neovim changed nothing".to_owned());
    }
    let diff = similar::TextDiff::from_lines(&expected, &actual);
    if expected == actual { Ok(()) } else { Err(diff.unified_diff().header("--fix", "Neovim").to_string()) }
}

fn path_with_spanlint() -> String {
    let programs = Path::new(env!("CARGO_BIN_EXE_spanlint")).parent().unwrap_or(Path::new("."));
    format!("{}:{}", programs.display(), std::env::var("PATH").unwrap_or_default())
}
