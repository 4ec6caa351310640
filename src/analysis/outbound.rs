//! What leaves the process, and what it carries.

use super::Analysis;
use super::list::chain_part;
use super::resolver::Resolver;
use super::summary::{EffectKind, Written};
use super::value::{ObjectId, ObjectKind, Set, Value, ValueId, insert};
use crate::codebase::{FunctionId, Type};
use crate::model::End;
use crate::text::FileRange;
use rustc_hash::FxHashSet;

/// What a client adds to what it sends.
#[derive(Clone, Debug, Default)]
pub(super) struct Client {
    /// The wrapper that writes the context.
    pub(super) injects: Option<Injector>,
    /// Places where a client or transport without wrapper is made.
    pub(super) plain: Vec<FileRange>,
    /// Something was found that sends.
    pub(super) found: bool,
    /// It is a connection: nothing but its options touches what passes.
    pub(super) connection: bool,
    /// Some part of it can't be looked into.
    pub(super) unknown: bool,
    /// It is of a type that no model describes.
    pub(super) unmodelled: bool,
    seen: FxHashSet<ValueId>,
}

/// What writes the context for a client.
#[derive(Clone, Debug)]
pub(super) struct Injector {
    /// Where it is made, or where it writes.
    pub(super) at: FileRange,
    /// Whether it writes what the request's context holds.
    pub(super) needs_context: bool,
}

impl Resolver<'_, '_> {
    /// Looks into the client that a send goes through.
    pub(super) fn client(&mut self, through: &Set) -> Client {
        let mut client = Client::default();
        let ground = self.ground(through);
        self.look(&ground, &mut client);
        client
    }

    fn look(&mut self, set: &Set, client: &mut Client) {
        for id in set {
            if client.seen.insert(*id) {
                self.look_into(*id, client);
            }
        }
    }

    fn look_into(&mut self, id: ValueId, client: &mut Client) {
        let ty = self.analysis.values.type_of(id);
        let mut one = Set::new();
        insert(&mut one, id);
        match self.analysis.values.get(id).clone() {
            Value::Object(object) => {
                let held = self.analysis.values.object(object).clone();
                match held.kind {
                    ObjectKind::Wrapper(kind) if kind.does.inject => {
                        client.injects = Some(Injector { at: held.here, needs_context: kind.needs_context });
                    }
                    ObjectKind::Wrapper(_) if self.is_connection(&ty) => {
                        let options = self.part_of(&one, "around");
                        self.look_into_interceptors(&options, client);
                        client.found = true;
                        client.connection = true;
                        client.plain.push(held.here);
                    }
                    ObjectKind::Wrapper(_) => {
                        if self.analysis.is_of(&ty, "client") {
                            client.found = true;
                            client.plain.push(held.here);
                        }
                        for part in ["around", "through"] {
                            let inner = self.part_of(&one, part);
                            self.look(&inner, client);
                        }
                        for end in [End::First, End::Last] {
                            let list = self.part_of(&one, chain_part(end));
                            self.items(&list).iter().for_each(|item| self.look(&item.set, client));
                        }
                    }
                    // A context that nobody put a client into.
                    ObjectKind::Fresh => {}
                    _ => self.look_into_object(&one, &ty, &held.kind, held.here, client),
                }
            }
            Value::Symbol(_) => self.look_into_typed(&one, &ty, None, client),
            Value::Global(_) if ty.library().is_some() => self.look_into_typed(&one, &ty, None, client),
            Value::Function(function) | Value::Closure(function, _) | Value::Bound(function, _)
                if self.is_hook(function) =>
            {
                self.look_into_interceptors(&one, client);
            }
            Value::Function(function) | Value::Closure(function, _) | Value::Bound(function, _) => {
                self.look_into_code(function, &Set::new(), client);
            }
            Value::LibraryBound(_, receiver) => {
                let ground = self.ground(&receiver);
                self.look(&ground, client);
            }
            Value::Nothing => {}
            _ => client.unknown = true,
        }
    }

