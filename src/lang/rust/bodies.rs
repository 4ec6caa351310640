//! The bodies of macros that have a grammar of their own.

use proc_macro2::{TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::{
    Attribute, Block, Expr, ExprBlock, Ident, Item, Macro, Pat, Stmt, Token, Type, Visibility, braced, bracketed, token,
};

/// An arm of `select!`.
pub(super) struct SelectArm {
    /// None for `else`, `default` and `complete`.
    pub(super) pattern: Option<Pat>,
    pub(super) future: Option<Expr>,
    /// What must hold for the arm to take part.
    pub(super) condition: Option<Expr>,
    pub(super) body: Expr,
}

/// A static of `lazy_static!` or `thread_local!`.
pub(super) struct Static {
    pub(super) ident: Ident,
    pub(super) ty: Type,
    pub(super) value: Expr,
}

/// What `json!` makes.
pub(super) enum Json {
    Object(Vec<(Json, Json)>),
    List(Vec<Json>),
    Value(Box<Expr>),
    Null,
}

/// Expressions between commas.
pub(super) fn expressions(tokens: TokenStream) -> Option<Punctuated<Expr, Token![,]>> {
    (|input: ParseStream| {
        if input.peek(Ident::peek_any) && input.peek2(Token![;]) {
            // `join!(biased; a, b)`
            input.call(Ident::parse_any)?;
            input.parse::<Token![;]>()?;
        }
        Punctuated::parse_terminated(input)
    })
    .parse2(tokens)
    .ok()
}

/// One value, and how often: `vec![value; count]`.
pub(super) fn repeated(tokens: TokenStream) -> Option<(Expr, Expr)> {
    (|input: ParseStream| {
        let value = input.parse()?;
        input.parse::<Token![;]>()?;
        Ok((value, input.parse()?))
    })
    .parse2(tokens)
    .ok()
}

/// Statements.
pub(super) fn statements(tokens: TokenStream) -> Option<Vec<Stmt>> {
    Block::parse_within.parse2(tokens).ok()
}

/// Items; those under the conditions of `cfg_if!` too.
pub(super) fn items(tokens: TokenStream) -> Option<Vec<Item>> {
    let plain = |input: ParseStream| {
        let mut items = Vec::new();
        while !input.is_empty() {
            items.push(input.parse()?);
        }
        Ok(items)
    };
    let conditional = |input: ParseStream| {
        let mut items: Vec<Item> = Vec::new();
        while !input.is_empty() {
            if input.peek(Token![else]) {
                input.parse::<Token![else]>()?;
            }
            if input.peek(Token![if]) {
                input.parse::<Token![if]>()?;
                input.call(Attribute::parse_outer)?;
            }
            let inner;
            braced!(inner in input);
            while !inner.is_empty() {
                items.push(inner.parse()?);
            }
        }
        Ok(items)
    };
    plain.parse2(tokens.clone()).or_else(|_| conditional.parse2(tokens)).ok()
}

/// The value that `matches!` looks at.
pub(super) fn matched(tokens: TokenStream) -> Option<Expr> {
    (|input: ParseStream| {
        let value = input.parse()?;
        // The rest is a pattern, which binds nothing outside.
        input.parse::<TokenStream>()?;
        Ok(value)
    })
    .parse2(tokens)
    .ok()
}

/// The arms of `select!`.
pub(super) fn select(tokens: TokenStream) -> Option<Vec<SelectArm>> {
    (|input: ParseStream| {
        if input.peek(Ident) && input.peek2(Token![;]) {
            input.parse::<Ident>()?;
            input.parse::<Token![;]>()?;
        }
        let mut arms = Vec::new();
        while !input.is_empty() {
            arms.push(select_arm(input)?);
        }
        Ok(arms)
    })
    .parse2(tokens)
    .ok()
}

fn select_arm(input: ParseStream) -> syn::Result<SelectArm> {
    if input.peek2(Token![=>]) && !input.peek(Token![_]) {
        // `else`, `default`, `complete`
        input.call(Ident::parse_any)?;
        let body = select_body(input)?;
        return Ok(SelectArm { pattern: None, future: None, condition: None, body });
    }
    let pattern = Pat::parse_multi_with_leading_vert(input)?;
    input.parse::<Token![=]>()?;
    let future = input.parse()?;
    let condition = if input.peek(Token![,]) {
        input.parse::<Token![,]>()?;
        input.parse::<Token![if]>()?;
        Some(input.parse()?)
    } else {
        None
    };
    let body = select_body(input)?;
    Ok(SelectArm { pattern: Some(pattern), future: Some(future), condition, body })
}

fn select_body(input: ParseStream) -> syn::Result<Expr> {
    input.parse::<Token![=>]>()?;
    let body = if input.peek(token::Brace) {
        Expr::Block(ExprBlock { attrs: Vec::new(), label: None, block: input.parse()? })
    } else {
        input.parse()?
    };
    if input.peek(Token![,]) {
        input.parse::<Token![,]>()?;
    }
    Ok(body)
}

/// The body of `stream!`, where `for await` loops over another stream.
pub(super) fn stream(called: &Macro) -> Option<Block> {
    let tokens = without_await(called.tokens.clone());
    let stmts = Block::parse_within.parse2(tokens).ok()?;
    let brace_token = token::Brace { span: *called.delimiter.span() };
    Some(Block { brace_token, stmts })
}

/// Drops the `await` of `for await x in y`, at any depth.
fn without_await(tokens: TokenStream) -> TokenStream {
    let mut after_for = false;
    let mut kept = Vec::new();
    for token in tokens {
        match &token {
            TokenTree::Ident(ident) => {
                if after_for && ident == "await" {
                    continue;
                }
                after_for = ident == "for";
            }
            TokenTree::Group(group) => {
                let mut inner = proc_macro2::Group::new(group.delimiter(), without_await(group.stream()));
                inner.set_span(group.span());
                kept.push(TokenTree::Group(inner));
                continue;
            }
            _ => {}
        }
        kept.push(token);
    }
    kept.into_iter().collect()
}

/// The statics of `lazy_static!` or `thread_local!`.
pub(super) fn statics(tokens: TokenStream) -> Option<Vec<Static>> {
    (|input: ParseStream| {
        let mut statics = Vec::new();
        while !input.is_empty() {
            input.call(Attribute::parse_outer)?;
            input.parse::<Visibility>()?;
            input.parse::<Token![static]>()?;
            if input.peek(Token![ref]) {
                input.parse::<Token![ref]>()?;
            }
            let ident = input.parse()?;
            input.parse::<Token![:]>()?;
            let ty = input.parse()?;
            input.parse::<Token![=]>()?;
            let value = input.parse()?;
            statics.push(Static { ident, ty, value });
            if !input.is_empty() {
                input.parse::<Token![;]>()?;
            }
        }
        Ok(statics)
    })
    .parse2(tokens)
    .ok()
}

/// What `json!` is given.
pub(super) fn json(tokens: TokenStream) -> Option<Json> {
    json_value.parse2(tokens).ok()
}

fn json_value(input: ParseStream) -> syn::Result<Json> {
    if input.peek(token::Brace) {
        let inner;
        braced!(inner in input);
        let mut pairs = Vec::new();
        while !inner.is_empty() {
            let key = Json::Value(Box::new(inner.parse()?));
            inner.parse::<Token![:]>()?;
            pairs.push((key, json_value(&inner)?));
            if !inner.is_empty() {
                inner.parse::<Token![,]>()?;
            }
        }
        return Ok(Json::Object(pairs));
    }
    if input.peek(token::Bracket) {
        let inner;
        bracketed!(inner in input);
        let mut values = Vec::new();
        while !inner.is_empty() {
            values.push(json_value(&inner)?);
            if !inner.is_empty() {
                inner.parse::<Token![,]>()?;
            }
        }
        return Ok(Json::List(values));
    }
    if input.peek(Ident) && input.fork().parse::<Ident>().is_ok_and(|word| word == "null") {
        input.parse::<Ident>()?;
        return Ok(Json::Null);
    }
    Ok(Json::Value(Box::new(input.parse()?)))
}
