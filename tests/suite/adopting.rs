//! Starting with the program on code that has faults already: baselines, changed lines, text that is not on disk.

use crate::support::{Run, folder, spanlint};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

const MAIN: &str = r#"package main

import (
	"net/http"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
)

func main() {
	http.Handle("/", otelhttp.NewHandler(http.HandlerFunc(serve), "a"))
	_ = http.ListenAndServe(":80", nil)
}

func serve(w http.ResponseWriter, r *http.Request) {
	_, _ = http.Get("http://b/old")
}
"#;

/// The service with another fault.
fn with_more() -> String {
    format!("{MAIN}\nfunc more(r *http.Request) {{\n\t_, _ = http.Get(\"http://b/new\")\n}}\n")
        .replace("http://b/old\")\n", "http://b/old\")\n\tmore(r)\n")
}

fn service() -> TempDir {
    folder(&[("go.mod", "module example.com/a\n"), ("a/main.go", MAIN)])
}

fn write(disk: &TempDir, path: &str, text: &str) {
    fs::write(disk.path().join(path), text).unwrap();
}

/// Lines of the findings, and how the run ended.
fn found(run: &Run) -> (Vec<&str>, i32) {
    let findings = run.out.lines().filter(|line| line.contains('['));
    (findings.map(|line| line.split(": ").next().unwrap()).collect(), run.code)
}

fn concise(disk: &TempDir, arguments: &[&str]) -> Run {
    spanlint(disk.path(), &[arguments, &["--format", "concise"]].concat())
}

#[test]
fn a_baseline_leaves_only_what_is_new() {
    let disk = service();
    assert_eq!(concise(&disk, &[]).code, 1);
    let listed = spanlint(disk.path(), &["baseline"]);
    assert_eq!((listed.code, listed.out.as_str()), (0, ""));
    assert!(listed.err.starts_with("1 finding listed in spanlint-baseline.json; `--baseline"), "{}", listed.err);
    let with_baseline = ["--baseline", "spanlint-baseline.json"];
    assert_eq!(found(&concise(&disk, &with_baseline)), (vec![], 0));
    write(&disk, "a/main.go", &with_more().replace("func main", "// Moved.\nfunc main"));
    assert_eq!(found(&concise(&disk, &with_baseline)), (vec!["a/main.go:21:14"], 1));
    // From another folder, and with a path.
    let below = spanlint(
        &disk.path().join("a"),
        &["--baseline", "../spanlint-baseline.json", "--format", "concise", "main.go"],
    );
    assert_eq!(found(&below), (vec!["main.go:21:14"], 1));
    // The configuration file can name it, and then it is that one that is written.
    write(&disk, "spanlint.toml", "baseline = \"known/list.json\"\n");
    let missing = concise(&disk, &[]);
    assert_eq!(missing.code, 2);
    assert!(missing.err.contains("known/list.json` can't be read (`spanlint baseline` writes one)"), "{}", missing.err);
    fs::create_dir(disk.path().join("known")).unwrap();
    assert_eq!(spanlint(disk.path(), &["baseline"]).err, "2 findings listed in known/list.json\n");
    assert_eq!(found(&concise(&disk, &[])), (vec![], 0));
    // Fixes leave alone what is known.
    let fixed = spanlint(disk.path(), &["--fix", "--unsafe-fixes"]);
    assert!(fixed.out.ends_with("nothing found in 1 file; 2 in the baseline; 0 fixed\n"), "{}", fixed.out);
}

#[test]
fn a_baseline_follows_a_file_and_counts_what_is_gone() {
    let disk = service();
    spanlint(disk.path(), &["baseline"]);
    let last = |arguments: &[&str]| spanlint(disk.path(), arguments).out.lines().last().unwrap_or_default().to_owned();
    fs::create_dir(disk.path().join("b")).unwrap();
    fs::rename(disk.path().join("a/main.go"), disk.path().join("b/main.go")).unwrap();
    let with_baseline = ["--baseline", "spanlint-baseline.json"];
    assert_eq!(last(&with_baseline), "nothing found in 1 file; 1 in the baseline");
    write(&disk, "b/main.go", &MAIN.replace("http.Get", "log"));
    assert_eq!(last(&with_baseline), "nothing found in 1 file; 1 of the baseline gone");
}

