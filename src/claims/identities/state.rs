//! The settings between two entries of the timeline, and the figures every check starts from.

use crate::scenario::{
    Action, Arrivals, Bursts, Call, Dist, Fleet, Leak, Made, Network, OnOff, Profile, ProxyMode,
    Reaper, Replacing, Rollout, Scenario, Server, Settings, Step, Strategy, Visitors,
};
use crate::units::{Rate, SimTime, Span};

/// What holds from one change of the timeline to the next.
pub(super) struct State<'a> {
    pub from: SimTime,
    pub until: SimTime,
    pub settings: &'a Settings,
    /// The connection limit of each server.
    limits: Vec<f64>,
    /// During a deploy: the fleet, and how many of its replaced instances still finish requests.
    pub overlap: Option<(usize, u32)>,
}

/// The states of a scenario, in order of time.
pub(super) fn states(scenario: &Scenario) -> Vec<State<'_>> {
    let end = SimTime::ZERO + scenario.duration;
    let servers = 0..scenario.settings.servers.len();
    let changes: Vec<Vec<(SimTime, u32)>> = servers.map(|index| scenario.limits(index)).collect();
    let limits = |from: SimTime| {
        let last = |of: &Vec<(SimTime, u32)>| {
            of.iter().rev().find(|(at, _)| *at <= from).map_or(0.0, |(_, limit)| f64::from(*limit))
        };
        changes.iter().map(last).collect()
    };
    let first = State {
        from: SimTime::ZERO,
        until: end,
        settings: &scenario.settings,
        limits: limits(SimTime::ZERO),
        overlap: None,
    };
    let mut states = vec![first];
    for entry in scenario.timeline.iter().filter(|entry| entry.at < end) {
        let (settings, overlap) = match &entry.action {
            Action::Set(settings) => (settings, None),
            Action::Deploy { fleet, settings, rollout } => {
                let instances = settings.fleets.get(*fleet).map_or(0, |fleet| fleet.instances);
                (settings, Some((*fleet, overlap(rollout).min(instances))))
            }
            Action::Pause { .. }
            | Action::ClientKill { .. }
            | Action::AttachReplicas { .. }
            | Action::SlowCommand { .. }
            | Action::SlowDown { .. }
            | Action::Fault(_) => continue,
        };
        if let Some(last) = states.last_mut() {
            last.until = entry.at;
        }
        let (from, limits) = (entry.at, limits(entry.at));
        states.push(State { from, until: end, settings, limits, overlap });
    }
    states
}

/// How many replaced instances are there beside the new ones, at most.
pub(in crate::claims) fn overlap(rollout: &Rollout) -> u32 {
    match rollout.how {
        Replacing::BlueGreen { .. } => u32::MAX,
        Replacing::Recreate | Replacing::Rolling { surge: 0, .. } => 0,
        Replacing::Rolling { surge, .. } => {
            let batches = rollout.drain.as_ns().div_ceil(rollout.every.as_ns().max(1)).max(1);
            u32::try_from(batches).unwrap_or(u32::MAX).saturating_mul(surge)
        }
    }
}

