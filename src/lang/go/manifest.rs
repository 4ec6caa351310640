//! `go.mod` and `go.work` (Go Modules Reference, "go.mod files" and "Workspaces").
//!
//! Directives that say nothing of where packages are (`go`, `toolchain`, `exclude`, ...) are passed over, as are unknown ones.

use crate::facts::{Dependency, ModuleFacts, Name, Problem, Substitute};
use crate::lang::Variables;
use crate::text::TextRange;
use smol_str::SmolStr;

/// A word of a line, with where it stands.
#[derive(Clone, Copy)]
struct Word<'t> {
    text: &'t str,
    start: usize,
    end: usize,
}

/// Reads a manifest.
pub(super) fn read(name: &str, text: &str) -> Result<ModuleFacts, Problem> {
    let mut facts = ModuleFacts::default();
    let mut block: Option<Word> = None;
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let words = words(line, offset);
        offset += line.len();
        match (&words[..], block) {
            ([], _) => {}
            ([close], Some(_)) if close.text == ")" => block = None,
            ([verb, open], None) if open.text == "(" => block = Some(*verb),
            ([verb, rest @ ..], None) => directive(&mut facts, *verb, rest)?,
            (rest, Some(verb)) => directive(&mut facts, verb, rest)?,
        }
    }
    if let Some(open) = block {
        return Err(problem(open, format!("the block after `{}` is never closed: expected `)`", open.text)));
    }
    if facts.name.is_empty() && name != "go.work" {
        return Err(Problem { range: TextRange::empty(0), message: "expected a line `module PATH`".to_owned() });
    }
    Ok(facts)
}

fn directive(facts: &mut ModuleFacts, verb: Word, words: &[Word]) -> Result<(), Problem> {
    match (verb.text, words) {
        ("module", [path, ..]) => facts.name = unquote(path.text),
        ("require", [path, version, ..]) => facts.dependencies.push(Dependency {
            name: unquote(path.text),
            version: SmolStr::new(version.text.strip_prefix('v').unwrap_or(version.text)),
            range: TextRange::new(path.start as u32, version.end as u32),
            ..Dependency::default()
        }),
        ("use", [folder, ..]) => facts.members.push(unquote(folder.text).to_string()),
        ("replace", words) => {
            let arrow = words.iter().position(|word| word.text == "=>");
            let (Some(old), Some(new)) = (words.first(), arrow.and_then(|arrow| words.get(arrow + 1))) else {
                return Err(problem(verb, "expected `replace PATH => PATH`".to_owned()));
            };
            let version = arrow.and_then(|arrow| words.get(arrow + 2));
            let new = unquote(new.text);
            if let Some(version) = version {
                facts.substituted.push(Substitute {
                    name: unquote(old.text),
                    by: new.clone(),
                    version: SmolStr::new(version.text.strip_prefix('v').unwrap_or(version.text)),
                });
            }
            // An absolute path leads out of what is checked, and another module is a version of its own.
            if new == "." || new == ".." || new.starts_with("./") || new.starts_with("../") {
                facts.replaced.push((unquote(old.text), new.to_string()));
            }
        }
        ("module", []) => return Err(problem(verb, "expected a path after `module`".to_owned())),
        ("require", [path, ..]) => {
            return Err(problem(*path, format!("expected a version after `{}`", path.text)));
        }
        ("require", []) => return Err(problem(verb, "expected a path and a version after `require`".to_owned())),
        ("use", []) => return Err(problem(verb, "expected a folder after `use`".to_owned())),
        _ => {}
    }
    Ok(())
}

/// Where the go command keeps modules (`go help environment`: GOMODCACHE, GOPATH).
pub(super) fn caches(variable: Variables<'_>) -> Vec<String> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    if let Some(cache) = set("GOMODCACHE") {
        return vec![cache];
    }
    let home = || set("HOME").or_else(|| set("USERPROFILE")).map(|home| format!("{home}/go"));
    let Some(path) = set("GOPATH").or_else(home) else { return Vec::new() };
    // GOPATH is a list; the module cache is in its first folder.
    let first = path.split(if cfg!(windows) { ';' } else { ':' }).next().unwrap_or_default();
    vec![format!("{first}/pkg/mod")]
}

/// Upper case letters are written `!x`, for disks that can't tell them apart (Go Modules Reference, "Module cache").
pub(super) fn module_folder(name: &str, version: &str) -> String {
    let escaped = |text: &str| -> String {
        text.chars().fold(String::new(), |mut escaped, letter| {
            if letter.is_ascii_uppercase() {
                escaped.push('!');
            }
            escaped.push(letter.to_ascii_lowercase());
            escaped
        })
    };
    format!("{}@v{}", escaped(name), escaped(version))
}

/// `github.com/acme` of `github.com/acme/shop`, `go.acme.dev` of `go.acme.dev/shop`.
pub(super) fn owner(module: &str) -> &str {
    let slashes: Vec<usize> = module.match_indices('/').map(|(at, _)| at).collect();
    match slashes[..] {
        [] => module,
        [only] => &module[..only],
        [_, second, ..] => &module[..second],
    }
}

