//! Adding imports the way goimports would leave them, and the name an import path stands for.

use super::grammar::{self, kind};
use crate::facts::{Alias, FileFacts};
use crate::lang::tree::{parts, slice};
use crate::lang::{ImportWanted, Replacement};
use crate::text::TextRange;
use std::collections::BTreeMap;
use tree_sitter::Node;

/// The name of a package, guessed from its path as goimports does (`ImportPathToAssumedName`): the last part that is no
/// version, without a leading `go-`, up to the first character that no name can have.
///
/// goimports writes an alias where this guess is wrong, so in files without one it is mostly right.
pub(super) fn package_name(path: &str) -> String {
    let (parents, last) = path.rsplit_once('/').unwrap_or(("", path));
    let version = last.strip_prefix('v').is_some_and(|number| number.parse::<u32>().is_ok());
    let base = if version && !parents.is_empty() { parents.rsplit('/').next().unwrap_or(parents) } else { last };
    let base = base.strip_prefix("go-").unwrap_or(base);
    let end = base.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(base.len());
    base[..end].to_owned()
}

/// Edits that import what is wanted and missing.
pub(super) fn add(text: &str, facts: &FileFacts, wanted: &[ImportWanted]) -> Vec<Replacement> {
    let mut missing: Vec<&ImportWanted> = wanted.iter().filter(|wanted| !is_imported(facts, wanted)).collect();
    missing.sort_by_key(|wanted| (&wanted.path, &wanted.alias));
    missing.dedup();
    if missing.is_empty() {
        return Vec::new();
    }
    let blocks = blocks(text);
    let mut edits = match blocks.iter().find(|block| block.open.is_some()) {
        Some(_) => insert(text, &blocks, &missing),
        None => match blocks.iter().max_by_key(|block| (block.has_like(&missing[0].path), block.start)) {
            Some(block) => widen(text, block, &missing),
            None => vec![start(text, facts, &missing)],
        },
    };
    if text.contains("\r\n") {
        edits.iter_mut().for_each(|(_, text)| *text = text.replace('\n', "\r\n"));
    }
    edits
}

fn is_imported(facts: &FileFacts, wanted: &ImportWanted) -> bool {
    let name = package_name(&wanted.path);
    facts.imports.iter().filter(|import| import.path == wanted.path).any(|import| {
        match (&import.alias, &wanted.alias) {
            (Alias::Default, None) => true,
            (Alias::Default, Some(alias)) => *alias == name,
            (Alias::Named(given), None) => *given == name,
            (Alias::Named(given), Some(alias)) => given == alias,
            (Alias::Members | Alias::Blank, _) => false,
        }
    })
}

/// An import declaration.
struct Block<'t> {
    start: usize,
    /// The offset after its opening parenthesis.
    open: Option<usize>,
    specs: Vec<Spec<'t>>,
}

/// An import in a declaration.
struct Spec<'t> {
    path: &'t str,
    /// The alias; empty if there is none.
    alias: &'t str,
    row: usize,
    start: usize,
    end: usize,
    line_start: usize,
    /// Before the line break.
    line_end: usize,
}

impl Block<'_> {
    /// Whether it imports anything of the same sort as a path: Go's own, or not.
    fn has_like(&self, path: &str) -> bool {
        self.specs.iter().any(|spec| is_standard(spec.path) == is_standard(path))
    }

    /// Whether its imports stand on lines of their own.
    fn is_airy(&self, text: &str) -> bool {
        self.specs.windows(2).all(|pair| pair[0].row < pair[1].row)
            && self.specs.first().is_some_and(|first| text[first.line_start..first.start].trim().is_empty())
    }

    /// Its imports on successive lines, by index. gofmt sorts within such a run.
    fn runs(&self) -> Vec<std::ops::Range<usize>> {
        let mut runs = Vec::new();
        let mut start = 0;
        for next in 1..=self.specs.len() {
            if next == self.specs.len() || self.specs[next].row > self.specs[next - 1].row + 1 {
                runs.push(start..next);
                start = next;
            }
        }
        runs
    }
}

