//! Every test that runs the library or the program.

mod architecture;
mod cli;
mod docs;
mod fixtures;
mod markers;
mod models;
mod output;
mod support;
mod workspace;
