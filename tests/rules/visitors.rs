//! Patience, reloads, and users who leave, exactly.

use highwater::model::Observation;
use highwater::scenario::*;
use highwater::units::Span;

use crate::probe::Diary;
use crate::support::*;

fn once(each: u32) -> Arrivals {
    Arrivals::Instants { at: vec![at("0s")], each }
}

fn constant(length: &str) -> Dist {
    Dist::Constant(span(length))
}

/// Requests that hold a connection for 50 ms, from somebody who waits for 20 ms.
fn impatient(arrivals: Arrivals, strategy: Strategy) -> Scenario {
    let mut shop =
        scenario(free_server("redis", 9), fleet(arrivals, strategy, constant("50ms")), "1s");
    shop.settings.fleets[0].visitors.patience = Some(constant("20ms"));
    shop
}

fn reload(times: Option<u32>) -> Option<Reload> {
    Some(Reload { times, pause: constant("10ms") })
}

fn arrived(diary: &Diary) -> Vec<f64> {
    diary.ms(|what| matches!(what, Observation::Arrived { .. }))
}

fn wasted(diary: &Diary) -> Vec<f64> {
    diary.ms(|what| matches!(what, Observation::Wasted { .. }))
}

const ABANDONED: Option<Cause> = Some(Cause::Abandoned);

/// The request has failed for whoever sent it when the patience ends, and its work goes on.
#[test]
fn an_abandoned_request_fails_at_once_and_costs_to_its_end() {
    let shop = impatient(once(1), per_request(NO_LEAK));
    let diary = Diary::of(&shop);
    assert_eq!(diary.ends(), [(20.0, ABANDONED)]);
    assert_eq!(wasted(&diary), [50.0]);
    let record = play(&shop, 0);
    let of = |what: &str| last(&record, &format!("fleets.f.{what}"));
    assert_eq!([of("requests"), of("failed"), of("failed_by.abandoned"), of("wasted")], [1.0; 4]);
    assert_eq!([of("in_flight"), of("in_flight_abandoned"), of("reloads")], [0.0; 3]);
}

/// An end at the very instant the patience ends is in time.
#[test]
fn who_waits_exactly_long_enough_is_served() {
    let mut shop = impatient(once(1), per_request(NO_LEAK));
    shop.settings.fleets[0].visitors.patience = Some(constant("50ms"));
    assert_eq!(Diary::of(&shop).ends(), [(50.0, None)]);
}

/// One connection, 50 ms each. Who reloads every 30 ms and is not seen to have left adds a request to
/// the line each time, and all of them are served, for nobody.
#[test]
fn reloads_pile_up_where_the_instance_is_not_told() {
    let mut shop = impatient(once(1), Strategy::Pooled(pool(1)));
    shop.settings.fleets[0].visitors.reload = reload(Some(3));
    let diary = Diary::of(&shop);
    assert_eq!(arrived(&diary), [0.0, 30.0, 60.0, 90.0]);
    assert_eq!(diary.ends(), [20.0, 50.0, 80.0, 110.0].map(|at| (at, ABANDONED)));
    assert_eq!(wasted(&diary), [50.0, 100.0, 150.0, 200.0]);
    let reloaded = diary.ms(|what| matches!(what, Observation::Reloaded { .. }));
    assert_eq!(reloaded, [30.0, 60.0, 90.0]);
}

/// A cancelled request gives back what it has in hand, whatever it is doing: the connection of a pool
/// with a reply under way on it is closed, one that is only held goes back, who waits leaves the line.
#[test]
fn a_cancelled_request_frees_what_it_holds() {
    let mut shop = impatient(once(2), Strategy::Pooled(pool(1)));
    shop.settings.fleets[0].abandoned = Abandoned::Cancelled;
    shop.settings.fleets[0].visitors.reload = reload(Some(1));
    let diary = Diary::of(&shop);
    assert_eq!(arrived(&diary), [0.0, 0.0, 30.0, 30.0]);
    assert_eq!(diary.ends(), [20.0, 20.0, 50.0, 50.0].map(|at| (at, ABANDONED)));
    assert_eq!(wasted(&diary), [0.0; 0]);
    let dialled = diary.ms(|what| matches!(what, Observation::Received { .. }));
    assert_eq!(dialled, [0.0], "held with nothing under way, the connection is used again");
    let record = play(&shop, 0);
    let pool = |what: &str| last(&record, &format!("fleets.f.pools.main.{what}"));
    assert_eq!([pool("size"), pool("idle"), pool("leased"), pool("waiting")], [1.0, 1.0, 0.0, 0.0]);
    // A reply that takes longer than the patience: the connection cannot be used again.
    if let Step::Call(call) = &mut shop.settings.fleets[0].steps[0] {
        call.blocking = Some(span("50ms"));
        call.hold = Dist::Constant(Span::ZERO);
    }
    let record = play(&shop, 0);
    assert_eq!(last(&record, "fleets.f.pools.main.size"), 0.0);
    assert_eq!(last(&record, "servers.redis.total_connections_received"), 4.0);
}

