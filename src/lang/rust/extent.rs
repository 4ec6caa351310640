//! First and last tokens of syntax.
//!
//! syn's own `Spanned` writes all tokens out to find them.

use proc_macro2::{Span, TokenStream};
use syn::{
    BinOp, Expr, ExprClosure, Item, Member, Pat, Path, PathArguments, QSelf, RangeLimits, ReturnType, Stmt, Type, UnOp,
};

/// Syntax that starts and ends with a token.
pub(super) trait Extent {
    /// The first token, attributes aside.
    fn first(&self) -> Span;
    /// The last token.
    fn last(&self) -> Span;
}

impl<T: Extent> Extent for Box<T> {
    fn first(&self) -> Span {
        (**self).first()
    }

    fn last(&self) -> Span {
        (**self).last()
    }
}

impl Extent for Expr {
    fn first(&self) -> Span {
        // Chains of calls are long, and asked at every link.
        let start = leftmost(self);
        match start {
            Expr::Array(it) => it.bracket_token.span.open(),
            Expr::Async(it) => it.async_token.span,
            Expr::Block(it) => it.label.as_ref().map_or(it.block.brace_token.span.open(), |label| label.name.span()),
            Expr::Break(it) => it.break_token.span,
            Expr::Closure(it) => closure_first(it),
            Expr::Const(it) => it.const_token.span,
            Expr::Continue(it) => it.continue_token.span,
            Expr::ForLoop(it) => it.label.as_ref().map_or(it.for_token.span, |label| label.name.span()),
            Expr::If(it) => it.if_token.span,
            Expr::Infer(it) => it.underscore_token.span,
            Expr::Let(it) => it.let_token.span,
            Expr::Lit(it) => it.lit.span(),
            Expr::Loop(it) => it.label.as_ref().map_or(it.loop_token.span, |label| label.name.span()),
            Expr::Macro(it) => it.mac.path.first(),
            Expr::Match(it) => it.match_token.span,
            Expr::Paren(it) => it.paren_token.span.open(),
            Expr::Path(it) => qualified_first(it.qself.as_ref(), &it.path),
            Expr::Range(it) => it.start.as_ref().map_or_else(|| limits(&it.limits).0, |start| start.first()),
            Expr::RawAddr(it) => it.and_token.span,
            Expr::Reference(it) => it.and_token.span,
            Expr::Repeat(it) => it.bracket_token.span.open(),
            Expr::Return(it) => it.return_token.span,
            Expr::Struct(it) => qualified_first(it.qself.as_ref(), &it.path),
            Expr::TryBlock(it) => it.try_token.span,
            Expr::Tuple(it) => it.paren_token.span.open(),
            Expr::Unary(it) => match &it.op {
                UnOp::Deref(token) => token.span,
                UnOp::Not(token) => token.span,
                UnOp::Neg(token) => token.span,
                _ => it.expr.first(),
            },
            Expr::Unsafe(it) => it.unsafe_token.span,
            Expr::Verbatim(tokens) => first_token(tokens),
            Expr::While(it) => it.label.as_ref().map_or(it.while_token.span, |label| label.name.span()),
            Expr::Yield(it) => it.yield_token.span,
            _ => Span::call_site(),
        }
    }

