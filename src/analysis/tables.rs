//! What the interpretation of functions leaves behind, in tables that can be put aside: so what one function leaves can be
//! seen by itself.

use super::doubled::{DoubleFact, Writer};
use super::item::{OpenCall, StoreFact};
use super::message::ReceiveFact;
use super::spawn::SpawnFact;
use super::summary::{CallSite, JoinEffect, RouteEffect, WrapEffect};
use super::told::ToldSend;
use super::value::Set;
use super::{
    Analysis, DetachedFact, ExtractFact, GuardFact, InjectFact, InstallFact, OlderFact, SendFact, ServeFact,
    SharedFact, StartFact, Wired, Wiring, Writes,
};
use crate::codebase::{FunctionId, TypeId};
use crate::facts::{LocalIndex, Name};
use crate::model::Installs;
use crate::text::FileRange;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;
use std::mem::swap;

/// The tables that functions write into.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Tables<'a> {
    pub(super) sends: BTreeMap<(FileRange, FunctionId), SendFact>,
    pub(super) told: BTreeMap<FileRange, ToldSend>,
    pub(super) starts: BTreeMap<(FileRange, FunctionId), StartFact>,
    pub(super) built: FxHashMap<FileRange, Name>,
    pub(super) extracts: BTreeMap<FileRange, ExtractFact>,
    pub(super) receives: BTreeMap<FileRange, ReceiveFact>,
    pub(super) read_types: FxHashSet<Name>,
    pub(super) injects: BTreeMap<FileRange, InjectFact>,
    pub(super) detached: BTreeMap<FileRange, DetachedFact>,
    pub(super) doubled: BTreeMap<FileRange, DoubleFact>,
    pub(super) writers: FxHashMap<FileRange, Writer>,
    pub(super) older: BTreeMap<FileRange, OlderFact>,
    pub(super) spawns: BTreeMap<FileRange, SpawnFact>,
    pub(super) stores: BTreeMap<FileRange, StoreFact>,
    pub(super) open_calls: BTreeMap<FileRange, OpenCall>,
    pub(super) shared: BTreeMap<FileRange, SharedFact>,
    pub(super) meant_roots: FxHashSet<FileRange>,
    pub(super) routes: BTreeMap<(FileRange, FileRange, u32, bool), Wired<RouteEffect>>,
    pub(super) wraps: BTreeMap<(FileRange, FileRange), Wired<WrapEffect>>,
    pub(super) joins: BTreeMap<(FileRange, FileRange), Wired<JoinEffect>>,
    pub(super) serves: BTreeMap<FileRange, ServeFact>,
    pub(super) installs: BTreeMap<(FileRange, Installs), InstallFact>,
    pub(super) global_propagation: BTreeMap<FileRange, FunctionId>,
    pub(super) tracing_functions: FxHashSet<FunctionId>,
    pub(super) commands: FxHashSet<FunctionId>,
    pub(super) mentions: FxHashMap<FunctionId, FxHashSet<FunctionId>>,
    pub(super) held_across: BTreeMap<FileRange, GuardFact>,
    pub(super) guards: FxHashMap<FileRange, Name>,
    pub(super) written: FxHashSet<&'a str>,
    callers: FxHashMap<FunctionId, Vec<CallSite>>,
    call_sites: FxHashMap<(FunctionId, FunctionId, FileRange), usize>,
    captures: FxHashMap<(FunctionId, LocalIndex), Set>,
    fields: FxHashMap<(TypeId, Name), Writes>,
    symbols: FxHashMap<Name, Writes>,
    parts: FxHashSet<(FunctionId, Set, Name, Set)>,
    escaped: FxHashSet<FunctionId>,
}

impl<'a> Analysis<'a> {
    /// Puts other tables in the place of the ones at hand.
    pub(super) fn exchange(&mut self, tables: &mut Tables<'a>) {
        let Analysis {
            // What it is about.
            codebase: _,
            models: _,
            clients: _,
            slots: _,
            wired_parts: _,
            // What is only ever added to, or found again when it is asked for.
            values: _,
            called: _,
            summaries: _,
            implementers: _,
            extensions: _,
            extending: _,
            items: _,
            interpreted: _,
            known_models: _,
            // What is read while functions are interpreted, and so stays.
            active: _,
            takes: _,
            local_types: _,
            global_types: _,
            wiring,
            sends,
            told,
            starts,
            built,
            extracts,
            receives,
            read_types,
            injects,
            detached,
            doubled,
            writers,
            older,
            spawns,
            stores,
            open_calls,
            shared,
            meant_roots,
            routes,
            wraps,
            joins,
            serves,
            installs,
            global_propagation,
            tracing_functions,
            commands,
            mentions,
            held_across,
            guards,
            written,
        } = self;
        let Wiring { globals: _, callers, call_sites, captures, fields, symbols, parts, escaped } = wiring;
        swap(sends, &mut tables.sends);
        swap(told, &mut tables.told);
        swap(starts, &mut tables.starts);
        swap(built, &mut tables.built);
        swap(extracts, &mut tables.extracts);
        swap(receives, &mut tables.receives);
        swap(read_types, &mut tables.read_types);
        swap(injects, &mut tables.injects);
        swap(detached, &mut tables.detached);
        swap(doubled, &mut tables.doubled);
        swap(writers, &mut tables.writers);
        swap(older, &mut tables.older);
        swap(spawns, &mut tables.spawns);
        swap(stores, &mut tables.stores);
        swap(open_calls, &mut tables.open_calls);
        swap(shared, &mut tables.shared);
        swap(meant_roots, &mut tables.meant_roots);
        swap(routes, &mut tables.routes);
        swap(wraps, &mut tables.wraps);
        swap(joins, &mut tables.joins);
        swap(serves, &mut tables.serves);
        swap(installs, &mut tables.installs);
        swap(global_propagation, &mut tables.global_propagation);
        swap(tracing_functions, &mut tables.tracing_functions);
        swap(commands, &mut tables.commands);
        swap(mentions, &mut tables.mentions);
        swap(held_across, &mut tables.held_across);
        swap(guards, &mut tables.guards);
        swap(written, &mut tables.written);
        swap(callers, &mut tables.callers);
        swap(call_sites, &mut tables.call_sites);
        swap(captures, &mut tables.captures);
        swap(fields, &mut tables.fields);
        swap(symbols, &mut tables.symbols);
        swap(parts, &mut tables.parts);
        swap(escaped, &mut tables.escaped);
    }
}
