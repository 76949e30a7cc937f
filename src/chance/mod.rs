//! Chance: random streams with names, samplers for lengths of time, and laws of parameters.
//!
//! Every value is the same on every platform: the generator is ChaCha with 8 rounds, the only
//! functions beyond `+ - * / sqrt` come from the `libm` crate, and a drawn time is rounded once, to
//! whole nanoseconds. Each part of a scenario owns one [`Stream`] per [`Purpose`], so a change to
//! retries leaves every arrival where it was.

mod law;
mod normal;
mod sampler;
mod stream;
mod table;

pub use law::Law;
pub use sampler::Sampler;
pub use stream::{Odds, Purpose, Stream};

#[cfg(test)]
mod tests;
