//! Statements.

use super::Parser;
use super::lexer::Lexeme;
use crate::lang::go::kind::{Kind, Role};
use crate::lang::syntax::Mark;

impl Parser<'_> {
    pub(super) fn block(&mut self) -> Option<()> {
        self.deeper(|parser| {
            let (mark, start) = (parser.mark(), parser.start());
            parser.expect(Lexeme::OpenBrace)?;
            parser.outside_head(|parser| parser.statement_list())?;
            parser.expect(Lexeme::CloseBrace)?;
            parser.close(mark, Kind::Block, start);
            Some(())
        })
    }

    fn statement_list(&mut self) -> Option<()> {
        let ends = |kind: Lexeme| matches!(kind, Lexeme::CloseBrace | Lexeme::Case | Lexeme::Default);
        if ends(self.kind()) {
            return Some(());
        }
        let (mark, start) = (self.mark(), self.start());
        while !ends(self.kind()) {
            self.statement()?;
            if ends(self.kind()) {
                break;
            }
            if !self.take(Lexeme::LineEnd) {
                self.expect(Lexeme::Semicolon)?;
            }
        }
        self.close(mark, Kind::StatementList, start);
        Some(())
    }

    fn statement(&mut self) -> Option<()> {
        self.deeper(Self::statement_here)
    }

    fn statement_here(&mut self) -> Option<()> {
        let (mark, start) = (self.mark(), self.start());
        let kind = match self.kind() {
            Lexeme::Const | Lexeme::Var | Lexeme::Type => return self.declaration(),
            Lexeme::OpenBrace => return self.block(),
            Lexeme::Name if self.ahead(1) == Lexeme::Colon => {
                self.leaf(Kind::LabelName);
                self.next();
                if !self.is(Lexeme::CloseBrace) {
                    self.statement()?;
                }
                Kind::LabeledStatement
            }
            Lexeme::Return => {
                self.next();
                if !matches!(self.kind(), Lexeme::LineEnd | Lexeme::Semicolon | Lexeme::CloseBrace) {
                    self.expression_list()?;
                }
                Kind::ReturnStatement
            }
            Lexeme::Go | Lexeme::Defer => {
                let kind = if self.is(Lexeme::Go) { Kind::GoStatement } else { Kind::DeferStatement };
                self.next();
                self.expression()?;
                kind
            }
            Lexeme::If => return self.if_statement(),
            Lexeme::For => return self.for_statement(),
            Lexeme::Switch => return self.switch_statement(),
            Lexeme::Select => {
                self.next();
                self.expect(Lexeme::OpenBrace)?;
                while !self.take(Lexeme::CloseBrace) {
                    self.communication()?;
                }
                Kind::SelectStatement
            }
            Lexeme::Fallthrough => {
                self.next();
                Kind::FallthroughStatement
            }
            Lexeme::Break | Lexeme::Continue | Lexeme::Goto => {
                let kind = match self.kind() {
                    Lexeme::Break => Kind::BreakStatement,
                    Lexeme::Continue => Kind::ContinueStatement,
                    _ => Kind::GotoStatement,
                };
                self.next();
                if self.is(Lexeme::Name) {
                    self.leaf(Kind::LabelName);
                }
                kind
            }
            _ => return self.simple_statement(),
        };
        self.close(mark, kind, start);
        Some(())
    }

    fn simple_statement(&mut self) -> Option<()> {
        let (mark, start) = (self.mark(), self.start());
        self.expression()?;
        self.rest_of_statement(mark, start)
    }

    /// The rest of a statement that starts with an expression, which is there.
    fn rest_of_statement(&mut self, mark: Mark, start: u32) -> Option<()> {
        let kind = match self.kind() {
            Lexeme::Comma | Lexeme::Assign | Lexeme::AssignOperation | Lexeme::Define => {
                self.rest_of_list(mark, start)?;
                return self.assignment(mark, start);
            }
            Lexeme::Increment => {
                self.next();
                Kind::IncStatement
            }
            Lexeme::Decrement => {
                self.next();
                Kind::DecStatement
            }
            Lexeme::Arrow => {
                self.put_in(Role::Channel);
                self.next();
                self.expression()?;
                self.put_in(Role::Value);
                Kind::SendStatement
            }
            _ => Kind::ExpressionStatement,
        };
        self.close(mark, kind, start);
        Some(())
    }

    /// What follows the left side, which is there.
    fn assignment(&mut self, mark: Mark, start: u32) -> Option<()> {
        self.put_in(Role::Left);
        let kind = match self.kind() {
            Lexeme::Define => {
                self.next();
                Kind::ShortVarDeclaration
            }
            Lexeme::Assign | Lexeme::AssignOperation => {
                self.sign(Kind::Operator);
                self.put_in(Role::Operator);
                Kind::AssignmentStatement
            }
            _ => return None,
        };
        self.expression_list()?;
        self.put_in(Role::Right);
        self.close(mark, kind, start);
        Some(())
    }

    fn if_statement(&mut self) -> Option<()> {
        self.deeper(|parser| {
            let (mark, start) = (parser.mark(), parser.start());
            parser.next();
            parser.in_head(|parser| {
                let (mark, start) = (parser.mark(), parser.start());
                parser.expression()?;
                if !parser.is(Lexeme::OpenBrace) {
                    parser.rest_of_statement(mark, start)?;
                    parser.put_in(Role::Initializer);
                    parser.expect(Lexeme::Semicolon)?;
                    parser.expression()?;
                }
                parser.put_in(Role::Condition);
                Some(())
            })?;
            parser.block()?;
            parser.put_in(Role::Consequence);
            if parser.take(Lexeme::Else) {
                match parser.kind() {
                    Lexeme::If => parser.if_statement()?,
                    _ => parser.block()?,
                }
                parser.put_in(Role::Alternative);
            }
            parser.close(mark, Kind::IfStatement, start);
            Some(())
        })
    }

    /// Whether a semicolon stands in the head at hand, before the block that follows it.
    fn has_semicolon(&self) -> bool {
        let mut depth = 0_u32;
        for token in &self.tokens[self.at..] {
            match token.kind {
                Lexeme::Semicolon if depth == 0 => return true,
                Lexeme::LineEnd | Lexeme::End if depth == 0 => return false,
                Lexeme::Open | Lexeme::OpenBracket | Lexeme::OpenBrace => depth += 1,
                Lexeme::Close | Lexeme::CloseBracket | Lexeme::CloseBrace => match depth.checked_sub(1) {
                    Some(less) => depth = less,
                    None => return false,
                },
                _ => {}
            }
        }
        false
    }

    fn for_statement(&mut self) -> Option<()> {
        let (mark, start) = (self.mark(), self.start());
        self.next();
        if !self.is(Lexeme::OpenBrace) {
            self.in_head(Self::for_head)?;
        }
        self.block()?;
        self.put_in(Role::Body);
        self.close(mark, Kind::ForStatement, start);
        Some(())
    }

    fn for_head(&mut self) -> Option<()> {
        let (mark, start) = (self.mark(), self.start());
        if self.is(Lexeme::Range) {
            self.next();
            self.expression()?;
            self.put_in(Role::Right);
            self.close(mark, Kind::RangeClause, start);
            return Some(());
        }
        if !self.is(Lexeme::Semicolon) {
            self.expression()?;
            match self.kind() {
                Lexeme::OpenBrace => return Some(()),
                Lexeme::Comma | Lexeme::Assign | Lexeme::AssignOperation | Lexeme::Define => {
                    self.rest_of_list(mark, start)?;
                    if self.ahead(1) == Lexeme::Range {
                        self.put_in(Role::Left);
                        self.define_or_assign()?;
                        self.next();
                        self.expression()?;
                        self.put_in(Role::Right);
                        self.close(mark, Kind::RangeClause, start);
                        return Some(());
                    }
                    self.assignment(mark, start)?;
                }
                _ => self.rest_of_statement(mark, start)?,
            }
            self.put_in(Role::Initializer);
        }
        self.expect(Lexeme::Semicolon)?;
        if !self.is(Lexeme::Semicolon) {
            self.expression()?;
            self.put_in(Role::Condition);
        }
        self.expect(Lexeme::Semicolon)?;
        if !self.is(Lexeme::OpenBrace) {
            self.simple_statement()?;
            self.put_in(Role::Update);
        }
        self.close(mark, Kind::ForClause, start);
        Some(())
    }

    fn define_or_assign(&mut self) -> Option<()> {
        match self.kind() {
            Lexeme::Define => self.sign(Kind::Define),
            Lexeme::Assign => self.next(),
            _ => return None,
        }
        Some(())
    }

    fn switch_statement(&mut self) -> Option<()> {
        let (mark, start) = (self.mark(), self.start());
        self.next();
        let mut of_types = false;
        if !self.is(Lexeme::OpenBrace) {
            of_types = self.in_head(Self::switch_head)?;
        }
        self.expect(Lexeme::OpenBrace)?;
        while !self.take(Lexeme::CloseBrace) {
            self.outside_head(|parser| parser.case(of_types))?;
        }
        let kind = if of_types { Kind::TypeSwitchStatement } else { Kind::ExpressionSwitchStatement };
        self.close(mark, kind, start);
        Some(())
    }

    /// The head of a switch. Says whether it is one of types.
    fn switch_head(&mut self) -> Option<bool> {
        if self.has_semicolon() {
            if self.is(Lexeme::Semicolon) {
                return None;
            }
            self.simple_statement()?;
            self.put_in(Role::Initializer);
            self.expect(Lexeme::Semicolon)?;
            if self.is(Lexeme::OpenBrace) {
                return Some(false);
            }
        }
        if self.is(Lexeme::Name) && self.ahead(1) == Lexeme::Define {
            let (list, at) = (self.mark(), self.start());
            self.leaf(Kind::Identifier);
            self.close(list, Kind::ExpressionList, at);
            self.put_in(Role::Alias);
            self.next();
        }
        self.expression()?;
        self.put_in(Role::Value);
        let of_types = self.is(Lexeme::Dot);
        if of_types {
            self.next();
            self.expect(Lexeme::Open)?;
            self.expect(Lexeme::Type)?;
            self.expect(Lexeme::Close)?;
        }
        Some(of_types)
    }

    fn case(&mut self, of_types: bool) -> Option<()> {
        let (mark, start) = (self.mark(), self.start());
        if self.is(Lexeme::Default) {
            return self.default_case();
        }
        self.expect(Lexeme::Case)?;
        let kind = if of_types {
            loop {
                self.ty()?;
                self.put_in(Role::Type);
                if !self.take(Lexeme::Comma) {
                    break;
                }
            }
            Kind::TypeCase
        } else {
            self.expression_list()?;
            self.put_in(Role::Value);
            Kind::ExpressionCase
        };
        self.expect(Lexeme::Colon)?;
        self.statement_list()?;
        self.close(mark, kind, start);
        Some(())
    }

    fn default_case(&mut self) -> Option<()> {
        let (mark, start) = (self.mark(), self.start());
        self.next();
        self.expect(Lexeme::Colon)?;
        self.statement_list()?;
        self.close(mark, Kind::DefaultCase, start);
        Some(())
    }

    fn communication(&mut self) -> Option<()> {
        let (mark, start) = (self.mark(), self.start());
        if self.is(Lexeme::Default) {
            return self.default_case();
        }
        self.expect(Lexeme::Case)?;
        let (inner, at) = (self.mark(), self.start());
        self.expression()?;
        let kind = match self.kind() {
            Lexeme::Arrow => {
                self.put_in(Role::Channel);
                self.next();
                self.expression()?;
                self.put_in(Role::Value);
                Kind::SendStatement
            }
            Lexeme::Comma | Lexeme::Assign | Lexeme::Define => {
                self.rest_of_list(inner, at)?;
                self.put_in(Role::Left);
                self.define_or_assign()?;
                self.expression()?;
                self.put_in(Role::Right);
                Kind::ReceiveStatement
            }
            _ => {
                self.put_in(Role::Right);
                Kind::ReceiveStatement
            }
        };
        self.close(inner, kind, at);
        self.put_in(Role::Communication);
        self.expect(Lexeme::Colon)?;
        self.statement_list()?;
        self.close(mark, Kind::CommunicationCase, start);
        Some(())
    }

    fn in_head<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let outer = std::mem::replace(&mut self.in_head, true);
        let result = read(self);
        self.in_head = outer;
        result
    }

    /// Reads what stands between brackets of its own.
    pub(super) fn outside_head<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let outer = std::mem::replace(&mut self.in_head, false);
        let result = read(self);
        self.in_head = outer;
        result
    }
}
