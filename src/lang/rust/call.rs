//! Calls of functions and methods.

use super::extent::Extent as _;
use super::lower::Lowering;
use super::names::name;
use super::pattern::is_wrapper;
use crate::facts::{Argument, Call, Callee, Name, Operand, StepKind, TypeRef, When};
use crate::text::TextRange;
use syn::punctuated::Punctuated;
use syn::{Expr, ExprCall, ExprMethodCall, Token};

/// What a call says besides its arguments.
pub(super) struct Called {
    pub(super) callee: Callee,
    pub(super) name_range: TextRange,
    pub(super) type_arguments: Vec<TypeRef>,
    /// Its brackets, included.
    pub(super) arguments_range: TextRange,
}

impl Lowering<'_> {
    /// `f(x)`
    pub(super) fn call(&mut self, it: &ExprCall) -> Operand {
        if let (Expr::Path(path), Some(only), 1) = (&*it.func, it.args.first(), it.args.len())
            && is_wrapper(&path.path)
        {
            return self.expression(only);
        }
        let arguments_range = self.positions.range(it.paren_token.span.open(), it.paren_token.span.close());
        let (name_range, type_arguments) = match &*it.func {
            Expr::Path(path) => {
                let last = path.path.segments.last().map_or_else(|| path.path.first(), |last| last.ident.span());
                (self.positions.range(last, last), self.type_arguments(&path.path))
            }
            other => (self.range(other), Vec::new()),
        };
        let callee = match self.expression(&it.func) {
            Operand::Free(path) => Callee::Free(path),
            value => Callee::Value(value),
        };
        let arguments = self.arguments(&it.args);
        let at = TextRange::new(self.positions.start(it.func.first()), arguments_range.end);
        self.push_call(Called { callee, name_range, type_arguments, arguments_range }, arguments, at)
    }

    /// `x.f(y)`
    pub(super) fn method_call(&mut self, it: &ExprMethodCall) -> Operand {
        let receiver = self.expression(&it.receiver);
        let arguments = self.arguments(&it.args);
        let called = Called {
            callee: Callee::Method(receiver, name(&it.method)),
            name_range: self.positions.range(it.method.span(), it.method.span()),
            type_arguments: it.turbofish.as_ref().map(|types| self.bracketed(types)).unwrap_or_default(),
            arguments_range: self.positions.range(it.paren_token.span.open(), it.paren_token.span.close()),
        };
        let at = TextRange::new(self.positions.start(it.receiver.first()), called.arguments_range.end);
        self.push_call(called, arguments, at)
    }

    fn arguments(&mut self, written: &Punctuated<Expr, Token![,]>) -> Vec<Argument> {
        let mut arguments = Vec::with_capacity(written.len());
        for argument in written {
            arguments.push(self.macro_argument(argument, None));
        }
        arguments
    }

    /// An argument, with its name if the call says one.
    pub(super) fn macro_argument(&mut self, written: &Expr, name: Option<Name>) -> Argument {
        Argument { value: self.expression(written), range: self.range(written), spread: false, name }
    }

    /// Adds a call whose parts have been evaluated.
    pub(super) fn push_call(&mut self, called: Called, arguments: Vec<Argument>, at: TextRange) -> Operand {
        let result = self.temporary();
        let call = Call {
            result,
            callee: called.callee,
            arguments,
            when: When::Now,
            name_range: called.name_range,
            arguments_range: called.arguments_range,
            statement: self.frame.statement,
            statement_kind: self.frame.statement_kind,
            type_arguments: called.type_arguments,
        };
        self.push(at, StepKind::Call(Box::new(call)));
        Operand::Temporary(result)
    }
}
