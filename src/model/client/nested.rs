//! Connections held while further steps run: kept, taken back, and let go when the request fails;
//! and the deadlock of those who hold one and wait for another.

use crate::engine::{Observer, Rank};
use crate::model::client::{ClientEnd, Conn, Doing, Instance, Life, Request, Way};
use crate::model::plan::{CallId, Via};
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::{LeakKind, NESTED_MAX};

/// The connections that a request holds beyond the call it is at.
pub type Held = [Lease; NESTED_MAX];

/// A connection kept for later.
#[derive(Clone, Copy, Debug)]
pub struct Lease {
    /// The connection; none where it is shared, or nothing is kept.
    pub conn: Id<Conn>,
    /// The call it was taken for.
    pub call: CallId,
    /// The bulkhead whose permit the call has.
    pub permit: Option<u16>,
}

impl Lease {
    /// Whether nothing is kept.
    fn is_empty(&self) -> bool {
        self.conn.is_none() && self.permit.is_none()
    }
}

impl Default for Lease {
    fn default() -> Lease {
        Lease { conn: Id::NONE, call: 0, permit: None }
    }
}

/// Requests of an instance of which each holds a connection of a pool and waits for another one, of
/// the same pool or of one in the same trouble, so that none will ever be returned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deadlock {
    /// The pools, one bit each by the number of the fleet's connections.
    pub pools: u128,
    /// The requests.
    pub requests: u32,
    /// The connections they hold of these pools.
    pub leases: u32,
}

