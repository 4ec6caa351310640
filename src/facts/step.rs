//! What functions do, step by step.

use super::{FunctionIndex, LocalIndex, Name, Path, TypeRef};
use crate::text::TextRange;

/// Names what a step makes, in the function that has the step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Temporary(pub u32);

/// Something a step reads.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Operand {
    /// What an earlier step of the function made.
    Temporary(Temporary),
    /// A local of the function or of one around it.
    Local(LocalIndex),
    /// A name that no function around binds, with the selectors after it.
    Free(Path),
    /// A constant text, without its quotes; the constant [`FALSE`] too, which models can ask for.
    Text(Name),
    /// Another constant.
    Constant,
    /// The absent value: `nil`.
    Nothing,
    /// A closure written here.
    Function(FunctionIndex),
}

/// One thing a function does. Steps stand in the order in which they run; what an expression nests is a step of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The expression or statement.
    pub range: TextRange,
    /// What it does.
    pub kind: StepKind,
}

/// What a step does.
///
/// Taking an address, following a pointer, parentheses and starred types make no step: the operand stays the same value. So it
/// does where a language wraps a value to say that it is there, and looks whether it is (Rust's `Some(x)`, `Ok(x)` and `x?`).
#[derive(Clone, Debug, PartialEq)]
pub enum StepKind {
    /// Calls something, or converts to a type whose name looks like a function's.
    Call(Box<Call>),
    /// `result = base.field`, of a value that is no free name.
    Read {
        /// What it makes.
        result: Temporary,
        /// The record.
        base: Operand,
        /// The field, or a method taken as a value.
        field: Name,
    },
    /// `base.field = value`; the field [`POINTEE`] is what a pointer points at: `*base = value`.
    Write {
        /// The record.
        base: Operand,
        /// The field.
        field: Name,
        /// What it becomes.
        value: Operand,
    },
    /// `local = value`; also the binding of one without value, which gets the zero of its type.
    Assign {
        /// The variable.
        to: LocalIndex,
        /// What it becomes; none for a declaration without value.
        value: Option<Operand>,
        /// Whether this binds the variable (`:=`, `var`).
        define: bool,
    },
    /// `name = value` for a name that no function around binds.
    AssignFree {
        /// The variable, with selectors: `http.DefaultClient.Transport`.
        to: Path,
        /// What it becomes.
        value: Operand,
    },
    /// One of several results, or of the values in a tuple.
    Slot {
        /// What it makes.
        result: Temporary,
        /// The call, receive, index or assertion with several results; the tuple; or the element of a loop, whose key is 1.
        of: Operand,
        /// Which, from 0.
        index: u32,
    },
    /// `result = of[key]`, or an element of a loop.
    Element {
        /// What it makes.
        result: Temporary,
        /// The list, map or channel.
        of: Operand,
        /// The key, if it is written.
        key: Option<Operand>,
    },
    /// `base[key] = value`.
    WriteElement {
        /// The list or map.
        base: Operand,
        /// The key.
        key: Operand,
        /// What the element becomes.
        value: Operand,
    },
    /// A record, list or map written out.
    Literal {
        /// What it makes.
        result: Temporary,
        /// Its type.
        ty: TypeRef,
        /// Its entries, in order.
        entries: Vec<Entry>,
    },
    /// A type assertion, or a conversion to a type that can't be read as a call (`[]byte(x)`).
    Cast {
        /// What it makes.
        result: Temporary,
        /// The value.
        value: Operand,
        /// The type.
        ty: TypeRef,
    },
    /// An operator.
    Combine {
        /// What it makes.
        result: Temporary,
        /// The operands, from left to right.
        of: Vec<Operand>,
        /// What sort of operator.
        how: Combination,
    },
    /// `to <- value`.
    Send {
        /// The channel.
        to: Operand,
        /// What is sent.
        value: Operand,
    },
    /// `result = <-from`.
    Receive {
        /// What it makes.
        result: Temporary,
        /// The channel.
        from: Operand,
    },
    /// Waits for a value that is on its way.
    Await {
        /// What it makes: the value.
        result: Temporary,
        /// What gives it: the call of a function that [`Starts::WhenAwaited`], such a block, a handle.
        of: Operand,
    },
    /// Variables are gone, and what ends with them has ended: a block that is not the function's own is left. Blocks that are
    /// left early (`return`, `break`) have no such step.
    Gone {
        /// The variables, in the order in which they were bound.
        locals: Vec<LocalIndex>,
    },
    /// One of several blocks runs (`if`, `switch`, `select`).
    Branch {
        /// The blocks.
        arms: Vec<Arm>,
        /// Whether one of them always runs (an `else`, a `default`).
        exhaustive: bool,
    },
    /// A block that may run any number of times.
    Loop {
        /// The block, with what its head does each time.
        steps: Vec<Step>,
        /// Whether it counts down, so that it meets a list's last element first.
        descending: bool,
    },
    /// The function ends.
    Return {
        /// What it gives; empty for a bare `return`, which gives the named results.
        values: Vec<Operand>,
        /// Whether the function failed.
        failure: Failure,
    },
    /// Leaves the nearest or a named loop or branch, or goes on with its next turn.
    Jump {
        /// Whether what follows in the loop is left for its next turn (`continue`) or the loop is left (`break`, `goto`).
        next_turn: bool,
        /// The label, if one is written.
        label: Option<Name>,
    },
}

