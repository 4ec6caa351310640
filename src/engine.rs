//! The one door: files in, report out.
//!
//! Knows no disk, no format and no face. Every face drives it the same way.

mod align;
mod edges;
mod fingerprint;
mod idle;
mod kept;
mod manifests;
mod narrow;
mod reading;
mod revise;
mod run;
mod seen;
mod splice;
mod standing;
mod work;

use crate::codebase::ModuleInput;
use crate::diagnostic::{Allowed, Confidence, Diagnostic, Notice, Severity};
use crate::facts::outline::Word;
use crate::facts::{Dependency, ModuleFacts, Name};
use crate::fix::Edit;
use crate::lang;
use crate::model::{Model, ModelSet};
use crate::suppress;
use crate::text::{Language, SourceFile};
use manifests::Manifests;
use reading::Held;
use run::{Asked, Wanted};
use rustc_hash::FxHashSet;
use standing::Standing;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use crate::checks::Untraced;
pub use edges::{Direction, Edge, EdgeContext};
pub use narrow::{Before, Known, Texts};
pub use seen::{ProgramSeen, Seen, Skipped};
pub use work::Work;

/// What a run reports.
#[derive(Clone, Debug)]
pub struct Options {
    /// Ids of the checks to run; empty means all.
    pub select: Vec<String>,
    /// Ids of the checks to leave out.
    pub ignore: Vec<String>,
    /// Findings below this are left out.
    pub min_confidence: Confidence,
    /// How services without tracing are shown.
    pub untraced: Untraced,
    /// How much findings weigh, by id of their check, where that is not as the check says.
    pub severity: BTreeMap<String, Severity>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            select: Vec::new(),
            ignore: Vec::new(),
            min_confidence: Confidence::Medium,
            untraced: Untraced::Service,
            severity: BTreeMap::new(),
        }
    }
}

/// Holds the files of a codebase and answers what is wrong with them.
pub struct Engine {
    asked: Arc<Asked>,
    models: Vec<Model>,
    sets: BTreeMap<&'static str, Arc<ModelSet>>,
    files: BTreeMap<Arc<str>, Held>,
    manifests: Manifests,
    /// Other people's sources, by path: read, never reported.
    foreign: BTreeMap<Arc<str>, Held>,
    /// The modules that they belong to.
    libraries: Vec<(Language, ModuleInput)>,
    /// Which parts of libraries are there, if more is known than what manifests ask for.
    features: Option<LibraryFeatures>,
    /// Findings that are not reported, because they were there before.
    known: Vec<Known>,
    /// Texts before a change, if only what touches it is reported.
    before: Option<Before>,
    /// Files that only tests use, as of the last check.
    idle: BTreeSet<Arc<str>>,
    /// Whether these are still those, as long as no file imports anything else.
    knows_idle: bool,
    /// The names that anything in a language has, as long as what was found to matter with them stands.
    declared: BTreeMap<&'static str, FxHashSet<Word>>,
    /// What the last check found; none once anything changed.
    last: Option<Report>,
    /// Whether what a check made is kept for the next one.
    expects_edits: bool,
    /// By language, what the last check that got through came to; nothing unless edits are expected.
    standing: BTreeMap<&'static str, Standing>,
    /// What the last check did.
    work: Work,
}

/// Sources of a library, or of a part of it.
#[derive(Clone, Debug)]
pub struct Library {
    /// The language it is written in.
    pub language: Language,
    /// The folder of the module, as its files are named.
    pub folder: Arc<str>,
    /// The module's name; what it depends on, in the versions that the program takes.
    pub facts: ModuleFacts,
    /// Files by path, with their texts.
    pub files: Vec<(Arc<str>, Arc<str>)>,
}

/// Which libraries are there, and which of their parts.
#[derive(Clone, Debug)]
pub struct LibraryFeatures {
    /// The language that they are for.
    pub language: Language,
    /// By library, as manifests of that language are read.
    pub features: BTreeMap<Name, Vec<Name>>,
}

