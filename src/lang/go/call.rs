//! Calls, and conversions that look like them.

use super::grammar::kind;
use super::lower::Lowering;
use crate::facts::{Argument, Call, Callee, Operand, Path, StepKind, TypeRef, When};
use crate::lang::tree::{parts, range, slice};
use crate::text::TextRange;
use tree_sitter::Node;

/// What a call says before its arguments.
struct Called {
    callee: Callee,
    name_range: TextRange,
    type_arguments: Vec<TypeRef>,
}

impl<'t> Lowering<'t> {
    /// Lowers a call or conversion.
    pub(super) fn call(&mut self, node: Node<'t>, when: When) -> Operand {
        let conversion = kind(node) == "type_conversion_expression";
        let Some(function) = node.child(0).map(bare) else { return Operand::Constant };
        if conversion && !matches!(kind(function), "type_identifier" | "qualified_type" | "generic_type") {
            let Some(value) = self.field(node, self.fields.operand) else { return Operand::Constant };
            return self.cast(node, function, value);
        }
        let list = self.field(node, self.fields.arguments);
        let converted = if list.is_none() { self.field(node, self.fields.operand) } else { None };
        let mut written = list.into_iter().flat_map(parts).chain(converted).peekable();
        if kind(function) == "unary_expression"
            && self.is_free_pointer(function)
            && let Some(value) = written.next()
        {
            return self.cast(node, function, value);
        }
        let mut called = self.called(function);
        if let Some(arguments) = self.field(node, self.fields.type_arguments) {
            called = self.with_type_arguments(function, called, arguments);
        }
        if makes_type(&called.callee)
            && let Some(ty) = written.next_if(|first| self.may_be_type(*first))
        {
            let ty = self.ty(ty);
            return self.made(node, ty, written);
        }
        let mut arguments = Vec::with_capacity(list.map_or(1, |list| list.named_child_count()));
        for argument in written {
            arguments.push(self.argument(argument));
        }
        let result = self.temporary();
        let call = Call {
            result,
            callee: called.callee,
            arguments,
            when,
            name_range: called.name_range,
            arguments_range: list.map_or_else(|| parentheses(node), range),
            statement: self.frame.statement,
            statement_kind: self.frame.statement_kind,
            type_arguments: called.type_arguments,
        };
        self.push(range(node), StepKind::Call(Box::new(call)));
        Operand::Temporary(result)
    }

    /// `new(T)` and `make(T)`: what they give is a `T` with nothing in it.
    fn made(&mut self, node: Node<'t>, ty: TypeRef, sizes: impl Iterator<Item = Node<'t>>) -> Operand {
        for size in sizes {
            self.expression(size);
        }
        let result = self.temporary();
        self.push(range(node), StepKind::Literal { result, ty, entries: Vec::new() });
        Operand::Temporary(result)
    }

    fn cast(&mut self, node: Node<'t>, ty: Node<'t>, value: Node<'t>) -> Operand {
        let value = self.expression(value);
        let ty = self.ty(ty);
        let result = self.temporary();
        self.push(range(node), StepKind::Cast { result, value, ty });
        Operand::Temporary(result)
    }

    fn argument(&mut self, node: Node<'t>) -> Argument {
        let spread = kind(node) == "variadic_argument";
        let written = if spread { parts(node).next().unwrap_or(node) } else { node };
        Argument { value: self.expression(written), range: range(written), spread, name: None }
    }

    /// What an expression calls.
    fn called(&mut self, function: Node<'t>) -> Called {
        let none = Vec::new();
        match kind(function) {
            "selector_expression" => self.called_member(function, self.fields.field),
            "qualified_type" => self.called_member(function, self.fields.name),
            "index_expression" => self.called_index(function),
            "generic_type" => {
                let Some(base) = self.field(function, self.fields.ty) else { return self.called_value(function) };
                let called = self.called(base);
                match self.field(function, self.fields.type_arguments) {
                    Some(arguments) => self.with_type_arguments(function, called, arguments),
                    None => called,
                }
            }
            "func_literal" => {
                let start = function.start_byte() as u32;
                let callee = Callee::Value(self.expression(function));
                let name_range = TextRange::new(start, start + "func".len() as u32);
                Called { callee, name_range, type_arguments: none }
            }
            _ => self.called_value(function),
        }
    }

