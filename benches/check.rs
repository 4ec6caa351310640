//! Speed on generated workspaces: `cargo bench`; on a folder of real code: `cargo bench -- FOLDER`; in an editor that has it
//! open: `cargo bench -- --edits FOLDER` ([`edits`]).
//!
//! For each size, in a process of its own, so that peak memory is that size's: a cold check against parsing the same files
//! with the bare parser on as many threads, a check when nothing changed, a check when one file changed. Every time is the
//! best of [`ROUNDS`]. For a folder, the parts of a check one by one as well ([`folder`]). Nothing is asserted: the figures are for people.

#![expect(clippy::print_stdout, reason = "printing is all it does")]

mod edits;
mod folder;
mod generate;

use anyhow::{Context, bail};
use generate::File;
use rayon::prelude::*;
use spanlint::engine::{Engine, Options};
use spanlint::model;
use std::cell::RefCell;
use std::process::Command;
use std::time::{Duration, Instant};
use tree_sitter::Parser;

/// How many functions the workspaces have.
const SIZES: &[usize] = &[1_000, 3_000, 10_000, 30_000];

/// How often each time is taken.
const ROUNDS: usize = 3;

/// The argument that asks a process for one size.
const ONE_SIZE: &str = "--one-size";

/// The argument that writes a workspace to a folder, to look at it.
const WRITE: &str = "--write";

/// The argument that types into the files of a folder.
const EDITS: &str = "--edits";

fn main() -> anyhow::Result<()> {
    // Cargo adds `--bench` to what it is given.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [ONE_SIZE, functions] => measure(functions.parse()?),
        [WRITE, functions, folder] => write(functions.parse()?, folder),
        [EDITS, folder] => edits::measure(std::path::Path::new(folder)),
        [path] => folder::measure(std::path::Path::new(path)),
        _ => all_sizes(),
    }
}

fn all_sizes() -> anyhow::Result<()> {
    println!("{} threads; times in seconds, best of {ROUNDS}", rayon::current_num_threads());
    println!(
        "{:>9} {:>6} {:>8} {:>8} {:>7} {:>7} {:>10} {:>8} {:>10} {:>9}",
        "functions", "MB", "parse", "check", "ratio", "growth", "warm/cold", "1 file", "peak/src", "findings"
    );
    let program = std::env::current_exe().context("the benchmark can't find itself")?;
    let mut before: Option<(f64, f64)> = None;
    for functions in SIZES {
        let output = Command::new(&program).args([ONE_SIZE, &functions.to_string()]).output()?;
        if !output.status.success() {
            bail!("{functions} functions: {}", String::from_utf8_lossy(&output.stderr));
        }
        let figures = Figures::read(&String::from_utf8_lossy(&output.stdout))?;
        // Seconds for each byte, against those of the size before: 1 is linear.
        let each = figures.cold / figures.bytes;
        let growth = before.map_or("-".to_owned(), |(bytes, cold)| format!("{:.2}", each / (cold / bytes)));
        println!(
            "{:>9} {:>6.2} {:>8.3} {:>8.3} {:>7.2} {:>7} {:>10.2} {:>8.2} {:>10.1} {:>9}",
            figures.functions,
            figures.bytes / 1e6,
            figures.parse,
            figures.cold,
            figures.cold / figures.parse,
            growth,
            figures.warm / figures.cold,
            figures.edit / figures.cold,
            figures.peak / figures.bytes,
            figures.findings,
        );
        before = Some((figures.bytes, figures.cold));
    }
    println!("ratio: check / parse; growth: seconds a byte against the size above; 1 file: one changed / cold;");
    println!(
        "peak/src: memory of the cold check above that of the process with the texts, plus the texts, in bytes of source"
    );
    Ok(())
}

/// What one process measured. Bytes and seconds.
#[derive(Default)]
struct Figures {
    functions: f64,
    bytes: f64,
    parse: f64,
    cold: f64,
    warm: f64,
    edit: f64,
    peak: f64,
    findings: f64,
}

