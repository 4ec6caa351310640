//! Words and signs of a text, with the ends of lines that end statements.

use std::ops::Range;

/// A word or sign.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Lexeme,
    pub(super) start: u32,
    pub(super) end: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lexeme {
    Name,
    Integer,
    Float,
    Imaginary,
    Rune,
    Text,
    RawText,
    /// The end of a line that ends a statement.
    LineEnd,
    /// The end of the text.
    End,
    Semicolon,
    Open,
    Close,
    OpenBracket,
    CloseBracket,
    OpenBrace,
    CloseBrace,
    Comma,
    Dot,
    Dots,
    Colon,
    Define,
    Assign,
    /// `+=` and its like.
    AssignOperation,
    Increment,
    Decrement,
    Arrow,
    Not,
    Tilde,
    Star,
    And,
    Plus,
    Minus,
    Caret,
    OrOr,
    AndAnd,
    Comparison,
    /// `|`
    Or,
    /// `/ % << >> &^`
    Multiplicative,
    Break,
    Case,
    Chan,
    Const,
    Continue,
    Default,
    Defer,
    Else,
    Fallthrough,
    For,
    Func,
    Go,
    Goto,
    If,
    Import,
    Interface,
    Map,
    Package,
    Range,
    Return,
    Select,
    Struct,
    Switch,
    Type,
    Var,
}

impl Lexeme {
    /// Whether a line that ends with it ends a statement.
    fn ends(self) -> bool {
        use Lexeme::*;
        matches!(
            self,
            Name | Integer
                | Float
                | Imaginary
                | Rune
                | Text
                | RawText
                | Close
                | CloseBracket
                | CloseBrace
                | Increment
                | Decrement
                | Break
                | Continue
                | Fallthrough
                | Return
        )
    }
}

/// The tokens of a text, but for those in `gaps`, and its end. None if it holds what is no Go.
pub(super) fn tokens(text: &str, gaps: &[Range<usize>]) -> Option<Vec<Token>> {
    let bytes = text.as_bytes();
    let mut tokens = Vec::with_capacity(bytes.len() / 4);
    let mut gaps = gaps.iter().peekable();
    let mut at = 0;
    let mut ends = false;
    while let Some(first) = bytes.get(at).copied() {
        if let Some(gap) = gaps.next_if(|gap| at >= gap.start) {
            at = at.max(gap.end);
            continue;
        }
        let rest = &bytes[at..];
        let (length, kind) = match first {
            b' ' | b'\t' | b'\r' => {
                at += 1;
                continue;
            }
            b'\n' => {
                // Empty lines belong to the end of the one before.
                let length = rest.iter().position(|byte| *byte != b'\n').unwrap_or(rest.len());
                if ends {
                    tokens.push(Token { kind: Lexeme::LineEnd, start: at as u32, end: (at + length) as u32 });
                    ends = false;
                }
                at += length;
                continue;
            }
            b'/' if rest.get(1) == Some(&b'/') => {
                at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                continue;
            }
            b'/' if rest.get(1) == Some(&b'*') => {
                at += memchr::memmem::find(&rest[2..], b"*/")? + 4;
                continue;
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80.. => {
                let length = word(rest);
                let word = text.get(at..at + length)?;
                if !word.is_ascii() && !word.chars().all(|letter| letter.is_alphanumeric() || letter == '_') {
                    return None;
                }
                (length, keyword(word.as_bytes()))
            }
            b'0'..=b'9' => number(rest),
            b'.' if rest.get(1).is_some_and(u8::is_ascii_digit) => number(rest),
            b'"' => (quoted(rest)?, Lexeme::Text),
            b'\'' => (quoted(rest)?, Lexeme::Rune),
            b'`' => (memchr::memchr(b'`', &rest[1..])? + 2, Lexeme::RawText),
            _ => sign(rest)?,
        };
        tokens.push(Token { kind, start: at as u32, end: (at + length) as u32 });
        ends = kind.ends();
        at += length;
    }
    let end = bytes.len() as u32;
    if ends {
        tokens.push(Token { kind: Lexeme::LineEnd, start: end, end });
    }
    tokens.push(Token { kind: Lexeme::End, start: end, end });
    Some(tokens)
}

fn word(bytes: &[u8]) -> usize {
    let goes_on = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80;
    bytes.iter().position(|byte| !goes_on(byte)).unwrap_or(bytes.len())
}

fn number(bytes: &[u8]) -> (usize, Lexeme) {
    let hex = bytes.len() > 1 && bytes[0] == b'0' && matches!(bytes[1], b'x' | b'X');
    let mut float = false;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'.' => float = true,
            b'e' | b'E' if !hex => {
                float = true;
                at += usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
            }
            b'p' | b'P' if hex => {
                float = true;
                at += usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
            }
            byte if byte.is_ascii_alphanumeric() || *byte == b'_' => {}
            _ => break,
        }
        at += 1;
    }
    let kind = match (bytes[at - 1] == b'i', float) {
        (true, _) => Lexeme::Imaginary,
        (_, true) => Lexeme::Float,
        _ => Lexeme::Integer,
    };
    (at, kind)
}

