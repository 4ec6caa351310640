//! A file on its way from syntax to facts.
//!
//! The rest of the front end adds to [`Lowering`]: items, functions, statements, expressions, each in its file.

use super::expand::Rules;
use super::extent::Extent;
use super::parse::Parsed;
use super::positions::Positions;
use crate::facts::{
    Failure, FileFacts, Function, FunctionIndex, FunctionKind, ImplementationIndex, LocalIndex, ModuleIndex, Name,
    Path, StatementKind, Step, StepKind, Temporary, TypeRef,
};
use crate::lang::depth::{DEPTH_LIMIT, note_too_deep};
use crate::lang::scope::Scopes;
use crate::text::TextRange;
use proc_macro2::Span;
use rustc_hash::FxHashMap;
use std::ops::Range;
use std::rc::Rc;

/// What everything of a file is lowered with.
pub(super) struct Lowering<'t> {
    pub(super) positions: Positions<'t>,
    pub(super) facts: FileFacts,
    pub(super) scopes: Scopes<Name, Binding>,
    pub(super) frame: Frame,
    pub(super) around: Around,
    /// Macros by example that the file defines, up to the current place.
    pub(super) macros: FxHashMap<Name, Rc<Rules>>,
    /// How many calls of those are being lowered around the current place.
    pub(super) expansions: u32,
    /// How many tokens calls of those stood for so far.
    pub(super) expanded: usize,
    depth: u32,
    /// What of the text was not read.
    pub(super) gaps: &'t [Range<usize>],
}

/// What a name can mean, other than something of the file's module or an import there.
#[derive(Clone)]
pub(super) enum Binding {
    Local(LocalIndex),
    /// An item of a module or block in the file, or what such a one imports: as the file would write it.
    Item(Path),
    /// A type parameter, with what it is known to be.
    TypeParameter(TypeRef),
}

/// The declarations around the current place.
#[derive(Clone, Default)]
pub(super) struct Around {
    pub(super) module: Option<ModuleIndex>,
    pub(super) implementation: Option<ImplementationIndex>,
    /// What `Self` means.
    pub(super) self_type: TypeRef,
    /// Type parameters of the implementation.
    pub(super) type_parameters: Vec<Name>,
}

/// The function being lowered, closures around the current place aside.
pub(super) struct Frame {
    pub(super) function: FunctionIndex,
    /// The steps of the current block.
    pub(super) steps: Vec<Step>,
    temporaries: u32,
    pub(super) statement: TextRange,
    pub(super) statement_kind: StatementKind,
    /// What it means for failure when the function gives a value that says nothing of it.
    pub(super) failure: Failure,
    /// Loops and blocks that `break` can leave, outer ones first.
    pub(super) targets: Vec<Target>,
    /// How many blocks lie around the current place.
    pub(super) blocks: u32,
}

/// A loop or block that `break` can leave.
pub(super) struct Target {
    pub(super) label: Option<Name>,
    /// Whether a `break` without label leaves it.
    pub(super) is_loop: bool,
    /// What keeps its value.
    pub(super) value: Option<LocalIndex>,
}

impl Frame {
    pub(super) fn new(function: FunctionIndex) -> Frame {
        Frame {
            function,
            steps: Vec::new(),
            temporaries: 0,
            statement: TextRange::default(),
            statement_kind: StatementKind::Simple,
            failure: Failure::Unknown,
            targets: Vec::new(),
            blocks: 0,
        }
    }
}

