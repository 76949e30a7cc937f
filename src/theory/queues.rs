//! Erlang's formulas: Poisson arrivals, exponential services.

use crate::units::{Rate, Span};

/// A waiting line before a pool or a server.
///
/// A pool of connections is such a queue: its servers are the connections, a service is the time a
/// caller holds one, and the callers that wait for a checkout stand in line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Queue {
    /// Arrivals, Poisson unless a function says otherwise.
    pub arrivals: Rate,
    /// The mean time of a service.
    pub mean_service: Span,
    /// Connections, slots, workers: how many are served at once.
    pub servers: u32,
}

/// There is no steady state: at least as much work arrives as can be done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Overloaded {
    /// Work that arrives, over work that can be done; at least 1.
    pub load: f64,
}

impl std::fmt::Display for Overloaded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the load of {:.3} leaves no steady state: the line grows for ever", self.load)
    }
}

impl std::error::Error for Overloaded {}

/// A queue in its steady state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Waiting {
    /// The share of arrivals that are not served at once.
    pub p_wait: f64,
    /// The mean time in line, over all arrivals, in seconds.
    pub mean_wait_s: f64,
    /// The mean time in line and in service, in seconds.
    pub mean_sojourn_s: f64,
    /// The mean number in line.
    pub mean_waiting: f64,
    /// The mean number in line and in service.
    pub mean_in_system: f64,
}

impl Queue {
    /// The offered load in erlangs: arrivals x mean service.
    pub fn offered(&self) -> f64 {
        self.arrivals.as_per_second() * self.mean_service.as_secs_f64()
    }

    /// The load of one server: erlangs over servers; infinite without servers.
    pub fn load(&self) -> f64 {
        if self.servers == 0 { f64::INFINITY } else { self.offered() / f64::from(self.servers) }
    }

    /// The load, if it is below 1.
    pub(super) fn stable_load(&self) -> Result<f64, Overloaded> {
        let load = self.load();
        if load < 1.0 { Ok(load) } else { Err(Overloaded { load }) }
    }

    /// Services per second that `servers` busy servers complete.
    pub(super) fn capacity(&self) -> f64 {
        f64::from(self.servers) / self.mean_service.as_secs_f64()
    }

    pub(super) fn waiting(&self, p_wait: f64, mean_wait_s: f64) -> Waiting {
        let mean_waiting = self.arrivals.as_per_second() * mean_wait_s;
        Waiting {
            p_wait,
            mean_wait_s,
            mean_sojourn_s: mean_wait_s + self.mean_service.as_secs_f64(),
            mean_waiting,
            mean_in_system: mean_waiting + self.offered(),
        }
    }
}

/// Erlang's loss formula: the share of arrivals that find all `slots` taken and go away.
///
/// `offered` is the load in erlangs: arrivals per second times the mean hold in seconds. Assumes
/// Poisson arrivals without retries; the law of the hold does not matter, only its mean. Takes
/// `slots` steps at most.
///
/// # Source
///
/// A. K. Erlang, 1917; the recursion in J. Riordan, "Stochastic Service Systems", 1962.
///
/// # Example
///
/// ```
/// use highwater::theory::erlang_b;
///
/// assert_eq!(format!("{:.4}", erlang_b(10.0, 10)), "0.2146");
/// ```
pub fn erlang_b(offered: f64, slots: u32) -> f64 {
    // The reciprocal: 1/B(n) = 1 + n/offered x 1/B(n - 1). It overflows to "never", not to NaN.
    let mut reciprocal = 1.0;
    for n in 1..=slots {
        reciprocal = 1.0 + f64::from(n) / offered * reciprocal;
        if reciprocal == f64::INFINITY {
            return 0.0;
        }
    }
    1.0 / reciprocal
}

/// Erlang's delay formula: the share of arrivals that wait when none goes away.
///
/// `offered` is the load in erlangs. Assumes Poisson arrivals and exponential services.
///
/// # Errors
///
/// [`Overloaded`] when `offered` is not below `servers`.
///
/// # Source
///
/// A. K. Erlang, 1917.
pub fn erlang_c(offered: f64, servers: u32) -> Result<f64, Overloaded> {
    let load = offered / f64::from(servers);
    if load.is_nan() || load >= 1.0 {
        return Err(Overloaded { load });
    }
    let blocked = erlang_b(offered, servers);
    Ok(blocked / (1.0 - load * (1.0 - blocked)))
}

/// M/M/c: Poisson arrivals, exponential services, an endless line, first come first served.
///
/// ```
/// use highwater::theory::{MmC, Queue};
/// use highwater::units::{Rate, Span};
///
/// let arrivals = Rate::per_second(850.0).unwrap();
/// let pool = Queue { arrivals, mean_service: Span::from_ns(10_000_000), servers: 10 };
/// let steady = MmC::new(pool).unwrap();
/// assert_eq!(format!("{:.3} ms", steady.waiting().mean_wait_s * 1e3), "3.532 ms");
/// assert_eq!(format!("{:.1} ms", steady.wait_quantile_s(0.99) * 1e3), "26.5 ms");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MmC {
    queue: Queue,
    p_wait: f64,
}

impl MmC {
    /// The steady state of `queue`.
    ///
    /// # Errors
    ///
    /// [`Overloaded`] when the load is not below 1.
    pub fn new(queue: Queue) -> Result<MmC, Overloaded> {
        queue.stable_load()?;
        Ok(MmC { queue, p_wait: erlang_c(queue.offered(), queue.servers)? })
    }

    /// Services that could still be done, per second: the decay of a long wait.
    fn spare(&self) -> f64 {
        self.queue.capacity() - self.queue.arrivals.as_per_second()
    }

    /// Means.
    pub fn waiting(&self) -> Waiting {
        self.queue.waiting(self.p_wait, self.p_wait / self.spare())
    }

    /// The share of arrivals that wait longer than `wait`.
    pub fn wait_exceeds(&self, wait: Span) -> f64 {
        self.p_wait * libm::exp(-self.spare() * wait.as_secs_f64())
    }

    /// The wait that the share `q` of arrivals does not exceed, in seconds.
    pub fn wait_quantile_s(&self, q: f64) -> f64 {
        let above = 1.0 - q;
        if self.p_wait <= above { 0.0 } else { libm::log(self.p_wait / above) / self.spare() }
    }

    /// The share of arrivals whose wait and service together exceed `seconds`.
    pub fn sojourn_exceeds(&self, seconds: f64) -> f64 {
        let served = seconds / self.queue.mean_service.as_secs_f64();
        // Waits decay `lead` services faster than services do; equal rates are the limit of it.
        let lead = f64::from(self.queue.servers) - 1.0 - self.queue.offered();
        let delayed =
            if lead.abs() * served < 1e-8 { served } else { -libm::expm1(-lead * served) / lead };
        libm::exp(-served) * (1.0 + self.p_wait * delayed)
    }

    /// The wait and service that the share `q` of arrivals does not exceed, in seconds.
    pub fn sojourn_quantile_s(&self, q: f64) -> f64 {
        let (mut low, mut high) = (0.0, self.queue.mean_service.as_secs_f64());
        while high > 0.0 && high.is_finite() && self.sojourn_exceeds(high) > 1.0 - q {
            high *= 2.0;
        }
        // Bisection: 100 halvings reach the last bit.
        for _ in 0..100 {
            let middle = (low + high) / 2.0;
            if self.sojourn_exceeds(middle) > 1.0 - q { low = middle } else { high = middle }
        }
        high
    }
}
