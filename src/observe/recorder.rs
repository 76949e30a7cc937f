//! Observations folded to a record, as they come.

use crate::engine::Observer;
use crate::model::{Observation, World};
use crate::observe::columns::Columns;
use crate::observe::counter::Counter;
use crate::observe::counts::{FleetCounts, ServerCounts};
use crate::observe::digest::Digest;
use crate::observe::log::Log;
use crate::observe::scrapes::Looks;
use crate::observe::timed::Timed;
use crate::observe::{Crossing, Ended, Record, Wanted};
use crate::scenario::{Scenario, is_ever_pooled};
use crate::units::SimTime;

/// Watches a run and writes its record.
#[derive(Debug)]
pub struct Recorder {
    record: Record,
    servers: Vec<ServerCounts>,
    fleets: Vec<FleetCounts>,
    digest: Digest,
    columns: Columns,
    log: Log,
    looks: Vec<Looks>,
    keep_requests: bool,
    ended: Vec<Ended>,
}

impl Recorder {
    /// A recorder for one run of `scenario`, which keeps what is wanted besides.
    pub fn new(scenario: &Scenario, wanted: &Wanted) -> Recorder {
        let (from, to) = (SimTime::ZERO + scenario.warm_up, SimTime::ZERO + scenario.duration);
        let timed = |name: String| Timed::new(name, from, to);
        let (settings, timeline) = (&scenario.settings, &scenario.timeline);
        let fleets = settings.fleets.iter().enumerate().map(|(index, fleet)| {
            let of = |what: &str| format!("fleets.{}.{what}", fleet.name);
            let waits = fleet.connections.iter().enumerate().map(|(through, c)| {
                is_ever_pooled(settings, timeline, index, through)
                    .then(|| timed(of(&format!("pools.{}.checkout_wait", c.name))))
            });
            FleetCounts {
                waits: waits.collect(),
                ..FleetCounts::new([timed(of("latency")), timed(of("latency_failed"))])
            }
        });
        let servers = scenario.settings.servers.iter().map(|server| ServerCounts {
            upstream: server
                .proxy
                .as_ref()
                .map(|_| timed(format!("servers.{}.upstream.checkout_wait", server.name))),
            ..ServerCounts::new(server)
        });
        let columns = Columns::new(scenario);
        let mut recorder = Recorder {
            record: columns.empty_record(),
            servers: servers.collect(),
            fleets: fleets.collect(),
            digest: Digest::new(),
            columns,
            log: Log::new(scenario),
            looks: wanted.scrapers.iter().map(|scraper| Looks::new(scraper, scenario)).collect(),
            keep_requests: scenario.keep_requests,
            ended: Vec::new(),
        };
        recorder.want(scenario, wanted);
        recorder
    }

    fn want(&mut self, scenario: &Scenario, wanted: &Wanted) {
        for (series, bound) in &wanted.crossings {
            if let Some(counter) = self.counter(scenario, series) {
                counter.watch(*bound);
            }
        }
        for (series, from, to, qs) in &wanted.ranges {
            for timed in self.timed() {
                if timed.series() == series {
                    timed.want(*from, *to, qs.clone());
                }
            }
        }
    }

    /// The latencies and waits.
    fn timed(&mut self) -> impl Iterator<Item = &mut Timed> {
        let fleets = self.fleets.iter_mut().flat_map(FleetCounts::timed);
        fleets.chain(self.servers.iter_mut().flat_map(|server| &mut server.upstream))
    }

    /// The counter behind a series, if it is one.
    fn counter(&mut self, scenario: &Scenario, series: &str) -> Option<&mut Counter> {
        let mut path = series.splitn(3, '.');
        let (kind, name, what) = (path.next()?, path.next()?, path.next()?);
        if kind == "servers" {
            let index = scenario.settings.servers.iter().position(|s| s.name == name)?;
            self.servers[index].named(what)
        } else {
            let index = scenario.settings.fleets.iter().position(|f| f.name == name)?;
            self.fleets[index].named(what)
        }
    }

