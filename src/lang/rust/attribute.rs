//! Attributes: what they are called with, and whether they say that something is for tests.

use super::arguments::{self, MacroArgument};
use super::extent::Extent;
use super::lower::Lowering;
use crate::facts::{Argument, Attribute, Operand};
use proc_macro2::{TokenStream, TokenTree};
use syn::punctuated::Punctuated;
use syn::{Meta, Token};

/// Attributes of the language and its tools, which say nothing of what a function does.
pub(super) const SILENT: &[&str] = &[
    "cfg",
    "cold",
    "deny",
    "deprecated",
    "derive",
    "doc",
    "forbid",
    "inline",
    "must_use",
    "no_mangle",
    "path",
    "serde",
    "track_caller",
    "warn",
];

impl Lowering<'_> {
    /// Lowers attributes; the steps that make their arguments are those of the function at hand.
    pub(super) fn attributes(&mut self, attributes: &[syn::Attribute]) -> Vec<Attribute> {
        let mut all = Vec::new();
        for attribute in attributes {
            self.attribute(&attribute.meta, &mut all);
        }
        all
    }

    fn attribute(&mut self, meta: &Meta, all: &mut Vec<Attribute>) {
        let path = meta.path();
        if path.is_ident("cfg_attr") {
            // What stands under a condition is taken as there.
            let Meta::List(list) = meta else { return };
            let inner = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).unwrap_or_default();
            inner.iter().skip(1).for_each(|inner| self.attribute(inner, all));
            return;
        }
        if path.get_ident().is_some_and(|name| SILENT.iter().any(|silent| name == silent)) {
            return;
        }
        let (arguments, last) = match meta {
            Meta::Path(path) => (Vec::new(), path.last()),
            Meta::List(list) => {
                let written = arguments::of_attribute(list.tokens.clone());
                let arguments = written.into_iter().map(|argument| self.attribute_argument(argument)).collect();
                (arguments, list.delimiter.span().close())
            }
            Meta::NameValue(pair) => (vec![self.macro_argument(&pair.value, None)], pair.value.last()),
        };
        let range = self.positions.range(path.first(), last);
        let path = self.qualified(None, path);
        all.push(Attribute { path, arguments, range });
    }

    fn attribute_argument(&mut self, argument: MacroArgument) -> Argument {
        match &argument.value {
            Some(value) => self.macro_argument(value, argument.name.clone()),
            None => {
                let range = self.positions.range(argument.first, argument.last);
                Argument { value: Operand::Constant, range, spread: false, name: argument.name }
            }
        }
    }
}

/// Whether attributes say that what they stand on is compiled for tests alone, or is a test.
pub(super) fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => is_test_condition(list.tokens.clone()),
        meta => meta.path().segments.last().is_some_and(|last| names_test(&last.ident.to_string())),
    })
}

/// Whether an attribute makes a test, by the last name of its path: `#[tokio::test]`, `#[rstest]`, `#[sqlx::test]`, `#[bench]`.
pub(super) fn names_test(last: &str) -> bool {
    matches!(last, "test" | "rstest" | "bench" | "test_case" | "quickcheck" | "proptest")
}

/// Whether a condition holds in tests only: `test`, `all(test, ..)`.
fn is_test_condition(condition: TokenStream) -> bool {
    let mut tokens = condition.into_iter();
    match (tokens.next(), tokens.next()) {
        (Some(TokenTree::Ident(name)), None) => name == "test",
        (Some(TokenTree::Ident(name)), Some(TokenTree::Group(inner))) if name == "all" => {
            parts(inner.stream()).into_iter().any(is_test_condition)
        }
        (Some(TokenTree::Ident(name)), Some(TokenTree::Group(inner))) if name == "any" => {
            let parts = parts(inner.stream());
            !parts.is_empty() && parts.into_iter().all(is_test_condition)
        }
        _ => false,
    }
}

/// What commas separate.
fn parts(tokens: TokenStream) -> Vec<TokenStream> {
    let mut parts = vec![TokenStream::new()];
    for token in tokens {
        match (&token, parts.last_mut()) {
            (TokenTree::Punct(punct), _) if punct.as_char() == ',' => parts.push(TokenStream::new()),
            (_, Some(part)) => part.extend([token]),
            (_, None) => {}
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}
