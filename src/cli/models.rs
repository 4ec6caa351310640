//! The models of a run: those that ship with the program, then the user's.

use crate::diagnostic::Notice;
use crate::model::{Model, builtin, load};
use crate::workspace;
use std::path::PathBuf;

/// Built-in models and those at `paths`. A user's model comes later, so that it can replace a built-in one.
///
/// # Errors
/// A path does not exist.
pub(super) fn of_run(paths: &[PathBuf]) -> anyhow::Result<(Vec<Model>, Vec<Notice>)> {
    let (texts, problems) = workspace::read_models(paths)?;
    let (mut models, mut notices) = builtin::all();
    notices.extend(problems);
    for text in texts {
        let (model, problems) = load::load(&text.path, text.language, &text.text);
        models.push(model);
        notices.extend(problems);
    }
    Ok((models, notices))
}
