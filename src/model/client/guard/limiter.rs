//! What adapts to how the server answers: throttling by chance, and limits of attempts at once.
//!
//! # Source
//!
//! Throttling: Google, Site Reliability Engineering, chapter 21, "Client-Side Throttling". Limits:
//! Netflix/concurrency-limits `AIMDLimit._update`, `VegasLimit._update` with `Log10RootFunction`,
//! `Gradient2Limit._update` with `ExpAvgMeasurement` (warm-up of 10), `SimpleLimiter.acquire`.

use crate::chance::Stream;
use crate::model::client::guard::window::{Buckets, Tally};
use crate::scenario::{self, Cause, Limit, LimitRule};
use crate::units::{SimTime, Span};

/// Times that make the first mean of a long average.
const WARM_UP: u32 = 10;

/// The limiter of an instance.
#[derive(Clone, Debug)]
pub struct Limiter {
    rule: scenario::Limiter,
    /// Attempts that passed and have not ended.
    in_flight: u32,
    /// Of a throttle.
    counts: Option<Buckets>,
    /// Of a limit.
    moves: Moves,
}

/// What moves a limit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Moves {
    /// The limit; attempts see the whole number below.
    limit: f64,
    /// Vegas: the shortest time known, in nanoseconds; zero is none.
    shortest: f64,
    /// Vegas: samples since it was last measured anew.
    samples: u32,
    /// Vegas: chance's part in when that is done again, 0.5 to 1; zero is not drawn yet.
    jitter: f64,
    /// Gradient2: the long average of times.
    long: f64,
    /// Gradient2: samples of the warm-up, and their sum.
    warm: (u32, f64),
}

/// A time to learn from.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// How long the attempt took.
    pub took: Span,
    /// Attempts that were out when it began, itself among them.
    pub in_flight: u32,
    /// Whether it failed.
    pub failed: bool,
}

impl Limiter {
    /// One that has learnt nothing.
    pub fn new(rule: &scenario::Limiter) -> Limiter {
        let (mut counts, mut moves) = (None, Moves::default());
        match rule {
            scenario::Limiter::None => {}
            scenario::Limiter::Throttle(t) => counts = Some(Buckets::new(t.window, t.buckets)),
            scenario::Limiter::Limit(limit) => moves.limit = limit.initial.into(),
        }
        Limiter { rule: *rule, in_flight: 0, counts, moves }
    }

    /// Another rule holds from now on; it has learnt nothing, but knows what is out.
    pub fn configure(&mut self, rule: &scenario::Limiter) {
        if self.rule != *rule {
            *self = Limiter { in_flight: self.in_flight, ..Limiter::new(rule) };
        }
    }

    /// Whether there is one.
    pub fn is_on(&self) -> bool {
        self.rule != scenario::Limiter::None
    }

    /// Attempts that passed and have not ended.
    pub fn in_flight(&self) -> u32 {
        self.in_flight
    }

    /// The limit in force; zero where there is none.
    pub fn limit(&self) -> u32 {
        self.moves.limit as u32
    }

    /// An attempt wants to begin at `now`: how many are out with it.
    ///
    /// # Errors
    ///
    /// Why it may not. A throttle draws once for every attempt.
    pub fn ask(&mut self, now: SimTime, chance: &mut Stream) -> Result<u32, Cause> {
        let limit = self.limit();
        match (&self.rule, &mut self.counts) {
            (scenario::Limiter::Throttle(rule), Some(counts)) => {
                let seen = counts.sum(now);
                let refused = refusal(rule.k, seen);
                counts.add(now, Tally { calls: 1, ..Tally::default() });
                if chance.uniform() < refused {
                    return Err(Cause::Throttled);
                }
            }
            (scenario::Limiter::Limit(_), _) if self.in_flight >= limit => {
                return Err(Cause::LimitReached);
            }
            _ => {}
        }
        self.in_flight += 1;
        Ok(self.in_flight)
    }

    /// An attempt that passed has ended without telling anything.
    pub fn gave_up(&mut self) {
        self.in_flight -= 1;
    }

