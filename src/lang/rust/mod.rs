//! Rust, read by syn.
//!
//! `scan` looks at the bytes of a text, `parse` turns it into syntax, `lower` and `items` do a file's declarations, `names`, `uses` and `types` what names in it
//! mean, `function` what functions take and give, `statement`, `pattern`, `branch`, `expression`, `call`, `macros` and
//! `attribute` their bodies. No library is known here but the macros that hide control flow.

mod arguments;
mod attribute;
mod bodies;
mod branch;
mod call;
mod expression;
mod extent;
mod function;
mod items;
mod lower;
mod macros;
mod names;
mod parse;
mod pattern;
mod positions;
mod scan;
mod statement;
mod types;
mod uses;

use crate::facts::{FileFacts, Problem};
use crate::text::TextRange;
use positions::Positions;

/// Reads a file.
pub(super) fn lower(text: &str, _matters: &dyn Fn(&str) -> bool) -> FileFacts {
    let scanned = scan::scan(text);
    let facts = parse::with_enough_stack(scanned.deepest, || {
        let prefix = parse::prefix(text);
        let positions = Positions::new(text, prefix);
        let parsed = parse::parse(text, &scanned, &positions, prefix);
        let facts = lower::file(parsed, positions, text);
        // The lexer keeps every text of its thread, until told otherwise.
        proc_macro2::extra::invalidate_current_thread_spans();
        facts
    });
    facts.unwrap_or_else(|| {
        let message = "nested too deep to be read".to_owned();
        let range = TextRange::new(0, text.len() as u32);
        FileFacts { problems: vec![Problem { range, message }], ..FileFacts::default() }
    })
}
