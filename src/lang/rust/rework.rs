//! Changing the work that a call is given, so that rustfmt has nothing left to do.
//!
//! What a call is given decides how the statement around it is laid out: a chain of calls stays on one line while it is
//! short, and what a chain starts with sends the rest to lines of their own if it has several. Where the layout can't be
//! told for rustfmt's own settings and for wider ones alike, there is no change.

use super::extent::Extent as _;
use super::positions::Positions;
use super::{parse, scan};
use crate::lang::{Change, Replacement, Rework};
use crate::text::TextRange;
use proc_macro2::{TokenStream, TokenTree};
use std::str::FromStr as _;
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Arm, BinOp, Expr, ExprClosure, Stmt, Token};

/// How long a line may be.
const WIDTH: usize = 100;

/// How long a chain of several calls may be to stay on one line.
const CHAIN: usize = 60;

/// One level of indentation.
const INDENT: &str = "    ";

/// The edits that change what a call is given.
pub(super) fn rework(text: &str, wanted: &Rework<'_>) -> Option<Vec<Replacement>> {
    let scanned = scan::scan(text);
    let edits = parse::with_enough_stack(scanned.deepest, || {
        let prefix = parse::prefix(text);
        let positions = Positions::new(text, prefix);
        let parsed = parse::parse(text, &scanned, &positions, prefix);
        let mut finder =
            Finder { positions: &positions, open: wanted.arguments.start, statements: Vec::new(), found: None };
        parsed.items.iter().for_each(|item| finder.visit_item(item));
        let edits = finder.found.and_then(|found| Site::new(text, &positions, &found, wanted)?.edits(wanted));
        drop(parsed);
        proc_macro2::extra::invalidate_current_thread_spans();
        edits
    });
    edits.flatten()
}

/// A call, and the statement that it belongs to unless something between them may keep it from running, or repeats it.
struct Found<'a> {
    call: &'a Expr,
    arguments: &'a Punctuated<Expr, Token![,]>,
    statement: Option<&'a Stmt>,
}

/// Looks for the call whose arguments start at an offset. The bodies of macros are not looked into.
struct Finder<'p, 'a> {
    positions: &'p Positions<'p>,
    open: u32,
    /// What is open around; none for what comes between a statement and what may run later, never or often.
    statements: Vec<Option<&'a Stmt>>,
    found: Option<Found<'a>>,
}

impl<'a> Visit<'a> for Finder<'_, 'a> {
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
            self.found = Some(Found { call: expression, arguments, statement });
            return;
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

/// A call with one argument to change, and what stands around it.
struct Site<'s> {
    text: &'s str,
    positions: &'s Positions<'s>,
    call: &'s Expr,
    argument: &'s Expr,
    statement: TextRange,
    chain: Option<Chain<'s>>,
}

/// The expression of a statement, if it starts with the call: `call(..).await?`.
struct Chain<'s> {
    whole: &'s Expr,
    /// What follows the call, each with its dot and its question mark.
    links: Vec<TextRange>,
}

impl<'s> Site<'s> {
    fn new(text: &'s str, positions: &'s Positions<'s>, found: &Found<'s>, wanted: &Rework<'_>) -> Option<Site<'s>> {
        let argument = found.arguments.last().filter(|_| found.arguments.len() == 1)?;
        let statement = found.statement?;
        let mut site = Site {
            text,
            positions,
            call: found.call,
            argument,
            statement: positions.range(statement.first(), statement.last()),
            chain: None,
        };
        site.chain = site.chain_of(statement);
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
        }
    }

