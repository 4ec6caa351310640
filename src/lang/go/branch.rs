//! Branches and loops.

use super::grammar::kind;
use super::lower::Lowering;
use crate::facts::{Arm, LocalIndex, Operand, StepKind};
use crate::lang::tree::{parts, range, slice};
use crate::text::TextRange;
use tree_sitter::Node;

/// Variables that a condition says are there (not nil).
#[derive(Default)]
struct Presence {
    /// Where it holds.
    then: Vec<LocalIndex>,
    /// Where it does not.
    otherwise: Vec<LocalIndex>,
}

impl<'t> Lowering<'t> {
    pub(super) fn if_statement(&mut self, node: Node<'t>) {
        self.scopes.open(node.end_byte() as u32);
        self.statement_at(node, self.fields.initializer);
        let mut presence = Presence::default();
        if let Some(condition) = self.field(node, self.fields.condition) {
            self.expression(condition);
            presence = self.presence(condition);
        }
        let mut arms = Vec::new();
        if let Some(block) = self.field(node, self.fields.consequence) {
            arms.push(self.arm(Block::of(block), presence.then, |lowering| lowering.statements(block)));
        }
        let alternative = self.field(node, self.fields.alternative);
        if let Some(block) = alternative {
            arms.push(self.arm(Block::of(block), presence.otherwise, |lowering| match kind(block) {
                "block" => lowering.statements(block),
                _ => lowering.statement(block),
            }));
        }
        self.scopes.close();
        self.push(range(node), StepKind::Branch { arms, exhaustive: alternative.is_some() });
    }

    pub(super) fn for_statement(&mut self, node: Node<'t>) {
        self.scopes.open(node.end_byte() as u32);
        let head = parts(node).next().filter(|head| kind(*head) != "block");
        let head_kind = head.map_or("", kind);
        let mut descending = false;
        let mut ranged = None;
        if let Some(head) = head {
            match head_kind {
                "for_clause" => {
                    self.statement_at(head, self.fields.initializer);
                    descending = self.field(head, self.fields.update).is_some_and(|update| self.counts_down(update));
                }
                "range_clause" => ranged = Some(self.expression_at(head, self.fields.right)),
                _ => {}
            }
        }
        let outer = std::mem::take(&mut self.frame.steps);
        if let Some(head) = head {
            match (head_kind, ranged) {
                ("for_clause", _) => {
                    self.expression_at(head, self.fields.condition);
                }
                (_, Some(of)) => {
                    let result = self.temporary();
                    let at = self.field(head, self.fields.right).map_or(range(head), range);
                    self.push(at, StepKind::Element { result, of, key: None });
                    self.assign_turn(head, Operand::Temporary(result));
                }
                _ => {
                    self.expression(head);
                }
            }
        }
        if let Some(body) = self.field(node, self.fields.body) {
            self.statement(body);
        }
        if let Some(clause) = head.filter(|_| head_kind == "for_clause") {
            self.statement_at(clause, self.fields.update);
        }
        self.scopes.close();
        let mut steps = std::mem::replace(&mut self.frame.steps, outer);
        steps.shrink_to_fit();
        self.push(range(node), StepKind::Loop { steps, descending });
    }

    pub(super) fn switch_statement(&mut self, node: Node<'t>) {
        self.scopes.open(node.end_byte() as u32);
        self.statement_at(node, self.fields.initializer);
        self.expression_at(node, self.fields.value);
        let clauses = clauses(node);
        // Which of them runs is found out first, one value after the other.
        let mut presences = Vec::new();
        for clause in &clauses {
            let values = self.field(clause.node, self.fields.value).map(|values| parts(values).collect::<Vec<_>>());
            let values = values.unwrap_or_default();
            for value in &values {
                self.expression(*value);
            }
            presences.push(match values[..] {
                [only] => self.presence(only).then,
                _ => Vec::new(),
            });
        }
        let mut arms = Vec::new();
        for (clause, presence) in clauses.iter().zip(presences) {
            arms.push(self.arm(*clause, presence, |lowering| lowering.statements(clause.node)));
        }
        self.scopes.close();
        self.push(range(node), StepKind::Branch { arms, exhaustive: clauses.iter().any(is_default) });
    }

    pub(super) fn type_switch_statement(&mut self, node: Node<'t>) {
        self.scopes.open(node.end_byte() as u32);
        self.statement_at(node, self.fields.initializer);
        let name = self.field(node, self.fields.alias).and_then(|alias| parts(alias).next());
        let switched = self.expression_at(node, self.fields.value);
        let clauses = clauses(node);
        let mut arms = Vec::new();
        for clause in &clauses {
            arms.push(self.arm(*clause, Vec::new(), |lowering| {
                if let Some(name) = name {
                    lowering.type_case(clause.node, name, switched.clone());
                }
                lowering.statements(clause.node);
            }));
        }
        self.scopes.close();
        self.push(range(node), StepKind::Branch { arms, exhaustive: clauses.iter().any(is_default) });
    }

