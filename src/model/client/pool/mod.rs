//! A pool of connections: decides, and leaves the doing to the world. Requests wait at the pools of
//! instances, client connections at those of proxies.
//!
//! Invariant: open + dialling <= max, except right after `max` was lowered, until the excess has
//! been returned.

mod checkout;
mod checks;
mod dials;
mod filling;
mod laws;
mod manners;
mod picking;
mod reaping;
mod refusals;
mod returning;
mod upkeep;
mod workers;

use std::collections::VecDeque;

pub use manners::{Check, Manners, Prober, Series, next_dial};

use crate::model::client::{Conn, Request};
use crate::model::slab::Id;
use crate::scenario::{Dialling, HandOff, IdlePick, PoolReaper, Pooled, Validate};
use crate::units::{SimTime, Span};

/// The connections of one instance through one name, or of a proxy; `W` waits for them.
#[derive(Debug)]
pub struct Pool<W = Id<Request>> {
    /// The settings.
    pub settings: Pooled,
    idle: VecDeque<Idle>,
    waiters: VecDeque<Waiter<W>>,
    /// Open connections: idle, leased, or leaked leases.
    open: u32,
    dialling: u32,
    /// Of the idle ones, places whose socket is closed.
    hollow: u32,
    /// Places taken when the settings were last changed.
    before: u32,
    /// What it does beyond a plain pool, if anything.
    pub manners: Option<Box<Manners>>,
    /// Leases that never come back.
    pub leaked: u32,
    /// The instant that stands on the agenda for the giving up of the first waiter.
    pub checkout_due: Option<SimTime>,
    /// The instant that stands on the agenda for a look at the idle connections.
    pub reap_due: Option<SimTime>,
}

/// A connection nobody uses.
#[derive(Clone, Copy, Debug)]
pub struct Idle {
    /// The connection; none where only its place is left.
    pub conn: Id<Conn>,
    /// When it was returned.
    pub since: SimTime,
}

/// A caller without a connection.
#[derive(Clone, Copy, Debug)]
pub struct Waiter<W = Id<Request>> {
    /// Who.
    pub who: W,
    /// Since when.
    pub since: SimTime,
}

/// What a pool answers a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checkout {
    /// Take this connection.
    Lease(Id<Conn>),
    /// Dial one; its place is reserved.
    Dial,
    /// Wait in line.
    Wait,
    /// No connection free, and waiting is not allowed.
    NoWait,
    /// No connection free, and the line is full.
    LineFull,
}

/// What a pool does with a connection that came back, or that a dial brought.
#[derive(Clone, Copy, Debug)]
pub enum Return<W = Id<Request>> {
    /// Hand it to this caller.
    Hand(Waiter<W>),
    /// Keep it idle.
    Keep,
    /// Keep it idle, and have the first in line look after this time.
    Wake(Span),
    /// Close it: the pool has become smaller.
    Close,
}

impl<W: Copy + PartialEq> Pool<W> {
    /// An empty pool.
    pub fn new(settings: &Pooled) -> Pool<W> {
        Pool {
            settings: settings.clone(),
            idle: VecDeque::new(),
            waiters: VecDeque::new(),
            open: 0,
            dialling: 0,
            hollow: 0,
            before: 0,
            manners: Manners::of(settings),
            leaked: 0,
            checkout_due: None,
            reap_due: None,
        }
    }

    /// A caller asks for a connection.
    #[inline]
    pub fn checkout(&mut self) -> Checkout {
        if let Some(conn) = self.take_idle() {
            return Checkout::Lease(conn);
        }
        if self.reserve() {
            return Checkout::Dial;
        }
        self.line_up()
    }

    /// A caller for whom there is nothing may join the line, or not.
    #[inline]
    pub fn line_up(&self) -> Checkout {
        if self.settings.wait_timeout.is_some_and(|wait| wait.is_zero()) {
            return Checkout::NoWait;
        }
        if self.settings.max_waiting.is_some_and(|max| self.waiters.len() >= max as usize) {
            return Checkout::LineFull;
        }
        Checkout::Wait
    }

