//! One comment: `allow(check, other): reason` or `allow-file(check): reason`, and what can be wrong with it.

use crate::checks::{self, unused_allow};
use crate::diagnostic::{Diagnostic, Label};
use crate::facts::Directive;
use crate::fix::{Applicability, Edit, Fix};
use crate::model::nearest;
use crate::text::{FileId, FileRange, SourceFile, TextRange};

/// How far an allow reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// The line it speaks of, and the function that starts there.
    Code,
    /// The whole file.
    File,
}

/// The words that a comment can start with.
const VERBS: [(&str, Reach); 2] = [("allow", Reach::Code), ("allow-file", Reach::File)];

/// A word of a comment, with where it stands.
#[derive(Clone, Debug)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) range: TextRange,
}

/// A comment that was understood.
#[derive(Clone, Debug)]
pub(super) struct Comment {
    /// All of it, signs included.
    range: TextRange,
    pub(super) reach: Reach,
    /// The checks it names.
    pub(super) names: Vec<Word>,
    pub(super) reason: String,
    /// Where the reason stands, or would stand.
    reason_at: u32,
}

/// Why a comment is not understood.
pub(super) struct Fault {
    at: TextRange,
    message: String,
    fix: Option<(String, Applicability, TextRange)>,
}

const FORM: &str = "write `spanlint: allow(CHECK): REASON` on the line, above it or above the function, or \
                    `spanlint: allow-file(CHECK): REASON` for the whole file";

/// Reads the words after `spanlint:`.
pub(super) fn read(source: &SourceFile, directive: &Directive) -> Result<Comment, Fault> {
    let words = source.slice(directive.words);
    let start = directive.words.start;
    let at = |from: usize, to: usize| TextRange::new(start + from as u32, start + to as u32);
    let first = words.len() - words.trim_start().len();
    let verb_end =
        words[first..].find(|it: char| !it.is_alphanumeric() && it != '-').map_or(words.len(), |it| first + it);
    let verb = &words[first..verb_end];
    let Some((_, reach)) = VERBS.iter().find(|(known, _)| *known == verb) else {
        return Err(unknown_verb(verb, at(first, verb_end)));
    };
    let open = verb_end + words[verb_end..].len() - words[verb_end..].trim_start().len();
    let Some(list) = words[open..].strip_prefix('(') else {
        return Err(malformed(at(first, verb_end), format!("`{verb}` names no check")));
    };
    let Some(length) = list.find(')') else {
        return Err(malformed(at(open, words.len()), "the list of checks is never closed".to_owned()));
    };
    let names = split(list.get(..length).unwrap_or_default(), start + open as u32 + 1);
    let close = open + 1 + length + 1;
    if names.is_empty() {
        return Err(malformed(at(first, close), format!("`{verb}` names no check")));
    }
    let rest = &words[close..];
    let reason = rest.trim_start().strip_prefix(':').map(str::trim).unwrap_or_default().to_owned();
    Ok(Comment { range: directive.comment, reach: *reach, names, reason, reason_at: start + close as u32 })
}

/// The names between commas.
fn split(list: &str, start: u32) -> Vec<Word> {
    let mut names = Vec::new();
    let mut at = start;
    for part in list.split(',') {
        let text = part.trim();
        let from = at + (part.len() - part.trim_start().len()) as u32;
        if !text.is_empty() {
            names.push(Word { text: text.to_owned(), range: TextRange::new(from, from + text.len() as u32) });
        }
        at += part.len() as u32 + 1;
    }
    names
}

impl Comment {
    /// The comment, and what would be left of its line without it.
    pub(super) fn whole(&self, source: &SourceFile) -> TextRange {
        let before = &source.text[..self.range.start as usize];
        let after = &source.text[self.range.end as usize..];
        let code = before.trim_end_matches([' ', '\t']);
        let alone = code.is_empty() || code.ends_with('\n');
        match after.find('\n').filter(|end| alone && after[..*end].trim().is_empty()) {
            Some(end) => TextRange::new(code.len() as u32, self.range.end + end as u32 + 1),
            None => TextRange::new(code.len() as u32, self.range.end),
        }
    }

