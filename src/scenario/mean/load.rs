//! Lengths of time and arrivals.

use super::Reading;
use crate::scenario::meant::{Arrivals, Dist, Profile, Users};
use crate::scenario::scalar;
use crate::scenario::table::load::{ARRIVALS, DIST};
use crate::scenario::tree::Node;
use crate::scenario::view::{Chosen, View, rate};
use crate::units::{Rate, SimTime, Span, duration};

/// The distribution that `node` says, at `path`.
pub(super) fn dist(node: &Node, path: &str, reading: &mut Reading) -> Dist {
    let chosen = Chosen::new(node, &DIST);
    match chosen.tag {
        "constant" => Dist::Constant(scalar::span(chosen.node).unwrap_or_default()),
        "table" => table(&chosen, path, reading),
        tag => {
            let view = chosen.view();
            let dist = drawn(tag, &view);
            ordered(&dist, &view, &format!("{path}.{tag}"), reading);
            dist
        }
    }
}

fn drawn(tag: &str, view: &View) -> Dist {
    match tag {
        "uniform" => Dist::Uniform { min: view.span("min"), max: view.span("max") },
        "exponential" => Dist::Exponential { mean: view.span("mean") },
        "lognormal" => Dist::LogNormal { mean: view.span("mean"), cv2: view.number("cv2") },
        "normal" => Dist::Normal { mean: view.span("mean"), sd: view.span("sd") },
        "erlang" => Dist::Erlang { mean: view.span("mean"), stages: view.count("stages") },
        "weibull" => Dist::Weibull { scale: view.span("scale"), shape: view.number("shape") },
        "pareto" => Dist::Pareto {
            min: view.span("min"),
            max: view.span("max"),
            shape: view.number("shape"),
        },
        _ => unreachable!("every variant of a distribution is read"),
    }
}

/// Bounds must not cross.
fn ordered(dist: &Dist, view: &View, path: &str, reading: &mut Reading) {
    let (min, max, fits) = match dist {
        Dist::Uniform { min, max } => (min, max, min <= max),
        Dist::Pareto { min, max, .. } => (min, max, min < max),
        _ => return,
    };
    if !fits {
        let message = format!(
            "expected more than `min`, which is {}; found {}",
            duration(*min),
            duration(*max)
        );
        reading.at(view.node("max"), &format!("{path}.max"), message, None);
    }
}

fn table(chosen: &Chosen, path: &str, reading: &mut Reading) -> Dist {
    let weighted: Vec<(Span, f64)> =
        chosen.items().iter().map(|item| (item.span("value"), item.number("weight"))).collect();
    if !weighted.is_empty() && weighted.iter().all(|(_, weight)| *weight == 0.0) {
        let message = "expected at least one weight above 0; found only zeros";
        reading.at(chosen.node, &format!("{path}.table"), message, None);
    }
    Dist::Table(weighted)
}

/// The arrivals that `node` says, at `path`.
pub(super) fn arrivals(node: &Node, path: &str, reading: &mut Reading) -> Arrivals {
    let chosen = Chosen::new(node, &ARRIVALS);
    let path = format!("{path}.{}", chosen.tag);
    match chosen.tag {
        "poisson" => Arrivals::Poisson(profile(&chosen.choice(), &path, reading)),
        "even" => Arrivals::Even(profile(&chosen.choice(), &path, reading)),
        "instants" => instants(&chosen.view(), &path, reading),
        "users" => {
            let view = chosen.view();
            Arrivals::Users(Users {
                users: view.count("users"),
                think: dist(view.node("think"), &format!("{path}.think"), reading),
                thinking_first: view.word("start", &[("thinking", true), ("at_once", false)]),
                leave: view.share("leave"),
                return_after: view
                    .find("return_after")
                    .map(|node| dist(node, &format!("{path}.return_after"), reading)),
            })
        }
        _ => unreachable!("every variant of arrivals is read"),
    }
}

fn profile(chosen: &Chosen, path: &str, reading: &mut Reading) -> Profile {
    let path = format!("{path}.{}", chosen.tag);
    match chosen.tag {
        "rate" => Profile::Constant(rate(chosen.node)),
        "steps" => Profile::Steps(rates(chosen, &path, reading)),
        "points" => Profile::Points(rates(chosen, &path, reading)),
        "wave" => {
            let view = chosen.view();
            Profile::Wave {
                mean: view.rate("mean"),
                swing: view.share("swing"),
                period: view.span("period"),
                shift: view.span("shift"),
            }
        }
        _ => unreachable!("every variant of a profile is read"),
    }
}

/// Rates and their instants, which begin at zero and increase.
fn rates(chosen: &Chosen, path: &str, reading: &mut Reading) -> Vec<(SimTime, Rate)> {
    let mut rates: Vec<(SimTime, Rate)> = Vec::new();
    for (index, item) in chosen.items().iter().enumerate() {
        let at = item.time("at");
        let path = format!("{path}.{index}.at");
        match rates.last() {
            None if at != SimTime::ZERO => {
                let message = "expected \"0s\": the first rate begins with the run";
                reading.at(item.node("at"), &path, message, None);
            }
            Some((before, _)) if at <= *before => {
                let message = "expected an instant after the one before";
                reading.at(item.node("at"), &path, message, None);
            }
            _ => {}
        }
        rates.push((at, item.rate("rate")));
    }
    rates
}

fn instants(view: &View, path: &str, reading: &mut Reading) -> Arrivals {
    let mut at: Vec<SimTime> = Vec::new();
    for (index, item) in view.items("at").iter().enumerate() {
        let instant = SimTime::ZERO + scalar::span(item).unwrap_or_default();
        if at.last().is_some_and(|before| instant < *before) {
            let message = "expected an instant not before the one in front of it";
            reading.at(item, &format!("{path}.at.{index}"), message, None);
        }
        at.push(instant);
    }
    Arrivals::Instants { at, each: view.count("each") }
}
