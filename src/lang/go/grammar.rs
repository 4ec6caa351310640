//! Reading a text: in one go if it has no faults, with the grammar else.

use super::kind::{Kind, Role};
use crate::facts::{Directive, Problem};
use crate::lang::syntax;
use crate::lang::tree::{self, copied, directives, may_have_directives, problems};
use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;
use tree_sitter::{Language, Node};

/// The grammar.
static GRAMMAR: LazyLock<Language> = LazyLock::new(|| tree_sitter_go::LANGUAGE.into());

/// The grammar's kinds of named nodes, by id.
static KINDS: LazyLock<Vec<Option<Kind>>> = LazyLock::new(|| {
    let language: &'static Language = &GRAMMAR;
    let name = |id| language.node_kind_for_id(id).filter(|_| language.node_kind_is_named(id));
    (0..language.node_kind_count()).map(|id| name(id as u16).and_then(Kind::of)).collect()
});

/// The grammar's fields, by id.
static ROLES: LazyLock<Vec<Option<Role>>> = LazyLock::new(|| {
    let language: &'static Language = &GRAMMAR;
    (0..=language.field_count()).map(|id| language.field_name_for_id(id as u16).and_then(Role::of)).collect()
});

/// A text that was read.
pub(super) struct Parsed {
    pub(super) tree: syntax::Tree<Kind, Role>,
    pub(super) problems: Vec<Problem>,
    pub(super) directives: Vec<Directive>,
}

/// Parses a text without its gaps.
pub(super) fn parse(text: &str, gaps: &[Range<usize>]) -> Option<Parsed> {
    // The grammar knows what comments there are.
    if !may_have_directives(text)
        && let Some(tree) = super::parse::parse(text, gaps)
    {
        return Some(Parsed { tree, problems: Vec::new(), directives: Vec::new() });
    }
    parse_by_grammar(text, gaps)
}

/// Parses any text, with whatever faults it has.
///
/// The grammar knows `new(T)` and `make(T)` only, while Go 1.26 has `new(value)`, and both names can be bound anew. Such a
/// name is hidden behind another of the same length: the tree's ranges are those of the text, and names are read there.
pub(super) fn parse_by_grammar(text: &str, gaps: &[Range<usize>]) -> Option<Parsed> {
    let mut hidden = Cow::Borrowed(text);
    for (name, other) in [("new(", "neu("), ("make(", "maek(")] {
        for at in memchr::memmem::find_iter(text.as_bytes(), name) {
            let word = text[..at].chars().next_back().is_none_or(|before| !is_name(before) && before != '.');
            if word && is_value(&text[at + name.len()..]) {
                hidden.to_mut().replace_range(at..at + name.len(), other);
            }
        }
    }
    let tree = tree::parse(&GRAMMAR, &hidden, gaps)?;
    let root = tree.root_node();
    Some(Parsed {
        problems: problems(root, text),
        directives: directives(root, text),
        tree: copied(&tree, kind, |id| ROLES.get(id.get() as usize).copied().flatten()),
    })
}

/// What sort of node it is; none if nobody asks for such.
fn kind(node: Node) -> Option<Kind> {
    if node.is_error() {
        return Some(Kind::Error);
    }
    if node.is_named() {
        return KINDS.get(node.kind_id() as usize).copied().flatten();
    }
    match node.kind() {
        ":=" => Some(Kind::Define),
        "*" => Some(Kind::Star),
        "(" => Some(Kind::Parenthesis),
        "," | ";" | "." | ")" | "[" | "]" | "{" | "}" | ":" | "\n" | "\0" => None,
        _ => Some(Kind::Operator),
    }
}

/// Whether what stands behind `new(` can only be a value.
pub(super) fn is_value(argument: &str) -> bool {
    let argument = argument.trim_start();
    let after = argument.trim_start_matches(|letter| is_name(letter) || letter == '.');
    let name = &argument[..argument.len() - after.len()];
    match (name, after.trim_start().chars().next()) {
        ("", Some('<')) => !after.starts_with("<-chan"),
        ("", next) => !matches!(next, Some('[' | '*' | '(')),
        ("map" | "chan" | "func" | "struct" | "interface", _) => false,
        (name, _) if name.starts_with(|first: char| first.is_ascii_digit()) => true,
        (_, Some(')' | ',')) => false,
        (_, Some('[')) => after[1..].starts_with(|first: char| first.is_ascii_digit() || first == '"'),
        _ => true,
    }
}

fn is_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

#[cfg(test)]
mod tests {
    use super::{parse_by_grammar, tree};
    use crate::lang::go::lower;
    use crate::lang::go::parse::parse;
    use std::path::Path;