    /// One of several names, with the comma that parts it from the others.
    pub(super) fn without(&self, index: usize) -> TextRange {
        let name = self.names[index].range;
        match (self.names.get(index + 1), index.checked_sub(1).and_then(|before| self.names.get(before))) {
            (Some(next), _) => TextRange::new(name.start, next.range.start),
            (None, Some(before)) => TextRange::new(before.range.end, name.end),
            (None, None) => name,
        }
    }
}

/// An allow of a check that reports nothing there.
pub(super) fn unused(file: FileId, name: &Word, reach: Reach, remove: TextRange) -> Diagnostic {
    let whereabouts = if reach == Reach::File { "in this file" } else { "here" };
    let message = format!("nothing to allow: `{}` reports nothing {whereabouts}", name.text);
    let help = "remove it, so that it does not hide what goes wrong here next";
    let mut diagnostic = report(file, name.range, message, help);
    let title = format!("remove the allow of `{}`", name.text);
    diagnostic.fixes.push(fix(file, title, Applicability::Safe, remove, String::new()));
    diagnostic
}

/// An allow of something that is no check.
pub(super) fn unknown(file: FileId, name: &Word) -> Diagnostic {
    let known: Vec<&str> = checks::ALL.iter().map(|check| check.id).collect();
    let Some(near) = nearest(&name.text, &known) else {
        let message = format!("there is no check `{}`", name.text);
        return report(file, name.range, message, "`spanlint checks` lists them");
    };
    let message = format!("there is no check `{}`; did you mean `{near}`?", name.text);
    let mut diagnostic = report(file, name.range, message, "`spanlint checks` lists them");
    let title = format!("name the check `{near}`");
    diagnostic.fixes.push(fix(file, title, Applicability::Unsafe, name.range, near.to_owned()));
    diagnostic
}

/// An allow that does not say why.
pub(super) fn without_reason(file: FileId, comment: &Comment) -> Diagnostic {
    let at = TextRange::new(comment.range.start, comment.reason_at);
    let help = "say after a colon why the trace may break here: `spanlint: allow(missing-inject): the partner takes no \
                headers`";
    report(file, at, "this allow gives no reason".to_owned(), help)
}

fn unknown_verb(verb: &str, at: TextRange) -> Fault {
    let known = VERBS.map(|(word, _)| word);
    match nearest(verb, &known) {
        Some(near) => Fault {
            at,
            message: format!("`{verb}` means nothing here; did you mean `{near}`?"),
            fix: Some((near.to_owned(), Applicability::Unsafe, at)),
        },
        None if verb.is_empty() => malformed(at, "this comment asks for nothing".to_owned()),
        None => malformed(at, format!("`{verb}` means nothing here")),
    }
}

fn malformed(at: TextRange, message: String) -> Fault {
    Fault { at, message, fix: None }
}

impl Fault {
    pub(super) fn report(self, file: FileId) -> Diagnostic {
        let mut diagnostic = report(file, self.at, self.message, FORM);
        if let Some((text, applicability, at)) = self.fix {
            diagnostic.fixes.push(fix(file, format!("write `{text}`"), applicability, at, text));
        }
        diagnostic
    }
}

fn report(file: FileId, range: TextRange, message: String, help: &str) -> Diagnostic {
    let at = FileRange { file, range };
    let label = Label { at, text: "this comment".to_owned() };
    Diagnostic { labels: vec![label], ..unused_allow::CHECK.certain(at, message, help) }
}

fn fix(file: FileId, title: String, applicability: Applicability, range: TextRange, text: String) -> Fix {
    let edits = vec![Edit { at: FileRange { file, range }, text }];
    Fix { title, applicability, edits, declares: Vec::new() }
}
