//! Serverless: an instance for every request in flight.

use super::Reading;
use super::load::dist;
use crate::scenario::meant::Serverless;
use crate::scenario::view::View;

/// What the fleet that `fleet` shows, at `path`, says of it.
pub(super) fn serverless(fleet: &View, path: &str, reading: &mut Reading) -> Option<Serverless> {
    let view = fleet.find_sub("serverless")?;
    let path = format!("{path}.serverless");
    let (max, provisioned) = (view.count("max"), view.count("provisioned"));
    if provisioned > max {
        let message = format!("expected at most `max`, which is {max}; found {provisioned}");
        reading.at(view.node("provisioned"), &format!("{path}.provisioned"), message, None);
    }
    if fleet.find("autoscale").is_some() {
        let hint = "take one of the two out: the requests decide how many instances there are";
        reading.at(view.node, &path, "expected no `autoscale` beside it", Some(hint.to_string()));
    }
    Some(Serverless {
        max,
        keep: view.span("keep"),
        cold_start: dist(view.node("cold_start"), &format!("{path}.cold_start"), reading),
        provisioned,
        frozen: view.flag("frozen"),
    })
}
