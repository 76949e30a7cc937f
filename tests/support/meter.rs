//! Counts and integrals of a run after its warm-up, and the figures of queueing theory made of them.
#![allow(dead_code, reason = "each test binary uses its own part of this")]

use highwater::engine::{self, Observer};
use highwater::model::{Observation, World};
use highwater::scenario::{Cause, Scenario};
use highwater::theory::mean_interval;
use highwater::units::{SimTime, Span};

use crate::probe::watch;

/// The share of a steady run that is left out at its beginning.
const WARM_UP: f64 = 0.1;

/// A level and its integral over time, both exact.
#[derive(Clone, Copy, Default)]
pub struct Area {
    pub level: u64,
    /// Nanoseconds times level.
    pub sum: u128,
    since: SimTime,
}

impl Area {
    pub fn change(&mut self, at: SimTime, by: i64) {
        self.run_to(at);
        self.level = self.level.checked_add_signed(by).expect("no level is negative");
    }

    pub fn run_to(&mut self, at: SimTime) {
        // A rejection is noted at the end of its own work, which may lie ahead.
        let at = at.max(self.since);
        self.sum += u128::from(self.level) * u128::from(at.since(self.since).as_ns());
        self.since = at;
    }
}

/// What is counted from `from` on.
#[derive(Clone, Default)]
pub struct Meter {
    pub from: SimTime,
    pub to: SimTime,
    pub arrived: u64,
    pub attempted: u64,
    pub succeeded: u64,
    pub failed: [u64; Cause::ALL.len()],
    pub rejected: u64,
    pub received: u64,
    pub freed: u64,
    pub leaks: u64,
    /// Checkouts, of these after a wait, and the waits.
    pub served: u64,
    pub waited: u64,
    pub wait_ns: u128,
    /// Successes slower than `slow`, and the time all successes took.
    pub slow: Span,
    pub slower: u64,
    pub sojourn_ns: u128,
    /// Requests in flight, slots held, leaked connections that the server has not reaped.
    pub in_flight: Area,
    pub slots: Area,
    pub leaked: Area,
    /// Kept when asked for.
    pub waits: Option<Vec<u32>>,
    pub sojourns: Option<Vec<u32>>,
}

impl Meter {
    /// A meter for a steady run: its first tenth does not count.
    pub fn steady(scenario: &Scenario) -> Meter {
        let from = Span::from_secs_f64(scenario.duration.as_secs_f64() * WARM_UP);
        Meter { from: SimTime::ZERO + from, ..Meter::of(scenario) }
    }

    /// A meter for a whole run.
    pub fn of(scenario: &Scenario) -> Meter {
        Meter { to: SimTime::ZERO + scenario.duration, ..Meter::default() }
    }

    /// Keeps every wait and every sojourn, for quantiles.
    pub fn with_quantiles(self) -> Meter {
        Meter { waits: Some(Vec::new()), sojourns: Some(Vec::new()), ..self }
    }

    /// Plays a run.
    pub fn play(mut self, scenario: &Scenario, run: u32) -> Meter {
        watch(scenario, run, &mut self);
        for area in [&mut self.in_flight, &mut self.slots, &mut self.leaked] {
            area.run_to(self.to);
        }
        self
    }

    pub fn seconds(&self) -> f64 {
        self.to.since(self.from).as_secs_f64()
    }

    pub fn failed_by(&self, cause: Cause) -> f64 {
        self.failed[cause as usize] as f64
    }

    /// The mean of a level over the time that counts.
    pub fn mean(&self, area: Area) -> f64 {
        area.sum as f64 / 1e9 / self.seconds()
    }

    fn mean_wait(&self) -> f64 {
        self.wait_ns as f64 / 1e9 / self.served as f64
    }

    fn mean_sojourn(&self) -> f64 {
        self.sojourn_ns as f64 / 1e9 / self.succeeded as f64
    }

