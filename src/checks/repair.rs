//! Turns the fix texts of models into edits.
//!
//! A check says where things are (the span's call, the send, the request's name); a model says what to write there. This
//! module fills in names, finds places for lines and asks the front end for imports. It knows no library.

use super::Pass;
use super::anchor::Anchors;
use crate::codebase::{FunctionId, PackageId};
use crate::facts::{Call, Name, StatementKind};
use crate::fix::{Edit, Fix};
use crate::lang::{self, Change, ImportWanted, Rework};
use crate::model::{EditModel, FixModel, placeholders};
use crate::text::{FileId, FileRange, SourceFile, TextRange};
use memchr::memmem;
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::LazyCell;
use std::collections::BTreeSet;

/// The fixes that models offer for a check's finding, the preferred first.
pub(super) fn fixes(pass: &Pass<'_>, check: &str, anchors: &Anchors<'_>) -> Vec<Fix> {
    let libraries = LazyCell::new(|| libraries(pass, anchors.function));
    let fitting = pass
        .models
        .fixes_for(check)
        .filter(|(_, fix)| fits(fix, anchors) && fix.api.as_deref().is_none_or(|api| libraries.contains(api)));
    let mut written: Vec<(&str, Fix)> = Vec::new();
    for (_, model) in fitting {
        let Some(fix) = Writer::new(pass, anchors).write(model) else { continue };
        // Who chooses from a list sees titles alone. Of those that do the same, the one that needs less is worth having.
        match written.iter().position(|(title, _)| *title == model.title) {
            Some(at) if written[at].1.applicability > fix.applicability => written[at].1 = fix,
            Some(_) => {}
            None => written.push((&model.title, fix)),
        }
    }
    written.into_iter().map(|(_, fix)| fix).collect()
}

/// The libraries that the services import which reach a function, and its own package.
fn libraries<'p>(pass: &Pass<'p>, function: FunctionId) -> FxHashSet<&'p str> {
    let programs = pass.graph.programs.iter().filter(|program| program.entry.is_some());
    let reached = programs.filter(|program| program.functions.contains(&function)).flat_map(|it| &it.packages);
    let own = pass.codebase.function_package(function);
    let packages: FxHashSet<PackageId> = reached.copied().chain([own]).collect();
    packages.into_iter().flat_map(|package| pass.codebase.library_imports(package)).map(Name::as_str).collect()
}

/// Whether everything that a fix speaks of is known, and as it wants it.
fn fits(fix: &FixModel, anchors: &Anchors<'_>) -> bool {
    let codebase = anchors.pass.codebase;
    let file = codebase.function_file(anchors.function);
    fix.needs.iter().all(|name| anchors.has(name))
        && fix.types.iter().all(|(name, wanted)| anchors.types.iter().all(|(known, ty)| known != name || ty == wanted))
        && !fix.unless.iter().any(|name| anchors.has(name))
        && fix.fits_versions(codebase.has_chosen_versions(file), |package| codebase.dependency_version(file, package))
        && fix.calls.iter().all(|(place, wanted)| {
            let is_wanted = |symbol: &Name| {
                let generated = || anchors.pass.models.generated(symbol);
                wanted.contains(symbol) || generated().is_some_and(|model| wanted.contains(&model.path))
            };
            anchors.symbols.iter().any(|(known, symbol)| known == place && is_wanted(symbol))
        })
}

/// Writes one fix.
struct Writer<'w> {
    pass: &'w Pass<'w>,
    anchors: &'w Anchors<'w>,
    chosen: FxHashMap<String, String>,
    imports: FxHashMap<FileId, Vec<ImportWanted>>,
    /// Names of items that the fix writes.
    items: FxHashSet<String>,
    /// The function that holds the place written to last.
    at: Option<FunctionId>,
    /// Packages named by their full paths that the manifest does not have.
    missing: BTreeSet<String>,
}

