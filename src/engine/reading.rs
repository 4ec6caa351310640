//! From texts to facts: which files take part, what of them need not be read, and reading the rest.

use super::splice::splice;
use super::{Engine, Report, Wanted, idle};
use crate::codebase::{self, ModuleInput};
use crate::diagnostic::{Notice, Severity};
use crate::facts::outline::{Body, Outline, Word};
use crate::facts::{FileFacts, Name};
use crate::lang::{self, Frontend};
use crate::text::SourceFile;
use rayon::prelude::*;
use rustc_hash::FxHashSet;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

/// A file with what is known of it.
pub(super) struct Held {
    pub(super) text: Arc<str>,
    pub(super) frontend: &'static Frontend,
    /// What its path says of it.
    pub(super) role: Role,
    /// What it imports, once that was asked for.
    imports: OnceLock<Vec<Name>>,
    /// What it declares and names.
    outline: Outlined,
    /// What of it need not be read.
    gaps: Vec<Range<usize>>,
    /// Which bodies are among that, of those in the outline.
    left_out: Vec<bool>,
    /// Whether what was found to matter stands, although the outline is another one.
    stands: bool,
    /// What it imported when idle files were looked for.
    known_imports: Option<Vec<Name>>,
    /// What it says; none until it is asked for, or if the front end broke on it.
    pub(super) lowered: Option<Lowered>,
    /// What an earlier text said, where this one is being written and may not parse.
    pub(super) before: Option<Lowered>,
}

/// What the path of a file says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It takes part.
    Source,
    /// It is a test: tests are not linked.
    Test,
    /// It lies in a folder for other people's sources, which are not read.
    Library,
}

impl Role {
    fn of(path: &str, frontend: &Frontend) -> Role {
        if path.split('/').any(|folder| frontend.library_folders.contains(&folder)) {
            Role::Library
        } else if (frontend.is_test)(path) {
            Role::Test
        } else {
            Role::Source
        }
    }
}

/// How much of a file was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Read {
    Whole,
    /// A single body.
    Body,
}

/// What is known of a file's outline.
enum Outlined {
    /// Nothing yet; and that of an earlier text.
    Not(Option<Box<Outline>>),
    /// What it declares and names.
    As(Box<Outline>),
    /// That it can't be told; and that of an earlier text.
    Unknown(Option<Box<Outline>>),
}

/// A text and what it says.
pub(super) type Lowered = (SourceFile, Arc<FileFacts>);

impl Held {
    pub(super) fn new(path: &str, text: Arc<str>, frontend: &'static Frontend) -> Held {
        Held {
            text,
            frontend,
            role: Role::of(path, frontend),
            imports: OnceLock::new(),
            outline: Outlined::Not(None),
            gaps: Vec::new(),
            left_out: Vec::new(),
            stands: false,
            known_imports: None,
            lowered: None,
            before: None,
        }
    }

    /// What it imports.
    pub(super) fn imports(&self) -> &[Name] {
        self.imports.get_or_init(|| (self.frontend.imports)(&self.text))
    }

    /// Gives it another text. What the one before it said is kept.
    pub(super) fn write(&mut self, text: Arc<str>) {
        self.text = text;
        self.imports = OnceLock::new();
        self.outline = match std::mem::replace(&mut self.outline, Outlined::Not(None)) {
            Outlined::As(outline) => Outlined::Not(Some(outline)),
            Outlined::Not(before) | Outlined::Unknown(before) => Outlined::Not(before),
        };
        let parsed = self.lowered.take().filter(|(_, facts)| facts.problems.is_empty());
        self.before = parsed.or(self.before.take());
    }

    /// Takes the outline of the text. `declared` are the names that anything has, if what matters was found out before.
    fn take_outline(&mut self, outline: Option<Outline>, declared: Option<&FxHashSet<Word>>) {
        let Outlined::Not(before) = &mut self.outline else { return };
        let before = before.take();
        self.stands = match (&before, &outline) {
            (Some(before), Some(now)) => declared.is_some_and(|declared| before.says_the_same(now, declared)),
            (Some(_), None) => declared.is_some(),
            (None, _) => false,
        };
        self.outline = outline.map_or(Outlined::Unknown(before), |outline| Outlined::As(Box::new(outline)));
        if self.stands {
            self.gaps = match &self.outline {
                Outlined::As(outline) => outline.gaps(&self.left_out),
                Outlined::Not(_) | Outlined::Unknown(_) => Vec::new(),
            };
        }
    }

