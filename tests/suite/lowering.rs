//! What front ends make of the corners of their languages: `fixtures/lowering/<language>/<name>.<ending>` beside
//! `<name>.facts`, which `UPDATE=1` rewrites.
//!
//! In those files `$x` is a local, `$x'2` the second of that name in its function, `t0` what an earlier step made, and a bare name one
//! that no function binds.

#![allow(clippy::unwrap_used)]

use crate::shown::Shown;
use spanlint::facts::outline::Meaning;
use spanlint::facts::*;
use spanlint::lang;
use spanlint::text::TextRange;
use std::fs;
use std::path::{Path as FilePath, PathBuf};

fn lower(text: &str) -> FileFacts {
    lang::lowering("a.go").unwrap()(text, &[])
}

fn fixtures() -> Vec<(PathBuf, String)> {
    fixtures_of("go", "go")
}

/// The sources in a language's folder, by path.
pub(crate) fn fixtures_of(language: &str, extension: &str) -> Vec<(PathBuf, String)> {
    let root = FilePath::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/lowering").join(language);
    let mut paths: Vec<_> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|found| found == extension));
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

/// Every call in the order of the text: its name, its arguments, the first line of its statement, and what sort that is.
pub(crate) fn places_of_calls<'t>(text: &'t str, facts: &FileFacts) -> Vec<(&'t str, &'t str, &'t str, StatementKind)> {
    let at = |range: TextRange| &text[range.start as usize..range.end as usize];
    let mut calls = Vec::new();
    for function in &facts.functions {
        walk(&function.steps, &mut |step| {
            let StepKind::Call(call) = &step.kind else { return };
            let statement = at(call.statement).split('\n').next().unwrap_or_default();
            let place = (at(call.name_range), at(call.arguments_range), statement, call.statement_kind);
            calls.push((call.name_range.start, place));
        });
    }
    calls.sort_by_key(|(start, _)| *start);
    calls.into_iter().map(|(_, place)| place).collect()
}

/// Every local: its name, the first line of where it is visible, and how many lines that has.
pub(crate) fn scopes_of_locals<'f>(text: &'f str, facts: &'f FileFacts) -> Vec<(&'f str, &'f str, usize)> {
    let scope = |local: &Local| &text[local.scope.start as usize..local.scope.end as usize];
    let shown = facts.locals.iter().map(|local| (local.name.as_str(), scope(local)));
    shown.map(|(name, scope)| (name, scope.lines().next().unwrap_or_default(), scope.lines().count())).collect()
}

#[test]
fn fixtures_are_lowered_as_written_down() {
    let mut stale = Vec::new();
    for (path, text) in fixtures().into_iter().chain(fixtures_of("rust", "rs")) {
        let frontend = lang::for_path(&path.to_string_lossy()).unwrap();
        let meaning = |path: &str, _: &str| if path == "net/http" { Meaning::Followed } else { Meaning::None };
        let gaps = (frontend.outline)(&text, &meaning).map(|outline| outline.skipped).unwrap_or_default();
        let facts = (frontend.lower)(&text, &gaps);
        let shown = Shown::new(&text, facts).file();
        let golden = path.with_extension("facts");
        if fs::read_to_string(&golden).unwrap_or_default() != shown {
            if std::env::var_os("UPDATE").is_some() {
                fs::write(&golden, &shown).unwrap();
            } else {
                stale.push(format!("{}\n{shown}", golden.display()));
            }
        }
    }
    assert!(stale.is_empty(), "not as written down (UPDATE=1 rewrites):\n{}", stale.join("\n"));
}

#[test]
fn calls_know_where_they_stand() {
    let text = "package p\n\nfunc f(c C) {\n\tx, err := c.Do(a(1), 2)\n\tif b() {\n\t} else if d() {\n\t\te()\n\t}\n\
                outer:\n\tfor range g() {\n\t}\n\tswitch h() {\n\tcase i():\n\t\treturn j(k)\n\t}\n\tgo l[int](m())\n\
                \tfunc() { n() }()\n\t_ = []byte(o())\n\t_ = q[int](r)\n}\n";
    let facts = lower(text);
    use StatementKind::*;
    let expected = [
        ("Do", "(a(1), 2)", "x, err := c.Do(a(1), 2)", Simple),
        ("a", "(1)", "x, err := c.Do(a(1), 2)", Simple),
        ("b", "()", "if b() {", Head),
        ("d", "()", "if b() {", Head),
        ("e", "()", "e()", Simple),
        ("g", "()", "outer:", Head),
        ("h", "()", "switch h() {", Head),
        ("i", "()", "switch h() {", Head),
        ("j", "(k)", "return j(k)", Return),
        ("l", "(m())", "go l[int](m())", Deferred),
        ("m", "()", "go l[int](m())", Deferred),
        ("func", "()", "func() { n() }()", Simple),
        ("n", "()", "n()", Simple),
        ("o", "()", "_ = []byte(o())", Simple),
        ("q", "(r)", "_ = q[int](r)", Simple),
    ];
    assert_eq!(places_of_calls(text, &facts), expected);
}