    fn last(&self) -> Span {
        match self {
            Expr::Array(it) => it.bracket_token.span.close(),
            Expr::Assign(it) => it.right.last(),
            Expr::Async(it) => it.block.brace_token.span.close(),
            Expr::Await(it) => it.await_token.span,
            Expr::Binary(it) => it.right.last(),
            Expr::Block(it) => it.block.brace_token.span.close(),
            Expr::Break(it) => match (&it.expr, &it.label) {
                (Some(value), _) => value.last(),
                (None, Some(label)) => label.ident.span(),
                (None, None) => it.break_token.span,
            },
            Expr::Call(it) => it.paren_token.span.close(),
            Expr::Cast(it) => it.ty.last(),
            Expr::Closure(it) => it.body.last(),
            Expr::Const(it) => it.block.brace_token.span.close(),
            Expr::Continue(it) => it.label.as_ref().map_or(it.continue_token.span, |label| label.ident.span()),
            Expr::Field(it) => member(&it.member),
            Expr::ForLoop(it) => it.body.brace_token.span.close(),
            Expr::Group(it) => it.expr.last(),
            Expr::If(it) => {
                let then = it.then_branch.brace_token.span.close();
                it.else_branch.as_ref().map_or(then, |(_, otherwise)| otherwise.last())
            }
            Expr::Index(it) => it.bracket_token.span.close(),
            Expr::Infer(it) => it.underscore_token.span,
            Expr::Let(it) => it.expr.last(),
            Expr::Lit(it) => it.lit.span(),
            Expr::Loop(it) => it.body.brace_token.span.close(),
            Expr::Macro(it) => it.mac.delimiter.span().close(),
            Expr::Match(it) => it.brace_token.span.close(),
            Expr::MethodCall(it) => it.paren_token.span.close(),
            Expr::Paren(it) => it.paren_token.span.close(),
            Expr::Path(it) => it.path.last(),
            Expr::Range(it) => it.end.as_ref().map_or_else(|| limits(&it.limits).1, |end| end.last()),
            Expr::RawAddr(it) => it.expr.last(),
            Expr::Reference(it) => it.expr.last(),
            Expr::Repeat(it) => it.bracket_token.span.close(),
            Expr::Return(it) => it.expr.as_ref().map_or(it.return_token.span, |value| value.last()),
            Expr::Struct(it) => it.brace_token.span.close(),
            Expr::Try(it) => it.question_token.span,
            Expr::TryBlock(it) => it.block.brace_token.span.close(),
            Expr::Tuple(it) => it.paren_token.span.close(),
            Expr::Unary(it) => it.expr.last(),
            Expr::Unsafe(it) => it.block.brace_token.span.close(),
            Expr::Verbatim(tokens) => last_token(tokens),
            Expr::While(it) => it.body.brace_token.span.close(),
            Expr::Yield(it) => it.expr.as_ref().map_or(it.yield_token.span, |value| value.last()),
            _ => Span::call_site(),
        }
    }
}

impl Extent for Path {
    fn first(&self) -> Span {
        match (&self.leading_colon, self.segments.first()) {
            (Some(colon), _) => colon.spans[0],
            (None, Some(segment)) => segment.ident.span(),
            (None, None) => Span::call_site(),
        }
    }

    fn last(&self) -> Span {
        let Some(segment) = self.segments.last() else { return Span::call_site() };
        match &segment.arguments {
            PathArguments::None => segment.ident.span(),
            PathArguments::AngleBracketed(arguments) => arguments.gt_token.span,
            PathArguments::Parenthesized(arguments) => match &arguments.output {
                ReturnType::Default => arguments.paren_token.span.close(),
                ReturnType::Type(_, ty) => ty.last(),
            },
        }
    }
}

impl Extent for Type {
    fn first(&self) -> Span {
        match self {
            Type::Array(it) => it.bracket_token.span.open(),
            Type::Group(it) => it.elem.first(),
            Type::ImplTrait(it) => it.impl_token.span,
            Type::Infer(it) => it.underscore_token.span,
            Type::Macro(it) => it.mac.path.first(),
            Type::Never(it) => it.bang_token.span,
            Type::Paren(it) => it.paren_token.span.open(),
            Type::Path(it) => qualified_first(it.qself.as_ref(), &it.path),
            Type::Ptr(it) => it.star_token.span,
            Type::Reference(it) => it.and_token.span,
            Type::Slice(it) => it.bracket_token.span.open(),
            Type::TraitObject(it) => it.dyn_token.as_ref().map_or_else(Span::call_site, |token| token.span),
            Type::Tuple(it) => it.paren_token.span.open(),
            Type::FnPtr(it) => it.fn_token.span,
            Type::Verbatim(tokens) => first_token(tokens),
            _ => Span::call_site(),
        }
    }

