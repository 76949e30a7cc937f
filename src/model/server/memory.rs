//! Memory of a server, and the clients closed for it.

use std::collections::VecDeque;

use crate::engine::Observer;
use crate::model::Observation;
use crate::model::client::Conn;
use crate::model::server::Server;
use crate::model::slab::{Id, Slab};
use crate::model::world::{Cx, World};
use crate::units::SimTime;

/// A limit below this is taken for this (Redis `getClientEvictionLimit`).
const LEAST_LIMIT: u64 = 128 * 1024;
/// Clients of so many binary digits of bytes, up to 32 KB, are all in the smallest bucket
/// (`CLIENT_MEM_USAGE_BUCKET_MIN_LOG`).
const SMALLEST_BUCKET: u32 = 15;

/// Who takes how much client memory, in the order in which clients are closed for it. Kept only
/// where there is a limit; every step is a few stores.
#[derive(Debug, Default)]
pub struct ClientMemory {
    /// The limit, where there is one.
    limit: Option<u64>,
    /// Whether a client with its buffers is in a larger bucket than one without.
    split: bool,
    /// By the place of a connection: which of the entries below are its own. Zero is none.
    marks: Vec<Mark>,
    entries: u64,
    /// Every use of a client, with the instant at which its buffers go unless it is used again.
    cooling: VecDeque<(SimTime, Entry)>,
    /// Clients with their buffers in the larger bucket, in the order in which they came there.
    large: VecDeque<Entry>,
    /// The others, likewise.
    small: VecDeque<Entry>,
    /// Clients that have their buffers.
    fresh: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Mark {
    cooling: u64,
    bucket: u64,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    conn: Id<Conn>,
    number: u64,
}

impl ClientMemory {
    /// Whether there is a limit.
    #[inline]
    pub fn is_on(&self) -> bool {
        self.limit.is_some()
    }

    /// Clients that have their buffers.
    pub fn fresh(&self) -> u32 {
        self.fresh
    }

    fn entry(&mut self, conn: Id<Conn>) -> (Entry, &mut Mark) {
        self.entries += 1;
        if self.marks.len() <= conn.index() {
            self.marks.resize(conn.index() + 1, Mark::default());
        }
        (Entry { conn, number: self.entries }, &mut self.marks[conn.index()])
    }

    /// A client is used, or has just come; its buffers go at `until`.
    pub fn used(&mut self, conn: Id<Conn>, until: SimTime) {
        let is_new = self.marks.get(conn.index()).is_none_or(|mark| mark.bucket == 0);
        let (entry, mark) = self.entry(conn);
        let was_fresh = std::mem::replace(&mut mark.cooling, entry.number) != 0;
        self.cooling.push_back((until, entry));
        if was_fresh {
            return;
        }
        self.fresh += 1;
        if self.split || is_new {
            let (entry, mark) = self.entry(conn);
            mark.bucket = entry.number;
            let bucket = if self.split { &mut self.large } else { &mut self.small };
            bucket.push_back(entry);
        }
    }

    /// A client has gone, or is a replica now and no longer counts.
    pub fn freed(&mut self, conn: Id<Conn>) {
        if let Some(mark) = self.marks.get_mut(conn.index()) {
            self.fresh -= u32::from(mark.cooling != 0);
            *mark = Mark::default();
        }
    }

    /// The buffers of those that have not been used for a while go.
    pub fn cool(&mut self, now: SimTime) {
        while let Some((_, entry)) = self.cooling.pop_front_if(|(until, _)| *until <= now) {
            let mark = &mut self.marks[entry.conn.index()];
            if mark.cooling != entry.number {
                continue;
            }
            mark.cooling = 0;
            self.fresh -= 1;
            if self.split {
                let (entry, mark) = self.entry(entry.conn);
                mark.bucket = entry.number;
                self.small.push_back(entry);
            }
        }
        let (marks, clients) = (&self.marks, self.marks.len());
        for bucket in [&mut self.large, &mut self.small] {
            // Those that have left their bucket are found out when nobody else is in front.
            if bucket.len() > 2 * clients + 64 {
                bucket.retain(|entry| marks[entry.conn.index()].bucket == entry.number);
            }
        }
    }

