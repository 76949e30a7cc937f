//! The network and the kernels at its ends: delay and loss, the SYN schedule, the accept queue,
//! ephemeral ports, TIME_WAIT, keepalive.

mod accept_queue;
mod keepalive;
mod path;
mod ports;
mod syn;
mod time_wait;

pub use accept_queue::{AcceptQueue, Offer};
pub use keepalive::dropped_at;
pub use path::{DATA_GIVEN_UP_AFTER, NO_FLEET, Pair, Path};
pub use ports::Ports;
pub use syn::{heard_again_after, syn_given_up_after, syn_sent_after};
pub use time_wait::{FIN_WAIT, TimeWaits};
