//! `highwater verify`.

use highwater::experiment::Seen;
use highwater::experiment::verify::{FEWEST_RUNS, NotPlayable, SEED, asked, verify as play};
use highwater::report;

use super::exit::{Exit, Failure};
use super::progress::Progress;
use super::run::{jobs, timed};
use super::terminal::Terminal;
use super::{Format, Options};

pub const EXIT_CODES: &str = "\
Exit codes:
  0  every figure is what is expected
  1  some figure is not
  2  bad usage: there is no such case, or none of those asked for can be played
  3  input or output failed";

/// Plays the cases whose ids begin with `cases`, and prints what came of them.
pub fn verify(cases: &[String], options: &Options, terminal: &Terminal) -> Result<Exit, Failure> {
    let seed = usage(options)?;
    let asked = asked(cases).map_err(Failure::Usage)?;
    let all = asked.runs(options.runs);
    let progress = Progress::new(all, terminal);
    let jobs = jobs(options, all);
    let watch = |seen: Seen| progress.show(seen);
    let (verified, cost) = timed(|| play(&asked, seed, options.runs, jobs, &watch));
    progress.finish();
    if verified.cases.is_empty() {
        let why = |no: &NotPlayable| format!("{}: {}", no.id, no.why);
        let why: Vec<String> = verified.not_playable.iter().map(why).collect();
        return Err(Failure::Usage(format!("nothing of this can be played: {}", why.join("; "))));
    }
    match options.format {
        Format::Json => terminal.print_json(&report::json::verify(&verified, cost))?,
        Format::Text => terminal.print(&report::text::verify(&verified, terminal.paint()))?,
    }
    terminal.remark(&report::text::verify_speed(&verified, cost.wall_seconds, jobs));
    Ok(if verified.meets() { Exit::AsExpected } else { Exit::Differs })
}

/// The seed; options that make no sense here are refused.
fn usage(options: &Options) -> Result<&str, Failure> {
    let refuse = |why: &str| Err(Failure::Usage(why.to_string()));
    if !options.set.is_empty() {
        return refuse("verify plays the cases as they are: --set has no place here");
    }
    if options.out.is_some() {
        return refuse("verify writes no files: --out has no place here");
    }
    if options.runs.is_some_and(|runs| runs < FEWEST_RUNS) {
        return refuse(&format!("expected --runs {FEWEST_RUNS} or more: fewer say too little"));
    }
    let seed = options.seed.as_deref().unwrap_or(SEED);
    match seed.chars().count() {
        1..=64 => Ok(seed),
        _ => refuse("expected a --seed of 1 to 64 characters"),
    }
}
