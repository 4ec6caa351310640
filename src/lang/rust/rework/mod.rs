//! Changing a call, or what it is given, so that rustfmt has nothing left to do.
//!
//! A call and its arguments decide how the statement around it is laid out: a chain of calls stays on one line while it is
//! short, and what a chain starts with sends the rest to lines of their own if it has several. Where the layout can't be
//! told for rustfmt's own settings and for wider ones alike, there is no change.

mod chain;
mod enclose;
mod work;

use super::extent::Extent as _;
use super::positions::Positions;
use super::{parse, scan, skim};
use crate::lang::{Change, Replacement, Rework};
use crate::text::TextRange;
use proc_macro2::{TokenStream, TokenTree};
use std::str::FromStr as _;
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Arm, BinOp, Block, Expr, ImplItemFn, ItemFn, Stmt, Token};

/// How long a line may be.
const WIDTH: usize = 100;

/// How long a chain of several calls may be to stay on one line.
const CHAIN: usize = 60;

/// One level of indentation.
const INDENT: &str = "    ";

/// The edits that change what a call is given.
pub(super) fn rework(text: &str, wanted: &Rework<'_>) -> Option<Vec<Replacement>> {
    // What other functions do makes no difference.
    let mut gaps = skim::bodies(text);
    gaps.retain(|body| !body.contains(&(wanted.arguments.start as usize)));
    let scanned = scan::scan(text, &gaps);
    let edits = parse::with_enough_stack(scanned.deepest, || {
        let positions = Positions::new(text, &scanned);
        let parsed = parse::parse(text, &scanned, &positions);
        let mut finder = Finder {
            positions: &positions,
            open: wanted.arguments.start,
            statements: Vec::new(),
            blocks: Vec::new(),
            body: None,
            found: None,
        };
        parsed.items.iter().for_each(|item| finder.visit_item(item));
        let edits = finder.found.and_then(|found| Site::new(text, &positions, &found, wanted)?.edits(wanted));
        drop(parsed);
        proc_macro2::extra::invalidate_current_thread_spans();
        edits
    });
    edits.flatten()
}

/// The insertion that adds an item to a file: at its end, but not behind its tests.
pub(super) fn add_item(text: &str, item: &str) -> Replacement {
    const TESTS: &str = "\n#[cfg(test)]\nmod ";
    let end = text.trim_end().len();
    let Some(tests) = text.find(TESTS).filter(|at| text[*at..].trim_end().ends_with("\n}")) else {
        return (TextRange::new(end as u32, text.len() as u32), format!("\n\n{item}\n"));
    };
    (TextRange::empty(tests as u32), format!("\n{item}\n"))
}

/// A call, and the statement that it belongs to unless something between them may keep it from running, or repeats it.
struct Found<'a> {
    call: &'a Expr,
    arguments: &'a Punctuated<Expr, Token![,]>,
    statement: Option<&'a Stmt>,
    /// The block of the statement.
    block: Option<Around<'a>>,
}

/// A block, and whether what it gives is what a function or an async block gives.
#[derive(Clone, Copy)]
struct Around<'a> {
    block: &'a Block,
    is_body: bool,
}

/// Looks for the call whose arguments start at an offset. The bodies of macros are not looked into.
struct Finder<'p, 'a> {
    positions: &'p Positions<'p>,
    open: u32,
    /// What is open around; none for what comes between a statement and what may run later, never or often.
    statements: Vec<Option<&'a Stmt>>,
    blocks: Vec<Around<'a>>,
    /// The block that comes next is a body.
    body: Option<&'a Block>,
    found: Option<Found<'a>>,
}

