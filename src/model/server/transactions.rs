//! Optimistic transactions: WATCH and GET, then MULTI, the change and EXEC, which does nothing when the
//! key has been changed since.
//!
//! # Source
//!
//! Redis `src/multi.c`: `watchForKey`, `touchWatchedKey`, `execCommand`, which answers null; a close or
//! an EXEC forgets what was watched (`unwatchAllKeys`).

use crate::model::client::Conn;
use crate::model::server::state::{Readable, Ready};
use crate::model::slab::Beside;
use crate::model::world::World;

/// Commands of the first trip: WATCH and GET.
const READS: u64 = 2;

/// Commands of the second trip: MULTI, the change, EXEC.
const CHANGES: u64 = 3;

/// The key of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyPlan {
    /// How many keys there are.
    pub keys: u32,
    /// The number of the request's draw that decides which.
    pub draw: u16,
}

/// The keys of a server, and what connections watch of them.
#[derive(Debug)]
pub struct Transactions {
    /// By key: how often it was changed.
    versions: Vec<u64>,
    watched: Beside<Conn, Watch>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Watch {
    key: u32,
    version: u64,
}

impl Transactions {
    /// No key was ever changed.
    pub fn new() -> Transactions {
        Transactions { versions: Vec::new(), watched: Beside::new() }
    }

    fn version(&mut self, key: u32) -> &mut u64 {
        let key = key as usize;
        if self.versions.len() <= key {
            self.versions.resize(key + 1, 0);
        }
        &mut self.versions[key]
    }
}

impl World {
    /// Serves one trip of a transaction; gives how many commands it is. The last trip of one that
    /// nobody waits for any more changes the key all the same.
    pub(in crate::model) fn transact(&mut self, server: u16, ready: Ready, key: KeyPlan) -> u64 {
        let s = &mut self.servers[usize::from(server)];
        if let Some(Watch { key, version }) = s.transactions.watched.get(ready.conn).copied() {
            s.transactions.watched.leave(ready.conn);
            let now = s.transactions.version(key);
            let unchanged = *now == version;
            *now += u64::from(unchanged);
            let what = if unchanged { ready.what } else { Readable::Conflict };
            s.replies.push(Ready { what, ..ready });
            return CHANGES;
        }
        // Who has given up by now closes this connection, and sends nothing more on it.
        let asks = self.requests.get(ready.request).filter(|r| r.exchange == ready.exchange);
        if let Some(request) = asks {
            let fleet = &self.fleets[usize::from(request.fleet)];
            let key = fleet.key(request.plan, key, ready.request.index());
            let version = *s.transactions.version(key);
            *s.transactions.watched.claim(ready.conn) = Watch { key, version };
        }
        s.replies.push(ready);
        READS
    }
}
