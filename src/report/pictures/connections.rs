//! Connections of a server against its limit.

use super::figure::{
    BLUE, Colour, Dash, Figure, GREEN, ORANGE, PALE, PURPLE, Threshold, largest, points, series,
    total,
};
use super::marks::{fired, marks};
use super::{Picture, PictureError, draw::draw, page::instant};
use crate::observe::Record;
use crate::scenario::Scenario;
use crate::units::{Unit, quantity};

/// The limit is left out of the picture when it is this many times the highest level.
const FAR: f64 = 12.0;

/// The connections of server number `server` against its limit over the run, with the leaked ones
/// and, when there is one server only, what its clients see.
///
/// # Errors
///
/// When the scenario has no such server, the server never has a connection, or the record lacks its
/// series or has no rows.
pub fn connections(
    scenario: &Scenario,
    record: &Record,
    server: usize,
) -> Result<Picture<'static>, PictureError> {
    let of = scenario.settings.servers.get(server).ok_or(PictureError::NoPart { index: server })?;
    let part = format!("servers.{}", of.name);
    let mut figure = Figure::new(scenario, record)?;
    figure.measure = format!("connections of {}", of.name);
    figure.unit = Unit::Count;
    figure.least = 5.0;
    let connected = points(record, series(record, &format!("{part}.connected_clients"))?);
    let peak = largest(&connected);
    figure.area("connected", PALE, &connected);
    if let Ok(leaked) = series(record, &format!("{part}.slots_leaked")) {
        add_unless_zero(
            &mut figure,
            "leaked, holding a slot",
            (BLUE, Dash::Solid),
            points(record, leaked),
        );
    }
    let mut more = None;
    if scenario.settings.servers.len() == 1 {
        more = add_client_sockets(&mut figure, scenario, record, peak);
    }
    if figure.largest() <= 0.0 {
        let message = format!("{} has no connection at any time", of.name);
        return Err(PictureError::Unfit { message });
    }
    let steps = limit_steps(scenario, server);
    let highest = steps.iter().map(|step| step.1).fold(0.0, f64::max);
    let far = highest > FAR * figure.largest();
    let names: Vec<String> = distinct(&steps).map(|limit| quantity(limit, Unit::Count)).collect();
    if !far {
        let label = format!("limit {}", names.join(", then "));
        figure.thresholds.push(Threshold { label, steps });
    }
    figure.subtitle = subtitle(&figure, record, &part, peak, &names.join(", then "), far);
    if let Some(more) = more {
        let more = quantity(more, Unit::Count);
        figure.subtitle.push_str(&format!("; ESTABLISHED at its clients up to {more}"));
    }
    let kinds = ["first_rejection", "pool_empty", "deadlock", "reap_wave", "oom_kill", "server_up"];
    let fleets = scenario.settings.fleets.iter().map(|fleet| format!("fleets.{}", fleet.name));
    let parts: Vec<String> = std::iter::once(part).chain(fleets).collect();
    figure.marks = marks(scenario, record, &parts, &kinds);
    figure.marks.extend(fired(scenario, record));
    figure.marks.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
    Ok(draw(figure))
}

fn subtitle(
    figure: &Figure,
    record: &Record,
    part: &str,
    peak: f64,
    limit: &str,
    far: bool,
) -> String {
    let first = record
        .events
        .iter()
        .find(|event| event.kind == "first_rejection" && event.part == part)
        .map(|event| event.at.as_secs_f64());
    let by_row = || {
        let rejected = record.find(&format!("{part}.rejected_connections"))?;
        let row = rejected.values.iter().position(|&count| count > 0.0)?;
        record.times.get(row).map(|at| at.as_secs_f64())
    };
    let refused = match first.or_else(by_row) {
        Some(at) => format!("first refused at {}", instant(at, figure.start)),
        None => "none refused".to_string(),
    };
    let peak = quantity(peak, Unit::Count);
    let off = if far { " (far above this picture)" } else { "" };
    format!("At most {peak} connections, limit {limit}{off}; {refused}")
}

fn add_unless_zero(
    figure: &mut Figure,
    label: &str,
    look: (Colour, Dash),
    points: Vec<(f64, f64)>,
) {
    if largest(&points) > 0.0 {
        figure.line(label, look, points);
    }
}

/// The sockets at the clients: those whose peer has closed, the leaked ones, and the established
/// ones if they are not what the server counts anyway: how many these are at most.
fn add_client_sockets(
    figure: &mut Figure,
    scenario: &Scenario,
    record: &Record,
    peak: f64,
) -> Option<f64> {
    let sum = |state: &str| {
        let name = |fleet: &str| format!("fleets.{fleet}.sockets.{state}");
        let names: Vec<String> =
            scenario.settings.fleets.iter().map(|fleet| name(&fleet.name)).collect();
        total(record, &names)
    };
    let established = sum("established");
    let most = Some(largest(&established)).filter(|most| *most > 1.05 * peak);
    if most.is_some() {
        figure.line("ESTABLISHED at the clients", (GREEN, Dash::Dotted), established);
    }
    let leaked = sum("leaked");
    add_unless_zero(figure, "leaked sockets at the clients", (ORANGE, Dash::Long), leaked);
    // On top: often these are the same sockets, and the shorter dashes let the longer ones through.
    add_unless_zero(figure, "CLOSE_WAIT at the clients", (PURPLE, Dash::Short), sum("close_wait"));
    most
}

/// The effective limit from each instant on.
fn limit_steps(scenario: &Scenario, server: usize) -> Vec<(f64, f64)> {
    let limits = scenario.limits(server).into_iter();
    limits.map(|(at, limit)| (at.as_secs_f64(), f64::from(limit))).collect()
}

/// The values of the steps without repetitions in a row.
fn distinct(steps: &[(f64, f64)]) -> impl Iterator<Item = f64> + '_ {
    let before = std::iter::once(f64::NAN).chain(steps.iter().map(|step| step.1));
    steps.iter().zip(before).filter(|(step, before)| step.1 != *before).map(|(step, _)| step.1)
}
