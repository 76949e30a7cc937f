//! The CPU of a process: one line before its cores.

use crate::scenario::ProcessCpu;
use crate::units::{SimTime, Span};

/// The cores of a process. Work is done in the order in which it comes, each piece on one core, none
/// interrupted: what a piece costs is known when it comes, so the instant at which it is done is, too,
/// and the line itself need not be kept.
#[derive(Debug, Default)]
pub struct Cores {
    /// When each core has done all it was given; no cores where work costs nothing.
    free_at: Vec<SimTime>,
}

impl Cores {
    /// The cores of `cpu`, if anything costs CPU time there. Work that was given to cores that stay
    /// is still done.
    pub fn configure(&mut self, cpu: &ProcessCpu) {
        let cores = if cpu.is_counted() { cpu.cores as usize } else { 0 };
        // Those that are free first go.
        self.free_at.sort_by(|a, b| b.cmp(a));
        self.free_at.resize(cores, SimTime::ZERO);
    }

    /// Whether work waits for a core here.
    #[inline]
    pub fn are_counted(&self) -> bool {
        !self.free_at.is_empty()
    }

    /// Work that comes at `now` and costs `cost`: when it is done.
    pub fn work(&mut self, now: SimTime, cost: Span) -> SimTime {
        let Some(first) = self.free_at.iter_mut().min() else { return now };
        let done = now.max(*first) + cost;
        *first = done;
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cores(cores: u32) -> Cores {
        let mut line = Cores::default();
        line.configure(&ProcessCpu { cores, attempt: Span::from_ns(1), ..ProcessCpu::UNUSED });
        line
    }

    #[test]
    fn first_come_first_served_on_whichever_core_is_free_first() {
        let (at, ns) = (SimTime::from_ns, Span::from_ns);
        let mut one = cores(1);
        let done: Vec<_> = [(0, 10), (0, 10), (5, 1), (100, 3)].map(|(t, c)| (at(t), ns(c))).into();
        let done: Vec<_> = done.iter().map(|(t, c)| one.work(*t, *c)).collect();
        assert_eq!(done, [at(10), at(20), at(21), at(103)]);
        let mut two = cores(2);
        assert_eq!([10, 4, 4, 4].map(|c| two.work(at(0), ns(c))), [at(10), at(4), at(8), at(12)]);
    }

    /// Even work that costs nothing waits for its turn.
    #[test]
    fn work_at_no_cost_waits_too() {
        let mut one = cores(1);
        one.work(SimTime::ZERO, Span::from_ns(10));
        assert_eq!(one.work(SimTime::from_ns(3), Span::ZERO), SimTime::from_ns(10));
    }

    #[test]
    fn a_core_that_is_added_is_free_and_the_freest_is_taken_away() {
        let (at, ns) = (SimTime::from_ns, Span::from_ns);
        let cpu = |cores| ProcessCpu { cores, attempt: ns(1), ..ProcessCpu::UNUSED };
        let mut line = cores(1);
        line.work(at(0), ns(100));
        line.configure(&cpu(2));
        assert_eq!(line.work(at(50), ns(5)), at(55));
        line.configure(&cpu(1));
        assert_eq!(line.work(at(60), ns(1)), at(101));
        line.configure(&ProcessCpu::UNUSED);
        assert!(!line.are_counted());
    }
}
