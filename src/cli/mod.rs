//! The command line: arguments in, exit code out.
//!
//! Drives the engine through the workspace and hands reports to a format. Decides nothing about what is wrong.

mod arguments;
mod baseline;
mod cargo;
mod check;
mod console;
mod init;
mod lists;

use crate::lsp;
use arguments::{Arguments, CheckArguments, Command};
use cargo::CargoArguments;
use check::Subject;
use clap::{CommandFactory, Parser};
use console::Console;
use std::ffi::OsString;
use std::io::{self, BufWriter, Write};
use std::panic::{PanicHookInfo, UnwindSafe, catch_unwind};
use std::process::ExitCode;

/// Nothing found that fails a run.
const CLEAN: u8 = 0;
/// An error or a warning was found.
const FINDINGS: u8 = 1;
/// The run could not do what it was asked for.
const FAILED: u8 = 2;

/// Runs `spanlint`: `arguments` start with the program's name.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    start(Arguments::try_parse_from(arguments), run)
}

/// Runs `cargo spanlint`: `arguments` start with the program's name, and go on with `spanlint` if cargo starts it.
pub fn cargo_main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    start(CargoArguments::try_parse_from(cargo::own_arguments(arguments)), |arguments, console| {
        cargo::run(&arguments, console)
    })
}

fn start<T: UnwindSafe>(
    parsed: Result<T, clap::Error>,
    run: impl FnOnce(T, &mut Console<'_>) -> anyhow::Result<u8> + UnwindSafe,
) -> ExitCode {
    let arguments = match parsed {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help is no error, and a reader that has gone away misses nothing.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { FAILED } else { CLEAN });
        }
    };
    std::panic::set_hook(Box::new(name_panic));
    let code = catch_unwind(|| {
        let (mut out, mut err) = (BufWriter::new(io::stdout()), io::stderr());
        let mut console = Console::of_terminal(&mut out, &mut err);
        run(arguments, &mut console).unwrap_or_else(|error| {
            let _ = writeln!(console.err, "error: {error:#}");
            FAILED
        })
    });
    ExitCode::from(code.unwrap_or(FAILED))
}

/// One line for a fault of our own. The engine goes on with the other files and checks, and its report names what is missing.
fn name_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(|location| format!(" at {}:{}", location.file(), location.line()));
    let payload = panic.payload();
    let message = payload.downcast_ref::<&str>().copied().or(payload.downcast_ref::<String>().map(String::as_str));
    let message = message.unwrap_or("no message");
    let _ = writeln!(io::stderr(), "internal error{}: {message}; please report it", place.unwrap_or_default());
}

fn run(arguments: Arguments, console: &mut Console<'_>) -> anyhow::Result<u8> {
    let code = match arguments.command {
        None => check_paths(&arguments.check, console).map_err(|error| name_commands(error, &arguments.check))?,
        Some(Command::Check(check)) => check_paths(&check, console)?,
        Some(Command::Init(arguments)) => init::run(&arguments, console)?,
        Some(Command::Baseline(arguments)) => baseline::run(&arguments, console)?,
        Some(Command::Explain(explain)) => lists::explain(&explain, console)?,
        Some(Command::Checks(list)) => lists::checks(&list, console)?,
        Some(Command::Models(list)) => lists::models(&list, console)?,
        Some(Command::Man) => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Arguments::command()).render(&mut page)?;
            console.print(&page)?;
            CLEAN
        }
        Some(Command::Lsp(_)) => {
            lsp::serve_stdio()?;
            CLEAN
        }
        Some(Command::Schema(file)) => {
            console.print((file.schema)().as_bytes())?;
            CLEAN
        }
        Some(Command::Completions(completions)) => {
            let mut script = Vec::new();
            clap_complete::generate(completions.shell, &mut Arguments::command(), "spanlint", &mut script);
            console.print(&script)?;
            CLEAN
        }
    };
    Ok(code)
}

fn check_paths(check: &CheckArguments, console: &mut Console<'_>) -> anyhow::Result<u8> {
    check::run(&Subject { paths: &check.paths, modules: None, features: None }, &check.options, console)
}

/// Without a command the first word is a path. If there is no such path, it may be a command mistyped.
fn name_commands(error: anyhow::Error, check: &CheckArguments) -> anyhow::Error {
    let Some(word) = check.paths.first().and_then(|path| path.to_str()).filter(|word| !word.contains(['/', '.']))
    else {
        return error;
    };
    let commands = Arguments::command();
    let near = commands.get_subcommands().map(|command| command.get_name()).find(|name| {
        let distance = strsim::damerau_levenshtein(word, name);
        distance > 0 && distance <= 2
    });
    match near {
        Some(command) => anyhow::anyhow!("{error:#}; there is a command `{command}`"),
        None => error,
    }
}
