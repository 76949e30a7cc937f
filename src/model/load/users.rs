//! Users: the closed loop of thinking, asking, and waiting for the end.

use crate::chance::{Sampler, Stream};
use crate::model::plan::sampler;
use crate::scenario::{self, Dist};
use crate::units::Span;

/// The users of a fleet. One who thinks is an entry on the agenda, one who waits is a request: here
/// they are only counted.
#[derive(Debug)]
pub struct Users {
    /// How many there are to be.
    wanted: u32,
    /// Those who think.
    thinking: u32,
    /// Those whose request is in flight.
    asking: u32,
    think: Sampler,
}

impl Users {
    /// Nobody.
    pub fn none() -> Users {
        Users { wanted: 0, thinking: 0, asking: 0, think: sampler(&Dist::Constant(Span::ZERO)) }
    }

    /// Sets how many there are to be and how they think, and gives how many come new. They count as
    /// thinking. Those who are too many leave when their thought or their request ends.
    pub fn configure(&mut self, arrivals: &scenario::Arrivals) -> u32 {
        let scenario::Arrivals::Users(users) = arrivals else {
            self.wanted = 0;
            return 0;
        };
        self.wanted = users.users;
        self.think = sampler(&users.think);
        let new = self.wanted.saturating_sub(self.present());
        self.thinking += new;
        new
    }

    /// How long a user thinks.
    pub fn think(&self, stream: &mut Stream) -> Span {
        self.think.sample(stream)
    }

    /// A user has thought enough: whether a request follows, or the user leaves.
    pub fn asks(&mut self) -> bool {
        let stays = self.present() <= self.wanted;
        self.thinking -= 1;
        self.asking += u32::from(stays);
        stays
    }

    /// A user's request has ended: whether the user thinks again, or leaves.
    pub fn thinks_again(&mut self) -> bool {
        let stays = self.present() <= self.wanted;
        self.asking -= 1;
        self.thinking += u32::from(stays);
        stays
    }

    /// Those whose request is in flight.
    pub fn asking(&self) -> u32 {
        self.asking
    }

    fn present(&self) -> u32 {
        self.thinking + self.asking
    }
}
