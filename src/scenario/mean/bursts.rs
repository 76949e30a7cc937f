//! Arrivals that come many at a time or not at all for a while, and what stands in files of its own.

use super::Reading;
use super::load::{dist, profile};
use crate::scenario::cells;
use crate::scenario::meant::{Arrivals, Bursts, Dist, OnOff, Sizes};
use crate::scenario::scalar;
use crate::scenario::table::bursts::SIZES;
use crate::scenario::view::{Chosen, View};
use crate::units::{Rate, SimTime, Span};

/// The batches that `view`, at `path`, says.
pub(super) fn bursts(view: &View, path: &str, reading: &mut Reading) -> Arrivals {
    let batches = Chosen::new(view.node("batches"), &crate::scenario::table::load::PROFILE);
    let batches = profile(&batches, &format!("{path}.batches"), reading);
    let size = Chosen::new(view.node("size"), &SIZES);
    let size = match size.tag {
        "fixed" => Sizes::Fixed(count(&size)),
        "geometric" => Sizes::Geometric(size.view().number("mean")),
        "table" => sizes(&size, &format!("{path}.size.table"), reading),
        _ => unreachable!("every variant of sizes is read"),
    };
    Arrivals::Bursts(Bursts { batches, size })
}

fn count(chosen: &Chosen) -> u32 {
    scalar::count(chosen.node).and_then(|n| u32::try_from(n).ok()).unwrap_or(1)
}

fn sizes(chosen: &Chosen, path: &str, reading: &mut Reading) -> Sizes {
    let weighted: Vec<(u32, f64)> =
        chosen.items().iter().map(|item| (item.count("size"), item.number("weight"))).collect();
    if !weighted.is_empty() && weighted.iter().all(|(_, weight)| *weight == 0.0) {
        let message = "expected at least one weight above 0; found only zeros";
        reading.at(chosen.node, path, message, None);
    }
    Sizes::Table(weighted)
}

/// The times with and without arrivals that `view`, at `path`, says.
pub(super) fn on_off(view: &View, path: &str, reading: &mut Reading) -> Arrivals {
    let on = dist(view.node("on"), &format!("{path}.on"), reading);
    if on == Dist::Constant(Span::ZERO) {
        let message = "expected more than no time: there would never be arrivals";
        reading.at(view.node("on"), &format!("{path}.on"), message, None);
    }
    Arrivals::OnOff(OnOff {
        rate: view.rate("rate"),
        even: view.word("spacing", &[("chance", false), ("even", true)]),
        on,
        off: dist(view.node("off"), &format!("{path}.off"), reading),
    })
}

/// Points of a rate from a file.
pub(super) fn rates(view: &View, path: &str, reading: &mut Reading) -> Vec<(SimTime, Rate)> {
    const MOST: usize = 10_000;
    let nodes = (view.node("file"), view.node("time"), Some(view.node("rate")));
    let rows = cells::rows(&mut reading.tables, nodes, path, reading.findings, cells::rate);
    if rows.len() > MOST {
        let message = format!("expected at most {MOST} rates; found {}", rows.len());
        let hint = Some("take the mean of several rows for one".to_string());
        reading.at(view.node("file"), &format!("{path}.file"), message, hint);
    }
    let mut points: Vec<(SimTime, Rate)> = Vec::new();
    for (since, rate, place) in rows.into_iter().take(MOST) {
        let at = SimTime::ZERO + since;
        if points.last().is_some_and(|(before, _)| at <= *before) {
            reading.place(place, "", "expected an instant after the one before", None);
        }
        points.push((at, rate));
    }
    points
}

/// Instants from a file.
pub(super) fn instants(view: &View, path: &str, reading: &mut Reading) -> Vec<SimTime> {
    let nodes = (view.node("file"), view.node("time"), None);
    let rows = cells::rows(&mut reading.tables, nodes, path, reading.findings, |_| Ok(()));
    let mut at: Vec<SimTime> = Vec::new();
    for (since, (), place) in rows {
        let instant = SimTime::ZERO + since;
        if at.last().is_some_and(|before| instant < *before) {
            let message = "expected an instant not before the one in the row above";
            reading.place(place, "", message, Some("sort the rows by time".to_string()));
        }
        at.push(instant);
    }
    at
}