    /// The client to close next: the one that has been in the largest bucket for longest.
    fn next(&mut self) -> Option<Id<Conn>> {
        for bucket in [&mut self.large, &mut self.small] {
            while let Some(entry) = bucket.pop_front() {
                if self.marks[entry.conn.index()].bucket == entry.number {
                    return Some(entry.conn);
                }
            }
        }
        None
    }
}

impl Server {
    /// The bytes that the server counts as those of its clients, replicas apart, `fresh` of which
    /// have their buffers.
    pub fn memory_of_clients(&self, fresh: u32) -> u64 {
        let memory = &self.settings.memory;
        u64::from(self.connected_clients()) * memory.counted.0 + u64::from(fresh) * memory.fresh.0
    }

    /// A client is used.
    #[inline(never)]
    pub fn client_used(&mut self, conn: Id<Conn>, now: SimTime) {
        self.client_memory.used(conn, now + self.settings.memory.fresh_for);
    }

    /// All memory, and that which the server counts as its clients' (bytes), at an instant.
    ///
    /// # Source
    ///
    /// Measured: Redis 7.0.15, Redis 8.0 milestone 1, Valkey 8.0.1. What TLS takes is outside of
    /// everything the server counts (Redis `src/tls.c` uses the allocator of OpenSSL).
    pub fn memory(&self, conns: &Slab<Conn>, server: usize, now: SimTime) -> (u64, u64) {
        let memory = &self.settings.memory;
        let (mut fresh, mut fresh_replicas) = (0, 0);
        if memory.fresh.0 > 0 && self.slots.now() > 0 {
            let here = conns.iter().filter(|(_, c)| usize::from(c.server) == server);
            for (_, c) in here.filter(|(_, c)| c.has_slot() && c.heard + memory.fresh_for > now) {
                fresh += u32::from(!c.replica);
                fresh_replicas += u32::from(c.replica);
            }
        }
        let tls = if self.settings.tls { memory.tls.0 } else { 0 };
        let all = u64::from(self.connected_clients() + self.connected_slaves());
        let total = memory.base.0
            + all * (memory.per_connection.0 + tls)
            + u64::from(fresh + fresh_replicas) * memory.fresh.0;
        (total, self.memory_of_clients(fresh))
    }
}

impl World {
    /// Closes clients while they take as much memory as they may, the largest bucket first, in a
    /// bucket the one that has been there for longest.
    ///
    /// # Source
    ///
    /// Redis `src/networking.c` `evictClients`, `updateClientMemUsageAndBucket`,
    /// `clientEvictionAllowed`: buckets are powers of two from 32 KB; replicas are exempt.
    #[cold]
    pub(in crate::model) fn evict_clients<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
    ) {
        self.servers[usize::from(server)].client_memory.cool(cx.now);
        loop {
            let s = &mut self.servers[usize::from(server)];
            let Some(limit) = s.client_memory.limit else { return };
            if s.memory_of_clients(s.client_memory.fresh) < limit {
                return;
            }
            let Some(id) = s.client_memory.next() else { return };
            s.owed = s.owed + s.cost.reap;
            cx.note(Observation::Evicted { server });
            self.server_closes(cx, id);
        }
    }

    /// The settings of a server have changed: who takes how much memory is gathered anew, in the
    /// order in which clients were admitted, or forgotten.
    pub(in crate::model) fn remember_clients(&mut self, server: u16, now: SimTime) {
        let s = &mut self.servers[usize::from(server)];
        let memory = s.settings.memory;
        let limit = s.settings.maxmemory_clients.0;
        s.client_memory = ClientMemory {
            limit: (limit > 0).then_some(limit.max(LEAST_LIMIT)),
            split: bucket(memory.counted.0 + memory.fresh.0) > bucket(memory.counted.0),
            ..ClientMemory::default()
        };
        if limit == 0 {
            return;
        }
        let mut here: Vec<(SimTime, u64, Id<Conn>)> = self
            .conns
            .iter()
            .filter(|(_, c)| c.server == server && c.has_slot() && !c.replica)
            .map(|(id, c)| (c.heard + memory.fresh_for, c.admitted, id))
            .collect();
        here.sort_by_key(|(until, admitted, _)| (*until, *admitted));
        for (until, _, id) in here {
            s.client_memory.used(id, until);
        }
        s.client_memory.cool(now);
    }
}

/// The bucket of a client of this size: powers of two, all below 32 KB in one.
fn bucket(bytes: u64) -> u32 {
    (u64::BITS - bytes.leading_zeros()).max(SMALLEST_BUCKET)
}