/// The import declarations that can be added to: `import "C"` belongs to the comment before it.
fn blocks(text: &str) -> Vec<Block<'_>> {
    let Some(tree) = grammar::parse(text, &[]) else { return Vec::new() };
    let declarations = parts(tree.root_node()).filter(|part| kind(*part) == "import_declaration");
    let blocks = declarations.map(|declaration| {
        let list = parts(declaration).find(|part| kind(*part) == "import_spec_list");
        let specs = parts(list.unwrap_or(declaration)).filter(|part| kind(*part) == "import_spec");
        let specs = specs.map(|spec| read_spec(spec, text)).collect();
        Block { start: declaration.start_byte(), open: list.map(|list| list.start_byte() + 1), specs }
    });
    blocks.filter(|block| block.specs.iter().all(|spec| spec.path != "C")).collect()
}

fn read_spec<'t>(spec: Node, text: &'t str) -> Spec<'t> {
    let (start, end) = (spec.start_byte(), spec.end_byte());
    let path = parts(spec).last();
    Spec {
        path: path.map_or("", |path| slice(path, text).trim_matches(['"', '`'])),
        alias: path.map_or("", |path| text[start..path.start_byte()].trim()),
        row: spec.start_position().row,
        start,
        end,
        line_start: text[..start].rfind('\n').map_or(0, |at| at + 1),
        line_end: line_end(text, end),
    }
}

fn line_end(text: &str, from: usize) -> usize {
    let end = text[from..].find('\n').map_or(text.len(), |at| from + at);
    if text[from..end].ends_with('\r') { end - 1 } else { end }
}

/// A package of Go's own has no domain in front.
fn is_standard(path: &str) -> bool {
    !path.split('/').next().unwrap_or(path).contains('.')
}

fn written(wanted: &ImportWanted) -> String {
    match &wanted.alias {
        Some(alias) => format!("{alias} \"{}\"", wanted.path),
        None => format!("\"{}\"", wanted.path),
    }
}

/// Inserts into declarations with parentheses.
fn insert(text: &str, blocks: &[Block], missing: &[&ImportWanted]) -> Vec<Replacement> {
    let blocks: Vec<&Block> = blocks.iter().filter(|block| block.open.is_some()).collect();
    let mut insertions: BTreeMap<usize, String> = BTreeMap::new();
    // What starts a group of its own comes after what joins one: both may be inserted at the end of the same line.
    let mut alone: [Vec<&ImportWanted>; 2] = [Vec::new(), Vec::new()];
    let mut joined: Vec<(usize, usize, usize)> = Vec::new();
    for wanted in missing {
        let Some((block, run)) = best_run(text, &blocks, &wanted.path) else {
            alone[usize::from(!is_standard(&wanted.path))].push(wanted);
            continue;
        };
        let specs = &blocks[block].specs;
        let new = (wanted.path.as_str(), wanted.alias.as_deref().unwrap_or_default());
        let place = run.clone().find(|index| (specs[*index].path, specs[*index].alias) > new).unwrap_or(run.end);
        if place == run.start {
            let line = format!("\t{}\n", written(wanted));
            insertions.entry(specs[place].line_start).or_default().push_str(&line);
        } else {
            let line = format!("\n\t{}", written(wanted));
            insertions.entry(specs[place - 1].line_end).or_default().push_str(&line);
            joined.push((block, run.start, place));
        }
    }
    let [standard, foreign] = alone;
    let home = blocks.iter().find(|block| block.is_airy(text)).unwrap_or(&blocks[0]);
    let lines =
        |group: &[&ImportWanted]| group.iter().map(|wanted| format!("\n\t{}", written(wanted))).collect::<String>();
    let open = home.open.unwrap_or(home.start);
    match home.specs.last() {
        Some(last) if home.is_airy(text) => {
            if !standard.is_empty() {
                insertions.entry(line_end(text, open)).or_default().push_str(&(lines(&standard) + "\n"));
            }
            if !foreign.is_empty() {
                insertions.entry(last.line_end).or_default().push_str(&("\n".to_owned() + &lines(&foreign)));
            }
        }
        _ if standard.is_empty() && foreign.is_empty() => {}
        _ => {
            let between = if standard.is_empty() || foreign.is_empty() { "" } else { "\n" };
            let after = if text[open..line_end(text, open)].trim().is_empty() { "" } else { "\n" };
            insertions.entry(open).or_default().push_str(&(lines(&standard) + between + &lines(&foreign) + after));
        }
    }
    let mut edits: Vec<Replacement> =
        insertions.into_iter().map(|(at, text)| (TextRange::empty(at as u32), text)).collect();
    for (index, block) in blocks.iter().enumerate() {
        let split = |at: usize| joined.iter().any(|(block, _, place)| (*block, *place) == (index, at));
        edits.extend(realign(text, block, split));
    }
    edits.sort();
    edits.dedup();
    edits
}

