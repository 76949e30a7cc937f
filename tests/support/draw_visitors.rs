//! Those who send the requests of a drawn scenario.

use highwater::scenario::*;
use highwater::units::Span;

use super::Draw;

impl Draw {
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
