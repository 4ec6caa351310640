//! From texts to facts: which files take part, what of them need not be read, and reading the rest.

use super::{Engine, Report, Wanted, idle};
use crate::codebase::{self, ModuleInput};
use crate::diagnostic::{Notice, Severity};
use crate::facts::outline::{Meaning, Outline};
use crate::facts::{FileFacts, Name};
use crate::lang::{self, Frontend};
use crate::text::SourceFile;
use rayon::prelude::*;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

/// A file with what is known of it.
pub(super) struct Held {
    pub(super) text: Arc<str>,
    pub(super) frontend: &'static Frontend,
    /// What it imports, once that was asked for.
    imports: OnceLock<Vec<Name>>,
    /// What it declares and names.
    outline: Outlined,
    /// What of it need not be read.
    gaps: Vec<Range<usize>>,
    /// What it says; none until it is asked for, or if the front end broke on it.
    pub(super) lowered: Option<Lowered>,
    /// What an earlier text said, where this one is being written and may not parse.
    pub(super) before: Option<Lowered>,
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
    pub(super) fn new(text: Arc<str>, frontend: &'static Frontend) -> Held {
        Held {
            text,
            frontend,
            imports: OnceLock::new(),
            outline: Outlined::Not(None),
            gaps: Vec::new(),
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

    /// Takes the outline of the text.
    fn take_outline(&mut self, outline: Option<Outline>) {
        if let Outlined::Not(before) = &mut self.outline {
            let before = before.take();
            self.outline = outline.map_or(Outlined::Unknown(before), |outline| Outlined::As(Box::new(outline)));
        }
    }

    /// What it declares and names, or did before it was being written.
    fn outline(&self) -> Option<&Outline> {
        match &self.outline {
            Outlined::As(outline) => Some(outline),
            Outlined::Not(before) | Outlined::Unknown(before) => before.as_deref(),
        }
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
        self.idle = self.find_idle();
        self.find_gaps();
        let mut fresh: Vec<(&Arc<str>, &mut Held)> = taking_part(&mut self.files, &self.idle, &mut self.foreign)
            .filter(|(_, held)| held.lowered.is_none())
            .collect();
        self.work.read = fresh.len();
        // A long file that is begun last keeps one thread busy while the others have nothing left to do.
        fresh.sort_by_key(|(_, held)| Reverse(held.text.len()));
        let manifests = &self.manifests;
        let read = || {
            fresh
                .par_iter_mut()
                .with_max_len(1)
                .map(|(path, held)| {
                    if !is_wanted() {
                        return None;
                    }
                    let (text, frontend) = (held.text.clone(), held.frontend);
                    let facts = catch_unwind(AssertUnwindSafe(|| (frontend.lower)(&text, &held.gaps)));
                    match facts {
                        Ok(facts) => {
                            let source = SourceFile::new(path.clone(), held.frontend.language, text);
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
                .collect()
        };
        let (broken, ()): (Vec<Option<Notice>>, ()) = rayon::join(read, || manifests.read());
        report.notices.extend(broken.into_iter().flatten());
    }

    /// Finds what need not be read, over all files together: a change of one file can make more matter in others.
    fn find_gaps(&mut self) {
        let sets = &self.sets;
        let held = taking_part(&mut self.files, &self.idle, &mut self.foreign).map(|(_, held)| held);
        let new: Vec<&mut Held> = held.filter(|held| matches!(held.outline, Outlined::Not(_))).collect();
        self.work.outlined = new.len();
        new.into_par_iter().for_each(|held| {
            let frontend = held.frontend;
            let models = sets.get(frontend.language.id());
            let meaning = |path: &str, member: &str| match models {
                Some(models) => models.meaning(path, member, (frontend.is_standard)(path)),
                None => Meaning::None,
            };
            let outline = catch_unwind(AssertUnwindSafe(|| (frontend.outline)(&held.text, &meaning)));
            held.take_outline(outline.ok().flatten());
        });
        for frontend in lang::ALL {
            let of_language = |held: &Held| held.frontend.language == frontend.language;
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
            let gaps = codebase::gaps(&files, modules);
            for ((_, held), gaps) in held.iter_mut().zip(gaps) {
                let gaps = if matches!(held.outline, Outlined::As(_)) { gaps } else { Vec::new() };
                if held.gaps != gaps {
                    held.gaps = gaps;
                    held.lowered = None;
                }
            }
        }
    }

    pub(super) fn libraries_of(&self, frontend: &Frontend) -> impl Iterator<Item = ModuleInput> {
        let of_language = self.libraries.iter().filter(|(language, _)| *language == frontend.language);
        of_language.map(|(_, module)| module.clone())
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
    let own = files.iter_mut().filter(|(path, held)| is_read(path, held.frontend) && !idle.contains(*path));
    own.chain(foreign)
}

/// Whether a file takes part: tests are not linked, and other people's sources are not read.
pub(super) fn is_read(path: &str, frontend: &Frontend) -> bool {
    let in_library = path.split('/').any(|folder| frontend.library_folders.contains(&folder));
    !in_library && !(frontend.is_test)(path)
}
