//! Shared connections: every request of an instance uses the same few.

use crate::engine::Observer;
use crate::model::client::dial::Dial;
use crate::model::client::{Conn, Doing, Request, SharedConn, Way};
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::Cause;

impl World {
    /// A request sends its commands on a shared connection, or waits for it to be dialled.
    pub(in crate::model) fn use_shared<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
    ) {
        let request = &mut self.requests[id];
        let call = &self.calls[request.call as usize];
        let dial = Dial { request: Id::NONE, ..Dial::of(request, call, id) };
        let all = self.instances[dial.instance as usize].shared(dial.through);
        all.turn = (all.turn + 1) % all.used;
        let number = all.turn;
        let shared = &mut all.conns[number];
        if shared.ready {
            let conn = shared.conn;
            return self.send(cx, id, conn, false);
        }
        request.doing = Doing::Waiting;
        request.marked = cx.now;
        shared.waiting.push(id);
        if shared.conn.is_none() {
            self.dial_shared(cx, dial, number);
        }
    }

    fn dial_shared<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        dial: Dial,
        number: usize,
    ) {
        let dialled = self.dial(cx, dial);
        let shared = &mut self.instances[dial.instance as usize].shared(dial.through).conns[number];
        match dialled {
            Ok(conn) => shared.conn = conn,
            Err(cause) => {
                let waiting = std::mem::take(&mut shared.waiting);
                for request in waiting {
                    self.attempt_failed(cx, request, cause);
                }
            }
        }
    }

    /// A shared connection is established: those who waited send.
    pub(in crate::model) fn shared_ready<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
    ) {
        let Conn { instance, through, .. } = self.conns[id];
        let conns = self.instances[instance as usize].shared(through);
        let Some(shared) = conns.conns.iter_mut().find(|shared| shared.conn == id) else { return };
        shared.ready = true;
        let waiting = std::mem::take(&mut shared.waiting);
        for request in waiting {
            if self.requests.get(request).is_some_and(|r| r.doing == Doing::Waiting) {
                self.send(cx, request, id, false);
            }
        }
    }

    /// A shared connection is gone: everybody on it fails, and the next use dials again.
    pub(in crate::model) fn shared_lost<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        through: u16,
        id: Id<Conn>,
        cause: Cause,
    ) {
        let conns = self.instances[instance as usize].shared(through);
        let Some(shared) = conns.conns.iter_mut().find(|shared| shared.conn == id) else { return };
        let mut hit = std::mem::replace(shared, SharedConn::down()).waiting;
        let on_it =
            |r: &Request| r.conn == id && matches!(r.doing, Doing::Calling | Doing::Validating);
        hit.extend(self.requests.iter().filter(|(_, r)| on_it(r)).map(|(request, _)| request));
        for request in hit {
            if self.requests.get(request).is_some() {
                self.requests[request].conn = Id::NONE;
                self.attempt_failed(cx, request, cause);
            }
        }
    }

    /// The way through which a connection was dialled.
    #[inline]
    pub(in crate::model) fn way(&self, id: Id<Conn>) -> &Way {
        let conn = &self.conns[id];
        &self.instances[conn.instance as usize].ways[usize::from(conn.through)]
    }

    /// The event of a leaked client that dials again.
    pub(in crate::model) fn redial_event(&self, id: Id<Conn>) -> Event {
        let conn = &self.conns[id];
        let instance = &self.instances[conn.instance as usize];
        Event::Redial {
            instance: conn.instance,
            through: conn.through,
            server: conn.server,
            number: instance.number,
        }
    }
}
