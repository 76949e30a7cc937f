//! Connections that were there before the run began and belong to no fleet. They are gone while no
//! process listens, and back at once when one does (assumed), but for what an operator has closed
//! and for the operator's own.

use crate::model::server::{Listens, Server};
use crate::scenario::{Internal, KillBy, KillKind};

/// Connections of `internal` that a server has just now, by what INFO makes of them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Present {
    /// Those in `connected_clients`.
    pub clients: u32,
    /// Of these, in a blocking command.
    pub blocked: u32,
    /// Replicas.
    pub replicas: u32,
    /// The estimate for the cluster.
    pub cluster: u32,
}

/// Connections of `internal` that were lost and do not come back by themselves.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lost {
    /// Replicas: those are guests now.
    pub replicas: u32,
    /// Clients in MONITOR.
    pub monitors: u32,
    /// Subscribers.
    pub subscribers: u32,
    /// Clients in a blocking command.
    pub blocked: u32,
    /// Sentinels' connections for commands.
    pub sentinel_commands: u32,
    /// Sentinels' subscriptions.
    pub sentinel_subscriptions: u32,
    /// The operator's own.
    pub operator: bool,
}

impl Lost {
    /// What is left of `all`.
    fn leaves(&mut self, all: &Internal) -> Present {
        self.replicas = self.replicas.min(all.replicas);
        let mut killed = u32::from(self.operator).min(all.admin);
        for (lost, all, _) in self.of_kinds(all) {
            *lost = (*lost).min(all);
            killed += *lost;
        }
        Present {
            clients: all.clients() - killed,
            blocked: all.blocked - self.blocked,
            replicas: all.replicas - self.replicas,
            cluster: all.cluster_connections(),
        }
    }

    /// What is lost of each kind that CLIENT KILL takes, what there was, and its type.
    ///
    /// # Source
    ///
    /// Redis `getClientType`: a client in MONITOR is a normal one. A Sentinel has one connection of
    /// each type.
    fn of_kinds(&mut self, all: &Internal) -> [(&mut u32, u32, [KillKind; 2]); 5] {
        use KillKind::{Blocked, Monitor, Normal, Pubsub};
        [
            (&mut self.monitors, all.monitors, [Normal, Monitor]),
            (&mut self.subscribers, all.subscribers, [Pubsub, Pubsub]),
            (&mut self.blocked, all.blocked, [Normal, Blocked]),
            (&mut self.sentinel_commands, all.sentinels, [Normal, Normal]),
            (&mut self.sentinel_subscriptions, all.sentinels, [Pubsub, Pubsub]),
        ]
    }

    /// Takes up to `limit` of those that are meant; gives how many. By age, idle time or fleet none
    /// is: what they did before the run is not known.
    fn take(&mut self, all: &Internal, by: KillBy, limit: u32) -> u32 {
        let mut taken = 0;
        for (lost, all, kinds) in self.of_kinds(all) {
            let is_meant = match by {
                KillBy::All => true,
                KillBy::Kind(kind) => kinds.contains(&kind),
                KillBy::Idle(_) | KillBy::MaxAge(_) | KillBy::Fleet(_) => false,
            };
            if is_meant {
                let due = all.saturating_sub(*lost).min(limit - taken);
                *lost += due;
                taken += due;
            }
        }
        taken
    }
}

impl Server {
    /// Counts anew the connections that neither a fleet nor a guest holds.
    pub fn count_internal(&mut self) {
        let left = self.lost.leaves(&self.settings.internal);
        self.present = if self.listens == Listens::Yes { left } else { Present::default() };
        let Present { clients, replicas, cluster, .. } = self.present;
        self.internal = clients + replicas + cluster;
        self.descriptors.set_internal(self.internal);
    }

    /// How many connections of before the run a CLIENT KILL means, replicas left out.
    pub fn internal_meant(&self, by: KillBy) -> u32 {
        let mut lost = self.lost;
        lost.take(&self.settings.internal, by, u32::MAX)
    }

    /// An operator closes up to `limit` of these, for good; gives how many.
    pub fn lose_internal(&mut self, by: KillBy, limit: u32) -> u32 {
        let taken = self.lost.take(&self.settings.internal, by, limit);
        self.count_internal();
        taken
    }

    /// Whether an operator has a connection that was opened before the run began.
    pub fn has_operator(&self) -> bool {
        self.settings.internal.admin > 0 && !self.lost.operator
    }
}
