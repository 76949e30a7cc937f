//! What the pictures of this room share: the page with its words, a legend, texts along an axis.

use crate::report::pictures::PictureError;
use crate::report::pictures::axis::Axis;
use crate::report::pictures::figure::{BLACK, Colour, Dash};
use crate::report::pictures::page::{
    LEFT, RIGHT, SMALL, SWATCH, TEXT, TITLE, WIDTH, fit, legend_places, text_width,
};
use crate::report::pictures::pen::{Drawn, FAINT_COLOUR, Look, Pen, with_header};
use crate::units::Unit;

/// Lines of a subtitle at most.
const SUBTITLE_LINES: usize = 3;
const SUBTITLE_ROW: f64 = 19.0;

pub(super) const WHITE: Colour = (255, 255, 255);

/// The words above a picture, and where they end.
pub(super) struct Heading<'a> {
    title: &'a str,
    subtitle: &'a str,
    lines: Vec<String>,
}

impl<'a> Heading<'a> {
    pub(super) fn new(title: &'a str, subtitle: &'a str) -> Heading<'a> {
        Heading { title, subtitle, lines: wrapped(subtitle, TEXT, RIGHT - LEFT, SUBTITLE_LINES) }
    }

    /// The centre line of what stands below.
    pub(super) fn below(&self) -> f64 {
        63.0 + self.lines.len().max(1) as f64 * SUBTITLE_ROW
    }

    /// A page with this heading; `draw` makes the rest of it.
    pub(super) fn page(
        &self,
        height: f64,
        draw: impl FnOnce(&Pen) -> Drawn,
    ) -> Result<String, PictureError> {
        let mut svg = String::new();
        {
            let pen = Pen::new(&mut svg, height)?;
            let title = fit(self.title, TITLE, RIGHT - LEFT);
            pen.text(&title, LEFT, 28.0, Look { size: TITLE, bold: true, ..Look::LEFT })?;
            for (i, line) in self.lines.iter().enumerate() {
                let y = 54.0 + i as f64 * SUBTITLE_ROW;
                pen.text(line, LEFT, y, Look { size: TEXT, ..Look::LEFT })?;
            }
            draw(&pen)?;
            pen.finish()?;
        }
        Ok(with_header(svg, (self.title, self.subtitle), height))
    }
}

/// What is drawn before the text of an entry of a legend.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Sign {
    /// A sample of a line.
    Line(Colour, Dash),
    /// A filled area, with or without an edge.
    Block(Colour, Option<Colour>),
    /// A mark of a point.
    Mark(Mark, Colour),
    /// A whisker.
    Whisker,
    /// A thick line between cells.
    Edge,
    /// A check mark.
    Check,
    /// Hatching over a colour.
    Hatched(Colour),
    /// A dark cell with a dot in it.
    Dotted,
    /// A cell without a value.
    Dashed,
}

/// How a point is marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Dot,
    Disc,
    Cross,
    Ring,
}

/// Draws a mark.
pub(super) fn mark(pen: &Pen, (x, y): (f64, f64), mark: Mark, colour: Colour) -> Drawn {
    match mark {
        Mark::Dot => pen.dot((x, y), 3.4, colour),
        Mark::Disc => pen.dot((x, y), 4.8, colour),
        Mark::Ring => {
            pen.dot((x, y), 4.6, WHITE)?;
            pen.ring((x, y), 4.2, colour, 1.8)
        }
        Mark::Cross => {
            // Light around the strokes, so that they stand out from the line they lie on.
            pen.dot((x, y), 5.2, WHITE)?;
            for (left, right) in [(-4.2, 4.2), (4.2, -4.2)] {
                let ends = [(x - 4.2, y + left), (x + 4.2, y + right)];
                pen.stroke(&ends, colour, 2.4, Dash::Solid)?;
            }
            Ok(())
        }
    }
}

/// Entries of a legend in rows, and the line below the last row.
pub(super) struct Legend {
    entries: Vec<(Sign, String, (f64, f64))>,
    pub end: f64,
}

impl Legend {
    pub(super) fn new(entries: Vec<(Sign, String)>, first: f64) -> Legend {
        if entries.is_empty() {
            return Legend { entries: Vec::new(), end: first - 11.0 };
        }
        let fitted =
            |(sign, text): (Sign, String)| (sign, fit(&text, SMALL, RIGHT - LEFT - SWATCH - 6.0));
        let entries: Vec<(Sign, String)> = entries.into_iter().map(fitted).collect();
        let (places, end) = legend_places(entries.iter().map(|entry| entry.1.as_str()), first);
        let placed = entries.into_iter().zip(places);
        let entries = placed.map(|((sign, text), place)| (sign, text, place)).collect();
        Legend { entries, end }
    }

