//! Operators: CONFIG SET and CLIENT KILL. There is no slot for them: without a connection that was
//! opened before (`internal.admin`) an operator must be let in like anyone, and one who is refused
//! tries again every second. Over one that was opened before a command is read in a turn like any.
//!
//! # Source
//!
//! Redis `acceptCommonHandler` knows no exemption; redis/redis pull requests 5418 (closed) and 6945
//! (open) propose one.

use std::collections::VecDeque;

use crate::engine::{Observer, Rank};
use crate::model::net::{NO_FLEET, Pair};
use crate::model::server::guests::AGAIN_AFTER;
use crate::model::server::kill::Kill;
use crate::model::server::state::{Readable, Ready};
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::{self, KillBy};
use crate::units::{SimTime, Span};

/// What operators have to do at a server, in order.
#[derive(Debug, Default)]
pub struct Operator {
    tasks: VecDeque<Task>,
    /// How somebody is at it, if anybody is.
    at_work: Option<Way>,
    /// The operator who dials, once there is one.
    pub(super) guest: Option<u32>,
}

/// How an operator is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// By a connection opened before the run began.
    Before,
    /// By dialling.
    Dials,
}

/// Something an operator has to do.
#[derive(Debug)]
pub enum Task {
    /// CONFIG SET of what differs.
    Config {
        /// The settings before.
        before: Box<scenario::Server>,
        /// The settings wanted.
        after: Box<scenario::Server>,
        /// When it was asked for.
        asked: SimTime,
    },
    /// CLIENT KILL.
    Kill(Kill),
}

/// Copies the settings of a server that take a CONFIG SET from one to another where `changed`.
fn copy_configuration(
    to: &mut scenario::Server,
    from: &scenario::Server,
    unless: Option<&scenario::Server>,
) {
    macro_rules! copy {
        ($($field:ident),*) => {
            $(if unless.is_none_or(|before| before.$field != from.$field) {
                to.$field = from.$field;
            })*
        };
    }
    copy!(
        maxclients,
        timeout,
        keepalive,
        hz,
        dynamic_hz,
        accepts_per_turn,
        accepts_per_turn_tls,
        maxmemory_clients
    );
}

impl Task {
    /// The CONFIG SET that leads from one set of settings to the other, if it takes one.
    pub fn config(
        before: &scenario::Server,
        after: &scenario::Server,
        asked: SimTime,
    ) -> Option<Task> {
        let mut changed = before.clone();
        copy_configuration(&mut changed, after, None);
        let (before, after) = (Box::new(before.clone()), Box::new(after.clone()));
        (changed != *before).then_some(Task::Config { before, after, asked })
    }

    /// Puts what takes a CONFIG SET back to what is in force.
    pub fn keep_configuration(settings: &mut scenario::Server, present: &scenario::Server) {
        copy_configuration(settings, present, None);
    }

    /// The CLIENT KILL that an operator sets out for at `now`.
    pub fn kill(by: KillBy, now: SimTime) -> Task {
        Task::Kill(Kill::new(by, now))
    }
}

