//! What an edited file says, told in the places and variables of the text that was analysed.
//!
//! Where both texts are the same, a place of the new one has one in the old one. What was written since lies past the old
//! one's end. So facts that mean the same are equal, and whatever an analysis found can be shown where it stands now.

use crate::facts::{FileFacts, Function, FunctionKind, Local, LocalIndex, Place, TypeRef};
use crate::text::TextRange;
use rustc_hash::FxHashMap;
use similar::{Algorithm, DiffOp};
use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::ops::Range;

/// An edited file beside the one that was analysed.
#[derive(Debug)]
pub(super) struct Aligned {
    /// What it says, in the places and variables of the analysed one.
    pub(super) facts: FileFacts,
    /// The functions whose steps differ, by index.
    pub(super) changed: Vec<usize>,
    ranges: FxHashMap<TextRange, Option<TextRange>>,
    starts: FxHashMap<u32, Option<u32>>,
    ends: FxHashMap<u32, Option<u32>>,
    /// By variable of the analysed file.
    locals: FxHashMap<LocalIndex, LocalIndex>,
}

/// Lays an edited file beside the one that was analysed; none if it declares something else.
pub(super) fn align(old: (&str, &FileFacts), new: (&str, &FileFacts)) -> Option<Aligned> {
    let ((old_text, old_facts), (new_text, new_facts)) = (old, new);
    if old_facts.functions.len() != new_facts.functions.len() || old_facts.types.len() != new_facts.types.len() {
        return None;
    }
    let hunks = Hunks::between(old_text, new_text);
    let mut aligned = Aligned {
        facts: new_facts.clone(),
        changed: Vec::new(),
        ranges: FxHashMap::default(),
        starts: FxHashMap::default(),
        ends: FxHashMap::default(),
        locals: FxHashMap::default(),
    };
    aligned.move_ranges(&hunks);
    aligned.number_locals(old_facts);
    aligned.compare(old_facts).then_some(aligned)
}

impl Aligned {
    /// Where a place of the analysed text is now; none if that is not sure.
    pub(super) fn place(&self, at: TextRange) -> Option<TextRange> {
        if let Some(known) = self.ranges.get(&at) {
            return *known;
        }
        // Some places lie between those of two facts.
        let end = |offset| self.ends.get(&offset).copied().flatten();
        let start = |offset| self.starts.get(&offset).copied().flatten();
        let range = TextRange::new(start(at.start).or_else(|| end(at.start))?, end(at.end)?);
        (range.start <= range.end).then_some(range)
    }

    /// The variable that one of the analysed file is now.
    pub(super) fn local(&self, local: LocalIndex) -> Option<LocalIndex> {
        self.locals.get(&local).copied()
    }

    fn move_ranges(&mut self, hunks: &Hunks) {
        let Aligned { facts, ranges, starts, ends, .. } = self;
        facts.each_place(&mut |place| match place {
            Place::Range(range) => {
                let now = *range;
                *range = hunks.before(now);
                note(ranges, *range, now);
                note(starts, range.start, now.start);
                note(ends, range.end, now.end);
            }
            Place::Scope(range) => *range = TextRange::new(hunks.end(range.start), hunks.end(range.end)),
            Place::Local(_) | Place::Function(_) => {}
        });
    }

    /// Gives variables the numbers that they had; new ones come last, and those that are gone can be used nowhere.
    fn number_locals(&mut self, old: &FileFacts) {
        let mut known = FxHashMap::<_, Vec<u32>>::default();
        for (index, local) in old.locals.iter().enumerate().rev() {
            known.entry((local.owner, local.range)).or_default().push(index as u32);
        }
        let gone = |local: &Local| Local { ty: TypeRef::Unknown, scope: TextRange::empty(0), ..local.clone() };
        let new = std::mem::take(&mut self.facts.locals);
        self.facts.locals = old.locals.iter().map(gone).collect();
        let mut numbers = Vec::new();
        for (index, local) in new.into_iter().enumerate() {
            let place = match known.get_mut(&(local.owner, local.range)).and_then(Vec::pop) {
                Some(place) => {
                    self.locals.insert(LocalIndex(place), LocalIndex(index as u32));
                    self.facts.locals[place as usize] = local;
                    place
                }
                None => {
                    self.facts.locals.push(local);
                    self.facts.locals.len() as u32 - 1
                }
            };
            numbers.push(LocalIndex(place));
        }
        self.facts.each_place(&mut |place| {
            if let Place::Local(local) = place {
                *local = numbers.get(local.0 as usize).copied().unwrap_or(*local);
            }
        });
    }

    /// Finds the functions that differ. Says whether nothing else does.
    fn compare(&mut self, old: &FileFacts) -> bool {
        let new = &self.facts;
        for (index, (one, other)) in old.functions.iter().zip(&new.functions).enumerate() {
            if one.steps != other.steps || one.temporaries != other.temporaries {
                self.changed.push(index);
            }
        }
        let heads_are_same = old.functions.iter().zip(&new.functions).all(|(one, other)| is_same_head(one, other));
        let module_is_same = self.changed.iter().all(|index| old.functions[*index].kind != FunctionKind::Module);
        let is_in_changed = |local: &Local| self.changed.contains(&(local.owner.0 as usize));
        let locals_are_same = new
            .locals
            .iter()
            .enumerate()
            .all(|(index, local)| is_in_changed(local) || old.locals.get(index) == Some(local));
        heads_are_same
            && module_is_same
            && locals_are_same
            && old.package == new.package
            && old.modules == new.modules
            && old.imports == new.imports
            && old.types == new.types
            && old.implementations == new.implementations
            && old.globals == new.globals
            && old.generated == new.generated
    }
}