    fn called_value(&mut self, function: Node<'t>) -> Called {
        let callee = match self.expression(function) {
            Operand::Free(path) => Callee::Free(path),
            value => Callee::Value(value),
        };
        Called { callee, name_range: range(function), type_arguments: Vec::new() }
    }

    fn called_member(&mut self, function: Node<'t>, member: u16) -> Called {
        let base = self.first(function);
        let Some(member) = self.field(function, member) else { return self.called_value(function) };
        let callee = match base {
            Operand::Free(mut path) => {
                path.0.push(self.name(member));
                Callee::Free(path)
            }
            base => Callee::Method(base, self.name(member)),
        };
        Called { callee, name_range: range(member), type_arguments: Vec::new() }
    }

    /// `Map[Key](x)` instantiates a generic function, `handlers[key](x)` calls an element.
    fn called_index(&mut self, function: Node<'t>) -> Called {
        let base = function.child(0).map(bare);
        let (Some(base), Some(index)) = (base, self.field(function, self.fields.index)) else {
            return self.called_value(function);
        };
        let mut called = self.called(base);
        if matches!(called.callee, Callee::Free(_)) && self.may_be_type(index) {
            called.type_arguments = vec![self.ty(index)];
            return called;
        }
        self.called_element(function, called, index)
    }

    fn with_type_arguments(&mut self, function: Node<'t>, mut called: Called, list: Node<'t>) -> Called {
        let arguments: Vec<Node<'t>> = parts(list).collect();
        if let [only] = arguments[..] {
            let index = parts(only).next().unwrap_or(only);
            if !matches!(called.callee, Callee::Free(_)) || !self.may_be_type(index) {
                return self.called_element(function, called, index);
            }
        }
        called.type_arguments = self.type_list(list);
        called
    }

    fn called_element(&mut self, function: Node<'t>, called: Called, index: Node<'t>) -> Called {
        let of = match called.callee {
            Callee::Free(path) => Operand::Free(path),
            Callee::Value(value) => value,
            Callee::Method(base, field) => {
                let result = self.temporary();
                self.push(called.name_range, StepKind::Read { result, base, field });
                Operand::Temporary(result)
            }
        };
        let callee = Callee::Value(self.element(function, of, index));
        Called { callee, name_range: called.name_range, type_arguments: Vec::new() }
    }

    /// Whether what stands between brackets can be a type: no literal or operation, and no variable of the function.
    fn may_be_type(&self, node: Node<'t>) -> bool {
        let mut node = node;
        loop {
            let inner = match kind(node) {
                "identifier" | "type_identifier" | "package_identifier" => return self.variable(node).is_none(),
                "qualified_type" | "selector_expression" | "index_expression" => node.named_child(0),
                "unary_expression" if self.operator(node) == "*" => node.named_child(0),
                other => return other.ends_with("_type"),
            };
            let Some(inner) = inner else { return false };
            node = inner;
        }
    }

    /// Whether `*x` is a pointer type and not a value: a function behind a pointer is hardly ever called.
    fn is_free_pointer(&self, node: Node<'t>) -> bool {
        let mut root = node;
        while let Some(inner) = root.named_child(0) {
            let starred = kind(root) != "unary_expression" || self.operator(root) == "*";
            let open = matches!(
                kind(root),
                "unary_expression" | "parenthesized_expression" | "selector_expression" | "index_expression"
            );
            if !starred || !open {
                return false;
            }
            root = inner;
        }
        kind(root) == "identifier" && !slice(root, self.text).is_empty() && self.variable(root).is_none()
    }
}

/// The expression inside parentheses.
fn bare(node: Node) -> Node {
    let mut node = node;
    while matches!(kind(node), "parenthesized_expression" | "parenthesized_type") {
        let Some(inner) = parts(node).next() else { break };
        node = inner;
    }
    node
}

/// Whether the first argument of what is called is a type.
fn makes_type(callee: &Callee) -> bool {
    matches!(callee, Callee::Free(Path(names)) if names.len() == 1 && (names[0] == "make" || names[0] == "new"))
}

/// The parentheses of a conversion, which are no node of their own.
fn parentheses(node: Node) -> TextRange {
    let mut cursor = node.walk();
    let open = node.children(&mut cursor).find(|child| kind(*child) == "(");
    TextRange::new(open.map_or(node.end_byte(), |open| open.start_byte()) as u32, node.end_byte() as u32)
}
