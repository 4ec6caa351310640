//! Macros by example (The Rust Reference, "Macros By Example"): what a call of one stands for.
//!
//! Knows tokens alone. What does not match as simply as most do is not expanded.

use crate::facts::Name;
use proc_macro2::{Delimiter, Group, Ident, Literal, Span, TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Block, Expr, Item, Lifetime, Lit, Meta, Pat, Path, Stmt, Token, Type, Visibility};

/// What the macros of a file may write in all, in tokens, if it is short: more than anybody reads. Those that go on further are
/// meant for the compiler alone.
pub(super) const MOST_TOKENS: usize = 4000;

/// The rules of a macro.
#[derive(Debug)]
pub(super) struct Rules(Vec<Rule>);

#[derive(Debug)]
struct Rule {
    matcher: Vec<Part>,
    body: Vec<TokenTree>,
}

/// What a matcher wants next.
#[derive(Debug)]
enum Part {
    Token(TokenTree),
    /// `$name:kind`
    Fragment(Name, Name),
    Group(Delimiter, Vec<Part>),
    /// `$( .. ) separator *`
    Repeat(Vec<Part>, Repetition),
}

#[derive(Clone, Debug)]
struct Repetition {
    separator: Option<TokenTree>,
    operator: char,
}

/// What the names of a rule stand for in a call.
type Bindings = Vec<(Name, Bound)>;

#[derive(Clone, Debug)]
enum Bound {
    One(Vec<TokenTree>),
    Many(Vec<Bound>),
}

/// What a call stands for.
pub(super) struct Expansion {
    pub(super) tokens: TokenStream,
    /// Whether it declares a variable that the call names, so that code behind the call can use it.
    pub(super) declares: bool,
    /// How many tokens those are.
    pub(super) written: usize,
}

/// Where a call stands. Its arguments keep their places, and everything else gets one in the call. No two brackets end at the
/// same, as what is called is told apart by where it ends.
pub(super) struct Place {
    /// The macro's name.
    pub(super) name: Span,
    /// From there to the last bracket.
    pub(super) whole: Span,
    /// Letters of that.
    pub(super) length: usize,
}

impl Rules {
    /// Reads the body of a `macro_rules!`. Rules that can't be read, and all behind them, are left out.
    pub(super) fn read(tokens: TokenStream) -> Rules {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut rules = Vec::new();
        let mut rest = tokens.as_slice();
        while let [
            TokenTree::Group(matcher),
            TokenTree::Punct(_),
            TokenTree::Punct(_),
            TokenTree::Group(body),
            more @ ..,
        ] = rest
        {
            let Some(matcher) = parts(&trees(matcher)) else { break };
            rules.push(Rule { matcher, body: trees(body) });
            rest = match more {
                [TokenTree::Punct(semicolon), more @ ..] if semicolon.as_char() == ';' => more,
                more => more,
            };
        }
        Rules(rules)
    }

    /// What a call with these arguments stands for, by the first rule that fits; none if that is more tokens than `most`.
    pub(super) fn expand(&self, arguments: TokenStream, place: Place, most: usize) -> Option<Expansion> {
        let arguments: Vec<TokenTree> = arguments.into_iter().collect();
        let (rule, bindings) = self.0.iter().find_map(|rule| {
            let mut bindings = Bindings::new();
            let length = match_parts(&rule.matcher, &arguments, &mut bindings)?;
            (length == arguments.len()).then_some((rule, bindings))
        })?;
        let mut writer = Writer { place, most, brackets: 0, written: 0, declares: false };
        let tokens = writer.write(&rule.body, &bindings)?;
        Some(Expansion { tokens, declares: writer.declares, written: writer.written })
    }
}

fn trees(group: &Group) -> Vec<TokenTree> {
    group.stream().into_iter().collect()
}

fn is_punct(token: &TokenTree, wanted: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == wanted)
}

/// `separator *` behind a group that repeats, and how many tokens that is.
fn repetition(tokens: &[TokenTree]) -> Option<(Repetition, usize)> {
    let operator = |token: &TokenTree| match token {
        TokenTree::Punct(punct) if matches!(punct.as_char(), '*' | '+' | '?') => Some(punct.as_char()),
        _ => None,
    };
    if let Some(operator) = tokens.first().and_then(operator) {
        return Some((Repetition { separator: None, operator }, 1));
    }
    let operator = tokens.get(1).and_then(operator)?;
    Some((Repetition { separator: tokens.first().cloned(), operator }, 2))
}

