//! From the command line to the plan of a sweep, every mistake at once.

use highwater::claims::{Goal, Known};
use highwater::experiment::{Design, Objective, Plan, Runs, askable, known, meaning};
use highwater::scenario::{Knob, Scenario, Wanted, nearest_name};
use highwater::theory::Better;

use super::super::Options;
use super::super::exit::Failure;
use super::super::load;
use super::{Asked, Method};

/// Runs of a point when nobody says.
const RUNS: u32 = 10;
/// Trajectories of Morris, and rows of Saltelli, when nobody says.
const TRAJECTORIES: u32 = 20;
const ROWS: u32 = 256;
/// Values that are kept at most: of each run one for each figure.
const VALUES_MAX: u64 = 200_000_000;

/// The scenario without what only a run judges, and the plan.
pub fn read(asked: &Asked, options: &Options) -> Result<(Scenario, Plan), Failure> {
    let scenario = load::for_goals(&asked.scenario, options).map_err(Failure::Scenario)?;
    let draws = asked.samples.is_some() && asked.sensitivity.is_none();
    let wanted = match (draws, asked.sensitivity) {
        (true, _) => Wanted::Draws,
        (_, Some(_)) => Wanted::Ranges,
        _ => Wanted::Levels,
    };
    let knobs = scenario.knobs(&asked.vary, wanted).map_err(Failure::Scenario)?;
    let all = askable(&scenario);
    let mut reader = Reader { known: all.clone(), wrong: Vec::new() };
    let figures = reader.figures(asked, &scenario);
    let goals: Vec<Goal> =
        asked.goal.iter().filter_map(|text| reader.read("--goal", text, &all)).collect();
    // What an outage is cannot be said by whether there is one.
    let of_one_run = known(&scenario);
    let outage = asked.outage.as_ref();
    let outage = outage.and_then(|text| reader.read("--outage", text, &of_one_run));
    let mut kept = figures;
    for goal in &goals {
        keep(&mut kept, goal.of.clone());
    }
    let mut objectives = Vec::new();
    for (option, names, better) in [
        ("--minimize", &asked.minimize, Better::Smaller),
        ("--maximize", &asked.maximize, Better::Larger),
    ] {
        for name in names {
            let Some(known) = reader.figure(option, name) else { continue };
            objectives.push(Objective { figure: keep(&mut kept, known), better });
        }
    }
    if asked.sensitivity == Some(Method::Ends) && asked.samples.is_some() {
        let message = "--samples: both ends of each setting are tried; there is nothing to draw";
        reader.wrong.push(message.to_string());
    }
    let asked_about: Vec<Known> = goals
        .iter()
        .map(|goal| goal.of.clone())
        .chain(objectives.iter().map(|objective| kept[objective.figure].clone()))
        .collect();
    let runs = reader.runs(asked, options, draws, &asked_about);
    let design = match asked.sensitivity {
        Some(Method::Ends) => Design::Ends,
        Some(Method::Morris) => Design::Morris(asked.samples.unwrap_or(TRAJECTORIES)),
        Some(Method::Sobol) => Design::Sobol(asked.samples.unwrap_or(ROWS)),
        None => asked.samples.map_or(Design::Grid, Design::Samples),
    };
    let plan = Plan {
        scenario: scenario.name.clone(),
        title: scenario.about.title.clone(),
        seed: scenario.seed.clone(),
        set: options.set.iter().map(|(path, value)| format!("{path}={value}")).collect(),
        meant: meaning(&scenario),
        knobs,
        design,
        runs,
        figures: kept,
        outage,
        goals,
        objectives,
    };
    reader.limits(asked, &plan);
    match reader.wrong.is_empty() {
        true => Ok((scenario, plan)),
        false => Err(Failure::Usage(reader.wrong.join("\nhighwater: "))),
    }
}

/// Puts a figure among those that are kept; answers with its place.
fn keep(kept: &mut Vec<Known>, known: Known) -> usize {
    match kept.iter().position(|other| other.name == known.name) {
        Some(place) => place,
        None => {
            kept.push(known);
            kept.len() - 1
        }
    }
}

struct Reader {
    known: Vec<Known>,
    wrong: Vec<String>,
}

