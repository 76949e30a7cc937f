//! `highwater compare --actions-at`: what operators can do, ranked.

use highwater::claims::amount;
use highwater::experiment::{Action, Back, Ranking, rank, window};
use highwater::report;
use highwater::scenario::{Measures, NotAtHand, Remedy, Scenario, Variation, WhichClaims};
use highwater::units::{SimTime, Span, Unit, parse_span};

use super::{Actions, Asked, RUNS, all_runs, repeat, speed};
use crate::cli::exit::{Exit, Failure};
use crate::cli::load::read_variation;
use crate::cli::progress::Progress;
use crate::cli::run::{jobs, settings, timed};
use crate::cli::terminal::Terminal;
use crate::cli::{Format, Options};

/// The share of the goodput before that counts as back.
const BACK_TO: f64 = 0.9;

/// Plays every action at hand and prints them, the best first.
pub fn actions(
    asked: &Asked,
    at: &str,
    options: &Options,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let how = measures(at, &asked.actions)?;
    let claims = WhichClaims::Nobody;
    let path = &asked.scenarios[0];
    let read = |set: Vec<(String, String)>| {
        let claims = claims.clone();
        read_variation(path, options, &Variation { set, claims, ..Variation::default() })
    };
    let scenario = read(Vec::new()).map_err(Failure::Scenario)?;
    let back = back(&scenario, how, &asked.actions)?;
    let (remedies, mut not_at_hand) = scenario.remedies(how);
    let nothing = "do nothing".to_string();
    let mut attempts = vec![Action { what: nothing, scenario: scenario.clone(), sheds: false }];
    for Remedy { what, entries, sheds } in remedies {
        let set = entries.into_iter().map(|entry| ("timeline.+".to_string(), entry)).collect();
        match read(set) {
            Ok(scenario) => attempts.push(Action { what, scenario, sheds }),
            Err(problems) => {
                // What the running server does not take is no action at hand.
                let why = problems.iter().next().map_or("", |problem| &problem.message);
                not_at_hand.push(NotAtHand { what, because: why.to_string() });
            }
        }
    }
    let runs = options.runs.unwrap_or(RUNS);
    let all = all_runs(runs, attempts.len())?;
    let progress = Progress::new(all as usize, terminal);
    let jobs = jobs(options, all as usize);
    let watch = |seen: highwater::experiment::Seen| progress.show(seen);
    let (ranking, cost) = timed(|| rank(&attempts, back, runs, jobs, &watch));
    progress.finish();
    match options.format {
        Format::Json => {
            terminal.print_json(&report::json::actions(&scenario, &ranking, &not_at_hand, cost))?;
        }
        Format::Text => {
            let paint = terminal.paint();
            let mut text = report::text::actions(&scenario, &ranking, &not_at_hand, paint);
            let repeat = repeat(asked, |path| path) + &settings(options, &scenario.seed, runs);
            text.push_str(&format!("To repeat: {repeat}\n"));
            terminal.print(&text)?;
        }
    }
    terminal.remark(&speed(all, ranking.requests, cost));
    Ok(exit(&ranking))
}

fn exit(ranking: &Ranking) -> Exit {
    let stopped = ranking.actions.iter().any(|outcome| outcome.stopped.is_some());
    match stopped || ranking.nothing.stopped.is_some() || ranking.well_until.is_none() {
        true => Exit::Undecided,
        false => Exit::AsExpected,
    }
}

fn measures(at: &str, asked: &Actions) -> Result<Measures, Failure> {
    Ok(Measures {
        at: SimTime::ZERO + span("--actions-at", at)?,
        idle: whole_seconds("--idle", &asked.idle)?,
        shed: whole_seconds("--shed-for", &asked.shed_for)?,
    })
}

/// What coming back means for this scenario.
fn back(scenario: &Scenario, how: Measures, asked: &Actions) -> Result<Back, Failure> {
    let end = SimTime::ZERO + scenario.duration;
    let begin = SimTime::ZERO + scenario.warm_up;
    let every = scenario.sample_every;
    if how.at <= begin + every || how.at + every >= end {
        return Err(Failure::Usage(format!(
            "--actions-at: expected an instant between {} and {}, at least sample_every ({}) after the \
             start and before the end",
            shown(begin.since(SimTime::ZERO)),
            shown(scenario.duration),
            shown(every)
        )));
    }
    let over = match &asked.over {
        Some(text) => span("--over", text)?,
        None => window(scenario, how.at),
    };
    if over < every || how.at + over > end {
        let left = end.since(how.at);
        return Err(Failure::Usage(format!(
            "--over: expected {} (sample_every) to {} (what is left of the run); found {}",
            shown(every),
            shown(left),
            shown(over)
        )));
    }
    let well_until = match &asked.well_until {
        None => None,
        Some(text) => {
            let well = SimTime::ZERO + span("--well-until", text)?;
            if well < begin + over || well > how.at {
                return Err(Failure::Usage(format!(
                    "--well-until: expected an instant from {} (one window) to --actions-at; found {}",
                    shown((begin + over).since(SimTime::ZERO)),
                    shown(well.since(SimTime::ZERO))
                )));
            }
            Some(well)
        }
    };
    Ok(Back { at: how.at, well_until, to: BACK_TO, over })
}

fn span(option: &str, text: &str) -> Result<Span, Failure> {
    let bad =
        |expected: &str| Failure::Usage(format!("{option}: expected {expected}; found {text:?}"));
    let span = parse_span(text).map_err(|bad_text| bad(bad_text.expected))?;
    // As long as a run may be.
    let most = Span::from_secs(366 * 86_400);
    if span > most { Err(bad("less than a year")) } else { Ok(span) }
}

/// Operators think in whole seconds, and so does CLIENT KILL.
fn whole_seconds(option: &str, text: &str) -> Result<Span, Failure> {
    let span = span(option, text)?;
    if span < Span::from_secs(1) || !span.as_ns().is_multiple_of(1_000_000_000) {
        let message = format!("{option}: expected whole seconds, 1 or more; found {text:?}");
        return Err(Failure::Usage(message));
    }
    Ok(span)
}

fn shown(span: Span) -> String {
    amount(span.as_secs_f64(), Unit::Seconds)
}
