//! Queues with one server.

use super::queues::{Overloaded, Queue, Waiting};

/// M/G/1: one server, Poisson arrivals, services of any law with squared coefficient of variation
/// `cv2`, first come first served. `servers` counts as 1.
///
/// # Errors
///
/// [`Overloaded`] when the load is not below 1.
///
/// # Source
///
/// F. Pollaczek, 1930; A. Khinchine, 1932: mean wait = load (1 + cv2) x mean service / (2 (1 - load)).
pub fn mg_1(queue: Queue, cv2: f64) -> Result<Waiting, Overloaded> {
    let queue = Queue { servers: 1, ..queue };
    let load = queue.stable_load()?;
    let wait = load * (1.0 + cv2) * queue.mean_service.as_secs_f64() / (2.0 * (1.0 - load));
    Ok(queue.waiting(load, wait))
}

/// M/D/1: one server, Poisson arrivals, services that all take the same time. `servers` counts as 1.
///
/// # Errors
///
/// [`Overloaded`] when the load is not below 1.
///
/// # Source
///
/// As [`mg_1`], without variation.
pub fn md_1(queue: Queue) -> Result<Waiting, Overloaded> {
    mg_1(queue, 0.0)
}

/// D/M/1: one server, evenly spaced arrivals, exponential services. `servers` counts as 1.
///
/// # Errors
///
/// [`Overloaded`] when the load is not below 1.
///
/// # Source
///
/// D. G. Kendall, 1953: an arrival waits with the probability s that solves s = exp(-(1 - s)/load).
pub fn dm_1(queue: Queue) -> Result<Waiting, Overloaded> {
    let queue = Queue { servers: 1, ..queue };
    let load = queue.stable_load()?;
    // s - exp(-(1 - s)/load) is negative at 0, positive just below 1, and crosses once.
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..200 {
        let middle = (low + high) / 2.0;
        let negative = middle < libm::exp(-(1.0 - middle) / load);
        // At the right of the crossing the difference stays positive until exactly 1.
        if negative { low = middle } else { high = middle }
    }
    let p_wait = high;
    Ok(queue.waiting(p_wait, p_wait / (1.0 - p_wait) * queue.mean_service.as_secs_f64()))
}
