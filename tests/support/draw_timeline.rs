//! The timeline of a drawn scenario: every kind of entry, and changes of every kind of setting.

use highwater::scenario::*;
use highwater::units::{SimTime, Span};

use super::Draw;
use crate::support::ratio;

impl Draw {
    /// A change that the timeline may make, applied to the settings.
    fn change(&mut self, settings: &mut Settings) {
        let fleet = self.below(settings.fleets.len() as u32) as usize;
        let server = self.below(settings.servers.len() as u32) as usize;
        match self.below(9) {
            0 => settings.fleets[fleet].instances = self.between(1, 6),
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
            6 => settings.fleets[fleet].arrivals = self.arrivals(),
            7 => {
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
            Strategy::Shared { connections, connect_timeout } => {
                *connections = self.between(1, 4);
                *connect_timeout = self.dial_limit();
            }
        }
        fleet.retry = self.retry();
        fleet.breaker = self.breaker();
    }

    /// Users go on until they are told to leave.
    fn users_leave(&mut self, mut now: Settings, entries: &mut Vec<Entry>) {
        for fleet in &mut now.fleets {
            if let Arrivals::Users(users) = &mut fleet.arrivals {
                users.users = 0;
            }
        }
        let (at, action) = (SimTime::ZERO + Span::from_secs(26), Action::Set(Box::new(now)));
        entries.push(Entry { at, label: String::new(), action });
    }

    fn fault(&mut self, fleet: usize, server: usize, settings: &Settings) -> Fault {
        let instances = self.between(1, 2);
        // Who has no read timeout waits for ever for the reply of a host that is gone.
        let steps = settings.fleets.iter().flat_map(|f| &f.steps);
        let patient =
            steps.filter(|s| matches!(s, Step::Call(Call { timeout: None, .. }))).count() > 0;
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
            let action = match self.below(9) {
                0 => Action::Pause { server, length: self.span(1e3, 5e6) },
                1 => Action::KillIdle { server, idle: self.span(1.0, 1e6) },
                5 => Action::SlowCommand { server, length: self.span(1e3, 5e6) },
                6 => Action::SlowDown {
                    server,
                    factor: self.of(&[0.5, 3.0, 20.0]),
                    length: self.span(1e3, 1e7),
                },
                2 => {
                    self.change_fleet(&mut now.fleets[fleet]);
                    Action::Deploy {
                        fleet,
                        settings: Box::new(now.clone()),
                        every: self.span(1e3, 2e6),
                        drain: self.span(1.0, 2e6),
                    }
                }
                3..6 => Action::Fault(self.fault(fleet, server, settings)),
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
