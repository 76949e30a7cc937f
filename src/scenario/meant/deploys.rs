//! How the instances of a fleet are replaced.

use super::{Action, Entry, Settings, Strategy};
use crate::units::Span;

/// How a deploy, or a rollback, goes about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rollout {
    /// Time between two batches of replacements.
    pub every: Span,
    /// How long a replaced instance may finish its requests.
    pub drain: Span,
    /// Which are there at the same time.
    pub how: Replacing,
}

/// Which instances are there at the same time while they are replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replacing {
    /// In batches.
    Rolling {
        /// Instances above the size: a new one takes requests before its old one drains.
        surge: u32,
        /// Instances below the size: an old one has stopped before its new one starts.
        unavailable: u32,
    },
    /// All new ones beside all old ones.
    BlueGreen {
        /// From the instant at which all new ones are ready until they get the requests.
        switch_after: Span,
        /// How long the old ones stay after that.
        keep: Span,
    },
    /// All old ones stop, then all new ones start.
    Recreate,
}

/// Whether a fleet's connections of number `through` are a pool, at the start or after a deploy.
pub fn is_ever_pooled(
    settings: &Settings,
    timeline: &[Entry],
    fleet: usize,
    through: usize,
) -> bool {
    let pooled = |settings: &Settings| {
        let way = settings.fleets.get(fleet).and_then(|fleet| fleet.connections.get(through));
        way.is_some_and(|way| matches!(way.strategy, Strategy::Pooled(_)))
    };
    pooled(settings)
        || timeline.iter().any(|entry| match &entry.action {
            Action::Deploy { settings, .. } => pooled(settings),
            _ => false,
        })
}
