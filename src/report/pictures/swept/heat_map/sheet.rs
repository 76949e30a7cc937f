//! Where cells stand on the page.

use super::HeatMap;
use super::colours::{colour_at, ink_on};
use crate::report::pictures::Picture;
use crate::report::pictures::axis::{Axis, Tick};
use crate::report::pictures::figure::{BLACK, Colour, Dash, Scale};
use crate::report::pictures::page::{LEFT, RIGHT, SMALL, fit, fit_end, text_width};
use crate::report::pictures::pen::{Drawn, FAINT_COLOUR, Look, Pen};
use crate::report::pictures::swept::below::{Below, below};
use crate::report::pictures::swept::sheet::{Heading, axis_of};
use crate::report::pictures::swept::signs::{Legend, NEVER, WHITE, check, hatching};
use crate::report::pictures::swept::{Point, Standing};

/// The figure as a picture.
pub(super) fn draw(picture: &HeatMap) -> Picture<'_> {
    let heading = Heading::new(&picture.title, &picture.subtitle, LEFT);
    let page = Page::of(picture, heading.below());
    heading.page(page.height, move |pen| Sheet { pen, picture, page: &page }.everything())
}

/// Cells are at most this wide and high, and together so high.
const CELL_WIDTH: f64 = 120.0;
const CELL_HEIGHT: f64 = 36.0;
const GRID_HEIGHT: f64 = 540.0;
/// The widest texts beside the rows.
const ROW_TEXT: f64 = 190.0;
/// The bar of colours.
const BAR_WIDTH: f64 = 380.0;
const BAR_HEIGHT: f64 = 13.0;
/// What a cell reaches over the next.
const SEAM: f64 = 0.5;
/// Sizes of values in cells, from the best; what is smaller is no use to a reader.
const SIZES: [f64; 3] = [SMALL, 12.0, 11.0];
/// Height of a row of texts below the axis.
const TEXT_ROW: f64 = 17.0;

/// Where things stand.
struct Page {
    axis: Axis,
    legend: Legend,
    measure: f64,
    bar: f64,
    up: f64,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    /// Width and height of a cell.
    cell: (f64, f64),
    /// The size of the texts in cells, if they fit.
    size: Option<f64>,
    below: Vec<Below>,
    /// Every so many rows have their text.
    row_step: usize,
    name: f64,
    height: f64,
}

impl Page {
    fn of(picture: &HeatMap, first: f64) -> Page {
        let (columns, rows) = (picture.across.settings.len(), picture.up.settings.len());
        let axis = narrowed(
            axis_of(&picture.values(), [].into_iter(), picture.unit, (picture.log, false)),
            &picture.values(),
        );
        let measure = first;
        let bar = measure + 14.0;
        let legend = Legend::new(picture.legend(), (LEFT, bar + BAR_HEIGHT + 42.0));
        let up = legend.end + 18.0;
        let widest = picture.up.settings.iter().map(|text| text_width(text, SMALL));
        let left = LEFT.max(widest.fold(0.0, f64::max).min(ROW_TEXT) + 24.0);
        let wide = ((RIGHT - left) / columns as f64).min(CELL_WIDTH);
        let high = (GRID_HEIGHT / rows as f64).min(CELL_HEIGHT);
        let top = up + 16.0;
        let bottom = top + high * rows as f64;
        let xs: Vec<f64> = (0..columns).map(|column| left + (column as f64 + 0.5) * wide).collect();
        let below = below(&picture.across.settings, &xs);
        let text_rows = below.iter().map(|below| below.row + 1).max().unwrap_or(1);
        let name = bottom + 18.0 + text_rows as f64 * TEXT_ROW;
        let row_step = libm::ceil(14.0 / high).max(1.0) as usize;
        let mut page = Page {
            axis,
            legend,
            measure,
            bar,
            up,
            left,
            right: left + wide * columns as f64,
            top,
            bottom,
            cell: (wide, high),
            size: None,
            below,
            row_step,
            name,
            height: name + 22.0,
        };
        page.size = page.size_of_texts(picture);
        page
    }

