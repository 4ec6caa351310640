//! How long a span is open, by the text of the function that opens it.
//!
//! Only spans that the function clearly owns are judged: one variable is bound to the span and does nothing but have its
//! methods called, and what was started is not handed on inside something that outlives the call. For all others somebody
//! else may end the span.

use crate::facts::{
    Call, Callee, FileFacts, Function, FunctionIndex, LocalIndex, Operand, Step, StepKind, Temporary, When, operands,
    walk,
};
use crate::text::TextRange;

/// What a call that opens a span gives, and where.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opening<'f> {
    /// The call.
    pub(super) call: &'f Call,
    /// Where it stands.
    pub(super) at: TextRange,
    /// Which result is the span.
    pub(super) span: u32,
    /// Which result is the context with the span, if one is.
    pub(super) context: Option<u32>,
}

/// What becomes of the results of a call that opens a span.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Held {
    /// The variable bound to the span; none if the span is dropped.
    pub(super) span: Option<LocalIndex>,
    /// The variable bound to the context.
    pub(super) context: Option<LocalIndex>,
    /// Whether the call gives a context, and it is dropped.
    pub(super) drops_context: bool,
}

/// Where a span stays open.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Lifetime {
    /// Ways out of the function, or of the block that opens it, on which nobody ends it; the last place of each.
    pub(super) leaks: Vec<TextRange>,
    /// Whether the function ends it anywhere.
    pub(super) ended_somewhere: bool,
    /// Whether the context with the span is given to a call that keeps it.
    pub(super) handed_on: bool,
    /// The calls, of those asked for, during which it is open.
    pub(super) open_at: Vec<TextRange>,
}

/// How far a span is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Before,
    Open,
    /// Open until the function returns.
    Deferred,
    Ended,
}

/// Which variables the results of an opening are bound to; none if they go elsewhere too.
pub(super) fn held(function: &Function, opening: &Opening<'_>) -> Option<Held> {
    let result = opening.call.result;
    let mut slots: Vec<(u32, Temporary)> = Vec::new();
    walk(&function.steps, &mut |step| {
        if let StepKind::Slot { result: slot, of: Operand::Temporary(of), index } = &step.kind
            && *of == result
        {
            slots.push((*index, *slot));
        }
    });
    let whole = slots.is_empty();
    let bound = |index: u32| match slots.iter().find(|(slot, _)| *slot == index) {
        Some((_, temporary)) => binding(function, *temporary),
        None if whole && index == 0 => binding(function, result),
        None => Some(None),
    };
    let span = match bound(opening.span)? {
        // A variable that was there before may be looked at by others.
        Some((_, false)) => return None,
        Some((local, true)) => Some(local),
        None => None,
    };
    let context = match opening.context {
        Some(index) => bound(index)?.map(|(local, _)| local),
        None => None,
    };
    Some(Held { span, context, drops_context: opening.context.is_some() && context.is_none() })
}

/// The variable that a value is put into, and whether that binds it; the inner none if nothing uses the value, the outer if
/// it is used in any other way.
fn binding(function: &Function, value: Temporary) -> Option<Option<(LocalIndex, bool)>> {
    let (mut variable, mut elsewhere) = (None, false);
    walk(&function.steps, &mut |step| match &step.kind {
        StepKind::Assign { to, value: Some(Operand::Temporary(from)), define } if *from == value => {
            elsewhere |= variable.replace((*to, *define)).is_some();
        }
        StepKind::Slot { .. } => {}
        _ => operands(step, &mut |operand| elsewhere |= *operand == Operand::Temporary(value)),
    });
    (!elsewhere).then_some(variable)
}

