//! Ephemeral ports of one source address towards one server, and TIME_WAIT.

use std::collections::VecDeque;

use crate::scenario::Process;
use crate::units::{SimTime, Span};

/// How old a TIME_WAIT entry must be before `tcp_tw_reuse` lets a new connection take its port
/// (Linux `tcp_twsk_unique`: the timestamp must have advanced by a second).
const REUSE_AFTER: Span = Span::from_secs(1);

/// The ports of one instance towards one server: a count of those in use, and the instants at which
/// those in TIME_WAIT come free (8 bytes each, in order, since TIME_WAIT has one length).
#[derive(Debug)]
pub struct Ports {
    total: u32,
    in_use: u32,
    reuse: bool,
    time_wait: Span,
    /// When each TIME_WAIT began.
    waiting: VecDeque<SimTime>,
}

impl Ports {
    /// All ports free, with the range and the rules of `process`.
    pub fn new(process: &Process) -> Ports {
        let mut ports = Ports {
            total: 0,
            in_use: 0,
            reuse: false,
            time_wait: Span::ZERO,
            waiting: VecDeque::new(),
        };
        ports.configure(process);
        ports
    }

    /// Changes the range and the rules; ports in use stay in use.
    pub fn configure(&mut self, process: &Process) {
        self.total = u32::from(process.port_last) - u32::from(process.port_first) + 1;
        self.reuse = process.tw_reuse;
        self.time_wait = process.time_wait;
    }

    /// Takes a port for a new connection; false when there is none (EADDRNOTAVAIL).
    ///
    /// A free port is preferred to one in TIME_WAIT; of those the oldest is taken.
    #[inline]
    pub fn take(&mut self, now: SimTime) -> bool {
        self.expire(now);
        if self.in_use + self.waiting.len() as u32 >= self.total {
            let reusable =
                self.reuse && self.waiting.front().is_some_and(|at| *at + REUSE_AFTER <= now);
            if !reusable {
                return false;
            }
            self.waiting.pop_front();
        }
        self.in_use += 1;
        true
    }

    /// Gives a port back at once: the server closed first, or nothing was ever answered.
    #[inline]
    pub fn release(&mut self) {
        self.in_use -= 1;
    }

    /// Gives a port back through TIME_WAIT: the client closed first.
    #[inline]
    pub fn release_to_time_wait(&mut self, now: SimTime) {
        self.in_use -= 1;
        if !self.time_wait.is_zero() {
            self.waiting.push_back(now);
        }
    }

    /// How many ports there are.
    pub fn total(&self) -> u32 {
        self.total
    }

    /// Ports in TIME_WAIT at `now`.
    pub fn in_time_wait(&mut self, now: SimTime) -> u32 {
        self.expire(now);
        self.waiting.len() as u32
    }

    /// The same, with the clock left as it is.
    pub fn still_waiting(&self, now: SimTime) -> u32 {
        let over = self.waiting.partition_point(|at| *at + self.time_wait <= now);
        (self.waiting.len() - over) as u32
    }

    /// Ports held by open sockets.
    pub fn in_use(&self) -> u32 {
        self.in_use
    }

    #[inline]
    fn expire(&mut self, now: SimTime) {
        while self.waiting.front().is_some_and(|at| *at + self.time_wait <= now) {
            self.waiting.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::SynRetries;
    use crate::units::Bytes;

    fn process(tw_reuse: bool) -> Process {
        Process {
            nofile: 1000,
            port_first: 32_768,
            port_last: 32_867,
            tw_reuse,
            time_wait: Span::from_secs(60),
            memory_base: Bytes(0),
            memory_per_socket: Bytes(0),
            memory_per_leak: Bytes(0),
            memory_per_request: Bytes(0),
            memory_limit: Bytes(u64::MAX),
            cpu: crate::scenario::ProcessCpu::UNUSED,
            restart_after: Span::ZERO,
            start_after: Span::ZERO,
            start: crate::scenario::AtStart::FREE,
            backoff: None,
            cold: crate::scenario::Cold::NEVER,
            syn_retries: SynRetries::Linear,
            entrance: crate::scenario::Entrance::OPEN,
        }
    }

    fn at(s: f64) -> SimTime {
        SimTime::ZERO + Span::from_secs_f64(s)
    }

    /// Measured with 100 ports: closed by the client first, the 101st dial fails, still fails at
    /// 45 s, and all are free at 62 s; closed by the server first, 300 of 300 work.
    #[test]
    fn time_wait_holds_ports_only_where_the_client_closed_first() {
        let mut ports = Ports::new(&process(false));
        for _ in 0..100 {
            assert!(ports.take(at(0.0)));
            ports.release_to_time_wait(at(0.0));
        }
        assert!(!ports.take(at(0.1)) && !ports.take(at(45.0)) && !ports.take(at(59.999)));
        assert_eq!(ports.in_time_wait(at(62.0)), 0);
        for _ in 0..300 {
            assert!(ports.take(at(62.0)));
            ports.release();
        }
    }

    #[test]
    fn reuse_frees_a_port_after_a_second() {
        let mut ports = Ports::new(&process(true));
        for _ in 0..100 {
            assert!(ports.take(at(0.0)));
            ports.release_to_time_wait(at(0.0));
        }
        assert!(!ports.take(at(0.999)));
        assert!(ports.take(at(1.0)));
        assert_eq!((ports.in_use(), ports.in_time_wait(at(1.0))), (1, 99));
    }
}
