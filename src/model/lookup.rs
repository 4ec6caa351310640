//! stub
use super::{FixModel, Model, Symbol, TypeModel};
use crate::text::Language;
/// All models of one language, indexed by symbol.
#[derive(Debug, Default)]
pub struct ModelSet {}
#[allow(missing_docs)]
impl ModelSet {
    pub fn new(_models: &[Model], _language: Language) -> ModelSet {
        ModelSet {}
    }
    pub fn package_name(&self, _path: &str) -> Option<&str> {
        None
    }
    pub fn call(&self, _s: &str) -> Option<&Symbol> {
        None
    }
    pub fn literal(&self, _s: &str) -> Option<&Symbol> {
        None
    }
    pub fn ty(&self, _s: &str) -> Option<&TypeModel> {
        None
    }
    pub fn types(&self) -> impl Iterator<Item = &TypeModel> {
        std::iter::empty()
    }
    pub fn variable(&self, _s: &str) -> Option<&str> {
        None
    }
    pub fn traces(&self, _s: &str) -> bool {
        false
    }
    pub fn fixes_for(&self, _s: &str) -> impl Iterator<Item = (&Model, &FixModel)> {
        std::iter::empty()
    }
}
