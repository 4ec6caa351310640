//! What stands around a handler: from the outermost wrapper down to the function that answers.

use super::ambient::BODY;
use super::library::FORWARDS;
use super::list::{Item, chain_part};
use super::resolver::Resolver;
use super::summary::{EffectKind, Service};
use super::value::{ObjectId, ObjectKind, Set, Value, ValueId, insert, join};
use super::{Analysis, inbound::Served};
use crate::codebase::{FunctionId, Type};
use crate::facts::{FunctionKind, LocalIndex, Name};
use crate::model::{Does, EffectModel, End, Root, TypeModel};
use crate::text::FileRange;
use rustc_hash::FxHashSet;
use std::sync::Arc;

/// One wrapper, middleware or handler that a request passes.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    /// The expression that puts it there, or the function's head.
    pub(super) at: FileRange,
    /// What runs, if it is code of the codebase.
    pub(super) function: Option<FunctionId>,
    /// Where it reads the caller's context.
    pub(super) extracts: Option<FileRange>,
    /// Whether it opens a span.
    pub(super) starts: bool,
    /// Whether something leaves the process, before or after what it passes on to.
    pub(super) sends: bool,
    /// What it does can't be looked into.
    pub(super) unknown: bool,
    /// Its type, if a model describes that.
    pub(super) ty: Option<Name>,
}

impl Layer {
    /// Something that does nothing, as far as is known.
    pub(super) fn new(at: FileRange) -> Layer {
        Layer { at, function: None, extracts: None, starts: false, sends: false, unknown: false, ty: None }
    }
}

/// How a request comes to a place: everything around it, outermost first.
#[derive(Clone, Debug, Default)]
pub(super) struct Way {
    pub(super) layers: Vec<Layer>,
    /// Some layer can't be looked into.
    pub(super) unknown: bool,
    /// Which of the layers comes first is not known.
    pub(super) unordered: bool,
    /// The outermost list of middleware that it passes, around all that is served.
    pub(super) chain: Option<ObjectId>,
    /// Whether it has passed a router, so that what follows stands around one route.
    pub(super) routed: bool,
    /// Where it comes in.
    pub(super) served: Option<Arc<Served>>,
}

impl Way {
    /// Where the caller's context is read.
    pub(super) fn extracted(&self) -> Option<FileRange> {
        self.layers.iter().find_map(|layer| layer.extracts)
    }

    pub(super) fn with(&self, layers: impl IntoIterator<Item = Layer>) -> Way {
        let mut way = self.clone();
        way.layers.extend(layers);
        way
    }
}

/// What a walk from the outside in comes to.
#[derive(Clone, Debug, Default)]
pub(super) struct Reached {
    /// The functions that answer in the end; the last layer of the way is the function itself.
    pub(super) endpoints: Vec<(FunctionId, Way)>,
    /// Routers.
    pub(super) routers: Vec<(ValueId, Way)>,
    /// Ways on which the handler that a middleware was given gets the request.
    passed: Vec<Way>,
    seen: FxHashSet<(ValueId, bool, bool, Option<ObjectId>)>,
    /// The middleware that is looked into.
    middleware: Option<FunctionId>,
}

/// What a middleware does with what it passes on.
#[derive(Clone, Debug, Default)]
pub(super) struct Probe {
    pub(super) layers: Vec<Layer>,
    pub(super) unknown: bool,
}

/// More ways into one place than this tell nothing new.
pub(super) const WAYS: usize = 8;

/// How many layers are followed.
const DEPTH: usize = 40;

impl Resolver<'_, '_> {
    /// Walks a handler value.
    pub(super) fn reach(&mut self, handler: &Set, way: &Way) -> Reached {
        let mut reached = Reached::default();
        self.walk(handler, way, &mut reached);
        reached
    }

