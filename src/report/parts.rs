//! Files of rows: what a sweep, or a part of one, has played.
//!
//! JSON lines: a header that says everything about the plan, a row for each run, and a trailer with
//! the number of rows and the SHA-256 of all before it. Nothing in it depends on the machine, the time
//! or the number of threads, so that equal parts are equal bytes.

use serde_json::{Map, Value, json};

use super::json::number;
use crate::claims::{Goal, Known, Relation};
use crate::experiment::{Design, Figures, Got, Objective, Plan, Row, Runs, Shard, fingerprint};
use crate::scenario::{Knob, Level, Range, Scale, Values};
use crate::theory::Better;

/// Why a file of rows cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadPart {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub message: String,
    /// Whether it is sound, but of another version: whoever made it again would be at odds with whoever
    /// made it.
    pub other_version: bool,
}

impl BadPart {
    fn new(line: usize, message: impl Into<String>) -> BadPart {
        BadPart { line, message: message.into(), other_version: false }
    }
}

/// What a file of rows says.
#[derive(Clone, Debug)]
pub struct Part {
    /// The plan that its rows are of.
    pub plan: Plan,
    /// Which part of it.
    pub shard: Shard,
    /// The rows, in the order of the file.
    pub rows: Vec<Row>,
    /// Whether it ends with a trailer that fits: else it is of a sweep that was interrupted.
    pub whole: bool,
}

/// The whole file of a shard whose rows are complete and in order.
pub fn part(plan: &Plan, shard: Shard, rows: &[Row]) -> String {
    let mut text = header(plan, shard);
    for row in rows {
        text.push_str(&row_line(row));
    }
    let hash = fingerprint(text.as_bytes());
    text.push_str(&format!("{}\n", json!({ "rows": rows.len(), "sha256": hash })));
    text
}

/// The first line.
pub fn header(plan: &Plan, shard: Shard) -> String {
    let knobs: Vec<Value> = plan.knobs.iter().map(knob).collect();
    let value = json!({
        "highwater": env!("CARGO_PKG_VERSION"),
        "plan": plan.hash(),
        "shard": shard.index + 1,
        "of": shard.of,
        "scenario": plan.scenario,
        "title": plan.title,
        "meant": plan.meant,
        "seed": plan.seed,
        "set": plan.set,
        "design": design(plan.design),
        "runs": runs(plan.runs),
        "knobs": knobs,
        "figures": plan.figures.iter().map(known).collect::<Vec<_>>(),
        "outage": plan.outage.as_ref().map(goal),
        "goals": plan.goals.iter().map(goal).collect::<Vec<_>>(),
        "objectives": plan.objectives.iter().map(objective).collect::<Vec<_>>(),
    });
    format!("{value}\n")
}

/// The line of a row.
pub fn row_line(row: &Row) -> String {
    let value = match &row.got {
        Got::Impossible(why) => json!({ "point": row.point, "run": row.run, "impossible": why }),
        Got::Played(got) => {
            let values = got.values.iter().map(|value| value.map_or(Value::Null, number));
            let mut object = Map::new();
            object.insert("point".to_string(), json!(row.point));
            object.insert("run".to_string(), json!(row.run));
            object.insert("values".to_string(), values.collect());
            object.insert("digest".to_string(), json!(got.digest));
            object.insert("requests".to_string(), json!(got.requests));
            object.insert("events".to_string(), json!(got.events));
            if let Some(why) = &got.stopped {
                object.insert("stopped".to_string(), json!(why));
            }
            Value::Object(object)
        }
    };
    format!("{value}\n")
}

