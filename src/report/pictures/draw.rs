//! Where everything in a figure stands.

use super::axis::{Axis, time_axis};
use super::figure::{BLACK, Colour, Dash, Figure, Layer, MarkKind, Scale, Shape, VERMILLION};
use super::marks::EXPLAINED;
use super::page::{
    KEY_ROW, LEFT, Page, RIGHT, SMALL, SWATCH, TEXT, fit, instant, text_width, time_to_x,
    title_size,
};
use super::pen::{Drawn, FAINT_COLOUR, Look, Pen};
use super::picture::Picture;

/// Intervals of the time axis at most.
const TICKS: f64 = 10.0;

/// The figure as a picture.
pub(super) fn draw(figure: Figure) -> Picture<'static> {
    let page = Page::of(&figure);
    let axis = match figure.scale {
        Scale::Linear => {
            let bounds = figure.thresholds.iter().flat_map(|threshold| &threshold.steps);
            let highest = bounds.map(|step| step.1).fold(figure.largest(), f64::max);
            Axis::linear(highest.max(figure.least), figure.unit)
        }
        Scale::Log => {
            let bounds = figure.thresholds.iter().flat_map(|threshold| &threshold.steps);
            Axis::log(figure.values().chain(bounds.map(|step| step.1)), figure.unit)
        }
    };
    let (title, subtitle, height) = (figure.title.clone(), figure.subtitle.clone(), page.height);
    Picture::new((&title, &subtitle), height, move |pen| {
        Sheet { pen, figure: &figure, page: &page, axis: &axis }.everything()
    })
}

/// A figure on its page.
struct Sheet<'a, 'p> {
    pen: &'a Pen<'p>,
    figure: &'a Figure,
    page: &'a Page,
    axis: &'a Axis,
}

impl Sheet<'_, '_> {
    fn everything(&self) -> Drawn {
        self.heading()?;
        // The grid lies over areas and under lines.
        let (bands, lines): (Vec<&Layer>, Vec<&Layer>) =
            self.figure.layers.iter().partition(|layer| matches!(layer.shape, Shape::Band(_)));
        bands.into_iter().try_for_each(|layer| self.layer(layer))?;
        self.grid()?;
        lines.into_iter().try_for_each(|layer| self.layer(layer))?;
        self.frame()?;
        self.marks()?;
        self.thresholds()
    }

    fn heading(&self) -> Drawn {
        let width = RIGHT - LEFT;
        let size = title_size(&self.figure.title, width);
        let title = fit(&self.figure.title, size, width);
        self.pen.text(&title, LEFT, 28.0, Look { size, bold: true, ..Look::LEFT })?;
        let subtitle = fit(&self.figure.subtitle, TEXT, width);
        self.pen.text(&subtitle, LEFT, 54.0, Look { size: TEXT, ..Look::LEFT })?;
        for (layer, &(x, y)) in self.figure.layers.iter().zip(&self.page.legend) {
            match layer.shape {
                Shape::Line(_) => {
                    self.pen.stroke(&[(x, y), (x + SWATCH, y)], layer.colour, 2.2, layer.dash)?;
                }
                Shape::Band(_) => {
                    self.pen.block((x, y - 6.0), (x + SWATCH - 2.0, y + 6.0), layer.colour, 1.0)?;
                }
            }
            self.pen.text(&layer.label, x + SWATCH + 6.0, y, Look::LEFT)?;
        }
        self.pen.text(&self.figure.measure, LEFT, self.page.measure, Look::FAINT)
    }

    fn grid(&self) -> Drawn {
        for tick in &self.axis.ticks {
            let y = self.page.y(self.axis.height(tick.value));
            self.pen.hairline((LEFT, y), (RIGHT, y))?;
            let look = Look { right: true, ..Look::LEFT };
            self.pen.text(&tick.label, LEFT - 8.0, y, look)?;
        }
        let time = time_axis(self.figure.end_s, self.figure.start, TICKS);
        for (tick, clock) in &time.ticks {
            let x = time_to_x(tick.value, self.figure.end_s);
            self.pen.hairline((x, self.page.top), (x, self.page.bottom))?;
            self.pen.stroke(
                &[(x, self.page.bottom), (x, self.page.bottom + 5.0)],
                FAINT_COLOUR,
                1.0,
                Dash::Solid,
            )?;
            let look = Look { centred: true, ..Look::LEFT };
            self.pen.text(&tick.label, x, self.page.bottom + 16.0, look)?;
            if let Some(clock) = clock {
                let look = Look { centred: true, ..Look::FAINT };
                self.pen.text(clock, x, self.page.bottom + 34.0, look)?;
            }
        }
        let look = Look { centred: true, ..Look::FAINT };
        let clock = if self.figure.start.is_some() { "; below: wall clock (UTC)" } else { "" };
        let title = format!("simulated time ({}){clock}", time.unit);
        self.pen.text(&title, (LEFT + RIGHT) / 2.0, self.page.time_title, look)
    }

    fn frame(&self) -> Drawn {
        let (top, bottom) = (self.page.top, self.page.bottom);
        self.pen.stroke(
            &[(LEFT, top), (LEFT, bottom), (RIGHT, bottom)],
            FAINT_COLOUR,
            1.2,
            Dash::Solid,
        )
    }

