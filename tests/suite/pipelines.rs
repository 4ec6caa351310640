//! What runs in the pipelines of others: the action's script, the hook, the job.

use crate::support::{folder, package};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

const FAULTY: &str = "package main\n\nimport (\n\t\"net/http\"\n\n\t\"go.opentelemetry.io/otel\"\n)\n\nfunc main() {\n\
    \thttp.HandleFunc(\"/\", serve)\n\t_ = http.ListenAndServe(\":80\", nil)\n}\n\n\
    func serve(w http.ResponseWriter, r *http.Request) {\n\t_, span := otel.Tracer(\"a\").Start(r.Context(), \"serve\")\n\
    \tdefer span.End()\n\t_, _ = http.Get(\"http://b\")\n}\n";

fn service() -> TempDir {
    folder(&[("go.mod", "module example.com/a\n"), ("a b/main.go", FAULTY), ("clean/clean.go", "package clean\n")])
}

/// What a script came to: its exit code, what it printed, what it gave to later steps.
fn action(disk: &Path, variables: &[(&str, &str)]) -> (i32, String, String) {
    let programs = Path::new(env!("CARGO_BIN_EXE_spanlint")).parent().unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let outputs = disk.join("outputs");
    let output = Command::new("bash")
        .arg(package("ci/action.sh"))
        .current_dir(disk)
        .env("PATH", path)
        .env("GITHUB_OUTPUT", &outputs)
        .env("GOMODCACHE", "/nowhere")
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), text, fs::read_to_string(outputs).unwrap_or_default())
}

#[test]
fn the_action_writes_a_report_and_annotates() {
    let disk = service();
    let (code, out, outputs) = action(disk.path(), &[]);
    assert_eq!((code, outputs.as_str()), (0, "sarif=spanlint.sarif\ncode=1\n"), "{out}");
    assert!(out.contains("::error title=spanlint (missing-inject),file=a b/main.go,line="), "{out}");
    let log: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(disk.path().join("spanlint.sarif")).unwrap()).unwrap();
    assert!(log["runs"][0]["results"].as_array().is_some_and(|results| results.len() >= 2));
}

#[test]
fn the_action_heeds_its_inputs() {
    let run = |variables: &[(&str, &str)]| action(service().path(), variables);
    let (_, out, outputs) = run(&[("SPANLINT_ANNOTATIONS", "false"), ("SPANLINT_SARIF", "out put.sarif")]);
    assert_eq!((out.as_str(), outputs.as_str()), ("", "sarif=out put.sarif\ncode=1\n"));
    let (_, _, outputs) = run(&[("SPANLINT_PATHS", "clean\n")]);
    assert!(outputs.ends_with("code=0\n"), "{outputs}");
    let (_, out, _) =
        run(&[("SPANLINT_PATHS", "a b\nclean"), ("SPANLINT_OPTIONS", "--select=missing-inject\n--quiet")]);
    assert!(out.contains("missing-inject") && !out.contains("missing-extract"), "{out}");
    // A run that fails fails the step, and so does a revision or a list that is not there.
    for variables in [("SPANLINT_PATHS", "--version"), ("SPANLINT_SINCE", "gone"), ("SPANLINT_BASELINE", "gone")] {
        let (code, out, outputs) = run(&[variables]);
        assert_eq!((code, outputs.as_str()), (2, ""), "{variables:?}: {out}");
    }
    let evil = "$(touch evil); `touch evil`";
    let disk = service();
    action(disk.path(), &[("SPANLINT_PATHS", evil), ("SPANLINT_OPTIONS", evil), ("SPANLINT_SINCE", evil)]);
    assert!(!disk.path().join("evil").exists(), "an input is no command");
}

