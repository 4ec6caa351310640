//! A file's declarations.
//!
//! The rest of the front end adds to [`Lowering`]: types, functions, statements, expressions, each in its file.

use super::scope::{Binding, Scopes};
use crate::facts::{
    Alias, FileFacts, Function, FunctionIndex, FunctionKind, Global, Import, LocalIndex, Name, Path, Problem,
    StatementKind, Step, StepKind, Temporary, TypeDeclaration, TypeKind,
};
use crate::lang::tree::{parts, problems, range, slice};
use crate::text::TextRange;
use smol_str::SmolStr;
use std::sync::LazyLock;
use tree_sitter::{Language, Node};

/// How deep expressions, types and statements may nest. Deeper ones are left out, so that no text overflows the stack.
const DEPTH_LIMIT: u32 = 200;

/// The grammar.
pub(super) static GRAMMAR: LazyLock<Language> = LazyLock::new(|| tree_sitter_go::LANGUAGE.into());

static FIELDS: LazyLock<Fields> = LazyLock::new(Fields::new);

/// A file on its way from a tree to facts.
pub(super) struct Lowering<'t> {
    pub(super) text: &'t str,
    pub(super) facts: FileFacts,
    pub(super) scopes: Scopes<'t>,
    pub(super) frame: Frame,
    pub(super) fields: &'static Fields,
    depth: u32,
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
pub(super) fn file<'t>(root: Node<'t>, text: &'t str) -> FileFacts {
    let mut lowering = Lowering {
        text,
        facts: FileFacts::default(),
        scopes: Scopes::default(),
        frame: Frame::new(FunctionIndex(0)),
        fields: &FIELDS,
        depth: 0,
    };
    lowering.facts.problems = problems(root, text);
    lowering.facts.generated = generated(root, text);
    lowering.facts.functions.push(Function {
        name: SmolStr::default(),
        kind: FunctionKind::Module,
        receiver: None,
        parameters: Vec::new(),
        results: Vec::new(),
        variadic: false,
        type_parameters: Vec::new(),
        name_range: TextRange::default(),
        range: TextRange::new(0, text.len() as u32),
        body: TextRange::default(),
        steps: Vec::new(),
        temporaries: 0,
    });
    lowering.declarations(root);
    let frame = std::mem::replace(&mut lowering.frame, Frame::new(FunctionIndex(0)));
    lowering.finish(frame);
    lowering.facts
}

/// Whether a comment before the package clause says that a program wrote the file (`go help generate`).
fn generated(root: Node, text: &str) -> bool {
    let mut cursor = root.walk();
    root.children(&mut cursor)
        .take_while(|child| child.kind() == "comment")
        .map(|comment| slice(comment, text).trim_end())
        .any(|line| line.starts_with("// Code generated ") && line.ends_with(" DO NOT EDIT."))
}

impl<'t> Lowering<'t> {
    fn declarations(&mut self, node: Node<'t>) {
        for part in parts(node) {
            match part.kind() {
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
                kind if kind.ends_with("_statement") || kind == "short_var_declaration" || kind == "block" => {
                    let problem = Problem { range: range(part), message: "expected a declaration".to_owned() };
                    self.facts.problems.push(problem);
                }
                _ => {}
            }
        }
    }

