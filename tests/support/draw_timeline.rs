//! The timeline of a drawn scenario: every kind of entry, and changes of every kind of setting.

use highwater::scenario::*;
use highwater::units::{Bytes, SimTime, Span};

use super::Draw;
use crate::support::{per_second, ratio};

impl Draw {
    /// A change that the timeline may make, applied to the settings.
    fn change(&mut self, settings: &mut Settings) {
        let fleet = self.below(settings.fleets.len() as u32) as usize;
        let server = self.below(settings.servers.len() as u32) as usize;
        match self.below(12) {
            8 => settings.servers[server].nofile = self.nofile(),
            9 => settings.servers[server].maxmemory_clients = Bytes(self.of(&[0, 150_000])),
            10 => settings.servers[server].exporters.count = self.below(4),
            0 => {
                settings.fleets[fleet].instances = self.between(1, 6);
                self.resize(&mut settings.fleets[fleet]);
            }
            1 => settings.servers[server].timeout = self.of(&[Span::ZERO, Span::from_secs(2)]),
            2 => settings.servers[server].maxclients = self.of(&[1, 30, 1000]),
            3 => settings.network = self.network(),
            4 => {
                settings.servers[server].reaper =
                    self.of(&[Reaper::None, Reaper::Exact, Reaper::RedisCron])
            }
            5 => {
                settings.fleets[fleet].process = self.process();
                settings.fleets[fleet].stalls = self.stalls();
            }
            6 => {
                settings.fleets[fleet].arrivals = self.arrivals();
                settings.fleets[fleet].balancer = self.balancer();
                settings.fleets[fleet].health = self.health();
                settings.fleets[fleet].ejection = self.ejection();
            }
            11 => {
                if let Some(proxy) = &mut settings.servers[server].proxy {
                    let Proxy { to, mode, .. } = *proxy;
                    *proxy = Proxy { mode, ..self.proxy(to) };
                }
            }
            _ => self.change_fleet(&mut settings.fleets[fleet]),
        }
    }

    fn change_fleet(&mut self, fleet: &mut Fleet) {
        let way = self.below(fleet.connections.len() as u32) as usize;
        match &mut fleet.connections[way].strategy {
            Strategy::PerRequest { leak, .. } => *leak = self.leak(),
            Strategy::Pooled(pool) => *pool = self.pool(),
            Strategy::Shared(shared) => *shared = self.shared(),
        }
        self.visitors(fleet);
        fleet.retry = self.retry();
        fleet.connections[way].retry = self.retry();
        fleet.breaker = self.breaker();
        fleet.guards = self.guards(fleet.guards.bulkheads.len());
        super::retries::bound_requests(fleet);
    }

    /// Users, and what comes and goes, go on until they are told not to; who waits for a descriptor must get one at last.
    fn users_leave(&mut self, mut now: Settings, entries: &mut Vec<Entry>) {
        for fleet in &mut now.fleets {
            match &mut fleet.arrivals {
                Arrivals::Users(users) => users.users = 0,
                Arrivals::OnOff(on_off) => on_off.rate = per_second(0.0),
                _ => {}
            }
        }
        for server in &mut now.servers {
            server.nofile = Nofile { soft: 1_000_000, hard: 1_000_000, ..server.nofile };
        }
        let (at, action) = (SimTime::ZERO + Span::from_secs(26), Action::Set(Box::new(now)));
        entries.push(Entry { at, label: String::new(), action });
    }

    fn fault(&mut self, fleet: usize, server: usize, settings: &Settings) -> Fault {
        let instances = self.between(1, 2);
        // Without a timeout a reply, or the end of a TLS handshake, is waited for for ever when its
        // host is gone.
        let patient = settings.fleets.iter().any(is_patient);
        match self.below(6) {
            0 => Fault::Vanish { fleet, instances },
            1 => Fault::Kill { fleet, instances },
            2 => Fault::Stop { fleet, instances, length: self.span(1e3, 1e7) },
            3 => Fault::Restart {
                server,
                down: if self.one_in(3) { Span::ZERO } else { self.span(1e3, 3e6) },
            },
            4 => Fault::Failover {
                server,
                after: self.span(1e3, 3e6),
                old: if patient || self.one_in(2) { Old::Closes } else { Old::Vanishes },
            },
            _ => Fault::Partition { fleet, server, length: self.span(1e3, 2e7) },
        }
    }

    fn kill_by(&mut self, settings: &Settings) -> KillBy {
        let kind = self.of(&[
            KillKind::Normal,
            KillKind::Pubsub,
            KillKind::Blocked,
            KillKind::Replica,
            KillKind::Monitor,
        ]);
        match self.below(5) {
            0 => KillBy::Idle(Span::from_secs(u64::from(self.between(1, 3)))),
            1 => KillBy::MaxAge(Span::from_secs(u64::from(self.between(1, 10)))),
            2 => KillBy::Fleet(self.below(settings.fleets.len() as u32) as usize),
            3 => KillBy::All,
            _ => KillBy::Kind(kind),
        }
    }

    pub(super) fn network(&mut self) -> Network {
        Network {
            delay: self.dist(1.0, 2e4),
            loss: ratio(self.of(&[0.0, 0.0, 0.01, 0.2])),
            tw_buckets: self.of(&[0, 30, 131_072]),
        }
    }

    pub(super) fn timeline(&mut self, settings: &Settings) -> Vec<Entry> {
        let mut now = settings.clone();
        let mut at: Vec<SimTime> =
            (0..self.below(8)).map(|_| SimTime::ZERO + self.span(1e5, 2.5e7)).collect();
        at.sort();
        let mut entries = Vec::new();
        for at in at {
            let server = self.below(settings.servers.len() as u32) as usize;
            let fleet = self.below(settings.fleets.len() as u32) as usize;
            let action = match self.below(13) {
                0 => Action::Pause { server, length: self.span(1e3, 5e6) },
                1 => Action::ClientKill { server, by: self.kill_by(settings) },
                4 => Action::SlowCommand { server, length: self.span(1e3, 5e6) },
                5 => Action::SlowDown {
                    server,
                    factor: self.of(&[0.5, 3.0, 20.0]),
                    length: self.span(1e3, 1e7),
                },
                2 => {
                    let (count, sync) = (self.between(1, 3), self.span(1.0, 5e6));
                    Action::AttachReplicas { server, count, sync }
                }
                3 => {
                    self.change_fleet(&mut now.fleets[fleet]);
                    for way in &mut now.fleets[fleet].connections {
                        if self.one_in(3) {
                            way.strategy = self.strategy();
                        }
                    }
                    let rollout = self.rollout();
                    Action::Deploy { fleet, settings: Box::new(now.clone()), rollout }
                }
                6..9 => Action::Fault(self.fault(fleet, server, settings)),
                _ => {
                    self.change(&mut now);
                    Action::Set(Box::new(now.clone()))
                }
            };
            entries.push(Entry { at, label: String::new(), action });
        }
        self.users_leave(now, &mut entries);
        entries
    }
}

/// Whether a fleet may wait for a server without end.
fn is_patient(fleet: &Fleet) -> bool {
    let step = |made: &Made| made.call.timeout.is_none();
    let way = |way: &Connections| match &way.strategy {
        Strategy::PerRequest { connect_timeout, .. } => connect_timeout.is_none(),
        Strategy::Shared(shared) => shared.connect_timeout.is_none(),
        Strategy::Pooled(pool) => pool.connect_timeout.is_none(),
    };
    fleet.calls().iter().any(step) || fleet.connections.iter().any(way)
}
