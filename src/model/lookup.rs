//! Finding the model of a symbol.

use super::meaning::{self, Meanings};
use super::symbol::{GENERATED, fixed_part, matches, matches_member, split, weight};
use super::{EntryModel, FixModel, Model, Package, StandsFor, Symbol, TypeModel};
use crate::facts::outline::Meaning;
use crate::text::Language;
use memchr::memmem::Finder;
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;
use smol_str::SmolStr;
use std::cmp::Reverse;

/// All models of one language, indexed by symbol.
#[derive(Debug, Default)]
pub struct ModelSet {
    models: Vec<Model>,
    calls: Index,
    attributes: Index,
    literals: Index,
    types: Index,
    variables: Index,
    constants: Index,
    packages: FxHashMap<SmolStr, Package>,
    meanings: Meanings,
    /// What has functions or methods that a model names.
    owners: FxHashSet<SmolStr>,
}

/// Where a symbol stands: which model, which entry of its table.
type Position = (u32, u32);

/// Symbols of one table.
#[derive(Debug, Default)]
struct Index {
    plain: FxHashMap<SmolStr, Position>,
    /// Paths with `*`, the heaviest first, and of two equal ones the later model's.
    patterns: Vec<(SmolStr, Position)>,
    /// Patterns for the members of packages that programs write.
    generated: Vec<Generated>,
    /// Texts of which each of those holds one.
    held: Vec<Finder<'static>>,
    /// Where in `patterns` those of a package stand; those whose package the `*` leaves open stand under the empty name.
    by_package: FxHashMap<SmolStr, Vec<usize>>,
    /// Entries that no later model replaces, in order.
    current: Vec<Position>,
}

/// A pattern for the members of packages that programs write.
#[derive(Debug)]
struct Generated {
    pattern: SmolStr,
    position: Position,
    /// Which of [`Index::held`] every name has that fits it.
    holds: usize,
}

impl ModelSet {
    /// Indexes the models of a language. On equal symbols the later model wins, so that a user's can replace a built-in one.
    pub fn new(models: &[Model], language: Language) -> ModelSet {
        let models: Vec<Model> = models.iter().filter(|model| model.language == language).cloned().collect();
        let mut packages: FxHashMap<SmolStr, Package> = FxHashMap::default();
        for package in models.iter().flat_map(|model| &model.packages) {
            let known = packages.entry(package.path.clone()).or_insert_with(|| package.clone());
            known.traces |= package.traces;
            known.tests |= package.tests;
            known.name = package.name.clone();
        }
        ModelSet {
            calls: Index::new(&models, |model| model.calls.iter().map(|symbol| &symbol.path)),
            attributes: Index::new(&models, |model| model.attributes.iter().map(|symbol| &symbol.path)),
            literals: Index::new(&models, |model| model.literals.iter().map(|symbol| &symbol.path)),
            types: Index::new(&models, |model| model.types.iter().map(|(path, _)| path)),
            variables: Index::new(&models, |model| model.variables.iter().map(|(path, _)| path)),
            constants: Index::new(&models, |model| model.constants.iter().map(|(path, _)| path)),
            packages,
            meanings: Meanings::new(&models),
            owners: owners(&models),
            models,
        }
    }

    /// What a member of a package means. Of packages that models speak of, members that they don't name may do something as
    /// well, unless they are the language's own.
    pub fn meaning(&self, package: &str, member: &str, is_standard: bool) -> Meaning {
        match self.package(package) {
            Some(known) => self.meanings.of_member(known, member, is_standard),
            None if self.calls.find_generated(member).is_some() => Meaning::Followed,
            None => Meaning::None,
        }
    }

    /// What a path means in a language whose packages hold others. What models don't name does nothing, save for what belongs
    /// to something that they do.
    pub fn meaning_of_path(&self, package: &str, member: &str) -> Meaning {
        self.meanings.of_path(package, member, |path| {
            let is_followed = || self.call(path).is_some_and(|symbol| symbol.entries.iter().any(meaning::is_followed));
            let is_generated = || self.package(package).is_none() && self.calls.find_generated(member).is_some();
            is_followed() || is_generated()
        })
    }

