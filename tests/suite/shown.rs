//! Facts as people read them: the text of `fixtures/lowering/**/*.facts`.

use spanlint::facts::*;
use spanlint::text::{LineIndex, TextRange};
use std::fmt::Write;

/// Facts as people read them.
pub(crate) struct Shown<'t> {
    text: &'t str,
    facts: FileFacts,
    lines: LineIndex,
    out: String,
}

impl<'t> Shown<'t> {
    pub(crate) fn new(text: &'t str, facts: FileFacts) -> Shown<'t> {
        Shown { text, facts, lines: LineIndex::new(text), out: String::new() }
    }

    pub(crate) fn file(mut self) -> String {
        let facts = self.facts.clone();
        let name = facts.package.as_deref().unwrap_or("?");
        self.line(0, &format!("package {name}{}", if facts.generated { ", generated" } else { "" }));
        for problem in &facts.problems {
            self.line(0, &format!("problem {}: {}", self.place(problem.range), problem.message));
        }
        for module in &facts.modules {
            let within = self.within(module.within);
            let contents = match &module.contents {
                ModuleContents::Here => String::new(),
                ModuleContents::File => " in a file".to_owned(),
                ModuleContents::FileAt(path) => format!(" in {path:?}"),
            };
            self.line(0, &format!("module {}{within}{contents}", module.name));
        }
        for import in &facts.imports {
            let (within, written) = (self.within(import.module), self.slice(import.range));
            let exported = if import.exported { "export " } else { "" };
            self.line(0, &format!("{exported}import {:?} as {:?}{within}: {written}", import.path, import.alias));
        }
        for ty in &facts.types {
            let parameters =
                if ty.parameters.is_empty() { String::new() } else { format!("[{}]", ty.parameters.join(", ")) };
            let kind = match &ty.kind {
                TypeKind::Record(fields) => format!("record {}", shown_fields(fields)),
                TypeKind::Variants(variants) => {
                    let shown = |it: &Variant| format!("{} {}", it.name, shown_fields(&it.fields));
                    format!("one of {}", variants.iter().map(shown).collect::<Vec<_>>().join(" | "))
                }
                TypeKind::Interface(methods, embedded) => {
                    let embedded: Vec<_> = embedded.iter().map(shown_type).collect();
                    format!("interface {} embeds [{}]", shown_methods(methods), embedded.join(", "))
                }
                TypeKind::Alias(ty) => format!("= {}", shown_type(ty)),
                TypeKind::Defined(ty) => shown_type(ty),
            };
            let owner = ty.owner.map_or(String::new(), |owner| format!(" in {}", self.function_name(owner)));
            self.line(0, &format!("type {}{parameters} {kind}{owner}{}", ty.name, self.within(ty.module)));
        }
        for (index, implementation) in facts.implementations.iter().enumerate() {
            let interfaces: Vec<_> = implementation.interfaces.iter().map(shown_type).collect();
            let interfaces =
                if interfaces.is_empty() { String::new() } else { format!(" implements {}", interfaces.join(", ")) };
            self.line(0, &format!("members {index} of {}{interfaces}", shown_type(&implementation.of)));
            self.attributes(&implementation.attributes);
        }
        for global in &facts.globals {
            let place = format!("{}{}", self.within(global.module), member(global.implementation));
            self.line(0, &format!("global {} {}{place}", global.name, shown_type(&global.ty)));
        }
        for (index, function) in facts.functions.iter().enumerate() {
            self.function(FunctionIndex(index as u32), function);
        }
        self.out
    }

    fn function(&mut self, index: FunctionIndex, function: &Function) {
        if function.kind == FunctionKind::Module && function.steps.is_empty() {
            return;
        }
        let list = |parameters: &[Parameter]| {
            let shown = |it: &Parameter| match it.local {
                Some(local) => format!("{} {}", self.local(local), shown_type(&it.ty)),
                None => shown_type(&it.ty),
            };
            parameters.iter().map(shown).collect::<Vec<_>>().join(", ")
        };
        let kind = match function.kind {
            FunctionKind::Module => "module".to_owned(),
            FunctionKind::Plain | FunctionKind::Method | FunctionKind::Associated => format!("func {}", function.name),
            FunctionKind::Closure { owner } => {
                format!("closure {} in {}", self.function_name(index), self.function_name(owner))
            }
        };
        let mut head = format!("\n{kind}");
        if let Some(receiver) = &function.receiver {
            let _ = write!(head, " of ({})", list(std::slice::from_ref(receiver)));
        }
        if !function.type_parameters.is_empty() {
            let _ = write!(head, " [{}]", function.type_parameters.join(", "));
        }
        let variadic = if function.variadic { "..." } else { "" };
        let _ = write!(head, " ({}{variadic}) ({})", list(&function.parameters), list(&function.results));
        let _ = write!(head, "{}{}", self.within(function.module), member(function.implementation));
        if function.starts == Starts::WhenAwaited {
            head.push_str(", when awaited");
        }
        self.line(0, &head);
        self.attributes(&function.attributes);
        let owned = |local: &Local| local.owner == index;
        let scopes: Vec<String> = (0..self.facts.locals.len())
            .filter(|at| owned(&self.facts.locals[*at]))
            .map(|at| format!("{} {}", self.local(LocalIndex(at as u32)), self.place(self.facts.locals[at].scope)))
            .collect();
        if !scopes.is_empty() {
            self.line(1, &format!("scopes: {}", scopes.join(", ")));
        }
        self.steps(&function.steps, 1);
    }

    fn attributes(&mut self, attributes: &[Attribute]) {
        for attribute in attributes {
            let line = format!("@{}({})", attribute.path.0.join("."), self.arguments(&attribute.arguments));
            self.line(1, &line);
        }
    }

    fn within(&self, module: Option<ModuleIndex>) -> String {
        module.map_or(String::new(), |at| format!(" within {}", self.facts.modules[at.0 as usize].name))
    }

    fn steps(&mut self, steps: &[Step], depth: usize) {
        for step in steps {
            let line = match &step.kind {
                StepKind::Branch { arms, exhaustive } => {
                    self.line(depth, &format!("branch{}", if *exhaustive { ", exhaustive" } else { "" }));
                    for arm in arms {
                        self.line(depth + 1, "arm");
                        self.steps(&arm.steps, depth + 2);
                    }
                    continue;
                }
                StepKind::Loop { steps, descending } => {
                    self.line(depth, &format!("loop{}", if *descending { ", descending" } else { "" }));
                    self.steps(steps, depth + 1);
                    continue;
                }
                other => self.step(other),
            };
            self.line(depth, &line);
        }
    }

    fn step(&self, step: &StepKind) -> String {
        let value = |operand: &Operand| self.operand(operand);
        match step {
            StepKind::Call(call) => self.call(call),
            StepKind::Read { result, base, field } => format!("t{} = {}.{field}", result.0, value(base)),
            StepKind::Write { base, field, value: new } => format!("{}.{field} = {}", value(base), value(new)),
            StepKind::Assign { to, value: new, define } => {
                let define = if *define { "let " } else { "" };
                let new = new.as_ref().map_or("zero".to_owned(), value);
                format!("{define}{} = {new}", self.local(*to))
            }
            StepKind::AssignFree { to, value: new } => format!("{} = {}", to.0.join("."), value(new)),
            StepKind::Slot { result, of, index } => format!("t{} = slot {index} of {}", result.0, value(of)),
            StepKind::Element { result, of, key: Some(key) } => {
                format!("t{} = {}[{}]", result.0, value(of), value(key))
            }
            StepKind::Element { result, of, key: None } => format!("t{} = each of {}", result.0, value(of)),
            StepKind::WriteElement { base, key, value: new } => {
                format!("{}[{}] = {}", value(base), value(key), value(new))
            }
            StepKind::Literal { result, ty, entries } => {
                let key = |key: &EntryKey| match key {
                    EntryKey::Position(at) => at.to_string(),
                    EntryKey::Name(name) => name.to_string(),
                    EntryKey::Value(operand) => format!("[{}]", value(operand)),
                    EntryKey::Rest => "rest".to_owned(),
                };
                let entry = |it: &Entry| format!("{}: {}", key(&it.key), value(&it.value));
                let entries: Vec<_> = entries.iter().map(entry).collect();
                format!("t{} = {}{{{}}}", result.0, shown_type(ty), entries.join(", "))
            }
            StepKind::Cast { result, value: old, ty } => {
                format!("t{} = {} as {}", result.0, value(old), shown_type(ty))
            }
            StepKind::Combine { result, of, how } => {
                format!("t{} = {how:?}({})", result.0, of.iter().map(value).collect::<Vec<_>>().join(", "))
            }
            StepKind::Send { to, value: sent } => format!("{} <- {}", value(to), value(sent)),
            StepKind::Receive { result, from } => format!("t{} = <-{}", result.0, value(from)),
            StepKind::Await { result, of } => format!("t{} = await {}", result.0, value(of)),
            StepKind::Gone { locals } => {
                format!("gone {}", locals.iter().map(|local| self.local(*local)).collect::<Vec<_>>().join(", "))
            }
            StepKind::Return { values, failure } => {
                let values: Vec<_> = values.iter().map(value).collect();
                format!("return ({}), failure {failure:?}", values.join(", "))
            }
            StepKind::Jump { next_turn, label } => {
                let label = label.as_ref().map_or(String::new(), |label| format!(" {label}"));
                format!("{}{label}", if *next_turn { "continue" } else { "break" })
            }
            StepKind::Branch { .. } | StepKind::Loop { .. } => unreachable!("blocks have lines of their own"),
        }
    }

    fn call(&self, call: &Call) -> String {
        let when = match call.when {
            When::Now => "",
            When::Deferred => "defer ",
            When::Spawned => "go ",
        };
        let callee = match &call.callee {
            Callee::Free(path) => path.0.join("."),
            Callee::Method(base, name) => format!("{}.{name}", self.operand(base)),
            Callee::Value(operand) => format!("({})", self.operand(operand)),
        };
        let types: Vec<_> = call.type_arguments.iter().map(shown_type).collect();
        let types = if types.is_empty() { String::new() } else { format!("[{}]", types.join(", ")) };
        format!("t{} = {when}{callee}{types}({})", call.result.0, self.arguments(&call.arguments))
    }

    fn arguments(&self, arguments: &[Argument]) -> String {
        let shown = |it: &Argument| {
            let name = it.name.as_ref().map_or(String::new(), |name| format!("{name}: "));
            format!("{name}{}{}", self.operand(&it.value), if it.spread { "..." } else { "" })
        };
        arguments.iter().map(shown).collect::<Vec<_>>().join(", ")
    }

    fn operand(&self, operand: &Operand) -> String {
        match operand {
            Operand::Temporary(temporary) => format!("t{}", temporary.0),
            Operand::Local(local) => self.local(*local),
            Operand::Free(path) => path.0.join("."),
            Operand::Text(text) => format!("{text:?}"),
            Operand::Constant => "constant".to_owned(),
            Operand::Nothing => "nothing".to_owned(),
            Operand::Function(function) => self.function_name(*function),
        }
    }

    fn local(&self, local: LocalIndex) -> String {
        let Local { name, owner, .. } = &self.facts.locals[local.0 as usize];
        let outermost = self.outermost(*owner);
        let before = self.facts.locals[..local.0 as usize].iter();
        match before.filter(|before| before.name == *name && self.outermost(before.owner) == outermost).count() {
            0 => format!("${name}"),
            before => format!("${name}'{}", before + 1),
        }
    }

    fn outermost(&self, function: FunctionIndex) -> FunctionIndex {
        std::iter::successors(Some(function), |at| self.facts.functions[at.0 as usize].owner())
            .last()
            .unwrap_or(function)
    }

    fn function_name(&self, function: FunctionIndex) -> String {
        let name = &self.facts.functions[function.0 as usize].name;
        if name.is_empty() { format!("#{}", function.0) } else { name.to_string() }
    }

    /// Lines, counted from 1.
    fn place(&self, range: TextRange) -> String {
        let line = |offset| self.lines.position(offset).line + 1;
        format!("{}-{}", line(range.start), line(range.end))
    }

    fn slice(&self, range: TextRange) -> &str {
        &self.text[range.start as usize..range.end as usize]
    }

    fn line(&mut self, depth: usize, line: &str) {
        let _ = writeln!(self.out, "{}{line}", "  ".repeat(depth));
    }
}

fn shown_type(ty: &TypeRef) -> String {
    match ty {
        TypeRef::Named(path, arguments) if arguments.is_empty() => path.0.join("."),
        TypeRef::Named(path, arguments) => {
            let arguments: Vec<_> = arguments.iter().map(shown_type).collect();
            format!("{}[{}]", path.0.join("."), arguments.join(", "))
        }
        TypeRef::Pointer(inner) => format!("*{}", shown_type(inner)),
        TypeRef::List(inner) => format!("[]{}", shown_type(inner)),
        TypeRef::Map(key, value) => format!("map[{}]{}", shown_type(key), shown_type(value)),
        TypeRef::Channel(inner) => format!("chan {}", shown_type(inner)),
        TypeRef::Function(signature) => format!("func{}", shown_signature(signature)),
        TypeRef::Tuple(types) => format!("({})", types.iter().map(shown_type).collect::<Vec<_>>().join(", ")),
        TypeRef::Record(fields) => format!("record {}", shown_fields(fields)),
        TypeRef::Interface(methods) => format!("interface {}", shown_methods(methods)),
        TypeRef::Unknown => "?".to_owned(),
    }
}

fn shown_signature(signature: &Signature) -> String {
    let list = |types: &[TypeRef]| types.iter().map(shown_type).collect::<Vec<_>>().join(", ");
    let variadic = if signature.variadic { "..." } else { "" };
    format!("({}{variadic}) ({})", list(&signature.parameters), list(&signature.results))
}

fn shown_fields(fields: &[Field]) -> String {
    let shown = |field: &Field| {
        format!("{}{} {}", if field.embedded { "embeds " } else { "" }, field.name, shown_type(&field.ty))
    };
    format!("{{{}}}", fields.iter().map(shown).collect::<Vec<_>>().join(", "))
}

fn shown_methods(methods: &[MethodSignature]) -> String {
    let shown = |method: &MethodSignature| format!("{}{}", method.name, shown_signature(&method.signature));
    format!("{{{}}}", methods.iter().map(shown).collect::<Vec<_>>().join(", "))
}

fn member(implementation: Option<ImplementationIndex>) -> String {
    implementation.map_or(String::new(), |index| format!(", member {}", index.0))
}
