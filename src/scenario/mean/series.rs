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

/// The end of a name, its unit, whether it is a counter, and what it counts.
pub(crate) type SeriesRow = (&'static str, Unit, bool, &'static str);

/// The series of every server.
pub(crate) const SERIES_OF_SERVER: &[SeriesRow] = &[
    (
        "connected_clients",
        Unit::Count,
        false,
        "Clients with a slot, as INFO counts them: operators and Sentinels too, replicas not. Its highest value is exact between rows.",
    ),
    (
        "slots_leaked",
        Unit::Count,
        false,
        "Slots held by connections that nobody will use or close again. Its highest value is exact between rows.",
    ),
    ("blocked_clients", Unit::Count, false, "Clients in a blocking command."),
    (
        "rejected_connections",
        Unit::Count,
        true,
        "Connections refused at the limit, as INFO counts them.",
    ),
    (
        "total_connections_received",
        Unit::Count,
        true,
        "Connections that were given a slot, as INFO counts them: those refused at the limit are not among them.",
    ),
    ("reaped_connections", Unit::Count, true, "Connections closed by the idle timeout."),
    (
        "evicted_connections",
        Unit::Count,
        true,
        "Clients closed for the memory they take (`maxmemory-clients`).",
    ),
    (
        "syns_dropped",
        Unit::Count,
        true,
        "Packets that ask for a connection and found the accept queue full.",
    ),
    (
        "accept_queue",
        Unit::Count,
        false,
        "Connections set up by the kernel that the server has not accepted yet.",
    ),
    (
        "loop_busy",
        Unit::Ratio,
        false,
        "The share of the time since the row before in which the loop thread was at work; of workers the mean.",
    ),
    ("memory", Unit::Bytes, false, "Of the process."),
    ("memory_clients", Unit::Bytes, false, "Of that, what the server counts as its clients'."),
    ("replicas", Unit::Count, false, "Connections of replicas."),
    ("sockets.established", Unit::Count, false, "Its host's sockets to clients in ESTABLISHED."),
    (
        "sockets.close_wait",
        Unit::Count,
        false,
        "Those in CLOSE_WAIT: closed by the client, not yet by the server.",
    ),
    (
        "sockets.fin_wait2",
        Unit::Count,
        false,
        "Those in FIN_WAIT2: closed by the server, not by the client.",
    ),
    ("sockets.time_wait", Unit::Count, false, "Those in TIME_WAIT."),
];

/// The series of every server that exporters scrape at the start. `scraped` is what the last scrape
/// that was answered has read: it stays when scrapes fail.
pub(crate) const SERIES_OF_EXPORTERS: &[SeriesRow] = &[
    ("scrapes", Unit::Count, true, "Scrapes begun."),
    ("scrapes_failed", Unit::Count, true, "Scrapes refused or without an answer."),
    (
        "scraped.connected_clients",
        Unit::Count,
        false,
        "What the last answered scrape has read: it stays when scrapes fail.",
    ),
    ("scraped.rejected_connections", Unit::Count, false, "The same of the refusals."),
];

/// What a proxy has besides the series of its upstream connections.
pub(crate) const SERIES_OF_PROXY: &[SeriesRow] =
    &[("upstream.retries", Unit::Count, true, "Retries of the proxy.")];

/// The series of every fleet.
pub(crate) const SERIES_OF_FLEET: &[SeriesRow] = &[
    ("requests", Unit::Count, true, "Requests that arrived."),
    ("succeeded", Unit::Count, true, "Requests that ended well."),
    ("failed", Unit::Count, true, "Requests that failed."),
    (
        "attempts",
        Unit::Count,
        true,
        "Attempts of calls begun: more than one a call where there are retries.",
    ),
    ("retries_refused", Unit::Count, true, "Retries that a budget did not allow."),
    (
        "in_flight",
        Unit::Count,
        false,
        "Requests under way that somebody waits for. Its highest value is exact between rows.",
    ),
    (
        "sockets.open",
        Unit::Count,
        false,
        "Client sockets in any state but TIME_WAIT, those that were reset among them.",
    ),
    ("sockets.established", Unit::Count, false, "Those in ESTABLISHED."),
    (
        "sockets.close_wait",
        Unit::Count,
        false,
        "Those in CLOSE_WAIT: closed by the server, not by the client.",
    ),
    ("sockets.time_wait", Unit::Count, false, "Closed sockets that still hold a port."),
    ("sockets.leaked", Unit::Count, false, "Forgotten sockets, in any state."),
    ("descriptors", Unit::Count, false, "Descriptors of sockets, all instances together."),
    (
        "ports_used",
        Unit::Count,
        false,
        "Ephemeral ports in use or in TIME_WAIT, all instances together.",
    ),
    ("memory_max", Unit::Bytes, false, "Memory of the instance that has most."),
    ("instances_up", Unit::Count, false, "Instances that take requests."),
    ("breakers_open", Unit::Count, false, "Instances whose circuit breaker lets nothing through."),
    ("limit", Unit::Count, false, "The sum of the instances' adaptive limits."),
    ("queued", Unit::Count, false, "Requests in line at the entrances of instances."),
    ("oom_kills", Unit::Count, true, "Instances killed at their memory limit."),
    ("reloads", Unit::Count, true, "Visitors who came again."),
    ("wasted", Unit::Count, true, "Requests that ended well when nobody waited for them any more."),
    ("users_left", Unit::Count, true, "Users who went away for good."),
    ("in_flight_abandoned", Unit::Count, false, "Requests under way that nobody waits for."),
    (
        "healthy",
        Unit::Count,
        false,
        "Instances up that the balancer's checks have not shown to be unhealthy.",
    ),
    (
        "start_failures",
        Unit::Count,
        true,
        "Instances that ended because they could not open the connections they need.",
    ),
    (
        "deadlocks",
        Unit::Count,
        true,
        "Circles of requests that hold connections of pools and wait for more.",
    ),
    ("deadlocked", Unit::Count, false, "Requests in such circles."),
    ("cold_starts", Unit::Count, true, "Instances begun for a request (serverless)."),
];

/// The series of every pool, and of the upstream connections of every proxy.
pub(crate) const SERIES_OF_POOL: &[SeriesRow] = &[
    ("size", Unit::Count, false, "Open connections: idle and leased ones."),
    ("idle", Unit::Count, false, "Connections that nobody uses."),
    ("leased", Unit::Count, false, "Connections checked out, leaked ones among them."),
    ("waiting", Unit::Count, false, "Callers who wait for one."),
    ("dialling", Unit::Count, false, "Connections being dialled."),
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
    all.extend(rows.iter().map(|(name, unit, counter, _)| SeriesInfo {
        name: format!("{prefix}.{name}"),
        unit: *unit,
        counter: *counter,
        latency: false,
    }));
}

fn latency(name: String) -> SeriesInfo {
    SeriesInfo { name, unit: Unit::Seconds, counter: false, latency: true }
}
