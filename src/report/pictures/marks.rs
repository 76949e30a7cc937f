//! Instants worth a mark: what the timeline did and what the run answered.

use super::figure::{Mark, MarkKind};
use crate::observe::Record;
use crate::scenario::Scenario;

/// Marks explained at most; further ones are drawn without a number.
pub(super) const EXPLAINED: usize = 12;

/// Every entry of the timeline, and the first event of each kind in `kinds` in a part among `parts`.
pub(super) fn marks(
    scenario: &Scenario,
    record: &Record,
    parts: &[String],
    kinds: &[&str],
) -> Vec<Mark> {
    let mut marks: Vec<Mark> = scenario
        .timeline
        .iter()
        .map(|entry| Mark {
            at_s: entry.at.as_secs_f64(),
            kind: MarkKind::Timeline,
            text: entry.label.clone(),
        })
        .collect();
    for kind in kinds {
        let first = record.events.iter().find(|event| {
            event.kind == *kind && parts.iter().any(|part| event.part.starts_with(part.as_str()))
        });
        marks.extend(first.map(|event| Mark {
            at_s: event.at.as_secs_f64(),
            kind: MarkKind::Event,
            text: format!("{}: {}", event.part, event.text),
        }));
    }
    marks.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
    marks
}
