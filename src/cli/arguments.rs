//! What can be written on the command line.

use crate::checks;
use crate::config::{self, CONFIDENCES, UNTRACED};
use crate::diagnostic::Confidence;
use crate::engine::Untraced;
use crate::model;
use crate::output::{FORMATS, Format};
use clap::builder::{PossibleValuesParser, Styles, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Finds the places where a distributed trace is cut: handlers that never extract the caller's context, calls that never
/// inject the current one.
#[derive(Debug, Parser)]
#[command(name = "spanlint", version, max_term_width = 100, styles = Styles::plain())]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(after_help = "Without a command, `spanlint [PATH].. [OPTIONS]` is `spanlint check`.\n\
    Exit code: 0 nothing wrong, 1 errors or warnings found, 2 the run failed.")]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) check: CheckArguments,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Check files and folders
    Check(CheckArguments),
    /// List what is found today, so that later runs report only what is new
    Baseline(BaselineArguments),
    /// Write a configuration file that says what was found here
    Init(InitArguments),
    /// Print what a check finds, why it matters and how to fix it
    Explain(ExplainArguments),
    /// List the checks
    Checks(ChecksArguments),
    /// List the libraries whose calls are known
    Models(ModelsArguments),
    /// Serve an editor: speaks the Language Server Protocol over the standard streams
    Lsp(LspArguments),
    /// Print a script that completes commands and options in a shell
    Completions(CompletionsArguments),
    /// Print the manual page, for `man -l -`
    Man,
    /// Print the JSON schema of a file, for editors that check and complete TOML
    Schema(SchemaArguments),
}

#[derive(Args, Debug)]
pub(super) struct CheckArguments {
    /// Files and folders to check [default: `paths` of the configuration file, else the current folder]
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) options: CheckOptions,
}

/// What every command that checks can be told.
#[derive(Args, Debug)]
pub(super) struct CheckOptions {
    /// Apply fixes that keep what the program does
    #[arg(long, conflicts_with = "diff")]
    pub(super) fix: bool,
    /// Apply or show fixes that must be read first, too
    #[arg(long)]
    pub(super) unsafe_fixes: bool,
    /// Show what fixes would change, and change nothing
    #[arg(long)]
    pub(super) diff: bool,
    /// How to print what was found
    #[arg(long, value_name = "FORMAT", value_parser = word_of(FORMATS), default_value = "terminal")]
    pub(super) format: Format,
    #[command(flatten)]
    pub(super) scope: ScopeOptions,
    /// Report only what is not in this list, which `spanlint baseline` writes [default: `baseline` of the configuration file]
    #[arg(long, value_name = "FILE")]
    pub(super) baseline: Option<PathBuf>,
    /// Report only what is new since the branch left this revision of git, in commits or in files: it touches a changed line, or
    /// was not found before
    #[arg(long, value_name = "REV", conflicts_with = "staged")]
    pub(super) since: Option<String>,
    /// Check what git would commit, and report only what is new in it
    #[arg(long)]
    pub(super) staged: bool,
    /// Read the text of this file from the standard input, and report on it alone
    #[arg(long, value_name = "FILE", conflicts_with_all = ["fix", "staged"])]
    pub(super) stdin_filename: Option<PathBuf>,
    /// Exit with 0 even if something was found
    #[arg(long)]
    pub(super) exit_zero: bool,
    /// Write the report to a file
    #[arg(long, short, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Print findings only: no summary, no notices
    #[arg(long, short)]
    pub(super) quiet: bool,
    /// Say on the other stream what was recognised (services, what reads and writes contexts) and what was left out
    #[arg(long, short, conflicts_with = "quiet")]
    pub(super) verbose: bool,
    /// Count the findings by check
    #[arg(long)]
    pub(super) statistics: bool,
    /// Put what comments or the baseline allow into the report, too, marked as such (`sarif` alone can hold that)
    #[arg(long)]
    pub(super) show_allowed: bool,
}