    /// Writes a row of the series: the state of the world after all events up to `at`.
    pub fn row(&mut self, world: &mut World, at: SimTime, handled: u64) {
        self.columns.row(&mut self.record, world, at, &mut self.servers, &mut self.fleets);
        self.log.row(&self.record, &self.servers);
        self.record.ended.clear();
        self.record.ended.append(&mut self.ended);
        self.record.requests = self.fleets.iter().map(|f| f.requests.count()).sum();
        self.record.handled = handled;
        self.log.drain_into(&mut self.record.events);
    }

    /// When a scraper looks next; `None` when nobody does.
    pub fn next_scrape(&self) -> Option<SimTime> {
        self.looks.iter().map(Looks::due).min()
    }

    /// Shows the world, after all events up to `at`, to the scrapers whose instant that is.
    pub fn scrape(&mut self, world: &mut World, at: SimTime) {
        for looks in self.looks.iter_mut().filter(|looks| looks.due() == at) {
            looks.look(world, at, &mut self.servers, &mut self.fleets);
        }
    }

    /// The record so far.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// The requests that have ended since the last row; empty unless asked for.
    pub fn ended(&self) -> &[Ended] {
        &self.ended
    }

    /// Asserts that nothing was lost between observations and the state of the world.
    ///
    /// # Errors
    ///
    /// The law that is broken, with both figures: a mistake of the program, never of the user.
    pub fn check_conservation(&self, world: &World) -> Result<(), String> {
        world.check_conservation()?;
        let sum = |of: fn(&FleetCounts) -> u64| self.fleets.iter().map(of).sum::<u64>();
        let arrived = sum(|f| f.requests.count());
        let ended = sum(|f| f.succeeded.count() + f.failed.count());
        let causes = sum(|f| f.by_cause.iter().map(Counter::count).sum());
        if arrived != ended + world.requests_in_flight() {
            return Err(format!(
                "requests = succeeded + failed + in flight: {arrived} arrived, {ended} ended, {} \
                 are in flight",
                world.requests_in_flight()
            ));
        }
        let failed = sum(|f| f.failed.count());
        if failed != causes {
            return Err(format!("one cause per failure: {failed} failures, {causes} causes"));
        }
        Ok(())
    }

    /// Ends the record; `stopped` says why, when it was before the end.
    pub fn finish(mut self, scenario: &Scenario, stopped: Option<String>) -> Record {
        let ranges: Vec<_> = self.timed().flat_map(|timed| timed.ranges()).collect();
        self.record.ranges.extend(ranges);
        for (index, server) in self.servers.iter().enumerate() {
            let part = format!("servers.{}", scenario.settings.servers[index].name);
            crossings(&mut self.record.crossings, &part, &server.all());
            crossings(&mut self.record.crossings, &part, &server.of_exporters());
            let retries = ("upstream.retries".to_string(), &server.upstream_retries);
            crossings(&mut self.record.crossings, &part, &[retries]);
        }
        for (index, fleet) in self.fleets.iter().enumerate() {
            let part = format!("fleets.{}", scenario.settings.fleets[index].name);
            crossings(&mut self.record.crossings, &part, &fleet.all());
        }
        self.record.scrapes = self.looks.into_iter().map(Looks::finish).collect();
        self.record.digest = self.digest.finish();
        self.record.stopped = stopped;
        self.record
    }
}

fn crossings(out: &mut Vec<Crossing>, part: &str, counters: &[(String, &Counter)]) {
    for (name, counter) in counters {
        for (above, at) in counter.watched() {
            out.push(Crossing { series: format!("{part}.{name}"), above: *above, at: *at });
        }
    }
}

