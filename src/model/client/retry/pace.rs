//! The send rate of the AWS SDKs' adaptive mode.

use crate::units::{SimTime, Span};

/// A bucket that every attempt takes a token from, once there has been a throttling error; its rate
/// falls at such errors and grows back as CUBIC does.
///
/// # Source
///
/// smithy-rs `aws-smithy-runtime` `client_rate_limiter.rs`; botocore `retries/adaptive.py`,
/// `throttling.py`, `bucket.py`.
#[derive(Debug)]
pub struct Pace {
    enabled: bool,
    /// Tokens per second.
    fill: f64,
    capacity: f64,
    tokens: f64,
    filled: SimTime,
    /// Responses per second, smoothed, and what it is made of.
    measured: f64,
    bucket: u64,
    count: u32,
    /// The rate at the last throttling error, and when that was.
    rate_then: f64,
    throttled: SimTime,
}

/// The share of the rate that a throttling error leaves.
const BETA: f64 = 0.7;
/// How fast the rate grows back.
const SCALE: f64 = 0.4;
/// The weight of the newest measurement.
const SMOOTH: f64 = 0.8;
/// Rates are measured over half a second.
const BUCKET_NS: u64 = 500_000_000;
const LEAST_RATE: f64 = 0.5;
const LEAST_CAPACITY: f64 = 1.0;

impl Pace {
    /// One that keeps nothing back yet.
    pub fn new() -> Pace {
        Pace {
            enabled: false,
            fill: 0.0,
            capacity: f64::MAX,
            tokens: 0.0,
            filled: SimTime::ZERO,
            measured: 0.0,
            bucket: 0,
            count: 0,
            rate_then: 0.0,
            throttled: SimTime::ZERO,
        }
    }

    /// How long an attempt that would begin now has to wait; it will have its token then.
    pub fn wait(&mut self, now: SimTime) -> Span {
        if !self.enabled {
            return Span::ZERO;
        }
        self.refill(now);
        let lacking = 1.0 - self.tokens;
        self.tokens -= 1.0;
        Span::from_secs_f64((lacking / self.fill).max(0.0))
    }

    /// An attempt has ended at `now`, by a throttling error or not.
    pub fn learn(&mut self, throttled: bool, now: SimTime) {
        self.measure(now);
        let rate = if throttled {
            let rate = if self.enabled { self.measured.min(self.fill) } else { self.measured };
            self.rate_then = rate;
            self.throttled = now;
            self.enabled = true;
            rate * BETA
        } else {
            let window = libm::cbrt(self.rate_then * (1.0 - BETA) / SCALE);
            let since = now.since(self.throttled).as_secs_f64() - window;
            SCALE * since * since * since + self.rate_then
        };
        self.refill(now);
        let rate = rate.min(2.0 * self.measured);
        self.fill = rate.max(LEAST_RATE);
        self.capacity = rate.max(LEAST_CAPACITY);
        self.tokens = self.tokens.min(self.capacity);
    }

    fn measure(&mut self, now: SimTime) {
        let bucket = now.as_ns() / BUCKET_NS;
        self.count += 1;
        if bucket > self.bucket {
            let seconds = ((bucket - self.bucket) * BUCKET_NS) as f64 / 1e9;
            let rate = f64::from(self.count) / seconds;
            self.measured = rate * SMOOTH + self.measured * (1.0 - SMOOTH);
            self.count = 0;
            self.bucket = bucket;
        }
    }

    fn refill(&mut self, now: SimTime) {
        let tokens = self.tokens + self.fill * now.since(self.filled).as_secs_f64();
        self.tokens = tokens.min(self.capacity);
        self.filled = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> SimTime {
        SimTime::from_ns(ms * 1_000_000)
    }

    /// Ten attempts a second for five seconds, all of which succeed.
    fn steady() -> Pace {
        let mut pace = Pace::new();
        for n in 0..50 {
            assert!(pace.wait(at(n * 100)).is_zero(), "nothing is kept back before an error");
            pace.learn(false, at(n * 100));
        }
        pace
    }

    #[test]
    fn a_throttling_error_leaves_seven_tenths_of_the_rate() {
        let mut pace = steady();
        pace.learn(true, at(5000));
        // Ten a second were measured but for what is left of the beginning, and one more in the last.
        assert!((pace.rate_then - 10.0).abs() < 0.1, "{}", pace.rate_then);
        assert!((pace.fill - 0.7 * pace.rate_then).abs() < 1e-9);
        // What the bucket holds goes at once; then attempts are a token's time apart.
        let waits: Vec<f64> = (0..30).map(|_| pace.wait(at(5000)).as_secs_f64()).collect();
        assert!(waits.iter().filter(|wait| **wait == 0.0).count() <= 7);
        let late: Vec<&[f64]> = waits.windows(2).filter(|pair| pair[0] > 0.0).collect();
        assert!(late.len() >= 20);
        assert!(late.iter().all(|pair| (pair[1] - pair[0] - 1.0 / pace.fill).abs() < 1e-6));
    }

    /// As CUBIC grows: back at the rate of the error after the cube root of 0.75 of it, in seconds.
    #[test]
    fn the_rate_is_back_after_the_time_of_the_cubic() {
        let mut pace = steady();
        pace.learn(true, at(5000));
        let back = 5000 + (libm::cbrt(0.75 * pace.rate_then) * 1000.0) as u64;
        let mut now = 5000;
        while now + 100 <= back {
            now += 100;
            pace.learn(false, at(now));
            assert!(pace.fill <= pace.rate_then && pace.fill >= LEAST_RATE);
        }
        pace.learn(false, at(back));
        assert!((pace.fill - pace.rate_then).abs() < 1e-3, "{} of {}", pace.fill, pace.rate_then);
        // Later it goes on growing, to twice what is measured at most.
        for n in 1..100 {
            pace.learn(false, at(back + n * 100));
        }
        assert!((pace.fill - 2.0 * pace.measured).abs() < 1e-9);
    }

    #[test]
    fn the_rate_never_falls_below_one_in_two_seconds() {
        let mut pace = steady();
        for n in 0..100 {
            pace.learn(true, at(5000 + n * 100));
        }
        assert_eq!(pace.fill, LEAST_RATE);
    }
}
