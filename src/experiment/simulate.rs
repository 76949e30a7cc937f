//! A made-up record, standing in for the simulation until it is here. TO BE REPLACED.

use crate::claims::needs;
use crate::observe::{Crossing, Kind, Noted, Quantiles, Range, Record, Series, Summary};
use crate::scenario::{Cause, Scenario};
use crate::units::{SimTime, Unit};

/// Simulates run number `run` of a scenario; `follow` is called after each row of the series.
pub fn simulate(scenario: &Scenario, run: u32, follow: &mut dyn FnMut(&Record)) -> Record {
    let mut record = empty(scenario, run);
    let every = scenario.sample_every.as_ns().max(1);
    let end = scenario.duration.as_ns();
    let rate = rate(scenario);
    let mut at = 0;
    loop {
        if end >= 36_000_000_000_000 {
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        let seconds = at as f64 / 1e9;
        record.times.push(SimTime::from_ns(at));
        for series in &mut record.series {
            let value = made_up(&series.name, seconds, run, rate);
            series.values.push(value);
            if let Some(peaks) = &mut series.peaks {
                peaks.push(value);
            }
        }
        let fill = 2272.0 + f64::from(run % 7);
        if seconds >= fill && record.events.is_empty() {
            for server in &scenario.settings.servers {
                record.events.push(Noted {
                    at: SimTime::from_ns((fill * 1e9) as u64),
                    kind: "first_rejection",
                    part: format!("servers.{}", server.name),
                    text: "first rejection: 10,000 of 10,000 slots taken".to_string(),
                });
            }
        }
        record.requests = (seconds * rate) as u64;
        record.handled = record.requests * 5;
        follow(&record);
        if at >= end {
            break;
        }
        at = (at + every).min(end);
    }
    record
}

fn rate(scenario: &Scenario) -> f64 {
    use crate::scenario::{Arrivals, Profile};
    match &scenario.settings.fleets[0].arrivals {
        Arrivals::Poisson(Profile::Constant(rate)) | Arrivals::Even(Profile::Constant(rate)) => {
            rate.as_per_second()
        }
        _ => 0.0,
    }
}

fn made_up(name: &str, seconds: f64, run: u32, rate: f64) -> f64 {
    let leaked = (seconds * (4.4 + f64::from(run % 7) * 0.001)).floor();
    let late = (seconds - 2272.0).max(0.0);
    match name.rsplit('.').next().unwrap_or("") {
        "connected_clients" | "slots_leaked" | "established" => leaked.min(10_000.0),
        "leaked" => leaked,
        "close_wait" => (leaked - 10_000.0).max(0.0),
        "requests" | "attempts" => seconds * rate,
        "succeeded" => (seconds - late) * rate,
        "failed" | "rejected" | "rejected_connections" => late * rate,
        "loop_busy" => 0.75,
        "memory_max" | "memory" => 1e8 + leaked * 1e4,
        "instances_up" => 4.0,
        "latency_s_p99" => 0.0024,
        _ => 0.0,
    }
}

fn empty(scenario: &Scenario, run: u32) -> Record {
    let mut series = Vec::new();
    let mut add = |name: String, kind: Kind, unit: Unit| {
        let peaks = (kind == Kind::Level).then(Vec::new);
        series.push(Series { name, unit, kind, values: Vec::new(), peaks });
    };
    for server in &scenario.settings.servers {
        for (what, kind, unit) in [
            ("connected_clients", Kind::Level, Unit::Count),
            ("slots_leaked", Kind::Level, Unit::Count),
            ("rejected_connections", Kind::Counter, Unit::Count),
            ("reaped_connections", Kind::Counter, Unit::Count),
            ("loop_busy", Kind::Level, Unit::Ratio),
            ("memory", Kind::Level, Unit::Bytes),
        ] {
            add(format!("servers.{}.{what}", server.name), kind, unit);
        }
    }
    for fleet in &scenario.settings.fleets {
        let counters = ["requests", "succeeded", "failed", "attempts"];
        for what in counters {
            add(format!("fleets.{}.{what}", fleet.name), Kind::Counter, Unit::Count);
        }
        for cause in Cause::ALL {
            let name = format!("fleets.{}.failed_by.{}", fleet.name, cause.name());
            add(name, Kind::Counter, Unit::Count);
        }
        let sockets = ["sockets.established", "sockets.close_wait", "sockets.leaked"];
        for what in sockets.into_iter().chain(["instances_up"]) {
            add(format!("fleets.{}.{what}", fleet.name), Kind::Level, Unit::Count);
        }
        add(format!("fleets.{}.memory_max", fleet.name), Kind::Level, Unit::Bytes);
        add(format!("fleets.{}.latency_s_p99", fleet.name), Kind::Quantile, Unit::Seconds);
    }
    let wanted = needs(&scenario.claims);
    let crossing = |(series, above): (String, f64)| {
        let at = series.ends_with("rejected_connections");
        let at = at.then(|| SimTime::from_ns((2_272 + u64::from(run % 7)) * 1_000_000_000));
        Crossing { series, above, at: at.filter(|at| *at <= SimTime::ZERO + scenario.duration) }
    };
    Record {
        times: Vec::new(),
        series,
        events: Vec::new(),
        ranges: ranges(scenario, wanted.ranges),
        crossings: wanted.crossings.into_iter().map(crossing).collect(),
        digest: format!("{:032x}", u64::from(run) + 0xabcd),
        requests: 0,
        handled: 0,
        stopped: None,
    }
}

fn ranges(scenario: &Scenario, asked: Vec<(String, SimTime, SimTime, Vec<f64>)>) -> Vec<Range> {
    let whole = |fleet: &crate::scenario::Fleet| {
        let from = SimTime::ZERO + scenario.warm_up;
        (format!("fleets.{}.latency", fleet.name), from, SimTime::ZERO + scenario.duration, vec![])
    };
    let all = scenario.settings.fleets.iter().map(whole).chain(asked);
    all.map(|(series, from, to, qs)| Range {
        series,
        from,
        to,
        summary: Summary {
            count: if to.as_ns() <= 10_000_000_000 { 0 } else { 1000 },
            mean: 0.0013,
            quantiles: Quantiles { p50: 0.0012, p90: 0.002, p99: 0.0024, p999: 0.003, max: 0.01 },
        },
        asked: qs.into_iter().map(|q| (q, 0.0024)).collect(),
    })
    .collect()
}
