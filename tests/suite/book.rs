//! The book in `docs/`: pages that are generated, and every command and example of the others, run.
//!
//! In a page, ```` ```console ```` holds commands after `$ ` with what they print; `UPDATE=1` renews that. ```` ```sh ````
//! holds commands that must work. ```` ```toml ```` is a configuration, or a model if it has a `summary`.

use crate::model_pages::page_of;
use crate::support::{files_below, folder, golden, package};
use spanlint::checks;
use spanlint::config;
use spanlint::lang;
use spanlint::model::load::load;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// Commands of pages that need more than this program and git: a toolchain, a pager, an editor that speaks to it.
const NOT_RUN: [&str; 5] = ["cargo run", "cargo test", "cargo bench", "spanlint lsp", "spanlint man"];

#[test]
fn generated_pages_are_up_to_date() {
    let mut index = "# Checks\n\n| check | default | finds |\n|---|---|---|\n".to_owned();
    for check in checks::ALL {
        let (id, file) = (check.id, check.id.replace('-', "_"));
        index += &format!("| [`{id}`]({id}.md) | {} | {} |\n", check.severity.word(), check.summary());
        golden(&format!("docs/src/checks/{id}.md"), &format!("{{{{#include ../../../src/checks/{file}.md}}}}\n"));
    }
    golden("docs/src/checks/index.md", &index);
    let mut libraries = "# Libraries\n\nWhat is known of libraries: each symbol with what a value of it is, \
                         or what a call of it does to trace context. What is not listed is unknown, and what is unknown is not \
                         reported.\n\n"
        .to_owned();
    let mut pages = BTreeSet::from(["index.md".to_owned()]);
    for Models { language, name, all } in models() {
        libraries += &format!("## {name}\n\n");
        for (file, model) in all {
            let page = format!("{language}/{file}.md");
            let summary = model["summary"].as_str().unwrap();
            let summary = summary.strip_prefix(&format!("{file}: ")).unwrap_or(summary);
            libraries += &format!("- [{file}]({page}): {summary}\n");
            golden(&format!("docs/src/libraries/{page}"), &page_of(&file, &model));
            pages.insert(page);
        }
        libraries.push('\n');
    }
    golden("docs/src/libraries/index.md", &libraries);
    let there: BTreeSet<String> =
        files_below(&package("docs/src/libraries")).into_iter().map(|(name, _)| name).collect();
    assert_eq!(there, pages, "pages without a model are to be deleted");
    golden("docs/src/model-format.md", "{{#include ../../rules/README.md}}\n");
    golden("docs/src/SUMMARY.md", &summary());
}

fn summary() -> String {
    let mut text = "# Summary\n\n[spanlint](introduction.md)\n\n- [Getting started](getting-started.md)\n- [Old code](adopting.md)\n\
                    - [Configuration](configuration.md)\n- [In your editor](editors.md)\n- [In CI](ci.md)\n- [Checks](checks/index.md)\n"
        .to_owned();
    for check in checks::ALL {
        text += &format!("  - [{0}](checks/{0}.md)\n", check.id);
    }
    text += "- [Libraries](libraries/index.md)\n";
    for Models { language, name, all } in models() {
        for (file, _) in all {
            text += &format!("  - [{name}: {file}](libraries/{language}/{file}.md)\n");
        }
    }
    text + "- [Models of your own libraries](writing-models.md)\n  - [The format of models](model-format.md)\n- [How it decides](how-it-decides.md)\n- [Limits](limits.md)\n"
}

/// The models of a language by name.
struct Models {
    language: &'static str,
    name: &'static str,
    all: Vec<(String, toml::Table)>,
}

fn models() -> Vec<Models> {
    let read = |(file, path): (String, PathBuf)| {
        (file.trim_end_matches(".toml").to_owned(), fs::read_to_string(path).unwrap().parse().unwrap())
    };
    let of_language = |frontend: &lang::Frontend| {
        let language = frontend.language.id();
        let files = files_below(&package(&format!("rules/{language}")));
        Models { language, name: frontend.name, all: files.into_iter().map(read).collect() }
    };
    lang::ALL.iter().map(of_language).collect()
}

/// The page with a row for each input of the action.
fn with_inputs(page: &str) -> String {
    let action = fs::read_to_string(package("action.yml")).unwrap();
    let inputs = action.split("\ninputs:\n").nth(1).unwrap().split("\noutputs:\n").next().unwrap();
    let (mut rows, mut name, mut description) = (String::new(), "", "");
    for line in inputs.lines() {
        if let Some(input) = line.strip_prefix("  ").filter(|it| !it.starts_with(' ')) {
            name = input.trim_end_matches(':');
        } else if let Some(text) = line.trim().strip_prefix("description: ") {
            description = text;
        } else if let Some(default) = line.trim().strip_prefix("default: ") {
            rows += &format!("| `{name}` | {description} | `{default}` |\n").replace("`\"\"`", "").replace("\"", "");
        }
    }
    let (before, rest) = page.split_once("| input | means | default |\n|---|---|---|\n").unwrap();
    let after = rest.trim_start_matches("<!-- action inputs -->\n").lines().skip_while(|line| line.starts_with("| `"));
    let after: String = after.map(|line| format!("{line}\n")).collect();
    format!("{before}| input | means | default |\n|---|---|---|\n{rows}{after}")
}

#[test]
fn every_command_and_example_of_the_book_works() {
    for (name, path) in files_below(&package("docs/src")) {
        if name.ends_with(".md") && !name.contains('/') {
            let page = fs::read_to_string(&path).unwrap();
            let page = if name == "ci.md" { with_inputs(&page) } else { page };
            golden(&format!("docs/src/{name}"), &run_page(&name, &page));
        }
    }
}