    /// The largest size at which every cell has room for its text, and for a mark beside it.
    fn size_of_texts(&self, picture: &HeatMap) -> Option<f64> {
        let marked =
            |point: &Point| matches!(point.standing, Standing::Meets | Standing::Undecided);
        let fits = |size: &f64| {
            let widths = picture.points().map(|point| {
                let mark = if marked(point) { 1.1 * size } else { 0.0 };
                text_width(&picture.text(point), *size) + mark
            });
            widths.fold(0.0, f64::max) + 6.0 <= self.cell.0 && size + 3.0 <= self.cell.1
        };
        SIZES.into_iter().find(fits)
    }

    /// The corners of a cell: left upper and right lower.
    fn corners(&self, row: usize, column: usize) -> ((f64, f64), (f64, f64)) {
        let (x, y) =
            (self.left + column as f64 * self.cell.0, self.bottom - row as f64 * self.cell.1);
        ((x, y - self.cell.1), (x + self.cell.0, y))
    }
}

/// An axis from the least to the greatest value, so that all colours are used, or to zero where it
/// began or ended there; as it was where that leaves fewer than two ticks.
fn narrowed(axis: Axis, values: &[(f64, f64, f64)]) -> Axis {
    let least = values.iter().map(|value| value.0).fold(f64::INFINITY, f64::min);
    let most = values.iter().map(|value| value.0).fold(f64::NEG_INFINITY, f64::max);
    let from = if axis.from == 0.0 { least.min(0.0) } else { least };
    let to = if axis.to == 0.0 { most.max(0.0) } else { most };
    let inside = |tick: &&Tick| from <= tick.value && tick.value <= to;
    let ticks: Vec<Tick> = axis.ticks.iter().filter(inside).cloned().collect();
    if ticks.len() < 2 { axis } else { Axis { scale: axis.scale, from, to, ticks } }
}

/// A picture on its page.
struct Sheet<'a, 'p> {
    pen: &'a Pen<'p>,
    picture: &'a HeatMap,
    page: &'a Page,
}

impl Sheet<'_, '_> {
    fn everything(&self) -> Drawn {
        self.bar()?;
        self.page.legend.draw(self.pen)?;
        let faint = |text: &str, y: f64| {
            self.pen.text(&fit_end(text, SMALL, RIGHT - LEFT), LEFT, y, Look::FAINT)
        };
        faint(&format!("rows: {}", self.picture.up.name), self.page.up)?;
        for (row, cells) in self.picture.cells.iter().enumerate() {
            for (column, point) in cells.iter().enumerate() {
                self.cell(row, column, point)?;
            }
        }
        let corners = ((self.page.left, self.page.top), (self.page.right, self.page.bottom));
        self.pen.outline(corners.0, corners.1, FAINT_COLOUR, 1.0)?;
        self.boundary()?;
        self.texts()?;
        self.names()
    }

    /// The bar of colours with its ticks.
    fn bar(&self) -> Drawn {
        let axis = &self.page.axis;
        let scale = if axis.scale == Scale::Log { ", log scale" } else { "" };
        let measure = format!("{}{scale}", self.picture.measure);
        self.pen.text(&fit(&measure, SMALL, RIGHT - LEFT), LEFT, self.page.measure, Look::FAINT)?;
        let (top, bottom) = (self.page.bar, self.page.bar + BAR_HEIGHT);
        let x = |share: f64| LEFT + share * BAR_WIDTH;
        const STEPS: u32 = 95;
        for i in 0..STEPS {
            let [from, to] = [i, i + 1].map(|i| f64::from(i) / f64::from(STEPS));
            let colour = colour_at((from + to) / 2.0);
            self.pen.block((x(from), top), (x(to), bottom), colour, 1.0)?;
        }
        self.pen.outline((x(0.0), top), (x(1.0), bottom), FAINT_COLOUR, 0.8)?;
        let mut end = 0.0;
        for tick in &axis.ticks {
            let (at, half) = (x(axis.height(tick.value)), text_width(&tick.label, SMALL) / 2.0);
            self.pen.stroke(&[(at, bottom), (at, bottom + 4.0)], FAINT_COLOUR, 1.0, Dash::Solid)?;
            if at - half > end {
                let look = Look { centred: true, ..Look::LEFT };
                self.pen.text(&tick.label, at, bottom + 14.0, look)?;
                end = at + half + 8.0;
            }
        }
        Ok(())
    }

