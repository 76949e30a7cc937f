//! A series that somebody has recorded: instants and values from a file of comma-separated values.

use super::cells::{Cell, Tables, cells, column, lines, whole};
use super::instant;
use super::problems::{Findings, Place};
use super::tree::{Node, Path};
use crate::units::{Start, parse_span};

/// Rows of a recording at most.
const MOST_ROWS: usize = 1_000_000;

/// The nodes that say where a recording is.
pub(crate) struct Named<'t> {
    /// The name of the file.
    pub file: &'t Node,
    /// The column of the instants.
    pub time: &'t Node,
    /// The column of the values.
    pub column: &'t Node,
}

/// The rows of a recording that have a value: seconds of its own clock, and the value. `start` is the
/// wall clock at simulated time zero, from which instants of the wall clock are counted. What is wrong
/// is reported; `path` is that of the object that names the file.
pub(crate) fn recording(
    tables: &mut Tables,
    named: &Named,
    start: Option<Start>,
    path: &str,
    findings: &mut Findings,
) -> Vec<(f64, f64)> {
    let mut read = Vec::new();
    let file = format!("{path}.recorded");
    let Some(source) = tables.source(named.file, &file, findings) else { return read };
    let text = findings.text(source).to_string();
    let mut lines = lines(&text);
    let names = lines.next().map(|line| cells(line, source)).unwrap_or_default();
    let time = column(&names, named.time, &format!("{path}.time"), findings);
    let value = column(&names, named.column, &format!("{path}.column"), findings);
    let (Some(time), Some(value)) = (time, value) else { return read };
    let mut before = f64::NEG_INFINITY;
    for line in lines.filter(|(_, line)| !line.trim().is_empty()) {
        if read.len() == MOST_ROWS {
            let message = format!("expected at most {MOST_ROWS} rows");
            findings.report(whole(line, source), &Path::Top, message);
            break;
        }
        let cells = cells(line, source);
        let (Some(at), Some(what)) = (cells.get(time), cells.get(value)) else {
            let message = format!("expected {} values; found {}", names.len(), cells.len());
            findings.report(whole(line, source), &Path::Top, message);
            continue;
        };
        let seconds = report(at, seconds(at.text, start), findings);
        // Where nothing was measured there is nothing to compare.
        let value = match what.text {
            "" => None,
            _ => report(what, number(what.text), findings),
        };
        let Some(seconds) = seconds else { continue };
        if seconds < before {
            let message = "expected an instant not before the one in the row above";
            let hint = Some("sort the rows by time".to_string());
            findings.report_with(at.place, &Path::Top, message, hint);
        } else {
            before = seconds;
            read.extend(value.map(|value| (seconds, value)));
        }
    }
    if read.is_empty() && findings.count() == 0 {
        let message = "expected at least one row with a value below the names of the columns";
        findings.report(Place::new(source, 0, 0), &Path::Top, message);
    }
    read
}

fn report(cell: &Cell, read: Result<f64, &str>, findings: &mut Findings) -> Option<f64> {
    let wrong = |expected: &str| {
        let message = format!("expected {expected}; found {:?}", cell.text);
        findings.report(cell.place, &Path::Top, message);
    };
    read.map_err(wrong).ok()
}

fn number(text: &str) -> Result<f64, &'static str> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
    number.ok_or("a number in the unit of the series (seconds, bytes, a share), or nothing")
}

/// Seconds of the recording's clock.
fn seconds(text: &str, start: Option<Start>) -> Result<f64, &'static str> {
    const FARTHEST: f64 = 1e10;
    let expected = "an instant: seconds, a time with its unit, or 2024-11-14T09:42:00Z";
    if let Ok(seconds) = text.parse::<f64>() {
        return Some(seconds).filter(|s| s.abs() <= FARTHEST).ok_or(expected);
    }
    if let Some(at) = wall_clock(text) {
        let start = start.ok_or("`about.start` in the scenario, to know when this was")?;
        return Ok(at - start.unix_s as f64);
    }
    parse_span(text).map(|span| span.as_secs_f64()).map_err(|_| expected)
}

/// Seconds since 1970 of an instant of the wall clock, which may have a fraction of a second.
fn wall_clock(text: &str) -> Option<f64> {
    let Some((whole, fraction)) = text.split_once('.') else {
        return instant::parse(text).map(|start| start.unix_s as f64);
    };
    let digits = fraction.strip_suffix('Z')?;
    let plain = (1..=9).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    let fraction = format!("0.{digits}").parse::<f64>().ok().filter(|_| plain)?;
    Some(instant::parse(&format!("{whole}Z"))?.unix_s as f64 + fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_seconds_spans_or_the_wall_clock() {
        let start = Some(Start { unix_s: 1_731_577_320 });
        assert_eq!(seconds("-0.06", None), Ok(-0.06));
        assert_eq!(seconds("2min", None), Ok(120.0));
        assert_eq!(seconds("2024-11-14T09:42:10Z", start), Ok(10.0));
        assert_eq!(seconds("2024-11-14T09:42:10.500Z", start), Ok(10.5));
        assert!(seconds("2024-11-14T09:42:10Z", None).is_err());
        for bad in ["", "NaN", "inf", "1e11", "2024-11-14T09:42:10.Z", "09:42"] {
            assert!(seconds(bad, start).is_err(), "{bad:?}");
        }
    }
}
