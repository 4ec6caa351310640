//! What the options of a connection or a server do to every call that passes through it: interceptors and handlers of events,
//! a library's or the codebase's own.

use super::outbound::Injector;
use super::resolver::Resolver;
use super::summary::EffectKind;
use super::value::{ObjectId, ObjectKind, Set, Value, ValueId, insert, join};
use crate::codebase::{FunctionId, Member, Type};
use crate::facts::{LocalIndex, Name};
use crate::text::FileRange;
use rustc_hash::FxHashSet;

/// What the options together do.
#[derive(Clone, Debug, Default)]
pub(super) struct Passing {
    /// What writes the context into what leaves.
    pub(super) injects: Option<Injector>,
    /// Where the context is read from what arrives.
    pub(super) extracts: Option<FileRange>,
    /// Some of them can't be looked into.
    pub(super) unknown: bool,
    seen: FxHashSet<ValueId>,
    /// Functions that were looked into.
    bodies: FxHashSet<FunctionId>,
    /// It stands around what answers, so that what it gives is an answer, which leads nowhere.
    answers: bool,
}

/// The part of a context that holds what leaves, or arrived, with it.
const HEADERS: &str = "headers";

impl Resolver<'_, '_> {
    /// Looks into the options that a connection or server was made with.
    pub(super) fn interceptors(&mut self, options: &Set) -> Passing {
        let mut passing = Passing::default();
        let ground = self.ground(options);
        self.pass(&ground, &mut passing);
        passing
    }

    /// Looks into a server or router that does something itself: what it was made with.
    pub(super) fn router(&mut self, server: ValueId) -> Passing {
        let mut one = Set::new();
        insert(&mut one, server);
        let held = self.analysis.values.as_object(server).map(|(_, held)| held.kind.clone());
        let Some(ObjectKind::Wrapper(_)) = held else { return Passing::default() };
        let mut passing = Passing { answers: true, ..Passing::default() };
        self.pass(&one, &mut passing);
        passing
    }

    fn pass(&mut self, set: &Set, passing: &mut Passing) {
        for id in set {
            if passing.seen.insert(*id) {
                self.pass_one(*id, passing);
            }
        }
    }

    fn pass_one(&mut self, id: ValueId, passing: &mut Passing) {
        match self.analysis.values.get(id).clone() {
            Value::Object(object) => self.pass_object(id, object, passing),
            Value::Function(function) => self.pass_body(function, &Set::new(), &[], passing),
            Value::Closure(function, captured) => self.pass_body(function, &Set::new(), &captured, passing),
            Value::Bound(function, receiver) => {
                let receiver = self.ground(&receiver);
                self.pass_body(function, &receiver, &[], passing);
            }
            Value::Symbol(symbol) => passing.unknown |= !self.does_nothing(&symbol),
            Value::Nothing | Value::Constant | Value::Text(_) => {}
            // What comes next.
            Value::Parameter(function, _) if passing.bodies.contains(&function) => {}
            _ => passing.unknown = true,
        }
    }

    fn pass_object(&mut self, id: ValueId, object: ObjectId, passing: &mut Passing) {
        let held = self.analysis.values.object(object).clone();
        let mut one = Set::new();
        insert(&mut one, id);
        match (&held.kind, &held.ty) {
            (ObjectKind::Wrapper(kind), _) => {
                if kind.does.inject {
                    let injector = Injector { at: held.here, needs_context: kind.needs_context };
                    passing.injects.get_or_insert(injector);
                }
                if kind.does.extract {
                    passing.extracts.get_or_insert(held.here);
                }
                let inner = self.part_of(&one, "around");
                self.pass(&inner, passing);
            }
            (_, ty @ Type::Declared(..)) => self.pass_declared(&one, &ty.clone(), passing),
            (ObjectKind::Opaque(symbol), _) => passing.unknown |= !self.does_nothing(symbol),
            _ => passing.unknown = true,
        }
    }

