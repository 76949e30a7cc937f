//! When a client's kernel repeats a SYN that nobody answered.
//!
//! # Source
//!
//! Linux `net/ipv4/tcp_timer.c` and `Documentation/networking/ip-sysctl.rst`: `tcp_syn_retries` 6,
//! and since 6.5 `tcp_syn_linear_timeouts` 4. Measured on 6.18: 0, 1.0, 2.1, 3.1, 4.1, 5.2, 7.1,
//! 11.3, 19.5, 35.6 and 67.8 s, given up at 133.4 s.

use crate::scenario::SynRetries;
use crate::units::Span;

/// Seconds after the first SYN, and the time at which the dial fails with ETIMEDOUT.
const LINEAR: (&[u64], u64) = (&[0, 1, 2, 3, 4, 5, 7, 11, 19, 35, 67], 131);
const EXPONENTIAL: (&[u64], u64) = (&[0, 1, 3, 7, 15, 31, 63], 127);

fn schedule(retries: SynRetries) -> (&'static [u64], u64) {
    match retries {
        SynRetries::Linear => LINEAR,
        SynRetries::Exponential => EXPONENTIAL,
    }
}

/// How long after the first SYN number `repeat` is sent (0 is the first); `None` when the kernel
/// sends no more.
pub fn syn_sent_after(retries: SynRetries, repeat: u8) -> Option<Span> {
    schedule(retries).0.get(usize::from(repeat)).map(|s| Span::from_secs(*s))
}

/// The dial fails with ETIMEDOUT this long after the first SYN.
pub fn syn_given_up_after(retries: SynRetries) -> Span {
    Span::from_secs(schedule(retries).1)
}
