//! The cases, and how each is played. The scenarios are the files beside this folder, as a user would
//! write them.

mod leaks;
mod limits;
mod published;
mod retries;
mod timelines;
mod waiting;

use super::way::{Seen, Way};

/// All of them, in the order of the cases.
pub(super) fn ways() -> Vec<Way> {
    let mut all = Vec::new();
    for some in [
        waiting::WAYS,
        limits::WAYS,
        waiting::IMPATIENT,
        leaks::WAYS,
        retries::WAYS,
        waiting::CLOSED,
        waiting::SIZES,
        timelines::WAYS,
        published::WAYS,
    ] {
        all.extend_from_slice(some);
    }
    all
}

const WAITS: &str = "fleets.app.pools.main.checkout_wait";
const WAIT: Seen = Seen::Figure("fleets.app.pools.main.checkout_wait_s_mean");
const WAITED: Seen = Seen::Waited(WAITS);
const SOJOURN: Seen = Seen::Figure("fleets.app.latency_s_mean");
const IN_FLIGHT: Seen = Seen::Figure("fleets.app.in_flight_mean");
const LEASED: Seen = Seen::Figure("fleets.app.pools.main.leased_mean");
const CONNECTED: Seen = Seen::Figure("servers.redis.connected_clients_mean");
const REQUESTS: Seen = Seen::Figure("fleets.app.requests");
const SUCCEEDED: Seen = Seen::Figure("fleets.app.succeeded");
const ATTEMPTS: Seen = Seen::Figure("fleets.app.attempts");
