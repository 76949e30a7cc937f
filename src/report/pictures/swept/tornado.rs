//! Which parameters matter.

use super::sheet::{Heading, Legend, Mark, Sign, WHITE, axis_of, mark, whisker};
use super::{Shown, unfit};
use crate::report::pictures::PictureError;
use crate::report::pictures::axis::Axis;
use crate::report::pictures::figure::{BLACK, BLUE, Colour, Dash, ORANGE, VERMILLION};
use crate::report::pictures::page::{LEFT, RIGHT, SMALL, fit, fit_end, text_width};
use crate::report::pictures::pen::{Drawn, FAINT_COLOUR, Look, Pen};
use crate::theory::{Effects, SobolIndex};
use crate::units::{Unit, quantity};

/// Bars of a picture at most; of further ones only their number is said.
pub const BARS_MAX: usize = 40;

/// A bar for each parameter, the longest at the top.
#[derive(Clone, Debug, PartialEq)]
pub struct Tornado {
    /// What is swept.
    pub title: String,
    /// What the picture shows, in a sentence with its figures.
    pub subtitle: String,
    /// What the result is, in words.
    pub measure: String,
    /// Its unit.
    pub unit: Unit,
    /// The bars, in any order.
    pub bars: Bars,
}

/// What the bars show.
#[derive(Clone, Debug, PartialEq)]
pub enum Bars {
    /// The result at both ends of each parameter, the others as in the file.
    Swings {
        /// The result with everything as in the file.
        base: Option<f64>,
        /// The bars.
        bars: Vec<Swing>,
    },
    /// The screening of Morris.
    Morris(Vec<Influence<Effects>>),
    /// The indices of Sobol'.
    Sobol(Vec<Influence<SobolIndex>>),
}

/// A parameter and the result at its ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Swing {
    /// The name of the parameter: `servers.redis.timeout`.
    pub name: String,
    /// Its low end as it is written.
    pub low_setting: String,
    /// Its high end as it is written.
    pub high_setting: String,
    /// The result at the low end.
    pub low: Shown,
    /// The result at the high end.
    pub high: Shown,
    /// Whether the ends differ by more than chance; a bar that does not is pale.
    pub differs: bool,
}

/// A parameter and its influence.
#[derive(Clone, Debug, PartialEq)]
pub struct Influence<T> {
    /// The name of the parameter: `servers.redis.timeout`.
    pub name: String,
    /// Its range in words: `60s to 10min`.
    pub range: String,
    /// Its influence.
    pub influence: T,
}

/// Draws a bar for each parameter, the longest at the top.
///
/// # Errors
///
/// When there is no bar.
pub fn tornado(picture: &Tornado) -> Result<String, PictureError> {
    let all = rows(&picture.bars, picture.unit);
    if all.is_empty() {
        return Err(unfit("a picture needs a parameter".to_string()));
    }
    let heading = Heading::new(&picture.title, &picture.subtitle);
    let page = Page::of(picture, &all, heading.below());
    heading.page(page.height, |pen| Sheet { pen, picture, page: &page, rows: &all }.everything())
}

/// A row of the picture: what stands beside it, and up to two bars in it.
struct Row {
    name: String,
    range: String,
    /// How much it matters: rows are sorted by it.
    size: f64,
    bars: Vec<Bar>,
    /// A second figure on the same axis.
    dot: Option<f64>,
}

/// A bar from where bars begin to a value.
struct Bar {
    shown: Shown,
    fill: Colour,
    edge: Option<Colour>,
    /// What it says at its end.
    text: String,
}

const PALE_BLUE: Colour = (178, 208, 226);
const PALE_ORANGE: Colour = (248, 226, 178);

/// All rows, the one that matters most at the top.
fn rows(bars: &Bars, unit: Unit) -> Vec<Row> {
    let mut rows: Vec<Row> = match bars {
        Bars::Swings { bars, .. } => bars.iter().map(|swing| of_swing(swing, unit)).collect(),
        Bars::Morris(bars) => bars.iter().map(|bar| of_effects(bar, unit)).collect(),
        Bars::Sobol(bars) => bars.iter().map(of_index).collect(),
    };
    let order = |row: &Row| if row.size.is_nan() { f64::NEG_INFINITY } else { row.size };
    rows.sort_by(|a, b| order(b).total_cmp(&order(a)));
    rows
}