/// What is looked for, and in what.
#[derive(Args, Debug)]
pub(super) struct ScopeOptions {
    /// Run only these checks (comma separated, repeatable)
    #[arg(long, value_name = "CHECK", value_delimiter = ',', value_parser = check_ids(), hide_possible_values = true)]
    pub(super) select: Vec<String>,
    /// Leave these checks out (comma separated, repeatable)
    #[arg(long, value_name = "CHECK", value_delimiter = ',', value_parser = check_ids(), hide_possible_values = true)]
    pub(super) ignore: Vec<String>,
    /// Report only what is at least this sure [default: medium]
    #[arg(long, value_name = "LEVEL", value_parser = word_of(&CONFIDENCES))]
    pub(super) min_confidence: Option<Confidence>,
    /// What services without any tracing are worth: one note each, a note for every edge, or nothing [default: service]
    #[arg(long, value_name = "HOW", value_parser = word_of(&UNTRACED))]
    pub(super) untraced: Option<Untraced>,
    /// The configuration file [default: the nearest `spanlint.toml`, or `Cargo.toml` with a table for spanlint, above what
    /// is checked]
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// A model of an in-house library, or a folder of them (repeatable)
    #[arg(long, value_name = "PATH")]
    pub(super) models: Vec<PathBuf>,
    /// Don't read the sources of libraries: vendored ones and those in the module cache
    #[arg(long)]
    pub(super) no_deps: bool,
    /// Accepted for scripts: every run reads everything anew, there is no cache yet
    #[arg(long)]
    pub(super) no_cache: bool,
}

#[derive(Args, Debug)]
pub(super) struct InitArguments {
    /// The folder that gets the file [default: the current folder]
    #[arg(value_name = "FOLDER")]
    pub(super) folder: Option<PathBuf>,
    #[command(flatten)]
    pub(super) scope: ScopeOptions,
}

#[derive(Args, Debug)]
pub(super) struct BaselineArguments {
    /// Files and folders to check [default: `paths` of the configuration file, else the current folder]
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// Where to write the list [default: `baseline` of the configuration file, else `spanlint-baseline.json`]
    #[arg(long, short, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    #[command(flatten)]
    pub(super) scope: ScopeOptions,
}

#[derive(Args, Debug)]
pub(super) struct ExplainArguments {
    /// Id of a check, for example `missing-extract`
    #[arg(value_name = "CHECK", value_parser = check_ids(), hide_possible_values = true)]
    pub(super) check: String,
}

#[derive(Args, Debug)]
pub(super) struct ChecksArguments {
    /// How to print the list
    #[arg(long, value_name = "FORMAT", value_parser = word_of(LIST_FORMATS), default_value = "terminal")]
    pub(super) format: Format,
}

#[derive(Args, Debug)]
pub(super) struct ModelsArguments {
    /// A model of an in-house library, or a folder of them (repeatable)
    #[arg(long, value_name = "PATH")]
    pub(super) models: Vec<PathBuf>,
}

#[derive(Args, Debug)]
pub(super) struct LspArguments {
    /// Accepted for editors that say so: there is no other way
    #[arg(long)]
    pub(super) stdio: bool,
}

#[derive(Args, Debug)]
pub(super) struct CompletionsArguments {
    /// The shell
    pub(super) shell: clap_complete::Shell,
}

#[derive(Args, Debug)]
pub(super) struct SchemaArguments {
    /// The file: `spanlint.toml`, or a model of a library
    #[arg(value_name = "FILE", value_parser = word_of(SCHEMAS))]
    pub(super) schema: Schema,
}

/// Writes a schema.
type Schema = fn() -> String;

const SCHEMAS: &[(&str, Schema)] = &[("config", config::schema), ("model", model::schema::text)];
const LIST_FORMATS: &[(&str, Format)] = &[("terminal", Format::Terminal), ("json", Format::Json)];

/// Reads one of the words of a table.
fn word_of<T: Copy + Send + Sync + 'static>(table: &'static [(&'static str, T)]) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(table.iter().map(|(word, _)| *word)).try_map(|word| {
        let found = table.iter().find(|(known, _)| *known == word);
        found.map(|(_, value)| *value).ok_or_else(|| format!("`{word}` is no word of this option"))
    })
}

fn check_ids() -> PossibleValuesParser {
    PossibleValuesParser::new(checks::ALL.iter().map(|check| check.id))
}
