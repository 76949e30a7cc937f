//! A request's autopsy: what was seen of it, cut into attempts.

use super::Story;
use super::follow::{Scene, Seen};
use super::names::span;
use crate::model::{ClientEnd, ConnView, FarEnd, RequestView, Stage};
use crate::scenario::Cause;
use crate::units::SimTime;

/// A request, attempt by attempt.
#[derive(Clone, Debug, PartialEq)]
pub struct Autopsy {
    /// Its fleet.
    pub fleet: u16,
    /// Its number in the order of arrival at the fleet, from 1.
    pub number: Option<u64>,
    /// The number of its instance in the fleet.
    pub instance: Option<u32>,
    /// When it arrived.
    pub began: SimTime,
    /// When it ended, or was given up; `None` while it is in flight at the end of the run.
    pub ended: Option<SimTime>,
    /// Why it failed.
    pub cause: Option<Cause>,
    /// Whether it succeeded.
    pub succeeded: bool,
    /// Its attempts, of all calls, in order.
    pub attempts: Vec<Attempt>,
}

/// One attempt of a call; several where they came and went in one event.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// The number of the first of them among all attempts of the request, from 1.
    pub first: u16,
    /// The number of the last.
    pub last: u16,
    /// The server.
    pub server: u16,
    /// The connections of the fleet.
    pub through: u16,
    /// When it began.
    pub began: SimTime,
    /// When it ended; the end of the run where it did not.
    pub ended: SimTime,
    /// What was seen, in order.
    pub moments: Vec<Moment>,
    /// How it failed; `None` when it did not, or is not over.
    pub met: Option<Cause>,
    /// What it met, in a sentence with the figures.
    pub text: String,
    /// The limit of the server and the slots taken, where it was refused there.
    pub slots: Option<Slots>,
}

/// The slots of a server at the instant of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slots {
    /// Under this limit.
    pub limit: u32,
    /// Taken.
    pub taken: u32,
    /// Of these, leaked.
    pub leaked: u32,
    /// Of these, without a byte for over 60 s.
    pub idle: u32,
}

/// Something that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When.
    pub at: SimTime,
    /// What.
    pub text: String,
}