#[test]
fn every_command_of_the_readme_works() {
    let page = fs::read_to_string(package("README.md")).unwrap();
    assert_eq!(run_page("README.md", &page), page);
}

#[test]
fn links_of_the_book_lead_somewhere() {
    for (name, path) in files_below(&package("docs/src")).into_iter().filter(|(name, _)| name.ends_with(".md")) {
        let page = fs::read_to_string(&path).unwrap();
        let included = page.split("{{#include ").skip(1).filter_map(|rest| rest.split("}}").next());
        for file in included {
            assert!(path.parent().unwrap().join(file).exists(), "{name}: nothing lies at {file}");
        }
        for target in page.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap();
            let is_outside = file.is_empty() || file.contains("://") || file.contains(char::is_whitespace);
            let found = is_outside || path.parent().unwrap().join(file).exists();
            let must_lie_here = [".md", ".svg", ".png"].iter().any(|ending| file.ends_with(ending));
            assert!(found || !must_lie_here, "{name}: nothing lies at {target}");
        }
    }
}

/// The page with what its commands print now.
fn run_page(name: &str, page: &str) -> String {
    let disk = services();
    let (mut out, mut fence, mut block) = (String::new(), None::<&str>, String::new());
    for line in page.lines() {
        match (fence, line.strip_prefix("```")) {
            (None, Some(language)) => {
                fence = Some(language);
                out += &format!("{line}\n");
            }
            (Some(language), Some("")) => {
                out += &run_block(name, language, &block, &disk);
                out += "```\n";
                (fence, block) = (None, String::new());
            }
            (Some(_), _) => block += &format!("{line}\n"),
            (None, None) => out += &format!("{line}\n"),
        }
    }
    out
}

fn run_block(page: &str, language: &str, block: &str, disk: &TempDir) -> String {
    match language {
        "console" => {
            return block.lines().filter_map(|line| line.strip_prefix("$ ")).map(|it| shown(it, disk)).collect();
        }
        "sh" => {
            for line in block.lines().filter(|line| !NOT_RUN.iter().any(|it| line.starts_with(it))) {
                let (code, out) = shell(line, disk);
                assert!(code <= 1, "{page}: `{line}` ends with {code}:\n{out}");
            }
        }
        "toml" if block.contains("summary = ") => {
            let (_, notices) = load(page, lang::ALL[0].language, block);
            assert!(notices.is_empty(), "{page}: {notices:?}\n{block}");
        }
        "toml" => {
            let read = config::load(block, config::Place::File);
            assert!(read.is_ok(), "{page}: {:?}\n{block}", read.err());
        }
        "go" | "text" | "yaml" | "rust" | "lua" | "lisp" => {}
        other => panic!("{page}: nobody tries what is fenced as `{other}`"),
    }
    block.to_owned()
}

/// A command with what it prints, as a page shows it.
fn shown(command: &str, disk: &TempDir) -> String {
    let (code, out) = shell(command, disk);
    assert!(code <= 1, "`{command}` ends with {code}:\n{out}");
    let gap = if out.is_empty() || out.ends_with('\n') { "" } else { "\n" };
    format!("$ {command}\n{out}{gap}")
}

fn shell(command: &str, disk: &TempDir) -> (i32, String) {
    let programs = Path::new(env!("CARGO_BIN_EXE_spanlint")).parent().unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let variables = BTreeMap::from([("PATH", path.as_str()), ("NO_COLOR", "1"), ("GOMODCACHE", "/nowhere")]);
    let output = Command::new("sh")
        .args(["-c", &format!("{{ {command}\n}} 2>&1")])
        .current_dir(disk.path())
        .envs(variables)
        .env_remove("COLUMNS")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    (output.status.code().unwrap(), out.lines().map(|line| format!("{}\n", line.trim_end())).collect())
}

/// A repository with the four services, as pages speak of it.
pub(crate) fn services() -> TempDir {
    let crates = ["api", "worker-a"].map(|name| {
        let manifest = format!("[package]\nname = \"{name}\"\nedition = \"2024\"\n");
        (format!("crates/{name}/Cargo.toml"), format!("crates/{name}/src/lib.rs"), manifest)
    });
    let mut files = vec![
        ("our-rules/go/kit.toml", "summary = \"our kit\"\npackages = [{ path = \"example.com/kit\" }]\n"),
        ("Cargo.toml", "[workspace]\nmembers = [\"crates/*\"]\nresolver = \"3\"\n"),
    ];
    for (manifest, library, text) in &crates {
        files.extend([(manifest.as_str(), text.as_str()), (library.as_str(), "//! Nothing.\n")]);
    }
    let disk = folder(&files);
    for (path, file) in files_below(&package("fixtures/services")) {
        if !path.ends_with(".fixed") {
            let text = fs::read_to_string(file).unwrap();
            let plain: String =
                text.lines().map(|line| format!("{}\n", line.split(" // want:").next().unwrap())).collect();
            let copy = disk.path().join(&path);
            fs::create_dir_all(copy.parent().unwrap()).unwrap();
            fs::write(copy, plain).unwrap();
        }
    }
    let git = "git -c init.defaultBranch=main init -q && git add . && \
               git -c user.name=a -c user.email=a@example.com commit -q -m one && git update-ref refs/remotes/origin/main HEAD";
    assert_eq!(shell(git, &disk), (0, String::new()));
    disk
}