/// Reads a file of rows. One that ends in the middle, or without a trailer, is read as far as it goes:
/// a last line that is torn is left out.
///
/// # Errors
///
/// When it is no such file, is of another version, or does not say what its trailer promises.
pub fn read_part(text: &str) -> Result<Part, BadPart> {
    let whole_lines = text.rfind('\n').map_or("", |end| &text[..=end]);
    let mut lines = whole_lines.lines().enumerate();
    let (_, first) = lines.next().ok_or_else(|| BadPart::new(1, "no line is complete"))?;
    let (plan, shard) = read_header(first)?;
    let mut part = Part { plan, shard, rows: Vec::new(), whole: false };
    let mut at = first.len() + 1;
    for (index, line) in lines {
        let bad = |why: String| BadPart::new(index + 1, why);
        if part.whole {
            return Err(bad("something follows the last line".to_string()));
        }
        let value: Value = serde_json::from_str(line).map_err(|error| bad(error.to_string()))?;
        match value.get("sha256").and_then(Value::as_str) {
            Some(hash) => {
                let rows = value.get("rows").and_then(Value::as_u64);
                if rows != Some(part.rows.len() as u64)
                    || hash != fingerprint(&text.as_bytes()[..at])
                {
                    return Err(bad("the rows are not those that were written".to_string()));
                }
                let rising = part.rows.is_sorted_by(|a, b| a.place() < b.place());
                let most = part.plan.runs.most();
                if !rising || part.rows.iter().any(|row| row.run >= most) {
                    return Err(bad("the rows are not those of the plan, each once".to_string()));
                }
                part.whole = true;
            }
            None => {
                let row = read_row(&value, &part.plan).ok_or_else(|| bad("no row".to_string()))?;
                if row.point as u64 >= part.plan.points() || !part.shard.has(row.point) {
                    return Err(bad(format!("point {} is not of this part", row.point)));
                }
                part.rows.push(row);
            }
        }
        at += line.len() + 1;
    }
    Ok(part)
}

fn design(design: Design) -> Value {
    match design {
        Design::Grid => json!("grid"),
        Design::Ends => json!("ends"),
        Design::Samples(samples) => json!({ "samples": samples }),
        Design::Morris(trajectories) => json!({ "morris": trajectories }),
        Design::Sobol(rows) => json!({ "sobol": rows }),
    }
}

fn runs(runs: Runs) -> Value {
    match runs {
        Runs::Fixed(runs) => json!(runs),
        Runs::Until { precision, first, most } => {
            json!({ "precision": precision, "first": first, "most": most })
        }
    }
}

fn knob(knob: &Knob) -> Value {
    let values = match &knob.values {
        Values::Levels(levels) => levels
            .iter()
            .map(|level| json!({ "texts": level.texts, "number": level.number.map(number) }))
            .collect(),
        Values::Range(range) => match *range {
            Range::Uniform { low, high } => json!({ "uniform": [number(low), number(high)] }),
            Range::Triangular { low, mode, high } => {
                json!({ "triangular": [number(low), number(mode), number(high)] })
            }
            Range::Normal { mean, sd } => json!({ "normal": [number(mean), number(sd)] }),
        },
    };
    json!({ "paths": knob.paths, "scale": knob.scale.name(), "values": values })
}

fn known(known: &Known) -> Value {
    json!({ "name": known.name, "unit": known.unit, "may_never_come": known.may_never_come })
}

fn goal(goal: &Goal) -> Value {
    json!({ "of": known(&goal.of), "relation": goal.relation.sign(), "bound": number(goal.bound) })
}

fn objective(objective: &Objective) -> Value {
    let better = match objective.better {
        Better::Smaller => "smaller",
        Better::Larger => "larger",
    };
    json!({ "figure": objective.figure, "better": better })
}

/// Reads what [`header`] writes.
fn read_header(line: &str) -> Result<(Plan, Shard), BadPart> {
    let bad = |why: &str| BadPart::new(1, why);
    let value: Value = serde_json::from_str(line).map_err(|error| bad(&error.to_string()))?;
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    let Some(version) = text("highwater") else {
        return Err(bad("this is no file of rows"));
    };
    if version != env!("CARGO_PKG_VERSION") {
        let here = env!("CARGO_PKG_VERSION");
        let message = format!("written by version {version}; this is {here}");
        return Err(BadPart { other_version: true, ..bad(&message) });
    }
    let read = || -> Option<(Plan, Shard)> {
        let list = |key: &str| value.get(key).and_then(Value::as_array);
        let plan = Plan {
            scenario: text("scenario")?.to_string(),
            title: text("title")?.to_string(),
            seed: text("seed")?.to_string(),
            set: list("set")?
                .iter()
                .map(|set| set.as_str().map(str::to_string))
                .collect::<Option<_>>()?,
            meant: text("meant")?.to_string(),
            design: read_design(value.get("design")?)?,
            runs: read_runs(value.get("runs")?)?,
            knobs: list("knobs")?.iter().map(read_knob).collect::<Option<_>>()?,
            figures: list("figures")?.iter().map(read_known).collect::<Option<_>>()?,
            outage: match value.get("outage")? {
                Value::Null => None,
                goal => Some(read_goal(goal)?),
            },
            goals: list("goals")?.iter().map(read_goal).collect::<Option<_>>()?,
            objectives: list("objectives")?.iter().map(read_objective).collect::<Option<_>>()?,
        };
        let shard = Shard {
            index: small(value.get("shard")?)?.checked_sub(1)?,
            of: small(value.get("of")?)?,
        };
        let fits = shard.index < shard.of
            && plan.objectives.iter().all(|objective| objective.figure < plan.figures.len())
            && plan.knobs.iter().all(|knob| !knob.paths.is_empty());
        fits.then_some((plan, shard))
    };
    let (plan, shard) = read().ok_or_else(|| bad("its first line is no plan"))?;
    if text("plan") != Some(&plan.hash()) {
        return Err(bad("its plan does not have the hash that it names"));
    }
    Ok((plan, shard))
}

