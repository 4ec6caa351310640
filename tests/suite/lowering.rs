//! What front ends make of the corners of their languages: `fixtures/lowering/<language>/<name>.<ending>` beside
//! `<name>.facts`, which `UPDATE=1` rewrites.
//!
//! In those files `$x` is a local, `$x'2` the second of that name in its function, `t0` what an earlier step made, and a bare name one
//! that no function binds.

#![allow(clippy::unwrap_used)]

use spanlint::facts::*;
use spanlint::lang;
use spanlint::text::{LineIndex, TextRange};
use std::fmt::Write;
use std::fs;
use std::path::Path as FilePath;

fn lower(text: &str) -> FileFacts {
    (lang::for_path("a.go").unwrap().lower)(text, &|path| path == "net/http")
}

fn fixtures() -> Vec<(std::path::PathBuf, String)> {
    let root = FilePath::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/lowering/go");
    let mut paths: Vec<_> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "go"));
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn fixtures_are_lowered_as_written_down() {
    let mut stale = Vec::new();
    for (path, text) in fixtures() {
        let shown = Shown::new(&text).file();
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
    assert_eq!(calls.into_iter().map(|(_, place)| place).collect::<Vec<_>>(), expected);
}

#[test]
fn locals_are_visible_from_their_declaration_to_the_end_of_the_block() {
    let text = "package p\n\nfunc f(a int) (b int) {\n\tc := 1\n\tif d := c; d {\n\t\te := 2\n\t}\n\tfor g := range c {\n\t}\n\
                \tswitch {\n\tcase a:\n\t\tvar h, i = 1, 2\n\t\t// End.\n\tdefault:\n\t}\n}\n";
    let facts = lower(text);
    let shown: Vec<_> = facts
        .locals
        .iter()
        .map(|local| (local.name.as_str(), &text[local.scope.start as usize..local.scope.end as usize]))
        .map(|(name, scope)| (name, scope.lines().next().unwrap_or_default(), scope.lines().count()))
        .collect();
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
    assert_eq!(shown, expected);
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
    let facts = lower(text);
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
    let _ = Shown::new(text).file();
    facts
}

/// Facts as people read them.
struct Shown<'t> {
    text: &'t str,
    facts: FileFacts,
    lines: LineIndex,
    out: String,
}

