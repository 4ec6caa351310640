//! Every test that runs the library or the program.

mod architecture;
mod cli;
mod docs;
mod fixtures;
mod markers;
#[cfg(test)]
mod models;
mod output;
mod support;
mod workspace;