impl<'a> Visit<'a> for Finder<'_, 'a> {
    fn visit_item_fn(&mut self, function: &'a ItemFn) {
        self.body = Some(&function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'a ImplItemFn) {
        self.body = Some(&function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_block(&mut self, block: &'a Block) {
        let is_body = self.body.is_some_and(|body| std::ptr::eq(body, block));
        self.blocks.push(Around { block, is_body });
        visit::visit_block(self, block);
        self.blocks.pop();
    }

    fn visit_stmt(&mut self, statement: &'a Stmt) {
        self.statements.push(Some(statement));
        visit::visit_stmt(self, statement);
        self.statements.pop();
    }

    fn visit_arm(&mut self, arm: &'a Arm) {
        self.statements.push(None);
        visit::visit_arm(self, arm);
        self.statements.pop();
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        let called = match expression {
            Expr::Call(it) => Some((&it.paren_token, &it.args)),
            Expr::MethodCall(it) => Some((&it.paren_token, &it.args)),
            _ => None,
        };
        if let Some((bracket, arguments)) = called
            && self.positions.start(bracket.span.open()) == self.open
        {
            let statement = self.statements.last().copied().flatten();
            self.found = Some(Found { call: expression, arguments, statement, block: self.blocks.last().copied() });
            return;
        }
        if let Expr::Async(it) = expression {
            self.body = Some(&it.block);
        }
        let keeps = match expression {
            Expr::Binary(it) => matches!(it.op, BinOp::And(_) | BinOp::Or(_)),
            Expr::Closure(_) | Expr::If(_) | Expr::While(_) => true,
            _ => false,
        };
        if keeps {
            self.statements.push(None);
        }
        visit::visit_expr(self, expression);
        if keeps {
            self.statements.pop();
        }
    }
}

/// A call to change, and what stands around it.
struct Site<'s> {
    text: &'s str,
    positions: &'s Positions<'s>,
    call: &'s Expr,
    arguments: &'s Punctuated<Expr, Token![,]>,
    of: &'s Stmt,
    statement: TextRange,
    block: Around<'s>,
    chain: Option<Chain<'s>>,
}

/// The expression of a statement that starts with the call, `call(..).await?`, or with what its method is called on.
struct Chain<'s> {
    whole: &'s Expr,
    /// What follows the call, each with its dot and its question mark.
    links: Vec<TextRange>,
    /// Whether nothing stands around it but the statement.
    is_whole: bool,
}

impl<'s> Site<'s> {
    fn new(text: &'s str, positions: &'s Positions<'s>, found: &Found<'s>, wanted: &Rework<'_>) -> Option<Site<'s>> {
        let of = found.statement?;
        let mut site = Site {
            text,
            positions,
            call: found.call,
            arguments: found.arguments,
            of,
            statement: positions.range(of.first(), of.last()),
            block: found.block?,
            chain: None,
        };
        site.chain = site.chain_in(of);
        if let Some(without) = wanted.without {
            site.chain.as_ref()?.links.iter().find(|link| link.contains(without))?;
        }
        site.starts_line(site.statement.start).then_some(site)
    }

    fn edits(&self, wanted: &Rework<'_>) -> Option<Vec<Replacement>> {
        let without = wanted
            .without
            .and_then(|range| self.chain.as_ref()?.links.iter().find(|link| link.contains(range)).copied());
        match wanted.change {
            Change::Append(suffix) => self.append(suffix, without, wanted.free_name),
            Change::Enter(line) => self.enter(line, without),
            Change::Link(link) => self.link(link, wanted.free_name),
            Change::Follow(link) => self.follow(link, wanted.free_name),
            Change::Wrap(function) => self.wrap(function, wanted.free_name),
            Change::Enclose(suffix) => self.enclose(suffix),
        }
    }

    /// The argument, if there is one alone.
    fn argument(&self) -> Option<&'s Expr> {
        self.arguments.first().filter(|_| self.arguments.len() == 1)
    }

