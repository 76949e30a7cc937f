//! Pools at work: what the world does with a pool's decisions.

use crate::engine::{Observer, Rank};
use crate::model::client::dial::Dial;
use crate::model::client::{Checkout, Conn, Doing, Idle, Pool, Request, Return, Waiter, Way};
use crate::model::plan::Via;
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::{Cause, PoolReaper, Strategy, Validate};
use crate::units::{SimTime, Span};

impl World {
    /// A request asks its instance's pool for a connection.
    // The way of a request to its first packet is one function: a call between its parts would cost as
    // much as they do.
    #[inline(always)]
    pub(in crate::model) fn checkout<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
    ) {
        let request = &self.requests[id];
        let dial = Dial::of(request, &self.calls[request.call as usize], id);
        match self.ask_pool(cx, &dial) {
            Checkout::Lease(conn) => self.lease(cx, id, conn, Span::ZERO),
            Checkout::Dial => self.dial_for(cx, dial),
            Checkout::NoWait => self.attempt_failed(cx, id, Cause::CheckoutTimeout),
            Checkout::LineFull => self.attempt_failed(cx, id, Cause::QueueFull),
            Checkout::Wait => self.wait_in_line(cx, id, dial),
        }
    }

    /// What the pool answers, once it has thrown out what it sees to be unfit.
    #[inline(always)]
    fn ask_pool<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, dial: &Dial) -> Checkout {
        loop {
            let pool = self.instances[dial.instance as usize].pool(dial.through);
            match pool.checkout() {
                Checkout::Lease(conn) if !is_fit(&pool.settings, &self.conns[conn], cx.now) => {
                    pool.lost();
                    self.close(cx, conn);
                }
                answer => return answer,
            }
        }
    }

    /// A connection has come back to a pool whose line can be overtaken: the caller that has waited
    /// longest looks again, and goes to the end of the line when it finds nothing.
    pub(in crate::model) fn woken<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        through: u16,
    ) {
        let pool = self.instances[instance as usize].pool(through);
        let Some(waiter) = pool.wake() else { return };
        let request = &self.requests[waiter.who];
        let dial = Dial::of(request, &self.calls[request.call as usize], waiter.who);
        match self.ask_pool(cx, &dial) {
            Checkout::Lease(conn) => {
                self.hand(cx, waiter, conn);
            }
            Checkout::Dial => self.dial_for(cx, dial),
            _ => self.instances[instance as usize].pool(through).wait(waiter),
        }
    }

    /// A request joins the line at its pool.
    #[inline(never)]
    fn wait_in_line<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
        dial: Dial,
    ) {
        let request = &mut self.requests[id];
        request.doing = Doing::Waiting;
        request.marked = cx.now;
        let instance = &mut self.instances[dial.instance as usize];
        let place = instance.place;
        let pool = instance.pool(dial.through);
        if pool.first_waiter().is_none() {
            let (fleet, through) = (request.fleet, dial.through);
            cx.note(Observation::PoolEmpty { fleet, instance: place, through });
        }
        // A caller for whom a connection is being dialled is as good as one that dials.
        if pool.counts().waiting >= pool.counts().dialling {
            let (fleet, through) = (request.fleet, dial.through);
            cx.note(Observation::CallerWaits { fleet, instance: place, through });
        }
        pool.wait(Waiter { who: id, since: cx.now });
        self.arm_checkout(cx, dial.instance, dial.through);
    }

    /// A request has its connection.
    #[inline(always)]
    fn lease<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
        conn: Id<Conn>,
        wait: Span,
    ) {
        let c = &mut self.conns[conn];
        c.request = id;
        let (fleet, through) = (c.fleet, c.through);
        cx.note(Observation::CheckedOut { fleet, through, wait });
        let instance = c.instance as usize;
        let pool = self.instances[instance].pool(through);
        let validate = pool.settings.validate == Validate::Ping;
        self.send(cx, id, conn, validate);
    }

    /// Dials for a request that has a place reserved in the pool; without a descriptor or a port the
    /// attempt fails and the place is free again.
    #[inline(never)]
    fn dial_for<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, dial: Dial) {
        let id = dial.request;
        let wait = cx.now.since(match self.requests[id].doing {
            Doing::Waiting => self.requests[id].marked,
            _ => cx.now,
        });
        self.requests[id].doing = Doing::Dialling;
        match self.dial(cx, dial) {
            Ok(conn) => {
                let fleet = self.instances[dial.instance as usize].fleet;
                cx.note(Observation::CheckedOut { fleet, through: dial.through, wait });
                self.requests[id].conn = conn;
            }
            Err(cause) => {
                self.attempt_failed(cx, id, cause);
                self.instances[dial.instance as usize].pool(dial.through).dial_failed();
            }
        }
    }

    /// A dial for a pool has failed: its place is free, and the next in line may try.
    pub(in crate::model) fn pool_dial_failed<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        through: u16,
    ) {
        self.instances[instance as usize].pool(through).dial_failed();
        self.dial_next(cx, instance, through);
        if self.opening > 0 {
            self.opening_failed(cx, instance);
        }
    }

    /// Those first in line dial, while there is room. A loop and no recursion: where no dial can
    /// succeed, everybody in a long line fails here.
    fn dial_next<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        through: u16,
    ) {
        while let Some(waiter) = self.instances[instance as usize].pool(through).next_to_dial() {
            let request = &self.requests[waiter.who];
            let dial = Dial::of(request, &self.calls[request.call as usize], waiter.who);
            self.dial_for(cx, dial);
        }
    }

    /// A connection comes back to its pool, or was dialled for nobody.
    #[inline(always)]
    pub(in crate::model) fn give_back<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
    ) {
        let conn = &mut self.conns[id];
        conn.request = Id::NONE;
        let (instance, through) = (conn.instance, conn.through);
        let pool = self.instances[instance as usize].pool(through);
        let age = cx.now.since(conn.dialled);
        let aged = pool.settings.max_lifetime.is_some_and(|most| age >= most)
            && pool.settings.reaper != PoolReaper::None;
        // A close that the library has noticed on a leased connection is not handed on.
        if aged || conn.client.sees_end() {
            return self.discard(cx, id);
        }
        match pool.give_back(id, cx.now) {
            Return::Keep => {
                if !matches!(pool.settings.reaper, PoolReaper::None | PoolReaper::OnCheckout) {
                    self.arm_reap(cx, instance, through);
                }
            }
            Return::Wake(after) => {
                let number = self.instances[instance as usize].number;
                let event = Event::Woken { instance, through, number };
                // Who asks at the very instant of the waking comes first.
                cx.agenda.at(cx.now + after, Rank::TIMEOUT, event);
                self.arm_reap(cx, instance, through);
            }
            Return::Close => self.close(cx, id),
            Return::Hand(waiter) => self.hand(cx, waiter, id),
        }
    }

    /// A caller in line has its connection.
    #[inline(never)]
    fn hand<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        waiter: Waiter,
        conn: Id<Conn>,
    ) {
        self.lease(cx, waiter.who, conn, cx.now.since(waiter.since));
    }

    /// A leased connection is closed instead of returned.
    pub(in crate::model) fn discard<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
    ) {
        let Conn { instance, through, .. } = self.conns[id];
        self.close(cx, id);
        self.instances[instance as usize].pool(through).lost();
        self.dial_next(cx, instance, through);
    }

    /// Callers that have waited too long give up.
    pub(in crate::model) fn checkout_due<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        through: u16,
    ) {
        let pool = self.instances[instance as usize].pool(through);
        if pool.checkout_due != Some(cx.now) {
            return;
        }
        pool.checkout_due = None;
        loop {
            let pool = self.instances[instance as usize].pool(through);
            let wait = pool.settings.wait_timeout.unwrap_or(Span::from_ns(u64::MAX));
            match pool.first_waiter() {
                Some(waiter) if waiter.since + wait <= cx.now => {}
                _ => break,
            }
            if let Some(waiter) = pool.give_up() {
                self.attempt_failed(cx, waiter.who, Cause::CheckoutTimeout);
            }
        }
        self.arm_checkout(cx, instance, through);
    }

    fn arm_checkout<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        through: u16,
    ) {
        let place = &mut self.instances[instance as usize];
        let number = place.number;
        let pool = place.pool(through);
        if let (None, Some(wait), Some(waiter)) =
            (pool.checkout_due, pool.settings.wait_timeout, pool.first_waiter())
        {
            let at = (waiter.since + wait).max(cx.now);
            pool.checkout_due = Some(at);
            let event = Event::CheckoutDue { instance, through, number };
            cx.agenda.at(at, Rank::TIMEOUT, event);
        }
    }

    /// A pool looks for idle and old connections.
    pub(in crate::model) fn pool_reap<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        through: u16,
    ) {
        let pool = self.instances[instance as usize].pool(through);
        if pool.reap_due != Some(cx.now) {
            return;
        }
        pool.reap_due = None;
        let spare = pool.counts().size.saturating_sub(pool.settings.min) as usize;
        let mut due: Vec<Id<Conn>> = Vec::new();
        for idle in pool.idle() {
            if due.len() < spare
                && reap_at(pool, idle.since, self.conns[idle.conn].dialled) <= cx.now
            {
                due.push(idle.conn);
            }
        }
        for conn in due {
            self.instances[instance as usize].pool(through).lost_idle(conn);
            self.close(cx, conn);
        }
        self.arm_reap(cx, instance, through);
    }

    /// Puts the pool's next look on the agenda, if it looks by itself.
    #[inline]
    fn arm_reap<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        through: u16,
    ) {
        let place = &mut self.instances[instance as usize];
        let number = place.number;
        let pool = place.pool(through);
        if pool.counts().size <= pool.settings.min {
            return;
        }
        let due = |idle: &Idle| reap_at(pool, idle.since, self.conns[idle.conn].dialled);
        let at = match (pool.settings.reaper, pool.reap_due) {
            (PoolReaper::None | PoolReaper::OnCheckout, _) => return,
            (PoolReaper::Periodic(_), Some(_)) => return,
            (PoolReaper::Periodic(period), None) => cx.now + period,
            // Only the connection returned last can be due before the one already known of.
            (PoolReaper::Exact, Some(known)) => match pool.idle().next_back().map(due) {
                Some(at) if at < known => at,
                _ => return,
            },
            (PoolReaper::Exact, None) => pool.idle().map(due).min().unwrap_or(SimTime::NEVER),
        };
        if at < SimTime::NEVER {
            let at = at.max(cx.now);
            self.instances[instance as usize].pool(through).reap_due = Some(at);
            let event = Event::PoolReap { instance, through, number };
            cx.agenda.at(at, Rank::TIMEOUT, event);
        }
    }

    /// Opens the connections that a pool keeps ahead of need.
    pub(in crate::model) fn fill<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
    ) {
        let fleet = self.instances[instance as usize].fleet;
        let f = &self.fleets[usize::from(fleet)];
        let plan = &f.plans[usize::from(self.instances[instance as usize].plan)];
        let mut dials: Vec<Dial> = Vec::new();
        for call in &plan.calls {
            let call = &self.calls[*call as usize];
            if call.via == Via::Pool && dials.iter().all(|d| d.through != call.through) {
                dials.push(Dial {
                    instance,
                    through: call.through,
                    server: call.server,
                    connect_timeout: call.connect_timeout,
                    request: Id::NONE,
                });
            }
        }
        for dial in dials {
            let place = &mut self.instances[instance as usize];
            let min = place.pool(dial.through).settings.min;
            for _ in 0..min {
                let place = &mut self.instances[instance as usize];
                let counts = place.pool(dial.through).counts();
                if counts.size + counts.dialling >= min || !place.pool(dial.through).reserve() {
                    break;
                }
                if self.dial(cx, dial).is_err() {
                    self.pool_dial_failed(cx, instance, dial.through);
                    break;
                }
            }
        }
    }

    /// A pool has new settings: what is idle above a lowered maximum is closed at once, and those in
    /// line dial under a raised one. Shared connections become more or fewer.
    pub(in crate::model) fn resize_ways<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
    ) {
        let fleet = self.instances[instance as usize].fleet;
        let f = &mut self.fleets[usize::from(fleet)];
        let place = &mut self.instances[instance as usize];
        let settings = &f.plans[usize::from(place.plan)].fleet.connections;
        for (way, connections) in place.ways.iter_mut().zip(settings) {
            if let (Way::Shared(shared), Strategy::Shared { connections, .. }) =
                (&mut *way, &connections.strategy)
            {
                shared.resize(*connections);
            }
            if let (Way::Pool(pool), Strategy::Pooled(new)) = (way, &connections.strategy) {
                // What stands on the agenda was put there under the old settings.
                let looks =
                    |p: &crate::scenario::Pooled| (p.reaper, p.idle_timeout, p.max_lifetime);
                if looks(&pool.settings) != looks(new) {
                    pool.reap_due = None;
                }
                if pool.settings.wait_timeout != new.wait_timeout {
                    pool.checkout_due = None;
                }
                pool.configure(new);
            }
        }
        for through in 0..place.ways.len() as u16 {
            while let Way::Pool(pool) =
                &mut self.instances[instance as usize].ways[usize::from(through)]
            {
                let Some(conn) = pool.excess() else { break };
                pool.lost_idle(conn);
                self.close(cx, conn);
            }
            if let Way::Pool(_) = self.instances[instance as usize].ways[usize::from(through)] {
                self.dial_next(cx, instance, through);
                self.arm_reap(cx, instance, through);
                self.arm_checkout(cx, instance, through);
            }
        }
    }
}

/// Whether an idle connection may be handed out, as far as the pool looks.
#[inline]
fn is_fit(settings: &crate::scenario::Pooled, conn: &Conn, now: SimTime) -> bool {
    let seen_closed = settings.validate != Validate::None && conn.client.sees_end();
    if seen_closed {
        return false;
    }
    if settings.reaper != PoolReaper::OnCheckout {
        return true;
    }
    let idle = now.since(conn.heard);
    let age = now.since(conn.dialled);
    settings.idle_timeout.is_none_or(|most| idle < most)
        && settings.max_lifetime.is_none_or(|most| age < most)
}

/// When a pool that looks by itself closes an idle connection.
fn reap_at(pool: &Pool, idle_since: SimTime, dialled: SimTime) -> SimTime {
    let by = |from: SimTime, most: Option<Span>| most.map_or(SimTime::NEVER, |most| from + most);
    by(idle_since, pool.settings.idle_timeout).min(by(dialled, pool.settings.max_lifetime))
}