impl Observer<Observation> for Recorder {
    // Every caller names the kind of observation: inlined, the match and the enum vanish.
    #[inline(always)]
    fn observe(&mut self, at: SimTime, what: Observation) {
        use Observation as O;
        let code = match what {
            O::Arrived { fleet } => {
                self.fleets[usize::from(fleet)].requests.add(at);
                code(1, fleet, 0)
            }
            O::Attempted { fleet } => {
                self.fleets[usize::from(fleet)].attempts.add(at);
                code(2, fleet, 0)
            }
            O::Succeeded { fleet, began } => {
                let f = &mut self.fleets[usize::from(fleet)];
                f.succeeded.add(at);
                let latency = at.since(began);
                f.latency.record(latency);
                if self.keep_requests {
                    self.ended.push(Ended { fleet, began, at, cause: None });
                }
                code(3, fleet, latency.as_ns())
            }
            O::Received { server } => {
                self.servers[usize::from(server)].received.add(at);
                code(4, server, 0)
            }
            O::Freed { server } => {
                self.servers[usize::from(server)].freed.add(at);
                code(5, server, 0)
            }
            O::Rejected { server } => {
                self.servers[usize::from(server)].rejected.add(at);
                self.log.rejected(at, server);
                code(6, server, 0)
            }
            O::Failed { fleet, cause, began } => {
                let f = &mut self.fleets[usize::from(fleet)];
                f.failed.add(at);
                f.by_cause[cause as usize].add(at);
                f.latency_failed.record(at.since(began));
                self.log.failed(at, fleet, cause);
                if self.keep_requests {
                    self.ended.push(Ended { fleet, began, at, cause: Some(cause) });
                }
                code(7 + cause as u64, fleet, at.since(began).as_ns())
            }
            O::CheckedOut { fleet, through, wait } => {
                if let Some(waits) =
                    &mut self.fleets[usize::from(fleet)].waits[usize::from(through)]
                {
                    waits.record(wait);
                }
                code(32, fleet, wait.as_ns())
            }
            O::Leaked { fleet } => {
                self.fleets[usize::from(fleet)].leaks.add(at);
                code(33, fleet, 0)
            }
            O::Reaped { server, .. } => {
                self.servers[usize::from(server)].reaped.add(at);
                code(34, server, 0)
            }
            O::Killed { server } => {
                self.servers[usize::from(server)].killed.add(at);
                code(35, server, 0)
            }
            O::OomKilled { fleet, instance } => {
                self.fleets[usize::from(fleet)].oom_kills.add(at);
                self.log.oom_killed(at, fleet, instance);
                code(36, fleet, instance.into())
            }
            O::Scaled { fleet, from, to } => {
                self.log.scaled(at, fleet, from, to);
                code(71, fleet, to.into())
            }
            O::ColdStart { fleet } => {
                self.fleets[usize::from(fleet)].cold_starts.add(at);
                code(72, fleet, 0)
            }
            O::StartFailed { fleet, instance } => {
                self.fleets[usize::from(fleet)].start_failures.add(at);
                self.log.start_failed(at, fleet, instance);
                code(70, fleet, instance.into())
            }
            O::PoolEmpty { fleet, instance, .. } => code(37, fleet, instance.into()),
            O::InstanceUp { fleet, instance } => {
                self.log.instance_up(at, fleet, instance);
                code(38, fleet, instance.into())
            }
            O::InstanceStopped { fleet, instance } => code(39, fleet, instance.into()),
            O::Deployed { fleet } => {
                self.log.deployed(at, fleet);
                code(40, fleet, 0)
            }
            O::Timeline { index } => {
                self.log.timeline(at, index);
                code(41, 0, index.into())
            }
            O::BreakerOpened { fleet, instance } => {
                self.log.breaker_opened(at, fleet, instance);
                code(60, fleet, instance.into())
            }
            O::ServerUp { server } => {
                self.log.server_up(at, server);
                code(42, server, 0)
            }
            O::AcceptStarved { server } => {
                self.log.accept_starved(at, server);
                code(51, server, 0)
            }
            O::ConfigRefused { server, asked, possible } => {
                self.log.config_refused(at, server, asked, possible);
                code(43, server, asked.into())
            }
            O::OperatorRefused { server } => {
                self.log.operator_refused(at, server);
                code(44, server, 0)
            }
            O::KillDone { server, killed, took } => {
                self.log.kill_done(at, server, killed, took);
                code(45, server, killed.into())
            }
            O::ReplicaRefused { server } => {
                self.log.replica_refused(at, server);
                code(46, server, 0)
            }
            O::ReplicaSynced { server } => {
                self.log.replica_synced(at, server);
                code(47, server, 0)
            }
            O::Scraped { server, connected_clients } => {
                let counts = &mut self.servers[usize::from(server)];
                let rejected = counts.rejected.count();
                if let Some(seen) = &mut counts.scraped {
                    seen.scrapes.add(at);
                    seen.answered = true;
                    seen.connected_clients = connected_clients.into();
                    seen.rejected_connections = rejected as f64;
                }
                self.log.scraped(at, server);
                code(48, server, connected_clients.into())
            }
            O::ScrapeFailed { server } => {
                if let Some(seen) = &mut self.servers[usize::from(server)].scraped {
                    seen.failed.add(at);
                    seen.answered = false;
                }
                self.log.scrape_failed(at, server);
                code(49, server, 0)
            }
            O::Evicted { server } => {
                self.servers[usize::from(server)].evicted.add(at);
                self.log.evicted(at, server);
                code(50, server, 0)
            }
            O::UpstreamTaken { server, wait } => {
                if let Some(waits) = &mut self.servers[usize::from(server)].upstream {
                    waits.record(wait);
                }
                code(61, server, wait.as_ns())
            }
            O::UpstreamRetried { server } => {
                self.servers[usize::from(server)].upstream_retries.add(at);
                code(70, server, 0)
            }
            O::RetryRefused { fleet } => {
                self.fleets[usize::from(fleet)].retries_refused.add(at);
                code(71, fleet, 0)
            }
            O::Reloaded { fleet } => {
                self.fleets[usize::from(fleet)].reloads.add(at);
                code(100, fleet, 0)
            }
            O::Wasted { fleet } => {
                self.fleets[usize::from(fleet)].wasted.add(at);
                code(101, fleet, 0)
            }
            O::UserLeft { fleet } => {
                self.fleets[usize::from(fleet)].users_left.add(at);
                code(102, fleet, 0)
            }
            O::Unhealthy { fleet, instance } => {
                self.log.health(at, fleet, instance, false);
                code(103, fleet, instance.into())
            }
            O::Ejected { fleet, instance } => {
                self.log.ejected(at, fleet, instance);
                code(105, fleet, instance.into())
            }
            O::Healthy { fleet, instance } => {
                self.log.health(at, fleet, instance, true);
                code(104, fleet, instance.into())
            }
            // These say in other words what is folded elsewhere, or follows from it.
            O::CallerWaits { fleet, instance, through } => {
                return self.log.pool_empty(at, fleet, instance, through);
            }
            O::ConfigSet { server, limit, asked } => {
                return self.log.config_set(at, server, limit, asked);
            }
            O::OperatorServed { server } => return self.log.operator_served(at, server),
            O::SynDropped { server } => {
                self.servers[usize::from(server)].syns_dropped.add(at);
                return self.log.syn_dropped(at, server);
            }
            O::AcceptsStopped { server } => return self.log.accepts_stopped(at, server),
            O::Deadlocked { fleet, instance, through, requests, leases } => {
                self.fleets[usize::from(fleet)].deadlocks.add(at);
                return self.log.deadlocked(at, (fleet, instance, through), requests, leases);
            }
            O::BreakerHalfOpened { fleet, instance } => {
                return self.log.breaker_half_opened(at, fleet, instance);
            }
            O::BreakerClosed { fleet, instance } => {
                return self.log.breaker_closed(at, fleet, instance);
            }
        };
        self.digest.fold(at, code);
    }
}

/// One word for what happened: its kind, its part, and a figure.
#[inline]
fn code(kind: u64, part: u16, figure: u64) -> u64 {
    kind | u64::from(part) << 8 | figure << 24
}
