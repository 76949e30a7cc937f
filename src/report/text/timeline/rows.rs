//! What the timeline has a row for: connections against the limit, the share that fails, and of queues
//! and memory what tells something.

use crate::claims::{amount, share};
use crate::observe::{Record, Series};
use crate::report::text::clean;
use crate::scenario::{Fleet, Scenario, Strategy};
use crate::units::{SimTime, Unit};

/// From this share of a limit on it is near.
pub(super) const NEAR: f64 = 0.8;
/// What never reaches this share of its limit has room: connections are then drawn against their own
/// highest, queues and memory not at all.
const FAR: f64 = 0.125;
const HALF: f64 = 0.5;
/// Characters of a name at most.
const NAME: usize = 18;

/// A row: for each row of the record a share of its top, NaN where there is nothing to measure.
pub(super) struct Row {
    pub part: String,
    pub what: String,
    /// What a whole block stands for.
    pub top: String,
    pub shares: Vec<f64>,
    pub tone: Tone,
}

/// When a row is loud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// Never.
    Plain,
    /// Near its top.
    Limit,
    /// Above zero.
    Failing,
}

/// The rows of servers, then those of fleets; none that is zero all the time.
pub(super) fn rows(scenario: &Scenario, record: &Record) -> Vec<Row> {
    let look = Look { scenario, record };
    let settings = &scenario.settings;
    let mut rows = Vec::new();
    for (index, server) in settings.servers.iter().enumerate() {
        let part = format!("servers.{}", server.name);
        rows.extend(look.clients(index, &part));
        let backlog = f64::from(server.backlog.min(server.somaxconn));
        rows.extend(look.accept_queue(&part, backlog));
        rows.extend(look.height(&part, "upstream.waiting", "waiting"));
    }
    for (index, fleet) in settings.fleets.iter().enumerate() {
        let part = format!("fleets.{}", fleet.name);
        rows.extend(look.failing(&part));
        rows.extend(look.waiting(fleet, &part));
        rows.extend(look.height(&part, "queued", "queued"));
        rows.extend(look.memory(index, &part));
    }
    rows
}

struct Look<'a> {
    scenario: &'a Scenario,
    record: &'a Record,
}