    fn chain_in(&self, statement: &'s Stmt) -> Option<Chain<'s>> {
        let mut whole = match statement {
            Stmt::Local(local) => local.init.as_ref().filter(|init| init.diverge.is_none()).map(|init| &*init.expr)?,
            Stmt::Expr(Expr::Assign(assign), _) => &*assign.right,
            Stmt::Expr(Expr::Return(given), _) => given.expr.as_deref()?,
            Stmt::Expr(expression, _) => expression,
            Stmt::Macro(_) | Stmt::Item(_) => return None,
        };
        let mut is_whole = true;
        loop {
            if let Some(links) = self.links_after_call(whole) {
                return Some(Chain { whole, links, is_whole });
            }
            whole = inside(whole)?;
            is_whole = false;
        }
    }

    /// What follows the call in a chain that it is part of.
    fn links_after_call(&self, whole: &'s Expr) -> Option<Vec<TextRange>> {
        let mut links = Vec::new();
        let (mut at, mut end) = (whole, None);
        while !std::ptr::eq(at, self.call) {
            let below = below(at)?;
            let stop = end.unwrap_or(self.range(at).end);
            // A question mark belongs to what stands before it.
            if matches!(at, Expr::Try(_)) && !std::ptr::eq(below, self.call) {
                end = Some(stop);
            } else {
                links.push(TextRange::new(self.range(below).end, stop));
                end = None;
            }
            at = below;
        }
        links.reverse();
        Some(links)
    }

    /// A block one level deeper; none if a line would get too long, or is part of a text.
    fn deeper(&self, block: TextRange) -> Option<String> {
        let written = self.slice(block);
        let too_long = |line: &str| line.chars().count() + INDENT.len() > WIDTH;
        if written.contains("/*") || written.lines().skip(1).any(too_long) || has_long_text(written) {
            return None;
        }
        let deeper = written.lines().enumerate().map(|(index, line)| match line.trim().is_empty() || index == 0 {
            true => line.to_owned(),
            false => format!("{INDENT}{line}"),
        });
        Some(deeper.collect::<Vec<_>>().join("\n"))
    }

    fn range(&self, expression: &Expr) -> TextRange {
        self.positions.range(expression.first(), expression.last())
    }

    fn slice(&self, range: TextRange) -> &'s str {
        &self.text[range.start as usize..range.end as usize]
    }

    fn lines(&self, range: TextRange) -> usize {
        self.slice(range).lines().count()
    }

    fn line_start(&self, at: u32) -> u32 {
        self.text[..at as usize].rfind('\n').map_or(0, |line| line as u32 + 1)
    }

    fn line_end(&self, at: u32) -> u32 {
        self.text[at as usize..].find('\n').map_or(self.text.len() as u32, |line| at + line as u32)
    }

    fn width_to(&self, at: u32) -> usize {
        self.slice(TextRange::new(self.line_start(at), at)).chars().count()
    }

    /// The blanks that a line starts with.
    fn indentation(&self, at: u32) -> &'s str {
        let line = &self.text[self.line_start(at) as usize..];
        &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
    }

    fn starts_line(&self, at: u32) -> bool {
        self.slice(TextRange::new(self.line_start(at), at)).trim().is_empty()
    }
}

/// What an expression's last part is selected from or done to.
fn below(expression: &Expr) -> Option<&Expr> {
    match expression {
        Expr::Await(it) => Some(&it.base),
        Expr::Field(it) => Some(&it.base),
        Expr::MethodCall(it) => Some(&it.receiver),
        Expr::Try(it) => Some(&it.expr),
        _ => None,
    }
}

/// What a call that is made of nothing else is given, or what brackets hold: it is made first.
fn inside(expression: &Expr) -> Option<&Expr> {
    let is_name = |expression: &Expr| matches!(expression, Expr::Path(_));
    match expression {
        Expr::Call(it) if is_name(&it.func) && it.args.len() == 1 => it.args.first(),
        Expr::Match(it) => Some(&it.expr),
        Expr::MethodCall(it) if is_name(&it.receiver) && it.args.len() == 1 => it.args.first(),
        Expr::Paren(it) => Some(&it.expr),
        Expr::Reference(it) => Some(&it.expr),
        Expr::Try(it) => Some(&it.expr),
        _ => None,
    }
}

/// How many calls, fields and waits a chain has; question marks do not count.
fn links(expression: &Expr) -> usize {
    let mut count = 0;
    let mut at = expression;
    while let Some(below) = below(at) {
        count += usize::from(!matches!(at, Expr::Try(_)));
        at = below;
    }
    count
}

/// Whether a text in quotes goes over several lines.
fn has_long_text(code: &str) -> bool {
    fn is_long(tokens: TokenStream) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Group(group) => is_long(group.stream()),
            TokenTree::Literal(literal) => literal.to_string().contains('\n'),
            TokenTree::Ident(_) | TokenTree::Punct(_) => false,
        })
    }
    TokenStream::from_str(code).map_or(true, is_long)
}

/// The names in a text.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').filter(|word| !word.is_empty())
}
