//! Branches, loops, and what leaves them.

use super::extent::Extent;
use super::lower::{Lowering, Target};
use super::statement::Outlet;
use crate::facts::{Arm, Failure, LocalIndex, Name, Operand, StatementKind, StepKind, TypeRef};
use crate::text::TextRange;
use proc_macro2::Span;
use smol_str::SmolStr;
use syn::{Block, Expr, ExprBreak, ExprForLoop, ExprIf, ExprMatch, ExprReturn, ExprWhile, Label, Lifetime, Pat};

impl Lowering<'_> {
    /// Lowers an expression and sends its value somewhere.
    pub(super) fn flow(&mut self, expression: &Expr, outlet: Outlet) {
        match expression {
            Expr::If(it) => self.if_flow(it, outlet),
            Expr::Match(it) => self.match_flow(it, outlet),
            Expr::Block(it) => match &it.label {
                Some(label) => self.labelled_block(&it.block, label, outlet),
                None => self.block(&it.block, outlet),
            },
            Expr::Unsafe(it) => self.block(&it.block, outlet),
            Expr::Const(it) => self.block(&it.block, outlet),
            Expr::Paren(it) => self.flow(&it.expr, outlet),
            Expr::Group(it) => self.flow(&it.expr, outlet),
            Expr::Loop(it) => self.endless_loop(&it.body, it.label.as_ref(), outlet, expression),
            Expr::While(it) => self.while_loop(it, expression),
            Expr::ForLoop(it) => self.for_loop(it, expression),
            Expr::Return(it) => self.return_value(it, expression),
            Expr::Break(it) => self.break_target(it, expression),
            Expr::Continue(it) => self.jump(expression, it.label.as_ref(), Leaving::Turn),
            Expr::Macro(it) => self.macro_flow(&it.mac, outlet),
            Expr::Verbatim(_) => {}
            _ => {
                let value = self.expression(expression);
                let failure = self.failure(expression);
                self.put(value, outlet, self.range(expression), failure);
            }
        }
    }

    /// Lowers an expression that is a branch, loop or jump, as a value.
    pub(super) fn flow_value(&mut self, expression: &Expr) -> Operand {
        let value = self.unnamed_local(self.range(expression), TypeRef::Unknown);
        self.flow(expression, Outlet::Into(value));
        if self.has_left() { Operand::Constant } else { Operand::Local(value) }
    }

    fn if_flow(&mut self, branch: &ExprIf, outlet: Outlet) {
        let then = &branch.then_branch;
        let end = self.positions.end(then.brace_token.span.close());
        self.scopes.open(end);
        let bound = self.condition(&branch.cond);
        let range = self.positions.range(then.brace_token.span.open(), then.brace_token.span.close());
        let steps = self.steps_of(then.brace_token.span.open(), |lowering| {
            lowering.bind_condition(bound, range);
            lowering.block(then, outlet);
            lowering.leave(end);
        });
        self.scopes.close();
        let mut arms = vec![Arm { range, steps }];
        if let Some((_, otherwise)) = &branch.else_branch {
            arms.push(self.arm(otherwise, |lowering| lowering.flow(otherwise, outlet)));
        }
        let at = self.positions.range(branch.if_token.span, then.brace_token.span.close());
        let end = arms.last().map_or(at.end, |last| last.range.end);
        let exhaustive = arms.len() > 1;
        self.push(TextRange::new(at.start, end), StepKind::Branch { arms, exhaustive });
    }

    /// Evaluates a condition. The last pattern in it binds its names where the condition holds; those before, here.
    fn condition<'s>(&mut self, condition: &'s Expr) -> Option<(&'s Pat, Operand)> {
        let mut parts = Vec::new();
        conjuncts(condition, &mut parts);
        let mut last: Option<(&Pat, Operand)> = None;
        for part in parts {
            if let Some((pattern, value)) = last.take() {
                let scope =
                    TextRange::new(self.positions.start(part.first()).min(self.scopes.end()), self.scopes.end());
                self.bind_pattern(pattern, value, TypeRef::Unknown, scope);
            }
            match part {
                Expr::Let(it) => last = Some((&it.pat, self.expression(&it.expr))),
                part => {
                    self.expression(part);
                }
            }
        }
        last
    }

    fn bind_condition(&mut self, bound: Option<(&Pat, Operand)>, scope: TextRange) {
        if let Some((pattern, value)) = bound {
            self.bind_pattern(pattern, value, TypeRef::Unknown, scope);
        }
    }

    fn match_flow(&mut self, branch: &ExprMatch, outlet: Outlet) {
        let value = self.expression(&branch.expr);
        let mut arms = Vec::new();
        for arm in &branch.arms {
            if super::attribute::is_for_tests(&arm.attrs) {
                continue;
            }
            let value = value.clone();
            arms.push(self.case(&arm.pat, &arm.body, outlet, |_| value));
        }
        let at = self.positions.range(branch.match_token.span, branch.brace_token.span.close());
        self.push(at, StepKind::Branch { arms, exhaustive: true });
    }

    /// One case of a branch: a pattern for what `matched` gives, and what runs where it fits.
    pub(super) fn case(
        &mut self,
        pattern: &Pat,
        body: &Expr,
        outlet: Outlet,
        matched: impl FnOnce(&mut Self) -> Operand,
    ) -> Arm {
        let range = self.positions.range(pattern.first(), body.last());
        let scope = self.range(body);
        self.scopes.open(range.end);
        let steps = self.steps_of(pattern.first(), |lowering| {
            let value = matched(lowering);
            lowering.bind_pattern(pattern, value, TypeRef::Unknown, scope);
            lowering.body(body, outlet);
            lowering.leave(range.end);
        });
        self.scopes.close();
        Arm { range, steps }
    }

    /// A branch that binds nothing.
    pub(super) fn arm(&mut self, body: &Expr, lower: impl FnOnce(&mut Self)) -> Arm {
        let range = self.range(body);
        let steps = self.steps_of(body.first(), lower);
        Arm { range, steps }
    }

    /// What runs in a case: a block, or an expression that is no statement.
    pub(super) fn body(&mut self, body: &Expr, outlet: Outlet) {
        let outer = (self.frame.statement, self.frame.statement_kind);
        (self.frame.statement, self.frame.statement_kind) = (self.range(body), StatementKind::Expression);
        self.flow(body, outlet);
        (self.frame.statement, self.frame.statement_kind) = outer;
    }

    fn labelled_block(&mut self, block: &Block, label: &Label, outlet: Outlet) {
        let at = self.positions.range(label.name.span(), block.brace_token.span.close());
        // `break` leaves it with what was done so far, as it does a loop.
        let target = Target { label: Some(label_name(&label.name)), is_loop: false, value: outlet.variable() };
        self.repeated(label.name.span(), at, target, |lowering| lowering.block(block, outlet));
    }

    fn endless_loop(&mut self, body: &Block, label: Option<&Label>, outlet: Outlet, whole: &Expr) {
        let at = self.range(whole);
        // Its value comes from the `break`s.
        let value = match outlet {
            Outlet::Nowhere => None,
            Outlet::Into(value) => Some(value),
            Outlet::Caller => Some(self.unnamed_local(at, TypeRef::Unknown)),
        };
        let target = Target { label: label.map(|label| label_name(&label.name)), is_loop: true, value };
        self.repeated(whole.first(), at, target, |lowering| lowering.block(body, Outlet::Nowhere));
        if let (Outlet::Caller, Some(value)) = (outlet, value) {
            self.put(Operand::Local(value), outlet, at, self.frame.failure);
        }
    }

    fn while_loop(&mut self, it: &ExprWhile, whole: &Expr) {
        let at = self.range(whole);
        self.repeated(it.while_token.span, at, loop_target(it.label.as_ref()), |lowering| {
            let body = &it.body.brace_token.span;
            lowering.scopes.open(at.end);
            let bound = lowering.condition(&it.cond);
            lowering.bind_condition(bound, lowering.positions.range(body.open(), body.close()));
            lowering.block(&it.body, Outlet::Nowhere);
            lowering.leave(at.end);
            lowering.scopes.close();
        });
    }

    fn for_loop(&mut self, it: &ExprForLoop, whole: &Expr) {
        let at = self.range(whole);
        let descending = matches!(&*it.expr, Expr::MethodCall(call) if call.method == "rev");
        let of = self.expression(&it.expr);
        let element_range = self.range(&it.expr);
        self.frame.targets.push(loop_target(it.label.as_ref()));
        let steps = self.steps_of(it.for_token.span, |lowering| {
            let body = &it.body.brace_token.span;
            lowering.scopes.open(at.end);
            let element = lowering.element_of(of, element_range);
            let scope = lowering.positions.range(body.open(), body.close());
            lowering.bind_pattern(&it.pat, element, TypeRef::Unknown, scope);
            lowering.block(&it.body, Outlet::Nowhere);
            lowering.leave(at.end);
            lowering.scopes.close();
        });
        self.frame.targets.pop();
        self.push(at, StepKind::Loop { steps, descending });
    }

    fn repeated(&mut self, first: Span, at: TextRange, target: Target, lower: impl FnOnce(&mut Self)) {
        self.frame.targets.push(target);
        let steps = self.steps_of(first, lower);
        self.frame.targets.pop();
        self.push(at, StepKind::Loop { steps, descending: false });
    }

    fn return_value(&mut self, it: &ExprReturn, whole: &Expr) {
        let at = self.range(whole);
        let Some(value) = &it.expr else {
            return self.push(at, StepKind::Return { values: Vec::new(), failure: Failure::No });
        };
        let failure = self.failure(value);
        let value = self.expression(value);
        if !self.has_left() {
            self.push(at, StepKind::Return { values: vec![value], failure });
        }
    }

    fn break_target(&mut self, it: &ExprBreak, whole: &Expr) {
        if let Some(value) = &it.expr {
            let label = it.label.as_ref().map(label_name);
            let is_meant = |target: &&Target| match &label {
                Some(label) => target.label.as_ref() == Some(label),
                None => target.is_loop,
            };
            let to = self.frame.targets.iter().rev().find(is_meant).and_then(|target| target.value);
            let at = self.range(value);
            let value = self.expression(value);
            if let Some(to) = to {
                self.put(value, Outlet::Into(to), at, Failure::No);
            }
        }
        self.jump(whole, it.label.as_ref(), Leaving::Loop);
    }

    fn jump(&mut self, whole: &Expr, label: Option<&Lifetime>, leaving: Leaving) {
        let next_turn = leaving == Leaving::Turn;
        self.push(self.range(whole), StepKind::Jump { next_turn, label: label.map(label_name) });
    }

    /// What giving a value back says of failure.
    fn failure(&self, value: &Expr) -> Failure {
        match value {
            Expr::Paren(inner) => self.failure(&inner.expr),
            Expr::Call(call) => match &*call.func {
                Expr::Path(path) if path.path.is_ident("Err") => Failure::Yes,
                Expr::Path(path) if path.path.is_ident("Ok") => Failure::No,
                _ => self.frame.failure,
            },
            // `Err(e)?` and the like have failed before.
            Expr::Lit(_) | Expr::Struct(_) => Failure::No,
            _ => self.frame.failure,
        }
    }
}

/// What a jump leaves.
#[derive(Clone, Copy, PartialEq)]
enum Leaving {
    /// The turn at hand: the loop goes on.
    Turn,
    Loop,
}

impl Outlet {
    fn variable(self) -> Option<LocalIndex> {
        match self {
            Outlet::Into(value) => Some(value),
            Outlet::Nowhere | Outlet::Caller => None,
        }
    }
}

fn loop_target(label: Option<&Label>) -> Target {
    Target { label: label.map(|label| label_name(&label.name)), is_loop: true, value: None }
}

fn label_name(label: &Lifetime) -> Name {
    SmolStr::from(label.ident.to_string())
}

/// The parts of a condition that `&&` joins, in order.
fn conjuncts<'s>(condition: &'s Expr, parts: &mut Vec<&'s Expr>) {
    match condition {
        Expr::Binary(it) if matches!(it.op, syn::BinOp::And(_)) => {
            conjuncts(&it.left, parts);
            conjuncts(&it.right, parts);
        }
        Expr::Paren(it) if matches!(&*it.expr, Expr::Binary(_)) => conjuncts(&it.expr, parts),
        part => parts.push(part),
    }
}
