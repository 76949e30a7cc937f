//! What is shown of work that takes a while: a bar, or a count where nobody knows how much there is.

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
        let runs = vec![(0.0, 0); runs];
        let state = || State { begun: Instant::now(), bar: None, runs, over: 0.0, requests: 0 };
        Progress { state: is_watched(terminal).then(|| Mutex::new(state())) }
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
        let new = || bar(Some(STEPS), "{bar:40} {percent:>3} %  {msg}");
        let bar = state.bar.get_or_insert_with(new);
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

/// How many runs are over, for a search that cannot say how many it needs. Shown on standard error when
/// that is a terminal.
pub struct Count {
    /// `None` when nobody is watching.
    state: Option<Mutex<Counted>>,
}

struct Counted {
    begun: Instant,
    bar: Option<ProgressBar>,
    runs: u64,
}

impl Count {
    /// Nothing is shown yet.
    #[expect(clippy::disallowed_methods, reason = "the clock measures the program, not results")]
    pub fn new(terminal: &Terminal) -> Count {
        let state = || Counted { begun: Instant::now(), bar: None, runs: 0 };
        Count { state: is_watched(terminal).then(|| Mutex::new(state())) }
    }

    /// One more run is over.
    pub fn one(&self) {
        let Some(state) = &self.state else { return };
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        state.runs += 1;
        let elapsed = state.begun.elapsed();
        if elapsed < PATIENCE {
            return;
        }
        let runs = amount(state.runs as f64, Unit::Count);
        let time = amount(elapsed.as_secs_f64().round(), Unit::Seconds);
        let bar = state.bar.get_or_insert_with(|| bar(None, "{spinner} {msg}"));
        bar.set_message(format!("{runs} runs in {time}, still looking"));
        bar.tick();
    }

    /// Says something for good, above what is shown.
    pub fn aside(&self, say: impl FnOnce()) {
        let bar = self
            .state
            .as_ref()
            .and_then(|state| state.lock().unwrap_or_else(PoisonError::into_inner).bar.clone());
        match bar {
            Some(bar) => bar.suspend(say),
            None => say(),
        }
    }

    /// Removes what is shown.
    pub fn finish(&self) {
        let Some(state) = &self.state else { return };
        if let Some(bar) = &state.lock().unwrap_or_else(PoisonError::into_inner).bar {
            bar.finish_and_clear();
        }
    }
}

fn is_watched(terminal: &Terminal) -> bool {
    !terminal.quiet() && std::io::stderr().is_terminal()
}

fn bar(steps: Option<u64>, template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template);
    let bar = ProgressBar::with_draw_target(steps, ProgressDrawTarget::stderr());
    match style {
        Ok(style) => bar.with_style(style.progress_chars("=> ")),
        Err(_) => bar,
    }
}
