//! The requests of a run without the run: when each comes, and what chance has given it.

use std::iter::Peekable;

use crate::model::client::Fleet;
use crate::model::plan::{Calls, StepPlan};
use crate::scenario::{Action, Entry, Scenario, Settings};
use crate::units::{SimTime, Span};

/// A request before anything has happened to it: what the same request of the simulated run drew
/// when it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Errand {
    /// Index of its fleet.
    pub fleet: usize,
    /// When it arrives.
    pub at: SimTime,
    /// Its steps, in order.
    pub tasks: Vec<Task>,
}

/// What chance has given a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Work of this length.
    Work(Span),
    /// A call.
    Call {
        /// Work after the last reply, with the connection in hand.
        hold: Span,
        /// The connection is leaked after a success.
        leak_on_success: bool,
        /// The connection is leaked after a failure.
        leak_on_error: bool,
    },
}

/// The requests of run `run`, in the order of their arrival: the same instants and draws as the
/// simulated run has, for whoever wants to do the same to a real server.
///
/// Changes of the timeline are followed. Not followed is what only the run itself knows: when users
/// of a closed loop come, which settings the instance of a request has in the middle of a deploy,
/// and which draws a retry makes.
pub fn errands(scenario: &Scenario, run: u32) -> impl Iterator<Item = Errand> {
    let end = SimTime::ZERO + scenario.duration;
    let mut calls = Calls::new();
    let fleets = scenario.settings.fleets.iter().map(|settings| {
        let mut fleet = Fleet::new(settings, &scenario.seed, run, end, &mut calls);
        let next = fleet.arrivals.next(&mut fleet.streams.arrival);
        (fleet, next)
    });
    Errands {
        fleets: fleets.collect(),
        calls,
        settings: scenario.settings.clone(),
        timeline: scenario.timeline.clone().into_iter().peekable(),
        end,
    }
}

/// See [`errands`].
struct Errands {
    /// Each fleet with its next arrival: when, and how many requests come then.
    fleets: Vec<(Fleet, Option<(SimTime, u32)>)>,
    calls: Calls,
    settings: Settings,
    timeline: Peekable<std::vec::IntoIter<Entry>>,
    end: SimTime,
}

impl Iterator for Errands {
    type Item = Errand;

    fn next(&mut self) -> Option<Errand> {
        loop {
            let due = self
                .fleets
                .iter()
                .enumerate()
                .filter_map(|(i, (_, next))| Some((*next.as_ref()?, i)));
            let due = due.filter(|((at, _), _)| *at <= self.end).min();
            // A change comes before what arrives at its instant.
            let limit = due.map_or(self.end, |((at, _), _)| at);
            if let Some(entry) = self.timeline.next_if(|entry| entry.at <= limit) {
                self.change(&entry);
                continue;
            }
            let ((at, count), index) = due?;
            let (fleet, next) = &mut self.fleets[index];
            *next = match count {
                0 | 1 => fleet.arrivals.next(&mut fleet.streams.arrival),
                _ => Some((at, count - 1)),
            };
            if count > 0 {
                return Some(errand(index, at, fleet, &self.calls));
            }
        }
    }
}

impl Errands {
    fn change(&mut self, entry: &Entry) {
        let (Action::Set(new) | Action::Deploy { settings: new, .. }) = &entry.action else {
            return;
        };
        for (index, (fleet, next)) in self.fleets.iter_mut().enumerate() {
            let (old, new) = (&self.settings.fleets[index], &new.fleets[index]);
            if old != new {
                fleet.add_plan(new, &mut self.calls);
            }
            if old.arrivals != new.arrivals {
                *next = fleet.arrivals.change(&new.arrivals, entry.at, &mut fleet.streams.arrival);
            }
        }
        self.settings = (**new).clone();
    }
}

/// Draws what one request needs, as its arrival in a run does.
fn errand(index: usize, at: SimTime, fleet: &mut Fleet, calls: &Calls) -> Errand {
    // One request at a time: its draws have the first place.
    const PLACE: usize = 0;
    let (on_success, on_error) = fleet.draw_leaks(fleet.plan, calls);
    fleet.draw(fleet.plan, PLACE);
    let task = |step: &StepPlan| match step {
        StepPlan::Work(length) => Some(Task::Work(fleet.length(*length, PLACE))),
        StepPlan::Call(call) => {
            let call = &calls[*call as usize];
            Some(Task::Call {
                hold: fleet.length(call.hold, PLACE),
                leak_on_success: on_success >> call.call & 1 == 1,
                leak_on_error: on_error >> call.call & 1 == 1,
            })
        }
        // Whoever asks for errands has steps that stand in a row.
        StepPlan::OneOf(_) | StepPlan::GoTo(_) | StepPlan::LetGo(_) => None,
    };
    Errand { fleet: index, at, tasks: fleet.current().steps.iter().filter_map(task).collect() }
}
