//! The models of a run: those that ship with the program, then the user's.

use crate::diagnostic::Notice;
use crate::model::Model;
use crate::text::Language;
use crate::workspace;
use std::path::PathBuf;

/// Built-in models and those at `paths`. A user's model comes later, so that it can replace a built-in one.
///
/// # Errors
/// A path does not exist.
pub(super) fn load(paths: &[PathBuf]) -> anyhow::Result<(Vec<Model>, Vec<Notice>)> {
    let (texts, mut notices) = workspace::read_models(paths)?;
    let mut models = Vec::new();
    for text in texts {
        let (model, problems) = parse(&text.path, text.language, &text.text);
        models.push(model);
        notices.extend(problems);
    }
    Ok((models, notices))
}

fn parse(path: &str, language: Language, _text: &str) -> (Model, Vec<Notice>) {
    let model = Model {
        name: path.into(),
        language,
        path: path.into(),
        summary: String::new(),
        packages: Vec::new(),
        calls: Vec::new(),
        types: Vec::new(),
        literals: Vec::new(),
        implementations: Vec::new(),
        variables: Vec::new(),
        fixes: Vec::new(),
    };
    (model, Vec::new())
}
