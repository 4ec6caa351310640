//! Every test that runs the library or the program.

mod models;
mod architecture;
mod cli;
mod docs;
mod fixtures;
mod markers;
mod output;
mod support;
mod workspace;
