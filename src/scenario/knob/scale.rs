//! What the values of a knob are: from numbers in base units to the texts that files have.

use super::super::table::Kind;
use crate::units::{Unit, parse_bytes, parse_rate, parse_span};

/// What the values of a knob are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Whole numbers.
    Count,
    /// Numbers.
    Number,
    /// Lengths of time.
    Time,
    /// Rates.
    Rate,
    /// Sizes in bytes.
    Size,
    /// Shares.
    Share,
    /// Anything else: words, flags, whole parts of a scenario.
    Words,
}

/// Every scale with its name in files.
const NAMES: [(Scale, &str); 7] = [
    (Scale::Count, "count"),
    (Scale::Number, "number"),
    (Scale::Time, "time"),
    (Scale::Rate, "rate"),
    (Scale::Size, "size"),
    (Scale::Share, "share"),
    (Scale::Words, "words"),
];

impl Scale {
    pub(super) fn of(kind: &Kind) -> Scale {
        match kind {
            Kind::Count(..) | Kind::CountOrNone(..) => Scale::Count,
            Kind::Number(..) => Scale::Number,
            Kind::Span(..) | Kind::SpanOrNone(..) => Scale::Time,
            Kind::Rate(..) => Scale::Rate,
            Kind::Bytes(..) => Scale::Size,
            Kind::Share => Scale::Share,
            _ => Scale::Words,
        }
    }

    /// Its name in files.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(scale, _)| *scale == self).map_or("words", |(_, name)| name)
    }

    /// The scale of this name.
    pub fn named(name: &str) -> Option<Scale> {
        NAMES.iter().find(|(_, known)| *known == name).map(|(scale, _)| *scale)
    }

    /// The unit of its numbers.
    pub fn unit(self) -> Unit {
        match self {
            Scale::Count | Scale::Number | Scale::Words => Unit::Count,
            Scale::Time => Unit::Seconds,
            Scale::Rate => Unit::PerSecond,
            Scale::Size => Unit::Bytes,
            Scale::Share => Unit::Ratio,
        }
    }

    /// Reads a number in base units.
    pub(super) fn read(self, text: &str) -> Option<f64> {
        let plain = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
        match self {
            Scale::Count => plain(text).filter(|number| number.fract() == 0.0),
            Scale::Number => plain(text),
            Scale::Time => parse_span(text).ok().map(|span| span.as_secs_f64()),
            Scale::Rate => parse_rate(text).ok().map(|rate| rate.as_per_second()),
            Scale::Size => parse_bytes(text).ok().map(|bytes| bytes.0 as f64),
            Scale::Share => match text.strip_suffix('%') {
                Some(percent) => plain(percent.trim()).map(|share| share / 100.0),
                None => plain(text),
            },
            Scale::Words => None,
        }
    }

    /// The value that a number stands for: whole counts, bytes and nanoseconds, and twelve figures of
    /// everything else, so that steps leave no tail of rounding.
    pub fn rounded(self, number: f64) -> f64 {
        match self {
            Scale::Count | Scale::Size => libm::round(number),
            Scale::Time => libm::round(number * 1e9) / 1e9,
            Scale::Number | Scale::Rate | Scale::Share | Scale::Words => {
                format!("{number:.11e}").parse().unwrap_or(number)
            }
        }
    }

    /// A rounded number as files have it.
    pub fn text(self, number: f64) -> String {
        // Zero has no sign.
        let number = number + 0.0;
        match self {
            Scale::Count | Scale::Number | Scale::Share | Scale::Words => format!("{number}"),
            Scale::Rate => format!("{number}/s"),
            Scale::Time => whole(
                libm::round(number * 1e9) as u64,
                &[
                    (3_600_000_000_000, "h"),
                    (60_000_000_000, "min"),
                    (1_000_000_000, "s"),
                    (1_000_000, "ms"),
                    (1000, "us"),
                    (1, "ns"),
                ],
                "0s",
            ),
            Scale::Size => whole(
                libm::round(number) as u64,
                &[(1_000_000_000, "GB"), (1_000_000, "MB"), (1000, "KB"), (1, "B")],
                "0B",
            ),
        }
    }
}

/// A whole number in the largest unit that says it as a whole, or with up to three decimals in what is
/// not the smallest; times of two hours and less stay in the unit below, as people say them.
fn whole(number: u64, units: &[(u64, &str)], nothing: &str) -> String {
    let decimal = |unit: u64| unit.is_multiple_of(1000) && !unit.is_multiple_of(60);
    let fits = |(unit, _): &&(u64, &str)| {
        number >= *unit
            && (number.is_multiple_of(*unit)
                || decimal(*unit) && number.is_multiple_of(unit / 1000) && number < unit * 1000)
    };
    let Some((unit, name)) = units.iter().find(fits).filter(|_| number > 0) else {
        return nothing.to_string();
    };
    match number % unit {
        0 => format!("{}{name}", number / unit),
        rest => {
            let rest = format!("{:03}", rest / (unit / 1000));
            format!("{}.{}{name}", number / unit, rest.trim_end_matches('0'))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_the_texts_that_files_have_and_come_back() {
        for (scale, number, text) in [
            (Scale::Time, 0.0, "0s"),
            (Scale::Time, 300.0, "5min"),
            (Scale::Time, 90.0, "90s"),
            (Scale::Time, 1.5, "1.5s"),
            (Scale::Time, 0.0025, "2.5ms"),
            (Scale::Time, 7200.0, "2h"),
            (Scale::Time, 5400.0, "90min"),
            (Scale::Time, 1e-9, "1ns"),
            (Scale::Rate, 4.4, "4.4/s"),
            (Scale::Size, 620_000.0, "620KB"),
            (Scale::Size, 2_048_000_000.0, "2.048GB"),
            (Scale::Share, 0.0002, "0.0002"),
            (Scale::Count, 250.0, "250"),
            (Scale::Number, -0.0, "0"),
        ] {
            assert_eq!(scale.text(number), text);
            assert_eq!(scale.read(text), Some(number), "{text}");
            assert_eq!(Scale::named(scale.name()), Some(scale));
        }
    }

    #[test]
    fn steps_leave_no_tail() {
        assert_eq!(Scale::Share.rounded(0.1 + 2.0 * 0.1), 0.3);
        assert_eq!(Scale::Count.rounded(2.5), 3.0);
        assert_eq!(Scale::Time.text(Scale::Time.rounded(1.0 / 3.0)), "333333333ns");
    }
}
