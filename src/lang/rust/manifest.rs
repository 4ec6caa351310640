//! `Cargo.toml` (The Cargo Book, "The Manifest Format"), and where cargo and rustc look for files.

use crate::facts::{Dependency, ModuleContents, ModuleFacts, Name, Problem, Target};
use crate::lang::Root;
use crate::text::TextRange;
use smol_str::SmolStr;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

type Value<'i> = Spanned<DeValue<'i>>;

/// Reads a manifest. A workspace without a package of its own has no name.
pub(super) fn read(_: &str, text: &str) -> Result<ModuleFacts, Problem> {
    let document = document(text)?;
    let top = &document;
    let mut facts = ModuleFacts::default();
    if let Some(name) = table(top, "package").and_then(|package| text_of(package, "name")) {
        facts.name = crate_name(name);
    }
    for section in ["dependencies", "build-dependencies", "dev-dependencies"] {
        // What only tests and build scripts need can't be what the program calls, but its name means the same.
        let more = dependencies(table(top, section));
        let is_new = |new: &Dependency| !facts.dependencies.iter().any(|known| called(known) == called(new));
        let more: Vec<Dependency> = more.into_iter().filter(is_new).collect();
        let for_tests = section == "dev-dependencies";
        facts.dependencies.extend(more.into_iter().map(|dependency| Dependency { for_tests, ..dependency }));
    }
    for (_, target) in table(top, "target").into_iter().flat_map(DeTable::iter) {
        if let DeValue::Table(target) = target.get_ref() {
            facts.dependencies.extend(dependencies(table(target, "dependencies")));
        }
    }
    if let Some(features) = table(top, "features") {
        for feature in features.keys() {
            switch_on(&texts(features, feature.get_ref()), &mut facts.dependencies);
        }
    }
    if let Some(workspace) = table(top, "workspace") {
        facts.shared = dependencies(table(workspace, "dependencies"));
    }
    if let Some(library) = table(top, "lib") {
        facts.targets.extend(target(library, "src/lib.rs", false));
    }
    for program in list(top, "bin").chain(list(top, "example")) {
        facts.targets.extend(target(program, "", true));
    }
    Ok(facts)
}

/// What a text says in TOML.
pub(super) fn document(text: &str) -> Result<DeTable<'_>, Problem> {
    let document = DeTable::parse(text).map_err(|error| {
        let range = error.span().map_or(TextRange::empty(0), range);
        Problem { range, message: format!("can't be read as TOML: {}", error.message()) }
    })?;
    Ok(document.into_inner())
}

/// A feature asks for parts of dependencies: `name/part`, or `name?/part` where something else asks for the dependency.
/// Whoever builds the package may ask for the feature, so the part is taken to be there.
fn switch_on(asked_for: &[Name], dependencies: &mut [Dependency]) {
    for (name, part) in asked_for.iter().filter_map(|text| text.split_once('/')) {
        let name = crate_name(name.trim_end_matches('?'));
        for dependency in dependencies.iter_mut().filter(|dependency| *called(dependency) == name) {
            dependency.features.push(part.into());
        }
    }
}

/// What code calls a dependency.
fn called(dependency: &Dependency) -> &Name {
    dependency.alias.as_ref().unwrap_or(&dependency.name)
}

fn target(table: &DeTable<'_>, usual: &str, is_program: bool) -> Option<Target> {
    let path = text_of(table, "path").unwrap_or(usual);
    let name = text_of(table, "name").map(crate_name);
    (!path.is_empty()).then(|| Target { name, path: path.to_owned(), is_program })
}

fn dependencies(table: Option<&DeTable<'_>>) -> Vec<Dependency> {
    let read = |(key, value): (&Spanned<std::borrow::Cow<'_, str>>, &Value<'_>)| {
        let code_name = crate_name(key.get_ref());
        let mut dependency = Dependency { name: code_name.clone(), range: range(key.span()), ..Dependency::default() };
        match value.get_ref() {
            DeValue::String(version) => dependency.version = at_least(version),
            DeValue::Table(table) => {
                if let Some(package) = text_of(table, "package").map(crate_name)
                    && package != code_name
                {
                    (dependency.name, dependency.alias) = (package, Some(code_name));
                }
                dependency.version = text_of(table, "version").map(at_least).unwrap_or_default();
                dependency.folder = text_of(table, "path").map(str::to_owned);
                dependency.inherited =
                    table.get("workspace").is_some_and(|value| matches!(value.get_ref(), DeValue::Boolean(true)));
                dependency.features = texts(table, "features");
            }
            _ => {}
        }
        dependency
    };
    table.into_iter().flat_map(DeTable::iter).map(read).collect()
}

