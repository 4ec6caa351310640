//! From text to syntax: what of a file can be read, and what can't.

use super::positions::Positions;
use super::scan::Scanned;
use crate::facts::Problem;
use crate::text::TextRange;
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::str::FromStr;
use syn::parse::discouraged::Speculative as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Attribute, Item};

/// What could be read of a file.
#[derive(Default)]
pub(super) struct Parsed {
    /// Attributes of the file itself.
    pub(super) attributes: Vec<Attribute>,
    pub(super) items: Vec<Item>,
    pub(super) problems: Vec<Problem>,
}

/// How many places of one file are named as unreadable; the rest mostly follow from those.
const PROBLEM_LIMIT: usize = 20;

/// How much stack a level of nesting may take, of parsing, lowering and dropping: the deepest texts of the tests fit.
const STACK_A_LEVEL: usize = if cfg!(debug_assertions) { 48 << 10 } else { 12 << 10 };

/// What is surely left of the stack of the thread that reads a file.
const STACK_AT_HAND: usize = 1 << 20;

/// The most stack that a text may ask for.
const STACK_LIMIT: usize = 1 << 30;

/// Runs `read` with as much stack as a text that nests so deep may need. None if no stack is enough.
pub(super) fn with_enough_stack<T: Send>(deepest: usize, read: impl FnOnce() -> T + Send) -> Option<T> {
    let needed = deepest.saturating_mul(STACK_A_LEVEL);
    if needed <= STACK_AT_HAND {
        return Some(read());
    }
    if needed > STACK_LIMIT {
        return None;
    }
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(needed + STACK_AT_HAND).spawn_scoped(scope, read).ok()?;
        thread.join().ok()
    })
}

/// How much of a text comes before what the lexer can read: a byte order mark, and a line that names an interpreter.
pub(super) fn prefix(text: &str) -> usize {
    let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let rest = &text[mark..];
    // `#![..]` is an attribute, also with white space or a comment inside.
    let names_interpreter = rest.strip_prefix("#!").is_some_and(|rest| {
        let rest = rest.trim_start();
        !rest.starts_with('[') && !rest.starts_with("//") && !rest.starts_with("/*")
    });
    if !names_interpreter {
        return mark;
    }
    mark + rest.find('\n').unwrap_or(rest.len())
}

/// Reads the code of a file.
pub(super) fn parse(text: &str, scanned: &Scanned, positions: &Positions) -> Parsed {
    let tokens = match TokenStream::from_str(positions.code()) {
        Ok(tokens) => tokens,
        Err(error) => {
            let problem = unreadable(text, scanned.unpaired, positions.complaint(error.span()));
            return Parsed { problems: vec![problem], ..Parsed::default() };
        }
    };
    let mut parsed = Parsed::default();
    let read = |input: ParseStream| {
        match input.call(Attribute::parse_inner) {
            Ok(attributes) => parsed.attributes = attributes,
            Err(error) => parsed.complain(&error, positions),
        }
        while !input.is_empty() {
            let ahead = input.fork();
            match ahead.parse() {
                Ok(item) => {
                    input.advance_to(&ahead);
                    parsed.items.push(item);
                }
                Err(error) => {
                    parsed.complain(&error, positions);
                    skip_item(input)?;
                }
            }
        }
        Ok(())
    };
    // What is left when even skipping fails has been complained about.
    let _ = read.parse2(tokens);
    parsed
}

/// Goes on behind the next `;` or block: most items end with one.
fn skip_item(input: ParseStream) -> syn::Result<()> {
    while !input.is_empty() {
        match input.parse::<TokenTree>()? {
            TokenTree::Punct(punct) if punct.as_char() == ';' => break,
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => break,
            _ => {}
        }
    }
    Ok(())
}

impl Parsed {
    fn complain(&mut self, error: &syn::Error, positions: &Positions) {
        if self.problems.len() < PROBLEM_LIMIT {
            let range = positions.complaint(error.span());
            self.problems.push(Problem { range, message: error.to_string() });
        }
    }
}

/// What the lexer can't make tokens of: brackets that do not pair up, or texts without end.
fn unreadable(text: &str, unpaired: Option<usize>, at: TextRange) -> Problem {
    let range = unpaired.map_or(at, |bracket| TextRange::new(bracket as u32, bracket as u32 + 1));
    let rest = text.get(range.start as usize..).unwrap_or_default();
    let message = match rest.chars().next() {
        Some(bracket @ ('(' | '[' | '{')) => format!("this `{bracket}` is never closed, or closed by another bracket"),
        Some(bracket @ (')' | ']' | '}')) => format!("this `{bracket}` closes nothing that is open"),
        Some('"') => "this text has no end: expected `\"`".to_owned(),
        Some(_) => "can't be read: expected a token".to_owned(),
        None => "the text ends too early: expected a closing bracket or quote".to_owned(),
    };
    Problem { range, message }
}