/// Says everything that a parsed file says.
pub(super) fn file(parsed: Parsed, positions: Positions, text: &str, gaps: &[Range<usize>]) -> FileFacts {
    let whole = TextRange::new(0, text.len() as u32);
    let mut lowering = Lowering {
        positions,
        facts: FileFacts::default(),
        scopes: Scopes::default(),
        frame: Frame::new(FunctionIndex(0)),
        around: Around::default(),
        macros: FxHashMap::default(),
        expansions: 0,
        expanded: 0,
        depth: 0,
        gaps,
    };
    lowering.facts.problems = parsed.problems;
    lowering.facts.generated = is_generated(text);
    lowering.new_function(FunctionKind::Module, Name::default(), TextRange::default(), whole);
    if !super::attribute::is_for_tests(&parsed.attributes) {
        lowering.items(&parsed.items);
    }
    let frame = std::mem::replace(&mut lowering.frame, Frame::new(FunctionIndex(0)));
    lowering.finish(frame);
    lowering.facts.locals.shrink_to_fit();
    lowering.facts.functions.shrink_to_fit();
    lowering.facts
}

/// Whether a comment at the start of the file says that a program wrote it, as prost, tonic-build, bindgen and others do.
fn is_generated(text: &str) -> bool {
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
    let mut comments = lines.take_while(|line| line.starts_with("//") || line.starts_with("/*") || line.is_empty());
    comments.any(|line| {
        let line = line.trim_start_matches(['/', '*', '!', ' ']).to_ascii_lowercase();
        line.starts_with("@generated")
            || line.starts_with("this file is @generated")
            || line.starts_with("automatically generated")
            || line.starts_with("generated by ")
            || (line.starts_with("code generated ") && line.contains("do not edit"))
    })
}

impl Lowering<'_> {
    /// Adds a function about which only the outside is known yet.
    pub(super) fn new_function(
        &mut self,
        kind: FunctionKind,
        name: Name,
        name_range: TextRange,
        range: TextRange,
    ) -> FunctionIndex {
        let index = FunctionIndex(self.facts.functions.len() as u32);
        let implementation = match kind {
            FunctionKind::Method | FunctionKind::Associated => self.around.implementation,
            FunctionKind::Module | FunctionKind::Plain | FunctionKind::Closure { .. } => None,
        };
        let mut function = Function::new(kind, name, name_range, range);
        (function.implementation, function.module) = (implementation, self.around.module);
        self.facts.functions.push(function);
        index
    }

    /// The facts of a function.
    pub(super) fn function_facts(&mut self, index: FunctionIndex) -> &mut Function {
        &mut self.facts.functions[index.0 as usize]
    }

    /// Hands a finished function's steps over.
    pub(super) fn finish(&mut self, frame: Frame) {
        let function = &mut self.facts.functions[frame.function.0 as usize];
        function.steps = frame.steps;
        // Facts are kept for as long as the file is.
        function.steps.shrink_to_fit();
        function.temporaries = frame.temporaries;
    }

    /// Lowers something one level deeper, unless that is too deep.
    pub(super) fn nested<T>(
        &mut self,
        at: impl FnOnce(&Self) -> TextRange,
        otherwise: T,
        lower: impl FnOnce(&mut Self) -> T,
    ) -> T {
        if self.depth >= DEPTH_LIMIT {
            let at = at(self);
            note_too_deep(&mut self.facts, at);
            return otherwise;
        }
        self.depth += 1;
        let result = lower(self);
        self.depth -= 1;
        result
    }

    /// Lowers what only sometimes runs, or runs again: its steps. `at` is where it starts.
    pub(super) fn steps_of(&mut self, at: Span, lower: impl FnOnce(&mut Self)) -> Vec<Step> {
        let outer = std::mem::take(&mut self.frame.steps);
        self.nested(|lowering| lowering.positions.range(at, at), (), lower);
        let mut steps = std::mem::replace(&mut self.frame.steps, outer);
        steps.shrink_to_fit();
        steps
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

    /// Whether what follows in the block at hand is never reached.
    pub(super) fn has_left(&self) -> bool {
        let last = self.frame.steps.last().map(|step| &step.kind);
        matches!(last, Some(StepKind::Return { .. } | StepKind::Jump { .. }))
    }

    /// Where a piece of syntax stands.
    pub(super) fn range(&self, syntax: &impl Extent) -> TextRange {
        self.positions.range(syntax.first(), syntax.last())
    }
}
