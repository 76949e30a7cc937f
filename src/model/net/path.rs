//! The way between clients and servers: delay, loss, and what is repeated.

use crate::chance::{Odds, Purpose, Sampler, Stream};
use crate::engine::{Agenda, Lane, Rank};
use crate::model::{Event, plan::sampler};
use crate::scenario::Network;
use crate::units::Span;

/// The first retransmission of data comes after this (Linux `TCP_RTO_MIN`), then after twice as
/// long, and so on.

const RETRANSMIT_FIRST_NS: u64 = 200_000_000;

/// Nobody waits longer than this for one packet.
const LONGEST: Span = Span::from_secs(120);

/// One path for everybody.
#[derive(Debug)]
pub struct Path {
    delay: Sampler,
    loss: Odds,
    lossless: bool,
    /// Where the delay is constant and nothing is lost: lanes for one, two and three ways.
    lanes: Option<[Lane; 3]>,
    constant: Span,
    stream: Stream,
}

impl Path {
    /// The path of `network` in run `run`.
    pub fn new(network: &Network, seed: &str, run: u32, agenda: &mut Agenda<Event>) -> Path {
        let mut path = Path {
            delay: sampler(&network.delay),
            loss: Odds::new(network.loss),
            lossless: true,
            lanes: None,
            constant: Span::ZERO,
            stream: Stream::new(seed, run, "network", Purpose::Network),
        };
        path.configure(network, agenda);
        path
    }

    /// Changes delay and loss for what is sent from now on.
    pub fn configure(&mut self, network: &Network, agenda: &mut Agenda<Event>) {
        self.delay = sampler(&network.delay);
        self.loss = Odds::new(network.loss);
        self.lossless = network.loss.share() == 0.0;
        self.constant = self.delay.is_constant().unwrap_or(Span::ZERO);
        self.lanes = match self.delay.is_constant() {
            Some(delay) if self.lossless => {
                Some([1, 2, 3].map(|ways| agenda.lane(delay.times(ways), Rank::DELIVERY)))
            }
            _ => None,
        };
    }

    /// The constant one-way delay, where there is one and nothing is lost.
    pub fn constant(&self) -> Option<Span> {
        self.lanes.map(|_| self.constant)
    }

    /// Puts `event` down for when `ways` packets, one after the other, have crossed.
    #[inline]
    pub fn send(&mut self, ways: u8, agenda: &mut Agenda<Event>, event: Event) {
        match self.lanes {
            Some(lanes) => agenda.after(lanes[usize::from(ways) - 1], event),
            None => {
                let at = agenda.now() + self.crossing(ways);
                agenda.at(at, Rank::DELIVERY, event);
            }
        }
    }

    /// How long `ways` packets take, one after the other.
    #[inline]
    pub fn crossing(&mut self, ways: u8) -> Span {
        if self.lanes.is_some() {
            return self.constant.times(u64::from(ways));
        }
        let mut total = Span::ZERO;
        for _ in 0..ways {
            total = total + self.delay.sample(&mut self.stream) + self.repeats();
        }
        total
    }

    /// The time lost to retransmissions of one packet.
    fn repeats(&mut self) -> Span {
        let mut lost = Span::ZERO;
        let mut pause = RETRANSMIT_FIRST_NS;
        while !self.lossless && lost < LONGEST && self.stream.happens(self.loss) {
            lost = lost + Span::from_ns(pause);
            pause *= 2;
        }
        lost
    }
}
