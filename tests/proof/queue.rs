//! A queue between two services in Go, `fixtures/queue`: orders publishes over NATS what billing handles, traced with
//! OpenTelemetry. Orders sends no headers, and billing reads none.

use std::path::Path;
use std::process::Command;

use crate::Outcome;
use crate::process::run;
use crate::say;
use crate::services::{self, Service};
use crate::spans::{Span, draw, expect_pieces};
use crate::toolchain::{self, GO};
use crate::zipkin::Zipkin;

const SPANS: [(&str, usize); 2] = [("orders", 2), ("billing", 1)];

#[test]
fn repaired_queue_carries_the_trace() {
    let Some(jar) = toolchain::zipkin_jar_and(&[GO]) else {
        return;
    };
    if let Err(failure) = prove(&jar) {
        panic!("{failure}");
    }
}

fn prove(jar: &Path) -> Outcome<()> {
    let scratch = tempfile::tempdir().map_err(|e| e.to_string())?;
    let unfixed = scratch.path().join("unfixed");
    let fixed = scratch.path().join("fixed");
    let mut zipkin = Zipkin::spawn(jar, scratch.path())?;

    services::copy(&services::fixture("queue"), &unfixed)?;
    services::copy(&services::fixture("queue"), &fixed)?;
    services::repair(&fixed, services::Fixes::Safe)?;
    build(&unfixed)?;
    build(&fixed)?;
    zipkin.wait_until_ready()?;

    // Without this half the other proves nothing.
    let spans = order(&unfixed, &mut zipkin).map_err(|e| format!("unfixed: {e}"))?;
    say(&format!("unfixed:\n{}", draw(&spans)));
    expect_pieces(&spans, &[&["orders"], &["billing"]]).map_err(|e| format!("unfixed: {e}"))?;

    let spans = order(&fixed, &mut zipkin).map_err(|e| format!("fixed: {e}"))?;
    say(&format!("fixed:\n{}", draw(&spans)));
    expect_pieces(&spans, &[&["orders", "billing"]]).map_err(|e| format!("fixed: {e}"))?;
    expect_below(&spans, "bill", "publish")
}

/// Demands that one span is the child of another.
fn expect_below(spans: &[Span], child: &str, parent: &str) -> Outcome<()> {
    let named = |name: &str| spans.iter().find(|span| span.name == name);
    match (named(child), named(parent)) {
        (Some(below), Some(above)) if below.parent.as_ref() == Some(&above.id) => Ok(()),
        _ => Err(format!("`{child}` is not below `{parent}`:\n{}", draw(spans))),
    }
}

fn build(queue: &Path) -> Outcome<()> {
    let mut go = Command::new("go");
    // Without the folder's own path in the binaries, the second build takes most from the cache.
    go.args(["build", "-trimpath", "-o", "bin/", "./broker", "./orders", "./billing"]);
    run(go.current_dir(queue)).map(drop)
}

/// Runs the queue and its two services, sends one request and gives the spans it left.
fn order(queue: &Path, zipkin: &mut Zipkin) -> Outcome<Vec<Span>> {
    let service = |name, calls| Service { name, program: queue.join("bin").join(name), arguments: Vec::new(), calls };
    let all = [
        service("broker", None),
        service("billing", Some(("BROKER_ADDR", "broker"))),
        service("orders", Some(("BROKER_ADDR", "broker"))),
    ];
    let running = services::start(&all, &zipkin.url(), &queue.join("logs"))?;
    let answer = running.call("orders")?;
    if !answer.contains("ordered") {
        return Err(format!("orders answered {answer:?}\n{}", running.logs()));
    }
    zipkin.collect(&SPANS).map_err(|e| format!("{e}{}", running.logs()))
}
