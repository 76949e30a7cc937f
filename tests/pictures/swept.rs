//! The pictures of many scenarios: what they say, that nothing touches, and that odd tables are drawn
//! or refused.

use highwater::report::pictures::*;
use highwater::units::Unit;

pub fn value(value: f64, reach: f64) -> Shown {
    Shown::Value { value, low: value - reach, high: value + reach }
}

/// A setting and what it is called.
fn parameter(name: &str, values: &[f64], text: impl Fn(f64) -> String) -> Parameter {
    Parameter {
        name: name.to_string(),
        settings: values.iter().map(|value| text(*value)).collect(),
        spacing: Spacing::Linear(values.to_vec()),
    }
}

/// The time until requests are answered again against the size of a pool: never below 6, then less and
/// less; a goal of 10 s.
fn recovery() -> Curves {
    let sizes = [4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 16.0, 20.0, 24.0, 32.0];
    let of = |(size, factor): (f64, f64)| {
        let wait = factor * 300.0 / (size * size);
        let (shown, standing) = match size {
            s if s < 6.0 => (Shown::Never, Standing::Misses),
            s if s == 12.0 && factor > 1.0 => (Shown::Nothing, Standing::Unasked),
            _ if wait > 3.5 => (value(wait, wait / 5.0), Standing::Misses),
            _ if wait > 2.5 => (value(wait, 1.0), Standing::Undecided),
            _ => (value(wait, wait / 8.0), Standing::Meets),
        };
        Point { shown, standing }
    };
    let line = |label: &str, factor: f64, knee| Curve {
        label: label.to_string(),
        points: sizes.iter().map(|size| of((*size, factor))).collect(),
        knee,
    };
    Curves {
        title: "Chat service, 14 November 2024".to_string(),
        subtitle: "A pool of 12 is the smallest that meets the goal with exponential backoff"
            .to_string(),
        measure: "time to recover, mean of 20 runs".to_string(),
        unit: Unit::Seconds,
        log: false,
        across: parameter("fleets.chat.connections.main.pool.size", &sizes, |size| {
            size.to_string()
        }),
        lines: vec![
            line("backoff = exponential", 1.0, Some(4)),
            line("backoff = none", 1.6, Some(4)),
        ],
        bound: Some(Bound { value: 3.0, label: "goal: at most 3 s".to_string() }),
    }
}

#[test]
fn dump() {
    let Ok(folder) = std::env::var("DUMP") else { return };
    let save = |name: &str, svg: Result<String, PictureError>| {
        std::fs::write(format!("{folder}/{name}.svg"), svg.unwrap()).unwrap();
    };
    save("c1", curves(&recovery()));
    let mut log = recovery();
    log.log = true;
    log.across.spacing = Spacing::Log(vec![4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 16.0, 20.0, 24.0, 32.0]);
    log.bound.as_mut().unwrap().value = 1e7;
    save("c2", curves(&log));
    let mut many = recovery();
    many.lines = (0..8)
        .map(|i| Curve {
            label: format!(
                "fleets.checkout.connections.main.pool.wait_timeout = {i} min, quite long"
            ),
            points: (0..10)
                .map(|k| Point {
                    shown: Shown::Value {
                        value: (k * (i + 1)) as f64 - 20.0,
                        low: (k * (i + 1)) as f64 - 25.0,
                        high: if k == 9 { f64::INFINITY } else { (k * (i + 1)) as f64 - 18.0 },
                    },
                    standing: [Standing::Meets, Standing::Misses, Standing::Undecided][k % 3],
                })
                .collect(),
            knee: (i % 2 == 0).then_some(i + 1),
        })
        .collect();
    many.subtitle = "A sentence that is rather long, as they are where many settings meet each other and all of them have to be said before anybody can tell what the picture below is about. ".repeat(3);
    many.across.spacing = Spacing::Even;
    many.across.settings = (0..10).map(|i| format!("exponential with jitter {i}")).collect();
    save("c3", curves(&many));
    let mut one = recovery();
    one.across.settings.truncate(1);
    one.across.spacing = Spacing::Linear(vec![4.0]);
    one.lines.truncate(1);
    one.lines[0].label = String::new();
    one.lines[0].knee = None;
    one.lines[0].points = vec![Point { shown: value(7.0, 2.0), standing: Standing::Unasked }];
    save("c4", curves(&one));
    one.lines[0].points[0].shown = Shown::Nothing;
    save("c5", curves(&one));
    let fine: Vec<f64> = (0..60).map(|i| f64::from(i) * 5.0).collect();
    let mut dense = recovery();
    dense.across = parameter("servers.redis.timeout", &fine, |x| format!("{x}s"));
    dense.lines = vec![Curve {
        label: String::new(),
        points: fine
            .iter()
            .map(|x| Point { shown: value(0.97 + x / 20000.0, 0.002), standing: Standing::Meets })
            .collect(),
        knee: Some(30),
    }];
    dense.unit = Unit::Ratio;
    dense.bound = Some(Bound { value: 0.96, label: "goal: at least 96 %".to_string() });
    save("c6", curves(&dense));

    save("h1", heat_map(&grid(8, 6, 1.0)));
    save("h2", heat_map(&grid(60, 60, 1.0)));
    let mut neg = grid(20, 12, -1.0);
    neg.unit = Unit::Count;
    save("h3", heat_map(&neg));
    let mut flat = grid(3, 2, 1.0);
    flat.cells.iter_mut().flatten().for_each(|cell| cell.shown = value(7.0, 0.0));
    flat.up.settings = vec![
        "a rather long name of a setting, such as exponential with full jitter".to_string(),
        "none".to_string(),
    ];
    save("h4", heat_map(&flat));
    let mut none = grid(1, 1, 1.0);
    none.cells[0][0] = Point { shown: Shown::Nothing, standing: Standing::Unasked };
    save("h5", heat_map(&none));
    save("t1", tornado(&swings()));
    let mut odd = swings();
    if let Bars::Swings { base, bars } = &mut odd.bars {
        *base = None;
        bars[0].high = Shown::Never;
        bars[1].low = Shown::Nothing;
        bars[2].low = value(-30.0, 3.0);
        bars[3].high = Shown::Value { value: 30.0, low: 20.0, high: f64::INFINITY };
        bars[3].name =
            "fleets.checkout.connections.main.pool.wait_timeout_of_the_very_long_kind".to_string();
    }
    save("t2", tornado(&odd));
    use highwater::theory::{Effects, SobolIndex};
    let names = [
        "fleets.chat.retry.attempts",
        "servers.redis.timeout",
        "fleets.chat.connections.main.pool.size",
    ];
    let influence = |i: usize, name: &str| Influence {
        name: name.to_string(),
        range: "10 to 400".to_string(),
        influence: Effects {
            mu: [3.0, -8.0, 0.1][i],
            mu_star: [5.0, 8.0, 0.1][i],
            interval: ([2.0, 7.5, 0.0][i], [8.0, 8.5, 0.3][i]),
            sigma: [4.0, 0.1, 0.2][i],
            seen: 10,
        },
    };
    let mut m = swings();
    m.bars = Bars::Morris(names.iter().enumerate().map(|(i, n)| influence(i, n)).collect());
    save("t3", tornado(&m));
    let influence = |i: usize, name: &str| Influence {
        name: name.to_string(),
        range: "10 to 400".to_string(),
        influence: SobolIndex {
            first: [0.31, 0.44, -0.002][i],
            total: [0.55, 0.44, 0.24][i],
            first_interval: ([0.25, 0.4, -0.05][i], [0.37, 0.48, 0.04][i]),
            total_interval: ([0.5, 0.41, 0.2][i], [0.6, 0.47, 0.28][i]),
        },
    };
    m.bars = Bars::Sobol(names.iter().enumerate().map(|(i, n)| influence(i, n)).collect());
    save("t4", tornado(&m));
}

