//! Commands that say what the program knows: `explain`, `checks`, `models`.

use super::arguments::{ChecksArguments, ExplainArguments, ModelsArguments};
use super::console::Console;
use super::{CLEAN, FAILED};
use crate::checks;
use crate::diagnostic::Severity;
use crate::fix::Applicability;
use crate::model::Model;
use crate::output::{self, Format, RenderOptions, Row};
use crate::workspace;
use anyhow::Context;

/// Lines longer than this are hard to read.
const WIDEST_TEXT: usize = 100;

pub(super) fn explain(arguments: &ExplainArguments, console: &mut Console<'_>) -> anyhow::Result<u8> {
    let check = checks::by_id(&arguments.check).with_context(|| format!("there is no check `{}`", arguments.check))?;
    console.print(output::page(check.doc, console.width.min(WIDEST_TEXT)).as_bytes())?;
    Ok(CLEAN)
}

pub(super) fn checks(arguments: &ChecksArguments, console: &mut Console<'_>) -> anyhow::Result<u8> {
    let mut bytes = Vec::new();
    if arguments.format == Format::Json {
        output::checks_as_json(checks::ALL, &mut bytes)?;
    } else {
        let mut rows: Vec<Row> = vec![["check", "default", "fix", "finds"].map(str::to_owned).to_vec()];
        rows.extend(checks::ALL.iter().map(|check| {
            let fix = match check.fix {
                Some(Applicability::Safe) => "--fix",
                Some(Applicability::Unsafe) => "--unsafe-fixes",
                Some(Applicability::DisplayOnly) => "shown",
                None => "",
            };
            vec![check.id.to_owned(), check.severity.word().to_owned(), fix.to_owned(), check.summary()]
        }));
        bytes.extend(output::table(&rows, console.width).bytes());
    }
    console.print(&bytes)?;
    Ok(CLEAN)
}

pub(super) fn models(arguments: &ModelsArguments, console: &mut Console<'_>) -> anyhow::Result<u8> {
    let mut paths = match workspace::configured_models(&workspace::current_folder()?)? {
        Ok(paths) => paths,
        Err(broken) => {
            output::render(&broken, Format::Terminal, &RenderOptions::default(), console.err)?;
            return Ok(FAILED);
        }
    };
    paths.extend(arguments.models.iter().cloned());
    let (models, notices) = workspace::models_of_run(&paths)?;
    let mut rows: Vec<Row> = vec![["model", "language", "symbols", "packages"].map(str::to_owned).to_vec()];
    rows.extend(models.iter().map(|model| {
        let packages: Vec<&str> = model.packages.iter().map(|package| package.path.as_str()).collect();
        let language = model.language.id().to_owned();
        vec![model.name.to_string(), language, symbols(model).to_string(), packages.join(", ")]
    }));
    console.print(output::table(&rows, console.width).as_bytes())?;
    let failed = notices.iter().any(|notice| notice.severity == Severity::Error);
    let report = crate::engine::Report { notices, ..crate::engine::Report::default() };
    output::render(&report, Format::Concise, &RenderOptions::default(), console.err)?;
    Ok(if failed { FAILED } else { CLEAN })
}

fn symbols(model: &Model) -> usize {
    let Model { calls, types, literals, variables, constants, .. } = model;
    calls.len() + types.len() + literals.len() + variables.len() + constants.len()
}
