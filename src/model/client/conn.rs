//! A connection: one thing with two ends.

use crate::model::client::Request;
use crate::model::server::Link;
use crate::model::slab::Id;
use crate::scenario::LeakKind;
use crate::units::SimTime;

/// The fleet of a connection that a guest of a server has dialled. Its instance counts down from the
/// highest number, so that it is nobody's among the instances.
pub const NO_FLEET: u16 = u16::MAX;

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
    /// Commands of the request that dialled it, sent as soon as it was set up.
    pub brings: u16,
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
    /// Closed: no slot.
    Gone,
}

impl Conn {
    /// Whether it holds a slot.
    #[inline]
    pub fn has_slot(&self) -> bool {
        matches!(self.far, FarEnd::Slot | FarEnd::Handshake)
    }

    /// Whether the idle timeout passes it by: replicas, subscribed and blocked clients.
    #[inline]
    pub fn is_exempt(&self) -> bool {
        self.replica || matches!(self.leaked, Some(LeakKind::Subscribed | LeakKind::Blocked))
    }

    /// The number of the guest whose connection this is; a fleet's is nobody's.
    #[inline]
    pub fn guest(&self) -> Option<u32> {
        (self.fleet == NO_FLEET).then(|| u32::MAX - self.instance)
    }
}
