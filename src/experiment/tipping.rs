//! Claims that need runs of their own: the smallest trigger that tips a system.

use super::simulate;
use crate::claims::measure;
use crate::observe::Record;
use crate::scenario::{ClaimTest, Measure, Scenario, Tips};

/// Searches for the tipping points of one run, and what they cost.
pub(super) struct Search<'a> {
    /// The run. Every trigger meets its chance: all runs of its searches have its number and seed.
    run: u32,
    /// Told the runs that are over, with the share of the one in progress, and all their requests.
    watch: &'a mut dyn FnMut(f64, u64),
    done: u32,
    /// Requests of the runs that are over.
    pub requests: u64,
    /// Events of the runs that are over.
    pub events: u64,
    /// Why a run stopped before its end; then nothing was found.
    pub stopped: Option<String>,
}

/// Runs that the searches of one run make at most: both ends of each, and one for each halving.
pub(super) fn most_runs(scenario: &Scenario) -> u32 {
    let halvings = |tips: &Tips| tips.steps.next_power_of_two().trailing_zeros();
    searches(scenario).map(|tips| 2 + halvings(tips)).sum()
}

fn searches(scenario: &Scenario) -> impl Iterator<Item = &Tips> {
    scenario.claims.iter().filter_map(|claim| match &claim.test {
        ClaimTest::Outcome { measure: Measure::Tips(tips), .. } => Some(&**tips),
        _ => None,
    })
}

impl<'a> Search<'a> {
    pub fn new(run: u32, watch: &'a mut dyn FnMut(f64, u64)) -> Search<'a> {
        Search { run, watch, done: 0, requests: 0, events: 0, stopped: None }
    }

    /// The smallest value from which goodput does not come back: positive infinity when it comes back
    /// at both ends, negative infinity when at neither, `None` when it comes back only from the
    /// larger, or a run stopped early.
    ///
    /// The search halves the values between one that recovers and one that does not. Where both kinds
    /// alternate it finds one of the places where they change.
    pub fn tipping_point(&mut self, tips: &Tips) -> Option<f64> {
        let (mut recovers, mut tipped) = (0, tips.steps);
        match (self.recovers(tips, recovers)?, self.recovers(tips, tipped)?) {
            (true, true) => return Some(f64::INFINITY),
            (false, false) => return Some(f64::NEG_INFINITY),
            (false, true) => return None,
            (true, false) => {}
        }
        while tipped - recovers > 1 {
            let middle = recovers + (tipped - recovers) / 2;
            match self.recovers(tips, middle)? {
                true => recovers = middle,
                false => tipped = middle,
            }
        }
        Some(tips.value(tipped))
    }

    /// Whether goodput comes back with the setting so many steps above its smallest value.
    fn recovers(&mut self, tips: &Tips, steps: u32) -> Option<bool> {
        let scenario = match tips.scenario(steps) {
            Ok(scenario) => scenario,
            Err(why) => {
                self.stopped = Some(format!("a search met a scenario that cannot be: {why}"));
                return None;
            }
        };
        let (done, before) = (f64::from(self.done), self.requests);
        let length = scenario.duration.as_secs_f64();
        let mut follow = |record: &Record| {
            let at = record.times.last().map_or(0.0, |at| at.as_secs_f64());
            (self.watch)(done + (at / length).min(1.0), before + record.requests);
        };
        let record = simulate(&scenario, self.run, &mut follow);
        self.done += 1;
        self.requests += record.requests;
        self.events += record.handled;
        self.stopped = record.stopped.clone();
        let back = measure(&Measure::Recovers(tips.recovers.clone()), &record).is_some();
        self.stopped.is_none().then_some(back)
    }
}
