//! The models that ship with the program.

use super::Model;
use crate::diagnostic::Notice;

/// Language, path and text of every file in `rules/`. A test compares the list with the folder; `UPDATE=1` rewrites it.
const FILES: &[(&str, &str, &str)] = &[
    // begin
    ("go", "rules/go/builtin.toml", include_str!("../../rules/go/builtin.toml")),
    ("go", "rules/go/context.toml", include_str!("../../rules/go/context.toml")),
    ("go", "rules/go/net_http.toml", include_str!("../../rules/go/net_http.toml")),
    ("go", "rules/go/opentracing.toml", include_str!("../../rules/go/opentracing.toml")),
    // end
];

/// Reads them all. Notices are there only while a model is being written: a test forbids them.
pub fn all() -> (Vec<Model>, Vec<Notice>) {
    let mut models = Vec::new();
    let mut notices = Vec::new();
    for (language, path, text) in FILES {
        let (model, found) = super::load::load(path, crate::text::Language::new(language), text);
        models.push(model);
        notices.extend(found);
    }
    (models, notices)
}
