//! How TCP keepalive finds out that nobody is there any more.

use crate::units::{SimTime, Span};

/// Probes without an answer before the connection is dropped (Redis `anetKeepAlive`).
const PROBES: u64 = 3;

/// The time between two probes: a third of the setting in whole seconds, a second at the least
/// (Redis `anetKeepAlive`).
fn interval(keepalive: Span) -> Span {
    Span::from_secs((keepalive.as_ns() / 3_000_000_000).max(1))
}

/// The first probe that is not answered when the other host is gone from `gone` on, and was heard of
/// last at `heard`: while it was there it answered one every `keepalive`.
fn first_unanswered(keepalive: Span, heard: SimTime, gone: SimTime) -> SimTime {
    let silent = gone.max(heard).since(heard).as_ns();
    let probes = silent / keepalive.as_ns().max(1) + 1;
    heard + keepalive.times(probes)
}

/// When a connection is dropped whose other host is gone from `gone` on, and the instant of the last
/// probe before. Between one and two times the setting after `gone`, in round figures; measured with a
/// setting of 6 s: after 11 to 12 s.
pub fn dropped_at(keepalive: Span, heard: SimTime, gone: SimTime) -> (SimTime, SimTime) {
    let first = first_unanswered(keepalive, heard, gone);
    let between = interval(keepalive);
    (first + between.times(PROBES), first + between.times(PROBES - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// (keepalive, heard, gone, dropped), in seconds.
    #[test]
    fn a_vanished_host_is_found_out_after_twice_the_setting_at_most() {
        let at = |s: u64| SimTime::ZERO + Span::from_secs(s);
        for (keepalive, heard, gone, dropped) in [
            (300, 0, 0, 600),
            (300, 0, 299, 600),
            (300, 0, 300, 900),
            (300, 100, 950, 1300),
            (6, 0, 0, 12),
            (6, 0, 1, 12),
            // A third of 5 s in whole seconds is one second, and so is that of 1 s.
            (5, 0, 0, 8),
            (1, 0, 0, 4),
        ] {
            let keepalive = Span::from_secs(keepalive);
            let seen = dropped_at(keepalive, at(heard), at(gone)).0;
            assert_eq!(seen, at(dropped), "{keepalive:?} heard {heard} s, gone at {gone} s");
        }
    }
}
