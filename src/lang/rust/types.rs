//! Types as written.

use super::lower::{Binding, Lowering};
use super::names::{name, written};
use crate::facts::{MethodSignature, Name, Path, Signature, TypeRef};
use syn::{GenericArgument, Generics, PathArguments, ReturnType, TraitItemFn, Type, TypeParamBound, WherePredicate};

/// Traits that say nothing of what a value is for.
const MARKERS: &[&str] = &[
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "Display",
    "Eq",
    "Hash",
    "Ord",
    "PartialEq",
    "PartialOrd",
    "Send",
    "Sized",
    "Sync",
    "Unpin",
    "UnwindSafe",
    "RefUnwindSafe",
    "Any",
];

impl Lowering<'_> {
    /// The type that a piece of syntax writes.
    pub(super) fn ty(&mut self, ty: &Type) -> TypeRef {
        self.nested(|lowering| lowering.range(ty), TypeRef::Unknown, |lowering| lowering.ty_here(ty))
    }

    fn ty_here(&mut self, ty: &Type) -> TypeRef {
        match ty {
            Type::Path(path) if path.qself.is_none() => self.named_type(&path.path),
            Type::Reference(reference) => TypeRef::Pointer(Box::new(self.ty(&reference.elem))),
            Type::Ptr(pointer) => TypeRef::Pointer(Box::new(self.ty(&pointer.elem))),
            Type::Slice(slice) => TypeRef::List(Box::new(self.ty(&slice.elem))),
            Type::Array(array) => TypeRef::List(Box::new(self.ty(&array.elem))),
            Type::Paren(inner) => self.ty(&inner.elem),
            Type::Group(inner) => self.ty(&inner.elem),
            Type::Tuple(tuple) if tuple.elems.is_empty() => TypeRef::Unknown,
            Type::Tuple(tuple) => TypeRef::Tuple(tuple.elems.iter().map(|ty| self.ty(ty)).collect()),
            Type::ImplTrait(known) => self.bound(&known.bounds),
            Type::TraitObject(known) => self.bound(&known.bounds),
            Type::FnPtr(pointer) => {
                let parameters = pointer.inputs.iter().map(|input| self.ty(&input.ty)).collect();
                self.function_type(parameters, &pointer.output)
            }
            _ => TypeRef::Unknown,
        }
    }

    /// What a value is known to be by its traits: the first that says something.
    pub(super) fn bound<'b>(&mut self, bounds: impl IntoIterator<Item = &'b TypeParamBound>) -> TypeRef {
        for bound in bounds {
            let TypeParamBound::Trait(bound) = bound else { continue };
            let Some(last) = bound.path.segments.last() else { continue };
            if bound.maybe.is_none() && !MARKERS.iter().any(|marker| last.ident == marker) {
                return self.named_type(&bound.path);
            }
        }
        TypeRef::Unknown
    }

    fn named_type(&mut self, path: &syn::Path) -> TypeRef {
        if let Some(PathArguments::Parenthesized(arguments)) = path.segments.last().map(|last| &last.arguments) {
            let parameters = arguments.inputs.iter().map(|input| self.ty(&input.ty)).collect();
            return self.function_type(parameters, &arguments.output);
        }
        if let Some(only) = path.get_ident() {
            if only == "Self" && self.around.self_type != TypeRef::Unknown {
                return self.around.self_type.clone();
            }
            let only = name(only);
            return match self.scopes.find(&only) {
                Some(Binding::TypeParameter(known)) if known != TypeRef::Unknown => known,
                _ => TypeRef::Named(self.path_in_file(vec![only]), Vec::new()),
            };
        }
        let arguments = self.type_arguments(path);
        TypeRef::Named(self.path_in_file(written(path)), arguments)
    }

    fn function_type(&mut self, parameters: Vec<TypeRef>, output: &ReturnType) -> TypeRef {
        let results = self.results(output);
        TypeRef::Function(Box::new(Signature { parameters, results, variadic: false }))
    }

    /// What a function gives, if it gives anything.
    pub(super) fn results(&mut self, output: &ReturnType) -> Vec<TypeRef> {
        match output {
            ReturnType::Default => Vec::new(),
            ReturnType::Type(_, ty) if is_unit(ty) => Vec::new(),
            ReturnType::Type(_, ty) => vec![self.ty(ty)],
        }
    }

    /// The types between the angle brackets of a path: those of the last name that has any.
    pub(super) fn type_arguments(&mut self, path: &syn::Path) -> Vec<TypeRef> {
        let bracketed = path.segments.iter().rev().find_map(|segment| match &segment.arguments {
            PathArguments::AngleBracketed(arguments) => Some(arguments),
            PathArguments::None | PathArguments::Parenthesized(_) => None,
        });
        bracketed.map(|arguments| self.bracketed(arguments)).unwrap_or_default()
    }

    /// The types between angle brackets. What an associated type is said to be counts too: `Future<Output = T>`.
    pub(super) fn bracketed(&mut self, arguments: &syn::AngleBracketedGenericArguments) -> Vec<TypeRef> {
        let mut types = Vec::new();
        for argument in &arguments.args {
            match argument {
                GenericArgument::Type(ty) => types.push(self.ty(ty)),
                GenericArgument::AssocType(associated) => types.push(self.ty(&associated.ty)),
                GenericArgument::Constraint(constraint) => types.push(self.bound(&constraint.bounds)),
                _ => {}
            }
        }
        types
    }

    /// Binds type parameters, each with what its bounds say of it, and gives their names.
    pub(super) fn bind_generics(&mut self, generics: &Generics) -> Vec<Name> {
        let parameters: Vec<&syn::TypeParam> = generics.type_params().collect();
        // Bounds may name any of them.
        for parameter in &parameters {
            self.scopes.bind(name(&parameter.ident), Binding::TypeParameter(TypeRef::Unknown));
        }
        for parameter in &parameters {
            let known = self.bound(&parameter.bounds);
            self.know(name(&parameter.ident), known);
        }
        for predicate in generics.where_clause.iter().flat_map(|clause| &clause.predicates) {
            let WherePredicate::Type(predicate) = predicate else { continue };
            if let Type::Path(path) = &predicate.bounded_ty
                && let Some(only) = path.path.get_ident()
            {
                let known = self.bound(&predicate.bounds);
                self.know(name(only), known);
            }
        }
        parameters.into_iter().map(|parameter| name(&parameter.ident)).collect()
    }

    fn know(&mut self, parameter: Name, known: TypeRef) {
        if known != TypeRef::Unknown && matches!(self.scopes.find(&parameter), Some(Binding::TypeParameter(_))) {
            self.scopes.bind(parameter, Binding::TypeParameter(known));
        }
    }

    /// What a method of a trait takes and gives, its receiver aside.
    pub(super) fn method_signature(&mut self, method: &TraitItemFn) -> MethodSignature {
        self.scopes.open(0);
        self.bind_generics(&method.sig.generics);
        let mut signature = Signature::default();
        for input in &method.sig.inputs {
            if let syn::FnArg::Typed(parameter) = input {
                signature.parameters.push(self.ty(&parameter.ty));
            }
        }
        signature.results = self.results(&method.sig.output);
        self.scopes.close();
        MethodSignature { name: name(&method.sig.ident), signature }
    }
}

/// Whether a type has a single value: nothing is given.
pub(super) fn is_unit(ty: &Type) -> bool {
    match ty {
        Type::Tuple(tuple) => tuple.elems.is_empty(),
        Type::Never(_) => true,
        _ => false,
    }
}

/// Whether a function that gives this type can fail by what it gives: `Result`, `io::Result`, `ApiResult`.
pub(super) fn can_fail(output: &ReturnType) -> bool {
    let ReturnType::Type(_, ty) = output else { return false };
    let Type::Path(path) = &**ty else { return false };
    path.path.segments.last().is_some_and(|last| last.ident.to_string().ends_with("Result"))
}

/// The type that a single name means.
pub(super) fn type_named(path: Path) -> TypeRef {
    TypeRef::Named(path, Vec::new())
}
