//! The columns of a record, and how a row of them is filled.

use crate::model::{FleetCensus, PoolCounts, ServerCensus, World};
use crate::observe::counts::{FleetCounts, ServerCounts};
use crate::observe::timed::Timed;
use crate::observe::{Kind, Quantiles, Record, Series};
use crate::scenario::{Cause, Scenario, is_ever_pooled};
use crate::units::{SimTime, Unit};

/// A quantile by its name.
type Named = (&'static str, fn(&Quantiles) -> f64);

/// Quantiles of a latency, one column each.
const QUANTILES: [Named; 5] = [
    ("p50", |q| q.p50),
    ("p90", |q| q.p90),
    ("p99", |q| q.p99),
    ("p999", |q| q.p999),
    ("max", |q| q.max),
];

/// What the columns are, and what is needed from the row before.
#[derive(Debug)]
pub(super) struct Columns {
    series: Vec<Series>,
    before: SimTime,
    busy_ns: Vec<u64>,
}

impl Columns {
    /// The columns of `scenario`.
    pub fn new(scenario: &Scenario) -> Columns {
        let mut columns = Vec::new();
        for server in &scenario.settings.servers {
            let part = format!("servers.{}", server.name);
            server_columns(&mut columns, &part);
            if server.exporters.count > 0 {
                exporter_columns(&mut columns, &part);
            }
            if server.proxy.is_some() {
                pool_columns(&mut columns, &format!("{part}.upstream"));
                let name = format!("{part}.upstream.retries");
                column(&mut columns, name, Kind::Counter, Unit::Count, false);
            }
        }
        let (settings, timeline) = (&scenario.settings, &scenario.timeline);
        for (index, fleet) in settings.fleets.iter().enumerate() {
            let part = format!("fleets.{}", fleet.name);
            fleet_columns(&mut columns, &part);
            for (through, connections) in fleet.connections.iter().enumerate() {
                if is_ever_pooled(settings, timeline, index, through) {
                    pool_columns(&mut columns, &format!("{part}.pools.{}", connections.name));
                }
            }
        }
        let busy_ns = vec![0; scenario.settings.servers.len()];
        Columns { series: columns, before: SimTime::ZERO, busy_ns }
    }

    /// A record without rows.
    pub fn empty_record(&self) -> Record {
        Record {
            times: Vec::new(),
            series: self.series.clone(),
            ended: Vec::new(),
            events: Vec::new(),
            ranges: Vec::new(),
            crossings: Vec::new(),
            scrapes: Vec::new(),
            digest: String::new(),
            requests: 0,
            handled: 0,
            stopped: None,
        }
    }

    /// Adds the row of `at`.
    pub fn row(
        &mut self,
        record: &mut Record,
        world: &mut World,
        at: SimTime,
        servers: &mut [ServerCounts],
        fleets: &mut [FleetCounts],
    ) {
        let row = Row { to: To::Series(record.series.iter_mut()) };
        self.fill(row, world, at, servers, fleets);
        record.times.push(at);
    }

    /// The values of a row at `at`, without quantiles, and without a trace in what is counted from row
    /// to row.
    pub fn glance(
        &mut self,
        values: &mut Vec<f64>,
        world: &mut World,
        at: SimTime,
        servers: &mut [ServerCounts],
        fleets: &mut [FleetCounts],
    ) {
        values.clear();
        self.fill(Row { to: To::Glance(values) }, world, at, servers, fleets);
    }

    /// The number of the column called `name`.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.series.iter().position(|series| series.name == name)
    }

    fn fill(
        &mut self,
        mut row: Row,
        world: &mut World,
        at: SimTime,
        servers: &mut [ServerCounts],
        fleets: &mut [FleetCounts],
    ) {
        let glance = matches!(row.to, To::Glance(_));
        for (index, counts) in servers.iter_mut().enumerate() {
            let census = match glance {
                true => world.server_glance(index, at),
                false => world.server_census(index, at),
            };
            let window_ns = at.since(self.before).as_ns().max(1);
            let busy = census.busy_ns - self.busy_ns[index];
            self.busy_ns[index] = census.busy_ns;
            row.server(&census, counts, busy as f64 / window_ns as f64);
            if let Some(waits) = &mut counts.upstream {
                row.pool(&census.upstream, waits, self.before, at);
                row.put(counts.upstream_retries.count() as f64);
            }
        }
        for (index, counts) in fleets.iter_mut().enumerate() {
            let census = match glance {
                true => world.fleet_glance(index, at),
                false => world.fleet_census(index, at),
            };
            row.fleet(&census, counts, self.before, at);
        }
        self.before = at;
    }
}

