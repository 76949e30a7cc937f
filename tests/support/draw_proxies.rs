//! Proxies in drawn scenarios: every mode, small pools, one behind the other.

use highwater::scenario::*;
use highwater::units::Span;

use super::Draw;

impl Draw {
    /// Puts proxies in front of servers, in one scenario of three.
    pub(super) fn proxies(&mut self, settings: &mut Settings) {
        if !self.one_in(3) {
            return;
        }
        for index in 0..settings.servers.len() {
            let mut front = index;
            for _ in 0..self.between(0, 2) {
                let behind = settings.servers.len();
                let drawn = self.server(&format!("s{behind}"));
                settings.servers.push(drawn);
                settings.servers[front].proxy = Some(self.proxy(behind));
                front = behind;
            }
        }
    }

    pub(super) fn proxy(&mut self, to: usize) -> Proxy {
        Proxy {
            to,
            mode: self.of(&[
                ProxyMode::OneToOne,
                ProxyMode::Session,
                ProxyMode::Transaction,
                ProxyMode::Statement,
                ProxyMode::Multiplexed,
            ]),
            connections: Some(self.of(&[1, 2, 20, 1000])),
            // Leaked sessions may never end, so nobody waits for ever.
            queue_timeout: Some(self.of(&[Span::ZERO, Span::from_ns(1), Span::from_secs(1)])),
            connect_timeout: self.maybe(1_000.0, 2e6),
            dials_at_once: self.of(&[None, Some(1), Some(3)]),
            retry_after: self.span(1_000.0, 2e6),
            retries: self.below(3),
            idle_timeout: self.maybe(1_000.0, 1e7),
            max_lifetime: self.maybe(1_000.0, 1e7),
            answers_ping: self.one_in(2),
            retry: self.retry(),
        }
    }
}
