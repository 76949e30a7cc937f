//! Guests: connections to a server that no fleet owns. Operators, replicas that attach during the
//! run, and exporters dial, wait in the accept queue and are let in or refused like anyone.

use crate::engine::{Observer, Rank};
use crate::model::client::dial::WAYS_OF_HANDSHAKE;
use crate::model::client::{ClientEnd, Conn, FarEnd};
use crate::model::inspect::Owner;
use crate::model::net::NO_FLEET;
use crate::model::server::Link;
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::units::Span;

/// A guest that was refused tries again after this: a replica's own cron (measured, about once a
/// second; Redis `replicationCron`), and an operator's patience (assumed).
pub const AGAIN_AFTER: Span = Span::from_secs(1);

/// Somebody who is connected to a server, or wants to be, and belongs to no fleet.
#[derive(Debug)]
pub struct Guest {
    /// The server.
    server: u16,
    /// What it is.
    role: Role,
    /// Its connection, if it has one.
    conn: Id<Conn>,
    /// The second connection of a replica that is being synchronised.
    second: Id<Conn>,
    /// How often it has begun anew: what was put down for an earlier attempt is out of date.
    attempt: u32,
}

/// What a guest is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// Carries out what operators have to do.
    Operator,
    /// Attaches, is synchronised for so long, and stays.
    Replica { sync: Span },
    /// The exporter of this number.
    Exporter { number: u32 },
}

impl World {
    fn new_guest(&mut self, server: u16, role: Role) -> u32 {
        let (conn, second) = (Id::NONE, Id::NONE);
        self.guests.push(Guest { server, role, conn, second, attempt: 0 });
        self.guests.len() as u32 - 1
    }

    /// A replica that is about to attach.
    pub(in crate::model) fn new_replica(&mut self, server: u16, sync: Span) -> u32 {
        self.new_guest(server, Role::Replica { sync })
    }

    /// An operator who needs a connection.
    pub(in crate::model) fn new_operator(&mut self, server: u16) -> u32 {
        self.new_guest(server, Role::Operator)
    }

