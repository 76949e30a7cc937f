//! From what was written to knobs, every mistake at its place.

use super::super::meant::Scenario;
use super::super::merge::set;
use super::super::outside::cut_outside;
use super::super::overrides::literal;
use super::super::problems::{Findings, Place, Problems};
use super::super::scalar;
use super::super::table::{Kind, TOP};
use super::super::tree::{Node, Path};
use super::super::variant::overlap;
use super::{Knob, Level, Range, Scale, Values, Wanted};

/// Where problems of a knob are reported.
const VARY: &str = "--vary";
/// Values of one knob at most.
const MOST_LEVELS: f64 = 1e6;
/// Steps of a range in which something is looked for and that names none.
const SEARCH_STEPS: f64 = 64.0;

impl Scenario {
    /// Reads knobs as they are written on the command line.
    ///
    /// # Errors
    ///
    /// Every mistake at once: paths that lead nowhere, values that cannot stand there, empty ranges,
    /// steps that lead away, paths that two knobs turn.
    ///
    /// ```
    /// # let file = r#"{ "format": 1, "duration": "10min",
    /// #     "servers": { "redis": { "preset": "redis-7.2", "maxclients": 100 } },
    /// #     "fleets": { "shop": { "arrivals": { "poisson": { "rate": "50/s" } },
    /// #         "connections": { "main": { "pooled": { "max": 10 } } },
    /// #         "steps": [ { "call": { "server": "redis", "through": "main" } } ] } } }"#;
    /// # let load = |_: &str| Ok(file.as_bytes().to_vec());
    /// use highwater::scenario::{Wanted, read};
    ///
    /// let scenario = read("shop.json", &load, &[]).unwrap();
    /// let knobs = scenario.knobs(&["servers.redis.timeout=1min..4min*2".into()], Wanted::Levels);
    /// let labels: Vec<String> = knobs.unwrap()[0].levels().iter().map(|l| l.label()).collect();
    /// assert_eq!(labels, ["1min", "2min", "4min"]);
    /// ```
    pub fn knobs(&self, texts: &[String], wanted: Wanted) -> Result<Vec<Knob>, Problems> {
        let mut findings = Findings::default();
        let mut knobs: Vec<Knob> = Vec::new();
        for text in texts {
            let source = findings.add_source(VARY, text);
            let mut reader =
                Reader { scenario: self, wanted, source, text, findings: &mut findings };
            let Some(knob) = reader.knob() else { continue };
            let taken = knob.paths.iter().find(|path| {
                knobs.iter().flat_map(|other| &other.paths).any(|other| overlap(other, path))
            });
            match taken {
                Some(path) => {
                    let at = text.find(path.as_str()).unwrap_or(0);
                    let message = "another --vary turns it, or a part of it, already".to_string();
                    let place = Place::new(source, at, at + path.len());
                    findings.report(place, &Path::Key(&Path::Top, path), message);
                }
                None => knobs.push(knob),
            }
        }
        findings.into_problems().map_or(Ok(knobs), Err)
    }

    /// What kind of value stands at a path, or why nothing does.
    fn kind_at(&self, path: &str, place: Place) -> Result<Kind, (String, Option<String>)> {
        let Some(origin) = &self.origin else {
            return Err(("the scenario was not read from a file".to_string(), None));
        };
        let mut kind = None;
        let mut written = origin.written().clone();
        let found = set(&Kind::Object(&TOP), &mut written, path, |at| {
            kind = Some(*at);
            Node::empty(place)
        });
        match (found, kind) {
            (Ok(()), Some(kind)) => Ok(kind),
            (Err(no), _) => Err((no.message, no.hint)),
            (Ok(()), None) => Err(("nothing can stand there".to_string(), None)),
        }
    }
}

/// A piece of the text, with its place.
#[derive(Clone, Copy)]
struct Piece<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Piece<'t> {
    fn trimmed(self) -> Piece<'t> {
        let text = self.text.trim_start();
        Piece { text: text.trim_end(), at: self.at + self.text.len() - text.len() }
    }

    /// Cut at `separator` outside quotes and brackets.
    fn cut(self, separator: char) -> Vec<Piece<'t>> {
        let pieces = cut_outside(self.text, |c, _| c == separator);
        pieces.into_iter().map(|(at, text)| Piece { text, at: self.at + at }.trimmed()).collect()
    }

    fn split_once(self, separator: &str) -> Option<(Piece<'t>, Piece<'t>)> {
        let at = self.text.find(separator)?;
        let after = at + separator.len();
        let left = Piece { text: &self.text[..at], at: self.at };
        let right = Piece { text: &self.text[after..], at: self.at + after };
        Some((left.trimmed(), right.trimmed()))
    }
}

