//! `fixtures/proof/rust`: front -> stock over HTTP with axum and reqwest, stock -> keeper over gRPC with tonic, traced with
//! `tracing-opentelemetry`. None of them continues a trace, front and stock send none, and stock's tasks start without its
//! span; the repair mends all of that.

use crate::services::Fixes;
use crate::set::{Builder, Set};

#[test]
fn repaired_rust_services_share_a_trace() {
    let set = Set {
        folder: "proof/rust",
        builder: Builder::Cargo,
        repaired: "",
        fixes: Fixes::Safe,
        chain: &[("front", Some("STOCK_ADDR")), ("stock", Some("KEEPER_ADDR")), ("keeper", None)],
        answer: "43 items",
        spans: &[("front", 1, 2), ("stock", 4, 5), ("keeper", 1, 2)],
        // Each of the stock's tasks starts a trace of its own.
        pieces: &[&["front"], &["stock"], &["stock"], &["stock"], &["keeper"]],
    };
    set.prove();
}
