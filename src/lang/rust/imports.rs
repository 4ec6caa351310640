//! Adding imports where rustfmt leaves them: beside those of the same crate, in order.

use super::names::name;
use super::positions::Positions;
use super::{parse, scan};
use crate::facts::{Alias, FileFacts};
use crate::lang::{ImportWanted, Replacement};
use crate::text::TextRange;
use std::cmp::Ordering;
use syn::{Item, ItemUse, UseTree, Visibility};

/// Edits that import what is wanted and missing.
pub(super) fn add(text: &str, facts: &FileFacts, wanted: &[ImportWanted]) -> Vec<Replacement> {
    let is_there = |wanted: &&ImportWanted| {
        facts
            .imports
            .iter()
            .any(|import| import.module.is_none() && import.path == wanted.path && serves(&import.alias))
    };
    let mut missing: Vec<&str> =
        wanted.iter().filter(|wanted| !is_there(wanted)).map(|wanted| wanted.path.as_str()).collect();
    missing.sort_unstable();
    missing.dedup();
    if missing.is_empty() {
        return Vec::new();
    }
    let uses = uses(text);
    let mut edits: Vec<Replacement> = Vec::new();
    for path in missing {
        let (at, line) = place(text, &uses, path);
        match edits.iter_mut().find(|(range, _)| *range == TextRange::empty(at)) {
            Some((_, before)) => before.push_str(&line),
            None => edits.push((TextRange::empty(at), line)),
        }
    }
    if text.contains("\r\n") {
        edits.iter_mut().for_each(|(_, text)| *text = text.replace('\n', "\r\n"));
    }
    edits
}

/// Whether what is imported is at hand under its own name, or, for a trait, at all.
fn serves(alias: &Alias) -> bool {
    matches!(alias, Alias::Default | Alias::Blank)
}

/// A `use` at the top of a file.
struct Use {
    /// Names, and what ends them.
    key: Vec<String>,
    /// Its lines.
    lines: TextRange,
    is_exported: bool,
}

/// The declarations at the top of a file whose lines hold nothing else, in order.
fn uses(text: &str) -> Vec<Use> {
    let scanned_head = head(text).map(|head| (head, scan::scan(head, &[])));
    let whole = scanned_head.filter(|(_, scanned)| scanned.unpaired.is_none());
    let (text, scanned) = whole.unwrap_or_else(|| (text, scan::scan(text, &[])));
    let uses = parse::with_enough_stack(scanned.deepest, || {
        let positions = Positions::new(text, &scanned);
        let parsed = parse::parse(text, &scanned, &positions);
        let declared = parsed.items.iter().filter_map(|item| match item {
            Item::Use(it) if it.attrs.is_empty() => Some(it),
            _ => None,
        });
        let uses: Vec<Use> = declared.filter_map(|it| read(it, text, &positions)).collect();
        drop(parsed);
        proc_macro2::extra::invalidate_current_thread_spans();
        uses
    });
    uses.unwrap_or_default()
}

/// A text up to the last line that starts like a declaration: what comes after it takes far longer to read, and has none.
fn head(text: &str) -> Option<&str> {
    let starts = ["\nuse ", "\npub use ", "\npub(crate) use "].into_iter().filter_map(|start| text.rfind(start));
    let last = starts.max()?;
    let end = last + text[last..].find(';')?;
    let line_end = end + text[end..].find('\n')? + 1;
    Some(&text[..line_end])
}

fn read(item: &ItemUse, text: &str, positions: &Positions<'_>) -> Option<Use> {
    let range = positions.range(item.use_token.span, item.semi_token.span);
    let start = text[..range.start as usize].rfind('\n').map_or(0, |at| at + 1);
    let end = text[range.end as usize..].find('\n').map_or(text.len(), |at| range.end as usize + at + 1);
    let is_exported = !matches!(item.vis, Visibility::Inherited);
    if item.leading_colon.is_some() || (!is_exported && !text[start..range.start as usize].trim().is_empty()) {
        return None;
    }
    Some(Use { key: key(&item.tree), lines: TextRange::new(start as u32, end as u32), is_exported })
}

/// The names of a tree up to where it parts.
fn key(tree: &UseTree) -> Vec<String> {
    match tree {
        UseTree::Path(path) => {
            let mut names = vec![name(&path.ident).to_string()];
            names.extend(key(&path.tree));
            names
        }
        UseTree::Name(only) => vec![name(&only.ident).to_string()],
        UseTree::Rename(rename) => vec![name(&rename.ident).to_string()],
        UseTree::Glob(_) => vec!["*".to_owned()],
        UseTree::Group(_) => vec!["{".to_owned()],
    }
}

