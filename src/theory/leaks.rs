//! Leaks: how fast they fill a limit, and where they level off.

use super::queues::erlang_b;
use crate::units::{Rate, Span};
use statrs::function::gamma::gamma_lr;

/// A leak that never fills the server: idle connections are closed as fast as new ones leak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LevelsOff {
    /// The most connections that are ever open at once.
    pub at: u32,
}

impl std::fmt::Display for LevelsOff {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the leak levels off at {} connections", self.at)
    }
}

impl std::error::Error for LevelsOff {}

/// The time until a leak has taken every slot of a server.
///
/// * `limit` – slots of the server, above zero.
/// * `leak` – connections that are opened and forgotten, per unit of time, evenly spaced.
/// * `idle_timeout` – how long a silent connection may stay; `None` is for ever.
///
/// The span runs from the empty server to the opening of connection number `limit`, to the nearest
/// nanosecond. There is no other traffic, and a connection whose time is over makes room for one
/// opened at the same instant.
///
/// # Errors
///
/// [`LevelsOff`] when the first connection is closed before connection number `limit` opens. The
/// level is Little's law, leak x timeout, rounded up to a whole connection.
///
/// # Source
///
/// J. D. C. Little, "A Proof for the Queuing Formula: L = λW", Operations Research 9(3), 1961.
///
/// # Example
///
/// An idle timeout of five minutes saves a server that would fill in 38 minutes.
///
/// ```
/// use highwater::theory::{LevelsOff, time_to_full};
/// use highwater::units::{Span, parse_rate};
///
/// let leak = parse_rate("264/min").unwrap();
/// let full = time_to_full(10_000, leak, None).unwrap();
/// assert_eq!((full.as_secs_f64() / 60.0).round(), 38.0);
///
/// let five_minutes = Span::from_secs(300);
/// assert_eq!(time_to_full(10_000, leak, Some(five_minutes)), Err(LevelsOff { at: 1320 }));
/// ```
pub fn time_to_full(limit: u32, leak: Rate, idle_timeout: Option<Span>) -> Result<Span, LevelsOff> {
    let level = match idle_timeout {
        Some(timeout) => whole_above(littles_law(leak, timeout)),
        None if leak.as_per_second() == 0.0 => 0.0,
        None => f64::INFINITY,
    };
    if level < f64::from(limit) {
        return Err(LevelsOff { at: level as u32 });
    }
    Ok(Span::from_secs_f64(f64::from(limit) / leak.as_per_second()))
}

/// The least whole number that is not below `number`, forgiving the last bits of a product: 4.4/s
/// for 300 s are 1,320 and not 1,321.
fn whole_above(number: f64) -> f64 {
    libm::ceil(number - number * 1e-12)
}

/// Little's law: the mean number of things in a place, from the rate at which they come and the mean
/// time they stay.
///
/// # Source
///
/// J. D. C. Little, "A Proof for the Queuing Formula: L = λW", Operations Research 9(3), 1961.
///
/// ```
/// use highwater::theory::littles_law;
/// use highwater::units::{Span, parse_rate};
///
/// let busy = littles_law(parse_rate("340/s").unwrap(), Span::from_ns(80_000_000));
/// assert_eq!(format!("{busy:.1}"), "27.2");
/// ```
pub fn littles_law(rate: Rate, mean_time: Span) -> f64 {
    rate.as_per_second() * mean_time.as_secs_f64()
}

/// The mean number of leaked connections that are open at `at`, starting from none.
///
/// Each stays for `lifetime` (`None` is for ever). With leaks at random instants the number is
/// Poisson with this mean, so its standard deviation is the square root of it.
///
/// # Source
///
/// The infinite-server queue M/G/∞: L. Takács, "Introduction to the Theory of Queues", 1962.
///
/// ```
/// use highwater::theory::open_leaks;
/// use highwater::units::{Span, parse_rate};
///
/// let leak = parse_rate("4.4/s").unwrap();
/// let timeout = Some(Span::from_secs(300));
/// assert_eq!(open_leaks(leak, timeout, Span::from_secs(150)).round(), 660.0);
/// assert_eq!(open_leaks(leak, timeout, Span::from_secs(900)).round(), 1320.0);
/// ```
pub fn open_leaks(leak: Rate, lifetime: Option<Span>, at: Span) -> f64 {
    littles_law(leak, lifetime.map_or(at, |lifetime| lifetime.min(at)))
}

/// The least k for which a Poisson number of mean `mean` is at most k with probability `q` or more.
pub fn poisson_quantile(mean: f64, q: f64) -> u64 {
    // P(N <= k) = P(the time of k + 1 leaks is above the mean); bracket, then halve.
    let enough = |k: u64| 1.0 - gamma_below(k as f64 + 1.0, mean) >= q;
    let mut high = (mean as u64).clamp(1, 1 << 52);
    while !enough(high) && high < 1 << 52 {
        high *= 2;
    }
    let mut low = 0;
    while low < high {
        let middle = low + (high - low) / 2;
        if enough(middle) { high = middle } else { low = middle + 1 }
    }
    low
}

