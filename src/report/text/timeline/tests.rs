//! The timeline of a record made by hand, to the character.

use super::*;
use crate::observe::{Kind, Series};
use crate::scenario::read;

const SHOP: &str = r#"{
  "format": 1, "duration": "200s", "sample_every": "10s",
  "about": { "title": "Shop", "source": "invented", "start": "2024-11-14T09:42:00Z" },
  "servers": { "redis": { "preset": "redis-8.0", "maxclients": 100 } },
  "fleets": { "shop": {
    "arrivals": { "poisson": { "rate": "10/s" } },
    "connections": { "main": { "pooled": { "preset": "bb8-0.9", "max": 10 } } },
    "steps": [ { "call": { "server": "redis", "through": "main" } } ],
    "process": { "memory": { "base": "10MB", "limit": "100MB" } }
  } }
}"#;

fn shop() -> Scenario {
    match read("shop.json", &|_| Ok(SHOP.as_bytes().to_vec()), &[]) {
        Ok(scenario) => scenario,
        Err(problems) => panic!("{problems}"),
    }
}

fn at(seconds: u64) -> SimTime {
    SimTime::ZERO + Span::from_secs(seconds)
}

/// A record with a row every ten seconds.
fn record(rows: u64) -> Record {
    Record {
        times: (0..=rows).map(|row| at(10 * row)).collect(),
        series: Vec::new(),
        ended: Vec::new(),
        events: Vec::new(),
        ranges: Vec::new(),
        scrapes: Vec::new(),
        crossings: Vec::new(),
        digest: String::new(),
        requests: 0,
        handled: 0,
        stopped: None,
    }
}

/// Adds a series with a value for each row.
fn add(record: &mut Record, name: &str, kind: Kind, value: impl Fn(usize) -> f64) {
    let values = (0..record.times.len()).map(value).collect();
    let (name, unit) = (name.to_string(), Unit::Count);
    record.series.push(Series { name, unit, kind, values, peaks: None });
}

/// Adds an event.
fn note(record: &mut Record, seconds: u64, kind: &'static str) {
    let (part, text) = ("servers.redis".to_string(), kind.to_string());
    record.events.push(Noted { at: at(seconds), kind, part, text });
}

fn written(record: &Record, paint: Paint) -> Option<String> {
    let scenario = shop();
    let mut out = String::new();
    Timeline::of(&scenario, record, paint.width())?.write(1, paint, &mut out);
    Some(out)
}

/// Twenty columns. Clients climb by 5 % of the limit a column; half of what ends fails from the
/// eleventh on, and nothing ends in the last two; the pool has a queue in one; memory stays low.
fn climbing() -> Record {
    let mut record = record(20);
    add(&mut record, "servers.redis.connected_clients", Kind::Level, |row| 5.0 * row as f64);
    add(&mut record, "servers.redis.accept_queue", Kind::Level, |_| 3.0);
    let ended = |row: usize| row.min(18) as f64;
    let failed = move |row: usize| (ended(row) - 10.0).max(0.0) / 2.0;
    add(&mut record, "fleets.shop.failed", Kind::Counter, failed);
    add(&mut record, "fleets.shop.succeeded", Kind::Counter, move |row| ended(row) - failed(row));
    let queue = |row: usize| if row == 12 { 40.0 } else { 0.0 };
    add(&mut record, "fleets.shop.pools.main.waiting", Kind::Level, queue);
    add(&mut record, "fleets.shop.queued", Kind::Level, |_| 0.0);
    add(&mut record, "fleets.shop.memory_max", Kind::Level, |_| 20e6);
    note(&mut record, 101, "first_rejection");
    note(&mut record, 110, "first_failure");
    note(&mut record, 111, "pool_empty");
    record
}

#[test]
fn a_row_of_blocks_stands_over_its_time_and_its_events() {
    let text = written(&climbing(), Paint::PLAIN).unwrap();
    let expected = "\
Over time: the highest in each 10 s; a full █ is the figure on the right; · no request ended
  redis  clients  ▁▁▁▂▂▂▃▃▄▄▄▅▅▆▆▆▇▇██  limit 100
  shop   failing            ████████··  50 %
         waiting             █          40
                  0           2         min
                  09:42       09:44     UTC
                            AB

";
    assert_eq!(text, expected, "\n{text}");
}

