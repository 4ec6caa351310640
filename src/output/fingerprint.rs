//! Names for findings that are unique in a report.

use crate::diagnostic::Diagnostic;
use crate::engine::Report;
use xxhash_rust::xxh3::xxh3_128;

/// One fingerprint per finding, in the report's order: 32 hexadecimal digits.
///
/// Made of the path and of what the finding is called in its file.
pub fn fingerprints(report: &Report) -> Vec<String> {
    let one = |diagnostic: &Diagnostic| {
        let path = report.files.get(diagnostic.at.file.0 as usize).map_or("", |file| &*file.path);
        format!("{:032x}", xxh3_128(format!("{path}\0{:016x}", diagnostic.fingerprint).as_bytes()))
    };
    report.diagnostics.iter().map(one).collect()
}
