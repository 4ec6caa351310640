//! Functions, methods and closures: what they take and give, and the frame of their bodies.

use super::grammar::kind;
use super::lower::{Binding, Frame, Lowering};
use crate::facts::{Function, FunctionIndex, FunctionKind, Local, LocalIndex, Name, Parameter, TypeRef};
use crate::lang::tree::{parts, range, slice};
use crate::text::TextRange;
use smol_str::SmolStr;
use tree_sitter::Node;

/// What a list of parameters says.
#[derive(Default)]
struct Parameters {
    all: Vec<Parameter>,
    variadic: bool,
}

impl<'t> Lowering<'t> {
    /// Lowers a function with its body.
    pub(super) fn function(&mut self, node: Node<'t>, kind: FunctionKind) -> FunctionIndex {
        let index = FunctionIndex(self.facts.functions.len() as u32);
        let body = self.field(node, self.fields.body);
        let name = self.field(node, self.fields.name);
        let start = node.start_byte() as u32;
        let name_range = name.map_or(TextRange::new(start, start + "func".len() as u32), range);
        let name = name.map(|name| self.name(name)).unwrap_or_default();
        let mut function = Function::new(kind, name, name_range, range(node));
        function.body = body.map_or(function.body, range);
        let inside = function.body.start as usize + 1;
        function.is_unread = self.gaps.binary_search_by_key(&inside, |gap| gap.start).is_ok();
        self.facts.functions.push(function);
        let outer = std::mem::replace(&mut self.frame, Frame::new(index));
        self.scopes.open(node.end_byte() as u32);
        self.head(node, index);
        if let Some(body) = body {
            self.statements(body);
        }
        self.scopes.close();
        let frame = std::mem::replace(&mut self.frame, outer);
        self.finish(frame);
        index
    }

    /// Everything before the body.
    fn head(&mut self, node: Node<'t>, index: FunctionIndex) {
        let mut type_parameters = Vec::new();
        if let Some(list) = self.field(node, self.fields.type_parameters) {
            for part in parts(list) {
                self.names(part).into_iter().for_each(|name| self.bind_type(name, &mut type_parameters));
            }
        }
        let body = self.facts.functions[index.0 as usize].body;
        let receiver = self.field(node, self.fields.receiver);
        if let Some(list) = receiver {
            self.receiver_types(list, &mut type_parameters);
        }
        let receiver = receiver.and_then(|list| self.parameters(list, body).all.into_iter().next());
        let parameters = self.field(node, self.fields.parameters).map(|list| self.parameters(list, body));
        let parameters = parameters.unwrap_or_default();
        let results = match self.field(node, self.fields.result) {
            Some(list) if kind(list) == "parameter_list" => self.parameters(list, body).all,
            Some(only) => vec![Parameter { local: None, ty: self.ty(only) }],
            None => Vec::new(),
        };
        self.frame.results = results.len();
        self.frame.gives_error = results.last().is_some_and(|last| is_error(&last.ty));
        self.frame.last_result = results.last().and_then(|last| last.local);
        let function = &mut self.facts.functions[index.0 as usize];
        function.type_parameters = type_parameters;
        function.receiver = receiver;
        function.parameters = parameters.all;
        function.variadic = parameters.variadic;
        function.results = results;
    }

    /// The type parameters that a receiver names again: `T` of `func (s *Stack[T]) Push(item T)`.
    fn receiver_types(&mut self, list: Node<'t>, type_parameters: &mut Vec<Name>) {
        let mut ty = parts(list).next().and_then(|part| self.field(part, self.fields.ty));
        while let Some(inner) = ty.filter(|ty| matches!(kind(*ty), "pointer_type" | "parenthesized_type")) {
            ty = parts(inner).next();
        }
        let Some(arguments) = ty.and_then(|ty| self.field(ty, self.fields.type_arguments)) else { return };
        for name in parts(arguments).filter_map(|element| parts(element).next()) {
            self.bind_type(name, type_parameters);
        }
    }

    fn bind_type(&mut self, name: Node<'t>, type_parameters: &mut Vec<Name>) {
        self.scopes.bind(slice(name, self.text), Binding::Type);
        type_parameters.push(self.name(name));
    }

    fn parameters(&mut self, list: Node<'t>, scope: TextRange) -> Parameters {
        let mut parameters = Parameters::default();
        for part in parts(list) {
            let mut ty = self.type_at(part, self.fields.ty);
            match kind(part) {
                "parameter_declaration" => {}
                "variadic_parameter_declaration" => {
                    ty = TypeRef::List(Box::new(ty));
                    parameters.variadic = true;
                }
                _ => continue,
            }
            let names = self.names(part);
            if names.is_empty() {
                parameters.all.push(Parameter { local: None, ty });
                continue;
            }
            for name in names {
                let local = self.bind(name, ty.clone(), scope);
                parameters.all.push(Parameter { local, ty: ty.clone() });
            }
        }
        parameters
    }

    /// Binds a variable in the innermost block; not one called `_`, nor one the parser only supposed.
    pub(super) fn bind(&mut self, name: Node<'t>, ty: TypeRef, scope: TextRange) -> Option<LocalIndex> {
        let written = slice(name, self.text);
        if written.is_empty() || written == "_" {
            return None;
        }
        let local = self.local(SmolStr::new(written), ty, range(name), scope);
        self.scopes.bind(written, Binding::Local(local));
        Some(local)
    }

    /// Adds a variable that nothing can name yet.
    pub(super) fn local(&mut self, name: Name, ty: TypeRef, range: TextRange, scope: TextRange) -> LocalIndex {
        let index = LocalIndex(self.facts.locals.len() as u32);
        self.facts.locals.push(Local { name, ty, owner: self.frame.function, range, scope });
        index
    }
}

fn is_error(ty: &TypeRef) -> bool {
    matches!(ty, TypeRef::Named(path, arguments) if arguments.is_empty() && path.0.len() == 1 && path.0[0] == "error")
}