/// The least version that fits a requirement: `^0.32`, `>= 1.2, < 2`, `1.*`. Empty if it names none.
fn at_least(requirement: &str) -> Name {
    let first = requirement.split(',').next().unwrap_or_default();
    let digits = first.trim_start_matches(|letter: char| !letter.is_ascii_digit());
    let numbers: Vec<&str> = digits
        .split('.')
        .map(|part| part.trim())
        .take_while(|part| !part.is_empty() && part.starts_with(|letter: char| letter.is_ascii_digit()))
        .collect();
    match numbers[..] {
        [] => Name::default(),
        [major] => format!("{major}.0.0").into(),
        [major, minor] => format!("{major}.{minor}.0").into(),
        _ => numbers.join(".").into(),
    }
}

/// Code writes the names of crates with `_`.
pub(super) fn crate_name(name: &str) -> Name {
    name.replace('-', "_").into()
}

fn table<'t, 'i>(table: &'t DeTable<'i>, key: &str) -> Option<&'t DeTable<'i>> {
    match table.get(key)?.get_ref() {
        DeValue::Table(inner) => Some(inner),
        _ => None,
    }
}

pub(super) fn list<'t, 'i>(table: &'t DeTable<'i>, key: &str) -> impl Iterator<Item = &'t DeTable<'i>> {
    let items = match table.get(key).map(Spanned::get_ref) {
        Some(DeValue::Array(items)) => Some(items),
        _ => None,
    };
    items.into_iter().flat_map(|items| items.iter()).filter_map(|item| match item.get_ref() {
        DeValue::Table(inner) => Some(inner),
        _ => None,
    })
}

pub(super) fn text_of<'t>(table: &'t DeTable<'_>, key: &str) -> Option<&'t str> {
    match table.get(key)?.get_ref() {
        DeValue::String(text) => Some(text),
        _ => None,
    }
}

pub(super) fn texts(table: &DeTable<'_>, key: &str) -> Vec<Name> {
    let Some(DeValue::Array(items)) = table.get(key).map(Spanned::get_ref) else { return Vec::new() };
    let text = |item: &Value<'_>| match item.get_ref() {
        DeValue::String(text) => Some(SmolStr::new(text)),
        _ => None,
    };
    items.iter().filter_map(text).collect()
}

fn range(span: Range<usize>) -> TextRange {
    TextRange::new(span.start as u32, span.end as u32)
}

/// The files that cargo starts with below a folder with a manifest; without one, every `main.rs` and `lib.rs`.
pub(super) fn roots(folder: &str, facts: Option<&ModuleFacts>, files: &[&str]) -> Vec<Root> {
    let Some(facts) = facts else {
        let is_program = |path: &str| path == "main.rs" || path.ends_with("/main.rs");
        let is_root = |path: &&&str| is_program(path) || **path == "lib.rs" || path.ends_with("/lib.rs");
        let root = |path: &&str| Root { path: path.to_string(), name: Name::default(), is_program: is_program(path) };
        return files.iter().filter(is_root).map(root).collect();
    };
    let inside = |path: &str| -> String {
        let path = path.trim_start_matches("./");
        if folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") }
    };
    let mut roots: Vec<Root> = Vec::new();
    let mut add = |path: String, name: Name, is_program: bool| {
        if files.binary_search(&path.as_str()).is_ok() && !roots.iter().any(|known| known.path == path) {
            roots.push(Root { path, name, is_program });
        }
    };
    let mut targets: Vec<&Target> = facts.targets.iter().collect();
    targets.sort_by_key(|target| target.is_program);
    for target in targets {
        add(inside(&target.path), target.name.clone().unwrap_or_else(|| facts.name.clone()), target.is_program);
    }
    add(inside("src/lib.rs"), facts.name.clone(), false);
    add(inside("src/main.rs"), facts.name.clone(), true);
    for programs in ["src/bin/", "examples/"] {
        let start = inside(programs);
        for path in files.iter().filter(|path| path.starts_with(&start)) {
            let name = match path[start.len()..].split_once('/') {
                None => path[start.len()..].trim_end_matches(".rs"),
                Some((name, "main.rs")) => name,
                Some(_) => continue,
            };
            add(path.to_string(), crate_name(name), true);
        }
    }
    roots
}

