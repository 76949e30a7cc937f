//! Queues whose callers give up.

use super::queues::{Queue, erlang_b};
use crate::units::Span;
use statrs::function::gamma::digamma;

/// A queue whose callers give up, in its steady state; there is one at any load.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Impatient {
    /// The share of arrivals that give up.
    pub p_abandon: f64,
    /// The share of arrivals that are not served at once.
    pub p_wait: f64,
    /// The mean time in line over all arrivals, those that give up included, in seconds.
    pub mean_wait_all_s: f64,
    /// The mean time in line of those that are served, in seconds.
    pub mean_wait_served_s: f64,
    /// The mean number in line.
    pub mean_waiting: f64,
    /// The share of servers that are busy.
    pub utilisation: f64,
}

/// M/M/c with a fixed patience: Poisson arrivals, exponential services, and every caller gives up
/// after exactly `patience` in line. A pool with a checkout timeout is this queue.
///
/// With v(x) the density of the wait of a caller who would never give up: v falls as
/// exp(-(capacity - arrivals) x) up to the patience, because all arrivals so far stay in line, and as
/// exp(-capacity x) beyond it, because none of the later ones matters.
///
/// # Source
///
/// D. Y. Barrer, "Queuing with Impatient Customers and Ordered Service", Operations Research 5(5),
/// 1957; F. Baccelli and G. Hebuterne, "On Queues with Impatient Customers", 1981.
///
/// # Example
///
/// ```
/// use highwater::theory::{Queue, mm_c_fixed_patience};
/// use highwater::units::{Rate, Span};
///
/// let service = Span::from_ns(50_000_000);
/// let arrivals = Rate::per_second(240.0).unwrap();
/// let pool = Queue { arrivals, mean_service: service, servers: 10 };
/// let timeouts = mm_c_fixed_patience(pool, service).p_abandon;
/// assert_eq!(format!("{timeouts:.5}"), "0.17742");
/// ```
pub fn mm_c_fixed_patience(queue: Queue, patience: Span) -> Impatient {
    let arrivals = queue.arrivals.as_per_second();
    let patience = patience.as_secs_f64();
    let Some(below) = queue.servers.checked_sub(1) else {
        return nobody_serves(arrivals, patience);
    };
    if arrivals == 0.0 || queue.mean_service.is_zero() {
        return NOBODY_WAITS;
    }
    let capacity = queue.capacity();
    // All weights are in units of (the probability of one server free) x `scale`, where `scale` keeps
    // exp(z), z = -(spare capacity) x patience, from overflowing.
    let z = (capacity - arrivals) * patience;
    let scale = libm::exp(z.min(0.0));
    let at_once = scale / erlang_b(queue.offered(), below);
    let served_after_wait = arrivals * patience * first_moment(z);
    let wait_of_those = arrivals * patience * patience * second_moment(z);
    let gives_up = arrivals / capacity * libm::exp(-z.max(0.0));
    let total = at_once + served_after_wait + gives_up;
    let p_abandon = gives_up / total;
    let mean_wait_all_s = (wait_of_those + gives_up * patience) / total;
    Impatient {
        p_abandon,
        p_wait: (served_after_wait + gives_up) / total,
        mean_wait_all_s,
        mean_wait_served_s: wait_of_those / (at_once + served_after_wait),
        mean_waiting: arrivals * mean_wait_all_s,
        utilisation: queue.load() * (1.0 - p_abandon),
    }
}

/// Integral of exp(-zx) over 0..1, times exp(min(z, 0)).
fn first_moment(z: f64) -> f64 {
    let size = z.abs();
    // The scale makes the integral the same on both sides of zero.
    if size == 0.0 { 1.0 } else { -libm::expm1(-size) / size }
}

/// Integral of x exp(-zx) over 0..1, times exp(min(z, 0)).
fn second_moment(z: f64) -> f64 {
    if z.abs() < 0.5 {
        // Near zero the closed form cancels: the series, sum of (-z)^k / (k! (k + 2)).
        let (mut sum, mut power) = (0.0, 1.0);
        for k in 0..20 {
            sum += power / f64::from(k + 2);
            power *= -z / f64::from(k + 1);
        }
        sum * libm::exp(z.min(0.0))
    } else if z > 0.0 {
        (1.0 - libm::exp(-z) * (1.0 + z)) / (z * z)
    } else {
        (libm::exp(z) - 1.0 - z) / (z * z)
    }
}