/// Events of one column share its letter; the text that tells of them finds it.
#[test]
fn letters_are_those_of_columns() {
    let (scenario, record) = (shop(), climbing());
    let timeline = Timeline::of(&scenario, &record, 100).unwrap();
    let letters = [100, 101, 110, 111, 120, 121].map(|second| timeline.letter(at(second)));
    assert_eq!(letters, [None, Some('A'), Some('A'), Some('B'), Some('B'), None]);
}

/// A spike of one row in 600, between rows even, is as high as it was.
#[test]
fn a_spike_is_not_lost() {
    let mut record = record(600);
    add(&mut record, "servers.redis.connected_clients", Kind::Level, |_| 20.0);
    let mut peaks = vec![20.0; 601];
    peaks[313] = 100.0;
    record.series[0].peaks = Some(peaks);
    add(&mut record, "fleets.shop.failed", Kind::Counter, |row| if row < 77 { 0.0 } else { 1.0 });
    add(&mut record, "fleets.shop.succeeded", Kind::Counter, |row| 1e3 * row as f64);
    let text = written(&record, Paint::PLAIN).unwrap();
    let blocks = |line: usize| -> Vec<char> {
        text.lines().nth(line).unwrap().chars().skip(18).take(60).collect()
    };
    // Ten rows a column: row 313 is in the column of rows 311 to 320, row 77 in that of 71 to 80.
    assert!(text.starts_with("Over time: the highest in each 100 s; "), "{text}");
    let expected = |at: usize, high: char, low: char| -> Vec<char> {
        (0..60).map(|column| if column == at { high } else { low }).collect()
    };
    assert_eq!(blocks(1), expected(31, '█', '▂'), "{text}");
    // One in a thousand, of a top of 1 %.
    assert_eq!(blocks(2), expected(7, '▁', ' '), "{text}");
    assert!(text.lines().nth(2).unwrap().ends_with("  1 %"), "{text}");
}

/// Far below the limit the shape is drawn against the highest, and the limit is said.
#[test]
fn connections_far_below_the_limit_have_a_shape() {
    let mut record = record(4);
    let level = |row: usize| [1.0, 4.0, 8.0, 2.0, 0.0][row];
    add(&mut record, "servers.redis.connected_clients", Kind::Level, level);
    let text = written(&record, Paint::PLAIN).unwrap();
    assert!(text.contains("  redis  clients  ▄█▂   8 of limit 100\n"), "{text}");
}

#[test]
fn what_fails_is_red_and_what_nears_its_limit_yellow() {
    let text = written(&climbing(), Paint::COLOUR).unwrap();
    assert!(text.contains("▁▁▁▂▂▂▃▃▄▄▄▅▅▆▆\u{1b}[33m▆▇▇██\u{1b}[0m  "), "{text}");
    assert!(text.contains("          \u{1b}[1;31m████████\u{1b}[0m··  "), "{text}");
    let mut plain = String::new();
    for (index, part) in text.split("\u{1b}[").enumerate() {
        plain.push_str(if index == 0 { part } else { part.split_once('m').unwrap().1 });
    }
    assert_eq!(plain, written(&climbing(), Paint::PLAIN).unwrap());
}

/// Whatever is in a record, no line is wider than the terminal, and nothing panics.
#[test]
fn no_line_is_wider_than_the_terminal() {
    for rows in [0, 1, 2, 3, 65, 66, 67, 131, 133, 1_000] {
        for odd in [f64::NAN, f64::INFINITY, 0.0, -1.0, 1e18] {
            let mut record = record(rows);
            for name in ["servers.redis.connected_clients", "fleets.shop.pools.main.waiting"] {
                add(&mut record, name, Kind::Level, |row| if row % 2 == 0 { odd } else { 7.0 });
            }
            add(&mut record, "fleets.shop.failed", Kind::Counter, |_| odd);
            add(&mut record, "fleets.shop.succeeded", Kind::Counter, |row| row as f64);
            note(&mut record, 10 * rows, "first_rejection");
            for width in [80, 100] {
                let Some(text) = written(&record, Paint::PLAIN.within(width)) else {
                    assert!(rows == 0, "{rows} rows have a timeline");
                    continue;
                };
                assert!(text.lines().all(|line| line.chars().count() <= width), "{rows}: {text}");
            }
        }
    }
}

#[test]
fn nothing_above_zero_makes_no_timeline() {
    let mut record = record(9);
    add(&mut record, "servers.redis.connected_clients", Kind::Level, |_| 0.0);
    add(&mut record, "fleets.shop.failed", Kind::Counter, |_| 0.0);
    add(&mut record, "fleets.shop.succeeded", Kind::Counter, |row| row as f64);
    assert_eq!(written(&record, Paint::PLAIN), None);
}