    fn layer(&self, layer: &Layer) -> Drawn {
        let place = |at: f64, value: f64| {
            (time_to_x(at, self.figure.end_s), self.page.y(self.axis.height(value)))
        };
        match &layer.shape {
            Shape::Line(points) => {
                for run in points.split(|point| !point.1.is_finite()) {
                    let run: Vec<_> = run.iter().map(|&(at, value)| place(at, value)).collect();
                    match run.as_slice() {
                        // A value between two gaps makes no line.
                        [alone] => self.pen.dot(*alone, 2.6, layer.colour)?,
                        run => self.pen.stroke(&thinned(run), layer.colour, 2.2, layer.dash)?,
                    }
                }
            }
            Shape::Band(edges) => {
                for run in edges.split(|edge| !edge.1.is_finite() || !edge.2.is_finite()) {
                    let above: Vec<_> = run.iter().map(|edge| place(edge.0, edge.2)).collect();
                    let below: Vec<_> = run.iter().map(|edge| place(edge.0, edge.1)).collect();
                    let mut around = thinned(&above);
                    around.extend(thinned(&below).into_iter().rev());
                    self.pen.fill(&around, layer.colour)?;
                }
            }
        }
        Ok(())
    }

    fn thresholds(&self) -> Drawn {
        let mut labels: Vec<(f64, f64, f64)> = Vec::new();
        for threshold in &self.figure.thresholds {
            let mut path = Vec::new();
            for (i, &(at, value)) in threshold.steps.iter().enumerate() {
                let until = threshold.steps.get(i + 1).map_or(self.figure.end_s, |next| next.0);
                let y = self.page.y(self.axis.height(value));
                path.push((time_to_x(at, self.figure.end_s), y));
                path.push((time_to_x(until, self.figure.end_s), y));
            }
            self.pen.stroke(&path, BLACK, 2.0, Dash::Long)?;
            let Some(&(_, line)) = path.first() else { continue };
            // Above the line, or below it where there is no room; beside labels already there.
            let y = if line - 12.0 < self.page.top { line + 12.0 } else { line - 12.0 };
            let width = text_width(&threshold.label, SMALL) + 8.0;
            let beside = labels.iter().filter(|label| (label.1 - y).abs() < 18.0);
            let x = beside.map(|label| label.2 + 10.0).fold(LEFT + 8.0, f64::max);
            labels.push((x, y, x + width));
            self.pen.block(
                (x - 3.0, y - 8.5),
                (x + width - 5.0, y + 8.5),
                (255, 255, 255),
                0.85,
            )?;
            self.pen.text(&threshold.label, x, y, Look { bold: true, ..Look::LEFT })?;
        }
        Ok(())
    }

    fn marks(&self) -> Drawn {
        let marks = || self.figure.marks.iter().zip(&self.page.badges);
        for (mark, &(x, y)) in marks() {
            let (colour, dash) = look_of(mark.kind);
            self.pen.stroke(&[(x, y + 8.0), (x, self.page.bottom)], colour, 1.4, dash)?;
        }
        let (mut numbers, mut letters) = (0, 0);
        for (i, (mark, &(x, y))) in marks().take(EXPLAINED).enumerate() {
            let name = match mark.kind {
                MarkKind::Timeline => {
                    numbers += 1;
                    numbers.to_string()
                }
                MarkKind::Event => {
                    letters += 1;
                    char::from(b'@' + letters).to_string()
                }
            };
            let line = self.page.key + i as f64 * KEY_ROW;
            let colour = look_of(mark.kind).0;
            self.pen.badge(&name, x, y, colour)?;
            self.pen.badge(&name, LEFT, line, colour)?;
            let text = format!("{} – {}", instant(mark.at_s, self.figure.start), mark.text);
            let text = fit(&text, SMALL, RIGHT - LEFT - 16.0);
            self.pen.text(&text, LEFT + 16.0, line, Look::LEFT)?;
        }
        let more = self.figure.marks.len().saturating_sub(EXPLAINED);
        if more == 0 {
            return Ok(());
        }
        let line = self.page.key + EXPLAINED as f64 * KEY_ROW;
        self.pen.text(&format!("and {more} more"), LEFT + 16.0, line, Look::FAINT)
    }
}

fn look_of(kind: MarkKind) -> (Colour, Dash) {
    match kind {
        MarkKind::Timeline => (FAINT_COLOUR, Dash::Short),
        MarkKind::Event => (VERMILLION, Dash::Dotted),
    }
}

/// A path with at most four points per column of the page: the first, the lowest, the highest and
/// the last. It looks the same as the whole path.
fn thinned(path: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut kept = Vec::new();
    for column in path.chunk_by(|a, b| a.0 as i32 == b.0 as i32) {
        let lowest = (0..column.len()).min_by(|&a, &b| column[a].1.total_cmp(&column[b].1));
        let highest = (0..column.len()).max_by(|&a, &b| column[a].1.total_cmp(&column[b].1));
        let mut rows = [Some(0), lowest, highest, column.len().checked_sub(1)];
        rows.sort_unstable();
        let mut before = None;
        for row in rows.into_iter().flatten() {
            if before != Some(row) {
                kept.push(column[row]);
            }
            before = Some(row);
        }
    }
    kept
}