    fn assert_same(text: &str, what: &str) {
        let tree = parse(text, &[]).unwrap_or_else(|| panic!("not read: {what}"));
        let fast = super::Parsed { tree, problems: Vec::new(), directives: Vec::new() };
        let whole = parse_by_grammar(text, &[]).unwrap();
        assert_eq!(whole.problems, [], "{what}");
        let (mut whole, fast) = (lower::file(&whole, text), lower::file(&fast, text));
        whole.directives.clear();
        assert_eq!(fast, whole, "{what}");
    }

    #[test]
    fn what_has_no_faults_is_read_as_the_grammar_reads_it() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
        let mut count = 0;
        // Texts with faults, and with forms that are left to the grammar.
        let left = ["broken.go", "calls.go", "expressions.go"];
        for file in walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap) {
            let name = file.file_name().to_string_lossy();
            let (Some(_), false) = (name.strip_suffix(".go"), left.contains(&name.as_ref())) else { continue };
            let text = std::fs::read_to_string(file.path()).unwrap();
            let faulty = tree::parse(&super::GRAMMAR, &text, &[]).unwrap().root_node().has_error();
            if !faulty {
                assert_same(&text, &file.path().to_string_lossy());
                count += 1;
            }
        }
        assert!(count > 300, "{count} files");
    }

    #[test]
    fn what_may_be_a_type_or_a_value_is_taken_as_the_grammar_takes_it() {
        for expression in [
            "x[i](a)",
            "x[i]()",
            "x[i](a, b)",
            "x[p.T](a, b)",
            "x[p.T](a)",
            "x[*T](a, b)",
            "x[A, B](a)",
            "x[0](a)",
            "x.y.z[i](a)",
            "x[T[A]]()",
            "x[i][j]",
            "x[1:n:m]",
            "x[:]",
            "x.(T).y",
            "(*T)(x)",
            "(*T[A])(x)",
            "(*x[i]).y",
            "x[i](a...)",
            "x[i](y[j](a, b))",
            "(*p.T[A, B])(x)",
            "(*[]T)(x)",
            "*(*[]T)(x)",
            "[]byte(x)",
            "(func())(x)",
            "map[K][]V{k: {a, b}, l: {}}",
            "T{a: b, c: {d: e}}",
            "p.T[A]{1, 2}",
            "[...]T{1: a}",
            "new(T)",
            "new(a.b())",
            "make([]T, n, m)",
            "make(chan<- p.T)",
            "func(a, b int, c ...string) (d T, err error) { return }",
            "a + b*c<<d == e && !f || <-g",
            "f(a...)",
            "struct{ a, b T; *p.C }{}",
            "interface{ m(a T) R }(x)",
        ] {
            assert_same(&format!("package p\n\nfunc f() {{\n\tv := {expression}\n\tuse(v)\n}}\n"), expression);
        }
    }

    #[test]
    fn statements_end_where_the_grammar_ends_them() {
        for body in [
            "if a := f(); a {\n\t} else if b {\n\t} else {\n\t}",
            "for i := range 10 {\n\t}\n\tfor range c {\n\t}\n\tfor {\n\t}\n\tfor ; ; {\n\t}\n\tfor i--; i > 0; i-- {\n\t}",
            "switch x := y.(type) {\n\tcase nil, *T:\n\t\tf()\n\n\tcase []T:\n\tdefault:\n\t}",
            "switch x := f(); {\n\tcase x > 1:\n\t\tf()\n\n\n\t\tfallthrough\n\tcase false: g(); h()\n\t}",
            "switch {\n\t}\n\tswitch T(x) {\n\tcase y:\n\t}",
            "select {\n\tcase a, ok = <-b:\n\tcase v := <-c:\n\t\tf()\n\tcase d <- e:\n\tcase <-g:\n\tdefault:\n\t}",
            "outer:\n\tfor _, x := range []T{{a}, {b}} {\n\t\tcontinue outer\n\t}\n\tgoto end\nend:",
            "go f(a)\n\tdefer func() { g() }()\n\tx.y, z[i] = a, b\n\tn += 1\n\tc <- v",
            "const (\n\t\ta, b = iota, 2\n\t\tc, d\n\t)\n\tvar e, f T = g()\n\ttype t struct {\n\t\ta, b int `tag`\n\t\tp.E\n\t\tG[int]\n\t}",
            "if v, ok := x.(interface{ m() }); ok {\n\t}\n\tif f(T{a}) == (T{}) {\n\t}",
            "var x []int = nil // why\n\t/* and */ f(x) /* so */",
        ] {
            assert_same(&format!("package p\n\nfunc f() {{\n\t{body}\n}}\n"), body);
        }
    }
}
