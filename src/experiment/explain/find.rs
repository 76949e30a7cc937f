//! The first pass: event by event up to what was asked about, then on to the end for the record.

use super::IDLE;
use super::met::is_refusal;
use crate::claims::needs;
use crate::experiment::player::Player;
use crate::model::{ConnId, ConnView, Owner, RequestId, RequestView};
use crate::observe::{Ended, Record};
use crate::scenario::{Cause, Scenario};
use crate::units::SimTime;

/// What is to be explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// A failure: the first one of this kind.
    Failure {
        /// By this cause; `None` is any.
        cause: Option<Cause>,
        /// Of this fleet; `None` is any.
        fleet: Option<u16>,
        /// At this instant or later.
        after: SimTime,
    },
    /// A request by its number in the order of arrival, from 1.
    Request {
        /// Among those of this fleet; `None` is of all.
        fleet: Option<u16>,
        /// Its number.
        number: u64,
    },
    /// A connection by its number in the order of dialling, from 1.
    Connection {
        /// Its number.
        number: u64,
    },
}

/// The request in question.
#[derive(Clone, Copy, Debug)]
pub struct FoundRequest {
    pub id: RequestId,
    pub fleet: u16,
    pub began: SimTime,
    /// As it was when it left, or at the end of the run.
    pub last: RequestView,
    /// How it ended; `None` while it is in flight, or when nobody waited for it any more.
    pub ended: Option<Ended>,
    /// Whether it left.
    pub is_over: bool,
}

/// What the first pass brings.
pub struct Found {
    pub record: Record,
    pub request: Option<FoundRequest>,
    /// The connection in question, and when it was dialled.
    pub connection: Option<(ConnId, SimTime)>,
    /// The number of the event with which the request ended.
    pub ends_at_event: Option<u64>,
    /// The first failure of all, of whomever.
    pub first_failure: Option<Ended>,
}

/// Plays the run and finds what was asked about.
pub fn find(
    scenario: &Scenario,
    run: u32,
    question: Question,
    watch: &mut dyn FnMut(f64),
) -> Found {
    let mut search = Search {
        player: Player::new(scenario, run, &needs(&scenario.claims)),
        question,
        request: None,
        connection: None,
        ends_at_event: None,
        first_failure: None,
        arrived: 0,
    };
    let whole = scenario.duration.as_secs_f64().max(1e-9);
    let mut events = 0_u32;
    while !search.is_done() && search.step() {
        events = events.wrapping_add(1);
        if events.is_multiple_of(1_000_000) {
            watch(search.player.now().as_secs_f64() / whole);
        }
    }
    // The rows that are left cost no more than those of a plain run.
    while !search.player.is_over() {
        search.player.play_row();
        search.note_row();
        watch(search.player.now().as_secs_f64() / whole);
    }
    Found {
        request: search.request,
        connection: search.connection,
        ends_at_event: search.ends_at_event,
        first_failure: search.first_failure,
        record: search.player.finish(),
    }
}

struct Search<'a> {
    player: Player<'a>,
    question: Question,
    request: Option<FoundRequest>,
    connection: Option<(ConnId, SimTime)>,
    ends_at_event: Option<u64>,
    first_failure: Option<Ended>,
    /// Requests that had arrived before the last event.
    arrived: u64,
}

