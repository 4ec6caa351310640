//! `fixtures/proof/gin`: cart -> stock -> price over HTTP, traced with OpenTelemetry. Stock, on gin, neither extracts nor
//! injects; the repair uses `otelgin` for what arrives and injects into what `net/http` sends.

use crate::services::Fixes;
use crate::set::{Builder, Set};

#[test]
fn repaired_gin_service_joins_the_trace() {
    let set = Set {
        folder: "proof/gin",
        builder: Builder::Go,
        repaired: "stock",
        fixes: Fixes::Unsafe,
        chain: &[("cart", Some("STOCK_ADDR")), ("stock", Some("PRICE_ADDR")), ("price", None)],
        answer: "soup costs 3.20",
        spans: &[("cart", 2, 2), ("stock", 1, 2), ("price", 1, 1)],
        pieces: &[&["cart"], &["stock"], &["price"]],
    };
    set.prove();
}
