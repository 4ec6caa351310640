use super::*;
use crate::facts::outline::{Meaning, OF_ANY};
use crate::lang;

const LONG: &str = "sum := 0\n\tfor _, each := range names {\n\t\tsum += len(each)\n\t}\n\tuse(sum)";

/// The names of the functions of Go files whose bodies are left out, over these files of the module `m`.
fn left_out(files: &[(&str, &str)]) -> Vec<String> {
    let frontend = lang::for_path("a.go").unwrap();
    let meaning = |path: &str, member: &str| match (path, member) {
        ("context", "Context") => Meaning::Context,
        ("net/http" | "context", _) => Meaning::Followed,
        _ => Meaning::None,
    };
    let texts: Vec<String> = files.iter().map(|(_, text)| text.replace("LONG", LONG)).collect();
    let outlines: Vec<_> = texts.iter().map(|text| (frontend.outline)(text, &meaning)).collect();
    let listed: Vec<_> = files.iter().zip(&outlines).map(|((path, _), outline)| (*path, outline.as_ref())).collect();
    let facts = (frontend.read_manifest)("go.mod", "module m\n").unwrap();
    let gaps =
        gaps(&listed, &declared(&listed), vec![ModuleInput { folder: String::new(), facts, lock: None }], frontend);
    let name = |text: &str, gap: &Range<usize>| {
        let line = text[..gap.start].lines().last().unwrap_or_default();
        let line = line.strip_prefix("func ").unwrap_or(line);
        let line = if line.starts_with('(') { line.split_once(") ").unwrap_or_default().1 } else { line };
        line.split('(').next().unwrap_or_default().to_owned()
    };
    gaps.iter().zip(&texts).flat_map(|(gaps, text)| gaps.iter().map(|gap| name(text, gap))).collect()
}

#[test]
fn what_reaches_nothing_that_is_followed_is_left_out() {
    let text = "package a\n\nimport \"net/http\"\n\n\
        func count(names []string) int {\n\tLONG\n\treturn sum\n}\n\n\
        func all(names []string) error {\n\tLONG\n\tcount(names)\n\treturn nil\n}\n\n\
        func send(names []string) error {\n\tLONG\n\thttp.Get(names[0])\n\treturn nil\n}\n\n\
        func sendAll(names []string) error {\n\tLONG\n\tsend(names)\n\treturn nil\n}\n";
    assert_eq!(left_out(&[("a.go", text)]), ["count", "all"]);
}

#[test]
fn who_only_takes_a_context_may_be_left_out() {
    let text = "package a\n\nimport \"context\"\n\n\
        func read(ctx context.Context, names []string) error {\n\tLONG\n\treturn nil\n}\n\n\
        func derive(names []string) context.Context {\n\tLONG\n\treturn nil\n}\n";
    assert_eq!(left_out(&[("a.go", text)]), ["read"]);
}

#[test]
fn members_matter_where_they_can_be_seen() {
    let client = "package client\n\nimport \"net/http\"\n\n\
        type Client struct {\n\tinner *http.Client\n\tname, kind string\n}\n\n\
        func (c *Client) Fetch(names []string) error {\n\tLONG\n\tc.inner.Get(names[0])\n\treturn nil\n}\n\n\
        func (c *Client) Rename(names []string) {\n\tLONG\n\tc.name = names[0]\n}\n";
    let user = "package user\n\nimport \"m/client\"\n\n\
        func run(c *client.Client, names []string) error {\n\tLONG\n\treturn c.Fetch(names)\n}\n";
    let other = "package other\n\n\
        func run(cache *Cache, names []string) error {\n\tLONG\n\treturn cache.Fetch(names)\n}\n";
    let files = [("client/c.go", client), ("user/u.go", user), ("other/o.go", other)];
    assert_eq!(left_out(&files), ["Rename", "run"]);
    assert_eq!(left_out(&files[..2]), ["Rename"]);
}

