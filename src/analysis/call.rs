//! What happens at a call, whatever it reaches: functions of the codebase, a library, a value that is a function.

use super::frame::{Frame, Made, Typed};
use super::library::FORWARDS;
use super::list::Spread;
use super::summary::{CallSite, Chain, EffectKind, Written};
use super::target::{Captured, Target};
use super::value::{ObjectId, ObjectKind, Set, Value, ValueId, insert, join};
use crate::codebase::{FunctionId, Member, Type};
use crate::facts::{Call, Callee, LocalIndex, Name, Starts, TypeRef, When};
use crate::lang;
use crate::model::{EdgeKind, Symbol};
use crate::text::{FileRange, TextRange};
use smallvec::smallvec;
use smol_str::format_smolstr;

/// A call with its arguments evaluated.
pub(super) struct Invocation<'c> {
    pub(super) at: FileRange,
    pub(super) arguments: Vec<Typed>,
    pub(super) spread: bool,
    pub(super) spawned: bool,
    /// The call in the facts, if it is written in this function.
    pub(super) call: Option<&'c Call>,
}

impl<'c> Invocation<'c> {
    /// A method that is called by its path, `Trait::method(&value, ..)`: what it is called on, and the rest.
    pub(super) fn as_method(&self, model: &Symbol) -> Option<(Typed, Invocation<'c>)> {
        if !model.is_method {
            return None;
        }
        let (receiver, arguments) = self.arguments.split_first()?;
        Some((receiver.clone(), Invocation { arguments: arguments.to_vec(), ..*self }))
    }
}

impl Invocation<'_> {
    /// A call without arguments that the text does not write.
    pub(super) fn nameless(at: FileRange) -> Invocation<'static> {
        Invocation { at, arguments: Vec::new(), spread: false, spawned: false, call: None }
    }
}

