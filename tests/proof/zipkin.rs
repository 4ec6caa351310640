//! A real Zipkin server with its spans in memory, and reading back what it has collected.

use std::collections::{BTreeSet, HashSet};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::Outcome;
use crate::process::{Process, free_addresses};
use crate::services::http;
use crate::spans::{Span, draw, parse};

const START_LIMIT: Duration = Duration::from_secs(120);
const COLLECT_LIMIT: Duration = Duration::from_secs(20);
/// How long nothing new may come before a set of spans counts as whole: several batches of the
/// services' reporters (100 ms).
const QUIET: Duration = Duration::from_millis(600);

/// A Zipkin server, killed when dropped.
pub(crate) struct Zipkin {
    process: Process,
    address: SocketAddr,
    /// Traces handed out already, so that several runs can share one server.
    handed_out: HashSet<String>,
}

impl Zipkin {
    /// Starts the server without waiting for it: it takes seconds, and there is a build to do.
    pub(crate) fn spawn(jar: &Path, folder: &Path) -> Outcome<Zipkin> {
        let address = free_addresses(1)?[0];
        let mut command = Command::new("java");
        command
            .arg("-Xmx512m")
            .arg("-jar")
            .arg(jar)
            .current_dir(folder)
            .env("QUERY_PORT", address.port().to_string())
            .env("STORAGE_TYPE", "mem")
            // The server's drawing would fill the tail of the log that a failure shows.
            .env("SPRING_MAIN_BANNER_MODE", "off");
        let process = Process::spawn("zipkin", &mut command, folder)?;
        Ok(Zipkin { process, address, handed_out: HashSet::new() })
    }

    pub(crate) fn wait_until_ready(&mut self) -> Outcome<()> {
        let health = format!("{}/health", self.url());
        self.process.wait_until(START_LIMIT, || http(&health).is_ok())
    }

    /// The base URL, as services take it.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Waits until every service named has reported as many spans as said, and no more come; then
    /// gives all spans of the traces that no earlier call has given.
    pub(crate) fn collect(&mut self, expected: &[(&str, usize)]) -> Outcome<Vec<Span>> {
        let start = Instant::now();
        let mut spans = self.unread()?;
        let mut changed = Instant::now();
        loop {
            let lacking = lacking(&spans, expected);
            if lacking.is_empty() && changed.elapsed() >= QUIET {
                break;
            }
            if start.elapsed() > COLLECT_LIMIT {
                return Err(format!(
                    "after {COLLECT_LIMIT:?} Zipkin has not got what was expected: {lacking}\n\
                     collected:\n{}{}",
                    draw(&spans),
                    self.process.log()
                ));
            }

            sleep(Duration::from_millis(100));
            let now = self.unread()?;
            if now.len() != spans.len() {
                changed = Instant::now();
            }
            spans = now;
        }

        self.handed_out.extend(spans.iter().map(|span| span.trace.clone()));
        Ok(spans)
    }

    fn unread(&self) -> Outcome<Vec<Span>> {
        let body = http(&format!("{}/api/v2/traces?limit=1000", self.url()))
            .map_err(|e| format!("{e}\n{}", self.process.log()))?;
        let traces: Value =
            serde_json::from_str(&body).map_err(|e| format!("Zipkin's answer is not JSON: {e}\n{body}"))?;
        let mut spans = parse(&traces)?;
        spans.retain(|span| !self.handed_out.contains(&span.trace));
        Ok(spans)
    }
}

/// Which services have reported another number of spans than expected, in words; empty if none.
fn lacking(spans: &[Span], expected: &[(&str, usize)]) -> String {
    let mut text = String::new();
    for (service, count) in expected {
        let seen = spans.iter().filter(|span| span.service == *service).count();
        if seen != *count {
            let _ = write!(text, "{service} {seen} of {count} spans; ");
        }
    }
    let known: BTreeSet<&str> = expected.iter().map(|(service, _)| *service).collect();
    for span in spans.iter().filter(|span| !known.contains(span.service.as_str())) {
        let _ = write!(text, "unexpected service `{}`; ", span.service);
    }
    text
}
