//! What happens after a failed call.

use super::Reading;
use super::budget::budget;
use super::load::dist;
use crate::scenario::hints::{all, nearest};
use crate::scenario::meant::{Backoff, Cause, Causes, Growth, Jitter, Policy, Retry, SendRate};
use crate::scenario::scalar;
use crate::scenario::table::causes::CAUSES;
use crate::scenario::table::retries::{DELAY, JITTER, POLICY, RETRY, SEND_RATE};
use crate::scenario::tree::Node;
use crate::scenario::view::{Chosen, View};
use crate::units::{Span, duration};

pub(super) fn retry(node: &Node, path: &str, reading: &mut Reading) -> Retry {
    let chosen = Chosen::new(node, &RETRY);
    match chosen.tag {
        "none" => Retry::None,
        "policy" => {
            let view = View::new(chosen.node, &POLICY);
            Retry::Again(Box::new(policy(&view, &format!("{path}.policy"), reading)))
        }
        "constant" => {
            let view = chosen.view();
            let backoff = Backoff::Constant(view.span("delay"));
            Retry::again(view.count_or_none("attempts"), backoff, view.word("jitter", JITTERS))
        }
        _ => {
            let view = chosen.view();
            let (base, cap) = (view.span("base"), view.span("cap"));
            cap_above(&view, base, Some(cap), &format!("{path}.exponential"), reading);
            let backoff = Backoff::exponential(base, view.number("factor"), cap);
            Retry::again(view.count_or_none("attempts"), backoff, view.word("jitter", JITTERS))
        }
    }
}

/// The longest pause is not below the first.
fn cap_above(view: &View, base: Span, cap: Option<Span>, path: &str, reading: &mut Reading) {
    let Some(cap) = cap.filter(|cap| *cap < base) else { return };
    let [base, found] = [base, cap].map(duration);
    let message = format!("expected at least `base`, which is {base}; found {found}");
    reading.at(view.node("cap"), &format!("{path}.cap"), message, None);
}

const JITTERS: &[(&str, Jitter)] = &[
    ("none", Jitter::None),
    ("full", Jitter::Full),
    ("equal", Jitter::Equal),
    ("decorrelated", Jitter::Decorrelated),
];

fn policy(view: &View, path: &str, reading: &mut Reading) -> Policy {
    let policy = Policy {
        preset: view.find("preset").and_then(|node| node.as_text()).map(str::to_string),
        attempts: view.count_or_none("attempts"),
        backoff: backoff(view.node("delay"), &format!("{path}.delay"), reading),
        jitter: jitter(view.node("jitter"), &format!("{path}.jitter"), reading),
        plus: view.span("plus"),
        retry_on: view.find("retry_on").map_or(Causes::ALL, causes),
        within: view.span_or_none("within"),
        budget: budget(view.node("budget"), &format!("{path}.budget"), reading),
        send_rate: send_rate(view.node("send_rate")),
    };
    let grows = matches!(policy.backoff, Backoff::Exponential(_));
    if matches!(policy.jitter, Jitter::Decorrelated | Jitter::DecorrelatedV2) && !grows {
        let message = "expected a `delay` that is exponential: this jitter needs its base";
        let hint = Some("take \"full\" or \"equal\", or an exponential delay".to_string());
        reading.at(view.node("jitter"), &format!("{path}.jitter"), message, hint);
    }
    policy
}

/// How the pause before a retry grows.
fn backoff(node: &Node, path: &str, reading: &mut Reading) -> Backoff {
    let chosen = Chosen::new(node, &DELAY);
    match chosen.tag {
        "none" => Backoff::Constant(Span::ZERO),
        "constant" => Backoff::Constant(scalar::span(chosen.node).unwrap_or_default()),
        "linear" => {
            let view = chosen.view();
            Backoff::Linear { step: view.span("step"), cap: view.span_or_none("cap") }
        }
        "exponential" => Backoff::Exponential(Box::new(growth(&chosen.view(), path, reading))),
        "drawn" => Backoff::Drawn(dist(chosen.node, &format!("{path}.drawn"), reading)),
        _ => unreachable!("every delay is read"),
    }
}

fn growth(view: &View, path: &str, reading: &mut Reading) -> Growth {
    let path = format!("{path}.exponential");
    let growth = Growth {
        base: view.span("base"),
        factor: view.number("factor"),
        cap: view.span_or_none("cap"),
        cap_last: view.flag("cap_last"),
        first: view.count("first"),
        minus: view.span("minus"),
        base_of: by_cause(view, "base_of", &path, reading, |node| {
            scalar::span(node).unwrap_or_default()
        }),
    };
    cap_above(view, growth.base, growth.cap, &path, reading);
    growth
}

fn jitter(node: &Node, path: &str, reading: &mut Reading) -> Jitter {
    let chosen = Chosen::new(node, &JITTER);
    match chosen.tag {
        "none" => Jitter::None,
        "full" => Jitter::Full,
        "equal" => Jitter::Equal,
        "decorrelated" => Jitter::Decorrelated,
        "decorrelated_v2" => Jitter::DecorrelatedV2,
        "added" => Jitter::Added(scalar::span(chosen.node).unwrap_or_default()),
        "spread" => {
            let view = chosen.view();
            let (from, to) = (view.number("from"), view.number("to"));
            if to < from {
                let message = format!("expected at least `from`, which is {from}; found {to}");
                reading.at(view.node("to"), &format!("{path}.spread.to"), message, None);
            }
            Jitter::Spread { from, to }
        }
        _ => unreachable!("every jitter is read"),
    }
}

fn send_rate(node: &Node) -> SendRate {
    let chosen = Chosen::new(node, &SEND_RATE);
    match chosen.tag {
        "none" => SendRate::None,
        "aws_adaptive" => {
            SendRate::AwsAdaptive { throttled_by: causes(chosen.view().node("throttled_by")) }
        }
        _ => unreachable!("every send rate is read"),
    }
}

/// The causes in a list of words.
fn causes(node: &Node) -> Causes {
    let words = node.items().unwrap_or_default().iter().filter_map(Node::as_text);
    words.filter_map(cause).fold(Causes::NONE, Causes::with)
}

fn cause(name: &str) -> Option<Cause> {
    Cause::ALL.into_iter().find(|cause| cause.name() == name)
}

/// Values by the names of failures; a name that is none is reported.
pub(super) fn by_cause<T>(
    view: &View,
    key: &'static str,
    path: &str,
    reading: &mut Reading,
    value: impl Fn(&Node) -> T,
) -> Vec<(Cause, T)> {
    let known = || CAUSES.iter().map(|(word, _)| *word);
    let mut read = Vec::new();
    for (name, node) in view.named(key) {
        match cause(name).filter(|_| known().any(|word| word == name)) {
            Some(cause) => read.push((cause, value(node))),
            None => {
                let message = format!("expected the name of a failure; found {name:?}");
                let hint = nearest(name, known());
                let hint = hint.or_else(|| Some(format!("the failures are {}", all(known()))));
                reading.at(node, &format!("{path}.{key}.{name}"), message, hint);
            }
        }
    }
    read
}
