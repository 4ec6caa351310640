//! The one place of the server that drives the engine: a thread for each folder, so that the editor never waits.
//!
//! Jobs come in, news go out. What is written in the editor counts before what is on disk. A check that an edit has overtaken
//! is given up.

use super::project::Project;
use super::settings::EditorSettings;
use crate::diagnostic::Notice;
use crate::engine::Report;
use crate::fix::{Applicability, Edit};
use crate::workspace::{self, Scope};
use crossbeam_channel::{Receiver, Sender};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A check that takes less is run after every keystroke; after two longer ones, the next waits for a pause.
const SHORT: Duration = Duration::from_millis(50);
/// The longest such pause.
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// What is told when a folder is read for the first time, or anew.
pub(super) const READING: &str = "reading";

/// What a worker is to do.
#[derive(Debug)]
pub(super) enum Job {
    /// Read settings, models and files anew.
    Load(Box<EditorSettings>),
    /// Files came, went or changed on disk.
    Look(BTreeSet<PathBuf>),
    /// A text in the editor; none if it was closed.
    Write(PathBuf, Option<Arc<str>>),
    /// Find out what fixing everything comes to, for findings in one file or in all.
    Fix(Ticket, Option<PathBuf>, Applicability),
}

/// Names a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ticket(pub(super) u64);

/// What a worker tells.
#[derive(Debug)]
pub(super) enum News {
    /// What it has begun to do, for people.
    Doing(&'static str),
    /// What a check found.
    Checked(Box<Snapshot>),
    /// New texts of the files that fixing changes, by path.
    Fixed(Ticket, BTreeMap<PathBuf, String>),
    /// Something broke; what was known stays.
    Broke(String),
}

/// What is known of a folder at one time.
#[derive(Debug, Default)]
pub(super) struct Snapshot {
    /// How many jobs it has heeded.
    pub(super) generation: u64,
    /// What was found.
    pub(super) report: Report,
    /// The paths of the report's files, in their order.
    pub(super) paths: Vec<PathBuf>,
    /// For every finding, the edit that allows it.
    pub(super) allows: Vec<Option<Edit>>,
    /// What could not be done, with the file it speaks of if there is one.
    pub(super) notices: Vec<(Option<PathBuf>, Notice)>,
    /// Files that fixes may change.
    pub(super) own: BTreeSet<PathBuf>,
}

/// A running worker.
#[derive(Debug)]
pub(super) struct Worker {
    jobs: Sender<Job>,
    /// How many jobs it was given that may change something.
    given: Arc<AtomicU64>,
}

impl Worker {
    /// Starts a worker for a folder, which tells its news by `tell`.
    pub(super) fn start(folder: &Path, tell: impl Fn(News) + Send + 'static) -> anyhow::Result<Worker> {
        let (jobs, inbox) = crossbeam_channel::unbounded();
        let given = Arc::new(AtomicU64::new(0));
        let desk = Desk {
            folder: folder.to_path_buf(),
            inbox,
            given: given.clone(),
            taken: 0,
            tell: Box::new(tell),
            settings: EditorSettings::default(),
            written: BTreeMap::new(),
            project: None,
            broken: Report::default(),
            must_load: false,
            is_stale: false,
            told: 0,
            last_checks: [Duration::ZERO; 2],
        };
        std::thread::Builder::new().name("spanlint-worker".to_owned()).spawn(move || desk.work())?;
        Ok(Worker { jobs, given })
    }

    /// Gives it a job that may change what is found.
    pub(super) fn give(&self, job: Job) {
        self.given.fetch_add(1, Ordering::SeqCst);
        // A worker is gone only when the server ends.
        let _ = self.jobs.send(job);
    }

    /// Gives it a job that changes nothing.
    pub(super) fn ask(&self, job: Job) {
        // As above.
        let _ = self.jobs.send(job);
    }

