//! What can be looked at between two events, for whoever explains a run: plain copies, nothing of the
//! world changes. No event handler calls any of it, so a run that nobody explains pays nothing.

mod instance;
mod server;

pub use instance::{InstanceView, PoolView, PortsView};
pub use server::{Holder, ServerView};

use crate::model::client::{ClientEnd, Conn, Doing, FarEnd, Request};
use crate::model::plan::Via;
use crate::model::slab::Id;
use crate::model::world::World;
use crate::scenario::LeakKind;
use crate::units::{SimTime, Span};

/// A request in flight, by its place; the same in every replay of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestId(Id<Request>);

/// A connection, by its place; the same in every replay of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnId(Id<Conn>);

/// Whose a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// A fleet's, through the connections of this number.
    Fleet {
        /// Index of the fleet.
        fleet: u16,
        /// Index of its connections.
        through: u16,
    },
    /// A proxy's, upstream: index of the proxy among the servers.
    Proxy(u16),
    /// An operator's.
    Operator,
    /// A replica's.
    Replica,
    /// An exporter's.
    Exporter,
}

/// A request between two events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestView {
    /// Its fleet.
    pub fleet: u16,
    /// Its instance among those of all fleets; `None` when none was up.
    pub instance: Option<u32>,
    /// When it arrived.
    pub began: SimTime,
    /// The attempts of all its calls, the present one among them.
    pub attempts: u16,
    /// Which of all calls it is at.
    pub call: u32,
    /// The server of its present call.
    pub server: u16,
    /// The connections of its fleet that this call goes through.
    pub through: u16,
    /// Whether that call dials a connection of its own.
    pub dials: bool,
    /// How long a reply may take.
    pub timeout: Option<Span>,
    /// What it is doing.
    pub stage: Stage,
    /// The connection it uses.
    pub conn: Option<ConnId>,
}

/// What a request is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// At the entrance of its instance.
    Entering,
    /// Work of the instance itself, or nothing yet.
    Working,
    /// Waits for a connection of a pool, or of shared ones.
    WaitingForConnection,
    /// Waits until its dial is done.
    Dialling,
    /// Waits for the proof that its connection is alive.
    Checking,
    /// Waits for replies.
    Calling,
    /// Works with the connection in hand.
    Holding,
    /// Pauses before its next attempt.
    Pausing,
    /// Waits for a core of its process.
    WaitingForCore,
    /// Waits at a bulkhead.
    AtBulkhead,
    /// Copies of its call are out.
    Racing,
}

/// A connection between two events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnView {
    /// Its place.
    pub id: ConnId,
    /// Whose it is.
    pub owner: Owner,
    /// The instance that dialled it, among those of all fleets.
    pub instance: Option<u32>,
    /// The server.
    pub server: u16,
    /// When the first SYN was sent.
    pub dialled: SimTime,
    /// SYNs sent again.
    pub repeats: u8,
    /// The client's socket.
    pub client: ClientEnd,
    /// The server's side.
    pub far: FarEnd,
    /// Whether it holds a slot.
    pub has_slot: bool,
    /// Its number among those the server admitted; 0 before.
    pub admitted: u64,
    /// When the server accepted it.
    pub accepted: SimTime,
    /// The last byte at the server.
    pub heard: SimTime,
    /// Set once nobody will use or close it again.
    pub leaked: Option<LeakKind>,
    /// The request that holds it, or dialled it.
    pub holder: Option<RequestId>,
    /// Whether a request holds it, or it is being set up.
    pub in_use: bool,
}

impl World {
    /// Requests that have arrived at a fleet.
    pub fn arrived(&self, fleet: usize) -> u64 {
        self.fleets[fleet].arrived
    }

    /// Connections ever dialled.
    pub fn dialled(&self) -> u64 {
        self.opened
    }

    /// A request that is in flight.
    pub fn see_request(&self, id: RequestId) -> Option<RequestView> {
        self.requests.get(id.0).map(|request| self.view_request(request))
    }

    /// A connection that one of its ends still knows.
    pub fn see_connection(&self, id: ConnId) -> Option<ConnView> {
        self.conns.get(id.0).map(|conn| self.view_connection(id.0, conn))
    }

