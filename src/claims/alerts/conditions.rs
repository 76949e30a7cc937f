//! One rule in one run: at which scrapes it was so, and at which nothing was to be seen.

use crate::observe::{Record, Scrapes};
use crate::scenario::{Alert, Beyond, Condition, Figure};
use crate::units::{SimTime, Span};

/// A stretch of time, from one scrape to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The first scrape at which it was so.
    pub from: SimTime,
    /// The first scrape at which it was so no more; `None` when it was to the end of the run.
    pub to: Option<SimTime>,
}

/// What came of a rule in one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watched {
    /// When it fired, and until when.
    pub firings: Vec<Stretch>,
    /// When a figure that it needs could not be seen.
    pub blind: Vec<Stretch>,
}

/// Tests a rule on a run, scrape by scrape.
///
/// What a scraper does not get is not there: neither `value` nor `rise` holds of it, and a rule that was
/// about to fire begins anew. So it is in Prometheus, which marks a series stale with the first scrape
/// that does not bring it (a rise is then still told from older scrapes, while the window has two).
pub fn watch(alert: &Alert, record: &Record) -> Watched {
    let Some(scrapes) = record.scrapes.iter().find(|scrapes| scrapes.every == alert.every) else {
        return Watched::default();
    };
    let eyes: Vec<_> = alert.when.figures().into_iter().map(|figure| figure.eye).collect();
    let blind = |index: usize| eyes.iter().any(|eye| scrapes.is_blind(*eye, index));
    let blind: Vec<bool> = (0..scrapes.times.len()).map(blind).collect();
    let so = holds(&alert.when, scrapes);
    Watched {
        firings: stretches(&scrapes.times, &held(&scrapes.times, &so, alert.hold)),
        blind: stretches(&scrapes.times, &blind),
    }
}

/// Where it has been so for at least `hold`, scrape after scrape.
fn held(times: &[SimTime], so: &[bool], hold: Span) -> Vec<bool> {
    let mut since = None;
    let mut fires = |(at, so): (&SimTime, &bool)| {
        since = so.then(|| since.unwrap_or(*at));
        since.is_some_and(|since| at.since(since) >= hold)
    };
    times.iter().zip(so).map(&mut fires).collect()
}

fn stretches(times: &[SimTime], so: &[bool]) -> Vec<Stretch> {
    let mut all: Vec<Stretch> = Vec::new();
    let mut before = false;
    for (at, so) in times.iter().zip(so) {
        match (before, so) {
            (false, true) => all.push(Stretch { from: *at, to: None }),
            (true, false) => all.iter_mut().last().into_iter().for_each(|s| s.to = Some(*at)),
            _ => {}
        }
        before = *so;
    }
    all
}

/// Whether a condition was met, at every scrape.
fn holds(condition: &Condition, scrapes: &Scrapes) -> Vec<bool> {
    let every = 0..scrapes.times.len();
    match condition {
        Condition::Value { figure, of, beyond } => {
            let figure = seen(figure, scrapes);
            let of = of.as_ref().map(|of| seen(of, scrapes));
            every.map(|i| met(*beyond, figure[i], of.as_ref().map(|of| of[i]))).collect()
        }
        Condition::Rise { counter, of, over, beyond } => {
            let counter = rises(counter, *over, scrapes);
            let of = of.as_ref().map(|of| rises(of, *over, scrapes));
            every.map(|i| met(*beyond, counter[i], of.as_ref().map(|of| of[i]))).collect()
        }
        Condition::Absent(figure) => every.map(|i| scrapes.is_blind(figure.eye, i)).collect(),
        Condition::All(each) => combined(each, scrapes, |met| met.iter().all(|met| *met)),
        Condition::Any(each) => combined(each, scrapes, |met| met.iter().any(|met| *met)),
    }
}

fn combined(each: &[Condition], scrapes: &Scrapes, of: impl Fn(&[bool]) -> bool) -> Vec<bool> {
    let each: Vec<Vec<bool>> = each.iter().map(|condition| holds(condition, scrapes)).collect();
    let at = |index: usize| -> Vec<bool> { each.iter().map(|met| met[index]).collect() };
    (0..scrapes.times.len()).map(|index| of(&at(index))).collect()
}

/// Whether a value, or its share of another, is beyond the bound. What is missing is not, and of nothing
/// there is no share.
fn met(beyond: Beyond, value: Option<f64>, of: Option<Option<f64>>) -> bool {
    let value = match of {
        None => value,
        Some(of) => value.zip(of).map(|(value, of)| value / of),
    };
    value.is_some_and(|value| match beyond {
        Beyond::Above(bound) => value > bound,
        Beyond::Below(bound) => value < bound,
    })
}

/// What each scrape has brought of a figure.
fn seen(figure: &Figure, scrapes: &Scrapes) -> Vec<Option<f64>> {
    let values = scrapes.values(&figure.sight).unwrap_or_default();
    let value = |index: usize| {
        let value = values.get(index).copied().filter(|value| value.is_finite());
        value.filter(|_| !scrapes.is_blind(figure.eye, index))
    };
    (0..scrapes.times.len()).map(value).collect()
}

/// How much a counter has risen, in a window before each scrape, between the first and the last scrape
/// that brought it.
fn rises(counter: &Figure, over: Span, scrapes: &Scrapes) -> Vec<Option<f64>> {
    let answered: Vec<(SimTime, f64)> = seen(counter, scrapes)
        .into_iter()
        .zip(&scrapes.times)
        .filter_map(|(value, at)| Some((*at, value?)))
        .collect();
    let rise = |at: &SimTime| {
        // A window that begins before the run holds all of it.
        let begins = SimTime::from_ns(at.as_ns().saturating_sub(over.as_ns()));
        let first = answered.partition_point(|(scraped, _)| *scraped < begins);
        let end = answered.partition_point(|(scraped, _)| scraped <= at);
        match answered.get(first..end) {
            Some([(_, first), .., (_, last)]) => Some(last - first),
            _ => None,
        }
    };
    scrapes.times.iter().map(rise).collect()
}