    /// Whether it hands idle connections out as they are.
    #[inline]
    pub fn takes_unseen(&self) -> bool {
        self.settings.validate == Validate::None && self.settings.reaper != PoolReaper::OnCheckout
    }

    /// An idle connection is leased, if there is one.
    #[inline]
    pub fn take_idle(&mut self) -> Option<Id<Conn>> {
        Some(self.take_idle_since()?.conn)
    }

    /// The same, with the instant since which it was idle.
    #[inline]
    pub fn take_idle_since(&mut self) -> Option<Idle> {
        let idle = match self.settings.idle_pick {
            IdlePick::Lifo | IdlePick::Affine { .. } => self.idle.pop_back(),
            IdlePick::Fifo => self.idle.pop_front(),
        }?;
        self.hollow -= u32::from(idle.conn.is_none());
        Some(idle)
    }

    /// This idle connection is leased, if it is one.
    pub fn take_this(&mut self, conn: Id<Conn>) -> Option<Idle> {
        let at = self.idle.iter().position(|idle| idle.conn == conn && !conn.is_none())?;
        self.idle.remove(at)
    }

    /// A caller joins the line.
    #[inline]
    pub fn wait(&mut self, waiter: Waiter<W>) {
        self.waiters.push_back(waiter);
    }

    /// A caller leaves the line.
    pub fn leave(&mut self, who: W) {
        if let Some(at) = self.waiters.iter().position(|waiter| waiter.who == who) {
            self.waiters.remove(at);
        }
    }

    /// Somebody in the line is the first from now on.
    pub fn prefer(&mut self, place: u32) {
        if let Some(waiter) = self.waiters.remove(place as usize) {
            self.waiters.push_front(waiter);
        }
    }

    /// The first in line leaves it to look for a connection.
    pub fn wake(&mut self) -> Option<Waiter<W>> {
        self.waiters.pop_front()
    }

    /// A leased connection comes back, or a dial brought one for nobody. Where the hand-off is fair the
    /// first in line has it at once: nobody overtakes.
    #[inline(always)]
    pub fn give_back(&mut self, conn: Id<Conn>, now: SimTime) -> Return<W> {
        if self.open > self.settings.max {
            self.open -= 1;
            return Return::Close;
        }
        let keep = match self.settings.hand_off {
            HandOff::Barging(wake) if !self.waiters.is_empty() => Return::Wake(wake),
            HandOff::Barging(_) => Return::Keep,
            HandOff::Fair | HandOff::Random => match self.waiters.pop_front() {
                Some(waiter) => return Return::Hand(waiter),
                None => Return::Keep,
            },
        };
        self.idle.push_back(Idle { conn, since: now });
        keep
    }

    /// A dial has brought a connection: it is leased until it is given back.
    #[inline]
    pub fn dialled(&mut self) {
        self.dialling -= 1;
        self.open += 1;
    }

    /// A dial has failed: its place is free.
    pub fn dial_failed(&mut self) {
        self.dialling -= 1;
    }

    /// A place is reserved for a dial, if there is one.
    #[inline]
    pub fn reserve(&mut self) -> bool {
        let room = self.has_room();
        self.dialling += u32::from(room);
        room
    }

    /// A place that is leased without a connection is idle again.
    pub fn hollowed(&mut self, now: SimTime) {
        self.hollow += 1;
        self.idle.push_back(Idle { conn: Id::NONE, since: now });
    }

    /// A place that was leased, or whose connection was, is to be dialled for.
    pub fn dials_again(&mut self) {
        self.open -= 1;
        self.dialling += 1;
    }

    /// A place is taken, and leased.
    pub fn leases_place(&mut self) {
        self.open += 1;
    }

    /// A leased connection is gone.
    #[inline]
    pub fn lost(&mut self) {
        self.open -= 1;
    }

