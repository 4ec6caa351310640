//! Speed on a folder of real code: a cold check against the bare parse of the same files, and the parts of a check.
//!
//! The files are those that a check reads: no tests, nothing of other people. The parts are run one after the other as the
//! engine runs them.

use crate::{memory, parse_bare, time, wait_for_the_rest};
use rayon::prelude::*;
use spanlint::analysis::{self, graph};
use spanlint::checks::{self, Pass};
use spanlint::codebase::{self, LinkInput, ModuleInput, Origin};
use spanlint::engine::{Engine, Options};
use spanlint::facts::FileFacts;
use spanlint::facts::outline::Outline;
use spanlint::lang::{self, Frontend};
use spanlint::model::{self, Model, ModelSet};
use spanlint::output::{self, RenderOptions};
use spanlint::text::{Language, SourceFile};
use spanlint::workspace::{Excluded, Workspace};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often each time is taken.
const ROUNDS: usize = 7;

/// Measures a folder, prints the figures.
pub(crate) fn measure(folder: &Path) -> anyhow::Result<()> {
    let mut best = Best::default();
    let paths = [PathBuf::from(folder)];
    let workspace = best.take("read", || Workspace::read(&paths, &Excluded::default()))?;
    let before = memory("VmRSS:")?;
    let mut shares = Vec::new();
    for round in 0..ROUNDS {
        best.take("read", || Workspace::read(&paths, &Excluded::default()))?;
        let (models, _) = best.take("models", model::builtin::all);
        let mut engine = Engine::new(models.clone(), Options::default());
        let check = time(|| {
            workspace.fill(&mut engine);
            engine.check()
        });
        if round == 0 {
            best.peak = memory("VmHWM:")?.saturating_sub(before);
        }
        best.note("check", check);
        let report = engine.check();
        best.take("output", || {
            output::render(&report, output::Format::Json, &RenderOptions::default(), &mut std::io::sink())
        })?;
        let sources = report.files.clone();
        drop(engine);
        wait_for_the_rest();
        let parse = time(|| sources.par_iter().for_each(|source| parse_bare(&source.path, &source.text)));
        best.note("bare parse", parse);
        shares.push(check.as_secs_f64() / parse.as_secs_f64());
        parts(&mut best, &workspace, &sources, &models);
        best.sources = sources;
    }
    shares.sort_by(f64::total_cmp);
    best.print(shares[shares.len() / 2]);
    Ok(())
}

/// What the engine does, part by part.
fn parts(best: &mut Best, workspace: &Workspace, sources: &[SourceFile], models: &[Model]) {
    let Some(frontend) = language_of(sources).and_then(lang::of) else { return };
    let sources: Vec<SourceFile> = sources.iter().filter(|it| it.language == frontend.language).cloned().collect();
    let models = ModelSet::new(models, frontend.language);
    let meaning = codebase::meanings(Some(&models), frontend);
    let outlines: Vec<Option<Outline>> = best
        .take("  outline", || sources.par_iter().map(|source| (frontend.outline)(&source.text, &meaning)).collect());
    let files: Vec<(&str, Option<&Outline>)> =
        sources.iter().zip(&outlines).map(|(source, outline)| (&*source.path, outline.as_ref())).collect();
    let gaps = best
        .take("  gaps", || codebase::gaps(&files, &codebase::declared(&files), modules(workspace, frontend), frontend));
    let left_out: usize = gaps.iter().flatten().map(|gap| gap.len()).sum();
    best.left_out = left_out;
    let facts: Vec<Arc<FileFacts>> = best.take("  lower (parse included)", || {
        let files = sources.par_iter().zip(&gaps);
        files.map(|(source, gaps)| Arc::new((frontend.lower)(&source.text, gaps))).collect()
    });
    let inputs = sources.iter().zip(&facts).map(|(source, facts)| LinkInput {
        source: source.clone(),
        facts: facts.clone(),
        origin: if facts.generated { Origin::Generated } else { Origin::Checked },
    });
    let inputs: Vec<LinkInput> = inputs.collect();
    let codebase = best.take("  link", || codebase::link(inputs, modules(workspace, frontend), &models));
    let run = || {
        let mut analysis = best.take("  summarize", || analysis::summarize(&codebase, &models));
        let graph = best.take("  graph", || graph::build(&mut analysis));
        let Options { untraced, min_confidence: shown, .. } = Options::default();
        let pass = Pass { codebase: &codebase, models: &models, graph: &graph, untraced, shown };
        best.take("  checks", || checks::ALL.iter().map(|check| (check.run)(&pass).len()).sum::<usize>());
    };
    std::thread::scope(|scope| {
        // The analysis follows calls as deep as the code does.
        if let Ok(thread) =
            std::thread::Builder::new().name("analysis".to_owned()).stack_size(512 << 20).spawn_scoped(scope, run)
        {
            drop(thread.join());
        }
    });
}

/// The language that most of the text is written in.
fn language_of(sources: &[SourceFile]) -> Option<Language> {
    let bytes = |frontend: &&Frontend| -> usize {
        let own = sources.iter().filter(|source| source.language == frontend.language);
        own.map(|source| source.text.len()).sum()
    };
    lang::ALL.iter().max_by_key(bytes).map(|frontend| frontend.language)
}

fn modules(workspace: &Workspace, frontend: &Frontend) -> Vec<ModuleInput> {
    let manifests = workspace.files().filter_map(|(path, text)| {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let known = frontend.manifests.contains(&name);
        let facts = known.then(|| (frontend.read_manifest)(name, text).ok()).flatten()?;
        Some(ModuleInput { folder: folder.to_owned(), facts, lock: None })
    });
    manifests.collect()
}

/// The best time of each part, in the order in which parts were first taken.
#[derive(Default)]
struct Best {
    times: Vec<(&'static str, Duration)>,
    sources: Vec<SourceFile>,
    peak: usize,
    /// Bytes that are not parsed.
    left_out: usize,
}

impl Best {
    /// Runs a part.
    fn take<T>(&mut self, part: &'static str, run: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = run();
        self.note(part, start.elapsed());
        result
    }

    fn note(&mut self, part: &'static str, taken: Duration) {
        match self.times.iter_mut().find(|(known, _)| *known == part) {
            Some((_, best)) => *best = taken.min(*best),
            None => self.times.push((part, taken)),
        }
    }

    fn seconds(&self, part: &str) -> f64 {
        self.times.iter().find(|(known, _)| *known == part).map_or(0.0, |(_, best)| best.as_secs_f64())
    }

    fn print(&self, median: f64) {
        let bytes: usize = self.sources.iter().map(|source| source.text.len()).sum();
        let (megabytes, threads) = (bytes as f64 / 1e6, rayon::current_num_threads());
        println!("{} files read, {megabytes:.2} MB; {threads} threads; best of {ROUNDS}", self.sources.len());
        let parse = self.seconds("bare parse");
        for (part, best) in &self.times {
            println!(
                "{part:<26} {:>8.1} ms {:>6.2} of a bare parse",
                best.as_secs_f64() * 1e3,
                best.as_secs_f64() / parse
            );
        }
        println!("check / bare parse: {:.2}, in the median round {median:.2}", self.seconds("check") / parse);
        println!("not parsed: {:.0} % of the text", 100.0 * self.left_out as f64 / bytes as f64);
        println!("peak / source: {:.1}", self.peak as f64 / bytes as f64);
    }
}
