//! Distributions of a length of time, ready to be sampled.

use super::normal;
use super::stream::Stream;
use super::table::Table;
use crate::units::Span;

/// A distribution of a length of time.
///
/// Built once from plain parameters, sampled often. Every law but the constant one takes a fixed
/// number of draws per sample, so that the n-th sample of two runs rests on the same draws whatever
/// the parameters are.
///
/// Parameters that make no law (a mean of zero, a shape that is not a positive number) give the
/// constant nearest to them: the reader of scenarios refuses them, and this module never panics.
///
/// ```
/// use highwater::chance::{Purpose, Sampler, Stream};
/// use highwater::units::Span;
///
/// let mut stream = Stream::new("1", 0, "fleets.chat", Purpose::Service);
/// let hold = Sampler::exponential(Span::from_secs(1));
/// let total: f64 = (0..10_000).map(|_| hold.sample(&mut stream).as_secs_f64()).sum();
/// assert!((total / 10_000.0 - 1.0).abs() < 0.04);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Sampler {
    law: Law,
}

/// Lengths are in nanoseconds.
#[derive(Clone, Debug, PartialEq)]
enum Law {
    Constant(Span),
    Uniform { min: u64, choices: u128 },
    Exponential { mean: f64 },
    LogNormal { mu: f64, sigma: f64 },
    Normal { mean: f64, sd: f64 },
    Erlang { stage: f64, stages: u32 },
    Weibull { scale: f64, power: f64 },
    Pareto { min: f64, lost: f64, power: f64, max: f64 },
    Table(Table),
}

impl Sampler {
    /// Always `span`. Takes no draw.
    pub fn constant(span: Span) -> Sampler {
        Sampler { law: Law::Constant(span) }
    }

    /// Every whole nanosecond from `min` to `max`, both included, equally likely. One draw.
    pub fn uniform(min: Span, max: Span) -> Sampler {
        let Some(width) = max.as_ns().checked_sub(min.as_ns()).filter(|&width| width > 0) else {
            return Sampler::constant(min);
        };
        Sampler { law: Law::Uniform { min: min.as_ns(), choices: u128::from(width) + 1 } }
    }

    /// Exponential. One draw.
    pub fn exponential(mean: Span) -> Sampler {
        Sampler::unless_zero(mean, Law::Exponential { mean: mean.as_ns() as f64 })
    }

    /// Log-normal, by its mean and its squared coefficient of variation (the variance over the
    /// squared mean). One draw.
    ///
    /// The logarithm is normal with variance s = ln(1 + cv2) and mean ln(mean) - s/2.
    pub fn lognormal(mean: Span, cv2: f64) -> Sampler {
        if !positive(cv2) {
            return Sampler::constant(mean);
        }
        let variance = libm::log1p(cv2);
        let mu = libm::log(mean.as_ns() as f64) - variance / 2.0;
        Sampler::unless_zero(mean, Law::LogNormal { mu, sigma: libm::sqrt(variance) })
    }

    /// The absolute value of a normal number. One draw.
    pub fn normal(mean: Span, sd: Span) -> Sampler {
        if sd.is_zero() {
            return Sampler::constant(mean);
        }
        Sampler { law: Law::Normal { mean: mean.as_ns() as f64, sd: sd.as_ns() as f64 } }
    }

    /// Erlang: the sum of `stages` independent exponentials, `mean` all together. Takes `stages`
    /// draws.
    pub fn erlang(mean: Span, stages: u32) -> Sampler {
        if stages == 0 {
            return Sampler::constant(mean);
        }
        let stage = mean.as_ns() as f64 / f64::from(stages);
        Sampler::unless_zero(mean, Law::Erlang { stage, stages })
    }

    /// Weibull: `scale` x (an exponential of mean 1)^(1/`shape`). One draw.
    pub fn weibull(scale: Span, shape: f64) -> Sampler {
        if !positive(shape) {
            return Sampler::constant(scale);
        }
        let law = Law::Weibull { scale: scale.as_ns() as f64, power: 1.0 / shape };
        Sampler::unless_zero(scale, law)
    }

