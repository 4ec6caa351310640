//! Branches and loops.

use super::kind::{Kind, Node, Role};
use super::lower::Lowering;
use crate::facts::{Arm, LocalIndex, Operand, StepKind};
use crate::lang::syntax::{parts, range, slice};
use crate::text::TextRange;

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
        self.scopes.open(node.end());
        self.statement_at(node, Role::Initializer);
        let mut presence = Presence::default();
        if let Some(condition) = self.field(node, Role::Condition) {
            self.expression(condition);
            presence = self.presence(condition);
        }
        let mut arms = Vec::new();
        if let Some(block) = self.field(node, Role::Consequence) {
            arms.push(self.arm(Block::of(block), presence.then, |lowering| lowering.statements(block)));
        }
        let alternative = self.field(node, Role::Alternative);
        if let Some(block) = alternative {
            arms.push(self.arm(Block::of(block), presence.otherwise, |lowering| match block.kind() {
                Kind::Block => lowering.statements(block),
                _ => lowering.statement(block),
            }));
        }
        self.scopes.close();
        self.push(range(node), StepKind::Branch { arms, exhaustive: alternative.is_some() });
    }

    pub(super) fn for_statement(&mut self, node: Node<'t>) {
        self.scopes.open(node.end());
        let head = parts(node).next().filter(|head| head.kind() != Kind::Block);
        let head_kind = head.map(|head| head.kind());
        let mut descending = false;
        let mut ranged = None;
        if let Some(head) = head {
            match head_kind {
                Some(Kind::ForClause) => {
                    self.statement_at(head, Role::Initializer);
                    descending = self.field(head, Role::Update).is_some_and(|update| self.counts_down(update));
                }
                Some(Kind::RangeClause) => ranged = Some(self.expression_at(head, Role::Right)),
                _ => {}
            }
        }
        let outer = std::mem::take(&mut self.frame.steps);
        if let Some(head) = head {
            match (head_kind, ranged) {
                (Some(Kind::ForClause), _) => {
                    self.expression_at(head, Role::Condition);
                }
                (_, Some(of)) => {
                    let result = self.temporary();
                    let at = self.field(head, Role::Right).map_or(range(head), range);
                    self.push(at, StepKind::Element { result, of, key: None });
                    self.assign_turn(head, Operand::Temporary(result));
                }
                _ => {
                    self.expression(head);
                }
            }
        }
        if let Some(body) = self.field(node, Role::Body) {
            self.statement(body);
        }
        if let Some(clause) = head.filter(|_| head_kind == Some(Kind::ForClause)) {
            self.statement_at(clause, Role::Update);
        }
        self.scopes.close();
        let mut steps = std::mem::replace(&mut self.frame.steps, outer);
        steps.shrink_to_fit();
        self.push(range(node), StepKind::Loop { steps, descending });
    }

    pub(super) fn switch_statement(&mut self, node: Node<'t>) {
        self.scopes.open(node.end());
        self.statement_at(node, Role::Initializer);
        self.expression_at(node, Role::Value);
        let clauses = clauses(node);
        // Which of them runs is found out first, one value after the other.
        let mut presences = Vec::new();
        for clause in &clauses {
            let values = self.field(clause.node, Role::Value).map(|values| parts(values).collect::<Vec<_>>());
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
        self.scopes.open(node.end());
        self.statement_at(node, Role::Initializer);
        let name = self.field(node, Role::Alias).and_then(|alias| parts(alias).next());
        let switched = self.expression_at(node, Role::Value);
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
        let types: Vec<Node<'t>> = match clause.kind() {
            Kind::TypeCase => parts(clause).take_while(|part| part.kind() != Kind::StatementList).collect(),
            _ => Vec::new(),
        };
        let head = types.last().map_or(clause.start(), Node::end);
        let at = TextRange::new(clause.start(), head);
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
                lowering.statement_at(clause.node, Role::Communication);
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
    fn statement_at(&mut self, node: Node<'t>, role: Role) {
        if let Some(statement) = self.field(node, role) {
            self.statement(statement);
        }
    }

    /// What a comparison with nil says: `err != nil`, also as a part of `err != nil && retry`.
    fn presence(&self, condition: Node<'t>) -> Presence {
        let mut presence = Presence::default();
        let mut open = vec![condition];
        while let Some(node) = open.pop() {
            if node.kind() == Kind::ParenthesizedExpression {
                open.extend(parts(node));
                continue;
            }
            if node.kind() != Kind::BinaryExpression {
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
        let mut sides = parts(comparison);
        let (left, right) = (sides.next()?, sides.next()?);
        let variable = match (left.kind(), right.kind()) {
            (Kind::Identifier, Kind::Nil) => left,
            (Kind::Nil, Kind::Identifier) => right,
            _ => return None,
        };
        self.variable(variable)
    }

    fn counts_down(&self, update: Node<'t>) -> bool {
        update.kind() == Kind::DecStatement || self.operator(update) == "-="
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
        Block { node, end: node.end() }
    }
}

/// The clauses of a `switch` or `select`.
fn clauses<'t>(node: Node<'t>) -> Vec<Block<'t>> {
    let is_clause = |part: &Node| {
        matches!(part.kind(), Kind::ExpressionCase | Kind::TypeCase | Kind::CommunicationCase | Kind::DefaultCase)
    };
    let mut clauses: Vec<Block<'t>> = parts(node).filter(is_clause).map(Block::of).collect();
    let mut end = node.end().saturating_sub(1);
    for clause in clauses.iter_mut().rev() {
        clause.end = clause.end.max(end);
        end = clause.node.start();
    }
    clauses
}

fn is_default(clause: &Block) -> bool {
    clause.node.kind() == Kind::DefaultCase
}