    /// How many jobs it was given that may change something: a snapshot of that generation is fresh.
    pub(super) fn given(&self) -> u64 {
        self.given.load(Ordering::SeqCst)
    }
}

impl Drop for Worker {
    /// Whatever it is doing, nobody waits for it any longer.
    fn drop(&mut self) {
        self.given.fetch_add(1, Ordering::SeqCst);
    }
}

/// The worker's side.
struct Desk {
    folder: PathBuf,
    inbox: Receiver<Job>,
    given: Arc<AtomicU64>,
    /// How many jobs it has taken.
    taken: u64,
    tell: Box<dyn Fn(News) + Send>,
    settings: EditorSettings,
    /// Texts in the editor, by path.
    written: BTreeMap<PathBuf, Arc<str>>,
    project: Option<Project>,
    /// What is wrong with the configuration, if there is no project.
    broken: Report,
    must_load: bool,
    /// Whether something changed since the last check.
    is_stale: bool,
    /// How many jobs were taken when something was told last.
    told: u64,
    /// How long the last two checks took.
    last_checks: [Duration; 2],
}

impl Desk {
    fn work(mut self) {
        while let Ok(job) = self.inbox.recv() {
            let mut next = Some(job);
            while let Some(job) = next.take() {
                self.taken += u64::from(!matches!(job, Job::Fix(..)));
                self.safely(|desk| desk.take(job));
                next = self.next();
            }
            // Whoever waits for a check is told that there will be none.
            if !self.safely(Desk::check) {
                self.report(Snapshot { generation: self.taken, ..Snapshot::default() });
            }
        }
    }

    /// What has come meanwhile; after long checks, what comes before the next pause.
    fn next(&self) -> Option<Job> {
        // After a long one the next is mostly short: it goes by what the long one made.
        let shorter = self.last_checks[0].min(self.last_checks[1]);
        if shorter < SHORT {
            return self.inbox.try_recv().ok();
        }
        self.inbox.recv_timeout((shorter / 2).min(LONGEST_PAUSE)).ok()
    }

    /// Does something that must not end the server if it breaks. The project is then read anew.
    fn safely(&mut self, act: impl FnOnce(&mut Desk) -> anyhow::Result<()>) -> bool {
        let message = match catch_unwind(AssertUnwindSafe(|| act(self))) {
            Ok(Ok(())) => return true,
            Ok(Err(error)) => format!("{error:#}"),
            Err(_) => {
                (self.project, self.must_load) = (None, true);
                "internal error; the folder will be read anew".to_owned()
            }
        };
        self.tell(News::Broke(message));
        false
    }

    fn report(&mut self, snapshot: Snapshot) {
        self.told = snapshot.generation;
        self.tell(News::Checked(Box::new(snapshot)));
    }

    fn tell(&self, news: News) {
        (self.tell)(news);
    }

    fn take(&mut self, job: Job) -> anyhow::Result<()> {
        match job {
            Job::Load(settings) => {
                self.settings = *settings;
                self.must_load = true;
            }
            Job::Look(paths) => self.look(&paths)?,
            Job::Write(path, text) => self.write(&path, text)?,
            Job::Fix(ticket, only, allowed) => {
                let texts = self.fix(only.as_deref(), allowed);
                // Whoever asked is answered in any case.
                self.tell(News::Fixed(ticket, texts.unwrap_or_default()));
            }
        }
        Ok(())
    }

    fn write(&mut self, path: &Path, text: Option<Arc<str>>) -> anyhow::Result<()> {
        let before = match &text {
            Some(text) => self.written.insert(path.to_path_buf(), text.clone()),
            None => self.written.remove(path),
        };
        let is_known = |project: &Project| project.workspace.knows(path);
        if before.is_none() && path.exists() && !self.project.as_ref().is_none_or(is_known) {
            self.walk()?;
        }
        let Some(project) = &mut self.project else { return Ok(()) };
        self.is_stale = true;
        let name = project.workspace.name_of(path);
        match text {
            Some(text) if project.workspace.takes_in(path) => project.engine.set_draft(&name, text),
            Some(_) => {}
            None => match project.read_again(path) {
                Some(text) => project.engine.set_file(&name, text),
                None => project.engine.remove_file(&name),
            },
        }
        Ok(())
    }

