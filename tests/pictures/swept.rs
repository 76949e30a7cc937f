//! The pictures of many scenarios: what they say, that nothing touches, and that odd tables are drawn
//! or refused.

use super::words;
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
        subtitle: "A pool of 12 is the smallest that meets the goal with exponential backoff".to_string(),
        measure: "time to recover, mean of 20 runs".to_string(),
        unit: Unit::Seconds,
        log: false,
        across: parameter("fleets.chat.connections.main.pool.size", &sizes, |size| size.to_string()),
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
            label: format!("fleets.checkout.connections.main.pool.wait_timeout = {i} min, quite long"),
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
        points: fine.iter().map(|x| Point { shown: value(0.97 + x / 20000.0, 0.002), standing: Standing::Meets }).collect(),
        knee: Some(30),
    }];
    dense.unit = Unit::Ratio;
    dense.bound = Some(Bound { value: 0.96, label: "goal: at least 96 %".to_string() });
    save("c6", curves(&dense));
}
