//! What git says: which files changed, and what their texts were before.

use super::Workspace;
use crate::engine::Texts;
use crate::lang;
use anyhow::{Context, bail};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

/// Since when lines count as changed.
#[derive(Clone, Copy, Debug)]
pub enum Since<'a> {
    /// Since the current branch left this revision: in commits, in the index, in the files.
    Revision(&'a str),
    /// Since the last commit, in the index alone.
    Commit,
}

impl Workspace {
    /// The texts of changed files before the change, those included that it removed. With [`Since::Commit`], what the index holds takes the place of what
    /// lies on disk: it is what would be committed.
    ///
    /// # Errors
    /// Git is not there, the folders lie in no repository, or there is no such revision.
    pub fn changes(&mut self, since: Since<'_>) -> anyhow::Result<Texts> {
        let mut before = Texts::new();
        for repository in self.repositories()? {
            let from = match since {
                Since::Revision(revision) => Some(repository.base(revision)?),
                Since::Commit => None,
            };
            for (path, old) in repository.changed(from.as_deref())? {
                // What is not there any more was read before if it lay where files are read.
                if self.knows(&path) || self.takes_in(&path) {
                    before.insert(self.name_of(&path).into(), old);
                }
            }
            if from.is_none() {
                for (path, text) in repository.staged_texts()? {
                    let name = self.name_of(&path);
                    if let Some(known) = self.files.get_mut(&name) {
                        *known = text;
                    }
                }
            }
        }
        Ok(before)
    }

    fn repositories(&self) -> anyhow::Result<BTreeSet<Repository>> {
        let folders: BTreeSet<&Path> = self
            .roots
            .iter()
            .filter_map(|root| if root.is_dir() { Some(root.as_path()) } else { root.parent() })
            .collect();
        folders.into_iter().map(Repository::around).collect()
    }
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Repository {
    /// Where its files lie.
    folder: PathBuf,
}

impl Repository {
    fn around(folder: &Path) -> anyhow::Result<Repository> {
        let output = run(folder, &["rev-parse", "--show-toplevel"], b"")?;
        let Ok(out) = output else { bail!("`{}` lies in no git repository", folder.display()) };
        let top = String::from_utf8_lossy(&out).trim_end_matches('\n').to_owned();
        Ok(Repository { folder: fs::canonicalize(&top).with_context(|| format!("`{top}` can't be found"))? })
    }

    /// Where the current branch left a revision; the revision itself if they have nothing in common that is known here.
    fn base(&self, revision: &str) -> anyhow::Result<String> {
        let commit = format!("{revision}^{{commit}}");
        let known = run(&self.folder, &["rev-parse", "--verify", "--quiet", "--end-of-options", &commit], b"")?;
        let Ok(known) = known else {
            bail!("there is no revision `{revision}` in the repository at `{}`", self.folder.display());
        };
        let known = String::from_utf8_lossy(&known).trim().to_owned();
        let shared = run(&self.folder, &["merge-base", &known, "HEAD"], b"")?;
        Ok(shared.map_or(known, |out| String::from_utf8_lossy(&out).trim().to_owned()))
    }

    /// Changed files with their texts before.
    fn changed(&self, from: Option<&str>) -> anyhow::Result<BTreeMap<PathBuf, Option<Arc<str>>>> {
        let what = from.unwrap_or("--cached");
        let listed = self.list(&["diff", "--name-status", "-z", "-M", "--no-ext-diff", what, "--"])?;
        let mut words = listed.iter();
        let (mut changed, mut old_names) = (Vec::new(), Vec::new());
        while let Some(status) = words.next() {
            let Some(first) = words.next() else { break };
            let second = if status.starts_with(['R', 'C']) { words.next() } else { None };
            let path = second.unwrap_or(first);
            if is_read(path) {
                changed.push(path.clone());
                let is_new = status.starts_with('A');
                old_names.push((!is_new).then(|| format!("{}:{first}", from.unwrap_or("HEAD"))));
            }
        }
        if from.is_some() {
            let untracked = self.list(&["ls-files", "--others", "--exclude-standard", "-z"])?;
            for path in untracked.into_iter().filter(|path| is_read(path)) {
                changed.push(path);
                old_names.push(None);
            }
        }
        let asked_for: Vec<&String> = old_names.iter().flatten().collect();
        let mut texts = self.texts(&asked_for)?.into_iter();
        let old = old_names.iter().map(|name| name.as_ref().and_then(|_| texts.next().flatten()));
        Ok(changed.iter().map(|path| self.folder.join(path)).zip(old).collect())
    }

