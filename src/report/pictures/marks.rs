//! Instants worth a mark: what the timeline did and what the run answered.

use super::figure::{Mark, MarkKind};
use crate::claims::watch;
use crate::observe::{Noted, Record};
use crate::scenario::{Alert, Scenario};

/// Marks explained at most; further ones are drawn without a number.
pub(super) const EXPLAINED: usize = 12;

/// Every entry of the timeline, and what happened in one of `parts`: of each kind in `kinds` the first
/// three events, and of the first failures all, one for each cause.
pub(super) fn marks(
    scenario: &Scenario,
    record: &Record,
    parts: &[String],
    kinds: &[&str],
) -> Vec<Mark> {
    let entries = scenario.timeline.iter().map(|entry| Mark {
        at_s: entry.at.as_secs_f64(),
        kind: MarkKind::Timeline,
        text: entry.label.clone(),
    });
    let mut marks: Vec<Mark> = entries.collect();
    for kind in kinds {
        let most = if *kind == "first_failure" { usize::MAX } else { 3 };
        let here = |event: &&Noted| event.kind == *kind && parts.contains(&event.part);
        marks.extend(record.events.iter().filter(here).take(most).map(|event| Mark {
            at_s: event.at.as_secs_f64(),
            kind: MarkKind::Event,
            text: format!("{}: {}", event.part, event.text),
        }));
    }
    marks.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
    marks
}

/// The first firing of every rule of monitoring.
pub(super) fn fired(scenario: &Scenario, record: &Record) -> Vec<Mark> {
    let first = |alert: &Alert| {
        let at_s = watch(alert, record).firings.first()?.from.as_secs_f64();
        Some(Mark { at_s, kind: MarkKind::Event, text: format!("alert {} fires", alert.id) })
    };
    scenario.alerts.iter().filter_map(first).collect()
}
