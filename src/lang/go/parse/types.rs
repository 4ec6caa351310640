//! Types, and what functions take and give.

use super::Parser;
use super::lexer::Lexeme;
use crate::lang::go::kind::{Kind, Role};

impl Parser<'_> {
    /// A type.
    pub(super) fn ty(&mut self) -> Option<()> {
        self.deeper(Self::ty_here)
    }

    fn ty_here(&mut self) -> Option<()> {
        let (mark, start) = (self.mark(), self.start());
        match self.kind() {
            Lexeme::Name => return self.type_name(),
            Lexeme::Star => {
                self.next();
                self.ty()?;
                self.close(mark, Kind::PointerType, start);
            }
            Lexeme::OpenBracket => {
                self.next();
                let kind = if self.take(Lexeme::CloseBracket) {
                    Kind::SliceType
                } else if self.take(Lexeme::Dots) {
                    self.expect(Lexeme::CloseBracket)?;
                    Kind::ImplicitLengthArrayType
                } else {
                    self.outside_head(Self::expression)?;
                    self.expect(Lexeme::CloseBracket)?;
                    Kind::ArrayType
                };
                self.ty()?;
                self.put_in(Role::Element);
                self.close(mark, kind, start);
            }
            Lexeme::Map => {
                self.next();
                self.expect(Lexeme::OpenBracket)?;
                self.ty()?;
                self.put_in(Role::Key);
                self.expect(Lexeme::CloseBracket)?;
                self.ty()?;
                self.put_in(Role::Value);
                self.close(mark, Kind::MapType, start);
            }
            Lexeme::Chan => {
                self.next();
                self.take(Lexeme::Arrow);
                self.ty()?;
                self.put_in(Role::Value);
                self.close(mark, Kind::ChannelType, start);
            }
            Lexeme::Arrow => {
                self.next();
                self.expect(Lexeme::Chan)?;
                self.ty()?;
                self.put_in(Role::Value);
                self.close(mark, Kind::ChannelType, start);
            }
            Lexeme::Func => {
                self.next();
                self.signature()?;
                self.close(mark, Kind::FunctionType, start);
            }
            Lexeme::Struct => self.record()?,
            Lexeme::Interface => self.interface()?,
            Lexeme::Open => {
                self.next();
                self.ty()?;
                self.expect(Lexeme::Close)?;
                self.close(mark, Kind::ParenthesizedType, start);
            }
            Lexeme::Tilde => {
                self.next();
                self.ty()?;
                self.close(mark, Kind::NegatedType, start);
            }
            _ => return None,
        }
        Some(())
    }

    /// A name, with its package and its type arguments.
    pub(super) fn type_name(&mut self) -> Option<()> {
        let (mark, start) = (self.mark(), self.start());
        if self.ahead(1) == Lexeme::Dot {
            self.named(Kind::PackageIdentifier)?;
            self.put_in(Role::Package);
            self.next();
            self.named(Kind::TypeIdentifier)?;
            self.put_in(Role::Name);
            self.close(mark, Kind::QualifiedType, start);
        } else {
            self.named(Kind::TypeIdentifier)?;
        }
        if self.is(Lexeme::OpenBracket) {
            self.put_in(Role::Type);
            self.type_arguments()?;
            self.close(mark, Kind::GenericType, start);
        }
        Some(())
    }

    /// `[A, B]`, in the field for it.
    pub(super) fn type_arguments(&mut self) -> Option<()> {
        let (mark, start) = (self.mark(), self.start());
        self.next();
        while !self.is(Lexeme::CloseBracket) {
            self.type_element(Kind::TypeElem)?;
            if !self.take(Lexeme::Comma) {
                break;
            }
        }
        self.expect(Lexeme::CloseBracket)?;
        self.close(mark, Kind::TypeArguments, start);
        self.put_in(Role::TypeArguments);
        Some(())
    }

    /// Types with `|` between them.
    fn type_element(&mut self, kind: Kind) -> Option<()> {
        let (mark, start) = (self.mark(), self.start());
        loop {
            self.ty()?;
            if !self.take(Lexeme::Or) {
                break;
            }
        }
        self.close(mark, kind, start);
        Some(())
    }

    pub(super) fn type_parameters(&mut self) -> Option<()> {
        let (mark, start) = (self.mark(), self.start());
        self.next();
        while !self.is(Lexeme::CloseBracket) {
            let (each, at) = (self.mark(), self.start());
            loop {
                self.named(Kind::Identifier)?;
                self.put_in(Role::Name);
                if !self.take(Lexeme::Comma) {
                    break;
                }
            }
            self.type_element(Kind::TypeConstraint)?;
            self.put_in(Role::Type);
            self.close(each, Kind::TypeParameterDeclaration, at);
            if !self.take(Lexeme::Comma) {
                break;
            }
        }
        self.expect(Lexeme::CloseBracket)?;
        self.close(mark, Kind::TypeParameterList, start);
        Some(())
    }

    /// Parameters and results.
    pub(super) fn signature(&mut self) -> Option<()> {
        self.parameters()?;
        self.put_in(Role::Parameters);
        match self.kind() {
            Lexeme::Open => self.parameters()?,
            Lexeme::Name
            | Lexeme::Star
            | Lexeme::OpenBracket
            | Lexeme::Map
            | Lexeme::Chan
            | Lexeme::Arrow
            | Lexeme::Func
            | Lexeme::Struct
            | Lexeme::Interface => self.ty()?,
            _ => return Some(()),
        }
        self.put_in(Role::Result);
        Some(())
    }

    pub(super) fn parameters(&mut self) -> Option<()> {
        let (mark, start) = (self.mark(), self.start());
        self.expect(Lexeme::Open)?;
        let named = self.are_named();
        while !self.is(Lexeme::Close) {
            let (each, at) = (self.mark(), self.start());
            while named && self.is(Lexeme::Name) {
                self.leaf(Kind::Identifier);
                self.put_in(Role::Name);
                if !self.take(Lexeme::Comma) {
                    break;
                }
            }
            let variadic = self.take(Lexeme::Dots);
            self.ty()?;
            self.put_in(Role::Type);
            let kind = if variadic { Kind::VariadicParameterDeclaration } else { Kind::ParameterDeclaration };
            self.close(each, kind, at);
            if !self.take(Lexeme::Comma) {
                break;
            }
        }
        self.expect(Lexeme::Close)?;
        self.close(mark, Kind::ParameterList, start);
        Some(())
    }

    /// Whether parameters have names: all do, or none.
    fn are_named(&self) -> bool {
        let mut at = self.at;
        loop {
            let next = self.tokens.get(at + 1).map_or(Lexeme::End, |next| next.kind);
            match (self.tokens[at].kind, next) {
                (Lexeme::Name, Lexeme::Comma | Lexeme::Close | Lexeme::Dot) => {}
                // `name []T`, or a type with arguments: `T[A]`.
                (Lexeme::Name, Lexeme::OpenBracket) => return !self.is_instance(at + 1),
                (Lexeme::Name, _) => return true,
                _ => {}
            }
            // To what follows the next comma.
            loop {
                match self.tokens[at].kind {
                    Lexeme::Close | Lexeme::End => return false,
                    Lexeme::Comma => break,
                    Lexeme::Open | Lexeme::OpenBracket | Lexeme::OpenBrace => match self.after_brackets(at) {
                        Some(after) => at = after,
                        None => return false,
                    },
                    _ => at += 1,
                }
            }
            at += 1;
        }
    }

    /// Whether brackets hold type arguments: something stands in them, and no type follows.
    fn is_instance(&self, open: usize) -> bool {
        let next = self.after_brackets(open).and_then(|after| self.tokens.get(after));
        let ends = next.is_some_and(|next| matches!(next.kind, Lexeme::Comma | Lexeme::Close));
        ends && self.tokens[open + 1].kind != Lexeme::CloseBracket
    }

    fn record(&mut self) -> Option<()> {
        let (mark, start) = (self.mark(), self.start());
        self.next();
        let (list, at) = (self.mark(), self.start());
        self.expect(Lexeme::OpenBrace)?;
        while !self.is(Lexeme::CloseBrace) {
            self.field()?;
            self.separated(Lexeme::CloseBrace)?;
        }
        self.next();
        self.close(list, Kind::FieldDeclarationList, at);
        self.close(mark, Kind::StructType, start);
        Some(())
    }

    fn field(&mut self) -> Option<()> {
        let (mark, start) = (self.mark(), self.start());
        if self.is(Lexeme::Star) {
            self.sign(Kind::Star);
            self.type_name()?;
        } else if self.is_embedded()? {
            self.type_name()?;
        } else {
            loop {
                self.named(Kind::FieldIdentifier)?;
                self.put_in(Role::Name);
                if !self.take(Lexeme::Comma) {
                    break;
                }
            }
            self.ty()?;
        }
        self.put_in(Role::Type);
        if matches!(self.kind(), Lexeme::Text | Lexeme::RawText) {
            self.text()?;
        }
        self.close(mark, Kind::FieldDeclaration, start);
        Some(())
    }

    /// Whether a field is written by its type alone. None if that is not plain.
    fn is_embedded(&self) -> Option<bool> {
        match self.ahead(1) {
            Lexeme::Dot | Lexeme::LineEnd | Lexeme::Semicolon | Lexeme::CloseBrace | Lexeme::Text | Lexeme::RawText => {
                Some(true)
            }
            Lexeme::OpenBracket if self.ahead(2) == Lexeme::CloseBracket => Some(false),
            Lexeme::OpenBracket => {
                let next = self.tokens.get(self.after_brackets(self.at + 1)?)?.kind;
                let ends = [Lexeme::LineEnd, Lexeme::Semicolon, Lexeme::CloseBrace, Lexeme::Text, Lexeme::RawText];
                Some(ends.contains(&next))
            }
            _ => Some(false),
        }
    }

    fn interface(&mut self) -> Option<()> {
        let (mark, start) = (self.mark(), self.start());
        self.next();
        self.expect(Lexeme::OpenBrace)?;
        while !self.is(Lexeme::CloseBrace) {
            if self.is(Lexeme::Name) && self.ahead(1) == Lexeme::Open {
                let (each, at) = (self.mark(), self.start());
                self.leaf(Kind::FieldIdentifier);
                self.put_in(Role::Name);
                self.signature()?;
                self.close(each, Kind::MethodElem, at);
            } else {
                self.type_element(Kind::TypeElem)?;
            }
            self.separated(Lexeme::CloseBrace)?;
        }
        self.next();
        self.close(mark, Kind::InterfaceType, start);
        Some(())
    }
}
