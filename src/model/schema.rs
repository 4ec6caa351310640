//! The JSON schema of model files.

use super::raw::RawModel;

/// The schema as text, for editors that check and complete TOML.
pub fn text() -> String {
    let schema = schemars::schema_for!(RawModel);
    format!("{:#}\n", schema.as_value())
}
