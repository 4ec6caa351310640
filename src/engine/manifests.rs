//! Manifests and lock files, each read once.

use super::Engine;
use crate::codebase::ModuleInput;
use crate::diagnostic::{Notice, Severity};
use crate::facts::{LockFacts, ModuleFacts, Problem};
use crate::lang::{self, Frontend};
use crate::text::SourceFile;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// The manifests and lock files of a codebase, by path.
#[derive(Default)]
pub(super) struct Manifests {
    modules: BTreeMap<Arc<str>, Once<ModuleFacts>>,
    locks: BTreeMap<Arc<str>, Once<Arc<LockFacts>>>,
}

/// The modules of a language, and what is wrong with manifests and lock files.
#[derive(Default)]
pub(super) struct Modules {
    pub(super) modules: Vec<ModuleInput>,
    pub(super) notices: Vec<Notice>,
}

/// A text, and what it says once that was asked for.
struct Once<T> {
    text: Arc<str>,
    facts: OnceLock<Result<T, Problem>>,
}

impl<T> Once<T> {
    fn new(text: Arc<str>) -> Once<T> {
        Once { text, facts: OnceLock::new() }
    }
}

impl Once<ModuleFacts> {
    fn read(&self, path: &str) -> Option<&Result<ModuleFacts, Problem>> {
        let frontend = lang::for_manifest(path)?;
        Some(self.facts.get_or_init(|| (frontend.read_manifest)(name_of(path), &self.text)))
    }
}

impl Once<Arc<LockFacts>> {
    fn read(&self, path: &str) -> Option<&Result<Arc<LockFacts>, Problem>> {
        let frontend = lang::for_lock(path)?;
        Some(self.facts.get_or_init(|| (frontend.read_lock)(&self.text).map(Arc::new)))
    }
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The folder of a path: everything before the last `/`.
pub(super) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

impl Manifests {
    /// Adds a file or replaces its text. Says whether it is a manifest or lock file of some language.
    pub(super) fn set(&mut self, path: &str, text: Arc<str>) -> bool {
        if lang::for_manifest(path).is_some() {
            self.modules.insert(path.into(), Once::new(text));
        } else if lang::for_lock(path).is_some() {
            self.locks.insert(path.into(), Once::new(text));
        } else {
            return false;
        }
        true
    }

    /// Forgets a file.
    pub(super) fn remove(&mut self, path: &str) {
        self.modules.remove(path);
        self.locks.remove(path);
    }

    /// The folders of the manifests.
    pub(super) fn folders(&self) -> impl Iterator<Item = &str> {
        self.modules.keys().map(|path| folder_of(path))
    }

    /// Reads all of them, on all threads.
    pub(super) fn read(&self) {
        rayon::join(
            || {
                self.locks.par_iter().for_each(|(path, lock)| {
                    lock.read(path);
                });
            },
            || {
                self.modules.par_iter().for_each(|(path, module)| {
                    module.read(path);
                });
            },
        );
    }

    fn locks_of(&self, frontend: &Frontend, notices: &mut Vec<Notice>) -> Vec<(&str, Arc<LockFacts>)> {
        let mut locks = Vec::new();
        let of_language = |path: &str| lang::for_lock(path).is_some_and(|it| it.language == frontend.language);
        for (path, lock) in self.locks.iter().filter(|(path, _)| of_language(path)) {
            match lock.read(path) {
                Some(Ok(facts)) => locks.push((folder_of(path), facts.clone())),
                Some(Err(problem)) => notices.push(notice(path, &lock.text, frontend, problem)),
                None => {}
            }
        }
        locks
    }
}

impl Engine {
    /// The modules of a language, as manifests say, with the versions that lock files chose.
    pub(super) fn modules(&self, frontend: &'static Frontend) -> Modules {
        let Modules { mut modules, mut notices } = Modules::default();
        let locks = self.manifests.locks_of(frontend, &mut notices);
        let all = self.manifests.modules.iter();
        for (path, module) in all.filter(|(path, _)| frontend.manifests.contains(&name_of(path))) {
            let mut facts = match module.read(path) {
                Some(Ok(facts)) => facts.clone(),
                Some(Err(problem)) => {
                    notices.push(notice(path, &module.text, frontend, problem));
                    continue;
                }
                None => continue,
            };
            if let Some(known) = self.features.as_ref().filter(|it| it.language == frontend.language) {
                known.narrow(&mut facts);
            }
            let folder = folder_of(path);
            let is_below = |above: &str| match folder.strip_prefix(above) {
                Some(rest) => above.is_empty() || rest.is_empty() || rest.starts_with('/'),
                None => false,
            };
            let holds = |lock: &LockFacts| lock.packages.iter().any(|it| it.is_own && it.name == facts.name);
            let fitting = locks.iter().filter(|(folder, lock)| is_below(folder) && holds(lock));
            let lock = fitting.max_by_key(|(folder, _)| folder.len()).map(|(_, lock)| lock.clone());
            modules.push(ModuleInput { folder: folder.to_owned(), facts, lock });
        }
        Modules { modules, notices }
    }
}

fn notice(path: &Arc<str>, text: &Arc<str>, frontend: &Frontend, problem: &Problem) -> Notice {
    let source = SourceFile::new(path.clone(), frontend.language, text.clone());
    let at = source.lines.position(problem.range.start);
    Notice {
        severity: Severity::Warning,
        path: path.to_string(),
        position: Some((at.line + 1, at.column + 1)),
        message: problem.message.clone(),
    }
}
