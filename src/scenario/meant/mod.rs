//! The scenario as meant: every default filled in, every quantity in its unit, every name resolved
//! to an index. Nothing here can be wrong; the reader has said so.

mod alerts;
mod autoscale;
mod breaker;
mod budget;
mod bursts;
mod cause;
mod claims;
mod connections;
mod deploys;
mod ejection;
mod entrance;
mod faults;
mod fleet;
mod guards;
mod health;
mod load;
mod nofile;
mod pooled;
mod process;
mod proxy;
mod recorded;
mod recovery;
mod retry;
mod server;
mod serverless;
mod shared;
mod starts;
mod steps;
mod visitors;

pub use alerts::{Alert, Condition, Eye, Figure, Sight};
pub use autoscale::{Autoscale, ScaleOn};
pub use breaker::{Breaker, BreakerPlace, BreakerWindow, Causes, Looks, ProbesClose, WindowOver};
pub use budget::{Budget, Deposit, Tokens};
pub use bursts::{Bursts, OnOff, Sizes};
pub use cause::Cause;
pub use claims::{Alternative, Beyond, Claim, ClaimTest, Extreme, Measure, Verdict};
pub use connections::{Connections, IdlePick, Leak, LeakKind, Strategy};
pub use deploys::{Replacing, Rollout, is_ever_pooled};
pub use ejection::Ejection;
pub use entrance::{Entrance, RequestQueue, TokenBucket};
pub use faults::{Fault, Old, SynRetries};
pub use fleet::{Fleet, Stalls};
pub use guards::{Bulkhead, Guards, Hedge, Limit, LimitRule, Limiter, Losers, Throttle};
pub use health::{Check, FailOpen, Health};
pub use load::{Arrivals, Balancer, Dist, Profile, Users};
pub use nofile::{DescriptorRule, MaxclientsCheck, Nofile};
pub use pooled::{
    Broken, DialErrors, DialRetry, Dialling, FailFast, HandOff, LookedAt, MinSpares, PoolReaper,
    Pooled, Refill, Validate, WaitCovers, Workers,
};
pub use process::{Process, ProcessCpu};
pub use proxy::{Proxy, ProxyMode};
pub use recorded::{Distance, Recorded};
pub use recovery::{Recovers, Tips};
pub use retry::{Backoff, Growth, Jitter, Policy, Retry, SendRate};
pub use server::{
    Cluster, Cost, Discipline, Exporters, Internal, KillFilters, Memory, Reaper, Server, Sweep,
    WhenFull,
};
pub use shared::{Dialled, Offline, Pause, Reconnect, RedialJitter, Redials, Shared};
pub use visitors::{Abandoned, Reload, Visitors};

pub use serverless::Serverless;
pub use starts::{AtStart, Cold, RestartBackoff};
pub use steps::{Branch, CALLS_MAX, Call, Made, NESTED_MAX, Spread, Step, calls, depth};

use std::sync::Arc;

use super::variant::Origin;
use crate::units::{Ratio, SimTime, Span, Start};

/// A whole scenario, ready to run.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The name of the file without folder and ending.
    pub name: String,
    /// What this scenario is about.
    pub about: About,
    /// The seed: any text; every random stream is derived from it.
    pub seed: String,
    /// Simulated time from start to end.
    pub duration: Span,
    /// Time left out of means, ratios and quantiles that name no range of their own.
    pub warm_up: Span,
    /// Time between two rows of the series.
    pub sample_every: Span,
    /// Whether every request that ends is kept for `requests.csv`; asked for on the command line.
    pub keep_requests: bool,
    /// Everything the timeline can change.
    pub settings: Settings,
    /// What happens when, in order of time.
    pub timeline: Vec<Entry>,
    /// The statements to judge, in the order of the file.
    pub claims: Vec<Claim>,
    /// What could have been otherwise, tried where claims cannot be true together.
    pub alternatives: Vec<Alternative>,
    /// What it was read from, for variants; `None` when it was made otherwise.
    pub origin: Option<Arc<Origin>>,
    /// The rules of monitoring to test, in the order of the file.
    pub alerts: Vec<Alert>,
    /// The same scenario with the fault taken out, where that is known; its rules are these.
    pub healthy: Option<Box<Scenario>>,
}

