//! What the bars are and say, in the order in which they stand.

use super::{Bars, Influence, Swing, Tornado};
use crate::report::pictures::figure::{BLACK, BLUE, Colour, Dash, ORANGE, VERMILLION};
use crate::report::pictures::swept::Shown;
use crate::report::pictures::swept::signs::{Mark, Sign, WHITE};
use crate::theory::{Effects, SobolIndex};
use crate::units::{Unit, quantity};

/// A row of the picture: what stands beside it, and up to two bars in it.
pub(super) struct Row {
    pub name: String,
    pub range: String,
    /// How much it matters: rows are sorted by it.
    pub size: f64,
    pub bars: Vec<Bar>,
    /// A second figure on the same axis.
    pub dot: Option<f64>,
}

/// A bar from where bars begin to a value.
pub(super) struct Bar {
    pub shown: Shown,
    pub fill: Colour,
    pub edge: Option<Colour>,
    /// What it says at its end.
    pub text: String,
}

pub(super) const PALE_BLUE: Colour = (178, 208, 226);
const PALE_ORANGE: Colour = (248, 226, 178);

/// All rows, the one that matters most at the top.
pub(super) fn rows(bars: &Bars, unit: Unit) -> Vec<Row> {
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

/// A share in percent.
pub(super) fn percent(share: f64) -> String {
    // Minus zero is zero.
    format!("{} %", quantity(share * 100.0 + 0.0, Unit::Count))
}

fn of_index(bar: &Influence<SobolIndex>) -> Row {
    let index = bar.influence;
    // A share below zero is nothing but noise: it has no bar, and says so in its words.
    let shown = |value: f64, (low, high): (f64, f64)| match value {
        value if value < 0.0 => Shown::Value { value: 0.0, low: 0.0, high: high.max(0.0) },
        value => Shown::Value { value, low: low.max(0.0), high },
    };
    let text = |value: f64, words: &str| match value.is_finite() {
        true => format!("{} {words}", percent(libm::round(value * 100.0) / 100.0)),
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

/// What the legend explains, of what there is.
pub(super) fn legend(picture: &Tornado, rows: &[Row]) -> Vec<(Sign, String)> {
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