    /// An attempt that passed has ended at `now`.
    pub fn ended(&mut self, sample: Sample, now: SimTime, chance: &mut Stream) {
        self.gave_up();
        match (&self.rule, &mut self.counts) {
            (scenario::Limiter::Throttle(_), Some(counts)) if !sample.failed => {
                counts.add(now, Tally { marked: 1, ..Tally::default() });
            }
            (scenario::Limiter::Limit(limit), _) => self.moves.learn(limit, sample, chance),
            _ => {}
        }
    }
}

/// The probability with which an attempt is refused, after `seen` attempts and successes.
fn refusal(k: f64, seen: Tally) -> f64 {
    let (requests, accepts) = (f64::from(seen.calls), f64::from(seen.marked));
    (requests - k * accepts) / (requests + 1.0)
}

impl Moves {
    fn learn(&mut self, limit: &Limit, sample: Sample, chance: &mut Stream) {
        let (min, max) = (f64::from(limit.min), f64::from(limit.max));
        let took = sample.took.as_ns().max(1) as f64;
        match limit.rule {
            LimitRule::Aimd { backoff, timeout } => {
                let whole = self.limit;
                let moved = if sample.failed || sample.took > timeout {
                    libm::floor(whole * backoff.share())
                } else if f64::from(sample.in_flight) * 2.0 >= whole {
                    whole + 1.0
                } else {
                    whole
                };
                self.limit = moved.clamp(min, max);
            }
            LimitRule::Vegas { smoothing, probe } => {
                if let Some(moved) = self.vegas(took, sample, probe, chance) {
                    let moved = moved.clamp(min, max);
                    let share = smoothing.share();
                    self.limit = (1.0 - share) * self.limit + share * moved;
                }
            }
            LimitRule::Gradient2 { smoothing, queue, tolerance, long_window } => {
                let long = self.average(took, long_window);
                if f64::from(sample.in_flight) < self.limit / 2.0 {
                    return;
                }
                let gradient = (tolerance * long / took).clamp(0.5, 1.0);
                let moved = self.limit * gradient + f64::from(queue);
                let share = smoothing.share();
                self.limit = (self.limit * (1.0 - share) + moved * share).clamp(min, max);
            }
        }
    }

    /// Where Vegas wants to go, if anywhere.
    fn vegas(&mut self, took: f64, s: Sample, probe: u32, chance: &mut Stream) -> Option<f64> {
        let draw = |chance: &mut Stream| 0.5 + 0.5 * chance.uniform();
        if self.jitter == 0.0 {
            self.jitter = draw(chance);
        }
        self.samples += 1;
        if self.jitter * f64::from(probe) * self.limit <= f64::from(self.samples) {
            (self.jitter, self.samples, self.shortest) = (draw(chance), 0, took);
            return None;
        }
        if self.shortest == 0.0 || took < self.shortest {
            self.shortest = took;
            return None;
        }
        let limit = self.limit;
        let queue = libm::ceil(limit * (1.0 - self.shortest / took));
        let step = log10_root(limit);
        if s.failed {
            return Some(limit - step);
        }
        if f64::from(s.in_flight) * 2.0 < limit {
            return None;
        }
        let (alpha, beta) = (3.0 * step, 6.0 * step);
        if queue <= step {
            Some(limit + beta)
        } else if queue < alpha {
            Some(limit + step)
        } else if queue > beta {
            Some(limit - step)
        } else {
            None
        }
    }

    /// The long average with one time more. After a time of less than half of it, it is shortened for
    /// the next.
    fn average(&mut self, took: f64, window: u32) -> f64 {
        let (count, sum) = &mut self.warm;
        if *count < WARM_UP {
            *count += 1;
            *sum += took;
            self.long = *sum / f64::from(*count);
        } else {
            let factor = 2.0 / (f64::from(window) + 1.0);
            self.long = self.long * (1.0 - factor) + took * factor;
        }
        let long = self.long;
        if long / took > 2.0 {
            self.long = long * 0.95;
        }
        long
    }
}

/// The whole part of log10, at least 1.
fn log10_root(limit: f64) -> f64 {
    libm::floor(libm::log10(libm::floor(limit))).max(1.0)
}

#[cfg(test)]
mod tests;
