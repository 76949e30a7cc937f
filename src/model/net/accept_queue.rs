//! The queue of connections that the kernel has set up and the server has not accepted.

use std::collections::VecDeque;

/// What became of a connection that reached the listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    /// It waits to be accepted; for the client it is established.
    Queued,
    /// The queue is full: the packet is dropped without a word, the client will repeat it.
    Dropped,
}

/// First in, first out, and full at min(backlog, somaxconn) + 1: Linux compares with "greater
/// than" (`include/net/sock.h`, `sk_acceptq_is_full`).
#[derive(Debug)]
pub struct AcceptQueue<T> {
    waiting: VecDeque<T>,
    capacity: usize,
}

impl<T> AcceptQueue<T> {
    /// An empty queue of a listener with this backlog, under the kernel's cap.
    pub fn new(backlog: u32, somaxconn: u32) -> AcceptQueue<T> {
        AcceptQueue { waiting: VecDeque::new(), capacity: capacity(backlog, somaxconn) }
    }

    /// Changes the capacity; what waits stays.
    pub fn resize(&mut self, backlog: u32, somaxconn: u32) {
        self.capacity = capacity(backlog, somaxconn);
    }

    /// A connection asks to be queued.
    #[inline]
    pub fn offer(&mut self, conn: T) -> Offer {
        if self.waiting.len() >= self.capacity {
            return Offer::Dropped;
        }
        self.waiting.push_back(conn);
        Offer::Queued
    }

    /// The connection that has waited longest.
    #[inline]
    pub fn accept(&mut self) -> Option<T> {
        self.waiting.pop_front()
    }

    /// All that wait, the first first.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.waiting.iter()
    }

    /// The listener is closed: nobody waits any more.
    pub fn clear(&mut self) {
        self.waiting.clear();
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

    /// Measured on Linux 6.18: a backlog of 5 holds 6 connections, 511 holds 512.
    #[test]
    fn a_backlog_of_n_holds_one_more() {
        for (backlog, somaxconn, holds) in [(5, 4096, 6), (511, 4096, 512), (511, 128, 129)] {
            let mut queue = AcceptQueue::new(backlog, somaxconn);
            let queued = (0..1000).take_while(|i| queue.offer(*i) == Offer::Queued).count();
            assert_eq!(queued, holds);
            assert_eq!(queue.accept(), Some(0));
            assert_eq!(queue.offer(1000), Offer::Queued);
            assert_eq!(queue.offer(1001), Offer::Dropped);
        }
    }
}
