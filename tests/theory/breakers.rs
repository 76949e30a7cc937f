//! A circuit breaker on a time line of its own.

use highwater::model::Observation;
use highwater::scenario::*;
use highwater::units::{SimTime, Span};

use crate::probe::Diary;
use crate::rule::case;
use crate::support::*;

/// A request every 100 ms to a server that is full for fifteen seconds.
#[test]
fn k06_when_it_opens_what_it_spares_and_when_it_closes() {
    let case = case("K06");
    let ms = |key: &str| Span::from_ns(case.given(key) as u64 * 1_000_000);
    let every = ms("request_every_ms");
    let end = SimTime::ZERO + ms("last_at_ms");
    let at: Vec<SimTime> = std::iter::successors(Some(SimTime::ZERO), |at| Some(*at + every))
        .take_while(|at| *at <= end)
        .collect();
    let arrivals = Arrivals::Instants { at, each: 1 };
    let mut caller = fleet(arrivals, per_request(NO_LEAK), Dist::Constant(Span::ZERO));
    caller.breaker = Breaker::Consecutive {
        failures: case.given("open_after_consecutive") as u32,
        open_for: ms("open_for_ms"),
    };
    let mut line = scenario(free_server("redis", 1), caller, "1min");
    for (key, admin) in [("backend_fails_from_ms", 1), ("backend_recovers_at_ms", 0)] {
        let mut settings = line.settings.clone();
        settings.servers[0].internal.admin = admin;
        let action = Action::Set(Box::new(settings));
        line.timeline.push(Entry { at: SimTime::ZERO + ms(key), label: String::new(), action });
    }
    let diary = Diary::of(&line);
    let opened = diary.ms(|what| matches!(what, Observation::BreakerOpened { .. }));
    assert_eq!(opened, case.list("opened_at_ms"));
    let ends = diary.ends();
    let ended = |cause| ends.iter().filter(|(_, end)| *end == cause).count() as f64;
    assert_eq!(ended(None), case.expected("successes"));
    assert_eq!(ended(Some(Cause::Rejected)), case.expected("backend_failures"));
    assert_eq!(ended(Some(Cause::BreakerOpen)), case.expected("short_circuited"));
    let first_after = ends.iter().find(|(at, end)| *at > opened[1] && end.is_none());
    assert_eq!(first_after.map(|(at, _)| *at), Some(case.expected("closed_again_at_ms")));
}
