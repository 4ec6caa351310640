//! The pages of the book that say what is known of a library, made from its model.

use toml::{Table, Value};

/// A model as a page: summary, packages, and a row for each symbol.
pub(crate) fn page_of(name: &str, model: &Table) -> String {
    let mut text = format!("# {name}\n\n{}.\n\n", model["summary"].as_str().unwrap());
    let packages = model.get("packages").and_then(Value::as_array).into_iter().flatten();
    let paths: Vec<String> = packages.map(|package| format!("`{}`", package["path"].as_str().unwrap())).collect();
    if !paths.is_empty() {
        text += &format!("Packages: {}\n\n", paths.join(", "));
    }
    let rows: String = ["type", "call", "literal", "attribute"].iter().map(|table| rows(model, table)).collect();
    if !rows.is_empty() {
        text += &format!("| symbol | is or does |\n|---|---|\n{rows}");
    }
    text
}

fn rows(model: &Table, table: &str) -> String {
    let symbols = model.get(table).and_then(Value::as_table).into_iter().flatten();
    let row = |(symbol, value): (&String, &Value)| {
        let entries: Vec<&Table> = tables(value);
        let mut said: Vec<String> = Vec::new();
        for words in entries.iter().flat_map(|entry| said_of(entry)) {
            if !said.contains(&words) {
                said.push(words);
            }
        }
        let given = entries.iter().find_map(|entry| given(entry.get("gives")?));
        let otherwise = given.unwrap_or_else(|| "leaves trace context alone".to_owned());
        let words = if said.is_empty() { otherwise } else { said.join("; ") };
        format!("| `{}` | {} |\n", in_a_table(symbol).replace('|', "\\|"), words.replace('|', "\\|"))
    };
    symbols.map(row).collect()
}

/// A symbol as a narrow table can hold it: with the end of its package's path alone, and with blanks where a line may break.
fn in_a_table(symbol: &str) -> String {
    let path = symbol.split('{').next().unwrap_or_default();
    let start = path.rfind('/').map_or(0, |at| at + 1);
    symbol[start..].replace(',', ", ")
}

/// What an entry says of a symbol. Where places stand and under which condition is for the model, not for a list.
fn said_of(entry: &Table) -> Vec<String> {
    let parts = entry.get("parts").and_then(Value::as_table).into_iter().flatten();
    let parts: Vec<&str> =
        parts.map(|(part, _)| part.as_str()).filter(|part| !["itself", "through"].contains(part)).collect();
    let holds = if parts.is_empty() { String::new() } else { format!("with {}", listed(&parts)) };
    let is = entry.get("is").map(|roles| texts(roles).join(" and ").replace('-', " "));
    let sort = match (is, holds.is_empty()) {
        (Some(is), true) => Some(is),
        (Some(is), false) => Some(format!("{is}, {holds}")),
        (None, empty) => (!empty).then_some(holds),
    };
    let effects = entry.iter().flat_map(|(key, value)| match key.as_str() {
        "stands_for" => vec!["stands for what it holds".to_owned()],
        "inside" => vec![format!("needs `{}` around it", texts(value).join(" "))],
        _ => tables(value).into_iter().filter_map(|effect| said_of_effect(key, effect)).collect(),
    });
    sort.into_iter().chain(effects).collect()
}

fn said_of_effect(key: &str, effect: &Table) -> Option<String> {
    let has = |key: &str| effect.contains_key(key);
    let what = if effect.get("kind").is_some_and(|kind| texts(kind) == ["message"]) { "message" } else { "request" };
    let of = |key: &str| effect.get(key).map(texts).unwrap_or_default().join(" and ");
    Some(match key {
        "receives" => format!("a {what} arrives"),
        "sends" if has("instead") => format!("sends a {what}, which can carry nothing"),
        "sends" => format!("sends a {what}"),
        "builds" if has("wrapper") => wrapper(effect),
        "builds" if has("propagator") => "makes a propagator".to_owned(),
        "builds" if of("context") == "fresh" => "makes a request without a context".to_owned(),
        "builds" if has("context") => "makes a request with a context".to_owned(),
        "builds" => "makes a request".to_owned(),
        "extracts" if has("key") => "reads one header".to_owned(),
        "extracts" => "reads the caller's context".to_owned(),
        "injects" if has("key") => "writes one header".to_owned(),
        "injects" => "writes the context".to_owned(),
        "starts" => "opens a span".to_owned(),
        "ends" => "ends a span".to_owned(),
        "derives" if has("context") => "gives the same with another context".to_owned(),
        "derives" => "gives the same in another form".to_owned(),
        "forwards" => "copies what arrives to what leaves".to_owned(),
        "runs" => "runs what it is given".to_owned(),
        "spawns" => "runs what it is given at the same time, or later".to_owned(),
        "routes" if what == "message" => "adds a handler of messages".to_owned(),
        "routes" => "adds a handler".to_owned(),
        "wraps" if of("covers") == "all" => "adds middleware".to_owned(),
        "wraps" => format!("adds middleware for what is added {}", of("covers")),
        "joins" => "puts one router below another".to_owned(),
        "serves" => "serves a handler".to_owned(),
        "installs" => format!("sets up the process's {}", of("what")),
        "activates" => "makes a context the current one".to_owned(),
        "reparents" => "gives a span another parent".to_owned(),
        "links" => "links spans".to_owned(),
        "carries" => "puts headers into what is sent".to_owned(),
        "collects" => "makes a list".to_owned(),
        "enqueues" => "puts work into a queue".to_owned(),
        "dequeues" => "takes work out of a queue".to_owned(),
        "sets" if of("what") == "intended" => "says that a new trace is meant".to_owned(),
        "sets" => format!("sets the {}", of("what")),
        _ => return None,
    })
}

fn wrapper(effect: &Table) -> String {
    let does = |step: &str| match step {
        "extract" => "reads the caller's context",
        "start" => "opens a span",
        "inject" => "writes the context",
        "link" => "links spans",
        other => panic!("nobody says in words what a wrapper does that does `{other}`"),
    };
    let steps: Vec<&str> = effect.get("does").map(texts).unwrap_or_default().into_iter().map(does).collect();
    match (steps.is_empty(), effect.contains_key("from")) {
        (true, true) => "makes a wrapper of what it is given".to_owned(),
        (true, false) => "makes a wrapper that passes on".to_owned(),
        (false, _) => format!("makes a wrapper that {}", listed(&steps)),
    }
}

fn listed(items: &[&str]) -> String {
    match items.split_last() {
        None => String::new(),
        Some((only, [])) => (*only).to_owned(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}

/// What a call is said to give, where that is all.
fn given(gives: &Value) -> Option<String> {
    let is_place = |text: &&str| text.starts_with("arg") || *text == "self" || text.starts_with("self.");
    let results: Vec<&str> = texts(gives).into_iter().filter(|result| *result != "_").collect();
    let (places, types): (Vec<&str>, Vec<&str>) = results.into_iter().partition(is_place);
    let names: Vec<String> = types.iter().map(|result| format!("`{}`", in_a_table(result))).collect();
    match (names.is_empty(), places.is_empty()) {
        (false, _) => Some(format!("gives {}", names.join(" and "))),
        (true, false) => Some("gives back what it is given".to_owned()),
        (true, true) => None,
    }
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        other => other.as_str().into_iter().collect(),
    }
}

fn tables(value: &Value) -> Vec<&Table> {
    match value {
        Value::Array(all) => all.iter().filter_map(Value::as_table).collect(),
        other => other.as_table().into_iter().collect(),
    }
}
