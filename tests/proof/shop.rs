//! The tutorial's application in Go, `fixtures/services`: web -> api -> payment -> currency over
//! `net/http`, traced with `opentracing-go` and Zipkin's B3 headers. Payment neither extracts nor injects.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::Outcome;
use crate::process::run;
use crate::say;
use crate::services::{self, Service};
use crate::spans::{Span, draw, expect_chain, expect_pieces};
use crate::toolchain::{self, GO};
use crate::zipkin::Zipkin;

#[test]
fn repaired_payment_joins_the_trace() {
    let Some(jar) = toolchain::zipkin_jar_and(&[GO]) else {
        return;
    };
    if let Err(failure) = prove(&jar) {
        panic!("{failure}");
    }
}

/// Needs no toolchain but the tool itself, so it holds where the proof is skipped.
#[test]
fn repair_is_the_one_written_down() {
    let written_down = read(&services::fixture("services/payment/handler.go.fixed"));
    let (repaired, written_down) = match (repaired_handler(), written_down) {
        (Ok(repaired), Ok(written_down)) => (repaired, written_down),
        (Err(failure), _) | (_, Err(failure)) => panic!("{failure}"),
    };
    assert!(repaired == written_down, "the tool wrote:\n{repaired}\n--- expected:\n{written_down}");
}

fn repaired_handler() -> Outcome<String> {
    let scratch = tempfile::tempdir().map_err(|e| e.to_string())?;
    let shop = scratch.path().join("shop");
    services::copy(&services::fixture("services"), &shop)?;
    services::repair(&shop.join("payment"))?;
    read(&shop.join("payment/handler.go"))
}

fn prove(jar: &Path) -> Outcome<()> {
    let scratch = tempfile::tempdir().map_err(|e| e.to_string())?;
    let unfixed = scratch.path().join("unfixed");
    let fixed = scratch.path().join("fixed");
    let mut zipkin = Zipkin::spawn(jar, scratch.path())?;

    services::copy(&services::fixture("services"), &unfixed)?;
    services::copy(&services::fixture("services"), &fixed)?;
    services::repair(&fixed.join("payment"))?;
    build(&unfixed)?;
    build(&fixed)?;
    zipkin.wait_until_ready()?;

    // Without this half the other proves nothing.
    let spans = call_web(&unfixed, &mut zipkin, &[("web", 2), ("api", 2), ("payment", 1), ("currency", 1)])
        .map_err(|e| format!("unfixed: {e}"))?;
    say(&format!("unfixed:\n{}", draw(&spans)));
    expect_pieces(&spans, &[&["web", "api"], &["payment"], &["currency"]]).map_err(|e| format!("unfixed: {e}"))?;

    let spans = call_web(&fixed, &mut zipkin, &[("web", 2), ("api", 2), ("payment", 2), ("currency", 1)])
        .map_err(|e| format!("fixed: {e}"))?;
    say(&format!("fixed:\n{}", draw(&spans)));
    expect_chain(&spans, &["web", "api", "payment", "currency"]).map_err(|e| format!("fixed: {e}"))
}

fn build(shop: &Path) -> Outcome<()> {
    let mut go = Command::new("go");
    // Without the folder's own path in the binaries, the second build takes most from the cache.
    go.args(["build", "-trimpath", "-o", "bin/", "./web", "./api", "./payment", "./currency"]);
    run(go.current_dir(shop)).map(drop)
}

/// Runs the four services, sends one request through all of them and gives the spans it left.
fn call_web(shop: &Path, zipkin: &mut Zipkin, expected: &[(&str, usize)]) -> Outcome<Vec<Span>> {
    let service = |name, calls| Service { name, program: shop.join("bin").join(name), arguments: Vec::new(), calls };
    let chain = [
        service("web", Some(("API_ADDR", "api"))),
        service("api", Some(("PAYMENT_ADDR", "payment"))),
        service("payment", Some(("CURRENCY_ADDR", "currency"))),
        service("currency", None),
    ];

    let running = services::start(&chain, &zipkin.url(), &shop.join("logs"))?;
    let answer = running.call("web")?;
    if !answer.contains("paid") {
        return Err(format!("web answered {answer:?}, not what currency says\n{}", running.logs()));
    }
    zipkin.collect(expected).map_err(|e| format!("{e}{}", running.logs()))
}

fn read(file: &Path) -> Outcome<String> {
    fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))
}