    fn imports(&mut self, node: Node<'t>) {
        for part in parts(node) {
            match part.kind() {
                "import_spec_list" => self.imports(part),
                "import_spec" => {
                    let Some(path) = self.field(part, self.fields.path) else { continue };
                    let alias = match self.field(part, self.fields.name) {
                        None => Alias::Default,
                        Some(name) if name.kind() == "dot" => Alias::Members,
                        Some(name) if name.kind() == "blank_identifier" => Alias::Blank,
                        Some(name) => Alias::Named(self.name(name)),
                    };
                    self.facts.imports.push(Import { path: self.string(path), alias, range: range(part) });
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
            let kind = match (spec.kind(), written.kind()) {
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
            self.facts.types.push(TypeDeclaration { name, parameters, kind, range, owner });
        }
    }

    /// The names in the list of type parameters of a declaration.
    pub(super) fn type_parameters(&self, node: Node<'t>) -> Vec<Name> {
        let Some(list) = self.field(node, self.fields.type_parameters) else { return Vec::new() };
        parts(list).flat_map(|part| self.names(part)).map(|name| self.name(name)).collect()
    }

    fn globals(&mut self, node: Node<'t>) {
        let mut last = None;
        self.frame.statement = range(node);
        for spec in self.specs(node) {
            let ty = self.type_at(spec, self.fields.ty);
            let names = self.names(spec);
            for name in names.iter().filter(|name| slice(**name, self.text) != "_") {
                self.facts.globals.push(Global { name: self.name(*name), ty: ty.clone(), range: range(*name) });
            }
            // A constant without value repeats the expression of the one before it.
            last = self.field(spec, self.fields.value).or(last.filter(|_| spec.kind() == "const_spec"));
            if let Some(values) = last {
                self.initialize(spec, &names, values);
            }
        }
    }

    /// The specs of a `var` or `const` declaration.
    pub(super) fn specs(&self, node: Node<'t>) -> Vec<Node<'t>> {
        let inside = |part: Node<'t>| match part.kind() {
            "var_spec_list" => parts(part).collect(),
            _ => vec![part],
        };
        parts(node).flat_map(inside).filter(|part| matches!(part.kind(), "var_spec" | "const_spec")).collect()
    }

    /// Hands a finished function's steps over.
    pub(super) fn finish(&mut self, frame: Frame) {
        let function = &mut self.facts.functions[frame.function.0 as usize];
        function.steps = frame.steps;
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
            let message = format!("nested more than {DEPTH_LIMIT} levels deep; what lies deeper is not read");
            if self.facts.problems.iter().all(|problem| problem.message != message) {
                self.facts.problems.push(Problem { range: range(node), message });
            }
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
        parts(node).take_while(|part| matches!(part.kind(), "identifier" | "field_identifier")).collect()
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

/// The grammar's fields, by id: faster to look for than by name.
pub(super) struct Fields {
    pub(super) alias: u16,
    pub(super) alternative: u16,
    pub(super) arguments: u16,
    pub(super) body: u16,
    pub(super) channel: u16,
    pub(super) communication: u16,
    pub(super) condition: u16,
    pub(super) consequence: u16,
    pub(super) element: u16,
    pub(super) field: u16,
    pub(super) function: u16,
    pub(super) index: u16,
    pub(super) initializer: u16,
    pub(super) key: u16,
    pub(super) left: u16,
    pub(super) name: u16,
    pub(super) operand: u16,
    pub(super) operator: u16,
    pub(super) package: u16,
    pub(super) parameters: u16,
    pub(super) path: u16,
    pub(super) receiver: u16,
    pub(super) result: u16,
    pub(super) right: u16,
    pub(super) ty: u16,
    pub(super) type_arguments: u16,
    pub(super) type_parameters: u16,
    pub(super) update: u16,
    pub(super) value: u16,
}

impl Fields {
    fn new() -> Fields {
        // No field has the id 0, so a name that the grammar lacks is a field that no node has.
        let id = |name: &str| GRAMMAR.field_id_for_name(name).map_or(0, |id| id.get());
        Fields {
            alias: id("alias"),
            alternative: id("alternative"),
            arguments: id("arguments"),
            body: id("body"),
            channel: id("channel"),
            communication: id("communication"),
            condition: id("condition"),
            consequence: id("consequence"),
            element: id("element"),
            field: id("field"),
            function: id("function"),
            index: id("index"),
            initializer: id("initializer"),
            key: id("key"),
            left: id("left"),
            name: id("name"),
            operand: id("operand"),
            operator: id("operator"),
            package: id("package"),
            parameters: id("parameters"),
            path: id("path"),
            receiver: id("receiver"),
            result: id("result"),
            right: id("right"),
            ty: id("type"),
            type_arguments: id("type_arguments"),
            type_parameters: id("type_parameters"),
            update: id("update"),
            value: id("value"),
        }
    }
}
