//! The queue of connections that the kernel has set up and the server has not accepted.

use std::collections::VecDeque;

use crate::units::SimTime;

/// What became of a connection that reached the listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    /// It waits to be accepted; for the client it is established.
    Queued,
    /// The queue was full when the SYN came: it was dropped without a word, the client will repeat
    /// it.
    Dropped,
    /// The queue has filled since the SYN was answered: the last packet of the handshake is dropped,
    /// and the client believes itself connected (Linux `tcp_check_req`).
    Unheard,
}

/// First in, first out, and full at min(backlog, somaxconn) + 1: Linux compares with "greater
/// than" (`include/net/sock.h`, `sk_acceptq_is_full`).
#[derive(Debug)]
pub struct AcceptQueue<T> {
    waiting: VecDeque<T>,
    capacity: usize,
    /// When it was full last: from here,
    full_from: SimTime,
    /// and until here; never, while it is.
    full_to: SimTime,
}

impl<T> AcceptQueue<T> {
    /// An empty queue of a listener with this backlog, under the kernel's cap.
    pub fn new(backlog: u32, somaxconn: u32) -> AcceptQueue<T> {
        AcceptQueue {
            waiting: VecDeque::new(),
            capacity: capacity(backlog, somaxconn),
            full_from: SimTime::ZERO,
            full_to: SimTime::ZERO,
        }
    }

    /// Changes the capacity; what waits stays.
    pub fn resize(&mut self, backlog: u32, somaxconn: u32, now: SimTime) {
        self.capacity = capacity(backlog, somaxconn);
        match (self.waiting.len() >= self.capacity, self.full_to == SimTime::NEVER) {
            (true, false) => (self.full_from, self.full_to) = (now, SimTime::NEVER),
            (false, true) => self.full_to = now,
            _ => {}
        }
    }

    /// The last packet of a handshake comes at `now`, whose SYN came at `syn_at`.
    ///
    /// Of several times at which the queue was full between the two the last is known: enough, but
    /// where it fills and empties within two delays of the network.
    #[inline]
    pub fn offer(&mut self, conn: T, now: SimTime, syn_at: SimTime) -> Offer {
        if syn_at < self.full_to && syn_at >= self.full_from {
            return Offer::Dropped;
        }
        if self.waiting.len() >= self.capacity {
            return Offer::Unheard;
        }
        self.waiting.push_back(conn);
        if self.waiting.len() >= self.capacity {
            (self.full_from, self.full_to) = (now, SimTime::NEVER);
        }
        Offer::Queued
    }

    /// The connection that has waited longest.
    #[inline]
    pub fn accept(&mut self, now: SimTime) -> Option<T> {
        let first = self.waiting.pop_front();
        if self.full_to == SimTime::NEVER && self.waiting.len() < self.capacity {
            self.full_to = now;
        }
        first
    }

    /// All that wait, the first first.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.waiting.iter()
    }

    /// The listener is closed: nobody waits any more.
    pub fn clear(&mut self) {
        self.waiting.clear();
        (self.full_from, self.full_to) = (SimTime::ZERO, SimTime::ZERO);
    }

    /// How many wait.
    #[inline]
    pub fn len(&self) -> usize {
        self.waiting.len()
    }
}

fn capacity(backlog: u32, somaxconn: u32) -> usize {
    backlog.min(somaxconn) as usize + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: SimTime = SimTime::ZERO;

    /// Measured on Linux 6.18: a backlog of 5 holds 6 connections, 511 holds 512.
    #[test]
    fn a_backlog_of_n_holds_one_more() {
        for (backlog, somaxconn, holds) in [(5, 4096, 6), (511, 4096, 512), (511, 128, 129)] {
            let mut queue = AcceptQueue::new(backlog, somaxconn);
            let queued = (0..1000).take_while(|i| queue.offer(*i, NOW, NOW) == Offer::Queued);
            assert_eq!(queued.count(), holds);
            assert_eq!(queue.accept(NOW), Some(0));
            assert_eq!(queue.offer(1000, NOW, NOW), Offer::Queued);
            assert_eq!(queue.offer(1001, NOW, NOW), Offer::Dropped);
        }
    }

    /// A queue for one: full from 10 to 20 and from 30 to 40.
    #[test]
    fn the_syn_and_the_last_packet_each_meet_the_queue_of_their_own_instant() {
        let at = SimTime::from_ns;
        let mut queue = AcceptQueue::new(0, 4096);
        assert_eq!(queue.offer('a', at(10), at(8)), Offer::Queued);
        assert_eq!(queue.offer('b', at(11), at(9)), Offer::Unheard, "it has filled since");
        assert_eq!(queue.offer('c', at(12), at(10)), Offer::Dropped, "it was full");
        assert_eq!(queue.accept(at(20)), Some('a'));
        assert_eq!(queue.offer('d', at(21), at(19)), Offer::Dropped, "it was full");
        assert_eq!(queue.offer('e', at(30), at(20)), Offer::Queued);
        queue.resize(1, 4096, at(40));
        assert_eq!(queue.offer('f', at(41), at(39)), Offer::Dropped, "it was full");
        assert_eq!(queue.offer('g', at(42), at(40)), Offer::Queued);
        assert_eq!(queue.offer('h', at(43), at(43)), Offer::Dropped, "two fill it");
        queue.clear();
        assert_eq!(queue.offer('i', at(44), at(43)), Offer::Queued);
    }
}
