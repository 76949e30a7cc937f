//! Health checks of the balancer, exactly.

use highwater::model::Observation;
use highwater::scenario::*;
use highwater::units::Span;

use crate::probe::Diary;
use crate::support::*;

const NONE: [f64; 0] = [];

fn constant(length: &str) -> Dist {
    Dist::Constant(span(length))
}

/// Checks every second that may take half of that: two that fail, or three that pass, decide.
fn checks(what: Check) -> Health {
    Health {
        every: span("1s"),
        timeout: span("500ms"),
        unhealthy_after: 2,
        healthy_after: 3,
        what,
        fail_open: FailOpen::Never,
        replace: false,
    }
}

/// So many instances in turn, whose requests hold a connection for 10 ms.
fn checked(instances: u32, strategy: Strategy, health: Health) -> Scenario {
    let mut fleet = fleet(even(10.0), strategy, constant("10ms"));
    (fleet.instances, fleet.balancer) = (instances, Balancer::RoundRobin);
    fleet.health = Some(health);
    scenario(free_server("redis", 1000), fleet, "20s")
}

fn entry(at: &str, action: Action) -> Entry {
    Entry { at: crate::support::at(at), label: String::new(), action }
}

fn stop(at: &str, instances: u32, length: &str) -> Entry {
    entry(at, Action::Fault(Fault::Stop { fleet: 0, instances, length: span(length) }))
}

fn unhealthy(diary: &Diary) -> Vec<f64> {
    diary.ms(|what| matches!(what, Observation::Unhealthy { .. }))
}

fn healthy(diary: &Diary) -> Vec<f64> {
    diary.ms(|what| matches!(what, Observation::Healthy { .. }))
}

fn failed(diary: &Diary, by: Cause) -> usize {
    diary.ends().iter().filter(|(_, cause)| *cause == Some(by)).count()
}

/// The first instance stands still from 0.7 s to 10.6 s. The checks of 1 s and 2 s have failed half a
/// second later; that of 10 s is answered late at 10.6 s, those of 11 s to 13 s in time.
#[test]
fn two_failed_checks_take_an_instance_out_and_three_bring_it_back() {
    let mut shop = checked(2, per_request(NO_LEAK), checks(Check::Process));
    shop.timeline.push(stop("700ms", 1, "9900ms"));
    let diary = Diary::of(&shop);
    assert_eq!(unhealthy(&diary), [2500.0]);
    assert_eq!(healthy(&diary), [13_000.0]);
    // Every second request from 0.7 s to 2.5 s waits for the process to go on.
    let late = diary.ends().iter().filter(|(at, _)| (10_600.0..10_620.0).contains(at)).count();
    assert_eq!(late, 9 + 1, "nine have waited; the other instance has one of 10.6 s");
    let series = play(&shop, 0);
    assert_eq!(value_at(&series, "fleets.f.healthy", at("3s")), 1.0);
    assert_eq!(last(&series, "fleets.f.healthy"), 2.0);
    assert_eq!(last(&series, "fleets.f.instances_up"), 2.0);
}

/// An answer at the very end of the timeout is in time.
#[test]
fn a_check_answered_at_its_timeout_passes() {
    let mut shop = checked(1, per_request(NO_LEAK), checks(Check::Process));
    shop.timeline.push(stop("700ms", 1, "800ms"));
    shop.settings.fleets[0].health = Some(Health { unhealthy_after: 1, ..checks(Check::Process) });
    assert_eq!(unhealthy(&Diary::of(&shop)), NONE);
    shop.timeline[0] = stop("700ms", 1, "801ms");
    assert_eq!(unhealthy(&Diary::of(&shop)), [1500.0]);
}

/// One core with 300 ms of work for each request: one request a second leaves room for a check, five
/// do not. The line grows, and a check that waits in it comes too late. A check of the process does
/// not notice.
#[test]
fn a_check_by_request_waits_for_the_cores() {
    let run = |what: Check, rate: f64| {
        let mut shop = checked(1, per_request(NO_LEAK), checks(what));
        shop.settings.fleets[0].arrivals = even(rate);
        shop.settings.fleets[0].process.cpu =
            ProcessCpu { request: span("300ms"), ..ProcessCpu::UNUSED };
        unhealthy(&Diary::of(&shop))
    };
    assert_eq!(run(Check::Request, 1.0), NONE);
    assert_eq!(run(Check::Process, 5.0), NONE);
    // The check of 1 s finds five requests and 0.5 s of their work in line, that of 2 s more.
    assert_eq!(run(Check::Request, 5.0)[0], 2500.0);
}

