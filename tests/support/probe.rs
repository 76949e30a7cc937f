//! Watches a run without a recorder: what happened, when, to whom.
#![allow(dead_code, reason = "each test binary uses its own part of this")]

use highwater::engine::{Observer, run};
use highwater::model::{Event, Observation, World};
use highwater::scenario::{Cause, Scenario};
use highwater::units::SimTime;

/// Plays run number `number` of a scenario to its end, watched by `out`; gives the world back.
pub fn watch<O: Observer<Observation>>(scenario: &Scenario, number: u32, out: &mut O) -> World {
    let (mut world, mut agenda) = World::new(scenario, number, out);
    let end = SimTime::ZERO + scenario.duration;
    run::<World, O>(&mut world, &mut agenda, end, u64::MAX, out);
    world.check_conservation().unwrap_or_else(|law| panic!("{law}"));
    world
}

/// Plays in steps until `done` or the end of the scenario.
pub fn watch_until<O: Observer<Observation>>(
    scenario: &Scenario,
    number: u32,
    out: &mut O,
    done: impl Fn(&O) -> bool,
) {
    const STEPS: u64 = 100;
    let (mut world, mut agenda) = World::new(scenario, number, out);
    for step in 1..=STEPS {
        let horizon = SimTime::from_ns(scenario.duration.as_ns() / STEPS * step);
        run::<World, O>(&mut world, &mut agenda, horizon, u64::MAX, out);
        if done(out) {
            return;
        }
    }
}

/// Milliseconds since the start, to the nanosecond.
fn ms(at: SimTime) -> f64 {
    at.as_ns() as f64 / 1e6
}

/// Everything that happened, in order. For small runs.
#[derive(Default)]
pub struct Diary(pub Vec<(SimTime, Observation)>);

impl Observer<Observation> for Diary {
    fn observe(&mut self, at: SimTime, what: Observation) {
        self.0.push((at, what));
    }
}

impl Diary {
    /// What happened in run 0.
    pub fn of(scenario: &Scenario) -> Diary {
        let mut diary = Diary::default();
        watch(scenario, 0, &mut diary);
        diary
    }

    /// The instants, in milliseconds, at which `is` holds.
    pub fn ms(&self, is: impl Fn(&Observation) -> bool) -> Vec<f64> {
        self.0.iter().filter(|(_, what)| is(what)).map(|(at, _)| ms(*at)).collect()
    }

    /// The ends of requests: when, in milliseconds, and the cause of a failure.
    pub fn ends(&self) -> Vec<(f64, Option<Cause>)> {
        let end = |(at, what): &(SimTime, Observation)| match what {
            Observation::Succeeded { .. } => Some((ms(*at), None)),
            Observation::Failed { cause, .. } => Some((ms(*at), Some(*cause))),
            _ => None,
        };
        self.0.iter().filter_map(end).collect()
    }
}

/// The event type, so that tests can name it.
pub type Due = Event;
