//! Every test that runs the library or the program.

#[cfg(test)]
mod models;