    /// Takes what was found that need not be read.
    fn take_gaps(&mut self, gaps: Vec<Range<usize>>) {
        let is_gap = |body: &Body| gaps.binary_search_by_key(&body.inside.start, |gap| gap.start).is_ok();
        let bodies = self.outline().map(|outline| outline.bodies.iter().map(is_gap).collect());
        self.left_out = bodies.unwrap_or_default();
        self.stands = true;
        let gaps = if matches!(self.outline, Outlined::As(_)) { gaps } else { Vec::new() };
        if self.gaps != gaps {
            self.gaps = gaps;
            self.lowered = None;
        }
    }

    /// What it declares and names, or did before it was being written.
    fn outline(&self) -> Option<&Outline> {
        match &self.outline {
            Outlined::As(outline) => Some(outline),
            Outlined::Not(before) | Outlined::Unknown(before) => before.as_deref(),
        }
    }

    /// Reads the text, or that of its bodies that was edited. Says which.
    fn read(&self) -> (FileFacts, Read) {
        let (frontend, text) = (self.frontend, &*self.text);
        let known = self.before.as_ref().filter(|(_, facts)| facts.problems.is_empty());
        let edited = match (known, &self.outline) {
            (Some((source, facts)), Outlined::As(outline)) => {
                let read = |gaps: &[Range<usize>]| (frontend.lower)(text, gaps);
                splice((&source.text, facts), (text, outline, &self.left_out), read)
            }
            _ => None,
        };
        let Some(facts) = edited else { return ((frontend.lower)(text, &self.gaps), Read::Whole) };
        debug_assert!(!facts.problems.is_empty() || facts == (frontend.lower)(text, &self.gaps), "another file");
        (facts, Read::Body)
    }

    /// Takes what the text says, or what the one before it said if this one does not parse.
    fn take(&mut self, lowered: Option<Lowered>) {
        let parses = lowered.as_ref().is_some_and(|(_, facts)| facts.problems.is_empty());
        self.lowered = if parses { lowered } else { self.before.clone().or(lowered) };
    }
}

impl Engine {
    /// Reads what is not read yet.
    pub(super) fn lower(&mut self, is_wanted: &Wanted, report: &mut Report) {
        self.look_for_idle();
        self.find_gaps();
        let mut fresh: Vec<(&Arc<str>, &mut Held)> = taking_part(&mut self.files, &self.idle, &mut self.foreign)
            .filter(|(_, held)| held.lowered.is_none())
            .collect();
        self.work.read = fresh.len();
        // A long file that is begun last keeps one thread busy while the others have nothing left to do.
        fresh.sort_by_key(|(_, held)| Reverse(held.text.len()));
        let bodies = AtomicUsize::new(0);
        let broken: Vec<Option<Notice>> = fresh
            .par_iter_mut()
            .with_max_len(1)
            .map(|(path, held)| {
                if !is_wanted() {
                    return None;
                }
                let (text, frontend) = (held.text.clone(), held.frontend);
                match catch_unwind(AssertUnwindSafe(|| held.read())) {
                    Ok((facts, read)) => {
                        bodies.fetch_add(usize::from(read == Read::Body), Ordering::Relaxed);
                        let source = SourceFile::new(path.clone(), frontend.language, text);
                        held.take(Some((source, Arc::new(facts))));
                        None
                    }
                    Err(_) => {
                        held.take(None);
                        Some(Notice {
                            severity: Severity::Error,
                            path: path.to_string(),
                            position: None,
                            message: format!("the {} front end broke on this file; it was left out", frontend.name),
                        })
                    }
                }
            })
            .collect();
        self.work.bodies = bodies.into_inner();
        report.notices.extend(broken.into_iter().flatten());
    }

