//! The upstream connections of a proxy, counted.

use crate::model::client::{ClientEnd, PoolCounts};
use crate::model::proxy::{LinkState, Proxy, Stand};
use crate::model::world::World;
use crate::scenario::ProxyMode;

impl Proxy {
    /// Upstream connections by what they do, and clients that wait for one. Of shared ones those with
    /// a reply outstanding count as leased; what waits for their dials is counted by exchange.
    pub fn counts(&self) -> PoolCounts {
        if self.settings.mode != ProxyMode::Multiplexed {
            return self.pool.counts();
        }
        let mut counts = PoolCounts::default();
        for (_, link) in self.links.iter() {
            if link.state != LinkState::Ready {
                counts.dialling += 1;
                counts.waiting += link.pending.len() as u32;
            } else if link.pending.is_empty() {
                counts.idle += 1;
            } else {
                counts.leased += 1;
            }
        }
        counts.size = counts.idle + counts.leased;
        counts
    }
}

impl World {
    /// Recounts the upstream side of proxy `p` from the connections themselves.
    ///
    /// # Errors
    ///
    /// The law that is broken.
    pub(in crate::model) fn check_proxy(&self, p: usize) -> Result<(), String> {
        self.check_proxy_retries(p)?;
        let proxy = &self.proxies[p];
        let name = &self.servers[usize::from(proxy.server)].settings.name;
        let of_it = self.conns.iter().filter(|(_, conn)| {
            self.proxy_of(conn.fleet) == Some(p) && conn.client != ClientEnd::Gone
        });
        let (mut open, mut dialling, mut leased) = (0, 0, 0);
        for (id, _) in of_it {
            let Some(link) = proxy.links.get(id) else {
                return Err(format!("{name} has an upstream connection it does not know"));
            };
            open += u32::from(link.state == LinkState::Ready);
            dialling += u32::from(link.state != LinkState::Ready);
            if let Some(client) = proxy.clients.get(link.client) {
                leased += u32::from(link.state == LinkState::Ready);
                if client.stand != Stand::Linked(id) {
                    return Err(format!("{name} has lent a connection to a client without it"));
                }
            }
        }
        let stands = |stand| proxy.clients.iter().filter(|(_, c)| c.stand == stand).count() as u32;
        let kept = proxy.counts();
        let counted = match proxy.settings.mode {
            ProxyMode::Multiplexed => PoolCounts { size: open, dialling, ..kept },
            _ => PoolCounts {
                size: open,
                idle: open - leased,
                leased,
                waiting: stands(Stand::InLine),
                dialling: dialling + stands(Stand::Pausing),
            },
        };
        if kept != counted {
            return Err(format!("upstream of {name}: {kept:?} kept, {counted:?} counted"));
        }
        Ok(())
    }
}
