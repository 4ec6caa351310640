//! What findings are called: the same before and after edits that have nothing to do with them.

use crate::support::{folder, spanlint};
use std::collections::BTreeSet;

const SERVICE: &str = r#"package main

import (
	"net/http"

	"go.opentelemetry.io/otel"
)

func main() {
	http.HandleFunc("/", serve)
	_ = http.ListenAndServe(":80", nil)
}

func serve(w http.ResponseWriter, r *http.Request) {
	_, span := otel.Tracer("a").Start(r.Context(), "serve")
	defer span.End()
	req, _ := http.NewRequest("GET", "http://b", nil)
	_, _ = http.DefaultClient.Do(req)
	_, _ = http.DefaultClient.Do(req)
	// spanlint: allow(missing-inject): the partner takes no headers
	_, _ = http.DefaultClient.Do(req)
}
"#;

/// `check fingerprint` of each finding, in order.
fn fingerprints(text: &str) -> Vec<String> {
    let disk = folder(&[("go.mod", "module example.com/a\n"), ("main.go", text)]);
    let run = spanlint(disk.path(), &["--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    let name = |it: &serde_json::Value| format!("{} {}", it["check"], it["fingerprint"]);
    document["diagnostics"].as_array().unwrap().iter().map(name).collect()
}

#[test]
fn equal_findings_have_names_of_their_own() {
    let all = fingerprints(SERVICE);
    let different: BTreeSet<&String> = all.iter().collect();
    assert!(all.len() > 2 && different.len() == all.len(), "{all:#?}");
}

#[test]
fn names_outlive_moved_code_renamed_variables_and_blanks() {
    let before = fingerprints(SERVICE);
    let moved = SERVICE.replace("func main()", "// More.\n\nvar more = 1\n\nfunc main()");
    assert_eq!(fingerprints(&moved), before);
    assert_eq!(
        fingerprints(
            &SERVICE
                .replace("req", "request")
                .replace(", span", ", own")
                .replace("span.End", "own.End")
                .replace("(r.", "( r.")
        ),
        before
    );
}

#[test]
fn names_do_not_change_with_what_is_allowed() {
    let before = fingerprints(SERVICE);
    let reason = "\t// spanlint: allow(missing-inject): the partner takes no headers\n";
    let first_allowed = SERVICE.replace(reason, "").replacen("\t_, _ = http.D", &format!("{reason}\t_, _ = http.D"), 1);
    let after = fingerprints(&first_allowed);
    assert_eq!(before.len(), after.len());
    let common = before.iter().filter(|name| after.contains(name)).count();
    assert_eq!(common, before.len() - 1, "the second keeps its name:\n{before:#?}\n{after:#?}");
}

#[test]
fn another_place_has_another_name() {
    let before = fingerprints(SERVICE);
    let elsewhere = fingerprints(&SERVICE.replace("serve", "answer"));
    assert!(before.iter().all(|name| !elsewhere.contains(name)), "{before:#?}\n{elsewhere:#?}");
}
