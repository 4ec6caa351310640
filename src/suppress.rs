//! Findings that the code itself allows: `// spanlint: allow(missing-inject): the partner takes no headers`.
//!
//! Takes allowed findings out of what the checks found, and reports the comments that allow nothing. Front ends say where
//! such comments stand; how they are read is the same for every language.

mod comment;

use crate::checks::{self, unused_allow};
use crate::codebase::Codebase;
use crate::diagnostic::{Allowed, AllowedBy, Diagnostic};
use crate::facts::{Call, Directive, FileFacts, StatementKind, StepKind, walk};
use crate::fix::Edit;
use crate::text::{FileId, FileRange, SourceFile, TextRange};
use comment::{Comment, Reach};
use std::collections::BTreeMap;

/// What the checks found, with the comments heeded.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Findings that nothing allows, those about the comments included.
    pub left: Vec<Diagnostic>,
    /// Findings that a comment allows.
    pub allowed: Vec<Allowed>,
}

/// Takes out what comments allow. `ran` says whether a check was asked: an allow of one that was not may be needed after all.
pub fn apply(codebase: &Codebase, found: Vec<Diagnostic>, ran: &dyn Fn(&str) -> bool) -> Outcome {
    let mut allows = BTreeMap::<FileId, Vec<Allow>>::new();
    let mut outcome = Outcome::default();
    let mut own = Vec::new();
    for (index, file) in codebase.files.iter().enumerate().filter(|(_, file)| file.reported) {
        let id = FileId(index as u32);
        for directive in &file.facts.directives {
            match comment::read(&file.source, directive) {
                Ok(comment) => {
                    allows.entry(id).or_default().push(Allow::new(comment, &file.source, &file.facts, directive));
                }
                Err(fault) => own.push(fault.report(id)),
            }
        }
    }
    for diagnostic in found {
        outcome.add(codebase, &mut allows, diagnostic);
    }
    for (id, allow) in allows.iter().flat_map(|(id, allows)| allows.iter().map(|allow| (*id, allow))) {
        own.extend(allow.faults(&codebase.file(id).source, id, ran));
    }
    if ran(unused_allow::CHECK.id) {
        own.into_iter().for_each(|diagnostic| outcome.add(codebase, &mut allows, diagnostic));
    }
    outcome
}

/// The comment above the statement of a finding that allows it, up to where its reason belongs; none for a finding about
/// such comments, or of no check.
pub fn allow(source: &SourceFile, facts: &FileFacts, sign: &str, diagnostic: &Diagnostic) -> Option<Edit> {
    let check = checks::by_id(diagnostic.check).filter(|check| check.id != unused_allow::CHECK.id)?;
    let at = diagnostic.at.range;
    let start = statement_around(facts, at).map_or(at.start, |(statement, _)| statement.start.min(at.start));
    let line = source.lines.line_start(line_of(source, start));
    let indent = source.indentation(start);
    let text = format!("{indent}{sign} spanlint: allow({}): \n", check.id);
    Some(Edit { at: FileRange { file: diagnostic.at.file, range: TextRange::empty(line) }, text })
}

impl Outcome {
    fn add(&mut self, codebase: &Codebase, allows: &mut BTreeMap<FileId, Vec<Allow>>, diagnostic: Diagnostic) {
        // An edit that would repair many findings is one decision, so allowing it there is enough.
        let places = [Some(diagnostic.at), diagnostic.cause];
        let mut reason = None;
        for at in places.into_iter().flatten() {
            let Some(here) = allows.get_mut(&at.file) else { continue };
            let file = codebase.file(at.file);
            for allow in here.iter_mut().filter(|allow| allow.covers(&file.source, &file.facts, at)) {
                if allow.take(diagnostic.check) {
                    reason = Some(allow.comment.reason.clone());
                }
            }
        }
        match reason {
            Some(reason) => self.allowed.push(Allowed { diagnostic, by: AllowedBy::Comment(reason) }),
            None => self.left.push(diagnostic),
        }
    }
}

