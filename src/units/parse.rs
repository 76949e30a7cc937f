//! Texts to quantities.

use super::{Bytes, Rate, Ratio, Span};

/// Why a text is not the quantity that was wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadQuantity {
    /// What was expected, with an example.
    pub expected: &'static str,
}

const SPAN: BadQuantity =
    BadQuantity { expected: "a time with its unit, such as \"38min\", \"1h 30m\" or \"250us\"" };
const RATE: BadQuantity =
    BadQuantity { expected: "a rate with its unit, such as \"22000/s\" or \"264/min\"" };
const BYTES: BadQuantity =
    BadQuantity { expected: "a size with its unit, such as \"0.62MB\", \"512KiB\" or \"32GB\"" };
const RATIO: BadQuantity =
    BadQuantity { expected: "a share, such as \"5%\" or a number between 0 and 1" };

/// Parses a length of time, to whole nanoseconds: `"38min"`, `"1h 30m"`, `"0.5s"`, `"7us"`.
///
/// # Errors
///
/// When the text is not a number with a unit of time, is negative, or is longer than 584 years.
pub fn parse_span(text: &str) -> Result<Span, BadQuantity> {
    if let Ok(duration) = humantime::parse_duration(text) {
        return u64::try_from(duration.as_nanos()).map(Span::from_ns).map_err(|_| SPAN);
    }
    let (number, unit) = split(text).ok_or(SPAN)?;
    let one = humantime::parse_duration(&format!("1{unit}")).map_err(|_| SPAN)?;
    let ns = number * one.as_nanos() as f64;
    if ns >= 0.0 && ns < u64::MAX as f64 { Ok(Span::from_ns((ns + 0.5) as u64)) } else { Err(SPAN) }
}

/// Parses a rate: a number, a slash and a unit of time (`"22000/s"`, `"264/min"`, `"0.5/h"`).
///
/// # Errors
///
/// When the text has no unit, or the number is negative or not finite.
pub fn parse_rate(text: &str) -> Result<Rate, BadQuantity> {
    let (number, unit) = text.split_once('/').ok_or(RATE)?;
    let number = plain_number(number.trim()).ok_or(RATE)?;
    let one = humantime::parse_duration(&format!("1{}", unit.trim())).map_err(|_| RATE)?;
    Rate::per_second(number / one.as_secs_f64()).ok_or(RATE)
}

/// Parses a size: decimal units (`B KB MB GB TB`) or binary ones (`KiB MiB GiB TiB`).
///
/// # Errors
///
/// When the text has no unit, or the number is negative or too large.
pub fn parse_bytes(text: &str) -> Result<Bytes, BadQuantity> {
    let (number, unit) = split(text).ok_or(BYTES)?;
    let scale = match unit {
        "B" => 1.0,
        "KB" | "kB" => 1e3,
        "MB" => 1e6,
        "GB" => 1e9,
        "TB" => 1e12,
        "KiB" => 1024.0,
        "MiB" => 1_048_576.0,
        "GiB" => 1_073_741_824.0,
        "TiB" => 1_099_511_627_776.0,
        _ => return Err(BYTES),
    };
    let bytes = number * scale;
    if (0.0..1e18).contains(&bytes) { Ok(Bytes((bytes + 0.5) as u64)) } else { Err(BYTES) }
}

/// Parses a share: `"5%"`, or a plain number between 0 and 1.
///
/// # Errors
///
/// When the text is neither, or lies outside 0..=1.
pub fn parse_ratio(text: &str) -> Result<Ratio, BadQuantity> {
    let share = match text.strip_suffix('%') {
        Some(percent) => plain_number(percent.trim()).ok_or(RATIO)? / 100.0,
        None => plain_number(text.trim()).ok_or(RATIO)?,
    };
    Ratio::new(share).ok_or(RATIO)
}

/// A number and its unit, cut where the number ends.
fn split(text: &str) -> Option<(f64, &str)> {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
    Some((plain_number(&text[..end])?, text[end..].trim_start()))
}

/// A decimal number as people write it: digits and at most one point, no sign, no exponent.
fn plain_number(text: &str) -> Option<f64> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let points = text.bytes().filter(|b| *b == b'.').count();
    (digits > 0 && points <= 1 && digits + points == text.len()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_whole_nanoseconds() {
        assert_eq!(parse_span("38min"), Ok(Span::from_secs(38 * 60)));
        assert_eq!(parse_span("1h 30m"), Ok(Span::from_secs(5400)));
        assert_eq!(parse_span("0.5s"), Ok(Span::from_ns(500_000_000)));
        assert_eq!(parse_span("2.5us"), Ok(Span::from_ns(2500)));
        assert_eq!(parse_span("0s"), Ok(Span::ZERO));
        for bad in ["38", "", "min", "-5s", "1e3s", "NaNs", "5 parsecs", "999999999999y", "."] {
            assert!(parse_span(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn rates_sizes_and_shares_need_their_units() {
        assert_eq!(parse_rate("264/min").unwrap().as_per_second(), 4.4);
        assert_eq!(parse_bytes("0.62MB"), Ok(Bytes(620_000)));
        assert_eq!(parse_bytes("1KiB"), Ok(Bytes(1024)));
        assert_eq!(parse_ratio("5%").unwrap().share(), 0.05);
        assert_eq!(parse_ratio("0.0002").unwrap().share(), 0.0002);
        assert!(parse_rate("22000").is_err() && parse_rate("-1/s").is_err());
        assert!(parse_bytes("12").is_err() && parse_bytes("1XB").is_err());
        assert!(parse_ratio("101%").is_err() && parse_ratio("1.5").is_err());
    }
}