    /// A figure by its name in the reference cases, for callers who wait `patience` at most.
    pub fn figure(&mut self, name: &str, patience: Span) -> f64 {
        let arrived = self.arrived as f64;
        let given_up = self.failed_by(Cause::CheckoutTimeout);
        let refused = self.failed_by(Cause::QueueFull) + self.failed_by(Cause::Rejected);
        let wait_s = self.wait_ns as f64 / 1e9;
        match name {
            "p_wait" => (self.waited as f64 + given_up) / arrived,
            "p_wait_accepted" => self.waited as f64 / (arrived - refused),
            "Wq" | "Wq_served" | "Wq_accepted" | "shared_Wq" | "partitioned_Wq" => self.mean_wait(),
            "Wq_all" => (wait_s + given_up * patience.as_secs_f64()) / arrived,
            "W" | "W_accepted" => self.mean_sojourn(),
            "L" => self.mean(self.in_flight),
            "Lq" => (wait_s + given_up * patience.as_secs_f64()) / self.seconds(),
            "p_block" | "p_reject" => refused / arrived,
            "p_abandon" => given_up / arrived,
            "throughput" | "accepted_rate" => self.succeeded as f64 / self.seconds(),
            "mean_busy" | "mean_connected" => self.mean(self.slots),
            "mean_leaked" => self.mean(self.leaked),
            "amplification" | "attempts_per_request" => self.attempted as f64 / arrived,
            "success" => self.succeeded as f64 / arrived,
            _ => match name.rsplit_once("_p") {
                Some((what, percent)) => self.quantile(what, percent),
                None => panic!("there is no figure {name}"),
            },
        }
    }

    fn quantile(&mut self, what: &str, percent: &str) -> f64 {
        let q = percent.parse::<f64>().unwrap() / 100.0;
        let all = if what == "sojourn" { &mut self.sojourns } else { &mut self.waits };
        let all = all.as_mut().expect("quantiles are asked for beforehand");
        let place = (q * all.len() as f64) as usize;
        let (_, at, _) = all.select_nth_unstable(place);
        f64::from(*at) / 1e6
    }
}

/// In microseconds, so that an hour fits.
fn short(span: Span) -> u32 {
    u32::try_from((span.as_ns() + 500) / 1000).unwrap_or(u32::MAX)
}

impl Observer<Observation> for Meter {
    #[inline]
    fn observe(&mut self, at: SimTime, what: Observation) {
        self.levels(at.max(self.from), what);
        if at >= self.from {
            self.count(what, at);
        }
    }
}

impl Meter {
    #[inline]
    fn levels(&mut self, at: SimTime, what: Observation) {
        use Observation as O;
        match what {
            O::Arrived { .. } => self.in_flight.change(at, 1),
            O::Succeeded { .. } | O::Failed { .. } => self.in_flight.change(at, -1),
            O::Received { .. } => self.slots.change(at, 1),
            O::Freed { .. } => self.slots.change(at, -1),
            O::Leaked { .. } => self.leaked.change(at, 1),
            O::Reaped { .. } => self.leaked.change(at, -1),
            _ => {}
        }
    }

    #[inline]
    fn count(&mut self, what: Observation, at: SimTime) {
        use Observation as O;
        match what {
            O::Arrived { .. } => self.arrived += 1,
            O::Attempted { .. } => self.attempted += 1,
            O::Succeeded { began, .. } => {
                let sojourn = at.since(began);
                self.succeeded += 1;
                self.slower += u64::from(sojourn > self.slow);
                self.sojourn_ns += u128::from(sojourn.as_ns());
                self.sojourns.iter_mut().for_each(|all| all.push(short(sojourn)));
            }
            O::Failed { cause, .. } => self.failed[cause as usize] += 1,
            O::CheckedOut { wait, .. } | O::UpstreamTaken { wait, .. } => {
                self.served += 1;
                self.waited += u64::from(!wait.is_zero());
                self.wait_ns += u128::from(wait.as_ns());
                self.waits.iter_mut().for_each(|all| all.push(short(wait)));
            }
            O::Rejected { .. } => self.rejected += 1,
            O::Received { .. } => self.received += 1,
            O::Freed { .. } => self.freed += 1,
            O::Leaked { .. } => self.leaks += 1,
            _ => {}
        }
    }
}

/// Plays a run and reads the meter at instants, in order.
pub fn sampled<T>(
    scenario: &Scenario,
    run: u32,
    instants: impl IntoIterator<Item = SimTime>,
    read: impl Fn(&Meter) -> T,
) -> Vec<T> {
    let mut meter = Meter::of(scenario);
    let (mut world, mut agenda) = World::new(scenario, run, &mut meter);
    let mut values = Vec::new();
    for at in instants {
        engine::run(&mut world, &mut agenda, at, u64::MAX, &mut meter);
        values.push(read(&meter));
    }
    values
}

/// The mean and the variance of values.
pub fn mean_and_variance(values: &[f64]) -> (f64, f64) {
    let all = mean_interval(values);
    (all.mean, all.sd * all.sd)
}
