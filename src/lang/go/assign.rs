//! What puts values into variables, fields and elements.

use super::grammar::kind;
use super::lower::{Binding, Lowering};
use crate::facts::{Combination, LocalIndex, Operand, POINTEE, Path, StepKind, TypeRef};
use crate::lang::tree::{parts, range, slice};
use crate::text::TextRange;
use smol_str::SmolStr;
use tree_sitter::Node;

/// What an assignment changes, with everything in it evaluated.
enum Target<'t> {
    Nothing,
    /// A variable that the assignment binds, and its type.
    New(Node<'t>, TypeRef),
    Local(LocalIndex),
    /// What the pointer in a variable points at.
    Pointee(LocalIndex),
    Free(Path),
    Field(Operand, SmolStr),
    Element(Operand, Operand),
}

impl<'t> Lowering<'t> {
    /// `a, b := f()`
    pub(super) fn define(&mut self, node: Node<'t>) {
        let targets = self.field(node, self.fields.left).map(|left| self.defined(left)).unwrap_or_default();
        let values = self.field(node, self.fields.right).map(|right| self.values(right)).unwrap_or_default();
        self.assign_all(targets, values, range(node));
    }

    /// `a, b = f()`, `a += b`
    pub(super) fn assign(&mut self, node: Node<'t>) {
        let (Some(left), Some(right)) = (self.field(node, self.fields.left), self.field(node, self.fields.right))
        else {
            return;
        };
        let operator = self.operator(node);
        if operator == "=" {
            let targets = self.targets(left);
            let values = self.values(right);
            return self.assign_all(targets, values, range(node));
        }
        let Some(target) = parts(left).next().map(|part| self.target(part)) else { return };
        let before = self.current(&target, range(left));
        let values = self.values(right);
        let how = if operator == "+=" { Combination::Plus } else { Combination::Other };
        let result = self.temporary();
        let of = before.into_iter().chain(values).collect();
        self.push(range(node), StepKind::Combine { result, of, how });
        self.store(target, Some(Operand::Temporary(result)), range(node));
    }

    /// `v, ok := <-channel`, in a `select`.
    pub(super) fn receive(&mut self, node: Node<'t>) {
        let targets = match self.field(node, self.fields.left) {
            Some(left) if defines(node) => self.defined(left),
            Some(left) => self.targets(left),
            None => Vec::new(),
        };
        let value = self.expression_at(node, self.fields.right);
        self.assign_all(targets, vec![value], range(node));
    }

    /// `var a, b = f()` and `const c = 1`, in a function.
    pub(super) fn variables(&mut self, node: Node<'t>) {
        for (spec, values) in self.specs(node) {
            let ty = self.type_at(spec, self.fields.ty);
            let targets = self.names(spec).into_iter().map(|name| Target::New(name, ty.clone())).collect();
            let values = values.map(|values| self.values(values)).unwrap_or_default();
            self.assign_all(targets, values, range(spec));
        }
    }

