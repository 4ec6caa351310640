//! Puts a caller's values into a callee's summary, and lets the effects happen in the caller.

use super::call::{Captured, Invocation};
use super::frame::{ASSIGNED, Frame, Typed, WRITTEN, object_ids};
use super::summary::{
    Chain, Effect, EffectKind, JoinEffect, RouteEffect, SendEffect, Summary, Use, WrapEffect, Written,
};
use super::value::{ObjectId, ObjectKind, RECEIVER, Set, Value, ValueId, insert, join};
use super::{DetachedFact, ExtractFact, InjectFact, OlderFact, SendFact};
use crate::codebase::{FunctionId, Type};
use crate::facts::{Name, Operand, POINTEE};
use crate::model::EdgeKind;
use crate::text::FileRange;
use rustc_hash::FxHashSet;

/// A callee's symbols and what they stand for at one call.
struct Substitution<'s> {
    callee: FunctionId,
    receiver: &'s Set,
    arguments: &'s [Set],
    captured: Option<&'s Captured>,
    at: FileRange,
}

/// How many callables deep a callee may run what it was given.
const NESTED: u32 = 12;

/// How many such runs one function may have.
const RUNS: u32 = 2000;

impl Frame<'_, '_> {
    /// Applies a summary at a call. Gives the results.
    pub(super) fn instantiate(
        &mut self,
        callee: FunctionId,
        receiver: &Set,
        arguments: &[Set],
        captured: Option<&Captured>,
        summary: &Summary,
        invocation: &Invocation<'_>,
    ) -> Vec<Set> {
        let substitution = Substitution { callee, receiver, arguments, captured, at: invocation.at };
        let outer = std::mem::take(&mut self.copied);
        for effect in &summary.effects {
            self.write_variables(&effect.kind, &substitution, invocation);
            let kind = self.substitute_effect(&effect.kind, &substitution);
            self.happen(kind, invocation.at, &effect.chain, effect.spawned || invocation.spawned);
        }
        for given in arguments.iter().chain([receiver]) {
            self.forget_fields(given);
        }
        for ((parameter, field), value) in summary.sets.iter().flatten() {
            let record = self.substitute_value(*parameter, &substitution);
            let value = self.substitute(value, &substitution);
            self.set_field(&record, field, &value);
        }
        let below = &mut self.summary.below;
        below.sends |= summary.below.sends;
        below.starts |= summary.below.starts;
        below.extracts |= summary.below.extracts;
        below.injects |= summary.below.injects;
        self.state.wrote |= summary.below.injects && !summary.below.sends;
        self.summary.read_at = self.summary.read_at.or(summary.read_at);
        let results = summary.results.iter().map(|set| self.substitute(set, &substitution)).collect();
        self.copied = outer;
        results
    }

    fn substitute(&mut self, set: &Set, substitution: &Substitution<'_>) -> Set {
        let mut out = Set::new();
        for id in set {
            let replaced = self.substitute_value(*id, substitution);
            join(&mut out, &replaced);
        }
        out
    }

    fn substitute_value(&mut self, id: ValueId, substitution: &Substitution<'_>) -> Set {
        let same = |id: ValueId| {
            let mut set = Set::new();
            insert(&mut set, id);
            set
        };
        match self.analysis.values.get(id).clone() {
            Value::Parameter(function, index) if function == substitution.callee => match index {
                RECEIVER => substitution.receiver.clone(),
                index => substitution.arguments.get(index as usize).cloned().unwrap_or_default(),
            },
            Value::Captured(function, local) if function == substitution.callee => match substitution.captured {
                Some(captured) => {
                    captured.iter().find(|(held, _)| *held == local).map(|(_, set)| set.clone()).unwrap_or_default()
                }
                None => self.analysis.values.unknown(),
            },
            Value::Part(base, name) if self.analysis.values.symbolic_in(base) == Some(substitution.callee) => {
                let ty = self.analysis.values.type_of(id);
                let base = self.substitute_value(base, substitution);
                self.part(&base, &name, &ty)
            }
            Value::Bound(function, receiver) => {
                let receiver = self.substitute(&receiver, substitution);
                same(self.analysis.values.id(Value::Bound(function, receiver)))
            }
            Value::LibraryBound(symbol, receiver) => {
                let receiver = self.substitute(&receiver, substitution);
                same(self.analysis.values.id(Value::LibraryBound(symbol, receiver)))
            }
            Value::Closure(function, captured) => {
                let captured: Vec<_> =
                    captured.iter().map(|(local, set)| (*local, self.substitute(set, substitution))).collect();
                same(self.analysis.values.id(Value::Closure(function, captured.into())))
            }
            Value::Object(object) => self.substitute_object(object, id, substitution),
            _ => same(id),
        }
    }