fn of_swing(swing: &Swing, unit: Unit) -> Row {
    let place = |shown: Shown| match shown.value() {
        Some((value, ..)) => value,
        None if shown.is_never() => f64::INFINITY,
        None => f64::NAN,
    };
    let (low, high) = (place(swing.low), place(swing.high));
    let bar = |shown: Shown, strong: Colour, pale: Colour| {
        let text = match shown.value() {
            Some((value, ..)) => quantity(value, unit),
            None if shown.is_never() => "never".to_string(),
            None => "not measured".to_string(),
        };
        Bar { shown, fill: if swing.differs { strong } else { pale }, edge: None, text }
    };
    Row {
        name: swing.name.clone(),
        range: format!("{} to {}", swing.low_setting, swing.high_setting),
        size: if low == high { 0.0 } else { (high - low).abs() },
        bars: vec![bar(swing.low, BLUE, PALE_BLUE), bar(swing.high, ORANGE, PALE_ORANGE)],
        dot: None,
    }
}

fn of_effects(bar: &Influence<Effects>, unit: Unit) -> Row {
    let effects = bar.influence;
    // The sizes add up to the mean only when no two effects differ in sign.
    let one_way = effects.mu.abs() >= effects.mu_star * (1.0 - 1e-9);
    let way = match (effects.mu_star > 0.0, one_way) {
        (false, _) => "",
        (true, false) => ", both ways",
        (true, true) if effects.mu > 0.0 => ", raises it",
        (true, true) => ", lowers it",
    };
    let text = if effects.mu_star.is_finite() {
        format!("{}{way}", quantity(effects.mu_star, unit))
    } else {
        "not measured".to_string()
    };
    let (low, high) = effects.interval;
    let shown = Shown::Value { value: effects.mu_star, low, high };
    Row {
        name: bar.name.clone(),
        range: bar.range.clone(),
        size: effects.mu_star,
        bars: vec![Bar { shown, fill: BLUE, edge: None, text }],
        dot: Some(effects.sigma).filter(|sigma| sigma.is_finite()),
    }
}

fn of_index(bar: &Influence<SobolIndex>) -> Row {
    let index = bar.influence;
    let shown = |value: f64, (low, high): (f64, f64)| Shown::Value { value, low, high };
    let text = |value: f64, words: &str| match value.is_finite() {
        // Minus zero is zero.
        true => format!("{:.0} % {words}", value * 100.0 + 0.0).replace("-0 %", "0 %"),
        false => "not measured".to_string(),
    };
    let first = Bar {
        shown: shown(index.first, index.first_interval),
        fill: BLUE,
        edge: None,
        text: text(index.first, "alone"),
    };
    let total = Bar {
        shown: shown(index.total, index.total_interval),
        fill: WHITE,
        edge: Some(BLUE),
        text: text(index.total, "with others"),
    };
    let (name, range) = (bar.name.clone(), bar.range.clone());
    Row { name, range, size: index.total, bars: vec![first, total], dot: None }
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
        let legend = Legend::new(legend(picture, rows), first);
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
        let axis = axis_of(&values, dots.chain(base), unit, (false, false));
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

/// What the legend explains, of what there is.
fn legend(picture: &Tornado, rows: &[Row]) -> Vec<(Sign, String)> {
    let say = |sign: Sign, words: &str| (sign, words.to_string());
    let mut entries = match &picture.bars {
        Bars::Swings { base, bars } => {
            let mut entries = vec![
                say(Sign::Block(BLUE, None), "at the low end"),
                say(Sign::Block(ORANGE, None), "at the high end"),
            ];
            if bars.iter().any(|bar| !bar.differs) {
                entries.push(say(Sign::Block(PALE_BLUE, None), "pale: may be chance"));
            }
            if let Some(base) = base.filter(|base| base.is_finite()) {
                let words = format!("as in the file: {}", quantity(base, picture.unit));
                entries.push((Sign::Line(BLACK, Dash::Solid), words));
            }
            entries
        }
        Bars::Morris(_) => vec![
            say(Sign::Block(BLUE, None), "mean size of the effect (mu*)"),
            say(
                Sign::Mark(Mark::Ring, VERMILLION),
                "its deviation (sigma): bends, or others take part",
            ),
        ],
        Bars::Sobol(_) => vec![
            say(Sign::Block(BLUE, None), "by itself (first order)"),
            say(Sign::Block(WHITE, Some(BLUE)), "with others (total)"),
        ],
    };
    let values = rows.iter().flat_map(|row| &row.bars).filter_map(|bar| bar.shown.value());
    if values.into_iter().any(|(_, low, high)| low < high) {
        entries.push(say(Sign::Whisker, "95 % interval"));
    }
    entries
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
        let measure = fit(&self.picture.measure, SMALL, RIGHT - LEFT);
        self.pen.text(&measure, LEFT, self.page.measure, Look::FAINT)?;
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
