//! Lists and trees between brackets: what a `use` brings, type arguments, what commas separate.

use super::super::super::tokens::{Token, Tokens};
use super::declarations::DEEPEST;
use std::ops::Range;

/// A name that is brought, none if all of a path are; and the path.
type Brought<'t> = (Option<&'t str>, Vec<&'t str>);

/// What a tree of names brings, `path` being those above it. Gives the place behind it.
pub(super) fn use_tree<'t>(
    tokens: &Tokens<'t>,
    range: Range<usize>,
    path: &mut Vec<&'t str>,
    brought: &mut Vec<Brought<'t>>,
) -> Option<usize> {
    let depth = path.len();
    if depth >= DEEPEST {
        return None;
    }
    let mut at = range.start;
    while tokens.is_sign(at, b':') {
        at += 1;
    }
    while at < range.end {
        match tokens.get(at)? {
            Token::Sign(b'{') => {
                let after = tokens.after(at)?;
                at += 1;
                // Brackets without a name before them bring nothing that others don't.
                while at + 1 < after && path.len() > depth {
                    at = use_tree(tokens, at..after - 1, path, brought)?;
                    at += usize::from(tokens.is_sign(at, b','));
                }
                at = after;
                break;
            }
            Token::Sign(b'*') => {
                brought.push((None, path.clone()));
                at += 1;
                break;
            }
            Token::Word(word) => {
                path.push(word);
                at += 1;
                if tokens.is_sign(at, b':') && tokens.is_sign(at + 1, b':') {
                    at += 2;
                    continue;
                }
                if word == "self" && path.len() > 1 {
                    path.pop();
                }
                let renamed = if tokens.is_word(at, "as") { tokens.word(at + 1) } else { None };
                at += if renamed.is_some() { 2 } else { 0 };
                brought.push((renamed.or(path.last().copied()), path.clone()));
                break;
            }
            Token::Sign(_) | Token::Quoted(_) | Token::Number => return Some(range.end.max(at + 1)),
        }
    }
    path.truncate(depth);
    Some(at)
}

/// Past the `>` that closes the `<` at `open`.
pub(super) fn after_angle(tokens: &Tokens<'_>, open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = open;
    while depth > 0 || at == open {
        at = match tokens.get(at)? {
            Token::Sign(b'<') => {
                depth += 1;
                at + 1
            }
            Token::Sign(b'>') => {
                depth -= usize::from(!is_arrow(tokens, at));
                at + 1
            }
            Token::Sign(b'(' | b'[' | b'{') => tokens.after(at)?,
            Token::Sign(b')' | b']' | b'}' | b';') => return None,
            _ => at + 1,
        };
    }
    Some(at)
}

/// Whether a `>` is that of `->` or `=>`.
fn is_arrow(tokens: &Tokens<'_>, at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| tokens.all.get(before));
    before.is_some_and(|before| matches!(before.token, Token::Sign(b'-' | b'=')) && before.at + 1 == tokens.all[at].at)
}

/// What commas separate, outside of all brackets.
pub(super) fn parts(tokens: &Tokens<'_>, inside: Range<usize>) -> Option<Vec<Range<usize>>> {
    let mut parts = Vec::new();
    let (mut start, mut at, mut angles) = (inside.start, inside.start, 0_usize);
    while at < inside.end {
        match tokens.get(at)? {
            Token::Sign(b'(' | b'[' | b'{') => {
                at = tokens.after(at)?;
                continue;
            }
            Token::Sign(b'<') => angles += 1,
            Token::Sign(b'>') if !is_arrow(tokens, at) => angles = angles.saturating_sub(1),
            Token::Sign(b',') if angles == 0 => {
                parts.push(start..at);
                start = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    parts.push(start..inside.end);
    parts.retain(|part| !part.is_empty());
    Some(parts)
}
