//! Sources of libraries that are on the machine: what they tell, and that they are left in peace.

use crate::support::{Run, folder, spanlint_with};
use std::fs;
use tempfile::TempDir;

const MANIFEST: &str = "module example.com/shop\n\ngo 1.25.0\n\nrequire (\n\texample.com/kit v1.2.0\n\tgithub.com/Other/kit v0.3.0\n\t\
    go.opentelemetry.io/otel v1.45.0\n)\n";

/// Sends through clients of two makers. Who sets up the tracer, the text does not say.
const SHOP: &str = "package main\n\nimport (\n\t\"net/http\"\n\n\t\"example.com/kit/httpx\"\n\t\"example.com/kit/tracing\"\n\
    \tother \"github.com/Other/kit\"\n)\n\nfunc main() {\n\ttracing.Init()\n\thttp.Handle(\"/a\", httpx.Traced(http.HandlerFunc(a)))\n\
    \t_ = http.ListenAndServe(\":80\", nil)\n}\n\nfunc a(w http.ResponseWriter, r *http.Request) {\n\
    \treq, _ := http.NewRequestWithContext(r.Context(), \"GET\", \"http://b\", nil)\n\
    \t_, _ = httpx.Good().Do(req)\n\
    \t_, _ = httpx.Bare().Do(req)\n\
    \t_, _ = other.Client().Do(req)\n}\n";

/// A kit of the same owner: one client that injects, one that does not, a wrapper, and a request of its own.
const HTTPX: &str = "package httpx\n\nimport (\n\t\"net/http\"\n\t\"time\"\n\n\
    \t\"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp\"\n)\n\n\
    func Good() *http.Client {\n\treturn &http.Client{Transport: otelhttp.NewTransport(http.DefaultTransport)}\n}\n\n\
    func Bare() *http.Client {\n\treturn &http.Client{Timeout: time.Second}\n}\n\n\
    func Traced(next http.Handler) http.Handler {\n\treturn otelhttp.NewHandler(next, \"shop\")\n}\n\n\
    func Ping(w http.ResponseWriter, r *http.Request) {\n\t_, _ = http.Get(\"http://ping\")\n}\n\n\
    func init() {\n\thttp.Handle(\"/ping\", Traced(http.HandlerFunc(Ping)))\n}\n";

/// One helper makes its own request, another sends what it is given.
const HELPERS: &str = "package httpx\n\nimport (\n\t\"context\"\n\t\"net/http\"\n)\n\n\
    func Keys(ctx context.Context) {\n\treq, _ := http.NewRequestWithContext(ctx, \"GET\", \"http://keys\", nil)\n\
    \t_, _ = http.DefaultClient.Do(req)\n}\n\n\
    func Send(req *http.Request) {\n\t_, _ = http.DefaultClient.Do(req)\n}\n";

const TRACING: &str = "package tracing\n\nimport (\n\t\"go.opentelemetry.io/otel\"\n\t\"go.opentelemetry.io/otel/propagation\"\n\
    \tsdktrace \"go.opentelemetry.io/otel/sdk/trace\"\n)\n\n\
    func Init() {\n\totel.SetTracerProvider(sdktrace.NewTracerProvider())\n\
    \totel.SetTextMapPropagator(propagation.TraceContext{})\n}\n";

/// Another owner's client, which has nothing to do with tracing.
const OTHER: &str = "package kit\n\nimport \"net/http\"\n\nfunc Client() *http.Client {\n\treturn &http.Client{}\n}\n";

/// The shop, and the kits in folders below `places[0]` and `places[1]`.
fn shop(manifest: &str, places: [&str; 2]) -> TempDir {
    let [kit, other] = places;
    folder(&[
        ("shop/go.mod", manifest),
        ("shop/main.go", SHOP),
        (&format!("{kit}/httpx/httpx.go"), HTTPX),
        (&format!("{kit}/httpx/httpx_test.go"), "package httpx\n\nfunc Good() {}\n"),
        (&format!("{kit}/tracing/tracing.go"), TRACING),
        (&format!("{other}/kit.go"), OTHER),
    ])
}

fn check(disk: &TempDir, arguments: &[&str]) -> Run {
    let cache = disk.path().join("cache");
    let arguments = [&["check", "--format", "concise"], arguments].concat();
    spanlint_with(&disk.path().join("shop"), &arguments, &[("GOMODCACHE", cache.to_str().unwrap())])
}

const FOUND: &str = "main.go:20:22: error[missing-inject] the request leaves without trace context\n";