    /// Puts a call of a method behind the argument.
    fn append(&self, suffix: &str, without: Option<TextRange>, free_name: &str) -> Option<Vec<Replacement>> {
        if !takes_methods(self.argument) {
            return None;
        }
        let argument = self.range(self.argument);
        let removed = without.map(|link| (link, String::new()));
        let mut edits = if self.starts_line(argument.start) {
            vec![(TextRange::empty(argument.end), self.behind(argument, suffix)?)]
        } else if self.lines(argument) == 1 {
            self.append_on_line(argument, suffix, without, free_name)?
        } else {
            self.append_to_block(argument, suffix, without, free_name)?
        };
        edits.extend(removed);
        Some(edits)
    }

    /// What goes behind an argument that starts on a line of its own.
    fn behind(&self, argument: TextRange, suffix: &str) -> Option<String> {
        if self.lines(argument) > 1 {
            let last = self.indentation(argument.end);
            return Some(format!("\n{last}{suffix}"));
        }
        let width = self.width_to(argument.end) + suffix.len() + 1;
        (width <= WIDTH && self.may_grow(argument, suffix)).then(|| suffix.to_owned())
    }

    fn append_on_line(
        &self,
        argument: TextRange,
        suffix: &str,
        without: Option<TextRange>,
        free_name: &str,
    ) -> Option<Vec<Replacement>> {
        let gone = without.filter(|link| self.lines(*link) == 1).map_or(0, |link| link.len() as usize);
        let line = self.width_to(self.line_end(argument.end).min(self.statement.end)) + suffix.len() - gone;
        let is_one_line = self.lines(self.statement) == 1;
        let fits = match &self.chain {
            Some(chain) if is_one_line => {
                let links = links(chain.whole) - usize::from(without.is_some());
                links < 2 || self.range(chain.whole).len() as usize + suffix.len() - gone <= CHAIN
            }
            // The rest of the chain stands on other lines already, and stays there.
            Some(chain) => without.is_none() || chain.links.len() > 2,
            None => is_one_line && self.statement.len() as usize + suffix.len() <= CHAIN,
        };
        let end = TextRange::empty(argument.end);
        let may_grow = self.may_grow(argument, suffix);
        if fits && may_grow && line <= WIDTH {
            return Some(vec![(end, suffix.to_owned())]);
        }
        if !is_one_line || self.is_moved_before(argument) {
            return None;
        }
        let (start, indent) = (self.line_start(self.statement.start), self.indentation(self.statement.start));
        let written = self.slice(argument);
        let declared = |value: String| (TextRange::empty(start), format!("{indent}let {free_name} = {value};\n"));
        if may_grow && without.is_none() && written.len() >= free_name.len() {
            return Some(vec![declared(format!("{written}{suffix}")), (argument, free_name.to_owned())]);
        }
        let shorter = written.len() >= free_name.len() + suffix.len() && without.is_none();
        shorter.then(|| vec![declared(written.to_owned()), (argument, format!("{free_name}{suffix}"))])
    }

    fn append_to_block(
        &self,
        argument: TextRange,
        suffix: &str,
        without: Option<TextRange>,
        free_name: &str,
    ) -> Option<Vec<Replacement>> {
        if !matches!(self.argument, Expr::Async(_)) {
            return None;
        }
        let indent = self.indentation(argument.start);
        if let Some(block) = self.deeper(argument) {
            let text = format!("\n{indent}{INDENT}{block}\n{indent}{INDENT}{suffix},\n{indent}");
            return Some(vec![(argument, text)]);
        }
        // Lines that would get too long stay where they are, and the block gets a name.
        let alone = self.chain.as_ref().is_some_and(|chain| chain.links.is_empty()) && without.is_none();
        if !alone || self.is_moved_before(argument) || indent != self.indentation(self.statement.start) {
            return None;
        }
        let start = TextRange::empty(self.line_start(self.statement.start));
        let declared = format!("{indent}let {free_name} = {}\n{indent}{suffix};\n", self.slice(argument));
        Some(vec![(start, declared), (argument, free_name.to_owned())])
    }

