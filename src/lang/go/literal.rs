//! Texts, and records, lists and maps written out.

use super::grammar::kind;
use super::lower::Lowering;
use crate::facts::{Entry, EntryKey, Name, Operand, StepKind, TypeRef};
use crate::lang::tree::{parts, range, slice};
use smol_str::SmolStr;
use tree_sitter::Node;

impl<'t> Lowering<'t> {
    /// `T{...}`
    pub(super) fn composite(&mut self, node: Node<'t>) -> Operand {
        let ty = self.type_at(node, self.fields.ty);
        match self.field(node, self.fields.body) {
            Some(body) => self.literal(node, body, ty),
            None => Operand::Constant,
        }
    }

    fn literal(&mut self, node: Node<'t>, body: Node<'t>, ty: TypeRef) -> Operand {
        let mut entries = Vec::new();
        for (position, part) in parts(body).enumerate() {
            let (key, written) = match kind(part) {
                "keyed_element" => {
                    let pair = (self.field(part, self.fields.key), self.field(part, self.fields.value));
                    let (Some(key), Some(value)) = pair else { continue };
                    (self.key(key, &ty), value)
                }
                _ => (EntryKey::Position(position as u32), part),
            };
            let value = self.entry_value(written, element_type(&ty));
            entries.push(Entry { key, value, range: range(written) });
        }
        let result = self.temporary();
        self.push(range(node), StepKind::Literal { result, ty, entries });
        Operand::Temporary(result)
    }

    fn key(&mut self, node: Node<'t>, of: &TypeRef) -> EntryKey {
        let written = parts(node).next().unwrap_or(node);
        match of {
            TypeRef::Map(key, _) => EntryKey::Value(self.entry_value(node, key)),
            TypeRef::List(_) => EntryKey::Value(self.expression(written)),
            _ if kind(written) == "identifier" => EntryKey::Name(self.name(written)),
            _ => EntryKey::Value(self.entry_value(node, &TypeRef::Unknown)),
        }
    }

    /// A key or value, whose type may be left out because the type around says it.
    fn entry_value(&mut self, node: Node<'t>, ty: &TypeRef) -> Operand {
        let Some(written) = parts(node).next() else { return Operand::Constant };
        if kind(written) != "literal_value" {
            return self.expression(written);
        }
        let ty = match ty {
            TypeRef::Pointer(inner) => (**inner).clone(),
            other => other.clone(),
        };
        self.nested(written, Operand::Constant, |lowering, written| lowering.literal(written, written, ty))
    }

    /// A constant text, without its quotes.
    pub(super) fn string(&self, node: Node<'t>) -> Name {
        let written = slice(node, self.text);
        let inner = written.get(1..written.len().saturating_sub(1)).unwrap_or_default();
        if kind(node) == "raw_string_literal" {
            if inner.contains('\r') {
                return SmolStr::from(inner.replace('\r', ""));
            }
            return SmolStr::new(inner);
        }
        if inner.contains('\\') { SmolStr::from(unescape(inner)) } else { SmolStr::new(inner) }
    }
}

/// The type of a list's elements or a map's values.
fn element_type(ty: &TypeRef) -> &TypeRef {
    match ty {
        TypeRef::List(element) | TypeRef::Map(_, element) => element,
        _ => &TypeRef::Unknown,
    }
}

/// Resolves the escapes of a text (The Go Programming Language Specification, "Rune literals").
fn unescape(text: &str) -> String {
    let mut bytes: Vec<u8> = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        rest = &rest[at + 1..];
        let Some(kind) = rest.chars().next() else { break };
        let (digits, radix) = match kind {
            'x' => (&rest[1..], (2, 16)),
            'u' => (&rest[1..], (4, 16)),
            'U' => (&rest[1..], (8, 16)),
            '0'..='7' => (rest, (3, 8)),
            _ => {
                bytes.extend_from_slice(simple(kind).encode_utf8(&mut [0; 4]).as_bytes());
                rest = &rest[kind.len_utf8()..];
                continue;
            }
        };
        let (count, radix) = radix;
        let Some(number) = digits.get(..count).and_then(|digits| u32::from_str_radix(digits, radix).ok()) else {
            continue;
        };
        match kind {
            'u' | 'U' => {
                let character = char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER);
                bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
            _ => bytes.push(number as u8),
        }
        rest = &digits[count..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

fn simple(kind: char) -> char {
    match kind {
        'a' => '\x07',
        'b' => '\x08',
        'f' => '\x0c',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\x0b',
        other => other,
    }
}
