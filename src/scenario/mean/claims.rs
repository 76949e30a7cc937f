//! Claims: what they measure, in base units.

use std::collections::BTreeSet;

use super::quantity::{quantity, tolerance};
use super::series::{SeriesInfo, series};
use super::timeline::State;
use super::{Reading, recorded, recovery};
use crate::scenario::hints::nearest;
use crate::scenario::meant::{
    Alternative, Beyond, Claim, ClaimTest, Entry, Extreme, Measure, Settings, Verdict,
};
use crate::scenario::scalar;
use crate::scenario::table::MEASURE;
use crate::scenario::table::claims::{ALTERNATIVE, CLAIM};
use crate::scenario::tree::Node;
use crate::scenario::variant::Change;
use crate::scenario::view::{Chosen, View};
use crate::units::{SimTime, Span, Start, Unit, duration};

/// What goals call the share of runs that end in an outage.
const OUTAGE: &str = "outage";

/// What claims are read against.
pub(super) struct Ground<'a> {
    series: Vec<SeriesInfo>,
    pub(super) from: SimTime,
    pub(super) sample_every: Span,
    pub(super) start: Option<Start>,
    pub(super) to: SimTime,
    pub(super) written: &'a Node,
    pub(super) settings: &'a Settings,
}

/// The claims, in the order of the file.
pub(super) fn claims(
    top: &View,
    written: &Node,
    settings: &Settings,
    timeline: &[Entry],
    end: SimTime,
    reading: &mut Reading,
) -> Vec<Claim> {
    let ground = Ground {
        series: series(settings, timeline),
        from: top.time("warm_up"),
        to: end,
        sample_every: top.span("sample_every"),
        start: top.sub("about").find("start").and_then(scalar::instant),
        written,
        settings,
    };
    let mut ids = BTreeSet::new();
    let mut claims = Vec::new();
    for (index, node) in top.items("claims").iter().enumerate() {
        let view = View::new(node, &CLAIM);
        let path = format!("claims.{index}");
        let id = view.text("id");
        if !id.is_empty() && !ids.insert(id.to_string()) || id == OUTAGE {
            let message = format!("expected an id of its own; {id:?} is taken");
            let hint =
                (id == OUTAGE).then(|| "goals mean the share of runs with one by it".to_string());
            reading.at(view.node("id"), &format!("{path}.id"), message, hint);
        }
        claims.push(ground.claim(&view, &path, reading));
    }
    let assumes = |claim: &&Claim| matches!(claim.test, ClaimTest::Assumption(_));
    let assumed = claims.iter().filter(assumes).count();
    if assumed > MOST_ASSUMPTIONS {
        let message =
            format!("expected at most {MOST_ASSUMPTIONS} claims with `assume`; found {assumed}");
        let hint = Some("each is simulated on its own; split the file".to_string());
        reading.at(top.node("claims"), "claims", message, hint);
    }
    claims
}

/// What could have been otherwise, in the order of the file.
pub(super) fn alternatives(
    top: &View,
    written: &Node,
    settings: &Settings,
    reading: &mut Reading,
) -> Vec<Alternative> {
    let claims = top.items("claims").iter();
    let mut ids: BTreeSet<&str> =
        claims.map(|node| View::new(node, &CLAIM).text("id")).filter(|id| !id.is_empty()).collect();
    let mut alternatives = Vec::new();
    for (index, node) in top.items("alternatives").iter().enumerate() {
        let view = View::new(node, &ALTERNATIVE);
        let path = format!("alternatives.{index}");
        let id = view.text("id");
        if !id.is_empty() && !ids.insert(id) {
            let message = format!(
                "expected an id that no claim and no other alternative has; {id:?} is taken"
            );
            reading.at(view.node("id"), &format!("{path}.id"), message, None);
        }
        let set = view.node("set");
        State::new(written, settings).assume(set, &format!("{path}.set"), reading);
        let (id, says) = (id.to_string(), view.text("says").to_string());
        alternatives.push(Alternative { id, says, change: Change::of(set) });
    }
    alternatives
}

/// Claims that assume settings at most: an audit plays the scenario once for each.
const MOST_ASSUMPTIONS: usize = 60;

const VERDICTS: &[(&str, Verdict)] = &[
    ("holds", Verdict::Holds),
    ("contradicted", Verdict::Contradicted),
    ("undecided", Verdict::Undecided),
    ("not_testable", Verdict::NotTestable),
];

