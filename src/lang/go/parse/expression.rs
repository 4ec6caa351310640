//! Expressions.

use super::Parser;
use super::lexer::Lexeme;
use crate::lang::go::grammar::is_value;
use crate::lang::go::kind::{Kind, Role};
use crate::lang::syntax::Mark;

/// What was read where an expression may stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Read {
    Expression,
    /// What can only be a type.
    Type,
}

impl Parser<'_> {
    /// An expression.
    pub(super) fn expression(&mut self) -> Option<()> {
        match self.deeper(|parser| parser.binary(1))? {
            Read::Expression => Some(()),
            Read::Type => None,
        }
    }

    pub(super) fn expression_list(&mut self) -> Option<()> {
        let (mark, start) = (self.mark(), self.start());
        self.expression()?;
        self.rest_of_list(mark, start)
    }

    /// The rest of a list whose first expression is there.
    pub(super) fn rest_of_list(&mut self, mark: Mark, start: u32) -> Option<()> {
        while self.take(Lexeme::Comma) {
            self.expression()?;
        }
        self.close(mark, Kind::ExpressionList, start);
        Some(())
    }

    /// Operations that bind at least as strongly as `least`.
    fn binary(&mut self, least: u32) -> Option<Read> {
        let (mark, start) = (self.mark(), self.start());
        let read = self.unary()?;
        if read == Read::Type {
            return Some(read);
        }
        while let Some(strength) = strength(self.kind()).filter(|strength| *strength >= least) {
            self.put_in(Role::Left);
            self.sign(Kind::Operator);
            self.put_in(Role::Operator);
            if self.binary(strength + 1)? == Read::Type {
                return None;
            }
            self.put_in(Role::Right);
            self.close(mark, Kind::BinaryExpression, start);
        }
        Some(Read::Expression)
    }

    fn unary(&mut self) -> Option<Read> {
        let is_operator = matches!(
            self.kind(),
            Lexeme::Plus | Lexeme::Minus | Lexeme::Not | Lexeme::Caret | Lexeme::Star | Lexeme::And | Lexeme::Arrow
        );
        if !is_operator {
            return self.primary();
        }
        let (mark, start) = (self.mark(), self.start());
        if self.is(Lexeme::Arrow) && self.ahead(1) == Lexeme::Chan {
            return None;
        }
        if self.is(Lexeme::Star) && self.is_starred_type() {
            // `(*[]T)(x)`, `*(*[]T)(x)`
            self.ty()?;
            return self.rest(mark, start, Read::Type);
        }
        self.sign(Kind::Operator);
        self.put_in(Role::Operator);
        if self.deeper(Self::unary)? == Read::Type {
            return None;
        }
        self.put_in(Role::Operand);
        self.close(mark, Kind::UnaryExpression, start);
        Some(Read::Expression)
    }

    /// Whether what the stars at hand stand before can only be a type.
    fn is_starred_type(&self) -> bool {
        let starred = self.tokens[self.at..].iter().find(|token| !matches!(token.kind, Lexeme::Star | Lexeme::Open));
        starred.is_some_and(|token| {
            matches!(
                token.kind,
                Lexeme::OpenBracket | Lexeme::Map | Lexeme::Struct | Lexeme::Interface | Lexeme::Chan | Lexeme::Func
            )
        })
    }

    fn primary(&mut self) -> Option<Read> {
        let (mark, start) = (self.mark(), self.start());
        let mut read = Read::Expression;
        match self.kind() {
            Lexeme::Name => self.name()?,
            Lexeme::Integer => self.leaf(Kind::IntLiteral),
            Lexeme::Float => self.leaf(Kind::FloatLiteral),
            Lexeme::Imaginary => self.leaf(Kind::ImaginaryLiteral),
            Lexeme::Rune => self.leaf(Kind::RuneLiteral),
            Lexeme::Text | Lexeme::RawText => self.text()?,
            // `(*T[A])(x)`
            Lexeme::Open if self.ahead(1) == Lexeme::Star && self.tried(Self::converted_pointer) => {
                self.conversion(mark, start)?;
            }
            Lexeme::Open => {
                self.next();
                read = self.outside_head(|parser| parser.deeper(|parser| parser.binary(1)))?;
                self.expect(Lexeme::Close)?;
                match read {
                    Read::Expression => self.close(mark, Kind::ParenthesizedExpression, start),
                    Read::Type => self.close(mark, Kind::ParenthesizedType, start),
                }
            }
            Lexeme::Func => {
                self.next();
                self.signature()?;
                if self.is(Lexeme::OpenBrace) {
                    self.block()?;
                    self.put_in(Role::Body);
                    self.close(mark, Kind::FuncLiteral, start);
                } else {
                    self.close(mark, Kind::FunctionType, start);
                    read = Read::Type;
                }
            }
            Lexeme::OpenBracket | Lexeme::Map | Lexeme::Chan | Lexeme::Struct | Lexeme::Interface => {
                self.ty()?;
                read = Read::Type;
            }
            _ => return None,
        }
        self.rest(mark, start, read)
    }

    /// What follows an operand: calls, selectors, indexes, the braces of a literal.
    fn rest(&mut self, mark: Mark, start: u32, read: Read) -> Option<Read> {
        let mut read = read;
        loop {
            match (self.kind(), read) {
                (Lexeme::OpenBrace, Read::Type) => {
                    self.put_in(Role::Type);
                    self.literal(mark, start)?;
                    read = Read::Expression;
                }
                (Lexeme::Open, Read::Type) => {
                    self.conversion(mark, start)?;
                    read = Read::Expression;
                }
                (_, Read::Type) => return Some(read),
                (Lexeme::Open, _) => {
                    self.arguments()?;
                    self.put_in(Role::Arguments);
                    self.close(mark, Kind::CallExpression, start);
                }
                (Lexeme::Dot, _) => match self.ahead(1) {
                    Lexeme::Name => {
                        self.put_in(Role::Operand);
                        self.next();
                        self.leaf(Kind::FieldIdentifier);
                        self.put_in(Role::Field);
                        self.close(mark, Kind::SelectorExpression, start);
                    }
                    Lexeme::Open if self.ahead(2) == Lexeme::Type => return Some(read),
                    Lexeme::Open => {
                        self.put_in(Role::Operand);
                        self.next();
                        self.next();
                        self.ty()?;
                        self.put_in(Role::Type);
                        self.expect(Lexeme::Close)?;
                        self.close(mark, Kind::TypeAssertionExpression, start);
                    }
                    _ => return None,
                },
                (Lexeme::OpenBracket, _) if self.is_followed(0, Lexeme::Open) => {
                    // Unless it can only be a value, what stands between brackets is taken for types.
                    if !self.tried(|parser| {
                        if parser.holds_name() {
                            return None;
                        }
                        parser.type_arguments()?;
                        parser.is(Lexeme::Open).then_some(())
                    }) {
                        self.index(mark, start)?;
                    }
                }
                (Lexeme::OpenBracket, _) => self.index(mark, start)?,
                _ => return Some(read),
            }
        }
    }

    /// A name, a literal of the type that a name says, or a call of `new` or `make`.
    fn name(&mut self) -> Option<()> {
        let token = self.token();
        let after = match self.ahead(1) {
            Lexeme::Dot if self.ahead(2) == Lexeme::Name => 3,
            _ => 1,
        };
        if !self.in_head {
            let is_literal = match self.ahead(after) {
                Lexeme::OpenBrace => true,
                Lexeme::OpenBracket => self.is_followed(after, Lexeme::OpenBrace),
                _ => false,
            };
            if is_literal {
                let (mark, start) = (self.mark(), self.start());
                self.type_name()?;
                self.put_in(Role::Type);
                return self.literal(mark, start);
            }
        }
        // `T[A](x)` is taken for a conversion, whatever `T` is.
        if self.ahead(after) == Lexeme::OpenBracket && self.has_one_argument(after) {
            let (mark, start) = (self.mark(), self.start());
            if self.tried(Self::type_name) {
                return self.conversion(mark, start);
            }
        }
        let kind = match self.slice(token) {
            "nil" => Kind::Nil,
            "true" => Kind::True,
            "false" => Kind::False,
            "iota" => Kind::Iota,
            "new" | "make" if self.ahead(1) == Lexeme::Open => return self.made(),
            _ => Kind::Identifier,
        };
        self.leaf(kind);
        Some(())
    }

    /// Whether the brackets so many tokens further on stand before a single argument.
    fn has_one_argument(&self, brackets: usize) -> bool {
        let Some(open) = self.after_brackets(self.at + brackets) else { return false };
        if self.tokens[open].kind != Lexeme::Open || self.tokens[open + 1].kind == Lexeme::Close {
            return false;
        }
        let mut at = open + 1;
        while let Some(token) = self.tokens.get(at) {
            match token.kind {
                Lexeme::Comma => return self.tokens.get(at + 1).is_some_and(|next| next.kind == Lexeme::Close),
                Lexeme::Close => return true,
                Lexeme::Dots => return false,
                Lexeme::Open | Lexeme::OpenBracket | Lexeme::OpenBrace => match self.after_brackets(at) {
                    Some(after) => at = after,
                    None => return false,
                },
                _ => at += 1,
            }
        }
        false
    }

    /// The type of `(*T[A])(x)`, which the grammar takes for a conversion too.
    fn converted_pointer(&mut self) -> Option<()> {
        let name = self.tokens[self.at + 1..].iter().position(|token| token.kind != Lexeme::Star)? + 1;
        let after = match (self.ahead(name), self.ahead(name + 1)) {
            (Lexeme::Name, Lexeme::Dot) => name + 3,
            (Lexeme::Name, _) => name + 1,
            _ => return None,
        };
        if self.ahead(after) != Lexeme::OpenBracket || !self.is_followed(after, Lexeme::Close) {
            return None;
        }
        self.ty()?;
        self.is(Lexeme::Open).then_some(())
    }

    /// The rest of a conversion to a type that is there.
    fn conversion(&mut self, mark: Mark, start: u32) -> Option<()> {
        if !self.is(Lexeme::Open) {
            return None;
        }
        self.put_in(Role::Type);
        self.sign(Kind::Parenthesis);
        self.outside_head(Self::expression)?;
        self.put_in(Role::Operand);
        self.take(Lexeme::Comma);
        self.expect(Lexeme::Close)?;
        self.close(mark, Kind::TypeConversionExpression, start);
        Some(())
    }

    /// Reads something, or nothing if it can't be read.
    fn tried(&mut self, read: impl FnOnce(&mut Self) -> Option<()>) -> bool {
        let (at, depth, in_head, mark) = (self.at, self.depth, self.in_head, self.mark());
        if read(self).is_some() {
            return true;
        }
        (self.at, self.depth, self.in_head) = (at, depth, in_head);
        self.builder.forget(mark);
        false
    }

    /// Whether the brackets so many tokens further on end right before such a token.
    fn is_followed(&self, by: usize, wanted: Lexeme) -> bool {
        let next = self.after_brackets(self.at + by).and_then(|after| self.tokens.get(after));
        next.is_some_and(|next| next.kind == wanted)
    }

    /// Whether the brackets at hand hold a single name, or a pointer of one: they are taken for an index.
    fn holds_name(&self) -> bool {
        let mut at = self.at + 1;
        while matches!(self.tokens[at].kind, Lexeme::Star | Lexeme::Open | Lexeme::Close) {
            at += 1;
        }
        self.tokens[at].kind == Lexeme::Name && matches!(self.tokens[at + 1].kind, Lexeme::CloseBracket | Lexeme::Close)
    }

    /// Whether `[a.b]` stands at a token.
    fn holds_qualified(&self, at: usize) -> bool {
        let kinds = [Lexeme::OpenBracket, Lexeme::Name, Lexeme::Dot, Lexeme::Name, Lexeme::CloseBracket];
        let tokens = self.tokens.get(at..at + kinds.len());
        tokens.is_some_and(|tokens| tokens.iter().zip(kinds).all(|(token, kind)| token.kind == kind))
    }

    /// `new(T)` and `make(T, n)`; of values, they are calls like others.
    fn made(&mut self) -> Option<()> {
        let (mark, start) = (self.mark(), self.start());
        self.leaf(Kind::Identifier);
        if is_value(&self.text[self.token().end as usize..]) {
            return Some(());
        }
        let (list, at) = (self.mark(), self.start());
        self.next();
        if !self.is(Lexeme::Close) {
            self.outside_head(|parser| {
                parser.ty()?;
                while parser.take(Lexeme::Comma) {
                    if parser.is(Lexeme::Close) {
                        break;
                    }
                    parser.expression()?;
                }
                Some(())
            })?;
        }
        self.expect(Lexeme::Close)?;
        self.close(list, Kind::ArgumentList, at);
        self.put_in(Role::Arguments);
        self.close(mark, Kind::CallExpression, start);
        Some(())
    }

    fn arguments(&mut self) -> Option<()> {
        let (mark, start) = (self.mark(), self.start());
        self.next();
        self.outside_head(|parser| {
            while !parser.is(Lexeme::Close) {
                let (each, at) = (parser.mark(), parser.start());
                parser.expression()?;
                if parser.take(Lexeme::Dots) {
                    parser.close(each, Kind::VariadicArgument, at);
                }
                if !parser.take(Lexeme::Comma) {
                    break;
                }
            }
            parser.expect(Lexeme::Close)
        })?;
        self.close(mark, Kind::ArgumentList, start);
        Some(())
    }

    /// `x[i]`, `x[i:j]`
    fn index(&mut self, mark: Mark, start: u32) -> Option<()> {
        // `x[a.b][c.d]` may be taken for a type with arguments.
        if self.holds_qualified(self.at) && self.holds_qualified(self.at + 5) {
            return None;
        }
        self.put_in(Role::Operand);
        self.next();
        let kind = self.outside_head(|parser| {
            if parser.take(Lexeme::Colon) {
                return parser.slice_bounds();
            }
            parser.expression()?;
            if parser.take(Lexeme::Colon) {
                return parser.slice_bounds();
            }
            parser.put_in(Role::Index);
            Some(Kind::IndexExpression)
        })?;
        self.expect(Lexeme::CloseBracket)?;
        self.close(mark, kind, start);
        Some(())
    }

    /// What follows the first colon of a slice.
    fn slice_bounds(&mut self) -> Option<Kind> {
        for _ in 0..2 {
            if !matches!(self.kind(), Lexeme::CloseBracket | Lexeme::Colon) {
                self.expression()?;
            }
            if !self.take(Lexeme::Colon) {
                break;
            }
        }
        Some(Kind::SliceExpression)
    }

    /// The braces of a literal whose type is there.
    fn literal(&mut self, mark: Mark, start: u32) -> Option<()> {
        self.literal_value()?;
        self.put_in(Role::Body);
        self.close(mark, Kind::CompositeLiteral, start);
        Some(())
    }

    fn literal_value(&mut self) -> Option<()> {
        self.deeper(|parser| {
            let (mark, start) = (parser.mark(), parser.start());
            parser.expect(Lexeme::OpenBrace)?;
            parser.outside_head(|parser| {
                while !parser.is(Lexeme::CloseBrace) {
                    let (each, at) = (parser.mark(), parser.start());
                    parser.literal_element()?;
                    if parser.is(Lexeme::Colon) {
                        parser.put_in(Role::Key);
                        parser.next();
                        parser.literal_element()?;
                        parser.put_in(Role::Value);
                        parser.close(each, Kind::KeyedElement, at);
                    }
                    if !parser.take(Lexeme::Comma) {
                        break;
                    }
                }
                parser.expect(Lexeme::CloseBrace)
            })?;
            parser.close(mark, Kind::LiteralValue, start);
            Some(())
        })
    }

    fn literal_element(&mut self) -> Option<()> {
        let (mark, start) = (self.mark(), self.start());
        if self.is(Lexeme::OpenBrace) {
            self.literal_value()?;
        } else {
            self.expression()?;
        }
        self.close(mark, Kind::LiteralElement, start);
        Some(())
    }
}

/// How strongly an operator binds; none if it joins no two values.
fn strength(kind: Lexeme) -> Option<u32> {
    match kind {
        Lexeme::OrOr => Some(1),
        Lexeme::AndAnd => Some(2),
        Lexeme::Comparison => Some(3),
        Lexeme::Plus | Lexeme::Minus | Lexeme::Or | Lexeme::Caret => Some(4),
        Lexeme::Star | Lexeme::And | Lexeme::Multiplicative => Some(5),
        _ => None,
    }
}