    /// An object made below: a copy of its own for this call, if the call decides what is in it.
    fn substitute_object(&mut self, object: ObjectId, id: ValueId, substitution: &Substitution<'_>) -> Set {
        if let Some(known) = self.copied.get(&object) {
            return known.clone();
        }
        let mut same = Set::new();
        insert(&mut same, id);
        if !self.depends_on_call(object, substitution.callee, 3) {
            self.copied.insert(object, same.clone());
            return same;
        }
        let Some((copy, _)) = self.analysis.values.copy(object, self.id, substitution.at) else {
            return self.analysis.values.unknown();
        };
        let value = self.analysis.values.one(Value::Object(copy));
        // Known before its parts are filled, so that an object that holds itself ends.
        self.copied.insert(object, value.clone());
        let parts = self.analysis.values.object(object).parts.clone();
        for (name, set) in parts {
            let set = self.substitute(&set, substitution);
            self.analysis.values.add_part(copy, &name, &set);
        }
        // Made anew, so nothing has happened to it yet.
        self.state.carriers.remove(&value[0]);
        value
    }

    /// Whether each call makes an object of its own, or fills it with its own values.
    ///
    /// Records of the codebase's own types are shared by all calls: their fields are the union of all writes anyway.
    fn depends_on_call(&self, object: ObjectId, callee: FunctionId, depth: u32) -> bool {
        let values = &self.analysis.values;
        let held = values.object(object);
        match held.kind {
            ObjectKind::Request
            | ObjectKind::Carrier
            | ObjectKind::Span(_)
            | ObjectKind::Remote
            | ObjectKind::Fresh => return true,
            ObjectKind::Record | ObjectKind::Opaque(_) if depth == 0 || matches!(held.ty, Type::Declared(..)) => {
                return false;
            }
            _ => {}
        }
        let from_call = |id: &ValueId| match values.get(*id) {
            Value::Closure(_, captured) => captured.iter().any(|(_, set)| self.is_of(set, callee)),
            Value::Bound(_, receiver) | Value::LibraryBound(_, receiver) => self.is_of(receiver, callee),
            Value::Object(inner) => depth > 0 && self.depends_on_call(*inner, callee, depth - 1),
            _ => values.symbolic_in(*id) == Some(callee),
        };
        held.parts.iter().any(|(_, set)| set.iter().any(from_call))
    }

    fn is_of(&self, set: &Set, function: FunctionId) -> bool {
        set.iter().any(|id| self.analysis.values.symbolic_in(*id) == Some(function))
    }

    /// Whether the caller of this function decides part of what a set holds.
    pub(super) fn is_symbolic(&self, set: &Set) -> bool {
        self.is_of(set, self.id)
    }

    /// The same, of the values or of what the lists among them hold.
    pub(super) fn is_symbolic_within(&self, set: &Set) -> bool {
        let parts = |object: ObjectId| self.analysis.values.object(object).parts.iter();
        self.is_symbolic(set)
            || object_ids(self.analysis, set)
                .into_iter()
                .any(|object| parts(object).any(|(_, held)| self.is_symbolic(held)))
    }

    fn substitute_effect(&mut self, kind: &EffectKind, substitution: &Substitution<'_>) -> EffectKind {
        let mut again = |set: &Set| self.substitute(set, substitution);
        match kind {
            EffectKind::Inject { into, context } => EffectKind::Inject { into: again(into), context: again(context) },
            EffectKind::Extract { from, gives } => EffectKind::Extract { from: again(from), gives: *gives },
            EffectKind::Escape { carrier } => EffectKind::Escape { carrier: again(carrier) },
            EffectKind::Send(send) => EffectKind::Send(Box::new(SendEffect {
                carriers: again(&send.carriers),
                request: again(&send.request),
                context: again(&send.context),
                through: again(&send.through),
                url: again(&send.url),
                ..(**send).clone()
            })),
            EffectKind::Use { context, by } => EffectKind::Use { context: again(context), by: *by },
            EffectKind::Write { base, part, value } => {
                EffectKind::Write { base: again(base), part: part.clone(), value: again(value) }
            }
            EffectKind::Invoke { callee, method, arguments } => EffectKind::Invoke {
                callee: again(callee),
                method: method.clone(),
                arguments: arguments.iter().map(&mut again).collect(),
            },
            EffectKind::Route(route) => EffectKind::Route(Box::new(RouteEffect {
                router: again(&route.router),
                path: again(&route.path),
                handler: again(&route.handler),
                with: again(&route.with),
                service: route.service.clone(),
                kind: route.kind,
            })),
            EffectKind::Wrap(wrap) => {
                EffectKind::Wrap(WrapEffect { on: again(&wrap.on), with: again(&wrap.with), ..wrap.clone() })
            }
            EffectKind::Join(join) => {
                EffectKind::Join(JoinEffect { on: again(&join.on), other: again(&join.other), ..join.clone() })
            }
            EffectKind::Serve { app } => EffectKind::Serve { app: again(app) },
        }
    }