#[test]
fn a_field_counts_where_a_value_can_be_of_its_type() {
    let client = "package a\n\nimport \"net/http\"\n\n\
        type Client struct {\n\tinner *http.Client\n}\n\n\
        type Cache struct {\n\tinner []string\n}\n\n\
        func given(c *Client, names []string) {\n\tLONG\n\tc.inner.Get(names[0])\n}\n\n\
        func (c *Client) own(names []string) {\n\tLONG\n\tc.inner.Get(names[0])\n}\n\n\
        func cached(c *Cache, names []string) {\n\tLONG\n\tc.inner.Get(names[0])\n}\n\n\
        func (c *Cache) all(names []string) {\n\tLONG\n\tc.inner.Get(names[0])\n}\n\n\
        func (c *Cache) serve(names []string) {\n\tLONG\n\tlater(c.own)\n}\n\n\
        func run(names []string) {\n\tLONG\n\tgiven(find(names), names)\n}\n";
    assert_eq!(left_out(&[("a.go", client)]), ["cached", "all"]);
}

#[test]
fn what_has_no_name_is_not_named() {
    let text = "package a\n\nimport \"net/http\"\n\nvar _ http.Handler = Server{}\n\n\
        func count(names []string) {\n\tLONG\n\t_, _ = names, sum\n}\n";
    assert_eq!(left_out(&[("a.go", text)]), ["count"]);
}

#[test]
fn a_method_of_an_interface_matters_if_any_method_of_that_name_does() {
    let store = "package store\n\n\
        type Store interface {\n\tLoad(names []string) error\n}\n\n\
        type Service struct {\n\tstore Store\n}\n\n\
        func (s *Service) run(names []string) error {\n\tLONG\n\treturn s.store.Load(names)\n}\n";
    let remote = "package remote\n\nimport \"net/http\"\n\n\
        type Remote struct{}\n\n\
        func (r Remote) Load(names []string) error {\n\tLONG\n\thttp.Get(names[0])\n\treturn nil\n}\n";
    assert_eq!(left_out(&[("store/s.go", store)]), ["run"]);
    assert!(left_out(&[("store/s.go", store), ("remote/r.go", remote)]).is_empty());
}

#[test]
fn what_may_hand_something_on_is_read() {
    for signature in ["f(names []string, run func())", "f(names []string) any", "f(names []string) string"] {
        let text = format!("package a\n\nfunc {signature} {{\n\tLONG\n\treturn nil\n}}\n");
        assert!(left_out(&[("a.go", &text)]).is_empty(), "{signature}");
    }
    for rest in ["s.jobs <- names", "s.jobs = append(s.jobs, names)", "dial(\"http://shop\")", "injectHeaders(s)"] {
        let text = format!("package a\n\nfunc (s *S) f(names []string) {{\n\tLONG\n\t{rest}\n}}\n");
        assert!(left_out(&[("a.go", &text)]).is_empty(), "{rest}");
    }
}

#[test]
fn what_may_hold_anything_does_not_matter_to_all_that_leads_there() {
    let with = |field: &str| {
        let text = format!(
            "package a\n\ntype Label struct {{\n\tvalue {field}\n\tname int\n}}\n\n\
            type Labels struct {{\n\tall []Label\n}}\n\n\
            func (l *Label) get(names []string) bool {{\n\tLONG\n\treturn l.value != nil\n}}\n\n\
            func rename(label *Label, names []string) {{\n\tLONG\n\tlabel.name = len(names)\n}}\n\n\
            func count(labels Labels, names []string) int {{\n\tLONG\n\treturn len(labels.all)\n}}\n\n\
            func getAll(labels Labels, names []string) {{\n\tLONG\n\tlabels.all[0].get(names)\n}}\n"
        );
        left_out(&[("a.go", &text)])
    };
    assert_eq!(with("any"), ["rename", "count", "getAll"]);
    assert_eq!(with("map[string]string"), ["rename", "count", "getAll"]);
    assert_eq!(with("func(names []string)"), ["rename", "count"]);
    assert_eq!(with("*int"), ["get", "rename", "count", "getAll"]);
}