/// How a range goes on from its low end.
#[derive(Clone, Copy)]
enum Steps {
    Add(f64),
    Times(f64),
}

struct Reader<'a> {
    scenario: &'a Scenario,
    wanted: Wanted,
    source: u32,
    text: &'a str,
    findings: &'a mut Findings,
}

impl<'a> Reader<'a> {
    fn report(&mut self, piece: Piece, path: &str, message: String, hint: Option<String>) {
        let place = self.place(piece);
        self.findings.report_with(place, &Path::Key(&Path::Top, path), message, hint);
    }

    fn place(&self, piece: Piece) -> Place {
        Place::new(self.source, piece.at, piece.at + piece.text.len())
    }

    fn knob(&mut self) -> Option<Knob> {
        let whole = Piece { text: self.text, at: 0 };
        let Some((paths, values)) = whole.split_once("=") else {
            let message = "expected PATH=VALUES, such as servers.redis.timeout=0s,60s,300s or \
                           fleets.shop.instances=2..10:2";
            self.report(whole, "", message.to_string(), None);
            return None;
        };
        let mut named: Vec<(Piece, Kind)> = Vec::new();
        let paths = paths.cut(',');
        for (place, path) in paths.iter().enumerate() {
            if paths[..place].iter().any(|other| overlap(other.text, path.text)) {
                let message = "the path stands there twice".to_string();
                self.report(*path, path.text, message, None);
            }
            if path.text == "base" {
                let message = "a base cannot be set here: files have been read by now".to_string();
                self.report(*path, path.text, message, None);
            }
            match self.scenario.kind_at(path.text, self.place(*path)) {
                Ok(kind) => named.push((*path, kind)),
                Err((message, hint)) => self.report(*path, path.text, message, hint),
            }
        }
        if named.len() < paths.len() {
            return None;
        }
        let scales: Vec<Scale> = named.iter().map(|(_, kind)| Scale::of(kind)).collect();
        let same = scales.iter().all(|scale| *scale == scales[0]);
        let scale = if same { scales[0] } else { Scale::Words };
        let values = match self.range(values, scale, &named) {
            Some(values) => values?,
            None => self.list(values, scale, &named)?,
        };
        let paths = paths.iter().map(|path| path.text.to_string()).collect();
        Some(Knob { paths, scale, values })
    }

    /// The values as a range or a law; `None` when they are neither, `Some(None)` when they are a bad
    /// one.
    fn range(
        &mut self,
        values: Piece,
        scale: Scale,
        named: &[(Piece, Kind)],
    ) -> Option<Option<Values>> {
        if scale == Scale::Words {
            return None;
        }
        for law in ["uniform", "triangular", "normal"] {
            let inner = values
                .text
                .strip_prefix(law)
                .and_then(|rest| rest.trim_start().strip_prefix('(')?.trim_end().strip_suffix(')'));
            if let Some(inner) = inner {
                let at = values.at + values.text.find('(').map_or(0, |at| at + 1);
                return Some(self.law(law, values, Piece { text: inner, at }, scale, named));
            }
        }
        let (low, rest) = values.split_once("..")?;
        let sign = rest.text.find([':', '*']);
        let (high, step) = match sign {
            Some(at) => {
                let sign = &rest.text[at..=at];
                let (high, step) = rest.split_once(sign)?;
                (high, Some((sign == "*", step)))
            }
            None => (rest, None),
        };
        Some(self.between(values, (low, high, step), scale, named))
    }