/// Follows a span that the function owns; none if it may be ended elsewhere.
///
/// `ends` says whether a method ends the span; `hands_on` whether a call keeps the context that it is given in what it gives
/// or changes. `asked` are calls of which it is asked whether the span is open there.
pub(super) fn follow(
    facts: &FileFacts,
    function: &Function,
    opening: &Opening<'_>,
    held: &Held,
    asked: &[TextRange],
    ends: &dyn Fn(&str) -> bool,
    hands_on: &dyn Fn(&Call) -> bool,
) -> Option<Lifetime> {
    let mut closures = Vec::new();
    if let Some(span) = held.span {
        closures = deferred_closures(facts, function, span, ends);
        if escapes(facts, function, span, &closures, ends) {
            return None;
        }
    }
    let mut lifetime = Lifetime::default();
    if let Some(context) = held.context {
        if outlives(function, context) {
            return None;
        }
        lifetime.handed_on = is_given_to(function, context, hands_on);
    }
    let mut walker = Walker { opening, span: held.span, closures, asked, ends, jumped: Vec::new(), lifetime };
    if walker.block(&function.steps, Some(State::Before), None) == Some(State::Open) {
        let end = TextRange::new(function.range.end.saturating_sub(1), function.range.end);
        walker.lifetime.leaks.push(end);
    }
    Some(walker.lifetime)
}

/// Deferred closures that end the span and do nothing else with it than call its methods.
fn deferred_closures(
    facts: &FileFacts,
    function: &Function,
    span: LocalIndex,
    ends: &dyn Fn(&str) -> bool,
) -> Vec<FunctionIndex> {
    let mut found = Vec::new();
    walk(&function.steps, &mut |step| {
        if let StepKind::Call(call) = &step.kind
            && call.when == When::Deferred
            && let Callee::Value(Operand::Function(closure)) = &call.callee
            && method_calls_only(&facts.functions[closure.0 as usize], span)
            && calls_end(&facts.functions[closure.0 as usize], span, ends)
        {
            found.push(*closure);
        }
    });
    found
}

fn calls_end(function: &Function, span: LocalIndex, ends: &dyn Fn(&str) -> bool) -> bool {
    let mut found = false;
    walk(&function.steps, &mut |step| found |= is_end(step, span, ends));
    found
}

fn is_end(step: &Step, span: LocalIndex, ends: &dyn Fn(&str) -> bool) -> bool {
    matches!(&step.kind, StepKind::Call(call)
        if matches!(&call.callee, Callee::Method(Operand::Local(local), name) if *local == span && ends(name)))
}

/// Whether a function does nothing with a variable but call its methods and compare it.
fn method_calls_only(function: &Function, span: LocalIndex) -> bool {
    let mut only = true;
    walk(&function.steps, &mut |step| {
        let held = Operand::Local(span);
        match &step.kind {
            StepKind::Call(call) => only &= call.arguments.iter().all(|argument| argument.value != held),
            StepKind::Combine { .. } => {}
            StepKind::Assign { to, define: false, .. } if *to == span => only = false,
            _ => operands(step, &mut |operand| only &= *operand != held),
        }
    });
    only
}

/// Whether anyone but the function itself and its deferred closures may end the span.
fn escapes(
    facts: &FileFacts,
    function: &Function,
    span: LocalIndex,
    deferred: &[FunctionIndex],
    ends: &dyn Fn(&str) -> bool,
) -> bool {
    if !method_calls_only(function, span) {
        return true;
    }
    let mut pending = vec![function];
    while let Some(outer) = pending.pop() {
        for (index, inner) in facts.functions.iter().enumerate() {
            let owned = inner.owner().is_some_and(|owner| std::ptr::eq(&facts.functions[owner.0 as usize], outer));
            if !owned || deferred.contains(&FunctionIndex(index as u32)) {
                continue;
            }
            if !method_calls_only(inner, span) || calls_end(inner, span, ends) {
                return true;
            }
            pending.push(inner);
        }
    }
    false
}

/// Whether the context, and the span in it, is put into something that may outlive the call.
fn outlives(function: &Function, context: LocalIndex) -> bool {
    let (mut found, held) = (false, Operand::Local(context));
    walk(&function.steps, &mut |step| match &step.kind {
        StepKind::Call(_) | StepKind::Combine { .. } => {}
        _ => operands(step, &mut |operand| found |= *operand == held),
    });
    found
}

