//! Servers that end, restart, or are taken over from, and peers that are not there any more.

use crate::engine::{Observer, Rank};
use crate::model::client::{ClientEnd, Conn, FarEnd};
use crate::model::event::Closing;
use crate::model::net::{DATA_GIVEN_UP_AFTER, Pair, dropped_at};
use crate::model::server::sockets::Orphans;
use crate::model::server::state::Readable;
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::{LeakKind, Old};
use crate::units::{SimTime, Span};

/// What a server's host does with a SYN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listens {
    /// The listener takes it.
    Yes,
    /// No process listens: a reset.
    Refuses,
    /// No host is there: nothing.
    Silent,
}

impl World {
    /// A server process ends, and listens again after `down`. Its host stays.
    pub(in crate::model) fn restart<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
        down: Span,
    ) {
        self.end_server(cx, server);
        self.down(cx, server, Listens::Refuses, down);
    }

    /// A server fails, and another one answers to its name after `after`, from another address:
    /// connections to the old one stay with the old one.
    pub(in crate::model) fn failover<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
        after: Span,
        old: Old,
    ) {
        match old {
            Old::Closes => self.end_server(cx, server),
            Old::Vanishes => self.lose_server(cx, server),
        }
        // The sockets that the old host still has are not the new one's.
        for id in self.conns_of(server, |c| c.far == FarEnd::FinWait2) {
            self.end_fin_wait(id);
            self.forget(id);
        }
        self.servers[usize::from(server)].orphans = Orphans::new();
        let listens = if old == Old::Closes { Listens::Refuses } else { Listens::Silent };
        self.down(cx, server, listens, after);
    }

    /// A server listens again.
    pub(in crate::model) fn server_up<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
    ) {
        let s = &mut self.servers[usize::from(server)];
        if s.up_at != Some(cx.now) {
            return;
        }
        s.up_at = None;
        s.listens = Listens::Yes;
        s.count_internal();
        s.busy = false;
        cx.note(Observation::ServerUp { server });
        self.kick(cx, server);
    }

    /// Nobody listens for a while, and the loop thread is gone with all it had in hand.
    fn down<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
        listens: Listens,
        down: Span,
    ) {
        let s = &mut self.servers[usize::from(server)];
        s.listens = listens;
        s.busy = true;
        s.lose_work(cx.now);
        for ready in s.early.drain(..) {
            if let Some(conn) = self.conns.get_mut(ready.conn) {
                conn.has_early = false;
            }
        }
        s.up_at = Some(cx.now + down);
        self.operator_loses(cx, server);
        cx.agenda.at(cx.now + down, Rank::DELIVERY, Event::ServerUp { server });
    }

    /// The kernel closes all that a server process had: by a reset where bytes were not read, or where
    /// the connection was not accepted (Linux `inet_csk_listen_stop`).
    fn end_server<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, server: u16) {
        self.end_proxy(cx, server, Old::Closes);
        let s = &mut self.servers[usize::from(server)];
        s.queue.clear();
        let mut unread: Vec<usize> = s
            .ready
            .iter()
            .filter(|ready| ready.what != Readable::EndOfFile)
            .chain(&s.early)
            .map(|ready| ready.conn.index())
            .collect();
        unread.sort_unstable();
        for id in self.conns_of(server, is_known) {
            let in_slot = self.conns[id].has_slot();
            if in_slot && unread.binary_search(&id.index()).is_err() {
                self.server_closes(cx, id);
            } else {
                if in_slot {
                    self.free_slot(cx, id);
                }
                self.server_resets(cx, id);
            }
        }
    }

    /// The host of a server is gone: its clients hear nothing.
    fn lose_server<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, server: u16) {
        self.end_proxy(cx, server, Old::Vanishes);
        self.servers[usize::from(server)].queue.clear();
        for id in self.conns_of(server, is_known) {
            if self.conns[id].has_slot() {
                self.free_slot(cx, id);
            }
            let conn = &mut self.conns[id];
            conn.far = FarEnd::Vanished;
            if conn.client == ClientEnd::Gone {
                conn.far = FarEnd::Gone;
                self.forget(id);
            }
        }
    }

    fn conns_of(&self, server: u16, is: impl Fn(&Conn) -> bool) -> Vec<Id<Conn>> {
        let of_it = self.conns.iter().filter(|(_, c)| c.server == server && is(c));
        of_it.map(|(id, _)| id).collect()
    }

    /// What a client sent on was never acknowledged: its kernel gives the connection up.
    pub(in crate::model) fn given_up<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
    ) {
        let Some(conn) = self.conns.get_mut(id) else { return };
        if conn.far == FarEnd::Vanished {
            conn.far = FarEnd::Gone;
        } else if conn.has_slot() {
            let since = cx.now;
            cx.agenda.at(since, Rank::TIMEOUT, Event::PeerDead { conn: id, since });
        }
        self.closed_by_server(cx, id, Closing::Lost);
    }

    /// Nothing crosses between a fleet and a server for a while.
    pub(in crate::model) fn partition<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        pair: Pair,
        length: Span,
    ) {
        let until = cx.now + length;
        self.path.cut(pair, until);
        cx.agenda.at(until, Rank::CHANGE, Event::Healed);
        for id in self.conns_of(pair.server, |c| c.pair() == pair) {
            self.peer_dead(cx, id, cx.now);
        }
    }

    /// The client's host is out of reach since `since`: the server's kernel drops the connection when
    /// keepalive, or data that nobody acknowledges, tells it so; without either it is held for ever.
    pub(in crate::model) fn peer_dead<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
        since: SimTime,
    ) {
        let Some(conn) = self.conns.get(id) else { return };
        let out_of_reach = conn.client == ClientEnd::Gone || self.path.is_cut(conn.pair(), cx.now);
        if !out_of_reach || !(conn.has_slot() || conn.far == FarEnd::Queued) {
            return;
        }
        let keepalive = self.servers[usize::from(conn.server)].settings.keepalive;
        // A subscribed client is sent something at once (assumed); others only replies.
        let subscribed =
            conn.far == FarEnd::Subscribed || conn.leaked == Some(LeakKind::Subscribed);
        let unacknowledged = match subscribed {
            true => Some(conn.heard.max(since)),
            false => (conn.has_slot() && conn.heard > since).then_some(conn.heard),
        };
        let due = match unacknowledged {
            Some(sent) => sent + DATA_GIVEN_UP_AFTER,
            None if keepalive.is_zero() => {
                // What it sent last may still be read and answered.
                let at = since + DATA_GIVEN_UP_AFTER;
                if at > cx.now || conn.far == FarEnd::Queued {
                    let at = at.max(cx.now + DATA_GIVEN_UP_AFTER);
                    cx.agenda.at(at, Rank::TIMEOUT, Event::PeerDead { conn: id, since });
                }
                return;
            }
            None => dropped_at(keepalive, conn.heard, since).0,
        };
        if due > cx.now {
            cx.agenda.at(due, Rank::TIMEOUT, Event::PeerDead { conn: id, since });
        } else if conn.has_slot() {
            let server = conn.server;
            self.free_slot(cx, id);
            self.forget(id);
            self.kick(cx, server);
        } else {
            // Not accepted yet: keepalive begins with the accept.
            let since = cx.now;
            let at = dropped_at(keepalive, since, since).0;
            cx.agenda.at(at, Rank::TIMEOUT, Event::PeerDead { conn: id, since });
        }
    }
}

/// Whether a server's host has anything of a connection that may still be used.
fn is_known(conn: &Conn) -> bool {
    let half_open = conn.far == FarEnd::Unseen && conn.client == ClientEnd::Established;
    conn.has_slot() || conn.far == FarEnd::Queued || half_open
}
