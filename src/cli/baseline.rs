//! `spanlint baseline`: what is found today as a list, so that an old code base can start with a clean report.

use super::arguments::BaselineArguments;
use super::check::{Prepared, Subject, prepare};
use super::console::Console;
use super::{CLEAN, FAILED};
use crate::diagnostic::Severity;
use crate::engine::Report;
use crate::output::{self, Format, RenderOptions};
use crate::workspace::BASELINE;
use std::path::PathBuf;

pub(super) fn run(arguments: &BaselineArguments, console: &mut Console<'_>) -> anyhow::Result<u8> {
    let subject = Subject { paths: &arguments.paths, modules: None, features: None };
    let Prepared { workspace, mut engine, notices, baseline } = match prepare(&subject, &arguments.scope, console)? {
        Ok(prepared) => prepared,
        Err(broken) => {
            output::render(&broken, Format::Terminal, &RenderOptions::default(), console.err)?;
            return Ok(FAILED);
        }
    };
    let is_named = arguments.output.is_none() && baseline.is_some();
    let file = arguments.output.clone().or(baseline).unwrap_or(PathBuf::from(BASELINE));
    let mut report = console.while_announcing("checking", || engine.check());
    report.notices.extend(notices);
    // A list made from half a report would call the other half new.
    let failed = report.notices.iter().any(|notice| notice.severity == Severity::Error);
    if !failed {
        let findings = workspace.write_baseline(&file, &report)?;
        let shown = workspace.shown_file(&file);
        let plural = if findings == 1 { "" } else { "s" };
        let use_it = match is_named {
            true => String::new(),
            false => {
                format!("; `--baseline {shown}`, or `baseline` in the configuration file, leaves them out of reports")
            }
        };
        writeln!(console.err, "{findings} finding{plural} listed in {shown}{use_it}")?;
    }
    let left = Report { notices: report.notices, ..Report::default() };
    output::render(&left, Format::Concise, &RenderOptions::default(), console.err)?;
    Ok(if failed { FAILED } else { CLEAN })
}
