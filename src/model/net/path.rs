//! The way between clients and servers: delay, loss, partitions, and what is repeated.

use crate::chance::{Odds, Purpose, Sampler, Stream};
use crate::engine::{Agenda, Rank};
use crate::model::{Event, plan::sampler};
use crate::scenario::Network;
use crate::units::{SimTime, Span};

/// The first retransmission of data comes after this (Linux `TCP_RTO_MIN`), the next after twice as
/// long.
const RETRANSMIT_FIRST: Span = Span::from_ns(200_000_000);

/// No two retransmissions are further apart (Linux `TCP_RTO_MAX`).
const RETRANSMIT_LONGEST: Span = Span::from_secs(120);

/// Retransmissions of data before the connection is given up (Linux `tcp_retries2`): 924.6 s.
const RETRIES_OF_DATA: u32 = 15;

/// Retransmissions of the close of a socket that nobody holds any more (Linux `tcp_orphan_retries`):
/// 102.2 s.
const RETRIES_OF_CLOSE: u32 = 8;

/// Data that nobody acknowledges ends a connection this long after it was sent first.
pub const DATA_GIVEN_UP_AFTER: Span = Span::from_ns(924_600_000_000);

/// Between which fleet and which server something crosses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The fleet.
    pub fleet: u16,
    /// The server.
    pub server: u16,
}

/// The fleet of those who belong to none.
pub const NO_FLEET: u16 = u16::MAX;

impl Pair {
    /// Whether the client is a guest of the server, and no fleet's.
    pub fn is_guest(self) -> bool {
        self.fleet == NO_FLEET
    }
}

/// One path for everybody, parts of which may carry nothing for a while.
#[derive(Debug)]
pub struct Path {
    delay: Sampler,
    loss: Odds,
    /// The delay, where it is constant and nothing is lost.
    constant: Option<Span>,
    /// Between whom nothing crosses, and until when.
    cuts: Vec<(Pair, SimTime)>,
    delays: Stream,
    losses: Stream,
    /// The same two for those who belong to no fleet.
    of_guests: [Stream; 2],
}

impl Path {
    /// The path of `network` in run `run`.
    pub fn new(network: &Network, seed: &str, run: u32) -> Path {
        let mut path = Path {
            delay: sampler(&network.delay),
            loss: Odds::new(network.loss),
            constant: None,
            cuts: Vec::new(),
            delays: Stream::new(seed, run, "network", Purpose::Network),
            losses: Stream::new(seed, run, "network", Purpose::Loss),
            of_guests: [Purpose::Network, Purpose::Loss]
                .map(|purpose| Stream::new(seed, run, "network of guests", purpose)),
        };
        path.configure(network);
        path
    }

    /// Changes delay and loss for what is sent from now on.
    pub fn configure(&mut self, network: &Network) {
        self.delay = sampler(&network.delay);
        self.loss = Odds::new(network.loss);
        self.clear();
    }

    /// Nothing crosses between the two before `until`.
    pub fn cut(&mut self, pair: Pair, until: SimTime) {
        self.cuts.push((pair, until));
        self.clear();
    }

    /// Forgets what carries again by `now`.
    pub fn heal(&mut self, now: SimTime) {
        self.cuts.retain(|(_, until)| *until > now);
        self.clear();
    }

    /// Whether nothing crosses between the two at `now`.
    pub fn is_cut(&self, pair: Pair, now: SimTime) -> bool {
        self.cuts.iter().any(|(cut, until)| *cut == pair && now < *until)
    }

    fn clear(&mut self) {
        let is_clear = self.loss.is_never() && self.cuts.is_empty();
        self.constant = self.delay.is_constant().filter(|_| is_clear);
    }

    /// The delay one way, where it is constant and everything arrives.
    #[inline]
    pub fn constant(&self) -> Option<Span> {
        self.constant
    }

