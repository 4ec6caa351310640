//! Calls of libraries: what their models say happens.

use super::call::Invocation;
use super::frame::{Frame, Made, Results, Typed, object_ids};
use super::headers::BY_HAND;
use super::list::chain_part;
use super::summary::{Chain, EffectKind, SendEffect, Written};
use super::value::{ObjectId, ObjectKind, Set, Value, WrapperKind, join};
use super::{InstallFact, package_of};
use crate::codebase::Type;
use crate::facts::{FALSE, Name};
use crate::model::{
    By, Condition, ConditionKind, ContextSource, Does, EdgeKind, EffectModel, EntryModel, GENERATED, Gives, OWN_TYPE,
    Place, Root, Symbol, generated_type,
};
use crate::text::TextRange;
use smallvec::smallvec;

/// A call as its model sees it.
pub(super) struct Site<'c> {
    /// The key of the model.
    pattern: &'c str,
    pub(super) symbol: Name,
    pub(super) receiver: Option<Typed>,
    pub(super) invocation: &'c Invocation<'c>,
    /// What the call names its arguments.
    pub(super) names: Vec<Option<Name>>,
    /// A record written out, for models of literals.
    pub(super) record: Option<ObjectId>,
    pub(super) results: Results,
}

impl Site<'_> {
    /// Whether only its shape says that a program wrote the symbol into a package of the user's own.
    fn is_generated(&self) -> bool {
        self.pattern.starts_with(GENERATED)
    }

    /// The type that a model speaks of; one in the package of a generated symbol is named after that symbol.
    fn type_named(&self, path: &Name) -> Name {
        if path == OWN_TYPE {
            return package_of(&self.symbol).into();
        }
        generated_type(path, self.pattern, &self.symbol).unwrap_or_else(|| path.clone())
    }

    /// The type that the entry gives the result which a place names.
    pub(super) fn given_type(&self, entry: &EntryModel, place: &Place) -> Name {
        match place.root {
            Root::Result(slot) => match entry.gives.get(slot as usize) {
                Some(Gives::Type(path)) => self.type_named(path),
                _ => Name::default(),
            },
            _ => Name::default(),
        }
    }
}

