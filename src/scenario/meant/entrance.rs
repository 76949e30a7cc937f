//! What an instance lets in.

use crate::units::{Rate, Span};

/// What an instance lets in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entrance {
    /// Requests at work at once; `None` is any number.
    pub max_in_flight: Option<u32>,
    /// Requests that wait for others to end.
    pub queue: RequestQueue,
    /// A bucket of tokens of which every request takes one.
    pub rate_limit: Option<TokenBucket>,
}

impl Entrance {
    /// Everybody, at once.
    pub const OPEN: Entrance = Entrance {
        max_in_flight: None,
        queue: RequestQueue { max: 0, lifo: false, wait_timeout: None },
        rate_limit: None,
    };

    /// Whether it keeps anybody out.
    #[inline]
    pub fn is_watched(&self) -> bool {
        self.max_in_flight.is_some() || self.rate_limit.is_some()
    }
}

/// Requests that wait for others to end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RequestQueue {
    /// So many at most.
    pub max: u32,
    /// Whether the last to come is the first to be served.
    pub lifo: bool,
    /// How long one waits; `None` is for ever.
    pub wait_timeout: Option<Span>,
}

/// Tokens that come at a rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TokenBucket {
    /// How many come in a second.
    pub rate: Rate,
    /// How many there are at most, and at the start.
    pub burst: u32,
}
