//! Those who send requests: how long they wait, and what they do when they are not served.

use super::Dist;

/// How those who send requests behave.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Visitors {
    /// How long somebody waits for the end of a request; `None` is for ever.
    pub patience: Option<Dist>,
    /// What follows a failure or the end of patience; `None` is nothing.
    pub reload: Option<Reload>,
}

/// A new request in place of one that failed or took too long.
#[derive(Clone, Debug, PartialEq)]
pub struct Reload {
    /// How many at most, after the first request; `None` is until one succeeds.
    pub times: Option<u32>,
    /// The pause before each.
    pub pause: Dist,
}

/// What becomes of a request nobody waits for any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Abandoned {
    /// Its instance is not told and does all of its work.
    GoesOn,
    /// Its instance cuts it off, with what it has in hand.
    Cancelled,
}