impl State<'_> {
    /// Seconds from the first instant of this state to the last.
    pub fn seconds(&self) -> f64 {
        self.until.as_secs_f64() - self.from.as_secs_f64()
    }

    /// Slots of a server that are left for ordinary fleets: descriptors can lower the limit, and slots
    /// can be kept for the privileged.
    pub fn free(&self, server: usize) -> f64 {
        let settings = &self.settings.servers[server];
        (self.limits[server] - f64::from(settings.reserved)).max(0.0) - base(settings)
    }

    /// Mean and highest arrival rate of a fleet per second over this state; `None` for a list of
    /// instants, which has no rate. Users come at most at users over (think + time on idle servers).
    pub fn rate(&self, fleet: &Fleet) -> Option<(f64, f64)> {
        match &fleet.arrivals {
            Arrivals::Poisson(profile) | Arrivals::Even(profile) => {
                Some(over(profile, self.from.as_secs_f64(), self.until.as_secs_f64()))
            }
            Arrivals::Instants { .. } => None,
            Arrivals::Bursts(Bursts { batches, size }) => {
                let (from, until) = (self.from.as_secs_f64(), self.until.as_secs_f64());
                let (mean, peak) = over(batches, from, until);
                Some((mean * size.mean(), peak * size.mean()))
            }
            Arrivals::OnOff(OnOff { rate, on, off, .. }) => {
                let (rate, on, off) = (rate.as_per_second(), mean(on), mean(off));
                Some((rate * on / (on + off), rate))
            }
            Arrivals::Users(users) => {
                let Visitors { patience, reload } = &fleet.visitors;
                let think = mean(&users.think);
                let pause = reload.as_ref().map_or(think, |again| mean(&again.pause).min(think));
                let time = self.unhindered(fleet);
                let cycle = pause + patience.as_ref().map_or(time, |most| mean(most).min(time));
                let rate = if cycle > 0.0 { f64::from(users.users) / cycle } else { 0.0 };
                Some((rate, rate))
            }
        }
    }

    /// Leaks per second into `server` from every fleet, when all calls succeed: the fleet's index,
    /// its leak and the rate.
    pub fn leaks(&self, server: usize) -> Vec<(usize, Leak, f64)> {
        let mut leaks = Vec::new();
        for (index, fleet) in self.settings.fleets.iter().enumerate() {
            let Some((rate, _)) = self.rate(fleet) else { continue };
            for Made { call, share } in fleet.calls() {
                let Some(leak) = leak(fleet, call) else { continue };
                let share = share
                    * call.share_of(server, None)
                    * (leak.on_success.share() + regular(&leak));
                if share > 0.0 && rate > 0.0 {
                    leaks.push((index, leak, rate * share));
                }
            }
        }
        leaks
    }

    /// The same, with the seconds after which an idle connection is closed, and with what fleets leak
    /// at proxies that hold a connection to `server` for each of their clients. A proxy with fewer
    /// connections than the server has slots fills these, and never the slots.
    pub fn leaks_through(&self, server: usize) -> Vec<(Leak, f64, Option<f64>)> {
        let settings = &self.settings.servers[server];
        let life = idle_life(settings);
        let direct = self.leaks(server).into_iter().map(|(_, leak, rate)| (leak, rate, life));
        let mut all: Vec<_> = direct.collect();
        for (index, other) in self.settings.servers.iter().enumerate() {
            let Some(proxy) = other.proxy.as_ref().filter(|proxy| proxy.to == server) else {
                continue;
            };
            let holds = matches!(proxy.mode, ProxyMode::OneToOne | ProxyMode::Session);
            let fills = proxy.connections.is_none_or(|most| f64::from(most) >= self.free(server));
            if holds && fills {
                let shorter = |of: Option<f64>| match (of, life) {
                    (Some(a), Some(b)) => Some(a.min(b)),
                    (a, b) => a.or(b),
                };
                let through = self.leaks_through(index).into_iter();
                all.extend(through.map(|(leak, rate, of)| (leak, rate, shorter(of))));
            }
        }
        all
    }

    /// Seconds from the first command of a call until its connection is let go, on an idle server.
    pub fn held(&self, call: &Call, fleet: &Fleet) -> f64 {
        let server = &self.settings.servers[call.server];
        let travel = f64::from(call.trips()) * 2.0 * mean(&self.settings.network.delay);
        let served = command_cost(call, server) + call.blocking.map_or(0.0, Span::as_secs_f64);
        let further = self.steps(&call.holding, fleet);
        travel + f64::from(call.executed()) * served + mean(&call.hold) + further
    }

    /// Seconds that a request takes when nobody else is there.
    pub fn unhindered(&self, fleet: &Fleet) -> f64 {
        self.steps(&fleet.steps, fleet)
    }

    /// Seconds that steps of a fleet take when nobody else is there.
    fn steps(&self, steps: &[Step], fleet: &Fleet) -> f64 {
        let step = |step: &Step| match step {
            Step::Work(work) => mean(work),
            Step::Call(call) => {
                let strategy = &fleet.connections[call.through].strategy;
                let dials = matches!(strategy, Strategy::PerRequest { .. });
                self.held(call, fleet) + if dials { self.dialling() } else { 0.0 }
            }
            Step::OneOf(branches) => {
                branches.iter().map(|b| b.share.share() * self.steps(&b.steps, fleet)).sum()
            }
        };
        steps.iter().map(step).sum()
    }

    /// Seconds for the handshake of a dial: one round trip.
    pub fn dialling(&self) -> f64 {
        let Network { delay, .. } = &self.settings.network;
        2.0 * mean(delay)
    }
}

