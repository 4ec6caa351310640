//! What stands around the routes of a router: its own middleware, that of the routers above it, and what it is served through.
//!
//! Middleware belongs to the router value, whichever function adds it. Where order decides and can't be told, the middleware
//! counts.

use super::handler::{Layer, Probe, Reached, WAYS, Way};
use super::resolver::Resolver;
use super::summary::{JoinEffect, RouteEffect, WrapEffect};
use super::value::{Set, Value, ValueId};
use super::{Analysis, Wired};
use crate::codebase::FunctionId;
use crate::facts::Name;
use crate::model::{Covers, End, Taken};
use crate::text::FileRange;
use rustc_hash::{FxHashMap, FxHashSet};

/// A place in the life of a router.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    pub(super) function: FunctionId,
    pub(super) at: FileRange,
}

/// Middleware on a router.
struct Wrap {
    point: Point,
    covers: Covers,
    outermost: End,
    probe: Probe,
}

/// A router that stands above another.
struct Above {
    router: ValueId,
    /// The path at which the lower one is put there.
    path: Option<Name>,
    /// Where the lower one takes what it inherits; where its routes are added if nowhere else.
    point: Option<Point>,
    /// What stands around the lower one where it is put below.
    between: Way,
    inherits: bool,
}

/// Everything that was found out about the routers of a program.
#[derive(Default)]
pub(super) struct Routers {
    wraps: FxHashMap<ValueId, Vec<Wrap>>,
    above: FxHashMap<ValueId, Vec<Above>>,
    served: FxHashMap<ValueId, Vec<Way>>,
    /// What a router does itself: a server made with interceptors.
    itself: FxHashMap<ValueId, Probe>,
}

/// What stands around one place of a router.
#[derive(Clone, Default)]
pub(super) struct Around {
    pub(super) layers: Vec<Layer>,
    unknown: bool,
    unordered: bool,
    /// Middleware that reads the context, but was added too late, or too early, for this place.
    pub(super) missed: Option<FileRange>,
}

impl Resolver<'_, '_> {
    /// The text that a set holds, a path or an address.
    pub(super) fn text(&mut self, set: &Set) -> Option<Name> {
        let text_of = |resolver: &Self, id: ValueId| match resolver.analysis.values.get(id) {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        };
        if let Some(text) = set.iter().find_map(|id| text_of(self, *id)) {
            return Some(text);
        }
        // A constant has one; what callers pass may be any.
        let ground = self.ground(set);
        match ground.as_slice() {
            [only] => text_of(self, *only),
            _ => None,
        }
    }

    /// The routers a set may be, each as it was first made.
    pub(super) fn routers(&mut self, set: &Set) -> Vec<ValueId> {
        let ground = self.ground(set);
        let mut routers: Vec<ValueId> = ground.iter().map(|id| self.analysis.values.original(*id)).collect();
        // A parameter stands for what callers pass, where they do.
        if routers.len() > 1 {
            routers.retain(|id| !matches!(self.analysis.values.get(*id), Value::Parameter(..)));
        }
        routers.sort_unstable();
        routers.dedup();
        routers
    }
}

impl Routers {
    /// A router that is served, or met in a handler that is.
    pub(super) fn serve(&mut self, reached: &Reached) {
        for (router, way) in &reached.routers {
            add_way(self.served.entry(*router).or_default(), way.clone());
        }
    }

    /// A router that was made with something that reads the context.
    pub(super) fn made(&mut self, resolver: &mut Resolver<'_, '_>, router: ValueId) {
        self.itself.entry(router).or_insert_with(|| {
            let passing = resolver.router(router);
            let layer = |at| Layer { extracts: Some(at), ..Layer::new(at) };
            Probe { layers: passing.extracts.map(layer).into_iter().collect(), unknown: passing.unknown }
        });
    }

