//! An engine that keeps what a check made finds the same after an edit as one that starts anew, and does less for it.
//!
//! `EDITS=20` makes that many edits for each fixture; `FOLDER=path` makes them in the files of another folder.

use crate::support::{diff, files_below, folders, package};
use spanlint::diagnostic::Confidence;
use spanlint::engine::{Engine, Options, Report, Work};
use spanlint::lang;
use spanlint::model::{Model, builtin};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What is put into a line of its own, by language.
const LINES: [(&str, &[&str]); 2] = [
    ("go", &["_ = 0", "log.Println(\"here\")", "x := \"a\" + name", "// a note", "", "if err != nil {\n\treturn\n}"]),
    (
        "rs",
        &[
            "let _ = 0;",
            "tracing::info!(\"here\");",
            "let x = name.clone();",
            "// a note",
            "",
            "if done {\n    return;\n}",
        ],
    ),
];

const ALLOW: &str = "// spanlint: allow(missing-inject): the partner takes no headers";

#[test]
fn after_any_edit_the_same_is_found_as_by_an_engine_that_starts_anew() {
    let number = |name: &str| std::env::var(name).ok()?.parse::<usize>().ok();
    let edits = number("EDITS").unwrap_or(2);
    let cases: Vec<PathBuf> = match std::env::var("FOLDER") {
        Ok(folder) => vec![folder.into()],
        Err(_) => fixtures(),
    };
    let models = builtin::all().0;
    let (next, faults, works) = (AtomicUsize::new(0), Mutex::new(Vec::new()), Mutex::new(BTreeMap::new()));
    let run = || {
        while let Some(folder) = cases.get(next.fetch_add(1, Ordering::SeqCst)) {
            let mut case = Case::new(folder, &models, next.load(Ordering::SeqCst) as u64);
            for _ in 0..edits {
                if let Err(fault) = case.edit(&works) {
                    faults.lock().unwrap().push(format!("{}: {fault}", folder.display()));
                    break;
                }
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(run);
        scope.spawn(run);
    });
    let faults = faults.into_inner().unwrap();
    if std::env::var_os("EDITS").is_some() {
        println!("{:#?}", works.into_inner().unwrap());
    }
    assert!(faults.is_empty(), "{} of {} differ\n{}", faults.len(), cases.len(), faults.join("\n"));
}

/// Folders with one small codebase each.
fn fixtures() -> Vec<PathBuf> {
    let below = |folder: &str| folders(&package(folder)).into_iter().flat_map(|folder| folders(&folder));
    let checks = below("fixtures/checks").flat_map(|scenario| folders(&scenario));
    checks.chain(below("fixtures/clean")).collect()
}

/// A codebase in two engines.
struct Case {
    quick: Engine,
    anew: Engine,
    /// Texts of sources, with those before them.
    texts: Vec<(String, Vec<String>)>,
    random: u64,
}

impl Case {
    fn new(folder: &Path, models: &[Model], seed: u64) -> Case {
        let options = Options { min_confidence: Confidence::Low, ..Options::default() };
        let [mut quick, mut anew] = [(); 2].map(|()| Engine::new(models.to_vec(), options.clone()));
        quick.expect_edits();
        let mut texts = Vec::new();
        for (path, file) in files_below(folder) {
            let Ok(text) = std::fs::read_to_string(file) else { continue };
            quick.set_file(&path, text.as_str());
            anew.set_file(&path, text.as_str());
            if lang::for_path(&path).is_some() {
                texts.push((path, vec![text]));
            }
        }
        quick.check();
        Case { quick, anew, texts, random: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1 }
    }

    /// Edits some file, and compares what both find.
    fn edit(&mut self, works: &Mutex<BTreeMap<String, usize>>) -> Result<(), String> {
        let which = self.below(self.texts.len());
        let (path, texts) = &self.texts[which];
        let (path, text) = (path.clone(), texts.last().unwrap().clone());
        let Some((what, edited)) = self.edited(&path, &text, which) else { return Ok(()) };
        self.quick.set_draft(&path, edited.as_str());
        let found = self.quick.check();
        let work = self.quick.work();
        self.anew.set_file(&path, edited.as_str());
        let mut expected = self.anew.check();
        if expected.notices.iter().any(|notice| notice.path == path && notice.message.starts_with("syntax")) {
            // As long as it does not parse, it says what it said before.
            let parsed = &self.texts[which].1;
            self.anew.set_file(&path, parsed.last().unwrap().as_str());
            expected = self.anew.check();
        } else if expected.files.iter().any(|file| *file.path == *path) {
            // Of one that takes no part nobody knows whether it parses.
            self.texts[which].1.push(edited.clone());
        }
        let read = if work.bodies > 0 { "a body read" } else { "a file read" };
        *works.lock().unwrap().entry(format!("{what}: {}, {read}", level(work))).or_default() += 1;
        let (found, expected) = (shown(&found), shown(&expected));
        if found == expected {
            return Ok(());
        }
        Err(format!("{what} in {path} ({work:?})\n{}\n{}", diff(&text, &edited), diff(&expected, &found)))
    }

    /// A text with one edit, and what that is.
    fn edited(&mut self, path: &str, text: &str, which: usize) -> Option<(&'static str, String)> {
        let lines: Vec<&str> = text.lines().collect();
        let at = self.below(lines.len());
        let with_line = |at: usize, line: &str| {
            let (before, after) = lines.split_at(at.min(lines.len()));
            [before, &[line], after].concat().join("\n") + "\n"
        };
        let indent = lines[at].len() - lines[at].trim_start().len();
        let indent = &lines[at][..indent];
        Some(match self.below(10) {
            0..3 => {
                let ending = path.rsplit('.').next()?;
                let (_, known) = LINES.iter().find(|(language, _)| *language == ending)?;
                let line = known[self.below(known.len())];
                // Where a block or a statement before it has ended.
                let before = lines[..at].iter().rposition(|line| line.ends_with(['{', ';', ')', '}']))?;
                ("a new line", with_line(before + 1, &format!("{indent}{line}")))
            }
            3 => ("a blank", text.replacen(&format!("{}\n", lines[at]), &format!("{}  \n", lines[at]), 1)),
            4 => ("an allow", with_line(at, &format!("{indent}{ALLOW}"))),
            5 => ("a line less", [&lines[..at], &lines[at + 1..]].concat().join("\n") + "\n"),
            6 => {
                let words = lines[at].split(|it: char| !it.is_alphanumeric() && it != '_');
                let words: Vec<&str> = words.filter(|word| word.len() > 1).collect();
                let word = *words.get(self.below(words.len().max(1)))?;
                ("another name", text.replace(word, &format!("{word}s")))
            }
            7 => {
                let (start, end) = lines[at].find('"').zip(lines[at].rfind('"')).filter(|(start, end)| start < end)?;
                let line =
                    format!("{}\"another{}{}", &lines[at][..start], &lines[at][start + 1..end], &lines[at][end..]);
                ("another text", text.replacen(lines[at], &line, 1))
            }
            8 => {
                let mut place = self.below(text.len());
                while !text.is_char_boundary(place) {
                    place -= 1;
                }
                ("a letter", format!("{}x{}", &text[..place], &text[place..]))
            }
            _ => {
                let texts = &mut self.texts[which].1;
                if texts.len() < 2 {
                    return None;
                }
                texts.pop();
                ("undo", texts.pop()?)
            }
        })
    }

    /// A number below another; the same ones come in the same order with every run.
    fn below(&mut self, end: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 16) as usize % end.max(1)
    }
}