impl Figures {
    fn show(&self) -> String {
        let Figures { functions, bytes, parse, cold, warm, edit, peak, findings } = self;
        format!("{functions} {bytes} {parse} {cold} {warm} {edit} {peak} {findings}")
    }

    fn read(line: &str) -> anyhow::Result<Figures> {
        let numbers = line.split_whitespace().map(str::parse).collect::<Result<Vec<f64>, _>>()?;
        let [functions, bytes, parse, cold, warm, edit, peak, findings] = numbers[..] else {
            bail!("not the figures of a size: {line}");
        };
        Ok(Figures { functions, bytes, parse, cold, warm, edit, peak, findings })
    }
}

fn measure(functions: usize) -> anyhow::Result<()> {
    let files = generate::workspace(functions);
    let sources: Vec<&File> = files.iter().filter(|file| file.path.ends_with(".go")).collect();
    let bytes: usize = sources.iter().map(|file| file.text.len()).sum();
    let written: usize = sources.iter().map(|file| file.text.matches("\nfunc ").count()).sum();
    let (mut parse, mut cold, mut warm, mut edit) = (Duration::MAX, Duration::MAX, Duration::MAX, Duration::MAX);
    let (mut peak, mut findings) = (0, 0);
    let (models, _) = model::builtin::all();
    for round in 0..ROUNDS {
        let before = memory("VmRSS:")?;
        let mut engine = Engine::new(models.clone(), Options::default());
        cold = cold.min(time(|| {
            files.iter().for_each(|file| engine.set_file(&file.path, file.text.as_str()));
            findings = engine.check().diagnostics.len();
        }));
        if round == 0 {
            peak = memory("VmHWM:")?.saturating_sub(before);
        }
        warm = warm.min(time(|| engine.check()));
        let changed = &sources[sources.len() / 2];
        let text = format!("{}\nfunc added{round}() int {{\n\treturn {round}\n}}\n", changed.text);
        edit = edit.min(time(|| {
            engine.set_file(&changed.path, text);
            engine.check()
        }));
        drop(engine);
        wait_for_the_rest();
        parse = parse.min(time(|| sources.par_iter().for_each(|file| parse_bare(&file.path, &file.text))));
    }
    let seconds = |time: Duration| time.as_secs_f64();
    let figures = Figures {
        functions: written as f64,
        bytes: bytes as f64,
        parse: seconds(parse),
        cold: seconds(cold),
        warm: seconds(warm),
        edit: seconds(edit),
        peak: peak as f64,
        findings: findings as f64,
    };
    println!("{}", figures.show());
    Ok(())
}

/// Lets what a check leaves behind be freed, which goes on after it: the next time taken must not share the threads with that.
fn wait_for_the_rest() {
    std::thread::sleep(Duration::from_millis(200));
}

fn time<T>(run: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    let result = run();
    let taken = start.elapsed();
    drop(result);
    taken
}

/// Parses as fast as the parser can, and throws the tree away.
fn parse_bare(path: &str, text: &str) {
    if path.ends_with(".rs") {
        drop(syn::parse_file(text));
        // Or the places of all that was ever parsed are kept.
        proc_macro2::extra::invalidate_current_thread_spans();
    } else {
        parse_go(text);
    }
}

/// One parser for each thread.
fn parse_go(text: &str) {
    thread_local! {
        static PARSER: RefCell<Parser> = RefCell::new(Parser::new());
    }
    PARSER.with_borrow_mut(|parser| {
        if parser.set_language(&tree_sitter_go::LANGUAGE.into()).is_ok() {
            drop(parser.parse(text, None));
        }
    });
}

/// A figure of this process, in bytes, as Linux tells it; 0 elsewhere.
fn memory(name: &str) -> anyhow::Result<usize> {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return Ok(0) };
    let line = status.lines().find_map(|line| line.strip_prefix(name)).context("no such figure")?;
    let kilobytes: usize = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes * 1024)
}

fn write(functions: usize, folder: &str) -> anyhow::Result<()> {
    for file in generate::workspace(functions) {
        let path = std::path::Path::new(folder).join(&file.path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(path, file.text)?;
    }
    Ok(())
}
