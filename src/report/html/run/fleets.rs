//! The charts of a fleet.

use super::super::chart::{Across, Chart, Column, Role};
use super::plots::Plots;
use super::servers::level;
use crate::claims::{Gauge, amount, share};
use crate::observe::Record;
use crate::scenario::{Cause, is_ever_pooled};
use crate::units::Unit;

/// All charts of fleet number `index`.
pub(super) fn charts(plots: &mut Plots, index: usize) -> String {
    let settings = &plots.scenario.settings;
    let Some(fleet) = settings.fleets.get(index) else { return String::new() };
    let part = format!("fleets.{}", fleet.name);
    let mut out = amplification(plots, &part);
    let caption = latencies(plots.record, &part);
    out.push_str(&plots.percentiles("Latency of requests", &caption, &format!("{part}.latency")));
    let names = [
        ("in_flight", "in flight"),
        ("queued", "waiting at the entrance"),
        ("in_flight_abandoned", "given up by their visitors"),
        ("deadlocked", "in a deadlock"),
        ("limit", "limit of attempts at once"),
    ];
    out.push_str(&level(plots, "Requests in flight", Unit::Count, &part, &names));
    out.push_str(&pools(plots, index, &part));
    out.push_str(&sockets(plots, index, &part));
    out.push_str(&bounded(
        plots,
        "Ephemeral ports in use",
        Unit::Count,
        (&part, &[("ports_used", "in use")]),
        ("ports there are", Gauge::Ports { fleet: index }),
    ));
    out.push_str(&bounded(
        plots,
        "Memory of the largest instance",
        Unit::Bytes,
        (&part, &[("memory_max", "largest instance")]),
        ("limit", Gauge::Memory { fleet: index }),
    ));
    let names =
        [("instances_up", "up"), ("healthy", "healthy"), ("breakers_open", "with an open breaker")];
    out.push_str(&level(plots, "Instances", Unit::Count, &part, &names));
    out.push_str(&happenings(plots, &part));
    out
}

/// How the requests of fleet number `index` ended, per second, stacked by cause; the arrivals as a line.
pub(super) fn outcomes(plots: &mut Plots, index: usize) -> String {
    let Some(fleet) = plots.scenario.settings.fleets.get(index) else { return String::new() };
    let part = &format!("fleets.{}", fleet.name);
    let counter = |name: &str| plots.series(&format!("{part}.{name}"));
    let rate = |name: &str| counter(name).map(|series| plots.grid.rates(&series.values));
    let mut columns: Vec<Column> = Vec::new();
    if let Some(values) = rate("succeeded") {
        columns.push(Column::new("succeeded", Role::Stack, 5, values));
    }
    for (place, cause) in causes(plots.record).into_iter().enumerate() {
        if let Some(values) = rate(&format!("failed_by.{}", cause.name())) {
            let name = format!("failed: {}", cause.name().replace('_', " "));
            columns.push(Column::new(name, Role::Stack, COLOURS[place % COLOURS.len()], values));
        }
    }
    if let Some(values) = rate("requests") {
        columns.push(Column::new("arrived", Role::Step, 7, values));
    }
    let total = |name: &str| counter(name).and_then(|s| s.values.last().copied()).unwrap_or(0.0);
    let (arrived, succeeded, failed) = (total("requests"), total("succeeded"), total("failed"));
    let caption = match succeeded + failed {
        0.0 => "No request has ended.".to_string(),
        ended => format!(
            "Of {} requests {} have ended: {} succeeded, {} failed.",
            amount(arrived, Unit::Count),
            amount(ended, Unit::Count),
            share(succeeded / ended),
            share(failed / ended)
        ),
    };
    plots.chart(Chart {
        title: format!("Outcomes of the requests of {} by cause, per second", fleet.name),
        caption,
        unit: Unit::PerSecond,
        log: false,
        across: Across::Rates,
        columns,
    })
}

/// Colours of causes, the commonest first: far from that of successes.
const COLOURS: [usize; 7] = [3, 0, 1, 4, 6, 2, 8];

/// The causes of failures in any fleet, the commonest first: each has one colour on the whole page.
fn causes(record: &Record) -> Vec<Cause> {
    let total = |cause: Cause| -> f64 {
        let end = format!(".failed_by.{}", cause.name());
        let counters = record.series.iter().filter(|series| series.name.ends_with(&end));
        counters.filter_map(|series| series.values.last()).sum()
    };
    let mut causes: Vec<(f64, Cause)> =
        Cause::ALL.into_iter().map(|cause| (total(cause), cause)).filter(|c| c.0 > 0.0).collect();
    causes.sort_by(|a, b| b.0.total_cmp(&a.0));
    causes.into_iter().map(|(_, cause)| cause).collect()
}

