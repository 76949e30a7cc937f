//! Fleets: instances, the ways to the servers, steps, retries, processes.

use super::Reading;
use super::autoscale::autoscale;
use super::ejection::ejection;
use super::guards::guards;
use super::health::health;
use super::load::arrivals;
use super::process::{process, stalls};
use super::retry::retry;
use super::serverless::serverless;
use super::steps::steps;
use super::visitors::{ABANDONED, visitors};
use super::ways::{connections, one_server_each};
use crate::scenario::meant::{Balancer, Fleet, Server};
use crate::scenario::table::balancers::BALANCER;
use crate::scenario::table::fleets::FLEET;
use crate::scenario::tree::Node;
use crate::scenario::view::{Chosen, View};

/// The fleets, sorted by name.
pub(super) fn fleets(top: &View, servers: &[Server], reading: &mut Reading) -> Vec<Fleet> {
    let named = top.named("fleets");
    named
        .iter()
        .map(|(name, node)| fleet(name, &View::new(node, &FLEET), servers, reading))
        .collect()
}

fn fleet(name: &str, view: &View, servers: &[Server], reading: &mut Reading) -> Fleet {
    let path = format!("fleets.{name}");
    let connections = connections(view, &path, reading);
    let (breaker, guards) = guards(view, &path, reading);
    let steps = steps(view, &path, servers, (&connections, &guards.bulkheads), reading);
    one_server_each(view, &path, &steps, &connections, servers, reading);
    let process_view = view.sub("process");
    let process = process(&process_view, &format!("{path}.process"), reading);
    let stalls = stalls(&process_view, &format!("{path}.process"), reading);
    let instances = view.count("instances");
    let autoscale = view.find_sub("autoscale").map(|scale| {
        let counts_cpu = process.cpu.is_counted();
        autoscale(&scale, &format!("{path}.autoscale"), instances, counts_cpu, reading)
    });
    let serverless = serverless(view, &path, reading);
    Fleet {
        name: name.to_string(),
        instances,
        autoscale,
        serverless,
        balancer: balancer(view.node("balancer")),
        arrivals: arrivals(view.node("arrivals"), &format!("{path}.arrivals"), reading),
        visitors: visitors(view, &path, reading),
        abandoned: view.word("abandoned", ABANDONED),
        ejection: ejection(view),
        health: health(view, &path, &steps, reading),
        steps,
        retry: retry(view.node("retry"), &format!("{path}.retry"), reading),
        deadline: view.span_or_none("deadline"),
        breaker,
        guards,
        process,
        stalls,
        connections,
        privileged: view.flag("privileged"),
    }
}

/// How `node` says that requests are spread.
fn balancer(node: &Node) -> Balancer {
    let chosen = Chosen::new(node, &BALANCER);
    match chosen.tag {
        "round_robin" => Balancer::RoundRobin,
        "random" => Balancer::Random,
        "least_in_flight" => Balancer::LeastInFlight,
        "two_choices" => Balancer::TwoChoices,
        "sticky" => Balancer::Sticky { sessions: chosen.view().count("sessions") },
        _ => unreachable!("every balancer is read"),
    }
}
