//! The linked codebase: every file's facts, with names resolved across files, packages and modules.
//!
//! Knows models only as far as names go (what a library's package is called). What a call *does* is the analysis' matter.

mod crates;
mod implementing;
mod members;
mod modules;
mod paths;
mod relevance;
mod resolve;
mod table;
mod types;

pub use members::Member;
pub use modules::ModuleInput;
pub use relevance::{declared, gaps, meanings};
pub use resolve::{Resolved, Symbol};
pub use types::Type;

use crate::facts::{
    FileFacts, Function, FunctionIndex, FunctionKind, Local, LocalIndex, Name, TypeDeclaration, TypeRef,
};
use crate::lang;
use crate::model::{ModelSet, StandsFor};
use crate::text::{FileId, FileRange, SourceFile, TextRange};
use modules::ModuleMap;
use resolve::{MemberPaths, ResolvedPaths};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::{Arc, OnceLock};
use table::Table;
use types::FunctionType;

/// Names a function of the codebase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FunctionId(pub u32);

/// Names a declared type of the codebase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TypeId(pub u32);

/// Names a package variable of the codebase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GlobalId(pub u32);

/// Names a package of the codebase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PackageId(pub u32);

/// A file to link.
#[derive(Clone, Debug)]
pub struct LinkInput {
    /// The file.
    pub source: SourceFile,
    /// What it says.
    pub facts: Arc<FileFacts>,
    /// Whose it is.
    pub origin: Origin,
}

/// Whose a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// That of the people who run the check.
    Checked,
    /// Written by a program: read, not reported.
    Generated,
    /// A library's: read to know what its calls do, not reported, and no sign of what the codebase is like.
    Library,
}

/// A linked file.
#[derive(Clone, Debug)]
pub struct CodeFile {
    /// The file.
    pub source: SourceFile,
    /// What it says.
    pub facts: Arc<FileFacts>,
    /// Whose it is.
    pub origin: Origin,
    /// Whether findings in it are shown: it is nobody else's and no program wrote it.
    pub reported: bool,
    /// The package it belongs to.
    pub package: PackageId,
    /// The module whose folder it lies in.
    pub module: Option<usize>,
    /// The package that each module it declares is.
    declared: Vec<PackageId>,
    /// Names that its imports bind.
    imports: FxHashMap<Name, ImportTarget>,
    /// Packages whose members are names of the file.
    open_imports: Vec<ImportTarget>,
    /// What paths in it mean, in languages with modules.
    resolved: ResolvedPaths,
    /// Functions that only tests can call.
    for_tests: Vec<FunctionIndex>,
    first_function: u32,
    first_type: u32,
}

/// What an import leads to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ImportTarget {
    /// A package of the codebase.
    Package(PackageId),
    /// A library, by import path.
    Library(Name),
}