fn small(value: &Value) -> Option<u32> {
    u32::try_from(value.as_u64()?).ok()
}

fn read_design(value: &Value) -> Option<Design> {
    let of = |key: &str| value.get(key).and_then(small);
    match value.as_str() {
        Some("grid") => Some(Design::Grid),
        Some("ends") => Some(Design::Ends),
        _ => of("samples")
            .map(Design::Samples)
            .or_else(|| of("morris").map(Design::Morris))
            .or_else(|| of("sobol").map(Design::Sobol)),
    }
}

fn read_runs(value: &Value) -> Option<Runs> {
    match small(value) {
        Some(runs) => Some(Runs::Fixed(runs)),
        None => Some(Runs::Until {
            precision: value.get("precision")?.as_f64()?,
            first: small(value.get("first")?)?,
            most: small(value.get("most")?)?,
        }),
    }
}

fn read_knob(value: &Value) -> Option<Knob> {
    let texts = |value: &Value| -> Option<Vec<String>> {
        value.as_array()?.iter().map(|text| Some(text.as_str()?.to_string())).collect()
    };
    let paths = texts(value.get("paths")?)?;
    let level = |value: &Value| {
        Some(Level {
            texts: texts(value.get("texts")?).filter(|texts| texts.len() == paths.len())?,
            number: value.get("number")?.as_f64(),
        })
    };
    let values = value.get("values")?;
    let numbers = |key: &str| -> Option<Vec<f64>> {
        values.get(key)?.as_array()?.iter().map(Value::as_f64).collect()
    };
    let values = match values.as_array() {
        Some(levels) if levels.is_empty() => return None,
        Some(levels) => Values::Levels(levels.iter().map(level).collect::<Option<_>>()?),
        None => {
            Values::Range(match (numbers("uniform"), numbers("triangular"), numbers("normal")) {
                (Some(ends), ..) => Range::Uniform { low: *ends.first()?, high: *ends.get(1)? },
                (_, Some(three), _) => Range::Triangular {
                    low: *three.first()?,
                    mode: *three.get(1)?,
                    high: *three.get(2)?,
                },
                (_, _, Some(two)) => Range::Normal { mean: *two.first()?, sd: *two.get(1)? },
                _ => return None,
            })
        }
    };
    let scale = Scale::named(value.get("scale")?.as_str()?)?;
    Some(Knob { paths, scale, values })
}

fn read_known(value: &Value) -> Option<Known> {
    Some(Known {
        name: value.get("name")?.as_str()?.to_string(),
        unit: serde_json::from_value(value.get("unit")?.clone()).ok()?,
        may_never_come: value.get("may_never_come")?.as_bool()?,
    })
}

fn read_goal(value: &Value) -> Option<Goal> {
    Some(Goal {
        of: read_known(value.get("of")?)?,
        relation: Relation::signed(value.get("relation")?.as_str()?)?,
        bound: value.get("bound")?.as_f64().unwrap_or(f64::INFINITY),
    })
}

fn read_objective(value: &Value) -> Option<Objective> {
    let better = match value.get("better")?.as_str()? {
        "smaller" => Better::Smaller,
        "larger" => Better::Larger,
        _ => return None,
    };
    Some(Objective { figure: small(value.get("figure")?)? as usize, better })
}

