//! The CPU of a process: an event loop on its cores.
//!
//! # Source
//!
//! An event loop looks at its timers, then takes what the poll of its sockets gives, at most so many
//! events, and looks at its timers again: libuv `uv_run` and `uv__io_poll` (1,024 events), tokio
//! `event_interval`.

use std::collections::VecDeque;

use crate::model::client::Request;
use crate::model::slab::Id;
use crate::units::{SimTime, Span};

/// A piece of work, and for whom.
#[derive(Clone, Copy, Debug)]
pub struct Work {
    /// Who goes on when it is done.
    pub request: Id<Request>,
    /// The CPU time it takes.
    pub cost: Span,
}

/// What made a piece of work due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// A clock: an arrival, the end of a pause or of a hold.
    Timer,
    /// Something to read on a socket.
    Socket,
}

/// The cores of a process and the work that waits for them.
#[derive(Debug)]
pub struct Cores {
    /// How many there are; none where nothing waits for them.
    cores: u32,
    /// Socket events that are taken before timers are looked at again.
    per_turn: u32,
    /// Those at work.
    busy: u32,
    timers: VecDeque<Work>,
    sockets: VecDeque<Work>,
    /// Which of the two the loop is at, and how many more of those it has seen it will take.
    at_sockets: bool,
    left: u32,
    /// Work that goes on without a wait, of the request in hand.
    in_hand: Id<Request>,
    next: Option<Work>,
    /// CPU time spent on the side, to be added to the next piece of work.
    owed: Span,
    /// CPU time of the work begun since the autoscaler looked.
    spent: Span,
    /// No work gets on until then.
    stalled_until: SimTime,
}

impl Cores {
    /// None: nothing waits.
    pub fn none() -> Cores {
        Cores {
            cores: 0,
            per_turn: 1,
            busy: 0,
            timers: VecDeque::new(),
            sockets: VecDeque::new(),
            at_sockets: false,
            left: 0,
            in_hand: Id::NONE,
            next: None,
            owed: Span::ZERO,
            spent: Span::ZERO,
            stalled_until: SimTime::ZERO,
        }
    }

    /// So many from now on, with so many socket events in a turn.
    pub fn resize(&mut self, cores: u32, per_turn: u32) {
        (self.cores, self.per_turn) = (cores, per_turn);
    }

    /// Whether work waits for a core here.
    #[inline]
    pub fn are_counted(&self) -> bool {
        self.cores > 0
    }

    /// Puts work in line; work that follows on other work of the same request goes on at once. What
    /// begins now is given back, with the instant at which it is done.
    pub fn put(&mut self, work: Work, due: Due, now: SimTime) -> Option<(Work, SimTime)> {
        if work.request == self.in_hand {
            self.next = Some(work);
            return None;
        }
        match due {
            Due::Timer => self.timers.push_back(work),
            Due::Socket => self.sockets.push_back(work),
        }
        self.begin(now)
    }

    /// A request's work is done: what it does now without a wait goes on at once.
    pub fn take_in_hand(&mut self, request: Id<Request>) {
        self.in_hand = request;
    }

    /// Whether what `request` does without a wait goes on at once.
    pub fn has_in_hand(&self, request: Id<Request>) -> bool {
        self.in_hand == request
    }

    /// The core that had the request in hand is free for what comes next.
    pub fn let_go(&mut self, now: SimTime) -> Option<(Work, SimTime)> {
        self.in_hand = Id::NONE;
        self.busy -= 1;
        if self.busy >= self.cores.max(1) {
            // Cores have been taken away: this one, and the work that would have gone on there.
            self.timers.extend(self.next.take());
        }
        self.begin(now)
    }

    /// CPU time spent on the side.
    pub fn owe(&mut self, cost: Span) {
        self.owed = self.owed + cost;
    }

    /// Nothing gets on for `length`, after what is known to stall it already.
    pub fn stall(&mut self, now: SimTime, length: Span) {
        self.stalled_until = self.stalled_until.max(now) + length;
    }

    /// CPU time of the work begun since this was last asked.
    pub fn spent_since_look(&mut self) -> Span {
        std::mem::take(&mut self.spent)
    }

    /// How much work is in line or under way; some of it may be that of requests that have ended.
    ///
    /// # Errors
    ///
    /// Work is in line while a core is free: a mistake of the program.
    pub fn check(&self) -> Result<usize, String> {
        let in_line = self.timers.len() + self.sockets.len();
        if in_line > 0 && self.busy < self.cores {
            return Err(format!("{in_line} pieces of work wait while a core is free"));
        }
        Ok(in_line + self.busy as usize)
    }

