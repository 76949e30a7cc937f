//! Where the ticks of an axis stand and what they say.

use super::figure::Scale;
use crate::units::{Start, Unit, quantity, wall_clock};

/// A tick: its value and its label.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::report) struct Tick {
    pub value: f64,
    pub label: String,
}

/// A vertical axis: its range and its ticks.
pub(super) struct Axis {
    pub scale: Scale,
    pub from: f64,
    pub to: f64,
    pub ticks: Vec<Tick>,
}

impl Axis {
    /// An axis from zero to just above `largest`.
    pub(super) fn linear(largest: f64, unit: Unit) -> Axis {
        let largest = if largest > 0.0 { largest } else { 1.0 };
        let step = nice_step(largest / 5.0);
        let count = libm::ceil(largest * 1.02 / step).min(20.0) as u32;
        let ticks = (0..=count)
            .map(|i| f64::from(i) * step)
            .map(|value| Tick { value, label: quantity(value, unit) })
            .collect();
        Axis { scale: Scale::Linear, from: 0.0, to: f64::from(count) * step, ticks }
    }

    /// An even axis around `low` to `high`, from zero where that does not squeeze what is to be seen
    /// into a fifth of it, or where `from_zero` asks for it.
    pub(super) fn around(low: f64, high: f64, unit: Unit, from_zero: bool) -> Axis {
        let (low, high) = (low.clamp(-1e15, 1e15), high.clamp(-1e15, 1e15));
        let near = high - low > 0.0 && high - low < 0.2 * low.abs().max(high.abs());
        let axis = |low: f64, high: f64| {
            let (low, high) = if low < high { (low, high) } else { (low, low + 1.0) };
            let step = step_of((high - low) / 5.0, unit);
            let (first, last) = (libm::floor(low / step + 1e-9), libm::ceil(high / step - 1e-9));
            let count = (last - first).clamp(1.0, 20.0) as u32;
            // Zero has no sign.
            let ticks = (0..=count).map(|i| (first + f64::from(i)) * step + 0.0);
            let ticks: Vec<Tick> =
                ticks.map(|value| Tick { value, label: label(value, unit) }).collect();
            let (from, to) = (first * step, (first + f64::from(count)) * step);
            Axis { scale: Scale::Linear, from, to, ticks }
        };
        // A little air, so that nothing runs along an edge; but a share has no more than all.
        let air = 0.02 * (high - low);
        let most = if unit == Unit::Ratio && high <= 1.0 { 1.0 } else { f64::INFINITY };
        let high = if high > 0.0 { (high + air).min(most) } else { high };
        if near && !from_zero {
            let near = axis(low - air, high);
            // Labels have few figures: where two are the same they say nothing.
            if near.ticks.windows(2).all(|pair| pair[0].label != pair[1].label) {
                return near;
            }
        }
        axis(low.min(0.0), high.max(0.0))
    }

