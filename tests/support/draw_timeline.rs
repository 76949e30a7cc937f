//! The timeline of a drawn scenario: every kind of entry, and changes of every kind of setting.

use highwater::scenario::*;
use highwater::units::{Bytes, SimTime, Span};

use super::{Draw, LOAD};
use crate::support::ratio;

impl Draw {
    /// A change that the timeline may make, applied to the settings.
    fn change(&mut self, settings: &mut Settings) {
        let fleet = self.below(settings.fleets.len() as u32) as usize;
        let server = self.below(settings.servers.len() as u32) as usize;
        match self.below(10) {
            7 => settings.servers[server].nofile = self.nofile(),
            8 => settings.servers[server].maxmemory_clients = Bytes(self.of(&[0, 150_000])),
            9 => settings.servers[server].exporters.count = self.below(4),
            0 => settings.fleets[fleet].instances = self.between(1, 6),
            1 => settings.servers[server].timeout = self.of(&[Span::ZERO, Span::from_secs(2)]),
            2 => settings.servers[server].maxclients = self.of(&[1, 30, 1000]),
            3 => settings.network = self.network(),
            4 => {
                settings.servers[server].reaper =
                    self.of(&[Reaper::None, Reaper::Exact, Reaper::RedisCron])
            }
            5 => settings.fleets[fleet].process = self.process(),
            _ => self.change_fleet(&mut settings.fleets[fleet]),
        }
    }

    fn change_fleet(&mut self, fleet: &mut Fleet) {
        let way = self.below(fleet.connections.len() as u32) as usize;
        match &mut fleet.connections[way].strategy {
            Strategy::PerRequest { leak, .. } => *leak = self.leak(),
            Strategy::Pooled(pool) => *pool = self.pool(),
            Strategy::Shared { connections, connect_timeout } => {
                *connections = self.between(1, 4);
                *connect_timeout = self.maybe(1_000.0, 2e6);
            }
        }
        fleet.retry = self.retry();
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
        Network { delay: self.dist(1.0, 2e4), loss: ratio(self.of(&[0.0, 0.0, 0.01, 0.2])) }
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
            let action = match self.below(7) {
                0 => Action::Pause { server, length: self.span(1e3, 5e6) },
                1 => Action::ClientKill { server, by: self.kill_by(settings) },
                2 => {
                    let (count, sync) = (self.between(1, 3), self.span(1.0, 5e6));
                    Action::AttachReplicas { server, count, sync }
                }
                3 => {
                    self.change_fleet(&mut now.fleets[fleet]);
                    Action::Deploy {
                        fleet,
                        settings: Box::new(now.clone()),
                        every: self.span(1e3, 2e6),
                        drain: self.span(1.0, 2e6),
                    }
                }
                _ => {
                    self.change(&mut now);
                    Action::Set(Box::new(now.clone()))
                }
            };
            entries.push(Entry { at, label: String::new(), action });
        }
        // In the end there are descriptors enough: who waits for one need not wait for ever.
        for server in &mut now.servers {
            server.nofile = Nofile { soft: 1_000_000, hard: 1_000_000, ..server.nofile };
        }
        let (at, action) = (SimTime::ZERO + LOAD + LOAD, Action::Set(Box::new(now)));
        entries.push(Entry { at, label: String::new(), action });
        entries
    }
}
