//! A fleet whose size follows its load.
//!
//! # Source
//!
//! Kubernetes `pkg/controller/podautoscaler/replica_calculator.go` (the size that is wanted) and
//! `horizontal.go` (`stabilizeRecommendationWithBehaviors`, the limits of one step).

use std::collections::VecDeque;

use crate::engine::{Observer, Rank};
use crate::model::client::Life;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::{Autoscale, ScaleOn};
use crate::units::{SimTime, Span};

/// What an autoscaler remembers.
#[derive(Debug, Default)]
pub struct Autoscaler {
    /// Counts the times it was set anew: what is due for an earlier one is out of date.
    clock: u32,
    /// The sizes that were wanted, as long as they count.
    wanted: VecDeque<(SimTime, u32)>,
    /// When the size was last changed.
    changed: Option<SimTime>,
    /// When it last looked, and how many requests had arrived by then.
    looked: SimTime,
    arrived: u64,
}

/// What an autoscaler sees of the instances of a fleet.
#[derive(Clone, Copy, Debug)]
struct Seen {
    /// Those that are up.
    ready: u32,
    /// Those that start.
    starting: u32,
    /// The sum of the figure over those that are up.
    sum: f64,
}

impl Autoscaler {
    /// The size from now on.
    fn decide(&mut self, rule: &Autoscale, size: u32, seen: Seen, now: SimTime) -> u32 {
        if self.wanted.is_empty() {
            self.wanted.push_back((now, size));
        }
        let wanted = wanted(rule, size, seen).clamp(rule.min, rule.max);
        self.wanted.push_back((now, wanted));
        let longest = rule.up_after.max(rule.down_after);
        while self.wanted.front().is_some_and(|(at, _)| *at + longest < now) {
            self.wanted.pop_front();
        }
        let since = |window: Span| {
            let young = move |(at, _): &&(SimTime, u32)| *at + window >= now;
            self.wanted.iter().filter(young).map(|(_, wanted)| *wanted)
        };
        // With no window at all only what is wanted now counts.
        let of = |window: Span, all: Option<u32>| if window.is_zero() { Some(wanted) } else { all };
        let least = of(rule.up_after, since(rule.up_after).min()).unwrap_or(wanted);
        let most = of(rule.down_after, since(rule.down_after).max()).unwrap_or(wanted);
        let next = size.max(least).min(most.max(least));
        let up = (f64::from(size) * rule.up_factor).ceil() as u32;
        let up = up.max(size.saturating_add(rule.up_by));
        let down = rule.down_by.map_or(0, |by| size.saturating_sub(by));
        let next = next.clamp(down.min(up), up).clamp(rule.min, rule.max);
        let cools = self.changed.is_some_and(|at| now < at + rule.cooldown);
        if cools { size } else { next }
    }
}

/// The size that is wanted: the present one times figure over target, rounded up. Instances that start
/// count as idle when more are wanted, and are left out when fewer are.
fn wanted(rule: &Autoscale, size: u32, seen: Seen) -> u32 {
    if seen.ready == 0 {
        return size;
    }
    let ratio_of = |instances: u32| seen.sum / f64::from(instances) / rule.target;
    let is_close = |ratio: f64| (ratio - 1.0).abs() <= rule.tolerance.share();
    let times = |ratio: f64, instances: u32| (ratio * f64::from(instances)).ceil() as u32;
    let ratio = ratio_of(seen.ready);
    if seen.starting == 0 || ratio <= 1.0 {
        return if is_close(ratio) { size } else { times(ratio, seen.ready) };
    }
    let all = seen.ready + seen.starting;
    let with_all = ratio_of(all);
    let next = times(with_all, all);
    if is_close(with_all) || with_all < 1.0 || next < size { size } else { next }
}