    /// Puts a line to the start of the closure that is the argument.
    fn enter(&self, line: &str, without: Option<TextRange>) -> Option<Vec<Replacement>> {
        let Expr::Closure(closure) = self.argument else { return None };
        let mut edits = self.moving(closure);
        let body = self.range(&closure.body);
        if self.lines(body) > 1 {
            let Expr::Block(block) = &*closure.body else { return None };
            let brace = self.positions.end(block.block.brace_token.span.open());
            let line_end = self.line_end(brace);
            let rest = self.slice(TextRange::new(brace, line_end)).trim_start();
            if !rest.is_empty() && !rest.starts_with("//") {
                return None;
            }
            let indent = self.indentation(body.end);
            edits.push((TextRange::empty(line_end), format!("\n{indent}{INDENT}{line}")));
            edits.extend(without.map(|link| (link, String::new())));
            return Some(edits);
        }
        let chain = self.chain.as_ref()?;
        let value = only_value(&closure.body)?;
        // What a method is called on would go to a line of its own too.
        if matches!(self.call, Expr::MethodCall(_)) && !chain.links.is_empty() {
            return None;
        }
        let indent = self.indentation(body.start);
        let value = self.slice(self.range(value));
        edits.push((body, format!("{{\n{indent}{INDENT}{line}\n{indent}{INDENT}{value}\n{indent}}}")));
        for link in &chain.links {
            if Some(*link) == without {
                edits.push((*link, String::new()));
            } else if !self.slice(*link).starts_with(char::is_whitespace) {
                edits.push((TextRange::empty(link.start), format!("\n{indent}")));
            }
        }
        Some(edits)
    }

    /// What the closure uses of the function has to be its own.
    fn moving(&self, closure: &ExprClosure) -> Vec<Replacement> {
        match closure.capture {
            Some(_) => Vec::new(),
            None => vec![(TextRange::empty(self.positions.start(closure.inputs_begin.span)), "move ".to_owned())],
        }
    }

    fn chain_of(&self, statement: &'s Stmt) -> Option<Chain<'s>> {
        let whole = match statement {
            Stmt::Local(local) => local.init.as_ref().filter(|init| init.diverge.is_none()).map(|init| &*init.expr)?,
            Stmt::Expr(Expr::Assign(assign), _) => &*assign.right,
            Stmt::Expr(Expr::Return(given), _) => given.expr.as_deref()?,
            Stmt::Expr(expression, _) => expression,
            Stmt::Macro(_) | Stmt::Item(_) => return None,
        };
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
        Some(Chain { whole, links })
    }

    /// Whether a chain may get longer by a call and stay on its line.
    fn may_grow(&self, chain: TextRange, suffix: &str) -> bool {
        links(self.argument) == 0 || chain.len() as usize + suffix.len() <= CHAIN
    }

    /// Whether what stands before the argument, and would be made after it then, shares a name with it.
    fn is_moved_before(&self, argument: TextRange) -> bool {
        let before = match (&self.chain, self.call) {
            (Some(_), Expr::Call(_)) => return false,
            (Some(_), Expr::MethodCall(it)) => self.range(&it.receiver),
            _ => TextRange::new(self.statement.start, argument.start),
        };
        words(self.slice(before)).any(|word| words(self.slice(argument)).any(|other| other == word))
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

/// Whether a method can be called on an expression as it is written.
fn takes_methods(expression: &Expr) -> bool {
    matches!(
        expression,
        Expr::Async(_)
            | Expr::Await(_)
            | Expr::Call(_)
            | Expr::Field(_)
            | Expr::Index(_)
            | Expr::MethodCall(_)
            | Expr::Paren(_)
            | Expr::Path(_)
            | Expr::Try(_)
    )
}

/// The value of a closure's body, if it does nothing else.
fn only_value(body: &Expr) -> Option<&Expr> {
    let Expr::Block(block) = body else { return Some(body) };
    match block.block.stmts.as_slice() {
        [Stmt::Expr(value, None)] if block.label.is_none() => Some(value),
        _ => None,
    }
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
