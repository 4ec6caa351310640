//! What a file says after an edit inside one body, told without reading its other bodies again.
//!
//! All but that body says what it said, at places that moved by what the edit added. So the text is read with all other bodies
//! left out, and what it says of the edited one takes the place of what was known of that.

use crate::facts::outline::Outline;
use crate::facts::{
    FileFacts, Function, FunctionIndex, FunctionKind, ImplementationIndex, Local, LocalIndex, ModuleIndex, Place,
};
use crate::text::TextRange;
use std::ops::Range;

/// What a file says, or what can't be read of it; none if that takes reading it whole.
///
/// `before` is an earlier text that could be read, with what it says. Of the new one the outline is known, and which of its
/// bodies need not be read. `read` reads a text but for some ranges of it.
pub(super) fn splice(
    before: (&str, &FileFacts),
    (text, outline, left_out): (&str, &Outline, &[bool]),
    read: impl FnOnce(&[Range<usize>]) -> FileFacts,
) -> Option<FileFacts> {
    let (old_text, old) = before;
    if outline.bodies.len() != left_out.len() {
        return None;
    }
    let edit = Edit::between(old_text, text)?;
    let edited = outline.bodies.iter().map(|body| &body.inside).filter(|inside| edit.lies_in(inside));
    let edited = edited.max_by_key(|inside| inside.len())?;
    let body = TextRange::new(edited.start as u32 - 1, edited.end as u32 + 1);
    let old_body = edit.before(body);
    if declares_in(old, old_body) || !edit.left_the_others(old, outline, left_out, edited) {
        return None;
    }
    let overlaps = |inside: &Range<usize>| inside.start < edited.end && edited.start < inside.end;
    let bodies = outline.bodies.iter().zip(left_out);
    let left_out: Vec<bool> = bodies.map(|(body, left_out)| *left_out || !overlaps(&body.inside)).collect();
    let new = read(&outline.gaps(&left_out));
    if !new.problems.is_empty() {
        return Some(new);
    }
    if declares_in(&new, body) {
        return None;
    }
    join(edit.moved(old, old_body)?, Part::of(new, body)?)
}

/// The one range in which two texts differ.
#[derive(Debug)]
struct Edit {
    start: u32,
    /// Where it ends in the earlier text.
    old_end: u32,
    /// Where it ends in the later one.
    new_end: u32,
}

impl Edit {
    fn between(old: &str, new: &str) -> Option<Edit> {
        let (old, new) = (old.as_bytes(), new.as_bytes());
        let start = old.iter().zip(new).take_while(|(one, other)| one == other).count();
        let (old_rest, new_rest) = (&old[start..], &new[start..]);
        let same = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(one, other)| one == other).count();
        let offset = |offset: usize| u32::try_from(offset).ok();
        Some(Edit { start: offset(start)?, old_end: offset(old.len() - same)?, new_end: offset(new.len() - same)? })
    }

    fn lies_in(&self, inside: &Range<usize>) -> bool {
        inside.start <= self.start as usize && self.new_end as usize <= inside.end
    }

    /// Where a range of the later text, which may be around the edit, was in the earlier one.
    fn before(&self, range: TextRange) -> TextRange {
        let old = |offset| moved(offset, self.start, (self.new_end, self.old_end));
        TextRange::new(old(range.start), old(range.end))
    }

    /// Where a place of the earlier text, which may be around the edit, is in the later one.
    fn after(&self, offset: u32) -> u32 {
        moved(offset, self.start, (self.old_end, self.new_end))
    }

    /// Whether exactly what must be read of the bodies that were not edited is known.
    fn left_the_others(&self, old: &FileFacts, outline: &Outline, left_out: &[bool], edited: &Range<usize>) -> bool {
        let mut known: Vec<(u32, bool)> = old.functions.iter().map(|it| (it.body.start, it.is_unread)).collect();
        known.sort_unstable();
        let is_as_known = |inside: &Range<usize>, left_out: bool| {
            let start = self.before(TextRange::empty(inside.start as u32 - 1)).start;
            known.binary_search_by_key(&start, |it| it.0).map_or(true, |at| known[at].1 == left_out)
        };
        let is_other = |inside: &Range<usize>| inside.end <= edited.start || edited.end <= inside.start;
        let mut others = outline.bodies.iter().zip(left_out).filter(|(body, _)| is_other(&body.inside));
        others.all(|(body, left_out)| is_as_known(&body.inside, *left_out))
    }

    /// What an earlier text says but for one body, where it stands now.
    fn moved(&self, old: &FileFacts, body: TextRange) -> Option<Part> {
        let mut part = Part::without(old, body)?;
        part.facts.import_anchor = self.after(part.facts.import_anchor);
        part.facts.each_place(&mut |place| {
            if let Place::Range(range) | Place::Scope(range) = place {
                *range = TextRange::new(self.after(range.start), self.after(range.end));
            }
        });
        for directive in &mut part.facts.directives {
            for range in [&mut directive.comment, &mut directive.words] {
                *range = TextRange::new(self.after(range.start), self.after(range.end));
            }
            directive.target = self.after(directive.target);
        }
        Some(part)
    }
}

/// A place around a range from `start` on, which now ends elsewhere.
fn moved(offset: u32, start: u32, (end, end_now): (u32, u32)) -> u32 {
    if offset <= start { offset } else { (offset + end_now).saturating_sub(end) }
}

/// Whether a file declares anything but functions and variables in a range.
fn declares_in(facts: &FileFacts, range: TextRange) -> bool {
    let FileFacts { imports, modules, types, implementations, globals, .. } = facts;
    let all = imports.iter().map(|it| it.range).chain(modules.iter().map(|it| it.range));
    let all = all.chain(types.iter().map(|it| it.range)).chain(globals.iter().map(|it| it.range));
    all.chain(implementations.iter().map(|it| it.range)).any(|it| range.contains(it))
}

