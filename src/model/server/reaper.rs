//! The idle sweep of Redis and Valkey, literally.

use crate::units::{SimTime, Span};

/// Clients that one call looks at, at the least (`CLIENTS_CRON_MIN_ITERATIONS`).
const CLIENTS_PER_CALL_MIN: u32 = 5;
/// Above this many clients per call the calls come more often (`MAX_CLIENTS_PER_CLOCK_TICK`).
const CLIENTS_PER_CALL_AIM: u32 = 200;
/// Calls per second at most (`CONFIG_MAX_HZ`).
const HZ_MAX: u32 = 500;
const MILLISECOND_NS: u64 = 1_000_000;

/// How many calls the cron makes a second with `clients` connected.
pub fn calls_per_second(hz: u32, dynamic: bool, clients: u32) -> u32 {
    let mut hz = hz.clamp(1, HZ_MAX);
    while dynamic && clients / hz > CLIENTS_PER_CALL_AIM && hz < HZ_MAX {
        hz = (hz * 2).min(HZ_MAX);
    }
    hz
}

/// How many clients one call looks at: a share of those connected now, so that each is seen about
/// once a second, and five at the least.
pub fn clients_per_call(hz: u32, clients: u32) -> u32 {
    (clients / hz).max(clients.min(CLIENTS_PER_CALL_MIN))
}

/// From the end of one call to when the next is due: whole milliseconds (`serverCron`).
pub fn period(hz: u32) -> Span {
    Span::from_ns(u64::from(1000 / hz) * MILLISECOND_NS)
}

/// When a loop that has gone to sleep wakes for what is due after `due`, if nothing else wakes it:
/// the poll waits whole milliseconds, rounded up (`aeApiPoll`).
pub fn woken_after(due: Span) -> Span {
    Span::from_ns(due.as_ns().div_ceil(MILLISECOND_NS) * MILLISECOND_NS)
}

/// Whether a client last heard of at `last` has been idle for too long: whole seconds, strictly
/// greater, so that it is closed between T and T + 1 s, plus the wait for the sweep.
#[inline]
pub fn idle_too_long(now: SimTime, last: SimTime, timeout: Span) -> bool {
    now.whole_seconds() - last.whole_seconds() > timeout.as_ns() / 1_000_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sweep_sees_everyone_about_once_a_second() {
        for (clients, hz, per_call) in
            [(3, 10, 3), (40, 10, 5), (1000, 10, 100), (2001, 10, 200), (10_000, 80, 125)]
        {
            assert_eq!(calls_per_second(10, true, clients), hz, "{clients} clients");
            assert_eq!(clients_per_call(hz, clients), per_call, "{clients} clients");
        }
        assert_eq!(calls_per_second(10, false, 10_000), 10);
        assert_eq!(calls_per_second(10, true, 10_000_000), 500);
    }

    #[test]
    fn calls_are_whole_milliseconds_apart_and_a_sleeping_loop_wakes_late() {
        for (hz, ms) in [(1, 1000), (10, 100), (80, 12), (160, 6), (500, 2)] {
            assert_eq!(period(hz), Span::from_ns(ms * 1_000_000), "hz {hz}");
        }
        for (due_ns, woken_ms) in [(0, 0), (1, 1), (1_000_000, 1), (99_990_001, 100)] {
            assert_eq!(woken_after(Span::from_ns(due_ns)), Span::from_ns(woken_ms * 1_000_000));
        }
    }

    #[test]
    fn only_whole_seconds_count_and_one_more_than_the_timeout() {
        let at = |ms: u64| SimTime::from_ns(ms * 1_000_000);
        let timeout = Span::from_secs(5);
        assert!(!idle_too_long(at(5_999), at(0), timeout));
        assert!(idle_too_long(at(6_000), at(999), timeout));
        assert!(!idle_too_long(at(6_999), at(1_000), timeout));
    }
}
