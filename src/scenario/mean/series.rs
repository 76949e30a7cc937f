//! The names of the series that a scenario has.

use crate::scenario::meant::{Cause, Entry, Settings, is_ever_pooled};
use crate::units::Unit;

/// A series that a run of a scenario yields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesInfo {
    /// Its name: `servers.redis.connected_clients`.
    pub name: String,
    /// What its values measure.
    pub unit: Unit,
    /// Whether it counts from 0 and never falls; only two of these make a ratio.
    pub counter: bool,
    /// Whether it is a latency or a wait, of which only quantiles are kept.
    pub latency: bool,
}

/// The end of a name, its unit, and whether it is a counter.
pub(crate) type SeriesRow = (&'static str, Unit, bool);

/// The series of every server.
pub(crate) const SERIES_OF_SERVER: &[SeriesRow] = &[
    ("connected_clients", Unit::Count, false),
    ("slots_leaked", Unit::Count, false),
    ("blocked_clients", Unit::Count, false),
    ("rejected_connections", Unit::Count, true),
    ("total_connections_received", Unit::Count, true),
    ("reaped_connections", Unit::Count, true),
    ("evicted_connections", Unit::Count, true),
    ("syns_dropped", Unit::Count, true),
    ("accept_queue", Unit::Count, false),
    ("loop_busy", Unit::Ratio, false),
    ("memory", Unit::Bytes, false),
    ("memory_clients", Unit::Bytes, false),
    ("replicas", Unit::Count, false),
    ("sockets.established", Unit::Count, false),
    ("sockets.close_wait", Unit::Count, false),
    ("sockets.fin_wait2", Unit::Count, false),
    ("sockets.time_wait", Unit::Count, false),
];

/// The series of every server that exporters scrape at the start. `scraped` is what the last scrape
/// that was answered has read: it stays when scrapes fail.
pub(crate) const SERIES_OF_EXPORTERS: &[SeriesRow] = &[
    ("scrapes", Unit::Count, true),
    ("scrapes_failed", Unit::Count, true),
    ("scraped.connected_clients", Unit::Count, false),
    ("scraped.rejected_connections", Unit::Count, false),
];

/// What a proxy has besides the series of its upstream connections.
pub(crate) const SERIES_OF_PROXY: &[SeriesRow] = &[("upstream.retries", Unit::Count, true)];

/// The series of every fleet.
pub(crate) const SERIES_OF_FLEET: &[SeriesRow] = &[
    ("requests", Unit::Count, true),
    ("succeeded", Unit::Count, true),
    ("failed", Unit::Count, true),
    ("attempts", Unit::Count, true),
    ("retries_refused", Unit::Count, true),
    ("in_flight", Unit::Count, false),
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
    ("limit", Unit::Count, false),
    ("queued", Unit::Count, false),
    ("oom_kills", Unit::Count, true),
    ("reloads", Unit::Count, true),
    ("wasted", Unit::Count, true),
    ("users_left", Unit::Count, true),
    ("in_flight_abandoned", Unit::Count, false),
    ("healthy", Unit::Count, false),
    ("start_failures", Unit::Count, true),
    ("deadlocks", Unit::Count, true),
    ("deadlocked", Unit::Count, false),
    ("cold_starts", Unit::Count, true),
];

/// The series of every pool, and of the upstream connections of every proxy.
pub(crate) const SERIES_OF_POOL: &[SeriesRow] = &[
    ("size", Unit::Count, false),
    ("idle", Unit::Count, false),
    ("leased", Unit::Count, false),
    ("waiting", Unit::Count, false),
    ("dialling", Unit::Count, false),
];

/// Every series that a run of these settings and this timeline yields, in the order servers, fleets,
/// pools.
pub fn series(settings: &Settings, timeline: &[Entry]) -> Vec<SeriesInfo> {
    let mut all = Vec::new();
    for server in &settings.servers {
        let prefix = format!("servers.{}", server.name);
        push(&mut all, &prefix, SERIES_OF_SERVER);
        if server.proxy.is_some() {
            push_pool(&mut all, &format!("{prefix}.upstream"));
            push(&mut all, &prefix, SERIES_OF_PROXY);
        }
        if server.exporters.count > 0 {
            push(&mut all, &prefix, SERIES_OF_EXPORTERS);
        }
    }
    for (index, fleet) in settings.fleets.iter().enumerate() {
        let prefix = format!("fleets.{}", fleet.name);
        push(&mut all, &prefix, SERIES_OF_FLEET);
        for cause in Cause::ALL {
            let name = format!("{prefix}.failed_by.{}", cause.name());
            all.push(SeriesInfo { name, unit: Unit::Count, counter: true, latency: false });
        }
        all.push(latency(format!("{prefix}.latency")));
        for (through, way) in fleet.connections.iter().enumerate() {
            if is_ever_pooled(settings, timeline, index, through) {
                push_pool(&mut all, &format!("{prefix}.pools.{}", way.name));
            }
        }
    }
    all
}

fn push_pool(all: &mut Vec<SeriesInfo>, prefix: &str) {
    push(all, prefix, SERIES_OF_POOL);
    all.push(latency(format!("{prefix}.checkout_wait")));
}

fn push(all: &mut Vec<SeriesInfo>, prefix: &str, rows: &[SeriesRow]) {
    all.extend(rows.iter().map(|(name, unit, counter)| SeriesInfo {
        name: format!("{prefix}.{name}"),
        unit: *unit,
        counter: *counter,
        latency: false,
    }));
}

fn latency(name: String) -> SeriesInfo {
    SeriesInfo { name, unit: Unit::Seconds, counter: false, latency: true }
}