impl<'t> Shown<'t> {
    fn new(text: &'t str) -> Shown<'t> {
        Shown { text, facts: lower(text), lines: LineIndex::new(text), out: String::new() }
    }

    fn file(mut self) -> String {
        let facts = self.facts.clone();
        let name = facts.package.as_deref().unwrap_or("?");
        self.line(0, &format!("package {name}{}", if facts.generated { ", generated" } else { "" }));
        for problem in &facts.problems {
            self.line(0, &format!("problem {}: {}", self.place(problem.range), problem.message));
        }
        for import in &facts.imports {
            self.line(0, &format!("import {:?} as {:?}: {}", import.path, import.alias, self.slice(import.range)));
        }
        for ty in &facts.types {
            let parameters =
                if ty.parameters.is_empty() { String::new() } else { format!("[{}]", ty.parameters.join(", ")) };
            let kind = match &ty.kind {
                TypeKind::Record(fields) => format!("record {}", shown_fields(fields)),
                TypeKind::Interface(methods, embedded) => {
                    let embedded: Vec<_> = embedded.iter().map(shown_type).collect();
                    format!("interface {} embeds [{}]", shown_methods(methods), embedded.join(", "))
                }
                TypeKind::Alias(ty) => format!("= {}", shown_type(ty)),
                TypeKind::Defined(ty) => shown_type(ty),
            };
            let owner = ty.owner.map_or(String::new(), |owner| format!(" in {}", self.function_name(owner)));
            self.line(0, &format!("type {}{parameters} {kind}{owner}", ty.name));
        }
        for global in &facts.globals {
            self.line(0, &format!("global {} {}", global.name, shown_type(&global.ty)));
        }
        for (index, function) in facts.functions.iter().enumerate() {
            self.function(FunctionIndex(index as u32), function);
        }
        self.out
    }

    fn function(&mut self, index: FunctionIndex, function: &Function) {
        if function.kind == FunctionKind::Module && function.steps.is_empty() {
            return;
        }
        let list = |parameters: &[Parameter]| {
            let shown = |it: &Parameter| match it.local {
                Some(local) => format!("{} {}", self.local(local), shown_type(&it.ty)),
                None => shown_type(&it.ty),
            };
            parameters.iter().map(shown).collect::<Vec<_>>().join(", ")
        };
        let kind = match function.kind {
            FunctionKind::Module => "module".to_owned(),
            FunctionKind::Plain | FunctionKind::Method => format!("func {}", function.name),
            FunctionKind::Closure { owner } => {
                format!("closure {} in {}", self.function_name(index), self.function_name(owner))
            }
        };
        let mut head = format!("\n{kind}");
        if let Some(receiver) = &function.receiver {
            let _ = write!(head, " of ({})", list(std::slice::from_ref(receiver)));
        }
        if !function.type_parameters.is_empty() {
            let _ = write!(head, " [{}]", function.type_parameters.join(", "));
        }
        let variadic = if function.variadic { "..." } else { "" };
        let _ = write!(head, " ({}{variadic}) ({})", list(&function.parameters), list(&function.results));
        self.line(0, &head);
        let owned = |local: &Local| local.owner == index;
        let scopes: Vec<String> = (0..self.facts.locals.len())
            .filter(|at| owned(&self.facts.locals[*at]))
            .map(|at| format!("{} {}", self.local(LocalIndex(at as u32)), self.place(self.facts.locals[at].scope)))
            .collect();
        if !scopes.is_empty() {
            self.line(1, &format!("scopes: {}", scopes.join(", ")));
        }
        self.steps(&function.steps, 1);
    }

    fn steps(&mut self, steps: &[Step], depth: usize) {
        for step in steps {
            let line = match &step.kind {
                StepKind::Branch { arms, exhaustive } => {
                    self.line(depth, &format!("branch{}", if *exhaustive { ", exhaustive" } else { "" }));
                    for arm in arms {
                        self.line(depth + 1, "arm");
                        self.steps(&arm.steps, depth + 2);
                    }
                    continue;
                }
                StepKind::Loop { steps, descending } => {
                    self.line(depth, &format!("loop{}", if *descending { ", descending" } else { "" }));
                    self.steps(steps, depth + 1);
                    continue;
                }
                other => self.step(other),
            };
            self.line(depth, &line);
        }
    }

    fn step(&self, step: &StepKind) -> String {
        let value = |operand: &Operand| self.operand(operand);
        match step {
            StepKind::Call(call) => self.call(call),
            StepKind::Read { result, base, field } => format!("t{} = {}.{field}", result.0, value(base)),
            StepKind::Write { base, field, value: new } => format!("{}.{field} = {}", value(base), value(new)),
            StepKind::Assign { to, value: new, define } => {
                let define = if *define { "let " } else { "" };
                let new = new.as_ref().map_or("zero".to_owned(), value);
                format!("{define}{} = {new}", self.local(*to))
            }
            StepKind::AssignFree { to, value: new } => format!("{} = {}", to.0.join("."), value(new)),
            StepKind::Slot { result, of, index } => format!("t{} = slot {index} of {}", result.0, value(of)),
            StepKind::Element { result, of, key: Some(key) } => {
                format!("t{} = {}[{}]", result.0, value(of), value(key))
            }
            StepKind::Element { result, of, key: None } => format!("t{} = each of {}", result.0, value(of)),
            StepKind::WriteElement { base, key, value: new } => {
                format!("{}[{}] = {}", value(base), value(key), value(new))
            }
            StepKind::Literal { result, ty, entries } => {
                let key = |key: &EntryKey| match key {
                    EntryKey::Position(at) => at.to_string(),
                    EntryKey::Name(name) => name.to_string(),
                    EntryKey::Value(operand) => format!("[{}]", value(operand)),
                };
                let entry = |it: &Entry| format!("{}: {}", key(&it.key), value(&it.value));
                let entries: Vec<_> = entries.iter().map(entry).collect();
                format!("t{} = {}{{{}}}", result.0, shown_type(ty), entries.join(", "))
            }
            StepKind::Cast { result, value: old, ty } => {
                format!("t{} = {} as {}", result.0, value(old), shown_type(ty))
            }
            StepKind::Combine { result, of, how } => {
                format!("t{} = {how:?}({})", result.0, of.iter().map(value).collect::<Vec<_>>().join(", "))
            }
            StepKind::Send { to, value: sent } => format!("{} <- {}", value(to), value(sent)),
            StepKind::Receive { result, from } => format!("t{} = <-{}", result.0, value(from)),
            StepKind::Return { values, failure } => {
                let values: Vec<_> = values.iter().map(value).collect();
                format!("return ({}), failure {failure:?}", values.join(", "))
            }
            StepKind::Jump { next_turn, label } => {
                let label = label.as_ref().map_or(String::new(), |label| format!(" {label}"));
                format!("{}{label}", if *next_turn { "continue" } else { "break" })
            }
            StepKind::Branch { .. } | StepKind::Loop { .. } => unreachable!("blocks have lines of their own"),
        }
    }

    fn call(&self, call: &Call) -> String {
        let when = match call.when {
            When::Now => "",
            When::Deferred => "defer ",
            When::Spawned => "go ",
        };
        let callee = match &call.callee {
            Callee::Free(path) => path.0.join("."),
            Callee::Method(base, name) => format!("{}.{name}", self.operand(base)),
            Callee::Value(operand) => format!("({})", self.operand(operand)),
        };
        let types: Vec<_> = call.type_arguments.iter().map(shown_type).collect();
        let types = if types.is_empty() { String::new() } else { format!("[{}]", types.join(", ")) };
        let argument = |it: &Argument| format!("{}{}", self.operand(&it.value), if it.spread { "..." } else { "" });
        let arguments: Vec<_> = call.arguments.iter().map(argument).collect();
        format!("t{} = {when}{callee}{types}({})", call.result.0, arguments.join(", "))
    }

    fn operand(&self, operand: &Operand) -> String {
        match operand {
            Operand::Temporary(temporary) => format!("t{}", temporary.0),
            Operand::Local(local) => self.local(*local),
            Operand::Free(path) => path.0.join("."),
            Operand::Text(text) => format!("{text:?}"),
            Operand::Constant => "constant".to_owned(),
            Operand::Nothing => "nothing".to_owned(),
            Operand::Function(function) => self.function_name(*function),
        }
    }

    fn local(&self, local: LocalIndex) -> String {
        let Local { name, owner, .. } = &self.facts.locals[local.0 as usize];
        let outermost = self.outermost(*owner);
        let before = self.facts.locals[..local.0 as usize].iter();
        match before.filter(|before| before.name == *name && self.outermost(before.owner) == outermost).count() {
            0 => format!("${name}"),
            before => format!("${name}'{}", before + 1),
        }
    }

    fn outermost(&self, function: FunctionIndex) -> FunctionIndex {
        std::iter::successors(Some(function), |at| self.facts.functions[at.0 as usize].owner())
            .last()
            .unwrap_or(function)
    }

    fn function_name(&self, function: FunctionIndex) -> String {
        let name = &self.facts.functions[function.0 as usize].name;
        if name.is_empty() { format!("#{}", function.0) } else { name.to_string() }
    }

    /// Lines, counted from 1.
    fn place(&self, range: TextRange) -> String {
        let line = |offset| self.lines.position(offset).line + 1;
        format!("{}-{}", line(range.start), line(range.end))
    }

    fn slice(&self, range: TextRange) -> &str {
        &self.text[range.start as usize..range.end as usize]
    }

    fn line(&mut self, depth: usize, line: &str) {
        let _ = writeln!(self.out, "{}{line}", "  ".repeat(depth));
    }
}

fn shown_type(ty: &TypeRef) -> String {
    match ty {
        TypeRef::Named(path, arguments) if arguments.is_empty() => path.0.join("."),
        TypeRef::Named(path, arguments) => {
            let arguments: Vec<_> = arguments.iter().map(shown_type).collect();
            format!("{}[{}]", path.0.join("."), arguments.join(", "))
        }
        TypeRef::Pointer(inner) => format!("*{}", shown_type(inner)),
        TypeRef::List(inner) => format!("[]{}", shown_type(inner)),
        TypeRef::Map(key, value) => format!("map[{}]{}", shown_type(key), shown_type(value)),
        TypeRef::Channel(inner) => format!("chan {}", shown_type(inner)),
        TypeRef::Function(signature) => format!("func{}", shown_signature(signature)),
        TypeRef::Record(fields) => format!("record {}", shown_fields(fields)),
        TypeRef::Interface(methods) => format!("interface {}", shown_methods(methods)),
        TypeRef::Unknown => "?".to_owned(),
    }
}

fn shown_signature(signature: &Signature) -> String {
    let list = |types: &[TypeRef]| types.iter().map(shown_type).collect::<Vec<_>>().join(", ");
    let variadic = if signature.variadic { "..." } else { "" };
    format!("({}{variadic}) ({})", list(&signature.parameters), list(&signature.results))
}

fn shown_fields(fields: &[Field]) -> String {
    let shown = |field: &Field| {
        format!("{}{} {}", if field.embedded { "embeds " } else { "" }, field.name, shown_type(&field.ty))
    };
    format!("{{{}}}", fields.iter().map(shown).collect::<Vec<_>>().join(", "))
}

fn shown_methods(methods: &[MethodSignature]) -> String {
    let shown = |method: &MethodSignature| format!("{}{}", method.name, shown_signature(&method.signature));
    format!("{{{}}}", methods.iter().map(shown).collect::<Vec<_>>().join(", "))
}