    /// Initialises names of the package.
    pub(super) fn initialize(&mut self, spec: Node<'t>, names: &[Node<'t>], values: Node<'t>) {
        let target = |name: &Node<'t>| match slice(*name, self.text) {
            "_" | "" => Target::Nothing,
            _ => Target::Free(self.path(*name)),
        };
        let targets = names.iter().map(target).collect();
        let values = self.values(values);
        self.assign_all(targets, values, range(spec));
    }

    /// The variables of a `range` clause: the element comes last, the key before it.
    pub(super) fn assign_turn(&mut self, clause: Node<'t>, element: Operand) {
        let Some(left) = self.field(clause, self.fields.left) else { return };
        let mut targets = if defines(clause) { self.defined(left) } else { self.targets(left) };
        let at = range(clause);
        if targets.len() > 1 {
            let key = targets.remove(0);
            if !matches!(key, Target::Nothing) {
                let result = self.temporary();
                self.push(at, StepKind::Slot { result, of: element.clone(), index: 1 });
                self.store(key, Some(Operand::Temporary(result)), at);
            }
        }
        if let Some(target) = targets.pop() {
            self.store(target, Some(element), at);
        }
    }

    /// Binds the variable of a type switch in a clause of it.
    pub(super) fn assign_case(&mut self, name: Node<'t>, value: Operand, clause: TextRange) {
        self.store(Target::New(name, TypeRef::Unknown), Some(value), clause);
    }

    fn values(&mut self, list: Node<'t>) -> Vec<Operand> {
        if kind(list) != "expression_list" {
            return vec![self.expression(list)];
        }
        parts(list).map(|value| self.expression(value)).collect()
    }

    /// What `:=` binds, and what it only assigns because the block has bound it before.
    fn defined(&mut self, list: Node<'t>) -> Vec<Target<'t>> {
        let target = |name: Node<'t>| match (kind(name), self.scopes.find_in_block(slice(name, self.text))) {
            _ if slice(name, self.text) == "_" => Target::Nothing,
            (_, Some(Binding::Local(local))) => Target::Local(local),
            ("identifier" | "nil" | "true" | "false" | "iota", _) => Target::New(name, TypeRef::Unknown),
            _ => Target::Nothing,
        };
        parts(list).map(target).collect()
    }

    fn targets(&mut self, list: Node<'t>) -> Vec<Target<'t>> {
        parts(list).map(|part| self.target(part)).collect()
    }

    fn target(&mut self, node: Node<'t>) -> Target<'t> {
        self.nested(node, Target::Nothing, Self::target_here)
    }

    fn target_here(&mut self, node: Node<'t>) -> Target<'t> {
        match kind(node) {
            "parenthesized_expression" => parts(node).next().map_or(Target::Nothing, |inner| self.target(inner)),
            // What a pointer points at is the value that the pointer stands for.
            "unary_expression" => {
                match self.field(node, self.fields.operand).map_or(Target::Nothing, |inner| self.target(inner)) {
                    Target::Local(pointer) => Target::Pointee(pointer),
                    other => other,
                }
            }
            "index_expression" => {
                let base = self.first(node);
                Target::Element(base, self.expression_at(node, self.fields.index))
            }
            "selector_expression" => {
                let base = self.first(node);
                let Some(field) = self.field(node, self.fields.field) else { return Target::Nothing };
                match base {
                    Operand::Free(mut path) => {
                        path.0.push(self.name(field));
                        Target::Free(path)
                    }
                    base => Target::Field(base, self.name(field)),
                }
            }
            "identifier" if slice(node, self.text) == "_" => Target::Nothing,
            _ => match self.expression(node) {
                Operand::Local(local) => Target::Local(local),
                Operand::Free(path) => Target::Free(path),
                _ => Target::Nothing,
            },
        }
    }

    /// What a target holds before it is changed.
    fn current(&mut self, target: &Target<'t>, at: TextRange) -> Option<Operand> {
        let result = match target {
            Target::Nothing | Target::New(..) => return None,
            Target::Local(local) | Target::Pointee(local) => return Some(Operand::Local(*local)),
            Target::Free(path) => return Some(Operand::Free(path.clone())),
            Target::Field(base, field) => {
                let result = self.temporary();
                self.push(at, StepKind::Read { result, base: base.clone(), field: field.clone() });
                result
            }
            Target::Element(base, key) => {
                let result = self.temporary();
                self.push(at, StepKind::Element { result, of: base.clone(), key: Some(key.clone()) });
                result
            }
        };
        Some(Operand::Temporary(result))
    }

    fn assign_all(&mut self, targets: Vec<Target<'t>>, mut values: Vec<Operand>, at: TextRange) {
        if targets.len() > 1 && values.len() == 1 {
            let of = values.remove(0);
            for (index, target) in targets.into_iter().enumerate() {
                if matches!(target, Target::Nothing) {
                    continue;
                }
                let result = self.temporary();
                self.push(at, StepKind::Slot { result, of: of.clone(), index: index as u32 });
                self.store(target, Some(Operand::Temporary(result)), at);
            }
            return;
        }
        for later in 1..values.len() {
            if targets[..later.min(targets.len())].iter().any(|target| target.changes(&values[later])) {
                values[later] = self.keep(values[later].clone(), at);
            }
        }
        let mut values = values.into_iter();
        for target in targets {
            self.store(target, values.next(), at);
        }
    }

    /// Keeps what a variable holds in one without name, before an assignment of several changes it: `a, b = b, a`.
    fn keep(&mut self, value: Operand, at: TextRange) -> Operand {
        let kept = self.local(SmolStr::default(), TypeRef::Unknown, at, TextRange::empty(at.end));
        self.push(at, StepKind::Assign { to: kept, value: Some(value), define: true });
        Operand::Local(kept)
    }

    fn store(&mut self, target: Target<'t>, value: Option<Operand>, at: TextRange) {
        match (target, value) {
            (Target::New(name, ty), value) => {
                let scope = TextRange::new(at.end.min(self.scopes.end()), self.scopes.end());
                if let Some(to) = self.bind(name, ty, scope) {
                    self.push(at, StepKind::Assign { to, value, define: true });
                }
            }
            (Target::Local(to), Some(value)) => {
                self.frame.present.retain(|present| *present != to);
                self.push(at, StepKind::Assign { to, value: Some(value), define: false });
            }
            (Target::Pointee(pointer), Some(value)) => {
                let base = Operand::Local(pointer);
                self.push(at, StepKind::Write { base, field: POINTEE.into(), value: value.clone() });
                self.store(Target::Local(pointer), Some(value), at);
            }
            (Target::Free(to), Some(value)) => self.push(at, StepKind::AssignFree { to, value }),
            (Target::Field(base, field), Some(value)) => self.push(at, StepKind::Write { base, field, value }),
            (Target::Element(base, key), Some(value)) => self.push(at, StepKind::WriteElement { base, key, value }),
            (_, None) | (Target::Nothing, _) => {}
        }
    }
}

impl Target<'_> {
    /// Whether assigning to it changes what an operand means.
    fn changes(&self, operand: &Operand) -> bool {
        match (self, operand) {
            (Target::Local(local) | Target::Pointee(local), Operand::Local(read)) => local == read,
            (Target::Free(path), Operand::Free(read)) => path == read,
            _ => false,
        }
    }
}

/// Whether a clause that can do either defines (`:=`) and not only assigns (`=`).
fn defines(node: Node) -> bool {
    let mut cursor = node.walk();
    node.children(&mut cursor).any(|child| kind(child) == ":=")
}