    fn last(&self) -> Span {
        match self {
            Type::Array(it) => it.bracket_token.span.close(),
            Type::Group(it) => it.elem.last(),
            Type::ImplTrait(it) => it.bounds.last().map_or(it.impl_token.span, bound_last),
            Type::Infer(it) => it.underscore_token.span,
            Type::Macro(it) => it.mac.delimiter.span().close(),
            Type::Never(it) => it.bang_token.span,
            Type::Paren(it) => it.paren_token.span.close(),
            Type::Path(it) => it.path.last(),
            Type::Ptr(it) => it.elem.last(),
            Type::Reference(it) => it.elem.last(),
            Type::Slice(it) => it.bracket_token.span.close(),
            Type::TraitObject(it) => it.bounds.last().map_or_else(Span::call_site, bound_last),
            Type::Tuple(it) => it.paren_token.span.close(),
            Type::FnPtr(it) => match &it.output {
                ReturnType::Default => it.paren_token.span.close(),
                ReturnType::Type(_, ty) => ty.last(),
            },
            Type::Verbatim(tokens) => last_token(tokens),
            _ => Span::call_site(),
        }
    }
}

impl Extent for Pat {
    fn first(&self) -> Span {
        match self {
            Pat::Const(it) => it.const_token.span,
            Pat::Guard(it) => it.pat.first(),
            Pat::Ident(it) => match (&it.by_ref, &it.mutability) {
                (Some(first), _) => first.span,
                (None, Some(first)) => first.span,
                (None, None) => it.ident.span(),
            },
            Pat::Lit(it) => it.lit.span(),
            Pat::Macro(it) => it.mac.path.first(),
            Pat::Or(it) => it.cases.first().map_or_else(Span::call_site, Extent::first),
            Pat::Paren(it) => it.paren_token.span.open(),
            Pat::Path(it) => qualified_first(it.qself.as_ref(), &it.path),
            Pat::Range(it) => it.start.as_ref().map_or_else(|| limits(&it.limits).0, |start| start.first()),
            Pat::Reference(it) => it.and_token.span,
            Pat::Rest(it) => it.dot2_token.spans[0],
            Pat::Slice(it) => it.bracket_token.span.open(),
            Pat::Struct(it) => qualified_first(it.qself.as_ref(), &it.path),
            Pat::Tuple(it) => it.paren_token.span.open(),
            Pat::TupleStruct(it) => qualified_first(it.qself.as_ref(), &it.path),
            Pat::Type(it) => it.pat.first(),
            Pat::Verbatim(tokens) => first_token(tokens),
            Pat::Wild(it) => it.underscore_token.span,
            _ => Span::call_site(),
        }
    }

    fn last(&self) -> Span {
        match self {
            Pat::Const(it) => it.block.brace_token.span.close(),
            Pat::Guard(it) => it.guard.last(),
            Pat::Ident(it) => it.subpat.as_ref().map_or_else(|| it.ident.span(), |(_, inner)| inner.last()),
            Pat::Lit(it) => it.lit.span(),
            Pat::Macro(it) => it.mac.delimiter.span().close(),
            Pat::Or(it) => it.cases.last().map_or_else(Span::call_site, Extent::last),
            Pat::Paren(it) => it.paren_token.span.close(),
            Pat::Path(it) => it.path.last(),
            Pat::Range(it) => it.end.as_ref().map_or_else(|| limits(&it.limits).1, |end| end.last()),
            Pat::Reference(it) => it.pat.last(),
            Pat::Rest(it) => it.dot2_token.spans[1],
            Pat::Slice(it) => it.bracket_token.span.close(),
            Pat::Struct(it) => it.brace_token.span.close(),
            Pat::Tuple(it) => it.paren_token.span.close(),
            Pat::TupleStruct(it) => it.paren_token.span.close(),
            Pat::Type(it) => it.ty.last(),
            Pat::Verbatim(tokens) => last_token(tokens),
            Pat::Wild(it) => it.underscore_token.span,
            _ => Span::call_site(),
        }
    }
}

