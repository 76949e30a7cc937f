//! Whether goodput comes back after a trigger.

use crate::observe::Record;
use crate::scenario::Recovers;
use crate::units::SimTime;

/// Seconds from the end of the trigger until goodput is back and stays back; `None` when it does not
/// come back, or when there was none before.
///
/// Goodput is the increase of the fleet's `succeeded` between two rows over the time between them.
/// It is back from the first row on from which every whole window up to `until` has at least the
/// share asked for of the goodput before: a level that is missed once was not back yet. What comes
/// back inside a window counts as the row where that window begins, so the value is early by up to
/// the missing share of a window, and by one `sample_every`.
pub(super) fn recovery(asked: &Recovers, record: &Record) -> Option<f64> {
    let done = &record.find(&format!("fleets.{}.succeeded", asked.fleet))?.values;
    let times = &record.times[..done.len().min(record.times.len())];
    let row = |at: SimTime| times.partition_point(|time| *time <= at).checked_sub(1);
    let rate = |a: usize, b: usize| {
        let seconds = times[b].since(times[a]).as_secs_f64();
        if seconds > 0.0 { (done[b] - done[a]) / seconds } else { 0.0 }
    };
    let goal = asked.to * rate(row(asked.from)?, row(asked.before)?);
    if goal <= 0.0 {
        return None;
    }
    let (first, last) = (times.partition_point(|time| *time < asked.after), row(asked.until)?);
    let mut back = None;
    let mut end = first;
    for begin in first..=last {
        while end <= last && times[end] < times[begin] + asked.over {
            end += 1;
        }
        if end > last {
            break;
        }
        // Less by rounding alone is not less.
        let enough = rate(begin, end) >= goal * (1.0 - 1e-12);
        back = if enough { back.or(Some(begin)) } else { None };
    }
    Some(times[back?].since(asked.after).as_secs_f64())
}