/// A pool of one connection that is held for 3 s: the check that asks the server waits in line for it
/// and fails, the check by request alone passes.
#[test]
fn a_deep_check_fails_when_the_pool_is_exhausted() {
    let run = |what: Check| {
        let mut shop = checked(1, Strategy::Pooled(pool(1)), checks(what));
        shop.settings.fleets[0].arrivals = Arrivals::Instants { at: vec![at("900ms")], each: 1 };
        if let Step::Call(call) = &mut shop.settings.fleets[0].steps[0] {
            call.hold = constant("3s");
        }
        let diary = Diary::of(&shop);
        (unhealthy(&diary), healthy(&diary))
    };
    assert_eq!(run(Check::Request), (vec![], vec![]));
    // Nobody tells the instance that a check was given up: those of 1, 2 and 3 s get the connection
    // one after the other when it comes back at 3.9 s.
    assert_eq!(run(Check::Server), (vec![2500.0], vec![6000.0]));
}

/// Who counts checks as visitors would see them: they are none.
#[test]
fn a_check_is_no_request_of_anybody() {
    let mut shop = checked(2, Strategy::Pooled(pool(5)), checks(Check::Server));
    let with = Diary::of(&shop);
    let record = play(&shop, 0);
    assert_eq!(last(&record, "fleets.f.requests"), 201.0);
    assert_eq!(last(&record, "fleets.f.attempts"), 201.0 + 2.0 * 20.0);
    shop.settings.fleets[0].health = None;
    let without = Diary::of(&shop);
    assert_eq!(with.ends(), without.ends());
    shop.settings.fleets[0].health = Some(checks(Check::Process));
    assert_eq!(Diary::of(&shop).0, without.0, "a look at the process leaves no trace");
}

/// Both stand still, and fail their second check at 2.5 s. A balancer that fails open sends on to them
/// what then waits for them; one that never does has nobody for it.
#[test]
fn when_all_are_unhealthy_some_balancers_send_to_all() {
    let run = |fail_open: FailOpen, stopped: u32| {
        let health = Health { fail_open, ..checks(Check::Process) };
        let mut shop = checked(3, per_request(NO_LEAK), health);
        shop.timeline.push(stop("700ms", stopped, "1h"));
        shop.duration = span("5s");
        let diary = Diary::of(&shop);
        (failed(&diary, Cause::NoInstance), diary.ends().iter().filter(|e| e.0 > 2600.0).count())
    };
    // From 2.5 s on 26 requests come, the first of them just before the checks fail; those of the last
    // 2.4 s end where somebody takes them, one in three where only one of all three can.
    assert_eq!(run(FailOpen::Never, 3), (25, 24));
    assert_eq!(run(FailOpen::NoneHealthy, 3), (0, 0));
    assert_eq!(run(FailOpen::NoneHealthy, 2), (0, 24));
    assert_eq!(run(FailOpen::Never, 2), (0, 24));
    assert_eq!(run(FailOpen::BelowHalf, 2).1, 8);
}

/// What fails its checks is killed with what it has in hand, and replaced.
#[test]
fn an_unhealthy_instance_is_replaced_where_that_is_the_rule() {
    let health = Health { replace: true, ..checks(Check::Process) };
    let mut shop = checked(1, per_request(NO_LEAK), health);
    shop.settings.fleets[0].process.restart_after = span("4s");
    shop.timeline.push(stop("700ms", 1, "1h"));
    let diary = Diary::of(&shop);
    assert_eq!(unhealthy(&diary), [2500.0]);
    // The requests from 0.7 s to 2.5 s were waiting; those until 6.4 s find nobody.
    assert_eq!(failed(&diary, Cause::InstanceStopped), 19);
    assert_eq!(failed(&diary, Cause::NoInstance), 39);
    let up = diary.ms(|what| matches!(what, Observation::InstanceUp { .. }));
    assert_eq!(up, [0.0, 6500.0]);
}

