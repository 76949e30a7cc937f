//! TIME_WAIT at a server, for connections that it closed first.

use std::collections::VecDeque;

use crate::units::{SimTime, Span};

/// Linux `TCP_TIMEWAIT_LEN`.
pub const TIME_WAIT: Span = Span::from_secs(60);

/// How long a closed socket waits for the other side to close (Linux `tcp_fin_timeout`).
pub const FIN_WAIT: Span = Span::from_secs(60);

/// The instants at which connections entered TIME_WAIT, in order: 8 bytes each.
#[derive(Debug, Default)]
pub struct TimeWaits {
    began: VecDeque<SimTime>,
}

impl TimeWaits {
    /// One more, unless the host keeps `most` already: then its state is dropped at once (Linux
    /// `tcp_max_tw_buckets`).
    #[inline]
    pub fn enter(&mut self, now: SimTime, most: u32) {
        self.expire(now);
        if self.began.len() < most as usize {
            self.began.push_back(now);
        }
    }

    /// How many there are at `now`.
    pub fn count(&mut self, now: SimTime) -> u32 {
        self.expire(now);
        self.began.len() as u32
    }

    #[inline]
    fn expire(&mut self, now: SimTime) {
        while self.began.front().is_some_and(|at| *at + TIME_WAIT <= now) {
            self.began.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_keeps_time_wait_for_a_minute_and_so_many_at_most() {
        let at = |s: u64| SimTime::ZERO + Span::from_secs(s);
        let mut waits = TimeWaits::default();
        for s in 0..100 {
            waits.enter(at(s), 40);
        }
        // Those of 0 to 39 s, and at 60 s the first makes room again.
        assert_eq!(waits.count(at(59)), 40);
        assert_eq!(waits.count(at(60)), 39 + 40 - 39);
    }
}
