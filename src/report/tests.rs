//! What people and programs read, from an outcome made by hand.

use crate::claims::{fired, identities, judge, measure, test_alerts};
use crate::experiment::{Figure, Outcome, Study, summary};
use crate::observe::{Crossing, Kind, Noted, Quantiles, Range, Record, Scrapes, Series, Summary};
use crate::report::json::{self, Cost};
use crate::report::text::{self, Paint};
use crate::report::{SeriesWriter, event_line, verdicts_table};
use crate::scenario::{ClaimTest, Eye, Scenario, Sight, read};
use crate::units::{SimTime, Span, Start, Unit};

const CHAT: &str = r#"{
  "format": 1, "duration": "47min", "seed": "38",
  "about": { "title": "Chat service", "source": "a title | a site", "start": "2024-11-14T09:42:00Z" },
  "servers": { "redis": { "preset": "redis-8.0", "maxclients": 10000 } },
  "fleets": { "chat": {
    "instances": 4,
    "arrivals": { "poisson": { "rate": "22000/s" } },
    "connections": { "main": { "per_request": {
      "leak": { "kind": "forgotten", "on_success": 0.0002, "on_error": 0.0002 } } } },
    "steps": [ { "call": { "server": "redis", "through": "main" } } ],
    "process": { "ports": { "tw_reuse": true } }
  } },
  "claims": [
    { "id": "A2", "says": "the limit is reached after 38 minutes", "source": "section 1",
      "measure": { "first_time": { "series": "servers.redis.rejected_connections", "above": 0 } },
      "expect": "38min", "within": "1min" },
    { "id": "A5", "says": "12,400 sockets in CLOSE_WAIT on the pods", "source": "section 2",
      "measure": { "value_at": { "series": "fleets.chat.sockets.close_wait", "at": "47min" } },
      "expect": 12400, "within": "5%", "verdict": "contradicted" },
    { "id": "A13", "says": "three runs of 30 minutes all hit the limit", "source": "section 3",
      "measure": { "max": { "series": "servers.redis.connected_clients", "to": "30min" } },
      "expect": 10000, "within": 0 },
    { "id": "A6", "says": "idle connections are closed after 5 minutes", "source": "section 4",
      "assume": { "servers.redis.timeout": "5min" }, "verdict": "contradicted" }
  ],
  "alerts": [
    { "id": "ratio-70", "says": "more than 70 % | of maxclients", "every": "10min",
      "when": { "value": { "series": "servers.redis.connected_clients", "of": "servers.redis.maxclients", "above": 0.7 } } },
    { "id": "rejected", "says": "connections are refused", "every": "10min",
      "when": { "rise": { "series": "servers.redis.rejected_connections", "above": 0 } } }
  ]
}"#;

fn at(seconds: u64) -> SimTime {
    SimTime::ZERO + Span::from_secs(seconds)
}

pub(super) fn chat() -> Scenario {
    match read("chat-38min.json", &|_| Ok(CHAT.as_bytes().to_vec()), &[]) {
        Ok(scenario) => scenario,
        Err(problems) => panic!("{problems}"),
    }
}

/// Three rows of the incident: the start, half an hour, the end.
pub(super) fn record() -> Record {
    let series = |name: &str, kind, unit, values: [f64; 3]| Series {
        name: name.to_string(),
        unit,
        kind,
        values: values.to_vec(),
        peaks: None,
    };
    let count = |name, kind, values| series(name, kind, Unit::Count, values);
    Record {
        times: vec![at(0), at(1800), at(2820)],
        series: vec![
            count("servers.redis.connected_clients", Kind::Level, [1.0, 7_941.0, 10_000.0]),
            count("servers.redis.slots_leaked", Kind::Level, [0.0, 7_920.0, 9_999.0]),
            count("servers.redis.rejected_connections", Kind::Counter, [0.0, 0.0, 1.204e7]),
            count("servers.redis.reaped_connections", Kind::Counter, [0.0; 3]),
            series("servers.redis.loop_busy", Kind::Level, Unit::Ratio, [0.0, 0.748, 0.63]),
            count("fleets.chat.requests", Kind::Counter, [0.0, 3.96e7, 6.204e7]),
            count("fleets.chat.succeeded", Kind::Counter, [0.0, 3.96e7, 5.0e7]),
            count("fleets.chat.failed", Kind::Counter, [0.0, 0.0, 1.204e7]),
            count("fleets.chat.failed_by.rejected", Kind::Counter, [0.0, 0.0, 1.204e7]),
            count("fleets.chat.attempts", Kind::Counter, [0.0, 3.96e7, 6.204e7]),
            count("fleets.chat.sockets.close_wait", Kind::Level, [0.0, 0.0, 2_408.0]),
            series("fleets.chat.memory_max", Kind::Level, Unit::Bytes, [1e8, 1.2e8, 1.31e8]),
            series(
                "fleets.chat.latency_s_p99",
                Kind::Quantile,
                Unit::Seconds,
                [f64::NAN, 2e-3, 1e-3],
            ),
        ],
        ended: Vec::new(),
        events: vec![Noted {
            at: SimTime::from_ns(2_272_700_000_000),
            kind: "first_rejection",
            part: "servers.redis".to_string(),
            text: "first rejection, 10,000 of 10,000 slots taken".to_string(),
        }],
        ranges: vec![Range {
            series: "fleets.chat.latency".to_string(),
            from: at(0),
            to: at(2820),
            summary: Summary {
                count: 62_040_000,
                zeros: 0,
                mean: 1.3e-3,
                quantiles: Quantiles { p50: 1.2e-3, p90: 1.5e-3, p99: 2e-3, p999: 4e-3, max: 0.1 },
            },
            asked: Vec::new(),
        }],
        scrapes: vec![scrapes()],
        crossings: ["servers.redis.rejected_connections", "fleets.chat.failed"]
            .map(|series| Crossing {
                series: series.to_string(),
                above: 0.0,
                at: Some(SimTime::from_ns(2_272_700_000_000)),
            })
            .to_vec(),
        digest: "0123456789abcdef0123456789abcdef".to_string(),
        requests: 62_040_000,
        handled: 310_000_000,
        stopped: None,
    }
}

