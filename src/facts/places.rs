//! Every place, variable and function that facts name, for whoever has to move or number them anew.

use super::{
    Argument, Arm, Attribute, Callee, Entry, EntryKey, Field, FileFacts, Function, FunctionIndex, FunctionKind, Global,
    Implementation, Import, Local, LocalIndex, MethodSignature, ModuleDeclaration, Operand, Parameter, Signature, Step,
    StepKind, TypeDeclaration, TypeKind, TypeRef, Variant,
};
use crate::text::TextRange;

/// Something that changes where a text moves.
#[derive(Debug)]
pub enum Place<'p> {
    /// A part of the text.
    Range(&'p mut TextRange),
    /// Where the name of a variable can be used: it starts where something else ends.
    Scope(&'p mut TextRange),
    /// A variable.
    Local(&'p mut LocalIndex),
    /// A function.
    Function(&'p mut FunctionIndex),
}

/// What is called for each place.
pub type Visit<'v> = &'v mut dyn FnMut(Place<'_>);

impl FileFacts {
    /// Visits every place, save for those of comments, of what can't be read, and of where imports can be written.
    pub fn each_place(&mut self, visit: Visit<'_>) {
        let FileFacts {
            package: _,
            import_anchor: _,
            modules,
            imports,
            types,
            implementations,
            globals,
            functions,
            locals,
            directives: _,
            generated: _,
            problems: _,
        } = self;
        for ModuleDeclaration { name: _, within: _, contents: _, range } in modules {
            visit(Place::Range(range));
        }
        for Import { path: _, alias: _, range, module: _, exported: _ } in imports {
            visit(Place::Range(range));
        }
        for TypeDeclaration { name: _, parameters: _, kind, range, owner, module: _ } in types {
            visit(Place::Range(range));
            owner.iter_mut().for_each(|it| visit(Place::Function(it)));
            each_in_kind(kind, visit);
        }
        for Implementation { of, interfaces, attributes, range } in implementations {
            each_in_type(of, visit);
            interfaces.iter_mut().for_each(|it| each_in_type(it, visit));
            attributes.iter_mut().for_each(|it| each_in_attribute(it, visit));
            visit(Place::Range(range));
        }
        for Global { name: _, ty, range, module: _, implementation: _ } in globals {
            each_in_type(ty, visit);
            visit(Place::Range(range));
        }
        for Local { name: _, ty, owner, range, scope } in locals {
            each_in_type(ty, visit);
            visit(Place::Function(owner));
            visit(Place::Range(range));
            visit(Place::Scope(scope));
        }
        functions.iter_mut().for_each(|it| each_in_function(it, visit));
    }
}

fn each_in_function(function: &mut Function, visit: Visit<'_>) {
    let Function {
        name: _,
        kind,
        receiver,
        parameters,
        results,
        variadic: _,
        type_parameters: _,
        name_range,
        range,
        body,
        is_unread: _,
        steps,
        temporaries: _,
        starts: _,
        attributes,
        implementation: _,
        module: _,
    } = function;
    if let FunctionKind::Closure { owner } = kind {
        visit(Place::Function(owner));
    }
    for Parameter { local, ty } in receiver.iter_mut().chain(parameters).chain(results) {
        local.iter_mut().for_each(|it| visit(Place::Local(it)));
        each_in_type(ty, visit);
    }
    for range in [name_range, range, body] {
        visit(Place::Range(range));
    }
    attributes.iter_mut().for_each(|it| each_in_attribute(it, visit));
    each_in_steps(steps, visit);
}

fn each_in_attribute(attribute: &mut Attribute, visit: Visit<'_>) {
    let Attribute { path: _, arguments, range } = attribute;
    each_in_arguments(arguments, visit);
    visit(Place::Range(range));
}

fn each_in_arguments(arguments: &mut [Argument], visit: Visit<'_>) {
    for Argument { value, range, spread: _, name: _ } in arguments {
        each_in_operand(value, visit);
        visit(Place::Range(range));
    }
}

fn each_in_operand(operand: &mut Operand, visit: Visit<'_>) {
    match operand {
        Operand::Local(local) => visit(Place::Local(local)),
        Operand::Function(function) => visit(Place::Function(function)),
        Operand::Temporary(_) | Operand::Free(_) | Operand::Text(_) | Operand::Constant | Operand::Nothing => {}
    }
}

fn each_in_steps(steps: &mut [Step], visit: Visit<'_>) {
    for Step { range, kind } in steps {
        visit(Place::Range(range));
        each_in_step(kind, visit);
    }
}

fn each_in_step(kind: &mut StepKind, visit: Visit<'_>) {
    match kind {
        StepKind::Call(call) => {
            let super::Call {
                result: _,
                callee,
                arguments,
                when: _,
                name_range,
                arguments_range,
                statement,
                statement_kind: _,
                type_arguments,
            } = &mut **call;
            match callee {
                Callee::Method(operand, _) | Callee::Value(operand) => each_in_operand(operand, visit),
                Callee::Free(_) => {}
            }
            each_in_arguments(arguments, visit);
            for range in [name_range, arguments_range, statement] {
                visit(Place::Range(range));
            }
            type_arguments.iter_mut().for_each(|it| each_in_type(it, visit));
        }
        StepKind::Read { result: _, base: operand, field: _ }
        | StepKind::AssignFree { to: _, value: operand }
        | StepKind::Slot { result: _, of: operand, index: _ }
        | StepKind::Receive { result: _, from: operand }
        | StepKind::Await { result: _, of: operand } => each_in_operand(operand, visit),
        StepKind::Write { base: one, field: _, value: other } | StepKind::Send { to: one, value: other } => {
            [one, other].into_iter().for_each(|it| each_in_operand(it, visit));
        }
        StepKind::Assign { to, value, define: _ } => {
            visit(Place::Local(to));
            value.iter_mut().for_each(|it| each_in_operand(it, visit));
        }
        StepKind::Element { result: _, of, key } => {
            std::iter::once(of).chain(key).for_each(|it| each_in_operand(it, visit));
        }
        StepKind::WriteElement { base, key, value } => {
            [base, key, value].into_iter().for_each(|it| each_in_operand(it, visit));
        }
        StepKind::Literal { result: _, ty, entries } => {
            each_in_type(ty, visit);
            for Entry { key, value, range } in entries {
                if let EntryKey::Value(key) = key {
                    each_in_operand(key, visit);
                }
                each_in_operand(value, visit);
                visit(Place::Range(range));
            }
        }
        StepKind::Cast { result: _, value, ty } => {
            each_in_operand(value, visit);
            each_in_type(ty, visit);
        }
        StepKind::Combine { result: _, of: operands, how: _ } | StepKind::Return { values: operands, failure: _ } => {
            operands.iter_mut().for_each(|it| each_in_operand(it, visit));
        }
        StepKind::Gone { locals } => locals.iter_mut().for_each(|it| visit(Place::Local(it))),
        StepKind::Branch { arms, exhaustive: _ } => {
            for Arm { range, steps } in arms {
                visit(Place::Range(range));
                each_in_steps(steps, visit);
            }
        }
        StepKind::Loop { steps, descending: _ } => each_in_steps(steps, visit),
        StepKind::Jump { next_turn: _, label: _ } => {}
    }
}

fn each_in_kind(kind: &mut TypeKind, visit: Visit<'_>) {
    match kind {
        TypeKind::Record(fields) => each_in_fields(fields, visit),
        TypeKind::Variants(variants) => {
            for Variant { name: _, fields } in variants {
                each_in_fields(fields, visit);
            }
        }
        TypeKind::Interface(methods, contained) => {
            each_in_methods(methods, visit);
            contained.iter_mut().for_each(|it| each_in_type(it, visit));
        }
        TypeKind::Alias(ty) | TypeKind::Defined(ty) => each_in_type(ty, visit),
    }
}

fn each_in_fields(fields: &mut [Field], visit: Visit<'_>) {
    for Field { name: _, ty, embedded: _, range } in fields {
        each_in_type(ty, visit);
        visit(Place::Range(range));
    }
}

fn each_in_methods(methods: &mut [MethodSignature], visit: Visit<'_>) {
    for MethodSignature { name: _, signature } in methods {
        each_in_signature(signature, visit);
    }
}

fn each_in_signature(signature: &mut Signature, visit: Visit<'_>) {
    let Signature { parameters, results, variadic: _ } = signature;
    parameters.iter_mut().chain(results).for_each(|it| each_in_type(it, visit));
}

fn each_in_type(ty: &mut TypeRef, visit: Visit<'_>) {
    match ty {
        TypeRef::Named(_, types) | TypeRef::Tuple(types) => types.iter_mut().for_each(|it| each_in_type(it, visit)),
        TypeRef::Pointer(inner) | TypeRef::List(inner) | TypeRef::Channel(inner) => each_in_type(inner, visit),
        TypeRef::Map(key, value) => [key, value].into_iter().for_each(|it| each_in_type(it, visit)),
        TypeRef::Function(signature) => each_in_signature(signature, visit),
        TypeRef::Record(fields) => each_in_fields(fields, visit),
        TypeRef::Interface(methods) => each_in_methods(methods, visit),
        TypeRef::Unknown => {}
    }
}
