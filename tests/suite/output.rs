//! Every format over one report made by hand.

use crate::support::{golden, package, spanlint};
use spanlint::diagnostic::{Allowed, AllowedBy, Confidence, Diagnostic, Label, Notice, Severity};
use spanlint::engine::Report;
use spanlint::fix::{Applicability, Edit, Fix};
use spanlint::output::{FORMATS, Format, RenderOptions, render};
use spanlint::text::{FileId, FileRange, Language, SourceFile, TextRange};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

const CLIENT: &str = r#"package payment

import "net/http"

// currency is shared by all handlers.
var currency = &http.Client{Timeout: timeout}

func prices(url string) (*http.Response, error) {
	return currency.Get(url)
}

func rates(base, first, second, third string) (*http.Response, error) {
	return currency.Get("http://currency.service.consul:9091/rates/latest?base=" + base + "&symbols=" + first + "," + second + "," + third)
}
"#;

const HANDLER: &str = r#"package payment

import (
	"net/http"

	"github.com/opentracing/opentracing-go"
)

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	span := opentracing.StartSpan("handle_request")
	defer span.Finish()

	greet("💶🧾", r); convert(span, w)
}

func convert(span opentracing.Span, w http.ResponseWriter) {
	req, err := http.NewRequest("GET", upstream(), nil)
	if err != nil {
		w.WriteHeader(500)
		return
	}

	resp, err := http.DefaultClient.Do(
		req,
	)
	report(w, resp, err)
}
"#;

/// Two files; a witness of three steps over both; fixes of all three sorts; an emoji before a range; a range of several lines;
/// a line too long; findings with one cause; a file that could not be read.
fn report() -> Report {
    let files = vec![
        SourceFile::new("payment/client.go", Language::new("go"), CLIENT),
        SourceFile::new("payment/handler.go", Language::new("go"), HANDLER),
    ];
    let at = |file: u32, code: &str| {
        let text = &files[file as usize].text;
        let start = text.find(code).unwrap_or_else(|| panic!("{code} is in the file")) as u32;
        FileRange { file: FileId(file), range: TextRange::new(start, start + code.len() as u32) }
    };
    let insert = |file: u32, before: &str, text: &str| {
        let place = at(file, before);
        let at = FileRange { file: place.file, range: TextRange::empty(place.range.start) };
        Edit { at, text: text.to_owned() }
    };
    let label = |at: FileRange, text: &str| Label { at, text: text.to_owned() };
    let arrives = at(1, "r *http.Request");
    let fresh = at(1, "opentracing.StartSpan(\"handle_request\")");
    let shared = at(0, "&http.Client{Timeout: timeout}");
    let bare = |code: &str| Diagnostic {
        check: "missing-inject",
        severity: Severity::Error,
        confidence: Confidence::Medium,
        message: "request leaves through a client that injects nothing".to_owned(),
        help: "the service called starts a trace of its own; give the client a transport that injects the current \
               context"
            .to_owned(),
        at: at(0, code),
        labels: vec![label(shared, "this client has no instrumented transport"), label(at(0, code), "leaves here")],
        cause: Some(shared),
        fixes: vec![Fix {
            declares: Vec::new(),
            title: "wrap the client's transport".to_owned(),
            applicability: Applicability::Unsafe,
            edits: vec![insert(0, "Timeout: timeout", "Transport: otelhttp.NewTransport(nil), ")],
        }],
        fingerprint: 0,
    };
    let diagnostics =
        vec![
        bare("currency.Get(url)"),
        bare("currency.Get(\"http"),
        Diagnostic {
            check: "missing-extract",
            severity: Severity::Error,
            confidence: Confidence::High,
            message: "`ServeHTTP` starts a root span although its caller sends trace context".to_owned(),
            help:
                "the caller's trace ends here and a new one begins; extract the context from `r.Header` and use it as \
                   the span's parent"
                    .to_owned(),
            at: fresh,
            labels: vec![
                label(arrives, "the caller's context arrives here"),
                label(fresh, "this span has no parent"),
                label(at(0, "+ third"), "so what leaves here belongs to another trace than the caller's"),
            ],
            cause: None,
            fixes: vec![Fix { declares: Vec::new(),
                title: "extract the caller's context and make it the span's parent".to_owned(),
                applicability: Applicability::Safe,
                edits: vec![
                    insert(1, "\tspan :=", "\twireContext, _ := extract(r)\n"),
                    insert(1, ")\n\tdefer", ", ext.RPCServerOption(wireContext)"),
                ],
            }],
            fingerprint: 0,
        },
        Diagnostic {
            check: "detached-context",
            severity: Severity::Warning,
            confidence: Confidence::High,
            message: "`convert` is called without the request's context".to_owned(),
            help: String::new(),
            at: at(1, "convert(span, w)\n}"),
            labels: vec![],
            cause: None,
            fixes: vec![],
            fingerprint: 0,
        },
        Diagnostic {
            check: "late-inject",
            severity: Severity::Note,
            confidence: Confidence::Low,
            message: "the request may leave before anything is injected".to_owned(),
            help: "inject before the send".to_owned(),
            at: at(1, "http.DefaultClient.Do(\n\t\treq,\n\t)"),
            labels: vec![
                label(at(1, "req, err"), "the request is made here"),
                label(at(1, "http.DefaultClient.Do(\n\t\treq,\n\t)"), "it leaves here"),
            ],
            cause: None,
            fixes: vec![Fix { declares: Vec::new(),
                title: "move the inject before the send".to_owned(),
                applicability: Applicability::DisplayOnly,
                edits: vec![],
            }],
            fingerprint: 0,
        },
    ];
    let notices = vec![Notice {
        severity: Severity::Warning,
        path: "payment/logo.go".to_owned(),
        position: None,
        message: "byte 3 of this file is not UTF-8; expected source text in UTF-8; not checked".to_owned(),
    }];
    let mut report = Report { files, diagnostics, notices, checked: 14, ..Report::default() };
    let name = |(index, diagnostic): (usize, &mut Diagnostic)| diagnostic.fingerprint = 0x5eed + index as u64;
    report.diagnostics.iter_mut().enumerate().for_each(name);
    report
}

