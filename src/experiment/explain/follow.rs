//! The second pass: one request and one connection, watched event by event.

use super::IDLE;
use crate::claims::needs;
use crate::experiment::player::Player;
use crate::model::{ConnId, ConnView, FarEnd, InstanceView, RequestId, RequestView, ServerView};
use crate::scenario::Scenario;
use crate::units::SimTime;

/// Changes of a request that are kept.
const MOMENTS_MAX: usize = 4_096;
/// Changes of a connection that are kept.
const LIFE_MAX: usize = 64;
/// Looks at the server that refuses.
const SCENES_MAX: usize = 256;

/// Whom to watch.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The request, with the instant of its arrival and its fleet.
    pub request: Option<(RequestId, SimTime, u16)>,
    /// The number of the event with which it ends.
    pub ends_at_event: Option<u64>,
    /// The connection, with the instant at which it was dialled.
    pub connection: Option<(ConnId, SimTime)>,
}

/// The state of everything around a request at an instant.
#[derive(Clone, Debug)]
pub struct Scene {
    pub at: SimTime,
    /// The attempts of the request up to then.
    pub attempts: u16,
    pub server: ServerView,
    pub instance: Option<InstanceView>,
    /// By fleet: processes that are there.
    pub running: Vec<u32>,
}

/// A request and the connection it uses after an event; `None` when it has left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    pub at: SimTime,
    pub request: Option<RequestView>,
    pub conn: Option<ConnView>,
}

/// What the second pass brings.
#[derive(Default)]
pub struct Followed {
    /// The request's number among those of its fleet.
    pub number: Option<u64>,
    /// Every change of the request and of the connection it uses.
    pub seen: Vec<Seen>,
    /// Where a server refused one of its connections.
    pub refused: Vec<Scene>,
    /// Right before the event with which it ended.
    pub before_end: Option<Scene>,
    /// Every change of the connection; `None` once both ends have forgotten it.
    pub life: Vec<(SimTime, Option<ConnView>)>,
    /// Changes of it that were not kept.
    pub more_life: u64,
    /// How often it was taken into use.
    pub uses: u64,
    /// When it was leaked.
    pub leaked_at: Option<SimTime>,
    /// The number of the connection in the order of dialling.
    pub dial_number: Option<u64>,
    /// By place among those of all fleets: the number of an instance in its fleet.
    pub places: Vec<u32>,
}

/// Plays the run again and watches.
pub fn follow(
    scenario: &Scenario,
    run: u32,
    target: &Target,
    watch: &mut dyn FnMut(f64),
) -> Followed {
    let mut watcher = Watcher {
        player: Player::new(scenario, run, &needs(&scenario.claims)),
        target: *target,
        out: Followed::default(),
        request: State::Ahead,
        conn: State::Ahead,
        had_slot: false,
        holder: None,
    };
    if target.request.is_none() {
        watcher.request = State::Over;
    }
    if target.connection.is_none() {
        watcher.conn = State::Over;
    }
    watcher.play(scenario, watch);
    watcher.out.places = watcher.player.world().places();
    watcher.out
}

/// How far a thing is that is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Ahead,
    There,
    Over,
}

struct Watcher<'a> {
    player: Player<'a>,
    target: Target,
    out: Followed,
    request: State,
    conn: State,
    /// Whether the connection that the request uses ever had a slot.
    had_slot: bool,
    /// The last request that held the connection.
    holder: Option<RequestId>,
}

