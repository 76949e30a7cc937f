//! Those who send requests.

use super::Reading;
use super::load::dist;
use crate::scenario::meant::{Abandoned, Reload, Visitors};
use crate::scenario::table::visitors::{PATIENCE, RELOAD};
use crate::scenario::view::{Chosen, View};

pub(super) const ABANDONED: &[(&str, Abandoned)] =
    &[("goes_on", Abandoned::GoesOn), ("cancelled", Abandoned::Cancelled)];

/// How those who send requests to the fleet at `path` behave.
pub(super) fn visitors(fleet: &View, path: &str, reading: &mut Reading) -> Visitors {
    let patience = Chosen::new(fleet.node("patience"), &PATIENCE);
    let patience = (patience.tag == "after")
        .then(|| dist(patience.node, &format!("{path}.patience.after"), reading));
    let reload = Chosen::new(fleet.node("reload"), &RELOAD);
    let reload = (reload.tag == "again").then(|| {
        let (view, path) = (reload.view(), format!("{path}.reload.again.pause"));
        Reload {
            times: view.count_or_none("times"),
            pause: dist(view.node("pause"), &path, reading),
        }
    });
    Visitors { patience, reload }
}
