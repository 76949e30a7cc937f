//! Quantities to texts that a person can read at a glance.

use super::{SimTime, Span, Start, Unit};

/// A value in base units (seconds, bytes, per second, share) with the unit a person would choose.
///
/// ```
/// use highwater::units::{Unit, quantity};
///
/// assert_eq!(quantity(2272.7, Unit::Seconds), "37.88 min");
/// assert_eq!(quantity(12_408.0, Unit::Count), "12,408");
/// assert_eq!(quantity(0.923, Unit::Ratio), "0.923");
/// ```
pub fn quantity(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Count => count(value),
        Unit::Ratio => significant(value, 4),
        Unit::PerSecond => format!("{}/s", count(value)),
        Unit::Seconds => seconds(value),
        Unit::Bytes => bytes(value),
    }
}

/// A span in the largest units that print it exactly: `"47m"`, `"1h 30m"`, `"250us"`.
pub fn duration(span: Span) -> String {
    humantime::format_duration(std::time::Duration::from_nanos(span.as_ns())).to_string()
}

/// The wall clock at `seconds` of simulated time: `"10:19:52Z"`, with the date when it is not the
/// day of the start.
pub fn wall_clock(start: Start, seconds: f64) -> String {
    let unix_s = start.unix_s + seconds.max(0.0) as u64;
    let at = std::time::UNIX_EPOCH + std::time::Duration::from_secs(unix_s);
    let text = humantime::format_rfc3339_seconds(at).to_string();
    if unix_s / 86_400 == start.unix_s / 86_400 { text[11..].to_string() } else { text }
}

/// The wall clock at an instant of simulated time, with the date, to the millisecond:
/// `"2024-11-14T10:19:52.700Z"`.
pub fn timestamp(start: Start, at: SimTime) -> String {
    let since = std::time::Duration::from_secs(start.unix_s)
        .saturating_add(std::time::Duration::from_nanos(at.as_ns()));
    // The last second of the year 9999, beyond which the notation has no year.
    let since = since.min(std::time::Duration::from_secs(253_402_300_799));
    humantime::format_rfc3339_millis(std::time::UNIX_EPOCH + since).to_string()
}

fn seconds(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 {
        "0 s".to_string()
    } else if size < 0.9995e-6 {
        format!("{} ns", significant(value * 1e9, 3))
    } else if size < 0.9995e-3 {
        format!("{} us", significant(value * 1e6, 3))
    } else if size < 0.9995 {
        format!("{} ms", significant(value * 1e3, 3))
    } else if size < 120.0 {
        format!("{} s", significant(value, 3))
    } else {
        format!("{:.2} min", value / 60.0)
    }
}

fn bytes(value: f64) -> String {
    let (scale, unit) = match value.abs() {
        size if size >= 1e9 => (1e9, "GB"),
        size if size >= 1e6 => (1e6, "MB"),
        size if size >= 1e3 => (1e3, "KB"),
        _ => (1.0, "B"),
    };
    format!("{} {unit}", significant(value / scale, 4))
}

fn count(value: f64) -> String {
    if value.abs() < 1000.0 {
        return significant(value, 4);
    }
    let digits = format!("{value:.0}");
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits.as_str()), |d| ("-", d));
    let mut out = String::from(sign);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// At most `figures` significant figures, without trailing zeros.
fn significant(value: f64, figures: i32) -> String {
    let size = value.abs();
    if size == 0.0 || !size.is_finite() {
        return format!("{value}");
    }
    let mut magnitude = 0;
    let mut bound = 1.0;
    while bound * 10.0 <= size && magnitude < 18 {
        bound *= 10.0;
        magnitude += 1;
    }
    while bound > size && magnitude > -12 {
        bound /= 10.0;
        magnitude -= 1;
    }
    let decimals = (figures - 1 - magnitude).clamp(0, 15) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_string()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unit_fits_the_size() {
        assert_eq!(quantity(0.0, Unit::Seconds), "0 s");
        assert_eq!(quantity(89e-3, Unit::Seconds), "89 ms");
        assert_eq!(quantity(22.73, Unit::Seconds), "22.7 s");
        assert_eq!(quantity(2_048e6, Unit::Bytes), "2.048 GB");
        assert_eq!(quantity(62_040_000.0, Unit::Count), "62,040,000");
        assert_eq!(quantity(22_000.0, Unit::PerSecond), "22,000/s");
    }

    #[test]
    fn the_wall_clock_runs_beside_simulated_time() {
        let start = Start { unix_s: 1_731_577_320 };
        assert_eq!(wall_clock(start, 2272.7), "10:19:52Z");
        assert_eq!(wall_clock(start, 86_400.0), "2024-11-15T09:42:00Z");
    }
}