    /// The models, built-in ones first.
    pub fn models(&self) -> &[Model] {
        &self.models
    }

    /// What a call of a function or method does: `net/http.Client.Do`.
    pub fn call(&self, symbol: &str) -> Option<&Symbol> {
        self.calls.find(symbol).and_then(|(model, at)| self.models[model].calls.get(at))
    }

    /// Whether a model names a function or method, and not only a pattern that it fits.
    pub fn names_call(&self, symbol: &str) -> bool {
        self.calls.plain.contains_key(symbol)
    }

    /// Whether a model names a function or method of a package or type.
    pub fn has_calls(&self, owner: &str) -> bool {
        self.owners.contains(owner)
    }

    /// What a function or method does that a program wrote into a package which no model speaks of.
    pub fn generated(&self, symbol: &str) -> Option<&Symbol> {
        let (package, member) = split(symbol)?;
        if self.package(package).is_some() {
            return None;
        }
        let (model, at) = self.calls.find_generated(member)?;
        self.models[model].calls.get(at)
    }

    /// What an attribute does to the function it stands on.
    pub fn attribute(&self, path: &str) -> Option<&Symbol> {
        self.attributes.find(path).and_then(|(model, at)| self.models[model].attributes.get(at))
    }

    /// Under which paths libraries export what models know under another, and that one.
    pub fn exports(&self) -> impl Iterator<Item = (&SmolStr, &SmolStr)> {
        self.models.iter().flat_map(|model| model.exports.iter().map(|(from, to)| (from, to)))
    }

    /// Types that stand for what they hold.
    pub fn stand_ins(&self) -> impl Iterator<Item = (&SmolStr, StandsFor)> {
        let types = self.models.iter().flat_map(|model| &model.types);
        types.filter_map(|(path, model)| Some((path, model.stands_for?)))
    }

    /// Every path that a model speaks of, patterns aside.
    pub fn paths(&self) -> impl Iterator<Item = &SmolStr> {
        let tables = [&self.calls, &self.attributes, &self.literals, &self.types, &self.variables, &self.constants];
        tables.into_iter().flat_map(|index| index.plain.keys())
    }

    /// What a record written out does, by its type.
    pub fn literal(&self, ty: &str) -> Option<&Symbol> {
        self.literals.find(ty).and_then(|(model, at)| self.models[model].literals.get(at))
    }

    /// What a value of a type is.
    pub fn ty(&self, path: &str) -> Option<&TypeModel> {
        self.types.find(path).and_then(|(model, at)| self.models[model].types.get(at)).map(|(_, ty)| ty)
    }

    /// Every type with its path; those that a later model replaces are left out.
    pub fn types(&self) -> impl Iterator<Item = (&str, &TypeModel)> {
        let entries = self.types.current.iter();
        let types = entries.filter_map(|(model, at)| self.models[*model as usize].types.get(*at as usize));
        types.map(|(path, ty)| (path.as_str(), ty))
    }

    /// The type of a package's variable.
    pub fn variable(&self, path: &str) -> Option<&str> {
        self.variables
            .find(path)
            .and_then(|(model, at)| self.models[model].variables.get(at))
            .map(|(_, ty)| ty.as_str())
    }

    /// The text of a package's constant.
    pub fn constant(&self, path: &str) -> Option<&SmolStr> {
        self.constants.find(path).and_then(|(model, at)| self.models[model].constants.get(at)).map(|(_, text)| text)
    }

    /// A package that some model speaks of.
    pub fn package(&self, import_path: &str) -> Option<&Package> {
        self.packages.get(import_path)
    }

    /// The package that a symbol belongs to, whose last part may hold dots itself: `a/chi.v5.Middleware`.
    pub fn package_of(&self, symbol: &str) -> Option<&Package> {
        let name = symbol.rfind('/').map_or(0, |slash| slash + 1);
        let mut dots = symbol[name..].match_indices('.');
        dots.find_map(|(dot, _)| self.packages.get(&symbol[..name + dot]))
    }

    /// The name that a file uses which imports the package without alias.
    pub fn package_name(&self, import_path: &str) -> Option<&str> {
        self.package(import_path).map(|package| package.name.as_str())
    }