impl<'a> Frame<'_, 'a> {
    /// A deferred call: its arguments are read now.
    pub(super) fn call_later(&mut self, call: &'a Call) {
        for argument in &call.arguments {
            let value = self.operand(&argument.value);
            self.use_everything(&value.set);
        }
    }

    /// Interprets a call.
    pub(super) fn call(&mut self, call: &'a Call, range: TextRange) {
        let arguments: Vec<Typed> = call.arguments.iter().map(|argument| self.operand(&argument.value)).collect();
        let invocation = Invocation {
            at: self.here(range),
            arguments,
            spread: call.arguments.last().is_some_and(|argument| argument.spread),
            spawned: call.when == When::Spawned,
            call: Some(call),
        };
        let made = match self.target(&call.callee) {
            Some(targets) => {
                if invocation.spawned {
                    self.note_spawned_targets(&targets, &invocation);
                }
                self.reach(targets, &invocation)
            }
            None => Made::default(),
        };
        let mut made = match self.called_by_turns(call, invocation.at) {
            Some(set) => Made { results: smallvec![set], ty: made.ty },
            None => made,
        };
        if made.ty == Type::Unknown {
            made.ty = self.declared_results(&call.callee);
        }
        self.made_all(call.result, made);
    }

    /// What the type of a variable, or the interface whose method is called, says that the call gives.
    fn declared_results(&mut self, callee: &Callee) -> Type {
        let ty = match callee {
            Callee::Value(operand) => self.operand(operand).ty,
            Callee::Method(base, name) => {
                let base = self.operand(base);
                match self.analysis.codebase.member(&base.ty, name) {
                    Some((_, Member::Field(_, ty))) => ty,
                    Some((_, Member::Interface(_, results))) => return results,
                    _ => return Type::Unknown,
                }
            }
            Callee::Free(_) => return Type::Unknown,
        };
        match self.analysis.codebase.underlying(&ty) {
            Type::Function(function) => Type::tuple(&function.results),
            _ => Type::Unknown,
        }
    }

    fn note_spawned_targets(&mut self, targets: &[Target], invocation: &Invocation<'_>) {
        let arguments: Vec<Set> = invocation.arguments.iter().map(|argument| argument.set.clone()).collect();
        let (mut bodies, mut held) = (Vec::new(), Set::new());
        for target in targets {
            match target {
                Target::Code { function, receiver, .. } => {
                    bodies.push(*function);
                    join(&mut held, receiver);
                }
                Target::Value { callee, .. } => self.note_spawn(callee, &arguments, invocation.at),
                Target::Library { .. } | Target::Method { .. } | Target::Conversion(_) => {}
            }
        }
        if !bodies.is_empty() {
            self.note_spawned(bodies, &held, &arguments, invocation.at);
        }
    }

    /// Reaches every target; results are joined.
    pub(super) fn reach(&mut self, targets: Vec<Target>, invocation: &Invocation<'_>) -> Made {
        let mut made = targets.into_iter().map(|target| self.reach_one(target, invocation));
        match made.len() {
            // By far the most calls reach one thing.
            1 => made.next().unwrap_or_default(),
            _ => Made::joined(made),
        }
    }

    fn reach_one(&mut self, target: Target, invocation: &Invocation<'_>) -> Made {
        match target {
            Target::Code { function, receiver, captured } => {
                let facts = self.analysis.codebase.function(function);
                // `Type::method(value, ...)` says its receiver first.
                if facts.receiver.is_some()
                    && receiver.is_empty()
                    && invocation.arguments.len() > facts.parameters.len()
                    && let Some((first, rest)) = invocation.arguments.split_first()
                {
                    let target = Target::Code { function, receiver: first.set.clone(), captured };
                    let arguments = rest.to_vec();
                    return self.reach_one(target, &Invocation { arguments, ..*invocation });
                }
                if facts.starts == Starts::WhenAwaited && captured.is_none() && invocation.call.is_some() {
                    return self.put_off(function, &receiver, invocation);
                }
                self.call_code(function, &receiver, captured.as_ref(), invocation)
            }
            Target::Library { symbol, receiver } => self.call_library(&symbol, receiver.as_ref(), invocation),
            Target::Value { callee, method } => self.call_value(&callee, method.as_ref(), invocation),
            Target::Method { receiver, name } => {
                if self.analysis.codebase.is_interface(&receiver.ty) {
                    self.note_open_call(invocation);
                }
                self.call_unknown(&format_smolstr!("?.{name}"), Some(&receiver), invocation)
            }
            Target::Conversion(ty) => {
                let value = invocation.arguments.first().cloned().unwrap_or_default();
                Made { results: smallvec![value.set], ty }
            }
        }
    }

    /// Calls a function of the codebase: its summary, with this call's values.
    pub(super) fn call_code(
        &mut self,
        function: FunctionId,
        receiver: &Set,
        captured: Option<&Captured>,
        invocation: &Invocation<'_>,
    ) -> Made {
        self.mention(function);
        self.lend_contexts(function, invocation);
        self.type_parameters(function, invocation);
        let arguments = self.bind_arguments(function, invocation);
        let under_span = !self.state.open.is_empty();
        let current = self.all_current();
        let site = CallSite {
            current: current.clone(),
            caller: self.id,
            at: invocation.at,
            receiver: receiver.clone(),
            arguments: arguments.clone(),
            under_span,
            spawned: invocation.spawned,
        };
        self.analysis.note_call(function, site);
        if self.analysis.codebase.function(function).is_unread {
            // What was not read may use what it is given, in ways that are not followed.
            arguments.iter().for_each(|set| self.use_everything(set));
        }
        let summary = self.analysis.summary(function);
        let held = captured.into_iter().flat_map(|captured| captured.iter().map(|(_, set)| set));
        let given: Vec<&Set> = arguments.iter().chain([receiver]).chain(held).collect();
        self.message_to_code(&given, &summary);
        let results = self.instantiate(function, receiver, (&arguments, &current), captured, &summary, invocation);
        self.note_given_item(function, &summary, &results, invocation.at);
        self.message_from_code(&results);
        Made { results, ty: Type::tuple(self.analysis.codebase.result_types(function)) }
    }

    /// A closure that runs now has the contexts and requests at hand that its function has, whether it uses them or not. One
    /// that runs when the function is left may have reason to use none of them.
    fn lend_contexts(&mut self, closure: FunctionId, invocation: &Invocation<'_>) {
        let deferred = invocation.call.is_some_and(|call| call.when == When::Deferred);
        if invocation.spawned || deferred || self.analysis.codebase.owner(closure) != Some(self.id) {
            return;
        }
        let held: Vec<(LocalIndex, Set)> = self.state.locals.iter().map(|(local, set)| (*local, set.clone())).collect();
        for (local, set) in held {
            let ty = self.local_type(local);
            if self.analysis.is_arriving(&ty) {
                join(self.analysis.wiring.captures.entry((closure, local)).or_default(), &set);
            }
        }
    }

    /// A closure whose parameters have no written type gets values of those types that it is first called with.
    fn type_parameters(&mut self, function: FunctionId, invocation: &Invocation<'_>) {
        let facts = self.analysis.codebase.function(function);
        if facts.owner().is_none() {
            return;
        }
        let file = self.analysis.codebase.function_file(function);
        for (parameter, argument) in facts.parameters.iter().zip(&invocation.arguments) {
            let Some(local) = parameter.local.filter(|_| parameter.ty == TypeRef::Unknown) else { continue };
            let ty = match &argument.ty {
                Type::Unknown => self.analysis.type_of_set(&argument.set),
                known => known.clone(),
            };
            if ty != Type::Unknown {
                let place = self.analysis.local_types.place(file, local);
                if *place == Type::Unknown {
                    *place = ty;
                }
            }
        }
    }

    /// One set for each parameter; what a variadic one gets is a list.
    fn bind_arguments(&mut self, function: FunctionId, invocation: &Invocation<'_>) -> Vec<Set> {
        let facts = self.analysis.codebase.function(function);
        let count = facts.parameters.len();
        let mut sets: Vec<Set> = invocation.arguments.iter().map(|argument| argument.set.clone()).collect();
        // One call with several results as the only argument fills several parameters; nothing is known of them.
        if facts.variadic && !invocation.spread && sets.len() + 1 >= count {
            let rest = sets.split_off(count - 1);
            let list = self.analysis.values.make(self.id, invocation.at, "rest", ObjectKind::Record, Type::Unknown);
            let written = invocation.call.map(|call| call.arguments.as_slice()).unwrap_or_default();
            for (index, set) in rest.iter().enumerate() {
                self.analysis.values.add_part(list, "each", set);
                let at = written.get(count - 1 + index).map(|argument| self.here(argument.range));
                self.add_item(list, set, at, Spread::Item);
            }
            sets.push(self.analysis.values.one(Value::Object(list)));
        }
        let unknown = self.analysis.values.unknown();
        sets.resize(count, unknown);
        sets
    }

    /// Calls every value of a set.
    pub(super) fn call_value(&mut self, callee: &Set, method: Option<&Name>, invocation: &Invocation<'_>) -> Made {
        let mut targets = Vec::new();
        let mut made = Vec::new();
        let (mut symbolic, mut wrapped) = (Set::new(), Set::new());
        for id in callee {
            match self.analysis.values.get(*id).clone() {
                Value::Function(function) => {
                    targets.push(Target::Code { function, receiver: Set::new(), captured: None });
                }
                Value::Closure(function, captured) => {
                    targets.push(Target::Code { function, receiver: Set::new(), captured: Some(captured) });
                }
                Value::Bound(function, receiver) => targets.push(Target::Code { function, receiver, captured: None }),
                Value::LibraryBound(symbol, receiver) => {
                    let ty = self.analysis.type_of_set(&receiver);
                    targets.push(Target::Library { symbol, receiver: Some(Typed { set: receiver, ty }) });
                }
                Value::Symbol(symbol) => targets.push(Target::Library { symbol, receiver: None }),
                Value::Object(object) => {
                    match self.analysis.values.object(object).kind.clone() {
                        ObjectKind::Later(function) => {
                            made.push(self.catch_up(object, function, invocation.spawned));
                            continue;
                        }
                        ObjectKind::Under(slot) => {
                            made.push(self.run_under(object, &slot, invocation));
                            continue;
                        }
                        _ => {}
                    }
                    let mut one = Set::new();
                    insert(&mut one, *id);
                    if let Some(method) = method {
                        targets.extend(self.concrete(&one, method));
                    }
                    targets.extend(self.pass_through(object, method, invocation));
                    if method.is_none() {
                        join(&mut wrapped, &self.put_around(object, invocation));
                    }
                }
                Value::Parameter(..) | Value::Captured(..) | Value::Part(..) | Value::Global(_) => {
                    insert(&mut symbolic, *id);
                }
                Value::Nothing | Value::Constant | Value::Text(_) | Value::Unknown => {}
            }
        }
        let called_unknown = targets.is_empty() && made.is_empty() && wrapped.is_empty();
        if !called_unknown && invocation.call.is_none() {
            self.message_taken(invocation);
        }
        if !symbolic.is_empty() {
            self.send_through_value(&symbolic, invocation);
        }
        made.push(self.reach(targets, invocation));
        let mut made = Made::joined(made);
        match made.results.first_mut() {
            Some(held) => drop(join(held, &wrapped)),
            None if wrapped.is_empty() => {}
            None => made.results.push(wrapped),
        }
        if !symbolic.is_empty() {
            let arguments = invocation.arguments.iter().map(|argument| argument.set.clone()).collect();
            let kind = EffectKind::Invoke { callee: symbolic.clone(), method: method.cloned(), arguments };
            self.export(kind, invocation.at);
        }
        if called_unknown {
            match symbolic.is_empty() {
                true if invocation.call.is_some() => self.message_to_unknown(&invocation.arguments),
                _ => self.message_to_callers(invocation),
            }
            // What runs is not known here, so what it is given may be used and written.
            self.hand_out(invocation, None);
            let result = self.opaque(&Name::new_static("?"), None, invocation);
            return Made { results: smallvec![result], ty: Type::Unknown };
        }
        made
    }

    /// A wrapper or forwarder that is called with a request: what it does itself, and what it is built around.
    fn pass_through(&mut self, object: ObjectId, method: Option<&Name>, invocation: &Invocation<'_>) -> Vec<Target> {
        let forwards = self.analysis.values.part_of(object, FORWARDS).is_some();
        let (extracts, is_wrapper) = match &self.analysis.values.object(object).kind {
            ObjectKind::Wrapper(kind) => (kind.does.extract, true),
            _ => (false, false),
        };
        if extracts || forwards {
            let requests: Vec<Typed> =
                invocation.arguments.iter().filter(|argument| self.is_request(argument)).cloned().collect();
            for request in requests {
                let from = self.part(&request.set, "headers", &Type::Unknown);
                let kind = EffectKind::Extract { from, gives: object };
                self.happen(kind, invocation.at, &Chain::new(), false);
            }
        }
        let around = self.analysis.values.part_of(object, "around").cloned();
        match around {
            Some(callee) if is_wrapper => vec![Target::Value { callee, method: method.cloned() }],
            _ => Vec::new(),
        }
    }

    /// A middleware that is called with a handler: the same wrapper, around that handler.
    fn put_around(&mut self, middleware: ObjectId, invocation: &Invocation<'_>) -> Set {
        let held = self.analysis.values.object(middleware);
        let (ObjectKind::Wrapper(_), [argument]) = (&held.kind, invocation.arguments.as_slice()) else {
            return Set::new();
        };
        let passes = |ty: &Type| ["request", "exchange", "context"].iter().any(|role| self.analysis.is_of(ty, role));
        if self.analysis.values.part_of(middleware, "around").is_some() || passes(&argument.ty) {
            return Set::new();
        }
        let (kind, what) = (held.kind.clone(), format!("around {middleware:?}"));
        let wrapper = self.analysis.values.make(self.id, invocation.at, &what, kind, Type::Unknown);
        let own = self.analysis.values.id(Value::Object(wrapper));
        let around: Set = argument.set.iter().copied().filter(|id| *id != own).collect();
        self.use_everything(&around);
        self.analysis.values.add_part(wrapper, "around", &around);
        self.analysis.values.one(Value::Object(wrapper))
    }

    /// Whether an argument is a request.
    pub(super) fn is_request(&self, argument: &Typed) -> bool {
        let ty =
            if argument.ty == Type::Unknown { self.analysis.type_of_set(&argument.set) } else { argument.ty.clone() };
        self.type_model(&ty).is_some_and(|model| model.is("request"))
            || self.analysis.values.objects(&argument.set).any(|(_, held)| held.kind == ObjectKind::Request)
    }

    /// A function that only the wiring knows, given a request and answering with a response, is a client that sends it.
    fn send_through_value(&mut self, callee: &Set, invocation: &Invocation<'_>) {
        let [argument] = invocation.arguments.as_slice() else { return };
        let answers = match self.analysis.type_of_set(callee) {
            Type::Function(function) => function.results.first().cloned().unwrap_or_default(),
            _ => return,
        };
        let sends = self.type_model(&answers).is_some_and(|model| model.is("response"));
        if !sends || !self.is_request(argument) {
            return;
        }
        let mut send = Self::empty_send("?".into(), EdgeKind::Request);
        send.request = argument.set.clone();
        send.through = callee.clone();
        self.happen(EffectKind::Send(Box::new(send)), invocation.at, &Chain::new(), invocation.spawned);
    }

    /// Calls something that no model describes: everything given to it may be used, and a carrier may be written.
    pub(super) fn call_unknown(
        &mut self,
        symbol: &Name,
        receiver: Option<&Typed>,
        invocation: &Invocation<'_>,
    ) -> Made {
        let standard = self.is_standard(symbol);
        if !standard {
            if let Some(made) = self.looks_like_send(symbol, receiver, invocation) {
                return made;
            }
            self.hand_out(invocation, receiver);
            self.escape(symbol, receiver, invocation);
            self.message_to_unknown(&invocation.arguments);
        }
        self.run_callables(invocation);
        let result = if standard { self.analysis.values.unknown() } else { self.opaque(symbol, receiver, invocation) };
        Made { results: smallvec![result], ty: Type::Unknown }
    }

    /// A callable given to code that nobody knows is taken to run now, with arguments that nobody knows.
    fn run_callables(&mut self, invocation: &Invocation<'_>) {
        for argument in &invocation.arguments {
            for id in &argument.set {
                let callable = match self.analysis.values.get(*id).clone() {
                    Value::Object(object) => {
                        let kind = self.analysis.values.object(object).kind.clone();
                        if matches!(kind, ObjectKind::Later(_) | ObjectKind::Under(_)) {
                            let mut one = Set::new();
                            insert(&mut one, *id);
                            self.call_value(&one, None, &Invocation::nameless(invocation.at));
                        }
                        None
                    }
                    Value::Closure(function, captured) => Some((function, Some(captured), Set::new())),
                    Value::Function(function) => Some((function, None, Set::new())),
                    Value::Bound(function, receiver) => Some((function, None, receiver)),
                    _ => None,
                };
                let Some((function, captured, receiver)) = callable else { continue };
                self.mention(function);
                self.analysis.wiring.escaped.insert(function);
                if captured.is_some() {
                    let inner = Invocation {
                        at: invocation.at,
                        arguments: Vec::new(),
                        spread: false,
                        spawned: true,
                        call: None,
                    };
                    self.call_code(function, &receiver, captured.as_ref(), &inner);
                }
            }
        }
    }

    /// Headers given to code that nobody knows may be read there, by a method of their own too, and so may a request given to
    /// a foreign handler or to what calls itself an extract, an inject or the like.
    fn escape(&mut self, symbol: &str, receiver: Option<&Typed>, invocation: &Invocation<'_>) {
        let name = symbol.rsplit('.').next().unwrap_or(symbol);
        let models = self.analysis.models;
        let passes_on = || {
            let name = name.to_lowercase();
            TOUCHING.iter().any(|word| name.contains(word))
                || models.types().any(|(_, model)| {
                    model.method.as_deref().is_some_and(|method| symbol.ends_with(method)) && model.is("handler")
                })
        };
        let values = &self.analysis.values;
        // Nobody knows what a macro that is written elsewhere stands for.
        let is_macro = symbol.ends_with('!');
        let is_headers = |id: &ValueId| match values.get(*id) {
            Value::Part(_, part) => part == "headers",
            Value::Parameter(..) => is_macro && self.analysis.is_of(&values.type_of(*id), "carrier"),
            _ => false,
        };
        let given = receiver.into_iter().chain(&invocation.arguments);
        let mut carrier = Set::new();
        for id in given.flat_map(|value| &value.set).filter(|id| is_headers(id)) {
            insert(&mut carrier, *id);
        }
        for argument in &invocation.arguments {
            if self.is_request(argument) && passes_on() {
                let headers = self.part(&argument.set, "headers", &Type::Unknown);
                join(&mut carrier, &headers);
            }
        }
        if !carrier.is_empty() {
            self.happen(EffectKind::Escape { carrier }, invocation.at, &Chain::new(), false);
        }
    }

    /// Marks what is given away as used, and carriers in it as perhaps written.
    pub(super) fn hand_out(&mut self, invocation: &Invocation<'_>, receiver: Option<&Typed>) {
        for set in invocation.arguments.iter().chain(receiver).map(|value| &value.set) {
            self.state.forget_fields(set);
            self.give_away(set);
            let records: Vec<ValueId> = set.iter().copied().filter(|id| self.is_record(*id)).collect();
            for carrier in self.carriers_in(set).into_iter().chain(records) {
                let state = self.state.carriers.entry(carrier).or_default();
                state.written = state.written.max(Written::Perhaps);
            }
        }
    }

    fn is_record(&self, id: ValueId) -> bool {
        self.analysis
            .values
            .as_object(id)
            .is_some_and(|(_, held)| held.kind == ObjectKind::Record || self.is_message(&held.ty))
    }

    /// The value that an unmodelled library function gives: it holds what went in.
    pub(super) fn opaque(&mut self, symbol: &Name, receiver: Option<&Typed>, invocation: &Invocation<'_>) -> Set {
        let kind = ObjectKind::Opaque(symbol.clone());
        let object = self.analysis.values.make(self.id, invocation.at, symbol, kind, Type::Unknown);
        self.keep_arguments(object, receiver, invocation);
        self.analysis.values.one(Value::Object(object))
    }

    /// Lets the result of a library's call hold what went into it, as far as that can matter: texts and numbers don't.
    pub(super) fn keep_arguments(&mut self, object: ObjectId, receiver: Option<&Typed>, invocation: &Invocation<'_>) {
        let numbered = invocation.arguments.iter().enumerate().map(|(index, argument)| (Some(index), argument));
        for (index, value) in numbered.chain(receiver.map(|receiver| (None, receiver))) {
            let kept: Set = value.set.iter().copied().filter(|id| self.matters(*id, &value.ty)).collect();
            if !kept.is_empty() {
                let name = index.map_or("self".into(), |index| format_smolstr!("arg{index}"));
                self.analysis.values.add_part(object, &name, &kept);
            }
        }
    }

    fn matters(&self, id: ValueId, ty: &Type) -> bool {
        match self.analysis.values.get(id) {
            Value::Unknown | Value::Nothing | Value::Constant | Value::Text(_) => false,
            Value::Parameter(..) | Value::Captured(..) | Value::Part(..) => match ty {
                Type::Library(path) => !path.starts_with("builtin."),
                Type::Unknown => false,
                _ => true,
            },
            _ => true,
        }
    }

    /// Whether a symbol belongs to the language's own library, which never touches trace context.
    pub(super) fn is_standard(&self, symbol: &str) -> bool {
        let language = self.analysis.codebase.file(self.file).source.language;
        if symbol.starts_with('?') {
            return false;
        }
        symbol.starts_with("builtin.") || lang::of(language).is_some_and(|frontend| (frontend.is_standard)(symbol))
    }
}

/// Words in the names of functions that read or write the context of a request they are given.
const TOUCHING: [&str; 4] = ["extract", "inject", "propagat", "trac"];
