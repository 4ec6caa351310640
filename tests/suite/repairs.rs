//! Repairs over whole programs: what becomes of a fix that does not help, and of the others beside it.

use crate::support::{files_below, package};
use spanlint::engine::{Engine, Options, Report};
use spanlint::fix::Applicability;
use spanlint::lang;
use spanlint::model::builtin;
use spanlint::workspace::{Repaired, repair};

const MANIFEST: &str = "[package]\nname = \"rates\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\nopentelemetry = \
                        \"0.31\"\nopentelemetry-http = \"0.31\"\nopentelemetry_sdk = \"0.31\"\nreqwest = \"0.12\"\ntokio = \"1\"\n\
                        tracing = \"0.1\"\ntracing-opentelemetry = \"0.32\"\n";
const MAIN: &str = r#"use opentelemetry_sdk::propagation::TraceContextPropagator;

mod spans;

#[tokio::main]
async fn main() {
    opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
    let span = tracing::info_span!("all");
    let _guard = span.enter();
    fetch(&reqwest::Client::new()).await;
}

#[tracing::instrument]
async fn fetch(client: &reqwest::Client) -> Option<String> {
    client.get("http://rates/").send().await.ok()?.text().await.ok()
}
"#;
/// The program's own way from a span to its context, which the fix does not know of: its method has the name of the library's.
const SPANS: &str = r#"pub trait SpanContext {
    fn context(&self) -> opentelemetry::Context;
}

impl SpanContext for tracing::Span {
    fn context(&self) -> opentelemetry::Context {
        opentelemetry::Context::new()
    }
}
"#;

fn engine() -> Engine {
    let models = spanlint::workspace::models_of_run(&[]).unwrap().0;
    let mut engine = Engine::new(models, Options::default());
    engine.set_file("Cargo.toml", MANIFEST);
    engine.set_file("src/main.rs", MAIN);
    engine.set_file("src/spans.rs", SPANS);
    engine
}

fn found(report: &Report) -> Vec<(&str, usize)> {
    report.diagnostics.iter().map(|diagnostic| (diagnostic.check, diagnostic.fixes.len())).collect()
}

#[test]
fn of_what_a_fix_imports_only_new_dependencies_are_named() {
    let mut engine = Engine::new(builtin::all().0, Options::default());
    for (name, file) in files_below(&package("fixtures/services")) {
        if name.ends_with(".go") || name.ends_with("go.mod") {
            engine.set_file(&name, std::fs::read_to_string(file).unwrap());
        }
    }
    let report = engine.check();
    let titles: Vec<&str> = report.diagnostics.iter().flat_map(|it| &it.fixes).map(|fix| fix.title.as_str()).collect();
    let new = " (needs a new dependency: github.com/opentracing-contrib/go-stdlib/nethttp)";
    assert!(titles.iter().any(|title| title.ends_with(new)), "{titles:?}");
    assert!(titles.iter().all(|title| !title.contains("opentracing-go")), "{titles:?}");
}

#[test]
fn what_a_fix_writes_out_in_full_is_named_if_it_is_new() {
    let mut engine = engine();
    engine.set_file("Cargo.toml", MANIFEST.replace("opentelemetry-http = \"0.31\"\n", ""));
    let report = engine.check();
    let inject = report.diagnostics.iter().find(|it| it.check == "missing-inject").unwrap();
    let [fix] = inject.fixes.as_slice() else { panic!("{:?}", inject.fixes) };
    let title = "send the current trace context in the headers (needs a new dependency: opentelemetry_http)";
    assert_eq!((fix.title.as_str(), fix.applicability), (title, Applicability::Unsafe));
}

#[test]
fn a_fix_that_does_not_help_is_taken_back() {
    let mut engine = engine();
    let before = engine.check();
    assert_eq!(found(&before), [("guard-across-await", 1), ("missing-inject", 1)], "and no title twice");
    let repaired = repair(&mut engine, Applicability::Safe, &|_| true);
    assert!(repaired.changed.is_empty() && repaired.fixed.is_empty(), "{:?}", repaired.changed);
    let notices: Vec<&str> = repaired.notices.iter().map(|notice| notice.message.as_str()).collect();
    let expected = "the fix \"send the current trace context in the headers\" was left out: after it, `missing-inject` is found \
                    here as before";
    assert_eq!(notices, [expected]);
    assert_eq!(found(&repaired.report), [("guard-across-await", 1), ("missing-inject", 0)], "nobody is to try again");
    assert_eq!(engine.check().diagnostics, before.diagnostics, "the engine is left with the texts as they were");
}

#[test]
fn a_fix_that_does_not_help_stops_no_other() {
    let mut engine = engine();
    let repaired = repair(&mut engine, Applicability::Unsafe, &|_| true);
    assert_eq!(repaired.fixed, [Repaired { path: "src/main.rs".to_owned(), check: "guard-across-await" }]);
    assert_eq!((found(&repaired.report), repaired.notices.len()), (vec![("missing-inject", 0)], 1));
    let text = &repaired.changed["src/main.rs"];
    assert!(text.contains(".instrument(span)") && !text.contains("trace_headers"), "{text}");
    assert!(lang::for_path("src/main.rs").is_some_and(|it| (it.lower)(text, &[]).problems.is_empty()), "{text}");
}
