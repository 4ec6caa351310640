//! Everything in `fixtures/` that is source code: checked, compared with its markers, repaired, checked again.
//!
//! `FIXTURE=part/of/a/path` runs only some. `UPDATE=1` rewrites the `.fixed` files that are there; an empty one is enough to
//! ask for it.

use crate::markers::{self, Kind, Marker};
use crate::support::{diff, files_below, folders, golden, package, relative, update};
use spanlint::checks::{self, unused_allow};
use spanlint::diagnostic::{Confidence, Diagnostic};
use spanlint::engine::{Engine, Options, Report, Untraced};
use spanlint::fix::{self, Applicability, Edit};
use spanlint::lang;
use spanlint::model::{Model, builtin};
use spanlint::text::FileId;
use spanlint::workspace::repair;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// Ids of findings that come from no check.
const OTHER_IDS: [&str; 4] = ["syntax", "model", "file", "internal"];

/// Programs that say how a language's files are laid out: they read a file and print it as it should be.
const FORMATTERS: &[(&str, &[&str])] = &[("go", &["gofmt"]), ("rust", &["rustfmt", "--edition", "2024"])];

/// The models that ship with the program: to read them takes longer than to check a fixture.
static MODELS: OnceLock<Vec<Model>> = OnceLock::new();

#[test]
fn every_check_reports_what_its_fixtures_want() {
    let fixtures = scenarios().into_iter().map(|(check, folder)| Fixture::read(&folder, vec![check]));
    run_all(fixtures);
}

#[test]
fn clean_code_is_left_in_peace() {
    let cases = folders(&package("fixtures/clean")).into_iter().flat_map(|language| folders(&language));
    run_all(cases.map(|folder| Fixture::read(&folder, Vec::new())));
}

#[test]
fn services_have_the_faults_they_are_made_with() {
    let mut sets = folders(&package("fixtures/proof"));
    sets.push(package("fixtures/services"));
    run_all(sets.into_iter().filter(|set| set.is_dir()).map(|set| Fixture::read(&set, Vec::new())));
}