impl Story<'_> {
    /// The autopsy of the request that was found.
    pub fn autopsy(&self) -> Option<Autopsy> {
        let found = self.found.request?;
        let seen = &self.followed.seen;
        let end = SimTime::ZERO + self.scenario.duration;
        let instance = found.last.instance.and_then(|_| {
            let of_end =
                self.followed.before_end.as_ref().and_then(|scene| scene.instance.as_ref());
            let of_any = self.followed.refused.iter().find_map(|scene| scene.instance.as_ref());
            of_end.or(of_any).map(|instance| instance.place)
        });
        let left = seen.iter().find(|seen| seen.request.is_none()).map(|seen| seen.at);
        let mut attempts = self.cut(seen, left.unwrap_or(end));
        let count = attempts.len();
        for (index, attempt) in attempts.iter_mut().enumerate() {
            let is_last = index + 1 == count;
            let ended = found.ended.filter(|_| is_last);
            attempt.met = match ended {
                Some(ended) => ended.cause,
                None if is_last && left.is_none() => None,
                // An error in place of a reply is of the kind that ended it all.
                None => match (attempt.met, found.ended.and_then(|ended| ended.cause)) {
                    (Some(Cause::ServerError), Some(Cause::Conflict)) => Some(Cause::Conflict),
                    (met, _) => met,
                },
            };
            attempt.text = self.met(attempt, is_last && ended.is_some());
        }
        Some(Autopsy {
            fleet: found.fleet,
            number: self.followed.number,
            instance,
            began: found.began,
            ended: left.or(found.ended.map(|ended| ended.at)),
            cause: found.ended.and_then(|ended| ended.cause),
            succeeded: found.ended.is_some_and(|ended| ended.cause.is_none()),
            attempts,
        })
    }

    /// Cuts what was seen into attempts.
    fn cut(&self, seen: &[Seen], end: SimTime) -> Vec<Attempt> {
        let mut attempts: Vec<Attempt> = Vec::new();
        let mut before: Option<Seen> = None;
        for now in seen {
            let Some(view) = now.request else {
                self.close(&mut attempts, before, None, now.at);
                break;
            };
            let number = before.and_then(|seen| seen.request).map_or(0, |view| view.attempts);
            if view.attempts > number {
                self.close(&mut attempts, before, Some(&view), now.at);
                attempts.push(Attempt {
                    first: number + 1,
                    last: view.attempts,
                    server: view.server,
                    through: view.through,
                    began: now.at,
                    ended: end,
                    moments: Vec::new(),
                    met: None,
                    text: String::new(),
                    slots: None,
                });
            }
            if let Some(attempt) = attempts.last_mut() {
                let changes = self.changes(before.as_ref(), now, &view);
                attempt.moments.extend(changes.into_iter().map(|text| Moment { at: now.at, text }));
                if view.stage == Stage::Pausing && attempt.ended == end {
                    attempt.ended = now.at;
                    attempt.met =
                        before.and_then(|before| self.infer(&before, Some(&view), now.at));
                }
            }
            before = Some(*now);
        }
        attempts
    }

    /// The last attempt so far is over.
    fn close(
        &self,
        attempts: &mut [Attempt],
        before: Option<Seen>,
        next: Option<&RequestView>,
        at: SimTime,
    ) {
        let (Some(attempt), Some(before)) = (attempts.last_mut(), before) else { return };
        let paused = before.request.is_some_and(|view| view.stage == Stage::Pausing);
        if !paused {
            attempt.ended = at;
            attempt.met = self.infer(&before, next, at);
        }
    }

    /// How an attempt failed that was last seen like this, from what is left of it; `None` when it
    /// succeeded.
    fn infer(&self, before: &Seen, next: Option<&RequestView>, at: SimTime) -> Option<Cause> {
        let view = before.request?;
        let another_call =
            next.is_some_and(|next| next.call != view.call || next.stage == Stage::Working);
        if another_call || view.stage == Stage::Holding {
            return None;
        }
        let refused = self.followed.refused.iter().any(|scene| scene.attempts == view.attempts);
        if refused {
            return Some(Cause::Rejected);
        }
        let Some(conn) = before.conn else {
            return Some(match view.stage {
                Stage::WaitingForConnection => Cause::CheckoutTimeout,
                Stage::AtBulkhead => Cause::BulkheadFull,
                _ => self.without_connection(&view),
            });
        };
        Some(match (conn.client, view.stage) {
            (ClientEnd::Opening, _) if before.at == at => Cause::ConnectionRefused,
            (ClientEnd::Opening, _) => self.unanswered(&conn, at),
            // Connected as far as the kernel knows, but its TLS handshake was not done.
            (ClientEnd::Established, Stage::Dialling) => Cause::ConnectTimeout,
            (ClientEnd::CloseWait | ClientEnd::Reset, _) => Cause::ConnectionLost,
            (_, _) if matches!(conn.far, FarEnd::Gone | FarEnd::FinWait2) => Cause::ConnectionLost,
            _ if view.timeout.is_some_and(|timeout| at.since(before.at) >= timeout) => {
                Cause::ReadTimeout
            }
            _ => Cause::ServerError,
        })
    }

    /// Nothing was dialled: descriptors, ports, or a guard.
    fn without_connection(&self, view: &RequestView) -> Cause {
        let scene: Option<&Scene> = self.followed.before_end.as_ref();
        let Some(instance) = scene.and_then(|scene| scene.instance.as_ref()) else {
            return Cause::NoInstance;
        };
        let ports = instance.ports.get(usize::from(view.server));
        if instance.sockets.open() >= instance.nofile {
            Cause::Emfile
        } else if ports.is_some_and(|ports| ports.in_use + ports.time_wait >= ports.total) {
            Cause::PortExhausted
        } else if instance.breaker_open {
            Cause::BreakerOpen
        } else {
            Cause::QueueFull
        }
    }

    /// A dial was given up: nothing listened, or nobody answered in time.
    fn unanswered(&self, conn: &ConnView, at: SimTime) -> Cause {
        let network = self.scenario.settings.network.delay.clone();
        // A reset comes back as fast as the handshake would have; a timeout takes longer.
        let quick = match network {
            crate::scenario::Dist::Constant(delay) => {
                at.since(conn.dialled).as_ns() <= delay.times(3).as_ns()
            }
            _ => false,
        };
        if quick { Cause::ConnectionRefused } else { Cause::ConnectTimeout }
    }

    /// What has changed, in words.
    fn changes(&self, before: Option<&Seen>, now: &Seen, view: &RequestView) -> Vec<String> {
        let mut said = Vec::new();
        let server = self.names.server(view.server);
        let old = before.and_then(|seen| seen.conn);
        let stage = before.and_then(|seen| seen.request).map(|view| view.stage);
        match (old, now.conn) {
            (old, Some(conn)) if old.is_none_or(|old| old.id != conn.id) => {
                said.push(match conn.dialled == now.at {
                    true => format!("dials {server}: SYN sent"),
                    false => format!(
                        "is given a connection that was dialled at {}",
                        self.names.at(conn.dialled)
                    ),
                });
            }
            (Some(old), Some(conn)) => said.extend(self.ends(&old, &conn, server)),
            _ => {}
        }
        if stage != Some(view.stage) {
            match view.stage {
                Stage::WaitingForConnection => said.push(format!(
                    "waits for a connection of {}",
                    self.names.way(view.fleet, view.through)
                )),
                Stage::Calling => said.push("commands sent, waits for the reply".to_string()),
                Stage::Checking => said.push("checks that the connection is alive".to_string()),
                Stage::Holding => said.push("the reply has left the server".to_string()),
                Stage::WaitingForCore => said.push("waits for a core of its process".to_string()),
                Stage::AtBulkhead => said.push("waits at a bulkhead".to_string()),
                Stage::Racing => said.push("sends a copy of its call".to_string()),
                Stage::Entering | Stage::Working | Stage::Dialling | Stage::Pausing => {}
            }
        }
        said
    }

    /// What has changed at the two ends of a connection.
    fn ends(&self, old: &ConnView, new: &ConnView, server: &str) -> Vec<String> {
        let mut said = Vec::new();
        if old.repeats != new.repeats {
            said.push("no answer: the SYN is sent again".to_string());
        }
        if old.far != new.far {
            let far = match new.far {
                FarEnd::Queued => Some(format!("in the accept queue of {server}")),
                FarEnd::Handshake => {
                    Some(format!("accepted, slot taken; TLS handshake at {server}"))
                }
                FarEnd::Slot if old.has_slot => None,
                FarEnd::Slot => Some(format!("accepted: it has a slot of {server}")),
                FarEnd::Gone | FarEnd::FinWait2 if old.has_slot => {
                    Some(format!("{server} closes it"))
                }
                FarEnd::Gone | FarEnd::FinWait2 if old.far == FarEnd::FinWait2 => None,
                FarEnd::Gone | FarEnd::FinWait2 => Some(format!("{server} refuses it")),
                FarEnd::Vanished => Some(format!("the host of {server} is gone without a word")),
                FarEnd::Blocked => Some("in a blocking command".to_string()),
                FarEnd::Subscribed => Some("subscribed".to_string()),
                FarEnd::Served | FarEnd::Unseen => None,
            };
            said.extend(far);
        }
        if old.client != new.client {
            let client = match new.client {
                ClientEnd::Established => "the client is connected",
                ClientEnd::CloseWait => "the server's close reaches the client (CLOSE_WAIT)",
                ClientEnd::Reset => "a reset reaches the client",
                ClientEnd::Gone => "the client closes",
                ClientEnd::Opening => "the client dials",
            };
            said.push(client.to_string());
        }
        if old.leaked.is_none() && new.leaked.is_some() {
            said.push("nobody will close it: leaked".to_string());
        }
        said
    }
}

impl Autopsy {
    /// How long it took.
    pub fn took(&self) -> Option<String> {
        self.ended.map(|ended| span(ended.since(self.began)))
    }
}
