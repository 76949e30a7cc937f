//! What monitoring looks at besides the series, and whether it gets a connection.

use crate::model::client::Life;
use crate::model::server::Listens;
use crate::model::server::kill::is_meant;
use crate::model::world::World;
use crate::scenario::{KillBy, Sight, Strategy};
use crate::units::{SimTime, Span};

/// How long a scraper waits for an answer (Prometheus `scrape_timeout`, 10 s by default).
const PATIENCE: Span = Span::from_secs(10);

impl World {
    /// Whether a connection that nobody has reserved a slot for would be served now: the process
    /// listens and goes on, a slot and a descriptor are free.
    pub fn takes_connections(&self, server: usize, now: SimTime) -> bool {
        let s = &self.servers[server];
        s.listens == Listens::Yes
            && s.up_at.is_none()
            && s.paused_until < now + PATIENCE
            && s.has_room()
            && s.slots.now() < s.descriptors.room
    }

    /// Instances of a fleet that take requests.
    pub fn instances_up(&self, fleet: usize) -> u32 {
        let up = |place: &&u32| self.instances[**place as usize].life == Life::Up;
        self.fleets[fleet].places.iter().filter(up).count() as u32
    }

    /// A figure that is no series; `None` where there is no such limit.
    pub fn sight(&self, sight: &Sight, now: SimTime) -> Option<f64> {
        match sight {
            Sight::Series(_) => None,
            Sight::Maxclients(server) => Some(self.servers[*server].descriptors.limit.into()),
            Sight::MemoryLimit(fleet) => {
                let limit = self.fleets[*fleet].current().fleet.process.memory_limit.0;
                (limit < u64::MAX).then_some(limit as f64)
            }
            Sight::PoolMax { fleet, through } => self.pool_max(*fleet, *through),
            Sight::Idle { server, longer_than } => {
                Some(self.idle_clients(*server, *longer_than, now).into())
            }
        }
    }

    /// What a pool may open in all instances that are up.
    fn pool_max(&self, fleet: usize, through: usize) -> Option<f64> {
        let way = self.fleets[fleet].current().fleet.connections.get(through)?;
        match &way.strategy {
            Strategy::Pooled(pooled) => {
                Some(f64::from(pooled.max) * f64::from(self.instances_up(fleet)))
            }
            Strategy::PerRequest { .. } | Strategy::Shared(_) => None,
        }
    }

    /// The clients of a server that have been idle for so many whole seconds, as CLIENT LIST shows it.
    fn idle_clients(&self, server: usize, longer_than: Span, now: SimTime) -> u32 {
        let by = KillBy::Idle(longer_than);
        let here = self.conns.iter().filter(|(_, c)| usize::from(c.server) == server);
        let idle = here.filter(|(_, c)| c.has_slot() && is_meant(c, now, by)).count() as u32;
        idle + self.servers[server].internal_meant(by)
    }
}