/// A package: the files of one folder that say the same package name; in languages with modules, one of those.
#[derive(Clone, Debug)]
pub struct Package {
    /// Import path, as far as the manifests tell; else the folder.
    pub path: Name,
    /// Its own name.
    pub name: Name,
    /// Its files.
    pub files: Vec<FileId>,
    /// Packages of the codebase that it imports.
    pub imports: Vec<PackageId>,
    items: FxHashMap<Name, Item>,
    /// What else its names mean, in languages with modules.
    scope: Option<paths::Scope>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Item {
    Function(FunctionId),
    Type(TypeId),
    Global(GlobalId),
}

/// Everything under the paths of a run, linked. A copy shares what it was made with.
#[derive(Clone, Debug)]
pub struct Codebase {
    /// Files by [`FileId`].
    pub files: Vec<Table<CodeFile>>,
    /// Packages by [`PackageId`].
    pub packages: Table<Vec<Package>>,
    functions: Table<Vec<(FileId, FunctionIndex)>>,
    types: Table<Vec<(FileId, u32)>>,
    globals: Table<Vec<(FileId, u32)>>,
    /// By type.
    methods: Table<Vec<FxHashMap<Name, FunctionId>>>,
    methods_by_name: Table<FxHashMap<Name, Vec<(TypeId, FunctionId)>>>,
    /// Who says what it implements, and members given to types of others.
    implementing: Table<implementing::Implementing>,
    /// Constants of types.
    constants: Table<FxHashMap<(TypeId, Name), GlobalId>>,
    modules: Table<ModuleMap>,
    paths: MemberPaths,
    /// What functions take and give, and what the fields of types are: found when it is asked for first, as it is asked for
    /// again at every use.
    signatures: Table<Vec<OnceLock<Arc<FunctionType>>>>,
    field_types: Table<Vec<OnceLock<Box<[Type]>>>>,
    /// Manifests as their languages read them, in languages with modules.
    manifests: Table<Vec<ModuleInput>>,
    /// The paths under which models know what libraries export under others.
    exports: Table<FxHashMap<Name, Name>>,
    /// Every path that a model speaks of.
    modelled: Table<FxHashSet<Name>>,
    /// Types that stand for what they hold.
    stand_ins: Table<FxHashMap<Name, StandsFor>>,
}

/// Links files into a codebase. Files are numbered in the order given.
pub fn link(inputs: Vec<LinkInput>, mut modules: Vec<ModuleInput>, models: &ModelSet) -> Codebase {
    let rules = inputs.first().and_then(|input| lang::of(input.source.language)).and_then(|frontend| frontend.modules);
    crates::complete(&mut modules, modules::join);
    let layout = rules.map(|rules| crates::place(&inputs, &modules, rules));
    let mut codebase = Codebase {
        files: Vec::with_capacity(inputs.len()),
        packages: Table::default(),
        functions: Table::default(),
        types: Table::default(),
        globals: Table::default(),
        methods: Table::default(),
        methods_by_name: Table::default(),
        implementing: Table::default(),
        constants: Table::default(),
        manifests: if layout.is_some() { modules.clone().into() } else { Table::default() },
        modules: ModuleMap::new(modules, &file_imports(&inputs)).into(),
        exports: models.exports().map(|(from, to)| (from.clone(), to.clone())).collect::<FxHashMap<_, _>>().into(),
        modelled: if layout.is_some() {
            models.paths().cloned().collect::<FxHashSet<_>>().into()
        } else {
            Table::default()
        },
        stand_ins: models.stand_ins().map(|(path, to)| (path.clone(), to)).collect::<FxHashMap<_, _>>().into(),
        paths: MemberPaths::default(),
        signatures: Table::default(),
        field_types: Table::default(),
    };
    match layout {
        Some(layout) => {
            codebase.add_modules(inputs, &layout);
            codebase.make_room();
            codebase.bind_uses();
            codebase.files.iter_mut().for_each(|file| file.resolved.keep());
        }
        None => {
            let mut by_folder = FxHashMap::<(String, Name), PackageId>::default();
            for input in inputs {
                codebase.add_file(input, &mut by_folder);
            }
            codebase.make_room();
            codebase.bind_imports(&by_folder, models);
            codebase.bind_methods();
        }
    }
    codebase.find_test_functions(models);
    codebase
}

fn file_imports(inputs: &[LinkInput]) -> Vec<modules::FileImports<'_>> {
    let file = |input| {
        let LinkInput { source, facts, .. }: &LinkInput = input;
        (source.path.as_ref(), facts.imports.iter().map(|import| import.path.as_str()).collect())
    };
    inputs.iter().map(file).collect()
}

impl Codebase {
    /// What is found when it is asked for gets its places.
    fn make_room(&mut self) {
        self.signatures.resize_with(self.functions.len(), OnceLock::new);
        self.field_types.resize_with(self.types.len(), OnceLock::new);
        self.methods.resize_with(self.types.len(), FxHashMap::default);
    }

    fn add_file(&mut self, input: LinkInput, by_folder: &mut FxHashMap<(String, Name), PackageId>) {
        let folder = modules::folder_of(&input.source.path).to_owned();
        let name = input.facts.package.clone().unwrap_or_default();
        let package = *by_folder.entry((folder.clone(), name.clone())).or_insert_with(|| {
            let path = self.modules.import_path(&folder);
            self.packages.push(Package {
                path: path.into(),
                name,
                files: Vec::new(),
                imports: Vec::new(),
                items: FxHashMap::default(),
                scope: None,
            });
            PackageId(self.packages.len() as u32 - 1)
        });
        let reported = input.origin == Origin::Checked;
        self.add_to(package, Vec::new(), input, reported);
    }

