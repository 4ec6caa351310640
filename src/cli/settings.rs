//! What a run does: the configuration file, with what the command line says in its stead.

use super::arguments::CheckOptions;
use crate::config::{self, Config, Placed};
use crate::diagnostic::{Confidence, Diagnostic};
use crate::engine::{Options, Report};
use crate::workspace::{self, ConfigText, Excluded};
use std::path::{Path, PathBuf};

/// Everything that the command line and the configuration file decide together.
pub(super) struct Settings {
    /// What is checked.
    pub(super) paths: Vec<PathBuf>,
    /// What is not read.
    pub(super) excluded: Excluded,
    /// Models of in-house libraries; those of the command line come last, and count first.
    pub(super) models: Vec<PathBuf>,
    /// How it is checked.
    pub(super) options: Options,
}

/// The settings, or a report on what is wrong with the configuration file.
///
/// # Errors
/// The file that was asked for can't be read.
pub(super) fn of_run(paths: &[PathBuf], arguments: &CheckOptions) -> anyhow::Result<Result<Settings, Report>> {
    Ok(match workspace::read_config(arguments.config.as_deref(), paths)? {
        Some(text) => of_file(paths, arguments, &text),
        None => Ok(of_command_line(paths, arguments)),
    })
}

/// The models that a configuration file above the current folder names.
///
/// # Errors
/// The file can't be read.
pub(super) fn models() -> anyhow::Result<Result<Vec<PathBuf>, Report>> {
    let Some(text) = workspace::read_config(None, &[])? else { return Ok(Ok(Vec::new())) };
    Ok(read(&text).map(|config| below(&text.folder, &config.models)))
}

fn of_file(asked_for: &[PathBuf], arguments: &CheckOptions, text: &ConfigText) -> Result<Settings, Report> {
    let config = read(text)?;
    let patterns = config.exclude.iter().map(|pattern| pattern.text.as_str());
    let excluded = Excluded::new(&text.folder, patterns)
        .map_err(|(index, message)| broken(text, vec![at(&config.exclude[index], message)]))?;
    let of_command_line = of_command_line(asked_for, arguments);
    let mut paths = of_command_line.paths;
    if asked_for.is_empty() && !config.paths.is_empty() {
        paths = below(&text.folder, &config.paths);
    }
    let mut models = below(&text.folder, &config.models);
    models.extend(of_command_line.models);
    let mut options = of_command_line.options;
    if options.select.is_empty() {
        options.select = config.select.unwrap_or_default();
        // Who selects a check on the command line wants it, whatever the file leaves out.
        if options.ignore.is_empty() {
            options.ignore = config.ignore;
        }
    }
    options.min_confidence = arguments.min_confidence.or(config.min_confidence).unwrap_or(options.min_confidence);
    options.untraced = arguments.untraced.or(config.untraced).unwrap_or(options.untraced);
    options.severity = config.severity;
    Ok(Settings { paths, excluded, models, options })
}

fn of_command_line(paths: &[PathBuf], arguments: &CheckOptions) -> Settings {
    let here = || vec![PathBuf::from(".")];
    Settings {
        paths: if paths.is_empty() { here() } else { paths.to_vec() },
        excluded: Excluded::default(),
        models: arguments.models.clone(),
        options: Options {
            select: arguments.select.clone(),
            ignore: arguments.ignore.clone(),
            min_confidence: arguments.min_confidence.unwrap_or(Confidence::Medium),
            untraced: arguments.untraced.unwrap_or_default(),
            ..Options::default()
        },
    }
}

/// Reads the file, and looks whether the files it names are there.
fn read(text: &ConfigText) -> Result<Config, Report> {
    let config = config::load(&text.text, text.place).map_err(|problems| broken(text, problems))?;
    let missing = |placed: &&Placed| !text.folder.join(&placed.text).exists();
    let missing = config.paths.iter().chain(&config.models).filter(missing);
    let problems: Vec<Diagnostic> =
        missing.map(|placed| at(placed, format!("no such file or folder: `{}`", placed.text))).collect();
    if problems.is_empty() { Ok(config) } else { Err(broken(text, problems)) }
}

fn below(folder: &Path, paths: &[Placed]) -> Vec<PathBuf> {
    paths.iter().map(|path| folder.join(&path.text)).collect()
}

fn at(placed: &Placed, message: String) -> Diagnostic {
    config::problem(placed.at.start as usize..placed.at.end as usize, message)
}

fn broken(text: &ConfigText, diagnostics: Vec<Diagnostic>) -> Report {
    Report { files: vec![config::source(&text.shown, &text.text)], diagnostics, ..Report::default() }
}
