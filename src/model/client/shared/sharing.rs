//! Shared connections at work: who sends on them, who waits for them, and when they are dialled.

use crate::engine::{Observer, Rank};
use crate::model::client::dial::Dial;
use crate::model::client::{Conn, Doing, Link, Request, SharedConn, Way};
use crate::model::slab::{Id, Slab};
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::{Cause, Reconnect};

impl World {
    /// A request sends its commands on a shared connection, or waits for it.
    #[inline]
    pub(in crate::model) fn use_shared<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
    ) {
        let request = &mut self.requests[id];
        request.marked = cx.now;
        let call = &self.calls[request.call as usize];
        let (instance, through) = (request.instance, call.through);
        let all = self.instances[instance as usize].shared(through);
        let place = all.next();
        let shared = &mut all.conns[place];
        if shared.link == Link::Open {
            shared.carries = true;
            let conn = shared.conn;
            return self.send(cx, id, conn, false);
        }
        all.server = call.server;
        self.use_closed(cx, id, (instance, through, place));
    }

    /// A request wants a shared connection that is not open.
    #[inline(never)]
    fn use_closed<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
        at: (u32, u16, usize),
    ) {
        let (instance, through, place) = at;
        let requests = &self.requests;
        let all = self.instances[instance as usize].shared(through);
        let link = all.conns[place].link;
        let limit = all.settings.offline.limit;
        let fails = match link {
            Link::Broken | Link::Dead => Some(Cause::ConnectionLost),
            _ if !all.is_full(place, |id, phase| waits(requests, id, phase)) => None,
            _ if limit == Some(0) => Some(Cause::ConnectionLost),
            _ => Some(Cause::QueueFull),
        };
        if fails.is_none() {
            self.wait_for_shared(cx, id, at);
        }
        if matches!(link, Link::Down | Link::Broken) {
            self.dial_shared(cx, at);
            self.dial_aside(cx, instance, through);
        }
        if let Some(cause) = fails {
            self.attempt_failed(cx, id, cause);
        }
    }

    /// A request joins those who wait for a shared connection.
    fn wait_for_shared<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
        (instance, through, place): (u32, u16, usize),
    ) {
        let request = &mut self.requests[id];
        request.doing = Doing::Waiting;
        let since = request.marked;
        if self.instances[instance as usize].shared(through).settings.offline.timed {
            self.read_deadline(cx, id, since);
        }
        let requests = &self.requests;
        let shared = &mut self.instances[instance as usize].shared(through).conns[place];
        shared.wait((id, requests[id].phase), |id, phase| waits(requests, id, phase));
    }

    /// Dials the shared connection at a place.
    fn dial_shared<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        (instance, through, place): (u32, u16, usize),
    ) {
        let all = self.instances[instance as usize].shared(through);
        let (server, connect_timeout) = (all.server, all.settings.connect_timeout);
        let shared = &mut all.conns[place];
        (shared.link, shared.dialled) = (Link::Dialling, cx.now);
        let dial = Dial { instance, through, server, connect_timeout, request: Id::NONE };
        match self.dial(cx, dial) {
            Ok(conn) => {
                self.instances[instance as usize].shared(through).conns[place].conn = conn;
            }
            Err(cause) => self.shared_ended(cx, (instance, through, place), Vec::new(), cause),
        }
    }

    /// Dials those that carry no commands, where they have not been.
    fn dial_aside<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        through: u16,
    ) {
        for place in 0..self.instances[instance as usize].shared(through).aside {
            if self.instances[instance as usize].shared(through).conns[place].link == Link::Down {
                self.dial_shared(cx, (instance, through, place));
            }
        }
    }

    /// Dials the shared connections that a process opens at its start.
    pub(in crate::model) fn fill_shared<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        dial: Dial,
    ) {
        let Dial { instance, through, server, .. } = dial;
        let all = self.instances[instance as usize].shared(through);
        all.server = server;
        for place in 0..all.opens_first() as usize {
            let shared = &self.instances[instance as usize].shared(through).conns[place];
            if shared.link == Link::Down {
                self.dial_shared(cx, (instance, through, place));
            }
        }
    }

    /// The pause before the next dial of a shared connection is over.
    pub(in crate::model) fn shared_redial<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        at: (u32, u16, usize),
    ) {
        let (instance, through, place) = at;
        // The connections of this name may be held in another way since.
        let Way::Shared(all) = &mut self.instances[instance as usize].ways[usize::from(through)]
        else {
            return;
        };
        let shared = &mut all.conns[place];
        if shared.link != Link::Pausing {
            return;
        }
        if all.settings.reconnect == Reconnect::None {
            return self.shared_ended(cx, at, Vec::new(), Cause::ConnectionLost);
        }
        self.dial_shared(cx, at);
    }

    /// A shared connection is established: it is set up, and then open.
    pub(in crate::model) fn shared_ready<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
    ) {
        let conn = &mut self.conns[id];
        let (instance, through, pair) = (conn.instance, conn.through, conn.pair());
        let settings = &self.instances[instance as usize].shared(through).settings;
        if settings.setup == 0 {
            return self.shared_open(cx, id);
        }
        conn.greeting = true;
        let (commands, early) = (settings.setup as u16, settings.offline.with_setup);
        let event = Event::Bytes { conn: id, request: Id::NONE, commands, exchange: 0, class: 0 };
        self.path.send(pair, 1, cx.agenda, event);
        if early {
            self.send_waiting(cx, id);
        }
    }

    /// The last reply of a setup arrives.
    pub(in crate::model) fn greeted<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
    ) {
        let Some(conn) = self.conns.get_mut(id) else { return };
        if !conn.is_dialling() || !std::mem::take(&mut conn.greeting) {
            return;
        }
        match self.way(id) {
            Way::Pool(_) => self.pool_dial_done(cx, id, true),
            _ => self.shared_open(cx, id),
        }
    }

    /// A shared connection is open: those who waited send.
    fn shared_open<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, id: Id<Conn>) {
        let Conn { instance, through, .. } = self.conns[id];
        let all = self.instances[instance as usize].shared(through);
        let Some(place) = all.place_of(id) else { return };
        all.conns[place].opened();
        self.send_waiting(cx, id);
    }

    /// Those who wait for a shared connection send on it.
    fn send_waiting<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, id: Id<Conn>) {
        let Conn { instance, through, .. } = self.conns[id];
        let all = self.instances[instance as usize].shared(through);
        let Some(place) = all.place_of(id) else { return };
        let timed = all.settings.offline.timed;
        let shared = &mut all.conns[place];
        shared.carries |= !shared.waiting.is_empty();
        for (request, phase) in std::mem::take(&mut shared.waiting) {
            if !waits(&self.requests, request, phase) {
                continue;
            }
            self.send(cx, request, id, false);
            let Request { marked, call, .. } = self.requests[request];
            let limit = self.calls[call as usize].timeout.filter(|_| timed);
            if limit.is_some_and(|limit| marked + limit >= cx.now) {
                self.read_deadline(cx, request, marked);
            }
        }
    }

    /// A shared connection is gone, or its dial is: who was on it fails or waits again.
    pub(in crate::model) fn shared_lost<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        through: u16,
        id: Id<Conn>,
        cause: Cause,
    ) {
        let all = self.instances[instance as usize].shared(through);
        let Some(place) = all.place_of(id) else { return };
        let resends = all.settings.offline.resends;
        let mut hit = Vec::new();
        if all.conns[place].carries {
            let on_it =
                |r: &Request| r.conn == id && matches!(r.doing, Doing::Calling | Doing::Validating);
            hit.extend(self.requests.iter().filter(|(_, r)| on_it(r)).map(|(request, _)| request));
        }
        if resends {
            self.wait_again(cx, &hit, (instance, through, place));
            hit.clear();
        }
        self.shared_ended(cx, (instance, through, place), hit, cause);
    }

    /// Requests without a reply wait again, before all others.
    fn wait_again<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        hit: &[Id<Request>],
        at: (u32, u16, usize),
    ) {
        let (instance, through, place) = at;
        let shared = &mut self.instances[instance as usize].shared(through).conns[place];
        let others = std::mem::take(&mut shared.waiting);
        for id in hit {
            let request = &mut self.requests[*id];
            request.conn = Id::NONE;
            request.phase += 1;
            request.exchange = request.exchange.wrapping_add(1);
            self.wait_for_shared(cx, *id, at);
        }
        let shared = &mut self.instances[instance as usize].shared(through).conns[place];
        shared.waiting.extend(others);
    }

    /// The connection at a place is gone or was not dialled: what follows is begun, then `hit`, and
    /// those who wait in vain, fail.
    fn shared_ended<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        at: (u32, u16, usize),
        hit: Vec<Id<Request>>,
        cause: Cause,
    ) {
        let (instance, through, place) = at;
        let now = &mut self.instances[instance as usize];
        let (fleet, number) = (usize::from(now.fleet), now.number);
        let all = now.shared(through);
        let after =
            all.ended(place, !hit.is_empty(), cx.now, &mut self.fleets[fleet].streams.redial);
        let mut failed = Vec::new();
        if after.flush {
            let waiting = std::mem::take(&mut all.conns[place].waiting);
            let requests = &self.requests;
            let still = waiting.into_iter().filter(|(id, phase)| waits(requests, *id, *phase));
            failed.extend(still.map(|(id, _)| id));
        }
        failed.extend(hit);
        match after.dial {
            Some(due) if due == cx.now => self.dial_shared(cx, at),
            Some(due) => {
                let event = Event::SharedRedial { instance, through, place: place as u16, number };
                cx.agenda.at(due, Rank::DELIVERY, event);
            }
            None => {}
        }
        for request in failed {
            if let Some(r) = self.requests.get_mut(request) {
                r.conn = Id::NONE;
                self.attempt_failed(cx, request, cause);
            }
        }
    }

    /// Every request that waits for a shared connection stands in exactly one queue, and a connection
    /// is there exactly where the state says so.
    pub(in crate::model) fn check_shared(&self, instance: usize) -> Result<(), String> {
        let place = &self.instances[instance];
        let mut queued = 0;
        for shared in place.ways.iter().flat_map(Way::shared) {
            let live = |(id, phase): &&(Id<Request>, u32)| waits(&self.requests, *id, *phase);
            queued += shared.waiting.iter().filter(live).count();
            let has_conn = matches!(shared.link, Link::Dialling | Link::Open);
            if has_conn != self.conns.get(shared.conn).is_some() {
                return Err(format!(
                    "a shared connection is {:?}, without or with one",
                    shared.link
                ));
            }
        }
        let waits_here = |(_, r): &(_, &Request)| {
            let through = || usize::from(self.calls[r.call as usize].through);
            r.instance as usize == instance
                && r.doing == Doing::Waiting
                && matches!(place.ways.get(through()), Some(Way::Shared(_)))
        };
        let waiting = self.requests.iter().filter(waits_here).count();
        if waiting != queued {
            return Err(format!(
                "{waiting} requests wait for shared connections, {queued} in queues"
            ));
        }
        Ok(())
    }
}

impl Way {
    /// Its shared connections, if they are.
    fn shared(&self) -> &[SharedConn] {
        match self {
            Way::Shared(all) => &all.conns,
            _ => &[],
        }
    }
}

/// Whether a request still waits, in this phase.
fn waits(requests: &Slab<Request>, id: Id<Request>, phase: u32) -> bool {
    requests.get(id).is_some_and(|r| r.doing == Doing::Waiting && r.phase == phase)
}