    /// Adds the files of a language with modules.
    fn add_modules(&mut self, inputs: Vec<LinkInput>, layout: &crates::Layout) {
        self.packages.extend(layout.modules.iter().map(|module| Package {
            path: module.path.as_str().into(),
            name: module.name.clone(),
            files: Vec::new(),
            imports: Vec::new(),
            items: FxHashMap::default(),
            scope: None,
        }));
        self.add_scopes(layout, &inputs);
        for (input, placed) in inputs.into_iter().zip(&layout.files) {
            let package = placed.module.unwrap_or(PackageId(0));
            let reported = input.origin == Origin::Checked && placed.is_reached;
            self.add_to(package, placed.declared.clone(), input, reported);
        }
    }

    fn add_to(&mut self, package: PackageId, declared: Vec<PackageId>, input: LinkInput, reported: bool) {
        let file = FileId(self.files.len() as u32);
        self.packages[package.0 as usize].files.push(file);
        let (first_function, first_type) = (self.functions.len() as u32, self.types.len() as u32);
        let facts = input.facts.clone();
        let linked = CodeFile {
            module: self.modules.module_of(modules::folder_of(&input.source.path)),
            source: input.source,
            facts: input.facts,
            origin: input.origin,
            reported,
            package,
            declared,
            imports: FxHashMap::default(),
            open_imports: Vec::new(),
            resolved: ResolvedPaths::default(),
            for_tests: Vec::new(),
            first_function,
            first_type,
        };
        self.files.push(linked.into());
        self.add_items(file, &facts);
    }

    fn add_items(&mut self, file: FileId, facts: &FileFacts) {
        for (index, function) in facts.functions.iter().enumerate() {
            let id = FunctionId(self.functions.len() as u32);
            self.functions.push((file, FunctionIndex(index as u32)));
            let package = self.module_in(file, function.module).0 as usize;
            let is_called = self.packages[package].scope.is_some() || (function.name != "init" && function.name != "_");
            if function.kind == FunctionKind::Plain && is_called {
                self.packages[package].items.insert(function.name.clone(), Item::Function(id));
            }
        }
        for (index, declaration) in facts.types.iter().enumerate() {
            let id = TypeId(self.types.len() as u32);
            self.types.push((file, index as u32));
            if declaration.owner.is_none() {
                let package = self.module_in(file, declaration.module).0 as usize;
                self.packages[package].items.insert(declaration.name.clone(), Item::Type(id));
            }
        }
        for (index, global) in facts.globals.iter().enumerate() {
            let id = GlobalId(self.globals.len() as u32);
            self.globals.push((file, index as u32));
            if global.implementation.is_none() {
                let package = self.module_in(file, global.module).0 as usize;
                self.packages[package].items.insert(global.name.clone(), Item::Global(id));
            }
        }
    }

    fn bind_methods(&mut self) {
        for id in self.function_ids() {
            let function = self.function(id);
            let Some(receiver) = function.receiver.as_ref() else { continue };
            let file = self.function_file(id);
            if let Type::Declared(owner, _) = self.resolve_type(file, Some(id), &receiver.ty) {
                let name = self.function(id).name.clone();
                self.methods[owner.0 as usize].insert(name.clone(), id);
                self.methods_by_name.entry(name).or_default().push((owner, id));
            }
        }
    }

