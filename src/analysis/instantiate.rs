//! Puts a caller's values into a callee's summary.

use super::ambient;
use super::call::Invocation;
use super::frame::{Frame, Results, object_ids};
use super::summary::{EffectKind, JoinEffect, RouteEffect, SendEffect, Summary, WrapEffect};
use super::target::Captured;
use super::value::{ObjectId, ObjectKind, RECEIVER, Set, Value, ValueId, insert, join};
use crate::codebase::{FunctionId, Type};
use crate::facts::{Operand, POINTEE};
use crate::text::FileRange;

/// A callee's symbols and what they stand for at one call.
struct Substitution<'s> {
    callee: FunctionId,
    receiver: &'s Set,
    arguments: &'s [Set],
    /// What is current at the call, by slot.
    current: &'s [Set],
    captured: Option<&'s Captured>,
    at: FileRange,
}

impl Frame<'_, '_> {
    /// Applies a summary at a call. Gives the results.
    pub(super) fn instantiate(
        &mut self,
        callee: FunctionId,
        receiver: &Set,
        (arguments, current): (&[Set], &[Set]),
        captured: Option<&Captured>,
        summary: &Summary,
        invocation: &Invocation<'_>,
    ) -> Results {
        let substitution = Substitution { callee, receiver, arguments, current, captured, at: invocation.at };
        let outer = std::mem::take(&mut self.copied);
        for effect in &summary.effects {
            self.write_variables(&effect.kind, &substitution, invocation);
            let kind = self.substitute_effect(&effect.kind, &substitution);
            self.happen(kind, invocation.at, &effect.chain, effect.spawned || invocation.spawned);
        }
        for given in arguments.iter().chain([receiver]) {
            self.state.forget_fields(given);
        }
        for ((parameter, field), value) in summary.sets.iter().flatten() {
            let record = self.substitute_value(*parameter, &substitution);
            let value = self.substitute(value, &substitution);
            self.set_field(&record, field, &value);
        }
        let given_away = self.substitute(&summary.given_away, &substitution);
        self.give_away(&given_away);
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
        let value = self.analysis.values.get(id);
        if matches!(value, Value::Unknown | Value::Nothing | Value::Constant | Value::Text(_) | Value::Symbol(_)) {
            return same(id);
        }
        match value.clone() {
            Value::Parameter(function, index) if function == substitution.callee => match index {
                RECEIVER => substitution.receiver.clone(),
                index => match ambient::slot_of(index, substitution.current.len()) {
                    Some(slot) => substitution.current[slot].clone(),
                    None => substitution.arguments.get(index as usize).cloned().unwrap_or_default(),
                },
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
        self.state.renew_carrier(value[0]);
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
            | ObjectKind::Later(_)
            | ObjectKind::Under(_)
            | ObjectKind::Guard { .. }
            | ObjectKind::Fresh => return true,
            ObjectKind::Record | ObjectKind::Opaque(_)
                if depth == 0 || (matches!(held.ty, Type::Declared(..)) && !self.says_it_is_carrier(&held.ty)) =>
            {
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

    /// Whether a type says that it implements what a library reads or writes contexts through: it stands for what it holds.
    fn says_it_is_carrier(&self, ty: &Type) -> bool {
        let Type::Declared(id, _) = ty else { return false };
        self.analysis.codebase.interfaces_of(*id).iter().any(|interface| self.analysis.is_of(interface, "carrier"))
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
                apart: route.apart,
                kind: route.kind,
                written: route.written,
                argument: route.argument,
            })),
            EffectKind::Wrap(wrap) => {
                EffectKind::Wrap(WrapEffect { on: again(&wrap.on), with: again(&wrap.with), ..wrap.clone() })
            }
            EffectKind::Join(join) => {
                let (on, other, path) = (again(&join.on), again(&join.other), again(&join.path));
                EffectKind::Join(JoinEffect { on, other, path, ..join.clone() })
            }
            EffectKind::Serve { app } => EffectKind::Serve { app: again(app) },
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
}