impl Watcher<'_> {
    fn play(&mut self, scenario: &Scenario, watch: &mut dyn FnMut(f64)) {
        let whole = scenario.duration.as_secs_f64().max(1e-9);
        let mut events = 0_u32;
        self.look_at_connection();
        while self.request != State::Over || self.conn != State::Over {
            self.skip();
            self.look_before_the_end();
            if !self.player.step() {
                break;
            }
            self.look_at_request();
            self.look_at_connection();
            events = events.wrapping_add(1);
            if events.is_multiple_of(1_000_000) {
                watch(self.player.now().as_secs_f64() / whole);
            }
        }
    }

    /// Plays up to the next thing to watch, while there is nothing.
    fn skip(&mut self) {
        if self.request == State::There || self.conn == State::There {
            return;
        }
        let ahead = |state, at: Option<SimTime>| at.filter(|_| state == State::Ahead);
        let request = ahead(self.request, self.target.request.map(|(_, began, _)| began));
        let conn = ahead(self.conn, self.target.connection.map(|(_, dialled)| dialled));
        let next = [request, conn].into_iter().flatten().min();
        if let Some(next) = next.filter(|next| *next > self.player.now()) {
            self.player.play_before(next);
        }
    }

    /// What the world is like right before the request ends.
    fn look_before_the_end(&mut self) {
        if self.target.ends_at_event == Some(self.player.handled() + 1)
            && self.out.before_end.is_none()
        {
            self.out.before_end = self.scene();
        }
    }

    /// Around the request as it is now; one that ends in the event with which it comes has none.
    fn scene(&self) -> Option<Scene> {
        let (id, _, _) = self.target.request?;
        let view = self.player.world().see_request(id)?;
        Some(self.scene_of(&view))
    }

    fn scene_of(&self, view: &RequestView) -> Scene {
        let (world, at) = (self.player.world(), self.player.now());
        Scene {
            at,
            attempts: view.attempts,
            server: world.see_server(usize::from(view.server), at, IDLE),
            instance: view.instance.map(|instance| world.see_instance(instance, at)),
            running: (0..self.player.fleets()).map(|fleet| world.running(fleet)).collect(),
        }
    }

    fn look_at_request(&mut self) {
        let Some((id, began, fleet)) = self.target.request.filter(|_| self.request != State::Over)
        else {
            return;
        };
        let (world, at) = (self.player.world(), self.player.now());
        let request =
            world.see_request(id).filter(|view| (view.began, view.fleet) == (began, fleet));
        let is_end = self.target.ends_at_event == Some(self.player.handled());
        if request.is_none() && self.request == State::Ahead {
            if is_end {
                self.end_at_once(fleet, began);
            }
            return;
        }
        if self.request == State::Ahead {
            // Those of one event are told apart by their places.
            let together = world.requests_of(fleet, began);
            let behind = together.iter().rev().position(|other| *other == id).unwrap_or(0);
            let arrived = world.arrived(usize::from(fleet));
            self.out.number = Some(arrived.saturating_sub(behind as u64));
        }
        self.request = if request.is_some() { State::There } else { State::Over };
        let conn = request.and_then(|view| view.conn).and_then(|conn| world.see_connection(conn));
        let seen = Seen { at, request, conn };
        let last = self.out.seen.last().copied();
        let same = last.is_some_and(|last| (last.request, last.conn) == (seen.request, seen.conn));
        if same || self.out.seen.len() >= MOMENTS_MAX {
            return;
        }
        self.look_at_refusal(last, &seen);
        self.out.seen.push(seen);
    }

    /// The request ended in the event with which it came: what is left of it is all there is.
    fn end_at_once(&mut self, fleet: u16, began: SimTime) {
        let (world, at) = (self.player.world(), self.player.now());
        self.out.number = Some(world.arrived(usize::from(fleet)));
        self.request = State::Over;
        if let Some((_, view)) = world.last_to_leave(fleet, began) {
            self.out.seen.push(Seen { at, request: Some(view), conn: None });
            self.out.seen.push(Seen { at, request: None, conn: None });
            self.out.before_end = Some(self.scene_of(&view));
        }
    }

    /// The server has just refused the connection of the request: who was there then?
    fn look_at_refusal(&mut self, last: Option<Seen>, seen: &Seen) {
        let same = match (last.and_then(|last| last.conn), seen.conn) {
            (Some(before), Some(now)) => before.id == now.id,
            _ => false,
        };
        self.had_slot = (same && self.had_slot) || seen.conn.is_some_and(|conn| conn.has_slot);
        let (Some(conn), Some(view)) = (seen.conn, seen.request) else { return };
        let gone = matches!(conn.far, FarEnd::Gone | FarEnd::FinWait2);
        let before = last.and_then(|last| last.conn).filter(|before| before.id == conn.id);
        let was_there = before.is_some_and(|b| matches!(b.far, FarEnd::Queued | FarEnd::Unseen));
        if gone && was_there && !self.had_slot && self.out.refused.len() < SCENES_MAX {
            let scene = self.scene_of(&view);
            self.out.refused.push(scene);
        }
    }

    fn look_at_connection(&mut self) {
        let Some((id, dialled)) = self.target.connection.filter(|_| self.conn != State::Over)
        else {
            return;
        };
        let (world, at) = (self.player.world(), self.player.now());
        let view = world.see_connection(id).filter(|view| view.dialled == dialled);
        if view.is_none() && self.conn == State::Ahead {
            return;
        }
        if self.conn == State::Ahead {
            self.out.dial_number = Some(number_of(world.dialled(), &world.dialled_at(dialled), id));
        }
        self.conn = if view.is_some() { State::There } else { State::Over };
        let last = self.out.life.last().and_then(|(_, last)| *last);
        let leaked = view.is_some_and(|view| view.leaked.is_some());
        if leaked && self.out.leaked_at.is_none() {
            self.out.leaked_at = Some(at);
        }
        let holder = view.and_then(|view| view.holder);
        self.out.uses += u64::from(holder.is_some() && holder != self.holder);
        self.holder = holder.or(self.holder);
        if last.is_some() && view.is_some_and(|view| last.is_some_and(|last| is_same(&last, &view)))
        {
            return;
        }
        // The last changes matter more than those in the middle.
        if self.out.life.len() >= LIFE_MAX {
            self.out.life.remove(LIFE_MAX / 2);
            self.out.more_life += 1;
        }
        self.out.life.push((at, view));
    }
}

/// The number of a connection among all that were dialled, those of one event by their places.
fn number_of(dialled: u64, together: &[ConnId], id: ConnId) -> u64 {
    let behind = together.iter().rev().position(|other| *other == id).unwrap_or(0);
    dialled.saturating_sub(behind as u64)
}

/// Whether nothing has changed but the time of the last byte, and who uses it.
fn is_same(a: &ConnView, b: &ConnView) -> bool {
    let plain =
        |view: &ConnView| ConnView { heard: SimTime::ZERO, holder: None, in_use: false, ..*view };
    plain(a) == plain(b)
}