/// CPU time of `server` for one command of a call, in seconds.
pub(super) fn command_cost(call: &Call, server: &Server) -> f64 {
    call.cost.as_ref().map_or(server.cost.command.as_secs_f64(), mean)
}

/// The leak of the connections a call goes through.
pub(super) fn leak(fleet: &Fleet, call: &Call) -> Option<Leak> {
    match &fleet.connections[call.through].strategy {
        Strategy::PerRequest { leak, .. } => Some(*leak),
        Strategy::Pooled(pooled) => Some(pooled.leak),
        Strategy::Shared(_) => None,
    }
}

/// The share of calls that leak by count.
fn regular(leak: &Leak) -> f64 {
    if leak.every > 0 { 1.0 / f64::from(leak.every) } else { 0.0 }
}

/// Slots that are taken before any fleet connects.
fn base(server: &Server) -> f64 {
    f64::from(server.internal.slots())
}

/// Seconds after which the server closes an idle connection; `None` when it never does.
pub(super) fn idle_life(server: &Server) -> Option<f64> {
    match server.reaper {
        _ if server.timeout == Span::ZERO => None,
        Reaper::None => None,
        Reaper::Exact => Some(server.timeout.as_secs_f64()),
        Reaper::RedisCron => Some(server.timeout.as_secs_f64() + 1.0),
    }
}

/// Mean and highest rate of a profile between two instants, per second.
fn over(profile: &Profile, from: f64, until: f64) -> (f64, f64) {
    match profile {
        Profile::Constant(rate) => (rate.as_per_second(), rate.as_per_second()),
        Profile::Wave { mean, swing, .. } => {
            (mean.as_per_second(), mean.as_per_second() * (1.0 + swing.share()))
        }
        Profile::Steps(steps) => pieces(steps, from, until, false),
        Profile::Points(points) => pieces(points, from, until, true),
    }
}

/// The same for rates at instants, level between them or with straight lines.
fn pieces(at: &[(SimTime, Rate)], from: f64, until: f64, lines: bool) -> (f64, f64) {
    let (mut area, mut peak) = (0.0, 0.0_f64);
    for (i, (begin, rate)) in at.iter().enumerate() {
        let (begin, rate) = (begin.as_secs_f64(), rate.as_per_second());
        let next = at.get(i + 1).map(|(at, rate)| (at.as_secs_f64(), rate.as_per_second()));
        let end = next.map_or(until, |(at, _)| at);
        let slope = match next {
            Some((_, to)) if lines && end > begin => (to - rate) / (end - begin),
            _ => 0.0,
        };
        let (low, high) = (from.max(begin), until.min(end));
        if high > low {
            let (first, last) = (rate + slope * (low - begin), rate + slope * (high - begin));
            area += (first + last) / 2.0 * (high - low);
            peak = peak.max(first).max(last);
        }
    }
    if until > from { (area / (until - from), peak) } else { (peak, peak) }
}