#[test]
fn locals_are_visible_from_their_declaration_to_the_end_of_the_block() {
    let text = "package p\n\nfunc f(a int) (b int) {\n\tc := 1\n\tif d := c; d {\n\t\te := 2\n\t}\n\tfor g := range c {\n\t}\n\
                \tswitch {\n\tcase a:\n\t\tvar h, i = 1, 2\n\t\t// End.\n\tdefault:\n\t}\n}\n";
    let facts = lower(text);
    let expected = [
        ("a", "{", 14),
        ("b", "{", 14),
        ("c", "", 13),
        ("d", "; d {", 3),
        ("e", "", 2),
        ("g", " {", 2),
        ("h", "", 3),
        ("i", "", 3),
    ];
    assert_eq!(scopes_of_locals(text, &facts), expected);
}

#[test]
fn cut_texts_are_lowered() {
    let mut text = String::new();
    for (_, fixture) in fixtures() {
        text.push_str(&fixture);
    }
    for end in (0..text.len()).step_by(61) {
        check(&text[..end]);
    }
    for (_, fixture) in fixtures() {
        for at in (0..fixture.len()).step_by(7) {
            check(&fixture[..at]);
        }
    }
}

#[test]
fn random_texts_are_lowered() {
    // A linear congruential generator: the same texts on every run.
    let mut state = 1u64;
    let mut next = move || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as usize
    };
    let pieces = [
        "func ",
        "(",
        ")",
        "{",
        "}",
        "[",
        "]",
        "x",
        ".",
        ",",
        ":=",
        "=",
        "if ",
        "for ",
        "range ",
        "switch ",
        "case ",
        ":",
        "return ",
        "\n",
        "\n",
        "\"a\"",
        "`",
        "type ",
        "struct ",
        "interface ",
        "var ",
        "*",
        "&",
        "<-",
        "go ",
        "é",
        "defer ",
        "select ",
        "else ",
        "1",
        "nil",
        "package p\n",
        "import ",
        "map",
        "chan ",
        "...",
        "~",
        "\0",
        "new(",
        "//",
    ];
    for _ in 0..300 {
        let length = next() % 120;
        let words: String = (0..length).map(|_| pieces[next() % pieces.len()]).collect();
        check(&words);
        let bytes: Vec<u8> = (0..length).map(|_| next() as u8).collect();
        check(&String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn deep_texts_do_not_overflow_the_stack() {
    let deep = |open: &str, middle: &str, close: &str| {
        format!(
            "package p\n\nfunc f(x int) (err error) {{\n{}{middle}{}\n}}\n",
            open.repeat(10_000),
            close.repeat(10_000)
        )
    };
    let texts = [
        deep("(", "x", ")"),
        deep("func() {", "x()", "}"),
        deep("func() {\n", "x()", "}()\n"),
        deep("f(", "x", ")"),
        deep("x", "", ".y"),
        deep("x.y().", "z()", ""),
        deep("x[", "0", "]"),
        deep("-", "x", ""),
        deep("*", "x = 1", ""),
        deep("x + (", "x", ")"),
        deep("if x {", "", "}"),
        deep("if x {} else ", "{}", ""),
        deep("{", "x()", "}"),
        deep("a: ", "x()", ""),
        format!("package p\n\nvar x = []T{}{}\n", "{".repeat(10_000), "}".repeat(10_000)),
        format!("package p\n\nvar x = {}{}\n", "T{".repeat(10_000), "}".repeat(10_000)),
        deep("switch { case x: ", "x()", "}"),
        format!("package p\n\nvar x {}int\n", "[]".repeat(10_000)),
        format!("package p\n\nvar x {}int{}\n", "map[string]func(".repeat(10_000), ")".repeat(10_000)),
        format!("package p\n\nvar x = \"a\"{}\n", " + \"a\"".repeat(10_000)),
    ];
    for text in &texts {
        let facts = check(text);
        assert!(facts.problems.len() <= 21, "{:?}", &facts.problems[..5]);
    }
    let joined = check(&texts[texts.len() - 1]);
    assert_eq!(joined.problems, [], "a long text is nothing deep");
}

/// Lowers a text, and checks what holds of every text.
fn check(text: &str) -> FileFacts {
    check_facts(text, lower(text))
}

/// Checks what holds of the facts of every text.
pub(crate) fn check_facts(text: &str, facts: FileFacts) -> FileFacts {
    let whole = TextRange::new(0, text.len() as u32);
    for local in &facts.locals {
        assert!(whole.contains(local.range) && whole.contains(local.scope) && local.scope.start <= local.scope.end);
        assert!((local.owner.0 as usize) < facts.functions.len());
    }
    for problem in &facts.problems {
        assert!(whole.contains(problem.range), "{problem:?}");
    }
    for function in &facts.functions {
        walk(&function.steps, &mut |step| assert!(whole.contains(step.range)));
    }
    let _ = Shown::new(text, facts.clone()).file();
    facts
}