    pub(super) fn draw(&self, pen: &Pen) -> Drawn {
        self.entries.iter().try_for_each(|(sign, text, (x, y))| {
            sign.draw(pen, *x, *y)?;
            pen.text(text, x + SWATCH + 6.0, *y, Look::LEFT)
        })
    }
}

impl Sign {
    fn draw(self, pen: &Pen, x: f64, y: f64) -> Drawn {
        let (from, to, middle) = ((x, y - 6.5), (x + SWATCH - 2.0, y + 6.5), x + SWATCH / 2.0);
        match self {
            Sign::Line(colour, dash) => pen.stroke(&[(x, y), (x + SWATCH, y)], colour, 2.2, dash),
            Sign::Block(colour, edge) => {
                pen.block(from, to, colour, 1.0)?;
                edge.map_or(Ok(()), |edge| pen.outline(from, to, edge, 1.4))
            }
            Sign::Mark(kind, colour) => mark(pen, (middle, y), kind, colour),
            Sign::Whisker => {
                whisker(pen, (middle, y - 7.0), (middle, y + 7.0), FAINT_COLOUR, [true, true])
            }
            Sign::Edge => edge(pen, (x, y), (x + SWATCH - 2.0, y)),
            Sign::Check => check(pen, (middle, y), 10.0, BLACK),
            Sign::Hatched(colour) => {
                pen.block(from, to, colour, 1.0)?;
                hatching(pen, from, to, BLACK)
            }
            Sign::Dotted => {
                pen.block(from, to, NEVER, 1.0)?;
                pen.dot((middle - 1.0, y), 2.0, WHITE)
            }
            Sign::Dashed => {
                pen.outline(from, to, FAINT_COLOUR, 0.8)?;
                pen.stroke(&[(middle - 5.0, y), (middle + 3.0, y)], FAINT_COLOUR, 1.4, Dash::Solid)
            }
        }
    }
}

/// A check mark of this size; drawn, as not every font has one.
pub(super) fn check(pen: &Pen, (x, y): (f64, f64), size: f64, colour: Colour) -> Drawn {
    let path = [(-0.45, 0.05), (-0.12, 0.38), (0.45, -0.38)];
    let path = path.map(|(right, down)| (x + right * size, y + down * size));
    pen.stroke(&path, colour, size / 6.0, Dash::Solid)
}

/// The colour of cells in which something never came, on no scale.
pub(super) const NEVER: Colour = (20, 20, 20);

/// A thick line that stands out from dark and light.
pub(super) fn edge(pen: &Pen, from: (f64, f64), to: (f64, f64)) -> Drawn {
    pen.stroke(&[from, to], WHITE, 6.0, Dash::Solid)?;
    pen.stroke(&[from, to], BLACK, 3.2, Dash::Solid)
}

/// Diagonal lines across a rectangle.
pub(super) fn hatching(pen: &Pen, from: (f64, f64), to: (f64, f64), colour: Colour) -> Drawn {
    const APART: f64 = 7.0;
    let (width, height) = (to.0 - from.0, to.1 - from.1);
    let count = libm::floor((width + height) / APART).clamp(0.0, 200.0) as u32;
    for i in 1..=count {
        // From the left or the lower edge to the upper or the right one: x + y is the same along it.
        let sum = f64::from(i) * APART;
        let (x, y) = ((sum - height).max(0.0), sum.min(height));
        let (x_end, y_end) = (sum.min(width), (sum - width).max(0.0));
        let ends = [(from.0 + x, from.1 + y), (from.0 + x_end, from.1 + y_end)];
        pen.stroke(&ends, colour, 0.7, Dash::Solid)?;
    }
    Ok(())
}