/// Reads a matcher.
fn parts(tokens: &[TokenTree]) -> Option<Vec<Part>> {
    let mut parts_read = Vec::new();
    let mut rest = tokens;
    while let [first, more @ ..] = rest {
        rest = more;
        parts_read.push(match (first, more) {
            (dollar, [TokenTree::Ident(name), colon, TokenTree::Ident(kind), more @ ..])
                if is_punct(dollar, '$') && is_punct(colon, ':') =>
            {
                rest = more;
                Part::Fragment(name.to_string().into(), kind.to_string().into())
            }
            (dollar, [TokenTree::Group(group), more @ ..]) if is_punct(dollar, '$') => {
                let (repetition, length) = repetition(more)?;
                rest = &more[length..];
                Part::Repeat(parts(&trees(group))?, repetition)
            }
            (TokenTree::Group(group), _) => Part::Group(group.delimiter(), parts(&trees(group))?),
            (token, _) => Part::Token(token.clone()),
        });
    }
    Some(parts_read)
}

/// Matches the start of some tokens, and says how many that are.
fn match_parts(parts: &[Part], tokens: &[TokenTree], bindings: &mut Bindings) -> Option<usize> {
    let mut at = 0;
    for part in parts {
        let rest = tokens.get(at..)?;
        at += match part {
            Part::Token(wanted) => rest.first().filter(|token| token.to_string() == wanted.to_string()).map(|_| 1)?,
            Part::Fragment(name, kind) => {
                let length = fragment(kind, rest)?;
                let found = match &rest[..length] {
                    // What is written around an operator in the macro does not reach into it.
                    expression if kind.starts_with("expr") => vec![together(expression)],
                    tokens => tokens.to_vec(),
                };
                bindings.push((name.clone(), Bound::One(found)));
                length
            }
            Part::Group(delimiter, parts) => {
                let TokenTree::Group(group) = rest.first()? else { return None };
                let inner = trees(group);
                let length = match_parts(parts, &inner, bindings)?;
                (group.delimiter() == *delimiter && length == inner.len()).then_some(1)?
            }
            Part::Repeat(parts, repetition) => match_repeat(parts, repetition, rest, bindings)?,
        };
    }
    Some(at)
}

fn match_repeat(
    parts: &[Part],
    repetition: &Repetition,
    tokens: &[TokenTree],
    bindings: &mut Bindings,
) -> Option<usize> {
    let mut rounds: Vec<Bindings> = Vec::new();
    let mut at = 0;
    while repetition.operator != '?' || rounds.is_empty() {
        let mut start = at;
        if let Some(separator) = repetition.separator.as_ref().filter(|_| !rounds.is_empty()) {
            if tokens.get(at).is_none_or(|token| token.to_string() != separator.to_string()) {
                break;
            }
            start += 1;
        }
        let mut round = Bindings::new();
        match match_parts(parts, &tokens[start..], &mut round) {
            Some(length) if length > 0 => at = start + length,
            _ => break,
        }
        rounds.push(round);
    }
    if rounds.is_empty() && repetition.operator == '+' {
        return None;
    }
    for name in names(parts) {
        let of_round =
            |round: &Bindings| round.iter().find(|(bound, _)| *bound == name).map(|(_, bound)| bound.clone());
        bindings.push((name.clone(), Bound::Many(rounds.iter().filter_map(of_round).collect())));
    }
    Some(at)
}

/// The names that a matcher binds.
fn names(parts: &[Part]) -> Vec<Name> {
    let names_of = |part: &Part| match part {
        Part::Token(_) => Vec::new(),
        Part::Fragment(name, _) => vec![name.clone()],
        Part::Group(_, parts) | Part::Repeat(parts, _) => names(parts),
    };
    parts.iter().flat_map(names_of).collect()
}

