//! `fixtures/proof/grpc`: front -> greeter over gRPC, traced with OpenTelemetry. Neither the connection nor the server has a
//! stats handler; the repair gives both theirs.

use crate::services::Fixes;
use crate::set::{Builder, Set};

#[test]
fn repaired_grpc_services_share_a_trace() {
    let set = Set {
        folder: "proof/grpc",
        builder: Builder::Go,
        repaired: "",
        fixes: Fixes::Unsafe,
        chain: &[("front", Some("GREETER_ADDR")), ("greeter", None)],
        answer: "Hello you",
        spans: &[("front", 1, 2), ("greeter", 1, 2)],
        pieces: &[&["front"], &["greeter"]],
    };
    set.prove();
}
