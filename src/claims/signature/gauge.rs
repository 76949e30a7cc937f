//! What can run out, as a share of its limit in every row of a record.

use crate::observe::Record;
use crate::scenario::{Action, Connections, Fleet, Scenario, Settings, Strategy};
use crate::units::SimTime;

/// Something that can run out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gauge {
    /// Slots of a server.
    Connections {
        /// Index of the server.
        server: usize,
    },
    /// Connections of a fleet's pools of one name.
    Pool {
        /// Index of the fleet.
        fleet: usize,
        /// Index of its connections.
        through: usize,
    },
    /// Memory of a fleet's instances.
    Memory {
        /// Index of the fleet.
        fleet: usize,
    },
    /// Descriptors of a fleet's instances.
    Descriptors {
        /// Index of the fleet.
        fleet: usize,
    },
    /// Ephemeral ports of a fleet's instances.
    Ports {
        /// Index of the fleet.
        fleet: usize,
    },
}

impl Gauge {
    /// Everything that can run out in a scenario.
    pub fn all(scenario: &Scenario) -> Vec<Gauge> {
        let settings = &scenario.settings;
        let servers = (0..settings.servers.len()).map(|server| Gauge::Connections { server });
        let fleets = settings.fleets.iter().enumerate().flat_map(|(fleet, of)| {
            let pooled =
                |(_, way): &(usize, &Connections)| matches!(way.strategy, Strategy::Pooled(_));
            let pools = of.connections.iter().enumerate().filter(pooled);
            let pools = pools.map(move |(through, _)| Gauge::Pool { fleet, through });
            pools.chain([
                Gauge::Memory { fleet },
                Gauge::Descriptors { fleet },
                Gauge::Ports { fleet },
            ])
        });
        servers.chain(fleets).collect()
    }

    /// In words: `slots of redis`.
    pub fn name(self, scenario: &Scenario) -> String {
        let settings = &scenario.settings;
        let fleet = |index: usize| &settings.fleets[index].name;
        match self {
            Gauge::Connections { server } => format!("slots of {}", settings.servers[server].name),
            Gauge::Pool { fleet: index, through } => {
                let of = &settings.fleets[index];
                format!("pool {} of {}", of.connections[through].name, of.name)
            }
            Gauge::Memory { fleet: index } => format!("memory of {}", fleet(index)),
            Gauge::Descriptors { fleet: index } => format!("descriptors of {}", fleet(index)),
            Gauge::Ports { fleet: index } => format!("ports of {}", fleet(index)),
        }
    }

    /// How much is used and how much there is, row by row; not a number where there is none.
    pub fn levels(self, scenario: &Scenario, record: &Record) -> Vec<(f64, f64)> {
        let settings = &scenario.settings;
        let series = |name: String| Column::of(record, &name);
        let fleet_of = |index: usize| format!("fleets.{}", settings.fleets[index].name);
        let in_force = |row: usize| in_force(scenario, record.times[row]);
        let rows = 0..record.times.len();
        match self {
            Gauge::Connections { server } => {
                let part = format!("servers.{}", settings.servers[server].name);
                let clients = series(format!("{part}.connected_clients"));
                let replicas = series(format!("{part}.replicas"));
                let limits = scenario.limits(server);
                let level = |row: usize| {
                    let now = record.times[row];
                    let limit = limits.iter().rev().find(|(at, _)| *at <= now);
                    let server = &in_force(row).servers[server];
                    let links = f64::from(server.internal.cluster_connections());
                    let limit =
                        limit.map_or(0, |(_, limit)| *limit).saturating_sub(server.reserved);
                    (clients.peak(row) + replicas.at(row) + links, f64::from(limit))
                };
                rows.map(level).collect()
            }
            Gauge::Pool { fleet, through } => {
                let name = &settings.fleets[fleet].connections[through].name;
                let leased = series(format!("{}.pools.{name}.leased", fleet_of(fleet)));
                let up = series(format!("{}.instances_up", fleet_of(fleet)));
                let level = |row: usize| {
                    let max = pool_max(&in_force(row).fleets[fleet], through).unwrap_or(0);
                    (leased.at(row), f64::from(max) * up.at(row))
                };
                rows.map(level).collect()
            }
            Gauge::Memory { fleet } => {
                let used = series(format!("{}.memory_max", fleet_of(fleet)));
                let limit = |row: usize| in_force(row).fleets[fleet].process.memory_limit.0 as f64;
                rows.map(|row| (used.at(row), limit(row))).collect()
            }
            Gauge::Descriptors { fleet } => {
                let used = series(format!("{}.descriptors", fleet_of(fleet)));
                let up = series(format!("{}.instances_up", fleet_of(fleet)));
                let each = |row: usize| f64::from(in_force(row).fleets[fleet].process.nofile);
                rows.map(|row| (used.at(row), each(row) * up.at(row))).collect()
            }
            Gauge::Ports { fleet } => {
                let used = series(format!("{}.ports_used", fleet_of(fleet)));
                let time_wait = series(format!("{}.sockets.time_wait", fleet_of(fleet)));
                let up = series(format!("{}.instances_up", fleet_of(fleet)));
                let level = |row: usize| {
                    let of = &in_force(row).fleets[fleet];
                    // A port that can be used again after a second is as good as free.
                    let free = if of.process.tw_reuse { time_wait.at(row) } else { 0.0 };
                    (used.at(row) - free, ports(of) * up.at(row))
                };
                rows.map(level).collect()
            }
        }
    }

