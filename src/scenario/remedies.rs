//! What an operator can do at an instant, as entries of the timeline.

use super::meant::{
    Action, Arrivals, DescriptorRule, Fleet, Nofile, Profile, Retry, Scenario, Server, Settings,
};
use crate::units::{SimTime, Span, Unit, duration, quantity};

/// Something an operator can do.
#[derive(Clone, Debug, PartialEq)]
pub struct Remedy {
    /// What it is in words.
    pub what: String,
    /// The entries of the timeline, as JSON.
    pub entries: Vec<String>,
    /// Whether requests are turned away on purpose.
    pub sheds: bool,
}

/// Something that could be thought of, and why it is not at hand.
#[derive(Clone, Debug, PartialEq)]
pub struct NotAtHand {
    /// What it is in words.
    pub what: String,
    /// Why not.
    pub because: String,
}

/// How far operators go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measures {
    /// When they act.
    pub at: SimTime,
    /// What has been idle, or open, for so long is closed.
    pub idle: Span,
    /// How long load is kept away.
    pub shed: Span,
}

/// A limit is raised to what the descriptors allow, and by this factor at most.
const RAISED_MOST: u32 = 10;

impl Scenario {
    /// What operators can do at an instant, given the settings in force there; and what they cannot.
    /// Whether a server takes a change is known when the variation is read.
    pub fn remedies(&self, how: Measures) -> (Vec<Remedy>, Vec<NotAtHand>) {
        let before = self.timeline.iter().filter(|entry| entry.at <= how.at);
        let settings = before.filter_map(|entry| match &entry.action {
            Action::Set(settings) | Action::Deploy { settings, .. } => Some(&**settings),
            _ => None,
        });
        let settings: &Settings = settings.into_iter().next_back().unwrap_or(&self.settings);
        let mut list = List {
            how,
            at: text(how.at.since(SimTime::ZERO)),
            end: SimTime::ZERO + self.duration,
            can: Vec::new(),
            cannot: Vec::new(),
        };
        for (index, server) in settings.servers.iter().enumerate() {
            let known = self.limits(index);
            let limit = known.iter().rfind(|(at, _)| *at <= how.at).map_or(0, |(_, limit)| *limit);
            list.of_server(server, limit, &self.settings.servers[index]);
        }
        for fleet in &settings.fleets {
            list.of_fleet(fleet);
        }
        (list.can, list.cannot)
    }
}

struct List {
    how: Measures,
    at: String,
    end: SimTime,
    can: Vec<Remedy>,
    cannot: Vec<NotAtHand>,
}

/// A time as a file says it.
fn text(span: Span) -> String {
    duration(span)
}

/// A time as a person says it.
fn words(span: Span) -> String {
    quantity(span.as_secs_f64(), Unit::Seconds)
}

impl List {
    fn can(&mut self, what: String, action: &str) {
        let entries = vec![format!("{{\"at\":\"{}\",{action}}}", self.at)];
        self.can.push(Remedy { what, entries, sheds: false });
    }

    fn cannot(&mut self, what: String, because: &str) {
        self.cannot.push(NotAtHand { what, because: because.to_string() });
    }

    fn of_server(&mut self, server: &Server, limit: u32, at_start: &Server) {
        let (name, idle) = (&server.name, text(self.how.idle));
        let shown = words(self.how.idle);
        if server.proxy.is_none() {
            for (key, what) in [
                ("idle", format!("kill what is idle for {shown} at {name}")),
                ("max_age", format!("kill what is older than {shown} at {name}")),
            ] {
                let by = format!("{{\"server\":\"{name}\",\"by\":{{\"{key}\":\"{idle}\"}}}}");
                self.can(what, &format!("\"client_kill\":{by}"));
            }
            self.raise(server, limit, at_start);
            let what = format!("set the idle timeout of {name} to {shown}");
            if server.timeout > Span::ZERO && server.timeout <= self.how.idle {
                self.cannot(what, &format!("it is {} already", words(server.timeout)));
            } else {
                self.can(what, &format!("\"set\":{{\"servers.{name}.timeout\":\"{idle}\"}}"));
            }
        }
        let restart = format!("\"restart\":{{\"server\":\"{name}\"}}");
        self.can(format!("restart {name}"), &restart);
    }

