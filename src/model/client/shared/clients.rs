//! Shared connections: in which state each is, and what follows when one is lost.

use std::collections::VecDeque;

use crate::chance::Stream;
use crate::model::client::shared::redial::redial_at;
use crate::model::client::{Conn, Request};
use crate::model::slab::Id;
use crate::scenario::{Dialled, Reconnect, Redials, Shared};
use crate::units::SimTime;

/// Below this length of a queue nothing is thrown out of it.
const FULL_MIN: usize = 256;

/// The shared connections of one name in one process, used in turn.
#[derive(Debug)]
pub struct SharedConns {
    /// The settings in force.
    pub settings: Shared,
    /// The connections: first those that carry no commands, then those in use, then those that were
    /// in use under other settings.
    pub conns: Vec<SharedConn>,
    /// Those that carry no commands.
    pub aside: usize,
    /// The server, once one was dialled.
    pub server: u16,
    /// When the process started: its heartbeat counts from there.
    since: SimTime,
    /// Whose turn it is.
    turn: usize,
}

/// One shared connection.
#[derive(Debug)]
pub struct SharedConn {
    /// The connection, being dialled or open.
    pub conn: Id<Conn>,
    /// In which state it is.
    pub link: Link,
    /// When it was dialled last.
    pub dialled: SimTime,
    /// Ends in a row since it was last open, the loss of the open one included where that is followed
    /// by a pause.
    failures: u32,
    /// Whether it was open before.
    was_open: bool,
    /// Whether requests have sent on it since it was dialled.
    pub carries: bool,
    /// Requests that wait for it, in order, each with its phase; out of date where that has changed.
    pub waiting: VecDeque<(Id<Request>, u32)>,
    /// At this length those out of date are thrown out.
    full: usize,
}

/// The state of a shared connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Neither open nor on the way: the next use dials.
    Down,
    /// Being dialled or set up.
    Dialling,
    /// Open.
    Open,
    /// The next dial is on the agenda.
    Pausing,
    /// Closed, which the client finds at the next use.
    Broken,
    /// Never dialled again.
    Dead,
}

/// What follows the end of a shared connection, or of a dial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct After {
    /// Whether all that wait fail.
    pub flush: bool,
    /// When it is dialled again, if by itself.
    pub dial: Option<SimTime>,
}

impl SharedConns {
    /// Connections of a process that starts now, none of them dialled.
    pub fn new(settings: &Shared, now: SimTime) -> SharedConns {
        let mut shared = SharedConns {
            settings: settings.clone(),
            conns: Vec::new(),
            aside: settings.aside as usize,
            server: 0,
            since: now,
            turn: 0,
        };
        shared.configure(settings);
        shared
    }

    /// Other settings hold from now on. Connections that are too many serve those already on them, and
    /// stay until the server closes them.
    pub fn configure(&mut self, settings: &Shared) {
        self.settings = settings.clone();
        let len = self.conns.len().max(self.used().end);
        self.conns.resize_with(len, SharedConn::down);
    }

    /// The places of those that take new requests.
    pub fn used(&self) -> std::ops::Range<usize> {
        self.aside..self.aside + self.settings.connections as usize
    }

    /// Connections that are dialled before anybody asks.
    pub fn opens_first(&self) -> u32 {
        match self.settings.dialled {
            Dialled::FirstUse => 0,
            Dialled::AtStart => self.used().end as u32,
        }
    }

    /// The place of the one whose turn it is.
    #[inline]
    pub fn next(&mut self) -> usize {
        self.turn = (self.turn + 1) % self.settings.connections as usize;
        self.aside + self.turn
    }

    /// The place of a connection.
    pub fn place_of(&self, id: Id<Conn>) -> Option<usize> {
        self.conns.iter().position(|shared| shared.conn == id)
    }

    /// The connection at `place` is gone, or was not dialled; `hit` says whether commands were on
    /// their way on it. The state is changed; what is to be done is answered.
    pub fn ended(&mut self, place: usize, hit: bool, now: SimTime, stream: &mut Stream) -> After {
        let used = place < self.used().end;
        let Shared { reconnect, offline, .. } = &self.settings;
        let shared = &mut self.conns[place];
        let was_open = shared.link == Link::Open;
        shared.conn = Id::NONE;
        shared.carries = false;
        shared.failures = if was_open { 0 } else { shared.failures + 1 };
        let rests = |shared: &mut SharedConn, link: Link| {
            (shared.link, shared.failures) = (link, 0);
            After { flush: true, dial: None }
        };
        match reconnect {
            _ if !used => rests(shared, Link::Down),
            Reconnect::None => rests(shared, Link::Dead),
            Reconnect::OnDemand { redials, first_fails } => {
                if !was_open && !redials.gives_up(shared.failures) {
                    return shared.pauses(redials, self.since, now, stream, false);
                }
                // Whoever fails now begins the next series.
                let begins = *first_fails && shared.was_open;
                let begun = begins && (hit || !shared.waiting.is_empty());
                let link = if begins { Link::Broken } else { Link::Down };
                After { dial: begun.then_some(now), ..rests(shared, link) }
            }
            Reconnect::Background { redials, covers_first } => {
                if was_open && redials.at_once {
                    return After { flush: false, dial: Some(now) };
                }
                shared.failures = shared.failures.max(1);
                if !shared.was_open && !covers_first {
                    return rests(shared, Link::Down);
                }
                if redials.gives_up(shared.failures) {
                    return rests(shared, Link::Dead);
                }
                let flush = offline.flush_every.is_some_and(|n| shared.failures.is_multiple_of(n));
                shared.pauses(redials, self.since, now, stream, flush)
            }
        }
    }

    /// Whether another command may not wait at `place`; `waits` says who still does.
    pub fn is_full(&mut self, place: usize, waits: impl Fn(Id<Request>, u32) -> bool) -> bool {
        let Some(limit) = self.settings.offline.limit else { return false };
        let waiting = &mut self.conns[place].waiting;
        if waiting.len() >= limit as usize {
            waiting.retain(|(id, phase)| waits(*id, *phase));
        }
        waiting.len() >= limit as usize
    }
}

impl SharedConn {
    /// Neither open nor being dialled.
    pub fn down() -> SharedConn {
        SharedConn {
            conn: Id::NONE,
            link: Link::Down,
            dialled: SimTime::ZERO,
            failures: 0,
            was_open: false,
            carries: false,
            waiting: VecDeque::new(),
            full: FULL_MIN,
        }
    }

    /// It is open.
    pub fn opened(&mut self) {
        self.link = Link::Open;
        self.failures = 0;
        self.was_open = true;
    }

    /// A request waits. Memory follows who still does: now and then the others are thrown out.
    pub fn wait(&mut self, who: (Id<Request>, u32), waits: impl Fn(Id<Request>, u32) -> bool) {
        if self.waiting.len() >= self.full {
            self.waiting.retain(|(id, phase)| waits(*id, *phase));
            self.full = FULL_MIN.max(2 * self.waiting.len());
        }
        self.waiting.push_back(who);
    }

    fn pauses(
        &mut self,
        redials: &Redials,
        since: SimTime,
        now: SimTime,
        stream: &mut Stream,
        flush: bool,
    ) -> After {
        self.link = Link::Pausing;
        let at = redial_at(redials, self.failures - 1, (since, self.dialled, now), stream);
        After { flush, dial: Some(at) }
    }
}

impl Redials {
    /// Whether no pause follows after so many failures in a row.
    fn gives_up(&self, failures: u32) -> bool {
        self.retries.is_some_and(|most| failures > most)
    }
}
