//! Functions, closures and blocks that run later: what they take and give, and the frame of their bodies.

use super::extent::closure_first;
use super::lower::{Binding, Frame, Lowering};
use super::names::name;
use super::pattern::is_constant;
use super::types::can_fail;
use crate::facts::{
    Failure, FunctionIndex, FunctionKind, Local, LocalIndex, Name, Operand, Parameter, Starts, StatementKind, TypeRef,
};
use crate::text::TextRange;
use proc_macro2::Span;
use syn::{Block, Expr, ExprAsync, ExprClosure, FnArg, Pat, ReceiverKind, ReturnType, Signature};

impl Lowering<'_> {
    /// Lowers a function with its body.
    pub(super) fn function(
        &mut self,
        signature: &Signature,
        attributes: &[syn::Attribute],
        block: &Block,
        kind: FunctionKind,
        range: TextRange,
    ) -> FunctionIndex {
        let ident = signature.ident.span();
        let index = self.new_function(kind, name(&signature.ident), self.positions.range(ident, ident), range);
        let body = self.positions.range(block.brace_token.span.open(), block.brace_token.span.close());
        let outer = std::mem::replace(&mut self.frame, Frame::new(index));
        self.scopes.open(range.end);
        let mut type_parameters = self.bind_generics(&signature.generics);
        type_parameters.extend_from_slice(&self.around.type_parameters);
        let results = self.results(&signature.output);
        if !can_fail(&signature.output) {
            self.frame.failure = Failure::No;
        }
        self.function_facts(index).body = body;
        self.function_facts(index).type_parameters = type_parameters;
        self.function_facts(index).results = unnamed(results.clone());
        if signature.asyncness.is_some() {
            self.function_facts(index).starts = Starts::WhenAwaited;
        }
        self.parameters(signature, index, body);
        let attributes = self.attributes(attributes);
        self.function_facts(index).attributes = attributes;
        let is_unread = self.is_unread(body);
        self.function_facts(index).is_unread = is_unread;
        self.nested(
            |_| body,
            (),
            |lowering| match results.is_empty() {
                true => lowering.block_for_nothing(block),
                false => lowering.block_giving_back(block),
            },
        );
        self.scopes.close();
        let frame = std::mem::replace(&mut self.frame, outer);
        self.finish(frame);
        index
    }

    /// Whether what stands between braces was left out.
    fn is_unread(&self, body: TextRange) -> bool {
        self.gaps.binary_search_by_key(&(body.start as usize + 1), |gap| gap.start).is_ok()
    }

    fn parameters(&mut self, signature: &Signature, index: FunctionIndex, body: TextRange) {
        let mut apart = Vec::new();
        for input in &signature.inputs {
            match input {
                FnArg::Receiver(receiver) => {
                    let ty = match &receiver.kind {
                        ReceiverKind::Typed(_, ty) => self.ty(ty),
                        ReceiverKind::Reference(..) => TypeRef::Pointer(Box::new(self.around.self_type.clone())),
                        _ => self.around.self_type.clone(),
                    };
                    let span = receiver.self_token.span;
                    let local = self.bind(Name::new_static("self"), span, ty.clone(), body);
                    self.function_facts(index).receiver = Some(Parameter { local: Some(local), ty });
                }
                FnArg::Typed(typed) => {
                    let ty = self.ty(&typed.ty);
                    let parameter = self.parameter(&typed.pat, ty, body, &mut apart);
                    self.function_facts(index).parameters.push(parameter);
                }
            }
        }
        self.take_apart(apart, body);
    }

    /// A parameter. One that is taken apart gets a variable without name.
    fn parameter<'p>(
        &mut self,
        pattern: &'p Pat,
        ty: TypeRef,
        scope: TextRange,
        apart: &mut Vec<(&'p Pat, LocalIndex)>,
    ) -> Parameter {
        let local = match pattern {
            Pat::Wild(_) => None,
            Pat::Ident(ident) if ident.subpat.is_none() && !is_constant(ident) => {
                Some(self.bind(name(&ident.ident), ident.ident.span(), ty.clone(), scope))
            }
            pattern => {
                let local = self.unnamed_local(self.range(pattern), ty.clone());
                apart.push((pattern, local));
                Some(local)
            }
        };
        Parameter { local, ty }
    }

    fn take_apart(&mut self, apart: Vec<(&Pat, LocalIndex)>, scope: TextRange) {
        for (pattern, local) in apart {
            self.bind_pattern(pattern, Operand::Local(local), TypeRef::Unknown, scope);
        }
    }

    /// `|a, (b, c)| ...`
    pub(super) fn closure(&mut self, closure: &ExprClosure) -> Operand {
        let name_range = self.positions.range(closure.inputs_begin.span, closure.inputs_end.span);
        let body = self.range(&closure.body);
        let starts = if closure.asyncness.is_some() { Starts::WhenAwaited } else { Starts::AtCall };
        let result = match &closure.output {
            ReturnType::Default => TypeRef::Unknown,
            ReturnType::Type(_, ty) => self.ty(ty),
        };
        let range = TextRange::new(self.positions.start(closure_first(closure)), body.end);
        self.nested_function(name_range, range, body, result, starts, |lowering, index| {
            let mut apart = Vec::new();
            for input in &closure.inputs {
                let (pattern, ty) = match input {
                    Pat::Type(typed) => (&*typed.pat, lowering.ty(&typed.ty)),
                    pattern => (pattern, TypeRef::Unknown),
                };
                let parameter = lowering.parameter(pattern, ty, body, &mut apart);
                lowering.function_facts(index).parameters.push(parameter);
            }
            lowering.take_apart(apart, body);
            match &*closure.body {
                Expr::Block(block) if block.label.is_none() => lowering.block_giving_back(&block.block),
                // An async block is what the closure gives; it is lowered where values are.
                other => {
                    lowering.frame.statement = body;
                    lowering.frame.statement_kind = StatementKind::Expression;
                    lowering.give_back(other);
                }
            }
        })
    }

    /// `async { ... }`
    pub(super) fn async_block(&mut self, block: &ExprAsync) -> Operand {
        let start = self.positions.range(block.async_token.span, block.async_token.span);
        self.later_block(&block.block, start)
    }

    /// A block that runs when somebody asks for what it gives. `start` is where a report on it points.
    pub(super) fn later_block(&mut self, block: &Block, start: TextRange) -> Operand {
        let body = self.positions.range(block.brace_token.span.open(), block.brace_token.span.close());
        let range = TextRange::new(start.start.min(body.start), body.end);
        self.nested_function(start, range, body, TypeRef::Unknown, Starts::WhenAwaited, |lowering, _| {
            lowering.block_giving_back(block);
        })
    }

    /// A function written in another as a value.
    fn nested_function(
        &mut self,
        name_range: TextRange,
        range: TextRange,
        body: TextRange,
        result: TypeRef,
        starts: Starts,
        lower: impl FnOnce(&mut Self, FunctionIndex),
    ) -> Operand {
        let owner = self.frame.function;
        let index = self.new_function(FunctionKind::Closure { owner }, Name::default(), name_range, range);
        let function = self.function_facts(index);
        function.body = body;
        function.starts = starts;
        function.results = unnamed(vec![result]);
        let outer = std::mem::replace(&mut self.frame, Frame::new(index));
        self.scopes.open(range.end);
        self.nested(|_| name_range, (), |lowering| lower(lowering, index));
        self.scopes.close();
        let frame = std::mem::replace(&mut self.frame, outer);
        self.finish(frame);
        Operand::Function(index)
    }

    /// Binds a variable in the innermost block.
    pub(super) fn bind(&mut self, name: Name, span: Span, ty: TypeRef, scope: TextRange) -> LocalIndex {
        let range = self.positions.range(span, span);
        let local = self.add_local(name.clone(), ty, range, scope);
        self.scopes.bind(name, Binding::Local(local));
        local
    }

    /// Adds a variable that no code can name.
    pub(super) fn unnamed_local(&mut self, range: TextRange, ty: TypeRef) -> LocalIndex {
        self.add_local(Name::default(), ty, range, TextRange::empty(range.end))
    }

    fn add_local(&mut self, name: Name, ty: TypeRef, range: TextRange, scope: TextRange) -> LocalIndex {
        let index = LocalIndex(self.facts.locals.len() as u32);
        self.facts.locals.push(Local { name, ty, owner: self.frame.function, range, scope });
        index
    }
}

fn unnamed(results: Vec<TypeRef>) -> Vec<Parameter> {
    results.into_iter().map(|ty| Parameter { local: None, ty }).collect()
}
