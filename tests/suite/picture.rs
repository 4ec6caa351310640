//! The picture of a report that README and book show: drawn from what the program prints.

use crate::book::services;
use crate::support::{golden, spanlint_with};

const COLUMN: f32 = 8.4;
const LINE: f32 = 18.0;
const MARGIN: f32 = 16.0;

#[test]
fn the_picture_shows_what_is_printed() {
    let arguments = ["payment", "--select", "missing-extract"];
    let run = spanlint_with(services().path(), &arguments, &[("NO_COLOR", ""), ("FORCE_COLOR", "1")]);
    let text = run.out;
    assert!(text.contains('\u{1b}'), "{text}");
    let command = format!("\u{1b}[1m$ spanlint {}\u{1b}[0m", arguments.join(" "));
    golden("docs/src/terminal.svg", &svg(&format!("{command}\n{text}")));
}

/// How text looks.
#[derive(Clone, Copy, Default, PartialEq)]
struct Style {
    color: Option<&'static str>,
    bold: bool,
    underlined: bool,
}

impl Style {
    /// The colours of a dark terminal, for the codes that reports use.
    fn after(self, codes: &str) -> Style {
        codes.split(';').fold(self, |style, code| match code {
            "0" | "" => Style::default(),
            "1" => Style { bold: true, ..style },
            "4" => Style { underlined: true, ..style },
            "31" => Style { color: Some("#ff7b72"), ..style },
            "32" => Style { color: Some("#7ee787"), ..style },
            "33" => Style { color: Some("#e3b341"), ..style },
            "35" => Style { color: Some("#d2a8ff"), ..style },
            "36" => Style { color: Some("#76e3ea"), ..style },
            _ => style,
        })
    }

    fn attributes(self) -> String {
        let color = self.color.map(|color| format!(" fill=\"{color}\"")).unwrap_or_default();
        let bold = if self.bold { " font-weight=\"bold\"" } else { "" };
        let underlined = if self.underlined { " text-decoration=\"underline\"" } else { "" };
        format!("{color}{bold}{underlined}")
    }
}

fn svg(text: &str) -> String {
    let lines: Vec<Vec<(Style, String)>> = runs(text.trim_end());
    let columns = lines.iter().map(|line| line.iter().map(|(_, text)| text.chars().count()).sum()).max();
    let width = columns.map_or(0.0, |columns: usize| columns as f32 * COLUMN) + 2.0 * MARGIN;
    let height = lines.len() as f32 * LINE + 2.0 * MARGIN;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
         height=\"{height:.0}\" role=\"img\" aria-label=\"A finding of spanlint in a terminal\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#0d1117\"/>\n\
         <g font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" font-size=\"14\" \
         fill=\"#e6edf3\">\n"
    );
    for (index, line) in lines.iter().enumerate() {
        let y = MARGIN + LINE * (index as f32 + 0.75);
        let mut column = 0;
        for (style, text) in line {
            // A reader may join blanks, so each word has its place.
            for (offset, word) in words(text) {
                let (x, length) = (MARGIN + (column + offset) as f32 * COLUMN, word.chars().count() as f32 * COLUMN);
                let word = word.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
                let attributes = style.attributes();
                // With its width said, text keeps its columns in every font.
                out +=
                    &format!("<text x=\"{x:.1}\" y=\"{y:.1}\" textLength=\"{length:.1}\"{attributes}>{word}</text>\n");
            }
            column += text.chars().count();
        }
    }
    out + "</g>\n</svg>\n"
}

/// Words with single blanks between them, each with the column it starts in.
fn words(text: &str) -> Vec<(usize, &str)> {
    let mut words = Vec::new();
    let mut column = 0;
    for part in text.split_inclusive("  ") {
        let word = part.trim();
        if !word.is_empty() {
            let before = part.len() - part.trim_start().len();
            words.push((column + before, word));
        }
        column += part.chars().count();
    }
    words
}

/// For each line, its parts that look alike.
fn runs(text: &str) -> Vec<Vec<(Style, String)>> {
    let mut style = Style::default();
    let mut lines = Vec::new();
    for line in text.lines() {
        let mut parts: Vec<(Style, String)> = Vec::new();
        for (index, piece) in line.split("\u{1b}[").enumerate() {
            let shown = match piece.split_once('m').filter(|_| index > 0) {
                Some((codes, shown)) => {
                    style = style.after(codes);
                    shown
                }
                None => piece,
            };
            match parts.last_mut().filter(|(last, _)| *last == style) {
                Some((_, text)) => text.push_str(shown),
                None => parts.push((style, shown.to_owned())),
            }
        }
        lines.push(parts);
    }
    lines
}
