//! The log of notable events: firsts, deaths, changes.

use crate::observe::counts::ServerCounts;
use crate::observe::{Noted, Record};
use crate::scenario::{Action, Cause, Scenario, Settings};
use crate::units::{SimTime, Span, Unit, quantity};

/// More notable events than this are counted, not kept.
const EVENTS_MAX: usize = 10_000;
/// Changes of the circuit breakers of a fleet that are told.
const TURNS_MAX: u32 = 300;
/// A reap wave closes at least this share of the clients between two rows...
const WAVE_SHARE: f64 = 0.1;
/// ...and at least so many.
const WAVE_MIN: f64 = 10.0;

/// What is notable, with the state needed to know a first from a second.
#[derive(Debug)]
pub(super) struct Log {
    servers: Vec<String>,
    /// The limits in force.
    limits: Vec<u32>,
    /// Of these, what is kept back, and what connections of no fleet take.
    kept_back: Vec<KeptBack>,
    /// What an entry of the timeline makes of that.
    changes: Vec<Option<Vec<KeptBack>>>,
    /// Since when operators are refused.
    locked_out: Vec<Option<SimTime>>,
    /// Since when scrapes fail.
    blind: Vec<Option<SimTime>>,
    fleets: Vec<String>,
    pools: Vec<Vec<String>>,
    timeline: Vec<String>,
    rejected: Vec<bool>,
    /// By server: which of the events that are told once have been.
    told: Vec<u8>,
    failed: Vec<[bool; Cause::ALL.len()]>,
    /// By fleet: changes of its breakers.
    turns: Vec<u32>,
    emptied: Vec<Vec<bool>>,
    deadlocked: Vec<Vec<bool>>,
    wave: Vec<bool>,
    reaped: Vec<u64>,
    fresh: Vec<Noted>,
    kept: usize,
}

/// What is told once of each server.
#[derive(Clone, Copy)]
enum Once {
    ReplicaRefused,
    Evicted,
    QueueFull,
    Stopped,
}

/// Slots under a limit that ordinary clients do not get.
#[derive(Clone, Copy, Debug)]
struct KeptBack {
    reserved: u32,
    internal: u32,
}

impl KeptBack {
    fn of(settings: &Settings) -> Vec<KeptBack> {
        let of = |s: &crate::scenario::Server| KeptBack {
            reserved: s.reserved,
            internal: s.internal.slots(),
        };
        settings.servers.iter().map(of).collect()
    }

    /// What that leaves of a limit, in words; nothing where it leaves all.
    fn in_words(self, limit: u32) -> String {
        let count = |n: u32| quantity(n.into(), Unit::Count);
        let left = limit.saturating_sub(self.reserved);
        let clients = left.saturating_sub(self.internal);
        match (self.reserved, self.internal) {
            (0, 0) => String::new(),
            (0, _) => format!(" ({} left for clients)", count(clients)),
            (reserved, 0) => {
                format!(" ({} for ordinary clients: {} reserved)", count(left), count(reserved))
            }
            (reserved, _) => {
                let (clients, reserved) = (count(clients), count(reserved));
                format!(" ({clients} left for ordinary clients: {reserved} reserved)")
            }
        }
    }
}

impl Log {
    /// An empty log.
    pub fn new(scenario: &Scenario) -> Log {
        let settings = &scenario.settings;
        let limit = |s: &crate::scenario::Server| s.effective_maxclients().unwrap_or(0);
        let change = |entry: &crate::scenario::Entry| match &entry.action {
            Action::Set(settings) => Some(KeptBack::of(settings)),
            _ => None,
        };
        let names = |f: &crate::scenario::Fleet| -> Vec<String> {
            f.connections.iter().map(|c| c.name.clone()).collect()
        };
        let mut log = Log {
            servers: settings.servers.iter().map(|s| format!("servers.{}", s.name)).collect(),
            limits: settings.servers.iter().map(limit).collect(),
            kept_back: KeptBack::of(settings),
            changes: scenario.timeline.iter().map(change).collect(),
            locked_out: vec![None; settings.servers.len()],
            blind: vec![None; settings.servers.len()],
            fleets: settings.fleets.iter().map(|f| format!("fleets.{}", f.name)).collect(),
            pools: settings.fleets.iter().map(names).collect(),
            timeline: scenario.timeline.iter().map(|entry| entry.label.clone()).collect(),
            rejected: vec![false; settings.servers.len()],
            told: vec![0; settings.servers.len()],
            failed: vec![[false; Cause::ALL.len()]; settings.fleets.len()],
            turns: vec![0; settings.fleets.len()],
            emptied: settings.fleets.iter().map(|f| vec![false; f.connections.len()]).collect(),
            deadlocked: settings.fleets.iter().map(|f| vec![false; f.connections.len()]).collect(),
            wave: vec![false; settings.servers.len()],
            reaped: vec![0; settings.servers.len()],
            fresh: Vec::new(),
            kept: 0,
        };
        for (index, server) in settings.servers.iter().enumerate() {
            log.limit_lowered(index, server.maxclients);
        }
        log
    }

