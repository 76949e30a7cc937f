//! Figures in words: a value with its interval, names without what goes without saying.

use crate::claims::{amount, share};
use crate::experiment::{Judged, Plan};
use crate::units::Unit;

pub(super) fn count(number: usize, what: &str) -> String {
    match (number, what) {
        (1, _) => format!("1 {what}"),
        (_, "trajectory") => format!("{number} trajectories"),
        _ => format!("{number} {what}s"),
    }
}

/// The name of a figure without what goes without saying.
pub(in crate::report::text) fn short(name: &str) -> String {
    let name = name.strip_prefix("fleets.").or(name.strip_prefix("servers.")).unwrap_or(name);
    let name = name.replace(".pools.", ".");
    match name.strip_suffix("_s") {
        Some(name) => name.to_string(),
        None => name.replace("_s_", "_").replace("_bytes_", "_"),
    }
}

/// What stands for all runs of a point, with its interval.
pub(super) fn value(judged: &Judged, plan: &Plan, figure: usize) -> String {
    let known = &plan.figures[figure];
    match judged.central(known.may_never_come) {
        None => "-".to_string(),
        // What is measured is never below nothing, and no share above all, though an interval by the
        // deviation may be.
        Some((middle, low, high)) => {
            let unit = unit_of(judged, known.unit);
            let high = if unit == Unit::Ratio { high.min(1.0) } else { high };
            between(middle, low.max(0.0_f64.min(middle)), high, unit)
        }
    }
}

/// A value and its interval with three figures each, the unit said once where it is the same.
pub(super) fn between(middle: f64, low: f64, high: f64, unit: Unit) -> String {
    let said = |value: f64| match unit {
        _ if value.is_nan() => "-".to_string(),
        _ if !value.is_finite() => amount(value, unit),
        Unit::Ratio => share(three(value)),
        unit => amount(three(value), unit),
    };
    let middle_said = said(middle + 0.0);
    if low == high || low.is_nan() || high.is_nan() {
        return middle_said;
    }
    let (low, high) = (said(low + 0.0), said(high + 0.0));
    let unit = middle_said.split_once(' ').map(|(_, unit)| unit);
    let same = |text: &str| text.split_once(' ').map(|(_, its)| its) == unit;
    match (same(&low) && same(&high), unit) {
        (true, Some(_)) => {
            let bare = |text: &str| text.split(' ').next().unwrap_or_default().to_string();
            format!("{middle_said} ({} to {})", bare(&low), bare(&high))
        }
        _ => format!("{middle_said} ({low} to {high})"),
    }
}

/// With three significant figures; whole numbers below a million stay whole.
pub(in crate::report::text) fn three(value: f64) -> f64 {
    match value.abs() {
        size if (1000.0..1e6).contains(&size) => libm::round(value),
        _ => format!("{value:.2e}").parse().unwrap_or(value),
    }
}

/// A ratio that may be above one is no share: attempts for a request.
pub(super) fn unit_of(judged: &Judged, unit: Unit) -> Unit {
    let above = judged.values.iter().flatten().any(|value| *value > 1.0);
    if unit == Unit::Ratio && above { Unit::Count } else { unit }
}

pub(super) fn signed(value: f64, unit: Unit) -> String {
    match unit {
        _ if value.is_nan() => "-".to_string(),
        Unit::Ratio => share(value),
        unit => amount(value, unit),
    }
}

/// A quantile of the values of all runs; infinite is never.
pub(super) fn quantile(judged: &Judged, may_never_come: bool, q: f64) -> Option<f64> {
    let never = may_never_come.then_some(f64::INFINITY);
    let mut values: Vec<f64> = judged.values.iter().filter_map(|value| value.or(never)).collect();
    values.sort_by(f64::total_cmp);
    (!values.is_empty()).then(|| crate::theory::quantile_interval(&values, q).estimate)
}