    fn law(
        &mut self,
        law: &str,
        whole: Piece,
        inner: Piece,
        scale: Scale,
        named: &[(Piece, Kind)],
    ) -> Option<Values> {
        let path = named[0].0.text;
        if !matches!(self.wanted, Wanted::Draws | Wanted::Ranges) {
            let hint = Some("--samples N draws from it".to_string());
            self.report(whole, path, "a law has no values to try one by one".to_string(), hint);
            return None;
        }
        let parts = inner.cut(',');
        let wants = if law == "triangular" { 3 } else { 2 };
        if parts.len() != wants {
            let message = format!("{law} takes {wants} values; found {}", parts.len());
            let hint = Some("uniform(LO,HI), triangular(LO,MODE,HI), normal(MEAN,SD)".to_string());
            self.report(whole, path, message, hint);
            return None;
        }
        let numbers: Vec<Option<f64>> =
            parts.iter().map(|part| self.number(*part, scale, path)).collect();
        let numbers: Vec<f64> = numbers.into_iter().collect::<Option<_>>()?;
        let range = match numbers[..] {
            [low, high] if law == "uniform" => Range::Uniform { low, high },
            [mean, sd] => Range::Normal { mean, sd },
            [low, mode, high] => Range::Triangular { low, mode, high },
            _ => return None,
        };
        let in_order = match range {
            Range::Triangular { low, mode, high } => low <= mode && mode <= high && low < high,
            Range::Uniform { low, high } => low < high,
            Range::Normal { sd, .. } => sd > 0.0,
        };
        if !in_order {
            let message =
                "the range is empty: its values must rise, and a deviation must be above 0";
            self.report(whole, path, message.to_string(), None);
            return None;
        }
        let (low, high) = range.ends();
        self.allowed(whole, scale, (low, high), named).then_some(Values::Range(range))
    }

    /// Whether both ends may stand at every path.
    fn allowed(
        &mut self,
        whole: Piece,
        scale: Scale,
        (low, high): (f64, f64),
        named: &[(Piece, Kind)],
    ) -> bool {
        let mut fine = true;
        for (path, kind) in named {
            for end in [low, high] {
                let text = scale.text(scale.rounded(end));
                let node = literal(kind, &text, self.place(whole));
                if end < 0.0 || scalar::check(kind, &node).is_err() {
                    let found = if end < 0.0 { format!("{end}") } else { text };
                    let expected = scalar::expected(kind);
                    let message = format!("expected {expected}; the range reaches {found}");
                    self.report(whole, path.text, message, None);
                    fine = false;
                }
            }
        }
        fine
    }

    fn number(&mut self, piece: Piece, scale: Scale, path: &str) -> Option<f64> {
        let number = scale.read(piece.text);
        if number.is_none() {
            let example = match scale {
                Scale::Time => "a time with its unit, such as 5min",
                Scale::Rate => "a rate with its unit, such as 100/s",
                Scale::Size => "a size with its unit, such as 64MB",
                Scale::Share => "a share, such as 5%",
                Scale::Count => "a whole number",
                Scale::Number | Scale::Words => "a number",
            };
            let message = format!("expected {example}; found {:?}", piece.text);
            self.report(piece, path, message, None);
        }
        number
    }

    fn between(
        &mut self,
        whole: Piece,
        (low, high, step): (Piece, Piece, Option<(bool, Piece)>),
        scale: Scale,
        named: &[(Piece, Kind)],
    ) -> Option<Values> {
        let path = named[0].0.text;
        let ends = (self.number(low, scale, path), self.number(high, scale, path));
        let steps = match step {
            None => Some(None),
            Some((true, factor)) => {
                self.number(factor, Scale::Number, path).map(|factor| Some(Steps::Times(factor)))
            }
            Some((false, step)) => {
                self.number(step, scale, path).map(|step| Some(Steps::Add(step)))
            }
        };
        let ((Some(from), Some(to)), Some(steps)) = (ends, steps) else { return None };
        let bad = |reader: &mut Self, message: &str, hint: Option<&str>| {
            reader.report(whole, path, message.to_string(), hint.map(str::to_string));
            None
        };
        if from > to {
            return bad(self, "the range is empty: its first end is above its second", None);
        }
        if !self.allowed(whole, scale, (from, to), named) {
            return None;
        }
        let draws = matches!(self.wanted, Wanted::Draws | Wanted::Ranges);
        let steps = match steps {
            None if draws && from == to => {
                return bad(self, "the range is empty: both ends are the same", None);
            }
            None if draws => {
                return Some(Values::Range(Range::Uniform { low: from, high: to }));
            }
            None if self.wanted == Wanted::Levels => {
                let hint = "LO..HI:STEP, LO..HI*FACTOR, or --samples N to draw from it";
                return bad(self, "expected a step after the range", Some(hint));
            }
            None if scale == Scale::Count && to - from <= MOST_LEVELS => Steps::Add(1.0),
            None => Steps::Add((to - from) / SEARCH_STEPS),
            Some(steps) => steps,
        };
        let mut numbers: Vec<f64> = Vec::new();
        match steps {
            // A range of one value needs no step.
            _ if from == to => numbers.push(from),
            Steps::Add(step) if step <= 0.0 => return bad(self, "a step must be above 0", None),
            Steps::Times(factor) if factor <= 1.0 => {
                return bad(self, "a factor must be above 1", None);
            }
            Steps::Times(_) if from <= 0.0 => {
                return bad(self, "a factor needs a first value above 0", None);
            }
            Steps::Add(step) if (to - from) / step > MOST_LEVELS => {
                return bad(self, "more than a million values", Some("take a larger step"));
            }
            Steps::Times(factor) if libm::log(to / from) / libm::log(factor) > MOST_LEVELS => {
                return bad(self, "more than a million values", Some("take a larger factor"));
            }
            Steps::Add(step) => {
                let count = libm::floor((to - from) / step * (1.0 + 1e-12)) as u32;
                numbers.extend((0..=count).map(|i| scale.rounded(from + f64::from(i) * step)));
            }
            Steps::Times(factor) => {
                let mut at = from;
                while at <= to * (1.0 + 1e-12) {
                    numbers.push(scale.rounded(at).min(to));
                    at *= factor;
                }
            }
        }
        numbers.dedup();
        let knob = Knob {
            paths: vec![String::new(); named.len()],
            scale,
            values: Values::Levels(Vec::new()),
        };
        Some(Values::Levels(numbers.into_iter().map(|number| knob.level(number)).collect()))
    }

