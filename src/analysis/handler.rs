//! What stands around a handler: from the outermost wrapper down to the function that answers.

use super::library::FORWARDS;
use super::resolver::Resolver;
use super::summary::EffectKind;
use super::value::{ObjectKind, Set, Value, ValueId};
use crate::codebase::{FunctionId, Type};
use crate::facts::LocalIndex;
use crate::text::FileRange;
use rustc_hash::FxHashSet;

/// What a walk from the outside in found.
#[derive(Clone, Debug, Default)]
pub(super) struct Layers {
    /// Where the caller's context is read, if it is.
    pub(super) extracted: Option<FileRange>,
    /// Some layer can't be looked into.
    pub(super) unknown: bool,
    /// The functions that answer in the end.
    pub(super) endpoints: Vec<FunctionId>,
    /// Routers met, each with where the context had been read before it, and whether something unknown lay before it.
    pub(super) routers: Vec<(ValueId, Option<FileRange>, bool)>,
    seen: FxHashSet<(ValueId, bool)>,
}

impl Resolver<'_, '_> {
    /// Walks a handler value.
    pub(super) fn layers(&mut self, handler: &Set) -> Layers {
        let mut layers = Layers::default();
        let ground = self.ground(handler);
        self.walk(&ground, &mut layers);
        layers
    }

    /// The methods of a service that answer what arrives: those that its interface has, else those that take a context or a
    /// request and can be called from outside.
    pub(super) fn service(&mut self, service: &Set, interface: &Type) -> Layers {
        let mut layers = Layers::default();
        let ground = self.ground(service);
        let codebase = self.analysis.codebase;
        for id in ground {
            let ty = self.analysis.values.type_of(id);
            let named = codebase.interface_method_names(interface);
            let methods: Vec<FunctionId> = match (&ty, named) {
                (Type::Declared(..), Some(names)) => {
                    names.iter().filter_map(|name| codebase.method(&ty, name)).collect()
                }
                (Type::Declared(owner, _), None) => codebase.methods_of(*owner).collect(),
                _ => Vec::new(),
            };
            layers.unknown |= methods.is_empty();
            for method in methods {
                if codebase.file(codebase.function_file(method)).reported && self.analysis.answers(method) {
                    self.function_layer(method, &Set::new(), &[], &mut layers);
                }
            }
        }
        layers
    }

    fn walk(&mut self, set: &Set, layers: &mut Layers) {
        if set.is_empty() {
            layers.unknown = true;
        }
        // A router is told what else may stand around it, so it comes after what can't be looked into.
        let (routers, others): (Vec<ValueId>, Vec<ValueId>) = set.iter().partition(|id| self.is_router(**id));
        for id in others.into_iter().chain(routers) {
            if layers.seen.insert((id, layers.extracted.is_some())) {
                self.layer(id, layers);
            }
        }
    }

    fn is_router(&self, id: ValueId) -> bool {
        let ty = self.analysis.values.type_of(id);
        ty.library().and_then(|path| self.analysis.models.ty(path)).is_some_and(|model| model.is("router"))
    }

    fn layer(&mut self, id: ValueId, layers: &mut Layers) {
        let ty = self.analysis.values.type_of(id);
        if self.is_router(id) {
            layers.routers.push((id, layers.extracted, layers.unknown));
            return;
        }
        match self.analysis.values.get(id).clone() {
            Value::Function(function) => self.function_layer(function, &Set::new(), &[], layers),
            Value::Bound(function, receiver) => {
                let receiver = self.ground(&receiver);
                self.function_layer(function, &receiver, &[], layers);
            }
            Value::Closure(function, captured) => self.function_layer(function, &Set::new(), &captured, layers),
            Value::Object(object) => {
                let held = self.analysis.values.object(object).clone();
                match held.kind {
                    ObjectKind::Wrapper(kind) => {
                        if kind.does.extract {
                            layers.extracted = layers.extracted.or(Some(held.here));
                        }
                        let mut one = Set::new();
                        one.push(id);
                        let inner = self.part_of(&one, "around");
                        if !inner.is_empty() {
                            self.walk(&inner, layers);
                        }
                    }
                    _ if self.analysis.values.part_of(object, FORWARDS).is_some() => {
                        layers.extracted = layers.extracted.or(Some(held.here));
                    }
                    _ => self.object_layer(id, &ty, &held.kind, layers),
                }
            }
            Value::Nothing | Value::Constant | Value::Text(_) => {}
            _ => layers.unknown = true,
        }
    }

