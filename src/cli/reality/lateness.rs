//! How late a live run was, and whether what differs can be blamed on the simulation.

use highwater::claims::amount;
use highwater::units::{Span, Unit};
use serde_json::{Value, json};

/// Later than this nobody may have been: a period of the server's cron.
const LATE_MAX: Span = Span::from_ns(100_000_000);
/// The mean wait for a core, at most. A server that closes idle clients in 30 to 60 calls, one after
/// the other, is then 60 ms late at the most.
const WAIT_MAX: Span = Span::from_ns(1_000_000);

/// How late everybody was.
#[derive(Debug, Default)]
pub struct Lateness {
    /// How late, in microseconds, the driver did each thing that was due; sorted.
    pub driver_us: Vec<u64>,
    /// How late the operator was at most, or the server with an answer to it.
    pub operator: Span,
    /// The driver's mean wait for a core.
    pub driver_wait: Span,
    /// The server's mean wait for a core.
    pub server_wait: Span,
}

impl Lateness {
    /// The latest that anybody was, for as much as is put up with.
    pub fn put_up_with(&self) -> Span {
        self.worst().min(LATE_MAX)
    }

    /// Whether the machine was too busy to judge by what differs.
    pub fn is_too_much(&self) -> bool {
        self.worst() > LATE_MAX || self.driver_wait.max(self.server_wait) > WAIT_MAX
    }

    fn worst(&self) -> Span {
        self.driver(1.0).max(self.operator)
    }

    /// A quantile of how late the driver was.
    fn driver(&self, q: f64) -> Span {
        let last = self.driver_us.len().saturating_sub(1);
        let late = self.driver_us.get((last as f64 * q) as usize);
        Span::from_ns(late.copied().unwrap_or(0).saturating_mul(1_000))
    }

    /// In words.
    pub fn text(&self) -> String {
        let said = |span: Span| amount((span.as_secs_f64() * 1e6).round() / 1e6, Unit::Seconds);
        format!(
            "Late: the driver {} at the median, {} at most; the operator {} at most\n\
             Mean wait for a core: the driver {}, the server {}\n",
            said(self.driver(0.5)),
            said(self.driver(1.0)),
            said(self.operator),
            said(self.driver_wait),
            said(self.server_wait),
        )
    }

    /// For programs.
    pub fn object(&self) -> Value {
        json!({
            "driver_s_p50": self.driver(0.5).as_secs_f64(),
            "driver_s_p99": self.driver(0.99).as_secs_f64(),
            "driver_s_max": self.driver(1.0).as_secs_f64(),
            "operator_s_max": self.operator.as_secs_f64(),
            "driver_wait_s_mean": self.driver_wait.as_secs_f64(),
            "server_wait_s_mean": self.server_wait.as_secs_f64(),
            "too_much": self.is_too_much(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_at_every_turn_is_as_bad_as_one_long_one() {
        let fine = Lateness { driver_us: vec![10, 99_999], ..Lateness::default() };
        assert!(!fine.is_too_much() && fine.put_up_with() == Span::from_ns(99_999_000));
        let once = Lateness { driver_us: vec![10, 100_001], ..Lateness::default() };
        assert!(once.is_too_much() && once.put_up_with() == LATE_MAX);
        let always = Lateness { server_wait: Span::from_ns(1_000_001), ..Lateness::default() };
        assert!(always.is_too_much());
    }
}