impl World {
    /// The autoscaler of a fleet begins to look, if it has one, and forgets what it knew.
    pub(in crate::model) fn set_autoscaler<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        fleet: u16,
    ) {
        let f = &mut self.fleets[usize::from(fleet)];
        f.autoscaler.wanted.clear();
        f.autoscaler.clock += 1;
        let (arrived, clock) = (f.arrived, f.autoscaler.clock);
        (f.autoscaler.looked, f.autoscaler.arrived) = (cx.now, arrived);
        if let Some(rule) = &f.current().fleet.autoscale {
            let at = cx.now + rule.every;
            cx.agenda.at(at, Rank::CHANGE, Event::Autoscale { fleet, clock });
        }
    }

    /// The autoscaler of a fleet looks.
    pub(in crate::model) fn autoscale<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        fleet: u16,
        clock: u32,
    ) {
        let f = &self.fleets[usize::from(fleet)];
        let Some(rule) = f.current().fleet.autoscale.clone() else { return };
        if f.autoscaler.clock != clock {
            return;
        }
        let seen = self.see(fleet, rule.on, cx.now);
        let f = &mut self.fleets[usize::from(fleet)];
        let (size, arrived) = (f.size, f.arrived);
        let next = f.autoscaler.decide(&rule, size, seen, cx.now);
        (f.autoscaler.looked, f.autoscaler.arrived) = (cx.now, arrived);
        cx.agenda.at(cx.now + rule.every, Rank::CHANGE, Event::Autoscale { fleet, clock });
        if next != size {
            f.autoscaler.changed = Some(cx.now);
            cx.note(Observation::Scaled { fleet, from: size, to: next });
            self.scale(cx, fleet, next, rule.drain);
        }
    }

    /// What the autoscaler of a fleet sees now.
    fn see(&mut self, fleet: u16, on: ScaleOn, now: SimTime) -> Seen {
        let f = &self.fleets[usize::from(fleet)];
        let window_s = now.since(f.autoscaler.looked).as_secs_f64();
        let mut seen = Seen { ready: 0, starting: 0, sum: 0.0 };
        for place in &f.places {
            let instance = &mut self.instances[*place as usize];
            let busy = instance.cores.spent_since_look();
            match instance.life {
                Life::Up => seen.ready += 1,
                Life::Starting => seen.starting += 1,
                _ => {}
            }
            if instance.life == Life::Up {
                seen.sum += match on {
                    ScaleOn::Cpu => {
                        let cores = f64::from(instance.process.cpu.cores);
                        busy.as_secs_f64() / (window_s * cores)
                    }
                    ScaleOn::InFlight => f64::from(instance.in_flight),
                    ScaleOn::Memory => instance.memory as f64,
                    ScaleOn::Requests => 0.0,
                };
            }
        }
        if on == ScaleOn::Requests {
            seen.sum = (f.arrived - f.autoscaler.arrived) as f64 / window_s;
        }
        seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Ratio;

    fn rule(target: f64) -> Autoscale {
        Autoscale {
            on: ScaleOn::Cpu,
            target,
            min: 1,
            max: 1000,
            every: Span::from_secs(15),
            tolerance: Ratio::new(0.1).unwrap(),
            up_after: Span::ZERO,
            down_after: Span::from_secs(300),
            up_by: 4,
            up_factor: 2.0,
            down_by: None,
            cooldown: Span::ZERO,
            drain: Span::ZERO,
        }
    }

    /// The examples of the documentation of the HorizontalPodAutoscaler ("Algorithm details") and of
    /// `replica_calculator_test.go`: levels of the pods that are ready, how many are not, the target,
    /// and the size wanted.
    #[test]
    fn the_size_wanted_is_that_of_the_documented_algorithm() {
        let cases: [(&[f64], u32, f64, u32, &str); 11] = [
            (&[200.0, 200.0], 0, 100.0, 4, "200m for 100m: doubled"),
            (&[50.0, 50.0, 50.0, 50.0], 0, 100.0, 2, "50m for 100m: halved"),
            (&[300.0, 500.0, 700.0], 0, 300.0, 5, "ScaleUp"),
            (&[500.0, 700.0], 1, 300.0, 4, "ScaleUpUnreadyLessScale"),
            (&[400.0], 2, 300.0, 3, "ScaleUpUnreadyNoScale"),
            (&[100.0, 300.0, 500.0, 250.0, 250.0], 0, 500.0, 3, "ScaleDown"),
            (&[1010.0, 1030.0, 1020.0], 0, 1000.0, 3, "Tolerance"),
            (&[109.0, 110.0], 0, 100.0, 2, "9.5 % above"),
            (&[89.0, 89.0], 0, 100.0, 2, "11 % below, and rounded up"),
            (&[89.0; 10], 0, 100.0, 9, "11 % below ten: nine"),
            (&[], 3, 100.0, 3, "no figure at all"),
        ];
        for (levels, starting, target, expected, name) in cases {
            let (ready, sum) = (levels.len() as u32, levels.iter().sum());
            let seen = Seen { ready, starting, sum };
            assert_eq!(wanted(&rule(target), ready + starting, seen), expected, "{name}");
        }
    }

    /// Looks every 15 s at a figure, to the sizes.
    fn sizes(rule: &Autoscale, start: u32, figures: &[f64]) -> Vec<u32> {
        let (mut scaler, mut size) = (Autoscaler::default(), start);
        let looks = figures.iter().enumerate().map(|(number, load)| {
            let now = SimTime::ZERO + Span::from_secs(15 * number as u64);
            let seen = Seen { ready: size, starting: 0, sum: *load };
            let next = scaler.decide(rule, size, seen, now);
            if next != size {
                scaler.changed = Some(now);
            }
            size = next;
            size
        });
        looks.collect()
    }

    /// Ten times the load: at most four more or twice as many at a look (the default policies), so
    /// 3, 7, 14, 15.
    #[test]
    fn a_fleet_grows_by_four_or_doubles_at_each_look() {
        let rule = Autoscale { min: 3, max: 15, ..rule(100.0) };
        assert_eq!(sizes(&rule, 3, &[300.0, 3000.0, 3000.0, 3000.0]), [3, 7, 14, 15]);
    }

    /// The largest size wanted in five minutes counts: the load falls at 30 s, the size 300 s after
    /// the last look at which more was wanted.
    #[test]
    fn a_fleet_shrinks_when_less_has_been_wanted_for_the_whole_window() {
        let figures: Vec<f64> = (0..24).map(|look| if look < 2 { 1000.0 } else { 200.0 }).collect();
        let sizes = sizes(&rule(100.0), 10, &figures);
        let at = sizes.iter().position(|size| *size != 10);
        assert_eq!((at, sizes[23]), (Some(22), 2), "{sizes:?}");
        let slow = Autoscale { down_after: Span::ZERO, down_by: Some(1), ..rule(100.0) };
        assert_eq!(self::sizes(&slow, 10, &[200.0; 4]), [9, 8, 7, 6]);
    }

    #[test]
    fn a_larger_size_must_be_wanted_for_its_window_and_a_change_cools_down() {
        let slow = Autoscale { up_after: Span::from_secs(30), ..rule(100.0) };
        assert_eq!(sizes(&slow, 2, &[200.0, 400.0, 400.0, 400.0, 400.0]), [2, 2, 2, 4, 4]);
        let cool = Autoscale { cooldown: Span::from_secs(40), ..rule(100.0) };
        assert_eq!(sizes(&cool, 2, &[400.0, 800.0, 800.0, 800.0]), [4, 4, 4, 8]);
    }
}
