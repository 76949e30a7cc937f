//! What keeps calls back while they fail.

use super::Reading;
use crate::scenario::meant::{
    Breaker, BreakerPlace, BreakerWindow, Cause, Causes, Looks, ProbesClose, WindowOver,
};
use crate::scenario::scalar;
use crate::scenario::table::breakers::{BREAKER, OVER};
use crate::scenario::tree::Node;
use crate::scenario::view::{Chosen, View};

pub(super) fn breaker(node: &Node, path: &str, reading: &mut Reading) -> (Breaker, BreakerPlace) {
    let chosen = Chosen::new(node, &BREAKER);
    if chosen.tag == "none" {
        return (Breaker::None, BreakerPlace::default());
    }
    let view = chosen.view();
    let breaker = match chosen.tag {
        "consecutive" => Breaker::Consecutive {
            failures: view.count("failures"),
            open_for: view.span("open_for"),
        },
        "window" => Breaker::Window(window(&view, &format!("{path}.window"), reading)),
        _ => unreachable!("every breaker is read"),
    };
    let place = place(&view);
    if place.around_call && place.refusals_retried {
        let message =
            "expected \"fails\": around a call with all its retries nothing is left to retry";
        let path = format!("{path}.{}.refused", chosen.tag);
        reading.at(view.node("refused"), &path, message, None);
    }
    (breaker, place)
}

fn place(view: &View) -> BreakerPlace {
    let words: Vec<&str> = view.items("ignores").iter().filter_map(Node::as_text).collect();
    BreakerPlace {
        ignores: Causes::of(Cause::ALL.into_iter().filter(|cause| words.contains(&cause.name()))),
        around_call: view.word("around", &[("attempt", false), ("call", true)]),
        refusals_retried: view.word("refused", &[("fails", false), ("retried", true)]),
    }
}

fn window(view: &View, path: &str, reading: &mut Reading) -> BreakerWindow {
    view.find("preset");
    let window = BreakerWindow {
        over: over(view.node("over")),
        min_calls: view.count("min_calls"),
        failure_ratio: view.share("failure_ratio"),
        slow_call: view.span_or_none("slow_call"),
        slow_ratio: view.share("slow_ratio"),
        open_for: view.span("open_for"),
        probes: view.count("probes"),
        probes_close: view
            .word("probes_close", &[("all", ProbesClose::All), ("ratio", ProbesClose::Ratio)]),
        looks: view.word("looks", LOOKS),
    };
    match window.over {
        WindowOver::Calls(calls) if window.min_calls > calls => {
            let message = format!(
                "expected at most the {calls} calls of the window; found {}",
                window.min_calls
            );
            let hint = Some("it would never open".to_string());
            reading.at(view.node("min_calls"), &format!("{path}.min_calls"), message, hint);
        }
        WindowOver::Calls(_) if window.looks == Looks::EachBucket => {
            let message = "expected a window of time: one of calls has no buckets";
            let hint = Some("write \"each_call\", or {\"time\": ...} in `over`".to_string());
            reading.at(view.node("looks"), &format!("{path}.looks"), message, hint);
        }
        _ => {}
    }
    for (key, ratio) in [("failure_ratio", window.failure_ratio), ("slow_ratio", window.slow_ratio)]
    {
        if ratio.share() == 0.0 {
            let message = "expected more than 0: it would open at every look";
            reading.at(view.node(key), &format!("{path}.{key}"), message, None);
        }
    }
    window
}

fn over(node: &Node) -> WindowOver {
    let chosen = Chosen::new(node, &OVER);
    match chosen.tag {
        "calls" => {
            let calls = scalar::count(chosen.node).unwrap_or(1);
            WindowOver::Calls(u32::try_from(calls).unwrap_or(u32::MAX))
        }
        "time" => {
            let view = chosen.view();
            WindowOver::Time { length: view.span("length"), buckets: view.count("buckets") }
        }
        _ => unreachable!("every window is read"),
    }
}

const LOOKS: &[(&str, Looks)] = &[
    ("each_call", Looks::EachCall),
    ("each_failure", Looks::EachFailure),
    ("each_bucket", Looks::EachBucket),
];

/// Every word of the list of causes is the name of one.
#[cfg(test)]
#[test]
fn every_word_for_a_cause_is_the_name_of_one() {
    for (word, _) in crate::scenario::table::causes::CAUSES {
        assert!(Cause::ALL.iter().any(|cause| cause.name() == *word), "{word}");
    }
}
