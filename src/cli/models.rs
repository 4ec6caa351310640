//! The models of a run: those that ship with the program, then the user's.

use crate::diagnostic::Notice;
use crate::model::{self, Model};
use crate::workspace;
use std::path::PathBuf;

/// Built-in models and those at `paths`. A user's model comes later, so that it can replace a built-in one.
///
/// # Errors
/// A path does not exist.
pub(super) fn load(paths: &[PathBuf]) -> anyhow::Result<(Vec<Model>, Vec<Notice>)> {
    let (texts, mut notices) = workspace::read_models(paths)?;
    let (mut models, broken) = model::builtin::all();
    notices.extend(broken);
    for text in texts {
        let (model, problems) = model::load::load(&text.path, text.language, &text.text);
        models.push(model);
        notices.extend(problems);
    }
    Ok((models, notices))
}