/// The names of the functions of Rust files whose bodies are left out. `b` is a crate that the others need.
fn left_out_of_crates(files: &[(&str, &str)]) -> Vec<String> {
    const BODY: &str = "let mut sum = 0;\n    for name in names {\n        sum += name.len();\n    }\n    show(sum);";
    let frontend = lang::for_path("a.rs").unwrap();
    let meaning = |holder: &str, path: &str| match (holder, path) {
        ("http_client", _) | ("trace", "open" | "traced") | (OF_ANY, "enter") => Meaning::Followed,
        ("trace", "Span") => Meaning::Holds,
        ("threads", "scope") | (OF_ANY, "spawn") => Meaning::Starts,
        _ => Meaning::None,
    };
    let texts: Vec<String> = files.iter().map(|(_, text)| text.replace("BODY", BODY)).collect();
    let outlines: Vec<_> = texts.iter().map(|text| (frontend.outline)(text, &meaning)).collect();
    let listed: Vec<_> = files.iter().zip(&outlines).map(|((path, _), outline)| (*path, outline.as_ref())).collect();
    let manifest = |folder: &str, needs: &str| {
        let text = format!("[package]\nname = \"{folder}\"\n[dependencies]\nhttp_client = \"1\"\n{needs}");
        let facts = (frontend.read_manifest)("Cargo.toml", &text).unwrap();
        ModuleInput { folder: folder.to_owned(), facts, lock: None }
    };
    let needs = "b = { path = \"../b\" }\n";
    let modules = vec![manifest("a", needs), manifest("b", ""), manifest("c", "")];
    let gaps = gaps(&listed, &declared(&listed), modules, frontend);
    let name = |text: &str, gap: &Range<usize>| {
        let (_, after) = text[..gap.start].rsplit_once("fn ").unwrap_or_default();
        after.split(['(', '<']).next().unwrap_or_default().to_owned()
    };
    let is_body = |text: &str, gap: &Range<usize>| text[..gap.start].ends_with('{');
    let of_file = |(gaps, text): (&Vec<Range<usize>>, &String)| -> Vec<String> {
        gaps.iter().filter(|gap| is_body(text, gap)).map(|gap| name(text, gap)).collect()
    };
    gaps.iter().zip(&texts).flat_map(of_file).collect()
}

#[test]
fn attributes_that_say_nothing_are_left_out() {
    let text = "#![allow(dead_code)]\n#[derive(Debug)]\n#[cfg(unix)]\npub enum Shop {\n    #[error(\"a, {b}\")]\n    Closed(#[from] Error),\n    \
        Open {\n        #[serde(rename = \"x\")]\n        #[cfg(unix)]\n        name: String,\n    },\n}\n\n\
        #[must_use]\n#[instrument(skip_all)]\nfn f(names: &[&str]) {\n    http_client::get(names[0]);\n}\n";
    let frontend = lang::for_path("a.rs").unwrap();
    let outline = (frontend.outline)(text, &|_, _| Meaning::None).unwrap();
    let left_out: Vec<&str> = outline.skipped.iter().map(|gap| &text[gap.clone()]).collect();
    let silent = ["#[derive(Debug)]", "#[error(\"a, {b}\")]", "#[serde(rename = \"x\")]", "#[must_use]"];
    assert_eq!(left_out, silent);
}

#[test]
fn bodies_of_rust_that_reach_nothing_are_left_out() {
    let text = "use http_client::Client;\nuse trace::open;\n\n\
        fn count(names: &[&str]) {\n    BODY\n}\n\n\
        fn all(names: &[&str]) {\n    BODY\n    count(names);\n}\n\n\
        fn send(names: &[&str]) {\n    BODY\n    Client::new().get(names[0]);\n}\n\n\
        fn send_all(names: &[&str]) {\n    BODY\n    send(names);\n}\n\n\
        fn traced(names: &[&str]) {\n    BODY\n    open(names);\n}\n\n\
        #[cfg(test)]\nfn test_them(names: &[&str]) {\n    BODY\n    send(names);\n}\n";
    assert_eq!(left_out_of_crates(&[("a/src/lib.rs", text)]), ["count", "all", "test_them"]);
}

