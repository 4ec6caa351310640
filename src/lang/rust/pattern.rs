//! Patterns: what takes a value apart and binds names to its parts.

use super::extent::Extent as _;
use super::lower::Lowering;
use super::names::name;
use crate::facts::{Name, Operand, StepKind, TypeRef};
use crate::text::TextRange;
use smol_str::SmolStr;
use syn::punctuated::Punctuated;
use syn::{Expr, Member, Pat, PatIdent, Path, QSelf, Token};

impl Lowering<'_> {
    /// Binds the names of a pattern to parts of a value, in the innermost block.
    pub(super) fn bind_pattern(&mut self, pattern: &Pat, value: Operand, ty: TypeRef, scope: TextRange) {
        match pattern {
            Pat::Ident(ident) if is_constant(ident) => {}
            Pat::Ident(ident) => {
                let at = self.range(pattern);
                let to = self.bind(name(&ident.ident), ident.ident.span(), ty, scope);
                self.push(at, StepKind::Assign { to, value: Some(value.clone()), define: true });
                if let Some((_, inner)) = &ident.subpat {
                    self.bind_pattern(inner, value, TypeRef::Unknown, scope);
                }
            }
            Pat::Type(typed) => {
                let ty = self.ty(&typed.ty);
                self.bind_pattern(&typed.pat, value, ty, scope);
            }
            Pat::Reference(inner) => self.bind_pattern(&inner.pat, value, ty, scope),
            Pat::Paren(inner) => self.bind_pattern(&inner.pat, value, ty, scope),
            Pat::Guard(guarded) => {
                self.bind_pattern(&guarded.pat, value, ty, scope);
                self.expression(&guarded.guard);
            }
            // Every case binds the same names.
            Pat::Or(cases) => {
                if let Some(first) = cases.cases.first() {
                    self.bind_pattern(first, value, ty, scope);
                }
            }
            Pat::Tuple(tuple) => self.bind_tuple(&tuple.elems, &value, &ty, scope),
            Pat::Slice(slice) => {
                for part in slice.elems.iter().filter(|part| binds(part)) {
                    let element = self.element_of(value.clone(), self.range(part));
                    self.bind_pattern(part, element, TypeRef::Unknown, scope);
                }
            }
            Pat::TupleStruct(variant) => self.bind_variant(variant, value, scope),
            Pat::Struct(record) if binds(pattern) => {
                let base = self.seen_as(record.qself.as_ref(), &record.path, value, self.range(pattern));
                for field in record.fields.iter().filter(|field| binds(&field.pat)) {
                    let part = self.read_field(base.clone(), member_name(&field.member), self.range(&*field.pat));
                    self.bind_pattern(&field.pat, part, TypeRef::Unknown, scope);
                }
            }
            _ => {}
        }
    }

    /// Binds the names of a pattern without a value: `let x;`
    pub(super) fn bind_without_value(&mut self, pattern: &Pat, scope: TextRange) {
        let (pattern, ty) = match pattern {
            Pat::Type(typed) => (&*typed.pat, self.ty(&typed.ty)),
            pattern => (pattern, TypeRef::Unknown),
        };
        if let Pat::Ident(ident) = pattern {
            let at = self.range(pattern);
            let to = self.bind(name(&ident.ident), ident.ident.span(), ty, scope);
            self.push(at, StepKind::Assign { to, value: None, define: true });
        }
    }

    fn bind_tuple(&mut self, parts: &Punctuated<Pat, Token![,]>, value: &Operand, ty: &TypeRef, scope: TextRange) {
        let rest = parts.iter().position(|part| matches!(part, Pat::Rest(_)));
        for (position, part) in parts.iter().enumerate().filter(|(_, part)| binds(part)) {
            let at = self.range(part);
            let bound = if rest.is_some_and(|rest| position > rest) {
                // How many values lie between is not to be seen.
                self.element_of(value.clone(), at)
            } else {
                let result = self.temporary();
                self.push(at, StepKind::Slot { result, of: value.clone(), index: position as u32 });
                Operand::Temporary(result)
            };
            let ty = match ty {
                TypeRef::Tuple(types) => types.get(position).cloned().unwrap_or_default(),
                _ => TypeRef::Unknown,
            };
            self.bind_pattern(part, bound, ty, scope);
        }
    }

    /// `Some(x)` and `Ok(x)` leave the value what it is; other variants and tuple structs have parts.
    fn bind_variant(&mut self, variant: &syn::PatTupleStruct, value: Operand, scope: TextRange) {
        if let (Some(only), 1) = (variant.elems.first(), variant.elems.len())
            && is_wrapper(&variant.path)
        {
            return self.bind_pattern(only, value, TypeRef::Unknown, scope);
        }
        if !variant.elems.iter().any(binds) {
            return;
        }
        let at = self.positions.range(variant.path.first(), variant.paren_token.span.close());
        let base = self.seen_as(variant.qself.as_ref(), &variant.path, value, at);
        let rest = variant.elems.iter().position(|part| matches!(part, Pat::Rest(_)));
        for (position, part) in variant.elems.iter().enumerate().filter(|(_, part)| binds(part)) {
            let at = self.range(part);
            let bound = if rest.is_some_and(|rest| position > rest) {
                self.element_of(base.clone(), at)
            } else {
                self.read_field(base.clone(), position_name(position), at)
            };
            self.bind_pattern(part, bound, TypeRef::Unknown, scope);
        }
    }

    /// A value as the record or variant that a pattern names.
    fn seen_as(&mut self, qualifier: Option<&QSelf>, path: &Path, value: Operand, at: TextRange) -> Operand {
        let ty = TypeRef::Named(self.qualified(qualifier, path), self.type_arguments(path));
        let result = self.temporary();
        self.push(at, StepKind::Cast { result, value, ty });
        Operand::Temporary(result)
    }

    /// `base.field`
    pub(super) fn read_field(&mut self, base: Operand, field: Name, at: TextRange) -> Operand {
        let result = self.temporary();
        self.push(at, StepKind::Read { result, base, field });
        Operand::Temporary(result)
    }

    /// Some element of a list.
    pub(super) fn element_of(&mut self, of: Operand, at: TextRange) -> Operand {
        let result = self.temporary();
        self.push(at, StepKind::Element { result, of, key: None });
        Operand::Temporary(result)
    }
}