#[test]
fn every_check_has_fixtures() {
    let with_fixtures: BTreeSet<String> = scenarios().into_iter().map(|(check, _)| check).collect();
    let mut faults = Vec::new();
    for check in checks::ALL {
        let folder = format!("fixtures/checks/{}", check.id);
        if !with_fixtures.contains(check.id) {
            faults.push(format!("check `{}` has no folder {folder}/<scenario>/<language>/", check.id));
        } else if check.fix.is_some()
            && !files_below(&package(&folder)).iter().any(|(path, _)| path.ends_with(".fixed"))
        {
            faults.push(format!("check `{}` has a fix and no `.fixed` file in {folder}", check.id));
        }
    }
    let unknown = with_fixtures.iter().filter(|check| checks::by_id(check).is_none());
    faults.extend(unknown.map(|check| format!("fixtures/checks/{check}: there is no check of this name")));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn languages_of_one_scenario_agree() {
    let mut by_scenario: BTreeMap<PathBuf, Vec<(String, Vec<String>)>> = BTreeMap::new();
    for (check, folder) in scenarios() {
        let fixture = Fixture::read(&folder, vec![check]);
        let mut ids: Vec<String> =
            fixture.engine().check().diagnostics.iter().map(|diagnostic| diagnostic.check.to_owned()).collect();
        ids.sort();
        by_scenario.entry(folder.parent().unwrap().to_owned()).or_default().push((fixture.name, ids));
    }
    for languages in by_scenario.values() {
        let (first, expected) = &languages[0];
        for (other, ids) in &languages[1..] {
            assert_eq!(ids, expected, "{other} reports otherwise than {first}");
        }
    }
}

#[test]
fn every_finding_can_be_allowed() {
    let cases = scenarios().into_iter().map(|(check, folder)| Fixture::read(&folder, vec![check]));
    let faults: Vec<String> = cases.flat_map(|fixture| fixture.not_to_be_allowed()).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn known_wrong_answers_are_counted() {
    let sources = files_below(&package("fixtures")).into_iter().filter_map(|(path, file)| {
        let frontend = lang::for_path(&path)?;
        Some(markers::read(&fs::read_to_string(file).unwrap(), frontend.comment).unwrap_or_default())
    });
    let markers: Vec<Marker> = sources.flatten().collect();
    let count = |kind: Kind| markers.iter().filter(|marker| marker.kind == kind).count();
    let (missed, wrong) = (count(Kind::TodoWant), count(Kind::TodoQuiet));
    golden("tests/golden/todo.txt", &format!("todo want: {missed}\ntodo quiet: {wrong}\n"));
}

/// The fixtures of checks in which something can be fixed.
pub(crate) fn fixable() -> impl Iterator<Item = Fixture> {
    let is_fixable = |folder: &Path| files_below(folder).iter().any(|(path, _)| path.ends_with(".fixed"));
    let fixable = scenarios().into_iter().filter(move |(_, folder)| is_fixable(folder));
    fixable.map(|(check, folder)| Fixture::read(&folder, vec![check]))
}

/// Every `fixtures/checks/<check>/<scenario>/<language>/` with its check.
fn scenarios() -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    for check in folders(&package("fixtures/checks")) {
        let id = check.file_name().unwrap().to_str().unwrap().to_owned();
        for language in folders(&check).iter().flat_map(|scenario| folders(scenario)) {
            let name = language.file_name().unwrap().to_str().unwrap();
            let known = lang::ALL.iter().any(|frontend| frontend.language.id() == name);
            assert!(known, "{}: there is no language `{name}`", language.display());
            found.push((id.clone(), language));
        }
    }
    found
}

fn run_all(fixtures: impl IntoIterator<Item = Fixture>) {
    let wanted = std::env::var("FIXTURE").unwrap_or_default();
    let faults: Vec<String> =
        fixtures.into_iter().filter(|it| it.name.contains(&wanted)).flat_map(|fixture| fixture.faults()).collect();
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

/// One folder of sources that are checked together.
pub(crate) struct Fixture {
    /// Its path below the package.
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    pub(crate) options: Options,
    /// Sources and manifests, by path relative to the folder.
    pub(crate) texts: BTreeMap<String, String>,
}

impl Fixture {
    /// Reads a folder. Without checks to select, all run.
    fn read(folder: &Path, select: Vec<String>) -> Fixture {
        let mut options = Options { select, min_confidence: Confidence::Medium, ..Options::default() };
        let mut texts = BTreeMap::new();
        for (path, file) in files_below(folder) {
            if lang::for_path(&path).or(lang::for_manifest(&path)).or(lang::for_lock(&path)).is_none() {
                continue;
            }
            let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            read_options(&text, &mut options).unwrap_or_else(|error| panic!("{}:1: {error}", file.display()));
            texts.insert(path, text);
        }
        Fixture { name: relative(folder, &package("")), folder: folder.to_owned(), options, texts }
    }

    fn engine(&self) -> Engine {
        let models = MODELS.get_or_init(|| {
            let (models, notices) = builtin::all();
            assert!(notices.is_empty(), "{notices:?}");
            models
        });
        let mut engine = Engine::new(models.clone(), self.options.clone());
        for (path, text) in &self.texts {
            engine.set_file(path, text.as_str());
        }
        engine
    }

    fn faults(&self) -> Vec<String> {
        let mut engine = self.engine();
        let report = engine.check();
        let mut faults = self.wrong_reports(&report);
        let repaired = repair(&mut engine, Applicability::Unsafe, &|_| true);
        let mut fault = |path: &str, what: String| faults.push(format!("{}/{path}: {what}", self.name));
        for notice in &repaired.notices {
            fault(&notice.path, notice.message.clone());
        }
        for (path, text) in &self.texts {
            let fixed = repaired.changed.get(path).unwrap_or(text);
            if let Err(difference) = self.compare_fixed(path, fixed) {
                fault(path, difference);
            }
            if let Err(difference) = well_formatted(path, text).and_then(|()| well_formatted(path, fixed)) {
                fault(path, difference);
            }
        }
        for (path, finding) in surplus_after_fixing(&report, &repaired.report) {
            fault(&path, finding);
        }
        let again = repair(&mut engine, Applicability::Unsafe, &|_| true);
        for (path, text) in &again.changed {
            let once = repaired.changed.get(path).or(self.texts.get(path)).map_or("", String::as_str);
            fault(path, format!("fixing a second time changes it again\n{}", diff(once, text)));
        }
        faults
    }

    /// What is still found, or newly, when everything is allowed that can be.
    fn not_to_be_allowed(&self) -> Vec<String> {
        let mut engine = self.engine();
        let report = engine.check();
        let allow = |diagnostic: &Diagnostic| {
            let edit = engine.allow(&report.files[diagnostic.at.file.0 as usize].path, diagnostic)?;
            let text = edit.text.replace(": \n", ": it is meant to be so\n");
            assert_ne!(text, edit.text, "there is no place for a reason");
            Some(Edit { text, ..edit })
        };
        let mut edits: Vec<Edit> = report.diagnostics.iter().filter_map(allow).collect();
        edits.sort();
        edits.dedup();
        for (index, file) in report.files.iter().enumerate() {
            engine.set_file(&file.path, fix::apply(&file.text, FileId(index as u32), &edits));
        }
        let after = engine.check();
        let allowable = after.diagnostics.iter().filter(|diagnostic| diagnostic.check != unused_allow::CHECK.id);
        let left = allowable.map(|it| format!("{}: {} is not allowed: {}", self.name, it.check, it.message));
        let notices = after.notices.iter().map(|notice| format!("{}: {}", self.name, notice.message));
        left.chain(notices).collect()
    }

    /// Findings without a marker, and markers without a finding.
    fn wrong_reports(&self, report: &Report) -> Vec<String> {
        let mut faults: Vec<String> = report
            .notices
            .iter()
            .map(|notice| format!("{}/{}: notice: {}", self.name, notice.path, notice.message))
            .collect();
        for (path, text) in &self.texts {
            let Some(frontend) = lang::for_path(path) else { continue };
            let found = markers::read(text, frontend.comment).map_err(|fault| vec![fault]);
            let wrong = found.and_then(|markers| {
                let mut wrong = unknown_checks(&markers);
                match report.files.iter().position(|file| *file.path == **path) {
                    Some(file) => wrong.extend(markers::compare(report, file, &markers)),
                    None => {
                        wrong.extend(markers.iter().map(|it| (it.line, format!("not reported: {it}; file not read"))));
                    }
                }
                if wrong.is_empty() { Ok(()) } else { Err(wrong) }
            });
            let at = |(line, what): (u32, String)| format!("{}/{path}:{line}: {what}", self.name);
            faults.extend(wrong.err().into_iter().flatten().map(at));
        }
        faults
    }

    /// Compares with the `.fixed` file, if there is one.
    fn compare_fixed(&self, path: &str, fixed: &str) -> Result<(), String> {
        let file = self.folder.join(format!("{path}.fixed"));
        let Ok(expected) = fs::read_to_string(&file) else { return Ok(()) };
        if expected == fixed {
            return Ok(());
        }
        if update() {
            fs::write(&file, fixed).unwrap();
            return Ok(());
        }
        Err(format!("fixed otherwise than in `{path}.fixed`\n{}", diff(&expected, fixed)))
    }
}

/// `// options: untraced=edges min-confidence=low with=missing-inject` on a source's first line.
fn read_options(text: &str, options: &mut Options) -> Result<(), String> {
    let first = text.lines().next().unwrap_or_default();
    let Some((_, words)) = first.split_once(" options: ") else { return Ok(()) };
    for word in words.split_whitespace() {
        match word {
            // A check whose findings depend on what another one finds.
            with if with.starts_with("with=") => options.select.push(with["with=".len()..].to_owned()),
            "untraced=service" => options.untraced = Untraced::Service,
            "untraced=edges" => options.untraced = Untraced::Edges,
            "untraced=ignore" => options.untraced = Untraced::Ignore,
            "min-confidence=low" => options.min_confidence = Confidence::Low,
            "min-confidence=medium" => options.min_confidence = Confidence::Medium,
            "min-confidence=high" => options.min_confidence = Confidence::High,
            other => return Err(format!("there is no option `{other}` for fixtures")),
        }
    }
    Ok(())
}

fn unknown_checks(markers: &[Marker]) -> Vec<(u32, String)> {
    let is_known = |id: &str| OTHER_IDS.contains(&id) || checks::by_id(id).is_some();
    let unknown = markers.iter().filter(|marker| !is_known(&marker.check));
    unknown.map(|marker| (marker.line, format!("there is no check `{}`", marker.check))).collect()
}

/// Findings that fixing should have removed, or that it made.
fn surplus_after_fixing(before: &Report, after: &Report) -> Vec<(String, String)> {
    let identity = |report: &Report, diagnostic: &Diagnostic| {
        let path = report.files[diagnostic.at.file.0 as usize].path.to_string();
        (path, format!("{}: {}", diagnostic.check, diagnostic.message))
    };
    let is_fixable = |diagnostic: &&Diagnostic| {
        diagnostic.fixes.iter().any(|fix| fix.applicability <= Applicability::Unsafe && !fix.edits.is_empty())
    };
    let unfixable = before.diagnostics.iter().filter(|diagnostic| !is_fixable(diagnostic));
    let mut unfixable: Vec<(String, String)> = unfixable.map(|diagnostic| identity(before, diagnostic)).collect();
    let mut surplus = Vec::new();
    for diagnostic in &after.diagnostics {
        let finding = identity(after, diagnostic);
        match unfixable.iter().position(|known| *known == finding) {
            Some(index) => drop(unfixable.remove(index)),
            None => surplus.push((finding.0, format!("still or newly reported in the fixed file: {}", finding.1))),
        }
    }
    surplus
}

/// Whether the language's formatter would leave a text as it is. Without the formatter, nobody knows.
fn well_formatted(path: &str, text: &str) -> Result<(), String> {
    let Some(frontend) = lang::for_path(path) else { return Ok(()) };
    let Some((_, [program, arguments @ ..])) =
        FORMATTERS.iter().find(|(language, _)| *language == frontend.language.id())
    else {
        return Ok(());
    };
    let child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else { return Ok(()) };
    let mut input = child.stdin.take().unwrap();
    let bytes = text.as_bytes().to_vec();
    let writer = std::thread::spawn(move || input.write_all(&bytes));
    let output = child.wait_with_output().unwrap();
    let _ = writer.join().unwrap();
    let formatted = String::from_utf8(output.stdout).unwrap();
    if !output.status.success() || formatted == text {
        // A file that does not parse is meant to be so.
        return Ok(());
    }
    let mut message = String::new();
    writeln!(message, "`{program}` would lay it out otherwise").unwrap();
    message.push_str(&diff(text, &formatted));
    Err(message)
}