#[test]
fn what_attributes_do_is_known_without_the_body() {
    let text = "use trace::traced;\n\n\
        #[traced]\nfn count(names: &[&str]) {\n    BODY\n}\n\n\
        fn all(names: &[&str]) {\n    BODY\n    count(names);\n}\n\n\
        #[traced]\nfn send(names: &[&str]) {\n    BODY\n    http_client::get(names[0]);\n}\n\n\
        #[traced]\nfn send_all(names: &[&str]) {\n    BODY\n    send(names);\n}\n\n\
        #[traced]\nfn count_all(names: &[&str]) {\n    BODY\n    count(names);\n}\n\n\
        #[traced]\nfn start(names: &[&str]) {\n    BODY\n    threads::scope(|| count(names));\n}\n\n\
        #[traced]\nfn start_more(names: &[&str]) {\n    BODY\n    scope.spawn(|| count(names));\n}\n\n\
        #[inline]\nfn nothing(names: &[&str]) {\n    BODY\n}\n";
    assert_eq!(left_out_of_crates(&[("a/src/lib.rs", text)]), ["count", "count_all", "nothing"]);
}

#[test]
fn what_makes_a_value_is_read_if_the_value_does_something() {
    let with = |field: &str, rest: &str| {
        let text = format!(
            "pub struct Shop {{\n    field: {field},\n}}\n\n\
            impl Shop {{\n    pub fn new(names: &[&str]) -> Self {{\n    BODY\n    Shop {{ field }}\n}}\n}}\n\n{rest}"
        );
        left_out_of_crates(&[("a/src/lib.rs", &text)])
    };
    assert!(with("Box<dyn Any>", "").is_empty());
    let made = |rest: &str| with("u64", rest);
    assert_eq!(made(""), ["new"]);
    assert_eq!(made("impl Shop {\n    fn count(&self, names: &[&str]) {\n    BODY\n}\n}\n"), ["new", "count"]);
    let sends = "impl Shop {\n    fn send(&self, names: &[&str]) {\n    BODY\n    http_client::get(names[0]);\n}\n}\n";
    assert!(made(sends).is_empty());
    let of_trait = sends.replace("impl Shop", "impl Send for Shop");
    assert!(made(&of_trait).is_empty());
}

#[test]
fn names_of_rust_are_those_of_types_traits_and_modules() {
    let shop = "use http_client::Client;\n\n\
        pub struct Shop {\n    client: Client,\n    name: String,\n}\n\n\
        impl Shop {\n    \
            pub fn fetch(&self, names: &[&str]) {\n    BODY\n    self.client.get(names[0]);\n}\n    \
            pub fn rename(&mut self, names: &[&str]) {\n    BODY\n    self.name.clear();\n}\n}\n\n\
        impl Drop for Shop {\n    fn drop(&mut self) {\n    BODY\n    self.client.close();\n}\n}\n";
    let user = "use b::Shop;\n\n\
        fn buy(shop: &Stall, names: &[&str]) {\n    BODY\n    shop.fetch(names);\n}\n\n\
        fn drop(names: &[&str]) {\n    BODY\n}\n\n\
        fn look(shop: &Stall, names: &[&str]) {\n    BODY\n    shop.drop(names);\n}\n";
    // Neither does the crate `c` need `b`, nor does anybody name what is dropped.
    let files = [("b/src/lib.rs", shop), ("a/src/main.rs", user), ("c/src/lib.rs", user)];
    assert_eq!(left_out_of_crates(&files), ["rename", "drop", "look", "buy", "drop", "look"]);
}

