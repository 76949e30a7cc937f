//! Invented studies: figures against parameters by formula, no simulation.

use super::svg;
use highwater::report::pictures::*;
use highwater::theory::{Effects, SobolIndex};
use highwater::units::Unit;

const LONG: &str = "fleets.checkout.connections.main.pool.wait_timeout";
const TITLE: &str = "Storefront & checkout <six hours>";

/// A value with an interval to both sides of it.
pub fn value(value: f64, reach: f64) -> Shown {
    Shown::Value { value, low: value - reach, high: value + reach }
}

fn point(shown: Shown, standing: Standing) -> Point {
    Point { shown, standing }
}

pub fn parameter(name: &str, values: &[f64], text: impl Fn(f64) -> String) -> Parameter {
    Parameter {
        name: name.to_string(),
        settings: values.iter().map(|value| text(*value)).collect(),
        spacing: Spacing::Linear(values.to_vec()),
    }
}

/// The time to recover against the size of a pool: never below 6, then less and less; a goal of 3 s.
pub fn recovery() -> Curves {
    let sizes = [4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 16.0, 20.0, 24.0, 32.0];
    let of = |size: f64, factor: f64| match factor * 300.0 / (size * size) {
        _ if size < 6.0 => point(Shown::Never, Standing::Misses),
        _ if size == 12.0 && factor > 1.0 => point(Shown::Nothing, Standing::Unasked),
        time if time > 3.5 => point(value(time, time / 5.0), Standing::Misses),
        time if time > 2.5 => point(value(time, 1.0), Standing::Undecided),
        time => point(value(time, time / 8.0), Standing::Meets),
    };
    let line = |label: &str, factor: f64| Curve {
        label: label.to_string(),
        points: sizes.iter().map(|size| of(*size, factor)).collect(),
        knee: Some(4),
    };
    Curves {
        title: TITLE.to_string(),
        subtitle: "A pool of 12 is the smallest that recovers in time".to_string(),
        measure: "time to recover, mean of 20 runs".to_string(),
        unit: Unit::Seconds,
        log: false,
        across: parameter("fleets.chat.connections.main.pool.size", &sizes, |s| s.to_string()),
        lines: vec![line("backoff = exponential", 1.0), line("backoff = none", 1.6)],
        bound: Some(Bound { value: 3.0, label: "goal: at most 3 s".to_string() }),
    }
}

/// Both axes by powers of ten, with a goal that no value comes near.
fn by_powers() -> Curves {
    let mut picture = recovery();
    picture.log = true;
    let sizes = [4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 16.0, 20.0, 24.0, 32.0];
    picture.across.spacing = Spacing::Log(sizes.to_vec());
    picture.bound = Some(Bound { value: 86_400.0, label: "goal: at most 1 day".to_string() });
    picture
}

/// Eight lines with long names over named settings, some values negative, some intervals without end.
fn many() -> Curves {
    let mut picture = recovery();
    picture.subtitle = "A long sentence that says what many settings show together. ".repeat(9);
    picture.across.spacing = Spacing::Even;
    picture.across.settings = (0..10).map(|i| format!("exponential with jitter {i}")).collect();
    let at = |line: usize, setting: usize| {
        let value = (setting * (line + 1)) as f64 - 20.0;
        let high = if setting == 9 { f64::INFINITY } else { value + 2.0 };
        let standings = [Standing::Meets, Standing::Misses, Standing::Undecided];
        point(Shown::Value { value, low: value - 5.0, high }, standings[setting % 3])
    };
    let line = |line: usize| Curve {
        label: format!("{LONG} = {line}min, {LONG} = {line}s"),
        points: (0..10).map(|setting| at(line, setting)).collect(),
        knee: line.is_multiple_of(2).then_some(line + 1),
    };
    picture.lines = (0..LINES_MAX).map(line).collect();
    picture
}

/// Sixty settings, shares that are all near 1.
fn fine() -> Curves {
    let settings: Vec<f64> = (0..60).map(|i| f64::from(i) * 5.0).collect();
    let mut picture = recovery();
    picture.across = parameter("servers.redis.timeout", &settings, |x| format!("{x}s"));
    let share = |x: &f64| point(value(0.97 + x / 20_000.0, 0.002), Standing::Meets);
    let points = settings.iter().map(share).collect();
    picture.lines = vec![Curve { label: String::new(), points, knee: None }];
    picture.unit = Unit::Ratio;
    picture.bound = Some(Bound { value: 0.96, label: "goal: at least 96 %".to_string() });
    picture
}

/// One setting and one line.
pub fn single(shown: Shown) -> Curves {
    let mut picture = recovery();
    picture.across = parameter("servers.redis.maxclients", &[10_000.0], |x| x.to_string());
    let points = vec![point(shown, Standing::Unasked)];
    picture.lines = vec![Curve { label: String::new(), points, knee: None }];
    picture.bound = None;
    picture
}

/// Time to recover against two parameters: it grows with both, never ends beyond, and is not measured
/// in some cells.
pub fn grid(columns: usize, rows: usize, sign: f64) -> HeatMap {
    let numbers = |count: usize| (0..count).map(|i| (i * 5) as f64).collect::<Vec<f64>>();
    let cell = |row: usize, column: usize| {
        let share = row as f64 / rows as f64 * column as f64 / columns as f64;
        let shown = value(sign * 600.0 * share * share + 0.5, 1.0);
        match share {
            _ if (row * 7 + column) % 41 == 40 => point(Shown::Nothing, Standing::Unasked),
            share if share > 0.7 => point(Shown::Never, Standing::Misses),
            share if share < 0.2 => point(shown, Standing::Meets),
            share if share < 0.25 => point(shown, Standing::Undecided),
            _ => point(shown, Standing::Misses),
        }
    };
    let size = "fleets.chat.connections.main.pool.size";
    HeatMap {
        title: TITLE.to_string(),
        subtitle: "A pool of 20 recovers from every outage of less than 15 s".to_string(),
        measure: "time to recover, mean of 20 runs".to_string(),
        unit: Unit::Seconds,
        log: false,
        across: parameter(size, &numbers(columns), |x| x.to_string()),
        up: parameter("timeline.outage.lasts", &numbers(rows), |x| format!("{x}s")),
        cells: (0..rows)
            .map(|row| (0..columns).map(|column| cell(row, column)).collect())
            .collect(),
        goal: Some("goal: at most 25 s".to_string()),
    }
}

