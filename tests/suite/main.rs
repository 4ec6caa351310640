//! Every test that runs the library or the program.

mod lowering;
