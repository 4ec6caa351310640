//! Blocks and their statements.

use super::attribute;
use super::lower::{Binding, Lowering};
use super::names::name;
use crate::facts::{Failure, LocalIndex, Operand, StatementKind, StepKind, TypeRef};
use crate::text::TextRange;
use proc_macro2::Ident;
use syn::{Block, Expr, Item, Local, Macro, Stmt, Type};

/// Where the value of an expression goes.
#[derive(Clone, Copy)]
pub(super) enum Outlet {
    Nowhere,
    /// To a variable.
    Into(LocalIndex),
    /// To the caller: it is the last thing that the function does.
    Caller,
}

/// What a block ends with, if that has a value.
#[derive(Clone, Copy)]
enum Tail<'s> {
    Expression(&'s Expr),
    Macro(&'s Macro),
}

impl Lowering<'_> {
    /// Lowers a block whose value is of no interest.
    pub(super) fn block_for_nothing(&mut self, block: &Block) {
        self.block(block, Outlet::Nowhere);
    }

    /// Lowers a block that gives a function's value.
    pub(super) fn block_giving_back(&mut self, block: &Block) {
        self.block(block, Outlet::Caller);
    }

    /// Lowers a block and sends its value somewhere.
    pub(super) fn block(&mut self, block: &Block, outlet: Outlet) {
        self.in_block(block, |lowering, tail| match tail {
            Some(Tail::Expression(tail)) => lowering.flow(tail, outlet),
            Some(Tail::Macro(tail)) => lowering.macro_flow(tail, outlet),
            None => {}
        });
    }

    /// Lowers a block and gives its value.
    pub(super) fn block_value(&mut self, block: &Block) -> Operand {
        self.in_block(block, |lowering, tail| match tail {
            Some(Tail::Expression(tail)) => lowering.expression(tail),
            Some(Tail::Macro(tail)) => lowering.macro_value(tail),
            None => Operand::Constant,
        })
    }

    fn in_block<T>(&mut self, block: &Block, end: impl FnOnce(&mut Self, Option<Tail>) -> T) -> T {
        let range = self.positions.range(block.brace_token.span.open(), block.brace_token.span.close());
        self.scopes.open(range.end);
        self.frame.blocks += 1;
        let (statements, tail) = parts(&block.stmts);
        self.declare(statements, range);
        let outer = (self.frame.statement, self.frame.statement_kind);
        for statement in statements {
            self.statement(statement);
        }
        if let Some(tail) = tail {
            (self.frame.statement, self.frame.statement_kind) = match tail {
                Tail::Expression(tail) => (self.range(tail), tail_kind(tail)),
                Tail::Macro(tail) => (self.macro_range(tail), StatementKind::Return),
            };
        }
        let result = end(self, tail);
        (self.frame.statement, self.frame.statement_kind) = outer;
        self.frame.blocks -= 1;
        if self.frame.blocks > 0 {
            self.leave(range.end);
        }
        self.scopes.close();
        result
    }

    /// Says that the variables of the innermost block are gone, unless it was left before.
    pub(super) fn leave(&mut self, end: u32) {
        if self.has_left() {
            return;
        }
        let bound = self.scopes.in_block().filter_map(|binding| match binding {
            Binding::Local(local) => Some(*local),
            Binding::Item(_) | Binding::TypeParameter(_) => None,
        });
        let locals: Vec<LocalIndex> = bound.collect();
        if !locals.is_empty() {
            self.push(TextRange::empty(end), StepKind::Gone { locals });
        }
    }

    /// What a block declares is known in all of it.
    fn declare(&mut self, statements: &[Stmt], range: TextRange) {
        let declared = statements.iter().filter_map(|statement| match statement {
            Stmt::Item(item) => Some(item),
            _ => None,
        });
        let is_constant = |item: &&Item| matches!(item, Item::Const(_) | Item::Static(_));
        let others = declared.clone().filter(|item| !is_constant(item) && !matches!(item, Item::Macro(_)));
        if others.clone().next().is_some() {
            self.block_items(others, range);
        }
        for item in declared {
            match item {
                Item::Const(it) if !attribute::is_for_tests(&it.attrs) => self.constant(&it.ident, &it.ty, &it.expr),
                Item::Static(it) => self.constant(&it.ident, &it.ty, &it.expr),
                _ => {}
            }
        }
    }

    /// A constant of a block, which is as good as a variable.
    fn constant(&mut self, ident: &Ident, ty: &Type, value: &Expr) {
        let range = self.range(value);
        let outer = (self.frame.statement, self.frame.statement_kind);
        (self.frame.statement, self.frame.statement_kind) = (range, StatementKind::Expression);
        let value = self.expression(value);
        (self.frame.statement, self.frame.statement_kind) = outer;
        let ty = self.ty(ty);
        let scope = TextRange::new(range.end.min(self.scopes.end()), self.scopes.end());
        let to = self.bind(name(ident), ident.span(), ty, scope);
        self.push(range, StepKind::Assign { to, value: Some(value), define: true });
    }

    /// A statement that stands in a block.
    pub(super) fn statement(&mut self, statement: &Stmt) {
        if let Stmt::Item(_) = statement {
            return;
        }
        let outer = (self.frame.statement, self.frame.statement_kind);
        self.frame.statement = self.range(statement);
        self.frame.statement_kind = statement_kind(statement);
        match statement {
            Stmt::Local(local) if !attribute::is_for_tests(&local.attrs) => self.let_statement(local),
            Stmt::Expr(expression, _) => self.flow(expression, Outlet::Nowhere),
            Stmt::Macro(it) => self.macro_flow(&it.mac, Outlet::Nowhere),
            Stmt::Local(_) | Stmt::Item(_) => {}
        }
        (self.frame.statement, self.frame.statement_kind) = outer;
    }

    fn let_statement(&mut self, local: &Local) {
        let at = self.frame.statement;
        let scope = TextRange::new(at.end.min(self.scopes.end()), self.scopes.end());
        let Some(init) = &local.init else {
            return self.bind_without_value(&local.pat, scope);
        };
        let value = self.expression(&init.expr);
        if let Some((_, otherwise)) = &init.diverge {
            let arm = self.arm(otherwise, |lowering| lowering.flow(otherwise, Outlet::Nowhere));
            self.push(at, StepKind::Branch { arms: vec![arm], exhaustive: false });
        }
        self.bind_pattern(&local.pat, value, TypeRef::Unknown, scope);
    }

    /// Lowers an expression and gives its value to the caller.
    pub(super) fn give_back(&mut self, expression: &Expr) {
        self.flow(expression, Outlet::Caller);
    }

    /// Sends a value somewhere.
    pub(super) fn put(&mut self, value: Operand, outlet: Outlet, at: TextRange, failure: Failure) {
        if self.has_left() {
            return;
        }
        match outlet {
            Outlet::Nowhere => {}
            Outlet::Into(to) => self.push(at, StepKind::Assign { to, value: Some(value), define: true }),
            Outlet::Caller => self.push(at, StepKind::Return { values: vec![value], failure }),
        }
    }
}

