//! Declarations, at the top of a file and in functions.

use super::Parser;
use super::lexer::Lexeme;
use crate::lang::go::kind::{Kind, Role};

impl Parser<'_> {
    pub(super) fn file(&mut self) -> Option<()> {
        let mark = self.mark();
        let start = self.start();
        while !self.is(Lexeme::End) {
            self.top()?;
            if !self.is(Lexeme::End) && !self.take(Lexeme::LineEnd) {
                self.expect(Lexeme::Semicolon)?;
            }
        }
        self.close(mark, Kind::SourceFile, start);
        Some(())
    }

    fn top(&mut self) -> Option<()> {
        match self.kind() {
            Lexeme::Package => {
                let (mark, start) = (self.mark(), self.start());
                self.next();
                self.named(Kind::PackageIdentifier)?;
                self.close(mark, Kind::PackageClause, start);
                Some(())
            }
            Lexeme::Import => self.import(),
            Lexeme::Func => self.function(),
            Lexeme::Const | Lexeme::Var | Lexeme::Type => self.declaration(),
            _ => None,
        }
    }

    fn import(&mut self) -> Option<()> {
        let (mark, start) = (self.mark(), self.start());
        self.next();
        if self.is(Lexeme::Open) {
            let (list, at) = (self.mark(), self.start());
            self.next();
            while !self.is(Lexeme::Close) {
                self.import_spec()?;
                self.separated(Lexeme::Close)?;
            }
            self.next();
            self.close(list, Kind::ImportSpecList, at);
        } else {
            self.import_spec()?;
        }
        self.close(mark, Kind::ImportDeclaration, start);
        Some(())
    }

    fn import_spec(&mut self) -> Option<()> {
        let (mark, start) = (self.mark(), self.start());
        let name = match self.kind() {
            Lexeme::Dot => Some(Kind::Dot),
            Lexeme::Name if self.slice(self.token()) == "_" => Some(Kind::BlankIdentifier),
            Lexeme::Name => Some(Kind::PackageIdentifier),
            _ => None,
        };
        if let Some(kind) = name {
            self.leaf(kind);
            self.put_in(Role::Name);
        }
        self.text()?;
        self.put_in(Role::Path);
        self.close(mark, Kind::ImportSpec, start);
        Some(())
    }

    pub(super) fn text(&mut self) -> Option<()> {
        match self.kind() {
            Lexeme::Text => self.leaf(Kind::InterpretedStringLiteral),
            Lexeme::RawText => self.leaf(Kind::RawStringLiteral),
            _ => return None,
        }
        Some(())
    }

    /// What ends an entry of a list, unless the list ends with it.
    pub(super) fn separated(&mut self, end: Lexeme) -> Option<()> {
        (self.is(end) || self.take(Lexeme::LineEnd) || self.take(Lexeme::Semicolon)).then_some(())
    }

    /// What ends an entry of a list even before the list's end.
    fn terminated(&mut self) -> Option<()> {
        (self.take(Lexeme::LineEnd) || self.take(Lexeme::Semicolon)).then_some(())
    }

    fn function(&mut self) -> Option<()> {
        let (mark, start) = (self.mark(), self.start());
        self.next();
        let method = self.is(Lexeme::Open);
        if method {
            self.parameters()?;
            self.put_in(Role::Receiver);
            self.named(Kind::FieldIdentifier)?;
        } else {
            self.named(Kind::Identifier)?;
        }
        self.put_in(Role::Name);
        if !method && self.is(Lexeme::OpenBracket) {
            self.type_parameters()?;
            self.put_in(Role::TypeParameters);
        }
        self.signature()?;
        if self.is(Lexeme::OpenBrace) {
            self.block()?;
            self.put_in(Role::Body);
        }
        self.close(mark, if method { Kind::MethodDeclaration } else { Kind::FunctionDeclaration }, start);
        Some(())
    }

    /// A `const`, `var` or `type` declaration.
    pub(super) fn declaration(&mut self) -> Option<()> {
        let (mark, start) = (self.mark(), self.start());
        let word = self.kind();
        self.next();
        let kind = match word {
            Lexeme::Const => {
                self.group(None, Self::const_spec, Self::terminated)?;
                Kind::ConstDeclaration
            }
            Lexeme::Var => {
                self.group(Some(Kind::VarSpecList), Self::var_spec, Self::terminated)?;
                Kind::VarDeclaration
            }
            _ => {
                self.group(None, Self::type_spec, |parser| parser.separated(Lexeme::Close))?;
                Kind::TypeDeclaration
            }
        };
        self.close(mark, kind, start);
        Some(())
    }

    /// One entry, or several between parentheses.
    fn group(
        &mut self,
        list: Option<Kind>,
        entry: fn(&mut Self) -> Option<()>,
        ends: fn(&mut Self) -> Option<()>,
    ) -> Option<()> {
        let (mark, start) = (self.mark(), self.start());
        if !self.take(Lexeme::Open) {
            return entry(self);
        }
        while !self.is(Lexeme::Close) {
            entry(self)?;
            ends(self)?;
        }
        self.next();
        if let Some(kind) = list {
            self.close(mark, kind, start);
        }
        Some(())
    }

    fn spec_names(&mut self) -> Option<()> {
        loop {
            self.named(Kind::Identifier)?;
            self.put_in(Role::Name);
            if !self.take(Lexeme::Comma) {
                return Some(());
            }
        }
    }

    fn const_spec(&mut self) -> Option<()> {
        let (mark, start) = (self.mark(), self.start());
        self.spec_names()?;
        if !matches!(self.kind(), Lexeme::LineEnd | Lexeme::Semicolon | Lexeme::Close) {
            if !self.is(Lexeme::Assign) {
                self.ty()?;
                self.put_in(Role::Type);
            }
            self.expect(Lexeme::Assign)?;
            self.expression_list()?;
            self.put_in(Role::Value);
        }
        self.close(mark, Kind::ConstSpec, start);
        Some(())
    }

    fn var_spec(&mut self) -> Option<()> {
        let (mark, start) = (self.mark(), self.start());
        self.spec_names()?;
        let typed = !self.is(Lexeme::Assign);
        if typed {
            self.ty()?;
            self.put_in(Role::Type);
        }
        if self.take(Lexeme::Assign) {
            self.expression_list()?;
            self.put_in(Role::Value);
        }
        self.close(mark, Kind::VarSpec, start);
        Some(())
    }

    fn type_spec(&mut self) -> Option<()> {
        let (mark, start) = (self.mark(), self.start());
        self.named(Kind::TypeIdentifier)?;
        self.put_in(Role::Name);
        if self.is(Lexeme::OpenBracket) && self.opens_type_parameters()? {
            self.type_parameters()?;
            self.put_in(Role::TypeParameters);
        }
        let alias = self.take(Lexeme::Assign);
        self.ty()?;
        self.put_in(Role::Type);
        self.close(mark, if alias { Kind::TypeAlias } else { Kind::TypeSpec }, start);
        Some(())
    }

    /// Whether a bracket after a type's name opens its parameters, and not the type of an array. None if that is not plain.
    fn opens_type_parameters(&self) -> Option<bool> {
        if self.ahead(1) != Lexeme::Name {
            return Some(false);
        }
        match self.ahead(2) {
            Lexeme::CloseBracket | Lexeme::Dot => Some(false),
            Lexeme::Name | Lexeme::Interface | Lexeme::Tilde | Lexeme::Comma => Some(true),
            _ => None,
        }
    }
}
