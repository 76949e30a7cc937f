//! A call: its attempts, its round trips, its end.

use crate::engine::{Observer, Rank};
use crate::model::client::dial::Dial;
use crate::model::client::{Conn, Doing, Request};
use crate::model::net::Pair;
use crate::model::plan::{CallId, CallPlan, LeakPlan, Via};
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::{Cause, LeakKind};
use crate::units::SimTime;

impl World {
    /// An attempt of the present call begins, once nothing keeps it back.
    #[inline(always)]
    pub(in crate::model) fn attempt<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
    ) {
        if self.calls[self.requests[id].call as usize].guarded {
            if self.kept_back(cx, id) {
                return;
            }
            return self.guarded_attempt(cx, id);
        }
        self.begin_attempt(cx, id);
    }

    /// An attempt of the present call begins.
    // Inlined, what the caller has looked up is not looked up again.
    #[inline(always)]
    pub(in crate::model) fn begin_attempt<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
    ) {
        let request = &mut self.requests[id];
        request.phase += 1;
        request.exchange = request.exchange.wrapping_add(1);
        request.conn = Id::NONE;
        cx.note(Observation::Attempted { fleet: request.fleet });
        let call = &self.calls[request.call as usize];
        match call.via {
            Via::Pool => self.checkout(cx, id),
            Via::Shared => self.use_shared(cx, id),
            Via::PerRequest => {
                let dial = Dial::of(request, call, id);
                request.doing = Doing::Dialling;
                match self.dial(cx, dial) {
                    Ok(conn) => self.requests[id].conn = conn,
                    Err(cause) => self.attempt_failed(cx, id, cause),
                }
            }
        }
    }

    /// Sends the first commands of a call on an open connection.
    #[inline(always)]
    pub(in crate::model) fn send<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
        conn: Id<Conn>,
        validate: bool,
    ) {
        let request = &mut self.requests[id];
        let call = &self.calls[request.call as usize];
        let event = if validate {
            request.conn = conn;
            request.commands_left = 1;
            request.doing = Doing::Validating;
            let exchange = request.exchange;
            Event::Bytes { conn, request: id, commands: 1, exchange, class: 0 }
        } else {
            request.sends(id, conn, call)
        };
        let pair = Pair { fleet: request.fleet, server: call.server };
        let timed = call.timeout.is_some();
        self.path.send(pair, 1, cx.agenda, event);
        if timed {
            self.read_deadline(cx, id, cx.now);
        }
    }

    /// Sends the commands that prove a connection alive.
    pub(in crate::model) fn send_check<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
        conn: Id<Conn>,
        commands: u16,
    ) {
        let request = &mut self.requests[id];
        request.conn = conn;
        request.commands_left = commands;
        request.doing = Doing::Validating;
        let (exchange, class) = (request.exchange, 0);
        let event = Event::Bytes { conn, request: id, commands, exchange, class };
        self.path.send(self.conns[conn].pair(), 1, cx.agenda, event);
        self.read_deadline(cx, id, cx.now);
    }

    /// The clock of the read timeout starts (anew) for commands sent at `sent`.
    #[inline(never)]
    pub(in crate::model) fn read_deadline<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
        sent: SimTime,
    ) {
        let request = &mut self.requests[id];
        let call = &self.calls[request.call as usize];
        let Some(timeout) = call.timeout else { return };
        request.phase += 1;
        let (fleet, phase) = (request.fleet, request.phase);
        let (requests, now) = (&self.requests, cx.now);
        let waits = |(id, phase): &(Id<Request>, u32)| {
            requests.get(*id).is_some_and(|r| r.waits_for_reply(*phase, now))
        };
        let reads = &mut self.fleets[usize::from(fleet)].reads[usize::from(call.call)];
        // An instance that stood still may have missed it: it is due at once.
        let due = (sent + timeout).max(now);
        if let Some(at) = reads.push(due, (id, phase), waits) {
            cx.agenda.at(at, Rank::TIMEOUT, Event::ReadDue { fleet, call: call.call });
        }
    }

    /// The replies to `commands` leave the server; what follows is put down for when they arrive.
    #[inline(always)]
    pub(in crate::model) fn answered<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
        conn: Id<Conn>,
        commands: u16,
        exchange: u16,
    ) {
        let Some(request) = self.requests.get_mut(id) else { return self.guest_served(cx, conn) };
        let fleet = &self.fleets[usize::from(request.fleet)];
        let call = &self.calls[request.call as usize];
        if !request.awaits(conn, exchange, call) {
            return;
        }
        let pair = Pair { fleet: request.fleet, server: call.server };
        let Some(back) = self.path.crossing(cx.now, pair) else {
            // Never acknowledged: the server gives up, the client is none the wiser.
            let event = Event::PeerDead { conn, since: cx.now };
            return cx.agenda.at(cx.now, Rank::TIMEOUT, event);
        };
        request.commands_left -= commands.min(request.commands_left);
        if request.doing == Doing::Validating && request.commands_left == 0 {
            request.doing = Doing::Calling;
            request.commands_left = call.commands;
        }
        if request.commands_left > 0 {
            if request.doing == Doing::Validating {
                return;
            }
            // The reply goes to the client, the next commands come back.
            let commands = call.per_trip.min(request.commands_left);
            let until = self.instances[request.instance as usize].stopped_until;
            let sent = (cx.now + back).max(until);
            let class = call.class;
            if call.via == Via::Shared {
                request.marked = sent;
            }
            let event = Event::Bytes { conn, request: id, commands, exchange, class };
            self.path.send_at(sent, pair, 1, cx.agenda, event);
            return self.read_deadline(cx, id, sent);
        }
        if call.guarded && request.errors >> call.call & 1 == 1 {
            let cause = Cause::ServerError;
            let event = Event::ErrorReply { conn, request: id, exchange, cause };
            return cx.agenda.at(cx.now + back, Rank::DELIVERY, event);
        }
        request.doing = Doing::Holding;
        let event = Event::Released { request: id, phase: request.phase };
        request.marked = cx.now + back;
        let replied = request.marked;
        let at = replied + fleet.length(call.hold, id.index());
        if call.guarded && self.reply_expected(cx, id, replied) {
            return;
        }
        cx.agenda.at(at, Rank::DELIVERY, event);
    }

    /// The hold is over: the connection is let go, once there is a core for it.
    #[inline(never)]
    pub(in crate::model) fn released<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
        phase: u32,
    ) {
        let Some(request) = self.requests.get_mut(id) else { return };
        if request.phase != phase || request.doing != Doing::Holding {
            return;
        }
        if self.calls[request.call as usize].guarded {
            return self.guarded_release(cx, id);
        }
        self.let_go(cx, id);
    }

    /// The call is done and its connection is let go.
    #[inline(always)]
    pub(in crate::model) fn let_go<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
    ) {
        let request = &mut self.requests[id];
        let fleet = &mut self.fleets[usize::from(request.fleet)];
        let call = &self.calls[request.call as usize];
        let (via, leak, number, conn) = (call.via, call.leak, call.call, request.conn);
        let guarded = call.guarded;
        request.phase += 1;
        request.doing = Doing::Working;
        request.conn = Id::NONE;
        request.step += 1;
        let by_chance = request.leak_on_success >> number & 1 == 1;
        let leaks = by_chance || every_nth(&leak, &mut fleet.since_leak[usize::from(number)]);
        match via {
            Via::Shared => {}
            Via::PerRequest if leaks => self.leak(cx, conn, leak.kind),
            Via::PerRequest => self.close(cx, conn),
            Via::Pool if leaks => self.leak(cx, conn, LeakKind::Lease),
            Via::Pool => self.give_back(cx, conn),
        }
        if guarded {
            return self.guarded_done(cx, id);
        }
        self.advance(cx, id);
    }

    /// Read timeouts are due.
    pub(in crate::model) fn read_due<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        fleet: u16,
        call: u16,
    ) {
        let (f, c, now) = (usize::from(fleet), usize::from(call), cx.now);
        if !self.fleets[f].reads[c].is_due(now) {
            return;
        }
        while let Some((id, phase)) = self.fleets[f].reads[c].take(now) {
            let Some(r) = self.requests.get(id).filter(|r| r.waits_for_reply(phase, now)) else {
                continue;
            };
            match self.stopped_until(r.instance, now) {
                None => self.fail_in_hand(cx, id, Cause::ReadTimeout),
                Some(until) => {
                    let reads = &mut self.fleets[f].reads[c];
                    if let Some(at) = reads.push(until, (id, phase), |_| true) {
                        cx.agenda.at(at, Rank::TIMEOUT, Event::ReadDue { fleet, call });
                    }
                }
            }
        }
        let requests = &self.requests;
        let waiting = |(id, phase): &(Id<Request>, u32)| {
            requests.get(*id).is_some_and(|r| r.waits_for_reply(*phase, now))
        };
        if let Some(at) = self.fleets[f].reads[c].rearm(waiting) {
            cx.agenda.at(at, Rank::TIMEOUT, Event::ReadDue { fleet, call });
        }
    }

    /// An attempt fails that has a connection in hand: it is closed, or leaked.
    pub(in crate::model) fn fail_in_hand<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
        cause: Cause,
    ) {
        let request = &mut self.requests[id];
        let in_order = request.leaves_in_order(cause, cx.now);
        let (call, conn) = (request.call, request.conn);
        request.conn = Id::NONE;
        match (self.calls[call as usize].via, self.leak_on_error(id, call)) {
            (Via::Shared, _) => {}
            (_, Some(kind)) => self.leak(cx, conn, kind),
            (Via::PerRequest, None) => self.close(cx, conn),
            (Via::Pool, None) if in_order => self.give_back(cx, conn),
            (Via::Pool, None) => self.discard(cx, conn),
        }
        self.attempt_failed(cx, id, cause);
    }

    /// Whether a call that fails with a connection in hand leaks it, and how.
    pub(in crate::model) fn leak_on_error(
        &mut self,
        id: Id<Request>,
        call: CallId,
    ) -> Option<LeakKind> {
        let request = &self.requests[id];
        let CallPlan { via, leak, call: number, .. } = &self.calls[call as usize];
        let since = &mut self.fleets[usize::from(request.fleet)].since_leak[usize::from(*number)];
        let by_chance = request.leak_on_error >> number & 1 == 1;
        let leaks = by_chance || every_nth(leak, since);
        leaks.then_some(if *via == Via::Pool { LeakKind::Lease } else { leak.kind })
    }

    /// An attempt has failed: another one after a pause, or the request fails.
    pub(in crate::model) fn attempt_failed<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
        cause: Cause,
    ) {
        let request = &mut self.requests[id];
        request.phase += 1;
        let guarded = self.calls[request.call as usize].guarded;
        if guarded && self.guarded_failure(cx, id, cause) {
            return;
        }
        if matches!(cause, Cause::Abandoned | Cause::Deadline) {
            return self.finish(cx, id, Err(cause));
        }
        match self.layers_failed(cx, id, cause) {
            None => self.finish(cx, id, Err(cause)),
            Some(pause) => {
                self.requests[id].doing = Doing::Pausing;
                if guarded && pause.is_zero() && self.goes_on(id) {
                    return self.retry(cx, id);
                }
                cx.agenda.at(cx.now + pause, Rank::DELIVERY, Event::Retry { request: id });
            }
        }
    }

    /// The pause before a retry is over. What the attempt needs is drawn anew, from streams of
    /// its own.
    pub(in crate::model) fn retry<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
    ) {
        let Some(request) = self.requests.get_mut(id) else { return };
        let fleet = &mut self.fleets[usize::from(request.fleet)];
        let call = &self.calls[request.call as usize];
        let (bit, hold, cost, leak) = (1 << call.call, call.hold, call.cost, call.leak);
        let draw = fleet.streams.retry_leak.next_u64();
        request.leak_on_success &= !bit;
        request.leak_on_error &= !bit;
        request.leak_on_success |= if leak.on_success.met_by(draw) { bit } else { 0 };
        request.leak_on_error |= if leak.on_error.met_by(draw) { bit } else { 0 };
        fleet.draw_again(request.plan, hold, id.index());
        fleet.draw_again(request.plan, cost, id.index());
        if !call.errors.is_never() {
            let errs = fleet.streams.retry_error.happens(call.errors);
            request.reply_errs(call.call, errs);
        }
        self.stretch(id, hold);
        self.attempt(cx, id);
    }
}

