//! Calls counted over a window, in memory of fixed size.

use crate::scenario::WindowOver;
use crate::units::{SimTime, Span};

/// Calls, and of these two kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// All.
    pub calls: u32,
    /// Those that failed; at a throttle those that succeeded.
    pub marked: u32,
    /// Those that were slow.
    pub slow: u32,
}

impl Tally {
    /// One call.
    pub fn one(marked: bool, slow: bool) -> Tally {
        Tally { calls: 1, marked: marked.into(), slow: slow.into() }
    }

    /// Adds these.
    pub fn add(&mut self, other: Tally) {
        self.calls += other.calls;
        self.marked += other.marked;
        self.slow += other.slow;
    }

    fn take_off(&mut self, other: Tally) {
        self.calls -= other.calls;
        self.marked -= other.marked;
        self.slow -= other.slow;
    }
}

/// The calls of the time just past, in buckets that begin at whole multiples of their width.
#[derive(Clone, Debug)]
pub struct Buckets {
    width: Span,
    ring: Vec<Tally>,
    sum: Tally,
    /// The number of the present bucket.
    at: u64,
}

impl Buckets {
    /// No calls yet.
    pub fn new(length: Span, buckets: u32) -> Buckets {
        let width = Span::from_ns((length.as_ns() / u64::from(buckets)).max(1));
        let ring = vec![Tally::default(); buckets as usize];
        Buckets { width, ring, sum: Tally::default(), at: 0 }
    }

    /// The sum over the window at `now`.
    pub fn sum(&mut self, now: SimTime) -> Tally {
        self.roll_to(self.number(now));
        self.sum
    }

    /// Counts calls at `now`.
    pub fn add(&mut self, now: SimTime, calls: Tally) {
        self.roll_to(self.number(now));
        let present = (self.at % self.ring.len() as u64) as usize;
        self.ring[present].add(calls);
        self.sum.add(calls);
    }

    /// The end of the present bucket and the sum before it, if that end is not after `now`; the next
    /// bucket is then the present one.
    pub fn pass_end(&mut self, now: SimTime) -> Option<(SimTime, Tally)> {
        let number = self.number(now);
        if self.sum == Tally::default() {
            self.roll_to(number);
        }
        if self.at >= number {
            return None;
        }
        let before = self.sum;
        self.roll_to(self.at + 1);
        Some((SimTime::from_ns(self.at.saturating_mul(self.width.as_ns())), before))
    }

    /// Forgets all calls.
    pub fn clear(&mut self) {
        self.ring.fill(Tally::default());
        self.sum = Tally::default();
    }

    fn number(&self, at: SimTime) -> u64 {
        at.as_ns() / self.width.as_ns()
    }

    fn roll_to(&mut self, number: u64) {
        let len = self.ring.len() as u64;
        let steps = number.saturating_sub(self.at).min(len);
        for step in 1..=steps {
            // Beyond a whole turn every bucket is emptied once, whichever comes first.
            let gone = std::mem::take(&mut self.ring[((self.at + step) % len) as usize]);
            self.sum.take_off(gone);
        }
        self.at = self.at.max(number);
    }
}

/// The calls that a breaker looks at.
#[derive(Clone, Debug)]
pub enum Window {
    /// The last so many, each as its marks; `next` is the place of the oldest once all are taken.
    Last {
        /// One byte for each call: 1 is a failure, 2 a slow call.
        ring: Vec<u8>,
        /// Where the next one goes.
        next: usize,
        /// All of them.
        sum: Tally,
    },
    /// Those of the time just past.
    Time(Buckets),
}

const FAILED: u8 = 1;
const SLOW: u8 = 2;

impl Window {
    /// No calls yet.
    pub fn new(over: WindowOver) -> Window {
        match over {
            WindowOver::Calls(calls) => {
                Window::Last { ring: vec![0; calls as usize], next: 0, sum: Tally::default() }
            }
            WindowOver::Time { length, buckets } => Window::Time(Buckets::new(length, buckets)),
        }
    }

    /// Counts a call that ends at `now`.
    pub fn add(&mut self, now: SimTime, failed: bool, slow: bool) {
        let call = Tally::one(failed, slow);
        match self {
            Window::Time(buckets) => buckets.add(now, call),
            Window::Last { ring, next, sum } => {
                let mark = if failed { FAILED } else { 0 } | if slow { SLOW } else { 0 };
                let gone = std::mem::replace(&mut ring[*next], mark);
                if sum.calls as usize == ring.len() {
                    sum.take_off(Tally::one(gone & FAILED != 0, gone & SLOW != 0));
                }
                sum.add(call);
                *next = (*next + 1) % ring.len();
            }
        }
    }

    /// The sum over the window at `now`.
    pub fn sum(&mut self, now: SimTime) -> Tally {
        match self {
            Window::Time(buckets) => buckets.sum(now),
            Window::Last { sum, .. } => *sum,
        }
    }

    /// Forgets all calls.
    pub fn clear(&mut self) {
        match self {
            Window::Time(buckets) => buckets.clear(),
            Window::Last { next, sum, .. } => (*next, *sum) = (0, Tally::default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_of_calls_holds_the_last_ones() {
        let (now, mut window) = (SimTime::ZERO, Window::new(WindowOver::Calls(3)));
        for failed in [true, true, false, true, false, false] {
            window.add(now, failed, !failed);
        }
        assert_eq!(window.sum(now), Tally { calls: 3, marked: 1, slow: 2 });
        window.clear();
        window.add(now, true, false);
        assert_eq!(window.sum(now), Tally { calls: 1, marked: 1, slow: 0 });
    }

    /// Four buckets of a second: what happened in the second before the last three is gone.
    #[test]
    fn a_window_of_time_forgets_bucket_by_bucket() {
        let at = |ms: u64| SimTime::from_ns(ms * 1_000_000);
        let mut buckets = Buckets::new(Span::from_secs(4), 4);
        for ms in [0, 500, 1_000, 3_999] {
            buckets.add(at(ms), Tally::one(true, false));
        }
        let mut calls = |ms| buckets.sum(at(ms)).calls;
        assert_eq!([3_999, 4_000, 4_999, 5_000, 6_999, 7_000].map(&mut calls), [4, 2, 2, 1, 1, 0]);
        assert_eq!(calls(u64::from(u32::MAX)), 0);
        buckets.add(at(5_000_000_000), Tally::one(false, false));
        assert_eq!(buckets.sum(at(5_000_000_000)), Tally::one(false, false));
    }

    #[test]
    fn ends_of_buckets_are_passed_one_by_one_with_what_came_before() {
        let at = |ms: u64| SimTime::from_ns(ms * 1_000_000);
        let mut buckets = Buckets::new(Span::from_secs(2), 2);
        buckets.add(at(500), Tally::one(true, false));
        assert_eq!(buckets.pass_end(at(999)), None);
        let end = |buckets: &mut Buckets| {
            buckets.pass_end(at(9_000)).map(|(at, sum)| (at.as_ns() / 1_000_000, sum.calls))
        };
        assert_eq!(end(&mut buckets), Some((1_000, 1)));
        assert_eq!(end(&mut buckets), Some((2_000, 1)));
        assert_eq!(end(&mut buckets), None, "the rest is empty");
    }
}
