//! The demands on hand-made lists: what must pass, and each way of failing.

use serde_json::json;

use super::*;

const CHAIN: [&str; 4] = ["web", "api", "payment", "currency"];

#[test]
fn shared_halves_are_a_chain() {
    assert_eq!(expect_chain(&whole(), &CHAIN), Ok(()));
}

#[test]
fn halves_with_ids_of_their_own_are_a_chain() {
    assert_eq!(expect_chain(&unshared(whole()), &CHAIN), Ok(()));
}

#[test]
fn shared_half_without_the_flag_is_still_a_half() {
    let mut spans = whole();
    for span in &mut spans {
        span.shared = false;
    }
    assert_eq!(expect_chain(&spans, &CHAIN), Ok(()));
}

#[test]
fn order_of_the_list_does_not_matter() {
    let mut spans = whole();
    spans.reverse();
    assert_eq!(expect_chain(&spans, &CHAIN), Ok(()));
}

#[test]
fn client_span_without_a_kind_is_accepted() {
    let mut spans = whole();
    change(&mut spans, "payment", Kind::Client, |span| span.kind = Kind::Unset);
    assert_eq!(expect_chain(&spans, &CHAIN), Ok(()));
}

#[test]
fn span_between_server_and_client_is_accepted() {
    let mut spans = whole();
    spans.push(Span { parent: Some("b".into()), ..span("t", "b2", "api", Kind::Unset) });
    change(&mut spans, "api", Kind::Client, |span| span.parent = Some("b2".into()));
    assert_eq!(expect_chain(&spans, &CHAIN), Ok(()));
}

#[test]
fn missing_inject_makes_two_pieces() {
    let mut spans = whole();
    change(&mut spans, "currency", Kind::Server, |span| {
        *span = self::span("t2", "x", "currency", Kind::Server);
    });
    assert_eq!(expect_pieces(&spans, &[&["web", "api", "payment"], &["currency"]]), Ok(()));
    refuse(&spans, "expected the traces");
}

#[test]
fn missing_parent_makes_two_pieces() {
    let mut spans = whole();
    for span in &mut spans {
        if span.service == "currency" || (span.service == "payment" && span.kind == Kind::Client) {
            span.trace = "t2".into();
        }
    }
    change(&mut spans, "payment", Kind::Server, |span| {
        *span = Span { id: "c".into(), ..self::span("t2", "c", "payment", Kind::Unset) };
    });
    assert_eq!(expect_pieces(&spans, &[&["web", "api"], &["payment", "currency"]]), Ok(()));
    refuse(&spans, "expected the traces");
}

#[test]
fn pieces_are_exact() {
    let spans = whole();
    assert_eq!(expect_pieces(&spans, &[&CHAIN]), Ok(()));
    assert!(expect_pieces(&spans, &[&["web", "api"], &["payment"], &["currency"]]).is_err());
    assert!(expect_pieces(&spans, &[&["web", "api", "payment"]]).is_err());
    assert!(expect_pieces(&spans, &[&CHAIN, &[]]).is_err());
    assert!(expect_pieces(&[], &[&CHAIN]).is_err());
    assert_eq!(expect_pieces(&[], &[]), Ok(()));
}

#[test]
fn skipped_service_is_refused() {
    let mut spans = unshared(whole());
    change(&mut spans, "currency", Kind::Server, |span| span.parent = Some("c".into()));
    refuse(&spans, "the server span of `currency` hangs below `api`, expected `payment`");
}

#[test]
fn call_without_a_client_span_is_refused() {
    let mut spans = unshared(whole());
    change(&mut spans, "api", Kind::Server, |span| span.parent = Some("a".into()));
    refuse(&spans, "the server span of `api` hangs right below the server span of `web`");
}

#[test]
fn wrong_kinds_are_refused() {
    let mut spans = unshared(whole());
    change(&mut spans, "payment", Kind::Server, |span| span.kind = Kind::Unset);
    refuse(&spans, "the server span of `payment` is not of kind server but Unset");

    let mut spans = unshared(whole());
    change(&mut spans, "payment", Kind::Client, |span| span.kind = Kind::Other);
    refuse(&spans, "the server span of `currency` hangs below a span of `payment` that is no client span");
}

#[test]
fn parent_that_was_never_collected_is_refused() {
    let mut spans = unshared(whole());
    change(&mut spans, "api", Kind::Client, |span| span.id = "gone".into());
    refuse(&spans, "the server span of `payment` has a parent that was never collected");

    let mut spans = whole();
    change(&mut spans, "web", Kind::Server, |span| span.parent = Some("gone".into()));
    refuse(&spans, "the server span of `web` is not the root of its trace");
}

