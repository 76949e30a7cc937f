//! What happens after a failed call.

use super::Reading;
use crate::scenario::meant::{Backoff, Jitter, Retry};
use crate::scenario::table::retries::RETRY;
use crate::scenario::tree::Node;
use crate::scenario::view::Chosen;
use crate::units::duration;

pub(super) fn retry(node: &Node, path: &str, reading: &mut Reading) -> Retry {
    let chosen = Chosen::new(node, &RETRY);
    if chosen.tag == "none" {
        return Retry::None;
    }
    let view = chosen.view();
    let backoff = match chosen.tag {
        "constant" => Backoff::Constant(view.span("delay")),
        _ => Backoff::Exponential {
            base: view.span("base"),
            factor: view.number("factor"),
            cap: view.span("cap"),
        },
    };
    if let Backoff::Exponential { base, cap, .. } = backoff
        && cap < base
    {
        let message = format!(
            "expected at least `base`, which is {}; found {}",
            duration(base),
            duration(cap)
        );
        reading.at(view.node("cap"), &format!("{path}.exponential.cap"), message, None);
    }
    let attempts = view.count_or_none("attempts");
    Retry::Again { attempts, backoff, jitter: view.word("jitter", JITTERS) }
}

const JITTERS: &[(&str, Jitter)] = &[
    ("none", Jitter::None),
    ("full", Jitter::Full),
    ("equal", Jitter::Equal),
    ("decorrelated", Jitter::Decorrelated),
];