/// How far an edit went.
fn level(work: Work) -> &'static str {
    match work {
        Work { analyses: 0, checks: 0, .. } => "nothing",
        Work { analyses: 0, interpreted: 0, .. } => "checks",
        Work { analyses: 0, .. } => "functions",
        _ => "all",
    }
}

/// Everything in a report that a face can show.
fn shown(report: &Report) -> String {
    let Report { files, diagnostics, notices, allowed, gone, untouched, checked, models, edges, seen } = report;
    let mut out = String::new();
    for file in files {
        write!(out, "{}\n{}\n", file.path, file.text).unwrap();
    }
    write!(out, "{diagnostics:#?}\n{notices:#?}\n{allowed:#?}\n{gone} {untouched} {checked}\n").unwrap();
    write!(out, "{models:#?}\n{edges:#?}\n{seen:#?}\n").unwrap();
    out
}

const MAIN: &str =
    "package main\n\nimport \"net/http\"\n\nfunc main() {\n\thttp.HandleFunc(\"/pay\", pay)\n\tserve()\n}\n";
const SERVE: &str = "package main\n\nimport \"net/http\"\n\n\
    func pay(w http.ResponseWriter, r *http.Request) {\n\tsend(\"http://bank\")\n}\n\n\
    func send(url string) {\n\thttp.Get(url)\n}\n\n\
    func serve() {\n\thttp.ListenAndServe(\":80\", nil)\n}\n";

