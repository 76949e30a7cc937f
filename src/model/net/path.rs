//! The way between clients and servers: delay, loss, and what is repeated.

use crate::chance::{Odds, Purpose, Sampler, Stream};
use crate::engine::{Agenda, Rank};
use crate::model::{Event, plan::sampler};
use crate::scenario::Network;
use crate::units::Span;

/// The first retransmission comes after this (Linux `TCP_RTO_MIN`), the next after twice as long.
const RETRANSMIT_FIRST_NS: u64 = 200_000_000;

/// Nobody waits longer than this for one packet.
const LONGEST: Span = Span::from_secs(120);

/// One path for everybody.
#[derive(Debug)]
pub struct Path {
    delay: Sampler,
    loss: Odds,
    /// The delay, where it is constant and nothing is lost.
    constant: Option<Span>,
    delays: Stream,
    losses: Stream,
}

impl Path {
    /// The path of `network` in run `run`, for those who travel under the name `part`.
    pub fn new(network: &Network, seed: &str, run: u32, part: &str) -> Path {
        let mut path = Path {
            delay: sampler(&network.delay),
            loss: Odds::new(network.loss),
            constant: None,
            delays: Stream::new(seed, run, part, Purpose::Network),
            losses: Stream::new(seed, run, part, Purpose::Loss),
        };
        path.configure(network);
        path
    }

    /// Changes delay and loss for what is sent from now on.
    pub fn configure(&mut self, network: &Network) {
        self.delay = sampler(&network.delay);
        self.loss = Odds::new(network.loss);
        self.constant = self.delay.is_constant().filter(|_| self.loss.is_never());
    }

    /// Puts `event` down for when `ways` packets, one after the other, have crossed.
    #[inline]
    pub fn send(&mut self, ways: u64, agenda: &mut Agenda<Event>, event: Event) {
        let at = agenda.now() + self.crossing(ways);
        agenda.at(at, Rank::DELIVERY, event);
    }

    /// How long `ways` packets take, one after the other.
    #[inline]
    pub fn crossing(&mut self, ways: u64) -> Span {
        match self.constant {
            Some(delay) => delay.times(ways),
            None => self.drawn_crossing(ways),
        }
    }

    fn drawn_crossing(&mut self, ways: u64) -> Span {
        let mut total = Span::ZERO;
        for _ in 0..ways {
            total = total + self.delay.sample(&mut self.delays) + self.repeats();
        }
        total
    }

    /// The time lost to retransmissions of one packet.
    fn repeats(&mut self) -> Span {
        let mut lost = Span::ZERO;
        let mut pause = RETRANSMIT_FIRST_NS;
        while !self.loss.is_never() && lost < LONGEST && self.losses.happens(self.loss) {
            lost = (lost + Span::from_ns(pause)).min(LONGEST);
            pause *= 2;
        }
        lost
    }
}
