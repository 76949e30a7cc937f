//! Retries at several layers, exactly: they multiply.

use highwater::model::Observation;
use highwater::scenario::*;
use highwater::units::{Ratio, SimTime, Span};

use crate::probe::Diary;
use crate::support::*;

fn again(attempts: u32, pause: &str) -> Retry {
    Retry::again(Some(attempts), Backoff::Constant(span(pause)), Jitter::None)
}

/// One request through a fleet and a library that both try again.
fn layered(strategy: Strategy, library: Retry, around: Retry) -> Scenario {
    let arrivals = Arrivals::Instants { at: vec![SimTime::ZERO], each: 1 };
    let mut caller = fleet(arrivals, strategy, Dist::Constant(Span::ZERO));
    caller.connections[0].retry = library;
    caller.retry = around;
    scenario(free_server("redis", 10), caller, "1h")
}

fn attempts(scenario: &Scenario) -> Vec<f64> {
    Diary::of(scenario).ms(|what| matches!(what, Observation::Attempted { .. }))
}

/// The library's attempts lie inside one of the fleet, and it begins anew with each of them.
#[test]
fn a_library_tries_again_inside_each_attempt_of_its_fleet() {
    let mut refused = layered(per_request(NO_LEAK), again(3, "10ms"), again(2, "1s"));
    refused.settings.servers[0].maxclients = 1;
    refused.settings.servers[0].internal.admin = 1;
    assert_eq!(attempts(&refused), [0.0, 10.0, 20.0, 1020.0, 1030.0, 1040.0]);
    let ends = Diary::of(&refused).ends();
    assert_eq!(ends, [(1040.0, Some(Cause::Rejected))]);
}

/// Reference case E04: three layers of four attempts each make 64 of one request when the server at
/// the bottom is dead. The proxy's are counted apart: 16 reach it, and it tries each three times more.
#[test]
fn e04_three_layers_of_four_attempts_make_sixty_four() {
    let mut three = layered(Strategy::Shared(Shared::plain(1)), again(4, "1ms"), again(4, "1s"));
    let mut proxy = proxy(ProxyMode::Multiplexed, 1);
    if let Some(proxy) = &mut proxy.proxy {
        proxy.retry = again(4, "0s");
    }
    three.settings.servers.insert(0, proxy);
    let fault = Fault::Restart { server: 1, down: span("1h") };
    let action = Action::Fault(fault);
    three.timeline.push(Entry { at: SimTime::ZERO, label: String::new(), action });
    let record = play(&three, 0);
    let (of_fleet, of_proxy) =
        (last(&record, "fleets.f.attempts"), last(&record, "servers.proxy.upstream.retries"));
    assert_eq!((of_fleet, of_proxy), (16.0, 48.0));
    assert_eq!(of_fleet + of_proxy, 64.0);
    assert_eq!(last(&record, "fleets.f.failed_by.server_error"), 1.0);
}

/// The errors of a call are those of the server behind: a proxy that tries again hides them.
#[test]
fn a_proxy_that_tries_again_hides_errors_from_its_clients() {
    let (n, p) = (20_000, 0.5);
    let mut behind = layered(Strategy::Shared(Shared::plain(1)), Retry::None, Retry::None);
    let caller = &mut behind.settings.fleets[0];
    caller.arrivals = Arrivals::Instants { at: vec![SimTime::ZERO], each: n };
    if let Step::Call(call) = &mut caller.steps[0] {
        call.errors = ratio(p);
    }
    let mut proxy = proxy(ProxyMode::Multiplexed, 1);
    if let Some(proxy) = &mut proxy.proxy {
        proxy.retry = again(3, "0s");
    }
    behind.settings.servers.insert(0, proxy);
    let record = play(&behind, 0);
    let failed = last(&record, "fleets.f.failed") / f64::from(n);
    let tries = 1.0 + last(&record, "servers.proxy.upstream.retries") / f64::from(n);
    let (q, standard_error) = (p * p * p, (p * p * p * (1.0 - p * p * p) / f64::from(n)).sqrt());
    assert!((failed - q).abs() < 4.0 * standard_error, "{failed}");
    // 1, 2, 3 attempts with probability 1/2, 1/4, 1/4: mean 7/4, variance 11/16.
    let standard_error = (11.0 / 16.0 / f64::from(n)).sqrt();
    assert!((tries - 1.75).abs() < 4.0 * standard_error, "{tries}");
}