    /// Whether importing the package is a sign that a program traces.
    pub fn traces(&self, import_path: &str) -> bool {
        self.package(import_path).is_some_and(|package| package.traces)
    }

    /// Whether only tests use the package.
    pub fn is_for_tests(&self, import_path: &str) -> bool {
        self.package(import_path).is_some_and(|package| package.tests)
    }

    /// The ways to repair a check's findings, the preferred first.
    pub fn fixes_for<'a>(&'a self, check: &'a str) -> impl Iterator<Item = (&'a Model, &'a FixModel)> {
        let all = self.models.iter().flat_map(|model| model.fixes.iter().map(move |fix| (model, fix)));
        let mut fixes: Vec<_> = all.filter(|(_, fix)| fix.check == check).collect();
        fixes.sort_by_key(|(_, fix)| fix.rank);
        fixes.into_iter()
    }
}

fn owners(models: &[Model]) -> FxHashSet<SmolStr> {
    let paths = models.iter().flat_map(|model| &model.calls).map(|symbol| &symbol.path);
    paths.filter(|path| !path.contains('*')).filter_map(|path| Some(path.rsplit_once('.')?.0.into())).collect()
}

impl Symbol {
    /// The first entry whose conditions hold, by what the caller says of each.
    pub fn entry(&self, mut holds: impl FnMut(&super::ConditionKind) -> bool) -> Option<&EntryModel> {
        self.entries.iter().find(|entry| entry.conditions.iter().all(|each| holds(&each.kind) != each.negated))
    }
}

impl Index {
    fn new<'m, I: Iterator<Item = &'m SmolStr>>(models: &'m [Model], paths: impl Fn(&'m Model) -> I) -> Index {
        let mut index = Index::default();
        let mut all = Vec::new();
        for (model, each) in models.iter().enumerate() {
            for (at, path) in paths(each).enumerate() {
                let position = (model as u32, at as u32);
                all.push((path, position));
                if let Some(member) = path.strip_prefix(GENERATED) {
                    let holds = index.holding(fixed_part(member));
                    index.generated.push(Generated { pattern: member.into(), position, holds });
                } else if path.contains('*') {
                    index.patterns.push((path.clone(), position));
                } else {
                    index.plain.insert(path.clone(), position);
                }
            }
        }
        index.patterns.sort_by_key(|(path, position)| Reverse((weight(path), *position)));
        index.generated.sort_by_key(|each| Reverse((weight(&each.pattern), each.position)));
        for (at, (pattern, _)) in index.patterns.iter().enumerate() {
            index.by_package.entry(package_of_pattern(pattern).into()).or_default().push(at);
        }
        let is_current = |path: &str, (model, at): Position| index.find(path) == Some((model as usize, at as usize));
        index.current = all.into_iter().filter(|(path, position)| is_current(path, *position)).map(|it| it.1).collect();
        index
    }

    /// The number of a text that patterns hold.
    fn holding(&mut self, text: &str) -> usize {
        let known = self.held.iter().position(|held| held.needle() == text.as_bytes());
        known.unwrap_or_else(|| {
            self.held.push(Finder::new(text).into_owned());
            self.held.len() - 1
        })
    }

    fn find_generated(&self, member: &str) -> Option<(usize, usize)> {
        let held: SmallVec<[bool; 8]> = self.held.iter().map(|held| held.find(member.as_bytes()).is_some()).collect();
        if !held.contains(&true) {
            return None;
        }
        let fits = |each: &&Generated| held[each.holds] && matches_member(&each.pattern, member);
        let position = self.generated.iter().find(fits)?.position;
        Some((position.0 as usize, position.1 as usize))
    }

    fn find(&self, path: &str) -> Option<(usize, usize)> {
        let position = match self.plain.get(path) {
            Some(position) => position,
            None => &self.patterns[self.pattern(path)?].1,
        };
        Some((position.0 as usize, position.1 as usize))
    }

    /// Where the heaviest pattern stands that a path fits.
    fn pattern(&self, path: &str) -> Option<usize> {
        let first = |package: &str| {
            let candidates = self.by_package.get(package).into_iter().flatten();
            candidates.copied().find(|at| matches(&self.patterns[*at].0, path))
        };
        match package_of(path) {
            "" => first(""),
            package => first(package).into_iter().chain(first("")).min(),
        }
    }
}

