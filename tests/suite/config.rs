//! The configuration file: what it says, where it is looked for, and what is said of broken ones.

use crate::support::{files_below, folder, golden, package, spanlint};
use spanlint::config::{self, Place};
use spanlint::text::LineIndex;
use std::fs;

/// A program that starts a trace, and a handler that loses it.
const SERVICE: &str = "package main\n\nimport (\n\t\"net/http\"\n\n\t\"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp\"\n\t\
    \"go.opentelemetry.io/otel\"\n\t\"go.opentelemetry.io/otel/propagation\"\n\tsdktrace \"go.opentelemetry.io/otel/sdk/trace\"\n)\n\n\
    func main() {\n\totel.SetTracerProvider(sdktrace.NewTracerProvider())\n\totel.SetTextMapPropagator(propagation.TraceContext{})\n\t\
    http.Handle(\"/a\", otelhttp.NewHandler(http.HandlerFunc(a), \"a\"))\n\t_ = http.ListenAndServe(\":80\", nil)\n}\n\n\
    func a(w http.ResponseWriter, r *http.Request) {\n\t_, _ = http.Get(\"http://b\")\n}\n";

#[test]
fn the_schema_is_current() {
    golden("docs/config.schema.json", &config::schema());
}

/// `# expect: LINE:COLUMN: START OF MESSAGE` in the first lines, one for each fault.
#[test]
fn broken_files_are_explained() {
    let mut wrong = String::new();
    for (name, file) in files_below(&package("fixtures/broken/config")) {
        let text = fs::read_to_string(file).unwrap();
        let expected: Vec<&str> = text.lines().map_while(|line| line.strip_prefix("# expect: ")).collect();
        let lines = LineIndex::new(&text);
        let problems = config::load(&text, Place::File).expect_err(&name);
        let said: Vec<String> = problems
            .iter()
            .map(|problem| {
                let at = lines.position(problem.at.range.start);
                format!("{}:{}: {}", at.line + 1, at.column + 1, problem.message)
            })
            .collect();
        // What the parser says about broken syntax is its own affair.
        let complete = said.len() == expected.len() || name == "syntax.toml";
        if !complete || expected.iter().zip(&said).any(|(expected, said)| !said.starts_with(expected)) {
            wrong += &format!("{name} expects {expected:#?}, found {said:#?}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_key_of_the_schema_is_read() {
    let schema: serde_json::Value = serde_json::from_str(&config::schema()).unwrap();
    for key in schema["properties"].as_object().unwrap().keys() {
        let unknown = config::load(&format!("{key} = 3\n"), Place::File).unwrap_err();
        assert!(!unknown[0].message.contains("unknown key"), "{}", unknown[0].message);
    }
}

#[test]
fn the_example_of_the_readme_is_legal() {
    let readme = fs::read_to_string(package("README.md")).unwrap();
    let (_, rest) = readme.split_once("```toml\nselect = ").unwrap();
    let example = format!("select = {}", rest.split_once("```").unwrap().0);
    let config = config::load(&example, Place::File).unwrap();
    assert_eq!((config.select.map(|ids| ids.len()), config.severity.len(), config.exclude.len()), (Some(2), 1, 2));
}

#[test]
fn the_file_decides_and_the_command_line_wins() {
    let disk = folder(&[("a/main.go", SERVICE), ("a/go.mod", "module example.com/a\n")]);
    let with = |config: &str, arguments: &[&str]| {
        fs::write(disk.path().join("spanlint.toml"), config).unwrap();
        let run = spanlint(disk.path(), &[&["check", "--format", "concise"], arguments].concat());
        assert_eq!(run.err, "");
        (run.code, run.out.split_once("main.go:20:14: ").map(|(_, rest)| rest[..rest.find(' ').unwrap()].to_owned()))
    };
    let error = (1, Some("error[missing-inject]".to_owned()));
    assert_eq!(with("", &[]), error);
    assert_eq!(with("ignore = [\"missing-inject\"]", &[]), (0, None));
    assert_eq!(with("ignore = [\"missing-inject\"]", &["--ignore", "late-inject"]), error);
    assert_eq!(with("ignore = [\"missing-inject\"]", &["--select", "missing-inject"]), error);
    assert_eq!(with("select = [\"missing-extract\"]", &[]), (0, None));
    assert_eq!(with("select = [\"missing-extract\"]", &["--select", "missing-inject"]), error);
    let note = (0, Some("note[missing-inject]".to_owned()));
    assert_eq!(with("[severity]\nmissing-inject = \"note\"", &[]), note);
    assert_eq!(with("exclude = [\"a/\"]", &[]).1, None);
    assert_eq!(with("exclude = [\"main.go\", \"!a/main.go\"]", &[]), error);
    assert_eq!(with("exclude = [\"a/\"]", &["a/main.go"]), error);
}

#[test]
fn the_nearest_file_above_what_is_checked_counts() {
    let disk = folder(&[
        ("spanlint.toml", "ignore = [\"missing-inject\"]"),
        ("a/go.mod", "module example.com/a\n"),
        ("a/main.go", SERVICE),
        ("b/go.mod", "module example.com/b\n"),
        ("b/main.go", SERVICE),
        ("b/spanlint.toml", "min-confidence = \"high\""),
        ("other.toml", "paths = [\"b\"]"),
    ]);
    let code = |arguments: &[&str]| spanlint(disk.path(), arguments).code;
    assert_eq!(code(&["check"]), 0);
    assert_eq!(code(&["check", "a/main.go"]), 0);
    assert_eq!(code(&["check", "b"]), 1);
    assert_eq!(code(&["check", "a", "b"]), 0, "one analysis has one configuration");
    assert_eq!(code(&["check", "--config", "other.toml"]), 1);
    assert_eq!(code(&["check", "--config", "other.toml", "a"]), 1);
    let run = spanlint(&disk.path().join("a"), &["--config", "../other.toml", "--format", "concise"]);
    assert!(run.out.contains("b/main.go:20:") && !run.out.contains("a/main.go"), "{}", run.out);
}

#[test]
fn a_broken_file_stops_the_run_and_is_shown() {
    let disk = folder(&[("main.go", SERVICE), ("spanlint.toml", "# ours\nignor = []\n")]);
    let run = spanlint(disk.path(), &["check"]);
    assert_eq!(run.code, 2);
    assert!(run.out.contains("error[config]") && run.out.contains("spanlint.toml:2:1"), "{}", run.out);
    assert!(
        run.out.contains("unknown key `ignor`; did you mean `ignore`?") && !run.out.contains("main.go"),
        "{}",
        run.out
    );
    assert_eq!(spanlint(disk.path(), &["check", "--exit-zero"]).code, 2);
    let said = |config: &str| {
        fs::write(disk.path().join("spanlint.toml"), config).unwrap();
        let run = spanlint(disk.path(), &["check", "--format", "concise"]);
        assert_eq!(run.code, 2);
        run.out
    };
    let missing = "spanlint.toml:1:11: error[config] no such file or folder: `gone`\n";
    assert_eq!(said("models = [\"gone\"]"), missing);
    assert_eq!(said("paths =  [\"gone\"]"), missing);
    assert!(
        said("exclude = [\"a\", \"{b\"]").starts_with("spanlint.toml:1:17: error[config] this pattern can't be read: ")
    );
    said("minimum = 3");
    assert_eq!(spanlint(disk.path(), &["models"]).code, 2);
}

#[test]
fn models_of_the_file_count() {
    let model = "summary = \"x\"\npackages = [{ path = \"net/http\" }]\n[call]\n\"net/http.Get\" = {}\n";
    let disk = folder(&[("main.go", SERVICE), ("ours/go/http.toml", model), ("spanlint.toml", "models = [\"ours\"]")]);
    assert_eq!(spanlint(disk.path(), &["check"]).code, 0);
    assert!(spanlint(disk.path(), &["models"]).out.contains("go/http "));
    fs::remove_file(disk.path().join("spanlint.toml")).unwrap();
    assert_eq!(spanlint(disk.path(), &["check"]).code, 1);
}