    /// Descriptors lower the connection limit at the start.
    ///
    /// # Source
    ///
    /// Redis `src/server.c` `adjustOpenFilesLimit`, which logs three warnings and keeps 32 back.
    fn limit_lowered(&mut self, index: usize, wanted: u32) {
        let limit = self.limits[index];
        if limit > 0 && limit < wanted {
            let count = |n: u32| quantity(n.into(), Unit::Count);
            let text = format!(
                "maxclients {} is lowered to {}: {} descriptors less 32",
                count(wanted),
                count(limit),
                count(limit.saturating_add(32))
            );
            self.note(SimTime::ZERO, "limit_lowered", self.servers[index].clone(), text);
        }
    }

    /// Moves what is new behind `events`, in order of time.
    pub fn drain_into(&mut self, events: &mut Vec<Noted>) {
        self.fresh.sort_by_key(|noted| noted.at);
        events.append(&mut self.fresh);
    }

    fn note(&mut self, at: SimTime, kind: &'static str, part: String, text: String) {
        debug_assert!(crate::scenario::is_event(kind), "{kind} is missing in the table of events");
        self.kept += 1;
        if self.kept < EVENTS_MAX {
            self.fresh.push(Noted { at, kind, part, text });
        } else if self.kept == EVENTS_MAX {
            let text = format!("more than {EVENTS_MAX} events: the rest is not logged");
            self.fresh.push(Noted { at, kind: "log_full", part, text });
        }
    }

    /// A connection was refused.
    #[inline]
    pub fn rejected(&mut self, at: SimTime, server: u16) {
        let index = usize::from(server);
        if !std::mem::replace(&mut self.rejected[index], true) {
            let limit = self.limits[index];
            let text = format!(
                "first rejection: the limit of {} is reached{}",
                quantity(limit.into(), Unit::Count),
                self.kept_back[index].in_words(limit)
            );
            self.note(at, "first_rejection", self.servers[index].clone(), text);
        }
    }

    /// A request failed.
    #[inline]
    pub fn failed(&mut self, at: SimTime, fleet: u16, cause: Cause) {
        let index = usize::from(fleet);
        if !std::mem::replace(&mut self.failed[index][cause as usize], true) {
            let text = format!("first request fails by {}", cause.name());
            self.note(at, "first_failure", self.fleets[index].clone(), text);
        }
    }

    /// A circuit breaker opened.
    pub fn breaker_opened(&mut self, at: SimTime, fleet: u16, instance: u32) {
        self.breaker_turns(at, fleet, instance, "breaker_opened", "opens");
    }

    /// A circuit breaker tries whether it can close.
    pub fn breaker_half_opened(&mut self, at: SimTime, fleet: u16, instance: u32) {
        self.breaker_turns(at, fleet, instance, "breaker_half_opened", "is half-open");
    }

    /// A circuit breaker closed.
    pub fn breaker_closed(&mut self, at: SimTime, fleet: u16, instance: u32) {
        self.breaker_turns(at, fleet, instance, "breaker_closed", "closes");
    }

    /// A circuit breaker changes. Where that goes on and on, the first times are told.
    fn breaker_turns(
        &mut self,
        at: SimTime,
        fleet: u16,
        instance: u32,
        kind: &'static str,
        does: &str,
    ) {
        let index = usize::from(fleet);
        self.turns[index] = self.turns[index].saturating_add(1);
        let more = match self.turns[index] {
            TURNS_MAX => "; further changes of breakers of this fleet are not told",
            turns if turns > TURNS_MAX => return,
            _ => "",
        };
        let text = format!("the circuit breaker of instance {instance} {does}{more}");
        self.note(at, kind, self.fleets[index].clone(), text);
    }

    /// A process was killed for its memory.
    pub fn oom_killed(&mut self, at: SimTime, fleet: u16, instance: u32) {
        let text = format!("instance {instance} is killed: memory limit reached");
        self.note(at, "oom_kill", self.fleets[usize::from(fleet)].clone(), text);
    }

    /// An autoscaler has changed the size of a fleet.
    pub fn scaled(&mut self, at: SimTime, fleet: u16, from: u32, to: u32) {
        let text = format!("scaled from {from} to {to} instances");
        self.note(at, "scaled", self.fleets[usize::from(fleet)].clone(), text);
    }

