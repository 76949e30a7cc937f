//! A connection: one thing with two ends.

use crate::model::client::Request;
use crate::model::net::Pair;
use crate::model::plan::ClassId;
use crate::model::server::Link;
use crate::model::slab::Id;
use crate::scenario::LeakKind;
use crate::units::SimTime;

/// A connection, from the first SYN until both ends have forgotten it.
#[derive(Debug)]
pub struct Conn {
    /// The fleet that dialled it.
    pub fleet: u16,
    /// The server it was dialled to.
    pub server: u16,
    /// Which of the fleet's connections it belongs to.
    pub through: u16,
    /// The instance that dialled it, and which of the successive processes at that place.
    pub instance: u32,
    /// The client's socket.
    pub client: ClientEnd,
    /// The server's side.
    pub far: FarEnd,
    /// Set once nobody will use or close it again.
    pub leaked: Option<LeakKind>,
    /// The request that dialled it or holds it.
    pub request: Id<Request>,
    /// When the first SYN was sent.
    pub dialled: SimTime,
    /// SYNs sent again.
    pub repeats: u8,
    /// Established, but the client waits for the end of its TLS handshake.
    pub securing: bool,
    /// Established, but the client waits for the replies that set it up.
    pub greeting: bool,
    /// Of a leaked client that dials again: its failures in a row.
    pub redials: u16,
    /// Commands of the request that dialled it, sent as soon as it was set up.
    pub brings: u16,
    /// What kind of commands those are.
    pub class: ClassId,
    /// Whether commands wait for it to be accepted.
    pub has_early: bool,
    /// Whether it counts among the leaked slots.
    pub slot_leaked: bool,
    /// The client closed it while it waited to be accepted.
    pub closed_early: bool,
    /// Last byte at the server.
    pub heard: SimTime,
    /// When the server accepted it.
    pub accepted: SimTime,
    /// Whether it is a replica's link.
    pub replica: bool,
    /// Its number among the connections its server admitted.
    pub admitted: u64,
    /// Its place in the server's list of clients.
    pub link: Link,
}

/// The client's socket. Its descriptor is held in every state but `Gone`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientEnd {
    /// SYN sent.
    Opening,
    /// Established, as far as the client knows.
    Established,
    /// The server has closed; the client has not.
    CloseWait,
    /// Ended by a reset, or by the kernel that gave up: no TCP state and no port, but the descriptor
    /// is held until the client closes.
    Reset,
    /// Closed: no descriptor, no memory; its port may be in TIME_WAIT.
    Gone,
}

/// The server's side of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FarEnd {
    /// The listener has not seen it.
    Unseen,
    /// In the accept queue.
    Queued,
    /// In a slot, its TLS handshake not done.
    Handshake,
    /// In a slot.
    Slot,
    /// In a slot, subscribed to a channel.
    Subscribed,
    /// In a slot, in a blocking command.
    Blocked,
    /// In a slot, a worker is at its commands.
    Served,
    /// Closed: no slot, and no socket.
    Gone,
    /// Closed by the server first: no slot; the kernel waits for the client's close for a minute.
    FinWait2,
    /// The server's host is gone without a word: what is sent there is lost.
    Vanished,
}

impl ClientEnd {
    /// Whether the client can see that the other end is gone: a read ends at once.
    #[inline]
    pub fn sees_end(self) -> bool {
        matches!(self, ClientEnd::CloseWait | ClientEnd::Reset)
    }
}

impl Conn {
    /// Between whom it is.
    #[inline]
    pub fn pair(&self) -> Pair {
        Pair { fleet: self.fleet, server: self.server }
    }

    /// Whether it holds a slot.
    #[inline]
    pub fn has_slot(&self) -> bool {
        use FarEnd::{Blocked, Handshake, Served, Slot, Subscribed};
        matches!(self.far, Handshake | Slot | Subscribed | Blocked | Served)
    }

    /// Whether whoever dialled still waits for it: until it is established, and under TLS until the
    /// handshake is done; a shared connection until it is set up. A process that stands still has not
    /// noticed yet that the server has closed it.
    #[inline]
    pub fn is_dialling(&self) -> bool {
        self.client == ClientEnd::Opening
            || ((self.securing || self.greeting) && self.client != ClientEnd::Gone)
    }

    /// Whether the idle timeout passes it by: replicas, subscribed and blocked clients are exempt, and
    /// whoever is served is not idle.
    #[inline]
    pub fn is_exempt(&self) -> bool {
        matches!(self.far, FarEnd::Subscribed | FarEnd::Blocked | FarEnd::Served)
            || matches!(self.leaked, Some(LeakKind::Subscribed | LeakKind::Blocked))
            || self.replica
    }

    /// The number of the guest whose connection this is; a fleet's is nobody's. The instance counts
    /// down from the highest number, so that it is none of the instances.
    #[inline]
    pub fn guest(&self) -> Option<u32> {
        self.pair().is_guest().then(|| u32::MAX - self.instance)
    }

    /// Whether INFO counts it in `blocked_clients`, if it is in a slot.
    #[inline]
    pub fn is_blocked(&self) -> bool {
        self.far == FarEnd::Blocked || self.leaked == Some(LeakKind::Blocked)
    }
}
