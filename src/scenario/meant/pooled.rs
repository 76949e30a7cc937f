//! The settings of a pool: a point in the space of what the published ones do.

use super::{IdlePick, Leak, LeakKind};
use crate::units::{Ratio, Span};

/// The settings of a pool.
#[derive(Clone, Debug, PartialEq)]
pub struct Pooled {
    /// The preset it started from.
    pub preset: Option<String>,
    /// Connections at most, being dialled or open.
    pub max: u32,
    /// Connections opened at the start and kept.
    pub min: u32,
    /// Idle connections at most: what comes back beyond is closed; `None` is any number.
    pub max_idle: Option<u32>,
    /// Callers that may wait at most; `None` is any number.
    pub max_waiting: Option<u32>,
    /// How long a caller waits; `None` is for ever, zero is not at all.
    pub wait_timeout: Option<Span>,
    /// What that time is for.
    pub wait_covers: WaitCovers,
    /// Who has a connection that comes back while callers wait.
    pub hand_off: HandOff,
    /// Which idle connection is taken.
    pub idle_pick: IdlePick,
    /// How long a connection may be idle; `None` is for ever.
    pub idle_timeout: Option<Span>,
    /// How old a connection may grow; `None` is for ever.
    pub max_lifetime: Option<Span>,
    /// By which share a connection's own lifetime may be shorter, drawn evenly.
    pub lifetime_jitter: Ratio,
    /// Where the age is looked at; `None` is as the reaper does it.
    pub lifetime_checked: Option<LookedAt>,
    /// When idle and old connections are looked for.
    pub reaper: PoolReaper,
    /// What `min` keeps open.
    pub min_spares: MinSpares,
    /// When a pool below `min` is filled again.
    pub refill: Refill,
    /// What is checked before a connection is handed out.
    pub validate: Validate,
    /// Commands of one check, sent in one go.
    pub validate_commands: u16,
    /// Whether a connection that comes back is pinged.
    pub validate_on_return: bool,
    /// Whether the reaper pings what it looks at.
    pub validate_idle: bool,
    /// What becomes of a connection that fails in use.
    pub broken: Broken,
    /// How long a dial may take.
    pub connect_timeout: Option<Span>,
    /// Commands of the library before a new connection is handed out, sent in one go.
    pub setup_commands: u16,
    /// Who dials.
    pub dialling: Dialling,
    /// Whether callers learn of dials that fail.
    pub dial_errors: DialErrors,
    /// What happens after a failed dial.
    pub dial_retry: Option<DialRetry>,
    /// When callers fail at once because dials do.
    pub fail_fast: Option<FailFast>,
    /// Leases that never come back.
    pub leak: Leak,
    /// After which time a lease that never comes back is closed by force.
    pub reclaim_after: Option<Span>,
}

impl Pooled {
    /// A pool of `max` with a fair line without end, whose callers dial for themselves.
    pub fn plain(max: u32) -> Pooled {
        Pooled {
            preset: None,
            max,
            min: 0,
            max_idle: None,
            max_waiting: None,
            wait_timeout: None,
            wait_covers: WaitCovers::Wait,
            hand_off: HandOff::Fair,
            idle_pick: IdlePick::Lifo,
            idle_timeout: None,
            max_lifetime: None,
            lifetime_jitter: Ratio::ZERO,
            lifetime_checked: None,
            reaper: PoolReaper::None,
            min_spares: MinSpares::Both,
            refill: Refill::Never,
            validate: Validate::None,
            validate_commands: 1,
            validate_on_return: false,
            validate_idle: false,
            broken: Broken::Removed,
            connect_timeout: None,
            setup_commands: 0,
            dialling: Dialling::Caller,
            dial_errors: DialErrors::Surface,
            dial_retry: None,
            fail_fast: None,
            leak: Leak { kind: LeakKind::Lease, ..Leak::NONE },
            reclaim_after: None,
        }
    }

    /// Where the age of a connection is looked at.
    pub fn looks(&self) -> LookedAt {
        let by_reaper =
            |checkout, on_return, reaper, timer| LookedAt { checkout, on_return, reaper, timer };
        self.lifetime_checked.unwrap_or(match self.reaper {
            PoolReaper::None => by_reaper(false, false, false, false),
            PoolReaper::OnCheckout => by_reaper(true, true, false, false),
            PoolReaper::Exact => by_reaper(false, true, false, true),
            _ => by_reaper(false, true, true, false),
        })
    }
}

