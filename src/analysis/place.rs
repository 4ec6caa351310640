//! What the places that a model names hold at a call: arguments, parts of them, options.

use super::frame::{Frame, Typed};
use super::library::Site;
use super::value::{ObjectKind, Set, Value, ValueId, join};
use crate::codebase::Type;
use crate::model::{EntryModel, Place, Root};

impl Frame<'_, '_> {
    /// The first place that is there.
    pub(super) fn first(&mut self, places: &[Place], site: &Site<'_>) -> Typed {
        let mut last = Typed::default();
        for place in places {
            last = self.place(place, site);
            if !last.set.is_empty() && !self.only_nothing(&last.set) {
                return last;
            }
        }
        last
    }

    pub(super) fn only_nothing(&self, set: &Set) -> bool {
        set.iter().all(|id| matches!(self.analysis.values.get(*id), Value::Nothing))
    }

    /// What a place holds.
    pub(super) fn place(&mut self, place: &Place, site: &Site<'_>) -> Typed {
        let arguments = &site.invocation.arguments;
        let mut value = match &place.root {
            Root::Receiver => match (site.record, &site.receiver) {
                (Some(object), _) => Typed {
                    set: self.analysis.values.one(Value::Object(object)),
                    ty: self.analysis.values.object(object).ty.clone(),
                },
                (None, Some(receiver)) => receiver.clone(),
                (None, None) => Typed::default(),
            },
            Root::Argument(index) => {
                let index = if *index < 0 { arguments.len() as i32 + index } else { *index };
                arguments.get(index as usize).cloned().unwrap_or_default()
            }
            Root::Arguments(from) => {
                let set = self.all_arguments(*from, site);
                Typed { set, ty: Type::Unknown }
            }
            Root::Result(slot) => {
                Typed { set: site.results.get(*slot as usize).cloned().unwrap_or_default(), ty: Type::Unknown }
            }
            Root::Field(name) => match site.record {
                Some(object) => {
                    let ty = self.analysis.values.object(object).ty.clone();
                    let part = self.type_model(&ty).and_then(|model| model.part_named(name)).unwrap_or(name).to_owned();
                    let set = self.analysis.values.part_of(object, &part).cloned().unwrap_or_default();
                    Typed { set, ty: Type::Unknown }
                }
                None => Typed::default(),
            },
            Root::Option(_) => Typed::default(),
            Root::Named(name) => {
                let index = site.names.iter().position(|given| given.as_ref() == Some(name));
                index.and_then(|index| arguments.get(index)).cloned().unwrap_or_default()
            }
            Root::Ambient(slot) => Typed { set: self.current(slot), ty: Type::Unknown },
            Root::Function => {
                site.results.first().map_or_else(Typed::default, |set| Typed { set: set.clone(), ty: Type::Unknown })
            }
            Root::Symbol(path) => {
                let ty = self.analysis.models.variable(path).map_or(Type::Unknown, Type::modelled);
                let set = self.analysis.values.one(Value::Symbol(path.clone()));
                self.analysis.values.set_type(set[0], &ty);
                Typed { set, ty }
            }
        };
        for part in &place.parts {
            value = if part == "each" || self.is_part(&value.ty, part) {
                let ty = self.part_type(&value.ty, part);
                Typed { set: self.part(&value.set, part, &ty), ty }
            } else {
                self.read(&value, part)
            };
        }
        value
    }

    pub(super) fn is_part(&self, ty: &Type, part: &str) -> bool {
        self.type_model(ty).is_none_or(|model| model.parts.iter().any(|(name, _)| name == part))
    }

    /// The type of a part: that of the member which holds it.
    pub(super) fn part_type(&self, ty: &Type, part: &str) -> Type {
        let Some(model) = self.type_model(ty) else { return Type::Unknown };
        let members = model.parts.iter().find(|(name, _)| name == part).map(|(_, members)| members.as_slice());
        let found = members.unwrap_or_default().iter().find_map(|member| model.member_type(member));
        found.map_or(Type::Unknown, Type::modelled)
    }

    /// Arguments from an index on, lists among them taken apart.
    pub(super) fn all_arguments(&mut self, from: u32, site: &Site<'_>) -> Set {
        let mut all = Set::new();
        let count = site.invocation.arguments.len();
        for (index, argument) in site.invocation.arguments.iter().enumerate().skip(from as usize) {
            if site.invocation.spread && index + 1 == count {
                let each = self.part(&argument.set, "each", &Type::Unknown);
                join(&mut all, &each);
            } else {
                join(&mut all, &argument.set);
            }
        }
        all
    }

    pub(super) fn given_options(&mut self, entry: &EntryModel, site: &Site<'_>) -> Set {
        let from = match entry.options.as_ref().map(|place| &place.root) {
            Some(Root::Arguments(from)) => *from,
            Some(Root::Argument(index)) => (*index).max(0) as u32,
            _ => 0,
        };
        self.all_arguments(from, site)
    }

    /// What options made by `symbol` were given.
    pub(super) fn options(&mut self, symbol: &str, entry: &EntryModel, site: &Site<'_>) -> Set {
        let given = self.given_options(entry, site);
        let mut out = Set::new();
        for (object, held) in self.analysis.values.objects(&given) {
            if matches!(&held.kind, ObjectKind::Opaque(made_by) if made_by == symbol) {
                match self.analysis.values.part_of(object, "arg0") {
                    Some(set) if !set.is_empty() => drop(join(&mut out, set)),
                    _ => drop(join(&mut out, &self.analysis.values.constant())),
                }
            }
        }
        let is_symbol = |id: &ValueId| matches!(self.analysis.values.get(*id), Value::Symbol(path) if path == symbol);
        if given.iter().any(is_symbol) {
            join(&mut out, &self.analysis.values.constant());
        }
        out
    }

    /// Whether some options come from where nobody can look.
    pub(super) fn has_foreign_options(&mut self, entry: &EntryModel, site: &Site<'_>) -> bool {
        let given = self.given_options(entry, site);
        let values = &self.analysis.values;
        given.iter().any(|id| {
            matches!(values.get(*id), Value::Unknown | Value::Parameter(..) | Value::Captured(..) | Value::Part(..))
        })
    }

    /// Options that were not made in this function, which may be anything, and those that read a carrier.
    pub(super) fn parents_among(&mut self, options: &Place, site: &Site<'_>) -> Set {
        let Root::Arguments(from) = options.root else { return Set::new() };
        let given = self.all_arguments(from, site);
        let values = &self.analysis.values;
        given
            .into_iter()
            .filter(|id| match values.get(*id) {
                Value::Object(object) => values.object(*object).kind == ObjectKind::Remote,
                Value::Symbol(_) | Value::Constant | Value::Nothing | Value::Text(_) => false,
                _ => true,
            })
            .collect()
    }
}
