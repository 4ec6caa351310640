//! The places that an effect speaks of, whatever it is.

use super::{By, ContextSource, EffectModel, Place};

impl EffectModel {
    /// Whether it happens where requests and messages come and go.
    pub fn moves_carriers(&self) -> bool {
        use EffectModel::{BuildsRequest, BuildsWrapper, Forwards, Receives, Routes, Sends, Serves, Wraps};
        matches!(
            self,
            BuildsRequest { .. }
                | BuildsWrapper { .. }
                | Forwards { .. }
                | Receives { .. }
                | Routes { .. }
                | Sends { .. }
                | Serves { .. }
                | Wraps { .. }
        )
    }

    /// Whether it decides what context carriers get and give.
    pub fn propagates(&self) -> bool {
        use EffectModel::{BuildsWrapper, Extracts, Injects, Installs};
        matches!(self, BuildsWrapper { .. } | Extracts { .. } | Injects { .. } | Installs { .. })
    }

    /// Every place the effect speaks of.
    pub fn places(&self) -> Vec<&Place> {
        match self {
            EffectModel::Receives { carrier, context, through, .. } => {
                carrier.iter().chain(context).chain(through).collect()
            }
            EffectModel::Sends { request, carrier, context, through, url, .. } => {
                let source = context.iter().flat_map(ContextSource::places);
                request.iter().chain(carrier).chain(source).chain(through).chain(url).collect()
            }
            EffectModel::BuildsRequest { request, context, url, through } => {
                [request].into_iter().chain(context.places()).chain(url).chain(through).collect()
            }
            EffectModel::BuildsWrapper { wrapper, around, by, with, .. } => {
                [wrapper].into_iter().chain(around).chain(by.place()).chain(with).collect()
            }
            EffectModel::Extracts { from, context, base, by, key } => {
                from.iter().chain([context]).chain(base).chain(by.place()).chain(key).collect()
            }
            EffectModel::Injects { into, context, by, key } => {
                into.iter().chain(context).chain(by.place()).chain(key).collect()
            }
            EffectModel::Starts { span, context, parent, root_if, .. } => {
                span.iter().chain(context).chain(parent).chain(root_if).collect()
            }
            EffectModel::Ends { span } => vec![span],
            EffectModel::Activates { value, lasts, .. } => vec![value, lasts],
            EffectModel::Reparents { span, to, .. } => [span].into_iter().chain(to).collect(),
            EffectModel::Derives { from, context, result } => {
                let source = context.iter().flat_map(ContextSource::places);
                from.iter().chain(source).chain([result]).collect()
            }
            EffectModel::Forwards { by, through } => [by].into_iter().chain(through).collect(),
            EffectModel::Runs { body, with } => [body].into_iter().chain(with).collect(),
            EffectModel::Spawns { body, .. } => vec![body],
            EffectModel::Commands { body } => body.iter().collect(),
            EffectModel::Gathers { handle, list } => vec![handle, list],
            EffectModel::Waits { work } => vec![work],
            EffectModel::Routes { on, path, handler, with, .. } => {
                [on].into_iter().chain(path).chain([handler]).chain(with).collect()
            }
            EffectModel::Wraps { on, with, .. } => vec![on, with],
            EffectModel::Joins { on, other, path, .. } => [on, other].into_iter().chain(path).collect(),
            EffectModel::Serves { app, address, .. } => [app].into_iter().chain(address).collect(),
            EffectModel::Installs { value, .. } => value.iter().collect(),
            EffectModel::Links { spans } => spans.iter().collect(),
            EffectModel::Carries { carrier, into } => vec![carrier, into],
            EffectModel::Collects { items, result } => items.iter().chain([result]).collect(),
            EffectModel::Enqueues { item, into, context } => [item, into].into_iter().chain(context).collect(),
            EffectModel::Dequeues { from } => vec![from],
            EffectModel::Sets { to, .. } => to.iter().collect(),
        }
    }
}

impl ContextSource {
    /// The places it can come from.
    pub fn places(&self) -> &[Place] {
        match self {
            ContextSource::Fresh => &[],
            ContextSource::Places(places) => places,
        }
    }
}

impl By {
    /// The place that holds the propagator.
    pub fn place(&self) -> Option<&Place> {
        match self {
            By::Place(place) => Some(place),
            By::Global | By::Own => None,
        }
    }
}
