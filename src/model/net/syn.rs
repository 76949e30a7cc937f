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

/// Milliseconds after the last packet of a handshake was dropped at which something reaches the
/// listener again: the server's SYN-ACK goes out five times more (`tcp_synack_retries`), after a
/// second and then after twice as long each time, and what the client has sent after 200 ms.
const SYN_ACKS_MS: &[u64] = &[1000, 3000, 7000, 15_000, 31_000];
const WITH_DATA_MS: &[u64] =
    &[200, 600, 1000, 1400, 3000, 6200, 7000, 12_600, 15_000, 25_400, 31_000, 51_000];

/// How long after it was dropped the last packet of a handshake is made good for the `n`-th time, by a
/// client that sends data or by one that does not; `None` when the server, after 63 s, has forgotten
/// the connection.
pub fn heard_again_after(sends: bool, n: u8) -> Option<Span> {
    let schedule = if sends { WITH_DATA_MS } else { SYN_ACKS_MS };
    schedule.get(usize::from(n)).map(|ms| Span::from_ns(ms * 1_000_000))
}