    fn raise(&mut self, server: &Server, limit: u32, at_start: &Server) {
        let name = &server.name;
        let to = room(server, at_start).min(limit.saturating_mul(RAISED_MOST));
        if to <= limit {
            let what = format!("raise the limit of {name}");
            let why = format!("its descriptors allow no more than the {limit} it has");
            return self.cannot(what, &why);
        }
        let what = format!("raise the limit of {name} to {}", quantity(to.into(), Unit::Count));
        self.can(what, &format!("\"set\":{{\"servers.{name}.maxclients\":{to}}}"));
    }

    fn of_fleet(&mut self, fleet: &Fleet) {
        let name = &fleet.name;
        let what = format!("restart all instances of {name} at once");
        if fleet.serverless.is_some() {
            self.cannot(what, "its instances come and go by themselves");
        } else {
            let all = fleet.instances.max(1);
            self.can(what, &format!("\"kill\":{{\"fleet\":\"{name}\",\"instances\":{all}}}"));
        }
        if fleet.retry != Retry::None {
            let off = format!("\"set\":{{\"fleets.{name}.retry\":\"none\"}}");
            self.can(format!("turn the retries of {name} off"), &off);
        }
        self.shed(fleet);
    }

    /// Load kept away for a while, and let back.
    fn shed(&mut self, fleet: &Fleet) {
        let (name, span) = (&fleet.name, words(self.how.shed));
        let (path, whole, half, none) = match &fleet.arrivals {
            Arrivals::Poisson(Profile::Constant(rate)) => rates("poisson", rate.as_per_second()),
            Arrivals::Even(Profile::Constant(rate)) => rates("even", rate.as_per_second()),
            Arrivals::Users(users) => {
                let count = |users: u32| users.to_string();
                ("users.users", count(users.users), count(users.users / 2), count(0))
            }
            _ => {
                let what = format!("keep load away from {name}");
                let why = "its arrivals are no single rate: write the entries into a file";
                return self.cannot(what, why);
            }
        };
        if self.how.at + self.how.shed >= self.end {
            let why = "the run ends before it is let back (--shed-for less, or a longer duration)";
            return self.cannot(format!("keep load away from {name} for {span}"), why);
        }
        let back = text((self.how.at + self.how.shed).since(SimTime::ZERO));
        for (left, what) in [
            (half, format!("halve the load of {name} for {span}")),
            (none, format!("turn all requests of {name} away for {span}")),
        ] {
            let set = |at: &str, value: &str| {
                let path = format!("fleets.{name}.arrivals.{path}");
                format!("{{\"at\":\"{at}\",\"set\":{{\"{path}\":{value}}}}}")
            };
            let entries = vec![set(&self.at, &left), set(&back, &whole)];
            self.can.push(Remedy { what, entries, sheds: true });
        }
    }
}

/// The path of a rate, and the whole, the half and nothing of it as JSON.
fn rates(kind: &'static str, rate: f64) -> (&'static str, String, String, String) {
    let path = if kind == "even" { "even.rate" } else { "poisson.rate" };
    let of = |rate: f64| format!("\"{rate}/s\"");
    (path, of(rate), of(rate / 2.0), of(0.0))
}

/// Clients that the descriptors of a running server leave room for.
fn room(server: &Server, at_start: &Server) -> u32 {
    let mut nofile = at_start.nofile;
    nofile.fit(at_start.descriptor_rule, at_start.maxclients);
    nofile.change(&at_start.nofile, &server.nofile);
    let most = Nofile { soft: nofile.hard.max(nofile.soft), ..nofile };
    match server.descriptor_rule {
        DescriptorRule::None => u32::MAX,
        rule => {
            let mut most = most;
            most.fit(rule, u32::MAX).unwrap_or(0)
        }
    }
}
