//! What names of libraries mean before a file is parsed: whether what is named can do anything that is followed.

use super::symbol::{ANY, matches, split};
use super::{EffectModel, EntryModel, Gives, Model, Package, Symbol};
use crate::facts::outline::{Meaning, OF_ANY};
use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::{SmolStr, format_smolstr};
use std::sync::RwLock;

/// What the models of one language say of names.
#[derive(Debug, Default)]
pub(super) struct Meanings {
    /// By package.
    members: FxHashMap<SmolStr, Members>,
    /// What paths mean that models name, and all that such paths start with: those above with nothing.
    paths: FxHashMap<SmolStr, Meaning>,
    /// Other paths of the same.
    exported: FxHashMap<SmolStr, SmolStr>,
    /// What the paths of both start with: most paths start otherwise.
    roots: FxHashSet<SmolStr>,
    /// What was asked for, by package and path: files mostly name what others name, too.
    asked: RwLock<FxHashMap<String, FxHashMap<String, Meaning>>>,
}

/// What the members of a package mean.
#[derive(Debug, Default)]
struct Members {
    names: FxHashMap<SmolStr, Meaning>,
    /// Names with `*`.
    patterns: Vec<SmolStr>,
}

impl Meanings {
    pub(super) fn new(models: &[Model]) -> Meanings {
        let paths = paths(models);
        let exports = || models.iter().flat_map(|model| &model.exports);
        let root = |path: &SmolStr| path.split('.').next().map(SmolStr::from);
        Meanings {
            members: members(models),
            roots: paths.keys().chain(exports().map(|(from, _)| from)).filter_map(root).collect(),
            paths,
            exported: exports().cloned().collect(),
            asked: RwLock::default(),
        }
    }

    /// What a member of a package means that models speak of.
    pub(super) fn of_member(&self, package: &Package, member: &str, is_standard: bool) -> Meaning {
        let Some(members) = self.members.get(&package.path) else {
            return if package.traces { Meaning::Followed } else { Meaning::None };
        };
        let named = members.names.get(member).copied().unwrap_or(Meaning::None);
        let fits = |pattern: &SmolStr| matches(pattern, member);
        if named == Meaning::None && (!is_standard || members.patterns.iter().any(fits)) {
            return Meaning::Followed;
        }
        named
    }

    /// What a path means. `is_followed` is asked of those that no model spells out.
    pub(super) fn of_path(&self, package: &str, member: &str, is_followed: impl Fn(&str) -> bool) -> Meaning {
        let known = self.asked.read().ok().and_then(|asked| asked.get(package)?.get(member).copied());
        known.unwrap_or_else(|| {
            let path = format!("{package}.{member}");
            let is_known = self.roots.contains(package.split('.').next().unwrap_or(package));
            let path = if is_known { self.exported(path) } else { path };
            let followed = || if is_followed(&path) { Meaning::Followed } else { Meaning::None };
            let meaning = if is_known { self.spelled_out(&path) } else { None }.unwrap_or_else(followed);
            if let Ok(mut asked) = self.asked.write() {
                asked.entry(package.to_owned()).or_default().insert(member.to_owned(), meaning);
            }
            meaning
        })
    }

    /// A path as models know it.
    fn exported(&self, mut path: String) -> String {
        // Exports that lead in a circle end somewhere.
        for _ in 0..4 {
            let ends = path.match_indices('.').map(|(dot, _)| dot).chain([path.len()]);
            let Some((end, to)) = ends.rev().find_map(|end| Some((end, self.exported.get(&path[..end])?))) else {
                break;
            };
            path = format!("{to}{}", &path[end..]);
        }
        path
    }

    /// What models say of a path, or of what it belongs to.
    fn spelled_out(&self, path: &str) -> Option<Meaning> {
        let mut end = path.len();
        loop {
            match self.paths.get(&path[..end]) {
                Some(Meaning::None) => return None,
                Some(meaning) => return Some(*meaning),
                None => end = path[..end].rfind('.')?,
            }
        }
    }
}

/// Whether a call does something that is followed. That a callable is run says nothing by itself, nor that a value is handed
/// through.
pub(super) fn is_followed(entry: &EntryModel) -> bool {
    let runs = |effect: &EffectModel| matches!(effect, EffectModel::Runs { .. } | EffectModel::Spawns { .. });
    !entry.effects.iter().all(runs) || entry.gives.iter().any(|gives| matches!(gives, Gives::Type(_)))
}

/// Whether a call starts what runs at the same time or later, or gives any value what does so.
fn starts(symbol: &Symbol) -> bool {
    let spawns = |effect: &EffectModel| matches!(effect, EffectModel::Spawns { .. });
    let of_any = split(&symbol.path).is_some_and(|(package, _)| package == ANY);
    symbol.entries.iter().any(|entry| {
        let gives_type = entry.gives.iter().any(|gives| matches!(gives, Gives::Type(_)));
        entry.effects.iter().any(spawns) || (of_any && gives_type)
    })
}

