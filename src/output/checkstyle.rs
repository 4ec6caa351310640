//! Checkstyle's XML: findings by file. Columns count bytes of UTF-8.

use super::spot;
use super::xml::escaped;
use crate::diagnostic::{Diagnostic, Severity};
use crate::engine::Report;
use std::io;

pub(super) fn render(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(out, r#"<checkstyle version="4.3">"#)?;
    for of_file in report.diagnostics.chunk_by(|one, other| one.at.file == other.at.file) {
        let Some(file) = of_file.first().and_then(|first| spot(report, first.at)).map(|spot| spot.file) else {
            continue;
        };
        writeln!(out, r#"  <file name="{}">"#, escaped(&file.path))?;
        for diagnostic in of_file {
            write_finding(report, diagnostic, out)?;
        }
        writeln!(out, "  </file>")?;
    }
    writeln!(out, "</checkstyle>")
}

fn write_finding(report: &Report, diagnostic: &Diagnostic, out: &mut dyn io::Write) -> io::Result<()> {
    let (line, column) = spot(report, diagnostic.at).map_or((1, 1), |spot| spot.start);
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "info",
    };
    let (message, check) = (escaped(&diagnostic.message), escaped(diagnostic.check));
    writeln!(
        out,
        r#"    <error line="{line}" column="{column}" severity="{severity}" message="{message}" source="spanlint.{check}"/>"#
    )
}