    fn look_into_interceptors(&mut self, interceptors: &Set, client: &mut Client) {
        let passing = self.interceptors(interceptors);
        client.injects = client.injects.take().or(passing.injects);
        client.unknown |= passing.unknown;
    }

    /// Whether calls pass through a value of this type and nothing but its options touches them.
    fn is_connection(&self, ty: &Type) -> bool {
        self.analysis.is_of(ty, "connection")
    }

    fn look_into_object(&mut self, one: &Set, ty: &Type, kind: &ObjectKind, here: FileRange, client: &mut Client) {
        match ty {
            Type::Declared(..) => {
                let methods = self.transport_methods();
                match methods.iter().find_map(|name| self.analysis.codebase.method(ty, name)) {
                    Some(method) => self.look_into_code(method, one, client),
                    None if self.intercepting(ty).is_some() => self.look_into_interceptors(one, client),
                    None => client.unknown = true,
                }
            }
            Type::Library(path) if self.analysis.models.ty(path).is_some() => {
                self.look_into_typed(one, ty, Some(here), client);
            }
            // Middleware of a kind that only the library knows to call.
            Type::List(_) => client.unknown = true,
            // A type that no model describes, written out: what it is made of is all there is to know.
            _ => {
                let parts =
                    self.analysis.values.objects(one).flat_map(|(_, held)| held.parts.clone()).collect::<Vec<_>>();
                // What was looked at on the way here is not looked at again: values may hold one another.
                let mut inner = Client { seen: std::mem::take(&mut client.seen), ..Client::default() };
                for (_, set) in &parts {
                    let ground = self.ground(set);
                    let wired: Set = ground.into_iter().filter(|id| self.may_send(*id)).collect();
                    self.look(&wired, &mut inner);
                }
                client.seen = inner.seen;
                client.injects = client.injects.take().or(inner.injects);
                client.unmodelled = true;
                client.found = true;
                match kind {
                    ObjectKind::Record => client.plain.push(here),
                    // A method of such a value gives one of its sort.
                    ObjectKind::Opaque(symbol) if symbol.starts_with("?.") && !inner.plain.is_empty() => {
                        client.plain.append(&mut inner.plain);
                        client.unknown |= inner.unknown;
                    }
                    ObjectKind::Opaque(symbol) if self.is_plainer_than_others(symbol, one) => client.plain.push(here),
                    _ => client.unknown = true,
                }
            }
        }
    }

    /// Whether a function that nobody knows is given nothing here that traces, while it is elsewhere in the codebase: then it
    /// traces only if it is told to.
    fn is_plainer_than_others(&mut self, symbol: &str, one: &Set) -> bool {
        // A value that is called has no name to be known by elsewhere.
        if symbol.starts_with('?') {
            return false;
        }
        let values = &self.analysis.values;
        let made: Vec<_> = values.objects(one).map(|(object, _)| object).collect();
        made.iter().all(|object| self.takes_only_known(*object) && !self.analysis.takes_tracing(*object))
            && values.given_by(symbol).any(|object| self.analysis.takes_tracing(object))
    }

    /// Whether what a call was given is known: options and values made in sight.
    fn takes_only_known(&self, call: ObjectId) -> bool {
        let values = &self.analysis.values;
        values.object(call).parts.iter().flat_map(|(_, set)| set).all(|id| match values.get(*id) {
            Value::Object(object) => values.object(*object).ty == Type::Unknown || !self.may_send(*id),
            Value::Unknown | Value::Parameter(..) | Value::Captured(..) | Value::Part(..) => false,
            _ => true,
        })
    }

    /// Whether a value could be a client or a transport.
    fn may_send(&self, id: ValueId) -> bool {
        match self.analysis.values.get(id) {
            Value::Object(object) => {
                let held = self.analysis.values.object(*object);
                matches!(held.kind, ObjectKind::Wrapper(_))
                    || held.ty != Type::Unknown
                    || matches!(held.kind, ObjectKind::Opaque(_))
            }
            Value::Symbol(path) => self.analysis.models.variable(path).is_some(),
            Value::LibraryBound(..) => true,
            _ => false,
        }
    }