    /// A value of the codebase's own type: the method by which the library asks it, own or of a field that it embeds.
    fn pass_declared(&mut self, one: &Set, ty: &Type, passing: &mut Passing) {
        match self.intercepting(ty) {
            Some((_, Member::Method(method))) => self.pass_body(method, one, &[], passing),
            Some((embedded, Member::Library(_))) => {
                let mut inner = one.clone();
                for field in embedded {
                    inner = self.part_of(&inner, &field);
                }
                passing.unknown |= inner.is_empty();
                self.pass(&inner, passing);
            }
            _ => passing.unknown = true,
        }
    }

    /// The method of a type of the codebase by which a library asks interceptors.
    pub(super) fn intercepting(&self, ty: &Type) -> Option<(Vec<Name>, Member)> {
        let interceptors = self.analysis.models.types().filter(|(_, model)| model.is("interceptor"));
        let mut methods = interceptors.filter_map(|(_, model)| model.method.clone());
        methods.find_map(|name| self.analysis.codebase.member(ty, &name))
    }

    /// The body of an interceptor: what it writes or reads, and what it calls on with.
    fn pass_body(
        &mut self,
        function: FunctionId,
        receiver: &Set,
        captured: &[(LocalIndex, Set)],
        passing: &mut Passing,
    ) {
        passing.bodies.insert(function);
        let summary = self.analysis.summary(function);
        let mut inner = Set::new();
        for effect in &summary.effects {
            let at = effect.chain.first().copied();
            match &effect.kind {
                EffectKind::Inject { into, .. } if self.analysis.values.is_symbolic(into) => {
                    passing.injects = passing.injects.take().or(at.map(writes_itself));
                }
                EffectKind::Extract { from, .. } if self.analysis.values.is_symbolic(from) => {
                    passing.extracts = passing.extracts.or(at);
                }
                EffectKind::Escape { .. } => passing.unknown = true,
                EffectKind::Invoke { callee, arguments, .. } => {
                    arguments.iter().for_each(|set| self.pass_on(set, function, at, passing));
                    let others = callee.iter().copied().filter(|id| !self.is_parameter(*id, function)).collect();
                    join(&mut inner, &self.bind(&others, function, receiver, captured));
                }
                _ => {}
            }
        }
        // One that is given what comes next gives what stands around it.
        let made = summary.results.iter().flatten().copied().filter(|id| self.is_code(*id)).collect();
        join(&mut inner, &self.bind(&made, function, receiver, captured));
        let types = self.analysis.codebase.result_types(function);
        let is_context = |slot: usize| types.get(slot).is_some_and(|ty| self.analysis.is_of(ty, "context"));
        let handed: Vec<&Set> = (0..)
            .zip(&summary.results)
            .filter(|(slot, set)| is_context(*slot) || !(passing.answers || self.is_answer_of_next(set, function)))
            .map(|(_, set)| set)
            .collect();
        for set in handed {
            self.pass_on(set, function, None, passing);
        }
        self.pass(&inner, passing);
    }

    /// A value that an interceptor hands on: a context may hold what was written for the wire.
    fn pass_on(&mut self, set: &Set, function: FunctionId, at: Option<FileRange>, passing: &mut Passing) {
        match self.analysis.written_for_the_wire(set) {
            Some(here) => passing.injects = passing.injects.take().or(Some(writes_itself(at.unwrap_or(here)))),
            // What a library that nobody knows made out of the context may hold one too.
            None => {
                let values = &self.analysis.values;
                passing.unknown |= values.objects(set).any(|(object, held)| {
                    let from_parameter = |set: &Set| set.iter().any(|id| self.is_parameter(*id, function));
                    matches!(held.kind, ObjectKind::Opaque(_))
                        && values.part_of(object, "arg0").is_some_and(from_parameter)
                });
            }
        }
    }

    fn is_parameter(&self, id: ValueId, function: FunctionId) -> bool {
        matches!(self.analysis.values.get(id), Value::Parameter(owner, _) if *owner == function)
    }

