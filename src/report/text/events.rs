//! What happened when.

use std::collections::BTreeMap;

use super::{Paint, clean, wrap};
use crate::claims::amount;
use crate::observe::Record;
use crate::scenario::Scenario;
use crate::units::{Unit, wall_clock};

/// Events of one kind at one part that are told one by one.
const EACH: usize = 2;
/// Lines at most.
const LINES: usize = 16;

/// The notable events of run 0 in order of time; of many alike only the first.
pub(super) fn write(scenario: &Scenario, record: &Record, paint: Paint, out: &mut String) {
    if record.events.is_empty() {
        return;
    }
    out.push_str(&format!("{}\n", paint.bold("What happened when")));
    let mut seen: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let (mut lines, mut left_out) = (0, 0);
    for event in &record.events {
        let count = seen.entry((event.kind, &event.part)).or_insert(0);
        *count += 1;
        if *count > EACH || lines == LINES {
            left_out += 1;
            continue;
        }
        lines += 1;
        let seconds = event.at.as_secs_f64();
        let mut when = format!("{:>10}", amount(seconds, Unit::Seconds));
        if let Some(start) = scenario.about.start {
            when.push_str(&format!("  {}", wall_clock(start, seconds)));
        }
        let indent = 2 + when.chars().count() + 2;
        let text = wrap(&format!("{}: {}", clean(&event.part), clean(&event.text)), indent);
        out.push_str(&format!("  {}  {text}\n", paint.dim(&when)));
    }
    if left_out > 0 {
        let more = format!("  and {left_out} more (--out DIR writes all to events.jsonl)");
        out.push_str(&format!("{}\n", paint.dim(&more)));
    }
    out.push('\n');
}
