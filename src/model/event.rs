//! What can be due, and what can be seen.

use super::client::{Conn, Request};
use super::load::Visit;
use super::slab::Id;
use crate::scenario::{Cause, LeakKind};
use crate::units::{SimTime, Span};

/// What can be due. At most 24 bytes (asserted): it is copied at every step.
#[expect(missing_docs, reason = "the fields are named as what they number")]
#[derive(Clone, Copy, Debug)]
pub enum Event {
    /// The next request of a fleet; out of date when the clock has been set anew since.
    Arrival { fleet: u16, clock: u32 },
    /// The work of a step is done.
    WorkDone { request: Id<Request> },
    /// The last packet of a handshake, and the first bytes behind it, reach the listener.
    Reached { conn: Id<Conn> },
    /// The kernel gives a dial up.
    DialGivenUp { conn: Id<Conn> },
    /// Commands reach the server on an open connection.
    Bytes { conn: Id<Conn>, request: Id<Request>, commands: u16, exchange: u16, class: u16 },
    /// The client's close reaches the server.
    FinAtServer { conn: Id<Conn> },
    /// The server's close reaches the client.
    ClosedByServer { conn: Id<Conn>, how: Closing },
    /// The loop thread has done what it began.
    TurnEnd { server: u16 },
    /// The cron of a server is due.
    Cron { server: u16 },
    /// The connection that has been idle longest is looked at (the exact reaper).
    IdleDue { server: u16 },
    /// The last reply has come and the work that holds the connection is done.
    Released { request: Id<Request>, phase: u32 },
    /// The pause before a retry is over.
    Retry { request: Id<Request> },
    /// The oldest read timeout of a call is due.
    ReadDue { fleet: u16, call: u16 },
    /// The oldest connect timeout of a fleet's connections is due.
    ConnectDue { fleet: u16, through: u16 },
    /// The caller that has waited longest at a pool gives up.
    CheckoutDue { instance: u32, through: u16, number: u32 },
    /// A pool looks for idle and old connections.
    PoolReap { instance: u32, through: u16, number: u32 },
    /// A leaked client dials again.
    Redial { instance: u32, through: u16, server: u16, number: u32, failures: u16 },
    /// The memory of an instance is over its limit.
    OutOfMemory { instance: u32, number: u32 },
    /// An instance takes requests.
    InstanceUp { instance: u32, number: u32 },
    /// A drained instance stops.
    InstanceStop { instance: u32, number: u32 },
    /// The next instance of a deploy is replaced.
    DeployNext { fleet: u16, deploy: u32 },
    /// An entry of the timeline.
    Timeline { index: u32 },
    /// A user has thought enough.
    UserReady { fleet: u16, user: u32 },
    /// A request has had its time on a core of its process.
    Computed { request: Id<Request>, instance: u32, number: u32 },
    /// The last reply of a call is there that passed a breaker or is read on a core.
    Replied { request: Id<Request>, phase: u32 },
    /// Blocking commands have waited as long as they wanted.
    Unblock { conn: Id<Conn>, request: Id<Request>, commands: u16, exchange: u16 },
    /// A server's costs are what they were again.
    SlowDownOver { server: u16, number: u32 },
    /// The end of a TLS handshake reaches the client.
    Secured { conn: Id<Conn> },
    /// A worker has done what it began.
    WorkerDone { server: u16, worker: u16 },
    /// The kernel sends the SYN of a dial again.
    SynAgain { conn: Id<Conn> },
    /// Nobody has acknowledged what the client sent: its kernel gives the connection up.
    GivenUp { conn: Id<Conn> },
    /// A server's kernel may find out that the client's host is gone since then.
    PeerDead { conn: Id<Conn>, since: SimTime },
    /// A socket that the server closed has waited long enough for the client's close.
    FinWaitDue { server: u16 },
    /// A server listens again.
    ServerUp { server: u16 },
    /// A partition is over.
    Healed,
    /// A request that came to an instance that stood still begins.
    Begin { request: Id<Request> },
    /// The caller that has waited longest at a pool looks for a connection that came back.
    Woken { instance: u32, through: u16, number: u32 },
    /// The cores of a process are taken from it for a while.
    Stall { instance: u32, number: u32 },
    /// A listener that was left alone for want of descriptors is looked at again.
    AcceptAgain { server: u16 },
    /// The next command of an operator who was connected before.
    OperatorActs { server: u16 },
    /// A guest of a server dials, once more or for the first time.
    GuestDials { guest: u32 },
    /// The reply to a guest arrives.
    GuestHears { conn: Id<Conn> },
    /// The synchronisation of a replica is done; out of date when it has dialled since.
    Synced { guest: u32, attempt: u32 },
    /// An exporter scrapes.
    Scrape { guest: u32 },
    /// A reply reaches the proxy that asked; no commands are an error.
    Relay { conn: Id<Conn>, request: Id<Request>, commands: u16, exchange: u16 },
    /// A reply that is an error, or says that nothing was done, reaches the client.
    ErrorReply { conn: Id<Conn>, request: Id<Request>, exchange: u16, cause: Cause },
    /// Something is due at a proxy.
    ProxyLook { proxy: u16 },
    /// Somebody has waited long enough for a request; or, later, its instance learns of that.
    Impatient { request: Id<Request> },
    /// The pause before a reload is over.
    Reload { fleet: u16, visit: Visit },
    /// The balancer checks every instance of a fleet; out of date when its checks were set anew.
    HealthRound { fleet: u16, clock: u32 },
    /// A check that is no request has its result.
    Checked { instance: u32, number: u32, passed: bool },
    /// An ejected instance gets requests again.
    Readmitted { instance: u32, number: u32, times: u32 },
    /// An unhealthy instance is killed and replaced.
    Unfit { instance: u32, number: u32 },
    /// An autoscaler looks; out of date when it was set anew since.
    Autoscale { fleet: u16, clock: u32 },
    /// The instance that has been free longest may have been so for long enough (serverless).
    Retire { fleet: u16 },
    /// A process has not opened the connections it needs: one of them failed, or it took too long.
    StartFailed { instance: u32, number: u32 },
    /// A connection is let go that a failed request held beyond the call it was at.
    LetGo { conn: Id<Conn>, leak: Option<LeakKind> },
    /// A lost shared connection is dialled again.
    SharedRedial { instance: u32, through: u16, place: u16, number: u32 },
    /// The last reply that sets a shared connection up arrives.
    Greeted { conn: Id<Conn> },
    /// Callers of pools have dialled or checked for too long.
    GetDue { fleet: u16, through: u16 },
    /// A pool dials again after a failure.
    DialAgain { instance: u32, through: u16, number: u32, series: u32 },
    /// A worker that dials for a pool has rested.
    WorkerRested { instance: u32, through: u16, number: u32 },
    /// The prober of a pool dials.
    Probe { instance: u32, through: u16, number: u32 },
    /// A connection of a pool is too old, or idle for too long, by its own timer.
    PoolTimer { instance: u32, through: u16, number: u32 },
    /// The reply to commands of a pool's library arrives.
    PoolHears { conn: Id<Conn> },
    /// A lease that never came back is taken by force.
    Reclaim { conn: Id<Conn> },
    /// A request has waited long enough: in a line, or for the replies to the copies of its call.
    GuardDue { request: Id<Request>, phase: u32 },
    /// An attempt that was kept back begins.
    Paced { request: Id<Request> },
    /// The oldest deadline of a fleet's requests is due.
    DeadlineDue { fleet: u16 },
}

