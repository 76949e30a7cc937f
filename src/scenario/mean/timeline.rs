//! The timeline: what happens when, and the settings after it.

use std::collections::BTreeMap;

use super::Reading;
use super::changes::unchangeable;
use super::steps::resolve;
use crate::scenario::check::complete;
use crate::scenario::meant::{
    Action, Arrivals, Call, Entry, Fleet, KillBy, KillKind, Made, Settings,
};
use crate::scenario::merge::{is_note, set};
use crate::scenario::problems::Place;
use crate::scenario::scalar;
use crate::scenario::table::{Kind, TOP, top::ENTRY, top::KILL_BY};
use crate::scenario::tree::{Member, Node, Path, Value, quoted};
use crate::scenario::view::{Chosen, View};
use crate::units::{SimTime, duration};

/// The entries in order of time.
pub(super) fn entries(
    top: &View,
    written: &Node,
    settings: &Settings,
    end: SimTime,
    reading: &mut Reading,
) -> Vec<Entry> {
    let items = top.items("timeline").iter().enumerate();
    let mut views: Vec<(usize, View)> =
        items.map(|(index, node)| (index, View::new(node, &ENTRY))).collect();
    views.sort_by_key(|(_, view)| view.time("at"));
    if instants(settings).saturating_mul(views.len()) > MOST_INSTANTS {
        let message =
            format!("expected at most {MOST_INSTANTS} instants of arrivals times entries");
        let hint = Some("every entry keeps the whole settings; take fewer instants".to_string());
        reading.at(top.node("timeline"), "timeline", message, hint);
        return Vec::new();
    }
    let mut state = State::new(written, settings);
    let mut entries = Vec::new();
    for (index, view) in views {
        let path = format!("timeline.{index}");
        let at = view.time("at");
        if at > end {
            let length = duration(end.since(SimTime::ZERO));
            let message = format!("expected an instant within the duration of {length}");
            reading.at(view.node("at"), &format!("{path}.at"), message, None);
        }
        if let Some((label, action)) = state.action(&view, &path, reading) {
            entries.push(Entry { at, label, action });
        }
    }
    let all: usize = entries.iter().map(|entry| special_calls(&entry.action)).sum();
    if all > MOST_SPECIAL_CALLS {
        let message = format!(
            "expected at most {MOST_SPECIAL_CALLS} calls with `cost`, `blocking`, `subscribe` or \
             `transaction` in all entries together; found {all}"
        );
        reading.at(top.node("timeline"), "timeline", message, None);
    }
    entries
}

/// Instants of arrivals that all entries together may keep: 160 MB.
const MOST_INSTANTS: usize = 20_000_000;

/// Calls with commands of their own kind that all entries together may make: kinds are numbered with
/// 16 bits, and a scenario without a timeline has 3,200 calls at most.
const MOST_SPECIAL_CALLS: usize = 60_000;

/// How many calls have commands of their own kind after an entry.
fn special_calls(action: &Action) -> usize {
    let (Action::Set(settings) | Action::Deploy { settings, .. }) = action else { return 0 };
    let is_special = |made: &Made| {
        let Call { cost, blocking, subscribe, transaction, .. } = made.call;
        cost.is_some() || blocking.is_some() || *subscribe || transaction.is_some()
    };
    let of = |fleet: &Fleet| fleet.calls().into_iter().filter(is_special).count();
    settings.fleets.iter().map(of).sum()
}

/// How many instants of arrivals the settings hold.
fn instants(settings: &Settings) -> usize {
    let of = |fleet: &Fleet| match &fleet.arrivals {
        Arrivals::Instants { at, .. } => at.len(),
        _ => 0,
    };
    settings.fleets.iter().map(of).sum()
}

/// The tree as written after the entries so far.
pub(super) struct State {
    pub(super) written: Node,
    pub(super) settings: Settings,
    /// What each fleet's tree was before its deploys, the last one on top.
    pub(super) before: BTreeMap<String, Vec<Node>>,
}

