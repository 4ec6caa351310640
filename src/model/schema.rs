//! The JSON schema of model files.
