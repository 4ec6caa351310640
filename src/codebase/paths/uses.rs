//! Binding imports: each after those that it leads through.

use super::{Bound, OPEN, Target, Wanted};
use crate::codebase::{Codebase, PackageId, Symbol};
use crate::facts::{Alias, FileFacts, Import, Name};
use crate::text::FileId;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::sync::Arc;

/// How often imports are bound anew because they lead through one another.
const ROUNDS: usize = 12;

impl Codebase {
    /// Binds what imports name: each after those that it leads through. What those lead through one another in circles is
    /// found in rounds, in which only such are looked at again that led nowhere or through the codebase. In between types get
    /// their members.
    pub(in crate::codebase) fn bind_uses(&mut self) {
        let facts: Vec<Arc<FileFacts>> = self.files.iter().map(|file| file.facts.clone()).collect();
        let uses = facts
            .iter()
            .enumerate()
            .flat_map(|(file, facts)| facts.imports.iter().map(move |import| Use::new(FileId(file as u32), import)));
        let mut uses: Vec<Use<'_>> = uses.collect();
        let mut order = Order::new(self, &mut uses);
        for index in 0..uses.len() {
            order.bind(self, &mut uses, index);
        }
        for _ in 0..ROUNDS {
            if !self.bind_again(&mut uses, |one| !one.leaves() || one.shares_name) {
                break;
            }
            self.bind_again(&mut uses, |_| true);
        }
        self.bind_implementations();
        // What types have may be what imports lead to.
        for _ in 0..ROUNDS {
            if !self.bind_again(&mut uses, |one| one.leads_nowhere()) {
                break;
            }
        }
    }

    /// Binds some imports anew, and says whether any leads elsewhere than before.
    fn bind_again(&mut self, uses: &mut [Use<'_>], is_meant: impl Fn(&Use<'_>) -> bool) -> bool {
        let mut changed = false;
        for one in uses.iter_mut().filter(|one| is_meant(one)) {
            changed |= self.bind_use(one);
        }
        changed
    }

    /// Says whether it leads elsewhere than before. That others bind the same name, in a block or for another platform, is no
    /// change: the last one has it.
    fn bind_use(&mut self, one: &mut Use<'_>) -> bool {
        let module = self.module_in(one.file, one.import.module);
        // What stands in a module of the file is written as the file would write it.
        let from = self.file(one.file).package;
        let whole = |found: Option<(Target, usize)>| found.filter(|(_, rest)| *rest == 0).map(|(target, _)| target);
        let bound = match one.import.alias {
            Alias::Members => Bound { module: whole(self.follow(from, &one.names, Wanted::Module)), item: None },
            _ => {
                let [module, item] = self.follow_to_both(from, &one.names).map(whole);
                Bound { module, item }
            }
        };
        let changed = bound != one.bound && bound != Bound::default();
        let Some(scope) = &mut self.packages[module.0 as usize].scope else { return false };
        match &one.import.alias {
            _ if bound == Bound::default() => return false,
            Alias::Members => {
                let Some(found) = &bound.module else { return false };
                if scope.open.contains(found) || *found == Target::Module(module) {
                    return false;
                }
                scope.open.push(found.clone());
            }
            _ if scope.bound.get(&one.name) == Some(&bound) => {}
            _ => drop(scope.bound.insert(one.name.clone(), bound.clone())),
        }
        one.bound = bound;
        changed
    }
}

/// An import while it is being bound.
struct Use<'u> {
    file: FileId,
    import: &'u Import,
    /// The names of its path.
    names: Vec<&'u str>,
    /// The name that it binds.
    name: Name,
    /// Where it led last.
    bound: Bound,
    /// Whether others bind the same name: the last of them has it.
    shares_name: bool,
}

