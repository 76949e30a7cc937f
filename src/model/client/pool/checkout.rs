//! Pools at work: what the world does with a pool's decisions.

use crate::engine::{Observer, Rank};
use crate::model::client::dial::Dial;
use crate::model::client::{Checkout, Conn, Doing, Request, Return, Waiter};
use crate::model::net::Pair;
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::{Cause, PoolReaper, Validate};
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
        let World { requests, calls, instances, conns, path, .. } = self;
        let request = &mut requests[id];
        let call = &calls[request.call as usize];
        let pool = instances[request.instance as usize].pool(call.through);
        let mannered = pool.manners.is_some();
        if !mannered
            && pool.takes_unseen()
            && let Some(conn) = pool.take_idle()
        {
            // The way of nearly every request, in one go.
            conns[conn].request = id;
            let (fleet, through, wait) = (request.fleet, call.through, Span::ZERO);
            cx.note(Observation::CheckedOut { fleet, through, wait });
            let event = request.sends(id, conn, call);
            path.send(Pair { fleet, server: call.server }, 1, cx.agenda, event);
            if call.timeout.is_some() {
                self.read_deadline(cx, id, cx.now);
            }
            return;
        }
        let dial = Dial::of(request, call, id);
        if mannered {
            return self.checkout_with_manners(cx, id, dial);
        }
        match self.ask_pool(cx, &dial) {
            Checkout::Lease(conn) => self.lease(cx, id, conn, Span::ZERO),
            Checkout::Dial => self.dial_for(cx, dial),
            Checkout::NoWait => self.attempt_failed(cx, id, Cause::CheckoutTimeout),
            Checkout::LineFull => self.attempt_failed(cx, id, Cause::QueueFull),
            Checkout::Wait => self.join_line(cx, id, dial, cx.now),
        }
    }

    /// What the pool answers, once it has thrown out what it sees to be unfit.
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
        if pool.manners.is_some() {
            return self.woken_with_manners(cx, instance, through);
        }
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

    /// A request that asked at `since` joins the line at its pool.
    #[inline(never)]
    pub(in crate::model) fn join_line<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
        dial: Dial,
        since: SimTime,
    ) {
        let request = &mut self.requests[id];
        request.doing = Doing::Waiting;
        request.marked = since;
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
        pool.wait(Waiter { who: id, since });
        self.arm_checkout(cx, dial.instance, dial.through);
        if self.calls[self.requests[id].call as usize].depth > 0 {
            self.suspect_deadlock(cx, id);
        }
    }

    /// A request has its connection.
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
    pub(in crate::model) fn dial_next<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        through: u16,
    ) {
        if self.instances[instance as usize].pool(through).manners.is_some() {
            return self.dial_waiting_callers(cx, instance, through);
        }
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
        let (instance, through) = (conn.instance, conn.through);
        let pool = self.instances[instance as usize].pool(through);
        if pool.manners.is_some() {
            return self.give_back_with_manners(cx, id);
        }
        conn.request = Id::NONE;
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
        if self.instances[instance as usize].pool(through).manners.is_some() {
            return self.broke(cx, id);
        }
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

    pub(in crate::model) fn arm_checkout<O: Observer<Observation>>(
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
