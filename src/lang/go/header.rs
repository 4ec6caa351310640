//! What a Go file imports, read from its top alone: no tree is needed to know which packages another one leads to.

use crate::facts::Name;
use smol_str::SmolStr;

/// The import paths at the top of a file. None if the text, which holds whole lines, ends before anything else is declared:
/// more of it may follow.
pub(super) fn imports(text: &str) -> Option<Vec<Name>> {
    let mut found = Vec::new();
    read(text, &mut found).map(|()| found)
}

/// The import paths of a file, of which this is the whole text.
pub(super) fn imports_of_whole(text: &str) -> Vec<Name> {
    let mut found = Vec::new();
    // It may end where the imports do.
    let _ = read(text, &mut found);
    found
}

fn read(text: &str, found: &mut Vec<Name>) -> Option<()> {
    let mut rest = skip(text)?;
    if let Some(after) = keyword(rest, "package") {
        let name = skip(after)?;
        rest = skip(name.trim_start_matches(|letter: char| letter.is_alphanumeric() || letter == '_'))?;
    }
    while let Some(after) = keyword(rest, "import") {
        rest = skip(after)?;
        if let Some(list) = rest.strip_prefix('(') {
            rest = skip(list)?;
            while !rest.starts_with(')') {
                rest = skip(spec(rest, found)?)?;
            }
            rest = skip(&rest[1..])?;
        } else {
            rest = skip(spec(rest, found)?)?;
        }
    }
    Some(())
}

/// One import: a name that may be left out, and a path.
fn spec<'t>(text: &'t str, found: &mut Vec<Name>) -> Option<&'t str> {
    let start = text.find(['"', '`'])?;
    let quote = text[start..].chars().next()?;
    let path = &text[start + 1..];
    let end = path.find(quote)?;
    found.push(SmolStr::new(&path[..end]));
    Some(&path[end + 1..])
}

fn keyword<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let rest = text.strip_prefix(word)?;
    rest.starts_with([' ', '\t', '\n', '\r', '(', '"', '`', '/']).then_some(rest)
}

/// What follows blanks, semicolons and comments; none if nothing does.
fn skip(text: &str) -> Option<&str> {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|letter: char| letter.is_whitespace() || letter == ';' || letter == '\u{feff}');
        if rest.starts_with("//") {
            rest = &rest[rest.find('\n')?..];
        } else if rest.starts_with("/*") {
            rest = &rest[rest.find("*/")? + 2..];
        } else {
            return (!rest.is_empty()).then_some(rest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_end_at_the_first_declaration() {
        let text = "// Copyright\n/* import \"no\" */ package x // x\n\nimport \"a\"\nimport (\n\t// b\n\tb2 \"b/c\"; . `d`\n\t_ \"e\"\n)\n\
                    \nvar importer = \"import \\\"f\\\"\"\nfunc f() {}";
        assert_eq!(imports(text).unwrap(), ["a", "b/c", "d", "e"]);
        assert_eq!(imports("package x\nfunc f() {}").unwrap(), Vec::<Name>::new());
        assert_eq!(imports("package x;import\"a\";type T int").unwrap(), ["a"]);
    }

    #[test]
    fn a_whole_file_may_end_with_its_imports() {
        assert_eq!(imports_of_whole("package x\n\nimport \"a\"\nimport (\n\t\"b\"\n)\n"), ["a", "b"]);
        assert_eq!(imports_of_whole("package x"), Vec::<Name>::new());
    }

    #[test]
    fn a_text_cut_short_says_nothing() {
        for text in ["", "// x", "/* x", "package x\n", "package x\nimport (\n\t\"a\"", "package x\nimport \"a"] {
            assert_eq!(imports(text), None, "{text}");
        }
    }
}
