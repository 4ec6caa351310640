//! Places: how a model says which value of a call it means.

use smol_str::SmolStr;
use std::fmt;

/// A value of a call, or a part of one: `arg0.headers`.
///
/// A part is the neutral name that the value's type gives it in `parts`, else the name of a field or of a method without
/// arguments.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// Where it starts.
    pub root: Root,
    /// The parts that lead on from there.
    pub parts: Vec<SmolStr>,
}

/// Where a place starts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Root {
    /// `self`: what the method is called on, or the record written out.
    Receiver,
    /// `arg0`, `arg1`, ...; `arg-1` is the last.
    Argument(i32),
    /// `args1..`: that argument and all after it, each element of a list on its own.
    Arguments(u32),
    /// `result`, `result.0`, `result.1`.
    Result(u32),
    /// `field:X`: what a record written out holds there.
    Field(SmolStr),
    /// `option:pkg.Name`: what an option made by that function was given first.
    Option(SmolStr),
    /// A variable of a package: `net/http.DefaultClient`.
    Symbol(SmolStr),
    /// `arg:parent`: an argument that the call names.
    Named(SmolStr),
    /// `ambient:tracing`: what is current where the call stands, in a slot of that name.
    Ambient(SmolStr),
    /// `function`: the function that an attribute stands on.
    Function,
}

/// Words that other formats use for what is called differently here.
const FOREIGN: [(&str, &str); 7] = [
    ("arg", "arg0"),
    ("args", "args0.."),
    ("recv", "self"),
    ("receiver", "self"),
    ("this", "self"),
    ("ret", "result"),
    ("return", "result"),
];

impl Place {
    /// A whole value.
    pub const fn whole(root: Root) -> Place {
        Place { root, parts: Vec::new() }
    }

    /// Reads one place.
    ///
    /// # Errors
    ///
    /// A sentence that says what was expected.
    pub fn parse(text: &str) -> Result<Place, String> {
        let text = text.trim();
        if let Some(rest) = text.strip_prefix("field:") {
            let (name, parts) = split_first(rest);
            return place(text, Root::Field(identifier(text, name)?), parts);
        }
        if let Some(rest) = text.strip_prefix("option:") {
            let (symbol, parts) = symbol(rest).ok_or_else(|| {
                format!("expected the path of a function after `option:`, such as `option:a/b.With`, found `{rest}`")
            })?;
            return place(text, Root::Option(symbol), parts);
        }
        for (word, root) in [("arg:", Root::Named as fn(SmolStr) -> Root), ("ambient:", Root::Ambient)] {
            if let Some(rest) = text.strip_prefix(word) {
                let (name, parts) = split_first(rest);
                return place(text, root(identifier(text, name)?), parts);
            }
        }
        if let Some(found) = indexed(text)? {
            return Ok(found);
        }
        let (head, parts) = split_first(text);
        match head {
            "self" => return place(text, Root::Receiver, parts),
            "function" => return place(text, Root::Function, parts),
            "result" => {
                let (index, rest) = split_first(parts.unwrap_or_default());
                return match index.parse() {
                    Ok(index) => place(text, Root::Result(index), rest),
                    Err(_) => place(text, Root::Result(0), parts),
                };
            }
            _ => {}
        }
        if let Some((_, word)) = FOREIGN.iter().find(|(foreign, _)| *foreign == head) {
            return Err(format!("`{text}` is no place; did you mean `{word}`?"));
        }
        let (symbol, parts) = symbol(text).ok_or_else(|| unknown(text))?;
        place(text, Root::Symbol(symbol), parts)
    }

    /// Reads alternatives, `a | b`.
    ///
    /// # Errors
    ///
    /// A sentence about the first that is no place.
    pub fn parse_all(text: &str) -> Result<Vec<Place>, String> {
        text.split('|').map(Place::parse).collect()
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.root {
            Root::Receiver => formatter.write_str("self")?,
            Root::Argument(index) => write!(formatter, "arg{index}")?,
            Root::Arguments(first) => write!(formatter, "args{first}..")?,
            Root::Result(0) => formatter.write_str("result")?,
            Root::Result(index) => write!(formatter, "result.{index}")?,
            Root::Field(name) => write!(formatter, "field:{name}")?,
            Root::Option(symbol) => write!(formatter, "option:{symbol}")?,
            Root::Symbol(symbol) => formatter.write_str(symbol)?,
            Root::Named(name) => write!(formatter, "arg:{name}")?,
            Root::Ambient(slot) => write!(formatter, "ambient:{slot}")?,
            Root::Function => formatter.write_str("function")?,
        }
        self.parts.iter().try_for_each(|part| write!(formatter, ".{part}"))
    }
}

/// `arg0`, `arg-1`, `args1..`, with parts.
fn indexed(text: &str) -> Result<Option<Place>, String> {
    let Some(rest) = text.strip_prefix("arg") else { return Ok(None) };
    let (rest, many) = rest.strip_prefix('s').map_or((rest, false), |rest| (rest, true));
    let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(rest.len());
    let (number, after) = rest.split_at(digits);
    if number.is_empty() {
        return Ok(None);
    }
    let (root, after) = if many {
        let first = number.parse().map_err(|_| unknown(text))?;
        let after = after.strip_prefix("..").ok_or_else(|| {
            format!(
                "`{text}` is no place; did you mean `arg{number}` for one argument or `args{number}..` for the rest?"
            )
        })?;
        (Root::Arguments(first), after)
    } else {
        if after.starts_with("..") {
            return Err(format!("`{text}` is no place; did you mean `args{number}..`?"));
        }
        (Root::Argument(number.parse().map_err(|_| unknown(text))?), after)
    };
    match after.strip_prefix('.') {
        Some(parts) => place(text, root, Some(parts)).map(Some),
        None if after.is_empty() => Ok(Some(Place::whole(root))),
        None => Err(unknown(text)),
    }
}