    /// Lets something happen here: settles what is settled, and tells the caller the rest.
    ///
    /// `inner` leads from the call at `at` to where it happens; empty if it happens at `at` itself.
    pub(super) fn happen(&mut self, kind: EffectKind, at: FileRange, inner: &Chain, spawned: bool) {
        let effect = Effect::below(kind, at, inner, spawned);
        match &effect.kind {
            EffectKind::Inject { into, context } => self.inject(into, context.clone(), &effect),
            EffectKind::Extract { from, .. } => {
                self.summary.below.extracts = true;
                self.summary.read_at.get_or_insert(at);
                self.read_message(from, at);
                if self.is_symbolic(from) {
                    self.export_effect(effect);
                }
            }
            EffectKind::Escape { carrier } => {
                if self.is_symbolic(carrier) {
                    self.export_effect(effect);
                }
            }
            EffectKind::Send(send) => self.send((**send).clone(), &effect),
            EffectKind::Use { context, by } => {
                if matches!(by, Use::Parent(..)) {
                    self.need_message();
                }
                self.use_context(&context.clone(), *by, &effect);
            }
            EffectKind::Write { base, part, value } => self.write_below(&base.clone(), part, &value.clone(), &effect),
            EffectKind::Invoke { callee, method, arguments } => {
                let arguments = arguments.iter().map(|set| Typed { set: set.clone(), ty: Type::Unknown }).collect();
                let invocation = Invocation { at, arguments, spread: false, spawned, call: None };
                self.run_given(&callee.clone(), method.clone().as_ref(), &invocation);
            }
            EffectKind::Route(_) | EffectKind::Wrap(_) | EffectKind::Join(_) | EffectKind::Serve { .. } => {
                self.wire(&effect);
            }
        }
    }

    /// Runs a callable that a callee was given. Callables that hand one another on can multiply without end, so there are
    /// limits; what lies beyond is not known.
    fn run_given(&mut self, callee: &Set, method: Option<&Name>, invocation: &Invocation<'_>) {
        if self.given.nested >= NESTED || self.given.runs >= RUNS {
            self.hand_out(invocation, None);
            return;
        }
        self.given.nested += 1;
        self.given.runs += 1;
        self.call_value(callee, method, invocation);
        self.given.nested -= 1;
    }

    fn inject(&mut self, into: &Set, context: Set, effect: &Effect) {
        self.summary.below.injects = true;
        let into = self.behind_carrier(into);
        self.use_everything(&context);
        let (mut local, at) = (false, effect.chain[0]);
        for carrier in &into {
            let state = self.state.carriers.entry(*carrier).or_default();
            state.written = Written::Yes;
            if let Some(send) = state.bare_send
                && let Some(fact) = self.analysis.sends.get_mut(&(send, self.id))
            {
                fact.late = Some(at);
            }
            local |= self.analysis.values.as_object(*carrier).is_some();
        }
        for object in object_ids(self.analysis, &into) {
            self.analysis.values.add_part(object, WRITTEN, &context);
        }
        if local && effect.chain.len() == 1 {
            self.reads_or_writes = true;
            let fact = InjectFact { function: self.id, into: into.clone(), carried: false };
            self.analysis.injects.entry(at).or_insert(fact);
        }
        let by = Use::Edge(at);
        self.use_context(&context, by, effect);
        if self.is_symbolic(&into) {
            let unknown = self.analysis.values.unknown();
            let context = if context.is_empty() { unknown } else { context };
            self.export_effect(Effect { kind: EffectKind::Inject { into, context }, ..effect.clone() });
        }
    }

