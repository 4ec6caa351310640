//! What stands between the brackets of a macro or attribute, read as arguments.
//!
//! One grammar for all: expressions, each with or without a name. A name is what comes before `=`, or, as tracing's macros
//! have it, before `:`. `%` and `?` before a value say how to print it. `;` and `=>` separate as `,` does.

use super::names::name;
use crate::facts::Name;
use proc_macro2::{Span, TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::parse::discouraged::Speculative as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Expr, Ident, Lit, Token, token};

/// An argument of a macro or attribute.
pub(super) struct MacroArgument {
    pub(super) name: Option<Name>,
    /// None where the language behind it is its own: `skip(self)`.
    pub(super) value: Option<Expr>,
    pub(super) first: Span,
    pub(super) last: Span,
}

/// Reads the arguments of a macro.
pub(super) fn of_macro(tokens: TokenStream) -> syn::Result<Vec<MacroArgument>> {
    (|input: ParseStream| {
        let mut arguments = Vec::new();
        while !input.is_empty() {
            arguments.push(macro_argument(input)?);
            separator(input)?;
        }
        Ok(arguments)
    })
    .parse2(tokens)
}

/// Reads the arguments of an attribute, as far as they can be read.
pub(super) fn of_attribute(tokens: TokenStream) -> Vec<MacroArgument> {
    let mut arguments = Vec::new();
    let read = |input: ParseStream| {
        while !input.is_empty() {
            arguments.push(attribute_argument(input)?);
            separator(input)?;
        }
        Ok(())
    };
    // What was read before the first thing that can't be is kept.
    let _ = read.parse2(tokens);
    arguments
}

fn separator(input: ParseStream) -> syn::Result<()> {
    if input.is_empty() {
        Ok(())
    } else if input.peek(Token![=>]) {
        input.parse::<Token![=>]>().map(drop)
    } else if input.peek(Token![;]) {
        input.parse::<Token![;]>().map(drop)
    } else {
        input.parse::<Token![,]>().map(drop)
    }
}

fn macro_argument(input: ParseStream) -> syn::Result<MacroArgument> {
    let first = input.span();
    let name = argument_name(input);
    if input.peek(Token![%]) {
        input.parse::<Token![%]>()?;
    } else if input.peek(Token![?]) {
        input.parse::<Token![?]>()?;
    }
    let value: Expr = input.parse()?;
    Ok(MacroArgument { name, value: Some(value), first, last: first })
}

/// Takes the name of an argument, if one is written.
fn argument_name(input: ParseStream) -> Option<Name> {
    let ahead = input.fork();
    let found = if ahead.peek(Lit) {
        let Ok(Lit::Str(text)) = ahead.parse::<Lit>() else { return None };
        text.value().into()
    } else if ahead.peek(token::Brace) {
        // `{ CONSTANT } = value`: its name is not written here.
        ahead.parse::<TokenTree>().ok()?;
        Name::default()
    } else {
        let mut found = name(&ahead.call(Ident::parse_any).ok()?);
        while ahead.peek(Token![.]) {
            ahead.parse::<Token![.]>().ok()?;
            let next = ahead.call(Ident::parse_any).ok()?;
            found = format!("{found}.{next}").into();
        }
        found
    };
    let equals = ahead.peek(Token![=]) && !ahead.peek(Token![==]) && !ahead.peek(Token![=>]);
    let colon = ahead.peek(Token![:]) && !ahead.peek(Token![::]);
    if equals {
        ahead.parse::<Token![=]>().ok()?;
    } else if colon {
        ahead.parse::<Token![:]>().ok()?;
    } else {
        return None;
    }
    input.advance_to(&ahead);
    Some(found)
}

fn attribute_argument(input: ParseStream) -> syn::Result<MacroArgument> {
    let first = input.span();
    // `skip(self)`, `fields(..)`: words of the attribute's own.
    let ahead = input.fork();
    if let Ok(word) = ahead.call(Ident::parse_any)
        && ahead.peek(token::Paren)
    {
        let group: TokenTree = ahead.parse()?;
        if ahead.is_empty() || ahead.peek(Token![,]) {
            input.advance_to(&ahead);
            return Ok(MacroArgument { name: Some(name(&word)), value: None, first, last: group.span() });
        }
    }
    macro_argument(input)
}
