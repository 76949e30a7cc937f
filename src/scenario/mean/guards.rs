//! What keeps attempts back besides a breaker, and what sends more of them.

use super::Reading;
use super::breaker::breaker;
use crate::scenario::meant::{
    Breaker, Bulkhead, Guards, Hedge, Limit, LimitRule, Limiter, Losers, Throttle,
};
use crate::scenario::table::guards::{BULKHEAD, HEDGE};
use crate::scenario::table::limiters::{LIMITER, RULE};
use crate::scenario::tree::Node;
use crate::scenario::view::{Chosen, View};

/// The breaker and the other guards of the fleet that `view` says.
pub(super) fn guards(view: &View, path: &str, reading: &mut Reading) -> (Breaker, Guards) {
    let (rule, place) = breaker(view.node("breaker"), &format!("{path}.breaker"), reading);
    let bulkhead = |(name, node): &(&str, &Node)| bulkhead(name, &View::new(node, &BULKHEAD));
    let guards = Guards {
        breaker: place,
        limiter: limiter(view.node("limiter"), &format!("{path}.limiter"), reading),
        bulkheads: view.named("bulkheads").iter().map(bulkhead).collect(),
        hedge: hedge(view.node("hedge")),
    };
    (rule, guards)
}

fn bulkhead(name: &str, view: &View) -> Bulkhead {
    view.find("preset");
    Bulkhead {
        name: name.to_string(),
        max: view.count("max"),
        max_waiting: view.count_or_none("max_waiting"),
        wait_timeout: view.span_or_none("wait_timeout"),
    }
}

fn hedge(node: &Node) -> Option<Hedge> {
    let chosen = Chosen::new(node, &HEDGE);
    if chosen.tag == "none" {
        return None;
    }
    let view = chosen.view();
    view.find("preset");
    Some(Hedge {
        delay: view.span_or_none("delay"),
        extra: view.count("extra"),
        losers: view.word("losers", &[("close", Losers::Close), ("drain", Losers::Drain)]),
    })
}

fn limiter(node: &Node, path: &str, reading: &mut Reading) -> Limiter {
    let chosen = Chosen::new(node, &LIMITER);
    if chosen.tag == "none" {
        return Limiter::None;
    }
    let view = chosen.view();
    view.find("preset");
    match chosen.tag {
        "throttle" => Limiter::Throttle(Throttle {
            k: view.number("k"),
            window: view.span("window"),
            buckets: view.count("buckets"),
        }),
        "limit" => Limiter::Limit(limit(&view, &format!("{path}.limit"), reading)),
        _ => unreachable!("every limiter is read"),
    }
}

fn limit(view: &View, path: &str, reading: &mut Reading) -> Limit {
    let limit = Limit {
        initial: view.count("initial"),
        min: view.count("min"),
        max: view.count("max"),
        rule: rule(view.node("rule")),
    };
    let Limit { initial, min, max, .. } = limit;
    for (key, low, high) in [("min", min, initial), ("initial", initial, max)] {
        if low > high {
            let above = if key == "min" { "initial" } else { "max" };
            let message = format!("expected at most `{above}`, which is {high}; found {low}");
            reading.at(view.node(key), &format!("{path}.{key}"), message, None);
        }
    }
    limit
}

fn rule(node: &Node) -> LimitRule {
    let chosen = Chosen::new(node, &RULE);
    let view = chosen.view();
    match chosen.tag {
        "aimd" => LimitRule::Aimd { backoff: view.share("backoff"), timeout: view.span("timeout") },
        "vegas" => {
            LimitRule::Vegas { smoothing: view.share("smoothing"), probe: view.count("probe") }
        }
        "gradient2" => LimitRule::Gradient2 {
            smoothing: view.share("smoothing"),
            queue: view.count("queue"),
            tolerance: view.number("tolerance"),
            long_window: view.count("long_window"),
        },
        _ => unreachable!("every rule of a limit is read"),
    }
}