/// An engine that has checked two files, and what the check did.
fn two_files() -> (Engine, Work) {
    let mut engine = Engine::new(builtin::all().0, Options::default());
    engine.expect_edits();
    engine.set_file("main.go", MAIN);
    engine.set_file("serve.go", SERVE);
    engine.check();
    let work = engine.work();
    (engine, work)
}

#[test]
fn a_first_check_does_everything_once() {
    let (_, work) = two_files();
    assert_eq!((work.outlined, work.read, work.analyses, work.checks), (2, 2, 1, 1));
    assert!(work.interpreted >= 6, "{work:?}");
}

#[test]
fn a_text_that_does_not_parse_leads_to_nothing() {
    let (mut engine, _) = two_files();
    engine.set_draft("serve.go", SERVE.replace("send(\"http://bank\")", "send("));
    engine.check();
    assert_eq!(engine.work(), Work { outlined: 1, read: 1, ..Work::default() });
    engine.set_draft("serve.go", SERVE);
    engine.check();
    assert_eq!(engine.work().read, 1);
}

#[test]
fn what_only_moves_is_not_analysed() {
    let (mut engine, _) = two_files();
    let before = engine.check();
    let moved = MAIN.replace("func main", "// main serves.\nfunc main");
    engine.set_draft("main.go", moved.as_str());
    let report = engine.check();
    assert_eq!(engine.work(), Work { outlined: 1, read: 1, checks: 1, ..Work::default() });
    let texts = |report: &Report| {
        let text =
            |it: &spanlint::diagnostic::Diagnostic| report.files[it.at.file.0 as usize].slice(it.at.range).to_owned();
        report.diagnostics.iter().map(text).collect::<Vec<_>>()
    };
    assert_eq!((texts(&report), &*report.files[0].text), (texts(&before), moved.as_str()));
    assert_ne!(report.diagnostics, before.diagnostics);
}

#[test]
fn a_statement_that_nobody_can_see_from_outside_leads_to_its_own_function_alone() {
    let (mut engine, _) = two_files();
    let typed = SERVE.replace("\tsend(", "\tcount := len(\"here\")\n\tprintln(\"here\", count)\n\tsend(");
    engine.set_draft("serve.go", typed.as_str());
    engine.check();
    // As it was, twice, and as it is now.
    assert_eq!(engine.work(), Work { outlined: 1, read: 1, bodies: 1, interpreted: 3, checks: 1, ..Work::default() });
}

#[test]
fn an_edit_that_declares_or_ends_a_body_leads_to_its_file() {
    for (text, with) in
        [("\thttp.Get(url)", "\ttype pair struct{ a, b int }\n\thttp.Get(url)"), ("}\n\nfunc send", "}\n\nfunc sends")]
    {
        let (mut engine, _) = two_files();
        engine.set_draft("serve.go", SERVE.replace(text, with));
        engine.check();
        assert_eq!((engine.work().read, engine.work().bodies), (1, 0), "{with}");
    }
}

#[test]
fn a_call_that_sends_leads_to_all() {
    let (mut engine, _) = two_files();
    let before = engine.check().edges.len();
    engine.set_draft("serve.go", SERVE.replace("\thttp.Get(url)", "\thttp.Get(url)\n\thttp.Head(url)"));
    let report = engine.check();
    let work = engine.work();
    assert_eq!((work.read, work.analyses, work.checks), (1, 1, 1), "no other file is read");
    assert_eq!(report.edges.len(), before + 1);
}