impl Ground<'_> {
    fn claim(&self, view: &View, path: &str, reading: &mut Reading) -> Claim {
        let wanted = view.word("verdict", VERDICTS);
        let known = reading.findings.count();
        let test = self.test(view, path, reading);
        if reading.findings.count() == known {
            fits(&test, wanted, view.node("verdict"), &format!("{path}.verdict"), reading);
        }
        Claim {
            id: view.text("id").to_string(),
            says: view.text("says").to_string(),
            source: view.text("source").to_string(),
            test,
            wanted,
        }
    }

    fn test(&self, view: &View, path: &str, reading: &mut Reading) -> ClaimTest {
        let expect = view.find("expect");
        let within = view.find("within");
        let assume = view.find("assume");
        let Some(measure) = view.find("measure") else {
            for (key, node) in [("expect", expect), ("within", within)] {
                if let Some(node) = node {
                    let message = "expected `measure` beside it; found none";
                    reading.at(node, &format!("{path}.{key}"), message, None);
                }
            }
            return match assume {
                Some(assume) => self.assumption(assume, path, reading),
                None => ClaimTest::Nothing,
            };
        };
        if let Some(assume) = assume {
            let message = "expected either `measure` or `assume`; found both";
            reading.at(assume, &format!("{path}.assume"), message, None);
        }
        let known = reading.findings.count();
        let (measure, unit) = self.measure(measure, &format!("{path}.measure"), reading);
        if reading.findings.count() > known {
            // Without knowing what is measured the unit of the rest is not known either.
            return ClaimTest::Nothing;
        }
        if let Some(never) = expect.filter(|node| node.as_text() == Some("never")) {
            return never_comes(measure, unit, never, path, reading);
        }
        let no_distance = matches!(measure, Measure::Recorded(_)) && expect.is_none();
        let (Some(within), true) = (within, no_distance || expect.is_some()) else {
            let message = "expected `expect` and `within` beside `measure`";
            reading.at(view.node, path, message, None);
            return ClaimTest::Nothing;
        };
        let expect = expect.map(|node| quantity(node, unit, &format!("{path}.expect"), reading));
        let expect = expect.unwrap_or_default();
        // Of no distance at all there is no per cent.
        let whole = match &measure {
            Measure::Recorded(recorded) => recorded.spread(),
            _ => expect,
        };
        let within = tolerance(within, unit, whole, &format!("{path}.within"), reading);
        ClaimTest::Outcome { measure, expect, within, unit }
    }

    /// A setting taken for granted: it must be one that the scenario could have.
    fn assumption(&self, assume: &Node, path: &str, reading: &mut Reading) -> ClaimTest {
        let mut state = State::new(self.written, self.settings);
        state.assume(assume, &format!("{path}.assume"), reading);
        ClaimTest::Assumption(Change::of(assume))
    }

    fn measure(&self, node: &Node, path: &str, reading: &mut Reading) -> (Measure, Unit) {
        let chosen = Chosen::new(node, &MEASURE);
        let view = chosen.view();
        let path = format!("{path}.{}", chosen.tag);
        let path = path.as_str();
        match chosen.tag {
            "first_time" => {
                let (series, unit) = self.sampled(&view, "series", path, reading);
                let beyond = beyond(&view, unit, path, reading);
                (Measure::FirstTime { series, beyond }, Unit::Seconds)
            }
            "value_at" => {
                let (series, unit) = self.sampled(&view, "series", path, reading);
                let at = self.instant(&view, "at", path, self.to, reading);
                (Measure::ValueAt { series, at }, unit)
            }
            "ratio" => {
                let of = self.counter(&view, "of", path, reading);
                let to = self.counter(&view, "to", path, reading);
                let (from, until) = self.range(&view, "until", path, reading);
                (Measure::Ratio { of, to, from, until }, Unit::Ratio)
            }
            "quantile" => {
                let series = self.latency(&view, path, reading);
                let (from, to) = self.range(&view, "to", path, reading);
                let q = view.share("q").share();
                (Measure::Quantile { series, q, from, to }, Unit::Seconds)
            }
            "count" => {
                let (from, to) = self.range(&view, "to", path, reading);
                let event = view.text("event").to_string();
                (Measure::Count { event, from, to }, Unit::Count)
            }
            "recorded" => recorded::measure(self, &view, path, reading),
            "recovers" | "tips" => recovery::measure(self, chosen.tag, &view, path, reading),
            extreme => {
                let (series, unit) = self.sampled(&view, "series", path, reading);
                let (from, to) = self.range(&view, "to", path, reading);
                (Measure::Extreme { kind: kind_of(extreme), series, from, to }, unit)
            }
        }
    }

    /// From and to; without them the run after its warm-up.
    pub(super) fn range(
        &self,
        view: &View,
        end: &'static str,
        path: &str,
        reading: &mut Reading,
    ) -> (SimTime, SimTime) {
        let from = self.instant(view, "from", path, self.from, reading);
        let to = self.instant(view, end, path, self.to, reading);
        // Without either the range is that of the run, and a warm-up that fills it was reported.
        let written = view.find("from").or(view.find(end));
        if let Some(node) = written.filter(|_| from >= to) {
            reading.at(node, path, "expected a range that ends after it begins", None);
        } else if let Some(node) = written.filter(|_| to.since(from) < self.sample_every) {
            let hint = "make the range longer, or sample_every shorter".to_string();
            let found = "expected a range of at least one sample_every: no row may lie inside";
            reading.at(node, path, found, Some(hint));
        }
        (from, to)
    }

    pub(super) fn instant(
        &self,
        view: &View,
        key: &'static str,
        path: &str,
        default: SimTime,
        reading: &mut Reading,
    ) -> SimTime {
        let Some(node) = view.find(key) else { return default };
        let at = SimTime::ZERO + scalar::span(node).unwrap_or_default();
        if at > self.to {
            let end = duration(self.to.since(SimTime::ZERO));
            let message = format!("expected an instant within the duration of {end}");
            reading.at(node, &format!("{path}.{key}"), message, None);
        }
        at
    }

    pub(super) fn sampled(
        &self,
        view: &View,
        key: &'static str,
        path: &str,
        reading: &mut Reading,
    ) -> (String, Unit) {
        let name = view.text(key);
        let hint = "quantile measures it";
        let found = self.series(view.node(key), key, path, reading, "a series", |info| {
            (!info.latency).then_some(()).ok_or(hint)
        });
        (name.to_string(), found.map_or(Unit::Count, |info| info.unit))
    }

    fn counter(&self, view: &View, key: &'static str, path: &str, reading: &mut Reading) -> String {
        let hint = "it goes up and down; a ratio compares how much two counters rise";
        self.series(view.node(key), key, path, reading, "a counter", |info| {
            info.counter.then_some(()).ok_or(hint)
        });
        view.text(key).to_string()
    }

    fn latency(&self, view: &View, path: &str, reading: &mut Reading) -> String {
        let hint = "max, min, mean and value_at measure it";
        let what = "a latency or a wait";
        self.series(view.node("series"), "series", path, reading, what, |info| {
            info.latency.then_some(()).ok_or(hint)
        });
        view.text("series").to_string()
    }

    /// The series that `node` names, when there is one and it is fit for the measure.
    fn series(
        &self,
        node: &Node,
        key: &str,
        path: &str,
        reading: &mut Reading,
        what: &str,
        fit: impl Fn(&SeriesInfo) -> Result<(), &'static str>,
    ) -> Option<&SeriesInfo> {
        let name = node.as_text().unwrap_or_default();
        // An empty name stands for one that has been reported already.
        if name.is_empty() {
            return None;
        }
        let path = format!("{path}.{key}");
        let Some(info) = self.series.iter().find(|info| info.name == name) else {
            let known = self.series.iter().filter(|info| fit(info).is_ok());
            let hint = nearest(name, known.map(|info| info.name.as_str()));
            let hint = hint.or_else(|| Some("the reference page lists the series".to_string()));
            let message = format!("this scenario has no series {}", node.describe());
            reading.at(node, &path, message, hint);
            return None;
        };
        if let Err(hint) = fit(info) {
            let message = format!("expected {what}; found {}", node.describe());
            reading.at(node, &path, message, Some(hint.to_string()));
        }
        Some(info)
    }
}

