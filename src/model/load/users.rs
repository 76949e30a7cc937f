//! Users: the closed loop of thinking, asking, and waiting for the end.

use std::ops::Range;

use crate::chance::{Odds, Sampler, Stream};
use crate::model::plan::sampler;
use crate::scenario::{self, Dist};
use crate::units::{Ratio, Span};

/// The users of a fleet. One who thinks or is about to reload is an entry on the agenda, one who waits
/// is a request: here they are only counted.
#[derive(Debug)]
pub struct Users {
    /// How many there are to be.
    wanted: u32,
    /// Those who think, or have left to return.
    thinking: u32,
    /// Those whose request is in flight.
    asking: u32,
    /// Those who will reload.
    pausing: u32,
    /// Those who have left for good: nobody comes for them.
    gone: u32,
    /// Users there have ever been: the number of the next.
    numbered: u32,
    think: Sampler,
    leave: Odds,
    return_after: Option<Sampler>,
}

/// What a user does who has given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivenUp {
    /// Thinks so long, here or elsewhere, and asks again.
    Thinks(Span),
    /// Has left for good.
    Left,
    /// Was one too many.
    Superfluous,
}

impl Users {
    /// Nobody.
    pub fn none() -> Users {
        Users {
            wanted: 0,
            thinking: 0,
            asking: 0,
            pausing: 0,
            gone: 0,
            numbered: 0,
            think: sampler(&Dist::Constant(Span::ZERO)),
            leave: Odds::new(Ratio::ZERO),
            return_after: None,
        }
    }

    /// Sets how many there are to be and how they think, and gives the numbers of those who come new.
    /// They count as thinking. Those who are too many leave when their thought or their request ends;
    /// those who have left for good are the first of them.
    pub fn configure(&mut self, arrivals: &scenario::Arrivals) -> Range<u32> {
        let first = self.numbered;
        let scenario::Arrivals::Users(users) = arrivals else {
            self.wanted = 0;
            return first..first;
        };
        self.wanted = users.users;
        self.think = sampler(&users.think);
        self.leave = Odds::new(users.leave);
        self.return_after = users.return_after.as_ref().map(sampler);
        self.gone -= self.gone.min(self.present().saturating_sub(self.wanted));
        let new = self.wanted.saturating_sub(self.present());
        self.thinking += new;
        self.numbered = first.wrapping_add(new);
        first..self.numbered
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

    /// The pause before a reload is over: whether a request follows, or the user leaves.
    pub fn asks_again(&mut self) -> bool {
        let stays = self.present() <= self.wanted;
        self.pausing -= 1;
        self.asking += u32::from(stays);
        stays
    }

    /// A user's request has failed, and the user will reload.
    pub fn pauses(&mut self) {
        self.asking -= 1;
        self.pausing += 1;
    }

    /// A user's request has ended: whether the user thinks again, or leaves.
    pub fn thinks_again(&mut self) -> bool {
        let stays = self.present() <= self.wanted;
        self.asking -= 1;
        self.thinking += u32::from(stays);
        stays
    }

    /// A user has given up on what the last request was for. `stream` decides who leaves and for how
    /// long, `think` how long the others think.
    pub fn gives_up(&mut self, stream: &mut Stream, think: &mut Stream) -> GivenUp {
        let leaves = stream.happens(self.leave);
        if !self.thinks_again() {
            return GivenUp::Superfluous;
        }
        if !leaves {
            return GivenUp::Thinks(self.think.sample(think));
        }
        match &self.return_after {
            Some(after) => GivenUp::Thinks(after.sample(stream)),
            None => {
                self.thinking -= 1;
                self.gone += 1;
                GivenUp::Left
            }
        }
    }

    /// Those whose request is in flight.
    pub fn asking(&self) -> u32 {
        self.asking
    }

    fn present(&self) -> u32 {
        self.thinking + self.asking + self.pausing + self.gone
    }
}
