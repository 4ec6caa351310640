//! Places: how a model says which value of a call it means.

use smol_str::SmolStr;

/// A value of a call, or a part of one: `arg0.headers`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// Where it starts.
    pub root: Root,
    /// The parts that lead on from there.
    pub parts: Vec<SmolStr>,
}

/// Where a place starts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Root {
    /// `self`: what the method is called on, or the record written out.
    Receiver,
    /// `arg0`, `arg1`, ...; `arg-1` is the last.
    Argument(i32),
    /// `args1..`: that argument and all after it, each element of a list on its own.
    Arguments(u32),
    /// `result`, `result.0`, `result.1`.
    Result(u32),
    /// `field:X`: what a record written out holds there.
    Field(SmolStr),
    /// `option:pkg.Name`: what an option made by that function was given first.
    Option(SmolStr),
    /// A variable of a package: `net/http.DefaultClient`.
    Symbol(SmolStr),
}
