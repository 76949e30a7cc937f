//! Scenario files: from text to [`Scenario`], with every problem named at its place.

mod meant;

pub use meant::*;
