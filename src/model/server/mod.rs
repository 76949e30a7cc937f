//! The side of the servers: turns of the loop thread, admission, slots, the idle reaper.

mod admission;
mod clients;
mod descriptors;
mod guests;
mod memory;
mod operator;
mod reap;
mod reaper;
mod state;
mod turn;

pub use clients::{Clients, Link};
pub use descriptors::Descriptors;
pub use guests::Guest;
pub use memory::ClientMemory;
pub use operator::Task;
pub use state::Server;
