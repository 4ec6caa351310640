//! The program as people run it.

use crate::support::{folder, package, spanlint};
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

/// A copy of the services, so that they can be changed.
fn services() -> tempfile::TempDir {
    let disk = folder(&[]);
    for (path, file) in crate::support::files_below(&package("fixtures/services")) {
        if path.ends_with(".fixed") {
            continue;
        }
        let copy = disk.path().join(path);
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::copy(file, copy).unwrap();
    }
    disk
}

/// `line: check` of what a run in the concise format found.
fn found(out: &str) -> Vec<String> {
    let finding = |line: &str| {
        let (place, rest) = line.split_once(": ")?;
        let check = rest.split_once('[')?.1.split_once(']')?.0;
        Some(format!("{}: {check}", place.rsplit_once(':')?.0))
    };
    out.lines().filter_map(finding).collect()
}

#[test]
fn the_payment_service_has_both_faults() {
    let run = spanlint(&package("."), &["check", "fixtures/services/payment", "--format", "concise"]);
    let file = "fixtures/services/payment/handler.go";
    assert_eq!(found(&run.out), [format!("{file}:15: missing-extract"), format!("{file}:26: missing-inject")]);
    assert_eq!((run.code, run.err.as_str()), (1, ""));
    let shown = spanlint(&package("."), &["fixtures/services/payment"]);
    assert!(shown.out.contains("error[missing-extract]") && shown.out.contains("error[missing-inject]"));
    assert!(shown.out.ends_with("2 errors in 3 files; 2 fixable with --fix\n"), "{}", shown.out);
}

#[test]
fn loops_in_loops_end() {
    let (open, close) = ("for range 3 {\n".repeat(30), "}\n".repeat(30));
    let text = format!(
        "package main\n\nimport (\n\"net/http\"\n\n\"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp\"\n)\n\n\
         func main() {{\nhttp.Handle(\"/\", otelhttp.NewHandler(http.HandlerFunc(serve), \"all\"))\n\
         _ = http.ListenAndServe(\":80\", nil)\n}}\n\n\
         func serve(w http.ResponseWriter, r *http.Request) {{\n{open}_, _ = http.Get(\"http://b\")\n{close}}}\n"
    );
    let disk = folder(&[("go.mod", "module example.com/loops\n"), ("main.go", &text)]);
    let run = spanlint(disk.path(), &["check", "--format", "concise"]);
    assert_eq!(found(&run.out), ["main.go:45: missing-inject"]);
}

#[test]
fn exit_codes_tell_what_happened() {
    let disk = services();
    let code = |arguments: &[&str]| spanlint(disk.path(), arguments).code;
    assert_eq!(code(&["check", "payment"]), 1);
    assert_eq!(code(&["payment"]), 1);
    assert_eq!(code(&["check", "payment", "--exit-zero"]), 0);
    assert_eq!(code(&["check", "currency"]), 0);
    assert_eq!(code(&["check", "gone"]), 2);
    assert_eq!(code(&["check", "gone", "--exit-zero"]), 2);
    assert_eq!(code(&["check", "payment", "--ignore", "missing-extract,missing-inject"]), 0);
    assert_eq!(code(&["check", "payment", "--ignore", "missing-extract", "--ignore", "missing-inject"]), 0);
    assert_eq!(code(&["--help"]), 0);
    assert_eq!(code(&["check", "--wrong"]), 2);
}

#[test]
fn words_that_are_not_known_get_the_nearest_one() {
    let disk = folder(&[("payment/a.go", "package x\n")]);
    let err = |arguments: &[&str]| {
        let run = spanlint(disk.path(), arguments);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{arguments:?}");
        run.err
    };
    assert!(err(&["check", "--select", "mising-extract"]).contains("'missing-extract'"));
    assert!(err(&["explain", "missing-injekt"]).contains("'missing-inject'"));
    assert!(err(&["check", "--format", "jsn"]).contains("'json'"));
    assert!(err(&["check", "--min-confidence", "hihg"]).contains("'high'"));
    assert!(err(&["check", "--untraced", "egdes"]).contains("'edges'"));
    assert!(err(&["check", "--fixx"]).contains("'--fix'"));
    assert!(err(&["paymet"]).contains("did you mean `payment`?"));
    assert!(err(&["chekc"]).contains("there is a command `check`"));
    assert!(err(&["check", "--unsafe-fixes"]).contains("needs `--fix` or `--diff`"));
    assert!(err(&["check", "--fix", "--diff"]).contains("cannot be used with"));
    assert!(err(&["check", "--models", "gone.toml"]).contains("no such file or folder of models: `gone.toml`"));
}

