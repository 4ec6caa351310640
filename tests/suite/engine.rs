//! What faces rely on beyond a plain check: texts that are being written, checks that are given up, edges.

use spanlint::engine::{Direction, EdgeContext, Engine, Options, Report};
use spanlint::model::builtin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

const BARE: &str = r#"package main

import (
	"net/http"

	"go.opentelemetry.io/otel"
)

var tracer = otel.Tracer("x")

func pay(w http.ResponseWriter, r *http.Request) {
	ctx, span := tracer.Start(r.Context(), "pay")
	defer span.End()
	_ = ctx
}

func main() {
	http.HandleFunc("/pay", pay)
	http.ListenAndServe(":80", nil)
}
"#;

const WRAPPED: &str = r#"package main

import (
	"net/http"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel"
)

var (
	tracer = otel.Tracer("x")
	client = http.Client{Transport: otelhttp.NewTransport(http.DefaultTransport)}
)

func pay(w http.ResponseWriter, r *http.Request) {
	ctx, span := tracer.Start(r.Context(), "pay")
	defer span.End()
	request, _ := http.NewRequestWithContext(ctx, "GET", "http://bank/", nil)
	client.Do(request)
}

func main() {
	http.Handle("/pay", otelhttp.NewHandler(http.HandlerFunc(pay), "pay"))
	http.ListenAndServe(":80", nil)
}
"#;

fn engine(text: &str) -> Engine {
    let mut engine = Engine::new(builtin::all().0, Options::default());
    engine.set_file("main.go", text);
    engine
}

fn findings(report: &Report) -> Vec<&'static str> {
    report.diagnostics.iter().map(|diagnostic| diagnostic.check).collect()
}

#[test]
fn a_text_that_does_not_parse_says_what_it_said_before() {
    let mut engine = engine(BARE);
    assert_eq!(findings(&engine.check()), ["missing-extract"]);
    let half = BARE.replace("\t_ = ctx\n", "\tif x := ctx.Value(; {\n");
    engine.set_draft("main.go", half.as_str());
    let report = engine.check();
    assert_eq!((findings(&report), &*report.files[0].text), (vec!["missing-extract"], BARE));
    assert!(report.notices.is_empty(), "{:?}", report.notices);
    engine.set_draft("main.go", half.replace("missing", "").replace("Value(", "Value((").as_str());
    assert_eq!(&*engine.check().files[0].text, BARE, "two bad texts in a row");
    engine.set_draft("main.go", WRAPPED);
    let report = engine.check();
    assert_eq!((findings(&report), &*report.files[0].text), (vec![], WRAPPED));
    engine.set_file("main.go", half.as_str());
    assert_eq!(&*engine.check().files[0].text, half, "what lies on disk speaks for itself");
    engine.set_draft("new.go", "package main\n\nfunc {");
    assert_eq!(&*engine.check().files[1].text, "package main\n\nfunc {", "nothing was said before");
}

#[test]
fn a_check_can_be_given_up_at_any_point() {
    let check = |engine: &mut Engine, asked: &Arc<AtomicU32>, limit: u32| {
        let asked = asked.clone();
        engine.check_while(move || asked.fetch_add(1, Ordering::SeqCst) < limit)
    };
    let asked = Arc::new(AtomicU32::new(0));
    check(&mut engine(BARE), &asked, u32::MAX).unwrap();
    let times = asked.load(Ordering::SeqCst);
    assert!(times > 5, "asked only {times} times");
    for after in 0..times {
        let mut engine = engine(BARE);
        let report = check(&mut engine, &Arc::new(AtomicU32::new(0)), after);
        assert!(report.is_none(), "wanted {after} times only");
        assert_eq!(findings(&engine.check()), ["missing-extract"]);
    }
}

#[test]
fn edges_say_what_carries_the_context() {
    let told = |text: &str| -> Vec<String> {
        let report = engine(text).check();
        let tell = |edge: &spanlint::engine::Edge| {
            let file = &report.files[edge.at.file.0 as usize];
            let line = file.lines.position(edge.at.range.start).line + 1;
            let direction = if edge.direction == Direction::Inbound { "in" } else { "out" };
            let context = match edge.context {
                EdgeContext::CarriedBy(at) => file.slice(at.range).split('(').next().unwrap_or_default().to_owned(),
                other => format!("{other:?}"),
            };
            format!("{line} {direction} {context}")
        };
        report.edges.iter().map(tell).collect()
    };
    assert_eq!(told(BARE), ["11 in Lost", "18 in Lost"]);
    assert_eq!(
        told(WRAPPED),
        ["15 in otelhttp.NewHandler", "19 out otelhttp.NewTransport", "23 in otelhttp.NewHandler"]
    );
    let untraced = BARE.replace("ctx, span := tracer.Start(r.Context(), \"pay\")", "http.Get(\"http://bank/\")");
    let untraced = untraced.replace("\tdefer span.End()\n\t_ = ctx\n", "").replace("\"go.opentelemetry.io/otel\"", "");
    let untraced = untraced.replace("var tracer = otel.Tracer(\"x\")", "");
    assert!(told(&untraced).iter().all(|edge| edge.ends_with("Untraced")), "{:?}", told(&untraced));
}

#[test]
fn a_context_at_hand_is_the_callers_and_not_that_of_a_request_built_here() {
    let (start, rest) = WRAPPED.split_once("\tctx, span").unwrap();
    let (_, end) = rest.split_once("client.Do(request)\n").unwrap();
    let start = start.replace("import (\n", "import (\n\t\"context\"\n");
    let start = start.replace("otel\"\n)", "otel\"\n\t\"go.opentelemetry.io/otel/propagation\"\n)");
    let text = format!(
        "{start}\trequest, _ := http.NewRequest(\"GET\", \"http://bank/\", nil)\n\
         \totel.GetTextMapPropagator().Inject(context.Background(), propagation.HeaderCarrier(request.Header))\n\
         \t_, _ = http.DefaultClient.Do(request)\n{end}"
    );
    let report = engine(&text).check();
    let found = report.diagnostics.iter().find(|diagnostic| diagnostic.check == "detached-context");
    assert_eq!(found.map(|it| it.labels[0].text.as_str()), Some("`r` holds a context"), "{:?}", report.diagnostics);
}
