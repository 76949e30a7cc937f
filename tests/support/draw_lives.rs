//! Instances of drawn scenarios: how they start, how many there are, how they are replaced.

use highwater::scenario::*;
use highwater::units::Span;

use super::Draw;
use crate::support::ratio;

impl Draw {
    pub(super) fn at_start(&mut self) -> AtStart {
        AtStart { needs_connections: self.one_in(3), give_up_after: self.span(1e4, 5e6) }
    }

    pub(super) fn backoff(&mut self) -> Option<RestartBackoff> {
        self.one_in(2).then_some(RestartBackoff {
            first: Span::from_secs(1),
            cap: Span::from_secs(5),
            reset_after: Span::from_secs(3),
        })
    }

    pub(super) fn cold(&mut self) -> Cold {
        match self.one_in(3) {
            true => Cold { length: self.span(1e4, 5e6), factor: self.of(&[1.5, 3.0]) },
            false => Cold::NEVER,
        }
    }

    /// A fleet of one size, of a size that follows its load, or with an instance for each request.
    pub(super) fn size(&mut self, fleet: &mut Fleet) {
        match self.below(6) {
            0 => fleet.serverless = Some(self.serverless()),
            1 => fleet.autoscale = Some(self.autoscale()),
            _ => {}
        }
    }

    /// Other settings of the same kind.
    pub(super) fn resize(&mut self, fleet: &mut Fleet) {
        if fleet.serverless.is_some() {
            fleet.serverless = Some(self.serverless());
        } else if self.one_in(2) {
            let rule = self.autoscale();
            fleet.autoscale = (!self.one_in(3)).then_some(rule);
        }
    }

    fn serverless(&mut self) -> Serverless {
        let max = self.of(&[1, 10, 1000]);
        Serverless {
            max,
            keep: if self.one_in(4) { Span::ZERO } else { self.span(1e4, 1e7) },
            cold_start: self.dist(1.0, 1e6),
            provisioned: if self.one_in(2) { 0 } else { self.between(0, max.min(20)) },
            frozen: !self.one_in(3),
        }
    }

    fn autoscale(&mut self) -> Autoscale {
        let (on, target) = self.of(&[
            (ScaleOn::Cpu, 0.5),
            (ScaleOn::InFlight, 2.0),
            (ScaleOn::Requests, 20.0),
            (ScaleOn::Memory, 1e6),
        ]);
        Autoscale {
            on,
            target,
            min: self.between(1, 2),
            max: self.between(2, 9),
            every: self.span(1e5, 3e6),
            tolerance: ratio(self.of(&[0.0, 0.1])),
            up_after: self.of(&[Span::ZERO, Span::from_secs(2)]),
            down_after: self.of(&[Span::ZERO, Span::from_secs(2)]),
            up_by: self.below(4),
            up_factor: self.of(&[1.0, 2.0]),
            down_by: self.of(&[None, Some(1)]),
            cooldown: self.of(&[Span::ZERO, Span::from_secs(3)]),
            drain: self.span(1.0, 2e6),
        }
    }

    pub(super) fn rollout(&mut self) -> Rollout {
        let how = match self.below(4) {
            0 => Replacing::Recreate,
            1 => {
                let (switch_after, keep) = (self.span(1e3, 3e6), self.span(1e3, 3e6));
                let keep = if self.one_in(3) { Span::ZERO } else { keep };
                Replacing::BlueGreen { switch_after, keep }
            }
            _ => {
                let (surge, unavailable) = self.of(&[(1, 0), (3, 0), (0, 1), (0, 3), (2, 1)]);
                Replacing::Rolling { surge, unavailable }
            }
        };
        let every = if self.one_in(4) { Span::ZERO } else { self.span(1e3, 2e6) };
        Rollout { every, drain: self.span(1.0, 2e6), how }
    }
}