/// What a run found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Every file read, indexed by [`crate::text::FileId`].
    pub files: Vec<SourceFile>,
    /// The findings, by file and place.
    pub diagnostics: Vec<Diagnostic>,
    /// What could not be done.
    pub notices: Vec<Notice>,
    /// What was found and is allowed; it is not among the others.
    pub allowed: Vec<Allowed>,
    /// How many known findings are no longer there.
    pub gone: usize,
    /// How many findings are left out because they touch no changed line.
    pub untouched: usize,
    /// How many files were checked: read, and neither tests nor other people's.
    pub checked: usize,
    /// What the code uses of libraries, by the keys of the models that speak of it.
    pub models: BTreeSet<Name>,
    /// Where carriers arrive and leave, by file and place.
    pub edges: Vec<Edge>,
    /// What was recognised and what was left out.
    pub seen: Seen,
}

impl LibraryFeatures {
    /// Leaves in a manifest what is there.
    fn narrow(&self, facts: &mut ModuleFacts) {
        let is_there = |needed: &Dependency| {
            needed.inherited || needed.folder.is_some() || self.features.contains_key(&needed.name)
        };
        facts.dependencies.retain(is_there);
        for needed in facts.dependencies.iter_mut().chain(&mut facts.shared) {
            needed.features = self.features.get(&needed.name).cloned().unwrap_or_default();
        }
    }
}

impl Engine {
    /// An engine without files. `models` are those of a run, built-in and user ones alike.
    pub fn new(models: Vec<Model>, options: Options) -> Engine {
        let sets = lang::ALL
            .iter()
            .map(|frontend| (frontend.language.id(), Arc::new(ModelSet::new(&models, frontend.language))))
            .collect();
        Engine {
            asked: Arc::new(Asked { options, paths: None }),
            models,
            sets,
            files: BTreeMap::new(),
            manifests: Manifests::default(),
            foreign: BTreeMap::new(),
            libraries: Vec::new(),
            features: None,
            known: Vec::new(),
            before: None,
            idle: BTreeSet::new(),
            knows_idle: false,
            declared: BTreeMap::new(),
            last: None,
            expects_edits: false,
            standing: BTreeMap::new(),
            work: Work::default(),
        }
    }

    /// From here on keeps what a check makes, so that the next one need not do again what an edit leaves as it is. It costs
    /// memory, and nothing but edits gains by it.
    pub fn expect_edits(&mut self) {
        self.expects_edits = true;
    }

    /// What the last check did, and so what it did not do.
    pub fn work(&self) -> Work {
        self.work
    }

    /// What was found holds no longer, whatever the files say.
    fn forget(&mut self) {
        self.last = None;
        self.knows_idle = false;
        self.declared.clear();
        self.standing.clear();
    }

    /// The models of the run.
    pub fn models(&self) -> &[Model] {
        &self.models
    }

    /// Adds a file or replaces its text. The path is as reports show it, separated by `/`. Files that are neither sources
    /// of a known language nor manifests or their lock files are ignored.
    pub fn set_file(&mut self, path: &str, text: impl Into<Arc<str>>) {
        let text = text.into();
        if let Some(frontend) = lang::for_path(path) {
            if self.files.get(path).is_some_and(|held| held.text == text && held.before.is_none()) {
                return;
            }
            self.files.insert(path.into(), Held::new(path, text, frontend));
            self.last = None;
        } else if self.manifests.set(path, text) {
            self.forget();
        }
    }

    /// Like [`Engine::set_file`], for a text that somebody is writing: as long as it does not parse, the file says what it
    /// said before.
    pub fn set_draft(&mut self, path: &str, text: impl Into<Arc<str>>) {
        let text = text.into();
        match self.files.get_mut(path) {
            None => self.set_file(path, text),
            Some(held) if held.text == text => {}
            Some(held) => {
                held.write(text);
                self.last = None;
            }
        }
    }