    /// Functions that take what only tests have, and methods of types that hold it.
    fn find_test_functions(&mut self, models: &ModelSet) {
        for index in 0..self.files.len() {
            let file = FileId(index as u32);
            let imports = &self.files[index].facts.imports;
            if !imports.iter().any(|import| models.is_for_tests(&import.path)) {
                continue;
            }
            let is_for_tests = |id: &FunctionId| {
                let function = self.function(*id);
                let of_tests = |ty: &TypeRef| {
                    let ty = self.resolve_type(file, Some(*id), ty);
                    ty.library().and_then(|path| models.package_of(path)).is_some_and(|package| package.tests)
                };
                let receiver =
                    function.receiver.iter().map(|receiver| self.resolve_type(file, Some(*id), &receiver.ty));
                function.parameters.iter().any(|parameter| of_tests(&parameter.ty))
                    || receiver.into_iter().any(|ty| self.fields(&ty).iter().any(|field| of_tests(&field.ty)))
            };
            let found =
                self.functions_in(file).filter(is_for_tests).map(|id| self.functions[id.0 as usize].1).collect();
            self.files[index].for_tests = found;
        }
    }

    /// Whether findings at a place are shown: it is nobody else's, no program wrote it, and services run it.
    pub fn is_reported(&self, at: FileRange) -> bool {
        let file = self.file(at.file);
        let range = |index: &FunctionIndex| file.facts.functions[index.0 as usize].range;
        file.reported && !file.for_tests.iter().any(|index| range(index).contains(at.range))
    }

    /// The codebase with other texts in some files, which declare the same as before, in the same order: only what functions
    /// do may differ, and where everything stands.
    pub fn with(&self, changed: impl IntoIterator<Item = (FileId, SourceFile, Arc<FileFacts>)>) -> Codebase {
        let mut codebase = self.clone();
        for (file, source, facts) in changed {
            let held = &mut codebase.files[file.0 as usize];
            (held.source, held.facts) = (source, facts);
        }
        codebase
    }

    /// Every function, in order of files.
    pub fn function_ids(&self) -> impl Iterator<Item = FunctionId> + use<> {
        (0..self.functions.len() as u32).map(FunctionId)
    }

    /// Every type.
    pub fn type_ids(&self) -> impl Iterator<Item = TypeId> + use<> {
        (0..self.types.len() as u32).map(TypeId)
    }

    /// The functions of a file, in order.
    pub fn functions_in(&self, file: FileId) -> impl Iterator<Item = FunctionId> + use<> {
        let file = self.file(file);
        (file.first_function..file.first_function + file.facts.functions.len() as u32).map(FunctionId)
    }

    /// The facts of a function.
    pub fn function(&self, id: FunctionId) -> &Function {
        let (file, index) = self.functions[id.0 as usize];
        &self.files[file.0 as usize].facts.functions[index.0 as usize]
    }

    /// The file a function stands in.
    pub fn function_file(&self, id: FunctionId) -> FileId {
        self.functions[id.0 as usize].0
    }

    /// The file with this id.
    pub fn file(&self, id: FileId) -> &CodeFile {
        &self.files[id.0 as usize]
    }

    /// Whether a function is a library's.
    pub fn is_foreign(&self, id: FunctionId) -> bool {
        self.file(self.function_file(id)).origin == Origin::Library
    }

    /// Whether a package is a library's.
    pub fn is_foreign_package(&self, id: PackageId) -> bool {
        let files = &self.packages[id.0 as usize].files;
        files.first().is_some_and(|file| self.file(*file).origin == Origin::Library)
    }

    /// The package of a function.
    pub fn function_package(&self, id: FunctionId) -> PackageId {
        self.module_in(self.function_file(id), self.function(id).module)
    }

    /// A function of the same file by its index in the facts.
    pub fn sibling(&self, id: FunctionId, index: FunctionIndex) -> FunctionId {
        FunctionId(self.file(self.function_file(id)).first_function + index.0)
    }

    /// Whether code outside the codebase can call a function, if its package is a library.
    pub fn is_exported(&self, id: FunctionId) -> bool {
        let file = self.file(self.function_file(id));
        let package = &self.packages[file.package.0 as usize];
        let function = self.function(id);
        let Some(frontend) = lang::of(file.source.language) else { return true };
        let callable = matches!(function.kind, FunctionKind::Plain | FunctionKind::Method);
        callable && (frontend.is_exported)(&function.name) && !(frontend.is_entry)(&package.name, "main")
    }

    /// Whether a function's name says that other packages may use it.
    pub fn is_public(&self, id: FunctionId) -> bool {
        let language = self.file(self.function_file(id)).source.language;
        lang::of(language).is_none_or(|frontend| (frontend.is_exported)(&self.function(id).name))
    }

