//! Faults of the timeline, with their words for pictures and events.

use super::Reading;
use super::timeline::State;
use crate::scenario::meant::{Fault, Old};
use crate::scenario::view::View;
use crate::units::duration;

const OLD: &[(&str, Old)] = &[("closes", Old::Closes), ("vanishes", Old::Vanishes)];

impl State {
    /// The fault that an entry states, if it is one.
    pub(super) fn fault(
        &self,
        entry: &View,
        path: &str,
        reading: &mut Reading,
    ) -> Option<(String, Fault)> {
        for key in ["vanish", "kill", "stop"] {
            if let Some(view) = entry.find_sub(key) {
                return self.of_instances(key, &view, &format!("{path}.{key}"), reading);
            }
        }
        if let Some(view) = entry.find_sub("restart") {
            let server = self.server(&view, &format!("{path}.restart"), reading);
            let down = view.span("down");
            let label = format!("restart of {}, down {}", view.text("server"), duration(down));
            return Some((label, Fault::Restart { server, down }));
        }
        if let Some(view) = entry.find_sub("failover") {
            let server = self.server(&view, &format!("{path}.failover"), reading);
            let (after, old) = (view.span("after"), view.word("old", OLD));
            let (name, gone) = (view.text("server"), view.text("old"));
            let label = format!("{name} {gone}, failover after {}", duration(after));
            return Some((label, Fault::Failover { server, after, old }));
        }
        let view = entry.find_sub("partition")?;
        let path = format!("{path}.partition");
        let server = self.server(&view, &path, reading);
        let (fleet, name) = self.fleet(&view, &path, reading)?;
        let length = view.span("for");
        let label =
            format!("nothing between {name} and {} for {}", view.text("server"), duration(length));
        Some((label, Fault::Partition { fleet, server, length }))
    }

    fn of_instances(
        &self,
        key: &str,
        view: &View,
        path: &str,
        reading: &mut Reading,
    ) -> Option<(String, Fault)> {
        let (fleet, name) = self.fleet(view, path, reading)?;
        let instances = view.count("instances");
        let of = if instances == 1 {
            format!("an instance of {name}")
        } else {
            format!("{instances} instances of {name}")
        };
        Some(match key {
            "vanish" => (format!("vanish: {of}"), Fault::Vanish { fleet, instances }),
            "kill" => (format!("kill: {of}"), Fault::Kill { fleet, instances }),
            _ => {
                let length = view.span("for");
                let label = format!("stop: {of}, for {}", duration(length));
                (label, Fault::Stop { fleet, instances, length })
            }
        })
    }
}