    fn list(&mut self, values: Piece, scale: Scale, named: &[(Piece, Kind)]) -> Option<Values> {
        let path = named[0].0.text;
        if values.text.is_empty() {
            self.report(values, path, "expected values after the equals sign".to_string(), None);
            return None;
        }
        if self.wanted == Wanted::Ranges {
            let hint = Some("such as 10..200".to_string());
            self.report(values, path, "expected a range, LO..HI".to_string(), hint);
            return None;
        }
        let before = self.findings.count();
        let mut levels: Vec<Level> = Vec::new();
        for part in values.cut(',') {
            let own = part.cut(';');
            if own.len() != 1 && own.len() != named.len() {
                let (found, paths) = (own.len(), named.len());
                let message = format!(
                    "expected one value, or one for each of {paths} paths with ; between them; found {found}"
                );
                self.report(part, path, message, None);
                continue;
            }
            let of_path = |i: usize| if own.len() == 1 { own[0] } else { own[i] };
            for (i, (path, kind)) in named.iter().enumerate() {
                let piece = of_path(i);
                let node = literal(kind, piece.text, self.place(piece));
                if let Err(no) = scalar::check(kind, &node) {
                    let message = format!("expected {}; found {}", no.expected, node.describe());
                    self.report(piece, path.text, message, no.hint);
                }
            }
            let texts: Vec<String> =
                (0..named.len()).map(|i| of_path(i).text.to_string()).collect();
            let number = if own.len() == 1 { scale.read(own[0].text) } else { None };
            match levels.iter().any(|level| level.texts == texts) {
                true => self.report(part, path, "the value stands there twice".to_string(), None),
                false => levels.push(Level { texts, number }),
            }
        }
        (self.findings.count() == before).then_some(Values::Levels(levels))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"{
        "format": 1, "duration": "10min",
        "servers": { "redis": { "preset": "redis-7.2", "maxclients": 100 } },
        "fleets": { "shop": {
            "arrivals": { "poisson": { "rate": "50/s" } },
            "connections": { "main": { "pooled": { "max": 10 } } },
            "steps": [ { "call": { "server": "redis", "through": "main" } } ]
        } }
    }"#;
    const MAX: &str = "fleets.shop.connections.main.pooled.max";

