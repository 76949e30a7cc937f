//! The deadline of a request, exactly: which waits it ends, and what goes on.

use highwater::model::Observation;
use highwater::scenario::*;
use highwater::units::SimTime;

use crate::probe::Diary;
use crate::support::*;

/// So many requests at once, with a deadline of 100 ms.
fn hurried(each: u32, strategy: Strategy, hold: &str) -> Scenario {
    let arrivals = Arrivals::Instants { at: vec![SimTime::ZERO], each };
    let mut caller = fleet(arrivals, strategy, Dist::Constant(span(hold)));
    caller.deadline = Some(span("100ms"));
    scenario(free_server("redis", 10), caller, "10s")
}

const LATE: Option<Cause> = Some(Cause::Deadline);

#[test]
fn a_wait_at_a_pool_ends_at_the_deadline_and_work_in_hand_goes_on() {
    // The first holds the only connection for 300 ms and succeeds late; the second gives up in line.
    let two = hurried(2, Strategy::Pooled(pool(1)), "300ms");
    assert_eq!(Diary::of(&two).ends(), [(100.0, LATE), (300.0, None)]);
    // Whoever comes later finds the line empty.
    let mut third = two.clone();
    let at = vec![SimTime::ZERO, SimTime::ZERO, at("250ms")];
    third.settings.fleets[0].arrivals = Arrivals::Instants { at, each: 1 };
    assert_eq!(Diary::of(&third).ends(), [(100.0, LATE), (300.0, None), (600.0, None)]);
}

#[test]
fn a_dial_that_nobody_answers_ends_at_the_deadline() {
    for strategy in
        [per_request(NO_LEAK), Strategy::Pooled(pool(1)), Strategy::Shared(Shared::plain(1))]
    {
        let mut lost = hurried(1, strategy, "0s");
        lost.settings.network.loss = ratio(1.0);
        assert_eq!(Diary::of(&lost).ends(), [(100.0, LATE)]);
    }
}

#[test]
fn a_read_ends_at_the_deadline_and_the_connection_is_closed() {
    for strategy in [per_request(NO_LEAK), Strategy::Pooled(pool(1))] {
        let mut slow = hurried(1, strategy, "0s");
        let action = Action::Pause { server: 0, length: span("5s") };
        slow.timeline.push(Entry { at: SimTime::ZERO, label: String::new(), action });
        let diary = Diary::of(&slow);
        assert_eq!(diary.ends(), [(100.0, LATE)]);
        assert_eq!(last(&play(&slow, 0), "fleets.f.sockets.open"), 0.0);
    }
}

#[test]
fn all_attempts_and_pauses_lie_inside_the_deadline() {
    let mut refused = hurried(1, per_request(NO_LEAK), "0s");
    refused.settings.servers[0].maxclients = 1;
    refused.settings.servers[0].internal.admin = 1;
    let backoff = Backoff::Constant(span("30ms"));
    refused.settings.fleets[0].retry = Retry::again(None, backoff, Jitter::None);
    let diary = Diary::of(&refused);
    let at = diary.ms(|what| matches!(what, Observation::Attempted { .. }));
    assert_eq!(at, [0.0, 30.0, 60.0, 90.0]);
    assert_eq!(diary.ends(), [(100.0, LATE)], "in the middle of a pause");
}

#[test]
fn work_that_outlasts_the_deadline_is_the_last_thing_a_request_does() {
    let mut busy = hurried(1, per_request(NO_LEAK), "0s");
    busy.settings.fleets[0].steps.insert(0, Step::Work(Dist::Constant(span("150ms"))));
    let diary = Diary::of(&busy);
    assert_eq!(diary.ends(), [(150.0, LATE)]);
    assert!(diary.ms(|what| matches!(what, Observation::Attempted { .. })).is_empty());
}

/// A library's own limit is looked at when an attempt has failed, and cuts nothing short.
#[test]
fn a_limit_of_a_policy_is_looked_at_after_each_failure() {
    let mut refused = hurried(1, per_request(NO_LEAK), "0s");
    refused.settings.servers[0].maxclients = 1;
    refused.settings.servers[0].internal.admin = 1;
    let backoff = Backoff::Constant(span("30ms"));
    let policy = Policy { within: Some(span("60ms")), ..Policy::new(None, backoff, Jitter::None) };
    let caller = &mut refused.settings.fleets[0];
    (caller.deadline, caller.retry) = (None, Retry::Again(Box::new(policy)));
    let diary = Diary::of(&refused);
    let at = diary.ms(|what| matches!(what, Observation::Attempted { .. }));
    assert_eq!(at, [0.0, 30.0, 60.0, 90.0], "at 60 ms the limit is not yet exceeded");
    assert_eq!(diary.ends(), [(90.0, Some(Cause::Rejected))]);
}