/// How a server closed a connection, as the client sees it.
#[expect(missing_docs, reason = "the fields are named as what they number")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// Refused at the limit, with a text or silently; by a reset where the client's first bytes were
    /// never read.
    Refused { unread: bool, silent: bool },
    /// An orderly close: idle, or killed.
    Fin,
    /// Bytes met a connection that was closed.
    Reset { request: Id<Request> },
    /// The server's process ended before it had read all, or the kernel gave the connection up.
    Lost,
    /// An error in place of a reply, then an orderly close.
    Error,
}

/// What can be seen of a run. Everything reported, and the digest, is a fold over these.
#[expect(missing_docs, reason = "the fields are named as what they number")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Observation {
    /// A request arrived.
    Arrived { fleet: u16 },
    /// An attempt of a call began.
    Attempted { fleet: u16 },
    /// A request that arrived at `began` succeeded.
    Succeeded { fleet: u16, began: SimTime },
    /// A request that arrived at `began` failed.
    Failed { fleet: u16, cause: Cause, began: SimTime },
    /// A connection is leaked.
    Leaked { fleet: u16 },
    /// A connection was checked out of a pool after a wait.
    CheckedOut { fleet: u16, through: u16, wait: Span },
    /// A caller had to wait at a pool with nobody else waiting.
    PoolEmpty { fleet: u16, instance: u32, through: u16 },
    /// An admitted connection is fully set up (after the TLS handshake, where there is one).
    Received { server: u16 },
    /// A connection was refused at the limit.
    Rejected { server: u16 },
    /// A slot came free.
    Freed { server: u16 },
    /// A connection was closed by the idle timeout, so long after its last byte either way.
    Reaped { server: u16, idle: Span },
    /// A connection was closed by an operator.
    Killed { server: u16 },
    /// A process was killed for its memory.
    OomKilled { fleet: u16, instance: u32 },
    /// An instance takes requests.
    InstanceUp { fleet: u16, instance: u32 },
    /// An instance has stopped.
    InstanceStopped { fleet: u16, instance: u32 },
    /// The last instance of a deploy has been replaced.
    Deployed { fleet: u16 },
    /// An entry of the timeline took effect.
    Timeline { index: u32 },
    /// A circuit breaker opened.
    BreakerOpened { fleet: u16, instance: u32 },
    /// A server takes connections again after it was down.
    ServerUp { server: u16 },
    /// accept() failed for want of a descriptor, for the first time since it succeeded.
    AcceptStarved { server: u16 },
    /// `CONFIG SET maxclients` was refused by the operating system.
    ConfigRefused { server: u16, asked: u32, possible: u32 },
    /// An operator was refused at the limit, or got no connection.
    OperatorRefused { server: u16 },
    /// An operator has closed the connections that were to be closed.
    KillDone { server: u16, killed: u32, took: Span },
    /// A replica was refused at the limit, or lost its connection.
    ReplicaRefused { server: u16 },
    /// A replica has been synchronised.
    ReplicaSynced { server: u16 },
    /// An exporter was answered, and read this of INFO.
    Scraped { server: u16, connected_clients: u32 },
    /// An exporter was refused, or got no answer.
    ScrapeFailed { server: u16 },
    /// A client was closed for the memory of all of them.
    Evicted { server: u16 },
    /// A client of a proxy was given an upstream connection, or has one dialled, after a wait.
    UpstreamTaken { server: u16, wait: Span },
    /// A caller waits in line at a pool, and no dial under way is for it.
    CallerWaits { fleet: u16, instance: u32, through: u16 },
    /// A CONFIG SET that was asked for at `asked` took effect; `limit` is the connection limit now in
    /// force.
    ConfigSet { server: u16, limit: u32, asked: SimTime },
    /// An operator who dialled was let in and served.
    OperatorServed { server: u16 },
    /// A SYN or the last packet of a handshake was dropped: the accept queue is full (the kernel's
    /// `ListenOverflows`).
    SynDropped { server: u16 },
    /// The last free slot was taken at a server that does not accept without one.
    AcceptsStopped { server: u16 },
    /// A visitor sends a new request in place of one that failed or took too long.
    Reloaded { fleet: u16 },
    /// A request that nobody waited for any more was done all the same.
    Wasted { fleet: u16 },
    /// A user has left for good.
    UserLeft { fleet: u16 },
    /// An instance has failed its checks: it gets no more requests.
    Unhealthy { fleet: u16, instance: u32 },
    /// An unhealthy instance has passed its checks again.
    Healthy { fleet: u16, instance: u32 },
    /// An autoscaler has changed the size of a fleet.
    Scaled { fleet: u16, from: u32, to: u32 },
    /// An instance starts for a request that waits for it.
    ColdStart { fleet: u16 },
    /// A process ended because it could not open the connections it needs.
    StartFailed { fleet: u16, instance: u32 },
    /// Requests of an instance, so many, hold connections of pools, so many in all, and each waits
    /// for another one of these pools: nobody can return one. `through` is the pool at which the
    /// last of them began to wait.
    Deadlocked { fleet: u16, instance: u32, through: u16, requests: u32, leases: u32 },
    /// An instance at which requests failed in a row gets none for a while.
    Ejected { fleet: u16, instance: u32 },
    /// A circuit breaker lets attempts through that decide.
    BreakerHalfOpened { fleet: u16, instance: u32 },
    /// A circuit breaker closed.
    BreakerClosed { fleet: u16, instance: u32 },
    /// A proxy will send a client's commands again, which the server behind it has failed.
    UpstreamRetried { server: u16 },
    /// A policy would have tried a call again, but its budget did not pay.
    RetryRefused { fleet: u16 },
}
