//! Times with arrivals, in turn with times without.

use crate::chance::{Sampler, Stream};
use crate::model::plan::sampler;
use crate::scenario::OnOff;
use crate::units::{SimTime, Span};

/// A time with arrivals lasts at least so long: those of no time must not hold up the clock.
const ON_AT_LEAST: Span = Span::from_ns(100_000);

/// When requests arrive that come at a rate for a while, and then not at all.
///
/// The times with arrivals, put end to end, are a clock of their own on which arrivals come at the
/// rate: its readings are turned back into instants.
#[derive(Debug)]
pub struct Phases {
    per_second: f64,
    even: bool,
    on: Sampler,
    off: Sampler,
    /// The begin of the present time with arrivals, and how long it lasts.
    begin: SimTime,
    length: Span,
    /// Time with arrivals before the present one, in nanoseconds.
    before_ns: u64,
    /// The reading of that clock at the last arrival, in seconds, and arrivals so far.
    reading_s: f64,
    count: u64,
}

impl Phases {
    /// A time with arrivals begins now.
    pub fn new(settings: &OnOff, now: SimTime, lengths: &mut Stream) -> Phases {
        let mut phases = Phases {
            per_second: settings.rate.as_per_second(),
            even: settings.even,
            on: sampler(&settings.on),
            off: sampler(&settings.off),
            begin: now,
            length: Span::ZERO,
            before_ns: 0,
            reading_s: 0.0,
            count: 0,
        };
        phases.length = phases.on.sample(lengths).max(ON_AT_LEAST);
        phases
    }

    /// The next arrival, if one comes up to `end`. One at the very end of a time with arrivals comes at
    /// the begin of the next.
    pub fn next(
        &mut self,
        end: SimTime,
        gaps: &mut Stream,
        lengths: &mut Stream,
    ) -> Option<SimTime> {
        if self.per_second <= 0.0 {
            return None;
        }
        self.reading_s = match self.even {
            true => self.count as f64 / self.per_second,
            false => self.reading_s + gaps.exponential() / self.per_second,
        };
        self.count += 1;
        let reading_ns = (self.reading_s * 1e9 + 0.5) as u64;
        while reading_ns >= self.before_ns + self.length.as_ns() {
            self.before_ns += self.length.as_ns();
            self.begin = self.begin + self.length + self.off.sample(lengths);
            self.length = self.on.sample(lengths).max(ON_AT_LEAST);
            if self.begin > end {
                return None;
            }
        }
        Some(self.begin + Span::from_ns(reading_ns - self.before_ns))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Purpose;
    use crate::scenario::Dist;
    use crate::units::Rate;

    fn instants(settings: &OnOff, until: SimTime) -> Vec<SimTime> {
        let stream = |purpose| Stream::new("1", 0, "fleets.f", purpose);
        let (mut gaps, mut lengths) = (stream(Purpose::Arrival), stream(Purpose::Burst));
        let mut phases = Phases::new(settings, SimTime::ZERO, &mut lengths);
        std::iter::from_fn(|| phases.next(until, &mut gaps, &mut lengths))
            .take_while(|at| *at <= until)
            .collect()
    }

    fn at(ms: u64) -> SimTime {
        SimTime::from_ns(ms * 1_000_000)
    }

    fn settings(even: bool, on: Dist, off: Dist) -> OnOff {
        OnOff { rate: Rate::per_second(10.0).unwrap(), even, on, off }
    }

    #[test]
    fn even_arrivals_pause_and_go_on_where_they_were() {
        let constant = |ms: u64| Dist::Constant(Span::from_ns(ms * 1_000_000));
        let seen = instants(&settings(true, constant(250), constant(1000)), at(3000));
        // 250 ms with arrivals, a second without: the clock reads 300 at 50 ms into the second time.
        assert_eq!(
            seen,
            [0, 100, 200, 1300, 1400, 2500, 2600, 2700].map(at),
            "the one of 500 ms comes with the third time"
        );
    }

    /// Ten a second for a quarter of the time. With lengths known, counts follow from them exactly.
    #[test]
    fn the_mean_rate_is_the_rate_times_the_share_of_time_with_arrivals() {
        let constant = |ms: u64| Dist::Constant(Span::from_ns(ms * 1_000_000));
        let hours = SimTime::ZERO + Span::from_secs(7200);
        let seen = instants(&settings(true, constant(500), constant(1500)), hours);
        assert_eq!(seen.len(), 7200 * 10 / 4 + 1, "and the first one of the next time");
        // By chance the count in 7200 s is Poisson: its deviation is the root of its mean.
        let seen = instants(&settings(false, constant(500), constant(1500)), hours);
        assert!((seen.len() as f64 - 18_000.0).abs() < 4.0 * 18_000f64.sqrt());
    }

    #[test]
    fn without_a_rate_or_time_nothing_hangs() {
        let none = OnOff {
            rate: Rate::per_second(0.0).unwrap(),
            ..settings(false, Dist::Constant(Span::ZERO), Dist::Constant(Span::ZERO))
        };
        assert!(instants(&none, at(1000)).is_empty());
        let zero = settings(true, Dist::Constant(Span::ZERO), Dist::Constant(Span::ZERO));
        assert_eq!(instants(&zero, at(1000)).len(), 11, "times of no length are lengthened");
    }
}