/// Whether two functions differ in nothing but their steps.
fn is_same_head(one: &Function, other: &Function) -> bool {
    let Function {
        name,
        kind,
        receiver,
        parameters,
        results,
        variadic,
        type_parameters,
        name_range,
        range,
        body,
        is_unread,
        steps: _,
        temporaries: _,
        starts,
        attributes,
        implementation,
        module,
    } = one;
    *name == other.name
        && *kind == other.kind
        && *receiver == other.receiver
        && *parameters == other.parameters
        && *results == other.results
        && *variadic == other.variadic
        && *type_parameters == other.type_parameters
        && *name_range == other.name_range
        && *range == other.range
        && *body == other.body
        && *is_unread == other.is_unread
        && *starts == other.starts
        && *attributes == other.attributes
        && *implementation == other.implementation
        && *module == other.module
}

/// Remembers where something is now; two of which one can't be told from the other are nowhere.
fn note<T: Hash + Eq, U: PartialEq>(places: &mut FxHashMap<T, Option<U>>, before: T, now: U) {
    match places.entry(before) {
        Entry::Occupied(mut known) if known.get().as_ref() != Some(&now) => drop(known.insert(None)),
        Entry::Occupied(_) => {}
        Entry::Vacant(place) => drop(place.insert(Some(now))),
    }
}

/// Where two texts differ, in order; between the hunks they are the same.
struct Hunks {
    hunks: Vec<Hunk>,
    /// What lies past the old text.
    past: u32,
}

#[derive(Clone, Debug, PartialEq)]
struct Hunk {
    old: Range<u32>,
    new: Range<u32>,
}

impl Hunks {
    fn between(old: &str, new: &str) -> Hunks {
        let mut hunks = Vec::new();
        let whole = trimmed(old, new, &Hunk { old: 0..old.len() as u32, new: 0..new.len() as u32 });
        let (before, after) = (part(old, &whole.old), part(new, &whole.new));
        if before.contains('\n') && after.contains('\n') {
            let (before, after) = (lines(before), lines(after));
            let offset = |lines: &[&str], count: usize| lines[..count].iter().map(|it| it.len() as u32).sum::<u32>();
            for operation in similar::capture_diff_slices(Algorithm::Myers, &before, &after) {
                if matches!(operation, DiffOp::Equal { .. }) {
                    continue;
                }
                let (was, is) = (operation.old_range(), operation.new_range());
                let at = |start: u32, lines: &[&str], range: Range<usize>| {
                    start + offset(lines, range.start)..start + offset(lines, range.end)
                };
                let hunk = Hunk { old: at(whole.old.start, &before, was), new: at(whole.new.start, &after, is) };
                hunks.push(trimmed(old, new, &hunk));
            }
        } else if whole.old != whole.new || before != after {
            hunks.push(whole);
        }
        Hunks { hunks, past: old.len() as u32 + 1 }
    }

    /// Where a range of the new text was in the old one.
    fn before(&self, range: TextRange) -> TextRange {
        if range.is_empty() {
            let at = self.end(range.start);
            return TextRange::new(at, at);
        }
        match self.start(range.start) {
            Some(start) => TextRange::new(start, self.end(range.end)),
            None => TextRange::new(self.past + range.start, self.past + range.end),
        }
    }

    /// Where something that starts here started; none if it is new.
    fn start(&self, offset: u32) -> Option<u32> {
        let mut moved = i64::from(offset);
        for hunk in &self.hunks {
            if offset < hunk.new.start {
                break;
            }
            if offset < hunk.new.end {
                return (offset == hunk.new.start && !hunk.old.is_empty()).then_some(hunk.old.start);
            }
            moved = i64::from(offset) - i64::from(hunk.new.end) + i64::from(hunk.old.end);
        }
        u32::try_from(moved).ok()
    }

    /// Where something that ends here ended.
    fn end(&self, offset: u32) -> u32 {
        let mut moved = i64::from(offset);
        for hunk in &self.hunks {
            if offset <= hunk.new.start {
                break;
            }
            if offset < hunk.new.end {
                return self.past + offset;
            }
            moved = i64::from(offset) - i64::from(hunk.new.end) + i64::from(hunk.old.end);
        }
        u32::try_from(moved).unwrap_or(self.past)
    }
}

fn part<'t>(text: &'t str, range: &Range<u32>) -> &'t str {
    text.get(range.start as usize..range.end as usize).unwrap_or_default()
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// A hunk without what both texts have at its start and end.
fn trimmed(old: &str, new: &str, hunk: &Hunk) -> Hunk {
    let (before, after) = (part(old, &hunk.old), part(new, &hunk.new));
    let same = |(one, other): &(char, char)| one == other;
    let start: usize = before.chars().zip(after.chars()).take_while(same).map(|(it, _)| it.len_utf8()).sum();
    let rest = before[start..].chars().rev().zip(after[start..].chars().rev());
    let end: usize = rest.take_while(same).map(|(it, _)| it.len_utf8()).sum();
    let (start, end) = (start as u32, end as u32);
    Hunk { old: hunk.old.start + start..hunk.old.end - end, new: hunk.new.start + start..hunk.new.end - end }
}