/// Where the import of a path goes, and its line.
fn place(text: &str, uses: &[Use], path: &str) -> (u32, String) {
    let line = format!("use {path};\n");
    let wanted: Vec<String> = path.split("::").map(str::to_owned).collect();
    let own = |of: &Use| matches!(of.key[0].as_str(), "crate" | "self" | "super") || of.is_exported;
    let groups = groups(text, uses);
    let has_same_crate = |group: &&[Use]| group.iter().any(|it| it.key[0] == wanted[0] && !it.is_exported);
    let has_others = |group: &&[Use]| group.iter().any(|it| !own(it) && !is_standard(&it.key[0]));
    let mixed = |group: &&[Use]| group.iter().any(|it| !own(it));
    let chosen = groups
        .iter()
        .find(|group| has_same_crate(group))
        .or_else(|| groups.iter().find(|group| has_others(group)))
        .or_else(|| groups.iter().find(|group| mixed(group)))
        .or(groups.first());
    let Some(group) = chosen else {
        let start = first_item(text);
        return (start, format!("{line}\n"));
    };
    let is_own = |group: &[Use]| group.iter().all(|it| own(it) || is_standard(&it.key[0]));
    if is_own(group) && !is_standard(&wanted[0]) && !group.iter().any(|it| own(it) && !it.is_exported) {
        // The language's own library comes in a group of its own.
        let end = group[group.len() - 1].lines.end;
        return (end, format!("\n{line}"));
    }
    let upper_first = upper_first(uses);
    let next = group.iter().find(|it| compare(&it.key, &wanted, upper_first) == Ordering::Greater);
    (next.map_or(group[group.len() - 1].lines.end, |next| next.lines.start), line)
}

/// Whether a crate is the language's own.
pub(super) fn is_standard(name: &str) -> bool {
    matches!(name, "std" | "core" | "alloc")
}

/// Runs of declarations on successive lines, which rustfmt sorts.
fn groups<'u>(text: &str, uses: &'u [Use]) -> Vec<&'u [Use]> {
    let together = |one: &Use, next: &Use| text[one.lines.end as usize..next.lines.start as usize].is_empty();
    uses.chunk_by(together).collect()
}

/// Where the first item, or what is written above it, starts.
fn first_item(text: &str) -> u32 {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim_start();
        let is_head = trimmed.starts_with("//!") || trimmed.starts_with("#!") || trimmed.is_empty();
        if !is_head {
            break;
        }
        at += line.len() as u32;
    }
    at
}

/// Whether names with capitals come before others, as they do since the style of 2024. Taken from what is there.
fn upper_first(uses: &[Use]) -> bool {
    let starts_upper = |name: &String| name.starts_with(char::is_uppercase);
    let is_name = |name: &String| name.starts_with(|letter: char| letter.is_alphabetic() || letter == '_');
    uses.windows(2)
        .find_map(|pair| {
            let (one, other) = (&pair[0].key, &pair[1].key);
            let at = one.iter().zip(other).position(|(one, other)| one != other)?;
            let (one, other) = (&one[at], &other[at]);
            let told = is_name(one) && is_name(other) && starts_upper(one) != starts_upper(other);
            told.then(|| starts_upper(one))
        })
        .unwrap_or(true)
}

/// rustfmt's order of paths.
fn compare(one: &[String], other: &[String], upper_first: bool) -> Ordering {
    for (one, other) in one.iter().zip(other) {
        let order = rank(one, upper_first).cmp(&rank(other, upper_first)).then_with(|| one.cmp(other));
        if order != Ordering::Equal {
            return order;
        }
    }
    one.len().cmp(&other.len())
}

/// What comes first whatever its name: one's own crate, names, everything, several.
fn rank(name: &str, upper_first: bool) -> u8 {
    let is_constant = name.len() > 1 && !name.contains(char::is_lowercase);
    match name {
        "self" => 0,
        "super" => 1,
        "crate" => 2,
        "*" => 6,
        "{" => 7,
        _ if upper_first => 3,
        _ if !name.starts_with(char::is_uppercase) => 3,
        _ if is_constant => 5,
        _ => 4,
    }
}
