//! The side of the servers: turns of the loop thread, admission, slots, the idle reaper.

mod admission;
mod blocking;
mod clients;
mod descriptors;
mod faults;
mod guests;
mod internal;
mod kill;
mod memory;
mod operator;
mod reap;
mod reaper;
mod scraping;
mod sockets;
mod state;
mod transactions;
mod turn;
mod workers;

pub use clients::{Clients, Link};
pub use descriptors::Descriptors;
pub use faults::Listens;
pub use guests::Guest;
pub use internal::{Lost, Present};
pub use memory::ClientMemory;
pub use operator::Task;
pub use sockets::ServerSockets;
pub use state::{Readable, Ready, Server};
pub use transactions::KeyPlan;
