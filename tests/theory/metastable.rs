//! A trigger that ends and a collapse that does not: N. Bronson et al., "Metastable Failures in
//! Distributed Systems", HotOS 2021, section 2.1. A database that is fine below 300 queries a second,
//! clients that give up after a second and ask once more at once, a pause of ten seconds in which
//! queries queue. The figures are those of reference case L01, 20 runs of an independent program.

use highwater::scenario::*;
use highwater::theory::mean_interval;
use highwater::units::Span;
use rayon::prelude::*;

use crate::support::*;

/// The database under a load, with a pause from 20 s to 30 s.
fn database(load: f64, attempts: u32, duration: &str) -> Scenario {
    let shared = Strategy::Shared(Shared::plain(1));
    let mut clients = fleet(poisson(load), shared, Dist::Constant(Span::ZERO));
    let cost = Dist::Exponential { mean: Span::from_secs_f64(1.0 / 300.0) };
    clients.steps =
        vec![Step::Call(Call { cost: Some(cost), timeout: Some(span("1s")), ..call() })];
    clients.retry = Retry::again(Some(attempts), Backoff::Constant(Span::ZERO), Jitter::None);
    let server = Server { discipline: Discipline::Fifo, ..free_server("db", 1_000_000) };
    let mut database = scenario(server, clients, duration);
    let action = Action::Pause { server: 0, length: span("10s") };
    database.timeline.push(Entry { at: at("20s"), label: String::new(), action });
    database
}

/// What a counter rises by per second between two instants.
fn rate(record: &highwater::observe::Record, series: &str, from: &str, to: &str) -> f64 {
    let name = format!("fleets.f.{series}");
    let rise = value_at(record, &name, at(to)) - value_at(record, &name, at(from));
    rise / (span(to).as_secs_f64() - span(from).as_secs_f64())
}

fn within(name: &str, values: &[f64], expected: f64) {
    let seen = mean_interval(values);
    let error = seen.sd / (values.len() as f64).sqrt();
    println!("{name}: expected {expected}, simulated {:.2}, standard error {error:.2}", seen.mean);
    assert!((seen.mean - expected).abs() <= 4.0 * error, "{name}: {}", seen.mean);
}

/// Until the pause 280 a second; during it nobody is served, so 280 x 10 first attempts and 280 x 9
/// second ones queue up: 5,320. From then on each request is served twice, too late both times.
#[test]
fn l01_two_attempts_at_280_a_second_never_recover() {
    let runs: Vec<[f64; 4]> = (0..20)
        .into_par_iter()
        .map(|run| {
            let record = play(&database(280.0, 2, "230s"), run);
            assert_eq!(rate(&record, "succeeded", "40s", "230s"), 0.0, "nobody is served in time");
            let late = rate(&record, "attempts", "130s", "230s");
            // What comes in 100 s less what one server can do then: it never stops.
            let busy = record.find("servers.db.loop_busy").unwrap();
            assert!(busy.values[40..].iter().all(|busy| *busy == 1.0));
            let before = rate(&record, "succeeded", "0s", "20s");
            let queued = rate(&record, "attempts", "20s", "30s") * 10.0;
            [before, queued, late, late - 300.0]
        })
        .collect();
    for (i, (name, expected)) in
        [("goodput", 280.0), ("queue", 5320.0), ("attempts", 560.0), ("growth", 260.0)]
            .into_iter()
            .enumerate()
    {
        within(name, &runs.iter().map(|run| run[i]).collect::<Vec<_>>(), expected);
    }
}

/// Twice the load against 300 a second decides: from the queue of the pause, 19 x the load, the
/// distance to half of the capacity (5 a second, doubled) leads out or up. Over 1,000 s that drift is
/// 10,000 or more, and the standard deviation of the way sqrt(600 x 1,000) = 775.
#[test]
fn l01_loads_below_150_recover_and_above_do_not() {
    let loads = [(130.0, true), (140.0, true), (145.0, true), (155.0, false), (160.0, false)];
    let runs: Vec<(f64, bool, u32)> =
        loads.iter().flat_map(|(load, back)| (0..2).map(|run| (*load, *back, run))).collect();
    runs.into_par_iter().for_each(|(load, recovers, run)| {
        let record = play(&database(load, 2, "1030s"), run);
        let goodput = rate(&record, "succeeded", "930s", "1030s");
        // Poisson: four standard deviations over 100 s.
        let expected = if recovers { load } else { 0.0 };
        let off = 4.0 * (expected / 100.0).sqrt();
        assert!((goodput - expected).abs() <= off, "{load}/s in run {run}: {goodput}/s");
    });
}

/// Without retries the queue of 2,800 shrinks by 20 a second; at 300 somebody is in time again:
/// 155 s by the fluid limit, which is also the mean first passage of a random walk with that drift.
/// The mean queue before the pause (14) and the answer's second make it 156.7 s.
#[test]
fn l01_without_retries_goodput_comes_back() {
    let returns: Vec<f64> = (0..20)
        .into_par_iter()
        .map(|run| {
            let record = play(&database(280.0, 1, "300s"), run);
            let served = &record.find("fleets.f.succeeded").unwrap().values;
            let row = (32..served.len()).find(|row| served[*row] > served[row - 1]);
            record.times[row.expect("goodput returns")].as_secs_f64()
        })
        .collect();
    within("return", &returns, 156.7);
}
