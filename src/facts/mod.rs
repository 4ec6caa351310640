//! What one file says, in terms that every language shares.
//!
//! Front ends make these values, linking and analysis read them. They depend on the text alone: no model, no other file and
//! no parser's type is known here, so they can be kept by content. A field exists because linking, a summary, a check or a
//! fix reads it.

mod declaration;
mod manifest;

pub use declaration::{
    Attribute, Implementation, ImplementationIndex, ModuleContents, ModuleDeclaration, ModuleIndex, Variant,
};
pub use manifest::{Dependency, ModuleFacts, Substitute};

use crate::text::TextRange;
use smol_str::SmolStr;

/// A name as written.
pub type Name = SmolStr;

/// Everything one file says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FileFacts {
    /// The name of the package that the file says it belongs to (Go's package clause).
    pub package: Option<Name>,
    /// Where a first import can be written: the end of the package clause.
    pub import_anchor: u32,
    /// Modules that the file declares.
    pub modules: Vec<ModuleDeclaration>,
    /// Imports, in order.
    pub imports: Vec<Import>,
    /// Types declared at the top of the file or inside functions.
    pub types: Vec<TypeDeclaration>,
    /// What types have members, and which interfaces they say they implement.
    pub implementations: Vec<Implementation>,
    /// Variables and constants of the package.
    pub globals: Vec<Global>,
    /// Functions; the first is the module body: the initialisers of `globals`, in order.
    pub functions: Vec<Function>,
    /// Every local of every function, one per binding: two variables of one name are two locals.
    pub locals: Vec<Local>,
    /// Comments that speak to this program, in order.
    pub directives: Vec<Directive>,
    /// Whether the file says that a program wrote it.
    pub generated: bool,
    /// Places the parser could not read.
    pub problems: Vec<Problem>,
}

/// An index into [`FileFacts::functions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FunctionIndex(pub u32);

/// An index into [`FileFacts::locals`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LocalIndex(pub u32);

/// The name of what a pointer points at, seen as a field of the pointer.
pub const POINTEE: &str = "*";

/// Names what a step makes, in the function that has the step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Temporary(pub u32);

/// A place the parser could not read. The facts around it still hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// The text that does not fit.
    pub range: TextRange,
    /// What was expected.
    pub message: String,
}

/// A comment that speaks to this program: `// spanlint: allow(missing-inject): a reason`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Directive {
    /// The comment, from its sign on.
    pub comment: TextRange,
    /// What it says after `spanlint:`, up to the end of the line.
    pub words: TextRange,
    /// The code it speaks of: the first on its line, or the next one if no code stands there before it.
    pub target: u32,
}

/// A free name followed by selectors, as written: `http.DefaultClient.Do`. The linker finds out what each part is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Path(pub Vec<Name>);

/// One import.
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    /// What is imported: `net/http`.
    pub path: Name,
    /// Under which name.
    pub alias: Alias,
    /// The import with its alias.
    pub range: TextRange,
    /// The module of the file that has the name, unless that is the file.
    pub module: Option<ModuleIndex>,
    /// Whether others can find the name here too (Rust's `pub use`).
    pub exported: bool,
}

/// The name an import gets in its file.
#[derive(Clone, Debug, PartialEq)]
pub enum Alias {
    /// The package's own name.
    Default,
    /// A name chosen here.
    Named(Name),
    /// Its members become names of this file (Go's dot import).
    Members,
    /// None: imported for its effects.
    Blank,
}

/// A type as written; names are resolved by the linker.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum TypeRef {
    /// A named type with its type arguments.
    Named(Path, Vec<TypeRef>),
    /// A pointer or reference.
    Pointer(Box<TypeRef>),
    /// A slice, array or list.
    List(Box<TypeRef>),
    /// A map from the first to the second.
    Map(Box<TypeRef>, Box<TypeRef>),
    /// A channel.
    Channel(Box<TypeRef>),
    /// A function.
    Function(Box<Signature>),
    /// Several values together.
    Tuple(Vec<TypeRef>),
    /// A record type written in place.
    Record(Vec<Field>),
    /// An interface written in place.
    Interface(Vec<MethodSignature>),
    /// Not written, or of no interest.
    #[default]
    Unknown,
}

/// What a function takes and gives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Signature {
    /// Types of the parameters; a variadic last one is a [`TypeRef::List`].
    pub parameters: Vec<TypeRef>,
    /// Types of the results.
    pub results: Vec<TypeRef>,
    /// Whether the last parameter takes any number of arguments.
    pub variadic: bool,
}

/// A type declared in the file.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeDeclaration {
    /// Its name.
    pub name: Name,
    /// Its type parameters.
    pub parameters: Vec<Name>,
    /// What it is.
    pub kind: TypeKind,
    /// The name in the declaration.
    pub range: TextRange,
    /// The function that declares it, if it is no type of the package.
    pub owner: Option<FunctionIndex>,
    /// The module of the file that declares it, unless that is the file.
    pub module: Option<ModuleIndex>,
}

