//! What of a text the lexer is given: no comments, nothing that need not be read, and one blank where there are several.
//!
//! The lexer looks at blanks one by one, and for every place that it tells it looks for its line. So a text in ASCII is given
//! to it as one line, save for line breaks in literals.

use std::borrow::Cow;
use std::ops::Range;

/// A text for the lexer.
pub(super) struct Code<'t> {
    /// The text.
    pub(super) text: Cow<'t, str>,
    /// Its parts, by where they start: in it, and in the text that it was made of. A blank that stands for what was taken out
    /// ends a part.
    parts: Vec<(u32, u32)>,
    /// For every so many bytes, the part in which they start.
    blocks: Vec<u32>,
}

/// How many bytes those are.
const BLOCK: usize = 64;

impl<'t> Code<'t> {
    /// A text from some place on.
    pub(super) fn whole(text: &'t str, from: usize) -> Code<'t> {
        let text = Cow::Borrowed(&text[from..]);
        Code { text, parts: vec![(0, from as u32)], blocks: Vec::new() }
    }

    /// A text from some place on, with a blank for each of some ranges, which are in order.
    pub(super) fn without(text: &'t str, from: usize, cuts: &[Range<usize>]) -> Code<'t> {
        let mut code = String::with_capacity(text.len());
        let mut parts = Vec::with_capacity(cuts.len() + 1);
        // Columns are counted in letters: that takes short lines where letters have several bytes.
        let has_lines = !text.is_ascii();
        let mut at = from;
        for cut in cuts.iter().filter(|cut| cut.end > from) {
            parts.push((code.len() as u32, at as u32));
            let start = cut.start.max(from);
            code.push_str(&text[at..start]);
            code.push(if has_lines && text[start..cut.end].contains('\n') { '\n' } else { ' ' });
            at = cut.end;
        }
        parts.push((code.len() as u32, at as u32));
        code.push_str(&text[at..]);
        let mut part = 0;
        let part_of = |block: usize| {
            while parts.get(part + 1).is_some_and(|(start, _)| *start as usize <= block * BLOCK) {
                part += 1;
            }
            part as u32
        };
        let blocks = (0..=code.len() / BLOCK).map(part_of).collect();
        Code { text: Cow::Owned(code), parts, blocks }
    }

    /// Where a byte stands in the text that it was made of.
    pub(super) fn place(&self, at: usize) -> usize {
        let mut part = self.blocks.get(at / BLOCK).copied().unwrap_or_default() as usize;
        while self.parts.get(part + 1).is_some_and(|(start, _)| *start as usize <= at) {
            part += 1;
        }
        let (start, place) = self.parts[part];
        place as usize + at - start as usize
    }
}

#[cfg(test)]
mod tests {
    use super::Code;

    /// A text without each of some parts of it, from the fifth byte on.
    fn without<'t>(text: &'t str, parts: &[&str]) -> Code<'t> {
        let cuts: Vec<_> = parts.iter().map(|part| text.find(part).map(|at| at..at + part.len()).unwrap()).collect();
        Code::without(text, 4, &cuts)
    }

    #[test]
    fn places_are_those_of_the_whole_text() {
        let text = "#! a\n\n  fn\tf() { /* b */ g(\"c\n d\") \n}\n".to_owned() + &"h();\n\n".repeat(40);
        for (text, lines) in [(text.clone(), 2), (text.replace('f', "é"), 4)] {
            let code = without(&text, &["\n\n  ", "\t", " /* b */ ", " \n"]);
            let letters = code.text.char_indices().filter(|(_, letter)| !letter.is_whitespace());
            for (at, letter) in letters {
                assert_eq!(text[code.place(at)..].chars().next(), Some(letter), "{at} in {}", code.text);
            }
            let head = &code.text[..code.text.find('}').unwrap()];
            assert_eq!(head.matches('\n').count(), lines - 1, "{head}");
            assert_eq!(code.place(code.text.len()), text.len());
        }
        assert_eq!(Code::whole(&text, 4).place(3), 7);
    }

    #[test]
    fn what_ends_before_a_cut_ends_there() {
        let code = without("#! ab  c", &["  "]);
        assert_eq!((&*code.text, code.place(1), code.place(2)), ("b c", 5, 7));
    }
}