/// The mean of a distribution, in seconds.
pub(super) fn mean(dist: &Dist) -> f64 {
    match dist {
        Dist::Constant(span) => span.as_secs_f64(),
        Dist::Uniform { min, max } => (min.as_secs_f64() + max.as_secs_f64()) / 2.0,
        Dist::Exponential { mean } | Dist::LogNormal { mean, .. } | Dist::Erlang { mean, .. } => {
            mean.as_secs_f64()
        }
        Dist::Normal { mean, sd } => folded_normal(mean.as_secs_f64(), sd.as_secs_f64()),
        Dist::Weibull { scale, shape } => scale.as_secs_f64() * libm::tgamma(1.0 + 1.0 / shape),
        Dist::Pareto { min, max, shape } => {
            bounded_pareto(min.as_secs_f64(), max.as_secs_f64(), *shape)
        }
        Dist::Table(rows) => {
            let weight: f64 = rows.iter().map(|(_, weight)| weight).sum();
            rows.iter().map(|(value, share)| value.as_secs_f64() * share).sum::<f64>() / weight
        }
    }
}

/// The mean of the absolute value of a normal number.
fn folded_normal(mean: f64, sd: f64) -> f64 {
    if sd <= 0.0 {
        return mean;
    }
    let z = mean / (sd * std::f64::consts::SQRT_2);
    let spread = sd * libm::sqrt(2.0 / std::f64::consts::PI) * libm::exp(-z * z);
    spread + mean * libm::erf(z)
}

fn bounded_pareto(min: f64, max: f64, shape: f64) -> f64 {
    if min <= 0.0 || max <= min {
        return min;
    }
    let kept = 1.0 - libm::pow(min / max, shape);
    if (shape - 1.0).abs() < 1e-9 {
        return min * libm::log(max / min) / kept;
    }
    let tail = 1.0 - libm::pow(min / max, shape - 1.0);
    min * shape / (shape - 1.0) * tail / kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-9 * b.abs()
    }

    /// A Weibull of shape 1 is exponential; a Pareto between 1 s and 4 s with shape 1 has the mean
    /// ln 4 / (1 - 1/4), with shape 2 the mean 2 (1 - 1/4) / (1 - 1/16).
    #[test]
    fn means_are_the_closed_forms() {
        let (one, four) = (Span::from_secs(1), Span::from_secs(4));
        assert!(close(mean(&Dist::Weibull { scale: four, shape: 1.0 }), 4.0));
        let pareto = |shape| mean(&Dist::Pareto { min: one, max: four, shape });
        assert!(close(pareto(1.0), libm::log(4.0) / 0.75));
        assert!(close(pareto(2.0), 1.6));
        // Half a normal number: sqrt(2 / pi). Far from zero the sign does not matter.
        let half = Dist::Normal { mean: Span::ZERO, sd: one };
        assert!(close(mean(&half), libm::sqrt(2.0 / std::f64::consts::PI)));
        let far = Dist::Normal { mean: Span::from_secs(100), sd: one };
        assert!(close(mean(&far), 100.0));
        assert!(close(mean(&Dist::Table(vec![(one, 3.0), (four, 1.0)])), 1.75));
    }

    #[test]
    fn a_profile_has_a_mean_and_a_peak_over_any_stretch() {
        let at = |s: u64, r: f64| {
            (SimTime::ZERO + Span::from_secs(s), Rate::per_second(r).expect("a fair rate"))
        };
        let profile = vec![at(0, 10.0), at(10, 30.0)];
        assert_eq!(over(&Profile::Steps(profile.clone()), 0.0, 20.0), (20.0, 30.0));
        assert_eq!(over(&Profile::Points(profile.clone()), 0.0, 10.0), (20.0, 30.0));
        assert_eq!(over(&Profile::Points(profile), 5.0, 10.0), (25.0, 30.0));
    }
}
