//! Quantities whose unit follows from what is measured.

use super::Reading;
use crate::scenario::tree::{Node, Value};
use crate::units::{Unit, parse_bytes, parse_rate, parse_span};

/// A value in base units of `unit`.
pub(super) fn quantity(node: &Node, unit: Unit, path: &str, reading: &mut Reading) -> f64 {
    if let Some(value) = in_unit(node, unit) {
        return value;
    }
    if node.value == Value::Unreadable {
        return 0.0;
    }
    let expected = match unit {
        Unit::Count => "a number, such as 12400",
        Unit::Seconds => "a time with its unit, such as \"38min\"",
        Unit::Bytes => "a size with its unit, such as \"2048MB\"",
        Unit::PerSecond => "a rate with its unit, such as \"264/min\"",
        Unit::Ratio => "a share, such as 0.923 or \"92.3%\"",
    };
    let message = format!("expected {expected}; found {}", node.describe());
    let hint = Some("the unit follows from the measure".to_string());
    reading.at(node, path, message, hint);
    0.0
}

fn in_unit(node: &Node, unit: Unit) -> Option<f64> {
    match (&node.value, unit) {
        (Value::Number(number), Unit::Count | Unit::Ratio) => Some(*number),
        (Value::Text(text), Unit::Seconds) => Some(parse_span(text).ok()?.as_secs_f64()),
        (Value::Text(text), Unit::Bytes) => Some(parse_bytes(text).ok()?.0 as f64),
        (Value::Text(text), Unit::PerSecond) => Some(parse_rate(text).ok()?.as_per_second()),
        (Value::Text(text), Unit::Ratio) => per_cent(text),
        _ => None,
    }
}

/// A share in per cent, which may be above 100.
fn per_cent(text: &str) -> Option<f64> {
    let number = text.strip_suffix('%')?.trim();
    let plain = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let share = number.parse::<f64>().ok()? / 100.0;
    (plain && share.is_finite()).then_some(share)
}

/// The allowed difference: in the unit of the measure, or in per cent of what is expected.
pub(super) fn tolerance(
    node: &Node,
    unit: Unit,
    expect: f64,
    path: &str,
    reading: &mut Reading,
) -> f64 {
    if let Some(share) = node.as_text().and_then(per_cent) {
        return share * expect.abs();
    }
    let within = quantity(node, unit, path, reading);
    if within < 0.0 {
        let message = format!("expected no negative difference; found {}", node.describe());
        reading.at(node, path, message, None);
    }
    within.abs()
}
