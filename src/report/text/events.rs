//! What happened when.

use std::collections::BTreeMap;

use super::timeline::Timeline;
use super::{Paint, clean};
use crate::claims::amount;
use crate::observe::{Noted, Record};
use crate::scenario::Scenario;
use crate::units::{Unit, wall_clock};

/// Events of one kind at one part that are told one by one; those of the timeline all are.
const EACH: usize = 2;
/// Lines at most.
const LINES: usize = 16;

/// The notable events of run 0 in order of time, with their letters in the timeline; of many alike only
/// the first.
pub(super) fn write(
    scenario: &Scenario,
    record: &Record,
    timeline: Option<&Timeline>,
    paint: Paint,
    out: &mut String,
) {
    if record.events.is_empty() {
        return;
    }
    out.push_str(&format!("{}\n", paint.bold("What happened when")));
    let told = told(record);
    let clock = |event: &Noted| match scenario.about.start {
        Some(start) => wall_clock(start, event.at.as_secs_f64()),
        None => String::new(),
    };
    let wide = told.iter().map(|event| clock(event).len()).max().unwrap_or(0);
    for event in &told {
        let letter = timeline.and_then(|timeline| timeline.letter(event.at)).unwrap_or(' ');
        let at = amount(event.at.as_secs_f64(), Unit::Seconds);
        let mut when = format!("{letter}{at:>10}");
        if wide > 0 {
            when.push_str(&format!("  {:>wide$}", clock(event)));
        }
        let indent = 2 + when.chars().count() + 2;
        let text =
            paint.wrapped(&format!("{}: {}", clean(&event.part), clean(&event.text)), indent);
        out.push_str(&format!("  {}  {text}\n", paint.dim(&when)));
    }
    let left_out = record.events.len() - told.len();
    if left_out > 0 {
        let more = format!("  and {left_out} more (--out DIR writes all to events.jsonl)");
        out.push_str(&format!("{}\n", paint.dim(&more)));
    }
    out.push('\n');
}

/// The events to tell: the first few of each kind at each part.
pub(super) fn told(record: &Record) -> Vec<&Noted> {
    let mut seen: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut told = Vec::new();
    for event in &record.events {
        let count = seen.entry((event.kind, &event.part)).or_insert(0);
        *count += 1;
        if *count <= EACH || event.kind == "timeline" {
            told.push(event);
        }
    }
    told.truncate(LINES);
    told
}