#[test]
fn shared_half_without_its_client_is_refused() {
    let mut spans = whole();
    spans.retain(|span| !(span.service == "api" && span.kind == Kind::Client));
    refuse(&spans, "the server span of `payment` has a parent that was never collected");
}

#[test]
fn second_request_is_refused() {
    let mut spans = whole();
    spans.push(Span { parent: Some("d".into()), shared: true, ..span("t", "d", "currency", Kind::Server) });
    spans.last_mut().unwrap().name = "again".into();
    refuse(&spans, "`currency` has 2 spans without a parent in `currency`");
}

#[test]
fn ids_in_a_ring_end() {
    let mut spans = unshared(whole());
    change(&mut spans, "web", Kind::Server, |span| span.parent = Some("b".into()));
    assert!(expect_chain(&spans, &CHAIN).is_err());
}

#[test]
fn drawing_shows_the_tree() {
    let expected = "\
trace t
  web: work [Server] a
    web: work [Client] b
      api: work [Server, shared] b
        api: work [Client] c
          payment: work [Server, shared] c
            payment: work [Client] d
              currency: work [Server, shared] d
";
    assert_eq!(draw(&whole()), expected);
    assert_eq!(draw(&[]), "no spans\n");
}

#[test]
fn zipkin_json_is_read() {
    let answer = json!([[
        {"traceId": "t", "id": "a", "name": "get", "kind": "SERVER", "shared": true, "parentId": "p",
         "localEndpoint": {"serviceName": "web"}, "timestamp": 1, "duration": 2, "tags": {"k": "v"}},
        {"traceId": "t", "id": "b", "localEndpoint": {"serviceName": "web"}},
    ], []]);
    let first =
        Span { parent: Some("p".into()), name: "get".into(), shared: true, ..span("t", "a", "web", Kind::Server) };
    let second = Span { name: String::new(), ..span("t", "b", "web", Kind::Unset) };
    assert_eq!(parse(&answer), Ok(vec![first, second]));

    assert!(parse(&json!({"error": "no"})).unwrap_err().contains("expected a list"));
    assert!(parse(&json!([[{"id": "a"}]])).unwrap_err().contains("not a Zipkin v2 span"));
}

/// One request through all four, as `zipkin-go` reports it: a server span has its client's id.
fn whole() -> Vec<Span> {
    let shared = |id: &str, parent: &str, service: &str| Span {
        parent: Some(parent.into()),
        shared: true,
        ..span("t", id, service, Kind::Server)
    };
    let client = |id: &str, parent: &str, service: &str| Span {
        parent: Some(parent.into()),
        ..span("t", id, service, Kind::Client)
    };
    vec![
        span("t", "a", "web", Kind::Server),
        client("b", "a", "web"),
        shared("b", "a", "api"),
        client("c", "b", "api"),
        shared("c", "b", "payment"),
        client("d", "c", "payment"),
        shared("d", "c", "currency"),
    ]
}

/// The same request as OpenTelemetry would report it: server spans with ids of their own.
fn unshared(mut spans: Vec<Span>) -> Vec<Span> {
    for service in ["currency", "payment", "api"] {
        let own = format!("{service}-server");
        let mut old = String::new();
        change(&mut spans, service, Kind::Server, |span| {
            old = std::mem::replace(&mut span.id, own.clone());
            span.parent = Some(old.clone());
            span.shared = false;
        });
        for span in &mut spans {
            if span.service == service && span.kind == Kind::Client && span.parent.as_ref() == Some(&old) {
                span.parent = Some(own.clone());
            }
        }
    }
    spans
}

fn span(trace: &str, id: &str, service: &str, kind: Kind) -> Span {
    Span {
        trace: trace.into(),
        id: id.into(),
        parent: None,
        service: service.into(),
        name: "work".into(),
        kind,
        shared: false,
    }
}

fn change(spans: &mut [Span], service: &str, kind: Kind, edit: impl FnOnce(&mut Span)) {
    let found = spans.iter_mut().find(|span| span.service == service && span.kind == kind);
    edit(found.unwrap());
}

#[track_caller]
fn refuse(spans: &[Span], reason: &str) {
    let failure = expect_chain(spans, &CHAIN).unwrap_err();
    assert!(failure.contains(reason), "expected {reason:?} in:\n{failure}");
}
