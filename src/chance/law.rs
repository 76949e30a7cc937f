//! What a parameter may be, as a law of chance.

use super::normal;

/// The probability below the low end of a law that has none: 2.5 %, so that 95 % lie between its ends.
const TAIL: f64 = 0.025;

/// A law of a parameter.
///
/// Parameters that make no law (ends in the wrong order, a mode outside, a negative deviation) are
/// taken at the nearest that does: the reader of studies refuses them, and this module never panics.
///
/// ```
/// use highwater::chance::Law;
///
/// let guess = Law::Triangular { low: 0.0, mode: 10.0, high: 10.0 };
/// assert_eq!(guess.quantile(0.25), 5.0);
/// assert_eq!((guess.low(), guess.high()), (0.0, 10.0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Law {
    /// Everything from `low` to `high` equally likely.
    Uniform {
        /// The least value.
        low: f64,
        /// The greatest value.
        high: f64,
    },
    /// Most likely at `mode`, falling in straight lines to nothing at both ends.
    Triangular {
        /// The least value.
        low: f64,
        /// The most likely value.
        mode: f64,
        /// The greatest value.
        high: f64,
    },
    /// Normal.
    Normal {
        /// The mean.
        mean: f64,
        /// The standard deviation.
        sd: f64,
    },
}

impl Law {
    /// The value below which the law lies with probability `u`. Of a normal law `u` counts as at least
    /// 2^-53 and at most 1 - 2^-53, so no value is infinite.
    pub fn quantile(&self, u: f64) -> f64 {
        let u = if u.is_nan() { 0.5 } else { u.clamp(0.0, 1.0) };
        match *self {
            Law::Uniform { low, high } => between(low, high, u),
            Law::Triangular { low, mode, high } => triangular(low, mode, high, u),
            Law::Normal { mean, sd } => {
                const LEAST: f64 = 1.0 / (1u64 << 53) as f64;
                mean + sd.max(0.0) * normal::quantile(u.clamp(LEAST, 1.0 - LEAST))
            }
        }
    }

    /// The value in the middle of the law: as likely to be too low as too high.
    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// The low end of what is tried: the least value, or of a normal law the one with 2.5 % below it.
    pub fn low(&self) -> f64 {
        self.within(0.0)
    }

    /// The high end of what is tried: the greatest value, or of a normal law the one with 2.5 % above.
    pub fn high(&self) -> f64 {
        self.within(1.0)
    }

    /// The value at `u` of the way from the low end (0) to the high end (1), by probability. Designs
    /// that stand on the ends of the unit interval take this, others the quantile.
    pub fn within(&self, u: f64) -> f64 {
        match self {
            Law::Normal { .. } => self.quantile(between(TAIL, 1.0 - TAIL, u)),
            Law::Uniform { .. } | Law::Triangular { .. } => self.quantile(u),
        }
    }
}

/// From `low` to `high`, both reached exactly.
fn between(low: f64, high: f64, u: f64) -> f64 {
    low * (1.0 - u) + high * u
}

/// Below the mode the probability is (x - low)² / ((high - low)(mode - low)), above it mirrored.
fn triangular(low: f64, mode: f64, high: f64, u: f64) -> f64 {
    let width = high - low;
    if width.is_nan() || width <= 0.0 {
        return low;
    }
    let mode = mode.max(low).min(high);
    let below = (mode - low) / width;
    if u <= below {
        low + libm::sqrt(u * width * (mode - low))
    } else {
        high - libm::sqrt((1.0 - u) * width * (high - mode))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const US: [f64; 7] = [0.0, 0.01, 0.25, 0.5, 0.6, 0.99, 1.0];

    /// Each quantile goes back through the distribution function, written in its own way. A root and
    /// a few products are rounded, the result squared: a few units in the last place of 1.
    #[test]
    fn quantiles_undo_distribution_functions() {
        for mode in [2.0, 3.0, 5.0, 12.0] {
            let law = Law::Triangular { low: 2.0, mode, high: 12.0 };
            for u in US {
                let x = law.quantile(u);
                let back = if x <= mode && mode > 2.0 {
                    (x - 2.0) * (x - 2.0) / (10.0 * (mode - 2.0))
                } else {
                    1.0 - (12.0 - x) * (12.0 - x) / (10.0 * (12.0 - mode))
                };
                assert!((back - u).abs() < 32.0 * f64::EPSILON, "{mode}: {u} gives {back}");
            }
        }
        let law = Law::Uniform { low: -1.0, high: 3.0 };
        assert_eq!(US.map(|u| law.quantile(u)), [-1.0, -0.96, 0.0, 1.0, 1.4, 2.96, 3.0]);
        let law = Law::Normal { mean: 10.0, sd: 2.0 };
        // Table values: z of 0.975 is 1.959964.
        assert_eq!(format!("{:.6} {:.6}", law.low(), law.high()), "6.080072 13.919928");
        assert_eq!((law.median(), law.within(0.5)), (10.0, 10.0));
        assert!(law.quantile(0.0) > -8.0 && law.quantile(1.0) < 28.0, "eight deviations");
    }

    #[test]
    fn what_is_no_law_has_finite_values() {
        let odd = [
            Law::Triangular { low: 5.0, mode: 9.0, high: 5.0 },
            Law::Triangular { low: 0.0, mode: 99.0, high: 1.0 },
            Law::Uniform { low: 3.0, high: 1.0 },
            Law::Normal { mean: 1.0, sd: -4.0 },
        ];
        for law in odd {
            for u in [f64::NAN, -1.0, 0.0, 0.5, 1.0, 7.0] {
                assert!(law.quantile(u).is_finite() && law.within(u).abs() < 100.0, "{law:?}");
            }
        }
    }
}
