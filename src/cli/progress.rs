//! A progress bar for runs that take a while.

use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use highwater::claims::amount;
use highwater::experiment::Seen;
use highwater::units::Unit;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::terminal::Terminal;

/// A run shorter than this needs no bar.
const PATIENCE: Duration = Duration::from_secs(1);
/// Steps of the bar: finer than any terminal is wide.
const STEPS: u64 = 10_000;

/// How far all runs are, shown on standard error when that is a terminal.
pub struct Progress {
    /// `None` when nobody is watching.
    state: Option<Mutex<State>>,
}

struct State {
    begun: Instant,
    bar: Option<ProgressBar>,
    /// For each run the share that is over and its requests so far.
    runs: Vec<(f64, u64)>,
    /// The sums of both.
    over: f64,
    requests: u64,
}

impl Progress {
    /// Nothing is shown yet.
    #[expect(clippy::disallowed_methods, reason = "the clock measures the program, not results")]
    pub fn new(runs: usize, terminal: &Terminal) -> Progress {
        let watched = !terminal.quiet() && std::io::stderr().is_terminal();
        let runs = vec![(0.0, 0); runs];
        let state = || State { begun: Instant::now(), bar: None, runs, over: 0.0, requests: 0 };
        Progress { state: watched.then(|| Mutex::new(state())) }
    }

    /// So many more runs are to come.
    pub fn expect(&self, runs: usize) {
        let Some(state) = &self.state else { return };
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        let all = state.runs.len() + runs;
        state.runs.resize(all, (0.0, 0));
    }

    /// Takes note of one run and redraws the bar, if it is time to.
    pub fn show(&self, seen: Seen) {
        self.note(seen.run, seen.fraction, Some(seen.requests));
    }

    /// The same for work whose share that is over is known, and perhaps its requests so far.
    pub fn note(&self, run: usize, fraction: f64, requests: Option<u64>) {
        let Some(state) = &self.state else { return };
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        if run >= state.runs.len() {
            // What is tried to mend conflicts was not known at the start.
            state.runs.resize(run + 1, (0.0, 0));
        }
        let now = (fraction, requests.unwrap_or(0));
        let before = std::mem::replace(&mut state.runs[run], now);
        state.over += now.0 - before.0;
        state.requests = (state.requests + now.1).saturating_sub(before.1);
        let elapsed = state.begun.elapsed();
        if elapsed < PATIENCE {
            return;
        }
        let over = (state.over / state.runs.len() as f64).clamp(0.0, 1.0);
        let all = state.requests;
        let left = elapsed.as_secs_f64() * (1.0 - over) / over.max(1e-9);
        let left = amount(left.round(), Unit::Seconds);
        let rate = amount((all as f64 / elapsed.as_secs_f64()).round(), Unit::Count);
        let bar = state.bar.get_or_insert_with(new_bar);
        bar.set_position((over * STEPS as f64) as u64);
        bar.set_message(match requests {
            Some(_) => format!("{rate} requests/s, {left} left"),
            None => format!("{left} left"),
        });
    }

    /// Removes the bar.
    pub fn finish(&self) {
        let Some(state) = &self.state else { return };
        if let Some(bar) = &state.lock().unwrap_or_else(PoisonError::into_inner).bar {
            bar.finish_and_clear();
        }
    }
}

fn new_bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {percent:>3} %  {msg}");
    let bar = ProgressBar::with_draw_target(Some(STEPS), ProgressDrawTarget::stderr());
    match style {
        Ok(style) => bar.with_style(style.progress_chars("=> ")),
        Err(_) => bar,
    }
}