/// Attempts for each request.
fn amplification(plots: &mut Plots, part: &str) -> String {
    let increases = |name: &str| {
        let series = plots.series(&format!("{part}.{name}"))?;
        Some(plots.grid.increases(&series.values))
    };
    let (Some(attempts), Some(requests)) = (increases("attempts"), increases("requests")) else {
        return String::new();
    };
    let ratio = |(a, r): (&f64, &f64)| if *r > 0.0 { a / r } else { f64::NAN };
    let values: Vec<f64> = attempts.iter().zip(&requests).map(ratio).collect();
    let of = |values: &[f64]| values.iter().filter(|v| v.is_finite()).sum::<f64>();
    let whole = of(&attempts) / of(&requests).max(1.0);
    plots.chart(Chart {
        title: "Amplification: attempts for each request that arrives".to_string(),
        caption: format!(
            "{} over the whole run; above 1 retries add load.",
            amount(whole, Unit::Count)
        ),
        unit: Unit::Count,
        log: false,
        across: Across::Rates,
        columns: vec![Column::new("attempts for each request", Role::Step, 1, values)],
    })
}

fn latencies(record: &Record, part: &str) -> String {
    let series = format!("{part}.latency");
    let Some(range) = record.ranges.iter().find(|range| range.series == series) else {
        return String::new();
    };
    if range.summary.count == 0 {
        return "No request has ended.".to_string();
    }
    let of = range.summary.quantiles;
    let seconds = |value: f64| amount(value, Unit::Seconds);
    format!(
        "Half of the requests took at most {}, 99 % at most {}, the slowest {}. Powers of ten.",
        seconds(of.p50),
        seconds(of.p99),
        seconds(of.max)
    )
}

/// Sockets by state, and against the descriptors that there are.
fn sockets(plots: &mut Plots, fleet: usize, part: &str) -> String {
    let names = [
        ("sockets.open", "open"),
        ("sockets.established", "ESTABLISHED"),
        ("sockets.close_wait", "CLOSE_WAIT"),
        ("sockets.time_wait", "TIME_WAIT, without a descriptor"),
        ("sockets.leaked", "leaked"),
    ];
    bounded(
        plots,
        "Client sockets by TCP state, against the descriptors",
        Unit::Count,
        (part, &names),
        ("descriptors there are", Gauge::Descriptors { fleet }),
    )
}

/// Levels against what there is.
fn bounded(
    plots: &mut Plots,
    title: &str,
    unit: Unit,
    (part, names): (&str, &[(&str, &str)]),
    (limit, gauge): (&str, Gauge),
) -> String {
    let mut columns = plots.levels(part, names);
    let peak = columns.first().map_or(0.0, Column::largest);
    let of = columns.first().map_or(String::new(), |column| column.name.clone());
    let there = plots.limit(limit, gauge);
    let most = there.largest();
    columns.push(there);
    plots.chart(Chart {
        title: title.to_string(),
        caption: format!("At most {} {of}; {limit}: {}.", amount(peak, unit), amount(most, unit)),
        unit,
        log: false,
        across: Across::Levels,
        columns,
    })
}

fn pools(plots: &mut Plots, index: usize, part: &str) -> String {
    let (settings, timeline) = (&plots.scenario.settings, &plots.scenario.timeline);
    let mut out = String::new();
    let ways = settings.fleets[index].connections.iter().enumerate();
    for (through, connections) in ways {
        if is_ever_pooled(settings, timeline, index, through) {
            let title = format!("Pool {}", connections.name);
            let part = format!("{part}.pools.{}", connections.name);
            let gauge = Gauge::Pool { fleet: index, through };
            out.push_str(&pool(plots, &title, &part, Some(gauge)));
        }
    }
    out
}

/// The connections of a pool, and how long callers waited for one.
pub(super) fn pool(plots: &mut Plots, title: &str, part: &str, gauge: Option<Gauge>) -> String {
    let names = [
        ("size", "open"),
        ("idle", "idle"),
        ("leased", "leased"),
        ("waiting", "callers waiting"),
        ("dialling", "being dialled"),
    ];
    let mut columns = plots.levels(part, &names);
    let leased = columns.iter().find(|column| column.name == "leased").map_or(0.0, Column::largest);
    let waiting =
        columns.iter().find(|column| column.name == "callers waiting").map_or(0.0, Column::largest);
    if let Some(gauge) = gauge {
        columns.push(plots.limit("max of all instances", gauge));
    }
    let mut out = plots.chart(Chart {
        title: format!("{title}: connections and callers"),
        caption: format!(
            "At most {} leased, {} callers waiting.",
            amount(leased, Unit::Count),
            amount(waiting, Unit::Count)
        ),
        unit: Unit::Count,
        log: false,
        across: Across::Levels,
        columns,
    });
    let wait = format!("{title}: wait for a connection");
    out.push_str(&plots.percentiles(&wait, "Powers of ten.", &format!("{part}.checkout_wait")));
    out
}

/// Whatever else is counted.
fn happenings(plots: &mut Plots, part: &str) -> String {
    let columns = plots.rates(
        part,
        &[
            ("retries_refused", "retries refused by a budget"),
            ("reloads", "reloads by visitors"),
            ("wasted", "answers nobody waited for"),
            ("users_left", "users who left"),
            ("start_failures", "instances that failed to start"),
            ("oom_kills", "kills for memory"),
            ("deadlocks", "deadlocks"),
            ("cold_starts", "cold starts"),
        ],
    );
    plots.chart(Chart {
        title: "Other happenings per second".to_string(),
        caption: String::new(),
        unit: Unit::PerSecond,
        log: false,
        across: Across::Rates,
        columns,
    })
}
