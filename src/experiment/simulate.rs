//! One run.

use crate::claims::needs;
use crate::engine::{End, run as run_engine};
use crate::model::{AT_ONCE_MAX, World};
use crate::observe::{Record, Recorder};
use crate::scenario::Scenario;
use crate::units::{SimTime, duration};

/// Events between two rows, at most: beyond this a run is stopped with a message.
const EVENTS_PER_ROW_MAX: u64 = 20_000_000_000;

/// Simulates run number `run` of a scenario; `follow` is called after each row of the series.
///
/// # Panics
///
/// When a law of conservation is broken, with the law and both figures. That is a mistake of this
/// program; no scenario can cause it otherwise.
pub fn simulate(scenario: &Scenario, run: u32, follow: &mut dyn FnMut(&Record)) -> Record {
    let mut recorder = Recorder::new(scenario, &needs(&scenario.claims));
    let (mut world, mut agenda) = World::new(scenario, run, &mut recorder);
    let end = SimTime::ZERO + scenario.duration;
    let mut at = SimTime::ZERO;
    let mut stopped = None;
    recorder.row(&mut world, at, 0);
    follow(recorder.record());
    while at < end && stopped.is_none() {
        at = (at + scenario.sample_every).min(end);
        let ended = run_engine(&mut world, &mut agenda, at, EVENTS_PER_ROW_MAX, &mut recorder);
        if ended == End::EventLimit {
            stopped = Some(format!("more than {EVENTS_PER_ROW_MAX} events between two rows"));
        } else if world.is_overfull() {
            stopped = Some(format!(
                "more than {AT_ONCE_MAX} requests or connections at once after {}",
                duration(at.since(SimTime::ZERO))
            ));
        }
        recorder.row(&mut world, at, agenda.taken());
        if cfg!(debug_assertions) || at == end || stopped.is_some() {
            recorder.check_conservation(&world).unwrap_or_else(|law| panic!("{law}"));
        }
        follow(recorder.record());
    }
    recorder.finish(scenario, stopped)
}