/// Three instances with a pool of two each, and a load that two thirds of them can carry but one
/// cannot. One instance loses its pool to calls that hang; its load goes to the others, which lose
/// theirs: a check that asks the server turns one sick instance into none.
#[test]
fn deep_checks_turn_one_sick_instance_into_none() {
    let run = |what: Check| {
        let mut shop = checked(3, Strategy::Pooled(pool(2)), checks(what));
        let fleet = &mut shop.settings.fleets[0];
        fleet.arrivals = even(50.0);
        if let Step::Call(call) = &mut fleet.steps[0] {
            call.hold = constant("95ms");
        }
        (shop.duration, shop.sample_every) = (span("30s"), span("100ms"));
        // For 3 s one instance stands still; 50 requests pile up there.
        shop.timeline.push(stop("5s", 1, "3s"));
        let record = play(&shop, 0);
        let healthy = &record.find("fleets.f.healthy").unwrap().values;
        healthy.iter().copied().fold(f64::INFINITY, f64::min)
    };
    // 50 a second at 95 ms are 4.75 busy connections of six; two instances have four.
    assert_eq!(run(Check::Server), 0.0);
    assert_eq!(run(Check::Request), 2.0);
}

/// Checks that begin or end during a run.
#[test]
fn checks_can_be_set_while_it_runs() {
    let mut shop = checked(2, per_request(NO_LEAK), checks(Check::Process));
    shop.timeline.push(stop("700ms", 1, "1h"));
    let mut without = shop.settings.clone();
    without.fleets[0].health = None;
    shop.timeline.push(entry("4s", Action::Set(Box::new(without.clone()))));
    let mut with = without;
    with.fleets[0].health = Some(Health { unhealthy_after: 1, ..checks(Check::Request) });
    shop.timeline.push(entry("8s", Action::Set(Box::new(with))));
    let diary = Diary::of(&shop);
    assert_eq!(unhealthy(&diary), [2500.0, 9500.0]);
    let record = play(&shop, 0);
    let seen = |when: &str| value_at(&record, "fleets.f.healthy", at(when));
    assert_eq!([seen("3s"), seen("5s"), seen("9s"), seen("10s")], [1.0, 2.0, 2.0, 1.0]);
}

/// Three instances with a connection each that they keep, and a server with slots for two: every
/// request of the third fails at once.
fn one_of_three_without_a_slot(ejection: Option<Ejection>) -> Scenario {
    let kept = Pooled { min: 1, ..pool(1) };
    let mut fleet = fleet(even(30.0), Strategy::Pooled(kept), Dist::Constant(Span::ZERO));
    (fleet.instances, fleet.balancer) = (3, Balancer::RoundRobin);
    fleet.ejection = ejection;
    scenario(free_server("redis", 2), fleet, "80s")
}

/// Ten requests a second come to the instance that has no connection. Five that fail in a row eject it
/// for 30 s, the next five for 60 s: that is 10 failures in 80 s instead of 800.
#[test]
fn an_instance_without_a_connection_is_ejected_for_longer_each_time() {
    let ejection =
        Ejection { failures: 5, length: span("30s"), longest: span("5min"), at_most: ratio(0.1) };
    let ejected = |what: &Observation| matches!(what, Observation::Ejected { .. });
    let diary = Diary::of(&one_of_three_without_a_slot(Some(ejection)));
    assert_eq!(failed(&diary, Cause::Rejected), 10);
    let at = diary.ms(ejected);
    // The fifth request in vain is the fifteenth of all, at 14/30 s.
    assert_eq!(at.len(), 2);
    assert!((at[0] - 14_000.0 / 30.0).abs() < 1.0, "{at:?}");
    // 30 s later it has its turn again, one time in three: five times within half a second.
    assert!((30_467.0 + 400.0..30_467.0 + 600.0).contains(&at[1]), "{at:?}");
    let diary = Diary::of(&one_of_three_without_a_slot(None));
    assert_eq!(failed(&diary, Cause::Rejected), 800);
    // At most a tenth of three, and one in any case: with two out of order only one is ejected.
    let mut two = one_of_three_without_a_slot(Some(ejection));
    two.settings.servers[0].maxclients = 1;
    two.duration = span("20s");
    assert_eq!(Diary::of(&two).ms(ejected).len(), 1);
    two.settings.fleets[0].ejection = Some(Ejection { at_most: ratio(0.7), ..ejection });
    let diary = Diary::of(&two);
    assert_eq!(diary.ms(ejected).len(), 2);
    // With two of three ejected fewer than half are left, and all get requests again.
    assert!(failed(&diary, Cause::Rejected) > 300);
}