    fn object_layer(&mut self, id: ValueId, ty: &Type, kind: &ObjectKind, layers: &mut Layers) {
        let method = self.handler_methods().into_iter().find_map(|name| self.analysis.codebase.method(ty, &name));
        if let Some(method) = method {
            let mut receiver = Set::new();
            receiver.push(id);
            self.function_layer(method, &receiver, &[], layers);
            return;
        }
        if let (ObjectKind::Opaque(_), None) = (kind, ty.library()) {
            layers.unknown = true;
            let object = self.analysis.values.as_object(id).map(|(object, _)| object);
            let parts = object.map(|object| self.analysis.values.object(object).parts.clone()).unwrap_or_default();
            for (_, set) in parts.iter().filter(|(name, _)| name.starts_with("arg")) {
                let ground = self.ground(set);
                let callable: Set = ground.into_iter().filter(|id| self.is_callable(*id)).collect();
                if !callable.is_empty() {
                    self.walk(&callable, layers);
                }
            }
            return;
        }
        // A handler of a library: nothing of ours answers.
        layers.unknown |= !matches!(ty, Type::Library(_));
    }

    fn is_callable(&self, id: ValueId) -> bool {
        matches!(
            self.analysis.values.get(id),
            Value::Function(_) | Value::Bound(..) | Value::Closure(..) | Value::Object(_)
        )
    }

    /// Names of the methods that make a type a handler.
    pub(super) fn handler_methods(&self) -> Vec<crate::facts::Name> {
        self.analysis
            .models
            .types()
            .filter(|(_, model)| model.is("handler"))
            .filter_map(|(_, model)| model.method.clone())
            .collect()
    }

    fn function_layer(
        &mut self,
        function: FunctionId,
        receiver: &Set,
        captured: &[(LocalIndex, Set)],
        layers: &mut Layers,
    ) {
        let summary = self.analysis.summary(function);
        let extract = summary.effects.iter().find(|effect| match &effect.kind {
            EffectKind::Extract { from, .. } => self.analysis.values.is_symbolic(from),
            _ => false,
        });
        if let Some(effect) = extract {
            layers.extracted = layers.extracted.or(effect.chain.first().copied());
        }
        layers.unknown |= summary.effects.iter().any(|effect| matches!(effect.kind, EffectKind::Escape { .. }));
        let (mut inner, mut calls_on) = (Set::new(), false);
        for effect in &summary.effects {
            let EffectKind::Invoke { callee, arguments, .. } = &effect.kind else { continue };
            let passes_request = arguments.iter().any(|set| self.holds_parameter_of(set, function));
            if passes_request {
                calls_on = true;
                let bound = self.bind(callee, function, receiver, captured);
                super::value::join(&mut inner, &bound);
            }
        }
        if calls_on {
            let callable: Set =
                inner.into_iter().filter(|id| !matches!(self.analysis.values.get(*id), Value::Nothing)).collect();
            self.walk(&callable, layers);
            return;
        }
        if !layers.endpoints.contains(&function) {
            layers.endpoints.push(function);
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

    /// Whether a middleware, given to a router, reads the caller's context. `None` if it can't be looked into.
    pub(super) fn middleware_extracts(&mut self, with: &Set) -> Option<FileRange> {
        let ground = self.ground(with);
        for id in &ground {
            let result = match self.analysis.values.get(*id).clone() {
                Value::Function(function) | Value::Closure(function, _) | Value::Bound(function, _) => {
                    let summary = self.analysis.summary(function);
                    summary.results.first().cloned().unwrap_or_default()
                }
                Value::Object(_) => {
                    let mut one = Set::new();
                    one.push(*id);
                    one
                }
                _ => continue,
            };
            if let Some(at) = self.layers(&result).extracted {
                return Some(at);
            }
        }
        None
    }
}
