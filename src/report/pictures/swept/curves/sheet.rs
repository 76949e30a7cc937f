//! Where lines and their points stand on the page.

use super::{Curves, LOOKS, mark_of};
use crate::report::pictures::Picture;
use crate::report::pictures::axis::Axis;
use crate::report::pictures::figure::{BLACK, Dash, Scale, VERMILLION};
use crate::report::pictures::page::{
    BADGE_ROW, KEY_ROW, LEFT, RIGHT, SMALL, TEXT, badge_rows, fit, fit_end, text_width,
};
use crate::report::pictures::pen::{Drawn, FAINT_COLOUR, Look, Pen};
use crate::report::pictures::swept::below::{Below, below};
use crate::report::pictures::swept::sheet::{Heading, axis_of};
use crate::report::pictures::swept::signs::{Legend, WHITE, mark, whisker};
use crate::report::pictures::swept::{Point, Spacing};
use crate::units::quantity;

/// The figure as a picture.
pub(super) fn draw(picture: &Curves) -> Picture<'_> {
    let heading = Heading::new(&picture.title, &picture.subtitle, LEFT);
    let page = Page::of(picture, heading.below());
    heading.page(page.height, move |pen| Sheet { pen, picture, page: &page }.everything())
}

const PLOT_HEIGHT: f64 = 360.0;
/// The first and the last setting stand this far from the edges of the plot.
const INSET: f64 = 30.0;
/// The height of the row of what never came.
const NEVER_ROW: f64 = 34.0;
/// Height of a row of texts below the axis.
const TEXT_ROW: f64 = 17.0;
/// A bound this many times as far as the highest value is only named.
const FAR: f64 = 12.0;

/// Where things stand.
struct Page {
    legend: Legend,
    measure: f64,
    /// The centre of each badge of a knee.
    badges: Vec<(f64, f64)>,
    /// The line of what never came, if something did not.
    never: Option<f64>,
    top: f64,
    bottom: f64,
    below: Vec<Below>,
    name: f64,
    key: f64,
    height: f64,
    axis: Axis,
    /// The place of each setting.
    xs: Vec<f64>,
    /// Whether the bound stands on the axis.
    bound: bool,
}

impl Page {
    fn of(picture: &Curves, first: f64) -> Page {
        let values = picture.values();
        let highest = values.iter().map(|value| value.0.abs()).fold(0.0, f64::max);
        let near =
            |bound: &f64| bound.is_finite() && (values.is_empty() || bound.abs() <= FAR * highest);
        let bound = picture.bound.as_ref().map(|bound| bound.value).filter(near);
        let axis = axis_of(&values, bound.into_iter(), picture.unit, (picture.log, false));
        let places = picture.across.places().into_iter();
        let xs: Vec<f64> =
            places.map(|place| LEFT + INSET + place * (RIGHT - LEFT - 2.0 * INSET)).collect();
        let below = below(&picture.across.settings, &xs);
        let legend = Legend::new(picture.legend(), (LEFT, first));
        let measure = legend.end + 20.0;
        let knees = picture.knees();
        let (rows, row_count) = badge_rows(knees.iter().map(|(setting, _)| xs[*setting]));
        let badge_top = measure + 14.0;
        let badge = |((setting, _), row): (&(usize, Vec<usize>), &usize)| {
            (xs[*setting], badge_top + (*row as f64 + 0.5) * BADGE_ROW)
        };
        let badges = knees.iter().zip(&rows).map(badge).collect();
        let above = badge_top + row_count as f64 * BADGE_ROW + 4.0;
        let beyond = |point: &Point| {
            point.shown.is_never() || point.shown.value().is_some_and(|value| value.2.is_infinite())
        };
        let never = picture.points().any(beyond).then_some(above + NEVER_ROW / 2.0 - 4.0);
        let top = if never.is_some() { above + NEVER_ROW } else { above };
        let bottom = top + PLOT_HEIGHT;
        let rows = below.iter().map(|below| below.row + 1).max().unwrap_or(1);
        let name = bottom + 24.0 + rows as f64 * TEXT_ROW;
        let key = name + 28.0;
        let height =
            if knees.is_empty() { name + 22.0 } else { key + knees.len() as f64 * KEY_ROW };
        let bound = bound.is_some();
        Page {
            legend,
            measure,
            badges,
            never,
            top,
            bottom,
            below,
            name,
            key,
            height,
            axis,
            xs,
            bound,
        }
    }

    fn y(&self, value: f64) -> f64 {
        self.bottom - self.axis.height(value) * (self.bottom - self.top)
    }

    /// Lines that share a setting stand a little beside each other, so that none hides another.
    fn x(&self, setting: usize, line: usize, lines: usize) -> f64 {
        let gap = self.xs.windows(2).map(|pair| pair[1] - pair[0]).fold(40.0, f64::min);
        let step = (0.6 * gap / lines as f64).min(8.0);
        self.xs[setting] + (line as f64 - (lines - 1) as f64 / 2.0) * step
    }

