//! What one file says, in terms that every language shares.
//!
//! Front ends make these values, linking and analysis read them. They depend on the text alone: no model, no other file and
//! no parser's type is known here, so they can be kept by content. A field exists because linking, a summary, a check or a
//! fix reads it.

mod declaration;
mod manifest;
pub mod outline;
mod places;
mod step;

pub use declaration::{
    Attribute, Implementation, ImplementationIndex, ModuleContents, ModuleDeclaration, ModuleIndex, Variant,
};
pub use manifest::{Dependency, LockFacts, Locked, ModuleFacts, Substitute, Target};
pub use places::{Place, Visit};
pub use step::{
    Argument, Arm, Call, Callee, Combination, Entry, EntryKey, Failure, Operand, StatementKind, Step, StepKind,
    Temporary, When, operands, walk,
};

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

/// What the constant `false` is read as: a text.
pub const FALSE: &str = "false";

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
    /// Whether its body was left unread: it does nothing that is followed, and nothing is known of what it gives.
    pub is_unread: bool,
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
            is_unread: false,
            steps: Vec::new(),
            temporaries: 0,
            starts: Starts::AtCall,
            attributes: Vec::new(),
            implementation: None,
            module: None,
        }
    }

    /// The function around a closure.
    pub fn owner(&self) -> Option<FunctionIndex> {
        match self.kind {
            FunctionKind::Closure { owner } => Some(owner),
            FunctionKind::Module | FunctionKind::Plain | FunctionKind::Method | FunctionKind::Associated => None,
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