    /// An idle connection is gone; false when it was not idle here.
    pub fn lost_idle(&mut self, conn: Id<Conn>) -> bool {
        let Some(at) = self.idle.iter().position(|idle| idle.conn == conn) else { return false };
        self.idle.remove(at);
        self.open -= 1;
        self.hollow -= u32::from(conn.is_none());
        true
    }

    /// Takes the first in line when there is room to dial for it; its place is reserved.
    pub fn next_to_dial(&mut self) -> Option<Waiter<W>> {
        if !self.has_room() {
            return None;
        }
        let waiter = self.waiters.pop_front()?;
        self.dialling += 1;
        Some(waiter)
    }

    /// The caller that has waited longest.
    #[inline]
    pub fn first_waiter(&self) -> Option<&Waiter<W>> {
        self.waiters.get(self.longest_waiting())
    }

    /// The caller that has waited longest leaves the line.
    pub fn give_up(&mut self) -> Option<Waiter<W>> {
        self.waiters.remove(self.longest_waiting())
    }

    /// Other settings hold from now on.
    pub fn configure(&mut self, settings: &Pooled) {
        self.settings = settings.clone();
        self.before = self.taken();
        if self.manners.is_none() {
            self.manners = Manners::of(settings);
        }
        if let (Dialling::Caller, Some(manners)) = (settings.dialling, &mut self.manners) {
            (manners.wanted, manners.growths) = (0, 0);
        }
        if !matches!(self.settings.hand_off, HandOff::Barging(_)) {
            self.waiters.make_contiguous().sort_by_key(|waiter| waiter.since);
        }
    }

    /// The place in line of the caller that has waited longest: the first, but where those who were
    /// woken in vain have gone to the end.
    #[inline]
    fn longest_waiting(&self) -> usize {
        match self.settings.hand_off {
            HandOff::Fair | HandOff::Random => 0,
            HandOff::Barging(_) => {
                let places = self.waiters.iter().enumerate();
                places.min_by_key(|(_, waiter)| waiter.since).map_or(0, |(place, _)| place)
            }
        }
    }

    /// The idle connections, the one returned first first.
    pub fn idle(&self) -> impl DoubleEndedIterator<Item = &Idle> {
        self.idle.iter().filter(|idle| !idle.conn.is_none())
    }

    /// An idle connection more than the (lowered) maximum allows.
    pub fn excess(&self) -> Option<Id<Conn>> {
        (self.open + self.dialling > self.settings.max).then(|| self.idle.front())?.map(|i| i.conn)
    }

    /// Open connections, idle ones, leased ones (leaked leases among them).
    pub fn counts(&self) -> PoolCounts {
        let idle = self.idle.len() as u32;
        PoolCounts {
            size: self.open - self.hollow,
            idle: idle - self.hollow,
            leased: self.open - idle,
            waiting: self.waiters.len() as u32,
            dialling: self.dialling,
        }
    }

    /// Connections open or being dialled, and places kept for them.
    #[inline]
    pub fn taken(&self) -> u32 {
        self.open + self.dialling
    }

    /// Leases that will never come back.
    pub fn lost_for_good(&self) -> u32 {
        if self.settings.reclaim_after.is_some() { 0 } else { self.leaked }
    }

    /// Places at most: as many as are allowed, or as were taken when fewer were allowed.
    pub fn most(&self) -> u32 {
        self.settings.max.max(self.before)
    }

    /// Whether another connection may be dialled.
    #[inline]
    pub fn has_room(&self) -> bool {
        self.open + self.dialling < self.settings.max
    }
}

/// How many of each a pool has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolCounts {
    /// Open connections.
    pub size: u32,
    /// Of these, not in use.
    pub idle: u32,
    /// Of these, in use or never returned.
    pub leased: u32,
    /// Callers in line.
    pub waiting: u32,
    /// Connections being dialled.
    pub dialling: u32,
}