/// The law of the time that a number of leaks at random instants takes: a gamma law.
///
/// It is the time at which a server is full (count = its limit), or at which an instance is out of
/// memory (count = free memory over memory per leaked connection).
///
/// # Source
///
/// The n-th arrival of a Poisson process: W. Feller, "An Introduction to Probability Theory and Its
/// Applications", volume 2, section I.3.
///
/// ```
/// use highwater::theory::FillTime;
/// use highwater::units::parse_rate;
///
/// let full = FillTime { count: 10_000, leak: parse_rate("264/min").unwrap() };
/// assert_eq!(format!("{:.2} min", full.mean_s() / 60.0), "37.88 min");
/// assert_eq!(format!("{:.1} s", full.sd_s()), "22.7 s");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FillTime {
    /// How many leaks it takes.
    pub count: u32,
    /// Leaks per unit of time.
    pub leak: Rate,
}

impl FillTime {
    /// The time until an instance is out of memory: from `free_bytes` and what each leaked connection
    /// takes of them. A part of a connection does not fit, so it is the next whole one that kills.
    pub fn of_memory(free_bytes: u64, bytes_per_leak: u64, leak: Rate) -> FillTime {
        let count = free_bytes.div_ceil(bytes_per_leak.max(1));
        FillTime { count: u32::try_from(count).unwrap_or(u32::MAX), leak }
    }

    /// The mean, in seconds.
    pub fn mean_s(&self) -> f64 {
        f64::from(self.count) / self.leak.as_per_second()
    }

    /// The standard deviation, in seconds.
    pub fn sd_s(&self) -> f64 {
        libm::sqrt(f64::from(self.count)) / self.leak.as_per_second()
    }

    /// The share of runs in which it is over by `seconds`.
    pub fn over_by(&self, seconds: f64) -> f64 {
        gamma_below(f64::from(self.count), self.leak.as_per_second() * seconds)
    }

    /// The time that the share `q` of runs does not exceed, in seconds.
    pub fn quantile_s(&self, q: f64) -> f64 {
        self.first_quantile_s(1, q)
    }

    /// The same for the first of `instances` that leak independently, each at this rate.
    pub fn first_quantile_s(&self, instances: u32, q: f64) -> f64 {
        // All are still alive with probability (1 - p)^instances.
        let p = -libm::expm1(libm::log1p(-q) / f64::from(instances.max(1)));
        let (mut low, mut high) = (0.0, self.mean_s());
        while self.over_by(high) < p && high.is_finite() {
            high *= 2.0;
        }
        for _ in 0..100 {
            let middle = (low + high) / 2.0;
            if self.over_by(middle) < p { low = middle } else { high = middle }
        }
        high
    }

    /// The mean time until the first of `instances` that leak independently, in seconds.
    pub fn first_mean_s(&self, instances: u32) -> f64 {
        // The integral of P(all alive) by Simpson's rule over ten standard deviations around the
        // mean: before them all are alive, after them none is.
        const STEPS: u32 = 2_000;
        let from = (self.mean_s() - 10.0 * self.sd_s()).max(0.0);
        let step = (self.mean_s() + 10.0 * self.sd_s() - from) / f64::from(STEPS);
        let alive = |t: f64| libm::pow(1.0 - self.over_by(t), f64::from(instances.max(1)));
        let mut sum = 0.0;
        for i in 0..=STEPS {
            let weight = match i {
                0 | STEPS => 1.0,
                odd if odd % 2 == 1 => 4.0,
                _ => 2.0,
            };
            sum += weight * alive(from + f64::from(i) * step);
        }
        from + sum * step / 3.0
    }
}

/// The probability that a gamma number of this shape and rate 1 is below `x`: also that a Poisson
/// number of mean `x` reaches `shape`.
fn gamma_below(shape: f64, x: f64) -> f64 {
    if shape <= 0.0 || x == f64::INFINITY {
        1.0
    } else if x > 0.0 {
        gamma_lr(shape, x)
    } else {
        0.0
    }
}

/// A server with a limit, ordinary traffic and a leak, in its steady state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LeakyServer {
    /// The share of dials that are refused.
    pub p_reject: f64,
    /// The mean number of leaked connections that hold a slot.
    pub mean_leaked: f64,
    /// The mean number of connections that hold a slot.
    pub mean_connected: f64,
}

/// Dials at random instants, each holding its slot for `hold` on average, and the share `leaked` of
/// them for `idle_timeout` more; those that find all `slots` taken are refused and not tried again.
///
/// A leaked connection is nothing but a long hold, and Erlang's loss formula does not care about the
/// law of the hold.
///
/// # Source
///
/// B. A. Sevastyanov, "An Ergodic Theorem for Markov Processes and Its Application to Telephone
/// Systems with Refusals", 1957 (the insensitivity).
pub fn leaky_server(
    dials: Rate,
    hold: Span,
    leaked: f64,
    idle_timeout: Span,
    slots: u32,
) -> LeakyServer {
    let leaks = littles_law(dials, idle_timeout) * leaked;
    let offered = littles_law(dials, hold) + leaks;
    let p_reject = erlang_b(offered, slots);
    let served = 1.0 - p_reject;
    LeakyServer { p_reject, mean_leaked: leaks * served, mean_connected: offered * served }
}
