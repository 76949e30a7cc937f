//! The clock of a fleet's arrivals.
//!
//! Arrivals at a changing rate are arrivals at rate one on a clock of their own, the cumulative
//! rate: the next unit of that clock is turned back into an instant. A change of the profile keeps
//! the units still to run, so the random numbers stay aligned with those of an unchanged run.

use crate::chance::Stream;
use crate::model::load::phases::Phases;
use crate::scenario::{self, Profile, Sizes};
use crate::units::{SimTime, Span};

/// Segments of straight lines that stand for one period of a wave.
const SEGMENTS_PER_WAVE: u64 = 96;

/// When requests of a fleet arrive.
#[derive(Debug)]
pub struct Arrivals {
    process: scenario::Arrivals,
    /// Nothing is asked for after this.
    end_s: f64,
    /// The segment that holds the units run so far.
    segment: Segment,
    number: u64,
    /// Units run: expected arrivals since time zero.
    units: f64,
    /// Arrivals so far, for evenly spaced ones and for lists.
    count: u64,
    /// Sizes of batches, and lengths of times with and without arrivals.
    bursts: Stream,
    /// Times with and without arrivals, for those that have them.
    phases: Option<Phases>,
}

/// A stretch of time with a rate that changes in a straight line.
#[derive(Clone, Copy, Debug)]
struct Segment {
    start_s: f64,
    end_s: f64,
    rate: f64,
    /// Change of the rate per second.
    slope: f64,
    /// Units run before it.
    units_before: f64,
}

impl Segment {
    fn units_by(&self, s: f64) -> f64 {
        let along = s - self.start_s;
        self.units_before + along * (self.rate + 0.5 * self.slope * along)
    }

    /// The instant at which `units` have run, if that is in this segment.
    #[inline]
    fn instant(&self, units: f64) -> Option<f64> {
        let more = units - self.units_before;
        let along = if self.rate <= 0.0 && self.slope <= 0.0 {
            return None;
        } else if more <= 0.0 {
            0.0
        } else if self.slope == 0.0 {
            more / self.rate
        } else {
            let root = self.rate * self.rate + 2.0 * self.slope * more;
            if root < 0.0 {
                return None;
            }
            2.0 * more / (self.rate + root.sqrt())
        };
        let s = self.start_s + along;
        (s <= self.end_s).then_some(s)
    }
}

impl Arrivals {
    /// A clock that has not ticked, for instants up to `end`.
    pub fn new(process: &scenario::Arrivals, end: SimTime, bursts: Stream) -> Arrivals {
        let mut arrivals = Arrivals {
            process: process.clone(),
            end_s: end.as_secs_f64(),
            segment: Segment { start_s: 0.0, end_s: 0.0, rate: 0.0, slope: 0.0, units_before: 0.0 },
            number: 0,
            units: 0.0,
            count: 0,
            bursts,
            phases: None,
        };
        arrivals.seek(0.0);
        arrivals.begin_phases(SimTime::ZERO);
        arrivals
    }

    /// The instant of the next arrival and how many arrive then; `None` when there are no more.
    #[inline]
    pub fn next(&mut self, stream: &mut Stream) -> Option<(SimTime, u32)> {
        match &self.process {
            scenario::Arrivals::Poisson(_) => self.units += stream.exponential(),
            scenario::Arrivals::Even(_) => {
                self.units = self.count as f64;
                self.count += 1;
            }
            scenario::Arrivals::Instants { at, each } => {
                let next = at.get(self.count as usize).map(|at| (*at, *each));
                self.count += 1;
                return next;
            }
            scenario::Arrivals::Bursts(_) | scenario::Arrivals::OnOff(_) => {
                return self.next_burst(stream);
            }
            // Users have clocks of their own.
            scenario::Arrivals::Users(_) => return None,
        }
        Some((self.instant_of_units()?, 1))
    }

    /// The same for what comes in batches, or for a while only.
    #[inline(never)]
    fn next_burst(&mut self, stream: &mut Stream) -> Option<(SimTime, u32)> {
        if let Some(phases) = &mut self.phases {
            let end = SimTime::ZERO + Span::from_secs_f64(self.end_s);
            return Some((phases.next(end, stream, &mut self.bursts)?, 1));
        }
        self.units += stream.exponential();
        self.batch()
    }

