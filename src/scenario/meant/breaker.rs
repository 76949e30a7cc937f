//! What keeps calls back while they fail.

use super::Cause;
use crate::units::{Ratio, Span};

/// What keeps calls back while they fail; every instance has its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Breaker {
    /// Nothing.
    None,
    /// Opens after failures in a row, then lets one attempt decide.
    Consecutive {
        /// Failed attempts in a row that open it.
        failures: u32,
        /// How long it lets nothing through.
        open_for: Span,
    },
    /// Opens by the share of failures, or of slow calls, among the last calls.
    Window(BreakerWindow),
}

/// A breaker that judges a window of calls.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BreakerWindow {
    /// Which calls it looks at.
    pub over: WindowOver,
    /// With fewer calls in the window it never opens.
    pub min_calls: u32,
    /// The share of failures at which it opens.
    pub failure_ratio: Ratio,
    /// Calls that take longer than this are slow.
    pub slow_call: Option<Span>,
    /// The share of slow calls at which it opens.
    pub slow_ratio: Ratio,
    /// How long it lets nothing through.
    pub open_for: Span,
    /// How many attempts then decide.
    pub probes: u32,
    /// How they decide.
    pub probes_close: ProbesClose,
    /// When the window is looked at.
    pub looks: Looks,
}

/// Which calls a breaker looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowOver {
    /// The last so many.
    Calls(u32),
    /// Those of the time just past, counted in buckets; the last bucket is the present one.
    Time {
        /// All buckets together.
        length: Span,
        /// How many there are.
        buckets: u32,
    },
}

/// How the attempts of a half-open breaker decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProbesClose {
    /// One failure opens it again; it closes when all have succeeded.
    All,
    /// When all have ended, the same shares decide as when it is closed.
    Ratio,
}

/// When a breaker looks at its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looks {
    /// After every call.
    EachCall,
    /// After every call that failed.
    EachFailure,
    /// At the end of every bucket, at what came before.
    EachBucket,
}

/// What a breaker stands around, and what becomes of those it refuses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BreakerPlace {
    /// Failures that teach it nothing.
    pub ignores: Causes,
    /// Whether it is asked once for a call with all its attempts; otherwise for each attempt.
    pub around_call: bool,
    /// Whether a refusal is a failed attempt like any other; otherwise it ends the request.
    pub refusals_retried: bool,
}

/// A set of causes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Causes(u32);

impl Causes {
    /// All of them.
    pub const ALL: Causes = Causes(u32::MAX);
    /// None of them.
    pub const NONE: Causes = Causes(0);

    /// These and this one.
    pub const fn with(self, cause: Cause) -> Causes {
        Causes(self.0 | 1 << cause as u8)
    }

    /// These causes.
    pub fn of(causes: impl IntoIterator<Item = Cause>) -> Causes {
        Causes(causes.into_iter().fold(0, |set, cause| set | 1 << cause as u8))
    }

    /// Whether `cause` is among them.
    pub fn has(self, cause: Cause) -> bool {
        self.0 >> cause as u8 & 1 == 1
    }
}

const _: () = assert!(Cause::ALL.len() <= 32, "a set of causes has 32 bits");