    fn knobs(texts: &[&str], wanted: Wanted) -> Result<Vec<Knob>, String> {
        let load = |_: &str| Ok(FILE.as_bytes().to_vec());
        let scenario = super::super::super::read("shop.json", &load, &[]).unwrap();
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_string()).collect();
        scenario.knobs(&texts, wanted).map_err(|problems| problems.to_string())
    }

    fn labels(text: &str) -> Vec<String> {
        let knobs = knobs(&[text], Wanted::Levels).unwrap();
        knobs[0].levels().iter().map(Level::label).collect()
    }

    #[test]
    fn lists_and_steps() {
        assert_eq!(labels(&format!("{MAX}=50..200:50")), ["50", "100", "150", "200"]);
        assert_eq!(labels(&format!("{MAX}=50..190:50")), ["50", "100", "150"]);
        assert_eq!(labels(&format!("{MAX}=10..100*3")), ["10", "30", "90"]);
        assert_eq!(labels(&format!("{MAX}=1..4*1.5")), ["1", "2", "3"]);
        assert_eq!(labels("servers.redis.timeout=0s,60s,5min"), ["0s", "60s", "5min"]);
        assert_eq!(labels("network.loss=0%..1%:0.25%"), ["0", "0.0025", "0.005", "0.0075", "0.01"]);
        assert_eq!(
            labels("fleets.shop.arrivals.poisson.rate=10/s..30/s:10/s"),
            ["10/s", "20/s", "30/s"]
        );
        assert_eq!(labels("network.delay={\"constant\": \"1ms\"},{\"uniform\": {\"min\": \"1ms\", \"max\": \"2ms\"}}").len(), 2);
        assert_eq!(labels(&format!("{MAX}=7..7:1")), ["7"]);
    }

    #[test]
    fn linked_paths_move_together() {
        let text = format!("{MAX},servers.redis.maxclients=10,20");
        let levels = &knobs(&[&text], Wanted::Levels).unwrap()[0];
        assert_eq!(levels.levels()[1].texts, ["20", "20"]);
        let text = format!("{MAX},servers.redis.timeout=10;1min,20;2min");
        let knob = &knobs(&[&text], Wanted::Levels).unwrap()[0];
        assert_eq!(knob.levels()[1].texts, ["20", "2min"]);
        assert_eq!((knob.scale, knob.levels()[1].number), (Scale::Words, None));
        let settings: Vec<_> = knob.settings(&knob.levels()[0]).collect();
        assert_eq!(settings, [(MAX, "10"), ("servers.redis.timeout", "1min")]);
    }

    #[test]
    fn laws_are_for_draws() {
        let of = |text: &str| {
            knobs(&[&format!("{MAX}={text}")], Wanted::Draws).map(|knobs| knobs[0].values.clone())
        };
        assert_eq!(of("5..9"), Ok(Values::Range(Range::Uniform { low: 5.0, high: 9.0 })));
        assert_eq!(
            of("triangular(5, 6, 9)"),
            Ok(Values::Range(Range::Triangular { low: 5.0, mode: 6.0, high: 9.0 }))
        );
        assert_eq!(of("normal(50,10)"), Ok(Values::Range(Range::Normal { mean: 50.0, sd: 10.0 })));
        assert!(of("normal(50,20)").unwrap_err().contains("the range reaches -30"));
        assert!(of("triangular(5,4,9)").unwrap_err().contains("empty"));
        assert!(of("uniform(5)").unwrap_err().contains("takes 2 values; found 1"));
        assert!(matches!(of("5,6"), Ok(Values::Levels(levels)) if levels.len() == 2));
        assert!(
            knobs(&[&format!("{MAX}=5..9")], Wanted::Levels).unwrap_err().contains("--samples")
        );
        assert!(knobs(&[&format!("{MAX}=5,9")], Wanted::Ranges).unwrap_err().contains("LO..HI"));
        let search = knobs(&[&format!("{MAX}=5..9")], Wanted::Search).unwrap();
        assert_eq!(search[0].levels().len(), 5);
        let search = knobs(&["servers.redis.timeout=0s..64s"], Wanted::Search).unwrap();
        assert_eq!(search[0].levels().len(), 65);
    }

    #[test]
    fn every_mistake_has_its_place() {
        let texts = [
            "servers.redis.maxclient=1,2",
            &format!("{MAX}=ten,20"),
            &format!("{MAX}=20..10:5"),
            &format!("{MAX}=1..9999:0"),
            "servers.redis.timeout=1..10:1",
            "network.loss=0%..100%:0.00001%",
            "servers.redis.timeout=",
            "nonsense",
            "servers.redis.timeout=5s,5s",
        ];
        let found = knobs(&texts, Wanted::Levels).unwrap_err();
        insta::assert_snapshot!(found);
    }

    #[test]
    fn a_path_is_turned_by_one_knob() {
        let found = knobs(
            &[
                "fleets.shop.arrivals={\"poisson\":{\"rate\":\"1/s\"}}",
                "fleets.shop.arrivals.poisson.rate=1/s,2/s",
            ],
            Wanted::Levels,
        );
        assert!(found.unwrap_err().contains("another --vary turns it"));
    }

    #[test]
    fn short_names_tell_knobs_apart() {
        let all =
            knobs(&[&format!("{MAX}=1,2"), "servers.redis.timeout=1s"], Wanted::Levels).unwrap();
        assert_eq!(
            (all[0].short_name(&all), all[1].short_name(&all)),
            ("max".into(), "timeout".into())
        );
    }
}
