//! Names for findings that outlive edits elsewhere in the file.

use super::line_text;
use crate::diagnostic::Diagnostic;
use crate::engine::Report;
use std::collections::HashMap;
use xxhash_rust::xxh3::xxh3_128;

/// One fingerprint per finding, in the report's order: 32 hexadecimal digits.
///
/// Made of the check, the path, the text of the line without the blanks around it, and a count of earlier findings equal in
/// all three. Line numbers play no part, so code may move.
pub fn fingerprints(report: &Report) -> Vec<String> {
    let mut seen: HashMap<u128, usize> = HashMap::new();
    let one = |diagnostic: &Diagnostic| {
        let file = report.files.get(diagnostic.at.file.0 as usize);
        let (path, line) = file.map_or(("", ""), |file| {
            let line = file.lines.position(diagnostic.at.range.start).line;
            (&*file.path, line_text(file, line).trim())
        });
        let identity = xxh3_128(format!("{}\0{path}\0{line}", diagnostic.check).as_bytes());
        let earlier = seen.entry(identity).or_default();
        let fingerprint = format!("{:032x}", xxh3_128(format!("{identity:032x}\0{earlier}").as_bytes()));
        *earlier += 1;
        fingerprint
    };
    report.diagnostics.iter().map(one).collect()
}
