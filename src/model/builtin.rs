//! The models that ship with the program.
