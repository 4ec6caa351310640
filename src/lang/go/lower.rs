//! A file's declarations.
//!
//! The rest of the front end adds to [`Lowering`]: types, functions, statements, expressions, each in its file.

use super::grammar::{FIELDS, Fields, kind};
use super::skim::says_generated;
use crate::facts::{
    Alias, FileFacts, Function, FunctionIndex, FunctionKind, Global, Import, LocalIndex, Name, Path, Problem,
    StatementKind, Step, StepKind, Temporary, TypeDeclaration, TypeKind,
};
use crate::lang::depth::{DEPTH_LIMIT, note_too_deep};
use crate::lang::scope::Scopes;
use crate::lang::tree::{directives, parts, problems, range, slice};
use crate::text::TextRange;
use smol_str::SmolStr;
use std::ops::Range;
use tree_sitter::Node;

/// A file on its way from a tree to facts.
pub(super) struct Lowering<'t> {
    pub(super) text: &'t str,
    pub(super) facts: FileFacts,
    pub(super) scopes: Scopes<&'t str, Binding>,
    pub(super) frame: Frame,
    pub(super) fields: &'static Fields,
    /// What was not parsed.
    pub(super) gaps: &'t [Range<usize>],
    depth: u32,
}

/// What a name of a function means.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Binding {
    Local(LocalIndex),
    /// A type parameter, or a type declared in a function.
    Type,
}

/// The function being lowered, closures around the current place aside.
pub(super) struct Frame {
    pub(super) function: FunctionIndex,
    /// The steps of the current block.
    pub(super) steps: Vec<Step>,
    temporaries: u32,
    pub(super) statement: TextRange,
    pub(super) statement_kind: StatementKind,
    /// How many results the function has.
    pub(super) results: usize,
    /// Whether the last result is an error.
    pub(super) gives_error: bool,
    /// The variable of a named last result.
    pub(super) last_result: Option<LocalIndex>,
    /// Variables that are not nil here, because an `if` around says so.
    pub(super) present: Vec<LocalIndex>,
}

impl Frame {
    pub(super) fn new(function: FunctionIndex) -> Frame {
        Frame {
            function,
            steps: Vec::new(),
            temporaries: 0,
            statement: TextRange::default(),
            statement_kind: StatementKind::Simple,
            results: 0,
            gives_error: false,
            last_result: None,
            present: Vec::new(),
        }
    }
}

/// Says everything that the tree of a file says.
pub(super) fn file<'t>(root: Node<'t>, text: &'t str, gaps: &'t [Range<usize>]) -> FileFacts {
    let mut lowering = Lowering {
        text,
        facts: FileFacts::default(),
        scopes: Scopes::default(),
        frame: Frame::new(FunctionIndex(0)),
        fields: &FIELDS,
        gaps,
        depth: 0,
    };
    lowering.facts.problems = problems(root, text);
    lowering.facts.generated = generated(root, text);
    lowering.facts.directives = directives(root, text);
    let whole = TextRange::new(0, text.len() as u32);
    let mut module = Function::new(FunctionKind::Module, SmolStr::default(), TextRange::default(), whole);
    module.body = TextRange::default();
    lowering.facts.functions.push(module);
    lowering.declarations(root);
    let frame = std::mem::replace(&mut lowering.frame, Frame::new(FunctionIndex(0)));
    lowering.finish(frame);
    lowering.facts.locals.shrink_to_fit();
    lowering.facts.functions.shrink_to_fit();
    lowering.facts
}

/// Whether a comment before the package clause says that a program wrote the file.
fn generated(root: Node, text: &str) -> bool {
    let mut cursor = root.walk();
    root.children(&mut cursor)
        .take_while(|child| kind(*child) == "comment")
        .map(|comment| slice(comment, text).trim_end())
        .any(says_generated)
}

fn is_short(node: Node) -> bool {
    node.byte_range().len() < 100
}

impl<'t> Lowering<'t> {
    fn declarations(&mut self, node: Node<'t>) {
        for part in parts(node) {
            match kind(part) {
                "package_clause" => {
                    self.facts.package = part.named_child(0).map(|name| self.name(name));
                    self.facts.import_anchor = part.end_byte() as u32;
                }
                "import_declaration" => self.imports(part),
                "function_declaration" => {
                    self.function(part, FunctionKind::Plain);
                }
                "method_declaration" => {
                    self.function(part, FunctionKind::Method);
                }
                "type_declaration" => self.types(part, None),
                "var_declaration" | "const_declaration" => self.globals(part),
                // Declarations inside what the parser could not read are still worth having.
                "ERROR" => self.nested(part, (), Self::declarations),
                // The grammar lets statements stand here. In a broken file, they are what an error before them leaves.
                _ if self.facts.problems.is_empty() => {
                    let problem = Problem { range: range(part), message: "expected a declaration".to_owned() };
                    self.facts.problems.push(problem);
                }
                _ => {}
            }
        }
    }

    fn imports(&mut self, node: Node<'t>) {
        for part in parts(node) {
            match kind(part) {
                "import_spec_list" => self.imports(part),
                "import_spec" => {
                    let Some(path) = self.field(part, self.fields.path) else { continue };
                    let alias = match self.field(part, self.fields.name) {
                        None => Alias::Default,
                        Some(name) if kind(name) == "dot" => Alias::Members,
                        Some(name) if kind(name) == "blank_identifier" => Alias::Blank,
                        Some(name) => Alias::Named(self.name(name)),
                    };
                    let (path, range) = (self.string(path), range(part));
                    self.facts.imports.push(Import { path, alias, range, module: None, exported: false });
                }
                _ => {}
            }
        }
    }

