//! Where bars stand on the page.

use super::rows::{Bar, Row, legend, percent};
use super::{BARS_MAX, Bars, Tornado};
use crate::report::pictures::Picture;
use crate::report::pictures::axis::Axis;
use crate::report::pictures::figure::{BLACK, Dash, VERMILLION};
use crate::report::pictures::page::{RIGHT, SMALL, fit, fit_end, text_width};
use crate::report::pictures::pen::{Drawn, FAINT_COLOUR, Look, Pen};
use crate::report::pictures::swept::sheet::{Heading, axis_of};
use crate::report::pictures::swept::signs::{Legend, Mark, WHITE, mark, whisker};
use crate::units::Unit;

/// The figure as a picture.
pub(super) fn draw(picture: &Tornado, rows: Vec<Row>) -> Picture<'_> {
    let heading = Heading::new(&picture.title, &picture.subtitle, EDGE);
    let page = Page::of(picture, &rows, heading.below());
    heading
        .page(page.height, move |pen| Sheet { pen, picture, page: &page, rows: &rows }.everything())
}

/// The room of names at the left, and of the words at the ends of bars.
const NAMES: f64 = 290.0;
const WORDS: f64 = 150.0;
const WORD: f64 = SMALL - 1.0;
const EDGE: f64 = 20.0;
const ROW: f64 = 44.0;
/// The thickness of a bar that shares its row, and of one that does not.
const HALF: f64 = 15.0;
const WHOLE: f64 = 20.0;
/// The room of what never came, right of the axis.
const NEVER_COLUMN: f64 = 60.0;

/// Where things stand.
struct Page {
    legend: Legend,
    measure: f64,
    axis: Axis,
    /// The ends of the axis on the page.
    from: f64,
    to: f64,
    /// The place of what never came, if something did not.
    never: Option<f64>,
    top: f64,
    bottom: f64,
    more: Option<f64>,
    height: f64,
}

impl Page {
    fn of(picture: &Tornado, rows: &[Row], first: f64) -> Page {
        let legend = Legend::new(legend(picture, rows), (EDGE, first));
        let measure = legend.end + 20.0;
        let rows_shown = rows.len().min(BARS_MAX);
        let bars = || rows[..rows_shown].iter().flat_map(|row| &row.bars);
        let values: Vec<(f64, f64, f64)> = bars().filter_map(|bar| bar.shown.value()).collect();
        let beyond = |bar: &Bar| {
            bar.shown.is_never() || bar.shown.value().is_some_and(|value| value.2.is_infinite())
        };
        let (unit, base) = match &picture.bars {
            Bars::Swings { base, .. } => (picture.unit, *base),
            Bars::Morris(_) => (picture.unit, Some(0.0)),
            Bars::Sobol(_) => (Unit::Ratio, Some(0.0)),
        };
        let dots = rows[..rows_shown].iter().filter_map(|row| row.dot);
        let mut axis = axis_of(&values, dots.chain(base), unit, (false, false));
        if matches!(picture.bars, Bars::Sobol(_)) {
            axis.ticks.iter_mut().for_each(|tick| tick.label = percent(tick.value));
        }
        let never = bars().any(beyond).then_some(RIGHT - NEVER_COLUMN / 2.0);
        // Words stand at the ends of bars, right of them, or left of those below the base.
        let widest = bars().map(|bar| text_width(&bar.text, WORD)).fold(0.0, f64::max).min(WORDS);
        let swings = matches!(picture.bars, Bars::Swings { .. });
        let from = EDGE + NAMES + if swings { widest + 8.0 } else { 0.0 };
        let to = RIGHT + EDGE - widest - 12.0;
        let to = if never.is_some() { to.min(RIGHT - NEVER_COLUMN) - EDGE } else { to };
        let top = measure + 40.0;
        let bottom = top + rows_shown as f64 * ROW;
        let more = (rows.len() > BARS_MAX).then_some(bottom + 18.0);
        let height = bottom + if more.is_some() { 40.0 } else { 22.0 };
        Page { legend, measure, axis, from, to, never, top, bottom, more, height }
    }

    fn x(&self, value: f64) -> f64 {
        self.from + self.axis.height(value) * (self.to - self.from)
    }
}

/// A picture on its page.
struct Sheet<'a, 'p> {
    pen: &'a Pen<'p>,
    picture: &'a Tornado,
    page: &'a Page,
    rows: &'a [Row],
}

impl Sheet<'_, '_> {
    fn everything(&self) -> Drawn {
        self.page.legend.draw(self.pen)?;
        let measure = fit(&self.picture.measure, SMALL, RIGHT - EDGE);
        self.pen.text(&measure, EDGE, self.page.measure, Look::FAINT)?;
        self.grid()?;
        for (i, row) in self.rows.iter().take(BARS_MAX).enumerate() {
            self.row(row, self.page.top + (i as f64 + 0.5) * ROW)?;
        }
        if let Some(base) = self.base().filter(|base| base.is_finite()) {
            let x = self.page.x(base);
            let ends = [(x, self.page.top), (x, self.page.bottom)];
            self.pen.stroke(&ends, BLACK, 1.8, Dash::Solid)?;
        }
        let Some(y) = self.page.more else { return Ok(()) };
        let more = self.rows.len() - BARS_MAX;
        self.pen.text(&format!("and {more} more that matter less"), EDGE, y, Look::FAINT)
    }