/// Erlang A: Poisson arrivals, exponential services, and callers who give up after an exponential
/// time of mean `mean_patience` in line.
///
/// # Source
///
/// C. Palm, 1946; A. Mandelbaum and S. Zeltyn, "Service Engineering in Action: The Palm/Erlang-A
/// Queue", 2007. Summed here over the states of the birth-death chain, outwards from the likeliest.
pub fn erlang_a(queue: Queue, mean_patience: Span) -> Impatient {
    let arrivals = queue.arrivals.as_per_second();
    if queue.servers == 0 {
        return nobody_serves(arrivals, mean_patience.as_secs_f64());
    }
    if arrivals == 0.0 || queue.mean_service.is_zero() {
        return NOBODY_WAITS;
    }
    let capacity = queue.capacity();
    let giving_up = 1.0 / mean_patience.as_secs_f64().max(1e-9);
    let peak = libm::floor(((arrivals - capacity) / giving_up).max(0.0));
    let start = Line::of(capacity, giving_up, peak);
    let mut sums = Sums::default();
    sums.add(start);
    let mut line = start;
    while line.weight > NEGLIGIBLE {
        line = line.longer(arrivals);
        sums.add(line);
    }
    line = start;
    while line.weight > NEGLIGIBLE && line.length > 0.0 {
        line = line.shorter(arrivals);
        sums.add(line);
    }
    // The states with a server free weigh (1/B - 1) times as much as "all busy, none in line".
    let free = 1.0 / erlang_b(queue.offered(), queue.servers) - 1.0;
    let total = sums.busy + if line.length == 0.0 { line.weight * free } else { 0.0 };
    let mean_waiting = sums.in_line / total;
    let p_abandon = mean_waiting * giving_up / arrivals;
    Impatient {
        p_abandon,
        p_wait: sums.busy / total,
        mean_wait_all_s: mean_waiting / arrivals,
        mean_wait_served_s: sums.wait_served / total / (1.0 - p_abandon),
        mean_waiting,
        utilisation: queue.load() * (1.0 - p_abandon),
    }
}

/// Weights below this share of the largest are left out.
const NEGLIGIBLE: f64 = 1e-20;

/// A state of Erlang A with all servers busy: its line, and the lot of a caller who joins it.
#[derive(Clone, Copy)]
struct Line {
    capacity: f64,
    giving_up: f64,
    length: f64,
    weight: f64,
    /// The mean wait of the joining caller if it is served: one departure after the other, at the
    /// rates of a line of length + 1, length, ..., 1.
    wait: f64,
}

impl Line {
    fn of(capacity: f64, giving_up: f64, length: f64) -> Line {
        // The sum of 1/(capacity + i x giving_up) over i = 1..=length + 1.
        let ratio = capacity / giving_up;
        let wait = (digamma(ratio + length + 2.0) - digamma(ratio + 1.0)) / giving_up;
        Line { capacity, giving_up, length, weight: 1.0, wait }
    }

    /// Departures per second, served or not, from a line of `length`.
    fn departures(&self, length: f64) -> f64 {
        self.capacity + length * self.giving_up
    }

    fn longer(self, arrivals: f64) -> Line {
        let length = self.length + 1.0;
        Line {
            length,
            weight: self.weight * arrivals / self.departures(length),
            wait: self.wait + 1.0 / self.departures(length + 1.0),
            ..self
        }
    }

    fn shorter(self, arrivals: f64) -> Line {
        Line {
            length: self.length - 1.0,
            weight: self.weight * self.departures(self.length) / arrivals,
            wait: self.wait - 1.0 / self.departures(self.length + 1.0),
            ..self
        }
    }
}

/// Sums over the states with all servers busy.
#[derive(Default)]
struct Sums {
    busy: f64,
    in_line: f64,
    wait_served: f64,
}

impl Sums {
    fn add(&mut self, line: Line) {
        // Of the departures before the caller's own service, none is its own giving up.
        let served = line.capacity / line.departures(line.length + 1.0);
        self.busy += line.weight;
        self.in_line += line.weight * line.length;
        self.wait_served += line.weight * served * line.wait;
    }
}

const NOBODY_WAITS: Impatient = Impatient {
    p_abandon: 0.0,
    p_wait: 0.0,
    mean_wait_all_s: 0.0,
    mean_wait_served_s: 0.0,
    mean_waiting: 0.0,
    utilisation: 0.0,
};

/// Without servers everybody waits out the patience.
fn nobody_serves(arrivals: f64, patience: f64) -> Impatient {
    Impatient {
        p_abandon: 1.0,
        p_wait: 1.0,
        mean_wait_all_s: patience,
        mean_waiting: arrivals * patience,
        ..NOBODY_WAITS
    }
}
