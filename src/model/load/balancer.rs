//! Which instance takes a request.

use crate::chance::Stream;
use crate::model::client::Instance;
use crate::scenario::Balancer;

/// The instance, among those that are up (indices into `instances`), that takes the next request.
///
/// Chance draws once per request whatever the number of instances. Ties of `least_in_flight` go to
/// the instance that came up first.
#[inline]
pub fn pick(
    balancer: Balancer,
    up: &[u32],
    instances: &[Instance],
    turn: &mut u32,
    stream: &mut Stream,
) -> Option<u32> {
    match balancer {
        Balancer::Random => {
            let n = stream.below(up.len() as u32);
            up.get(n as usize).copied()
        }
        Balancer::RoundRobin => {
            *turn = if *turn as usize + 1 < up.len() { *turn + 1 } else { 0 };
            up.get(*turn as usize).copied()
        }
        Balancer::LeastInFlight => {
            up.iter().copied().min_by_key(|i| instances[*i as usize].in_flight)
        }
    }
}