impl Extent for Stmt {
    fn first(&self) -> Span {
        match self {
            Stmt::Local(local) => local.let_token.span,
            Stmt::Expr(expression, semicolon) => match (expression, semicolon) {
                (Expr::Verbatim(tokens), Some(semicolon)) if tokens.is_empty() => semicolon.span,
                _ => expression.first(),
            },
            Stmt::Macro(it) => it.mac.path.first(),
            Stmt::Item(Item::Macro(it)) => it.mac.path.first(),
            Stmt::Item(_) => Span::call_site(),
        }
    }

    fn last(&self) -> Span {
        match self {
            Stmt::Local(local) => local.semi_token.span,
            Stmt::Expr(expression, semicolon) => {
                semicolon.as_ref().map_or_else(|| expression.last(), |token| token.span)
            }
            Stmt::Macro(it) => {
                it.semi_token.as_ref().map_or_else(|| it.mac.delimiter.span().close(), |token| token.span)
            }
            Stmt::Item(Item::Macro(it)) => it.mac.delimiter.span().close(),
            Stmt::Item(_) => Span::call_site(),
        }
    }
}

/// The expression that another one starts with, if that is one itself.
fn leftmost(expression: &Expr) -> &Expr {
    let mut start = expression;
    loop {
        start = match start {
            Expr::Assign(it) => &it.left,
            Expr::Await(it) => &it.base,
            Expr::Binary(it) => &it.left,
            Expr::Call(it) => &it.func,
            Expr::Cast(it) => &it.expr,
            Expr::Field(it) => &it.base,
            Expr::Group(it) => &it.expr,
            Expr::Index(it) => &it.expr,
            Expr::MethodCall(it) => &it.receiver,
            Expr::Try(it) => &it.expr,
            other => return other,
        };
    }
}

/// The first token of a closure.
pub(super) fn closure_first(closure: &ExprClosure) -> Span {
    match (&closure.asyncness, &closure.capture) {
        (Some(first), _) => first.span,
        (None, Some(first)) => first.span,
        (None, None) => closure.inputs_begin.span,
    }
}

/// The operator of an operation joins texts if it is this.
pub(super) fn is_plus(operator: &BinOp) -> bool {
    matches!(operator, BinOp::Add(_) | BinOp::AddAssign(_))
}

fn qualified_first(qualifier: Option<&QSelf>, path: &Path) -> Span {
    qualifier.map_or_else(|| path.first(), |qualifier| qualifier.lt_token.span)
}

fn bound_last(bound: &syn::TypeParamBound) -> Span {
    match bound {
        syn::TypeParamBound::Trait(bound) => bound.path.last(),
        syn::TypeParamBound::Lifetime(lifetime) => lifetime.ident.span(),
        syn::TypeParamBound::PreciseCapture(capture) => capture.gt_token.span,
        syn::TypeParamBound::Verbatim(tokens) => last_token(tokens),
        _ => Span::call_site(),
    }
}

fn limits(limits: &RangeLimits) -> (Span, Span) {
    match limits {
        RangeLimits::HalfOpen(token) => (token.spans[0], token.spans[1]),
        RangeLimits::Closed(token) => (token.spans[0], token.spans[2]),
    }
}

fn member(member: &Member) -> Span {
    match member {
        Member::Named(name) => name.span(),
        Member::Unnamed(index) => index.span,
    }
}

fn first_token(tokens: &TokenStream) -> Span {
    tokens.clone().into_iter().next().map_or_else(Span::call_site, |token| token.span())
}

fn last_token(tokens: &TokenStream) -> Span {
    tokens.clone().into_iter().last().map_or_else(Span::call_site, |token| token.span())
}
