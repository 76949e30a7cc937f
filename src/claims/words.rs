//! Figures in sentences.

use crate::units::{Unit, quantity};

/// A value with its unit, without zeros that say nothing: `38 min`, `12,400`, `0.923`.
///
/// ```
/// use highwater::claims::amount;
/// use highwater::units::Unit;
///
/// assert_eq!(amount(2280.0, Unit::Seconds), "38 min");
/// assert_eq!(amount(2272.7, Unit::Seconds), "37.88 min");
/// assert_eq!(amount(f64::INFINITY, Unit::Seconds), "never");
/// ```
pub fn amount(value: f64, unit: Unit) -> String {
    if value == f64::INFINITY {
        return "never".to_string();
    }
    let text = quantity(value, unit);
    match text.split_once(' ') {
        Some((number, unit)) => format!("{} {unit}", trimmed(number)),
        None => text,
    }
}

/// A share as a percentage with four figures: `92.3 %`, `0.02 %`.
pub fn share(value: f64) -> String {
    format!("{} %", quantity(value * 100.0, Unit::Ratio))
}

/// What is expected and how far off it may be, in one unit: `38 min ± 1 min`.
pub(super) fn plus_minus(expect: f64, within: f64, unit: Unit) -> String {
    if within == 0.0 {
        return format!("exactly {}", amount(expect, unit));
    }
    let minutes = unit == Unit::Seconds && expect.abs() >= 120.0 && within >= 6.0;
    let within = match minutes {
        true => format!("{} min", trimmed(&format!("{:.2}", within / 60.0))),
        false => amount(within, unit),
    };
    format!("{} ± {within}", amount(expect, unit))
}

/// Two bounds, with the unit said once: `37.4 to 38.2 min`; `None` when they read the same.
pub fn between(low: f64, high: f64, unit: Unit) -> Option<String> {
    let (low, high) = (amount(low, unit), amount(high, unit));
    if low == high {
        return None;
    }
    Some(match (low.split_once(' '), high.split_once(' ')) {
        (Some((number, one)), Some((_, other))) if one == other => format!("{number} to {high}"),
        _ => format!("{low} to {high}"),
    })
}

/// A number without zeros at the end of its decimals.
fn trimmed(number: &str) -> &str {
    match number.contains('.') {
        true => number.trim_end_matches('0').trim_end_matches('.'),
        false => number,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_says_a_unit_once() {
        assert_eq!(plus_minus(2280.0, 60.0, Unit::Seconds), "38 min ± 1 min");
        assert_eq!(plus_minus(12_400.0, 620.0, Unit::Count), "12,400 ± 620");
        assert_eq!(plus_minus(0.0, 0.0, Unit::Count), "exactly 0");
        let between = |low, high| between(low, high, Unit::Seconds);
        assert_eq!(between(2244.0, 2292.0).as_deref(), Some("37.4 to 38.2 min"));
        assert_eq!(between(90.0, f64::INFINITY).as_deref(), Some("90 s to never"));
        assert_eq!(between(90.0, 90.0), None);
        assert_eq!(share(0.914), "91.4 %");
        assert_eq!(share(1.0), "100 %");
        assert_eq!(share(27.0 / 8.5e6), "0.0003176 %");
    }
}
