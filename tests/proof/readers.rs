//! Reports are read by those for whom they are written: reviewdog reads `rdjson`, `checkstyle` and `sarif`, and a library that
//! servers of tests are built on reads `junit`. Each must understand what `json` says.

use crate::Outcome;
use crate::process::run;
use crate::services::{copy, fixture};
use crate::toolchain::{GO, are_there};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The module with the readers, and its own folder for what they are to read.
const READERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/proof/readers");
const FORMATS: [&str; 4] = ["rdjson", "checkstyle", "sarif", "junit"];
/// Where reviewdog says what `rdjson` is.
const SCHEMA: &str = "proto/rdf/jsonschema/DiagnosticResult.json";

/// A service without tracing, in a folder with a name that every format has to write in its own way.
const UNTRACED: &str = "package main\n\nimport \"net/http\"\n\nfunc main() {\n\thttp.HandleFunc(\"/\", \
                        func(http.ResponseWriter, *http.Request) {})\n\t_ = http.ListenAndServe(\":80\", nil)\n}\n";

#[test]
fn who_is_written_for_understands() {
    if are_there(&[GO]) {
        read_reports().unwrap_or_else(|error| panic!("{error}"));
    }
}

fn read_reports() -> Outcome<()> {
    let disk = tempfile::tempdir().map_err(|error| error.to_string())?;
    let folder = &disk.path().join("services");
    copy(&fixture("services"), folder)?;
    let handler = folder.join("payment").join("handler.go");
    let text = fs::read_to_string(&handler).map_err(|error| error.to_string())?;
    let before_the_call = text.replace("resp, err := http", "/* 💶é */ resp, err := http");
    fs::write(handler, before_the_call).map_err(|error| error.to_string())?;
    let odd = folder.join("a & b <💶>, 'c'=100%");
    fs::create_dir(&odd).and_then(|()| fs::write(odd.join("main.go"), UNTRACED)).map_err(|error| error.to_string())?;

    let found: Value = serde_json::from_str(&report(folder, "json")?).map_err(|error| error.to_string())?;
    let found = found["diagnostics"].as_array().ok_or("no findings")?;
    assert_eq!(found.len(), 3, "two errors and a note: {found:#?}");
    let mut expected = String::new();
    for format in FORMATS {
        fs::write(folder.join(format), report(folder, format)?).map_err(|error| error.to_string())?;
        found.iter().for_each(|finding| expected.push_str(&understood(format, finding, folder)));
    }
    let readers = folder.join("readers");
    run(Command::new("go").args(["build", "-o"]).arg(&readers).arg(".").current_dir(READERS))?;
    assert_eq!(run(Command::new(readers).args(FORMATS).current_dir(folder))?, expected);
    obeys_schema(&fs::read_to_string(folder.join("rdjson")).map_err(|error| error.to_string())?)
}

fn report(folder: &Path, format: &str) -> Outcome<String> {
    let mut spanlint = Command::new(env!("CARGO_BIN_EXE_spanlint"));
    run(spanlint.args(["check", "--exit-zero", "--quiet", "--format", format]).current_dir(folder))
}

/// What a reader of a format prints for a finding.
fn understood(format: &str, finding: &Value, folder: &Path) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (path, start) = (text(&finding["path"]), &finding["range"]["start"]);
    let source = fs::read_to_string(folder.join(&path)).unwrap_or_default();
    let (line, column) = (start["line"].as_u64().unwrap_or(0) as usize, start["column"].as_u64().unwrap_or(0) as usize);
    let before = source.lines().nth(line - 1).and_then(|line| line.get(..column - 1)).unwrap_or_default();
    let (is_note, is_sarif) = (finding["severity"] == "note", format == "sarif");
    let severity = match format {
        "junit" if is_note => "skipped",
        "junit" => "failed",
        _ if is_note => "INFO",
        _ => "ERROR",
    };
    let column = if is_sarif { before.encode_utf16().count() + 1 } else { column };
    let prefix = if format == "checkstyle" { "spanlint." } else { "" };
    let (check, message) = (text(&finding["check"]), text(&finding["message"]));
    format!("{format}\t{prefix}{check}\t{path}:{line}:{column}\t{severity}\t{message}\n")
}

fn obeys_schema(rdjson: &str) -> Outcome<()> {
    let mut go = Command::new("go");
    let folder = run(go.args(["list", "-m", "-f", "{{.Dir}}", "github.com/reviewdog/reviewdog"]).current_dir(READERS))?;
    let schema = fs::read_to_string(Path::new(folder.trim()).join(SCHEMA)).map_err(|error| error.to_string())?;
    let schema: Value = serde_json::from_str(&schema).map_err(|error| error.to_string())?;
    let validator = jsonschema::validator_for(&schema).map_err(|error| error.to_string())?;
    let mut report: Value = serde_json::from_str(rdjson).map_err(|error| error.to_string())?;
    if let Some(error) = validator.iter_errors(&report).next() {
        return Err(format!("{}: {error}", error.instance_path()));
    }
    // The schema is asked in earnest.
    report["diagnostics"][0]["severity"] = "FATAL".into();
    assert!(!validator.is_valid(&report));
    Ok(())
}
