//! `spanlint` finds the places where a distributed trace is cut: handlers that never extract the caller's context, calls
//! that never inject the current one, and everything that breaks the link between the two.
//!
//! `SourceFile -> FileFacts -> Codebase -> Summaries -> PropagationGraph -> Diagnostics -> Report`
//!
//! Each arrow is one function, each noun one plain owned type. [`engine::Engine`] is the door to all of it.
//!
//! # Layers
//!
//! Lowest first. A layer may import those above it in this table and nothing else; a crate named in the last column may be
//! used only in the layers that name it. A test compares this table with the code's own imports.
//!
//! | layer | holds | only here |
//! |---|---|---|
//! | `text` | `SourceFile`, `FileId`, `TextRange`, `FileRange`, `LineIndex` | |
//! | `fix` | `Edit`, `Fix`, `Applicability`, applying edits to text | |
//! | `diagnostic` | `Diagnostic`, `Label`, `Severity`, `Confidence` | |
//! | `facts` | `FileFacts` and its parts | |
//! | `model` | `Model`, its loader | `toml`, `schemars`, `semver` |
//! | `lang` | one front end per language | `tree_sitter`, `tree_sitter_go`, `syn`, `proc_macro2`, `toml` |
//! | `codebase` | what of the files matters, linking, call graph, programs | `rayon` |
//! | `analysis` | summaries, solver, `PropagationGraph`, witness | `semver` |
//! | `checks` | `Check`, `Pass`, one file per check | |
//! | `suppress` | what comments in the code allow | |
//! | `config` | the configuration file, with the places of its words | `toml`, `schemars` |
//! | `engine` | `Engine`, `Report` | `rayon`, `xxhash_rust` |
//! | `workspace` | walking, reading, writing fixes, what cargo says | `std::fs`, `ignore`, `walkdir`, `tempfile`, `anyhow`, `cargo_metadata`, `serde_json`, `std::process` |
//! | `output` | one file per format | `miette`, `serde_json`, `textwrap`, `unicode_width`, `xxhash_rust` |
//! | `lsp` | the language server | `lsp_server`, `gen_lsp_types`, `crossbeam_channel`, `serde_json`, `anyhow` |
//! | `cli` | arguments, exit codes | `std::process`, `anyhow`, `clap`, `clap_complete`, `clap_mangen`, `indicatif`, `supports_color`, `supports_hyperlinks`, `supports_unicode`, `terminal_size` |

pub mod text;

pub mod fix;

pub mod diagnostic;

pub mod facts;

pub mod model;

pub mod lang;

pub mod codebase;

pub mod analysis;

pub mod checks;

pub mod suppress;

pub mod config;

pub mod engine;

pub mod workspace;

pub mod output;

pub mod lsp;

pub mod cli;