/// Causes that a policy does not name are not retried; the layer around may.
#[test]
fn only_the_failures_named_are_tried_again() {
    let only = |cause| {
        let policy = Policy::new(Some(3), Backoff::Constant(span("10ms")), Jitter::None);
        Retry::Again(Box::new(Policy { retry_on: Causes::NONE.with(cause), ..policy }))
    };
    for (library, around, number) in [
        (Cause::Rejected, Cause::Rejected, 9),
        (Cause::Rejected, Cause::ReadTimeout, 3),
        (Cause::CheckoutTimeout, Cause::Rejected, 3),
        (Cause::CheckoutTimeout, Cause::ReadTimeout, 1),
    ] {
        let mut refused = layered(per_request(NO_LEAK), only(library), only(around));
        refused.settings.servers[0].maxclients = 1;
        refused.settings.servers[0].internal.admin = 1;
        assert_eq!(attempts(&refused).len(), number);
    }
}

/// go-redis: four attempts of a command, each of which dials five times, 100 ms apart, make 20 dials
/// of one command at a server that is down: every attempt takes four pauses of the dials.
#[test]
fn four_attempts_of_five_dials_make_twenty() {
    let five = DialRetry {
        base: span("100ms"),
        factor: 1.0,
        cap: span("100ms"),
        jitter: Ratio::ZERO,
        attempts: Some(5),
        give_up_after: None,
        cut: false,
        transient_only: false,
    };
    let pool = Pooled { dial_retry: Some(five), ..pool(10) };
    let mut down = layered(Strategy::Pooled(pool), again(4, "1s"), Retry::None);
    let action = Action::Fault(Fault::Restart { server: 0, down: span("1h") });
    down.timeline.push(Entry { at: SimTime::ZERO, label: String::new(), action });
    assert_eq!(attempts(&down), [0.0, 1400.0, 2800.0, 4200.0]);
    let ends = Diary::of(&down).ends();
    assert_eq!(ends, [(4600.0, Some(Cause::ConnectionRefused))]);
}

/// A change of the timeline fills a budget that it touches, and only that.
#[test]
fn a_budget_that_changes_begins_anew() {
    let budget = |capacity| {
        let tokens = Tokens {
            capacity,
            initial: capacity,
            cost: 1000,
            cost_of: Vec::new(),
            deposit: 0,
            deposit_on: Deposit::Success,
            refund: false,
        };
        let policy = Policy::new(None, Backoff::Constant(Span::ZERO), Jitter::None);
        Retry::Again(Box::new(Policy { budget: Budget::Tokens(tokens), ..policy }))
    };
    let retries = |changes: bool| {
        let mut two = layered(per_request(NO_LEAK), Retry::None, budget(5_000));
        let at = vec![SimTime::ZERO, crate::support::at("2s")];
        two.settings.fleets[0].arrivals = Arrivals::Instants { at, each: 1 };
        two.settings.servers[0].maxclients = 1;
        two.settings.servers[0].internal.admin = 1;
        let mut settings = two.settings.clone();
        settings.fleets[0].breaker = Breaker::None;
        match changes {
            true => settings.fleets[0].retry = budget(3_000),
            false => settings.fleets[0].connections[0].retry = again(1, "0s"),
        }
        let action = Action::Set(Box::new(settings));
        two.timeline.push(Entry { at: crate::support::at("1s"), label: String::new(), action });
        attempts(&two).len() - 2
    };
    assert_eq!((retries(true), retries(false)), (5 + 3, 5));
}
