//! Expressions: what each makes, and the steps that make it.

use super::extent::is_plus;
use super::lower::Lowering;
use super::names::path_of;
use super::pattern::member_name;
use crate::facts::{Combination, Entry, EntryKey, FALSE, LocalIndex, Name, Operand, POINTEE, Path, StepKind, TypeRef};
use crate::text::TextRange;
use syn::punctuated::Punctuated;
use syn::{BinOp, Expr, ExprAssign, ExprBinary, ExprIndex, ExprStruct, Lit, Token, UnOp};

/// What an assignment changes, with everything in it evaluated.
enum Place {
    Nothing,
    Local(LocalIndex),
    Free(Path),
    Field(Operand, Name),
    Element(Operand, Operand),
}

impl Lowering<'_> {
    /// Evaluates an expression.
    pub(super) fn expression(&mut self, expression: &Expr) -> Operand {
        match expression {
            Expr::Path(it) => self.value_path(it.qself.as_ref(), &it.path),
            Expr::Lit(it) => literal(&it.lit),
            Expr::MethodCall(it) => self.method_call(it),
            Expr::Call(it) => self.call(it),
            Expr::Macro(it) => self.macro_value(&it.mac),
            Expr::Field(it) => {
                let base = self.expression(&it.base);
                self.read_field(base, member_name(&it.member), self.range(expression))
            }
            Expr::Await(it) => {
                let of = self.expression(&it.base);
                self.awaited(of, self.range(expression))
            }
            // What is there stays what it is; a failure leaves the function.
            Expr::Try(it) => self.expression(&it.expr),
            Expr::Paren(it) => self.expression(&it.expr),
            Expr::Group(it) => self.expression(&it.expr),
            Expr::Reference(it) => self.expression(&it.expr),
            Expr::RawAddr(it) => self.expression(&it.expr),
            Expr::Cast(it) => self.expression(&it.expr),
            Expr::Unary(it) => {
                let value = self.expression(&it.expr);
                match it.op {
                    UnOp::Deref(_) => value,
                    _ => self.combine(expression, vec![value], Combination::Other),
                }
            }
            Expr::Binary(it) => match compound(&it.op) {
                true => self.assign_operator(it, expression),
                false => self.binary(it, expression),
            },
            Expr::Assign(it) => self.assign(it, expression),
            Expr::Closure(it) => self.closure(it),
            Expr::Async(it) => self.async_block(it),
            Expr::Struct(it) => self.record(it, expression),
            Expr::Tuple(it) => self.tuple(&it.elems, expression),
            Expr::Array(it) => self.list(&it.elems, self.range(expression)),
            Expr::Repeat(it) => self.repeat(&it.expr, &it.len, self.range(expression)),
            Expr::Index(it) => self.index(it, expression),
            Expr::Range(it) => {
                it.start.iter().chain(&it.end).for_each(|bound| {
                    self.expression(bound);
                });
                Operand::Constant
            }
            Expr::Let(it) => self.expression(&it.expr),
            Expr::Yield(it) => {
                it.expr.iter().for_each(|value| {
                    self.expression(value);
                });
                Operand::Constant
            }
            Expr::Block(it) if it.label.is_none() => self.block_value(&it.block),
            Expr::Unsafe(it) => self.block_value(&it.block),
            Expr::Const(it) => self.block_value(&it.block),
            Expr::TryBlock(it) => self.block_value(&it.block),
            Expr::If(_) | Expr::Match(_) | Expr::Loop(_) | Expr::Block(_) => self.flow_value(expression),
            Expr::While(_) | Expr::ForLoop(_) | Expr::Return(_) | Expr::Break(_) | Expr::Continue(_) => {
                self.flow(expression, super::statement::Outlet::Nowhere);
                Operand::Constant
            }
            _ => Operand::Constant,
        }
    }

    /// Waits for a value.
    pub(super) fn awaited(&mut self, of: Operand, at: TextRange) -> Operand {
        let result = self.temporary();
        self.push(at, StepKind::Await { result, of });
        Operand::Temporary(result)
    }

    /// A chain of operators of one sort becomes one step.
    fn binary(&mut self, it: &ExprBinary, whole: &Expr) -> Operand {
        let plus = is_plus(&it.op);
        let mut chain = vec![(&it.right, whole)];
        let mut left = &*it.left;
        while let Expr::Binary(inner) = left
            && is_plus(&inner.op) == plus
            && !compound(&inner.op)
        {
            chain.push((&inner.right, left));
            left = &inner.left;
        }
        let mut operands = vec![self.expression(left)];
        for (right, _) in chain.into_iter().rev() {
            operands.push(self.expression(right));
        }
        self.combine(whole, operands, if plus { Combination::Plus } else { Combination::Other })
    }

    fn combine(&mut self, whole: &Expr, of: Vec<Operand>, how: Combination) -> Operand {
        self.combination(of, how, self.range(whole))
    }

    /// What an operator makes of values.
    pub(super) fn combination(&mut self, of: Vec<Operand>, how: Combination, at: TextRange) -> Operand {
        if of.iter().all(|operand| *operand == Operand::Constant) {
            return Operand::Constant;
        }
        let result = self.temporary();
        self.push(at, StepKind::Combine { result, of, how });
        Operand::Temporary(result)
    }

    fn assign(&mut self, it: &ExprAssign, whole: &Expr) -> Operand {
        let value = self.expression(&it.right);
        self.assign_to(&it.left, value, self.range(whole));
        Operand::Constant
    }

    /// Assigns to a place, or to several at once: `(a, b) = (b, a)`.
    fn assign_to(&mut self, left: &Expr, value: Operand, at: TextRange) {
        if let Expr::Tuple(places) = left {
            for (position, place) in places.elems.iter().enumerate() {
                if !matches!(place, Expr::Infer(_)) {
                    let result = self.temporary();
                    self.push(at, StepKind::Slot { result, of: value.clone(), index: position as u32 });
                    self.assign_to(place, Operand::Temporary(result), at);
                }
            }
            return;
        }
        let place = self.place(left);
        self.store(place, value, at);
    }

    fn assign_operator(&mut self, it: &ExprBinary, whole: &Expr) -> Operand {
        let at = self.range(whole);
        let before = self.expression(&it.left);
        let value = self.expression(&it.right);
        let how = if is_plus(&it.op) { Combination::Plus } else { Combination::Other };
        let value = self.combination(vec![before, value], how, at);
        let place = self.place(&it.left);
        self.store(place, value, at);
        Operand::Constant
    }

    fn place(&mut self, left: &Expr) -> Place {
        match left {
            Expr::Paren(inner) => self.place(&inner.expr),
            Expr::Unary(inner) if matches!(inner.op, UnOp::Deref(_)) => {
                Place::Field(self.expression(&inner.expr), POINTEE.into())
            }
            Expr::Field(field) => Place::Field(self.expression(&field.base), member_name(&field.member)),
            Expr::Index(index) => {
                let base = self.expression(&index.expr);
                Place::Element(base, self.expression(&index.index))
            }
            Expr::Infer(_) => Place::Nothing,
            other => match self.expression(other) {
                Operand::Local(local) => Place::Local(local),
                Operand::Free(path) => Place::Free(path),
                _ => Place::Nothing,
            },
        }
    }

    fn store(&mut self, place: Place, value: Operand, at: TextRange) {
        let kind = match place {
            Place::Nothing => return,
            Place::Local(to) => StepKind::Assign { to, value: Some(value), define: false },
            Place::Free(to) => StepKind::AssignFree { to, value },
            Place::Field(base, field) => StepKind::Write { base, field, value },
            Place::Element(base, key) => StepKind::WriteElement { base, key, value },
        };
        self.push(at, kind);
    }

    /// `T { a, b: c, ..d }`
    fn record(&mut self, it: &ExprStruct, whole: &Expr) -> Operand {
        let mut entries = Vec::with_capacity(it.fields.len());
        for field in &it.fields {
            let value = self.expression(&field.expr);
            let key = EntryKey::Name(member_name(&field.member));
            entries.push(Entry { key, value, range: self.range(&field.expr) });
        }
        if let Some(rest) = &it.rest {
            let value = self.expression(rest);
            entries.push(Entry { key: EntryKey::Rest, value, range: self.range(rest) });
        }
        let mut ty = TypeRef::Named(self.qualified(it.qself.as_ref(), &it.path), self.type_arguments(&it.path));
        if it.path.is_ident("Self") && path_of(&self.around.self_type).is_some() {
            ty = self.around.self_type.clone();
        }
        self.literal(ty, entries, self.range(whole))
    }

    fn tuple(&mut self, elements: &Punctuated<Expr, Token![,]>, whole: &Expr) -> Operand {
        if elements.is_empty() {
            return Operand::Constant;
        }
        let entries = self.entries(elements);
        let types = vec![TypeRef::Unknown; entries.len()];
        self.literal(TypeRef::Tuple(types), entries, self.range(whole))
    }

    /// A list written out.
    pub(super) fn list(&mut self, elements: &Punctuated<Expr, Token![,]>, at: TextRange) -> Operand {
        let entries = self.entries(elements);
        self.literal(TypeRef::List(Box::default()), entries, at)
    }

    /// A list of one value again and again.
    pub(super) fn repeat(&mut self, value: &Expr, count: &Expr, at: TextRange) -> Operand {
        let element = self.expression(value);
        self.expression(count);
        let entries = vec![self.entry(0, value, element)];
        self.literal(TypeRef::List(Box::default()), entries, at)
    }

    fn entries(&mut self, elements: &Punctuated<Expr, Token![,]>) -> Vec<Entry> {
        let mut entries = Vec::with_capacity(elements.len());
        for (position, element) in elements.iter().enumerate() {
            let value = self.expression(element);
            entries.push(self.entry(position, element, value));
        }
        entries
    }

    /// An entry by position.
    pub(super) fn entry(&self, position: usize, written: &Expr, value: Operand) -> Entry {
        Entry { key: EntryKey::Position(position as u32), value, range: self.range(written) }
    }

    /// A record, list, map or tuple written out. Lists of constants alone are constant.
    pub(super) fn literal(&mut self, ty: TypeRef, entries: Vec<Entry>, at: TextRange) -> Operand {
        let plain = |entry: &Entry| entry.value == Operand::Constant && entry.key != EntryKey::Rest;
        if matches!(ty, TypeRef::List(_) | TypeRef::Tuple(_)) && !entries.is_empty() && entries.iter().all(plain) {
            return Operand::Constant;
        }
        let result = self.temporary();
        self.push(at, StepKind::Literal { result, ty, entries });
        Operand::Temporary(result)
    }

    /// An element; a part of a list is still the list.
    fn index(&mut self, it: &ExprIndex, whole: &Expr) -> Operand {
        let of = self.expression(&it.expr);
        let key = self.expression(&it.index);
        if matches!(&*it.index, Expr::Range(_)) {
            return of;
        }
        let result = self.temporary();
        self.push(self.range(whole), StepKind::Element { result, of, key: Some(key) });
        Operand::Temporary(result)
    }
}

fn literal(literal: &Lit) -> Operand {
    match literal {
        Lit::Str(text) => Operand::Text(text.value().into()),
        // Names of headers are written as either.
        Lit::ByteStr(bytes) => Operand::Text(String::from_utf8_lossy(&bytes.value()).into()),
        Lit::Bool(bool) if !bool.value => Operand::Text(FALSE.into()),
        _ => Operand::Constant,
    }
}

/// Whether an operator assigns what it makes: `+=`.
fn compound(operator: &BinOp) -> bool {
    matches!(
        operator,
        BinOp::AddAssign(_)
            | BinOp::SubAssign(_)
            | BinOp::MulAssign(_)
            | BinOp::DivAssign(_)
            | BinOp::RemAssign(_)
            | BinOp::BitXorAssign(_)
            | BinOp::BitAndAssign(_)
            | BinOp::BitOrAssign(_)
            | BinOp::ShlAssign(_)
            | BinOp::ShrAssign(_)
    )
}
