//! What the usual metrics would have shown before anybody felt it: the first row of a record in which
//! each one passes its threshold.
//!
//! # Source
//!
//! The list of signals of the Redis guide on maximum connections: the ratio of connections to the
//! limit, rejections, a spike of received connections, growth of blocked clients, clients idle for
//! more than five minutes, errors while the server's CPU is idle; the monitor of a pool that is in
//! use by more than 90 % with less than one connection idle; and 80 % of memory, descriptors, ports.

use super::signature::{Column, Gauge, callers};
use crate::observe::Record;
use crate::scenario::Scenario;
use crate::units::{SimTime, Span, Unit};

/// Who is idle for so long is worth a look.
const IDLE: Span = Span::from_secs(300);

/// A metric with its threshold.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// Where it is read: `servers.redis`, `fleets.chat`.
    pub part: String,
    /// The metric and its threshold in words: `connections / limit above 0.8`.
    pub says: String,
    /// The name of the kind: `ratio_0.8`, `rejections`, ...
    pub name: &'static str,
    /// The threshold.
    pub threshold: f64,
    /// The first row beyond it, and the value there; `None` when there was none before.
    pub first: Option<(SimTime, f64)>,
    /// What it measures.
    pub unit: Unit,
}

impl Signal {
    /// The time from the signal to `until`.
    pub fn lead(&self, until: SimTime) -> Option<Span> {
        self.first.filter(|(at, _)| *at <= until).map(|(at, _)| until.since(at))
    }
}

/// The signals of the fleets in question and the servers they call, by time; those that never come
/// before `until` last.
pub fn signals(
    scenario: &Scenario,
    record: &Record,
    until: SimTime,
    fleets: &[usize],
) -> Vec<Signal> {
    let rows = record.times.partition_point(|time| *time <= until);
    let mut all = Vec::new();
    let watch = Watch { scenario, record, rows, until };
    for server in 0..scenario.settings.servers.len() {
        if callers(scenario, server).iter().any(|fleet| fleets.contains(fleet)) {
            watch.server(server, &mut all);
        }
    }
    for fleet in fleets {
        watch.fleet(*fleet, &mut all);
    }
    all.sort_by_key(|signal| signal.first.map_or(SimTime::NEVER, |(at, _)| at));
    all
}

/// The rows that are looked at.
struct Watch<'a> {
    scenario: &'a Scenario,
    record: &'a Record,
    rows: usize,
    until: SimTime,
}

