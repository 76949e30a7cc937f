//! What requests and attempts must pass: entrance, breaker, limiter, bulkhead; and the copies that race.

mod breaker;
mod bulkhead;
mod entrance;
mod guards;
mod hedge;
mod limiter;
mod line;
mod mark;
mod window;

pub use breaker::{Breaker, Turn};
pub use bulkhead::{Bulkhead, Permit};
pub use limiter::{Limiter, Sample};
pub use line::Line;
pub use mark::{Guards, Mark};