#[test]
fn fixing_writes_files_and_leaves_nothing_to_report() {
    let disk = services();
    let handler = disk.path().join("payment/handler.go");
    let run = spanlint(disk.path(), &["check", "payment", "--fix"]);
    assert_eq!((run.code, run.out.as_str()), (0, "nothing found in 3 files; 2 fixed\n"), "{}", run.err);
    assert_eq!(run.err, "fixed in payment/handler.go: missing-extract, missing-inject\n");
    let expected = fs::read_to_string(package("fixtures/services/payment/handler.go.fixed")).unwrap();
    assert_eq!(fs::read_to_string(&handler).unwrap(), expected);
    assert_eq!(spanlint(disk.path(), &["check", "payment"]).code, 0);
    let again = spanlint(disk.path(), &["check", "payment", "--fix"]);
    assert_eq!((again.out.as_str(), again.err.as_str()), ("nothing found in 3 files; 0 fixed\n", ""));
    assert_eq!(fs::read_to_string(&handler).unwrap(), expected);
}

#[test]
fn fixing_keeps_windows_line_ends() {
    let disk = services();
    let handler = disk.path().join("payment/handler.go");
    let text = fs::read_to_string(&handler).unwrap().replace('\n', "\r\n");
    fs::write(&handler, text).unwrap();
    assert_eq!(spanlint(disk.path(), &["check", "payment", "--fix"]).code, 0);
    let fixed = fs::read_to_string(&handler).unwrap();
    assert_eq!(fixed.matches('\n').count(), fixed.matches("\r\n").count());
}

#[test]
fn a_diff_is_shown_and_nothing_written() {
    let disk = services();
    let handler = disk.path().join("payment/handler.go");
    let before = fs::read_to_string(&handler).unwrap();
    let run = spanlint(disk.path(), &["check", "payment", "--diff"]);
    assert_eq!(fs::read_to_string(&handler).unwrap(), before);
    assert!(run.out.starts_with("--- a/payment/handler.go\n+++ b/payment/handler.go\n@@ "), "{}", run.out);
    assert_eq!((run.code, run.err.as_str()), (1, "2 findings would be fixed in 1 file\n"));
    // What is shown is what `--fix` writes.
    fs::write(disk.path().join("change.diff"), &run.out).unwrap();
    let patched = Command::new("git").args(["apply", "change.diff"]).current_dir(disk.path()).status();
    if patched.is_ok_and(|status| status.success()) {
        let expected = fs::read_to_string(package("fixtures/services/payment/handler.go.fixed")).unwrap();
        assert_eq!(fs::read_to_string(&handler).unwrap(), expected);
    }
    let clean = spanlint(disk.path(), &["check", "currency", "--diff"]);
    assert_eq!((clean.code, clean.out.as_str()), (0, ""));
    assert_eq!(spanlint(disk.path(), &["check", "web", "payment", "--diff", "--exit-zero"]).code, 0);
}

#[test]
fn a_diff_tells_of_fixes_that_must_be_read_first() {
    let folder = package("fixtures/checks/detached-context/background-to-helper/go");
    let run = spanlint(&folder, &["--diff"]);
    assert_eq!((run.code, run.out.as_str()), (0, ""));
    assert_eq!(run.err, "nothing that may be applied fixes anything here; 1 more with --unsafe-fixes\n");
}