/// What is put into words about a signal.
type Words = (&'static str, String, f64, Unit);

impl<'a> Watch<'a> {
    /// A signal at the first row in which `value` is above the threshold.
    fn put(
        &self,
        all: &mut Vec<Signal>,
        part: &str,
        (name, says, threshold, unit): Words,
        value: impl Fn(usize) -> f64,
    ) {
        let found = (0..self.rows).find(|row| value(*row) > threshold);
        let first = found.map(|row| (self.record.times[row], value(row)));
        let part = part.to_string();
        all.push(Signal { part, says, name, threshold, first, unit });
    }

    /// The share of a limit that is used.
    fn share(&self, gauge: Gauge) -> impl Fn(usize) -> f64 + use<> {
        let levels = gauge.levels(self.scenario, self.record);
        move |row| match levels.get(row) {
            Some((used, limit)) if *limit > 0.0 => used / limit,
            _ => 0.0,
        }
    }

    /// The increase of a counter per second since the row before.
    fn rate<'s>(&'s self, name: &str) -> impl Fn(usize) -> f64 + use<'s, 'a> {
        let column = Column::of(self.record, name);
        move |row| {
            let Some(before) = row.checked_sub(1) else { return 0.0 };
            let length = self.record.times[row].since(self.record.times[before]).as_secs_f64();
            if length > 0.0 { column.rise(before, row) / length } else { 0.0 }
        }
    }

    fn server(&self, index: usize, all: &mut Vec<Signal>) {
        let server = &self.scenario.settings.servers[index];
        let part = &format!("servers.{}", server.name);
        let occupied = self.share(Gauge::Connections { server: index });
        for (name, threshold) in [("ratio_0.8", 0.8), ("ratio_0.9", 0.9)] {
            let says = format!("connections / limit above {threshold}");
            self.put(all, part, (name, says, threshold, Unit::Ratio), &occupied);
        }
        let says = "rejected connections above 0".to_string();
        let rejected = self.rate(&format!("{part}.rejected_connections"));
        self.put(all, part, ("rejections", says, 0.0, Unit::PerSecond), rejected);
        self.received(part, all);
        self.blocked(part, all);
        self.idle(index, part, all);
        self.errors_at_rest(index, part, all);
    }

    /// Twice the rate of the first tenth of the time before, where that is ten rows or more.
    fn received(&self, part: &str, all: &mut Vec<Signal>) {
        let name = format!("{part}.total_connections_received");
        let tenth = self.record.times.partition_point(|at| at.as_ns() <= self.until.as_ns() / 10);
        let Some(base) = tenth.checked_sub(1).filter(|row| *row > 0) else { return };
        let length = self.record.times[base].as_secs_f64();
        let at_first = Column::of(self.record, &name).rise(0, base) / length;
        let threshold = 2.0 * at_first;
        if threshold <= 0.0 {
            return;
        }
        let rate = self.rate(&name);
        let says = "received connections above twice the rate of the first tenth".to_string();
        let later = |row: usize| if row > base { rate(row) } else { 0.0 };
        self.put(all, part, ("received_spike", says, threshold, Unit::PerSecond), later);
    }

    /// Half as many blocked clients more than at the end of the first tenth, and at least ten.
    fn blocked(&self, part: &str, all: &mut Vec<Signal>) {
        let column = Column::of(self.record, &format!("{part}.blocked_clients"));
        let tenth = self.record.times.partition_point(|at| at.as_ns() <= self.until.as_ns() / 10);
        let base = (0..tenth.max(1)).map(|row| column.at(row)).fold(0.0, f64::max);
        let threshold = (1.5 * base).max(base + 10.0);
        let says = "blocked clients above one and a half times those of the first tenth".into();
        let grown = |row: usize| column.at(row);
        self.put(all, part, ("blocked_growth", says, threshold, Unit::Count), grown);
    }

    /// A tenth of the limit taken by connections that nobody has used for five minutes. Leaked ones are
    /// known to be idle: as many as there were five minutes ago, if there never were fewer since.
    fn idle(&self, index: usize, part: &str, all: &mut Vec<Signal>) {
        let column = Column::of(self.record, &format!("{part}.slots_leaked"));
        let levels = Gauge::Connections { server: index }.levels(self.scenario, self.record);
        let idle = |row: usize| {
            let now = self.record.times[row];
            if now.as_ns() < IDLE.as_ns() {
                return 0.0;
            }
            let since = SimTime::from_ns(now.as_ns() - IDLE.as_ns());
            let from = self.record.times.partition_point(|at| *at <= since).saturating_sub(1);
            let held = (from..=row).map(|row| column.at(row)).fold(f64::INFINITY, f64::min);
            let limit = levels.get(row).map_or(0.0, |(_, limit)| *limit);
            if limit > 0.0 { held / limit } else { 0.0 }
        };
        let says = "clients idle for over 5 min above a tenth of the limit".to_string();
        self.put(all, part, ("idle_5min", says, 0.1, Unit::Ratio), idle);
    }

    /// More than one request in a hundred fails while the server's loop is at work for less than half of
    /// the time.
    fn errors_at_rest(&self, index: usize, part: &str, all: &mut Vec<Signal>) {
        let busy = Column::of(self.record, &format!("{part}.loop_busy"));
        let fleets = callers(self.scenario, index);
        let names = fleets.iter().map(|fleet| &self.scenario.settings.fleets[*fleet].name);
        let rates: Vec<_> = names
            .map(|name| {
                let of = |what: &str| self.rate(&format!("fleets.{name}.{what}"));
                (of("failed"), of("requests"))
            })
            .collect();
        let failing = |row: usize| {
            let failed: f64 = rates.iter().map(|(failed, _)| failed(row)).sum();
            let all: f64 = rates.iter().map(|(_, all)| all(row)).sum();
            if busy.at(row) < 0.5 && all > 0.0 { failed / all } else { 0.0 }
        };
        let says = "requests failing above 1 % while the server's loop is below 50 %".to_string();
        self.put(all, part, ("errors_at_rest", says, 0.01, Unit::Ratio), failing);
    }

    fn fleet(&self, fleet: usize, all: &mut Vec<Signal>) {
        let of = &self.scenario.settings.fleets[fleet];
        let part = &format!("fleets.{}", of.name);
        for gauge in Gauge::all(self.scenario) {
            let (name, says) = match gauge {
                Gauge::Memory { fleet: f } if f == fleet => ("memory", "memory / limit above 0.8"),
                Gauge::Descriptors { fleet: f } if f == fleet => {
                    ("descriptors", "descriptors / limit above 0.8")
                }
                Gauge::Ports { fleet: f } if f == fleet => ("ports", "ports / range above 0.8"),
                Gauge::Pool { fleet: f, through } if f == fleet => {
                    self.pool(fleet, through, gauge, all);
                    continue;
                }
                _ => continue,
            };
            let words = (name, says.to_string(), 0.8, Unit::Ratio);
            self.put(all, part, words, self.share(gauge));
        }
    }

    /// More than 90 % leased and less than one idle for each instance.
    fn pool(&self, fleet: usize, through: usize, gauge: Gauge, all: &mut Vec<Signal>) {
        let of = &self.scenario.settings.fleets[fleet];
        let part = &format!("fleets.{}.pools.{}", of.name, of.connections[through].name);
        let idle = Column::of(self.record, &format!("{part}.idle"));
        let up = Column::of(self.record, &format!("fleets.{}.instances_up", of.name));
        let leased = self.share(gauge);
        let scarce =
            |row: usize| if idle.at(row) < up.at(row).max(1.0) { leased(row) } else { 0.0 };
        let says = "leased above 90 % of the maximum, less than one idle each".to_string();
        self.put(all, part, ("pool_used_up", says, 0.9, Unit::Ratio), scarce);
    }
}