impl Look<'_> {
    /// Connected clients as a share of the limit in force.
    fn clients(&self, server: usize, part: &str) -> Option<Row> {
        let values = highest(self.record.find(&format!("{part}.connected_clients"))?);
        let steps: Vec<(SimTime, f64)> = self
            .scenario
            .limits(server)
            .into_iter()
            .map(|(at, limit)| (at, f64::from(limit)))
            .collect();
        let shares = self.shares(values, &steps);
        let limits = distinct(&steps, Unit::Count);
        let (peak, most) = (largest(values), largest(&shares));
        if peak <= 0.0 {
            return None;
        }
        if most >= FAR {
            return Some(row(part, "clients", format!("limit {limits}"), shares, Tone::Limit));
        }
        let shares = values.iter().map(|value| value / peak).collect();
        let top = format!("{} of limit {limits}", amount(peak, Unit::Count));
        Some(row(part, "clients", top, shares, Tone::Plain))
    }

    /// The share of the requests that failed among those that ended between two rows.
    fn failing(&self, part: &str) -> Option<Row> {
        let of = |what: &str| self.record.find(&format!("{part}.{what}"));
        let (failed, succeeded) = (of("failed")?, of("succeeded")?);
        let ended = failed.values.iter().zip(&succeeded.values);
        let ended: Vec<(f64, f64)> = ended.map(|(failed, fine)| (*failed, failed + fine)).collect();
        let between = |pair: &[(f64, f64)]| (pair[1].0 - pair[0].0) / (pair[1].1 - pair[0].1);
        // Of no requests there is no share: zero by zero is no number.
        let shares: Vec<f64> =
            std::iter::once(f64::NAN).chain(ended.windows(2).map(between)).collect();
        let peak = largest(&shares);
        if peak <= 0.0 {
            return None;
        }
        let tops = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5];
        let top = tops.into_iter().find(|top| peak <= *top).unwrap_or(1.0);
        let shares = shares.into_iter().map(|value| value / top).collect();
        Some(row(part, "failing", share(top), shares, Tone::Failing))
    }

    /// Connections that wait for accept(), when they fill half of the queue.
    fn accept_queue(&self, part: &str, backlog: f64) -> Option<Row> {
        let values = highest(self.record.find(&format!("{part}.accept_queue"))?);
        let shares = self.shares(values, &[(SimTime::ZERO, backlog)]);
        let top = format!("backlog {}", amount(backlog, Unit::Count));
        (largest(&shares) >= HALF).then(|| row(part, "accept queue", top, shares, Tone::Limit))
    }

    /// Requests that wait for a connection of a pool; pools of one fleet each have a row.
    fn waiting(&self, fleet: &Fleet, part: &str) -> Vec<Row> {
        let pooled = fleet.connections.iter();
        let pooled = pooled.filter(|way| matches!(way.strategy, Strategy::Pooled(_)));
        let pools: Vec<&str> = pooled.map(|way| way.name.as_str()).collect();
        let one = |pool: &&str| {
            let what = if pools.len() == 1 { "waiting".into() } else { format!("waiting {pool}") };
            self.height(part, &format!("pools.{pool}.waiting"), &what)
        };
        pools.iter().filter_map(one).collect()
    }

    /// A level against its own highest.
    fn height(&self, part: &str, series: &str, what: &str) -> Option<Row> {
        let series = self.record.find(&format!("{part}.{series}"))?;
        let values = highest(series);
        let peak = largest(values);
        let shares = values.iter().map(|value| value / peak).collect();
        (peak > 0.0).then(|| row(part, what, amount(peak, series.unit), shares, Tone::Plain))
    }

    /// The memory of the largest instance, when it comes to half of its limit.
    fn memory(&self, fleet: usize, part: &str) -> Option<Row> {
        let values = highest(self.record.find(&format!("{part}.memory_max"))?);
        let limits = self.scenario.memory_limits(fleet).into_iter();
        let steps: Vec<(SimTime, f64)> = limits.map(|(at, limit)| (at, limit.0 as f64)).collect();
        let shares = self.shares(values, &steps);
        let top = format!("limit {}", distinct(&steps, Unit::Bytes));
        (largest(&shares) >= HALF).then(|| row(part, "memory", top, shares, Tone::Limit))
    }

    /// Values as shares of a limit that changes in steps. Where it changes between two rows, it is the
    /// lower one: the highest value may have been there before or after.
    fn shares(&self, values: &[f64], steps: &[(SimTime, f64)]) -> Vec<f64> {
        let in_force = |at: SimTime| {
            let before = steps.iter().rev().find(|step| step.0 <= at);
            before.map_or(f64::INFINITY, |step| step.1)
        };
        let times = &self.record.times;
        let share = |(row, value): (usize, &f64)| {
            let Some(at) = times.get(row) else { return f64::NAN };
            let before = row.checked_sub(1).and_then(|before| times.get(before)).unwrap_or(at);
            let limit = in_force(*at).min(in_force(*before));
            if limit > 0.0 { value / limit } else { 1.0 }
        };
        values.iter().enumerate().map(share).collect()
    }
}

fn row(part: &str, what: &str, top: String, shares: Vec<f64>, tone: Tone) -> Row {
    let name = part.split_once('.').map_or(part, |(_, name)| name);
    Row { part: short(name), what: short(what), top, shares, tone }
}

/// A name without control characters, cut where it is long.
fn short(name: &str) -> String {
    let name = clean(name);
    match name.chars().count() > NAME {
        true => name.chars().take(NAME - 1).chain(['…']).collect(),
        false => name,
    }
}

/// The values of a series; of a level whose every change is seen, its peaks.
fn highest(series: &Series) -> &[f64] {
    series.peaks.as_ref().unwrap_or(&series.values)
}

fn largest(values: &[f64]) -> f64 {
    values.iter().copied().filter(|value| value.is_finite()).fold(0.0, f64::max)
}

/// The limits in words, in their order.
fn distinct(steps: &[(SimTime, f64)], unit: Unit) -> String {
    let mut said: Vec<String> = steps.iter().map(|step| amount(step.1, unit)).collect();
    said.dedup();
    match said.as_slice() {
        [first, .., last] if said.len() > 2 => format!("{first} … {last}"),
        said => said.join(", then "),
    }
}
