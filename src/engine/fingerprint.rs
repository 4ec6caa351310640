//! Names for findings that outlive edits elsewhere in the file.
//!
//! A name is made of the check, the functions around the finding, and the first line of its code, in which a variable's name
//! plays no part; equal ones are counted. Lines, columns and blanks play no part either.

use crate::codebase::Codebase;
use crate::diagnostic::Diagnostic;
use crate::facts::{FileFacts, Function};
use crate::suppress::Outcome;
use crate::text::{FileRange, TextRange};
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use xxhash_rust::xxh3::xxh3_64;

/// Names every finding, the allowed ones included, so that an allow does not rename what follows it.
pub(super) fn set(codebase: &Codebase, outcome: &mut Outcome) {
    let allowed = outcome.allowed.iter_mut().map(|allowed| &mut allowed.diagnostic);
    let mut findings: Vec<&mut Diagnostic> = outcome.left.iter_mut().chain(allowed).collect();
    findings.sort_by_key(|diagnostic| (diagnostic.at, diagnostic.check));
    let mut seen = HashMap::<_, usize>::new();
    for diagnostic in findings {
        let identity = format!("{}\0{}", diagnostic.check, identity(codebase, diagnostic.at));
        let earlier = seen.entry((diagnostic.at.file, identity.clone())).or_default();
        diagnostic.fingerprint = xxh3_64(format!("{identity}\0{earlier}").as_bytes());
        *earlier += 1;
    }
}

/// The functions around a place, outermost first, and its code.
fn identity(codebase: &Codebase, at: FileRange) -> String {
    let file = codebase.file(at.file);
    let around = functions_around(&file.facts, at.range);
    let names: Vec<&str> = around.iter().map(|(_, function)| function.name.as_str()).collect();
    let owners: BTreeSet<u32> = around.iter().map(|(index, _)| *index).collect();
    let bound = file.facts.locals.iter().filter(|local| owners.contains(&local.owner.0) && !local.name.is_empty());
    let locals: BTreeSet<&str> = bound.map(|local| local.name.as_str()).collect();
    let code = file.source.slice(at.range).trim_start();
    format!("{}\0{}", names.join("."), without_names(code.lines().next().unwrap_or_default(), &locals))
}

fn functions_around(facts: &FileFacts, range: TextRange) -> Vec<(u32, &Function)> {
    let numbered = facts.functions.iter().enumerate().map(|(index, function)| (index as u32, function));
    let mut around: Vec<_> = numbered.filter(|(_, function)| function.range.contains_offset(range.start)).collect();
    around.sort_by_key(|(_, function)| Reverse(function.range.len()));
    around
}

/// Code without blanks and without the names of variables, save for what looks like one in a text.
fn without_names(code: &str, locals: &BTreeSet<&str>) -> String {
    let mut out = String::new();
    let mut rest = code;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' | '`' => text_length(rest, first),
            _ if is_part_of_name(first) => rest.find(|it| !is_part_of_name(it)).unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        let (word, after) = rest.split_at(length);
        rest = after;
        if locals.contains(word) && !out.ends_with('.') {
            out.push('_');
        } else if !first.is_whitespace() {
            out.push_str(word);
        }
    }
    out
}

fn is_part_of_name(it: char) -> bool {
    it.is_alphanumeric() || it == '_'
}

/// Bytes of a quoted text; all that is left if it does not end.
fn text_length(code: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, it) in code.char_indices().skip(1) {
        if it == quote && !escaped {
            return at + it.len_utf8();
        }
        escaped = it == '\\' && !escaped;
    }
    code.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_variables_and_blanks_play_no_part() {
        let words = |code: &str, locals: &[&str]| without_names(code, &locals.iter().copied().collect());
        assert_eq!(words("client.Do(req)", &["req"]), words("client.Do( request )", &["request"]));
        assert_eq!(words("http.Get(\"http://b\" + url)", &["url"]), "http.Get(\"http://b\"+_)");
        assert_ne!(words("s.Do(req)", &["req"]), words("s.Send(req)", &["req"]));
        // A field is no variable, and neither is a word of a text.
        assert_eq!(words("s.req.Do(\"req \\\" req\")", &["req"]), "s.req.Do(\"req \\\" req\")");
        assert_eq!(words("log(\"open", &["open"]), "log(\"open");
    }
}