impl State {
    pub(super) fn new(written: &Node, settings: &Settings) -> State {
        let mut written = written.clone();
        if let Value::Object(members) = &mut written.value {
            let elsewhere = ["timeline", "claims", "alternatives", "alerts", "healthy"];
            members.retain(|member| !elsewhere.contains(&member.key.as_str()));
        }
        State { written, settings: settings.clone(), before: BTreeMap::new() }
    }

    fn action(&mut self, view: &View, path: &str, r: &mut Reading) -> Option<(String, Action)> {
        if let Some(set) = view.find("set") {
            self.apply(set, "", &format!("{path}.set"), r);
            return Some((label_of(set), Action::Set(Box::new(self.settings.clone()))));
        }
        if let Some(deploy) = view.find_sub("deploy") {
            let path = format!("{path}.deploy");
            let (fleet, name) = self.fleet(&deploy, &path, r)?;
            self.remember(&name);
            let set = deploy.node("set");
            self.apply(set, &format!("fleets.{name}."), &format!("{path}.set"), r);
            let label = format!("deploy {name}: {}", label_of(set));
            return Some((label, self.rolling(fleet, &deploy, &path, r)));
        }
        if let Some(rollback) = view.find_sub("rollback") {
            let path = format!("{path}.rollback");
            let (fleet, name) = self.fleet(&rollback, &path, r)?;
            self.return_to(&name, &rollback, &path, r);
            return Some((format!("roll back {name}"), self.rolling(fleet, &rollback, &path, r)));
        }
        if let Some(pause) = view.find_sub("pause") {
            let server = self.server(&pause, &format!("{path}.pause"), r);
            let length = pause.span("for");
            let label = format!("{} stands still for {}", pause.text("server"), duration(length));
            return Some((label, Action::Pause { server, length }));
        }
        if let Some(slow) = view.find_sub("slow_command") {
            let server = self.server(&slow, &format!("{path}.slow_command"), r);
            let length = slow.span("for");
            let label = format!("slow command of {} at {}", duration(length), slow.text("server"));
            return Some((label, Action::SlowCommand { server, length }));
        }
        if let Some(slow) = view.find_sub("slow_down") {
            let server = self.server(&slow, &format!("{path}.slow_down"), r);
            let (factor, length) = (slow.number("factor"), slow.span("for"));
            let name = slow.text("server");
            let label = format!("{name} is slower by {factor} for {}", duration(length));
            return Some((label, Action::SlowDown { server, factor, length }));
        }
        if let Some(kill) = view.find_sub("client_kill") {
            return Some(self.client_kill(&kill, &format!("{path}.client_kill"), r));
        }
        if let Some(attach) = view.find_sub("attach_replicas") {
            return Some(self.attach_replicas(&attach, &format!("{path}.attach_replicas"), r));
        }
        self.fault(view, path, r).map(|(label, fault)| (label, Action::Fault(fault)))
    }

    fn attach_replicas(&self, attach: &View, path: &str, r: &mut Reading) -> (String, Action) {
        let server = self.server(attach, path, r);
        if let Some(no) = self.settings.servers.get(server).filter(|s| !s.has_replicas()) {
            let message = format!("expected a server with replicas; {} has none", no.kind());
            r.at(attach.node("server"), &format!("{path}.server"), message, None);
        }
        let (count, sync) = (attach.count("count"), attach.span("sync"));
        let what = if count == 1 { "a replica attaches" } else { "replicas attach" };
        let label = format!("{what} to {}", attach.text("server"));
        (label, Action::AttachReplicas { server, count, sync })
    }

