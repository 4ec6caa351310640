//! XML, as much of it as formats need.

use super::printable;

/// A text for an attribute in double quotes, or between tags. What XML can't hold is replaced.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for it in printable(text).chars() {
        match it {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            // These two are no characters for XML.
            '\u{fffe}' | '\u{ffff}' => out.push(char::REPLACEMENT_CHARACTER),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn nothing_can_end_an_attribute() {
        assert_eq!(escaped("a<\"b\">&\nc\u{1b}\u{ffff}"), "a&lt;&quot;b&quot;&gt;&amp;&#10;c\u{fffd}\u{fffd}");
    }
}