    /// Where a point stands; `None` of one that shows nothing.
    fn place(&self, picture: &Curves, line: usize, setting: usize) -> Option<(f64, f64)> {
        let shown = picture.lines[line].points[setting].shown;
        let x = self.x(setting, line, picture.lines.len());
        match shown.value() {
            Some((value, ..)) => Some((x, self.y(value))),
            None if shown.is_never() => self.never.map(|y| (x, y)),
            None => None,
        }
    }
}

/// A picture on its page.
struct Sheet<'a, 'p> {
    pen: &'a Pen<'p>,
    picture: &'a Curves,
    page: &'a Page,
}

impl Sheet<'_, '_> {
    fn everything(&self) -> Drawn {
        self.page.legend.draw(self.pen)?;
        let scale = if self.page.axis.scale == Scale::Log { ", log scale" } else { "" };
        let measure = format!("{}{scale}", self.picture.measure);
        self.pen.text(&fit(&measure, SMALL, RIGHT - LEFT), LEFT, self.page.measure, Look::FAINT)?;
        self.grid()?;
        self.across()?;
        self.knees()?;
        if self.page.bound
            && let Some(bound) = &self.picture.bound
        {
            let y = self.page.y(bound.value);
            self.pen.stroke(&[(LEFT, y), (RIGHT, y)], BLACK, 2.0, Dash::Long)?;
        }
        for line in 0..self.picture.lines.len() {
            self.whiskers(line)?;
            self.line(line)?;
        }
        for line in 0..self.picture.lines.len() {
            self.marks(line)?;
        }
        self.bound()?;
        if self.picture.points().all(|point| point.shown.is_nothing()) {
            let (x, y) = ((LEFT + RIGHT) / 2.0, (self.page.top + self.page.bottom) / 2.0);
            let look = Look { centred: true, size: TEXT, ..Look::FAINT };
            self.pen.text("nothing was measured", x, y, look)?;
        }
        Ok(())
    }

    fn grid(&self) -> Drawn {
        let right = Look { right: true, ..Look::LEFT };
        for tick in &self.page.axis.ticks {
            let y = self.page.y(tick.value);
            self.pen.hairline((LEFT, y), (RIGHT, y))?;
            self.pen.text(&fit(&tick.label, SMALL, LEFT - 12.0), LEFT - 8.0, y, right)?;
        }
        if let Some(y) = self.page.never {
            self.pen.block((LEFT, y - 13.0), (RIGHT, y + 13.0), FAINT_COLOUR, 0.1)?;
            self.pen.text("never", LEFT - 8.0, y, right)?;
        }
        let (top, bottom) = (self.page.top, self.page.bottom);
        let frame = [(LEFT, top), (LEFT, bottom), (RIGHT, bottom)];
        self.pen.stroke(&frame, FAINT_COLOUR, 1.2, Dash::Solid)
    }

    fn across(&self) -> Drawn {
        let bottom = self.page.bottom;
        for &x in &self.page.xs {
            self.pen.stroke(&[(x, bottom), (x, bottom + 3.0)], FAINT_COLOUR, 1.0, Dash::Solid)?;
        }
        for Below { at, x: centre, row, text } in &self.page.below {
            let (x, y) = (self.page.xs[*at], bottom + 16.0 + *row as f64 * TEXT_ROW);
            self.pen.stroke(&[(x, bottom), (x, bottom + 6.0)], FAINT_COLOUR, 1.2, Dash::Solid)?;
            self.pen.text(text, *centre, y, Look { centred: true, ..Look::LEFT })?;
        }
        let log = matches!(self.picture.across.spacing, Spacing::Log(_));
        let name = format!("{}{}", self.picture.across.name, if log { ", log scale" } else { "" });
        let look = Look { centred: true, ..Look::FAINT };
        let name = fit_end(&name, SMALL, RIGHT - LEFT);
        self.pen.text(&name, (LEFT + RIGHT) / 2.0, self.page.name, look)
    }

    fn whiskers(&self, line: usize) -> Drawn {
        let lines = self.picture.lines.len();
        for (setting, point) in self.picture.lines[line].points.iter().enumerate() {
            let Some((_, low, high)) = point.shown.value().filter(|value| value.1 < value.2) else {
                continue;
            };
            let x = self.page.x(setting, line, lines);
            let axis = &self.page.axis;
            let beyond = self.page.never.filter(|_| high.is_infinite());
            let (from, to) = ((x, self.page.y(low)), (x, beyond.unwrap_or(self.page.y(high))));
            // An end that the axis does not reach has no cap.
            let caps = [low >= axis.from, beyond.is_none() && high <= axis.to];
            whisker(self.pen, from, to, LOOKS[line].0, caps)?;
            if let Some(y) = beyond {
                let head = [(x - 4.0, y + 6.0), (x, y), (x + 4.0, y + 6.0)];
                self.pen.stroke(&head, LOOKS[line].0, 1.3, Dash::Solid)?;
            }
        }
        Ok(())
    }

