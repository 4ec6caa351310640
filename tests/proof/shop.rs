//! The tutorial's application in Go, `fixtures/services`: web -> api -> payment -> currency over
//! `net/http`, traced with `opentracing-go` and Zipkin's B3 headers. Payment neither extracts nor injects.

use std::fs;
use std::path::Path;

use crate::Outcome;
use crate::services::{self, Fixes};
use crate::set::{Builder, Set};

#[test]
fn repaired_payment_joins_the_trace() {
    let shop = Set {
        folder: "services",
        builder: Builder::Go,
        repaired: "payment",
        fixes: Fixes::Safe,
        chain: &[
            ("web", Some("API_ADDR")),
            ("api", Some("PAYMENT_ADDR")),
            ("payment", Some("CURRENCY_ADDR")),
            ("currency", None),
        ],
        answer: "paid",
        spans: &[("web", 2, 2), ("api", 2, 2), ("payment", 1, 2), ("currency", 1, 1)],
        pieces: &[&["web", "api"], &["payment"], &["currency"]],
    };
    shop.prove();
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
    services::repair(&shop.join("payment"), Fixes::Safe)?;
    read(&shop.join("payment/handler.go"))
}

fn read(file: &Path) -> Outcome<String> {
    fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))
}