/// The same, with findings that a comment and a list allow.
fn report_with_allowed() -> Report {
    let mut report = report();
    let allowed = |by: AllowedBy, diagnostic: &Diagnostic| Allowed { diagnostic: diagnostic.clone(), by };
    report.allowed = vec![
        allowed(AllowedBy::Comment("the partner takes no headers".to_owned()), &report.diagnostics[0]),
        allowed(AllowedBy::Baseline, &report.diagnostics[3]),
    ];
    report
}

fn rendered(report: &Report, format: Format, options: &RenderOptions) -> String {
    let mut bytes = Vec::new();
    render(report, format, options, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn every_format_has_its_golden_file() {
    for (name, format) in FORMATS {
        let ending = match format {
            Format::Json | Format::Sarif | Format::Gitlab | Format::Rdjson => "json",
            Format::Jsonl => "jsonl",
            Format::Junit | Format::Checkstyle => "xml",
            Format::Terminal | Format::Concise | Format::Github => "txt",
        };
        let options = RenderOptions { statistics: true, allowed: true, ..RenderOptions::default() };
        golden(&format!("tests/golden/output/{name}.{ending}"), &rendered(&report_with_allowed(), *format, &options));
    }
}

fn json_of(report: &Report, format: Format, options: &RenderOptions) -> serde_json::Value {
    serde_json::from_str(&rendered(report, format, options)).unwrap()
}

/// What a schema has against a document.
fn faults(schema: &str, document: &serde_json::Value) -> Vec<String> {
    let schema = fs::read_to_string(package("tests/schemas").join(schema)).unwrap();
    let validator = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

fn faults_of_sarif(log: &serde_json::Value) -> Vec<String> {
    faults("sarif-2.1.0.json", log)
}

#[test]
fn sarif_obeys_its_schema() {
    let with_allowed = RenderOptions { allowed: true, ..RenderOptions::default() };
    for report in [report_with_allowed(), Report::default()] {
        for options in [RenderOptions::default(), with_allowed.clone()] {
            assert_eq!(faults_of_sarif(&json_of(&report, Format::Sarif, &options)), [""; 0]);
        }
    }
    let run = spanlint(&package("."), &["fixtures/services", "--format", "sarif", "--min-confidence", "low"]);
    let log: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(faults_of_sarif(&log), [""; 0]);
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert!(results.len() >= 2, "{results:?}");
    for result in results {
        let steps = &result["codeFlows"][0]["threadFlows"][0]["locations"];
        assert!(steps.as_array().is_some_and(|steps| steps.len() > 1), "no way through the code: {result:#}");
    }
    // The schema is asked in earnest.
    let mut broken = log.clone();
    broken["runs"][0]["results"][0]["level"] = "fatal".into();
    assert_eq!(faults_of_sarif(&broken).len(), 1);
}

#[test]
fn github_shows_what_each_rule_is() {
    let log = json_of(&report(), Format::Sarif, &RenderOptions::default());
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    for rule in rules {
        // Code scanning asks for these, and cuts longer texts.
        for (key, most) in [("shortDescription", 1024), ("fullDescription", 1024)] {
            let text = rule[key]["text"].as_str().unwrap_or_default();
            assert!((20..=most).contains(&text.len()), "{key} of {}: {text}", rule["id"]);
        }
        let (short, full) = (&rule["shortDescription"]["text"], &rule["fullDescription"]["text"]);
        assert!(full.as_str().unwrap().len() > short.as_str().unwrap().len() + 40, "{full}");
        assert!(rule["name"].as_str().is_some_and(|name| name.len() <= 255));
    }
}

#[test]
fn gitlab_takes_every_issue() {
    let run = spanlint(&package("."), &["fixtures/services", "--format", "gitlab", "--min-confidence", "low"]);
    let found: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    for issues in [json_of(&report(), Format::Gitlab, &RenderOptions::default()), found] {
        assert_eq!(faults("gitlab-codequality.json", &issues), [""; 0]);
        let issues = issues.as_array().unwrap();
        let names: BTreeSet<&str> = issues.iter().map(|issue| issue["fingerprint"].as_str().unwrap()).collect();
        assert!(issues.len() >= 2 && names.len() == issues.len(), "of equal names one is shown: {names:?}");
    }
    let mut broken = json_of(&report(), Format::Gitlab, &RenderOptions::default());
    broken[0]["location"]["lines"]["begin"] = "9".into();
    assert_eq!(faults("gitlab-codequality.json", &broken).len(), 1);
}

/// A command as GitHub's runner reads it (`ActionCommand.TryParseV2` in its sources): its name, its properties, its text.
fn command(line: &str) -> Option<(&str, BTreeMap<&str, String>, String)> {
    let read =
        |text: &str, marks: &[(&str, &str)]| marks.iter().fold(text.to_owned(), |it, (is, was)| it.replace(is, was));
    let (ends, last) = ([("%0D", "\r"), ("%0A", "\n")], [("%25", "%")]);
    let (head, text) = line.trim_start().strip_prefix("::")?.split_once("::")?;
    let (name, properties) = head.split_once(' ').unwrap_or((head, ""));
    let marks = [&ends[..], &[("%3A", ":"), ("%2C", ",")], &last].concat();
    let pairs = properties.trim().split(',').filter_map(|property| property.split_once('='));
    let properties = pairs.map(|(key, value)| (key, read(value, &marks))).collect();
    Some((name, properties, read(text, &[&ends[..], &last].concat())))
}

#[test]
fn github_reads_what_was_found() {
    let mut report = report();
    report.files[1] = SourceFile::new("a,b=c::d 100%/handler.go", Language::new("go"), HANDLER);
    report.diagnostics[0].message = "50% of `a::b`, at 12:30%0A".to_owned();
    let text = rendered(&report, Format::Github, &RenderOptions::default());
    let commands: Vec<_> = text.lines().map(|line| command(line).unwrap_or_else(|| panic!("{line}"))).collect();
    assert_eq!(commands.len(), report.diagnostics.len() + report.notices.len());
    for ((name, properties, text), found) in commands.iter().zip(&report.diagnostics) {
        let file = &report.files[found.at.file.0 as usize];
        let line = |offset: u32| (file.lines.position(offset).line + 1).to_string();
        let (start, end) = (line(found.at.range.start), line(found.at.range.end));
        let expected = match found.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        assert_eq!((*name, &properties["title"]), (expected, &format!("spanlint ({})", found.check)));
        assert_eq!(properties["file"], *file.path);
        assert_eq!((&properties["line"], &properties["endLine"]), (&start, &end));
        // The runner takes no columns where lines differ.
        assert_eq!(properties.contains_key("col"), start == end);
        assert_eq!(*text, format!("{}\n{}", found.message, found.help).trim_end());
    }
}

#[test]
fn sarif_holds_what_is_allowed_only_if_asked() {
    let report = report_with_allowed();
    let results = |allowed: bool| {
        let log = json_of(&report, Format::Sarif, &RenderOptions { allowed, ..RenderOptions::default() });
        log["runs"][0]["results"].as_array().unwrap().clone()
    };
    let (usual, all) = (results(false), results(true));
    assert_eq!((usual.len(), all.len()), (5, 7));
    assert!(usual.iter().all(|result| result.get("suppressions").is_none()));
    let kinds: Vec<_> =
        all.iter().map(|it| it["suppressions"].as_array().unwrap().iter().map(|it| &it["kind"])).collect();
    let kinds: Vec<String> = kinds.into_iter().map(|it| it.map(ToString::to_string).collect()).collect();
    assert_eq!(kinds, ["", "", "", "", "", "\"inSource\"", "\"external\""]);
}

#[test]
fn sarif_counts_columns_in_utf16_and_bytes_elsewhere() {
    let log = json_of(&report(), Format::Sarif, &RenderOptions::default());
    // Each of two emojis before it is two units of UTF-16 and four bytes.
    let region = &log["runs"][0]["results"][3]["locations"][0]["physicalLocation"]["region"];
    assert_eq!((&region["startLine"], &region["startColumn"]), (&13.into(), &20.into()));
    let rdjson = json_of(&report(), Format::Rdjson, &RenderOptions::default());
    let start = &rdjson["diagnostics"][3]["location"]["range"]["start"];
    assert_eq!((&start["line"], &start["column"]), (&13.into(), &24.into()));
}

#[test]
fn each_line_of_jsonl_is_a_document() {
    let text = rendered(&report(), Format::Jsonl, &RenderOptions::default());
    let types = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["type"].to_string());
    let types: Vec<String> = types.collect();
    assert_eq!(
        types.join(" ").replace('"', ""),
        "diagnostic diagnostic diagnostic diagnostic diagnostic notice summary"
    );
}

#[test]
fn a_clean_run_is_no_empty_report() {
    let junit = rendered(&Report::default(), Format::Junit, &RenderOptions::default());
    assert!(junit.contains("tests=\"1\" failures=\"0\" errors=\"0\""), "{junit}");
    assert_eq!(rendered(&Report::default(), Format::Gitlab, &RenderOptions::default()), "[]\n");
    assert_eq!(rendered(&Report::default(), Format::Github, &RenderOptions::default()), "");
}

#[test]
fn nobody_can_write_commands_into_a_workflow() {
    let mut report = report();
    report.diagnostics[0].message = "first\n::error::second\r\n::stop-commands::x".to_owned();
    report.files[0] = SourceFile::new("a,line=1::b\n::error::c.go", Language::new("go"), CLIENT);
    let text = rendered(&report, Format::Github, &RenderOptions::default());
    assert_eq!(text.lines().count(), report.diagnostics.len() + report.notices.len());
    assert!(
        text.starts_with(
            "::error title=spanlint (missing-inject),file=a%2Cline=1%3A%3Ab%0A%3A%3Aerror%3A%3Ac.go,line=9,"
        )
    );
}

#[test]
fn the_terminal_format_goes_without_unicode_and_with_colours() {
    let ascii = RenderOptions { unicode: false, ..RenderOptions::default() };
    golden("tests/golden/output/terminal_ascii.txt", &rendered(&report(), Format::Terminal, &ascii));
    let color = RenderOptions { color: true, ..RenderOptions::default() };
    golden("tests/golden/output/terminal_color.txt", &rendered(&report(), Format::Terminal, &color));
}

#[test]
fn places_are_links_where_they_can_be_followed() {
    let links = Some("file:///home/a%20b/".to_owned());
    let text = rendered(&report(), Format::Terminal, &RenderOptions { links, ..RenderOptions::default() });
    let link = |path: &str, place: &str| {
        format!("\u{1b}]8;;file:///home/a%20b/{path}\u{1b}\\{path}:{place}\u{1b}]8;;\u{1b}\\")
    };
    assert!(text.contains(&link("payment/client.go", "9:9")), "{text}");
    assert!(text.contains(&format!("        {}\n", link("payment/client.go", "13:9"))), "{text}");
    let plain = rendered(&report(), Format::Terminal, &RenderOptions::default());
    assert!(!plain.contains("\u{1b}]8"));
}

#[test]
fn without_color_no_line_is_wider_than_asked_for() {
    for width in [60, 80, 100] {
        let text = rendered(&report(), Format::Terminal, &RenderOptions { width, ..RenderOptions::default() });
        assert!(!text.contains('\u{1b}'));
        for line in text.lines() {
            // An emoji takes two columns.
            let columns = line.chars().count() + line.matches(['💶', '🧾']).count();
            assert!(columns <= width, "{columns} columns instead of {width}:\n{line}");
        }
    }
}

#[test]
fn json_has_the_promised_shape() {
    let text = rendered(&report(), Format::Json, &RenderOptions { fixed: Some(3), ..RenderOptions::default() });
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["version"], 1);
    assert_eq!(document["summary"]["fixed"], 3);
    for diagnostic in document["diagnostics"].as_array().unwrap() {
        let mut keys: Vec<&str> = diagnostic.as_object().unwrap().keys().map(String::as_str).collect();
        keys.sort_unstable();
        let expected = "cause check confidence fingerprint fixes help labels message path range severity";
        assert_eq!(keys.join(" "), expected);
        let start = &diagnostic["range"]["start"];
        assert!(start["line"].as_u64() >= Some(1) && start["column"].as_u64() >= Some(1) && start["byte"].is_u64());
    }
    // The emojis before it take four bytes each, and the columns count bytes.
    let after_emoji = &document["diagnostics"][3]["range"]["start"];
    assert_eq!((&after_emoji["line"], &after_emoji["column"]), (&13.into(), &24.into()));
}

#[test]
fn places_outside_the_text_are_drawn_without_a_panic() {
    let mut report = report();
    for (start, end) in [(0, 0), (5, 5), (9_999, 10_000), (3, 2), (0, 9_999)] {
        for file in [0, 1, 7] {
            let at = FileRange { file: FileId(file), range: TextRange { start, end } };
            report.diagnostics[2].at = at;
            report.diagnostics[2].labels[0].at = at;
            for (_, format) in FORMATS {
                rendered(&report, *format, &RenderOptions::default());
            }
        }
    }
    report.files[0] = SourceFile::new("payment/client.go", Language::new("go"), "");
    rendered(&report, Format::Terminal, &RenderOptions::default());
}

#[test]
fn sources_can_not_steer_the_terminal() {
    let mut report = report();
    let hostile = HANDLER.replace("handle_request", "\u{1b}[31m\u{202e}\u{7}");
    report.files[1] = SourceFile::new("payment/\u{1b}]0;x\u{7}.go", Language::new("go"), hostile);
    report.diagnostics[2].message = "uses `\u{1b}[2J`".to_owned();
    // The others are read by programs, which need the sources as they are.
    let seen = [Format::Terminal, Format::Concise, Format::Github, Format::Junit, Format::Checkstyle];
    for format in seen {
        let text = rendered(&report, format, &RenderOptions::default());
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{7}']), "{text:?}");
    }
}

#[test]
fn of_a_line_of_megabytes_only_the_marked_part_is_shown() {
    let mut report = report();
    let (before, after) = ("é\t💶 ".repeat(200_000), "x".repeat(2_000_000));
    let text = format!("{before}call(){after}\n{before}\n");
    report.files[1] = SourceFile::new("payment/handler.go", Language::new("go"), text);
    let start = before.len() as u32;
    report.diagnostics.truncate(3);
    let at = FileRange { file: FileId(1), range: TextRange::new(start, start + 6) };
    report.diagnostics[2].at = at;
    report.diagnostics[2].labels = vec![Label { at, text: "here".to_owned() }];
    let text = rendered(&report, Format::Terminal, &RenderOptions::default());
    let line = text.lines().find(|line| line.contains("call()")).expect("the marked code is shown");
    assert!(line.starts_with(" 1 │ …") && line.ends_with("xxx…"), "{line}");
    assert!(text.lines().all(|line| line.chars().count() <= 80));
    assert!(text.contains(&format!("[payment/handler.go:1:{}]", start + 1)), "{text}");
}
