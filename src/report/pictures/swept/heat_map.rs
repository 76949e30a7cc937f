//! A figure against two parameters.

use super::sheet::{Below, Heading, Legend, NEVER, Sign, WHITE, axis_of, below, check, hatching};
use super::{Parameter, Point, Shown, Standing, unfit};
use crate::report::pictures::PictureError;
use crate::report::pictures::axis::Axis;
use crate::report::pictures::figure::{BLACK, Colour, Dash, Scale};
use crate::report::pictures::page::{LEFT, RIGHT, SMALL, fit, fit_end, text_width};
use crate::report::pictures::pen::{Drawn, FAINT_COLOUR, Look, Pen};
use crate::units::{Unit, quantity};

/// Settings of each parameter at most.
pub const CELLS_MAX: usize = 60;

/// A figure in cells: a column for each setting of one parameter, a row for each of another.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatMap {
    /// What is swept.
    pub title: String,
    /// What the picture shows, in a sentence with its figures.
    pub subtitle: String,
    /// What the colours measure, in words.
    pub measure: String,
    /// Its unit.
    pub unit: Unit,
    /// Whether colours go by powers of ten; evenly where a value is not positive.
    pub log: bool,
    /// The parameter of the columns, from left to right. Cells are equally wide whatever its spacing.
    pub across: Parameter,
    /// The parameter of the rows, from the bottom to the top.
    pub up: Parameter,
    /// `cells[row][column]`.
    pub cells: Vec<Vec<Point>>,
    /// The goal in words, if there is one: `goal: at most 10 s`.
    pub goal: Option<String>,
}

/// Draws a figure against two parameters: the value in each cell when it fits, a dash where nothing
/// was measured, a thick line between cells that meet the goal and cells that do not, and hatching
/// where the data do not decide.
///
/// # Errors
///
/// When a parameter has no setting or too many, and when the cells are not one for each pair of
/// settings.
pub fn heat_map(picture: &HeatMap) -> Result<String, PictureError> {
    picture.check()?;
    let heading = Heading::new(&picture.title, &picture.subtitle);
    let page = Page::of(picture, heading.below());
    heading.page(page.height, |pen| Sheet { pen, picture, page: &page }.everything())
}

impl HeatMap {
    fn check(&self) -> Result<(), PictureError> {
        let (columns, rows) = (self.across.settings.len(), self.up.settings.len());
        if columns == 0 || rows == 0 {
            return Err(unfit("a picture needs a setting of each parameter".to_string()));
        }
        if columns > CELLS_MAX || rows > CELLS_MAX {
            let most = format!("at most {CELLS_MAX} by {CELLS_MAX} cells");
            return Err(unfit(format!("a picture has {most}, not {columns} by {rows}")));
        }
        let full = self.cells.len() == rows && self.cells.iter().all(|row| row.len() == columns);
        if full {
            Ok(())
        } else {
            Err(unfit(format!("there are not {rows} rows of {columns} cells")))
        }
    }

    fn points(&self) -> impl Iterator<Item = &Point> {
        self.cells.iter().flatten()
    }

    fn values(&self) -> Vec<(f64, f64, f64)> {
        let values = self.points().filter_map(|point| point.shown.value());
        values.map(|(value, ..)| (value, value, value)).collect()
    }

    /// What the legend explains, of what there is.
    fn legend(&self) -> Vec<(Sign, String)> {
        let mut entries = Vec::new();
        let any = |what: fn(&Point) -> bool| self.points().any(what);
        if let Some(goal) = &self.goal {
            let meets = any(|point| point.standing == Standing::Meets);
            let misses = any(|point| point.standing == Standing::Misses);
            let open = any(|point| point.standing == Standing::Undecided);
            let words = match (meets, misses || open) {
                (true, true) => goal.clone(),
                (true, false) => format!("{goal}: all cells meet it"),
                (false, _) if open => format!("{goal}: no cell is shown to meet it"),
                (false, _) => format!("{goal}: no cell meets it"),
            };
            entries.push((Sign::Edge, words));
            if meets && (misses || open) {
                entries.push((Sign::Check, "meets it".to_string()));
            }
        }
        if any(|point| point.standing == Standing::Undecided) {
            entries.push((Sign::Hatched(colour_at(0.8)), "not decided".to_string()));
        }
        if any(|point| point.shown.is_never()) {
            entries.push((Sign::Dotted, "never".to_string()));
        }
        if any(|point| point.shown == Shown::Nothing) {
            entries.push((Sign::Dashed, "not measured".to_string()));
        }
        entries
    }

    /// What stands in a cell.
    fn text(&self, point: &Point) -> String {
        match point.shown.value() {
            Some((value, ..)) => quantity(value, self.unit).replace(".00 min", " min"),
            None if point.shown.is_never() => "never".to_string(),
            None => "–".to_string(),
        }
    }
}

