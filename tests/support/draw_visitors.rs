//! Those who send the requests of a drawn scenario.

use highwater::scenario::*;
use highwater::units::Span;

use super::Draw;
use crate::support::{per_second, ratio};

impl Draw {
    /// Batches at the instants of a profile. What comes and goes has no end of its own, so it is the
    /// timeline that ends it.
    pub(super) fn bursts(&mut self, batches: Profile) -> Arrivals {
        let size = match self.below(3) {
            0 => Sizes::Fixed(self.of(&[1, 5])),
            1 => Sizes::Geometric(self.of(&[1.0, 4.0])),
            _ => Sizes::Table(vec![(1, 0.9), (20, 0.1)]),
        };
        if self.one_in(2) {
            return Arrivals::Bursts(Bursts { batches, size });
        }
        Arrivals::OnOff(OnOff {
            rate: per_second(self.of(&[20.0, 100.0])),
            even: self.one_in(2),
            on: self.dist(1e4, 3e6),
            off: self.dist(1e4, 3e6),
        })
    }

    pub(super) fn ejection(&mut self) -> Option<Ejection> {
        let ejection = Ejection {
            failures: self.between(1, 5),
            length: self.span(1e4, 3e6),
            longest: self.span(1e5, 3e6),
            at_most: ratio(self.of(&[0.1, 0.5, 1.0])),
        };
        self.one_in(3).then_some(ejection)
    }

    pub(super) fn health(&mut self) -> Option<Health> {
        let every = self.span(1e5, 5e6);
        let health = Health {
            every,
            timeout: self.of(&[every, Span::from_ns(every.as_ns() / 10)]),
            unhealthy_after: self.between(1, 3),
            healthy_after: self.between(1, 3),
            what: self.of(&[Check::Process, Check::Request, Check::Server]),
            fail_open: self.of(&[FailOpen::Never, FailOpen::NoneHealthy, FailOpen::BelowHalf]),
            replace: self.one_in(3),
        };
        self.one_in(2).then_some(health)
    }

    pub(super) fn balancer(&mut self) -> Balancer {
        let sessions = self.of(&[1, 7, 1000]);
        self.of(&[
            Balancer::RoundRobin,
            Balancer::Random,
            Balancer::LeastInFlight,
            Balancer::TwoChoices,
            Balancer::Sticky { sessions },
        ])
    }

    /// Draws those who send requests to a fleet. Nobody reloads for ever, which would never end where
    /// nothing ever succeeds; and who reloads does not wait minutes for a connection each time.
    pub(super) fn visitors(&mut self, fleet: &mut Fleet) {
        const DIAL_MAX: Span = Span::from_secs(10);
        let (patience, pause) = (self.dist(1e3, 2e6), self.dist(1e3, 2e6));
        let times = Some(self.between(1, 3));
        fleet.visitors = Visitors {
            patience: self.one_in(2).then_some(patience),
            reload: self.one_in(2).then_some(Reload { times, pause }),
        };
        fleet.abandoned = self.of(&[Abandoned::GoesOn, Abandoned::Cancelled]);
        if fleet.visitors.reload.is_none() {
            return;
        }
        for way in &mut fleet.connections {
            let limit = match &mut way.strategy {
                Strategy::PerRequest { connect_timeout, .. } => connect_timeout,
                Strategy::Shared(shared) => &mut shared.connect_timeout,
                Strategy::Pooled(pool) => &mut pool.connect_timeout,
            };
            *limit = limit.map(|limit| limit.min(DIAL_MAX));
        }
    }
}