/// What stands before the first `.` of a path's last segment; empty if there is none.
fn package_of(path: &str) -> &str {
    let last = path.rfind('/').map_or(0, |slash| slash + 1);
    path[last..].find('.').map_or("", |dot| &path[..last + dot])
}

/// The package of all paths that fit a pattern; empty if they may have several.
fn package_of_pattern(pattern: &str) -> &str {
    match pattern.split_once('*') {
        Some((head, tail)) if !tail.contains('/') => package_of(head),
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::super::load::load;
    use super::*;

    const GO: Language = Language::new("go");

    fn model(text: &str) -> Model {
        let (model, notices) =
            load("m.toml", GO, &format!("summary = \"x\"\npackages = [{{ path = \"a/b\" }}]\n{text}"));
        assert_eq!(notices, []);
        model
    }

    #[test]
    fn plain_beats_pattern_and_longer_pattern_beats_shorter() {
        let set = ModelSet::new(
            &[model(
                "[call]\n\"a/b.*\" = {}\n\"a/b.New*\" = { gives = \"self\" }\n\"a/b.NewX\" = { gives = \"arg0\" }",
            )],
            GO,
        );
        let found = |symbol| set.call(symbol).map(|symbol| symbol.path.as_str());
        assert_eq!(found("a/b.NewX"), Some("a/b.NewX"));
        assert_eq!(found("a/b.NewY"), Some("a/b.New*"));
        assert_eq!(found("a/b.Old"), Some("a/b.*"));
        assert_eq!(found("a/b.T.Old"), None);
        assert_eq!(found("a/c.Old"), None);
    }

    #[test]
    fn generated_symbols_lie_in_packages_without_a_model() {
        let set = ModelSet::new(&[model("[call]\n\"generated:New*Client\" = { gives = \"generated:*Client\" }")], GO);
        assert!(set.generated("x.y/z.NewUserClient").is_some());
        assert!(set.generated("a/b.NewUserClient").is_none());
        assert!(set.call("x.y/z.NewUserClient").is_none());
    }

    #[test]
    fn what_a_pattern_takes_lies_in_its_package() {
        let patterns = ["a/b.*.Do", "a/*.Do", "*.Close", "a/b.v1.N*", "a/*/c.N*", "a/b*.X", "b.*", "B::*"];
        let symbols = ["a/b.C.Do", "a/c.Do", "c.Close", "a/b.v1.New", "a/d/c.New", "a/bc.X", "a/b.X", "b.X", "B::new"];
        for pattern in patterns {
            let taken: Vec<&str> = symbols.into_iter().filter(|symbol| matches(pattern, symbol)).collect();
            assert!(!taken.is_empty(), "{pattern}");
            let package = package_of_pattern(pattern);
            assert!(package.is_empty() || taken.iter().all(|symbol| package_of(symbol) == package), "{pattern}");
        }
        assert_eq!(package_of_pattern("a/b.v1.N*"), "a/b");
        assert_eq!(package_of_pattern("a/*/c.N*"), "");
    }

    #[test]
    fn the_later_model_wins() {
        let first = model("[call]\n\"a/b.F\" = {}\n[variable]\n\"a/b.V\" = \"a/b.T\"");
        let second = model("[call]\n\"a/b.F\" = { gives = \"arg0\" }");
        let set = ModelSet::new(&[first.clone(), second], GO);
        assert_eq!(set.call("a/b.F").map(|symbol| symbol.entries[0].gives.len()), Some(1));
        assert_eq!(set.variable("a/b.V"), Some("a/b.T"));
        assert_eq!(set.package_name("a/b"), Some("b"));
        assert!(!set.traces("a/b"));
        assert_eq!(set.package_of("a/b.T.M").map(|package| package.path.as_str()), Some("a/b"));
        assert_eq!(set.package_of("a/b.v2/c.T"), None);
        assert!(ModelSet::new(&[first], Language::new("rust")).call("a/b.F").is_none());
    }
}