/// How many tokens the fragment of some kind is that stands here.
fn fragment(kind: &str, tokens: &[TokenTree]) -> Option<usize> {
    let read = |input: ParseStream<'_>| -> syn::Result<usize> {
        match kind {
            "expr" | "expr_2021" => drop(input.parse::<Expr>()?),
            "ident" => drop(input.call(Ident::parse_any)?),
            "ty" => drop(input.parse::<Type>()?),
            "tt" => drop(input.parse::<TokenTree>()?),
            "path" => drop(input.parse::<Path>()?),
            "pat" => drop(Pat::parse_multi_with_leading_vert(input)?),
            "pat_param" => drop(Pat::parse_single(input)?),
            "block" => drop(input.parse::<Block>()?),
            "stmt" => drop(input.parse::<Stmt>()?),
            "item" => drop(input.parse::<Item>()?),
            "meta" => drop(input.parse::<Meta>()?),
            "vis" => drop(input.parse::<Visibility>()?),
            "lifetime" => drop(input.parse::<Lifetime>()?),
            "literal" => {
                input.parse::<Option<Token![-]>>()?;
                drop(input.parse::<Lit>()?);
            }
            _ => return Err(input.error("a kind of fragment that is not known")),
        }
        Ok(input.parse::<TokenStream>()?.into_iter().count())
    };
    let rest = read.parse2(tokens.iter().cloned().collect()).ok()?;
    tokens.len().checked_sub(rest)
}

/// Tokens as one, without brackets.
fn together(tokens: &[TokenTree]) -> TokenTree {
    let mut group = Group::new(Delimiter::None, tokens.iter().cloned().collect());
    if let [first, .., last] | [first @ last] = tokens {
        group.set_span(first.span().join(last.span()).unwrap_or(first.span()));
    }
    TokenTree::Group(group)
}

/// Writes what a rule says.
struct Writer {
    place: Place,
    most: usize,
    brackets: usize,
    written: usize,
    declares: bool,
}

impl Writer {
    /// None if a name stands for more than its place can take, or if there is too much.
    fn write(&mut self, body: &[TokenTree], bindings: &Bindings) -> Option<TokenStream> {
        let mut out: Vec<TokenTree> = Vec::new();
        let mut rest = body;
        while let [first, more @ ..] = rest {
            self.written += 1;
            if self.written > self.most {
                return None;
            }
            rest = more;
            match (first, more) {
                (dollar, [TokenTree::Ident(name), more @ ..]) if is_punct(dollar, '$') => {
                    rest = more;
                    if name == "crate" {
                        out.push(Ident::new("crate", self.place.name).into());
                        continue;
                    }
                    let (_, bound) = bindings.iter().find(|(known, _)| name == known.as_str())?;
                    let Bound::One(tokens) = bound else { return None };
                    self.declares |= is_declared(&out);
                    self.written += tokens.len();
                    out.extend(tokens.iter().cloned());
                }
                (dollar, [TokenTree::Group(group), more @ ..]) if is_punct(dollar, '$') => {
                    let (repetition, length) = repetition(more)?;
                    rest = &more[length..];
                    self.repeat(&trees(group), &repetition, bindings, &mut out)?;
                }
                (TokenTree::Group(group), _) => {
                    let span = self.next_brackets();
                    let inner = self.write(&trees(group), bindings)?;
                    let mut written = Group::new(group.delimiter(), inner);
                    written.set_span(span);
                    out.push(written.into());
                }
                (token, _) => {
                    let mut token = token.clone();
                    token.set_span(self.place.name);
                    out.push(token);
                }
            }
        }
        Some(out.into_iter().collect())
    }

    fn repeat(
        &mut self,
        body: &[TokenTree],
        repetition: &Repetition,
        bindings: &Bindings,
        out: &mut Vec<TokenTree>,
    ) -> Option<()> {
        let used = names_used(body);
        let repeated = |name: &Name, bound: &Bound| match bound {
            Bound::Many(all) if used.contains(name) => Some(all.len()),
            _ => None,
        };
        let rounds = bindings.iter().filter_map(|(name, bound)| repeated(name, bound)).max()?;
        for round in 0..rounds {
            let of_round = |(name, bound): &(Name, Bound)| match bound {
                Bound::Many(all) if used.contains(name) => Some((name.clone(), all.get(round)?.clone())),
                bound => Some((name.clone(), bound.clone())),
            };
            let bindings: Bindings = bindings.iter().filter_map(of_round).collect();
            if let Some(separator) = repetition.separator.as_ref().filter(|_| round > 0) {
                out.push(separator.clone());
            }
            out.extend(self.write(body, &bindings)?);
        }
        Some(())
    }