impl World {
    /// The hold of a call is over, and steps follow for which its connection is kept.
    pub(in crate::model) fn keep<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
    ) {
        let permit = self.marks.get_mut(id).and_then(|mark| mark.permit.take());
        let request = &mut self.requests[id];
        let call = &self.calls[request.call as usize];
        let conn = if call.via == Via::Shared { Id::NONE } else { request.conn };
        let lease = Lease { conn, call: request.call, permit };
        let instance = request.instance as usize;
        request.phase += 1;
        request.doing = Doing::Working;
        request.conn = Id::NONE;
        request.step += 1;
        if !lease.is_empty() {
            let is_first = self.held.get(id).is_none();
            let held = self.held.claim(id);
            if is_first {
                *held = Held::default();
                self.instances[instance].holders.push(id);
            }
            held[usize::from(call.depth)] = lease;
        }
        self.advance(cx, id);
    }

    /// The steps are done for which the connection of `call` was kept: it is let go.
    pub(in crate::model) fn take_back<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
        call: CallId,
    ) {
        let depth = usize::from(self.calls[call as usize].depth);
        let kept = self.held.get_mut(id).map(|held| std::mem::take(&mut held[depth]));
        let request = &mut self.requests[id];
        request.call = call;
        request.conn = kept.map_or(Id::NONE, |lease| lease.conn);
        request.doing = Doing::Holding;
        if let Some(permit) = kept.and_then(|lease| lease.permit) {
            self.mark(id).permit = Some(permit);
        }
        if self.held.get(id).is_some_and(|held| held.iter().all(Lease::is_empty)) {
            self.holds_no_more(id);
        }
        self.release_on_core(cx, id);
    }

    /// A request fails: whatever it holds is let go at the same instant, one by one, by events of
    /// their own, so that one failure that lets the next one fail is no recursion.
    #[inline]
    pub(in crate::model) fn unwind<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
    ) {
        if self.held.get(id).is_some() {
            self.let_all_go(cx, id);
        }
    }

    #[cold]
    fn let_all_go<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, id: Id<Request>) {
        let held = self.held.get(id).copied().unwrap_or_default();
        self.holds_no_more(id);
        let instance = self.requests[id].instance;
        for number in held.iter().filter_map(|lease| lease.permit) {
            self.permit_back(cx, instance, number);
        }
        // The last one taken is the first to go.
        for lease in held.into_iter().rev().filter(|lease| !lease.conn.is_none()) {
            let leak = self.leak_on_error(id, lease.call);
            let event = Event::LetGo { conn: lease.conn, leak };
            cx.agenda.at(cx.now, Rank::DELIVERY, event);
        }
    }

    fn holds_no_more(&mut self, id: Id<Request>) {
        self.held.leave(id);
        let holders = &mut self.instances[self.requests[id].instance as usize].holders;
        if let Some(at) = holders.iter().position(|holder| *holder == id) {
            holders.swap_remove(at);
        }
    }

    /// A connection is let go that a failed request held and did not use.
    pub(in crate::model) fn let_go_unused<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
        leak: Option<LeakKind>,
    ) {
        // With the process went its sockets.
        let Some(conn) = self.conns.get(id).filter(|conn| conn.client != ClientEnd::Gone) else {
            return;
        };
        match (leak, self.via(conn.instance, conn.through)) {
            (_, Via::Shared) => {}
            (Some(kind), _) => self.leak(cx, id, kind),
            (None, Via::PerRequest) => self.close(cx, id),
            (None, Via::Pool) => self.give_back(cx, id),
        }
    }

    /// A request that holds connections has begun to wait for another one: whether that closes a
    /// circle. Each request of a deadlock waits, and one of them was the last to begin; only a lease
    /// that leaks can begin one at another instant.
    #[cold]
    pub(in crate::model) fn suspect_deadlock<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
    ) {
        let Request { fleet, instance, call, .. } = self.requests[id];
        let Some(deadlock) = self.deadlock(instance) else { return };
        // Who holds nothing of it only waits for those in it.
        if self.pools_held(id) & deadlock.pools != 0 {
            let through = self.calls[call as usize].through;
            let instance = self.instances[instance as usize].place;
            let Deadlock { requests, leases, .. } = deadlock;
            cx.note(Observation::Deadlocked { fleet, instance, through, requests, leases });
        }
    }

    /// The pools of an instance from which nothing will come back by itself: all their connections
    /// are held by requests that wait for one of these pools, or were leaked.
    pub(in crate::model) fn deadlock(&self, instance: u32) -> Option<Deadlock> {
        let place = &self.instances[instance as usize];
        let mut found = Deadlock { pools: exhausted(place), requests: 0, leases: 0 };
        while found.pools != 0 {
            let mut held = [0_u32; u128::BITS as usize];
            (found.requests, found.leases) = (0, 0);
            for holder in place.holders.iter().filter(|id| self.waits_for(**id, found.pools)) {
                let before = found.leases;
                for through in self.ways_held(*holder) {
                    held[through] += 1;
                    found.leases += (found.pools >> through & 1) as u32;
                }
                found.requests += u32::from(found.leases > before);
            }
            let still = stuck(place, found.pools, &held);
            if still == found.pools {
                return Some(found).filter(|found| found.requests > 0);
            }
            found.pools = still;
        }
        None
    }

    /// Whether a request stands in line at one of these pools.
    fn waits_for(&self, id: Id<Request>, pools: u128) -> bool {
        let request = &self.requests[id];
        let call = &self.calls[request.call as usize];
        request.doing == Doing::Waiting && call.via == Via::Pool && pools >> call.through & 1 == 1
    }

    /// The numbers of the ways through which a request holds connections, one for each.
    fn ways_held(&self, id: Id<Request>) -> impl Iterator<Item = usize> {
        let held = self.held.get(id).into_iter().flatten();
        let held = held.filter(|lease| !lease.conn.is_none());
        held.map(|lease| usize::from(self.calls[lease.call as usize].through))
    }

    fn pools_held(&self, id: Id<Request>) -> u128 {
        self.ways_held(id).fold(0, |pools, through| pools | 1 << through)
    }

    /// Permits of bulkheads that a request keeps with what it holds.
    pub(in crate::model) fn permits_kept(&self, id: Id<Request>) -> usize {
        let held = self.held.get(id).into_iter().flatten();
        held.filter(|lease| lease.permit.is_some()).count()
    }

    /// That what is kept of nested calls agrees with the connections themselves.
    pub(in crate::model) fn check_held(&self) -> Result<(), String> {
        for (id, held) in self.held.iter() {
            let conns = held.iter().map(|lease| lease.conn).filter(|conn| !conn.is_none());
            for conn in conns {
                let holder = self.conns.get(conn).map(|conn| (conn.request, conn.client));
                if holder.is_none_or(|(who, end)| who != id || end == ClientEnd::Gone) {
                    return Err("a connection is held that has another holder, or none".into());
                }
            }
            let known = self.requests.get(id).map(|request| request.instance as usize);
            let listed = known.is_some_and(|i| self.instances[i].holders.contains(&id));
            if held.iter().all(Lease::is_empty) || !listed {
                return Err("who holds nothing, or is not listed, counts as a holder".into());
            }
        }
        let running = self.instances.iter().filter(|place| place.life != Life::Down);
        let listed: usize = running.map(|place| place.holders.len()).sum();
        match self.held.iter().count() {
            holders if holders == listed => Ok(()),
            holders => Err(format!("{holders} requests hold connections, {listed} are listed")),
        }
    }
}

/// The pools of an instance at which somebody waits while none is idle, being dialled, or could be.
fn exhausted(place: &Instance) -> u128 {
    let mut pools = 0;
    for (through, way) in place.ways.iter().enumerate() {
        if let Way::Pool(pool) = way {
            let counts = pool.counts();
            let can_come = counts.idle + counts.dialling > 0 || counts.size < pool.settings.max;
            pools |= u128::from(counts.waiting > 0 && !can_come) << through;
        }
    }
    pools
}

/// Those of `pools` whose connections are all in `held` or leaked.
fn stuck(place: &Instance, pools: u128, held: &[u32]) -> u128 {
    let mut still = 0;
    for (through, way) in place.ways.iter().enumerate() {
        if let (Way::Pool(pool), 1) = (way, pools >> through & 1) {
            still |= u128::from(held[through] + pool.leaked >= pool.counts().leased) << through;
        }
    }
    still
}
