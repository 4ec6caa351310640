//! Comments that speak to this program. The lexer throws comments away, so they are found in the text.

use super::scan::Scanned;
use crate::facts::Directive;
use crate::lang::directive::{self, MARK};

/// The comments that speak to this program, save for those in modules for tests.
pub(super) fn directives(text: &str, scanned: &Scanned) -> Vec<Directive> {
    let read = |comment: &std::ops::Range<usize>| {
        let inside = text.get(comment.clone())?;
        let marks = inside.match_indices(MARK).map(|(at, _)| comment.start + at);
        let found =
            marks.filter_map(|mark| directive::read(text, comment.clone(), mark, || code_after(text, comment.end)));
        Some(found.collect::<Vec<Directive>>())
    };
    scanned.comments().filter_map(read).flatten().collect()
}

/// Where the next code starts, attributes of an item not counted: a comment above them speaks of the item.
fn code_after(text: &str, from: usize) -> usize {
    let mut rest = text.get(from..).unwrap_or_default();
    loop {
        rest = rest.trim_start();
        rest = if rest.starts_with("//") {
            rest.find('\n').map_or("", |end| &rest[end..])
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or("", |end| &rest[end + 2..])
        } else if rest.starts_with("#[") || rest.starts_with("#![") {
            &rest[attribute_length(rest)..]
        } else {
            return text.len() - rest.len();
        };
    }
}

/// How long the attribute is that a text starts with. Brackets in its texts are taken to come in pairs, as they mostly do.
fn attribute_length(text: &str) -> usize {
    let mut open = 0;
    for (at, letter) in text.char_indices() {
        match letter {
            '[' => open += 1,
            ']' if open == 1 => return at + 1,
            ']' => open -= 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::rust::scan;

    /// What each comment says, and the line of code it speaks of.
    fn told(text: &str) -> Vec<(&str, &str)> {
        let rest = |from: u32| text[from as usize..].lines().next().unwrap_or_default();
        let tell = |it: Directive| (text[it.words.start as usize..it.words.end as usize].trim(), rest(it.target));
        directives(text, &scan::scan(text, &[])).into_iter().map(tell).collect()
    }

    #[test]
    fn comments_speak_of_the_next_code() {
        assert_eq!(told("// spanlint: allow(a): b\n// more\n\nx();\n"), [("allow(a): b", "x();")]);
        assert_eq!(
            told("    x(); /* spanlint: allow(a): b */ y();\n"),
            [("allow(a): b", "x(); /* spanlint: allow(a): b */ y();")]
        );
        let item = "// spanlint: allow(a): b\n#[instrument(skip(a), fields(b = [1]))]\n/* é */ async fn f() {}\n";
        assert_eq!(told(item), [("allow(a): b", "async fn f() {}")]);
        assert_eq!(told("// spanlint: allow(a): b"), [("allow(a): b", "")]);
    }

    #[test]
    fn texts_and_modules_for_tests_speak_to_nobody() {
        assert!(told("let x = \"// spanlint: allow(a): b\"; let y = r#\"// spanlint: c\"#;\n").is_empty());
        assert!(told("#[cfg(test)]\nmod tests {\n    // spanlint: allow(a): b\n    fn f() {}\n}\n").is_empty());
        assert!(told("// about spanlint: it is good\n").is_empty());
    }
}