    /// Leaves all files but these out of reports. The others are part of the codebase as before.
    pub fn report_only(&mut self, paths: impl Iterator<Item = Arc<str>>) {
        let options = self.asked.options.clone();
        self.asked = Arc::new(Asked { options, paths: Some(paths.collect()) });
        self.forget();
    }

    /// Allows findings that were there before.
    pub fn allow_known(&mut self, known: Vec<Known>) {
        self.known = known;
        self.last = None;
    }

    /// Leaves findings out that were there before a change and touch no line of it.
    pub fn report_changed(&mut self, before: Before) {
        self.before = Some(before);
        self.last = None;
    }

    /// Says which libraries and parts of them are there, whatever manifests ask for.
    pub fn set_features(&mut self, features: LibraryFeatures) {
        self.features = Some(features);
        self.forget();
    }

    /// Sets the libraries whose sources are known, in place of those before. They tell what calls of them do; nothing in
    /// them is reported or changed.
    pub fn set_libraries(&mut self, libraries: Vec<Library>) {
        let mut before = std::mem::take(&mut self.foreign);
        self.libraries.clear();
        for library in libraries {
            let Some(frontend) = lang::of(library.language) else { continue };
            for (path, text) in library.files {
                let known = before.remove(&path).filter(|held| held.text == text);
                let held = known.unwrap_or_else(|| Held::new(&path, text, frontend));
                self.foreign.insert(path, held);
            }
            let module = ModuleInput { folder: library.folder.to_string(), facts: library.facts, lock: None };
            self.libraries.push((library.language, module));
        }
        self.forget();
    }

    /// Forgets a file.
    pub fn remove_file(&mut self, path: &str) {
        self.files.remove(path);
        self.manifests.remove(path);
        self.forget();
    }

    /// Checks every file.
    ///
    /// What did not change since the last call is not read again.
    pub fn check(&mut self) -> Report {
        self.check_while(|| true).unwrap_or_default()
    }

    /// Like [`Engine::check`], as long as somebody waits for it: gives nothing once `is_wanted` says no, which is asked
    /// between one part of the work and the next.
    pub fn check_while(&mut self, is_wanted: impl Fn() -> bool + Send + Sync + 'static) -> Option<Report> {
        if let Some(last) = &self.last {
            return Some(last.clone());
        }
        let report = self.check_anew(&(Arc::new(is_wanted) as Wanted))?;
        self.last = Some(report.clone());
        Some(report)
    }

    fn check_anew(&mut self, is_wanted: &Wanted) -> Option<Report> {
        let mut report = Report::default();
        self.work = Work::default();
        self.lower(is_wanted, &mut report);
        report.seen.skipped = self.skipped_files();
        for frontend in lang::ALL {
            self.check_language(frontend, is_wanted, &mut report);
        }
        if !is_wanted() {
            return None;
        }
        report.diagnostics.sort_by_key(|diagnostic| (diagnostic.at, diagnostic.check));
        let is_asked_for = |known: &&Known| known.path.as_ref().is_none_or(|path| self.asked.is_asked_for(path));
        let known = self.known.iter().filter(|known| self.asked.runs(&known.check)).filter(is_asked_for);
        narrow::to_unknown(&mut report, known);
        if let Some(before) = &self.before {
            narrow::to_changed(&mut report, before);
        }
        report.allowed.sort_by_key(|allowed| (allowed.diagnostic.at, allowed.diagnostic.check));
        report.notices.sort_by(|one, other| (&one.path, one.position).cmp(&(&other.path, other.position)));
        Some(report)
    }

    /// The comment that allows a finding of the last check, without a reason yet: what it inserts ends where that belongs,
    /// save for the line break.
    pub fn allow(&self, path: &str, diagnostic: &Diagnostic) -> Option<Edit> {
        let held = self.files.get(path)?;
        let (source, facts) = held.lowered.as_ref()?;
        suppress::allow(source, facts, held.frontend.comment, diagnostic)
    }
}