impl<'u> Use<'u> {
    fn new(file: FileId, import: &'u Import) -> Use<'u> {
        // A path has its signs in pairs.
        let names: Vec<&str> = import.path.split(':').step_by(2).collect();
        let name = match &import.alias {
            Alias::Named(name) => name.clone(),
            Alias::Default => names.last().copied().unwrap_or_default().into(),
            // Bound under a name that no code can write: the methods of a trait are there all the same.
            Alias::Blank | Alias::Members => format!("_ {}", import.path).into(),
        };
        Use { file, import, names, name, bound: Bound::default(), shares_name: false }
    }

    /// Whether it leads out of the codebase.
    fn leaves(&self) -> bool {
        let is_library = |found: &Option<Target>| matches!(found, Some(Target::Symbol(Symbol::Library(_))));
        is_library(&self.bound.module) && is_library(&self.bound.item)
    }

    /// Whether it led nowhere so far.
    fn leads_nowhere(&self) -> bool {
        match self.import.alias {
            Alias::Members => self.bound.module.is_none(),
            _ => self.bound.item.is_none(),
        }
    }
}

/// Imports on the way to being bound, each after those that it leads through.
struct Order {
    /// By module: the imports that bind a name in it, and those that open others to it.
    named: Vec<FxHashMap<Name, SmallVec<[u32; 1]>>>,
    open: Vec<Vec<u32>>,
    /// Whether an import was met.
    met: Vec<bool>,
}

impl Order {
    fn new(codebase: &Codebase, uses: &mut [Use<'_>]) -> Order {
        let count = codebase.packages.len();
        let mut order = Order {
            named: vec![FxHashMap::default(); count],
            open: vec![Vec::new(); count],
            met: vec![false; uses.len()],
        };
        for (index, one) in uses.iter().enumerate() {
            let module = codebase.module_in(one.file, one.import.module).0 as usize;
            match one.import.alias {
                Alias::Members => order.open[module].push(index as u32),
                _ => order.named[module].entry(one.name.clone()).or_default().push(index as u32),
            }
        }
        let shared = order.named.iter().flat_map(FxHashMap::values).filter(|all| all.len() > 1).flatten();
        shared.for_each(|index| uses[*index as usize].shares_name = true);
        order
    }

    /// Binds an import after those that it leads through, unless it was met before.
    fn bind(&mut self, codebase: &mut Codebase, uses: &mut [Use<'_>], index: usize) {
        if std::mem::replace(&mut self.met[index], true) {
            return;
        }
        while let Some(next) = self.missing(codebase, &uses[index]) {
            self.bind(codebase, uses, next as usize);
        }
        codebase.bind_use(&mut uses[index]);
    }

    /// An import that was not met yet and that another leads through, as far as can be told now.
    fn missing(&self, codebase: &Codebase, one: &Use<'_>) -> Option<u32> {
        let mut module = codebase.file(one.file).package;
        for (at, name) in one.names.iter().enumerate() {
            let missing = match *name {
                "crate" | "self" | "super" | "" => None,
                name => self.missing_in(codebase, module, name, OPEN),
            };
            if missing.is_some() {
                return missing;
            }
            let found = match at {
                0 => codebase.start(module, name, Wanted::Module, false),
                _ => codebase.name_in(module, name, Wanted::Module, OPEN),
            };
            let Some(Target::Module(next)) = found else { break };
            module = next;
        }
        None
    }

    /// One that a name of a module may lead through.
    fn missing_in(&self, codebase: &Codebase, module: PackageId, name: &str, depth: u32) -> Option<u32> {
        let scope = codebase.scope(module)?;
        if scope.modules.contains_key(name) || codebase.item(module, name).is_some() {
            return None;
        }
        let at = module.0 as usize;
        let is_new = |index: &&u32| !self.met[**index as usize];
        let own = self.named[at].get(name);
        if let Some(own) = own {
            return own.iter().find(is_new).copied();
        }
        if let Some(open) = self.open[at].iter().find(is_new) {
            return Some(*open);
        }
        let depth = depth.checked_sub(1)?;
        let further = scope.open.iter().filter_map(|target| match target {
            Target::Module(id) => Some(*id),
            Target::Symbol(_) => None,
        });
        let around = scope.parent.filter(|_| codebase.is_block(module));
        around.into_iter().chain(further).find_map(|module| self.missing_in(codebase, module, name, depth))
    }
}
