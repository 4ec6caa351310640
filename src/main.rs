//! Arguments in, exit code out.

use std::process::ExitCode;

/// Facts and abstract values are millions of small pieces, made by several threads and freed by others.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    spanlint::cli::main(std::env::args_os())
}