#[test]
fn what_a_trait_asks_for_matters_if_what_it_is_given_does() {
    let store = "pub trait Store {\n    fn load(&self, names: &[&str]);\n}\n\n\
        pub trait Other {\n    fn find(&self, names: &[&str]);\n}\n\n\
        fn run(store: &dyn Store, names: &[&str]) {\n    BODY\n    store.load(names);\n}\n\n\
        fn look(other: &dyn Other, names: &[&str]) {\n    BODY\n    other.find(names);\n}\n";
    let remote = "use http_client::get;\n\n\
        struct Remote;\n\n\
        impl crate::Store for Remote {\n    fn load(&self, names: &[&str]) {\n    BODY\n    get(names[0]);\n}\n}\n";
    assert_eq!(left_out_of_crates(&[("a/src/lib.rs", store)]), ["run", "look"]);
    assert_eq!(left_out_of_crates(&[("a/src/lib.rs", store), ("a/src/remote.rs", remote)]), ["look"]);
}

#[test]
fn what_rust_may_hand_something_on_is_read() {
    for signature in [
        "f(names: &[&str], run: impl Fn())",
        "f<F>(names: &[&str], run: F) where F: Future",
        "f(names: &[&str]) -> Box<dyn Any>",
        "f(names: &[&str], headers: &HashMap<String, String>)",
        "f(names: &[&str], span: trace::Span)",
    ] {
        let text = format!("fn {signature} {{\n    BODY\n}}\n");
        assert!(left_out_of_crates(&[("a/src/lib.rs", &text)]).is_empty(), "{signature}");
    }
    for rest in [
        "dial(\"http://shop\")",
        "headers.set(\"traceparent\", names)",
        "inject_headers(names)",
        "let _guard = span.enter()",
        "use http_client::{get, post}; all(get)",
        "<T>::run::<Vec<http_client::Client>>()",
        "let client = a::b::<http_client::Client>::new()",
        "impl Drop for names {}",
        "// spanlint: allow(missing-inject): not ours",
    ] {
        let text = format!("fn f(names: &[&str]) {{\n    BODY\n    {rest};\n}}\n");
        assert!(left_out_of_crates(&[("a/src/lib.rs", &text)]).is_empty(), "{rest}");
    }
}

