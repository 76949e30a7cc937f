//! The network and the kernels at its ends: delay and loss, the SYN schedule, the accept queue,
//! ephemeral ports.

mod accept_queue;
mod path;
mod ports;
mod syn;

pub use accept_queue::{AcceptQueue, Offer};
pub use path::Path;
pub use ports::Ports;
pub use syn::{GIVEN_UP_AFTER, syn_sent_after};