    /// Whether it is what comes next gave for the context as it came.
    fn is_answer_of_next(&self, set: &Set, function: FunctionId) -> bool {
        let values = &self.analysis.values;
        set.iter().all(|id| {
            let Some((object, held)) = values.as_object(*id) else { return false };
            let untouched = |context: &Set| context.iter().all(|id| self.is_parameter(*id, function));
            held.kind == ObjectKind::Opaque("?".into()) && values.part_of(object, "arg0").is_some_and(untouched)
        })
    }

    fn is_code(&self, id: ValueId) -> bool {
        matches!(self.analysis.values.get(id), Value::Function(_) | Value::Closure(..) | Value::Bound(..))
    }

    /// Whether a model says that a symbol does nothing to trace context.
    fn does_nothing(&self, symbol: &str) -> bool {
        self.analysis
            .models
            .call(symbol)
            .is_some_and(|model| model.entries.iter().all(|entry| entry.effects.is_empty() && entry.gives.is_empty()))
    }
}

fn writes_itself(at: FileRange) -> Injector {
    Injector { at, needs_context: false }
}

impl super::Analysis<'_> {
    /// Where a context among these was made to leave with headers that a trace context is written into.
    pub(super) fn written_for_the_wire(&self, set: &Set) -> Option<FileRange> {
        let written = |object: ObjectId| {
            let headers = self.values.part_of(object, HEADERS)?;
            self.values
                .objects(headers)
                .find(|(carrier, _)| self.values.part_of(*carrier, super::frame::WRITTEN).is_some())
        };
        let outgoing = self.outgoing(set);
        outgoing.iter().find(|object| written(**object).is_some()).map(|object| self.values.object(*object).here)
    }

    /// The contexts of a set that have headers of their own, those they are made of included.
    fn outgoing(&self, set: &Set) -> Vec<ObjectId> {
        let mut found: Vec<ObjectId> = Vec::new();
        let mut pending: Vec<ObjectId> = self.values.objects(set).map(|(object, _)| object).collect();
        while let Some(object) = pending.pop() {
            if self.is_outgoing(object) && !found.contains(&object) {
                found.push(object);
                let inner = self.values.part_of(object, "context");
                pending.extend(inner.into_iter().flat_map(|set| self.values.objects(set)).map(|(object, _)| object));
            }
        }
        found
    }

    fn is_outgoing(&self, object: ObjectId) -> bool {
        let held = self.values.object(object);
        let is_context = || self.is_of(&held.ty, "context");
        held.kind == ObjectKind::Request && is_context()
    }

    /// The headers of the contexts of a set that have some.
    pub(super) fn outgoing_headers(&self, set: &Set) -> Set {
        let mut headers = Set::new();
        for object in self.outgoing(set) {
            if let Some(held) = self.values.part_of(object, HEADERS) {
                join(&mut headers, held);
            }
        }
        headers
    }

    /// The contexts themselves, without the headers that some of them have.
    pub(super) fn bare_contexts(&self, set: &Set) -> Set {
        let outgoing = self.outgoing(set);
        if outgoing.is_empty() {
            return set.clone();
        }
        let inner = outgoing.iter().filter_map(|object| self.values.part_of(*object, "context")).flatten();
        let mut bare = Set::new();
        for id in set.iter().chain(inner) {
            if !self.values.as_object(*id).is_some_and(|(object, _)| outgoing.contains(&object)) {
                insert(&mut bare, *id);
            }
        }
        bare
    }

    /// Whether anything in the codebase writes trace context into the headers of a context.
    pub(super) fn writes_outgoing(&self) -> bool {
        self.values.all_objects().any(|object| {
            let mut one = Set::new();
            if self.is_outgoing(object) {
                one.extend(self.values.existing(&Value::Object(object)));
            }
            self.written_for_the_wire(&one).is_some()
        })
    }
}