    /// The batch at the present units: when it comes, and how many it brings.
    fn batch(&mut self) -> Option<(SimTime, u32)> {
        let size = match &self.process {
            scenario::Arrivals::Bursts(bursts) => size(&bursts.size, &mut self.bursts),
            _ => 1,
        };
        Some((self.instant_of_units()?, size))
    }

    /// Times with and without arrivals begin anew, where there are any.
    fn begin_phases(&mut self, now: SimTime) {
        self.phases = match &self.process {
            scenario::Arrivals::OnOff(on_off) => Some(Phases::new(on_off, now, &mut self.bursts)),
            _ => None,
        };
    }

    /// Goes on at `now` with another process, and gives its next arrival as [`Arrivals::next`]
    /// does. A random gap that was running keeps its draw: only its length is scaled.
    pub fn change(
        &mut self,
        process: &scenario::Arrivals,
        now: SimTime,
        stream: &mut Stream,
    ) -> Option<(SimTime, u32)> {
        let by_chance = |process: &scenario::Arrivals| {
            matches!(process, scenario::Arrivals::Poisson(_) | scenario::Arrivals::Bursts(_))
        };
        let running = by_chance(&self.process).then(|| {
            self.seek(now.as_secs_f64());
            (self.units - self.segment.units_by(now.as_secs_f64())).max(0.0)
        });
        self.process = process.clone();
        self.begin_phases(now);
        self.seek(now.as_secs_f64());
        let units_now = self.segment.units_by(now.as_secs_f64());
        match process {
            scenario::Arrivals::Poisson(_) | scenario::Arrivals::Bursts(_) => {
                self.units = units_now + running.unwrap_or_else(|| stream.exponential());
                return self.batch();
            }
            scenario::Arrivals::Even(_) => self.count = libm::ceil(units_now) as u64,
            scenario::Arrivals::Instants { at, .. } => {
                self.count = at.iter().take_while(|at| **at < now).count() as u64;
            }
            scenario::Arrivals::Users(_) | scenario::Arrivals::OnOff(_) => {}
        }
        self.next(stream)
    }

    #[inline]
    fn instant_of_units(&mut self) -> Option<SimTime> {
        loop {
            if let Some(s) = self.segment.instant(self.units) {
                return Some(SimTime::from_ns((s * 1e9 + 0.5) as u64));
            }
            if !self.advance() {
                return None;
            }
        }
    }

    /// Goes to the next segment, if there is one.
    fn advance(&mut self) -> bool {
        let Some(mut next) = self.at_number(self.number + 1) else { return false };
        if next.start_s > self.end_s {
            return false;
        }
        next.units_before = self.segment.units_by(self.segment.end_s);
        self.number += 1;
        self.segment = next;
        true
    }

    /// Runs the clock from zero to the segment that holds `s`.
    fn seek(&mut self, s: f64) {
        self.number = 0;
        if let Some(first) = self.at_number(0) {
            self.segment = first;
        }
        while self.segment.end_s <= s && self.advance() {}
    }

    /// Segment `number` of the profile, with no units before it.
    fn at_number(&self, number: u64) -> Option<Segment> {
        match &self.process {
            scenario::Arrivals::Poisson(profile) | scenario::Arrivals::Even(profile) => {
                segment(profile, number)
            }
            scenario::Arrivals::Bursts(bursts) => segment(&bursts.batches, number),
            _ => None,
        }
    }
}

/// How many come at once. Draws once.
fn size(sizes: &Sizes, stream: &mut Stream) -> u32 {
    let draw = stream.uniform();
    match sizes {
        Sizes::Fixed(size) => *size,
        Sizes::Geometric(mean) if *mean <= 1.0 => 1,
        // The number of throws to the first hit of probability 1/mean.
        Sizes::Geometric(mean) => {
            1 + libm::floor(libm::log(1.0 - draw) / libm::log(1.0 - 1.0 / mean)) as u32
        }
        Sizes::Table(weighted) => {
            let mut left = draw * weighted.iter().map(|(_, weight)| weight).sum::<f64>();
            let hit = weighted.iter().find(|(_, weight)| {
                left -= weight;
                left < 0.0
            });
            hit.or(weighted.iter().rfind(|(_, weight)| *weight > 0.0)).map_or(1, |(size, _)| *size)
        }
    }
}

