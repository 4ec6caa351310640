//! What becomes of an effect in the function where it happens.

use super::call::Invocation;
use super::frame::{ASSIGNED, Frame, Typed, WRITTEN, object_ids};
use super::summary::{Chain, Effect, EffectKind, SendEffect, Use, Written};
use super::value::{ObjectId, ObjectKind, Set, Value, ValueId, join};
use super::{DetachedFact, ExtractFact, InjectFact, OlderFact, SendFact};
use crate::codebase::Type;
use crate::facts::{Name, POINTEE};
use crate::model::EdgeKind;
use crate::text::FileRange;
use rustc_hash::FxHashSet;

/// How many callables deep a callee may run what it was given.
const NESTED: u32 = 12;

/// How many such runs one function may have.
const RUNS: u32 = 2000;

impl Frame<'_, '_> {
    /// Lets something happen here: settles what is settled, and tells the caller the rest.
    ///
    /// `inner` leads from the call at `at` to where it happens; empty if it happens at `at` itself.
    pub(super) fn happen(&mut self, kind: EffectKind, at: FileRange, inner: &Chain, spawned: bool) {
        let effect = Effect::below(kind, at, inner, spawned);
        match &effect.kind {
            EffectKind::Inject { into, context } => self.inject(into, context.clone(), &effect),
            EffectKind::Extract { from, gives } => {
                self.summary.below.extracts = true;
                self.summary.read_at.get_or_insert(at);
                self.read_message(from, at);
                if !inner.is_empty() {
                    // What a closure was given may have been read from a carrier out here.
                    self.read_by_hand(&from.clone(), at);
                }
                let from = self.behind_carrier(from);
                if self.is_symbolic(&from) {
                    let kind = EffectKind::Extract { from, gives: *gives };
                    self.export_effect(Effect { kind, ..effect });
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
                self.read_brought(context, at);
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
        let made = self.call_value(callee, method, invocation);
        // Who calls something that gives a future waits for it, too.
        let (later, _) = self.parted(made.results.first().unwrap_or(&Set::new()));
        if !later.is_empty() {
            let waiting = Invocation { spawned: invocation.spawned, ..Invocation::nameless(invocation.at) };
            self.call_value(&later, None, &waiting);
        }
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
        if let [carrier] = into.as_slice() {
            self.note_injected(*carrier, &context, effect);
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
        if self.sends_written_headers(&send.through) {
            send.written = Written::Yes;
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
            self.note_told(effect);
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

    /// Whether a client that was made here sends headers along that a context was written into.
    fn sends_written_headers(&self, through: &Set) -> bool {
        let values = &self.analysis.values;
        let headers = values.objects(through).filter_map(|(object, _)| values.part_of(object, "headers"));
        headers.flatten().any(|id| {
            let written = self.state.carriers.get(id).is_some_and(|state| state.written == Written::Yes);
            let marked = |(object, _): (ObjectId, _)| values.part_of(object, WRITTEN).is_some();
            written || values.as_object(*id).is_some_and(marked)
        })
    }

    /// Whether a set holds something that was made by a call that models speak of.
    fn is_made(&self, set: &Set) -> bool {
        self.analysis.values.objects(set).any(|(_, held)| matches!(held.kind, ObjectKind::Wrapper(_)))
    }

    fn settle(&mut self, send: SendEffect, effect: &Effect) {
        let at = effect.chain[0];
        let scope = self.scope(at.range);
        let injected = match send.carriers.as_slice() {
            [carrier] => self.state.injected.get(carrier).cloned(),
            _ => None,
        };
        let fact = SendFact {
            function: self.id,
            chain: effect.chain.clone(),
            scope,
            late: None,
            injected,
            spawned: effect.spawned,
            send,
        };
        match self.analysis.sends.get_mut(&(at, self.id)) {
            Some(known) => {
                known.send.written = known.send.written.max(fact.send.written);
                join(&mut known.send.through, &fact.send.through);
                join(&mut known.send.context, &fact.send.context);
                join(&mut known.send.carriers, &fact.send.carriers);
                known.injected = known.injected.take().filter(|held| fact.injected.as_ref() == Some(held));
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
                    if held.kind == ObjectKind::Remote {
                        let (here, site) = (held.here, held.site);
                        for at in [here, site] {
                            if let Some(fact) = self.analysis.extracts.get_mut(&at) {
                                fact.used = true;
                            }
                        }
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

    /// Gives values to code that nobody knows, which may use the contexts in them. Those of a caller are told to that.
    pub(super) fn give_away(&mut self, set: &Set) {
        self.use_everything(set);
        let mut pending: Vec<(ValueId, u32)> = set.iter().map(|id| (*id, GIVEN_DEPTH)).collect();
        while let Some((id, depth)) = pending.pop() {
            let values = &self.analysis.values;
            if values.symbolic_in(id) == Some(self.id) {
                let ty = values.type_of(id);
                if self.analysis.is_arriving(&ty) {
                    super::value::insert(&mut self.summary.given_away, id);
                }
            } else if let Some((_, held)) = values.as_object(id).filter(|_| depth > 0) {
                pending.extend(held.parts.iter().flat_map(|(_, set)| set.iter().map(|id| (*id, depth - 1))));
            }
        }
    }

    /// A function gives values to its caller. What a callable read and gives to whoever runs it is not used by that alone.
    pub(super) fn give_to_runner(&mut self, set: &Set) {
        let is_callable = self.analysis.codebase.owner(self.id).is_some();
        let is_read = |frame: &Self, id: &ValueId| {
            let (_, held) = frame.analysis.values.as_object(*id)?;
            (held.kind == ObjectKind::Remote && held.function == frame.id).then_some(held.here)
        };
        let mut others = Set::new();
        for id in set {
            match is_read(self, id).filter(|_| is_callable) {
                Some(at) => {
                    if let Some(fact) = self.analysis.extracts.get_mut(&at) {
                        fact.given_back = true;
                    }
                }
                None => drop(super::value::insert(&mut others, *id)),
            }
        }
        self.use_everything(&others);
    }

    /// What code that runs a callable gives on is followed from there.
    pub(super) fn take_from_runner(&mut self, set: &Set) {
        self.reads_or_writes = true;
        let sites: Vec<FileRange> = self.analysis.values.objects(set).map(|(_, held)| held.site).collect();
        for at in sites {
            if let Some(fact) = self.analysis.extracts.get_mut(&at) {
                fact.taken = true;
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
        let fact = ExtractFact {
            function: id,
            from: from.clone(),
            gives,
            used: false,
            given_back: false,
            taken: false,
            too_late: None,
        };
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

/// How deep in what is given away contexts are looked for.
const GIVEN_DEPTH: u32 = 2;