/// A whisker between two points of one line, upright or flat, with a cap at each end that has one.
pub(super) fn whisker(
    pen: &Pen,
    from: (f64, f64),
    to: (f64, f64),
    colour: Colour,
    caps: [bool; 2],
) -> Drawn {
    pen.stroke(&[from, to], colour, 1.3, Dash::Solid)?;
    let across = if from.0 == to.0 { (3.5, 0.0) } else { (0.0, 3.5) };
    for ((x, y), _) in [from, to].into_iter().zip(caps).filter(|(_, cap)| *cap) {
        let ends = [(x - across.0, y - across.1), (x + across.0, y + across.1)];
        pen.stroke(&ends, colour, 1.3, Dash::Solid)?;
    }
    Ok(())
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
        return Axis::around(0.0, 1.0, unit, true);
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

/// A text below an axis: whose it is, its centre, its row, and what is left of it.
#[derive(Debug, PartialEq)]
pub(super) struct Below {
    pub at: usize,
    pub x: f64,
    pub row: usize,
    pub text: String,
}

/// Rows of texts below an axis at most.
const ROWS: usize = 3;
/// The least room of a text that is cut.
const ROOM: f64 = 64.0;
/// Texts end this far from the edge of the page.
const EDGE: f64 = 6.0;

/// The air between two texts of a row.
const AIR: f64 = 8.0;

/// Which of the texts at `xs` can be said below an axis without touching each other: all of them in
/// one row, or in up to three rows in turn; else cut to the room there is, and where that is too little
/// only some, the first among them. Texts that would leave the page stand a little inside.
pub(super) fn below(texts: &[String], xs: &[f64]) -> Vec<Below> {
    let apart = |step: usize| {
        let kept: Vec<f64> = xs.iter().copied().step_by(step).collect();
        kept.windows(2).map(|pair| pair[1] - pair[0]).fold(RIGHT - LEFT, f64::min)
    };
    // How far inside the outermost texts stand, for a width.
    let inside = |width: f64| {
        let edge = xs.iter().map(|x| (x - EDGE).min(WIDTH - EDGE - x)).fold(WIDTH, f64::min);
        (width / 2.0 - edge).max(0.0)
    };
    let widest = |step: usize| {
        let kept = texts.iter().step_by(step);
        let width = kept.map(|text| text_width(text, SMALL)).fold(0.0, f64::max) + AIR;
        width + inside(width)
    };
    let say = |step: usize, rows: usize, room: f64| {
        let kept = texts.iter().enumerate().step_by(step).enumerate();
        let one = |(i, (at, text)): (usize, (usize, &String))| {
            let text = fit(text, SMALL, room);
            let half = text_width(&text, SMALL) / 2.0;
            let x = xs[at].min(WIDTH - EDGE - half).max(EDGE + half);
            Below { at, x, row: i % rows, text }
        };
        kept.map(one).collect()
    };
    // Short texts are rather left out than put into rows, beyond a dozen.
    let rows = if texts.len() <= 12 { ROWS } else { 1 };
    for rows in 1..=rows {
        if widest(1) <= rows as f64 * apart(1) {
            return say(1, rows, f64::INFINITY);
        }
    }
    for step in 1..texts.len().max(2) {
        if widest(step) <= apart(step) {
            return say(step, 1, f64::INFINITY);
        }
        let room = ROWS as f64 * apart(step);
        let room = room - AIR - inside(room);
        if widest(step) > ROOM && room >= ROOM {
            return say(step, ROWS, room);
        }
    }
    say(texts.len().max(1), 1, RIGHT - LEFT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(count: usize) -> Vec<f64> {
        (0..count).map(|i| 100.0 + 800.0 * i as f64 / (count - 1) as f64).collect()
    }

    fn said(texts: &[String]) -> Vec<Below> {
        below(texts, &places(texts.len()))
    }

    #[test]
    fn texts_below_an_axis_never_touch() {
        for count in 2..=60 {
            for length in [1, 4, 9, 30, 200] {
                let texts = vec!["x".repeat(length); count];
                let said = said(&texts);
                assert!(said.iter().any(|below| below.at == 0));
                for (i, one) in said.iter().enumerate() {
                    assert!(one.x > 0.0 && one.x < WIDTH);
                    for other in said[..i].iter().filter(|other| other.row == one.row) {
                        let half = |below: &Below| text_width(&below.text, SMALL) / 2.0;
                        let gap = one.x - half(one) - other.x - half(other);
                        assert!(gap > 0.0, "{count} {length}: {one:?} {other:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn as_much_is_said_as_there_is_room_for() {
        let numbers = |count: usize| (0..count).map(|i| (i * 10).to_string()).collect::<Vec<_>>();
        assert_eq!(said(&numbers(20)).len(), 20);
        assert!((10..60).contains(&said(&numbers(60)).len()));
        let names = vec!["exponential with jitter".to_string(); 8];
        let said = said(&names);
        assert!(said.len() == 8 && said.iter().all(|below| !below.text.contains('…')), "{said:?}");
    }

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
        assert_eq!((axis.from, axis.to), (0.0, 5.0));
    }
}
