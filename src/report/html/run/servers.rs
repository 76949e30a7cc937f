//! The charts of a server.

use super::super::chart::{Across, Chart, Column, Role};
use super::plots::Plots;
use crate::claims::amount;
use crate::units::Unit;

/// All charts of server number `index`.
pub(super) fn charts(plots: &mut Plots, index: usize) -> String {
    let Some(server) = plots.scenario.settings.servers.get(index) else { return String::new() };
    let part = format!("servers.{}", server.name);
    let is_proxy = server.proxy.is_some();
    let columns = plots.rates(
        &part,
        &[
            ("total_connections_received", "accepted or refused"),
            ("rejected_connections", "refused at the limit"),
            ("reaped_connections", "closed as idle"),
            ("evicted_connections", "closed for memory"),
            ("syns_dropped", "SYN dropped"),
        ],
    );
    let mut out = plots.chart(Chart {
        title: "Connections per second".to_string(),
        caption: String::new(),
        unit: Unit::PerSecond,
        log: false,
        across: Across::Rates,
        columns,
    });
    out.push_str(&level(
        plots,
        "How busy its loop is",
        Unit::Ratio,
        &part,
        &[("loop_busy", "busy")],
    ));
    let names = [("memory", "all"), ("memory_clients", "of clients")];
    out.push_str(&level(plots, "Memory of the server", Unit::Bytes, &part, &names));
    let names = [
        ("sockets.established", "ESTABLISHED"),
        ("sockets.close_wait", "CLOSE_WAIT"),
        ("sockets.fin_wait2", "FIN_WAIT2"),
        ("sockets.time_wait", "TIME_WAIT"),
    ];
    out.push_str(&level(plots, "Sockets at the server by TCP state", Unit::Count, &part, &names));
    if is_proxy {
        out.push_str(&super::fleets::pool(
            plots,
            "Upstream connections",
            &format!("{part}.upstream"),
            None,
        ));
    }
    out
}

/// Connections of server number `index` against its limit.
pub(super) fn connections(plots: &mut Plots, index: usize) -> String {
    let Some(server) = plots.scenario.settings.servers.get(index) else { return String::new() };
    let part = &format!("servers.{}", server.name);
    let mut columns = plots.levels(
        part,
        &[
            ("connected_clients", "connected"),
            ("slots_leaked", "leaked, holding a slot"),
            ("blocked_clients", "blocked"),
            ("accept_queue", "in the accept queue"),
            ("replicas", "replicas"),
        ],
    );
    let peak = columns.first().map_or(0.0, Column::largest);
    if plots.scenario.settings.servers.len() == 1 {
        columns.extend(at_the_clients(plots, peak));
    }
    if let Some(connected) = columns.first_mut() {
        connected.role = Role::Area;
    }
    let steps: Vec<(f64, f64)> = plots
        .scenario
        .limits(index)
        .into_iter()
        .map(|(at, limit)| (at.as_secs_f64(), f64::from(limit)))
        .collect();
    let limit = |time: &f64| {
        let step = steps.iter().rev().find(|(at, _)| at <= time);
        step.map_or(f64::NAN, |(_, limit)| *limit)
    };
    let values: Vec<f64> = plots.level_times().iter().map(limit).collect();
    let highest = steps.iter().map(|(_, limit)| *limit).fold(0.0, f64::max);
    columns.push(Column::new("limit", Role::Limit, 0, values));
    let first = plots.record.events.iter();
    let first = first.filter(|event| event.kind == "first_rejection" && event.part == *part);
    let refused = match first.map(|event| event.at.as_secs_f64()).next() {
        Some(at) => format!("first refused after {}", amount(at, Unit::Seconds)),
        None => "none refused".to_string(),
    };
    plots.chart(Chart {
        title: format!("Connections of {} against the limit", server.name),
        caption: format!(
            "At most {} of {} slots; {refused}.",
            amount(peak, Unit::Count),
            amount(highest, Unit::Count)
        ),
        unit: Unit::Count,
        log: false,
        across: Across::Levels,
        columns,
    })
}

/// What the clients of the only server hold: those whose peer has closed, the leaked ones, and the
/// established ones where these are not what the server counts anyway.
fn at_the_clients(plots: &Plots, peak: f64) -> Vec<Column> {
    // CLOSE_WAIT on top: often these are the leaked ones.
    const STATES: [(&str, &str, usize); 3] = [
        ("established", "ESTABLISHED at the clients", 5),
        ("leaked", "leaked sockets at the clients", 6),
        ("close_wait", "CLOSE_WAIT at the clients", 4),
    ];
    let sum = |(state, name, colour): &(&str, &str, usize)| {
        let fleets = plots.scenario.settings.fleets.iter();
        let each =
            fleets.filter_map(|f| plots.series(&format!("fleets.{}.sockets.{state}", f.name)));
        let mut values: Vec<f64> = Vec::new();
        for series in each {
            let more = plots.grid.series(series);
            match values.is_empty() {
                true => values = more,
                false => values.iter_mut().zip(more).for_each(|(sum, more)| *sum += more),
            }
        }
        Column::new(*name, Role::Line, *colour, values)
    };
    let of_interest =
        |column: &Column| !column.name.starts_with("ESTABLISHED") || column.largest() > 1.05 * peak;
    STATES.iter().map(sum).filter(of_interest).collect()
}

/// A chart of levels without bounds.
pub(super) fn level(
    plots: &mut Plots,
    title: &str,
    unit: Unit,
    part: &str,
    names: &[(&str, &str)],
) -> String {
    let columns = plots.levels(part, names);
    plots.chart(Chart {
        title: title.to_string(),
        caption: String::new(),
        unit,
        log: false,
        across: Across::Levels,
        columns,
    })
}