    /// Makes the exporters of a server that there are not yet; they scrape one after the other over
    /// the time between two scrapes of one.
    pub(in crate::model) fn employ_exporters<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
    ) {
        let exporters = self.servers[usize::from(server)].settings.exporters;
        let is_here =
            |guest: &&Guest| guest.server == server && matches!(guest.role, Role::Exporter { .. });
        let there_are = self.guests.iter().filter(is_here).count() as u32;
        for number in there_are..exporters.count {
            let guest = self.new_guest(server, Role::Exporter { number });
            let share = u64::from(number + 1);
            let first = exporters.every.as_ns() / u64::from(exporters.count) * share;
            cx.agenda.at(cx.now + Span::from_ns(first), Rank::ARRIVAL, Event::Scrape { guest });
        }
    }

    /// Whether a guest is an operator.
    pub(in crate::model) fn is_operator(&self, guest: u32) -> bool {
        self.guests[guest as usize].role == Role::Operator
    }

    /// What a guest is, for whoever looks.
    pub(in crate::model) fn who(&self, guest: u32) -> Owner {
        match self.guests[guest as usize].role {
            Role::Operator => Owner::Operator,
            Role::Replica { .. } => Owner::Replica,
            Role::Exporter { .. } => Owner::Exporter,
        }
    }

    /// A guest dials; its first command travels behind the handshake.
    pub(in crate::model) fn guest_dials<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        guest: u32,
    ) {
        let server = self.guests[guest as usize].server;
        self.opened += 1;
        let conn = self.conns.insert(Conn {
            fleet: NO_FLEET,
            server,
            through: 0,
            instance: u32::MAX - guest,
            client: ClientEnd::Opening,
            far: FarEnd::Unseen,
            leaked: None,
            request: Id::NONE,
            dialled: cx.now,
            repeats: 0,
            securing: false,
            greeting: false,
            redials: 0,
            admitted: 0,
            brings: 1,
            class: 0,
            has_early: false,
            slot_leaked: false,
            closed_early: false,
            heard: cx.now,
            accepted: cx.now,
            replica: false,
            link: Link::LOOSE,
        });
        let g = &mut self.guests[guest as usize];
        if self.conns.get(g.conn).is_some() {
            g.second = conn
        } else {
            g.conn = conn
        }
        match self.path.constant() {
            Some(delay) => {
                let at = cx.now + delay.times(WAYS_OF_HANDSHAKE);
                cx.agenda.at(at, Rank::DELIVERY, Event::Reached { conn });
            }
            None => self.syn(cx, conn),
        }
    }

    /// A guest has its connection. Without TLS the first command has gone out behind the handshake.
    pub(in crate::model) fn guest_connected<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
        tls: bool,
    ) {
        if tls {
            self.guest_asks(cx, id);
        }
    }

    /// A guest sends a command.
    fn guest_asks<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, id: Id<Conn>) {
        let (request, commands, exchange, class) = (Id::NONE, 1, 0, 0);
        let event = Event::Bytes { conn: id, request, commands, exchange, class };
        self.path.send(self.conns[id].pair(), 1, cx.agenda, event);
    }

    /// The server has carried out the command of a guest; the reply leaves.
    #[cold]
    pub(in crate::model) fn guest_served<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
    ) {
        let Some(conn) = self.conns.get(id) else { return };
        let pair = conn.pair();
        if conn.greeting {
            return self.path.send(pair, 1, cx.agenda, Event::Greeted { conn: id });
        }
        let Some(guest) = conn.guest() else { return self.pool_served(cx, id) };
        let Guest { server, role, .. } = self.guests[guest as usize];
        match role {
            Role::Operator => {
                cx.note(Observation::OperatorServed { server });
                self.command_done(cx, server);
            }
            Role::Replica { .. } => self.becomes_replica(id),
            Role::Exporter { .. } => {
                let connected_clients = self.servers[usize::from(server)].connected_clients();
                cx.note(Observation::Scraped { server, connected_clients });
            }
        }
        self.path.send(pair, 1, cx.agenda, Event::GuestHears { conn: id });
    }

    /// The reply to a guest arrives.
    pub(in crate::model) fn guest_hears<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
    ) {
        let Some(conn) = self.conns.get(id).filter(|c| c.client == ClientEnd::Established) else {
            return;
        };
        let Some(guest) = conn.guest() else { return };
        let Guest { server, role, second, attempt, .. } = self.guests[guest as usize];
        match role {
            Role::Operator if self.has_orders(server) => self.guest_asks(cx, id),
            Role::Operator => {
                self.operator_rests(server);
                self.guest_closes(cx, id);
            }
            Role::Exporter { .. } => self.guest_closes(cx, id),
            Role::Replica { sync } => {
                let slots = self.servers[usize::from(server)].settings.sync_slots;
                if slots > 1 && second != id {
                    self.guest_dials(cx, guest);
                } else {
                    let event = Event::Synced { guest, attempt };
                    cx.agenda.at(cx.now + sync, Rank::DELIVERY, event);
                }
            }
        }
    }

    /// A connection is a replica's from now on: no timeout closes it.
    fn becomes_replica(&mut self, id: Id<Conn>) {
        let conn = &mut self.conns[id];
        if std::mem::replace(&mut conn.replica, true) {
            return;
        }
        let s = &mut self.servers[usize::from(conn.server)];
        s.replicas += 1;
        s.client_memory.freed(id);
        if !s.sees(conn) {
            s.clients.unlink(&mut self.conns, id);
        }
    }

    /// A replica has all of the data: its second connection closes.
    pub(in crate::model) fn synced<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        guest: u32,
        attempt: u32,
    ) {
        let Guest { server, second, attempt: present, .. } = self.guests[guest as usize];
        if attempt == present {
            cx.note(Observation::ReplicaSynced { server });
            self.guest_closes(cx, second);
        }
    }

    /// An exporter scrapes. One that is still waiting gives up: that scrape has failed.
    pub(in crate::model) fn scrape<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        guest: u32,
    ) {
        let Guest { server, role, conn, .. } = self.guests[guest as usize];
        let exporters = self.servers[usize::from(server)].settings.exporters;
        cx.agenda.at(cx.now + exporters.every, Rank::ARRIVAL, Event::Scrape { guest });
        if self.conns.get(conn).is_some_and(|c| c.client != ClientEnd::Gone) {
            cx.note(Observation::ScrapeFailed { server });
            self.guest_closes(cx, conn);
        }
        if matches!(role, Role::Exporter { number } if number < exporters.count) {
            self.guests[guest as usize].conn = Id::NONE;
            self.guest_dials(cx, guest);
        }
    }

    /// A guest has lost a connection: refused, closed by the server, or never set up.
    pub(in crate::model) fn guest_lost<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
        refused: bool,
    ) {
        let conn = &mut self.conns[id];
        if conn.client == ClientEnd::Gone {
            return self.forget(id);
        }
        conn.client = ClientEnd::CloseWait;
        let Some(guest) = conn.guest() else { return };
        let Guest { server, role, conn: first, second, .. } = self.guests[guest as usize];
        self.guest_closes(cx, id);
        // The second connection of a replica closes by itself when it is synchronised.
        match role {
            Role::Exporter { .. } => return cx.note(Observation::ScrapeFailed { server }),
            Role::Operator if refused => cx.note(Observation::OperatorRefused { server }),
            Role::Replica { .. } if refused => cx.note(Observation::ReplicaRefused { server }),
            Role::Operator | Role::Replica { .. } => {}
        }
        for other in [first, second].into_iter().filter(|other| *other != id) {
            self.guest_closes(cx, other);
        }
        let g = &mut self.guests[guest as usize];
        (g.conn, g.second) = (Id::NONE, Id::NONE);
        g.attempt += 1;
        if role == Role::Operator && !self.has_orders(server) {
            return self.operator_rests(server);
        }
        cx.agenda.at(cx.now + AGAIN_AFTER, Rank::DELIVERY, Event::GuestDials { guest });
    }

    /// A guest closes a connection, if it is open.
    fn guest_closes<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, id: Id<Conn>) {
        let Some(conn) = self.conns.get_mut(id) else { return };
        match std::mem::replace(&mut conn.client, ClientEnd::Gone) {
            ClientEnd::Established => {
                self.path.send(conn.pair(), 1, cx.agenda, Event::FinAtServer { conn: id });
            }
            ClientEnd::CloseWait => {
                self.client_closed_too(cx, id);
                self.forget(id);
            }
            ClientEnd::Reset => self.forget(id),
            // The packet on its way finds nobody.
            ClientEnd::Opening if conn.far == FarEnd::Gone => self.forget(id),
            ClientEnd::Opening | ClientEnd::Gone => {}
        }
    }

    /// The replicas that were connected before the run began lose their connections, and will dial
    /// again.
    pub(in crate::model) fn lose_internal_replicas<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
    ) -> u32 {
        let s = &mut self.servers[usize::from(server)];
        let (all, sync) = (s.settings.internal.replicas, s.settings.internal.sync);
        let lost = all - s.lost.replicas;
        s.lost.replicas = all;
        s.count_internal();
        for _ in 0..lost {
            let guest = self.new_replica(server, sync);
            cx.agenda.at(cx.now + AGAIN_AFTER, Rank::DELIVERY, Event::GuestDials { guest });
        }
        lost
    }
}