/// A block's statements, and what it ends with if that has a value.
fn parts(statements: &[Stmt]) -> (&[Stmt], Option<Tail<'_>>) {
    match statements.split_last() {
        Some((Stmt::Expr(tail, None), before)) => (before, Some(Tail::Expression(tail))),
        Some((Stmt::Macro(tail), before)) if tail.semi_token.is_none() => (before, Some(Tail::Macro(&tail.mac))),
        _ => (statements, None),
    }
}

fn statement_kind(statement: &Stmt) -> StatementKind {
    match statement {
        Stmt::Expr(expression, _) => match tail_kind(expression) {
            StatementKind::Return if !matches!(expression, Expr::Return(_)) => StatementKind::Simple,
            kind => kind,
        },
        // What `let .. else` does otherwise stands far from the call.
        Stmt::Local(local) if local.init.as_ref().is_some_and(|init| init.diverge.is_some()) => StatementKind::Head,
        _ => StatementKind::Simple,
    }
}

fn tail_kind(expression: &Expr) -> StatementKind {
    match expression {
        Expr::If(_)
        | Expr::Match(_)
        | Expr::While(_)
        | Expr::ForLoop(_)
        | Expr::Loop(_)
        | Expr::Block(_)
        | Expr::Unsafe(_) => StatementKind::Head,
        _ => StatementKind::Return,
    }
}