    /// A logarithmic axis around the positive `values`, between two numbers of the row 1, 2, 5, 10,
    /// 20, ... with a tick at each power of ten, or in a short axis at each number of the row.
    pub(super) fn log(values: impl Iterator<Item = f64>, unit: Unit) -> Axis {
        let (low, high) = values
            .filter(|value| *value > 0.0)
            .fold((f64::INFINITY, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
        let (low, high) = if high > 0.0 {
            (low.clamp(1e-12, 1e15), high.clamp(1e-12, 1e15))
        } else {
            (1.0, 10.0)
        };
        let powers =
            libm::floor(libm::log10(low)) as i32 - 1..=libm::ceil(libm::log10(high)) as i32;
        let row = powers.flat_map(|power| [1.0, 2.0, 5.0].map(|digit| (digit, power)));
        let row: Vec<(f64, f64)> =
            row.map(|(digit, power)| (digit, digit * libm::exp10(f64::from(power)))).collect();
        // Some air below and above, so that no line runs along an edge.
        let from = row.iter().rposition(|step| step.1 <= low * 0.95).unwrap_or(0);
        let to = row
            .iter()
            .position(|step| step.1 >= high * 1.05)
            .unwrap_or(row.len().saturating_sub(1));
        let row = row.get(from..=to.max(from + 1)).unwrap_or(&row);
        let short = row.len() <= 8;
        let ticks = row
            .iter()
            .filter(|(digit, _)| short || *digit == 1.0)
            .map(|&(_, value)| Tick { value, label: round(value, unit) })
            .collect();
        let end = |step: Option<&(f64, f64)>, other| step.map_or(other, |step| step.1);
        Axis { scale: Scale::Log, from: end(row.first(), 1.0), to: end(row.last(), 10.0), ticks }
    }

    /// How far up the axis a value stands: 0 at the bottom, 1 at the top, never outside.
    pub(super) fn height(&self, value: f64) -> f64 {
        let share = match self.scale {
            Scale::Linear => (value - self.from) / (self.to - self.from),
            Scale::Log if value <= self.from => 0.0,
            Scale::Log => libm::log10(value / self.from) / libm::log10(self.to / self.from),
        };
        share.clamp(0.0, 1.0)
    }
}

/// A round step that is not below `step`: of seconds beyond half a minute whole minutes.
fn step_of(step: f64, unit: Unit) -> f64 {
    let minutes = STEPS.iter().map(|step| f64::from(*step)).filter(|step| *step >= 60.0);
    match unit {
        Unit::Seconds if step > 30.0 => {
            minutes.into_iter().find(|whole| *whole >= step).unwrap_or_else(|| nice_step(step))
        }
        _ => nice_step(step),
    }
}

/// A power of ten in words: of seconds no minutes, which it would not be a round number of.
fn round(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Seconds if value >= 100.0 => format!("{} s", quantity(value, Unit::Count)),
        _ => quantity(value, unit),
    }
}

/// A tick in words, without the hundredths of whole minutes.
fn label(value: f64, unit: Unit) -> String {
    quantity(value, unit).replace(".00 min", " min")
}

/// The smallest of 1, 2, 2.5, 5 times a power of ten that is not below `step`.
fn nice_step(step: f64) -> f64 {
    let power = libm::exp10(libm::floor(libm::log10(step)));
    let digits = [1.0, 2.0, 2.5, 5.0, 10.0];
    // A whole number of things has no halves.
    let fits = |digit: &&f64| **digit * power >= step * 0.999_999;
    digits.iter().find(fits).map_or(10.0, |digit| *digit) * power
}

/// The time axis: its unit and its ticks, each with the wall clock when it is known.
pub(in crate::report) struct TimeAxis {
    pub unit: &'static str,
    pub ticks: Vec<(Tick, Option<String>)>,
}

/// Steps of the time axis in seconds, the longest ones in days.
const STEPS: [u32; 20] = [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400,
    172_800, 604_800,
];

/// Ticks at whole seconds, minutes, hours or days: `most` intervals at most.
pub(in crate::report) fn time_axis(end_s: f64, start: Option<Start>, most: f64) -> TimeAxis {
    let fits = |step: &&u32| end_s / f64::from(**step) <= most;
    let step = STEPS.iter().find(fits).map_or(nice_step(end_s / most), |step| f64::from(*step));
    let step = if end_s < 5.0 { nice_step(end_s / most) } else { step };
    let (scale, unit) = match end_s {
        end if end <= 180.0 => (1.0, "s"),
        end if end <= 10_800.0 => (60.0, "min"),
        end if end <= 259_200.0 => (3600.0, "h"),
        _ => (86_400.0, "days"),
    };
    let count = libm::floor(end_s / step * (1.0 + 1e-9)).min(20.0) as u32;
    let ticks = (0..=count)
        .map(|i| f64::from(i) * step)
        .map(|value| {
            let label = quantity(value / scale, Unit::Count);
            let clock = start.map(|start| clock(start, value, step, end_s));
            (Tick { value, label }, clock)
        })
        .collect();
    TimeAxis { unit, ticks }
}

/// The wall clock of a tick: minutes, seconds if they differ, the date in runs over a day.
fn clock(start: Start, at_s: f64, step: f64, end_s: f64) -> String {
    let text = wall_clock(start, at_s);
    let (date, time) = text.split_once('T').unwrap_or(("", &text));
    let whole_minutes = step >= 60.0 && start.unix_s.is_multiple_of(60);
    let time = if whole_minutes { time.get(..5) } else { time.get(..8) }.unwrap_or(time);
    let date = date.get(5..).filter(|_| end_s >= 86_400.0).unwrap_or("");
    if date.is_empty() { time.to_string() } else { format!("{date} {time}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|tick| tick.label.as_str()).collect()
    }

    #[test]
    fn ticks_are_round_and_few() {
        let axis = Axis::linear(12_408.0, Unit::Count);
        assert_eq!(labels(&axis), ["0", "2,500", "5,000", "7,500", "10,000", "12,500", "15,000"]);
        assert_eq!(axis.height(7_500.0), 0.5);
        let axis = Axis::linear(0.0, Unit::Count);
        assert!(axis.to >= 1.0 && axis.ticks.len() >= 2);
    }

    #[test]
    fn an_axis_reaches_below_zero_and_leaves_it_out_where_all_is_far_above() {
        let around = |low, high| Axis::around(low, high, Unit::Ratio, false);
        assert_eq!(labels(&around(-0.3, 0.9)), ["-0.5", "-0.25", "0", "0.25", "0.5", "0.75", "1"]);
        assert_eq!(labels(&around(-9.0, -2.0)), ["-10", "-8", "-6", "-4", "-2", "0"]);
        let near = ["0.94", "0.95", "0.96", "0.97", "0.98", "0.99", "1"];
        assert_eq!(labels(&around(0.95, 0.99)), near);
        assert_eq!(labels(&around(0.4, 1.0)).last(), Some(&"1"));
        let minutes = Axis::around(100.0, 1100.0, Unit::Seconds, false);
        assert_eq!(labels(&minutes), ["0 s", "5 min", "10 min", "15 min", "20 min"]);
        assert_eq!(labels(&around(0.999991, 0.999993)), ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
        assert_eq!(labels(&around(7.0, 7.0)), ["0", "2", "4", "6", "8"]);
        assert_eq!(labels(&around(0.0, 0.0)), ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
    }

    #[test]
    fn a_log_axis_fits_its_values() {
        let axis = Axis::log([0.0007, 2.0, f64::NAN, 0.0].into_iter(), Unit::Seconds);
        assert_eq!(labels(&axis), ["1 ms", "10 ms", "100 ms", "1 s"]);
        assert_eq!((axis.from, axis.to), (0.0005, 5.0));
        assert_eq!((axis.height(0.0), axis.height(1e9)), (0.0, 1.0));
        assert!((axis.height(0.05) - 0.5).abs() < 1e-12);
        let axis = Axis::log([0.08, 3e3].into_iter(), Unit::Seconds);
        assert_eq!(labels(&axis), ["100 ms", "1 s", "10 s", "100 s", "1,000 s"]);
        let axis = Axis::log([0.08, 0.082].into_iter(), Unit::Seconds);
        assert_eq!(labels(&axis), ["50 ms", "100 ms"]);
        assert_eq!(
            labels(&Axis::log([].into_iter(), Unit::Count)),
            ["0.5", "1", "2", "5", "10", "20"]
        );
    }

    #[test]
    fn time_is_in_the_unit_of_its_length_with_the_wall_clock_below() {
        let start = Some(Start { unix_s: 1_731_577_320 });
        let axis = time_axis(47.0 * 60.0, start, 10.0);
        assert_eq!(axis.unit, "min");
        let (tick, clock) = axis.ticks.last().unwrap();
        assert_eq!((tick.label.as_str(), clock.as_deref()), ("45", Some("10:27")));
        let axis = time_axis(415.0 * 60.0, None, 10.0);
        assert_eq!(axis.ticks.last().unwrap().0.label, "6");
        assert_eq!(time_axis(30.0, None, 10.0).ticks.len(), 7);
    }
}
