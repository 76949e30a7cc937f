//! Serverless fleets: the law of M/G/infinity, and of the instances that are kept.

use highwater::scenario::*;
use highwater::theory::mean_interval;
use highwater::units::Span;
use rayon::prelude::*;

use crate::support::*;

fn function(rate: f64, service: Dist, keep: &str) -> Scenario {
    let mut function = fleet(poisson(rate), per_request(NO_LEAK), service);
    function.serverless = Some(Serverless {
        max: 100_000,
        keep: span(keep),
        cold_start: Dist::Constant(Span::ZERO),
        provisioned: 0,
        frozen: true,
    });
    scenario(free_server("db", 100_000), function, "2000s")
}

/// With an instance for every request and no limit nobody waits: the number in flight is Poisson with
/// mean rate x service, whatever the law of the service.
#[test]
fn requests_in_flight_have_the_law_of_m_g_infinity() {
    let laws = [
        Dist::Exponential { mean: span("500ms") },
        Dist::Constant(span("500ms")),
        Dist::LogNormal { mean: span("500ms"), cv2: 4.0 },
    ];
    for law in laws {
        let scenario = function(20.0, law, "10s");
        let seen: Vec<(f64, f64)> = (0..24)
            .into_par_iter()
            .map(|run| {
                let record = play(&scenario, run);
                // Rows further apart than services last are all but independent.
                let rows = record.find("fleets.f.in_flight").unwrap().values.iter().skip(60);
                let rows: Vec<f64> = rows.step_by(5).copied().collect();
                let mean = rows.iter().sum::<f64>() / rows.len() as f64;
                let square = rows.iter().map(|n| (n - 10.0) * (n - 10.0)).sum::<f64>();
                (mean, square / rows.len() as f64)
            })
            .collect();
        for figures in
            [seen.iter().map(|s| s.0).collect::<Vec<_>>(), seen.iter().map(|s| s.1).collect()]
        {
            let of = mean_interval(&figures);
            let error = of.sd / (figures.len() as f64).sqrt();
            println!("{:.4} +- {error:.4}", of.mean);
            // Mean and variance of a Poisson law are both 20 x 0.5.
            assert!((of.mean - 10.0).abs() < 4.0 * error, "{} +- {error}", of.mean);
        }
    }
}

/// The one used last is used first, so an instance is there exactly while as many requests as its rank
/// were in flight at once within the time it is kept: the number of instances is the largest number in
/// flight over the last `keep`, path by path.
#[test]
fn instances_are_as_many_as_the_most_requests_in_flight_within_the_time_they_are_kept() {
    let scenario = function(20.0, Dist::Exponential { mean: span("500ms") }, "30s");
    let record = play(&scenario, 0);
    let in_flight = record.find("fleets.f.in_flight").unwrap();
    let peaks = in_flight.peaks.as_ref().unwrap();
    let up = &record.find("fleets.f.instances_up").unwrap().values;
    for row in 40..up.len() {
        // Peaks of the rows that lie in the window, and of those that reach into it.
        let most = |rows: &[f64]| rows.iter().copied().fold(0.0, f64::max);
        let (least, more) = (most(&peaks[row - 29..=row]), most(&peaks[row - 31..=row]));
        assert!((least..=more).contains(&up[row]), "row {row}: {} in {least}..{more}", up[row]);
    }
    let distinct = up[40..].iter().filter(|n| **n != up[40]).count();
    assert!(distinct > 100, "the number changes");
}