    /// The variable of a type switch, which each clause binds anew: with the clause's type if it has a single one.
    fn type_case(&mut self, clause: Node<'t>, name: Node<'t>, switched: Operand) {
        let types: Vec<Node<'t>> = match kind(clause) {
            "type_case" => parts(clause).take_while(|part| kind(*part) != "statement_list").collect(),
            _ => Vec::new(),
        };
        let head = types.last().map_or(clause.start_byte(), Node::end_byte) as u32;
        let at = TextRange::new(clause.start_byte() as u32, head);
        let value = match types[..] {
            [only] if slice(only, self.text) == "nil" => Operand::Nothing,
            [only] => {
                let ty = self.ty(only);
                let result = self.temporary();
                self.push(range(only), StepKind::Cast { result, value: switched, ty });
                Operand::Temporary(result)
            }
            _ => switched,
        };
        self.assign_case(name, value, at);
    }

    pub(super) fn select_statement(&mut self, node: Node<'t>) {
        let mut arms = Vec::new();
        for clause in clauses(node) {
            arms.push(self.arm(clause, Vec::new(), |lowering| {
                lowering.statement_at(clause.node, lowering.fields.communication);
                lowering.statements(clause.node);
            }));
        }
        // It waits until one of its clauses can run.
        self.push(range(node), StepKind::Branch { arms, exhaustive: true });
    }

    fn arm(&mut self, block: Block<'t>, present: Vec<LocalIndex>, lower: impl FnOnce(&mut Self)) -> Arm {
        let outer = std::mem::take(&mut self.frame.steps);
        let known = self.frame.present.clone();
        self.frame.present.extend(present);
        self.scopes.open(block.end);
        lower(self);
        self.scopes.close();
        // What the arm assigned is not known any more after it.
        let still = std::mem::replace(&mut self.frame.present, known);
        self.frame.present.retain(|local| still.contains(local));
        let mut steps = std::mem::replace(&mut self.frame.steps, outer);
        steps.shrink_to_fit();
        Arm { range: range(block.node), steps }
    }

    /// The statement in a field, if there is one.
    fn statement_at(&mut self, node: Node<'t>, field: u16) {
        if let Some(statement) = self.field(node, field) {
            self.statement(statement);
        }
    }

    /// What a comparison with nil says: `err != nil`, also as a part of `err != nil && retry`.
    fn presence(&self, condition: Node<'t>) -> Presence {
        let mut presence = Presence::default();
        let mut open = vec![condition];
        while let Some(node) = open.pop() {
            if kind(node) == "parenthesized_expression" {
                open.extend(parts(node));
                continue;
            }
            if kind(node) != "binary_expression" {
                continue;
            }
            match (self.operator(node), node == condition) {
                ("&&", _) => open.extend(parts(node)),
                ("!=", _) => presence.then.extend(self.compared_with_nil(node)),
                ("==", true) => presence.otherwise.extend(self.compared_with_nil(node)),
                _ => {}
            }
        }
        presence
    }

    fn compared_with_nil(&self, comparison: Node<'t>) -> Option<LocalIndex> {
        let (left, right) = (comparison.named_child(0)?, comparison.named_child(1)?);
        let variable = match (kind(left), kind(right)) {
            ("identifier", "nil") => left,
            ("nil", "identifier") => right,
            _ => return None,
        };
        self.variable(variable)
    }

    fn counts_down(&self, update: Node<'t>) -> bool {
        kind(update) == "dec_statement" || self.operator(update) == "-="
    }
}

/// A block, or a clause.
#[derive(Clone, Copy)]
struct Block<'t> {
    node: Node<'t>,
    /// How far what it binds is visible: a clause's node ends with its last statement, the clause with the next one.
    end: u32,
}

impl<'t> Block<'t> {
    fn of(node: Node<'t>) -> Block<'t> {
        Block { node, end: node.end_byte() as u32 }
    }
}

/// The clauses of a `switch` or `select`.
fn clauses<'t>(node: Node<'t>) -> Vec<Block<'t>> {
    let is_clause =
        |part: &Node| matches!(kind(*part), "expression_case" | "type_case" | "communication_case" | "default_case");
    let mut clauses: Vec<Block<'t>> = parts(node).filter(is_clause).map(Block::of).collect();
    let mut end = node.end_byte().saturating_sub(1);
    for clause in clauses.iter_mut().rev() {
        clause.end = clause.end.max(end as u32);
        end = clause.node.start_byte();
    }
    clauses
}

fn is_default(clause: &Block) -> bool {
    kind(clause.node) == "default_case"
}