/// A part of what a file says.
#[derive(Debug)]
struct Part {
    facts: FileFacts,
    /// For each function of the file, its number in the part.
    functions: Vec<Option<u32>>,
    /// For each variable of the file, its number in the part.
    locals: Vec<Option<u32>>,
    /// How many functions and variables come before the body that was edited.
    before: [usize; 2],
}

impl Part {
    /// What a file says of one body alone.
    fn of(facts: FileFacts, body: TextRange) -> Option<Part> {
        let is_of = belongs(&facts, body)?;
        let mut part = Part::chosen(facts, |index| is_of[index]);
        part.facts.directives.retain(|it| body.contains(it.comment));
        Some(part)
    }

    /// What a file says of all else.
    fn without(facts: &FileFacts, body: TextRange) -> Option<Part> {
        let is_of = belongs(facts, body)?;
        let mut part = Part::chosen(facts.clone(), |index| !is_of[index]);
        part.facts.directives.retain(|it| !body.contains(it.comment));
        Some(part)
    }

    fn chosen(mut facts: FileFacts, is_chosen: impl Fn(usize) -> bool) -> Part {
        let is_local_chosen = |local: &Local| is_chosen(local.owner.0 as usize);
        let functions = numbers((0..facts.functions.len()).map(&is_chosen));
        let locals = numbers(facts.locals.iter().map(is_local_chosen));
        let first = functions.iter().take_while(|it| it.is_some()).count();
        let before = [first, facts.locals.iter().take_while(|it| (it.owner.0 as usize) < first).count()];
        let mut index = 0..;
        facts.functions.retain(|_| index.next().is_some_and(&is_chosen));
        facts.locals.retain(is_local_chosen);
        Part { facts, functions, locals, before }
    }

    /// Numbers what functions belong to as the rest of the file does. Says whether that has all of it.
    fn place_in(&mut self, rest: &FileFacts) -> bool {
        let FileFacts { functions, modules, implementations, .. } = &mut self.facts;
        functions.iter_mut().all(|function| {
            let module = function.module.map(|index| {
                let range = modules[index.0 as usize].range;
                rest.modules.iter().position(|it| it.range == range).map(|place| ModuleIndex(place as u32))
            });
            let implementation = function.implementation.map(|index| {
                let range = implementations[index.0 as usize].range;
                let place = rest.implementations.iter().position(|it| it.range == range);
                place.map(|place| ImplementationIndex(place as u32))
            });
            (function.module, function.implementation) = (module.flatten(), implementation.flatten());
            module != Some(None) && implementation != Some(None)
        })
    }

    /// Gives functions and variables other numbers. Says whether all that are named are there.
    fn renumber(&mut self, function: impl Fn(u32) -> u32, local: impl Fn(u32) -> u32) -> bool {
        let Part { facts, functions, locals, .. } = self;
        let mut all_known = true;
        let mut number = |known: Option<&Option<u32>>, now: &dyn Fn(u32) -> u32| match known {
            Some(Some(known)) => now(*known),
            _ => {
                all_known = false;
                0
            }
        };
        facts.each_place(&mut |place| match place {
            Place::Local(LocalIndex(index)) => *index = number(locals.get(*index as usize), &local),
            Place::Function(FunctionIndex(index)) => *index = number(functions.get(*index as usize), &function),
            Place::Range(_) | Place::Scope(_) => {}
        });
        all_known
    }
}

/// For each of a list its number among those that are chosen.
fn numbers(chosen: impl Iterator<Item = bool>) -> Vec<Option<u32>> {
    let mut next = 0..;
    chosen.map(|is_chosen| if is_chosen { next.next() } else { None }).collect()
}

/// For each function whether it is the one that has a body, or stands in that; none if no function has it.
fn belongs(facts: &FileFacts, body: TextRange) -> Option<Vec<bool>> {
    let is_whole = |function: &&Function| function.body == body && function.owner().is_none();
    if facts.functions.iter().filter(is_whole).count() != 1 {
        return None;
    }
    let is_of = |function: &Function| {
        let mut root = function;
        while let FunctionKind::Closure { owner } = root.kind {
            root = &facts.functions[owner.0 as usize];
        }
        body.contains(root.body)
    };
    Some(facts.functions.iter().map(is_of).collect())
}

/// Puts what is said of a body to the rest.
fn join(mut rest: Part, mut part: Part) -> Option<FileFacts> {
    let [functions, locals] = rest.before;
    let added = [part.facts.functions.len(), part.facts.locals.len()].map(|len| len as u32);
    let past =
        |place: usize, added: u32| move |index: u32| if (index as usize) < place { index } else { index + added };
    let in_place = |place: usize| move |index: u32| index + place as u32;
    let is_known = rest.renumber(past(functions, added[0]), past(locals, added[1]));
    if !is_known || !part.place_in(&rest.facts) {
        return None;
    }
    // Of the rest of its file, that part says nothing more.
    let own = std::mem::take(&mut part.facts);
    part.facts =
        FileFacts { functions: own.functions, locals: own.locals, directives: own.directives, ..FileFacts::default() };
    if !part.renumber(in_place(functions), in_place(locals)) {
        return None;
    }
    let (mut facts, part) = (rest.facts, part.facts);
    facts.functions.splice(functions..functions, part.functions);
    facts.locals.splice(locals..locals, part.locals);
    facts.directives.extend(part.directives);
    facts.directives.sort_by_key(|it| it.comment);
    Some(facts)
}