/// Whether a path wraps its only argument to say that it is there.
pub(super) fn is_wrapper(path: &Path) -> bool {
    let mut names = path.segments.iter().rev().map(|segment| &segment.ident);
    let Some(last) = names.next() else { return false };
    match (names.next(), names.next()) {
        (None, _) => last == "Some" || last == "Ok",
        (Some(owner), None) => (owner == "Option" && last == "Some") || (owner == "Result" && last == "Ok"),
        (Some(_), Some(_)) => false,
    }
}

/// The name of a field.
pub(super) fn member_name(member: &Member) -> Name {
    match member {
        Member::Named(ident) => name(ident),
        Member::Unnamed(index) => position_name(index.index as usize),
    }
}

/// The name of a field that has only a position.
pub(super) fn position_name(position: usize) -> Name {
    SmolStr::from(position.to_string())
}

/// Whether a pattern that is a single name means a constant or variant and binds nothing: names of variables start small.
pub(super) fn is_constant(ident: &PatIdent) -> bool {
    let plain = ident.by_ref.is_none() && ident.mutability.is_none() && ident.subpat.is_none();
    plain && ident.ident.to_string().starts_with(char::is_uppercase)
}

/// Whether a pattern binds a name.
fn binds(pattern: &Pat) -> bool {
    match pattern {
        Pat::Ident(ident) => !is_constant(ident),
        Pat::Type(typed) => binds(&typed.pat),
        Pat::Reference(inner) => binds(&inner.pat),
        Pat::Paren(inner) => binds(&inner.pat),
        Pat::Guard(guarded) => binds(&guarded.pat) || !matches!(&*guarded.guard, Expr::Lit(_)),
        Pat::Or(cases) => cases.cases.first().is_some_and(binds),
        Pat::Tuple(tuple) => tuple.elems.iter().any(binds),
        Pat::Slice(slice) => slice.elems.iter().any(binds),
        Pat::TupleStruct(variant) => variant.elems.iter().any(binds),
        Pat::Struct(record) => record.fields.iter().any(|field| binds(&field.pat)),
        _ => false,
    }
}
