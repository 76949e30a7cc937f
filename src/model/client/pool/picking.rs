//! Checkout at a pool with manners: which connection a caller is given, and what it does without.

use crate::engine::{Observer, Rank};
use crate::model::client::dial::Dial;
use crate::model::client::{Checkout, Conn, Doing, Idle, Request};
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::{
    Broken, Cause, Dialling, IdlePick, PoolReaper, Pooled, Validate, WaitCovers,
};
use crate::units::Span;

/// What a caller finds.
enum Found {
    /// This connection, or its place.
    Lease(Idle),
    /// A place for a dial of its own.
    Dial,
    /// Nothing yet.
    Wait,
    /// Nothing.
    Fails(Cause),
}

impl World {
    /// A request asks a pool with manners for a connection.
    #[inline(never)]
    pub(in crate::model) fn checkout_with_manners<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
        dial: Dial,
    ) {
        self.requests[id].marked = cx.now;
        self.look(cx, id, dial);
    }

    /// A request looks for a connection, for the first time or once more; it has asked when it was
    /// marked.
    pub(in crate::model) fn look<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
        dial: Dial,
    ) {
        let since = self.requests[id].marked;
        match self.find(cx, &dial) {
            Found::Lease(idle) => {
                let manners = self.manners(&dial);
                let thread = manners.thread;
                manners.used_by_thread(thread, idle.conn);
                self.lease_after(cx, id, idle);
            }
            Found::Dial => self.dial_for_caller(cx, dial),
            Found::Fails(cause) => self.attempt_failed(cx, id, cause),
            Found::Wait => {
                self.join_line(cx, id, dial, since);
                self.grow(cx, &dial);
            }
        }
    }

    /// A caller in a line that can be overtaken looks again.
    pub(in crate::model) fn woken_with_manners<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        through: u16,
    ) {
        let pool = self.instances[instance as usize].pool(through);
        let Some(waiter) = pool.wake() else { return };
        let request = &self.requests[waiter.who];
        let dial = Dial::of(request, &self.calls[request.call as usize], waiter.who);
        match self.find(cx, &dial) {
            Found::Lease(idle) => self.lease_after(cx, waiter.who, idle),
            Found::Dial => self.dial_for_caller(cx, dial),
            Found::Wait | Found::Fails(_) => {
                self.instances[instance as usize].pool(through).wait(waiter);
                self.grow(cx, &dial);
            }
        }
    }

    /// What there is for a caller, once the pool has thrown out what it sees to be unfit.
    fn find<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, dial: &Dial) -> Found {
        let armed = self.fails_fast(dial);
        while let Some(idle) = self.pick(dial) {
            let hollow = idle.conn.is_none();
            if !hollow && self.is_fit_now(cx, &idle) {
                return Found::Lease(idle);
            }
            let keeps_slot = pool_settings(self, dial).broken == Broken::SlotKept;
            if !hollow {
                self.pool_closes(cx, dial.instance, dial.through, idle.conn);
            }
            let pool = self.instances[dial.instance as usize].pool(dial.through);
            match (hollow || keeps_slot, armed) {
                (true, None) => {
                    pool.dials_again();
                    return Found::Dial;
                }
                (true, Some(cause)) => {
                    pool.hollowed(cx.now);
                    return Found::Fails(cause);
                }
                (false, _) => {
                    pool.lost();
                    self.refill_lost(cx, dial.instance, dial.through);
                }
            }
        }
        let pool = self.instances[dial.instance as usize].pool(dial.through);
        if let Some(cause) = armed.filter(|_| pool.has_room()) {
            return Found::Fails(cause);
        }
        if pool.settings.dialling == Dialling::Caller && pool.reserve() {
            return Found::Dial;
        }
        match pool.line_up() {
            Checkout::NoWait => Found::Fails(Cause::CheckoutTimeout),
            Checkout::LineFull => Found::Fails(Cause::QueueFull),
            _ => Found::Wait,
        }
    }

    /// Takes the idle connection that the pool would give the caller.
    fn pick(&mut self, dial: &Dial) -> Option<Idle> {
        let pool = self.instances[dial.instance as usize].pool(dial.through);
        let idle = match pool.settings.idle_pick {
            IdlePick::Affine { threads } => {
                let manners = pool.manners.as_mut()?;
                let own = manners.next_thread(threads);
                match pool.take_this(own) {
                    Some(idle) => Some(idle),
                    None => {
                        let conns = &self.conns;
                        let age = |idle: &&Idle| (conns[idle.conn].dialled, idle.conn.index());
                        match pool.idle().min_by_key(age).map(|idle| idle.conn) {
                            Some(oldest) => pool.take_this(oldest),
                            None => pool.take_idle_since(),
                        }
                    }
                }
            }
            _ => pool.take_idle_since(),
        }?;
        let left = pool.counts().idle;
        if let Some(manners) = &mut pool.manners {
            manners.fewest_idle = manners.fewest_idle.min(left);
        }
        Some(idle)
    }

    /// Whether an idle connection may be handed out, as far as the pool looks.
    fn is_fit_now<O: Observer<Observation>>(&self, cx: &Cx<'_, O>, idle: &Idle) -> bool {
        let Conn { instance, through, client, dialled, .. } = self.conns[idle.conn];
        let lifetime = self.lifetime(idle.conn);
        let settings = &self.instances[instance as usize].pool_at(through).settings;
        let idle_for = cx.now.since(idle.since);
        let sees = match settings.validate {
            Validate::None => false,
            Validate::Peek | Validate::Ping => true,
            Validate::PingIfIdle(least) => idle_for > least,
        };
        if sees && client.sees_end() {
            return false;
        }
        if settings.looks().checkout && lifetime.is_some_and(|most| cx.now.since(dialled) >= most) {
            return false;
        }
        settings.reaper != PoolReaper::OnCheckout
            || settings.idle_timeout.is_none_or(|most| idle_for < most)
    }

    /// A request has its connection, which was idle since a while.
    pub(in crate::model) fn lease_after<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
        idle: Idle,
    ) {
        let wait = cx.now.since(self.requests[id].marked);
        let c = &mut self.conns[idle.conn];
        c.request = id;
        let (fleet, through, instance) = (c.fleet, c.through, c.instance);
        cx.note(Observation::CheckedOut { fleet, through, wait });
        let pool = self.instances[instance as usize].pool(through);
        let commands = commands_of_check(&pool.settings, cx.now.since(idle.since));
        let covered = pool.settings.wait_covers == WaitCovers::All;
        if commands == 0 {
            return self.send(cx, id, idle.conn, false);
        }
        if covered {
            self.arm_get(cx, id);
        }
        self.send_check(cx, id, idle.conn, commands);
    }

    /// A connection ended before it was proved alive: its caller looks for another.
    #[inline(never)]
    pub(in crate::model) fn check_failed<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
    ) {
        let request = &mut self.requests[id];
        let conn = std::mem::replace(&mut request.conn, Id::NONE);
        request.doing = Doing::Working;
        // The timeout of the check ends with it.
        request.phase += 1;
        let dial = Dial::of(request, &self.calls[request.call as usize], id);
        self.pool_closes(cx, dial.instance, dial.through, conn);
        let pool = self.instances[dial.instance as usize].pool(dial.through);
        pool.lost();
        match pool.manners {
            Some(_) => self.look(cx, id, dial),
            None => self.checkout(cx, id),
        }
    }

    /// The time for wait, dial and check runs on while the request does not stand in line.
    pub(in crate::model) fn arm_get<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
    ) {
        let request = &self.requests[id];
        let through = self.calls[request.call as usize].through;
        let pool = self.instances[request.instance as usize].pool(through);
        let Some(limit) = pool.settings.wait_timeout else { return };
        let at = (request.marked + limit).max(cx.now);
        let (fleet, exchange) = (request.fleet, request.exchange);
        let requests = &self.requests;
        let live = |(id, exchange): &(Id<Request>, u16)| {
            requests.get(*id).is_some_and(|r| r.gets(*exchange))
        };
        let gets = &mut self.fleets[usize::from(fleet)].gets[usize::from(through)];
        if let Some(at) = gets.push(at, (id, exchange), live) {
            cx.agenda.at(at, Rank::TIMEOUT, Event::GetDue { fleet, through });
        }
    }

    /// Callers that dial, or check what they were given, have taken too long in all.
    pub(in crate::model) fn get_due<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        fleet: u16,
        through: u16,
    ) {
        let (f, t) = (usize::from(fleet), usize::from(through));
        if !self.fleets[f].gets[t].is_due(cx.now) {
            return;
        }
        while let Some((id, exchange)) = self.fleets[f].gets[t].take(cx.now) {
            let Some(r) = self.requests.get(id).filter(|r| r.gets(exchange)) else { continue };
            match self.stopped_until(r.instance, cx.now) {
                None => self.get_over(cx, id),
                Some(until) => {
                    let gets = &mut self.fleets[f].gets[t];
                    if let Some(at) = gets.push(until, (id, exchange), |_| true) {
                        cx.agenda.at(at, Rank::TIMEOUT, Event::GetDue { fleet, through });
                    }
                }
            }
        }
        let requests = &self.requests;
        let live = |(id, exchange): &(Id<Request>, u16)| {
            requests.get(*id).is_some_and(|r| r.gets(*exchange))
        };
        if let Some(at) = self.fleets[f].gets[t].rearm(live) {
            cx.agenda.at(at, Rank::TIMEOUT, Event::GetDue { fleet, through });
        }
    }

    /// A caller gives up in the middle of its dial or its check.
    fn get_over<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, id: Id<Request>) {
        let request = &mut self.requests[id];
        let doing = request.doing;
        let conn = std::mem::replace(&mut request.conn, Id::NONE);
        let dial = Dial::of(request, &self.calls[request.call as usize], id);
        match doing {
            Doing::Dialling => {
                self.dial_abandoned(cx, &dial, conn);
                self.attempt_failed(cx, id, Cause::CheckoutTimeout);
                self.dial_waiting_callers(cx, dial.instance, dial.through);
            }
            _ if pool_settings(self, &dial).wait_covers == WaitCovers::All => {
                self.drop_leased(cx, conn);
                self.attempt_failed(cx, id, Cause::CheckoutTimeout);
            }
            _ => self.requests[id].conn = conn,
        }
    }
}

impl Request {
    /// Whether it still dials, or checks what it was given, in this exchange.
    fn gets(&self, exchange: u16) -> bool {
        self.exchange == exchange && matches!(self.doing, Doing::Dialling | Doing::Validating)
    }
}

/// The commands that prove alive a connection that was idle for so long.
fn commands_of_check(settings: &Pooled, idle_for: Span) -> u16 {
    match settings.validate {
        Validate::Ping => settings.validate_commands,
        Validate::PingIfIdle(least) if idle_for > least => settings.validate_commands,
        _ => 0,
    }
}

fn pool_settings<'w>(world: &'w World, dial: &Dial) -> &'w Pooled {
    &world.instances[dial.instance as usize].pool_at(dial.through).settings
}
