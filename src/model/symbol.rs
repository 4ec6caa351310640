//! The paths that are keys of a model: `{a,b}` stands for each of its choices, `*` for any part of one segment.

use smol_str::SmolStr;

/// The most paths one key may stand for.
const LIMIT: usize = 4096;

/// Writes out the choices of a key: `a.{B,C}.{d,e}` gives four paths. A choice may be empty but holds no choices itself.
///
/// # Errors
///
/// A sentence about a brace that does not fit, or about a key that stands for too many paths.
pub fn expand(key: &str) -> Result<Vec<SmolStr>, String> {
    let mut done = Vec::new();
    let mut open = vec![key.to_string()];
    while let Some(text) = open.pop() {
        let Some(start) = text.find(['{', '}']) else {
            // Within the program the names of a path are joined by dots, in every language.
            done.push(text.replace("::", ".").into());
            continue;
        };
        let end = text[start + 1..].find(['{', '}']).map(|at| start + 1 + at);
        let Some(end) = end.filter(|end| text[start..].starts_with('{') && text[*end..].starts_with('}')) else {
            return Err(format!("the braces of `{key}` do not pair up; expected `{{one,other}}`, not nested"));
        };
        let choices: Vec<&str> = text[start + 1..end].split(',').map(str::trim).collect();
        if choices.len() < 2 {
            return Err(format!("`{}` offers no choice; write it without braces", &text[start..=end]));
        }
        open.extend(choices.iter().rev().map(|choice| format!("{}{choice}{}", &text[..start], &text[end + 1..])));
        if open.len() + done.len() > LIMIT {
            return Err(format!("`{key}` stands for more than {LIMIT} symbols"));
        }
    }
    Ok(done)
}

/// What follows the package in a path, if the path lies in that package.
pub(super) fn member<'a>(path: &'a str, package: &str) -> Option<&'a str> {
    let rest = path.strip_prefix(package)?;
    ["::", ".", "#"].iter().find_map(|separator| rest.strip_prefix(separator)).filter(|rest| !rest.is_empty())
}

/// Whether a path with `*` fits a symbol. `*` takes any text, the empty one too, up to the next `.` or `/`.
pub(super) fn matches(pattern: &str, symbol: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else { return pattern == symbol };
    let Some(rest) = symbol.strip_prefix(before) else { return false };
    let segment = rest.find(['.', '/']).unwrap_or(rest.len());
    (0..=segment).filter(|end| rest.is_char_boundary(*end)).any(|end| matches(after, &rest[end..]))
}

/// The package under which models describe the methods of every value.
pub const ANY: &str = "any";

/// Starts the key of what a program writes into a package of the user's own: any package that no model speaks of.
pub const GENERATED: &str = "generated:";

/// The package and the member of a library's symbol.
pub(super) fn split(symbol: &str) -> Option<(&str, &str)> {
    let folder = symbol.rfind('/').map_or(0, |slash| slash + 1);
    let dot = folder + symbol[folder..].find('.')?;
    Some((&symbol[..dot], &symbol[dot + 1..]))
}

/// The text that a pattern's only `*` stands for.
fn starred<'s>(pattern: &str, name: &'s str) -> Option<&'s str> {
    let (before, after) = pattern.split_once('*')?;
    name.strip_prefix(before)?.strip_suffix(after)
}

/// The type that a generated function gives: `generated:*Client`, given by `a/b.NewUserClient` of `generated:New*Client`, is
/// `a/b.UserClient`.
pub fn generated_type(given: &str, pattern: &str, symbol: &str) -> Option<SmolStr> {
    let (package, member) = split(symbol)?;
    let name = starred(pattern.strip_prefix(GENERATED)?, member)?;
    Some(SmolStr::new(format!("{package}.{}", given.strip_prefix(GENERATED)?.replacen('*', name, 1))))
}

/// Whether the pattern of a generated member fits a symbol: `**.` stands for any names before.
pub(super) fn matches_member(pattern: &str, member: &str) -> bool {
    let Some(tail) = pattern.strip_prefix("**.") else { return matches(pattern, member) };
    let names = tail.matches('.').count();
    match member.rmatch_indices('.').nth(names) {
        Some((dot, _)) => matches(tail, &member[dot + 1..]),
        None => member.matches('.').count() == names && matches(tail, member),
    }
}

/// The longest text that everything holds which fits the pattern of a generated member.
pub(super) fn fixed_part(pattern: &str) -> &str {
    let parts = pattern.strip_prefix("**.").unwrap_or(pattern).split('*');
    parts.max_by_key(|part| part.len()).unwrap_or_default()
}

/// How much of a pattern is fixed: of two that fit, the one with more counts.
pub(super) fn weight(pattern: &str) -> usize {
    pattern.len() - pattern.matches('*').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_written_out_in_order() {
        assert_eq!(expand("a.B").unwrap(), ["a.B"]);
        assert_eq!(expand("a.{B,C}.{d,e}").unwrap(), ["a.B.d", "a.B.e", "a.C.d", "a.C.e"]);
        assert_eq!(expand("a.With{,Request}Option").unwrap(), ["a.WithOption", "a.WithRequestOption"]);
        for wrong in ["a.{B", "a.B}", "a.{B}", "a.}B,C{", "a.{B,C{1,2}}"] {
            expand(wrong).unwrap_err();
        }
        expand(&"{a,b}".repeat(13)).unwrap_err();
    }

    #[test]
    fn a_wildcard_stays_in_its_segment() {
        assert!(matches("a.New*Client", "a.NewUserClient") && matches("a.*.Do", "a.B.Do"));
        assert!(!matches("a.*", "a.B.Do") && !matches("a.New*Client", "a.NewUser"));
        assert!(matches("a.*x*", "a.axb") && !matches("a.*x*", "a.ab"));
        assert!(weight("a.*.Do") > weight("a.*.*"));
    }

    #[test]
    fn generated_names_keep_their_package() {
        let given = |symbol| generated_type("generated:*Client", "generated:New*Client", symbol);
        assert_eq!(given("a.b/c.NewUserClient").as_deref(), Some("a.b/c.UserClient"));
        assert_eq!(given("a.b/c.OpenUserClient"), None);
    }

    #[test]
    fn members_follow_a_separator() {
        assert_eq!(member("gopkg.in/a.v1.X.Y", "gopkg.in/a.v1"), Some("X.Y"));
        assert_eq!(member("a/bc.X", "a/b"), None);
        assert_eq!(member("a/b.", "a/b"), None);
    }
}