    /// The methods of a service that answer what arrives: those that its interface has, else those that take a context or a
    /// request and can be called from outside.
    pub(super) fn reach_service(&mut self, values: &Set, service: &Service, way: &Way) -> Reached {
        let mut reached = Reached::default();
        let ground = self.ground(values);
        let codebase = self.analysis.codebase;
        for id in self.made_by_callables(ground) {
            let ty = self.analysis.values.type_of(id);
            let named = codebase.interface_method_names(&service.ty);
            let methods: Vec<FunctionId> = match (&ty, named) {
                (Type::Declared(..), Some(names)) => {
                    names.iter().filter_map(|name| codebase.method(&ty, name)).collect()
                }
                (Type::Declared(owner, _), None) => codebase.methods_of(*owner).collect(),
                _ => Vec::new(),
            };
            for method in methods {
                let answers = match &service.by {
                    Some(by) => {
                        let mut around = codebase.interfaces_around(method).into_iter();
                        around.any(|interface| interface.library() == Some(by))
                            && self.analysis.takes_what_arrives(method)
                    }
                    None => self.analysis.answers(method),
                };
                if answers && codebase.file(codebase.function_file(method)).reported {
                    self.function_layer(method, &Set::new(), &[], way, &mut reached);
                }
            }
        }
        reached
    }

    /// Of values that may be callables, what those give; the others stay.
    fn made_by_callables(&mut self, values: Set) -> Set {
        let mut made = Set::new();
        for id in values {
            let given = match self.analysis.values.get(id).clone() {
                Value::Function(function) => self.given_by(function, &[]),
                Value::Closure(function, captured) => self.given_by(function, &captured),
                _ => std::iter::once(id).collect(),
            };
            join(&mut made, &given);
        }
        made
    }

    fn given_by(&mut self, function: FunctionId, captured: &[(LocalIndex, Set)]) -> Set {
        let given = self.analysis.summary(function).results.first().cloned().unwrap_or_default();
        // A variable's type alone tells which methods answer.
        let known = |id: &ValueId| matches!(self.analysis.values.type_of(*id), Type::Declared(..));
        let mut made: Set = given.iter().copied().filter(known).collect();
        let open: Set = given.iter().copied().filter(|id| !known(id)).collect();
        let bound = self.bind(&open, function, &Set::new(), captured);
        join(&mut made, &self.ground(&bound));
        made
    }

    fn walk(&mut self, set: &Set, way: &Way, reached: &mut Reached) {
        let mut ground = self.ground(set);
        self.keep_own_parameter(&mut ground, reached.middleware);
        self.drop_bare(&mut ground);
        let mut way = way.clone();
        way.unknown |= ground.is_empty() || ground.iter().any(|id| self.is_lost(*id, reached.middleware));
        if way.layers.len() > DEPTH {
            return;
        }
        for id in ground {
            if reached.seen.insert((id, way.extracted().is_some(), way.unknown, way.chain)) {
                self.layer(id, &way, reached);
            }
        }
    }

