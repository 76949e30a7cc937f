//! Instants of the wall clock: `2024-11-14T09:42:00Z`, in UTC and whole seconds (RFC 3339).

use crate::units::Start;

/// The instant that `text` says, from 1970 to 2099; `None` when it says none.
pub(crate) fn parse(text: &str) -> Option<Start> {
    let bytes = text.as_bytes();
    let shape = b"0000-00-00T00:00:00Z";
    let fits = |(byte, shape): (&u8, &u8)| match shape {
        b'0' => byte.is_ascii_digit(),
        shape => byte == shape,
    };
    if bytes.len() != shape.len() || !bytes.iter().zip(shape).all(fits) {
        return None;
    }
    let number = |from: usize, to: usize| text[from..to].parse::<u64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let date = (1970..2100).contains(&year) && (1..=12).contains(&month);
    if !date || day < 1 || day > days_of(year, month) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let years: u64 = (1970..year).map(|year| if is_leap(year) { 366 } else { 365 }).sum();
    let months: u64 = (1..month).map(|month| days_of(year, month)).sum();
    let days = years + months + day - 1;
    Some(Start { unix_s: ((days * 24 + hour) * 60 + minute) * 60 + second })
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_of(year: u64, month: u64) -> u64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_seconds_since_1970() {
        let unix_s = |text| parse(text).map(|start| start.unix_s);
        assert_eq!(unix_s("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(unix_s("2024-11-14T09:42:00Z"), Some(1_731_577_320));
        assert_eq!(unix_s("2000-02-29T23:59:59Z"), Some(951_868_799));
        assert_eq!(unix_s("2099-12-31T23:59:59Z"), Some(4_102_444_799));
    }

    #[test]
    fn what_is_no_instant_is_refused() {
        for bad in [
            "2023-02-29T00:00:00Z",
            "2024-13-01T00:00:00Z",
            "2024-11-14T24:00:00Z",
            "2024-11-14T09:42:00+01:00",
            "2024-11-14T09:42:00.5Z",
            "1969-12-31T23:59:59Z",
            "2024-11-14",
            "",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
