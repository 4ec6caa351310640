//! The grammar: parsing with it, and its names, found once.

use crate::lang::tree;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;
use tree_sitter::{Language, Node, Tree};

/// The grammar.
static GRAMMAR: LazyLock<Language> = LazyLock::new(|| tree_sitter_go::LANGUAGE.into());

pub(super) static FIELDS: LazyLock<Fields> = LazyLock::new(Fields::new);

static KINDS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let language: &'static Language = &GRAMMAR;
    (0..language.node_kind_count()).map(|id| language.node_kind_for_id(id as u16).unwrap_or_default()).collect()
});

/// Parses a text without its gaps.
///
/// The grammar knows `new(T)` and `make(T)` only, while Go 1.26 has `new(value)`, and both names can be bound anew. Such a
/// name is hidden behind another of the same length: the tree's ranges are those of the text, and names are read there.
pub(super) fn parse(text: &str, gaps: &[Range<usize>]) -> Option<Tree> {
    let mut hidden = Cow::Borrowed(text);
    for (name, other) in [("new(", "neu("), ("make(", "maek(")] {
        for at in memchr::memmem::find_iter(text.as_bytes(), name) {
            let word = text[..at].chars().next_back().is_none_or(|before| !is_name(before) && before != '.');
            if word && is_value(&text[at + name.len()..]) {
                hidden.to_mut().replace_range(at..at + name.len(), other);
            }
        }
    }
    tree::parse(&GRAMMAR, &hidden, gaps)
}

/// Whether what stands behind `new(` can only be a value.
fn is_value(argument: &str) -> bool {
    let argument = argument.trim_start();
    let after = argument.trim_start_matches(|letter| is_name(letter) || letter == '.');
    let name = &argument[..argument.len() - after.len()];
    match (name, after.trim_start().chars().next()) {
        ("", Some('<')) => !after.starts_with("<-chan"),
        ("", next) => !matches!(next, Some('[' | '*' | '(')),
        ("map" | "chan" | "func" | "struct" | "interface", _) => false,
        (name, _) if name.starts_with(|first: char| first.is_ascii_digit()) => true,
        (_, Some(')' | ',')) => false,
        (_, Some('[')) => after[1..].starts_with(|first: char| first.is_ascii_digit() || first == '"'),
        _ => true,
    }
}

fn is_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// What sort of node it is. The same as [`Node::kind`], which measures and checks the name each time it is asked.
pub(super) fn kind(node: Node) -> &'static str {
    // The kind of what the parser skipped is no number of the grammar.
    KINDS.get(node.kind_id() as usize).copied().unwrap_or("ERROR")
}

/// The grammar's fields, by id: faster to look for than by name.
pub(super) struct Fields {
    pub(super) alias: u16,
    pub(super) alternative: u16,
    pub(super) arguments: u16,
    pub(super) body: u16,
    pub(super) channel: u16,
    pub(super) communication: u16,
    pub(super) condition: u16,
    pub(super) consequence: u16,
    pub(super) element: u16,
    pub(super) field: u16,
    pub(super) index: u16,
    pub(super) initializer: u16,
    pub(super) key: u16,
    pub(super) left: u16,
    pub(super) name: u16,
    pub(super) operand: u16,
    pub(super) operator: u16,
    pub(super) package: u16,
    pub(super) parameters: u16,
    pub(super) path: u16,
    pub(super) receiver: u16,
    pub(super) result: u16,
    pub(super) right: u16,
    pub(super) ty: u16,
    pub(super) type_arguments: u16,
    pub(super) type_parameters: u16,
    pub(super) update: u16,
    pub(super) value: u16,
}

impl Fields {
    fn new() -> Fields {
        // No field has the id 0, so a name that the grammar lacks is a field that no node has.
        let id = |name: &str| GRAMMAR.field_id_for_name(name).map_or(0, |id| id.get());
        Fields {
            alias: id("alias"),
            alternative: id("alternative"),
            arguments: id("arguments"),
            body: id("body"),
            channel: id("channel"),
            communication: id("communication"),
            condition: id("condition"),
            consequence: id("consequence"),
            element: id("element"),
            field: id("field"),
            index: id("index"),
            initializer: id("initializer"),
            key: id("key"),
            left: id("left"),
            name: id("name"),
            operand: id("operand"),
            operator: id("operator"),
            package: id("package"),
            parameters: id("parameters"),
            path: id("path"),
            receiver: id("receiver"),
            result: id("result"),
            right: id("right"),
            ty: id("type"),
            type_arguments: id("type_arguments"),
            type_parameters: id("type_parameters"),
            update: id("update"),
            value: id("value"),
        }
    }
}
