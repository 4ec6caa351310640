//! What a run does: the configuration file, with what somebody says in its stead.

use super::{ConfigText, Excluded, read_config, read_models};
use crate::config::{self, Config, Placed};
use crate::diagnostic::{Confidence, Diagnostic, Notice};
use crate::engine::{Options, Report, Untraced};
use crate::model::{Model, builtin, load};
use std::path::{Path, PathBuf};

/// Everything that the configuration file and what was asked for decide together.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What is checked.
    pub paths: Vec<PathBuf>,
    /// What is not read.
    pub excluded: Excluded,
    /// Models of in-house libraries; those that were asked for come last, and count first.
    pub models: Vec<PathBuf>,
    /// The list of findings that were there before.
    pub baseline: Option<PathBuf>,
    /// How it is checked.
    pub options: Options,
}

/// What a person or an editor asks for. What it does not say, the configuration file says.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The configuration file, instead of the nearest one.
    pub config: Option<PathBuf>,
    /// Files and folders to check.
    pub paths: Vec<PathBuf>,
    /// Models beside those of the configuration file.
    pub models: Vec<PathBuf>,
    /// Ids of the checks to run.
    pub select: Vec<String>,
    /// Ids of the checks to leave out.
    pub ignore: Vec<String>,
    /// Findings below this are left out.
    pub min_confidence: Option<Confidence>,
    /// How services without tracing are shown.
    pub untraced: Option<Untraced>,
}

/// The settings of a run that starts in a folder, or a report on what is wrong with the configuration file.
///
/// # Errors
/// The file that was asked for can't be read, or a path does not exist.
pub fn settings_of_run(current: &Path, asked: Asked) -> anyhow::Result<Result<Settings, Box<Report>>> {
    Ok(match read_config(current, asked.config.as_deref(), &asked.paths)? {
        Some(text) => of_file(asked, &text),
        None => Ok(without_file(asked)),
    })
}

/// The models that the configuration file names of a run that starts in a folder.
///
/// # Errors
/// The file can't be read.
pub fn configured_models(current: &Path) -> anyhow::Result<Result<Vec<PathBuf>, Box<Report>>> {
    let Some(text) = read_config(current, None, &[])? else { return Ok(Ok(Vec::new())) };
    Ok(read(&text).map(|config| below(&text.folder, &config.models)))
}

/// Built-in models and those at `paths`. A user's model comes later, so that it can replace a built-in one.
///
/// # Errors
/// A path does not exist.
pub fn models_of_run(paths: &[PathBuf]) -> anyhow::Result<(Vec<Model>, Vec<Notice>)> {
    models_with(builtin::all(), paths)
}

/// Like [`models_of_run`], where the built-in ones have been read already.
///
/// # Errors
/// A path does not exist.
pub fn models_with(
    built_in: (Vec<Model>, Vec<Notice>),
    paths: &[PathBuf],
) -> anyhow::Result<(Vec<Model>, Vec<Notice>)> {
    let (texts, problems) = read_models(paths)?;
    let (mut models, mut notices) = built_in;
    notices.extend(problems);
    for text in texts {
        let (model, problems) = load::load(&text.path, text.language, &text.text);
        models.push(model);
        notices.extend(problems);
    }
    Ok((models, notices))
}

fn of_file(asked: Asked, text: &ConfigText) -> Result<Settings, Box<Report>> {
    let config = read(text)?;
    let patterns = config.exclude.iter().map(|pattern| pattern.text.as_str());
    let excluded = Excluded::new(&text.folder, patterns)
        .map_err(|(index, message)| broken(text, vec![at(&config.exclude[index], message)]))?;
    let asks_for_paths = !asked.paths.is_empty();
    let (min_confidence, untraced) =
        (asked.min_confidence.or(config.min_confidence), asked.untraced.or(config.untraced));
    let mut settings = without_file(Asked { min_confidence, untraced, ..asked });
    settings.excluded = excluded;
    if !asks_for_paths && !config.paths.is_empty() {
        settings.paths = below(&text.folder, &config.paths);
    }
    settings.models.splice(0..0, below(&text.folder, &config.models));
    settings.baseline = config.baseline.map(|path| text.folder.join(path.text));
    let options = &mut settings.options;
    if options.select.is_empty() {
        options.select = config.select.unwrap_or_default();
        // Who selects a check wants it, whatever the file leaves out.
        if options.ignore.is_empty() {
            options.ignore = config.ignore;
        }
    }
    options.severity = config.severity;
    Ok(settings)
}

fn without_file(asked: Asked) -> Settings {
    let Asked { config: _, paths, models, select, ignore, min_confidence, untraced } = asked;
    let usual = Options::default();
    Settings {
        paths: if paths.is_empty() { vec![PathBuf::from(".")] } else { paths },
        excluded: Excluded::default(),
        models,
        baseline: None,
        options: Options {
            select,
            ignore,
            min_confidence: min_confidence.unwrap_or(usual.min_confidence),
            untraced: untraced.unwrap_or(usual.untraced),
            ..usual
        },
    }
}

/// Reads the file, and looks whether the files it names are there.
fn read(text: &ConfigText) -> Result<Config, Box<Report>> {
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

fn broken(text: &ConfigText, diagnostics: Vec<Diagnostic>) -> Box<Report> {
    let files = vec![config::source(&text.shown, &text.text)];
    Box::new(Report { files, diagnostics, ..Report::default() })
}
