//! What a run recognised and left out, in words: services, what reads and writes contexts, places that can't be told.

use super::concise::place;
use super::{count, printable};
use crate::engine::{Direction, Edge, EdgeContext, ProgramSeen, Report};
use crate::text::FileRange;
use std::collections::BTreeSet;
use std::io;

/// How many places of a sort are listed.
const LISTED: usize = 10;

/// Writes what a run recognised and what it left out.
///
/// # Errors
/// The writer's.
pub fn recognised(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let services: Vec<String> = report.seen.programs.iter().map(|program| service(report, program)).collect();
    section("services", &services, out)?;
    section("what reads or writes contexts", &carriers(report), out)?;
    section("not to be told, so not reported", &untold(report), out)?;
    section("left out", &left_out(report), out)
}

fn section(title: &str, lines: &[String], out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "{title}:")?;
    if lines.is_empty() {
        return writeln!(out, "  none");
    }
    for line in lines {
        writeln!(out, "  {}", printable(line))?;
    }
    Ok(())
}

fn service(report: &Report, program: &ProgramSeen) -> String {
    let tracing = match (program.traced, program.formats.is_empty()) {
        (false, _) => "makes no spans".to_owned(),
        (true, true) => "traced; no propagator recognised".to_owned(),
        (true, false) => format!("traced; propagates {}", program.formats.join(", ")),
    };
    let ProgramSeen { name, entry, inbound, outbound, .. } = program;
    format!("{name} ({}): {tracing}; {inbound} in, {outbound} out", place(report, *entry))
}

/// Wrappers, middleware and calls, each once.
fn carriers(report: &Report) -> Vec<String> {
    let mut carriers = BTreeSet::new();
    let mut written = 0;
    for edge in &report.edges {
        match edge.context {
            EdgeContext::CarriedBy(at) => {
                carriers.insert((at, edge.direction == Direction::Inbound));
            }
            EdgeContext::Carried => written += 1,
            EdgeContext::Lost | EdgeContext::Untraced | EdgeContext::Unknown => {}
        }
    }
    let line = |(at, reads): &(FileRange, bool)| {
        format!("{}: `{}` {}", place(report, *at), code(report, *at), if *reads { "reads" } else { "writes" })
    };
    let mut lines: Vec<String> = carriers.iter().map(line).collect();
    if written > 0 {
        lines.push(format!("and code that writes into what it sends, for {}", count(written, "call")));
    }
    lines
}

fn untold(report: &Report) -> Vec<String> {
    let unknown: Vec<&Edge> = report.edges.iter().filter(|edge| edge.context == EdgeContext::Unknown).collect();
    let line = |edge: &&Edge| {
        let way = if edge.direction == Direction::Inbound { "arrives at" } else { "leaves with" };
        let name = edge.name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
        format!("{}: {way} `{}`{name}", place(report, edge.at), code(report, edge.at))
    };
    let mut lines: Vec<String> = unknown.iter().take(LISTED).map(line).collect();
    if unknown.len() > LISTED {
        lines.push(format!("and {} more", unknown.len() - LISTED));
    }
    lines
}

fn left_out(report: &Report) -> Vec<String> {
    let skipped = report.seen.skipped;
    let sorts = [
        (skipped.tests, "file", "of tests"),
        (skipped.idle, "file", "that only tests use"),
        (skipped.generated, "file", "that a program wrote (read, not reported)"),
        (skipped.libraries, "file", "in folders of libraries"),
        (skipped.unsure, "finding", "less sure than asked for (`--min-confidence low` shows all)"),
        (report.allowed.len(), "finding", "that comments or the baseline allow"),
        (report.untouched, "finding", "untouched by the change"),
    ];
    sorts
        .into_iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(n, noun, what)| format!("{} {what}", count(n, noun)))
        .collect()
}

/// The first line of some code, cut if it is long.
fn code(report: &Report, at: FileRange) -> String {
    const LONGEST: usize = 60;
    let text = report.files.get(at.file.0 as usize).map_or("", |file| file.slice(at.range));
    let line = text.lines().next().unwrap_or_default();
    let short: String = line.chars().take(LONGEST).collect();
    if short.len() < text.len() { format!("{short}...") } else { short }
}