/// How long the text between quotes is that the bytes start with. None if its line ends first.
fn quoted(bytes: &[u8]) -> Option<usize> {
    let quote = bytes[0];
    let mut at = 1;
    loop {
        match *bytes.get(at)? {
            b'\\' => at += 2,
            b'\n' => return None,
            byte => {
                at += 1;
                if byte == quote {
                    return Some(at);
                }
            }
        }
    }
}

fn sign(bytes: &[u8]) -> Option<(usize, Lexeme)> {
    use Lexeme::*;
    let second = bytes.get(1).copied().unwrap_or(0);
    let third = bytes.get(2).copied().unwrap_or(0);
    let operation = |length: usize, kind: Lexeme| match bytes.get(length) {
        Some(b'=') => (length + 1, AssignOperation),
        _ => (length, kind),
    };
    Some(match (bytes[0], second) {
        (b'(', _) => (1, Open),
        (b')', _) => (1, Close),
        (b'[', _) => (1, OpenBracket),
        (b']', _) => (1, CloseBracket),
        (b'{', _) => (1, OpenBrace),
        (b'}', _) => (1, CloseBrace),
        (b',', _) => (1, Comma),
        (b';', _) => (1, Semicolon),
        (b'.', b'.') if third == b'.' => (3, Dots),
        (b'.', _) => (1, Dot),
        (b':', b'=') => (2, Define),
        (b':', _) => (1, Colon),
        (b'=', b'=') | (b'!', b'=') | (b'<', b'=') | (b'>', b'=') => (2, Comparison),
        (b'=', _) => (1, Assign),
        (b'!', _) => (1, Not),
        (b'<', b'-') => (2, Arrow),
        (b'<', b'<') | (b'>', b'>') | (b'&', b'^') => operation(2, Multiplicative),
        (b'<' | b'>', _) => (1, Comparison),
        (b'&', b'&') => (2, AndAnd),
        (b'|', b'|') => (2, OrOr),
        (b'+', b'+') => (2, Increment),
        (b'-', b'-') => (2, Decrement),
        (b'+', _) => operation(1, Plus),
        (b'-', _) => operation(1, Minus),
        (b'*', _) => operation(1, Star),
        (b'/' | b'%', _) => operation(1, Multiplicative),
        (b'&', _) => operation(1, And),
        (b'|', _) => operation(1, Or),
        (b'^', _) => operation(1, Caret),
        (b'~', _) => (1, Tilde),
        _ => return None,
    })
}

fn keyword(word: &[u8]) -> Lexeme {
    use Lexeme::*;
    match word {
        b"break" => Break,
        b"case" => Case,
        b"chan" => Chan,
        b"const" => Const,
        b"continue" => Continue,
        b"default" => Default,
        b"defer" => Defer,
        b"else" => Else,
        b"fallthrough" => Fallthrough,
        b"for" => For,
        b"func" => Func,
        b"go" => Go,
        b"goto" => Goto,
        b"if" => If,
        b"import" => Import,
        b"interface" => Interface,
        b"map" => Map,
        b"package" => Package,
        b"range" => Range,
        b"return" => Return,
        b"select" => Select,
        b"struct" => Struct,
        b"switch" => Switch,
        b"type" => Type,
        b"var" => Var,
        _ => Name,
    }
}
