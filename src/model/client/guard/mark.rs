//! What is kept of a request on its way through the guards, beside it: those that pass none pay
//! nothing for it.

use crate::model::client::{Breaker, Bulkhead, Limiter, Line, Request};
use crate::model::slab::Id;
use crate::scenario::{self, BreakerPlace, Fleet};
use crate::units::SimTime;

/// The guards of an instance.
#[derive(Clone, Debug)]
pub struct Guards {
    /// What keeps attempts back while they fail.
    pub breaker: Breaker,
    /// What adapts to how the server answers.
    pub limiter: Limiter,
    /// Limits of calls at once, in the order of the settings.
    pub bulkheads: Vec<Bulkhead>,
    /// Who stands at the entrance.
    pub line: Line,
}

impl Guards {
    /// Those of a process that starts at `now`.
    pub fn new(fleet: &Fleet, now: SimTime) -> Guards {
        Guards {
            breaker: Breaker::new(&fleet.breaker, fleet.guards.breaker),
            limiter: Limiter::new(&fleet.guards.limiter),
            bulkheads: fleet.guards.bulkheads.iter().map(Bulkhead::new).collect(),
            line: Line::new(&fleet.process.entrance, now),
        }
    }

    /// None.
    pub fn none() -> Guards {
        Guards {
            breaker: Breaker::new(&scenario::Breaker::None, BreakerPlace::default()),
            limiter: Limiter::new(&scenario::Limiter::None),
            bulkheads: Vec::new(),
            line: Line::default(),
        }
    }

    /// Other settings hold from now on.
    pub fn configure(&mut self, fleet: &Fleet) {
        self.breaker.configure(&fleet.breaker, fleet.guards.breaker);
        self.limiter.configure(&fleet.guards.limiter);
        self.line.configure(&fleet.process.entrance);
        for (bulkhead, settings) in self.bulkheads.iter_mut().zip(&fleet.guards.bulkheads) {
            bulkhead.configure(settings);
        }
    }
}

/// What an attempt, or a call, holds of the guards it has passed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mark {
    /// What the breaker gave it.
    pub ticket: Option<Ticket>,
    /// Attempts that were out when the limiter let it pass, itself among them, and when that was.
    pub in_flight: Option<(u32, SimTime)>,
    /// The bulkhead whose permit it has.
    pub permit: Option<u16>,
    /// The request whose call this is a copy of; nobody's for a copy that is given up.
    pub parent: Option<Id<Request>>,
    /// The copies of its call: the last one sent, how many in all, and how many are out.
    pub copies: (Id<Request>, u32, u32),
    /// Of a copy: the one sent before.
    pub before: Id<Request>,
}

/// With what an attempt, or a call, has passed a breaker.
#[derive(Clone, Copy, Debug)]
pub struct Ticket {
    /// What the breaker knows it by.
    pub number: u16,
    /// When it passed.
    pub since: SimTime,
    /// Whether it is that of a call with all its attempts.
    pub whole_call: bool,
}

impl Mark {
    /// Whether this is a copy of another request's call.
    pub fn is_copy(&self) -> bool {
        self.parent.is_some()
    }
}