    /// A process ended because it could not open the connections it needs.
    pub fn start_failed(&mut self, at: SimTime, fleet: u16, instance: u32) {
        let text = format!("instance {instance} ends: it cannot open the connections it needs");
        self.note(at, "start_failed", self.fleets[usize::from(fleet)].clone(), text);
    }

    /// A caller waits in line at a pool.
    #[inline]
    pub fn pool_empty(&mut self, at: SimTime, fleet: u16, instance: u32, through: u16) {
        let (index, pool) = (usize::from(fleet), usize::from(through));
        if !std::mem::replace(&mut self.emptied[index][pool], true) {
            let text = format!(
                "pool {} of instance {instance} is empty: callers wait",
                self.pools[index][pool]
            );
            self.note(at, "pool_empty", self.fleets[index].clone(), text);
        }
    }

    /// Requests hold connections of a pool and wait for more in a circle.
    pub fn deadlocked(&mut self, at: SimTime, pool: (u16, u32, u16), requests: u32, leases: u32) {
        let (fleet, instance, through) = pool;
        let (index, pool) = (usize::from(fleet), usize::from(through));
        if !std::mem::replace(&mut self.deadlocked[index][pool], true) {
            let text = format!(
                "pool {} of instance {instance} is deadlocked: {requests} requests hold {leases} \
                 connections, each waits for one more, and nobody can return one",
                self.pools[index][pool]
            );
            self.note(at, "deadlock", self.fleets[index].clone(), text);
        }
    }

    /// An instance takes requests; at the start that is not news.
    pub fn instance_up(&mut self, at: SimTime, fleet: u16, instance: u32) {
        if at > SimTime::ZERO {
            let text = format!("instance {instance} takes requests");
            self.note(at, "instance_up", self.fleets[usize::from(fleet)].clone(), text);
        }
    }

    /// An instance is ejected.
    pub fn ejected(&mut self, at: SimTime, fleet: u16, instance: u32) {
        let text = format!("instance {instance} is ejected: its requests fail in a row");
        self.note(at, "instance_ejected", self.fleets[usize::from(fleet)].clone(), text);
    }

    /// The balancer's checks have shown an instance to be the other.
    pub fn health(&mut self, at: SimTime, fleet: u16, instance: u32, healthy: bool) {
        let (kind, text) = match healthy {
            true => ("instance_healthy", "passes its checks again"),
            false => ("instance_unhealthy", "fails its checks: no more requests for it"),
        };
        let text = format!("instance {instance} {text}");
        self.note(at, kind, self.fleets[usize::from(fleet)].clone(), text);
    }

    /// The last instance of a deploy has been replaced.
    pub fn deployed(&mut self, at: SimTime, fleet: u16) {
        let text = "every instance has been replaced".to_string();
        self.note(at, "deploy_done", self.fleets[usize::from(fleet)].clone(), text);
    }

    /// A server takes connections again.
    pub fn server_up(&mut self, at: SimTime, server: u16) {
        let text = "takes connections again".to_string();
        self.note(at, "server_up", self.servers[usize::from(server)].clone(), text);
    }

    /// An entry of the timeline took effect.
    pub fn timeline(&mut self, at: SimTime, index: u32) {
        if let Some(kept_back) = self.changes[index as usize].take() {
            self.kept_back = kept_back;
        }
        let text = self.timeline[index as usize].clone();
        self.note(at, "timeline", "timeline".to_string(), text);
    }

    /// Notes something about a server.
    fn at_server(&mut self, at: SimTime, server: u16, kind: &'static str, text: String) {
        self.note(at, kind, self.servers[usize::from(server)].clone(), text);
    }

    /// Whether something about a server is told for the first time.
    fn is_first(&mut self, server: u16, what: Once) -> bool {
        let told = &mut self.told[usize::from(server)];
        let bit = 1 << what as u8;
        let first = *told & bit == 0;
        *told |= bit;
        first
    }

    /// accept() fails for want of a descriptor.
    pub fn accept_starved(&mut self, at: SimTime, server: u16) {
        let text = "accept() fails: no descriptor is left; clients wait in the accept queue".into();
        self.at_server(at, server, "accept_starved", text);
    }

    /// `CONFIG SET maxclients` is refused.
    pub fn config_refused(&mut self, at: SimTime, server: u16, asked: u32, possible: u32) {
        let text = format!(
            "CONFIG SET maxclients {asked} is refused: the operating system is not able to handle \
             so many clients, try with {possible}; the old value stays"
        );
        self.at_server(at, server, "config_refused", text);
    }

    /// An operator is refused.
    pub fn operator_refused(&mut self, at: SimTime, server: u16) {
        let since = &mut self.locked_out[usize::from(server)];
        if since.is_none() {
            *since = Some(at);
            let text = "an operator is refused at the limit, and tries again every second".into();
            self.at_server(at, server, "operator_refused", text);
        }
    }

