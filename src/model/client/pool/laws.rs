//! What always holds for the pools of instances, counted from the connections and requests.

use crate::model::client::{ClientEnd, Conn, Doing, Instance, Pool, Prober, Way};
use crate::model::plan::Via;
use crate::model::slab::Id;
use crate::model::world::World;
use crate::scenario::LeakKind;

/// What a pool has, counted one by one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counted {
    open: u32,
    dialling: u32,
    waiting: u32,
}

impl World {
    /// Recounts the pools.
    pub(in crate::model) fn check_pools(&self) -> Result<(), String> {
        let ways = |place: &Instance| {
            vec![Counted::default(); if place.is_running() { place.ways.len() } else { 0 }]
        };
        let mut counted: Vec<Vec<Counted>> = self.instances.iter().map(ways).collect();
        let own = |conn: &Conn| conn.guest().is_none() && conn.client != ClientEnd::Gone;
        for (id, conn) in self.conns.iter().filter(|(_, conn)| own(conn)) {
            let of = counted.get_mut(conn.instance as usize);
            let Some(of) = of.and_then(|ways| ways.get_mut(usize::from(conn.through))) else {
                continue;
            };
            let in_pool = matches!(conn.leaked, None | Some(LeakKind::Lease));
            match self.instances[conn.instance as usize].ways[usize::from(conn.through)] {
                Way::Pool(ref pool) if in_pool && !probes(pool, id) => {
                    of.dialling += u32::from(conn.is_dialling());
                    of.open += u32::from(!conn.is_dialling());
                }
                _ => {}
            }
        }
        for (_, request) in self.requests.iter().filter(|(_, r)| r.doing == Doing::Waiting) {
            let call = &self.calls[request.call as usize];
            let of = counted.get_mut(request.instance as usize);
            let of = of.and_then(|ways| ways.get_mut(usize::from(call.through)));
            if let Some(of) = of.filter(|_| call.via == Via::Pool) {
                of.waiting += 1;
            }
        }
        for (place, counted) in self.instances.iter().zip(counted) {
            for (way, counted) in place.ways.iter().zip(counted) {
                if let Way::Pool(pool) = way {
                    self.check_pool(pool, counted)?;
                }
            }
        }
        Ok(())
    }

    fn check_pool(&self, pool: &Pool, mut counted: Counted) -> Result<(), String> {
        let kept = pool.counts();
        counted.dialling += pool.manners.as_ref().map_or(0, |manners| manners.pausing());
        let by_counters =
            Counted { open: kept.size, dialling: kept.dialling, waiting: kept.waiting };
        if by_counters != counted {
            return Err(format!("pool: {by_counters:?} by the counters, {counted:?} one by one"));
        }
        if pool.taken() > pool.most() {
            let (taken, most) = (pool.taken(), pool.most());
            return Err(format!("pool: {taken} places are taken of {most}"));
        }
        let is_there = |id| self.conns.get(id).is_some_and(|c: &Conn| c.client != ClientEnd::Gone);
        if !pool.idle().all(|idle| is_there(idle.conn)) {
            return Err("pool: an idle connection is closed".to_string());
        }
        if let Some(manners) = &pool.manners
            && manners.busy < manners.dialling_workers()
        {
            let (busy, dial) = (manners.busy, manners.dialling_workers());
            return Err(format!("pool: {dial} workers dial, of {busy} that are busy"));
        }
        Ok(())
    }
}

/// Whether this is the prober's connection, which is not the pool's.
fn probes(pool: &Pool, id: Id<Conn>) -> bool {
    pool.manners.as_ref().is_some_and(|m| m.prober == Prober::Dialling(id))
}
