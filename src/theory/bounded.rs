//! A queue whose line has an end.

use super::queues::{Queue, erlang_b};

/// A queue whose line has an end, in its steady state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounded {
    /// The share of arrivals that find the line full and go away.
    pub p_block: f64,
    /// The share of accepted arrivals that wait.
    pub p_wait_accepted: f64,
    /// The mean wait of accepted arrivals, in seconds.
    pub mean_wait_accepted_s: f64,
    /// The mean number in line.
    pub mean_waiting: f64,
    /// The mean number in line and in service.
    pub mean_in_system: f64,
    /// The share of servers that are busy.
    pub utilisation: f64,
}

/// M/M/c/K: Poisson arrivals, exponential services, at most `max_waiting` in line; the next goes
/// away. Takes `servers + max_waiting` steps at most, and any load.
///
/// # Source
///
/// The birth-death chain, for example L. Kleinrock, "Queueing Systems", volume 1, 1975.
pub fn mm_c_k(queue: Queue, max_waiting: u32) -> Bounded {
    let load = queue.load();
    let offered = queue.offered();
    // Weights of the states with all servers busy: load^j with j in line. Above a load of 1 they
    // are taken from the full line down, so that none overflows.
    let falling = if load <= 1.0 { load } else { 1.0 / load };
    let (mut weight, mut busy, mut in_line) = (1.0, 0.0, 0.0);
    for step in 0..=max_waiting {
        let waiting = if load <= 1.0 { step } else { max_waiting - step };
        busy += weight;
        in_line += weight * f64::from(waiting);
        weight *= falling;
        if weight == 0.0 {
            break;
        }
    }
    let last = libm::pow(falling, f64::from(max_waiting));
    let (full, none_waiting) = if load <= 1.0 { (last, 1.0) } else { (1.0, last) };
    // The states up to "all busy, none in line" together weigh 1/B times the last of them.
    let total = busy + none_waiting * (1.0 / erlang_b(offered, queue.servers) - 1.0);
    let p_block = full / total;
    let accepted = queue.arrivals.as_per_second() * (1.0 - p_block);
    let mean_waiting = in_line / total;
    Bounded {
        p_block,
        p_wait_accepted: (busy - full) / (total - full),
        mean_wait_accepted_s: mean_waiting / accepted,
        mean_waiting,
        mean_in_system: mean_waiting + offered * (1.0 - p_block),
        utilisation: load * (1.0 - p_block),
    }
}
