//! A connection's life at both ends.

use super::Story;
use super::names::kind;
use crate::model::{ClientEnd, ConnView, FarEnd, Owner};
use crate::scenario::LeakKind;
use crate::units::{SimTime, Span};

/// A connection from its first SYN until both ends have forgotten it.
#[derive(Clone, Debug, PartialEq)]
pub struct Life {
    /// Its number in the order of dialling, from 1.
    pub number: Option<u64>,
    /// Whose it is.
    pub owner: Owner,
    /// The number of the instance in its fleet.
    pub instance: Option<u32>,
    /// The server.
    pub server: u16,
    /// When it was dialled.
    pub dialled: SimTime,
    /// When it was accepted, if it was; and its number among those accepted.
    pub accepted: Option<(SimTime, u64)>,
    /// When it was leaked, if it was, and how.
    pub leaked: Option<(SimTime, LeakKind)>,
    /// How often a request took it.
    pub uses: u64,
    /// Its changes, in order.
    pub moments: Vec<LifeMoment>,
    /// Changes that are left out in the middle.
    pub left_out: u64,
    /// Whether both ends have forgotten it by the end of the run.
    pub is_over: bool,
    /// How it stood when the request in question failed.
    pub at_failure: Option<LifeMoment>,
}

/// Both ends of a connection at an instant.
#[derive(Clone, Debug, PartialEq)]
pub struct LifeMoment {
    /// When.
    pub at: SimTime,
    /// The client's socket.
    pub client: &'static str,
    /// The server's side.
    pub server: &'static str,
    /// What is worth saying besides.
    pub remark: String,
    /// Since the last byte at the server.
    pub idle: Option<Span>,
}

impl Story<'_> {
    /// The life of the connection that was watched.
    pub fn life(&self) -> Option<Life> {
        let seen = &self.followed.life;
        let first = seen.iter().find_map(|(_, view)| *view)?;
        let accepted = seen.iter().find_map(|(_, view)| view.filter(|view| view.has_slot));
        let leaked = seen.iter().find_map(|(_, view)| view.and_then(|view| view.leaked));
        let failure = self.found.request.and_then(|request| request.ended).map(|ended| ended.at);
        let at_failure = failure.and_then(|at| {
            let (_, view) = seen.iter().rev().find(|(when, _)| *when <= at)?;
            let view = (*view)?;
            let idle = view.has_slot.then(|| idle(&view, at));
            Some(LifeMoment { remark: String::new(), idle, ..moment(at, None, Some(&view)) })
        });
        let mut before = None;
        let mut moments = Vec::new();
        for (at, view) in seen {
            moments.push(moment(*at, before.as_ref(), view.as_ref()));
            before = *view;
        }
        Some(Life {
            number: self.followed.dial_number,
            owner: first.owner,
            instance: first.instance.map(|index| self.place_of(index)),
            server: first.server,
            dialled: first.dialled,
            accepted: accepted.map(|view| (view.accepted, view.admitted)),
            leaked: self.followed.leaked_at.zip(leaked),
            uses: self.followed.uses,
            moments,
            left_out: self.followed.more_life,
            is_over: seen.last().is_some_and(|(_, view)| view.is_none()),
            at_failure,
        })
    }

    /// The number in its fleet of an instance by its place among all.
    fn place_of(&self, index: u32) -> u32 {
        self.followed.places.get(index as usize).copied().unwrap_or(index)
    }
}

fn idle(view: &ConnView, at: SimTime) -> Span {
    Span::from_ns(at.as_ns().saturating_sub(view.heard.as_ns()))
}

/// Both ends, and what has changed.
fn moment(at: SimTime, before: Option<&ConnView>, now: Option<&ConnView>) -> LifeMoment {
    let Some(now) = now else {
        let remark = "both ends have forgotten it".to_string();
        return LifeMoment { at, client: "closed", server: "closed", remark, idle: None };
    };
    let mut remarks = Vec::new();
    match before {
        None => remarks.push("dialled".to_string()),
        Some(old) => {
            if old.repeats != now.repeats {
                remarks.push("no answer: SYN sent again".to_string());
            }
            if !old.has_slot && now.has_slot {
                remarks.push(format!("accepted as number {}", super::names::count64(now.admitted)));
            }
            if old.leaked.is_none()
                && let Some(leaked) = now.leaked
            {
                remarks.push(format!("leaked ({}): nobody will use or close it", kind(leaked)));
            }
            if old.has_slot && !now.has_slot {
                remarks.push("the slot is free again".to_string());
            }
            if !old.has_slot && !now.has_slot && now.far == FarEnd::Gone && old.far != FarEnd::Gone
            {
                remarks.push(match old.far {
                    FarEnd::Queued | FarEnd::Unseen if now.client != ClientEnd::Gone => {
                        "refused".into()
                    }
                    _ => String::new(),
                });
            }
        }
    }
    remarks.retain(|remark| !remark.is_empty());
    LifeMoment {
        at,
        client: client(now.client),
        server: server(now.far),
        remark: remarks.join("; "),
        idle: None,
    }
}

/// The client's socket in the words of netstat.
fn client(end: ClientEnd) -> &'static str {
    match end {
        ClientEnd::Opening => "SYN_SENT",
        ClientEnd::Established => "ESTABLISHED",
        ClientEnd::CloseWait => "CLOSE_WAIT",
        ClientEnd::Reset => "reset",
        ClientEnd::Gone => "closed",
    }
}

/// The server's side.
fn server(end: FarEnd) -> &'static str {
    match end {
        FarEnd::Unseen => "not seen yet",
        FarEnd::Queued => "accept queue",
        FarEnd::Handshake => "slot, TLS handshake",
        FarEnd::Slot | FarEnd::Served => "slot",
        FarEnd::Subscribed => "slot, subscribed",
        FarEnd::Blocked => "slot, blocked",
        FarEnd::Gone => "closed",
        FarEnd::FinWait2 => "FIN_WAIT2",
        FarEnd::Vanished => "host gone",
    }
}