impl Search<'_> {
    fn is_done(&self) -> bool {
        match self.question {
            Question::Connection { .. } => self.connection.is_some(),
            _ => self.request.is_some_and(|request| request.is_over),
        }
    }

    /// Handles one event and looks what it did; false at the end of the run.
    fn step(&mut self) -> bool {
        // What is dialled before the first event is there already.
        if let Question::Connection { number } = self.question {
            self.find_connection(number);
            if self.connection.is_some() {
                return true;
            }
        }
        if !self.player.step() {
            return false;
        }
        let mut ours = None;
        for ended in self.player.newly_ended() {
            if ended.cause.is_some() {
                self.first_failure.get_or_insert(*ended);
            }
            if self.request.is_none() && is_meant(&self.question, ended) {
                ours.get_or_insert(*ended);
            } else if self.request.is_some_and(|r| (r.fleet, r.began) == (ended.fleet, ended.began))
            {
                ours = Some(*ended);
            }
        }
        match self.question {
            Question::Failure { .. } => self.find_failure(ours),
            Question::Request { fleet, number } => self.find_request(fleet, number, ours),
            Question::Connection { number } => self.find_connection(number),
        }
        true
    }

    /// The failure that was asked for has come, or not.
    fn find_failure(&mut self, ended: Option<Ended>) {
        let Some(ended) = ended else { return };
        let world = self.player.world();
        let Some((id, last)) = world.last_to_leave(ended.fleet, ended.began) else { return };
        self.request = Some(FoundRequest {
            id,
            fleet: ended.fleet,
            began: ended.began,
            last,
            ended: Some(ended),
            is_over: true,
        });
        self.ends_at_event = Some(self.player.handled());
        self.suspect();
    }

    /// The request that was asked for has come, or left.
    fn find_request(&mut self, fleet: Option<u16>, number: u64, ended: Option<Ended>) {
        let world = self.player.world();
        let Some(mut request) = self.request else { return self.await_request(fleet, number) };
        match world.see_request(request.id) {
            Some(view) => request.last = view,
            None => {
                request.is_over = true;
                if let Some((id, last)) = world.last_to_leave(request.fleet, request.began)
                    && id == request.id
                {
                    request.last = last;
                }
                request.ended = ended;
                self.ends_at_event = Some(self.player.handled());
            }
        }
        self.request = Some(request);
        if request.is_over && ended.is_some_and(|ended| ended.cause.is_some()) {
            self.suspect();
        }
    }

    fn await_request(&mut self, fleet: Option<u16>, number: u64) {
        let (world, now) = (self.player.world(), self.player.now());
        let fleets = self.player.fleets();
        let arrived = match fleet {
            Some(fleet) => world.arrived(usize::from(fleet)),
            None => (0..fleets).map(|fleet| world.arrived(fleet)).sum(),
        };
        let before = std::mem::replace(&mut self.arrived, arrived);
        if arrived < number {
            return;
        }
        // Those of one event are told apart by their places; who has left already comes last.
        let mine = |f: usize| fleet.is_none_or(|fleet| usize::from(fleet) == f);
        let ids = (0..fleets).filter(|f| mine(*f)).flat_map(|f| world.requests_of(f as u16, now));
        let views: Vec<(RequestId, RequestView)> =
            ids.filter_map(|id| Some((id, world.see_request(id)?))).collect();
        let nth = (number - before).saturating_sub(1) as usize;
        let left =
            || (0..fleets).filter(|f| mine(*f)).find_map(|f| world.last_to_leave(f as u16, now));
        let Some((id, last)) = views.get(nth).copied().or_else(left).or(views.last().copied())
        else {
            return;
        };
        let is_over = world.see_request(id).is_none();
        let (fleet, began) = (last.fleet, last.began);
        let ended = self.player.told_last(fleet, began).filter(|_| is_over);
        self.request = Some(FoundRequest { id, fleet, began, last, ended, is_over });
        if is_over {
            self.ends_at_event = Some(self.player.handled());
        }
        if ended.is_some_and(|ended| ended.cause.is_some()) {
            self.suspect();
        }
    }

    /// The connection that was asked for has been dialled, or not.
    fn find_connection(&mut self, number: u64) {
        let (world, now) = (self.player.world(), self.player.now());
        if self.connection.is_some() || world.dialled() < number {
            return;
        }
        // Those of one event are told apart by their places.
        let ids = world.dialled_at(now);
        let from_last = (world.dialled() - number) as usize;
        let id = ids.len().checked_sub(1 + from_last).and_then(|at| ids.get(at)).or(ids.first());
        self.connection = id.map(|id| (*id, now));
    }

    /// A row was played at once: the first failure may lie in it.
    fn note_row(&mut self) {
        if self.first_failure.is_none() {
            let ended = &self.player.record().ended;
            self.first_failure = ended.iter().find(|ended| ended.cause.is_some()).copied();
        }
    }

    /// Whose life tells most about a failure: of those that hold what has run out the one that was
    /// leaked first, else the oldest.
    fn suspect(&mut self) {
        let Some(request) = self.request else { return };
        let (world, now) = (self.player.world(), self.player.now());
        let last = request.last;
        let cause = request.ended.and_then(|ended| ended.cause);
        let mine = |conn: &ConnView| conn.instance.is_some() && conn.instance == last.instance;
        let leaks_of_mine = || {
            let leaked = world.connections(move |conn| mine(conn) && conn.leaked.is_some());
            leaked.min_by_key(|conn| (conn.dialled, conn.admitted))
        };
        let owner = Owner::Fleet { fleet: last.fleet, through: last.through };
        let of_pool = || {
            let conns = world.connections(move |conn| {
                mine(conn) && conn.owner == owner && (conn.leaked.is_some() || conn.in_use)
            });
            conns.min_by_key(|conn| (conn.leaked.is_none(), conn.dialled))
        };
        let in_slot = || {
            let server = world.see_server(usize::from(last.server), now, IDLE);
            // When the client learns of a refusal a slot may have come free again.
            let refused = cause.is_some_and(is_refusal);
            let full = refused || server.taken + server.reserved >= server.limit;
            let most = server.holders.iter().max_by_key(|holder| (holder.leaked, holder.slots));
            most.filter(|_| full).and_then(|holder| holder.oldest)
        };
        let suspect = match cause {
            Some(Cause::Oom | Cause::Emfile) => leaks_of_mine(),
            Some(Cause::CheckoutTimeout | Cause::QueueFull) => of_pool().or_else(in_slot),
            _ if last.attempts == 0 => None,
            _ => in_slot(),
        };
        self.connection = suspect.map(|conn| (conn.id, conn.dialled));
    }
}

fn is_meant(question: &Question, ended: &Ended) -> bool {
    let Question::Failure { cause, fleet, after } = *question else { return false };
    ended.cause.is_some()
        && ended.at >= after
        && cause.is_none_or(|cause| ended.cause == Some(cause))
        && fleet.is_none_or(|fleet| ended.fleet == fleet)
}