/// Title and origin of a scenario.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// One line.
    pub title: String,
    /// Where the story was published.
    pub source: String,
    /// The wall clock at simulated time zero, when known.
    pub start: Option<Start>,
}

/// Servers, network and fleets: the state of affairs between two entries of the timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The servers, sorted by name.
    pub servers: Vec<Server>,
    /// The network between all fleets and all servers.
    pub network: Network,
    /// The fleets, sorted by name.
    pub fleets: Vec<Fleet>,
}

/// The network: one path for everybody.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// One way.
    pub delay: Dist,
    /// The share of packets that are lost and sent again.
    pub loss: Ratio,
    /// Connections in TIME_WAIT that a host keeps at most.
    pub tw_buckets: u32,
}

/// One entry of the timeline.
#[derive(Clone, Debug)]
pub struct Entry {
    /// When.
    pub at: SimTime,
    /// A few words for pictures and events: `servers.redis.timeout = 5min`.
    pub label: String,
    /// What.
    pub action: Action,
}

/// What an entry of the timeline does.
#[derive(Clone, Debug)]
pub enum Action {
    /// From now on these settings hold (the whole state after the change).
    Set(Box<Settings>),
    /// Instances of a fleet are replaced by instances with these settings.
    Deploy {
        /// Index into [`Settings::fleets`].
        fleet: usize,
        /// The whole state after the change; only the fleet's own settings differ.
        settings: Box<Settings>,
        /// How they are replaced.
        rollout: Rollout,
    },
    /// A server's loop stands still.
    Pause {
        /// Index into [`Settings::servers`](super::Settings::servers).
        server: usize,
        /// How long.
        length: Span,
    },
    /// An operator closes connections.
    ClientKill {
        /// Index into [`Settings::servers`](super::Settings::servers).
        server: usize,
        /// Which.
        by: KillBy,
    },
    /// Replicas attach to a server.
    AttachReplicas {
        /// Index into [`Settings::servers`](super::Settings::servers).
        server: usize,
        /// How many.
        count: u32,
        /// How long the synchronisation of each takes.
        sync: Span,
    },
    /// A command that keeps a server's loop (one of its workers) at work.
    SlowCommand {
        /// Index into [`Settings::servers`](super::Settings::servers).
        server: usize,
        /// CPU time of the command.
        length: Span,
    },
    /// Everything costs a server more CPU time for a while.
    SlowDown {
        /// Index into [`Settings::servers`](super::Settings::servers).
        server: usize,
        /// By this factor.
        factor: f64,
        /// How long.
        length: Span,
    },
    /// Something breaks.
    Fault(Fault),
}

/// Which connections an operator closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KillBy {
    /// Those that have been idle for so many whole seconds.
    Idle(Span),
    /// Those that were accepted so many whole seconds ago.
    MaxAge(Span),
    /// Those of a fleet: index into [`Settings::fleets`](super::Settings::fleets).
    Fleet(usize),
    /// Those of one kind.
    Kind(KillKind),
    /// All but the operator's own.
    All,
}

/// Kinds of clients as CLIENT LIST tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KillKind {
    /// All but replicas and subscribers.
    Normal,
    /// Subscribed to a channel.
    Pubsub,
    /// In a blocking command.
    Blocked,
    /// A replica.
    Replica,
    /// Watches every command.
    Monitor,
}

impl KillBy {
    /// Whether a version with these filters closes them in one command. Otherwise the operator
    /// reads CLIENT LIST and closes one after the other by its id.
    pub fn is_one_command(self, filters: KillFilters) -> bool {
        match self {
            KillBy::Idle(_) => filters.idle,
            KillBy::MaxAge(_) => filters.max_age,
            KillBy::Kind(kind) => !matches!(kind, KillKind::Blocked | KillKind::Monitor),
            KillBy::Fleet(_) => false,
            KillBy::All => true,
        }
    }
}
