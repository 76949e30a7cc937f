//! The figures that the signs are made of.

use super::{Column, Gauge, Onset};
use crate::claims::identities::overlap;
use crate::observe::Record;
use crate::scenario::{Action, Scenario, Settings};
use crate::units::{SimTime, Span};

/// A row may fall behind its neighbour by so much of the whole rise and the climb is still steady.
const BACK_MOST: f64 = 0.5;
/// One row brings at most this share of a steady climb: with fewer than four rows there is none.
const STEP_MOST: f64 = 0.34;

/// A record from where something began to be felt.
pub struct Look<'a> {
    pub scenario: &'a Scenario,
    pub record: &'a Record,
    pub onset: Onset,
    /// The first row that knows of it.
    pub row: usize,
    /// How much is used of how much, by row.
    pub levels: Vec<(f64, f64)>,
    /// The fleets that use it.
    pub fleets: Vec<usize>,
    /// How it rose.
    pub climb: Option<Climb>,
}

/// A rise of what is used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Climb {
    /// The row it began in and the one it was highest in.
    pub from: usize,
    pub to: usize,
    /// By so much of the limit.
    pub rise: f64,
    /// The largest rise from one row to the next, and all falls together, as shares of it.
    pub step: f64,
    pub back: f64,
}

impl Climb {
    /// Whether it is slow and does not turn back.
    pub fn is_steady(&self) -> bool {
        self.step <= STEP_MOST && self.back <= BACK_MOST
    }
}

/// A change of instances or pools.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub at: SimTime,
    pub label: String,
}

impl<'a> Look<'a> {
    pub fn new(scenario: &'a Scenario, record: &'a Record, onset: Onset) -> Look<'a> {
        let rows = record.times.len();
        let row = record.times.partition_point(|time| *time < onset.at).min(rows.saturating_sub(1));
        let gauge = onset.gauge;
        let levels = gauge.map_or_else(Vec::new, |gauge| gauge.levels(scenario, record));
        let fleets = gauge.map_or_else(|| vec![onset.fleet], |gauge| gauge.fleets(scenario));
        let climb = climb(&levels, row);
        Look { scenario, record, onset, row, levels, fleets, climb }
    }

    /// The share of the limit in a row.
    pub fn share(&self, row: usize) -> f64 {
        match self.levels.get(row) {
            Some((used, limit)) if *limit > 0.0 => used / limit,
            _ => 0.0,
        }
    }

    /// The highest share by the onset.
    pub fn highest(&self) -> f64 {
        (0..=self.row).map(|row| self.share(row)).fold(0.0, f64::max)
    }

    /// The sum of a series of all fleets that have a part in it.
    pub fn sum(&self, what: &str, row: usize) -> f64 {
        self.fleets.iter().map(|fleet| self.sum_of(*fleet, what, row)).sum()
    }

    /// The value of a series of one fleet.
    pub fn sum_of(&self, fleet: usize, what: &str, row: usize) -> f64 {
        let name = &self.scenario.settings.fleets[fleet].name;
        Column::of(self.record, &format!("fleets.{name}.{what}")).at(row)
    }

    /// The value of a series of the server in question.
    pub fn at_server(&self, what: &str, row: usize) -> f64 {
        let Some(server) = self.server() else { return 0.0 };
        let name = &self.scenario.settings.servers[server].name;
        Column::of(self.record, &format!("servers.{name}.{what}")).at(row)
    }

    /// The server in question.
    pub fn server(&self) -> Option<usize> {
        match self.onset.gauge {
            Some(Gauge::Connections { server }) => Some(server),
            _ => self.onset.server,
        }
    }

    /// Seconds at a row.
    pub fn seconds(&self, row: usize) -> f64 {
        self.record.times.get(row).map_or(0.0, |at| at.as_secs_f64())
    }

    /// Requests per second between two rows.
    pub fn traffic(&self, from: usize, to: usize) -> f64 {
        let seconds = self.seconds(to) - self.seconds(from);
        let requests = self.sum("requests", to) - self.sum("requests", from);
        if seconds > 0.0 { requests / seconds } else { 0.0 }
    }

    /// Requests per second in the first and the last quarter of some rows, and their ratio.
    pub fn growth(&self, from: usize, to: usize) -> (f64, f64, f64) {
        let quarter = ((to - from) / 4).max(1);
        let first = self.traffic(from, (from + quarter).min(to));
        let last = self.traffic(to.saturating_sub(quarter).max(from), to);
        (first, last, if first > 0.0 { last / first } else { f64::INFINITY })
    }

    /// Rows from the onset on: ten, or a tenth of all there were.
    pub fn aftermath(&self) -> (usize, usize) {
        let last = self.record.times.len().saturating_sub(1);
        (self.row.saturating_sub(1), (self.row + (self.row / 10).max(10)).min(last))
    }

    /// Attempts for each request between two rows: of those that arrived or of those that ended,
    /// whichever were more.
    pub fn attempts(&self, from: usize, to: usize) -> Option<f64> {
        let rise = |what: &str| self.sum(what, to) - self.sum(what, from);
        let requests = rise("requests").max(rise("succeeded") + rise("failed"));
        (requests > 0.0).then(|| rise("attempts") / requests)
    }

    /// Changes of instances or pools of the fleets in question up to the onset.
    pub fn changes(&self) -> Vec<Change> {
        let mut changes = Vec::new();
        let mut before = &self.scenario.settings;
        for entry in self.scenario.timeline.iter().filter(|entry| entry.at <= self.onset.at) {
            let (is_deploy, settings) = match &entry.action {
                Action::Deploy { fleet, settings, .. } => (self.fleets.contains(fleet), settings),
                Action::Set(settings) => (false, settings),
                _ => continue,
            };
            if is_deploy || self.fleets.iter().any(|fleet| differs(before, settings, *fleet)) {
                changes.push(Change { at: entry.at, label: entry.label.clone() });
            }
            before = settings;
        }
        let scaled = self.record.events.iter().filter(|event| {
            let names = self.fleets.iter().map(|f| &self.scenario.settings.fleets[*f].name);
            event.kind == "scaled"
                && names.clone().any(|name| event.part == format!("fleets.{name}"))
        });
        let scaled = scaled.filter(|event| event.at <= self.onset.at);
        changes
            .extend(scaled.map(|e| Change { at: e.at, label: format!("{}: {}", e.part, e.text) }));
        changes.sort_by_key(|change| change.at);
        changes
    }

    /// Whether something broke, stood still or was slow in the minute before the onset: then it is not
    /// use alone that fills what is full.
    pub fn is_disturbed(&self) -> bool {
        self.scenario.timeline.iter().any(|entry| {
            let just_before =
                entry.at <= self.onset.at && self.onset.at.since(entry.at) <= Span::from_secs(60);
            just_before
                && matches!(
                    entry.action,
                    Action::Pause { .. }
                        | Action::SlowCommand { .. }
                        | Action::SlowDown { .. }
                        | Action::Fault(_)
                )
        })
    }

    /// Instances of a fleet that a deploy under way has not stopped yet beside those that replace them.
    pub fn replaced(&self, fleet: usize) -> u32 {
        let part = format!("fleets.{}", self.scenario.settings.fleets[fleet].name);
        let past = self.scenario.timeline.iter().rev().filter(|entry| entry.at <= self.onset.at);
        let deploy = past.filter_map(|entry| match &entry.action {
            Action::Deploy { fleet: of, settings, rollout } if *of == fleet => {
                Some((entry.at, overlap(rollout).min(settings.fleets[fleet].instances)))
            }
            _ => None,
        });
        let Some((begun, more)) = deploy.into_iter().next() else { return 0 };
        let done = self.record.events.iter().any(|event| {
            event.kind == "deploy_done"
                && event.part == part
                && event.at >= begun
                && event.at < self.onset.at
        });
        if done { 0 } else { more }
    }

    /// The row at or after an instant.
    pub fn row_of(&self, at: SimTime) -> usize {
        let rows = self.record.times.len();
        self.record.times.partition_point(|time| *time < at).min(rows.saturating_sub(1))
    }
}

