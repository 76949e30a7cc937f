//! Health checks of the balancer.

use super::Reading;
use crate::scenario::meant::{Check, FailOpen, Health, Step, calls};
use crate::scenario::view::View;
use crate::units::duration;

/// The health checks of the fleet at `path`, whose requests take these steps.
pub(super) fn health(
    fleet: &View,
    path: &str,
    steps: &[Step],
    reading: &mut Reading,
) -> Option<Health> {
    let view = fleet.find_sub("health")?;
    let health = Health {
        every: view.span("every"),
        timeout: view.span("timeout"),
        unhealthy_after: view.count("unhealthy_after"),
        healthy_after: view.count("healthy_after"),
        what: view.word("what", WHAT),
        fail_open: view.word("fail_open", FAIL_OPEN),
        replace: view.flag("replace"),
    };
    if health.timeout > health.every {
        let message = format!(
            "expected at most `every`, which is {}; found {}",
            duration(health.every),
            duration(health.timeout)
        );
        reading.at(view.node("timeout"), &format!("{path}.health.timeout"), message, None);
    }
    if health.what == Check::Server && calls(steps).is_empty() {
        let message = "expected a fleet with a call: there is no server that a check could ask";
        let hint = Some("\"request\" asks the instance alone".to_string());
        reading.at(view.node("what"), &format!("{path}.health.what"), message, hint);
    }
    Some(health)
}

const WHAT: &[(&str, Check)] =
    &[("process", Check::Process), ("request", Check::Request), ("server", Check::Server)];

const FAIL_OPEN: &[(&str, FailOpen)] = &[
    ("never", FailOpen::Never),
    ("none_healthy", FailOpen::NoneHealthy),
    ("below_half", FailOpen::BelowHalf),
];
