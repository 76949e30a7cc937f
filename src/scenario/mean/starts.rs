//! How a process starts, starts again, and is slow at first.

use super::Reading;
use crate::scenario::meant::{AtStart, Cold, RestartBackoff};
use crate::scenario::table::starts::RESTART_BACKOFF;
use crate::scenario::tree::Node;
use crate::scenario::view::{Chosen, View};
use crate::units::duration;

pub(super) fn start(view: &View) -> AtStart {
    AtStart {
        needs_connections: view.flag("needs_connections"),
        give_up_after: view.span("give_up_after"),
    }
}

pub(super) fn restart_backoff(
    node: &Node,
    path: &str,
    reading: &mut Reading,
) -> Option<RestartBackoff> {
    let chosen = Chosen::new(node, &RESTART_BACKOFF);
    match chosen.tag {
        "none" => None,
        "doubling" => {
            let view = chosen.view();
            let (first, cap) = (view.span("first"), view.span("cap"));
            if cap < first {
                let (first, cap) = (duration(first), duration(cap));
                let message = format!("expected at least `first`, which is {first}; found {cap}");
                let path = format!("{path}.restart_backoff.doubling.cap");
                reading.at(view.node("cap"), &path, message, None);
            }
            Some(RestartBackoff { first, cap, reset_after: view.span("reset_after") })
        }
        _ => unreachable!("every back-off is read"),
    }
}

pub(super) fn cold(view: &View) -> Cold {
    Cold { length: view.span("for"), factor: view.number("factor") }
}