    /// Puts `event` down for when `ways` packets, one after the other, have crossed.
    #[inline(always)]
    pub fn send(&mut self, pair: Pair, ways: u64, agenda: &mut Agenda<Event>, event: Event) {
        self.send_at(agenda.now(), pair, ways, agenda, event);
    }

    /// The same for what is sent at `sent`.
    #[inline(always)]
    pub fn send_at(
        &mut self,
        sent: SimTime,
        pair: Pair,
        ways: u64,
        agenda: &mut Agenda<Event>,
        event: Event,
    ) {
        match self.constant {
            Some(delay) => agenda.at(sent + delay.times(ways), Rank::DELIVERY, event),
            None => self.send_drawn(sent, pair, ways, agenda, event),
        }
    }

    #[cold]
    fn send_drawn(
        &mut self,
        sent: SimTime,
        pair: Pair,
        ways: u64,
        agenda: &mut Agenda<Event>,
        event: Event,
    ) {
        let mut at = sent;
        for _ in 0..ways {
            let retries = match event {
                Event::FinAtServer { .. } | Event::ClosedByServer { .. } => RETRIES_OF_CLOSE,
                _ => RETRIES_OF_DATA,
            };
            let Some(crossing) = self.drawn_crossing(at, pair, retries) else {
                return match event {
                    Event::Bytes { conn, .. } => {
                        let given_up = at + DATA_GIVEN_UP_AFTER;
                        agenda.at(given_up, Rank::TIMEOUT, Event::GivenUp { conn });
                    }
                    Event::FinAtServer { conn } => {
                        agenda.at(at, Rank::TIMEOUT, Event::PeerDead { conn, since: at });
                    }
                    // The client never hears of it.
                    _ => {}
                };
            };
            at = at + crossing;
        }
        agenda.at(at, Rank::DELIVERY, event);
    }

    /// How long data takes that is sent at `sent`; `None` when it is given up.
    #[inline]
    pub fn crossing(&mut self, sent: SimTime, pair: Pair) -> Option<Span> {
        match self.constant {
            Some(delay) => Some(delay),
            None => self.drawn_crossing(sent, pair, RETRIES_OF_DATA),
        }
    }

    /// One packet, sent again when it is lost: after 200 ms, then after twice as long each time.
    #[cold]
    fn drawn_crossing(&mut self, sent: SimTime, pair: Pair, retries: u32) -> Option<Span> {
        let delay = self.delay(pair);
        let (mut waited, mut pause) = (Span::ZERO, RETRANSMIT_FIRST);
        for _ in 0..=retries {
            if !self.loses(sent + waited, pair) {
                return Some(waited + delay);
            }
            waited = waited + pause;
            pause = pause.times(2).min(RETRANSMIT_LONGEST);
        }
        None
    }

    /// A SYN is sent: how long until the last packet of the handshake has crossed; `None` when the
    /// SYN or its answer is lost, which the kernel repeats on a schedule of its own.
    pub fn handshake(&mut self, sent: SimTime, pair: Pair) -> Option<Span> {
        let lost = self.loses(sent, pair) || self.loses(sent, pair);
        if lost {
            return None;
        }
        let there = self.delay(pair);
        let back = there + self.delay(pair);
        Some(back + self.drawn_crossing(sent + back, pair, RETRIES_OF_DATA)?)
    }

    /// Whether a packet that is sent at `at` is lost.
    fn loses(&mut self, at: SimTime, pair: Pair) -> bool {
        let cut = self.is_cut(pair, at);
        let losses = if pair.is_guest() { &mut self.of_guests[1] } else { &mut self.losses };
        cut || (!self.loss.is_never() && losses.happens(self.loss))
    }

    /// The delay of one packet.
    fn delay(&mut self, pair: Pair) -> Span {
        let delays = if pair.is_guest() { &mut self.of_guests[0] } else { &mut self.delays };
        self.delay.sample(delays)
    }
}
