//! Connections that all requests of a process use together, and how a lost one is dialled again.

use crate::units::{Ratio, Span};

/// The settings of shared connections.
#[derive(Clone, Debug, PartialEq)]
pub struct Shared {
    /// The preset it started from.
    pub preset: Option<String>,
    /// How many per instance; requests take turns.
    pub connections: u32,
    /// Further connections per instance that carry no commands.
    pub aside: u32,
    /// When they are dialled for the first time.
    pub dialled: Dialled,
    /// Commands that set a connection up before it counts as open.
    pub setup: u32,
    /// How long a dial and what sets it up may take; `None` is for ever.
    pub connect_timeout: Option<Span>,
    /// How long a reply may take where the call itself does not say; `None` is for ever.
    pub command_timeout: Option<Span>,
    /// What follows when a connection is lost, or a dial fails.
    pub reconnect: Reconnect,
    /// The commands given to a client that is not connected.
    pub offline: Offline,
}

impl Shared {
    /// Connections that are dialled when they are needed, and again when they were lost.
    pub const fn plain(connections: u32) -> Shared {
        Shared {
            preset: None,
            connections,
            aside: 0,
            dialled: Dialled::FirstUse,
            setup: 0,
            connect_timeout: None,
            command_timeout: None,
            reconnect: Reconnect::ONCE_ON_DEMAND,
            offline: Offline::UNBOUNDED,
        }
    }
}

/// When shared connections are dialled for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialled {
    /// When a request wants one.
    FirstUse,
    /// When the process begins to take requests.
    AtStart,
}

/// What follows when a shared connection is lost, or a dial fails.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reconnect {
    /// It stays dead for the rest of the process.
    None,
    /// The next use begins a series of dials, which all who ask meanwhile await.
    OnDemand {
        /// The pauses, and when the series is given up.
        redials: Redials,
        /// Whether the command that finds the connection closed fails, and only later ones wait.
        first_fails: bool,
    },
    /// It is dialled in the background until it succeeds.
    Background {
        /// The pauses, and after how many failures the client is given up.
        redials: Redials,
        /// Whether the first dial of a process is repeated too.
        covers_first: bool,
    },
}

impl Reconnect {
    /// One dial at the next use.
    pub const ONCE_ON_DEMAND: Reconnect = Reconnect::OnDemand {
        redials: Redials { at_once: true, retries: Some(0), ..Redials::EVERY_SECOND },
        first_fails: false,
    };
}

/// A schedule of dials; n counts the pauses from 0 since the connection was last open.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Redials {
    /// Whether the first dial after a connection was lost comes without a pause.
    pub at_once: bool,
    /// Pauses at most; `None` is any number.
    pub retries: Option<u32>,
    /// Pause n.
    pub pause: Pause,
    /// What chance makes of it.
    pub jitter: RedialJitter,
    /// The clock by which the client looks whether a pause is over; zero is at once.
    pub heartbeat: Span,
}

impl Redials {
    /// A second after every failure, for ever.
    pub const EVERY_SECOND: Redials = Redials {
        at_once: false,
        retries: None,
        pause: Pause::Constant(Span::from_secs(1)),
        jitter: RedialJitter::None,
        heartbeat: Span::ZERO,
    };
}

/// How the pauses between dials grow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pause {
    /// Always the same.
    Constant(Span),
    /// min(cap, first + step x n).
    Linear {
        /// The first pause.
        first: Span,
        /// The growth.
        step: Span,
        /// The longest pause.
        cap: Span,
    },
    /// min(cap, base x factor^n).
    Exponential {
        /// The first pause.
        base: Span,
        /// The growth.
        factor: f64,
        /// The longest pause.
        cap: Span,
    },
}

impl Pause {
    /// The first pause.
    pub fn first(&self) -> Span {
        match *self {
            Pause::Constant(pause) => pause,
            Pause::Linear { first, .. } => first,
            Pause::Exponential { base, .. } => base,
        }
    }
}

/// What chance makes of a pause v; u is uniform between 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RedialJitter {
    /// v.
    None,
    /// v + u x this.
    Added(Span),
    /// v x (1 + u x this).
    Stretched(Ratio),
    /// first + u x (v - first): between the first pause and v.
    FromFirst,
}

/// What becomes of commands while a shared connection is not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offline {
    /// Commands that wait at most for each connection; `None` is any number.
    pub limit: Option<u32>,
    /// Whether commands without a reply wait again when their connection is lost, instead of
    /// failing.
    pub resends: bool,
    /// Every so many failed dials in a row all that wait fail; `None` is never.
    pub flush_every: Option<u32>,
    /// Whether the timeout of a command runs while it waits.
    pub timed: bool,
    /// Whether what waits goes out right behind the commands of the setup.
    pub with_setup: bool,
}

impl Offline {
    /// Everybody waits.
    pub const UNBOUNDED: Offline =
        Offline { limit: None, resends: false, flush_every: None, timed: false, with_setup: false };
}
