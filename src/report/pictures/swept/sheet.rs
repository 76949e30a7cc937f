//! What the pictures of this room share: the page with its words, and an axis for values with their
//! intervals.

use crate::report::pictures::Picture;
use crate::report::pictures::axis::Axis;
use crate::report::pictures::page::{RIGHT, TEXT, fit, text_width, title_size};
use crate::report::pictures::pen::{Drawn, Look, Pen};
use crate::units::Unit;

/// Lines of a subtitle at most.
const SUBTITLE_LINES: usize = 3;
const SUBTITLE_ROW: f64 = 19.0;

/// The words above a picture, and where they end.
pub(super) struct Heading<'a> {
    left: f64,
    title: &'a str,
    subtitle: &'a str,
    lines: Vec<String>,
}

impl<'a> Heading<'a> {
    /// A heading that begins at `left`.
    pub(super) fn new(title: &'a str, subtitle: &'a str, left: f64) -> Heading<'a> {
        let lines = wrapped(subtitle, TEXT, RIGHT - left, SUBTITLE_LINES);
        Heading { left, title, subtitle, lines }
    }

    /// The centre line of what stands below.
    pub(super) fn below(&self) -> f64 {
        63.0 + self.lines.len().max(1) as f64 * SUBTITLE_ROW
    }

    /// A page with this heading; `draw` makes the rest of it.
    pub(super) fn page(self, height: f64, draw: impl Fn(&Pen) -> Drawn + 'a) -> Picture<'a> {
        Picture::new((self.title, self.subtitle), height, move |pen| {
            let size = title_size(self.title, RIGHT - self.left);
            let title = fit(self.title, size, RIGHT - self.left);
            pen.text(&title, self.left, 28.0, Look { size, bold: true, ..Look::LEFT })?;
            for (i, line) in self.lines.iter().enumerate() {
                let y = 54.0 + i as f64 * SUBTITLE_ROW;
                pen.text(line, self.left, y, Look { size: TEXT, ..Look::LEFT })?;
            }
            draw(pen)
        })
    }
}

/// An axis for values and the ends of their intervals. Intervals widen it by the range of the values at
/// each side at most, and never below zero where no value is.
pub(super) fn axis_of(
    values: &[(f64, f64, f64)],
    others: impl Iterator<Item = f64>,
    unit: Unit,
    (log, from_zero): (bool, bool),
) -> Axis {
    let mut seen: Vec<f64> = values.iter().map(|value| value.0).collect();
    seen.extend(others.filter(|value| value.is_finite()));
    let low = seen.iter().copied().fold(f64::INFINITY, f64::min);
    let high = seen.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if low > high {
        // Of no values an axis says nothing.
        return Axis { ticks: Vec::new(), ..Axis::around(0.0, 1.0, unit, true) };
    }
    if log && low > 0.0 {
        let within = |end: &f64| end.is_finite() && *end >= low / 10.0 && *end <= high * 10.0;
        let ends = values.iter().flat_map(|value| [value.1, value.2]).filter(within);
        return Axis::log(seen.iter().copied().chain(ends), unit);
    }
    let range = if high > low { high - low } else { high.abs() };
    let floor = if low >= 0.0 { 0.0 } else { f64::NEG_INFINITY };
    let lowest = values.iter().map(|value| value.1).fold(low, f64::min).max(low - range).max(floor);
    let ends = values.iter().map(|value| value.2).filter(|end| end.is_finite());
    let highest = ends.fold(high, f64::max).min(high + range);
    Axis::around(lowest, highest, unit, from_zero)
}

/// A text in lines of at most `width`, the last one cut when there would be more than `most`.
pub(super) fn wrapped(text: &str, size: f64, width: f64, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let full = lines.len() == most;
        match lines.last_mut() {
            Some(line) if full || text_width(&format!("{line} {word}"), size) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_string()),
        }
    }
    lines.iter().map(|line| fit(line, size, width)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_sentence_goes_over_lines() {
        let lines = wrapped(&"word ".repeat(100), 10.0, 200.0, 3);
        assert_eq!(lines.len(), 3);
        assert!(lines[2].ends_with('…') && lines.iter().all(|l| text_width(l, 10.0) <= 200.0));
        assert_eq!(wrapped("", 10.0, 100.0, 3), Vec::<String>::new());
    }

    /// An interval of a few runs may be a hundred times the values.
    #[test]
    fn wide_intervals_do_not_flatten_the_values() {
        let axis = axis_of(
            &[(1.0, -900.0, 900.0), (3.0, 2.5, f64::INFINITY)],
            [].into_iter(),
            Unit::Count,
            (false, true),
        );
        assert_eq!((axis.from, axis.to), (0.0, 6.0));
    }
}
