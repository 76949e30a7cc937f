//! Connections that were there before the run began and belong to no fleet. They are gone while no
//! process listens, and back at once when one does (assumed), but for what an operator has closed
//! and for the operator's own.

use crate::model::server::{Listens, Server};
use crate::scenario::Internal;

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
    /// The operator's own.
    pub operator: bool,
}

impl Lost {
    /// What is left of `all`.
    fn leaves(&mut self, all: &Internal) -> Present {
        self.replicas = self.replicas.min(all.replicas);
        Present {
            clients: all.clients() - u32::from(self.operator).min(all.admin),
            blocked: all.blocked,
            replicas: all.replicas - self.replicas,
            cluster: all.cluster_connections(),
        }
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

    /// Whether an operator has a connection that was opened before the run began.
    pub fn has_operator(&self) -> bool {
        self.settings.internal.admin > 0 && !self.lost.operator
    }
}