/// The claim that something never comes; it allows no difference.
fn never_comes(
    measure: Measure,
    unit: Unit,
    expect: &Node,
    path: &str,
    reading: &mut Reading,
) -> ClaimTest {
    if !measure.may_never_come() {
        let message = "expected a value; only first_time, recovers and tips can be never";
        reading.at(expect, &format!("{path}.expect"), message, None);
    }
    ClaimTest::Outcome { measure, expect: f64::INFINITY, within: 0.0, unit }
}

/// A verdict is wanted of what is tested, and of nothing else.
fn fits(test: &ClaimTest, wanted: Verdict, node: &Node, path: &str, reading: &mut Reading) {
    match test {
        ClaimTest::Nothing if wanted != Verdict::NotTestable => {
            let message = "expected \"not_testable\": nothing is measured and nothing assumed";
            let hint = Some("add `measure`, `expect` and `within`".to_string());
            reading.at(node, path, message, hint);
        }
        ClaimTest::Outcome { .. } if wanted == Verdict::NotTestable => {
            let message = "expected another verdict than \"not_testable\": this is measured";
            reading.at(node, path, message, None);
        }
        _ => {}
    }
}

fn kind_of(tag: &str) -> Extreme {
    match tag {
        "max" => Extreme::Max,
        "min" => Extreme::Min,
        "mean" => Extreme::Mean,
        _ => unreachable!("every measure is read"),
    }
}

fn beyond(view: &View, unit: Unit, path: &str, reading: &mut Reading) -> Beyond {
    match (view.find("above"), view.find("below")) {
        (None, Some(below)) => {
            Beyond::Below(quantity(below, unit, &format!("{path}.below"), reading))
        }
        (above, _) => {
            let above = above.map(|node| quantity(node, unit, &format!("{path}.above"), reading));
            Beyond::Above(above.unwrap_or_default())
        }
    }
}