    /// Where bars begin, if they all begin at one place.
    fn base(&self) -> Option<f64> {
        match &self.picture.bars {
            Bars::Swings { base, .. } => *base,
            Bars::Morris(_) | Bars::Sobol(_) => Some(0.0),
        }
    }

    fn grid(&self) -> Drawn {
        let (top, bottom) = (self.page.top, self.page.bottom);
        let centred = Look { centred: true, ..Look::LEFT };
        let mut end = f64::NEG_INFINITY;
        for tick in &self.page.axis.ticks {
            let x = self.page.x(tick.value);
            self.pen.hairline((x, top), (x, bottom))?;
            let half = text_width(&tick.label, SMALL) / 2.0;
            if x - half > end {
                self.pen.text(&tick.label, x, top - 14.0, centred)?;
                end = x + half + 8.0;
            }
        }
        if let Some(x) = self.page.never {
            let reach = NEVER_COLUMN / 2.0 - 4.0;
            self.pen.block((x - reach, top), (x + reach, bottom), FAINT_COLOUR, 0.1)?;
            self.pen.text("never", x, top - 14.0, centred)?;
        }
        for i in 0..=self.rows.len().min(BARS_MAX) {
            let y = top + i as f64 * ROW;
            self.pen.hairline((EDGE, y), (RIGHT, y))?;
        }
        Ok(())
    }

    fn row(&self, row: &Row, y: f64) -> Drawn {
        let room = NAMES - 14.0;
        self.pen.text(&fit_end(&row.name, SMALL, room), EDGE, y - 8.0, Look::LEFT)?;
        let range = fit(&row.range, SMALL - 1.0, room);
        self.pen.text(&range, EDGE, y + 9.0, Look { size: SMALL - 1.0, ..Look::FAINT })?;
        let several = row.bars.len() > 1;
        let thickness = if several { HALF } else { WHOLE };
        let begin = self.begin(row);
        for (i, bar) in row.bars.iter().enumerate() {
            let beside = if several { (i as f64 - 0.5) * (HALF + 2.0) } else { 0.0 };
            self.bar(bar, begin, (y + beside, thickness), row.dot)?;
        }
        row.dot.map_or(Ok(()), |dot| mark(self.pen, (self.page.x(dot), y), Mark::Ring, VERMILLION))
    }

    /// Where the bars of a row begin: at the base, or in the middle of both ends.
    fn begin(&self, row: &Row) -> f64 {
        let values: Vec<f64> =
            row.bars.iter().filter_map(|bar| bar.shown.value()).map(|v| v.0).collect();
        let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
        self.base().filter(|base| base.is_finite()).unwrap_or(mean)
    }

    fn bar(&self, bar: &Bar, begin: f64, (y, thickness): (f64, f64), dot: Option<f64>) -> Drawn {
        let (top, bottom) = (y - thickness / 2.0, y + thickness / 2.0);
        let from = self.page.x(begin);
        let (to, ends) = match (bar.shown.value(), self.page.never) {
            (Some((value, low, high)), _) => (self.page.x(value), (low, high)),
            (None, Some(never)) if bar.shown.is_never() => (never, (0.0, 0.0)),
            _ => return self.word(&bar.text, from + 6.0, y, false),
        };
        let corners = ((from.min(to), top), (from.max(to), bottom));
        self.pen.block(corners.0, corners.1, bar.fill, 1.0)?;
        if let Some(edge) = bar.edge {
            self.pen.outline(corners.0, corners.1, edge, 1.6)?;
        }
        let (mut least, mut most) = (to, to);
        if ends.0 < ends.1 {
            let beyond = self.page.never.filter(|_| ends.1.is_infinite());
            let (low, high) = (self.page.x(ends.0), beyond.unwrap_or(self.page.x(ends.1)));
            let axis = &self.page.axis;
            let caps = [ends.0 >= axis.from, ends.1 <= axis.to];
            whisker(self.pen, (low, y), (high, y), BLACK, caps)?;
            (least, most) = (low.min(to), high.max(to));
        }
        if let Some(dot) = dot {
            most = most.max(self.page.x(dot) + 5.0);
        }
        if to < from {
            self.word(&bar.text, least - 6.0, y, true)
        } else {
            self.word(&bar.text, most + 6.0, y, false)
        }
    }

    /// The words at the end of a bar, on light ground, inside the page.
    fn word(&self, text: &str, x: f64, y: f64, right: bool) -> Drawn {
        let size = WORD;
        let text = fit(text, size, WORDS);
        let width = text_width(&text, size);
        let x = if right { x.max(EDGE + NAMES + width) } else { x.min(RIGHT + EDGE - width) };
        let from = if right { x - width } else { x };
        self.pen.block((from - 1.0, y - 6.5), (from + width + 1.0, y + 6.5), WHITE, 0.8)?;
        self.pen.text(&text, x, y, Look { size, right, ..Look::LEFT })
    }
}