/// The run of like imports that shares most with a path.
fn best_run(text: &str, blocks: &[&Block], path: &str) -> Option<(usize, std::ops::Range<usize>)> {
    let mut best: Option<(usize, usize, std::ops::Range<usize>)> = None;
    for (index, block) in blocks.iter().enumerate().filter(|(_, block)| block.is_airy(text)) {
        for run in block.runs() {
            let alike = block.specs[run.clone()].iter().filter(|spec| is_standard(spec.path) == is_standard(path));
            let Some(shared) = alike.map(|spec| shared_parts(spec.path, path)).max() else { continue };
            if best.as_ref().is_none_or(|(most, ..)| shared > *most) {
                best = Some((shared, index, run));
            }
        }
    }
    best.map(|(_, index, run)| (index, run))
}

fn shared_parts(one: &str, other: &str) -> usize {
    one.split('/').zip(other.split('/')).take_while(|(one, other)| one == other).count()
}

/// gofmt aligns the comments of successive lines. An import between two such lines parts them, and each part is aligned anew.
fn realign(text: &str, block: &Block, split: impl Fn(usize) -> bool) -> Vec<Replacement> {
    let comment = |spec: &Spec| {
        let rest = &text[spec.end..spec.line_end];
        rest.trim_start().starts_with('/').then(|| spec.end + rest.len() - rest.trim_start().len())
    };
    let width = |spec: &Spec| text[spec.start..spec.end].chars().count();
    let mut edits = Vec::new();
    for run in block.runs() {
        if !run.clone().any(&split) {
            continue;
        }
        let mut start = run.start;
        while start < run.end {
            let mut end = start + 1;
            let commented = comment(&block.specs[start]).is_some();
            while end < run.end && comment(&block.specs[end]).is_some() == commented && !split(end) {
                end += 1;
            }
            let widest = block.specs[start..end].iter().map(width).max().unwrap_or(0);
            for spec in &block.specs[start..end] {
                let Some(at) = comment(spec) else { continue };
                let gap = " ".repeat(widest - width(spec) + 1);
                if text[spec.end..at] != gap {
                    edits.push((TextRange::new(spec.end as u32, at as u32), gap));
                }
            }
            start = end;
        }
    }
    edits
}

/// Turns `import "x"` into a declaration with parentheses.
fn widen(text: &str, block: &Block, missing: &[&ImportWanted]) -> Vec<Replacement> {
    let Some(spec) = block.specs.first() else { return Vec::new() };
    let mut all: Vec<(&str, String)> = missing.iter().map(|wanted| (wanted.path.as_str(), written(wanted))).collect();
    all.push((spec.path, text[spec.start..spec.end].to_owned()));
    vec![(TextRange::new(spec.start as u32, spec.end as u32), parenthesized(all))]
}

/// Writes the first imports of a file.
fn start(text: &str, facts: &FileFacts, missing: &[&ImportWanted]) -> Replacement {
    let all: Vec<(&str, String)> = missing.iter().map(|wanted| (wanted.path.as_str(), written(wanted))).collect();
    let declaration = match &all[..] {
        [(_, only)] => format!("import {only}"),
        _ => format!("import {}", parenthesized(all)),
    };
    let anchor = (facts.import_anchor as usize).min(text.len());
    let end = line_end(text, anchor);
    let rest = text[anchor..end].trim_start();
    if !rest.is_empty() && !rest.starts_with('/') {
        return (TextRange::empty(anchor as u32), format!("; {declaration}"));
    }
    let follows = text[end..].trim_start_matches('\r').strip_prefix('\n').unwrap_or_default();
    let blank = follows.is_empty() || follows.starts_with('\n') || follows.starts_with("\r\n");
    let after = if blank { "" } else { "\n" };
    (TextRange::empty(end as u32), format!("\n\n{declaration}{after}"))
}