/// Every state in which a cancellation can meet a request: nothing is left behind.
#[test]
fn a_cancellation_leaves_nothing_behind() {
    let shared = Strategy::Shared(Shared::plain(1));
    for strategy in [per_request(NO_LEAK), Strategy::Pooled(pool(1)), shared] {
        for ms in [1, 2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41] {
            let mut shop = impatient(once(3), strategy.clone());
            shop.settings.network.delay = constant("3ms");
            let fleet = &mut shop.settings.fleets[0];
            fleet.abandoned = Abandoned::Cancelled;
            fleet.steps.insert(0, Step::Work(constant("1500us")));
            if let Step::Call(call) = &mut fleet.steps[1] {
                (call.commands, call.hold) = (2, constant("4ms"));
            }
            fleet.process.cpu = ProcessCpu {
                attempt: span("2ms"),
                request: span("1ms"),
                reply: span("1ms"),
                release: span("1ms"),
                ..ProcessCpu::UNUSED
            };
            fleet.visitors.patience = Some(Dist::Constant(Span::from_ns(ms * 1_000_000)));
            let record = play(&shop, 0);
            let of = |what: &str| last(&record, &format!("fleets.f.{what}"));
            assert_eq!(of("requests"), of("succeeded") + of("failed_by.abandoned"));
            assert_eq!([of("in_flight_abandoned"), of("wasted")], [0.0, 0.0], "{ms} ms");
            if matches!(strategy, Strategy::PerRequest { .. }) {
                assert_eq!(of("descriptors"), 0.0, "{ms} ms");
            }
        }
    }
}

/// A process that stands still does not see the client's close: it cuts the work off when it goes on.
#[test]
fn a_process_that_stands_still_cancels_when_it_goes_on() {
    let mut shop = impatient(once(1), per_request(NO_LEAK));
    shop.settings.fleets[0].abandoned = Abandoned::Cancelled;
    let fault = Fault::Stop { fleet: 0, instances: 1, length: span("100ms") };
    let entry = Entry { at: at("10ms"), label: String::new(), action: Action::Fault(fault) };
    shop.timeline.push(entry);
    let diary = Diary::of(&shop);
    assert_eq!(diary.ends(), [(20.0, ABANDONED)]);
    let freed = diary.ms(|what| matches!(what, Observation::Freed { .. }));
    assert_eq!(freed, [110.0]);
}

/// Two requests for one thing, and then a thought of 100 ms before the next.
#[test]
fn a_user_reloads_and_then_thinks_again() {
    let users = Users {
        users: 1,
        think: constant("100ms"),
        thinking_first: false,
        leave: ratio(0.0),
        return_after: None,
    };
    let mut shop = impatient(Arrivals::Users(users.clone()), per_request(NO_LEAK));
    shop.settings.fleets[0].visitors.reload = reload(Some(1));
    shop.duration = span("300ms");
    // 0 + 20, a pause of 10, 30 + 20, a thought of 100, 150 + 20, ...
    assert_eq!(arrived(&Diary::of(&shop)), [0.0, 30.0, 150.0, 180.0, 300.0]);
    // Whoever leaves does so in place of the thought.
    let left = |return_after: Option<Dist>| {
        let users = Users { leave: ratio(1.0), return_after, ..users.clone() };
        shop.settings.fleets[0].arrivals = Arrivals::Users(users);
        let diary = Diary::of(&shop);
        let left = diary.ms(|what| matches!(what, Observation::UserLeft { .. }));
        (arrived(&diary), left)
    };
    let mut left = left;
    assert_eq!(left(None), (vec![0.0, 30.0], vec![50.0]));
    assert_eq!(
        left(Some(constant("40ms"))).0,
        [0.0, 30.0, 90.0, 120.0, 180.0, 210.0, 270.0, 300.0]
    );
}

/// A refused request is reloaded too; one that succeeds ends the visit.
#[test]
fn a_failure_is_reloaded_until_one_succeeds() {
    let mut shop = impatient(once(2), per_request(NO_LEAK));
    shop.settings.servers[0].maxclients = 1;
    shop.settings.fleets[0].visitors = Visitors { patience: None, reload: reload(None) };
    let diary = Diary::of(&shop);
    // Refused at 0, 10, 20, 30 and 40 ms; at 50 ms the slot is free.
    assert_eq!(arrived(&diary), [0.0, 0.0, 10.0, 20.0, 30.0, 40.0, 50.0]);
    assert_eq!(diary.ends().last(), Some(&(100.0, None)));
    let refused = diary.ends().iter().filter(|(_, cause)| *cause == Some(Cause::Rejected)).count();
    assert_eq!(refused, 5);
}

/// Those who have left are the first of whom there are too many.
#[test]
fn users_who_left_make_room_when_there_are_to_be_fewer() {
    let users = |users: u32, leave: f64| {
        Arrivals::Users(Users {
            users,
            think: constant("100ms"),
            thinking_first: true,
            leave: ratio(leave),
            return_after: None,
        })
    };
    let mut shop = impatient(users(4, 1.0), per_request(NO_LEAK));
    shop.settings.servers[0].maxclients = 2;
    shop.settings.fleets[0].visitors.patience = None;
    shop.duration = span("700ms");
    // Two of four are refused at 100 ms and leave; the other two go on every 150 ms.
    let mut fewer = shop.settings.clone();
    fewer.fleets[0].arrivals = users(3, 0.0);
    let action = Action::Set(Box::new(fewer.clone()));
    shop.timeline.push(Entry { at: at("320ms"), label: String::new(), action });
    fewer.fleets[0].arrivals = users(4, 0.0);
    let action = Action::Set(Box::new(fewer));
    shop.timeline.push(Entry { at: at("420ms"), label: String::new(), action });
    let mut expected = vec![100.0; 4];
    expected.extend([250.0, 250.0, 400.0, 400.0, 520.0, 550.0, 550.0]);
    // The newcomer is refused as long as the two hold both slots.
    let seen = arrived(&Diary::of(&shop));
    assert_eq!(seen[..expected.len()], expected[..], "{seen:?}");
}