    /// Finds what need not be read, over all files together: a change of one file can make more matter in others. Mostly it
    /// does not, and then what was found stands.
    fn find_gaps(&mut self) {
        let (sets, declared) = (&self.sets, &self.declared);
        let held = taking_part(&mut self.files, &self.idle, &mut self.foreign).map(|(_, held)| held);
        let new: Vec<&mut Held> = held.filter(|held| matches!(held.outline, Outlined::Not(_))).collect();
        self.work.outlined = new.len();
        let outline = |held: &mut Held| {
            let frontend = held.frontend;
            let models = sets.get(frontend.language.id()).map(|models| &**models);
            let meaning = codebase::meanings(models, frontend);
            let outline = catch_unwind(AssertUnwindSafe(|| (frontend.outline)(&held.text, &meaning)));
            held.take_outline(outline.ok().flatten(), declared.get(frontend.language.id()));
        };
        // What manifests say is asked for right after.
        rayon::join(|| new.into_par_iter().for_each(outline), || self.manifests.read());
        for frontend in lang::ALL {
            let of_language = |held: &Held| held.frontend.language == frontend.language;
            if self.declared.contains_key(frontend.language.id())
                && taking_part(&mut self.files, &self.idle, &mut self.foreign)
                    .all(|(_, held)| !of_language(held) || held.stands)
            {
                continue;
            }
            if !taking_part(&mut self.files, &self.idle, &mut self.foreign)
                .any(|(_, held)| of_language(held) && held.outline().is_some())
            {
                continue;
            }
            let mut modules = self.modules(frontend).modules;
            modules.extend(self.libraries_of(frontend));
            let held = taking_part(&mut self.files, &self.idle, &mut self.foreign);
            let mut held: Vec<_> = held.filter(|(_, held)| of_language(held)).collect();
            let files: Vec<(&str, Option<&Outline>)> =
                held.iter().map(|(path, held)| (&***path, held.outline())).collect();
            let declared = codebase::declared(&files);
            let gaps = codebase::gaps(&files, &declared, modules, frontend);
            held.iter_mut().zip(gaps).for_each(|((_, held), gaps)| held.take_gaps(gaps));
            if self.expects_edits {
                self.declared.insert(frontend.language.id(), declared);
            }
        }
    }

    pub(super) fn libraries_of(&self, frontend: &Frontend) -> impl Iterator<Item = ModuleInput> {
        let of_language = self.libraries.iter().filter(|(language, _)| *language == frontend.language);
        of_language.map(|(_, module)| module.clone())
    }

    /// Finds the idle files, unless no file imports anything else than before.
    fn look_for_idle(&mut self) {
        let is_known = |held: &Held| held.known_imports.as_deref() == Some(held.imports());
        if self.knows_idle && self.files.values().all(is_known) {
            return;
        }
        let idle = self.find_idle();
        if idle != self.idle {
            self.idle = idle;
            self.declared.clear();
        }
        self.knows_idle = self.expects_edits;
        if self.expects_edits {
            self.files.values_mut().for_each(|held| held.known_imports = Some(held.imports().to_vec()));
        }
    }

    fn find_idle(&self) -> BTreeSet<Arc<str>> {
        let roots: Vec<&str> = self.manifests.folders().collect();
        let find = |frontend: &&'static Frontend| {
            let models = self.sets.get(frontend.language.id())?;
            Some(idle::find(&self.files, &roots, frontend, models))
        };
        lang::ALL.iter().filter_map(|frontend| find(&frontend)).flatten().collect()
    }
}

/// The files that are read: all but tests, what only tests use, and what lies in folders for other people's sources.
fn taking_part<'f>(
    files: &'f mut BTreeMap<Arc<str>, Held>,
    idle: &BTreeSet<Arc<str>>,
    foreign: &'f mut BTreeMap<Arc<str>, Held>,
) -> impl Iterator<Item = (&'f Arc<str>, &'f mut Held)> {
    let own = files.iter_mut().filter(|(path, held)| held.role == Role::Source && !idle.contains(*path));
    own.chain(foreign)
}