impl<'w> Writer<'w> {
    fn new(pass: &'w Pass<'w>, anchors: &'w Anchors<'w>) -> Writer<'w> {
        Writer {
            pass,
            anchors,
            chosen: FxHashMap::default(),
            imports: FxHashMap::default(),
            items: FxHashSet::default(),
            at: None,
            missing: BTreeSet::new(),
        }
    }

    fn write(mut self, fix: &FixModel) -> Option<Fix> {
        let mut edits = Vec::new();
        for edit in &fix.edits {
            edits.extend(self.edit(edit)?);
        }
        let mut missing = std::mem::take(&mut self.missing);
        let mut files: Vec<_> = self.imports.iter().collect();
        files.sort_by_key(|(file, _)| **file);
        for (file, wanted) in files {
            let code = self.pass.codebase.file(*file);
            let frontend = lang::of(code.source.language)?;
            for (range, text) in (frontend.add_imports)(&code.source.text, &code.facts, wanted) {
                edits.push(Edit { at: FileRange { file: *file, range }, text });
            }
            let paths = wanted.iter().map(|import| import.path.as_str());
            missing.extend(paths.filter_map(|path| self.missing_package(path, *file)));
        }
        if let Some(unused) = self.unused_imports(&edits) {
            edits.extend(unused);
        }
        let around = self.pass.codebase.at(self.anchors.function, self.outermost());
        let declares = self.chosen.values().map(|name| (around, name.clone())).collect();
        let (mut title, mut applicability) = (fix.title.clone(), fix.applicability);
        if !missing.is_empty() {
            let missing: Vec<String> = missing.into_iter().collect();
            let needs = if missing.len() == 1 { "needs a new dependency" } else { "needs new dependencies" };
            title = format!("{title} ({needs}: {})", missing.join(", "));
            applicability = applicability.max(crate::fix::Applicability::Unsafe);
        }
        Some(Fix { title, applicability, edits, declares })
    }

    fn edit(&mut self, edit: &EditModel) -> Option<Vec<Edit>> {
        let (action, target) = edit.at.split_once(':')?;
        let one = match action {
            "before" | "after" => self.lines(action == "after", target, &edit.text),
            "append-argument" | "prepend-argument" => {
                self.add_argument(action == "append-argument", target, &edit.text)
            }
            "replace" if target.ends_with("-statement") => self.statement(target, &edit.text),
            "append-result" => self.add_result(target, &edit.text),
            "replace" | "wrap" => match self.place(target) {
                Some(at) => self.fill(&edit.text, at.file).map(|text| Edit { at, text }),
                None => return self.add_field(target, &edit.text),
            },
            "link" | "around" | "enclose" => return self.rework(&edit.at, &edit.text),
            "append" | "start" if target == "work" => return self.rework(&edit.at, &edit.text),
            "end" => return self.item(&edit.text),
            "append" => self.append(target, &edit.text),
            "start" => self.start(target, &edit.text),
            "remove" => self.remove(target),
            "take" => self.take(target),
            _ => None,
        };
        one.map(|edit| vec![edit])
    }

    fn add_field(&mut self, target: &str, text: &str) -> Option<Vec<Edit>> {
        let anchors = self.anchors;
        let (_, file, addition) = anchors.additions.iter().find(|(name, _, _)| *name == target)?;
        let text = self.fill(text, *file)?;
        addition.edits(&self.pass.codebase.file(*file).source, &text)
    }

    fn place(&self, target: &str) -> Option<FileRange> {
        self.anchors.places.iter().find(|(name, _)| *name == target).map(|(_, at)| *at)
    }

    fn call(&mut self, target: &str) -> Option<(FileId, &'w Call)> {
        let (_, at, call) = self.anchors.calls.iter().find(|(name, _, _)| *name == target)?;
        self.at = self.pass.call_at(*at).map(|(_, function)| function);
        Some((at.file, *call))
    }

    /// Lines before or after the statement that holds a call.
    fn lines(&mut self, after: bool, target: &str, text: &str) -> Option<Edit> {
        let (file, call) = self.call(target)?;
        let is_apart = |kind| kind == StatementKind::Expression || (after && kind != StatementKind::Simple);
        if is_apart(call.statement_kind) {
            return None;
        }
        let text = self.fill(text, file)?;
        let source = &self.pass.codebase.file(file).source;
        let statement = call.statement;
        // A statement that shares its line with another can't take lines of its own before it.
        let indent = source.indentation(statement.start).to_owned();
        let line = source.lines.line_start(source.lines.position(statement.start).line);
        if source.slice(TextRange::new(line, statement.start)) != indent {
            return None;
        }
        let newline = line_ending(source);
        let body = text.lines().map(|line| if line.is_empty() { String::new() } else { format!("{indent}{line}") });
        let body = body.collect::<Vec<_>>().join(newline);
        let (at, text) = if after {
            (self.end_with_comment(file, statement.end), format!("{newline}{body}"))
        } else {
            (line, format!("{body}{newline}"))
        };
        Some(Edit { at: FileRange { file, range: TextRange::empty(at) }, text })
    }

    /// Lines in place of a statement.
    fn statement(&mut self, target: &str, text: &str) -> Option<Edit> {
        let at = self.places_alone(target)?;
        let text = self.fill(text, at.file)?;
        let source = &self.pass.codebase.file(at.file).source;
        let (indent, newline) = (source.indentation(at.range.start), line_ending(source));
        Some(Edit { at, text: text.lines().collect::<Vec<_>>().join(&format!("{newline}{indent}")) })
    }

    /// The place of a statement that shares its first line with nothing before it.
    fn places_alone(&self, target: &str) -> Option<FileRange> {
        let at = self.place(target)?;
        let source = &self.pass.codebase.file(at.file).source;
        let line = source.lines.line_start(source.lines.position(at.range.start).line);
        let alone = source.slice(TextRange::new(line, at.range.start)) == source.indentation(at.range.start);
        alone.then_some(at)
    }

    /// One more variable for what a call gives, behind the one that a short declaration declares.
    fn add_result(&mut self, target: &str, text: &str) -> Option<Edit> {
        let declared = self.place(&format!("{target}-result"))?;
        let (file, call) = self.call(target)?;
        let source = &self.pass.codebase.file(file).source;
        // Nothing but the sign of the declaration may stand between the variable and the call's own text.
        let written = source.slice(TextRange::new(declared.range.end, call.name_range.start));
        let sign = written.split_whitespace().next().unwrap_or_default();
        let alone = call.statement.start == declared.range.start && !sign.contains([',', '.']);
        (alone && !sign.contains(char::is_alphanumeric)).then_some(())?;
        let range = TextRange::empty(declared.range.end);
        Some(Edit { at: FileRange { file, range }, text: self.fill(text, file)? })
    }

    /// A text right behind a call.
    fn append(&mut self, target: &str, text: &str) -> Option<Edit> {
        let (file, call) = self.call(target)?;
        let range = TextRange::empty(call.arguments_range.end);
        Some(Edit { at: FileRange { file, range }, text: self.fill(text, file)? })
    }

    /// The end of a statement with the comment that follows it on its line.
    fn end_with_comment(&self, file: FileId, end: u32) -> u32 {
        let source = &self.pass.codebase.file(file).source;
        let rest = &source.text[end as usize..];
        let rest = rest[..rest.find('\n').unwrap_or(rest.len())].trim_end();
        let sign = lang::of(source.language).map_or("", |frontend| frontend.comment);
        if rest.trim_start().starts_with(sign) { end + rest.len() as u32 } else { end }
    }

    fn add_argument(&mut self, last: bool, target: &str, text: &str) -> Option<Edit> {
        let (file, call) = self.call(target)?;
        let text = self.fill(text, file)?;
        let source = &self.pass.codebase.file(file).source;
        let inside = TextRange::new(call.arguments_range.start + 1, call.arguments_range.end.checked_sub(1)?);
        let (at, text) = match (call.arguments.first(), call.arguments.last()) {
            (Some(first), _) if !last => (first.range.start, format!("{text}, ")),
            (_, Some(final_argument)) if !final_argument.spread => {
                let end = final_argument.range.end;
                let rest = source.slice(TextRange::new(end, inside.end));
                let on_own_line = rest.trim_start().starts_with(',') && rest.contains('\n');
                let indent = source.indentation(final_argument.range.start);
                let newline = line_ending(source);
                (end, if on_own_line { format!(",{newline}{indent}{text}") } else { format!(", {text}") })
            }
            (_, Some(_)) => return None,
            _ => (inside.start, text),
        };
        Some(Edit { at: FileRange { file, range: TextRange::empty(at) }, text })
    }

    /// Takes out the statement that holds a call, if nothing it names is there for it alone.
    fn remove(&mut self, target: &str) -> Option<Edit> {
        let (file, call) = self.call(target)?;
        let code = self.pass.codebase.file(file);
        let source = &code.source;
        let comment = lang::of(source.language)?.comment;
        let around = source.slice(self.outermost());
        let is_last = |word: &str| {
            let package = self.pass.codebase.is_taken(file, word);
            match package {
                true => count_uses(&source.text, word, comment) == 1,
                // Once where it is declared, and once here.
                false => code.facts.locals.iter().any(|local| local.name == word) && count_words(around, word) < 3,
            }
        };
        if words(source.slice(call.statement)).any(is_last) { None } else { self.take(target) }
    }

    /// Takes out the lines of the statement that holds a call, with the comment behind it.
    fn take(&mut self, target: &str) -> Option<Edit> {
        let (file, call) = self.call(target)?;
        let source = &self.pass.codebase.file(file).source;
        let alone = whole_lines(source, call.statement);
        let with_comment = TextRange::new(call.statement.start, self.end_with_comment(file, call.statement.end));
        let simple = call.statement_kind == StatementKind::Simple
            && source.slice(alone).trim() == source.slice(with_comment).trim();
        simple.then(|| Edit { at: FileRange { file, range: alone }, text: String::new() })
    }

    /// Lines at the start of a function's body.
    fn start(&mut self, target: &str, text: &str) -> Option<Edit> {
        let body = self.place(target)?;
        let text = self.fill(text, body.file)?;
        let source = &self.pass.codebase.file(body.file).source;
        let frontend = lang::of(source.language)?;
        // A body on one line would have to be taken apart.
        if !source.slice(body.range).contains('\n') {
            return None;
        }
        let indent = format!("{}{}", source.indentation(body.range.start), frontend.indent);
        let newline = line_ending(source);
        let lines =
            text.lines().map(|line| if line.is_empty() { String::new() } else { format!("{newline}{indent}{line}") });
        let at = FileRange { file: body.file, range: TextRange::empty(body.range.start + 1) };
        Some(Edit { at, text: lines.collect() })
    }

    /// Changes a call with all that this does to the layout around it.
    fn rework(&mut self, at: &str, text: &str) -> Option<Vec<Edit>> {
        let (target, free_name, change): (_, _, for<'t> fn(&'t str) -> Change<'t>) = match at {
            "append:work" => ("spawn", "task", |text| Change::Append(text)),
            "start:work" => ("spawn", "task", |text| Change::Enter(text)),
            "link:send" => ("send", "request", |text| Change::Link(text)),
            "link:server" => ("server", "server", |text| Change::Follow(text)),
            "around:argument" => ("send", "request", |text| Change::Wrap(text)),
            "enclose:guard" => ("guard", "task", |text| Change::Enclose(text)),
            _ => return None,
        };
        let (file, call) = self.call(target)?;
        let text = self.fill(text, file)?;
        let source = &self.pass.codebase.file(file).source;
        let without = self.place("handle-call").map(|at| at.range);
        let free_name = self.new_name(free_name);
        let rework = Rework { arguments: call.arguments_range, change: change(&text), without, free_name: &free_name };
        let edits = (lang::of(source.language)?.rework)(&source.text, &rework)?;
        Some(edits.into_iter().map(|(range, text)| Edit { at: FileRange { file, range }, text }).collect())
    }

    /// An item at the end of a file, unless it is there.
    fn item(&mut self, text: &str) -> Option<Vec<Edit>> {
        let codebase = self.pass.codebase;
        let function = self.at.unwrap_or(self.anchors.function);
        let file = codebase.function_file(function);
        let text = self.fill(text, file)?;
        let code = codebase.file(file);
        if code.source.text.contains(&text) {
            return Some(Vec::new());
        }
        // Whoever has the name may do something else.
        let is_taken = self.items.iter().any(|name| codebase.is_taken(file, name));
        if is_taken || codebase.function(function).module.is_some() {
            return None;
        }
        let (range, text) = (lang::of(code.source.language)?.add_item)(&code.source.text, &text);
        Some(vec![Edit { at: FileRange { file, range }, text }])
    }

    /// Fills in names.
    fn fill(&mut self, text: &str, file: FileId) -> Option<String> {
        let mut filled = text.trim_end().to_owned();
        let wanted: Vec<String> = placeholders(text).map(str::to_owned).collect();
        for placeholder in wanted {
            let value = match placeholder.split_once(':') {
                Some(("new", name)) => self.new_name(name),
                Some(("package", path)) => self.package(path, file)?,
                Some(("import", path)) => self.import(path, file)?,
                Some(("item", name)) => {
                    self.items.insert(name.to_owned());
                    name.to_owned()
                }
                _ => self.anchors.name(&placeholder).filter(|name| !name.is_empty())?.to_owned(),
            };
            filled = filled.replace(&format!("{{{placeholder}}}"), &value);
        }
        Some(filled)
    }

    /// The whole of the outermost function around the one that is repaired.
    fn outermost(&self) -> TextRange {
        let codebase = self.pass.codebase;
        let mut outermost = self.anchors.function;
        while let Some(owner) = codebase.owner(outermost) {
            outermost = owner;
        }
        codebase.function(outermost).range
    }

    /// Removes the import of a package whose last use the edits replace.
    fn unused_imports(&self, edits: &[Edit]) -> Option<Vec<Edit>> {
        let mut removed = Vec::new();
        for edit in edits.iter().filter(|edit| !edit.at.range.is_empty()) {
            let code = self.pass.codebase.file(edit.at.file);
            let (name, _) = code.source.slice(edit.at.range).split_once('.')?;
            let comment = lang::of(code.source.language)?.comment;
            if count_uses(&code.source.text, name, comment) > 1
                || edits.iter().any(|edit| count_uses(&edit.text, name, comment) > 0)
            {
                continue;
            }
            let import = code.facts.imports.iter().find(|import| {
                self.pass.codebase.import_name(edit.at.file, &import.path).is_some_and(|known| known == name)
            })?;
            let range = whole_lines(&code.source, import.range);
            removed.push(Edit { at: FileRange { file: edit.at.file, range }, text: String::new() });
        }
        Some(removed)
    }

    /// A name that nothing in the function, around it or at the top of the file has.
    fn new_name(&mut self, wanted: &str) -> String {
        if let Some(name) = self.chosen.get(wanted) {
            return name.clone();
        }
        let codebase = self.pass.codebase;
        let file = codebase.function_file(self.anchors.function);
        let range = self.outermost();
        let locals = &codebase.file(file).facts.locals;
        let taken = |name: &str| {
            codebase.is_taken(file, name)
                || locals.iter().any(|local| local.name == name && range.contains(local.range))
                || self.chosen.values().any(|chosen| chosen == name)
        };
        let mut name = wanted.to_owned();
        let mut number = 2;
        while taken(&name) {
            name = format!("{wanted}{number}");
            number += 1;
        }
        self.chosen.insert(wanted.to_owned(), name.clone());
        name
    }

    /// Imports something for what it brings, and writes nothing: methods of a trait can be called where it is imported.
    fn import(&mut self, path: &str, file: FileId) -> Option<String> {
        // What a module inside the file imports, the file does not, and the other way round.
        if self.pass.codebase.function(self.at.unwrap_or(self.anchors.function)).module.is_some() {
            return None;
        }
        let wanted = ImportWanted { path: self.in_full(path.to_owned(), file)?, alias: None };
        let imports = self.imports.entry(file).or_default();
        if !imports.contains(&wanted) {
            imports.push(wanted);
        }
        Some(String::new())
    }

    /// A path that is written out, past anything of the file that is called like its first name.
    fn in_full(&mut self, path: String, file: FileId) -> Option<String> {
        let first = path.split("::").next().unwrap_or(&path);
        let missing = self.missing_package(first, file);
        self.missing.extend(missing);
        Some(if self.pass.codebase.is_taken(file, first) { format!("::{path}") } else { path })
    }

    /// What a manifest has to have for a path, where it has not.
    fn missing_package(&self, path: &str, file: FileId) -> Option<String> {
        let codebase = self.pass.codebase;
        let frontend = lang::of(codebase.file(file).source.language)?;
        let package = path.split("::").next().unwrap_or(path);
        (codebase.depends_on(file, package) == Some(false) && !(frontend.is_standard)(package))
            .then(|| package.to_owned())
    }

    /// The file's name for a package, imported if it is not.
    fn package(&mut self, path: &str, file: FileId) -> Option<String> {
        let codebase = self.pass.codebase;
        let code = codebase.file(file);
        let frontend = lang::of(code.source.language)?;
        let is_at_top = codebase.function(self.at.unwrap_or(self.anchors.function)).module.is_none();
        if let Some(name) = codebase.import_name(file, path).filter(|_| is_at_top) {
            return Some(name.to_string());
        }
        if let Some(full) = (frontend.name_in_full)(path) {
            return self.in_full(full, file);
        }
        let own: Name = match self.pass.models.package_name(path) {
            Some(name) => name.into(),
            None => (frontend.package_name)(path).into(),
        };
        let shadowed =
            |name: &str| codebase.is_taken(file, name) || code.facts.locals.iter().any(|local| local.name == name);
        let alias = shadowed(&own).then(|| format!("{own}api"));
        let name = alias.clone().unwrap_or_else(|| own.to_string());
        let wanted = ImportWanted { path: path.to_owned(), alias };
        let imports = self.imports.entry(file).or_default();
        if !imports.contains(&wanted) {
            imports.push(wanted);
        }
        Some(name)
    }
}