/// Ten colours at equal distances, from low to high: cividis, which grows evenly in lightness and looks
/// much the same to readers who see no red or no green. J. R. Nuñez, C. R. Anderton, R. S. Renslow,
/// "Optimizing colormaps with consideration for color vision deficiency", PLOS ONE 13(7), 2018.
const SCALE: [Colour; 10] = [
    (0, 32, 77),
    (0, 51, 111),
    (57, 72, 107),
    (87, 92, 109),
    (112, 113, 115),
    (138, 135, 121),
    (166, 157, 117),
    (196, 181, 108),
    (228, 207, 91),
    (255, 234, 70),
];

/// The colour of a share of the scale, between two stops a mixture of both.
fn colour_at(share: f64) -> Colour {
    let place = share.clamp(0.0, 1.0) * (SCALE.len() - 1) as f64;
    let below = (place as usize).min(SCALE.len() - 2);
    let part = place - below as f64;
    let (from, to) = (SCALE[below], SCALE[below + 1]);
    let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * part + 0.5) as u8;
    (mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2))
}

/// The light that a colour sends out, from 0 to 1: relative luminance as the Web Content Accessibility
/// Guidelines 2.1 define it.
fn luminance((red, green, blue): Colour) -> f64 {
    let linear = |part: u8| match f64::from(part) / 255.0 {
        dark if dark <= 0.03928 => dark / 12.92,
        light => libm::pow((light + 0.055) / 1.055, 2.4),
    };
    0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

/// The contrast of two luminances by the same guidelines: 1 to 21.
fn contrast(a: f64, b: f64) -> f64 {
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Black or white, whichever stands out more.
fn ink_on(colour: Colour) -> Colour {
    let light = luminance(colour);
    if contrast(light, 1.0) >= contrast(light, 0.0) { WHITE } else { BLACK }
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
/// Sizes of values in cells, from the best.
const SIZES: [f64; 4] = [SMALL, 11.0, 9.5, 8.5];
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
        let axis = axis_of(&picture.values(), [].into_iter(), picture.unit, (picture.log, false));
        let measure = first;
        let bar = measure + 14.0;
        let legend = Legend::new(picture.legend(), bar + BAR_HEIGHT + 42.0);
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
        let (left, right) =
            (self.page.left, self.page.corners(0, self.picture.across.settings.len()).0.0);
        self.pen.outline((left, self.page.top), (right, self.page.bottom), FAINT_COLOUR, 1.0)?;
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
        self.pen.block(from, to, colour, 1.0)?;
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
        let meets = point.standing == Standing::Meets && point.shown != Shown::Nothing;
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
        (cell.shown != Shown::Nothing).then_some(cell.standing == Standing::Meets)
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

    /// CIELAB lightness of a luminance.
    fn lightness(light: f64) -> f64 {
        if light > 0.008_856 { 116.0 * libm::cbrt(light) - 16.0 } else { 903.3 * light }
    }

    /// Equal steps of the figure are equal steps of lightness: L* of the 21 places between grows
    /// everywhere, and lies on the straight line between the ends to within a tenth of its length.
    #[test]
    fn the_scale_is_even() {
        let at = |i: u32| lightness(luminance(colour_at(f64::from(i) / 20.0)));
        let (first, last) = (at(0), at(20));
        for i in 1..=20 {
            assert!(at(i) > at(i - 1), "{i}");
            let line = first + (last - first) * f64::from(i) / 20.0;
            assert!((at(i) - line).abs() < 0.1 * (last - first), "{i}: {} {line}", at(i));
        }
        assert!(last - first > 70.0, "it uses most of what there is");
        assert_eq!((colour_at(0.0), colour_at(1.0)), (SCALE[0], SCALE[9]));
        assert_eq!(colour_at(f64::NAN), SCALE[0]);
    }

    /// The guidelines ask for 4.5; the better of black and white always has it.
    #[test]
    fn words_stand_out_from_every_colour() {
        for i in 0..=1000 {
            let colour = colour_at(f64::from(i) / 1000.0);
            let seen = contrast(luminance(colour), luminance(ink_on(colour)));
            assert!(seen >= 4.5, "{colour:?}: {seen}");
        }
        assert_eq!((ink_on(BLACK), ink_on(WHITE)), (WHITE, BLACK));
        assert!((contrast(0.0, 1.0) - 21.0).abs() < 1e-12);
    }

    #[test]
    fn edges_in_one_line_are_one() {
        assert_eq!(stretches(6, |i| *i != 2 && *i != 5), [(0, 2), (3, 5)]);
        assert_eq!(stretches(3, |_| false), []);
    }
}
