//! Why calls fail, as words of a list.

use super::Words;

/// Why an attempt of a call can fail.
pub(crate) const CAUSES: Words = &[
    ("rejected", "refused at the server's connection limit"),
    ("emfile", "no descriptor was left"),
    ("port_exhausted", "no ephemeral port was left"),
    ("connect_timeout", "the dial took too long"),
    ("read_timeout", "the reply took too long"),
    ("checkout_timeout", "no connection of the pool became free in time"),
    ("stale_connection", "the server had closed the connection before it was used"),
    ("connection_lost", "the server closed the connection while it was in use"),
    ("queue_full", "as many callers as allowed were already waiting"),
    ("rejected_silently", "refused at the server's connection limit without a word"),
    ("connection_refused", "nothing listened"),
    ("server_error", "the server, or a proxy before it, answered with an error"),
    ("bulkhead_full", "as many calls as a bulkhead allows were out"),
    ("throttled", "held back because too many have failed"),
    ("limit_reached", "as many attempts as an adaptive limit allows were out"),
];
