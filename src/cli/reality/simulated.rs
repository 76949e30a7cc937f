//! The same scenario, simulated: what the live run is held against.

use highwater::claims::measure;
use highwater::experiment::simulate;
use highwater::model::Errand;
use highwater::observe::Record;
use highwater::scenario::{Beyond, Cause, Claim, ClaimTest, Measure, Scenario, Verdict};
use highwater::units::{SimTime, Span, Unit};

/// The distance of two rows that the bands are read from, at most.
const STEP_MAX: Span = Span::from_ns(10_000_000);

/// A simulated run with rows close together.
#[derive(Debug)]
pub struct Simulated {
    /// Its record; rows are [`Simulated::step`] apart.
    pub record: Record,
    /// The distance of two rows.
    pub step: Span,
    /// When the first connection was refused, in seconds; infinite when none was.
    pub first_rejection_s: f64,
    /// The number, from 1, of the first request that was refused.
    pub first_refused: Option<u64>,
    /// Requests that failed for what the driver does not bring about: cause and how many.
    pub strange: Vec<(&'static str, u64)>,
    /// The most sockets that the clients had at once, or a little more.
    pub sockets: u64,
}

/// Simulates run 0 of a scenario.
pub fn simulated(scenario: &Scenario, errands: &[Errand]) -> Simulated {
    let mut scenario = scenario.clone();
    let parts = scenario.sample_every.as_ns().div_ceil(STEP_MAX.as_ns());
    scenario.sample_every = Span::from_ns(scenario.sample_every.as_ns().div_ceil(parts));
    scenario.keep_requests = true;
    let rejected = rejected_series(&scenario);
    let first = Measure::FirstTime { series: rejected, beyond: Beyond::Above(0.0) };
    scenario.claims = vec![claim(first.clone())];
    let mut refused: Option<SimTime> = None;
    let record = simulate(&scenario, 0, &mut |record| {
        let began = record.ended.iter().filter(|end| end.cause == Some(Cause::Rejected));
        refused = began.map(|end| end.began).chain(refused).min();
    });
    let number = |began: SimTime| errands.iter().take_while(|errand| errand.at < began).count() + 1;
    Simulated {
        first_rejection_s: measure(&first, &record).unwrap_or(f64::INFINITY),
        first_refused: refused.map(|began| number(began) as u64),
        strange: strange(&record),
        sockets: sockets(&record),
        step: scenario.sample_every,
        record,
    }
}

/// The series of the refusals of the only server.
pub fn rejected_series(scenario: &Scenario) -> String {
    format!("servers.{}.rejected_connections", scenario.settings.servers[0].name)
}

/// A claim that makes the recorder keep the exact instant of what it measures.
fn claim(measure: Measure) -> Claim {
    let (expect, within, unit) = (0.0, 0.0, Unit::Seconds);
    Claim {
        id: "first-rejection".to_string(),
        says: String::new(),
        source: String::new(),
        test: ClaimTest::Outcome { measure, expect, within, unit },
        wanted: Verdict::NotTestable,
    }
}

fn strange(record: &Record) -> Vec<(&'static str, u64)> {
    let brought = [
        Cause::Rejected,
        Cause::ConnectTimeout,
        Cause::ReadTimeout,
        Cause::StaleConnection,
        Cause::ConnectionLost,
    ];
    let causes = Cause::ALL.into_iter().filter(|cause| !brought.contains(cause));
    let count = |cause: &Cause| {
        let ending = format!(".failed_by.{}", cause.name());
        let of_cause = record.series.iter().filter(|series| series.name.ends_with(&ending));
        of_cause.filter_map(|series| series.values.last()).sum::<f64>() as u64
    };
    causes.map(|cause| (cause.name(), count(&cause))).filter(|(_, count)| *count > 0).collect()
}

/// The most descriptors at a row and the most requests in flight, added up over the fleets.
fn sockets(record: &Record) -> u64 {
    let most = |ending: &str| {
        let series = record.series.iter().filter(|series| series.name.ends_with(ending));
        let values = series.map(|series| series.peaks.as_ref().unwrap_or(&series.values));
        values.map(|values| values.iter().copied().fold(0.0, f64::max)).sum::<f64>() as u64
    };
    most(".descriptors") + most(".in_flight")
}