fn segment(profile: &Profile, number: u64) -> Option<Segment> {
    let end = |points: &[(SimTime, _)], i: usize| {
        points.get(i + 1).map_or(f64::INFINITY, |next: &(SimTime, _)| next.0.as_secs_f64())
    };
    let i = number as usize;
    let (start_s, end_s, rate, slope) = match profile {
        Profile::Constant(rate) if number == 0 => (0.0, f64::INFINITY, rate.as_per_second(), 0.0),
        Profile::Constant(_) => return None,
        Profile::Steps(points) => {
            let (at, rate) = points.get(i)?;
            (at.as_secs_f64(), end(points, i), rate.as_per_second(), 0.0)
        }
        Profile::Points(points) => {
            let (at, rate) = points.get(i)?;
            let (start_s, rate) = (at.as_secs_f64(), rate.as_per_second());
            let slope = points.get(i + 1).map_or(0.0, |(next_at, next)| {
                (next.as_per_second() - rate) / (next_at.as_secs_f64() - start_s)
            });
            (start_s, end(points, i), rate, slope)
        }
        Profile::Wave { mean, swing, period, shift } => {
            let step_s = period.as_secs_f64() / SEGMENTS_PER_WAVE as f64;
            let rate_at = |s: f64| {
                let turn = (s - shift.as_secs_f64()) / period.as_secs_f64();
                let wave = libm::sin(2.0 * std::f64::consts::PI * turn);
                mean.as_per_second() * (1.0 + swing.share() * wave)
            };
            let (start_s, end_s) = (number as f64 * step_s, (number + 1) as f64 * step_s);
            let rate = rate_at(start_s);
            (start_s, end_s, rate, (rate_at(end_s) - rate) / step_s)
        }
    };
    Some(Segment { start_s, end_s, rate, slope, units_before: 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Purpose;
    use crate::units::{Rate, Ratio};

    fn rate(per_second: f64) -> Rate {
        Rate::per_second(per_second).unwrap()
    }

    fn at(s: u64) -> SimTime {
        SimTime::ZERO + Span::from_secs(s)
    }

    fn instants(process: scenario::Arrivals, until: SimTime) -> Vec<SimTime> {
        let mut stream = Stream::new("1", 0, "fleets.f", Purpose::Arrival);
        let bursts = Stream::new("1", 0, "fleets.f", Purpose::Burst);
        let mut arrivals = Arrivals::new(&process, until, bursts);
        std::iter::from_fn(|| arrivals.next(&mut stream))
            .map(|(at, _)| at)
            .take_while(|at| *at <= until)
            .collect()
    }

    #[test]
    fn even_arrivals_begin_at_zero_and_never_drift() {
        let process = scenario::Arrivals::Even(Profile::Constant(rate(3.0)));
        let seen = instants(process, at(100_000));
        assert_eq!(seen.len(), 300_001);
        assert_eq!((seen[0], seen[1].as_ns()), (SimTime::ZERO, 333_333_333));
        assert_eq!(seen[300_000], at(100_000));
    }

    #[test]
    fn even_arrivals_follow_a_ramp() {
        // From 0 to 10 per second over 10 s: t seconds have seen t^2/2 arrivals.
        let points = Profile::Points(vec![(at(0), rate(0.0)), (at(10), rate(10.0))]);
        let seen = instants(scenario::Arrivals::Even(points), at(20));
        assert_eq!(seen.iter().filter(|t| **t <= at(10)).count(), 51);
        assert_eq!(seen.len(), 151);
        assert_eq!(seen[2], at(2));
    }

    #[test]
    fn without_a_rate_nobody_arrives() {
        assert!(
            instants(scenario::Arrivals::Even(Profile::Constant(rate(0.0))), at(10)).is_empty()
        );
        let wave = Profile::Wave {
            mean: rate(0.0),
            swing: Ratio::new(0.5).unwrap(),
            period: Span::from_secs(60),
            shift: Span::ZERO,
        };
        assert!(instants(scenario::Arrivals::Poisson(wave), at(100_000)).is_empty());
    }

    #[test]
    fn a_rate_of_zero_is_a_pause() {
        let steps =
            Profile::Steps(vec![(at(0), rate(2.0)), (at(5), rate(0.0)), (at(9), rate(1.0))]);
        let seen = instants(scenario::Arrivals::Even(steps), at(12));
        let late: Vec<_> = seen.iter().filter(|t| **t > at(5)).collect();
        assert_eq!(late, [&at(10), &at(11), &at(12)]);
    }

    /// Counts of a Poisson process have a standard deviation of the root of their mean.
    #[test]
    fn poisson_arrivals_follow_the_wave() {
        let wave = Profile::Wave {
            mean: rate(100.0),
            swing: Ratio::new(0.5).unwrap(),
            period: Span::from_secs(1000),
            shift: Span::ZERO,
        };
        let seen = instants(scenario::Arrivals::Poisson(wave), at(1000));
        let first_half = seen.iter().filter(|t| **t <= at(500)).count() as f64;
        let expected = 500.0 * 100.0 * (1.0 + 0.5 * 2.0 / std::f64::consts::PI);
        assert!((first_half - expected).abs() < 4.0 * expected.sqrt() + 0.001 * expected);
        assert!((seen.len() as f64 - 100_000.0).abs() < 4.0 * 100_000f64.sqrt());
    }

    /// From times with and without arrivals to batches and back: nothing comes before the change.
    #[test]
    fn a_change_of_kind_begins_at_the_change() {
        let on_off = scenario::Arrivals::OnOff(scenario::OnOff {
            rate: rate(1.0),
            even: true,
            on: scenario::Dist::Constant(Span::from_secs(2)),
            off: scenario::Dist::Constant(Span::from_secs(1)),
        });
        let bursts = scenario::Arrivals::Bursts(scenario::Bursts {
            batches: Profile::Constant(rate(100.0)),
            size: Sizes::Fixed(3),
        });
        let mut stream = Stream::new("1", 0, "fleets.f", Purpose::Arrival);
        let lengths = Stream::new("1", 0, "fleets.f", Purpose::Burst);
        let mut arrivals = Arrivals::new(&on_off, at(1000), lengths);
        assert_eq!(arrivals.next(&mut stream), Some((at(0), 1)));
        let (first, size) = arrivals.change(&bursts, at(50), &mut stream).unwrap();
        let (second, _) = arrivals.next(&mut stream).unwrap();
        assert!(first > at(50) && second > first && size == 3);
        assert_eq!(arrivals.change(&on_off, at(60), &mut stream), Some((at(60), 1)));
        assert_eq!(arrivals.next(&mut stream), Some((at(61), 1)));
        assert_eq!(arrivals.next(&mut stream), Some((at(63), 1)));
    }

    #[test]
    fn a_change_of_rate_scales_the_gap_that_was_running() {
        let slow = scenario::Arrivals::Poisson(Profile::Constant(rate(1.0)));
        let fast = scenario::Arrivals::Poisson(Profile::Constant(rate(10.0)));
        let mut stream = Stream::new("1", 0, "fleets.f", Purpose::Arrival);
        let bursts = Stream::new("1", 0, "fleets.f", Purpose::Burst);
        let mut arrivals = Arrivals::new(&slow, at(1000), bursts);
        let (due, _) = arrivals.next(&mut stream).unwrap();
        let now = SimTime::from_ns(due.as_ns() / 2);
        let (sooner, _) = arrivals.change(&fast, now, &mut stream).unwrap();
        let (left, scaled) = (due.since(now).as_ns() as f64, sooner.since(now).as_ns() as f64);
        assert!((scaled - left / 10.0).abs() < 10.0, "{left} {scaled}");
    }
}