    pub(super) fn wrap(&mut self, resolver: &mut Resolver<'_, '_>, wrap: &Wired<WrapEffect>) {
        let probe = resolver.probe_all(&wrap.what.with, wrap.what.outermost);
        let point = Point { function: wrap.function, at: wrap.at };
        for router in resolver.routers(&wrap.what.on) {
            let wrap = Wrap { point, covers: wrap.what.covers, outermost: wrap.what.outermost, probe: probe.clone() };
            self.wraps.entry(router).or_default().push(wrap);
        }
    }

    pub(super) fn join(&mut self, resolver: &mut Resolver<'_, '_>, join: &Wired<JoinEffect>) {
        let (above, below) = (resolver.routers(&join.what.on), resolver.routers(&join.what.other));
        above.iter().for_each(|router| self.made(resolver, *router));
        let point = (join.what.taken == Taken::Joined).then_some(Point { function: join.function, at: join.at });
        let path = resolver.text(&join.what.path);
        for below in below {
            for above in above.iter().filter(|above| **above != below) {
                let (between, inherits) = (Way::default(), join.what.inherits);
                let above = Above { router: *above, path: path.clone(), point, between, inherits };
                self.above.entry(below).or_default().push(above);
            }
        }
    }

    /// Routers that are the handler of a route of another.
    pub(super) fn mount(&mut self, resolver: &mut Resolver<'_, '_>, route: &Wired<RouteEffect>, reached: &Reached) {
        let point = Point { function: route.function, at: route.at };
        for above in resolver.routers(&route.what.router) {
            for (below, between) in reached.routers.iter().filter(|(below, _)| *below != above) {
                let (between, point) = (between.clone(), Some(point));
                let above = Above { router: above, path: None, point, between, inherits: true };
                self.above.entry(*below).or_default().push(above);
            }
        }
    }

    /// The path of a route: its own, behind those at which its router and the ones above that were put.
    pub(super) fn path_of(&self, router: ValueId, own: Option<Name>) -> Option<Name> {
        let (mut path, mut at) = (own, router);
        for _ in 0..self.above.len() {
            let Some(above) = self.above.get(&at).and_then(|all| all.first()) else { break };
            path = match (&above.path, path) {
                (Some(prefix), Some(own)) => Some(joined(prefix, &own)),
                (prefix, own) => own.or_else(|| prefix.clone()),
            };
            at = above.router;
        }
        path
    }

    /// The router above all others that a router is below of.
    pub(super) fn outermost(&self, router: ValueId) -> ValueId {
        let mut at = router;
        for _ in 0..self.above.len() {
            let Some(above) = self.above.get(&at).and_then(|all| all.first()) else { break };
            at = above.router;
        }
        at
    }

    /// The ways to a place of a router, what is on the router included.
    pub(super) fn ways(&self, analysis: &Analysis<'_>, router: ValueId, point: Point) -> (Vec<Way>, Option<FileRange>) {
        let mut missed = None;
        let ways = self.ways_to(analysis, router, point, &mut FxHashSet::default(), &mut missed);
        (ways, missed)
    }

    /// The way to a handler of messages, which nobody serves: middleware of what it is registered on counts.
    pub(super) fn around_subscription(&self, analysis: &Analysis<'_>, on: ValueId, point: Point, mut way: Way) -> Way {
        let around = self.around(analysis, on, point);
        way.layers.extend(around.layers);
        way.unknown |= around.unknown;
        way
    }

