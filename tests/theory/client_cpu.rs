//! The line before the cores of a client: M/D/1 and M/D/c.

use highwater::scenario::*;
use highwater::units::Span;

use crate::meter::Meter;
use crate::rule::case;
use crate::support::*;

/// Every request takes the same time on one of the cores, and does nothing else. The figures of these
/// cases need requests as in `waiting`.
#[test]
fn a07_and_a08_requests_wait_for_a_core() {
    for (id, seconds) in [("A07", 7_500.0), ("A08", 2_500.0)] {
        let case = case(id);
        let nothing = Dist::Constant(Span::ZERO);
        let arrivals = poisson(case.given("arrival_rate"));
        let mut busy = fleet(arrivals, per_request(NO_LEAK), nothing.clone());
        busy.steps = vec![Step::Work(nothing)];
        busy.process.cpu = ProcessCpu {
            cores: case.given("pool") as u32,
            request: Span::from_secs_f64(case.given("mean_service_s")),
            ..ProcessCpu::UNUSED
        };
        let mut busy = scenario(free_server("redis", 1), busy, "1s");
        busy.duration = Span::from_secs_f64(seconds);
        case.check(&["W"], |seed, run, longer| {
            let mut busy = busy.clone();
            busy.seed = seed.to_string();
            busy.duration = Span::from_secs_f64(busy.duration.as_secs_f64() * longer);
            vec![Meter::steady(&busy).play(&busy, run).figure("W", Span::ZERO)]
        });
    }
}