    /// Within a middleware, the handler that it is given is whatever follows, not what some caller gives it elsewhere.
    fn keep_own_parameter(&mut self, ground: &mut Set, middleware: Option<FunctionId>) {
        let own = |id: &ValueId, analysis: &Analysis<'_>| match analysis.values.get(*id) {
            Value::Parameter(function, index) => Some((*function, *index)),
            _ => None,
        };
        for id in ground.clone() {
            let Some((function, index)) = own(&id, self.analysis) else { continue };
            if Some(function) == middleware {
                let given = self.given(function, index);
                ground.retain(|other| *other == id || !given.contains(other));
            } else if ground.len() > 1 {
                ground.retain(|other| *other != id);
            }
        }
    }

    /// Where something is there bare and wrapped, as under a condition, the wrapped one counts.
    fn drop_bare(&mut self, ground: &mut Set) {
        for id in ground.clone() {
            let Some((object, held)) = self.analysis.values.as_object(id) else { continue };
            if !matches!(held.kind, ObjectKind::Wrapper(_)) {
                continue;
            }
            let Some(around) = self.analysis.values.part_of(object, "around").cloned() else { continue };
            let inner = self.ground(&around);
            ground.retain(|other| *other == id || !inner.contains(other));
        }
    }

    fn is_lost(&self, id: ValueId, middleware: Option<FunctionId>) -> bool {
        match self.analysis.values.get(id) {
            _ if self.is_router(id) => false,
            Value::Parameter(function, _) => Some(*function) != middleware,
            Value::LibraryBound(symbol, _) if self.is_answer(symbol) => false,
            Value::Unknown | Value::Captured(..) | Value::Part(..) | Value::Global(_) => true,
            Value::Symbol(_) | Value::LibraryBound(..) => true,
            _ => false,
        }
    }

    pub(super) fn is_router(&self, id: ValueId) -> bool {
        let ty = self.analysis.values.type_of(id);
        self.analysis.is_of(&ty, "router")
    }

    fn layer(&mut self, id: ValueId, way: &Way, reached: &mut Reached) {
        if self.is_router(id) {
            reached.routers.push((self.analysis.values.original(id), way.clone()));
            return;
        }
        match self.analysis.values.get(id).clone() {
            Value::Function(function) => self.function_layer(function, &Set::new(), &[], way, reached),
            Value::Bound(function, receiver) => {
                let receiver = self.ground(&receiver);
                self.function_layer(function, &receiver, &[], way, reached);
            }
            Value::Closure(function, captured) => self.function_layer(function, &Set::new(), &captured, way, reached),
            Value::Parameter(function, _) if Some(function) == reached.middleware => reached.passed.push(way.clone()),
            Value::Object(object) => self.object_layer(id, object, way, reached),
            Value::LibraryBound(symbol, receiver) if self.is_answer(&symbol) => self.walk(&receiver, way, reached),
            _ => {}
        }
    }

    /// Whether a library's method is the handler itself: `handler.ServeHTTP`.
    fn is_answer(&self, symbol: &str) -> bool {
        let itself =
            |effect: &EffectModel| matches!(effect, EffectModel::Runs { body, .. } if body.root == Root::Receiver);
        let model = self.analysis.models.call(symbol);
        model.is_some_and(|model| model.entries.iter().any(|entry| entry.effects.iter().any(itself)))
    }

    fn object_layer(&mut self, id: ValueId, object: ObjectId, way: &Way, reached: &mut Reached) {
        let held = self.analysis.values.object(object).clone();
        if let ObjectKind::Wrapper(kind) = &held.kind {
            let mut way = way.with(wrapper_layer(kind.does, held.here));
            self.enter_chain(object, &mut way);
            let mut one = Set::new();
            insert(&mut one, id);
            let inner = self.part_of(&one, "around");
            if !inner.is_empty() {
                self.walk(&inner, &way, reached);
            }
            return;
        }
        if self.analysis.values.part_of(object, FORWARDS).is_some() {
            return;
        }
        match held.kind {
            ObjectKind::Later(function) => {
                let receiver = self.analysis.values.part_of(object, "self").cloned().unwrap_or_default();
                let receiver = self.ground(&receiver);
                return self.function_layer(function, &receiver, &[], way, reached);
            }
            ObjectKind::Under(_) => {
                let body = self.analysis.values.part_of(object, BODY).cloned().unwrap_or_default();
                return self.walk(&body, way, reached);
            }
            _ => {}
        }
        if let Some(method) = self.analysis.handler_method(&held.ty) {
            let mut receiver = Set::new();
            insert(&mut receiver, id);
            self.function_layer(method, &receiver, &[], way, reached);
            return;
        }
        // What code that nobody knows gave may read the context; a handler of a library answers by itself.
        if matches!(held.kind, ObjectKind::Opaque(_)) && held.ty.library().is_none() {
            let way = Way { unknown: true, ..way.clone() };
            for (_, set) in held.parts.iter().filter(|(name, _)| name.starts_with("arg")) {
                let ground = self.ground(set);
                let callable: Set = ground.into_iter().filter(|id| self.is_callable(*id)).collect();
                if !callable.is_empty() {
                    self.walk(&callable, &way, reached);
                }
            }
        }
    }

    /// The list of middleware that a wrapper puts around what it wraps.
    fn enter_chain(&mut self, wrapper: ObjectId, way: &mut Way) {
        for end in [End::First, End::Last] {
            let Some(list) = self.analysis.values.part_of(wrapper, chain_part(end)).cloned() else { continue };
            let probe = self.probe_all(&list, end);
            way.chain = way.chain.or((!way.routed).then_some(wrapper));
            way.unknown |= probe.unknown;
            way.layers.extend(probe.layers);
        }
    }

    fn is_callable(&self, id: ValueId) -> bool {
        matches!(
            self.analysis.values.get(id),
            Value::Function(_) | Value::Bound(..) | Value::Closure(..) | Value::Object(_)
        )
    }

    fn function_layer(
        &mut self,
        function: FunctionId,
        receiver: &Set,
        captured: &[(LocalIndex, Set)],
        way: &Way,
        reached: &mut Reached,
    ) {
        let mut way = way.with([self.code_layer(function)]);
        let summary = self.analysis.summary(function);
        way.unknown |= summary.effects.iter().any(|effect| matches!(effect.kind, EffectKind::Escape { .. }));
        let (mut inner, mut calls_on) = (Set::new(), false);
        for effect in &summary.effects {
            let EffectKind::Invoke { callee, arguments, .. } = &effect.kind else { continue };
            if arguments.iter().any(|set| self.holds_parameter_of(set, function)) {
                calls_on = true;
                let bound = self.bind(callee, function, receiver, captured);
                join(&mut inner, &bound);
            }
        }
        if calls_on {
            inner.retain(|id| !matches!(self.analysis.values.get(*id), Value::Nothing));
            self.walk(&inner, &way, reached);
            return;
        }
        let futures = self.futures_of(function);
        if !futures.is_empty() {
            self.walk(&futures, &way, reached);
            return;
        }
        reached.endpoints.push((function, way));
    }

    /// What a function gives that runs once it is waited for, as whoever calls a handler does; of a block that was waited for,
    /// the handlers that it gives.
    fn futures_of(&mut self, function: FunctionId) -> Set {
        let summary = self.analysis.summary(function);
        let given = summary.results.first().into_iter().flatten().copied();
        let is_block = self.analysis.is_block(function);
        let is_handler = |id: ValueId| {
            is_block
                && matches!(self.analysis.values.get(id), Value::Function(_) | Value::Closure(..) | Value::Bound(..))
        };
        given.filter(|id| self.analysis.is_later(*id) || is_handler(*id)).collect()
    }

    /// What a function of the codebase does with a request before or besides passing it on.
    fn code_layer(&mut self, function: FunctionId) -> Layer {
        let summary = self.analysis.summary(function);
        let extract = summary.effects.iter().find(|effect| match &effect.kind {
            EffectKind::Extract { from, .. } => self.analysis.values.is_symbolic(from),
            _ => false,
        });
        let codebase = self.analysis.codebase;
        Layer {
            at: codebase.at(function, codebase.function(function).name_range),
            function: Some(function),
            extracts: extract.and_then(|effect| effect.chain.first().copied()),
            starts: summary.below.starts,
            sends: summary.below.sends,
            unknown: false,
            ty: None,
        }
    }

    /// Whether a set holds the function's own parameter, or something derived from it.
    fn holds_parameter_of(&self, set: &Set, function: FunctionId) -> bool {
        let values = &self.analysis.values;
        set.iter().any(|id| match values.get(*id) {
            Value::Object(object) => values
                .object(*object)
                .parts
                .iter()
                .any(|(_, part)| part.iter().any(|id| values.symbolic_in(*id) == Some(function))),
            _ => values.symbolic_in(*id) == Some(function),
        })
    }

    /// What a list of middleware does, outermost first.
    pub(super) fn probe_all(&mut self, list: &Set, outermost: End) -> Probe {
        let mut items = self.items(list);
        if outermost == End::Last {
            items.reverse();
        }
        let mut all = Probe::default();
        for item in &items {
            let probe = self.probe_item(item);
            // What reads the context before something unknown has read it whatever that does.
            all.unknown |= probe.unknown;
            all.layers.extend(probe.layers);
        }
        all
    }

    /// One item: if it may be several things, what all of them do counts, and reading the context if one of them does.
    pub(super) fn probe_item(&mut self, item: &Item) -> Probe {
        let mut probes: Vec<Probe> = item.set.iter().map(|id| self.probe(*id, item.at)).collect();
        let place = |probe: &mut Probe| {
            if let (Some(first), Some(at)) = (probe.layers.first_mut(), item.at) {
                first.at = at;
            }
        };
        let reads = probes.iter().position(|probe| probe.layers.iter().any(|layer| layer.extracts.is_some()));
        if let Some(index) = reads.or((probes.len() == 1).then_some(0)) {
            let mut probe = probes.swap_remove(index);
            if probe.unknown && probe.layers.is_empty() {
                probe.layers.extend(item.at.map(|at| Layer { unknown: true, ..Layer::new(at) }));
            }
            place(&mut probe);
            return probe;
        }
        let all =
            |does: fn(&Layer) -> bool| !probes.is_empty() && probes.iter().all(|each| each.layers.iter().any(does));
        let unknown = probes.is_empty() || probes.iter().any(|probe| probe.unknown);
        let (starts, sends) = (all(|layer| layer.starts), all(|layer| layer.sends));
        let layer = item.at.map(|at| Layer { starts, sends, unknown, ..Layer::new(at) });
        Probe { layers: layer.into_iter().collect(), unknown }
    }

    /// Looks into one middleware.
    fn probe(&mut self, id: ValueId, at: Option<FileRange>) -> Probe {
        let unknown = || Probe { layers: Vec::new(), unknown: true };
        match self.analysis.values.get(id).clone() {
            Value::Function(function) => self.probe_code(function, &Set::new(), &[]),
            Value::Bound(function, receiver) => {
                let receiver = self.ground(&receiver);
                self.probe_code(function, &receiver, &[])
            }
            Value::Closure(function, captured) => self.probe_code(function, &Set::new(), &captured),
            Value::Object(object) => {
                let held = self.analysis.values.object(object).clone();
                match &held.kind {
                    ObjectKind::Wrapper(kind) => self.probe_wrapper(object, kind.does, held.here),
                    ObjectKind::Opaque(symbol) if self.analysis.models.call(symbol).is_none() => unknown(),
                    _ => {
                        let method = self.analysis.handler_method(&held.ty);
                        let method = method.or_else(|| self.analysis.middleware_method(&held.ty));
                        let mut receiver = Set::new();
                        insert(&mut receiver, id);
                        method.map_or_else(unknown, |method| self.probe_code(method, &receiver, &[]))
                    }
                }
            }
            Value::Symbol(symbol) | Value::LibraryBound(symbol, _) => match self.library_wrapper(&symbol) {
                Some(does) => {
                    let layer = at.and_then(|at| wrapper_layer(does, at));
                    Probe { unknown: does.extract && layer.is_none(), layers: layer.into_iter().collect() }
                }
                None => unknown(),
            },
            Value::Nothing | Value::Text(_) | Value::Constant => Probe::default(),
            _ => unknown(),
        }
    }

    /// Looks into what a middleware gives that runs once it is waited for.
    fn probe_future(&mut self, id: ValueId) -> Probe {
        match self.analysis.values.get(id).clone() {
            Value::Closure(block, captured) => self.probe_code(block, &Set::new(), &captured),
            Value::Object(object) => match self.analysis.values.object(object).kind {
                ObjectKind::Later(function) => self.probe_code(function, &Set::new(), &[]),
                _ => {
                    let body = self.analysis.values.part_of(object, BODY).cloned().unwrap_or_default();
                    let inside = body.iter().find(|id| self.analysis.is_later(**id));
                    inside.map_or_else(Probe::default, |id| self.probe_future(*id))
                }
            },
            _ => Probe::default(),
        }
    }

    /// What a wrapper does itself, and what the code does that it was made of.
    fn probe_wrapper(&mut self, object: ObjectId, does: Does, at: FileRange) -> Probe {
        let ty = self.analysis.values.object(object).ty.library().map(Name::from);
        let ty = ty.filter(|path| self.analysis.models.ty(path).is_some());
        let layer = wrapper_layer(does, at).or_else(|| ty.is_some().then(|| Layer::new(at)));
        let mut probe =
            Probe { layers: layer.map(|layer| Layer { ty, ..layer }).into_iter().collect(), unknown: false };
        let around = self.analysis.values.part_of(object, "around").cloned().unwrap_or_default();
        for id in self.ground(&around) {
            let is_code = matches!(self.analysis.values.get(id), Value::Function(_) | Value::Closure(..));
            let inner = self.probe(id, is_code.then_some(at));
            probe.unknown |= inner.unknown;
            probe.layers.extend(inner.layers);
        }
        probe
    }

    /// What a library's function that is a middleware itself does.
    fn library_wrapper(&self, symbol: &str) -> Option<Does> {
        let effects = self.analysis.models.call(symbol)?.entries.iter().flat_map(|entry| &entry.effects);
        effects.into_iter().find_map(|effect| match effect {
            EffectModel::BuildsWrapper { does, .. } => Some(*does),
            _ => None,
        })
    }

    /// A function that takes a handler and gives one, or one that is called with the request itself.
    fn probe_code(&mut self, function: FunctionId, receiver: &Set, captured: &[(LocalIndex, Set)]) -> Probe {
        let results = self.analysis.codebase.result_types(function);
        if !results.first().is_some_and(|ty| self.analysis.is_handler(ty)) {
            let summary = self.analysis.summary(function);
            let unknown = summary.effects.iter().any(|effect| matches!(effect.kind, EffectKind::Escape { .. }));
            let mut probe = Probe { layers: vec![self.code_layer(function)], unknown };
            for id in self.futures_of(function) {
                let inner = self.probe_future(id);
                probe.unknown |= inner.unknown;
                probe.layers.extend(inner.layers);
            }
            return probe;
        }
        let made = self.analysis.summary(function).results.first().cloned().unwrap_or_default();
        let made = self.bind(&made, function, receiver, captured);
        let mut reached = Reached { middleware: Some(function), ..Reached::default() };
        self.walk(&made, &Way::default(), &mut reached);
        let reads = reached.passed.iter().position(|way| way.extracted().is_some());
        let longest = (0..reached.passed.len()).max_by_key(|index| reached.passed[*index].layers.len());
        let Some(index) = reads.or(longest) else { return Probe { layers: Vec::new(), unknown: true } };
        let unknown = reached.passed.iter().any(|way| way.unknown);
        let way = reached.passed.swap_remove(index);
        Probe { unknown: unknown && way.extracted().is_none(), layers: way.layers }
    }
}