    /// From the start of the call to a place before its end that no other brackets have.
    fn next_brackets(&mut self) -> Span {
        let mut measure = Literal::u8_unsuffixed(0);
        measure.set_span(self.place.whole);
        let end = self.place.length.saturating_sub(self.brackets).max(1);
        self.brackets += 1;
        measure.subspan(..end).unwrap_or(self.place.whole)
    }
}

/// The names that a part of a rule uses.
fn names_used(body: &[TokenTree]) -> Vec<Name> {
    let mut names: Vec<Name> = Vec::new();
    let mut after_dollar = false;
    for token in body {
        match token {
            TokenTree::Ident(name) if after_dollar => names.push(name.to_string().into()),
            TokenTree::Group(group) => names.extend(names_used(&trees(group))),
            _ => {}
        }
        after_dollar = is_punct(token, '$');
    }
    names
}

/// Whether a variable is declared by what comes next: `let`, `let mut`.
fn is_declared(before: &[TokenTree]) -> bool {
    let is = |token: &TokenTree, wanted: &str| matches!(token, TokenTree::Ident(ident) if ident == wanted);
    match before {
        [.., last] if is(last, "let") => true,
        [.., before, last] => is(last, "mut") && is(before, "let"),
        _ => false,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::str::FromStr;

    fn expanded(rules: &str, arguments: &str) -> Option<String> {
        let tokens = |text: &str| TokenStream::from_str(text).unwrap();
        let place = Place { name: Span::call_site(), whole: Span::call_site(), length: 10 };
        let expansion = Rules::read(tokens(rules)).expand(tokens(arguments), place, MOST_TOKENS)?;
        Some(expansion.tokens.to_string().replace(' ', ""))
    }

    #[test]
    fn fragments_stand_for_what_the_call_gives() {
        let rules = "($client:expr, $to:ident) => { $client.get(stringify!($to)).send() };";
        assert_eq!(expanded(rules, "a + b, x").as_deref(), Some("a+b.get(stringify!(x)).send()"));
        assert_eq!(expanded(rules, "a"), None);
        assert_eq!(expanded("($t:ty) => { <$t>::new() }", "Vec<u8>").as_deref(), Some("<Vec<u8>>::new()"));
        assert_eq!(expanded("() => { $crate::f() }", "").as_deref(), Some("crate::f()"));
    }

    #[test]
    fn the_first_rule_that_fits_counts() {
        let rules = "(one $x:expr) => { f($x) }; ($x:expr) => { g($x) };";
        assert_eq!(expanded(rules, "one 1").as_deref(), Some("f(1)"));
        assert_eq!(expanded(rules, "2").as_deref(), Some("g(2)"));
    }

    #[test]
    fn repetitions_are_written_for_each_round() {
        let rules = "($name:expr; $($key:ident = $value:expr),* $(,)?) => { span!($name $(, $key = $value)*) };";
        assert_eq!(expanded(rules, "\"a\"; x = 1, y = 2,").as_deref(), Some("span!(\"a\",x=1,y=2)"));
        assert_eq!(expanded(rules, "\"a\";").as_deref(), Some("span!(\"a\")"));
        assert_eq!(expanded("($($x:expr),+) => { [$($x),+] }", ""), None);
        assert_eq!(expanded("($($x:expr),*) => { f($x) }", "1, 2"), None, "a name that stands for several");
    }

    #[test]
    fn a_variable_named_by_the_call_is_declared_for_it() {
        let tokens = |text: &str| TokenStream::from_str(text).unwrap();
        let place = || Place { name: Span::call_site(), whole: Span::call_site(), length: 10 };
        let named = Rules::read(tokens("($x:ident) => { let mut $x = f(); }"));
        assert!(named.expand(tokens("a"), place(), MOST_TOKENS).unwrap().declares);
        let own = Rules::read(tokens("($x:ident) => { let y = $x; }"));
        assert!(!own.expand(tokens("a"), place(), MOST_TOKENS).unwrap().declares);
    }
}
