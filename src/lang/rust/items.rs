//! Declarations: modules, types and what they implement, constants.

use super::attribute;
use super::lower::{Around, Binding, Lowering};
use super::names::{block_name, name};
use super::types::type_named;
use crate::facts::{
    Field, FunctionKind, Global, Implementation, ImplementationIndex, ModuleContents, ModuleDeclaration, ModuleIndex,
    Name, Path, StepKind, TypeDeclaration, TypeKind, TypeRef, Variant,
};
use crate::text::TextRange;
use proc_macro2::{Ident, Span};
use smol_str::SmolStr;
use syn::punctuated::Punctuated;
use syn::{
    Expr, FnArg, Generics, ImplItem, Item, ItemImpl, ItemMod, ItemTrait, Lit, Meta, Signature, Token, TraitItem, Type,
    TypeParamBound,
};

impl Lowering<'_> {
    /// Lowers items, those for tests aside.
    pub(super) fn items<'i>(&mut self, items: impl IntoIterator<Item = &'i Item>) {
        for item in items {
            if !attribute::is_for_tests(attributes(item)) {
                self.item(item);
            }
        }
    }

    fn item(&mut self, item: &Item) {
        match item {
            Item::Const(it) => self.global(&it.ident, &it.ty, &it.expr),
            Item::Static(it) => self.global(&it.ident, &it.ty, &it.expr),
            Item::Enum(it) => {
                let variants = |lowering: &mut Self| {
                    let variant =
                        |it: &syn::Variant| Variant { name: name(&it.ident), fields: lowering.fields(&it.fields) };
                    TypeKind::Variants(it.variants.iter().map(variant).collect())
                };
                self.type_declaration(&it.ident, &it.generics, variants);
            }
            Item::Struct(it) => {
                self.type_declaration(&it.ident, &it.generics, |lowering| {
                    TypeKind::Record(lowering.fields(&it.fields))
                });
            }
            Item::Union(it) => {
                self.type_declaration(&it.ident, &it.generics, |lowering| {
                    TypeKind::Record(lowering.fields(&it.fields.named))
                });
            }
            Item::Type(it) => {
                self.type_declaration(&it.ident, &it.generics, |lowering| TypeKind::Alias(lowering.ty(&it.ty)));
            }
            Item::TraitAlias(it) => {
                let interface = |lowering: &mut Self| TypeKind::Interface(Vec::new(), lowering.bounds(&it.bounds));
                self.type_declaration(&it.ident, &it.generics, interface);
            }
            Item::Trait(it) => self.trait_item(it),
            Item::Impl(it) => self.implementation(it),
            Item::Fn(it) => {
                let range = self.signature_range(&it.sig, it.block.brace_token.span.close());
                self.function(&it.sig, &it.attrs, &it.block, FunctionKind::Plain, range);
            }
            Item::Mod(it) => self.module(it),
            Item::Use(it) => self.use_item(it),
            Item::ExternCrate(it) => self.extern_crate(it),
            Item::Macro(it) => self.item_macro(it),
            _ => {}
        }
    }

    /// A module with its contents here, or the mention of another file.
    fn module(&mut self, item: &ItemMod) {
        let range = self.positions.range(item.ident.span(), item.ident.span());
        match &item.content {
            Some((brace, items)) => {
                let module = self.declare_module(name(&item.ident), ModuleContents::Here, range);
                self.scopes.open(self.positions.end(brace.span.close()));
                self.inside(module, |lowering| {
                    lowering.bind_items(items.iter());
                    lowering.items(items);
                });
                self.scopes.close();
            }
            None => {
                let contents = path_attribute(&item.attrs).map_or(ModuleContents::File, ModuleContents::FileAt);
                self.declare_module(name(&item.ident), contents, range);
            }
        }
    }

    fn declare_module(&mut self, name: Name, contents: ModuleContents, range: TextRange) -> ModuleIndex {
        let index = ModuleIndex(self.facts.modules.len() as u32);
        self.facts.modules.push(ModuleDeclaration { name, within: self.around.module, contents, range });
        index
    }

    /// Lowers what stands in a module of the file. What it binds is bound in the innermost block.
    fn inside(&mut self, module: ModuleIndex, lower: impl FnOnce(&mut Self)) {
        let inner = Around { module: Some(module), ..Around::default() };
        let outer = std::mem::replace(&mut self.around, inner);
        let at = self.facts.modules[module.0 as usize].range;
        self.nested(|_| at, (), lower);
        self.around = outer;
    }

    /// Lowers the items of a block as if it were a module. Their names are bound in the innermost block.
    pub(super) fn block_items<'i>(&mut self, items: impl Iterator<Item = &'i Item> + Clone, block: TextRange) {
        let module = self.declare_module(
            block_name(self.facts.modules.len()),
            ModuleContents::Here,
            TextRange::empty(block.start),
        );
        self.inside(module, |lowering| {
            lowering.bind_items(items.clone());
            lowering.items(items);
        });
    }

    /// Binds the names of the items of a module or block of the file.
    pub(super) fn bind_items<'i>(&mut self, items: impl Iterator<Item = &'i Item> + Clone) {
        for item in items.clone() {
            let ident = match item {
                Item::Enum(it) => &it.ident,
                Item::Struct(it) => &it.ident,
                Item::Union(it) => &it.ident,
                Item::Type(it) => &it.ident,
                Item::Trait(it) => &it.ident,
                Item::TraitAlias(it) => &it.ident,
                Item::Fn(it) => &it.sig.ident,
                Item::Mod(it) => &it.ident,
                Item::Const(it) => &it.ident,
                Item::Static(it) => &it.ident,
                _ => continue,
            };
            let path = self.item_path(name(ident));
            self.scopes.bind(name(ident), Binding::Item(path));
        }
        for item in items {
            if let Item::Use(used) = item {
                self.bind_used(used);
            }
        }
    }

    /// A constant or static. Its value is made by the module body.
    pub(super) fn global(&mut self, ident: &Ident, ty: &Type, value: &Expr) {
        let path = self.declare_global(ident, ty);
        self.initialize(path, value);
    }

    fn declare_global(&mut self, ident: &Ident, ty: &Type) -> Path {
        let ty = self.ty(ty);
        let range = self.positions.range(ident.span(), ident.span());
        let (module, implementation) = (self.around.module, self.around.implementation);
        self.facts.globals.push(Global { name: name(ident), ty, range, module, implementation });
        match implementation {
            Some(_) => self.path_in_file(vec![Name::new_static("Self"), name(ident)]),
            None => self.item_path(name(ident)),
        }
    }

    fn initialize(&mut self, to: Path, value: &Expr) {
        let range = self.range(value);
        self.frame.statement = range;
        let value = self.expression(value);
        self.push(range, StepKind::AssignFree { to, value });
    }

    fn type_declaration(&mut self, ident: &Ident, generics: &Generics, kind: impl FnOnce(&mut Self) -> TypeKind) {
        let range = self.positions.range(ident.span(), ident.span());
        self.scopes.open(range.end);
        let parameters = self.bind_generics(generics);
        let outer = std::mem::replace(&mut self.around.self_type, TypeRef::Unknown);
        self.around.self_type = type_named(self.item_path(name(ident)));
        let kind = kind(self);
        self.around.self_type = outer;
        self.scopes.close();
        let module = self.around.module;
        self.facts.types.push(TypeDeclaration { name: name(ident), parameters, kind, range, owner: None, module });
    }

    fn fields<'f>(&mut self, fields: impl IntoIterator<Item = &'f syn::Field>) -> Vec<Field> {
        let lower = |(position, field): (usize, &syn::Field)| {
            let (name, range) = match &field.ident {
                Some(ident) => (name(ident), self.positions.range(ident.span(), ident.span())),
                None => (SmolStr::from(position.to_string()), self.range(&field.ty)),
            };
            Field { name, ty: self.ty(&field.ty), embedded: false, range }
        };
        fields.into_iter().enumerate().map(lower).collect()
    }

    fn bounds(&mut self, bounds: &Punctuated<TypeParamBound, Token![+]>) -> Vec<TypeRef> {
        let mut types = Vec::new();
        for bound in bounds {
            types.push(self.bound([bound]));
        }
        types.retain(|ty| *ty != TypeRef::Unknown);
        types
    }

    fn trait_item(&mut self, item: &ItemTrait) {
        let mut methods = Vec::new();
        self.type_declaration(&item.ident, &item.generics, |lowering| {
            for member in &item.items {
                if let TraitItem::Fn(method) = member {
                    methods.push(lowering.method_signature(method));
                }
            }
            TypeKind::Interface(methods, lowering.bounds(&item.supertraits))
        });
        let has_code = |member: &TraitItem| match member {
            TraitItem::Fn(method) => method.default.is_some(),
            TraitItem::Const(constant) => constant.default.is_some(),
            _ => false,
        };
        if !item.items.iter().any(has_code) {
            return;
        }
        let of = type_named(self.item_path(name(&item.ident)));
        let range = self.positions.range(item.trait_token.span, item.brace_token.span.close());
        self.members(of, Vec::new(), &item.attrs, &item.generics, range, |lowering| {
            for member in &item.items {
                match member {
                    TraitItem::Fn(method) if !attribute::is_for_tests(&method.attrs) => {
                        let Some(block) = &method.default else { continue };
                        let range = lowering.signature_range(&method.sig, block.brace_token.span.close());
                        lowering.function(&method.sig, &method.attrs, block, member_kind(&method.sig), range);
                    }
                    TraitItem::Const(constant) => {
                        if let Some((_, value)) = &constant.default {
                            lowering.global(&constant.ident, &constant.ty, value);
                        }
                    }
                    _ => {}
                }
            }
        });
    }

    fn implementation(&mut self, item: &ItemImpl) {
        let range = self.positions.range(item.impl_token.span, item.brace_token.span.close());
        self.scopes.open(range.end);
        self.bind_generics(&item.generics);
        let of = self.ty(&item.self_ty);
        let interfaces = match &item.trait_ {
            // `impl !Send for T` says what it does not implement.
            Some((path, _)) if item.modifiers.polarity.is_none() => {
                let arguments = self.type_arguments(path);
                vec![TypeRef::Named(self.qualified(None, path), arguments)]
            }
            _ => Vec::new(),
        };
        self.scopes.close();
        self.members(of, interfaces, &item.attrs, &item.generics, range, |lowering| {
            for member in &item.items {
                match member {
                    ImplItem::Fn(method) if !attribute::is_for_tests(&method.attrs) => {
                        let range = lowering.signature_range(&method.sig, method.block.brace_token.span.close());
                        lowering.function(&method.sig, &method.attrs, &method.block, member_kind(&method.sig), range);
                    }
                    ImplItem::Const(constant) => lowering.global(&constant.ident, &constant.ty, &constant.expr),
                    _ => {}
                }
            }
        });
    }

    /// Lowers the members of a type.
    fn members(
        &mut self,
        of: TypeRef,
        interfaces: Vec<TypeRef>,
        written: &[syn::Attribute],
        generics: &Generics,
        range: TextRange,
        lower: impl FnOnce(&mut Self),
    ) {
        self.scopes.open(range.end);
        let type_parameters = self.bind_generics(generics);
        let attributes = self.attributes(written);
        let index = ImplementationIndex(self.facts.implementations.len() as u32);
        self.facts.implementations.push(Implementation { of: of.clone(), interfaces, attributes, range });
        let module = self.around.module;
        let inner = Around { module, implementation: Some(index), self_type: of, type_parameters };
        let outer = std::mem::replace(&mut self.around, inner);
        lower(self);
        self.around = outer;
        self.scopes.close();
    }

    /// A function from its first word to its last bracket.
    pub(super) fn signature_range(&self, signature: &Signature, last: Span) -> TextRange {
        let first = match (&signature.constness, &signature.asyncness) {
            (Some(first), _) => first.span,
            (None, Some(first)) => first.span,
            (None, None) => signature.fn_token.span,
        };
        self.positions.range(first, last)
    }
}