    /// The requests of a fleet in flight that arrived at `began`, by place.
    pub fn requests_of(&self, fleet: u16, began: SimTime) -> Vec<RequestId> {
        let meant = |r: &(Id<Request>, &Request)| r.1.fleet == fleet && r.1.began == began;
        self.requests.iter().filter(meant).map(|(id, _)| RequestId(id)).collect()
    }

    /// The request of a fleet that arrived at `began` and left last, as it was when it left. Only
    /// right after it did: its place is let again.
    pub fn last_to_leave(&self, fleet: u16, began: SimTime) -> Option<(RequestId, RequestView)> {
        let mut left = self.requests.left();
        let (id, request) = left.find(|(_, r)| r.fleet == fleet && r.began == began)?;
        Some((RequestId(id), self.view_request(request)))
    }

    /// The connections that were dialled at `at`, by place.
    pub fn dialled_at(&self, at: SimTime) -> Vec<ConnId> {
        let meant = |c: &(Id<Conn>, &Conn)| c.1.dialled == at;
        self.conns.iter().filter(meant).map(|(id, _)| ConnId(id)).collect()
    }

    /// The connections for which `is` holds, by place.
    pub fn connections<'a>(
        &'a self,
        is: impl Fn(&ConnView) -> bool + 'a,
    ) -> impl Iterator<Item = ConnView> + 'a {
        let views = self.conns.iter().map(|(id, conn)| self.view_connection(id, conn));
        views.filter(is)
    }

    fn view_request(&self, request: &Request) -> RequestView {
        // A fleet may have no calls at all.
        let call = self.calls.get(request.call);
        RequestView {
            fleet: request.fleet,
            instance: ((request.instance as usize) < self.instances.len())
                .then_some(request.instance),
            began: request.began,
            attempts: request.exchange,
            call: request.call,
            server: call.map_or(0, |call| call.server),
            through: call.map_or(0, |call| call.through),
            dials: call.is_some_and(|call| call.via == Via::PerRequest),
            timeout: call.and_then(|call| call.timeout),
            stage: stage(request.doing),
            conn: (!request.conn.is_none()).then_some(ConnId(request.conn)),
        }
    }

    fn view_connection(&self, id: Id<Conn>, conn: &Conn) -> ConnView {
        let owner = match (conn.guest(), self.proxy_of(conn.fleet)) {
            (Some(guest), _) => self.who(guest),
            (None, Some(proxy)) => Owner::Proxy(self.server_of_proxy(proxy)),
            (None, None) => Owner::Fleet { fleet: conn.fleet, through: conn.through },
        };
        let is_fleets = matches!(owner, Owner::Fleet { .. });
        let open = conn.client != ClientEnd::Gone;
        let holder =
            self.requests.get(conn.request).filter(|_| open).map(|_| RequestId(conn.request));
        ConnView {
            id: ConnId(id),
            owner,
            instance: is_fleets.then_some(conn.instance),
            server: conn.server,
            dialled: conn.dialled,
            repeats: conn.repeats,
            client: conn.client,
            far: conn.far,
            has_slot: conn.has_slot(),
            admitted: conn.admitted,
            accepted: conn.accepted,
            heard: conn.heard,
            leaked: conn.leaked,
            holder,
            in_use: conn.leaked.is_none() && (holder.is_some() || conn.is_dialling()),
        }
    }

    /// The place of a proxy among the servers.
    fn server_of_proxy(&self, proxy: usize) -> u16 {
        let is_it = |s: &crate::model::server::Server| s.proxy.map(usize::from) == Some(proxy);
        self.servers.iter().position(is_it).map_or(u16::MAX, |server| server as u16)
    }
}

fn stage(doing: Doing) -> Stage {
    match doing {
        Doing::Working => Stage::Working,
        Doing::Waiting => Stage::WaitingForConnection,
        Doing::Dialling => Stage::Dialling,
        Doing::Validating => Stage::Checking,
        Doing::Calling => Stage::Calling,
        Doing::Holding => Stage::Holding,
        Doing::Pausing => Stage::Pausing,
        Doing::Starting | Doing::Trying | Doing::Reading(_) | Doing::Releasing => {
            Stage::WaitingForCore
        }
        Doing::Arriving | Doing::Queued => Stage::Entering,
        Doing::AtBulkhead => Stage::AtBulkhead,
        Doing::Racing => Stage::Racing,
    }
}
