//! CLIENT KILL: which clients an operator closes, and in how many commands.

use std::collections::VecDeque;

use crate::engine::Observer;
use crate::model::Observation;
use crate::model::client::{Conn, FarEnd};
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::scenario::{KillBy, KillKind, LeakKind};
use crate::units::{SimTime, Span};

/// A CLIENT KILL under way.
#[derive(Debug)]
pub struct Kill {
    by: KillBy,
    /// What CLIENT LIST showed and is still to be closed, one by one.
    listed: Option<VecDeque<Id<Conn>>>,
    /// And of those that were connected before the run began, how many: the oldest, so the first.
    internal: u32,
    killed: u32,
    began: SimTime,
}

impl Kill {
    /// One that an operator sets out for at `now`.
    pub fn new(by: KillBy, now: SimTime) -> Kill {
        Kill { by, listed: None, internal: 0, killed: 0, began: now }
    }

    /// What CLIENT LIST has shown of those from before the run is nobody's any more.
    pub fn forget_internal(&mut self) {
        self.internal = 0;
    }
}

impl World {
    /// One command of a CLIENT KILL: all at once, or CLIENT LIST and then CLIENT KILL ID, one each or
    /// one for all.
    /// Gives what is left to do.
    pub(super) fn client_kill<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
        mut kill: Kill,
    ) -> Option<Kill> {
        let filters = self.servers[usize::from(server)].settings.kill_filters;
        let at_once = kill.by.is_one_command(filters);
        match &mut kill.listed {
            None => {
                let due = self.listed(cx.now, server, kill.by);
                if at_once {
                    due.iter().for_each(|id| self.kill(cx, *id));
                    kill.killed = due.len() as u32;
                    kill.killed += self.kill_internal(cx, server, kill.by, u32::MAX);
                    if matches!(kill.by, KillBy::All | KillBy::Kind(KillKind::Replica)) {
                        kill.killed += self.lose_internal_replicas(cx, server);
                    }
                } else {
                    kill.listed = Some(due);
                    kill.internal = self.servers[usize::from(server)].internal_meant(kill.by);
                }
            }
            Some(listed) => {
                let ids = if filters.ids { usize::MAX } else { 1 };
                let oldest = kill.internal.min(u32::try_from(ids).unwrap_or(u32::MAX));
                kill.internal -= oldest;
                kill.killed += self.kill_internal(cx, server, kill.by, oldest);
                let others = listed.len().min(ids - oldest as usize);
                for id in listed.drain(..others) {
                    if self.conns.get(id).is_some_and(Conn::has_slot) {
                        self.kill(cx, id);
                        kill.killed += 1;
                    }
                }
            }
        }
        if kill.internal > 0 || kill.listed.as_ref().is_some_and(|listed| !listed.is_empty()) {
            return Some(kill);
        }
        let (killed, took) = (kill.killed, cx.now.since(kill.began));
        cx.note(Observation::KillDone { server, killed, took });
        None
    }

    /// An operator closes up to `limit` of the connections of before the run that are meant.
    fn kill_internal<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
        by: KillBy,
        limit: u32,
    ) -> u32 {
        let s = &mut self.servers[usize::from(server)];
        let killed = s.lose_internal(by, limit);
        s.owed = s.owed + s.cost.reap.times(u64::from(killed));
        (0..killed).for_each(|_| cx.note(Observation::Killed { server }));
        killed
    }

    /// An operator closes a connection.
    fn kill<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, id: Id<Conn>) {
        let server = self.conns[id].server;
        let s = &mut self.servers[usize::from(server)];
        s.owed = s.owed + s.cost.reap;
        cx.note(Observation::Killed { server });
        self.server_closes(cx, id);
    }

    /// The clients of a server that are meant, but for the operator, in the order in which they were
    /// admitted.
    fn listed(&self, now: SimTime, server: u16, by: KillBy) -> VecDeque<Id<Conn>> {
        let operator = self.servers[usize::from(server)].operator.guest;
        let mut due: Vec<(u64, Id<Conn>)> = self
            .conns
            .iter()
            .filter(|(_, c)| c.server == server && c.has_slot())
            .filter(|(_, c)| c.guest().is_none_or(|guest| Some(guest) != operator))
            .filter(|(_, c)| is_meant(c, now, by))
            .map(|(id, c)| (c.admitted, id))
            .collect();
        due.sort_by_key(|(admitted, _)| *admitted);
        due.into_iter().map(|(_, id)| id).collect()
    }
}

/// Whether a client is meant. Ages and idle times are whole seconds.
///
/// # Source
///
/// Redis `src/networking.c` `clientMatchesFilter`, `getClientType`, `catClientInfoString`.
pub(super) fn is_meant(conn: &Conn, now: SimTime, by: KillBy) -> bool {
    let since = |at: SimTime| Span::from_secs(now.whole_seconds() - at.whole_seconds());
    let pubsub = conn.far == FarEnd::Subscribed || conn.leaked == Some(LeakKind::Subscribed);
    match by {
        KillBy::All => true,
        KillBy::Idle(idle) => since(conn.heard) >= idle,
        KillBy::MaxAge(age) => since(conn.accepted) >= age,
        KillBy::Fleet(fleet) => usize::from(conn.fleet) == fleet,
        KillBy::Kind(KillKind::Normal) => !conn.replica && !pubsub,
        KillBy::Kind(KillKind::Pubsub) => pubsub,
        KillBy::Kind(KillKind::Blocked) => conn.is_blocked(),
        KillBy::Kind(KillKind::Replica) => conn.replica,
        KillBy::Kind(KillKind::Monitor) => false,
    }
}
