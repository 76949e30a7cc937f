//! Ejection: the balancer learns from the answers to requests.

use crate::scenario::meant::Ejection;
use crate::scenario::table::ejection::EJECTION;
use crate::scenario::view::{Chosen, View};

/// What the balancer of a fleet learns from the ends of requests.
pub(super) fn ejection(fleet: &View) -> Option<Ejection> {
    let chosen = Chosen::new(fleet.node("ejection"), &EJECTION);
    if chosen.tag == "none" {
        return None;
    }
    let view = chosen.view();
    Some(Ejection {
        failures: view.count("failures"),
        length: view.span("for"),
        longest: view.span("longest"),
        at_most: view.share("at_most"),
    })
}
