//! A process between two events: sockets, ports, memory, pools, and what keeps attempts back.

use super::{Stage, stage};
use crate::model::client::{Life, PoolCounts, Sockets, Way};
use crate::model::world::World;
use crate::units::SimTime;

/// A process between two events.
#[derive(Clone, Debug, PartialEq)]
pub struct InstanceView {
    /// Its fleet.
    pub fleet: u16,
    /// Its number in the fleet.
    pub place: u32,
    /// Whether it takes requests.
    pub is_up: bool,
    /// Since when the process has been as it is.
    pub since: SimTime,
    /// Requests in flight.
    pub in_flight: u32,
    /// Requests in line at its entrance.
    pub queued: u32,
    /// Its sockets, each with a descriptor.
    pub sockets: Sockets,
    /// Descriptors for sockets.
    pub nofile: u32,
    /// Its ports, by server.
    pub ports: Vec<PortsView>,
    /// Bytes.
    pub memory: u64,
    /// Bytes at which it is killed.
    pub memory_limit: u64,
    /// Its pools.
    pub pools: Vec<PoolView>,
    /// Whether its breaker lets nothing through.
    pub breaker_open: bool,
    /// Attempts that its adaptive limit lets out at once; 0 without one.
    pub limit: u32,
    /// It stands still until then, if that is later than now.
    pub stopped_until: Option<SimTime>,
}

/// Ports towards one server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortsView {
    /// Held by sockets.
    pub in_use: u32,
    /// In TIME_WAIT.
    pub time_wait: u32,
    /// All of them.
    pub total: u32,
}

/// A pool of a process.
#[derive(Clone, Debug, PartialEq)]
pub struct PoolView {
    /// Which of the fleet's connections.
    pub through: u16,
    /// Connections at most.
    pub max: u32,
    /// How many of each there are.
    pub counts: PoolCounts,
    /// Of the leased ones, never to come back.
    pub leaked: u32,
    /// Requests that hold one, by what they do with it, most first.
    pub held_by: Vec<(Stage, u32)>,
    /// Of these, the request that arrived first, when that was.
    pub oldest: Option<SimTime>,
}

impl World {
    /// Processes of a fleet that are there, whatever their state.
    pub fn running(&self, fleet: usize) -> u32 {
        let places = self.fleets[fleet].places.iter();
        places.filter(|place| self.instances[**place as usize].is_running()).count() as u32
    }

    /// The numbers in their fleets of all places for processes.
    pub fn places(&self) -> Vec<u32> {
        self.instances.iter().map(|instance| instance.place).collect()
    }

    /// The process at this place among those of all fleets.
    pub fn see_instance(&self, index: u32, now: SimTime) -> InstanceView {
        let place = &self.instances[index as usize];
        let mut pools: Vec<PoolView> = Vec::new();
        for (through, way) in place.ways.iter().enumerate() {
            let Way::Pool(pool) = way else { continue };
            pools.push(PoolView {
                through: through as u16,
                max: pool.settings.max,
                counts: pool.counts(),
                leaked: pool.leaked,
                held_by: Vec::new(),
                oldest: None,
            });
        }
        for pool in &mut pools {
            self.count_holders(index, pool);
        }
        let ports = place.ports.iter().map(|ports| PortsView {
            in_use: ports.in_use(),
            time_wait: ports.still_waiting(now),
            total: ports.total(),
        });
        InstanceView {
            fleet: place.fleet,
            place: place.place,
            is_up: place.life == Life::Up,
            since: place.since,
            in_flight: place.in_flight,
            queued: place.guards.line.len() as u32,
            sockets: place.sockets,
            nofile: place.process.nofile,
            ports: ports.collect(),
            memory: place.memory,
            memory_limit: place.process.memory_limit.0,
            pools,
            breaker_open: place.guards.breaker.is_open(now),
            limit: place.guards.limiter.limit(),
            stopped_until: (place.stopped_until > now).then_some(place.stopped_until),
        }
    }

    /// Who has the connections of a pool.
    fn count_holders(&self, instance: u32, pool: &mut PoolView) {
        let through = pool.through;
        let of_pool =
            |c: &crate::model::client::Conn| c.instance == instance && c.through == through;
        for (id, request) in self.requests.iter().filter(|(_, r)| r.instance == instance) {
            let held = self.held.get(id).into_iter().flatten().map(|lease| lease.conn);
            let held = held.filter(|conn| self.conns.get(*conn).is_some_and(of_pool)).count();
            let used = self.conns.get(request.conn).is_some_and(of_pool);
            let count = held as u32 + u32::from(used);
            if count == 0 {
                continue;
            }
            let stage = stage(request.doing);
            match pool.held_by.iter_mut().find(|(known, _)| *known == stage) {
                Some((_, known)) => *known += count,
                None => pool.held_by.push((stage, count)),
            }
            let began = request.began;
            pool.oldest = Some(pool.oldest.map_or(began, |oldest| oldest.min(began)));
        }
        pool.held_by.sort_by_key(|(stage, count)| (std::cmp::Reverse(*count), *stage as u8));
    }
}
