//! `spanlint check`.

use super::arguments::{CheckOptions, ScopeOptions};
use super::console::Console;
use super::{CLEAN, FAILED, FINDINGS};
use crate::diagnostic::{Notice, Severity};
use crate::engine::{Before, Engine, Known, LibraryFeatures, Report, Texts};
use crate::fix::Applicability;
use crate::output::{self, RenderOptions, Summary, count};
use crate::workspace::{self, Asked, Modules, Repair, Since, Workspace, WriteError};
use anyhow::Context;
use similar::TextDiff;
use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// What a run is asked to look at.
pub(super) struct Subject<'a> {
    /// Files and folders, as they were given.
    pub(super) paths: &'a [PathBuf],
    /// What to read instead, and which modules' folders to report on, where something else than paths decides that.
    pub(super) modules: Option<Modules>,
    /// Which parts of libraries are there, where somebody knows that for sure.
    pub(super) features: Option<LibraryFeatures>,
}

/// Everything that was read for a run.
pub(super) struct Prepared {
    pub(super) workspace: Workspace,
    pub(super) engine: Engine,
    /// What could not be read.
    pub(super) notices: Vec<Notice>,
    /// The list of findings that were there before, as the configuration file names it.
    pub(super) baseline: Option<PathBuf>,
}

/// Checks, and repairs or shows repairs if asked to.
pub(super) fn run(subject: &Subject<'_>, arguments: &CheckOptions, console: &mut Console<'_>) -> anyhow::Result<u8> {
    let repairs = arguments.fix || arguments.diff;
    anyhow::ensure!(repairs || !arguments.unsafe_fixes, "`--unsafe-fixes` needs `--fix` or `--diff` beside it");
    let Prepared { mut workspace, mut engine, notices, baseline } = match prepare(subject, &arguments.scope, console)? {
        Ok(prepared) => prepared,
        Err(broken) => {
            print(arguments, &broken, None, console)?;
            return Ok(FAILED);
        }
    };
    narrow(arguments, baseline.as_deref(), &mut workspace, &mut engine, console)?;
    let allowed = if arguments.unsafe_fixes { Applicability::Unsafe } else { Applicability::Safe };
    if arguments.diff {
        let may_change = |name: &str| workspace.may_change(name);
        let repair = console.while_announcing("checking", || workspace::repair(&mut engine, allowed, &may_change));
        return diff(arguments, &workspace, repair, notices, console);
    }
    let (mut report, fixed) = if arguments.fix {
        let mut repair = console.while_announcing("fixing", || workspace.repair(&mut engine, allowed));
        write(&workspace, &mut repair);
        repair.report.notices.append(&mut repair.notices);
        if !arguments.quiet {
            name_fixed(&workspace, &repair, console)?;
        }
        (repair.report, Some(repair.fixed.len()))
    } else {
        (console.while_announcing("checking", || engine.check()), None)
    };
    workspace.show(&mut report);
    report.notices.extend(notices);
    let code = code(&report, arguments);
    print(arguments, &report, fixed, console)?;
    if arguments.verbose {
        output::recognised(&report, console.err)?;
    }
    Ok(code)
}

/// Reads what a run needs, or says what is wrong with the configuration file.
pub(super) fn prepare(
    subject: &Subject<'_>,
    scope: &ScopeOptions,
    console: &Console<'_>,
) -> anyhow::Result<Result<Prepared, Box<Report>>> {
    let settings = match workspace::settings_of_run(&workspace::current_folder()?, asked(subject, scope))? {
        Ok(settings) => settings,
        Err(broken) => return Ok(Err(broken)),
    };
    let (workspace, models) = std::thread::scope(|threads| {
        let models = threads.spawn(|| workspace::models_of_run(&settings.models));
        let read = || match &subject.modules {
            Some(modules) => Workspace::read_modules(modules, &settings.excluded),
            None => Workspace::read(&settings.paths, &settings.excluded),
        };
        (console.while_announcing("reading", read), models.join())
    });
    let workspace = workspace?;
    let (models, mut notices) = models.map_err(|_| anyhow::anyhow!("reading the models broke"))??;
    notices.extend(workspace.notices.iter().cloned());
    let mut engine = Engine::new(models, settings.options);
    workspace.fill(&mut engine);
    if let Some(features) = &subject.features {
        engine.set_features(features.clone());
    }
    if !scope.no_deps {
        let libraries = console.while_announcing("reading libraries", || workspace.libraries(engine.models()));
        engine.set_libraries(libraries);
    }
    Ok(Ok(Prepared { workspace, engine, notices, baseline: settings.baseline }))
}

/// Leaves out of the report what is not asked for: what was there before, what did not change, what is not the one file.
fn narrow(
    arguments: &CheckOptions,
    baseline: Option<&Path>,
    workspace: &mut Workspace,
    engine: &mut Engine,
    console: &Console<'_>,
) -> anyhow::Result<()> {
    if let Some(file) = arguments.baseline.as_deref().or(baseline) {
        engine.allow_known(workspace.read_baseline(file)?);
    }
    let since = arguments.since.as_deref().map(Since::Revision);
    if let Some(since) = since.or(arguments.staged.then_some(Since::Commit)) {
        let texts = workspace.changes(since)?;
        workspace.fill(engine);
        let found =
            console.while_announcing("checking what was there before", || found_with(&texts, workspace, engine));
        engine.report_changed(Before { texts, found });
    }
    if let Some(file) = &arguments.stdin_filename {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).context("the standard input can't be read as text in UTF-8")?;
        let name = workspace.replace_text(file, text.into())?;
        workspace.fill(engine);
        engine.report_only(std::iter::once(name.into()));
    }
    Ok(())
}

