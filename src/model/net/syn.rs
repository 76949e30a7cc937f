//! When a client's kernel repeats a SYN that nobody answered.

use crate::units::Span;

/// Linux 6.5 and later (`tcp_syn_linear_timeouts` 4): seconds after the first SYN.
const SCHEDULE_S: [u64; 11] = [0, 1, 2, 3, 4, 5, 7, 11, 19, 35, 67];

/// The dial fails with ETIMEDOUT this long after the first SYN.
pub const GIVEN_UP_AFTER: Span = Span::from_secs(131);

/// How long after the first SYN number `repeat` is sent (0 is the first); `None` when the kernel
/// sends no more.
pub fn syn_sent_after(repeat: u8) -> Option<Span> {
    SCHEDULE_S.get(usize::from(repeat)).map(|s| Span::from_secs(*s))
}