#[test]
fn clients_and_tracers_of_a_kit_in_the_cache_are_known() {
    let disk = shop(MANIFEST, ["cache/example.com/kit@v1.2.0", "cache/github.com/!other/kit@v0.3.0"]);
    let run = check(&disk, &[]);
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (1, FOUND, ""));
    let without = check(&disk, &["--no-deps"]);
    assert!(!without.out.contains("missing-inject"), "{}", without.out);
}

#[test]
fn a_vendored_kit_comes_before_the_cache() {
    let disk = shop(MANIFEST, ["shop/vendor/example.com/kit", "shop/vendor/github.com/Other/kit"]);
    assert_eq!(check(&disk, &[]).out, FOUND);
    let bare = disk.path().join("cache/example.com/kit@v1.2.0/httpx/httpx.go");
    fs::create_dir_all(bare.parent().unwrap()).unwrap();
    fs::write(&bare, HTTPX.replace("Transport: otelhttp.NewTransport(http.DefaultTransport)", "")).unwrap();
    assert_eq!(check(&disk, &[]).out, FOUND);
    assert!(!check(&disk, &["--no-deps"]).out.contains("missing-inject"));
}

#[test]
fn replacements_are_followed() {
    let with = |line: &str, kit: &str| {
        let disk = shop(&format!("{MANIFEST}\n{line}\n"), [kit, "cache/github.com/!other/kit@v0.3.0"]);
        check(&disk, &[]).out
    };
    assert_eq!(with("replace example.com/kit => ../kit", "kit"), FOUND);
    assert_eq!(with("replace example.com/kit => example.com/fork v0.1.0", "cache/example.com/fork@v0.1.0"), FOUND);
    assert!(!with("replace example.com/kit => ../gone", "kit").contains("missing-inject"));
    assert!(!with("", "cache/example.com/kit@v1.1.0").contains("missing-inject"), "another version is not read");
}

#[test]
fn a_model_of_a_library_wins_over_its_sources() {
    let disk = shop(MANIFEST, ["cache/example.com/kit@v1.2.0", "cache/github.com/!other/kit@v0.3.0"]);
    let model = "summary = \"ours\"\npackages = [{ path = \"example.com/kit/httpx\" }]\n[call]\n\"example.com/kit/httpx.Bare\" = {}\n";
    let path = disk.path().join("shop/models/go/kit.toml");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, model).unwrap();
    assert!(!check(&disk, &["--models", "models"]).out.contains("missing-inject"));
}

#[test]
fn libraries_are_neither_reported_nor_changed() {
    let disk = shop(MANIFEST, ["shop/vendor/example.com/kit", "shop/vendor/github.com/Other/kit"]);
    let run = check(&disk, &["--fix", "--unsafe-fixes", "--min-confidence", "low", "--untraced", "edges"]);
    assert!(!run.out.contains("vendor"), "{}", run.out);
    assert_eq!(fs::read_to_string(disk.path().join("shop/vendor/example.com/kit/httpx/httpx.go")).unwrap(), HTTPX);
}

#[test]
fn what_a_library_sends_for_itself_is_its_own_affair() {
    let main = SHOP.replace("\t_, _ = httpx.Bare().Do(req)\n", "\thttpx.Keys(r.Context())\n\thttpx.Send(req)\n");
    let disk = shop_of(&main, TRACING);
    fs::write(disk.path().join("cache/example.com/kit@v1.2.0/httpx/helpers.go"), HELPERS).unwrap();
    assert_eq!(check(&disk, &[]).out, FOUND.replace("20:22", "21:8"));
}

#[test]
fn a_program_does_not_trace_because_a_library_of_its_could() {
    let shop = SHOP.replace("\ttracing.Init()\n", "\t_ = tracing.Init\n").replace("_ = tracing.Init", "tracing.Span()");
    let tracing = "package tracing\n\nimport (\n\t\"context\"\n\t\"net/http\"\n\n\t\"go.opentelemetry.io/otel\"\n)\n\nvar Client http.Client\n\n\
        func Span() {\n\t_, span := otel.Tracer(\"x\").Start(context.Background(), \"x\")\n\tspan.End()\n}\n";
    let disk = shop_of(&shop, tracing);
    let run = check(&disk, &[]);
    assert!(!run.out.contains("error"), "{}", run.out);
}

fn shop_of(main: &str, tracing: &str) -> TempDir {
    let disk = shop(MANIFEST, ["cache/example.com/kit@v1.2.0", "cache/github.com/!other/kit@v0.3.0"]);
    fs::write(disk.path().join("shop/main.go"), main).unwrap();
    fs::write(disk.path().join("cache/example.com/kit@v1.2.0/tracing/tracing.go"), tracing).unwrap();
    disk
}
