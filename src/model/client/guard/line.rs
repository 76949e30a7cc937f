//! The entrance of an instance: a bucket of tokens, and a bounded line of requests that wait for
//! others to end.

use std::collections::VecDeque;

use crate::model::client::Request;
use crate::model::slab::Id;
use crate::scenario::{Entrance, RequestQueue, TokenBucket};
use crate::units::SimTime;

/// Who stands at the entrance of an instance.
#[derive(Clone, Debug, Default)]
pub struct Line {
    waiting: VecDeque<Id<Request>>,
    /// Requests that came while the process stood still, and have not been looked at.
    pub late: u32,
    /// Whether there is a bucket, the tokens in it, and when they were last counted.
    limited: bool,
    tokens: f64,
    counted: SimTime,
}

impl Line {
    /// Nobody; the bucket is full.
    pub fn new(entrance: &Entrance, now: SimTime) -> Line {
        let mut line = Line { counted: now, ..Line::default() };
        line.configure(entrance);
        line
    }

    /// Other settings hold from now on. A new bucket is full.
    pub fn configure(&mut self, entrance: &Entrance) {
        let burst = entrance.rate_limit.map(|bucket| f64::from(bucket.burst));
        if let (false, Some(burst)) = (self.limited, burst) {
            self.tokens = burst;
        }
        self.limited = burst.is_some();
    }

    /// Whether nobody waits.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Requests at work, of `in_flight` at the instance.
    pub fn at_work(&self, in_flight: u32) -> u32 {
        in_flight - self.waiting.len() as u32 - self.late
    }

    /// Takes a token, if there is one.
    pub fn take_token(&mut self, bucket: &TokenBucket, now: SimTime) -> bool {
        let came = now.since(self.counted).as_secs_f64() * bucket.rate.as_per_second();
        self.tokens = (self.tokens + came).min(bucket.burst.into());
        self.counted = now;
        let has = self.tokens >= 1.0;
        self.tokens -= if has { 1.0 } else { 0.0 };
        has
    }

    /// Whether there is room for one more.
    pub fn has_room(&self, queue: &RequestQueue) -> bool {
        self.waiting.len() < queue.max as usize
    }

    /// A request joins.
    pub fn wait(&mut self, who: Id<Request>) {
        self.waiting.push_back(who);
    }

    /// A request leaves.
    pub fn leave(&mut self, who: Id<Request>) {
        // Those who have waited longest are first, and mostly it is they who leave.
        if let Some(place) = self.waiting.iter().position(|other| *other == who) {
            self.waiting.remove(place);
        }
    }

    /// The next one.
    pub fn next(&mut self, queue: &RequestQueue) -> Option<Id<Request>> {
        if queue.lifo { self.waiting.pop_back() } else { self.waiting.pop_front() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{Rate, Span};

    /// Two tokens at the start, ten a second after that; never more than two.
    #[test]
    fn tokens_come_at_their_rate_up_to_the_burst() {
        let bucket = TokenBucket { rate: Rate::per_second(10.0).expect("a rate"), burst: 2 };
        let entrance = Entrance { rate_limit: Some(bucket), ..Entrance::OPEN };
        let mut line = Line::new(&entrance, SimTime::ZERO);
        let mut at =
            |ms: u64| line.take_token(&bucket, SimTime::ZERO + Span::from_ns(ms * 1_000_000));
        assert_eq!(
            [0, 0, 0, 50, 100, 150, 200].map(&mut at),
            [true, true, false, false, true, false, true]
        );
        assert_eq!([9_000, 9_000, 9_000].map(at), [true, true, false]);
    }
}