    /// An operator is served, perhaps after refusals.
    pub fn operator_served(&mut self, at: SimTime, server: u16) {
        if let Some(since) = self.locked_out[usize::from(server)].take() {
            let after = quantity(at.since(since).as_secs_f64(), Unit::Seconds);
            let text = format!("the operator is let in, {after} after the first refusal");
            self.at_server(at, server, "operator_admitted", text);
        }
    }

    /// A CONFIG SET took effect. One that did so at once is told by the timeline.
    pub fn config_set(&mut self, at: SimTime, server: u16, limit: u32, asked: SimTime) {
        self.limits[usize::from(server)] = limit;
        let late = at.since(asked);
        if late >= Span::from_secs(1) {
            let late = quantity(late.as_secs_f64(), Unit::Seconds);
            let text = format!("CONFIG SET takes effect, {late} after it was asked for");
            self.at_server(at, server, "config_set", text);
        }
    }

    /// A packet of a handshake is dropped.
    #[inline]
    pub fn syn_dropped(&mut self, at: SimTime, server: u16) {
        if self.is_first(server, Once::QueueFull) {
            let text = "the accept queue is full: the kernel drops SYNs, clients send them again";
            self.at_server(at, server, "accept_queue_full", text.into());
        }
    }

    /// The last slot is taken where nobody is accepted without one.
    #[inline]
    pub fn accepts_stopped(&mut self, at: SimTime, server: u16) {
        if self.is_first(server, Once::Stopped) {
            let index = usize::from(server);
            let limit = self.limits[index];
            let text = format!(
                "stops accepting: the limit of {} is reached{}; who comes waits in the accept queue",
                quantity(limit.into(), Unit::Count),
                self.kept_back[index].in_words(limit)
            );
            self.at_server(at, server, "accepts_stopped", text);
        }
    }

    /// An operator has closed connections.
    pub fn kill_done(&mut self, at: SimTime, server: u16, killed: u32, took: Span) {
        let clients = quantity(killed.into(), Unit::Count);
        let took = quantity(took.as_secs_f64(), Unit::Seconds);
        let text = format!("connections killed: {clients}, after {took}");
        self.at_server(at, server, "kill_done", text);
    }

    /// A replica is refused.
    pub fn replica_refused(&mut self, at: SimTime, server: u16) {
        if self.is_first(server, Once::ReplicaRefused) {
            let text = "a replica is refused at the limit, and tries again every second".into();
            self.at_server(at, server, "replica_refused", text);
        }
    }

    /// A replica has attached.
    pub fn replica_synced(&mut self, at: SimTime, server: u16) {
        self.at_server(at, server, "replica_synced", "a replica is synchronised".into());
    }

    /// An exporter is refused, or gets no answer.
    pub fn scrape_failed(&mut self, at: SimTime, server: u16) {
        let since = &mut self.blind[usize::from(server)];
        if since.is_none() {
            *since = Some(at);
            let text = "a scrape fails: monitoring shows the last values before".into();
            self.at_server(at, server, "scrape_failed", text);
        }
    }

    /// An exporter is answered, perhaps after failures.
    #[inline]
    pub fn scraped(&mut self, at: SimTime, server: u16) {
        if let Some(since) = self.blind[usize::from(server)].take() {
            let blind = quantity(at.since(since).as_secs_f64(), Unit::Seconds);
            let text = format!("scrapes work again, {blind} after the first that failed");
            self.at_server(at, server, "scrape_ok", text);
        }
    }

    /// A client is closed for the memory of all.
    #[inline]
    pub fn evicted(&mut self, at: SimTime, server: u16) {
        if self.is_first(server, Once::Evicted) {
            let text = "first client closed for memory: maxmemory-clients is reached".into();
            self.at_server(at, server, "first_eviction", text);
        }
    }

    /// A row was written: was there a reap wave since the one before?
    pub fn row(&mut self, record: &Record, servers: &[ServerCounts]) {
        let Some(at) = record.times.last().copied() else { return };
        for (index, counts) in servers.iter().enumerate() {
            let total = counts.reaped.count();
            let reaped = (total - std::mem::replace(&mut self.reaped[index], total)) as f64;
            let name = format!("{}.connected_clients", self.servers[index]);
            let left = record.find(&name).and_then(|s| s.values.last().copied()).unwrap_or(0.0);
            let is_wave = reaped >= WAVE_MIN && reaped >= WAVE_SHARE * (reaped + left);
            if is_wave && !std::mem::replace(&mut self.wave[index], is_wave) {
                let text = format!("{reaped} idle connections are reaped since the row before");
                self.note(at, "reap_wave", self.servers[index].clone(), text);
            }
            self.wave[index] = is_wave;
        }
    }
}
