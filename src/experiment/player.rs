//! A run in progress: played to its end row by row, or event by event for whoever wants to look
//! between two. Either way it is the same run.

use crate::engine::{Agenda, End, run as run_engine};
use crate::model::{AT_ONCE_MAX, Event, World};
use crate::observe::{Ended, Record, Recorder, Wanted};
use crate::scenario::Scenario;
use crate::units::{SimTime, duration};

/// Events handled between two looks at whether the run goes on as it should.
const EVENTS_PER_LOOK: u64 = 1_000_000;
/// So many looks in a row at the same instant, and time is taken to stand still.
const LOOKS_AT_ONE_INSTANT: u32 = 50;

/// A run in progress.
pub(super) struct Player<'a> {
    scenario: &'a Scenario,
    world: World,
    agenda: Agenda<Event>,
    recorder: Recorder,
    end: SimTime,
    /// The row written last.
    row: SimTime,
    /// The next.
    next_row: SimTime,
    /// Events taken when everything was last recounted.
    checked: u64,
    /// Events since the last look, the instant at that look, and looks at it in a row.
    since_look: u64,
    instant: SimTime,
    looks: u32,
    stopped: Option<String>,
    /// Requests that have ended since the row and were asked for.
    told: usize,
}

impl<'a> Player<'a> {
    /// A run at its beginning, with its first row; scrapers that are wanted look at it only as long as it
    /// is played row by row.
    pub fn new(scenario: &'a Scenario, run: u32, wanted: &Wanted) -> Player<'a> {
        let mut recorder = Recorder::new(scenario, wanted);
        let (mut world, agenda) = World::new(scenario, run, &mut recorder);
        let end = SimTime::ZERO + scenario.duration;
        recorder.row(&mut world, SimTime::ZERO, 0);
        let mut player = Player {
            scenario,
            world,
            agenda,
            recorder,
            end,
            row: SimTime::ZERO,
            next_row: SimTime::ZERO,
            checked: 0,
            since_look: 0,
            instant: SimTime::ZERO,
            looks: 0,
            stopped: None,
            told: 0,
        };
        player.aim();
        player
    }

    /// The state of everything.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// What is recorded so far.
    pub fn record(&self) -> &Record {
        self.recorder.record()
    }

    /// The instant of the event handled last.
    pub fn now(&self) -> SimTime {
        self.agenda.now()
    }

    /// How many events were handled.
    pub fn handled(&self) -> u64 {
        self.agenda.taken()
    }

    /// Whether it has come to its end, or was stopped.
    pub fn is_over(&self) -> bool {
        self.row >= self.end || self.stopped.is_some()
    }

    /// Plays to the next row and writes it.
    pub fn play_row(&mut self) {
        while let Some(scrape) = self.recorder.next_scrape().filter(|at| *at <= self.next_row) {
            self.play_until(scrape);
            if self.stopped.is_some() {
                break;
            }
            self.recorder.scrape(&mut self.world, scrape);
        }
        self.play_until(self.next_row);
        self.write_row();
    }

    /// Plays everything that is due before `at`, with the rows on the way.
    pub fn play_before(&mut self, at: SimTime) {
        let Some(before) = at.as_ns().checked_sub(1).map(SimTime::from_ns) else { return };
        while !self.is_over() && self.next_row <= before {
            self.play_row();
        }
        if !self.is_over() {
            self.play_until(before);
        }
    }

    /// Handles one event, after the rows due before it; false when the run is over.
    pub fn step(&mut self) -> bool {
        while !self.is_over() {
            if self.play(self.next_row, 1) == End::EventLimit {
                self.count(1);
                if self.stopped.is_some() {
                    self.write_row();
                }
                return true;
            }
            self.write_row();
        }
        false
    }

    /// Requests that have ended since this was last asked; only where the scenario keeps them. Those of
    /// before the last row are not told again.
    pub fn newly_ended(&mut self) -> &[Ended] {
        let ended = self.recorder.ended();
        let from = std::mem::replace(&mut self.told, ended.len());
        &ended[from..]
    }

    /// How the request that arrived then has ended, if that was since the last row.
    pub fn told_last(&self, fleet: u16, began: SimTime) -> Option<Ended> {
        let ended = self.recorder.ended().iter().rev();
        ended.copied().find(|ended| (ended.fleet, ended.began) == (fleet, began))
    }

    /// How many fleets there are.
    pub fn fleets(&self) -> usize {
        self.scenario.settings.fleets.len()
    }

    /// Ends the record.
    pub fn finish(self) -> Record {
        self.recorder.finish(self.scenario, self.stopped)
    }

    /// Plays all events up to `at`, which no row lies before.
    fn play_until(&mut self, at: SimTime) {
        while self.stopped.is_none() {
            let before = self.agenda.taken();
            let end = self.play(at, EVENTS_PER_LOOK - self.since_look);
            self.count(self.agenda.taken() - before);
            if end == End::Horizon {
                return;
            }
        }
    }

    /// The one place where events are handled: the model is compiled into it, and only here.
    #[inline(never)]
    fn play(&mut self, to: SimTime, events_max: u64) -> End {
        run_engine(&mut self.world, &mut self.agenda, to, events_max, &mut self.recorder)
    }

    /// So many events were handled: now and then it is looked whether the run can go on.
    fn count(&mut self, events: u64) {
        self.since_look += events;
        if self.since_look < EVENTS_PER_LOOK {
            return;
        }
        self.since_look = 0;
        let now = self.agenda.now();
        self.looks = if now == self.instant { self.looks + 1 } else { 0 };
        self.instant = now;
        let since_start = duration(now.since(SimTime::ZERO));
        if self.looks == LOOKS_AT_ONE_INSTANT {
            self.stopped = Some(format!(
                "time stands still after {since_start}: {} million events at one instant",
                u64::from(self.looks) * EVENTS_PER_LOOK / 1_000_000
            ));
        } else if self.world.is_overfull() {
            self.stopped = Some(format!(
                "more than {AT_ONCE_MAX} requests or connections at once after {since_start}"
            ));
        }
    }

    fn write_row(&mut self) {
        self.row = self.next_row;
        self.recorder.row(&mut self.world, self.row, self.agenda.taken());
        // A recount costs as much as there is to count: at a row it waits for as many events.
        let due = self.agenda.taken() - self.checked >= self.world.held() as u64;
        if cfg!(debug_assertions) || due || self.is_over() {
            self.recorder.check_conservation(&self.world).unwrap_or_else(|law| panic!("{law}"));
            self.checked = self.agenda.taken();
        }
        self.aim();
    }

    /// Sets out for the next row.
    fn aim(&mut self) {
        self.next_row = (self.row + self.scenario.sample_every).min(self.end);
        (self.since_look, self.looks, self.instant) = (0, 0, self.agenda.now());
        self.told = 0;
    }
}