/// One block of a branch.
#[derive(Clone, Debug, PartialEq)]
pub struct Arm {
    /// The block, braces included, or the clause.
    pub range: TextRange,
    /// What it does.
    pub steps: Vec<Step>,
}

/// An entry of a literal.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: EntryKey,
    /// The value.
    pub value: Operand,
    /// The value's text.
    pub range: TextRange,
}

/// How an entry of a literal says where it belongs.
#[derive(Clone, Debug, PartialEq)]
pub enum EntryKey {
    /// By position.
    Position(u32),
    /// By a name: a field of a record, or a constant or variable as key of a map. The linker knows which.
    Name(Name),
    /// By another value.
    Value(Operand),
    /// It does not: the value is a record or list whose entries are taken over where none is written (Rust's `..base`).
    Rest,
}

/// What sort of operator joins values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Combination {
    /// `+`, which may join texts.
    Plus,
    /// Any other.
    Other,
}

/// How a return says that the function failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The last value is the absent one, or the function gives no error.
    No,
    /// The last value is an error that is there.
    Yes,
    /// Not to be seen from the text: a variable, or what a call gives.
    Unknown,
}

/// A call.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// What it makes.
    pub result: Temporary,
    /// What is called.
    pub callee: Callee,
    /// The arguments, in order.
    pub arguments: Vec<Argument>,
    /// When it runs.
    pub when: When,
    /// The name that is called: `Do` of `client.Do(req)`.
    pub name_range: TextRange,
    /// From the parenthesis that opens the arguments to the one that closes them, both included.
    pub arguments_range: TextRange,
    /// The innermost statement of a block that holds the call: a place before which, and after which, lines can be put.
    pub statement: TextRange,
    /// What sort of statement that is.
    pub statement_kind: StatementKind,
    /// Types written between brackets.
    pub type_arguments: Vec<TypeRef>,
}

/// What sort of statement holds a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatementKind {
    /// An expression, assignment or declaration: lines can be put before and after it.
    Simple,
    /// `return`: nothing after it runs.
    Return,
    /// The head of a branch or loop: what is put after it is far from the call.
    Head,
    /// A deferred or spawned call.
    Deferred,
    /// None: the body of a function or branch that is an expression. No line can be put before or after it.
    Expression,
}

/// What is called.
#[derive(Clone, Debug, PartialEq)]
pub enum Callee {
    /// A free name with selectors: a function, a method of a package variable, a conversion, a builtin.
    Free(Path),
    /// A method or field of a value.
    Method(Operand, Name),
    /// A value that is a function.
    Value(Operand),
}

/// An argument.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    /// The value.
    pub value: Operand,
    /// Its text.
    pub range: TextRange,
    /// Whether its elements are the arguments (`options...`).
    pub spread: bool,
    /// The parameter's name, where a call can say it.
    pub name: Option<Name>,
}

/// When a call runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Here.
    Now,
    /// When the function ends; the arguments are read here.
    Deferred,
    /// At the same time as what follows.
    Spawned,
}

/// Walks steps in order, blocks included.
pub fn walk<'a>(steps: &'a [Step], visit: &mut impl FnMut(&'a Step)) {
    for step in steps {
        visit(step);
        match &step.kind {
            StepKind::Branch { arms, .. } => arms.iter().for_each(|arm| walk(&arm.steps, visit)),
            StepKind::Loop { steps, .. } => walk(steps, visit),
            _ => {}
        }
    }
}

/// The operands that a step reads itself, not those of the blocks in it.
pub fn operands<'s>(step: &'s Step, visit: &mut impl FnMut(&'s Operand)) {
    match &step.kind {
        StepKind::Call(call) => {
            match &call.callee {
                Callee::Method(base, _) | Callee::Value(base) => visit(base),
                Callee::Free(_) => {}
            }
            call.arguments.iter().for_each(|argument| visit(&argument.value));
        }
        StepKind::Read { base, .. } => visit(base),
        StepKind::Write { base, value, .. } => [base, value].into_iter().for_each(visit),
        StepKind::Assign { value, .. } => value.iter().for_each(visit),
        StepKind::AssignFree { value, .. } | StepKind::Cast { value, .. } => visit(value),
        StepKind::Slot { of, .. } => visit(of),
        StepKind::Element { of, key, .. } => std::iter::once(of).chain(key).for_each(visit),
        StepKind::WriteElement { base, key, value } => [base, key, value].into_iter().for_each(visit),
        StepKind::Literal { entries, .. } => entries.iter().for_each(|entry| {
            visit(&entry.value);
            if let EntryKey::Value(key) = &entry.key {
                visit(key);
            }
        }),
        StepKind::Combine { of, .. } => of.iter().for_each(visit),
        StepKind::Send { to, value } => [to, value].into_iter().for_each(visit),
        StepKind::Receive { from: of, .. } | StepKind::Await { of, .. } => visit(of),
        StepKind::Return { values, .. } => values.iter().for_each(visit),
        StepKind::Gone { .. } | StepKind::Branch { .. } | StepKind::Loop { .. } | StepKind::Jump { .. } => {}
    }
}