/// A share that grows with both parameters, in columns and rows.
fn grid(columns: usize, rows: usize, sign: f64) -> HeatMap {
    let numbers = |count: usize| (0..count).map(|i| (i * 5) as f64).collect::<Vec<f64>>();
    let cell = |row: usize, column: usize| {
        let share = row as f64 / rows as f64 * column as f64 / columns as f64;
        let seconds = sign * 600.0 * share * share + 0.5;
        match (row * 7 + column) % 41 {
            40 => Point { shown: Shown::Nothing, standing: Standing::Unasked },
            _ if share > 0.7 => Point { shown: Shown::Never, standing: Standing::Misses },
            _ => {
                let standing = match share {
                    s if s < 0.2 => Standing::Meets,
                    s if s < 0.25 => Standing::Undecided,
                    _ => Standing::Misses,
                };
                Point { shown: value(seconds, 1.0), standing }
            }
        }
    };
    HeatMap {
        title: "Chat service, 14 November 2024".to_string(),
        subtitle: "A pool of 20 recovers from every outage of less than 15 s".to_string(),
        measure: "time to recover, mean of 20 runs".to_string(),
        unit: Unit::Seconds,
        log: false,
        across: parameter("fleets.chat.connections.main.pool.size", &numbers(columns), |x| {
            x.to_string()
        }),
        up: parameter("servers.redis.faults.outage.lasts", &numbers(rows), |x| format!("{x}s")),
        cells: (0..rows)
            .map(|row| (0..columns).map(|column| cell(row, column)).collect())
            .collect(),
        goal: Some("goal: at most 25 s".to_string()),
    }
}

fn swings() -> Tornado {
    let swing = |name: &str, low: f64, high: f64, differs| Swing {
        name: name.to_string(),
        low_setting: "10s".to_string(),
        high_setting: "10min".to_string(),
        low: value(low, 1.5),
        high: value(high, 2.5),
        differs,
    };
    Tornado {
        title: "Chat service, 14 November 2024".to_string(),
        subtitle: "The time to recover depends most on the idle timeout of the server".to_string(),
        measure: "time to recover, mean of 20 runs".to_string(),
        unit: Unit::Seconds,
        bars: Bars::Swings {
            base: Some(20.0),
            bars: vec![
                swing("fleets.chat.retry.attempts", 18.0, 31.0, true),
                swing("servers.redis.timeout", 5.0, 44.0, true),
                swing("fleets.chat.connections.main.pool.size", 21.0, 20.5, false),
                swing("fleets.chat.connections.main.pool.wait_timeout", 29.0, 25.0, true),
            ],
        },
    }
}
