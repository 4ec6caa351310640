//! codebase
