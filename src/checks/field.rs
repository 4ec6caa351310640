//! Where a record is written out: the place of a field in it, there or to be added.

use super::Pass;
use crate::facts::{Entry, EntryKey, Name, StepKind, TypeRef, walk};
use crate::fix::Edit;
use crate::text::{FileRange, SourceFile, TextRange};

/// A field of a record that is written out.
pub(super) enum FieldPlace {
    /// The value it has.
    There(FileRange),
    /// It is not written; it would get this value by default.
    Absent(Addition),
}

/// A field to add to a record.
pub(super) struct Addition {
    at: FileRange,
    field: Name,
    /// Widths of the keys there, with the colon, and where each value stands.
    keys: Vec<(usize, TextRange)>,
    keyed: bool,
    /// What the field is if nobody writes it: `net/http.DefaultTransport`.
    pub(super) default: Name,
}

impl Pass<'_> {
    /// The field through which a client written out at `at` sends.
    pub(super) fn client_field(&self, at: FileRange) -> Option<FieldPlace> {
        let (ty, entries) = self.literal_at(at)?;
        let resolved = self.codebase.resolve_type(at.file, None, ty);
        let model = self.models.ty(resolved.library()?)?;
        let (_, members) = model.parts.iter().find(|(part, _)| part == "through")?;
        let field = members.first()?.clone();
        let written = entries.iter().find(|entry| matches!(&entry.key, EntryKey::Name(name) if *name == field));
        if let Some(entry) = written {
            return Some(FieldPlace::There(FileRange { file: at.file, range: entry.range }));
        }
        let width = |entry: &Entry| match &entry.key {
            EntryKey::Name(name) => Some((name.len() + 1, entry.range)),
            EntryKey::Position(_) | EntryKey::Value(_) | EntryKey::Rest => None,
        };
        let keys: Vec<_> = entries.iter().filter_map(width).collect();
        let keyed = keys.len() == entries.len();
        Some(FieldPlace::Absent(Addition { at, field, keys, keyed, default: model.default.clone()? }))
    }

    fn literal_at(&self, at: FileRange) -> Option<(&TypeRef, &[Entry])> {
        let mut found = None;
        for function in &self.codebase.file(at.file).facts.functions {
            walk(&function.steps, &mut |step| {
                if let StepKind::Literal { ty, entries, .. } = &step.kind
                    && step.range == at.range
                {
                    found = Some((ty, entries.as_slice()));
                }
            });
        }
        found
    }
}

impl Addition {
    /// Writes the field with a value behind the others, values below one another where the lines are.
    pub(super) fn edits(&self, source: &SourceFile, value: &str) -> Option<Vec<Edit>> {
        let insert =
            |at: u32, text: String| Edit { at: FileRange { file: self.at.file, range: TextRange::empty(at) }, text };
        let end = self.at.range.end.checked_sub(1)?;
        let Some((_, last)) = self.keys.last() else {
            let empty = self.keyed && source.slice(self.at.range).ends_with("{}");
            return empty.then(|| vec![insert(end, format!("{}: {value}", self.field))]);
        };
        if !self.keyed {
            return None;
        }
        let rest = source.slice(TextRange::new(last.end, end));
        if !rest.contains('\n') {
            return Some(vec![insert(last.end, format!(", {}: {value}", self.field))]);
        }
        let line = |offset: u32| source.lines.position(offset).line;
        let first_line = line(self.at.range.start) + 1;
        let below = self.keys.iter().enumerate().all(|(index, (_, range))| {
            line(range.start) == first_line + index as u32 && line(range.end) == line(range.start)
        });
        if !below || rest.trim() != "," {
            return None;
        }
        let width = self.keys.iter().map(|(width, _)| *width).chain([self.field.len() + 1]).max()?;
        let mut edits = Vec::new();
        for (key, range) in &self.keys {
            let wanted = width - key + 1;
            let before = source.slice(TextRange::new(0, range.start));
            let there = before.len() - before.trim_end_matches(' ').len();
            if there != wanted {
                let gap = TextRange::new(range.start - there as u32, range.start);
                edits.push(Edit { at: FileRange { file: self.at.file, range: gap }, text: " ".repeat(wanted) });
            }
        }
        let indent = source.indentation(last.start);
        let newline = if source.text.contains("\r\n") { "\r\n" } else { "\n" };
        let padding = " ".repeat(width - self.field.len());
        let comma = last.end + rest.find(',')? as u32 + 1;
        edits.push(insert(comma, format!("{newline}{indent}{}:{padding}{value},", self.field)));
        Some(edits)
    }
}