/// A comment with the code it covers.
struct Allow {
    comment: Comment,
    /// The line it speaks of, from 0.
    line: u32,
    /// The line it stands on: between the two are other comments, and attributes of what it speaks of.
    first_line: u32,
    /// Functions that start on the line: they are covered whole.
    functions: Vec<TextRange>,
    /// Which of the checks it names were there to allow.
    used: Vec<bool>,
}

impl Allow {
    fn new(comment: Comment, source: &SourceFile, facts: &FileFacts, directive: &Directive) -> Allow {
        let line = line_of(source, directive.target);
        let ranges = facts.functions.iter().filter(|function| !function.body.is_empty()).map(|function| function.range);
        let functions = ranges.filter(|range| line_of(source, range.start) == line).collect();
        let used = vec![false; comment.names.len()];
        let first_line = line_of(source, directive.comment.start).min(line);
        Allow { comment, line, first_line, functions, used }
    }

    fn covers(&self, source: &SourceFile, facts: &FileFacts, at: FileRange) -> bool {
        self.comment.reach == Reach::File
            || (self.first_line..=self.line).contains(&line_of(source, at.range.start))
            || self.functions.iter().any(|range| range.contains(at.range))
            || statement_around(facts, at.range).is_some_and(|(range, kind)| {
                let ends_here = kind != StatementKind::Head && line_of(source, range.end) == self.line;
                line_of(source, range.start) == self.line || ends_here
            })
    }

    /// Whether the comment names a check, which is then used.
    fn take(&mut self, check: &str) -> bool {
        let mut taken = false;
        for (name, used) in self.comment.names.iter().zip(&mut self.used) {
            let named = name.text == check;
            *used |= named;
            taken |= named;
        }
        taken
    }

    /// What is wrong with the comment, now that it is known what it allows.
    fn faults(&self, source: &SourceFile, file: FileId, ran: &dyn Fn(&str) -> bool) -> Vec<Diagnostic> {
        let mut faults = Vec::new();
        let is_surplus = |index: usize| {
            let name = self.comment.names[index].text.as_str();
            // Whether an allow of this very check is needed is not known while it is being found out.
            let is_asked = checks::by_id(name).is_some() && ran(name) && name != unused_allow::CHECK.id;
            is_asked && !self.used[index]
        };
        let surplus: Vec<usize> = (0..self.used.len()).filter(|index| is_surplus(*index)).collect();
        for (index, name) in self.comment.names.iter().enumerate() {
            if surplus.contains(&index) {
                let edit = match surplus.len() == self.used.len() {
                    true => self.comment.whole(source),
                    false => self.comment.without(index),
                };
                faults.push(comment::unused(file, name, self.comment.reach, edit));
            } else if checks::by_id(&name.text).is_none() {
                faults.push(comment::unknown(file, name));
            }
        }
        if self.comment.reason.is_empty() && surplus.len() < self.used.len() {
            faults.push(comment::without_reason(file, &self.comment));
        }
        faults
    }
}

fn line_of(source: &SourceFile, offset: u32) -> u32 {
    source.lines.position(offset).line
}

/// The innermost statement that holds a range, of those that call something.
fn statement_around(facts: &FileFacts, range: TextRange) -> Option<(TextRange, StatementKind)> {
    let mut found: Option<(TextRange, StatementKind)> = None;
    let mut look = |call: &Call| {
        let smaller = found.is_none_or(|(known, _)| call.statement.len() < known.len());
        if call.statement.contains(range) && smaller {
            found = Some((call.statement, call.statement_kind));
        }
    };
    for function in facts.functions.iter().filter(|function| function.range.contains(range)) {
        walk(&function.steps, &mut |step| {
            if let StepKind::Call(call) = &step.kind {
                look(call);
            }
        });
    }
    found
}
