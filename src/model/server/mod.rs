//! The side of the servers: turns of the loop thread, admission, slots, the idle reaper.

mod admission;
mod blocking;
mod clients;
mod descriptors;
mod reap;
mod reaper;
mod state;
mod turn;
mod workers;

pub use clients::{Clients, Link};
pub use descriptors::effective_maxclients;
pub use state::{Readable, Ready, Server};
