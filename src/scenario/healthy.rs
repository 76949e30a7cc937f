//! The healthy scenario: the same one with the fault taken out.

use super::check::complete;
use super::mean::Reading;
use super::meant::Scenario;
use super::merge::{is_note, set};
use super::raw::RawScenario;
use super::table::{Kind, TOP};
use super::tree::{Member, Node, Path, Value, quoted};

/// The scenario that `raw` means with the settings of `healthy` over it, and nothing to judge. What is
/// wrong with them is reported; nothing is read of a scenario that is wrong already.
pub(super) fn healthy(
    raw: &RawScenario,
    healthy: &Node,
    reading: &mut Reading,
) -> Option<Box<Scenario>> {
    if reading.findings.count() > 0 {
        return None;
    }
    let mut written = raw.written.clone();
    if let Value::Object(members) = &mut written.value {
        members
            .retain(|member| !matches!(member.key.as_str(), "claims" | "alternatives" | "healthy"));
    }
    let settings = healthy.members().unwrap_or_default();
    for member in settings.iter().filter(|member| !is_note(&member.key)) {
        put(&mut written, member, reading);
    }
    if reading.findings.count() > 0 {
        return None;
    }
    let files = reading.tables.kept(reading.findings);
    let mut findings = files.findings();
    let complete = complete(&Kind::Object(&TOP), &written, &Path::Top, &mut findings);
    let raw = RawScenario { name: raw.name.clone(), written, complete };
    let scenario = files.scenario(&raw, &mut findings);
    for mut finding in findings.take_since(0) {
        if healthy.place.contains(finding.place) {
            finding.path = format!("healthy.{}", finding.path);
        } else {
            finding.message = format!("with this, {}: {}", finding.path, finding.message);
            finding.path = "healthy".to_string();
            finding.place = healthy.place;
        }
        reading.findings.push(finding);
    }
    Some(Box::new(scenario))
}

/// Puts one setting into a tree.
fn put(written: &mut Node, member: &Member, reading: &mut Reading) {
    let path = format!("healthy.{}", member.key);
    let path = Path::Key(&Path::Top, &path);
    let part = member.key.split('.').next().unwrap_or_default();
    if !matches!(part, "servers" | "network" | "fleets" | "timeline") {
        let message = "expected a path that begins with \"servers\", \"network\", \"fleets\" or \
                       \"timeline\"";
        let hint = format!("{} is the same in both runs", quoted(part));
        reading.findings.report_with(member.place, &path, message, Some(hint));
        return;
    }
    let top = Kind::Object(&TOP);
    if let Err(no) = set(&top, written, &member.key, |_| member.node.clone()) {
        reading.findings.report_with(member.place, &path, no.message, no.hint);
    }
}
