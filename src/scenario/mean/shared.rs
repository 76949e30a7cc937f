//! Shared connections, and how a lost one is dialled again.

use super::Reading;
use crate::scenario::check::complete;
use crate::scenario::filling::from_value;
use crate::scenario::meant::{
    Dialled, LeakKind, Offline, Pause, Reconnect, RedialJitter, Redials, Shared,
};
use crate::scenario::presets;
use crate::scenario::problems::Findings;
use crate::scenario::scalar;
use crate::scenario::table::shared::{BACKGROUND, RECONNECT, SHARED};
use crate::scenario::table::{Kind, PresetKind};
use crate::scenario::tree::{Node, Path};
use crate::scenario::view::{Chosen, View};
use crate::units::{Span, duration};

pub(super) fn shared(view: &View, path: &str, reading: &mut Reading) -> Shared {
    let reconnect = reconnect(view.node("reconnect"), &format!("{path}.reconnect"), reading);
    let shared = Shared {
        preset: view.find("preset").and_then(|node| node.as_text()).map(str::to_string),
        connections: view.count("connections"),
        aside: view.count("aside"),
        dialled: view
            .word("dialled", &[("first_use", Dialled::FirstUse), ("at_start", Dialled::AtStart)]),
        setup: view.count("setup_commands"),
        connect_timeout: view.span_or_none("connect_timeout"),
        command_timeout: view.span_or_none("command_timeout"),
        reconnect,
        offline: offline(&view.sub("offline")),
    };
    agree(&shared, &view.sub("offline"), path, reading);
    shared
}

fn offline(view: &View) -> Offline {
    Offline {
        limit: view.count_or_none("limit"),
        resends: view.word("in_flight", &[("fail", false), ("resend", true)]),
        flush_every: view.count_or_none("flush_every"),
        timed: view.flag("timed"),
        with_setup: view.word("sent", &[("when_ready", false), ("with_setup", true)]),
    }
}

/// What is said of commands while a connection is down must fit what is done about it.
fn agree(shared: &Shared, offline: &View, path: &str, reading: &mut Reading) {
    let in_background = matches!(shared.reconnect, Reconnect::Background { .. });
    if shared.offline.resends && !in_background {
        let message = "expected \"fail\": nothing dials in the background";
        let hint = Some("write `reconnect` as {\"background\": {...}}".to_string());
        reading.at(offline.node("in_flight"), &format!("{path}.offline.in_flight"), message, hint);
    }
    if shared.offline.flush_every.is_some() && !in_background {
        let message = "expected \"none\": nothing dials in the background";
        let hint = Some("write `reconnect` as {\"background\": {...}}".to_string());
        let path = format!("{path}.offline.flush_every");
        reading.at(offline.node("flush_every"), &path, message, hint);
    }
    if shared.offline.with_setup && shared.setup == 0 {
        let message = "expected \"when_ready\": there is no setup to go out with";
        let hint = Some("write `setup_commands`, the number of its commands".to_string());
        reading.at(offline.node("sent"), &format!("{path}.offline.sent"), message, hint);
    }
}

fn reconnect(node: &Node, path: &str, reading: &mut Reading) -> Reconnect {
    let chosen = Chosen::new(node, &RECONNECT);
    let path = format!("{path}.{}", chosen.tag);
    match chosen.tag {
        "none" => Reconnect::None,
        "on_demand" => {
            let view = chosen.view();
            let redials = Redials {
                at_once: true,
                retries: Some(view.count("retries")),
                heartbeat: Span::ZERO,
                ..pauses(&view, &path, reading)
            };
            Reconnect::OnDemand { redials, first_fails: view.flag("first_fails") }
        }
        "background" => {
            let view = chosen.view();
            let covers_first = view.flag("covers_first");
            Reconnect::Background { redials: background(&view, &path, reading), covers_first }
        }
        _ => unreachable!("every way to reconnect is read"),
    }
}

fn background(view: &View, path: &str, reading: &mut Reading) -> Redials {
    Redials {
        at_once: view.flag("at_once"),
        retries: view.count_or_none("retries"),
        heartbeat: view.span("heartbeat"),
        ..pauses(view, path, reading)
    }
}

/// The pauses of a schedule and their jitter.
fn pauses(view: &View, path: &str, reading: &mut Reading) -> Redials {
    let pause = pause(&view.sub_choice("pause"), &format!("{path}.pause"), reading);
    let jitter = view.sub_choice("jitter");
    let jitter = match jitter.tag {
        "none" => RedialJitter::None,
        "added" => RedialJitter::Added(scalar::span(jitter.node).unwrap_or_default()),
        "stretched" => {
            let share = scalar::share(jitter.node);
            RedialJitter::Stretched(share.unwrap_or(crate::units::Ratio::ZERO))
        }
        "from_first" => RedialJitter::FromFirst,
        _ => unreachable!("every jitter is read"),
    };
    Redials { pause, jitter, ..Redials::EVERY_SECOND }
}

fn pause(chosen: &Chosen, path: &str, reading: &mut Reading) -> Pause {
    if chosen.tag == "constant" {
        return Pause::Constant(scalar::span(chosen.node).unwrap_or_default());
    }
    let view = chosen.view();
    let cap = view.span("cap");
    let (pause, least) = match chosen.tag {
        "linear" => {
            let (first, step) = (view.span("first"), view.span("step"));
            (Pause::Linear { first, step, cap }, "first")
        }
        "exponential" => {
            let (base, factor) = (view.span("base"), view.number("factor"));
            (Pause::Exponential { base, factor, cap }, "base")
        }
        _ => unreachable!("every pause is read"),
    };
    if cap < pause.first() {
        let (first, cap) = (duration(pause.first()), duration(cap));
        let message = format!("expected at least `{least}`, which is {first}; found {cap}");
        reading.at(view.node("cap"), &format!("{path}.{}.cap", chosen.tag), message, None);
    }
    pause
}

/// By which schedule leaked connections are dialled again; `view` is that of a leak.
pub(super) fn leak_redials(
    view: &View,
    kind: LeakKind,
    path: &str,
    reading: &mut Reading,
) -> Redials {
    let chosen = view.sub_choice("reconnect");
    let node = view.node("reconnect");
    let redials = match chosen.tag {
        "background" => Some(background(
            &View::new(chosen.node, &BACKGROUND),
            &format!("{path}.reconnect.background"),
            reading,
        )),
        "of" => redials_of(chosen.node.as_text().unwrap_or_default()),
        _ => unreachable!("every schedule of a leak is read"),
    };
    if redials.is_none() && kind == LeakKind::Reconnects {
        let message = "expected a client library that dials in the background";
        let hint = Some("write \"node-redis-6\", or {\"background\": {...}}".to_string());
        reading.at(node, &format!("{path}.reconnect"), message, hint);
    }
    redials.unwrap_or(Redials::EVERY_SECOND)
}

/// The schedule of a preset that dials in the background.
fn redials_of(name: &str) -> Option<Redials> {
    let preset = presets::find(PresetKind::Shared, name)?;
    let place = crate::scenario::problems::Place { source: 0, start: 0, end: 0 };
    let mut unheard = Findings::default();
    let written = from_value(&preset.tree, place);
    let node = complete(&Kind::Object(&SHARED), &written, &Path::Top, &mut unheard);
    let reading = &mut Reading { findings: &mut unheard };
    match shared(&View::new(&node, &SHARED), "", reading).reconnect {
        Reconnect::Background { redials, .. } => Some(redials),
        _ => None,
    }
}