    fn client_kill(&self, kill: &View, path: &str, r: &mut Reading) -> (String, Action) {
        let server = self.server(kill, path, r);
        let chosen = Chosen::new(kill.node("by"), &KILL_BY);
        let span = || scalar::span(chosen.node).unwrap_or_default();
        let (by, what) = match chosen.tag {
            "idle" => (KillBy::Idle(span()), format!("what is idle for {}", duration(span()))),
            "max_age" => {
                (KillBy::MaxAge(span()), format!("what is older than {}", duration(span())))
            }
            "fleet" => {
                let names: Vec<&str> =
                    self.settings.fleets.iter().map(|f| f.name.as_str()).collect();
                let fleet = resolve(chosen.node, "fleet", &names, &format!("{path}.by"), r);
                let name = chosen.node.as_text().unwrap_or_default();
                (KillBy::Fleet(fleet), format!("the connections of {name}"))
            }
            "kind" => {
                let word = chosen.node.as_text().unwrap_or_default();
                let known = KILL_KINDS.iter().find(|(name, _)| *name == word);
                let (_, kind) = known.unwrap_or(&KILL_KINDS[0]);
                (KillBy::Kind(*kind), format!("all {word} clients"))
            }
            _ => (KillBy::All, "all clients".to_string()),
        };
        let filters = self.settings.servers.get(server).map(|s| s.kill_filters);
        let one = filters.is_none_or(|filters| by.is_one_command(filters));
        let how = match filters {
            _ if one => "",
            Some(filters) if filters.ids => ", by CLIENT LIST and one CLIENT KILL of all IDs",
            _ => ", by CLIENT LIST and CLIENT KILL ID one by one",
        };
        let label = format!("kill {what} at {}{how}", kill.text("server"));
        (label, Action::ClientKill { server, by })
    }

    pub(super) fn server(&self, view: &View, path: &str, reading: &mut Reading) -> usize {
        let names: Vec<&str> = self.settings.servers.iter().map(|s| s.name.as_str()).collect();
        resolve(view.node("server"), "server", &names, path, reading)
    }

    pub(super) fn fleet(
        &self,
        view: &View,
        path: &str,
        reading: &mut Reading,
    ) -> Option<(usize, String)> {
        let names: Vec<&str> = self.settings.fleets.iter().map(|f| f.name.as_str()).collect();
        let index = resolve(view.node("fleet"), "fleet", &names, path, reading);
        let name = names.get(index)?.to_string();
        // A name that nobody has was reported; there is nothing to deploy.
        (view.text("fleet") == name).then_some((index, name))
    }

    /// Applies settings by their paths, all of which must begin with `prefix`, and reads the whole
    /// again.
    fn apply(&mut self, settings: &Node, prefix: &str, path: &str, r: &mut Reading) {
        let members = settings.members().unwrap_or_default();
        for member in members.iter().filter(|member| !is_note(&member.key)) {
            if !member.key.starts_with(prefix) {
                let message = format!("expected a path that begins with {prefix:?}");
                let hint = Some("a deploy changes one fleet only".to_string());
                r.place(member.place, &format!("{path}.{}", member.key), message, hint);
            }
        }
        let before = self.settings.clone();
        self.put_all(settings, path, r);
        if let Some((changed, message)) = unchangeable(&before, &self.settings, prefix.is_empty()) {
            let place = members
                .iter()
                .find(|member| changed.starts_with(&member.key) || member.key.starts_with(&changed))
                .map_or(settings.place, |member| member.place);
            let hint = if changed.contains(".connections.") && prefix.is_empty() {
                "write a `deploy`: its new instances hold them the new way"
            } else {
                "a restart with other settings is another scenario: write a second one, and \
                 compare the two"
            };
            let hint = Some(hint.to_string());
            r.place(place, &format!("{path}.{changed}"), message, hint);
        }
    }

