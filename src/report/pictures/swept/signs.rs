//! Marks of points and cells, and the legend that explains them.

use crate::report::pictures::figure::{BLACK, Colour, Dash};
use crate::report::pictures::page::{RIGHT, SMALL, SWATCH, fit, legend_places};
use crate::report::pictures::pen::{Drawn, FAINT_COLOUR, Look, Pen};

pub(super) const WHITE: Colour = (255, 255, 255);

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
    /// Entries from `left` on, the first row at the height `first`.
    pub(super) fn new(entries: Vec<(Sign, String)>, (left, first): (f64, f64)) -> Legend {
        if entries.is_empty() {
            return Legend { entries: Vec::new(), end: first - 11.0 };
        }
        let fitted =
            |(sign, text): (Sign, String)| (sign, fit(&text, SMALL, RIGHT - left - SWATCH - 6.0));
        let entries: Vec<(Sign, String)> = entries.into_iter().map(fitted).collect();
        let (places, end) =
            legend_places(entries.iter().map(|entry| entry.1.as_str()), (left, first));
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