    /// Begins the next piece of work, if a core is free for it.
    fn begin(&mut self, now: SimTime) -> Option<(Work, SimTime)> {
        if self.busy >= self.cores.max(1) {
            return None;
        }
        let work = self.next.take().or_else(|| self.next_in_turn())?;
        self.busy += 1;
        let cost = work.cost + std::mem::take(&mut self.owed);
        self.spent = self.spent + cost;
        Some((work, now.max(self.stalled_until) + cost))
    }

    fn next_in_turn(&mut self) -> Option<Work> {
        // From one kind to the other, and once more where the other has nothing.
        for _ in 0..2 {
            if self.left > 0 {
                break;
            }
            self.at_sockets = !self.at_sockets;
            self.left = if self.at_sockets {
                (self.sockets.len() as u32).min(self.per_turn)
            } else {
                self.timers.len() as u32
            };
        }
        let line = if self.at_sockets { &mut self.sockets } else { &mut self.timers };
        self.left = self.left.checked_sub(1)?;
        line.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::slab::Slab;

    /// Plays work on cores: (when it comes, what made it due, its cost), in milliseconds, to the order
    /// in which it is done and when.
    fn play(cores: u32, per_turn: u32, work: &[(u64, Due, u64)]) -> Vec<(usize, u64)> {
        let ms = |ms: u64| Span::from_ns(ms * 1_000_000);
        let at = |t: u64| SimTime::ZERO + ms(t);
        let mut ids = Slab::<Request>::places_for_tests(work.len());
        let (mut line, mut running, mut done) = (Cores::none(), Vec::new(), Vec::new());
        line.resize(cores, per_turn);
        let mut next = 0;
        loop {
            running.sort_by_key(|(_, until)| *until);
            let first: Option<(Work, SimTime)> = running.first().copied();
            let comes = work.get(next).map(|(t, ..)| at(*t));
            let began = match (first, comes) {
                (None, None) => return done,
                (Some((w, until)), comes) if comes.is_none_or(|comes| until <= comes) => {
                    running.remove(0);
                    let number = ids.iter().position(|id| *id == w.request).unwrap_or(0);
                    done.push((number, until.as_ns() / 1_000_000));
                    line.take_in_hand(w.request);
                    line.let_go(until)
                }
                _ => {
                    let (t, due, cost) = work[next];
                    let w = Work { request: ids[next], cost: ms(cost) };
                    next += 1;
                    line.put(w, due, at(t))
                }
            };
            running.extend(began);
            ids.truncate(work.len());
        }
    }

    use Due::{Socket, Timer};

    #[test]
    fn one_kind_of_work_is_served_in_order_on_whichever_core_is_free() {
        let work = [(0, Timer, 10), (0, Timer, 4), (5, Timer, 4), (100, Timer, 3)];
        assert_eq!(play(1, 9, &work), [(0, 10), (1, 14), (2, 18), (3, 103)]);
        assert_eq!(play(2, 9, &work), [(1, 4), (2, 9), (0, 10), (3, 103)]);
    }

    /// What becomes due in the middle of a turn waits for the next: timer 3 comes after the sockets
    /// that were readable before, and with two events in a turn it comes before the third.
    #[test]
    fn timers_and_sockets_take_turns() {
        let work = [
            (0, Timer, 10),
            (1, Socket, 1),
            (1, Socket, 1),
            (1, Socket, 1),
            (2, Timer, 5),
            (11, Timer, 5),
        ];
        let order = |per_turn| play(1, per_turn, &work).iter().map(|(n, _)| *n).collect::<Vec<_>>();
        assert_eq!(order(9), [0, 1, 2, 3, 4, 5]);
        assert_eq!(order(2), [0, 1, 2, 4, 5, 3]);
    }

    #[test]
    fn a_stall_delays_what_begins_in_it() {
        let (ms, mut one) = (|ms: u64| Span::from_ns(ms * 1_000_000), Cores::none());
        let at = |t: u64| SimTime::ZERO + ms(t);
        one.resize(1, 9);
        one.stall(at(5), ms(100));
        let ids = Slab::<Request>::places_for_tests(1);
        let began = one.put(Work { request: ids[0], cost: ms(7) }, Timer, at(6));
        assert_eq!(began.map(|(_, done)| done), Some(at(112)));
    }
}
