//! `spanlint init`: a configuration file that says what was found here, with every key and what it is good for.

use super::arguments::InitArguments;
use super::check::{Prepared, Subject, prepare};
use super::console::Console;
use super::{CLEAN, FAILED};
use crate::config::FILE_NAME;
use crate::engine::{Engine, ProgramSeen, Report};
use crate::lang;
use crate::output::{self, Format, RenderOptions, Summary};
use crate::text::Language;
use crate::workspace::{self, BASELINE};
use anyhow::ensure;
use std::path::{Path, PathBuf};

/// How many services are named.
const LISTED: usize = 30;

pub(super) fn run(arguments: &InitArguments, console: &mut Console<'_>) -> anyhow::Result<u8> {
    let folder = arguments.folder.clone().unwrap_or(PathBuf::from("."));
    ensure!(folder.is_dir(), "`{}` is no folder; expected the root of a code base", folder.display());
    let file = folder.join(FILE_NAME);
    ensure!(!file.exists(), "`{}` is there already; nothing was changed", file.display());
    let paths = [folder];
    let subject = Subject { paths: &paths, modules: None, features: None };
    let Prepared { workspace, mut engine, .. } = match prepare(&subject, &arguments.scope, console)? {
        Ok(prepared) => prepared,
        Err(broken) => {
            output::render(&broken, Format::Terminal, &RenderOptions::default(), console.err)?;
            return Ok(FAILED);
        }
    };
    let mut report = console.while_announcing("checking", || engine.check());
    workspace.show(&mut report);
    workspace::write_whole(&file, configuration(&engine, &report).as_bytes())?;
    let shown = workspace.shown_file(&file);
    writeln!(console.err, "{shown} written: {}", Summary::of(&report).line(None))?;
    let next = match report.diagnostics.is_empty() {
        true => "`spanlint --verbose` says what was recognised",
        false => "`spanlint` shows what was found; `spanlint baseline` lists it, for later runs to report what is new",
    };
    writeln!(console.err, "{next}")?;
    Ok(CLEAN)
}

/// The file. A key that is commented out says what holds without it.
fn configuration(engine: &Engine, report: &Report) -> String {
    let services = services(report);
    format!(
        "# What spanlint checks in the folders below this file, and how. An option on the command line counts more.\n\
         # What stands behind `#` is what holds without it.\n\
         #\n\
         # Found here:\n\
         # - languages: {languages}\n\
         # - tracing: {tracing}\n\
         {services}\n\
         # What to check when the command line names nothing.\n\
         # paths = [\".\"]\n\n\
         # What is not read unless it is given by name: patterns as in `.gitignore`.\n\
         # exclude = []\n\n\
         # Run only these checks (`spanlint checks` lists them), or all but some.\n\
         # select = []\n\
         # ignore = []\n\n\
         # What services without any tracing are worth: one note each (`service`), one for each place (`edges`), nothing (`ignore`).\n\
         # untraced = \"service\"\n\n\
         # Report what is at least this sure: `low` shows guesses, `high` only what was resolved step by step.\n\
         # min-confidence = \"medium\"\n\n\
         # Models of libraries of your own: what their calls do to trace context.\n\
         # models = []\n\n\
         # What was there before, as `spanlint baseline` lists it.\n\
         # baseline = \"{BASELINE}\"\n\n\
         # How much the findings of a check weigh: `error`, `warning`, or `note`, which does not fail a run.\n\
         # [severity]\n\
         # {example} = \"warning\"\n",
        languages = languages(report),
        tracing = tracing(engine, report),
        example = crate::checks::ALL[0].id,
    )
}

fn languages(report: &Report) -> String {
    let is_there = |language: Language| report.files.iter().any(|file| file.language == language);
    let all: Vec<&str> = lang::ALL.iter().filter(|it| is_there(it.language)).map(|it| it.name).collect();
    match all.is_empty() {
        true => "none that spanlint knows".to_owned(),
        false => format!("{} ({} checked)", all.join(", "), output::count(report.checked, "file")),
    }
}

/// The libraries that make spans or carry contexts, of those that the code uses.
fn tracing(engine: &Engine, report: &Report) -> String {
    let is_used = |model: &&crate::model::Model| {
        let paths = || model.packages.iter().filter(|package| package.traces).map(|package| package.path.as_str());
        report.models.iter().any(|symbol| paths().any(|path| symbol.starts_with(path)))
    };
    let mut names: Vec<&str> = engine.models().iter().filter(is_used).map(|model| &*model.name).collect();
    names.sort_unstable();
    if names.is_empty() { "no library for it in use".to_owned() } else { names.join(", ") }
}

fn services(report: &Report) -> String {
    let mut programs: Vec<&ProgramSeen> = report.seen.programs.iter().filter(|program| program.inbound > 0).collect();
    programs.sort_by(|one, other| one.name.cmp(&other.name));
    if programs.is_empty() {
        return "# - services: none (nothing that answers requests or takes messages)\n".to_owned();
    }
    let mut lines = "# - services, and in how many places requests or messages come in and go out:\n".to_owned();
    for program in programs.iter().take(LISTED) {
        let traced = if program.traced { "traced" } else { "not traced" };
        let name = Path::new(&program.name).display().to_string().replace(char::is_control, "\u{fffd}");
        lines.push_str(&format!("#   - {name}: {traced}, {} in, {} out\n", program.inbound, program.outbound));
    }
    if programs.len() > LISTED {
        lines.push_str(&format!("#   - and {} more\n", programs.len() - LISTED));
    }
    lines
}