impl World {
    /// An operator has something more to do at a server.
    pub(in crate::model) fn operate<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
        task: Task,
    ) {
        let s = &mut self.servers[usize::from(server)];
        s.operator.tasks.push_back(task);
        if s.operator.at_work.is_some() {
            return;
        }
        if s.has_operator() {
            s.operator.at_work = Some(Way::Before);
            return self.operator_acts(cx, server);
        }
        let guest = self.operator_who_dials(server);
        self.guest_dials(cx, guest);
    }

    fn operator_who_dials(&mut self, server: u16) -> u32 {
        let guest = match self.servers[usize::from(server)].operator.guest {
            Some(guest) => guest,
            None => self.new_operator(server),
        };
        let operator = &mut self.servers[usize::from(server)].operator;
        operator.guest = Some(guest);
        operator.at_work = Some(Way::Dials);
        guest
    }

    /// The process of a server has ended, and with it the connections that were opened before the
    /// run began: the operator who had one dials anew, after a while if at work.
    pub(in crate::model) fn operator_loses<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
    ) {
        let s = &mut self.servers[usize::from(server)];
        s.lost.operator |= s.settings.internal.admin > 0;
        s.count_internal();
        // What CLIENT LIST has shown of them is nobody's now.
        if let Some(Task::Kill(kill)) = s.operator.tasks.front_mut() {
            kill.forget_internal();
        }
        if s.operator.at_work != Some(Way::Before) {
            return;
        }
        if s.operator.tasks.is_empty() {
            s.operator.at_work = None;
        } else {
            let guest = self.operator_who_dials(server);
            cx.agenda.at(cx.now + AGAIN_AFTER, Rank::DELIVERY, Event::GuestDials { guest });
        }
    }

    /// Whether there is anything left to do at a server.
    pub(in crate::model) fn has_orders(&self, server: u16) -> bool {
        !self.servers[usize::from(server)].operator.tasks.is_empty()
    }

    /// An operator has heard of the last of it.
    pub(in crate::model) fn operator_rests(&mut self, server: u16) {
        self.servers[usize::from(server)].operator.at_work = None;
    }

    /// A command of an operator who was connected before is readable: the first at the instant of
    /// the timeline (it is typed on the server's host), the others a round trip after the reply.
    pub(in crate::model) fn operator_acts<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
    ) {
        let s = &mut self.servers[usize::from(server)];
        // What was sent to a process that has ended meanwhile is lost.
        if s.operator.at_work == Some(Way::Before) {
            let (conn, request, what) = (Id::NONE, Id::NONE, Readable::Order);
            s.ready.push_back(Ready { conn, request, what, exchange: 0, class: 0 });
            self.kick(cx, server);
        }
    }

    /// The server serves an operator who was connected before; gives the CPU time that takes.
    pub(in crate::model) fn serve_operator<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
        ready: Ready,
    ) -> Span {
        self.command_done(cx, server);
        let s = &mut self.servers[usize::from(server)];
        s.replies.push(ready);
        s.cost.command + std::mem::take(&mut s.owed)
    }

    /// The reply to an operator who was connected before leaves: the next command comes a round
    /// trip later, if there is any.
    pub(in crate::model) fn operator_hears<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
    ) {
        if !self.has_orders(server) {
            self.operator_rests(server);
        } else {
            let pair = Pair { fleet: NO_FLEET, server };
            self.path.send(pair, 2, cx.agenda, Event::OperatorActs { server });
        }
    }

    /// The server carries out one command of an operator. What becomes of it is for the next turn,
    /// which whoever calls this begins.
    pub(in crate::model) fn command_done<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
    ) {
        let Some(task) = self.servers[usize::from(server)].operator.tasks.pop_front() else {
            return;
        };
        let left = match task {
            Task::Config { before, after, asked } => {
                if self.config_set(cx, server, &before, &after) {
                    let limit = self.servers[usize::from(server)].descriptors.limit;
                    cx.note(Observation::ConfigSet { server, limit, asked });
                }
                None
            }
            Task::Kill(kill) => self.client_kill(cx, server, kill).map(Task::Kill),
        };
        if let Some(task) = left {
            self.servers[usize::from(server)].operator.tasks.push_front(task);
        }
    }

    /// CONFIG SET. What the operating system refuses stays as it was; the rest is set. Gives whether
    /// anything was.
    fn config_set<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
        before: &scenario::Server,
        after: &scenario::Server,
    ) -> bool {
        let s = &mut self.servers[usize::from(server)];
        let mut settings = s.settings.clone();
        copy_configuration(&mut settings, after, Some(before));
        if before.maxclients != after.maxclients {
            let asked = after.maxclients;
            if let Err(possible) = s.descriptors.set_maxclients(&settings, asked) {
                settings.maxclients = s.settings.maxclients;
                cx.note(Observation::ConfigRefused { server, asked, possible });
            }
        }
        let is_new = settings != s.settings;
        self.reconfigure(cx, server, &settings);
        is_new
    }
}
