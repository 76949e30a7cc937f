//! What keeps calls back.

use crate::units::Span;

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
}