#[test]
fn the_action_builds_what_it_runs_once() {
    let disk = service();
    let sources = folder(&[("Cargo.toml", "a"), ("Cargo.lock", "b"), ("src/main.rs", "c"), ("rules/go/x.toml", "d")]);
    let named = || {
        let outputs = disk.path().join("named");
        let mut script = Command::new("bash");
        script.arg(package("ci/source.sh")).env("GITHUB_OUTPUT", &outputs).env("RUNNER_TEMP", disk.path());
        assert!(script.env("SPANLINT_SOURCE", sources.path()).status().unwrap().success());
        let text = fs::read_to_string(&outputs).unwrap();
        fs::remove_file(outputs).unwrap();
        (value(&text, "root="), value(&text, "key="))
    };
    let (root, key) = named();
    assert_eq!((root.as_str(), key.len()), (disk.path().join("spanlint").to_str().unwrap(), 40));
    assert_eq!(named().1, key);
    fs::write(sources.path().join("rules/go/x.toml"), "e").unwrap();
    assert_ne!(named().1, key, "what is built of other sources is another program");

    // What a run before has left there is run: nothing here could build it.
    fs::create_dir_all(disk.path().join("spanlint/bin")).unwrap();
    let program = format!("#!/bin/sh\nexec {} \"$@\"\n", env!("CARGO_BIN_EXE_spanlint"));
    let kept = disk.path().join("spanlint/bin/spanlint");
    fs::write(&kept, program).unwrap();
    fs::set_permissions(&kept, fs::Permissions::from_mode(0o755)).unwrap();
    let temporary = disk.path().to_str().unwrap();
    let (code, out, outputs) =
        action(disk.path(), &[("PATH", "/usr/bin:/bin"), ("RUNNER_TEMP", temporary), ("SPANLINT_PATHS", "clean")]);
    assert_eq!((code, outputs.as_str()), (0, "sarif=spanlint.sarif\ncode=0\n"), "{out}");
}

#[test]
fn every_input_of_the_action_reaches_its_script() {
    let (action, script) = (read("action.yml"), read("ci/action.sh"));
    let inputs = action.split("\ninputs:\n").nth(1).unwrap().split("\noutputs:\n").next().unwrap();
    let names: Vec<&str> = inputs.lines().filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':')).collect();
    let names: Vec<&str> = names.into_iter().filter(|name| !name.starts_with(' ')).collect();
    assert!(names.len() >= 8, "{names:?}");
    for name in names {
        let variable = format!("SPANLINT_{}", name.to_uppercase());
        let is_passed = action.contains(&format!("{variable}: ${{{{ inputs.{name} }}}}")) && script.contains(&variable);
        let is_asked = action.contains(&format!("if: inputs.{name} == 'true'"));
        assert!(is_passed || is_asked, "nothing heeds `{name}`");
    }
    let commands = action.lines().filter(|line| line.contains("run:") || line.trim_start().starts_with("echo"));
    assert!(commands.clone().count() >= 2 && commands.clone().all(|line| !line.contains("${{")), "inputs in commands");
}

#[test]
fn the_hook_and_the_job_run_what_there_is() {
    let disk = service();
    let run = |command: &str| {
        let mut words = command.split(' ');
        assert_eq!(words.next(), Some("spanlint"));
        let run = crate::support::spanlint(disk.path(), &words.collect::<Vec<_>>());
        (run.code, run.out)
    };
    let git = |arguments: &[&str]| {
        let status = Command::new("git").arg("-C").arg(disk.path()).args(arguments).status().unwrap();
        assert!(status.success());
    };
    git(&["init", "-q"]);
    git(&["add", "."]);
    let hook = value(&read(".pre-commit-hooks.yaml"), "entry: ");
    let (code, out) = run(&hook);
    assert!(code == 1 && out.contains("missing-inject"), "{hook}: {out}");
    let job = value(&read("ci/gitlab.yml"), "- spanlint ");
    let job = format!("spanlint {}", job.replace("$SPANLINT_ARGUMENTS", "."));
    assert_eq!(run(&job), (1, String::new()));
    let report = fs::read_to_string(disk.path().join("gl-code-quality-report.json")).unwrap();
    let issues: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert!(issues.as_array().is_some_and(|issues| issues.len() >= 2));
    assert!(read("ci/gitlab.yml").contains("codequality: gl-code-quality-report.json"));
}

#[test]
fn the_image_is_built_by_a_profile_that_there_is() {
    let (docker, cargo) = (read("Dockerfile"), read("Cargo.toml"));
    assert!(docker.contains("--profile dist") && cargo.contains("[profile.dist]"));
    assert!(docker.contains("target/dist/spanlint") && docker.contains("target/dist/cargo-spanlint"));
}

fn read(path: &str) -> String {
    fs::read_to_string(package(path)).unwrap()
}

/// What stands after a key.
fn value(text: &str, key: &str) -> String {
    let line = text.lines().find_map(|line| line.split_once(key));
    line.unwrap_or_else(|| panic!("nothing has `{key}`")).1.to_owned()
}
