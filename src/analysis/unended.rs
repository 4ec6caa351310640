//! Spans that nobody ends on some way out of the function that opens them.

use super::build::Builder;
use super::graph::UnendedSpan;
use crate::diagnostic::Confidence;
use crate::text::FileRange;

impl Builder<'_, '_> {
    /// Spans that a function clearly owns and leaves open.
    pub(super) fn unended(&mut self) -> Vec<UnendedSpan> {
        let starts: Vec<_> = self
            .analysis
            .starts
            .iter()
            .filter(|((at, _), _)| self.analysis.codebase.file(at.file).reported)
            .map(|((at, function), fact)| (*at, *function, fact.clone()))
            .collect();
        let mut found = Vec::new();
        for (at, function, fact) in starts {
            let Some((_, lifetime)) = self.analysis.lifetime(function, at, &fact, &[]) else { continue };
            // Who gets the context may end the span in it, if this function never does.
            if lifetime.leaks.is_empty() || (!lifetime.ended_somewhere && lifetime.handed_on) {
                continue;
            }
            let leaks = lifetime.leaks.iter().map(|range| FileRange { file: at.file, range: *range });
            found.push(UnendedSpan {
                function,
                at,
                leaks: if lifetime.ended_somewhere { leaks.collect() } else { Vec::new() },
                confidence: if lifetime.ended_somewhere { Confidence::High } else { Confidence::Medium },
                traced: self.traced(function),
            });
        }
        found
    }
}
