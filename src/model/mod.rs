//! What is simulated: load, clients, network, servers, and the world that connects them.
//!
//! A part (a pool, an accept queue, a retry policy) is a plain struct whose methods return
//! decisions; only the world turns decisions into events. The rules and their sources stand in
//! `docs/MODEL.md`.

mod census;
mod client;
mod compile;
mod event;
mod inspect;
mod load;
mod net;
mod plan;
mod proxy;
mod server;
mod slab;
mod timeline;
mod world;

pub use census::{FleetCensus, ServerCensus};
pub use client::{ClientEnd, Errand, FarEnd, PoolCounts, Sockets, Task, errands};
pub use event::{Closing, Event, Observation};
pub use inspect::{
    ConnId, ConnView, Holder, InstanceView, Owner, PoolView, PortsView, RequestId, RequestView,
    ServerView, Stage,
};
pub use server::ServerSockets;
pub use world::{AT_ONCE_MAX, World};