    /// The types of a declaration, at the top of the file or in a function.
    pub(super) fn types(&mut self, node: Node<'t>, owner: Option<FunctionIndex>) {
        for spec in parts(node) {
            let (Some(name), Some(written)) = (self.field(spec, self.fields.name), self.field(spec, self.fields.ty))
            else {
                continue;
            };
            if owner.is_some() {
                self.scopes.bind(slice(name, self.text), Binding::Type);
            }
            let kind = match (kind(spec), kind(written)) {
                ("type_alias", _) => TypeKind::Alias(self.ty(written)),
                (_, "struct_type") => TypeKind::Record(self.record(written)),
                (_, "interface_type") => {
                    let interface = self.interface(written);
                    TypeKind::Interface(interface.methods, interface.embedded)
                }
                _ => TypeKind::Defined(self.ty(written)),
            };
            let parameters = self.type_parameters(spec);
            let (name, range) = (self.name(name), range(name));
            self.facts.types.push(TypeDeclaration { name, parameters, kind, range, owner, module: None });
        }
    }

    /// The names in the list of type parameters of a declaration.
    pub(super) fn type_parameters(&self, node: Node<'t>) -> Vec<Name> {
        let Some(list) = self.field(node, self.fields.type_parameters) else { return Vec::new() };
        parts(list).flat_map(|part| self.names(part)).map(|name| self.name(name)).collect()
    }

    fn globals(&mut self, node: Node<'t>) {
        self.frame.statement = range(node);
        for (spec, values) in self.specs(node) {
            let ty = self.type_at(spec, self.fields.ty);
            let names = self.names(spec);
            for name in names.iter().filter(|name| slice(**name, self.text) != "_") {
                self.facts.globals.push(Global {
                    name: self.name(*name),
                    ty: ty.clone(),
                    range: range(*name),
                    module: None,
                    implementation: None,
                });
            }
            if let Some(values) = values {
                self.initialize(spec, &names, values);
            }
        }
    }

    /// The specs of a `var` or `const` declaration, and their values.
    pub(super) fn specs(&self, node: Node<'t>) -> Vec<(Node<'t>, Option<Node<'t>>)> {
        let inside = |part: Node<'t>| match kind(part) {
            "var_spec_list" => parts(part).collect(),
            _ => vec![part],
        };
        let specs = parts(node).flat_map(inside).filter(|part| matches!(kind(*part), "var_spec" | "const_spec"));
        let mut before = None;
        specs
            .map(|spec| {
                let own = self.field(spec, self.fields.value);
                // A constant without value repeats the expression before it: `iota`, or something as short.
                let repeated = before.filter(|values: &Node| kind(spec) == "const_spec" && is_short(*values));
                before = own.or(before);
                (spec, own.or(repeated))
            })
            .collect()
    }

    /// Hands a finished function's steps over.
    pub(super) fn finish(&mut self, frame: Frame) {
        let function = &mut self.facts.functions[frame.function.0 as usize];
        function.steps = frame.steps;
        // Facts are kept for as long as the file is.
        function.steps.shrink_to_fit();
        function.temporaries = frame.temporaries;
    }

    /// Runs `lower` one level deeper, unless that is too deep.
    pub(super) fn nested<T>(
        &mut self,
        node: Node<'t>,
        otherwise: T,
        lower: impl FnOnce(&mut Self, Node<'t>) -> T,
    ) -> T {
        if self.depth >= DEPTH_LIMIT {
            note_too_deep(&mut self.facts, range(node));
            return otherwise;
        }
        self.depth += 1;
        let result = lower(self, node);
        self.depth -= 1;
        result
    }

    /// Adds a step.
    pub(super) fn push(&mut self, range: TextRange, kind: StepKind) {
        self.frame.steps.push(Step { range, kind });
    }

    /// A new name for what a step makes.
    pub(super) fn temporary(&mut self) -> Temporary {
        self.frame.temporaries += 1;
        Temporary(self.frame.temporaries - 1)
    }

    /// The child in a field.
    pub(super) fn field(&self, node: Node<'t>, field: u16) -> Option<Node<'t>> {
        node.child_by_field_id(field)
    }

    /// The names that a declaration, parameter or field binds.
    pub(super) fn names(&self, node: Node<'t>) -> Vec<Node<'t>> {
        // They come first, and a type after them is of another kind.
        parts(node).take_while(|part| matches!(kind(*part), "identifier" | "field_identifier")).collect()
    }

    /// The operator of an operation or assignment; empty if there is none.
    pub(super) fn operator(&self, node: Node<'t>) -> &'static str {
        self.field(node, self.fields.operator).map_or("", kind)
    }

    /// A node's text as a name.
    pub(super) fn name(&self, node: Node<'t>) -> Name {
        SmolStr::new(slice(node, self.text))
    }

    /// A path of one name.
    pub(super) fn path(&self, node: Node<'t>) -> Path {
        Path(vec![self.name(node)])
    }
}