    fn send(&mut self, mut send: SendEffect, effect: &Effect) {
        // What only looks like a stub's method sends for sure where its stub was made.
        self.summary.below.sends |= send.modelled || !send.request.is_empty() || self.is_made(&send.through);
        self.need_message();
        let at = effect.chain[0];
        if send.carriers.is_empty() && !send.request.is_empty() {
            send.carriers = self.part(&send.request.clone(), "headers", &Type::Unknown);
        }
        if send.context.is_empty() && !send.request.is_empty() {
            send.context = self.part(&send.request.clone(), "context", &Type::Unknown);
        }
        if send.request.is_empty() && send.carriers.is_empty() {
            // What leaves with a context, where that has headers of its own.
            send.carriers = self.analysis.outgoing_headers(&send.context);
        }
        self.use_everything(&send.context.clone());
        for carrier in &send.carriers {
            let state = self.state.carriers.get(carrier).copied().unwrap_or_default();
            send.written = send.written.max(state.written);
            if let Some((object, held)) = self.analysis.values.as_object(*carrier)
                && (held.site != held.here || matches!(held.kind, ObjectKind::Record))
                && self.analysis.values.part_of(object, WRITTEN).is_some()
            {
                send.written = Written::Yes;
            }
        }
        // Code that nobody can be told to change is answered for by those who call it.
        let foreign = !self.analysis.codebase.file(self.file).reported
            && (self.is_symbolic(&send.context) || self.is_symbolic(&send.through));
        let mut symbolic = foreign || self.is_symbolic(&send.carriers) || self.is_symbolic(&send.request);
        if send.kind == EdgeKind::Message {
            let headers = self.headers_of(&send.carriers);
            send.written = send.written.max(headers.written);
            symbolic |= headers.open && send.written != Written::Yes;
        }
        if symbolic {
            self.export_effect(Effect { kind: EffectKind::Send(Box::new(send)), ..effect.clone() });
            return;
        }
        if send.written == Written::No {
            for carrier in &send.carriers {
                self.state.carriers.entry(*carrier).or_default().bare_send = Some(at);
            }
        }
        for fact in self.analysis.injects.values_mut().filter(|fact| fact.function == self.id) {
            fact.carried |= fact.into.iter().any(|carrier| send.carriers.contains(carrier));
        }
        let context = send.context.clone();
        self.settle(send, effect);
        self.use_context(&context, Use::Edge(at), effect);
    }

    /// Whether a set holds something that was made by a call that models speak of.
    fn is_made(&self, set: &Set) -> bool {
        self.analysis.values.objects(set).any(|(_, held)| matches!(held.kind, ObjectKind::Wrapper(_)))
    }

    fn settle(&mut self, send: SendEffect, effect: &Effect) {
        let at = effect.chain[0];
        let scope = self.scope(at.range);
        let fact = SendFact {
            function: self.id,
            chain: effect.chain.clone(),
            scope,
            late: None,
            spawned: effect.spawned,
            send,
        };
        match self.analysis.sends.get_mut(&(at, self.id)) {
            Some(known) => {
                known.send.written = known.send.written.max(fact.send.written);
                join(&mut known.send.through, &fact.send.through);
                join(&mut known.send.context, &fact.send.context);
                join(&mut known.send.carriers, &fact.send.carriers);
            }
            None => drop(self.analysis.sends.insert((at, self.id), fact)),
        }
    }

    /// A context is used by a span or an edge. If it is a fresh one made here, another may have been at hand.
    pub(super) fn use_context(&mut self, context: &Set, by: Use, effect: &Effect) {
        let context = &self.analysis.bare_contexts(context);
        self.note_older(context, by, effect);
        self.use_everything(context);
        if self.is_symbolic(context) {
            let kind = EffectKind::Use { context: context.clone(), by };
            self.export_effect(Effect { kind, ..effect.clone() });
            return;
        }
        let fresh: Vec<FileRange> = self
            .analysis
            .values
            .objects(context)
            .filter(|(_, held)| held.kind == ObjectKind::Fresh)
            .map(|(_, held)| held.here)
            .collect();
        if fresh.len() != context.len() {
            return;
        }
        if effect.spawned {
            if let Some(at) = fresh.first() {
                self.note_fresh_in_spawn(*at, by, &effect.chain);
            }
            return;
        }
        for at in fresh {
            let scope = self.scope(at.range);
            let fact = DetachedFact { function: self.id, by, chain: effect.chain.clone(), scope };
            self.analysis.detached.entry(at).or_insert(fact);
        }
    }

