//! Deploys and rollbacks: what changes, and how instances are replaced.

use super::Reading;
use super::timeline::State;
use crate::scenario::meant::{Action, Replacing, Rollout};
use crate::scenario::merge::set;
use crate::scenario::table::{Kind, TOP, deploys::DEPLOY_HOW};
use crate::scenario::view::{Chosen, View};

impl State {
    /// The action that brings the settings as they are now, at `path`.
    pub(super) fn rolling(
        &self,
        fleet: usize,
        view: &View,
        path: &str,
        reading: &mut Reading,
    ) -> Action {
        let settings = Box::new(self.settings.clone());
        let (every, drain) = (view.span("every"), view.span("drain"));
        let how = replacing(view, path, reading);
        Action::Deploy { fleet, settings, rollout: Rollout { every, drain, how } }
    }

    /// Keeps what a fleet's tree was before a deploy.
    pub(super) fn remember(&mut self, fleet: &str) {
        let tree = self.written.find("fleets").and_then(|fleets| fleets.find(fleet)).cloned();
        self.before.entry(fleet.to_string()).or_default().extend(tree);
    }

    /// Goes back to what a fleet's tree was before its last deploy.
    pub(super) fn return_to(&mut self, fleet: &str, view: &View, path: &str, r: &mut Reading) {
        let Some(tree) = self.before.get_mut(fleet).and_then(Vec::pop) else {
            let message = format!("expected a deploy of {fleet:?} before this; found none");
            r.at(view.node("fleet"), &format!("{path}.fleet"), message, None);
            return;
        };
        let place = tree.place;
        if let Err(no) =
            set(&Kind::Object(&TOP), &mut self.written, &format!("fleets.{fleet}"), |_| tree)
        {
            r.place(place, path, no.message, no.hint);
        }
        self.reread(view.node.place, path, r);
    }
}

fn replacing(view: &View, path: &str, reading: &mut Reading) -> Replacing {
    let chosen = Chosen::new(view.node("how"), &DEPLOY_HOW);
    match chosen.tag {
        "rolling" => {
            let rolling = chosen.view();
            let (surge, unavailable) = (rolling.count("surge"), rolling.count("max_unavailable"));
            if surge == 0 && unavailable == 0 {
                let message = "expected a `surge` or `max_unavailable` above 0: with both 0 no \
                               instance can be replaced";
                reading.at(chosen.node, &format!("{path}.how.rolling"), message, None);
            }
            Replacing::Rolling { surge, unavailable }
        }
        "blue_green" => {
            let both = chosen.view();
            let (switch_after, keep) = (both.span("switch_after"), both.span("keep"));
            Replacing::BlueGreen { switch_after, keep }
        }
        "recreate" => Replacing::Recreate,
        _ => unreachable!("every way to deploy is read"),
    }
}