fn wrapper_layer(does: Does, at: FileRange) -> Option<Layer> {
    let extracts = does.extract.then_some(at);
    (does != Does::default()).then(|| Layer { extracts, starts: does.start, ..Layer::new(at) })
}

impl Analysis<'_> {
    /// Whether values of a type answer requests.
    pub(super) fn is_handler(&self, ty: &Type) -> bool {
        match self.codebase.underlying(ty) {
            Type::Library(path) => self.models.ty(&path).is_some_and(|model| model.is("handler")),
            Type::Function(function) => self.has_handler_signature(&function.parameters),
            _ => false,
        }
    }

    /// Whether parameters are those of a handler.
    pub(super) fn has_handler_signature(&self, parameters: &[Type]) -> bool {
        self.models.types().any(|(_, model)| !model.is("middleware") && takes(model, parameters))
    }

    /// The method by which values of a type answer what arrives.
    pub(super) fn handler_method(&self, ty: &Type) -> Option<FunctionId> {
        self.method_of_role(ty, "handler")
    }

    /// The method by which values of a type pass on what arrives.
    fn middleware_method(&self, ty: &Type) -> Option<FunctionId> {
        self.method_of_role(ty, "middleware")
    }

    fn method_of_role(&self, ty: &Type, role: &str) -> Option<FunctionId> {
        let models = self.models.types().filter(|(_, model)| model.is(role));
        let mut methods = models.filter_map(|(_, model)| {
            let method = self.codebase.method(ty, model.method.as_ref()?)?;
            takes(model, self.codebase.parameter_types(method)).then_some(method)
        });
        methods.next()
    }

    /// Whether a function is a method by which values of its type answer what arrives.
    pub(super) fn is_handler_method(&self, function: FunctionId) -> bool {
        let facts = self.codebase.function(function);
        let named = |model: &TypeModel| model.is("handler") && model.method.as_ref() == Some(&facts.name);
        facts.kind == FunctionKind::Method
            && self
                .models
                .types()
                .any(|(_, model)| named(model) && takes(model, self.codebase.parameter_types(function)))
    }
}

/// Whether parameters are those that a function type, or the method of an interface, has.
fn takes(model: &TypeModel, parameters: &[Type]) -> bool {
    let fits = |wanted: &Name, ty: &Type| ty.library() == Some(wanted.trim_start_matches('*'));
    model.signature.as_ref().is_some_and(|signature| {
        signature.len() == parameters.len() && signature.iter().zip(parameters).all(|(wanted, ty)| fits(wanted, ty))
    })
}