    /// Notes a context that is used while a span is open that was opened from the same one.
    fn note_older(&mut self, context: &Set, by: Use, effect: &Effect) {
        let at = effect.chain[0];
        if effect.spawned || context.is_empty() || self.analysis.values.has_unknown(context) {
            return;
        }
        for span in &self.state.open {
            let opened = self.analysis.values.object(*span).here;
            let start = self.analysis.starts.get(&(opened, self.id));
            if opened != at
                && start.is_some_and(|start| start.parent == *context && start.context.is_some() && !start.intended)
            {
                let fact = OlderFact { function: self.id, span: opened, by, chain: effect.chain.clone() };
                self.analysis.older.entry(at).or_insert(fact);
            }
        }
    }

    /// A variable whose address the callee was given: it may hold what the callee wrote there.
    fn write_variables(&mut self, kind: &EffectKind, substitution: &Substitution<'_>, invocation: &Invocation<'_>) {
        let (EffectKind::Write { base, part, value }, Some(call)) = (kind, invocation.call) else { return };
        if part != POINTEE {
            return;
        }
        for id in base {
            let Value::Parameter(function, index) = *self.analysis.values.get(*id) else { continue };
            let argument = call.arguments.get(index as usize).map(|argument| &argument.value);
            if let (true, Some(Operand::Local(local))) = (function == substitution.callee, argument) {
                let value = self.substitute(value, substitution);
                join(self.state.locals.entry(*local).or_default(), &value);
            }
        }
    }

    fn write_below(&mut self, base: &Set, part: &str, value: &Set, effect: &Effect) {
        if part == POINTEE {
            return self.write_pointee(base, value, effect.chain[0].range);
        }
        if part != ASSIGNED {
            self.write_part(base, part, value, effect.chain[0].range);
            return;
        }
        for id in base {
            let Value::Captured(closure, local) = self.analysis.values.get(*id).clone() else { continue };
            if self.analysis.codebase.local_owner(closure, local) == self.id {
                join(self.state.locals.entry(local).or_default(), value);
            }
        }
    }

    /// Contexts read from the wire that are anywhere in a set count as used from here on.
    pub(super) fn use_everything(&mut self, set: &Set) {
        if !self.reads_or_writes {
            return;
        }
        let mut pending: Vec<(ValueId, u32)> = set.iter().map(|id| (*id, 4)).collect();
        let mut seen = FxHashSet::default();
        while let Some((id, depth)) = pending.pop() {
            if depth == 0 || seen.len() > 200 || !seen.insert(id) {
                continue;
            }
            for fact in self.analysis.injects.values_mut().filter(|fact| fact.function == self.id) {
                fact.carried |= fact.into.contains(&id);
            }
            match self.analysis.values.get(id).clone() {
                Value::Object(object) => {
                    let held = self.analysis.values.object(object);
                    if held.kind == ObjectKind::Remote
                        && let Some(fact) = self.analysis.extracts.get_mut(&held.here)
                    {
                        fact.used = true;
                    }
                    let parts = self.analysis.values.object(object).parts.iter();
                    pending.extend(parts.flat_map(|(_, set)| set.iter().map(|id| (*id, depth - 1))));
                }
                Value::Closure(_, captured) => {
                    pending.extend(captured.iter().flat_map(|(_, set)| set.iter().map(|id| (*id, depth - 1))));
                }
                Value::Bound(_, receiver) | Value::LibraryBound(_, receiver) => {
                    pending.extend(receiver.iter().map(|id| (*id, depth - 1)));
                }
                _ => {}
            }
        }
    }

    /// Records that a context was read here.
    pub(super) fn extracted(&mut self, from: &Set, gives: ObjectId, at: FileRange) {
        self.summary.below.extracts = true;
        self.reads_or_writes = true;
        let id = self.id;
        let from = self.behind_carrier(from);
        self.note_read_types(&from);
        let fact = ExtractFact { function: id, from: from.clone(), gives, used: false };
        self.analysis.extracts.entry(at).or_insert(fact);
        let kind = EffectKind::Extract { from, gives };
        self.happen(kind, at, &Chain::new(), false);
    }

    /// The carriers in a set: the values themselves if they are carriers, and the headers of requests.
    pub(super) fn carriers_in(&mut self, set: &Set) -> Vec<ValueId> {
        let mut carriers = Vec::new();
        for id in set.clone() {
            let Some((object, held)) = self.analysis.values.as_object(id) else { continue };
            match held.kind {
                ObjectKind::Carrier => carriers.push(id),
                ObjectKind::Request => {
                    carriers.extend(self.analysis.values.part_of(object, "headers").into_iter().flatten().copied());
                }
                _ => {}
            }
        }
        carriers
    }
}