    /// The function that a closure is written in.
    pub fn owner(&self, id: FunctionId) -> Option<FunctionId> {
        self.function(id).owner().map(|index| self.sibling(id, index))
    }

    /// A local of the file that a function stands in.
    pub fn local(&self, id: FunctionId, local: LocalIndex) -> &Local {
        &self.file(self.function_file(id)).facts.locals[local.0 as usize]
    }

    /// The function that binds a local seen from `id`.
    pub fn local_owner(&self, id: FunctionId, local: LocalIndex) -> FunctionId {
        self.sibling(id, self.local(id, local).owner)
    }

    /// A declared type.
    pub fn declaration(&self, id: TypeId) -> &TypeDeclaration {
        let (file, index) = self.types[id.0 as usize];
        &self.file(file).facts.types[index as usize]
    }

    /// The file that declares a type.
    pub fn type_file(&self, id: TypeId) -> FileId {
        self.types[id.0 as usize].0
    }

    /// A package variable and the file that declares it.
    pub fn global(&self, id: GlobalId) -> (FileId, &crate::facts::Global) {
        let (file, index) = self.globals[id.0 as usize];
        (file, &self.file(file).facts.globals[index as usize])
    }

    /// A range in the file of a function.
    pub fn at(&self, id: FunctionId, range: TextRange) -> FileRange {
        FileRange { file: self.function_file(id), range }
    }

    /// How a function is called in a report: `handler`, `Server.search`, `main.go:12` for a closure.
    pub fn function_name(&self, id: FunctionId) -> String {
        let function = self.function(id);
        match function.kind {
            FunctionKind::Method => match function.receiver.as_ref().map(|receiver| types::base_name(&receiver.ty)) {
                Some(Some(name)) => format!("{name}.{}", function.name),
                _ => function.name.to_string(),
            },
            FunctionKind::Closure { .. } => match self.owner(id) {
                Some(owner) => format!("a function inside `{}`", self.function_name(owner)),
                None => "a function literal".to_owned(),
            },
            FunctionKind::Module => "the package's variables".to_owned(),
            FunctionKind::Plain | FunctionKind::Associated => function.name.to_string(),
        }
    }

    /// The version that was chosen for the code in a file, or else the one that the manifest above asks for.
    pub fn dependency_version(&self, file: FileId, package: &str) -> Option<&str> {
        let module = self.file(file).module?;
        self.modules.dependency_version(module, package).or_else(|| self.modules.indirect_version(module, package))
    }

    /// Whether the versions that code in a file uses are chosen, or another one may be yet.
    pub fn has_chosen_versions(&self, file: FileId) -> bool {
        self.file(file).module.is_some_and(|module| self.modules.is_locked(module))
    }

    /// Whether a part of a dependency is asked for by any manifest; the name may end in `*`.
    pub fn has_feature(&self, package: &str, wanted: &str) -> bool {
        self.modules.has_feature(package, |feature| match wanted.strip_suffix('*') {
            Some(start) => feature.starts_with(start),
            None => feature == wanted,
        })
    }

    /// Whether the manifest above a file names a library that holds this package. `None` without a manifest.
    pub fn depends_on(&self, file: FileId, package: &str) -> Option<bool> {
        let module = self.file(file).module?;
        let package = package.split("::").next().unwrap_or(package);
        Some(self.modules.dependency_version(module, package).is_some())
    }

    /// Import paths of the libraries that a package's files import; in languages with modules, the libraries that their
    /// manifest names.
    pub fn library_imports(&self, package: PackageId) -> impl Iterator<Item = &Name> {
        let package = &self.packages[package.0 as usize];
        let (by_import, by_manifest) = match package.scope {
            None => (package.files.as_slice(), None),
            Some(_) => (&[][..], package.files.first().and_then(|file| self.file(*file).module)),
        };
        let imported =
            by_import.iter().flat_map(|file| self.file(*file).facts.imports.iter().map(|import| &import.path));
        imported.chain(by_manifest.into_iter().flat_map(|module| self.modules.dependencies(module)))
    }
}
