//! Who is let in.

use crate::scenario::Internal;

/// What a server does with a connection it has accepted from the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It gets a slot.
    Admit,
    /// It gets an error line (nothing under TLS) and is closed.
    Reject,
}

/// Slots that no fleet holds: replicas, Sentinel's two links each, operators, and the estimate of
/// two per other cluster node (Redis `getClusterConnectionsCount`).
pub fn internal_slots(internal: &Internal) -> u32 {
    internal.replicas
        + 2 * internal.sentinels
        + internal.admin
        + 2 * internal.cluster_nodes.saturating_sub(1)
}

/// The test of Redis `acceptCommonHandler`: refused when the clients of every kind and the cluster
/// estimate together have reached the limit.
#[inline]
pub fn admission(slots: u32, internal_slots: u32, limit: u32) -> Admission {
    if slots + internal_slots >= limit { Admission::Reject } else { Admission::Admit }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Measured with a limit of 50: two replicas let 48 clients in; a cluster of three lets 46 in.
    #[test]
    fn replicas_and_cluster_links_take_slots() {
        let sync = crate::units::Span::ZERO;
        let alone = Internal { replicas: 0, cluster_nodes: 1, sentinels: 0, admin: 0, sync };
        for (internal, clients) in [
            (alone, 50),
            (Internal { replicas: 2, ..alone }, 48),
            (Internal { cluster_nodes: 3, ..alone }, 46),
            (Internal { sentinels: 1, admin: 1, ..alone }, 47),
        ] {
            let taken = internal_slots(&internal);
            assert_eq!(admission(clients - 1, taken, 50), Admission::Admit);
            assert_eq!(admission(clients, taken, 50), Admission::Reject);
        }
    }
}
