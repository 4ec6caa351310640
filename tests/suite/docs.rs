//! Pages and tables that people read, against the code they speak of.

use crate::support::{cargo_spanlint, golden, package, spanlint};
use spanlint::checks;
use spanlint::fix::Applicability;
use spanlint::lang;
use spanlint::output::page;
use std::collections::BTreeSet;
use std::fs;

/// What every check's page must answer.
const SECTIONS: [&str; 4] = ["What it finds", "Why it matters", "How to fix", "When it is wrong"];

#[test]
fn readme_is_up_to_date() {
    let readme = fs::read_to_string(package("README.md")).unwrap();
    let readme = between_markers(&readme, "checks", &table_of_checks());
    let readme = between_markers(&readme, "options", &options_of_check());
    golden("README.md", &between_markers(&readme, "cargo options", &package_options_of_cargo()));
}

fn table_of_checks() -> String {
    let mut table = "| check | default | fix | finds |\n|---|---|---|---|\n".to_owned();
    for check in checks::ALL {
        let fix = match check.fix {
            Some(Applicability::Safe) => "`--fix`",
            Some(Applicability::Unsafe) => "`--unsafe-fixes`",
            Some(Applicability::DisplayOnly) => "shown",
            None => "",
        };
        table += &format!("| `{}` | {} | {fix} | {} |\n", check.id, check.severity.word(), check.summary());
    }
    table
}

fn options_of_check() -> String {
    let run = spanlint(&package("."), &["check", "--help"]);
    let options: Vec<&str> = run.out.lines().skip_while(|line| *line != "Options:").skip(1).collect();
    format!("```text\n{}\n```\n", options.join("\n").trim_end())
}

/// What `cargo spanlint` takes besides.
fn package_options_of_cargo() -> String {
    let run = cargo_spanlint(&package("."), &["--help"]);
    let options = run.out.lines().skip_while(|line| *line != "Packages:").skip(1);
    let options: Vec<&str> = options.take_while(|line| !line.starts_with("Without `--package`")).collect();
    format!("```text\n{}\n```\n", options.join("\n").trim_end())
}

#[test]
fn every_check_has_a_whole_page() {
    let mut faults = Vec::new();
    for check in checks::ALL {
        let headings: Vec<&str> = check.doc.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        for section in SECTIONS.iter().filter(|section| !headings.contains(section)) {
            faults.push(format!("the page of `{}` lacks the section \"{section}\"", check.id));
        }
        let title = check.doc.lines().next().unwrap_or_default();
        if title.trim_start_matches("# ").trim_matches('`') != check.id {
            faults.push(format!("the page of `{}` must have the id as its title, not \"{title}\"", check.id));
        }
        if check.summary().is_empty() || check.summary().contains('|') {
            faults
                .push(format!("the first paragraph of the page of `{}` must be a summary that fits a table", check.id));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_check_is_in_the_list_once() {
    let ids: Vec<&str> = checks::ALL.iter().map(|check| check.id).collect();
    let unique: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), unique.len(), "ids of checks must differ: {ids:?}");
    let pages: BTreeSet<String> = fs::read_dir(package("src/checks"))
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().unwrap().strip_suffix(".md").map(str::to_owned))
        .map(|name| name.replace('_', "-"))
        .collect();
    let ids: BTreeSet<String> = ids.into_iter().map(str::to_owned).collect();
    assert_eq!(ids, pages, "checks in `checks::ALL` and pages `src/checks/*.md` differ");
}

#[test]
fn pages_are_readable_in_a_terminal() {
    for check in checks::ALL {
        let text = page(check.doc, 80);
        for section in SECTIONS {
            assert!(text.contains(&format!("\n{section}\n---")), "`explain {}` lacks \"{section}\"", check.id);
        }
        assert!(!text.contains("```"), "`explain {}` shows a code fence", check.id);
    }
}

#[test]
fn examples_of_pages_can_be_read() {
    let mut read = 0;
    for check in checks::ALL {
        for block in check.doc.split("\n```").skip(1).step_by(2) {
            let (language, code) = block.split_once('\n').unwrap();
            let (ending, shapes) = match language {
                "go" => ("a.go", ["package a\n\nfunc a() {\n", "package a\n\n"]),
                "rust" => ("a.rs", ["async fn a() {\n", ""]),
                other => panic!("`{}` has an example in `{other}`", check.id),
            };
            let lower = lang::lowering(ending).unwrap();
            let is_whole = |start: &str| {
                let end = if start.ends_with("{\n") { "\n}\n" } else { "\n" };
                lower(&format!("{start}{code}{end}"), &[]).problems.is_empty()
            };
            assert!(shapes.iter().any(|start| is_whole(start)), "`{}` has an example with a fault:\n{code}", check.id);
            read += 1;
        }
    }
    assert!(read >= 2 * checks::ALL.len(), "{read}");
}

#[test]
fn markdown_is_set_as_plain_text() {
    let markdown = "# one\n\nA paragraph\nin two lines that is long.\n\n## Two\n- first\n  goes on and on\n- second\n\n\
                    ```go\nx := \"a line of code that is not wrapped\"\n```\n\n| a | b |\n|---|---|\n";
    let expected = "one\n===\n\nA paragraph in two\nlines that is long.\n\nTwo\n---\n- first goes on and\n  on\n- second\n\
                    \n    x := \"a line of code that is not wrapped\"\n\n| a | b |\n|---|---|\n";
    assert_eq!(page(markdown, 20), expected);
}

/// A page with the text between `<!-- name -->` and `<!-- /name -->` replaced.
fn between_markers(page: &str, name: &str, text: &str) -> String {
    let (start, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->\n"));
    let (before, rest) = page.split_once(&start).unwrap_or_else(|| panic!("the page has no line {start}"));
    let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("the page has no line {end}"));
    format!("{before}{start}\n{text}\n{end}{after}")
}