impl Request {
    /// The first commands of its call go out on `conn`.
    #[inline(always)]
    pub fn sends(&mut self, id: Id<Request>, conn: Id<Conn>, call: &CallPlan) -> Event {
        self.conn = conn;
        self.commands_left = call.commands;
        self.doing = Doing::Calling;
        let (exchange, commands, class) = (self.exchange, call.per_trip, call.class);
        Event::Bytes { conn, request: id, commands, exchange, class }
    }

    /// Whether this waits for a reply on `conn` to what it sent in attempt `exchange`. Who gave up on
    /// a shared connection and asked again does not take the late reply for the new one.
    #[inline]
    pub fn awaits(&self, conn: Id<Conn>, exchange: u16, call: &CallPlan) -> bool {
        self.conn == conn
            && matches!(self.doing, Doing::Calling | Doing::Validating)
            && (exchange == self.exchange || exchange == 0 && call.via != Via::Shared)
    }

    /// Whether this still waits, in this phase, for a reply that has not come by now, or to send.
    fn waits_for_reply(&self, phase: u32, now: SimTime) -> bool {
        self.phase == phase
            && match self.doing {
                Doing::Calling | Doing::Validating | Doing::Waiting => true,
                Doing::Holding => self.marked > now,
                _ => false,
            }
    }
}

impl Dial {
    /// The dial that `request` needs for `call`.
    #[inline]
    pub(in crate::model) fn of(request: &Request, call: &CallPlan, id: Id<Request>) -> Dial {
        Dial {
            instance: request.instance,
            through: call.through,
            server: call.server,
            connect_timeout: call.connect_timeout,
            request: id,
        }
    }
}

/// Counts an end with a connection in hand; true at every n-th.
#[inline]
fn every_nth(leak: &LeakPlan, since: &mut u32) -> bool {
    if leak.every == 0 {
        return false;
    }
    *since += 1;
    let leaks = *since >= leak.every;
    if leaks {
        *since = 0;
    }
    leaks
}