    /// The fleets whose traffic fills it.
    pub fn fleets(self, scenario: &Scenario) -> Vec<usize> {
        match self {
            Gauge::Connections { server } => callers(scenario, server),
            Gauge::Pool { fleet, .. }
            | Gauge::Memory { fleet }
            | Gauge::Descriptors { fleet }
            | Gauge::Ports { fleet } => vec![fleet],
        }
    }
}

/// The fleets that call a server, at the start or after a change, directly or through a proxy.
pub fn callers(scenario: &Scenario, server: usize) -> Vec<usize> {
    let fronts = |settings: &Settings, to: usize| {
        let proxies = settings.servers.iter().enumerate();
        let of = move |(index, s): (usize, &crate::scenario::Server)| {
            s.proxy.as_ref().is_some_and(|proxy| proxy.to == to).then_some(index)
        };
        proxies.filter_map(of).collect::<Vec<_>>()
    };
    let calls = |fleet: usize| {
        states(scenario).any(|settings| {
            let mut targets = fronts(settings, server);
            targets.push(server);
            let made = settings.fleets[fleet].calls();
            made.iter().any(|made| targets.iter().any(|to| made.call.share_of(*to, None) > 0.0))
        })
    };
    (0..scenario.settings.fleets.len()).filter(|fleet| calls(*fleet)).collect()
}

/// The settings at the start and after every change.
fn states(scenario: &Scenario) -> impl Iterator<Item = &Settings> {
    let changed = scenario.timeline.iter().filter_map(|entry| changes(&entry.action));
    std::iter::once(&scenario.settings).chain(changed)
}

fn changes(action: &Action) -> Option<&Settings> {
    match action {
        Action::Set(settings) | Action::Deploy { settings, .. } => Some(settings),
        _ => None,
    }
}

/// The settings in force at an instant; a deploy counts from its begin.
pub fn in_force(scenario: &Scenario, at: SimTime) -> &Settings {
    let past = scenario.timeline.iter().rev().filter(|entry| entry.at <= at);
    past.filter_map(|entry| changes(&entry.action)).next().unwrap_or(&scenario.settings)
}

/// Connections of one pool at most, where there is one; of shared connections their number.
pub fn pool_max(fleet: &Fleet, through: usize) -> Option<u32> {
    match &fleet.connections.get(through)?.strategy {
        Strategy::Pooled(pooled) => Some(pooled.max),
        Strategy::Shared(shared) => Some(shared.connections + shared.aside),
        Strategy::PerRequest { .. } => None,
    }
}

/// Ports of one instance: a range for each server that it calls.
fn ports(fleet: &Fleet) -> f64 {
    let process = &fleet.process;
    let range = f64::from(process.port_last.saturating_sub(process.port_first)) + 1.0;
    let mut servers: Vec<usize> = fleet.calls().iter().map(|made| made.call.server).collect();
    servers.sort_unstable();
    servers.dedup();
    range * servers.len().max(1) as f64
}

/// The values of a series; zero where there is none.
pub struct Column<'a> {
    values: &'a [f64],
    peaks: &'a [f64],
}

impl<'a> Column<'a> {
    /// The series called `name`.
    pub fn of(record: &'a Record, name: &str) -> Column<'a> {
        match record.find(name) {
            Some(series) => {
                Column { values: &series.values, peaks: series.peaks.as_deref().unwrap_or(&[]) }
            }
            None => Column { values: &[], peaks: &[] },
        }
    }

    /// The value in a row.
    pub fn at(&self, row: usize) -> f64 {
        self.values.get(row).copied().filter(|value| value.is_finite()).unwrap_or(0.0)
    }

    /// The highest value since the row before, where that is known.
    pub fn peak(&self, row: usize) -> f64 {
        self.peaks.get(row).copied().unwrap_or(0.0).max(self.at(row))
    }

    /// The increase between two rows.
    pub fn rise(&self, from: usize, to: usize) -> f64 {
        self.at(to) - self.at(from)
    }
}
