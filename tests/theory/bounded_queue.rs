//! A bounded queue, callers who give up after three seconds and ask again, and work that goes on for
//! callers who have left: the length of the queue decides whether anybody is served in time.

use highwater::scenario::*;
use highwater::theory::mean_interval;
use highwater::units::Span;
use rayon::prelude::*;

use crate::rule::{Case, case};
use crate::support::*;

/// One server that serves in order, room for so many, and callers who hear nothing when they are
/// turned away: what is refused waits for longer than the run.
fn queue(case: &Case, duration: Span, row: &str) -> Scenario {
    let constant = |key: &str| Dist::Constant(Span::from_secs_f64(case.given(key)));
    let hold = Dist::Exponential { mean: Span::from_secs_f64(1.0 / case.given("service_rate")) };
    let room = case.given("max_in_system") as u32;
    let line = Pooled { max_waiting: Some(room - 1), ..pool(1) };
    let arrivals = poisson(case.given("arrival_rate"));
    let mut callers = fleet(arrivals, Strategy::Pooled(line), hold);
    callers.visitors = Visitors {
        patience: Some(constant("client_timeout_s")),
        reload: Some(Reload {
            times: Some(case.given("max_retries") as u32),
            pause: constant("retry_delay_s"),
        }),
    };
    callers.abandoned = Abandoned::GoesOn;
    callers.retry = Retry::again(Some(2), Backoff::Constant(duration), Jitter::None);
    let mut queue = scenario(free_server("redis", 10), callers, "1h");
    // Every row recounts the requests, also those that wait.
    (queue.duration, queue.sample_every) = (duration, span(row));
    queue
}

/// Goodput, attempts per request and the mean number in the system, from `from` on.
fn figures(queue: &Scenario, run: u32, from: &str) -> [f64; 3] {
    let record = play(queue, run);
    let name = |what: &str| format!("fleets.f.{what}");
    let rise = |what: &str| last(&record, &name(what)) - value_at(&record, &name(what), at(from));
    let first = rise("requests") - rise("reloads");
    let begin = record.times.iter().position(|t| *t >= at(from)).unwrap();
    let mean = |what: &str| {
        let values = &record.find(&name(what)).unwrap().values[begin..];
        values.iter().sum::<f64>() / values.len() as f64
    };
    let in_system = mean("pools.main.leased") + mean("pools.main.waiting");
    [rise("succeeded") / first, rise("requests") / first, in_system]
}

/// Reference case L08: a full queue of 20 is two seconds long, shorter than the callers' patience.
/// Judged by four standard errors of both simulations together.
#[test]
fn l08_a_short_queue_serves_nearly_all() {
    let case = case("L08");
    let queue = queue(&case, span("10000s"), "20s");
    let runs: Vec<[f64; 3]> =
        (0..20).into_par_iter().map(|run| figures(&queue, run, "200s")).collect();
    for (i, (figure, error)) in [
        ("goodput_fraction", "goodput_se"),
        ("attempts_per_request", "attempts_se"),
        ("mean_in_system", "mean_se"),
    ]
    .into_iter()
    .enumerate()
    {
        let seen = mean_interval(&runs.iter().map(|run| run[i]).collect::<Vec<_>>());
        let mine = seen.sd / (runs.len() as f64).sqrt();
        let both = libm::hypot(mine, case.expected(error));
        let expected = case.expected(figure);
        println!("L08 {figure}: expected {expected}, simulated {}, error {both}", seen.mean);
        assert!((seen.mean - expected).abs() <= 4.0 * both, "{figure}: {}", seen.mean);
    }
}

/// Reference case L09: the same load with room for 100. A full queue is ten seconds long, so whoever
/// is served has left: five attempts of every request, and nobody is served in time.
#[test]
fn l09_a_long_queue_serves_nobody() {
    let case = case("L09");
    let queue = queue(&case, span("2500s"), "500s");
    let runs: Vec<[f64; 3]> =
        (0..4).into_par_iter().map(|run| figures(&queue, run, "1500s")).collect();
    for (i, figure) in ["goodput_fraction", "attempts_per_request"].into_iter().enumerate() {
        let mean = runs.iter().map(|run| run[i]).sum::<f64>() / runs.len() as f64;
        println!("L09 {figure}: {mean}");
        // The tolerance is the case's own.
        assert!((mean - case.expected(figure)).abs() <= 0.02, "{figure}: {mean}");
    }
}