/// Imports between parentheses, Go's own first.
fn parenthesized(mut all: Vec<(&str, String)>) -> String {
    all.sort_by_key(|(path, _)| (!is_standard(path), *path));
    let mut out = String::from("(");
    let mut before = None;
    for (path, line) in &all {
        if before.is_some_and(|before| before != is_standard(path)) {
            out.push('\n');
        }
        before = Some(is_standard(path));
        out.push_str("\n\t");
        out.push_str(line);
    }
    out.push_str("\n)");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Name;
    use crate::lang;
    use std::io::Write;
    use std::process::{Command, Stdio};

    /// Adds imports, each a path or `alias path`.
    fn with(text: &str, wanted: &[&str]) -> String {
        let wanted: Vec<ImportWanted> = wanted
            .iter()
            .map(|wanted| match wanted.split_once(' ') {
                Some((alias, path)) => ImportWanted { path: path.into(), alias: Some(alias.into()) },
                None => ImportWanted { path: (*wanted).into(), alias: None },
            })
            .collect();
        let frontend = lang::for_path("a.go").unwrap();
        let edits = add(text, &(frontend.lower)(text, &[]), &wanted);
        let mut out = text.to_owned();
        for (range, text) in edits.iter().rev() {
            out.replace_range(range.start as usize..range.end as usize, text);
        }
        let facts = (frontend.lower)(&out, &[]);
        assert_eq!(facts.problems, [], "{out}");
        assert_eq!(add(&out, &facts, &wanted), [], "again: {out}");
        check_format(&out);
        out
    }

    /// Compares with gofmt, where it is installed. Texts with `\r` are never as gofmt leaves them.
    fn check_format(text: &str) {
        let gofmt = Command::new("gofmt").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let (false, Ok(mut gofmt)) = (text.contains('\r'), gofmt) else { return };
        gofmt.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        assert_eq!(String::from_utf8(gofmt.wait_with_output().unwrap().stdout).unwrap(), text);
    }

    const GROUPS: &str =
        "package p\n\nimport (\n\t\"fmt\"\n\t\"net/http\"\n\n\t\"github.com/a/b\"\n\tz \"github.com/x/z\"\n)\n";

    #[test]
    fn an_import_joins_its_like_in_order() {
        assert_eq!(with(GROUPS, &["net/url"]), GROUPS.replace("net/http\"\n", "net/http\"\n\t\"net/url\"\n"));
        assert_eq!(with(GROUPS, &["context"]), GROUPS.replace("(\n", "(\n\t\"context\"\n"));
        let added = with(GROUPS, &["github.com/m/n", "k github.com/m/k", "zz/z"]);
        let expected = GROUPS
            .replace("a/b\"\n", "a/b\"\n\tk \"github.com/m/k\"\n\t\"github.com/m/n\"\n")
            .replace("net/http\"\n", "net/http\"\n\t\"zz/z\"\n");
        assert_eq!(added, expected);
    }

    #[test]
    fn the_group_that_shares_most_is_chosen() {
        let text = "package p\n\nimport (\n\t\"fmt\"\n\n\t\"github.com/a/b\"\n\n\t\"corp.example/x/y\"\n)\n";
        assert_eq!(with(text, &["corp.example/x/z"]), text.replace("x/y\"\n", "x/y\"\n\t\"corp.example/x/z\"\n"));
        assert_eq!(with(text, &["go.uber.org/zap"]), text.replace("a/b\"\n", "a/b\"\n\t\"go.uber.org/zap\"\n"));
    }

    #[test]
    fn an_import_without_its_like_starts_a_group() {
        let text = "package p\n\nimport (\n\t\"fmt\"\n)\n";
        let expected = "package p\n\nimport (\n\t\"fmt\"\n\t\"net/url\"\n\n\t\"a.b/c\"\n\t\"d.e/f\"\n)\n";
        assert_eq!(with(text, &["d.e/f", "net/url", "a.b/c"]), expected);
        let text = "package p\n\nimport ( // why\n\t// of theirs\n\t\"a.b/c\"\n)\n";
        let expected = "package p\n\nimport ( // why\n\t\"fmt\"\n\n\t// of theirs\n\t\"a.b/c\"\n)\n";
        assert_eq!(with(text, &["fmt"]), expected);
    }

    #[test]
    fn what_is_imported_is_left() {
        assert_eq!(with(GROUPS, &["fmt", "z github.com/x/z", "http net/http", "b github.com/a/b"]), GROUPS);
        let added = with(GROUPS, &["q github.com/x/z"]);
        assert_eq!(added, GROUPS.replace("\tz", "\tq \"github.com/x/z\"\n\tz"));
    }

    #[test]
    fn a_single_import_becomes_a_block() {
        let added = with("package p\n\nimport \"fmt\"\n\nfunc f() {}\n", &["a.b/c", "context"]);
        let block = "import (\n\t\"context\"\n\t\"fmt\"\n\n\t\"a.b/c\"\n)";
        assert_eq!(added, format!("package p\n\n{block}\n\nfunc f() {{}}\n"));
        let added = with("package p\n\nimport \"a.b/c\"\nimport \"fmt\" // for f\n", &["context"]);
        let expected = "package p\n\nimport \"a.b/c\"\nimport (\n\t\"context\"\n\t\"fmt\"\n) // for f\n";
        assert_eq!(added, expected);
    }

    #[test]
    fn a_file_without_imports_gets_its_first() {
        assert_eq!(with("package p\n", &["fmt"]), "package p\n\nimport \"fmt\"\n");
        let text = "// Doc.\npackage p // import \"x\"\n\nfunc f() {}\n";
        let block = "import (\n\t\"fmt\"\n\n\t\"a.b/c\"\n)";
        let expected = format!("// Doc.\npackage p // import \"x\"\n\n{block}\n\nfunc f() {{}}\n");
        assert_eq!(with(text, &["a.b/c", "fmt"]), expected);
        let cgo = "package p\n\n// #include <x.h>\nimport \"C\"\n";
        assert_eq!(with(cgo, &["fmt"]), cgo.replace("package p\n", "package p\n\nimport \"fmt\"\n"));
        let empty = with("package p\n\nimport ()\n", &["fmt", "a.b/c"]);
        assert_eq!(empty, "package p\n\nimport (\n\t\"fmt\"\n\n\t\"a.b/c\"\n)\n");
    }

    #[test]
    fn odd_texts_stay_go() {
        let frontend = lang::for_path("a.go").unwrap();
        let wanted = [ImportWanted { path: "fmt".into(), alias: None }];
        for text in ["package p\nfunc f() {}\n", "package p; func f() {}\n", "package p; import (\"os\"; \"io\")\n"] {
            let edits = add(text, &(frontend.lower)(text, &[]), &wanted);
            let (range, new) = &edits[0];
            let mut out = text.to_owned();
            out.replace_range(range.start as usize..range.end as usize, new);
            let facts = (frontend.lower)(&out, &[]);
            assert_eq!(facts.problems, [], "{out}");
            assert!(facts.imports.iter().any(|import| import.path == Name::new("fmt")), "{out}");
        }
    }

    #[test]
    fn line_breaks_stay_as_they_are() {
        let added = with(&GROUPS.replace('\n', "\r\n"), &["net/url"]);
        assert_eq!(added, with(GROUPS, &["net/url"]).replace('\n', "\r\n"));
    }

    #[test]
    fn comments_behind_imports_stay_aligned() {
        let text =
            "package p\n\nimport (\n\t\"a\"          // one\n\t\"net/http/x\" // two\n\t\"z\"          // three\n)\n";
        let added = with(text, &["m"]);
        let expected =
            "package p\n\nimport (\n\t\"a\" // one\n\t\"m\"\n\t\"net/http/x\" // two\n\t\"z\"          // three\n)\n";
        assert_eq!(added, expected);
    }

    #[test]
    fn names_are_guessed_from_paths() {
        let names = [
            ("fmt", "fmt"),
            ("net/http", "http"),
            ("github.com/go-chi/chi/v5", "chi"),
            ("github.com/opentracing/opentracing-go", "opentracing"),
            ("github.com/hashicorp/go-hclog", "hclog"),
            ("github.com/openzipkin/zipkin-go", "zipkin"),
            ("gopkg.in/yaml.v3", "yaml"),
            ("github.com/rabbitmq/amqp091-go", "amqp091"),
            ("github.com/nats-io/nats.go", "nats"),
            ("v2", "v2"),
            ("", ""),
        ];
        for (path, name) in names {
            assert_eq!(package_name(path), name, "{path}");
        }
    }
}