    /// Pareto from `min` with tail index `shape`, given that it is at most `max`. One draw.
    pub fn pareto(min: Span, max: Span, shape: f64) -> Sampler {
        if max <= min || !positive(shape) {
            return Sampler::constant(min);
        }
        let (low, high) = (min.as_ns() as f64, max.as_ns() as f64);
        // P(above x) falls from 1 at `low` to (low/high)^shape at `high`: `lost` is its fall.
        let lost = 1.0 - libm::pow(low / high, shape);
        let law = Law::Pareto { min: low, lost, power: -1.0 / shape, max: high };
        Sampler::unless_zero(min, law)
    }

    /// Values with weights; a weight that is negative or not finite counts as zero. One draw.
    pub fn table(entries: &[(Span, f64)]) -> Sampler {
        let valid: Vec<_> = entries.iter().copied().filter(|entry| positive(entry.1)).collect();
        match valid.as_slice() {
            [] => Sampler::constant(entries.first().map_or(Span::ZERO, |entry| entry.0)),
            [only] => Sampler::constant(only.0),
            several => Sampler { law: Law::Table(Table::new(several)) },
        }
    }

    /// The span that every sample has, if all have the same. Such a sampler takes no draw.
    pub fn is_constant(&self) -> Option<Span> {
        match self.law {
            Law::Constant(span) => Some(span),
            _ => None,
        }
    }

    /// A length of time, rounded once to the nearest nanosecond.
    #[inline]
    pub fn sample(&self, stream: &mut Stream) -> Span {
        match &self.law {
            Law::Constant(span) => *span,
            Law::Exponential { mean } => nearest(mean * stream.exponential()),
            Law::Uniform { min, choices } => {
                let offset = (u128::from(stream.next_u64()) * choices) >> 64;
                Span::from_ns(min + offset as u64)
            }
            law => law.sample_slowly(stream),
        }
    }

    fn unless_zero(span: Span, law: Law) -> Sampler {
        Sampler { law: if span.is_zero() { Law::Constant(Span::ZERO) } else { law } }
    }
}

impl Law {
    /// The laws that need more than one multiplication; kept out of the caller's loop.
    #[inline(never)]
    fn sample_slowly(&self, stream: &mut Stream) -> Span {
        match self {
            Law::LogNormal { mu, sigma } => {
                nearest(libm::exp(mu + sigma * standard_normal(stream)))
            }
            Law::Normal { mean, sd } => nearest((mean + sd * standard_normal(stream)).abs()),
            Law::Erlang { stage, stages } => nearest(stage * exponentials(*stages, stream)),
            Law::Weibull { scale, power } => {
                nearest(scale * libm::pow(stream.exponential(), *power))
            }
            Law::Pareto { min, lost, power, max } => {
                let above = 1.0 - lost * stream.uniform();
                nearest((min * libm::pow(above, *power)).min(*max))
            }
            Law::Table(table) => table.pick(stream.next_u64()),
            Law::Constant(_) | Law::Uniform { .. } | Law::Exponential { .. } => {
                unreachable!("the laws of one multiplication are sampled by the caller")
            }
        }
    }
}

/// A normal number of mean 0 and variance 1. Takes one draw.
fn standard_normal(stream: &mut Stream) -> f64 {
    // The middle of one of 2^52 cells: exact, and neither 0 nor 1.
    const CELL: f64 = 1.0 / (1u64 << 52) as f64;
    normal::quantile(((stream.next_u64() >> 12) as f64 + 0.5) * CELL)
}

/// The sum of `count` exponentials of mean 1, by one logarithm of a product where it can be.
fn exponentials(count: u32, stream: &mut Stream) -> f64 {
    let mut sum = 0.0;
    let mut product = 1.0;
    for _ in 0..count {
        product *= 1.0 - stream.uniform();
        // Far from underflow: a factor is at least 2^-53.
        if product < 1e-200 {
            sum -= libm::log(product);
            product = 1.0;
        }
    }
    sum - libm::log(product)
}

fn positive(number: f64) -> bool {
    number.is_finite() && number > 0.0
}

/// The nearest whole nanosecond; what is too long becomes the longest span.
#[inline]
fn nearest(ns: f64) -> Span {
    Span::from_ns((ns + 0.5) as u64)
}