/// All cells alike, beside names that are too long.
pub fn flat(shown: Shown) -> HeatMap {
    let mut picture = grid(3, 2, 1.0);
    picture.cells.iter_mut().flatten().for_each(|cell| *cell = point(shown, Standing::Meets));
    picture.up.settings[0] = format!("{LONG} = 5min and more");
    picture.across.settings[2] = format!("{LONG} = 5min and more");
    picture
}

pub fn swings() -> Tornado {
    let swing = |name: &str, low: f64, high: f64, differs| Swing {
        name: name.to_string(),
        low_setting: "10s".to_string(),
        high_setting: "10min".to_string(),
        low: value(low, 1.5),
        high: value(high, 2.5),
        differs,
    };
    Tornado {
        title: TITLE.to_string(),
        subtitle: "The time to recover depends most on the idle timeout of the server".to_string(),
        measure: "time to recover, mean of 20 runs".to_string(),
        unit: Unit::Seconds,
        bars: Bars::Swings {
            base: Some(20.0),
            bars: vec![
                swing("fleets.chat.retry.attempts", 18.0, 31.0, true),
                swing("servers.redis.timeout", 5.0, 44.0, true),
                swing("fleets.chat.connections.main.pool.size", 21.0, 20.5, false),
                swing(LONG, 29.0, 25.0, true),
            ],
        },
    }
}

/// Without a base, with ends that were not measured, or never came, or may not.
fn odd_swings() -> Tornado {
    let mut picture = swings();
    if let Bars::Swings { base, bars } = &mut picture.bars {
        *base = None;
        bars[0].high = Shown::Never;
        bars[1].low = Shown::Nothing;
        bars[2].low = value(-30.0, 3.0);
        bars[3].high = Shown::Value { value: 30.0, low: 20.0, high: f64::INFINITY };
        bars[3].name = format!("{LONG}.{LONG}");
    }
    picture
}

fn named<T>(influences: [T; 3]) -> Vec<Influence<T>> {
    let names = ["fleets.chat.retry.attempts", "servers.redis.timeout", LONG];
    let range = "10 to 400".to_string();
    let named = |(name, influence): (&str, T)| Influence {
        name: name.to_string(),
        range: range.clone(),
        influence,
    };
    names.into_iter().zip(influences).map(named).collect()
}

pub fn screening() -> Tornado {
    let effects = |mu: f64, mu_star: f64, reach: f64, sigma| Effects {
        mu,
        mu_star,
        interval: (mu_star - reach, mu_star + reach),
        sigma,
        seen: 10,
    };
    let all =
        [effects(3.0, 5.0, 3.0, 4.0), effects(-8.0, 8.0, 0.5, 0.1), effects(0.1, 0.1, 0.1, 0.2)];
    Tornado { bars: Bars::Morris(named(all)), ..swings() }
}

pub fn shares() -> Tornado {
    let index = |first: f64, total: f64| SobolIndex {
        first,
        total,
        first_interval: (first - 0.05, first + 0.05),
        total_interval: (total - 0.04, total + 0.04),
    };
    let all = [index(0.31, 0.55), index(0.44, 0.44), index(-0.02, 0.24)];
    Tornado { bars: Bars::Sobol(named(all)), ..swings() }
}

/// More bars than a picture has.
fn crowd() -> Tornado {
    let mut picture = swings();
    if let Bars::Swings { bars, .. } = &mut picture.bars {
        let one = bars[0].clone();
        bars.extend((0..60).map(|_| one.clone()));
    }
    picture
}

/// Every kind of example with its name.
pub fn examples() -> Vec<(&'static str, Result<String, PictureError>)> {
    vec![
        ("curves", svg(curves(&recovery()))),
        ("curves-log", svg(curves(&by_powers()))),
        ("curves-many", svg(curves(&many()))),
        ("curves-fine", svg(curves(&fine()))),
        ("curves-one", svg(curves(&single(value(7.0, 2.0))))),
        ("curves-never", svg(curves(&single(Shown::Never)))),
        ("curves-nothing", svg(curves(&single(Shown::Nothing)))),
        ("heat", svg(heat_map(&grid(8, 6, 1.0)))),
        ("heat-60", svg(heat_map(&grid(60, 60, 1.0)))),
        ("heat-negative", svg(heat_map(&grid(20, 12, -1.0)))),
        ("heat-flat", svg(heat_map(&flat(value(7.0, 0.0))))),
        ("heat-nothing", svg(heat_map(&flat(Shown::Nothing)))),
        ("heat-one", svg(heat_map(&grid(1, 1, 1.0)))),
        ("tornado", svg(tornado(&swings()))),
        ("tornado-odd", svg(tornado(&odd_swings()))),
        ("tornado-crowd", svg(tornado(&crowd()))),
        ("tornado-morris", svg(tornado(&screening()))),
        ("tornado-sobol", svg(tornado(&shares()))),
    ]
}
