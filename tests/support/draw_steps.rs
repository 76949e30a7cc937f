//! Steps of drawn fleets put into branches, and inside of calls.

use highwater::scenario::*;
use highwater::units::{Ratio, Span};

use super::Draw;

impl Draw {
    /// Puts steps of some fleets into branches, and the last ones inside of the first call.
    pub(super) fn nest(&mut self, settings: &mut Settings) {
        for fleet in &mut settings.fleets {
            if self.one_in(3) {
                self.branch(fleet);
            }
            if self.one_in(3) {
                self.inside(fleet);
            }
        }
    }

    /// Steps from some place on become a branch, beside one without any.
    fn branch(&mut self, fleet: &mut Fleet) {
        let from = self.below(fleet.steps.len() as u32) as usize;
        let steps = fleet.steps.split_off(from);
        let share = self.of(&[Ratio::ZERO, Ratio::ONE, crate::support::ratio(0.5)]);
        let mut branches = vec![Branch { share, steps }];
        if self.one_in(2) {
            let share = crate::support::ratio(1.0 - share.share());
            branches.push(Branch { share, steps: Vec::new() });
        }
        fleet.steps.push(Step::OneOf(branches));
    }

    /// What follows a call is done while its connection is held, and a copy of the call once more
    /// inside. Pools then have a limit to their waits: a deadlock has no other end.
    fn inside(&mut self, fleet: &mut Fleet) {
        let is_call = |step: &Step| matches!(step, Step::Call(_));
        let Some(at) = fleet.steps.iter().position(is_call) else { return };
        let rest = fleet.steps.split_off(at + 1);
        if let Step::Call(call) = &mut fleet.steps[at] {
            let copy = Step::Call(call.clone());
            call.holding = if self.one_in(2) { vec![copy] } else { Vec::new() };
            call.holding.extend(rest);
        }
        for way in &mut fleet.connections {
            if let Strategy::Pooled(pool) = &mut way.strategy {
                let limit = self.of(&[Span::from_ns(1_000_000), Span::from_secs(2)]);
                pool.wait_timeout = Some(pool.wait_timeout.map_or(limit, |wait| wait.min(limit)));
            }
        }
    }
}

/// Does something to every call among `steps`.
pub(super) fn each_call(steps: &mut [Step], change: &mut impl FnMut(&mut Call)) {
    for step in steps {
        match step {
            Step::Work(_) => {}
            Step::Call(call) => {
                change(call);
                each_call(&mut call.holding, change);
            }
            Step::OneOf(branches) => {
                branches.iter_mut().for_each(|branch| each_call(&mut branch.steps, change));
            }
        }
    }
}