    /// The colour of a cell; `None` where nothing was measured.
    fn colour(&self, point: &Point) -> Option<Colour> {
        match point.shown.value() {
            Some((value, ..)) => Some(colour_at(self.page.axis.height(value))),
            None => point.shown.is_never().then_some(NEVER),
        }
    }

    fn cell(&self, row: usize, column: usize, point: &Point) -> Drawn {
        let (from, to) = self.page.corners(row, column);
        let Some(colour) = self.colour(point) else {
            return self.pen.outline(from, to, (200, 200, 200), 0.6);
        };
        // A little over the next cells, which are drawn later: no seam shows between two colours.
        let (right, left) = ((to.0 + SEAM, to.1), (from.0, from.1 - SEAM));
        let top = left.1.max(self.page.top);
        self.pen.block((left.0, top), (right.0.min(self.page.right), right.1), colour, 1.0)?;
        if point.standing == Standing::Undecided {
            hatching(self.pen, from, to, ink_on(colour))?;
        }
        Ok(())
    }

    /// What stands in the cells: values, or where they do not fit a sign of what has no value.
    fn texts(&self) -> Drawn {
        for (row, cells) in self.picture.cells.iter().enumerate() {
            for (column, point) in cells.iter().enumerate() {
                let (from, to) = self.page.corners(row, column);
                let middle = ((from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0);
                let colour = self.colour(point);
                let ink = colour.map_or(FAINT_COLOUR, ink_on);
                match (self.page.size, colour) {
                    (Some(size), _) => self.text(point, middle, (size, ink, colour))?,
                    (None, None) => {
                        let reach = (self.page.cell.0 / 4.0).min(5.0);
                        let dash = [(middle.0 - reach, middle.1), (middle.0 + reach, middle.1)];
                        self.pen.stroke(&dash, ink, 1.2, Dash::Solid)?;
                    }
                    (None, Some(NEVER)) => {
                        let radius = (self.page.cell.0.min(self.page.cell.1) / 6.0).min(2.5);
                        self.pen.dot(middle, radius, ink)?;
                    }
                    (None, Some(_)) if self.meets_beside_others(row, column) => {
                        let size = 0.6 * self.page.cell.0.min(self.page.cell.1);
                        check(self.pen, middle, size.min(10.0), ink)?;
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn text(
        &self,
        point: &Point,
        middle: (f64, f64),
        (size, ink, colour): (f64, Colour, Option<Colour>),
    ) -> Drawn {
        let meets = point.standing == Standing::Meets && !point.shown.is_nothing();
        let mark = if point.standing == Standing::Undecided { " ?" } else { "" };
        let text = format!("{}{mark}", self.picture.text(point));
        let width = text_width(&text, size);
        if let (Standing::Undecided, Some(colour)) = (point.standing, colour) {
            // Clear ground under the words, the hatching around them.
            let (x, y) = (width / 2.0 + 1.0, size / 2.0 + 1.0);
            let corners = ((middle.0 - x, middle.1 - y), (middle.0 + x, middle.1 + y));
            self.pen.block(corners.0, corners.1, colour, 1.0)?;
        }
        let look = Look { size, colour: ink, centred: true, ..Look::LEFT };
        if !meets {
            return self.pen.text(&text, middle.0, middle.1, look);
        }
        self.pen.text(&text, middle.0 - 0.55 * size, middle.1, look)?;
        check(self.pen, (middle.0 + width / 2.0 + 0.1 * size, middle.1), 0.8 * size, ink)
    }

    /// Whether a cell has a value; if so, whether it meets the goal.
    fn meets(&self, row: usize, column: usize) -> Option<bool> {
        let cell = self.picture.cells.get(row)?.get(column)?;
        (!cell.shown.is_nothing()).then_some(cell.standing == Standing::Meets)
    }

    /// Whether a cell meets the goal, and one beside it does not.
    fn meets_beside_others(&self, row: usize, column: usize) -> bool {
        let beside = [
            (row.wrapping_sub(1), column),
            (row + 1, column),
            (row, column.wrapping_sub(1)),
            (row, column + 1),
        ];
        let other = |(row, column): (usize, usize)| self.meets(row, column) == Some(false);
        self.meets(row, column) == Some(true) && beside.into_iter().any(other)
    }

    /// The edges between a cell that meets the goal and one that does not, or is not shown to. Pieces
    /// in one line are one line.
    fn boundary(&self) -> Drawn {
        let (columns, rows) = (self.picture.across.settings.len(), self.picture.up.settings.len());
        let differ = |a: Option<bool>, b: Option<bool>| a.is_some() && b.is_some() && a != b;
        let mut pieces = Vec::new();
        for column in 1..columns {
            let here = |row: &usize| differ(self.meets(*row, column - 1), self.meets(*row, column));
            let x = self.page.corners(0, column).0.0;
            for (from, to) in stretches(rows, here) {
                let y = |row: usize| self.page.bottom - row as f64 * self.page.cell.1;
                pieces.push(((x, y(from)), (x, y(to))));
            }
        }
        for row in 1..rows {
            let here =
                |column: &usize| differ(self.meets(row - 1, *column), self.meets(row, *column));
            let y = self.page.corners(row, 0).1.1;
            for (from, to) in stretches(columns, here) {
                let x = |column: usize| self.page.left + column as f64 * self.page.cell.0;
                pieces.push(((x(from), y), (x(to), y)));
            }
        }
        // All light parts first, so that none lies over a dark one.
        let thin = self.page.cell.0.min(self.page.cell.1) < 12.0;
        let (light, dark) = if thin { (3.6, 2.0) } else { (6.0, 3.2) };
        for (width, colour) in [(light, WHITE), (dark, BLACK)] {
            for (from, to) in &pieces {
                self.pen.stroke(&[*from, *to], colour, width, Dash::Solid)?;
            }
        }
        Ok(())
    }

    fn names(&self) -> Drawn {
        for (row, setting) in
            self.picture.up.settings.iter().enumerate().step_by(self.page.row_step)
        {
            let (from, to) = self.page.corners(row, 0);
            let text = fit(setting, SMALL, ROW_TEXT);
            let look = Look { right: true, ..Look::LEFT };
            self.pen.text(&text, self.page.left - 8.0, (from.1 + to.1) / 2.0, look)?;
        }
        let bottom = self.page.bottom;
        for Below { at, x, row, text } in &self.page.below {
            let (from, to) = self.page.corners(0, *at);
            let tick = (from.0 + to.0) / 2.0;
            self.pen.stroke(
                &[(tick, bottom), (tick, bottom + 4.0)],
                FAINT_COLOUR,
                1.0,
                Dash::Solid,
            )?;
            let y = bottom + 14.0 + *row as f64 * TEXT_ROW;
            self.pen.text(text, *x, y, Look { centred: true, ..Look::LEFT })?;
        }
        let name = fit_end(&format!("columns: {}", self.picture.across.name), SMALL, RIGHT - LEFT);
        self.pen.text(&name, self.page.left, self.page.name, Look::FAINT)
    }
}

/// The stretches of numbers below `count` for which `here` holds: from, and one beyond.
fn stretches(count: usize, here: impl Fn(&usize) -> bool) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for i in (0..count).filter(|i| here(i)) {
        match found.last_mut() {
            Some((_, end)) if *end == i => *end = i + 1,
            _ => found.push((i, i + 1)),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_in_one_line_are_one() {
        assert_eq!(stretches(6, |i| *i != 2 && *i != 5), [(0, 2), (3, 5)]);
        assert_eq!(stretches(3, |_| false), []);
    }
}
