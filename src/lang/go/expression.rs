//! Expressions: what each makes, and the steps that make it.

use super::grammar::kind;
use super::lower::{Binding, Lowering};
use crate::facts::{Combination, FunctionKind, LocalIndex, Operand, StepKind, When};
use crate::lang::tree::{parts, range, slice};
use tree_sitter::Node;

impl<'t> Lowering<'t> {
    /// Evaluates an expression.
    pub(super) fn expression(&mut self, node: Node<'t>) -> Operand {
        self.nested(node, Operand::Constant, Self::expression_here)
    }

    /// Evaluates the expression in a field, if there is one.
    pub(super) fn expression_at(&mut self, node: Node<'t>, field: u16) -> Operand {
        self.field(node, field).map_or(Operand::Constant, |inner| self.expression(inner))
    }

    /// Evaluates the expression that a node starts with. Faster than by its field.
    pub(super) fn first(&mut self, node: Node<'t>) -> Operand {
        node.child(0).map_or(Operand::Constant, |inner| self.expression(inner))
    }

    fn expression_here(&mut self, node: Node<'t>) -> Operand {
        match kind(node) {
            "identifier" | "type_identifier" | "package_identifier" | "nil" | "true" | "false" | "iota" => {
                self.named(node)
            }
            "selector_expression" => self.selector(node, self.fields.field),
            "qualified_type" => self.selector(node, self.fields.name),
            "call_expression" | "type_conversion_expression" => self.call(node, When::Now),
            "interpreted_string_literal" | "raw_string_literal" => Operand::Text(self.string(node)),
            "parenthesized_expression"
            | "expression_list"
            | "literal_element"
            | "type_elem"
            | "parenthesized_type"
            | "pointer_type" => self.last_of(node),
            "unary_expression" => self.unary(node),
            "binary_expression" => self.binary(node),
            "composite_literal" => self.composite(node),
            "func_literal" => {
                let owner = self.frame.function;
                Operand::Function(self.function(node, FunctionKind::Closure { owner }))
            }
            "index_expression" => self.index(node),
            "slice_expression" => self.slice_expression(node),
            "type_assertion_expression" => {
                let value = self.first(node);
                let ty = self.type_at(node, self.fields.ty);
                let result = self.temporary();
                self.push(range(node), StepKind::Cast { result, value, ty });
                Operand::Temporary(result)
            }
            "type_instantiation_expression" | "generic_type" => self.expression_at(node, self.fields.ty),
            "ERROR" => {
                self.last_of(node);
                Operand::Constant
            }
            _ => Operand::Constant,
        }
    }

    /// Evaluates all children; the value is that of the last.
    fn last_of(&mut self, node: Node<'t>) -> Operand {
        let mut last = Operand::Constant;
        for part in parts(node) {
            last = self.expression(part);
        }
        last
    }

    fn named(&mut self, node: Node<'t>) -> Operand {
        let name = slice(node, self.text);
        match self.scopes.find(name) {
            Some(Binding::Local(local)) => Operand::Local(local),
            Some(Binding::Type) => Operand::Free(self.path(node)),
            None => match name {
                "nil" => Operand::Nothing,
                "true" | "false" | "iota" | "_" | "" => Operand::Constant,
                _ => Operand::Free(self.path(node)),
            },
        }
    }

    /// The variable of a function that a name means.
    pub(super) fn variable(&self, name: Node<'t>) -> Option<LocalIndex> {
        match self.scopes.find(slice(name, self.text)) {
            Some(Binding::Local(local)) => Some(local),
            Some(Binding::Type) | None => None,
        }
    }

    fn selector(&mut self, node: Node<'t>, field: u16) -> Operand {
        let base = self.first(node);
        let Some(field) = self.field(node, field) else { return base };
        if let Operand::Free(mut path) = base {
            path.0.push(self.name(field));
            return Operand::Free(path);
        }
        let (field, result) = (self.name(field), self.temporary());
        self.push(range(node), StepKind::Read { result, base, field });
        Operand::Temporary(result)
    }

    fn unary(&mut self, node: Node<'t>) -> Operand {
        let value = self.expression_at(node, self.fields.operand);
        match self.operator(node) {
            "&" | "*" => value,
            "<-" => {
                let result = self.temporary();
                self.push(range(node), StepKind::Receive { result, from: value });
                Operand::Temporary(result)
            }
            _ => self.combine(node, vec![value], Combination::Other),
        }
    }

    /// A chain of operators of one sort becomes one step: texts of generated code join thousands of pieces, nested as deep.
    fn binary(&mut self, node: Node<'t>) -> Operand {
        let mut chain = Vec::new();
        let mut left = node;
        while kind(left) == "binary_expression" {
            chain.push(left);
            let Some(inner) = left.child(0) else { break };
            left = inner;
        }
        let mut operands = vec![self.expression(left)];
        while let Some(operation) = chain.pop() {
            operands.push(self.expression_at(operation, self.fields.right));
            let how = self.combination(operation);
            if chain.last().is_none_or(|outer| self.combination(*outer) != how) {
                operands = vec![self.combine(operation, operands, how)];
            }
        }
        operands.pop().unwrap_or(Operand::Constant)
    }

    fn combination(&self, node: Node<'t>) -> Combination {
        match self.operator(node) {
            "+" => Combination::Plus,
            _ => Combination::Other,
        }
    }

    fn combine(&mut self, node: Node<'t>, of: Vec<Operand>, how: Combination) -> Operand {
        if of.iter().all(|operand| *operand == Operand::Constant) {
            return Operand::Constant;
        }
        let result = self.temporary();
        self.push(range(node), StepKind::Combine { result, of, how });
        Operand::Temporary(result)
    }

    /// An element, or an instance of a generic function.
    fn index(&mut self, node: Node<'t>) -> Operand {
        let of = self.first(node);
        let Some(index) = self.field(node, self.fields.index) else { return of };
        if matches!(of, Operand::Free(_)) && self.is_basic_type(index) {
            return of;
        }
        self.element(node, of, index)
    }

    /// The element of a value under a key.
    pub(super) fn element(&mut self, node: Node<'t>, of: Operand, key: Node<'t>) -> Operand {
        let key = Some(self.expression(key));
        let result = self.temporary();
        self.push(range(node), StepKind::Element { result, of, key });
        Operand::Temporary(result)
    }

    /// Whether a node is a type whatever the rest of the package says: a type parameter, or one of the language's own.
    fn is_basic_type(&self, node: Node<'t>) -> bool {
        let name = slice(node, self.text);
        match self.scopes.find(name) {
            Some(binding) => binding == Binding::Type,
            None => BASIC_TYPES.contains(&name),
        }
    }

    /// A part of a list is still the list.
    fn slice_expression(&mut self, node: Node<'t>) -> Operand {
        let list = self.first(node);
        for bound in parts(node).skip(1) {
            self.expression(bound);
        }
        list
    }
}

/// Types that every Go file knows, as far as they are written between brackets.
pub(super) const BASIC_TYPES: &[&str] = &[
    "any",
    "bool",
    "byte",
    "complex128",
    "complex64",
    "error",
    "float32",
    "float64",
    "int",
    "int16",
    "int32",
    "int64",
    "int8",
    "rune",
    "string",
    "uint",
    "uint16",
    "uint32",
    "uint64",
    "uint8",
    "uintptr",
];
