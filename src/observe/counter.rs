//! Counters that know when they first passed a bound.

use crate::units::SimTime;

/// A number that only grows.
#[derive(Clone, Debug)]
pub struct Counter {
    count: u64,
    /// The next bound that is watched.
    bound: u64,
    /// Bounds and the instants at which they were passed, in the order of the bounds.
    watched: Vec<(f64, Option<SimTime>)>,
}

impl Default for Counter {
    fn default() -> Counter {
        Counter { count: 0, bound: u64::MAX, watched: Vec::new() }
    }
}

impl Counter {
    /// Watches for the first instant above `bound`.
    pub fn watch(&mut self, bound: f64) {
        let already = (bound < 0.0).then_some(SimTime::ZERO);
        self.watched.push((bound, already));
        self.watched.sort_by(|a, b| a.0.total_cmp(&b.0));
        self.look_ahead();
    }

    /// One more.
    #[inline]
    pub fn add(&mut self, at: SimTime) {
        self.count += 1;
        if self.count > self.bound {
            self.pass(at);
        }
    }

    /// How many.
    #[inline]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Bounds and the instants at which they were passed.
    pub fn watched(&self) -> &[(f64, Option<SimTime>)] {
        &self.watched
    }

    #[cold]
    fn pass(&mut self, at: SimTime) {
        for (bound, passed) in &mut self.watched {
            if self.count as f64 > *bound {
                passed.get_or_insert(at);
            }
        }
        self.look_ahead();
    }

    fn look_ahead(&mut self) {
        let next = self.watched.iter().find(|(_, passed)| passed.is_none());
        self.bound = next.map_or(u64::MAX, |(bound, _)| bound.max(0.0) as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_instant_above_each_bound_is_kept() {
        let mut counter = Counter::default();
        for bound in [10.0, 0.0, 2.5, 100.0, -1.0] {
            counter.watch(bound);
        }
        for s in 1..=20 {
            counter.add(SimTime::from_ns(s));
        }
        let at = |ns| Some(SimTime::from_ns(ns));
        assert_eq!(
            counter.watched(),
            [(-1.0, at(0)), (0.0, at(1)), (2.5, at(3)), (10.0, at(11)), (100.0, None)]
        );
    }
}
