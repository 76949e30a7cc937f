//! Waiting for an upstream connection of a proxy: M/M/c by sessions, M/D/c by transactions.

use highwater::scenario::*;
use highwater::units::Span;

use crate::rule::{Case, case};
use crate::support::*;
use crate::waiting::{check, requests_per_run};

/// Clients that dial a proxy with the pool of `case` for every request, as long as `k` needs.
fn line(case: &Case, mode: ProxyMode, hold: Dist, delay: Span, k: f64) -> Scenario {
    let rate = case.given("arrival_rate");
    let dialling = fleet(poisson(rate), per_request(NO_LEAK), hold);
    let mut line = scenario(proxy(mode, case.given("pool") as u32), dialling, "1s");
    line.settings.servers.push(free_server("behind", 1_000_000));
    line.settings.network.delay = Dist::Constant(delay);
    line.duration = Span::from_secs_f64(requests_per_run(k) / rate / 0.9);
    line
}

/// A session has its connection for as long as the client holds its own.
#[test]
fn sessions_wait_as_in_a_queue_of_many_servers() {
    let case = case("A02");
    let mean = Span::from_secs_f64(case.given("mean_service_s"));
    let hold = Dist::Exponential { mean };
    let line = line(&case, ProxyMode::Session, hold, Span::ZERO, 27.2);
    check(&case, &["p_wait", "Wq", "W"], &line);
}

/// A transaction of one command has its connection for the way to the server and back, however long
/// the client then stays.
#[test]
fn transactions_wait_as_in_a_queue_of_many_servers_with_constant_service() {
    let case = case("A08");
    let way = Span::from_secs_f64(case.given("mean_service_s") / 2.0);
    let hold = Dist::Constant(span("100ms"));
    let line = line(&case, ProxyMode::Transaction, hold, way, 14.5);
    check(&case, &["p_wait", "Wq"], &line);
}
