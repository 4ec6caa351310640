//! Every test that runs the library or the program.

// Clippy allows `unwrap` and its like in tests only, and can't know that all of this is one.
#![cfg(test)]

mod adopting;
mod architecture;
mod book;
mod cargo;
mod cli;
mod config;
mod docs;
mod edits;
mod engine;
mod fingerprints;
mod fixtures;
mod library;
mod lowering;
mod lowering_rust;
mod lsp;
mod markers;
mod model_pages;
mod models;
mod output;
mod patterns;
mod picture;
mod pipelines;
mod repairs;
mod shown;
mod support;
mod workspace;
