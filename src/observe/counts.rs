//! Everything that is counted, by server and by fleet.

use crate::observe::counter::Counter;
use crate::observe::timed::Timed;
use crate::scenario::{self, Cause};

/// Everything that is counted about a server.
#[derive(Debug, Default)]
pub(super) struct ServerCounts {
    pub received: Counter,
    pub rejected: Counter,
    pub reaped: Counter,
    pub killed: Counter,
    pub freed: Counter,
    pub evicted: Counter,
    pub syns_dropped: Counter,
    /// Of a proxy.
    pub upstream_retries: Counter,
    /// Where exporters scrape from the start.
    pub scraped: Option<Scraped>,
    /// Waits for upstream connections; only proxies have them.
    pub upstream: Option<Timed>,
}

/// What exporters have seen of a server.
#[derive(Debug)]
pub(super) struct Scraped {
    pub scrapes: Counter,
    pub failed: Counter,
    /// Whether the last of them was answered; before the first nobody has been refused.
    pub answered: bool,
    /// What the last scrape that was answered has read; not a number before.
    pub connected_clients: f64,
    pub rejected_connections: f64,
}

impl ServerCounts {
    /// Nothing yet.
    pub fn new(settings: &scenario::Server) -> ServerCounts {
        let unseen = || Scraped {
            scrapes: Counter::default(),
            failed: Counter::default(),
            answered: true,
            connected_clients: f64::NAN,
            rejected_connections: f64::NAN,
        };
        let scraped = (settings.exporters.count > 0).then(unseen);
        ServerCounts { scraped, ..ServerCounts::default() }
    }
}

/// Everything that is counted about a fleet.
#[derive(Debug)]
pub(super) struct FleetCounts {
    pub requests: Counter,
    pub succeeded: Counter,
    pub failed: Counter,
    pub by_cause: [Counter; Cause::ALL.len()],
    pub attempts: Counter,
    pub leaks: Counter,
    pub retries_refused: Counter,
    pub oom_kills: Counter,
    pub reloads: Counter,
    pub wasted: Counter,
    pub users_left: Counter,
    pub start_failures: Counter,
    pub deadlocks: Counter,
    pub cold_starts: Counter,
    pub latency: Timed,
    pub latency_failed: Timed,
    /// By name of connections; only pools have waits.
    pub waits: Vec<Option<Timed>>,
}

impl ServerCounts {
    /// The counters with their names in series.
    pub fn all(&self) -> Vec<(String, &Counter)> {
        vec![
            ("rejected_connections".into(), &self.rejected),
            ("total_connections_received".into(), &self.received),
            ("reaped_connections".into(), &self.reaped),
            ("evicted_connections".into(), &self.evicted),
            ("syns_dropped".into(), &self.syns_dropped),
        ]
    }

    /// The same of its exporters.
    pub fn of_exporters(&self) -> Vec<(String, &Counter)> {
        let Some(seen) = &self.scraped else { return Vec::new() };
        vec![("scrapes".into(), &seen.scrapes), ("scrapes_failed".into(), &seen.failed)]
    }

    /// The counter behind the series `what`, if it is one.
    pub fn named(&mut self, what: &str) -> Option<&mut Counter> {
        match what {
            "rejected_connections" => Some(&mut self.rejected),
            "total_connections_received" => Some(&mut self.received),
            "reaped_connections" => Some(&mut self.reaped),
            "evicted_connections" => Some(&mut self.evicted),
            "syns_dropped" => Some(&mut self.syns_dropped),
            "upstream.retries" => Some(&mut self.upstream_retries),
            "scrapes" => self.scraped.as_mut().map(|seen| &mut seen.scrapes),
            "scrapes_failed" => self.scraped.as_mut().map(|seen| &mut seen.failed),
            _ => None,
        }
    }
}

impl FleetCounts {
    /// Nothing yet; latencies of all requests and of those that failed.
    pub fn new([latency, latency_failed]: [Timed; 2]) -> FleetCounts {
        FleetCounts {
            requests: Counter::default(),
            succeeded: Counter::default(),
            failed: Counter::default(),
            by_cause: Default::default(),
            attempts: Counter::default(),
            leaks: Counter::default(),
            retries_refused: Counter::default(),
            oom_kills: Counter::default(),
            reloads: Counter::default(),
            wasted: Counter::default(),
            users_left: Counter::default(),
            start_failures: Counter::default(),
            deadlocks: Counter::default(),
            cold_starts: Counter::default(),
            latency,
            latency_failed,
            waits: Vec::new(),
        }
    }

    /// The counters with their names in series.
    pub fn all(&self) -> Vec<(String, &Counter)> {
        let mut all: Vec<(String, &Counter)> = vec![
            ("requests".into(), &self.requests),
            ("succeeded".into(), &self.succeeded),
            ("failed".into(), &self.failed),
        ];
        for (cause, counter) in Cause::ALL.iter().zip(&self.by_cause) {
            all.push((format!("failed_by.{}", cause.name()), counter));
        }
        all.push(("attempts".into(), &self.attempts));
        all.push(("retries_refused".into(), &self.retries_refused));
        all.push(("oom_kills".into(), &self.oom_kills));
        all.push(("reloads".into(), &self.reloads));
        all.push(("wasted".into(), &self.wasted));
        all.push(("users_left".into(), &self.users_left));
        all.push(("start_failures".into(), &self.start_failures));
        all.push(("deadlocks".into(), &self.deadlocks));
        all.push(("cold_starts".into(), &self.cold_starts));
        all
    }

    /// The counter behind the series `what`, if it is one.
    pub fn named(&mut self, what: &str) -> Option<&mut Counter> {
        if let Some(cause) = what.strip_prefix("failed_by.") {
            let index = Cause::ALL.iter().position(|c| c.name() == cause)?;
            return Some(&mut self.by_cause[index]);
        }
        match what {
            "requests" => Some(&mut self.requests),
            "succeeded" => Some(&mut self.succeeded),
            "failed" => Some(&mut self.failed),
            "attempts" => Some(&mut self.attempts),
            "retries_refused" => Some(&mut self.retries_refused),
            "oom_kills" => Some(&mut self.oom_kills),
            "reloads" => Some(&mut self.reloads),
            "wasted" => Some(&mut self.wasted),
            "users_left" => Some(&mut self.users_left),
            "start_failures" => Some(&mut self.start_failures),
            "deadlocks" => Some(&mut self.deadlocks),
            "cold_starts" => Some(&mut self.cold_starts),
            _ => None,
        }
    }

    /// The latencies and waits.
    pub fn timed(&mut self) -> impl Iterator<Item = &mut Timed> {
        [&mut self.latency, &mut self.latency_failed]
            .into_iter()
            .chain(self.waits.iter_mut().flatten())
    }
}
