//! A bulkhead: so many calls at once, and a bounded line before them.

use std::collections::VecDeque;

use crate::model::client::Request;
use crate::model::slab::Id;
use crate::scenario;
use crate::units::Span;

/// One bulkhead of an instance: a fair semaphore.
#[derive(Clone, Debug)]
pub struct Bulkhead {
    max: u32,
    max_waiting: Option<u32>,
    /// How long a caller waits; `None` is for ever.
    pub wait_timeout: Option<Span>,
    out: u32,
    waiting: VecDeque<Id<Request>>,
}

/// What a bulkhead says to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permit {
    /// It may begin.
    Given,
    /// It may join the line.
    Wait,
    /// It fails at once.
    Refused,
}

impl Bulkhead {
    /// With nobody behind it.
    pub fn new(settings: &scenario::Bulkhead) -> Bulkhead {
        Bulkhead {
            max: settings.max,
            max_waiting: settings.max_waiting,
            wait_timeout: settings.wait_timeout,
            out: 0,
            waiting: VecDeque::new(),
        }
    }

    /// Other settings hold from now on. Who waits keeps its time.
    pub fn configure(&mut self, settings: &scenario::Bulkhead) {
        (self.max, self.max_waiting) = (settings.max, settings.max_waiting);
        self.wait_timeout = settings.wait_timeout;
    }

    /// A call wants to begin. Who is in line comes first.
    pub fn ask(&mut self) -> Permit {
        if self.out < self.max && self.waiting.is_empty() {
            self.out += 1;
            return Permit::Given;
        }
        let room = self.max_waiting.is_none_or(|most| self.waiting.len() < most as usize);
        if room && self.wait_timeout != Some(Span::ZERO) { Permit::Wait } else { Permit::Refused }
    }

    /// A call joins the line.
    pub fn wait(&mut self, who: Id<Request>) {
        self.waiting.push_back(who);
    }

    /// A call leaves the line.
    pub fn leave(&mut self, who: Id<Request>) {
        self.waiting.retain(|other| *other != who);
    }

    /// Nobody waits any more: the process ends.
    pub fn send_away(&mut self) {
        self.waiting.clear();
    }

    /// A call is over.
    pub fn give_back(&mut self) {
        self.out -= 1;
    }

    /// The first in line, if there is room for it; it has a permit then.
    pub fn next(&mut self) -> Option<Id<Request>> {
        if self.out >= self.max {
            return None;
        }
        let next = self.waiting.pop_front()?;
        self.out += 1;
        Some(next)
    }

    /// Permits out, and callers in line.
    pub fn counts(&self) -> (u32, usize) {
        (self.out, self.waiting.len())
    }
}
