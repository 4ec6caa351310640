//! Arguments in, exit code out, as a command of cargo.

use std::process::ExitCode;

fn main() -> ExitCode {
    spanlint::cli::cargo_main(std::env::args_os())
}
