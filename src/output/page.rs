//! A check's page for a terminal: its Markdown with the marks taken away.
//!
//! Reads the little Markdown that pages are written in: headings, paragraphs, lists, fenced code and tables.

use super::filled;

/// The page in lines of at most `width` columns. Code and tables keep their lines.
pub fn page(markdown: &str, width: usize) -> String {
    let mut text = String::new();
    let mut paragraph: Vec<&str> = Vec::new();
    let mut in_code = false;
    for line in markdown.lines() {
        if line.trim_start().starts_with("```") {
            flush(&mut paragraph, &mut text, width);
            in_code = !in_code;
        } else if in_code {
            text.push_str(format!("    {line}").trim_end());
            text.push('\n');
        } else if let Some(heading) = heading(line) {
            flush(&mut paragraph, &mut text, width);
            text.push_str(&heading);
        } else if line.trim().is_empty() {
            flush(&mut paragraph, &mut text, width);
            text.push('\n');
        } else if line.starts_with('|') {
            flush(&mut paragraph, &mut text, width);
            text.push_str(line);
            text.push('\n');
        } else {
            if item(line).is_some() {
                flush(&mut paragraph, &mut text, width);
            }
            paragraph.push(line);
        }
    }
    flush(&mut paragraph, &mut text, width);
    text
}

/// A heading, underlined so that it stands out without colour.
fn heading(line: &str) -> Option<String> {
    let level = line.bytes().take_while(|byte| *byte == b'#').count();
    let title = line.get(level..)?.strip_prefix(' ')?.trim();
    let rule = match level {
        1 => "=",
        2 => "-",
        3.. => "",
        0 => return None,
    };
    let rule = rule.repeat(textwrap::core::display_width(title));
    Some(if rule.is_empty() { format!("{title}\n") } else { format!("{title}\n{rule}\n") })
}

fn flush(paragraph: &mut Vec<&str>, text: &mut String, width: usize) {
    let Some(first) = paragraph.first() else { return };
    let indent = item(first).map_or(String::new(), |mark| " ".repeat(mark));
    let words = paragraph.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
    let options = textwrap::Options::new(width).subsequent_indent(&indent);
    text.push_str(&filled(&words, options));
    text.push('\n');
    paragraph.clear();
}

/// How many columns the mark of a list item takes.
fn item(line: &str) -> Option<usize> {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    match line.get(digits..)? {
        rest if digits > 0 && rest.starts_with(". ") => Some(digits + 2),
        rest if digits == 0 && (rest.starts_with("- ") || rest.starts_with("* ")) => Some(2),
        _ => None,
    }
}
