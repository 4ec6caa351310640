//! The places and names that fixes can refer to, as a check finds them. Knows no library and no fix.

use super::Pass;
use super::field::{Addition, FieldPlace};
use crate::analysis::graph::{InboundEdge, Scope};
use crate::analysis::scope::Binding;
use crate::codebase::{FunctionId, Resolved, Symbol};
use crate::facts::{Call, Callee, LocalIndex, Name, Operand, StatementKind, Step, StepKind, walk};
use crate::lang;
use crate::model::{ContextSource, EffectModel, Gives, Root, TypeModel};
use crate::text::{FileId, FileRange, TextRange};

/// Places and names that fixes can refer to.
pub(super) struct Anchors<'p> {
    pub(super) pass: &'p Pass<'p>,
    pub(super) function: FunctionId,
    pub(super) calls: Vec<(&'static str, FileRange, &'p Call)>,
    pub(super) places: Vec<(&'static str, FileRange)>,
    pub(super) names: Vec<(&'static str, String)>,
    pub(super) types: Vec<(&'static str, Name)>,
    pub(super) additions: Vec<(&'static str, FileId, Addition)>,
    /// Which function of a library is called at a place, by path.
    pub(super) symbols: Vec<(&'static str, Name)>,
}

/// A variable that takes what a call gives.
struct Target {
    text: String,
    /// Its name where the statement declares it.
    declared: Option<TextRange>,
}

impl<'p> Anchors<'p> {
    pub(super) fn new(pass: &'p Pass<'p>, function: FunctionId) -> Anchors<'p> {
        let (calls, places, names) = (Vec::new(), Vec::new(), Vec::new());
        let (types, additions, symbols) = (Vec::new(), Vec::new(), Vec::new());
        Anchors { pass, function, calls, places, names, types, additions, symbols }
    }

    /// A call that lines or arguments can be put at.
    pub(super) fn call(&mut self, name: &'static str, at: FileRange) {
        let Some((call, function)) = self.pass.call_at(at) else { return };
        self.calls.push((name, at, call));
        self.symbols.extend(self.symbol_of(at, call).map(|symbol| (name, symbol)));
        if name == "send" && is_in_loop(&self.pass.codebase.function(function).steps, call.statement) {
            self.names.push(("loop", String::new()));
        }
        // What a call makes is known by the variable it is assigned to; the fix of a missing extract speaks of the span's.
        if name == "span" {
            self.names.push(("span", String::new()));
            self.names.extend(self.tracer_of(at, call).map(|text| ("tracer", text)));
            self.places.push(("span-name", FileRange { file: at.file, range: call.name_range }));
            let declared = self.targets(function, call).into_iter().next().flatten().and_then(|target| target.declared);
            self.places.extend(declared.map(|range| ("span-result", FileRange { file: at.file, range })));
        }
    }

    /// A call that opens a span, and the variable that takes it; not in a loop, behind which a deferred call would come too late.
    pub(super) fn opened_span(&mut self, at: FileRange) {
        let Some((call, function)) = self.pass.call_at(at) else { return };
        let Some(symbol) = self.symbol_of(at, call) else { return };
        if is_in_loop(&self.pass.codebase.function(function).steps, call.statement) {
            return;
        }
        let entries = self.pass.models.call(&symbol).into_iter().flat_map(|model| &model.entries);
        let slot = entries.flat_map(|entry| &entry.effects).find_map(|effect| match effect {
            EffectModel::Starts { span: Some(span), .. } => match span.root {
                Root::Result(slot) if span.parts.is_empty() => Some(slot as usize),
                _ => None,
            },
            _ => None,
        });
        let mut targets = self.targets(function, call);
        let target = slot.filter(|slot| *slot < targets.len()).and_then(|slot| targets.swap_remove(slot));
        let Some(target) = target.filter(|target| target.declared.is_some() && target.text != "_") else { return };
        self.calls.push(("span", at, call));
        self.symbols.push(("span", symbol));
        self.names.push(("span", target.text));
    }

    /// A call that makes its own request and sends it: what it is given, goes through, and gives.
    pub(super) fn sent_whole(&mut self, at: FileRange, symbol: &str) {
        const ARGUMENTS: [&str; 3] = ["argument0", "argument1", "argument2"];
        let Some((call, function)) = self.pass.call_at(at) else { return };
        let text = |range| self.pass.text(FileRange { file: at.file, range }).to_owned();
        // A fix writes what stood alone between other arguments.
        let moved = |range| match call.arguments.len() {
            1 => lang::of(self.pass.codebase.file(at.file).source.language)
                .and_then(|frontend| (frontend.among_arguments)(&text(range))),
            _ => Some(text(range)),
        };
        let arguments = ARGUMENTS.into_iter().zip(&call.arguments);
        let mut names: Vec<(&'static str, String)> =
            arguments.filter_map(|(name, argument)| Some((name, moved(argument.range)?))).collect();
        names.push(("function", text(call.name_range)));
        let through = self.pass.models.call(symbol).into_iter().flat_map(|model| &model.entries).find_map(|entry| {
            entry.effects.iter().find_map(|effect| match effect {
                EffectModel::Sends { through, .. } => through.first(),
                _ => None,
            })
        });
        let client = match through.map(|place| &place.root) {
            Some(Root::Receiver) => receiver_of(&text(TextRange::new(at.range.start, call.name_range.start))),
            Some(Root::Symbol(path)) => self.library_name(at.file, path),
            _ => None,
        };
        names.extend(client.map(|client| ("client", client)));
        if let [Some(response), Some(error)] = self.targets(function, call).as_slice()
            && call.statement_kind == StatementKind::Simple
            && response.declared.is_some()
        {
            names.push(("response", response.text.clone()));
            names.push(("error", error.text.clone()));
            self.places.push(("send-statement", FileRange { file: at.file, range: call.statement }));
        }
        self.names.extend(names);
        self.symbols.push(("send", symbol.into()));
    }

    /// The library's function that a call names; that of a call which opens a span or builds a request is known whatever it is
    /// called on.
    fn symbol_of(&self, at: FileRange, call: &Call) -> Option<Name> {
        if let Some(symbol) = self.pass.graph.makers.get(&at) {
            return Some(symbol.clone());
        }
        let Callee::Free(path) = &call.callee else { return None };
        match self.pass.codebase.resolve(at.file, path) {
            Resolved { symbol: Symbol::Library(symbol), rest: 0 } => Some(symbol),
            _ => None,
        }
    }

    /// A call that starts work, and what was put around the handle on it.
    pub(super) fn spawned(&mut self, at: FileRange, symbol: Option<&Name>, on_handle: Option<FileRange>) {
        self.call("spawn", at);
        self.symbols.retain(|(place, _)| *place != "spawn");
        self.symbols.extend(symbol.map(|symbol| ("spawn", symbol.clone())));
        self.names.push(("current", String::new()));
        let Some((handle, call)) = on_handle.and_then(|handle| Some((handle, self.pass.call_at(handle)?.0))) else {
            return;
        };
        let range = TextRange::new(call.name_range.start, call.arguments_range.end);
        self.places.push(("handle-call", FileRange { file: handle.file, range }));
        if let Some(argument) = call.arguments.first() {
            let text = self.pass.text(FileRange { file: handle.file, range: argument.range });
            self.names.push(("handled", text.to_owned()));
        }
    }

    /// A call that gives a guard, and what the guard keeps current.
    pub(super) fn guard(&mut self, at: FileRange, symbol: Option<&Name>) {
        self.call("guard", at);
        self.symbols.retain(|(place, _)| *place != "guard");
        self.symbols.extend(symbol.map(|symbol| ("guard", symbol.clone())));
        let Some((call, function)) = self.pass.call_at(at) else { return };
        let before = TextRange::new(at.range.start, call.name_range.start);
        let Some(guarded) = receiver_of(self.pass.text(FileRange { file: at.file, range: before })) else { return };
        let after = TextRange::new(at.range.end, self.pass.codebase.function(function).range.end);
        let after = self.pass.text(FileRange { file: at.file, range: after });
        let is_variable = guarded.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
        let named = |text: &str| text.split(|it: char| !it.is_alphanumeric() && it != '_').any(|word| word == guarded);
        if !is_variable || named(after) {
            self.names.push(("again", String::new()));
        }
        self.names.push(("guarded", guarded));
    }

    /// The variables that the statement of a call puts its results into; none for a result that goes elsewhere.
    fn targets(&self, function: FunctionId, call: &Call) -> Vec<Option<Target>> {
        let codebase = self.pass.codebase;
        let mut slots = vec![(Operand::Temporary(call.result), 0)];
        let mut targets: Vec<Option<Target>> = Vec::new();
        walk(&codebase.function(function).steps, &mut |step| {
            let taken = |value: &Operand| slots.iter().find(|(slot, _)| slot == value).map(|(_, index)| *index);
            let found = match &step.kind {
                StepKind::Slot { result, of: Operand::Temporary(of), index } if *of == call.result => {
                    slots.push((Operand::Temporary(*result), *index as usize));
                    None
                }
                StepKind::Assign { to, value: Some(value), .. } => taken(value).map(|index| {
                    let local = codebase.local(function, *to);
                    let declared = call.statement.contains(local.range).then_some(local.range);
                    (index, Target { text: local.name.to_string(), declared })
                }),
                StepKind::AssignFree { to, value } => {
                    let text = to.0.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(".");
                    taken(value).map(|index| (index, Target { text, declared: None }))
                }
                StepKind::Write { base: Operand::Local(base), field, value } => taken(value).map(|index| {
                    let text = format!("{}.{field}", codebase.local(function, *base).name);
                    (index, Target { text, declared: None })
                }),
                _ => None,
            };
            if let Some((index, target)) = found {
                targets.resize_with(targets.len().max(index + 1), || None);
                targets[index] = Some(target);
            }
        });
        targets
    }

    /// What a file calls a library's variable, if it imports the package.
    fn library_name(&self, file: FileId, path: &str) -> Option<String> {
        let (package, member) = path.rsplit_once('.')?;
        let name = self.pass.codebase.import_name(file, package)?;
        Some(format!("{name}.{member}"))
    }

    /// The expression whose method a call is, where that is a value and not a package.
    fn tracer_of(&self, at: FileRange, call: &Call) -> Option<String> {
        let codebase = self.pass.codebase;
        match &call.callee {
            Callee::Method(..) => {}
            Callee::Free(path) if matches!(codebase.resolve(at.file, path).symbol, Symbol::Global(_)) => {}
            _ => return None,
        }
        let before = TextRange::new(at.range.start, call.name_range.start);
        receiver_of(self.pass.text(FileRange { file: at.file, range: before }))
    }

    /// The tracer that made a span at hand, where the call that did so names one.
    fn tracer_that_made(&self, local: LocalIndex) -> Option<String> {
        let codebase = self.pass.codebase;
        let owner = codebase.local_owner(self.function, local);
        let (file, bound) = (codebase.function_file(owner), codebase.local(self.function, local).range);
        let mut made: Option<(TextRange, &Call)> = None;
        walk(&codebase.function(owner).steps, &mut |step| {
            if let StepKind::Call(call) = &step.kind
                && call.statement.contains(bound)
                && made.is_none_or(|(range, _)| step.range.contains(range))
            {
                made = Some((step.range, call));
            }
        });
        let (range, call) = made?;
        self.tracer_of(FileRange { file, range }, call).filter(|text| !text.contains('('))
    }

    /// The call that builds a request, and the context that it is given.
    pub(super) fn built_with(&mut self, at: FileRange) {
        self.fresh(at);
        let Some(symbol) = self.symbols.iter().find(|(name, _)| *name == "build").map(|(_, symbol)| symbol) else {
            return;
        };
        let entries = self.pass.models.call(symbol).into_iter().flat_map(|model| &model.entries);
        let context = entries.flat_map(|entry| &entry.effects).find_map(|effect| match effect {
            EffectModel::BuildsRequest { context: ContextSource::Places(places), .. } => places.first(),
            _ => None,
        });
        if let Some(Root::Argument(index)) = context.map(|place| &place.root)
            && let Ok(index) = usize::try_from(*index)
        {
            self.argument("build-context", at, index);
        }
    }

    /// An argument of a call, to be replaced.
    pub(super) fn argument(&mut self, name: &'static str, at: FileRange, index: usize) {
        let Some((call, _)) = self.pass.call_at(at) else { return };
        if let Some(argument) = call.arguments.get(index) {
            self.place(name, FileRange { file: at.file, range: argument.range });
        }
    }

    /// A text to be replaced or wrapped.
    pub(super) fn place(&mut self, name: &'static str, at: FileRange) {
        self.places.push((name, at));
        self.names.push((name, self.pass.text(at).to_owned()));
    }

    /// The variable that holds what a call serves.
    pub(super) fn served_variable(&mut self, at: FileRange, argument: FileRange) {
        self.call("served", at);
        let text = self.pass.text(argument);
        if text.chars().all(|letter| letter.is_alphanumeric() || letter == '_') {
            self.names.push(("app", text.to_owned()));
        }
    }

    /// What is served with a route on it.
    pub(super) fn served(&mut self, edge: &InboundEdge) {
        match (edge.served_argument, &edge.served_default) {
            (Some(at), Some(default)) => self.default_served(at, default),
            (Some(at), None) => self.place("served", at),
            (None, _) => {}
        }
    }

    /// What is served, where the code leaves it to the library's default.
    fn default_served(&mut self, at: FileRange, default: &str) {
        if let Some(name) = self.library_name(at.file, default) {
            self.places.push(("served", at));
            self.names.push(("served", name));
        }
    }

    /// The library's type that the call at a place gives.
    fn type_given(&self, at: FileRange) -> Option<Name> {
        let (call, _) = self.pass.call_at(at)?;
        let Callee::Free(path) = &call.callee else { return None };
        let Symbol::Library(symbol) = self.pass.codebase.resolve(at.file, path).symbol else { return None };
        let entries = &self.pass.models.call(&symbol)?.entries;
        match entries.first()?.gives.first()? {
            Gives::Type(ty) => Some(ty.clone()),
            _ => None,
        }
    }

    /// A call that makes a client or server, which arguments can be added to.
    pub(super) fn made_by(&mut self, name: &'static str, at: FileRange) {
        if let Some(ty) = self.type_given(at) {
            self.makes(name, at, ty);
        }
    }

    /// A call that makes something of a type.
    pub(super) fn makes(&mut self, name: &'static str, at: FileRange, ty: Name) {
        self.call(name, at);
        let variable = self.pass.call_at(at).and_then(|(call, function)| {
            let first = self.targets(function, call).into_iter().next().flatten();
            first.map(|target| target.text)
        });
        self.names.push((name, variable.unwrap_or_default()));
        self.types.push((name, ty));
    }

    /// A statement that comes too late, if all that it names is there already behind the one that makes the router.
    pub(super) fn late(&mut self, at: FileRange, router: FileRange) {
        let (Some((call, function)), Some((made, maker))) = (self.pass.call_at(at), self.pass.call_at(router)) else {
            return;
        };
        let codebase = self.pass.codebase;
        let text = codebase.file(at.file).source.slice(call.statement);
        let locals = codebase.file(at.file).facts.locals.iter();
        let mut declared =
            locals.filter(|local| made.statement.end < local.range.start && local.range.end <= at.range.start);
        let is_early = function == maker && made.statement.end <= call.statement.start;
        if is_early && call.statement_kind == StatementKind::Simple && !declared.any(|local| names(text, &local.name)) {
            self.call("late", at);
            self.names.push(("late", format!("{text}{}", self.comment_behind(at.file, call.statement.end))));
        }
    }

    /// The comment that follows a statement on its line.
    fn comment_behind(&self, file: FileId, end: u32) -> &'p str {
        let source = &self.pass.codebase.file(file).source;
        let rest = source.text[end as usize..].lines().next().unwrap_or_default();
        let sign = lang::of(source.language).map_or("", |frontend| frontend.comment);
        if rest.trim_start().starts_with(sign) { rest.trim_end() } else { "" }
    }

    /// The transport of a client that is written out at a place, or the call that makes one.
    pub(super) fn client(&mut self, at: FileRange) {
        self.made_by("client", at);
        match self.pass.client_field(at) {
            Some(FieldPlace::There(value)) => self.place("transport", value),
            Some(FieldPlace::Absent(addition)) => {
                let Some(name) = self.library_name(at.file, &addition.default) else { return };
                self.names.push(("transport", name));
                self.additions.push(("transport", at.file, addition));
            }
            None => {}
        }
    }

    /// The body of a function.
    pub(super) fn function(&mut self, name: &'static str, function: FunctionId) {
        let body = self.pass.codebase.function(function).body;
        if !body.is_empty() {
            self.places.push((name, self.pass.codebase.at(function, body)));
        }
    }

    /// The parameter that holds the request a handler answers.
    pub(super) fn inbound_request(&mut self, handler: FunctionId) {
        if let Some((name, ty)) = self.parameter_with_headers(handler, "request") {
            self.names.push(("request", name));
            self.types.push(("request", ty));
            return;
        }
        let Some((name, ty)) = self.parameter_with(handler, |model| model.is("exchange")) else { return };
        let member = self.pass.models.ty(&ty).and_then(|model| {
            let (_, members) = model.parts.iter().find(|(part, _)| part == "request")?;
            let member = members.first()?;
            Some((member.clone(), Name::from(model.member_type(member)?)))
        });
        let Some((member, request)) = member else { return };
        self.types.push(("request", request));
        // A method gives the request, and takes no other.
        if self.pass.models.call(&format!("{ty}.{member}")).is_some() {
            self.names.push(("request", format!("{name}.{member}()")));
            self.names.push(("exchange", name));
            self.types.push(("exchange", ty));
        } else {
            self.names.push(("request", format!("{name}.{member}")));
        }
    }

    /// The variable that holds the request a call sends.
    pub(super) fn sent_request(&mut self, at: FileRange, scope: &Scope) {
        let Some((call, function)) = self.pass.call_at(at) else { return };
        for argument in &call.arguments {
            let Operand::Local(local) = argument.value else { continue };
            let Some(binding) = scope.requests.iter().find(|binding| binding.local == local) else { continue };
            let text = self.pass.codebase.file(at.file).source.slice(argument.range);
            let name = &self.pass.codebase.local(function, local).name;
            if text == name.as_str() {
                self.names.push(("request", name.to_string()));
                self.types.extend(binding.ty.clone().map(|ty| ("request", ty)));
                return;
            }
        }
    }

    /// The variable that holds the message a handler gets, or that a call gives.
    pub(super) fn inbound_message(
        &mut self,
        handler: FunctionId,
        taken: Option<FileRange>,
        ty: Option<&Name>,
        at_hand: &[Binding],
    ) {
        let held = at_hand.iter().rev().find(|binding| ty.is_some() && binding.ty.as_ref() == ty);
        let found = match (held, taken, ty) {
            (Some(binding), _, Some(ty)) => Some((binding.name.to_string(), ty.clone())),
            (None, Some(at), Some(ty)) => self.bound_on_line(handler, at).map(|name| (name, ty.clone())),
            _ => self.message_parameter(handler),
        };
        let Some((name, ty)) = found else { return };
        self.names.push(("message", name));
        self.types.push(("message", ty));
    }

    /// A message that is handed on to what opens the span.
    pub(super) fn message_argument(&mut self, at: FileRange, index: usize, ty: &Name) {
        let Some((call, _)) = self.pass.call_at(at) else { return };
        let text = call
            .arguments
            .get(index)
            .map(|argument| self.pass.text(FileRange { file: at.file, range: argument.range }));
        let text = text.map(|text| text.trim_start_matches('&'));
        let is_plain = |text: &&str| text.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
        if let Some(text) = text.filter(is_plain) {
            self.names.push(("message", text.to_owned()));
            self.types.push(("message", ty.clone()));
        }
    }

    fn message_parameter(&self, function: FunctionId) -> Option<(String, Name)> {
        let codebase = self.pass.codebase;
        let file = codebase.function_file(function);
        codebase.function(function).parameters.iter().find_map(|parameter| {
            let ty = codebase.resolve_type(file, Some(function), &parameter.ty);
            let path = ty.library()?;
            let local =
                parameter.local.filter(|_| self.pass.models.ty(path).is_some_and(|model| model.is("message")))?;
            Some((codebase.local(function, local).name.to_string(), path.into()))
        })
    }

    /// The first variable that is bound on the line of an expression, before it.
    fn bound_on_line(&self, function: FunctionId, at: FileRange) -> Option<String> {
        let file = self.pass.codebase.file(at.file);
        let line = file.source.lines.line_start(file.source.lines.position(at.range.start).line);
        let here = |range: TextRange| range.start >= line && range.end <= at.range.start;
        let mut locals = file.facts.locals.iter().enumerate();
        let (_, local) = locals.find(|(index, local)| {
            let owner = self.pass.codebase.local_owner(function, LocalIndex(*index as u32));
            owner == function && here(local.range) && local.name != "_" && !local.name.is_empty()
        })?;
        Some(local.name.to_string())
    }

    /// The message that a call sends: a variable, or a record written out among the arguments.
    pub(super) fn sent_message(&mut self, at: FileRange, message: Option<&(FileRange, Name)>) {
        let (Some((call, function)), Some((made, ty))) = (self.pass.call_at(at), message) else { return };
        self.types.extend([("message", ty.clone()), ("literal", ty.clone())]);
        let source = &self.pass.codebase.file(at.file).source;
        let variable = (made.file == at.file).then(|| self.bound_on_line(function, *made)).flatten();
        for argument in &call.arguments {
            let text = source.slice(argument.range);
            if made.file == at.file && argument.range.contains(made.range) {
                // Its lines are indented like the call's, and will be again.
                let text = text.replace(&format!("\n{}", source.indentation(call.statement.start)), "\n");
                self.places.push(("literal", FileRange { file: at.file, range: argument.range }));
                self.names.push(("literal", text));
            } else if variable.as_deref() == Some(text) && matches!(argument.value, Operand::Local(_)) {
                self.names.push(("message", text.to_owned()));
            }
        }
    }

    /// The name and the arguments of a call that sends, where another is to be called with others.
    pub(super) fn send_as(&mut self, at: FileRange) {
        let Some((call, _)) = self.pass.call_at(at) else { return };
        self.places.push(("send-name", FileRange { file: at.file, range: call.name_range }));
        self.places.push(("send-arguments", FileRange { file: at.file, range: call.arguments_range }));
    }

    /// Contexts and spans at hand: the ones bound last come first.
    pub(super) fn scope(&mut self, scope: &Scope, before: FileRange) {
        let codebase = self.pass.codebase;
        let start = |binding: &Binding| codebase.local(self.function, binding.local).range.start;
        let visible = |binding: &&Binding| start(binding) < before.range.start;
        let span = scope.spans.iter().rev().find(visible);
        let context = scope.contexts.iter().rev().find(visible);
        let request = scope.requests.iter().find(|binding| binding.parameter);
        // Below a span whose own context was dropped, a context from before it leads past it.
        if let (Some(span), Some(older)) = (span, context.or(request))
            && start(span) > start(older)
            && !span.set.iter().any(|value| older.set.contains(value))
        {
            self.names.push(("older", String::new()));
        }
        if let Some(span) = span {
            self.names.push(("span", span.name.to_string()));
            self.types.extend(span.ty.clone().map(|ty| ("span", ty)));
            self.names.extend(self.tracer_that_made(span.local).map(|text| ("tracer", text)));
        }
        let context = context.map(|binding| binding.name.to_string());
        let context = context.or_else(|| Some(format!("{}.Context()", request?.name)));
        self.names.extend(context.map(|context| ("context", context)));
    }

    /// The expression that makes a fresh context, or the call that takes none.
    pub(super) fn fresh(&mut self, at: FileRange) {
        let Some((call, _)) = self.pass.call_at(at) else { return };
        let builds = self.pass.graph.outbound.iter().any(|edge| edge.request == Some(at));
        if call.arguments.is_empty() && !builds {
            self.place("fresh", at);
        } else {
            self.calls.push(("build", at, call));
            self.symbols.extend(self.symbol_of(at, call).map(|symbol| ("build", symbol)));
            self.places.push(("build-name", FileRange { file: at.file, range: call.name_range }));
            self.names.push(("build", self.pass.codebase.file(at.file).source.slice(call.name_range).to_owned()));
        }
    }

    fn parameter_with_headers(&self, function: FunctionId, role: &str) -> Option<(String, Name)> {
        let has_headers = |model: &TypeModel| model.parts.iter().any(|(part, _)| part == "headers");
        self.parameter_with(function, |model| model.is(role) && has_headers(model))
    }

    /// The name and type of the first parameter whose type fits.
    fn parameter_with(&self, function: FunctionId, fits: impl Fn(&TypeModel) -> bool) -> Option<(String, Name)> {
        let (codebase, models) = (self.pass.codebase, self.pass.models);
        let file = codebase.function_file(function);
        codebase.function(function).parameters.iter().find_map(|parameter| {
            let ty = codebase.resolve_type(file, Some(function), &parameter.ty);
            let path = ty.library()?;
            let (model, local) = (models.ty(path)?, parameter.local?);
            fits(model).then(|| (codebase.local(function, local).name.to_string(), path.into()))
        })
    }

    pub(super) fn name(&self, wanted: &str) -> Option<&str> {
        self.names.iter().find(|(name, _)| *name == wanted).map(|(_, text)| text.as_str())
    }

    pub(super) fn has(&self, wanted: &str) -> bool {
        self.name(wanted).is_some() || self.places.iter().any(|(name, _)| *name == wanted)
    }
}

/// Whether a text has a name in it.
fn names(text: &str, name: &str) -> bool {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').any(|word| word == name)
}

/// The expression before the name of a method, with the dot still behind it.
fn receiver_of(before: &str) -> Option<String> {
    let text = before.strip_suffix('.')?;
    (!text.contains(char::is_whitespace)).then(|| text.to_owned())
}

/// Whether a statement lies in a loop of its function.
fn is_in_loop(steps: &[Step], statement: TextRange) -> bool {
    let mut found = false;
    walk(steps, &mut |step| {
        found |=
            matches!(step.kind, StepKind::Loop { .. }) && step.range.contains(statement) && step.range != statement;
    });
    found
}
