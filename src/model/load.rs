//! TOML text to models and diagnostics.
