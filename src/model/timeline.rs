//! Entries of the timeline take effect.

use crate::engine::{Observer, Rank};
use crate::model::client::Way;
use crate::model::load::Visitors;
use crate::model::server::Task;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::{self, Action, Settings};
use crate::units::Span;

/// How long an instance may finish its requests when a fleet is made smaller.
const DRAIN: Span = Span::from_secs(30);

impl World {
    /// Entry `index` of the timeline takes effect.
    pub(in crate::model) fn timeline<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        index: u32,
    ) {
        cx.note(Observation::Timeline { index });
        match self.timeline[index as usize].action.clone() {
            Action::Set(settings) => self.change(cx, &settings),
            Action::Pause { server, length } => {
                let s = &mut self.servers[server];
                s.paused_until = s.paused_until.max(cx.now + length);
                s.wakes(cx.now);
                if s.descriptors.starved {
                    self.kick(cx, server as u16);
                }
            }
            Action::ClientKill { server, by } => {
                self.operate(cx, server as u16, Task::kill(by, cx.now));
            }
            Action::AttachReplicas { server, count, sync } => {
                for _ in 0..count {
                    let guest = self.new_replica(server as u16, sync);
                    self.guest_dials(cx, guest);
                }
            }
            Action::SlowCommand { server, length } => {
                let s = &mut self.servers[server];
                s.owed = s.owed + s.slowed(length);
                self.kick(cx, server as u16);
            }
            Action::SlowDown { server, factor, length } => {
                let number = self.servers[server].slow_by(factor);
                let event = Event::SlowDownOver { server: server as u16, number };
                cx.agenda.at(cx.now + length, Rank::CHANGE, event);
            }
            Action::Fault(fault) => self.fault(cx, fault),
            Action::Deploy { fleet, settings, rollout } => {
                let new = settings.fleets[fleet].clone();
                let f = &mut self.fleets[fleet];
                let before = f.plan;
                f.add_plan(&new, &mut self.calls);
                self.begin_deploy(cx, fleet as u16, before, rollout);
                self.change_traffic(cx, fleet, &new);
                self.settings.fleets[fleet] = new;
            }
        }
    }

    /// A slow-down is over, unless another has begun since.
    #[inline(never)]
    pub(in crate::model) fn slow_down_over(&mut self, server: u16, number: u32) {
        let s = &mut self.servers[usize::from(server)];
        if s.slow.1 == number {
            s.slow_by(1.0);
        }
    }

    /// From now on these settings hold.
    fn change<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, new: &Settings) {
        if self.settings.network != new.network {
            self.path.configure(&new.network);
            self.tw_buckets = new.network.tw_buckets;
        }
        for index in 0..self.servers.len() {
            if self.settings.servers[index] != new.servers[index] {
                let before = self.settings.servers[index].clone();
                self.change_server(cx, index as u16, &before, &new.servers[index]);
            }
        }
        for index in 0..self.fleets.len() {
            if self.settings.fleets[index] != new.fleets[index] {
                self.change_fleet(cx, index, new);
            }
        }
        for instance in self.instances.iter_mut() {
            instance.limit_time_wait(new.network.tw_buckets);
        }
        self.settings = new.clone();
    }

    /// A server's settings change: what stands in its configuration by an operator's command, the
    /// rest at once.
    fn change_server<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
        before: &scenario::Server,
        after: &scenario::Server,
    ) {
        let present = &self.servers[usize::from(server)].settings;
        let mut facts = after.clone();
        Task::keep_configuration(&mut facts, present);
        self.reconfigure(cx, server, &facts);
        self.employ_exporters(cx, server);
        if let Some(task) = Task::config(before, after, cx.now) {
            self.operate(cx, server, task);
        }
        if let (Some(p), Some(proxy)) = (self.servers[usize::from(server)].proxy, &after.proxy) {
            self.change_proxy(cx, usize::from(p), proxy);
        }
        self.kick(cx, server);
    }

    /// These settings of a server hold from now on.
    pub(in crate::model) fn reconfigure<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
        settings: &scenario::Server,
    ) {
        let reaping = |s: &scenario::Server| (s.reaper, s.timeout);
        let s = &mut self.servers[usize::from(server)];
        let changed = reaping(&s.settings) != reaping(settings);
        s.configure(settings, cx.now);
        if changed {
            // The next look on the agenda was that of the old settings.
            s.look_at = None;
            self.relink_clients(server);
        }
        self.remember_clients(server, cx.now);
        self.arm_reaper(cx, server);
    }

    /// A fleet's settings change in all its instances at once.
    fn change_fleet<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        index: usize,
        new: &Settings,
    ) {
        let settings = &new.fleets[index];
        let f = &mut self.fleets[index];
        let version = f.add_plan(settings, &mut self.calls);
        // Traffic and size are the fleet's, not an instance's: changing them leaves a deploy that is
        // under way alone.
        let mut same_inside = self.settings.fleets[index].clone();
        same_inside.arrivals = settings.arrivals.clone();
        same_inside.visitors = settings.visitors.clone();
        same_inside.balancer = settings.balancer;
        same_inside.health = settings.health;
        same_inside.ejection = settings.ejection;
        same_inside.instances = settings.instances;
        same_inside.autoscale = settings.autoscale.clone();
        let inside = same_inside != *settings;
        for place in &f.places {
            let instance = &mut self.instances[*place as usize];
            if inside && instance.is_running() && instance.holds_as(settings) {
                instance.plan = version;
                instance.process = settings.process;
                instance.ports.iter_mut().for_each(|ports| ports.configure(&settings.process));
                instance.memory = instance.memory_of_open();
            }
        }
        for place in self.fleets[index].places.clone() {
            let instance = &self.instances[place as usize];
            if !inside || !instance.is_running() || instance.plan != version {
                continue;
            }
            if instance.ways.iter().any(|way| !matches!(way, Way::PerRequest)) {
                self.resize_ways(cx, place);
            }
            self.charge(cx, place, 0);
            self.set_cores(cx, place);
            self.set_guards(cx, place);
            let before = self.settings.fleets[index].clone();
            self.change_purses(place, &before, settings);
        }
        if self.fleets[index].current().fleet.serverless.is_some() {
            self.renew(cx, index as u16);
        }
        self.change_traffic(cx, index, settings);
    }

    /// Traffic and size are the fleet's, not an instance's: they change at once, also with a deploy.
    fn change_traffic<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        index: usize,
        settings: &scenario::Fleet,
    ) {
        let f = &mut self.fleets[index];
        if self.settings.fleets[index].visitors != settings.visitors {
            f.visitors = Visitors::new(&settings.visitors);
        }
        if self.settings.fleets[index].balancer != settings.balancer {
            f.rotation.look_again();
        }
        if self.settings.fleets[index].health != settings.health {
            self.set_checks(cx, index as u16, settings.health);
        }
        if self.settings.fleets[index].ejection != settings.ejection {
            self.set_ejection(index as u16, settings.ejection);
        }
        let f = &mut self.fleets[index];
        if self.settings.fleets[index].arrivals != settings.arrivals {
            f.clock += 1;
            let next = f.arrivals.change(&settings.arrivals, cx.now, &mut f.streams.arrival);
            f.set_next_arrival(index as u16, next, cx.agenda);
            self.set_users(cx, index as u16, &settings.arrivals);
        }
        if self.settings.fleets[index].instances != settings.instances {
            self.scale(cx, index as u16, settings.instances, DRAIN);
        }
        if self.settings.fleets[index].autoscale != settings.autoscale {
            self.set_autoscaler(cx, index as u16);
        }
    }
}

/// Copied at every step: keep it small.
const _: () = assert!(std::mem::size_of::<Event>() <= 24, "an event has at most 24 bytes");
