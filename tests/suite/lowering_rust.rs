//! What holds of the facts of every Rust text, and where calls and variables stand.

#![allow(clippy::unwrap_used)]

use crate::lowering::{check_facts, fixtures_of, places_of_calls, scopes_of_locals};
use spanlint::facts::*;
use spanlint::lang;
use spanlint::text::TextRange;

fn lower(text: &str) -> FileFacts {
    lang::lowering("a.rs").unwrap()(text, &[])
}

fn check(text: &str) -> FileFacts {
    check_facts(text, lower(text))
}

#[test]
fn calls_know_where_they_stand() {
    let text = "fn f(c: C) -> R {\n    let x = c.send(a(1), 2).await?;\n    if b() {\n    } else if d::<u8>() {\n        e();\n    }\n    \
                for _ in g() {}\n    match h() {\n        I => j(k),\n        _ => { l() }\n    }\n    \
                run(|| m());\n    run(move || {\n        n();\n    });\n    info!(\"{}\", o());\n    return p::q();\n    }\n\
                fn t() -> R { u!{ v() } }\n";
    let facts = lower(text);
    use StatementKind::*;
    let expected = [
        ("send", "(a(1), 2)", "let x = c.send(a(1), 2).await?;", Simple),
        ("a", "(1)", "let x = c.send(a(1), 2).await?;", Simple),
        ("b", "()", "if b() {", Head),
        ("d", "()", "if b() {", Head),
        ("e", "()", "e();", Simple),
        ("g", "()", "for _ in g() {}", Head),
        ("h", "()", "match h() {", Head),
        ("j", "(k)", "j(k)", Expression),
        ("l", "()", "l()", Return),
        ("run", "(|| m())", "run(|| m());", Simple),
        ("m", "()", "m()", Expression),
        ("run", "(move || {\n        n();\n    })", "run(move || {", Simple),
        ("n", "()", "n();", Simple),
        ("info", "(\"{}\", o())", "info!(\"{}\", o());", Simple),
        ("o", "()", "info!(\"{}\", o());", Simple),
        ("q", "()", "return p::q();", Return),
        ("u", "{ v() }", "u!{ v() }", Return),
        ("v", "()", "u!{ v() }", Return),
    ];
    assert_eq!(places_of_calls(text, &facts), expected);
}

#[test]
fn locals_are_visible_from_their_declaration_to_the_end_of_the_block() {
    let text = "fn f(a: A) {\n    let b = 1;\n    if let Some(c) = b {\n        let d = c;\n    }\n    for e in a {\n    }\n    \
                match a {\n        Some(g) => h(g),\n        _ => {\n            let i = 1;\n            // End.\n        }\n    }\n    \
                run(|j| k(j));\n}\n";
    let facts = lower(text);
    let expected = [
        ("a", "{", 16),
        ("b", "", 15),
        ("c", "{", 3),
        ("d", "", 2),
        ("e", "{", 2),
        ("g", "h(g)", 1),
        ("i", "", 3),
        ("j", "k(j)", 1),
    ];
    assert_eq!(scopes_of_locals(text, &facts), expected);
}

#[test]
fn ranges_count_bytes_wherever_the_text_starts() {
    for start in
        ["", "\u{feff}", "#!/usr/bin/env x\n", "\u{feff}#!/bin/x é\n", "#![allow(x)]\n", "/* é */ ", "// é\r\n"]
    {
        let text = format!("{start}fn größe() {{ 名.länge(\"🦀\", b) }}");
        let facts = check(&text);
        assert_eq!(facts.problems, [], "{text}");
        let at = |range: TextRange| &text[range.start as usize..range.end as usize];
        let function = &facts.functions[1];
        assert_eq!(at(function.name_range), "größe");
        assert_eq!(at(function.range), "fn größe() { 名.länge(\"🦀\", b) }");
        let StepKind::Call(call) = &function.steps[0].kind else { panic!("{:?}", function.steps) };
        assert_eq!((at(call.name_range), at(call.arguments_range)), ("länge", "(\"🦀\", b)"));
        assert_eq!(at(call.arguments[0].range), "\"🦀\"");
    }
}

#[test]
fn problems_name_their_place() {
    let said = |text: &str| {
        let problem = check(text).problems.into_iter().next().unwrap();
        (text[problem.range.start as usize..problem.range.end as usize].to_owned(), problem.message)
    };
    assert_eq!(said("fn f( {}").0, "(");
    assert_eq!(said("fn é() { x( }").0, "(");
    assert_eq!(said("fn f() { let = 1; }").0, "=");
    assert_eq!(said("fn f() {} struct"), (String::new(), "unexpected end of input, expected identifier".to_owned()));
    assert_eq!(said("fn f() { g(\"").0, "\"");
    assert_eq!(said("é fn f() {}").1, "expected `!`");
}