    /// A client or transport of a type that a model describes: what it sends through, or its default.
    fn look_into_typed(&mut self, one: &Set, ty: &Type, here: Option<FileRange>, client: &mut Client) {
        let Some(model) = self.analysis.model_of(ty) else {
            client.unknown = true;
            return;
        };
        client.found = true;
        let has_through = model.parts.iter().any(|(name, _)| name == "through");
        if !has_through {
            // A transport at the end of the chain.
            client.plain.extend(here);
            return;
        }
        let mut inner = self.part_of(one, "through");
        inner.retain(|id| !matches!(self.analysis.values.get(*id), Value::Nothing));
        let opaque = self.analysis.values.objects(one).any(|(_, held)| matches!(held.kind, ObjectKind::Opaque(_)));
        if inner.is_empty() && opaque {
            client.unknown = true;
            return;
        }
        if let Some(default) = &model.default
            && inner.is_empty()
        {
            let symbol = self.analysis.values.one(Value::Symbol(default.clone()));
            let ty = self.analysis.models.variable(default).map_or(Type::Unknown, Type::modelled);
            self.analysis.values.set_type(symbol[0], &ty);
            inner = self.ground(&symbol);
        }
        client.plain.extend(here);
        self.look(&inner, client);
    }

    /// A transport of the codebase: what its method writes into the request, or what it sends it through.
    fn look_into_code(&mut self, function: FunctionId, receiver: &Set, client: &mut Client) {
        let summary = self.analysis.summary(function);
        let injects = summary.effects.iter().find(|effect| match &effect.kind {
            EffectKind::Inject { into, .. } => self.analysis.values.is_symbolic(into),
            EffectKind::Send(send) => send.written == Written::Yes,
            _ => false,
        });
        if let Some(effect) = injects
            && let Some(at) = effect.chain.first()
        {
            client.injects = Some(Injector { at: *at, needs_context: false });
            return;
        }
        let mut sends = false;
        for effect in &summary.effects {
            let through = match &effect.kind {
                EffectKind::Send(send) => send.through.clone(),
                EffectKind::Invoke { callee, .. } => callee.clone(),
                _ => continue,
            };
            sends = true;
            let bound = self.bind(&through, function, receiver, &[]);
            self.look(&bound, client);
        }
        client.unknown |= !sends;
    }

    /// Whether a function that a client was given sends nothing, but looks at what leaves: none of its results is a response.
    fn is_hook(&self, function: FunctionId) -> bool {
        let types = self.analysis.codebase.result_types(function);
        types.iter().all(|ty| *ty != Type::Unknown && !self.analysis.is_of(ty, "response"))
    }

    /// Names of the methods that make a type a transport.
    fn transport_methods(&self) -> Vec<crate::facts::Name> {
        let transports = self.analysis.models.types().filter(|(_, model)| model.is("transport"));
        let mut names: Vec<crate::facts::Name> = transports.filter_map(|(_, model)| model.method.clone()).collect();
        names.push("Do".into());
        names.dedup();
        names
    }
}

impl Analysis<'_> {
    /// Whether a call was given a tracer, an option of one, or what injects.
    pub(super) fn takes_tracing(&self, call: ObjectId) -> bool {
        let values = &self.values;
        let mut pending: Vec<(ObjectId, u32)> = vec![(call, 3)];
        while let Some((object, depth)) = pending.pop() {
            for id in values.object(object).parts.iter().flat_map(|(_, set)| set) {
                let ty = values.type_of(*id);
                if self.is_of(&ty, "tracer") || self.is_of(&ty, "propagator") {
                    return true;
                }
                let Some((inner, held)) = values.as_object(*id) else { continue };
                match &held.kind {
                    ObjectKind::Wrapper(kind) if kind.does.inject => return true,
                    ObjectKind::Opaque(symbol)
                        if self.models.package_of(symbol).is_some_and(|package| package.traces) =>
                    {
                        return true;
                    }
                    _ if depth > 0 => pending.push((inner, depth - 1)),
                    _ => {}
                }
            }
        }
        false
    }
}