impl Reader {
    /// What is kept when nobody says: the outage, what claims measure, and of each part the figures that
    /// an incident is told by.
    fn figures(&mut self, asked: &Asked, scenario: &Scenario) -> Vec<Known> {
        let mut kept = Vec::new();
        if asked.figure.iter().any(|name| name == "all") {
            return self.known.clone();
        }
        let mut of = |name: &str| {
            if let Some(known) = self.known.iter().find(|known| known.name == name) {
                keep(&mut kept, known.clone());
            }
        };
        of("outage");
        scenario.claims.iter().for_each(|claim| of(&claim.id));
        for fleet in &scenario.settings.fleets {
            for what in ["failed_ratio", "latency_s_p99", "attempts_per_request", "first_failure_s"]
            {
                of(&format!("fleets.{}.{what}", fleet.name));
            }
            for connection in &fleet.connections {
                of(&format!("fleets.{}.pools.{}.checkout_wait_s_p99", fleet.name, connection.name));
            }
        }
        for server in &scenario.settings.servers {
            for what in ["connected_clients_max", "rejected_connections", "first_rejection_s"] {
                of(&format!("servers.{}.{what}", server.name));
            }
        }
        for name in &asked.figure {
            if let Some(known) = self.figure("--figure", name) {
                keep(&mut kept, known);
            }
        }
        kept
    }

    fn figure(&mut self, option: &str, name: &str) -> Option<Known> {
        let found = self.known.iter().find(|known| known.name == name.trim()).cloned();
        if found.is_none() {
            let hint =
                nearest_name(name.trim(), self.known.iter().map(|known| known.name.as_str()));
            let hint = hint.unwrap_or_else(|| {
                "figures are named as in `summary` of run --format json".to_string()
            });
            self.wrong.push(format!("{option}: there is no figure and no claim {name:?} ({hint})"));
        }
        found
    }

    fn read(&mut self, option: &str, text: &str, known: &[Known]) -> Option<Goal> {
        match Goal::read(text, known) {
            Ok(goal) => Some(goal),
            Err(bad) => {
                self.wrong.push(format!("{option}: {bad}"));
                None
            }
        }
    }

    fn runs(
        &mut self,
        asked: &Asked,
        options: &Options,
        draws: bool,
        asked_about: &[Known],
    ) -> Runs {
        if draws && options.runs.is_some_and(|runs| runs > 1) {
            let message = "--runs: each of the --samples is played once, with chance of its own; take \
                           more samples instead";
            self.wrong.push(message.to_string());
        }
        let once = draws || matches!(asked.sensitivity, Some(Method::Morris | Method::Sobol));
        let default = if once { 1 } else { RUNS };
        let first = options.runs.unwrap_or(default);
        let Some(precision) = asked.precision else { return Runs::Fixed(first) };
        if asked_about.is_empty() {
            let message = "--precision: of what? Name it with --goal, --minimize or --maximize";
            self.wrong.push(message.to_string());
        }
        let no_mean = |known: &Known| known.may_never_come || known.name == "outage";
        for known in asked_about.iter().filter(|known| no_mean(known)) {
            self.wrong.push(format!(
                "--precision: {} is no mean that could be narrowed (a share of runs, or what may never \
                 come): --runs says how many",
                known.name
            ));
        }
        Runs::Until { precision, first: first.min(asked.runs_max), most: asked.runs_max }
    }

    /// Nobody begins millions of runs by a slip of the finger.
    fn limits(&mut self, asked: &Asked, plan: &Plan) {
        let points = plan.points();
        if points > asked.points_max {
            let most = asked.points_max;
            self.wrong.push(format!(
                "--vary: {points} points, more than {most} (--points-max {points} allows them; --samples \
                 draws some of them)"
            ));
        }
        let values = points
            .saturating_mul(plan.runs.first().into())
            .saturating_mul(plan.figures.len() as u64);
        if points > u64::from(u32::MAX) || values > VALUES_MAX {
            self.wrong.push(format!(
                "--vary: {values} values to keep (points x runs x figures), more than {VALUES_MAX}: take \
                 fewer of them"
            ));
        }
        let paths = |knob: &Knob| knob.paths.iter().any(|path| path == "seed");
        if plan.knobs.iter().any(paths) {
            let message = "--vary: the seed is no setting to compare; --runs N plays N of them";
            self.wrong.push(message.to_string());
        }
    }
}