fn is_given_to(function: &Function, context: LocalIndex, hands_on: &dyn Fn(&Call) -> bool) -> bool {
    let (mut found, held) = (false, Operand::Local(context));
    walk(&function.steps, &mut |step| {
        if let StepKind::Call(call) = &step.kind {
            found |= call.arguments.iter().any(|argument| argument.value == held) && hands_on(call);
        }
    });
    found
}

struct Walker<'w> {
    opening: &'w Opening<'w>,
    span: Option<LocalIndex>,
    closures: Vec<FunctionIndex>,
    asked: &'w [TextRange],
    ends: &'w dyn Fn(&str) -> bool,
    /// What held at the jumps out of the loops and branches that are being walked.
    jumped: Vec<State>,
    lifetime: Lifetime,
}

impl Walker<'_> {
    /// Runs a block; gives the state at its end, or none if control does not come there.
    fn block(&mut self, steps: &[Step], mut state: Option<State>, turn: Option<TextRange>) -> Option<State> {
        for step in steps {
            let now = state?;
            state = self.step(step, now, turn);
        }
        state
    }

    /// `turn` is the innermost loop around.
    fn step(&mut self, step: &Step, state: State, turn: Option<TextRange>) -> Option<State> {
        let jumps = self.jumped.len();
        match &step.kind {
            StepKind::Call(call) => Some(self.call(step, call, state)),
            StepKind::Branch { arms, exhaustive } => {
                let mut reached: Vec<State> = if *exhaustive { Vec::new() } else { vec![state] };
                for arm in arms {
                    let end = self.block(&arm.steps, Some(state), turn);
                    reached.extend(self.leave(state, end, arm.range));
                }
                // A jump may lead here, or out of a loop around.
                reached.extend(self.jumped[jumps..].iter().copied().filter(|_| state != State::Before));
                join(&reached)
            }
            StepKind::Loop { steps, .. } => {
                let end = self.block(steps, Some(state), Some(step.range));
                let mut reached: Vec<State> = self.leave(state, end, step.range).into_iter().collect();
                reached.push(state);
                reached.extend(self.jumped.drain(jumps..).filter(|_| state != State::Before));
                join(&reached)
            }
            StepKind::Return { .. } => {
                self.leak(state, step.range);
                None
            }
            StepKind::Jump { next_turn, .. } => {
                // A turn of the loop that opens the span ends here.
                if *next_turn && turn.is_some_and(|turn| turn.contains(self.opening.at)) {
                    self.leak(state, step.range);
                }
                self.jumped.push(state);
                None
            }
            _ => Some(state),
        }
    }

    fn call(&mut self, step: &Step, call: &Call, state: State) -> State {
        if matches!(state, State::Open | State::Deferred) && self.asked.contains(&step.range) {
            self.lifetime.open_at.push(step.range);
        }
        if step.range == self.opening.at {
            return State::Open;
        }
        let by_closure =
            matches!(&call.callee, Callee::Value(Operand::Function(closure)) if self.closures.contains(closure));
        let ends = by_closure || self.span.is_some_and(|span| is_end(step, span, self.ends));
        self.lifetime.ended_somewhere |= ends;
        match (ends, call.when) {
            (true, When::Deferred) if state != State::Before => State::Deferred,
            (true, _) if state != State::Before => State::Ended,
            _ => state,
        }
    }

    /// What is left of a block's end outside of the block: a span that was opened inside is out of reach.
    fn leave(&mut self, before: State, end: Option<State>, block: TextRange) -> Option<State> {
        if before == State::Before {
            if end == Some(State::Open) {
                self.lifetime.leaks.push(TextRange::new(block.end.saturating_sub(1), block.end));
            }
            return end.map(|_| State::Before);
        }
        end
    }

    fn leak(&mut self, state: State, at: TextRange) {
        if state == State::Open {
            self.lifetime.leaks.push(at);
        }
    }
}

/// What holds where paths meet: ended on one of them counts as ended.
fn join(reached: &[State]) -> Option<State> {
    [State::Ended, State::Deferred, State::Open, State::Before].into_iter().find(|state| reached.contains(state))
}