    fn ways_to(
        &self,
        analysis: &Analysis<'_>,
        router: ValueId,
        point: Point,
        open: &mut FxHashSet<ValueId>,
        missed: &mut Option<FileRange>,
    ) -> Vec<Way> {
        let mut outside: Vec<Way> = self.served.get(&router).cloned().unwrap_or_default();
        if open.insert(router) {
            for above in self.above.get(&router).into_iter().flatten() {
                let ways = match above.inherits {
                    true => self.ways_to(analysis, above.router, above.point.unwrap_or(point), open, missed),
                    false => self.served.get(&above.router).cloned().unwrap_or_default(),
                };
                for way in ways {
                    let mut way = way.with(above.between.layers.iter().cloned());
                    way.unknown |= above.between.unknown;
                    way.chain = way.chain.or(above.between.chain);
                    add_way(&mut outside, way);
                }
            }
            open.remove(&router);
        }
        if outside.is_empty() {
            // The process-wide router is served by whoever serves without naming one; else nobody does in sight.
            let unknown = !matches!(analysis.values.get(router), Value::Symbol(_));
            outside.push(Way { unknown, ..Way::default() });
        }
        let around = self.around(analysis, router, point);
        *missed = missed.or(around.missed);
        let itself = self.itself.get(&router).cloned().unwrap_or_default();
        for way in &mut outside {
            way.layers.extend(itself.layers.iter().cloned());
            way.unknown |= itself.unknown;
            way.layers.extend(around.layers.iter().cloned());
            way.unknown |= around.unknown;
            way.unordered |= around.unordered;
        }
        outside
    }

    /// The middleware of a router that covers a place, outermost first.
    fn around(&self, analysis: &Analysis<'_>, router: ValueId, point: Point) -> Around {
        let mut around = Around::default();
        let Some(wraps) = self.wraps.get(&router) else { return around };
        let maker = analysis.values.as_object(router).map(|(_, held)| held.function);
        let before = |one: Point, other: Point| is_before(analysis, maker, one, other);
        let mut covering: Vec<&Wrap> = Vec::new();
        for wrap in wraps {
            let misses = match wrap.covers {
                Covers::All => false,
                Covers::Later => before(point, wrap.point),
                Covers::Earlier => before(wrap.point, point),
            };
            if misses {
                let reads = wrap.probe.layers.iter().find(|layer| layer.extracts.is_some());
                around.missed = around.missed.or(reads.map(|layer| layer.at));
                continue;
            }
            let place = covering.iter().position(|other| before(wrap.point, other.point)).unwrap_or(covering.len());
            around.unordered |=
                covering.iter().any(|other| !before(wrap.point, other.point) && !before(other.point, wrap.point));
            covering.insert(place, wrap);
        }
        if covering.iter().any(|wrap| wrap.outermost == End::Last) {
            covering.reverse();
        }
        for wrap in covering {
            around.unknown |= wrap.probe.unknown;
            around.layers.extend(wrap.probe.layers.iter().cloned());
        }
        around
    }
}

/// Whether one thing certainly happens to a router before another: higher up in the same function, or in the function that
/// makes the router and gives it to the one where the other happens.
fn is_before(analysis: &Analysis<'_>, maker: Option<FunctionId>, one: Point, other: Point) -> bool {
    if one.function == other.function {
        // Calls chained to one another all start where the chain does.
        let order = |point: Point| (point.at.range.start, point.at.range.end);
        return order(one) < order(other);
    }
    let calls_maker = |caller: FunctionId| {
        let sites = maker.and_then(|maker| analysis.wiring.callers.get(&maker));
        sites.is_some_and(|sites| sites.iter().any(|site| site.caller == caller))
    };
    Some(one.function) == maker && calls_maker(other.function)
}

/// One path behind another. A method that stands before a path stays in front.
fn joined(prefix: &str, path: &str) -> Name {
    let start = path.find('/').unwrap_or(0);
    let (method, path) = path.split_at(start);
    let slash = if path.starts_with('/') || path.is_empty() { "" } else { "/" };
    Name::from(format!("{method}{}{slash}{path}", prefix.trim_end_matches('/')))
}

pub(super) fn add_way(ways: &mut Vec<Way>, way: Way) {
    let same = |known: &Way| {
        known.extracted() == way.extracted()
            && known.unknown == way.unknown
            && known.chain == way.chain
            && known.layers.len() == way.layers.len()
    };
    if ways.len() < WAYS && !ways.iter().any(same) {
        ways.push(way);
    }
}