#[test]
fn broken_baselines_say_where_and_what_was_expected() {
    let disk = service();
    let cases = [
        (
            "{\n  \"version\": 1,\n  \"findings\": [{\"path\": 3}]\n}\n",
            "known.json:3:25: this is no baseline: invalid type",
        ),
        ("", "known.json:1:0: this is no baseline: EOF"),
        ("{\"version\": 9, \"findings\": []}", "is a baseline of version 9; expected version 1"),
        (
            "{\"version\": 1, \"findings\": [{\"path\": \"a\", \"check\": \"b\", \"fingerprint\": \"x\", \"message\": \"\"}]}",
            "finding 1: expected hexadecimal digits, found `x`",
        ),
    ];
    for (text, expected) in cases {
        write(&disk, "known.json", text);
        let run = concise(&disk, &["--baseline", "known.json"]);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{text}");
        assert!(run.err.contains(expected), "{}", run.err);
    }
    // What can't be written leaves nothing behind.
    let run = spanlint(disk.path(), &["baseline", "-o", "gone/list.json"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("`gone/list.json` can't be written"), "{}", run.err);
}

fn git(folder: &Path, arguments: &[&str]) {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(["-c", "user.name=a", "-c", "user.email=a@example.com"]).args(arguments);
    let output = command.env("GIT_CONFIG_GLOBAL", "/dev/null").stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn repository() -> TempDir {
    let disk = service();
    git(disk.path(), &["init", "-q", "-b", "main"]);
    git(disk.path(), &["add", "."]);
    git(disk.path(), &["commit", "-q", "-m", "one"]);
    disk
}

#[test]
fn since_a_revision_only_what_touches_a_change_is_reported() {
    let disk = repository();
    assert_eq!(found(&concise(&disk, &["--since", "HEAD"])), (vec![], 0));
    write(&disk, "a/main.go", &with_more());
    assert_eq!(found(&concise(&disk, &["--since", "HEAD"])), (vec!["a/main.go:20:14"], 1));
    let shown = spanlint(disk.path(), &["--since", "HEAD"]);
    assert!(shown.out.trim_end().ends_with("1 untouched by the change"), "{}", shown.out);
    git(disk.path(), &["checkout", "-q", "-b", "topic"]);
    git(disk.path(), &["commit", "-q", "-a", "-m", "two"]);
    // What happens on the other branch is no change of this one.
    git(disk.path(), &["checkout", "-q", "main"]);
    write(&disk, "a/main.go", &MAIN.replace("http://b/old", "http://b/elsewhere"));
    git(disk.path(), &["commit", "-q", "-a", "-m", "three"]);
    git(disk.path(), &["checkout", "-q", "topic"]);
    assert_eq!(found(&concise(&disk, &["--since", "main"])), (vec!["a/main.go:20:14"], 1));
    // A file with another name did not change, one that git does not know did.
    git(disk.path(), &["mv", "a", "b"]);
    assert_eq!(found(&concise(&disk, &["--since", "HEAD"])), (vec![], 0));
    write(
        &disk,
        "b/other.go",
        "package main\n\nimport \"net/http\"\n\nfunc other() { _, _ = http.Get(\"http://c\") }\n",
    );
    let main = with_more().replace("\tmore(r)\n", "\tmore(r)\n\tother()\n");
    write(&disk, "b/main.go", &main);
    let run = concise(&disk, &["--since", "HEAD"]);
    assert!(run.out.starts_with("b/other.go:5:"), "{run:?}");
}

#[test]
fn what_comes_from_something_taken_away_is_new_wherever_it_is() {
    let disk = folder(&[
        ("go.mod", "module example.com/a\n\ngo 1.24\n"),
        ("main.go", GUARDED),
        ("around/around.go", AROUND),
        ("pay/pay.go", PAY),
    ]);
    git(disk.path(), &["init", "-q", "-b", "main"]);
    git(disk.path(), &["add", "."]);
    git(disk.path(), &["commit", "-q", "-m", "one"]);
    assert_eq!(found(&concise(&disk, &[])), (vec![], 0));
    // The handler and its registration did not change, and neither did any line near them.
    write(&disk, "around/around.go", &AROUND.replace("return otelhttp.NewHandler(next, \"all\")", "return next"));
    let lost = vec!["pay/pay.go:12:20"];
    assert_eq!(found(&concise(&disk, &["--since", "HEAD"])), (lost.clone(), 1));
    assert_eq!(found(&concise(&disk, &["--staged"])), (vec![], 0));
    git(disk.path(), &["add", "."]);
    assert_eq!(found(&concise(&disk, &["--staged"])), (lost.clone(), 1));
    git(disk.path(), &["commit", "-q", "-m", "two"]);
    write(
        &disk,
        "around/around.go",
        &format!("{}\n// A word.\n", AROUND.replace("otelhttp.NewHandler(next, \"all\")", "next")),
    );
    assert_eq!(found(&concise(&disk, &["--since", "HEAD"])), (vec![], 0), "and old from then on");
    assert_eq!(found(&concise(&disk, &["--since", "HEAD~1"])), (lost, 1));
}

const GUARDED: &str = "package main\n\nimport (\n\t\"net/http\"\n\n\t\"example.com/a/around\"\n\t\"example.com/a/pay\"\n)\n\n\
    func main() {\n\tmux := http.NewServeMux()\n\tmux.HandleFunc(\"/pay\", pay.Handle)\n\
    \t_ = http.ListenAndServe(\":80\", around.All(mux))\n}\n";
const AROUND: &str = "package around\n\nimport (\n\t\"net/http\"\n\n\
    \t\"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp\"\n)\n\n\
    func All(next http.Handler) http.Handler {\n\treturn otelhttp.NewHandler(next, \"all\")\n}\n";
const PAY: &str = "package pay\n\nimport (\n\t\"net/http\"\n\n\t\"go.opentelemetry.io/otel\"\n)\n\n\
    var tracer = otel.Tracer(\"pay\")\n\n\
    func Handle(w http.ResponseWriter, r *http.Request) {\n\t_, span := tracer.Start(r.Context(), \"pay\")\n\
    \tdefer span.End()\n}\n";

#[test]
fn what_is_staged_is_checked_as_it_would_be_committed() {
    let disk = repository();
    write(&disk, "a/main.go", &with_more());
    assert_eq!(found(&concise(&disk, &["--staged"])), (vec![], 0), "nothing is staged");
    git(disk.path(), &["add", "."]);
    write(&disk, "a/main.go", "package main\n");
    assert_eq!(found(&concise(&disk, &["--staged"])), (vec!["a/main.go:20:14"], 1), "the index counts, not the disk");
    // What is on disk is not what was checked, so nothing is written.
    spanlint(disk.path(), &["--staged", "--fix", "--unsafe-fixes"]);
    assert_eq!(fs::read_to_string(disk.path().join("a/main.go")).unwrap(), "package main\n");
}

#[test]
fn the_first_commit_can_be_staged() {
    let disk = service();
    git(disk.path(), &["init", "-q"]);
    git(disk.path(), &["add", "."]);
    assert_eq!(found(&concise(&disk, &["--staged"])), (vec!["a/main.go:15:14"], 1));
}

#[test]
fn revisions_and_repositories_that_are_not_there_are_named() {
    let disk = repository();
    let run = concise(&disk, &["--since", "nowhere"]);
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    assert!(run.err.starts_with("error: there is no revision `nowhere` in the repository at `"), "{}", run.err);
    assert_eq!(concise(&disk, &["--since", "--upload-pack=x"]).code, 2);
    let elsewhere = service();
    let run = concise(&elsewhere, &["--staged"]);
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    assert!(run.err.contains("lies in no git repository"), "{}", run.err);
    assert_eq!(concise(&disk, &["--since", "HEAD", "--staged"]).code, 2);
}

#[test]
fn text_from_an_editor_takes_the_place_of_the_file() {
    let disk = service();
    let check = |file: &str, text: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_spanlint"));
        command.args(["--stdin-filename", file, "--format", "concise"]).current_dir(disk.path());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap(), output.status.code())
    };
    let (out, _, code) = check("a/main.go", &with_more());
    assert_eq!((out.lines().count(), code), (2, Some(1)), "{out}");
    let (out, _, code) = check("a/main.go", "package main\n");
    assert_eq!((out.as_str(), code), ("", Some(0)));
    // A file that is not there yet: the others are read, and not reported.
    let (out, _, code) = check("a/new.go", "package main\n");
    assert_eq!((out.as_str(), code), ("", Some(0)));
    let (_, err, code) = check("a/new.txt", "");
    assert_eq!(code, Some(2));
    assert!(err.contains("`a/new.txt` is no source file of a known language"), "{err}");
}