    fn line(&self, line: usize) -> Drawn {
        let (colour, dash) = LOOKS[line];
        let points = &self.picture.lines[line].points;
        let settings: Vec<usize> = (0..points.len()).collect();
        for run in settings.split(|setting| points[*setting].shown.value().is_none()) {
            let path: Vec<(f64, f64)> =
                run.iter().filter_map(|at| self.page.place(self.picture, line, *at)).collect();
            if path.len() > 1 {
                self.pen.stroke(&path, colour, 2.0, dash)?;
            }
        }
        Ok(())
    }

    fn marks(&self, line: usize) -> Drawn {
        let colour = LOOKS[line].0;
        let this = &self.picture.lines[line];
        for (setting, point) in this.points.iter().enumerate() {
            let Some(at) = self.page.place(self.picture, line, setting) else { continue };
            mark(self.pen, at, mark_of(point.standing), colour)?;
            if this.knee == Some(setting) {
                self.pen.ring(at, 9.5, colour, 2.0)?;
            }
        }
        Ok(())
    }

    /// Letters above the knees, and below the picture what they say.
    fn knees(&self) -> Drawn {
        let knees = self.picture.knees();
        for (i, ((setting, lines), &(x, y))) in knees.iter().zip(&self.page.badges).enumerate() {
            let name = letters(i);
            let key = self.page.key + i as f64 * KEY_ROW;
            self.pen.stroke(
                &[(x, y + 8.0), (x, self.page.bottom)],
                VERMILLION,
                1.4,
                Dash::Dotted,
            )?;
            self.pen.badge(&name, x, y, VERMILLION)?;
            self.pen.badge(&name, LEFT, key, VERMILLION)?;
            let of = |line: &usize| {
                let line = &self.picture.lines[*line];
                let value = line.points[*setting].shown.value();
                let value = value.map(|value| quantity(value.0, self.picture.unit));
                match (line.label.as_str(), value) {
                    ("", Some(value)) => value,
                    (label, Some(value)) => format!("{label}, {value}"),
                    (label, None) => label.to_string(),
                }
            };
            let of = lines.iter().map(of).collect::<Vec<_>>().join("; ");
            let text = format!("knee at {}: {of}", self.picture.across.settings[*setting]);
            let text = fit(&text, SMALL, RIGHT - LEFT - 16.0);
            self.pen.text(&text, LEFT + 16.0, key, Look::LEFT)?;
        }
        Ok(())
    }

    /// The words of the bound, where they hide no point; or above all when the bound is far away.
    fn bound(&self) -> Drawn {
        let Some(bound) = &self.picture.bound else { return Ok(()) };
        let far =
            if bound.value > 0.0 { "far above this picture" } else { "far below this picture" };
        let label =
            if self.page.bound { bound.label.clone() } else { format!("{} ({far})", bound.label) };
        let label = fit(&label, SMALL, (RIGHT - LEFT) / 2.0);
        let width = text_width(&label, SMALL) + 8.0;
        let line = if self.page.bound { self.page.y(bound.value) } else { self.page.top };
        let fits = |y: &f64| y - 9.0 >= self.page.top && y + 9.0 <= self.page.bottom;
        let heights = [line - 12.0, line + 12.0].into_iter().filter(fits);
        let columns = [LEFT + 8.0, RIGHT - width, (LEFT + RIGHT - width) / 2.0];
        let lines = self.picture.lines.len();
        let all = || (0..lines).flat_map(|line| (0..self.page.xs.len()).map(move |at| (line, at)));
        let places: Vec<(f64, f64)> =
            all().filter_map(|(line, at)| self.page.place(self.picture, line, at)).collect();
        let hidden = |&(x, y): &(f64, f64)| {
            let inside = |at: &&(f64, f64)| {
                at.0 > x - 12.0 && at.0 < x + width + 8.0 && (at.1 - y).abs() < 18.0
            };
            places.iter().filter(inside).count()
        };
        let spots = heights.flat_map(|y| columns.map(|x| (x, y)));
        let Some((x, y)) = spots.min_by_key(hidden) else { return Ok(()) };
        self.pen.block((x - 3.0, y - 8.5), (x + width - 5.0, y + 8.5), WHITE, 0.85)?;
        self.pen.text(&label, x, y, Look { bold: true, ..Look::LEFT })
    }
}

/// A, B, ... for what has one of eight lines at most.
fn letters(i: usize) -> String {
    char::from(b'A' + (i % 26) as u8).to_string()
}