#[test]
fn what_can_be_read_of_a_broken_file_is_read() {
    let facts = check("fn a() { b(); }\nfn c() { let = 1; }\nstruct D { e: , }\nuse f::{g, h};\nfn i() { j(); }\n");
    let names: Vec<_> = facts.functions.iter().map(|function| function.name.as_str()).collect();
    assert_eq!(names, ["", "a", "i"]);
    assert_eq!((facts.problems.len(), facts.imports.len()), (2, 2));
}

#[test]
fn cut_texts_are_lowered() {
    for (_, fixture) in fixtures_of("rust", "rs") {
        for at in (0..fixture.len()).step_by(29).filter(|at| fixture.is_char_boundary(*at)) {
            check(&fixture[..at]);
            // With everything closed again, more of it can be read.
            let open = fixture[..at].chars().fold(0usize, |open, letter| match letter {
                '{' => open + 1,
                '}' => open.saturating_sub(1),
                _ => open,
            });
            check(&format!("{}{}", &fixture[..at], "}".repeat(open)));
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
        "fn ",
        "f",
        "(",
        ")",
        "{",
        "}",
        "[",
        "]",
        "x",
        ".",
        ",",
        "::",
        ":",
        "=",
        "=>",
        "->",
        "if ",
        "let ",
        "for ",
        "in ",
        "match ",
        "loop ",
        "while ",
        "return ",
        "break ",
        "\n",
        ";",
        "\"a\"",
        "impl ",
        "struct ",
        "trait ",
        "use ",
        "mod ",
        "*",
        "&",
        "|",
        "||",
        "?",
        "await",
        "async ",
        "move ",
        "é",
        "'a",
        "'b'",
        "#[",
        "!",
        "select! {",
        "json!({",
        "1",
        "..",
        "_",
        "<",
        ">",
        "self",
        "Self",
        "//",
        "\0",
        "dyn ",
        "static ",
        "const ",
        "ref ",
        "mut ",
        "stream! {",
        "%",
        "@",
        "#",
    ];
    for _ in 0..400 {
        let length = next() % 60;
        let words: String = (0..length).map(|_| pieces[next() % pieces.len()]).collect();
        check(&words);
        check(&format!("fn f() {{ {words} }}"));
        check(&format!("fn f() {{ call!({words}); }}"));
        let bytes: Vec<u8> = (0..length).map(|_| next() as u8).collect();
        check(&String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn deep_texts_do_not_overflow_the_stack() {
    let deep = |open: &str, middle: &str, close: &str| {
        format!("fn f(x: X) {{\n{}{middle}{};\n}}\n", open.repeat(2_000), close.repeat(2_000))
    };
    let texts = [
        deep("(", "x", ")"),
        deep("{", "x()", "}"),
        deep("[", "x", "]"),
        deep("|| ", "x", ""),
        deep("|| {\n", "x()", "}"),
        deep("f(", "x", ")"),
        deep("x", "", ".y"),
        deep("x.y().", "z()", ""),
        deep("x", "", "?"),
        deep("x[", "0", "]"),
        deep("-", "x", ""),
        deep("&", "x", ""),
        deep("x + ", "x", ""),
        deep("x + (", "x", ")"),
        deep("x = ", "x", ""),
        deep("x", "", " as u8"),
        deep("return ", "x", ""),
        deep("if x {", "", "}"),
        deep("if x {} else ", "{}", ""),
        deep("match x { y => ", "x", "}"),
        deep("if let Some(", "x", ") = x {}"),
        deep("let Some(", "x", ")"),
        deep("let &", "x", ""),
        deep("let x: &", "T", ""),
        deep("let x: Vec<", "T", ">"),
        deep("let x: fn(", "T", ")"),
        deep("vec![", "x", "]"),
        deep("json!({\"a\": ", "1", "})"),
        deep("select! { x = y => ", "z", "}"),
        deep("async {", "x", "}"),
        deep("loop {", "", "}"),
        deep("'a: {", "", "}"),
        "mod m {".repeat(2_000) + &"}".repeat(2_000),
        "fn f() {".repeat(2_000) + &"}".repeat(2_000),
        format!("use {}a{};", "a::{".repeat(2_000), "}".repeat(2_000)),
        format!("use {}a;", "a::".repeat(2_000)),
        format!("#[a{}{}] fn f() {{}}", "(a".repeat(2_000), ")".repeat(2_000)),
    ];
    for text in &texts {
        let facts = check(text);
        assert!(facts.problems.len() <= 20, "{:?}", &facts.problems[..5]);
    }
    let endless = "!".repeat(3_000_000);
    let facts = lower(&format!("fn f() {{ {endless}x }}"));
    assert_eq!(facts.problems[0].message, "nested too deep to be read");
}