/// What a declared type is.
#[derive(Clone, Debug, PartialEq)]
pub enum TypeKind {
    /// A record (Go's struct). Fields without names have their positions as names: `0`.
    Record(Vec<Field>),
    /// One of several records, each with a name (Rust's enum).
    Variants(Vec<Variant>),
    /// An interface: its methods, and the interfaces it contains.
    Interface(Vec<MethodSignature>, Vec<TypeRef>),
    /// Another name for a type.
    Alias(TypeRef),
    /// A type of its own with the shape of another: `type Middleware func(http.Handler) http.Handler`.
    Defined(TypeRef),
}

/// A field of a record.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Field {
    /// Its name; that of the type if it is embedded.
    pub name: Name,
    /// Its type.
    pub ty: TypeRef,
    /// Whether the record takes over the members of the field's type.
    pub embedded: bool,
    /// The name, or the type of an embedded field.
    pub range: TextRange,
}

/// A method of an interface.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MethodSignature {
    /// Its name.
    pub name: Name,
    /// What it takes and gives.
    pub signature: Signature,
}

/// A variable or constant of the package.
#[derive(Clone, Debug, PartialEq)]
pub struct Global {
    /// Its name.
    pub name: Name,
    /// Its type, if written.
    pub ty: TypeRef,
    /// Its name in the declaration.
    pub range: TextRange,
    /// The module of the file that declares it, unless that is the file.
    pub module: Option<ModuleIndex>,
    /// Where the type whose constant it is gets it (Rust's associated constants).
    pub implementation: Option<ImplementationIndex>,
}

/// A variable of a function, by binding.
#[derive(Clone, Debug, PartialEq)]
pub struct Local {
    /// Its name; empty if no code can name it: it keeps what an assignment of several (`a, b = b, a`) is about to change,
    /// the value of a branch, or a parameter that is taken apart.
    pub name: Name,
    /// Its type, if written.
    pub ty: TypeRef,
    /// The function that binds it; closures inside may use it too.
    pub owner: FunctionIndex,
    /// Where it is bound.
    pub range: TextRange,
    /// Where its name can be used.
    pub scope: TextRange,
}

/// A function, method or closure, or the module body.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Its name; empty for a closure and the module body.
    pub name: Name,
    /// What sort of function it is.
    pub kind: FunctionKind,
    /// The value it is called on.
    pub receiver: Option<Parameter>,
    /// Its parameters, in order.
    pub parameters: Vec<Parameter>,
    /// Its results, in order; the local is that of a named result.
    pub results: Vec<Parameter>,
    /// Whether the last parameter takes any number of arguments.
    pub variadic: bool,
    /// Names of its type parameters.
    pub type_parameters: Vec<Name>,
    /// Where a report on the whole function points: the name, or `func` of a closure.
    pub name_range: TextRange,
    /// The whole function.
    pub range: TextRange,
    /// The body between its braces, braces included; empty if it has none.
    pub body: TextRange,
    /// What it does.
    pub steps: Vec<Step>,
    /// How many [`Temporary`] values its steps make.
    pub temporaries: u32,
    /// When its steps run.
    pub starts: Starts,
    /// What is written on it. The steps that make the arguments are its first.
    pub attributes: Vec<Attribute>,
    /// Where the type whose member it is gets it.
    pub implementation: Option<ImplementationIndex>,
    /// The module of the file that declares it, unless that is the file.
    pub module: Option<ModuleIndex>,
}

/// When a function's steps run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Starts {
    /// When it is called.
    #[default]
    AtCall,
    /// When what the call gives is awaited, or handed to somebody who runs it (Rust's `async fn` and `async` block). A block
    /// is a closure without parameters that nobody calls.
    WhenAwaited,
}

impl Function {
    /// A function of which only its head's place is known yet.
    pub fn new(kind: FunctionKind, name: Name, name_range: TextRange, range: TextRange) -> Function {
        Function {
            name,
            kind,
            receiver: None,
            parameters: Vec::new(),
            results: Vec::new(),
            variadic: false,
            type_parameters: Vec::new(),
            name_range,
            range,
            body: TextRange::empty(range.end),
            steps: Vec::new(),
            temporaries: 0,
            starts: Starts::AtCall,
            attributes: Vec::new(),
            implementation: None,
            module: None,
        }
    }
}

/// What sort of function it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FunctionKind {
    /// What runs when the file is loaded.
    Module,
    /// A function of the package.
    Plain,
    /// A method; [`Function::receiver`] is there.
    Method,
    /// A function of a type that takes no value of it (Rust's `fn new() -> Self`); [`Function::implementation`] is there.
    Associated,
    /// A function written as an expression inside another.
    Closure {
        /// The function around it.
        owner: FunctionIndex,
    },
}

/// A parameter, receiver or result.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// The local it binds; none if it has no name or is `_`.
    pub local: Option<LocalIndex>,
    /// Its type; that of a variadic parameter is a [`TypeRef::List`].
    pub ty: TypeRef,
}

/// Something a step reads.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Operand {
    /// What an earlier step of the function made.
    Temporary(Temporary),
    /// A local of the function or of one around it.
    Local(LocalIndex),
    /// A name that no function around binds, with the selectors after it.
    Free(Path),
    /// A constant text, without its quotes.
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

impl Function {
    /// The function around a closure.
    pub fn owner(&self) -> Option<FunctionIndex> {
        match self.kind {
            FunctionKind::Closure { owner } => Some(owner),
            FunctionKind::Module | FunctionKind::Plain | FunctionKind::Method | FunctionKind::Associated => None,
        }
    }
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
