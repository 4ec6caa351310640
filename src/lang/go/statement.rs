//! Statements other than assignments and branches.

use super::grammar::kind;
use super::lower::Lowering;
use crate::facts::{Callee, Failure, Operand, StatementKind, StepKind, When};
use crate::lang::tree::{parts, range};
use tree_sitter::Node;

impl<'t> Lowering<'t> {
    /// The statements of a block, or of a clause after what its head says.
    pub(super) fn statements(&mut self, block: Node<'t>) {
        for part in parts(block) {
            match kind(part) {
                "statement_list" => parts(part).for_each(|statement| self.own_statement(statement)),
                "ERROR" => self.own_statement(part),
                _ => {}
            }
        }
    }

    /// A statement that stands in a block itself, so that lines can be put before it.
    fn own_statement(&mut self, node: Node<'t>) {
        let outer = (self.frame.statement, self.frame.statement_kind);
        self.frame.statement = range(node);
        self.frame.statement_kind = statement_kind(node);
        self.statement(node);
        (self.frame.statement, self.frame.statement_kind) = outer;
    }

    /// Any statement, the head of a branch included.
    pub(super) fn statement(&mut self, node: Node<'t>) {
        self.nested(node, (), Self::statement_here);
    }

    fn statement_here(&mut self, node: Node<'t>) {
        match kind(node) {
            "expression_statement" | "inc_statement" | "dec_statement" => self.evaluate_parts(node),
            "short_var_declaration" => self.define(node),
            "assignment_statement" => self.assign(node),
            "var_declaration" | "const_declaration" => self.variables(node),
            "type_declaration" => self.types(node, Some(self.frame.function)),
            "return_statement" => self.return_statement(node),
            "if_statement" => self.if_statement(node),
            "for_statement" => self.for_statement(node),
            "expression_switch_statement" => self.switch_statement(node),
            "type_switch_statement" => self.type_switch_statement(node),
            "select_statement" => self.select_statement(node),
            "send_statement" => self.send(node),
            "receive_statement" => self.receive(node),
            "go_statement" => self.later(node, When::Spawned),
            "defer_statement" => self.later(node, When::Deferred),
            "labeled_statement" => parts(node).skip(1).for_each(|inner| self.statement(inner)),
            "break_statement" | "continue_statement" | "goto_statement" => self.jump(node),
            "block" => {
                self.scopes.open(node.end_byte() as u32);
                self.statements(node);
                self.scopes.close();
            }
            "statement_list" => parts(node).for_each(|inner| self.own_statement(inner)),
            "ERROR" => parts(node).for_each(|inner| self.statement(inner)),
            "empty_statement" | "fallthrough_statement" | "label_name" => {}
            _ => {
                self.expression(node);
            }
        }
    }

    fn evaluate_parts(&mut self, node: Node<'t>) {
        for part in parts(node) {
            self.expression(part);
        }
    }

    fn later(&mut self, node: Node<'t>, when: When) {
        let Some(mut call) = parts(node).next() else { return };
        while kind(call) == "parenthesized_expression" {
            let Some(inner) = parts(call).next() else { return };
            call = inner;
        }
        if matches!(kind(call), "call_expression" | "type_conversion_expression") {
            self.call(call, when);
        } else {
            self.expression(call);
        }
    }

    fn send(&mut self, node: Node<'t>) {
        let to = self.expression_at(node, self.fields.channel);
        let value = self.expression_at(node, self.fields.value);
        self.push(range(node), StepKind::Send { to, value });
    }

    fn jump(&mut self, node: Node<'t>) {
        let label = parts(node).next().map(|label| self.name(label));
        let next_turn = kind(node) == "continue_statement";
        self.push(range(node), StepKind::Jump { next_turn, label });
    }

    fn return_statement(&mut self, node: Node<'t>) {
        let list: Vec<Node<'t>> = parts(node).flat_map(parts).collect();
        let values: Vec<Operand> = list.iter().map(|value| self.expression(*value)).collect();
        let failure = self.failure(list.last().copied(), &values);
        self.push(range(node), StepKind::Return { values, failure });
    }

    fn failure(&self, last: Option<Node<'t>>, values: &[Operand]) -> Failure {
        if !self.frame.gives_error {
            return Failure::No;
        }
        let bare = self.frame.last_result.map(Operand::Local);
        let Some(value) = values.last().or(bare.as_ref()) else { return Failure::Unknown };
        match value {
            Operand::Nothing => Failure::No,
            Operand::Local(local) if self.frame.present.contains(local) => Failure::Yes,
            // An error that has a name outside of every function is one that is returned to say so: `io.EOF`.
            Operand::Free(_) => Failure::Yes,
            // The results of one call, handed on: whether it failed is not to be seen.
            Operand::Temporary(_) if values.len() < self.frame.results => Failure::Unknown,
            Operand::Temporary(_) if last.is_some_and(|last| self.makes_error(last)) => Failure::Yes,
            _ => Failure::Unknown,
        }
    }

    /// Whether an expression makes an error, instead of asking for one that may be absent (`return decoder.Decode(x)`).
    ///
    /// It has just been lowered, so a call is the last step.
    fn makes_error(&self, node: Node<'t>) -> bool {
        let mut node = node;
        while matches!(kind(node), "parenthesized_expression" | "unary_expression") {
            let Some(inner) = parts(node).next() else { return false };
            node = inner;
        }
        let Some(StepKind::Call(call)) = self.frame.steps.last().map(|step| &step.kind) else {
            return kind(node) == "composite_literal";
        };
        let name = match &call.callee {
            Callee::Free(path) => path.0.last(),
            Callee::Method(_, name) => Some(name),
            Callee::Value(_) => None,
        };
        name.is_some_and(|name| names_error_maker(name))
            || call.arguments.iter().any(|argument| self.is_error(&argument.value))
    }

    /// Whether a value is an error that is there: what is handed such a one (`errors.Wrap`) gives one back.
    fn is_error(&self, value: &Operand) -> bool {
        match value {
            Operand::Local(local) => self.frame.present.contains(local),
            Operand::Free(path) => path.0.last().is_some_and(|name| name.starts_with("Err")),
            _ => false,
        }
    }
}

/// Whether a function of this name makes an error: `New`, `Errorf`, `NewHTTPError`. `Err` asks for one.
fn names_error_maker(name: &str) -> bool {
    name != "Err" && (name == "New" || name.contains("Err") || name.starts_with("err"))
}

fn statement_kind(node: Node) -> StatementKind {
    let mut node = node;
    while kind(node) == "labeled_statement" {
        let Some(inner) = parts(node).nth(1) else { return StatementKind::Simple };
        node = inner;
    }
    match kind(node) {
        "return_statement" => StatementKind::Return,
        "if_statement"
        | "for_statement"
        | "expression_switch_statement"
        | "type_switch_statement"
        | "select_statement" => StatementKind::Head,
        "go_statement" | "defer_statement" => StatementKind::Deferred,
        _ => StatementKind::Simple,
    }
}
