//! What the languages read by tree-sitter share: parsing, ranges, children, and the places that could not be read.
//!
//! Knows no grammar.

use super::directive::{self, MARK};
use crate::facts::{Directive, Problem};
use crate::text::TextRange;
use std::cell::RefCell;
use std::ops::Range;
use tree_sitter::{Language, Node, Parser, Point, Tree, TreeCursor};

thread_local! {
    /// A parser keeps its memory from file to file, and one is enough for a thread.
    static PARSER: RefCell<Parser> = RefCell::new(Parser::new());
}

/// How many places of one file are named as unreadable; the rest mostly follow from those.
const PROBLEM_LIMIT: usize = 20;

/// Parses a text as if what lies in `gaps` were not there; they stand in order and don't overlap. None if the grammar was
/// made for another version of the library.
pub(super) fn parse(language: &Language, text: &str, gaps: &[Range<usize>]) -> Option<Tree> {
    PARSER.with_borrow_mut(|parser| {
        parser.set_language(language).ok()?;
        parser.set_included_ranges(&included(text, gaps)).ok()?;
        parser.parse(text, None)
    })
}

/// What lies between gaps; no range means the whole text. Nobody asks for lines and columns.
fn included(text: &str, gaps: &[Range<usize>]) -> Vec<tree_sitter::Range> {
    if gaps.is_empty() {
        return Vec::new();
    }
    let starts = std::iter::once(0).chain(gaps.iter().map(|gap| gap.end));
    let ends = gaps.iter().map(|gap| gap.start).chain([text.len()]);
    let point = |byte| Point { row: 0, column: byte };
    let range = |(start, end)| tree_sitter::Range {
        start_byte: start,
        end_byte: end,
        start_point: point(start),
        end_point: point(end),
    };
    starts.zip(ends).map(range).collect()
}

/// Where a node lies.
pub(super) fn range(node: Node) -> TextRange {
    TextRange::new(node.start_byte() as u32, node.end_byte() as u32)
}

/// The text of a node; empty if the parser only supposed it.
pub(super) fn slice<'t>(node: Node, text: &'t str) -> &'t str {
    text.get(node.byte_range()).unwrap_or_default()
}

/// The named children of a node, without comments.
pub(super) fn parts(node: Node) -> Parts {
    let count = node.named_child_count() as u32;
    if count > CURSOR_FROM {
        let mut cursor = node.walk();
        if cursor.goto_first_child() {
            return Parts::Many(cursor);
        }
    }
    Parts::Few { node, next: 0, count }
}

/// From how many children on a cursor is faster than counting from the first child for each.
const CURSOR_FROM: u32 = 6;

/// See [`parts`].
pub(super) enum Parts<'t> {
    /// The children are asked for by number.
    Few { node: Node<'t>, next: u32, count: u32 },
    /// The cursor stands on the next child, named or not.
    Many(TreeCursor<'t>),
}

impl<'t> Iterator for Parts<'t> {
    type Item = Node<'t>;

    fn next(&mut self) -> Option<Node<'t>> {
        loop {
            let child = match self {
                Parts::Few { next, count, .. } if *next == *count => return None,
                Parts::Few { node, next, .. } => {
                    *next += 1;
                    node.named_child(*next - 1)?
                }
                Parts::Many(cursor) => {
                    let child = cursor.node();
                    if !cursor.goto_next_sibling() {
                        *self = Parts::Few { node: child, next: 0, count: 0 };
                    }
                    if !child.is_named() {
                        continue;
                    }
                    child
                }
            };
            if !child.is_extra() || child.is_error() {
                return Some(child);
            }
        }
    }
}

/// The places that the parser skipped or supposed, first ones first.
pub(super) fn problems(root: Node, text: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    if !root.has_error() {
        return problems;
    }
    let mut cursor = root.walk();
    loop {
        let node = cursor.node();
        // An error that holds the whole text says nothing; what it holds does.
        let outermost = node == root;
        if node.is_missing() {
            problems.push(Problem { range: range(node), message: format!("expected {}", shown(node.kind())) });
        } else if node.is_error() && !outermost {
            problems.push(Problem { range: range(node), message: unexpected(slice(node, text)) });
        }
        let inside = node.has_error() && (outermost || !node.is_error());
        if problems.len() == PROBLEM_LIMIT || !advance(&mut cursor, inside) {
            break;
        }
    }
    if problems.is_empty() {
        problems.push(Problem { range: first_line(root, text), message: unexpected(slice(root, text)) });
    }
    problems
}

/// The comments that speak to this program.
pub(super) fn directives(root: Node, text: &str) -> Vec<Directive> {
    let read = |(at, _): (usize, &str)| {
        let comment = root.descendant_for_byte_range(at, at + MARK.len())?;
        let is_comment = comment.is_extra() && !comment.is_error();
        is_comment.then(|| directive::read(text, comment.byte_range(), at, || code_after(comment, text)))?
    };
    text.match_indices(MARK).filter_map(read).collect()
}

/// Where the first code behind a node starts; the end of the text if there is none.
fn code_after(node: Node, text: &str) -> usize {
    let mut node = node;
    loop {
        match node.next_sibling() {
            Some(next) if !next.is_extra() && !slice(next, text).trim().is_empty() => return next.start_byte(),
            Some(next) => node = next,
            None => match node.parent() {
                Some(parent) => node = parent,
                None => return text.len(),
            },
        }
    }
}

/// Moves to the next node in text order, below the current one if `inside`. False at the end.
fn advance(cursor: &mut TreeCursor, inside: bool) -> bool {
    if inside && cursor.goto_first_child() {
        return true;
    }
    while !cursor.goto_next_sibling() {
        if !cursor.goto_parent() {
            return false;
        }
    }
    true
}

fn first_line(node: Node, text: &str) -> TextRange {
    let start = node.start_byte();
    let line = slice(node, text).lines().next().unwrap_or_default();
    TextRange::new(start as u32, (start + line.len()) as u32)
}

fn unexpected(text: &str) -> String {
    let line = text.trim().lines().next().unwrap_or_default();
    match line.char_indices().nth(40) {
        Some((end, _)) => format!("can't be read from here: `{}...`", &line[..end]),
        None => format!("can't be read: `{line}`"),
    }
}

/// A kind of node as people say it: tokens in code marks, kinds in words.
fn shown(kind: &str) -> String {
    if kind == "\n" {
        "the end of the line".to_owned()
    } else if kind.starts_with(|first: char| first.is_ascii_alphabetic()) && kind.contains('_') {
        format!("a {}", kind.replace('_', " "))
    } else if kind == "identifier" {
        "a name".to_owned()
    } else {
        format!("`{kind}`")
    }
}