#[test]
fn files_for_tests_are_left_out() {
    let lib = "#[cfg(test)]\nmod tests;\nmod shop;\n#[cfg(test)]\nmod shared;\n#[cfg(not(test))]\nmod other;\n";
    let shop = "#[cfg(test)]\nmod tests;\n#[path = \"../shared.rs\"]\nmod other;\nmod shared;\n";
    let send = |name: &str| format!("fn {name}(names: &[&str]) {{\n    BODY\n    http_client::get(names[0]);\n}}\n");
    let tests = format!("mod helper;\n{}", send("test"));
    let files = [
        ("a/src/lib.rs", lib.to_owned()),
        ("a/src/shop.rs", format!("{shop}{}", send("shop"))),
        ("a/src/tests.rs", tests),
        ("a/src/tests/helper.rs", send("helper")),
        ("a/src/shop/tests.rs", send("test_shop")),
        ("a/src/shop/shared.rs", send("shared")),
        ("a/src/other.rs", send("other")),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    assert_eq!(left_out_of_crates(&files), ["test", "helper", "test_shop"]);
}

#[test]
fn names_of_rust_reach_as_far_as_imports_do() {
    let lib = "mod remote;\nmod local;\npub use http_client::Client as Http;\n";
    let remote = "pub fn fetch(names: &[&str]) {\n    BODY\n    http_client::get(names[0]);\n}\n\n\
        pub type Other = http_client::Client;\n";
    for (import, call) in [
        ("use crate::remote::fetch;", "fetch(names)"),
        ("use crate::remote::*;", "fetch(names)"),
        ("use crate::remote::{self, fetch as get};", "get(names)"),
        ("use crate::remote::{self, fetch as get};", "remote::fetch(names)"),
        ("use {crate::remote::fetch};", "names.map(fetch)"),
        ("use crate::Http;", "Http::new()"),
        ("use super::remote::Other;", "Other::new()"),
    ] {
        let local = format!("{import}\n\nfn f(names: &[&str]) {{\n    BODY\n    {call};\n}}\n");
        let files = [("a/src/lib.rs", lib), ("a/src/remote.rs", remote), ("a/src/local.rs", &local)];
        assert!(left_out_of_crates(&files).is_empty(), "{import} {call}");
    }
    let local = "fn f(names: &[&str], fetch: usize) {\n    BODY\n    fetch(names);\n}\n";
    let files = [("a/src/lib.rs", lib), ("a/src/remote.rs", remote), ("a/src/local.rs", local)];
    assert_eq!(left_out_of_crates(&files), ["f"]);
}

#[test]
fn names_of_modules_are_told_apart() {
    let lib = "mod remote;\nmod near;\nmod user;\n";
    let remote = "pub fn fetch(names: &[&str]) {\n    BODY\n    http_client::get(names[0]);\n}\n\n\
        pub struct Stock(http_client::Client);\n\n\
        impl Stock {\n    pub fn open() {\n    BODY\n    http_client::get(names[0]);\n}\n}\n";
    let near = "pub fn fetch(names: &[&str]) {\n    BODY\n}\n\n\
        pub struct Stock(u64);\n\n\
        impl Stock {\n    pub fn open() {\n    BODY\n}\n}\n";
    let passing_on = "pub use crate::remote::{Stock, fetch};\n";
    let is_read = |near: &str, import: &str, call: &str| {
        let user = format!("{import}\n\nfn f(names: &[&str]) {{\n    BODY\n    {call};\n}}\n");
        let files =
            [("a/src/lib.rs", lib), ("a/src/remote.rs", remote), ("a/src/near.rs", near), ("a/src/user.rs", &user)];
        !left_out_of_crates(&files).contains(&"f".to_owned())
    };
    for (import, call) in [
        ("use crate::near::fetch;", "fetch(names)"),
        ("use crate::near::*;", "fetch(names)"),
        ("use crate::near;", "near::fetch(names)"),
        ("use super::near as other;", "other::fetch(names)"),
        ("", "crate::near::fetch(names)"),
        ("", "super::near::fetch(names)"),
        ("", "a::near::fetch(names)"),
        ("use crate::near::Stock;", "Stock::open()"),
        ("use crate::near::*;", "let stock: Option<Stock> = None"),
        ("", "crate::near::Stock::open()"),
    ] {
        assert!(!is_read(near, import, call), "{import} {call}");
        assert!(is_read(near, &import.replace("near", "remote"), &call.replace("near", "remote")), "{import} {call}");
        assert!(is_read(passing_on, import, call), "{import} {call}");
        assert!(is_read("pub use crate::remote::*;\n", import, call), "{import} {call}");
    }
    // What stands for the module around is another one in a module that is written out.
    let inner = "mod inner {\n    use super::near::fetch;\n    fn g(names: &[&str]) {}\n}\nuse super::near::fetch;";
    assert!(is_read(near, inner, "fetch(names)"));
}

#[test]
fn what_macros_between_items_make_may_be_named() {
    let text = "macro_rules! client {\n    ($name:ident) => {\n        fn $name() {\n            http_client::get(\"x\");\n        }\n    };\n}\n\n\
        client!(shop);\n\n\
        fn f(names: &[&str]) {\n    BODY\n    shop();\n}\n\n\
        fn g(names: &[&str]) {\n    BODY\n    stall();\n}\n";
    assert_eq!(left_out_of_crates(&[("a/src/lib.rs", text)]), ["g"]);
}

#[test]
fn any_text_has_an_outline_or_none() {
    let frontend = lang::for_path("a.rs").unwrap();
    let outline = |text: &str| (frontend.outline)(text, &|_, _| Meaning::None);
    for text in [
        "a! {}",
        "x::<",
        "impl",
        "fn f",
        "use a::{",
        "use a::{b::{c",
        "}",
        "#",
        "#[",
        "struct S(",
        "enum E { A(",
        "mod",
        "!",
        ".",
    ] {
        drop(outline(text));
    }
    let nested = |open: &str, close: &str| format!("{}{}", open.repeat(100_000), close.repeat(100_000));
    for text in
        [nested("mod a {", "}"), nested("use a::{", "}"), nested("m! {", "}"), nested("a::<", ">::b"), nested("(", ")")]
    {
        drop(outline(&text));
    }
}