/// Whether a fleet has other instances or pools after a change.
fn differs(before: &Settings, after: &Settings, fleet: usize) -> bool {
    let (old, new) = (&before.fleets[fleet], &after.fleets[fleet]);
    old.instances != new.instances
        || (0..new.connections.len())
            .any(|through| super::pool_max(old, through) != super::pool_max(new, through))
}

/// The rise from the lowest row before the highest, up to `last`.
fn climb(levels: &[(f64, f64)], last: usize) -> Option<Climb> {
    let share = |row: usize| {
        let (used, limit) = levels[row];
        if limit > 0.0 { used / limit } else { 0.0 }
    };
    if levels.len() < 2 {
        return None;
    }
    let last = last.min(levels.len() - 1);
    let to = (0..=last).reduce(|most, row| if share(row) > share(most) { row } else { most })?;
    let from =
        (0..=to).rev().reduce(|least, row| if share(row) < share(least) { row } else { least })?;
    let rise = share(to) - share(from);
    if rise <= 0.0 {
        return None;
    }
    let steps = (from..to).map(|row| share(row + 1) - share(row));
    let (mut step, mut back) = (0.0_f64, 0.0);
    for change in steps {
        step = step.max(change / rise);
        back += (-change).max(0.0) / rise;
    }
    Some(Climb { from, to, rise, step, back })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_climb_is_steady_or_a_jump() {
        let levels = |of: &[f64]| of.iter().map(|used| (*used, 100.0)).collect::<Vec<_>>();
        let steady = climb(&levels(&[2.0, 20.0, 41.0, 60.0, 82.0, 100.0]), 5).expect("it climbs");
        assert_eq!((steady.from, steady.to, steady.rise), (0, 5, 0.98));
        assert!(steady.is_steady(), "{steady:?}");
        let jump = climb(&levels(&[20.0, 20.0, 100.0, 100.0]), 3).expect("it climbs");
        assert_eq!((jump.from, jump.to, jump.step), (1, 2, 1.0));
        assert!(!jump.is_steady());
        assert_eq!(climb(&levels(&[5.0, 5.0, 5.0]), 2), None);
        assert_eq!(climb(&[], 0), None);
    }
}