/// Five scrapes, the last of which is refused.
fn scrapes() -> Scrapes {
    let series = |name: &str, values: [f64; 5]| {
        (Sight::Series(format!("servers.redis.{name}")), values.to_vec())
    };
    Scrapes {
        every: Span::from_secs(600),
        times: (0..5).map(|index| at(600 * index)).collect(),
        sights: vec![
            series("connected_clients", [1.0, 2_641.0, 5_281.0, 7_921.0, 10_000.0]),
            (Sight::Maxclients(0), vec![10_000.0; 5]),
            series("rejected_connections", [0.0, 0.0, 0.0, 0.0, 2e6]),
        ],
        blind: vec![(Eye::Dials(0), vec![false, false, false, false, true])],
    }
}

pub(super) fn outcome(scenario: &Scenario) -> Outcome {
    let first = record();
    let value = |test: &ClaimTest| match test {
        ClaimTest::Outcome { measure: what, .. } => measure(what, &first),
        _ => None,
    };
    let judged = scenario
        .claims
        .iter()
        .map(|claim| judge(claim, &[value(&claim.test)], scenario.about.start));
    Outcome {
        audit: None,
        claims: judged.collect(),
        alerts: test_alerts(scenario, &[&fired(scenario, &first)], &first, None),
        runs: 1,
        identities: identities(scenario),
        summary: summary(scenario, &first),
        spreads: Vec::new(),
        exhaustion: Vec::new(),
        aimed: None,
        study: Study::of(scenario),
        digests: vec![first.digest.clone()],
        digest: first.digest.clone(),
        requests: first.requests,
        events: first.handled,
        stopped: None,
        first,
    }
}

/// The text as it stays from release to release.
fn unversioned(text: &str) -> String {
    text.replace(env!("CARGO_PKG_VERSION"), "VERSION")
}

#[test]
fn a_tired_reader_sees_the_verdict_first() {
    let scenario = chat();
    insta::assert_snapshot!(text::run(&scenario, &outcome(&scenario), Paint::PLAIN));
}

#[test]
fn programs_read_one_object() {
    let scenario = chat();
    let json = json::run(&scenario, &outcome(&scenario), Cost { wall_seconds: 9.3 });
    insta::assert_snapshot!(unversioned(&format!("{json:#}")));
}

#[test]
fn verdicts_are_a_table_for_a_postmortem() {
    let scenario = chat();
    let table = verdicts_table(&scenario, &outcome(&scenario), "highwater run x");
    insta::assert_snapshot!(unversioned(&table));
}

#[test]
fn rows_are_written_once_each_as_they_come() {
    let mut record = record();
    let start = Some(Start { unix_s: 1_731_577_320 });
    let mut out = Vec::new();
    let mut writer = SeriesWriter::new(&mut out, start);
    let last = record.times.pop().unwrap();
    writer.follow(&record).unwrap();
    record.times.push(last);
    writer.follow(&record).unwrap();
    writer.follow(&record).unwrap();
    drop(writer);
    insta::assert_snapshot!(String::from_utf8(out).unwrap());
}

#[test]
fn an_event_is_one_line_of_json() {
    let line = event_line(&record().events[0], None);
    let expected = r#"{"time_s":2272.7,"event":"first_rejection","part":"servers.redis","text":"first rejection, 10,000 of 10,000 slots taken"}"#;
    assert_eq!(line, expected);
}

#[test]
fn the_names_of_figures_say_their_units_and_are_unique() {
    let scenario = chat();
    let figures = summary(&scenario, &record());
    let value = |name: &str| figures.iter().find(|figure| figure.name == name).unwrap().value;
    assert_eq!(value("servers.redis.first_rejection_s"), Some(2272.7));
    assert_eq!(value("fleets.chat.memory_max_bytes_max"), Some(1.31e8));
    assert_eq!(value("fleets.chat.latency_s_p99"), Some(2e-3));
    assert_eq!(value("fleets.chat.failed_ratio"), Some(1.204e7 / 6.204e7));
    assert_eq!(value("fleets.chat.first_oom_kill_s"), None);
    let mut names: Vec<&String> = figures.iter().map(|Figure { name, .. }| name).collect();
    let all = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all);
}

/// A record with so many rows, one a second, and nothing in it.
pub(super) fn rows(count: u64) -> Record {
    let times = (0..count).map(at).collect();
    Record { times, series: Vec::new(), events: Vec::new(), ..record() }
}