/// Whether it changes a span for good, or gives a guard that something must not cross.
fn is_lasting(effect: &EffectModel) -> bool {
    matches!(effect, EffectModel::Activates { must_not_cross: Some(_), .. } | EffectModel::Reparents { .. })
}

/// What is followed, and types of contexts: each with its path. What only stands for what it holds is neither.
fn followed(models: &[Model]) -> impl Iterator<Item = (&SmolStr, Meaning)> {
    let types = models.iter().flat_map(|model| &model.types).filter(|(_, ty)| ty.stands_for.is_none());
    let types = types.map(|(path, ty)| (path, if ty.is("context") { Meaning::Context } else { Meaning::Followed }));
    let calls = models.iter().flat_map(|model| [&model.calls, &model.literals]).flatten();
    let calls = calls.filter(|symbol| symbol.entries.iter().any(is_followed)).map(|symbol| &symbol.path);
    let variables = models.iter().flat_map(|model| &model.variables).map(|(path, _)| path);
    types.chain(calls.chain(variables).map(|path| (path, Meaning::Followed)))
}

/// What paths mean that models name, and their beginnings.
fn paths(models: &[Model]) -> FxHashMap<SmolStr, Meaning> {
    let mut found = FxHashMap::<SmolStr, Meaning>::default();
    let types = || models.iter().flat_map(|model| &model.types);
    let ending: FxHashSet<&SmolStr> = types().filter(|(_, ty)| ty.is("ends-itself")).map(|(path, _)| path).collect();
    let carriers: FxHashSet<&SmolStr> = types().filter(|(_, ty)| ty.is("carrier")).map(|(path, _)| path).collect();
    let answers: FxHashSet<&SmolStr> = types().filter(|(_, ty)| ty.is("response")).map(|(path, _)| path).collect();
    let holds = |entry: &EntryModel| {
        let only = |effect: &EffectModel| matches!(effect, EffectModel::Derives { .. });
        let gives = |gives: &Gives| matches!(gives, Gives::Type(ty) if ending.contains(ty) || (entry.effects.is_empty() && carriers.contains(ty)));
        entry.effects.iter().all(only) && entry.gives.iter().all(gives) && !entry.gives.is_empty()
    };
    let calls = || models.iter().flat_map(|model| &model.calls);
    let holding: FxHashSet<&SmolStr> =
        calls().filter(|symbol| symbol.entries.iter().all(holds)).map(|symbol| &symbol.path).collect();
    let lasting = calls().filter(|symbol| symbol.entries.iter().flat_map(|entry| &entry.effects).any(is_lasting));
    let starting: Vec<&SmolStr> = calls().filter(|symbol| starts(symbol)).map(|symbol| &symbol.path).collect();
    found.extend(starting.iter().map(|path| ((*path).clone(), Meaning::Starts)));
    let starting = starting.into_iter().map(|path| (path, Meaning::Starts));
    for (path, meaning) in starting.chain(lasting.map(|symbol| (&symbol.path, Meaning::Followed))) {
        let method = path.rsplit('.').next().unwrap_or_default();
        found.insert(format_smolstr!("{OF_ANY}.{method}"), meaning);
    }
    let attributes = models.iter().flat_map(|model| &model.attributes);
    let attributes = attributes.filter(|symbol| symbol.entries.iter().any(is_followed));
    let attributes = attributes.map(|symbol| (&symbol.path, Meaning::Followed));
    let exact = followed(models).chain(attributes).filter(|(path, _)| !path.contains('*') && !answers.contains(path));
    for (path, meaning) in exact {
        let meaning = if holding.contains(path) || ending.contains(path) { Meaning::Holds } else { meaning };
        let known = found.entry(path.clone()).or_insert(meaning);
        *known = meaning.max(*known);
        for (dot, _) in path.match_indices('.') {
            found.entry(path[..dot].into()).or_insert(Meaning::None);
        }
    }
    found
}

/// What the members of packages mean, by the first name of each path that models speak of.
fn members(models: &[Model]) -> FxHashMap<SmolStr, Members> {
    let mut found = FxHashMap::<SmolStr, Members>::default();
    let mut note = |path: &SmolStr, meaning: Meaning| {
        let Some((package, member)) = split(path) else { return };
        let (first, rest) = member.split_once('.').unwrap_or((member, ""));
        let members = found.entry(package.into()).or_default();
        if first.contains('*') {
            members.patterns.push(first.into());
        } else if rest.is_empty() || !members.names.contains_key(first) {
            members.names.insert(first.into(), meaning);
        }
    };
    for (path, meaning) in followed(models) {
        note(path, meaning);
    }
    found
}