/// Takes the values of a row, in the order of the columns.
struct Row<'a> {
    to: To<'a>,
}

/// Where the values of a row go.
enum To<'a> {
    /// The columns still to fill.
    Series(std::slice::IterMut<'a, Series>),
    /// A list for someone who looks between rows.
    Glance(&'a mut Vec<f64>),
}

impl Row<'_> {
    fn put(&mut self, value: f64) {
        self.level(value, value);
    }

    fn level(&mut self, value: f64, peak: f64) {
        let columns = match &mut self.to {
            To::Series(columns) => columns,
            To::Glance(values) => return values.push(value),
        };
        let series = columns.next().expect("a row has as many values as there are columns");
        series.values.push(value);
        if let Some(peaks) = &mut series.peaks {
            peaks.push(peak);
        }
    }

    fn server(&mut self, census: &ServerCensus, counts: &ServerCounts, busy: f64) {
        self.level(census.connected_clients.into(), census.connected_clients_peak.into());
        self.level(census.slots_leaked.into(), census.slots_leaked_peak.into());
        self.put(census.blocked_clients.into());
        for (_, counter) in counts.all() {
            self.put(counter.count() as f64);
        }
        self.put(census.accept_queue.into());
        self.put(busy);
        self.put(census.memory as f64);
        self.put(census.memory_clients as f64);
        self.put(census.replicas.into());
        let sockets = &census.sockets;
        for value in [sockets.established, sockets.close_wait, sockets.fin_wait2, sockets.time_wait]
        {
            self.put(value.into());
        }
        if let Some(seen) = &counts.scraped {
            self.put(seen.scrapes.count() as f64);
            self.put(seen.failed.count() as f64);
            self.put(seen.connected_clients);
            self.put(seen.rejected_connections);
        }
    }

    fn fleet(
        &mut self,
        census: &FleetCensus,
        counts: &mut FleetCounts,
        from: SimTime,
        to: SimTime,
    ) {
        for (_, counter) in counts.all() {
            self.put(counter.count() as f64);
        }
        self.level(census.in_flight.into(), census.in_flight_peak.into());
        for value in [
            census.open,
            census.established,
            census.close_wait,
            census.time_wait,
            census.leaked,
            census.descriptors,
            census.ports_used,
        ] {
            self.put(value.into());
        }
        self.put(census.memory_max as f64);
        self.put(census.instances_up.into());
        self.put(census.breakers_open.into());
        self.put(census.orphans.into());
        self.put(census.healthy.into());
        self.put(census.deadlocked.into());
        self.put(census.limit.into());
        self.put(census.queued.into());
        self.quantiles(&mut counts.latency, from, to);
        self.flushed(&mut counts.latency_failed, from, to);
        for (pool, waits) in census.pools.iter().zip(&mut counts.waits) {
            if let Some(waits) = waits {
                self.pool(pool, waits, from, to);
            }
        }
    }

    fn pool(&mut self, pool: &PoolCounts, waits: &mut Timed, from: SimTime, to: SimTime) {
        for value in [pool.size, pool.idle, pool.leased, pool.waiting, pool.dialling] {
            self.put(value.into());
        }
        self.quantiles(waits, from, to);
    }

    /// The quantiles since the row before; between rows there are none.
    fn flushed(&self, timed: &mut Timed, from: SimTime, to: SimTime) -> Option<Quantiles> {
        match self.to {
            To::Series(_) => timed.flush(from, to),
            To::Glance(_) => None,
        }
    }

    fn quantiles(&mut self, timed: &mut Timed, from: SimTime, to: SimTime) {
        let quantiles = self.flushed(timed, from, to);
        for (_, of) in QUANTILES {
            self.put(quantiles.as_ref().map_or(f64::NAN, of));
        }
    }
}