/// What is found with other texts of some files. The engine has those of the workspace again when this is done.
fn found_with(texts: &Texts, workspace: &Workspace, engine: &mut Engine) -> Vec<Known> {
    if texts.is_empty() {
        return Vec::new();
    }
    for (name, text) in texts {
        match text {
            Some(text) => engine.set_file(name, text.clone()),
            None => engine.remove_file(name),
        }
    }
    let found = Known::all_of(&engine.check());
    texts.keys().for_each(|name| engine.remove_file(name));
    workspace.fill(engine);
    found
}

fn asked(subject: &Subject<'_>, scope: &ScopeOptions) -> Asked {
    Asked {
        config: scope.config.clone(),
        paths: subject.paths.to_vec(),
        models: scope.models.clone(),
        select: scope.select.clone(),
        ignore: scope.ignore.clone(),
        min_confidence: scope.min_confidence,
        untraced: scope.untraced,
    }
}

fn code(report: &Report, arguments: &CheckOptions) -> u8 {
    if report.notices.iter().any(|notice| notice.severity == Severity::Error) {
        FAILED
    } else if Summary::of(report).fails() && !arguments.exit_zero {
        FINDINGS
    } else {
        CLEAN
    }
}

/// Prints a report, or writes it where `--output` says, then without colours.
fn print(
    arguments: &CheckOptions,
    report: &Report,
    fixed: Option<usize>,
    console: &mut Console<'_>,
) -> anyhow::Result<()> {
    let options = RenderOptions {
        color: console.color && arguments.output.is_none(),
        unicode: console.unicode || arguments.output.is_some(),
        links: if console.links && arguments.output.is_none() { Some(links()?) } else { None },
        width: console.width,
        quiet: arguments.quiet,
        statistics: arguments.statistics,
        allowed: arguments.show_allowed,
        fixed,
    };
    let mut bytes = Vec::new();
    output::render(report, arguments.format, &options, &mut bytes)?;
    deliver(arguments, &bytes, console)
}

/// The current folder as links name it.
fn links() -> anyhow::Result<String> {
    let folder = workspace::current_folder()?;
    Ok(format!("file://{}/", output::uri_path(&folder.to_string_lossy())))
}

fn deliver(arguments: &CheckOptions, bytes: &[u8], console: &mut Console<'_>) -> anyhow::Result<()> {
    match &arguments.output {
        Some(path) => workspace::write_whole(path, bytes),
        None => Ok(console.print(bytes)?),
    }
}

/// Writes the fixed files. What can't be written is named, and then the run has failed.
fn write(workspace: &Workspace, repair: &mut Repair) {
    for (name, text) in &repair.changed {
        let (severity, message) = match workspace.write(name, text) {
            Ok(()) => continue,
            Err(WriteError::Changed) => {
                (Severity::Warning, "this file was changed while it was checked; left alone".to_owned())
            }
            Err(WriteError::Outside) => {
                (Severity::Warning, "this file lies outside the paths given; left alone".to_owned())
            }
            Err(WriteError::Failed(error)) => (Severity::Error, format!("the fixed text was not written: {error:#}")),
        };
        repair.notices.push(Notice { severity, path: name.clone(), position: None, message });
    }
}

/// Says on the other stream what was fixed, by file.
fn name_fixed(workspace: &Workspace, repair: &Repair, console: &mut Console<'_>) -> anyhow::Result<()> {
    let mut files = BTreeMap::<&str, BTreeMap<&str, usize>>::new();
    for fixed in &repair.fixed {
        *files.entry(&fixed.path).or_default().entry(fixed.check).or_default() += 1;
    }
    for (path, checks) in files {
        let named = |(check, count): (&&str, &usize)| match count {
            1 => (*check).to_owned(),
            more => format!("{check} ({more} times)"),
        };
        let checks: Vec<String> = checks.iter().map(named).collect();
        writeln!(console.err, "fixed in {}: {}", workspace.shown(path), checks.join(", "))?;
    }
    Ok(())
}

/// Prints what fixes would change, in the format of `diff -u`; everything else goes to the other stream.
fn diff(
    arguments: &CheckOptions,
    workspace: &Workspace,
    repair: Repair,
    notices: Vec<Notice>,
    console: &mut Console<'_>,
) -> anyhow::Result<u8> {
    let mut bytes = Vec::new();
    for (name, text) in &repair.changed {
        let Some(old) = workspace.text(name) else { continue };
        let shown = workspace.shown(name);
        let (before, after) = (format!("a/{shown}"), format!("b/{shown}"));
        write!(bytes, "{}", TextDiff::from_lines(&**old, text).unified_diff().header(&before, &after))?;
    }
    deliver(arguments, &bytes, console)?;
    let mut report = repair.report;
    report.notices.extend(repair.notices);
    workspace.show(&mut report);
    report.notices.extend(notices);
    let failed = report.notices.iter().any(|notice| notice.severity == Severity::Error);
    let more = Summary::of(&report).unsafely_fixable;
    let left = Report { diagnostics: Vec::new(), ..report };
    let options = RenderOptions { quiet: arguments.quiet, ..RenderOptions::default() };
    output::render(&left, output::Format::Concise, &options, console.err)?;
    if !arguments.quiet {
        let (findings, files) = (count(repair.fixed.len(), "finding"), count(repair.changed.len(), "file"));
        let done = match repair.changed.is_empty() {
            true => "nothing that may be applied fixes anything here".to_owned(),
            false => format!("{findings} would be fixed in {files}"),
        };
        let more = if more > 0 { format!("; {more} more with --unsafe-fixes") } else { String::new() };
        writeln!(console.err, "{done}{more}")?;
    }
    Ok(match (failed, repair.changed.is_empty() || arguments.exit_zero) {
        (true, _) => FAILED,
        (false, true) => CLEAN,
        (false, false) => FINDINGS,
    })
}