/// How often a text selects something from a package, outside comments.
fn count_uses(text: &str, package: &str, comment: &str) -> usize {
    let selects = |at: &usize| {
        let before = text[..*at].chars().next_back();
        text[at + package.len()..].starts_with('.')
            && !before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_' || letter == '.')
    };
    let is_code = |at: &usize| {
        let line = &text[memchr::memrchr(b'\n', &text.as_bytes()[..*at]).map_or(0, |end| end + 1)..*at];
        // A sign inside a text has an odd number of quotes before it.
        !line.match_indices(comment).any(|(sign, _)| line[..sign].matches(['"', '`']).count().is_multiple_of(2))
    };
    memmem::find_iter(text.as_bytes(), package).filter(selects).filter(is_code).count()
}

/// The names in a text.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').filter(|word| !word.is_empty())
}

fn count_words(text: &str, wanted: &str) -> usize {
    words(text).filter(|word| *word == wanted).count()
}

/// The lines of an import or statement, with the empty one that would be left over where its group goes with it.
fn whole_lines(source: &SourceFile, import: TextRange) -> TextRange {
    let lines = &source.lines;
    let text_of = |line: u32| source.slice(TextRange::new(lines.line_start(line), lines.line_start(line + 1))).trim();
    let (first, last) = (lines.position(import.start).line, lines.position(import.end).line);
    let (before, after) = (first.checked_sub(1).map_or("(", text_of), text_of(last + 1));
    let (first, last) = match (before.is_empty(), after) {
        (true, ")") => (first - 1, last),
        (empty, "") if empty || before.ends_with('(') => (first, last + 1),
        _ => (first, last),
    };
    TextRange::new(lines.line_start(first), lines.line_start(last + 1))
}

fn line_ending(source: &SourceFile) -> &'static str {
    if source.text.contains("\r\n") { "\r\n" } else { "\n" }
}