    /// What the index holds of files that are otherwise on disk.
    fn staged_texts(&self) -> anyhow::Result<Vec<(PathBuf, Arc<str>)>> {
        let listed = self.list(&["diff", "--name-only", "-z", "--no-ext-diff", "--"])?;
        let paths: Vec<String> = listed.into_iter().filter(|path| is_read(path)).collect();
        let names: Vec<String> = paths.iter().map(|path| format!(":0:{path}")).collect();
        let texts = self.texts(&names.iter().collect::<Vec<_>>())?;
        let both = paths.iter().zip(texts);
        Ok(both.filter_map(|(path, text)| Some((self.folder.join(path), text?))).collect())
    }

    /// Words that a zero byte ends.
    fn list(&self, arguments: &[&str]) -> anyhow::Result<Vec<String>> {
        let out = self.ask(arguments, b"")?;
        let words = out.split(|byte| *byte == 0).filter(|word| !word.is_empty());
        Ok(words.map(|word| String::from_utf8_lossy(word).into_owned()).collect())
    }

    /// The texts of objects, in order; none for what there is not.
    fn texts(&self, names: &[&String]) -> anyhow::Result<Vec<Option<Arc<str>>>> {
        // A name in two lines can't be asked for, and would shift the answers.
        let lines: Vec<&str> = names.iter().map(|name| if name.contains('\n') { "-" } else { name.as_str() }).collect();
        let mut out = &self.ask(&["cat-file", "--batch"], (lines.join("\n") + "\n").as_bytes())?[..];
        let mut texts = Vec::new();
        for _ in names {
            let end = memchr::memchr(b'\n', out).context("git gave fewer files than asked for")?;
            let head = String::from_utf8_lossy(&out[..end]).into_owned();
            out = &out[end + 1..];
            let is_file = head.split(' ').nth(1) == Some("blob");
            let size = head.rsplit(' ').next().and_then(|word| word.parse::<usize>().ok());
            let Some(size) = size.filter(|size| *size < out.len()) else {
                texts.push(None);
                continue;
            };
            texts.push(is_file.then(|| String::from_utf8_lossy(&out[..size]).into()));
            out = &out[size + 1..];
        }
        Ok(texts)
    }

    fn ask(&self, arguments: &[&str], input: &[u8]) -> anyhow::Result<Vec<u8>> {
        run(&self.folder, arguments, input)?.map_err(|said| {
            anyhow::anyhow!("`git {}` failed in `{}`: {said}", arguments.join(" "), self.folder.display())
        })
    }
}

/// Whether a front end reads files of this name.
fn is_read(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    lang::for_path(name).or(lang::for_manifest(name)).is_some()
}

/// What git prints, or what it has against that.
fn run(folder: &Path, arguments: &[&str], input: &[u8]) -> anyhow::Result<Result<Vec<u8>, String>> {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().context("git can't be started; it is needed to tell what changed")?;
    let mut stdin = child.stdin.take();
    let output = std::thread::scope(|scope| {
        scope.spawn(move || {
            // Git may have ended already, and then says why.
            let _ = stdin.as_mut().map(|stdin| stdin.write_all(input));
        });
        child.wait_with_output()
    })
    .context("git broke off")?;
    match output.status.success() {
        true => Ok(Ok(output.stdout)),
        false => Ok(Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())),
    }
}
