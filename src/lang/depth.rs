//! How deep a text may nest.

use crate::facts::{FileFacts, Problem};
use crate::text::TextRange;

/// How deep blocks, expressions, types and statements may nest. Deeper ones are left out, so that no text overflows the stack:
/// not that of a front end, nor that of those who walk the facts by recursion.
pub(super) const DEPTH_LIMIT: u32 = 200;

/// Says once in a file that something lies too deep to be read.
pub(super) fn note_too_deep(facts: &mut FileFacts, range: TextRange) {
    let message = format!("nested more than {DEPTH_LIMIT} levels deep; what lies deeper is not read");
    if facts.problems.iter().all(|problem| problem.message != message) {
        facts.problems.push(Problem { range, message });
    }
}
