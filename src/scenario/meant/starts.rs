//! How a process starts, starts again, and is slow at first.

use crate::units::{SimTime, Span};

/// What a process needs before it takes requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AtStart {
    /// Whether it first opens the connections that its pools keep ahead of need, and ends when one
    /// of them fails.
    pub needs_connections: bool,
    /// How long that may take.
    pub give_up_after: Span,
}

impl AtStart {
    /// It needs nothing.
    pub const FREE: AtStart =
        AtStart { needs_connections: false, give_up_after: Span::from_secs(30) };
}

/// Further time before a process that has died is started again, doubling from death to death.
///
/// # Source
///
/// Kubernetes `pkg/kubelet/kuberuntime/kuberuntime_manager.go` `doBackOff` and
/// `client-go/util/flowcontrol/backoff.go`: the first start again is at once, then 10 s, doubling to
/// 300 s, forgotten after twice that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestartBackoff {
    /// After the second death in a row.
    pub first: Span,
    /// At most.
    pub cap: Span,
    /// A process that has taken requests for so long begins a new row.
    pub reset_after: Span,
}

impl RestartBackoff {
    /// The time after `deaths` in a row.
    pub fn after(&self, deaths: u32) -> Span {
        match deaths.checked_sub(2) {
            None => Span::ZERO,
            Some(doublings) => {
                let factor = 1u64.checked_shl(doublings).unwrap_or(u64::MAX);
                Span::from_ns(self.first.as_ns().saturating_mul(factor)).min(self.cap)
            }
        }
    }
}

/// How slow a process is at first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cold {
    /// For how long after it began to take requests.
    pub length: Span,
    /// By this factor what it does takes longer.
    pub factor: f64,
}

impl Cold {
    /// Never.
    pub const NEVER: Cold = Cold { length: Span::ZERO, factor: 1.0 };

    /// Whether a process is ever slow.
    pub fn is_on(&self) -> bool {
        !self.length.is_zero() && self.factor > 1.0
    }

    /// Whether a process that has taken requests since `up` is slow at `now`.
    pub fn is_at(&self, up: SimTime, now: SimTime) -> bool {
        now.since(up) < self.length
    }

    /// How long something takes then.
    pub fn stretched(&self, span: Span) -> Span {
        Span::from_ns((span.as_ns() as f64 * self.factor) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn restarts_of_kubernetes_wait_0_10_20_40_80_160_300_seconds() {
        let s = Span::from_secs;
        let kubelet = RestartBackoff { first: s(10), cap: s(300), reset_after: s(600) };
        let waits: Vec<u64> =
            (1..=9).map(|deaths| kubelet.after(deaths).as_ns() / 1_000_000_000).collect();
        assert_eq!(waits, [0, 10, 20, 40, 80, 160, 300, 300, 300]);
        assert_eq!(kubelet.after(u32::MAX), s(300));
    }
}