fn member_kind(signature: &Signature) -> FunctionKind {
    match signature.inputs.first() {
        Some(FnArg::Receiver(_)) => FunctionKind::Method,
        Some(FnArg::Typed(_)) | None => FunctionKind::Associated,
    }
}

/// The attributes of an item.
fn attributes(item: &Item) -> &[syn::Attribute] {
    match item {
        Item::Const(it) => &it.attrs,
        Item::Enum(it) => &it.attrs,
        Item::ExternCrate(it) => &it.attrs,
        Item::Fn(it) => &it.attrs,
        Item::ForeignMod(it) => &it.attrs,
        Item::Impl(it) => &it.attrs,
        Item::Macro(it) => &it.attrs,
        Item::Mod(it) => &it.attrs,
        Item::Static(it) => &it.attrs,
        Item::Struct(it) => &it.attrs,
        Item::Trait(it) => &it.attrs,
        Item::TraitAlias(it) => &it.attrs,
        Item::Type(it) => &it.attrs,
        Item::Union(it) => &it.attrs,
        Item::Use(it) => &it.attrs,
        _ => &[],
    }
}

/// The file that `#[path = "..."]` names.
fn path_attribute(attributes: &[syn::Attribute]) -> Option<Name> {
    attributes.iter().find_map(|attribute| {
        let Meta::NameValue(pair) = &attribute.meta else { return None };
        let Expr::Lit(literal) = &pair.value else { return None };
        match &literal.lit {
            Lit::Str(text) if pair.path.is_ident("path") => Some(text.value().into()),
            _ => None,
        }
    })
}
