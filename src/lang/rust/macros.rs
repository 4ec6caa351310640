//! Macro calls: those that hide control flow, and all others as calls of a name that ends in `!`.

use super::arguments::{self, MacroArgument};
use super::bodies::{self, Json, SelectArm};
use super::call::Called;
use super::expand::{Expansion, MOST_TOKENS, Place, Rules};
use super::extent::Extent as _;
use super::lower::Lowering;
use super::names::{name, written};
use super::statement::Outlet;
use crate::facts::{Argument, Callee, Combination, Entry, EntryKey, Failure, Name, Operand, Path, StepKind, TypeRef};
use crate::text::TextRange;
use proc_macro2::{TokenStream, TokenTree};
use smol_str::SmolStr;
use std::rc::Rc;
use syn::punctuated::Punctuated;
use syn::token::Brace;
use syn::{Block, Expr, ItemMacro, Macro, MacroDelimiter, Stmt, Token};

/// Macros that call themselves stop somewhere, and few do much before that.
const MOST_EXPANSIONS: u32 = 8;

impl Lowering<'_> {
    /// A macro between items: one whose body is items itself, or that declares statics.
    pub(super) fn item_macro(&mut self, item: &ItemMacro) {
        if item.mac.path.is_ident("macro_rules") {
            if let Some(ident) = &item.ident {
                self.macros.insert(name(ident), Rc::new(Rules::read(item.mac.tokens.clone())));
            }
            return;
        }
        if let Some(expansion) = self.expansion(&item.mac)
            && let Some(items) = bodies::items(expansion.tokens)
        {
            self.expansions += 1;
            self.items(&items);
            self.expansions -= 1;
            return;
        }
        if self.statics(&item.mac) {
            return;
        }
        if let MacroDelimiter::Brace(_) = item.mac.delimiter
            && let Some(items) = bodies::items(item.mac.tokens.clone())
        {
            return self.items(&items);
        }
        self.frame.statement = self.macro_range(&item.mac);
        self.macro_value(&item.mac);
    }

    /// `lazy_static! { static ref X: T = ...; }`, `thread_local! { static X: T = ...; }`
    fn statics(&mut self, called: &Macro) -> bool {
        let is_known =
            called.path.segments.last().is_some_and(|last| last.ident == "lazy_static" || last.ident == "thread_local");
        if !is_known {
            return false;
        }
        for it in bodies::statics(called.tokens.clone()).unwrap_or_default() {
            self.global(&it.ident, &it.ty, &it.value);
        }
        true
    }

    /// Lowers a macro call and sends its value somewhere.
    pub(super) fn macro_flow(&mut self, called: &Macro, outlet: Outlet) {
        let at = self.macro_range(called);
        match last_name(called).as_str() {
            "select" | "select_biased" if self.select(called, outlet) => {}
            "pin" if self.statements_of(called) => {}
            "bail" => {
                self.macro_call(called);
                self.push(at, StepKind::Return { values: Vec::new(), failure: Failure::Yes });
            }
            _ => {
                let value = self.macro_value(called);
                self.put(value, outlet, at, self.frame.failure);
            }
        }
    }

    /// Lowers a macro call and gives its value.
    pub(super) fn macro_value(&mut self, called: &Macro) -> Operand {
        let at = self.macro_range(called);
        self.nested(|_| at, Operand::Constant, |lowering| lowering.macro_value_here(called, at))
    }

    fn macro_value_here(&mut self, called: &Macro, at: TextRange) -> Operand {
        if let Some(value) = self.expanded(called) {
            return value;
        }
        let tokens = || called.tokens.clone();
        let lowered = match last_name(called).as_str() {
            "select" | "select_biased" => {
                let value = self.unnamed_local(at, TypeRef::Unknown);
                self.select(called, Outlet::Into(value)).then_some(Operand::Local(value))
            }
            "join" | "try_join" => bodies::expressions(tokens()).map(|all| self.join(&all, at)),
            "pin" => bodies::expressions(tokens()).and_then(|all| match all.first() {
                Some(only) if all.len() == 1 => Some(self.expression(only)),
                _ => None,
            }),
            // The variable stays what it is.
            "pin_mut" => Some(Operand::Constant),
            "stream" | "try_stream" => self.stream(called),
            "vec" => match bodies::repeated(tokens()) {
                Some((value, count)) => Some(self.repeat(&value, &count, at)),
                None => bodies::expressions(tokens()).map(|all| self.list(&all, at)),
            },
            "json" => bodies::json(tokens()).map(|json| self.json(&json, at)),
            "matches" => bodies::matched(tokens()).map(|value| {
                self.expression(&value);
                Operand::Constant
            }),
            "format" => self.format(called),
            "bail" => {
                self.macro_flow(called, Outlet::Nowhere);
                Some(Operand::Constant)
            }
            "ensure" => Some(self.ensure(called)),
            _ => None,
        };
        lowered.unwrap_or_else(|| self.macro_call(called))
    }

    /// Lowers what a call of a macro of the file stands for, in its place.
    fn expanded(&mut self, called: &Macro) -> Option<Operand> {
        let Expansion { tokens, declares, .. } = self.expansion(called)?;
        let body = bodies::expressions(tokens.clone()).filter(|all| all.len() == 1 && !all.trailing_punct());
        let statements = if body.is_none() { Some(bodies::statements(tokens)?) } else { None };
        self.expansions += 1;
        let value = match (body, statements) {
            (Some(body), _) => body.first().map_or(Operand::Constant, |only| self.expression(only)),
            // What it declares by names that are its own can't be seen outside.
            (None, Some(stmts)) if !declares => {
                let brace_token = Brace { span: *called.delimiter.span() };
                self.block_value(&Block { brace_token, stmts })
            }
            (None, statements) => {
                statements.iter().flatten().for_each(|statement| self.statement(statement));
                Operand::Constant
            }
        };
        self.expansions -= 1;
        Some(value)
    }

    /// What a call stands for, if the file says that, and not without end.
    fn expansion(&mut self, called: &Macro) -> Option<Expansion> {
        let is_here = called.path.segments.iter().rev().skip(1).all(|it| matches!(&*name(&it.ident), "crate" | "self"));
        let rules = self.macros.get(&last_name(called)).filter(|_| is_here && self.expansions < MOST_EXPANSIONS)?;
        let (first, last) = (called.path.segments.last()?.ident.span(), called.delimiter.span().close());
        let range = self.positions.range(first, last);
        let length = self.positions.text(range).chars().count();
        let place = Place { name: first, whole: first.join(last)?, length };
        // Macros that call one another more than once write more with each step.
        let most = MOST_TOKENS.max(self.positions.length() / 4).checked_sub(self.expanded)?;
        let expansion = rules.expand(called.tokens.clone(), place, most)?;
        self.expanded += expansion.written;
        Some(expansion)
    }

    /// A macro as a call. Its body is read as statements if it looks like some, else its arguments as expressions, else not:
    /// then what it may use are the variables it names.
    fn macro_call(&mut self, called: &Macro) -> Operand {
        if matches!(called.delimiter, MacroDelimiter::Brace(_)) && self.statements_of(called) {
            return self.call_of(called, Vec::new());
        }
        let arguments = match arguments::of_macro(called.tokens.clone()) {
            Ok(written) => {
                let mut arguments = Vec::with_capacity(written.len());
                for it in written {
                    if let Some(value) = &it.value {
                        arguments.push(self.macro_argument(value, it.name));
                    }
                }
                arguments
            }
            Err(_) if self.statements_of(called) => Vec::new(),
            Err(_) => self.named_variables(called.tokens.clone()),
        };
        self.call_of(called, arguments)
    }

    fn call_of(&mut self, called: &Macro, arguments: Vec<Argument>) -> Operand {
        let delimiter = called.delimiter.span();
        let last = called.path.segments.last().map_or_else(|| called.path.first(), |last| last.ident.span());
        let described = Called {
            callee: Callee::Free(self.macro_path(called)),
            name_range: self.positions.range(last, last),
            type_arguments: Vec::new(),
            arguments_range: self.positions.range(delimiter.open(), delimiter.close()),
        };
        let at = self.macro_range(called);
        self.push_call(described, arguments, at)
    }

    /// The path of a macro, which ends in `!`: macros have names of their own.
    fn macro_path(&mut self, called: &Macro) -> Path {
        let mut path = self.path_in_file(written(&called.path));
        if let Some(last) = path.0.last_mut() {
            *last = format!("{last}!").into();
        }
        path
    }

    /// From the macro's name to its last bracket.
    pub(super) fn macro_range(&self, called: &Macro) -> TextRange {
        self.positions.range(called.path.first(), called.delimiter.span().close())
    }

    /// Lowers a body that consists of statements. False if it does not.
    fn statements_of(&mut self, called: &Macro) -> bool {
        let Some(statements) = bodies::statements(called.tokens.clone()) else { return false };
        if !statements.iter().any(|statement| matches!(statement, Stmt::Local(_) | Stmt::Expr(_, Some(_)))) {
            return false;
        }
        statements.iter().for_each(|statement| self.statement(statement));
        true
    }

    fn named_variables(&mut self, tokens: TokenStream) -> Vec<Argument> {
        let mut arguments = Vec::new();
        let mut open = vec![tokens.into_iter()];
        while let Some(tokens) = open.last_mut() {
            match tokens.next() {
                None => {
                    open.pop();
                }
                Some(TokenTree::Group(group)) => open.push(group.stream().into_iter()),
                Some(TokenTree::Ident(ident)) => {
                    if let Some(local) = self.local(&name(&ident)) {
                        let range = self.positions.range(ident.span(), ident.span());
                        arguments.push(Argument { value: Operand::Local(local), range, spread: false, name: None });
                    }
                }
                Some(_) => {}
            }
        }
        arguments
    }

    /// Waits for the first of several. False if the body is none of a `select!`.
    fn select(&mut self, called: &Macro, outlet: Outlet) -> bool {
        let Some(select) = bodies::select(called.tokens.clone()) else { return false };
        let at = self.macro_range(called);
        let mut futures = Vec::new();
        for SelectArm { future, condition, .. } in &select {
            condition.iter().for_each(|condition| {
                self.expression(condition);
            });
            futures.push(future.as_ref().map(|future| (self.expression(future), self.range(future))));
        }
        let mut arms = Vec::new();
        for (arm, future) in select.iter().zip(futures) {
            arms.push(match (&arm.pattern, future) {
                (Some(pattern), Some((of, at))) => {
                    self.case(pattern, &arm.body, outlet, |lowering| lowering.awaited(of, at))
                }
                _ => self.arm(&arm.body, |lowering| lowering.body(&arm.body, outlet)),
            });
        }
        self.push(at, StepKind::Branch { arms, exhaustive: true });
        true
    }

    /// Waits for all of several.
    fn join(&mut self, futures: &Punctuated<Expr, Token![,]>, at: TextRange) -> Operand {
        let mut started = Vec::new();
        for future in futures {
            started.push((self.expression(future), future));
        }
        let mut entries = Vec::new();
        for (position, (of, future)) in started.into_iter().enumerate() {
            let value = self.awaited(of, self.range(future));
            entries.push(self.entry(position, future, value));
        }
        let types = vec![TypeRef::Unknown; entries.len()];
        self.literal(TypeRef::Tuple(types), entries, at)
    }

    /// A stream is a block that runs when it is asked for its elements.
    fn stream(&mut self, called: &Macro) -> Option<Operand> {
        let block = bodies::stream(called)?;
        let start = self.positions.range(called.path.first(), called.path.last());
        let body = self.later_block(&block, start);
        let delimiter = called.delimiter.span();
        let range = self.positions.range(delimiter.open(), delimiter.close());
        let argument = Argument { value: body, range, spread: false, name: None };
        Some(self.call_of(called, vec![argument]))
    }

    /// Joined texts.
    fn format(&mut self, called: &Macro) -> Option<Operand> {
        let written = arguments::of_macro(called.tokens.clone()).ok()?;
        let mut operands = Vec::new();
        for argument in &written {
            operands.push(self.expression(argument.value.as_ref()?));
        }
        if let Some(Operand::Text(template)) = operands.first().cloned() {
            operands[0] = self.template_start(&template, &written, &operands);
        }
        Some(self.combination(operands, Combination::Plus, self.macro_range(called)))
    }

    /// What a template starts with: the text before its first gap, or what fills that.
    fn template_start(&mut self, template: &str, written: &[MacroArgument], operands: &[Operand]) -> Operand {
        let Some(gap) = template.find('{') else { return Operand::Text(template.into()) };
        if gap > 0 || template.starts_with("{{") {
            return Operand::Text(template[..gap].into());
        }
        let name = template[1..].split(['}', ':']).next().unwrap_or_default();
        let position = match name.parse::<usize>() {
            Ok(number) => Some(number + 1),
            Err(_) if name.is_empty() => Some(1),
            Err(_) => written.iter().position(|argument| argument.name.as_deref() == Some(name)),
        };
        match position {
            Some(position) => operands.get(position).cloned().unwrap_or(Operand::Constant),
            None => self.named_value(name.into()),
        }
    }

    fn ensure(&mut self, called: &Macro) -> Operand {
        let value = self.macro_call(called);
        let range = self.macro_range(called);
        let failed = self.steps_of(called.path.first(), |lowering| {
            lowering.push(range, StepKind::Return { values: Vec::new(), failure: Failure::Yes });
        });
        let arms = vec![crate::facts::Arm { range, steps: failed }];
        self.push(range, StepKind::Branch { arms, exhaustive: false });
        value
    }

    fn json(&mut self, json: &Json, at: TextRange) -> Operand {
        let (ty, entries): (TypeRef, Vec<Entry>) = match json {
            Json::Value(value) => return self.expression(value),
            Json::Null => return Operand::Constant,
            Json::Object(pairs) => {
                let mut entries = Vec::new();
                for (key, value) in pairs {
                    let key = EntryKey::Value(self.json(key, at));
                    entries.push(Entry { key, value: self.json(value, at), range: at });
                }
                (TypeRef::Map(Box::default(), Box::default()), entries)
            }
            Json::List(values) => {
                let mut entries = Vec::new();
                for (position, value) in values.iter().enumerate() {
                    let key = EntryKey::Position(position as u32);
                    entries.push(Entry { key, value: self.json(value, at), range: at });
                }
                (TypeRef::List(Box::default()), entries)
            }
        };
        self.literal(ty, entries, at)
    }
}

fn last_name(called: &Macro) -> Name {
    called.path.segments.last().map_or_else(SmolStr::default, |last| name(&last.ident))
}