fn column(columns: &mut Vec<Series>, name: String, kind: Kind, unit: Unit, peaks: bool) {
    columns.push(Series { name, unit, kind, values: Vec::new(), peaks: peaks.then(Vec::new) });
}

fn server_columns(columns: &mut Vec<Series>, part: &str) {
    for (what, kind, unit, peaks) in [
        ("connected_clients", Kind::Level, Unit::Count, true),
        ("slots_leaked", Kind::Level, Unit::Count, true),
        ("blocked_clients", Kind::Level, Unit::Count, false),
        ("rejected_connections", Kind::Counter, Unit::Count, false),
        ("total_connections_received", Kind::Counter, Unit::Count, false),
        ("reaped_connections", Kind::Counter, Unit::Count, false),
        ("evicted_connections", Kind::Counter, Unit::Count, false),
        ("syns_dropped", Kind::Counter, Unit::Count, false),
        ("accept_queue", Kind::Level, Unit::Count, false),
        ("loop_busy", Kind::Level, Unit::Ratio, false),
        ("memory", Kind::Level, Unit::Bytes, false),
        ("memory_clients", Kind::Level, Unit::Bytes, false),
        ("replicas", Kind::Level, Unit::Count, false),
        ("sockets.established", Kind::Level, Unit::Count, false),
        ("sockets.close_wait", Kind::Level, Unit::Count, false),
        ("sockets.fin_wait2", Kind::Level, Unit::Count, false),
        ("sockets.time_wait", Kind::Level, Unit::Count, false),
    ] {
        column(columns, format!("{part}.{what}"), kind, unit, peaks);
    }
}

fn exporter_columns(columns: &mut Vec<Series>, part: &str) {
    for (what, kind) in [
        ("scrapes", Kind::Counter),
        ("scrapes_failed", Kind::Counter),
        ("scraped.connected_clients", Kind::Level),
        ("scraped.rejected_connections", Kind::Level),
    ] {
        column(columns, format!("{part}.{what}"), kind, Unit::Count, false);
    }
}

fn fleet_columns(columns: &mut Vec<Series>, part: &str) {
    let counter = |columns: &mut Vec<Series>, what: &str| {
        column(columns, format!("{part}.{what}"), Kind::Counter, Unit::Count, false);
    };
    for what in ["requests", "succeeded", "failed"] {
        counter(columns, what);
    }
    for cause in Cause::ALL {
        counter(columns, &format!("failed_by.{}", cause.name()));
    }
    for what in [
        "attempts",
        "retries_refused",
        "oom_kills",
        "reloads",
        "wasted",
        "users_left",
        "start_failures",
        "deadlocks",
        "cold_starts",
    ] {
        counter(columns, what);
    }
    for (what, unit, peaks) in [
        ("in_flight", Unit::Count, true),
        ("sockets.open", Unit::Count, false),
        ("sockets.established", Unit::Count, false),
        ("sockets.close_wait", Unit::Count, false),
        ("sockets.time_wait", Unit::Count, false),
        ("sockets.leaked", Unit::Count, false),
        ("descriptors", Unit::Count, false),
        ("ports_used", Unit::Count, false),
        ("memory_max", Unit::Bytes, false),
        ("instances_up", Unit::Count, false),
        ("breakers_open", Unit::Count, false),
        ("in_flight_abandoned", Unit::Count, false),
        ("healthy", Unit::Count, false),
        ("deadlocked", Unit::Count, false),
        ("limit", Unit::Count, false),
        ("queued", Unit::Count, false),
    ] {
        column(columns, format!("{part}.{what}"), Kind::Level, unit, peaks);
    }
    quantile_columns(columns, &format!("{part}.latency"));
}

fn pool_columns(columns: &mut Vec<Series>, part: &str) {
    for what in ["size", "idle", "leased", "waiting", "dialling"] {
        column(columns, format!("{part}.{what}"), Kind::Level, Unit::Count, false);
    }
    quantile_columns(columns, &format!("{part}.checkout_wait"));
}

fn quantile_columns(columns: &mut Vec<Series>, of: &str) {
    for (quantile, _) in QUANTILES {
        column(columns, format!("{of}_s_{quantile}"), Kind::Quantile, Unit::Seconds, false);
    }
}