#[test]
fn a_report_goes_to_a_file() {
    let disk = services();
    let arguments = ["check", "payment", "--format", "json", "--output", "report.json"];
    let run = spanlint(disk.path(), &arguments);
    assert_eq!((run.code, run.out.as_str()), (1, ""));
    let text = fs::read_to_string(disk.path().join("report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(report["summary"]["errors"], 2);
    assert_eq!(report["diagnostics"][0]["path"], "payment/handler.go");
}

#[test]
fn a_run_below_the_module_knows_its_packages() {
    let disk = services();
    let run = spanlint(&disk.path().join("payment"), &["--format", "concise"]);
    assert_eq!(found(&run.out), ["handler.go:15: missing-extract", "handler.go:26: missing-inject"]);
    let alone =
        spanlint(disk.path(), &["check", "payment/handler.go", "--format", "concise", "--min-confidence", "low"]);
    assert!(found(&alone.out).contains(&"payment/handler.go:15: missing-extract".to_owned()), "{}", alone.out);
}

#[test]
fn quiet_runs_say_only_what_was_found() {
    let disk = services();
    fs::write(disk.path().join("payment/bad.go"), b"\xff\xfe").unwrap();
    let run = spanlint(disk.path(), &["check", "payment", "--quiet"]);
    assert!(!run.out.contains("bad.go") && !run.out.contains("in 3 files") && run.out.contains("missing-inject"));
    assert!(spanlint(disk.path(), &["check", "payment"]).out.contains("payment/bad.go: warning: byte 0 of this file"));
}

#[test]
fn a_wordy_run_says_what_it_recognised_and_left_out() {
    let disk = services();
    fs::write(disk.path().join("payment/handler_test.go"), "package main\n").unwrap();
    let run = spanlint(disk.path(), &["--verbose", "--format", "concise"]);
    assert_eq!(run.code, 1);
    let expected = [
        "services:\n  api (api/main.go:",
        "  payment (payment/main.go:13:6): traced; propagates b3multi; 1 in, 1 out\n",
        "what reads or writes contexts:\n  api/handler.go:16:22: `opentracing.GlobalTracer().Extract(...` reads\n",
        "and code that writes into what it sends, for 2 calls\n",
        "not to be told, so not reported:\n  none\n",
        "left out:\n  1 file of tests\n",
    ];
    for part in expected {
        assert!(run.err.contains(part), "lacks {part:?}:\n{}", run.err);
    }
    assert_eq!(spanlint(disk.path(), &["--verbose", "--quiet"]).code, 2, "one or the other");
}

#[test]
fn init_writes_what_was_found_and_a_file_that_works() {
    let disk = services();
    let run = spanlint(disk.path(), &["init"]);
    assert_eq!((run.code, run.out.as_str()), (0, ""), "{}", run.err);
    assert!(run.err.starts_with("spanlint.toml written: 2 errors in "), "{}", run.err);
    let text = fs::read_to_string(disk.path().join("spanlint.toml")).unwrap();
    for part in ["# - languages: Go (11 files checked)\n", "go/opentracing", "#   - payment: traced, 1 in, 1 out\n"] {
        assert!(text.contains(part), "lacks {part:?}:\n{text}");
    }
    // It changes nothing, and neither does any key in it without its `#`.
    let found = |disk: &Path| spanlint(disk, &["--format", "concise"]).out;
    let before = found(disk.path());
    assert_eq!(before.lines().count(), 2, "{before}");
    let is_key = |line: &&str| line.starts_with("# ") && (line.contains(" = ") || line.ends_with(']'));
    let keys: Vec<&str> = text.lines().filter(is_key).map(|line| line.trim_start_matches("# ")).collect();
    assert_eq!(keys.len(), 10, "{keys:?}");
    let without =
        |line: &&&str| !line.starts_with("select") && !line.starts_with("baseline") && !line.contains("warning");
    let all: Vec<&str> = keys.iter().filter(without).copied().collect();
    fs::write(disk.path().join("spanlint.toml"), all.join("\n")).unwrap();
    assert_eq!(found(disk.path()), before);
    // A file that is there is not written over.
    let again = spanlint(disk.path(), &["init"]);
    assert_eq!(again.code, 2);
    assert!(again.err.contains("spanlint.toml` is there already; nothing was changed"), "{}", again.err);
    assert_eq!(spanlint(disk.path(), &["init", "gone"]).code, 2);
}

#[test]
fn the_manual_page_names_every_command() {
    let page = spanlint(&package("."), &["man"]).out;
    assert!(page.contains(".TH spanlint 1"), "{page}");
    for command in ["check", "baseline", "init", "explain", "checks", "models", "completions", "man", "schema"] {
        assert!(page.contains(&format!("spanlint\\-{command}(1)")), "{command}");
    }
}

#[test]
fn statistics_count_by_check() {
    let run = spanlint(&package("."), &["check", "fixtures/services/payment", "--statistics", "--format", "concise"]);
    assert!(run.out.contains("\n     1  error    missing-extract (1 fixable)\n"), "{}", run.out);
}

#[test]
fn bad_files_do_not_stop_a_run() {
    let disk = services();
    fs::write(disk.path().join("payment/latin.go"), b"package main // caf\xe9\n").unwrap();
    fs::write(disk.path().join("payment/empty.go"), "").unwrap();
    let noise: Vec<u8> = (0..9000u32).map(|it| (it.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    fs::write(disk.path().join("payment/noise.go"), &noise).unwrap();
    let text: String = noise.iter().map(|byte| char::from(*byte)).collect();
    fs::write(disk.path().join("payment/text.go"), text).unwrap();
    let huge = fs::File::create(disk.path().join("payment/huge.go")).unwrap();
    huge.set_len(20 * 1024 * 1024).unwrap();
    let run = spanlint(disk.path(), &["check", "payment", "--format", "concise"]);
    assert_eq!(run.code, 1, "{}", run.err);
    let found = found(&run.out);
    assert!(found.contains(&"payment/handler.go:26: missing-inject".to_owned()), "{}", run.out);
    for name in ["latin", "noise", "huge"] {
        assert!(run.out.contains(&format!("payment/{name}.go: warning: ")), "{}", run.out);
    }
}

#[test]
fn broken_models_fail_the_run_with_their_places() {
    let disk = services();
    let broken = crate::support::files_below(&package("fixtures/broken/models"));
    for (path, file) in &broken {
        let copy = disk.path().join("models/go").join(path);
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::copy(file, copy).unwrap();
    }
    let run = spanlint(disk.path(), &["check", "payment", "--format", "concise", "--models", "models"]);
    assert_eq!((run.code, run.err.as_str()), (2, ""));
    assert!(run.out.contains("missing-extract"), "the code is checked all the same: {}", run.out);
    for (path, file) in &broken {
        let text = fs::read_to_string(file).unwrap();
        let expected = text.lines().find_map(|line| line.strip_prefix("# expect: ")).expect("what is expected");
        assert!(run.out.contains(&format!("models/go/{path}:{expected}")), "{path} expects {expected}: {}", run.out);
    }
    let alone = spanlint(disk.path(), &["models", "--models", "models/go/no_summary.toml"]);
    assert!(alone.code == 2 && alone.err.contains("no_summary.toml:"), "{alone:?}");
}

#[test]
fn nobody_reading_on_is_no_error() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_spanlint"))
        .args(["check", "fixtures/services"])
        .current_dir(package("."))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    let status = child.wait().unwrap();
    assert_eq!((err.as_str(), status.code()), ("", Some(1)));
}

#[test]
fn lists_name_every_check_and_model() {
    let here = Path::new(".");
    let checks = spanlint(here, &["checks"]).out;
    let json: serde_json::Value = serde_json::from_str(&spanlint(here, &["checks", "--format", "json"]).out).unwrap();
    for (check, row) in spanlint::checks::ALL.iter().zip(json.as_array().unwrap()) {
        assert!(checks.contains(&format!("\n{} ", check.id)));
        assert_eq!(row["id"], check.id);
        let page = spanlint(here, &["explain", check.id]);
        assert_eq!(page.code, 0);
        assert!(page.out.lines().count() > 10, "{}", page.out);
        assert!(page.out.lines().all(|line| line.chars().count() <= 100), "{}", page.out);
    }
    let models = spanlint(here, &["models"]).out;
    assert!(models.contains("go/net_http "), "{models}");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(spanlint(here, &["completions", shell]).out.contains("unsafe-fixes"));
    }
    for (file, written) in [("config", "docs/config.schema.json"), ("model", "rules/schema.json")] {
        assert_eq!(spanlint(here, &["schema", file]).out, fs::read_to_string(package(written)).unwrap());
    }
}

#[test]
fn what_a_comment_allows_is_counted_and_does_not_fail_the_run() {
    let disk = services();
    let path = disk.path().join("payment/handler.go");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("// spanlint: allow-file(missing-extract, missing-inject): shown to newcomers\n{text}"))
        .unwrap();
    let run = spanlint(disk.path(), &["payment"]);
    assert_eq!((run.code, run.out.as_str()), (0, "nothing found in 3 files; 2 allowed\n"));
    let run = spanlint(disk.path(), &["payment", "--format", "json"]);
    assert!(run.out.contains("\"allowed\": 2"), "{}", run.out);
    let run = spanlint(disk.path(), &["payment", "--ignore", "missing-extract", "--format", "concise"]);
    assert_eq!((run.code, run.out.as_str()), (0, ""), "an allow of a check that did not run is not missed");
}