/// Splits `a/b.Name.part` into `a/b.Name` and what follows. A package may end in a version, `gopkg.in/x.v1.Name`, or in the
/// language's name, as repositories do: `github.com/x/y.go.Name`.
fn symbol(text: &str) -> Option<(SmolStr, Option<&str>)> {
    if let Some(last) = text.rfind("::") {
        // `a::b::Name.part`; within the program names are joined by dots.
        let (name, parts) = split_first(&text[last + 2..]);
        let path = &text[..last + 2 + name.len()];
        let legal = path.split("::").all(|part| is_word(part.trim_end_matches('!')));
        return legal.then(|| (path.replace("::", ".").into(), parts));
    }
    let folder = text.rfind('/').map_or(0, |slash| slash + 1);
    let mut from = folder + text[folder..].find('.')? + 1;
    let (next, _) = split_first(&text[from..]);
    let is_version =
        next.strip_prefix('v').is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()));
    if is_version || next == "go" {
        from += next.len() + 1;
    }
    let (name, parts) = split_first(text.get(from..)?);
    let end = from + name.len();
    let package = &text[..from - 1];
    let legal = package.chars().all(|c| c.is_alphanumeric() || "/._-~".contains(c));
    let named = package.len() > folder && name.starts_with(|c: char| c.is_alphabetic() || c == '_');
    (legal && named && is_word(name)).then(|| (SmolStr::new(&text[..end]), parts))
}

fn place(text: &str, root: Root, parts: Option<&str>) -> Result<Place, String> {
    let parts = match parts {
        Some(parts) => parts.split('.').map(|part| identifier(text, part)).collect::<Result<_, _>>()?,
        None => Vec::new(),
    };
    Ok(Place { root, parts })
}

fn split_first(text: &str) -> (&str, Option<&str>) {
    text.split_once('.').map_or((text, None), |(first, rest)| (first, Some(rest)))
}

fn identifier(text: &str, part: &str) -> Result<SmolStr, String> {
    if is_word(part) { Ok(SmolStr::new(part)) } else { Err(unknown(text)) }
}

fn is_word(part: &str) -> bool {
    !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

fn unknown(text: &str) -> String {
    format!(
        "`{text}` is no place; expected `self`, `arg0`, `arg-1`, `args1..`, `result`, `result.1`, `field:Name`, \
         `option:a/b.Name` or a variable such as `a/b.Name`"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_round_trip() {
        for text in [
            "self",
            "self.context",
            "arg0",
            "arg-1",
            "arg2.headers.x",
            "args1..",
            "args0...headers",
            "result",
            "result.2",
            "result.1.Header",
            "field:Transport",
            "field:A.b",
            "option:a.b/c-d.With",
            "option:gopkg.in/x.v1.With.part",
            "example.com/x/y.go.Name.part",
            "net/http.DefaultClient",
            "net/http.DefaultClient.Transport",
            "context.X",
            "arg:parent",
            "ambient:tracing",
            "function",
        ] {
            let place = Place::parse(text).unwrap();
            assert_eq!(place.to_string(), text);
            assert_eq!(Place::parse(&place.to_string()), Ok(place));
        }
        assert_eq!(Place::parse("result.0.Header"), Place::parse("result.Header"));
        assert_eq!(Place::parse_all("a.B | self").unwrap().len(), 2);
    }

    #[test]
    fn roots_are_told_apart() {
        let root = |text: &str| Place::parse(text).unwrap().root;
        assert_eq!(root("arg-1"), Root::Argument(-1));
        assert_eq!(root("args2.."), Root::Arguments(2));
        assert_eq!(root("result.1"), Root::Result(1));
        assert_eq!(root("gopkg.in/x.v1.Name.part"), Root::Symbol("gopkg.in/x.v1.Name".into()));
        assert_eq!(root("option:a/b.With"), Root::Option("a/b.With".into()));
        assert_eq!(root("a::b::C.headers"), Root::Symbol("a.b.C".into()));
    }

    #[test]
    fn wrong_places_are_explained() {
        for (text, part) in [
            ("", "expected `self`"),
            ("slef", "is no place"),
            ("arg.0", "did you mean `arg0`"),
            ("args1", "did you mean `arg1`"),
            ("arg1..", "did you mean `args1..`"),
            ("recv.Header", "did you mean `self`"),
            ("arg0.", "is no place"),
            ("arg1x", "is no place"),
            ("args-1..", "is no place"),
            ("option:With", "expected the path of a function"),
            ("field:", "is no place"),
            ("a b.C", "is no place"),
            ("a|b", "is no place"),
            ("x/.y", "is no place"),
            ("x/y.v1", "is no place"),
        ] {
            let error = Place::parse(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