impl<'a> Frame<'_, 'a> {
    /// Calls a library's function or method.
    pub(super) fn call_library(
        &mut self,
        symbol: &Name,
        receiver: Option<&Typed>,
        invocation: &Invocation<'_>,
    ) -> Made {
        let Some(model) = self.analysis.call_model(symbol) else {
            return match self.part_given(symbol, receiver, invocation) {
                Some(value) => Made { results: smallvec![value.set], ty: value.ty },
                None => self.call_unknown(symbol, receiver, invocation),
            };
        };
        let by_path = receiver.is_none().then(|| invocation.as_method(model)).flatten();
        let (receiver, invocation) =
            by_path.as_ref().map_or((receiver, invocation), |(receiver, rest)| (Some(receiver), rest));
        let mut site = Site {
            pattern: &model.path,
            symbol: symbol.clone(),
            receiver: receiver.cloned(),
            invocation,
            names: invocation
                .call
                .map(|call| call.arguments.iter().map(|it| it.name.clone()).collect())
                .unwrap_or_default(),
            record: None,
            results: Results::new(),
        };
        let Some(entry) = self.entry(model, &site) else { return self.call_unknown(symbol, receiver, invocation) };
        self.give_spoken_of(entry, &mut site);
        for effect in &entry.effects {
            self.effect(effect, entry, &mut site);
        }
        let ty = self.give_results(&entry.gives, &mut site);
        if site.results.is_empty() {
            let injects = entry.effects.iter().any(|effect| matches!(effect, EffectModel::Injects { .. }));
            let result = match injects {
                // An error, which holds nothing of the carrier.
                true => self.analysis.values.constant(),
                // The value of an option, read where the option is given.
                false => self.opaque(symbol, receiver, invocation),
            };
            site.results.push(result);
        }
        Made { results: site.results, ty }
    }

    /// The part of its receiver that a method gives, by what the model of the receiver's type says of its members.
    fn part_given(&mut self, symbol: &str, receiver: Option<&Typed>, invocation: &Invocation<'_>) -> Option<Typed> {
        let (owner, member) = symbol.rsplit_once('.')?;
        let receiver = receiver.filter(|_| invocation.arguments.is_empty())?;
        self.analysis.models.ty(owner)?.part_named(member)?;
        Some(self.read_library(symbol, &receiver.set, member))
    }

    /// What an attribute of a library does.
    pub(super) fn library_attribute(&mut self, symbol: &Name, names: &[Option<Name>], invocation: &Invocation<'_>) {
        let Some(model) = self.analysis.models.attribute(symbol) else { return };
        self.analysis.written.insert(&model.path);
        let mut site = Site {
            pattern: &model.path,
            symbol: symbol.clone(),
            receiver: None,
            invocation,
            names: names.to_vec(),
            record: None,
            results: Results::new(),
        };
        let Some(entry) = self.entry(model, &site) else { return };
        for effect in &entry.effects {
            self.effect(effect, entry, &mut site);
        }
    }

    /// A record of a library's type written out.
    pub(super) fn library_literal(&mut self, path: &str, object: ObjectId, range: TextRange) {
        let Some(model) = self.analysis.models.literal(path) else { return };
        self.analysis.written.insert(&model.path);
        let invocation =
            Invocation { at: self.here(range), arguments: Vec::new(), spread: false, spawned: false, call: None };
        let mut site = Site {
            pattern: path,
            symbol: path.into(),
            receiver: None,
            invocation: &invocation,
            names: Vec::new(),
            record: Some(object),
            results: Results::new(),
        };
        let Some(entry) = self.entry(model, &site) else { return };
        for effect in &entry.effects {
            self.effect(effect, entry, &mut site);
        }
    }

    fn entry(&mut self, model: &'a Symbol, site: &Site<'_>) -> Option<&'a EntryModel> {
        model.entries.iter().find(|entry| entry.conditions.iter().all(|condition| self.holds(condition, entry, site)))
    }

    fn holds(&mut self, condition: &Condition, entry: &EntryModel, site: &Site<'_>) -> bool {
        let holds = match &condition.kind {
            // Options that nobody can look into may hold it.
            ConditionKind::Option(symbol) => {
                !self.options(symbol, entry, site).is_empty() || self.has_foreign_options(entry, site)
            }
            ConditionKind::Given(symbol) => !self.options(symbol, entry, site).is_empty(),
            ConditionKind::Field(name) => {
                let place = Place { root: Root::Field(name.clone()), parts: Vec::new() };
                !self.place(&place, site).set.is_empty()
            }
            ConditionKind::Takes(wanted) => site.invocation.arguments.iter().any(|argument| {
                let ty = match &argument.ty {
                    Type::Unknown => self.analysis.type_of_set(&argument.set),
                    known => known.clone(),
                };
                ty.library() == Some(wanted)
            }),
            ConditionKind::Set(place) => {
                let set = self.place(place, site).set;
                self.may_be_set(&set)
            }
            ConditionKind::False(place) => {
                let set = self.place(place, site).set;
                self.analysis.values.has(&set, &Value::Text(FALSE.into()))
            }
            ConditionKind::Feature(wanted) => {
                let package = self.analysis.models.package_of(&site.symbol).map(|package| package.path.clone());
                package.is_some_and(|package| self.analysis.codebase.has_feature(&package, wanted))
            }
            ConditionKind::Arity(count) => site.invocation.arguments.len() == *count as usize,
            ConditionKind::Version(wanted) => {
                let known = self.analysis.models.package_of(&site.symbol).map(|package| package.path.as_str());
                let package = known.unwrap_or_else(|| package_of(&site.symbol));
                match self.analysis.codebase.dependency_version(self.file, package).map(semver::Version::parse) {
                    // Without a version any may be there.
                    Some(Ok(version)) => wanted.matches(&semver::Version { pre: semver::Prerelease::EMPTY, ..version }),
                    _ => !condition.negated,
                }
            }
        };
        holds != condition.negated
    }

    fn give_results(&mut self, gives: &[Gives], site: &mut Site<'_>) -> Type {
        let mut types = Vec::new();
        for (slot, gives) in gives.iter().enumerate() {
            let (set, ty) = match gives {
                Gives::Nothing => (Set::new(), Type::Unknown),
                Gives::Same(places) => {
                    let value = self.first(places, site);
                    self.arrive_elements(&value.set);
                    (value.set, value.ty)
                }
                Gives::Type(path) => {
                    let path = &site.type_named(path);
                    let ty = Type::modelled(path);
                    let set = if slot < site.results.len() && !site.results[slot].is_empty() {
                        Set::new()
                    } else {
                        self.typed_result(slot, path, site)
                    };
                    (set, ty)
                }
            };
            self.put_result(slot as u32, &set, site);
            types.push(ty);
        }
        Type::tuple(&types)
    }

    /// New routers, and new carriers that are written into, are there before the effects, which speak of them.
    fn give_spoken_of(&mut self, entry: &EntryModel, site: &mut Site<'_>) {
        let makes = |effect| matches!(effect, &EffectModel::Derives { .. } | &EffectModel::BuildsWrapper { .. });
        let derived = entry.effects.iter().any(makes);
        let is_result = |place: &Place, slot: usize| place.root == Root::Result(slot as u32) && place.parts.is_empty();
        let is_written = |slot| {
            entry.effects.iter().any(|effect| match effect {
                EffectModel::Injects { into, .. } => into.iter().any(|place| is_result(place, slot)),
                _ => false,
            })
        };
        for (slot, gives) in entry.gives.iter().enumerate() {
            if let Gives::Type(path) = gives
                && !derived
                && (is_written(slot) || self.analysis.models.ty(path).is_some_and(|model| model.is("router")))
            {
                let set = self.typed_result(slot, path, site);
                self.put_result(slot as u32, &set, site);
            }
        }
    }

    /// A new value of a library's type, which holds what went into the call.
    pub(super) fn typed_result(&mut self, slot: usize, path: &str, site: &Site<'_>) -> Set {
        let kind = ObjectKind::Opaque(site.symbol.clone());
        let name = format!("result{slot}");
        let ty = Type::modelled(path);
        let object = self.analysis.values.make(self.id, site.invocation.at, &name, kind, ty);
        self.keep_arguments(object, site.receiver.as_ref(), site.invocation);
        self.analysis.values.one(Value::Object(object))
    }

    pub(super) fn put_result(&mut self, slot: u32, set: &Set, site: &mut Site<'_>) {
        let slot = slot as usize;
        if site.results.len() <= slot {
            site.results.resize(slot + 1, Set::new());
        }
        join(&mut site.results[slot], set);
    }

    fn effect(&mut self, effect: &'a EffectModel, entry: &'a EntryModel, site: &mut Site<'_>) {
        let at = site.invocation.at;
        match effect {
            EffectModel::Receives { carrier, through, kind, .. } => {
                let through = through.as_ref().map(|place| self.place(place, site).set).unwrap_or_default();
                self.receives(carrier, through, *kind, entry, site);
            }
            EffectModel::Sends { carrier, .. } if !Self::sends_now(carrier) => {}
            EffectModel::Sends { request, carrier, context, through, kind, url, .. } => {
                let mut send = Self::empty_send(site.symbol.clone(), *kind);
                send.request = request.iter().flat_map(|place| self.place(place, site).set).collect();
                send.carriers = self.first(carrier, site).set;
                send.context = self.context(context.as_ref(), site);
                send.modelled = !site.is_generated();
                send.through = self.first(through, site).set;
                send.url = url.iter().flat_map(|place| self.place(place, site).set).collect();
                send.instead = Self::instead(effect, site);
                self.happen(EffectKind::Send(Box::new(send)), at, &Chain::new(), site.invocation.spawned);
            }
            EffectModel::BuildsRequest { request, context, url, through } => {
                let object = match (&request.root, site.record) {
                    (Root::Receiver, Some(record)) => {
                        self.analysis.values.become_kind(record, ObjectKind::Request);
                        record
                    }
                    _ => self.make(site, "request", ObjectKind::Request, &site.given_type(entry, request)),
                };
                let ty = self.analysis.values.object(object).ty.clone();
                let headers = self.fresh_carrier(&ty, site);
                let context = self.context(Some(context), site);
                let url = url.as_ref().map(|place| self.place(place, site).set).unwrap_or_default();
                for (part, set) in [("headers", headers), ("url", url)] {
                    self.analysis.values.add_part(object, part, &set);
                }
                self.analysis.values.set_part(object, "context", context);
                if let Some(through) = through {
                    let through = self.place(through, site).set;
                    self.analysis.values.add_part(object, "through", &through);
                }
                if site.record.is_none() {
                    self.analysis.built.insert(at, site.symbol.clone());
                    self.output(request, object, site);
                }
            }
            EffectModel::BuildsWrapper { wrapper, around, does, by, needs_context, with, outermost, formats } => {
                let by = self.propagator(by, entry, site);
                if *does != Does::default() || by == By::Global {
                    self.note_propagation(&by, site);
                }
                if does.inject {
                    self.note_writer(&by, site);
                }
                let kind = WrapperKind { does: *does, needs_context: *needs_context, formats: formats.clone() };
                let kind = ObjectKind::Wrapper(Box::new(kind));
                // A record written out that is a wrapper itself.
                let itself = site.record.filter(|_| wrapper.root == Root::Receiver && wrapper.parts.is_empty());
                let object = match itself {
                    Some(record) => {
                        self.analysis.values.become_kind(record, kind);
                        record
                    }
                    None => self.make(site, "wrapper", kind, &site.given_type(entry, wrapper)),
                };
                for place in around {
                    let inner = self.place(place, site).set;
                    self.use_everything(&inner);
                    self.analysis.values.add_part(object, "around", &inner);
                }
                if let Some(with) = with {
                    let list = self.ordered(with, site);
                    self.analysis.values.add_part(object, chain_part(*outermost), &list);
                }
                if itself.is_none() {
                    self.output(wrapper, object, site);
                }
            }
            EffectModel::Extracts { from, context, key: Some(key), .. } => {
                let (from, key) = (self.first(from, site).set, self.place(key, site).set);
                if self.names_propagation_header(&key) {
                    let object = self.make(site, "remote", ObjectKind::Remote, "");
                    self.analysis.values.add_part(object, BY_HAND, &from);
                    self.output(context, object, site);
                }
            }
            EffectModel::Extracts { from, context, base, by, key: None } => {
                let from = self.first(from, site).set;
                let from = self.beneath(&from);
                self.read_by_hand(&from, at);
                let base = base.as_ref().map(|place| self.place(place, site).set).unwrap_or_default();
                let object = self.make(site, "remote", ObjectKind::Remote, "");
                self.analysis.values.add_part(object, "from", &from);
                self.analysis.values.add_part(object, "base", &base);
                self.note_propagation(by, site);
                self.extracted(&from, object, at);
                self.output(context, object, site);
            }
            EffectModel::Injects { into, context, by, key } => {
                let into = self.first(into, site).set;
                let into = self.beneath(&into);
                let context = self.first(context, site).set;
                let key = key.as_ref().map(|key| self.place(key, site).set);
                match key {
                    Some(key) if !self.writes_by_hand(&key, &context) => return,
                    Some(_) => {}
                    None => {
                        self.note_writer(by, site);
                        self.note_propagation(by, site);
                    }
                }
                self.happen(EffectKind::Inject { into, context }, at, &Chain::new(), false);
            }
            EffectModel::Starts { span, context, parent, kind, root_if } => {
                self.starts(entry, site, span.as_ref(), context.as_ref(), parent, *kind, root_if);
            }
            EffectModel::Ends { span } => {
                let ended: Vec<ObjectId> = {
                    let set = self.place(span, site).set;
                    object_ids(self.analysis, &set)
                };
                self.state.open.retain(|open| !ended.contains(open));
                let set = self.place(span, site).set;
                self.drop_guards(&set);
            }
            EffectModel::Activates { value, slot, lasts, must_not_cross } => {
                self.activates((value, slot, lasts), *must_not_cross, site);
            }
            EffectModel::Reparents { span, to, unless_current } => {
                self.reparents(span, to, unless_current.as_deref(), site);
            }
            EffectModel::Derives { from, context, result } => {
                self.derives(from.as_ref(), context.as_ref(), result, site);
            }
            EffectModel::Forwards { by, through } => {
                let through = self.first(through, site).set;
                for object in self.objects_at(by, site) {
                    let forwarded = self.analysis.values.constant();
                    self.analysis.values.add_part(object, FORWARDS, &forwarded);
                    self.analysis.values.add_part(object, "through", &through);
                }
            }
            EffectModel::Runs { body, .. } | EffectModel::Spawns { body, .. } => {
                let spawned = matches!(effect, EffectModel::Spawns { .. }) || site.invocation.spawned;
                let body = self.place(body, site);
                let with = if let EffectModel::Runs { with, .. } = effect { with.as_slice() } else { &[] };
                let arguments: Vec<Typed> = with.iter().map(|place| self.place(place, site)).collect();
                let method = self.type_model(&body.ty).and_then(|model| model.method.clone());
                if let EffectModel::Spawns { awaited, .. } = effect {
                    self.note_spawn(&body.set, &[], at);
                    self.note_spawner(at, &site.symbol, *awaited);
                }
                let invocation = Invocation { at, arguments, spread: false, spawned, call: None };
                let made = match effect {
                    EffectModel::Spawns { keeps: false, .. } => {
                        self.elsewhere(|frame| frame.call_value(&body.set, method.as_ref(), &invocation))
                    }
                    _ => self.call_value(&body.set, method.as_ref(), &invocation),
                };
                if matches!(effect, EffectModel::Spawns { .. }) && self.gives_handle(entry, &made, site) {
                    return;
                }
                for (slot, set) in made.results.iter().enumerate() {
                    self.take_from_runner(set);
                    self.put_result(slot as u32, set, site);
                }
            }
            EffectModel::Commands { body } => {
                let callables = body.iter().flat_map(|place| self.place(place, site).set).collect::<Vec<_>>();
                self.analysis.note_commands(&callables);
            }
            EffectModel::Gathers { handle, .. } => {
                let handle = self.place(handle, site).set;
                self.keep_handles(&handle, site);
            }
            EffectModel::Waits { work } => {
                let work = self.place(work, site).set;
                let given = self.wait_for(&work);
                self.put_result(0, &given, site);
            }
            EffectModel::Routes { .. } | EffectModel::Wraps { .. } | EffectModel::Joins { .. } => {
                self.routing(effect, site);
            }
            EffectModel::Serves { app, default, address } => self.serves(app, default.as_ref(), address.as_ref(), site),
            EffectModel::Installs { what, formats, value } => {
                self.analysis.tracing_functions.insert(self.id);
                let given = value.is_some();
                let value = value.as_ref().map(|place| self.place(place, site).set).unwrap_or_default();
                let fact = InstallFact { function: self.id, given, value, formats: formats.clone() };
                self.analysis.installs.insert((at, *what), fact);
            }
            EffectModel::Links { spans } => {
                for place in spans {
                    let set = self.place(place, site).set;
                    // Whoever answers a request is its child; a link leaves what was read unused.
                    if !self.analysis.is_read_from_request(&set) {
                        self.use_everything(&set);
                    }
                    let values = &self.analysis.values;
                    let spans = values.objects(&set).filter(|(_, held)| matches!(held.kind, ObjectKind::Span(_)));
                    self.analysis.meant_roots.extend(spans.map(|(_, held)| held.here));
                }
            }
            EffectModel::Carries { carrier, into } => {
                let carrier = self.place(carrier, site).set;
                let carrier = self.beneath(&carrier);
                let into = self.place(into, site).set;
                self.write_part(&into, "headers", &carrier, at.range);
            }
            EffectModel::Collects { items, result } => {
                let ty = site.given_type(entry, result);
                self.collects(items, result, &ty, site);
            }
            EffectModel::Enqueues { item, into, context } => {
                let (item, into) = (self.place(item, site).set, self.place(into, site).set);
                let context = context.iter().flat_map(|place| self.place(place, site).set).collect();
                self.note_store(&into, &item, &context, at);
            }
            EffectModel::Dequeues { from } => {
                let from = self.place(from, site).set;
                self.note_take_encoded(from, at);
            }
            EffectModel::Sets { .. } => {}
        }
    }

    pub(super) fn empty_send(symbol: Name, kind: EdgeKind) -> SendEffect {
        SendEffect {
            carriers: Set::new(),
            request: Set::new(),
            context: Set::new(),
            through: Set::new(),
            url: Set::new(),
            kind,
            written: Written::No,
            symbol,
            instead: None,
            modelled: true,
        }
    }

    /// A call without a model that takes a request built to be sent, by a name that says so.
    pub(super) fn looks_like_send(
        &mut self,
        symbol: &str,
        receiver: Option<&Typed>,
        invocation: &Invocation<'_>,
    ) -> Option<Made> {
        let name = symbol.rsplit('.').next().unwrap_or(symbol);
        if !SENDING.contains(&name) {
            return None;
        }
        let request = invocation.arguments.iter().find(|argument| {
            let typed = self.type_model(&argument.ty).is_some_and(|model| model.is("request"));
            typed || self.analysis.values.objects(&argument.set).any(|(_, held)| held.kind == ObjectKind::Request)
        })?;
        let mut send = Self::empty_send(symbol.into(), EdgeKind::Request);
        send.request = request.set.clone();
        send.modelled = false;
        send.through = receiver.map(|receiver| receiver.set.clone()).unwrap_or_default();
        self.happen(EffectKind::Send(Box::new(send)), invocation.at, &Chain::new(), invocation.spawned);
        let result = self.analysis.values.unknown();
        Some(Made { results: smallvec![result], ty: Type::Unknown })
    }

    fn derives(&mut self, from: Option<&Place>, context: Option<&ContextSource>, result: &Place, site: &mut Site<'_>) {
        let source = from.map(|place| self.place(place, site)).unwrap_or_default();
        let new = context.map(|context| self.context(Some(context), site));
        let is_request = self.type_model(&source.ty).is_some_and(|model| model.is("request"));
        match new {
            Some(context) if self.is_read_by_hand(&context) && !is_request => {
                self.read_by_hand(&context, site.invocation.at);
                self.give(result, &context, site);
            }
            // A request with another context: a new request around the same headers.
            Some(context) if is_request => {
                let object = self.make(site, "derived", ObjectKind::Request, source.ty.library().unwrap_or_default());
                let through = self.is_part(&source.ty, "through").then_some("through");
                for part in ["headers", "url"].into_iter().chain(through) {
                    let set = self.part(&source.set, part, &Type::Unknown);
                    self.analysis.values.add_part(object, part, &set);
                }
                self.analysis.values.add_part(object, "context", &context);
                self.output(result, object, site);
            }
            Some(context) => self.give(result, &context, site),
            None => {
                self.arrive_elements(&source.set);
                self.give(result, &source.set, site);
            }
        }
    }

    pub(super) fn make(&mut self, site: &Site<'_>, what: &str, kind: ObjectKind, ty: &str) -> ObjectId {
        let ty = if ty.is_empty() { Type::Unknown } else { Type::modelled(ty) };
        let object = self.analysis.values.make(self.id, site.invocation.at, what, kind, ty);
        let value = self.analysis.values.id(Value::Object(object));
        self.state.renew_carrier(value);
        object
    }

    /// The headers of a request made here, of the type that the request's model gives them.
    fn fresh_carrier(&mut self, request: &Type, site: &Site<'_>) -> Set {
        let ty = self.part_type(request, "headers");
        let object = self.make(site, "headers", ObjectKind::Carrier, ty.library().unwrap_or_default());
        self.analysis.values.one(Value::Object(object))
    }

    /// The value of a place that an effect makes.
    pub(super) fn output(&mut self, place: &Place, object: ObjectId, site: &mut Site<'_>) {
        let set = self.analysis.values.one(Value::Object(object));
        self.give(place, &set, site);
    }

    fn give(&mut self, place: &Place, set: &Set, site: &mut Site<'_>) {
        match &place.root {
            Root::Result(slot) => self.put_result(*slot, set, site),
            Root::Function => self.put_result(0, set, site),
            // What is changed in place: a part of an argument, or the record written out, an argument, the receiver.
            _ if !place.parts.is_empty() => {
                self.use_everything(set);
                let mut holder = place.clone();
                let part = holder.parts.pop().unwrap_or_default();
                let base = self.place(&holder, site).set;
                match self.built_here(&base) {
                    // A request holds one context: the last that it was given.
                    Some(request) if part == "context" => self.analysis.values.set_part(request, &part, set.clone()),
                    _ => self.write_part(&base, &part, set, site.invocation.at.range),
                }
            }
            _ => {
                let base = self.place(place, site).set;
                self.write_part(&base, "around", set, site.invocation.at.range);
            }
        }
    }

    /// The request that these values are, if it is one that this function made or was given by what it calls.
    fn built_here(&self, set: &Set) -> Option<ObjectId> {
        let [id] = set.as_slice() else { return None };
        let (object, held) = self.analysis.values.as_object(*id)?;
        (held.kind == ObjectKind::Request && held.function == self.id).then_some(object)
    }

    fn objects_at(&mut self, place: &Place, site: &mut Site<'_>) -> Vec<ObjectId> {
        if let Root::Result(_) = place.root {
            let object = self.make(site, "forwarder", ObjectKind::Record, "");
            self.output(place, object, site);
            return vec![object];
        }
        let set = self.place(place, site).set;
        object_ids(self.analysis, &set)
    }

    fn context(&mut self, source: Option<&ContextSource>, site: &Site<'_>) -> Set {
        match source {
            None => Set::new(),
            Some(ContextSource::Fresh) => {
                let object = self.make(site, "fresh", ObjectKind::Fresh, "");
                self.analysis.values.one(Value::Object(object))
            }
            Some(ContextSource::Places(places)) => self.first(places, site).set,
        }
    }

    /// A propagator is at work here. Libraries that only trace when told to say so where that is done.
    fn note_propagation(&mut self, by: &By, site: &Site<'_>) {
        if *by == By::Global {
            self.analysis.global_propagation.insert(site.invocation.at, self.id);
        }
        if self.is_of_tracing(site) {
            self.analysis.tracing_functions.insert(self.id);
        }
    }

    pub(super) fn is_of_tracing(&self, site: &Site<'_>) -> bool {
        self.analysis.models.package_of(&site.symbol).is_some_and(|package| package.traces)
    }

    /// Which propagator a wrapper uses: that of an option, if one sets it.
    fn propagator(&mut self, by: &By, entry: &EntryModel, site: &Site<'_>) -> By {
        if *by != By::Global {
            return by.clone();
        }
        let given = self.given_options(entry, site);
        let sets_propagator = self.analysis.values.objects(&given).any(|(_, held)| match &held.kind {
            ObjectKind::Opaque(symbol) => self.analysis.models.call(symbol).is_some_and(|model| {
                let effects = model.entries.iter().flat_map(|entry| &entry.effects);
                effects
                    .into_iter()
                    .any(|effect| matches!(effect, EffectModel::Sets { what, .. } if what == "propagator"))
            }),
            _ => false,
        });
        let foreign = given
            .iter()
            .any(|id| matches!(self.analysis.values.get(*id), Value::Unknown | Value::Parameter(..) | Value::Part(..)));
        if sets_propagator || foreign { By::Own } else { By::Global }
    }
}

/// The part of a handler that says it passes on what arrives.
pub(super) const FORWARDS: &str = "#forwards";

/// Names of functions that send the request they are given.
const SENDING: &[&str] = &["Do", "Send", "SendRequest", "Execute", "RoundTrip", "DoRequest"];
