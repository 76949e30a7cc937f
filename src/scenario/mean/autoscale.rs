//! A fleet whose size follows its load.

use super::Reading;
use crate::scenario::meant::{Autoscale, ScaleOn};
use crate::scenario::scalar;
use crate::scenario::table::autoscale::AUTOSCALE_TARGET;
use crate::scenario::view::{Chosen, View, rate};

/// What `view` says of a fleet that begins with so many `instances` and whose work costs CPU time or
/// does not.
pub(super) fn autoscale(
    view: &View,
    path: &str,
    instances: u32,
    counts_cpu: bool,
    reading: &mut Reading,
) -> Autoscale {
    let (min, max) = (view.count("min"), view.count("max"));
    if min > max {
        let message = format!("expected at least `min`, which is {min}; found {max}");
        reading.at(view.node("max"), &format!("{path}.max"), message, None);
    } else if !(min..=max).contains(&instances) {
        let message =
            format!("expected bounds around `instances`; found {instances} outside {min} to {max}");
        reading.at(view.node, path, message, None);
    }
    let (on, target) = target(view, path, counts_cpu, reading);
    Autoscale {
        on,
        target,
        min,
        max,
        every: view.span("every"),
        tolerance: view.share("tolerance"),
        up_after: view.span("up_after"),
        down_after: view.span("down_after"),
        up_by: view.count("up_by"),
        up_factor: view.number("up_factor"),
        down_by: view.count_or_none("down_by"),
        cooldown: view.span("cooldown"),
        drain: view.span("drain"),
    }
}

fn target(view: &View, path: &str, counts_cpu: bool, reading: &mut Reading) -> (ScaleOn, f64) {
    let chosen = Chosen::new(view.node("target"), &AUTOSCALE_TARGET);
    match chosen.tag {
        "cpu" => {
            let share = scalar::share(chosen.node).map_or(0.0, |share| share.share());
            let path = format!("{path}.target.cpu");
            if !counts_cpu {
                let message = "expected work that costs CPU time; nothing has a cost here";
                let hint = "give `process.cpu` costs, or take another figure".to_string();
                reading.at(chosen.node, &path, message, Some(hint));
            } else if share <= 0.0 {
                reading.at(chosen.node, &path, "expected more than 0%", None);
            }
            (ScaleOn::Cpu, share)
        }
        "in_flight" => (ScaleOn::InFlight, scalar::number(chosen.node).unwrap_or(1.0)),
        "requests" => (ScaleOn::Requests, rate(chosen.node).as_per_second()),
        "memory" => {
            let bytes = scalar::bytes(chosen.node).map_or(1, |bytes| bytes.0);
            (ScaleOn::Memory, bytes as f64)
        }
        _ => unreachable!("every figure is read"),
    }
}
