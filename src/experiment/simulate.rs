//! One run.

use crate::claims::{needs, watched};
use crate::engine::{Agenda, End, run as run_engine};
use crate::model::{AT_ONCE_MAX, Event, World};
use crate::observe::{Record, Recorder};
use crate::scenario::Scenario;
use crate::units::{SimTime, duration};

/// Events handled between two looks at whether the run goes on as it should.
const EVENTS_PER_LOOK: u64 = 1_000_000;
/// So many looks in a row at the same instant, and time is taken to stand still.
const LOOKS_AT_ONE_INSTANT: u32 = 50;

/// Simulates run number `run` of a scenario; `follow` is called after each row of the series.
///
/// # Panics
///
/// When a law of conservation is broken, with the law and both figures. That is a mistake of this
/// program; no scenario can cause it otherwise.
pub fn simulate(scenario: &Scenario, run: u32, follow: &mut dyn FnMut(&Record)) -> Record {
    let mut wanted = needs(&scenario.claims);
    watched(scenario, &mut wanted);
    let mut recorder = Recorder::new(scenario, &wanted);
    let (mut world, mut agenda) = World::new(scenario, run, &mut recorder);
    let end = SimTime::ZERO + scenario.duration;
    let mut at = SimTime::ZERO;
    let mut stopped = None;
    let mut checked = 0;
    recorder.row(&mut world, at, 0);
    follow(recorder.record());
    while at < end && stopped.is_none() {
        at = (at + scenario.sample_every).min(end);
        stopped = play_scraped(at, &mut world, &mut agenda, &mut recorder);
        recorder.row(&mut world, at, agenda.taken());
        // A recount costs as much as there is to count: at a row it waits for as many events.
        let due = agenda.taken() - checked >= world.held() as u64;
        if cfg!(debug_assertions) || due || at == end || stopped.is_some() {
            recorder.check_conservation(&world).unwrap_or_else(|law| panic!("{law}"));
            checked = agenda.taken();
        }
        follow(recorder.record());
    }
    recorder.finish(scenario, stopped)
}

/// Plays all events up to `at`, and shows the world to scrapers on the way.
fn play_scraped(
    at: SimTime,
    world: &mut World,
    agenda: &mut Agenda<Event>,
    recorder: &mut Recorder,
) -> Option<String> {
    while let Some(scrape) = recorder.next_scrape().filter(|scrape| *scrape <= at) {
        let stopped = play_until(scrape, world, agenda, recorder);
        if stopped.is_some() {
            return stopped;
        }
        recorder.scrape(world, scrape);
    }
    play_until(at, world, agenda, recorder)
}

/// Plays all events up to `at`; gives the reason when the run must stop before.
fn play_until(
    at: SimTime,
    world: &mut World,
    agenda: &mut Agenda<Event>,
    recorder: &mut Recorder,
) -> Option<String> {
    let since_start = |at: SimTime| duration(at.since(SimTime::ZERO));
    let (mut instant, mut looks) = (agenda.now(), 0);
    while run_engine(world, agenda, at, EVENTS_PER_LOOK, recorder) == End::EventLimit {
        looks = if agenda.now() == instant { looks + 1 } else { 0 };
        instant = agenda.now();
        if looks == LOOKS_AT_ONE_INSTANT {
            return Some(format!(
                "time stands still after {}: {} million events at one instant",
                since_start(instant),
                u64::from(looks) * EVENTS_PER_LOOK / 1_000_000
            ));
        }
        if world.is_overfull() {
            return Some(format!(
                "more than {AT_ONCE_MAX} requests or connections at once after {}",
                since_start(instant)
            ));
        }
    }
    None
}
