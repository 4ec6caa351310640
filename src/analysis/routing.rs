//! What models say of routers: routes, middleware, routers below routers, and what is served.

use super::frame::Frame;
use super::library::Site;
use super::summary::{Chain, Effect, EffectKind, JoinEffect, RouteEffect, Service, WrapEffect};
use super::value::{Set, Value, ValueId, insert};
use super::{ServeFact, Wired};
use crate::facts::Name;
use crate::model::{Answers, EffectModel, Place, Root};

impl Frame<'_, '_> {
    /// A route, a middleware or a router below another.
    pub(super) fn routing(&mut self, effect: &EffectModel, site: &mut Site<'_>) {
        let kind = match effect {
            EffectModel::Routes { on, path, handler, answers, apart, with, kind } => {
                let service = match answers {
                    Answers::Itself | Answers::Each => None,
                    Answers::Methods(by) => Some(Service { ty: self.place(handler, site).ty, by: by.clone() }),
                };
                EffectKind::Route(Box::new(RouteEffect {
                    router: self.place(on, site).set,
                    path: path.as_ref().map(|place| self.place(place, site).set).unwrap_or_default(),
                    handler: match answers {
                        Answers::Each => self.place(handler, site).set,
                        _ => self.ordered(handler, site),
                    },
                    with: with.as_ref().map(|place| self.ordered(place, site)).unwrap_or_default(),
                    service,
                    apart: *apart,
                    kind: *kind,
                    written: None,
                    argument: match handler.root {
                        Root::Argument(index) => index as u32,
                        _ => 0,
                    },
                }))
            }
            EffectModel::Wraps { on, with, covers, outermost } => {
                let with = self.ordered(with, site);
                EffectKind::Wrap(WrapEffect {
                    on: self.place(on, site).set,
                    with,
                    covers: *covers,
                    outermost: *outermost,
                })
            }
            EffectModel::Joins { on, other, path, inherits, taken } => {
                let (on, other) = (self.place(on, site).set, self.place(other, site).set);
                let path = path.as_ref().map(|place| self.place(place, site).set).unwrap_or_default();
                EffectKind::Join(JoinEffect { on, other, path, inherits: *inherits, taken: *taken })
            }
            _ => return,
        };
        self.happen(kind, site.invocation.at, &Chain::new(), false);
    }

    /// Remembers what is done to a router, and tells the caller if it is the caller's.
    pub(super) fn wire(&mut self, effect: &Effect) {
        let (first, last) = (effect.chain[0], effect.chain[effect.chain.len() - 1]);
        let (function, at) = (self.id, first);
        let callers = match &effect.kind {
            EffectKind::Route(route) => {
                self.use_everything(&route.handler);
                let open = self.is_symbolic_within(&route.handler);
                let known = !open
                    && !self.is_around_foreign(&route.handler)
                    && self.analysis.codebase.file(first.file).reported;
                let what = RouteEffect { written: route.written.or(known.then_some(first)), ..(**route).clone() };
                // One argument may answer by itself and by its methods.
                let key = (last, first, route.argument, route.service.is_some());
                self.analysis.routes.insert(key, Wired { function, at, what: what.clone() });
                if open || self.is_symbolic(&route.router) {
                    self.export_effect(Effect { kind: EffectKind::Route(Box::new(what)), ..effect.clone() });
                }
                false
            }
            EffectKind::Wrap(wrap) => {
                self.use_everything(&wrap.with);
                self.analysis.wraps.insert((last, first), Wired { function, at, what: wrap.clone() });
                self.is_symbolic(&wrap.on) || self.is_symbolic_within(&wrap.with)
            }
            EffectKind::Join(join) => {
                self.analysis.joins.insert((last, first), Wired { function, at, what: join.clone() });
                self.is_symbolic(&join.on) || self.is_symbolic(&join.other)
            }
            EffectKind::Serve { app } => {
                let (app, address) = (app.clone(), Set::new());
                let symbolic = self.is_symbolic(&app);
                let fact = ServeFact { function, app, argument: None, default: None, address };
                self.analysis.serves.entry(at).or_insert(fact);
                symbolic
            }
            _ => false,
        };
        if callers {
            self.export_effect(effect.clone());
        }
    }

    /// Serves what the function gives, if an attribute says so.
    pub(super) fn serve_result(&mut self) {
        let (Some(at), Some(app)) = (self.serves_result, self.summary.results.first().cloned()) else { return };
        let fact = ServeFact { function: self.id, app, argument: None, default: None, address: Set::new() };
        self.analysis.serves.insert(at, fact);
    }

    /// Whether a handler is a closure around one that only the caller knows.
    fn is_around_foreign(&self, handler: &Set) -> bool {
        let values = &self.analysis.values;
        let foreign = |set: &Set| {
            let own = |id: &&ValueId| values.symbolic_in(**id) == Some(self.id);
            set.iter().filter(own).any(|id| self.analysis.is_handler(&values.type_of(*id)))
        };
        handler.iter().any(|id| match values.get(*id) {
            Value::Closure(_, captured) => captured.iter().any(|(_, set)| foreign(set)),
            _ => false,
        })
    }

    pub(super) fn serves(&mut self, app: &Place, default: Option<&Name>, address: Option<&Place>, site: &Site<'_>) {
        let at = site.invocation.at;
        if app.root == Root::Function {
            self.serves_result = Some(at);
            return;
        }
        let mut set = self.place(app, site).set;
        let absent = set.is_empty() || self.analysis.values.has(&set, &Value::Nothing);
        let mut defaulted = None;
        if let (true, Some(default)) = (absent, default) {
            defaulted = Some(default.clone());
            let nothing = self.analysis.values.id(Value::Nothing);
            set.retain(|id| *id != nothing);
            let symbol = self.analysis.values.id(Value::Symbol(default.clone()));
            insert(&mut set, symbol);
        }
        let argument = match (&app.root, site.invocation.call) {
            (Root::Argument(index), Some(call)) => {
                call.arguments.get(*index as usize).map(|argument| self.here(argument.range))
            }
            _ => None,
        };
        let address = address.map(|place| self.place(place, site).set).unwrap_or_default();
        let fact = ServeFact { function: self.id, app: set.clone(), argument, default: defaulted, address };
        self.analysis.serves.insert(at, fact);
        if self.is_symbolic(&set) {
            self.export(EffectKind::Serve { app: set }, at);
        }
    }
}