/// What the wait timeout of a pool is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WaitCovers {
    /// The wait in line.
    Wait,
    /// The wait and the dial.
    WaitAndDial,
    /// The wait, the dial and the check.
    All,
}

/// Who has a connection that comes back to a pool while callers wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandOff {
    /// Whoever has waited longest.
    Fair,
    /// Whoever asks first: the caller that has waited longest looks again after this time.
    Barging(Span),
    /// Anyone of those who wait.
    Random,
}

/// Where the age of a pool's connection is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LookedAt {
    /// Before it is handed out.
    pub checkout: bool,
    /// When it comes back.
    pub on_return: bool,
    /// When the reaper looks.
    pub reaper: bool,
    /// By a timer of its own; in use it is closed when it comes back.
    pub timer: bool,
}

/// When a pool looks for idle and old connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolReaper {
    /// Never.
    None,
    /// Only at a connection about to be handed out.
    OnCheckout,
    /// Every so often, over all idle connections.
    Periodic(Span),
    /// Each connection at its own instant.
    Exact,
    /// Every so often, over so many idle connections, in turn.
    Some {
        /// How often.
        every: Span,
        /// How many.
        at_once: u32,
    },
    /// Every so often one connection is closed, if one was idle throughout.
    OnePer(Span),
    /// The idle connections are counted so often; after so many counts as many are closed as the
    /// median of them.
    Median {
        /// How often.
        every: Span,
        /// How many counts.
        counts: u32,
    },
    /// All idle ones, once none has come back for so long.
    Quiet(Span),
}

/// What the minimum of a pool keeps open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MinSpares {
    /// Neither idleness nor age takes the pool below it.
    Both,
    /// Idleness does not, age does.
    Idle,
    /// Both do.
    None,
}

/// When a pool below its minimum is filled again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refill {
    /// By its callers only.
    Never,
    /// As soon as a connection is gone.
    AtOnce,
    /// As soon as a connection broke or grew old, whatever the minimum.
    Each,
    /// When the reaper looks.
    Reaper,
}

/// What a pool checks before it hands a connection out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validate {
    /// Nothing.
    None,
    /// Whether the server has closed it, by looking at the socket.
    Peek,
    /// The same by a round trip to the server.
    Ping,
    /// The same if it was idle for longer.
    PingIfIdle(Span),
}

/// What becomes of a pool's connection that fails in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// It leaves the pool.
    Removed,
    /// Its socket is closed; its place stays taken, and whoever is given the place dials.
    SlotKept,
    /// It goes back to the pool, which finds out at the next check.
    UntilValidated,
}

/// Who dials for a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialling {
    /// The caller that found none, for itself.
    Caller,
    /// Workers; callers wait for whatever comes first.
    Background(Workers),
}

/// Those who dial for a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Workers {
    /// Dials at the same time, at most; `None` is any number.
    pub workers: Option<u32>,
    /// How long a worker rests after a dial that succeeded.
    pub pause: Span,
    /// Whether only one dial at a time is made for those who wait.
    pub one_growth: bool,
    /// Whether a dial is made, and repeated, only as long as the pool needs it.
    pub while_needed: bool,
}

/// Whether callers of a pool learn of dials that fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DialErrors {
    /// The caller that dialled fails, or the first in line.
    Surface,
    /// They wait on.
    Hidden,
}

/// What happens after a failed dial of a pool.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DialRetry {
    /// The first pause.
    pub base: Span,
    /// The growth of the next.
    pub factor: f64,
    /// The longest pause.
    pub cap: Span,
    /// A pause is longer or shorter by up to this share.
    pub jitter: Ratio,
    /// Dials at most, the first included; `None` is any number.
    pub attempts: Option<u32>,
    /// No dial follows a failure so long after the first dial; `None` is never.
    pub give_up_after: Option<Span>,
    /// Whether the last pause is cut short so that the last dial comes at that time.
    pub cut: bool,
    /// Whether only a refusal leads to another dial.
    pub transient_only: bool,
}

/// When callers of a pool fail at once because dials do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailFast {
    /// After so many failures without a success of the prober; `None` is as many as the pool is large.
    pub failures: Option<u32>,
    /// How often the prober dials.
    pub probe_every: Span,
}