fn problem(word: Word, message: String) -> Problem {
    Problem { range: TextRange::new(word.start as u32, word.end as u32), message }
}

/// The words of a line, without its comment.
fn words(line: &str, offset: usize) -> Vec<Word<'_>> {
    let line = line.split_once("//").map_or(line, |(before, _)| before);
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(start) = line[at..].find(|letter: char| !letter.is_whitespace()).map(|skip| at + skip) {
        let rest = &line[start..];
        let length = match rest.chars().next() {
            Some(quote @ ('"' | '`')) => rest[1..].find(quote).map_or(rest.trim_end().len(), |close| close + 2),
            Some('(' | ')') => 1,
            _ => rest.find(|letter: char| letter.is_whitespace() || "()".contains(letter)).unwrap_or(rest.len()),
        };
        words.push(Word { text: &rest[..length], start: offset + start, end: offset + start + length });
        at = start + length;
    }
    words
}

fn unquote(word: &str) -> Name {
    SmolStr::new(word.trim_matches(['"', '`']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_says_what_it_is_and_needs() {
        let text = "module example.com/shop // ours\n\ngo 1.24\n\nrequire github.com/a/b v1.2.3\nrequire (\n\t\"github.com/c/d\" v0.0.0-2020 // indirect\n)\n\nreplace github.com/a/b => ../b\nreplace (\n\tgithub.com/c/d v0.0.0 => ./d\n\tx => y v1.0.0\n)\n";
        let facts = read("go.mod", text).unwrap();
        assert_eq!(facts.name, "example.com/shop");
        let dependencies: Vec<_> =
            facts.dependencies.iter().map(|it| (it.name.as_str(), it.version.as_str())).collect();
        assert_eq!(dependencies, [("github.com/a/b", "1.2.3"), ("github.com/c/d", "0.0.0-2020")]);
        let TextRange { start, end } = facts.dependencies[0].range;
        assert_eq!(&text[start as usize..end as usize], "github.com/a/b v1.2.3");
        assert_eq!(facts.replaced, [("github.com/a/b".into(), "../b".into()), ("github.com/c/d".into(), "./d".into())]);
    }

    #[test]
    fn another_module_stands_in_for_one() {
        let facts = read("go.mod", "module m\nreplace a/b => c/d v1.2.0\nreplace e v1.0.0 => f v0.1.0\n").unwrap();
        let all: Vec<_> = facts.substituted.iter().map(|it| format!("{}={}@{}", it.name, it.by, it.version)).collect();
        assert_eq!(all, ["a/b=c/d@1.2.0", "e=f@0.1.0"]);
    }

    #[test]
    fn sources_of_libraries_have_their_folders() {
        let path = |name: &str| (name == "GOPATH").then(|| "/a:/b".to_owned());
        assert_eq!(caches(&path), ["/a/pkg/mod"]);
        assert_eq!(caches(&|name| (name == "GOMODCACHE" || name == "HOME").then(|| "/m".to_owned())), ["/m"]);
        assert_eq!(caches(&|name| (name == "HOME").then(|| "/h".to_owned())), ["/h/go/pkg/mod"]);
        assert_eq!(caches(&|_| None), Vec::<String>::new());
        assert_eq!(module_folder("github.com/Azure/x", "1.0.0-RC1"), "github.com/!azure/x@v1.0.0-!r!c1");
        assert_eq!(owner("github.com/acme/shop/v2"), "github.com/acme");
        assert_eq!((owner("go.acme.dev/shop"), owner("shop")), ("go.acme.dev", "shop"));
    }

    #[test]
    fn a_workspace_has_members() {
        let facts = read("go.work", "go 1.24\r\nuse ./a\r\nuse (\r\n\t.\r\n\t../b\r\n)\r\n").unwrap();
        assert_eq!(facts.members, ["./a", ".", "../b"]);
    }

    #[test]
    fn a_problem_names_its_place() {
        let said = |text: &str| {
            let problem = read("go.mod", text).unwrap_err();
            (text[problem.range.start as usize..problem.range.end as usize].to_owned(), problem.message)
        };
        assert_eq!(said("module m\nrequire a\n"), ("a".into(), "expected a version after `a`".into()));
        assert_eq!(said("module m\nrequire (\n\ta v1\n").0, "require");
        assert_eq!(said("module\n").1, "expected a path after `module`");
        assert_eq!(said("go 1.24\n").1, "expected a line `module PATH`");
        assert_eq!(said("module m\nreplace a b\n"), ("replace".into(), "expected `replace PATH => PATH`".into()));
    }

    #[test]
    fn no_text_is_too_odd() {
        for text in ["", "\"", "(", ")", "module \"", "require (\n)\n(", "módulo ñ\u{a0}ü", "//", "use"] {
            let _ = read("go.mod", text);
        }
    }
}