    /// Applies what a claim takes for granted, which need not be changeable during a run.
    pub(super) fn assume(&mut self, settings: &Node, path: &str, r: &mut Reading) {
        let members = settings.members().unwrap_or_default();
        let members: Vec<&Member> = members.iter().filter(|m| !is_note(&m.key)).collect();
        if members.is_empty() {
            let hint = Some("for example {\"servers.redis.timeout\": \"5min\"}".to_string());
            r.at(settings, path, "expected at least one setting; found none", hint);
        }
        for (at, member) in members.iter().enumerate() {
            let inside = |other: &&&Member| {
                let rest =
                    member.key.strip_prefix(&other.key).or(other.key.strip_prefix(&member.key));
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            };
            if let Some(other) = members[..at].iter().find(inside) {
                let message = format!("expected each setting once; {} sets it too", other.key);
                r.place(member.place, &format!("{path}.{}", member.key), message, None);
            }
        }
        self.put_all(settings, path, r);
    }

    /// Puts settings into the tree and reads the whole again; with a path that leads nowhere the
    /// tree stays as it is.
    fn put_all(&mut self, settings: &Node, path: &str, r: &mut Reading) {
        let mut written = self.written.clone();
        let known = r.findings.count();
        let members = settings.members().unwrap_or_default();
        for member in members.iter().filter(|member| !is_note(&member.key)) {
            put(&mut written, member, &format!("{path}.{}", member.key), r);
        }
        if r.findings.count() == known {
            self.written = written;
            self.reread(settings.place, path, r);
        }
    }

    /// Reads the settings again; problems outside of `within` are the change's doing and are told
    /// at its place.
    pub(super) fn reread(&mut self, within: Place, path: &str, reading: &mut Reading) {
        let known = reading.findings.count();
        let tree = complete(&Kind::Object(&TOP), &self.written, &Path::Top, reading.findings);
        self.settings = super::settings(&View::new(&tree, &TOP), reading);
        for mut finding in reading.findings.take_since(known) {
            if within.contains(finding.place) {
                finding.path = format!("{path}.{}", finding.path);
            } else {
                finding.message = format!("with this, {}: {}", finding.path, finding.message);
                finding.path = path.to_string();
                finding.place = within;
            }
            reading.findings.push(finding);
        }
    }
}

const KILL_KINDS: &[(&str, KillKind)] = &[
    ("normal", KillKind::Normal),
    ("pubsub", KillKind::Pubsub),
    ("blocked", KillKind::Blocked),
    ("replica", KillKind::Replica),
    ("monitor", KillKind::Monitor),
];

/// Puts one setting into a tree.
fn put(written: &mut Node, member: &Member, path: &str, reading: &mut Reading) {
    let part = member.key.split('.').next().unwrap_or_default();
    if !matches!(part, "servers" | "network" | "fleets") {
        let message = "expected a path that begins with \"servers\", \"network\" or \"fleets\"";
        let hint = format!("{} cannot change during a run", quoted(part));
        reading.place(member.place, path, message, Some(hint));
        return;
    }
    let top = Kind::Object(&TOP);
    if let Err(no) = set(&top, written, &member.key, |_| member.node.clone()) {
        reading.place(member.place, path, no.message, no.hint);
    }
}

/// A change of settings in a few words.
pub(crate) fn label_of(settings: &Node) -> String {
    const MOST: usize = 3;
    let members = settings.members().unwrap_or_default();
    let members: Vec<&Member> = members.iter().filter(|m| !is_note(&m.key)).collect();
    let mut words: Vec<String> = members
        .iter()
        .take(MOST)
        .map(|member| format!("{} = {}", member.key, plain(&member.node)))
        .collect();
    if members.len() > MOST {
        words.push(format!("and {} more", members.len() - MOST));
    }
    words.join(", ")
}

fn plain(node: &Node) -> String {
    match &node.value {
        Value::Text(text) => text.clone(),
        Value::Object(members) if members.len() == 1 => {
            format!("{} {}", members[0].key, plain(&members[0].node))
        }
        Value::Object(_) | Value::List(_) => "...".to_string(),
        _ => node.describe(),
    }
}