/// Where the contents of a declared module may be, the likeliest first. `within` are modules written out around it in the file.
pub(super) fn module_files(
    file: &str,
    is_root: bool,
    within: &[Name],
    name: &str,
    contents: &ModuleContents,
) -> Vec<String> {
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let below = |folder: &str, path: &str| match folder {
        "" => path.to_owned(),
        folder => format!("{folder}/{path}"),
    };
    let own = match is_root || file.ends_with("/mod.rs") || file == "mod.rs" {
        true => folder.to_owned(),
        false => file.trim_end_matches(".rs").to_owned(),
    };
    let around = within.iter().fold(own, |path, name| below(&path, name));
    match contents {
        ModuleContents::Here => Vec::new(),
        ModuleContents::FileAt(path) => {
            let base = if within.is_empty() { folder } else { around.as_str() };
            vec![normal(&below(base, path))]
        }
        ModuleContents::File => vec![below(&around, &format!("{name}.rs")), below(&around, &format!("{name}/mod.rs"))],
    }
}

/// A path without `.` and `..`.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_says_what_code_calls_its_dependencies() {
        let text = "[package]\nname = \"my-app\"\n[dependencies]\nserde = \"1\"\nhttp-old = { package = \"http\", version = \"^0.2\", \
                    features = [\"x\"] }\nkit = { path = \"../kit\" }\ntokio.workspace = true\n[workspace.dependencies]\ntokio = \
                    \">=1.20, <2\"\n[[bin]]\nname = \"run-it\"\npath = \"cli/main.rs\"\n";
        let facts = read("Cargo.toml", text).unwrap();
        assert_eq!(facts.name, "my_app");
        let find = |name: &str| facts.dependencies.iter().find(|it| it.name == name).unwrap();
        assert_eq!(find("serde").version, "1.0.0");
        let http = find("http");
        assert_eq!((http.alias.as_deref(), http.version.as_str()), (Some("http_old"), "0.2.0"));
        assert_eq!(http.features, ["x"]);
        assert_eq!(find("kit").folder.as_deref(), Some("../kit"));
        assert!(find("tokio").inherited);
        assert_eq!(facts.shared[0].version, "1.20.0");
        assert_eq!(
            facts.targets,
            [Target { name: Some("run_it".into()), path: "cli/main.rs".into(), is_program: true }]
        );
        let text = "[dependencies]\nhttp-old = { package = \"http\", version = \"0.2\" }\n[features]\non = [\"http-old?/x\", \
                    \"other\"]\nother = [\"http-old/y\", \"dep:http-old\"]\n";
        assert_eq!(read("Cargo.toml", text).unwrap().dependencies[0].features, ["x", "y"]);
        assert!(read("Cargo.toml", "[package\n").unwrap_err().message.starts_with("can't be read as TOML"));
    }

    #[test]
    fn programs_and_libraries_are_found_where_cargo_looks() {
        let files = [
            "a/examples/e.rs",
            "a/src/bin/b/main.rs",
            "a/src/bin/b/part.rs",
            "a/src/bin/c.rs",
            "a/src/lib.rs",
            "a/src/main.rs",
        ];
        let facts = ModuleFacts { name: "a".into(), ..ModuleFacts::default() };
        let found: Vec<(String, String, bool)> = roots("a", Some(&facts), &files)
            .into_iter()
            .map(|root| (root.path, root.name.to_string(), root.is_program))
            .collect();
        let expected = [
            ("a/src/lib.rs", "a", false),
            ("a/src/main.rs", "a", true),
            ("a/src/bin/b/main.rs", "b", true),
            ("a/src/bin/c.rs", "c", true),
            ("a/examples/e.rs", "e", true),
        ];
        assert_eq!(found, expected.map(|(path, name, is)| (path.to_owned(), name.to_owned(), is)));
    }

    #[test]
    fn modules_are_found_where_rustc_looks() {
        let files = |file, is_root, within: &[&str]| {
            let within: Vec<Name> = within.iter().map(Name::new).collect();
            module_files(file, is_root, &within, "m", &ModuleContents::File)
        };
        assert_eq!(files("src/lib.rs", true, &[]), ["src/m.rs", "src/m/mod.rs"]);
        assert_eq!(files("src/a.rs", false, &[]), ["src/a/m.rs", "src/a/m/mod.rs"]);
        assert_eq!(files("src/a/mod.rs", false, &["x"]), ["src/a/x/m.rs", "src/a/x/m/mod.rs"]);
        let at = ModuleContents::FileAt("../p.rs".into());
        assert_eq!(module_files("src/a/b.rs", false, &[], "m", &at), ["src/p.rs"]);
    }
}
