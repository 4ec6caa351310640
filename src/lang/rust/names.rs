//! What names in modules and blocks of a file mean, written as the file would write them.

use super::lower::{Binding, Lowering};
use crate::facts::{FunctionIndex, LocalIndex, ModuleIndex, Name, Operand, Path, TypeRef};
use proc_macro2::Ident;
use smol_str::{SmolStr, ToSmolStr};
use syn::QSelf;

/// A name, without what lets a keyword be one.
pub(super) fn name(ident: &Ident) -> Name {
    let name = ident.to_smolstr();
    match name.strip_prefix("r#") {
        Some(bare) => SmolStr::new(bare),
        None => name,
    }
}

/// The names of a path as written.
pub(super) fn written(path: &syn::Path) -> Vec<Name> {
    path.segments.iter().map(|segment| name(&segment.ident)).collect()
}

/// The name of a module for items of a block, which no code can write. `index` is that of the module, so that it stays the
/// same wherever the block moves.
pub(super) fn block_name(index: usize) -> Name {
    format!("{{{index}}}").into()
}

fn is_block(name: &str) -> bool {
    name.starts_with('{')
}

impl Lowering<'_> {
    /// The names of modules of the file that lead to one, outermost first.
    fn module_path(&self, module: Option<ModuleIndex>) -> Vec<Name> {
        let mut names = Vec::new();
        let mut next = module;
        while let Some(index) = next {
            let declaration = &self.facts.modules[index.0 as usize];
            names.push(declaration.name.clone());
            next = declaration.within;
        }
        names.reverse();
        names
    }

    /// What the file would call an item of the module at hand.
    pub(super) fn item_path(&self, item: Name) -> Path {
        let mut names = self.module_path(self.around.module);
        names.push(item);
        Path(names)
    }

    /// What the file would write for names written here.
    pub(super) fn path_in_file(&self, names: Vec<Name>) -> Path {
        let Some(first) = names.first() else { return Path(names) };
        match first.as_str() {
            "self" | "super" if names.len() > 1 => return self.path_from_module(&names),
            "crate" => return Path(names),
            "Self" => {
                if let Some(Path(mut owner)) = path_of(&self.around.self_type) {
                    owner.extend_from_slice(&names[1..]);
                    return Path(owner);
                }
                return Path(names);
            }
            _ => {}
        }
        match self.scopes.find(first) {
            Some(Binding::Item(Path(mut start))) => {
                start.extend_from_slice(&names[1..]);
                Path(start)
            }
            Some(Binding::TypeParameter(known)) if names.len() > 1 => match path_of(&known) {
                Some(Path(mut start)) => {
                    start.extend_from_slice(&names[1..]);
                    Path(start)
                }
                None => Path(names),
            },
            Some(Binding::TypeParameter(_) | Binding::Local(_)) | None => Path(names),
        }
    }

    /// The same for names that start at the module at hand, or above it.
    fn path_from_module(&self, names: &[Name]) -> Path {
        // Blocks have no names: `self` in one is the module around.
        let mut here: Vec<Name> = self.module_path(self.around.module);
        here.retain(|name| !is_block(name));
        if here.is_empty() {
            return Path(names.to_vec());
        }
        let mut rest = names;
        let mut start = Name::new_static("self");
        while let Some((first, after)) = rest.split_first() {
            match first.as_str() {
                "self" => {}
                "super" if here.pop().is_some() => {}
                "super" => {
                    start = first.clone();
                    break;
                }
                _ => break,
            }
            rest = after;
        }
        let mut path = if start == "self" { vec![start] } else { Vec::new() };
        path.extend(here);
        path.extend_from_slice(rest);
        Path(path)
    }

    /// What a path in an expression means.
    pub(super) fn value_path(&mut self, qualifier: Option<&QSelf>, path: &syn::Path) -> Operand {
        if let (None, Some(only)) = (qualifier, path.get_ident()) {
            return self.named_value(name(only));
        }
        Operand::Free(self.qualified(qualifier, path))
    }

    /// What a name alone stands for.
    pub(super) fn named_value(&mut self, only: Name) -> Operand {
        match self.local(&only) {
            Some(local) => Operand::Local(local),
            None if only == "None" => Operand::Nothing,
            None => Operand::Free(self.path_in_file(vec![only])),
        }
    }

    /// A path with the type in front of it: `<T as Trait>::name`. The trait says what the name is unless the type is known.
    pub(super) fn qualified(&mut self, qualifier: Option<&QSelf>, path: &syn::Path) -> Path {
        let names = written(path);
        let Some(qualifier) = qualifier else { return self.path_in_file(names) };
        let ty = self.ty(&qualifier.ty);
        match path_of(&ty) {
            Some(Path(mut owner)) => {
                owner.extend_from_slice(names.get(qualifier.position..).unwrap_or_default());
                Path(owner)
            }
            None => self.path_in_file(names),
        }
    }

    /// The variable that a name means.
    pub(super) fn local(&self, name: &str) -> Option<LocalIndex> {
        let Some(Binding::Local(local)) = self.scopes.find(name) else { return None };
        // Functions inside functions do not see the variables around them; closures do.
        let owner = self.facts.locals[local.0 as usize].owner;
        let mut around = Some(self.frame.function);
        while let Some(FunctionIndex(index)) = around {
            if index == owner.0 {
                return Some(local);
            }
            around = self.facts.functions[index as usize].owner();
        }
        None
    }
}

/// The path of a named type, seen through references.
pub(super) fn path_of(ty: &TypeRef) -> Option<Path> {
    match ty {
        TypeRef::Named(path, _) => Some(path.clone()),
        TypeRef::Pointer(inner) => path_of(inner),
        _ => None,
    }
}
