//! Timeouts that share one length: a list in order of start, with one entry on the agenda.

use std::collections::VecDeque;

use crate::units::SimTime;

/// Below this length nothing is thrown out before it is due.
const FULL_MIN: usize = 1024;

/// Things that end at their instants unless they have ended before, in order.
///
/// Nothing is taken out when a thing ends in time: its entry is found out of date when it is due.
#[derive(Debug)]
pub struct Deadlines<T> {
    waiting: VecDeque<(SimTime, T)>,
    /// The instant that stands on the agenda.
    armed: Option<SimTime>,
    /// At this length those that are out of date are thrown out.
    full: usize,
}

impl<T: Copy> Deadlines<T> {
    /// None.
    pub fn new() -> Deadlines<T> {
        Deadlines { waiting: VecDeque::new(), armed: None, full: FULL_MIN }
    }

    /// Adds a deadline. Gives the instant to put on the agenda, if that must be done. Memory follows
    /// what is live: now and then those that are not are thrown out.
    #[inline]
    pub fn push(&mut self, at: SimTime, what: T, is_live: impl Fn(&T) -> bool) -> Option<SimTime> {
        if self.waiting.len() >= self.full {
            self.waiting.retain(|(_, what)| is_live(what));
            self.full = FULL_MIN.max(2 * self.waiting.len());
        }
        // After the length was shortened a new deadline can come before old ones: keep the order.
        let later = self.waiting.iter().rev().take_while(|(other, _)| *other > at).count();
        self.waiting.insert(self.waiting.len() - later, (at, what));
        self.arm()
    }

    /// Whether `now` is the instant that stands on the agenda, and not one it replaced; if so,
    /// nothing stands there any more.
    pub fn is_due(&mut self, now: SimTime) -> bool {
        let due = self.armed == Some(now);
        if due {
            self.armed = None;
        }
        due
    }

    /// Takes one of those due by `now`.
    pub fn take(&mut self, now: SimTime) -> Option<T> {
        let (at, _) = self.waiting.front()?;
        if *at > now {
            return None;
        }
        self.waiting.pop_front().map(|(_, what)| what)
    }

    /// Drops those at the front that are out of date, and gives the instant to put on the agenda.
    pub fn rearm(&mut self, is_live: impl Fn(&T) -> bool) -> Option<SimTime> {
        while self.waiting.front().is_some_and(|(_, what)| !is_live(what)) {
            self.waiting.pop_front();
        }
        self.arm()
    }

    #[inline]
    fn arm(&mut self) -> Option<SimTime> {
        let first = self.waiting.front()?.0;
        if self.armed.is_some_and(|armed| armed <= first) {
            return None;
        }
        self.armed = Some(first);
        self.armed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deadlines_come_in_order_even_when_the_length_was_shortened() {
        let at = SimTime::from_ns;
        let mut deadlines = Deadlines::new();
        assert_eq!(deadlines.push(at(100), 'a', |_| true), Some(at(100)));
        assert_eq!(deadlines.push(at(200), 'b', |_| true), None);
        assert_eq!(deadlines.push(at(50), 'c', |_| true), Some(at(50)));
        assert!(deadlines.is_due(at(50)));
        assert_eq!((deadlines.take(at(50)), deadlines.take(at(50))), (Some('c'), None));
        assert_eq!(deadlines.rearm(|what| *what != 'a'), Some(at(200)));
        assert!(!deadlines.is_due(at(100)), "the instant that was replaced means nothing");
        assert!(deadlines.is_due(at(200)));
        assert_eq!(deadlines.take(at(200)), Some('b'));
        assert_eq!(deadlines.rearm(|_| true), None);
        assert_eq!(deadlines.push(at(400), 'd', |_| true), Some(at(400)));
    }

    #[test]
    fn memory_follows_what_is_live() {
        let mut deadlines = Deadlines::new();
        for n in 0..100_000u64 {
            let _ = deadlines.push(SimTime::from_ns(1_000_000 + n), n, |what| what + 10 > n);
        }
        assert!(deadlines.waiting.len() <= FULL_MIN, "{}", deadlines.waiting.len());
    }
}