fn read_row(value: &Value, plan: &Plan) -> Option<Row> {
    let (point, run) = (small(value.get("point")?)?, small(value.get("run")?)?);
    if let Some(why) = value.get("impossible") {
        return Some(Row { point, run, got: Got::Impossible(why.as_str()?.to_string()) });
    }
    let values: Vec<Option<f64>> =
        value.get("values")?.as_array()?.iter().map(Value::as_f64).collect();
    let got = Figures {
        values,
        digest: value.get("digest")?.as_str()?.to_string(),
        requests: value.get("requests")?.as_u64()?,
        events: value.get("events")?.as_u64()?,
        stopped: value.get("stopped").and_then(Value::as_str).map(str::to_string),
    };
    (got.values.len() == plan.figures.len()).then_some(Row { point, run, got: Got::Played(got) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Unit;

    fn plan() -> Plan {
        let of =
            |name: &str, unit, may_never_come| Known { name: name.into(), unit, may_never_come };
        let wait = of("fleets.shop.pools.main.checkout_wait_s_p99", Unit::Seconds, false);
        let first = of("servers.redis.first_rejection_s", Unit::Seconds, true);
        let goal =
            |text: &str, known: &Known| Goal::read(text, std::slice::from_ref(known)).unwrap();
        let level = |text: &str, number| Level { texts: vec![text.into(); 2], number };
        let range = |values, scale| Knob { paths: vec!["a.b".into()], scale, values };
        Plan {
            scenario: "shop".into(),
            title: "A \"shop\"".into(),
            seed: "38".into(),
            set: vec!["duration=5min".into(), "claims=[]".into()],
            meant: "ab".into(),
            knobs: vec![
                Knob {
                    paths: vec!["x.y".into(), "z".into()],
                    scale: Scale::Time,
                    values: Values::Levels(vec![level("1s", Some(0.1 + 0.2)), level("none", None)]),
                },
                range(
                    Values::Range(Range::Triangular { low: 0.0, mode: 1.0, high: 2.5 }),
                    Scale::Share,
                ),
                range(Values::Range(Range::Normal { mean: 5.0, sd: 1.0 }), Scale::Count),
                range(Values::Range(Range::Uniform { low: 5.0, high: 9.0 }), Scale::Rate),
            ],
            design: Design::Samples(4),
            runs: Runs::Until { precision: 0.02, first: 10, most: 99 },
            goals: vec![goal(&format!("{} < 10ms", wait.name), &wait)],
            outage: Some(goal(&format!("{} != never", first.name), &first)),
            objectives: vec![Objective { figure: 1, better: Better::Larger }],
            figures: vec![wait, first],
        }
    }

    fn rows() -> Vec<Row> {
        let got = |values| Figures {
            values,
            digest: "d1".into(),
            requests: 12,
            events: 34,
            stopped: None,
        };
        let stopped =
            Figures { stopped: Some("time stands still".into()), ..got(vec![None, None]) };
        vec![
            Row { point: 0, run: 0, got: Got::Played(got(vec![Some(1.0 / 3.0), None])) },
            Row { point: 1, run: 0, got: Got::Impossible("max: \"no\"".into()) },
            Row { point: 3, run: 0, got: Got::Played(stopped) },
        ]
    }

    #[test]
    fn a_part_is_read_as_it_was_written() {
        for shard in [Shard::WHOLE, Shard { index: 0, of: 1 }] {
            let text = part(&plan(), shard, &rows());
            let back = read_part(&text).unwrap();
            assert_eq!((&back.plan, back.shard, back.whole), (&plan(), shard, true));
            assert_eq!(back.rows, rows());
            assert_eq!(part(&back.plan, back.shard, &back.rows), text);
        }
    }

    #[test]
    fn a_part_of_another_version_is_told_from_a_damaged_one() {
        let text = part(&plan(), Shard::WHOLE, &rows());
        let version = format!("\"highwater\":\"{}\"", env!("CARGO_PKG_VERSION"));
        let other = text.replacen(&version, "\"highwater\":\"9.9.9\"", 1);
        let bad = read_part(&other).unwrap_err();
        assert!(bad.other_version && bad.message.contains("9.9.9"), "{bad:?}");
        assert!(!read_part("{}\n").unwrap_err().other_version);
    }

    /// Whatever is cut off, what is before it is kept; no byte can be changed without notice.
    #[test]
    fn a_torn_part_gives_its_whole_lines_and_a_changed_one_is_refused() {
        let text = part(&plan(), Shard::WHOLE, &rows());
        let header = text.find('\n').unwrap() + 1;
        for end in header..text.len() {
            let torn = read_part(&text[..end]).unwrap();
            assert!(!torn.whole);
            assert_eq!(torn.rows, rows()[..torn.rows.len()]);
        }
        for end in 0..header {
            assert!(read_part(&text[..end]).is_err());
        }
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'7' { b'8' } else { b'7' };
            let changed = String::from_utf8(bytes).unwrap();
            assert!(read_part(&changed).map_or(true, |part| !part.whole), "byte {at}");
        }
    }
}
