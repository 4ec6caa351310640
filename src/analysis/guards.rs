//! Guards that keep a span current, held where the task that holds them gives way to others.

use super::GuardFact;
use super::build::Builder;
use super::graph::{HeldGuard, PropagationGraph};

impl Builder<'_, '_> {
    /// Guards that are at hand at an await.
    pub(super) fn held_guards(&mut self, graph: &mut PropagationGraph) {
        let facts: Vec<_> = self.analysis.held_across.iter().map(|(at, fact)| (*at, fact.clone())).collect();
        for (at, fact) in facts {
            if self.analysis.codebase.file(at.file).reported {
                let GuardFact { function, awaited, symbol } = fact;
                graph.held_guards.push(HeldGuard { function, at, awaited, symbol, traced: self.traced(function) });
            }
        }
    }
}