    fn look(&mut self, paths: &BTreeSet<PathBuf>) -> anyhow::Result<()> {
        let Some(project) = &mut self.project else {
            // Whatever kept the folder from being read may be mended.
            self.must_load = true;
            return Ok(());
        };
        if paths.iter().any(|path| project.is_set_by(path)) {
            self.must_load = true;
            return Ok(());
        }
        // What the editor saves is known already, but for the libraries that it leads to.
        let is_known = |path: &&PathBuf| self.written.contains_key(*path) && project.workspace.knows(path);
        let (saved, news): (Vec<&PathBuf>, Vec<&PathBuf>) = paths.iter().partition(is_known);
        saved.iter().for_each(|path| drop(project.read_again(path)));
        self.is_stale |= project.seeks_libraries;
        if news.is_empty() {
            return Ok(());
        }
        self.is_stale = true;
        if news.iter().all(|path| project.workspace.knows(path) && path.is_file()) {
            for path in news {
                let name = project.workspace.name_of(path);
                if let Some(text) = project.read_again(path) {
                    project.engine.set_file(&name, text);
                }
            }
            return Ok(());
        }
        self.walk()
    }

    /// Finds out which files there are.
    fn walk(&mut self) -> anyhow::Result<()> {
        let Some(project) = &mut self.project else { return Ok(()) };
        self.is_stale = true;
        project.walk(&self.folder, &self.written)
    }

    fn load(&mut self) -> anyhow::Result<()> {
        self.must_load = false;
        self.is_stale = true;
        self.tell(News::Doing(READING));
        (self.project, self.broken) = match Project::read(&self.folder, &self.settings, &self.written)? {
            Ok(project) => (Some(project), Report::default()),
            // Nothing is checked until the configuration can be read.
            Err(broken) => (None, *broken),
        };
        Ok(())
    }

    fn check(&mut self) -> anyhow::Result<()> {
        if self.must_load {
            self.load()?;
        }
        let taken = self.taken;
        let Some(project) = &mut self.project else {
            let snapshot = self.broken_config();
            self.report(snapshot);
            return Ok(());
        };
        if !self.is_stale && self.told == taken {
            return Ok(());
        }
        if project.seeks_libraries {
            (self.tell)(News::Doing("reading libraries"));
            project.find_libraries();
        }
        (self.tell)(News::Doing("checking"));
        let start = Instant::now();
        let given = self.given.clone();
        let Some(report) = project.engine.check_while(move || given.load(Ordering::SeqCst) == taken) else {
            return Ok(());
        };
        let snapshot = project.snapshot(taken, report);
        self.last_checks = [self.last_checks[1], start.elapsed()];
        self.is_stale = false;
        self.report(snapshot);
        Ok(())
    }

    fn broken_config(&self) -> Snapshot {
        let report = self.broken.clone();
        let paths = report.files.iter().map(|file| self.folder.join(&*file.path)).collect();
        let allows = vec![None; report.diagnostics.len()];
        Snapshot { generation: self.taken, report, paths, allows, ..Snapshot::default() }
    }

    /// What fixing comes to. The engine has the texts of the editor again when this is done.
    fn fix(&mut self, only: Option<&Path>, allowed: Applicability) -> Option<BTreeMap<PathBuf, String>> {
        let project = self.project.as_mut()?;
        let Project { engine, workspace, .. } = project;
        let only = only.map(|path| workspace.name_of(path));
        let (may_change, may_repair) = (
            |name: &str| workspace.takes_in(&workspace.path_of(name)),
            |name: &str| only.as_deref().is_none_or(|only| only == name),
        );
        let scope = Scope { allowed, may_change: &may_change, may_repair: &may_repair };
        let changed = workspace::repair_in(engine, &scope).changed;
        for name in changed.keys() {
            let path = workspace.path_of(name);
            match self.written.get(&path).or(workspace.text(name)) {
                Some(text) => engine.set_draft(name, text.clone()),
                None => engine.remove_file(name),
            }
        }
        Some(changed.into_iter().map(|(name, text)| (workspace.path_of(&name), text)).collect())
    }
}
